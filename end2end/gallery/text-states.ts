import type { Page } from "@playwright/test";

import { BUSY, REFUSED, TAKEN, UNCLEAR } from "../fixtures/gateway.ts";
import { ADA, ADAS_MOBILE } from "../fixtures/people.ts";
import { askForTexts } from "../fixtures/toll-fraud.ts";
import { RecoveryScreen, WizardScreen } from "../pages/index.ts";
import type { Walk } from "./states.ts";

const WAITS = "Your text is still waiting to be sent.";
const UNKNOWN = "We don't know whether your text has gone";
const FAILED = "We could not reach your provider";

/** The walks past texts that do not go at once. */
export const TEXT_WALKS: Record<string, Walk> = {
  async "texts, wizard"({ page, people, clock, gateway, stepgate, hydrated }, look) {
    await people.bind(page.context());
    await people.post(page.request, "wizard/save-codes", { saved: "yes" });
    await gateway.carryFor(stepgate);
    gateway.answer = BUSY;
    const wizard = new WizardScreen(page, hydrated);
    await wizard.open();
    await wizard.country.selectOption(ADAS_MOBILE.country);
    await wizard.mobile.fill(ADAS_MOBILE.number);
    await wizard.sendText.click();
    await page.getByText(WAITS).waitFor();
    await look("6 text, waits");
    gateway.answer = REFUSED;
    clock.advance({ seconds: 11 });
    await lookAgainUntil(page, FAILED, hydrated);
    await look("6 text, refused");
    gateway.answer = UNCLEAR;
    await wizard.sendAgain.click();
    await page.getByText(UNKNOWN).waitFor();
    await look("6 text, perhaps");
  },

  async "texts, recovery"({ page, people, clock, gateway, stepgate, hydrated }, look) {
    await people.enrolWithCodes(page.context(), ADA, ADAS_MOBILE);
    await gateway.carryFor(stepgate);
    await people.signIn(page.context());
    gateway.answer = BUSY;
    const recovery = new RecoveryScreen(page);
    clock.advance({ minutes: 5 });
    await recovery.open();
    await recovery.textMe.click();
    await page.getByText(WAITS).waitFor();
    await look("waits");
    gateway.answer = REFUSED;
    clock.advance({ seconds: 11 });
    await lookAgainUntil(page, FAILED, hydrated);
    await look("refused while one looked");
    await page.reload();
    await look("refused");
    gateway.answer = UNCLEAR;
    await recovery.textMe.click();
    await page.getByText(UNKNOWN).waitFor();
    await look("perhaps");
  },

  async "texts, admin"({ page, people, clock, gateway, stepgate, hydrated, anotherBrowser }, look) {
    await people.enrolWithCodes(page.context(), ADA, ADAS_MOBILE);
    await gateway.carryFor(stepgate);
    gateway.answer = REFUSED;
    await askForTexts(3, people, clock, anotherBrowser);
    // The page says times as the browser's own clock has them.
    if (hydrated) await page.clock.setFixedTime(clock.now() * 1000);
    await page.goto("/admin/employees/preferences");
    await look("last failures");
    gateway.answer = TAKEN;
    clock.advance({ hours: 1 });
    await askForTexts(19, people, clock, anotherBrowser);
    if (hydrated) await page.clock.setFixedTime(clock.now() * 1000);
    await page.goto("/admin/employees/preferences");
    await look("stopped by themselves");
  },
};

async function lookAgainUntil(page: Page, said: string, hydrated: boolean): Promise<void> {
  while (!hydrated && !(await page.getByText(said, { exact: false }).isVisible())) {
    await page.getByRole("link", { name: "See whether it has gone" }).click();
  }
  await page.getByText(said, { exact: false }).waitFor();
}

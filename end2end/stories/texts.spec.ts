import type { BrowserContext, Page } from "@playwright/test";

import { ADA, ADAS_MOBILE, expect, type Gateway, type Mobile, REFUSED, type Stepgate, test, UNCLEAR } from "../fixtures/index.ts";
import type { StillClock } from "../fixtures/clock.ts";
import type { People } from "../fixtures/people.ts";
import { askForTexts } from "../fixtures/toll-fraud.ts";
import { AdminScreen, RecoveryScreen, WizardScreen } from "../pages/index.ts";

const WAITS = "Your text is still waiting to be sent.";

/** Ada is at the wizard's step for a mobile, and a gateway carries her texts. */
async function goToMobile(page: Page, people: People, gateway: Gateway, stepgate: Stepgate, hydrated: boolean): Promise<WizardScreen> {
  await people.bind(page.context());
  await people.post(page.request, "wizard/save-codes", { saved: "yes" });
  await gateway.carryFor(stepgate);
  const wizard = new WizardScreen(page, hydrated);
  await wizard.open();
  await wizard.isAt("mobile");
  return wizard;
}

async function giveMobile(wizard: WizardScreen, { country, number }: Mobile = ADAS_MOBILE): Promise<void> {
  await wizard.country.selectOption(country);
  await wizard.mobile.fill(number);
  await wizard.sendText.click();
  await wizard.isAt("text");
}

/** Ada has a recovery mobile, has lost her phone, and a gateway carries her texts. */
async function goToRecovery(page: Page, people: People, clock: StillClock, gateway: Gateway, stepgate: Stepgate): Promise<RecoveryScreen> {
  await people.enrolWithCodes(page.context(), ADA, ADAS_MOBILE);
  await gateway.carryFor(stepgate);
  clock.advance({ minutes: 10 });
  await people.signIn(page.context());
  const recovery = new RecoveryScreen(page);
  await recovery.open();
  return recovery;
}

/** Without scripts one looks again oneself. */
async function lookAgain(page: Page, hydrated: boolean): Promise<void> {
  if (!hydrated) await page.getByRole("link", { name: "See whether it has gone" }).click();
}

test("the wizard says by itself that a text has gone which its gateway was slow to take", async ({ page, people, gateway, stepgate, hydrated }) => {
  const wizard = await goToMobile(page, people, gateway, stepgate, hydrated);
  const release = gateway.hold();
  await giveMobile(wizard);
  await expect(wizard.news.filter({ hasText: WAITS })).toBeVisible();
  await wizard.textCode.fill("12");

  release();
  await lookAgain(page, hydrated);
  await expect(wizard.news.filter({ hasText: "Your text is on its way. It can take a minute to arrive." })).toBeVisible();
  await expect(page.getByText(WAITS)).toHaveCount(0);
  // Nobody is interrupted by that.
  if (hydrated) {
    await expect(wizard.textCode).toHaveValue("12");
    await expect(wizard.textCode).toBeFocused();
  }
  await wizard.textCode.fill("000000" === gateway.code() ? "000001" : "000000");
  await wizard.confirmText.click();
  await expect(wizard.problems).toContainText("That code is not right");
  await expect(page.getByText(WAITS), "what has gone does not wait again").toHaveCount(0);
  await wizard.textCode.fill(gateway.code());
  await wizard.confirmText.click();
  await wizard.isAt("done");
});

test("the wizard says by itself that a text was refused, which costs no try", async ({ page, people, gateway, stepgate, hydrated }) => {
  const wizard = await goToMobile(page, people, gateway, stepgate, hydrated);
  const release = gateway.hold();
  gateway.answer = REFUSED;
  await giveMobile(wizard);
  await expect(wizard.news.filter({ hasText: WAITS })).toBeVisible();

  release();
  await lookAgain(page, hydrated);
  await expect(wizard.news.filter({ hasText: "The text did not go, and cost you no try. Send it again, or go on without a mobile" })).toBeVisible();
  await expect(page.getByText(WAITS)).toHaveCount(0);

  await test.step("one that is refused at once says so at once, and the next may follow without a wait", async () => {
    for (let again = 0; again < 2; again++) {
      await wizard.sendAgain.click();
      await expect.poll(() => gateway.texts.length).toBe(again + 2);
      await expect(page.getByText("We could not reach your provider", { exact: false })).toBeVisible();
      await expect(wizard.problems).toHaveCount(0);
    }
  });
});

test("who comes back in is told by itself that their text has gone, and nobody else is", async ({ page, people, clock, gateway, stepgate, hydrated, anotherBrowser }) => {
  const recovery = await goToRecovery(page, people, clock, gateway, stepgate);
  const release = gateway.hold();
  await recovery.textMe.click();
  await expect(recovery.news.filter({ hasText: WAITS })).toBeVisible();
  await expect(page.getByText("A code is on its way")).toHaveCount(0);

  const stranger = await anotherBrowser();
  await people.signIn(stranger.context());
  const told = await askNews(stranger.context(), stepgate);
  expect(await told.text()).not.toContain("waiting");
  expect(await (await askNews(page.context(), stepgate)).text()).toContain(WAITS);

  release();
  await lookAgain(page, hydrated);
  if (hydrated) await expect(recovery.news.filter({ hasText: "A code is on its way" })).toBeVisible();
  await expect(page.getByText(WAITS)).toHaveCount(0);
  await recovery.useText(gateway.code());
  await expect(page).toHaveURL("/sign-in/recovery/finish");
});

test("nobody is told that a text did not go which may have, and its code works", async ({ page, people, clock, gateway, stepgate, hydrated }) => {
  const unclear = "We don't know whether your text has gone";
  const wizard = await goToMobile(page, people, gateway, stepgate, hydrated);
  gateway.answer = UNCLEAR;
  await giveMobile(wizard);
  await expect(page.getByText(unclear)).toBeVisible();
  await expect(page.getByText(WAITS)).toHaveCount(0);
  expect(gateway.texts, "it is not sent twice").toHaveLength(1);
  await wizard.textCode.fill(gateway.code());
  await wizard.confirmText.click();
  await wizard.isAt("done");
  await wizard.onward.click();

  await test.step("on the way back in as well", async () => {
    clock.advance({ minutes: 10 });
    await people.signIn(page.context());
    const recovery = new RecoveryScreen(page);
    await recovery.open();
    await recovery.textMe.click();
    await expect(page.getByText(unclear)).toBeVisible();
    await expect.poll(() => gateway.texts.length).toBe(2);
    await recovery.useText(gateway.code());
    await expect(page).toHaveURL("/sign-in/recovery/finish");
  });
});

async function askNews(browser: BrowserContext, stepgate: Stepgate) {
  const headers = { accept: "application/json", origin: stepgate.url };
  return browser.request.post("/api/recovery/text-news", { headers });
}

test("who comes back in is told that their text was refused, and the admins see it", async ({ page, people, clock, gateway, stepgate, hydrated, anotherBrowser }) => {
  const { codes } = await people.enrolWithCodes(page.context(), ADA, ADAS_MOBILE);
  await gateway.carryFor(stepgate);
  const lost = await anotherBrowser();
  clock.advance({ minutes: 5 });
  await people.signIn(lost.context());
  const recovery = new RecoveryScreen(lost);
  const failed = lost.getByRole("main").getByText("We could not reach your provider");

  await test.step("late", async () => {
    await recovery.open();
    const release = gateway.hold();
    gateway.answer = REFUSED;
    await recovery.textMe.click();
    await expect(recovery.news.filter({ hasText: WAITS })).toBeVisible();
    release();
    await lookAgain(lost, hydrated);
    await expect(failed).toBeVisible();
    await expect(lost.getByText(WAITS)).toHaveCount(0);
  });

  await test.step("at once, and the next one need not wait", async () => {
    await recovery.textMe.click();
    await expect.poll(() => gateway.texts.length).toBe(2);
    await expect(failed).toBeVisible();
    await expect(lost.getByText("Try a recovery code, or ask for another text.", { exact: false })).toBeVisible();
    await expect(recovery.problems).toHaveCount(0);
  });

  await test.step("a recovery code lets them in", async () => {
    await recovery.useCode(codes[0] ?? "");
    await expect(lost).toHaveURL("/sign-in/recovery/finish");
  });

  await test.step("the admins see what did not go", async () => {
    await page.goto("/admin/employees/preferences");
    const failures = page.getByRole("list", { name: "Last texts that did not go" });
    await expect(failures.getByRole("listitem")).toHaveCount(2);
    await expect(failures.getByRole("listitem").first()).toContainText("To a number that ends in 56");
    await expect(new AdminScreen(page).section("Text messages"), "what did not go is not counted").toContainText("1 of 100 sent today");
  });
});

test("texts that nobody answers stop by themselves, and the admins see why", async ({ page, people, clock, anotherBrowser }) => {
  test.slow();
  await people.enrolWithCodes(page.context(), ADA, ADAS_MOBILE);
  await askForTexts(19, people, clock, anotherBrowser);

  await page.goto("/admin/employees/preferences");
  const texts = new AdminScreen(page).section("Text messages");
  await expect(texts).toContainText("Texts have stopped by themselves");
  await expect(texts).toContainText("1 of the last 20 codes were entered.");
  await expect(texts).toContainText("Switched off");

  clock.advance({ days: 1 });
  await page.reload();
  await expect(texts, "why is still known the day after").toContainText("1 of the last 20 codes were entered.");
});

import type { Page } from "@playwright/test";

import { ADAS_MOBILE, expect, type Stepgate, test } from "../fixtures/index.ts";
import type { People } from "../fixtures/people.ts";
import { HomeScreen, WizardScreen } from "../pages/index.ts";

async function goToMobile(page: Page, people: People, hydrated: boolean): Promise<WizardScreen> {
  await people.bind(page.context());
  await people.post(page.request, "wizard/save-codes", { saved: "yes" });
  const wizard = new WizardScreen(page, hydrated);
  await wizard.open();
  await wizard.isAt("mobile");
  return wizard;
}

async function giveMobile(wizard: WizardScreen): Promise<void> {
  await wizard.country.selectOption(ADAS_MOBILE.country);
  await wizard.mobile.fill(ADAS_MOBILE.number);
  await wizard.sendText.click();
  await wizard.isAt("text");
}

const texts = (stepgate: Stepgate) => stepgate.outbox().filter(({ kind }) => kind === "sms");

test("a number is sent a code, and the code makes it a way back", async ({ page, people, stepgate, hydrated }) => {
  const wizard = await goToMobile(page, people, hydrated);
  await giveMobile(wizard);
  await expect(wizard.textCode).toHaveAccessibleDescription("The six digits sent to +44 7400 123456.");
  await expect(wizard.textCode).toHaveAttribute("autocomplete", "one-time-code");

  await wizard.textCode.fill(await stepgate.textedCode(ADAS_MOBILE.international));
  await wizard.confirmText.click();

  await wizard.isAt("done");
  await expect(page.getByRole("main").getByRole("listitem").last()).toHaveText("1 recovery mobile");
  await wizard.onward.click();
  await expect(page).toHaveURL("/");
  await expect.poll(() => stepgate.outbox().map(({ subject }) => subject)).toContain("A recovery mobile was added");
});

test("a number that is none is said at the field, and stays to be mended", async ({ page, people, stepgate, hydrated }) => {
  const wizard = await goToMobile(page, people, hydrated);
  await wizard.country.selectOption("DE");

  for (const [number, says] of [
    ["", "The mobile number is missing"],
    ["12", "That is not a mobile number of this country"],
    ["030 901820", "That is not a mobile number of this country"],
    ["0900 1234567", "That is not a mobile number of this country"],
    ["+882 16 12345678", "That is not a mobile number of this country"],
    ["<script>", "That is not a mobile number of this country"],
  ] as const) {
    await wizard.mobile.fill(number);
    await wizard.sendText.click();
    await expect(wizard.problems.getByRole("heading")).toHaveText(says);
    await expect(wizard.mobile).toHaveValue(number);
    await expect(wizard.country).toHaveValue("DE");
    await expect(wizard.mobile).toHaveAccessibleDescription(/Check the country and enter the number of a mobile$/);
  }
  expect(texts(stepgate)).toEqual([]);
});

test("the code is asked for five times, comes again after half a minute, and the number can be changed", async ({ page, people, stepgate, clock, hydrated }) => {
  const wizard = await goToMobile(page, people, hydrated);
  await giveMobile(wizard);
  const first = await stepgate.textedCode(ADAS_MOBILE.international);

  await test.step("not at once", async () => {
    await wizard.sendAgain.click();
    await expect(wizard.problems).toContainText("A text was sent a moment ago. Please wait 30 seconds, then try again.");
    expect(texts(stepgate)).toHaveLength(1);
  });

  await test.step("the newer one voids the older", async () => {
    clock.advance({ seconds: 30 });
    await wizard.sendAgain.click();
    await expect.poll(() => texts(stepgate).length).toBe(2);
    const second = await stepgate.textedCode(ADAS_MOBILE.international);
    if (second !== first) {
      await wizard.textCode.fill(first);
      await wizard.confirmText.click();
      await expect(wizard.problems).toContainText("That code is not right");
      await expect(wizard.textCode).toHaveAccessibleDescription(/Enter the six digits of the newest text$/);
    }
  });

  await test.step("wrong too often, it is over", async () => {
    for (const code of ["000000", "111111", "222222", "333333", "444444"]) {
      if (!(await wizard.textCode.isVisible())) break;
      await wizard.textCode.fill(code);
      await wizard.confirmText.click();
      await expect(wizard.problems).toBeVisible();
      await wizard.reload();
    }
    await wizard.reload();
    await expect(page.getByRole("main")).toContainText("The code is too old, or was entered wrong too often. Send another one.");
    await expect(wizard.textCode).toBeHidden();
  });

  await test.step("another number", async () => {
    await wizard.changeNumber.click();
    await wizard.isAt("mobile");
    clock.advance({ minutes: 10 });
    await wizard.mobile.fill("+44 7400 654321");
    await wizard.sendText.click();
    await wizard.isAt("text");
    await wizard.textCode.fill(await stepgate.textedCode("+447400654321"));
    await wizard.confirmText.click();
    await wizard.isAt("done");
  });
});

test("one can go on without, told what it costs", async ({ page, people, stepgate, hydrated }) => {
  const wizard = await goToMobile(page, people, hydrated);
  await expect(page.getByRole("main")).toContainText("Without codes or a mobile nobody can let you back in.");

  await wizard.notNow.click();
  await wizard.isAt("done");
  await wizard.onward.click();

  await expect(new HomeScreen(page).heading).toBeVisible();
  await expect(page).toHaveURL("/");
  expect(texts(stepgate)).toEqual([]);
});

test("a text that waits for its gateway says so, and goes once the gateway is back", async ({ page, people, stepgate, clock, hydrated }) => {
  const wizard = await goToMobile(page, people, hydrated);
  const restore = stepgate.loseOutbox();
  await giveMobile(wizard);
  await expect(page.getByText("Your text is still waiting to be sent.", { exact: false })).toBeVisible();

  restore();
  expect(texts(stepgate)).toEqual([]);
  clock.advance({ seconds: 11 });
  const code = await stepgate.textedCode(ADAS_MOBILE.international);
  await wizard.reload();
  await wizard.isAt("text");
  await expect(page.getByText("Your text is still waiting to be sent.")).toBeHidden();
  await wizard.textCode.fill(code);
  await wizard.confirmText.click();
  await wizard.isAt("done");
});

import { readFileSync } from "node:fs";

import { ADA, expect, test } from "../fixtures/index.ts";
import { BackInScreen, HomeScreen, RecoveryScreen, WizardScreen } from "../pages/index.ts";

const SENTENCE =
  "Each code lets you in once if you lose your phone. Keep them safe: without them or a recovery mobile, nobody can unlock your account.";
const CODE = /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/;

test("ten codes, which have to be saved before it goes on", async ({ page, people, hydrated }) => {
  await people.bind(page.context());
  const wizard = new WizardScreen(page, hydrated);
  await wizard.open();
  await wizard.isAt("codes");

  const codes = await wizard.codes.allInnerTexts();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) expect(code).toMatch(CODE);
  await expect(page.getByRole("main")).toContainText(SENTENCE);

  await test.step("not saved, it says so at the box", async () => {
    await wizard.next.click();
    await expect(wizard.problems).toContainText("Please save the codes first");
    await expect(wizard.saved).toHaveAccessibleDescription("Tick the box once you have saved them");
  });

  await test.step("every door leads back here, and shows the same", async () => {
    await page.goto("/");
    await wizard.ready();
    await wizard.isAt("codes");
    expect(await wizard.codes.allInnerTexts()).toEqual(codes);
  });

  await test.step("saved, nobody sees them again", async () => {
    await wizard.finish();
    await expect(new HomeScreen(page).heading).toHaveText(`Hello, ${ADA.name}`);
    await page.goto("/mfa/setup");
    await expect(page).toHaveURL("/");
    expect(await page.content()).not.toContain(codes[0]);
  });
});

test("the file says what it is, whose, and holds the codes", async ({ page, people, hydrated }) => {
  await people.bind(page.context());
  const wizard = new WizardScreen(page, hydrated);
  await wizard.open();
  await wizard.isAt("codes");
  const codes = await wizard.codes.allInnerTexts();

  const [file] = await Promise.all([page.waitForEvent("download"), wizard.download.click()]);

  expect(file.suggestedFilename()).toBe("stepgate-recovery-codes.txt");
  const lines = readFileSync(await file.path(), "utf8").split("\r\n");
  expect(lines.filter((line) => CODE.test(line))).toEqual(codes);
  for (const line of ["Stepgate recovery codes", `Organisation: ${ADA.account}`, `User: ${ADA.name} <${ADA.email}>`, "Set: 1", SENTENCE]) {
    expect(lines).toContain(line);
  }
  if (hydrated) await expect(wizard.saved).toBeChecked();
  else await expect(wizard.saved).not.toBeChecked();
});

test("codes that were looked at for a quarter of an hour are hidden, and new ones void them", async ({ page, people, clock, hydrated }) => {
  await people.bind(page.context());
  const wizard = new WizardScreen(page, hydrated);
  await wizard.open();
  await wizard.isAt("codes");
  const [old] = await wizard.codes.allInnerTexts();

  clock.advance({ minutes: 15 });
  await wizard.saved.check();
  await wizard.next.click();
  await wizard.isAt("codesHidden");
  await wizard.newCodes.click();
  const codes = await wizard.finish();
  expect(codes).toHaveLength(10);
  expect(codes).not.toContain(old);

  await people.signIn(page.context());
  const recovery = new RecoveryScreen(page);
  await recovery.open();
  await recovery.useCode(old ?? "");
  await expect(recovery.problems).toContainText("That code is not right");
  await recovery.useCode(codes[9] ?? "");
  await expect(new BackInScreen(page).stillHaveIt).toBeVisible();
});

import type { Page } from "@playwright/test";

import { ADA, ADAS_MOBILE, expect, test } from "../fixtures/index.ts";
import { CodeScreen, HomeScreen, ProfileScreen, SignInScreen, WizardScreen } from "../pages/index.ts";

const NEW_PASSWORD = "six purple umbrellas waiting";

/** Gives the code that a change asks for: over the page, or on a page of its own from which it leads back. */
async function giveCode(page: Page, hydrated: boolean, code: string): Promise<void> {
  if (hydrated) return new ProfileScreen(page).giveCode(code);
  await expect(page).toHaveURL(/^[^?]*\/verify\?next=/);
  await new CodeScreen(page).verify(code);
}

test("the menu under one's name leads to the profile, and a new name shows everywhere", async ({ page, people }) => {
  await people.enrol(page.context());
  const [home, profile] = [new HomeScreen(page), new ProfileScreen(page)];
  await page.goto("/");

  await profile.openByMenu(ADA.name);
  await expect(profile.heading).toHaveText("Profile/Password");
  await expect(profile.section("You")).toContainText(ADA.email);
  await profile.name.fill("Countess Lovelace");
  await profile.saveName.click();

  await expect(profile.news).toHaveText("Your name is saved");
  await expect(profile.menu("Countess Lovelace")).toBeVisible();
  await page.goto("/");
  await expect(home.heading).toHaveText("Hello, Countess Lovelace");
});

test("what is no name is said at the field, and nothing typed is lost", async ({ page, people }) => {
  await people.enrol(page.context());
  const profile = new ProfileScreen(page);
  await profile.open();

  await profile.name.fill("x".repeat(101));
  await profile.saveName.click();

  await expect(profile.problems.filter({ hasText: /./ })).toContainText("That name can't be saved");
  await expect(profile.name).toHaveValue("x".repeat(101));
  await expect(profile.name).toHaveAttribute("aria-invalid", "true");
});

test("who has not set up anything finds it at the bottom of the profile, and agrees with OK", async ({ page, people, hydrated }) => {
  await people.create();
  await people.signIn(page.context());
  const [profile, wizard] = [new ProfileScreen(page), new WizardScreen(page, hydrated)];
  await page.goto("/mfa/setup");

  await profile.openByMenu(ADA.name);
  await expect(profile.section("Multi-factor Authentication")).toContainText("Multi-factor Authentication is not enabled");
  await expect(profile.changePassword).toHaveCount(0);
  await profile.enable.click();
  await expect(profile.question).toContainText("Enable Multi-factor authentication?");
  await profile.agree("OK");

  await expect(page).toHaveURL("/mfa/setup");
  await wizard.isAt("app");
});

test("between the QR code and the saved codes there is no profile", async ({ page, people, hydrated }) => {
  await people.bind(page.context());
  await page.goto("/profile");

  await expect(page).toHaveURL("/mfa/setup");
  await new WizardScreen(page, hydrated).isAt("codes");
  await new ProfileScreen(page).menu(ADA.name).click();
  await expect(page.getByRole("link", { name: "Profile/Password" })).toHaveCount(0);
});

test("a new password asks for the present one, signs out everywhere else, and is told by mail", async ({ page, people, stepgate, anotherBrowser, clock }) => {
  const authenticator = await people.enrol(page.context());
  const other = await anotherBrowser();
  clock.nextStep();
  await people.signIn(other.context());
  await people.giveCode(other.context(), authenticator.code());
  const profile = new ProfileScreen(page);
  await profile.open();

  await profile.setPassword("wrong horse battery staple", NEW_PASSWORD);
  await expect(profile.problems.filter({ hasText: /./ })).toContainText("Your current password is not right");
  await profile.setPassword(ADA.password, "password");
  await expect(profile.problems.filter({ hasText: /./ })).toContainText("The new password can't be used");
  await profile.setPassword(ADA.password, NEW_PASSWORD);

  await expect(profile.news).toContainText("Your password is changed, and you are signed out everywhere else");
  await other.goto("/");
  await expect(other).toHaveURL("/sign-in");
  await expect.poll(() => stepgate.outbox().some(({ to, subject }) => to === ADA.email && /password/i.test(subject ?? ""))).toBe(true);
  await new SignInScreen(other).signIn({ ...ADA, password: NEW_PASSWORD });
  await expect(other).toHaveURL("/sign-in/code");
});

test("ten minutes after the last code a new password asks for one", async ({ page, people, clock, hydrated }) => {
  const authenticator = await people.enrol(page.context());
  clock.advance({ minutes: 10 });
  const profile = new ProfileScreen(page);
  await profile.open();

  await profile.setPassword(ADA.password, NEW_PASSWORD);
  await giveCode(page, hydrated, authenticator.code());
  if (!hydrated) {
    // A password is not kept for anybody: it is typed again, and no code is asked for.
    await expect(page).toHaveURL(/\/profile\?kept=/);
    await expect(profile.news).toContainText("Nothing was changed yet. Do it once more now");
    await profile.setPassword(ADA.password, NEW_PASSWORD);
  }

  await expect(profile.news).toContainText("Your password is changed");
});

test("a name that was typed is still there after the code that was due", async ({ page, people, clock, hydrated }) => {
  const authenticator = await people.enrol(page.context());
  await people.work(page.context(), 28, clock);
  const profile = new ProfileScreen(page);
  await profile.open();
  await profile.name.fill("Countess Lovelace");
  clock.advance({ days: 2 });

  await profile.saveName.click();
  if (hydrated) {
    await profile.giveCode(authenticator.code());
  } else {
    await expect(page).toHaveURL(/\/sign-in\/code\?next=/);
    await new CodeScreen(page).verify(authenticator.wrongCode());
    await new CodeScreen(page).verify(authenticator.code());
    await expect(profile.name).toHaveValue("Countess Lovelace");
    await expect(page.getByRole("main")).toContainText("Nothing was changed yet. What you typed is still here");
    await profile.saveName.click();
  }

  await expect(profile.news).toHaveText("Your name is saved");
  await expect(profile.menu("Countess Lovelace")).toBeVisible();
});

test("the old authenticator works until the new one is confirmed, and then no more", async ({ page, people, clock, hydrated, anotherBrowser }) => {
  const old = await people.enrol(page.context());
  const [profile, wizard] = [new ProfileScreen(page), new WizardScreen(page, hydrated)];
  await profile.open();
  await profile.replace.click();
  await page.getByRole("button", { name: "Show the QR code" }).click();
  await wizard.isAt("pair");
  const phone = await wizard.scan(clock);
  expect(phone.key).not.toBe(old.key);

  const other = await anotherBrowser();
  clock.nextStep();
  await people.signIn(other.context());
  await people.giveCode(other.context(), old.code());
  const confirm = page.getByRole("button", { name: "Use this app from now on" });
  await page.getByLabel("Code", { exact: true }).fill(phone.wrongCode());
  await confirm.click();
  await expect(wizard.problems).toBeVisible();
  await page.getByLabel("Code", { exact: true }).fill(phone.code());
  await confirm.click();

  await expect(page).toHaveURL("/profile");
  await expect(profile.news).toContainText("Your new authenticator app is in use");
  await other.goto("/");
  await expect(other).toHaveURL("/sign-in");
  clock.nextStep();
  await people.signIn(other.context());
  await other.goto("/sign-in/code");
  await new CodeScreen(other).verify(old.code());
  await expect(new CodeScreen(other).problems).toContainText("That code is not right");
  await new CodeScreen(other).verify(phone.code());
  await expect(other).toHaveURL("/");
});

test("new recovery codes take the place of the old ones", async ({ page, people, hydrated, anotherBrowser }) => {
  const { codes } = await people.enrolWithCodes(page.context());
  const [profile, wizard] = [new ProfileScreen(page), new WizardScreen(page, hydrated)];
  await profile.open();
  await expect(profile.section("Multi-factor Authentication")).toContainText("10 of 10 are left");

  await profile.newCodes.click();
  await expect(profile.question).toContainText("The codes you have now stop working at once");
  await profile.agree("Make new codes");
  await wizard.isAt("codes");
  await wizard.saved.check();
  await wizard.next.click();
  await page.getByRole("button", { name: "Not now" }).click();
  await wizard.isAt("done");
  await page.getByRole("main").getByRole("button").click();

  await expect(page).toHaveURL("/profile?changed=codes");
  await expect(profile.news).toContainText("Your recovery codes are new");
  await expect(profile.news).toContainText("sign out all other browsers");
  const other = await anotherBrowser();
  await people.signIn(other.context());
  await people.post(other.request, "recovery/code", { recovery_code: codes[0] ?? "" });
  await other.goto("/sign-in/recovery");
  await expect(other.getByRole("alert")).toContainText("not right");
});

test("a recovery mobile is added and removed, and each is told by mail", async ({ page, people, stepgate, hydrated }) => {
  await people.enrol(page.context());
  const [profile, wizard] = [new ProfileScreen(page), new WizardScreen(page, hydrated)];
  await profile.open();

  await profile.addMobile.click();
  await wizard.isAt("mobile");
  await wizard.country.selectOption(ADAS_MOBILE.country);
  await wizard.mobile.fill(ADAS_MOBILE.number);
  await wizard.sendText.click();
  await wizard.isAt("text");
  await wizard.textCode.fill(await stepgate.textedCode(ADAS_MOBILE.international));
  await wizard.confirmText.click();
  await wizard.isAt("done");
  await page.getByRole("main").getByRole("button").click();
  await expect(page).toHaveURL("/profile?changed=mobiles");
  await expect(page.getByText("+44 ••• ••• ••56").or(page.getByText("+44\u00a0•••\u00a0•••\u00a0••56")).first()).toBeVisible();

  await page.getByRole("button", { name: /^Remove .*56$/ }).click();
  await profile.agree("Remove");

  await expect(profile.news).toContainText("The mobile is removed");
  await expect(page.getByRole("button", { name: /^Remove .*56$/ })).toHaveCount(0);
  await expect.poll(() => stepgate.outbox().filter(({ to, body }) => to === ADA.email && body.includes("56")).length).toBe(2);
});

test("a browser that is not known is signed out from here, alone or with all others", async ({ page, people, clock, anotherBrowser }) => {
  const authenticator = await people.enrol(page.context());
  const others = [await anotherBrowser(), await anotherBrowser()];
  for (const other of others) {
    clock.nextStep();
    await people.signIn(other.context());
    await people.giveCode(other.context(), authenticator.code());
  }
  const profile = new ProfileScreen(page);
  await profile.open();
  const browsers = profile.section("Browsers signed in");
  await expect(browsers.getByText("This browser").first()).toBeVisible();
  await expect(browsers.getByRole("button", { name: /^Sign out Chrom/ })).toHaveCount(2);

  await browsers.getByRole("button", { name: /^Sign out Chrom/ }).first().click();
  await expect(profile.news).toHaveText("That browser is signed out");
  await expect(browsers.getByRole("button", { name: /^Sign out Chrom/ })).toHaveCount(1);
  await profile.endOthers.click();
  await profile.agree("Sign out all others");

  await expect(profile.news).toHaveText("One other browser is signed out");
  for (const other of others) {
    await other.goto("/");
    await expect(other).toHaveURL("/sign-in");
  }
  await expect(profile.section("Last security events")).toContainText("All other browsers were signed out");
});

test("whoever chooses German is spoken to in German, wherever they sign in", async ({ page, people, clock, anotherBrowser }) => {
  const authenticator = await people.enrol(page.context());
  const profile = new ProfileScreen(page);
  await profile.open();

  await profile.language.selectOption("Deutsch");
  await profile.saveLanguage.click();

  await expect(profile.heading).toHaveText("Profil/Passwort");
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  const other = await anotherBrowser();
  clock.nextStep();
  await people.signIn(other.context());
  await people.giveCode(other.context(), authenticator.code());
  await other.goto("/profile");
  await expect(new ProfileScreen(other).heading).toHaveText("Profil/Passwort");
});

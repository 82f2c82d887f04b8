import { ADA, expect, test } from "../fixtures/index.ts";
import { ProfileScreen, SignInScreen } from "../pages/index.ts";

const NEW_PASSWORD = "six purple umbrellas waiting";

test("the dialog holds the focus, Escape closes it, and everything typed stays", async ({ page, people, clock }) => {
  await people.enrol(page.context());
  clock.advance({ minutes: 10 });
  const profile = new ProfileScreen(page);
  await profile.open();

  await profile.setPassword(ADA.password, NEW_PASSWORD);
  await expect(profile.codeDialog).toBeVisible();
  await expect(profile.codeDialog).toHaveAccessibleDescription(/not older than 10 minutes/);
  for (let stops = 0; stops < 6; stops++) {
    const inside = await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest("dialog") !== null);
    expect(inside, "the focus is in the dialog, or in the browser's own bars").toBe(true);
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Escape");

  await expect(profile.codeDialog).toBeHidden();
  await expect(profile.changePassword).toBeFocused();
  await expect(profile.password).toHaveValue(ADA.password);
  await expect(profile.newPassword).toHaveValue(NEW_PASSWORD);
  await expect(profile.changePassword).not.toHaveAttribute("data-state", "pending");
});

test("a wrong code is said in the dialog; after a right one the form is sent once", async ({ page, people, clock, stepgate }) => {
  const authenticator = await people.enrol(page.context());
  clock.advance({ minutes: 10 });
  const profile = new ProfileScreen(page);
  await profile.open();
  const sent: number[] = [];
  page.on("response", (answer) => {
    if (answer.url().endsWith("/api/profile/password")) sent.push(answer.status());
  });

  await profile.setPassword(ADA.password, NEW_PASSWORD);
  await profile.giveCode("12");
  await expect(profile.codeDialog.getByRole("alert")).toContainText("Enter the six digits the app shows");
  await profile.giveCode(authenticator.wrongCode());
  await expect(profile.codeDialog.getByRole("alert")).toContainText("That code is not right");
  await expect(profile.codeDialog.getByLabel("Multi-factor Code")).toBeFocused();
  await profile.giveCode(authenticator.code());

  await expect(profile.news).toContainText("Your password is changed");
  expect(sent).toEqual([401, 200]);
  expect(stepgate.log).not.toContain(NEW_PASSWORD);
});

test("too many wrong codes make the dialog wait, and the form stays", async ({ page, people, clock }) => {
  const authenticator = await people.enrol(page.context());
  clock.advance({ minutes: 10 });
  const profile = new ProfileScreen(page);
  await profile.open();
  await profile.setPassword(ADA.password, NEW_PASSWORD);

  for (const wrong of authenticator.wrongCodes(5)) {
    await profile.giveCode(wrong);
    await expect(profile.codeDialog.getByLabel("Multi-factor Code")).toHaveValue("");
  }
  await expect(profile.codeDialog.getByRole("alert")).toContainText("Wait 30 seconds");
  await profile.giveCode(authenticator.code());
  await expect(profile.codeDialog.getByRole("alert")).toContainText("Too many wrong codes. Wait 30 seconds");
  await profile.codeDialog.getByRole("button", { name: "Cancel" }).click();

  await expect(profile.newPassword).toHaveValue(NEW_PASSWORD);
});

test("a code that is given in one tab is asked for in none", async ({ page, context, people, clock }) => {
  const authenticator = await people.enrol(context);
  clock.advance({ minutes: 10 });
  const [first, second] = [new ProfileScreen(page), new ProfileScreen(await context.newPage())];
  await first.open();
  await second.open();
  // A wrong one: a right one would give the session another token, while the other tab is posting.
  await first.setPassword("wrong horse battery staple", NEW_PASSWORD);
  await expect(first.codeDialog).toBeVisible();

  await second.newCodes.click();
  await second.agree("Make new codes");
  await second.giveCode(authenticator.code());

  await expect(second.page).toHaveURL("/mfa/setup");
  await expect(first.codeDialog).toBeHidden();
});

test("signing out in one tab takes the page from the others", async ({ page, context, people }) => {
  await people.enrol(context);
  const [profile, other] = [new ProfileScreen(page), new ProfileScreen(await context.newPage())];
  await profile.open();
  await other.open();

  await profile.signOut(ADA.name);

  await expect(other.page).toHaveURL("/sign-in?next=%2Fprofile");
  await expect(other.page.locator("body")).not.toContainText(ADA.email);
});

test("in the last ten minutes a banner counts down, and a code given over the page takes it away", async ({ page, context, people, clock }) => {
  const authenticator = await people.enrol(context);
  await people.work(context, 28, clock);
  clock.advance({ days: 1, hours: 23, minutes: 47 });
  const [profile, other] = [new ProfileScreen(page), new ProfileScreen(await context.newPage())];
  await profile.open();
  await expect(profile.banner).toBeHidden();
  clock.advance({ minutes: 5 });
  await page.clock.install();
  await profile.open();
  await other.open();

  await expect(profile.banner).toContainText("You will be asked for a code in 8 minutes.");
  await page.clock.runFor(6.5 * 60_000);
  await expect(profile.banner).toContainText("in 2 minutes");
  await profile.name.fill("Countess");
  await profile.banner.getByRole("link", { name: "Renew now" }).click();
  await profile.giveCode(authenticator.code());

  await expect(profile.codeDialog).toBeHidden();
  await expect(profile.banner).toBeHidden();
  await expect(profile.name).toHaveValue("Countess");
  await expect(other.banner).toBeHidden();
  clock.advance({ minutes: 9 });
  await page.goto("/");
  await expect(page).toHaveURL("/");
});

test("a page that was opened long before brings the banner in time", async ({ page, people, clock }) => {
  await people.enrol(page.context());
  await people.work(page.context(), 28, clock);
  clock.advance({ days: 1, hours: 23, minutes: 40 });
  await page.clock.install();
  const profile = new ProfileScreen(page);
  await page.goto("/");
  await expect(profile.banner).toBeHidden();

  await page.clock.runFor(11 * 60_000);

  await expect(profile.banner).toContainText("You will be asked for a code in 9 minutes.");
  await page.clock.runFor(10 * 60_000);
  await expect(profile.banner).toContainText("at your next click");
});

test("a server that is away is told, and what was typed stays", async ({ page, people, complaints }) => {
  await people.enrol(page.context());
  const profile = new ProfileScreen(page);
  await profile.open();
  await profile.name.fill("Countess Lovelace");
  complaints.expect(/ERR_INTERNET_DISCONNECTED/);

  await page.context().setOffline(true);
  await profile.saveName.click();
  await expect(page.locator("#unavailable")).toBeFocused();
  await expect(profile.name).toHaveValue("Countess Lovelace");
  await page.context().setOffline(false);
  await profile.saveName.click();

  await expect(profile.news).toHaveText("Your name is saved");
});

test("whoever was signed out from elsewhere while the dialog was open is led to the sign-in", async ({ page, people, clock, stepgate }) => {
  const authenticator = await people.enrol(page.context());
  clock.advance({ minutes: 10 });
  const profile = new ProfileScreen(page);
  await profile.open();
  await profile.setPassword(ADA.password, NEW_PASSWORD);
  await expect(profile.codeDialog).toBeVisible();

  expect(await stepgate.command(["user", "end-sessions", ADA.email])).toMatchObject({ code: 0 });
  await profile.giveCode(authenticator.code());

  await expect(page).toHaveURL("/sign-in?next=%2Fprofile");
  await expect(new SignInScreen(page).heading).toHaveText("Sign in");
});

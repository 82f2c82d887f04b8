import { ADA, expect, test } from "../fixtures/index.ts";
import { HomeScreen, SignInScreen, WizardScreen } from "../pages/index.ts";

// As browsers are delivered: pages may be kept whole for going back to them. Playwright switches that off.
test.use({
  launchOptions: async ({ launchOptions }, use) => {
    await use({ ...launchOptions, ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  },
});

test("signing out is possible at every step of the wizard", async ({ page, people, hydrated }) => {
  await people.create();
  const [wizard, signIn] = [new WizardScreen(page, hydrated), new SignInScreen(page)];

  for (const steps of [0, 1, 2]) {
    await people.signIn(page.context());
    await wizard.open();
    await wizard.isAt("introduction");
    if (steps >= 1) await wizard.begin.click();
    if (steps >= 2) await wizard.haveApp.click();
    await wizard.isAt((["introduction", "app", "pair"] as const)[steps] ?? "introduction");
    await wizard.signOut(ADA.name);

    await expect(page).toHaveURL("/sign-in");
    await expect(signIn.news).toHaveText("You are signed out");
    await page.goto("/mfa/setup");
    await expect(page).toHaveURL("/sign-in?next=%2Fmfa%2Fsetup");
  }
});

test("signing out is possible on the code screen", async ({ page, people, clock }) => {
  await people.enrol(page.context());
  clock.nextStep();
  await people.signIn(page.context());
  const signIn = new SignInScreen(page);
  await page.goto("/sign-in/code");

  await signIn.signOut(ADA.name);

  await expect(signIn.news).toHaveText("You are signed out");
  await page.goto("/sign-in/code");
  await expect(page).toHaveURL("/sign-in?next=%2Fsign%2Din%2Fcode");
});

test("after signing out, going back shows nothing of the session", async ({ page, people }) => {
  await people.enrol(page.context());
  const [home, signIn] = [new HomeScreen(page), new SignInScreen(page)];
  await page.goto("/?report=7");
  await expect(home.fact("Email")).toHaveText(ADA.email);
  await page.goto("/?report=8");
  await home.signOut(ADA.name);
  await expect(page).toHaveURL("/sign-in");

  await page.goBack();
  await expect(signIn.heading).toHaveText("Sign in");
  await expect(page.getByRole("banner")).not.toContainText(ADA.name);
  await expect(page.locator("body")).not.toContainText(ADA.email);
});

test("after signing out of the wizard, going back does not show the key", async ({ page, people, hydrated }) => {
  await people.create();
  await people.signIn(page.context());
  const wizard = new WizardScreen(page, hydrated);
  await wizard.open();
  await wizard.goToQr();
  const key = await wizard.readKey();
  await wizard.signOut(ADA.name);
  await expect(page).toHaveURL("/sign-in");

  await page.goBack();
  await expect(wizard.heading).toHaveText("Sign in");
  expect(await page.content()).not.toContain(key);
});

test("signing out asks the browser to forget what it kept, and not which browser it is", async ({ page, people, clock }) => {
  const authenticator = await people.enrol(page.context());
  const answer = await people.post(page.request, "sign-out");
  const names = (await page.context().cookies()).map(({ name }) => name);

  expect(answer.headers()["clear-site-data"]).toBe('"cache"');
  expect(names).toContain("stepgate-browser");
  expect(names).not.toContain("stepgate-session");
  clock.nextStep();
  await people.signIn(page.context());
  await people.giveCode(page.context(), authenticator.code());
});

test("a token that was signed out is dead, also in the half minute in which old tokens have their rights", async ({ page, anotherBrowser, people }) => {
  await people.enrol(page.context());
  const kept = await page.context().cookies();
  await people.signOut(page.context());

  const other = await anotherBrowser();
  await other.context().addCookies(kept);
  await other.goto("/");

  await expect(other).toHaveURL("/sign-in");
});

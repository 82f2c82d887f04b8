import { ADA, expect, GRACE, test } from "../fixtures/index.ts";
import { HomeScreen, InvitationScreen, NewAccountScreen, Screen, SignInScreen, WizardScreen } from "../pages/index.ts";

const DEAD = "This link no longer works";

test("a setup link works once", async ({ page, anotherBrowser, stepgate }) => {
  const [newAccount, screen] = [new NewAccountScreen(page), new Screen(page)];
  const late = new NewAccountScreen(await anotherBrowser());
  const setup = stepgate.setupPath ?? "";
  await late.page.goto(setup);
  await page.goto(setup);
  await newAccount.create();
  await expect(page).toHaveURL("/sign-in");

  await test.step("to look at", async () => {
    const answer = await page.goto(setup);
    expect(answer?.status()).toBe(410);
    await expect(screen.heading).toHaveText(DEAD);
  });

  await test.step("to send", async () => {
    await late.create(GRACE);
    await expect(late.heading).toHaveText(DEAD);
  });
});

test("a setup link works for a day, and until the server is started again", async ({ page, stepgate, clock }) => {
  const screen = new Screen(page);
  const first = stepgate.setupPath ?? "";
  await stepgate.restart();
  const second = stepgate.setupPath ?? "";

  expect((await page.goto(first))?.status()).toBe(410);
  await expect(screen.heading).toHaveText(DEAD);
  clock.advance({ hours: 24, seconds: -1 });
  expect((await page.goto(second))?.status()).toBe(200);
  clock.advance({ seconds: 1 });
  expect((await page.goto(second))?.status()).toBe(410);
});

test("a link that nobody made says the same as one that is over", async ({ page }) => {
  for (const path of ["/setup/garbage", "/invitation/garbage"]) {
    expect((await page.goto(path))?.status()).toBe(410);
    await expect(new Screen(page).heading).toHaveText(DEAD);
    await expect(page.getByRole("link", { name: "Go to the sign-in" })).toBeVisible();
  }
});

test("what has to be mended is said at each field, and what was typed stays", async ({ page, stepgate }) => {
  const newAccount = new NewAccountScreen(page);
  await page.goto(stepgate.setupPath ?? "");
  await newAccount.create({ account: "", name: " ", email: "ada@", password: "short" });

  await expect(newAccount.problems.getByRole("heading")).toHaveText("Please mend 4 things");
  await expect(newAccount.organisation).toHaveAccessibleDescription(/Enter the name of your organisation/);
  await expect(newAccount.name).toHaveAccessibleDescription(/Enter your name/);
  await expect(newAccount.email).toHaveAccessibleDescription(/Enter an email address like/);
  await expect(newAccount.password).toHaveAccessibleDescription(/Choose a longer password, at least 8 characters/);
  await expect(newAccount.email).toHaveValue("ada@");

  for (const [password, sentence] of [
    ["password1", /harder to guess/],
    [`${ADA.account} ${ADA.name}`, /harder to guess/],
    ["x7 Kq!".repeat(43), /Choose a shorter password/],
  ] as const) {
    await newAccount.create({ ...ADA, password });
    await expect(newAccount.password).toHaveAccessibleDescription(sentence);
    await expect(newAccount.organisation).toHaveValue(ADA.account);
    await expect(newAccount.password).toHaveValue("");
  }
  await newAccount.create();
  await expect(page).toHaveURL("/sign-in");
});

test("a link in the summary leads to its field", async ({ page, stepgate }) => {
  const newAccount = new NewAccountScreen(page);
  await page.goto(stepgate.setupPath ?? "");
  await newAccount.create({ ...ADA, name: "" });

  await newAccount.problems.getByRole("link").click();

  await expect(newAccount.name).toBeFocused();
});

test("an account made in the shell while the server runs: invitation, password, wizard, in", async ({ page, people, clock, hydrated }) => {
  const [invitation, signIn, home] = [new InvitationScreen(page), new SignInScreen(page), new HomeScreen(page)];
  const wizard = new WizardScreen(page, hydrated);
  await people.create(ADA);
  const link = await people.invite(GRACE);

  await page.goto(link);
  await expect(invitation.heading).toHaveText(`Welcome to ${GRACE.account}`);
  await expect(invitation.email).toHaveValue(GRACE.email);
  await invitation.setPassword("password");
  await expect(invitation.problems).toContainText("Choose a password that is harder to guess");
  await invitation.setPassword(GRACE.password);
  await expect(signIn.news).toContainText("Your password is set");
  await expect(signIn.email).toHaveValue(GRACE.email);

  await signIn.signIn(GRACE);
  await wizard.ready();
  await wizard.goToQr();
  await wizard.confirm((await wizard.scan(clock)).code());
  await wizard.finish();
  await expect(home.heading).toHaveText(`Hello, ${GRACE.name}`);
  await expect(home.fact("Organisation")).toHaveText(GRACE.account);

  expect((await page.goto(link))?.status()).toBe(410);
  await expect(invitation.heading).toHaveText(DEAD);
});

test("an invitation waits 72 hours", async ({ page, people, clock }) => {
  const link = await people.invite(GRACE);
  const invitation = new InvitationScreen(page);

  clock.advance({ hours: 72, seconds: -1 });
  expect((await page.goto(link))?.status()).toBe(200);
  clock.advance({ seconds: 1 });
  await invitation.setPassword(GRACE.password);

  await expect(invitation.heading).toHaveText(DEAD);
});

test("a mail scanner that opens a link does not use it up", async ({ page, request, people }) => {
  const link = await people.invite(GRACE);

  for (let look = 0; look < 3; look++) expect((await request.get(link)).status()).toBe(200);
  await request.head(link);

  expect((await page.goto(link))?.status()).toBe(200);
});

test("accepting an invitation ends the session this browser has", async ({ page, people }) => {
  await people.enrol(page.context(), ADA);
  const link = await people.invite(GRACE);

  await page.goto(link);
  await new InvitationScreen(page).setPassword(GRACE.password);

  await expect(page).toHaveURL("/sign-in");
  await page.goto("/");
  await expect(page).toHaveURL("/sign-in");
});

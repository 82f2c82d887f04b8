import { ADA, expect, test } from "../fixtures/index.ts";
import { CodeScreen, ForgottenScreen, HomeScreen, ResetScreen, Screen, SignInScreen } from "../pages/index.ts";

const NEW = "six purple umbrellas waiting";

test("a mailed link sets a new password, and the code is still asked for", async ({ page, anotherBrowser, people, stepgate, clock }) => {
  const authenticator = await people.enrol(page.context());
  clock.advance({ minutes: 1 });
  const elsewhere = await anotherBrowser();
  const [signIn, forgotten, reset] = [new SignInScreen(elsewhere), new ForgottenScreen(elsewhere), new ResetScreen(elsewhere)];

  await test.step("asked for at the sign-in", async () => {
    await signIn.open();
    await elsewhere.getByRole("link", { name: "Forgotten your password?" }).click();
    await forgotten.mailTo(ADA.email);
    await expect(forgotten.news).toContainText("If somebody signs in with this address, a mail is on its way");
  });

  const link = await stepgate.mailedLink(ADA.email);
  await test.step("a weak one is refused, and the link still works", async () => {
    await elsewhere.goto(link);
    await expect(elsewhere.getByLabel("Email")).toHaveValue(ADA.email);
    await reset.setPassword("password");
    await expect(reset.problems).toContainText("Choose a password that is harder to guess");
  });

  await test.step("a good one is set", async () => {
    await reset.setPassword(NEW);
    await expect(signIn.news).toContainText("Your new password is set");
    await expect(signIn.email).toHaveValue(ADA.email);
  });

  await test.step("what was signed in before has ended", async () => {
    await page.goto("/");
    await expect(page).toHaveURL("/sign-in");
  });

  await test.step("the old one opens nothing, the new one the code screen", async () => {
    await signIn.signIn();
    await expect(signIn.problems).toContainText("That email and password do not match");
    await signIn.signIn({ ...ADA, password: NEW });
    await expect(elsewhere).toHaveURL("/sign-in/code");
    await new CodeScreen(elsewhere).verify(authenticator.code());
    await expect(new HomeScreen(elsewhere).heading).toHaveText(`Hello, ${ADA.name}`);
  });

  await test.step("the link works once", async () => {
    expect((await page.goto(link))?.status()).toBe(410);
    await expect(new Screen(page).heading).toHaveText("This link no longer works");
  });
});

test("a link works for an hour, and a newer one voids it", async ({ page, people, stepgate, clock }) => {
  await people.create();
  const ask = async () => {
    clock.advance({ seconds: 1 });
    await people.post(page.request, "forgot-password", { email: ADA.email });
    return stepgate.mailedLink(ADA.email);
  };
  const first = await ask();
  clock.advance({ minutes: 60, seconds: -1 });
  expect((await page.goto(first))?.status()).toBe(200);
  clock.advance({ seconds: 1 });
  expect((await page.goto(first))?.status()).toBe(410);

  const [second, third] = [await ask(), await ask()];
  expect((await page.goto(second))?.status()).toBe(410);
  expect((await page.goto(third))?.status()).toBe(200);
});

test("nobody learns who has an address, and a mailbox is not flooded", async ({ page, people, stepgate, clock }) => {
  await people.create();
  const answers = [];
  for (const email of [ADA.email, "nobody@northwind.example"]) {
    await page.goto("/password/forgot");
    await new ForgottenScreen(page).mailTo(email);
    await expect(new ForgottenScreen(page).news).toBeVisible();
    answers.push((await page.getByRole("main").innerText()).trim());
  }
  expect(answers[0]).toBe(answers[1]);

  for (let more = 0; more < 5; more++) await people.post(page.request, "forgot-password", { email: ADA.email });
  const links = [];
  for (let mail = 0; mail < 3; mail++) links.push(await stepgate.mailedLink(ADA.email));
  // What goes to one address goes in order, and only the newest link is good: had a refused one been sent, it would
  // come before the fourth.
  clock.advance({ hours: 1 });
  await people.post(page.request, "forgot-password", { email: ADA.email });
  links.push(await stepgate.mailedLink(ADA.email));
  const opened = await Promise.all(links.map(async (link) => (await page.request.get(link)).status()));
  expect(opened).toEqual([410, 410, 410, 200]);
  expect(stepgate.outbox().map(({ to }) => to)).toEqual(Array(4).fill(ADA.email));
});

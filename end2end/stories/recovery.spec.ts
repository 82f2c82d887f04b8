import { ADA, ADAS_MOBILE, expect, test } from "../fixtures/index.ts";
import { BackInScreen, CodeScreen, HomeScreen, RecoveryScreen, SignInScreen, WizardScreen } from "../pages/index.ts";

test("a recovery code lets in once, and the phone is replaced", async ({ anotherBrowser, page, people, clock, stepgate, hydrated }) => {
  const { authenticator, codes } = await people.enrolWithCodes(page.context());
  clock.advance({ days: 1 });
  const elsewhere = await anotherBrowser();
  const [recovery, back, wizard] = [new RecoveryScreen(elsewhere), new BackInScreen(elsewhere), new WizardScreen(elsewhere, hydrated)];

  await test.step("the way is on the code screen", async () => {
    const signIn = new SignInScreen(elsewhere);
    await signIn.open();
    await signIn.signIn();
    await elsewhere.getByRole("link", { name: "Come back in another way" }).click();
    await expect(recovery.heading).toHaveText("Lost your phone?");
    await expect(recovery.textMe).toHaveCount(0);
  });

  await test.step("typed as people do", async () => {
    await recovery.useCode(` ${(codes[0] ?? "").toLowerCase().replaceAll("-", " ")} `);
    await expect(back.heading).toHaveText("You are back in");
    await expect(elsewhere.getByRole("main")).toContainText("10 recovery codes are left, a new one among them");
  });

  await test.step("nothing else opens before the phone is settled", async () => {
    await elsewhere.goto("/");
    await expect(elsewhere).toHaveURL("/sign-in/recovery/finish");
  });

  await test.step("a new authenticator takes the old one's place", async () => {
    await back.setUpAnew.click();
    await wizard.ready();
    await wizard.goToQr();
    await wizard.confirm((await wizard.scan(clock)).code());
    await expect(wizard.heading).toHaveText("Save your new recovery code");
    await wizard.saved.check();
    await wizard.next.click();
    await wizard.isAt("mobile");
    await wizard.notNow.click();
    await wizard.onward.click();
    await expect(elsewhere).toHaveURL("/");
  });

  await test.step("what was signed in before has ended, and the old app opens nothing", async () => {
    await page.goto("/");
    await expect(page).toHaveURL("/sign-in");
    clock.nextStep();
    await people.signIn(page.context());
    await page.goto("/sign-in/code");
    await new CodeScreen(page).verify(authenticator.code());
    await expect(new CodeScreen(page).problems).toContainText("That code is not right");
  });

  await test.step("the code is used up, and its owner was told", async () => {
    await new RecoveryScreen(page).open();
    await new RecoveryScreen(page).useCode(codes[0] ?? "");
    await expect(new RecoveryScreen(page).problems).toContainText("That code is not right");
    const subjects = stepgate.outbox().map(({ subject }) => subject);
    expect(subjects).toContain("One of your recovery codes was used");
    expect(subjects).toContain("Your authenticator app was replaced");
    expect(JSON.stringify(stepgate.outbox())).not.toContain(codes[0]);
  });
});

test("who finds the phone keeps it, and sees one code in the place of the used one", async ({ page, people, clock, hydrated }) => {
  const { authenticator, codes } = await people.enrolWithCodes(page.context());
  await people.signIn(page.context());
  const [recovery, back, wizard] = [new RecoveryScreen(page), new BackInScreen(page), new WizardScreen(page, hydrated)];
  await recovery.open();
  await recovery.useCode(codes[3] ?? "");

  await back.stillHaveIt.click();
  await wizard.ready();
  await expect(wizard.heading).toHaveText("Save your new recovery code");
  const [replacement] = await wizard.codes.allInnerTexts();
  expect(codes).not.toContain(replacement);
  await wizard.saved.check();
  await wizard.next.click();
  await wizard.isAt("mobile");
  await wizard.notNow.click();
  await wizard.onward.click();
  await expect(new HomeScreen(page).heading).toHaveText(`Hello, ${ADA.name}`);

  clock.nextStep();
  await people.signIn(page.context());
  await page.goto("/sign-in/code");
  await new CodeScreen(page).verify(authenticator.code());
  await expect(page).toHaveURL("/");
});

test("a text lets in too, and then the authenticator is kept by its own code only", async ({ page, people, clock, stepgate }) => {
  const { authenticator } = await people.enrolWithCodes(page.context(), ADA, ADAS_MOBILE);
  clock.advance({ minutes: 10 });
  await people.signIn(page.context());
  const [recovery, back] = [new RecoveryScreen(page), new BackInScreen(page)];
  await recovery.open();
  await expect(recovery.textMe).toHaveText(/Text me a code \(\+44 ••• ••• ••56\)/);
  expect(await page.content()).not.toContain("7400123456");

  await recovery.textMe.click();
  await expect(recovery.news).toContainText("A code is on its way");
  await recovery.useText(await stepgate.textedCode(ADAS_MOBILE.international));
  await expect(back.heading).toHaveText("You are back in");

  await back.stillHaveIt.click();
  await expect(back.problems).toContainText("The code is missing");
  await back.code.fill(authenticator.wrongCode());
  await back.stillHaveIt.click();
  await expect(back.problems).toContainText("That code is not right");
  await back.code.fill(authenticator.code());
  await back.stillHaveIt.click();
  await expect(page).toHaveURL("/");
  expect(stepgate.outbox().map(({ subject }) => subject)).toContain("Somebody came back in by your recovery mobile");
});

test("a text code works for the sign-in it was sent for, and once", async ({ page, anotherBrowser, people, clock, stepgate }) => {
  await people.enrolWithCodes(page.context(), ADA, ADAS_MOBILE);
  clock.advance({ minutes: 10 });
  await people.signIn(page.context());
  const thief = await anotherBrowser();
  await people.signIn(thief.context());
  await people.post(page.request, "recovery/text", { mobile: await mobileOf(page.request) });
  const code = await stepgate.textedCode(ADAS_MOBILE.international);

  const stolen = await people.post(thief.request, "recovery/text-code", { text_code: code });
  expect(stolen.headers()["location"]).toBe("/sign-in/recovery");
  const own = await people.post(page.request, "recovery/text-code", { text_code: code });
  expect(own.headers()["location"]).toBe("/sign-in/recovery/finish");
  await people.signIn(page.context());
  const again = await people.post(page.request, "recovery/text-code", { text_code: code });
  expect(again.headers()["location"]).toBe("/sign-in/recovery");
});

async function mobileOf(request: { get(url: string): Promise<{ text(): Promise<string> }> }): Promise<string> {
  const page = await (await request.get("/sign-in/recovery")).text();
  return /name="mobile" value="([^"]+)"/.exec(page)?.[1] ?? "";
}

import { ADA, expect, readOtpauth, readQr, test } from "../fixtures/index.ts";
import { HomeScreen, SignInScreen, WizardScreen } from "../pages/index.ts";

test.beforeEach(async ({ page, people }) => {
  await people.create();
  await people.signIn(page.context());
});

test("the wizard goes on where it was, after a reload and in a second tab", async ({ page, context, clock, hydrated }) => {
  const wizard = new WizardScreen(page, hydrated);
  const secondTab = new WizardScreen(await context.newPage(), hydrated);

  await wizard.open();
  await wizard.isAt("introduction");
  await wizard.begin.click();
  await wizard.isAt("app");
  await wizard.reload();
  await wizard.isAt("app");
  await secondTab.open();
  await secondTab.isAt("app");

  await wizard.haveApp.click();
  await wizard.isAt("pair");
  const key = await wizard.readKey();
  await wizard.reload();
  expect(await wizard.readKey()).toBe(key);
  await secondTab.haveApp.click();
  await secondTab.isAt("pair");
  expect(await secondTab.readKey()).toBe(key);

  await wizard.confirm((await wizard.scan(clock)).code());
  await wizard.isAt("codes");
  await secondTab.confirm("123456");
  await secondTab.isAt("codes");
  expect(await secondTab.codes.allInnerTexts()).toEqual(await wizard.codes.allInnerTexts());
});

test("a crash in the middle of the wizard loses nothing", async ({ page, stepgate, clock, hydrated }) => {
  const wizard = new WizardScreen(page, hydrated);
  await wizard.open();
  await wizard.goToQr();
  const phone = await wizard.scan(clock);

  await stepgate.kill9();
  await stepgate.start();

  await wizard.confirm(phone.code());
  await wizard.isAt("codes");
});

test("a QR code works for 15 minutes, then there is a new one", async ({ page, clock, hydrated }) => {
  const [wizard, home] = [new WizardScreen(page, hydrated), new HomeScreen(page)];
  await wizard.open();
  await wizard.goToQr();
  const old = await wizard.scan(clock);

  await test.step("its code comes too late", async () => {
    clock.advance({ minutes: 15 });
    await wizard.confirm(old.code());

    await wizard.isAt("expired");
    await expect(page.getByRole("main")).toContainText("Nothing is lost");
    await expect(page.getByRole("main")).toContainText(`entry for ${ADA.account} already, delete it`);
    await wizard.reload();
    await wizard.isAt("expired");
  });

  await test.step("the new one is another", async () => {
    await wizard.newQr.click();
    await wizard.isAt("pair");
    expect(await wizard.readKey()).not.toBe(old.key);
    expect(readOtpauth(await readQr(wizard.qr)).secret).toBe(await wizard.readKey());

    await wizard.confirm(old.code());
    await expect(wizard.problems).toContainText("That code is not right");
  });

  await test.step("and works to its last second", async () => {
    const phone = await wizard.scan(clock);
    clock.advance({ minutes: 15, seconds: -1 });
    await wizard.confirm(phone.code());

    await wizard.finish();

    await expect(home.heading).toHaveText(`Hello, ${ADA.name}`);
  });
});

test("another browser takes the wizard over, and both say so", async ({ page, anotherBrowser, people, clock, hydrated }) => {
  const first = new WizardScreen(page, hydrated);
  await first.open();
  await first.goToQr();
  const firstPhone = await first.scan(clock);
  const other = await anotherBrowser();
  await people.signIn(other.context());
  const second = new WizardScreen(other, hydrated);

  await test.step("the second is warned, and shown nothing of the first one's key", async () => {
    await second.open();
    await second.isAt("introduction");
    await expect(other.getByRole("main")).toContainText("This is being set up in another browser");
    await expect(other.getByRole("main")).toContainText("somebody knows your password");
    expect(await other.content()).not.toContain(firstPhone.key);
  });

  await test.step("going on there makes a new key", async () => {
    await second.goToQr();
    expect(await second.readKey()).not.toBe(firstPhone.key);
  });

  await test.step("the first is told, and its QR code is void", async () => {
    await first.confirm(firstPhone.code());
    await first.isAt("introduction");
    await expect(page.getByRole("main")).toContainText("This is being set up in another browser");
    await expect(first.problems).toContainText("This page was out of date");

    await second.confirm(firstPhone.code());
    await expect(second.problems).toContainText("That code is not right");
  });

  await test.step("the second goes through, which ends the first, and that is told", async () => {
    await second.confirm((await second.scan(clock)).code());
    await second.isAt("codes");
    await first.begin.click();
    await expect(first.heading).toHaveText("Sign in");
    await expect(page.getByRole("main")).toContainText("ended from another browser");
  });
});

test("taking over and back again voids each key in turn", async ({ page, anotherBrowser, people, clock, hydrated }) => {
  const first = new WizardScreen(page, hydrated);
  await first.open();
  await first.goToQr();
  const other = await anotherBrowser();
  await people.signIn(other.context());
  const second = new WizardScreen(other, hydrated);
  await second.open();
  await second.goToQr();
  const secondPhone = await second.scan(clock);

  await first.reload();
  await first.isAt("introduction");
  await first.goToQr();
  await second.confirm(secondPhone.code());
  await second.isAt("introduction");
  await first.confirm((await first.scan(clock)).code());

  await first.isAt("codes");
});

test("enrolling takes an hour at most, counted from the password", async ({ page, clock, hydrated }) => {
  const [wizard, signIn] = [new WizardScreen(page, hydrated), new SignInScreen(page)];
  await wizard.open();
  await wizard.begin.click();
  await wizard.isAt("app");

  clock.advance({ minutes: 60, seconds: -1 });
  await wizard.reload();
  await wizard.isAt("app");
  clock.advance({ seconds: 1 });
  await wizard.haveApp.click();

  await expect(signIn.heading).toHaveText("Sign in");
  await expect(page.getByRole("main")).toContainText("Please sign in again");
  await expect(page.getByRole("main")).toContainText("it took too long");
  await signIn.signIn();
  await wizard.ready();
  await wizard.isAt("introduction");
});

test("a new authenticator is told by mail", async ({ page, people, stepgate }) => {
  const authenticator = await people.showKey(page.context());
  await people.post(page.request, "wizard/confirm", { code: authenticator.code() });

  await expect.poll(() => stepgate.outbox()).toMatchObject([
    { kind: "mail", to: ADA.email, subject: "Your sign-in has a new authenticator app", body: expect.stringContaining("Chrom") },
  ]);
  expect(JSON.stringify(stepgate.outbox())).not.toContain(authenticator.key);
});

import { ADA, ADAS_MOBILE, BOB, expect, test } from "../fixtures/index.ts";
import { AdminScreen, BackInScreen, CodeScreen, HomeScreen, RecoveryScreen, Screen, SignInScreen, WizardScreen } from "../pages/index.ts";

test("who is locked out is unlocked into recovery, and only that", async ({ page, context, people, clock, stepgate, anotherBrowser }) => {
  test.slow();
  const ada = await people.enrol(context);
  await people.join(BOB);
  const bobs = await anotherBrowser();
  const { authenticator, codes } = await people.protect(bobs.context(), BOB);
  const admin = new AdminScreen(page);
  const stranger = await anotherBrowser();
  const signIn = new SignInScreen(stranger);

  await test.step("ten wrong codes lock", async () => {
    await people.wrongCodes(stranger.context(), 10, authenticator, clock, BOB);
    await signIn.open();
    await signIn.signIn(BOB);
    await new CodeScreen(stranger).verify(authenticator.code());
    await expect(new Screen(stranger).problems).toContainText(/locked/i);
  });

  await test.step("an admin sees it and unlocks", async () => {
    await people.signIn(context);
    await people.giveCode(context, ada.code());
    await page.goto("/admin/users?show=locked-out");
    expect(await admin.names()).toEqual([BOB.name]);
    await expect(admin.row(BOB.name)).toContainText("Locked out");
    await page.getByRole("link", { name: BOB.name, exact: true }).click();
    await admin.doAndAgree("Unlock");
    await expect(admin.done).toContainText("This user is unlocked");
    await expect(page.getByRole("main")).toContainText("Recovery pending");
  });

  await test.step("a code of the authenticator will not do", async () => {
    clock.nextStep();
    await signIn.open();
    await signIn.signIn(BOB);
    await expect(stranger).toHaveURL(/\/sign-in\/(code|recovery)/);
    const before = stranger.url();
    await people.post(stranger.request, "verify-code", { code: authenticator.code() });
    await stranger.goto("/");
    await expect(stranger, before).toHaveURL(/\/sign-in/);
  });

  await test.step("a recovery code does, and the authenticator is kept", async () => {
    await signIn.open();
    await signIn.signIn(BOB);
    await stranger.goto("/sign-in/recovery");
    await new RecoveryScreen(stranger).useCode(codes[0] ?? "");
    await expect(stranger).toHaveURL("/sign-in/recovery/finish");
    await people.post(stranger.request, "recovery/keep", {});
    await people.post(stranger.request, "wizard/save-codes", { saved: "yes" });
    await people.post(stranger.request, "wizard/skip-mobile");
    await people.post(stranger.request, "wizard/finish");
    await stranger.goto("/");
    await expect(new HomeScreen(stranger).heading).toHaveText(`Hello, ${BOB.name}`);
  });

  await test.step("it is told", async () => {
    const mails = () => stepgate.outbox().filter(({ to }) => to === BOB.email).map(({ body }) => body).join("\n");
    await expect.poll(mails).toMatch(/unlocked/i);
    await page.goto("/admin/audit");
    await expect(page.getByRole("main")).toContainText(`${BOB.name}: Unlocked, into recovery by ${ADA.name}`);
    await expect(page.getByRole("main")).toContainText(`${BOB.name}: Came back in with a recovery code`);
  });
});

test("who was unlocked comes back by a text, and binds another authenticator", async ({ context, people, clock, stepgate, hydrated, anotherBrowser }) => {
  test.slow();
  const { authenticator } = await people.enrolWithCodes(context, ADA, ADAS_MOBILE);
  await people.join(BOB, ADA, "admin");
  const bobs = await anotherBrowser();
  const bob = await people.protect(bobs.context(), BOB);
  const stranger = await anotherBrowser();
  await people.wrongCodes(stranger.context(), 10, authenticator, clock, ADA);

  await test.step("another admin unlocks", async () => {
    const admin = new AdminScreen(bobs);
    await people.signIn(bobs.context(), BOB);
    await people.giveCode(bobs.context(), bob.authenticator.code());
    await admin.openUser(ADA.name);
    await admin.doAndAgree("Unlock");
    await expect(admin.done).toContainText("This user is unlocked");
  });

  await test.step("a texted code lets in", async () => {
    const recovery = new RecoveryScreen(stranger);
    await people.signIn(stranger.context(), ADA);
    await recovery.open();
    await recovery.textMe.click();
    await recovery.useText(await stepgate.textedCode(ADAS_MOBILE.international));
    await expect(stranger).toHaveURL("/sign-in/recovery/finish");
  });

  await test.step("and another authenticator takes the old one's place", async () => {
    const [back, wizard] = [new BackInScreen(stranger), new WizardScreen(stranger, hydrated)];
    await back.setUpAnew.click();
    await wizard.ready();
    await wizard.goToQr();
    await wizard.confirm((await wizard.scan(clock)).code());
    await expect.poll(() => stepgate.outbox().filter(({ to }) => to === ADA.email).map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(["You can come back in", "Somebody came back in by your recovery mobile", "Your authenticator app was replaced"]),
    );
    await bobs.goto("/admin/users");
    await expect(new AdminScreen(bobs).row(ADA.name)).toContainText("Protected");
  });
});

test("who has no way back in is not unlocked, and the page says what is possible", async ({ page, context, people, clock, anotherBrowser }) => {
  test.slow();
  const ada = await people.enrol(context);
  await people.join(BOB);
  const bobs = await anotherBrowser();
  await people.signIn(bobs.context(), BOB);
  const authenticator = await people.showKey(bobs.context());
  await people.post(bobs.request, "wizard/confirm", { code: authenticator.code() });
  const stranger = await anotherBrowser();
  await people.wrongCodes(stranger.context(), 10, authenticator, clock, BOB);
  await people.signIn(context);
  await people.giveCode(context, ada.code());
  const admin = new AdminScreen(page);

  await admin.openUser(BOB.name);

  const reason = "cannot be unlocked: remove this user and invite them again";
  await expect(page.getByRole("main")).toContainText(reason);
  await expect(page.getByRole("main").getByRole("button", { name: "Unlock" })).toHaveCount(0);
  const user = page.url().split("/").pop() ?? "";
  const session = (await page.locator("input[name=session]").first().getAttribute("value")) ?? "";
  await people.post(page.request, "admin/unlock", { user, session });
  await page.reload();
  await expect(admin.problems).toContainText(reason);
  await admin.doAndAgree("Remove");
  await expect(admin.done).toContainText("The user was removed");
});

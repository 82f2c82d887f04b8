import { ADA, ADAS_MOBILE, expect, readOtpauth, readQr, test } from "../fixtures/index.ts";
import { BackInScreen, CodeScreen, HomeScreen, NewAccountScreen, RecoveryScreen, SignInScreen, STEPS, WizardScreen } from "../pages/index.ts";

// Everything on it is real, the time included.
test.use({ realTime: true });

test("from the setup link to a protected sign-in that outlives a crash", async ({ page, anotherBrowser, stepgate, time, hydrated }) => {
  const [signIn, code, home] = [new SignInScreen(page), new CodeScreen(page), new HomeScreen(page)];
  const wizard = new WizardScreen(page, hydrated);

  await test.step("the link that the server printed creates the account", async () => {
    const newAccount = new NewAccountScreen(page);
    await page.goto(stepgate.setupPath ?? "");
    await newAccount.create(ADA);

    await expect(page).toHaveURL("/sign-in");
    await expect(signIn.news).toContainText("Your account is ready");
    await expect(signIn.email).toHaveValue(ADA.email);
  });

  await test.step("the password leads into the wizard", async () => {
    await signIn.signIn(ADA);

    await wizard.ready();
    await wizard.isAt("introduction");
    await wizard.begin.click();
    await wizard.isAt("app");
    await wizard.haveApp.click();
    await wizard.isAt("pair");
  });

  const authenticator = await test.step("the QR code, the key and the link say the same", async () => {
    const address = await readQr(wizard.qr);
    expect(readOtpauth(address)).toEqual({
      label: `${ADA.account}:${ADA.email}`,
      issuer: ADA.account,
      secret: await wizard.readKey(),
      rest: expect.stringContaining("otpauth://totp?"),
    });
    expect(await wizard.openInApp.getAttribute("href")).toBe(address);
    return wizard.scan(time);
  });

  await test.step("a code from the app lets in", async () => {
    await wizard.confirm(authenticator.code());
    // The step may have ended between reading and typing. People then enter the next code, as the page says.
    await expect(wizard.heading).toHaveText(new RegExp(`^(${STEPS.codes}|${STEPS.nextCode})$`));
    if (await wizard.nextCode.isVisible()) await wizard.confirmNext(authenticator.code());
    await wizard.isAt("codes");
  });

  const codes = await test.step("two ways back are set up, and one is in", async () => {
    const codes = await wizard.codes.allInnerTexts();
    await wizard.saved.check();
    await wizard.next.click();
    await wizard.isAt("mobile");
    await wizard.country.selectOption(ADAS_MOBILE.country);
    await wizard.mobile.fill(ADAS_MOBILE.number);
    await wizard.sendText.click();
    await wizard.isAt("text");
    await wizard.textCode.fill(await stepgate.textedCode(ADAS_MOBILE.international));
    await wizard.confirmText.click();
    await wizard.isAt("done");
    await wizard.onward.click();

    await expect(page).toHaveURL("/");
    await expect(home.heading).toHaveText(`Hello, ${ADA.name}`);
    await expect(home.fact("Email")).toHaveText(ADA.email);
    await expect(home.fact("Organisation")).toHaveText(ADA.account);
    await expect(home.fact("This browser")).toHaveText(/Chrom/);
    await expect(home.fact("Asked for a code again")).toContainText("in 29 days");
    return codes;
  });

  await test.step("signing out leads back to the sign-in", async () => {
    await home.signOutButton.click();

    await expect(page).toHaveURL("/sign-in");
    await expect(signIn.news).toHaveText("You are signed out");
    await page.goto("/");
    await expect(page).toHaveURL("/sign-in");
  });

  // The window reaches one step ahead; the code of the wizard is spent.
  const next = authenticator.code(1);
  await test.step("from now on a code is asked for", async () => {
    await signIn.signIn(ADA);
    await expect(page).toHaveURL("/sign-in/code");
    await code.verify(next);

    await expect(home.heading).toHaveText(`Hello, ${ADA.name}`);
  });

  const elsewhere = await anotherBrowser();
  const codeElsewhere = new CodeScreen(elsewhere);
  await test.step("the same code works once", async () => {
    const signInElsewhere = new SignInScreen(elsewhere);
    await signInElsewhere.open();
    await signInElsewhere.signIn(ADA);
    await codeElsewhere.verify(next);

    await expect(codeElsewhere.problems).toContainText("That code was used already");
  });

  await test.step("a crash ends no session and brings back no code", async () => {
    await stepgate.kill9();
    await stepgate.start();

    await page.reload();
    await expect(home.heading).toHaveText(`Hello, ${ADA.name}`);
    await codeElsewhere.verify(next);
    await expect(codeElsewhere.problems).toContainText("That code was used already");
  });

  await test.step("a lost phone is no lost account", async () => {
    await new RecoveryScreen(elsewhere).open();
    await new RecoveryScreen(elsewhere).useCode(codes[7] ?? "");
    await expect(new BackInScreen(elsewhere).heading).toHaveText("You are back in");
  });
});

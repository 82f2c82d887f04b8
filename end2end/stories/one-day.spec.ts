import { ADA, ADAS_MOBILE, expect, test } from "../fixtures/index.ts";
import { ProfileScreen, ResetScreen, SignInScreen, WizardScreen } from "../pages/index.ts";

const NEW = "six purple umbrellas waiting";

test("with a password of yesterday nobody enrols, and a mailed link opens the wizard again", async ({ page, people, stepgate, clock, hydrated }) => {
  await people.create();
  clock.advance({ hours: 24, seconds: 1 });
  const [signIn, reset, wizard] = [new SignInScreen(page), new ResetScreen(page), new WizardScreen(page, hydrated)];

  await signIn.open();
  await signIn.signIn();
  await expect(page.getByText("We have mailed you a link")).toBeVisible();
  await page.goto("/mfa/setup");
  await expect(page).toHaveURL(/^[^?]*\/sign-in/);

  await page.goto(await stepgate.mailedLink(ADA.email));
  await reset.setPassword(NEW);
  await expect(signIn.news).toContainText("Your new password is set");
  await signIn.signIn({ ...ADA, password: NEW });
  await wizard.ready();
  await wizard.isAt("introduction");
});

test("for a day after a recovery by text, codes and mobiles stay as they are", async ({ page, people, stepgate, clock }) => {
  const { authenticator } = await people.enrolWithCodes(page.context(), ADA, ADAS_MOBILE);
  clock.advance({ minutes: 10 });
  await people.signIn(page.context());
  const choice = await (await page.request.get("/sign-in/recovery")).text();
  const mobile = /name="mobile" value="([^"]+)"/.exec(choice)?.[1] ?? "";
  await people.post(page.request, "recovery/text", { mobile });
  await people.post(page.request, "recovery/text-code", { text_code: await stepgate.textedCode(ADAS_MOBILE.international) });
  await people.post(page.request, "recovery/keep", { code: authenticator.code() });
  const profile = new ProfileScreen(page);
  const held = page.getByText("After a recovery by text, codes and mobiles stay as they are until");

  await profile.open();
  await expect(held).toBeVisible();

  clock.advance({ hours: 24 });
  await profile.open();
  await expect(held).toBeHidden();
});

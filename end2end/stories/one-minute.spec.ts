import { ADA, ADAS_MOBILE, Authenticator, expect, readOtpauth, readQr, test } from "../fixtures/index.ts";

test("who reads nothing but labels is through the wizard in a minute", async ({ page, people, stepgate, clock, hydrated }) => {
  await people.create();
  await page.goto("/sign-in");
  const begun = Date.now();
  // With scripts a press before the island is awake posts a form: as good, and another page.
  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();

  await page.getByLabel("Email").fill(ADA.email);
  await page.getByLabel("Password", { exact: true }).fill(ADA.password);
  await press("Sign in");
  await press("Setup MFA and Access Your Account");
  await press("I have an app");
  const { secret } = readOtpauth(await readQr(page.getByRole("img", { name: /QR code/ })));
  await page.getByLabel("Code", { exact: true }).fill(new Authenticator(secret, clock).code());
  await press("Enable Multi-factor Authentication");
  await page.getByLabel("I have saved them").check();
  await press("Next");
  await page.getByLabel("Country").selectOption("United Kingdom (+44)");
  await page.getByLabel("Mobile number").fill(ADAS_MOBILE.number);
  await press("Confirm Recovery Mobile");
  await page.getByLabel("Code", { exact: true }).fill(await stepgate.textedCode(ADAS_MOBILE.international));
  await press("Confirm");
  await press("Continue");

  await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Hello, ${ADA.name}`);
  const seconds = (Date.now() - begun) / 1000;
  test.info().annotations.push({ type: "duration", description: `${seconds.toFixed(1)} s, ${hydrated ? "hydrated" : "without JavaScript"}` });
  expect(seconds).toBeLessThan(60);
});

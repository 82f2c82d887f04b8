import { ADA, expect, test } from "../fixtures/index.ts";
import { HomeScreen, WizardScreen } from "../pages/index.ts";

for (const [is, stepsOff] of [["ahead", 1], ["behind", -1]] as const) {
  test(`a phone whose clock is ${is} is asked for its next code too, and told`, async ({ page, people, clock, hydrated }) => {
    await people.create();
    await people.signIn(page.context());
    const [wizard, home] = [new WizardScreen(page, hydrated), new HomeScreen(page)];
    await wizard.open();
    await wizard.goToQr();
    const phone = await wizard.scan(clock);

    await test.step("the first code is right, and one more is asked for", async () => {
      await wizard.confirm(phone.code(stepsOff));

      await wizard.isAt("nextCode");
      await expect(page.getByRole("main")).toContainText(`Your phone's clock is ${is}, by up to a minute`);
      await expect(page.getByRole("main")).toContainText("set date and time to automatic");
      await expect(wizard.progress.locator("[aria-current=step]")).toContainText("Scan and confirm");
    });

    await test.step("a countdown says when it comes", async () => {
      if (hydrated) await expect(wizard.countdown).toContainText(/Next code in (1\d|20) seconds/);
      else await expect(wizard.countdown).toBeHidden();
    });

    await test.step("the same code again is none", async () => {
      await wizard.confirmNext(phone.code(stepsOff));
      await expect(wizard.problems).toContainText("That code was used already");
      await expect(wizard.nextCode).toHaveAccessibleDescription(/Wait for the next code, then enter that one$/);
      await wizard.isAt("nextCode");
    });

    await test.step("a wrong one neither", async () => {
      await wizard.confirmNext(phone.wrongCode());
      await expect(wizard.problems).toContainText("That code is not right");
      await page.goto("/");
      await expect(page).toHaveURL("/mfa/setup");
      await wizard.ready();
      await wizard.isAt("nextCode");
    });

    await test.step("the next one lets in", async () => {
      clock.nextStep();
      await wizard.confirmNext(phone.code(stepsOff));

      await wizard.finish();

      await expect(home.heading).toHaveText(`Hello, ${ADA.name}`);
    });
  });
}

test("a phone whose clock is two steps off is told that its code is wrong", async ({ page, people, clock, hydrated }) => {
  await people.create();
  await people.signIn(page.context());
  const wizard = new WizardScreen(page, hydrated);
  await wizard.open();
  await wizard.goToQr();
  const phone = await wizard.scan(clock);

  for (const stepsOff of [-2, 2]) {
    await wizard.confirm(phone.code(stepsOff));
    await expect(wizard.problems).toContainText("That code is not right");
    await wizard.isAt("pair");
  }
});

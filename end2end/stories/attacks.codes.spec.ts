import { ADA, expect, test } from "../fixtures/index.ts";
import { ACCEPTED, REJECTED, typedLike } from "../fixtures/vectors.ts";
import { CodeScreen, HomeScreen, WizardScreen } from "../pages/index.ts";

const saysOf = (input: string) => (input === "" ? "The code is missing" : "A code has six digits");

test("the wizard refuses what is no code, in words, and loses nothing", async ({ page, people, clock, hydrated }) => {
  await people.create();
  await people.signIn(page.context());
  const wizard = new WizardScreen(page, hydrated);
  await wizard.open();
  await wizard.goToQr();
  const phone = await wizard.scan(clock);

  for (const { input, why } of REJECTED) {
    await test.step(`${JSON.stringify(input)}: ${why}`, async () => {
      await wizard.reload();
      await wizard.confirm(input);

      await expect(wizard.problems.getByRole("heading")).toHaveText(saysOf(input));
      await expect(wizard.code).toHaveAccessibleDescription(/Enter the six digits the app shows$/);
      await expect(wizard.code).toHaveAttribute("aria-invalid", "true");
      expect(await wizard.readKey()).toBe(phone.key);
    });
  }
  await wizard.confirm(phone.code());
  await wizard.isAt("codes");
});

test("the code screen refuses what is no code, in words, and spends no try", async ({ page, people, clock }) => {
  const authenticator = await people.enrol(page.context());
  clock.nextStep();
  await people.signIn(page.context());
  const code = new CodeScreen(page);

  for (const { input, why } of REJECTED) {
    await test.step(`${JSON.stringify(input)}: ${why}`, async () => {
      await page.goto("/sign-in/code");
      await code.verify(input);

      await expect(code.problems.getByRole("heading")).toHaveText(saysOf(input));
      await expect(code.code).toHaveAccessibleDescription(/Enter the six digits the app shows$/);
      await expect(code.code).toHaveValue("");
    });
  }
  await code.verify(authenticator.wrongCode());
  await expect(code.problems).toContainText("You have 4 more tries.");
  await code.verify(authenticator.code());
  await expect(page).toHaveURL("/");
});

test("a code may be typed as people and apps write it", async ({ page, people, clock, hydrated }) => {
  const [wizard, code, home] = [new WizardScreen(page, hydrated), new CodeScreen(page), new HomeScreen(page)];

  for (const [at, { input }] of ACCEPTED.entries()) {
    await test.step(JSON.stringify(input), async () => {
      const person = { ...ADA, email: `ada${at}@northwind.example` };
      await people.create(person);
      await people.signIn(page.context(), person);
      const phone = await people.showKey(page.context());
      await wizard.open();
      await wizard.confirm(typedLike(input, phone.code()));
      await wizard.finish();
      await expect(home.heading).toHaveText(`Hello, ${ADA.name}`);

      clock.nextStep();
      await people.signIn(page.context(), person);
      await page.goto("/sign-in/code");
      await code.verify(typedLike(input, phone.code()));
      await expect(home.heading).toHaveText(`Hello, ${ADA.name}`);
    });
  }
});

test("wrong codes in the wizard are answered one by one, and cost no key", async ({ page, people, clock, hydrated }) => {
  await people.create();
  await people.signIn(page.context());
  const wizard = new WizardScreen(page, hydrated);
  await wizard.open();
  await wizard.goToQr();
  const phone = await wizard.scan(clock);

  for (const wrong of phone.wrongCodes(6)) {
    await wizard.reload();
    await wizard.confirm(wrong);
    await expect(wizard.problems.getByRole("heading")).toHaveText("That code is not right");
  }

  expect(await wizard.readKey()).toBe(phone.key);
  await wizard.confirm(phone.code());
  await wizard.isAt("codes");
});

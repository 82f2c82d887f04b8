import { expect, test } from "../fixtures/index.ts";
import { ELSEWHERE } from "../fixtures/vectors.ts";
import { CodeScreen, SignInScreen } from "../pages/index.ts";

test("a link cannot send people elsewhere after they have signed in", async ({ page, people, clock }) => {
  const authenticator = await people.enrol(page.context());

  for (const next of ELSEWHERE.slice(0, 8)) {
    await test.step(JSON.stringify(next), async () => {
      await people.signOut(page.context());
      clock.nextStep();
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
      await new SignInScreen(page).signIn();
      await new CodeScreen(page).verify(authenticator.code());

      await expect(page).toHaveURL("/");
    });
  }
});

test("a form whose way back was tampered with leads home", async ({ page, people, clock }) => {
  const authenticator = await people.enrol(page.context());
  const tamper = (value: string) =>
    page.locator("input[name=next]").evaluate((field: HTMLInputElement, value) => (field.value = value), value);
  await people.signOut(page.context());
  clock.nextStep();

  await page.goto("/?report=7");
  await tamper("https://evil.example/");
  await new SignInScreen(page).signIn();
  await expect(page).toHaveURL("/sign-in/code");
  await page.goto("/sign-in/code?next=%2F%3Freport%3D7");
  await tamper("//evil.example/");
  await new CodeScreen(page).verify(authenticator.code());

  await expect(page).toHaveURL("/");
});

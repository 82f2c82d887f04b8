import type { Locator, Page } from "@playwright/test";

import { ADA, ADAS_MOBILE, expect, test } from "../fixtures/index.ts";
import { CodeScreen, HomeScreen, NewAccountScreen, SignInScreen, WizardScreen } from "../pages/index.ts";

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, target: Locator, most = 15): Promise<void> {
  for (let press = 0; press < most; press++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(target).toBeFocused();
}

test("from the setup link to home without a mouse", async ({ page, stepgate, clock }) => {
  const { keyboard } = page;
  const [newAccount, signIn, wizard] = [new NewAccountScreen(page), new SignInScreen(page), new WizardScreen(page, true)];

  await test.step("the cursor stands in the first field", async () => {
    await page.goto(stepgate.setupPath ?? "");
    await expect(newAccount.organisation).toBeFocused();
    await keyboard.type(ADA.account);
    await keyboard.press("Tab");
    await keyboard.type(ADA.name);
    await keyboard.press("Tab");
    await keyboard.type(ADA.email);
    await keyboard.press("Tab");
    await keyboard.type(ADA.password);
    await keyboard.press("Enter");
  });

  await test.step("and in the password's where the address is there", async () => {
    await expect(signIn.news).toContainText("Your account is ready");
    await expect(signIn.password).toBeFocused();
    await keyboard.type(ADA.password);
    await keyboard.press("Enter");
    await wizard.ready();
  });

  await test.step("the wizard's next step takes the focus at its heading", async () => {
    await tabTo(page, wizard.begin);
    await keyboard.press("Enter");
    await wizard.isAt("app");
    await expect(wizard.heading).toBeFocused();
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await expect(page.getByText("Open the App Store.")).toBeVisible();
    await tabTo(page, wizard.haveApp);
    await keyboard.press("Space");
    await wizard.isAt("pair");
    await expect(wizard.heading).toBeFocused();
  });

  await test.step("a problem takes it at the summary, whose link leads to the field", async () => {
    await tabTo(page, wizard.openInApp);
    await tabTo(page, wizard.copyKey);
    await tabTo(page, wizard.code);
    await keyboard.type("000");
    await keyboard.press("Enter");
    await expect(wizard.problems).toBeFocused();
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await expect(wizard.code).toBeFocused();
  });

  await test.step("also when the same problem comes again", async () => {
    await keyboard.press("Enter");
    await expect(wizard.problems).toBeFocused();
    await tabTo(page, wizard.code);
  });

  await test.step("the right code leads to the recovery codes, and these to the mobile", async () => {
    await keyboard.press("ControlOrMeta+A");
    await keyboard.type((await wizard.scan(clock)).code());
    await keyboard.press("Enter");
    await wizard.isAt("codes");
    await expect(wizard.heading).toBeFocused();
    for (const way of [wizard.download, wizard.copyCodes, wizard.print]) await tabTo(page, way);
    await tabTo(page, wizard.saved);
    await keyboard.press("Space");
    await tabTo(page, wizard.next);
    await keyboard.press("Enter");
    await wizard.isAt("mobile");
    await expect(wizard.heading).toBeFocused();
  });

  await test.step("a mobile is chosen, typed and confirmed", async () => {
    await tabTo(page, wizard.country);
    await keyboard.type("United K");
    await tabTo(page, wizard.mobile);
    await keyboard.type(ADAS_MOBILE.number);
    await keyboard.press("Enter");
    await wizard.isAt("text");
    await expect(wizard.heading).toBeFocused();
    await tabTo(page, wizard.textCode);
    await keyboard.type(await stepgate.textedCode(ADAS_MOBILE.international));
    await keyboard.press("Enter");
    await wizard.isAt("done");
    await expect(wizard.heading).toBeFocused();
    await tabTo(page, wizard.onward);
    await keyboard.press("Enter");
  });

  await test.step("that leads home, and the menu opens and closes", async () => {
    const home = new HomeScreen(page);
    await expect(home.heading).toHaveText(`Hello, ${ADA.name}`);
    await tabTo(page, home.menu(ADA.name));
    await keyboard.press("Enter");
    await expect(page.getByRole("banner").getByRole("button", { name: "Sign out" })).toBeVisible();
    await keyboard.press("Escape");
    await expect(page.getByRole("banner").getByRole("button", { name: "Sign out" })).toBeHidden();
    await expect(home.menu(ADA.name)).toBeFocused();
    await keyboard.press("Enter");
    await tabTo(page, page.getByRole("banner").getByRole("button", { name: "Sign out" }));
    await keyboard.press("Enter");
    await expect(signIn.news).toHaveText("You are signed out");
  });
});

test("the first press of Tab offers to skip to the content", async ({ page, people }) => {
  await people.enrol(page.context());
  await page.goto("/");

  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("a page with problems begins at their summary", async ({ page, people, stepgate }) => {
  const [newAccount, signIn, code] = [new NewAccountScreen(page), new SignInScreen(page), new CodeScreen(page)];
  await page.goto(stepgate.setupPath ?? "");
  await newAccount.create({ ...ADA, name: "" });
  await expect(newAccount.problems).toBeFocused();

  await people.enrol(page.context());
  await people.signOut(page.context());
  await signIn.open();
  await expect(signIn.email).toBeFocused();
  await signIn.signIn({ ...ADA, password: "wrong" });
  await expect(signIn.problems).toBeFocused();
  await signIn.signIn();
  await expect(code.code).toBeFocused();
  await code.verify("000");
  await expect(code.problems).toBeFocused();
});

test("where the focus is can be seen, on everything that takes it", async ({ page, people }) => {
  await people.create();
  await people.signIn(page.context());
  const wizard = new WizardScreen(page, true);
  await wizard.open();
  await wizard.goToQr();
  // Anew, so that the first press begins at the top and not at the step's heading.
  await wizard.reload();

  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator("body").evaluate(() => (document.activeElement as HTMLElement).blur());
    for (let press = 1; ; press++) {
      await page.keyboard.press("Tab");
      // Round once, and back at the browser's own.
      if (await page.evaluate(() => document.activeElement === document.body)) {
        expect(press).toBeGreaterThan(6);
        break;
      }
      const ring = await page.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body);
        return { what: document.activeElement?.outerHTML.slice(0, 80), outlineStyle, outlineWidth };
      });
      expect(ring).toMatchObject({ outlineStyle: "solid", outlineWidth: "3px" });
    }
  }
});

test("the focus can be seen in colours of the reader's own", async ({ page, people }) => {
  await people.create();
  await page.emulateMedia({ forcedColors: "active" });
  await page.goto("/sign-in");

  await page.keyboard.press("Tab");

  expect(await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineWidth)).toBe("3px");
});

import { expect, test } from "../fixtures/index.ts";
import { WizardScreen } from "../pages/index.ts";

test.beforeEach(async ({ page, people }) => {
  await people.bind(page.context());
});

test("copying them ticks the box", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const wizard = new WizardScreen(page, true);
  await wizard.open();

  await wizard.copyCodes.click();

  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.trim().split(/\s+/)).toEqual(await wizard.codes.allInnerTexts());
  await expect(wizard.saved).toBeChecked();
  await wizard.next.click();
  await wizard.isAt("mobile");
  await expect(wizard.heading).toBeFocused();
});

test("printing ticks the box, and the sheet holds the codes and nothing else", async ({ page }) => {
  const wizard = new WizardScreen(page, true);
  await wizard.open();
  await page.evaluate(() => Object.assign(window, { print: () => (document.body.dataset["printed"] = "yes") }));

  await wizard.print.click();

  await expect(page.locator("body")).toHaveAttribute("data-printed", "yes");
  await expect(wizard.saved).toBeChecked();
  await page.emulateMedia({ media: "print" });
  await expect(wizard.codes.first()).toBeVisible();
  await expect(page.getByText(/^Recovery codes for .* at /)).toBeVisible();
  for (const unwanted of [wizard.next, wizard.download, wizard.saved, wizard.progress, page.getByRole("banner"), page.getByRole("contentinfo")]) {
    await expect(unwanted).toBeHidden();
  }
  const pages = (await page.pdf({ format: "A4" })).toString("latin1").match(/\/Type\s*\/Page\b/g);
  expect(pages).toHaveLength(1);
});

import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect, test } from "../fixtures/index.ts";
import { WizardScreen } from "../pages/index.ts";

test.use({ viewport: { width: 1040, height: 720 }, deviceScaleFactor: 1 });

test("the wizard, as the README shows it", async ({ page, people }) => {
  const path = fileURLToPath(new URL("../../docs/screenshots/wizard.png", import.meta.url));
  await people.create();
  await people.signIn(page.context());
  const wizard = new WizardScreen(page, true);
  await wizard.open();
  await wizard.goToQr();
  await page.locator("body").evaluate(() => (document.activeElement as HTMLElement).blur());

  await page.screenshot({ path });

  expect(statSync(path).size).toBeLessThan(150_000);
});

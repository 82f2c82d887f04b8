import type { Locator, Page } from "@playwright/test";

import { BOB, expect, test } from "../fixtures/index.ts";
import { AdminScreen } from "../pages/index.ts";

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, target: Locator, most = 40): Promise<void> {
  for (let press = 0; press < most; press++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(target).toBeFocused();
}

test("an admin finds somebody, deactivates them and reads of it in the log, without a mouse", async ({ page, context, people, clock }) => {
  const ada = await people.enrol(context);
  await people.join(BOB);
  clock.advance({ minutes: 11 });
  const { keyboard } = page;
  const admin = new AdminScreen(page);
  const banner = page.getByRole("banner");

  await test.step("the menu of places opens, and leads to the users", async () => {
    await page.goto("/");
    await tabTo(page, admin.places);
    await keyboard.press("Enter");
    await tabTo(page, banner.getByRole("link", { name: "Users" }));
    await keyboard.press("Enter");
    await expect(admin.heading).toHaveText("Users");
  });

  await test.step("they are searched, and the one who is found is opened", async () => {
    await tabTo(page, page.getByRole("searchbox"));
    await keyboard.type("bob");
    await keyboard.press("Enter");
    await expect(page).toHaveURL(/q=bob/);
    await expect.poll(() => admin.names()).toEqual([BOB.name]);
    await tabTo(page, admin.row(BOB.name).getByRole("link", { name: BOB.name, exact: true }));
    await keyboard.press("Enter");
    await expect(admin.heading).toHaveText(BOB.name);
  });

  const deactivate = page.getByRole("main").getByRole("button", { name: "Deactivate", exact: true }).first();
  await test.step("the question is next, and Escape leaves it", async () => {
    await tabTo(page, deactivate);
    await keyboard.press("Enter");
    await expect(admin.question, "it is read out").toBeFocused();
    await keyboard.press("Tab");
    expect(await admin.question.evaluate((question) => question.contains(document.activeElement))).toBe(true);
    await keyboard.press("Escape");
    await expect(admin.question).toBeHidden();
    await expect(deactivate).toBeFocused();
  });

  await test.step("it does not stay open behind who goes on", async () => {
    await keyboard.press("Enter");
    for (let press = 0; press < 3; press++) await keyboard.press("Tab");
    await expect(admin.question).toBeHidden();
    await deactivate.focus();
  });

  await test.step("nor when the code is not given", async () => {
    await keyboard.press("Enter");
    await tabTo(page, admin.question.getByRole("button", { name: "Deactivate", exact: true }));
    await keyboard.press("Enter");
    await expect(admin.codeDialog).toBeVisible();
    await keyboard.press("Escape");
    await expect(admin.codeDialog).toBeHidden();
    await expect(deactivate).toBeFocused();
  });

  await test.step("agreed, and the code that is asked for is typed", async () => {
    await keyboard.press("Enter");
    await tabTo(page, admin.question.getByRole("button", { name: "Deactivate", exact: true }));
    await keyboard.press("Enter");
    await expect(admin.codeDialog.getByRole("textbox")).toBeFocused();
    await keyboard.type(ada.code());
    await keyboard.press("Enter");
    await expect(admin.done).toContainText("deactivated");
  });

  await test.step("the log opens an entry", async () => {
    await page.goto("/admin/audit");
    const entry = page.locator("summary.log__line").filter({ hasText: "deactivated" }).first();
    await tabTo(page, entry, 60);
    await keyboard.press("Enter");
    await expect(page.locator("details[open] .summary-list")).toBeVisible();
    await expect(page.locator("details[open]")).toContainText(BOB.name);
  });
});

test("the MFA Time Setting is chosen and saved without a mouse", async ({ page, context, people }) => {
  await people.enrol(context);
  const admin = new AdminScreen(page);
  const setting = page.getByRole("combobox", { name: "MFA Time Setting" });
  await page.goto("/admin/employees/preferences");

  await tabTo(page, setting);
  await page.keyboard.type("12 hours");
  await expect(setting).toHaveValue("43200");
  await tabTo(page, page.getByRole("button", { name: "Save" }).first());
  await page.keyboard.press("Enter");

  await expect(admin.done).toContainText("The MFA Time Setting is saved");
  await expect(setting).toHaveValue("43200");
});

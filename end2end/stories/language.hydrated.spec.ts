import { expect, test } from "../fixtures/index.ts";

test.use({ locale: "de-DE" });

test("shows and hides a password by German buttons", async ({ page }) => {
  await page.goto("/sign-in");
  const password = page.getByLabel("Passwort", { exact: true });

  for (const [press, type] of [["Passwort anzeigen", "text"], ["Passwort verbergen", "password"], ["Passwort anzeigen", "text"]] as const) {
    await page.getByRole("button", { name: press }).click();
    await expect(password).toHaveAttribute("type", type);
  }
  await expect(page.getByRole("button", { name: "Passwort verbergen" })).toHaveText("Verbergen");
});

import { ADA, BOB, CLEO, expect, test } from "../fixtures/index.ts";
import { AdminScreen } from "../pages/index.ts";

test.beforeEach(async ({ people, context, anotherBrowser, clock }) => {
  await people.enrol(context);
  await people.join(BOB);
  await people.join(CLEO);
  // Bound, and no codes saved: nobody could let her back in.
  const cleos = await anotherBrowser();
  await people.signIn(cleos.context(), CLEO);
  const authenticator = await people.showKey(cleos.context());
  await people.post(cleos.request, "wizard/confirm", { code: authenticator.code() });
  clock.nextStep();
});

test("the card says how many of how many are protected, and its page who is not, by name", async ({ page }) => {
  const admin = new AdminScreen(page);
  await page.goto("/");
  await admin.goTo("App Center");

  await test.step("cards by category", async () => {
    const categories = page.getByRole("navigation", { name: "Categories" });
    await categories.getByRole("link", { name: "Security" }).click();
    await expect(page).toHaveURL("/admin/app-center?category=security");
    await expect(page.getByRole("heading", { level: 2 })).toHaveText(["Multi-factor Authentication", "Audit log", "Webhooks"]);
    await categories.getByRole("link", { name: "All" }).click();
    await expect(page.getByRole("heading", { level: 2 })).toHaveText(["Multi-factor Authentication", "Audit log", "Webhooks", "Text messages"]);
  });

  await test.step("the card", async () => {
    const card = page.getByRole("listitem").filter({ hasText: "Multi-factor Authentication" });
    await expect(card).toContainText("2 of 3 protected");
    await expect(card).toContainText("1 could not be let back in if they lost their phone today.");
    await card.getByRole("link", { name: "Multi-factor Authentication" }).click();
  });

  await test.step("its page", async () => {
    await expect(page).toHaveURL("/admin/app-center/mfa");
    await expect(admin.section("Have yet to enable MFA (1)")).toContainText(BOB.name);
    await expect(admin.section("Not recovery-ready (1)")).toContainText(CLEO.name);
    await expect(page.getByRole("main")).not.toContainText(ADA.name);
  });
});

test("all who have yet to enable MFA are reminded together, once a day", async ({ page, stepgate, clock }) => {
  const admin = new AdminScreen(page);
  const remind = async () => {
    await admin.section(/^Have yet to enable/).getByRole("button", { name: "Remind them all" }).first().click();
    await expect(admin.question).toContainText("Remind the 1 person who has yet to enable MFA?");
    await expect(admin.question).toContainText("Whoever was reminded within a day gets none");
    await admin.question.getByRole("button", { name: "Remind them all" }).click();
  };
  const reminders = () => stepgate.outbox().filter(({ to, body }) => to === BOB.email && /setting up an authenticator app/.test(body)).length;
  await page.goto("/admin/app-center/mfa");

  await remind();
  await expect(admin.done).toContainText("1 reminder is on its way.");
  await expect.poll(reminders).toBe(1);

  await remind();
  await expect(admin.done).toContainText("Nobody was reminded now. 1 person was reminded within a day.");

  clock.advance({ minutes: 5 });
  await remind();
  await expect(admin.done).toContainText("1 person was reminded within a day.");
  expect(reminders()).toBe(1);
});

import { BOB, expect, test } from "../fixtures/index.ts";

test("the card keeps itself up to date while it is looked at, which is no sign of life", async ({ page, context, people, clock, anotherBrowser }) => {
  await people.enrol(context);
  await people.join(BOB);
  await page.clock.install();
  await page.goto("/admin/app-center");
  const card = page.getByRole("listitem").filter({ hasText: "Multi-factor Authentication" });
  await expect(card).toContainText("1 of 2 protected");
  // The island is awake when its first poll comes.
  await Promise.all([page.waitForResponse("**/api/admin/coverage"), page.clock.runFor(15_000)]);

  const bobs = await anotherBrowser();
  await people.protect(bobs.context(), BOB);
  await Promise.all([page.waitForResponse("**/api/admin/coverage"), page.clock.runFor(15_000)]);
  await expect(card).toContainText("2 of 2 protected");

  await test.step("nobody asks for a page that is not to be seen", async () => {
    const see = (state: "hidden" | "visible") =>
      page.evaluate((state) => Object.defineProperty(document, "hidden", { configurable: true, value: state === "hidden" }), state);
    await see("hidden");
    let asked = 0;
    page.on("request", (request) => (asked += Number(request.url().endsWith("/api/admin/coverage"))));
    await page.clock.runFor(60_000);
    expect(asked).toBe(0);
    await see("visible");
    await Promise.all([page.waitForResponse("**/api/admin/coverage"), page.clock.runFor(15_000)]);
  });

  await test.step("a week of looking does not keep the session alive", async () => {
    for (let day = 0; day < 7; day++) {
      clock.advance({ days: 1 });
      await Promise.all([page.waitForResponse("**/api/admin/coverage"), page.clock.runFor(15_000)]);
    }
    await expect(card).toContainText("Not up to date: reload this page.");
    await page.goto("/");
    await expect(page).toHaveURL("/sign-in");
  });
});

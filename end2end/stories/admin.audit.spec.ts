import { readFile } from "node:fs/promises";

import { ADA, BOB, expect, test } from "../fixtures/index.ts";
import { AdminScreen } from "../pages/index.ts";

test("the log says who did what, when and from where, and is filtered and taken out", async ({ page, context, people, clock, anotherBrowser }) => {
  await people.enrol(context);
  clock.advance({ minutes: 1 });
  const link = await people.inviteInto(BOB);
  clock.advance({ minutes: 1 });
  await people.accept(link, BOB);
  clock.advance({ minutes: 1 });
  const admin = new AdminScreen(page);
  const entries = page.locator(".log__entry");

  await test.step("newest first, in sentences", async () => {
    await page.goto("/");
    await admin.goTo("Audit log");
    await expect(admin.heading).toHaveText("Audit log");
    await expect(entries.first()).toContainText(`${BOB.name}: The invitation was accepted and a password set`);
    await expect(entries.nth(1)).toContainText(`${BOB.name}: Invited`);
    await expect(entries.filter({ hasText: "The organisation's account was created" })).toHaveCount(1);
    await expect(page.getByText(/^Verified up to entry \d+$|^No entry is sealed yet$/)).toBeVisible();
  });

  await test.step("an entry opens", async () => {
    await entries.filter({ hasText: "Multi-factor Authentication was enabled" }).locator("summary").click();
    const opened = page.locator(".log__entry details[open]");
    await expect(opened).toContainText("127.0.0.1");
    await expect(opened).toContainText("authenticator_bound");
  });

  await test.step("filtered by what it is about", async () => {
    const kind = page.getByLabel("Kind", { exact: true });
    await kind.selectOption("People: everything");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page).toHaveURL(/kind=people/);
    await expect(entries.first()).toContainText("invitation was accepted");
    await expect(entries.nth(1)).toContainText("Invited");
    await expect(entries.filter({ hasText: "Right password" })).toHaveCount(0);
  });

  await test.step("filtered by one kind", async () => {
    const kind = page.getByLabel("Kind", { exact: true });
    await kind.selectOption("Invitation accepted");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page).toHaveURL(/kind=invitation_accepted/);
    await expect(entries).toHaveCount(1);
    await expect(entries).toContainText(`${BOB.name}: The invitation was accepted`);
    await expect(kind.locator("option:checked")).toHaveText("Invitation accepted");
  });

  await test.step("of one user, from their page", async () => {
    await admin.openUser(BOB.name);
    await page.getByRole("link", { name: "All entries of the audit log about this user" }).click();
    await expect(entries).toHaveCount(2);
    await page.getByRole("link", { name: "Show those of all users" }).click();
    expect(await entries.count()).toBeGreaterThan(5);
  });

  await test.step("of one user, by their address", async () => {
    await page.getByLabel("User's email address").fill(BOB.email);
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page).toHaveURL(/email=/);
    await expect(entries).toHaveCount(2);
    await page.getByLabel("User's email address").fill("nobody@northwind.example");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page.getByText("No entry matches")).toBeVisible();
  });

  await test.step("by how it ended", async () => {
    const bobs = await anotherBrowser();
    await people.post(bobs.request, "sign-in", { email: BOB.email, password: "incorrect horse" });
    clock.advance({ minutes: 1 });
    await page.goto("/admin/audit");
    await page.getByLabel("Outcome").selectOption("Refused");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page).toHaveURL(/outcome=refused/);
    await expect(entries.first()).toContainText(BOB.name);
    await expect(entries.filter({ hasText: "Right password" })).toHaveCount(0);
    await page.getByLabel("Outcome").selectOption("Any");
  });

  await test.step("nothing matches", async () => {
    await page.getByLabel("Until (UTC)").fill("2020-01-01");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page.getByText("No entry matches")).toBeVisible();
  });

  await test.step("taken out as CSV and NDJSON", async () => {
    await page.goto("/admin/audit");
    const fetched = async (format: string) => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: `Export as ${format}` }).click()]);
      return (await readFile(await download.path(), "utf8")).trim().split(/\r?\n/);
    };
    const csv = await fetched("CSV");
    expect(csv[0]).toBe("at,kind,topic,outcome,user,user_email,by,by_email,address,browser,detail");
    expect(csv[1]).toContain("exported");
    expect(csv.filter((line) => line.includes("account_created"))).toHaveLength(1);
    const ndjson = (await fetched("NDJSON")).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(ndjson).toHaveLength(csv.length);
    expect(ndjson[0]).toMatchObject({ kind: "exported", topic: "settings", outcome: "done", by_email: ADA.email });
    await page.reload();
    await expect(entries.first()).toContainText("The audit log was exported");
  });
});

test("a long log is read page by page, and nothing is left out or doubled", async ({ page, context, people, clock }) => {
  const authenticator = await people.enrol(context);
  for (let more = 0; more < 30; more++) {
    clock.nextStep();
    await people.signIn(context);
    await people.giveCode(context, authenticator.code());
  }

  const seen: string[] = [];
  await page.goto("/admin/audit");
  for (;;) {
    seen.push(...(await page.locator(".log__entry .summary-list__row:last-child code").allTextContents()));
    const older = page.getByRole("link", { name: "Older entries" });
    if ((await older.count()) === 0) break;
    await older.click();
    await page.waitForURL(new RegExp(`before=`));
  }

  expect(seen.length).toBeGreaterThan(60);
  expect(new Set(seen).size).toBe(seen.length);
});

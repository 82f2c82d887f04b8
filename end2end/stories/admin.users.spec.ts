import { readFile } from "node:fs/promises";

import { ADA, BOB, CLEO, expect, test } from "../fixtures/index.ts";
import { AdminScreen, SignInScreen } from "../pages/index.ts";

test.beforeEach(async ({ people, context, clock }) => {
  await people.enrol(context);
  clock.nextStep();
});

test("the list says who is protected, and is searched, filtered and sorted", async ({ page, people, anotherBrowser }) => {
  await people.join(BOB);
  await people.inviteInto(CLEO);
  const bobs = await anotherBrowser();
  await people.protect(bobs.context(), BOB);
  const admin = new AdminScreen(page);

  await test.step("by the menu", async () => {
    await page.goto("/");
    await admin.goTo("Users");
    await expect(page).toHaveURL("/admin/users");
    await expect(admin.heading).toHaveText("Users");
    expect(await admin.names()).toEqual([ADA.name, BOB.name, CLEO.name]);
    await expect(admin.row(BOB.name)).toContainText("Protected");
    await expect(admin.row(BOB.name)).toContainText("10 codes left");
    await expect(admin.row(BOB.name)).toContainText("Member");
    await expect(admin.row(ADA.name)).toContainText("Administrator");
    await expect(admin.row(CLEO.name)).toContainText("Invited");
    await expect(admin.row(CLEO.name)).toContainText("Never");
  });

  await test.step("searched", async () => {
    await page.getByRole("searchbox").fill("BOB northwind");
    await page.getByRole("button", { name: "Search" }).click();
    expect(await admin.names()).toEqual([BOB.name]);
    await expect(page.getByText("1 user", { exact: true })).toBeVisible();
    await page.getByRole("searchbox").fill("zzz");
    await page.getByRole("button", { name: "Search" }).click();
    await expect(page.getByText("Nobody has this name or email")).toBeVisible();
    await page.getByRole("link", { name: "Show all users" }).click();
    expect(await admin.names()).toHaveLength(3);
  });

  await test.step("filtered", async () => {
    const filters = page.getByRole("navigation", { name: "Filter by state" });
    await filters.getByRole("link", { name: "Not enabled" }).click();
    expect(await admin.names()).toEqual([CLEO.name]);
    await expect(filters.getByRole("link", { name: "Not enabled" })).toHaveAttribute("aria-current", "true");
    for (const state of ["Not recovery-ready", "Locked out", "Recovery pending", "Deactivated"]) {
      await filters.getByRole("link", { name: state, exact: true }).click();
      await expect(filters.getByRole("link", { name: state, exact: true })).toHaveAttribute("aria-current", "true");
      await expect(page.getByText("There is nobody in this state")).toBeVisible();
    }
    await filters.getByRole("link", { name: "Protected" }).click();
    expect(await admin.names()).toEqual([ADA.name, BOB.name]);
  });

  await test.step("sorted", async () => {
    await page.goto("/admin/users");
    await page.locator(".table__sort", { hasText: "Name" }).evaluate((link: HTMLAnchorElement) => link.click());
    await expect(page).toHaveURL(/order=down/);
    expect(await admin.names()).toEqual([CLEO.name, BOB.name, ADA.name]);
    const sort = (head: string) => page.locator(".table__sort", { hasText: head }).evaluate((link: HTMLAnchorElement) => link.click());
    await sort("MFA");
    await expect(page).toHaveURL(/sort=mfa/);
    expect((await admin.names())[0], "who is not enabled needs looking after first").toBe(CLEO.name);
    await sort("Last sign-in");
    await expect(page).toHaveURL(/sort=last-sign-in/);
    expect((await admin.names())[0], "who never was here").toBe(CLEO.name);
    await sort("Last sign-in");
    await expect(page).toHaveURL(/order=down/);
    expect((await admin.names()).at(-1)).toBe(CLEO.name);
  });
});

test("a long list is seen page by page, and nobody is left out or doubled", async ({ page }) => {
  const admin = new AdminScreen(page);
  await page.goto("/admin/invite");
  const list = Array.from({ length: 60 }, (_, number) => `Person ${100 + number} <person${100 + number}@northwind.example>`);
  await page.getByLabel("List").fill(list.join("\n"));
  await page.getByRole("button", { name: "Check the list" }).click();
  await page.getByRole("button", { name: "Send 60 invitations" }).click();
  await expect(admin.heading).toHaveText("60 people were invited");

  await page.goto("/admin/users");
  await expect(page.getByText("61 users", { exact: true })).toBeVisible();
  const pages = page.getByRole("navigation", { name: "Pages" });
  await expect(pages).toContainText("Page 1 of 2");
  const first = await admin.names();
  await pages.getByRole("link", { name: "Next" }).click();
  await expect(pages).toContainText("Page 2 of 2");
  const seen = [...first, ...(await admin.names())];
  expect(new Set(seen).size).toBe(61);
  expect(seen).toHaveLength(61);
  await expect(pages.getByRole("link", { name: "Next" })).toHaveCount(0);
});

test("somebody is reminded of what is missing, once a day", async ({ page, people, stepgate, clock }) => {
  await people.join(BOB);
  const admin = new AdminScreen(page);
  const reminders = () => stepgate.outbox().filter(({ to, body }) => to === BOB.email && /setting up an authenticator app/.test(body)).length;

  await admin.openUser(BOB.name);
  await page.getByRole("main").getByRole("button", { name: "Remind", exact: true }).click();
  await expect(admin.question).toContainText(`Remind ${BOB.name}?`);
  await expect(admin.question).toContainText("A mail says what is not set up yet");
  await admin.question.getByRole("button", { name: "Cancel" }).click();
  await expect(admin.question).toHaveCount(0);
  expect(reminders()).toBe(0);
  await admin.doAndAgree("Remind");
  await expect(admin.done).toContainText("reminder");
  await expect.poll(reminders).toBe(1);

  await admin.doAndAgree("Remind");
  await expect(admin.problems).toBeVisible();
  clock.advance({ minutes: 1 });
  await page.goto("/admin/audit?kind=messages");
  await expect(page.getByRole("main")).toContainText(BOB.name);
  expect(reminders()).toBe(1);
});

test("from the list of users too, after a question", async ({ page, people, stepgate }) => {
  await people.join(BOB);
  await people.inviteInto(CLEO);
  const admin = new AdminScreen(page);
  const mailsTo = (email: string) => stepgate.outbox().filter(({ to }) => to === email).length;
  await stepgate.mailedLink(CLEO.email);
  const before = [mailsTo(BOB.email), mailsTo(CLEO.email)];

  await page.goto("/admin/users");
  await admin.pickAndAgree(BOB.name, "Remind by mail", "Remind");
  await expect(admin.heading).toHaveText(BOB.name);
  await expect(admin.done).toContainText("reminder");
  await page.goto("/admin/users");
  await admin.pickAndAgree(CLEO.name, "Send the invitation again", "Send again");
  await expect(admin.done).toContainText("The invitation was sent again");
  await expect.poll(() => [mailsTo(BOB.email), mailsTo(CLEO.email)]).toEqual(before.map((count) => count + 1));
});

test("a role holds at the next click, and the last admin stays one", async ({ page, people, anotherBrowser }) => {
  await people.join(BOB);
  const bobs = await anotherBrowser();
  await people.protect(bobs.context(), BOB);
  const admin = new AdminScreen(page);

  await test.step("a member sees no page of admins", async () => {
    await bobs.goto("/");
    await expect(new AdminScreen(bobs).places).toHaveCount(0);
    expect((await bobs.goto("/admin/users"))?.status()).toBe(403);
  });

  await test.step("made an admin", async () => {
    await admin.openUser(BOB.name);
    await admin.doAndAgree("Make administrator");
    await expect(admin.done).toContainText("This user is an administrator now");
    expect((await bobs.goto("/admin/users"))?.status()).toBe(200);
  });

  await test.step("made a member", async () => {
    await admin.doAndAgree("Make member");
    await expect(admin.done).toContainText("This user is a member now");
    expect((await bobs.goto("/admin/users"))?.status()).toBe(403);
  });

  await test.step("the last one can't be", async () => {
    await admin.openUser(ADA.name);
    await expect(page.getByRole("main")).toContainText("This is the last administrator who is protected");
    await admin.doAndAgree("Make member");
    await expect(admin.problems).toContainText("This is the last administrator who is protected");
  });
});

test("somebody is signed out everywhere, deactivated, reactivated, and removed", async ({ page, people, clock, anotherBrowser }) => {
  await people.join(BOB);
  const bobs = await anotherBrowser();
  const { authenticator } = await people.protect(bobs.context(), BOB);
  const admin = new AdminScreen(page);
  const isOut = async () => {
    await bobs.goto("/");
    await expect(bobs).toHaveURL("/sign-in");
  };

  await test.step("signed out", async () => {
    await admin.openUser(BOB.name);
    await admin.doAndAgree("Sign out everywhere");
    await expect(admin.done).toContainText("This user is signed out everywhere");
    await isOut();
  });

  await test.step("deactivated", async () => {
    clock.nextStep();
    await people.signIn(bobs.context(), BOB);
    await people.giveCode(bobs.context(), authenticator.code());
    await admin.doAndAgree("Deactivate");
    await expect(admin.done).toContainText("This user is deactivated and signed out everywhere");
    await isOut();
    await new SignInScreen(bobs).signIn(BOB);
    await expect(new SignInScreen(bobs).problems).toContainText("That email and password do not match");
  });

  await test.step("reactivated", async () => {
    await admin.doAndAgree("Reactivate");
    await expect(admin.done).toContainText("This user can sign in again");
    await new SignInScreen(bobs).signIn(BOB);
    await expect(bobs).toHaveURL("/sign-in/code");
  });

  await test.step("removed", async () => {
    await admin.doAndAgree("Remove");
    await expect(page).toHaveURL("/admin/users");
    await expect(admin.done).toContainText("The user was removed");
    expect(await admin.names()).toEqual([ADA.name]);
  });
});

test("the list is taken out as a file that does nothing in a spreadsheet", async ({ page, people }) => {
  await people.inviteInto({ ...BOB, name: "=SUM(1,2)" });
  await page.goto("/admin/users");

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export as CSV" }).click()]);

  expect(download.suggestedFilename()).toBe("users.csv");
  const lines = (await readFile(await download.path(), "utf8")).split("\r\n");
  expect(lines[0]).toBe("name,email,role,mfa,invited,recovery_ready,codes_left,mobiles,last_sign_in");
  expect(lines[1]).toBe(`"'=SUM(1,2)",${BOB.email},member,not_enabled,yes,no,0,0,`);
  expect(lines[2]).toMatch(/^Ada Lovelace,ada@northwind.example,admin,protected,no,yes,10,0,\d{4}-/);
  expect(lines.slice(3)).toEqual([""]);
});

import { ADA, BOB, CLEO, expect, test } from "../fixtures/index.ts";
import type { Authenticator } from "../fixtures/authenticator.ts";
import { AdminScreen, InvitationScreen, SignInScreen } from "../pages/index.ts";

let authenticator: Authenticator;

test.beforeEach(async ({ people, context, clock }) => {
  authenticator = await people.enrol(context);
  clock.nextStep();
});

test("somebody is invited, sets a password, and is led into the wizard", async ({ page, stepgate, anotherBrowser }) => {
  const admin = new AdminScreen(page);
  const go = page.getByRole("button", { name: "Continue" });
  await page.goto("/admin/users");
  await page.getByRole("link", { name: "Invite" }).click();

  await test.step("what can't be right says how to mend it", async () => {
    await page.getByLabel("Name", { exact: true }).fill(BOB.name);
    await page.getByLabel("Email", { exact: true }).fill("bob@");
    await go.click();
    await expect(admin.problems).toContainText("That is not an email address");
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue(BOB.name);
    await expect(page.getByLabel("Email", { exact: true })).toHaveAccessibleDescription("Enter an email address like name@example.com");
  });

  await test.step("who is here already is not asked about", async () => {
    await page.getByLabel("Email", { exact: true }).fill(ADA.email);
    await go.click();
    await expect(admin.problems).toContainText("Somebody signs in with this address already");
  });

  await test.step("asked first, and nothing is sent", async () => {
    await page.getByLabel("Email", { exact: true }).fill(BOB.email);
    await page.getByLabel("Role").selectOption("Administrator");
    await page.getByLabel("Email", { exact: true }).press("Enter");
    await expect(admin.heading).toHaveText("Send this invitation?");
    await expect(page.getByRole("main")).toContainText(BOB.email);
    await expect(page.getByRole("main")).toContainText("1 person becomes an administrator");
    await page.getByRole("link", { name: "Change it" }).click();
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue(BOB.name);
    await expect(page.getByLabel("Email", { exact: true })).toHaveValue(BOB.email);
    await expect(page.getByLabel("Role")).toHaveValue("admin");
    expect(stepgate.outbox().filter(({ to }) => to === BOB.email)).toEqual([]);
  });

  await test.step("sent", async () => {
    await page.getByLabel("Role").selectOption("Member");
    await go.click();
    await expect(page.getByRole("main")).not.toContainText("administrator");
    await page.getByRole("button", { name: "Send invitation" }).click();
    await expect(admin.done).toContainText(`An invitation to ${BOB.email} is on its way`);
  });

  await test.step("and nobody is invited twice", async () => {
    await page.getByLabel("Name", { exact: true }).fill(BOB.name);
    await page.getByLabel("Email", { exact: true }).fill(BOB.email);
    await go.click();
    await expect(admin.problems).toContainText("Somebody signs in with this address already");
  });

  await test.step("followed", async () => {
    const bobs = await anotherBrowser();
    await bobs.goto(await stepgate.mailedLink(BOB.email));
    await new InvitationScreen(bobs).setPassword(BOB.password);
    await new SignInScreen(bobs).signIn(BOB);
    await expect(bobs).toHaveURL("/mfa/setup");
  });
});

test("a pasted list is gone through line by line, and sent when one has seen what becomes of each", async ({ page, stepgate, clock }) => {
  const admin = new AdminScreen(page);
  const rows = async () => {
    const lines = await page.getByRole("main").getByRole("region", { name: "List" }).getByRole("listitem").allInnerTexts();
    return lines.map((line) => line.replace(/\s+/g, " ").trim());
  };
  const mails = () => stepgate.outbox().filter(({ to }) => to === BOB.email || to === CLEO.email).length;
  const list = [`${BOB.name} <${BOB.email}>`, `${CLEO.email},${CLEO.name},admin`, "not an address", ADA.email, BOB.email].join("\n");
  await page.goto("/admin/invite");
  await page.getByLabel("List").fill(list);
  await page.getByRole("button", { name: "Check the list" }).click();
  const others = [
    expect.stringMatching(/^Line 3: not an address /),
    expect.stringMatching(`${ADA.email} Is a user here already$`),
    expect.stringMatching(/^Line 5: .*Is on the list twice$/),
  ];

  await test.step("looked at", async () => {
    await expect(admin.heading).toHaveText("Send 2 invitations?");
    await expect(page.getByRole("main")).toContainText("1 person becomes an administrator");
    await expect(page.getByRole("main")).toContainText("3 lines are left out: see why below.");
    expect(await rows()).toEqual([
      ...others,
      `${BOB.name} ${BOB.email} Will be invited`,
      `${CLEO.name} Administrator ${CLEO.email} Will be invited`,
    ]);
    await page.reload();
    await expect(admin.heading).toHaveText("Send 2 invitations?");
    expect(mails()).toBe(0);
  });

  await test.step("changed", async () => {
    await page.getByRole("link", { name: "Change it" }).click();
    await expect(page.getByLabel("List")).toHaveValue(list);
    await page.getByRole("button", { name: "Check the list" }).click();
  });

  await test.step("sent", async () => {
    await page.getByRole("button", { name: "Send 2 invitations" }).click();
    await expect(admin.heading).toHaveText("2 people were invited");
    await expect(page.getByRole("main")).toContainText("3 lines were not: see why below.");
    expect(await rows()).toEqual([
      ...others,
      `${BOB.name} ${BOB.email} Invited`,
      `${CLEO.name} Administrator ${CLEO.email} Invited`,
    ]);
    await stepgate.mailedLink(BOB.email);
    await stepgate.mailedLink(CLEO.email);
  });

  await test.step("nothing is done twice by loading it again", async () => {
    await page.reload();
    await expect(admin.heading).toHaveText("2 people were invited");
    expect(mails()).toBe(2);
  });

  await test.step("kept for half an hour", async () => {
    clock.advance({ minutes: 30 });
    expect((await page.reload())?.status()).toBe(404);
    await expect(page.getByRole("main")).toContainText("That list is not kept any longer");
  });
});

test("what was pasted comes back as it was, and is never part of the page", async ({ page }) => {
  const list = '\n</textarea><b id="owned">&amp;lt;</b><noscript><p title="</noscript><i id=owned>">\n"R&amp;D <x>" <rd@northwind.example>\n';
  await page.goto("/admin/invite");
  await page.getByLabel("List").fill(list);
  await page.getByRole("button", { name: "Check the list" }).click();
  await expect(page.getByRole("link", { name: "Change it" })).toBeVisible();
  await expect(page.locator("#owned")).toHaveCount(0);

  await page.getByRole("link", { name: "Change it" }).click();

  await expect(page.getByLabel("List")).toHaveValue(list);
  await expect(page.locator("#owned")).toHaveCount(0);
});

test("an invitation is sent again, and the one before is void", async ({ page, people, stepgate, clock }) => {
  const first = await people.inviteInto(BOB);
  await stepgate.mailedLink(BOB.email);
  clock.advance({ minutes: 1 });
  const admin = new AdminScreen(page);

  await admin.openUser(BOB.name);
  await page.getByRole("main").getByRole("button", { name: "Send again" }).click();
  await expect(admin.question).toContainText("The link of the mail before stops working.");
  await admin.question.getByRole("button", { name: "Send again" }).click();
  await expect(admin.done).toContainText("The invitation was sent again");

  const second = await stepgate.mailedLink(BOB.email);
  expect((await page.request.get(first)).status()).toBe(410);
  expect((await page.request.get(second)).status()).toBe(200);
});

test("a code is asked for when a list is sent, and nothing of it is lost", async ({ page, stepgate, clock, hydrated }) => {
  const admin = new AdminScreen(page);
  await page.goto("/admin/invite");
  clock.advance({ minutes: 10 });
  await page.getByLabel("List").fill(`${BOB.email}\n${CLEO.email}`);
  await page.getByRole("button", { name: "Check the list" }).click();
  await expect(admin.heading).toHaveText("Send 2 invitations?");

  await page.getByRole("button", { name: "Send 2 invitations" }).click();
  if (hydrated) {
    await admin.codeDialog.getByLabel("Multi-factor Code").fill(authenticator.code());
    await admin.codeDialog.getByRole("button", { name: "Verify" }).click();
  } else {
    await expect(page).toHaveURL(/\/verify\?next=/);
    await page.getByLabel("Multi-factor Code").fill(authenticator.code());
    await page.getByRole("button", { name: "Verify" }).click();
    await expect(admin.heading).toHaveText("Send 2 invitations?");
    await page.getByRole("button", { name: "Send 2 invitations" }).click();
  }

  await expect(admin.heading).toHaveText("2 people were invited");
  await stepgate.mailedLink(BOB.email);
  await stepgate.mailedLink(CLEO.email);
});

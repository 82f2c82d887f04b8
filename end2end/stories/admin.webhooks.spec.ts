import { Webhook } from "standardwebhooks";

import { ADA, BOB, CLEO, DAN, expect, test } from "../fixtures/index.ts";
import { AdminScreen, CodeScreen } from "../pages/index.ts";

const PAGE = "/admin/app-center/webhooks";

test("what happens is posted to a webhook, and its receiver can tell that it was us", async ({ page, context, people, stepgate, clock, receiver, hydrated }) => {
  await receiver.listenTo(stepgate);
  const address = receiver.url;
  const ada = await people.enrol(context);
  clock.nextStep();
  const admin = new AdminScreen(page);
  const hooks = admin.section("Your webhooks");

  await test.step("there is none at first", async () => {
    await page.goto("/admin/app-center?category=security");
    await page.getByRole("link", { name: "Webhooks" }).click();
    await expect(admin.heading).toHaveText("Webhooks");
    await expect(hooks).toContainText("No webhook yet.");
  });

  await test.step("one is added", async () => {
    await page.getByLabel("Address").fill(`${address}/hook?token=T0K3N`);
    await page.getByRole("button", { name: "Add webhook" }).click();
    await expect(admin.done).toContainText("The webhook is added");
    await expect(hooks.getByRole("link")).toHaveText(new URL(address).host);
    await expect(page.getByRole("main"), "what may be a secret is not in the list").not.toContainText("T0K3N");
  });

  let verifies: Webhook;
  await test.step("its secret stands on its page", async () => {
    await hooks.getByRole("link").click();
    await expect(page.getByLabel("Address")).toHaveValue(`${address}/hook?token=T0K3N`);
    const secret = await page.getByLabel("Signing secret").inputValue();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    verifies = new Webhook(secret);
    await expect(page.getByRole("button", { name: "Copy secret" })).toBeVisible({ visible: hydrated });
    await page.goBack();
  });

  await test.step("a test arrives", async () => {
    await page.getByRole("button", { name: "Send a test" }).click();
    await expect(admin.done).toContainText("A test is on its way");
    const { headers, body } = await receiver.next("test");
    // The library compares with the machine's own time, which is not the server's.
    const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
    expect(at.getTime() / 1000).toBe(Math.floor(clock.now()));
    expect(headers["webhook-signature"]).toBe(verifies.sign(headers["webhook-id"] ?? "", at, body));
    await expect(async () => {
      await page.reload();
      await expect(hooks).toContainText("Last post: taken (status 204)", { timeout: 100 });
    }).toPass();
    await expect(hooks).toContainText("Working");
  });

  await test.step("and so does what happens", async () => {
    // One thing after the other: what happens at one moment has no order of its own.
    await receiver.next("webhook_added");
    clock.advance({ seconds: 1 });
    await people.inviteInto(BOB);
    const { body } = await receiver.next("invited");
    expect(JSON.parse(body)).toMatchObject({ type: "invited", data: { user_email: BOB.email, topic: "people" } });
  });

  await test.step("what it does not take is shown, and posted again under the same identifier", async () => {
    receiver.status = 500;
    receiver.posted.length = 0;
    await people.inviteInto(CLEO);
    const first = await receiver.next("invited");
    await expect(async () => {
      await page.reload();
      await expect(hooks).toContainText("Last post: answered with status 500", { timeout: 100 });
    }).toPass();
    await expect(hooks).toContainText("Failing");
    await expect(hooks).toContainText("1 event waits for it.");
    receiver.status = 200;
    receiver.posted.length = 0;
    clock.advance({ seconds: 10 });
    const second = await receiver.next("invited");
    expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(second.body).toBe(first.body);
  });

  await test.step("the secret asks for a code of the last ten minutes", async () => {
    clock.advance({ minutes: 11 });
    await page.goto(PAGE);
    await hooks.getByRole("link").click();
    await new CodeScreen(page).verify(ada.code());
    await expect(page.getByLabel("Signing secret")).toHaveValue(/^whsec_/);
  });

  await test.step("one that says it is gone is turned off, all admins are told, and it can be turned on again", async () => {
    receiver.status = 410;
    await people.inviteInto(DAN);
    await page.goto(PAGE);
    await expect(async () => {
      await page.reload();
      await expect(hooks).toContainText("Turned off", { timeout: 100 });
    }).toPass();
    await expect.poll(() => stepgate.outbox().filter(({ to, subject }) => to === ADA.email && subject === "A webhook was turned off").length).toBe(1);
    receiver.status = 200;
    await page.getByRole("button", { name: /^Turn on localhost/ }).click();
    await expect(admin.done).toContainText("The webhook is on again");
    await receiver.next("webhook_resumed");
  });

  await test.step("removed, it is gone", async () => {
    await page.goto(PAGE);
    await page.getByRole("button", { name: /^Remove localhost/ }).click();
    await admin.question.getByRole("button", { name: "Remove", exact: true }).click();
    await expect(admin.done).toContainText("The webhook is removed");
    await expect(hooks).toContainText("No webhook yet.");
    await page.goto("/admin/audit?kind=settings");
    await expect(page.getByRole("main")).toContainText(`Webhook on ${new URL(address).host} removed`);
  });
});

test("an address that is none, or in a private network, is refused and can be mended", async ({ page, context, people, clock }) => {
  await people.enrol(context, ADA);
  clock.nextStep();
  const admin = new AdminScreen(page);
  await page.goto(PAGE);
  const address = page.getByLabel("Address");
  for (const [typed, title, mend] of [
    ["hooks.example.com", "That is not an address events can be posted to", "Enter an address that begins with https://"],
    ["http://hooks.example.com/", "That is not an address events can be posted to", "Enter an address that begins with https://"],
    ["https://169.254.169.254/latest", "That address lies in a private network", "Whoever operates the server can allow its host."],
    ["https://localhost/", "That address lies in a private network", "Whoever operates the server can allow its host."],
  ] as const) {
    await address.fill(typed);
    await page.getByRole("button", { name: "Add webhook" }).click();
    await expect(admin.problems).toContainText(title);
    await expect(address, "it is as it was typed").toHaveValue(typed);
    await expect(address).toHaveAccessibleDescription(new RegExp(mend));
  }
});

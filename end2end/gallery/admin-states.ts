import { expect } from "@playwright/test";

import { ADA, BOB, CLEO, DAN } from "../fixtures/people.ts";
import { AdminScreen } from "../pages/index.ts";
import type { Walk } from "./states.ts";

/** The walks of admins. */
export const ADMIN_WALKS: Record<string, Walk> = {
  async "admin, users"({ page, context, people, clock, anotherBrowser }, look) {
    const admin = new AdminScreen(page);
    const ada = await people.enrol(context);
    await people.join(BOB);
    await people.inviteInto(CLEO);
    await people.join(DAN);
    const dans = await anotherBrowser();
    await people.protect(dans.context(), DAN);
    const bobs = await anotherBrowser();
    await people.signIn(bobs.context(), BOB);
    const authenticator = await people.showKey(bobs.context());
    await people.post(bobs.request, "wizard/confirm", { code: authenticator.code() });
    await people.wrongCodes((await anotherBrowser()).context(), 10, authenticator, clock, BOB);
    await people.signIn(context);
    await people.giveCode(context, ada.code());
    await page.goto("/admin/users");
    await look("list");
    await admin.row(CLEO.name).locator("summary").click();
    await look("menu of a row");
    await admin.row(CLEO.name).getByRole("button", { name: "Send the invitation again" }).click();
    await look("send again?");
    await page.goto("/admin/users?q=zzz");
    await look("nobody found");
    await admin.openUser(BOB.name);
    await look("locked out, no way back");
    await admin.openUser(DAN.name);
    await look("protected");
    await page.getByRole("main").getByRole("button", { name: "Deactivate" }).first().click();
    await look("deactivate?");
    await page.goto("/admin/invite");
    await look("invite");
    await page.getByLabel("List").fill(`eve@northwind.example\nnobody\n${ADA.email}`);
    await page.getByRole("button", { name: "Check the list" }).click();
    await page.getByRole("button", { name: "Send invitation" }).waitFor();
    await look("send this invitation?");
    await page.getByRole("button", { name: "Send invitation" }).click();
    await page.getByRole("heading", { name: "1 person was invited" }).waitFor();
    await look("list gone through");
    await page.goto("/admin/invite/1");
    await look("list gone");
    await page.goto("/admin/invite");
    await page.getByLabel("Email", { exact: true }).fill("eve@");
    await page.getByRole("button", { name: "Continue" }).click();
    await admin.problems.waitFor();
    await look("invite, problem");
  },

  async "admin, account"({ page, context, people, clock, anotherBrowser }, look) {
    await people.enrol(context);
    await people.join(BOB);
    const dans = await anotherBrowser();
    await people.join(DAN);
    await people.signIn(dans.context(), DAN);
    const authenticator = await people.showKey(dans.context());
    await people.post(dans.request, "wizard/confirm", { code: authenticator.code() });
    clock.nextStep();
    await page.goto("/");
    await new AdminScreen(page).places.click();
    await look("menu");
    await page.goto("/admin/app-center");
    await look("app center");
    await page.goto("/admin/app-center/mfa");
    await look("who is not protected");
    await page.getByRole("button", { name: "Remind them all" }).first().click();
    await look("remind them all?");
    await page.goto("/admin/employees/preferences?window=3600");
    await look("preferences");
    await page.goto("/admin/audit");
    await look("audit log");
    await page.locator(".log__entry summary").first().click();
    await look("audit log, an entry");
    await page.goto("/admin/audit?kind=authenticator_bound");
    await look("audit log, one kind");
    await page.goto("/admin/audit?until=2020-01-01");
    await look("audit log, nothing");
  },

  async "admin, webhooks"({ page, context, people, stepgate, clock, receiver }, look) {
    await receiver.listenTo(stepgate);
    await people.enrol(context);
    clock.nextStep();
    const admin = new AdminScreen(page);
    const add = async (url: string) => {
      await page.getByLabel("Address").fill(url);
      await page.getByRole("button", { name: "Add webhook" }).click();
    };
    await page.goto("/admin/app-center/webhooks");
    await look("none");
    await add("https://10.0.0.8/");
    await admin.problems.waitFor();
    await look("a private address");
    await add(`${receiver.url}/hook`);
    await admin.done.waitFor();
    await add("https://hooks.stepgate.invalid/siem");
    await admin.done.waitFor();
    receiver.status = 410;
    await people.inviteInto(BOB);
    const hooks = page.getByRole("region", { name: "Your webhooks" });
    await expect(async () => {
      await page.goto("/admin/app-center/webhooks");
      await expect(hooks).toContainText("Turned off", { timeout: 100 });
      await expect(hooks).toContainText("Failing", { timeout: 100 });
    }).toPass();
    await look("turned off, and failing");
    await page.getByRole("button", { name: /^Remove localhost/ }).click();
    await look("remove?");
    await page.goto("/admin/app-center/webhooks");
    await hooks.getByRole("link").last().click();
    await page.getByLabel("Signing secret").waitFor();
    await look("the secret");
  },
};

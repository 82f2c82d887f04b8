import { ADA, ADAS_MOBILE, BOB, expect, test } from "../fixtures/index.ts";
import { AdminScreen, CodeScreen } from "../pages/index.ts";

test("the MFA Time Setting says what it will do, and works at the next click of everybody", async ({ page, context, people, clock, hydrated, anotherBrowser }) => {
  const ada = await people.enrol(context);
  await people.join(BOB);
  const bobs = await anotherBrowser();
  await people.protect(bobs.context(), BOB);
  clock.advance({ hours: 2 });
  await people.signIn(context);
  await people.giveCode(context, ada.code());
  const admin = new AdminScreen(page);
  const setting = page.getByRole("combobox", { name: "MFA Time Setting" });

  await test.step("ten choices, thirty days at first", async () => {
    await page.goto("/");
    await admin.goTo("Employees - Preferences");
    await expect(admin.heading).toHaveText("Employees - Preferences");
    await expect(setting.getByRole("option")).toHaveText([
      "1 hour (meets NIST AAL2)", "2 hours (meets NIST AAL2)", "4 hours (meets NIST AAL2)", "8 hours (meets NIST AAL2)",
      "12 hours (meets NIST AAL2)", "1 day (meets NIST AAL2)", "3 days", "7 days", "14 days", "30 days",
    ]);
    await expect(setting).toHaveValue("2592000");
    await expect(page.getByText("This is the setting now.")).toBeVisible();
  });

  await test.step("what it will do is said before it is saved", async () => {
    await setting.selectOption("3600");
    if (!hydrated) {
      await page.getByRole("button", { name: "Save" }).first().click();
      await expect(page.getByText("Nothing is saved yet: this is what your choice will do.")).toBeVisible();
    }
    await expect(page.getByText("1 person in 1 browser will be asked at their next click.")).toBeVisible();
    expect((await bobs.request.get("/", { maxRedirects: 0 })).status(), "nothing is saved yet").toBe(200);
  });

  await test.step("saved", async () => {
    await page.getByRole("button", { name: "Save" }).first().click();
    await expect(admin.done).toContainText("The MFA Time Setting is saved");
    await expect(setting).toHaveValue("3600");
    await bobs.goto("/");
    await expect(bobs).toHaveURL("/sign-in/code");
  });
});

test("an admin whom a shorter setting asks for a code comes back to the page", async ({ page, context, people, clock }) => {
  const ada = await people.enrol(context);
  clock.advance({ minutes: 5 });
  await page.goto("/admin/employees/preferences?window=3600");
  await expect(page.getByText("Nobody will be asked at once.")).toBeVisible();
  clock.advance({ minutes: 4 });
  await page.getByRole("button", { name: "Save" }).first().click();
  await expect(new AdminScreen(page).done).toContainText("The MFA Time Setting is saved");

  clock.advance({ minutes: 52 });
  await page.reload();
  await expect(page).toHaveURL(/^[^?]*\/sign-in\/code\?next=/);
  await new CodeScreen(page).verify(ada.code());
  await expect(page).toHaveURL("/admin/employees/preferences");
  await expect(page.getByRole("combobox", { name: "MFA Time Setting" })).toHaveValue("3600");
  await expect(new AdminScreen(page).done, "old news is no news").toHaveCount(0);
});

test("text messages are limited, and switched off everywhere", async ({ page, context, people, clock }) => {
  await people.enrolWithCodes(context, ADA, ADAS_MOBILE);
  clock.nextStep();
  const admin = new AdminScreen(page);
  const texts = () => admin.section("Text messages");
  const daily = page.getByLabel("At most a day");
  await page.goto("/admin/employees/preferences");

  await test.step("what was sent today", async () => {
    await expect(texts()).toContainText("1 of 100 sent today");
    await expect(texts().getByRole("checkbox", { name: "United Kingdom" })).toBeChecked();
  });

  await test.step("a number that is none says how to mend it", async () => {
    await daily.fill("many");
    await texts().locator("summary").click();
    await texts().getByRole("checkbox", { name: "Germany" }).check();
    await texts().getByRole("button", { name: "Save" }).click();
    await expect(admin.problems).toContainText("That is not a number of text messages a day");
    await expect(texts().getByRole("checkbox", { name: "Germany" }), "nothing that was chosen is lost").toBeChecked();
    await expect(texts().getByRole("checkbox", { name: "United Kingdom" })).toBeChecked();
    await expect(daily).toHaveAccessibleDescription(/Enter a number from 0 to 10,000$/);
  });

  await test.step("a country more, and fewer a day", async () => {
    await daily.fill("50");
    await texts().getByRole("button", { name: "Save" }).click();
    await expect(admin.done).toContainText("The settings for text messages are saved");
    await expect(texts()).toContainText("1 of 50 sent today");
    await expect(texts().getByRole("checkbox", { name: "Germany" })).toBeChecked();
  });

  await test.step("no country at all is not what anybody means", async () => {
    await texts().getByRole("checkbox", { name: "Germany" }).uncheck();
    await texts().getByRole("checkbox", { name: "United Kingdom" }).uncheck();
    await texts().getByRole("button", { name: "Save" }).click();
    await expect(admin.problems).toContainText("Choose at least one country, or switch text messages off");
    await expect(texts().getByRole("checkbox", { checked: true })).toHaveCount(1);
  });

  await test.step("off", async () => {
    await texts().getByRole("checkbox", { name: "Send text messages" }).uncheck();
    await texts().getByRole("button", { name: "Save" }).click();
    await expect(texts()).toContainText("Switched off");
    await page.goto("/profile");
    await expect(page.getByRole("button", { name: "Add a mobile" })).toHaveCount(0);
  });

  await test.step("who has lost their phone is told so", async () => {
    await people.signIn(context);
    await page.goto("/sign-in/recovery");
    await expect(page.getByRole("main")).toContainText("Your organisation sends no text messages to your recovery mobile");
    await expect(page.getByRole("button", { name: /^Text me a code/ })).toHaveCount(0);
  });

  await test.step("and so is who sets up", async () => {
    await people.join(BOB);
    await context.clearCookies();
    await people.signIn(context, BOB);
    const authenticator = await people.showKey(context);
    await people.post(page.request, "wizard/confirm", { code: authenticator.code() });
    await page.goto("/mfa/setup");
    await expect(page.getByRole("main")).toContainText("Your organisation sends no text messages: these codes are the only way back.");
  });
});

test("what a text costs stands beside its country, and what waits is counted", async ({ page, context, people, clock, gateway, stepgate, anotherBrowser }) => {
  await people.enrolWithCodes(context, ADA, ADAS_MOBILE);
  gateway.prices = '{ GB = "0.0425 EUR" }';
  await gateway.carryFor(stepgate);
  const admin = new AdminScreen(page);
  const delivery = admin.section("Delivery");

  await expect(async () => {
    await page.goto("/admin/employees/preferences");
    await expect(admin.section("Text messages")).toContainText("up to 0.0425 EUR each", { timeout: 200 });
    await expect(delivery).toContainText("No message waits to be sent.", { timeout: 200 });
  }).toPass();

  const release = gateway.hold();
  clock.advance({ minutes: 5 });
  const lost = (await anotherBrowser()).context();
  await people.signIn(lost);
  const recovery = await (await lost.request.get("/sign-in/recovery")).text();
  const mobile = /name="mobile" value="([^"]*)"/.exec(recovery)?.[1] ?? "";
  await people.post(lost.request, "recovery/text", { mobile });
  await page.reload();
  await expect(delivery).toContainText("One message waits to be sent, since");
  release();
  await expect(async () => {
    await page.reload();
    await expect(delivery).toContainText("No message waits to be sent.", { timeout: 200 });
  }).toPass();
});

test("a code is asked for when settings are saved, and nothing that was chosen is lost", async ({ page, context, people, clock, hydrated }) => {
  const authenticator = await people.enrol(context);
  const admin = new AdminScreen(page);
  const texts = admin.section("Text messages");
  await page.goto("/admin/employees/preferences");
  clock.advance({ minutes: 10 });
  await texts.getByLabel("At most a day").fill("42");
  await texts.locator("summary").click();
  await texts.getByRole("checkbox", { name: "Germany" }).check();
  await texts.getByRole("button", { name: "Save" }).click();

  if (hydrated) {
    await admin.codeDialog.getByLabel("Multi-factor Code").fill(authenticator.code());
    await admin.codeDialog.getByRole("button", { name: "Verify" }).click();
  } else {
    await page.getByLabel("Multi-factor Code").fill(authenticator.code());
    await page.getByRole("button", { name: "Verify" }).click();
    await expect(page.getByRole("main")).toContainText("Nothing was done yet. Do it once more now");
    await expect(texts.getByLabel("At most a day")).toHaveValue("42");
    await expect(texts.getByRole("checkbox", { name: "Germany" })).toBeChecked();
    await texts.getByRole("button", { name: "Save" }).click();
  }

  await expect(admin.done).toContainText("The settings for text messages are saved");
  await expect(texts).toContainText("0 of 42 sent today");
  await expect(texts.getByRole("checkbox", { name: "Germany" })).toBeChecked();
});

import { readFileSync } from "node:fs";

import type { Page } from "@playwright/test";

import { ADA, expect, manifest, test } from "../fixtures/index.ts";
import { JSON_ANSWER } from "../fixtures/raw.ts";
import { HomeScreen, WizardScreen } from "../pages/index.ts";

/** The kinds of files a page has loaded: `wasm`, `js`, … When the browser gets the site's icon is its own business. */
async function loaded(page: Page): Promise<string[]> {
  const urls = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  return urls.map((url) => /\.(\w+)$/.exec(new URL(url).pathname)?.[1] ?? "").filter((kind) => kind !== "svg").sort();
}

test("the wizard is alive in the page, and its steps change without a new page", async ({ page, people, clock }) => {
  await people.create();
  await people.signIn(page.context());
  const wizard = new WizardScreen(page, true);
  await wizard.open();
  let pages = 0;
  page.on("request", (request) => (pages += request.isNavigationRequest() ? 1 : 0));

  await wizard.goToQr();
  await wizard.confirm("000");
  await expect(wizard.problems).toBeVisible();
  await wizard.confirm((await wizard.scan(clock)).code(1));
  await wizard.isAt("nextCode");

  expect(pages).toBe(0);
});

test("every island in a page is in the bundle", async ({ page, people, stepgate }) => {
  const { islands } = manifest();
  const components = () => page.locator("leptos-island").evaluateAll((all) => all.map((one) => one.getAttribute("data-component") ?? ""));
  await page.goto(stepgate.setupPath ?? "");
  expect(await components()).toEqual([]);

  await people.create();
  await people.signIn(page.context());
  await page.goto("/mfa/setup");
  const found = await components();
  expect(found.length).toBeGreaterThan(0);
  for (const component of found) expect(islands).toContain(component);
});

test("a page without an island loads no island code", async ({ page, people, stepgate }) => {
  await page.goto(stepgate.setupPath ?? "");
  expect(await loaded(page)).toEqual(["css", "js"]);
  await page.goto("/nowhere");
  expect(await loaded(page)).not.toContain("wasm");

  await people.enrol(page.context());
  await page.goto("/");
  expect(await loaded(page)).toEqual(["css", "js"]);
  await people.signIn(page.context());
  for (const path of ["/sign-in", "/sign-in/code"]) {
    await page.goto(path);
    expect(await loaded(page), path).toEqual(["css", "js"]);
  }
});

test("the wizard's page loads its bundle once", async ({ page, people }) => {
  await people.create();
  await people.signIn(page.context());
  await new WizardScreen(page, true).open();

  expect(await loaded(page)).toEqual(["css", "js", "js", "wasm"]);
});

test("a lost connection is told, and the same button works when it is back", async ({ page, people, clock, complaints }) => {
  await people.create();
  await people.signIn(page.context());
  const wizard = new WizardScreen(page, true);
  await wizard.open();
  await wizard.goToQr();
  const phone = await wizard.scan(clock);

  complaints.expect(/ERR_INTERNET_DISCONNECTED/);
  await page.context().setOffline(true);
  await wizard.confirm(phone.code());
  await expect(wizard.problems).toContainText("Nothing is lost, please try again");
  expect(await wizard.readKey()).toBe(phone.key);
  await page.context().setOffline(false);

  await wizard.confirm(phone.code());
  await wizard.isAt("codes");
});

test("a double click sends one form, and the button says what is going on", async ({ page, people }) => {
  await people.create();
  await people.signIn(page.context());
  const wizard = new WizardScreen(page, true);
  await wizard.open();
  let posts = 0;
  let go = () => {};
  await page.route("**/api/wizard/begin", async (route) => {
    posts += 1;
    await new Promise<void>((release) => (go = release));
    await route.continue();
  });

  const before = await wizard.begin.boundingBox();
  await wizard.begin.dblclick();
  const pending = page.getByRole("button", { name: "One moment…" });
  await expect(pending).toHaveAttribute("aria-disabled", "true");
  expect(await pending.boundingBox()).toEqual(before);
  go();

  await wizard.isAt("app");
  expect(posts).toBe(1);
});

test("a plain form says what is going on too, and goes once", async ({ page, people }) => {
  await people.create();
  await page.goto("/sign-in");
  // Heard after the page's own listener: what that let through is counted here, and goes no further.
  await page.evaluate(() => {
    addEventListener("submit", (event) => {
      if (!event.defaultPrevented) document.body.dataset["posts"] = String(Number(document.body.dataset["posts"] ?? 0) + 1);
      event.preventDefault();
    });
  });
  await page.getByLabel("Email").fill(ADA.email);
  await page.getByLabel("Password", { exact: true }).fill(ADA.password);

  const before = await page.getByRole("button", { name: "Sign in" }).boundingBox();
  await page.getByRole("button", { name: "Sign in" }).dblclick();

  const pending = page.getByRole("button", { name: "Signing in…" });
  await expect(pending).toHaveAttribute("aria-disabled", "true");
  expect(await pending.boundingBox()).toEqual(before);
  await expect(page.locator("body")).toHaveAttribute("data-posts", "1");
});

test("the key can be copied, and pasted into an app without its gaps", async ({ page, context, people, clock }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await people.create();
  await people.signIn(page.context());
  const wizard = new WizardScreen(page, true);
  await wizard.open();
  await wizard.goToQr();

  await wizard.copyKey.click();

  await expect(page.getByRole("main").getByRole("status")).toHaveText("Copied");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.replaceAll(" ", "")).toBe(await wizard.readKey());
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  await wizard.confirm((await wizard.scan(clock)).code());
  await wizard.isAt("codes");
});

test("a password can be looked at before it is sent", async ({ page, stepgate }) => {
  await page.goto(stepgate.setupPath ?? "");
  const password = page.getByLabel("Password", { exact: true });
  await password.fill(ADA.password);

  await page.getByRole("button", { name: "Show" }).click();
  await expect(password).toHaveAttribute("type", "text");
  await expect(password).toHaveValue(ADA.password);
  await page.getByRole("button", { name: "Hide" }).click();
  await expect(password).toHaveAttribute("type", "password");
});

test("the countdown goes down and says when the next code is there", async ({ page, people, clock }) => {
  await people.create();
  await people.signIn(page.context());
  const wizard = new WizardScreen(page, true);
  await page.clock.install();
  await wizard.open();
  await wizard.goToQr();
  await wizard.confirm((await wizard.scan(clock)).code(1));

  await expect(wizard.countdown).toContainText("Next code in 20 seconds");
  await page.clock.runFor(12_000);
  await expect(wizard.countdown).toContainText("Next code in 8 seconds");
  await page.clock.runFor(8_000);
  await expect(wizard.countdown).toContainText("The app shows the next code now.");
});

test("times are said in the reader's own", async ({ browser, people, baseURL, complaints, clock }) => {
  const context = await browser.newContext({ ...(baseURL ? { baseURL } : {}), timezoneId: "Asia/Kolkata" });
  complaints.listen(context);
  await people.enrol(context);
  const page = await context.newPage();
  await page.clock.setFixedTime(clock.now() * 1000);
  await page.goto("/");

  await expect(new HomeScreen(page).fact("Signed in since")).toHaveText("today 14:44");
  await context.close();
});

test("the server's own time is the same as the page's for who reads it in UTC", async ({ page, people, clock }) => {
  await people.enrol(page.context());
  await page.clock.setFixedTime(clock.now() * 1000);
  await page.goto("/");

  await expect(new HomeScreen(page).fact("Signed in since")).toHaveText("today 09:14");
});

test("what the page holds for its island is no more than what it shows", async ({ page, people }) => {
  await people.create();
  await people.signIn(page.context());
  const phone = await people.showKey(page.context());
  await page.goto("/mfa/setup");

  const props = (await page.locator("leptos-island").first().getAttribute("data-props")) ?? "";
  expect(props).toContain(phone.key);
  expect(props).not.toContain(ADA.password);
  const cookies = await page.context().cookies();
  for (const { value } of cookies) expect(await page.content()).not.toContain(value);
});

test("files are kept for ever, come small, and are named by what is in them", async ({ request, stepgate }) => {
  const { islands: _, ...assets } = manifest();
  const small: Record<string, number> = { script: 20_000, wasm: 150_000, style: 8_000, page: 4_000, icons: 4_000, favicon: 1_000 };

  for (const [name, { path }] of Object.entries(assets)) {
    const answer = await request.get(path, { headers: { "accept-encoding": "gzip, deflate, br" } });
    expect(answer.status(), name).toBe(200);
    expect(answer.headers(), name).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable",
      "content-encoding": "br",
      vary: "accept-encoding",
      "x-content-type-options": "nosniff",
    });
    const etag = answer.headers()["etag"] ?? "";
    const again = await request.get(path, { headers: { "accept-encoding": "br", "if-none-match": etag } });
    expect([again.status(), (await again.body()).length], name).toEqual([304, 0]);
    expect((await request.get(path, { headers: { "accept-encoding": "identity" } })).headers()["content-encoding"]).toBeUndefined();
    const packed = await fetch(stepgate.url + path, { headers: { "accept-encoding": "br" } });
    expect(Number(packed.headers.get("content-length")), name).toBeLessThan(small[name] ?? 0);
  }
  expect((await request.get(assets.wasm.path.replace(/-\w+/, "-0000"), { headers: JSON_ANSWER })).status()).toBe(404);
});

test("the bundle holds none of the sentences that pages show", async () => {
  const { wasm } = manifest();
  const words = JSON.parse(readFileSync(new URL("../../app/src/site/words/wizard.en.json", import.meta.url), "utf8")) as Record<string, string>;
  const binary = process.env["STEPGATE_BINARY"] ?? new URL("../../dist/stepgate", import.meta.url).pathname;
  const code = readFileSync(`${binary.replace(/\/[^/]*$/, "")}/site${wasm.path}`, "latin1");

  for (const sentence of Object.values(words)) if (sentence.length > 20) expect(code).not.toContain(sentence);
});

import type { Page } from "@playwright/test";

import { ADA, expect, manifest, test } from "../fixtures/index.ts";
import { HomeScreen, WizardScreen } from "../pages/index.ts";

const { islands: _, ...ASSETS } = manifest();

const REFUSED = /Failed to find a valid digest in the 'integrity' attribute/;
/** What the loader says when what it needs is refused or does not come. */
const LOADER = /^stepgate: the page stays without islands|net::ERR_FAILED|integrity checks failed/;

/** Somebody on the way changes one file. */
async function tamper(page: Page, path: string, change: (body: Buffer) => Buffer): Promise<void> {
  await page.route(`**${path}`, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: change(await answer.body()), headers: { ...answer.headers(), "content-encoding": "identity" } });
  });
}

/** The same code with something after it that does nothing: only its hash is another. */
const CHANGES: Record<"script" | "wasm" | "page", (body: Buffer) => Buffer> = {
  script: (body) => Buffer.concat([body, Buffer.from("\nwindow.owned = true;")]),
  page: (body) => Buffer.concat([body, Buffer.from("\nwindow.owned = true;")]),
  // A custom section, which every engine skips.
  wasm: (body) => Buffer.concat([body, Buffer.from([0x00, 0x02, 0x01, 0x78])]),
};

for (const [name, change] of Object.entries(CHANGES)) {
  test(`a ${name} that was changed on the way is refused, and the page works as it came`, async ({ page, people, clock, complaints }) => {
    await people.create();
    await people.signIn(page.context());
    const path = ASSETS[name as keyof typeof CHANGES].path;
    complaints.expect(REFUSED);
    complaints.expect(LOADER);
    await tamper(page, path, change);
    // As without scripts, but for the other files.
    const wizard = new WizardScreen(page, false);
    await page.goto("/mfa/setup");
    await page.waitForLoadState("networkidle");

    await expect.poll(() => complaints.heard()).toMatch(REFUSED);
    expect(await page.evaluate(() => "owned" in window)).toBe(false);
    if (name !== "page") expect(await page.locator("html").getAttribute("data-hydrated")).toBeNull();
    await wizard.goToQr();
    await wizard.confirm("000");
    await expect(wizard.problems).toContainText("A code has six digits");
    await wizard.confirm((await wizard.scan(clock)).code());
    await wizard.finish();
    await expect(new HomeScreen(page).heading).toHaveText(`Hello, ${ADA.name}`);
  });
}

test("a style that was changed on the way is refused, and the page works without", async ({ page, people, complaints }) => {
  await people.create();
  await tamper(page, ASSETS.style.path, (body) => Buffer.concat([body, Buffer.from("body{background:rgb(1,2,3)!important}")]));
  complaints.expect(REFUSED);
  await page.goto("/sign-in");

  await expect.poll(() => complaints.heard()).toMatch(REFUSED);
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe("rgb(1, 2, 3)");
  await page.getByLabel("Email").fill(ADA.email);
  await page.getByLabel("Password", { exact: true }).fill(ADA.password);
  await page.getByRole("button", { name: /Sign in/ }).click();
  await expect(page).toHaveURL("/mfa/setup");
});

test("the same files, unchanged, pass", async ({ page, people }) => {
  await people.create();
  await people.signIn(page.context());
  for (const { path } of Object.values(ASSETS)) await tamper(page, path, (body) => body);

  await new WizardScreen(page, true).open();
});

for (const name of ["script", "wasm", "page", "style"] as const) {
  test(`a ${name} that does not come leaves a page that works`, async ({ page, people, clock, complaints }) => {
    await people.create();
    await people.signIn(page.context());
    await page.route(`**${ASSETS[name].path}`, (route) => route.abort());
    complaints.expect(LOADER);
    await page.goto("/mfa/setup");
    await page.waitForLoadState("networkidle");
    const wizard = new WizardScreen(page, false);

    await page.getByRole("button", { name: /Setup MFA/ }).click();
    await wizard.isAt("app");
    await page.getByRole("button", { name: /I have an app/ }).click();
    await wizard.isAt("pair");
    await wizard.code.fill((await wizard.scan(clock)).code());
    await page.getByRole("button", { name: /Enable/ }).click();
    await wizard.finish();
    await expect(new HomeScreen(page).heading).toHaveText(`Hello, ${ADA.name}`);
  });
}

test("nothing that is written into a page runs", async ({ page, people, complaints }) => {
  await people.create();
  await people.signIn(page.context());
  await new WizardScreen(page, true).open();

  complaints.expect(/Content Security Policy|status of 404/);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.owned = true";
    document.body.append(script);
    const image = document.createElement("div");
    image.innerHTML = '<img src=x onerror="window.owned = true">';
    document.body.append(image);
  });

  await expect.poll(() => complaints.heard()).toMatch(/inline script violates/i);
  expect(await page.evaluate(() => "owned" in window)).toBe(false);
});

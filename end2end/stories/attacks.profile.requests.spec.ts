import type { APIRequestContext } from "@playwright/test";

import { ADA, ADAS_MOBILE, expect, GRACE, test } from "../fixtures/index.ts";
import { JSON_ANSWER } from "../fixtures/raw.ts";

/** What stands in the profile's forms. */
async function profileOf(browser: APIRequestContext): Promise<{ session: string; mobile: string; page: string }> {
  const page = await (await browser.get("/profile")).text();
  const hidden = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? "";
  return { session: hidden("session"), mobile: hidden("mobile"), page };
}

/** Everything that can be posted at the profile. */
const FORMS: Record<string, Record<string, string>> = {
  "profile/name": { name: "Mallory" },
  "profile/language": { language: "de" },
  "profile/password": { password: ADA.password, new_password: "six purple umbrellas waiting" },
  "profile/authenticator": {},
  "profile/confirm-authenticator": { code: "000000" },
  "profile/codes": {},
  "profile/add-mobile": {},
  "profile/remove-mobile": { mobile: "0".repeat(32) },
  "profile/end-session": { ended: "0".repeat(32) },
  "profile/end-others": {},
  "profile/forget-browser": { browser: "x" },
  "renew": { code: "000000" },
};

for (const [name, fields] of Object.entries(FORMS)) {
  test(`a form that was made for another session changes nothing: ${name}`, async ({ page, people, stepgate }) => {
    const browser = page.context();
    await people.enrol(browser);
    const { session } = await profileOf(browser.request);
    const post = (headers: Record<string, string>, form: Record<string, string>) =>
      browser.request.post(`/api/${name}`, { form: { ...fields, ...form }, headers: { ...headers, origin: stepgate.url }, maxRedirects: 0 });

    for (const wrong of [{}, { session: "" }, { session: `${session}0` }, { session: "0".repeat(32) }] as Record<string, string>[]) {
      const json = await post(JSON_ANSWER, wrong);
      expect(json.status()).toBe(409);
      expect(await json.json()).toEqual({ gate: "other_session" });
      const form = await post({ accept: "text/html" }, wrong);
      expect(form.status()).toBe(303);
      expect(form.headers()["location"]).toMatch(/^\/(profile|profile\/authenticator|verify)$/);
    }

    const { page: after } = await profileOf(browser.request);
    expect(after).toContain(`value="${ADA.name}"`);
    expect(after).toContain("10 of 10 are left");
    expect((await browser.request.get("/", { maxRedirects: 0 })).status()).toBe(200);
  });
}

test("a stale page of somebody else changes nothing of whoever signed in after them", async ({ page, people, stepgate }) => {
  const browser = page.context();
  await people.enrol(browser);
  const ada = await profileOf(browser.request);
  await people.signOut(browser);
  await people.enrol(browser, GRACE);

  const answer = await people.post(browser.request, "profile/name", { session: ada.session, name: "Mallory" });

  expect(answer.headers()["location"]).toBe("/profile");
  const { page: shown } = await profileOf(browser.request);
  expect(shown).toContain("Somebody has signed in anew in this browser");
  expect(shown).toContain(`value="${GRACE.name}"`);
  expect(stepgate.statuses().filter((status) => status >= 500)).toEqual([]);
});

test("another user's session, mobile and browser are not there, whatever is posted", async ({ page, people, anotherBrowser, stepgate }) => {
  const grace = await anotherBrowser();
  await people.enrolWithCodes(grace.context(), GRACE, ADAS_MOBILE);
  const hers = await profileOf(grace.request);
  const browser = page.context();
  await people.enrol(browser);
  const { session } = await profileOf(browser.request);

  for (const [name, fields] of [
    ["profile/end-session", { ended: hers.session }],
    ["profile/remove-mobile", { mobile: hers.mobile }],
    ["profile/forget-browser", { browser: /name="browser" value="([^"]*)"/.exec(hers.page)?.[1] ?? "" }],
  ] as const) {
    await people.post(browser.request, name, { session, ...fields });
    expect((await profileOf(browser.request)).page, name).toContain("That was not there any more");
  }

  const after = await profileOf(grace.request);
  expect(after.mobile).toBe(hers.mobile);
  expect(after.session).toBe(hers.session);
  expect(stepgate.outbox().filter(({ to }) => to === ADA.email).every(({ body }) => !body.includes("removed"))).toBe(true);
});

test("what was typed is kept for its own user, and sealed", async ({ page, people, clock, anotherBrowser }) => {
  const browser = page.context();
  await people.enrol(browser);
  const { session } = await profileOf(browser.request);
  await people.work(browser, 30, clock);

  const answer = await people.post(browser.request, "profile/name", { session, name: "Countess Lovelace", password: "secret" });
  const to = new URL(answer.headers()["location"] ?? "", "http://localhost");
  const back = to.searchParams.get("next") ?? "";
  expect(to.pathname).toBe("/sign-in/code");
  expect(back).toMatch(/^\/profile\?kept=/);
  expect(decodeURIComponent(back)).not.toContain("Countess");

  const grace = await anotherBrowser();
  await people.enrol(grace.context(), GRACE);
  const hers = await (await grace.request.get(back)).text();
  expect(hers).toContain(`value="${GRACE.name}"`);
  expect(hers).not.toContain("Countess");
  for (const garbage of ["/profile?kept=", "/profile?kept=x", `${back}x`, `/profile?kept=${"A".repeat(900)}`]) {
    const answer = await grace.request.get(garbage);
    expect(answer.status()).toBe(200);
    expect(await answer.text()).toContain(`value="${GRACE.name}"`);
  }
});

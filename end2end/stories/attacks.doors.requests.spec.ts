import type { BrowserContext } from "@playwright/test";

import { expect, test } from "../fixtures/index.ts";
import type { People } from "../fixtures/people.ts";
import type { StillClock } from "../fixtures/clock.ts";
import { FORM, headingOf, JSON_ANSWER, PAGE, raw } from "../fixtures/raw.ts";

const PAGES = ["/", "/sign-in", "/sign-in/code", "/mfa/setup", "/verify", "/profile", "/profile/authenticator"] as const;
const FUNCTIONS = ["create-account", "accept-invitation", "sign-in", "sign-out", "verify-code", "wizard/begin", "wizard/key", "wizard/confirm"];

/** Where each page leads in each state; `null` for shown. */
const LEADS: Record<string, (string | null)[]> = {
  nobody: [
    "/sign-in", null, "/sign-in?next=%2Fsign%2Din%2Fcode", "/sign-in?next=%2Fmfa%2Fsetup", "/sign-in?next=%2Fverify", "/sign-in?next=%2Fprofile", "/sign-in?next=%2Fprofile%2Fauthenticator",
  ],
  enrolling: [
    "/mfa/setup", null, "/mfa/setup", null, "/mfa/setup", null, "/mfa/setup",
  ],
  "without a code": [
    "/sign-in/code", null, null, "/sign-in/code?next=%2Fmfa%2Fsetup", "/sign-in/code?next=%2Fverify", "/sign-in/code?next=%2Fprofile", "/sign-in/code?next=%2Fprofile%2Fauthenticator",
  ],
  "signed in": [
    null, "/", "/", "/", "/", null, null,
  ],
  elapsed: [
    "/sign-in/code", null, null, "/sign-in/code?next=%2Fmfa%2Fsetup", "/sign-in/code?next=%2Fverify", "/sign-in/code?next=%2Fprofile", "/sign-in/code?next=%2Fprofile%2Fauthenticator",
  ],
  "idle for a week": [
    "/sign-in", null, "/sign-in?next=%2Fsign%2Din%2Fcode", "/sign-in?next=%2Fmfa%2Fsetup", "/sign-in?next=%2Fverify", "/sign-in?next=%2Fprofile", "/sign-in?next=%2Fprofile%2Fauthenticator",
  ],
};

for (const [state, leads] of Object.entries(LEADS)) {
  test(`every page leads whoever is ${state} to the right place`, async ({ context, people, clock }) => {
    await bring(context, people, clock, state);

    for (const [at, page] of PAGES.entries()) {
      for (const query of ["", "?a=1"]) {
        const answer = await context.request.get(page + query, { headers: PAGE, maxRedirects: 0 });
        const lead = leads[at] ?? null;
        expect(answer.status(), page).toBe(lead === null ? 200 : 303);
        if (query === "") expect(answer.headers()["location"] ?? null, page).toBe(lead);
        expect(answer.headers()["cache-control"]).toBe("no-store");
      }
    }
    const nowhere = await context.request.get("/nowhere", { headers: PAGE });
    expect(nowhere.status()).toBe(404);
  });
}

async function bring(context: BrowserContext, people: People, clock: StillClock, state: string): Promise<void> {
  if (state === "nobody") return people.create();
  if (state === "enrolling") {
    await people.create();
    return people.signIn(context);
  }
  await people.enrol(context);
  if (state === "without a code") await people.signIn(context);
  if (state === "idle for a week") clock.advance({ days: 7 });
  if (state === "elapsed") {
    await people.work(context, 30, clock);
  }
}

test("an address that does not exist says so, whatever it holds", async ({ stepgate }) => {
  for (const path of [
    "/nowhere", "/admin", "/admin/user", "/profile/", "/sign-in/", "/SIGN-IN", "//", "//sign-in", "/mfa", "/mfa/setup/x", "/api", "/api/",
    "/api/nowhere", "/api/sign-in/x", "/setup", "/setup/", "/setup/a/b", "/invitation/", "/.env", "/.git/config", "/../../etc/passwd",
    "/..%2f..%2fetc%2fpasswd", "/assets/../manifest.json", "/%00", "/%ff", "/%", "/%zz", "/sign-in%00", "/sign-in%2f", "/;/", "/*",
    `/${"a".repeat(5000)}`, "/sign-in\\", "/index.html", "/favicon.ico", "/robots.txt",
  ]) {
    for (const method of ["GET", "POST", "DELETE"]) {
      const answer = await raw(stepgate.url, { method, path, headers: PAGE });
      expect(answer.status, `${method} ${path}`).toBe(404);
      expect(headingOf(answer.text), `${method} ${path}`).toBe("This page does not exist");
      expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
    }
    const inJson = await raw(stepgate.url, { method: "POST", path, headers: JSON_ANSWER });
    expect([inJson.status, inJson.text], path).toEqual([404, '"malformed"']);
  }
});

test("a link that is garbage, or nearly right, is a dead one", async ({ stepgate }) => {
  const token = stepgate.setupPath?.split("/")[2] ?? "";
  const turned = [...token].reverse().join("");

  for (const path of ["setup", "invitation"]) {
    for (const link of ["x", turned, `${token}x`, token.slice(1), `${token}%20`, "%00", "%ff", "%f0%9f%92%a9", "a".repeat(2000), "..%2f..", "'", "%3Cscript%3E"]) {
      const answer = await raw(stepgate.url, { path: `/${path}/${link}`, headers: PAGE });
      expect([answer.status, headingOf(answer.text)], `/${path}/${link}`).toEqual([410, "This link no longer works"]);
    }
  }
  expect((await raw(stepgate.url, { path: `/setup/${token}`, headers: PAGE })).status).toBe(200);
});

test("a method that does not fit the address is refused with the ones that do", async ({ stepgate }) => {
  for (const name of FUNCTIONS) {
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const answer = await raw(stepgate.url, { method, path: `/api/${name}`, headers: PAGE });
      expect([answer.status, answer.headers.allow], `${method} ${name}`).toEqual([405, "POST"]);
      if (method === "GET") expect(headingOf(answer.text)).toBe("There is nothing to see at this address");
    }
  }
  for (const path of [...PAGES, "/setup/x", "/invitation/x", "/healthz", "/readyz"]) {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const answer = await raw(stepgate.url, { method, path, headers: PAGE });
      expect(answer.status, `${method} ${path}`).toBe(405);
      expect(String(answer.headers.allow).split(/,\s*/), `${method} ${path}`).toEqual(["GET", "HEAD"]);
    }
  }
});

test("a head without its page has the same status and nothing under it", async ({ stepgate, people }) => {
  await people.create();
  for (const path of [...PAGES, "/setup/x", "/nowhere", "/healthz", "/readyz"]) {
    const [head, whole] = [await raw(stepgate.url, { method: "HEAD", path }), await raw(stepgate.url, { path })];
    expect(head.status, path).toBe(whole.status);
    expect(head.body.length, path).toBe(0);
  }
});

test("a request from another site is refused at every function, with a sentence", async ({ context, stepgate, people }) => {
  await people.enrol(context);
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const own = stepgate.url;

  for (const name of FUNCTIONS) {
    for (const from of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: own.replace("http:", "https:") },
      { origin: `${own}.evil.example` },
      { origin: own.replace("localhost", "127.0.0.1") },
    ]) {
      const request = { method: "POST", path: `/api/${name}`, body: "code=123456" };
      const answer = await raw(own, { ...request, headers: { ...PAGE, ...FORM, ...from, cookie, host: new URL(own).host } });
      expect(answer.status, `${name} ${JSON.stringify(from)}`).toBe(403);
      expect(headingOf(answer.text)).toBe("This request came from another site");
      const inJson = await raw(own, { ...request, headers: { ...JSON_ANSWER, ...FORM, ...from, cookie, host: new URL(own).host } });
      expect([inJson.status, inJson.text]).toEqual([403, '{"gate":"cross_site"}']);
    }
  }
  expect((await context.request.get("/", { maxRedirects: 0 })).status(), "the session is still there").toBe(200);
});

test("every answer brings its protection", async ({ stepgate, people }) => {
  await people.create();
  for (const path of [...PAGES, "/nowhere", "/api/sign-in", "/healthz", "/setup/x"]) {
    const { headers } = await raw(stepgate.url, { path, headers: PAGE });
    expect(headers, path).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy": expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
      "cross-origin-opener-policy": "same-origin",
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
    expect(headers["server"]).toBeUndefined();
    expect(headers["x-powered-by"]).toBeUndefined();
  }
});

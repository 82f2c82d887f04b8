import type { BrowserContext } from "@playwright/test";

import { ADA, BOB, expect, GRACE, test } from "../fixtures/index.ts";
import type { People } from "../fixtures/people.ts";
import { JSON_ANSWER, PAGE } from "../fixtures/raw.ts";

const WEBHOOKS = "/admin/app-center/webhooks";
const PAGES = [
  "/admin/users", "/admin/invite", "/admin/app-center", "/admin/app-center/mfa", WEBHOOKS, "/admin/employees/preferences", "/admin/audit",
];
/** Functions that do something to a user. */
const ON_USERS = ["resend", "remind", "role", "end-sessions", "deactivate", "reactivate", "unlock", "remove"];
/** Functions that do something to a webhook. */
const ON_WEBHOOKS = ["test-webhook", "resume-webhook", "remove-webhook"];
/** Functions that look at something and do nothing. */
const LOOKS = ["review-invitation", "review-invitations"];
const OTHERS = ["send-invitations", "remind-all", "setting", "texts", "add-webhook"];
const FILES = ["/admin/users.csv", "/admin/audit.csv", "/admin/audit.ndjson"];
const FIELDS = {
  role: "admin", name: "Eve", email: "eve@northwind.example", list: "1", show: "not-enabled", window: "3600", seen: "3600",
  daily: "1", on: "yes", url: "https://eve.example/hook",
};

async function sessionOf(context: BrowserContext): Promise<string> {
  const page = await (await context.request.get("/profile")).text();
  return /name="session" value="([^"]*)"/.exec(page)?.[1] ?? "";
}

/** Who is on an admin's list, by their identifiers. */
async function usersOf(context: BrowserContext): Promise<string[]> {
  const page = await (await context.request.get("/admin/users")).text();
  return [...new Set([...page.matchAll(/href="\/admin\/users\/([^"#]+)"/g)].map(([, user]) => user ?? ""))];
}

/** The account's only webhook, which is added. */
async function addWebhook(people: People, context: BrowserContext): Promise<string> {
  await people.post(context.request, "admin/add-webhook", { url: "https://hooks.stepgate.invalid/T0K3N", session: await sessionOf(context) });
  const page = await (await context.request.get(WEBHOOKS)).text();
  return /href="\/admin\/app-center\/webhooks\/([^"]+)"/.exec(page)?.[1] ?? "";
}

/** The page of a list of people to invite that was looked at and not sent. */
async function reviewed(people: People, context: BrowserContext, list: string): Promise<string> {
  const answer = await people.post(context.request, "admin/review-invitations", { list, session: await sessionOf(context) });
  return answer.headers()["location"] ?? "";
}

test("a member gets nothing of what is for admins, and it is noted once a minute", async ({ context, people, clock, anotherBrowser }) => {
  await people.enrol(context);
  await people.join(BOB);
  const bobs = (await anotherBrowser()).context();
  await people.protect(bobs, BOB);
  const [session, users, webhook] = [await sessionOf(bobs), await usersOf(context), await addWebhook(people, context)];
  expect(users).toHaveLength(2);

  for (const path of [...PAGES, `${WEBHOOKS}/${webhook}`, ...users.map((user) => `/admin/users/${user}`)]) {
    const answer = await bobs.request.get(path, { headers: PAGE, maxRedirects: 0 });
    expect(answer.status(), path).toBe(403);
    expect(await answer.text(), path).not.toContain(ADA.name);
  }
  for (const name of [...ON_USERS, ...ON_WEBHOOKS, ...LOOKS, ...OTHERS]) {
    for (const user of users) {
      const form = { ...FIELDS, user, webhook, session };
      const json = await bobs.request.post(`/api/admin/${name}`, { form, headers: JSON_ANSWER, maxRedirects: 0 });
      expect([json.status(), await json.json()], name).toEqual([403, { gate: "not_admin" }]);
      const plain = await bobs.request.post(`/api/admin/${name}`, { form, headers: { accept: "text/html" }, maxRedirects: 0 });
      expect(plain.status(), name).toBe(403);
    }
  }
  for (const path of FILES) {
    const answer = await bobs.request.post(path, { form: { session }, headers: { accept: "text/html" }, maxRedirects: 0 });
    expect(answer.status(), path).toBe(403);
  }
  const watched = await bobs.request.post("/api/admin/coverage", { headers: JSON_ANSWER });
  expect(watched.status()).toBe(403);

  clock.advance({ minutes: 1 });
  await bobs.request.get("/admin/users");
  const log = await (await context.request.get("/admin/audit")).text();
  expect(log.match(/Asked for a page that only administrators may see/g)).toHaveLength(2);
  clock.advance({ minutes: 1 });
  await bobs.request.post("/api/admin/coverage", { headers: JSON_ANSWER });
  const later = await (await context.request.get("/admin/audit")).text();
  expect(later.match(/Asked for a page that only administrators may see/g), "a page that asks by itself is nobody's doing").toHaveLength(2);
  expect(await usersOf(context)).toEqual(users);
  expect(await (await context.request.get(WEBHOOKS)).text()).toContain(webhook);
});

test("the users of another account are nobody, whatever is asked about them", async ({ context, people, anotherBrowser }) => {
  await people.enrol(context);
  const graces = (await anotherBrowser()).context();
  await people.enrol(graces, GRACE);
  const [user = ""] = await usersOf(context);
  const session = await sessionOf(graces);
  const before = await (await context.request.get(`/admin/users/${user}`)).text();
  expect(before).toContain(ADA.name);

  const page = await graces.request.get(`/admin/users/${user}`, { headers: PAGE });
  expect(page.status()).toBe(404);
  expect(await page.text()).toContain("There is no such user in your organisation");
  for (const name of ON_USERS) {
    const form = { ...FIELDS, user, session };
    const json = await graces.request.post(`/api/admin/${name}`, { form, headers: JSON_ANSWER, maxRedirects: 0 });
    expect([json.status(), await json.json()], name).toEqual([404, { rule: "no_such_user" }]);
  }
  const webhook = await addWebhook(people, context);
  const hook = await graces.request.get(`${WEBHOOKS}/${webhook}`, { headers: PAGE });
  expect(hook.status()).toBe(404);
  expect(await hook.text()).not.toMatch(/T0K3N|whsec_/);
  for (const name of ON_WEBHOOKS) {
    const json = await graces.request.post(`/api/admin/${name}`, { form: { webhook, session }, headers: JSON_ANSWER, maxRedirects: 0 });
    expect([json.status(), await json.json()], name).toEqual([404, { rule: "no_such_webhook" }]);
  }
  expect(await (await graces.request.get(WEBHOOKS)).text()).not.toContain(webhook);
  expect(await (await context.request.get(`${WEBHOOKS}/${webhook}`)).text()).toContain("T0K3N");
  const list = await reviewed(people, context, "eve@northwind.example");
  expect((await graces.request.get(list, { headers: PAGE })).status()).toBe(404);
  const sent = await graces.request.post("/api/admin/send-invitations", { form: { list: list.split("/").at(-1) ?? "", session }, headers: JSON_ANSWER });
  expect([sent.status(), await sent.json()]).toEqual([404, { rule: "list_gone" }]);
  expect(await (await context.request.get(list)).text()).toContain("Send this invitation?");
  const hers = await reviewed(people, graces, `${ADA.email}\nzoe@contoso.example`);
  const review = await (await graces.request.get(hers)).text();
  expect(review, "whether somebody is elsewhere is not told for nothing").toContain("Send 2 invitations?");
  const log = await graces.request.get(`/admin/audit?user=${user}`);
  expect(await log.text()).toContain("No entry matches");
  for (const [path, field] of [["/admin/users.csv", "q"], ["/admin/audit.ndjson", "user"]] as const) {
    const file = await graces.request.post(path, { form: { session, [field]: field === "q" ? "ada" : user }, headers: { accept: "text/html" } });
    expect(file.status(), path).toBe(200);
    expect(await file.text(), path).not.toContain(ADA.email);
  }
  expect(await (await context.request.get(`/admin/users/${user}`)).text()).toContain("Administrator");
  expect((await context.request.get("/", { maxRedirects: 0 })).status()).toBe(200);
});

test("nothing is changed and nothing is taken out without a code of the last ten minutes", async ({ context, people, clock }) => {
  const authenticator = await people.enrol(context);
  await people.join(BOB);
  const [users, webhook] = [await usersOf(context), await addWebhook(people, context)];
  const session = await sessionOf(context);
  clock.advance({ minutes: 10 });

  const secret = await context.request.get(`${WEBHOOKS}/${webhook}`, { headers: PAGE, maxRedirects: 0 });
  expect([secret.status(), decodeURIComponent(secret.headers()["location"] ?? "")]).toEqual([303, `/verify?next=${WEBHOOKS}/${webhook}`]);
  for (const name of [...ON_USERS, ...ON_WEBHOOKS, ...OTHERS]) {
    const form = { ...FIELDS, user: users[1] ?? "", webhook, session };
    const json = await context.request.post(`/api/admin/${name}`, { form, headers: JSON_ANSWER, maxRedirects: 0 });
    expect([json.status(), await json.json()], name).toEqual([401, { gate: "step_up" }]);
    const plain = await people.post(context.request, `admin/${name}`, form);
    const back = decodeURIComponent(plain.headers()["location"] ?? "");
    expect(back, name).toMatch(/^\/verify\?next=\/admin\/(users\/|invite\/1\?kept=|app-center\/(mfa|webhooks)|employees\/preferences)/);
  }
  for (const path of FILES) {
    const filter = path.includes("users") ? { q: "bob & co", show: "protected" } : { kind: "mfa", user: users[1] ?? "" };
    const form = { ...filter, rubbish: "1", session };
    const answer = await context.request.post(path, { form, headers: { accept: "text/html" }, maxRedirects: 0 });
    const back = decodeURIComponent(answer.headers()["location"] ?? "");
    const filtered = path.includes("users") ? "users?q=bob%20%26%20co&show=protected" : `audit?user=${users[1]}&kind=mfa`;
    expect(back, "what one looked for is not lost").toContain(`/verify?next=/admin/${filtered}&kept=`);
  }
  expect(await usersOf(context)).toEqual(users);

  await people.post(context.request, "renew", { code: authenticator.code(), session });
  const form = { ...FIELDS, user: users[1] ?? "", session };
  expect((await people.post(context.request, "admin/role", form)).headers()["location"]).toBe(`/admin/users/${users[1]}`);
  expect(await (await context.request.get(`/admin/users/${users[1]}`)).text()).toContain("This user is an administrator now");
});

test("a form larger than any of ours is refused, and a list of 500 people is not", async ({ context, people }) => {
  await people.enrol(context);
  const session = await sessionOf(context);
  const person = (number: number) => `Александра Константинова-${number} <aleksandra.konstantinova.${number}@northwind.example>`;
  const list = Array.from({ length: 500 }, (_, number) => person(100 + number)).join("\n");
  expect(encodeURIComponent(list).length).toBeGreaterThan(64 * 1024);

  const page = await (await context.request.get(await reviewed(people, context, list))).text();
  expect(page).toContain("Send 500 invitations?");
  for (const [name, field, bytes] of [["review-invitations", "list", 256], ["remind-all", "show", 64]] as const) {
    const form = { [field]: "a".repeat(bytes * 1024), session };
    const answer = await context.request.post(`/api/admin/${name}`, { form, headers: JSON_ANSWER, maxRedirects: 0 });
    expect(answer.status(), name).toBe(413);
  }
});

test("a list that is sent many times at once invites everybody once", async ({ context, people, stepgate }) => {
  await people.enrol(context);
  const list = await reviewed(people, context, "bob@northwind.example\neve@northwind.example");
  const form = { list: list.split("/").at(-1) ?? "", session: await sessionOf(context) };

  const answers = await Promise.all(Array.from({ length: 8 }, () => people.post(context.request, "admin/send-invitations", form)));

  expect(answers.map((answer) => answer.headers()["location"])).toEqual(Array.from({ length: 8 }, () => list));
  const page = await (await context.request.get(list)).text();
  expect(page).toContain("2 people were invited");
  expect(page).not.toContain("Signs in with this address already");
  for (const email of ["bob@northwind.example", "eve@northwind.example"]) {
    await stepgate.mailedLink(email);
    expect(stepgate.outbox().filter(({ to }) => to === email)).toHaveLength(1);
  }
});

test("garbage in forms and addresses of admins is refused, and nothing breaks", async ({ context, people }) => {
  await people.enrol(context);
  const session = await sessionOf(context);

  for (const path of [
    "/admin/users?page=0", "/admin/users?page=99999999999999999999", "/admin/users?page=-1", "/admin/users?show=%00&sort=x&order=y",
    `/admin/users?q=${"a".repeat(3000)}`, "/admin/users?q=%3Cscript%3E", "/admin/audit?user=..%2F..&kind=x&from=2026-99-99&before=1-x",
    "/admin/employees/preferences?window=1", "/admin/invite?from=0", "/admin/app-center?category=%3Cb%3E",
  ]) {
    const answer = await context.request.get(path, { headers: PAGE });
    expect(answer.status(), path).toBe(200);
    expect(await answer.text(), path).not.toContain("<script>");
  }
  for (const list of ["1", "x", "-1", "..%2Fusers", "9".repeat(40)]) {
    expect((await context.request.get(`/admin/invite/${list}`, { headers: PAGE })).status(), list).toBe(404);
  }
  for (const user of ["", "x", "../../etc", "a".repeat(43), "%00"]) {
    expect((await context.request.get(`/admin/users/${encodeURIComponent(user)}`, { maxRedirects: 0 })).status(), user).toBe(404);
    const json = await context.request.post("/api/admin/unlock", { form: { user, session }, headers: JSON_ANSWER });
    expect(json.status(), user).toBe(404);
  }
  for (const [name, form, status] of [
    ["role", { role: "owner" }, 400], ["setting", { window: "1", seen: "1" }, 422], ["setting", { window: "3601", seen: "3601" }, 422],
    ["texts", { daily: "10001", on: "yes" }, 422], ["texts", { daily: "-1" }, 422], ["remind-all", { show: "protected" }, 400],
    ["review-invitations", { list: " \n \n" }, 422], ["review-invitation", { name: "Eve", email: "eve@x.example", role: "owner" }, 400],
    ["send-invitations", { list: "1" }, 404], ["send-invitations", { list: "../users" }, 404], ["add-webhook", { url: "" }, 422], ["add-webhook", { url: "https://[::1]/" }, 422],
    ["add-webhook", { url: `https://a.example/${"a".repeat(2100)}` }, 422], ["test-webhook", { webhook: "../x" }, 404],
  ] as const) {
    const json = await context.request.post(`/api/admin/${name}`, { form: { user: "x", ...form, session }, headers: JSON_ANSWER });
    expect(json.status(), `${name} ${JSON.stringify(form)}`).toBe(status);
  }
});

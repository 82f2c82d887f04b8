import { ADA, expect, GRACE, test } from "../fixtures/index.ts";
import { FORM, headingOf, JSON_ANSWER, PAGE, raw } from "../fixtures/raw.ts";

const SESSION = "stepgate-session";
const BROWSER = "stepgate-browser";
const NOTICE = "stepgate-notice";
/** 32 bytes as a token is written; nobody's. */
const NOBODYS = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

test("a session cookie that is garbage, doubled or nobody's is as good as none", async ({ context, stepgate, people }) => {
  await people.enrol(context);
  const jar = await context.cookies();
  const good = jar.find(({ name }) => name === SESSION)?.value ?? "";
  const browser = jar.find(({ name }) => name === BROWSER)?.value ?? "";
  const home = async (cookie: string | string[]) => raw(stepgate.url, { path: "/", headers: { ...PAGE, cookie } });
  expect((await home(`${SESSION}=${good}`)).status).toBe(200);
  expect((await home(`a=b; ${SESSION}=${good}; c=${NOBODYS}`)).status).toBe(200);

  for (const [what, cookie] of [
    ["twice the same", `${SESSION}=${good}; ${SESSION}=${good}`],
    ["once good, once not", `${SESSION}=${good}; ${SESSION}=${NOBODYS}`],
    ["once not, once good", `${SESSION}=; ${SESSION}=${good}`],
    ["in two headers", [`${SESSION}=${good}`, `${SESSION}=${good}`]],
    ["nobody's", `${SESSION}=${NOBODYS}`],
    ["another cookie's token", `${SESSION}=${browser}`],
    ["a letter short", `${SESSION}=${good.slice(1)}`],
    ["a letter long", `${SESSION}=${good}A`],
    ["in quotes", `${SESSION}="${good}"`],
    ["with a blank in it", `${SESSION}=${good.slice(0, 9)} ${good.slice(9)}`],
    ["percent-encoded", `${SESSION}=${good.replace(/^./, (first) => `%${first.charCodeAt(0).toString(16)}`)}`],
    ["of https", `__Host-${SESSION}=${good}`],
    ["in capitals", `${SESSION.toUpperCase()}=${good}`],
    ["empty", `${SESSION}=`],
    ["ten kilobytes", `${SESSION}=${"garbage;".repeat(1280)}`],
    ["ten kilobytes of a value", `${SESSION}=${"g".repeat(10_240)}`],
    ["many", Array.from({ length: 500 }, (_, at) => `c${at}=${at}`).join("; ")],
    ["high bytes", `${SESSION}=\u00ff\u00fe`],
    ["SQL", `${SESSION}=' OR 1=1 --`],
  ] as [string, string | string[]][]) {
    await test.step(what, async () => {
      const answer = await home(cookie);
      expect([answer.status, answer.headers.location]).toEqual([303, "/sign-in"]);
      // It may be somebody's whose server does not know it for the moment.
      expect(String(answer.headers["set-cookie"] ?? "")).not.toContain(SESSION);
      const asked = await raw(stepgate.url, { method: "POST", path: "/api/verify-code", headers: { ...JSON_ANSWER, ...FORM, cookie }, body: "code=123456" });
      expect([asked.status, asked.text]).toEqual([401, '{"gate":"sign_in"}']);
    });
  }
});

test("another person's session shows that person, and nothing of the one whose browser it is", async ({ context, browser, baseURL, people }) => {
  await people.enrol(context, ADA);
  const graces = await browser.newContext({ ...(baseURL ? { baseURL } : {}) });
  await people.enrol(graces, GRACE);
  const graceSession = (await graces.cookies()).filter(({ name }) => name === SESSION);
  await graces.close();

  await context.addCookies(graceSession);
  const page = await (await context.request.get("/", { headers: PAGE })).text();

  expect(page).toContain(GRACE.name);
  expect(page).toContain(GRACE.account);
  expect(page).not.toContain(ADA.name);
  expect(page).not.toContain(ADA.account);
});

test("being known to one person's browser gives nothing with another", async ({ context, browser, baseURL, people, clock }) => {
  await people.enrol(context, ADA);
  const graces = await browser.newContext({ ...(baseURL ? { baseURL } : {}) });
  const grace = await people.enrol(graces, GRACE);
  await people.signOut(graces);
  await graces.addCookies((await context.cookies()).filter(({ name }) => name === BROWSER));
  clock.nextStep();

  await people.signIn(graces, GRACE);
  expect((await graces.request.get("/", { maxRedirects: 0 })).headers()["location"]).toBe("/sign-in/code");
  await people.giveCode(graces, grace.code());
  expect(await (await graces.request.get("/")).text()).toContain(GRACE.name);
  await graces.close();
});

test("another person's code is a wrong one", async ({ context, browser, baseURL, people, clock }) => {
  const ada = await people.enrol(context, ADA);
  const graces = await browser.newContext({ ...(baseURL ? { baseURL } : {}) });
  await people.enrol(graces, GRACE);
  clock.nextStep();
  await people.signIn(graces, GRACE);

  const answer = await graces.request.post("/api/verify-code", { form: { code: ada.code() }, headers: JSON_ANSWER });

  expect(answer.status()).toBe(401);
  await graces.close();
});

test("a token that was there before is not the one that is signed in with", async ({ context, stepgate, people, clock }) => {
  const tokenNow = async () => (await context.cookies()).find(({ name }) => name === SESSION)?.value;
  const planted = { name: SESSION, value: NOBODYS, url: stepgate.url };
  await people.create();

  await context.addCookies([planted]);
  await people.signIn(context);
  const atPassword = await tokenNow();
  const phone = await people.showKey(context);
  await people.post(context.request, "wizard/confirm", { code: phone.code() });
  const atCode = await tokenNow();

  expect(new Set([NOBODYS, atPassword, atCode]).size).toBe(3);
  await test.step("the token of the password has no more rights than it had, and soon none", async () => {
    const old = async (path: string) => raw(stepgate.url, { path, headers: { ...PAGE, cookie: `${SESSION}=${atPassword}` } });
    expect((await old("/")).status).toBe(303);
    clock.advance({ seconds: 30 });
    expect((await old("/")).headers.location).toBe("/sign-in");
    expect((await old("/sign-in/code")).headers.location).toBe("/sign-in?next=%2Fsign%2Din%2Fcode");
  });
});

test("a token that is shown after a sign-in elsewhere in the same browser is dead", async ({ context, stepgate, people, clock }) => {
  await people.enrol(context);
  const before = (await context.cookies()).find(({ name }) => name === SESSION)?.value;
  clock.nextStep();
  await people.signIn(context);

  const answer = await raw(stepgate.url, { path: "/", headers: { ...PAGE, cookie: `${SESSION}=${before}` } });

  expect(answer.headers.location).toBe("/sign-in");
});

test("a notice is read once, for a minute, and only if it is ours", async ({ request, stepgate, people, clock }) => {
  await people.create();
  const posted = await people.post(request, "sign-in", { email: ADA.email, password: "wrong" });
  const notice = new RegExp(`${NOTICE}=([^;]*)`).exec(posted.headers()["set-cookie"] ?? "")?.[1] ?? "";
  const signIn = async (value: string) => raw(stepgate.url, { path: "/sign-in", headers: { ...PAGE, cookie: `${NOTICE}=${value}` } });

  const first = await signIn(notice);
  expect(first.status).toBe(401);
  expect(String(first.headers["set-cookie"])).toContain(`${NOTICE}=;`);
  expect(notice).not.toContain("ada");
  for (const garbage of ["", "x", notice.slice(1), `${notice}A`, notice.slice(0, -1), "g".repeat(4000), NOBODYS]) {
    expect((await signIn(garbage)).status, garbage).toBe(200);
  }
  const elsewhere = await raw(stepgate.url, { path: "/setup/x", headers: { ...PAGE, cookie: `${NOTICE}=${notice}` } });
  expect(headingOf(elsewhere.text)).toBe("This link no longer works");
  clock.advance({ seconds: 60 });
  expect((await signIn(notice)).status).toBe(200);
});

test("cookies are what they should be", async ({ context, people }) => {
  await people.enrol(context);

  for (const { name, httpOnly, sameSite, path, domain } of await context.cookies()) {
    expect({ httpOnly, sameSite, path, domain }, name).toEqual({ httpOnly: true, sameSite: "Lax", path: "/", domain: "localhost" });
  }
});

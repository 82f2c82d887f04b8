import { ADA, expect, test } from "../fixtures/index.ts";
import { FORM, headingOf, JSON_ANSWER, PAGE, raw, type RawAnswer } from "../fixtures/raw.ts";
import { ELSEWHERE } from "../fixtures/vectors.ts";

const FUNCTIONS = ["create-account", "accept-invitation", "sign-in", "sign-out", "verify-code", "wizard/begin", "wizard/key", "wizard/confirm"];
const KILOBYTE = "x".repeat(1024);

/** A server that has refused need not read on: it may hang up on who goes on sending, before the answer is read. */
async function refusedOrHungUp(answer: Promise<RawAnswer>): Promise<RawAnswer | undefined> {
  return answer.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "ECONNRESET") throw error;
    return undefined;
  });
}

test("more than any form holds is refused, with its length and without", async ({ context, stepgate, people }) => {
  await people.create();
  await people.signIn(context);
  await people.showKey(context);
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");

  for (const name of ["create-account", "sign-in", "wizard/confirm"]) {
    for (const [how, body] of [
      ["in one piece", `code=${KILOBYTE.repeat(64)}`],
      ["in chunks", ["code=", ...Array.from({ length: 64 }, () => KILOBYTE)]],
      ["ten megabytes in chunks", ["code=", ...Array.from({ length: 10_000 }, () => KILOBYTE)]],
    ] as const) {
      const request = { method: "POST", path: `/api/${name}`, body };
      const answer = await refusedOrHungUp(raw(stepgate.url, { ...request, headers: { ...PAGE, ...FORM, cookie } }));
      if (answer) expect([answer.status, headingOf(answer.text)], `${name} ${how}`).toEqual([413, "That was more than a form can hold"]);
      else expect(how).toContain("in chunks");
      const inJson = await refusedOrHungUp(raw(stepgate.url, { ...request, headers: { ...JSON_ANSWER, ...FORM, cookie } }));
      if (inJson) expect([inJson.status, inJson.text], `${name} ${how}`).toEqual([413, '"malformed"']);
      else expect(how).toContain("in chunks");
    }
  }
});

test("long fields that still fit are judged as what they are", async ({ context, request, stepgate, people }) => {
  const long = KILOBYTE.repeat(15);
  const created = await people.post(request, "create-account", {
    link: stepgate.setupPath?.split("/")[2] ?? "", account: long, name: long, email: long, new_password: long,
  });
  const page = await request.get(created.headers()["location"] ?? "", { headers: PAGE });
  expect(page.status()).toBe(422);
  expect(await page.text()).toContain("Please mend 4 things");

  await people.create();
  await people.post(request, "sign-in", { email: ADA.email, password: KILOBYTE.repeat(60) });
  expect((await request.get("/sign-in", { headers: PAGE })).status()).toBe(401);
  await people.signIn(context);
  await people.showKey(context);
  await people.post(context.request, "wizard/confirm", { code: "1".repeat(60_000) });
  expect((await context.request.get("/mfa/setup", { headers: PAGE })).status()).toBe(422);
});

test("a form that is none is answered with what to do", async ({ context, stepgate, people }) => {
  await people.create();
  await people.signIn(context);
  await people.showKey(context);
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");

  for (const [what, headers, body] of [
    ["nothing", FORM, ""],
    ["another field", FORM, "cod=123456"],
    ["a list", FORM, "code[]=123456&code[]=123456"],
    ["a map", FORM, "code[a]=123456"],
    ["the field twice", FORM, "code=123456&code=654321"],
    ["no form", FORM, "\u0000\u0001\u0002"],
    ["bytes that are no text", FORM, Buffer.from([0x63, 0x6f, 0x64, 0x65, 0x3d, 0xff, 0xfe])],
    ["JSON", { "content-type": "application/json" }, '{"code":"123456"}'],
    ["JSON that calls itself a form", FORM, '{"code":"123456"}'],
    ["parts", { "content-type": "multipart/form-data; boundary=x" }, "--x\r\ncontent-disposition: form-data; name=code\r\n\r\n123456\r\n--x--"],
    ["no kind", {}, "cod"],
  ] as [string, Record<string, string>, string | Buffer][]) {
    await test.step(what, async () => {
      const request = { method: "POST", path: "/api/wizard/confirm", body };
      const answer = await raw(stepgate.url, { ...request, headers: { ...PAGE, ...headers, cookie } });
      expect([answer.status, headingOf(answer.text)]).toEqual([400, "That form did not arrive whole"]);
      const inJson = await raw(stepgate.url, { ...request, headers: { ...JSON_ANSWER, ...headers, cookie } });
      expect([inJson.status, inJson.text]).toEqual([400, '"malformed"']);
    });
  }
});

test("an error in a form is never told by the address", async ({ stepgate, people }) => {
  await people.create();
  for (const name of FUNCTIONS) {
    const headers = { ...PAGE, ...FORM, referer: `${stepgate.url}/sign-in?__path=x` };
    const answer = await raw(stepgate.url, { method: "POST", path: `/api/${name}`, headers, body: "a=1" });
    expect(answer.headers.location ?? "", name).not.toMatch(/__err|__path|\?/);
    expect(answer.headers).not.toHaveProperty("serverfnerror");
  }
});

test("a way back that was tampered with is not followed by any form", async ({ context, people, clock }) => {
  const authenticator = await people.enrol(context);

  for (const next of ELSEWHERE) {
    await test.step(JSON.stringify(next), async () => {
      clock.nextStep();
      const password = await people.post(context.request, "sign-in", { email: ADA.email, password: ADA.password, next });
      expect(password.headers()["location"]).toBe("/sign-in/code");
      const wrong = await people.post(context.request, "verify-code", { code: "", next });
      expect(wrong.headers()["location"]).toBe("/sign-in/code");
      const code = await people.post(context.request, "verify-code", { code: authenticator.code(), next });
      expect(code.headers()["location"]).toBe("/");
      expect(code.headersArray().filter(({ name }) => name.toLowerCase() === "set-cookie").length).toBe(2);
    });
  }
});

test("a link whose way back was tampered with leads home whoever is signed in already", async ({ context, people }) => {
  await people.enrol(context);

  for (const path of ["/sign-in", "/sign-in/code", "/mfa/setup"]) {
    for (const next of ELSEWHERE) {
      const answer = await context.request.get(`${path}?next=${encodeURIComponent(next)}`, { headers: PAGE, maxRedirects: 0 });
      expect(answer.headers()["location"], `${path} ${JSON.stringify(next)}`).toBe("/");
    }
  }
});

test("fields nobody asked for give nothing", async ({ request, stepgate, people }) => {
  await people.create();
  const form = { email: ADA.email, password: "wrong", role: "admin", user: "1", mfa_at: "9999999999", session: "x", __proto__: "x" };
  const answer = await people.post(request, "sign-in", form);
  expect(answer.headers()["location"]).toBe("/sign-in");
  expect((await raw(stepgate.url, { path: "/", headers: PAGE })).headers.location).toBe("/sign-in");
});

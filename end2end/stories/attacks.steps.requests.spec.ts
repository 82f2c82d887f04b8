import type { APIRequestContext } from "@playwright/test";

import { ADA, expect, test } from "../fixtures/index.ts";
import { FORM, headingOf, JSON_ANSWER, PAGE } from "../fixtures/raw.ts";

// Each function is asked in each state a browser can be in, as a form and as an island would ask it. What is not the
// next step is refused with the way to it, and changes nothing.

const STATES = [
  "nobody", "at the introduction", "getting an app", "at the QR code", "at the recovery codes", "at the mobile", "without a code", "recovering",
  "signed in", "elapsed",
] as const;
type State = (typeof STATES)[number];

/** What a form is answered with: where it is sent. */
type Way = "/" | "/mfa/setup" | "/sign-in" | "/sign-in/code" | "/sign-in/recovery/finish";

interface Expected {
  form: Way;
  json: { status: number; body: unknown };
}

const signIn: Expected = { form: "/sign-in", json: { status: 401, body: { gate: "sign_in" } } };
const enroll: Expected = { form: "/mfa/setup", json: { status: 401, body: { gate: "enroll" } } };
const verify: Expected = { form: "/sign-in/code", json: { status: 401, body: { gate: "verify_mfa" } } };
const recover: Expected = { form: "/sign-in/recovery/finish", json: { status: 401, body: { gate: "recover" } } };
const alreadyFresh: Expected = { form: "/", json: { status: 409, body: { gate: "already_fresh" } } };
const outOfOrder: Expected = {
  form: "/mfa/setup",
  json: { status: 200, body: { show: { step: expect.anything(), problem: "out_of_order", replaces: false } } },
};

const ABOUT_MOBILES = ["wizard/text", "wizard/text-again", "wizard/confirm-mobile", "wizard/change-number", "wizard/skip-mobile"];
const AFTER_BINDING = ["wizard/save-codes", "wizard/new-codes", ...ABOUT_MOBILES, "wizard/finish"];
/** In their order. */
const WIZARD = ["wizard/begin", "wizard/key", "wizard/confirm", ...AFTER_BINDING];
const RECOVERY = ["recovery/code", "recovery/text", "recovery/text-code"];
/** What each function's form holds. */
const FIELDS: Record<string, Record<string, string>> = {
  "wizard/save-codes": { saved: "yes" },
  "wizard/text": { country: "GB", mobile: "07400 123456" },
  "recovery/code": { recovery_code: "AAAA-AAAA-AAAA-AAAA" },
  "recovery/text": { mobile: "AAAAAAAAAAAAAAAAAAAAAA" },
  "recovery/text-code": { text_code: "287082" },
};

const all = (names: string[], expected: Expected) => Object.fromEntries(names.map((name) => [name, expected]));

const TABLE: Record<State, Record<string, Expected>> = {
  nobody: all([...WIZARD, ...RECOVERY, "recovery/keep", "verify-code"], signIn),
  "at the introduction": { ...all(WIZARD.slice(1), outOfOrder), ...all([...RECOVERY, "recovery/keep", "verify-code"], enroll) },
  "getting an app": { ...all(WIZARD.slice(2), outOfOrder), ...all([...RECOVERY, "recovery/keep", "verify-code"], enroll) },
  "at the QR code": { ...all(AFTER_BINDING, outOfOrder), ...all([...RECOVERY, "recovery/keep", "verify-code"], enroll) },
  "at the recovery codes": {
    ...all(["wizard/key", "wizard/confirm", ...ABOUT_MOBILES, "wizard/finish"], outOfOrder),
    ...all([...RECOVERY, "recovery/keep", "verify-code"], enroll),
  },
  "at the mobile": {
    ...all(["wizard/key", "wizard/confirm", "wizard/save-codes", "wizard/new-codes", "wizard/text-again", "wizard/confirm-mobile", "wizard/finish"], outOfOrder),
    ...all([...RECOVERY, "recovery/keep", "verify-code"], enroll),
  },
  "without a code": all([...WIZARD, "recovery/keep"], verify),
  recovering: { ...all([...RECOVERY, "verify-code"], recover), ...all(WIZARD.slice(1), outOfOrder) },
  "signed in": all([...WIZARD, ...RECOVERY, "recovery/keep", "verify-code"], alreadyFresh),
  elapsed: all([...WIZARD, "recovery/keep"], verify),
};

for (const state of STATES) {
  test(`whoever is ${state} cannot skip a step by posting to it`, async ({ context, people, clock }) => {
    const ask = context.request;
    if (state === "without a code" || state === "recovering" || state === "signed in" || state === "elapsed") {
      const { codes } = await people.enrolWithCodes(context);
      if (state === "without a code" || state === "recovering") await people.signIn(context);
      if (state === "recovering") await people.post(ask, "recovery/code", { recovery_code: codes[0] ?? "" });
      if (state === "elapsed") {
        await people.work(context, 30, clock);
      }
    } else {
      await people.create();
      if (state !== "nobody") await people.signIn(context);
      if (state === "getting an app") await people.post(ask, "wizard/begin");
      if (state === "at the QR code") await people.showKey(context);
      if (state === "at the recovery codes" || state === "at the mobile") {
        const phone = await people.showKey(context);
        await people.post(ask, "wizard/confirm", { code: phone.code() });
        if (state === "at the mobile") await people.post(ask, "wizard/save-codes", { saved: "yes" });
      }
    }
    const before = await whereabouts(ask);

    for (const [name, expected] of Object.entries(TABLE[state])) {
      await test.step(name, async () => {
        const fields = FIELDS[name] ?? { code: "287082" };
        const inJson = await ask.post(`/api/${name}`, { form: fields, headers: JSON_ANSWER, maxRedirects: 0 });
        expect(inJson.status()).toBe(expected.json.status);
        expect(await inJson.json()).toEqual(expected.json.body);

        const posted = await people.post(ask, name, fields);
        expect(posted.headers()["location"]).toBe(expected.form);
        const page = await ask.get(expected.form, { headers: PAGE });
        if (expected === outOfOrder) {
          expect(page.status()).toBe(409);
          expect(await page.text()).toContain("This page was out of date. Go on from here.");
        } else {
          expect(page.status()).toBe(200);
        }
        expect(await whereabouts(ask)).toEqual(before);
      });
    }
  });
}

test("every answer to a code has its status, on the page and in JSON", async ({ context, people, clock }) => {
  const ask = context.request;
  const authenticator = await people.enrol(context);
  const spent = authenticator.code();
  clock.nextStep();
  await people.signIn(context);

  for (const [code, status, problem, sentence] of [
    ["", 422, "empty", "The code is missing"],
    ["28708", 422, "malformed", "A code has six digits"],
    [authenticator.wrongCode(), 401, { wrong: expect.anything() }, "That code is not right"],
    [spent, 401, "spent", "That code was used already"],
  ] as const) {
    await test.step(JSON.stringify(problem), async () => {
      const inJson = await ask.post("/api/verify-code", { form: { code }, headers: JSON_ANSWER });
      expect(inJson.status()).toBe(status);
      expect(await inJson.json()).toEqual({ rule: problem });

      const posted = await people.post(ask, "verify-code", { code });
      expect(posted.headers()["location"]).toBe("/sign-in/code");
      const page = await ask.get("/sign-in/code", { headers: PAGE });
      expect(page.status()).toBe(status);
      expect(await page.text()).toContain(sentence);
      expect((await ask.get("/sign-in/code")).status(), "it is said once").toBe(200);
    });
  }
});

test("every answer of the wizard has its status, on the page and in JSON", async ({ context, people, clock }) => {
  const ask = context.request;
  await people.create();
  await people.signIn(context);
  const phone = await people.showKey(context);
  const confirm = async (code: string, status: number, problem: string, sentence: string) => {
    const inJson = await ask.post("/api/wizard/confirm", { form: { code }, headers: JSON_ANSWER });
    expect(inJson.status()).toBe(status);
    expect(await inJson.json()).toEqual({ rule: problem });
    const posted = await people.post(ask, "wizard/confirm", { code });
    expect(posted.headers()["location"]).toBe("/mfa/setup");
    const page = await ask.get("/mfa/setup", { headers: PAGE });
    expect(page.status()).toBe(status);
    expect(await page.text()).toContain(sentence);
  };

  await confirm("", 422, "no_code", "The code is missing");
  await confirm("+287082", 422, "malformed_code", "A code has six digits");
  await confirm(phone.wrongCode(), 401, "wrong_code", "That code is not right");
  await people.post(ask, "wizard/confirm", { code: phone.code(-1) });
  await confirm(phone.code(-1), 401, "spent_code", "That code was used already");
  clock.nextStep();
  const last = await ask.post("/api/wizard/confirm", { form: { code: phone.code(-1) }, headers: JSON_ANSWER });
  expect(await last.json()).toEqual({ show: { step: { save_codes: expect.anything() }, problem: null, replaces: false } });
});

test("a password that is right or wrong has its status, and a flood of them waits", async ({ request, context, people, clock }) => {
  await people.enrol(context);
  await people.signOut(context);
  const signIn = async (form: { email?: string; password?: string }) => {
    const answer = await request.post("/api/sign-in", { form, headers: JSON_ANSWER });
    return { status: answer.status(), body: await answer.json() };
  };

  expect(await signIn({ email: "", password: "x" })).toEqual({ status: 422, body: { rule: "no_email" } });
  expect(await signIn({ email: ADA.email, password: "" })).toEqual({ status: 422, body: { rule: "no_password" } });
  for (let wrong = 0; wrong < 10; wrong++) {
    expect(await signIn({ email: ADA.email, password: "wrong" })).toEqual({ status: 401, body: { rule: "wrong_credentials" } });
  }
  expect(await signIn(ADA)).toEqual({ status: 429, body: { rule: { wait: { seconds: 30 } } } });
  await test.step("of a stranger; the owner gets in, in the browser that is known", async () => {
    await people.signIn(context);
  });
  clock.advance({ seconds: 30 });
  expect((await signIn(ADA)).status).toBe(200);
});

/** Where the browser stands: the pages it is led to. */
async function whereabouts(ask: APIRequestContext): Promise<string[]> {
  const places = [];
  for (const page of ["/", "/mfa/setup", "/sign-in/code"]) {
    const answer = await ask.get(page, { headers: { ...PAGE, ...FORM } });
    places.push(`${new URL(answer.url()).pathname}: ${headingOf(await answer.text())}`);
  }
  return places;
}

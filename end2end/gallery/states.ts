import type { BrowserContext, Page } from "@playwright/test";

import type { StillClock } from "../fixtures/clock.ts";
import type { Gateway } from "../fixtures/gateway.ts";
import type { Receiver } from "../fixtures/receiver.ts";
import { ADA, ADAS_MOBILE, type People } from "../fixtures/people.ts";
import type { Stepgate } from "../fixtures/stepgate.ts";
import {
  BackInScreen, CodeScreen, ForgottenScreen, HomeScreen, InvitationScreen, NewAccountScreen, ProfileScreen, RecoveryScreen, ResetScreen,
  SignInScreen, WizardScreen,
} from "../pages/index.ts";
import { ADMIN_WALKS } from "./admin-states.ts";
import { TEXT_WALKS } from "./text-states.ts";

/** What a walk needs. */
export interface World {
  page: Page;
  context: BrowserContext;
  stepgate: Stepgate;
  people: People;
  clock: StillClock;
  gateway: Gateway;
  receiver: Receiver;
  hydrated: boolean;
  anotherBrowser: () => Promise<Page>;
}

/** Called at each state, with its name; the page stays there until it is done. */
export type Look = (name: string) => Promise<void>;

/** A walk through one part of the product, past every state of its pages. */
export type Walk = (world: World, look: Look) => Promise<void>;

/** All of them: what is looked at for the gallery, for accessibility and on narrow screens. */
export const WALKS: Record<string, Walk> = {
  async "first account"({ page, stepgate }, look) {
    const newAccount = new NewAccountScreen(page);
    await page.goto(stepgate.setupPath ?? "");
    await look("form");
    await newAccount.create({ account: "", name: "", email: "ada@", password: "short" });
    await newAccount.problems.waitFor();
    await look("problems");
    await page.goto("/setup/garbage");
    await look("dead link");
  },

  async invitation({ page, people }, look) {
    const invitation = new InvitationScreen(page);
    await page.goto(await people.invite());
    await look("form");
    await invitation.setPassword("password");
    await invitation.problems.waitFor();
    await look("problem");
    await page.goto("/invitation/garbage");
    await look("dead link");
  },

  async "sign-in"({ page, context, people, stepgate, clock }, look) {
    const signIn = new SignInScreen(page);
    await page.goto(stepgate.setupPath ?? "");
    await new NewAccountScreen(page).create();
    await signIn.news.waitFor();
    await look("account created");
    await signIn.open();
    await look("form");
    await signIn.signIn({ ...ADA, email: "ada" });
    await signIn.problems.waitFor();
    await look("email missing");
    await signIn.open();
    await signIn.signIn({ ...ADA, password: "wrong" });
    await signIn.problems.waitFor();
    await look("wrong password");
    for (let wrong = 0; wrong < 9; wrong++) await people.post(context.request, "sign-in", { ...ADA, password: "wrong" });
    await signIn.open();
    await signIn.signIn();
    await signIn.problems.waitFor();
    await look("wait");
    clock.advance({ minutes: 5 });
    await people.signIn(context);
    await page.goto("/mfa/setup");
    await signIn.signOut(ADA.name);
    await signIn.news.waitFor();
    await look("signed out");
  },

  async wizard({ page, context, people, clock, hydrated, anotherBrowser }, look) {
    const wizard = new WizardScreen(page, hydrated);
    await people.create();
    await people.signIn(context);
    await wizard.open();
    await look("1 introduction");
    await wizard.begin.click();
    await wizard.isAt("app");
    await look("2 app");
    for (const how of ["Install on iPhone", "Install on Android"]) await page.getByText(how).click();
    await look("2 app, both unfolded");
    await wizard.haveApp.click();
    await wizard.isAt("pair");
    await look("3 pair");
    await wizard.confirm("");
    await wizard.problems.waitFor();
    await look("3 pair, no code");
    await wizard.reload();
    const phone = await wizard.scan(clock);
    await wizard.confirm(phone.wrongCode());
    await wizard.problems.waitFor();
    await look("3 pair, wrong code");
    clock.advance({ minutes: 15 });
    await wizard.confirm(phone.code());
    await wizard.isAt("expired");
    await look("3 expired");
    await wizard.newQr.click();
    await wizard.isAt("pair");
    const second = await wizard.scan(clock);
    await wizard.confirm(second.code(1));
    await wizard.isAt("nextCode");
    await look("3b next code");
    await wizard.confirmNext(second.code(1));
    await wizard.problems.waitFor();
    await look("3b next code, spent");

    const other = await anotherBrowser();
    await people.signIn(other.context());
    await people.showKey(other.context());
    clock.nextStep();
    await wizard.confirmNext(second.code(1));
    await wizard.isAt("introduction");
    await look("1 introduction, taken over");
    await wizard.reload();
    await look("1 introduction, elsewhere");
  },

  async "wizard, ways back"({ page, context, people, clock, hydrated, stepgate }, look) {
    const wizard = new WizardScreen(page, hydrated);
    await people.create();
    await people.signIn(context);
    const phone = await people.showKey(context);
    await wizard.open();
    await wizard.confirm(phone.code());
    await wizard.isAt("codes");
    await look("4 codes");
    await wizard.next.click();
    await wizard.problems.waitFor();
    await look("4 codes, not saved");
    clock.advance({ minutes: 15 });
    await wizard.reload();
    await wizard.isAt("codesHidden");
    await look("4 codes, hidden");
    await wizard.newCodes.click();
    await wizard.isAt("codes");
    await wizard.saved.check();
    await look("4 codes, saved");
    await wizard.next.click();
    await wizard.isAt("mobile");
    await look("5 mobile");
    await wizard.country.selectOption("GB");
    await wizard.mobile.fill("12");
    await wizard.sendText.click();
    await wizard.problems.waitFor();
    await look("5 mobile, no such number");
    await wizard.mobile.fill(ADAS_MOBILE.number);
    await wizard.sendText.click();
    await wizard.isAt("text");
    await look("6 text");
    const code = await stepgate.textedCode(ADAS_MOBILE.international);
    await wizard.sendAgain.click();
    await wizard.problems.waitFor();
    await look("6 text, too early to send again");
    await wizard.reload();
    await wizard.textCode.fill(code === "000000" ? "000001" : "000000");
    await wizard.confirmText.click();
    await wizard.problems.waitFor();
    await look("6 text, wrong code");
    await wizard.reload();
    await wizard.textCode.fill(code);
    await wizard.confirmText.click();
    await wizard.isAt("done");
    await look("7 done");
  },

  async recovery({ page, context, people, stepgate, clock }, look) {
    const [recovery, back] = [new RecoveryScreen(page), new BackInScreen(page)];
    const { codes } = await people.enrolWithCodes(context, ADA, ADAS_MOBILE);
    clock.advance({ minutes: 10 });
    await people.signIn(context);
    await recovery.open();
    await look("form");
    await recovery.useCode("");
    await recovery.problems.waitFor();
    await look("no code");
    await recovery.useCode("AAAA-AAAA-AAAA-AAAA");
    await recovery.problems.waitFor();
    await look("wrong code");
    await recovery.open();
    await recovery.textMe.click();
    await recovery.news.waitFor();
    await look("text sent");
    const code = await stepgate.textedCode(ADAS_MOBILE.international);
    await recovery.textMe.click();
    await recovery.problems.waitFor();
    await look("text too early");
    await recovery.open();
    await recovery.useText(code === "000000" ? "000001" : "000000");
    await recovery.problems.waitFor();
    await look("wrong text code");
    await recovery.useText(code);
    await back.stillHaveIt.waitFor();
    await look("back in by text");
    await back.stillHaveIt.click();
    await back.problems.waitFor();
    await look("back in by text, no code");

    await people.signOut(context);
    clock.advance({ hours: 25 });
    await people.signIn(context);
    await recovery.open();
    await recovery.useCode(codes[0] ?? "");
    await back.stillHaveIt.waitFor();
    await look("back in by code");
    await back.stillHaveIt.click();
    await page.waitForURL("/mfa/setup");
    await look("one new code");
  },

  async "forgotten password"({ page, people, stepgate }, look) {
    const [forgotten, reset] = [new ForgottenScreen(page), new ResetScreen(page)];
    await people.create();
    await page.goto("/password/forgot");
    await look("form");
    await forgotten.mailTo("ada@");
    await forgotten.problems.waitFor();
    await look("no email");
    await forgotten.mailTo(ADA.email);
    await forgotten.news.waitFor();
    await look("mailed");
    await page.goto(await stepgate.mailedLink(ADA.email));
    await look("new password");
    await reset.setPassword("password");
    await reset.problems.waitFor();
    await look("weak password");
    await reset.setPassword("six purple umbrellas waiting");
    await page.waitForURL("/sign-in");
    await look("password set");
    await page.goto("/password/reset/garbage");
    await look("dead link");
  },

  async code({ page, context, people, clock }, look) {
    const code = new CodeScreen(page);
    const authenticator = await people.enrol(context);
    await people.signIn(context);
    await page.goto("/sign-in/code");
    await look("form");
    await code.menu(ADA.name).click();
    await look("menu");
    await code.menu(ADA.name).click();
    await page.getByText("No code at hand?").click();
    await look("help");
    await code.verify("28708");
    await code.problems.waitFor();
    await look("malformed");
    await page.goto("/sign-in/code");
    await code.verify(authenticator.code());
    await code.problems.waitFor();
    await look("spent");
    const wrong = authenticator.wrongCode();
    const giveWrong = async () => {
      await people.signIn(context);
      await people.post(context.request, "verify-code", { code: wrong });
    };
    await page.goto("/sign-in/code");
    await code.verify(wrong);
    await code.problems.waitFor();
    await look("wrong");
    for (let more = 0; more < 2; more++) await people.post(context.request, "verify-code", { code: wrong });
    await page.goto("/sign-in/code");
    await code.verify(wrong);
    await page.waitForURL("/sign-in");
    await look("too many");
    // The lock is the strangers'.
    await context.clearCookies({ name: "stepgate-browser" });
    for (let more = 0; more < 4; more++) await giveWrong();
    await people.signIn(context);
    await page.goto("/sign-in/code");
    await code.verify(wrong);
    await code.problems.waitFor();
    await look("wait");
    for (const minutes of [1, 2, 5, 15]) {
      clock.advance({ minutes });
      await giveWrong();
    }
    clock.advance({ minutes: 15 });
    await people.signIn(context);
    await page.goto("/sign-in/code");
    await code.verify(wrong);
    await code.problems.waitFor();
    await look("locked");
  },

  async home({ page, context, people, clock, hydrated }, look) {
    const home = new HomeScreen(page);
    await people.enrol(context);
    await page.goto("/");
    await look("home");
    await home.menu(ADA.name).click();
    await look("menu");
    await people.work(context, 30, clock);
    // The page says times as the browser's own clock has them.
    if (hydrated) await page.clock.setFixedTime(clock.now() * 1000);
    await page.goto("/?report=7");
    await look("code due again");
  },

  async profile({ page, context, people, clock, hydrated, anotherBrowser }, look) {
    const [profile, wizard] = [new ProfileScreen(page), new WizardScreen(page, hydrated)];
    const { authenticator } = await people.enrolWithCodes(context, ADA, ADAS_MOBILE);
    const other = await anotherBrowser();
    clock.nextStep();
    await people.signIn(other.context());
    await people.giveCode(other.context(), authenticator.code());
    await profile.open();
    await look("profile");
    await page.getByText("Browsers known to us").click();
    await look("known browsers");
    await profile.newCodes.click();
    await look("question");
    await page.keyboard.press("Escape");
    await profile.name.fill("");
    await profile.saveName.click();
    await profile.problems.filter({ hasText: /./ }).first().waitFor();
    await look("no name");
    await profile.setPassword("wrong", "six purple umbrellas waiting");
    await page.waitForURL("/profile");
    await profile.problems.filter({ hasText: "not right" }).waitFor();
    await look("wrong password");
    await profile.replace.click();
    await page.waitForURL("/profile/authenticator");
    await look("replacing, app");
    await page.getByRole("button", { name: "Show the QR code" }).click();
    await wizard.isAt("pair");
    await look("replacing, key");
    clock.advance({ minutes: 10 });
    await profile.open();
    if (hydrated) {
      await profile.setPassword(ADA.password, "six purple umbrellas waiting");
      await profile.codeDialog.waitFor();
      await look("code dialog");
      await profile.giveCode(authenticator.wrongCode());
      await profile.codeDialog.getByText("not right").waitFor();
      await look("code dialog, wrong");
      await profile.giveCode(authenticator.code());
      await profile.news.waitFor();
      await look("password changed");
    } else {
      await page.getByRole("link", { name: "Enter a code first" }).first().click();
      await look("code first");
    }
    await people.work(context, 28, clock);
    clock.advance({ days: 1, hours: 23, minutes: hydrated ? 52 : 42 });
    await page.goto("/");
    await look("code due soon");
  },

  async "profile, before the wizard"({ page, context, people }, look) {
    const profile = new ProfileScreen(page);
    await people.create();
    await people.signIn(context);
    await profile.open();
    await look("profile");
    await profile.enable.click();
    await look("question");
  },

  async messages({ page, people, stepgate }, look) {
    await people.create();
    await page.goto("/nowhere");
    await look("404 not found");
    await page.goto("/api/sign-in");
    await look("405 wrong method");
    const send = async (path: string, fields: Record<string, string>) => {
      await page.goto("/sign-in");
      await page.getByRole("main").evaluate(
        (main, { path, fields }) => {
          const form = document.createElement("form");
          Object.assign(form, { method: "post", action: path });
          for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement("input"), { name, value }));
          main.append(form);
          form.submit();
        },
        { path, fields },
      );
      await page.waitForURL(stepgate.url + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
    };
    await send("/api/sign-in", { nothing: "" });
    await look("400 malformed");
    await send("/api/sign-in", { email: "x".repeat(70_000) });
    await look("413 too large");
  },

  ...ADMIN_WALKS,
  ...TEXT_WALKS,
};

import { type Locator, type Page, expect } from "@playwright/test";

import { Authenticator } from "../fixtures/authenticator.ts";
import type { Clock } from "../fixtures/clock.ts";
import { Screen } from "./screen.ts";

/** The headings of the wizard's steps. */
export const STEPS = {
  introduction: "Multi-factor Authentication",
  app: "Get an authenticator app",
  pair: "Scan the QR code",
  nextCode: "Enter the next code",
  expired: "This QR code is too old",
  codes: "Save your recovery codes",
  codesHidden: "Recovery codes",
  mobile: "Add a recovery mobile",
  text: "Enter the code from the text",
  done: "You are protected",
} as const;

/** `/mfa/setup` */
export class WizardScreen extends Screen {
  /** Step 1. */
  readonly begin: Locator;
  /** Step 2. */
  readonly haveApp: Locator;
  /** Step 3. */
  readonly qr: Locator;
  readonly key: Locator;
  readonly copyKey: Locator;
  readonly openInApp: Locator;
  readonly code: Locator;
  readonly enable: Locator;
  /** Step 3b. */
  readonly nextCode: Locator;
  readonly verify: Locator;
  readonly countdown: Locator;
  /** Step 3, too late. */
  readonly newQr: Locator;
  /** Step 4. */
  readonly codes: Locator;
  readonly download: Locator;
  readonly copyCodes: Locator;
  readonly print: Locator;
  readonly saved: Locator;
  readonly next: Locator;
  readonly newCodes: Locator;
  /** Step 5. */
  readonly country: Locator;
  readonly mobile: Locator;
  readonly sendText: Locator;
  readonly notNow: Locator;
  /** Step 6. */
  readonly textCode: Locator;
  readonly confirmText: Locator;
  readonly sendAgain: Locator;
  readonly changeNumber: Locator;
  /** Step 7. */
  readonly onward: Locator;
  /** Where one is. */
  readonly progress: Locator;

  readonly #hydrated: boolean;

  constructor(page: Page, hydrated: boolean) {
    super(page);
    this.#hydrated = hydrated;
    this.begin = page.getByRole("button", { name: "Setup MFA and Access Your Account" });
    this.haveApp = page.getByRole("button", { name: "I have an app" });
    this.qr = page.getByRole("img", { name: /QR code/ });
    this.key = page.getByLabel("Can't scan? Type this key into the app:");
    this.copyKey = page.getByRole("button", { name: "Copy key" });
    this.openInApp = page.getByRole("link", { name: "Open the key in the app" });
    this.code = page.getByLabel("Code", { exact: true });
    this.enable = page.getByRole("button", { name: "Enable Multi-factor Authentication" });
    this.nextCode = page.getByLabel("Multi-factor Code");
    this.verify = page.getByRole("button", { name: "Verify" });
    this.countdown = page.getByRole("timer");
    this.newQr = page.getByRole("button", { name: "Show a new QR code" });
    this.codes = page.getByRole("main").getByRole("listitem").getByRole("code");
    this.download = page.getByRole("link", { name: "Download Recovery Codes" });
    this.copyCodes = page.getByRole("button", { name: "Copy" });
    this.print = page.getByRole("button", { name: "Print" });
    this.saved = page.getByLabel("I have saved them");
    this.next = page.getByRole("button", { name: "Next" });
    this.newCodes = page.getByRole("button", { name: "Make new codes" });
    this.country = page.getByLabel("Country");
    this.mobile = page.getByLabel("Mobile number");
    this.sendText = page.getByRole("button", { name: "Confirm Recovery Mobile" });
    this.notNow = page.getByRole("button", { name: "Not now" });
    this.textCode = page.getByLabel("Code", { exact: true });
    this.confirmText = page.getByRole("button", { name: "Confirm", exact: true });
    this.sendAgain = page.getByRole("button", { name: "Send again" });
    this.changeNumber = page.getByRole("button", { name: "Change the number" });
    this.onward = page.getByRole("button", { name: "Continue" });
    this.progress = page.getByRole("group", { name: "Your progress" });
  }

  async open(): Promise<void> {
    await this.page.goto("/mfa/setup");
    await this.ready();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  /** Waits until the page is what it will be: with scripts, until its island is alive. */
  async ready(): Promise<void> {
    await expect(this.page).toHaveURL("/mfa/setup");
    if (this.#hydrated) await expect(this.page.locator("html")).toHaveAttribute("data-hydrated", "true");
  }

  /** That it is at this step. */
  async isAt(step: keyof typeof STEPS): Promise<void> {
    await expect(this.heading).toHaveText(STEPS[step]);
  }

  /** From the first step to the QR code. */
  async goToQr(): Promise<void> {
    await this.begin.click();
    await this.isAt("app");
    await this.haveApp.click();
    await this.isAt("pair");
  }

  /** The key as it is typed: without the gaps it is shown with. */
  async readKey(): Promise<string> {
    return (await this.key.innerText()).replace(/\s/g, "");
  }

  /** An authenticator app that was given the key on the page. */
  async scan(clock: Clock): Promise<Authenticator> {
    return new Authenticator(await this.readKey(), clock);
  }

  async confirm(code: string): Promise<void> {
    await this.code.fill(code);
    await this.enable.click();
  }

  /** From the recovery codes into the app: says that they are saved, and gives no mobile. Returns the codes. */
  async finish(): Promise<string[]> {
    await this.isAt("codes");
    const codes = await this.codes.allInnerTexts();
    await this.saved.check();
    await this.next.click();
    await this.isAt("mobile");
    await this.notNow.click();
    await this.isAt("done");
    await this.onward.click();
    return codes;
  }

  async confirmNext(code: string): Promise<void> {
    await this.nextCode.fill(code);
    await this.verify.click();
  }
}

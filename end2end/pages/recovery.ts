import { expect, type Locator, type Page } from "@playwright/test";

import { Screen } from "./screen.ts";

/** `/sign-in/recovery` */
export class RecoveryScreen extends Screen {
  readonly code: Locator;
  readonly submitCode: Locator;
  /** One for each mobile. */
  readonly textMe: Locator;
  readonly textCode: Locator;
  readonly submitText: Locator;

  constructor(page: Page) {
    super(page);
    this.code = page.getByLabel("Recovery code");
    this.submitCode = page.getByRole("button", { name: "Use a recovery code" });
    this.textMe = page.getByRole("button", { name: /^Text me a code/ });
    this.textCode = page.getByLabel("Code from the text message");
    this.submitText = page.getByRole("button", { name: "Confirm" });
  }

  async open(): Promise<void> {
    await this.page.goto("/sign-in/recovery");
    await expect(this.heading).toHaveText("Lost your phone?");
  }

  async useCode(code: string): Promise<void> {
    await this.code.fill(code);
    await this.submitCode.click();
  }

  async useText(code: string): Promise<void> {
    await this.textCode.fill(code);
    await this.submitText.click();
  }
}

import type { Locator, Page } from "@playwright/test";

import { Screen } from "./screen.ts";

/** `/sign-in/code` */
export class CodeScreen extends Screen {
  readonly code: Locator;
  readonly submit: Locator;

  constructor(page: Page) {
    super(page);
    this.code = page.getByLabel("Multi-factor Code");
    this.submit = page.getByRole("button", { name: "Verify" });
  }

  async verify(code: string): Promise<void> {
    await this.code.fill(code);
    await this.submit.click();
  }
}

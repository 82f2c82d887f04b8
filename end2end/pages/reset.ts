import type { Locator, Page } from "@playwright/test";

import { Screen } from "./screen.ts";

/** `/password/reset/{link}` */
export class ResetScreen extends Screen {
  readonly password: Locator;
  readonly submit: Locator;

  constructor(page: Page) {
    super(page);
    this.password = page.getByLabel("Password", { exact: true });
    this.submit = page.getByRole("button", { name: "Set password" });
  }

  async setPassword(password: string): Promise<void> {
    await this.password.fill(password);
    await this.submit.click();
  }
}

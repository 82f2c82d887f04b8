import type { Locator, Page } from "@playwright/test";

import { Screen } from "./screen.ts";

/** `/password/forgot` */
export class ForgottenScreen extends Screen {
  readonly email: Locator;
  readonly submit: Locator;

  constructor(page: Page) {
    super(page);
    this.email = page.getByLabel("Email");
    this.submit = page.getByRole("button", { name: "Mail me a link" });
  }

  async mailTo(email: string): Promise<void> {
    await this.email.fill(email);
    await this.submit.click();
  }
}

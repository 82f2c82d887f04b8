import type { Locator, Page } from "@playwright/test";

import { Screen } from "./screen.ts";

/** `/invitation/{link}`: the first password of somebody who was invited. */
export class InvitationScreen extends Screen {
  readonly email: Locator;
  readonly password: Locator;
  readonly submit: Locator;

  constructor(page: Page) {
    super(page);
    this.email = page.getByLabel("Email");
    this.password = page.getByLabel("Password", { exact: true });
    this.submit = page.getByRole("button", { name: "Set password" });
  }

  async setPassword(password: string): Promise<void> {
    await this.password.fill(password);
    await this.submit.click();
  }
}

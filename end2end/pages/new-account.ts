import type { Locator, Page } from "@playwright/test";

import { ADA, type Person } from "../fixtures/people.ts";
import { Screen } from "./screen.ts";

/** `/setup/{link}`: the first account. */
export class NewAccountScreen extends Screen {
  readonly organisation: Locator;
  readonly name: Locator;
  readonly email: Locator;
  readonly password: Locator;
  readonly submit: Locator;

  constructor(page: Page) {
    super(page);
    this.organisation = page.getByLabel("Organisation");
    this.name = page.getByLabel("Your name");
    this.email = page.getByLabel("Email");
    this.password = page.getByLabel("Password", { exact: true });
    this.submit = page.getByRole("button", { name: "Create account" });
  }

  async create({ account, name, email, password }: Person = ADA): Promise<void> {
    await this.organisation.fill(account);
    await this.name.fill(name);
    await this.email.fill(email);
    await this.password.fill(password);
    await this.submit.click();
  }
}

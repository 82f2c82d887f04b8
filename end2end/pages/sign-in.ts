import type { Locator, Page } from "@playwright/test";

import { ADA, type Person } from "../fixtures/people.ts";
import { Screen } from "./screen.ts";

/** `/sign-in` */
export class SignInScreen extends Screen {
  readonly email: Locator;
  readonly password: Locator;
  readonly submit: Locator;

  constructor(page: Page) {
    super(page);
    this.email = page.getByLabel("Email", { exact: true });
    this.password = page.getByLabel("Password", { exact: true });
    this.submit = page.getByRole("button", { name: "Sign in" });
  }

  async open(): Promise<void> {
    await this.page.goto("/sign-in");
  }

  async signIn(person: Person = ADA): Promise<void> {
    await this.email.fill(person.email);
    await this.password.fill(person.password);
    await this.submit.click();
  }
}

import type { Locator, Page } from "@playwright/test";

import { Screen } from "./screen.ts";

/** `/profile`: name, password, factors, browsers, events. */
export class ProfileScreen extends Screen {
  readonly name: Locator;
  readonly saveName: Locator;
  readonly language: Locator;
  readonly saveLanguage: Locator;
  readonly password: Locator;
  readonly newPassword: Locator;
  readonly changePassword: Locator;
  readonly replace: Locator;
  readonly newCodes: Locator;
  readonly addMobile: Locator;
  readonly endOthers: Locator;
  readonly enable: Locator;
  /** The question that is open. */
  readonly question: Locator;
  /** The dialog that asks for a code over the page. */
  readonly codeDialog: Locator;
  /** The banner that counts down. */
  readonly banner: Locator;

  constructor(page: Page) {
    super(page);
    this.name = page.getByLabel("Name", { exact: true });
    this.saveName = page.getByRole("button", { name: "Save name" });
    this.language = page.getByLabel("Language");
    this.saveLanguage = page.getByRole("button", { name: "Save language" });
    this.password = page.getByLabel("Current password", { exact: true });
    this.newPassword = page.getByLabel("New password", { exact: true });
    this.changePassword = page.getByRole("button", { name: "Change password" });
    this.replace = page.getByRole("link", { name: "Replace" });
    this.newCodes = page.locator("button[popovertarget=new-codes]").first();
    this.addMobile = page.getByRole("button", { name: "Add a mobile" });
    this.endOthers = page.locator("button[popovertarget=end-others]").first();
    this.enable = page.locator("button[popovertarget=enable]").first();
    this.question = page.locator("[popover]:popover-open");
    this.codeDialog = page.getByRole("dialog", { name: "Enter your code" });
    this.banner = page.locator(".banner");
  }

  async open(): Promise<void> {
    await this.page.goto("/profile");
  }

  /** By the menu under a person's name. */
  async openByMenu(name: string): Promise<void> {
    await this.menu(name).click();
    await this.page.getByRole("banner").getByRole("link", { name: "Profile/Password" }).click();
  }

  /** A section by its heading. */
  section(heading: string): Locator {
    return this.page.getByRole("region", { name: heading });
  }

  async setPassword(present: string, fresh: string): Promise<void> {
    await this.password.fill(present);
    await this.newPassword.fill(fresh);
    await this.changePassword.click();
  }

  /** Says yes to the question that is open. */
  async agree(verb: string): Promise<void> {
    await this.question.getByRole("button", { name: verb }).click();
  }

  /** Gives a code in the dialog over the page. */
  async giveCode(code: string): Promise<void> {
    await this.codeDialog.getByLabel("Multi-factor Code").fill(code);
    await this.codeDialog.getByRole("button", { name: "Verify" }).click();
  }
}

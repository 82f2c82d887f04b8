import type { Locator, Page } from "@playwright/test";

import { Screen } from "./screen.ts";

/** What admins see, and what is in reach on all of their pages. */
export class AdminScreen extends Screen {
  /** What was done last. */
  readonly done: Locator;
  /** The menu of places for admins. */
  readonly places: Locator;
  /** The question that is open. */
  readonly question: Locator;
  /** The dialog that asks for a code over the page. */
  readonly codeDialog: Locator;

  constructor(page: Page) {
    super(page);
    this.done = page.getByRole("main").locator(".notice[role=status]");
    this.places = page.getByRole("banner").locator("summary", { hasText: "Admin" });
    this.question = page.locator("[popover]:popover-open");
    this.codeDialog = page.getByRole("dialog", { name: "Enter your code" });
  }

  /** Goes to a place by the menu. */
  async goTo(place: "Users" | "App Center" | "Employees - Preferences" | "Audit log"): Promise<void> {
    await this.places.click();
    await this.page.getByRole("banner").getByRole("link", { name: place }).click();
  }

  /** A section by its heading. */
  section(heading: string | RegExp): Locator {
    return this.page.getByRole("region", { name: heading });
  }

  /** The row of somebody in the list of users. */
  row(name: string): Locator {
    return this.page.getByRole("row").filter({ hasText: name });
  }

  /** The names in the list of users, in their order. */
  async names(): Promise<string[]> {
    return this.page.locator(".table__who a").allTextContents();
  }

  /** Opens somebody's page from the list. */
  async openUser(name: string): Promise<void> {
    await this.page.goto("/admin/users");
    await this.row(name).getByRole("link", { name, exact: true }).click();
  }

  /** Does what asks once more before it is done. */
  async doAndAgree(label: string): Promise<void> {
    await this.page.getByRole("main").getByRole("button", { name: label, exact: true }).first().click();
    await this.question.getByRole("button", { name: label, exact: true }).click();
  }

  /** Picks something from the menu of somebody's row, and agrees. */
  async pickAndAgree(name: string, item: string, verb: string): Promise<void> {
    await this.row(name).locator("summary").click();
    await this.row(name).getByRole("button", { name: item }).click();
    await this.question.getByRole("button", { name: verb, exact: true }).click();
  }
}

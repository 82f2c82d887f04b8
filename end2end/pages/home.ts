import type { Locator, Page } from "@playwright/test";

import { Screen } from "./screen.ts";

/** `/`: who you are, and when you will be asked again. */
export class HomeScreen extends Screen {
  /** The button on the page; the menu has another. */
  readonly signOutButton: Locator;

  constructor(page: Page) {
    super(page);
    this.signOutButton = page.getByRole("main").getByRole("button", { name: "Sign out" });
  }

  /** What the page says about something: `fact("Email")`. */
  fact(term: string): Locator {
    return this.page.locator("dt", { hasText: term }).locator("xpath=following-sibling::dd");
  }
}

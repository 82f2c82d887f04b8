import type { Locator, Page } from "@playwright/test";

/** What every page of Stepgate has. */
export class Screen {
  readonly page: Page;
  /** What this screen is about. */
  readonly heading: Locator;
  /** What went wrong, on top of the form. */
  readonly problems: Locator;
  /** Good news. */
  readonly news: Locator;

  constructor(page: Page) {
    this.page = page;
    this.heading = page.getByRole("heading", { level: 1 });
    this.problems = page.getByRole("alert");
    this.news = page.getByRole("main").getByRole("status").filter({ hasText: /./ });
  }

  /** The menu under a person's name, at the upper right. */
  menu(name: string): Locator {
    return this.page.getByRole("banner").locator("summary", { hasText: name });
  }

  /** Signs out by the menu. */
  async signOut(name: string): Promise<void> {
    await this.menu(name).click();
    await this.page.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
  }

  /** What is said under a field about how to mend it. */
  mend(field: Locator): Promise<string | null> {
    return field.getAttribute("aria-describedby");
  }
}

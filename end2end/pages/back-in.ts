import type { Locator, Page } from "@playwright/test";

import { Screen } from "./screen.ts";

/** `/sign-in/recovery/finish` */
export class BackInScreen extends Screen {
  readonly setUpAnew: Locator;
  readonly stillHaveIt: Locator;
  /** Asked for after a text only. */
  readonly code: Locator;

  constructor(page: Page) {
    super(page);
    this.setUpAnew = page.getByRole("link", { name: "Set up a new authenticator" });
    this.stillHaveIt = page.getByRole("button", { name: "I still have it" });
    this.code = page.getByLabel("Multi-factor Code");
  }
}

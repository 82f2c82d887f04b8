import { type APIResponse, type Page, expect } from "@playwright/test";

import { Screen } from "./screen.ts";

/** A page that says one thing. */
export class MessageScreen extends Screen {
  /** The link that leads on. */
  readonly on = this.page.getByRole("main").getByRole("link");

  constructor(page: Page) {
    super(page);
  }
}

/** That an answer is a page about this, with this status. */
export async function expectPage(answer: APIResponse, status: number, heading: string | RegExp): Promise<void> {
  expect(answer.status()).toBe(status);
  expect(answer.headers()["content-type"]).toMatch(/^text\/html/);
  const text = /<h1[^>]*>(.*?)<\/h1>/s.exec(await answer.text())?.[1];
  expect(text).toMatch(heading);
}

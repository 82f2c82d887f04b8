import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { expect, test } from "../fixtures/index.ts";
import { WALKS } from "../gallery/states.ts";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
/** What the colour scheme can change; the markup is the same in both. */
const COLOURS = ["color-contrast", "link-in-text-block"];

for (const [part, walk] of Object.entries(WALKS)) {
  test(`${part}: in every state nothing stands in anybody's way`, async ({ page, context, stepgate, people, clock, gateway, receiver, anotherBrowser }) => {
    test.slow();
    await page.emulateMedia({ reducedMotion: "reduce" });

    await walk({ page, context, stepgate, people, clock, gateway, receiver, anotherBrowser, hydrated: true }, async (state) => {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect.soft(await barriers(page, colorScheme === "dark"), `${part}, ${state}, ${colorScheme}`).toEqual([]);
      }
      await page.emulateMedia({ colorScheme: "light" });
    });
  });
}

async function barriers(page: Page, onlyColours: boolean): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode(); // There are no frames here.
  const { violations } = await (onlyColours ? axe.withRules(COLOURS) : axe.withTags(WCAG)).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join("\n")}`);
}

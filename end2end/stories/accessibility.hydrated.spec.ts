import { AxeBuilder } from "@axe-core/playwright";

import { expect, test } from "../fixtures/index.ts";
import { WALKS } from "../gallery/states.ts";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
const COLOURS = ["color-contrast", "link-in-text-block"];

// Each state of each page, in light and dark.
for (const [part, walk] of Object.entries(WALKS)) {
  test(`${part}: nothing stands in anybody's way`, async ({ page, context, stepgate, people, clock, anotherBrowser }) => {
    test.slow();
    await walk({ page, context, stepgate, people, clock, anotherBrowser, hydrated: true }, async (state) => {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        const axe = new AxeBuilder({ page }).setLegacyMode(); // There are no frames here.
        // The markup is the same in both schemes.
        const { violations } = await (colorScheme === "light" ? axe.withTags(WCAG) : axe.withRules(COLOURS)).analyze();
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join("\n")}`);
        expect.soft(found, `${part}, ${state}, ${colorScheme}`).toEqual([]);
      }
    });
  });
}

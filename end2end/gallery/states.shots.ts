import { mkdir } from "node:fs/promises";

import { test } from "../fixtures/index.ts";
import { FOLDER, pictureName } from "./pictures.ts";
import { WALKS } from "./states.ts";

const WIDTHS = [360, 768, 1440];

for (const [part, walk] of Object.entries(WALKS)) {
  test(part, async ({ page, context, stepgate, people, clock, gateway, receiver, anotherBrowser, hydrated }) => {
    await mkdir(FOLDER, { recursive: true });
    await page.emulateMedia({ reducedMotion: "reduce" });
    await walk({ page, context, stepgate, people, clock, gateway, receiver, anotherBrowser, hydrated }, async (state) => {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: width < 500 ? 740 : 900 });
        for (const scheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme: scheme });
          const path = `${FOLDER}/${pictureName({ part, state, width, scheme, scripts: hydrated })}`;
          await page.screenshot({ path, fullPage: true, caret: "initial" });
        }
      }
    });
  });
}

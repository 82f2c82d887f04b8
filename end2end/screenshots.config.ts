import { defineConfig } from "@playwright/test";

import tests from "./playwright.config.ts";

/** `npm run screenshots`: pictures of every page and state, to look at. */
export default defineConfig({
  ...tests,
  testDir: "gallery",
  testMatch: "*.shots.ts",
  outputDir: "results/screenshots-run",
  globalTeardown: "./gallery/index-page.ts",
  timeout: 180_000,
  use: { ...tests.use, trace: "off" },
  projects: [
    { name: "gallery", testMatch: "states.shots.ts" },
    { name: "gallery-no-javascript", testMatch: "states.shots.ts", use: { javaScriptEnabled: false } },
    // `npm run screenshots:docs`: those the README shows.
    { name: "docs", testMatch: "docs.shots.ts" },
  ],
});

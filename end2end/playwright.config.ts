import { defineConfig } from "@playwright/test";

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

/** Stories that are told on a phone as well. */
const ON_A_PHONE = /(true-path|clock-drift)\.spec\.ts$/;
/** What only scripts can do. */
const HYDRATED_ONLY = /\.hydrated\.spec\.ts$/;
/** What is said to the server without any page, and so once. */
const REQUESTS_ONLY = /\.requests\.spec\.ts$/;

export default defineConfig({
  testDir: "stories",
  outputDir: "results/tests",
  fullyParallel: true,
  forbidOnly: !!process.env["CI"],
  // Each worker is a browser and a server; two cores take two. No second tries: a test that is right sometimes is wrong.
  workers: 2,
  retries: 0,
  // Far more than is needed, for machines that have something else to do.
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: "list",
  use: {
    browserName: "chromium",
    launchOptions: {
      executablePath: process.env["STEPGATE_CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-background-networking"],
    },
    locale: "en-GB",
    timezoneId: "UTC",
    // Without moving pictures, which cost more than the rest.
    trace: { mode: "retain-on-failure", screenshots: false, sources: false },
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "hydrated", testIgnore: REQUESTS_ONLY, use: { viewport: DESKTOP } },
    {
      name: "no-javascript",
      testIgnore: [HYDRATED_ONLY, REQUESTS_ONLY],
      use: { viewport: DESKTOP, javaScriptEnabled: false },
    },
    {
      name: "hydrated-phone",
      testMatch: ON_A_PHONE,
      use: { viewport: PHONE, isMobile: true, hasTouch: true },
    },
    {
      name: "no-javascript-phone",
      testMatch: ON_A_PHONE,
      use: { viewport: PHONE, isMobile: true, hasTouch: true, javaScriptEnabled: false },
    },
    { name: "requests", testMatch: REQUESTS_ONLY },
  ],
});

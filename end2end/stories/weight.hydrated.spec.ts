import type { Page } from "@playwright/test";

import { ADA, expect, manifest, test } from "../fixtures/index.ts";
import { WizardScreen } from "../pages/index.ts";

const PAGE = 20_000;
const BUNDLE = 150_000;
const NOWHERE = "/nowhere";

/** What a page costs on the wire, with everything it loads: bytes of bodies, compressed as they came. */
async function weigh(page: Page, path: string): Promise<Map<string, number>> {
  const chrome = await page.context().newCDPSession(page);
  await chrome.send("Network.enable");
  await chrome.send("Network.setCacheDisabled", { cacheDisabled: true });
  const [paths, weights] = [new Map<string, string>(), new Map<string, number>()];
  chrome.on("Network.responseReceived", ({ requestId, response }) => paths.set(requestId, new URL(response.url).pathname));
  chrome.on("Network.dataReceived", ({ requestId, encodedDataLength }) => {
    const of = paths.get(requestId);
    if (of !== undefined) weights.set(of, (weights.get(of) ?? 0) + encodedDataLength);
  });
  const answer = await page.goto(path, { waitUntil: "networkidle" });
  expect(answer?.status(), path).toBe(path === NOWHERE ? 404 : 200);
  await chrome.detach();
  return weights;
}

const sum = (weights: Map<string, number>) => [...weights.values()].reduce((all, one) => all + one, 0);

test("pages without an island load no wasm and at most 20 kB in all", async ({ page, context, people, stepgate, clock }) => {
  const weighed: [string, number][] = [];
  const light = async (path: string) => {
    const weights = await weigh(page, path);
    expect([...weights.keys()].filter((of) => /\.wasm$|stepgate-.*\.js$/.test(of)), path).toEqual([]);
    expect(weights.size, path).toBeGreaterThan(2);
    expect(sum(weights), `${path}: ${JSON.stringify([...weights])}`).toBeLessThanOrEqual(PAGE);
    weighed.push([path, sum(weights)]);
  };
  for (const path of ["/sign-in", "/password/forgot", stepgate.setupPath ?? "", NOWHERE]) await light(path);
  const { authenticator } = await people.enrolWithCodes(context);
  for (const path of ["/", "/profile"]) await light(path);
  for (const path of ["users", "invite", "app-center/mfa", "app-center/webhooks", "employees/preferences", "audit"]) await light(`/admin/${path}`);
  await people.signOut(context);
  await people.signIn(context);
  for (const path of ["/sign-in/code", "/sign-in/recovery"]) await light(path);
  clock.nextStep();
  await people.giveCode(context, authenticator.code());
  clock.advance({ minutes: 10 });
  await light("/verify");
  test.info().annotations.push({ type: "weight", description: JSON.stringify(weighed) });
});

test("the wizard's bundle is at most 150 kB", async ({ page, context, people }) => {
  await people.create(ADA);
  await people.signIn(context);

  const weights = await weigh(page, "/mfa/setup");

  const { script, wasm } = manifest();
  const bundle = (weights.get(script.path) ?? Infinity) + (weights.get(wasm.path) ?? Infinity);
  test.info().annotations.push({ type: "weight", description: `bundle ${bundle}, page ${sum(weights)}` });
  expect(bundle).toBeLessThanOrEqual(BUNDLE);
  await new WizardScreen(page, true).ready();
});

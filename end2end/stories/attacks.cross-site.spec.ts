import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { ADA, expect, test as base } from "../fixtures/index.ts";
import { HomeScreen, MessageScreen, WizardScreen } from "../pages/index.ts";

/** A site that is not ours, with one page. */
const test = base.extend<{ evilSite: (html: string) => Promise<string> }>({
  evilSite: async ({}, use) => {
    const servers: Server[] = [];
    await use(async (html) => {
      const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(html));
      servers.push(server);
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    });
    for (const server of servers) server.close();
  },
});

test("another site's form reaches no function, and the page says so", async ({ page, people, stepgate, evilSite }) => {
  await people.enrol(page.context());
  const forms = [
    ["sign-out", ""],
    ["sign-in", "<input name=email value=mallory@evil.example><input name=password value=theirs>"],
    ["wizard/confirm", "<input name=code value=123456>"],
  ] as const;

  for (const [name, fields] of forms) {
    await test.step(name, async () => {
      await page.goto(await evilSite(`<form method=post action="${stepgate.url}/api/${name}">${fields}<button>Win a prize</button></form>`));
      const answer = page.waitForResponse(`${stepgate.url}/api/${name}`);
      await page.getByRole("button", { name: "Win a prize" }).click();

      expect((await answer).status()).toBe(403);
      await expect(new MessageScreen(page).heading).toHaveText("This request came from another site");
    });
  }
  await new MessageScreen(page).on.click();
  await expect(new HomeScreen(page).heading).toHaveText(`Hello, ${ADA.name}`);
});

test("no other site can show our pages in a frame of its own", async ({ page, people, stepgate, evilSite, complaints }) => {
  await people.create();
  await people.signIn(page.context());
  complaints.expect(/frame-ancestors|X-Frame-Options/);
  await page.goto(await evilSite(`<iframe src="${stepgate.url}/mfa/setup"></iframe>`));

  await expect(page.frameLocator("iframe").getByRole("heading")).toHaveCount(0);
  expect(page.frames().map((frame) => frame.url())).not.toContain(`${stepgate.url}/mfa/setup`);
});

test("a link on another site leads to where one is signed in", async ({ page, people, stepgate, evilSite, hydrated }) => {
  await people.create();
  await people.signIn(page.context());
  await page.goto(await evilSite(`<a href="${stepgate.url}/">Open Stepgate</a>`));

  await page.getByRole("link").click();

  await new WizardScreen(page, hydrated).ready();
});

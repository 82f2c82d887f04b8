import { expect, test } from "../fixtures/index.ts";
import { WALKS } from "../gallery/states.ts";

// 320 px: what WCAG 1.4.10 asks for, and what a large phone has at double size.
test.use({ viewport: { width: 320, height: 640 } });

for (const [part, walk] of Object.entries(WALKS)) {
  test(`${part}: nobody has to scroll sideways`, async ({ page, context, stepgate, people, clock, gateway, receiver, anotherBrowser, hydrated }) => {
    await walk({ page, context, stepgate, people, clock, gateway, receiver, anotherBrowser, hydrated }, async (state) => {
      const sticksOut = await page.evaluate(() => {
        const { clientWidth, scrollWidth } = document.documentElement;
        return scrollWidth > clientWidth ? `${scrollWidth} px of ${clientWidth}` : "";
      });
      expect.soft(sticksOut, `${part}, ${state}`).toBe("");
    });
  });
}

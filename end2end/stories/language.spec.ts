import type { Page } from "@playwright/test";

import { ADA, expect, test } from "../fixtures/index.ts";
import { expectPage, Screen, SignInScreen, STEPS, WizardScreen } from "../pages/index.ts";

/** Words that stand in no German sentence. */
const ENGLISH = /\b(the|your|you|with|from|enter|email|password|sign|next|phone|number|seconds?)\b/i;

/** That a page is in German from top to bottom, what shows later and what is read out included. */
async function isGerman(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await expect(page).toHaveTitle(/ – Stepgate$/);
  const texts = await page.locator(".skip, header, main, footer").allTextContents();
  expect(`${await page.title()} ${texts.join(" ")}`).not.toMatch(ENGLISH);
  for (const named of await page.locator("main [aria-label]").all()) {
    expect(await named.getAttribute("aria-label")).not.toMatch(ENGLISH);
  }
}

test.describe("who asks for German", () => {
  test.use({ locale: "de-DE" });

  test("signs in and sets up an authenticator in German", async ({ page, people, hydrated }) => {
    await people.create();
    const [screen, wizard] = [new Screen(page), new WizardScreen(page, hydrated)];
    const password = page.getByLabel("Passwort", { exact: true });
    const signIn = page.getByRole("button", { name: "Anmelden" });

    await test.step("the sign-in", async () => {
      await page.goto("/sign-in");
      await expect(screen.heading).toHaveText("Anmelden");
      await expect(page.getByRole("link", { name: "Passwort vergessen?" })).toBeVisible();
      await isGerman(page);
    });

    await test.step("a refused one", async () => {
      await page.getByLabel("E-Mail-Adresse", { exact: true }).fill(ADA.email);
      await password.fill("incorrect horse");
      await signIn.click();
      await expect(screen.problems.getByRole("heading")).toHaveText("E-Mail-Adresse und Passwort passen nicht zusammen");
      await expect(screen.problems).toContainText("Geben Sie das Passwort noch einmal ein");
      await isGerman(page);
    });

    await test.step("why", async () => {
      await password.fill(ADA.password);
      await signIn.click();
      await wizard.ready();
      await expect(screen.heading).toHaveText("Multi-Faktor-Authentifizierung");
      await expect(page.getByRole("main")).toContainText(`Danach verlangt ${ADA.account} alle 30 Tage einen Code von Ihnen.`);
      await isGerman(page);
    });

    await test.step("an app", async () => {
      await page.getByRole("button", { name: "Jetzt einrichten und weiter" }).click();
      await expect(screen.heading).toHaveText("Installieren Sie eine Authenticator-App");
      await isGerman(page);
    });

    await test.step("the QR code, and a code that is none", async () => {
      await page.getByRole("button", { name: "Ich habe eine App" }).click();
      await expect(screen.heading).toHaveText("Scannen Sie den QR-Code");
      await isGerman(page);

      const code = page.getByLabel("Code", { exact: true });
      await code.fill("12345");
      await page.getByRole("button", { name: "Multi-Faktor-Authentifizierung aktivieren" }).click();
      await expect(screen.problems.getByRole("heading")).toHaveText("Ein Code hat sechs Ziffern");
      await expect(code).toHaveAccessibleDescription(/Geben Sie die sechs Ziffern ein, die die App anzeigt$/);
      await isGerman(page);
    });
  });

  test("gives a code in German, and reads when the last one was", async ({ page, people, clock, hydrated, stepgate, anotherBrowser }) => {
    const authenticator = await people.enrol(page.context());
    await people.work(page.context(), 30, clock);
    if (hydrated) await page.clock.setFixedTime(clock.now() * 1000);
    const screen = new Screen(page);
    const code = page.getByLabel("Code aus Ihrer Authenticator-App");
    const check = page.getByRole("button", { name: "Prüfen" });

    await test.step("the code page", async () => {
      await page.goto("/");
      await expect(page).toHaveURL("/sign-in/code");
      await expect(screen.heading).toHaveText("Geben Sie Ihren Code ein");
      await expect(page.getByRole("main")).toContainText(`${ADA.account} verlangt alle 30 Tage einen Code. Zuletzt: `);
      await expect(page.getByRole("main")).toContainText(/, Chrom\w+ unter Linux\./);
      await expect(page.locator("time")).toHaveText(/^\d{1,2}\. \p{L}+ \d{4} \d\d:\d\d/u);
      await isGerman(page);
    });

    await test.step("a wrong code", async () => {
      await code.fill(authenticator.wrongCode());
      await check.click();
      await expect(screen.problems).toContainText("Dieser Code stimmt nicht.");
      await isGerman(page);
    });

    await test.step("the right one", async () => {
      await code.fill(authenticator.code());
      await check.click();
      await expect(screen.heading).toHaveText(`Guten Tag, ${ADA.name}`);
      await expect(page.getByRole("main")).toContainText("in 30 Tagen");
      await isGerman(page);
    });

    await test.step("a mail", async () => {
      const stranger = await anotherBrowser();
      await people.post(stranger.request, "forgot-password", { email: ADA.email });
      const mail = () => stepgate.outbox().find(({ to, subject }) => to === ADA.email && subject === "Ihr Link für ein neues Passwort");
      await expect.poll(mail).toBeDefined();
      expect(mail()?.body).toMatch(/^Guten Tag Ada/);
      expect(mail()?.body.replace(/http\S+/, "")).not.toMatch(ENGLISH);
    });

    await test.step("the profile and the audit log, with what browsers are called", async () => {
      for (const path of ["/profile", "/admin/audit"]) {
        await page.goto(path);
        await expect(page.getByRole("main")).toContainText(/Chrom\w+ unter Linux/);
        await expect(page.getByRole("main")).not.toContainText("on Linux");
        await isGerman(page);
      }
    });
  });
});

test.describe("who asks for a language that is not spoken here", () => {
  test.use({ locale: "fr-FR" });

  test("reads English", async ({ page, people, hydrated }) => {
    await people.create();
    const [signIn, wizard] = [new SignInScreen(page), new WizardScreen(page, hydrated)];

    await signIn.open();
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    await signIn.signIn({ ...ADA, password: "incorrect horse" });
    await expect(signIn.problems.getByRole("heading")).toHaveText("That email and password do not match");
    await signIn.signIn();

    await wizard.ready();
    await expect(wizard.heading).toHaveText(STEPS.introduction);
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
  });
});

test("an answer says which language it is in, and that it depends on who asks", async ({ page, people }) => {
  await people.enrol(page.context());
  await people.signOut(page.context());
  await people.signIn(page.context());

  for (const [asked, language, heading] of [["de-AT,de;q=0.9", "de", "Geben Sie Ihren Code ein"], ["en", "en", "Enter your code"]] as const) {
    const headers = { accept: "text/html", "accept-language": asked };
    const answer = await page.request.get("/sign-in/code", { headers });

    await expectPage(answer, 200, heading);
    expect(answer.headers()["content-language"]).toBe(language);
    expect(answer.headers()["vary"]).toContain("accept-language");
  }
});

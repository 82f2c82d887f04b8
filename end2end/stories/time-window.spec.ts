import { ADA, expect, test } from "../fixtures/index.ts";
import { CodeScreen, HomeScreen, SignInScreen } from "../pages/index.ts";

test("after 30 days a code is asked for, however active the session was", async ({ page, people, clock }) => {
  const authenticator = await people.enrol(page.context());
  const enrolledAt = clock.now();
  const [home, code] = [new HomeScreen(page), new CodeScreen(page)];

  await test.step("every second day is a day at work", async () => {
    for (let day = 2; day < 30; day += 2) {
      clock.advance({ days: 2 });
      await page.goto(`/?day=${day}`);
      await expect(home.heading).toHaveText(`Hello, ${ADA.name}`);
    }
  });

  await test.step("one second before the end the page is served", async () => {
    clock.set(enrolledAt);
    clock.advance({ days: 30, seconds: -1 });
    await page.goto("/?report=7");

    await expect(page).toHaveURL("/?report=7");
    await expect(home.fact("Asked for a code again")).toContainText("in less than a minute");
  });

  await test.step("one second after it is not, and the code screen says why", async () => {
    clock.advance({ seconds: 2 });
    await page.goto("/?report=7");

    await expect(page).toHaveURL(`/sign-in/code?next=${encodeURIComponent("/?report=7")}`);
    await expect(page.getByRole("main")).toContainText(`${ADA.account} asks every 30 days. Last time was`);
    await expect(page.getByRole("main")).toContainText(/ in Chrom\w+ on Linux\./);
    await expect(page.locator("time")).toHaveAttribute("datetime", new Date(enrolledAt * 1000).toISOString().replace(".000", ""));
  });

  await test.step("a wrong code ends nothing", async () => {
    await code.verify(authenticator.wrongCode());
    await expect(code.problems).toContainText("That code is not right");
  });

  await test.step("a code leads back to where one was, for 30 more days", async () => {
    await code.verify(authenticator.code());

    await expect(page).toHaveURL("/?report=7");
    await expect(home.fact("Asked for a code again")).toContainText("in 30 days");
  });
});

test("at the very second the window ends the page is not served", async ({ page, people, clock }) => {
  await people.enrol(page.context());
  await people.work(page.context(), 30, clock);

  await page.goto("/");

  await expect(page).toHaveURL("/sign-in/code");
});

test("nobody needs the password again in a session that is 30 days old, but 90 days are the end", async ({ page, people, clock }) => {
  const authenticator = await people.enrol(page.context());
  const code = new CodeScreen(page);
  const signedInAt = clock.now();
  for (const _month of [1, 2]) {
    await people.work(page.context(), 30, clock);
    await page.goto("/");
    await code.verify(authenticator.code());
    await expect(page).toHaveURL("/");
  }
  await people.work(page.context(), 28, clock);

  clock.set(signedInAt);
  clock.advance({ days: 90, seconds: -1 });
  await page.goto("/");
  await expect(page).toHaveURL("/");
  clock.advance({ seconds: 1 });
  await page.goto("/");
  await expect(page).toHaveURL("/sign-in");
});

test("a session that nobody used for seven days ends", async ({ page, people, clock }) => {
  await people.enrol(page.context());

  clock.advance({ days: 7, seconds: -1 });
  await page.goto("/");
  await expect(page).toHaveURL("/");
  clock.advance({ days: 7 });
  await page.goto("/?report=7");

  await expect(page).toHaveURL(`/sign-in?next=${encodeURIComponent("/?report=7")}`);
});

test("a clock that was set back makes no session younger and no code new", async ({ page, anotherBrowser, people, clock }) => {
  const authenticator = await people.enrol(page.context());
  const enrolledWith = authenticator.code();
  const code = new CodeScreen(page);

  clock.advance({ hours: -1 });
  await page.goto("/");
  await expect(page).toHaveURL("/sign-in/code");
  await code.verify(authenticator.code());
  await expect(code.problems).toContainText("That code was used already");

  clock.advance({ hours: 1 });
  await page.goto("/");
  await expect(page).toHaveURL("/");
  const other = await anotherBrowser();
  await new SignInScreen(other).open();
  await new SignInScreen(other).signIn();
  await new CodeScreen(other).verify(enrolledWith);
  await expect(new CodeScreen(other).problems).toContainText("That code was used already");
});

test("four wrong codes are free when a code is due again; then one waits, and the session stays", async ({ page, people, clock }) => {
  const authenticator = await people.enrol(page.context());
  const [code, home] = [new CodeScreen(page), new HomeScreen(page)];
  await people.work(page.context(), 30, clock);
  await page.goto("/");

  for (const wrong of authenticator.wrongCodes(4)) await code.verify(wrong);
  await code.verify(authenticator.wrongCode());
  await expect(code.problems).toContainText("Wait 30 seconds, then try again.");
  await code.verify(authenticator.code());
  await expect(code.problems).toContainText("Too many wrong codes. Wait 30 seconds, then try again.");

  clock.advance({ seconds: 30 });
  await code.verify(authenticator.code());
  await expect(home.heading).toHaveText(`Hello, ${ADA.name}`);
});

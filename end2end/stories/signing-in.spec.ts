import { ADA, expect, test } from "../fixtures/index.ts";
import { CodeScreen, HomeScreen, SignInScreen } from "../pages/index.ts";

test("a wrong password and an unknown address get the same sentence, and the address stays", async ({ page, people }) => {
  await people.create();
  const signIn = new SignInScreen(page);

  for (const wrong of [{ ...ADA, password: "incorrect horse" }, { ...ADA, email: "nobody@northwind.example" }]) {
    await signIn.open();
    await signIn.signIn(wrong);

    await expect(page).toHaveURL("/sign-in");
    await expect(signIn.problems.getByRole("heading")).toHaveText("That email and password do not match");
    await expect(signIn.email).toHaveValue(wrong.email);
    await expect(signIn.password).toHaveValue("");
  }
});

test("what is missing is said at the field and on top", async ({ page, people }) => {
  await people.create();
  const signIn = new SignInScreen(page);
  await signIn.open();

  await signIn.signIn({ ...ADA, email: "ada" });
  await expect(signIn.problems.getByRole("heading")).toHaveText("Your email is needed");
  await expect(signIn.email).toHaveAccessibleDescription("Enter an email address like name@company.com");
  await expect(signIn.email).toHaveValue("ada");

  await signIn.signIn({ ...ADA, password: "" });
  await expect(signIn.problems.getByRole("heading")).toHaveText("Your password is needed");
  await expect(signIn.password).toHaveAccessibleDescription("Enter your password");
});

test("after signing in one is where one wanted to go", async ({ page, people, clock }) => {
  const authenticator = await people.enrol(page.context());
  await people.signOut(page.context());
  clock.nextStep();

  await page.goto("/?from=a-mail&page=2");
  await expect(page).toHaveURL((url) => url.pathname === "/sign-in" && url.searchParams.get("next") === "/?from=a-mail&page=2");
  await new SignInScreen(page).signIn({ ...ADA, password: "wrong" });
  await new SignInScreen(page).signIn();
  await new CodeScreen(page).verify("000");
  await new CodeScreen(page).verify(authenticator.code());

  await expect(page).toHaveURL("/?from=a-mail&page=2");
});

test("a sign-in waits ten minutes for its code", async ({ page, people, clock }) => {
  const authenticator = await people.enrol(page.context());
  const [signIn, code] = [new SignInScreen(page), new CodeScreen(page)];

  await test.step("a second before they are over the code is taken", async () => {
    await people.signIn(page.context());
    await page.goto("/sign-in/code");
    clock.advance({ minutes: 10, seconds: -1 });
    await code.verify(authenticator.code());

    await expect(page).toHaveURL("/");
  });

  await test.step("then the password is asked for again, and the page says why", async () => {
    await people.signIn(page.context());
    await page.goto("/sign-in/code");
    clock.advance({ minutes: 10 });
    await code.verify(authenticator.code());

    await expect(page).toHaveURL("/sign-in");
    await expect(signIn.heading).toHaveText("Sign in");
    await expect(page.getByRole("main")).toContainText("Please sign in again");
    await expect(page.getByRole("main")).toContainText("it took too long");
  });
});

test("five wrong codes end the sign-in", async ({ page, people, clock }) => {
  const authenticator = await people.enrol(page.context());
  await people.signIn(page.context());
  clock.nextStep();
  const [signIn, code, home] = [new SignInScreen(page), new CodeScreen(page), new HomeScreen(page)];
  const wrong = authenticator.wrongCodes(5);
  await page.goto("/sign-in/code");

  for (const [at, left] of ["4 more tries", "3 more tries", "2 more tries", "one more try"].entries()) {
    await code.verify(wrong[at] ?? "");
    await expect(code.problems.getByRole("heading")).toHaveText(`That code is not right. You have ${left}.`);
    await expect(code.code).toHaveAccessibleDescription(/Enter the code the app shows now$/);
  }
  await code.verify(wrong[4] ?? "");
  await expect(page).toHaveURL("/sign-in");
  await expect(page.getByRole("main")).toContainText("There were too many wrong codes");
  await page.goto("/");
  await expect(page).toHaveURL("/sign-in");

  await test.step("and the next one waits half a minute, the right code too", async () => {
    await signIn.signIn();
    await code.verify(authenticator.code());
    await expect(code.problems).toContainText("Too many wrong codes. Wait 30 seconds, then try again.");

    clock.nextStep();
    await code.verify(authenticator.code());
    await expect(home.heading).toHaveText(`Hello, ${ADA.name}`);
  });
});

test("ten wrong codes from a browser that has just the password lock strangers out, and nobody else", async ({ page, anotherBrowser, people, clock, stepgate }) => {
  const authenticator = await people.enrol(page.context());
  const stranger = await anotherBrowser();
  const code = new CodeScreen(stranger);
  await people.wrongCodes(stranger.context(), 10, authenticator, clock);

  await test.step("strangers are told", async () => {
    await people.signIn(stranger.context());
    await stranger.goto("/sign-in/code");
    await code.verify(authenticator.code());
    await expect(code.problems).toContainText("Too many wrong codes: this sign-in is locked.");
    await expect(code.problems).toContainText("a browser you have used before, or ask your administrator");
  });

  await test.step("and so is the owner, who gets in where they have been before", async () => {
    await expect.poll(() => stepgate.outbox().at(-1)).toMatchObject({ to: ADA.email, subject: "Your sign-in is locked in new browsers" });
    await people.signOut(page.context());
    await people.signIn(page.context());
    await page.goto("/sign-in/code");
    await new CodeScreen(page).verify(authenticator.code());
    await expect(new HomeScreen(page).heading).toHaveText(`Hello, ${ADA.name}`);
  });
});

test("ten wrong codes in a browser that was known end its sign-ins, and it is told why", async ({ page, people, clock }) => {
  const authenticator = await people.enrol(page.context());
  await people.wrongCodes(page.context(), 9, authenticator, clock);
  await people.signIn(page.context());
  await page.goto("/sign-in/code");

  await new CodeScreen(page).verify(authenticator.wrongCode());

  await expect(new SignInScreen(page).heading).toHaveText("Sign in");
  await expect(page.getByRole("main")).toContainText("Please sign in again");
  await expect(page.getByRole("main")).toContainText("There were too many wrong codes");
});

test("a password manager and a phone know what every field is for", async ({ page, people, stepgate }) => {
  await page.goto(stepgate.setupPath ?? "");
  await expect(page.getByLabel("Email")).toHaveAttribute("autocomplete", "username");
  await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("autocomplete", "new-password");

  await people.enrol(page.context());
  await people.signOut(page.context());
  const [signIn, code] = [new SignInScreen(page), new CodeScreen(page)];
  await signIn.open();
  await expect(signIn.email).toHaveAttribute("autocomplete", "username");
  await expect(signIn.password).toHaveAttribute("autocomplete", "current-password");
  await signIn.signIn();
  await expect(code.code).toHaveAttribute("autocomplete", "one-time-code");
  await expect(code.code).toHaveAttribute("inputmode", "numeric");
  await expect(code.code).not.toHaveAttribute("maxlength");
});

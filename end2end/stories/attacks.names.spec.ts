import { expect, type Person, readOtpauth, readQr, test } from "../fixtures/index.ts";
import { CodeScreen, HomeScreen, InvitationScreen, SignInScreen, WizardScreen } from "../pages/index.ts";

const HOSTILE: Person[] = [
  {
    account: `</script><script>window.owned = 1</script>`,
    name: `"><img src=x onerror="window.owned = 2">`,
    email: "script@evil.example",
    password: "nineteen amber lanterns drifting",
  },
  {
    account: `{{7*7}} \${7*7} {account} {window} %s &lt;b&gt; '"\\`,
    name: `--><svg/onload=alert(1)> 🦀 Ünïçødé 名前`,
    email: "braces@evil.example",
    password: "nineteen amber lanterns drifting",
  },
  {
    account: `Q&A? 100% #1 : a=b;/+`,
    name: "x".repeat(100),
    email: "otpauth+tag@evil.example",
    password: "nineteen amber lanterns drifting",
  },
];

for (const person of HOSTILE) {
  test(`names are shown as they are and run nothing: ${person.account}`, async ({ page, people, clock, hydrated }) => {
    const [wizard, home, code] = [new WizardScreen(page, hydrated), new HomeScreen(page), new CodeScreen(page)];
    const owned = () => page.evaluate(() => "owned" in window);
    page.on("dialog", (dialog) => {
      throw new Error(`a script of theirs ran: ${dialog.message()}`);
    });

    await page.goto(await people.invite(person));
    await expect(home.heading).toHaveText(`Welcome to ${person.account}`);
    await expect(page.getByRole("main")).toContainText(`Hello ${person.name}.`);
    await new InvitationScreen(page).setPassword(person.password);
    await new SignInScreen(page).signIn(person);

    await wizard.ready();
    await expect(page.getByRole("main")).toContainText(`Afterwards ${person.account} asks you for a code`);
    await expect(page.getByRole("banner")).toContainText(person.account);
    expect(await owned()).toBe(false);
    await wizard.goToQr();
    await expect(page.getByText(`The six digits the app now shows for ${person.account}.`)).toBeVisible();
    const { label, issuer, secret } = readOtpauth(await readQr(wizard.qr));
    const shown = person.account.replaceAll(":", " ");
    expect({ label, issuer, secret }).toEqual({
      label: `${shown}:${person.email}`,
      issuer: shown,
      secret: await wizard.readKey(),
    });

    const phone = await wizard.scan(clock);
    await wizard.confirm(phone.code());
    await wizard.finish();
    await expect(home.heading).toHaveText(`Hello, ${person.name}`);
    await expect(home.fact("Organisation")).toHaveText(person.account);
    expect(await owned()).toBe(false);

    await home.signOut(person.name);
    await new SignInScreen(page).signIn(person);
    await expect(code.code).toHaveAccessibleDescription(`The six digits your authenticator app shows for ${person.account}.`);
    expect(await owned()).toBe(false);
  });
}

test("an address that is none comes back as it was typed, and runs nothing", async ({ page, people }) => {
  await people.create();
  const signIn = new SignInScreen(page);
  const typed = `"><script>window.owned = 1</script>@x`;
  await signIn.open();
  // As somebody does who has taken the field's kind away.
  await signIn.email.evaluate((field: HTMLInputElement) => (field.type = "text"));
  await signIn.signIn({ account: "", name: "", email: typed, password: "x" });

  await expect(signIn.problems).toContainText("Your email is needed");
  await expect(signIn.email).toHaveValue(typed);
  expect(await page.evaluate(() => "owned" in window)).toBe(false);
});

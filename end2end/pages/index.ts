export { CodeScreen } from "./code.ts";
export { HomeScreen } from "./home.ts";
export { InvitationScreen } from "./invitation.ts";
export { expectPage, MessageScreen } from "./message.ts";
export { NewAccountScreen } from "./new-account.ts";
export { Screen } from "./screen.ts";
export { SignInScreen } from "./sign-in.ts";
export { STEPS, WizardScreen } from "./wizard.ts";

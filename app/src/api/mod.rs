//! The server functions: parse, gate, one call of the verifier, map. Each is the target of a plain form too, and
//! then answers 303 to a page that says what became of it.

mod accept_invitation;
mod admin;
mod browsers;
mod create_first_account;
mod factors;
#[cfg_attr(feature = "ssr", expect(clippy::unused_async, reason = "server functions are asynchronous"))]
mod live_text;
mod profile;
mod renew;
mod request_reset;
mod reset_password;
mod sign_in;
mod sign_out;
mod use_recovery;
mod verify_code;
mod wizard;

pub use accept_invitation::{AcceptInvitation, InvitationProblem, accept_invitation};
pub use admin::{
    AddWebhook, AdminDone, AdminProblem, ChangeRole, ChangeSetting, ChangeTexts, Deactivate, EndSessionsOf,
    LiveCoverage, Reactivate, Remind, RemindAll, RemoveUser, RemoveWebhook, ResendInvitation, ResumeWebhook,
    ReviewInvitation, ReviewInvitations, SendInvitations, TestWebhook, Unlock, add_webhook, change_role,
    change_setting, change_texts, deactivate, end_sessions_of, live_coverage, reactivate, remind, remind_all,
    remove_user, remove_webhook, resend_invitation, resume_webhook, review_invitation, review_invitations,
    send_invitations, test_webhook, unlock,
};
pub use browsers::{EndOtherSessions, EndSession, ForgetBrowser, end_other_sessions, end_session, forget_browser};
pub use create_first_account::{CreateFirstAccount, FieldProblem, FirstAccountProblem, create_first_account};
pub use factors::{
    AddMobile, ConfirmReplacement, RemoveMobile, ReplaceAuthenticator, ReplaceCodes, add_mobile, confirm_replacement,
    remove_mobile, replace_authenticator, replace_codes,
};
pub use live_text::{LiveMobileText, LiveRecoveryText, live_mobile_text, live_recovery_text};
pub use profile::{
    ChangeName, ChangePassword, ChooseLanguage, ProfileDone, ProfileProblem, change_name, change_password,
    choose_language,
};
pub use renew::{Renew, renew};
pub use request_reset::{RequestReset, ResetRequestProblem, request_reset};
pub use reset_password::{ResetPassword, ResetProblem, reset_password};
pub use sign_in::{SignIn, SignInProblem, sign_in};
pub use sign_out::{SignOut, sign_out};
pub use use_recovery::{
    KeepAuthenticator, RecoveryProblem, TextRecoveryCode, UseRecoveryCode, UseTextCode, keep_authenticator,
    text_recovery_code, use_recovery_code, use_text_code,
};
pub use verify_code::{CodeProblem, VerifyCode, verify_code};
pub use wizard::{
    BeginWizard, ChangeNumber, ConfirmAuthenticator, ConfirmMobile, FinishWizard, NewCodes, SaveCodes, ShowKey,
    SkipMobile, TextAgain, TextMobile, begin_wizard, change_number, confirm_authenticator, confirm_mobile,
    finish_wizard, new_codes, save_codes, show_key, skip_mobile, text_again, text_mobile,
};

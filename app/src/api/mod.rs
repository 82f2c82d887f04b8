//! The server functions: parse, gate, one call of the verifier, map. Each is the target of a plain form too, and
//! then answers 303 to a page that says what became of it.

mod accept_invitation;
mod create_first_account;
mod sign_in;
mod sign_out;
mod verify_code;
mod wizard;

pub use accept_invitation::{AcceptInvitation, InvitationProblem, accept_invitation};
pub use create_first_account::{CreateFirstAccount, FieldProblem, FirstAccountProblem, create_first_account};
pub use sign_in::{SignIn, SignInProblem, sign_in};
pub use sign_out::{SignOut, sign_out};
pub use verify_code::{CodeProblem, VerifyCode, verify_code};
pub use wizard::{BeginWizard, ConfirmAuthenticator, ShowKey, begin_wizard, confirm_authenticator, show_key};

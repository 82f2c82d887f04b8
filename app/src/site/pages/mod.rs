//! One page a file. What a page shows follows from its [`super::Visit`]; it decides nothing.

mod admin;
mod behind_link;
mod code;
mod finish_recovery;
mod forgot_password;
mod home;
mod invitation;
mod link_dead;
mod new_password;
mod profile;
mod recovery;
mod reset_password;
mod setup;
mod sign_in;
mod verify;
mod wizard;

pub(crate) use admin::{
    AppCenterPage, AuditPage, InvitationListPage, InvitePage, MfaAppPage, PreferencesPage, UserPage, UsersPage,
    WebhookPage, WebhooksPage,
};
pub use admin::{audit_address, audit_query, coverage_words, user_query, users_address};
pub(crate) use code::CodePage;
pub(crate) use finish_recovery::FinishRecoveryPage;
pub(crate) use forgot_password::ForgotPasswordPage;
pub(crate) use home::HomePage;
pub(crate) use invitation::InvitationPage;
pub(crate) use profile::{ProfilePage, ReplacementPage};
pub(crate) use recovery::RecoveryPage;
pub(crate) use reset_password::ResetPasswordPage;
pub(crate) use setup::SetupPage;
pub(crate) use sign_in::SignInPage;
pub(crate) use verify::VerifyPage;
pub(crate) use wizard::WizardPage;

use http::StatusCode;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use super::{Outcome, status_of};

/// Gives the page the status that says the same as what it tells.
fn answer_with(outcome: impl Into<Outcome>) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status_of(&outcome.into()));
    }
}

/// Leads on to another page.
fn lead_to(page: &str) {
    leptos_axum::redirect(page);
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::SEE_OTHER);
    }
}

//! What admins see: who is protected and who is not, and what can be done about it.

mod apps;
mod audit;
mod coverage;
mod invitation_list;
mod invite;
mod looking;
mod outcome;
mod preferences;
mod preview;
mod query;
mod state;
mod texts;
mod user;
mod user_actions;
mod users;
mod webhook;
mod webhooks;

pub(crate) use apps::AppCenterPage;
pub use apps::coverage_words;
pub(crate) use audit::AuditPage;
pub use audit::{audit_address, audit_query};
pub(crate) use coverage::MfaAppPage;
pub(crate) use invitation_list::InvitationListPage;
pub(crate) use invite::InvitePage;
pub(crate) use preferences::PreferencesPage;
pub use query::{user_query, users_address};
pub(crate) use user::UserPage;
pub(crate) use users::UsersPage;
pub(crate) use webhook::WebhookPage;
pub(crate) use webhooks::WebhooksPage;

use crate::Words;
use crate::site::words::{Area, use_words};

/// The sentences about users.
fn people_words() -> &'static Words {
    use_words(Area::People)
}

/// The sentences about the account.
fn account_words() -> &'static Words {
    use_words(Area::Account)
}

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::FieldProblem;
use crate::{Problem, SecretInput};

/// Why a password was not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetProblem {
    /// The link was used, is too old, or was followed by a newer one.
    LinkDead,
    /// The password can't be set.
    Password(FieldProblem),
}

/// Sets a new password by a link from a mail.
#[server(prefix = "/api", endpoint = "reset-password")]
pub async fn reset_password(
    /// The token of the link.
    link: SecretInput,
    /// The password.
    new_password: SecretInput,
) -> Result<(), Problem<ResetProblem>> {
    use verifier::{NewPassword, ResetVerdict, Token};

    use crate::site::{Call, Outcome, Typed, password_problem};

    let call = Call::here()?;
    let page = format!("/password/reset/{}", link.reveal());
    let dead = || call.refuse("/password/reset/gone", ResetProblem::LinkDead, Typed::default());
    let Ok(link) = link.reveal().parse::<Token>() else { return dead() };
    let Some(owner) = call.available(call.verifier().resetting(&link).await)? else { return dead() };
    let words = [owner.account.as_str(), owner.name.as_str(), owner.email.as_str()];
    let password = match NewPassword::parse(new_password.reveal(), &words) {
        Ok(password) => password,
        Err(weakness) => {
            let problem = ResetProblem::Password(password_problem(weakness));
            return call.refuse(&page, problem, Typed::default());
        }
    };
    let verdict = call.verifier().reset_password(&link, &password, call.token(), call.claimant()).await;
    match call.available(verdict)? {
        ResetVerdict::Set { email } => {
            call.forget_session();
            call.go_with_typed("/sign-in", Outcome::PasswordReset, Typed::default().with("email", email.as_str()));
            Ok(())
        }
        ResetVerdict::LinkDead => dead(),
    }
}

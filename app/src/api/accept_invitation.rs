use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::FieldProblem;
use crate::{Problem, SecretInput};

/// Why an invitation was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationProblem {
    /// The link was used, is too old, or was followed by a newer one.
    LinkDead,
    /// The password can't be set.
    Password(FieldProblem),
}

/// Sets the first password of an invited user.
#[server(prefix = "/api", endpoint = "accept-invitation")]
pub async fn accept_invitation(
    /// The token of the link.
    link: SecretInput,
    /// The password.
    new_password: SecretInput,
) -> Result<(), Problem<InvitationProblem>> {
    use verifier::{InvitationVerdict, NewPassword, Token};

    use crate::site::{Call, Outcome, Typed, password_problem};

    let call = Call::here()?;
    let page = format!("/invitation/{}", link.reveal());
    let dead = || call.refuse("/invitation/gone", InvitationProblem::LinkDead, Typed::default());
    let Ok(link) = link.reveal().parse::<Token>() else { return dead() };
    let Some(invited) = call.available(call.verifier().invited(&link).await)? else { return dead() };
    let words = [invited.account.as_str(), invited.name.as_str(), invited.email.as_str()];
    let password = match NewPassword::parse(new_password.reveal(), &words) {
        Ok(password) => password,
        Err(weakness) => {
            let problem = InvitationProblem::Password(password_problem(weakness));
            return call.refuse(&page, problem, Typed::default());
        }
    };
    let verdict = call.verifier().accept_invitation(&link, &password, call.token(), call.claimant()).await;
    match call.available(verdict)? {
        InvitationVerdict::Accepted { email } => {
            call.forget_session();
            let typed = Typed::default().with("email", email.as_str());
            call.go_with_typed("/sign-in", Outcome::PasswordSet, typed);
            Ok(())
        }
        InvitationVerdict::LinkDead => dead(),
    }
}

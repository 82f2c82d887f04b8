use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Problem;

/// Why no link was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetRequestProblem {
    /// No address was entered, or something that is none.
    NoEmail,
}

/// Mails a link to set a new password, if somebody has this address. Whether somebody has is not said.
#[server(prefix = "/api", endpoint = "forgot-password")]
pub async fn request_reset(
    /// The address.
    email: String,
) -> Result<(), Problem<ResetRequestProblem>> {
    use domain::EmailAddress;

    use crate::site::{Call, Outcome, Typed};

    let call = Call::here()?;
    let typed = Typed::default().with("email", &email);
    let Ok(address) = email.parse::<EmailAddress>() else {
        return call.refuse("/password/forgot", ResetRequestProblem::NoEmail, typed);
    };
    let asked = call.verifier().request_reset(&address, call.claimant()).await;
    call.available(asked)?;
    call.go_with_typed("/password/forgot", Outcome::ResetRequested, typed);
    Ok(())
}

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::AdminProblem;
use crate::Problem;

/// How well an account is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Everybody who may sign in.
    pub people: u32,
    /// Those who have an authenticator.
    pub protected: u32,
    /// Those of them who could not be let back in.
    pub not_ready: u32,
}

/// How well the account is protected at this moment. Whoever only watches is not active by that.
#[server(prefix = "/api", endpoint = "admin/coverage")]
pub async fn live_coverage() -> Result<Coverage, Problem<AdminProblem>> {
    use verifier::Actor;

    use crate::site::Call;

    let call = Call::here()?;
    let proof = call.fresh()?;
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let found = call.administered("/admin/apps", call.verifier().coverage(actor).await)?;
    Ok(Coverage { people: found.people, protected: found.protected, not_ready: found.not_ready })
}

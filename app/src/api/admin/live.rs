use leptos::prelude::*;

use super::AdminProblem;
use crate::{Problem, Words};

/// What the card about MFA says at this moment. Whoever only watches is not active by that.
#[server(prefix = "/api", endpoint = "admin/coverage")]
pub async fn live_coverage() -> Result<Words, Problem<AdminProblem>> {
    use verifier::Actor;

    use crate::site::{Call, coverage_words};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let coverage = call.administered("/admin/app-center", call.verifier().coverage(actor).await)?;
    Ok(coverage_words(coverage))
}

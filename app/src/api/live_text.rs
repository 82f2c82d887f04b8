use leptos::prelude::*;

use super::RecoveryProblem;
use crate::{Problem, WizardProblem, Words};

/// How far the text is that confirms a mobile in this session. Whoever only watches is not active by that.
#[server(prefix = "/api", endpoint = "wizard/text-news")]
pub async fn live_mobile_text() -> Result<Words, Problem<WizardProblem>> {
    use verifier::EnrollmentStep;

    use crate::site::{Call, mobile_text_news};

    let call = Call::here()?;
    let proof = call.enrolling()?;
    let sent = match call.available(call.verifier().enrollment_step(&proof))? {
        EnrollmentStep::ConfirmMobile { sent } => sent,
        // It was answered elsewhere.
        _ => None,
    };
    Ok(mobile_text_news(sent.as_ref()))
}

/// How far the text is that lets its owner back in, in this session. Whoever only watches is not active by that.
#[server(prefix = "/api", endpoint = "recovery/text-news")]
pub async fn live_recovery_text() -> Result<Words, Problem<RecoveryProblem>> {
    use crate::site::{Call, recovery_text_news};

    let call = Call::here()?;
    let proof = call.awaiting_code()?;
    Ok(recovery_text_news(call.verifier().ways_back(&proof).sent.as_ref()))
}

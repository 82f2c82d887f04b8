use leptos::prelude::*;

use crate::{Problem, SecretInput, WizardMove, WizardProblem};

/// Begins the wizard in this session.
#[server(prefix = "/api", endpoint = "wizard/begin")]
pub async fn begin_wizard() -> Result<WizardMove, Problem<WizardProblem>> {
    use crate::site::{Call, wizard_answer};

    let call = Call::here()?;
    let proof = call.enrolling()?;
    let verdict = call.verifier().begin_enrollment(&proof, call.claimant()).await;
    wizard_answer(&call, call.available(verdict)?).await
}

/// Makes the key that is shown next, or shows the one that waits for its code.
#[server(prefix = "/api", endpoint = "wizard/key")]
pub async fn show_key() -> Result<WizardMove, Problem<WizardProblem>> {
    use crate::site::{Call, wizard_answer};

    let call = Call::here()?;
    let proof = call.enrolling()?;
    let verdict = call.verifier().issue_secret(&proof, call.claimant()).await;
    wizard_answer(&call, call.available(verdict)?).await
}

/// Judges the code of the new authenticator.
#[server(prefix = "/api", endpoint = "wizard/confirm")]
pub async fn confirm_authenticator(
    /// The code.
    code: SecretInput,
) -> Result<WizardMove, Problem<WizardProblem>> {
    use domain::{OneTimeCode, OneTimeCodeError};

    use crate::site::{Call, wizard_answer, wizard_refusal};

    let call = Call::here()?;
    let proof = call.enrolling()?;
    let code: OneTimeCode = match code.reveal().parse() {
        Ok(code) => code,
        Err(OneTimeCodeError::Empty) => return wizard_refusal(&call, WizardProblem::NoCode),
        Err(OneTimeCodeError::Malformed) => return wizard_refusal(&call, WizardProblem::MalformedCode),
    };
    let verdict = call.verifier().confirm_authenticator(&proof, &code, call.claimant()).await;
    wizard_answer(&call, call.available(verdict)?).await
}

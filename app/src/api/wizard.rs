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

/// Says that the recovery codes are saved.
#[server(prefix = "/api", endpoint = "wizard/save-codes")]
pub async fn save_codes(
    /// Whether they are: `yes` if the box is ticked.
    saved: Option<String>,
) -> Result<WizardMove, Problem<WizardProblem>> {
    use crate::site::{Call, wizard_answer, wizard_refusal};

    let call = Call::here()?;
    let proof = call.enrolling()?;
    if saved.as_deref() != Some("yes") {
        return wizard_refusal(&call, WizardProblem::NotSaved);
    }
    let verdict = call.verifier().save_codes(&proof, call.claimant()).await;
    wizard_answer(&call, call.available(verdict)?).await
}

/// Makes new recovery codes in the place of some that nobody may see any more.
#[server(prefix = "/api", endpoint = "wizard/new-codes")]
pub async fn new_codes() -> Result<WizardMove, Problem<WizardProblem>> {
    use crate::site::{Call, wizard_answer};

    let call = Call::here()?;
    let proof = call.enrolling()?;
    let verdict = call.verifier().reissue_codes(&proof, call.claimant()).await;
    wizard_answer(&call, call.available(verdict)?).await
}

/// Sends a code to the mobile that is to become a recovery mobile.
#[server(prefix = "/api", endpoint = "wizard/text")]
pub async fn text_mobile(
    /// The country the number is of, by its two letters.
    country: String,
    /// The number, as people write it there.
    mobile: String,
) -> Result<WizardMove, Problem<WizardProblem>> {
    use domain::Country;

    use crate::site::{Call, Typed, read_mobile, wizard_answer_to};

    let call = Call::here()?;
    let proof = call.enrolling()?;
    let typed = Typed::default().with("country", &country).with("mobile", &mobile);
    if mobile.trim().is_empty() {
        return call.refuse("/mfa/setup", WizardProblem::NoMobile, typed);
    }
    let read = country.parse::<Country>().ok().and_then(|country| read_mobile(&mobile, country));
    let Some((number, country)) = read else {
        return call.refuse("/mfa/setup", WizardProblem::BadMobile, typed);
    };
    let verdict = call.verifier().text_mobile(&proof, &number, country, call.claimant()).await;
    call.text_settled().await;
    wizard_answer_to(&call, call.available(verdict)?, typed).await
}

/// Sends the code again.
#[server(prefix = "/api", endpoint = "wizard/text-again")]
pub async fn text_again() -> Result<WizardMove, Problem<WizardProblem>> {
    use crate::site::{Call, wizard_answer};

    let call = Call::here()?;
    let proof = call.enrolling()?;
    let verdict = call.verifier().text_mobile_again(&proof, call.claimant()).await;
    call.text_settled().await;
    wizard_answer(&call, call.available(verdict)?).await
}

/// Judges the code that was sent to the mobile.
#[server(prefix = "/api", endpoint = "wizard/confirm-mobile")]
pub async fn confirm_mobile(
    /// The code.
    code: SecretInput,
) -> Result<WizardMove, Problem<WizardProblem>> {
    use domain::OneTimeCode;
    use verifier::EnrollmentVerdict;

    use crate::site::{Call, wizard_answer, wizard_refusal};

    let call = Call::here()?;
    let proof = call.enrolling()?;
    let Ok(code) = code.reveal().parse::<OneTimeCode>() else {
        return wizard_refusal(&call, WizardProblem::MalformedTextCode);
    };
    let verdict = call.verifier().confirm_mobile(&proof, &code, call.claimant()).await;
    match call.available(verdict)? {
        EnrollmentVerdict::WrongCode { .. } => wizard_refusal(&call, WizardProblem::WrongTextCode),
        EnrollmentVerdict::Expired => wizard_refusal(&call, WizardProblem::TextCodeOver),
        verdict => wizard_answer(&call, verdict).await,
    }
}

/// Goes back from the code to the number.
#[server(prefix = "/api", endpoint = "wizard/change-number")]
pub async fn change_number() -> Result<WizardMove, Problem<WizardProblem>> {
    use crate::site::{Call, wizard_answer};

    let call = Call::here()?;
    let proof = call.enrolling()?;
    let verdict = call.verifier().change_number(&proof, call.claimant()).await;
    wizard_answer(&call, call.available(verdict)?).await
}

/// Goes on without a recovery mobile.
#[server(prefix = "/api", endpoint = "wizard/skip-mobile")]
pub async fn skip_mobile() -> Result<WizardMove, Problem<WizardProblem>> {
    use crate::site::{Call, wizard_answer};

    let call = Call::here()?;
    let proof = call.enrolling()?;
    let verdict = call.verifier().skip_mobile(&proof, call.claimant()).await;
    wizard_answer(&call, call.available(verdict)?).await
}

/// Leaves the wizard.
#[server(prefix = "/api", endpoint = "wizard/finish")]
pub async fn finish_wizard() -> Result<WizardMove, Problem<WizardProblem>> {
    use crate::site::{Call, wizard_answer};

    let call = Call::here()?;
    let proof = call.enrolling()?;
    let verdict = call.verifier().finish_enrollment(&proof).await;
    wizard_answer(&call, call.available(verdict)?).await
}

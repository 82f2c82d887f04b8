use leptos::prelude::*;

use super::ProfileProblem;
use crate::{Problem, SecretInput, WizardMove, WizardProblem};

/// Makes the key of the authenticator that is to take the place of the present one, or shows the one that waits for
/// its code.
#[server(prefix = "/api", endpoint = "profile/authenticator")]
pub async fn replace_authenticator() -> Result<WizardMove, Problem<WizardProblem>> {
    use verifier::EnrollmentVerdict;

    use crate::site::{Call, replacement_answer};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let begun = call.verifier().begin_enrollment(&proof, call.claimant()).await;
    match call.available(begun)? {
        EnrollmentVerdict::Moved => {
            let shown = call.verifier().issue_secret(&proof, call.claimant()).await;
            replacement_answer(&call, call.available(shown)?).await
        }
        verdict => replacement_answer(&call, verdict).await,
    }
}

/// Judges the first code of the authenticator that is to take the place of the present one.
#[server(prefix = "/api", endpoint = "profile/confirm-authenticator")]
pub async fn confirm_replacement(
    /// The code.
    code: SecretInput,
) -> Result<WizardMove, Problem<WizardProblem>> {
    use domain::{OneTimeCode, OneTimeCodeError};

    use crate::site::{Call, Typed, replacement_answer};

    const PAGE: &str = "/profile/authenticator";
    let call = Call::here()?;
    let proof = call.fresh()?;
    let code: OneTimeCode = match code.reveal().parse() {
        Ok(code) => code,
        Err(OneTimeCodeError::Empty) => return call.refuse(PAGE, WizardProblem::NoCode, Typed::default()),
        Err(OneTimeCodeError::Malformed) => return call.refuse(PAGE, WizardProblem::MalformedCode, Typed::default()),
    };
    let verdict = call.verifier().confirm_authenticator(&proof, &code, call.claimant()).await;
    replacement_answer(&call, call.available(verdict)?).await
}

/// Makes ten new recovery codes; the old ones are void.
#[server(prefix = "/api", endpoint = "profile/codes")]
pub async fn replace_codes() -> Result<(), Problem<ProfileProblem>> {
    use crate::site::{Call, way_back_answer};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let back = call.back_to("/profile?changed=codes");
    let verdict = call.verifier().replace_codes(&proof, &back, call.claimant()).await;
    way_back_answer(&call, call.available(verdict)?)
}

/// Leads to where a recovery mobile is added.
#[server(prefix = "/api", endpoint = "profile/add-mobile")]
pub async fn add_mobile() -> Result<(), Problem<ProfileProblem>> {
    use crate::site::{Call, way_back_answer};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let back = call.back_to("/profile?changed=mobiles");
    let verdict = call.verifier().begin_adding_mobile(&proof, &back).await;
    way_back_answer(&call, call.available(verdict)?)
}

/// Removes a recovery mobile.
#[server(prefix = "/api", endpoint = "profile/remove-mobile")]
pub async fn remove_mobile(
    /// Which.
    mobile: String,
) -> Result<(), Problem<ProfileProblem>> {
    use domain::MobileId;
    use verifier::RemovalVerdict;

    use crate::api::ProfileDone;
    use crate::site::{Call, Outcome, Typed};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let refuse = |problem| call.refuse("/profile", problem, Typed::default());
    let Ok(mobile) = mobile.parse::<MobileId>() else { return refuse(ProfileProblem::Gone) };
    match call.own("/profile", call.verifier().remove_mobile(&proof, &mobile, call.claimant()).await)? {
        RemovalVerdict::Removed => {
            call.go_with("/profile?changed=mobiles", Outcome::Done(ProfileDone::MobileRemoved));
            Ok(())
        }
        RemovalVerdict::NoSuchMobile => refuse(ProfileProblem::Gone),
        RemovalVerdict::Held { until } => refuse(ProfileProblem::Held { seconds: call.seconds_until(until) }),
    }
}

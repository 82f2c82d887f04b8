use verifier::{Admitted, Barred, EnrollmentVerdict, Fresh, Gate, TextRefused, Unavailable, Verifier};

use super::wizard_steps::{Reader, wizard_step, wrong_code};
use super::{Call, Outcome, Typed};
use crate::api::{CodeProblem, ProfileDone, ProfileProblem};
use crate::{Problem, SecretInput, WizardMove, WizardProblem, WizardState, WizardStep};

/// Where an authenticator is replaced.
const PAGE: &str = "/profile/authenticator";

/// Answers a move in replacing an authenticator: with the step it leads to, or with the way back to the profile.
///
/// # Errors
/// [`Problem`]
pub async fn replacement_answer(call: &Call, verdict: EnrollmentVerdict) -> Result<WizardMove, Problem<WizardProblem>> {
    let refuse = |problem| call.refuse(PAGE, problem, Typed::default());
    let problem = match verdict {
        EnrollmentVerdict::Bound(upgrade) => {
            call.upgrade_session(&upgrade);
            call.lead_with("/profile", Outcome::Done(ProfileDone::AuthenticatorReplaced));
            return Ok(WizardMove::Leave { to: "/profile".into() });
        }
        EnrollmentVerdict::WrongCode { clock_off } => return refuse(wrong_code(clock_off)),
        EnrollmentVerdict::SpentCode => return refuse(WizardProblem::SpentCode),
        EnrollmentVerdict::StepUp => return call.barred(PAGE, Barred::StepUp),
        EnrollmentVerdict::Over => return call.barred(PAGE, Barred::Over),
        EnrollmentVerdict::Moved | EnrollmentVerdict::Expired => None,
        EnrollmentVerdict::OutOfOrder
        | EnrollmentVerdict::TextRefused(_)
        | EnrollmentVerdict::MobileKnown
        | EnrollmentVerdict::TooManyMobiles
        | EnrollmentVerdict::Held { .. }
        | EnrollmentVerdict::Finished { .. } => Some(WizardProblem::OutOfOrder),
    };
    match problem {
        Some(problem) => call.go_with(PAGE, problem.into()),
        None => call.go(PAGE),
    }
    // The proof shows the record as it was before the move: look again.
    let admitted = call.verifier().admit(Gate::Recent, call.token()).await;
    let step = match call.available(admitted)? {
        Ok(Admitted::Fresh(proof)) => call.available(replacement_step(call.verifier(), &proof))?,
        Ok(_) | Err(_) => return call.barred(PAGE, Barred::Over),
    };
    Ok(WizardMove::Show(WizardState { step, problem, replaces: true }))
}

/// The step of replacing an authenticator as it is shown; whoever has not begun begins with the app.
pub(crate) fn replacement_step(verifier: &Verifier, proof: &Fresh) -> Result<WizardStep, Unavailable> {
    let step = wizard_step(verifier, proof, &Reader::default())?;
    let shown = matches!(step, WizardStep::Pair { .. } | WizardStep::NextCode { .. } | WizardStep::Expired);
    Ok(if shown { step } else { WizardStep::InstallApp })
}

/// Answers a wish to change the ways back in: the wizard shows the rest.
///
/// # Errors
/// [`Problem`]
pub fn way_back_answer(call: &Call, verdict: EnrollmentVerdict) -> Result<(), Problem<ProfileProblem>> {
    let refuse = |problem| call.refuse("/profile", problem, Typed::default());
    match verdict {
        EnrollmentVerdict::Moved => {
            call.go("/mfa/setup");
            Ok(())
        }
        EnrollmentVerdict::Held { until } => refuse(ProfileProblem::Held { seconds: call.seconds_until(until) }),
        EnrollmentVerdict::TextRefused(
            TextRefused::Off | TextRefused::Country | TextRefused::Wait { .. } | TextRefused::Budget,
        ) => refuse(ProfileProblem::NoTexts),
        EnrollmentVerdict::TooManyMobiles => refuse(ProfileProblem::TooManyMobiles),
        EnrollmentVerdict::StepUp => call.barred("/profile", Barred::StepUp),
        EnrollmentVerdict::Over => call.barred("/profile", Barred::Over),
        EnrollmentVerdict::OutOfOrder
        | EnrollmentVerdict::Expired
        | EnrollmentVerdict::WrongCode { .. }
        | EnrollmentVerdict::SpentCode
        | EnrollmentVerdict::MobileKnown
        | EnrollmentVerdict::Bound(_)
        | EnrollmentVerdict::Finished { .. } => refuse(ProfileProblem::Gone),
    }
}

/// Reads an authenticator's code.
///
/// # Errors
/// [`CodeProblem::Empty`], [`CodeProblem::Malformed`]
pub fn read_code(typed: &SecretInput) -> Result<domain::OneTimeCode, CodeProblem> {
    typed.reveal().parse().map_err(|error| match error {
        domain::OneTimeCodeError::Empty => CodeProblem::Empty,
        domain::OneTimeCodeError::Malformed => CodeProblem::Malformed,
    })
}

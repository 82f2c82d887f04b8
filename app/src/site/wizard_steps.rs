use std::fmt::Write;

use domain::Timestamp;
use qrcode::{Color, EcLevel, QrCode};
use verifier::{Admitted, Enrolling, EnrollmentStep, EnrollmentVerdict, Gate, Unavailable, Verifier};

use super::{Call, Typed};
use crate::wizard::Qr;
use crate::{Problem, WizardMove, WizardProblem, WizardState, WizardStep};

/// Answers a move in the wizard: with the step it leads to, or with the way out.
///
/// # Errors
/// [`Problem::Unavailable`] if the step can't be shown.
pub async fn wizard_answer(call: &Call, verdict: EnrollmentVerdict) -> Result<WizardMove, Problem<WizardProblem>> {
    let problem = match verdict {
        EnrollmentVerdict::Bound(upgrade) => {
            call.upgrade_session(&upgrade);
            return leave(call, upgrade.next.as_str());
        }
        EnrollmentVerdict::Over => return leave(call, "/"),
        EnrollmentVerdict::WrongCode => return wizard_refusal(call, WizardProblem::WrongCode),
        EnrollmentVerdict::SpentCode => return wizard_refusal(call, WizardProblem::SpentCode),
        EnrollmentVerdict::OutOfOrder => Some(WizardProblem::OutOfOrder),
        EnrollmentVerdict::Moved | EnrollmentVerdict::Expired => None,
    };
    match problem {
        Some(problem) => call.go_with("/mfa/setup", problem.into()),
        None => call.go("/mfa/setup"),
    }
    // The proof shows the record as it was before the move: look again.
    let admitted = call.verifier().admit(Gate::Enrolling, call.token()).await;
    let step = match call.available(admitted)? {
        Ok(Admitted::Enrolling(proof)) => call.available(wizard_step(call.verifier(), &proof))?,
        Ok(_) | Err(_) => return leave(call, "/"),
    };
    Ok(WizardMove::Show(WizardState { step, problem }))
}

/// Refuses a move in the wizard; the step stays.
///
/// # Errors
/// Always [`Problem::Rule`].
pub fn wizard_refusal(call: &Call, problem: WizardProblem) -> Result<WizardMove, Problem<WizardProblem>> {
    call.refuse("/mfa/setup", problem, Typed::default())
}

#[expect(clippy::unnecessary_wraps, reason = "the tail of functions that can fail")]
fn leave(call: &Call, to: &str) -> Result<WizardMove, Problem<WizardProblem>> {
    call.go(to);
    Ok(WizardMove::Leave { to: to.to_owned() })
}

/// The step of the wizard as it is shown.
pub(crate) fn wizard_step(verifier: &Verifier, proof: &Enrolling) -> Result<WizardStep, Unavailable> {
    let now = proof.admission().at();
    Ok(match verifier.enrollment_step(proof)? {
        EnrollmentStep::Introduction { elsewhere } => WizardStep::Introduction { elsewhere },
        EnrollmentStep::InstallApp => WizardStep::InstallApp,
        EnrollmentStep::Pair(pairing) => WizardStep::Pair {
            qr: qr_of(&pairing.otpauth)?,
            key: pairing.key.to_string(),
            otpauth: pairing.otpauth.to_string(),
        },
        EnrollmentStep::NextCode { drift, next_at, .. } => {
            WizardStep::NextCode { ahead: drift.0 > 0, next_in_ms: millis_until(next_at, now) }
        }
        EnrollmentStep::Expired => WizardStep::Expired,
    })
}

fn millis_until(moment: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(moment.until_from(now).as_millis()).unwrap_or(u64::MAX)
}

/// The dark modules of the QR code as one path, each row's runs as rectangles one module high.
fn qr_of(text: &str) -> Result<Qr, Unavailable> {
    // Level M (15 %) is what a code on a screen needs; more makes the squares smaller.
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| Unavailable::Sealing)?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left == right) {
            if run.first() == Some(&Color::Dark) {
                let _ = write!(path, "M{x} {y}h{}v1H{x}z", run.len());
            }
            x += run.len();
        }
    }
    Ok(Qr { size: u32::try_from(width).unwrap_or(u32::MAX), path })
}

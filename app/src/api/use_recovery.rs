use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::CodeProblem;
use crate::{Problem, SecretInput};

/// Why nobody came back in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryProblem {
    /// No recovery code was entered.
    NoRecoveryCode,
    /// Not 16 letters and digits.
    MalformedRecoveryCode,
    /// The recovery code was not accepted.
    RecoveryCode(CodeProblem),
    /// The code from the text message was not accepted.
    TextCode(CodeProblem),
    /// The authenticator's code was not accepted.
    Authenticator(CodeProblem),
    /// No text was sent: too many were.
    TextsPaused {
        /// Seconds until one may be sent.
        seconds: u64,
    },
    /// No text was sent: none is to that mobile, or none today.
    NoTexts,
    /// No text was sent: no code is judged at present.
    Closed(CodeProblem),
}

/// Judges a recovery code. With a right one the session is a recovery.
#[server(prefix = "/api", endpoint = "recovery/code")]
pub async fn use_recovery_code(
    /// The code.
    recovery_code: SecretInput,
) -> Result<(), Problem<RecoveryProblem>> {
    use domain::{RecoveryCode, RecoveryCodeError};

    use crate::site::{Call, recovery_answer, recovery_refusal};

    let call = Call::here()?;
    let proof = call.awaiting_code()?;
    let code: RecoveryCode = match recovery_code.reveal().parse() {
        Ok(code) => code,
        Err(RecoveryCodeError::Empty) => return recovery_refusal(&call, RecoveryProblem::NoRecoveryCode),
        Err(RecoveryCodeError::Malformed) => {
            return recovery_refusal(&call, RecoveryProblem::MalformedRecoveryCode);
        }
    };
    let verdict = call.verifier().use_recovery_code(&proof, &code, call.claimant()).await;
    recovery_answer(&call, call.available(verdict)?, RecoveryProblem::RecoveryCode)
}

/// Sends a code to one of the user's recovery mobiles.
#[server(prefix = "/api", endpoint = "recovery/text")]
pub async fn text_recovery_code(
    /// Which mobile.
    mobile: String,
) -> Result<(), Problem<RecoveryProblem>> {
    use domain::MobileId;
    use verifier::{TextRefused, TextVerdict};

    use crate::GateProblem;
    use crate::site::{Call, Outcome, code_problem, recovery_refusal};

    let call = Call::here()?;
    let proof = call.awaiting_code()?;
    let Ok(mobile) = mobile.parse::<MobileId>() else { return recovery_refusal(&call, RecoveryProblem::NoTexts) };
    let verdict = call.verifier().text_recovery_code(&proof, &mobile, call.claimant()).await;
    match call.available(verdict)? {
        TextVerdict::Sent(_) => {
            call.text_settled().await;
            call.go_with("/sign-in/recovery", Outcome::TextSent);
            Ok(())
        }
        TextVerdict::Refused(TextRefused::Wait { until }) => {
            recovery_refusal(&call, RecoveryProblem::TextsPaused { seconds: call.seconds_until(until) })
        }
        TextVerdict::Refused(TextRefused::Off | TextRefused::Country | TextRefused::Budget)
        | TextVerdict::NoSuchMobile => recovery_refusal(&call, RecoveryProblem::NoTexts),
        TextVerdict::Closed(rejected) => {
            recovery_refusal(&call, RecoveryProblem::Closed(code_problem(&call, rejected)))
        }
        TextVerdict::Elsewhere => {
            call.go("/");
            Ok(())
        }
        TextVerdict::SignInAgain => {
            call.go_with("/sign-in", Outcome::SignInAgain);
            call.gate(GateProblem::SignIn)
        }
    }
}

/// Judges a code from a text message. With a right one the session is a recovery.
#[server(prefix = "/api", endpoint = "recovery/text-code")]
pub async fn use_text_code(
    /// The code.
    text_code: SecretInput,
) -> Result<(), Problem<RecoveryProblem>> {
    use domain::{OneTimeCode, OneTimeCodeError};

    use crate::site::{Call, recovery_answer, recovery_refusal};

    let call = Call::here()?;
    let proof = call.awaiting_code()?;
    let code: OneTimeCode = match text_code.reveal().parse() {
        Ok(code) => code,
        Err(OneTimeCodeError::Empty) => {
            return recovery_refusal(&call, RecoveryProblem::TextCode(CodeProblem::Empty));
        }
        Err(OneTimeCodeError::Malformed) => {
            return recovery_refusal(&call, RecoveryProblem::TextCode(CodeProblem::Malformed));
        }
    };
    let verdict = call.verifier().use_text_code(&proof, &code, call.claimant()).await;
    recovery_answer(&call, call.available(verdict)?, RecoveryProblem::TextCode)
}

/// Ends a recovery with the authenticator that was bound before: "I still have it".
#[server(prefix = "/api", endpoint = "recovery/keep")]
pub async fn keep_authenticator(
    /// The authenticator's code, which a recovery by text needs.
    code: Option<SecretInput>,
) -> Result<(), Problem<RecoveryProblem>> {
    use domain::{OneTimeCode, OneTimeCodeError};
    use verifier::{CodeRejected, Judged};

    use crate::GateProblem;
    use crate::site::{Call, Outcome, Typed, code_problem};

    const PAGE: &str = "/sign-in/recovery/finish";
    let call = Call::here()?;
    let proof = call.recovering()?;
    let refuse = |problem| call.refuse(PAGE, RecoveryProblem::Authenticator(problem), Typed::default());
    let code = match code.as_ref().map(|code| code.reveal().parse::<OneTimeCode>()) {
        None => None,
        Some(Ok(code)) => Some(code),
        Some(Err(OneTimeCodeError::Empty)) => return refuse(CodeProblem::Empty),
        Some(Err(OneTimeCodeError::Malformed)) => return refuse(CodeProblem::Malformed),
    };
    let verdict = call.verifier().keep_authenticator(&proof, code.as_ref(), call.claimant()).await;
    match call.available(verdict)? {
        Judged::Accepted(upgrade) => {
            call.upgrade_session(&upgrade);
            call.go(upgrade.next.as_str());
            Ok(())
        }
        Judged::AlreadyVerified => {
            call.go("/");
            Ok(())
        }
        Judged::SignInAgain => {
            call.go_with("/sign-in", Outcome::SignInAgain);
            call.gate(GateProblem::SignIn)
        }
        // After a text the authenticator's code is needed, and an empty field is no field.
        Judged::Rejected(CodeRejected::Recover) if code.is_none() => refuse(CodeProblem::Empty),
        Judged::Rejected(rejected) => refuse(code_problem(&call, rejected)),
    }
}

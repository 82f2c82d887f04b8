use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Problem, SecretInput};

/// Why a code was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeProblem {
    /// No code was entered.
    Empty,
    /// Not six digits.
    Malformed,
    /// It is wrong.
    Wrong {
        /// How many more tries there are before a wait or a new sign-in.
        left: u32,
        /// Seconds until the next one is judged; 0 for at once.
        wait_seconds: u64,
    },
    /// It was used already.
    Spent,
    /// Too many wrong ones; this one was not judged.
    Wait {
        /// Seconds until the next one is judged.
        seconds: u64,
    },
    /// Ten wrong ones in a row.
    Locked,
    /// The user was unlocked and has to come back in by a recovery.
    Recover,
    /// The code from the text message is too old, was entered wrong too often, or there is none.
    Over,
}

/// Judges a code from the authenticator, at sign-in and when a session's second factor has elapsed.
#[server(prefix = "/api", endpoint = "verify-code")]
pub async fn verify_code(
    /// The code.
    code: SecretInput,
    /// Where to go on afterwards.
    next: Option<String>,
) -> Result<(), Problem<CodeProblem>> {
    use domain::LocalPath;
    use verifier::CodeVerdict;

    use crate::GateProblem;
    use crate::site::{Call, Outcome, Typed, code_problem, read_code};

    let call = Call::here()?;
    let proof = call.awaiting_code()?;
    let next = next.and_then(|next| next.parse::<LocalPath>().ok());
    let page = call.code_page(next.as_ref());
    let refuse = |problem| call.refuse(&page, problem, Typed::default());
    let code = match read_code(&code) {
        Ok(code) => code,
        Err(problem) => return refuse(problem),
    };
    let verdict = call.verifier().verify_code(&proof, &code, call.claimant()).await;
    match call.available(verdict)? {
        CodeVerdict::Accepted(upgrade) => {
            call.upgrade_session(&upgrade);
            call.go(next.as_ref().unwrap_or(&upgrade.next).as_str());
            Ok(())
        }
        CodeVerdict::AlreadyVerified => {
            call.go(next.as_ref().map_or("/", LocalPath::as_str));
            Ok(())
        }
        CodeVerdict::SignInAgain => {
            call.go_with("/sign-in", Outcome::SignInAgain);
            call.gate(GateProblem::SignIn)
        }
        CodeVerdict::Rejected(rejected) => refuse(code_problem(&call, rejected)),
    }
}

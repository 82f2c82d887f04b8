use leptos::prelude::*;

use super::CodeProblem;
use crate::{Problem, SecretInput};

/// Judges a code of somebody whose second factor is young enough: to renew it before it elapses, or for what asks for
/// one of the last ten minutes.
#[server(prefix = "/api", endpoint = "renew")]
pub async fn renew(
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
    let proof = call.fresh()?;
    let next = next.and_then(|next| next.parse::<LocalPath>().ok());
    let page = call.verify_page(next.as_ref());
    let refuse = |problem| call.refuse(&page, problem, Typed::default());
    let code = match read_code(&code) {
        Ok(code) => code,
        Err(problem) => return refuse(problem),
    };
    let verdict = call.verifier().renew(&proof, &code, call.claimant()).await;
    let next = next.as_ref().map_or("/", LocalPath::as_str);
    match call.available(verdict)? {
        CodeVerdict::Accepted(upgrade) => {
            call.upgrade_session(&upgrade);
            call.go(next);
            Ok(())
        }
        CodeVerdict::AlreadyVerified => {
            call.go(next);
            Ok(())
        }
        CodeVerdict::SignInAgain => {
            call.go_with("/sign-in", Outcome::SignInAgain);
            call.gate(GateProblem::SignIn)
        }
        CodeVerdict::Rejected(rejected) => refuse(code_problem(&call, rejected)),
    }
}

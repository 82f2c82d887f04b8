use verifier::{CodeRejected, Judged, RecoveryVerdict};

use super::{Call, Outcome, Typed};
use crate::api::{CodeProblem, RecoveryProblem};
use crate::{GateProblem, Problem};

/// Answers a try to come back in: with the screen that ends the recovery, or with what is wrong, said by `problem`.
///
/// # Errors
/// [`Problem::Rule`], [`Problem::Gate`]
pub fn recovery_answer(
    call: &Call,
    verdict: RecoveryVerdict,
    problem: fn(CodeProblem) -> RecoveryProblem,
) -> Result<(), Problem<RecoveryProblem>> {
    match verdict {
        Judged::Accepted(recovery) => {
            call.remember_session(&recovery.token);
            call.go("/sign-in/recovery/finish");
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
        Judged::Rejected(rejected) => recovery_refusal(call, problem(code_problem(call, rejected))),
    }
}

/// Refuses a try to come back in; the page stays.
///
/// # Errors
/// Always [`Problem::Rule`].
pub fn recovery_refusal(call: &Call, problem: RecoveryProblem) -> Result<(), Problem<RecoveryProblem>> {
    call.refuse("/sign-in/recovery", problem, Typed::default())
}

/// Why a code was not accepted, as the page says it.
#[must_use]
pub fn code_problem(call: &Call, rejected: CodeRejected) -> CodeProblem {
    match rejected {
        CodeRejected::Wrong { left, wait_until } => {
            let wait_seconds = wait_until.map_or(0, |until| call.seconds_until(until));
            CodeProblem::Wrong { left, wait_seconds }
        }
        CodeRejected::Spent => CodeProblem::Spent,
        CodeRejected::Wait { until } => CodeProblem::Wait { seconds: call.seconds_until(until) },
        CodeRejected::Locked => CodeProblem::Locked,
        CodeRejected::Recover => CodeProblem::Recover,
        CodeRejected::Over => CodeProblem::Over,
    }
}

use http::StatusCode;
use verifier::PasswordWeakness;

use super::Outcome;
use crate::api::{
    AdminProblem, CodeProblem, FieldProblem, FirstAccountProblem, InvitationProblem, ProfileProblem, RecoveryProblem,
    ResetProblem, ResetRequestProblem, SignInProblem,
};
use crate::{GateProblem, Problem, WizardProblem};

/// The HTTP status that says the same as the outcome.
#[must_use]
pub fn status_of(outcome: &Outcome) -> StatusCode {
    match outcome {
        Outcome::SignedOut
        | Outcome::SignInAgain
        | Outcome::SessionEnded
        | Outcome::AccountCreated
        | Outcome::PasswordSet
        | Outcome::PasswordReset
        | Outcome::ResetRequested
        | Outcome::LinkMailed
        | Outcome::TextSent
        | Outcome::Done(_)
        | Outcome::Administered(_) => StatusCode::OK,
        Outcome::OtherSession => StatusCode::CONFLICT,
        Outcome::Profile(problem) => status_of_profile(*problem),
        Outcome::Admin(problem) => status_of_admin(*problem),
        Outcome::SignIn(problem) => match problem {
            SignInProblem::NoEmail | SignInProblem::NoPassword => StatusCode::UNPROCESSABLE_ENTITY,
            SignInProblem::WrongCredentials => StatusCode::UNAUTHORIZED,
            SignInProblem::Wait { .. } => StatusCode::TOO_MANY_REQUESTS,
            SignInProblem::ResetNeeded => StatusCode::FORBIDDEN,
            SignInProblem::Busy => StatusCode::SERVICE_UNAVAILABLE,
        },
        Outcome::Code(problem) => status_of_code(*problem),
        Outcome::Recovery(problem) => match problem {
            RecoveryProblem::NoRecoveryCode | RecoveryProblem::MalformedRecoveryCode => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            RecoveryProblem::RecoveryCode(problem)
            | RecoveryProblem::TextCode(problem)
            | RecoveryProblem::Authenticator(problem)
            | RecoveryProblem::Closed(problem) => status_of_code(*problem),
            RecoveryProblem::TextsPaused { .. } | RecoveryProblem::NoTexts => StatusCode::TOO_MANY_REQUESTS,
        },
        Outcome::ResetRequest(ResetRequestProblem::NoEmail) => StatusCode::UNPROCESSABLE_ENTITY,
        Outcome::Reset(problem) => match problem {
            ResetProblem::LinkDead => StatusCode::GONE,
            ResetProblem::Password(_) => StatusCode::UNPROCESSABLE_ENTITY,
        },
        Outcome::FirstAccount(problem) => match problem {
            FirstAccountProblem::LinkDead => StatusCode::GONE,
            FirstAccountProblem::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
        },
        Outcome::Invitation(problem) => match problem {
            InvitationProblem::LinkDead => StatusCode::GONE,
            InvitationProblem::Password(_) => StatusCode::UNPROCESSABLE_ENTITY,
        },
        Outcome::Wizard(problem) => match problem {
            WizardProblem::NoCode
            | WizardProblem::MalformedCode
            | WizardProblem::MalformedTextCode
            | WizardProblem::NotSaved
            | WizardProblem::NoMobile
            | WizardProblem::BadMobile => StatusCode::UNPROCESSABLE_ENTITY,
            WizardProblem::WrongCode
            | WizardProblem::ClockAhead { .. }
            | WizardProblem::ClockBehind { .. }
            | WizardProblem::SpentCode
            | WizardProblem::WrongTextCode => StatusCode::UNAUTHORIZED,
            WizardProblem::NoTexts => StatusCode::FORBIDDEN,
            WizardProblem::TextsPaused { .. } | WizardProblem::NoTextsToday => StatusCode::TOO_MANY_REQUESTS,
            WizardProblem::CodesGone
            | WizardProblem::MobileKnown
            | WizardProblem::TooManyMobiles
            | WizardProblem::TextCodeOver
            | WizardProblem::OutOfOrder => StatusCode::CONFLICT,
            WizardProblem::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        },
    }
}

fn status_of_profile(problem: ProfileProblem) -> StatusCode {
    match problem {
        ProfileProblem::Name
        | ProfileProblem::Language
        | ProfileProblem::NoPassword
        | ProfileProblem::NewPassword(_)
        | ProfileProblem::SamePassword => StatusCode::UNPROCESSABLE_ENTITY,
        ProfileProblem::WrongPassword => StatusCode::UNAUTHORIZED,
        ProfileProblem::Wait { .. } => StatusCode::TOO_MANY_REQUESTS,
        ProfileProblem::ResetNeeded | ProfileProblem::Held { .. } | ProfileProblem::NoTexts => StatusCode::FORBIDDEN,
        ProfileProblem::TooManyMobiles | ProfileProblem::Gone | ProfileProblem::ThisSession => StatusCode::CONFLICT,
        ProfileProblem::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn status_of_admin(problem: AdminProblem) -> StatusCode {
    match problem {
        AdminProblem::Email
        | AdminProblem::Name
        | AdminProblem::NoList
        | AdminProblem::Choice
        | AdminProblem::Nowhere
        | AdminProblem::Daily
        | AdminProblem::WebhookAddress
        | AdminProblem::WebhookPrivate => StatusCode::UNPROCESSABLE_ENTITY,
        AdminProblem::NoSuchUser | AdminProblem::NoSuchWebhook | AdminProblem::ListGone => StatusCode::NOT_FOUND,
        AdminProblem::LastAdmin | AdminProblem::Oneself | AdminProblem::NoWayBack => StatusCode::FORBIDDEN,
        AdminProblem::NotLockedOut
        | AdminProblem::Accepted
        | AdminProblem::DeactivatedUser
        | AdminProblem::NotAccepted
        | AdminProblem::NothingMissing
        | AdminProblem::EmailTaken
        | AdminProblem::WebhookKnown
        | AdminProblem::TooManyWebhooks
        | AdminProblem::WebhookOff => StatusCode::CONFLICT,
        AdminProblem::Unseen => StatusCode::OK,
        AdminProblem::Wait { .. } => StatusCode::TOO_MANY_REQUESTS,
    }
}

fn status_of_code(problem: CodeProblem) -> StatusCode {
    match problem {
        CodeProblem::Empty | CodeProblem::Malformed => StatusCode::UNPROCESSABLE_ENTITY,
        CodeProblem::Wrong { .. } | CodeProblem::Spent => StatusCode::UNAUTHORIZED,
        CodeProblem::Wait { .. } => StatusCode::TOO_MANY_REQUESTS,
        CodeProblem::Locked | CodeProblem::Recover => StatusCode::FORBIDDEN,
        CodeProblem::Over => StatusCode::CONFLICT,
    }
}

/// The status of a door that did not open, for a function.
#[must_use]
pub(crate) fn status_of_gate(problem: GateProblem) -> StatusCode {
    match problem {
        GateProblem::SignIn
        | GateProblem::Enroll
        | GateProblem::VerifyMfa
        | GateProblem::Recover
        | GateProblem::StepUp => StatusCode::UNAUTHORIZED,
        GateProblem::NotAdmin | GateProblem::CrossSite => StatusCode::FORBIDDEN,
        GateProblem::AlreadyFresh | GateProblem::OtherSession => StatusCode::CONFLICT,
    }
}

/// What the doors answer to a function call that does not pass: the status, and JSON that every function's error
/// type reads.
#[must_use]
pub fn problem_json(problem: &Problem<()>) -> (StatusCode, String) {
    let status = match problem {
        Problem::Gate(gate) => status_of_gate(*gate),
        Problem::Rule(()) => StatusCode::UNPROCESSABLE_ENTITY,
        Problem::Malformed => StatusCode::BAD_REQUEST,
        Problem::Unavailable | Problem::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, serde_json::to_string(problem).unwrap_or_default())
}

/// Which problem of the field a weak password is.
#[must_use]
pub fn password_problem(weakness: PasswordWeakness) -> FieldProblem {
    match weakness {
        PasswordWeakness::TooShort => FieldProblem::PasswordTooShort,
        PasswordWeakness::TooLong => FieldProblem::PasswordTooLong,
        PasswordWeakness::TooEasy => FieldProblem::PasswordTooEasy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_door_answers_is_read_by_every_functions_error_type() {
        let (status, json) = problem_json(&Problem::Gate(GateProblem::VerifyMfa));

        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            serde_json::from_str::<Problem<WizardProblem>>(&json).unwrap(),
            Problem::Gate(GateProblem::VerifyMfa)
        );
        assert_eq!(
            serde_json::from_str::<Problem<FirstAccountProblem>>(&json).unwrap(),
            Problem::Gate(GateProblem::VerifyMfa)
        );
    }
}

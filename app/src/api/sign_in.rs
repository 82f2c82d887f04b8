use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Problem, SecretInput};

/// Why somebody was not signed in. Says nothing about whether the address is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInProblem {
    /// No address was entered, or something that is none.
    NoEmail,
    /// No password was entered.
    NoPassword,
    /// No such user, wrong password, or deactivated: all the same.
    WrongCredentials,
    /// Too many wrong passwords; this one was not judged.
    Wait {
        /// Seconds until the next one is judged.
        seconds: u64,
    },
    /// Too many wrong passwords by strangers: only a reset link goes on.
    ResetNeeded,
    /// All places for checking passwords are taken.
    Busy,
}

/// Judges a password and begins a session that still lacks its second factor.
#[server(prefix = "/api", endpoint = "sign-in")]
pub async fn sign_in(
    /// Who they say they are.
    email: String,
    /// The password.
    password: SecretInput,
    /// Where to go on afterwards.
    next: Option<String>,
) -> Result<(), Problem<SignInProblem>> {
    use domain::{EmailAddress, LocalPath};
    use verifier::{NextFactor, Password, PasswordClaim, SignInRejected, Unavailable};

    use crate::site::{Call, Outcome, Typed};

    let call = Call::here()?;
    let next = next.and_then(|next| next.parse::<LocalPath>().ok());
    let typed = Typed::default().with("email", &email);
    let page = call.sign_in_page(next.as_ref());
    let Ok(address) = email.parse::<EmailAddress>() else {
        return call.refuse(&page, SignInProblem::NoEmail, typed);
    };
    if password.reveal().is_empty() {
        return call.refuse(&page, SignInProblem::NoPassword, typed);
    }
    // Longer than any password: as wrong as every other wrong one.
    let Ok(password) = password.reveal().parse::<Password>() else {
        return call.refuse(&page, SignInProblem::WrongCredentials, typed);
    };
    let claim = PasswordClaim { email: address, password, next, present: call.token().cloned() };
    let answer = match call.verifier().sign_in(&claim, call.claimant()).await {
        Err(Unavailable::Busy) => return call.refuse(&page, SignInProblem::Busy, typed),
        answer => call.available(answer)?,
    };
    match answer {
        verifier::SignIn::Proceed { token, then } => {
            call.remember_session(&token);
            call.go(match then {
                NextFactor::Code => "/sign-in/code",
                NextFactor::Enrollment => "/mfa/setup",
            });
            Ok(())
        }
        verifier::SignIn::LinkMailed => {
            call.go_with_typed(&page, Outcome::LinkMailed, typed);
            Ok(())
        }
        verifier::SignIn::Rejected(SignInRejected::ResetNeeded) => {
            call.refuse(&page, SignInProblem::ResetNeeded, typed)
        }
        verifier::SignIn::Rejected(SignInRejected::WrongCredentials) => {
            call.refuse(&page, SignInProblem::WrongCredentials, typed)
        }
        verifier::SignIn::Rejected(SignInRejected::Wait { until }) => {
            call.refuse(&page, SignInProblem::Wait { seconds: call.seconds_until(until) }, typed)
        }
    }
}

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::FieldProblem;
use crate::{Problem, SecretInput};

/// What became of something somebody did at their profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileDone {
    /// They are called otherwise.
    NameChanged,
    /// They are spoken to in the language they have chosen.
    LanguageChosen,
    /// The password is another, and they are signed out everywhere else.
    PasswordChanged,
    /// The authenticator is another, and they are signed out everywhere else.
    AuthenticatorReplaced,
    /// A recovery mobile is one no more.
    MobileRemoved,
    /// One browser was signed out.
    SessionEnded,
    /// All other browsers were signed out.
    OthersEnded {
        /// How many.
        count: u64,
    },
    /// A browser is known no more.
    BrowserForgotten,
}

/// Why nothing was changed at somebody's profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileProblem {
    /// That is no name.
    Name,
    /// That language is not spoken here.
    Language,
    /// The present password was not entered.
    NoPassword,
    /// The present password is wrong.
    WrongPassword,
    /// Too many wrong ones; this one was not judged.
    Wait {
        /// Seconds until the next one is judged.
        seconds: u64,
    },
    /// This password was not judged, and none will be: only a reset link goes on.
    ResetNeeded,
    /// The new password can't be set.
    NewPassword(FieldProblem),
    /// The new password is the present one.
    SamePassword,
    /// All places for checking passwords are taken.
    Busy,
    /// For a day after a recovery by text, codes and mobiles stay as they are.
    Held {
        /// Seconds until they may be changed.
        seconds: u64,
    },
    /// The organisation sends no texts.
    NoTexts,
    /// They have as many mobiles as they may.
    TooManyMobiles,
    /// What it was about is not there any more.
    Gone,
    /// It is this very session: sign out instead.
    ThisSession,
}

/// Changes what somebody is called.
#[server(prefix = "/api", endpoint = "profile/name")]
pub async fn change_name(
    /// The new name.
    name: String,
) -> Result<(), Problem<ProfileProblem>> {
    use domain::Name;
    use verifier::NameVerdict;

    use crate::site::{Call, Outcome, Typed};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let Ok(parsed) = name.parse::<Name>() else {
        return call.refuse("/profile", ProfileProblem::Name, Typed::default().with("name", &name));
    };
    match call.own("/profile", call.verifier().change_name(&proof, &parsed, call.claimant()).await)? {
        NameVerdict::Changed | NameVerdict::AsItWas => {
            call.go_with("/profile", Outcome::Done(ProfileDone::NameChanged));
        }
    }
    Ok(())
}

/// Chooses the language somebody is spoken to in.
#[server(prefix = "/api", endpoint = "profile/language")]
pub async fn choose_language(
    /// Its tag; empty for what the browser asks for.
    language: String,
) -> Result<(), Problem<ProfileProblem>> {
    use domain::Language;

    use crate::site::{Call, Outcome, Typed};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let chosen = match language.as_str() {
        "" => None,
        tag => match tag.parse::<Language>() {
            Ok(language) => Some(language),
            Err(_) => return call.refuse("/profile", ProfileProblem::Language, Typed::default()),
        },
    };
    call.own("/profile", call.verifier().choose_language(&proof, chosen).await)?;
    call.go_with("/profile", Outcome::Done(ProfileDone::LanguageChosen));
    Ok(())
}

/// Sets a new password for somebody who knows the present one.
#[server(prefix = "/api", endpoint = "profile/password")]
pub async fn change_password(
    /// The present one.
    password: SecretInput,
    /// The new one.
    new_password: SecretInput,
) -> Result<(), Problem<ProfileProblem>> {
    use verifier::{NewPassword, Password, PasswordChange, Unavailable};

    use crate::site::{Call, Outcome, Typed, password_problem};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let refuse = |problem| call.refuse("/profile", problem, Typed::default());
    if password.reveal().is_empty() {
        return refuse(ProfileProblem::NoPassword);
    }
    let person = &proof.admission().signed_in().person;
    let (user, account) = (&person.credential.record, &person.account.record);
    let words = [account.name.as_str(), user.name.as_str(), user.email.as_str()];
    let new = match NewPassword::parse(new_password.reveal(), &words) {
        Ok(new) => new,
        Err(weakness) => return refuse(ProfileProblem::NewPassword(password_problem(weakness))),
    };
    // Longer than any password: as wrong as every other wrong one.
    let Ok(present) = password.reveal().parse::<Password>() else { return refuse(ProfileProblem::WrongPassword) };
    let changed = match call.verifier().change_password(&proof, &present, &new, call.claimant()).await {
        Err(Unavailable::Busy) => return refuse(ProfileProblem::Busy),
        changed => call.own("/profile", changed)?,
    };
    match changed {
        PasswordChange::Changed { token } => {
            call.remember_session(&token);
            call.go_with("/profile", Outcome::Done(ProfileDone::PasswordChanged));
            Ok(())
        }
        PasswordChange::Wrong => refuse(ProfileProblem::WrongPassword),
        PasswordChange::SameAsBefore => refuse(ProfileProblem::SamePassword),
        PasswordChange::Wait { until } => refuse(ProfileProblem::Wait { seconds: call.seconds_until(until) }),
        PasswordChange::ResetNeeded => refuse(ProfileProblem::ResetNeeded),
    }
}

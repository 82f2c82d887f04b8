use std::collections::BTreeMap;
use std::time::Duration;

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use verifier::{SealScope, Sealed, Unavailable, Verifier};

use crate::WizardProblem;
use crate::api::{
    AdminDone, AdminProblem, CodeProblem, FirstAccountProblem, InvitationProblem, ProfileDone, ProfileProblem,
    RecoveryProblem, ResetProblem, ResetRequestProblem, SignInProblem,
};

/// What a post leaves for the page it leads to: its outcome, and what was typed, so that nothing is lost.
///
/// Travels in a cookie of one minute, sealed: nobody can make one, and nobody but us can read it. The page it is for
/// takes it away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What became of the post.
    pub outcome: Outcome,
    /// What was typed.
    pub typed: Typed,
    until: Timestamp,
}

/// What became of a post: an enum, never a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The session was ended.
    SignedOut,
    /// The sign-in has to begin again.
    SignInAgain,
    /// The session is over: by time, or ended from elsewhere.
    SessionEnded,
    /// The first account was created.
    AccountCreated,
    /// A password was set.
    PasswordSet,
    /// A password was set by a reset link.
    PasswordReset,
    /// A link to reset the password was asked for.
    ResetRequested,
    /// A link to go on with enrolment was mailed.
    LinkMailed,
    /// A code was sent to a recovery mobile.
    TextSent,
    /// The form was made for another session; nothing was changed.
    OtherSession,
    /// Something was changed at the profile.
    Done(ProfileDone),
    /// Nothing was changed at the profile.
    Profile(ProfileProblem),
    /// An admin did something.
    Administered(AdminDone),
    /// What an admin asked for was not done.
    Admin(AdminProblem),
    /// Somebody was not signed in.
    SignIn(SignInProblem),
    /// A code was not accepted.
    Code(CodeProblem),
    /// The first account was not created.
    FirstAccount(FirstAccountProblem),
    /// An invitation was not accepted.
    Invitation(InvitationProblem),
    /// No link was asked for.
    ResetRequest(ResetRequestProblem),
    /// A password was not set by a reset link.
    Reset(ResetProblem),
    /// Nobody came back in.
    Recovery(RecoveryProblem),
    /// A move in the wizard was refused.
    Wizard(WizardProblem),
}

/// What was typed into fields that are no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Typed(BTreeMap<String, String>);

impl Typed {
    /// As much as any of our fields takes; a cookie has room for 4096 bytes.
    const LONGEST: usize = 2048;

    /// The same with one more field. A longer text than any field takes is left out: half of it would be taken for all.
    #[must_use]
    pub fn with(mut self, field: &'static str, text: &str) -> Self {
        if text.len() <= Self::LONGEST {
            self.0.insert(field.into(), text.to_owned());
        }
        self
    }

    /// Whether nothing was typed that could be kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was typed into a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<String> {
        self.0.get(field).cloned()
    }
}

const SCOPE: SealScope<'_> = SealScope { owner: "site", field: "notice" };

impl Notice {
    /// How long a notice waits for its page.
    pub const LIFE: Duration = Duration::from_mins(1);
    /// Browsers drop cookies beyond 4096 bytes, name and attributes included.
    const ROOM: usize = 3600;

    /// A notice from `now` on.
    #[must_use]
    pub fn new(outcome: Outcome, typed: Typed, now: Timestamp) -> Self {
        Self { outcome, typed, until: now.plus(Self::LIFE) }
    }

    /// The cookie's value. What was typed is left out if it does not fit.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`], [`Unavailable::Entropy`]
    pub fn seal(&self, verifier: &Verifier) -> Result<Sealed, Unavailable> {
        let seal = |notice: &Self| {
            let plain = serde_json::to_vec(notice).map_err(|_| Unavailable::Sealing)?;
            verifier.keyring().seal(&plain, SCOPE, verifier.entropy())
        };
        let sealed = seal(self)?;
        if sealed.as_str().len() <= Self::ROOM {
            return Ok(sealed);
        }
        seal(&Self { typed: Typed::default(), ..self.clone() })
    }

    /// Reads a cookie's value; none if it is not ours, or too old.
    #[must_use]
    pub fn open(cookie: &str, verifier: &Verifier, now: Timestamp) -> Option<Self> {
        let plain = verifier.keyring().open(&Sealed::from_stored(cookie.into()), SCOPE).ok()?;
        let notice: Self = serde_json::from_slice(&plain).ok()?;
        let young = now < notice.until && notice.until <= now.plus(Self::LIFE);
        young.then_some(notice)
    }
}

macro_rules! outcome_of {
    ($($problem:ident => $variant:ident),*) => {$(
        impl From<$problem> for Outcome {
            fn from(problem: $problem) -> Self {
                Self::$variant(problem)
            }
        }
    )*};
}
outcome_of!(
    SignInProblem => SignIn,
    CodeProblem => Code,
    FirstAccountProblem => FirstAccount,
    InvitationProblem => Invitation,
    ResetRequestProblem => ResetRequest,
    ResetProblem => Reset,
    ProfileProblem => Profile,
    AdminProblem => Admin,
    RecoveryProblem => Recovery,
    WizardProblem => Wizard
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_left_out_and_not_cut() {
        let (longest, longer) = ("x".repeat(Typed::LONGEST), "x".repeat(Typed::LONGEST + 1));

        let typed = Typed::default().with("url", &longest).with("name", &longer);

        assert_eq!((typed.get("url"), typed.get("name")), (Some(longest), None));
    }
}

use std::fmt;

use domain::{EmailAddress, Role, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use verifier::{
    Actor, Administered, ChangeVerdict, Denied, RemindVerdict, ResendVerdict, Unavailable, UnlockVerdict, utc,
};

use super::{Operator, Refused, Reply};

/// A user is to be changed, under the rules that hold for admins too.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeUser {
    /// Whom.
    pub email: EmailAddress,
    /// How.
    pub change: UserChange,
}

/// What can be done to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserChange {
    /// The invitation is sent again; the one before is void.
    Resend,
    /// Another role.
    Role(Role),
    /// They may sign in no more.
    Deactivate,
    /// They may sign in again.
    Reactivate,
    /// They are nobody any more.
    Remove,
    /// Recovery is opened, and nothing else.
    Unlock,
    /// All their sessions end.
    EndSessions,
    /// They are mailed what is missing.
    Remind,
}

/// What was done, in a sentence; with a link if it made one.
#[derive(Serialize, Deserialize)]
pub struct UserChanged {
    sentence: String,
    /// Whoever has it sets the password.
    link: Option<String>,
}

impl ChangeUser {
    pub(super) async fn carry_out(self, operator: &Operator) -> Result<Reply, Unavailable> {
        let Self { email, change } = self;
        let Some(person) = operator.store.find_user(&email).await? else {
            return Ok(Reply::Refused(Refused::Unknown(email)));
        };
        let (account, user) = (&person.account.record.id, &person.credential.record.user);
        let done = change.make(operator, Actor::Operator { account }, user, &email).await?;
        Ok(match done {
            Ok(Ok(changed)) => Reply::UserChanged(changed),
            Ok(Err(refused)) => Reply::Refused(refused),
            Err(denied) => Reply::Refused(denied_to(denied, email)),
        })
    }
}

impl UserChange {
    async fn make(
        self,
        operator: &Operator,
        actor: Actor<'_>,
        user: &UserId,
        email: &EmailAddress,
    ) -> Administered<Result<UserChanged, Refused>> {
        let verifier = &operator.verifier;
        let whose = || email.clone();
        Ok(match self {
            Self::Role(role) => verifier.change_role(actor, user, role).await?.map(|verdict| match role {
                Role::Admin => changed(verdict, email, "is an admin", "is an admin already"),
                Role::Member => changed(verdict, email, "is no admin any more", "is no admin"),
            }),
            Self::Deactivate => verifier.deactivate(actor, user).await?.map(|verdict| {
                changed(verdict, email, "may sign in no more; all their sessions have ended", "was deactivated before")
            }),
            Self::Reactivate => verifier.reactivate(actor, user).await?.map(|verdict| {
                changed(verdict, email, "may sign in again, with the password and the factors they had", "is active")
            }),
            Self::Remove => verifier.remove(actor, user).await?.map(|verdict| {
                changed(
                    verdict,
                    email,
                    "was removed; whoever is invited with this address is another person",
                    "is gone",
                )
            }),
            Self::EndSessions => verifier
                .end_sessions(actor, user)
                .await?
                .map(|verdict| changed(verdict, email, "is signed out everywhere", "was signed in nowhere")),
            Self::Unlock => verifier.unlock(actor, user).await?.map(|verdict| match verdict {
                UnlockVerdict::Unlocked => Ok(UserChanged::said(format!(
                    "{email} was unlocked, and comes back in by a recovery code or a recovery mobile."
                ))),
                UnlockVerdict::NotLockedOut | UnlockVerdict::Oneself => Err(Refused::NotLockedOut(whose())),
                UnlockVerdict::NoWayBack => Err(Refused::NoWayBack(whose())),
            }),
            Self::Remind => verifier.remind(actor, user).await?.map(|verdict| match verdict {
                RemindVerdict::Reminded => Ok(UserChanged::said(format!("{email} is mailed a reminder."))),
                RemindVerdict::NothingMissing => Err(Refused::NothingMissing(whose())),
                RemindVerdict::Invited => Err(Refused::NotAccepted(whose())),
                RemindVerdict::Deactivated => Err(Refused::Deactivated(whose())),
                RemindVerdict::Wait { until } => Err(mailed_enough(email, until)),
            }),
            Self::Resend => verifier.resend_invitation(actor, user).await?.map(|verdict| match verdict {
                ResendVerdict::Sent { link } => {
                    Ok(UserChanged::invited(email, link.map(|link| operator.invitation(&link))))
                }
                ResendVerdict::Accepted => Err(Refused::HasAccepted(whose())),
                ResendVerdict::Deactivated => Err(Refused::Deactivated(whose())),
                ResendVerdict::Wait { until } => Err(mailed_enough(email, until)),
            }),
        })
    }
}

impl UserChanged {
    pub(super) fn invited(email: &EmailAddress, link: Option<String>) -> Self {
        let sentence = format!("{email} is mailed this link to set a password by, once, within 72 hours:");
        Self { sentence, link }
    }

    pub(super) fn said(sentence: String) -> Self {
        Self { sentence, link: None }
    }

    /// For standard output: the link alone if there is one, so that a script can take it as it is.
    pub(super) fn text(&self) -> String {
        format!("{}\n", self.link.as_ref().unwrap_or(&self.sentence))
    }

    /// What people should know beside it.
    pub(super) fn note(&self) -> Option<&str> {
        self.link.as_ref().map(|_| self.sentence.as_str())
    }
}

impl fmt::Debug for UserChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserChanged").field("sentence", &self.sentence).finish_non_exhaustive()
    }
}

fn changed(verdict: ChangeVerdict, email: &EmailAddress, now: &str, before: &str) -> Result<UserChanged, Refused> {
    match verdict {
        ChangeVerdict::Changed => Ok(UserChanged::said(format!("{email} {now}."))),
        ChangeVerdict::AsItWas => Ok(UserChanged::said(format!("{email} {before}; nothing was changed."))),
        ChangeVerdict::LastAdmin => Err(Refused::LastAdmin(email.clone())),
    }
}

pub(super) fn mailed_enough(email: &EmailAddress, until: Timestamp) -> Refused {
    Refused::MailedEnough { email: email.clone(), until: utc::in_words(until) }
}

/// The operator has no session that could be over, and no role that could be wrong: what is left is that there is
/// nobody.
pub(super) fn denied_to(denied: Denied, email: EmailAddress) -> Refused {
    match denied {
        Denied::NoSuchAccount | Denied::NoSuchUser => Refused::Unknown(email),
        Denied::StepUp | Denied::NotAdmin | Denied::Over => Refused::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_printed_shows_the_link() {
        let invited =
            UserChanged::invited(&"bob@example.com".parse().unwrap(), Some("https://x/invitation/t0ken".into()));

        assert_eq!(invited.text(), "https://x/invitation/t0ken\n");
        assert!(!format!("{invited:?}").contains("t0ken"));
        assert!(!format!("{:?}", Reply::UserChanged(invited)).contains("t0ken"));
    }
}

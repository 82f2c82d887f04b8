use domain::UserId;

use crate::{
    Actor, Administered, Budget, CredentialRecord, EventKind, MessageKind, MfaState, NoticeKind, Readiness, TextPolicy,
    Verifier, summarise,
};

/// What became of an unlock.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockVerdict {
    /// They may come back in, by a recovery and by nothing else.
    Unlocked,
    /// They are not *Locked out*.
    NotLockedOut,
    /// They have neither an unused recovery code that they saved nor a mobile that may be texted now: nothing would let
    /// them in. They have to be removed and invited again.
    NoWayBack,
    /// Nobody unlocks themself.
    Oneself,
}

impl Verifier {
    /// Opens recovery, and only that, for a user who is *Locked out*: the strangers' counter is cleared, and until they
    /// have recovered an authenticator's code lets nobody in from a browser that is not known.
    ///
    /// A refusal for want of a way back is an event too.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nothing changed.
    pub async fn unlock(&self, actor: Actor<'_>, user: &UserId) -> Administered<UnlockVerdict> {
        self.administer(actor, user, |case, now| {
            match judge(case.user(), &case.person.account.record.texts, case.is_oneself()) {
                UnlockVerdict::Unlocked => {}
                UnlockVerdict::NoWayBack => {
                    self.note(case, EventKind::UnlockRefused, now)?;
                    return Ok(Ok(UnlockVerdict::NoWayBack));
                }
                refused @ (UnlockVerdict::NotLockedOut | UnlockVerdict::Oneself) => return Ok(Err(refused)),
            }
            let record = case.user_mut();
            record.strangers = Budget::cleared();
            record.unlocked_at = Some(now);
            // Where the admin sits would tell them nothing, and is none of their business.
            let about = MessageKind::notice(NoticeKind::Unlocked, None);
            case.commit.messages.push(self.message_to(&case.person, now, about)?);
            self.note(case, EventKind::Unlocked, now)?;
            Ok(Ok(UnlockVerdict::Unlocked))
        })
        .await
    }
}

/// What an unlock of a user comes to, while their account sends these texts.
pub(crate) fn judge(user: &CredentialRecord, texts: &TextPolicy, is_oneself: bool) -> UnlockVerdict {
    if is_oneself {
        UnlockVerdict::Oneself
    } else if summarise(user).mfa != MfaState::LockedOut {
        UnlockVerdict::NotLockedOut
    } else if !Readiness::of(user).is_ready(texts) {
        UnlockVerdict::NoWayBack
    } else {
        UnlockVerdict::Unlocked
    }
}

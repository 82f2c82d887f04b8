use domain::UserId;

use crate::{Actor, Administered, Budget, EventKind, MessageKind, MfaState, NoticeKind, Verifier, summarise};

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
            if case.is_oneself() {
                return Ok(Err(UnlockVerdict::Oneself));
            }
            if summarise(case.user()).mfa != MfaState::LockedOut {
                return Ok(Err(UnlockVerdict::NotLockedOut));
            }
            if !case.has_way_back() {
                self.note(case, EventKind::UnlockRefused, now)?;
                return Ok(Ok(UnlockVerdict::NoWayBack));
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

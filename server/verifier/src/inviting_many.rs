use std::collections::BTreeSet;

use domain::EmailAddress;

use crate::{Actor, Administered, InviteVerdict, NewUser, Stopped, Verifier};

/// What became of inviting many.
#[derive(Debug, Default)]
pub struct Invitations {
    /// Those whose turn it was, in their order.
    pub decided: Vec<(NewUser, InviteVerdict)>,
    /// Those who are left, in their order: nothing was done for them. If the store's answer was lost the first of them is
    /// invited nevertheless, and found taken when tried again.
    pub left: Vec<NewUser>,
    /// Why it ended before everybody's turn.
    pub stopped: Option<Stopped>,
}

impl Verifier {
    /// Which of these addresses users of the account sign in with already. Those of other accounts are not told.
    ///
    /// # Errors
    /// [`crate::Unavailable`]
    pub async fn already_here(&self, actor: Actor<'_>, people: &[NewUser]) -> Administered<BTreeSet<EmailAddress>> {
        let account = match self.account_seen_by(actor).await? {
            Ok(account) => account,
            Err(denied) => return Ok(Err(denied)),
        };
        let asked: BTreeSet<_> = people.iter().map(|new| &new.email).collect();
        let members = self.store.members_of(&account.id).await?;
        let here = members.iter().map(|member| &member.email).filter(|email| asked.contains(email));
        Ok(Ok(here.cloned().collect()))
    }

    /// Invites many, one after the other, each as [`Self::invite`] does: wholly or not at all.
    ///
    /// If it ends on the way, whoever was invited until then is told apart from those who are left.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nobody was invited. Whoever is denied has invited nobody either.
    pub async fn invite_many(&self, actor: Actor<'_>, people: Vec<NewUser>) -> Administered<Invitations> {
        let now = self.clock.now();
        if let Err(denied) = self.acting(actor, now).await? {
            return Ok(Err(denied));
        }
        let mut invitations = Invitations::default();
        let mut left = people.into_iter();
        while let Some(new) = left.next() {
            let stopped = match self.invite(actor, &new).await {
                Ok(Ok(verdict)) => {
                    invitations.decided.push((new, verdict));
                    continue;
                }
                Ok(Err(denied)) if !invitations.has_any() => return Ok(Err(denied)),
                Err(unavailable) if !invitations.has_any() => return Err(unavailable),
                Ok(Err(denied)) => Stopped::Denied(denied),
                Err(unavailable) => Stopped::Unavailable(unavailable),
            };
            invitations.left = std::iter::once(new).chain(left).collect();
            invitations.stopped = Some(stopped);
            break;
        }
        Ok(Ok(invitations))
    }
}

impl Invitations {
    /// Whether somebody was invited.
    fn has_any(&self) -> bool {
        self.decided.iter().any(|(_, verdict)| matches!(verdict, InviteVerdict::Invited { .. }))
    }
}

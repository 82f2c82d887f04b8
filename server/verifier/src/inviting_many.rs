use std::collections::BTreeSet;

use domain::EmailAddress;

use crate::reminding::PATIENCE;
use crate::{Actor, Administered, InviteVerdict, NewUser, Stopped, Verifier};

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

    /// Invites many, one after the other, each as [`Self::invite`] does: wholly or not at all. `decided` is told what
    /// became of each as soon as that is known, also if nobody waits for the answer any more.
    ///
    /// The answer says why it ended before everybody's turn, if it did.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nobody was invited. Whoever is denied has invited nobody either.
    pub async fn invite_many(
        &self,
        actor: Actor<'_>,
        people: Vec<NewUser>,
        mut decided: impl FnMut(NewUser, InviteVerdict) + Send,
    ) -> Administered<Option<Stopped>> {
        let now = self.clock.now();
        if let Err(denied) = self.acting(actor, now).await? {
            return Ok(Err(denied));
        }
        let mut invited_any = false;
        for new in people {
            if self.clock.now() >= now.plus(PATIENCE) {
                return Ok(Ok(Some(Stopped::Late)));
            }
            match self.invite(actor, &new).await {
                Ok(Ok(verdict)) => {
                    invited_any |= matches!(verdict, InviteVerdict::Invited { .. });
                    decided(new, verdict);
                }
                Ok(Err(denied)) if !invited_any => return Ok(Err(denied)),
                Err(unavailable) if !invited_any => return Err(unavailable),
                Ok(Err(denied)) => return Ok(Ok(Some(Stopped::Denied(denied)))),
                Err(unavailable) => return Ok(Ok(Some(Stopped::Unavailable(unavailable)))),
            }
        }
        Ok(Ok(None))
    }
}

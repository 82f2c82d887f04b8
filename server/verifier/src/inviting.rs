use domain::{EmailAddress, Name, Role, Timestamp, UserId};

use crate::administration::Case;
use crate::verifier::Outcome;
use crate::{
    Actor, Administered, Allowance, Commit, CredentialRecord, EventKind, INVITATION_MAILS, Link, LinkPurpose,
    LinkToken, MessageKind, Standing, Token, Unavailable, Verifier,
};

/// A user to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// What they are called.
    pub name: Name,
    /// The address they will sign in with.
    pub email: EmailAddress,
    /// What they may do.
    pub role: Role,
}

/// What became of an invitation that was to be made.
#[must_use]
#[derive(Debug)]
pub enum InviteVerdict {
    /// It is on its way.
    Invited {
        /// The new user.
        user: UserId,
        /// The link by which they set a password, for the operator alone: an admin could set it in their place.
        link: Option<Token>,
    },
    /// Somebody signs in with that address. In which account is not said.
    EmailTaken,
    /// That address was mailed as many invitations as it may.
    Wait {
        /// When it may be mailed another.
        until: Timestamp,
    },
}

/// What became of an invitation that was to be sent again.
#[must_use]
#[derive(Debug)]
pub enum ResendVerdict {
    /// It is on its way, and the one before is void.
    Sent {
        /// The link, for the operator alone.
        link: Option<Token>,
    },
    /// They have accepted it, and have a password.
    Accepted,
    /// They may not sign in: reactivate them first.
    Deactivated,
    /// Their address was mailed as many invitations as it may.
    Wait {
        /// When it may be mailed another.
        until: Timestamp,
    },
}

impl Verifier {
    /// Makes a new user without a password, and mails them the link to set one.
    ///
    /// A new admin is an active admin of the account at once, though not a protected one.
    ///
    /// # Errors
    /// [`Unavailable`]: nobody was invited, nothing mailed, nothing counted.
    pub async fn invite(&self, actor: Actor<'_>, new: &NewUser) -> Administered<InviteVerdict> {
        let now = self.clock.now();
        let mut rounds = self.rounds_by(actor, None).await;
        loop {
            rounds.begin().await?;
            let acting = match self.acting(actor, now).await? {
                Ok(acting) => acting,
                Err(denied) => return Ok(Err(denied)),
            };
            if self.store.find_user(&new.email).await?.is_some() {
                // Told in the log: whoever tries addresses learns who is in other accounts.
                let event = self.event_by(&acting, None, EventKind::InvitationRefused, now)?;
                let commit = acting.vouch(Commit { events: vec![event], ..Commit::default() });
                if self.try_commit(commit).await? == Outcome::Committed {
                    return Ok(Ok(InviteVerdict::EmailTaken));
                }
                continue;
            }
            let NewUser { name, email, role } = new.clone();
            let user = UserId::from_random(self.entropy.bytes()?);
            let account = acting.account.record.id.clone();
            let mut record = CredentialRecord::new(user.clone(), account, email, name, role);
            record.heard = acting.admin.as_ref().map(|admin| admin.record.reads());
            let mut case = acting.of_new(record);
            let link = match self.mail_invitation(&mut case, now).await? {
                Ok(link) => link,
                Err(until) => return Ok(Ok(InviteVerdict::Wait { until })),
            };
            case.list_admin();
            if self.try_commit(case.into_commit()).await? == Outcome::Committed {
                return Ok(Ok(InviteVerdict::Invited { user, link: for_operator(actor, link) }));
            }
        }
    }

    /// Mails another link to who was invited and has not set a password yet; the one before is void.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was mailed, nothing counted, the link before is as good as it was.
    pub async fn resend_invitation(&self, actor: Actor<'_>, user: &UserId) -> Administered<ResendVerdict> {
        let now = self.clock.now();
        let mut rounds = self.rounds_by(actor, Some(user)).await;
        loop {
            rounds.begin().await?;
            let mut case = match self.case(actor, user, now).await? {
                Ok(case) => case,
                Err(denied) => return Ok(Err(denied)),
            };
            match (case.user().standing, &case.user().password) {
                (_, Some(_)) => return Ok(Ok(ResendVerdict::Accepted)),
                (Standing::Deactivated, None) => return Ok(Ok(ResendVerdict::Deactivated)),
                (Standing::Active, None) => {}
            }
            let link = match self.mail_invitation(&mut case, now).await? {
                Ok(link) => link,
                Err(until) => return Ok(Ok(ResendVerdict::Wait { until })),
            };
            if self.try_commit(case.into_commit()).await? == Outcome::Committed {
                return Ok(Ok(ResendVerdict::Sent { link: for_operator(actor, link) }));
            }
        }
    }

    /// Adds an invitation to the commit: counted, noted, and mailed with a link that voids the one before. Or says when
    /// the address may be mailed again.
    async fn mail_invitation(
        &self,
        case: &mut Case<'_>,
        now: Timestamp,
    ) -> Result<Result<Token, Timestamp>, Unavailable> {
        let CredentialRecord { account, user, email, .. } = case.user().clone();
        match self.count(INVITATION_MAILS, email.as_str(), now, &mut case.commit).await? {
            Allowance::Open => {}
            Allowance::Wait { until } => return Ok(Err(until)),
            // No limit of this kind ends in a lock.
            Allowance::Locked => return Ok(Err(Timestamp::from_millis(i64::MAX))),
        }
        let token = Token::issue(&*self.entropy)?;
        case.commit.links.push(Link::new(token.hash(), LinkPurpose::Invitation { account, user }, now));
        let about = MessageKind::Invitation { link: LinkToken::from(&token) };
        case.commit.messages.push(self.message_to(&case.person, now, about)?);
        self.note(case, EventKind::Invited, now)?;
        Ok(Ok(token))
    }
}

fn for_operator(actor: Actor<'_>, link: Token) -> Option<Token> {
    match actor {
        Actor::Admin { .. } => None,
        Actor::Operator { .. } => Some(link),
    }
}

use domain::Timestamp;

use super::Owned;
use crate::bout::Bout;
use crate::reset::set_password;
use crate::verifier::Outcome;
use crate::{
    Change, Claimant, Commit, EventKind, Fresh, Gate, HashingLane, MessageKind, NewPassword, NoticeKind, Password,
    PasswordAttempts, PasswordHash, PasswordVerdict, Session, SessionChange, SignInRejected, SignedIn, Token,
    Unavailable, Verifier, Versioned,
};

/// What became of a new password for somebody who knows the old one.
#[must_use]
#[derive(Debug)]
pub enum PasswordChange {
    /// It is set, and the session goes on under a new token.
    Changed {
        /// The session's new token.
        token: Token,
    },
    /// The present one is wrong.
    Wrong,
    /// The new one is the present one.
    SameAsBefore,
    /// Too many wrong ones; this one was not judged.
    Wait {
        /// When the next is judged.
        until: Timestamp,
    },
    /// This one was not judged, and none will be: only a reset link goes on.
    ResetNeeded,
}

impl Verifier {
    /// Sets a new password for somebody who knows the present one, which is judged as at a sign-in in this browser. Every
    /// other session, pending sign-in and challenge of the user ends, and no other browser is known any more.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed, no try was counted.
    pub async fn change_password(
        &self,
        proof: &Fresh,
        present: &Password,
        new: &NewPassword,
        claimant: &Claimant,
    ) -> Owned<PasswordChange> {
        let now = self.clock.now();
        let SignedIn { session, person, .. } = proof.admission().signed_in();
        let approach = self.approach(&person.credential.record.email, claimant, now)?;
        let mut judged: Option<(PasswordHash, Option<PasswordHash>)> = None;
        let mut rounds = self.rounds_for(&session.user).await;
        loop {
            rounds.begin().await?;
            let signed_in = match self.owner(Gate::Recent, proof, now).await? {
                Ok(signed_in) => signed_in,
                Err(barred) => return Ok(Err(barred)),
            };
            let bout = self.bout(Some(signed_in.person.clone()), &approach).await?;
            match bout.closed(&approach) {
                Some(SignInRejected::Wait { until }) => return Ok(Ok(PasswordChange::Wait { until })),
                Some(SignInRejected::ResetNeeded | SignInRejected::WrongCredentials) => {
                    return Ok(Ok(PasswordChange::ResetNeeded));
                }
                None => {}
            }
            // Too many strangers knew it.
            let Some(stored) = bout.password() else { return Ok(Ok(PasswordChange::ResetNeeded)) };
            if present.bytes() == new.password().bytes() {
                return Ok(Ok(PasswordChange::SameAsBefore));
            }
            let Some((_, hash)) = judged.clone().filter(|(of, _)| of == stored) else {
                judged = Some((stored.clone(), self.hash_if_right(present, stored, new).await?));
                // While the hashes were computed others may have been judged: look again, and commit against that.
                continue;
            };
            let (commit, verdict) = match hash {
                Some(hash) => {
                    let Bout { attempts, .. } = bout;
                    self.with_new_password(signed_in, hash, attempts, claimant, now)?
                }
                None => (self.count_wrong_password(bout, &approach)?, PasswordChange::Wrong),
            };
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(Ok(verdict));
            }
        }
    }

    /// The hash of the new password, if the present one is right.
    async fn hash_if_right(
        &self,
        present: &Password,
        stored: &PasswordHash,
        new: &NewPassword,
    ) -> Result<Option<PasswordHash>, Unavailable> {
        match self.hasher.verify(present, stored, HashingLane::Known).await? {
            PasswordVerdict::Right => self.hash(new).await.map(Some),
            PasswordVerdict::Wrong => Ok(None),
        }
    }

    fn with_new_password(
        &self,
        signed_in: SignedIn,
        hash: PasswordHash,
        attempts: Option<Versioned<PasswordAttempts>>,
        claimant: &Claimant,
        now: Timestamp,
    ) -> Result<(Commit, PasswordChange), Unavailable> {
        let SignedIn { token: from, mut session, mut person, .. } = signed_in;
        let mut commit = Commit::default();
        let user = &mut person.credential.record;
        set_password(user, hash, attempts, now, &mut commit);
        let cookie = claimant.known_browser.as_ref().map(Token::hash);
        user.known_browsers.retain(|browser| Some(&browser.cookie) == cookie.as_ref());
        commit.events.push(self.event(now, Some(&person), Some(claimant), EventKind::PasswordChanged)?);
        let about = MessageKind::notice(NoticeKind::PasswordChanged, Some(claimant));
        commit.messages.push(self.message_to(&person, now, about)?);
        commit.credentials.push(Change::update(person.credential.version, person.credential.record));
        commit.sessions.push(SessionChange::EndAllOf { user: session.user.clone(), except: Some(session.id.clone()) });
        let token = Token::issue(&*self.entropy)?;
        session.last_seen = session.last_seen.max(now);
        let (to, grace_until) = (token.hash(), now.plus(Session::GRACE));
        commit.sessions.push(SessionChange::Rotate { from, to, session, grace_until });
        Ok((commit, PasswordChange::Changed { token }))
    }
}

use std::time::Duration;

use domain::{Language, Timestamp, UserId};

use crate::verifier::Outcome;
use crate::{
    Change, Claimant, Commit, EventKind, MessageKind, NoticeKind, Person, Proof, Session, SessionChange, SignedIn,
    Token, Unavailable, Verifier,
};

/// How often a user is told that somebody knows their password.
const AT_MOST_EVERY: Duration = Duration::from_hours(24);

impl Verifier {
    /// Tells the users of sign-ins that stopped at the code that somebody knows their password. To be called every few
    /// seconds; says how many it looked at.
    ///
    /// # Errors
    /// [`Unavailable`]: those that are left are found the next time.
    pub async fn warn_of_stalled_sign_ins(&self) -> Result<usize, Unavailable> {
        const AT_ONCE: u32 = 100;
        let now = self.clock.now();
        let stalled = self.store.stalled_sign_ins(now, AT_ONCE).await?;
        for SignedIn { token, session, .. } in &stalled {
            let mut rounds = self.rounds_for(&session.user).await;
            loop {
                rounds.begin().await?;
                let Some(mut signed_in) = self.store.find_session(token).await? else { break };
                let due = signed_in.warn_at().is_some_and(|at| at <= now);
                if !due || !matches!(signed_in.session.proof, Proof::Password { .. }) {
                    break;
                }
                let mut commit = Commit::default();
                let stranger = stranger_of(&signed_in.session);
                self.warn_of_stop(&mut signed_in, &stranger, now, &mut commit)?;
                signed_in.session.warn_at = None;
                commit.sessions.push(SessionChange::Update { token: signed_in.token, session: signed_in.session });
                let credential = signed_in.person.credential;
                commit.credentials.push(Change::update(credential.version, credential.record));
                if self.try_commit(commit).await? == Outcome::Committed {
                    break;
                }
            }
        }
        Ok(stalled.len())
    }

    /// A sign-in of a stranger has ended without a second factor. Tells its user in `commit`, unless they were told
    /// within a day; the user's record is to be committed by the caller.
    pub(crate) fn warn_of_stop(
        &self,
        signed_in: &mut SignedIn,
        claimant: &Claimant,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<(), Unavailable> {
        if signed_in.warn_at().is_none() {
            return Ok(());
        }
        self.warn_of(&signed_in.session, &mut signed_in.person, claimant, now, commit)
    }

    /// Ends the session a browser has, in which a link of `user` is followed: it may be somebody else's. Whoever that is,
    /// a sign-in that they are still to be told about does not end unnoticed.
    pub(crate) async fn end_present(
        &self,
        present: Option<&Token>,
        user: &UserId,
        claimant: &Claimant,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<(), Unavailable> {
        let Some(token) = present else { return Ok(()) };
        let Some(mut found) = self.store.find_session(&token.hash()).await? else { return Ok(()) };
        commit.sessions.push(SessionChange::End { id: found.session.id.clone() });
        if found.warn_at().is_some() && found.session.user != *user {
            self.warn_of_stop(&mut found, claimant, now, commit)?;
            let credential = found.person.credential;
            commit.credentials.push(Change::update(credential.version, credential.record));
        }
        Ok(())
    }

    /// A sign-in of a stranger was pushed out by others of the same user: so many that it might have been meant.
    pub(crate) fn warn_of_eviction(
        &self,
        session: &Session,
        person: &mut Person,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<(), Unavailable> {
        self.warn_of(session, person, &stranger_of(session), now, commit)
    }

    fn warn_of(
        &self,
        session: &Session,
        person: &mut Person,
        claimant: &Claimant,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<(), Unavailable> {
        let kind = EventKind::PasswordKnownToOthers { session: session.id.clone() };
        commit.events.push(self.event(now, Some(person), Some(claimant), kind)?);
        let user = &mut person.credential.record;
        if user.warned_at.is_none_or(|at| now >= at.plus(AT_MOST_EVERY)) {
            user.warned_at = Some(now);
            let about = MessageKind::notice(NoticeKind::PasswordKnownToOthers, Some(claimant));
            commit.messages.push(self.message_to(person, now, about)?);
        }
        Ok(())
    }
}

impl SignedIn {
    /// When the user is to be told that somebody knows their password; never, once a second factor has followed under
    /// another token.
    pub(crate) fn warn_at(&self) -> Option<Timestamp> {
        self.session.warn_at.filter(|_| self.superseded_until.is_none())
    }
}

/// Whoever signed in, as their sign-in remembers them.
fn stranger_of(session: &Session) -> Claimant {
    let (address, browser) = (session.address, session.browser.clone());
    Claimant { address, browser, language: Language::default(), known_browser: None }
}

use domain::{EmailAddress, LocalPath, SessionId, Timestamp};

use crate::bout::Approach;
use crate::verifier::Outcome;
use crate::{
    Budget, Change, Claimant, Commit, EventKind, HashingLane, Password, PasswordAttempts, PasswordHash,
    PasswordVerdict, Person, Proof, Session, SessionChange, SignedIn, Token, Unavailable, Verifier, Versioned,
};

/// An address and a password, as somebody posted them.
#[derive(Debug)]
pub struct PasswordClaim {
    /// Who they say they are.
    pub email: EmailAddress,
    /// The password.
    pub password: Password,
    /// Where they want to go.
    pub next: Option<LocalPath>,
    /// The session the browser has at present; a sign-in ends it.
    pub present: Option<Token>,
}

/// What became of a password.
#[must_use]
#[derive(Debug)]
pub enum SignIn {
    /// It was right; go on with the second factor.
    Proceed {
        /// The token of the session that began.
        token: Token,
        /// What comes next.
        then: NextFactor,
    },
    /// It was right, and too old to enrol with it alone: a link to set it anew was mailed to its owner.
    LinkMailed,
    /// It was not; or it was not judged.
    Rejected(SignInRejected),
}

/// What a right password leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextFactor {
    /// The code of the authenticator.
    Code,
    /// Setting up an authenticator.
    Enrollment,
}

/// Why somebody was not signed in. Says nothing about whether the address is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInRejected {
    /// No such user, wrong password, or deactivated: all the same.
    WrongCredentials,
    /// Too many wrong ones; this one was not judged.
    Wait {
        /// When the next is judged.
        until: Timestamp,
    },
    /// A hundred wrong ones by strangers: this one was not judged, and only a reset link goes on.
    ResetNeeded,
}

/// What makes room for a new session.
struct Room {
    /// What ends.
    ended: Vec<SessionChange>,
    /// Of these, the sign-ins that their user is still to be told about.
    pushed_out: Vec<Session>,
    /// When the user is to be told of the sign-in whose place the new one takes.
    warned: Option<Timestamp>,
}

impl Verifier {
    /// Judges a password, and begins a session that still lacks its second factor.
    ///
    /// The comparison runs before anything is decided and against a decoy if there is no such user, so that the
    /// work is the same; its result counts as long as the stored hash is still the one compared with.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was counted.
    pub async fn sign_in(&self, claim: &PasswordClaim, claimant: &Claimant) -> Result<SignIn, Unavailable> {
        let approach = self.approach(&claim.email, claimant, self.clock.now())?;
        let mut rounds = self.rounds();
        loop {
            rounds.begin().await?;
            let bout = self.bout(self.store.find_user(&claim.email).await?, &approach).await?;
            if let Some(rejected) = bout.closed(&approach) {
                return Ok(SignIn::Rejected(rejected));
            }
            let compared = bout.password().cloned();
            let lane = if bout.is_known(&approach) { HashingLane::Known } else { HashingLane::Stranger };
            let hash = compared.as_ref().unwrap_or(&self.decoy);
            let verdict = self.hasher.verify(&claim.password, hash, lane).await?;
            let right = compared.is_some() && verdict == PasswordVerdict::Right;
            let rehashed = match &compared {
                Some(hash) if right && !self.hasher.is_current(hash) => {
                    Some(self.hasher.hash(&claim.password, self.entropy.bytes()?, lane).await?)
                }
                _ => None,
            };

            // While the hash was computed others may have been judged: look again, and commit against that.
            loop {
                let bout = self.bout(self.store.find_user(&claim.email).await?, &approach).await?;
                if bout.password() != compared.as_ref() {
                    break;
                }
                if let Some(rejected) = bout.closed(&approach) {
                    return Ok(SignIn::Rejected(rejected));
                }
                let (commit, answer) = match bout.person {
                    Some(person) if right => {
                        self.begin_session(claim, person, bout.attempts, rehashed.as_ref(), &approach).await?
                    }
                    _ => {
                        let wrong = SignIn::Rejected(SignInRejected::WrongCredentials);
                        (self.count_wrong_password(bout, &approach)?, wrong)
                    }
                };
                if self.try_commit(commit).await? == Outcome::Committed {
                    return Ok(answer);
                }
                rounds.begin().await?;
            }
        }
    }

    async fn begin_session(
        &self,
        claim: &PasswordClaim,
        mut person: Person,
        attempts: Option<Versioned<PasswordAttempts>>,
        rehashed: Option<&PasswordHash>,
        approach: &Approach<'_>,
    ) -> Result<(Commit, SignIn), Unavailable> {
        let Approach { claimant, cookie, now, .. } = approach;
        let (cookie, now) = (cookie.as_ref(), *now);
        let mut commit = Commit::default();
        let known = person.credential.record.known_browser(cookie, now).is_some();
        if let Some(browser) = person.credential.record.known_browser_mut(cookie, now) {
            browser.passwords = Budget::cleared();
        } else if let Some(attempts) = attempts.filter(|attempts| !attempts.record.budget.is_clear()) {
            let record = PasswordAttempts { budget: Budget::cleared(), ..attempts.record };
            commit.attempts.push(Change::update(attempts.version, record));
        }
        let user = &mut person.credential.record;
        let enrols = user.password.as_mut().is_some_and(|password| {
            if let Some(hash) = rehashed {
                password.hash = hash.clone();
            }
            // Set in the future: the clock is wrong, or was. Nobody knows how old it is.
            now.since(password.set_at).is_some() && now < password.enrolls_until()
        });
        if user.binding.is_none() && !enrols {
            self.reopen_enrollment(&person, claimant, now, &mut commit).await?;
            commit.credentials.push(Change::update(person.credential.version, person.credential.record));
            return Ok((commit, SignIn::LinkMailed));
        }
        let Room { ended, pushed_out, warned } = self.room_for_a_session(&person, claim.present.as_ref(), now).await?;
        for session in &pushed_out {
            self.warn_of_eviction(session, &mut person, now, &mut commit)?;
        }
        let user = &person.credential.record;
        let token = Token::issue(&*self.entropy)?;
        let warn_at = warned.unwrap_or(now.plus(Session::WARN_AFTER));
        let session = Session {
            id: SessionId::from_random(self.entropy.bytes()?),
            user: user.user.clone(),
            account: user.account.clone(),
            password_at: now,
            proof: Proof::Password { wrong_codes: 0 },
            last_seen: now,
            browser: claimant.browser.clone(),
            address: claimant.address,
            known_browser: cookie.filter(|_| known).cloned(),
            next: claim.next.clone(),
            warn_at: (user.binding.is_some() && !known).then_some(warn_at),
        };
        commit.events.push(self.event(
            now,
            Some(&person),
            Some(claimant),
            EventKind::PasswordAccepted { session: session.id.clone() },
        )?);
        commit.sessions = ended;
        commit.sessions.push(SessionChange::Open { token: token.hash(), session });
        let then = if user.binding.is_some() { NextFactor::Code } else { NextFactor::Enrollment };
        // Unchanged but for its version: what creates a session is decided against the record as it is.
        commit.credentials.push(Change::update(person.credential.version, person.credential.record));
        Ok((commit, SignIn::Proceed { token, then }))
    }

    /// Ends the session this browser has, and another one if the user has as many as they may. The first to go are
    /// those past their time and those that lack their second factor, of strangers before those in known browsers:
    /// whoever knows only the password must not be able to sign the owner out. Then the one longest unused.
    ///
    /// A sign-in that its user is still to be told about does not end unnoticed: the one that takes its place inherits
    /// the moment, one of another user is left to its time, and of one that is pushed out they are told now.
    async fn room_for_a_session(
        &self,
        person: &Person,
        present: Option<&Token>,
        now: Timestamp,
    ) -> Result<Room, Unavailable> {
        let user = &person.credential.record.user;
        let present = match present {
            Some(token) => self.store.find_session(&token.hash()).await?,
            None => None,
        };
        let warned = present.as_ref().filter(|found| found.session.user == *user).and_then(SignedIn::warn_at);
        let present = present.filter(|found| found.session.user == *user || found.warn_at().is_none());
        let present = present.map(|found| found.session.id);
        let mut others = self.store.sessions_of(user).await?;
        others.retain(|session| Some(&session.id) != present.as_ref());
        others.sort_by_key(|session| {
            let proved = !matches!(session.proof, Proof::Password { .. });
            (now < session.expires_at(), proved, session.known_browser.is_some(), session.last_seen)
        });
        let surplus = (others.len() + 1).saturating_sub(Session::MOST_PER_USER);
        others.truncate(surplus);
        let oldest = others.iter().map(|session| session.id.clone());
        let ended = present.into_iter().chain(oldest).map(|id| SessionChange::End { id }).collect();
        others.retain(|session| session.warn_at.is_some());
        Ok(Room { ended, pushed_out: others, warned })
    }
}

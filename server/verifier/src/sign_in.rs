use std::time::Duration;

use domain::{EmailAddress, LocalPath, SessionId, Timestamp};

use crate::verifier::Outcome;
use crate::{
    Allowance, AttemptsKey, Budget, Change, Claimant, Commit, EventKind, HashingLane, PASSWORD, PASSWORDS_FROM_ADDRESS,
    Password, PasswordAttempts, PasswordHash, PasswordVerdict, Person, Proof, STRANGERS_PASSWORD, Session,
    SessionChange, SignedIn, Standing, Tally, TallyKey, Token, TokenHash, Unavailable, Verifier, Versioned,
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

/// How long wrong passwords are remembered after the last one.
const ATTEMPTS_LIFE: Duration = Duration::from_hours(24);

/// What a password is judged by: the user, and what was wrong before. Loaded anew whenever another was faster.
struct Bout {
    person: Option<Person>,
    attempts: Option<Versioned<PasswordAttempts>>,
    from_address: Option<Versioned<Tally>>,
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

/// What does not change while a password is judged.
struct Approach<'a> {
    claim: &'a PasswordClaim,
    claimant: &'a Claimant,
    attempts: AttemptsKey,
    from_address: TallyKey,
    cookie: Option<TokenHash>,
    now: Timestamp,
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
        let approach = Approach {
            claim,
            claimant,
            attempts: self.attempts_key(&claim.email)?,
            from_address: self.tally_key(PASSWORDS_FROM_ADDRESS, &claimant.address.network().to_string())?,
            cookie: claimant.known_browser.as_ref().map(Token::hash),
            now: self.clock.now(),
        };
        let mut rounds = self.rounds();
        loop {
            rounds.begin().await?;
            let bout = self.bout(&approach).await?;
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
                let bout = self.bout(&approach).await?;
                if bout.password() != compared.as_ref() {
                    break;
                }
                if let Some(rejected) = bout.closed(&approach) {
                    return Ok(SignIn::Rejected(rejected));
                }
                let (commit, answer) = match bout.person {
                    Some(person) if right => {
                        self.begin_session(person, bout.attempts, rehashed.as_ref(), &approach).await?
                    }
                    _ => self.count_wrong_password(bout, &approach)?,
                };
                if self.try_commit(commit).await? == Outcome::Committed {
                    return Ok(answer);
                }
                rounds.begin().await?;
            }
        }
    }

    /// Under what wrong passwords for this address are counted.
    pub(crate) fn attempts_key(&self, email: &EmailAddress) -> Result<AttemptsKey, Unavailable> {
        self.keyring.fingerprint("password attempts", email.as_str()).map(AttemptsKey)
    }

    async fn bout(&self, approach: &Approach<'_>) -> Result<Bout, Unavailable> {
        Ok(Bout {
            person: self.store.find_user(&approach.claim.email).await?,
            attempts: self.store.load_attempts(&approach.attempts).await?,
            from_address: self.store.load_tally(&approach.from_address).await?,
        })
    }

    fn count_wrong_password(&self, bout: Bout, approach: &Approach<'_>) -> Result<(Commit, SignIn), Unavailable> {
        let Approach { claimant, now, cookie, .. } = approach;
        let (cookie, now) = (cookie.as_ref(), *now);
        let known = bout.is_known(approach);
        let Bout { person, attempts, from_address } = bout;
        let mut commit = Commit::default();
        commit.events.push(self.event(now, person.as_ref(), Some(claimant), EventKind::PasswordRejected)?);
        if let Some(mut person) = person.filter(|_| known) {
            if let Some(browser) = person.credential.record.known_browser_mut(cookie, now) {
                browser.passwords = browser.passwords.after_wrong(now);
            }
            commit.credentials.push(Change::update(person.credential.version, person.credential.record));
        } else {
            let budget = strangers_budget(attempts.as_ref(), now).after_wrong(now);
            let key = approach.attempts.clone();
            let record = PasswordAttempts { key, budget, expires_at: now.plus(ATTEMPTS_LIFE) };
            commit.attempts.push(match attempts {
                Some(attempts) => Change::update(attempts.version, record),
                None => Change::create(record),
            });
            commit.tallies.push(PASSWORDS_FROM_ADDRESS.count(approach.from_address.clone(), from_address, now));
        }
        Ok((commit, SignIn::Rejected(SignInRejected::WrongCredentials)))
    }

    async fn begin_session(
        &self,
        mut person: Person,
        attempts: Option<Versioned<PasswordAttempts>>,
        rehashed: Option<&PasswordHash>,
        approach: &Approach<'_>,
    ) -> Result<(Commit, SignIn), Unavailable> {
        let Approach { claim, claimant, cookie, now, .. } = approach;
        let (cookie, now) = (cookie.as_ref(), *now);
        let mut commit = Commit::default();
        let known = is_known(&person, cookie, now);
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

impl Bout {
    /// The hash to compare with; none for a user who may not sign in by a password.
    fn password(&self) -> Option<&PasswordHash> {
        let user = &self.person.as_ref()?.credential.record;
        let password = user.password.as_ref()?;
        (user.standing == Standing::Active && !password.is_void()).then_some(&password.hash)
    }

    fn is_known(&self, approach: &Approach<'_>) -> bool {
        self.person.as_ref().is_some_and(|person| is_known(person, approach.cookie.as_ref(), approach.now))
    }

    /// Why no password may be judged: by the known browser's own count; else by that of all strangers for this address,
    /// and by that of where the claimant is.
    fn closed(&self, approach: &Approach<'_>) -> Option<SignInRejected> {
        let Approach { cookie, now, .. } = approach;
        let own = self.person.as_ref().and_then(|person| person.credential.record.known_browser(cookie.as_ref(), *now));
        let allowance = match own {
            Some(browser) => PASSWORD.judge(&browser.passwords, *now),
            None => match STRANGERS_PASSWORD.judge(&strangers_budget(self.attempts.as_ref(), *now), *now) {
                Allowance::Open => {
                    PASSWORDS_FROM_ADDRESS.judge(self.from_address.as_ref().map(|tally| &tally.record), *now)
                }
                closed => closed,
            },
        };
        match allowance {
            Allowance::Open => None,
            Allowance::Wait { until } => Some(SignInRejected::Wait { until }),
            Allowance::Locked => Some(SignInRejected::ResetNeeded),
        }
    }
}

fn is_known(person: &Person, cookie: Option<&TokenHash>, now: Timestamp) -> bool {
    person.credential.record.known_browser(cookie, now).is_some()
}

fn strangers_budget(attempts: Option<&Versioned<PasswordAttempts>>, now: Timestamp) -> Budget {
    let remembered = attempts.filter(|attempts| now < attempts.record.expires_at);
    remembered.map(|attempts| attempts.record.budget).unwrap_or_default()
}

use std::time::Duration;

use domain::{EmailAddress, LocalPath, SessionId, Timestamp};

use crate::verifier::Outcome;
use crate::{
    Allowance, AttemptsKey, Budget, Change, Claimant, Commit, EventKind, HashingLane, PASSWORD, Password,
    PasswordAttempts, PasswordHash, PasswordVerdict, Person, Proof, Session, SessionChange, Standing, Token, TokenHash,
    Unavailable, Verifier, Versioned,
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
}

/// How long wrong passwords are remembered after the last one.
const ATTEMPTS_LIFE: Duration = Duration::from_hours(24);

impl Verifier {
    /// Judges a password, and begins a session that still lacks its second factor.
    ///
    /// The comparison runs before anything is decided and against a decoy if there is no such user, so that the
    /// work is the same; its result counts as long as the stored hash is still the one compared with.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was counted.
    pub async fn sign_in(&self, claim: &PasswordClaim, claimant: &Claimant) -> Result<SignIn, Unavailable> {
        let now = self.clock.now();
        let key = AttemptsKey(self.keyring.fingerprint("password attempts", claim.email.as_str())?);
        let cookie = claimant.known_browser.as_ref().map(Token::hash);
        let mut rounds = self.rounds();
        loop {
            rounds.begin().await?;
            let person = self.store.find_user(&claim.email).await?;
            let attempts = self.store.load_attempts(&key).await?;
            if let Allowance::Wait { until } = allowance(person.as_ref(), attempts.as_ref(), cookie.as_ref(), now) {
                return Ok(SignIn::Rejected(SignInRejected::Wait { until }));
            }
            let compared = password_of(person.as_ref()).cloned();
            let known = person.as_ref().is_some_and(|person| is_known(person, cookie.as_ref(), now));
            let lane = if known { HashingLane::Known } else { HashingLane::Stranger };
            let hash = compared.as_ref().unwrap_or(&self.decoy);
            let verdict = self.hasher.verify(&claim.password, hash, lane).await?;
            let right = compared.is_some() && verdict == PasswordVerdict::Right;

            // While the hash was computed others may have been judged: look again, and commit against that.
            loop {
                let person = self.store.find_user(&claim.email).await?;
                let attempts = self.store.load_attempts(&key).await?;
                if password_of(person.as_ref()) != compared.as_ref() {
                    break;
                }
                if let Allowance::Wait { until } = allowance(person.as_ref(), attempts.as_ref(), cookie.as_ref(), now) {
                    return Ok(SignIn::Rejected(SignInRejected::Wait { until }));
                }
                let (commit, answer) = match person {
                    Some(person) if right => {
                        self.begin_session(person, attempts, cookie.as_ref(), claim, claimant, now).await?
                    }
                    person => self.count_wrong(person, attempts, &key, cookie.as_ref(), claimant, now)?,
                };
                if self.try_commit(commit).await? == Outcome::Committed {
                    return Ok(answer);
                }
                rounds.begin().await?;
            }
        }
    }

    fn count_wrong(
        &self,
        person: Option<Person>,
        attempts: Option<Versioned<PasswordAttempts>>,
        key: &AttemptsKey,
        cookie: Option<&TokenHash>,
        claimant: &Claimant,
        now: Timestamp,
    ) -> Result<(Commit, SignIn), Unavailable> {
        let mut commit = Commit::default();
        commit.events.push(self.event(now, person.as_ref(), Some(claimant), EventKind::PasswordRejected)?);
        let known = person.filter(|person| is_known(person, cookie, now));
        if let Some(mut person) = known {
            if let Some(browser) = person.credential.record.known_browser_mut(cookie, now) {
                browser.passwords = browser.passwords.after_wrong(now);
            }
            commit.credentials.push(Change::update(person.credential.version, person.credential.record));
        } else {
            let budget = strangers_budget(attempts.as_ref(), now).after_wrong(now);
            let record = PasswordAttempts { key: key.clone(), budget, expires_at: now.plus(ATTEMPTS_LIFE) };
            commit.attempts.push(match attempts {
                Some(attempts) => Change::update(attempts.version, record),
                None => Change::create(record),
            });
        }
        Ok((commit, SignIn::Rejected(SignInRejected::WrongCredentials)))
    }

    async fn begin_session(
        &self,
        mut person: Person,
        attempts: Option<Versioned<PasswordAttempts>>,
        cookie: Option<&TokenHash>,
        claim: &PasswordClaim,
        claimant: &Claimant,
        now: Timestamp,
    ) -> Result<(Commit, SignIn), Unavailable> {
        let mut commit = Commit::default();
        if is_known(&person, cookie, now) {
            if let Some(browser) = person.credential.record.known_browser_mut(cookie, now) {
                browser.passwords = Budget::cleared();
            }
        } else if let Some(attempts) = attempts.filter(|attempts| !attempts.record.budget.is_clear()) {
            let record = PasswordAttempts { budget: Budget::cleared(), ..attempts.record };
            commit.attempts.push(Change::update(attempts.version, record));
        }
        let user = &person.credential.record;
        let token = Token::issue(&*self.entropy)?;
        let session = Session {
            id: SessionId::from_random(self.entropy.bytes()?),
            user: user.user.clone(),
            account: user.account.clone(),
            password_at: now,
            proof: Proof::Password { wrong_codes: 0 },
            last_seen: now,
            browser: claimant.browser.clone(),
            address: claimant.address,
            known_browser: cookie.filter(|_| is_known(&person, cookie, now)).cloned(),
            next: claim.next.clone(),
        };
        commit.events.push(self.event(
            now,
            Some(&person),
            Some(claimant),
            EventKind::PasswordAccepted { session: session.id.clone() },
        )?);
        commit.sessions = self.room_for_a_session(&person, claim.present.as_ref(), now).await?;
        commit.sessions.push(SessionChange::Open { token: token.hash(), session });
        let then = if user.binding.is_some() { NextFactor::Code } else { NextFactor::Enrollment };
        // Unchanged but for its version: what creates a session is decided against the record as it is.
        commit.credentials.push(Change::update(person.credential.version, person.credential.record));
        Ok((commit, SignIn::Proceed { token, then }))
    }

    /// Ends the session this browser has, and another one if the user has as many as they may. The first to go are
    /// those past their time and those that lack their second factor, of strangers before those in known browsers:
    /// whoever knows only the password must not be able to sign the owner out. Then the one longest unused.
    async fn room_for_a_session(
        &self,
        person: &Person,
        present: Option<&Token>,
        now: Timestamp,
    ) -> Result<Vec<SessionChange>, Unavailable> {
        let present = match present {
            Some(token) => self.store.find_session(&token.hash()).await?.map(|found| found.session.id),
            None => None,
        };
        let mut others = self.store.sessions_of(&person.credential.record.user).await?;
        others.retain(|session| Some(&session.id) != present.as_ref());
        others.sort_by_key(|session| {
            let proved = matches!(session.proof, Proof::SecondFactor { .. });
            (now < session.expires_at(), proved, session.known_browser.is_some(), session.last_seen)
        });
        let surplus = (others.len() + 1).saturating_sub(Session::MOST_PER_USER);
        let oldest = others.into_iter().take(surplus).map(|session| session.id);
        Ok(present.into_iter().chain(oldest).map(|id| SessionChange::End { id }).collect())
    }
}

fn is_known(person: &Person, cookie: Option<&TokenHash>, now: Timestamp) -> bool {
    person.credential.record.known_browser(cookie, now).is_some()
}

/// The hash to compare with; none for a user who may not sign in.
fn password_of(person: Option<&Person>) -> Option<&PasswordHash> {
    let user = &person?.credential.record;
    let password = user.password.as_ref()?;
    (user.standing == Standing::Active).then_some(&password.hash)
}

/// Whether a password may be judged: by the known browser's own count, else by that of all strangers.
fn allowance(
    person: Option<&Person>,
    attempts: Option<&Versioned<PasswordAttempts>>,
    cookie: Option<&TokenHash>,
    now: Timestamp,
) -> Allowance {
    let own = person.and_then(|person| person.credential.record.known_browser(cookie, now));
    let budget = own.map_or_else(|| strangers_budget(attempts, now), |browser| browser.passwords);
    PASSWORD.judge(&budget, now)
}

fn strangers_budget(attempts: Option<&Versioned<PasswordAttempts>>, now: Timestamp) -> Budget {
    let remembered = attempts.filter(|attempts| now < attempts.record.expires_at);
    remembered.map(|attempts| attempts.record.budget).unwrap_or_default()
}

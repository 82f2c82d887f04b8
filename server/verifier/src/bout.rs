use std::time::Duration;

use domain::{EmailAddress, Timestamp};

use crate::{
    Allowance, AttemptsKey, Budget, Change, Claimant, Commit, EventKind, PASSWORD, PASSWORDS_FROM_ADDRESS,
    PasswordAttempts, PasswordHash, Person, STRANGERS_PASSWORD, SignInRejected, Standing, Tally, TallyKey, Token,
    TokenHash, Unavailable, Verifier, Versioned,
};

/// How long wrong passwords are remembered after the last one.
const ATTEMPTS_LIFE: Duration = Duration::from_hours(24);

/// What a password is judged by: the user, and what was wrong before. Loaded anew whenever another was faster.
pub(crate) struct Bout {
    pub(crate) person: Option<Person>,
    pub(crate) attempts: Option<Versioned<PasswordAttempts>>,
    from_address: Option<Versioned<Tally>>,
}

/// What does not change while a password is judged: who tries, and under what a wrong one is counted.
pub(crate) struct Approach<'a> {
    pub(crate) claimant: &'a Claimant,
    pub(crate) cookie: Option<TokenHash>,
    pub(crate) now: Timestamp,
    attempts: AttemptsKey,
    from_address: TallyKey,
}

impl Verifier {
    /// Under what wrong passwords for this address are counted.
    pub(crate) fn attempts_key(&self, email: &EmailAddress) -> Result<AttemptsKey, Unavailable> {
        self.keyring.fingerprint("password attempts", email.as_str()).map(AttemptsKey)
    }

    pub(crate) fn approach<'a>(
        &self,
        email: &EmailAddress,
        claimant: &'a Claimant,
        now: Timestamp,
    ) -> Result<Approach<'a>, Unavailable> {
        Ok(Approach {
            claimant,
            cookie: claimant.known_browser.as_ref().map(Token::hash),
            now,
            attempts: self.attempts_key(email)?,
            from_address: self.tally_key(PASSWORDS_FROM_ADDRESS, &claimant.address.network().to_string())?,
        })
    }

    pub(crate) async fn bout(&self, person: Option<Person>, approach: &Approach<'_>) -> Result<Bout, Unavailable> {
        Ok(Bout {
            person,
            attempts: self.store.load_attempts(&approach.attempts).await?,
            from_address: self.store.load_tally(&approach.from_address).await?,
        })
    }

    /// Counts a password that was judged wrong: on the known browser's own count, or on those of strangers.
    pub(crate) fn count_wrong_password(&self, bout: Bout, approach: &Approach<'_>) -> Result<Commit, Unavailable> {
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
        Ok(commit)
    }
}

impl Bout {
    /// The hash to compare with; none for a user who may not sign in by a password.
    pub(crate) fn password(&self) -> Option<&PasswordHash> {
        let user = &self.person.as_ref()?.credential.record;
        let password = user.password.as_ref()?;
        (user.standing == Standing::Active && !password.is_void()).then_some(&password.hash)
    }

    pub(crate) fn is_known(&self, approach: &Approach<'_>) -> bool {
        let user = self.person.as_ref().map(|person| &person.credential.record);
        user.is_some_and(|user| user.known_browser(approach.cookie.as_ref(), approach.now).is_some())
    }

    /// Why no password may be judged: by the known browser's own count; else by that of all strangers for this address,
    /// and by that of where the claimant is.
    pub(crate) fn closed(&self, approach: &Approach<'_>) -> Option<SignInRejected> {
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

fn strangers_budget(attempts: Option<&Versioned<PasswordAttempts>>, now: Timestamp) -> Budget {
    let remembered = attempts.filter(|attempts| now < attempts.record.expires_at);
    remembered.map(|attempts| attempts.record.budget).unwrap_or_default()
}

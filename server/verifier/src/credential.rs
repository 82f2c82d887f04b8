use std::time::Duration;

use domain::{AccountId, EmailAddress, Name, Role, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::{Binding, BrowserLabel, Budget, PasswordHash, PendingBinding, TokenHash};

/// Everything by which one user proves who they are. One versioned record: each decision about it is committed by
/// compare-and-set, so that what may happen once happens once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialRecord {
    /// Whose it is.
    pub user: UserId,
    /// Their account.
    pub account: AccountId,
    /// The address they sign in with.
    pub email: EmailAddress,
    /// What they are called.
    pub name: Name,
    /// What they may do.
    pub role: Role,
    /// Whether they may sign in at all.
    pub standing: Standing,
    /// None until an invitation was accepted.
    pub password: Option<StoredPassword>,
    /// The authenticator app in force.
    pub binding: Option<Binding>,
    /// How far the setup of an authenticator app is.
    pub enrollment: Option<Enrollment>,
    /// Wrong second factors of all browsers that are not known, together.
    pub strangers: Budget,
    /// Browsers in which a sign-in was completed; each has its own budgets, and nothing else by it.
    pub known_browsers: Vec<KnownBrowser>,
    /// The last completed sign-in.
    pub last_sign_in: Option<Timestamp>,
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// They may.
    Active,
    /// They may not, and to a claimant they do not exist.
    Deactivated,
}

/// A password as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPassword {
    /// Its hash.
    pub hash: PasswordHash,
    /// When it was set.
    pub set_at: Timestamp,
}

/// How far the setup of an authenticator app is. Nothing of it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enrollment {
    /// The session is being told how to install an app.
    Installing {
        /// Which session.
        session: SessionId,
    },
    /// A secret was shown and waits for its code.
    Binding(PendingBinding),
}

/// A browser in which a sign-in was completed (OWASP: device cookie). Gives it budgets of its own and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownBrowser {
    /// The hash of its cookie.
    pub cookie: TokenHash,
    /// The browser in words.
    pub browser: BrowserLabel,
    /// The last sign-in completed in it.
    pub last_used: Timestamp,
    /// Wrong second factors from it.
    pub second_factors: Budget,
    /// Wrong passwords from it.
    pub passwords: Budget,
}

impl KnownBrowser {
    /// The most known browsers of one user; the one longest unused makes room.
    pub const MOST: usize = 8;
    /// A browser is known for 180 days from its last use.
    pub const LIFE: Duration = Duration::from_hours(180 * 24);
}

impl Enrollment {
    /// The session that leads it.
    #[must_use]
    pub fn session(&self) -> &SessionId {
        match self {
            Self::Installing { session } => session,
            Self::Binding(pending) => &pending.session,
        }
    }
}

impl CredentialRecord {
    /// A new user: nothing but a name and an address.
    #[must_use]
    pub fn new(user: UserId, account: AccountId, email: EmailAddress, name: Name, role: Role) -> Self {
        Self {
            user,
            account,
            email,
            name,
            role,
            standing: Standing::Active,
            password: None,
            binding: None,
            enrollment: None,
            strangers: Budget::default(),
            known_browsers: Vec::new(),
            last_sign_in: None,
        }
    }

    /// The known browser with this cookie, unless it has expired.
    #[must_use]
    pub fn known_browser(&self, cookie: Option<&TokenHash>, now: Timestamp) -> Option<&KnownBrowser> {
        let cookie = cookie?;
        self.known_browsers.iter().find(|browser| {
            browser.cookie == *cookie && now.since(browser.last_used).is_none_or(|age| age < KnownBrowser::LIFE)
        })
    }

    /// The budget of wrong second factors for whoever has this cookie: the browser's own, or that of all strangers.
    #[must_use]
    pub fn second_factor_budget(&self, cookie: Option<&TokenHash>, now: Timestamp) -> Budget {
        self.known_browser(cookie, now).map_or(self.strangers, |browser| browser.second_factors)
    }

    /// Writes the budget that [`Self::second_factor_budget`] read.
    pub(crate) fn set_second_factor_budget(&mut self, cookie: Option<&TokenHash>, now: Timestamp, budget: Budget) {
        match self.known_browser_mut(cookie, now) {
            Some(browser) => browser.second_factors = budget,
            None => self.strangers = budget,
        }
    }

    pub(crate) fn known_browser_mut(
        &mut self,
        cookie: Option<&TokenHash>,
        now: Timestamp,
    ) -> Option<&mut KnownBrowser> {
        let cookie = self.known_browser(cookie, now)?.cookie.clone();
        self.known_browsers.iter_mut().find(|browser| browser.cookie == cookie)
    }

    /// Remembers a browser in which a sign-in was just completed: with cleared budgets, the expired ones and, if
    /// there are too many, the one longest unused forgotten.
    pub(crate) fn remember_browser(&mut self, cookie: TokenHash, browser: BrowserLabel, now: Timestamp) {
        self.known_browsers.retain(|known| {
            known.cookie != cookie && now.since(known.last_used).is_none_or(|age| age < KnownBrowser::LIFE)
        });
        self.known_browsers.sort_by_key(|known| known.last_used);
        let surplus = (self.known_browsers.len() + 1).saturating_sub(KnownBrowser::MOST);
        self.known_browsers.drain(..surplus);
        let (second_factors, passwords) = (Budget::cleared(), Budget::cleared());
        self.known_browsers.push(KnownBrowser { cookie, browser, last_used: now, second_factors, passwords });
    }
}

/// One line of a list of users: everything lists read, and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Their account.
    pub account: AccountId,
    /// What they are called.
    pub name: Name,
    /// The address they sign in with.
    pub email: EmailAddress,
    /// What they may do.
    pub role: Role,
    /// How they are protected.
    pub mfa: MfaState,
    /// The last completed sign-in.
    pub last_sign_in: Option<Timestamp>,
}

/// How a user is protected, as admins see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MfaState {
    /// No authenticator yet.
    NotEnabled,
    /// An authenticator is in force.
    Protected,
    /// Ten wrong second factors by strangers.
    LockedOut,
    /// May not sign in.
    Deactivated,
}

/// The list line of a record, written by every commit of the record.
#[must_use]
pub fn summarise(record: &CredentialRecord) -> Member {
    let locked = crate::SECOND_FACTOR.judge(&record.strangers, Timestamp::from_millis(i64::MAX));
    let mfa = match (record.standing, &record.binding) {
        (Standing::Deactivated, _) => MfaState::Deactivated,
        (Standing::Active, None) => MfaState::NotEnabled,
        (Standing::Active, Some(_)) if locked == crate::Allowance::Locked => MfaState::LockedOut,
        (Standing::Active, Some(_)) => MfaState::Protected,
    };
    Member {
        user: record.user.clone(),
        account: record.account.clone(),
        name: record.name.clone(),
        email: record.email.clone(),
        role: record.role,
        mfa,
        last_sign_in: record.last_sign_in,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Token;
    use crate::testing::{SeededEntropy, a_credential};

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn cookie(seed: u64) -> TokenHash {
        Token::issue(&SeededEntropy::new(seed)).unwrap().hash()
    }

    fn later(days: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(days * 86400))
    }

    fn label() -> BrowserLabel {
        BrowserLabel::from_user_agent("Firefox/1 Linux")
    }

    #[test]
    fn a_known_browser_has_a_budget_of_its_own() {
        let mut record = a_credential();
        record.remember_browser(cookie(1), label(), NOW);

        record.set_second_factor_budget(Some(&cookie(1)), NOW, Budget::default().after_wrong(NOW));
        record.set_second_factor_budget(Some(&cookie(2)), NOW, Budget::default().after_wrong(NOW).after_wrong(NOW));

        assert_eq!(record.second_factor_budget(Some(&cookie(1)), NOW).wrong(), 1);
        assert_eq!(record.second_factor_budget(Some(&cookie(2)), NOW).wrong(), 2);
        assert_eq!(record.second_factor_budget(None, NOW).wrong(), 2);
    }

    #[test]
    fn the_ninth_browser_takes_the_place_of_the_one_longest_unused() {
        let mut record = a_credential();

        for seed in 1..=9 {
            record.remember_browser(cookie(seed), label(), later(seed));
        }

        assert_eq!(record.known_browsers.len(), KnownBrowser::MOST);
        assert!(record.known_browser(Some(&cookie(1)), later(9)).is_none());
        assert!(record.known_browser(Some(&cookie(2)), later(9)).is_some());
    }

    #[test]
    fn a_browser_unused_for_180_days_is_a_stranger() {
        let mut record = a_credential();
        record.remember_browser(cookie(1), label(), NOW);

        assert!(record.known_browser(Some(&cookie(1)), later(179)).is_some());
        assert!(record.known_browser(Some(&cookie(1)), later(180)).is_none());
        assert_eq!(record.second_factor_budget(Some(&cookie(1)), later(180)), record.strangers);
    }

    #[test]
    fn the_list_line_says_how_a_user_is_protected() {
        let mut record = a_credential();
        assert_eq!(summarise(&record).mfa, MfaState::NotEnabled);

        let secret = crate::Sealed::from_stored("k1.x".into());
        record.binding = Some(Binding { secret, bound_at: NOW, last_step: crate::TimeStep::at(NOW).unwrap() });
        assert_eq!(summarise(&record).mfa, MfaState::Protected);

        record.strangers = (0..10).fold(Budget::default(), |budget, _| budget.after_wrong(NOW));
        assert_eq!(summarise(&record).mfa, MfaState::LockedOut);

        record.standing = Standing::Deactivated;
        assert_eq!(summarise(&record).mfa, MfaState::Deactivated);
    }
}

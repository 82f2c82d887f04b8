use std::time::Duration;

use domain::{AccountId, ChallengeId, Country, EmailAddress, Language, Name, Role, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::{
    Binding, BrowserLabel, Budget, Mobile, PasswordHash, PendingBinding, RecoveryCodes, ShownCodes, TextChallenge,
    TextLog, TextPolicy, TokenHash,
};

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
    /// The language they have chosen; none for what their browser asks for.
    #[serde(default)]
    pub language: Option<Language>,
    /// The language their browser asked for when they came in last, or that of who invited them.
    #[serde(default)]
    pub heard: Option<Language>,
    /// What they may do.
    pub role: Role,
    /// Whether they may sign in at all.
    pub standing: Standing,
    /// None until an invitation was accepted.
    pub password: Option<StoredPassword>,
    /// The authenticator app in force.
    pub binding: Option<Binding>,
    /// How far the wizard is.
    pub enrollment: Option<Enrollment>,
    /// The recovery codes.
    pub codes: Option<RecoveryCodes>,
    /// Recovery codes that one session may still see.
    pub shown_codes: Option<ShownCodes>,
    /// The recovery mobiles, at most [`Mobile::MOST`].
    #[serde(default)]
    pub mobiles: Vec<Mobile>,
    /// Codes sent to mobiles that can still be answered, at most [`TextChallenge::MOST`].
    #[serde(default)]
    pub challenges: Vec<TextChallenge>,
    /// When texts were sent.
    #[serde(default)]
    pub texts: TextLog,
    /// Wrong second factors of all browsers that are not known, together.
    pub strangers: Budget,
    /// Browsers in which a sign-in was completed; each has its own budgets, and nothing else by it.
    pub known_browsers: Vec<KnownBrowser>,
    /// Set once the user was unlocked, until they have recovered: an authenticator's code lets nobody in from a browser
    /// that is not known.
    pub unlocked_at: Option<Timestamp>,
    /// The last recovery by text; for a day after it what the thief of a number would want to change stays as it is.
    pub recovered_by_text_at: Option<Timestamp>,
    /// The last time the user was told that somebody knows their password.
    pub warned_at: Option<Timestamp>,
    /// The last time an admin had the user reminded of what is not set up.
    pub reminded_at: Option<Timestamp>,
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
    /// Wrong second factors by strangers since then, in a row or not: each of them knew this password.
    #[serde(default)]
    pub abuses: u32,
}

/// How far the wizard is: until a right code nothing of it is in force, after that the authenticator is.
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
    /// The authenticator is bound, the recovery codes have to be saved.
    SavingCodes {
        /// In which session.
        session: SessionId,
    },
    /// The codes are saved, a recovery mobile is asked for.
    AddingMobile {
        /// In which session.
        session: SessionId,
    },
    /// A code was sent to the mobile.
    ConfirmingMobile {
        /// In which session.
        session: SessionId,
        /// Which.
        challenge: ChallengeId,
    },
    /// Everything was asked for.
    Done {
        /// In which session.
        session: SessionId,
    },
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
            Self::Installing { session }
            | Self::SavingCodes { session }
            | Self::AddingMobile { session }
            | Self::ConfirmingMobile { session, .. }
            | Self::Done { session } => session,
            Self::Binding(pending) => &pending.session,
        }
    }

    /// Whether the authenticator is bound: what follows is about ways back in.
    #[must_use]
    pub fn is_past_binding(&self) -> bool {
        !matches!(self, Self::Installing { .. } | Self::Binding(_))
    }

    /// Whether the recovery codes are saved, too.
    #[must_use]
    pub fn is_past_the_codes(&self) -> bool {
        self.is_past_binding() && !matches!(self, Self::SavingCodes { .. })
    }
}

impl StoredPassword {
    /// Wrong second factors by strangers that void a password: whoever tries that many knows it (NIST SP 800-63B-4
    /// §3.2.2 allows 100).
    pub const MOST_ABUSES: u32 = 50;
    /// How long after it was set a password alone lets somebody enrol.
    pub const ENROLLS_FOR: Duration = Duration::from_hours(24);

    /// A password that was set at `now`.
    #[must_use]
    pub fn set(hash: PasswordHash, now: Timestamp) -> Self {
        Self { hash, set_at: now, abuses: 0 }
    }

    /// Whether it lets nobody in any more: only a reset link goes on.
    #[must_use]
    pub fn is_void(&self) -> bool {
        self.abuses >= Self::MOST_ABUSES
    }

    /// Until when it alone lets somebody enrol.
    #[must_use]
    pub fn enrolls_until(&self) -> Timestamp {
        self.set_at.plus(Self::ENROLLS_FOR)
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
            language: None,
            heard: None,
            role,
            standing: Standing::Active,
            password: None,
            binding: None,
            enrollment: None,
            codes: None,
            shown_codes: None,
            mobiles: Vec::new(),
            challenges: Vec::new(),
            texts: TextLog::default(),
            strangers: Budget::default(),
            known_browsers: Vec::new(),
            unlocked_at: None,
            recovered_by_text_at: None,
            warned_at: None,
            reminded_at: None,
            last_sign_in: None,
        }
    }

    /// The language they read messages in.
    #[must_use]
    pub fn reads(&self) -> Language {
        self.language.or(self.heard).unwrap_or_default()
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
    /// What would let them back in.
    #[serde(default)]
    pub readiness: Readiness,
    /// Whether they were invited and have no password yet.
    #[serde(default)]
    pub invited: bool,
    /// The last completed sign-in.
    pub last_sign_in: Option<Timestamp>,
    /// The last time an admin had them reminded.
    #[serde(default)]
    pub reminded_at: Option<Timestamp>,
}

/// What would let a user back in if they lost their authenticator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Recovery codes that were not used.
    pub codes_left: usize,
    /// Whether the user said that they have saved them.
    pub codes_saved: bool,
    /// The countries of their recovery mobiles.
    pub mobiles: Vec<Country>,
}

impl Readiness {
    /// What the record has.
    #[must_use]
    pub fn of(record: &CredentialRecord) -> Self {
        Self {
            codes_left: record.codes.as_ref().map_or(0, RecoveryCodes::left),
            codes_saved: record.codes.as_ref().is_some_and(|codes| codes.saved),
            mobiles: record.mobiles.iter().map(|mobile| mobile.country).collect(),
        }
    }

    /// Whether a recovery would succeed today: a saved code is left, or a mobile that may be texted under `texts`.
    #[must_use]
    pub fn is_ready(&self, texts: &TextPolicy) -> bool {
        (self.codes_saved && self.codes_left > 0) || self.mobiles.iter().any(|country| texts.allows(*country))
    }
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
    /// Unlocked, and not yet recovered.
    RecoveryPending,
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
        (Standing::Active, Some(_)) if record.unlocked_at.is_some() => MfaState::RecoveryPending,
        (Standing::Active, Some(_)) => MfaState::Protected,
    };
    Member {
        user: record.user.clone(),
        account: record.account.clone(),
        name: record.name.clone(),
        email: record.email.clone(),
        role: record.role,
        mfa,
        readiness: Readiness::of(record),
        invited: record.password.is_none(),
        last_sign_in: record.last_sign_in,
        reminded_at: record.reminded_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Token;
    use crate::testing::{SeededEntropy, a_credential, a_keyring};

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

    fn sealed(length: usize) -> crate::Sealed {
        let scope = crate::SealScope { owner: "ada", field: "a field" };
        a_keyring().seal(&vec![7; length], scope, &SeededEntropy::new(1)).unwrap()
    }

    /// A record in which nothing has room for more, and everything is as long as it may be.
    fn a_full_record() -> CredentialRecord {
        let mut record = a_credential();
        record.email =
            format!("{}@{}.example", "a".repeat(64), ["b".repeat(63), "c".repeat(63), "d".repeat(50)].join("."))
                .parse()
                .unwrap();
        record.name = "\u{1F469}".repeat(Name::LONGEST).parse().unwrap();
        let hash =
            PasswordHash::from_phc(format!("$argon2id$v=19$m=19456,t=2,p=1${}${}", "s".repeat(22), "h".repeat(43)));
        let wrong = (0..9).fold(Budget::default(), |budget, _| budget.after_wrong(later(20_000)));
        record.password = Some(StoredPassword { hash: hash.clone(), set_at: later(20_000), abuses: 49 });
        let last_step = crate::TimeStep::at(later(20_000)).unwrap();
        record.binding = Some(Binding { secret: sealed(20), bound_at: later(20_000), last_step });
        let session = SessionId::from_random([9; 16]);
        let progress = crate::Progress::NextCode { after: last_step, drift: crate::Drift(-1) };
        let pending =
            PendingBinding { session: session.clone(), secret: sealed(20), begun_at: later(20_000), progress };
        record.enrollment = Some(Enrollment::Binding(pending));
        let unused = vec![hash; RecoveryCodes::COUNT];
        record.codes = Some(RecoveryCodes { set: u32::MAX, issued_at: later(20_000), saved: false, unused });
        let sheet = sealed(RecoveryCodes::COUNT * 17);
        record.shown_codes = Some(ShownCodes { session: session.clone(), sealed: sheet, made_at: later(20_000) });
        let (number, country): (domain::PhoneNumber, Country) =
            ("+123456789012345".parse().unwrap(), "DE".parse().unwrap());
        let id = domain::MobileId::from_random([8; 16]);
        let mobile = Mobile { id, number: number.clone(), country, confirmed_at: later(20_000) };
        record.mobiles = vec![mobile; Mobile::MOST];
        let challenge = TextChallenge {
            id: ChallengeId::from_random([7; 16]),
            session,
            number,
            country,
            aim: crate::TextAim::ConfirmMobile,
            code: sealed(6),
            sent_at: later(20_000),
            wrong: 4,
            message: Some(domain::MessageId::from_random([6; 16])),
            delivery: crate::TextDelivery::Queued,
        };
        record.challenges = vec![challenge; TextChallenge::MOST];
        record.texts = (0..20).fold(TextLog::default(), |log, _| log.after(true, later(20_000)));
        record.strangers = wrong;
        for seed in 0..20 {
            let label = BrowserLabel::from_user_agent("SamsungBrowser/ Android");
            record.remember_browser(cookie(seed), label, later(20_000));
        }
        for known in &mut record.known_browsers {
            (known.second_factors, known.passwords) = (wrong, wrong);
        }
        record.unlocked_at = Some(later(20_000));
        record.recovered_by_text_at = Some(later(20_000));
        record.warned_at = Some(later(20_000));
        record.last_sign_in = Some(later(20_000));
        record
    }

    #[test]
    fn a_record_in_which_everything_is_full_has_sixteen_kilobytes_at_most() {
        let record = a_full_record();

        let json = serde_json::to_string(&record).unwrap();

        assert!(json.len() <= 16_000, "{} bytes", json.len());
        assert_eq!(serde_json::from_str::<CredentialRecord>(&json).unwrap(), record);
    }

    #[test]
    fn a_record_from_before_there_were_ways_back_has_none() {
        let later = ["codes", "shown_codes", "mobiles", "challenges", "texts", "unlocked_at", "recovered_by_text_at"];
        let mut record = a_credential();
        record.password = Some(StoredPassword::set(PasswordHash::from_phc("$argon2id$".into()), NOW));
        let mut old = serde_json::to_value(&record).unwrap();
        for field in [&later[..], &["warned_at", "reminded_at"]].concat() {
            old.as_object_mut().unwrap().remove(field).unwrap();
        }
        old["password"].as_object_mut().unwrap().remove("abuses").unwrap();

        assert_eq!(serde_json::from_value::<CredentialRecord>(old).unwrap(), record);
    }

    #[test]
    fn nothing_that_is_sealed_or_hashed_shows_in_a_record_that_is_printed() {
        let record = a_full_record();

        let printed = format!("{record:?} {record:#?}");

        for secret in [&record.binding.unwrap().secret, &record.shown_codes.unwrap().sealed, &record.challenges[0].code]
        {
            let text = serde_json::to_string(secret).unwrap();
            assert!(!printed.contains(text.trim_matches('"')));
        }
        assert!(!printed.contains("argon2id") && !printed.contains("hhhh") && !printed.contains("123456789012345"));
        assert!(!printed.contains(cookie(19).as_str()));
    }

    #[test]
    fn the_list_line_says_whether_an_invitation_is_open_and_an_old_one_does_not() {
        let mut record = a_credential();
        assert!(!summarise(&record).invited);

        record.password = None;
        let line = summarise(&record);
        assert!(line.invited);

        let mut old = serde_json::to_value(&line).unwrap();
        old.as_object_mut().unwrap().remove("invited").unwrap();
        assert_eq!(serde_json::from_value::<Member>(old).unwrap(), Member { invited: false, ..line });
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

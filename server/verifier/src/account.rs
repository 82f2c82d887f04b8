use std::collections::BTreeSet;

use domain::{AccountId, Country, MfaWindow, Name, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::TextAim;

/// An organisation. One versioned record: whatever spans people is decided on it by compare-and-set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Its identifier.
    pub id: AccountId,
    /// What it is called.
    pub name: Name,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// How old a session's last second factor may be.
    pub mfa_window: MfaWindow,
    /// Sessions whose second factor is not younger than this are dead, however long the setting becomes later.
    pub dead_before: Option<Timestamp>,
    /// Its active admins: exactly those users whose role is admin and whose standing is active, invited ones and those
    /// without an authenticator too. Every commit that makes or ends one writes this record, so that two of them at
    /// once are decided one after the other. Who of them is *protected* is asked of their own records.
    pub admins: BTreeSet<UserId>,
    /// Which text messages may be sent.
    #[serde(default)]
    pub texts: TextPolicy,
}

/// Which text messages an account may send, and how many it has today: what they cost is somebody's money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextPolicy {
    /// Whether any.
    pub on: bool,
    /// To numbers of which countries. None at first: the account's own becomes known with the first mobile that one of
    /// its admins asks to confirm.
    pub countries: BTreeSet<Country>,
    /// How many a day; at most half of them to confirm a new mobile.
    pub daily: u32,
    /// The day the counts are of, in days since 1970-01-01 (UTC).
    pub day: i64,
    /// Texts of that day.
    pub sent: u32,
    /// Those of them that were to confirm a new mobile.
    pub confirmations: u32,
    /// Texts of that day since an admin saved the setting last, by which [`Self::looks_like_fraud`] judges.
    #[serde(default)]
    pub watched: u32,
    /// How many of them were answered by their code.
    #[serde(default)]
    pub answered: u32,
    /// Since when texts are off by themselves, until an admin turns them on.
    #[serde(default)]
    pub stopped_at: Option<Timestamp>,
    /// The last texts that did not go, the newest last, at most [`Self::FAILURES`].
    #[serde(default)]
    pub failures: Vec<TextFailure>,
}

/// A text that did not go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFailure {
    /// When it was given up.
    pub at: Timestamp,
    /// The last two digits of the number.
    pub number: String,
    /// Whether it may have gone nevertheless: the gateway did not say.
    pub perhaps: bool,
}

impl Default for TextPolicy {
    fn default() -> Self {
        let (countries, failures) = (BTreeSet::new(), Vec::new());
        let (day, sent, confirmations, watched, answered) = (0, 0, 0, 0, 0);
        let stopped_at = None;
        Self { on: true, countries, daily: 100, day, sent, confirmations, watched, answered, stopped_at, failures }
    }
}

impl TextPolicy {
    /// How many failures are kept.
    pub const FAILURES: usize = 5;
    /// How many texts it takes to see a pattern in them.
    const PATTERN: u32 = 20;

    /// Whether numbers of this country may be sent a text.
    #[must_use]
    pub fn allows(&self, country: Country) -> bool {
        self.on && self.countries.contains(&country)
    }

    /// Whether today's budget has room for a text at `now`.
    #[must_use]
    pub fn has_room(&self, aim: TextAim, now: Timestamp) -> bool {
        let today = self.of_day(now);
        let half = aim == TextAim::ConfirmMobile && today.confirmations >= self.daily / 2;
        today.sent < self.daily && !half
    }

    /// The policy once a text was sent at `now`.
    #[must_use]
    pub fn after(&self, aim: TextAim, now: Timestamp) -> Self {
        let mut today = self.of_day(now);
        today.sent = today.sent.saturating_add(1);
        today.confirmations = today.confirmations.saturating_add(u32::from(aim == TextAim::ConfirmMobile));
        today.watched = today.watched.saturating_add(1);
        today
    }

    /// The policy once a text's code was entered at `now`.
    #[must_use]
    pub fn after_answer(&self, now: Timestamp) -> Self {
        let mut today = self.of_day(now);
        today.answered = today.answered.saturating_add(1);
        today
    }

    /// The policy once it is known that a text ordered at `ordered_at` did not go. One with a code, for `aim`, costs
    /// nothing then, and says nothing about who asked for it; unless it may have gone. Others were never counted.
    #[must_use]
    pub(crate) fn after_failure(&self, failure: TextFailure, aim: Option<TextAim>, ordered_at: Timestamp) -> Self {
        let mut policy = self.clone();
        if let Some(aim) = aim.filter(|_| !failure.perhaps && self.day == day_of(ordered_at)) {
            policy.sent = policy.sent.saturating_sub(1);
            policy.watched = policy.watched.saturating_sub(1);
            policy.confirmations = policy.confirmations.saturating_sub(u32::from(aim == TextAim::ConfirmMobile));
        }
        policy.failures.push(failure);
        policy.failures.drain(..policy.failures.len().saturating_sub(Self::FAILURES));
        policy
    }

    /// Whether texts are asked for whose codes nobody enters: of twenty or more fewer than a quarter. That is what they
    /// look like whose sender earns by each (toll fraud).
    #[must_use]
    pub fn looks_like_fraud(&self) -> bool {
        self.watched >= Self::PATTERN && self.answered < self.watched / 4
    }

    /// The counts of the day of `now`. A clock set back begins no day anew. Those for which texts stopped by themselves
    /// stay until an admin has turned texts on again: they are the reason.
    pub(crate) fn of_day(&self, now: Timestamp) -> Self {
        let day = day_of(now);
        if day <= self.day {
            return self.clone();
        }
        let (watched, answered) = if self.stopped_at.is_some() { (self.watched, self.answered) } else { (0, 0) };
        Self { day, sent: 0, confirmations: 0, watched, answered, ..self.clone() }
    }
}

/// The day of a moment, in days since 1970-01-01 (UTC).
fn day_of(at: Timestamp) -> i64 {
    at.seconds().div_euclid(24 * 60 * 60)
}

/// What the account asks of a session: the part of the record that [`crate::admit`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How old the last second factor may be.
    pub mfa_window: MfaWindow,
    /// Second factors of this moment or earlier count no more.
    pub dead_before: Option<Timestamp>,
}

impl Policy {
    /// What is asked from `now` on, if the setting is changed then.
    ///
    /// What was too old for the old setting stays dead, however long the new one is. A shorter setting kills more than
    /// that by itself; the moment is kept nevertheless, for whoever makes it longer again later, or sets the clock back.
    #[must_use]
    pub fn changed_to(self, window: MfaWindow, now: Timestamp) -> Self {
        let dead = now.minus(self.mfa_window.span());
        let dead_before = self.dead_before.map_or(dead, |before| before.max(dead));
        Self { mfa_window: window, dead_before: Some(dead_before) }
    }
}

impl AccountRecord {
    /// What the account asks of a session.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy { mfa_window: self.mfa_window, dead_before: self.dead_before }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn spent(aim: TextAim, count: u32) -> TextPolicy {
        (0..count).fold(TextPolicy { on: true, daily: 10, ..TextPolicy::default() }, |policy, _| policy.after(aim, NOW))
    }

    #[test]
    fn confirmations_take_at_most_half_of_the_days_texts() {
        assert!(spent(TextAim::ConfirmMobile, 4).has_room(TextAim::ConfirmMobile, NOW));
        assert!(!spent(TextAim::ConfirmMobile, 5).has_room(TextAim::ConfirmMobile, NOW));
        assert!(spent(TextAim::ConfirmMobile, 5).has_room(TextAim::Recover, NOW));
        assert!(spent(TextAim::Recover, 9).has_room(TextAim::ConfirmMobile, NOW));
        assert!(!spent(TextAim::Recover, 10).has_room(TextAim::Recover, NOW));
    }

    #[test]
    fn a_new_day_begins_at_midnight_and_no_day_begins_twice() {
        let full = spent(TextAim::Recover, 10);
        let midnight = Timestamp::from_seconds(12 * 86400);

        assert!(!full.has_room(TextAim::Recover, midnight.minus(Duration::from_millis(1))));
        assert!(full.has_room(TextAim::Recover, midnight));
        assert!(!full.has_room(TextAim::Recover, NOW.minus(Duration::from_hours(48))));
    }

    #[test]
    fn what_was_dead_when_the_setting_was_made_longer_is_dead_and_what_was_alive_is_not() {
        let [hour, .., month] = MfaWindow::CHOICES;
        let policy = Policy { mfa_window: hour, dead_before: None }.changed_to(month, NOW);

        assert_eq!(policy.mfa_window, month);
        assert_eq!(policy.dead_before, Some(NOW.minus(Duration::from_hours(1))));
    }

    #[test]
    fn the_moment_before_which_all_is_dead_never_goes_back() {
        let [hour, .., month] = MfaWindow::CHOICES;
        let longer = Policy { mfa_window: hour, dead_before: None }.changed_to(month, NOW);

        for now in [NOW, NOW.plus(Duration::from_hours(24)), NOW.minus(Duration::from_hours(24))] {
            assert_eq!(longer.changed_to(hour, now).dead_before, longer.dead_before);
        }
    }

    #[test]
    fn texts_that_nobody_answers_look_like_fraud_from_the_twentieth_on() {
        let policy = spent(TextAim::Recover, 19);
        assert!(!policy.looks_like_fraud());
        let twenty = policy.after(TextAim::Recover, NOW);
        assert!(twenty.looks_like_fraud());

        let answers = |count: u32| (0..count).fold(twenty.clone(), |policy, _| policy.after_answer(NOW));
        assert!(answers(4).looks_like_fraud());
        assert!(!answers(5).looks_like_fraud());
        assert!(!twenty.after(TextAim::Recover, NOW.plus(Duration::from_hours(24))).looks_like_fraud());
    }

    #[test]
    fn why_texts_stopped_is_still_known_the_day_after() {
        let tomorrow = NOW.plus(Duration::from_hours(24));
        let running = spent(TextAim::Recover, 20).after_answer(NOW);
        let stopped = TextPolicy { on: false, stopped_at: Some(NOW), ..running.clone() };

        let counts = |policy: TextPolicy| (policy.sent, policy.watched, policy.answered);
        assert_eq!(counts(running.of_day(tomorrow)), (0, 0, 0));
        assert_eq!(counts(stopped.of_day(tomorrow)), (0, 20, 1));
    }

    #[test]
    fn a_text_that_did_not_go_costs_nothing_unless_it_may_have_gone() {
        let failure = |perhaps| TextFailure { at: NOW, number: "78".into(), perhaps };
        let policy = spent(TextAim::Recover, 3);

        let code = Some(TextAim::Recover);
        let failed = policy.after_failure(failure(false), code, NOW);
        assert_eq!((failed.sent, failed.watched, failed.failures.len()), (2, 2, 1));
        let notice = policy.after_failure(failure(false), None, NOW);
        assert_eq!((notice.sent, notice.watched, notice.failures.len()), (3, 3, 1));
        let confirming = spent(TextAim::ConfirmMobile, 2);
        let confirming = confirming.after_failure(failure(false), Some(TextAim::ConfirmMobile), NOW);
        assert_eq!((confirming.sent, confirming.confirmations), (1, 1));
        let perhaps = policy.after_failure(failure(true), code, NOW);
        assert_eq!((perhaps.sent, perhaps.watched), (3, 3));
        let of_yesterday = policy.after_failure(failure(false), code, NOW.minus(Duration::from_hours(24)));
        assert_eq!(of_yesterday.sent, 3);
        let many = (0..9).fold(policy, |policy, _| policy.after_failure(failure(true), code, NOW));
        assert_eq!(many.failures.len(), TextPolicy::FAILURES);
    }

    #[test]
    fn texts_go_to_the_countries_that_are_allowed_and_nowhere_when_they_are_off() {
        let [de, fr] = ["DE", "FR"].map(|country| country.parse().unwrap());
        let mut policy = TextPolicy { on: true, countries: BTreeSet::from([de]), ..TextPolicy::default() };

        assert!(policy.allows(de) && !policy.allows(fr));
        policy.on = false;
        assert!(!policy.allows(de));
    }
}

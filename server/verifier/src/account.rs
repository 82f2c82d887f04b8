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
}

impl Default for TextPolicy {
    fn default() -> Self {
        Self { on: true, countries: BTreeSet::new(), daily: 100, day: 0, sent: 0, confirmations: 0 }
    }
}

impl TextPolicy {
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
        today
    }

    /// The counts of the day of `now`. A clock set back begins no day anew.
    pub(crate) fn of_day(&self, now: Timestamp) -> Self {
        let day = now.seconds().div_euclid(24 * 60 * 60);
        if day <= self.day { self.clone() } else { Self { day, sent: 0, confirmations: 0, ..self.clone() } }
    }
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
    fn texts_go_to_the_countries_that_are_allowed_and_nowhere_when_they_are_off() {
        let [de, fr] = ["DE", "FR"].map(|country| country.parse().unwrap());
        let mut policy = TextPolicy { on: true, countries: BTreeSet::from([de]), ..TextPolicy::default() };

        assert!(policy.allows(de) && !policy.allows(fr));
        policy.on = false;
        assert!(!policy.allows(de));
    }
}

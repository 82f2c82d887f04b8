use std::time::Duration;

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Allowance, Change, Versioned};

/// When something that is limited happened, for one mailbox, one phone number or one address: a small versioned record,
/// so that a limit is exact however many ask at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Under what it is counted.
    pub key: TallyKey,
    /// When it happened, the oldest first.
    pub times: Vec<Timestamp>,
    /// When nothing of it counts any more.
    pub expires_at: Timestamp,
}

/// A keyed fingerprint of what is counted: says nothing to who reads the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TallyKey(pub String);

/// How often something may happen: at most `most` times within any span of each length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is counted, as part of the key.
    pub of: &'static str,
    spans: &'static [(usize, Duration)],
}

/// Mails with a link to reset a password, per address: 3 an hour, 6 a day.
pub const RESET_MAILS: Limit =
    Limit { of: "reset mails", spans: &[(3, Duration::from_hours(1)), (6, Duration::from_hours(24))] };
/// Invitations, per address: 3 a day.
pub const INVITATION_MAILS: Limit = Limit { of: "invitations", spans: &[(3, Duration::from_hours(24))] };
/// Texts to one phone number over all accounts: 5 in 24 hours.
pub const TEXTS_TO_NUMBER: Limit = Limit { of: "texts to a number", spans: &[(5, Duration::from_hours(24))] };
/// Of these, those that were asked for in browsers that are not known: 3, so that strangers leave some to the owner.
pub const STRANGERS_TEXTS_TO_NUMBER: Limit =
    Limit { of: "strangers' texts to a number", spans: &[(3, Duration::from_hours(24))] };
/// Texts asked for from one address: 20 an hour.
pub const TEXTS_FROM_ADDRESS: Limit = Limit { of: "texts from an address", spans: &[(20, Duration::from_hours(1))] };
/// Wrong passwords from one address, whoever they are for: 50 in 10 minutes.
pub const PASSWORDS_FROM_ADDRESS: Limit =
    Limit { of: "wrong passwords from an address", spans: &[(50, Duration::from_mins(10))] };
/// Entries in the log about one member who asks for what only admins may see: one a minute.
pub const TURNED_AWAY: Limit = Limit { of: "turned away", spans: &[(1, Duration::from_mins(1))] };

impl Limit {
    /// Whether it may happen once more at `now`.
    ///
    /// What lies in the future (the clock was set back) counts as having happened now: no limit is escaped that way.
    pub fn judge(&self, tally: Option<&Tally>, now: Timestamp) -> Allowance {
        let times = tally.map(|tally| tally.times.as_slice()).unwrap_or_default();
        let full = self.spans.iter().filter_map(|(most, span)| {
            let oldest = times.iter().rev().nth(most.checked_sub(1)?)?;
            let until = oldest.plus(*span);
            (now < until).then_some(until)
        });
        full.max().map_or(Allowance::Open, |until| Allowance::Wait { until })
    }

    /// The change that counts it at `now`, on top of what was read.
    #[must_use]
    pub fn count(&self, key: TallyKey, read: Option<Versioned<Tally>>, now: Timestamp) -> Change<Tally> {
        let after = self.after(key, read.as_ref().map(|tally| &tally.record), now);
        match read {
            Some(tally) => Change::update(tally.version, after),
            None => Change::create(after),
        }
    }

    /// The tally once it has happened at `now`, holding no more than is ever asked for.
    #[must_use]
    pub fn after(&self, key: TallyKey, tally: Option<&Tally>, now: Timestamp) -> Tally {
        let (most, longest) = self
            .spans
            .iter()
            .fold((0, Duration::ZERO), |(most, longest), (count, span)| (most.max(*count), longest.max(*span)));
        let mut times = tally.map(|tally| tally.times.clone()).unwrap_or_default();
        let at = times.last().map_or(now, |last| now.max(*last));
        times.push(at);
        times.drain(..times.len().saturating_sub(most));
        Tally { key, times, expires_at: at.plus(longest) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn key() -> TallyKey {
        TallyKey("k".into())
    }

    fn after(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    fn tally(limit: Limit, seconds: &[u64]) -> Option<Tally> {
        seconds.iter().fold(None, |tally, at| Some(limit.after(key(), tally.as_ref(), after(*at))))
    }

    #[test]
    fn three_reset_mails_an_hour_and_six_a_day() {
        let three = tally(RESET_MAILS, &[0, 10, 20]);
        let six = tally(RESET_MAILS, &[0, 10, 20, 3600, 3610, 3620]);

        assert_eq!(RESET_MAILS.judge(None, NOW), Allowance::Open);
        assert_eq!(RESET_MAILS.judge(three.as_ref(), after(3599)), Allowance::Wait { until: after(3600) });
        assert_eq!(RESET_MAILS.judge(three.as_ref(), after(3600)), Allowance::Open);
        assert_eq!(RESET_MAILS.judge(six.as_ref(), after(7300)), Allowance::Wait { until: after(86400) });
        assert_eq!(RESET_MAILS.judge(six.as_ref(), after(86400)), Allowance::Open);
    }

    #[test]
    fn a_clock_set_back_opens_no_limit_and_an_old_tally_is_over() {
        let full = tally(TEXTS_FROM_ADDRESS, &[7; 20]);

        assert!(matches!(TEXTS_FROM_ADDRESS.judge(full.as_ref(), NOW), Allowance::Wait { .. }));
        assert_eq!(full.unwrap().expires_at, after(3607));
    }

    proptest! {
        #[test]
        fn however_it_is_asked_for_no_span_ever_holds_more(gaps in proptest::collection::vec(0_u64..4000, 0..200)) {
            let (mut kept, mut now, mut happened) = (None, NOW, Vec::new());

            for gap in gaps {
                now = now.plus(Duration::from_secs(gap));
                if RESET_MAILS.judge(kept.as_ref(), now) == Allowance::Open {
                    kept = Some(RESET_MAILS.after(key(), kept.as_ref(), now));
                    happened.push(now);
                }
            }

            for (most, span) in [(3, Duration::from_hours(1)), (6, Duration::from_hours(24))] {
                for begin in &happened {
                    let within = happened.iter().filter(|at| **at >= *begin && **at < begin.plus(span)).count();
                    prop_assert!(within <= most, "{within} within {span:?}");
                }
            }
            prop_assert!(kept.is_none_or(|tally| tally.times.len() <= 6));
        }
    }
}

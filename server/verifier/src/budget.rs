use std::time::Duration;

use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// How many wrong tries in a row there were, and when the last one was judged.
///
/// One value for second factors (judged by [`SECOND_FACTOR`]) and one for passwords ([`PASSWORD`]); each known
/// browser has its own of both, and all strangers together one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    wrong: u32,
    last_wrong_at: Option<Timestamp>,
}

/// Whether another try may be judged now.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// It may.
    Open,
    /// Not before `until`; a try before that is refused unjudged, the right one too, and does not extend it.
    Wait {
        /// When the next try is judged.
        until: Timestamp,
    },
    /// Not at all, until somebody unlocks it.
    Locked,
}

/// What wrong tries cost: how many are free, the waits after that, and what comes at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    free: u32,
    waits: &'static [Duration],
    then: AfterTheWaits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AfterTheWaits {
    Lock,
    /// The last wait again and again, until so many were wrong.
    KeepWaiting {
        until: u32,
    },
}

/// Wrong second factors: four are free, the 5th costs 30 s, then 1, 2, 5 and 15 min; the 10th in a row locks.
/// Well below the 100 of NIST SP 800-63B-4 §3.2.2: a six-digit code with three valid steps is guessed in ten
/// tries with a chance of 1 in 33,000.
pub const SECOND_FACTOR: Throttle = Throttle { free: 4, waits: &WAITS, then: AfterTheWaits::Lock };

/// Wrong passwords: nine are free, the 10th costs 30 s, then 1, 2, 5 and 15 min each. Never a lock: a stranger
/// must not be able to lock out the owner.
pub const PASSWORD: Throttle =
    Throttle { free: 9, waits: &WAITS, then: AfterTheWaits::KeepWaiting { until: u32::MAX } };

/// The same for all strangers together, up to the hundredth: then they need a reset link.
pub const STRANGERS_PASSWORD: Throttle =
    Throttle { free: 9, waits: &WAITS, then: AfterTheWaits::KeepWaiting { until: 100 } };

const WAITS: [Duration; 5] = [
    Duration::from_secs(30),
    Duration::from_mins(1),
    Duration::from_mins(2),
    Duration::from_mins(5),
    Duration::from_mins(15),
];

impl Throttle {
    /// Whether a try may be judged at `now`.
    pub fn judge(&self, budget: &Budget, now: Timestamp) -> Allowance {
        let Some(last) = budget.last_wrong_at else { return Allowance::Open };
        let Some(wait) = budget.wrong.checked_sub(self.free + 1) else { return Allowance::Open };
        let index = usize::try_from(wait).unwrap_or(usize::MAX);
        let wait = match (self.waits.get(index), self.then) {
            (Some(wait), _) => *wait,
            (None, AfterTheWaits::KeepWaiting { until }) if budget.wrong < until => {
                self.waits.last().copied().unwrap_or_default()
            }
            (None, _) => return Allowance::Locked,
        };
        let until = last.plus(wait);
        if now < until { Allowance::Wait { until } } else { Allowance::Open }
    }

    /// How many more wrong tries are judged before the next wait or the lock; at least 1 while open.
    #[must_use]
    pub fn left(&self, budget: &Budget) -> u32 {
        (self.free + 1).saturating_sub(budget.wrong).max(1)
    }
}

impl Budget {
    /// The budget after a try that was judged wrong at `now`.
    #[must_use]
    pub fn after_wrong(self, now: Timestamp) -> Self {
        Self { wrong: self.wrong.saturating_add(1), last_wrong_at: Some(now) }
    }

    /// The budget after a right try: a success clears only its own budget.
    #[must_use]
    pub fn cleared() -> Self {
        Self::default()
    }

    /// Whether no wrong try is remembered.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.wrong == 0
    }

    /// Wrong tries in a row.
    #[must_use]
    pub fn wrong(&self) -> u32 {
        self.wrong
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn after(wrong: u32) -> Budget {
        (0..wrong).fold(Budget::default(), |budget, _| budget.after_wrong(NOW))
    }

    #[test]
    fn wrong_second_factors_wait_as_the_product_says_and_the_tenth_locks() {
        let waits = [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (8, 300), (9, 900)];

        for (wrong, wait) in waits {
            let until = NOW.plus(Duration::from_secs(wait));
            let expected = if wait == 0 { Allowance::Open } else { Allowance::Wait { until } };
            assert_eq!(SECOND_FACTOR.judge(&after(wrong), NOW), expected, "{wrong} wrong");
            assert_eq!(SECOND_FACTOR.judge(&after(wrong), until), Allowance::Open, "{wrong} wrong, later");
        }
        assert_eq!(SECOND_FACTOR.judge(&after(10), NOW.plus(Duration::from_hours(24 * 365))), Allowance::Locked);
    }

    #[test]
    fn wrong_passwords_wait_from_the_tenth_on_and_never_lock() {
        for (wrong, wait) in [(9, 0), (10, 30), (11, 60), (12, 120), (13, 300), (14, 900), (15, 900), (1000, 900)] {
            let until = NOW.plus(Duration::from_secs(wait));
            let expected = if wait == 0 { Allowance::Open } else { Allowance::Wait { until } };
            assert_eq!(PASSWORD.judge(&after(wrong), NOW), expected, "{wrong} wrong");
            assert_eq!(PASSWORD.judge(&after(wrong), until), Allowance::Open);
        }
    }

    #[test]
    fn the_hundredth_wrong_password_of_strangers_is_the_last_one_judged() {
        let later = NOW.plus(Duration::from_hours(24));

        assert_eq!(STRANGERS_PASSWORD.judge(&after(99), later), Allowance::Open);
        assert_eq!(STRANGERS_PASSWORD.judge(&after(100), later), Allowance::Locked);
        assert_eq!(PASSWORD.judge(&after(100), later), Allowance::Open);
    }

    #[test]
    fn a_clock_set_back_shortens_no_wait() {
        let earlier = NOW.minus(Duration::from_hours(1));

        assert!(matches!(SECOND_FACTOR.judge(&after(5), earlier), Allowance::Wait { .. }));
    }

    #[test]
    fn what_is_left_counts_down_to_the_first_wait() {
        let left: Vec<_> = (0..7).map(|wrong| SECOND_FACTOR.left(&after(wrong))).collect();

        assert_eq!(left, [5, 4, 3, 2, 1, 1, 1]);
        assert!(Budget::cleared().is_clear() && !after(1).is_clear());
        assert_eq!([after(0).wrong(), after(3).wrong()], [0, 3]);
    }

    proptest! {
        #[test]
        fn however_the_tries_are_spread_at_most_ten_second_factors_are_judged(gaps in proptest::collection::vec(0_u64..4000, 0..200)) {
            let (mut budget, mut now, mut judged) = (Budget::default(), NOW, 0);

            for gap in gaps {
                now = now.plus(Duration::from_secs(gap));
                if SECOND_FACTOR.judge(&budget, now) == Allowance::Open {
                    budget = budget.after_wrong(now);
                    judged += 1;
                }
            }

            prop_assert!(judged <= 10);
        }
    }
}

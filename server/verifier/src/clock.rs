use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;

/// Port: what time it is. Read once per use case, at its top; everything below is a function of `now`.
pub trait Clock: Send + Sync {
    /// The present moment by the wall clock.
    fn now(&self) -> Timestamp;
}

/// The machine's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_counts_from_1970_in_milliseconds() {
        let (of_2026, of_2126) = (Timestamp::from_seconds(1_767_225_600), Timestamp::from_seconds(4_922_899_200));

        let now = SystemClock.now();

        assert!(of_2026 <= now && now < of_2126, "{now:?}");
    }
}

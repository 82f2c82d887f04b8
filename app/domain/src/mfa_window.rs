use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The account's *MFA Time Setting*: how old the last second factor of a session may be.
///
/// One of ten choices between one hour and thirty days, in seconds on the wire. At most 24 hours meets the
/// re-authentication limit of NIST SP 800-63B-4 §2.2.3 (AAL2); longer is the organisation's own decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct MfaWindow(u32);

/// A number of seconds that is not among the choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not one of the choices")]
pub struct MfaWindowError;

const HOUR: u32 = 60 * 60;
const DAY: u32 = 24 * HOUR;

impl MfaWindow {
    /// All choices, shortest first.
    pub const CHOICES: [Self; 10] = [
        Self(HOUR),
        Self(2 * HOUR),
        Self(4 * HOUR),
        Self(8 * HOUR),
        Self(12 * HOUR),
        Self(DAY),
        Self(3 * DAY),
        Self(7 * DAY),
        Self(14 * DAY),
        Self(30 * DAY),
    ];

    /// The setting as a span of time.
    #[must_use]
    pub const fn span(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }

    /// The setting in seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// Whether it meets NIST AAL2: at most 24 hours.
    #[must_use]
    pub const fn meets_aal2(self) -> bool {
        self.0 <= DAY
    }

    /// As people say it: `12 hours`, `1 day`.
    #[must_use]
    pub fn words(self) -> String {
        let (count, unit) = if self.0 < DAY { (self.0 / HOUR, "hour") } else { (self.0 / DAY, "day") };
        format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

impl Default for MfaWindow {
    /// 30 days.
    fn default() -> Self {
        Self(30 * DAY)
    }
}

impl TryFrom<u32> for MfaWindow {
    type Error = MfaWindowError;

    fn try_from(seconds: u32) -> Result<Self, Self::Error> {
        Self::CHOICES.into_iter().find(|choice| choice.0 == seconds).ok_or(MfaWindowError)
    }
}

impl From<MfaWindow> for u32 {
    fn from(window: MfaWindow) -> Self {
        window.0
    }
}

impl FromStr for MfaWindow {
    type Err = MfaWindowError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<u32>().map_err(|_| MfaWindowError)?.try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choices_are_the_ten_of_the_product_and_thirty_days_is_the_default() {
        let words: Vec<_> = MfaWindow::CHOICES.into_iter().map(MfaWindow::words).collect();

        let expected =
            ["1 hour", "2 hours", "4 hours", "8 hours", "12 hours", "1 day", "3 days", "7 days", "14 days", "30 days"];
        assert_eq!(words, expected);
        assert_eq!(MfaWindow::default().words(), "30 days");
    }

    #[test]
    fn any_other_number_of_seconds_is_refused() {
        for text in ["0", "1", "3599", "-3600", "86401", "2592001", "99999999999", "1h", ""] {
            assert_eq!(text.parse::<MfaWindow>(), Err(MfaWindowError), "{text}");
        }
        assert_eq!("3600".parse::<MfaWindow>().unwrap().span(), Duration::from_hours(1));
        assert!(serde_json::from_str::<MfaWindow>("59").is_err());
    }

    #[test]
    fn a_day_and_less_meets_aal2() {
        let meeting = MfaWindow::CHOICES.into_iter().filter(|choice| choice.meets_aal2()).count();

        assert_eq!(meeting, 6);
    }
}

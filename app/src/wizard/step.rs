use serde::{Deserialize, Serialize};

/// A step of the wizard as it is shown. What stands in it is on the page on purpose; nothing else secret is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WizardStep {
    /// Why, and the button that begins.
    Introduction {
        /// Whether another browser is in the middle of it.
        elsewhere: bool,
    },
    /// How to get an authenticator app.
    InstallApp,
    /// The key to scan, and the field for its first code.
    Pair {
        /// The key as people type it: base32.
        key: String,
        /// The address in the QR code, for people on the phone itself.
        otpauth: String,
        /// The QR code.
        qr: Qr,
    },
    /// The next code is asked for, since the clocks disagree.
    NextCode {
        /// Whether the phone's clock is ahead of ours; else it is behind.
        ahead: bool,
        /// Milliseconds until the app shows the next code.
        next_in_ms: u64,
    },
    /// The key has waited too long.
    Expired,
}

/// A QR code as an SVG path: dark squares of 1 × 1, without its quiet zone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qr {
    /// Modules on each side.
    pub size: u32,
    /// The dark ones.
    pub path: String,
}

/// What the wizard shows: a step, and what was wrong with the last try.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WizardState {
    /// The step.
    pub step: WizardStep,
    /// What was wrong.
    pub problem: Option<WizardProblem>,
}

/// What became of a move in the wizard.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WizardMove {
    /// Show this.
    Show(WizardState),
    /// The wizard is over: go there.
    Leave {
        /// A path of this site.
        to: String,
    },
}

/// What was wrong with a move in the wizard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WizardProblem {
    /// No code was entered.
    NoCode,
    /// Not six digits.
    MalformedCode,
    /// The code is wrong.
    WrongCode,
    /// The code was used already.
    SpentCode,
    /// The page was older than what happened since; this is where the wizard is now.
    OutOfOrder,
    /// Something on our side.
    Unavailable,
}

impl WizardProblem {
    /// The key of its sentence.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::NoCode => "problem.no-code",
            Self::MalformedCode => "problem.malformed-code",
            Self::WrongCode => "problem.wrong-code",
            Self::SpentCode => "problem.spent-code",
            Self::OutOfOrder => "problem.out-of-order",
            Self::Unavailable => "problem.unavailable",
        }
    }

    /// The key of how to mend it, if it is about the code.
    #[must_use]
    pub fn mend_key(self) -> Option<&'static str> {
        match self {
            Self::NoCode | Self::MalformedCode => Some("mend.six-digits"),
            Self::WrongCode => Some("mend.wrong-code"),
            Self::SpentCode => Some("mend.spent-code"),
            Self::OutOfOrder | Self::Unavailable => None,
        }
    }
}

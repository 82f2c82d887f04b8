use serde::{Deserialize, Serialize};

use crate::Words;

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
    /// Recovery codes, to be saved.
    SaveCodes {
        /// The codes in groups of four.
        codes: Vec<String>,
        /// The address of a text file with them, for the download; the file is in the address.
        file: String,
        /// What the file is called.
        file_name: String,
    },
    /// Recovery codes were made that nobody may see any more.
    CodesHidden,
    /// The number of a recovery mobile is asked for.
    AddMobile {
        /// The countries to choose from.
        countries: Vec<CountryChoice>,
        /// The one that is chosen at first, by its two letters.
        country: String,
        /// What was typed before.
        mobile: String,
    },
    /// A code was sent to the mobile.
    ConfirmMobile {
        /// Where to; none once the code is too old, or was entered wrong too often.
        to: Option<String>,
        /// Milliseconds until it may be sent again.
        again_in_ms: u64,
        /// How far it is, in the words of a [`Live`](crate::Live).
        news: Words,
    },
    /// All is set up.
    Done {
        /// How many recovery codes there are.
        codes: usize,
        /// How many recovery mobiles.
        mobiles: usize,
    },
}

/// A country in a picker.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountryChoice {
    /// Its two letters.
    pub code: String,
    /// Its name and its calling code, `Germany (+49)`.
    pub label: String,
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
    /// Whether the authenticator takes the place of another: then there is nothing but its key and its code.
    pub replaces: bool,
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
    /// The code belongs to another time: the phone's clock is ahead.
    ClockAhead {
        /// By about so many minutes.
        minutes: u8,
    },
    /// The code belongs to another time: the phone's clock is behind.
    ClockBehind {
        /// By about so many minutes.
        minutes: u8,
    },
    /// The code was used already.
    SpentCode,
    /// Nobody said that the recovery codes are saved.
    NotSaved,
    /// The recovery codes can't be seen any more: others have to be made.
    CodesGone,
    /// No number was entered.
    NoMobile,
    /// That is no mobile's number of that country.
    BadMobile,
    /// The user has that mobile already.
    MobileKnown,
    /// The user has as many mobiles as they may.
    TooManyMobiles,
    /// The organisation sends no texts, or none to that country.
    NoTexts,
    /// Too many texts were sent.
    TextsPaused {
        /// Until one may be sent.
        seconds: u64,
    },
    /// The organisation has no texts left today.
    NoTextsToday,
    /// Not the six digits of a text message.
    MalformedTextCode,
    /// The code from the text message is wrong.
    WrongTextCode,
    /// The code from the text message is too old, or was entered wrong too often.
    TextCodeOver,
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
            Self::ClockAhead { minutes: 1 } => "problem.clock-ahead.one",
            Self::ClockAhead { .. } => "problem.clock-ahead.other",
            Self::ClockBehind { minutes: 1 } => "problem.clock-behind.one",
            Self::ClockBehind { .. } => "problem.clock-behind.other",
            Self::NotSaved => "problem.not-saved",
            Self::CodesGone => "problem.codes-gone",
            Self::NoMobile => "problem.no-mobile",
            Self::BadMobile => "problem.bad-mobile",
            Self::MobileKnown => "problem.mobile-known",
            Self::TooManyMobiles => "problem.too-many-mobiles",
            Self::NoTexts => "problem.no-texts",
            Self::TextsPaused { seconds: 1 } => "problem.texts-paused-seconds.one",
            Self::TextsPaused { seconds: ..=90 } => "problem.texts-paused-seconds.other",
            Self::TextsPaused { seconds: ..=5400 } => "problem.texts-paused-minutes",
            Self::TextsPaused { .. } => "problem.texts-paused-hours",
            Self::NoTextsToday => "problem.no-texts-today",
            Self::TextCodeOver => "problem.text-code-over",
            Self::NoCode => "problem.no-code",
            Self::MalformedCode | Self::MalformedTextCode => "problem.malformed-code",
            Self::WrongCode | Self::WrongTextCode => "problem.wrong-code",
            Self::SpentCode => "problem.spent-code",
            Self::OutOfOrder => "problem.out-of-order",
            Self::Unavailable => "problem.unavailable",
        }
    }

    /// The number in its sentence, in the sentence's unit.
    #[must_use]
    pub fn count(self) -> u64 {
        match self {
            Self::ClockAhead { minutes } | Self::ClockBehind { minutes } => minutes.into(),
            Self::TextsPaused { seconds: seconds @ ..=90 } => seconds,
            Self::TextsPaused { seconds: seconds @ ..=5400 } => seconds.div_ceil(60),
            Self::TextsPaused { seconds } => seconds.div_ceil(3600),
            _ => 0,
        }
    }

    /// The field to mend, and the key of how.
    #[must_use]
    pub fn mend(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::NoCode | Self::MalformedCode => Some(("code", "mend.six-digits")),
            Self::WrongCode => Some(("code", "mend.wrong-code")),
            Self::ClockAhead { .. } | Self::ClockBehind { .. } => Some(("code", "mend.clock")),
            Self::SpentCode => Some(("code", "mend.spent-code")),
            Self::NotSaved => Some(("saved", "mend.not-saved")),
            Self::NoMobile | Self::BadMobile => Some(("mobile", "mend.mobile")),
            Self::MobileKnown => Some(("mobile", "mend.mobile-known")),
            Self::MalformedTextCode | Self::WrongTextCode => Some(("code", "mend.text-code")),
            Self::CodesGone
            | Self::TooManyMobiles
            | Self::NoTexts
            | Self::TextsPaused { .. }
            | Self::NoTextsToday
            | Self::TextCodeOver
            | Self::OutOfOrder
            | Self::Unavailable => None,
        }
    }

    /// The key of how to mend this field, if it is about it.
    #[must_use]
    pub fn mends(self, field: &str) -> Option<&'static str> {
        self.mend().filter(|(of, _)| *of == field).map(|(_, key)| key)
    }
}

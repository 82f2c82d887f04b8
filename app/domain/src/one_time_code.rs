use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Six digits as an authenticator app or a text message shows them (RFC 6238, NIST SP 800-63B-4 §3.1.4).
///
/// No `Display`, no `Serialize`, a `Debug` that shows nothing: a code is a secret while it is valid.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode([u8; OneTimeCode::DIGITS]);

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OneTimeCodeError {
    /// Nothing was entered.
    #[error("empty")]
    Empty,
    /// Not exactly six ASCII digits.
    #[error("malformed")]
    Malformed,
}

impl OneTimeCode {
    /// How many digits every code has.
    pub const DIGITS: usize = 6;

    /// The six ASCII digits, for a comparison in constant time.
    #[must_use]
    pub fn digits(&self) -> &[u8; Self::DIGITS] {
        &self.0
    }
}

impl FromStr for OneTimeCode {
    type Err = OneTimeCodeError;

    /// Trims, drops single spaces or hyphens *between* digits (apps show `287 082`), then wants exactly six
    /// ASCII digits. Signs, full-width or Arabic-Indic digits and seven digits are refused.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(OneTimeCodeError::Empty);
        }
        let mut digits = [0_u8; Self::DIGITS];
        let mut slots = digits.iter_mut();
        let mut after_digit = false;
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' => {
                    *slots.next().ok_or(OneTimeCodeError::Malformed)? = byte;
                    after_digit = true;
                }
                b' ' | b'-' if after_digit => after_digit = false,
                _ => return Err(OneTimeCodeError::Malformed),
            }
        }
        let complete = slots.next().is_none() && after_digit;
        if complete { Ok(Self(digits)) } else { Err(OneTimeCodeError::Malformed) }
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        accept_one_time_code: Vec<Accepted>,
        reject_one_time_code: Vec<Refused>,
    }

    #[derive(Deserialize)]
    struct Accepted {
        input: String,
        same_as: String,
    }

    #[derive(Deserialize)]
    struct Refused {
        input: String,
        why: String,
    }

    #[test]
    fn the_published_inputs_are_accepted_and_refused_as_published() {
        let vectors: Vectors = serde_json::from_str(include_str!("../tests/vectors/otp.json")).unwrap();

        for Accepted { input, same_as } in &vectors.accept_one_time_code {
            let code: OneTimeCode = input.parse().unwrap();
            assert_eq!(&code.digits()[..], same_as.as_bytes(), "{input:?}");
        }
        for Refused { input, why } in &vectors.reject_one_time_code {
            assert!(input.parse::<OneTimeCode>().is_err(), "{input:?}: {why}");
        }
        assert!(vectors.accept_one_time_code.len() >= 4 && vectors.reject_one_time_code.len() >= 12);
    }

    #[test]
    fn separators_stand_singly_and_between_digits() {
        for text in ["287  082", "287--082", "287082-", "- 287082", "287\t082", "287\u{a0}082"] {
            assert_eq!(text.parse::<OneTimeCode>(), Err(OneTimeCodeError::Malformed), "{text:?}");
        }
        assert!("2 8-7 0 8-2 ".parse::<OneTimeCode>().is_ok());
    }

    #[test]
    fn debug_shows_no_digit() {
        let code: OneTimeCode = "287082".parse().unwrap();

        assert!(!format!("{code:?}").contains(|c: char| c.is_ascii_digit()));
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = text.parse::<OneTimeCode>();
        }

        #[test]
        fn six_digits_are_themselves_however_they_are_grouped(code in "[0-9]{6}", at in 1_usize..6, gap in "[ -]") {
            let grouped = format!("  {}{gap}{} ", &code[..at], &code[at..]);

            let parsed: OneTimeCode = grouped.parse().unwrap();

            prop_assert_eq!(&parsed.digits()[..], code.as_bytes());
        }

        #[test]
        fn another_number_of_digits_is_refused(code in "[0-9]{1,5}|[0-9]{7,20}") {
            prop_assert_eq!(code.parse::<OneTimeCode>(), Err(OneTimeCodeError::Malformed));
        }
    }
}

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A phone number in international form (ITU-T E.164): a plus sign and 7 to 15 digits, the first not 0.
///
/// That it can be called is not judged here; how people write numbers in their own country, neither.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(Box<str>);

/// A text that is no number in international form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a phone number in international form")]
pub struct PhoneNumberError;

impl PhoneNumber {
    /// The number, `+491701234567`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as it may be shown to somebody who has not proved to be its owner, in groups: the calling code and the
    /// last two digits, `+44 ••• ••• ••56`.
    #[must_use]
    pub fn masked(&self) -> String {
        let digits = self.0.trim_start_matches('+');
        let (code, rest) = digits.split_at(calling_code_length(digits));
        let hidden = rest.len().saturating_sub(2);
        let mut masked = format!("+{code}");
        for (at, digit) in rest.chars().enumerate() {
            // Groups of three; the last has three or four.
            if at % 3 == 0 && (at == 0 || rest.len() - at > 1) {
                masked.push(' ');
            }
            masked.push(if at < hidden { '•' } else { digit });
        }
        masked
    }
}

/// How many digits the calling code of a number has (ITU-T E.164, list of assigned country codes).
fn calling_code_length(digits: &str) -> usize {
    match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7' | b'8', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('+').ok_or(PhoneNumberError)?;
        let good = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if good { Ok(Self(text.into())) } else { Err(PhoneNumberError) }
    }
}

/// Masked, since it ends up in logs.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = PhoneNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0.into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plus_and_seven_to_fifteen_digits_are_a_number() {
        for text in ["+4917012345678", "+1234567", "+123456789012345"] {
            assert_eq!(text.parse::<PhoneNumber>().unwrap().as_str(), text);
        }
        for text in [
            "",
            "+",
            "+123456",
            "+1234567890123456",
            "4917012345678",
            "+0123456789",
            "+49 170 1234567",
            "+٤٩١٧٠١٢٣٤",
            "+4917012345678\n",
        ] {
            assert_eq!(text.parse::<PhoneNumber>(), Err(PhoneNumberError), "{text:?}");
        }
    }

    #[test]
    fn a_stranger_sees_the_last_two_digits_and_so_does_a_log() {
        let number: PhoneNumber = "+4917012345678".parse().unwrap();

        assert_eq!(number.masked(), "+49 ••• ••• ••• 78");
        assert_eq!(format!("{number:?}"), "PhoneNumber(+49 ••• ••• ••• 78)");
    }

    proptest! {
        #[test]
        fn what_parses_is_kept_as_it_is(text in "\\+?[0-9 ]{0,20}") {
            if let Ok(number) = text.parse::<PhoneNumber>() {
                prop_assert_eq!(number.as_str(), text);
            }
        }

        #[test]
        fn garbage_is_refused_without_a_panic(text in any::<String>()) {
            let _ = text.parse::<PhoneNumber>();
        }
    }
}

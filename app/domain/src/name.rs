use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a person or an organisation is called on screen: 1 to 100 characters, no control characters.
///
/// Nothing else is asked of a name: people are called what they are called.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text can't be shown as a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum NameError {
    /// Nothing was entered.
    #[error("empty")]
    Empty,
    /// More than 100 characters.
    #[error("too long")]
    TooLong,
    /// A line break or another character that can't be shown.
    #[error("unprintable")]
    Unprintable,
}

impl Name {
    /// The most characters a name has.
    pub const LONGEST: usize = 100;

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<&str> = text.trim().split(' ').filter(|word| !word.is_empty()).collect();
        let text = words.join(" ");
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.chars().count() > Self::LONGEST {
            return Err(NameError::TooLong);
        }
        if text.chars().any(|c| c.is_control() || turns_the_writing_direction(c)) {
            return Err(NameError::Unprintable);
        }
        Ok(Self(text))
    }
}

/// Unicode's explicit direction marks (UAX #9): a name with them could make other text on the page read backwards.
fn turns_the_writing_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spaces_are_tidied_and_everything_printable_is_a_name() {
        assert_eq!("  Zoë   van  Đặng ".parse::<Name>().unwrap().as_str(), "Zoë van Đặng");
        assert_eq!("<b>Bobby'); --</b>".parse::<Name>().unwrap().as_str(), "<b>Bobby'); --</b>");
    }

    #[test]
    fn what_cannot_be_shown_is_refused() {
        assert_eq!(" ".parse::<Name>(), Err(NameError::Empty));
        assert_eq!("a\nb".parse::<Name>(), Err(NameError::Unprintable));
        assert_eq!("a\u{202e}b".parse::<Name>(), Err(NameError::Unprintable));
        assert_eq!("x".repeat(101).parse::<Name>(), Err(NameError::TooLong));
        assert!("é".repeat(100).parse::<Name>().is_ok());
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_idempotent(text in any::<String>()) {
            if let Ok(once) = text.parse::<Name>() {
                prop_assert_eq!(once.as_str().parse::<Name>().unwrap(), once);
            }
        }
    }
}

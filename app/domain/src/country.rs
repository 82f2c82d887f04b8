use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A country by its two letters (ISO 3166-1 alpha-2): `DE`, `GB`. Whether there is such a country is not judged here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

/// A text that is no two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a country")]
pub struct CountryError;

impl Country {
    /// The two letters, in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Two ASCII letters always are UTF-8.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters: [u8; 2] = text.as_bytes().try_into().map_err(|_| CountryError)?;
        if letters.iter().all(u8::is_ascii_alphabetic) {
            Ok(Self(letters.map(|letter| letter.to_ascii_uppercase())))
        } else {
            Err(CountryError)
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Country {
    type Error = CountryError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_letters_are_a_country_in_either_case() {
        assert_eq!("de".parse::<Country>().unwrap().as_str(), "DE");
        for text in ["", "D", "DEU", "D1", "ü", "d ", "\u{1F1E9}"] {
            assert_eq!(text.parse::<Country>(), Err(CountryError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_parses_is_two_capitals_and_parses_to_itself(text in any::<String>()) {
            if let Ok(country) = text.parse::<Country>() {
                prop_assert!(country.as_str().bytes().all(|byte| byte.is_ascii_uppercase()));
                prop_assert_eq!(country.as_str().parse::<Country>(), Ok(country));
            }
        }
    }
}

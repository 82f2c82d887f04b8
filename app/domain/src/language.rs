use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A language people are spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Language {
    /// English, and what everybody gets whose languages are not spoken here.
    #[default]
    #[serde(rename = "en")]
    English,
    /// German, with "Sie".
    #[serde(rename = "de")]
    German,
}

/// No language that is spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a language that is spoken here")]
pub struct LanguageError;

impl Language {
    /// All of them, the first for whoever speaks none.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its tag (BCP 47), as in `lang` of a page.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What those who speak it call it.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }
}

impl std::str::FromStr for Language {
    type Err = LanguageError;

    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|language| language.tag() == tag).ok_or(LanguageError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_again_by_its_tag() {
        for language in Language::ALL {
            assert_eq!(language.tag().parse(), Ok(language));
        }
        assert_eq!("fr".parse::<Language>(), Err(LanguageError));
        assert_eq!(serde_json::to_string(&Language::German).unwrap(), r#""de""#);
    }
}

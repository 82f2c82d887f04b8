use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An email address in the one spelling it is compared and stored in: trimmed and in lower case.
///
/// Deliberately narrower than RFC 5321: no quoted local part, no comments, no address literals, at most
/// 254 bytes. Whoever has such an address can't be mailed by most senders either.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is no email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum EmailAddressError {
    /// Nothing was entered.
    #[error("empty")]
    Empty,
    /// It has not the shape `somebody@example.com`.
    #[error("malformed")]
    Malformed,
}

/// RFC 5321 §4.5.3.1.3: a path is at most 256 octets, two of them the angle brackets.
const LONGEST: usize = 254;
/// RFC 5321 §4.5.3.1.1.
const LONGEST_LOCAL_PART: usize = 64;
/// RFC 1035 §2.3.4.
const LONGEST_LABEL: usize = 63;

impl EmailAddress {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = EmailAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailAddressError::Empty);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailAddressError::Malformed)?;
        if text.len() > LONGEST || !is_local_part(local) || !is_domain(domain) {
            return Err(EmailAddressError::Malformed);
        }
        Ok(Self(text.to_lowercase()))
    }
}

/// A dot-string of RFC 5322 §3.2.3, letters beyond ASCII allowed (RFC 6531).
fn is_local_part(local: &str) -> bool {
    let is_atom =
        |atom: &str| !atom.is_empty() && atom.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c));
    local.len() <= LONGEST_LOCAL_PART && local.split('.').all(is_atom)
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailAddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_surrounding_space_make_no_other_person() {
        let typed: EmailAddress = "  Ada.Lovelace@Example.COM ".parse().unwrap();

        assert_eq!(typed.as_str(), "ada.lovelace@example.com");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        assert_eq!("  ".parse::<EmailAddress>(), Err(EmailAddressError::Empty));
        for text in [
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "ada@@example.com",
            "a da@example.com",
            "ada.@example.com",
            "ada@-example.com",
            "ada@example..com",
            "\"ada\"@example.com",
            "ada@[127.0.0.1]",
            "ada:x@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada@example.com,eve@example.com",
            "<ada@example.com>",
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(EmailAddressError::Malformed), "{text:?}");
        }
        let long = format!("ada@{}.com", "a.".repeat(200));
        assert_eq!(long.parse::<EmailAddress>(), Err(EmailAddressError::Malformed));
    }

    #[test]
    fn an_address_survives_its_own_serialisation_and_garbage_does_not() {
        let address: EmailAddress = "ada+test@example.co.uk".parse().unwrap();

        let json = serde_json::to_string(&address).unwrap();

        assert_eq!(serde_json::from_str::<EmailAddress>(&json).unwrap(), address);
        assert!(serde_json::from_str::<EmailAddress>("\"nobody\"").is_err());
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_idempotent(text in any::<String>()) {
            if let Ok(once) = text.parse::<EmailAddress>() {
                prop_assert_eq!(once.as_str().parse::<EmailAddress>().unwrap(), once);
            }
        }

        #[test]
        fn what_looks_like_an_address_is_one(text in "[A-Za-z0-9._+]{1,10}@[a-z0-9]{1,8}\\.[a-z]{2,4}") {
            if let Ok(once) = text.parse::<EmailAddress>() {
                prop_assert_eq!(once.as_str(), text.to_lowercase());
            } else {
                prop_assert!(text.contains("..") || text.starts_with('.') || text.contains(".@"));
            }
        }
    }
}

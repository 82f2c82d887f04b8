use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A text that is no identifier of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an identifier")]
pub struct IdentifierError;

/// 128 random bits in lower-case Crockford base32 (26 characters): no order, no meaning, never used again.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The identifier made of these 16 random bytes.
            #[must_use]
            pub fn from_random(bytes: [u8; 16]) -> Self {
                Self(encode(u128::from_be_bytes(bytes)))
            }

            /// The identifier as text: 26 characters of `0-9a-z` without `i`, `l`, `o`, `u`.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdentifierError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if is_identifier(text) { Ok(Self(text.into())) } else { Err(IdentifierError) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentifierError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }
    };
}

identifier!(
    /// An organisation.
    AccountId
);
identifier!(
    /// A person with a sign-in; never given to another person, also not after a removal.
    UserId
);
identifier!(
    /// One browser signed in; stays the same while its token changes.
    SessionId
);
identifier!(
    /// One entry of the audit log.
    EventId
);
identifier!(
    /// One message waiting to be sent.
    MessageId
);
identifier!(
    /// One mobile by which a user can be reached.
    MobileId
);
identifier!(
    /// One place of an account's to which its events are posted.
    WebhookId
);
identifier!(
    /// One code sent as a text message, with all that was sent again in its place.
    ChallengeId
);

const LENGTH: usize = 26;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(number: u128) -> Box<str> {
    (0..LENGTH)
        .rev()
        .map(|place| {
            let digit = (number >> (5 * place)) & 31;
            ALPHABET.get(usize::try_from(digit).unwrap_or_default()).map_or('0', |&byte| char::from(byte))
        })
        .collect::<String>()
        .into()
}

fn is_identifier(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_identifier_is_26_characters_and_parses_back() {
        let id = UserId::from_random([0xff; 16]);

        assert_eq!(id.as_str(), "7zzzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!(id.as_str().parse(), Ok(id));
    }

    #[test]
    fn what_we_never_made_is_refused() {
        for text in ["", "7zzzzzzzzzzzzzzzzzzzzzzzz", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "user:zzzzzzzzzzzzzzzzzzzzz"] {
            assert_eq!(text.parse::<UserId>(), Err(IdentifierError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn different_bytes_make_different_identifiers(a in any::<[u8; 16]>(), b in any::<[u8; 16]>()) {
            prop_assert_eq!(a == b, SessionId::from_random(a) == SessionId::from_random(b));
        }
    }
}

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Entropy, Unavailable};

/// A bearer token: 256 random bits, known to one browser or one link and never stored.
///
/// What is stored is its [`TokenHash`]. No `Debug` that shows it, no `Serialize`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Token([u8; 32]);

/// The SHA-256 of a [`Token`]: finds a row, lets nobody in.
///
/// A fast hash is enough, since there is nothing to guess in 256 random bits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenHash(String);

/// A text that can't be a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a token")]
pub struct TokenError;

impl Token {
    /// A new token.
    ///
    /// # Errors
    /// [`Unavailable::Entropy`]
    pub fn issue(entropy: &dyn Entropy) -> Result<Self, Unavailable> {
        entropy.bytes().map(Self)
    }

    /// The form it travels in: 43 characters of unpadded base64url.
    #[must_use]
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The form it is stored and looked up in.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(URL_SAFE_NO_PAD.encode(Sha256::digest(self.0)))
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Ok(Self(bytes)),
            _ => Err(TokenError),
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl TokenHash {
    /// The hash as 43 characters of unpadded base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A hash as a store has kept it.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({}…)", self.0.get(..6).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::SeededEntropy;

    #[test]
    fn a_token_travels_as_43_characters_and_comes_back() {
        let token = Token::issue(&SeededEntropy::new(1)).unwrap();

        let text = token.reveal();

        assert_eq!(text.len(), 43);
        assert_eq!(text.parse::<Token>().unwrap().hash(), token.hash());
        assert!(!format!("{token:?}").contains(&text));
        assert!(!token.hash().as_str().contains(&text));
    }

    #[test]
    fn a_hash_is_no_token() {
        let token = Token::issue(&SeededEntropy::new(1)).unwrap();

        let stolen: Token = token.hash().as_str().parse().unwrap();

        assert_ne!(stolen.hash(), token.hash());
    }

    proptest! {
        #[test]
        fn garbage_is_refused_without_a_panic(text in any::<String>()) {
            if text.len() != 43 {
                prop_assert!(text.parse::<Token>().is_err());
            }
        }

        #[test]
        fn no_two_texts_are_one_token(bytes in any::<Vec<u8>>(), near in "[A-Za-z0-9_-]{42,44}") {
            for text in [String::from_utf8_lossy(&bytes).into_owned(), near] {
                if let Ok(token) = text.parse::<Token>() {
                    prop_assert_eq!(token.reveal(), text);
                }
            }
        }
    }
}

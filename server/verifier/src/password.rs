use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::Unavailable;

/// A password as somebody typed it; gone from memory when dropped.
///
/// Its length is bounded by the type, so that nobody can have a huge buffer hashed.
pub struct Password(Zeroizing<String>);

/// A password fit to be set: long enough and hard enough to guess.
pub struct NewPassword(Password);

/// A password as it is stored: a PHC string of Argon2id.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

/// A text that can't be anybody's password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no possible password")]
pub struct PasswordError;

/// Why a password may not be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum PasswordWeakness {
    /// Fewer than 8 characters (NIST SP 800-63B-4 §3.1.1.2).
    #[error("too short")]
    TooShort,
    /// More than 256 characters.
    #[error("too long")]
    TooLong,
    /// zxcvbn gives it fewer than 3 of 4 points, the owner's own words counted as known.
    #[error("too easy to guess")]
    TooEasy,
}

/// What a comparison of a password with a hash says.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordVerdict {
    /// It is the password.
    Right,
    /// It is not.
    Wrong,
}

/// Who waits for a hash: strangers can fill only half of the places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashingLane {
    /// A browser that signed in before, or a session.
    Known,
    /// Anybody else.
    Stranger,
}

/// Port: the slow comparison of passwords.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Hashes a password that is about to be set, with a salt of its own.
    ///
    /// # Errors
    /// [`Unavailable::Busy`] when all places stay taken, [`Unavailable::Hashing`].
    async fn hash(&self, password: &Password, salt: [u8; 16], lane: HashingLane) -> Result<PasswordHash, Unavailable>;

    /// Hashes a password with the salt and at the cost of another hash, so that the two are alike if the passwords are.
    ///
    /// # Errors
    /// As [`PasswordHasher::hash`].
    async fn hash_like(
        &self,
        password: &Password,
        like: &PasswordHash,
        lane: HashingLane,
    ) -> Result<PasswordHash, Unavailable>;

    /// Whether a hash was made as this hasher makes them now; if not, it is made anew when its password is known.
    fn is_current(&self, hash: &PasswordHash) -> bool;

    /// Compares a password with a stored hash.
    ///
    /// # Errors
    /// As [`PasswordHasher::hash`].
    async fn verify(
        &self,
        password: &Password,
        hash: &PasswordHash,
        lane: HashingLane,
    ) -> Result<PasswordVerdict, Unavailable>;
}

impl Password {
    /// The fewest characters of a password that is set.
    pub const SHORTEST: usize = 8;
    /// The most characters of any password.
    pub const LONGEST: usize = 256;
    /// A character has at most four bytes in UTF-8.
    const LONGEST_IN_BYTES: usize = Self::LONGEST * 4;

    /// The bytes that are hashed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl FromStr for Password {
    type Err = PasswordError;

    /// Takes a password as it is: nothing is trimmed, every character counts.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = !text.is_empty() && text.len() <= Self::LONGEST_IN_BYTES && text.chars().count() <= Self::LONGEST;
        if fits { Ok(Self(Zeroizing::new(text.into()))) } else { Err(PasswordError) }
    }
}

impl NewPassword {
    /// Score of zxcvbn from which a password is "safely unguessable" against online attacks (Wheeler 2016).
    const ENOUGH: zxcvbn::Score = zxcvbn::Score::Three;
    /// zxcvbn's cost grows faster than the length; what is beyond adds nothing to the verdict.
    const JUDGED: usize = 100;

    /// Judges a password that its owner wants to set.
    ///
    /// `own_words` are what an attacker would try first: the person's name, email and organisation.
    ///
    /// # Errors
    /// [`PasswordWeakness`]
    pub fn parse(text: &str, own_words: &[&str]) -> Result<Self, PasswordWeakness> {
        if text.chars().count() < Password::SHORTEST {
            return Err(PasswordWeakness::TooShort);
        }
        let password: Password = text.parse().map_err(|PasswordError| PasswordWeakness::TooLong)?;
        let words: Vec<&str> =
            own_words.iter().flat_map(|words| words.split(|c: char| !c.is_alphanumeric()).chain([*words])).collect();
        let judged: Zeroizing<String> = Zeroizing::new(text.chars().take(Self::JUDGED).collect());
        // Several of the owner's words in a row would count as unguessable: what is left without them has to be, too.
        let others = without(&judged, &words);
        let easy = |text: &str| zxcvbn::zxcvbn(text, &words).score() < Self::ENOUGH;
        if easy(&judged) || (others.len() < judged.len() && easy(&others)) {
            return Err(PasswordWeakness::TooEasy);
        }
        Ok(Self(password))
    }

    /// The password itself.
    #[must_use]
    pub fn password(&self) -> &Password {
        &self.0
    }
}

/// The text in lower case, without those of the words that have at least three letters.
fn without(text: &str, words: &[&str]) -> Zeroizing<String> {
    let mut rest = Zeroizing::new(text.to_lowercase());
    for word in words.iter().filter(|word| word.chars().count() >= 3) {
        rest = Zeroizing::new(rest.replace(&word.to_lowercase(), ""));
    }
    rest
}

impl PasswordHash {
    /// A PHC string (`$argon2id$v=19$m=…,t=…,p=…$salt$hash`).
    #[must_use]
    pub fn from_phc(text: String) -> Self {
        Self(text)
    }

    /// The PHC string.
    #[must_use]
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_printed_shows_a_password() {
        let new = NewPassword::parse("correct horse battery staple", &[]).unwrap();

        let printed = format!("{new:?} {:?} {:?}", new.password(), PasswordHash::from_phc("$argon2id$x".into()));

        assert!(!printed.contains("horse") && !printed.contains("argon2id"));
    }

    #[test]
    fn short_long_and_easy_passwords_are_told_apart() {
        let judge = |text: &str| NewPassword::parse(text, &["Ada Lovelace", "ada@analytical.example"]).err();

        assert_eq!(judge("x7!kQ2z"), Some(PasswordWeakness::TooShort));
        assert_eq!(judge(&"x7!kQ2z".repeat(50)), Some(PasswordWeakness::TooLong));
        assert_eq!(judge("password123"), Some(PasswordWeakness::TooEasy));
        assert_eq!(judge("adalovelace"), Some(PasswordWeakness::TooEasy));
        assert_eq!(judge("analytical1"), Some(PasswordWeakness::TooEasy));
        assert_eq!(judge("Analytical Ada Lovelace"), Some(PasswordWeakness::TooEasy));
        assert_eq!(judge("Ada's correct horse battery staple"), None);
        assert_eq!(judge("correct horse battery staple"), None);
        assert_eq!(judge("密码安全第一号钥匙锁门窗户开关灯"), None);
    }

    #[test]
    fn every_character_counts_also_spaces_at_the_ends() {
        let with: Password = " secret ".parse().unwrap();

        assert_eq!(with.bytes(), b" secret ");
    }

    #[test]
    fn a_huge_text_is_refused_before_it_is_hashed() {
        assert!("".parse::<Password>().is_err());
        assert!("x".repeat(257).parse::<Password>().is_err());
        assert!("\u{1f511}".repeat(256).parse::<Password>().is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn judging_never_panics(text in any::<String>(), word in any::<String>()) {
            let _ = NewPassword::parse(&text, &[&word]);
        }

        #[test]
        fn a_password_is_any_text_of_1_to_256_characters_as_it_is(text in prop::collection::vec(any::<char>(), 0..300)) {
            let count = text.len();
            let text: String = text.into_iter().collect();

            let password = text.parse::<Password>();

            prop_assert_eq!(password.is_ok(), (1..=256).contains(&count));
            prop_assert!(password.is_ok_and(|password| password.bytes() == text.as_bytes()) || count == 0 || count > 256);
        }
    }
}

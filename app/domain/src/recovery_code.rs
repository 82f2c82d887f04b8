use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A recovery code: 80 random bits as 16 characters of Crockford's base32 (NIST SP 800-63B-4 §3.1.2.1 wants 64 or more),
/// shown in groups of four.
///
/// No `Display`, no `Serialize`, a `Debug` that shows nothing: it lets its owner in once.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; RecoveryCode::LENGTH]);

/// Why a text is no recovery code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecoveryCodeError {
    /// Nothing was entered.
    #[error("empty")]
    Empty,
    /// Not 16 characters of the alphabet.
    #[error("malformed")]
    Malformed,
}

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl RecoveryCode {
    /// How many characters every code has.
    pub const LENGTH: usize = 16;
    /// How many random bytes make one.
    pub const BYTES: usize = 10;

    /// The code made of these random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; Self::BYTES]) -> Self {
        let number = bytes.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        let mut characters = [b'0'; Self::LENGTH];
        for (place, character) in characters.iter_mut().rev().enumerate() {
            let digit = usize::try_from((number >> (5 * place)) & 31).unwrap_or_default();
            *character = ALPHABET.get(digit).copied().unwrap_or(b'0');
        }
        Self(characters)
    }

    /// The 16 characters without groups, which are what is hashed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // All are of the alphabet, which is ASCII.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The code as its owner is to see it: `7KQ2-9FXD-MZ4T-0HWB`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let groups = self.0.chunks(4).map(|group| str::from_utf8(group).unwrap_or_default());
        groups.collect::<Vec<_>>().join("-")
    }
}

impl FromStr for RecoveryCode {
    type Err = RecoveryCodeError;

    /// Forgives case, spaces and hyphens wherever they are, and the letters that Crockford's alphabet leaves out
    /// because people take them for digits: O is 0, I and L are 1.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut characters = [0_u8; Self::LENGTH];
        let mut slots = characters.iter_mut();
        let mut empty = true;
        for c in text.chars().filter(|c| !c.is_whitespace() && !HYPHENS.contains(c)) {
            empty = false;
            let character = match c.to_ascii_uppercase() {
                'O' => b'0',
                'I' | 'L' => b'1',
                c => u8::try_from(c).ok().filter(|byte| ALPHABET.contains(byte)).ok_or(RecoveryCodeError::Malformed)?,
            };
            *slots.next().ok_or(RecoveryCodeError::Malformed)? = character;
        }
        match (empty, slots.next()) {
            (true, _) => Err(RecoveryCodeError::Empty),
            (false, None) => Ok(Self(characters)),
            (false, Some(_)) => Err(RecoveryCodeError::Malformed),
        }
    }
}

/// The hyphen of the keyboard and those that word processors make of it.
const HYPHENS: [char; 5] = ['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}'];

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_instead_is_forgiven() {
        let code: RecoveryCode = "7KQ2-9FXD-MZ4T-01W1".parse().unwrap();

        for text in [
            "7kq29fxdmz4t01w1",
            " 7KQ2 9FXD MZ4T 01W1 ",
            "7KQ2–9FXD–MZ4T–O1W1",
            "7kq2-9fxd-mz4t-oLwi",
            "7\tKQ29FXDMZ4T01W1\n",
        ] {
            assert_eq!(text.parse(), Ok(code.clone()), "{text:?}");
        }
        assert_eq!(code.grouped(), "7KQ2-9FXD-MZ4T-01W1");
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["", " ", "--", "\u{a0}"] {
            assert_eq!(text.parse::<RecoveryCode>(), Err(RecoveryCodeError::Empty), "{text:?}");
        }
        for text in [
            "287082",
            "7KQ2-9FXD-MZ4T-01W",
            "7KQ2-9FXD-MZ4T-01W11",
            "7KQ2-9FXD-MZ4T-01WU",
            "7KQ2_9FXD_MZ4T_01W1",
            "７KQ29FXDMZ4T01W1",
        ] {
            assert_eq!(text.parse::<RecoveryCode>(), Err(RecoveryCodeError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn nothing_printed_shows_a_code() {
        assert_eq!(format!("{:?}", RecoveryCode::from_random([7; 10])), "RecoveryCode(…)");
    }

    proptest! {
        #[test]
        fn a_code_of_ours_comes_back_as_it_is_shown(bytes in any::<[u8; 10]>()) {
            let code = RecoveryCode::from_random(bytes);
            prop_assert_eq!(code.as_str().len(), RecoveryCode::LENGTH);
            prop_assert_eq!(code.grouped().parse::<RecoveryCode>(), Ok(code.clone()));
            prop_assert_eq!(code.grouped().to_lowercase().parse::<RecoveryCode>(), Ok(code));
        }

        #[test]
        fn different_bytes_make_different_codes(a in any::<[u8; 10]>(), b in any::<[u8; 10]>()) {
            prop_assert_eq!(a == b, RecoveryCode::from_random(a) == RecoveryCode::from_random(b));
        }

        #[test]
        fn garbage_is_refused_without_a_panic(text in any::<String>()) {
            if let Ok(code) = text.parse::<RecoveryCode>() {
                prop_assert_eq!(code.grouped().parse::<RecoveryCode>(), Ok(code));
            }
        }
    }
}

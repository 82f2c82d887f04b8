use std::time::Duration;

use domain::{RecoveryCode, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Entropy, Keyring, PasswordHash, SealScope, Sealed, Unavailable};

/// A user's recovery codes: each lets its owner in once (NIST SP 800-63B-4 §3.1.2, look-up secrets).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes {
    /// Which set of this user it is, beginning at 1; stands on the sheet, so that an old one can be told.
    pub set: u32,
    /// When it was made.
    pub issued_at: Timestamp,
    /// Whether the user said that they have saved them.
    pub saved: bool,
    /// Hashes of the codes that were not used yet. All of a set have one salt, so that a try costs one hash.
    pub unused: Vec<PasswordHash>,
}

/// Codes that their owner has yet to save: sealed, for the session that made them, and not for long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownCodes {
    /// The one session that may see them.
    pub session: SessionId,
    /// The codes, sealed for this user.
    pub sealed: Sealed,
    /// When they were made.
    pub made_at: Timestamp,
}

impl RecoveryCodes {
    /// How many codes a set has.
    pub const COUNT: usize = 10;
    /// From how few on their owner is told to make new ones.
    pub const FEW: usize = 3;

    /// How many are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.unused.len()
    }

    /// Any hash of the set: it says the salt and the cost with which a try is hashed.
    #[must_use]
    pub fn like(&self) -> Option<&PasswordHash> {
        self.unused.first()
    }

    /// Takes out the code that has this hash, if it is among those unused. All are compared, whichever it is.
    pub fn spend(&mut self, hash: &PasswordHash) -> bool {
        let bytes = hash.as_phc().as_bytes();
        let before = self.unused.len();
        self.unused.retain(|unused| !bool::from(unused.as_phc().as_bytes().ct_eq(bytes)));
        self.unused.len() < before
    }
}

impl ShownCodes {
    /// How long they can be seen.
    pub const LIFE: Duration = Duration::from_mins(15);

    /// Seals codes for their owner's eyes in one session.
    ///
    /// # Errors
    /// [`Unavailable::Entropy`], [`Unavailable::Sealing`]
    pub fn seal(
        codes: &[RecoveryCode],
        user: &UserId,
        session: &SessionId,
        now: Timestamp,
        (keyring, entropy): (&Keyring, &dyn Entropy),
    ) -> Result<Self, Unavailable> {
        let plain = Zeroizing::new(codes.iter().map(RecoveryCode::as_str).collect::<Vec<_>>().join(" "));
        let sealed = keyring.seal(plain.as_bytes(), scope(user), entropy)?;
        Ok(Self { session: session.clone(), sealed, made_at: now })
    }

    /// The codes themselves.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`]
    pub fn open(&self, user: &UserId, keyring: &Keyring) -> Result<Vec<RecoveryCode>, Unavailable> {
        let plain = keyring.open(&self.sealed, scope(user))?;
        let text = str::from_utf8(&plain).map_err(|_| Unavailable::Sealing)?;
        text.split(' ').map(|code| code.parse().map_err(|_| Unavailable::Sealing)).collect()
    }

    /// Whether `session` may see them at `now`; codes from the future (a clock set back) nobody may.
    #[must_use]
    pub fn are_visible(&self, session: &SessionId, now: Timestamp) -> bool {
        self.session == *session && now.since(self.made_at).is_some_and(|age| age < Self::LIFE)
    }

    /// When they can't be seen any more.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.made_at.plus(Self::LIFE)
    }
}

pub(crate) fn scope(user: &UserId) -> SealScope<'_> {
    SealScope { owner: user.as_str(), field: "recovery codes" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SeededEntropy, a_keyring};

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn hash(text: &str) -> PasswordHash {
        PasswordHash::from_phc(text.into())
    }

    #[test]
    fn a_code_is_spent_once_and_the_others_stay() {
        let unused = vec![hash("a"), hash("b"), hash("c")];
        let mut codes = RecoveryCodes { set: 1, issued_at: NOW, saved: true, unused };

        assert!(codes.spend(&hash("b")) && !codes.spend(&hash("b")) && !codes.spend(&hash("x")));
        assert_eq!(codes.unused, [hash("a"), hash("c")]);
    }

    #[test]
    fn codes_are_seen_by_the_session_that_made_them_for_fifteen_minutes() {
        let (user, session, other) =
            (UserId::from_random([1; 16]), SessionId::from_random([2; 16]), SessionId::from_random([3; 16]));
        let (keyring, entropy) = (a_keyring(), SeededEntropy::new(1));
        let codes = vec![RecoveryCode::from_random([1; 10]), RecoveryCode::from_random([2; 10])];

        let shown = ShownCodes::seal(&codes, &user, &session, NOW, (&keyring, &entropy)).unwrap();

        assert_eq!(shown.open(&user, &keyring).unwrap(), codes);
        assert!(shown.open(&UserId::from_random([9; 16]), &keyring).is_err());
        assert!(shown.are_visible(&session, shown.until().minus(Duration::from_millis(1))));
        assert!(!shown.are_visible(&session, shown.until()) && !shown.are_visible(&other, NOW));
        assert!(!shown.are_visible(&session, NOW.minus(Duration::from_secs(1))));
    }
}

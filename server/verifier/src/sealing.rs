use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Entropy, Unavailable};

/// The keys under which secrets lie at rest. They live outside the database and its backups.
///
/// One key writes; older ones go on reading until everything is re-encrypted.
#[derive(Clone)]
pub struct Keyring {
    writing: KeyId,
    keys: BTreeMap<KeyId, MasterKey>,
}

/// The name of a key; stands in each sealed value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

/// 32 random bytes from which the key of each purpose is derived.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; 32]);

/// A secret at rest: `key.base64url(nonce ‖ ciphertext)`, XChaCha20-Poly1305.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// Whose value it is and which: bound into the ciphertext, so that a row copied to another user does not open.
#[derive(Debug, Clone, Copy)]
pub struct SealScope<'a> {
    /// The owner's identifier.
    pub owner: &'a str,
    /// The field's name.
    pub field: &'static str,
}

/// Why a keyring can't be made of what the keys file says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyringError {
    /// The writing key is not among the keys.
    #[error("the writing key {0:?} is not among the keys")]
    NoWritingKey(String),
    /// A key is not 32 bytes in base64.
    #[error("the key {0:?} is not 32 bytes in base64")]
    BadKey(String),
    /// A key's name is not made of 1 to 32 lower-case letters, digits and hyphens.
    #[error("{0:?} is no name for a key")]
    BadName(String),
}

const NONCE: usize = 24;

impl Keyring {
    /// A keyring of these keys (name → base64 of 32 bytes), writing with `writing`.
    ///
    /// # Errors
    /// [`KeyringError`] names the entry that is wrong, never its content.
    pub fn new<'a>(writing: &str, keys: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, KeyringError> {
        let keys: BTreeMap<KeyId, MasterKey> = keys
            .into_iter()
            .map(|(name, text)| Ok((name.parse::<KeyId>()?, MasterKey::parse(name, text)?)))
            .collect::<Result<_, KeyringError>>()?;
        let writing: KeyId = writing.parse()?;
        if keys.contains_key(&writing) {
            Ok(Self { writing, keys })
        } else {
            Err(KeyringError::NoWritingKey(writing.0))
        }
    }

    /// Encrypts `plain` for `scope` with the writing key and a random nonce.
    ///
    /// # Errors
    /// [`Unavailable::Entropy`], [`Unavailable::Sealing`]
    pub fn seal(&self, plain: &[u8], scope: SealScope<'_>, entropy: &dyn Entropy) -> Result<Sealed, Unavailable> {
        let key = self.keys.get(&self.writing).ok_or(Unavailable::Sealing)?;
        let nonce: [u8; NONCE] = entropy.bytes()?;
        let payload = Payload { msg: plain, aad: &scope.associated_data(&self.writing) };
        let ciphertext = key.cipher()?.encrypt(&XNonce::from(nonce), payload).map_err(|_| Unavailable::Sealing)?;
        let bytes = [&nonce[..], &ciphertext].concat();
        Ok(Sealed(format!("{}.{}", self.writing.0, URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// Decrypts what was sealed for the same scope.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`] for an unknown key, another scope, or a damaged value.
    pub fn open(&self, sealed: &Sealed, scope: SealScope<'_>) -> Result<Zeroizing<Vec<u8>>, Unavailable> {
        let (name, text) = sealed.0.split_once('.').ok_or(Unavailable::Sealing)?;
        let id: KeyId = name.parse().map_err(|_| Unavailable::Sealing)?;
        let key = self.keys.get(&id).ok_or(Unavailable::Sealing)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Unavailable::Sealing)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE>().ok_or(Unavailable::Sealing)?;
        let payload = Payload { msg: ciphertext, aad: &scope.associated_data(&id) };
        let plain = key.cipher()?.decrypt(&XNonce::from(*nonce), payload).map_err(|_| Unavailable::Sealing)?;
        Ok(Zeroizing::new(plain))
    }

    /// A keyed fingerprint of `text` (base64url of HMAC-SHA-256), for looking things up without storing them.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`]
    pub fn fingerprint(&self, purpose: &'static str, text: &str) -> Result<String, Unavailable> {
        let key = self.keys.get(&self.writing).ok_or(Unavailable::Sealing)?;
        let digest = hmac_sha256(&*key.derive("fingerprint")?, &[purpose.as_bytes(), &[0], text.as_bytes()])?;
        Ok(URL_SAFE_NO_PAD.encode(digest))
    }
}

impl MasterKey {
    fn parse(name: &str, text: &str) -> Result<Self, KeyringError> {
        let mut bytes = [0; 32];
        match STANDARD_NO_PAD.decode_slice(text.trim_end_matches('='), &mut bytes) {
            Ok(32) => Ok(Self(bytes)),
            _ => Err(KeyringError::BadKey(name.into())),
        }
    }

    /// A key for one purpose only (RFC 5869's expand step with one block).
    fn derive(&self, purpose: &'static str) -> Result<Zeroizing<[u8; 32]>, Unavailable> {
        hmac_sha256(&self.0, &[b"stepgate v1 ", purpose.as_bytes(), &[1]]).map(Zeroizing::new)
    }

    fn cipher(&self) -> Result<XChaCha20Poly1305, Unavailable> {
        let key = self.derive("seal")?;
        XChaCha20Poly1305::new_from_slice(key.as_slice()).map_err(|_| Unavailable::Sealing)
    }
}

fn hmac_sha256(key: &[u8; 32], parts: &[&[u8]]) -> Result<[u8; 32], Unavailable> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).map_err(|_| Unavailable::Sealing)?;
    for part in parts {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

impl SealScope<'_> {
    /// Length-prefixed, so that no two scopes read alike.
    fn associated_data(&self, key: &KeyId) -> Vec<u8> {
        let mut bytes = b"stepgate v1".to_vec();
        for part in [key.0.as_str(), self.owner, self.field] {
            bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

impl FromStr for KeyId {
    type Err = KeyringError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let good = (1..=32).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if good { Ok(Self(text.into())) } else { Err(KeyringError::BadName(text.chars().take(40).collect())) }
    }
}

impl Sealed {
    /// The sealed value as a text of visible ASCII without spaces, fit for a row or a cookie.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A sealed value as it came back from a row or a cookie; judged when it is opened.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("writing", &self.writing).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{SeededEntropy, a_keyring};

    const ADA: SealScope<'_> = SealScope { owner: "ada", field: "binding" };

    #[test]
    fn what_was_sealed_opens_for_its_owner_and_field_only() {
        let keyring = a_keyring();
        let sealed = keyring.seal(b"secret", ADA, &SeededEntropy::new(1)).unwrap();

        assert_eq!(keyring.open(&sealed, ADA).unwrap().as_slice(), b"secret");
        for stranger in [
            SealScope { owner: "eve", field: "binding" },
            SealScope { owner: "ada", field: "pending" },
            SealScope { owner: "adab", field: "inding" },
        ] {
            assert!(keyring.open(&sealed, stranger).is_err());
        }
    }

    #[test]
    fn the_plain_text_is_not_in_the_sealed_one_and_no_two_are_alike() {
        let (keyring, entropy) = (a_keyring(), SeededEntropy::new(1));

        let first = keyring.seal(b"secret", ADA, &entropy).unwrap();
        let second = keyring.seal(b"secret", ADA, &entropy).unwrap();

        assert_ne!(first, second);
        assert!(!first.as_str().contains("secret") && !format!("{first:?}").contains(first.as_str()));
    }

    #[test]
    fn a_flipped_bit_or_a_renamed_key_does_not_open() {
        let keyring = Keyring::new("k2", [("k1", KEY_1), ("k2", KEY_2)]).unwrap();
        let sealed = keyring.seal(b"secret", ADA, &SeededEntropy::new(1)).unwrap();

        let renamed = Sealed(sealed.0.replacen("k2.", "k1.", 1));
        let flipped =
            Sealed(format!("{}{}", &sealed.0[..sealed.0.len() - 1], if sealed.0.ends_with('A') { 'Q' } else { 'A' }));

        assert!(keyring.open(&renamed, ADA).is_err());
        assert!(keyring.open(&flipped, ADA).is_err());
    }

    #[test]
    fn an_older_key_still_reads_and_a_removed_one_does_not() {
        let old = Keyring::new("k1", [("k1", KEY_1)]).unwrap();
        let both = Keyring::new("k2", [("k1", KEY_1), ("k2", KEY_2)]).unwrap();
        let new = Keyring::new("k2", [("k2", KEY_2)]).unwrap();
        let sealed = old.seal(b"secret", ADA, &SeededEntropy::new(1)).unwrap();

        assert!(both.open(&sealed, ADA).is_ok());
        assert!(new.open(&sealed, ADA).is_err());
    }

    #[test]
    fn a_keyring_that_is_printed_shows_no_key() {
        let printed = format!("{:?}", Keyring::new("k1", [("k1", KEY_1), ("k2", KEY_2)]).unwrap());

        assert!(printed.contains("k1") && !printed.contains(KEY_1) && !printed.contains(KEY_2), "{printed}");
    }

    #[test]
    fn a_keyring_names_what_is_wrong_without_showing_a_key() {
        let missing = Keyring::new("k9", [("k1", KEY_1)]).unwrap_err();
        let short = Keyring::new("k1", [("k1", "c2hvcnQ=")]).unwrap_err();
        let name = Keyring::new("K 1", [("k1", KEY_1)]).unwrap_err();

        assert_eq!(missing, KeyringError::NoWritingKey("k9".into()));
        assert_eq!(short, KeyringError::BadKey("k1".into()));
        assert!(matches!(name, KeyringError::BadName(_)));
        assert!(!format!("{short} {missing} {name}").contains("c2hvcnQ"));
    }

    #[test]
    fn a_fingerprint_depends_on_purpose_text_and_key() {
        let (one, two) = (Keyring::new("k1", [("k1", KEY_1)]).unwrap(), Keyring::new("k1", [("k1", KEY_2)]).unwrap());
        let print = one.fingerprint("email", "ada@example.com").unwrap();

        assert_eq!(print, one.fingerprint("email", "ada@example.com").unwrap());
        assert_ne!(print, one.fingerprint("number", "ada@example.com").unwrap());
        assert_ne!(print, one.fingerprint("email", "eve@example.com").unwrap());
        assert_ne!(print, two.fingerprint("email", "ada@example.com").unwrap());
    }

    const KEY_1: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const KEY_2: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    proptest! {
        #[test]
        fn any_bytes_come_back(plain in any::<Vec<u8>>(), owner in any::<String>()) {
            let keyring = a_keyring();
            let scope = SealScope { owner: &owner, field: "binding" };

            let sealed = keyring.seal(&plain, scope, &SeededEntropy::new(1)).unwrap();

            prop_assert_eq!(keyring.open(&sealed, scope).unwrap().to_vec(), plain);
        }

        #[test]
        fn garbage_does_not_open(text in any::<String>()) {
            prop_assert!(a_keyring().open(&Sealed(text), ADA).is_err());
        }

        #[test]
        fn garbage_under_a_key_of_ours_does_not_open(text in "[A-Za-z0-9_-]{0,120}") {
            let keyring = Keyring::new("k1", [("k1", KEY_1)]).unwrap();

            let sealed = Sealed(format!("k1.{text}"));
            prop_assert!(keyring.open(&sealed, ADA).is_err());
        }

        #[test]
        fn a_keyring_of_anything_is_refused_without_a_panic_and_says_no_key(
            name in any::<Vec<u8>>(), key in any::<Vec<u8>>(), near in "[a-z0-9-]{0,40}",
        ) {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let (name, key) = (text(&name), text(&key));

            prop_assert!(Keyring::new(&name, [(name.as_str(), key.as_str())]).is_err());
            prop_assert_eq!(near.parse::<KeyId>().is_ok(), (1..=32).contains(&near.len()));
            let refused = Keyring::new("k1", [("k1", key.as_str())]).unwrap_err();
            prop_assert_eq!(refused, KeyringError::BadKey("k1".into()));
        }
    }
}

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Entropy, Unavailable, WrittenKeys};

/// The keys under which secrets lie at rest. They live outside the database and its backups.
///
/// One key writes; older ones go on reading until everything is re-encrypted. What is left of a key after that verifies
/// what it once sealed in the audit log, and opens nothing. All of it can be replaced while it is in use.
pub struct Keyring(RwLock<Arc<Keys>>);

/// The keys of one moment.
pub(crate) struct Keys {
    pub(crate) writing: KeyId,
    pub(crate) reading: BTreeMap<KeyId, MasterKey>,
    /// Of each retired key the one that was derived from it for the audit log.
    pub(crate) retired: BTreeMap<KeyId, DerivedKey>,
    /// The key of fingerprints: no rotation changes it, for then nothing would be found again under what it made.
    pub(crate) fingerprints: DerivedKey,
}

/// The name of a key; stands in each sealed value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

/// 32 random bytes from which the key of each purpose is derived.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; 32]);

/// A key for one purpose only, derived from a master key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct DerivedKey([u8; 32]);

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
/// What the key that seals the audit log is derived for.
pub(crate) const AUDIT_CHAIN: &str = "audit chain";
/// What the key of fingerprints is derived for.
pub(crate) const FINGERPRINT: &str = "fingerprint";

impl Keyring {
    /// A keyring of these keys (name → base64 of 32 bytes), writing with `writing`.
    ///
    /// # Errors
    /// [`KeyringError`] names the entry that is wrong, never its content.
    pub fn new<'a>(writing: &str, keys: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, KeyringError> {
        let keys = keys.into_iter().map(|(name, key)| (name.to_owned(), key.to_owned())).collect();
        WrittenKeys { writing: writing.into(), keys, retired: BTreeMap::new(), fingerprints: None }.keyring()
    }

    pub(crate) fn of(keys: Keys) -> Self {
        Self(RwLock::new(Arc::new(keys)))
    }

    /// From now on this keyring is what the other one is, for all who use it.
    pub fn replace(&self, by: &Self) {
        let keys = by.present();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    fn present(&self) -> Arc<Keys> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key that encrypts what is written from now on.
    #[must_use]
    pub fn writing(&self) -> KeyId {
        self.present().writing.clone()
    }

    /// The keys that decrypt, the writing one among them.
    #[must_use]
    pub fn reading(&self) -> BTreeSet<KeyId> {
        self.present().reading.keys().cloned().collect()
    }

    /// Whether a value lies under the writing key.
    #[must_use]
    pub fn is_current(&self, sealed: &Sealed) -> bool {
        sealed.key_id().is_some_and(|key| key == self.present().writing)
    }

    /// Encrypts `plain` for `scope` with the writing key and a random nonce.
    ///
    /// # Errors
    /// [`Unavailable::Entropy`], [`Unavailable::Sealing`]
    pub fn seal(&self, plain: &[u8], scope: SealScope<'_>, entropy: &dyn Entropy) -> Result<Sealed, Unavailable> {
        let keys = self.present();
        let key = keys.reading.get(&keys.writing).ok_or(Unavailable::Sealing)?;
        let nonce: [u8; NONCE] = entropy.bytes()?;
        let payload = Payload { msg: plain, aad: &scope.associated_data(&keys.writing) };
        let ciphertext = key.cipher()?.encrypt(&XNonce::from(nonce), payload).map_err(|_| Unavailable::Sealing)?;
        let bytes = [&nonce[..], &ciphertext].concat();
        Ok(Sealed(format!("{}.{}", keys.writing.0, URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// Decrypts what was sealed for the same scope.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`] for an unknown key, another scope, or a damaged value.
    pub fn open(&self, sealed: &Sealed, scope: SealScope<'_>) -> Result<Zeroizing<Vec<u8>>, Unavailable> {
        let (name, text) = sealed.0.split_once('.').ok_or(Unavailable::Sealing)?;
        let id: KeyId = name.parse().map_err(|_| Unavailable::Sealing)?;
        let keys = self.present();
        let key = keys.reading.get(&id).ok_or(Unavailable::Sealing)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Unavailable::Sealing)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE>().ok_or(Unavailable::Sealing)?;
        let payload = Payload { msg: ciphertext, aad: &scope.associated_data(&id) };
        let plain = key.cipher()?.decrypt(&XNonce::from(*nonce), payload).map_err(|_| Unavailable::Sealing)?;
        Ok(Zeroizing::new(plain))
    }

    /// The same secret under the writing key; none if it lies there already.
    ///
    /// # Errors
    /// [`Unavailable::Entropy`], [`Unavailable::Sealing`] if it does not open.
    pub fn renewed(
        &self,
        sealed: &Sealed,
        scope: SealScope<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Option<Sealed>, Unavailable> {
        if self.is_current(sealed) {
            return Ok(None);
        }
        let plain = self.open(sealed, scope)?;
        self.seal(&plain, scope, entropy).map(Some)
    }

    /// A keyed fingerprint of `text` (base64url of HMAC-SHA-256), for looking things up without storing them. The same
    /// before and after a rotation: its key stays.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`]
    pub fn fingerprint(&self, purpose: &'static str, text: &str) -> Result<String, Unavailable> {
        let key = self.present().fingerprints.clone();
        let digest = hmac_sha256(&key.0, &[purpose.as_bytes(), &[0], text.as_bytes()])?;
        Ok(URL_SAFE_NO_PAD.encode(digest))
    }

    /// The HMAC-SHA-256 of these parts, one after the other, by which `key` seals the audit log; none if nothing is
    /// known of that key.
    pub(crate) fn audit_mac(&self, key: &KeyId, parts: &[&[u8]]) -> Result<Option<[u8; 32]>, Unavailable> {
        let keys = self.present();
        let sealing = match (keys.reading.get(key), keys.retired.get(key)) {
            (Some(master), _) => master.derive(AUDIT_CHAIN)?,
            (None, Some(retired)) => retired.clone(),
            (None, None) => return Ok(None),
        };
        hmac_sha256(&sealing.0, parts).map(Some)
    }
}

impl MasterKey {
    pub(crate) fn parse(name: &str, text: &str) -> Result<Self, KeyringError> {
        bytes_of(name, text).map(Self)
    }

    /// A key for one purpose only (RFC 5869's expand step with one block).
    pub(crate) fn derive(&self, purpose: &'static str) -> Result<DerivedKey, Unavailable> {
        hmac_sha256(&self.0, &[b"stepgate v1 ", purpose.as_bytes(), &[1]]).map(DerivedKey)
    }

    fn cipher(&self) -> Result<XChaCha20Poly1305, Unavailable> {
        let key = self.derive("seal")?;
        XChaCha20Poly1305::new_from_slice(key.0.as_slice()).map_err(|_| Unavailable::Sealing)
    }
}

impl DerivedKey {
    pub(crate) fn parse(name: &str, text: &str) -> Result<Self, KeyringError> {
        bytes_of(name, text).map(Self)
    }

    /// As the keys file holds it.
    pub(crate) fn written(&self) -> String {
        STANDARD_NO_PAD.encode(self.0)
    }
}

fn bytes_of(name: &str, text: &str) -> Result<[u8; 32], KeyringError> {
    let mut bytes = [0; 32];
    match STANDARD_NO_PAD.decode_slice(text.trim_end_matches('='), &mut bytes) {
        Ok(32) => Ok(bytes),
        _ => Err(KeyringError::BadKey(name.into())),
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

impl KeyId {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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

    /// The key it lies under; none if it is no sealed value at all.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        self.0.split_once('.').and_then(|(name, _)| name.parse().ok())
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
        f.debug_struct("Keyring").field("writing", &self.writing()).finish_non_exhaustive()
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
    fn a_value_is_renewed_under_the_writing_key_once() {
        let old = Keyring::new("k1", [("k1", KEY_1)]).unwrap();
        let both = Keyring::new("k2", [("k1", KEY_1), ("k2", KEY_2)]).unwrap();
        let entropy = SeededEntropy::new(1);
        let sealed = old.seal(b"secret", ADA, &entropy).unwrap();

        let renewed = both.renewed(&sealed, ADA, &entropy).unwrap().unwrap();

        assert_eq!((sealed.key_id(), renewed.key_id()), ("k1".parse().ok(), "k2".parse().ok()));
        assert!(!both.is_current(&sealed) && both.is_current(&renewed));
        assert_eq!(both.open(&renewed, ADA).unwrap().as_slice(), b"secret");
        assert_eq!(both.renewed(&renewed, ADA, &entropy).unwrap(), None);
        assert!(both.renewed(&sealed, SealScope { owner: "eve", ..ADA }, &entropy).is_err());
        assert_eq!(Sealed::from_stored("no value".into()).key_id(), None);
    }

    #[test]
    fn a_keyring_is_replaced_for_all_who_use_it() {
        let keyring = Arc::new(Keyring::new("k1", [("k1", KEY_1)]).unwrap());
        let user = Arc::clone(&keyring);

        keyring.replace(&Keyring::new("k2", [("k1", KEY_1), ("k2", KEY_2)]).unwrap());

        let sealed = user.seal(b"secret", ADA, &SeededEntropy::new(1)).unwrap();
        assert_eq!(sealed.key_id(), Some(user.writing()));
        assert_eq!(user.reading().iter().map(KeyId::as_str).collect::<Vec<_>>(), ["k1", "k2"]);
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

use std::collections::{BTreeMap, BTreeSet};

use crate::sealing::{AUDIT_CHAIN, DerivedKey, FINGERPRINT, Keys, MasterKey};
use crate::{KeyId, Keyring, KeyringError};

/// The keys as the keys file holds them: by their names, 32 bytes in base64 each. Secret: it can't be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct WrittenKeys {
    /// The name of the key that encrypts what is written from now on.
    pub writing: String,
    /// The keys that decrypt.
    pub keys: BTreeMap<String, String>,
    /// What is left of keys that were retired: the key that was derived from each for the audit log.
    pub retired: BTreeMap<String, String>,
    /// The key of fingerprints. As long as none is written down it is derived from the first key by name.
    pub fingerprints: Option<String>,
}

impl WrittenKeys {
    /// The keyring of these keys.
    ///
    /// # Errors
    /// [`KeyringError`] names the entry that is wrong, never its content.
    pub fn keyring(&self) -> Result<Keyring, KeyringError> {
        let reading = parsed(&self.keys, MasterKey::parse)?;
        let retired = parsed(&self.retired, DerivedKey::parse)?;
        let writing: KeyId = self.writing.parse()?;
        if !reading.contains_key(&writing) {
            return Err(KeyringError::NoWritingKey(self.writing.clone()));
        }
        let fingerprints = self.fingerprint_key()?;
        Ok(Keyring::of(Keys { writing, reading, retired, fingerprints }))
    }

    /// These keys once `key` has become the writing one, under a new name, and what is left of those in `retire` opens
    /// nothing any more. The key that wrote until now stays.
    ///
    /// # Errors
    /// [`KeyringError`] if one of the keys is no key.
    pub fn rotated(&self, key: String, retire: &BTreeSet<KeyId>) -> Result<Self, KeyringError> {
        let mut next = Self { fingerprints: Some(self.fingerprint_key()?.written()), ..self.clone() };
        for name in retire.iter().map(KeyId::as_str).filter(|name| *name != self.writing) {
            if let Some(text) = next.keys.remove(name) {
                let left = derived(name, &MasterKey::parse(name, &text)?, AUDIT_CHAIN)?;
                next.retired.insert(name.into(), left.written());
            }
        }
        next.writing = self.next_name();
        next.keys.insert(next.writing.clone(), key);
        next.keyring()?;
        Ok(next)
    }

    fn fingerprint_key(&self) -> Result<DerivedKey, KeyringError> {
        match (&self.fingerprints, self.keys.first_key_value()) {
            (Some(text), _) => DerivedKey::parse("fingerprints", text),
            (None, Some((name, text))) => derived(name, &MasterKey::parse(name, text)?, FINGERPRINT),
            (None, None) => Err(KeyringError::NoWritingKey(self.writing.clone())),
        }
    }

    /// `k` and the number after the greatest that any key has had.
    fn next_name(&self) -> String {
        let names = self.keys.keys().chain(self.retired.keys());
        let numbers = names.filter_map(|name| name.strip_prefix('k')?.parse::<u32>().ok());
        format!("k{}", numbers.max().unwrap_or_default().saturating_add(1))
    }
}

fn parsed<K>(
    texts: &BTreeMap<String, String>,
    parse: fn(&str, &str) -> Result<K, KeyringError>,
) -> Result<BTreeMap<KeyId, K>, KeyringError> {
    texts.iter().map(|(name, text)| Ok((name.parse()?, parse(name, text)?))).collect()
}

fn derived(name: &str, key: &MasterKey, purpose: &'static str) -> Result<DerivedKey, KeyringError> {
    key.derive(purpose).map_err(|_| KeyringError::BadKey(name.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SealScope;
    use crate::testing::SeededEntropy;

    const ADA: SealScope<'_> = SealScope { owner: "ada", field: "binding" };
    const KEYS: [&str; 3] = [
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
        "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=",
    ];

    fn first() -> WrittenKeys {
        let keys = BTreeMap::from([("k1".to_owned(), KEYS[0].to_owned())]);
        WrittenKeys { writing: "k1".into(), keys, retired: BTreeMap::new(), fingerprints: None }
    }

    fn k1() -> BTreeSet<KeyId> {
        BTreeSet::from(["k1".parse().unwrap()])
    }

    #[test]
    fn a_new_key_writes_and_the_old_one_goes_on_reading() {
        let sealed = first().keyring().unwrap().seal(b"secret", ADA, &SeededEntropy::new(1)).unwrap();

        let second = first().rotated(KEYS[1].into(), &BTreeSet::new()).unwrap().keyring().unwrap();

        assert_eq!(second.writing().as_str(), "k2");
        assert_eq!(second.open(&sealed, ADA).unwrap().as_slice(), b"secret");
    }

    #[test]
    fn a_retired_key_opens_nothing_and_still_verifies_the_audit_log() {
        let old = first().keyring().unwrap();
        let sealed = old.seal(b"secret", ADA, &SeededEntropy::new(1)).unwrap();
        let (k1, parts): (KeyId, [&[u8]; 1]) = ("k1".parse().unwrap(), [b"event"]);

        let second = first().rotated(KEYS[1].into(), &BTreeSet::new()).unwrap();
        let third = second.rotated(KEYS[2].into(), &self::k1()).unwrap();

        let keyring = third.keyring().unwrap();
        assert_eq!(third.keys.keys().collect::<Vec<_>>(), ["k2", "k3"]);
        assert!(!third.retired.values().any(|left| *left == KEYS[0] || KEYS[0].starts_with(left)));
        assert!(keyring.open(&sealed, ADA).is_err());
        assert_eq!(keyring.audit_mac(&k1, &parts).unwrap(), old.audit_mac(&k1, &parts).unwrap());
        assert_eq!(keyring.audit_mac(&"k9".parse().unwrap(), &parts).unwrap(), None);
    }

    #[test]
    fn the_writing_key_is_not_retired_and_no_name_is_given_twice() {
        let second = first().rotated(KEYS[1].into(), &k1()).unwrap();
        let third = second.rotated(KEYS[2].into(), &k1()).unwrap();

        assert_eq!(second.keys.keys().collect::<Vec<_>>(), ["k1", "k2"]);
        assert_eq!(WrittenKeys { keys: BTreeMap::new(), ..third }.next_name(), "k2");
        assert_eq!(WrittenKeys { writing: "main".into(), keys: BTreeMap::new(), ..first() }.next_name(), "k1");
    }

    #[test]
    fn fingerprints_are_the_same_after_every_rotation_also_once_their_first_key_is_gone() {
        let print = |keys: &WrittenKeys| keys.keyring().unwrap().fingerprint("email", "ada@example.com").unwrap();
        let mut keys = first();
        let before = print(&keys);

        for number in 0..12 {
            let older = keys.keyring().unwrap().reading();
            keys = keys.rotated(KEYS[number % 3].into(), &older).unwrap();
            assert_eq!(print(&keys), before);
        }

        assert_eq!(keys.keys.keys().collect::<Vec<_>>(), ["k12", "k13"]);
    }

    #[test]
    fn what_is_wrong_is_named_and_not_shown() {
        let retired = WrittenKeys { retired: BTreeMap::from([("k0".into(), "c2hvcnQ=".into())]), ..first() };
        let fingerprints = WrittenKeys { fingerprints: Some("c2hvcnQ=".into()), ..first() };
        let new = first().rotated("c2hvcnQ=".into(), &BTreeSet::new());

        assert_eq!(retired.keyring().unwrap_err(), KeyringError::BadKey("k0".into()));
        assert_eq!(fingerprints.keyring().unwrap_err(), KeyringError::BadKey("fingerprints".into()));
        assert_eq!(new.map(|_| ()).unwrap_err(), KeyringError::BadKey("k2".into()));
    }
}

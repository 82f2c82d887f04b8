use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use delivery::durable;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use verifier::{Entropy, Keyring, KeyringError, Token, Unavailable, WrittenKeys};

/// Reads the keys at `path`, and makes them if there is nothing yet that needs them.
///
/// # Errors
/// [`KeysFileError`]; nothing was made or changed then.
pub fn load_or_create(path: &Path, database_exists: bool, entropy: &dyn Entropy) -> Result<Keyring, KeysFileError> {
    match load(path) {
        Err(KeysFileError::Missing { .. }) if !database_exists => {
            create(path, entropy)?;
            load(path)
        }
        loaded => loaded,
    }
}

/// What the keys file at `path` holds.
///
/// # Errors
/// [`KeysFileError`]
pub fn read(path: &Path) -> Result<WrittenKeys, KeysFileError> {
    read_file(path).map(|KeysFile { about: _, writing, keys, retired, fingerprints }| WrittenKeys {
        writing,
        keys,
        retired,
        fingerprints,
    })
}

/// Puts these keys in the place of those at `path`: all of them or none, also if the power fails.
///
/// # Errors
/// [`KeysFileError::Refused`]: then the file is as it was.
pub fn write(path: &Path, keys: WrittenKeys) -> Result<(), KeysFileError> {
    let refused = |source| KeysFileError::Refused { doing: "write", path: path.into(), source };
    let WrittenKeys { writing, keys, retired, fingerprints } = keys;
    let file = KeysFile { about: ABOUT.into(), writing, keys, retired, fingerprints };
    let mut text = serde_json::to_vec_pretty(&file).map_err(|error| refused(error.into()))?;
    text.push(b'\n');
    durable::write(path, &text).map_err(refused)
}

/// Why there are no keys to work with. Says what is wrong with the file, never what is in it.
#[derive(Debug, Error)]
pub enum KeysFileError {
    /// A database without its keys.
    #[error(
        "the keys file {path} is missing, and without it nothing secret in the database can be read; \
         put it back from your copy, or name the right file with --keys-file"
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("others may read the keys file {path} (mode {mode:03o}); close it with: chmod 600 {path}")]
    Open {
        /// Which.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It can't be read or written.
    #[error("cannot {doing} the keys file {path}")]
    Refused {
        /// `read` or `write`.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// No keys file, or one that an editor has hurt.
    #[error("the keys file {path} is damaged at line {line}: put it back from your copy")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Where in it reading stopped.
        line: usize,
    },
    /// Its entries don't fit together.
    #[error("the keys file {path} is of no use")]
    Useless {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: KeyringError,
    },
    /// No randomness to make a key of.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What is in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysFile {
    /// For whoever opens it.
    about: String,
    /// The name of the key that encrypts what is written from now on.
    writing: String,
    /// All keys by their names, 32 bytes in base64 each.
    keys: BTreeMap<String, String>,
    /// What is left of retired keys: enough to verify what they sealed in the audit log.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    retired: BTreeMap<String, String>,
    /// The key of fingerprints, once a rotation has written it down: no rotation changes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprints: Option<String>,
}

const ABOUT: &str = "Stepgate's keys. Without this file nothing secret in the database can be read. \
                     Keep a copy, apart from the copies of the database, and show it to nobody.";
const FIRST_KEY: &str = "k1";
/// Far more than anybody has keys; whatever is longer is another file.
const LONGEST: u64 = 64 * 1024;

fn load(path: &Path) -> Result<Keyring, KeysFileError> {
    read(path)?.keyring().map_err(|source| KeysFileError::Useless { path: path.into(), source })
}

fn read_file(path: &Path) -> Result<KeysFile, KeysFileError> {
    const NOT_THE_OWNERS: u32 = 0o077;
    let refused = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeysFileError::Missing { path: path.into() },
        _ => KeysFileError::Refused { doing: "read", path: path.into(), source },
    };
    let file = File::open(path).map_err(refused)?;
    let mode = file.metadata().map_err(refused)?.permissions().mode() & 0o777;
    if mode & NOT_THE_OWNERS != 0 {
        return Err(KeysFileError::Open { path: path.into(), mode });
    }
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text).map_err(refused)?;
    // serde's own message can quote what it found: a key.
    let damaged = |error: serde_json::Error| KeysFileError::Damaged { path: path.into(), line: error.line() };
    serde_json::from_slice(&text).map_err(damaged)
}

fn create(path: &Path, entropy: &dyn Entropy) -> Result<(), KeysFileError> {
    let keys = BTreeMap::from([(FIRST_KEY.to_owned(), new_key(entropy)?)]);
    write(path, WrittenKeys { writing: FIRST_KEY.into(), keys, retired: BTreeMap::new(), fingerprints: None })
}

/// 32 random bytes in base64. A token is the same in the URL-safe alphabet (RFC 4648 §5).
///
/// # Errors
/// [`Unavailable::Entropy`]
pub fn new_key(entropy: &dyn Entropy) -> Result<String, Unavailable> {
    Ok(Token::issue(entropy)?.reveal().replace('-', "+").replace('_', "/"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::error::Error;
    use std::fs::{self, Permissions};

    use verifier::SealScope;
    use verifier::testing::SeededEntropy;

    use super::*;

    const SCOPE: SealScope<'_> = SealScope { owner: "ada", field: "binding" };
    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn write(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    }

    #[test]
    fn keys_are_made_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let entropy = SeededEntropy::new(1);

        let made = load_or_create(&path, false, &entropy).unwrap();
        let found = load_or_create(&path, true, &entropy).unwrap();

        let sealed = made.seal(b"secret", SCOPE, &entropy).unwrap();
        assert_eq!(found.open(&sealed, SCOPE).unwrap().as_slice(), b"secret");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_rotated_file_is_found_again_and_is_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let entropy = SeededEntropy::new(1);
        let sealed = load_or_create(&path, false, &entropy).unwrap().seal(b"secret", SCOPE, &entropy).unwrap();

        let rotated = read(&path).unwrap().rotated(new_key(&entropy).unwrap(), &BTreeSet::new()).unwrap();
        super::write(&path, rotated).unwrap();

        let found = load_or_create(&path, true, &entropy).unwrap();
        assert_eq!(found.writing().as_str(), "k2");
        assert_eq!(found.open(&sealed, SCOPE).unwrap().as_slice(), b"secret");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let retired = BTreeSet::from(["k1".parse().unwrap()]);
        super::write(&path, read(&path).unwrap().rotated(new_key(&entropy).unwrap(), &retired).unwrap()).unwrap();
        assert!(load_or_create(&path, true, &entropy).unwrap().open(&sealed, SCOPE).is_err());
    }

    #[test]
    fn every_random_key_is_base64_that_the_keyring_takes() {
        for seed in 0..200 {
            let key = new_key(&SeededEntropy::new(seed)).unwrap();
            assert!(Keyring::new("k1", [("k1", key.as_str())]).is_ok(), "{seed}");
        }
    }

    #[test]
    fn a_database_without_its_keys_gets_no_new_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");

        let refusal = load_or_create(&path, true, &SeededEntropy::new(1)).unwrap_err();

        assert!(matches!(refusal, KeysFileError::Missing { .. }));
        assert!(!path.exists());
    }

    #[test]
    fn keys_that_others_may_read_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        load_or_create(&path, false, &SeededEntropy::new(1)).unwrap();

        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let refusal = load_or_create(&path, false, &SeededEntropy::new(1)).unwrap_err();
            assert!(refusal.to_string().contains("chmod 600"), "{refusal}");
        }
    }

    #[test]
    fn a_damaged_file_is_refused_without_showing_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let good = format!(r#"{{"about": "", "writing": "k1", "keys": {{"k1": "{KEY}"}}}}"#);

        for text in [
            String::new(),
            KEY.into(),
            format!("{KEY:?}"),
            good.replace('{', "["),
            good.replace(r#"{"k1": "#, "").replace("}}", "}"),
            good.replace("about", "k1"),
            good.replace(KEY, &KEY[4..]),
            good.replace(r#""writing": "k1""#, r#""writing": "k2""#),
            good.replace(r#"{"k1""#, r#"{"K 1""#),
        ] {
            write(&path, &text);
            let refusal = load_or_create(&path, true, &SeededEntropy::new(1)).unwrap_err();
            let said = format!("{refusal} {:?} {refusal:?}", refusal.source());
            assert!(!said.contains(&KEY[4..20]), "{said}");
        }
        write(&path, &good);
        assert!(load_or_create(&path, true, &SeededEntropy::new(1)).is_ok());
    }
}

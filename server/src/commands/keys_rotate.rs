use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use verifier::{KeyId, Unavailable, WrittenKeys};

use super::{Operator, Refused, Reply};
use crate::housekeeping::{Tallied, reseal_all};
use crate::keys_file;

/// A request takes 30 seconds at most: after this nobody is under way who may seal with the key before.
const STRAGGLERS: Duration = Duration::from_mins(1);

/// There is to be a new key.
#[derive(Debug, Serialize, Deserialize)]
pub struct RotateKeys {}

/// There is a new key, and this came of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct KeysRotated {
    /// The new key.
    writing: KeyId,
    /// Keys that go on reading.
    reading: BTreeSet<KeyId>,
    /// Keys that open nothing any more.
    retired: BTreeSet<KeyId>,
    /// How many secrets lie under the new key that did not; none if that was interrupted.
    resealed: Option<u64>,
    /// How many secrets don't open.
    unreadable: u64,
}

impl RotateKeys {
    /// The file is written before the keys are used, and the keys before anything is re-encrypted: whenever this is
    /// interrupted, every secret opens with the file, and the next rotation, or the next day, does the rest.
    pub(super) async fn carry_out(self, operator: &Operator) -> Result<Reply, Unavailable> {
        let mut rotated = operator.rotated.lock().await;
        let (verifier, now) = (&operator.verifier, operator.verifier.now());
        if !operator.has_database_alone {
            return Ok(Reply::Refused(Refused::SharedDatabase));
        }
        if rotated.is_some_and(|at: Timestamp| now.since(at).is_none_or(|since| since < STRAGGLERS)) {
            return Ok(Reply::Refused(Refused::JustRotated));
        }
        let keyring = verifier.keyring();
        let retired = verifier.keys_in_use().await?.idle(keyring);
        let key = keys_file::new_key(verifier.entropy())?;
        let next = match rotated_file(operator, key, &retired) {
            Ok(next) => next,
            Err(refused) => return Ok(Reply::Refused(refused)),
        };
        keyring.replace(&next);
        *rotated = Some(now);
        let mut reply = KeysRotated {
            writing: keyring.writing(),
            reading: keyring.reading(),
            retired,
            resealed: None,
            unreadable: 0,
        };
        reply.reading.remove(&reply.writing);
        match reseal_all(verifier).await {
            Ok(Tallied { values, unreadable }) => (reply.resealed, reply.unreadable) = (Some(values), unreadable),
            Err(error) => tracing::error!(error = &error as &dyn Error, "not everything lies under the new key yet"),
        }
        Ok(Reply::KeysRotated(reply))
    }
}

/// Writes the keys file with a new key, and reads nothing but what it has written.
fn rotated_file(operator: &Operator, key: String, retired: &BTreeSet<KeyId>) -> Result<verifier::Keyring, Refused> {
    let in_words = |error: &dyn Error| {
        let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
        Refused::KeysFile(format!("{error}{cause}"))
    };
    let path = &operator.keys_file;
    let written = keys_file::read(path).map_err(|error| in_words(&error))?;
    if !is_in_use(&written, operator).map_err(|error| in_words(&error))? {
        let words = "the keys file was changed since the server started; restart the server first";
        return Err(Refused::KeysFile(words.into()));
    }
    let next = written.rotated(key, retired).map_err(|error| in_words(&error))?;
    let keyring = next.keyring().map_err(|error| in_words(&error))?;
    keys_file::write(path, next).map_err(|error| in_words(&error))?;
    Ok(keyring)
}

/// Whether these are the keys that this process works with.
fn is_in_use(written: &WrittenKeys, operator: &Operator) -> Result<bool, verifier::KeyringError> {
    let (file, used) = (written.keyring()?, operator.verifier.keyring());
    Ok(file.writing() == used.writing() && file.reading() == used.reading())
}

impl KeysRotated {
    /// For standard output.
    pub(super) fn text(&self) -> String {
        let Self { writing, reading, retired, resealed, .. } = self;
        let mut text =
            format!("The new key is {writing}. Copy the keys file, apart from the copies of the database.\n");
        if let Some(values) = resealed {
            let _ = writeln!(text, "Re-encrypted: {values}.");
        }
        if !reading.is_empty() {
            let _ = writeln!(text, "Kept for reading until the next rotation: {}.", names(reading));
        }
        if !retired.is_empty() {
            let _ = writeln!(
                text,
                "Retired: {}. Older copies of the database need the keys file of their day.",
                names(retired)
            );
        }
        text
    }

    /// What is wrong nevertheless.
    pub(super) fn complaint(&self) -> Option<String> {
        match (self.resealed, self.unreadable) {
            (None, _) => Some("not everything was re-encrypted; the log says why. Rotate again in a minute".into()),
            (Some(_), 0) => None,
            (Some(_), unreadable) => Some(format!("{unreadable} secrets open with no key of the keys file")),
        }
    }
}

fn names(keys: &BTreeSet<KeyId>) -> String {
    keys.iter().map(KeyId::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> KeyId {
        name.parse().unwrap()
    }

    fn rotated() -> KeysRotated {
        KeysRotated {
            writing: key("k3"),
            reading: BTreeSet::from([key("k2")]),
            retired: BTreeSet::from([key("k1")]),
            resealed: Some(12),
            unreadable: 0,
        }
    }

    #[test]
    fn the_operator_is_told_what_to_copy_and_what_is_gone() {
        assert_eq!(
            rotated().text(),
            "\
The new key is k3. Copy the keys file, apart from the copies of the database.
Re-encrypted: 12.
Kept for reading until the next rotation: k2.
Retired: k1. Older copies of the database need the keys file of their day.
"
        );
        assert_eq!(rotated().complaint(), None);
    }

    #[test]
    fn what_was_not_done_is_an_error() {
        let interrupted = KeysRotated { resealed: None, ..rotated() };
        let lost = KeysRotated { unreadable: 2, ..rotated() };

        assert!(interrupted.complaint().unwrap().contains("Rotate again"));
        assert!(lost.complaint().unwrap().starts_with("2 secrets"));
    }
}

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use domain::{EmailAddress, MessageId, PhoneNumber, Timestamp};
use serde::Serialize;

use crate::{durable, utc};

/// The folder messages go to while no gateway is set: one JSON file each, whose name order is time order.
#[derive(Debug, Clone)]
pub struct Outbox {
    folder: PathBuf,
}

/// A message as its file holds it.
#[derive(Debug, Serialize)]
pub struct Letter<'a> {
    kind: Kind,
    to: &'a str,
    subject: Option<&'a str>,
    body: &'a str,
    at: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Mail,
    Sms,
}

impl<'a> Letter<'a> {
    /// A mail.
    #[must_use]
    pub fn mail(to: &'a EmailAddress, subject: &'a str, body: &'a str, at: Timestamp) -> Self {
        Self { kind: Kind::Mail, to: to.as_str(), subject: Some(subject), body, at: utc::rfc3339(at) }
    }
}

impl<'a> Letter<'a> {
    /// A text message.
    #[must_use]
    pub fn text(to: &'a PhoneNumber, body: &'a str, at: Timestamp) -> Self {
        Self { kind: Kind::Sms, to: to.as_str(), subject: None, body, at: utc::rfc3339(at) }
    }
}

impl Outbox {
    /// The outbox in this folder, made with mode 0700 if missing.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(Self { folder })
    }

    /// Puts a letter in. Its name holds the message's own time and id, so that a second delivery of the same message
    /// after a crash finds the first and adds nothing.
    ///
    /// # Errors
    /// Whatever the system says; then it is not in.
    pub fn put(&self, id: &MessageId, queued_at: Timestamp, letter: &Letter<'_>) -> io::Result<()> {
        let path = self.folder.join(format!("{}-{id}.json", utc::sortable(queued_at)));
        if fs::exists(&path)? {
            return Ok(());
        }
        let mut text = serde_json::to_vec_pretty(letter)?;
        text.push(b'\n');
        durable::write(&path, &text)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::{Value, json};

    use super::*;

    fn outbox() -> (tempfile::TempDir, Outbox) {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path().join("outbox")).unwrap();
        (folder, outbox)
    }

    fn names(outbox: &Outbox) -> Vec<String> {
        let entries = fs::read_dir(&outbox.folder).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_letter_is_one_json_file_for_its_owner_only() {
        let (_folder, outbox) = outbox();
        let (to, at) = ("ada@example.com".parse().unwrap(), Timestamp::from_seconds(1_763_961_153));

        outbox.put(&MessageId::from_random([1; 16]), at, &Letter::mail(&to, "Subject", "Body\n", at)).unwrap();

        let path = outbox.folder.join(&names(&outbox)[0]);
        let letter: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(
            letter,
            json!({
                "kind": "mail", "to": "ada@example.com", "subject": "Subject", "body": "Body\n",
                "at": "2025-11-24T05:12:33Z",
            })
        );
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&outbox.folder).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn names_sort_by_time_and_the_same_message_is_there_once() {
        let (_folder, outbox) = outbox();
        let to = "ada@example.com".parse().unwrap();

        for (seconds, id) in [(30, 3), (10, 9), (20, 1), (10, 9)] {
            let at = Timestamp::from_seconds(seconds);
            let letter = Letter::mail(&to, "Subject", "Body", at);
            outbox.put(&MessageId::from_random([id; 16]), at, &letter).unwrap();
        }

        let starts: Vec<String> = names(&outbox).iter().map(|name| name[..19].into()).collect();
        assert_eq!(starts, ["19700101T000010000Z", "19700101T000020000Z", "19700101T000030000Z"]);
    }
}

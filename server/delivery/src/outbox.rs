use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use async_trait::async_trait;
use domain::{MessageId, Timestamp};
use serde::Serialize;
use tokio::task::spawn_blocking;
use verifier::utc;

use crate::{Mail, MailGateway, NotDelivered, Text, TextGateway, durable};

/// The folder messages go to while no gateway is set: one JSON file each, whose name order is time order.
#[derive(Debug, Clone)]
pub struct Outbox {
    folder: PathBuf,
}

/// A message as its file holds it.
#[derive(Debug, Serialize)]
struct Letter<'a> {
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
    async fn put(&self, id: &MessageId, queued_at: Timestamp, letter: &Letter<'_>) -> Result<(), NotDelivered> {
        let path = self.folder.join(format!("{}-{id}.json", utc::sortable(queued_at)));
        let text = serde_json::to_vec_pretty(letter).map(|text| [text, b"\n".to_vec()].concat());
        let written = spawn_blocking(move || if fs::exists(&path)? { Ok(()) } else { durable::write(&path, &text?) });
        written.await.map_err(io::Error::other).flatten().map_err(|error| NotDelivered::ForNow(error.into()))
    }
}

#[async_trait]
impl MailGateway for Outbox {
    async fn send(&self, mail: &Mail) -> Result<(), NotDelivered> {
        let Mail { id, queued_at, at, to, subject, body, .. } = mail;
        let (to, subject, at) = (to.as_str(), Some(subject.as_str()), utc::rfc3339(*at));
        self.put(id, *queued_at, &Letter { kind: Kind::Mail, to, subject, body, at }).await
    }
}

#[async_trait]
impl TextGateway for Outbox {
    async fn send(&self, text: &Text) -> Result<(), NotDelivered> {
        let Text { id, queued_at, at, to, body } = text;
        let letter = Letter { kind: Kind::Sms, to: to.as_str(), subject: None, body, at: utc::rfc3339(*at) };
        self.put(id, *queued_at, &letter).await
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

    fn read(outbox: &Outbox) -> Value {
        serde_json::from_slice(&fs::read(outbox.folder.join(&names(outbox)[0])).unwrap()).unwrap()
    }

    fn mail(id: u8, at: Timestamp) -> Mail {
        Mail {
            id: MessageId::from_random([id; 16]),
            queued_at: at,
            at,
            to: "ada@example.com".parse().unwrap(),
            name: "Ada".parse().unwrap(),
            account: "Analytical Engines".parse().unwrap(),
            subject: "Subject".into(),
            body: "Body\n".into(),
            html: "<p>Body</p>".into(),
        }
    }

    #[tokio::test]
    async fn a_mail_is_one_json_file_for_its_owner_only() {
        let (_folder, outbox) = outbox();

        MailGateway::send(&outbox, &mail(1, Timestamp::from_seconds(1_763_961_153))).await.unwrap();

        let told = json!({
            "kind": "mail", "to": "ada@example.com", "subject": "Subject", "body": "Body\n",
            "at": "2025-11-24T05:12:33.000Z",
        });
        assert_eq!(read(&outbox), told);
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(outbox.folder.join(&names(&outbox)[0])), 0o600);
        assert_eq!(mode(outbox.folder), 0o700);
    }

    #[tokio::test]
    async fn a_text_has_no_subject() {
        let (_folder, outbox) = outbox();
        let at = Timestamp::from_seconds(0);
        let (id, to) = (MessageId::from_random([1; 16]), "+4917012345678".parse().unwrap());

        TextGateway::send(&outbox, &Text { id, queued_at: at, at, to, body: "Body".into() }).await.unwrap();

        let told = json!({
            "kind": "sms", "to": "+4917012345678", "subject": null, "body": "Body", "at": "1970-01-01T00:00:00.000Z",
        });
        assert_eq!(read(&outbox), told);
    }

    #[tokio::test]
    async fn names_sort_by_time_and_the_same_message_is_there_once() {
        let (_folder, outbox) = outbox();

        for (seconds, id) in [(30, 3), (10, 9), (20, 1), (10, 9)] {
            MailGateway::send(&outbox, &mail(id, Timestamp::from_seconds(seconds))).await.unwrap();
        }

        let starts: Vec<String> = names(&outbox).iter().map(|name| name[..19].into()).collect();
        assert_eq!(starts, ["19700101T000010000Z", "19700101T000020000Z", "19700101T000030000Z"]);
    }
}

//! Nothing in the database lets anybody in: tokens are hashed, secrets and messages sealed.

use std::fs;
use std::path::{Path, PathBuf};

use domain::Timestamp;
use surrealdb::types::Value;
use verifier::testing::{SeededEntropy, a_binding, a_credential, a_keyring, a_signed_in, an_account};
use verifier::{
    Change, Commit, CredentialRecord, Enrollment, Link, LinkPurpose, Message, MessageKind, NoticeKind, PendingBinding,
    Progress, Recipient, SessionChange, SharedSecret, Store, Token,
};

use crate::directory::Directory;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const TABLES: [&str; 9] =
    ["account", "credential", "member", "attempts", "tally", "link", "session", "event", "message"];

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_rows_nor_files_hold_a_token_a_secret_or_a_message() {
    let directory = Directory::new();
    let store = directory.open().await.unwrap();
    let entropy = SeededEntropy::new(1);
    let [session_token, next_token, link_token, cookie] = [(); 4].map(|()| Token::issue(&entropy).unwrap());
    let secret = SharedSecret::from_bytes(*b"a secret of 20 bytes");
    let session = a_signed_in(NOW).session;
    let sealed = secret.seal(&a_credential().user, &a_keyring(), &entropy).unwrap();
    let pending =
        PendingBinding { session: session.id.clone(), secret: sealed, begun_at: NOW, progress: Progress::FirstCode };
    let record = CredentialRecord {
        binding: Some(a_binding()),
        enrollment: Some(Enrollment::Binding(pending)),
        ..a_credential()
    };
    let about = MessageKind::Notice {
        what: NoticeKind::Locked,
        address: Some(session.address),
        browser: Some(session.browser.clone()),
    };
    let to = Recipient::Mail("only-in-the-message@example.com".parse().unwrap());
    let message = Message { to, name: record.name.clone(), account: an_account().name, at: NOW, about };
    let session = verifier::Session { known_browser: Some(cookie.hash()), ..session };
    let commit = Commit {
        credentials: vec![Change::create(record)],
        accounts: vec![Change::create(an_account())],
        links: vec![Link::new(link_token.hash(), LinkPurpose::Setup, NOW)],
        sessions: vec![
            SessionChange::Open { token: session_token.hash(), session: session.clone() },
            SessionChange::Rotate { from: session_token.hash(), to: next_token.hash(), session, grace_until: NOW },
        ],
        messages: vec![message.queue(&a_keyring(), &entropy).unwrap()],
        ..Commit::default()
    };

    store.commit(commit).await.unwrap();
    drop(store);

    let connection = directory.open_raw().await;
    let mut rows = Vec::new();
    for table in TABLES {
        let mut answer = connection.query(format!("SELECT * FROM {table}")).await.unwrap().check().unwrap();
        let found: Vec<Value> = answer.take(0).unwrap();
        rows.extend(found);
    }
    let rows = format!("{rows:?}");
    let stored: Vec<Vec<u8>> = files_in(directory.path()).iter().map(|file| fs::read(file).unwrap()).collect();
    let mut plain = [&session_token, &next_token, &link_token, &cookie].map(Token::reveal).to_vec();
    plain.extend([secret.base32().to_string(), "a secret of 20 bytes".into(), "12345678901234567890".into()]);
    plain.extend(["only-in-the-message".into(), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".into()]);
    for text in plain {
        assert!(!rows.contains(&text), "a row holds {text}");
        assert!(!stored.iter().any(|bytes| contains(bytes, &text)), "a file holds {text}");
    }
    // And this is how it would look if they did.
    assert!(rows.contains(next_token.hash().as_str()));
    assert!(stored.iter().any(|bytes| contains(bytes, next_token.hash().as_str())));
}

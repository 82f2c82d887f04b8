//! Messages on their way from the database to the outbox.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use store::SurrealStore;
use tokio::time::sleep;
use verifier::{
    Address, BrowserLabel, Clock, Commit, Keyring, Message, MessageKind, NoticeKind, QueuedMessage, Recipient, Store,
    SystemClock, SystemEntropy,
};

use crate::stepgate::{Installation, mode};

#[test]
fn what_was_queued_before_a_start_is_sent_in_its_order_and_once() {
    let installation = Installation::new();
    installation.create_account("ada@example.com").done();
    let keyring = keyring(&installation.path());
    let messages = [3, 1, 2].map(|minute| message(minute).queue(&keyring, &SystemEntropy).unwrap());
    queue(&installation.path(), messages.to_vec());

    let server = installation.serve();
    has_letters(&installation.path(), 3);
    assert_eq!(server.stop(), Some(0));
    let letters = letters(&installation.path());

    let times: Vec<&str> = letters.iter().map(|letter| letter["at"].as_str().unwrap()).collect();
    assert_eq!(times.len(), 3);
    assert!(times.is_sorted(), "{times:?}");
    for letter in letters {
        assert_eq!((&letter["kind"], &letter["to"]), (&"mail".into(), &"ada@example.com".into()));
        assert!(letter["body"].as_str().unwrap().starts_with("Hello Ada Lovelace,\n"));
        assert!(!letter["subject"].as_str().unwrap().contains('\n'));
    }
    assert!(waiting(&installation.path()).is_empty());
}

/// A message of an hour ago and so many minutes.
fn message(minute: u64) -> Message {
    let hour = SystemClock.now().minus(Duration::from_hours(1));
    Message {
        to: Recipient::Mail("ada@example.com".parse().unwrap()),
        name: "Ada Lovelace".parse().unwrap(),
        account: "Analytical Engines".parse().unwrap(),
        language: domain::Language::English,
        at: hour.plus(Duration::from_mins(minute)),
        about: MessageKind::Notice {
            what: NoticeKind::AuthenticatorBound,
            address: Some(Address::new("192.0.2.1".parse().unwrap())),
            browser: Some(BrowserLabel::from_user_agent("Firefox/140.0 Linux")),
        },
    }
}

fn keyring(data_dir: &Path) -> Keyring {
    let file: Value = serde_json::from_slice(&fs::read(data_dir.join("keys")).unwrap()).unwrap();
    let keys = file["keys"].as_object().unwrap();
    let keys = keys.iter().map(|(name, key)| (name.as_str(), key.as_str().unwrap()));
    Keyring::new(file["writing"].as_str().unwrap(), keys).unwrap()
}

/// The letters in the outbox, in name order.
fn letters(data_dir: &Path) -> Vec<Value> {
    let entries = fs::read_dir(data_dir.join("outbox")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.iter().all(|path| mode(path) == 0o600));
    paths.iter().map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).collect()
}

fn queue(data_dir: &Path, messages: Vec<QueuedMessage>) {
    with_store(data_dir, async |store| {
        store.commit(Commit { messages, ..Commit::default() }).await.unwrap();
    });
}

/// Waits until so many were sent, 10 seconds at most.
fn has_letters(data_dir: &Path, count: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    // A letter has its name once it is whole.
    let is_letter = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().path().extension() == Some("json".as_ref());
    runtime.block_on(async {
        for _ in 0..2000 {
            let letters = fs::read_dir(data_dir.join("outbox")).unwrap().map(is_letter);
            if letters.filter(|is_letter| *is_letter).count() >= count {
                return;
            }
            sleep(Duration::from_millis(5)).await;
        }
    });
}

fn waiting(data_dir: &Path) -> Vec<QueuedMessage> {
    with_store(data_dir, async |store| store.waiting_messages(10).await.unwrap())
}

/// Opens the database of a server that does not run.
fn with_store<T>(data_dir: &Path, ask: impl AsyncFnOnce(SurrealStore) -> T) -> T {
    let url = format!("surrealkv://{}", data_dir.join("db").display());
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.enable_all().thread_stack_size(10 * 1024 * 1024).build().unwrap();
    let alive = runtime.metrics();
    runtime.block_on(async {
        let done = ask(SurrealStore::open(&url).await.unwrap()).await;
        while alive.num_alive_tasks() > 0 {
            sleep(Duration::from_millis(5)).await;
        }
        done
    })
}

use std::io;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::time::sleep;
use verifier::{QueuedMessage, Recipient, Retry, Unavailable, Undelivered, Verifier};

use crate::mail_text;
use crate::outbox::{Letter, Outbox};
use crate::public_url::PublicUrl;
use crate::stopping::Stopping;

/// Sends the messages that use cases have committed, to each recipient in their order, and forgets each once it is sent.
///
/// A message is sent first and forgotten then, so a crash between the two sends it again; the outbox knows it by its
/// id and keeps one. What fails is tried again later or given up, as the verifier says.
pub struct Delivery {
    verifier: Arc<Verifier>,
    outbox: Outbox,
    /// Where links lead.
    home: Arc<PublicUrl>,
}

/// Why messages wait.
#[derive(Debug, Error)]
enum Held {
    #[error("the outbox can't be written")]
    Outbox(#[from] io::Error),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// How often the store is asked for messages: a mail half a second late is not late.
const PAUSE: Duration = Duration::from_millis(500);
/// The most messages of one round: a file each takes milliseconds, so they are sent long before their lease runs out.
const BATCH: u32 = 50;
/// The most rounds without a pause; then it is looked whether it is time to stop.
const MOST_ROUNDS: usize = 100;
/// After trouble the pause doubles, up to this.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

impl Delivery {
    /// A worker that sends to this outbox; links in messages lead to `home`.
    #[must_use]
    pub fn new(verifier: Arc<Verifier>, outbox: Outbox, home: Arc<PublicUrl>) -> Self {
        Self { verifier, outbox, home }
    }

    /// Sends until it is time to stop; what was taken is finished.
    pub async fn run(self, mut stopping: Stopping) {
        let mut pause = PAUSE;
        loop {
            match self.rounds().await {
                Ok(()) => pause = PAUSE,
                Err(held) => {
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    tracing::error!(error = &held as &dyn std::error::Error, ?pause, "messages wait");
                }
            }
            tokio::select! {
                () = stopping.wait() => return,
                () = sleep(pause) => {}
            }
        }
    }

    /// Sends what waits. Only the first message to each recipient has its turn, so one round follows the other.
    async fn rounds(&self) -> Result<(), Held> {
        for _ in 0..MOST_ROUNDS {
            if self.round().await? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Sends those whose turn it is, up to a batch, and says how many. All are tried, though one fails: the first
    /// failure is told.
    async fn round(&self) -> Result<usize, Held> {
        let (mut sent, mut failure) = (0, None);
        for queued in self.verifier.lease_messages(BATCH).await? {
            // Whoever was asleep for too long leaves the rest to others.
            if queued.tries.leased_until.is_none_or(|until| self.verifier.now() >= until) {
                break;
            }
            match self.send(&queued).await {
                Ok(()) => sent += 1,
                Err(held) => {
                    failure.get_or_insert(held);
                }
            }
        }
        failure.map_or(Ok(sent), Err)
    }

    async fn send(&self, queued: &QueuedMessage) -> Result<(), Held> {
        match self.letter_put(queued).await {
            Ok(()) => {
                self.verifier.message_sent(queued).await?;
                tracing::info!(message = %queued.id, "message sent");
                Ok(())
            }
            Err(held) => {
                match self.verifier.message_failed(queued, Undelivered::ForNow).await? {
                    Retry::At(_) => tracing::warn!(message = %queued.id, "message not sent; it is tried again"),
                    Retry::GivenUp => tracing::error!(message = %queued.id, "message not sent, and given up"),
                }
                Err(held)
            }
        }
    }

    async fn letter_put(&self, queued: &QueuedMessage) -> Result<(), Held> {
        let message = queued.open(self.verifier.keyring())?;
        let mail = mail_text::mail(&message, &self.home);
        let (outbox, id, queued_at) = (self.outbox.clone(), queued.id.clone(), queued.at);
        let put = move || {
            let short = mail_text::short(&message);
            let letter = match &message.to {
                Recipient::Mail(to) => Letter::mail(to, &mail.subject, &mail.body, message.at),
                Recipient::Text(to) => Letter::text(to, &short, message.at),
            };
            outbox.put(&id, queued_at, &letter)
        };
        tokio::task::spawn_blocking(put).await.map_err(io::Error::other)??;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use domain::Timestamp;
    use verifier::testing::{ManualClock, MemoryStore, PlainHasher, SeededEntropy, a_keyring};
    use verifier::{Address, BrowserLabel, Commit, Keyring, LEASE, Message, MessageKind, NoticeKind, Ports, Store};

    use super::*;

    const OTHER_KEY: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    /// A worker with a folder of its own.
    struct Post {
        folder: tempfile::TempDir,
        store: Arc<MemoryStore>,
        clock: Arc<ManualClock>,
        delivery: Delivery,
    }

    impl Post {
        async fn open() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Arc::new(MemoryStore::new());
            let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1000)));
            let ports = Ports {
                store: store.clone(),
                clock: clock.clone(),
                entropy: Arc::new(SeededEntropy::new(1)),
                hasher: Arc::new(PlainHasher),
            };
            let verifier = Arc::new(Verifier::new(ports, Arc::new(a_keyring())).await.unwrap());
            let outbox = Outbox::open(folder.path().join("outbox")).unwrap();
            let home = Arc::new("http://localhost:3000".parse().unwrap());
            Self { delivery: Delivery::new(verifier, outbox, home), folder, store, clock }
        }

        async fn queue(&self, messages: Vec<QueuedMessage>) {
            self.store.commit(Commit { messages, ..Commit::default() }).await.unwrap();
        }

        async fn waiting(&self) -> usize {
            self.store.waiting_messages(1000).await.unwrap().len()
        }

        fn outbox(&self) -> std::path::PathBuf {
            Path::join(self.folder.path(), "outbox")
        }

        fn letters(&self) -> usize {
            fs::read_dir(self.outbox()).unwrap().count()
        }
    }

    /// A message to a mailbox of its own.
    fn queued(seed: u64, keyring: &Keyring) -> QueuedMessage {
        let message = Message {
            to: Recipient::Mail(format!("ada{seed}@example.com").parse().unwrap()),
            name: "Ada".parse().unwrap(),
            account: "Analytical Engines".parse().unwrap(),
            at: Timestamp::from_seconds(i64::try_from(seed).unwrap()),
            about: MessageKind::Notice {
                what: NoticeKind::AuthenticatorBound,
                address: Some(Address::new("192.0.2.1".parse().unwrap())),
                browser: Some(BrowserLabel::from_user_agent("")),
            },
        };
        message.queue(keyring, &SeededEntropy::new(seed)).unwrap()
    }

    #[tokio::test]
    async fn what_is_sent_is_forgotten() {
        let post = Post::open().await;
        post.queue((1..=3).map(|seed| queued(seed, &a_keyring())).collect()).await;

        post.delivery.round().await.unwrap();

        assert_eq!((post.letters(), post.waiting().await), (3, 0));
    }

    #[tokio::test]
    async fn a_crash_between_sending_and_forgetting_sends_no_second_letter() {
        let post = Post::open().await;
        post.queue(vec![queued(1, &a_keyring())]).await;
        let leased = post.delivery.verifier.lease_messages(1).await.unwrap().remove(0);
        post.delivery.letter_put(&leased).await.unwrap();

        post.delivery.round().await.unwrap();
        assert_eq!((post.letters(), post.waiting().await), (1, 1));
        post.clock.advance(LEASE);
        post.delivery.round().await.unwrap();

        assert_eq!((post.letters(), post.waiting().await), (1, 0));
    }

    #[tokio::test]
    async fn a_message_that_does_not_open_waits_and_stops_nobody() {
        let post = Post::open().await;
        let lost = Keyring::new("k9", [("k9", OTHER_KEY)]).unwrap();
        post.queue((1..=60).map(|seed| queued(seed, &lost)).collect()).await;
        post.queue(vec![queued(100, &a_keyring())]).await;

        for _ in 0..2 {
            assert!(matches!(post.delivery.round().await, Err(Held::Unavailable(Unavailable::Sealing))));
        }

        assert_eq!((post.letters(), post.waiting().await), (1, 60));
    }

    #[tokio::test]
    async fn while_the_outbox_is_away_messages_wait() {
        let post = Post::open().await;
        post.queue(vec![queued(1, &a_keyring()), queued(2, &a_keyring())]).await;
        fs::remove_dir(post.outbox()).unwrap();

        assert!(matches!(post.delivery.round().await, Err(Held::Outbox(_))));
        assert_eq!(post.waiting().await, 2);

        fs::create_dir(post.outbox()).unwrap();
        post.clock.advance(Duration::from_secs(10));
        post.delivery.round().await.unwrap();
        assert_eq!((post.letters(), post.waiting().await), (2, 0));
    }
}

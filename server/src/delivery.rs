use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use domain::MessageId;
use thiserror::Error;
use tokio::time::sleep;
use verifier::{QueuedMessage, Recipient, Store, Unavailable, Verifier};

use crate::mail_text;
use crate::outbox::{Letter, Outbox};
use crate::public_url::PublicUrl;
use crate::stopping::Stopping;

/// Sends the messages that use cases have committed, in their order, and forgets each once it is sent.
///
/// A message is sent first and forgotten then, so a crash between the two sends it again; the outbox knows it by its
/// id and keeps one.
pub struct Delivery {
    store: Arc<dyn Store>,
    verifier: Arc<Verifier>,
    outbox: Outbox,
    /// Where links lead.
    home: Arc<PublicUrl>,
    /// Messages that don't open. They stay in the store, for a day when the right key is back, and stop nobody.
    stuck: BTreeSet<MessageId>,
}

/// Why messages wait.
#[derive(Debug, Error)]
enum Held {
    #[error("the outbox can't be written")]
    Outbox(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] Unavailable),
}

/// How often the store is asked for messages: a mail half a second late is not late.
const PAUSE: Duration = Duration::from_millis(500);
/// The most messages of one round.
const BATCH: u32 = 50;
/// After trouble the pause doubles, up to this.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

impl Delivery {
    /// A worker for this store and outbox.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, verifier: Arc<Verifier>, outbox: Outbox, home: Arc<PublicUrl>) -> Self {
        Self { store, verifier, outbox, home, stuck: BTreeSet::new() }
    }

    /// Sends until it is time to stop; a message that is being sent is finished.
    pub async fn run(mut self, mut stopping: Stopping) {
        let mut pause = PAUSE;
        loop {
            match self.round().await {
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

    /// Sends what is waiting, up to a batch.
    async fn round(&mut self) -> Result<(), Held> {
        let stuck = u32::try_from(self.stuck.len()).unwrap_or(u32::MAX);
        for queued in self.store.waiting_messages(BATCH.saturating_add(stuck)).await? {
            if self.stuck.contains(&queued.id) {
                continue;
            }
            match self.letter_put(&queued).await {
                Err(Held::Store(Unavailable::Sealing)) => {
                    tracing::error!(message = %queued.id, "a message does not open with the present keys; it is kept");
                    self.stuck.insert(queued.id);
                }
                put => {
                    put?;
                    self.store.remove_message(&queued.id).await?;
                    tracing::info!(message = %queued.id, "message sent");
                }
            }
        }
        Ok(())
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
    use verifier::{Address, BrowserLabel, Commit, Keyring, Message, MessageKind, NoticeKind, Ports};

    use super::*;

    const OTHER_KEY: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    async fn delivery(folder: &Path) -> (Delivery, Arc<MemoryStore>) {
        let store = Arc::new(MemoryStore::new());
        let ports = Ports {
            store: store.clone(),
            clock: Arc::new(ManualClock::at(Timestamp::from_seconds(1000))),
            entropy: Arc::new(SeededEntropy::new(1)),
            hasher: Arc::new(PlainHasher),
        };
        let verifier = Arc::new(Verifier::new(ports, Arc::new(a_keyring())).await.unwrap());
        let outbox = Outbox::open(folder.join("outbox")).unwrap();
        let home = Arc::new("http://localhost:3000".parse().unwrap());
        (Delivery::new(store.clone(), verifier, outbox, home), store)
    }

    fn queued(seed: u64, keyring: &Keyring) -> QueuedMessage {
        let message = Message {
            to: Recipient::Mail("ada@example.com".parse().unwrap()),
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

    async fn queue(store: &MemoryStore, messages: Vec<QueuedMessage>) {
        store.commit(Commit { messages, ..Commit::default() }).await.unwrap();
    }

    fn letters(folder: &Path) -> usize {
        fs::read_dir(folder.join("outbox")).unwrap().count()
    }

    #[tokio::test]
    async fn what_is_sent_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let (mut delivery, store) = delivery(folder.path()).await;
        queue(&store, (1..=3).map(|seed| queued(seed, &a_keyring())).collect()).await;

        delivery.round().await.unwrap();

        assert_eq!(letters(folder.path()), 3);
        assert!(store.waiting_messages(10).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_crash_between_sending_and_forgetting_sends_no_second_letter() {
        let folder = tempfile::tempdir().unwrap();
        let (mut delivery, store) = delivery(folder.path()).await;
        let message = queued(1, &a_keyring());
        delivery.letter_put(&message).await.unwrap();

        queue(&store, vec![message]).await;
        delivery.round().await.unwrap();

        assert_eq!(letters(folder.path()), 1);
        assert!(store.waiting_messages(10).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_message_that_does_not_open_is_kept_and_stops_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let (mut delivery, store) = delivery(folder.path()).await;
        let lost = Keyring::new("k9", [("k9", OTHER_KEY)]).unwrap();
        queue(&store, (1..=60).map(|seed| queued(seed, &lost)).collect()).await;
        queue(&store, vec![queued(100, &a_keyring())]).await;

        delivery.round().await.unwrap();
        delivery.round().await.unwrap();

        assert_eq!(letters(folder.path()), 1);
        assert_eq!(store.waiting_messages(100).await.unwrap().len(), 60);
    }

    #[tokio::test]
    async fn while_the_outbox_is_away_messages_wait() {
        let folder = tempfile::tempdir().unwrap();
        let (mut delivery, store) = delivery(folder.path()).await;
        queue(&store, vec![queued(1, &a_keyring())]).await;
        fs::remove_dir(folder.path().join("outbox")).unwrap();

        assert!(matches!(delivery.round().await, Err(Held::Outbox(_))));
        assert_eq!(store.waiting_messages(10).await.unwrap().len(), 1);

        fs::create_dir(folder.path().join("outbox")).unwrap();
        delivery.round().await.unwrap();
        assert_eq!(letters(folder.path()), 1);
    }
}

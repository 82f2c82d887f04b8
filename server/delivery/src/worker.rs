use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::pin;
use tokio::time::{sleep, timeout};
use verifier::{LEASE, Lane, Message, QueuedMessage, Recipient, Retry, Unavailable, Undelivered, Verifier};

use crate::{
    Home, Mail, MailGateway, NotDelivered, Text, TextGateway, WebhookGateway, mail_html, mail_text, text_body,
};

/// Sends the messages that use cases have committed, to each recipient in their order, and forgets each once it is sent.
///
/// A message is sent first and forgotten then, so a crash between the two sends it again, under the same identifier.
/// What fails is tried again later or given up, as the verifier says. Each lane is served by itself.
#[derive(Clone)]
pub struct Delivery {
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) gateways: Gateways,
    /// Where links lead.
    home: Arc<Home>,
    /// How long a gateway may take for one message.
    pub(crate) deadline: Duration,
}

/// What takes the messages.
#[derive(Clone)]
pub struct Gateways {
    /// Mails.
    pub mail: Arc<dyn MailGateway>,
    /// Texts.
    pub text: Arc<dyn TextGateway>,
    /// Events.
    pub webhook: Arc<dyn WebhookGateway>,
}

/// How often the store is asked for messages: a mail half a second late is not late.
pub(crate) const PAUSE: Duration = Duration::from_millis(500);
/// After trouble with the store the pause doubles, up to this.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// How many messages of a lane are under way at once.
const AT_ONCE: usize = 8;
/// How long a gateway may take for one.
const DEADLINE: Duration = Duration::from_secs(15);
/// The most messages of one round: as many as are done before their lease runs out, however slow the gateway.
const BATCH: u32 = 24;

impl Delivery {
    /// A worker that sends by these gateways; links in messages lead to `home`.
    #[must_use]
    pub fn new(verifier: Arc<Verifier>, gateways: Gateways, home: Arc<Home>) -> Self {
        Self { verifier, gateways, home, deadline: DEADLINE }
    }

    /// Sends what waits in a lane until it is time to stop; what was taken is finished.
    pub async fn run(self, lane: Lane, stopping: impl Future<Output = ()>) {
        pin!(stopping);
        if lane == Lane::Webhook {
            return self.post_events(stopping).await;
        }
        let mut pause = PAUSE;
        loop {
            // Only the first message to each recipient has its turn: as long as something goes, others may follow at once.
            let rest = match self.round(lane).await {
                Ok(went) => {
                    pause = PAUSE;
                    if went > 0 { Duration::ZERO } else { PAUSE }
                }
                Err(unavailable) => {
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    tracing::error!(error = &unavailable as &dyn Error, ?lane, ?pause, "messages wait");
                    pause
                }
            };
            tokio::select! {
                biased;
                () = &mut stopping => return,
                () = sleep(rest) => {}
            }
        }
    }

    /// Sends those whose turn it is, up to a batch, and says how many went. All are tried, though one fails: the first
    /// trouble is told.
    async fn round(&self, lane: Lane) -> Result<usize, Unavailable> {
        let leased = self.verifier.lease_messages(lane, BATCH).await?;
        let sending: Vec<_> = leased.iter().map(|queued| self.send(queued)).collect();
        let outcomes: Vec<Result<bool, Unavailable>> = stream::iter(sending).buffer_unordered(AT_ONCE).collect().await;
        let outcomes: Result<Vec<bool>, Unavailable> = outcomes.into_iter().collect();
        Ok(outcomes?.into_iter().filter(|went| *went).count())
    }

    /// Whether there is time to send one within its lease. Whoever was asleep for too long leaves it to others.
    pub(crate) fn is_in_time(&self, queued: &QueuedMessage) -> bool {
        queued.tries.leased_until.is_some_and(|until| self.verifier.now().plus(DEADLINE) <= until)
    }

    /// Sends one, and says whether it went.
    async fn send(&self, queued: &QueuedMessage) -> Result<bool, Unavailable> {
        if !self.is_in_time(queued) {
            return Ok(false);
        }
        let failed = match queued.open(self.verifier.keyring()) {
            Ok(message) => match self.handed_over(queued, message).await {
                Ok(()) => {
                    self.verifier.message_sent(queued).await?;
                    tracing::info!(message = %queued.id, "message sent");
                    return Ok(true);
                }
                Err(failed) => failed,
            },
            Err(sealed) => NotDelivered::ForNow(sealed.into()),
        };
        let undelivered = match &failed {
            NotDelivered::ForNow(_) => Undelivered::ForNow,
            NotDelivered::ForGood(_) => Undelivered::ForGood,
            NotDelivered::Perhaps(_) => Undelivered::Perhaps,
        };
        let retry = self.verifier.message_failed(queued, undelivered).await?;
        let (message, error) = (&queued.id, &failed as &dyn Error);
        match retry {
            Retry::At(_) => tracing::warn!(%message, error, "message not sent; it is tried again"),
            Retry::GivenUp => tracing::error!(%message, error, "message not sent, and given up"),
        }
        Ok(false)
    }

    async fn handed_over(&self, queued: &QueuedMessage, message: Message) -> Result<(), NotDelivered> {
        let QueuedMessage { id, at: queued_at, .. } = queued.clone();
        let written = mail_text::mail(&message, &self.home);
        let body = text_body::text(&message, &self.home);
        let Message { to, name, account, at, .. } = message;
        let handed_over = async {
            match to {
                Recipient::Mail(to) => {
                    let (body, html, subject) = (written.plain(), mail_html::html(&written), written.subject);
                    let mail = Mail { id, queued_at, at, to, name, account, subject, body, html };
                    self.gateways.mail.send(&mail).await
                }
                Recipient::Text(to) => self.gateways.text.send(&Text { id, queued_at, at, to, body }).await,
            }
        };
        let late = |elapsed: tokio::time::error::Elapsed| NotDelivered::Perhaps(elapsed.into());
        timeout(self.deadline, handed_over).await.map_err(late).flatten()
    }
}

const _: () = assert!(
    DEADLINE.as_secs() * (BATCH as u64).div_ceil(AT_ONCE as u64) <= LEASE.as_secs(),
    "a batch is sent within its lease"
);

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::Mutex;

    use async_trait::async_trait;

    use domain::{MessageId, Timestamp};
    use verifier::testing::{ManualClock, MemoryStore, PlainHasher, SeededEntropy, a_keyring};
    use verifier::{
        Address, BrowserLabel, Commit, Keyring, Message, MessageKind, NoticeKind, Ports, PrivateHosts, Store,
    };

    use super::*;
    use crate::{Outbox, WebhookPoster};

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
            let outbox = Arc::new(Outbox::open(folder.path().join("outbox")).unwrap());
            let webhook = Arc::new(WebhookPoster::new(PrivateHosts::default()).unwrap());
            let gateways = Gateways { mail: outbox.clone(), text: outbox, webhook };
            let home = Home { origin: "http://localhost:3000".into(), host: "localhost".into() };
            Self { delivery: Delivery::new(verifier, gateways, Arc::new(home)), folder, store, clock }
        }

        /// Goes on until nothing goes any more.
        async fn rounds(&self) {
            while self.delivery.round(Lane::Mail).await.unwrap() > 0 {}
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
            language: domain::Language::English,
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

        post.delivery.round(Lane::Mail).await.unwrap();

        assert_eq!((post.letters(), post.waiting().await), (3, 0));
    }

    #[tokio::test]
    async fn a_crash_between_sending_and_forgetting_sends_no_second_letter() {
        let post = Post::open().await;
        post.queue(vec![queued(1, &a_keyring())]).await;
        let leased = post.delivery.verifier.lease_messages(Lane::Mail, 1).await.unwrap().remove(0);
        let message = leased.open(&a_keyring()).unwrap();
        post.delivery.handed_over(&leased, message).await.unwrap();

        post.delivery.round(Lane::Mail).await.unwrap();
        assert_eq!((post.letters(), post.waiting().await), (1, 1));
        post.clock.advance(LEASE);
        post.delivery.round(Lane::Mail).await.unwrap();

        assert_eq!((post.letters(), post.waiting().await), (1, 0));
    }

    #[tokio::test]
    async fn a_message_that_does_not_open_waits_and_stops_nobody() {
        let post = Post::open().await;
        let lost = Keyring::new("k9", [("k9", OTHER_KEY)]).unwrap();
        post.queue((1..=60).map(|seed| queued(seed, &lost)).collect()).await;
        post.queue(vec![queued(100, &a_keyring())]).await;

        post.rounds().await;
        for _ in 0..3 {
            post.delivery.round(Lane::Mail).await.unwrap();
        }

        assert_eq!((post.letters(), post.waiting().await), (1, 60));
    }

    #[tokio::test]
    async fn while_the_outbox_is_away_messages_wait() {
        let post = Post::open().await;
        post.queue(vec![queued(1, &a_keyring()), queued(2, &a_keyring())]).await;
        fs::remove_dir(post.outbox()).unwrap();

        assert_eq!(post.delivery.round(Lane::Mail).await.unwrap(), 0);
        assert_eq!(post.waiting().await, 2);

        fs::create_dir(post.outbox()).unwrap();
        post.clock.advance(Duration::from_secs(10));
        post.delivery.round(Lane::Mail).await.unwrap();
        assert_eq!((post.letters(), post.waiting().await), (2, 0));
    }

    #[tokio::test]
    async fn it_sends_beside_other_work_until_it_is_told_to_stop() {
        let post = Post::open().await;
        post.queue(vec![queued(1, &a_keyring())]).await;
        let (stop, stopping) = tokio::sync::oneshot::channel::<()>();

        let stopped = async move { stopping.await.unwrap_or_default() };
        let working = tokio::spawn(post.delivery.clone().run(Lane::Mail, stopped));
        while post.waiting().await > 0 {
            tokio::task::yield_now().await;
        }
        stop.send(()).unwrap();

        working.await.unwrap();
        assert_eq!(post.letters(), 1);
    }

    /// A gateway that does as it is told, and remembers what it was given.
    #[derive(Default)]
    struct Told {
        answer: Mutex<Option<fn() -> NotDelivered>>,
        given: Mutex<Vec<MessageId>>,
    }

    #[async_trait]
    impl MailGateway for Told {
        async fn send(&self, mail: &Mail) -> Result<(), NotDelivered> {
            self.given.lock().unwrap().push(mail.id.clone());
            let answer = *self.answer.lock().unwrap();
            answer.map_or(Ok(()), |refuse| Err(refuse()))
        }
    }

    #[tokio::test]
    async fn a_mail_that_may_have_gone_goes_again_under_the_same_identifier() {
        let mut post = Post::open().await;
        let told = Arc::new(Told::default());
        post.delivery.gateways.mail = told.clone();
        post.queue(vec![queued(1, &a_keyring())]).await;

        *told.answer.lock().unwrap() = Some(|| NotDelivered::Perhaps("no answer".into()));
        assert_eq!(post.delivery.round(Lane::Mail).await.unwrap(), 0);
        *told.answer.lock().unwrap() = None;
        post.clock.advance(Duration::from_secs(10));
        assert_eq!(post.delivery.round(Lane::Mail).await.unwrap(), 1);

        let given = told.given.lock().unwrap();
        assert_eq!((given.len(), &given[0]), (2, &given[1]));
    }

    #[tokio::test]
    async fn what_a_gateway_refuses_for_good_is_not_given_to_it_again() {
        let mut post = Post::open().await;
        let told = Arc::new(Told::default());
        post.delivery.gateways.mail = told.clone();
        *told.answer.lock().unwrap() = Some(|| NotDelivered::ForGood("no such mailbox".into()));
        post.queue(vec![queued(1, &a_keyring())]).await;

        post.rounds().await;

        assert_eq!(told.given.lock().unwrap().len(), 1);
        assert_eq!(post.waiting().await, 0);
    }

    #[tokio::test]
    async fn it_stops_after_the_batch_that_is_under_way() {
        let mut post = Post::open().await;
        let told = Arc::new(Told::default());
        post.delivery.gateways.mail = told.clone();
        post.queue((1..=100).map(|seed| queued(seed, &a_keyring())).collect()).await;

        post.delivery.clone().run(Lane::Mail, std::future::ready(())).await;

        assert_eq!(told.given.lock().unwrap().len(), usize::try_from(BATCH).unwrap());
        assert_eq!(post.waiting().await, 100 - usize::try_from(BATCH).unwrap());
    }

    /// A gateway that never answers.
    struct Deaf;

    #[async_trait]
    impl MailGateway for Deaf {
        async fn send(&self, _: &Mail) -> Result<(), NotDelivered> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn a_gateway_that_never_answers_is_let_go_of_and_tried_again() {
        let mut post = Post::open().await;
        post.delivery.gateways.mail = Arc::new(Deaf);
        post.delivery.deadline = Duration::from_millis(5);
        post.queue((1..=30).map(|seed| queued(seed, &a_keyring())).collect()).await;

        assert_eq!(post.delivery.round(Lane::Mail).await.unwrap(), 0);
        let waiting = post.store.waiting_messages(100).await.unwrap();
        let tried = waiting.iter().filter(|message| message.tries.not_before.is_some()).count();

        assert_eq!((waiting.len(), tried), (30, usize::try_from(BATCH).unwrap()));
    }
}

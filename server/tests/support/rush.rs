//! Thousands of mails at once, for a gateway that is quick, slow, away, or gone in the middle, and a process that ends in
//! the middle; and somebody who signs in meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use delivery::{Delivery, Gateways, Home, Mail, MailGateway, NotDelivered, Outbox, WebhookGateway};
use domain::{EventId, MessageId, Timestamp};
use serde_json::Value;
use store::SurrealStore;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use verifier::testing::{Browser, Human, World};
use verifier::{
    Actor, Commit, DueCall, EventKind, LEASE, Lane, Message, MessageKind, PrivateHosts, Recipient, SecurityEvent,
    Store, WebhookAnswer, WebhookUrl,
};

/// Where a webhook is that takes everything, and one that takes nothing.
const ALIVE: &str = "alive.example.com";
const DEAD: &str = "dead.example.com";

/// Mails to each recipient.
pub const EACH: u32 = 4;

/// How a gateway is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mood {
    /// It takes each mail at once.
    Quick,
    /// It takes each after 20 ms.
    Slow,
    /// Nobody listens.
    Away,
    /// It reads each mail and never answers.
    Hanging,
}

/// A gateway that remembers what it took.
#[derive(Default)]
pub struct Gateway {
    mood: AtomicU8,
    taken: Mutex<Vec<(MessageId, String, i64)>>,
    hanging: Mutex<BTreeSet<MessageId>>,
    posted: Mutex<Vec<(MessageId, u64)>>,
}

/// Everything that is there.
pub struct Rush {
    folder: PathBuf,
    pub world: World,
    pub ada: Human,
    pub gateway: Arc<Gateway>,
    sending: JoinHandle<()>,
}

impl Gateway {
    pub fn is(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::SeqCst);
    }

    /// How many mails it has taken.
    pub fn count(&self) -> usize {
        self.taken.lock().unwrap().len()
    }

    /// How many it has been asked to take, and has not answered.
    pub fn hangs_on(&self) -> usize {
        self.hanging.lock().unwrap().len()
    }

    /// So many events were posted, in their order; what was being posted when the process ended may have been twice, under
    /// one identifier.
    pub fn has_all_events_in_order(&self, count: u32) {
        let mut posted = self.posted.lock().unwrap().clone();
        assert!(posted.len() <= usize::try_from(count + 1).unwrap(), "events were posted twice");
        posted.dedup();
        let numbers: Vec<_> = posted.iter().map(|(_, number)| *number).collect();
        assert_eq!(numbers, (0..u64::from(count)).collect::<Vec<_>>());
    }

    fn take(&self, mail: &Mail) {
        self.taken.lock().unwrap().push((mail.id.clone(), mail.to.to_string(), mail.queued_at.millis()));
    }

    /// Fails unless each of so many was taken, none twice but those that were under way when the process ended, and to
    /// nobody an older one after a newer one.
    pub fn has_all_in_order(&self, count: usize, under_way: &BTreeSet<MessageId>) {
        let taken = self.taken.lock().unwrap();
        let mut times = BTreeMap::<&MessageId, u32>::new();
        let mut last = BTreeMap::<&str, i64>::new();
        for (id, to, at) in taken.iter() {
            *times.entry(id).or_default() += 1;
            let last = last.entry(to).or_insert(i64::MIN);
            assert!(*last <= *at, "{to} was sent an older mail after a newer one");
            *last = *at;
        }
        assert_eq!(times.len(), count, "mails were lost");
        for (id, times) in times {
            assert!(times == 1 || (times == 2 && under_way.contains(id)), "{id} was sent {times} times");
        }
    }
}

#[async_trait]
impl WebhookGateway for Gateway {
    async fn post(&self, call: &DueCall, _: Timestamp) -> WebhookAnswer {
        if call.url.host() == DEAD {
            return WebhookAnswer::Unreachable;
        }
        let body: Value = serde_json::from_str(&call.body).unwrap();
        if let Some(number) = body.pointer("/data/detail/count").and_then(Value::as_u64) {
            self.posted.lock().unwrap().push((call.id.clone(), number));
        }
        WebhookAnswer::Status(204)
    }
}

#[async_trait]
impl MailGateway for Gateway {
    async fn send(&self, mail: &Mail) -> Result<(), NotDelivered> {
        match self.mood.load(Ordering::SeqCst) {
            mood if mood == Mood::Quick as u8 => {}
            mood if mood == Mood::Slow as u8 => sleep(Duration::from_millis(20)).await,
            mood if mood == Mood::Away as u8 => return Err(NotDelivered::ForNow("nobody listens".into())),
            _ => {
                // It has it, and says nothing: the worst it can do.
                self.hanging.lock().unwrap().insert(mail.id.clone());
                self.take(mail);
                std::future::pending::<()>().await;
            }
        }
        self.take(mail);
        Ok(())
    }
}

impl Rush {
    /// A Stepgate on a disk with so many mails waiting, none of them being sent.
    pub async fn of(count: u32, folder: &Path) -> Self {
        let world = World::over(open(folder).await).await;
        let ada = world.ada().await;
        for message in world.store.waiting_messages(100).await.unwrap() {
            world.store.remove_message(&message.id).await.unwrap();
        }
        let gateway = Arc::new(Gateway::default());
        let sending = tokio::spawn(std::future::ready(()));
        let rush = Self { folder: folder.into(), world, ada, gateway, sending };
        rush.write(count).await;
        rush
    }

    async fn write(&self, count: u32) {
        let verifier = &self.world.verifier;
        for round in 0..EACH {
            let at = self.world.now().plus(Duration::from_millis(round.into()));
            let message = |number: u32| {
                let message = Message {
                    to: Recipient::Mail(format!("person{number}@example.com").parse().unwrap()),
                    name: "Somebody".parse().unwrap(),
                    account: "Analytical Engines".parse().unwrap(),
                    language: domain::Language::English,
                    at,
                    about: MessageKind::Reminder { protected: false },
                };
                message.queue(verifier.keyring(), verifier.entropy()).unwrap()
            };
            let all: Vec<_> = (0..count / EACH).map(message).collect();
            for messages in all.chunks(200) {
                let commit = Commit { messages: messages.to_vec(), ..Commit::default() };
                self.world.store.commit(commit).await.unwrap();
            }
        }
    }

    /// Adds a webhook that takes everything and one that takes nothing, and lets so many things happen.
    pub async fn happens(&self, count: u32) {
        let (verifier, account) = (&self.world.verifier, &self.ada.account);
        for host in [ALIVE, DEAD] {
            let url = WebhookUrl::parse(&format!("https://{host}/"), &PrivateHosts::default()).unwrap();
            let _ = verifier.add_webhook(Actor::Operator { account }, &url).await.unwrap();
        }
        self.world.clock.advance(Duration::from_secs(1));
        let event = |number: u32| SecurityEvent {
            id: EventId::from_random(u128::from(number).to_be_bytes()),
            at: self.world.now().plus(Duration::from_millis(number.into())),
            account: Some(account.clone()),
            user: Some(self.ada.user.clone()),
            by: None,
            kind: EventKind::Refused { count: number },
            address: None,
            browser: None,
        };
        let all: Vec<_> = (0..count).map(event).collect();
        for events in all.chunks(500) {
            let commit = Commit { events: events.to_vec(), ..Commit::default() };
            self.world.store.commit(commit).await.unwrap();
        }
        let _ = verifier.seal_events().await.unwrap();
        verifier.queue_all_calls().await.unwrap();
    }

    /// Begins to send what waits in a lane.
    pub fn send(&mut self, lane: Lane) {
        let home = Home { origin: "https://gate.example.com".into(), host: "gate.example.com".into() };
        let outbox = Outbox::open(self.folder.join("outbox")).unwrap();
        let gateways = Gateways { mail: self.gateway.clone(), text: Arc::new(outbox), webhook: self.gateway.clone() };
        let delivery = Delivery::new(Arc::clone(&self.world.verifier), gateways, Arc::new(home));
        self.sending = tokio::spawn(delivery.run(lane, std::future::pending()));
    }

    /// Waits until the gateway has taken so many.
    pub async fn until(&self, count: usize) {
        self.goes_on(async || self.gateway.count() >= count).await;
    }

    /// Waits until so many events were posted.
    pub async fn until_posted(&self, count: usize) {
        let posted = || self.gateway.posted.lock().unwrap().iter().map(|(id, _)| id.clone()).collect::<BTreeSet<_>>();
        self.goes_on(async || posted().len() >= count).await;
    }

    /// Waits until nothing is left to send.
    pub async fn until_nothing_waits(&self) {
        self.goes_on(async || self.world.store.waiting_messages(1).await.unwrap().is_empty()).await;
    }

    /// Waits until it is so. While nothing goes, time does: what was put off waits for that.
    async fn goes_on(&self, is_so: impl AsyncFn() -> bool) {
        let (begun, mut last, mut since) = (Instant::now(), 0, Instant::now());
        while !is_so().await {
            assert!(begun.elapsed() < Duration::from_mins(5), "{} were taken, and then nothing", self.gateway.count());
            sleep(Duration::from_millis(2)).await;
            let went = self.gateway.count() + self.gateway.posted.lock().unwrap().len();
            if went != last {
                (last, since) = (went, Instant::now());
            } else if since.elapsed() > Duration::from_millis(700) {
                self.world.clock.advance(Duration::from_secs(10));
                since = Instant::now();
            }
        }
    }

    /// Ends the process in the middle of everything, and starts another on the same disk; says what was under way.
    pub async fn ends_and_starts_again(self) -> (Self, BTreeSet<MessageId>) {
        let Self { folder, world, ada, gateway, sending } = self;
        sending.abort();
        let _ = sending.await;
        let now = world.now();
        // What was leased and is not gone may have been taken, whether its gateway answered or not.
        let waiting = world.store.waiting_messages(u32::MAX >> 1).await.unwrap();
        let leased = waiting.into_iter().filter(|message| message.tries.leased_until.is_some_and(|until| now < until));
        let under_way = leased.map(|message| message.id).collect();
        drop(world);
        let world = World::over(open(&folder).await).await;
        world.clock.set(now.plus(LEASE));
        let sending = tokio::spawn(std::future::ready(()));
        (Self { folder, world, ada, gateway, sending }, under_way)
    }

    /// How long sign-ins take, one after the other, from the shortest to the longest.
    pub async fn sign_ins(&self, count: usize) -> Vec<Duration> {
        let mut times = Vec::with_capacity(count);
        for _ in 0..count {
            let start = Instant::now();
            self.world.knows_the_password_of(&self.ada, &mut Browser::new()).await;
            times.push(start.elapsed());
        }
        times.sort();
        times
    }
}

/// A directory is let go some moments after its store was dropped.
async fn open(folder: &Path) -> Arc<dyn Store> {
    let url = format!("surrealkv://{}", folder.join("db").display());
    for _ in 0..200 {
        if let Ok(store) = SurrealStore::open(&url).await {
            return Arc::new(store);
        }
        sleep(Duration::from_millis(50)).await;
    }
    Arc::new(SurrealStore::open(&url).await.unwrap())
}

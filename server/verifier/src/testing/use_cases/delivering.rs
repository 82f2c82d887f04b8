//! The queue of messages: each is sent at least once or given up in the open, whatever fails; nobody gets an older one
//! after a newer one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::testing::world::at_once;
use crate::testing::{Human, World};
use crate::{
    Commit, EventKind, LEASE, Lane, Message, MessageKind, NoticeKind, QueuedMessage, Recipient, Retry, Store, TextAim,
    TextChallenge, TextCode, Undelivered,
};

const MINUTE: Duration = Duration::from_mins(1);

/// Queues a message to somebody.
async fn writes(world: &World, human: &Human, to: Recipient, about: MessageKind) -> QueuedMessage {
    let person = world.store.load_user(&human.user).await.unwrap().unwrap();
    let message = world.verifier.message(&person, to, world.now(), about).unwrap();
    world.store.commit(Commit { messages: vec![message.clone()], ..Commit::default() }).await.unwrap();
    message
}

async fn writes_a_notice(world: &World, human: &Human) -> QueuedMessage {
    let about = MessageKind::notice(NoticeKind::Locked, None);
    writes(world, human, Recipient::Mail(human.email.clone()), about).await
}

/// Somebody, and an empty queue.
async fn somebody(world: &World) -> Human {
    let human = world.ada().await;
    for message in world.store.waiting_messages(100).await.unwrap() {
        world.store.remove_message(&message.id).await.unwrap();
    }
    human
}

/// What is leased in any lane at most one at a time, as it is when it is opened.
async fn leased(world: &World) -> Option<(QueuedMessage, Message)> {
    for lane in Lane::ALL {
        if let Some(message) = world.verifier.lease_messages(lane, 1).await.unwrap().pop() {
            let opened = message.open(world.verifier.keyring()).unwrap();
            return Some((message, opened));
        }
    }
    None
}

fn given_up(events: &[EventKind]) -> Vec<u32> {
    let tries = |event: &EventKind| match event {
        EventKind::MessageGivenUp { tries, .. } => Some(*tries),
        _ => None,
    };
    events.iter().filter_map(tries).collect()
}

pub async fn a_message_is_leased_sent_and_forgotten(world: World) {
    let ada = somebody(&world).await;
    let queued = writes_a_notice(&world, &ada).await;

    let (message, opened) = leased(&world).await.unwrap();
    assert_eq!((&message.id, &opened.to), (&queued.id, &Recipient::Mail(ada.email.clone())));
    assert!(leased(&world).await.is_none());
    world.verifier.message_sent(&message).await.unwrap();

    world.clock.advance(LEASE);
    assert!(leased(&world).await.is_none());
    assert!(world.store.waiting_messages(10).await.unwrap().is_empty());
}

pub async fn a_message_that_fails_is_tried_again_after_growing_pauses(world: World) {
    let ada = somebody(&world).await;
    let queued = writes_a_notice(&world, &ada).await;

    for pause in [10, 30, 120, 300, 600, 600] {
        let (message, _) = leased(&world).await.unwrap();
        let next = world.now().plus(Duration::from_secs(pause));
        let retry = world.verifier.message_failed(&message, Undelivered::ForNow).await.unwrap();
        assert_eq!((message.id, retry), (queued.id.clone(), Retry::At(next)));
        world.clock.set(next.minus(Duration::from_millis(1)));
        assert!(leased(&world).await.is_none());
        world.clock.set(next);
    }
    assert!(leased(&world).await.is_some());
}

pub async fn a_message_that_fails_for_three_days_is_given_up_and_the_log_tells(world: World) {
    let ada = somebody(&world).await;
    let queued = writes_a_notice(&world, &ada).await;

    let mut tries = 0;
    while let Some((message, _)) = leased(&world).await {
        tries += 1;
        match world.verifier.message_failed(&message, Undelivered::ForNow).await.unwrap() {
            Retry::At(next) => world.clock.set(next),
            Retry::GivenUp => break,
        }
    }

    let waited = world.now().since(queued.at).unwrap();
    assert!((Duration::from_hours(71)..Duration::from_hours(72)).contains(&waited), "{waited:?}");
    assert_eq!(given_up(&world.events(&ada).await), [tries]);
    assert!(world.store.waiting_messages(10).await.unwrap().is_empty());
}

pub async fn what_never_will_be_delivered_is_given_up_at_once(world: World) {
    let ada = somebody(&world).await;
    let next = {
        writes_a_notice(&world, &ada).await;
        world.clock.advance(MINUTE);
        writes_a_notice(&world, &ada).await
    };
    let (message, _) = leased(&world).await.unwrap();

    let retry = world.verifier.message_failed(&message, Undelivered::ForGood).await.unwrap();

    assert_eq!(retry, Retry::GivenUp);
    assert_eq!(given_up(&world.events(&ada).await), [1]);
    assert_eq!(leased(&world).await.unwrap().0.id, next.id);
}

/// A server that was down for long must not send what nobody can use any more.
pub async fn a_text_code_is_given_up_when_it_has_expired(world: World) {
    let ada = somebody(&world).await;
    let mobile = || Recipient::Text("+4917012345678".parse().unwrap());
    let text = || MessageKind::TextCode { code: TextCode::new("123456"), aim: TextAim::Recover };
    writes(&world, &ada, mobile(), text()).await;
    world.clock.advance(TextChallenge::LIFE);

    assert!(leased(&world).await.is_none());
    assert_eq!(given_up(&world.events(&ada).await), [1]);

    let sent_at = world.now();
    writes(&world, &ada, mobile(), text()).await;
    let mut tries = 0;
    while let Some((message, _)) = leased(&world).await {
        assert!(world.now() < sent_at.plus(TextChallenge::LIFE));
        tries += 1;
        if let Retry::At(next) = world.verifier.message_failed(&message, Undelivered::ForNow).await.unwrap() {
            world.clock.set(next);
        }
    }
    assert_eq!(tries, 5);
    assert_eq!(given_up(&world.events(&ada).await), [5, 1]);
}

pub async fn an_older_message_holds_back_the_newer_ones_to_the_same_mailbox_and_no_others(world: World) {
    let eve = world.protected("eve@example.com").await;
    let ada = somebody(&world).await;
    let first = writes_a_notice(&world, &ada).await;
    let (message, _) = leased(&world).await.unwrap();
    let Retry::At(next) = world.verifier.message_failed(&message, Undelivered::ForNow).await.unwrap() else {
        panic!("given up")
    };
    world.clock.advance(Duration::from_secs(1));
    let second = writes_a_notice(&world, &ada).await;
    let of_eve = writes_a_notice(&world, &eve).await;

    assert_eq!(leased(&world).await.unwrap().0.id, of_eve.id);
    assert!(leased(&world).await.is_none());
    world.clock.set(next);

    for expected in [first, second] {
        let (message, _) = leased(&world).await.unwrap();
        assert_eq!(message.id, expected.id);
        world.verifier.message_sent(&message).await.unwrap();
    }
}

/// Thousands of reminders may wait: who asks for a link does not wait behind them, and not even behind their own.
pub async fn a_mail_somebody_waits_for_overtakes_what_was_sent_to_many(world: World) {
    let eve = world.protected("eve@example.com").await;
    let ada = somebody(&world).await;
    let reminder = || MessageKind::Reminder { protected: false };
    let of_eve = writes(&world, &eve, Recipient::Mail(eve.email.clone()), reminder()).await;
    let older = writes(&world, &ada, Recipient::Mail(ada.email.clone()), reminder()).await;
    world.clock.advance(MINUTE);
    let notice = writes_a_notice(&world, &ada).await;

    for expected in [older, notice] {
        let leased = world.verifier.lease_messages(Lane::Mail, 10).await.unwrap();
        assert_eq!(leased.iter().map(|message| &message.id).collect::<Vec<_>>(), [&expected.id]);
        world.verifier.message_sent(&leased[0]).await.unwrap();
    }
    assert!(world.verifier.lease_messages(Lane::Text, 10).await.unwrap().is_empty());
    let left = world.verifier.lease_messages(Lane::Bulk, 10).await.unwrap();
    assert_eq!(left.iter().map(|message| &message.id).collect::<Vec<_>>(), [&of_eve.id]);
}

pub async fn a_text_that_may_have_gone_is_not_sent_again_and_a_mail_is(world: World) {
    let ada = somebody(&world).await;
    let mobile = Recipient::Text("+4917012345678".parse().unwrap());
    writes(&world, &ada, mobile, MessageKind::notice(NoticeKind::Locked, None)).await;
    let (text, _) = leased(&world).await.unwrap();
    let mail = writes_a_notice(&world, &ada).await;
    let (leased_mail, _) = leased(&world).await.unwrap();

    let of_text = world.verifier.message_failed(&text, Undelivered::Perhaps).await.unwrap();
    let of_mail = world.verifier.message_failed(&leased_mail, Undelivered::Perhaps).await.unwrap();

    assert_eq!((of_text, given_up(&world.events(&ada).await)), (Retry::GivenUp, vec![1]));
    assert!(matches!(of_mail, Retry::At(_)));
    let waiting = world.store.waiting_messages(10).await.unwrap();
    assert_eq!(waiting.iter().map(|message| &message.id).collect::<Vec<_>>(), [&mail.id]);
}

pub async fn a_restart_loses_no_message_and_sends_the_one_under_way_again(world: World) {
    let ada = somebody(&world).await;
    let queued = writes_a_notice(&world, &ada).await;
    let _ = leased(&world).await.unwrap();

    let world = world.elsewhere().await;
    assert!(leased(&world).await.is_none());
    world.clock.advance(LEASE);

    let (message, _) = leased(&world).await.unwrap();
    assert_eq!((message.id, message.tries.made), (queued.id, 2));
}

/// Nobody else's message is touched by a worker that was asleep for too long.
pub async fn who_wakes_up_after_their_lease_changes_nothing(world: World) {
    let ada = somebody(&world).await;
    writes_a_notice(&world, &ada).await;
    let (stale, _) = leased(&world).await.unwrap();
    world.clock.advance(LEASE);
    let (present, _) = leased(&world).await.unwrap();

    let _ = world.verifier.message_failed(&stale, Undelivered::ForNow).await.unwrap();
    let _ = world.verifier.message_failed(&stale, Undelivered::ForGood).await.unwrap();

    assert!(given_up(&world.events(&ada).await).is_empty());
    assert_eq!(world.store.waiting_messages(10).await.unwrap(), [present]);
}

pub async fn thirty_workers_at_once_send_each_message_once_and_in_order(world: World) {
    let ada = somebody(&world).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let begun = world.now();
    for _ in 0..4 {
        for number in 0..7 {
            let to = Recipient::Text(format!("+491701234567{number}").parse().unwrap());
            writes(&world, &ada, to, MessageKind::notice(NoticeKind::Locked, None)).await;
        }
        world.clock.advance(Duration::from_millis(1));
    }

    // All at one moment: no lease runs out.
    let sent = Arc::new(Mutex::new(Vec::new()));
    at_once(30, |number| {
        let (world, sent) = (processes[number % 3].clone(), sent.clone());
        async move {
            while !world.store.waiting_messages(1).await.unwrap().is_empty() {
                for message in world.verifier.lease_messages(Lane::Text, 2).await.unwrap() {
                    sent.lock().unwrap().push((message.recipient.clone(), message.at));
                    world.verifier.message_sent(&message).await.unwrap();
                }
            }
        }
    })
    .await;

    let mut by_recipient: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (recipient, at) in sent.lock().unwrap().drain(..) {
        by_recipient.entry(recipient).or_default().push(at);
    }
    let in_order: Vec<_> = (0..4).map(|millis| begun.plus(Duration::from_millis(millis))).collect();
    assert_eq!(by_recipient.len(), 7);
    assert!(by_recipient.values().all(|times| *times == in_order), "{by_recipient:?}");
}

pub async fn no_message_is_lost_though_everything_failed_before(world: World) {
    let ada = somebody(&world).await;
    let queued = writes_a_notice(&world, &ada).await;
    let lease = async || {
        world.clock.advance(LEASE);
        world.verifier.lease_messages(Lane::Mail, 10).await
    };

    let leased = world.gets_through_store_faults(lease).await.remove(0);
    assert_eq!(leased.id, queued.id);
    let put_off = world
        .gets_through_store_faults(async || world.verifier.message_failed(&leased, Undelivered::ForNow).await)
        .await;
    assert!(matches!(put_off, Retry::At(_)));
    let leased = world.gets_through_store_faults(lease).await.remove(0);
    let given_up = world
        .gets_through_all_faults(async || world.verifier.message_failed(&leased, Undelivered::ForGood).await)
        .await;

    assert_eq!(given_up, Retry::GivenUp);
    assert_eq!(self::given_up(&world.events(&ada).await).len(), 1);
}

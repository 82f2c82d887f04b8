//! Events posted to where an account wants them: each once in the order of time, to nobody else, and nothing for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::{Role, WebhookId};
use serde_json::Value;

use super::administration::operator_of;
use super::notices;
use super::rotating::{reseals, second, uses};
use crate::testing::world::at_once;
use crate::testing::{Human, World};
use crate::{
    AuditQuery, CallVerdict, Change, Commit, Denied, DueCall, EventKind, EventName, LEASE, Lane, NoticeKind,
    PrivateHosts, QueuedMessage, Store, Webhook, WebhookAnswer, WebhookHealth, WebhookState, WebhookUrl,
    WebhookVerdict, Webhooks, ndjson_line,
};

const SECOND: Duration = Duration::from_secs(1);
const TAKEN: WebhookAnswer = WebhookAnswer::Status(204);

pub(super) fn a_webhook_url() -> WebhookUrl {
    WebhookUrl::parse("https://hooks.example.com/stepgate?key=1", &PrivateHosts::default()).unwrap()
}

fn url(number: usize) -> WebhookUrl {
    WebhookUrl::parse(&format!("https://hooks{number}.example.com/"), &PrivateHosts::default()).unwrap()
}

/// An account that has a webhook, and has told it everything; nothing waits to be sent.
async fn with_webhook(world: &World) -> (Human, WebhookId) {
    let ada = world.ada().await;
    let hook = adds(world, &ada, &a_webhook_url()).await;
    is_caught_up(world).await;
    (ada, hook)
}

async fn adds(world: &World, human: &Human, url: &WebhookUrl) -> WebhookId {
    match world.verifier.add_webhook(operator_of(human), url).await.unwrap().unwrap() {
        WebhookVerdict::Done(id) => id,
        other => panic!("{other:?}"),
    }
}

/// What a process does every few seconds.
async fn seals(world: &World) {
    let _ = world.verifier.seal_events().await.unwrap();
    world.verifier.queue_all_calls().await.unwrap();
}

/// Everything that happened is posted and taken.
async fn is_caught_up(world: &World) {
    seals(world).await;
    posted(world).await;
}

/// Something happens in the account.
async fn happens(world: &World, human: &Human) {
    assert!(world.verifier.end_sessions(operator_of(human), &human.user).await.unwrap().is_ok());
}

/// The next call, leased.
async fn due(world: &World) -> Option<(QueuedMessage, DueCall)> {
    let queued = world.verifier.lease_messages(Lane::Webhook, 1).await.unwrap().pop()?;
    let call = world.verifier.due_call(&queued).await.unwrap()?;
    Some((queued, call))
}

/// All that is posted until nothing is left, by host.
async fn posted(world: &World) -> BTreeMap<String, Vec<Value>> {
    let mut posted = BTreeMap::<String, Vec<Value>>::new();
    while let Some((queued, call)) = due(world).await {
        assert_eq!(world.verifier.call_made(&queued, &call, TAKEN).await.unwrap(), CallVerdict::Taken);
        posted.entry(call.url.host().into()).or_default().push(serde_json::from_str(&call.body).unwrap());
    }
    posted
}

fn kinds(bodies: &[Value]) -> Vec<&str> {
    bodies.iter().map(|body| body["type"].as_str().unwrap()).collect()
}

/// A webhook as its record has it.
async fn hook(world: &World, human: &Human, id: &WebhookId) -> Option<Webhook> {
    world.store.load_webhooks(&human.account).await.unwrap().and_then(|found| found.record.find(id).cloned())
}

/// A webhook as admins see it.
async fn state(world: &World, human: &Human, id: &WebhookId) -> WebhookState {
    let hooks = world.verifier.webhooks_of(operator_of(human)).await.unwrap().unwrap();
    hooks.into_iter().find(|hook| hook.id == *id).unwrap()
}

async fn waiting(world: &World) -> usize {
    let waiting = world.store.waiting_messages(10_000).await.unwrap();
    waiting.iter().filter(|message| message.lane == Lane::Webhook).count()
}

pub async fn what_happens_is_posted_once_to_each_webhook_in_the_order_of_time(world: World) {
    let (ada, _) = with_webhook(&world).await;
    adds(&world, &ada, &url(2)).await;
    is_caught_up(&world).await;
    world.clock.advance(SECOND);
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    world.clock.advance(SECOND);
    let _ = world.verifier.deactivate(operator_of(&ada), &bob.user).await.unwrap();
    seals(&world).await;
    seals(&world).await;

    let posted = posted(&world).await;

    let [one, other] = ["hooks.example.com", "hooks2.example.com"].map(|host| &posted[host]);
    let log = world.log(&ada).await;
    let told = log.iter().map(|event| event.kind.name()).take_while(|kind| *kind != EventName::WebhookAdded);
    let (mut told, mut all) = (told.map(EventName::as_str).collect::<Vec<_>>(), kinds(one));
    assert_eq!(all.last(), Some(&"deactivated"));
    told.sort_unstable();
    all.sort_unstable();
    assert_eq!(all, told);
    assert!(one.is_sorted_by_key(|body| body["timestamp"].as_str().map(str::to_owned)));
    let ids = |bodies: &[Value]| bodies.iter().map(|body| body["data"]["id"].to_string()).collect::<BTreeSet<_>>();
    assert_eq!(ids(one), ids(other));
}

pub async fn what_is_posted_says_what_a_line_of_the_log_says(world: World) {
    let (ada, _) = with_webhook(&world).await;
    let at_work = world.at_work(&ada.browser).await;
    let bob = world.invited_by_operator(&ada, "bob@example.com", Role::Member).await.0;
    is_caught_up(&world).await;
    world.clock.advance(SECOND);
    let _ = world.verifier.change_role(at_work.actor(), &bob.user, Role::Admin).await.unwrap();
    seals(&world).await;

    let (_, call) = due(&world).await.unwrap();

    let body: Value = serde_json::from_str(&call.body).unwrap();
    let page = world.verifier.audit_page(at_work.actor(), &AuditQuery::default(), None).await.unwrap().unwrap();
    let entry = &page.entries[0];
    let mut line: Value = serde_json::from_str(&ndjson_line(entry)).unwrap();
    line["id"] = entry.event.id.as_str().into();
    line["account"] = ada.account.as_str().into();
    assert_eq!((&body["type"], &body["timestamp"]), (&"role_changed".into(), &line["at"]));
    assert_eq!(body["data"], line);
    assert_eq!(line["user_email"], "bob@example.com");
}

pub async fn nothing_of_other_accounts_and_nothing_from_before_is_posted(world: World) {
    let ada = world.ada().await;
    seals(&world).await;
    let eve = world.protected("eve@example.com").await;
    adds(&world, &eve, &url(1)).await;
    happens(&world, &ada).await;
    seals(&world).await;

    let posted = posted(&world).await;

    let told = &posted["hooks1.example.com"];
    assert!(told.iter().all(|body| body["data"]["account"] == eve.account.as_str()), "{told:?}");
    assert!(kinds(told).contains(&"webhook_added"));
    is_caught_up(&world).await;
    happens(&world, &ada).await;
    seals(&world).await;
    assert_eq!(waiting(&world).await, 0);
}

/// Nothing of what happened before waits for its seal any more when a webhook is added or turned on again, or it does: it
/// is not posted in any case.
pub async fn what_happened_before_is_not_posted_though_it_is_sealed_later(world: World) {
    let ada = world.ada().await;
    happens(&world, &ada).await;
    world.clock.advance(SECOND);
    let id = adds(&world, &ada, &a_webhook_url()).await;

    seals(&world).await;

    assert_eq!(kinds(&posted(&world).await["hooks.example.com"]), ["webhook_added"]);
    happens(&world, &ada).await;
    seals(&world).await;
    let (queued, call) = due(&world).await.unwrap();
    let _ = world.verifier.call_made(&queued, &call, WebhookAnswer::GONE).await.unwrap();
    happens(&world, &ada).await;
    world.clock.advance(SECOND);
    let _ = world.verifier.resume_webhook(operator_of(&ada), &id).await.unwrap();
    seals(&world).await;
    assert_eq!(kinds(&posted(&world).await["hooks.example.com"]), ["webhook_resumed"]);
}

pub async fn what_is_posted_and_taken_is_forgotten_and_what_fails_is_posted_again(world: World) {
    let (ada, id) = with_webhook(&world).await;
    happens(&world, &ada).await;
    seals(&world).await;
    let (queued, first) = due(&world).await.unwrap();

    let verdict = world.verifier.call_made(&queued, &first, WebhookAnswer::Status(500)).await.unwrap();
    let CallVerdict::Again(next) = verdict else { panic!("{verdict:?}") };
    let failing = state(&world, &ada, &id).await;
    assert_eq!(failing.last.map(|last| last.answer), Some(WebhookAnswer::Status(500)));
    assert_eq!((failing.health, failing.behind), (WebhookHealth::Failing(world.now()), 1));
    assert!(due(&world).await.is_none());
    world.clock.set(next);
    let (queued, second) = due(&world).await.unwrap();
    assert_eq!((&second.id, &second.body), (&first.id, &first.body));
    assert_eq!(world.verifier.call_made(&queued, &second, TAKEN).await.unwrap(), CallVerdict::Taken);

    let working = state(&world, &ada, &id).await;
    assert_eq!(working.last.map(|last| last.answer), Some(TAKEN));
    assert_eq!((working.health, working.behind), (WebhookHealth::Working, 0));
    world.clock.advance(LEASE);
    assert_eq!((due(&world).await.is_none(), waiting(&world).await), (true, 0));
}

/// However much happens, a webhook that takes nothing has one call in the queue; and all of it is posted in the end.
pub async fn of_each_webhook_one_event_waits_in_the_queue_and_the_others_in_the_log(world: World) {
    let (ada, id) = with_webhook(&world).await;
    let other = adds(&world, &ada, &url(2)).await;
    is_caught_up(&world).await;
    for _ in 0..120 {
        happens(&world, &ada).await;
    }
    seals(&world).await;
    seals(&world).await;

    assert_eq!((waiting(&world).await, state(&world, &ada, &id).await.behind), (2, 120));
    let posted = posted(&world).await;
    assert_eq!(["hooks.example.com", "hooks2.example.com"].map(|host| posted[host].len()), [120, 120]);
    assert_eq!((waiting(&world).await, state(&world, &ada, &other).await.behind), (0, 0));
}

pub async fn a_slow_webhook_keeps_no_other_waiting(world: World) {
    let (ada, _) = with_webhook(&world).await;
    adds(&world, &ada, &url(2)).await;
    is_caught_up(&world).await;
    for _ in 0..3 {
        happens(&world, &ada).await;
    }
    seals(&world).await;
    // One is still being posted.
    let (queued, slow) = due(&world).await.unwrap();

    let others = posted(&world).await;

    assert_eq!(others.values().map(Vec::len).collect::<Vec<_>>(), [3]);
    assert!(!others.contains_key(slow.url.host()));
    assert_eq!(world.verifier.call_made(&queued, &slow, TAKEN).await.unwrap(), CallVerdict::Taken);
    assert_eq!(posted(&world).await[slow.url.host()].len(), 2);
}

pub async fn a_webhook_that_fails_for_three_days_is_turned_off_and_every_admin_told(world: World) {
    let (ada, id) = with_webhook(&world).await;
    world.colleague(&ada, "bob@example.com", Role::Admin).await;
    world.colleague(&ada, "cleo@example.com", Role::Member).await;
    is_caught_up(&world).await;
    // One thing happens, and nothing after it.
    happens(&world, &ada).await;
    seals(&world).await;

    let begun = world.now();
    let mut last = None;
    while let Some((queued, call)) = due(&world).await {
        let verdict = world.verifier.call_made(&queued, &call, WebhookAnswer::Unreachable).await.unwrap();
        if let CallVerdict::Again(next) = verdict {
            world.clock.set(next);
        }
        last = Some(verdict);
    }

    assert_eq!((last, waiting(&world).await), (Some(CallVerdict::Stopped), 0));
    let stopped = hook(&world, &ada, &id).await.unwrap();
    let after = stopped.stopped_at.unwrap().since(begun).unwrap();
    assert!((Webhook::PATIENCE..Webhook::PATIENCE + Duration::from_hours(1)).contains(&after), "{after:?}");
    let told = NoticeKind::WebhookStopped { host: "hooks.example.com".into() };
    let messages = world.messages().await;
    assert_eq!(notices(&messages).iter().filter(|notice| **notice == told).count(), 2);
    let events = world.events(&ada).await;
    assert_eq!(events[0], EventKind::WebhookStopped { host: "hooks.example.com".into() });
    happens(&world, &ada).await;
    seals(&world).await;
    assert_eq!((due(&world).await.is_none(), waiting(&world).await), (true, 0));
}

/// Nobody is there to post, for a month: then everything is posted.
pub async fn what_was_not_tried_for_long_is_posted_nevertheless(world: World) {
    let (ada, _) = with_webhook(&world).await;
    happens(&world, &ada).await;
    seals(&world).await;
    happens(&world, &ada).await;
    world.clock.advance(Duration::from_hours(24 * 30));
    seals(&world).await;

    assert_eq!(posted(&world).await["hooks.example.com"].len(), 2);
}

pub async fn a_webhook_that_says_it_is_gone_is_turned_off_and_can_be_turned_on_again(world: World) {
    let (ada, id) = with_webhook(&world).await;
    happens(&world, &ada).await;
    happens(&world, &ada).await;
    seals(&world).await;
    let (queued, call) = due(&world).await.unwrap();
    let verdict = world.verifier.call_made(&queued, &call, WebhookAnswer::GONE).await.unwrap();

    // What waited for it is not posted, and neither is what happens now.
    assert_eq!((verdict, waiting(&world).await), (CallVerdict::Stopped, 0));
    let stopped = state(&world, &ada, &id).await;
    assert_eq!((stopped.health, stopped.behind), (WebhookHealth::Stopped(world.now()), 0));
    seals(&world).await;
    assert_eq!(waiting(&world).await, 0);
    assert_eq!(world.verifier.test_webhook(operator_of(&ada), &id).await.unwrap(), Ok(WebhookVerdict::Off));

    world.clock.advance(SECOND);
    let resumed = world.verifier.resume_webhook(operator_of(&ada), &id).await.unwrap();
    assert_eq!(resumed, Ok(WebhookVerdict::Done(id.clone())));
    let again = world.verifier.resume_webhook(operator_of(&ada), &id).await.unwrap();
    assert_eq!(again, Ok(WebhookVerdict::AsItWas));
    seals(&world).await;
    assert_eq!(kinds(&posted(&world).await["hooks.example.com"]), ["webhook_resumed"]);
}

/// Two processes have the same call: the one whose lease ran out was slow.
pub async fn who_lost_a_call_to_another_worker_says_nothing_of_it(world: World) {
    let (ada, id) = with_webhook(&world).await;
    happens(&world, &ada).await;
    seals(&world).await;
    let (stale, call) = due(&world).await.unwrap();
    world.clock.advance(LEASE);
    let (queued, again) = due(&world).await.unwrap();
    assert_eq!(call.id, again.id);

    assert_eq!(world.verifier.call_made(&stale, &call, TAKEN).await.unwrap(), CallVerdict::Moot);
    assert_eq!(state(&world, &ada, &id).await.behind, 1);
    assert_eq!(world.verifier.call_made(&queued, &again, TAKEN).await.unwrap(), CallVerdict::Taken);
    assert_eq!(world.verifier.call_made(&stale, &call, WebhookAnswer::Silent).await.unwrap(), CallVerdict::Moot);
    assert_eq!(state(&world, &ada, &id).await.health, WebhookHealth::Working);
}

/// Puts the secret of one webhook in the place of another's.
async fn swaps_secrets(world: &World, human: &Human) {
    let found = world.store.load_webhooks(&human.account).await.unwrap().unwrap();
    let mut swapped = found.record;
    let first = swapped.hooks[0].secret.clone();
    swapped.hooks[0].secret = std::mem::replace(&mut swapped.hooks[1].secret, first);
    let webhooks = vec![Change::update(found.version, swapped)];
    world.store.commit(Commit { webhooks, ..Commit::default() }).await.unwrap();
}

/// Keys that are lost, or a row that was damaged: it shows, and goes on once that is mended.
pub async fn a_webhook_that_does_not_open_shows_as_failing(world: World) {
    let (ada, id) = with_webhook(&world).await;
    adds(&world, &ada, &url(2)).await;
    is_caught_up(&world).await;
    swaps_secrets(&world, &ada).await;
    happens(&world, &ada).await;
    seals(&world).await;

    assert!(due(&world).await.is_none() && due(&world).await.is_none());

    let failing = state(&world, &ada, &id).await;
    assert_eq!(failing.last.map(|last| last.answer), Some(WebhookAnswer::Unreadable));
    assert_eq!((failing.health, failing.behind), (WebhookHealth::Failing(world.now()), 1));
    swaps_secrets(&world, &ada).await;
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(posted(&world).await.values().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(state(&world, &ada, &id).await.health, WebhookHealth::Working);
}

pub async fn a_call_that_was_damaged_is_made_anew_from_the_log(world: World) {
    let (ada, id) = with_webhook(&world).await;
    happens(&world, &ada).await;
    let _ = world.verifier.test_webhook(operator_of(&ada), &id).await.unwrap();
    seals(&world).await;
    let mut calls = world.store.waiting_messages(10).await.unwrap();
    calls.retain(|message| message.lane == Lane::Webhook);
    let [one, other] = &calls[..] else { panic!("{calls:?}") };
    for (damaged, with) in [(one, other), (other, one)] {
        assert!(world.store.reseal_message(&damaged.id, &damaged.sealed, with.sealed.clone()).await.unwrap());
    }
    let events = world.events(&ada).await.len();

    assert!(due(&world).await.is_none() && due(&world).await.is_none());

    assert_eq!((waiting(&world).await, world.events(&ada).await.len()), (0, events), "the test is forgotten, too");
    seals(&world).await;
    assert_eq!(posted(&world).await["hooks.example.com"].len(), 1);
}

/// What happens after a clock was set back has an earlier time than its webhook.
pub async fn a_clock_set_back_hides_nothing_from_a_webhook(world: World) {
    let (ada, _) = with_webhook(&world).await;
    world.clock.set(World::BEGINNING);
    happens(&world, &ada).await;
    seals(&world).await;

    assert_eq!(posted(&world).await["hooks.example.com"].len(), 1);
}

/// All of an account's webhooks stand in one record, and each call is noted there.
pub async fn five_webhooks_that_take_all_at_once_get_each_event_once(world: World) {
    let ada = world.ada().await;
    for number in 0..Webhooks::MOST {
        adds(&world, &ada, &url(number)).await;
    }
    is_caught_up(&world).await;
    for _ in 0..20 {
        happens(&world, &ada).await;
    }
    seals(&world).await;

    let workers = at_once(Webhooks::MOST, |_| {
        let world = world.clone();
        async move {
            let mut made = 0;
            while let Some((queued, call)) = due(&world).await {
                assert_eq!(world.verifier.call_made(&queued, &call, TAKEN).await.unwrap(), CallVerdict::Taken);
                made += 1;
            }
            made
        }
    })
    .await;
    let rest: usize = posted(&world).await.values().map(Vec::len).sum();

    assert_eq!(workers.iter().sum::<usize>() + rest, 20 * Webhooks::MOST);
    assert_eq!(waiting(&world).await, 0);
}

pub async fn to_a_webhook_that_was_removed_nothing_is_posted_any_more(world: World) {
    let (ada, id) = with_webhook(&world).await;
    happens(&world, &ada).await;
    seals(&world).await;
    let (queued, call) = due(&world).await.unwrap();

    let removed = world.verifier.remove_webhook(operator_of(&ada), &id).await.unwrap();
    assert_eq!(removed, Ok(WebhookVerdict::Done(id.clone())));
    assert_eq!(world.verifier.remove_webhook(operator_of(&ada), &id).await.unwrap(), Ok(WebhookVerdict::NoSuchWebhook));

    // Its answer comes too late to be noted.
    let late = world.verifier.call_made(&queued, &call, WebhookAnswer::Silent).await.unwrap();
    assert_eq!(late, CallVerdict::Moot);
    world.clock.advance(Duration::from_mins(10));
    happens(&world, &ada).await;
    seals(&world).await;
    assert!(due(&world).await.is_none());
    assert_eq!((waiting(&world).await, hook(&world, &ada, &id).await), (0, None));
}

pub async fn an_account_has_five_webhooks_each_once_however_many_add_them_at_once(world: World) {
    let ada = world.ada().await;
    let verdicts = at_once(16, |number| {
        let (world, ada) = (world.clone(), ada.clone());
        async move { world.verifier.add_webhook(operator_of(&ada), &url(number % 8)).await }
    })
    .await;

    // Whoever lost the race too often may have been told to try again.
    let added = verdicts.iter().filter(|verdict| matches!(verdict, Ok(Ok(WebhookVerdict::Done(_))))).count();
    for number in 0..8 {
        let _ = world.verifier.add_webhook(operator_of(&ada), &url(number)).await.unwrap();
    }
    let hooks = world.verifier.webhooks_of(operator_of(&ada)).await.unwrap().unwrap();
    let mut hosts: Vec<_> = hooks.iter().map(|hook| hook.host.clone()).collect();
    hosts.sort();
    hosts.dedup();
    assert!(added <= Webhooks::MOST);
    assert_eq!((hooks.len(), hosts.len()), (Webhooks::MOST, Webhooks::MOST));
    let first = WebhookUrl::parse(&format!("https://{}/", hosts[0]), &PrivateHosts::default()).unwrap();
    let known = world.verifier.add_webhook(operator_of(&ada), &first).await.unwrap();
    assert_eq!(known, Ok(WebhookVerdict::Known));
    let one_more = world.verifier.add_webhook(operator_of(&ada), &url(99)).await.unwrap();
    assert_eq!(one_more, Ok(WebhookVerdict::TooMany));
}

pub async fn a_test_is_posted_at_most_every_ten_seconds(world: World) {
    let (ada, id) = with_webhook(&world).await;
    let test = async || world.verifier.test_webhook(operator_of(&ada), &id).await.unwrap();

    assert_eq!(test().await, Ok(WebhookVerdict::Done(id.clone())));
    world.clock.advance(Duration::from_secs(4));
    assert_eq!(test().await, Ok(WebhookVerdict::Wait { wait: Duration::from_secs(6) }));
    world.clock.advance(Duration::from_secs(6));
    assert_eq!(test().await, Ok(WebhookVerdict::Done(id.clone())));

    let posted = posted(&world).await;
    assert_eq!(kinds(&posted["hooks.example.com"]), ["test", "test"]);
    // Nobody wants it any more once they have looked.
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(test().await, Ok(WebhookVerdict::Done(id.clone())));
    world.clock.advance(Duration::from_mins(1));
    assert_eq!((due(&world).await.is_none(), waiting(&world).await), (true, 0));
    let nobodys = WebhookId::from_random([9; 16]);
    let none = world.verifier.test_webhook(operator_of(&ada), &nobodys).await.unwrap();
    assert_eq!(none, Ok(WebhookVerdict::NoSuchWebhook));
}

pub async fn a_test_waits_for_no_event_and_brings_on_what_waits_once_it_is_taken(world: World) {
    let (ada, id) = with_webhook(&world).await;
    happens(&world, &ada).await;
    seals(&world).await;
    let (queued, call) = due(&world).await.unwrap();
    let _ = world.verifier.call_made(&queued, &call, WebhookAnswer::Status(500)).await.unwrap();
    let test = async || {
        world.clock.advance(SECOND);
        let _ = world.verifier.test_webhook(operator_of(&ada), &id).await.unwrap().unwrap();
        due(&world).await.unwrap()
    };

    let (queued, call) = test().await;
    let failed = world.verifier.call_made(&queued, &call, WebhookAnswer::Silent).await.unwrap();
    assert_eq!((failed, due(&world).await.is_none()), (CallVerdict::TestFailed, true));
    world.clock.advance(Webhook::TEST_EVERY);
    world.store.put_off_message(&waits(&world).await, 1, world.now().plus(Duration::from_mins(9))).await.unwrap();

    let (queued, call) = test().await;
    assert_eq!(kinds(&[serde_json::from_str(&call.body).unwrap()]), ["test"]);
    assert_eq!(world.verifier.call_made(&queued, &call, TAKEN).await.unwrap(), CallVerdict::Taken);
    assert!(
        matches!(state(&world, &ada, &id).await.health, WebhookHealth::Failing(_)),
        "it has not taken the event yet"
    );
    assert_eq!(posted(&world).await["hooks.example.com"].len(), 1);
    assert_eq!(state(&world, &ada, &id).await.health, WebhookHealth::Working);
}

async fn waits(world: &World) -> domain::MessageId {
    let waiting = world.store.waiting_messages(10).await.unwrap();
    waiting.into_iter().find(|message| message.lane == Lane::Webhook).unwrap().id
}

pub async fn a_webhooks_secret_is_shown_to_who_has_just_entered_a_code_and_is_its_own(world: World) {
    let (ada, id) = with_webhook(&world).await;
    let other = adds(&world, &ada, &url(2)).await;
    let at_work = world.at_work(&ada.browser).await;

    let shown = async |id: &WebhookId| world.verifier.show_webhook(at_work.actor(), id).await.unwrap();
    let its = shown(&id).await.unwrap().unwrap();
    let others = shown(&other).await.unwrap().unwrap();

    assert_eq!((&its.url, &others.url), (&a_webhook_url(), &url(2)));
    assert_ne!(its.secret, others.secret);
    happens(&world, &world.colleague(&ada, "bob@example.com", Role::Member).await).await;
    seals(&world).await;
    for _ in 0..2 {
        let (_, call) = due(&world).await.unwrap();
        let expected = if call.url == its.url { &its.secret } else { &others.secret };
        assert_eq!(&call.secret, expected);
    }
    world.clock.advance(Duration::from_mins(10));
    assert_eq!(shown(&id).await, Err(Denied::StepUp));
}

pub async fn webhooks_of_other_accounts_are_out_of_reach(world: World) {
    let (ada, id) = with_webhook(&world).await;
    let eve = world.protected("eve@example.com").await;
    let at_work = world.at_work(&eve.browser).await;
    let (actor, verifier) = (at_work.actor(), &world.verifier);

    assert_eq!(verifier.webhooks_of(actor).await.unwrap(), Ok(Vec::new()));
    assert_eq!(verifier.show_webhook(actor, &id).await.unwrap(), Ok(None));
    for verdict in [
        verifier.remove_webhook(actor, &id).await.unwrap(),
        verifier.resume_webhook(actor, &id).await.unwrap(),
        verifier.test_webhook(actor, &id).await.unwrap(),
    ] {
        assert_eq!(verdict, Ok(WebhookVerdict::NoSuchWebhook));
    }
    assert!(hook(&world, &ada, &id).await.is_some());
}

pub async fn what_is_done_to_webhooks_is_told_in_the_log(world: World) {
    let ada = world.ada().await;
    let at_work = world.at_work(&ada.browser).await;
    let added = world.verifier.add_webhook(at_work.actor(), &a_webhook_url()).await.unwrap();
    let Ok(WebhookVerdict::Done(id)) = added else { panic!("{added:?}") };
    world.clock.advance(SECOND);
    let _ = world.verifier.remove_webhook(at_work.actor(), &id).await.unwrap();

    let log = world.log(&ada).await;
    let host = || String::from("hooks.example.com");
    let told: Vec<_> =
        log.iter().filter(|event| event.by.as_ref() == Some(&ada.user)).map(|event| &event.kind).collect();
    assert_eq!(told, [&EventKind::WebhookRemoved { host: host() }, &EventKind::WebhookAdded { host: host() }]);
}

pub async fn an_event_is_posted_once_though_everything_failed_before(world: World) {
    let (ada, _) = with_webhook(&world).await;
    for _ in 0..2 {
        happens(&world, &ada).await;
    }

    let _ = world.gets_through_store_faults(async || world.verifier.seal_events().await).await;
    world.gets_through_store_faults(async || world.verifier.queue_calls(&ada.account).await).await;
    assert_eq!(waiting(&world).await, 1);

    let (queued, call) = due(&world).await.unwrap();
    let mut calls = 0;
    loop {
        // What was taken is noted, also if the next one can't be found just now.
        world.store.fails_before(calls);
        let made = world.verifier.call_made(&queued, &call, TAKEN).await;
        let _ = world.store.recovers();
        match made {
            Ok(verdict) => break assert_eq!(verdict, CallVerdict::Taken),
            Err(_) => calls += 1,
        }
    }
    assert_eq!((waiting(&world).await, calls > 0), (0, true));
    seals(&world).await;
    let (queued, next) = due(&world).await.unwrap();
    assert_ne!(next.body, call.body);

    // It was noted, and nobody heard of it: the event after it follows, and it does not come again.
    world.loses_the_answer(async || world.verifier.call_made(&queued, &next, TAKEN).await.map(|_| ())).await;
    assert_eq!(world.verifier.call_made(&queued, &next, TAKEN).await.unwrap(), CallVerdict::Moot);
    happens(&world, &ada).await;
    seals(&world).await;
    assert_eq!(posted(&world).await["hooks.example.com"].len(), 1);
}

pub async fn the_secrets_of_webhooks_are_resealed(world: World) {
    let (ada, id) = with_webhook(&world).await;
    adds(&world, &ada, &url(2)).await;
    let before = hook(&world, &ada, &id).await.unwrap().secret(world.verifier.keyring()).unwrap();
    uses(&world, &second());

    let (_, unreadable) = reseals(&world, 1).await;

    let keys = world.verifier.keys_in_use().await.unwrap();
    assert_eq!((unreadable, keys.values.len(), keys.unreadable), (0, 1, 0));
    let after = hook(&world, &ada, &id).await.unwrap();
    assert!(world.verifier.keyring().is_current(&after.secret) && world.verifier.keyring().is_current(&after.address));
    assert_eq!(after.url(world.verifier.keyring()).unwrap(), a_webhook_url());
    assert_eq!(after.secret(world.verifier.keyring()).unwrap(), before);
}

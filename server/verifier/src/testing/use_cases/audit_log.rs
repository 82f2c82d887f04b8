//! The audit log as admins read it: what they ask for, page after page, and what they take out of Stepgate.

use std::collections::BTreeSet;
use std::mem;
use std::time::Duration;

use domain::{AccountId, EventId, Role, UserId};

use super::administration::operator_of;
use super::auditing::tampers;
use crate::testing::world::AtWork;
use crate::testing::{Browser, Human, World};
use crate::{
    Actor, AuditChain, AuditEntry, AuditExport, AuditPage, AuditQuery, ChainBreak, ChainFault, ChainState,
    ChainVerdict, ChangeVerdict, Commit, Denied, EventFilter, EventKind, EventName, EventOutcome, EventPlace,
    EventTopic, ExportedList, SecurityEvent, Store,
};

/// So many things happen to somebody, three in each second.
async fn happen(world: &World, account: &AccountId, user: Option<&UserId>, events: u32) {
    let event = |number: u32| SecurityEvent {
        id: EventId::from_random(world.verifier.entropy().bytes().unwrap()),
        at: world.now().plus(Duration::from_secs(u64::from(number / 3))),
        account: Some(account.clone()),
        user: user.cloned(),
        by: None,
        kind: EventKind::Refused { count: number },
        address: None,
        browser: None,
    };
    let events: Vec<_> = (0..events).map(event).collect();
    for some in events.chunks(1000) {
        world.store.commit(Commit { events: some.to_vec(), ..Commit::default() }).await.unwrap();
    }
}

async fn page(world: &World, actor: Actor<'_>, query: &AuditQuery, before: Option<&EventPlace>) -> AuditPage {
    world.verifier.audit_page(actor, query, before).await.unwrap().unwrap()
}

/// Everything that is asked for, page after page.
async fn all(world: &World, actor: Actor<'_>, query: &AuditQuery) -> Vec<AuditEntry> {
    let (mut entries, mut place) = (Vec::new(), None);
    loop {
        let page = page(world, actor, query, place.as_ref()).await;
        entries.extend(page.entries);
        place = page.next;
        if place.is_none() {
            return entries;
        }
    }
}

fn events_in(entries: &[AuditEntry]) -> Vec<SecurityEvent> {
    entries.iter().map(|entry| entry.event.clone()).collect()
}

/// What is left of an export.
async fn rest(world: &World, export: &mut AuditExport) -> Vec<AuditEntry> {
    let mut entries = Vec::new();
    while let Some(batch) = world.verifier.next_of_export(export).await.unwrap() {
        entries.extend(batch);
    }
    entries
}

async fn begins(world: &World, at_work: &AtWork) -> AuditExport {
    world.verifier.begin_audit_export(at_work.actor(), &AuditQuery::default()).await.unwrap().unwrap()
}

pub async fn the_log_is_read_newest_first_with_the_names_of_who_is_in_it(world: World) {
    let ada = world.ada().await;
    let bob = world.joins(&ada, "bob@example.com", Role::Member).await;
    let at_work = world.at_work(&ada.browser).await;
    world.clock.advance(Duration::from_secs(1));
    let changed = world.verifier.change_role(at_work.actor(), &bob.user, Role::Admin).await.unwrap();
    assert_eq!(changed, Ok(ChangeVerdict::Changed));
    let writes = world.store.writes();

    for actor in [at_work.actor(), operator_of(&ada)] {
        let page = page(&world, actor, &AuditQuery::default(), None).await;

        assert_eq!(events_in(&page.entries), world.log(&ada).await);
        assert_eq!((&page.next, page.looked_back_to), (&None, None));
        let AuditEntry { event, user: Some(user), by: Some(by) } = &page.entries[0] else { panic!("nobody") };
        assert_eq!(event.kind, EventKind::RoleChanged { role: Role::Admin });
        assert_eq!((&user.user, &by.user), (&bob.user, &ada.user));
        assert_eq!(user.name.as_ref().map(|(_, email)| email), Some(&bob.email));
        assert_eq!(by.name, Some(("Ada Lovelace".parse().unwrap(), ada.email.clone())));
    }
    assert_eq!(world.store.writes(), writes);
}

pub async fn a_filter_takes_what_is_asked_for_and_nothing_else(world: World) {
    let ada = world.ada().await;
    let bob = world.joins(&ada, "bob@example.com", Role::Member).await;
    let at_work = world.at_work(&ada.browser).await;
    world.clock.advance(Duration::from_secs(1));
    let noon = world.now();
    let _ = world.enters_password(&mut Browser::new(), &bob.email, "no such password").await;
    world.clock.advance(Duration::from_secs(1));
    let _ = world.verifier.deactivate(at_work.actor(), &bob.user).await.unwrap();
    let (log, any) = (world.log(&ada).await, AuditQuery::default());

    for (query, least) in [
        (AuditQuery { user: Some(bob.user.clone()), ..any.clone() }, 3),
        (AuditQuery { user: Some(ada.user.clone()), ..any.clone() }, 3),
        (AuditQuery { about: Some(EventFilter::Topic(EventTopic::People)), ..any.clone() }, 3),
        (AuditQuery { about: Some(EventFilter::Kind(EventName::PasswordRejected)), ..any.clone() }, 1),
        (AuditQuery { outcome: Some(EventOutcome::Refused), ..any.clone() }, 1),
        (AuditQuery { from: Some(noon), ..any.clone() }, 2),
        (AuditQuery { until: Some(noon), ..any.clone() }, 3),
        (AuditQuery { user: Some(bob.user.clone()), outcome: Some(EventOutcome::Refused), from: Some(noon), ..any }, 1),
    ] {
        let found = events_in(&all(&world, at_work.actor(), &query).await);

        let expected: Vec<_> = log.iter().filter(|event| query.takes(event)).cloned().collect();
        assert_eq!(found, expected, "{query:?}");
        assert!((least..log.len()).contains(&found.len()), "{query:?}: {}", found.len());
    }
}

/// Nor twice: fifty a page, three of each moment.
pub async fn entries_are_found_by_the_address_of_who_is_in_them(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let eve = world.protected("eve@example.com").await;
    let actor = Actor::Operator { account: &ada.account };
    let of = async |email: &str, user: Option<UserId>| {
        let query = AuditQuery { email: Some(email.into()), user, ..AuditQuery::default() };
        let page = world.verifier.audit_page(actor, &query, None).await.unwrap().unwrap();
        let mut export = world.verifier.begin_audit_export(actor, &query).await.unwrap().unwrap();
        let mut exported = Vec::new();
        while let Some(entries) = world.verifier.next_of_export(&mut export).await.unwrap() {
            exported.extend(entries);
        }
        assert_eq!(exported, page.entries);
        page.entries
    };

    let query = AuditQuery { user: Some(bob.user.clone()), ..AuditQuery::default() };
    let by_user = world.verifier.audit_page(actor, &query, None).await.unwrap().unwrap().entries;
    assert!(!by_user.is_empty());
    assert_eq!(of(" Bob@example.com", None).await, by_user);
    assert_eq!(of("bob@example.com", Some(bob.user.clone())).await, by_user);
    for nobody in ["", "bob", "nobody@example.com", "eve@example.com"] {
        assert!(of(nobody, None).await.is_empty(), "{nobody}");
    }
    assert!(of("bob@example.com", Some(eve.user.clone())).await.is_empty());
}

pub async fn no_entry_is_left_out_though_others_come_in_while_the_log_is_read(world: World) {
    let ada = world.ada().await;
    happen(&world, &ada.account, None, 170).await;
    let (log, at_work) = (world.log(&ada).await, world.at_work(&ada.browser).await);
    world.clock.advance(Duration::from_mins(2));

    let (mut found, mut place, mut pages) = (Vec::new(), None, Vec::new());
    loop {
        let page = page(&world, at_work.actor(), &AuditQuery::default(), place.as_ref()).await;
        pages.push(page.entries.len());
        found.extend(events_in(&page.entries));
        happen(&world, &ada.account, None, 7).await;
        match page.next {
            Some(next) => place = Some(next.to_string().parse().unwrap()),
            None => break,
        }
    }

    assert_eq!(found, log);
    assert!(pages.iter().rev().skip(1).all(|count| *count == 50), "{pages:?}");
}

pub async fn a_page_that_is_just_full_is_the_last_one(world: World) {
    let account = world.ada().await.account;
    let (nobody, actor) = (UserId::from_random([9; 16]), Actor::Operator { account: &account });
    happen(&world, &account, Some(&nobody), 50).await;
    let query = AuditQuery { user: Some(nobody.clone()), ..AuditQuery::default() };

    let full = page(&world, actor, &query, None).await;
    happen(&world, &account, Some(&nobody), 1).await;
    let more = page(&world, actor, &query, None).await;

    assert_eq!((full.entries.len(), full.next), (50, None));
    assert_eq!((more.entries.len(), &more.next), (50, &more.entries.last().map(|entry| EventPlace::of(&entry.event))));
}

pub async fn who_asks_for_something_rare_is_told_how_far_back_it_was_looked(world: World) {
    let ada = world.ada().await;
    let (at_work, log) = (world.at_work(&ada.browser).await, world.log(&ada).await);
    world.clock.advance(Duration::from_secs(1));
    happen(&world, &ada.account, None, 10_000).await;
    let query = AuditQuery { about: Some(EventFilter::Topic(EventTopic::Mfa)), ..AuditQuery::default() };

    let nothing = page(&world, at_work.actor(), &query, None).await;
    let found = page(&world, at_work.actor(), &query, nothing.next.as_ref()).await;

    assert_eq!((nothing.entries.len(), nothing.looked_back_to), (0, Some(world.now())));
    let rare: Vec<_> = log.into_iter().filter(|event| query.takes(event)).collect();
    assert!(!rare.is_empty());
    assert_eq!((events_in(&found.entries), found.next, found.looked_back_to), (rare, None, None));
}

pub async fn who_was_removed_is_in_the_log_without_a_name(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Admin).await;
    let by_bob = world.at_work(&bob.browser).await;
    world.clock.advance(Duration::from_secs(1));
    let _ = world.verifier.remind(by_bob.actor(), &ada.user).await.unwrap();
    let _ = world.verifier.end_sessions(by_bob.actor(), &ada.user).await.unwrap();
    let removed = world.verifier.remove(operator_of(&ada), &bob.user).await.unwrap();
    assert_eq!(removed, Ok(ChangeVerdict::Changed));
    // Another person with the address is not him.
    world.invited_by_operator(&ada, "bob@example.com", Role::Member).await;

    let query = AuditQuery { user: Some(bob.user.clone()), ..AuditQuery::default() };
    let entries = all(&world, operator_of(&ada), &query).await;

    let named: Vec<_> = entries.iter().flat_map(|entry| [&entry.user, &entry.by]).flatten().collect();
    assert!(entries.iter().any(|entry| entry.by.is_some()) && entries.iter().any(|entry| entry.user.is_some()));
    for named in named {
        assert_eq!(named.name.is_none(), named.user == bob.user, "{named:?}");
    }
}

pub async fn nobody_reads_the_log_of_another_account_or_finds_its_people(world: World) {
    let ada = world.ada().await;
    let eve = world.protected("eve@example.com").await;
    // An entry that nothing of ours writes.
    happen(&world, &ada.account, Some(&eve.user), 1).await;
    let at_work = world.at_work(&ada.browser).await;

    let entries = all(&world, at_work.actor(), &AuditQuery::default()).await;
    let hers =
        all(&world, at_work.actor(), &AuditQuery { user: Some(eve.user.clone()), ..AuditQuery::default() }).await;
    let mut export = begins(&world, &at_work).await;
    let exported = rest(&world, &mut export).await;

    for entries in [&entries, &exported] {
        assert!(entries.iter().all(|entry| entry.event.account.as_ref() == Some(&ada.account)));
    }
    assert_eq!(hers.len(), 1);
    for entry in entries.iter().chain(&exported).chain(&hers) {
        let named = entry.user.as_ref().filter(|named| named.user == eve.user);
        assert!(named.is_none_or(|named| named.name.is_none()), "{entry:?}");
    }
}

pub async fn a_member_reads_no_log_and_takes_none_out(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let (at_work, query) = (world.at_work(&bob.browser).await, AuditQuery::default());
    let nowhere = AccountId::from_random([7; 16]);
    let writes = world.store.writes();

    for (actor, denied) in
        [(at_work.actor(), Denied::NotAdmin), (Actor::Operator { account: &nowhere }, Denied::NoSuchAccount)]
    {
        assert_eq!(world.verifier.audit_page(actor, &query, None).await.unwrap(), Err(denied));
        assert_eq!(world.verifier.begin_audit_export(actor, &query).await.unwrap().err(), Some(denied));
        assert_eq!(world.verifier.chain_state(actor).await.unwrap(), Err(denied));
    }
    assert_eq!(world.store.writes(), writes);
}

pub async fn an_export_asks_for_an_authenticators_code_of_the_last_ten_minutes(world: World) {
    let ada = world.ada().await;
    world.clock.advance(Duration::from_mins(10));
    let (stale, writes, query) = (world.at_work(&ada.browser).await, world.store.writes(), AuditQuery::default());

    let denied = world.verifier.begin_audit_export(stale.actor(), &query).await.unwrap();

    assert_eq!((denied.err(), world.store.writes()), (Some(Denied::StepUp), writes));
    assert!(world.verifier.audit_page(stale.actor(), &query, None).await.unwrap().is_ok());
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    let again = world.at_work(&browser).await;
    assert!(world.verifier.begin_audit_export(again.actor(), &query).await.unwrap().is_ok());
    // The page from before goes on under another token.
    let over = world.verifier.begin_audit_export(stale.actor(), &query).await.unwrap();
    assert_eq!(over.err(), Some(Denied::Over));
}

pub async fn an_export_is_told_in_the_log_and_has_all_of_it_that_is_asked_for(world: World) {
    let ada = world.ada().await;
    let at_work = world.at_work(&ada.browser).await;
    world.clock.advance(Duration::from_secs(1));
    happen(&world, &ada.account, None, 1203).await;
    let topic = AuditQuery { about: Some(EventFilter::Topic(EventTopic::Mfa)), ..AuditQuery::default() };

    for (actor, by) in [(at_work.actor(), Some(&ada.user)), (operator_of(&ada), None)] {
        for query in [AuditQuery::default(), topic.clone()] {
            let mut export = world.verifier.begin_audit_export(actor, &query).await.unwrap().unwrap();
            let log = world.log(&ada).await;

            let entries = rest(&world, &mut export).await;

            let expected: Vec<_> = log.iter().filter(|event| query.takes(event)).cloned().collect();
            assert_eq!(events_in(&entries), expected);
            assert!(!export.was_cut_off());
            assert!(world.verifier.next_of_export(&mut export).await.unwrap().is_none());
            let told: BTreeSet<_> = log.iter().filter(|event| is_export(event)).map(|event| event.by.clone()).collect();
            assert!(told.contains(&by.cloned()), "{told:?}");
        }
    }
    assert_eq!(world.log(&ada).await.iter().filter(|event| is_export(event)).count(), 4);
}

fn is_export(event: &SecurityEvent) -> bool {
    event.kind == EventKind::Exported { list: ExportedList::AuditLog } && event.user.is_none()
}

/// Somebody else stops the admin after the first batch.
async fn is_cut_off(world: &World, ada: &Human, at_work: &AtWork, stop: impl AsyncFnOnce(&World)) {
    happen(world, &ada.account, None, 1203).await;
    let mut export = begins(world, at_work).await;
    assert_eq!(world.verifier.next_of_export(&mut export).await.unwrap().map(|batch| batch.len()), Some(500));

    stop(world).await;

    assert!(world.verifier.next_of_export(&mut export).await.unwrap().is_none());
    assert!(export.was_cut_off());
    // Also if they are let in again.
    assert!(world.verifier.next_of_export(&mut export).await.unwrap().is_none());
}

/// A code gives the session another token; the one before is soon good for nothing.
pub async fn an_export_goes_on_when_its_admin_enters_a_code(world: World) {
    let ada = world.ada().await;
    let at_work = world.at_work(&ada.browser).await;
    happen(&world, &ada.account, None, 1203).await;
    let mut export = begins(&world, &at_work).await;
    assert_eq!(world.verifier.next_of_export(&mut export).await.unwrap().map(|batch| batch.len()), Some(500));

    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    world.clock.advance(Duration::from_mins(1));

    assert!(!rest(&world, &mut export).await.is_empty());
    assert!(!export.was_cut_off());
}

pub async fn an_export_ends_when_its_admin_is_one_no_more(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Admin).await;
    let at_work = world.at_work(&ada.browser).await;

    is_cut_off(&world, &ada, &at_work, async |world| {
        let by_bob = world.at_work(&bob.browser).await;
        let changed = world.verifier.change_role(by_bob.actor(), &ada.user, Role::Member).await.unwrap();
        assert_eq!(changed, Ok(ChangeVerdict::Changed));
    })
    .await;
}

pub async fn an_export_ends_when_its_admin_signs_out_or_their_second_factor_elapses(world: World) {
    for way in 0..3 {
        let ada = world.protected(&format!("ada{way}@example.com")).await;
        let at_work = world.at_work(&ada.browser).await;

        is_cut_off(&world, &ada, &at_work, async |world| match way {
            0 => world.signs_out(&ada.browser).await,
            1 => {
                let ended = world.verifier.end_sessions(operator_of(&ada), &ada.user).await.unwrap();
                assert_eq!(ended, Ok(ChangeVerdict::Changed));
            }
            _ => world.rewrites_account(&ada.account, |account| account.dead_before = Some(world.now())).await,
        })
        .await;
    }
}

/// Step-up is for the beginning: whoever began with it is not asked again in the middle.
pub async fn an_export_goes_on_for_longer_than_ten_minutes(world: World) {
    let ada = world.ada().await;
    happen(&world, &ada.account, None, 1203).await;
    let mut export = begins(&world, &world.at_work(&ada.browser).await).await;
    let first = world.verifier.next_of_export(&mut export).await.unwrap().unwrap();

    world.clock.advance(Duration::from_mins(11));
    let others = rest(&world, &mut export).await;

    assert_eq!([events_in(&first), events_in(&others)].concat(), world.log(&ada).await);
    assert!(!export.was_cut_off());
}

pub async fn the_log_is_read_and_taken_out_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let (at_work, query) = (world.at_work(&ada.browser).await, AuditQuery::default());
    let (actor, verifier) = (at_work.actor(), &world.verifier);

    let page = world.gets_through_store_faults(async || verifier.audit_page(actor, &query, None).await).await;
    assert_eq!(page.unwrap().entries.len(), world.log(&ada).await.len());
    let export = world.gets_through_all_faults(async || verifier.begin_audit_export(actor, &query).await).await;
    let (mut export, log) = (export.unwrap(), world.log(&ada).await);
    for calls in 0.. {
        world.store.fails_before(calls);
        if let Ok(batch) = verifier.next_of_export(&mut export).await {
            assert!(!world.store.recovers(), "a failure of the store was not told");
            assert_eq!(events_in(&batch.unwrap()), log);
            break;
        }
    }
    assert!(rest(&world, &mut export).await.is_empty() && !export.was_cut_off());
}

async fn state(world: &World, human: &Human) -> ChainState {
    world.verifier.chain_state(operator_of(human)).await.unwrap().unwrap()
}

fn broken(number: u64, fault: ChainFault) -> ChainVerdict {
    ChainVerdict::Broken(ChainBreak { number, fault })
}

/// What happened so far has its place in the log, and so many things more.
async fn a_sealed_log(world: &World, human: &Human, more: u32) -> AuditChain {
    happen(world, &human.account, None, more).await;
    let _ = world.verifier.seal_events().await.unwrap();
    AuditChain::Account(human.account.clone())
}

pub async fn the_log_says_up_to_which_entry_it_is_as_it_was_sealed(world: World) {
    let ada = world.ada().await;
    let events = world.log(&ada).await.len();
    let before = state(&world, &ada).await;
    assert_eq!((before.sealed_upto, before.waiting), (None, u32::try_from(events).unwrap()));
    assert!(before.is_sound());

    a_sealed_log(&world, &ada, 3).await;
    happen(&world, &ada.account, None, 2).await;
    let writes = world.store.writes();
    let after = state(&world, &ada).await;

    let count = u64::try_from(events).unwrap() + 3;
    assert_eq!((after.sealed_upto, after.waiting), (Some((count, world.now())), 2));
    assert!(after.is_sound() && matches!(after.verdict, ChainVerdict::Intact { removed: 0, .. }), "{after:?}");
    assert_eq!((after.whole_at, world.store.writes()), (Some(world.now()), writes));
}

pub async fn a_log_that_was_changed_shows_as_broken(world: World) {
    let ada = world.ada().await;
    let chain = a_sealed_log(&world, &ada, 3).await;
    assert!(state(&world, &ada).await.is_sound());

    tampers(&world, &chain, |all, _| all[1].0.kind = EventKind::NameChanged).await;

    for _ in 0..2 {
        let state = state(&world, &ada).await;
        assert_eq!((state.verdict, state.sealed_upto), (broken(2, ChainFault::Changed), None));
        assert!(!state.is_sound());
    }
}

pub async fn a_log_that_was_taken_away_shows_as_unsound(world: World) {
    let nowhere = world.ada().await;
    let chain = a_sealed_log(&world, &nowhere, 0).await;

    tampers(&world, &chain, |all, head| {
        all.clear();
        head.sealed = head.removed;
    })
    .await;

    assert!(!state(&world, &nowhere).await.is_sound());
}

/// Whoever changes what was verified within the hour is found after it, if the log is long; what was added, at once.
pub async fn a_long_log_is_gone_over_every_hour_and_what_was_added_each_time(world: World) {
    let ada = world.ada().await;
    let chain = a_sealed_log(&world, &ada, 2_001).await;
    let (first, whole_at) = (state(&world, &ada).await, world.now());
    let verified = first.sealed_upto.unwrap().0;
    world.clock.advance(Duration::from_mins(59));
    a_sealed_log(&world, &ada, 5).await;
    let (added, mut kind) = (usize::try_from(verified).unwrap() + 4, EventKind::NameChanged);

    tampers(&world, &chain, |all, _| mem::swap(&mut all[added].0.kind, &mut kind)).await;
    assert_eq!(state(&world, &ada).await.verdict, broken(verified + 5, ChainFault::Changed));
    tampers(&world, &chain, |all, _| all[added].0.kind = kind).await;
    let second = state(&world, &ada).await;
    assert_eq!((second.sealed_upto.unwrap().0, second.whole_at), (verified + 5, Some(whole_at)));
    tampers(&world, &chain, |all, _| all[1].0.kind = EventKind::NameChanged).await;
    assert!(state(&world, &ada).await.is_sound());
    world.clock.advance(Duration::from_mins(1));

    assert_eq!(state(&world, &ada).await.verdict, broken(2, ChainFault::Changed));
}

/// By the database alone nobody can tell; by what this process has seen it can.
pub async fn a_log_that_was_put_back_to_an_earlier_day_is_found_by_who_has_seen_the_later_one(world: World) {
    let ada = world.ada().await;
    let chain = a_sealed_log(&world, &ada, 3).await;
    let early = world.store.load_chain(&chain).await.unwrap().unwrap().record;
    a_sealed_log(&world, &ada, 2).await;
    assert!(state(&world, &ada).await.is_sound());

    let end = early.sealed.number;
    tampers(&world, &chain, |all, head| {
        all.truncate(usize::try_from(end).unwrap());
        *head = early;
    })
    .await;

    assert_eq!(state(&world, &ada).await.verdict, broken(end + 1, ChainFault::Missing));
    let restarted = world.elsewhere().await;
    assert!(state(&restarted, &ada).await.is_sound());
    world.clock.advance(Duration::from_secs(1));
    a_sealed_log(&world, &ada, 7).await;
    assert_eq!(state(&world, &ada).await.verdict, broken(end + 2, ChainFault::Changed));
    assert!(state(&restarted, &ada).await.is_sound());
}

pub async fn the_state_of_the_log_is_told_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    a_sealed_log(&world, &ada, 3).await;
    let at_work = world.at_work(&ada.browser).await;

    for actor in [at_work.actor(), operator_of(&ada)] {
        let state = world.gets_through_store_faults(async || world.verifier.chain_state(actor).await).await;
        assert!(state.unwrap().is_sound());
    }
}

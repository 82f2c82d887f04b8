use std::cmp::Reverse;

use domain::Timestamp;

use super::samples::{
    AnyStore, NOW, account, ada, commits, conflicts, event, head, later, numbered, other_account, race, sealing, user,
};
use crate::{
    AuditChain, ChainStep, Change, Commit, CredentialRecord, EventPlace, LoggedEvent, SealedEvent, SecurityEvent,
};

pub async fn events_of_an_account_come_newest_first_and_no_more_than_asked_for(store: AnyStore) {
    let recorded = [event(3, later(2)), event(1, later(1)), event(4, later(1)), event(2, later(3))];
    for event in recorded {
        commits(&store, Commit { events: vec![event], ..Commit::default() }).await;
    }

    let newest_first = [event(2, later(3)), event(3, later(2)), event(4, later(1)), event(1, later(1))];
    for most in 0..6 {
        let found = store.events_of(&account().id, most).await.unwrap();
        let most = usize::try_from(most).unwrap().min(4);
        assert_eq!(found, newest_first[..most]);
    }
    assert_eq!(store.events_of(&account().id, u32::MAX).await.unwrap(), newest_first);
}

pub async fn events_of_other_accounts_and_of_none_are_not_among_them(store: AnyStore) {
    let elsewhere = SecurityEvent { account: Some(other_account(9).id), ..event(1, NOW) };
    let nowhere = SecurityEvent { account: None, user: None, address: None, browser: None, ..event(2, NOW) };

    let events = vec![elsewhere.clone(), nowhere, event(3, NOW)];
    commits(&store, Commit { events, ..Commit::default() }).await;

    assert_eq!(store.events_of(&account().id, 10).await.unwrap(), [event(3, NOW)]);
    assert_eq!(store.events_of(&other_account(9).id, 10).await.unwrap(), [elsewhere]);
}

/// So many events of Ada's account, three of each moment, in the order in which they are listed.
async fn with_events(store: &AnyStore, count: u32) -> Vec<SecurityEvent> {
    let mut events: Vec<_> =
        (0..count).map(|number| event(number, later(u64::from(number % count.div_ceil(3))))).collect();
    commits(store, Commit { events: events.clone(), ..Commit::default() }).await;
    events.sort_by_key(|event| Reverse(EventPlace::of(event)));
    events
}

pub async fn the_events_of_an_account_come_each_once_in_pages_also_those_of_one_moment(store: AnyStore) {
    let all = with_events(&store, 20).await;

    for most in [1, 2, 3, 7, 20, 100] {
        let (mut found, mut place) = (Vec::new(), None);
        loop {
            let page = store.events_before(&account().id, place.as_ref(), None, most).await.unwrap();
            assert!(page.len() <= usize::try_from(most).unwrap());
            let Some(last) = page.last() else { break };
            place = Some(EventPlace::of(last));
            found.extend(page);
        }
        assert_eq!(found, all, "{most} a page");
    }
    assert!(store.events_before(&account().id, None, None, 0).await.unwrap().is_empty());
    // A place need not be that of an event that is still there.
    let gone = EventPlace { at: later(2), id: event(1000, NOW).id };
    let older: Vec<_> = all.iter().filter(|event| event.at <= later(2)).cloned().collect();
    assert_eq!(store.events_before(&account().id, Some(&gone), None, 100).await.unwrap(), older);
}

pub async fn a_page_ends_where_it_was_asked_to_and_has_nothing_of_other_accounts(store: AnyStore) {
    let all = with_events(&store, 12).await;
    let elsewhere = SecurityEvent { account: Some(other_account(9).id), ..event(100, later(1)) };
    let nowhere = SecurityEvent { account: None, user: None, ..event(101, later(1)) };
    commits(&store, Commit { events: vec![elsewhere.clone(), nowhere], ..Commit::default() }).await;
    let since = |from: Timestamp, before: &EventPlace| {
        let asked_for = |event: &&SecurityEvent| event.at >= from && EventPlace::of(event) < *before;
        all.iter().filter(asked_for).cloned().collect::<Vec<_>>()
    };

    let last = EventPlace { at: later(9), id: event(0, NOW).id };
    for from in [NOW, later(1), later(3), later(4)] {
        let found = store.events_before(&account().id, None, Some(from), 100).await.unwrap();
        assert_eq!(found, since(from, &last));
        for event in &all {
            let place = EventPlace::of(event);
            let found = store.events_before(&account().id, Some(&place), Some(from), 100).await.unwrap();
            assert_eq!(found, since(from, &place));
        }
    }
    assert_eq!(store.events_before(&account().id, None, None, 100).await.unwrap(), all);
    assert_eq!(store.events_before(&other_account(9).id, None, None, 100).await.unwrap(), [elsewhere]);
    assert!(store.events_before(&other_account(8).id, None, None, 100).await.unwrap().is_empty());
}

pub async fn what_happens_while_somebody_pages_through_events_moves_none_of_the_others(store: AnyStore) {
    let all = with_events(&store, 9).await;
    let first = store.events_before(&account().id, None, None, 4).await.unwrap();
    let place = EventPlace::of(&first[3]);

    commits(&store, Commit { events: vec![event(50, later(100)), event(51, later(101))], ..Commit::default() }).await;
    let rest = store.events_before(&account().id, Some(&place), None, 100).await.unwrap();

    assert_eq!([first, rest].concat(), all);
}

/// The numbers of these in their chain, and by which numbers they were made.
fn places(sealed: &[SealedEvent]) -> Vec<(u64, LoggedEvent)> {
    sealed.iter().map(|sealed| (sealed.seal.number, sealed.event.clone())).collect()
}

fn logged(event: &SecurityEvent) -> LoggedEvent {
    let body = serde_json::to_string(event).unwrap();
    LoggedEvent { id: event.id.clone(), at: event.at, account: event.account.clone(), body }
}

pub async fn events_wait_for_their_seal_in_the_order_of_time_each_in_its_chain(store: AnyStore) {
    let elsewhere = SecurityEvent { account: Some(other_account(9).id), ..event(5, NOW) };
    let nowhere = SecurityEvent { account: None, user: None, ..event(6, NOW) };
    let (ada, other) = (AuditChain::of(Some(&account().id)), AuditChain::of(elsewhere.account.as_ref()));
    let events = vec![event(3, later(2)), event(1, later(1)), event(4, later(1)), elsewhere.clone(), nowhere.clone()];
    assert!(store.chains_to_seal().await.unwrap().is_empty());

    commits(&store, Commit { events, ..Commit::default() }).await;

    let in_order = [event(1, later(1)), event(4, later(1)), event(3, later(2))].map(|event| logged(&event));
    for most in 0..5 {
        let found = store.unsealed_events(&ada, most).await.unwrap();
        assert_eq!(found, in_order[..usize::try_from(most).unwrap().min(3)]);
    }
    assert_eq!(store.unsealed_events(&other, 9).await.unwrap(), [logged(&elsewhere)]);
    assert_eq!(store.unsealed_events(&AuditChain::NoAccount, 9).await.unwrap(), [logged(&nowhere)]);
    let mut chains = store.chains_to_seal().await.unwrap();
    chains.sort();
    let mut expected = [ada, other, AuditChain::NoAccount];
    expected.sort();
    assert_eq!(chains, expected);
}

pub async fn sealed_events_are_found_by_their_numbers_and_wait_no_longer(store: AnyStore) {
    let chain = AuditChain::of(Some(&account().id));
    let events: Vec<_> = (1..=4).map(|number| event(number, NOW)).collect();
    commits(&store, Commit { events: events.clone(), ..Commit::default() }).await;
    assert_eq!(store.load_chain(&chain).await.unwrap(), None);

    // The order of numbers, not that of time or of identifiers.
    let seals = [(4, 1), (2, 2), (3, 3)];
    commits(&store, sealing(Change::create(head(3)), &seals)).await;

    let found = store.sealed_events(&chain, 1..=3, 10).await.unwrap();
    assert_eq!(places(&found), seals.map(|(event, number)| (number, logged(&self::event(event, NOW)))));
    assert_eq!(found[1].seal, numbered(2));
    assert_eq!(places(&store.sealed_events(&chain, 2..=2, 10).await.unwrap()), places(&found[1..2]));
    assert_eq!(places(&store.sealed_events(&chain, 2..=u64::MAX, 1).await.unwrap()), places(&found[1..2]));
    assert_eq!(places(&store.sealed_events(&chain, 0..=1, 10).await.unwrap()), places(&found[..1]));
    assert!(store.sealed_events(&chain, 0..=0, 10).await.unwrap().is_empty());
    assert!(store.sealed_events(&chain, 4..=u64::MAX, 10).await.unwrap().is_empty());
    assert!(store.sealed_events(&AuditChain::NoAccount, 1..=u64::MAX, 10).await.unwrap().is_empty());
    assert_eq!(store.unsealed_events(&chain, 10).await.unwrap(), [logged(&event(1, NOW))]);
    let loaded = store.load_chain(&chain).await.unwrap().unwrap();
    assert_eq!((loaded.version, loaded.record), (1, head(3)));
    assert_eq!(store.events_of(&account().id, 10).await.unwrap().len(), 4);
}

/// Who looks for what can't be must see it if it is there.
pub async fn two_events_of_one_number_are_both_found(store: AnyStore) {
    let chain = AuditChain::of(Some(&account().id));
    commits(&store, Commit { events: vec![event(1, NOW), event(2, NOW)], ..Commit::default() }).await;

    commits(&store, sealing(Change::create(head(1)), &[(1, 1), (2, 1)])).await;

    let found = store.sealed_events(&chain, 1..=1, 10).await.unwrap();
    assert_eq!(places(&found), [1, 2].map(|number| (1, logged(&event(number, NOW)))));
}

pub async fn removed_events_are_gone_and_the_others_stay(store: AnyStore) {
    let chain = AuditChain::of(Some(&account().id));
    let events = (1..=3).map(|number| event(number, NOW)).collect();
    commits(&store, Commit { events, ..Commit::default() }).await;
    commits(&store, sealing(Change::create(head(2)), &[(1, 1), (2, 2)])).await;

    let removed = vec![event(1, NOW).id];
    let step = ChainStep { head: Change::update(1, head(2)), seals: Vec::new(), removed };
    commits(&store, Commit { chains: vec![step], ..Commit::default() }).await;

    let sealed = store.sealed_events(&chain, 1..=9, 10).await.unwrap();
    assert_eq!(places(&sealed), [(2, logged(&event(2, NOW)))]);
    assert_eq!(store.unsealed_events(&chain, 10).await.unwrap(), [logged(&event(3, NOW))]);
    assert_eq!(store.events_of(&account().id, 10).await.unwrap().len(), 2);
    assert_eq!(store.load_chain(&chain).await.unwrap().unwrap().version, 2);
}

pub async fn of_64_who_move_one_chain_at_once_exactly_one_does(store: AnyStore) {
    let chain = AuditChain::of(Some(&account().id));
    let events = (0..65).map(|number| event(number, NOW)).collect();
    commits(&store, Commit { events, ..Commit::default() }).await;

    let beginning = |number| sealing(Change::create(head(1)), &[(number, 1)]);
    assert_eq!(race(&store, (0..64).map(beginning)).await, 1);
    let going_on = |number| sealing(Change::update(1, head(2)), &[(64, number)]);
    assert_eq!(race(&store, (2..66).map(going_on)).await, 1);

    assert_eq!(store.sealed_events(&chain, 1..=u64::MAX, 100).await.unwrap().len(), 2);
    assert_eq!(store.load_chain(&chain).await.unwrap().unwrap().version, 2);
}

pub async fn a_seal_or_a_removal_of_what_cannot_have_it_is_a_conflict(store: AnyStore) {
    commits(&store, Commit { events: vec![event(1, NOW), event(2, NOW)], ..Commit::default() }).await;
    commits(&store, sealing(Change::create(head(1)), &[(1, 1)])).await;

    for impossible in [
        sealing(Change::update(1, head(2)), &[(2, 2), (1, 3)]),
        sealing(Change::update(1, head(2)), &[(2, 2), (7, 3)]),
        sealing(Change::update(2, head(2)), &[(2, 2)]),
        sealing(Change::create(head(2)), &[(2, 2)]),
    ] {
        conflicts(&store, impossible).await;
    }
    let (head, removed) = (Change::update(1, head(1)), vec![event(1, NOW).id, event(7, NOW).id]);
    let step = ChainStep { head, seals: Vec::new(), removed };
    conflicts(&store, Commit { chains: vec![step], ..Commit::default() }).await;

    let chain = AuditChain::of(Some(&account().id));
    assert_eq!(store.sealed_events(&chain, 1..=9, 10).await.unwrap().len(), 1);
    assert_eq!(store.unsealed_events(&chain, 10).await.unwrap(), [logged(&event(2, NOW))]);
}

/// What an admin does concerns whom it is done to.
pub async fn events_about_a_user_come_newest_first_and_are_nobody_elses(store: AnyStore) {
    let about =
        |number, user: &CredentialRecord, at| SecurityEvent { user: Some(user.user.clone()), ..event(number, at) };
    let by_ada = SecurityEvent { by: Some(ada().user), ..about(5, &user(77), later(5)) };
    let nobodys = SecurityEvent { user: None, ..event(6, later(6)) };
    let others = vec![by_ada.clone(), about(4, &user(77), later(3)), nobodys];
    commits(&store, Commit { events: others, ..Commit::default() }).await;
    let newest_first = [about(3, &ada(), later(2)), about(2, &ada(), later(1)), about(1, &ada(), later(1))];
    for event in newest_first.iter().rev().cloned() {
        commits(&store, Commit { events: vec![event], ..Commit::default() }).await;
    }

    for most in 0..5 {
        let found = store.events_about(&ada().user, most).await.unwrap();
        assert_eq!(found, newest_first[..usize::try_from(most).unwrap().min(3)]);
    }
    assert_eq!(store.events_about(&user(77).user, 1).await.unwrap(), [by_ada]);
    assert_eq!(store.events_about(&user(78).user, 10).await.unwrap(), []);
}

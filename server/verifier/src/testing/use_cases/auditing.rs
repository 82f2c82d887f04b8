//! The audit log: what was sealed can't be changed, removed, moved or added to unnoticed, also by who has the database
//! and not the keys. Whoever tampers here does so through the store's own port, so that it can be tried on any store.

use std::time::Duration;

use domain::{AccountId, EventId, Timestamp};

use super::is_broken;
use crate::testing::world::{at_once, claim};
use crate::testing::{Browser, World};
use crate::{
    AUDIT_KEPT, AuditChain, ChainBreak, ChainFault, ChainHead, ChainPoint, ChainStep, ChainVerdict, Change, Commit,
    EventKind, EventSeal, SealedEvent, SecurityEvent, Store, Unavailable,
};

const DAY: Duration = Duration::from_hours(24);

/// A chain of so many sealed events.
async fn a_chain_of(world: &World, events: u32) -> AuditChain {
    let account = AccountId::from_random([9; 16]);
    happen(world, &account, events, world.now()).await;
    let _ = world.verifier.seal_events().await.unwrap();
    AuditChain::Account(account)
}

/// So many things happen in an account, a second apart.
async fn happen(world: &World, account: &AccountId, events: u32, from: Timestamp) {
    let event = |number: u32| SecurityEvent {
        id: EventId::from_random(world.verifier.entropy().bytes().unwrap()),
        at: from.plus(Duration::from_secs(number.into())),
        account: Some(account.clone()),
        user: None,
        by: None,
        kind: EventKind::Refused { count: number },
        address: None,
        browser: None,
    };
    let events = (0..events).map(event).collect();
    world.store.commit(Commit { events, ..Commit::default() }).await.unwrap();
}

async fn sealed(world: &World, chain: &AuditChain) -> Vec<SealedEvent> {
    world.store.sealed_events(chain, 1..=u64::MAX, 10_000).await.unwrap()
}

fn numbers(sealed: &[SealedEvent]) -> Vec<u64> {
    sealed.iter().map(|sealed| sealed.seal.number).collect()
}

async fn verdict(world: &World, chain: &AuditChain) -> ChainVerdict {
    world.verifier.verify_chain(chain).await.unwrap()
}

/// The last number of a chain, which must be intact.
async fn length(world: &World, chain: &AuditChain) -> u64 {
    match verdict(world, chain).await {
        ChainVerdict::Intact { upto, .. } => upto.number,
        ChainVerdict::Broken(broken) => panic!("{broken:?}"),
    }
}

fn broken(number: u64, fault: ChainFault) -> ChainVerdict {
    ChainVerdict::Broken(ChainBreak { number, fault })
}

/// Somebody who has the database writes a chain's entries anew, and its record.
pub(super) async fn tampers(
    world: &World,
    chain: &AuditChain,
    tamper: impl FnOnce(&mut Vec<(SecurityEvent, EventSeal)>, &mut ChainHead),
) {
    let (old, head) = (sealed(world, chain).await, world.store.load_chain(chain).await.unwrap().unwrap());
    let event = |sealed: &SealedEvent| (serde_json::from_str(&sealed.event.body).unwrap(), sealed.seal.clone());
    let (mut new, mut forged) = (old.iter().map(event).collect::<Vec<_>>(), head.record.clone());
    tamper(&mut new, &mut forged);

    let removed = old.into_iter().map(|sealed| sealed.event.id).collect();
    let step = ChainStep { head: Change::update(head.version, head.record), seals: Vec::new(), removed };
    world.store.commit(Commit { chains: vec![step], ..Commit::default() }).await.unwrap();
    let seals = new.iter().map(|(event, seal)| (event.id.clone(), seal.clone())).collect();
    let events = new.into_iter().map(|(event, _)| event).collect();
    let step = ChainStep { head: Change::update(head.version + 1, forged), seals, removed: Vec::new() };
    world.store.commit(Commit { events, chains: vec![step], ..Commit::default() }).await.unwrap();
}

pub async fn what_happens_gets_its_place_in_the_chain_of_its_account(world: World) {
    let (ada, eve) = (world.ada().await, world.newcomer("eve@example.com").await);
    let stranger = claim(&Browser::new(), &"nobody@example.com".parse().unwrap(), "some password or other");
    let _ = world.verifier.sign_in(&stranger, &Browser::new().claimant()).await.unwrap();
    let of_nobody = world.store.unsealed_events(&AuditChain::NoAccount, 100).await.unwrap().len();

    let round = world.verifier.seal_events().await.unwrap();

    let mut all = of_nobody;
    for human in [ada, eve] {
        let (chain, events) = (AuditChain::Account(human.account.clone()), world.events(&human).await.len());
        assert_eq!(length(&world, &chain).await, u64::try_from(events).unwrap());
        all += events;
    }
    assert_eq!(length(&world, &AuditChain::NoAccount).await, u64::try_from(of_nobody).unwrap());
    assert_eq!((round.events, round.refused), (u64::try_from(all).unwrap(), Vec::new()));
    assert!(world.store.chains_to_seal().await.unwrap().is_empty());
}

pub async fn who_seals_again_writes_nothing(world: World) {
    let chain = a_chain_of(&world, 5).await;
    let writes = world.store.writes();

    assert_eq!(world.verifier.seal_events().await.unwrap().events, 0);

    assert_eq!(world.store.writes(), writes);
    assert_eq!(length(&world, &chain).await, 5);
}

pub async fn an_event_of_an_earlier_time_is_put_after_those_that_are_sealed(world: World) {
    let chain = a_chain_of(&world, 3).await;
    let before = sealed(&world, &chain).await;
    happen(&world, chain.account().unwrap(), 2, world.now().minus(DAY)).await;

    let _ = world.verifier.seal_events().await.unwrap();

    let after = sealed(&world, &chain).await;
    assert_eq!(numbers(&after), [1, 2, 3, 4, 5]);
    assert_eq!(after[..3], before);
    assert!(after[3].event.at < after[4].event.at && after[4].event.at < after[0].event.at);
    assert_eq!(length(&world, &chain).await, 5);
}

pub async fn however_much_has_happened_is_sealed_in_small_steps(world: World) {
    let chain = a_chain_of(&world, 1203).await;

    assert_eq!(length(&world, &chain).await, 1203);
    let written = world.store.written();
    let steps: Vec<_> = written.iter().flat_map(|commit| &commit.chains).map(|step| step.seals.len()).collect();
    assert_eq!(steps, [500, 500, 203]);
}

pub async fn thirty_who_seal_at_once_give_each_event_one_number(world: World) {
    let account = AccountId::from_random([9; 16]);
    let chain = AuditChain::Account(account.clone());
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let (world, account) = (processes[number % 3].clone(), account.clone());
        async move {
            happen(&world, &account, 7, world.now()).await;
            world.verifier.seal_events().await
        }
    })
    .await;

    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let _ = world.verifier.seal_events().await.unwrap();
    assert_eq!(length(&world, &chain).await, 210);
    assert_eq!(numbers(&sealed(&world, &chain).await), (1..=210).collect::<Vec<_>>());
}

pub async fn an_entry_that_was_changed_is_found(world: World) {
    let chain = a_chain_of(&world, 5).await;

    tampers(&world, &chain, |all, _| all[2].0.kind = EventKind::NameChanged).await;

    assert_eq!(verdict(&world, &chain).await, broken(3, ChainFault::Changed));
}

pub async fn an_entry_that_was_removed_is_found(world: World) {
    let chain = a_chain_of(&world, 5).await;

    tampers(&world, &chain, |all, _| drop(all.remove(2))).await;

    assert_eq!(verdict(&world, &chain).await, broken(3, ChainFault::Missing));
}

pub async fn entries_that_were_swapped_are_found(world: World) {
    let chain = a_chain_of(&world, 5).await;

    tampers(&world, &chain, |all, _| {
        let (one, other) = (all[1].1.clone(), all[3].1.clone());
        (all[1].1, all[3].1) = (other, one);
    })
    .await;

    assert_eq!(verdict(&world, &chain).await, broken(2, ChainFault::Changed));
}

/// Also where one page ends and the next begins.
pub async fn an_entry_that_was_put_in_between_is_found(world: World) {
    let chain = a_chain_of(&world, 510).await;
    for place in [3, 500, 501, 510] {
        let id = EventId::from_random(world.verifier.entropy().bytes().unwrap());
        tampers(&world, &chain, |all, _| {
            let (event, seal) = all[place - 1].clone();
            all.push((SecurityEvent { id: id.clone(), ..event }, seal));
        })
        .await;

        let verdict = verdict(&world, &chain).await;

        // Which of the two comes first is chance.
        let place = u64::try_from(place).unwrap();
        assert!([ChainFault::Surplus, ChainFault::Changed].map(|fault| broken(place, fault)).contains(&verdict));
        tampers(&world, &chain, |all, _| all.retain(|(event, _)| event.id != id)).await;
        assert_eq!(length(&world, &chain).await, 510);
    }
}

pub async fn an_end_that_was_cut_off_is_found(world: World) {
    let chain = a_chain_of(&world, 5).await;

    tampers(&world, &chain, |all, _| all.truncate(3)).await;

    assert_eq!(verdict(&world, &chain).await, broken(4, ChainFault::Missing));
}

pub async fn nobody_without_the_keys_moves_an_end_of_a_chain(world: World) {
    let chain = a_chain_of(&world, 5).await;
    let points: Vec<_> = sealed(&world, &chain).await;
    let point = |index: usize| ChainPoint { number: points[index].seal.number, mac: points[index].seal.mac };

    for removes_the_end in [true, false] {
        let head = world.store.load_chain(&chain).await.unwrap().unwrap().record;
        tampers(&world, &chain, |all, head| {
            if removes_the_end {
                all.truncate(3);
                head.sealed = point(2);
            } else {
                all.drain(..2);
                head.removed = point(1);
            }
        })
        .await;

        assert!(is_broken(&verdict(&world, &chain).await, ChainFault::Head));
        tampers(&world, &chain, |all, forged| {
            *all =
                points.iter().map(|one| (serde_json::from_str(&one.event.body).unwrap(), one.seal.clone())).collect();
            *forged = head;
        })
        .await;
        assert_eq!(length(&world, &chain).await, 5);
    }
}

/// Somebody cuts off the end together with a record of the chain that was once ours, and things go on happening.
pub async fn an_end_from_an_earlier_day_does_not_fit_the_later_record(world: World) {
    let chain = a_chain_of(&world, 3).await;
    let early = world.store.load_chain(&chain).await.unwrap().unwrap().record;
    happen(&world, chain.account().unwrap(), 2, world.now()).await;
    let _ = world.verifier.seal_events().await.unwrap();
    let late = world.store.load_chain(&chain).await.unwrap().unwrap().record;

    tampers(&world, &chain, |all, head| {
        all.truncate(3);
        *head = early;
    })
    .await;
    happen(&world, chain.account().unwrap(), 2, world.now().plus(DAY)).await;
    let _ = world.verifier.seal_events().await.unwrap();

    // This nobody can tell by the database alone; by a head that was noted elsewhere everybody can.
    let ChainVerdict::Intact { upto, .. } = verdict(&world, &chain).await else { panic!("broken") };
    assert_eq!(upto.number, late.sealed.number);
    assert_ne!(upto.mac, late.sealed.mac);
    tampers(&world, &chain, |_, head| *head = late).await;
    assert_eq!(verdict(&world, &chain).await, broken(5, ChainFault::Head));
}

pub async fn an_entry_beyond_the_end_is_found(world: World) {
    let chain = a_chain_of(&world, 2).await;

    tampers(&world, &chain, |all, _| {
        let (event, seal) = all[1].clone();
        let id = EventId::from_random([7; 16]);
        all.push((SecurityEvent { id, ..event }, EventSeal { number: 3, ..seal }));
    })
    .await;

    assert_eq!(verdict(&world, &chain).await, broken(3, ChainFault::Surplus));
}

pub async fn a_chain_without_its_record_is_broken_and_not_begun_anew(world: World) {
    let chain = a_chain_of(&world, 1).await;
    let orphan = AccountId::from_random([8; 16]);
    let lost = AuditChain::Account(orphan.clone());
    happen(&world, &orphan, 1, world.now()).await;
    let event = world.store.unsealed_events(&lost, 1).await.unwrap().remove(0);
    let head = world.store.load_chain(&chain).await.unwrap().unwrap();
    let seals = vec![(event.id, sealed(&world, &chain).await[0].seal.clone())];
    let step = ChainStep { head: Change::update(head.version, head.record), seals, removed: Vec::new() };
    world.store.commit(Commit { chains: vec![step], ..Commit::default() }).await.unwrap();
    happen(&world, &orphan, 1, world.now()).await;

    let round = world.verifier.seal_events().await.unwrap();

    assert_eq!((round.events, round.refused), (0, vec![lost.clone()]));
    assert_eq!(verdict(&world, &lost).await, broken(1, ChainFault::Head));
}

pub async fn a_chain_whose_record_is_forged_is_neither_sealed_nor_pruned(world: World) {
    let ada = world.ada().await;
    let chain = AuditChain::Account(ada.account.clone());
    let _ = world.verifier.seal_events().await.unwrap();
    let before = sealed(&world, &chain).await;
    tampers(&world, &chain, |all, head| head.removed = ChainPoint { number: 1, mac: all[0].1.mac }).await;
    happen(&world, &ada.account, 1, world.now()).await;
    let other = a_chain_of(&world, 2).await;
    world.clock.advance(AUDIT_KEPT + DAY);

    let (sealing, pruning) = (world.verifier.seal_events().await, world.verifier.prune_events(AUDIT_KEPT).await);

    let refused = vec![chain.clone()];
    assert_eq!((sealing.unwrap().refused, pruning.unwrap().refused), (refused.clone(), refused));
    assert!(is_broken(&verdict(&world, &chain).await, ChainFault::Head));
    assert_eq!(sealed(&world, &chain).await, before);
    assert_eq!(length(&world, &other).await, 2);
}

pub async fn what_is_too_old_goes_and_the_rest_verifies_from_there(world: World) {
    let ada = world.ada().await;
    let chain = AuditChain::Account(ada.account.clone());
    let _ = world.verifier.seal_events().await.unwrap();
    let early = length(&world, &chain).await;
    world.clock.advance(DAY);
    happen(&world, &ada.account, 1203, world.now()).await;
    let _ = world.verifier.seal_events().await.unwrap();
    let first = sealed(&world, &chain).await.remove(0);

    world.clock.set(first.event.at.plus(AUDIT_KEPT));
    assert_eq!(world.verifier.prune_events(AUDIT_KEPT).await.unwrap().events, 0);
    world.clock.advance(DAY);
    let round = world.verifier.prune_events(AUDIT_KEPT).await.unwrap();

    assert_eq!((round.events, round.refused), (early, Vec::new()));
    let ChainVerdict::Intact { removed, upto } = verdict(&world, &chain).await else { panic!("broken") };
    assert_eq!((removed, upto.number), (early, early + 1203));
    world.clock.advance(DAY);
    assert_eq!(world.verifier.prune_events(AUDIT_KEPT).await.unwrap().events, 1203);
    happen(&world, &ada.account, 1, world.now()).await;
    let _ = world.verifier.seal_events().await.unwrap();
    assert_eq!(numbers(&sealed(&world, &chain).await), [early + 1204]);
    assert_eq!(length(&world, &chain).await, early + 1204);
}

pub async fn an_old_entry_that_comes_back_is_found(world: World) {
    let ada = world.ada().await;
    let chain = AuditChain::Account(ada.account.clone());
    let _ = world.verifier.seal_events().await.unwrap();
    let first = sealed(&world, &chain).await.remove(0);
    world.clock.advance(AUDIT_KEPT + DAY);
    let _ = world.verifier.prune_events(AUDIT_KEPT).await.unwrap();
    assert!(sealed(&world, &chain).await.is_empty());

    tampers(&world, &chain, |all, _| all.push((serde_json::from_str(&first.event.body).unwrap(), first.seal))).await;

    assert_eq!(verdict(&world, &chain).await, broken(1, ChainFault::Surplus));
}

pub async fn an_entry_that_was_tampered_with_is_not_removed_by_its_age(world: World) {
    let ada = world.ada().await;
    let chain = AuditChain::Account(ada.account.clone());
    let _ = world.verifier.seal_events().await.unwrap();
    tampers(&world, &chain, |all, _| all[1].0.kind = EventKind::NameChanged).await;
    world.clock.advance(AUDIT_KEPT + DAY);

    let round = world.verifier.prune_events(AUDIT_KEPT).await.unwrap();

    assert_eq!((round.events, round.refused), (0, vec![chain.clone()]));
    assert_eq!(verdict(&world, &chain).await, broken(2, ChainFault::Changed));
}

pub async fn a_chain_may_be_sealed_and_pruned_while_it_is_verified(world: World) {
    let ada = world.ada().await;
    let chain = AuditChain::Account(ada.account.clone());
    for calls in 0..12 {
        happen(&world, &ada.account, 3, world.now()).await;
        let _ = world.verifier.seal_events().await.unwrap();
        world.clock.advance(AUDIT_KEPT + DAY);
        happen(&world, &ada.account, 3, world.now()).await;
        let others = world.clone();
        world.store.meanwhile(calls, async move {
            let _ = others.verifier.seal_events().await.unwrap();
            let _ = others.verifier.prune_events(AUDIT_KEPT).await.unwrap();
        });

        let verdict = verdict(&world, &chain).await;

        world.store.recovers();
        assert!(matches!(verdict, ChainVerdict::Intact { .. }), "after {calls} calls: {verdict:?}");
    }
}

pub async fn the_log_is_sealed_verified_and_pruned_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let (chain, verifier) = (AuditChain::Account(ada.account.clone()), &world.verifier);

    let sealed = world.gets_through_all_faults(async || verifier.seal_events().await).await;
    assert!(sealed.events > 0 && sealed.refused.is_empty());
    let verdict = world.gets_through_store_faults(async || verifier.verify_chain(&chain).await).await;
    assert!(matches!(verdict, ChainVerdict::Intact { removed: 0, .. }), "{verdict:?}");
    world.clock.advance(AUDIT_KEPT + DAY);
    // One chain after the other: what was removed before a failure is removed.
    for calls in 0.. {
        world.store.fails_before(calls);
        if verifier.prune_events(AUDIT_KEPT).await.is_ok() {
            assert!(!world.store.recovers(), "a failure of the store was not told");
            break;
        }
        assert_eq!(length(&world, &chain).await, sealed.events);
    }

    assert!(self::sealed(&world, &chain).await.is_empty());
    assert_eq!(length(&world, &chain).await, sealed.events);
}

pub async fn who_never_heard_that_it_was_sealed_goes_on_after_a_restart(world: World) {
    let ada = world.ada().await;
    let chain = AuditChain::Account(ada.account.clone());
    world.loses_the_answer(async || world.verifier.seal_events().await).await;

    let world = world.elsewhere().await;
    happen(&world, &ada.account, 1, world.now()).await;
    let again: Result<_, Unavailable> = world.verifier.seal_events().await;

    assert_eq!(again.unwrap().events, 1);
    let events = world.events(&ada).await.len();
    assert_eq!(length(&world, &chain).await, u64::try_from(events).unwrap());
}

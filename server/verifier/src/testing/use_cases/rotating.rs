//! A new key: everything is re-encrypted while people go on, the old key can go, and nothing is forgotten.

use std::collections::{BTreeMap, BTreeSet};

use domain::UserId;

use super::{is_accepted, is_bound, rejected};
use crate::mobile::seal_text_code;
use crate::testing::world::{at_once, claim};
use crate::testing::{Browser, Human, World, an_account};
use crate::{
    AuditChain, ChainBreak, ChainFault, ChainVerdict, Change, CodeRejected, Commit, EnrollmentStep, EventKind, Keyring,
    Lane, RESET_MAILS, ResealFrom, SecurityEvent, SharedSecret, SignIn, SignInRejected, Store, TextAim, TextChallenge,
    WrittenKeys,
};

const KEYS: [&str; 3] = [
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
    "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=",
];

/// The keys of every world here, before anybody rotates.
fn first() -> WrittenKeys {
    let keys = BTreeMap::from([("k1".to_owned(), KEYS[0].to_owned())]);
    WrittenKeys { writing: "k1".into(), keys, retired: BTreeMap::new(), fingerprints: None }
}

pub(super) fn second() -> WrittenKeys {
    first().rotated(KEYS[1].into(), &BTreeSet::new()).unwrap()
}

/// The first key is retired.
fn third() -> WrittenKeys {
    second().rotated(KEYS[2].into(), &BTreeSet::from(["k1".parse().unwrap()])).unwrap()
}

pub(super) fn uses(world: &World, keys: &WrittenKeys) {
    world.verifier.keyring().replace(&keys.keyring().unwrap());
}

/// How many values were re-encrypted, and how many don't open, in steps of so many records.
pub(super) async fn reseals(world: &World, batch: u32) -> (u64, u64) {
    let (mut from, mut done) = (Some(ResealFrom::BEGINNING), (0, 0));
    while let Some(at) = from {
        let step = world.verifier.reseal(at, batch).await.unwrap();
        done = (done.0 + step.values, done.1 + step.unreadable);
        from = step.next;
    }
    done
}

/// How many values lie under each key.
async fn under(world: &World) -> Vec<(String, u64)> {
    let keys = world.verifier.keys_in_use().await.unwrap();
    keys.values.into_iter().map(|(key, values)| (key.to_string(), values)).collect()
}

/// Somebody whose new authenticator is bound, and who sees their recovery codes; a text is on its way to them, too.
async fn at_the_recovery_codes(world: &World, email: &str) -> (Human, Browser) {
    let human = world.newcomer(email).await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&human, &mut browser).await;
    let phone = world.scans_a_key(&browser).await;
    assert!(is_bound(&world.confirms(&mut browser, &phone.code(world.now())).await));
    let challenge = TextChallenge {
        id: domain::ChallengeId::from_random([1; 16]),
        session: world.session(&browser).await.unwrap().id,
        number: "+4917012345678".parse().unwrap(),
        country: "DE".parse().unwrap(),
        aim: TextAim::ConfirmMobile,
        code: seal_text_code("123456", &human.user, world.verifier.keyring(), world.verifier.entropy()).unwrap(),
        sent_at: world.now(),
        wrong: 0,
        message: None,
        delivery: crate::TextDelivery::Queued,
    };
    world.rewrites(&human.user, |record| record.challenges.push(challenge)).await;
    (human, browser)
}

pub async fn after_a_rotation_everything_opens_and_the_old_key_can_go(world: World) {
    let ada = world.ada().await;
    let eve = world.newcomer("eve@example.com").await;
    let mut of_eve = Browser::new();
    world.knows_the_password_of(&eve, &mut of_eve).await;
    let phone = world.scans_a_key(&of_eve).await;
    let (zoe, of_zoe) = at_the_recovery_codes(&world, "zoe@example.com").await;
    let (codes, messages) = (world.wizard(&of_zoe).await, world.messages().await);
    // Ada's and Zoe's authenticators, Eve's that waits for its code, Zoe's codes and her text.
    let values = 5 + u64::try_from(messages.len()).unwrap();
    assert_eq!(under(&world).await, [("k1".into(), values)]);

    uses(&world, &second());
    assert_eq!(reseals(&world, 2).await, (values, 0));

    assert_eq!(under(&world).await, [("k2".into(), values)]);
    let idle = world.verifier.keys_in_use().await.unwrap().idle(world.verifier.keyring());
    assert_eq!(idle, BTreeSet::from(["k1".parse().unwrap()]));
    uses(&world, &third());
    assert_eq!(world.messages().await, messages);
    let (EnrollmentStep::SaveCodes { codes: before, .. }, EnrollmentStep::SaveCodes { codes: after, .. }) =
        (codes, world.wizard(&of_zoe).await)
    else {
        panic!("no codes")
    };
    assert_eq!(before, after);
    let text = world.record(&zoe).await.challenges.remove(0);
    let code = "123456".parse().unwrap();
    assert!(text.is_answered_by(&code, &zoe.user, world.verifier.keyring()).unwrap());
    assert!(is_bound(&world.confirms(&mut of_eve, &phone.code(world.now())).await));
    world.signs_in(&ada, &mut Browser::new()).await;
}

pub async fn who_reseals_again_writes_nothing(world: World) {
    world.ada().await;
    uses(&world, &second());
    assert!(reseals(&world, 10).await.0 > 0);
    let writes = world.store.writes();

    assert_eq!(reseals(&world, 10).await, (0, 0));

    assert_eq!(world.store.writes(), writes);
}

pub async fn resealing_goes_on_where_it_was_or_from_the_beginning(world: World) {
    for number in 0..5 {
        world.protected(&format!("user{number}@example.com")).await;
    }
    let all = under(&world).await[0].1;
    uses(&world, &second());
    let first = world.verifier.reseal(ResealFrom::BEGINNING, 2).await.unwrap();
    assert_eq!(first.values, 2);

    let world = world.elsewhere().await;
    let second = world.verifier.reseal(first.next.unwrap(), 2).await.unwrap();
    assert_eq!(second.values, 2);

    assert_eq!(reseals(&world, 2).await, (all - 4, 0));
    assert_eq!(under(&world).await, [("k2".into(), all)]);
}

/// A step that was spent while the record was re-encrypted stays spent.
pub async fn who_signs_in_while_their_record_is_resealed_has_used_their_code(world: World) {
    let both = WrittenKeys { writing: "k1".into(), ..second() };
    let elsewhere = world.elsewhere().await;
    for calls in 0..6 {
        uses(&world, &both);
        let human = world.protected(&format!("user{calls}@example.com")).await;
        let (mut browser, code) = (Browser::new(), human.code(world.now()));
        world.knows_the_password_of(&human, &mut browser).await;
        let proof = world.awaiting_code(&browser).await;
        uses(&world, &second());
        let (others, claimant) = (elsewhere.clone(), browser.claimant());
        let posted = code.clone();
        world.store.meanwhile(calls, async move {
            let verdict = others.verifier.verify_code(&proof, &posted, &claimant).await.unwrap();
            assert!(is_accepted(&verdict), "{verdict:?}");
        });

        reseals(&world, 100).await;

        assert!(world.store.recovers(), "{calls} calls are more than there are");
        let mut again = Browser::new();
        world.knows_the_password_of(&human, &mut again).await;
        let verdict = world.enters_code(&mut again, &code).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Spent), "after {calls} calls");
    }
    reseals(&world, 100).await;
    assert_eq!(under(&world).await.len(), 1);
}

pub async fn thirty_who_reseal_at_once_lose_nothing(world: World) {
    let ada = world.ada().await;
    world.protected("eve@example.com").await;
    let all = under(&world).await[0].1;
    uses(&world, &second());
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    // A process may have to give way more often than it is patient: then it begins anew.
    let done = at_once(30, |number| {
        let world = processes[number % 3].clone();
        async move { world.verifier.reseal(ResealFrom::BEGINNING, 10).await.map_or(0, |step| step.values) }
    })
    .await;
    let rest = reseals(&world, 10).await;

    assert_eq!(done.iter().sum::<u64>() + rest.0, all);
    assert_eq!(under(&world).await, [("k2".into(), all)]);
    world.signs_in(&ada, &mut Browser::new()).await;
}

pub async fn a_message_that_is_leased_is_resealed_and_stays_leased(world: World) {
    world.ada().await;
    let leased = world.verifier.lease_messages(Lane::Mail, 10).await.unwrap();
    assert!(!leased.is_empty());
    uses(&world, &second());

    reseals(&world, 10).await;

    assert!(world.verifier.lease_messages(Lane::Mail, 10).await.unwrap().is_empty());
    for message in &leased {
        world.verifier.message_sent(message).await.unwrap();
    }
    assert!(world.store.waiting_messages(10).await.unwrap().iter().all(|left| !leased.contains(left)));
}

pub async fn a_user_is_resealed_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    for message in world.store.waiting_messages(100).await.unwrap() {
        world.store.remove_message(&message.id).await.unwrap();
    }
    uses(&world, &second());

    let step = world.gets_through_all_faults(async || world.verifier.reseal(ResealFrom::BEGINNING, 10).await).await;

    assert_eq!((step.values, step.unreadable), (1, 0));
    world.signs_in(&ada, &mut Browser::new()).await;
}

pub async fn what_does_not_open_is_told_and_left_as_it_is(world: World) {
    let ada = world.ada().await;
    world.protected("eve@example.com").await;
    let lost = Keyring::new("k9", [("k9", KEYS[2])]).unwrap();
    let secret = SharedSecret::from_bytes([7; 20]).seal(&ada.user, &lost, world.verifier.entropy()).unwrap();
    world.rewrites(&ada.user, |record| record.binding.as_mut().unwrap().secret = secret.clone()).await;
    uses(&world, &second());

    let (_, unreadable) = reseals(&world, 10).await;

    assert_eq!(unreadable, 1);
    assert_eq!(world.record(&ada).await.binding.unwrap().secret, secret);
    let keys = world.verifier.keys_in_use().await.unwrap();
    assert_eq!((keys.unreadable, keys.values.get(&"k9".parse().unwrap())), (1, Some(&1)));
    assert!(!world.verifier.examine().await.unwrap().is_sound());
}

pub async fn a_rotation_makes_no_count_begin_anew(world: World) {
    let nobody = "nobody@example.com".parse().unwrap();
    let wrong = async || {
        let browser = Browser::new();
        world.verifier.sign_in(&claim(&browser, &nobody, "not the password"), &browser.claimant()).await.unwrap()
    };
    for keys in [first(), second(), third()] {
        uses(&world, &keys);
        for _ in 0..3 {
            assert!(matches!(wrong().await, SignIn::Rejected(SignInRejected::WrongCredentials)));
        }
    }
    assert!(matches!(wrong().await, SignIn::Rejected(SignInRejected::WrongCredentials)));

    let tenth = wrong().await;

    assert!(matches!(tenth, SignIn::Rejected(SignInRejected::Wait { .. })), "{tenth:?}");
    let keys = [first(), second(), third()].map(|keys| {
        uses(&world, &keys);
        world.verifier.tally_key(RESET_MAILS, "ada@example.com").unwrap()
    });
    assert!(keys[0] == keys[1] && keys[1] == keys[2]);
}

pub async fn the_log_verifies_after_a_rotation_and_after_the_old_key_is_retired(world: World) {
    let ada = world.ada().await;
    let chain = AuditChain::Account(ada.account.clone());
    let _ = world.verifier.seal_events().await.unwrap();
    let numbers = async || match world.verifier.verify_chain(&chain).await.unwrap() {
        ChainVerdict::Intact { upto, .. } => Ok(upto.number),
        ChainVerdict::Broken(broken) => Err(broken),
    };
    let early = numbers().await.unwrap();

    for keys in [second(), third()] {
        uses(&world, &keys);
        world.signs_in(&ada, &mut Browser::new()).await;
        reseals(&world, 10).await;
        let _ = world.verifier.seal_events().await.unwrap();
    }
    let late = numbers().await.unwrap();
    assert!(late > early + 2);

    // Who throws a key away altogether can't verify what it sealed.
    uses(&world, &WrittenKeys { retired: BTreeMap::new(), ..third() });
    assert_eq!(numbers().await, Err(ChainBreak { number: 1, fault: ChainFault::UnknownKey }));
}

pub async fn an_examination_finds_nothing_where_nothing_is_wrong(world: World) {
    let ada = world.ada().await;

    let examination = world.verifier.examine().await.unwrap();

    assert!(examination.is_sound(), "{examination:?}");
    let chains: Vec<_> = examination.chains.iter().map(|examined| examined.chain.clone()).collect();
    assert_eq!(chains, [AuditChain::Account(ada.account.clone()), AuditChain::NoAccount]);
    assert_eq!(examination.queue.waiting, u64::try_from(world.messages().await.len()).unwrap());
    assert_eq!(examination.queue.failed_before, 0);
    assert!(examination.queue.oldest.is_some_and(|oldest| oldest <= world.now()));
    assert_eq!(examination.keys.values.values().sum::<u64>(), 1 + examination.queue.waiting);
}

/// An account whose whole log was taken away has not even the entry of how it came about.
pub async fn an_examination_finds_a_log_that_was_taken_away_and_one_that_was_changed(world: World) {
    let ada = world.ada().await;
    let bare = an_account();
    let accounts = vec![Change::create(bare.clone())];
    world.store.commit(Commit { accounts, ..Commit::default() }).await.unwrap();
    let chain = AuditChain::Account(ada.account.clone());
    let _ = world.verifier.seal_events().await.unwrap();
    let second = world.store.sealed_events(&chain, 2..=2, 1).await.unwrap().remove(0);
    let head = world.store.load_chain(&chain).await.unwrap().unwrap();
    let changed = SecurityEvent {
        kind: EventKind::NameChanged,
        user: Some(UserId::from_random([1; 16])),
        ..serde_json::from_str(&second.event.body).unwrap()
    };
    let step = |version, seals, removed| crate::ChainStep {
        head: Change::update(version, head.record.clone()),
        seals,
        removed,
    };
    let steps = [step(head.version, Vec::new(), vec![second.event.id.clone()])];
    world.store.commit(Commit { chains: steps.into(), ..Commit::default() }).await.unwrap();
    let steps = [step(head.version + 1, vec![(second.event.id, second.seal)], Vec::new())];
    world.store.commit(Commit { events: vec![changed], chains: steps.into(), ..Commit::default() }).await.unwrap();

    let examination = world.verifier.examine().await.unwrap();

    let unsound: BTreeMap<_, _> = examination
        .chains
        .iter()
        .filter(|examined| !examined.is_sound())
        .map(|examined| (examined.chain.clone(), examined.verdict))
        .collect();
    assert_eq!(unsound.len(), 2);
    let broken = ChainBreak { number: 2, fault: ChainFault::Changed };
    assert_eq!(unsound.get(&chain), Some(&ChainVerdict::Broken(broken)));
    assert!(unsound.contains_key(&AuditChain::Account(bare.id)));
    assert!(!examination.is_sound());
}

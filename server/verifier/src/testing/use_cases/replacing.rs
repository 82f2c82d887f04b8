use std::time::Duration;

use domain::MfaWindow;

use super::{is_accepted, is_bound, mfa_at, notices, rejected};
use crate::testing::world::at_once;
use crate::testing::{Browser, Human, Phone, World};
use crate::{
    CodeRejected, Drift, EnrollmentStep, EnrollmentVerdict, EventKind, Gate, Judged, NoticeKind, PendingBinding,
    RECENT, Refusal,
};

/// Ada, whose browser has just shown a code, and the browser.
pub(super) async fn stepped_up(world: &World) -> (Human, Browser) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    (ada, browser)
}

async fn scans_another(world: &World, browser: &Browser) -> Phone {
    let (proof, claimant) = (world.fresh(browser).await, browser.claimant());
    for verdict in [
        world.verifier.begin_enrollment(&proof, &claimant).await.unwrap(),
        world.verifier.issue_secret(&proof, &claimant).await.unwrap(),
    ] {
        assert!(matches!(verdict, EnrollmentVerdict::Moved), "{verdict:?}");
    }
    sees_the_key(world, browser).await.expect("a key")
}

async fn sees_the_key(world: &World, browser: &Browser) -> Option<Phone> {
    match world.verifier.enrollment_step(&world.fresh(browser).await).unwrap() {
        EnrollmentStep::Pair(pairing) => Some(Phone::with_key(&pairing.key)),
        _ => None,
    }
}

async fn confirms(world: &World, browser: &mut Browser, code: &domain::OneTimeCode) -> EnrollmentVerdict {
    let proof = world.fresh(browser).await;
    let verdict = world.verifier.confirm_authenticator(&proof, code, &browser.claimant()).await.unwrap();
    if let EnrollmentVerdict::Bound(upgrade) = &verdict {
        browser.keeps(upgrade);
    }
    verdict
}

async fn works(world: &World, human: &Human, phone: &Phone) -> bool {
    world.clock.advance(World::STEP);
    let mut browser = Browser::new();
    world.knows_the_password_of(human, &mut browser).await;
    is_accepted(&world.enters_code(&mut browser, &phone.code(world.now())).await)
}

pub async fn who_signs_in_while_an_authenticator_is_replaced_elsewhere_goes_where_they_wanted(world: World) {
    let (ada, browser) = stepped_up(&world).await;
    let _ = scans_another(&world, &browser).await;
    let mut elsewhere = Browser { next: Some("/admin/users".parse().unwrap()), ..Browser::new() };

    world.clock.advance(World::STEP);
    let _ = world.knows_the_password_of(&ada, &mut elsewhere).await;
    let verdict = world.enters_code(&mut elsewhere, &ada.code(world.now())).await;

    let Judged::Accepted(upgrade) = verdict else { panic!("{verdict:?}") };
    assert_eq!(upgrade.next.as_str(), "/admin/users");
}

pub async fn an_authenticator_works_until_the_code_of_its_successor(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let mut other = Browser::new();
    world.signs_in(&ada, &mut other).await;
    let old = ada.phone.clone().unwrap();

    let new = scans_another(&world, &browser).await;
    assert_ne!(new, old);
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()), "nothing confines who has not decided");
    assert!(works(&world, &ada, &old).await && !works(&world, &ada, &new).await);
    let verdict = confirms(&world, &mut browser, &new.code(world.now())).await;

    let EnrollmentVerdict::Bound(_) = verdict else { panic!("{verdict:?}") };
    assert_eq!((world.sessions(&ada).await, mfa_at(&world, &browser).await), (1, Some(world.now())));
    assert_eq!(world.passes(Gate::Fresh, &other).await, Err(Refusal::SignIn));
    assert_eq!(world.passes(Gate::RecentAdmin, &browser).await, Ok(()));
    assert!(works(&world, &ada, &new).await && !works(&world, &ada, &old).await);
    assert!(world.events(&ada).await.contains(&EventKind::AuthenticatorReplaced));
    assert!(notices(&world.messages().await).contains(&NoticeKind::AuthenticatorReplaced));
    let record = world.record(&ada).await;
    assert_eq!((record.enrollment, record.codes.unwrap().set), (None, 1));
    assert!(record.known_browsers.iter().any(|known| Some(&known.cookie) == other.cookie().as_ref()));
    world.comes_back_by_code(&ada, &mut Browser::new(), &ada.codes[0]).await;
}

pub async fn the_code_of_a_successor_is_spent_by_confirming_it(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let new = scans_another(&world, &browser).await;
    let code = new.code(world.now());
    assert!(is_bound(&confirms(&world, &mut browser, &code).await));
    let mut another = Browser::new();
    world.knows_the_password_of(&ada, &mut another).await;

    assert_eq!(rejected(&world.enters_code(&mut another, &code).await), Some(CodeRejected::Spent));
}

pub async fn every_step_of_replacing_asks_for_an_authenticator_code_of_the_last_ten_minutes(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let new = scans_another(&world, &browser).await;
    let (proof, claimant, verifier) = (world.fresh(&browser).await, browser.claimant(), &world.verifier);
    world.clock.advance(RECENT);
    let writes = world.store.writes();

    let late = [
        verifier.begin_enrollment(&proof, &claimant).await.unwrap(),
        verifier.issue_secret(&proof, &claimant).await.unwrap(),
        verifier.confirm_authenticator(&proof, &new.code(world.now()), &claimant).await.unwrap(),
    ];

    assert!(late.iter().all(|verdict| matches!(verdict, EnrollmentVerdict::StepUp)), "{late:?}");
    assert_eq!(world.store.writes(), writes);
    // Step-up does not lose what was begun.
    world.steps_up(&ada, &mut browser).await;
    assert_eq!(sees_the_key(&world, &browser).await, Some(new.clone()));
    assert!(is_bound(&confirms(&world, &mut browser, &new.code(world.now())).await));
}

pub async fn who_came_back_by_a_code_or_elapsed_replaces_nothing_without_the_authenticator(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
    assert!(is_accepted(&world.keeps_authenticator(&mut browser, None).await));
    world.finishes_wizard(&browser).await;
    let (proof, claimant) = (world.fresh(&browser).await, browser.claimant());

    let begun = world.verifier.begin_enrollment(&proof, &claimant).await.unwrap();
    assert!(matches!(begun, EnrollmentVerdict::StepUp), "{begun:?}");
    world.rewrites_account(&ada.account, |account| account.mfa_window = MfaWindow::CHOICES[0]).await;
    world.clock.advance(Duration::from_hours(1));
    let begun = world.verifier.begin_enrollment(&proof, &claimant).await.unwrap();

    assert!(matches!(begun, EnrollmentVerdict::Over), "{begun:?}");
}

pub async fn a_successor_is_shown_to_the_session_that_began_it_and_confirmed_in_no_other(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let mut other = Browser::new();
    world.signs_in(&ada, &mut other).await;
    let new = scans_another(&world, &browser).await;

    assert_eq!(sees_the_key(&world, &other).await, None);
    let theirs = confirms(&world, &mut other, &new.code(world.now())).await;
    assert!(matches!(theirs, EnrollmentVerdict::OutOfOrder), "{theirs:?}");
    assert_eq!(sees_the_key(&world, &browser).await, Some(new.clone()));
    let second = scans_another(&world, &other).await;
    let mine = confirms(&world, &mut browser, &new.code(world.now())).await;
    assert!(matches!(mine, EnrollmentVerdict::OutOfOrder), "{mine:?}");
    assert!(world.events(&ada).await.contains(&EventKind::EnrollmentBegun { took_over: true }));

    assert!(is_bound(&confirms(&world, &mut other, &second.code(world.now())).await));
}

pub async fn wrong_codes_of_a_successor_count_nowhere_and_change_nothing(world: World) {
    let (mut ada, mut browser) = stepped_up(&world).await;
    let old = ada.phone.clone().unwrap();
    ada.phone = Some(scans_another(&world, &browser).await);
    let (wrong, writes) = (world.wrong_code(&ada), world.store.writes());

    for _ in 0..12 {
        let verdict = confirms(&world, &mut browser, &wrong).await;
        assert!(matches!(verdict, EnrollmentVerdict::WrongCode { .. }), "{verdict:?}");
    }
    let of_the_old = confirms(&world, &mut browser, &old.code(world.now())).await;
    assert!(matches!(of_the_old, EnrollmentVerdict::WrongCode { .. }), "{of_the_old:?}");

    assert_eq!(world.store.writes(), writes);
    assert!(works(&world, &ada, &old).await);
}

/// Whose phone is far off is told by how much, for they were shown the secret.
pub async fn a_clock_that_is_off_by_up_to_twenty_minutes_is_told(world: World) {
    let (_, mut browser) = stepped_up(&world).await;
    let new = scans_another(&world, &browser).await;

    for steps in [-41_i64, -40, -3, -2, 2, 3, 40, 41] {
        let verdict = confirms(&world, &mut browser, &new.code(world.steps_away(steps))).await;
        let expected = (steps.abs() <= 40).then(|| Drift(i8::try_from(steps).unwrap()));
        assert!(
            matches!(verdict, EnrollmentVerdict::WrongCode { clock_off } if clock_off == expected),
            "{steps} steps off: {verdict:?}"
        );
    }
}

pub async fn a_successor_a_step_off_is_asked_for_its_next_code(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let old = ada.phone.clone().unwrap();
    let new = scans_another(&world, &browser).await;

    let first = confirms(&world, &mut browser, &new.code(world.steps_away(-1))).await;
    assert!(matches!(first, EnrollmentVerdict::Moved), "{first:?}");
    let step = world.verifier.enrollment_step(&world.fresh(&browser).await).unwrap();
    assert!(matches!(step, EnrollmentStep::NextCode { drift: Drift(-1), .. }));
    assert!(works(&world, &ada, &old).await);
    let second = confirms(&world, &mut browser, &new.code(world.now())).await;

    assert!(is_bound(&second), "{second:?}");
}

pub async fn a_successor_that_waited_fifteen_minutes_is_replaced(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let new = scans_another(&world, &browser).await;
    world.clock.advance(PendingBinding::LIFE);
    world.steps_up(&ada, &mut browser).await;

    let late = confirms(&world, &mut browser, &new.code(world.now())).await;

    assert!(matches!(late, EnrollmentVerdict::Expired), "{late:?}");
    assert_ne!(scans_another(&world, &browser).await, new);
}

pub async fn one_code_of_a_successor_thirty_times_at_once_replaces_once(world: World) {
    let (ada, browser) = stepped_up(&world).await;
    let new = scans_another(&world, &browser).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let proof = world.fresh(&browser).await;

    let outcomes = at_once(30, |number| {
        let world = processes[number % 3].clone();
        let (proof, code, claimant) = (proof.clone(), new.code(world.now()), browser.claimant());
        async move { world.verifier.confirm_authenticator(&proof, &code, &claimant).await }
    })
    .await;

    assert_eq!(outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(is_bound)).count(), 1, "{outcomes:?}");
    let events = world.events(&ada).await;
    assert_eq!(events.iter().filter(|event| **event == EventKind::AuthenticatorReplaced).count(), 1);
    assert_eq!(world.sessions(&ada).await, 1);
}

/// Whichever is faster, no session lives on with a second factor of the authenticator that is gone.
pub async fn a_code_of_the_old_one_while_its_successor_is_confirmed_leaves_no_session(world: World) {
    for calls in 0..8 {
        let ada = world.protected(&format!("user{calls}@example.com")).await;
        let mut browser = ada.browser.clone();
        world.steps_up(&ada, &mut browser).await;
        let new = scans_another(&world, &browser).await;
        world.clock.advance(World::STEP);
        let mut other = Browser::new();
        world.knows_the_password_of(&ada, &mut other).await;
        let (elsewhere, old, mut theirs) = (world.elsewhere().await, ada.clone(), other.clone());
        world.store.meanwhile(calls, async move {
            let verdict = elsewhere.enters_code(&mut theirs, &old.code(elsewhere.now())).await;
            assert!(is_accepted(&verdict), "{verdict:?}");
        });

        let verdict = confirms(&world, &mut browser, &new.code(world.now())).await;

        world.store.recovers();
        assert!(is_bound(&verdict), "before call {calls}: {verdict:?}");
        assert_eq!(world.sessions(&ada).await, 1, "before call {calls}");
        assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
    }
}

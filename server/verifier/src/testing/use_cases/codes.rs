use std::time::Duration;

use super::{is_accepted, mfa_at, rejected};
use crate::testing::world::at_once;
use crate::testing::{Browser, World};
use crate::{CodeRejected, CodeVerdict, EventKind, Gate, Refusal, Session, Standing};

pub async fn a_right_code_lets_in_under_a_new_token_and_makes_the_browser_known(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let before = world.session(&browser).await.unwrap();
    let tab = browser.clone();

    let verdict = world.enters_code(&mut browser, &ada.code(world.now())).await;

    let CodeVerdict::Accepted(upgrade) = verdict else { panic!("{verdict:?}") };
    assert_eq!(upgrade.next.as_str(), "/");
    assert_ne!(browser.session.as_ref().unwrap().hash(), tab.session.unwrap().hash());
    for gate in [Gate::Fresh, Gate::Recent, Gate::FreshAdmin, Gate::RecentAdmin] {
        assert_eq!(world.passes(gate, &browser).await, Ok(()), "{gate:?}");
    }
    let (session, record) = (world.session(&browser).await.unwrap(), world.record(&ada).await);
    assert_eq!((&session.id, session.password_at), (&before.id, before.password_at));
    assert_eq!(mfa_at(&world, &browser).await, Some(world.now()));
    assert!(record.known_browser(browser.cookie().as_ref(), world.now()).is_some());
    assert_eq!(record.last_sign_in, Some(world.now()));
    assert!(world.events(&ada).await.contains(&EventKind::CodeAccepted { session: session.id }));
}

pub async fn a_followed_token_keeps_its_old_rights_for_thirty_seconds_and_has_no_more(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let tab = browser.clone();
    let _ = world.enters_code(&mut browser, &ada.code(world.now())).await;

    for gate in [Gate::Enrolling, Gate::Fresh, Gate::Recent, Gate::FreshAdmin] {
        assert_eq!(world.passes(gate, &tab).await, Err(Refusal::VerifyMfa), "{gate:?}");
    }
    world.clock.advance(Session::GRACE.checked_sub(Duration::from_millis(1)).unwrap());
    assert_eq!(world.passes(Gate::PendingCode, &tab).await, Ok(()));
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.passes(Gate::PendingCode, &tab).await, Err(Refusal::SignIn));
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
}

pub async fn a_code_posted_twice_by_one_page_is_judged_once(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let mut tab = browser.clone();
    let code = ada.code(world.now());
    assert!(is_accepted(&world.enters_code(&mut browser, &code).await));
    let writes = world.store.writes();

    let again = world.enters_code(&mut tab, &code).await;

    assert!(matches!(again, CodeVerdict::AlreadyVerified), "{again:?}");
    assert_eq!(world.store.writes(), writes);
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
}

pub async fn a_code_that_was_accepted_is_accepted_nowhere_again(world: World) {
    let ada = world.ada().await;
    let code = ada.code(world.now());
    let (mut first, mut second) = (Browser::new(), Browser::new());
    world.knows_the_password_of(&ada, &mut first).await;
    world.knows_the_password_of(&ada, &mut second).await;
    assert!(is_accepted(&world.enters_code(&mut first, &code).await));

    for seconds in [0, 29, 30] {
        world.clock.advance(Duration::from_secs(seconds));
        let verdict = world.enters_code(&mut second, &code).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Spent), "{seconds} s later");
    }
    assert_eq!(world.passes(Gate::Fresh, &second).await, Err(Refusal::VerifyMfa));
}

pub async fn a_code_of_an_earlier_step_is_refused_after_one_of_a_later_step(world: World) {
    let ada = world.ada().await;
    let (mut first, mut second) = (Browser::new(), Browser::new());
    world.knows_the_password_of(&ada, &mut first).await;
    world.knows_the_password_of(&ada, &mut second).await;
    assert!(is_accepted(&world.enters_code(&mut first, &ada.code(world.steps_away(1))).await));

    for steps in [-1, 0, 1] {
        let verdict = world.enters_code(&mut second, &ada.code(world.steps_away(steps))).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Spent), "{steps} steps away");
    }
}

pub async fn a_clock_set_back_makes_no_code_good_again(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.clock.advance(Duration::from_mins(5));
    world.signs_in(&ada, &mut browser).await;
    world.clock.set(world.now().minus(Duration::from_mins(2)));
    let mut second = Browser::new();
    world.knows_the_password_of(&ada, &mut second).await;

    for steps in [-1, 0, 1] {
        let verdict = world.enters_code(&mut second, &ada.code(world.steps_away(steps))).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Spent), "{steps} steps away");
    }
}

pub async fn a_phone_may_be_one_step_off_and_not_two(world: World) {
    let ada = world.ada().await;
    for (steps, right) in [(-2, false), (2, false), (-1, true), (0, true), (1, true)] {
        world.clock.advance(Duration::from_mins(2));
        let mut browser = Browser::new();
        world.knows_the_password_of(&ada, &mut browser).await;

        let verdict = world.enters_code(&mut browser, &ada.code(world.steps_away(steps))).await;

        assert_eq!(is_accepted(&verdict), right, "{steps} steps away: {verdict:?}");
    }
}

pub async fn the_code_of_another_users_phone_is_wrong(world: World) {
    let mallory = world.protected("mallory@example.com").await;
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;

    let verdict = world.enters_code(&mut browser, &mallory.code(world.now())).await;

    assert!(matches!(rejected(&verdict), Some(CodeRejected::Wrong { .. })), "{verdict:?}");
}

pub async fn a_sign_in_waits_ten_minutes_for_its_code(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let proof = world.awaiting_code(&browser).await;

    world.clock.advance(Session::PENDING_LIFE);

    let verdict = world.verifier.verify_code(&proof, &ada.code(world.now()), &browser.claimant()).await.unwrap();
    assert!(matches!(verdict, CodeVerdict::SignInAgain), "{verdict:?}");
    assert_eq!(world.passes(Gate::PendingCode, &browser).await, Err(Refusal::SignIn));
}

pub async fn the_fifth_wrong_code_ends_the_sign_in(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;

    for left in (1..=4).rev() {
        let verdict = world.enters_wrong_code(&mut browser, &ada).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Wrong { left, wait_until: None }));
    }
    let fifth = world.enters_wrong_code(&mut browser, &ada).await;

    assert!(matches!(fifth, CodeVerdict::SignInAgain), "{fifth:?}");
    assert_eq!(world.passes(Gate::PendingCode, &browser).await, Err(Refusal::SignIn));
    assert_eq!(world.sessions(&ada).await, 1);
}

/// A dialog over a half-filled form must not lose the form.
pub async fn wrong_codes_do_not_end_a_session_whose_second_factor_has_elapsed(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    for _ in 0..10 {
        world.clock.advance(Duration::from_hours(72));
        let _ = world.passes(Gate::Fresh, &browser).await;
    }
    let old = mfa_at(&world, &browser).await;

    for _ in 0..6 {
        let _ = world.enters_wrong_code(&mut browser, &ada).await;
        world.clock.advance(Duration::from_mins(2));
    }
    assert_eq!(mfa_at(&world, &browser).await, old);
    assert_eq!(world.passes(Gate::PendingCode, &browser).await, Ok(()));
    let stale = browser.clone();
    assert!(is_accepted(&world.enters_code(&mut browser, &ada.code(world.now())).await));

    assert_eq!(mfa_at(&world, &browser).await, Some(world.now()));
    assert_eq!(world.passes(Gate::Fresh, &stale).await, Err(Refusal::VerifyMfa));
    assert_eq!(world.session(&stale).await.unwrap().id, world.session(&browser).await.unwrap().id);
}

pub async fn who_is_in_has_nothing_to_do_at_the_code_screen(world: World) {
    let ada = world.ada().await;

    assert_eq!(world.passes(Gate::PendingCode, &ada.browser).await, Err(Refusal::AlreadyFresh));
    assert_eq!(world.passes(Gate::Enrolling, &ada.browser).await, Err(Refusal::AlreadyFresh));
}

/// What a request was admitted with is looked at again when its code is judged.
pub async fn a_code_for_a_sign_in_that_ended_meanwhile_is_not_judged(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let proof = world.awaiting_code(&browser).await;
    world.signs_out(&browser).await;
    let writes = world.store.writes();

    for code in [ada.code(world.now()), world.wrong_code(&ada)] {
        let verdict = world.verifier.verify_code(&proof, &code, &browser.claimant()).await.unwrap();
        assert!(matches!(verdict, CodeVerdict::SignInAgain), "{verdict:?}");
    }
    assert_eq!(world.store.writes(), writes);
}

pub async fn a_code_of_who_was_deactivated_meanwhile_is_not_judged(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let proof = world.awaiting_code(&browser).await;
    world.rewrites(&ada.user, |record| record.standing = Standing::Deactivated).await;

    let verdict = world.verifier.verify_code(&proof, &ada.code(world.now()), &browser.claimant()).await.unwrap();

    assert!(matches!(verdict, CodeVerdict::SignInAgain), "{verdict:?}");
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::SignIn));
}

/// A cookie planted in somebody's browser must not become known in it.
pub async fn a_cookie_that_is_not_known_is_replaced_and_one_that_is_known_stays(world: World) {
    let mallory = world.protected("mallory@example.com").await;
    let ada = world.ada().await;
    let mut planted = Browser { known: mallory.browser.known.clone(), ..Browser::new() };
    let mut known = Browser { known: ada.browser.known.clone(), ..Browser::new() };

    world.signs_in(&ada, &mut planted).await;
    world.signs_in(&ada, &mut known).await;

    assert_ne!(planted.cookie(), mallory.browser.cookie());
    assert_eq!(known.cookie(), ada.browser.cookie());
    let record = world.record(&ada).await;
    assert!(record.known_browser(mallory.browser.cookie().as_ref(), world.now()).is_none());
    assert_eq!(record.known_browsers.len(), 2);
}

pub async fn a_step_used_in_fifteen_sign_ins_at_once_is_accepted_once(world: World) {
    let ada = world.ada().await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let mut proofs = Vec::new();
    for _ in 0..15 {
        let mut browser = Browser::new();
        world.knows_the_password_of(&ada, &mut browser).await;
        proofs.push((world.awaiting_code(&browser).await, browser.claimant()));
    }

    let outcomes = at_once(30, |number| {
        let world = processes[number % 3].clone();
        let ((proof, claimant), code) = (proofs[number % 15].clone(), ada.code(world.now()));
        async move { world.verifier.verify_code(&proof, &code, &claimant).await }
    })
    .await;

    let accepted = outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(is_accepted)).count();
    assert_eq!(accepted, 1, "{outcomes:?}");
    let events = world.events(&ada).await;
    assert_eq!(events.iter().filter(|event| matches!(event, EventKind::CodeAccepted { .. })).count(), 1);
}

pub async fn a_code_posted_thirty_times_at_once_by_one_page_is_accepted_once(world: World) {
    let ada = world.ada().await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let proof = world.awaiting_code(&browser).await;

    let outcomes = at_once(30, |number| {
        let world = processes[number % 3].clone();
        let (proof, code, claimant) = (proof.clone(), ada.code(world.now()), browser.claimant());
        async move { world.verifier.verify_code(&proof, &code, &claimant).await }
    })
    .await;

    let already = |outcome: &&Result<_, _>| matches!(outcome, Ok(CodeVerdict::AlreadyVerified) | Err(_));
    assert_eq!(outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(is_accepted)).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(already).count(), 29, "{outcomes:?}");
    assert!(world.record(&ada).await.strangers.is_clear());
}

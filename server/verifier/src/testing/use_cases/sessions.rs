use std::time::Duration;

use domain::MfaWindow;

use super::{is_accepted, mfa_at};
use crate::testing::world::{PASSWORD, at_once, claim};
use crate::testing::{Browser, World};
use crate::{Change, Commit, Gate, Refusal, Session, SessionChange, SignIn, Store};

pub async fn the_twenty_first_session_ends_the_one_longest_unused(world: World) {
    let ada = world.ada().await;
    let mut browsers = vec![ada.browser.clone()];
    for _ in 1..20 {
        let mut browser = Browser::new();
        world.signs_in(&ada, &mut browser).await;
        browsers.push(browser);
    }
    world.clock.advance(Session::SEEN_EVERY);
    assert_eq!(world.passes(Gate::Fresh, &browsers[0]).await, Ok(()));

    let mut one_more = Browser::new();
    world.signs_in(&ada, &mut one_more).await;

    assert_eq!(world.sessions(&ada).await, 20);
    assert_eq!(world.passes(Gate::Fresh, &browsers[1]).await, Err(Refusal::SignIn));
    for browser in browsers.iter().take(1).chain(&browsers[2..]).chain([&one_more]) {
        assert_eq!(world.passes(Gate::Fresh, browser).await, Ok(()));
    }
}

/// Whoever knows only the password must not be able to sign the owner out everywhere.
pub async fn any_number_of_sign_ins_without_a_code_end_no_session_that_has_one(world: World) {
    let ada = world.ada().await;
    let mut at_home = Browser::new();
    world.signs_in(&ada, &mut at_home).await;

    for _ in 0..60 {
        world.knows_the_password_of(&ada, &mut Browser::new()).await;
    }

    for browser in [&ada.browser, &at_home] {
        assert_eq!(world.passes(Gate::Fresh, browser).await, Ok(()));
    }
    assert!(world.sessions(&ada).await <= 20);
}

/// Nor to keep the owner from getting in where they are known.
pub async fn any_number_of_sign_ins_by_strangers_end_no_sign_in_in_a_known_browser(world: World) {
    let ada = world.ada().await;
    let mut known = ada.browser.clone();
    world.knows_the_password_of(&ada, &mut known).await;

    for _ in 0..60 {
        world.clock.advance(Duration::from_secs(1));
        world.knows_the_password_of(&ada, &mut Browser::new()).await;
    }

    let verdict = world.enters_code(&mut known, &ada.code(world.now())).await;
    assert!(matches!(verdict, crate::CodeVerdict::Accepted(_)), "{verdict:?}");
}

pub async fn sessions_past_their_time_take_nobodys_place(world: World) {
    let ada = world.ada().await;
    for _ in 0..19 {
        world.knows_the_password_of(&ada, &mut Browser::new()).await;
    }
    world.clock.advance(Session::ENROLLING_LIFE);
    let mut waiting = Browser::new();
    world.knows_the_password_of(&ada, &mut waiting).await;

    for _ in 0..18 {
        world.knows_the_password_of(&ada, &mut Browser::new()).await;
    }

    assert_eq!(world.passes(Gate::PendingCode, &waiting).await, Ok(()));
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
}

pub async fn thirty_sign_ins_at_once_leave_no_more_than_twenty_sessions(world: World) {
    let ada = world.ada().await;
    let processes = [world.clone(), world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let (world, email) = (processes[number % 2].clone(), ada.email.clone());
        async move {
            let browser = Browser::new();
            world.verifier.sign_in(&claim(&browser, &email, PASSWORD), &browser.claimant()).await
        }
    })
    .await;

    assert!(outcomes.iter().any(|outcome| matches!(outcome, Ok(SignIn::Proceed { .. }))), "{outcomes:?}");
    assert!(world.sessions(&ada).await <= 20);
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
}

pub async fn activity_is_noted_every_quarter_of_an_hour_and_makes_no_second_factor_younger(world: World) {
    let ada = world.ada().await;
    let verified = mfa_at(&world, &ada.browser).await;
    let touches = world.store.touches();

    for _ in 0..60 {
        world.clock.advance(Duration::from_mins(1));
        assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
    }

    assert_eq!(world.store.touches() - touches, 4);
    assert_eq!(mfa_at(&world, &ada.browser).await, verified);
}

pub async fn however_active_a_session_is_its_second_factor_elapses_to_the_second(world: World) {
    let ada = world.ada().await;
    let verified = mfa_at(&world, &ada.browser).await.unwrap();
    for day in 1..30 {
        world.clock.set(verified.plus(Duration::from_hours(24 * day)));
        assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()), "day {day}");
    }
    let end = verified.plus(MfaWindow::default().span());

    world.clock.set(end.minus(Duration::from_secs(1)));
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
    world.clock.set(end);
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::VerifyMfa));
    assert_eq!(world.passes(Gate::PendingCode, &ada.browser).await, Ok(()));
}

pub async fn a_shorter_setting_holds_at_the_next_request(world: World) {
    let ada = world.ada().await;
    world.clock.advance(Duration::from_hours(1));
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));

    let mut account = world.store.load_account(&ada.account).await.unwrap().unwrap();
    account.record.mfa_window = MfaWindow::CHOICES[0];
    let change = Change::update(account.version, account.record);
    world.store.commit(Commit { accounts: vec![change], ..Commit::default() }).await.unwrap();

    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::VerifyMfa));
}

pub async fn a_session_ends_ninety_days_after_the_password_though_codes_were_entered(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    let began = world.session(&browser).await.unwrap().password_at;
    for _ in 0..29 {
        world.clock.advance(Duration::from_hours(3 * 24));
        if world.passes(Gate::Fresh, &browser).await == Err(Refusal::VerifyMfa) {
            let _ = world.enters_code(&mut browser, &ada.code(world.now())).await;
        }
    }
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));

    world.clock.set(began.plus(Session::ABSOLUTE_LIFE));

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::SignIn));
    assert_eq!(world.passes(Gate::PendingCode, &browser).await, Err(Refusal::SignIn));
}

/// A clock that was far ahead and is set right must not leave sessions that live for as long as it was ahead.
pub async fn a_sign_in_from_the_future_is_not_believed(world: World) {
    let now = world.now();
    let mut newcomer = world.newcomer("new@example.com").await;
    world.clock.advance(Duration::from_hours(23));
    world.knows_the_password_of(&newcomer.clone(), &mut newcomer.browser).await;

    world.clock.set(now);

    assert_eq!(world.passes(Gate::Enrolling, &newcomer.browser).await, Err(Refusal::SignIn));
}

pub async fn a_clock_set_back_makes_no_second_factor_younger(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.clock.advance(Duration::from_hours(2));
    world.signs_in(&ada, &mut browser).await;
    let verified = mfa_at(&world, &browser).await;

    world.clock.set(World::BEGINNING);

    assert!(world.passes(Gate::Fresh, &browser).await.is_err());
    assert_eq!(mfa_at(&world, &browser).await, verified);
}

pub async fn a_session_unused_for_seven_days_ends(world: World) {
    let ada = world.ada().await;

    world.clock.advance(Session::IDLE_LIFE);

    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::SignIn));
}

/// Entering a code is activity as well as any.
pub async fn the_seven_days_without_use_begin_with_the_code_and_not_with_the_password(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    world.clock.advance(Duration::from_mins(9));
    assert!(is_accepted(&world.enters_code(&mut browser, &ada.code(world.now())).await));

    world.clock.advance(Session::IDLE_LIFE.saturating_sub(Duration::from_millis(1)));

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
}

pub async fn a_session_that_ended_while_its_page_was_open_is_not_revived_by_activity(world: World) {
    let ada = world.ada().await;
    let id = world.session(&ada.browser).await.unwrap().id;
    world.clock.advance(Session::SEEN_EVERY);
    let elsewhere = world.elsewhere().await;
    world.store.meanwhile(1, async move {
        let commit = Commit { sessions: vec![SessionChange::End { id }], ..Commit::default() };
        elsewhere.store.commit(commit).await.unwrap();
    });

    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));

    assert!(world.store.recovers());
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::SignIn));
    assert_eq!(world.sessions(&ada).await, 0);
}

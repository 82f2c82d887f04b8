//! The clock was set back by some minutes: what was over stays over as far as anything remembers it, and whatever can't
//! be known is decided against whoever asks.

use std::time::Duration;

use domain::MfaWindow;

use super::{is_accepted, rejected};
use crate::testing::{Browser, World};
use crate::{Allowance, CodeRejected, Gate, Refusal, SECOND_FACTOR, Session, SettingVerdict};

/// By how many seconds the clock is set back in turn.
const BACK: [u64; 5] = [1, 59, 61, 300, 1800];

pub async fn a_clock_set_back_revives_nothing_that_was_dead_when_the_setting_became_longer(world: World) {
    let ada = world.ada().await;
    world.rewrites_account(&ada.account, |account| account.mfa_window = MfaWindow::CHOICES[0]).await;
    let mut admin = Browser::new();
    world.clock.advance(Duration::from_hours(1));
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::VerifyMfa));
    world.signs_in(&ada, &mut admin).await;
    let admin = world.at_work(&admin).await;
    let saved = world.verifier.change_setting(admin.actor(), MfaWindow::CHOICES[9]).await.unwrap();
    assert!(matches!(saved, Ok(SettingVerdict::Saved)), "{saved:?}");
    let set = world.now();

    for seconds in BACK {
        world.clock.set(set.minus(Duration::from_secs(seconds)));
        assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::VerifyMfa), "{seconds} s back");
    }
}

/// An elapsed session is touched like any other, and what it was touched at it is not younger than.
pub async fn a_clock_set_back_makes_no_session_younger_than_when_it_was_last_seen(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    world.rewrites_account(&ada.account, |account| account.mfa_window = MfaWindow::CHOICES[0]).await;
    world.clock.advance(Duration::from_hours(1));
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::VerifyMfa));
    assert!(world.passes(Gate::PendingCode, &browser).await.is_ok());
    let elapsed = world.now();

    for seconds in BACK {
        world.clock.set(elapsed.minus(Duration::from_secs(seconds)));
        assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::VerifyMfa), "{seconds} s back");
    }

    assert!(is_accepted(&world.enters_code(&mut browser, &ada.code(world.now())).await));
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()), "who enters a code is in whatever the clock says");
}

pub async fn a_clock_set_back_gives_step_up_to_nobody_who_was_last_seen_without_it(world: World) {
    let ada = world.ada().await;
    world.clock.advance(Session::SEEN_EVERY);
    assert_eq!(world.passes(Gate::Recent, &ada.browser).await, Err(Refusal::StepUp));
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
    let seen = world.now();

    for minutes in [1, 5, 10, 14] {
        world.clock.set(seen.minus(Duration::from_mins(minutes)));
        assert_eq!(world.passes(Gate::Recent, &ada.browser).await, Err(Refusal::StepUp), "{minutes} min back");
    }
}

/// The row of a token that was followed by another is there until it is swept.
pub async fn a_clock_set_back_gives_a_followed_token_no_rights_again(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    let followed = browser.clone();
    world.steps_up(&ada, &mut browser).await;
    world.clock.advance(Session::GRACE);
    assert_eq!(world.passes(Gate::Fresh, &followed).await, Err(Refusal::SignIn));
    let over = world.now();

    for minutes in [2, 5, 30] {
        world.clock.set(over.minus(Duration::from_mins(minutes)));
        assert_eq!(world.passes(Gate::Fresh, &followed).await, Err(Refusal::SignIn), "{minutes} min back");
    }
    world.clock.set(over.minus(Duration::from_secs(45)));
    assert_eq!(world.passes(Gate::Fresh, &followed).await, Ok(()), "two clocks differ a little");
}

pub async fn a_clock_set_back_leads_who_was_unlocked_around_no_recovery(world: World) {
    let ada = world.ada().await;
    world.is_locked_out(&ada).await;
    world.is_unlocked(&ada).await;
    let unlocked = world.now();

    for seconds in BACK {
        world.clock.set(unlocked.minus(Duration::from_secs(seconds)));
        let mut stranger = Browser::new();
        world.knows_the_password_of(&ada, &mut stranger).await;
        let verdict = world.enters_code(&mut stranger, &ada.code(world.steps_away(61))).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Recover), "{seconds} s back");
    }
    assert!(world.record(&ada).await.unlocked_at.is_some());
}

/// It is known as before, so that its owner gets in, and waits as long as it had to.
pub async fn a_clock_set_back_makes_a_known_browser_neither_a_stranger_nor_quicker(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    for _ in 0..5 {
        let _ = world.renews(&mut browser, &world.wrong_code(&ada)).await;
    }
    let (cookie, wrong) = (browser.cookie(), world.now());

    for seconds in BACK {
        world.clock.set(wrong.minus(Duration::from_secs(seconds)));
        let record = world.record(&ada).await;
        let budget = record.second_factor_budget(cookie.as_ref(), world.now());
        let until = wrong.plus(Duration::from_secs(30));
        assert_eq!((budget.wrong(), record.strangers.wrong()), (5, 0));
        assert_eq!(SECOND_FACTOR.judge(&budget, world.now()), Allowance::Wait { until }, "{seconds} s back");
    }
}

//! A recent code of the authenticator, which changing a factor asks for.

use std::time::Duration;

use domain::MfaWindow;

use super::{is_accepted, mfa_at, rejected, writes_of};
use crate::testing::world::ways_back::NUMBER;
use crate::testing::{Browser, World};
use crate::{Allowance, CodeRejected, EventKind, Gate, Judged, Proof, RECENT, Refusal, SECOND_FACTOR};

pub async fn step_up_takes_a_code_and_gives_ten_minutes(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    world.clock.advance(RECENT);
    assert_eq!(world.passes(Gate::Recent, &browser).await, Err(Refusal::StepUp));
    let before = world.session(&browser).await.unwrap();
    let stale = browser.clone();

    assert!(is_accepted(&world.renews(&mut browser, &ada.code(world.now())).await));

    let after = world.session(&browser).await.unwrap();
    assert_eq!((&after.id, after.password_at), (&before.id, before.password_at));
    assert_eq!(mfa_at(&world, &browser).await, Some(world.now()));
    assert_eq!(world.passes(Gate::RecentAdmin, &browser).await, Ok(()));
    assert_eq!(world.passes(Gate::Recent, &stale).await, Err(Refusal::StepUp), "an old token got new rights");
    let end = world.now().plus(RECENT);
    world.clock.set(end.minus(Duration::from_millis(1)));
    assert_eq!(world.passes(Gate::Recent, &browser).await, Ok(()));
    world.clock.set(end);
    assert_eq!(world.passes(Gate::Recent, &browser).await, Err(Refusal::StepUp));
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
}

pub async fn step_up_takes_no_code_twice_and_none_from_a_stale_tab(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    let code = ada.code(world.now());
    let proof = world.fresh(&browser).await;
    assert!(is_accepted(&world.renews(&mut browser, &code).await));

    assert_eq!(rejected(&world.renews(&mut browser, &code).await), Some(CodeRejected::Spent));
    let stale = world.verifier.renew(&proof, &ada.code(world.steps_away(1)), &browser.claimant()).await.unwrap();
    assert!(matches!(stale, Judged::AlreadyVerified), "{stale:?}");
}

/// The dialog closes; session and form stay.
pub async fn wrong_codes_at_step_up_cost_the_budget_and_not_the_session(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    for left in [4, 3, 2, 1] {
        let verdict = world.renews(&mut browser, &world.wrong_code(&ada)).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Wrong { left, wait_until: None }));
        assert_eq!(writes_of(&world.store.written().pop().unwrap()), "1 credentials, 1 events");
    }

    let fifth = world.renews(&mut browser, &world.wrong_code(&ada)).await;

    let until = world.now().plus(Duration::from_secs(30));
    assert_eq!(rejected(&fifth), Some(CodeRejected::Wrong { left: 1, wait_until: Some(until) }));
    let right = ada.code(world.now());
    assert_eq!(rejected(&world.renews(&mut browser, &right).await), Some(CodeRejected::Wait { until }));
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
    let record = world.record(&ada).await;
    assert_eq!((record.known_browsers[0].second_factors.wrong(), record.strangers.wrong()), (5, 0));
    world.clock.set(until);
    assert!(is_accepted(&world.renews(&mut browser, &ada.code(world.now())).await));
    assert!(world.record(&ada).await.known_browsers[0].second_factors.is_clear());
}

pub async fn the_tenth_wrong_code_at_step_up_forgets_the_browser_and_ends_its_sessions(world: World) {
    let ada = world.ada().await;
    let mut at_home = Browser::new();
    world.signs_in(&ada, &mut at_home).await;
    let mut browser = ada.browser.clone();
    for _ in 0..10 {
        let _ = world.renews(&mut browser, &world.wrong_code(&ada)).await;
        let budget = world.record(&ada).await.second_factor_budget(browser.cookie().as_ref(), world.now());
        if let Allowance::Wait { until } = SECOND_FACTOR.judge(&budget, world.now()) {
            world.clock.set(until);
        }
    }

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::SignIn));
    assert_eq!(world.passes(Gate::Fresh, &at_home).await, Ok(()));
    assert!(world.events(&ada).await.contains(&EventKind::Locked { known_browser: true }));
}

/// Recovery says who somebody is, not that they hold the authenticator.
pub async fn neither_a_text_nor_a_recovery_code_is_step_up(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut by_code = Browser::new();
    world.comes_back_by_code(&ada, &mut by_code, &ada.codes[0]).await;
    assert!(is_accepted(&world.keeps_authenticator(&mut by_code, None).await));
    world.finishes_wizard(&by_code).await;
    let session = world.session(&by_code).await.unwrap();
    assert!(matches!(session.proof, Proof::SecondFactor { authenticator_at: None, .. }));
    for gate in [Gate::Recent, Gate::RecentAdmin] {
        assert_eq!(world.passes(gate, &by_code).await, Err(Refusal::StepUp));
    }

    let mut by_text = Browser::new();
    world.comes_back_by_text(&ada, &mut by_text, &mobile, NUMBER).await;
    for gate in [Gate::Fresh, Gate::Recent, Gate::RecentAdmin] {
        assert_eq!(world.passes(gate, &by_text).await, Err(Refusal::Recover));
    }
}

/// The page is to be looked at again: it leads to the code screen.
pub async fn a_code_for_a_dialog_whose_second_factor_has_elapsed_is_not_judged(world: World) {
    let ada = world.ada().await;
    let proof = world.fresh(&ada.browser).await;
    world.rewrites_account(&ada.account, |account| account.mfa_window = MfaWindow::CHOICES[0]).await;
    world.clock.advance(MfaWindow::CHOICES[0].span());
    let (right, wrong) = (ada.code(world.now()), world.wrong_code(&ada));
    let writes = world.store.writes();

    for code in [&wrong, &right] {
        let verdict = world.verifier.renew(&proof, code, &ada.browser.claimant()).await.unwrap();
        assert!(matches!(verdict, Judged::AlreadyVerified), "{verdict:?}");
    }

    assert_eq!(world.store.writes(), writes);
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::VerifyMfa));
    assert!(is_accepted(&world.enters_code(&mut ada.browser.clone(), &right).await));
}

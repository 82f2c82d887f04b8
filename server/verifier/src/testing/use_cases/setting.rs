use std::time::Duration;

use domain::{MfaWindow, Role};

use super::administration::operator_of;
use super::{is_accepted, mfa_at};
use crate::testing::world::at_once;
use crate::testing::{Browser, Human, World};
use crate::{Affected, Denied, EventKind, Gate, Refusal, SettingVerdict};

const SAVED: Result<SettingVerdict, Denied> = Ok(SettingVerdict::Saved);

async fn saves(world: &World, account: &Human, window: MfaWindow) -> Result<SettingVerdict, Denied> {
    world.verifier.change_setting(operator_of(account), window).await.unwrap()
}

/// How many people in how many browsers a setting would ask.
async fn previews(world: &World, account: &Human, window: MfaWindow) -> (u32, u32) {
    let affected = world.verifier.preview_setting(operator_of(account), window).await.unwrap();
    let Affected { people, browsers } = affected.unwrap();
    (people, browsers)
}

pub async fn a_longer_setting_revives_no_session_that_had_elapsed(world: World) {
    let [hour, .., month] = MfaWindow::CHOICES;
    let ada = world.ada().await;
    assert_eq!(saves(&world, &ada, hour).await, SAVED);
    let elapsed_at = mfa_at(&world, &ada.browser).await.unwrap().plus(hour.span());
    let mut later = Browser::new();
    world.signs_in(&ada, &mut later).await;
    world.clock.set(elapsed_at);

    assert_eq!(saves(&world, &ada, month).await, SAVED);

    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::VerifyMfa));
    assert_eq!(world.passes(Gate::Fresh, &later).await, Ok(()));
    world.clock.advance(Duration::from_hours(24));
    assert_eq!(world.passes(Gate::Fresh, &later).await, Ok(()));
    for window in [hour, month, MfaWindow::CHOICES[3], month] {
        assert_eq!(saves(&world, &ada, window).await, SAVED);
        for browser in [&ada.browser, &later] {
            assert!(world.passes(Gate::Fresh, browser).await.is_err(), "{}", window.words());
        }
    }
}

pub async fn a_shorter_setting_asks_in_every_browser_at_the_next_request(world: World) {
    let [hour, ..] = MfaWindow::CHOICES;
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let mut at_home = Browser::new();
    world.signs_in(&bob, &mut at_home).await;
    world.clock.advance(hour.span());
    let mut recent = Browser::new();
    world.signs_in(&ada, &mut recent).await;
    let at_work = world.at_work(&recent).await;

    assert_eq!(world.verifier.change_setting(at_work.actor(), hour).await.unwrap(), SAVED);

    for browser in [&ada.browser, &bob.browser, &at_home] {
        assert_eq!(world.passes(Gate::Fresh, browser).await, Err(Refusal::VerifyMfa));
    }
    assert_eq!(world.passes(Gate::Fresh, &recent).await, Ok(()));
}

pub async fn the_setting_of_one_account_asks_nobody_of_another(world: World) {
    let ada = world.ada().await;
    let eve = world.protected("eve@example.com").await;
    world.clock.advance(Duration::from_hours(2));

    assert_eq!(saves(&world, &ada, MfaWindow::CHOICES[0]).await, SAVED);

    assert_eq!(world.passes(Gate::Fresh, &eve.browser).await, Ok(()));
    assert_eq!(previews(&world, &eve, MfaWindow::CHOICES[0]).await, (1, 1));
    assert_eq!(world.account(&eve).await.mfa_window, MfaWindow::default());
}

pub async fn a_setting_is_told_in_the_log_and_the_same_one_again_is_nothing(world: World) {
    let [hour, ..] = MfaWindow::CHOICES;
    let ada = world.ada().await;
    let at_work = world.at_work(&ada.browser).await;

    assert_eq!(world.verifier.change_setting(at_work.actor(), hour).await.unwrap(), SAVED);

    let event = world.log(&ada).await.remove(0);
    assert_eq!(event.kind, EventKind::SettingChanged { from: MfaWindow::default(), to: hour });
    assert_eq!((event.account, event.user, event.by), (Some(ada.account.clone()), None, Some(ada.user.clone())));
    let writes = world.store.writes();
    let again = world.verifier.change_setting(at_work.actor(), hour).await.unwrap();
    assert_eq!((again, world.store.writes()), (Ok(SettingVerdict::AsItWas), writes));
}

pub async fn the_preview_says_whom_the_setting_will_ask(world: World) {
    let [hour, two, .., month] = MfaWindow::CHOICES;
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let mut at_home = Browser::new();
    world.signs_in(&bob, &mut at_home).await;
    world.knows_the_password_of(&bob, &mut Browser::new()).await;
    world.clock.advance(hour.span());
    let mut recent = Browser::new();
    world.signs_in(&ada, &mut recent).await;

    assert_eq!(previews(&world, &ada, hour).await, (2, 3));
    for window in [two, month] {
        assert_eq!(previews(&world, &ada, window).await, (0, 0));
    }

    assert_eq!(saves(&world, &ada, hour).await, SAVED);
    let mut asked = 0;
    for browser in [&ada.browser, &bob.browser, &at_home, &recent] {
        asked += usize::from(world.passes(Gate::Fresh, browser).await == Err(Refusal::VerifyMfa));
    }
    assert_eq!(asked, 3);
    assert_eq!(previews(&world, &ada, month).await, (0, 0));
}

/// Whichever is faster, the code counts, and what it did not count for stays dead.
pub async fn a_code_that_is_judged_while_the_setting_is_saved_counts_and_revives_nothing_else(world: World) {
    let [hour, .., month] = MfaWindow::CHOICES;
    for calls in 0..8 {
        let ada = world.protected(&format!("ada{calls}@example.com")).await;
        assert_eq!(saves(&world, &ada, hour).await, SAVED);
        let mut browser = Browser::new();
        world.signs_in(&ada, &mut browser).await;
        world.clock.advance(hour.span());
        let (proof, code) = (world.awaiting_code(&browser).await, ada.code(world.now()));
        let (elsewhere, her) = (world.elsewhere().await, ada.clone());
        world.store.meanwhile(calls, async move { assert_eq!(saves(&elsewhere, &her, month).await, SAVED) });

        let verdict = world.verifier.verify_code(&proof, &code, &browser.claimant()).await.unwrap();

        if !world.store.recovers() {
            assert_eq!(saves(&world, &ada, month).await, SAVED);
        }
        assert!(is_accepted(&verdict), "before call {calls}: {verdict:?}");
        if let crate::CodeVerdict::Accepted(upgrade) = &verdict {
            browser.keeps(upgrade);
        }
        assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()), "before call {calls}");
        assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::VerifyMfa), "before call {calls}");
    }
}

/// The other way round: a setting that is saved while a code is judged is saved as it would have been before or after.
pub async fn a_setting_that_is_saved_while_a_code_is_judged_loses_neither(world: World) {
    let [hour, .., month] = MfaWindow::CHOICES;
    for calls in 0..8 {
        let ada = world.protected(&format!("ada{calls}@example.com")).await;
        assert_eq!(saves(&world, &ada, hour).await, SAVED);
        let mut browser = Browser::new();
        world.signs_in(&ada, &mut browser).await;
        world.clock.advance(hour.span());
        let (elsewhere, mut hers, code) = (world.elsewhere().await, browser.clone(), ada.code(world.now()));
        let done = std::sync::Arc::new(std::sync::Mutex::new(None));
        let told = done.clone();
        world.store.meanwhile(calls, async move {
            let verdict = elsewhere.enters_code(&mut hers, &code).await;
            assert!(is_accepted(&verdict), "{verdict:?}");
            *told.lock().unwrap() = Some(hers);
        });

        assert_eq!(saves(&world, &ada, month).await, SAVED);

        if world.store.recovers() {
            let hers = done.lock().unwrap().take().unwrap();
            assert_eq!(world.passes(Gate::Fresh, &hers).await, Ok(()), "before call {calls}");
        }
        assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::VerifyMfa), "before call {calls}");
        assert_eq!(world.account(&ada).await.mfa_window, month);
    }
}

pub async fn settings_saved_thirty_at_once_are_saved_one_after_the_other(world: World) {
    let [hour, .., month] = MfaWindow::CHOICES;
    let ada = world.ada().await;
    assert_eq!(saves(&world, &ada, hour).await, SAVED);
    let dead = mfa_at(&world, &ada.browser).await.unwrap();
    world.clock.set(dead.plus(hour.span()));
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let (world, ada) = (processes[number % 3].clone(), ada.clone());
        async move {
            let window = if number % 2 == 0 { month } else { MfaWindow::CHOICES[4] };
            world.verifier.change_setting(operator_of(&ada), window).await
        }
    })
    .await;

    let saved = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Ok(SettingVerdict::Saved)))).count();
    let changes: Vec<_> = world
        .log(&ada)
        .await
        .into_iter()
        .filter(|event| matches!(event.kind, EventKind::SettingChanged { .. }) && event.at == world.now())
        .collect();
    assert_eq!(changes.len(), saved, "{outcomes:?}");
    assert!(saved > 0);
    let account = world.account(&ada).await;
    assert!(account.dead_before.is_some_and(|before| before >= dead));
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::VerifyMfa));
}

pub async fn a_setting_gets_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let (at_work, hour) = (world.at_work(&ada.browser).await, MfaWindow::CHOICES[0]);

    let saved =
        world.gets_through_all_faults(async || world.verifier.change_setting(at_work.actor(), hour).await).await;

    assert_eq!((saved, world.account(&ada).await.mfa_window), (SAVED, hour));
}

pub async fn a_preview_gets_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    world.clock.advance(Duration::from_hours(2));
    let hour = MfaWindow::CHOICES[0];

    for calls in 0..3 {
        world.store.fails_before(calls);
        assert!(world.verifier.preview_setting(operator_of(&ada), hour).await.is_err(), "at call {calls}");
    }

    assert_eq!(previews(&world, &ada, hour).await, (1, 1));
}

//! Ways back, tried at once and changed meanwhile.

use std::time::Duration;

use super::{is_accepted, notices, rejected};
use crate::testing::world::at_once;
use crate::testing::world::ways_back::NUMBER;
use crate::testing::{Browser, World};
use crate::{
    CodeRejected, EnrollmentVerdict, EventKind, Judged, NextFactor, NoticeKind, Proof, RecoveryVerdict, SECOND_FACTOR,
    Store,
};

pub async fn one_recovery_code_thirty_times_at_once_is_accepted_once(world: World) {
    let ada = world.ada().await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let mut proofs = Vec::new();
    for number in 0..10 {
        let mut browser = if number % 2 == 0 { ada.browser.anew() } else { Browser::new() };
        world.knows_the_password_of(&ada, &mut browser).await;
        proofs.push((world.awaiting_code(&browser).await, browser.claimant()));
    }

    let outcomes = at_once(30, |number| {
        let (world, code) = (processes[number % 3].clone(), ada.codes[0].clone());
        let (proof, claimant) = proofs[number % 10].clone();
        async move { world.verifier.use_recovery_code(&proof, &code, &claimant).await }
    })
    .await;

    assert_eq!(outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(is_accepted)).count(), 1, "{outcomes:?}");
    let accepted = |event: &&EventKind| matches!(event, EventKind::RecoveryCodeAccepted { .. });
    assert_eq!(world.events(&ada).await.iter().filter(accepted).count(), 1);
    let sessions = world.store.sessions_of(&ada.user).await.unwrap();
    assert_eq!(sessions.iter().filter(|session| matches!(session.proof, Proof::Recovered { .. })).count(), 1);
    assert_eq!(world.record(&ada).await.codes.unwrap().left(), 10);
}

pub async fn one_text_code_thirty_times_at_once_is_accepted_once(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let code = world.is_texted(&browser, &mobile, NUMBER).await;
    let proof = world.awaiting_code(&browser).await;

    let outcomes = at_once(30, |number| {
        let (world, code) = (processes[number % 3].clone(), code.clone());
        let (proof, claimant) = (proof.clone(), browser.claimant());
        async move { world.verifier.use_text_code(&proof, &code, &claimant).await }
    })
    .await;

    assert_eq!(outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(is_accepted)).count(), 1, "{outcomes:?}");
    let already = |outcome: &&Result<RecoveryVerdict, _>| matches!(outcome, Ok(Judged::AlreadyVerified) | Err(_));
    assert_eq!(outcomes.iter().filter(already).count(), 29, "{outcomes:?}");
    assert!(world.record(&ada).await.strangers.is_clear());
    assert_eq!(notices(&world.messages().await).iter().filter(|what| **what == NoticeKind::RecoveredByText).count(), 1);
}

pub async fn of_fifty_wrong_ones_of_every_kind_at_once_no_more_than_the_budget_are_judged(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mallory = world.protected("mallory@example.com").await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let judged = async || {
        let events = world.events(&ada).await;
        let is_wrong = |event: &&EventKind| {
            matches!(
                event,
                EventKind::CodeRejected { .. }
                    | EventKind::RecoveryCodeRejected { .. }
                    | EventKind::TextCodeRejected { .. }
            )
        };
        u32::try_from(events.iter().filter(is_wrong).count()).unwrap()
    };
    for round in 0..8 {
        let mut proofs = Vec::new();
        for _ in 0..9 {
            let mut browser = Browser::new();
            world.knows_the_password_of(&ada, &mut browser).await;
            let _ = world.asks_for_a_text(&browser, &mobile).await;
            proofs.push((world.awaiting_code(&browser).await, browser.claimant()));
        }
        let (wrong, not_mine) = (world.wrong_code(&ada), mallory.codes[0].clone());
        assert!(world.texts_to(NUMBER).await == 0 || world.texted_code(NUMBER).await != wrong);
        let _ = at_once(50, |number| {
            let (world, code, recovery_code) = (processes[number % 3].clone(), wrong.clone(), not_mine.clone());
            let (proof, claimant) = proofs[number % 9].clone();
            async move {
                match number % 4 {
                    0 => drop(world.verifier.verify_code(&proof, &code, &claimant).await),
                    1 => drop(world.verifier.use_recovery_code(&proof, &recovery_code, &claimant).await),
                    _ => drop(world.verifier.use_text_code(&proof, &code, &claimant).await),
                }
            }
        })
        .await;

        let judged = judged().await;
        assert!(judged <= 10.min(5 + round), "{judged} judged in round {round}");
        assert_eq!(judged, world.record(&ada).await.strangers.wrong());
        world.clock.advance(Duration::from_mins(15));
    }
    assert_eq!(SECOND_FACTOR.judge(&world.record(&ada).await.strangers, world.now()), crate::Allowance::Locked);
}

/// Whoever is faster, a recovery and the lock of strangers never both hold in one sign-in.
pub async fn a_lock_while_a_recovery_code_is_judged_stops_it(world: World) {
    let ada = world.ada().await;
    for calls in 0..8 {
        world.rewrites(&ada.user, |record| record.strangers = crate::Budget::cleared()).await;
        let mut browser = Browser::new();
        world.knows_the_password_of(&ada, &mut browser).await;
        let proof = world.awaiting_code(&browser).await;
        let (elsewhere, human) = (world.elsewhere().await, ada.clone());
        world.store.meanwhile(calls, async move { elsewhere.is_locked_out(&human).await });

        let code = &ada.codes[calls];
        let verdict = world.verifier.use_recovery_code(&proof, code, &browser.claimant()).await.unwrap();

        assert_eq!(is_accepted(&verdict), !world.store.recovers(), "before call {calls}: {verdict:?}");
    }
}

pub async fn codes_that_are_replaced_while_one_of_them_is_hashed_let_nobody_in(world: World) {
    let ada = world.ada().await;
    let mut thief = Browser::new();
    assert_eq!(world.knows_the_password_of(&ada, &mut thief).await, NextFactor::Code);
    let (elsewhere, browser) = (world.elsewhere().await, ada.browser.clone());
    world.hasher.meanwhile(async move {
        let (proof, back_to) = (elsewhere.fresh(&browser).await, "/profile".parse().unwrap());
        let replaced = elsewhere.verifier.replace_codes(&proof, &back_to, &browser.claimant()).await.unwrap();
        assert!(matches!(replaced, EnrollmentVerdict::Moved), "{replaced:?}");
    });

    let verdict = world.enters_recovery_code(&mut thief, &ada.codes[0]).await;

    assert_eq!(rejected(&verdict), Some(CodeRejected::Wrong { left: 4, wait_until: None }));
}

/// A sheet that takes the place of another while a code is hashed is the one that counts.
pub async fn a_code_of_a_new_sheet_that_is_hashed_while_the_sheet_takes_force_is_right(world: World) {
    let ada = world.ada().await;
    let printed = world.protected("printed@example.com").await;
    let sheet = world.record(&printed).await.codes;
    let mut browser = Browser::new();
    assert_eq!(world.knows_the_password_of(&ada, &mut browser).await, NextFactor::Code);
    let (elsewhere, user) = (world.elsewhere().await, ada.user.clone());
    world.hasher.meanwhile(async move { elsewhere.rewrites(&user, |record| record.codes = sheet).await });

    let verdict = world.enters_recovery_code(&mut browser, &printed.codes[0]).await;

    assert!(is_accepted(&verdict), "{verdict:?}");
}

/// Nobody makes the server hash more by being in each other's way.
pub async fn a_recovery_code_that_loses_a_race_is_hashed_once(world: World) {
    let (ada, mallory) = (world.ada().await, world.protected("mallory@example.com").await);
    let mut browser = Browser::new();
    assert_eq!(world.knows_the_password_of(&ada, &mut browser).await, NextFactor::Code);
    let asked = world.hasher.asked();
    world.store.loses_a_race();

    let verdict = world.enters_recovery_code(&mut browser, &mallory.codes[0]).await;

    assert!(world.store.recovers(), "there was no race to lose");
    assert_eq!(rejected(&verdict), Some(CodeRejected::Wrong { left: 4, wait_until: None }));
    assert_eq!(world.hasher.asked() - asked, 1);
}

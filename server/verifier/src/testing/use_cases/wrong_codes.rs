use std::time::Duration;

use super::{is_accepted, mfa_at, notices, rejected};
use crate::testing::world::at_once;
use crate::testing::{Browser, Human, World};
use crate::{
    Allowance, CodeRejected, CodeVerdict, EventKind, Gate, MfaState, NoticeKind, Recipient, SECOND_FACTOR, summarise,
};

/// The waits after the fifth wrong code and each further one.
const WAITS: [u64; 5] = [30, 60, 120, 300, 900];

/// A browser that signs in again whenever its sign-in has ended, with the same cookie each time.
async fn at_the_code_screen(world: &World, human: &Human, browser: &mut Browser) {
    if world.passes(Gate::PendingCode, browser).await.is_err() {
        world.knows_the_password_of(human, browser).await;
    }
}

async fn is_wrong_times(world: &World, times: usize, human: &Human, browser: &mut Browser) {
    for _ in 0..times {
        at_the_code_screen(world, human, browser).await;
        let verdict = world.enters_wrong_code(browser, human).await;
        let judged = matches!(
            verdict,
            CodeVerdict::SignInAgain | CodeVerdict::Rejected(CodeRejected::Wrong { .. } | CodeRejected::Locked)
        );
        assert!(judged, "{verdict:?}");
        let budget = world.record(human).await.second_factor_budget(browser.cookie().as_ref(), world.now());
        if let Allowance::Wait { until } = SECOND_FACTOR.judge(&budget, world.now()) {
            world.clock.set(until);
        }
    }
}

fn wrong_codes(events: &[EventKind]) -> usize {
    events.iter().filter(|event| matches!(event, EventKind::CodeRejected { .. })).count()
}

pub async fn from_the_fifth_wrong_code_each_costs_a_longer_wait_and_the_tenth_locks(world: World) {
    let ada = world.ada().await;
    let mut stranger = Browser::new();
    is_wrong_times(&world, 4, &ada, &mut stranger).await;

    for wait in WAITS.map(Duration::from_secs) {
        at_the_code_screen(&world, &ada, &mut stranger).await;
        let _ = world.enters_wrong_code(&mut stranger, &ada).await;
        let until = world.now().plus(wait);
        at_the_code_screen(&world, &ada, &mut stranger).await;
        for moment in [world.now(), until.minus(Duration::from_millis(1))] {
            world.clock.set(moment);
            at_the_code_screen(&world, &ada, &mut stranger).await;
            let verdict = world.enters_code(&mut stranger, &ada.code(world.now())).await;
            assert_eq!(rejected(&verdict), Some(CodeRejected::Wait { until }));
        }
        world.clock.set(until);
    }
    at_the_code_screen(&world, &ada, &mut stranger).await;
    let tenth = world.enters_wrong_code(&mut stranger, &ada).await;

    assert_eq!(rejected(&tenth), Some(CodeRejected::Locked));
    assert_eq!(wrong_codes(&world.events(&ada).await), 10);
    assert_eq!(summarise(&world.record(&ada).await).mfa, MfaState::LockedOut);
}

pub async fn during_a_wait_the_right_code_too_is_refused_unjudged_and_nothing_is_written(world: World) {
    let ada = world.ada().await;
    let mut stranger = Browser::new();
    world.knows_the_password_of(&ada, &mut stranger).await;
    for _ in 0..5 {
        let _ = world.enters_wrong_code(&mut stranger, &ada).await;
    }
    let until = world.now().plus(Duration::from_secs(30));
    world.knows_the_password_of(&ada, &mut stranger).await;
    let writes = world.store.writes();

    for code in [ada.code(world.now()), world.wrong_code(&ada), ada.code(world.now())] {
        world.clock.advance(Duration::from_secs(5));
        let verdict = world.enters_code(&mut stranger, &code).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Wait { until }));
    }

    assert_eq!(world.store.writes(), writes);
    world.clock.set(until);
    assert!(is_accepted(&world.enters_code(&mut stranger, &ada.code(world.now())).await));
}

pub async fn a_code_that_was_used_before_counts_as_a_wrong_one(world: World) {
    let ada = world.ada().await;
    let used = ada.code(world.now());
    world.signs_in(&ada, &mut Browser::new()).await;
    let mut stranger = Browser::new();
    world.knows_the_password_of(&ada, &mut stranger).await;

    let verdict = world.enters_code(&mut stranger, &used).await;

    assert_eq!(rejected(&verdict), Some(CodeRejected::Spent));
    assert_eq!(world.record(&ada).await.strangers.wrong(), 1);
    assert!(world.events(&ada).await.contains(&EventKind::CodeRejected { spent: true, in_a_row: 1 }));
}

/// A stranger who knows the password can keep strangers out, and nobody else.
pub async fn the_strangers_lock_keeps_out_strangers_and_nobody_who_is_known_or_in(world: World) {
    let ada = world.ada().await;
    let mut at_work = Browser::new();
    world.signs_in(&ada, &mut at_work).await;
    world.signs_out(&at_work).await;
    let mut stranger = Browser::new();

    is_wrong_times(&world, 9, &ada, &mut stranger).await;
    let mut waiting = Browser::new();
    world.knows_the_password_of(&ada, &mut waiting).await;
    is_wrong_times(&world, 1, &ada, &mut stranger).await;

    assert_eq!(world.passes(Gate::PendingCode, &waiting).await, Ok(()), "a sign-in of another browser ended");
    world.clock.advance(Duration::from_hours(48));
    let mut another = Browser::new();
    world.knows_the_password_of(&ada, &mut another).await;
    let verdict = world.enters_code(&mut another, &ada.code(world.now())).await;
    assert_eq!(rejected(&verdict), Some(CodeRejected::Locked));
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
    world.signs_in(&ada, &mut at_work).await;
    let verdict = world.enters_code(&mut another, &ada.code(world.now().plus(World::STEP))).await;
    assert_eq!(rejected(&verdict), Some(CodeRejected::Locked));
}

pub async fn a_lock_is_told_in_the_log_and_by_mail_once(world: World) {
    let ada = world.ada().await;
    let before = world.messages().await.len();
    let mut stranger = Browser::new();

    is_wrong_times(&world, 10, &ada, &mut stranger).await;
    at_the_code_screen(&world, &ada, &mut stranger).await;
    let _ = world.enters_wrong_code(&mut stranger, &ada).await;

    let told: Vec<_> = world.messages().await.split_off(before);
    assert!(told.iter().all(|message| message.to == Recipient::Mail(ada.email.clone())));
    assert_eq!(notices(&told), [NoticeKind::PasswordKnownToOthers, NoticeKind::Locked]);
    let locked = EventKind::Locked { known_browser: false };
    assert_eq!(world.events(&ada).await.iter().filter(|event| **event == locked).count(), 1);
}

pub async fn a_known_browser_that_locks_is_forgotten_and_its_sessions_end(world: World) {
    let ada = world.ada().await;
    let mut at_home = Browser::new();
    world.signs_in(&ada, &mut at_home).await;
    // A second session in the same browser: somebody restored an old one.
    let mut twin = Browser { session: None, ..ada.browser.clone() };
    let mut guessing = twin.clone();
    world.signs_in(&ada, &mut twin).await;

    is_wrong_times(&world, 10, &ada, &mut guessing).await;

    assert!(world.record(&ada).await.known_browser(ada.browser.cookie().as_ref(), world.now()).is_none());
    for ended in [&ada.browser, &twin, &guessing] {
        assert!(world.passes(Gate::Fresh, ended).await.is_err());
        assert!(world.passes(Gate::PendingCode, ended).await.is_err());
    }
    assert_eq!(world.passes(Gate::Fresh, &at_home).await, Ok(()));
    assert!(world.record(&ada).await.strangers.is_clear());
    assert!(world.events(&ada).await.contains(&EventKind::Locked { known_browser: true }));
    assert_eq!(notices(&world.messages().await).last(), Some(&NoticeKind::Locked));
}

pub async fn who_was_locked_in_a_known_browser_comes_in_as_a_stranger(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser { session: None, ..ada.browser.clone() };
    is_wrong_times(&world, 10, &ada, &mut browser).await;

    world.signs_in(&ada, &mut browser).await;

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
    assert_ne!(browser.cookie(), ada.browser.cookie());
}

pub async fn strangers_and_each_known_browser_have_budgets_of_their_own(world: World) {
    let ada = world.ada().await;
    let mut known = Browser { session: None, ..ada.browser.clone() };
    let mut stranger = Browser::new();

    is_wrong_times(&world, 3, &ada, &mut known).await;
    is_wrong_times(&world, 6, &ada, &mut stranger).await;

    let record = world.record(&ada).await;
    assert_eq!((record.strangers.wrong(), record.known_browsers[0].second_factors.wrong()), (6, 3));
}

pub async fn a_success_clears_its_own_budget_and_no_other(world: World) {
    let ada = world.ada().await;
    let mut known = Browser { session: None, ..ada.browser.clone() };
    is_wrong_times(&world, 3, &ada, &mut known).await;
    is_wrong_times(&world, 3, &ada, &mut Browser::new()).await;

    world.signs_in(&ada, &mut known).await;
    let record = world.record(&ada).await;
    assert_eq!((record.strangers.wrong(), record.known_browsers[0].second_factors.wrong()), (3, 0));

    is_wrong_times(&world, 2, &ada, &mut Browser { session: None, ..known.clone() }).await;
    world.signs_in(&ada, &mut Browser::new()).await;
    let record = world.record(&ada).await;
    let of_known = record.known_browser(known.cookie().as_ref(), world.now()).unwrap();
    assert_eq!((record.strangers.wrong(), of_known.second_factors.wrong()), (0, 2));
}

pub async fn a_browser_known_to_another_user_has_the_budget_of_strangers(world: World) {
    let mallory = world.protected("mallory@example.com").await;
    let ada = world.ada().await;
    let mut browser = Browser { session: None, ..mallory.browser.clone() };

    is_wrong_times(&world, 3, &ada, &mut browser).await;

    assert_eq!(world.record(&ada).await.strangers.wrong(), 3);
    assert!(world.record(&mallory).await.known_browsers[0].second_factors.is_clear());
}

/// A new sign-in gives five new tries to the sign-in, and none to the budget.
pub async fn signing_in_again_gives_no_new_budget(world: World) {
    let ada = world.ada().await;

    for _ in 0..10 {
        is_wrong_times(&world, 1, &ada, &mut Browser::new()).await;
    }

    let mut stranger = Browser::new();
    world.knows_the_password_of(&ada, &mut stranger).await;
    let verdict = world.enters_code(&mut stranger, &ada.code(world.now())).await;
    assert_eq!(rejected(&verdict), Some(CodeRejected::Locked));
}

/// Who has stolen a session without the cookie of its browser guesses as a stranger, and the session stays.
pub async fn a_lock_at_reverification_as_a_stranger_ends_no_session(world: World) {
    let ada = world.ada().await;
    for _ in 0..10 {
        world.clock.advance(Duration::from_hours(72));
        let _ = world.passes(Gate::Fresh, &ada.browser).await;
    }
    let mut stolen = Browser { known: None, ..ada.browser.clone() };

    is_wrong_times(&world, 10, &ada, &mut stolen).await;

    let verdict = world.enters_code(&mut stolen, &ada.code(world.now())).await;
    assert_eq!(rejected(&verdict), Some(CodeRejected::Locked));
    let mut owner = ada.browser.clone();
    assert!(is_accepted(&world.enters_code(&mut owner, &ada.code(world.now())).await));
    assert_eq!(mfa_at(&world, &owner).await, Some(world.now()));
}

pub async fn of_fifty_wrong_codes_at_once_no_more_than_the_budget_are_judged(world: World) {
    let ada = world.ada().await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    for round in 0..16 {
        let mut proofs = Vec::new();
        for _ in 0..10 {
            let mut browser = Browser::new();
            world.knows_the_password_of(&ada, &mut browser).await;
            proofs.push((world.awaiting_code(&browser).await, browser.claimant()));
        }
        let wrong = world.wrong_code(&ada);
        let _ = at_once(50, |number| {
            let (world, code) = (processes[number % 3].clone(), wrong.clone());
            let (proof, claimant) = proofs[number % 10].clone();
            async move { world.verifier.verify_code(&proof, &code, &claimant).await }
        })
        .await;

        let judged = wrong_codes(&world.events(&ada).await);
        assert!(judged <= 10.min(5 + round), "{judged} judged in round {round}");
        assert_eq!(u32::try_from(judged).unwrap(), world.record(&ada).await.strangers.wrong());
        world.clock.advance(Duration::from_mins(15));
    }
    assert_eq!(summarise(&world.record(&ada).await).mfa, MfaState::LockedOut);
}

pub async fn a_right_code_among_wrong_ones_at_once_is_never_let_in_beyond_the_budget(world: World) {
    let ada = world.ada().await;
    let mut stranger = Browser::new();
    is_wrong_times(&world, 9, &ada, &mut stranger).await;
    let mut proofs = Vec::new();
    for _ in 0..4 {
        let mut browser = Browser::new();
        world.knows_the_password_of(&ada, &mut browser).await;
        proofs.push((world.awaiting_code(&browser).await, browser));
    }

    let outcomes = at_once(20, |number| {
        let (world, (proof, browser)) = (world.clone(), proofs[number % 4].clone());
        let code = if number % 2 == 0 { world.wrong_code(&ada) } else { ada.code(world.now()) };
        async move { world.verifier.verify_code(&proof, &code, &browser.claimant()).await }
    })
    .await;

    let accepted = outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(is_accepted)).count();
    let record = world.record(&ada).await;
    let locked = summarise(&record).mfa == MfaState::LockedOut;
    assert!(accepted <= 1 && record.strangers.wrong() <= 10, "{outcomes:?}");
    assert!(accepted == 1 || locked, "{outcomes:?}");
}

use std::time::Duration;

use super::{is_accepted, notices, writes_of};
use crate::testing::world::ways_back::{NUMBER, number};
use crate::testing::world::{PASSWORD, at_once, fit};
use crate::testing::{Browser, Human, World};
use crate::{
    Barred, EnrollmentStep, EnrollmentVerdict, EventKind, Gate, MfaState, NextFactor, NoticeKind, PasswordChange,
    RECENT, Refusal, ResetVerdict, Session, SignIn, SignInRejected, StoredPassword, Unavailable, summarise,
};

const NEW: &str = "another horse, another battery";
const WRONG: &str = "not the password at all";

/// Ada, whose browser has just shown a code, and the browser.
async fn stepped_up(world: &World) -> (Human, Browser) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    (ada, browser)
}

async fn changes(world: &World, browser: &mut Browser, present: &str, new: &str) -> Result<PasswordChange, Barred> {
    let (proof, claimant) = (world.fresh(browser).await, browser.claimant());
    let verdict =
        world.verifier.change_password(&proof, &present.parse().unwrap(), &fit(new), &claimant).await.unwrap();
    if let Ok(PasswordChange::Changed { token }) = &verdict {
        browser.session = Some(token.clone());
    }
    verdict
}

fn is_changed(verdict: &Result<PasswordChange, Barred>) -> bool {
    matches!(verdict, Ok(PasswordChange::Changed { .. }))
}

fn is_wrong(verdict: &Result<PasswordChange, Barred>) -> bool {
    matches!(verdict, Ok(PasswordChange::Wrong))
}

/// Whether somebody can sign in with a password in a browser that was never here.
async fn lets_in(world: &World, human: &Human, password: &str) -> bool {
    matches!(world.enters_password(&mut Browser::new(), &human.email, password).await, SignIn::Proceed { .. })
}

pub async fn who_knows_the_password_sets_a_new_one_and_goes_on_under_a_new_token(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let (old, before) = (browser.clone(), world.session(&browser).await.unwrap());

    let verdict = changes(&world, &mut browser, PASSWORD, NEW).await;

    assert!(is_changed(&verdict), "{verdict:?}");
    assert!(lets_in(&world, &ada, NEW).await && !lets_in(&world, &ada, PASSWORD).await);
    let after = world.session(&browser).await.unwrap();
    assert_eq!((after.id, after.proof, after.password_at), (before.id, before.proof, before.password_at));
    assert_eq!(world.passes(Gate::Recent, &browser).await, Ok(()));
    assert_eq!(world.passes(Gate::Fresh, &old).await, Ok(()), "a second tab goes on");
    world.clock.advance(Session::GRACE);
    assert_eq!(world.passes(Gate::Fresh, &old).await, Err(Refusal::SignIn), "a stolen cookie goes on");
    let password = world.record(&ada).await.password.unwrap();
    assert_eq!((password.set_at, password.abuses), (world.now().minus(Session::GRACE), 0));
    assert!(world.events(&ada).await.contains(&EventKind::PasswordChanged));
    let told = notices(&world.messages().await).into_iter().filter(|what| *what == NoticeKind::PasswordChanged);
    assert_eq!(told.count(), 1);
}

pub async fn changing_the_password_asks_for_an_authenticator_code_of_the_last_ten_minutes(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let proof = world.fresh(&browser).await;
    world.clock.advance(RECENT);
    let (writes, hashes) = (world.store.writes(), world.hasher.asked());
    for present in [PASSWORD, WRONG] {
        assert!(matches!(changes(&world, &mut browser, present, NEW).await, Err(Barred::StepUp)));
    }
    assert_eq!((world.store.writes(), world.hasher.asked()), (writes, hashes));
    world.steps_up(&ada, &mut browser).await;

    let (present, claimant) = (PASSWORD.parse().unwrap(), browser.claimant());
    let stale = world.verifier.change_password(&proof, &present, &fit(NEW), &claimant).await.unwrap();
    assert!(matches!(stale, Err(Barred::Over)), "a stale tab: {stale:?}");
    assert!(is_changed(&changes(&world, &mut browser, PASSWORD, NEW).await));
}

/// Recovery says who somebody is, not that they hold the authenticator.
pub async fn who_came_back_without_the_authenticator_changes_no_password(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
    assert!(is_accepted(&world.keeps_authenticator(&mut browser, None).await));
    world.finishes_wizard(&browser).await;

    assert!(matches!(changes(&world, &mut browser, PASSWORD, NEW).await, Err(Barred::StepUp)));
}

pub async fn a_wrong_present_password_changes_nothing_and_counts_as_at_a_sign_in_in_this_browser(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let hashes = world.hasher.asked();
    for _ in 0..9 {
        assert!(is_wrong(&changes(&world, &mut browser, WRONG, NEW).await));
    }
    assert_eq!(world.hasher.asked() - hashes, 9, "a try is not one hash");
    let record = world.record(&ada).await;
    assert_eq!(record.known_browsers[0].passwords.wrong(), 9);
    assert!(record.known_browsers[0].second_factors.is_clear() && record.strangers.is_clear());

    // The tenth, at the sign-in.
    let mut same = browser.anew();
    let tenth = world.enters_password(&mut same, &ada.email, WRONG).await;
    assert!(matches!(tenth, SignIn::Rejected(SignInRejected::WrongCredentials)), "{tenth:?}");

    let until = world.now().plus(Duration::from_secs(30));
    let (writes, hashes) = (world.store.writes(), world.hasher.asked());
    for present in [PASSWORD, WRONG] {
        let verdict = changes(&world, &mut browser, present, NEW).await;
        assert!(matches!(verdict, Ok(PasswordChange::Wait { until: at }) if at == until), "{verdict:?}");
    }
    assert_eq!((world.store.writes(), world.hasher.asked()), (writes, hashes), "it was judged in a wait");
    assert!(lets_in(&world, &ada, PASSWORD).await, "strangers wait too");
    assert_eq!(world.events(&ada).await.iter().filter(|event| **event == EventKind::PasswordRejected).count(), 10);
    world.clock.set(until);
    assert!(is_changed(&changes(&world, &mut browser, PASSWORD, NEW).await));
    assert!(world.record(&ada).await.known_browsers[0].passwords.is_clear());
}

/// Who stole a session has no count of their own.
pub async fn in_a_browser_that_is_not_known_a_wrong_present_password_counts_with_those_of_strangers(world: World) {
    let (ada, browser) = stepped_up(&world).await;
    let mut stolen = Browser { known: None, ..browser.clone() };
    for _ in 0..5 {
        assert!(is_wrong(&changes(&world, &mut stolen, WRONG, NEW).await));
        let wrong = world.enters_password(&mut Browser::new(), &ada.email, WRONG).await;
        assert!(matches!(wrong, SignIn::Rejected(SignInRejected::WrongCredentials)), "{wrong:?}");
    }

    let verdict = changes(&world, &mut stolen, PASSWORD, NEW).await;

    assert!(matches!(verdict, Ok(PasswordChange::Wait { .. })), "{verdict:?}");
    assert!(!lets_in(&world, &ada, PASSWORD).await);
    let mut known = browser;
    assert!(is_changed(&changes(&world, &mut known, PASSWORD, NEW).await));
    assert!(lets_in(&world, &ada, NEW).await, "what strangers did with the old one is forgotten");
}

pub async fn a_password_that_too_many_strangers_know_is_changed_by_a_reset_link_only(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let void = |password: &mut StoredPassword| password.abuses = StoredPassword::MOST_ABUSES;
    world.rewrites(&ada.user, |record| record.password.as_mut().map_or((), void)).await;
    let (writes, hashes) = (world.store.writes(), world.hasher.asked());

    let verdict = changes(&world, &mut browser, PASSWORD, NEW).await;

    assert!(matches!(verdict, Ok(PasswordChange::ResetNeeded)), "{verdict:?}");
    assert_eq!((world.store.writes(), world.hasher.asked()), (writes, hashes));
}

/// It would make strangers who know it begin anew.
pub async fn the_same_password_again_is_no_change(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let (before, writes) = (world.record(&ada).await, world.store.writes());

    let verdict = changes(&world, &mut browser, PASSWORD, PASSWORD).await;

    assert!(matches!(verdict, Ok(PasswordChange::SameAsBefore)), "{verdict:?}");
    assert_eq!((world.record(&ada).await, world.store.writes()), (before, writes));
}

pub async fn a_new_password_ends_every_other_session_sign_in_challenge_and_link_and_forgets_every_other_browser(
    world: World,
) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mallory = world.protected("mallory@example.com").await;
    let mut browser = ada.browser.clone();
    let (mut at_home, mut pending, mut recovering) = (Browser::new(), Browser::new(), Browser::new());
    world.signs_in(&ada, &mut at_home).await;
    world.knows_the_password_of(&ada, &mut pending).await;
    world.is_texted(&pending, &mobile, NUMBER).await;
    world.comes_back_by_code(&ada, &mut recovering, &ada.codes[0]).await;
    let link = world.is_mailed_a_reset(&ada).await;
    world.steps_up(&ada, &mut browser).await;
    assert_eq!((world.sessions(&ada).await, world.record(&ada).await.challenges.len()), (4, 1));

    assert!(is_changed(&changes(&world, &mut browser, PASSWORD, NEW).await));

    for ended in [&at_home, &pending, &recovering] {
        for gate in [Gate::Fresh, Gate::PendingCode, Gate::Recovering, Gate::Enrolling] {
            assert_eq!(world.passes(gate, ended).await, Err(Refusal::SignIn));
        }
    }
    let record = world.record(&ada).await;
    assert_eq!((world.sessions(&ada).await, record.challenges.len()), (1, 0));
    let known: Vec<_> = record.known_browsers.into_iter().map(|known| Some(known.cookie)).collect();
    assert_eq!(known, [browser.cookie()]);
    let late = world.resets(&link, "a third horse, a third battery", &Browser::new()).await;
    assert!(matches!(late, ResetVerdict::LinkDead), "{late:?}");
    assert_eq!(world.passes(Gate::Fresh, &mallory.browser).await, Ok(()));
    let last = world.store.written().pop().unwrap();
    assert_eq!(writes_of(&last), "1 credentials, 2 void links, 2 sessions, 1 events, 1 messages");
}

pub async fn a_new_password_changes_no_factor_and_lifts_no_lock_and_no_pending_recovery(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    world.is_locked_out(&ada).await;
    let before = world.record(&ada).await;

    assert!(is_changed(&changes(&world, &mut browser, PASSWORD, NEW).await));

    let after = world.record(&ada).await;
    assert_eq!((&after.binding, &after.codes, &after.mobiles), (&before.binding, &before.codes, &before.mobiles));
    assert_eq!((summarise(&after).mfa, after.strangers), (MfaState::LockedOut, before.strangers));
    world.is_unlocked(&ada).await;
    world.clock.advance(World::STEP);
    assert!(is_changed(&changes(&world, &mut browser, NEW, "a third horse, a third battery").await));
    assert_eq!(summarise(&world.record(&ada).await).mfa, MfaState::RecoveryPending);
    let ada = Human { password: "a third horse, a third battery".into(), ..ada };
    world.comes_back_by_text(&ada, &mut Browser::new(), &mobile, NUMBER).await;
}

pub async fn a_new_password_voids_a_key_that_waits_for_its_code_and_leaves_the_wizard_that_follows(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let (proof, claimant, verifier) = (world.fresh(&browser).await, browser.claimant(), &world.verifier);
    let _ = verifier.begin_enrollment(&proof, &claimant).await.unwrap();
    let _ = verifier.issue_secret(&proof, &claimant).await.unwrap();

    assert!(is_changed(&changes(&world, &mut browser, PASSWORD, NEW).await));

    assert_eq!(world.record(&ada).await.enrollment, None);
    let proof = world.fresh(&browser).await;
    assert!(matches!(verifier.enrollment_step(&proof).unwrap(), EnrollmentStep::Introduction { elsewhere: false }));
    let begun = verifier.begin_adding_mobile(&proof, &"/profile".parse().unwrap()).await.unwrap();
    assert!(matches!(begun, EnrollmentVerdict::Moved), "{begun:?}");
    let verdict = verifier.change_password(&proof, &NEW.parse().unwrap(), &fit(PASSWORD), &claimant).await.unwrap();
    assert!(matches!(verdict, Err(Barred::Over)), "the wizard comes first: {verdict:?}");
}

pub async fn one_change_of_a_password_thirty_times_at_once_sets_one(world: World) {
    let (ada, browser) = stepped_up(&world).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let (proof, claimant) = (world.fresh(&browser).await, browser.claimant());
    let password = |number: usize| format!("another horse, another battery {number}");

    let outcomes = at_once(30, |number| {
        let (world, proof, claimant) = (processes[number % 3].clone(), proof.clone(), claimant.clone());
        let (present, new) = (PASSWORD.parse().unwrap(), fit(&password(number)));
        async move { (number, world.verifier.change_password(&proof, &present, &new, &claimant).await) }
    })
    .await;

    let set: Vec<_> = outcomes.iter().filter(|(_, outcome)| outcome.as_ref().is_ok_and(is_changed)).collect();
    let [(winner, _)] = &set[..] else { panic!("{outcomes:?}") };
    assert!(lets_in(&world, &ada, &password(*winner)).await);
    assert_eq!(world.events(&ada).await.iter().filter(|event| **event == EventKind::PasswordChanged).count(), 1);
}

pub async fn of_thirty_wrong_present_passwords_at_once_no_more_than_ten_are_judged(world: World) {
    let (ada, browser) = stepped_up(&world).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let proof = world.fresh(&browser).await;
    for known in [browser.known.clone(), None] {
        let claimant = Browser { known, ..browser.clone() }.claimant();
        let mut judged = 0;
        for _ in 0..3 {
            let outcomes =
                at_once(30, |number| {
                    let (world, proof, claimant) = (processes[number % 3].clone(), proof.clone(), claimant.clone());
                    async move {
                        world.verifier.change_password(&proof, &WRONG.parse().unwrap(), &fit(NEW), &claimant).await
                    }
                })
                .await;
            let is_fine = |outcome: &Result<_, Unavailable>| matches!(outcome, Ok(Ok(_)) | Err(Unavailable::Contended));
            assert!(outcomes.iter().all(is_fine), "{outcomes:?}");
            judged += outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(is_wrong)).count();
        }
        assert_eq!(judged, 10);
    }
    assert!(world.record(&ada).await.strangers.is_clear(), "they are no second factors");
}

/// Otherwise many tries at once would be judged beyond the count.
pub async fn a_right_present_password_is_refused_if_others_were_wrong_too_often_while_it_was_compared(world: World) {
    let (ada, browser) = stepped_up(&world).await;
    for mut mine in [browser.clone(), Browser { known: None, ..browser }] {
        let (elsewhere, email, same) = (world.elsewhere().await, ada.email.clone(), mine.anew());
        world.hasher.meanwhile(async move {
            for _ in 0..10 {
                let _ = elsewhere.enters_password(&mut same.clone(), &email, WRONG).await;
            }
        });

        let verdict = changes(&world, &mut mine, PASSWORD, NEW).await;

        assert!(matches!(verdict, Ok(PasswordChange::Wait { .. })), "{verdict:?}");
    }
}

/// A sign-in with the old password that began before the change must not survive it.
pub async fn a_sign_in_while_the_password_is_changed_is_not_there_afterwards(world: World) {
    let (ada, mut browser) = stepped_up(&world).await;
    let mut present = PASSWORD.to_owned();
    for calls in 0..12 {
        world.steps_up(&ada, &mut browser).await;
        let (elsewhere, old) = (world.elsewhere().await, Human { password: present.clone(), ..ada.clone() });
        world.store.meanwhile(calls, async move {
            // Whatever becomes of it.
            let _ = elsewhere.enters_password(&mut Browser::new(), &old.email, &old.password).await;
        });
        let new = format!("another horse, another battery {calls}");

        let verdict = changes(&world, &mut browser, &present, &new).await;

        world.store.recovers();
        assert!(is_changed(&verdict), "before call {calls}: {verdict:?}");
        assert_eq!(world.sessions(&ada).await, 1, "before call {calls}");
        present = new;
    }
}

/// Whichever is faster, nobody who was signed out is in, and no password is half-set.
pub async fn a_sign_out_while_the_password_is_changed_leaves_no_session(world: World) {
    for calls in 0..12 {
        let ada = world.protected(&format!("user{calls}@example.com")).await;
        let mut browser = ada.browser.clone();
        world.steps_up(&ada, &mut browser).await;
        let (elsewhere, tab) = (world.elsewhere().await, browser.clone());
        world.store.meanwhile(calls, async move { elsewhere.signs_out(&tab).await });

        let verdict = changes_or_not(&world, &browser).await;

        if world.store.recovers() {
            assert!(matches!(verdict, Err(Barred::Over)), "before call {calls}: {verdict:?}");
            assert_eq!(world.sessions(&ada).await, 0);
            assert!(lets_in(&world, &ada, PASSWORD).await);
        }
    }
}

async fn changes_or_not(world: &World, browser: &Browser) -> Result<PasswordChange, Barred> {
    let token = browser.session.as_ref();
    let Ok(crate::Admitted::Fresh(proof)) = world.verifier.admit(Gate::Fresh, token).await.unwrap() else {
        return Err(Barred::Over);
    };
    let (present, claimant) = (PASSWORD.parse().unwrap(), browser.claimant());
    world.verifier.change_password(&proof, &present, &fit(NEW), &claimant).await.unwrap()
}

pub async fn who_changed_their_password_is_not_asked_for_it_in_the_same_browser_and_signs_in_with_it_elsewhere(
    world: World,
) {
    let (ada, mut browser) = stepped_up(&world).await;
    assert!(is_changed(&changes(&world, &mut browser, PASSWORD, NEW).await));
    let mobile = world.has_mobile(&ada, number(7).as_str()).await;

    let ada = Human { password: NEW.into(), ..ada };
    world.signs_in(&ada, &mut Browser::new()).await;

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
    assert_eq!(world.knows_the_password_of(&ada, &mut browser.anew()).await, NextFactor::Code);
    world.comes_back_by_text(&ada, &mut Browser::new(), &mobile, number(7).as_str()).await;
}

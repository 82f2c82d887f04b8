//! What is ours to answer for: the store, the randomness or the hasher fails. Nobody is let in, no try is spent, nobody
//! is half-enrolled, and once it is back everything goes on.

use std::time::Duration;

use super::{is_accepted, is_bound, notices, rejected};
use crate::testing::world::{PASSWORD, a_new_account, claim, fit};
use crate::testing::{Browser, World};
use crate::{
    AccountCreation, CodeRejected, CodeVerdict, EnrollmentStep, EnrollmentVerdict, EventKind, Gate, InvitationVerdict,
    NextFactor, NoticeKind, Refusal, Session, SignIn, SignInRejected,
};

const WRONG: &str = "not the password at all";

pub async fn who_cannot_be_decided_about_is_not_admitted(world: World) {
    let ada = world.ada().await;
    world.clock.advance(Session::SEEN_EVERY);
    for calls in 0..2 {
        world.store.fails_before(calls);
        let admitted = world.verifier.admit(Gate::Fresh, ada.browser.session.as_ref()).await;
        assert!(admitted.is_err(), "{admitted:?}");
    }

    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
}

pub async fn the_first_account_is_created_though_everything_failed_before(world: World) {
    let link = world.gets_through_all_faults(async || world.verifier.issue_setup_link().await).await.unwrap();
    let (new, claimant) = (a_new_account("ada@example.com"), Browser::new().claimant());

    let created = world
        .gets_through_all_faults(async || {
            world.verifier.create_first_account(&link, &new, &fit(PASSWORD), &claimant).await
        })
        .await;

    assert!(matches!(created, AccountCreation::Created { .. }), "{created:?}");
}

pub async fn an_account_and_its_invitation_come_about_though_everything_failed_before(world: World) {
    let (new, claimant) = (a_new_account("ada@example.com"), Browser::new().claimant());

    let created = world.gets_through_all_faults(async || world.verifier.create_account(&new, None).await).await;
    let AccountCreation::Created { invitation: Some(link) } = created else { panic!("{created:?}") };
    let verdict = world
        .gets_through_all_faults(async || {
            world.verifier.accept_invitation(&link, &fit(PASSWORD), None, &claimant).await
        })
        .await;

    assert!(matches!(verdict, InvitationVerdict::Accepted { .. }), "{verdict:?}");
}

pub async fn a_sign_in_gets_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let browser = ada.browser.clone();

    let answer = world
        .gets_through_all_faults(async || {
            world.verifier.sign_in(&claim(&browser, &ada.email, PASSWORD), &browser.claimant()).await
        })
        .await;

    assert!(matches!(answer, SignIn::Proceed { then: NextFactor::Code, .. }), "{answer:?}");
    assert_eq!(world.sessions(&ada).await, 1);
}

pub async fn a_wrong_password_is_counted_once_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    for browser in [Browser::new(), ada.browser.clone()] {
        let rejections = async || {
            let events = world.events(&ada).await;
            events.into_iter().filter(|event| *event == EventKind::PasswordRejected).count()
        };
        let before = rejections().await;

        let answer = world
            .gets_through_all_faults(async || {
                world.verifier.sign_in(&claim(&browser, &ada.email, WRONG), &browser.claimant()).await
            })
            .await;

        assert!(matches!(answer, SignIn::Rejected(SignInRejected::WrongCredentials)), "{answer:?}");
        assert_eq!(rejections().await - before, 1);
    }
}

pub async fn a_code_gets_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let (proof, code) = (world.awaiting_code(&browser).await, ada.code(world.now()));

    let verdict = world
        .gets_through_all_faults(async || world.verifier.verify_code(&proof, &code, &browser.claimant()).await)
        .await;

    assert!(is_accepted(&verdict), "{verdict:?}");
}

pub async fn a_wrong_code_is_counted_once_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let (proof, code) = (world.awaiting_code(&browser).await, world.wrong_code(&ada));

    let verdict = world
        .gets_through_all_faults(async || world.verifier.verify_code(&proof, &code, &browser.claimant()).await)
        .await;

    assert_eq!(rejected(&verdict), Some(CodeRejected::Wrong { left: 4, wait_until: None }));
    assert_eq!(world.record(&ada).await.strangers.wrong(), 1);
}

pub async fn a_known_browser_is_locked_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser { session: None, ..ada.browser.clone() };
    world
        .rewrites(&ada.user, |record| {
            let now = World::BEGINNING.minus(Duration::from_hours(1));
            let nine = (0..9).fold(crate::Budget::default(), |budget, _| budget.after_wrong(now));
            record.known_browsers[0].second_factors = nine;
        })
        .await;
    world.knows_the_password_of(&ada, &mut browser).await;
    let (proof, code) = (world.awaiting_code(&browser).await, world.wrong_code(&ada));

    let verdict = world
        .gets_through_all_faults(async || world.verifier.verify_code(&proof, &code, &browser.claimant()).await)
        .await;

    assert_eq!(rejected(&verdict), Some(CodeRejected::Locked));
    assert_eq!(world.sessions(&ada).await, 0);
}

pub async fn the_wizard_gets_through_though_everything_failed_before(world: World) {
    let ada = world.newcomer("ada@example.com").await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let (proof, claimant, verifier) = (world.enrolling(&browser).await, browser.claimant(), &world.verifier);

    let _ = world.gets_through_all_faults(async || verifier.begin_enrollment(&proof, &claimant).await).await;
    let _ = world.gets_through_all_faults(async || verifier.issue_secret(&proof, &claimant).await).await;
    let phone = world.reads_the_key(&browser).await;
    for (steps, bound) in [(-1, false), (0, true)] {
        let code = phone.code(world.steps_away(steps));
        let verdict = world
            .gets_through_all_faults(async || verifier.confirm_authenticator(&proof, &code, &claimant).await)
            .await;
        assert_eq!(is_bound(&verdict), bound, "{verdict:?}");
    }

    assert_eq!(world.messages().await.len(), 1);
}

pub async fn a_sign_out_gets_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let token = ada.browser.session.as_ref().unwrap();

    world.gets_through_all_faults(async || world.verifier.sign_out(token, &ada.browser.claimant()).await).await;

    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::SignIn));
}

/// The code was judged and is spent, but nobody knows the token that was made: the next code lets in.
pub async fn who_never_heard_that_their_code_was_accepted_signs_in_with_the_next(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let (proof, code) = (world.awaiting_code(&browser).await, ada.code(world.now()));

    world.loses_the_answer(async || world.verifier.verify_code(&proof, &code, &browser.claimant()).await).await;

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::VerifyMfa));
    let again = world.enters_code(&mut browser, &code).await;
    assert!(matches!(again, CodeVerdict::AlreadyVerified), "{again:?}");
    let mut another = Browser::new();
    world.knows_the_password_of(&ada, &mut another).await;
    assert_eq!(rejected(&world.enters_code(&mut another, &code).await), Some(CodeRejected::Spent));
    world.signs_in(&ada, &mut browser).await;
}

pub async fn who_never_heard_that_they_are_enrolled_signs_in_with_the_next_code(world: World) {
    let mut ada = world.newcomer("ada@example.com").await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let phone = world.scans_a_key(&browser).await;
    let (proof, code, claimant) = (world.enrolling(&browser).await, phone.code(world.now()), browser.claimant());
    ada.phone = Some(phone);

    world.loses_the_answer(async || world.verifier.confirm_authenticator(&proof, &code, &claimant).await).await;

    assert!(world.passes(Gate::Fresh, &browser).await.is_err());
    let again = world.verifier.confirm_authenticator(&proof, &code, &claimant).await.unwrap();
    assert!(matches!(again, EnrollmentVerdict::Over), "{again:?}");
    world.signs_in(&ada, &mut browser).await;
    let bound = notices(&world.messages().await);
    assert_eq!(bound, [NoticeKind::AuthenticatorBound, NoticeKind::NewBrowser]);
}

pub async fn who_never_heard_that_their_password_was_right_enters_it_again(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();

    world
        .loses_the_answer(async || {
            world.verifier.sign_in(&claim(&browser, &ada.email, PASSWORD), &browser.claimant()).await
        })
        .await;

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::SignIn));
    world.signs_in(&ada, &mut browser).await;
}

pub async fn who_never_heard_that_their_account_exists_signs_in(world: World) {
    let link = world.verifier.issue_setup_link().await.unwrap().unwrap();
    let (new, claimant) = (a_new_account("ada@example.com"), Browser::new().claimant());
    let create = async || world.verifier.create_first_account(&link, &new, &fit(PASSWORD), &claimant).await;

    world.loses_the_answer(create).await;

    assert!(matches!(create().await.unwrap(), AccountCreation::LinkDead));
    let answer = world.enters_password(&mut Browser::new(), &new.email, PASSWORD).await;
    assert!(matches!(answer, SignIn::Proceed { .. }), "{answer:?}");
}

pub async fn who_never_heard_that_their_invitation_was_accepted_signs_in(world: World) {
    let (ada, link) = world.invited("ada@example.com").await;
    let claimant = Browser::new().claimant();
    let accept = async || world.verifier.accept_invitation(&link, &fit(PASSWORD), None, &claimant).await;

    world.loses_the_answer(accept).await;

    assert!(matches!(accept().await.unwrap(), InvitationVerdict::LinkDead));
    assert_eq!(world.knows_the_password_of(&ada, &mut Browser::new()).await, NextFactor::Enrollment);
}

/// A second round is part of every use case, also of the small ones.
pub async fn whoever_loses_a_race_decides_again(world: World) {
    world.store.loses_a_race();
    let link = world.verifier.issue_setup_link().await.unwrap().unwrap();
    assert!(world.store.recovers());
    world.store.loses_a_race();
    let (new, claimant) = (a_new_account("first@example.com"), Browser::new().claimant());
    let created = world.verifier.create_first_account(&link, &new, &fit(PASSWORD), &claimant).await.unwrap();
    assert!(world.store.recovers() && matches!(created, AccountCreation::Created { .. }), "{created:?}");

    world.store.loses_a_race();
    let mut ada = world.newcomer("ada@example.com").await;
    world.store.loses_a_race();
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    world.store.loses_a_race();
    let _ = world.begins_wizard(&browser).await;
    world.store.loses_a_race();
    let _ = world.asks_for_a_key(&browser).await;
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Pair(_)));
    ada.phone = Some(world.reads_the_key(&browser).await);
    world.store.loses_a_race();
    assert!(is_bound(&world.confirms(&mut browser, &ada.code(world.now())).await));
    world.clock.advance(World::STEP);
    world.knows_the_password_of(&ada, &mut browser).await;
    world.store.loses_a_race();
    assert!(is_accepted(&world.enters_code(&mut browser, &ada.code(world.now())).await));
    world.store.loses_a_race();
    world.signs_out(&browser).await;

    assert!(world.store.recovers());
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::SignIn));
}

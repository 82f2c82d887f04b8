//! Two requests at once, in every order their calls of the store can come: the second one happens as a whole before
//! the first, second, third … call of the first one, and in another process, so that no lock of ours keeps them apart.

use std::time::Duration;

use super::{is_accepted, is_bound};
use crate::testing::world::{PASSWORD, a_new_account, claim, fit};
use crate::testing::{Browser, World};
use crate::{AccountCreation, EnrollmentStep, Gate, InvitationVerdict, NextFactor, SignIn, Standing, Store};

/// More calls of the store than any use case makes when it is disturbed once.
const CALLS: usize = 16;

pub async fn of_two_sign_ins_with_one_code_one_gets_in_whichever_is_faster(world: World) {
    let ada = world.ada().await;
    for calls in 0..CALLS {
        world.clock.advance(World::STEP);
        let (mut first, mut second) = (Browser::new(), Browser::new());
        world.knows_the_password_of(&ada, &mut first).await;
        world.knows_the_password_of(&ada, &mut second).await;
        let (code, elsewhere) = (ada.code(world.now()), world.elsewhere().await);
        let (proof, their_code) = (world.awaiting_code(&first).await, code.clone());
        world.store.meanwhile(calls, async move {
            let theirs = elsewhere.enters_code(&mut second, &their_code).await;
            assert!(is_accepted(&theirs), "{theirs:?}");
        });

        let mine = world.verifier.verify_code(&proof, &code, &first.claimant()).await.unwrap();

        assert_eq!(is_accepted(&mine), !world.store.recovers(), "before call {calls}: {mine:?}");
    }
}

pub async fn a_sign_out_while_a_code_is_judged_ends_the_session(world: World) {
    let ada = world.ada().await;
    for calls in 0..CALLS {
        world.clock.advance(World::STEP);
        let mut browser = Browser::new();
        world.knows_the_password_of(&ada, &mut browser).await;
        let proof = world.awaiting_code(&browser).await;
        let (elsewhere, tab) = (world.elsewhere().await, browser.clone());
        world.store.meanwhile(calls, async move { elsewhere.signs_out(&tab).await });

        let verdict = world.verifier.verify_code(&proof, &ada.code(world.now()), &browser.claimant()).await.unwrap();

        if world.store.recovers() {
            assert!(!is_accepted(&verdict), "before call {calls}");
            assert!(world.passes(Gate::PendingCode, &browser).await.is_err());
            assert_eq!(world.sessions(&ada).await, 1, "before call {calls}");
        }
        world.signs_out(&browser).await;
    }
}

pub async fn who_is_deactivated_while_they_sign_in_is_not_in(world: World) {
    let ada = world.ada().await;
    for calls in 0..CALLS {
        let (elsewhere, user) = (world.elsewhere().await, ada.user.clone());
        world.store.meanwhile(calls, async move {
            elsewhere.rewrites(&user, |record| record.standing = Standing::Deactivated).await;
        });
        let mut browser = Browser::new();

        let answer = world.verifier.sign_in(&claim(&browser, &ada.email, PASSWORD), &browser.claimant()).await.unwrap();

        if world.store.recovers() {
            assert!(matches!(answer, SignIn::Rejected(_)), "before call {calls}");
        }
        if let SignIn::Proceed { token, .. } = answer {
            browser.session = Some(token);
            assert_eq!(world.passes(Gate::PendingCode, &browser).await, Ok(()));
        }
        world.rewrites(&ada.user, |record| record.standing = Standing::Active).await;
    }
}

pub async fn who_is_deactivated_while_their_code_is_judged_is_not_in(world: World) {
    let ada = world.ada().await;
    for calls in 0..CALLS {
        world.clock.advance(World::STEP);
        let mut browser = Browser::new();
        world.knows_the_password_of(&ada, &mut browser).await;
        let proof = world.awaiting_code(&browser).await;
        let (elsewhere, user) = (world.elsewhere().await, ada.user.clone());
        world.store.meanwhile(calls, async move {
            elsewhere.rewrites(&user, |record| record.standing = Standing::Deactivated).await;
        });

        let verdict = world.verifier.verify_code(&proof, &ada.code(world.now()), &browser.claimant()).await.unwrap();

        assert!(!(world.store.recovers() && is_accepted(&verdict)), "before call {calls}: {verdict:?}");
        world.rewrites(&ada.user, |record| record.standing = Standing::Active).await;
    }
}

/// A sign-in that was begun for the wizard must not survive as one once another session has enrolled.
pub async fn a_sign_in_while_another_session_enrolls_does_not_end_in_the_wizard(world: World) {
    for calls in 0..CALLS {
        let human = world.newcomer(&format!("user{calls}@example.com")).await;
        let mut enrolling = Browser::new();
        world.knows_the_password_of(&human, &mut enrolling).await;
        let phone = world.scans_a_key(&enrolling).await;
        let (elsewhere, mut theirs) = (world.elsewhere().await, enrolling.clone());
        world.store.meanwhile(calls, async move {
            let verdict = elsewhere.confirms(&mut theirs, &phone.code(elsewhere.now())).await;
            assert!(is_bound(&verdict), "{verdict:?}");
        });
        let mut browser = Browser::new();

        let then = world.knows_the_password_of(&human, &mut browser).await;

        if world.store.recovers() {
            assert_eq!(then, NextFactor::Code, "before call {calls}");
            assert_eq!(world.passes(Gate::PendingCode, &browser).await, Ok(()));
            assert!(world.passes(Gate::Enrolling, &browser).await.is_err());
        }
    }
}

pub async fn of_a_confirmation_and_another_session_that_takes_over_one_holds(world: World) {
    for calls in 0..CALLS {
        let human = world.newcomer(&format!("user{calls}@example.com")).await;
        let (mut first, mut second) = (Browser::new(), Browser::new());
        world.knows_the_password_of(&human, &mut first).await;
        world.knows_the_password_of(&human, &mut second).await;
        let phone = world.scans_a_key(&first).await;
        let proof = world.enrolling(&first).await;
        let (elsewhere, theirs) = (world.elsewhere().await, second.clone());
        world.store.meanwhile(calls, async move {
            let _ = elsewhere.begins_wizard(&theirs).await;
        });

        let claimant = first.claimant();
        let code = phone.code(world.now());
        let verdict = world.verifier.confirm_authenticator(&proof, &code, &claimant).await.unwrap();

        let interrupted = world.store.recovers();
        let record = world.record(&human).await;
        assert_eq!(is_bound(&verdict), record.binding.is_some(), "before call {calls}");
        assert_eq!(is_bound(&verdict), !interrupted, "before call {calls}: {verdict:?}");
        if interrupted {
            assert!(matches!(world.wizard(&second).await, EnrollmentStep::InstallApp));
        } else {
            assert!(world.passes(Gate::Enrolling, &second).await.is_err());
        }
    }
}

pub async fn of_two_who_accept_one_invitation_one_sets_the_password(world: World) {
    for calls in 0..CALLS {
        let (human, link) = world.invited(&format!("user{calls}@example.com")).await;
        let (elsewhere, their_link) = (world.elsewhere().await, link.clone());
        world.store.meanwhile(calls, async move {
            let (password, claimant) = (fit("another horse, another battery"), Browser::new().claimant());
            let theirs = elsewhere.verifier.accept_invitation(&their_link, &password, None, &claimant).await.unwrap();
            assert!(matches!(theirs, InvitationVerdict::Accepted { .. }), "{theirs:?}");
        });

        let claimant = Browser::new().claimant();
        let mine = world.verifier.accept_invitation(&link, &fit(PASSWORD), None, &claimant).await.unwrap();

        let interrupted = world.store.recovers();
        let answer = world.enters_password(&mut Browser::new(), &human.email, PASSWORD).await;
        assert_eq!(matches!(mine, InvitationVerdict::Accepted { .. }), !interrupted, "before call {calls}");
        assert_eq!(matches!(answer, SignIn::Proceed { .. }), !interrupted, "before call {calls}");
    }
}

pub async fn two_sign_ins_at_once_leave_no_more_than_twenty_sessions(world: World) {
    let ada = world.ada().await;
    for _ in 0..19 {
        world.knows_the_password_of(&ada, &mut Browser::new()).await;
    }
    for calls in 0..CALLS {
        world.clock.advance(Duration::from_secs(1));
        let (elsewhere, also_ada) = (world.elsewhere().await, ada.clone());
        world.store.meanwhile(calls, async move {
            elsewhere.knows_the_password_of(&also_ada, &mut Browser::new()).await;
        });

        world.knows_the_password_of(&ada, &mut Browser::new()).await;

        world.store.recovers();
        assert_eq!(world.sessions(&ada).await, 20, "before call {calls}");
    }
}

/// Whoever is faster: there is the operator's account, and none beside it for who had the link.
pub async fn an_account_the_operator_creates_closes_the_setup_link_at_once(world: World) {
    // Once there is an account there is no set-up: only the first disturbance that comes in time can be looked at,
    // the last one before the commit.
    let link = world.verifier.issue_setup_link().await.unwrap().unwrap();
    let operator = world.elsewhere().await;
    world.store.meanwhile(4, async move {
        operator.newcomer("ada@example.com").await;
    });

    let new = a_new_account("eve@example.com");
    let created = world.verifier.create_first_account(&link, &new, &fit(PASSWORD), &Browser::new().claimant()).await;

    assert!(world.store.recovers(), "the operator came too late");
    assert!(matches!(created, Ok(AccountCreation::LinkDead)), "{created:?}");
    assert!(world.store.find_user(&new.email).await.unwrap().is_none());
}

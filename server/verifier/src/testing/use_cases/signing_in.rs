use super::writes_of;
use crate::testing::world::{PASSWORD, fit};
use crate::testing::{Browser, PlainHasher, World, a_made_up_token};
use crate::{
    CodeVerdict, EventKind, Gate, HashingLane, NextFactor, PasswordHasher, Refusal, SignIn, SignInRejected, Standing,
    StoredPassword,
};

const WRONG: &str = "not the password at all";

fn is_wrong(answer: &SignIn) -> bool {
    matches!(answer, SignIn::Rejected(SignInRejected::WrongCredentials))
}

pub async fn a_right_password_leads_to_the_code_and_opens_no_other_door(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();

    let then = world.knows_the_password_of(&ada, &mut browser).await;

    assert_eq!(then, NextFactor::Code);
    assert_eq!(world.passes(Gate::PendingCode, &browser).await, Ok(()));
    for gate in [Gate::Enrolling, Gate::Fresh, Gate::Recent, Gate::FreshAdmin, Gate::RecentAdmin] {
        assert_eq!(world.passes(gate, &browser).await, Err(Refusal::VerifyMfa), "{gate:?}");
    }
}

pub async fn a_right_password_without_an_authenticator_opens_the_wizard_and_no_other_door(world: World) {
    let ada = world.newcomer("ada@example.com").await;
    let mut browser = Browser::new();

    let then = world.knows_the_password_of(&ada, &mut browser).await;

    assert_eq!(then, NextFactor::Enrollment);
    assert_eq!(world.passes(Gate::Enrolling, &browser).await, Ok(()));
    for gate in [Gate::PendingCode, Gate::Fresh, Gate::Recent, Gate::FreshAdmin, Gate::RecentAdmin] {
        assert_eq!(world.passes(gate, &browser).await, Err(Refusal::Enroll), "{gate:?}");
    }
}

/// Nobody learns by the answer, by the work, or by what is written whether there is such a user.
pub async fn unknown_wrong_deactivated_and_invited_are_one_answer_one_work_and_one_write(world: World) {
    let ada = world.ada().await;
    let gone = world.protected("gone@example.com").await;
    world.rewrites(&gone.user, |record| record.standing = Standing::Deactivated).await;
    world.invited("invited@example.com").await;
    let tries = [
        (ada.email.as_str(), WRONG),
        ("nobody@example.com", PASSWORD),
        (gone.email.as_str(), PASSWORD),
        (gone.email.as_str(), WRONG),
        ("invited@example.com", PASSWORD),
    ];

    for (email, password) in tries {
        let (written, asked) = (world.store.written().len(), world.hasher.asked());
        let answer = world.enters_password(&mut Browser::new(), &email.parse().unwrap(), password).await;

        assert!(is_wrong(&answer), "{email}: {answer:?}");
        assert_eq!(world.hasher.asked() - asked, 1, "{email}");
        let commits = world.store.written().split_off(written);
        let [commit] = &commits[..] else { panic!("{email}: {commits:?}") };
        assert_eq!(writes_of(commit), "1 attempts, 1 tallies, 1 events", "{email}");
        assert_eq!(commit.events[0].kind, EventKind::PasswordRejected);
    }
}

pub async fn every_sign_in_has_a_token_of_its_own(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let planted = browser.clone();

    world.knows_the_password_of(&ada, &mut browser).await;

    assert_ne!(planted.session.as_ref().unwrap().hash(), browser.session.as_ref().unwrap().hash());
    assert_eq!(world.passes(Gate::PendingCode, &planted).await, Err(Refusal::SignIn));
    assert_eq!(world.passes(Gate::PendingCode, &browser).await, Ok(()));
}

pub async fn a_new_sign_in_ends_the_session_of_this_browser_whosever_it_was(world: World) {
    let bob = world.protected("bob@example.com").await;
    let ada = world.ada().await;
    let mut shared = bob.browser.clone();

    world.knows_the_password_of(&ada, &mut shared).await;

    assert_eq!(world.passes(Gate::Fresh, &bob.browser).await, Err(Refusal::SignIn));
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
}

pub async fn a_refused_sign_in_ends_no_session(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();

    let answer = world.enters_password(&mut browser, &ada.email, WRONG).await;

    assert!(is_wrong(&answer));
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
}

pub async fn where_somebody_wants_to_go_is_kept_until_they_are_in(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser { next: "/admin/users?page=2".parse().ok(), ..Browser::new() };
    world.knows_the_password_of(&ada, &mut browser).await;
    let _ = world.enters_wrong_code(&mut browser, &ada).await;

    let verdict = world.enters_code(&mut browser, &ada.code(world.now())).await;

    let CodeVerdict::Accepted(upgrade) = verdict else { panic!("{verdict:?}") };
    assert_eq!(upgrade.next.as_str(), "/admin/users?page=2");
    assert_eq!(world.session(&browser).await.unwrap().next, None);
}

async fn stored(password: &str, world: &World) -> StoredPassword {
    let hash = PlainHasher.hash(fit(password).password(), [9; 16], HashingLane::Known).await.unwrap();
    StoredPassword::set(hash, world.now())
}

pub async fn an_old_password_that_is_changed_while_it_is_compared_lets_nobody_in(world: World) {
    let ada = world.ada().await;
    let (elsewhere, user) = (world.elsewhere().await, ada.user.clone());
    let changed = stored("another horse, another battery", &world).await;
    world.hasher.meanwhile(async move {
        elsewhere.rewrites(&user, |record| record.password = Some(changed)).await;
    });

    let answer = world.enters_password(&mut Browser::new(), &ada.email, PASSWORD).await;

    assert!(is_wrong(&answer), "{answer:?}");
    assert_eq!(world.sessions(&ada).await, 1);
}

pub async fn a_new_password_that_is_set_while_the_old_one_is_compared_lets_its_owner_in(world: World) {
    let ada = world.ada().await;
    let (elsewhere, user) = (world.elsewhere().await, ada.user.clone());
    let changed = stored("another horse, another battery", &world).await;
    world.hasher.meanwhile(async move {
        elsewhere.rewrites(&user, |record| record.password = Some(changed)).await;
    });

    let answer = world.enters_password(&mut Browser::new(), &ada.email, "another horse, another battery").await;

    assert!(matches!(answer, SignIn::Proceed { .. }), "{answer:?}");
}

pub async fn a_sign_out_ends_this_session_under_all_its_tokens_and_no_other(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.clock.advance(World::STEP);
    world.knows_the_password_of(&ada, &mut browser).await;
    let before = browser.clone();
    let _ = world.enters_code(&mut browser, &ada.code(world.now())).await;

    world.signs_out(&browser).await;

    for ended in [&before, &browser] {
        for gate in [Gate::PendingCode, Gate::Fresh] {
            assert_eq!(world.passes(gate, ended).await, Err(Refusal::SignIn));
        }
    }
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
    assert!(world.events(&ada).await.iter().any(|event| matches!(event, EventKind::SignedOut { .. })));
}

pub async fn a_browser_stays_known_after_a_sign_out(world: World) {
    let ada = world.ada().await;

    world.signs_out(&ada.browser).await;

    assert!(world.record(&ada).await.known_browser(ada.browser.cookie().as_ref(), world.now()).is_some());
}

pub async fn a_stale_tab_signs_its_session_out_too(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.clock.advance(World::STEP);
    world.knows_the_password_of(&ada, &mut browser).await;
    let stale = browser.clone();
    let _ = world.enters_code(&mut browser, &ada.code(world.now())).await;

    world.signs_out(&stale).await;

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::SignIn));
}

pub async fn who_has_no_session_can_sign_out_and_nothing_happens(world: World) {
    let ada = world.ada().await;
    let browser = Browser { session: Some(a_made_up_token()), ..Browser::new() };
    let before = world.store.writes();

    world.signs_out(&browser).await;

    assert_eq!(world.store.writes(), before);
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
}

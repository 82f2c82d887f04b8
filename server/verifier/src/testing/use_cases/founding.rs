use std::time::Duration;

use domain::Role;

use super::dies_at;
use crate::testing::world::{PASSWORD, a_new_account, at_once, fit};
use crate::testing::{Browser, World, a_made_up_token};
use crate::{AccountCreation, EventKind, NextFactor, SignIn, Store, Token};

async fn a_setup_link(world: &World) -> Token {
    world.verifier.issue_setup_link().await.unwrap().expect("no account yet")
}

async fn founds(world: &World, link: &Token, email: &str) -> AccountCreation {
    let new = a_new_account(email);
    let claimant = Browser::new().claimant();
    world.verifier.create_first_account(link, &new, &fit(PASSWORD), &claimant).await.unwrap()
}

async fn is_there(world: &World, email: &str) -> bool {
    world.store.find_user(&email.parse().unwrap()).await.unwrap().is_some()
}

pub async fn a_setup_link_creates_the_first_account_with_its_admin(world: World) {
    let link = a_setup_link(&world).await;

    let created = founds(&world, &link, "ada@example.com").await;

    assert!(matches!(created, AccountCreation::Created { invitation: None }), "{created:?}");
    let person = world.store.find_user(&"ada@example.com".parse().unwrap()).await.unwrap().unwrap();
    let (admin, account) = (person.credential.record, person.account.record);
    assert_eq!((admin.role, admin.binding, admin.enrollment), (Role::Admin, None, None));
    assert!(account.admins.contains(&admin.user) && account.admins.len() == 1);
    let events = world.store.events_of(&account.id, 10).await.unwrap();
    assert_eq!(events.into_iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::AccountCreated]);
    let answer = world.enters_password(&mut Browser::new(), &admin.email, PASSWORD).await;
    assert!(matches!(answer, SignIn::Proceed { then: NextFactor::Enrollment, .. }), "{answer:?}");
}

pub async fn a_setup_link_works_once(world: World) {
    let link = a_setup_link(&world).await;
    let _ = founds(&world, &link, "ada@example.com").await;

    let again = founds(&world, &link, "eve@example.com").await;

    assert!(matches!(again, AccountCreation::LinkDead), "{again:?}");
    assert!(!is_there(&world, "eve@example.com").await);
    assert!(!world.verifier.setup_is_open(&link).await.unwrap());
}

pub async fn a_setup_link_dies_after_24_hours(world: World) {
    let link = a_setup_link(&world).await;

    dies_at(&world, Duration::from_hours(24), async || world.verifier.setup_is_open(&link).await.unwrap()).await;

    assert!(matches!(founds(&world, &link, "ada@example.com").await, AccountCreation::LinkDead));
    assert!(world.store.is_empty().await.unwrap());
}

pub async fn the_newest_setup_link_voids_the_older_one(world: World) {
    let (older, newer) = (a_setup_link(&world).await, a_setup_link(&world).await);

    assert!(matches!(founds(&world, &older, "eve@example.com").await, AccountCreation::LinkDead));
    assert!(matches!(founds(&world, &newer, "ada@example.com").await, AccountCreation::Created { .. }));
}

pub async fn there_is_no_setup_once_an_account_exists(world: World) {
    let link = a_setup_link(&world).await;

    world.newcomer("ada@example.com").await;

    assert!(!world.verifier.setup_is_open(&link).await.unwrap());
    assert!(matches!(founds(&world, &link, "eve@example.com").await, AccountCreation::LinkDead));
    assert!(world.verifier.issue_setup_link().await.unwrap().is_none());
    assert!(!is_there(&world, "eve@example.com").await);
}

pub async fn looking_at_a_setup_link_does_not_spend_it(world: World) {
    let link = a_setup_link(&world).await;

    for _ in 0..3 {
        assert!(world.verifier.setup_is_open(&link).await.unwrap());
    }

    assert!(matches!(founds(&world, &link, "ada@example.com").await, AccountCreation::Created { .. }));
}

pub async fn a_link_that_is_no_setup_link_opens_no_setup(world: World) {
    let (_, invitation) = world.invited("ada@example.com").await;
    let hashes = world.hasher.asked();

    for link in [invitation, a_made_up_token()] {
        assert!(!world.verifier.setup_is_open(&link).await.unwrap());
        assert!(matches!(founds(&world, &link, "eve@example.com").await, AccountCreation::LinkDead));
    }

    assert_eq!(world.hasher.asked(), hashes, "a made-up link costs a hash");
}

pub async fn thirty_posts_of_one_setup_link_at_once_create_one_account(world: World) {
    let link = a_setup_link(&world).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let (world, link) = (processes[number % 3].clone(), link.clone());
        async move {
            let new = a_new_account(&format!("user{number}@example.com"));
            let claimant = Browser::new().claimant();
            world.verifier.create_first_account(&link, &new, &fit(PASSWORD), &claimant).await
        }
    })
    .await;

    let created = outcomes.iter().filter(|outcome| matches!(outcome, Ok(AccountCreation::Created { .. }))).count();
    assert_eq!(created, 1, "{outcomes:?}");
    let mut users = 0;
    for number in 0..30 {
        users += usize::from(is_there(&world, &format!("user{number}@example.com")).await);
    }
    assert_eq!(users, 1);
}

pub async fn an_account_with_a_password_lets_its_admin_sign_in_to_the_wizard(world: World) {
    let ada = world.newcomer("ada@example.com").await;

    let then = world.knows_the_password_of(&ada, &mut Browser::new()).await;

    assert_eq!(then, NextFactor::Enrollment);
    assert_eq!(world.record(&ada).await.role, Role::Admin);
}

pub async fn an_address_that_is_taken_gets_no_second_account(world: World) {
    let ada = world.newcomer("ada@example.com").await;
    let before = world.store.writes();

    for password in [Some(&fit(PASSWORD)), None] {
        let created = world.verifier.create_account(&a_new_account("Ada@Example.COM"), password).await.unwrap();
        assert!(matches!(created, AccountCreation::EmailTaken), "{created:?}");
    }

    assert_eq!(world.store.writes(), before);
    assert_eq!(world.events(&ada).await, [EventKind::AccountCreated]);
}

pub async fn thirty_accounts_for_one_address_at_once_are_one(world: World) {
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let world = processes[number % 3].clone();
        async move { world.verifier.create_account(&a_new_account("ada@example.com"), None).await }
    })
    .await;

    let created = outcomes.iter().filter(|outcome| matches!(outcome, Ok(AccountCreation::Created { .. }))).count();
    assert_eq!(created, 1, "{outcomes:?}");
}

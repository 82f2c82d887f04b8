use std::time::Duration;

use super::dies_at;
use crate::testing::world::{PASSWORD, at_once, fit};
use crate::testing::{Browser, World, a_made_up_token};
use crate::{EventKind, Gate, InvitationVerdict, NextFactor, SignIn, Standing, Store, Token};

async fn accepts(world: &World, link: &Token, browser: &Browser) -> InvitationVerdict {
    let claimant = browser.claimant();
    world.verifier.accept_invitation(link, &fit(PASSWORD), browser.session.as_ref(), &claimant).await.unwrap()
}

fn is_dead(verdict: &InvitationVerdict) -> bool {
    matches!(verdict, InvitationVerdict::LinkDead)
}

pub async fn an_invitation_sets_the_first_password_and_leads_to_the_wizard(world: World) {
    let (ada, link) = world.invited("ada@example.com").await;

    let verdict = accepts(&world, &link, &Browser::new()).await;

    assert!(matches!(verdict, InvitationVerdict::Accepted { email } if email == ada.email));
    assert_eq!(world.knows_the_password_of(&ada, &mut Browser::new()).await, NextFactor::Enrollment);
    assert!(world.events(&ada).await.contains(&EventKind::InvitationAccepted));
}

pub async fn an_invitation_says_whom_it_is_for_and_looking_does_not_spend_it(world: World) {
    let (ada, link) = world.invited("ada@example.com").await;

    for _ in 0..3 {
        let invited = world.verifier.invited(&link).await.unwrap().expect("still good");
        assert_eq!((invited.email, invited.account.as_str()), (ada.email.clone(), "Analytical Engines"));
    }

    assert!(!is_dead(&accepts(&world, &link, &Browser::new()).await));
}

pub async fn an_invitation_works_once(world: World) {
    let (ada, link) = world.invited("ada@example.com").await;
    let _ = accepts(&world, &link, &Browser::new()).await;
    let set = world.record(&ada).await;
    assert_eq!(world.store.find_link(&link.hash()).await.unwrap(), None, "it is not spent");

    let again = world
        .verifier
        .accept_invitation(&link, &fit("another horse, another battery"), None, &Browser::new().claimant())
        .await
        .unwrap();

    assert!(is_dead(&again));
    assert!(world.verifier.invited(&link).await.unwrap().is_none());
    assert_eq!(world.record(&ada).await, set);
}

pub async fn an_invitation_dies_after_72_hours(world: World) {
    let (ada, link) = world.invited("ada@example.com").await;

    dies_at(&world, Duration::from_hours(72), async || world.verifier.invited(&link).await.unwrap().is_some()).await;

    assert!(is_dead(&accepts(&world, &link, &Browser::new()).await));
    assert!(world.record(&ada).await.password.is_none());
}

pub async fn a_link_that_is_no_invitation_invites_nobody(world: World) {
    let setup = world.verifier.issue_setup_link().await.unwrap().unwrap();
    let hashes = world.hasher.asked();

    for link in [setup, a_made_up_token()] {
        assert!(world.verifier.invited(&link).await.unwrap().is_none());
        assert!(is_dead(&accepts(&world, &link, &Browser::new()).await));
    }

    assert_eq!(world.hasher.asked(), hashes, "a made-up link costs a hash");
}

pub async fn an_invitation_of_who_was_deactivated_is_dead(world: World) {
    let (ada, link) = world.invited("ada@example.com").await;
    world.rewrites(&ada.user, |record| record.standing = Standing::Deactivated).await;

    assert!(world.verifier.invited(&link).await.unwrap().is_none());
    assert!(is_dead(&accepts(&world, &link, &Browser::new()).await));
    assert!(world.record(&ada).await.password.is_none());
}

pub async fn accepting_an_invitation_ends_the_session_this_browser_had_and_no_other(world: World) {
    let bob = world.protected("bob@example.com").await;
    let mut at_home = Browser::new();
    world.signs_in(&bob, &mut at_home).await;
    let (_, link) = world.invited("ada@example.com").await;

    let _ = accepts(&world, &link, &bob.browser).await;

    assert!(world.passes(Gate::Fresh, &bob.browser).await.is_err());
    assert_eq!(world.passes(Gate::Fresh, &at_home).await, Ok(()));
}

pub async fn a_dead_invitation_ends_no_session(world: World) {
    let bob = world.protected("bob@example.com").await;

    assert!(is_dead(&accepts(&world, &a_made_up_token(), &bob.browser).await));

    assert_eq!(world.passes(Gate::Fresh, &bob.browser).await, Ok(()));
}

pub async fn an_invitation_accepted_thirty_times_at_once_is_accepted_once(world: World) {
    let (ada, link) = world.invited("ada@example.com").await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let (world, link) = (processes[number % 3].clone(), link.clone());
        async move {
            let password = fit(&format!("correct horse battery {number}"));
            (number, world.verifier.accept_invitation(&link, &password, None, &Browser::new().claimant()).await)
        }
    })
    .await;

    let accepted: Vec<_> =
        outcomes.iter().filter(|(_, outcome)| matches!(outcome, Ok(InvitationVerdict::Accepted { .. }))).collect();
    assert_eq!(accepted.len(), 1, "{outcomes:?}");
    let set = format!("correct horse battery {}", accepted[0].0);
    let answer = world.enters_password(&mut Browser::new(), &ada.email, &set).await;
    assert!(matches!(answer, SignIn::Proceed { .. }), "the password in force is not the accepted one");
    let events = world.events(&ada).await;
    assert_eq!(events.iter().filter(|event| **event == EventKind::InvitationAccepted).count(), 1);
}

pub async fn an_invited_user_is_nobody_until_they_accepted(world: World) {
    let (ada, link) = world.invited("ada@example.com").await;

    let before = world.enters_password(&mut Browser::new(), &ada.email, PASSWORD).await;
    let _ = accepts(&world, &link, &Browser::new()).await;
    let after = world.enters_password(&mut Browser::new(), &ada.email, PASSWORD).await;

    assert!(matches!(before, SignIn::Rejected(_)), "{before:?}");
    assert!(matches!(after, SignIn::Proceed { .. }), "{after:?}");
    assert_eq!(world.store.members_of(&ada.account).await.unwrap().len(), 1);
}

//! Many who are invited by one list.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::Role;

use super::administration::stops;
use crate::testing::world::{a_new_user, at_once};
use crate::testing::{Human, World};
use crate::{
    Actor, Administered, Denied, EventKind, InviteVerdict, Message, MessageKind, NewUser, Stopped, Store, Unavailable,
    parse_invitations,
};

/// More calls of the store than inviting two makes when it is disturbed once.
const CALLS: usize = 14;

/// What became of inviting many.
#[derive(Debug, Default)]
struct Invitations {
    decided: Vec<(NewUser, InviteVerdict)>,
    /// Nothing was done for them.
    left: Vec<NewUser>,
    stopped: Option<Stopped>,
}

async fn invites(world: &World, actor: Actor<'_>, people: Vec<NewUser>) -> Administered<Invitations> {
    let mut decided = Vec::new();
    let outcome =
        world.verifier.invite_many(actor, people.clone(), |new, verdict| decided.push((new, verdict))).await?;
    Ok(outcome.map(|stopped| Invitations { left: people[decided.len()..].to_vec(), decided, stopped }))
}

fn newcomers(names: &[&str]) -> Vec<NewUser> {
    names.iter().map(|name| a_new_user(&format!("{name}@example.com"), Role::Member)).collect()
}

fn is_invited(verdict: &InviteVerdict) -> bool {
    matches!(verdict, InviteVerdict::Invited { .. })
}

/// How many were invited.
fn invited(invitations: &Invitations) -> usize {
    invitations.decided.iter().filter(|(_, verdict)| is_invited(verdict)).count()
}

/// How many invitations were mailed.
async fn mailed(world: &World) -> usize {
    let is_invitation = |message: &Message| matches!(message.about, MessageKind::Invitation { .. });
    world.messages().await.iter().filter(|message| is_invitation(message)).count()
}

/// How many users there are in somebody's account.
async fn users(world: &World, human: &Human) -> usize {
    world.store.members_of(&human.account).await.unwrap().len()
}

pub async fn each_of_a_list_is_invited_or_told_why_not(world: World) {
    let ada = world.ada().await;
    let eve = world.protected("eve@example.com").await;
    let at_work = world.at_work(&ada.browser).await;
    let list = "Bob <bob@example.com>\ncarol@example.com,Carol,admin\nEve,eve@example.com\nnobody\n";
    let people: Vec<_> = parse_invitations(list).into_iter().flatten().collect();

    let invitations = invites(&world, at_work.actor(), people.clone()).await.unwrap().unwrap();

    assert!(invitations.left.is_empty() && invitations.stopped.is_none(), "{invitations:?}");
    let asked: Vec<_> = invitations.decided.iter().map(|(new, _)| new.clone()).collect();
    assert_eq!(asked, people);
    let [(_, bob), (_, carol), (_, hers)] = &invitations.decided[..] else { panic!("{invitations:?}") };
    assert!(matches!(hers, InviteVerdict::EmailTaken) && is_invited(carol), "{invitations:?}");
    let InviteVerdict::Invited { user, link: None } = bob else { panic!("{bob:?}") };
    let bob = world.store.load_user(user).await.unwrap().unwrap().credential.record;
    assert_eq!((bob.name.as_str(), bob.role, bob.account), ("Bob", Role::Member, ada.account.clone()));
    assert_eq!((users(&world, &ada).await, users(&world, &eve).await, mailed(&world).await), (3, 1, 2));
    assert_eq!(world.account(&ada).await.admins.len(), 2);
    let told = world.log(&ada).await.into_iter().filter(|event| event.kind == EventKind::Invited);
    assert!(told.clone().all(|event| event.by.as_ref() == Some(&ada.user)) && told.count() == 2);
}

pub async fn who_is_here_is_told_before_anybody_is_invited_and_who_is_elsewhere_is_not(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    world.protected("eve@example.com").await;
    let (at_work, writes) = (world.at_work(&ada.browser).await, world.store.writes());

    let here = world.verifier.already_here(at_work.actor(), &newcomers(&["carol", "bob", "eve"])).await.unwrap();

    assert_eq!(here, Ok(BTreeSet::from([bob.email])));
    assert_eq!(world.store.writes(), writes);
}

pub async fn an_admin_who_is_stopped_while_they_invite_invites_nobody_more(world: World) {
    for calls in 0..CALLS {
        for way in [0, 3] {
            let ada = world.protected(&format!("ada{calls}{way}@example.com")).await;
            world.colleague(&ada, &format!("zoe{calls}{way}@example.com"), Role::Admin).await;
            let people = newcomers(&[&format!("bob{calls}{way}"), &format!("carol{calls}{way}")]);
            let (by_ada, before) = (world.at_work(&ada.browser).await, mailed(&world).await);
            let elsewhere = world.elsewhere().await;
            world.store.meanwhile(calls, stops(elsewhere, ada.clone(), way));

            let outcome = invites(&world, by_ada.actor(), people.clone()).await.unwrap();

            let interrupted = world.store.recovers();
            let reason = if way == 0 { Denied::NotAdmin } else { Denied::Over };
            let made = mailed(&world).await - before;
            match &outcome {
                Err(denied) => assert!(interrupted && made == 0 && *denied == reason, "before call {calls}"),
                Ok(invitations) => {
                    let stopped = matches!(&invitations.stopped, Some(Stopped::Denied(denied)) if *denied == reason);
                    assert_eq!(stopped, interrupted, "before call {calls}: {invitations:?}");
                    assert!(made > 0 || !stopped, "before call {calls}: whoever is denied has invited somebody");
                    assert_eq!(invited(invitations), made, "before call {calls}: {invitations:?}");
                    assert_eq!(invitations.left, people[made..], "before call {calls}");
                }
            }
            for (nth, new) in people.iter().enumerate() {
                let found = world.store.find_user(&new.email).await.unwrap();
                assert_eq!(found.is_some(), nth < made, "before call {calls}");
            }
        }
    }
}

pub async fn inviting_that_outlasts_the_step_up_tells_who_is_left(world: World) {
    let ada = world.ada().await;
    // A minute has passed since her code.
    world.clock.advance(Duration::from_secs(530));
    let at_work = world.at_work(&ada.browser).await;
    let clock = world.clock.clone();
    // The first call of the second invitation.
    world.store.meanwhile(5, async move { clock.advance(Duration::from_secs(15)) });

    let people = newcomers(&["bob", "carol", "dora"]);
    let invitations = invites(&world, at_work.actor(), people.clone()).await.unwrap().unwrap();

    assert!(matches!(invitations.stopped, Some(Stopped::Denied(Denied::StepUp))), "{invitations:?}");
    let made = invited(&invitations);
    assert!((1..3).contains(&made) && invitations.left == people[made..], "{invitations:?}");
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    let again = world.at_work(&browser).await;
    let rest = invites(&world, again.actor(), invitations.left).await.unwrap().unwrap();
    assert_eq!((invited(&rest), mailed(&world).await, users(&world, &ada).await), (3 - made, 3, 4));
}

pub async fn inviting_that_takes_too_long_stops_and_the_rest_can_be_sent(world: World) {
    let ada = world.ada().await;
    let at_work = world.at_work(&ada.browser).await;
    let clock = world.clock.clone();
    world.store.meanwhile(5, async move { clock.advance(Duration::from_secs(20)) });

    let invitations = invites(&world, at_work.actor(), newcomers(&["bob", "carol", "dora"])).await.unwrap().unwrap();

    assert!(matches!(invitations.stopped, Some(Stopped::Late)), "{invitations:?}");
    let made = invited(&invitations);
    assert!((1..3).contains(&made), "{invitations:?}");
    let rest = invites(&world, at_work.actor(), invitations.left).await.unwrap().unwrap();
    assert!(rest.stopped.is_none() && rest.left.is_empty(), "{rest:?}");
    assert_eq!((invited(&rest), mailed(&world).await, users(&world, &ada).await), (3 - made, 3, 4));
}

pub async fn one_list_posted_twice_by_two_admins_at_once_invites_each_once(world: World) {
    let ada = world.ada().await;
    let zoe = world.colleague(&ada, "zoe@example.com", Role::Admin).await;
    let before = mailed(&world).await;
    let at_work = [world.at_work(&ada.browser).await, world.at_work(&zoe.browser).await];
    let processes = [world.clone(), world.elsewhere().await];

    let outcomes = at_once(6, |number| {
        let (world, at_work) = (processes[number % 2].clone(), at_work[number % 2].clone());
        async move { invites(&world, at_work.actor(), newcomers(&["bob", "carol", "dora"])).await }
    })
    .await;

    let made: usize = outcomes.iter().flatten().flatten().map(invited).sum();
    assert_eq!((made, mailed(&world).await - before, users(&world, &ada).await), (3, 3, 5), "{outcomes:?}");
}

/// Before the first invitation that is an error like any other; after it, who is left is told.
pub async fn who_was_invited_before_the_store_fails_is_told_apart_from_who_was_not(world: World) {
    let ada = world.ada().await;
    let at_work = world.at_work(&ada.browser).await;
    let mut left = newcomers(&["bob", "carol", "dora"]);

    for calls in 0.. {
        let writes = world.store.writes();
        world.store.fails_before(calls);
        match invites(&world, at_work.actor(), left.clone()).await {
            Err(_) => assert_eq!(world.store.writes(), writes, "before call {calls}"),
            Ok(invitations) => {
                let Invitations { decided, left: rest, stopped } = invitations.unwrap();
                let stopped = matches!(stopped, Some(Stopped::Unavailable(Unavailable::Store { .. })));
                assert_eq!(stopped, world.store.recovers(), "before call {calls}");
                assert!(decided.iter().all(|(_, verdict)| is_invited(verdict)), "{decided:?}");
                assert!(
                    !(stopped && decided.is_empty()),
                    "before call {calls}: it failed, and is told as done in part"
                );
                assert_eq!(rest, left[decided.len()..]);
                left = rest;
                if !stopped {
                    break;
                }
            }
        }
        assert_eq!(users(&world, &ada).await, 4 - left.len(), "before call {calls}");
    }

    assert_eq!((users(&world, &ada).await, mailed(&world).await), (4, 3));
}

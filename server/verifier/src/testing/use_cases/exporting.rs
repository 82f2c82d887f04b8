//! Users who are taken out of their account, as a list: that is told, and only who may have them gets them.

use domain::Role;

use super::administration::{CALLS, operator_of, stops};
use crate::testing::world::at_once;
use crate::testing::{Human, World};
use crate::{EventKind, ExportedList, Show, UserQuery};

const EXPORTED: EventKind = EventKind::Exported { list: ExportedList::Users };

async fn exports(world: &World, account: &Human) -> usize {
    world.events(account).await.iter().filter(|event| **event == EXPORTED).count()
}

pub async fn an_export_has_all_who_are_asked_for_and_is_told_in_the_log(world: World) {
    let ada = world.ada().await;
    world.protected("eve@example.com").await;
    for number in 0..60 {
        world.invited_by_operator(&ada, &format!("user{number}@example.com"), Role::Member).await;
    }
    let at_work = world.at_work(&ada.browser).await;
    let query = UserQuery { show: Some(Show::NotEnabled), page: 2, ..UserQuery::default() };

    let lines = world.verifier.export_users(at_work.actor(), &query).await.unwrap().unwrap();

    assert_eq!(lines.len(), 60);
    assert!(lines.iter().all(|line| line.member.account == ada.account && line.member.invited));
    let event = world.log(&ada).await.into_iter().find(|event| event.kind == EXPORTED).unwrap();
    assert_eq!((event.account, event.user, event.by), (Some(ada.account.clone()), None, Some(ada.user.clone())));
    assert_eq!(event.address, Some(ada.browser.address));
    world.verifier.export_users(operator_of(&ada), &query).await.unwrap().unwrap();
    let event = world.log(&ada).await.into_iter().find(|event| event.kind == EXPORTED && event.by.is_none());
    assert!(event.is_some_and(|event| event.address.is_none()));
}

pub async fn who_is_stopped_while_they_export_has_nobody(world: World) {
    for calls in 0..CALLS {
        for way in [0, 3] {
            let ada = world.protected(&format!("ada{calls}{way}@example.com")).await;
            world.colleague(&ada, &format!("bob{calls}{way}@example.com"), Role::Admin).await;
            let by_ada = world.at_work(&ada.browser).await;
            world.store.meanwhile(calls, stops(world.elsewhere().await, ada.clone(), way));

            let exported = world.verifier.export_users(by_ada.actor(), &UserQuery::default()).await.unwrap();

            let interrupted = world.store.recovers();
            assert_eq!(exported.is_err(), interrupted, "before call {calls}: {exported:?}");
            assert_eq!(exports(&world, &ada).await, usize::from(!interrupted), "before call {calls}");
        }
    }
}

pub async fn two_admins_who_export_at_once_are_both_told(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Admin).await;
    let at_work = [world.at_work(&ada.browser).await, world.at_work(&bob.browser).await];
    let processes = [world.clone(), world.elsewhere().await];

    let outcomes = at_once(6, |number| {
        let (world, at_work) = (processes[number % 2].clone(), at_work[number % 2].clone());
        async move { world.verifier.export_users(at_work.actor(), &UserQuery::default()).await }
    })
    .await;

    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(Ok(lines)) if lines.len() == 2)), "{outcomes:?}");
    assert_eq!(exports(&world, &ada).await, 6);
}

pub async fn an_export_gets_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let (at_work, query) = (world.at_work(&ada.browser).await, UserQuery::default());

    let exported =
        world.gets_through_all_faults(async || world.verifier.export_users(at_work.actor(), &query).await).await;

    assert_eq!((exported.unwrap().len(), exports(&world, &ada).await), (1, 1));
}

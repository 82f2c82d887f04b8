//! Members who ask for what only admins may see.

use std::time::Duration;

use domain::Role;

use crate::EventKind;
use crate::testing::world::{AtWork, at_once};
use crate::testing::{Human, World};

/// How often the log tells that somebody was turned away.
async fn told(world: &World, account: &Human) -> usize {
    world.events(account).await.iter().filter(|event| **event == EventKind::NotAllowed).count()
}

pub async fn a_member_who_asks_for_an_admins_page_is_told_in_the_log_once_a_minute(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let carol = world.colleague(&ada, "carol@example.com", Role::Member).await;
    let [by_bob, by_carol] = [world.at_work(&bob.browser).await, world.at_work(&carol.browser).await];
    let turn_away = async |who: &AtWork| {
        world.verifier.turn_away(who.proof().admission(), &bob.browser.claimant()).await.unwrap();
        told(&world, &ada).await
    };
    let begun = world.now();

    assert_eq!(turn_away(&by_bob).await, 1);
    let event = world.log(&ada).await.into_iter().find(|event| event.kind == EventKind::NotAllowed).unwrap();
    assert_eq!((event.account, event.user, event.by), (Some(ada.account.clone()), Some(bob.user.clone()), None));
    assert_eq!(event.address, Some(bob.browser.address));
    let writes = world.store.writes();
    assert_eq!((turn_away(&by_bob).await, world.store.writes()), (1, writes));
    assert_eq!(turn_away(&by_carol).await, 2);
    let minute = begun.plus(Duration::from_mins(1));
    world.clock.set(minute.minus(Duration::from_millis(1)));
    assert_eq!(turn_away(&by_bob).await, 2);
    world.clock.set(minute);
    assert_eq!(turn_away(&by_bob).await, 3);
}

pub async fn a_member_who_asks_for_thirty_admins_pages_at_once_is_told_once(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let at_work = world.at_work(&bob.browser).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let (world, at_work, claimant) = (processes[number % 3].clone(), at_work.clone(), bob.browser.claimant());
        async move { world.verifier.turn_away(at_work.proof().admission(), &claimant).await }
    })
    .await;

    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(told(&world, &ada).await, 1);
}

pub async fn a_member_is_turned_away_once_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let (at_work, claimant) = (world.at_work(&bob.browser).await, bob.browser.claimant());
    let admission = at_work.proof().admission();

    world.gets_through_all_faults(async || world.verifier.turn_away(admission, &claimant).await).await;

    assert_eq!(told(&world, &ada).await, 1);
}

//! Many who are reminded in one click.

use std::time::Duration;

use domain::Role;

use super::administration::{operator_of, stops};
use crate::testing::world::at_once;
use crate::testing::{Human, World};
use crate::{Denied, EventKind, MessageKind, RemindVerdict, Reminders, Show, Stopped, Unavailable};

/// More calls of the store than a reminder of three makes when it is disturbed once.
const CALLS: usize = 15;

/// Those of the account of `ada` who have yet to enable MFA.
async fn newcomers(world: &World, ada: &Human) -> Vec<Human> {
    let mut newcomers = Vec::new();
    for name in ["bob", "carol", "dora"] {
        let email = ada.email.as_str().replacen("ada", name, 1);
        newcomers.push(world.joins(ada, &email, Role::Member).await);
    }
    newcomers
}

/// How many reminders were mailed.
async fn mailed(world: &World) -> usize {
    let is_reminder = |about: &MessageKind| matches!(about, MessageKind::Reminder { .. });
    world.messages().await.iter().filter(|message| is_reminder(&message.about)).count()
}

/// Who were reminded, who have to wait, who need nothing, and who are invited; of those whose turn it was.
fn counts(reminders: &Reminders) -> [u32; 4] {
    [reminders.reminded, reminders.waiting, reminders.without_need, reminders.invited]
}

pub async fn everybody_a_list_shows_is_reminded_as_one_by_one(world: World) {
    let ada = world.ada().await;
    let eve = world.protected("eve@example.com").await;
    world.joins(&eve, "mallory@example.com", Role::Member).await;
    let bob = newcomers(&world, &ada).await.remove(0);
    world.invited_by_operator(&ada, "erin@example.com", Role::Member).await;
    let frank = world.colleague(&ada, "frank@example.com", Role::Member).await;
    world.rewrites(&frank.user, |record| record.codes = None).await;
    let at_work = world.at_work(&ada.browser).await;
    assert_eq!(world.verifier.remind(at_work.actor(), &bob.user).await.unwrap(), Ok(RemindVerdict::Reminded));
    let remind_all = async |show| world.verifier.remind_all(at_work.actor(), show).await.unwrap().unwrap();

    let reminders = remind_all(Show::NotEnabled).await;
    assert_eq!((counts(&reminders), reminders.stopped.is_none()), ([2, 1, 0, 1], true));
    let reminders = remind_all(Show::NotRecoveryReady).await;
    assert_eq!((counts(&reminders), reminders.stopped.is_none()), ([1, 0, 0, 0], true));

    assert_eq!(mailed(&world).await, 4);
    let reminded = world.log(&ada).await.into_iter().filter(|event| event.kind == EventKind::Reminded);
    assert!(reminded.clone().all(|event| event.by.as_ref() == Some(&ada.user)) && reminded.count() == 4);
    let writes = world.store.writes();
    assert_eq!(counts(&remind_all(Show::NotEnabled).await), [0, 3, 0, 1]);
    assert_eq!(counts(&remind_all(Show::Protected).await), [0, 1, 1, 0]);
    assert_eq!(counts(&remind_all(Show::Deactivated).await), [0, 0, 0, 0]);
    assert_eq!(world.store.writes(), writes);
}

pub async fn who_is_gone_or_has_it_done_while_others_are_reminded_needs_nothing(world: World) {
    for calls in 0..CALLS {
        let ada = world.protected(&format!("ada{calls}@example.com")).await;
        let carol = newcomers(&world, &ada).await.remove(1);
        let (elsewhere, her) = (world.elsewhere().await, ada.clone());
        world.store.meanwhile(calls, async move {
            let removed = elsewhere.verifier.remove(operator_of(&her), &carol.user).await.unwrap();
            assert_eq!(removed, Ok(crate::ChangeVerdict::Changed));
        });
        let before = mailed(&world).await;

        let reminders = world.verifier.remind_all(operator_of(&ada), Show::NotEnabled).await.unwrap().unwrap();

        world.store.recovers();
        let [reminded, _, without_need, _] = counts(&reminders);
        assert!(reminders.stopped.is_none() && reminded >= 2 && reminded + without_need <= 3, "{reminders:?}");
        assert_eq!(mailed(&world).await - before, reminded as usize, "before call {calls}");
    }
}

/// What was mailed is counted, and nothing is mailed after that.
pub async fn an_admin_who_is_stopped_while_they_remind_reminds_nobody_more(world: World) {
    for calls in 0..CALLS {
        for way in [0, 3] {
            let ada = world.protected(&format!("ada{calls}{way}@example.com")).await;
            world.colleague(&ada, &format!("zoe{calls}{way}@example.com"), Role::Admin).await;
            newcomers(&world, &ada).await;
            let (by_ada, before) = (world.at_work(&ada.browser).await, mailed(&world).await);
            world.store.meanwhile(calls, stops(world.elsewhere().await, ada.clone(), way));

            let outcome = world.verifier.remind_all(by_ada.actor(), Show::NotEnabled).await.unwrap();

            let interrupted = world.store.recovers();
            let reminders = outcome.unwrap_or_default();
            assert_eq!(mailed(&world).await - before, reminders.reminded as usize, "before call {calls}");
            assert_eq!(reminders.reminded < 3, interrupted, "before call {calls}: {reminders:?}");
            let expected = interrupted && reminders.reminded > 0;
            let reason = if way == 0 { Denied::NotAdmin } else { Denied::Over };
            let stopped = matches!(&reminders.stopped, Some(Stopped::Denied(denied)) if *denied == reason);
            assert_eq!(stopped, expected, "before call {calls}: {reminders:?}");
        }
    }
}

pub async fn reminding_that_outlasts_the_step_up_ends_and_goes_on_after_another(world: World) {
    let ada = world.ada().await;
    newcomers(&world, &ada).await;
    // A minute has passed since her code.
    world.clock.advance(Duration::from_secs(530));
    let at_work = world.at_work(&ada.browser).await;
    let clock = world.clock.clone();
    // The third call of the second reminder.
    world.store.meanwhile(7, async move { clock.advance(Duration::from_secs(15)) });

    let reminders = world.verifier.remind_all(at_work.actor(), Show::NotEnabled).await.unwrap().unwrap();

    assert!(matches!(reminders.stopped, Some(Stopped::Denied(Denied::StepUp))), "{reminders:?}");
    assert!((1..3).contains(&reminders.reminded), "{reminders:?}");
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    let again = world.at_work(&browser).await;
    let rest = world.verifier.remind_all(again.actor(), Show::NotEnabled).await.unwrap().unwrap();
    assert_eq!(counts(&rest), [3 - reminders.reminded, reminders.reminded, 0, 0]);
    assert_eq!(mailed(&world).await, 3);
}

/// An answer that never comes helps nobody.
pub async fn reminding_that_takes_long_ends_and_goes_on_where_it_was(world: World) {
    let ada = world.ada().await;
    newcomers(&world, &ada).await;
    let at_work = world.at_work(&ada.browser).await;
    let clock = world.clock.clone();
    world.store.meanwhile(7, async move { clock.advance(Duration::from_secs(20)) });

    let reminders = world.verifier.remind_all(at_work.actor(), Show::NotEnabled).await.unwrap().unwrap();

    assert!(matches!(reminders.stopped, Some(Stopped::Late)), "{reminders:?}");
    let rest = world.verifier.remind_all(at_work.actor(), Show::NotEnabled).await.unwrap().unwrap();
    assert_eq!(counts(&rest), [3 - reminders.reminded, reminders.reminded, 0, 0]);
    assert!(rest.stopped.is_none());
    assert_eq!(mailed(&world).await, 3);
}

pub async fn two_admins_who_remind_all_at_once_mail_each_user_once(world: World) {
    let ada = world.ada().await;
    let zoe = world.colleague(&ada, "zoe@example.com", Role::Admin).await;
    newcomers(&world, &ada).await;
    let at_work = [world.at_work(&ada.browser).await, world.at_work(&zoe.browser).await];
    let processes = [world.clone(), world.elsewhere().await];

    let outcomes = at_once(6, |number| {
        let (world, at_work) = (processes[number % 2].clone(), at_work[number % 2].clone());
        async move { world.verifier.remind_all(at_work.actor(), Show::NotEnabled).await }
    })
    .await;

    let reminded = outcomes.iter().flatten().flatten().map(|reminders| reminders.reminded).sum::<u32>();
    assert_eq!((reminded, mailed(&world).await), (3, 3), "{outcomes:?}");
}

/// Before the first reminder that is an error like any other; after it, what was done is told.
pub async fn who_was_reminded_before_the_store_fails_is_told(world: World) {
    let ada = world.ada().await;
    newcomers(&world, &ada).await;
    let at_work = world.at_work(&ada.browser).await;
    let mut reminded = 0;

    for calls in 0.. {
        let writes = world.store.writes();
        world.store.fails_before(calls);
        match world.verifier.remind_all(at_work.actor(), Show::NotEnabled).await {
            Err(_) => assert_eq!(world.store.writes(), writes, "before call {calls}"),
            Ok(reminders) => {
                let reminders = reminders.unwrap();
                reminded += reminders.reminded as usize;
                let stopped = matches!(reminders.stopped, Some(Stopped::Unavailable(Unavailable::Store { .. })));
                assert_eq!(stopped, world.store.recovers(), "before call {calls}: {reminders:?}");
                assert!(!(stopped && reminders.reminded == 0), "before call {calls}: it failed, and is told as done");
                if !stopped {
                    break;
                }
            }
        }
        assert_eq!(mailed(&world).await, reminded, "before call {calls}");
    }

    assert_eq!((reminded, mailed(&world).await), (3, 3));
}

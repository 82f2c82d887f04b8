//! Which texts an account may send, as its admins decide.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{Country, Role};

use super::administration::{CALLS, operator_of, stops};
use crate::testing::world::at_once;
use crate::testing::world::ways_back::{germany, number};
use crate::testing::{Browser, Human, World};
use crate::{Denied, EventKind, TextPolicy, TextRefused, TextSetting, TextVerdict, TextsVerdict};

const SAVED: Result<TextsVerdict, Denied> = Ok(TextsVerdict::Saved);

fn setting(daily: u32) -> TextSetting {
    TextSetting { on: true, countries: BTreeSet::from([germany()]), daily }
}

async fn saves(world: &World, account: &Human, setting: &TextSetting) -> Result<TextsVerdict, Denied> {
    world.verifier.change_texts(operator_of(account), setting).await.unwrap()
}

async fn seen(world: &World, account: &Human) -> TextPolicy {
    world.verifier.texts_of(operator_of(account)).await.unwrap().unwrap()
}

/// How many changes the log tells.
async fn changes(world: &World, account: &Human) -> usize {
    world.events(account).await.iter().filter(|event| matches!(event, EventKind::TextsChanged { .. })).count()
}

pub async fn a_setting_of_texts_holds_for_the_next_one(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let france: Country = "FR".parse().unwrap();
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;

    for (setting, refused) in [
        (TextSetting { on: false, ..setting(50) }, TextRefused::Off),
        (TextSetting { countries: BTreeSet::from([france]), ..setting(50) }, TextRefused::Country),
        (setting(0), TextRefused::Budget),
    ] {
        assert_eq!(saves(&world, &ada, &setting).await, SAVED);
        assert_eq!(world.asks_for_a_text(&browser, &mobile).await, TextVerdict::Refused(refused));
    }

    assert_eq!(saves(&world, &ada, &setting(1)).await, SAVED);
    assert!(matches!(world.asks_for_a_text(&browser, &mobile).await, TextVerdict::Sent(_)));
}

pub async fn a_setting_of_texts_is_told_in_the_log_and_the_same_one_again_is_nothing(world: World) {
    let ada = world.ada().await;
    let at_work = world.at_work(&ada.browser).await;
    let setting = setting(TextSetting::MOST_DAILY);

    assert_eq!(world.verifier.change_texts(at_work.actor(), &setting).await.unwrap(), SAVED);

    let event = world.log(&ada).await.remove(0);
    let countries = setting.countries.clone();
    assert_eq!(event.kind, EventKind::TextsChanged { on: true, countries, daily: 10_000 });
    assert_eq!((event.account, event.user, event.by), (Some(ada.account.clone()), None, Some(ada.user.clone())));
    assert_eq!(seen(&world, &ada).await.setting(), setting);
    let writes = world.store.writes();
    let again = world.verifier.change_texts(at_work.actor(), &setting).await.unwrap();
    assert_eq!((again, world.store.writes()), (Ok(TextsVerdict::AsItWas), writes));
}

pub async fn whoever_means_to_send_texts_to_nobody_has_to_switch_them_off(world: World) {
    let ada = world.ada().await;
    let nowhere = TextSetting { countries: BTreeSet::new(), ..setting(50) };

    // An account begins without countries: its own becomes known by itself.
    assert_eq!(saves(&world, &ada, &nowhere).await, SAVED);
    assert_eq!(saves(&world, &ada, &setting(50)).await, SAVED);
    assert_eq!(saves(&world, &ada, &nowhere).await, Ok(TextsVerdict::Nowhere));
    assert_eq!(saves(&world, &ada, &TextSetting { on: false, ..nowhere }).await, SAVED);
    assert_eq!(seen(&world, &ada).await.setting(), TextSetting { on: false, ..setting(50) });
}

pub async fn more_texts_a_day_than_ten_thousand_are_allowed_to_nobody(world: World) {
    let ada = world.ada().await;
    let (at_work, writes) = (world.at_work(&ada.browser).await, world.store.writes());

    for daily in [10_001, u32::MAX] {
        for actor in [at_work.actor(), operator_of(&ada)] {
            let verdict = world.verifier.change_texts(actor, &setting(daily)).await.unwrap();
            assert_eq!((verdict, world.store.writes()), (Ok(TextsVerdict::TooMany), writes));
        }
    }
}

pub async fn texts_that_are_turned_off_and_on_again_go_to_the_countries_they_went_to(world: World) {
    let ada = world.ada().await;
    assert_eq!(saves(&world, &ada, &setting(50)).await, SAVED);

    let off = TextSetting { on: false, countries: BTreeSet::new(), daily: 50 };
    assert_eq!(saves(&world, &ada, &off).await, SAVED);

    assert_eq!(seen(&world, &ada).await.setting(), TextSetting { on: false, ..setting(50) });
    assert_eq!(changes(&world, &ada).await, 2);
    assert_eq!(saves(&world, &ada, &off).await, Ok(TextsVerdict::AsItWas));
}

pub async fn the_texts_of_today_are_counted_and_a_new_day_shows_none(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    assert!(matches!(world.asks_for_a_text(&browser, &mobile).await, TextVerdict::Sent(_)));
    assert_eq!((seen(&world, &ada).await.sent, seen(&world, &ada).await.confirmations), (1, 0));

    assert_eq!(saves(&world, &ada, &setting(7)).await, SAVED);
    assert_eq!((seen(&world, &ada).await.sent, seen(&world, &ada).await.daily), (1, 7));
    world.clock.advance(Duration::from_hours(24));

    assert_eq!((seen(&world, &ada).await.sent, seen(&world, &ada).await.daily), (0, 7));
    assert_eq!(world.account(&ada).await.texts.sent, 1);
}

/// Whichever is faster, the text that was sent is counted, and the setting that was saved is kept.
pub async fn a_setting_of_texts_that_is_saved_while_one_is_sent_loses_neither(world: World) {
    for calls in 0..12 {
        let (ada, mobile) = world.with_mobile(&format!("ada{calls}@example.com"), number(calls).as_str()).await;
        let mut browser = Browser::at(&format!("198.51.100.{calls}"));
        world.knows_the_password_of(&ada, &mut browser).await;
        let (elsewhere, her) = (world.elsewhere().await, ada.clone());
        world.store.meanwhile(calls, async move { assert_eq!(saves(&elsewhere, &her, &setting(7)).await, SAVED) });

        let verdict = world.asks_for_a_text(&browser, &mobile).await;

        if !world.store.recovers() {
            assert_eq!(saves(&world, &ada, &setting(7)).await, SAVED);
        }
        assert!(matches!(verdict, TextVerdict::Sent(_)), "before call {calls}: {verdict:?}");
        assert_eq!((seen(&world, &ada).await.sent, seen(&world, &ada).await.daily), (1, 7), "before call {calls}");
    }
}

pub async fn a_text_that_is_sent_while_their_setting_is_saved_is_counted(world: World) {
    for calls in 0..4 {
        let (ada, mobile) = world.with_mobile(&format!("ada{calls}@example.com"), number(calls).as_str()).await;
        let mut browser = Browser::at(&format!("198.51.100.{calls}"));
        world.knows_the_password_of(&ada, &mut browser).await;
        let elsewhere = world.elsewhere().await;
        world.store.meanwhile(calls, async move {
            let verdict = elsewhere.asks_for_a_text(&browser, &mobile).await;
            assert!(matches!(verdict, TextVerdict::Sent(_)), "{verdict:?}");
        });

        assert_eq!(saves(&world, &ada, &setting(7)).await, SAVED);

        let sent = u32::from(world.store.recovers());
        assert_eq!((seen(&world, &ada).await.sent, seen(&world, &ada).await.daily), (sent, 7), "before call {calls}");
    }
}

pub async fn an_admin_who_is_stopped_while_they_change_texts_changes_none(world: World) {
    for calls in 0..CALLS {
        for way in [0, 3] {
            let ada = world.protected(&format!("ada{calls}{way}@example.com")).await;
            world.colleague(&ada, &format!("bob{calls}{way}@example.com"), Role::Admin).await;
            let by_ada = world.at_work(&ada.browser).await;
            world.store.meanwhile(calls, stops(world.elsewhere().await, ada.clone(), way));

            let saved = world.verifier.change_texts(by_ada.actor(), &setting(7)).await.unwrap();

            let interrupted = world.store.recovers();
            assert_eq!(saved.is_err(), interrupted, "before call {calls}: {saved:?}");
            assert_eq!(seen(&world, &ada).await.daily == 7, !interrupted, "before call {calls}");
        }
    }
}

pub async fn settings_of_texts_saved_at_once_by_two_admins_are_saved_one_after_the_other(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Admin).await;
    let at_work = [world.at_work(&ada.browser).await, world.at_work(&bob.browser).await];
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let (world, at_work) = (processes[number % 3].clone(), at_work[number % 2].clone());
        let daily = if number % 2 == 0 { 7 } else { 8 };
        async move { world.verifier.change_texts(at_work.actor(), &setting(daily)).await }
    })
    .await;

    let saved = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Ok(TextsVerdict::Saved)))).count();
    assert!(saved > 0 && changes(&world, &ada).await == saved, "{outcomes:?}");
    assert!([7, 8].contains(&seen(&world, &ada).await.daily));
}

pub async fn a_setting_of_texts_gets_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let (at_work, verifier) = (world.at_work(&ada.browser).await, &world.verifier);

    let saved = world.gets_through_all_faults(async || verifier.change_texts(at_work.actor(), &setting(7)).await).await;
    let texts = world.gets_through_store_faults(async || verifier.texts_of(operator_of(&ada)).await).await;

    assert_eq!((saved, texts.unwrap().daily), (SAVED, 7));
}

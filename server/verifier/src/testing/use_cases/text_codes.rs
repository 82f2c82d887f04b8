//! Codes by text message: for whom they are good, how long, and how often.

use std::time::Duration;

use domain::MobileId;

use super::recovering::{ways_back, with_an_elapsed_session};
use super::{is_accepted, rejected};
use crate::testing::world::ways_back::NUMBER;
use crate::testing::{Browser, World};
use crate::{CodeRejected, TextChallenge, TextVerdict};

pub async fn a_text_goes_to_a_mobile_of_this_very_user_only(world: World) {
    let (_, of_mallory) = world.with_mobile("mallory@example.com", "+4917099999999").await;
    let (ada, _) = world.ada_with_mobile().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let writes = world.store.writes();

    for mobile in [of_mallory, MobileId::from_random([9; 16])] {
        assert_eq!(world.asks_for_a_text(&browser, &mobile).await, TextVerdict::NoSuchMobile);
    }

    assert_eq!(world.store.writes(), writes);
}

pub async fn a_text_code_lives_ten_minutes(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = with_an_elapsed_session(&world, &ada).await;
    let first = world.is_texted(&browser, &mobile, NUMBER).await;
    world.clock.advance(TextChallenge::LIFE);
    let writes = world.store.writes();

    let late = world.enters_text_code(&mut browser, &first).await;

    assert_eq!(rejected(&late), Some(CodeRejected::Over));
    assert_eq!(world.store.writes(), writes, "what is over is not judged");
    assert_eq!(ways_back(&world, &browser).await.sent, None);
    let second = world.is_texted(&browser, &mobile, NUMBER).await;
    world.clock.advance(TextChallenge::LIFE.checked_sub(Duration::from_millis(1)).unwrap());
    assert!(is_accepted(&world.enters_text_code(&mut browser, &second).await));
}

pub async fn a_text_code_is_good_for_the_sign_in_it_was_sent_for_and_no_other(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mallory = world.protected("mallory@example.com").await;
    let (mut asking, mut other, mut mallorys) = (Browser::new(), Browser::new(), Browser::new());
    for (human, browser) in [(&ada, &mut asking), (&ada, &mut other), (&mallory, &mut mallorys)] {
        world.knows_the_password_of(human, browser).await;
    }
    let code = world.is_texted(&asking, &mobile, NUMBER).await;
    let writes = world.store.writes();

    for browser in [&mut other, &mut mallorys] {
        assert_eq!(rejected(&world.enters_text_code(browser, &code).await), Some(CodeRejected::Over));
    }

    assert_eq!(world.store.writes(), writes);
    assert!(is_accepted(&world.enters_text_code(&mut asking, &code).await));
    assert!(world.record(&ada).await.challenges.is_empty());
}

/// In a session whose second factor has elapsed, since a sign-in ends with the fifth wrong one anyway.
pub async fn a_text_sent_again_voids_the_code_before_and_gives_no_new_tries(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = with_an_elapsed_session(&world, &ada).await;
    let first = world.is_texted(&browser, &mobile, NUMBER).await;
    world.clock.advance(Duration::from_secs(30));
    let second = world.is_texted(&browser, &mobile, NUMBER).await;
    assert_ne!(first, second);

    for _ in 0..4 {
        assert!(matches!(
            rejected(&world.enters_text_code(&mut browser, &first).await),
            Some(CodeRejected::Wrong { .. })
        ));
    }
    world.clock.advance(Duration::from_mins(1));
    let third = world.is_texted(&browser, &mobile, NUMBER).await;
    let fifth = world.enters_text_code(&mut browser, &second).await;
    assert!(matches!(rejected(&fifth), Some(CodeRejected::Wrong { .. })), "{fifth:?}");
    world.clock.advance(Duration::from_secs(30));

    assert_eq!(rejected(&world.enters_text_code(&mut browser, &third).await), Some(CodeRejected::Over));
    assert_eq!(ways_back(&world, &browser).await.sent, None);
}

/// Nobody pays for a text whose code can't be entered.
pub async fn a_text_after_five_wrong_ones_has_a_code_that_can_be_entered(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = with_an_elapsed_session(&world, &ada).await;
    let sent = world.is_texted(&browser, &mobile, NUMBER).await;
    let wrong = world.wrong_code(&ada);
    assert_ne!(sent, wrong);
    for _ in 0..5 {
        let _ = world.enters_text_code(&mut browser, &wrong).await;
    }
    world.clock.advance(Duration::from_secs(30));

    let again = world.is_texted(&browser, &mobile, NUMBER).await;

    assert!(is_accepted(&world.enters_text_code(&mut browser, &again).await));
}

pub async fn no_more_than_three_text_codes_of_a_user_are_open(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut sent = Vec::new();
    for pause in [0, 30, 60, 300] {
        world.clock.advance(Duration::from_secs(pause));
        let mut browser = ada.browser.anew();
        world.knows_the_password_of(&ada, &mut browser).await;
        let code = world.is_texted(&browser, &mobile, NUMBER).await;
        sent.push((browser, code));
    }

    assert_eq!(world.record(&ada).await.challenges.len(), 3);
    let (oldest, code) = &mut sent[0];
    assert_eq!(rejected(&world.enters_text_code(oldest, code).await), Some(CodeRejected::Over));
    let (second, code) = &mut sent[1];
    assert!(is_accepted(&world.enters_text_code(second, code).await));
}

/// Whoever lost a phone removes its number in time.
pub async fn a_code_that_was_texted_to_a_mobile_removed_meanwhile_is_worth_nothing(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut thief = Browser::new();
    world.knows_the_password_of(&ada, &mut thief).await;
    let code = world.is_texted(&thief, &mobile, NUMBER).await;
    world.rewrites(&ada.user, |record| record.mobiles.clear()).await;

    let verdict = world.enters_text_code(&mut thief, &code).await;

    assert_eq!(rejected(&verdict), Some(CodeRejected::Over));
    assert_eq!(ways_back(&world, &thief).await.sent, None);
}

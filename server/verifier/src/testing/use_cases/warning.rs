use std::time::Duration;

use super::{is_accepted, notices, rejected};
use crate::testing::world::ways_back::NUMBER;
use crate::testing::world::{at_once, fit};
use crate::testing::{Browser, Human, World};
use crate::{CodeRejected, EventKind, Judged, MessageKind, NoticeKind, Recipient, Session, Store};

/// How many mails told somebody that others know their password.
async fn warnings(world: &World) -> usize {
    let notices = notices(&world.messages().await);
    notices.iter().filter(|what| **what == NoticeKind::PasswordKnownToOthers).count()
}

async fn looks_for_stalled(world: &World) -> usize {
    world.verifier.warn_of_stalled_sign_ins().await.unwrap()
}

async fn warned(world: &World) -> usize {
    looks_for_stalled(world).await;
    warnings(world).await
}

/// Somebody who knows the password of `human`, and no more.
async fn a_stranger(world: &World, human: &Human) -> Browser {
    let mut browser = Browser::at("203.0.113.9");
    world.knows_the_password_of(human, &mut browser).await;
    browser
}

pub async fn a_sign_in_that_stops_at_the_code_for_three_minutes_is_told_to_its_user(world: World) {
    let bob = world.protected("bob@example.com").await;
    let ada = world.ada().await;
    let before = world.messages().await.len();
    let stranger = a_stranger(&world, &ada).await;
    world.clock.advance(Session::WARN_AFTER.checked_sub(Duration::from_millis(1)).unwrap());
    assert_eq!((looks_for_stalled(&world).await, warnings(&world).await), (0, 0));
    world.clock.advance(Duration::from_millis(1));

    assert_eq!((looks_for_stalled(&world).await, warnings(&world).await), (1, 1));

    let told = world.messages().await.split_off(before);
    let [message] = &told[..] else { panic!("{told:?}") };
    assert_eq!(message.to, Recipient::Mail(ada.email.clone()));
    let MessageKind::Notice { address, browser, .. } = &message.about else { panic!("{message:?}") };
    assert_eq!((*address, browser.clone()), (Some(stranger.address), Some(stranger.claimant().browser)));
    let session = world.session(&stranger).await.unwrap().id;
    assert!(world.events(&ada).await.contains(&EventKind::PasswordKnownToOthers { session }));
    assert!(world.events(&bob).await.iter().all(|event| !matches!(event, EventKind::PasswordKnownToOthers { .. })));
    assert_eq!((looks_for_stalled(&world).await, warnings(&world).await), (0, 1), "it is told twice");
    // It still is a sign-in like any other.
    let mut late = stranger;
    assert!(is_accepted(&world.enters_code(&mut late, &ada.code(world.now())).await));
}

pub async fn a_sign_in_that_goes_on_is_told_to_nobody(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut by_code = a_stranger(&world, &ada).await;
    assert!(is_accepted(&world.enters_code(&mut by_code, &ada.code(world.now())).await));
    world.comes_back_by_code(&ada, &mut Browser::new(), &ada.codes[0]).await;
    world.comes_back_by_text(&ada, &mut Browser::new(), &mobile, NUMBER).await;

    world.clock.advance(Session::WARN_AFTER);

    assert_eq!((looks_for_stalled(&world).await, warnings(&world).await), (0, 0));
    world.signs_out(&by_code).await;
    assert_eq!(warnings(&world).await, 0);
}

pub async fn a_sign_in_in_a_known_browser_or_to_the_wizard_is_told_to_nobody(world: World) {
    let ada = world.ada().await;
    let newcomer = world.newcomer("new@example.com").await;
    let mut known = ada.browser.anew();
    world.knows_the_password_of(&ada, &mut known).await;
    let mut enrolling = Browser::new();
    world.knows_the_password_of(&newcomer, &mut enrolling).await;
    world.clock.advance(Session::WARN_AFTER);

    assert_eq!((looks_for_stalled(&world).await, warnings(&world).await), (0, 0));
    for browser in [&known, &enrolling] {
        world.signs_out(browser).await;
    }
    world.knows_the_password_of(&ada, &mut known).await;
    for _ in 0..5 {
        let _ = world.enters_wrong_code(&mut known, &ada).await;
    }

    assert_eq!(warnings(&world).await, 0);
}

pub async fn a_sign_out_half_way_is_told(world: World) {
    let ada = world.ada().await;
    let stranger = a_stranger(&world, &ada).await;

    world.signs_out(&stranger).await;

    assert_eq!(warnings(&world).await, 1);
    world.clock.advance(Session::WARN_AFTER);
    assert_eq!((looks_for_stalled(&world).await, warnings(&world).await), (0, 1));
}

pub async fn five_wrong_codes_are_told(world: World) {
    let ada = world.ada().await;
    let mut stranger = a_stranger(&world, &ada).await;

    for _ in 0..4 {
        let _ = world.enters_wrong_code(&mut stranger, &ada).await;
        assert_eq!(warnings(&world).await, 0);
    }
    let fifth = world.enters_wrong_code(&mut stranger, &ada).await;

    assert!(matches!(fifth, Judged::SignInAgain), "{fifth:?}");
    assert_eq!(warnings(&world).await, 1);
}

pub async fn it_is_told_once_a_day_and_logged_each_time(world: World) {
    let ada = world.ada().await;
    let day = Duration::from_hours(24);
    a_stranger(&world, &ada).await;
    world.clock.advance(Session::WARN_AFTER);
    assert_eq!(warned(&world).await, 1);
    let told_at = world.now();

    for moment in [told_at.plus(Duration::from_hours(1)), told_at.plus(day).minus(Duration::from_millis(1))] {
        world.clock.set(moment.minus(Session::WARN_AFTER));
        a_stranger(&world, &ada).await;
        world.clock.set(moment);
        assert_eq!(warned(&world).await, 1);
    }
    a_stranger(&world, &ada).await;
    world.clock.advance(Session::WARN_AFTER);
    assert_eq!(warned(&world).await, 2);

    let told = |event: &&EventKind| matches!(event, EventKind::PasswordKnownToOthers { .. });
    assert_eq!(world.events(&ada).await.iter().filter(told).count(), 4);
}

/// Otherwise whoever knows the password starts over every two minutes, and nobody ever hears of it.
pub async fn signing_in_again_puts_nothing_off(world: World) {
    let ada = world.ada().await;
    let mut stranger = a_stranger(&world, &ada).await;
    let due = world.now().plus(Session::WARN_AFTER);

    for _ in 0..3 {
        world.clock.advance(Duration::from_secs(50));
        world.knows_the_password_of(&ada, &mut stranger).await;
    }

    world.clock.set(due.minus(Duration::from_millis(1)));
    assert_eq!(warned(&world).await, 0);
    world.clock.set(due);
    assert_eq!(warned(&world).await, 1);
}

pub async fn signing_in_as_somebody_else_hides_nothing(world: World) {
    let mallory = world.protected("mallory@example.com").await;
    let ada = world.ada().await;
    let mut browser = a_stranger(&world, &ada).await;

    browser.known.clone_from(&mallory.browser.known);
    world.knows_the_password_of(&mallory, &mut browser).await;
    assert!(is_accepted(&world.enters_code(&mut browser, &mallory.code(world.now())).await));

    world.clock.advance(Session::WARN_AFTER);
    assert_eq!(warned(&world).await, 1);
}

/// There is room for twenty sessions: whoever signs in once more pushes out their own first sign-in.
pub async fn signing_in_again_and_again_in_other_browsers_hides_nothing(world: World) {
    let ada = world.ada().await;
    for _ in 0..10 {
        for _ in 0..20 {
            a_stranger(&world, &ada).await;
        }
        world.clock.advance(Duration::from_mins(2));
        looks_for_stalled(&world).await;
    }

    assert_eq!(warnings(&world).await, 1);
}

/// A link of one's own ends the session this browser has: not unnoticed.
pub async fn following_a_link_of_ones_own_hides_nothing(world: World) {
    let mallory = world.protected("mallory@example.com").await;
    let (_, invitation) = world.invited("other@example.com").await;
    let ada = world.ada().await;
    let link = world.is_mailed_a_reset(&mallory).await;
    for reset in [true, false] {
        let before = warnings(&world).await;
        let stranger = a_stranger(&world, &ada).await;
        let (present, claimant) = (stranger.session.as_ref(), stranger.claimant());
        let password = fit("another horse, another battery");

        if reset {
            let _ = world.verifier.reset_password(&link, &password, present, &claimant).await.unwrap();
        } else {
            let _ = world.verifier.accept_invitation(&invitation, &password, present, &claimant).await.unwrap();
        }

        world.clock.advance(Session::WARN_AFTER);
        assert_eq!(warned(&world).await, before + 1, "by a reset: {reset}");
        world.clock.advance(Duration::from_hours(24));
    }
}

/// Its code was right: only the token it had before still looks as if it waited.
pub async fn a_stale_tab_that_signs_out_after_the_code_is_told_to_nobody(world: World) {
    let ada = world.ada().await;
    let mut browser = a_stranger(&world, &ada).await;
    let stale = browser.clone();
    assert!(is_accepted(&world.enters_code(&mut browser, &ada.code(world.now())).await));

    world.signs_out(&stale).await;

    assert_eq!(warnings(&world).await, 0);
    assert!(world.session(&browser).await.is_none());
}

pub async fn a_stale_tab_that_signs_in_after_the_code_is_told_to_nobody_and_ends_its_session(world: World) {
    let bob = world.protected("bob@example.com").await;
    let ada = world.ada().await;
    let mut browser = a_stranger(&world, &ada).await;
    let stale = browser.clone();
    assert!(is_accepted(&world.enters_code(&mut browser, &ada.code(world.now())).await));
    world.clock.advance(Duration::from_mins(2));

    let mut again = Browser { known: browser.known.clone(), ..stale.clone() };
    world.knows_the_password_of(&bob, &mut again).await;

    assert!(world.session(&browser).await.is_none(), "somebody else's session is left in this browser");
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(warned(&world).await, 0);
}

pub async fn a_code_that_follows_while_stalled_sign_ins_are_looked_for_is_told_to_nobody(world: World) {
    let ada = world.ada().await;
    // Looking for them, looking at one, and writing.
    for calls in 0..3 {
        world.clock.advance(Duration::from_hours(48));
        let mut browser = a_stranger(&world, &ada).await;
        world.clock.advance(Session::WARN_AFTER);
        let (elsewhere, human, before) = (world.elsewhere().await, ada.clone(), warnings(&world).await);
        world.store.meanwhile(calls, async move {
            let verdict = elsewhere.enters_code(&mut browser, &human.code(elsewhere.now())).await;
            assert!(is_accepted(&verdict), "{verdict:?}");
        });

        looks_for_stalled(&world).await;

        let told = warnings(&world).await - before;
        assert!(world.store.recovers());
        assert_eq!(told, 0, "before call {calls}");
    }
}

pub async fn thirty_who_look_for_one_stalled_sign_in_at_once_tell_it_once(world: World) {
    let ada = world.ada().await;
    a_stranger(&world, &ada).await;
    world.clock.advance(Session::WARN_AFTER);
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let _ = at_once(30, |number| {
        let world = processes[number % 3].clone();
        async move { world.verifier.warn_of_stalled_sign_ins().await }
    })
    .await;

    assert_eq!(warned(&world).await, 1);
    let told = |event: &&EventKind| matches!(event, EventKind::PasswordKnownToOthers { .. });
    assert_eq!(world.events(&ada).await.iter().filter(told).count(), 1);
}

/// Whoever is told needs to hear of it once, however the sign-ins of that day end.
pub async fn strangers_who_stop_in_every_way_on_one_day_are_told_once(world: World) {
    let ada = world.ada().await;
    let signed_out = a_stranger(&world, &ada).await;
    world.signs_out(&signed_out).await;
    let mut guessing = a_stranger(&world, &ada).await;
    for _ in 0..5 {
        let _ = world.enters_wrong_code(&mut guessing, &ada).await;
    }
    let mut waiting = a_stranger(&world, &ada).await;
    let refused = world.enters_code(&mut waiting, &ada.code(world.now())).await;
    assert!(matches!(rejected(&refused), Some(CodeRejected::Wait { .. })), "{refused:?}");
    world.clock.advance(Session::WARN_AFTER);

    assert_eq!(warned(&world).await, 1);
}

pub async fn a_sign_in_nobody_was_told_about_is_told_though_it_is_long_over(world: World) {
    let ada = world.ada().await;
    a_stranger(&world, &ada).await;
    world.clock.advance(Session::PENDING_LIFE * 3);
    world.store.sweep(world.now()).await.unwrap();

    assert_eq!(warned(&world).await, 1);
}

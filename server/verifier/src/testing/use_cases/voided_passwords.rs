//! A password that too many strangers know.

use std::time::Duration;

use super::{is_accepted, notices, rejected};
use crate::testing::world::ways_back::NUMBER;
use crate::testing::{Browser, Human, World};
use crate::{Allowance, CodeRejected, EventKind, Gate, NoticeKind, Refusal, SECOND_FACTOR, StoredPassword};

async fn is_wrong_as_a_stranger(world: &World, human: &Human, times: usize) {
    for _ in 0..times {
        let mut stranger = Browser::new();
        world.knows_the_password_of(human, &mut stranger).await;
        let verdict = world.enters_wrong_code(&mut stranger, human).await;
        assert!(matches!(rejected(&verdict), Some(CodeRejected::Wrong { .. })), "{verdict:?}");
        let budget = world.record(human).await.strangers;
        if let Allowance::Wait { until } = SECOND_FACTOR.judge(&budget, world.now()) {
            world.clock.set(until);
        }
    }
}

pub async fn fifty_wrong_codes_by_strangers_void_the_password_though_there_were_right_ones_between(world: World) {
    let ada = world.ada().await;
    let mut pending = Browser::new();
    for _ in 0..7 {
        is_wrong_as_a_stranger(&world, &ada, 7).await;
        world.signs_in(&ada, &mut Browser::new()).await;
    }
    world.knows_the_password_of(&ada, &mut pending).await;
    assert_eq!(world.record(&ada).await.password.unwrap().abuses, 49);
    let known = ada.browser.anew();

    is_wrong_as_a_stranger(&world, &ada, 1).await;

    assert!(world.record(&ada).await.password.unwrap().is_void());
    assert_eq!(world.passes(Gate::PendingCode, &pending).await, Err(Refusal::SignIn));
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()), "live sessions stay");
    for mut browser in [known, Browser::new()] {
        let answer = world.enters_password(&mut browser, &ada.email, &ada.password).await;
        assert!(matches!(answer, crate::SignIn::Rejected(crate::SignInRejected::WrongCredentials)), "{answer:?}");
    }
    let voided = |what: &&NoticeKind| **what == NoticeKind::PasswordVoided;
    assert_eq!(notices(&world.messages().await).iter().filter(voided).count(), 1);
    assert!(world.events(&ada).await.contains(&EventKind::PasswordVoided));

    let link = world.is_mailed_a_reset(&ada).await;
    let new = "another horse, another battery";
    assert!(matches!(world.resets(&link, new, &Browser::new()).await, crate::ResetVerdict::Set { .. }));
    assert_eq!(world.record(&ada).await.password.unwrap().abuses, 0);
    world.signs_in(&Human { password: new.into(), ..ada }, &mut Browser::new()).await;
}

/// Wrong recovery and text codes tell as much about who knows the password.
pub async fn wrong_ones_of_every_kind_by_strangers_count_against_the_password_and_those_in_known_browsers_do_not(
    world: World,
) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mallory = world.protected("mallory@example.com").await;
    for (mut browser, abuses) in [(ada.browser.anew(), 0), (Browser::new(), 3)] {
        world.clock.advance(Duration::from_mins(10));
        world.knows_the_password_of(&ada, &mut browser).await;
        let sent = world.is_texted(&browser, &mobile, NUMBER).await;
        let wrong = world.wrong_code(&ada);
        assert_ne!(sent, wrong);
        let _ = world.enters_code(&mut browser, &wrong).await;
        let _ = world.enters_recovery_code(&mut browser, &mallory.codes[0]).await;
        let _ = world.enters_text_code(&mut browser, &wrong).await;
        assert_eq!(world.record(&ada).await.password.unwrap().abuses, abuses);
    }
}

pub async fn a_recovery_goes_on_though_its_password_is_voided_meanwhile(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
    let void = |password: &mut StoredPassword| password.abuses = StoredPassword::MOST_ABUSES;
    world.rewrites(&ada.user, |record| record.password.as_mut().map_or((), void)).await;

    assert!(is_accepted(&world.keeps_authenticator(&mut browser, None).await));

    world.finishes_wizard(&browser).await;
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
}

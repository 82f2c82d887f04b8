//! What is sealed opens in its own record and field alone: whoever can write to the database moves nothing to where it
//! would serve them.

use super::is_bound;
use crate::testing::{Browser, World};
use crate::{Enrollment, ShownCodes, Unavailable};

pub async fn a_key_that_was_moved_to_another_users_record_opens_nothing(world: World) {
    let ada = world.ada().await;
    let mallory = world.protected("mallory@example.com").await;
    let moved = world.record(&mallory).await.binding.unwrap().secret;
    world.rewrites(&ada.user, |record| record.binding.as_mut().unwrap().secret = moved).await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;

    let proof = world.awaiting_code(&browser).await;
    let code = mallory.code(world.now());
    let verdict = world.verifier.verify_code(&proof, &code, &browser.claimant()).await;

    assert!(matches!(verdict, Err(Unavailable::Sealing)), "{verdict:?}");
    assert_eq!(world.record(&ada).await.strangers.wrong(), 0, "no try was spent");
}

pub async fn a_key_that_was_moved_to_where_recovery_codes_are_shown_is_not_shown(world: World) {
    let mut ada = world.newcomer("ada@example.com").await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let phone = world.scans_a_key(&browser).await;
    assert!(is_bound(&world.confirms(&mut browser, &phone.code(world.now())).await));
    ada.phone = Some(phone);
    let moved = world.record(&ada).await.binding.unwrap().secret;

    world
        .rewrites(&ada.user, |record| {
            let shown = record.shown_codes.take().unwrap();
            record.shown_codes = Some(ShownCodes { sealed: moved, ..shown });
        })
        .await;

    let proof = world.enrolling(&browser).await;
    assert!(matches!(world.record(&ada).await.enrollment, Some(Enrollment::SavingCodes { .. })));
    assert!(matches!(world.verifier.enrollment_step(&proof), Err(Unavailable::Sealing)));
}

pub async fn a_code_that_was_moved_to_another_users_challenge_is_no_answer(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let (mallory, own) = world.with_mobile("mallory@example.com", "+4917087654321").await;
    let (mut of_ada, mut of_mallory) = (Browser::new(), Browser::new());
    world.knows_the_password_of(&ada, &mut of_ada).await;
    let _ = world.asks_for_a_text(&of_ada, &mobile).await;
    world.knows_the_password_of(&mallory, &mut of_mallory).await;
    let code = world.is_texted(&of_mallory, &own, "+4917087654321").await;
    let moved = world.record(&mallory).await.challenges[0].code.clone();

    world.rewrites(&ada.user, |record| record.challenges[0].code = moved).await;

    let proof = world.awaiting_code(&of_ada).await;
    let verdict = world.verifier.use_text_code(&proof, &code, &of_ada.claimant()).await;
    assert!(matches!(verdict, Err(Unavailable::Sealing)), "{verdict:?}");
}

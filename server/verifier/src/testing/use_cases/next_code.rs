use std::time::Duration;

use super::{is_bound, rejected};
use crate::testing::{Browser, Human, Phone, World};
use crate::{CodeRejected, Drift, EnrollmentStep, EnrollmentVerdict, Gate, PendingBinding, Refusal};

/// Somebody whose phone is so many steps ahead has entered their first code.
async fn with_a_phone_that_is_off(world: &World, steps: i64) -> (Human, Browser, Phone) {
    let ada = world.newcomer("ada@example.com").await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let phone = world.scans_a_key(&browser).await;
    let verdict = world.confirms(&mut browser, &phone.code(world.steps_away(steps))).await;
    assert!(matches!(verdict, EnrollmentVerdict::Moved), "{verdict:?}");
    (ada, browser, phone)
}

pub async fn a_phone_that_is_a_step_off_is_asked_for_its_next_code_and_nothing_is_active_before(world: World) {
    for (steps, drift, email) in [(-1, Drift(-1), "slow@example.com"), (1, Drift(1), "fast@example.com")] {
        let human = world.newcomer(email).await;
        let mut browser = Browser::new();
        world.knows_the_password_of(&human, &mut browser).await;
        let phone = world.scans_a_key(&browser).await;

        let first = world.confirms(&mut browser, &phone.code(world.steps_away(steps))).await;

        assert!(matches!(first, EnrollmentVerdict::Moved), "{first:?}");
        let EnrollmentStep::NextCode { drift: shown, next_at, .. } = world.wizard(&browser).await else {
            panic!("the next code is not asked for")
        };
        assert_eq!((shown, next_at), (drift, world.now().plus(World::STEP)));
        assert_eq!(world.record(&human).await.binding, None);
        assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::Enroll));

        world.clock.set(next_at);
        let second = world.confirms(&mut browser, &phone.code(world.steps_away(steps))).await;
        assert!(is_bound(&second), "{second:?}");
        world.finishes_wizard(&browser).await;
        assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
    }
}

pub async fn the_same_code_again_is_not_the_next_one(world: World) {
    for steps in [-1, 1] {
        let world = World { ..world.clone() };
        let human = world.newcomer(&format!("off{steps}@example.com")).await;
        let mut browser = Browser::new();
        world.knows_the_password_of(&human, &mut browser).await;
        let phone = world.scans_a_key(&browser).await;
        let code = phone.code(world.steps_away(steps));
        let _ = world.confirms(&mut browser, &code).await;

        let again = world.confirms(&mut browser, &code).await;

        assert!(matches!(again, EnrollmentVerdict::SpentCode), "{again:?}");
        assert_eq!(world.record(&human).await.binding, None);
    }
}

pub async fn an_older_code_is_not_the_next_one(world: World) {
    let (ada, mut browser, phone) = with_a_phone_that_is_off(&world, 1).await;

    for steps in [-1, 0, 1] {
        let verdict = world.confirms(&mut browser, &phone.code(world.steps_away(steps))).await;
        assert!(matches!(verdict, EnrollmentVerdict::SpentCode), "{steps}: {verdict:?}");
    }

    assert_eq!(world.record(&ada).await.binding, None);
}

pub async fn a_wrong_next_code_changes_nothing(world: World) {
    let (mut ada, mut browser, phone) = with_a_phone_that_is_off(&world, -1).await;
    ada.phone = Some(phone.clone());
    let writes = world.store.writes();

    let verdict = world.confirms(&mut browser, &world.wrong_code(&ada)).await;

    assert!(matches!(verdict, EnrollmentVerdict::WrongCode { .. }), "{verdict:?}");
    assert_eq!(world.store.writes(), writes);
    assert!(is_bound(&world.confirms(&mut browser, &phone.code(world.now())).await));
}

pub async fn a_second_tab_and_a_double_click_ask_for_the_next_code_too(world: World) {
    let (_, browser, _) = with_a_phone_that_is_off(&world, -1).await;
    let tab = browser.clone();

    for verdict in [world.begins_wizard(&tab).await, world.asks_for_a_key(&tab).await] {
        assert!(matches!(verdict, EnrollmentVerdict::Moved), "{verdict:?}");
    }

    assert!(matches!(world.wizard(&tab).await, EnrollmentStep::NextCode { .. }));
}

pub async fn both_codes_are_spent_at_sign_in(world: World) {
    let (mut ada, mut browser, phone) = with_a_phone_that_is_off(&world, -1).await;
    ada.phone = Some(phone.clone());
    let codes = [phone.code(world.steps_away(-1)), phone.code(world.now())];
    assert!(is_bound(&world.confirms(&mut browser, &codes[1]).await));
    let mut stranger = Browser::new();
    world.knows_the_password_of(&ada, &mut stranger).await;

    for code in &codes {
        let verdict = world.enters_code(&mut stranger, code).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Spent));
    }
}

pub async fn who_waits_too_long_for_the_next_code_begins_with_a_new_key(world: World) {
    let (_, mut browser, phone) = with_a_phone_that_is_off(&world, -1).await;
    world.clock.advance(PendingBinding::LIFE);

    let late = world.confirms(&mut browser, &phone.code(world.now())).await;

    assert!(matches!(late, EnrollmentVerdict::Expired), "{late:?}");
    let _ = world.asks_for_a_key(&browser).await;
    let new = world.reads_the_key(&browser).await;
    assert_ne!(new, phone);
    assert!(is_bound(&world.confirms(&mut browser, &new.code(world.now())).await));
}

pub async fn another_session_does_not_finish_what_this_one_began(world: World) {
    let (ada, browser, phone) = with_a_phone_that_is_off(&world, -1).await;
    let mut stranger = Browser::new();
    world.knows_the_password_of(&ada, &mut stranger).await;

    let verdict = world.confirms(&mut stranger, &phone.code(world.now())).await;

    assert!(matches!(verdict, EnrollmentVerdict::OutOfOrder), "{verdict:?}");
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::NextCode { .. }));
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.record(&ada).await.binding, None);
}

use std::time::Duration;

use domain::{LocalPath, OneTimeCode, PhoneNumber, Role};

use super::{dies_at, is_bound, notices};
use crate::testing::world::at_once;
use crate::testing::world::ways_back::{NUMBER, germany, number};
use crate::testing::{Browser, Human, World};
use crate::{
    EnrollmentStep, EnrollmentVerdict, EventKind, Gate, NoticeKind, RECENT, Refusal, TextAim, TextChallenge,
    TextRefused,
};

fn profile() -> LocalPath {
    "/profile".parse().unwrap()
}

/// Somebody who has saved their codes in the wizard, and the browser in which they did.
async fn at_the_mobile(world: &World) -> (Human, Browser) {
    let mut ada = world.newcomer("ada@example.com").await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let phone = world.scans_a_key(&browser).await;
    assert!(is_bound(&world.confirms(&mut browser, &phone.code(world.now())).await));
    ada.phone = Some(phone);
    let proof = world.enrolling(&browser).await;
    assert!(moved(&world.verifier.save_codes(&proof, &browser.claimant()).await.unwrap()));
    (ada, browser)
}

async fn gives(world: &World, browser: &Browser, number: &PhoneNumber) -> EnrollmentVerdict {
    let proof = world.enrolling(browser).await;
    world.verifier.text_mobile(&proof, number, germany(), &browser.claimant()).await.unwrap()
}

async fn asks_again(world: &World, browser: &Browser) -> EnrollmentVerdict {
    let proof = world.enrolling(browser).await;
    world.verifier.text_mobile_again(&proof, &browser.claimant()).await.unwrap()
}

async fn confirms(world: &World, browser: &Browser, code: &OneTimeCode) -> EnrollmentVerdict {
    let proof = world.enrolling(browser).await;
    world.verifier.confirm_mobile(&proof, code, &browser.claimant()).await.unwrap()
}

/// A code that is not the one in the last text to `number`.
async fn not_the_code(world: &World, number: &str) -> OneTimeCode {
    let sent = world.texted_code(number).await;
    let codes = ["000000", "000001"].map(|code| code.parse::<OneTimeCode>().unwrap());
    codes.into_iter().find(|code| *code != sent).unwrap()
}

fn moved(verdict: &EnrollmentVerdict) -> bool {
    matches!(verdict, EnrollmentVerdict::Moved)
}

fn mine() -> PhoneNumber {
    NUMBER.parse().unwrap()
}

pub async fn a_mobile_is_a_way_back_once_its_code_was_entered(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::AddMobile));

    assert!(moved(&gives(&world, &browser, &mine()).await));

    let EnrollmentStep::ConfirmMobile { sent: Some(sent) } = world.wizard(&browser).await else { panic!("no text") };
    assert_eq!((sent.to.as_str(), sent.until), (NUMBER, world.now().plus(TextChallenge::LIFE)));
    assert!(world.record(&ada).await.mobiles.is_empty());
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::Enroll));
    let code = world.texted_code(NUMBER).await;
    assert!(moved(&confirms(&world, &browser, &code).await));

    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Done { codes: 10, mobiles: 1 }));
    let record = world.record(&ada).await;
    let [mobile] = &record.mobiles[..] else { panic!("{:?}", record.mobiles) };
    assert_eq!((mobile.number.as_str(), mobile.country, mobile.confirmed_at), (NUMBER, germany(), world.now()));
    assert!(record.challenges.is_empty());
    let events = world.events(&ada).await;
    assert!(events.contains(&EventKind::TextQueued { aim: TextAim::ConfirmMobile, number: "78".into() }));
    assert!(events.contains(&EventKind::MobileAdded { number: "78".into() }));
    assert!(notices(&world.messages().await).contains(&NoticeKind::MobileAdded { number: "78".into() }));
    let proof = world.enrolling(&browser).await;
    let finished = world.verifier.finish_enrollment(&proof).await.unwrap();
    assert!(matches!(finished, EnrollmentVerdict::Finished { .. }), "{finished:?}");
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
    world.clock.advance(Duration::from_secs(30));
    world.comes_back_by_text(&ada, &mut Browser::new(), &mobile.id, NUMBER).await;
}

/// It would prove nothing: whoever guesses wrong has only just shown their authenticator.
pub async fn a_wrong_confirmation_counts_on_its_text_alone_and_the_fifth_is_its_last(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    let _ = gives(&world, &browser, &mine()).await;
    let (right, wrong) = (world.texted_code(NUMBER).await, not_the_code(&world, NUMBER).await);

    for _ in 0..5 {
        let verdict = confirms(&world, &browser, &wrong).await;
        assert!(matches!(verdict, EnrollmentVerdict::WrongCode { clock_off: None }), "{verdict:?}");
    }

    let writes = world.store.writes();
    let sixth = confirms(&world, &browser, &right).await;
    assert!(matches!(sixth, EnrollmentVerdict::Expired), "{sixth:?}");
    assert_eq!(world.store.writes(), writes);
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::ConfirmMobile { sent: None }));
    let record = world.record(&ada).await;
    assert!(record.mobiles.is_empty() && record.strangers.is_clear());
    assert!(record.known_browsers.iter().all(|known| known.second_factors.is_clear()));
    let rejected = EventKind::TextCodeRejected { aim: TextAim::ConfirmMobile, in_a_row: 0 };
    assert_eq!(world.events(&ada).await.iter().filter(|event| **event == rejected).count(), 5);
}

/// Nobody pays for a text whose code can't be entered, and nobody guesses on and on.
pub async fn a_text_after_five_wrong_confirmations_can_be_answered_and_counts_as_a_new_number(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    for pause in [0, 30, 60] {
        world.clock.advance(Duration::from_secs(pause));
        let verdict =
            if pause == 0 { gives(&world, &browser, &mine()).await } else { asks_again(&world, &browser).await };
        assert!(moved(&verdict), "{verdict:?}");
        let wrong = not_the_code(&world, NUMBER).await;
        for _ in 0..5 {
            let verdict = confirms(&world, &browser, &wrong).await;
            assert!(matches!(verdict, EnrollmentVerdict::WrongCode { .. }), "{verdict:?}");
        }
    }
    world.clock.advance(Duration::from_mins(5));

    let fourth = asks_again(&world, &browser).await;

    assert!(matches!(fourth, EnrollmentVerdict::TextRefused(TextRefused::Wait { .. })), "{fourth:?}");
    assert_eq!(world.record(&ada).await.texts.new_numbers.len(), 3);
}

pub async fn a_confirmation_waits_ten_minutes_for_its_code(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    let _ = gives(&world, &browser, &mine()).await;
    let code = world.texted_code(NUMBER).await;
    let waits = async || matches!(world.wizard(&browser).await, EnrollmentStep::ConfirmMobile { sent: Some(_) });

    dies_at(&world, TextChallenge::LIFE, waits).await;

    let late = confirms(&world, &browser, &code).await;
    assert!(matches!(late, EnrollmentVerdict::Expired), "{late:?}");
    assert!(moved(&asks_again(&world, &browser).await));
    world.clock.advance(TextChallenge::LIFE.checked_sub(Duration::from_millis(1)).unwrap());
    assert!(moved(&confirms(&world, &browser, &world.texted_code(NUMBER).await).await));
    assert_eq!(world.record(&ada).await.mobiles.len(), 1);
}

pub async fn a_confirmation_sent_again_voids_the_code_before_and_keeps_its_tries(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    let _ = gives(&world, &browser, &mine()).await;
    let first = world.texted_code(NUMBER).await;
    let wrong = not_the_code(&world, NUMBER).await;
    for _ in 0..3 {
        let _ = confirms(&world, &browser, &wrong).await;
    }
    let early = asks_again(&world, &browser).await;
    let until = world.now().plus(Duration::from_secs(30));
    assert!(matches!(early, EnrollmentVerdict::TextRefused(TextRefused::Wait { until: at }) if at == until));
    world.clock.set(until);
    assert!(moved(&asks_again(&world, &browser).await));
    let second = world.texted_code(NUMBER).await;
    assert_ne!(first, second);

    for _ in 0..2 {
        let old = confirms(&world, &browser, &first).await;
        assert!(matches!(old, EnrollmentVerdict::WrongCode { .. }), "{old:?}");
    }

    let sixth = confirms(&world, &browser, &second).await;
    assert!(matches!(sixth, EnrollmentVerdict::Expired), "{sixth:?}");
    assert_eq!(world.record(&ada).await.texts.new_numbers.len(), 1, "the same number is new once");
}

pub async fn a_number_can_be_changed_and_the_first_one_is_not_confirmed_by_the_code_of_the_second(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    let other = number(2);
    let _ = gives(&world, &browser, &mine()).await;
    let of_the_first = world.texted_code(NUMBER).await;
    let proof = world.enrolling(&browser).await;
    assert!(moved(&world.verifier.change_number(&proof, &browser.claimant()).await.unwrap()));
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::AddMobile));
    let no_longer = confirms(&world, &browser, &of_the_first).await;
    assert!(matches!(no_longer, EnrollmentVerdict::OutOfOrder), "{no_longer:?}");
    world.clock.advance(Duration::from_secs(30));

    assert!(moved(&gives(&world, &browser, &other).await));
    let of_the_second = world.texted_code(other.as_str()).await;
    assert_ne!(of_the_first, of_the_second);
    let verdict = confirms(&world, &browser, &of_the_first).await;
    assert!(matches!(verdict, EnrollmentVerdict::WrongCode { .. }), "{verdict:?}");
    assert!(moved(&confirms(&world, &browser, &of_the_second).await));

    let numbers: Vec<_> = world.record(&ada).await.mobiles.into_iter().map(|mobile| mobile.number).collect();
    assert_eq!(numbers, [other]);
}

pub async fn a_mobile_can_be_left_out_before_and_after_its_text(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    let _ = gives(&world, &browser, &mine()).await;
    let (code, proof) = (world.texted_code(NUMBER).await, world.enrolling(&browser).await);

    assert!(moved(&world.verifier.skip_mobile(&proof, &browser.claimant()).await.unwrap()));

    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Done { codes: 10, mobiles: 0 }));
    let claimant = browser.claimant();
    let (writes, verifier) = (world.store.writes(), &world.verifier);
    let stale = [
        confirms(&world, &browser, &code).await,
        gives(&world, &browser, &mine()).await,
        asks_again(&world, &browser).await,
        verifier.skip_mobile(&proof, &claimant).await.unwrap(),
        verifier.change_number(&proof, &claimant).await.unwrap(),
        verifier.save_codes(&proof, &claimant).await.unwrap(),
    ];
    assert!(stale.iter().all(|verdict| matches!(verdict, EnrollmentVerdict::OutOfOrder)), "{stale:?}");
    assert_eq!(world.store.writes(), writes);
    assert!(world.record(&ada).await.mobiles.is_empty());
}

pub async fn a_number_that_is_known_and_a_sixth_one_get_no_text(world: World) {
    let ada = world.ada().await;
    for nth in 0..4 {
        world.has_mobile(&ada, number(nth).as_str()).await;
    }
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    let begun = world.verifier.begin_adding_mobile(&world.fresh(&browser).await, &profile()).await.unwrap();
    assert!(moved(&begun), "{begun:?}");
    let writes = world.store.writes();

    let known = gives(&world, &browser, &number(2)).await;
    assert!(matches!(known, EnrollmentVerdict::MobileKnown), "{known:?}");
    assert_eq!(world.store.writes(), writes);
    world.has_mobile(&ada, number(4).as_str()).await;
    let writes = world.store.writes();
    let sixth = gives(&world, &browser, &number(5)).await;

    assert!(matches!(sixth, EnrollmentVerdict::TooManyMobiles), "{sixth:?}");
    assert_eq!(world.store.writes(), writes);
    let proof = world.enrolling(&browser).await;
    let _ = world.verifier.skip_mobile(&proof, &browser.claimant()).await.unwrap();
    let _ = world.verifier.finish_enrollment(&proof).await.unwrap();
    let again = world.verifier.begin_adding_mobile(&world.fresh(&browser).await, &profile()).await.unwrap();
    assert!(matches!(again, EnrollmentVerdict::TooManyMobiles), "{again:?}");
}

/// Whoever confirms the sixth while the fifth is confirmed elsewhere has five.
pub async fn a_mobile_that_was_added_meanwhile_is_not_added_twice(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    let _ = gives(&world, &browser, &mine()).await;
    let code = world.texted_code(NUMBER).await;
    world.has_mobile(&ada, NUMBER).await;

    assert!(moved(&confirms(&world, &browser, &code).await));

    assert_eq!(world.record(&ada).await.mobiles.len(), 1);
}

pub async fn a_mobile_is_added_later_with_an_authenticator_code_of_the_last_ten_minutes(world: World) {
    let ada = world.ada().await;
    let mut other = Browser::new();
    world.signs_in(&ada, &mut other).await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    let proof = world.fresh(&browser).await;
    world.clock.advance(RECENT);
    let late = world.verifier.begin_adding_mobile(&proof, &profile()).await.unwrap();
    assert!(matches!(late, EnrollmentVerdict::StepUp), "{late:?}");
    world.clock.set(world.now().minus(Duration::from_millis(1)));

    assert!(moved(&world.verifier.begin_adding_mobile(&proof, &profile()).await.unwrap()));

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::Enroll));
    assert_eq!(world.passes(Gate::Fresh, &other).await, Ok(()));
    assert!(moved(&gives(&world, &browser, &mine()).await));
    assert!(moved(&confirms(&world, &browser, &world.texted_code(NUMBER).await).await));
    let finished = world.verifier.finish_enrollment(&world.enrolling(&browser).await).await.unwrap();
    assert!(matches!(finished, EnrollmentVerdict::Finished { next } if next == profile()));
    assert_eq!(world.sessions(&ada).await, 2);
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
}

pub async fn another_session_confirms_nothing_that_this_one_began(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    let _ = gives(&world, &browser, &mine()).await;
    let code = world.texted_code(NUMBER).await;
    let proof = world.enrolling(&browser).await;
    let mut other = Browser::new();
    world.signs_in(&ada, &mut other).await;

    // The other one has taken the wizard to its end: this one is out of it.
    let late = world.verifier.confirm_mobile(&proof, &code, &browser.claimant()).await.unwrap();

    assert!(matches!(late, EnrollmentVerdict::Over), "{late:?}");
    world.steps_up(&ada, &mut other).await;
    let _ = world.verifier.begin_adding_mobile(&world.fresh(&other).await, &profile()).await.unwrap();
    let theirs = confirms(&world, &other, &code).await;
    assert!(matches!(theirs, EnrollmentVerdict::OutOfOrder), "{theirs:?}");
    assert!(world.record(&ada).await.mobiles.is_empty());
}

pub async fn without_texts_the_wizard_has_no_mobile_step(world: World) {
    let mut ada = world.newcomer("ada@example.com").await;
    world.rewrites_account(&ada.account, |account| account.texts.on = false).await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let phone = world.scans_a_key(&browser).await;
    let _ = world.confirms(&mut browser, &phone.code(world.now())).await;
    ada.phone = Some(phone);
    let proof = world.enrolling(&browser).await;

    assert!(moved(&world.verifier.save_codes(&proof, &browser.claimant()).await.unwrap()));

    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Done { .. }));
    let _ = world.verifier.finish_enrollment(&proof).await.unwrap();
    world.steps_up(&ada, &mut browser).await;
    let refused = world.verifier.begin_adding_mobile(&world.fresh(&browser).await, &profile()).await.unwrap();
    assert!(matches!(refused, EnrollmentVerdict::TextRefused(TextRefused::Off)), "{refused:?}");
}

/// Nobody is asked for what would be refused.
pub async fn texts_that_are_turned_off_at_the_mobile_lead_to_the_end_of_the_wizard(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    world.rewrites_account(&ada.account, |account| account.texts.on = false).await;

    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Done { codes: 10, mobiles: 0 }));

    let refused = gives(&world, &browser, &mine()).await;
    assert!(matches!(refused, EnrollmentVerdict::TextRefused(TextRefused::Off)), "{refused:?}");
    let finished = world.verifier.finish_enrollment(&world.enrolling(&browser).await).await.unwrap();
    assert!(matches!(finished, EnrollmentVerdict::Finished { .. }), "{finished:?}");
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
}

/// What was sent can be entered; what can't be entered any more is not asked for.
pub async fn texts_that_are_turned_off_after_the_text_lead_on_once_its_code_is_over(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    let _ = gives(&world, &browser, &mine()).await;
    world.rewrites_account(&ada.account, |account| account.texts.on = false).await;
    let proof = world.enrolling(&browser).await;
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::ConfirmMobile { sent: Some(_) }));
    let early = world.verifier.finish_enrollment(&proof).await.unwrap();
    assert!(matches!(early, EnrollmentVerdict::OutOfOrder), "{early:?}");

    world.clock.advance(TextChallenge::LIFE);

    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Done { mobiles: 0, .. }));
    let finished = world.verifier.finish_enrollment(&proof).await.unwrap();
    assert!(matches!(finished, EnrollmentVerdict::Finished { .. }), "{finished:?}");
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
}

/// The account's own country is the one its first admin names; nobody else opens one.
pub async fn the_first_admin_names_the_country_and_nobody_else_does(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    let mut bob = world.joins(&ada, "bob@example.com", Role::Member).await;
    let mut bobs = Browser::new();
    world.knows_the_password_of(&bob, &mut bobs).await;
    let phone = world.scans_a_key(&bobs).await;
    let _ = world.confirms(&mut bobs, &phone.code(world.now())).await;
    bob.phone = Some(phone);
    let proof = world.enrolling(&bobs).await;
    let _ = world.verifier.save_codes(&proof, &bobs.claimant()).await.unwrap();

    let early = gives(&world, &bobs, &number(1)).await;
    assert!(matches!(early, EnrollmentVerdict::TextRefused(TextRefused::Country)), "{early:?}");
    assert!(moved(&gives(&world, &browser, &mine()).await));
    assert_eq!(world.account(&ada).await.texts.countries, [germany()].into());
    assert!(moved(&gives(&world, &bobs, &number(1)).await));
    world.clock.advance(Duration::from_mins(10));
    let (proof, claimant) = (world.enrolling(&browser).await, browser.claimant());
    let french = "+33612345678".parse().unwrap();
    let abroad = world.verifier.text_mobile(&proof, &french, "FR".parse().unwrap(), &claimant).await.unwrap();

    assert!(matches!(abroad, EnrollmentVerdict::TextRefused(TextRefused::Country)), "{abroad:?}");
    assert_eq!(world.account(&ada).await.texts.countries, [germany()].into());
}

pub async fn one_confirmation_thirty_times_at_once_adds_one_mobile(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    let _ = gives(&world, &browser, &mine()).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let (proof, code) = (world.enrolling(&browser).await, world.texted_code(NUMBER).await);

    let outcomes = at_once(30, |number| {
        let (world, proof, code) = (processes[number % 3].clone(), proof.clone(), code.clone());
        let claimant = browser.claimant();
        async move { world.verifier.confirm_mobile(&proof, &code, &claimant).await }
    })
    .await;

    assert_eq!(outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(moved)).count(), 1, "{outcomes:?}");
    assert_eq!(world.record(&ada).await.mobiles.len(), 1);
    let added = notices(&world.messages().await);
    assert_eq!(added.iter().filter(|what| matches!(what, NoticeKind::MobileAdded { .. })).count(), 1);
}

pub async fn fifty_wrong_confirmations_at_once_are_five(world: World) {
    let (ada, browser) = at_the_mobile(&world).await;
    let _ = gives(&world, &browser, &mine()).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let (proof, code) = (world.enrolling(&browser).await, not_the_code(&world, NUMBER).await);

    for _ in 0..3 {
        let _ = at_once(50, |number| {
            let (world, proof, code) = (processes[number % 3].clone(), proof.clone(), code.clone());
            let claimant = browser.claimant();
            async move { world.verifier.confirm_mobile(&proof, &code, &claimant).await }
        })
        .await;
    }

    assert_eq!(world.record(&ada).await.challenges[0].wrong, 5);
    let rejected = |event: &&EventKind| matches!(event, EventKind::TextCodeRejected { .. });
    assert_eq!(world.events(&ada).await.iter().filter(rejected).count(), 5);
}

pub async fn a_number_given_after_signing_out_gets_no_text(world: World) {
    let (_, browser) = at_the_mobile(&world).await;
    let proof = world.enrolling(&browser).await;
    world.signs_out(&browser).await;
    let writes = world.store.writes();

    let verdict = world.verifier.text_mobile(&proof, &mine(), germany(), &browser.claimant()).await.unwrap();

    assert!(matches!(verdict, EnrollmentVerdict::Over), "{verdict:?}");
    assert_eq!((world.store.writes(), world.texts_to(NUMBER).await), (writes, 0));
}

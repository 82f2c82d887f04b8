//! What is ours to answer for, on the ways back in and in what comes after the binding: the store, the randomness or the
//! hasher fails. No code is used up, no text and no link is counted, nobody is half-recovered.

use domain::LocalPath;

use super::{is_accepted, is_bound, rejected};
use crate::testing::world::fit;
use crate::testing::world::ways_back::{NUMBER, germany};
use crate::testing::{Browser, Human, Phone, World};
use crate::{
    CodeRejected, EnrollmentStep, EnrollmentVerdict, EventKind, Gate, Judged, NextFactor, Refusal, ResetVerdict,
    Session, ShownCodes, SignIn, SignInRejected, StoredPassword, TextVerdict,
};

const NEW: &str = "another horse, another battery";

fn profile() -> LocalPath {
    "/profile".parse().unwrap()
}

fn moved(verdict: &EnrollmentVerdict) -> bool {
    matches!(verdict, EnrollmentVerdict::Moved)
}

pub async fn a_recovery_by_code_gets_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let (proof, claimant) = (world.awaiting_code(&browser).await, browser.claimant());
    let code = &ada.codes[0];

    let verdict =
        world.gets_through_all_faults(async || world.verifier.use_recovery_code(&proof, code, &claimant).await).await;
    let Judged::Accepted(recovery) = verdict else { panic!("{verdict:?}") };
    browser.session = Some(recovery.token);
    let proof = world.recovering(&browser).await;
    let kept =
        world.gets_through_all_faults(async || world.verifier.keep_authenticator(&proof, None, &claimant).await).await;

    assert!(is_accepted(&kept), "{kept:?}");
    assert_eq!(world.record(&ada).await.codes.unwrap().left(), 10);
}

pub async fn a_recovery_by_text_gets_through_though_everything_failed_before(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let (proof, claimant, verifier) = (world.awaiting_code(&browser).await, browser.claimant(), &world.verifier);

    let sent =
        world.gets_through_all_faults(async || verifier.text_recovery_code(&proof, &mobile, &claimant).await).await;
    assert!(matches!(sent, TextVerdict::Sent(_)), "{sent:?}");
    assert_eq!((world.texts_to(NUMBER).await, world.account(&ada).await.texts.sent), (1, 1));
    let code = world.texted_code(NUMBER).await;
    let verdict = world.gets_through_all_faults(async || verifier.use_text_code(&proof, &code, &claimant).await).await;
    let Judged::Accepted(recovery) = verdict else { panic!("{verdict:?}") };
    browser.session = Some(recovery.token);
    let (proof, code) = (world.recovering(&browser).await, ada.code(world.now()));
    let kept =
        world.gets_through_all_faults(async || verifier.keep_authenticator(&proof, Some(&code), &claimant).await).await;

    assert!(is_accepted(&kept), "{kept:?}");
}

pub async fn wrong_ones_of_every_kind_are_counted_once_though_everything_failed_before(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mallory = world.protected("mallory@example.com").await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    assert_ne!(world.is_texted(&browser, &mobile, NUMBER).await, world.wrong_code(&ada));
    let (proof, claimant, verifier) = (world.awaiting_code(&browser).await, browser.claimant(), &world.verifier);
    let (code, wrong) = (&mallory.codes[0], world.wrong_code(&ada));

    let by_code =
        world.gets_through_all_faults(async || verifier.use_recovery_code(&proof, code, &claimant).await).await;
    let by_text = world.gets_through_all_faults(async || verifier.use_text_code(&proof, &wrong, &claimant).await).await;

    assert_eq!(rejected(&by_code), Some(CodeRejected::Wrong { left: 4, wait_until: None }));
    assert_eq!(rejected(&by_text), Some(CodeRejected::Wrong { left: 3, wait_until: None }));
    let record = world.record(&ada).await;
    assert_eq!((record.strangers.wrong(), record.password.unwrap().abuses), (2, 2));
}

pub async fn the_end_of_the_wizard_gets_through_though_everything_failed_before(world: World) {
    let ada = world.newcomer("ada@example.com").await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let phone = world.scans_a_key(&browser).await;
    assert!(is_bound(&world.confirms(&mut browser, &phone.code(world.now())).await));
    world.clock.advance(ShownCodes::LIFE);
    let (proof, claimant, verifier) = (world.enrolling(&browser).await, browser.claimant(), &world.verifier);
    let number = NUMBER.parse().unwrap();

    assert!(moved(&world.gets_through_all_faults(async || verifier.reissue_codes(&proof, &claimant).await).await));
    assert_eq!(world.record(&ada).await.codes.unwrap().set, 2);
    assert!(moved(&world.gets_through_all_faults(async || verifier.save_codes(&proof, &claimant).await).await));
    let text = async || verifier.text_mobile(&proof, &number, germany(), &claimant).await;
    assert!(moved(&world.gets_through_all_faults(text).await));
    assert!(moved(&world.gets_through_all_faults(async || verifier.change_number(&proof, &claimant).await).await));
    world.clock.advance(std::time::Duration::from_secs(30));
    assert!(moved(&world.gets_through_all_faults(text).await));
    world.clock.advance(std::time::Duration::from_mins(1));
    let proof = world.enrolling(&browser).await;
    assert!(moved(&world.gets_through_all_faults(async || verifier.text_mobile_again(&proof, &claimant).await).await));
    assert_eq!(world.texts_to(NUMBER).await, 3);
    let code = world.texted_code(NUMBER).await;
    let wrong = if code.digits() == b"000000" { "000001" } else { "000000" }.parse().unwrap();
    let refused =
        world.gets_through_all_faults(async || verifier.confirm_mobile(&proof, &wrong, &claimant).await).await;
    assert!(matches!(refused, EnrollmentVerdict::WrongCode { .. }), "{refused:?}");
    assert_eq!(world.record(&ada).await.challenges[0].wrong, 1);
    assert!(moved(
        &world.gets_through_all_faults(async || verifier.confirm_mobile(&proof, &code, &claimant).await).await
    ));
    let finished = world.gets_through_all_faults(async || verifier.finish_enrollment(&proof).await).await;

    assert!(matches!(finished, EnrollmentVerdict::Finished { .. }), "{finished:?}");
    assert_eq!(world.record(&ada).await.mobiles.len(), 1);
}

pub async fn a_mobile_is_left_out_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    let (fresh, claimant, verifier) = (world.fresh(&browser).await, browser.claimant(), &world.verifier);

    let begun = world.gets_through_all_faults(async || verifier.begin_adding_mobile(&fresh, &profile()).await).await;
    let proof = world.enrolling(&browser).await;
    let skipped = world.gets_through_all_faults(async || verifier.skip_mobile(&proof, &claimant).await).await;

    assert!(moved(&begun) && moved(&skipped), "{begun:?}, {skipped:?}");
}

pub async fn factors_are_replaced_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    world.clock.advance(World::STEP);
    let (fresh, claimant, verifier) = (world.fresh(&browser).await, browser.claimant(), &world.verifier);
    let code = ada.code(world.now());
    let renewed = world.gets_through_all_faults(async || verifier.renew(&fresh, &code, &claimant).await).await;
    let Judged::Accepted(upgrade) = renewed else { panic!("{renewed:?}") };
    browser.keeps(&upgrade);
    let fresh = world.fresh(&browser).await;

    let _ = world.gets_through_all_faults(async || verifier.begin_enrollment(&fresh, &claimant).await).await;
    let _ = world.gets_through_all_faults(async || verifier.issue_secret(&fresh, &claimant).await).await;
    let step = verifier.enrollment_step(&world.fresh(&browser).await).unwrap();
    let EnrollmentStep::Pair(pairing) = step else { panic!("no key") };
    let code = Phone::with_key(&pairing.key).code(world.now());
    let bound =
        world.gets_through_all_faults(async || verifier.confirm_authenticator(&fresh, &code, &claimant).await).await;
    let EnrollmentVerdict::Bound(upgrade) = bound else { panic!("{bound:?}") };
    browser.keeps(&upgrade);
    let fresh = world.fresh(&browser).await;
    let replaced =
        world.gets_through_all_faults(async || verifier.replace_codes(&fresh, &profile(), &claimant).await).await;

    assert!(moved(&replaced), "{replaced:?}");
    let events = world.events(&ada).await;
    assert_eq!(events.iter().filter(|event| **event == EventKind::AuthenticatorReplaced).count(), 1);
    assert_eq!(world.record(&ada).await.codes.unwrap().set, 2);
}

pub async fn a_reset_gets_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let claimant = Browser::new().claimant();
    world.gets_through_all_faults(async || world.verifier.request_reset(&ada.email, &claimant).await).await;
    let link = world.mailed_link(&ada.email).await;

    let present = ada.browser.session.as_ref();
    let verdict = world
        .gets_through_all_faults(async || world.verifier.reset_password(&link, &fit(NEW), present, &claimant).await)
        .await;

    assert!(matches!(verdict, ResetVerdict::Set { .. }), "{verdict:?}");
    assert_eq!(world.sessions(&ada).await, 0);
}

pub async fn the_wizard_is_opened_again_though_everything_failed_before(world: World) {
    let ada = world.newcomer("ada@example.com").await;
    world.clock.advance(StoredPassword::ENROLLS_FOR);
    let browser = Browser::new();

    let answer = world
        .gets_through_all_faults(async || {
            let claim = crate::testing::world::claim(&browser, &ada.email, &ada.password);
            world.verifier.sign_in(&claim, &browser.claimant()).await
        })
        .await;

    assert!(matches!(answer, SignIn::LinkMailed), "{answer:?}");
    assert_eq!(world.messages().await.len(), 1);
}

pub async fn a_stalled_sign_in_is_told_once_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    world.knows_the_password_of(&ada, &mut Browser::new()).await;
    world.clock.advance(Session::WARN_AFTER);
    let before = world.messages().await.len();

    world.gets_through_all_faults(async || world.verifier.warn_of_stalled_sign_ins().await).await;

    assert_eq!(world.messages().await.len(), before + 1);
}

pub async fn a_sign_out_half_way_is_told_once_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let mut stranger = Browser::new();
    world.knows_the_password_of(&ada, &mut stranger).await;
    let (token, before) = (stranger.session.clone().unwrap(), world.messages().await.len());

    world.gets_through_all_faults(async || world.verifier.sign_out(&token, &stranger.claimant()).await).await;

    assert_eq!(world.messages().await.len(), before + 1);
}

// What was done, and nobody heard of it.

/// The code is used and nobody saw what it was replaced by: the next one on the sheet lets in.
pub async fn who_never_heard_that_their_recovery_code_was_right_uses_the_next(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let (proof, claimant) = (world.awaiting_code(&browser).await, browser.claimant());
    let code = &ada.codes[0];

    world.loses_the_answer(async || world.verifier.use_recovery_code(&proof, code, &claimant).await).await;

    assert_eq!(world.passes(Gate::Recovering, &browser).await, Err(Refusal::VerifyMfa));
    let again = world.enters_recovery_code(&mut browser, code).await;
    assert!(matches!(again, Judged::AlreadyVerified), "{again:?}");
    let mut another = Browser::new();
    world.knows_the_password_of(&ada, &mut another).await;
    let again = world.enters_recovery_code(&mut another, code).await;
    assert!(matches!(rejected(&again), Some(CodeRejected::Wrong { .. })), "{again:?}");
    assert!(is_accepted(&world.enters_recovery_code(&mut another, &ada.codes[1]).await));
}

pub async fn who_never_heard_that_they_were_texted_has_the_code(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let (proof, claimant) = (world.awaiting_code(&browser).await, browser.claimant());

    world.loses_the_answer(async || world.verifier.text_recovery_code(&proof, &mobile, &claimant).await).await;

    assert!(world.verifier.ways_back(&world.awaiting_code(&browser).await).sent.is_some());
    let code = world.texted_code(NUMBER).await;
    assert!(is_accepted(&world.enters_text_code(&mut browser, &code).await));
}

pub async fn who_never_heard_that_their_texted_code_was_right_is_not_in_and_asks_again(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let code = world.is_texted(&browser, &mobile, NUMBER).await;
    let (proof, claimant) = (world.awaiting_code(&browser).await, browser.claimant());

    world.loses_the_answer(async || world.verifier.use_text_code(&proof, &code, &claimant).await).await;

    let again = world.enters_text_code(&mut browser, &code).await;
    assert!(matches!(again, Judged::AlreadyVerified), "{again:?}");
    world.clock.advance(std::time::Duration::from_secs(30));
    world.comes_back_by_text(&ada, &mut Browser::new(), &mobile, NUMBER).await;
}

pub async fn who_never_heard_that_they_keep_their_authenticator_signs_in_with_it(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
    let (proof, claimant) = (world.recovering(&browser).await, browser.claimant());

    world.loses_the_answer(async || world.verifier.keep_authenticator(&proof, None, &claimant).await).await;

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::Recover));
    world.signs_in(&ada, &mut Browser::new()).await;
}

/// The codes are saved, the number was texted, the mobile confirmed: a reload shows it.
pub async fn who_never_heard_how_far_the_wizard_is_sees_it_by_a_reload(world: World) {
    let ada = world.newcomer("ada@example.com").await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let phone = world.scans_a_key(&browser).await;
    assert!(is_bound(&world.confirms(&mut browser, &phone.code(world.now())).await));
    world.clock.advance(ShownCodes::LIFE);
    let (proof, claimant, verifier) = (world.enrolling(&browser).await, browser.claimant(), &world.verifier);
    let number = NUMBER.parse().unwrap();

    world.loses_the_answer(async || verifier.reissue_codes(&proof, &claimant).await).await;
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::SaveCodes { set: 2, .. }));
    world.loses_the_answer(async || verifier.save_codes(&proof, &claimant).await).await;
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::AddMobile));
    world.loses_the_answer(async || verifier.text_mobile(&proof, &number, germany(), &claimant).await).await;
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::ConfirmMobile { sent: Some(_) }));
    let code = world.texted_code(NUMBER).await;
    world.loses_the_answer(async || verifier.confirm_mobile(&proof, &code, &claimant).await).await;
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Done { mobiles: 1, .. }));
    world.loses_the_answer(async || verifier.finish_enrollment(&proof).await).await;

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
}

pub async fn who_never_heard_that_their_authenticator_was_replaced_signs_in_with_the_new_one(world: World) {
    let mut ada = world.ada().await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    let (fresh, claimant, verifier) = (world.fresh(&browser).await, browser.claimant(), &world.verifier);
    let _ = verifier.begin_enrollment(&fresh, &claimant).await.unwrap();
    let _ = verifier.issue_secret(&fresh, &claimant).await.unwrap();
    let step = verifier.enrollment_step(&world.fresh(&browser).await).unwrap();
    let EnrollmentStep::Pair(pairing) = step else { panic!("no key") };
    let new = Phone::with_key(&pairing.key);
    let code = new.code(world.now());

    world.loses_the_answer(async || verifier.confirm_authenticator(&fresh, &code, &claimant).await).await;

    let again = verifier.confirm_authenticator(&fresh, &code, &claimant).await.unwrap();
    assert!(matches!(again, EnrollmentVerdict::Over), "{again:?}");
    ada.phone = Some(new);
    world.signs_in(&ada, &mut Browser::new()).await;
}

pub async fn who_never_heard_that_their_codes_were_replaced_is_led_to_them(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    let (fresh, claimant) = (world.fresh(&browser).await, browser.claimant());

    world.loses_the_answer(async || world.verifier.replace_codes(&fresh, &profile(), &claimant).await).await;

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::Enroll));
    assert_eq!(world.reads_the_codes(&browser).await.len(), 10);
}

pub async fn who_never_heard_that_their_password_was_reset_has_the_new_one(world: World) {
    let ada = world.ada().await;
    let claimant = Browser::new().claimant();
    world.loses_the_answer(async || world.verifier.request_reset(&ada.email, &claimant).await).await;
    let link = world.mailed_link(&ada.email).await;
    let reset = async || world.verifier.reset_password(&link, &fit(NEW), None, &claimant).await;

    world.loses_the_answer(reset).await;

    assert!(matches!(reset().await.unwrap(), ResetVerdict::LinkDead));
    let old = world.enters_password(&mut Browser::new(), &ada.email, &ada.password).await;
    assert!(matches!(old, SignIn::Rejected(SignInRejected::WrongCredentials)), "{old:?}");
    let ada = Human { password: NEW.into(), ..ada };
    assert_eq!(world.knows_the_password_of(&ada, &mut Browser::new()).await, NextFactor::Code);
}

pub async fn a_warning_whose_answer_was_lost_is_not_sent_again(world: World) {
    let ada = world.ada().await;
    world.knows_the_password_of(&ada, &mut Browser::new()).await;
    world.clock.advance(Session::WARN_AFTER);

    world.loses_the_answer(async || world.verifier.warn_of_stalled_sign_ins().await).await;

    let sent = world.messages().await.len();
    assert_eq!(world.verifier.warn_of_stalled_sign_ins().await.unwrap(), 0);
    assert_eq!(world.messages().await.len(), sent);
}

/// A second round is part of every one of these use cases, too.
pub async fn whoever_loses_a_race_on_a_way_back_decides_again(world: World) {
    let (mut ada, mobile) = world.ada_with_mobile().await;
    let mut browser = Browser::new();
    let races = |world: &World| world.store.loses_a_race();
    let lost = |world: &World| assert!(world.store.recovers(), "there was no race to lose");

    world.knows_the_password_of(&ada, &mut browser).await;
    races(&world);
    let code = world.is_texted(&browser, &mobile, NUMBER).await;
    lost(&world);
    assert_eq!(world.texts_to(NUMBER).await, 1);
    races(&world);
    assert!(is_accepted(&world.enters_text_code(&mut browser, &code).await));
    lost(&world);
    races(&world);
    assert!(is_accepted(&world.keeps_authenticator(&mut browser, Some(&ada.code(world.now()))).await));
    lost(&world);

    world.knows_the_password_of(&ada, &mut browser).await;
    races(&world);
    assert!(is_accepted(&world.enters_recovery_code(&mut browser, &ada.codes[0]).await));
    lost(&world);
    world.binds_anew(&mut ada, &mut browser).await;
    let (proof, claimant, verifier) = (world.enrolling(&browser).await, browser.claimant(), &world.verifier);
    races(&world);
    assert!(moved(&verifier.save_codes(&proof, &claimant).await.unwrap()));
    lost(&world);
    races(&world);
    assert!(matches!(verifier.finish_enrollment(&proof).await.unwrap(), EnrollmentVerdict::Finished { .. }));
    lost(&world);

    let fresh = world.fresh(&browser).await;
    world.clock.advance(std::time::Duration::from_hours(24));
    world.steps_up(&ada, &mut browser).await;
    races(&world);
    let stale = verifier.replace_codes(&fresh, &profile(), &claimant).await.unwrap();
    assert!(matches!(stale, EnrollmentVerdict::Over), "{stale:?}");
    let fresh = world.fresh(&browser).await;
    assert!(moved(&verifier.replace_codes(&fresh, &profile(), &claimant).await.unwrap()));
    lost(&world);
    races(&world);
    world.asks_for_a_reset(&ada.email).await;
    lost(&world);
    let link = world.mailed_link(&ada.email).await;
    races(&world);
    assert!(matches!(world.resets(&link, NEW, &Browser::new()).await, ResetVerdict::Set { .. }));
    lost(&world);
    assert_eq!(world.record(&ada).await.codes.unwrap().set, 2);
}

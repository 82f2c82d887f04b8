use std::time::Duration;

use domain::{LocalPath, RecoveryCode};

use super::{dies_at, is_accepted, is_bound, notices, rejected};
use crate::testing::world::at_once;
use crate::testing::world::ways_back::{NUMBER, germany};
use crate::testing::{Browser, Human, World};
use crate::{
    CodeRejected, EnrollmentStep, EnrollmentVerdict, EventKind, Gate, NoticeKind, RECENT, Readiness, Refusal,
    ShownCodes, Store,
};

fn profile() -> LocalPath {
    "/profile".parse().unwrap()
}

/// Somebody who has just bound an authenticator, and the browser in which they did.
async fn at_the_codes(world: &World) -> (Human, Browser) {
    let mut ada = world.newcomer("ada@example.com").await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let phone = world.scans_a_key(&browser).await;
    assert!(is_bound(&world.confirms(&mut browser, &phone.code(world.now())).await));
    ada.phone = Some(phone);
    (ada, browser)
}

async fn saves(world: &World, browser: &Browser) -> EnrollmentVerdict {
    let proof = world.enrolling(browser).await;
    world.verifier.save_codes(&proof, &browser.claimant()).await.unwrap()
}

async fn asks_for_new_ones(world: &World, browser: &Browser) -> EnrollmentVerdict {
    let proof = world.enrolling(browser).await;
    world.verifier.reissue_codes(&proof, &browser.claimant()).await.unwrap()
}

async fn replaces(world: &World, browser: &Browser) -> EnrollmentVerdict {
    let proof = world.fresh(browser).await;
    world.verifier.replace_codes(&proof, &profile(), &browser.claimant()).await.unwrap()
}

fn moved(verdict: &EnrollmentVerdict) -> bool {
    matches!(verdict, EnrollmentVerdict::Moved)
}

fn out_of_order(verdict: &EnrollmentVerdict) -> bool {
    matches!(verdict, EnrollmentVerdict::OutOfOrder)
}

async fn all_are_wrong(world: &World, human: &Human, codes: &[RecoveryCode]) {
    for code in codes {
        let mut browser = Browser::new();
        world.knows_the_password_of(human, &mut browser).await;
        let verdict = world.enters_recovery_code(&mut browser, code).await;
        assert!(matches!(rejected(&verdict), Some(CodeRejected::Wrong { .. })), "{verdict:?}");
        world.rewrites(&human.user, |record| record.strangers = crate::Budget::cleared()).await;
    }
}

pub async fn ten_codes_are_shown_and_saved_before_any_other_door_opens(world: World) {
    let (ada, browser) = at_the_codes(&world).await;

    let EnrollmentStep::SaveCodes { set, codes, until } = world.wizard(&browser).await else { panic!("no codes") };
    assert_eq!((set, codes.len(), until), (1, 10, world.now().plus(ShownCodes::LIFE)));
    let mut different = codes.iter().map(RecoveryCode::grouped).collect::<Vec<_>>();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 10);
    for gate in [
        Gate::Profile,
        Gate::PendingCode,
        Gate::Recovering,
        Gate::Fresh,
        Gate::Recent,
        Gate::FreshAdmin,
        Gate::RecentAdmin,
    ] {
        assert_eq!(world.passes(gate, &browser).await, Err(Refusal::Enroll), "{gate:?}");
    }
    assert!(!Readiness::of(&world.record(&ada).await).codes_saved);

    assert!(moved(&saves(&world, &browser).await));

    assert!(Readiness::of(&world.record(&ada).await).codes_saved);
    assert_eq!(world.record(&ada).await.shown_codes, None);
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::AddMobile));
    assert!(world.events(&ada).await.contains(&EventKind::RecoveryCodesSaved { set: 1 }));
    world.comes_back_by_code(&ada, &mut Browser::new(), &codes[9]).await;
}

/// What is shown lies there sealed, and so does all else that lets somebody in.
pub async fn nothing_that_lets_somebody_in_lies_in_the_record_unsealed(world: World) {
    let (ada, mut browser) = at_the_codes(&world).await;
    let codes = world.reads_the_codes(&browser).await;
    let mobile = world.has_mobile(&ada, NUMBER).await;
    let mut texted = Browser::new();
    world.knows_the_password_of(&ada, &mut texted).await;
    let code = world.is_texted(&texted, &mobile, NUMBER).await;
    world.knows_the_password_of(&ada, &mut browser).await;

    let record = world.record(&ada).await;

    let forms = [format!("{record:?}"), serde_json::to_string(&record).unwrap()];
    let messages = world.store.waiting_messages(100).await.unwrap();
    let written = [format!("{messages:?}"), format!("{:?}", world.store.written()), forms[0].clone(), forms[1].clone()];
    for text in &written {
        assert!(!codes.iter().any(|code| text.contains(code.as_str()) || text.contains(&code.grouped())));
        assert!(!text.contains(&format!("\"{}\"", String::from_utf8_lossy(code.digits()))));
    }
    assert!(!forms[0].contains(NUMBER) && !forms[0].contains("$plain$"));
}

pub async fn codes_are_seen_for_fifteen_minutes_and_are_replaced_after_that(world: World) {
    let (ada, browser) = at_the_codes(&world).await;
    let old = world.reads_the_codes(&browser).await;
    let sees = async || matches!(world.wizard(&browser).await, EnrollmentStep::SaveCodes { .. });
    assert!(moved(&asks_for_new_ones(&world, &browser).await));
    assert_eq!(world.reads_the_codes(&browser).await, old, "a second tab voids what the first shows");

    dies_at(&world, ShownCodes::LIFE, sees).await;

    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::CodesHidden));
    let blind = saves(&world, &browser).await;
    assert!(matches!(blind, EnrollmentVerdict::Expired), "{blind:?}");
    assert!(moved(&asks_for_new_ones(&world, &browser).await));
    let EnrollmentStep::SaveCodes { set: 2, codes: new, .. } = world.wizard(&browser).await else { panic!("no set 2") };
    assert!(new.len() == 10 && !new.iter().any(|code| old.contains(code)));
    assert!(moved(&saves(&world, &browser).await));
    all_are_wrong(&world, &ada, &old).await;
    assert!(world.events(&ada).await.contains(&EventKind::RecoveryCodesIssued { set: 2 }));
    assert!(notices(&world.messages().await).contains(&NoticeKind::RecoveryCodesReplaced));
    world.comes_back_by_code(&ada, &mut Browser::new(), &new[0]).await;
}

pub async fn codes_from_the_future_are_not_shown(world: World) {
    world.clock.advance(Duration::from_mins(1));
    let (_, browser) = at_the_codes(&world).await;

    world.clock.set(world.now().minus(Duration::from_secs(1)));

    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::CodesHidden));
}

pub async fn a_step_of_saving_codes_that_is_skipped_or_repeated_changes_nothing(world: World) {
    let (_, browser) = at_the_codes(&world).await;
    let (proof, claimant, verifier) = (world.enrolling(&browser).await, browser.claimant(), &world.verifier);
    let (writes, hashes) = (world.store.writes(), world.hasher.asked());

    let skipped = [
        verifier.issue_secret(&proof, &claimant).await.unwrap(),
        verifier.skip_mobile(&proof, &claimant).await.unwrap(),
        verifier.change_number(&proof, &claimant).await.unwrap(),
        verifier.text_mobile(&proof, &NUMBER.parse().unwrap(), germany(), &claimant).await.unwrap(),
        verifier.text_mobile_again(&proof, &claimant).await.unwrap(),
        verifier.confirm_mobile(&proof, &"123456".parse().unwrap(), &claimant).await.unwrap(),
        verifier.finish_enrollment(&proof).await.unwrap(),
    ];
    assert!(skipped.iter().all(out_of_order), "{skipped:?}");
    assert!(moved(&verifier.begin_enrollment(&proof, &claimant).await.unwrap()));
    assert_eq!(world.store.writes(), writes);
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::SaveCodes { .. }));

    assert!(moved(&verifier.save_codes(&proof, &claimant).await.unwrap()));
    let writes = world.store.writes();
    assert!(out_of_order(&verifier.save_codes(&proof, &claimant).await.unwrap()));
    assert!(out_of_order(&asks_for_new_ones(&world, &browser).await));
    assert_eq!((world.store.writes(), world.hasher.asked()), (writes, hashes), "something was written or hashed");
}

pub async fn new_codes_are_shown_in_the_session_that_made_them_and_no_other(world: World) {
    let ada = world.ada().await;
    let mut other = Browser::new();
    world.signs_in(&ada, &mut other).await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;

    assert!(moved(&replaces(&world, &browser).await));

    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::Enroll));
    assert_eq!(world.reads_the_codes(&browser).await.len(), 10);
    assert_eq!(world.passes(Gate::Fresh, &other).await, Ok(()), "another session is led there too");
    let proof = world.fresh(&other).await;
    let seen = world.verifier.enrollment_step(&proof).unwrap();
    assert!(matches!(seen, EnrollmentStep::Introduction { elsewhere: false }));
}

/// Whoever closes the wizard before they said that the codes are saved is led there again.
pub async fn a_wizard_left_at_the_codes_leads_the_next_sign_in_to_new_ones(world: World) {
    let (ada, browser) = at_the_codes(&world).await;
    let old = world.reads_the_codes(&browser).await;
    let mut later = Browser { next: "/admin/audit".parse().ok(), ..Browser::new() };

    world.signs_in(&ada, &mut later).await;

    for gate in [Gate::Fresh, Gate::Recent, Gate::FreshAdmin] {
        assert_eq!(world.passes(gate, &later).await, Err(Refusal::Enroll), "{gate:?}");
    }
    assert!(matches!(world.wizard(&later).await, EnrollmentStep::CodesHidden));
    assert!(moved(&asks_for_new_ones(&world, &later).await));
    assert_eq!(world.finishes_wizard(&later).await.as_str(), "/admin/audit");
    assert_eq!(world.passes(Gate::Fresh, &later).await, Ok(()));
    all_are_wrong(&world, &ada, &old).await;
}

pub async fn a_wizard_left_after_the_codes_is_over_at_the_next_sign_in(world: World) {
    let (ada, browser) = at_the_codes(&world).await;
    assert!(moved(&saves(&world, &browser).await));
    let mut later = Browser::new();

    world.signs_in(&ada, &mut later).await;

    assert_eq!(world.passes(Gate::Fresh, &later).await, Ok(()));
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
}

pub async fn a_wizard_that_is_not_finished_asks_for_the_code_when_it_is_due_and_goes_on(world: World) {
    let (ada, mut browser) = at_the_codes(&world).await;
    world.rewrites_account(&ada.account, |account| account.mfa_window = domain::MfaWindow::CHOICES[0]).await;

    world.clock.advance(Duration::from_hours(1));
    assert_eq!(world.passes(Gate::Enrolling, &browser).await, Err(Refusal::VerifyMfa));
    let verdict = world.enters_code(&mut browser, &ada.code(world.now())).await;

    let crate::CodeVerdict::Accepted(upgrade) = verdict else { panic!("{verdict:?}") };
    assert_eq!(upgrade.next.as_str(), "/mfa/setup");
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::CodesHidden));
}

pub async fn replacing_the_codes_voids_the_old_ones_and_comes_back(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;

    assert!(moved(&replaces(&world, &browser).await));

    let new = world.reads_the_codes(&browser).await;
    assert_eq!(world.finishes_wizard(&browser).await, profile());
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
    assert!(world.events(&ada).await.contains(&EventKind::RecoveryCodesIssued { set: 2 }));
    assert!(notices(&world.messages().await).contains(&NoticeKind::RecoveryCodesReplaced));
    all_are_wrong(&world, &ada, &ada.codes).await;
    world.comes_back_by_code(&ada, &mut Browser::new(), &new[5]).await;
}

pub async fn replacing_the_codes_asks_for_an_authenticator_code_of_the_last_ten_minutes(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    let (proof, claimant) = (world.fresh(&browser).await, browser.claimant());
    world.clock.advance(RECENT);
    let writes = world.store.writes();

    let late = world.verifier.replace_codes(&proof, &profile(), &claimant).await.unwrap();

    assert!(matches!(late, EnrollmentVerdict::StepUp), "{late:?}");
    assert_eq!(world.store.writes(), writes);
    world.clock.set(world.now().minus(Duration::from_millis(1)));
    assert!(moved(&world.verifier.replace_codes(&proof, &profile(), &claimant).await.unwrap()));
    // A stale tab.
    let again = world.verifier.replace_codes(&proof, &profile(), &claimant).await.unwrap();
    assert!(matches!(again, EnrollmentVerdict::Over), "{again:?}");
    assert_eq!(world.record(&ada).await.codes.unwrap().set, 2);
}

/// After a recovery code "I still have it" is believed, and opens nothing that asks for an authenticator.
pub async fn who_came_back_by_a_code_replaces_no_codes_without_the_authenticator(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
    assert!(is_accepted(&world.keeps_authenticator(&mut browser, None).await));
    world.finishes_wizard(&browser).await;

    let verdict = replaces(&world, &browser).await;

    assert!(matches!(verdict, EnrollmentVerdict::StepUp), "{verdict:?}");
}

pub async fn codes_replaced_ten_times_at_once_in_two_sessions_end_as_one_set_that_one_session_sees(world: World) {
    let ada = world.ada().await;
    let (mut first, mut second) = (ada.browser.clone(), Browser::new());
    world.signs_in(&ada, &mut second).await;
    world.steps_up(&ada, &mut first).await;
    let elsewhere = world.elsewhere().await;
    let proofs = [world.fresh(&first).await, world.fresh(&second).await];

    let _ = at_once(10, |number| {
        let (world, proof) = ([&world, &elsewhere][number % 2].clone(), proofs[number % 2].clone());
        async move { world.verifier.replace_codes(&proof, &profile(), &Browser::new().claimant()).await }
    })
    .await;

    let issued = world.events(&ada).await;
    let issued = issued.iter().filter(|event| matches!(event, EventKind::RecoveryCodesIssued { .. })).count();
    let record = world.record(&ada).await;
    let codes = record.codes.unwrap();
    assert_eq!((usize::try_from(codes.set).unwrap(), codes.left()), (issued, 10));
    let mut seen = Vec::new();
    for browser in [&first, &second] {
        if world.passes(Gate::Enrolling, browser).await.is_ok() {
            seen.extend(world.reads_the_codes(browser).await);
        }
    }
    assert_eq!(seen.len(), 10);
    world.comes_back_by_code(&ada, &mut Browser::new(), &seen[0]).await;
}

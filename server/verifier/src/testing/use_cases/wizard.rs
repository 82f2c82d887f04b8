use std::time::Duration;

use super::{is_bound, mfa_at, notices, rejected};
use crate::testing::world::at_once;
use crate::testing::{Browser, Human, Phone, World};
use crate::{
    CodeRejected, EnrollmentStep, EnrollmentVerdict, EventKind, Gate, MfaState, NextFactor, NoticeKind, PendingBinding,
    Recipient, Refusal, Session, summarise,
};

/// A newcomer and the browser in which they entered their password.
async fn a_newcomer(world: &World) -> (Human, Browser) {
    let ada = world.newcomer("ada@example.com").await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    (ada, browser)
}

fn moved(verdict: &EnrollmentVerdict) -> bool {
    matches!(verdict, EnrollmentVerdict::Moved)
}

fn out_of_order(verdict: &EnrollmentVerdict) -> bool {
    matches!(verdict, EnrollmentVerdict::OutOfOrder)
}

pub async fn the_wizard_leads_from_the_introduction_to_a_protected_user(world: World) {
    let (ada, mut browser) = a_newcomer(&world).await;
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Introduction { elsewhere: false }));

    assert!(moved(&world.begins_wizard(&browser).await));
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::InstallApp));
    assert!(moved(&world.asks_for_a_key(&browser).await));
    let phone = world.reads_the_key(&browser).await;
    assert_eq!(summarise(&world.record(&ada).await).mfa, MfaState::NotEnabled);
    let verdict = world.confirms(&mut browser, &phone.code(world.now())).await;

    assert!(is_bound(&verdict), "{verdict:?}");
    world.finishes_wizard(&browser).await;
    assert_eq!(world.passes(Gate::RecentAdmin, &browser).await, Ok(()));
    assert_eq!(mfa_at(&world, &browser).await, Some(world.now()));
    let record = world.record(&ada).await;
    assert_eq!((record.enrollment.as_ref(), summarise(&record).mfa), (None, MfaState::Protected));
    assert!(record.known_browser(browser.cookie().as_ref(), world.now()).is_some());
}

pub async fn the_key_in_the_qr_code_is_the_one_shown_as_text(world: World) {
    let (ada, browser) = a_newcomer(&world).await;
    world.scans_a_key(&browser).await;

    let EnrollmentStep::Pair(pairing) = world.wizard(&browser).await else { panic!("no key is shown") };

    assert_eq!(pairing.key.len(), 32);
    assert!(pairing.otpauth.starts_with("otpauth://totp/Analytical%20Engines:ada%40example.com?"));
    assert!(pairing.otpauth.contains(&format!("secret={}&", *pairing.key)));
    assert_eq!(pairing.expires_at, world.now().plus(PendingBinding::LIFE));
    assert!(!format!("{:?}", world.record(&ada).await).contains(&*pairing.key), "the key lies there unsealed");
}

pub async fn a_step_that_is_skipped_changes_nothing(world: World) {
    let (ada, mut browser) = a_newcomer(&world).await;
    let code = Phone::with_key("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").code(world.now());

    assert!(out_of_order(&world.asks_for_a_key(&browser).await));
    assert!(out_of_order(&world.confirms(&mut browser, &code).await));
    assert_eq!(world.record(&ada).await.enrollment, None);
    let _ = world.begins_wizard(&browser).await;
    let writes = world.store.writes();
    assert!(out_of_order(&world.confirms(&mut browser, &code).await));

    assert_eq!(world.store.writes(), writes);
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::InstallApp));
}

pub async fn a_second_tab_and_a_reload_show_the_same_key(world: World) {
    let (_, browser) = a_newcomer(&world).await;
    let phone = world.scans_a_key(&browser).await;
    let tab = browser.clone();

    assert!(moved(&world.begins_wizard(&tab).await));
    assert!(moved(&world.asks_for_a_key(&tab).await));

    assert_eq!(world.reads_the_key(&tab).await, phone);
    assert_eq!(world.reads_the_key(&browser).await, phone);
}

pub async fn a_wrong_code_changes_nothing(world: World) {
    let (mut ada, mut browser) = a_newcomer(&world).await;
    let phone = world.scans_a_key(&browser).await;
    ada.phone = Some(phone.clone());
    let writes = world.store.writes();

    for _ in 0..12 {
        let verdict = world.confirms(&mut browser, &world.wrong_code(&ada)).await;
        assert!(matches!(verdict, EnrollmentVerdict::WrongCode { .. }), "{verdict:?}");
    }

    assert_eq!(world.store.writes(), writes);
    assert_eq!(world.reads_the_key(&browser).await, phone);
    assert!(is_bound(&world.confirms(&mut browser, &phone.code(world.now())).await));
}

/// Who knows only the password must not be able to copy the secret silently.
pub async fn a_key_is_never_shown_to_another_session(world: World) {
    let (ada, browser) = a_newcomer(&world).await;
    let phone = world.scans_a_key(&browser).await;
    let mut stranger = Browser::new();

    world.knows_the_password_of(&ada, &mut stranger).await;

    assert!(matches!(world.wizard(&stranger).await, EnrollmentStep::Introduction { elsewhere: true }));
    assert!(out_of_order(&world.asks_for_a_key(&stranger).await));
    assert!(out_of_order(&world.confirms(&mut stranger, &phone.code(world.now())).await));
    assert_eq!(world.reads_the_key(&browser).await, phone);
}

pub async fn another_session_that_begins_gets_a_key_of_its_own_and_voids_the_first(world: World) {
    let (ada, mut browser) = a_newcomer(&world).await;
    let first = world.scans_a_key(&browser).await;
    let mut other = Browser::new();
    world.knows_the_password_of(&ada, &mut other).await;

    let second = world.scans_a_key(&other).await;

    assert_ne!(second, first);
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Introduction { elsewhere: true }));
    for phone in [&first, &second] {
        assert!(out_of_order(&world.confirms(&mut browser, &phone.code(world.now())).await));
    }
    let old = world.confirms(&mut other, &first.code(world.now())).await;
    assert!(matches!(old, EnrollmentVerdict::WrongCode { .. }), "{old:?}");
    assert!(world.events(&ada).await.contains(&EventKind::EnrollmentBegun { took_over: true }));
    assert!(is_bound(&world.confirms(&mut other, &second.code(world.now())).await));
}

pub async fn a_key_waits_fifteen_minutes_and_is_then_replaced(world: World) {
    let (_, mut browser) = a_newcomer(&world).await;
    let old = world.scans_a_key(&browser).await;
    world.clock.advance(PendingBinding::LIFE.checked_sub(Duration::from_millis(1)).unwrap());
    assert_eq!(world.reads_the_key(&browser).await, old);
    world.clock.advance(Duration::from_millis(1));

    let late = world.confirms(&mut browser, &old.code(world.now())).await;

    assert!(matches!(late, EnrollmentVerdict::Expired), "{late:?}");
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Expired));
    assert!(moved(&world.asks_for_a_key(&browser).await));
    let new = world.reads_the_key(&browser).await;
    assert_ne!(new, old);
    let of_the_old = world.confirms(&mut browser, &old.code(world.now())).await;
    assert!(matches!(of_the_old, EnrollmentVerdict::WrongCode { .. }), "{of_the_old:?}");
    assert!(is_bound(&world.confirms(&mut browser, &new.code(world.now())).await));
}

pub async fn a_key_from_the_future_is_replaced(world: World) {
    let (_, mut browser) = a_newcomer(&world).await;
    world.clock.advance(Duration::from_mins(1));
    let old = world.scans_a_key(&browser).await;

    world.clock.set(World::BEGINNING);

    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Expired));
    let verdict = world.confirms(&mut browser, &old.code(world.now())).await;
    assert!(matches!(verdict, EnrollmentVerdict::Expired), "{verdict:?}");
}

pub async fn a_wizard_that_is_left_leaves_nothing_active(world: World) {
    let (ada, browser) = a_newcomer(&world).await;
    let phone = world.scans_a_key(&browser).await;

    world.clock.advance(Session::ENROLLING_LIFE);

    assert_eq!(world.passes(Gate::Enrolling, &browser).await, Err(Refusal::SignIn));
    assert_eq!(world.record(&ada).await.binding, None);
    let mut later = Browser::new();
    assert_eq!(world.knows_the_password_of(&ada, &mut later).await, NextFactor::Enrollment);
    let again = world.scans_a_key(&later).await;
    assert_ne!(again, phone);
    assert!(is_bound(&world.confirms(&mut later, &again.code(world.now())).await));
}

pub async fn the_code_that_enrolled_is_refused_at_sign_in(world: World) {
    let mut ada = world.newcomer("ada@example.com").await;
    world.enrolls(&mut ada).await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;

    for steps in [-1, 0] {
        let verdict = world.enters_code(&mut browser, &ada.code(world.steps_away(steps))).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Spent), "{steps} steps away");
    }
}

pub async fn enrolling_ends_every_other_session_of_the_user_and_nobody_elses(world: World) {
    let bob = world.protected("bob@example.com").await;
    let (ada, mut browser) = a_newcomer(&world).await;
    let mut others = [Browser::new(), Browser::new()];
    for other in &mut others {
        world.knows_the_password_of(&ada, other).await;
    }
    let phone = world.scans_a_key(&browser).await;

    assert!(is_bound(&world.confirms(&mut browser, &phone.code(world.now())).await));

    assert_eq!(world.sessions(&ada).await, 1);
    for other in &others {
        for gate in [Gate::Enrolling, Gate::PendingCode, Gate::Fresh] {
            assert_eq!(world.passes(gate, other).await, Err(Refusal::SignIn));
        }
    }
    world.finishes_wizard(&browser).await;
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
    assert_eq!(world.passes(Gate::Fresh, &bob.browser).await, Ok(()));
}

pub async fn enrolling_is_told_in_the_log_and_by_mail(world: World) {
    let (ada, mut browser) = a_newcomer(&world).await;
    let phone = world.scans_a_key(&browser).await;
    assert!(world.messages().await.is_empty());

    let _ = world.confirms(&mut browser, &phone.code(world.now())).await;

    let messages = world.messages().await;
    let to = Recipient::Mail(ada.email.clone());
    assert!(matches!(&messages[..], [message] if message.to == to), "{messages:?}");
    assert_eq!(notices(&messages), [NoticeKind::AuthenticatorBound]);
    let events = world.events(&ada).await;
    assert!(events.contains(&EventKind::EnrollmentBegun { took_over: false }));
    assert!(events.contains(&EventKind::AuthenticatorBound));
}

pub async fn where_a_newcomer_wants_to_go_is_kept_through_the_wizard(world: World) {
    let ada = world.newcomer("ada@example.com").await;
    let mut browser = Browser { next: "/admin/audit".parse().ok(), ..Browser::new() };
    world.knows_the_password_of(&ada, &mut browser).await;
    let phone = world.scans_a_key(&browser).await;

    let verdict = world.confirms(&mut browser, &phone.code(world.now())).await;

    assert!(matches!(verdict, EnrollmentVerdict::Bound(upgrade) if upgrade.next.as_str() == "/mfa/setup"));
    assert_eq!(world.finishes_wizard(&browser).await.as_str(), "/admin/audit");
}

/// A page of the wizard that was open before is of no use once there is an authenticator.
pub async fn who_has_an_authenticator_gets_no_second_one_by_a_stale_page(world: World) {
    let (ada, mut browser) = a_newcomer(&world).await;
    let phone = world.scans_a_key(&browser).await;
    let mut tab = browser.clone();
    let proof = world.enrolling(&tab).await;
    let _ = world.confirms(&mut browser, &phone.code(world.now())).await;
    let (bound, writes) = (world.record(&ada).await, world.store.writes());

    let (verifier, claimant, code) = (&world.verifier, tab.claimant(), phone.code(world.now().plus(World::STEP)));
    let stale = [
        verifier.begin_enrollment(&proof, &claimant).await.unwrap(),
        verifier.issue_secret(&proof, &claimant).await.unwrap(),
        verifier.confirm_authenticator(&proof, &code, &claimant).await.unwrap(),
    ];

    assert!(stale.iter().all(|verdict| matches!(verdict, EnrollmentVerdict::Over)), "{stale:?}");
    assert_eq!((world.record(&ada).await, world.store.writes()), (bound, writes));
    let verdict = world.enters_code(&mut tab, &code).await;
    assert!(matches!(verdict, crate::CodeVerdict::AlreadyVerified), "{verdict:?}");
    assert_eq!(world.passes(Gate::Enrolling, &tab).await, Err(Refusal::VerifyMfa));
    assert_eq!(world.passes(Gate::Fresh, &tab).await, Err(Refusal::VerifyMfa));
}

pub async fn the_code_of_a_new_authenticator_thirty_times_at_once_binds_once(world: World) {
    let (ada, browser) = a_newcomer(&world).await;
    let phone = world.scans_a_key(&browser).await;
    let proof = world.enrolling(&browser).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let world = processes[number % 3].clone();
        let (proof, code, claimant) = (proof.clone(), phone.code(world.now()), browser.claimant());
        async move { world.verifier.confirm_authenticator(&proof, &code, &claimant).await }
    })
    .await;

    assert_eq!(outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(is_bound)).count(), 1, "{outcomes:?}");
    assert_eq!(world.events(&ada).await.iter().filter(|event| **event == EventKind::AuthenticatorBound).count(), 1);
    assert_eq!((world.sessions(&ada).await, world.messages().await.len()), (1, 1));
}

pub async fn two_sessions_that_set_up_at_once_end_with_one_key(world: World) {
    let (ada, first) = a_newcomer(&world).await;
    let mut second = Browser::new();
    world.knows_the_password_of(&ada, &mut second).await;
    let processes = [(world.clone(), first.clone()), (world.elsewhere().await, second.clone())];

    for _ in 0..10 {
        let _ = at_once(10, |number| {
            let (world, browser) = processes[number % 2].clone();
            async move {
                let proof = world.enrolling(&browser).await;
                let _ = world.verifier.begin_enrollment(&proof, &browser.claimant()).await;
                let _ = world.verifier.issue_secret(&proof, &browser.claimant()).await;
            }
        })
        .await;
        let mut shown = 0;
        for browser in [&first, &second] {
            shown += usize::from(matches!(world.wizard(browser).await, EnrollmentStep::Pair(_)));
        }
        assert!(shown <= 1, "two sessions are shown a key");
    }
}

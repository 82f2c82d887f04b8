use std::time::Duration;

use domain::MfaWindow;

use super::{dies_at, is_accepted, is_bound, mfa_at, notices, rejected, writes_of};
use crate::testing::world::ways_back::NUMBER;
use crate::testing::{Browser, Human, World};
use crate::{
    CodeRejected, EnrollmentStep, EnrollmentVerdict, EventKind, Gate, Judged, MfaState, NoticeKind, Recipient,
    RecoveryMeans, RecoveryState, Refusal, Session, ShownCodes, TextChallenge, TextVerdict, WaysBack, summarise,
};

/// Every door but the public ones.
const DOORS: [Gate; 8] = [
    Gate::Enrolling,
    Gate::Profile,
    Gate::PendingCode,
    Gate::Recovering,
    Gate::Fresh,
    Gate::Recent,
    Gate::FreshAdmin,
    Gate::RecentAdmin,
];

/// Ada's browser, in which the code is due again.
pub(super) async fn with_an_elapsed_session(world: &World, ada: &Human) -> Browser {
    world.rewrites_account(&ada.account, |account| account.mfa_window = MfaWindow::CHOICES[0]).await;
    world.clock.advance(Duration::from_hours(1));
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::VerifyMfa));
    ada.browser.clone()
}

async fn recovery(world: &World, browser: &Browser) -> RecoveryState {
    world.verifier.recovery_state(&world.recovering(browser).await).unwrap()
}

pub(super) async fn ways_back(world: &World, browser: &Browser) -> WaysBack {
    world.verifier.ways_back(&world.awaiting_code(browser).await)
}

async fn reaches_only_the_recovery(world: &World, browser: &Browser) {
    for gate in DOORS {
        let open = matches!(gate, Gate::Enrolling | Gate::Recovering);
        let expected = if open { Ok(()) } else { Err(Refusal::Recover) };
        assert_eq!(world.passes(gate, browser).await, expected, "{gate:?}");
    }
    assert_eq!(mfa_at(world, browser).await, None);
}

pub async fn a_recovery_code_leads_to_the_recovery_and_through_no_other_door(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let tab = browser.clone();
    assert!(ways_back(&world, &browser).await.codes);

    assert!(is_accepted(&world.enters_recovery_code(&mut browser, &ada.codes[3]).await));

    reaches_only_the_recovery(&world, &browser).await;
    let RecoveryState { by, codes_left, replacement, until } = recovery(&world, &browser).await;
    assert_eq!((by, codes_left), (RecoveryMeans::Code, 10));
    assert!(replacement.is_some_and(|code| !ada.codes.contains(&code)));
    assert_eq!(until, world.now().plus(Session::ENROLLING_LIFE));
    let session = world.session(&browser).await.unwrap().id;
    assert!(world.events(&ada).await.contains(&EventKind::RecoveryCodeAccepted { session, left: 9 }));
    assert!(notices(&world.messages().await).contains(&NoticeKind::RecoveryCodeUsed { left: 9 }));
    world.clock.advance(Session::GRACE);
    assert_eq!(world.passes(Gate::PendingCode, &tab).await, Err(Refusal::SignIn));
}

pub async fn a_text_leads_to_the_recovery_and_through_no_other_door(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let masked = "+49 ••• ••• ••• 78".to_owned();
    assert_eq!(ways_back(&world, &browser).await.mobiles, [(mobile.clone(), masked.clone())]);

    let code = world.is_texted(&browser, &mobile, NUMBER).await;
    let sent = ways_back(&world, &browser).await.sent.unwrap();
    assert_eq!((sent.to, sent.until), (masked, world.now().plus(TextChallenge::LIFE)));
    assert_eq!(sent.again_at, world.now().plus(Duration::from_secs(30)));
    assert!(is_accepted(&world.enters_text_code(&mut browser, &code).await));

    reaches_only_the_recovery(&world, &browser).await;
    let state = recovery(&world, &browser).await;
    assert_eq!((state.by, state.codes_left, state.replacement), (RecoveryMeans::Text, 10, None));
    let queued = EventKind::TextQueued { aim: crate::TextAim::Recover, number: "78".into() };
    assert!(world.events(&ada).await.contains(&queued));
}

pub async fn a_recovery_has_to_be_finished_within_an_hour(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
    let proof = world.recovering(&browser).await;

    dies_at(&world, Session::ENROLLING_LIFE, async || world.passes(Gate::Recovering, &browser).await.is_ok()).await;

    let late = world.verifier.keep_authenticator(&proof, None, &browser.claimant()).await.unwrap();
    assert!(matches!(late, Judged::SignInAgain), "{late:?}");
    assert_eq!(world.passes(Gate::Enrolling, &browser).await, Err(Refusal::SignIn));
}

pub async fn whoever_binds_another_authenticator_ends_the_recovery_and_the_old_one(world: World) {
    let mut ada = world.ada().await;
    let old = ada.clone();
    let mut browser = Browser { next: "/admin/audit".parse().ok(), ..Browser::new() };
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
    let replacement = recovery(&world, &browser).await.replacement.unwrap();

    world.binds_anew(&mut ada, &mut browser).await;

    assert_eq!(mfa_at(&world, &browser).await, Some(world.now()));
    assert_eq!(world.reads_the_codes(&browser).await, std::slice::from_ref(&replacement));
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::Enroll));
    let proof = world.enrolling(&browser).await;
    let _ = world.verifier.save_codes(&proof, &browser.claimant()).await.unwrap();
    let _ = world.verifier.skip_mobile(&proof, &browser.claimant()).await.unwrap();
    let finished = world.verifier.finish_enrollment(&proof).await.unwrap();
    assert!(matches!(finished, EnrollmentVerdict::Finished { next } if next.as_str() == "/admin/audit"));
    assert_eq!(world.passes(Gate::RecentAdmin, &browser).await, Ok(()));
    let events = world.events(&ada).await;
    assert!(events.contains(&EventKind::Recovered { by: RecoveryMeans::Code, bound_anew: true }));
    assert!(events.contains(&EventKind::AuthenticatorReplaced));
    assert!(notices(&world.messages().await).contains(&NoticeKind::AuthenticatorReplaced));

    world.clock.advance(World::STEP);
    let mut another = Browser::new();
    world.knows_the_password_of(&ada, &mut another).await;
    let of_the_old = world.enters_code(&mut another, &old.code(world.now())).await;
    assert!(matches!(rejected(&of_the_old), Some(CodeRejected::Wrong { .. })), "{of_the_old:?}");
    assert!(is_accepted(&world.enters_code(&mut another, &ada.code(world.now())).await));
    world.comes_back_by_code(&ada, &mut Browser::new(), &replacement).await;
}

pub async fn who_still_has_it_keeps_it_and_is_believed_after_a_recovery_code(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;

    assert!(is_accepted(&world.keeps_authenticator(&mut browser, None).await));

    assert_eq!(mfa_at(&world, &browser).await, Some(world.now()));
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::SaveCodes { codes, .. } if codes.len() == 1));
    world.finishes_wizard(&browser).await;
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
    // No authenticator was shown: what asks for one still does.
    assert_eq!(world.passes(Gate::Recent, &browser).await, Err(Refusal::StepUp));
    let kept = EventKind::Recovered { by: RecoveryMeans::Code, bound_anew: false };
    assert!(world.events(&ada).await.contains(&kept));
    world.signs_in(&ada, &mut Browser::new()).await;
}

/// A SIM swap must not become an everyday second factor.
pub async fn who_came_back_by_a_text_keeps_the_authenticator_only_with_its_code(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = Browser::new();
    world.comes_back_by_text(&ada, &mut browser, &mobile, NUMBER).await;
    let writes = world.store.writes();

    let without = world.keeps_authenticator(&mut browser, None).await;
    assert_eq!(rejected(&without), Some(CodeRejected::Recover));
    assert_eq!(world.store.writes(), writes);
    let wrong = world.keeps_authenticator(&mut browser, Some(&world.wrong_code(&ada))).await;
    assert_eq!(rejected(&wrong), Some(CodeRejected::Wrong { left: 4, wait_until: None }));
    assert_eq!(world.record(&ada).await.strangers.wrong(), 1);
    assert!(world.events(&ada).await.contains(&EventKind::CodeRejected { spent: false, in_a_row: 1 }));
    reaches_only_the_recovery(&world, &browser).await;
    let right = world.keeps_authenticator(&mut browser, Some(&ada.code(world.now()))).await;

    assert!(is_accepted(&right), "{right:?}");
    assert_eq!(world.passes(Gate::Recent, &browser).await, Ok(()));
    assert!(world.record(&ada).await.strangers.is_clear());
}

pub async fn a_recovery_ends_every_other_session_and_forgets_every_other_browser(world: World) {
    let bob = world.protected("bob@example.com").await;
    for keeps in [true, false] {
        let mut ada = world.protected(&format!("ada{keeps}@example.com")).await;
        let (mut at_home, mut pending) = (Browser::new(), Browser::new());
        world.signs_in(&ada, &mut at_home).await;
        world.knows_the_password_of(&ada, &mut pending).await;
        let mut browser = at_home.anew();
        world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
        assert_eq!(world.passes(Gate::Fresh, &at_home).await, Ok(()), "nothing ends before it is finished");

        if keeps {
            assert!(is_accepted(&world.keeps_authenticator(&mut browser, None).await));
        } else {
            world.binds_anew(&mut ada, &mut browser).await;
        }

        assert_eq!(world.sessions(&ada).await, 1);
        for ended in [&ada.browser, &at_home, &pending] {
            assert_eq!(world.passes(Gate::Fresh, ended).await, Err(Refusal::SignIn));
        }
        let known: Vec<_> = world.record(&ada).await.known_browsers.into_iter().map(|known| known.cookie).collect();
        assert_eq!(known, [at_home.cookie().unwrap()]);
    }
    assert_eq!(world.passes(Gate::Fresh, &bob.browser).await, Ok(()));
}

/// Whoever found the sheet and not the way on leaves everything as it was, but for one code.
pub async fn a_recovery_that_is_not_finished_ends_no_session_and_forgets_no_browser(world: World) {
    let ada = world.ada().await;
    let before = world.record(&ada).await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
    world.clock.advance(Session::ENROLLING_LIFE);

    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
    let after = world.record(&ada).await;
    assert_eq!((after.known_browsers, after.binding), (before.known_browsers, before.binding));
    world.signs_in(&ada, &mut Browser::new()).await;
}

pub async fn a_recovery_code_works_once_and_its_replacement_takes_its_place(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
    let replacement = recovery(&world, &browser).await.replacement.unwrap();
    let mut another = Browser::new();
    world.knows_the_password_of(&ada, &mut another).await;

    let again = world.enters_recovery_code(&mut another, &ada.codes[0]).await;

    assert_eq!(rejected(&again), Some(CodeRejected::Wrong { left: 4, wait_until: None }));
    assert!(world.events(&ada).await.contains(&EventKind::RecoveryCodeRejected { in_a_row: 1 }));
    assert!(is_accepted(&world.enters_recovery_code(&mut another, &replacement).await));
    for code in &ada.codes[1..] {
        world.comes_back_by_code(&ada, &mut Browser::new(), code).await;
    }
}

pub async fn who_has_no_recovery_code_left_is_offered_none(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    assert!(ways_back(&world, &browser).await.codes);

    world.rewrites(&ada.user, |record| record.codes.as_mut().unwrap().unused.clear()).await;
    assert!(!ways_back(&world, &browser).await.codes);
    world.rewrites(&ada.user, |record| record.codes = None).await;
    assert!(!ways_back(&world, &browser).await.codes);
}

pub async fn a_recovery_code_of_another_user_is_wrong(world: World) {
    let mallory = world.protected("mallory@example.com").await;
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;

    let verdict = world.enters_recovery_code(&mut browser, &mallory.codes[0]).await;

    assert!(matches!(rejected(&verdict), Some(CodeRejected::Wrong { .. })), "{verdict:?}");
    assert_eq!(world.record(&mallory).await.codes.unwrap().left(), 10);
    world.comes_back_by_code(&mallory, &mut Browser::new(), &mallory.codes[0]).await;
}

/// Nobody learns by the answer, by the work, or by what is written whether there are codes.
pub async fn a_wrong_recovery_code_costs_one_hash_also_for_who_has_none(world: World) {
    let mallory = world.protected("mallory@example.com").await;
    let (with, without) = (world.ada().await, world.protected("none@example.com").await);
    world.rewrites(&without.user, |record| record.codes = None).await;
    for human in [with, without] {
        let mut browser = Browser::new();
        world.knows_the_password_of(&human, &mut browser).await;
        let (written, asked) = (world.store.written().len(), world.hasher.asked());

        let verdict = world.enters_recovery_code(&mut browser, &mallory.codes[0]).await;

        assert_eq!(rejected(&verdict), Some(CodeRejected::Wrong { left: 4, wait_until: None }));
        assert_eq!(world.hasher.asked() - asked, 1);
        let commits = world.store.written().split_off(written);
        let [commit] = &commits[..] else { panic!("{commits:?}") };
        assert_eq!(writes_of(commit), "1 credentials, 1 sessions, 1 events");
    }
}

pub async fn wrong_codes_of_every_kind_share_one_budget(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mallory = world.protected("mallory@example.com").await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let texted = world.is_texted(&browser, &mobile, NUMBER).await;
    let wrong = world.wrong_code(&ada);
    assert_ne!(wrong, texted);

    for left in [4, 2] {
        let verdict = world.enters_text_code(&mut browser, &wrong).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Wrong { left, wait_until: None }));
        let verdict = world.enters_recovery_code(&mut browser, &mallory.codes[0]).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Wrong { left: left - 1, wait_until: None }));
    }
    let fifth = world.enters_wrong_code(&mut browser, &ada).await;
    assert!(matches!(fifth, Judged::SignInAgain), "{fifth:?}");

    let until = world.now().plus(Duration::from_secs(30));
    world.knows_the_password_of(&ada, &mut browser).await;
    let writes = world.store.writes();
    let refused = [
        rejected(&world.enters_code(&mut browser, &ada.code(world.now())).await),
        rejected(&world.enters_recovery_code(&mut browser, &ada.codes[0]).await),
        rejected(&world.enters_text_code(&mut browser, &texted).await),
    ];
    assert_eq!(refused, [Some(CodeRejected::Wait { until }); 3]);
    let text = world.asks_for_a_text(&browser, &mobile).await;
    assert_eq!(text, TextVerdict::Closed(CodeRejected::Wait { until }));
    assert_eq!(world.store.writes(), writes);
    world.clock.set(until);
    assert!(is_accepted(&world.enters_recovery_code(&mut browser, &ada.codes[0]).await));
    assert!(world.record(&ada).await.strangers.is_clear());
}

pub async fn the_strangers_lock_stops_recovery_by_strangers_and_in_no_known_browser(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut stranger = Browser::new();
    world.knows_the_password_of(&ada, &mut stranger).await;
    let texted = world.is_texted(&stranger, &mobile, NUMBER).await;
    world.is_locked_out(&ada).await;
    let writes = world.store.writes();

    let refused = [
        rejected(&world.enters_recovery_code(&mut stranger, &ada.codes[0]).await),
        rejected(&world.enters_text_code(&mut stranger, &texted).await),
    ];
    assert_eq!(refused, [Some(CodeRejected::Locked); 2]);
    let text = world.asks_for_a_text(&stranger, &mobile).await;
    assert_eq!(text, TextVerdict::Closed(CodeRejected::Locked));
    assert_eq!(world.store.writes(), writes);

    let mut known = ada.browser.anew();
    world.comes_back_by_code(&ada, &mut known, &ada.codes[0]).await;
    assert!(is_accepted(&world.keeps_authenticator(&mut known, None).await));
    assert_eq!(summarise(&world.record(&ada).await).mfa, MfaState::LockedOut, "a success clears its own budget only");
}

/// Saying so is no try: nothing is judged that a lock or a wait could stop.
pub async fn who_came_back_by_a_code_keeps_the_authenticator_though_strangers_are_locked_out(world: World) {
    for (wrong, email) in [(5, "waits@example.com"), (10, "locked@example.com")] {
        let human = world.protected(email).await;
        let mut browser = Browser::new();
        world.comes_back_by_code(&human, &mut browser, &human.codes[0]).await;
        let now = world.now();
        let strangers = (0..wrong).fold(crate::Budget::default(), |budget, _| budget.after_wrong(now));
        world.rewrites(&human.user, |record| record.strangers = strangers).await;

        let with_a_code = world.keeps_authenticator(&mut browser, Some(&human.code(world.now()))).await;
        assert!(matches!(rejected(&with_a_code), Some(CodeRejected::Wait { .. } | CodeRejected::Locked)));
        let kept = world.keeps_authenticator(&mut browser, None).await;

        assert!(is_accepted(&kept), "after {wrong} wrong ones: {kept:?}");
        assert_eq!(world.record(&human).await.strangers, strangers);
    }
}

pub async fn an_unlocked_user_needs_a_recovery_wherever_they_are_not_known(world: World) {
    let ada = world.ada().await;
    world.is_locked_out(&ada).await;
    world.is_unlocked(&ada).await;
    assert_eq!(summarise(&world.record(&ada).await).mfa, MfaState::RecoveryPending);
    let mut stranger = Browser::new();
    world.knows_the_password_of(&ada, &mut stranger).await;
    let writes = world.store.writes();

    for code in [ada.code(world.now()), world.wrong_code(&ada)] {
        let verdict = world.enters_code(&mut stranger, &code).await;
        assert_eq!(rejected(&verdict), Some(CodeRejected::Recover));
    }
    assert_eq!(world.store.writes(), writes, "something was judged");
    world.signs_in(&ada, &mut ada.browser.anew()).await;
    assert_eq!(summarise(&world.record(&ada).await).mfa, MfaState::RecoveryPending, "known browsers end nothing");

    assert!(is_accepted(&world.enters_recovery_code(&mut stranger, &ada.codes[0]).await));
    assert_eq!(summarise(&world.record(&ada).await).mfa, MfaState::RecoveryPending, "it is not finished");
    assert!(is_accepted(&world.keeps_authenticator(&mut stranger, None).await));
    assert_eq!(summarise(&world.record(&ada).await).mfa, MfaState::Protected);
    world.signs_in(&ada, &mut Browser::new()).await;
}

pub async fn an_unlocked_user_who_leaves_a_recovery_unfinished_still_needs_one(world: World) {
    let ada = world.ada().await;
    world.is_unlocked(&ada).await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
    world.signs_out(&browser).await;
    let mut another = Browser::new();
    world.knows_the_password_of(&ada, &mut another).await;

    let verdict = world.enters_code(&mut another, &ada.code(world.now())).await;

    assert_eq!(rejected(&verdict), Some(CodeRejected::Recover));
}

pub async fn an_unlocked_user_comes_back_by_a_text_too(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    world.is_unlocked(&ada).await;
    let mut browser = Browser::new();
    world.comes_back_by_text(&ada, &mut browser, &mobile, NUMBER).await;

    let kept = world.keeps_authenticator(&mut browser, Some(&ada.code(world.now()))).await;

    assert!(is_accepted(&kept), "{kept:?}");
    assert_eq!(world.record(&ada).await.unlocked_at, None);
}

pub async fn for_a_day_after_a_text_recovery_the_codes_stay_as_they_are(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = Browser::new();
    world.comes_back_by_text(&ada, &mut browser, &mobile, NUMBER).await;
    let until = world.now().plus(Duration::from_hours(24));
    assert!(is_accepted(&world.keeps_authenticator(&mut browser, Some(&ada.code(world.now()))).await));
    let codes = world.record(&ada).await.codes;
    let back_to = "/profile".parse().unwrap();

    for moment in [world.now().plus(World::STEP), until.minus(Duration::from_millis(1))] {
        world.clock.set(moment.minus(World::STEP));
        world.steps_up(&ada, &mut browser).await;
        let proof = world.fresh(&browser).await;
        let verdict = world.verifier.replace_codes(&proof, &back_to, &browser.claimant()).await.unwrap();
        assert!(matches!(verdict, EnrollmentVerdict::Held { until: at } if at == until), "{verdict:?}");
    }
    assert_eq!(world.record(&ada).await.codes, codes);
    world.clock.set(until);
    let proof = world.fresh(&browser).await;
    let verdict = world.verifier.replace_codes(&proof, &back_to, &browser.claimant()).await.unwrap();
    assert!(matches!(verdict, EnrollmentVerdict::Moved), "{verdict:?}");
}

/// Whoever stopped before they said that their codes are saved may have them in a drawer nevertheless.
pub async fn for_a_day_after_a_text_recovery_the_wizard_replaces_no_codes_either(world: World) {
    let (mut ada, mobile) = world.ada_with_mobile().await;
    world.rewrites(&ada.user, |record| record.codes.as_mut().unwrap().saved = false).await;
    let mut thief = Browser::new();
    world.comes_back_by_text(&ada, &mut thief, &mobile, NUMBER).await;
    world.binds_anew(&mut ada, &mut thief).await;

    if world.passes(Gate::Enrolling, &thief).await.is_ok() {
        let proof = world.enrolling(&thief).await;
        let _ = world.verifier.reissue_codes(&proof, &thief.claimant()).await.unwrap();
    }

    assert_eq!(world.record(&ada).await.codes.unwrap().set, 1);
    world.comes_back_by_code(&ada, &mut Browser::new(), &ada.codes[0]).await;
    // Once the day is over the wizard makes up for it.
    world.clock.advance(Duration::from_hours(24));
    let mut browser = Browser::new();
    world.signs_in(&ada, &mut browser).await;
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::CodesHidden));
}

/// What a used code was replaced by can be seen for a quarter of an hour. Whoever misses that, and can't have new codes
/// for the day, must not be stuck.
pub async fn a_wizard_whose_codes_are_held_leads_on(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = Browser::new();
    world.comes_back_by_text(&ada, &mut browser, &mobile, NUMBER).await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
    assert!(is_accepted(&world.keeps_authenticator(&mut browser, None).await));
    let codes = world.record(&ada).await.codes;
    world.clock.advance(ShownCodes::LIFE);
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::CodesHidden));

    let proof = world.enrolling(&browser).await;
    let verdict = world.verifier.reissue_codes(&proof, &browser.claimant()).await.unwrap();

    assert!(matches!(verdict, EnrollmentVerdict::Held { .. }), "{verdict:?}");
    assert_eq!(world.record(&ada).await.codes, codes);
    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Done { .. }));
}

pub async fn the_notice_of_a_text_recovery_goes_to_the_mail_and_to_every_other_mobile(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let others = ["+4917000000001", "+4917000000002"];
    for other in others {
        world.has_mobile(&ada, other).await;
    }
    world.comes_back_by_text(&ada, &mut Browser::new(), &mobile, NUMBER).await;

    let mut told = world.messages().await;
    told.retain(|message| notices(std::slice::from_ref(message)) == [NoticeKind::RecoveredByText]);
    let mut to: Vec<_> = told.into_iter().map(|message| message.to).collect();
    to.sort_by_key(|to| format!("{to:?}"));
    let mut expected = vec![Recipient::Mail(ada.email.clone())];
    expected.extend(others.map(|other| Recipient::Text(other.parse().unwrap())));
    expected.sort_by_key(|to| format!("{to:?}"));
    assert_eq!(to, expected);
}

pub async fn what_a_stale_page_of_a_recovery_posts_is_judged_no_more(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let (at_the_code, claimant) = (world.awaiting_code(&browser).await, browser.claimant());
    let _ = world.enters_recovery_code(&mut browser, &ada.codes[0]).await;
    let writes = world.store.writes();

    for code in &ada.codes[..2] {
        let again = world.verifier.use_recovery_code(&at_the_code, code, &claimant).await.unwrap();
        assert!(matches!(again, Judged::AlreadyVerified), "{again:?}");
    }
    assert_eq!(world.store.writes(), writes);

    let in_recovery = world.recovering(&browser).await;
    let _ = world.keeps_authenticator(&mut browser, None).await;
    let writes = world.store.writes();
    let again = world.verifier.keep_authenticator(&in_recovery, None, &claimant).await.unwrap();
    assert!(matches!(again, Judged::AlreadyVerified), "{again:?}");
    assert_eq!(world.store.writes(), writes);
}

pub async fn a_recovery_from_the_future_is_not_believed(world: World) {
    let ada = world.ada().await;
    world.clock.advance(Duration::from_mins(5));
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;

    world.clock.set(world.now().minus(Duration::from_secs(61)));

    assert_eq!(world.passes(Gate::Recovering, &browser).await, Err(Refusal::SignIn));
    let mut another = Browser::new();
    world.knows_the_password_of(&ada, &mut another).await;
    let again = world.enters_recovery_code(&mut another, &ada.codes[0]).await;
    assert!(matches!(rejected(&again), Some(CodeRejected::Wrong { .. })), "{again:?}");
}

pub async fn the_replacement_is_seen_for_fifteen_minutes_and_in_that_session_only(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;
    let mut other = Browser::new();
    world.comes_back_by_code(&ada, &mut other, &ada.codes[1]).await;
    assert_eq!(recovery(&world, &browser).await.replacement, None, "another session's code is shown");

    dies_at(&world, ShownCodes::LIFE, async || recovery(&world, &other).await.replacement.is_some()).await;

    assert!(is_accepted(&world.keeps_authenticator(&mut other, None).await));
    assert_eq!(world.passes(Gate::Fresh, &other).await, Ok(()), "nothing is left to be saved");
}

pub async fn whose_second_factor_has_elapsed_comes_back_by_a_code_in_the_same_session(world: World) {
    let ada = world.ada().await;
    let mut browser = with_an_elapsed_session(&world, &ada).await;
    let before = world.session(&browser).await.unwrap().id;

    assert!(is_accepted(&world.enters_recovery_code(&mut browser, &ada.codes[0]).await));
    reaches_only_the_recovery(&world, &browser).await;
    assert!(is_accepted(&world.keeps_authenticator(&mut browser, None).await));

    world.finishes_wizard(&browser).await;
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Ok(()));
    assert_eq!(world.session(&browser).await.unwrap().id, before);
}

/// Whoever knows only the password must not be able to end a recovery either.
pub async fn any_number_of_sign_ins_without_a_code_end_no_recovery(world: World) {
    let ada = world.ada().await;
    let mut browser = Browser::new();
    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;

    for _ in 0..60 {
        world.clock.advance(Duration::from_secs(1));
        world.knows_the_password_of(&ada, &mut Browser::new()).await;
    }

    assert_eq!(world.passes(Gate::Recovering, &browser).await, Ok(()));
}

pub async fn another_session_does_not_see_what_a_recovery_is_about_to_bind(world: World) {
    let ada = world.ada().await;
    let (mut first, mut second) = (Browser::new(), Browser::new());
    world.comes_back_by_code(&ada, &mut first, &ada.codes[0]).await;
    world.comes_back_by_code(&ada, &mut second, &ada.codes[1]).await;
    let phone = world.scans_a_key(&first).await;

    assert!(matches!(world.wizard(&second).await, EnrollmentStep::Introduction { elsewhere: true }));
    let verdict = world.confirms(&mut second, &phone.code(world.now())).await;
    assert!(matches!(verdict, EnrollmentVerdict::OutOfOrder), "{verdict:?}");
    let verdict = world.confirms(&mut first, &phone.code(world.now())).await;
    assert!(is_bound(&verdict), "{verdict:?}");
    assert_eq!(world.passes(Gate::Recovering, &second).await, Err(Refusal::SignIn));
}

pub async fn a_recovery_voids_what_another_session_was_about_to_bind(world: World) {
    let ada = world.ada().await;
    let mut owner = ada.browser.clone();
    world.steps_up(&ada, &mut owner).await;
    let (proof, claimant) = (world.fresh(&owner).await, owner.claimant());
    let _ = world.verifier.begin_enrollment(&proof, &claimant).await.unwrap();
    let _ = world.verifier.issue_secret(&proof, &claimant).await.unwrap();
    let mut browser = Browser::new();

    world.comes_back_by_code(&ada, &mut browser, &ada.codes[0]).await;

    assert!(matches!(world.wizard(&browser).await, EnrollmentStep::Introduction { elsewhere: false }));
    let seen = world.verifier.enrollment_step(&world.fresh(&owner).await).unwrap();
    assert!(matches!(seen, EnrollmentStep::Introduction { elsewhere: false }));
}

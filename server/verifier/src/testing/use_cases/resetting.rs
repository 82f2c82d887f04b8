use std::time::Duration;

use domain::EmailAddress;

use super::{dies_at, is_accepted, notices, rejected, writes_of};
use crate::testing::world::ways_back::NUMBER;
use crate::testing::world::{PASSWORD, at_once, fit};
use crate::testing::{Browser, Human, World, a_made_up_token};
use crate::{
    CodeRejected, EnrollmentStep, EventKind, Gate, MessageKind, MfaState, NextFactor, NoticeKind, Recipient, Refusal,
    ResetVerdict, Session, SignIn, SignInRejected, Standing, Store, StoredPassword, Token, Unavailable, summarise,
};

const NEW: &str = "another horse, another battery";
const WRONG: &str = "not the password at all";

fn is_set(verdict: &ResetVerdict) -> bool {
    matches!(verdict, ResetVerdict::Set { .. })
}

/// Whether somebody can sign in with the new password, and no longer with the old one.
async fn has_the_new_password(world: &World, human: &Human) -> bool {
    let mut answers = Vec::new();
    for password in [NEW, PASSWORD] {
        let answer = world.enters_password(&mut Browser::new(), &human.email, password).await;
        answers.push(matches!(answer, SignIn::Proceed { .. }));
    }
    answers == [true, false]
}

fn links_in(messages: &[crate::Message]) -> usize {
    let is_link = |about: &MessageKind| {
        matches!(about, MessageKind::PasswordReset { .. } | MessageKind::EnrollmentReopened { .. })
    };
    messages.iter().filter(|message| is_link(&message.about)).count()
}

async fn links_mailed(world: &World) -> usize {
    links_in(&world.messages().await)
}

/// Somebody whose password was set a day ago, and who has not enrolled.
async fn who_took_too_long(world: &World) -> Human {
    let ada = world.newcomer("ada@example.com").await;
    world.clock.advance(StoredPassword::ENROLLS_FOR);
    ada
}

pub async fn a_mailed_link_sets_a_new_password_and_the_code_is_still_asked_for(world: World) {
    let ada = world.ada().await;
    let link = world.is_mailed_a_reset(&ada).await;
    assert!(world.events(&ada).await.contains(&EventKind::ResetRequested));

    let verdict = world.resets(&link, NEW, &Browser::new()).await;

    assert!(matches!(&verdict, ResetVerdict::Set { email } if *email == ada.email), "{verdict:?}");
    assert!(has_the_new_password(&world, &ada).await);
    let ada = Human { password: NEW.into(), ..ada };
    let mut browser = Browser::new();
    assert_eq!(world.knows_the_password_of(&ada, &mut browser).await, NextFactor::Code);
    assert_eq!(world.passes(Gate::Fresh, &browser).await, Err(Refusal::VerifyMfa));
    assert!(is_accepted(&world.enters_code(&mut browser, &ada.code(world.now())).await));
    assert!(world.events(&ada).await.contains(&EventKind::PasswordReset));
    assert!(notices(&world.messages().await).contains(&NoticeKind::PasswordChanged));
}

pub async fn looking_at_a_reset_link_says_whose_it_is_and_does_not_spend_it(world: World) {
    let ada = world.ada().await;
    let link = world.is_mailed_a_reset(&ada).await;

    for _ in 0..3 {
        let resetting = world.verifier.resetting(&link).await.unwrap().expect("still good");
        let shown = (resetting.email, resetting.name.as_str().to_owned(), resetting.account.as_str().to_owned());
        assert_eq!(shown, (ada.email.clone(), "Ada Lovelace".into(), "Analytical Engines".into()));
    }

    assert!(is_set(&world.resets(&link, NEW, &Browser::new()).await));
    assert_eq!(world.verifier.resetting(&link).await.unwrap(), None);
}

pub async fn a_reset_link_works_once_and_for_an_hour(world: World) {
    let ada = world.ada().await;
    let link = world.is_mailed_a_reset(&ada).await;
    dies_at(&world, Duration::from_hours(1), async || world.verifier.resetting(&link).await.unwrap().is_some()).await;
    assert!(!is_set(&world.resets(&link, NEW, &Browser::new()).await));

    let link = world.is_mailed_a_reset(&ada).await;
    assert!(is_set(&world.resets(&link, NEW, &Browser::new()).await));
    let writes = world.store.writes();
    assert!(!is_set(&world.resets(&link, "yet another horse and battery", &Browser::new()).await));

    assert_eq!(world.store.writes(), writes);
    assert!(has_the_new_password(&world, &ada).await);
}

pub async fn the_newest_reset_link_voids_the_older_one_and_touches_no_other_users(world: World) {
    let bob = world.protected("bob@example.com").await;
    let ada = world.ada().await;
    let of_bob = world.is_mailed_a_reset(&bob).await;
    let older = world.is_mailed_a_reset(&ada).await;

    let newer = world.is_mailed_a_reset(&ada).await;

    assert!(!is_set(&world.resets(&older, NEW, &Browser::new()).await));
    assert!(is_set(&world.resets(&newer, NEW, &Browser::new()).await));
    assert!(is_set(&world.resets(&of_bob, NEW, &Browser::new()).await));
}

pub async fn a_link_that_is_no_reset_link_sets_no_password(world: World) {
    let (ada, invitation) = world.invited("ada@example.com").await;
    let hashes = world.hasher.asked();

    for link in [&invitation, &a_made_up_token()] {
        assert_eq!(world.verifier.resetting(link).await.unwrap(), None);
        assert!(!is_set(&world.resets(link, NEW, &Browser::new()).await));
    }

    assert_eq!(world.hasher.asked(), hashes, "a made-up link costs a hash");
    assert_eq!(world.record(&ada).await.password, None);
}

/// Nobody learns by asking who has an address here.
pub async fn who_has_no_password_to_reset_is_mailed_nothing(world: World) {
    let gone = world.protected("gone@example.com").await;
    world.rewrites(&gone.user, |record| record.standing = Standing::Deactivated).await;
    world.invited("invited@example.com").await;
    let before = world.messages().await.len();

    for email in ["nobody@example.com", "gone@example.com", "invited@example.com"] {
        let written = world.store.written().len();
        world.asks_for_a_reset(&email.parse().unwrap()).await;
        let commits = world.store.written().split_off(written);
        let [commit] = &commits[..] else { panic!("{email}: {commits:?}") };
        assert_eq!(writes_of(commit), "1 tallies", "{email}");
    }

    assert_eq!(world.messages().await.len(), before);
}

pub async fn a_link_of_who_was_deactivated_meanwhile_is_dead(world: World) {
    let ada = world.ada().await;
    let link = world.is_mailed_a_reset(&ada).await;
    world.rewrites(&ada.user, |record| record.standing = Standing::Deactivated).await;

    assert_eq!(world.verifier.resetting(&link).await.unwrap(), None);
    assert!(!is_set(&world.resets(&link, NEW, &Browser::new()).await));
}

pub async fn three_links_an_hour_and_six_a_day_are_mailed_to_an_address(world: World) {
    let ada = world.ada().await;
    let begun = world.now();
    let ask = async |times: usize| {
        for _ in 0..times {
            world.asks_for_a_reset(&ada.email).await;
        }
        links_mailed(&world).await
    };

    assert_eq!(ask(5).await, 3);
    world.clock.set(begun.plus(Duration::from_hours(1)).minus(Duration::from_millis(1)));
    assert_eq!(ask(1).await, 3);
    world.clock.set(begun.plus(Duration::from_hours(1)));
    assert_eq!(ask(5).await, 6);
    world.clock.set(begun.plus(Duration::from_hours(24)).minus(Duration::from_millis(1)));
    assert_eq!(ask(2).await, 6);
    world.clock.set(begun.plus(Duration::from_hours(24)));
    assert_eq!(ask(2).await, 8);
}

pub async fn an_address_in_other_letters_is_mailed_no_more_links(world: World) {
    let ada = world.ada().await;

    for email in ["ada@example.com", "ADA@example.com", " Ada@Example.com", "ada@EXAMPLE.com", "aDa@example.com"] {
        world.asks_for_a_reset(&email.parse::<EmailAddress>().unwrap()).await;
    }

    assert_eq!(links_mailed(&world).await, 3);
    assert!(is_set(&world.resets(&world.mailed_link(&ada.email).await, NEW, &Browser::new()).await));
}

pub async fn thirty_who_ask_for_a_link_at_once_have_three_mailed(world: World) {
    let ada = world.ada().await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let (world, email) = (processes[number % 3].clone(), ada.email.clone());
        async move { world.verifier.request_reset(&email, &Browser::new().claimant()).await }
    })
    .await;

    assert!(links_mailed(&world).await <= 3);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Unavailable::Contended))), "{outcomes:?}");
    for _ in 0..3 {
        world.asks_for_a_reset(&ada.email).await;
    }
    assert_eq!(links_mailed(&world).await, 3);
    assert!(is_set(&world.resets(&world.mailed_link_that_is_live(&ada).await, NEW, &Browser::new()).await));
}

pub async fn a_reset_ends_every_session_sign_in_and_challenge_and_forgets_every_other_browser(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let (mut at_home, mut pending, mut recovering) = (Browser::new(), Browser::new(), Browser::new());
    world.signs_in(&ada, &mut at_home).await;
    world.knows_the_password_of(&ada, &mut pending).await;
    let code = world.is_texted(&pending, &mobile, NUMBER).await;
    world.comes_back_by_code(&ada, &mut recovering, &ada.codes[0]).await;
    let at_the_code = world.awaiting_code(&pending).await;
    let link = world.is_mailed_a_reset(&ada).await;

    assert!(is_set(&world.resets(&link, NEW, &at_home.anew()).await));

    assert_eq!(world.sessions(&ada).await, 0);
    for ended in [&ada.browser, &at_home, &pending, &recovering] {
        for gate in [Gate::Fresh, Gate::PendingCode, Gate::Recovering, Gate::Enrolling] {
            assert_eq!(world.passes(gate, ended).await, Err(Refusal::SignIn));
        }
    }
    let late = world.verifier.use_text_code(&at_the_code, &code, &pending.claimant()).await.unwrap();
    assert!(matches!(late, crate::Judged::SignInAgain), "{late:?}");
    let record = world.record(&ada).await;
    assert!(record.challenges.is_empty());
    let known: Vec<_> = record.known_browsers.into_iter().map(|known| known.cookie).collect();
    assert_eq!(known, [at_home.cookie().unwrap()]);
}

pub async fn a_reset_ends_the_session_this_browser_had_and_no_other_users(world: World) {
    let bob = world.protected("bob@example.com").await;
    let cyd = world.protected("cyd@example.com").await;
    let ada = world.ada().await;
    let link = world.is_mailed_a_reset(&ada).await;

    assert!(is_set(&world.resets(&link, NEW, &bob.browser).await));

    assert_eq!(world.passes(Gate::Fresh, &bob.browser).await, Err(Refusal::SignIn));
    assert_eq!(world.passes(Gate::Fresh, &cyd.browser).await, Ok(()));
    let again = world.resets(&link, NEW, &cyd.browser).await;
    assert!(!is_set(&again));
    assert_eq!(world.passes(Gate::Fresh, &cyd.browser).await, Ok(()), "a dead link ends no session");
}

pub async fn a_reset_lifts_no_lock_and_no_pending_recovery(world: World) {
    let ada = world.ada().await;
    world.is_locked_out(&ada).await;
    let link = world.is_mailed_a_reset(&ada).await;
    assert!(is_set(&world.resets(&link, NEW, &Browser::new()).await));
    assert_eq!(summarise(&world.record(&ada).await).mfa, MfaState::LockedOut);

    world.is_unlocked(&ada).await;
    let link = world.is_mailed_a_reset(&ada).await;
    assert!(is_set(&world.resets(&link, NEW, &Browser::new()).await));
    assert_eq!(summarise(&world.record(&ada).await).mfa, MfaState::RecoveryPending);
    let ada = Human { password: NEW.into(), ..ada };
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    let verdict = world.enters_code(&mut browser, &ada.code(world.now())).await;
    assert_eq!(rejected(&verdict), Some(CodeRejected::Recover));
}

pub async fn a_reset_clears_the_strangers_counter_and_no_known_browsers(world: World) {
    let ada = world.ada().await;
    world.strangers_were_wrong(&ada, 9).await;
    let nine = world.record(&ada).await.strangers;
    world.rewrites(&ada.user, |record| record.known_browsers[0].second_factors = nine).await;
    let link = world.is_mailed_a_reset(&ada).await;

    assert!(is_set(&world.resets(&link, NEW, &ada.browser.anew()).await));

    let record = world.record(&ada).await;
    assert!(record.strangers.is_clear());
    assert_eq!(record.known_browsers[0].second_factors, nine);
}

pub async fn a_reset_ends_the_wait_for_wrong_passwords_here_and_for_strangers(world: World) {
    let ada = world.ada().await;
    let here = ada.browser.anew();
    for browser in [here.clone(), Browser::new()] {
        for _ in 0..10 {
            let _ = world.enters_password(&mut browser.clone(), &ada.email, WRONG).await;
        }
        let waits = world.enters_password(&mut browser.clone(), &ada.email, PASSWORD).await;
        assert!(matches!(waits, SignIn::Rejected(SignInRejected::Wait { .. })), "{waits:?}");
    }
    let link = world.is_mailed_a_reset(&ada).await;

    assert!(is_set(&world.resets(&link, NEW, &here).await));

    for mut browser in [here, Browser::new()] {
        let answer = world.enters_password(&mut browser, &ada.email, NEW).await;
        assert!(matches!(answer, SignIn::Proceed { .. }), "{answer:?}");
    }
}

pub async fn a_reset_changes_no_factor_and_ends_no_hold(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    world.comes_back_by_text(&ada, &mut Browser::new(), &mobile, NUMBER).await;
    let before = world.record(&ada).await;
    let link = world.is_mailed_a_reset(&ada).await;

    assert!(is_set(&world.resets(&link, NEW, &Browser::new()).await));

    let after = world.record(&ada).await;
    assert_eq!((after.binding, after.codes, after.mobiles), (before.binding, before.codes, before.mobiles));
    assert_eq!(after.recovered_by_text_at, before.recovered_by_text_at);
}

pub async fn one_reset_link_thirty_times_at_once_sets_one_password(world: World) {
    let ada = world.ada().await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let link = world.is_mailed_a_reset(&ada).await;
    let password = |number: usize| format!("another horse, another battery {number}");

    let outcomes = at_once(30, |number| {
        let (world, link) = (processes[number % 3].clone(), link.clone());
        async move {
            let claimant = Browser::new().claimant();
            (number, world.verifier.reset_password(&link, &fit(&password(number)), None, &claimant).await)
        }
    })
    .await;

    let set: Vec<_> = outcomes.iter().filter(|(_, outcome)| outcome.as_ref().is_ok_and(is_set)).collect();
    let [(winner, _)] = &set[..] else { panic!("{outcomes:?}") };
    let answer = world.enters_password(&mut Browser::new(), &ada.email, &password(*winner)).await;
    assert!(matches!(answer, SignIn::Proceed { .. }), "{answer:?}");
    assert_eq!(world.events(&ada).await.iter().filter(|event| **event == EventKind::PasswordReset).count(), 1);
}

/// A sign-in with the old password that began before the reset must not survive it.
pub async fn a_sign_in_while_a_password_is_reset_is_not_there_afterwards(world: World) {
    let ada = world.ada().await;
    for calls in 0..12 {
        world.clock.advance(Duration::from_hours(24));
        let password = format!("another horse, another battery {calls}");
        let link = world.is_mailed_a_reset(&ada).await;
        let before = world.record(&ada).await.password;
        let (elsewhere, old) = (world.elsewhere().await, ada.clone());
        world.rewrites(&ada.user, |record| record.known_browsers.clear()).await;
        world.store.meanwhile(calls, async move {
            // Whatever becomes of it.
            let _ = elsewhere.enters_password(&mut Browser::new(), &old.email, &old.password).await;
        });

        assert!(is_set(&world.resets(&link, &password, &Browser::new()).await), "before call {calls}");

        world.store.recovers();
        assert_eq!(world.sessions(&ada).await, 0, "before call {calls}");
        world.rewrites(&ada.user, |record| record.password = before).await;
    }
}

/// Whoever asks for another link because the first may have been read by others is not too late.
pub async fn a_reset_that_loses_every_race_is_told_and_leaves_the_link_as_it_was(world: World) {
    let ada = world.ada().await;
    let link = world.is_mailed_a_reset(&ada).await;
    let (claimant, writes) = (Browser::new().claimant(), world.store.writes());
    world.store.loses_every_race();

    let asked = world.verifier.request_reset(&ada.email, &claimant).await;
    let set = world.verifier.reset_password(&link, &fit(NEW), None, &claimant).await;

    assert!(matches!(asked, Err(Unavailable::Contended)), "{asked:?}");
    assert!(matches!(set, Err(Unavailable::Contended)), "{set:?}");
    assert_eq!(world.store.writes(), writes);
    world.store.recovers();
    assert!(is_set(&world.resets(&link, NEW, &Browser::new()).await));
}

pub async fn a_reset_link_that_is_followed_by_a_newer_one_while_it_is_used_sets_no_password(world: World) {
    let ada = world.ada().await;
    for calls in 0..12 {
        world.clock.advance(Duration::from_hours(24));
        let link = world.is_mailed_a_reset(&ada).await;
        let before = world.record(&ada).await.password;
        let (elsewhere, email) = (world.elsewhere().await, ada.email.clone());
        world.store.meanwhile(calls, async move { elsewhere.asks_for_a_reset(&email).await });

        let verdict = world.resets(&link, NEW, &Browser::new()).await;

        let is_followed = world.store.recovers();
        assert_eq!(is_set(&verdict), !is_followed, "before call {calls}: {verdict:?}");
        assert_eq!(world.record(&ada).await.password == before, is_followed, "before call {calls}");
    }
}

pub async fn a_password_alone_enrolls_for_a_day_and_is_then_mailed_a_link(world: World) {
    let ada = world.newcomer("ada@example.com").await;
    let set_at = world.now();
    world.clock.set(set_at.plus(StoredPassword::ENROLLS_FOR).minus(Duration::from_millis(1)));
    let mut in_time = Browser::new();
    assert_eq!(world.knows_the_password_of(&ada, &mut in_time).await, NextFactor::Enrollment);
    assert_eq!(world.passes(Gate::Enrolling, &in_time).await, Ok(()));
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.passes(Gate::Enrolling, &in_time).await, Err(Refusal::SignIn));
    let sessions = world.sessions(&ada).await;

    let answer = world.enters_password(&mut Browser::new(), &ada.email, PASSWORD).await;

    assert!(matches!(answer, SignIn::LinkMailed), "{answer:?}");
    assert_eq!(world.sessions(&ada).await, sessions);
    let messages = world.messages().await;
    let [mail] = &messages[..] else { panic!("{messages:?}") };
    assert!(matches!(mail.about, MessageKind::EnrollmentReopened { .. }));
    assert_eq!(mail.to, Recipient::Mail(ada.email.clone()));
    let link = world.mailed_link(&ada.email).await;
    assert!(is_set(&world.resets(&link, NEW, &Browser::new()).await));
    let ada = Human { password: NEW.into(), ..ada };
    let mut again = Browser::new();
    assert_eq!(world.knows_the_password_of(&ada, &mut again).await, NextFactor::Enrollment);
    assert!(matches!(world.wizard(&again).await, EnrollmentStep::Introduction { elsewhere: false }));
    world.enrolls(&mut Human { browser: Browser::new(), ..ada }).await;
}

/// A wrong one tells nobody that the right one would have been too old.
pub async fn a_wrong_password_that_is_too_old_is_wrong_and_mails_nothing(world: World) {
    let ada = who_took_too_long(&world).await;

    let answer = world.enters_password(&mut Browser::new(), &ada.email, WRONG).await;

    assert!(matches!(answer, SignIn::Rejected(SignInRejected::WrongCredentials)), "{answer:?}");
    assert!(world.messages().await.is_empty());
}

pub async fn links_that_open_the_wizard_again_and_links_that_were_asked_for_share_their_limit(world: World) {
    let ada = who_took_too_long(&world).await;
    world.asks_for_a_reset(&ada.email).await;
    for _ in 0..5 {
        let answer = world.enters_password(&mut Browser::new(), &ada.email, PASSWORD).await;
        assert!(matches!(answer, SignIn::LinkMailed), "the answer is the same: {answer:?}");
    }
    world.asks_for_a_reset(&ada.email).await;

    assert_eq!(links_mailed(&world).await, 3);
}

pub async fn a_password_from_the_future_enrolls_nobody(world: World) {
    let ada = world.newcomer("ada@example.com").await;
    world.clock.set(world.now().minus(Duration::from_secs(61)));

    let answer = world.enters_password(&mut Browser::new(), &ada.email, PASSWORD).await;

    assert!(matches!(answer, SignIn::LinkMailed), "{answer:?}");
}

/// What an earlier session had begun with the old password is not to be confirmed by anybody.
pub async fn a_reset_voids_a_key_that_waits_for_its_code(world: World) {
    let ada = world.newcomer("ada@example.com").await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    world.scans_a_key(&browser).await;
    let link = world.is_mailed_a_reset(&ada).await;

    assert!(is_set(&world.resets(&link, NEW, &Browser::new()).await));

    assert_eq!(world.record(&ada).await.enrollment, None);
    assert_eq!(world.passes(Gate::Enrolling, &browser).await, Err(Refusal::SignIn));
}

/// Whoever is reset in the middle of saving their codes goes on there.
pub async fn a_reset_at_the_codes_leads_the_next_sign_in_to_the_codes(world: World) {
    let ada = world.ada().await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    let (proof, back_to) = (world.fresh(&browser).await, "/profile".parse().unwrap());
    let _ = world.verifier.replace_codes(&proof, &back_to, &browser.claimant()).await.unwrap();
    let link = world.is_mailed_a_reset(&ada).await;
    assert!(is_set(&world.resets(&link, NEW, &Browser::new()).await));
    let ada = Human { password: NEW.into(), ..ada };
    let mut later = Browser::new();

    world.signs_in(&ada, &mut later).await;

    assert!(matches!(world.wizard(&later).await, EnrollmentStep::CodesHidden));
    assert!(world.session(&later).await.unwrap().expires_at() > world.now().plus(Session::ENROLLING_LIFE));
}

impl World {
    /// The one of the mailed links that still works.
    async fn mailed_link_that_is_live(&self, human: &Human) -> Token {
        for message in self.messages().await {
            if let MessageKind::PasswordReset { link, .. } = &message.about {
                let token: Token = link.reveal().parse().unwrap();
                if self.store.find_link(&token.hash()).await.unwrap().is_some()
                    && message.to == Recipient::Mail(human.email.clone())
                {
                    return token;
                }
            }
        }
        panic!("no link works")
    }
}

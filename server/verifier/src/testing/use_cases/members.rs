use std::time::Duration;

use domain::Role;

use super::administration::operator_of;
use crate::testing::world::{PASSWORD, at_once};
use crate::testing::{Browser, Human, World};
use crate::{
    ChangeVerdict, Denied, Enrollment, EventKind, Gate, MessageKind, MfaState, NextFactor, Recipient, Refusal,
    RemindVerdict, ResetVerdict, SignIn, Standing, Store, Token, summarise,
};

const CHANGED: Result<ChangeVerdict, Denied> = Ok(ChangeVerdict::Changed);

async fn is_signed_in_nowhere(world: &World, human: &Human) -> bool {
    world.sessions(human).await == 0 && world.passes(Gate::Fresh, &human.browser).await == Err(Refusal::SignIn)
}

/// The link of the last reset mail.
async fn reset_link(world: &World, human: &Human) -> Token {
    world.clock.advance(Duration::from_secs(1));
    world.verifier.request_reset(&human.email, &Browser::new().claimant()).await.unwrap();
    match world.messages().await.pop().map(|message| message.about) {
        Some(MessageKind::PasswordReset { link, .. }) => link.reveal().parse().unwrap(),
        other => panic!("{other:?}"),
    }
}

pub async fn a_role_holds_at_the_next_request(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let at_work = world.at_work(&ada.browser).await;
    assert_eq!(world.passes(Gate::FreshAdmin, &bob.browser).await, Err(Refusal::NotAdmin));

    assert_eq!(world.verifier.change_role(at_work.actor(), &bob.user, Role::Admin).await.unwrap(), CHANGED);
    assert_eq!(world.passes(Gate::FreshAdmin, &bob.browser).await, Ok(()));
    assert_eq!(world.verifier.change_role(at_work.actor(), &bob.user, Role::Member).await.unwrap(), CHANGED);
    assert_eq!(world.passes(Gate::FreshAdmin, &bob.browser).await, Err(Refusal::NotAdmin));

    let writes = world.store.writes();
    let again = world.verifier.change_role(at_work.actor(), &bob.user, Role::Member).await.unwrap();
    assert_eq!((again, world.store.writes()), (Ok(ChangeVerdict::AsItWas), writes));
}

pub async fn who_is_deactivated_is_out_everywhere_at_once(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let mut stranger = Browser::new();
    world.knows_the_password_of(&bob, &mut stranger).await;
    let reset = reset_link(&world, &bob).await;
    let at_work = world.at_work(&ada.browser).await;

    assert_eq!(world.verifier.deactivate(at_work.actor(), &bob.user).await.unwrap(), CHANGED);

    assert!(is_signed_in_nowhere(&world, &bob).await);
    assert_eq!(world.passes(Gate::PendingCode, &stranger).await, Err(Refusal::SignIn));
    assert!(world.verifier.resetting(&reset).await.unwrap().is_none());
    assert!(world.store.find_link(&reset.hash()).await.unwrap().is_none());
    let record = world.record(&bob).await;
    assert!(record.known_browsers.is_empty() && record.challenges.is_empty() && record.binding.is_some());
    assert_eq!(summarise(&record).mfa, MfaState::Deactivated);
    let answer = world.enters_password(&mut bob.browser.clone(), &bob.email, PASSWORD).await;
    assert!(matches!(answer, SignIn::Rejected(_)), "{answer:?}");
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
    let again = world.verifier.deactivate(at_work.actor(), &bob.user).await.unwrap();
    assert_eq!(again, Ok(ChangeVerdict::AsItWas));
}

pub async fn who_is_deactivated_in_the_wizard_begins_it_anew(world: World) {
    let ada = world.ada().await;
    let bob = world.joins(&ada, "bob@example.com", Role::Member).await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&bob, &mut browser).await;
    world.scans_a_key(&browser).await;
    assert!(matches!(world.record(&bob).await.enrollment, Some(Enrollment::Binding(_))));

    for verdict in [
        world.verifier.deactivate(operator_of(&ada), &bob.user).await.unwrap(),
        world.verifier.reactivate(operator_of(&ada), &bob.user).await.unwrap(),
    ] {
        assert_eq!(verdict, CHANGED);
    }

    assert!(world.record(&bob).await.enrollment.is_none());
    assert_eq!(world.knows_the_password_of(&bob, &mut browser).await, NextFactor::Enrollment);
}

pub async fn who_is_reactivated_has_the_factors_they_had_and_nothing_else(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Admin).await;
    world.locks_out(&bob).await;
    let before = world.record(&bob).await;
    let at_work = world.at_work(&ada.browser).await;
    let _ = world.verifier.deactivate(at_work.actor(), &bob.user).await.unwrap();

    assert_eq!(world.verifier.reactivate(at_work.actor(), &bob.user).await.unwrap(), CHANGED);

    let after = world.record(&bob).await;
    assert_eq!((&after.password, &after.binding, &after.codes), (&before.password, &before.binding, &before.codes));
    assert_eq!((after.standing, after.strangers), (Standing::Active, before.strangers));
    assert!(is_signed_in_nowhere(&world, &bob).await && after.known_browsers.is_empty());
    assert!(world.account(&ada).await.admins.contains(&bob.user));
    let again = world.verifier.reactivate(at_work.actor(), &bob.user).await.unwrap();
    assert_eq!(again, Ok(ChangeVerdict::AsItWas));
    world.rewrites(&bob.user, |record| record.strangers = crate::Budget::cleared()).await;
    world.signs_in(&bob, &mut Browser::new()).await;
}

/// A reset link that is made while its owner is deactivated is one of those that must not come alive again.
pub async fn a_link_asked_for_while_its_owner_is_deactivated_never_comes_alive(world: World) {
    let ada = world.ada().await;
    for calls in 0..8 {
        let bob = world.colleague(&ada, &format!("bob{calls}@example.com"), Role::Member).await;
        let (elsewhere, her, user) = (world.elsewhere().await, ada.clone(), bob.user.clone());
        world.store.meanwhile(calls, async move {
            let deactivated = elsewhere.verifier.deactivate(operator_of(&her), &user).await.unwrap();
            assert_eq!(deactivated, CHANGED);
        });
        let mails = world.messages().await.len();
        world.verifier.request_reset(&bob.email, &Browser::new().claimant()).await.unwrap();
        if !world.store.recovers() {
            continue;
        }
        let _ = world.verifier.reactivate(operator_of(&ada), &bob.user).await.unwrap();

        for message in world.messages().await.split_off(mails) {
            let MessageKind::PasswordReset { link, .. } = message.about else { continue };
            let password = crate::testing::world::fit("another horse, another battery");
            let link: Token = link.reveal().parse().unwrap();
            let reset =
                world.verifier.reset_password(&link, &password, None, &Browser::new().claimant()).await.unwrap();
            assert!(matches!(reset, ResetVerdict::LinkDead), "before call {calls}: {reset:?}");
        }
    }
}

pub async fn who_is_removed_is_nobody_and_their_address_another_persons(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let mut stranger = Browser::new();
    world.knows_the_password_of(&bob, &mut stranger).await;
    let reset = reset_link(&world, &bob).await;
    let at_work = world.at_work(&ada.browser).await;

    assert_eq!(world.verifier.remove(at_work.actor(), &bob.user).await.unwrap(), CHANGED);

    let event = world.log(&ada).await.into_iter().find(|event| event.kind == EventKind::Removed).unwrap();
    assert_eq!((event.user, event.by), (Some(bob.user.clone()), Some(ada.user.clone())));
    assert!(world.store.load_user(&bob.user).await.unwrap().is_none());
    assert!(world.store.find_link(&reset.hash()).await.unwrap().is_none());
    for browser in [&bob.browser, &stranger] {
        assert!(world.session(browser).await.is_none());
    }
    let answer = world.enters_password(&mut Browser::new(), &bob.email, PASSWORD).await;
    assert!(matches!(answer, SignIn::Rejected(_)), "{answer:?}");
    assert_eq!(world.verifier.users_of(at_work.actor()).await.unwrap().unwrap().len(), 1);
    let again = world.verifier.remove(at_work.actor(), &bob.user).await.unwrap();
    assert_eq!(again, Err(Denied::NoSuchUser));

    let another = world.joins(&ada, "bob@example.com", Role::Member).await;
    let record = world.record(&another).await;
    assert_ne!(another.user, bob.user);
    assert!(record.binding.is_none() && record.known_browsers.is_empty() && record.codes.is_none());
}

pub async fn an_admin_may_leave_if_another_one_stays(world: World) {
    let ada = world.ada().await;
    world.colleague(&ada, "bob@example.com", Role::Admin).await;
    let at_work = world.at_work(&ada.browser).await;

    assert_eq!(world.verifier.remove(at_work.actor(), &ada.user).await.unwrap(), CHANGED);

    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Err(Refusal::SignIn));
    assert_eq!(world.account(&ada).await.admins.len(), 1);
}

pub async fn sessions_of_one_user_end_everywhere_and_nobody_elses_do(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let carol = world.colleague(&ada, "carol@example.com", Role::Member).await;
    let (mut at_home, mut stranger) = (Browser::new(), Browser::new());
    world.signs_in(&bob, &mut at_home).await;
    world.knows_the_password_of(&bob, &mut stranger).await;
    let at_work = world.at_work(&ada.browser).await;

    assert_eq!(world.verifier.end_sessions(at_work.actor(), &bob.user).await.unwrap(), CHANGED);

    assert!(is_signed_in_nowhere(&world, &bob).await);
    for browser in [&ada.browser, &carol.browser] {
        assert_eq!(world.passes(Gate::Fresh, browser).await, Ok(()));
    }
    assert!(world.record(&bob).await.known_browser(bob.browser.cookie().as_ref(), world.now()).is_some());
    world.signs_in(&bob, &mut at_home).await;
}

pub async fn a_reminder_says_what_is_missing_and_goes_out_once_a_day(world: World) {
    let ada = world.ada().await;
    let bob = world.joins(&ada, "bob@example.com", Role::Member).await;
    let carol = world.colleague(&ada, "carol@example.com", Role::Member).await;
    world.rewrites(&carol.user, |record| record.codes = None).await;

    for (human, protected) in [(&bob, false), (&carol, true)] {
        world.clock.advance(Duration::from_secs(1));
        let until = world.now().plus(Duration::from_hours(24));
        let remind = async || world.verifier.remind(operator_of(&ada), &human.user).await.unwrap();
        assert_eq!(remind().await, Ok(RemindVerdict::Reminded));
        let message = world.messages().await.pop().unwrap();
        assert_eq!(message.about, MessageKind::Reminder { protected });
        assert_eq!(message.to, Recipient::Mail(human.email.clone()));
        assert_eq!(world.log(&ada).await[0].user, Some(human.user.clone()));

        let writes = world.store.writes();
        assert_eq!(remind().await, Ok(RemindVerdict::Wait { until }));
        world.clock.set(until.minus(Duration::from_millis(1)));
        assert_eq!(remind().await, Ok(RemindVerdict::Wait { until }));
        assert_eq!(world.store.writes(), writes);
        world.clock.set(until);
        assert_eq!(remind().await, Ok(RemindVerdict::Reminded));
    }
    assert_eq!(world.events(&ada).await.iter().filter(|event| **event == EventKind::Reminded).count(), 4);
}

pub async fn nobody_is_reminded_of_what_they_have_or_can_not_do(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let (carol, _) = world.invited_by_operator(&ada, "carol@example.com", Role::Member).await;
    let dora = world.joins(&ada, "dora@example.com", Role::Member).await;
    let at_work = world.at_work(&ada.browser).await;
    let _ = world.verifier.deactivate(at_work.actor(), &dora.user).await.unwrap();
    let writes = world.store.writes();

    let remind = async |human: &Human| world.verifier.remind(at_work.actor(), &human.user).await.unwrap();

    assert_eq!(remind(&bob).await, Ok(RemindVerdict::NothingMissing));
    assert_eq!(remind(&carol).await, Ok(RemindVerdict::Invited));
    assert_eq!(remind(&dora).await, Ok(RemindVerdict::Deactivated));
    assert_eq!(world.store.writes(), writes);
}

pub async fn of_thirty_reminders_at_once_one_goes_out(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Admin).await;
    let carol = world.joins(&ada, "carol@example.com", Role::Member).await;
    let at_work = [world.at_work(&ada.browser).await, world.at_work(&bob.browser).await];
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let mails = world.messages().await.len();

    let outcomes = at_once(30, |number| {
        let (world, at_work, carol) = (processes[number % 3].clone(), at_work[number % 2].clone(), carol.clone());
        async move { world.verifier.remind(at_work.actor(), &carol.user).await }
    })
    .await;

    let reminded = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Ok(RemindVerdict::Reminded)))).count();
    assert_eq!((reminded, world.messages().await.len() - mails), (1, 1), "{outcomes:?}");
}

pub async fn what_admins_do_to_users_gets_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let bob = world.joins(&ada, "bob@example.com", Role::Member).await;
    world.knows_the_password_of(&bob, &mut Browser::new()).await;
    let (at_work, verifier) = (world.at_work(&ada.browser).await, &world.verifier);
    let (actor, user) = (at_work.actor(), &bob.user);

    let reminded = world.gets_through_all_faults(async || verifier.remind(actor, user).await).await;
    assert_eq!(reminded, Ok(RemindVerdict::Reminded));
    let ended = world.gets_through_all_faults(async || verifier.end_sessions(actor, user).await).await;
    assert_eq!((ended, world.sessions(&bob).await), (CHANGED, 0));
    for role in [Role::Admin, Role::Member, Role::Admin] {
        let changed = world.gets_through_all_faults(async || verifier.change_role(actor, user, role).await).await;
        assert_eq!(changed, CHANGED);
    }
    assert_eq!(world.gets_through_all_faults(async || verifier.deactivate(actor, user).await).await, CHANGED);
    assert_eq!(world.account(&ada).await.admins.len(), 1);
    assert_eq!(world.gets_through_all_faults(async || verifier.reactivate(actor, user).await).await, CHANGED);
    assert_eq!(world.account(&ada).await.admins.len(), 2);
    assert_eq!(world.gets_through_all_faults(async || verifier.remove(actor, user).await).await, CHANGED);
    assert_eq!(world.account(&ada).await.admins.len(), 1);
}

/// An admin is taken away only by a look at every other one: that is where this can fail once more.
pub async fn an_admin_is_taken_away_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Admin).await;
    let at_work = world.at_work(&ada.browser).await;

    let demoted = world
        .gets_through_all_faults(async || world.verifier.change_role(at_work.actor(), &bob.user, Role::Member).await)
        .await;

    assert_eq!(demoted, CHANGED);
    assert_eq!(world.account(&ada).await.admins.len(), 1);
}

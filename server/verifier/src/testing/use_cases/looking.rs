//! What admins see of the users of their account, and that looking changes nothing.

use std::time::Duration;

use domain::Role;

use super::administration::operator_of;
use crate::testing::world::ways_back::NUMBER;
use crate::testing::{Browser, Human, World};
use crate::{
    Actor, Coverage, EventKind, MfaState, Readiness, Show, SortBy, UnlockVerdict, UserDetail, UserQuery, Verifier,
};

async fn detail(verifier: &Verifier, actor: Actor<'_>, human: &Human) -> UserDetail {
    verifier.user_detail(actor, &human.user).await.unwrap().unwrap()
}

/// The addresses a query finds, up to their `@`.
async fn found(world: &World, actor: Actor<'_>, query: &UserQuery) -> Vec<String> {
    let page = world.verifier.list_users(actor, query).await.unwrap().unwrap();
    let local_part = |email: &str| email.split('@').next().unwrap().to_owned();
    page.lines.iter().map(|line| local_part(line.member.email.as_str())).collect()
}

pub async fn the_list_shows_whom_it_is_asked_for_as_they_are_now(world: World) {
    let ada = world.ada().await;
    world.protected("eve@example.com").await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let carol = world.joins(&ada, "carol@example.com", Role::Member).await;
    world.invited_by_operator(&ada, "dora@example.com", Role::Admin).await;
    world.rewrites(&bob.user, |record| record.codes = None).await;
    let at_work = world.at_work(&ada.browser).await;
    let shown = |show| UserQuery { show: Some(show), sort: SortBy::Email, ..UserQuery::default() };

    for (query, expected) in [
        (UserQuery { sort: SortBy::Email, descending: true, ..UserQuery::default() }, &["dora", "carol", "bob", "ada"]),
        (UserQuery { sort: SortBy::Email, page: 9, ..UserQuery::default() }, &["ada", "bob", "carol", "dora"]),
    ] {
        assert_eq!(found(&world, at_work.actor(), &query).await, expected);
    }
    assert_eq!(found(&world, at_work.actor(), &shown(Show::NotEnabled)).await, ["carol", "dora"]);
    assert_eq!(found(&world, at_work.actor(), &shown(Show::NotRecoveryReady)).await, ["bob"]);
    assert!(found(&world, at_work.actor(), &shown(Show::LockedOut)).await.is_empty());

    world.locks_out(&bob).await;
    let _ = world.verifier.deactivate(operator_of(&ada), &carol.user).await.unwrap();

    assert_eq!(found(&world, at_work.actor(), &shown(Show::LockedOut)).await, ["bob"]);
    assert_eq!(found(&world, at_work.actor(), &shown(Show::Deactivated)).await, ["carol"]);
    let page = world.verifier.list_users(operator_of(&ada), &shown(Show::NotEnabled)).await.unwrap().unwrap();
    assert_eq!((page.matching, page.page, page.pages), (1, 1, 1));
    assert!(page.lines[0].member.invited && page.lines[0].member.role == Role::Admin);
    assert_eq!(page.coverage, Coverage { people: 3, protected: 2, not_ready: 1 });
}

pub async fn lists_that_are_looked_up_at_once_are_those_that_are_looked_up_one_by_one(world: World) {
    let ada = world.ada().await;
    world.joins(&ada, "bob@example.com", Role::Member).await;
    let carol = world.colleague(&ada, "carol@example.com", Role::Member).await;
    world.rewrites(&carol.user, |record| record.codes = None).await;
    let queries =
        [Show::NotEnabled, Show::NotRecoveryReady].map(|show| UserQuery { show: Some(show), ..UserQuery::default() });

    let lists = world.verifier.list_users_each(operator_of(&ada), queries.each_ref()).await.unwrap().unwrap();

    for (query, list) in queries.iter().zip(&lists) {
        assert_eq!(*list, world.verifier.list_users(operator_of(&ada), query).await.unwrap().unwrap());
        assert_eq!(list.lines.len(), 1);
    }
}

pub async fn how_far_an_account_is_protected_is_counted_of_its_own_users(world: World) {
    let ada = world.ada().await;
    let eve = world.protected("eve@example.com").await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    world.rewrites(&bob.user, |record| record.codes = None).await;
    world.has_mobile(&bob, NUMBER).await;
    let at_work = world.at_work(&ada.browser).await;
    let coverage = async || world.verifier.coverage(at_work.actor()).await.unwrap().unwrap();
    assert_eq!(coverage().await, Coverage { people: 2, protected: 2, not_ready: 0 });

    world.joins(&ada, "carol@example.com", Role::Member).await;
    world.locks_out(&bob).await;
    world.rewrites_account(&ada.account, |account| account.texts.on = false).await;

    let at_work = world.at_work(&ada.browser).await;
    let coverage = world.verifier.coverage(at_work.actor()).await.unwrap().unwrap();
    assert_eq!(coverage, Coverage { people: 3, protected: 2, not_ready: 1 });
    let theirs = world.verifier.coverage(operator_of(&eve)).await.unwrap().unwrap();
    assert_eq!(theirs, Coverage { people: 1, protected: 1, not_ready: 0 });
}

pub async fn an_admin_sees_where_a_user_is_signed_in_and_no_sign_in_that_is_not_finished(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    world.has_mobile(&bob, NUMBER).await;
    let mut at_home = Browser::at("198.51.100.7");
    world.signs_in(&bob, &mut at_home).await;
    world.knows_the_password_of(&bob, &mut Browser::new()).await;
    let at_work = world.at_work(&ada.browser).await;
    let reminded = world.now();
    world.rewrites(&bob.user, |record| record.reminded_at = Some(reminded)).await;
    let writes = world.store.writes();

    let seen = detail(&world.verifier, at_work.actor(), &bob).await;

    assert_eq!(world.store.writes(), writes);
    assert_eq!((&seen.line.member.user, seen.line.member.mfa, seen.line.ready), (&bob.user, MfaState::Protected, true));
    let sessions = [world.session(&at_home).await.unwrap(), world.session(&bob.browser).await.unwrap()];
    assert_eq!(seen.sessions, sessions);
    assert_eq!((seen.known_browsers, seen.mobiles), (2, vec!["78".to_owned()]));
    assert_eq!((seen.reminded_at, seen.invited_at, seen.unlocked_at), (Some(reminded), None, None));
    assert!(!seen.is_oneself && !seen.is_last_admin);
    assert!(seen.events.iter().all(|entry| entry.event.user.as_ref() == Some(&bob.user)));
    assert!(seen.events.iter().any(|entry| entry.event.kind == EventKind::AuthenticatorBound));

    world.clock.advance(Duration::from_hours(8 * 24));
    let seen = detail(&world.verifier, operator_of(&ada), &bob).await;
    assert!(seen.sessions.is_empty() && seen.known_browsers == 2, "{:?}", seen.sessions);
    world.clock.advance(Duration::from_hours(180 * 24));
    assert_eq!(detail(&world.verifier, operator_of(&ada), &bob).await.known_browsers, 0);
}

pub async fn of_a_user_the_last_twenty_events_are_shown(world: World) {
    let ada = world.ada().await;
    let bob = world.joins(&ada, "bob@example.com", Role::Member).await;
    for role in [Role::Admin, Role::Member].into_iter().cycle().take(30) {
        world.clock.advance(Duration::from_secs(1));
        let _ = world.verifier.change_role(operator_of(&ada), &bob.user, role).await.unwrap();
    }

    let events = detail(&world.verifier, operator_of(&ada), &bob).await.events;

    let events: Vec<_> = events.into_iter().map(|entry| entry.event).collect();
    assert_eq!((events.len(), events[0].at), (20, world.now()));
    assert!(events.is_sorted_by(|a, b| a.at >= b.at));
}

pub async fn whose_invitation_is_open_is_shown_since_when(world: World) {
    let ada = world.ada().await;
    let (bob, _) = world.invited_by_operator(&ada, "bob@example.com", Role::Member).await;
    world.clock.advance(Duration::from_hours(1));
    let _ = world.verifier.resend_invitation(operator_of(&ada), &bob.user).await.unwrap();
    let carol = world.joins(&ada, "carol@example.com", Role::Member).await;

    let [invited, joined] = [
        detail(&world.verifier, operator_of(&ada), &bob).await,
        detail(&world.verifier, operator_of(&ada), &carol).await,
    ];

    assert_eq!((invited.line.member.invited, invited.invited_at), (true, Some(world.now())));
    assert_eq!((joined.line.member.invited, joined.invited_at), (false, None));
}

/// The page that offers the button and what comes of pressing it are one decision.
pub async fn what_an_unlock_would_come_to_is_told_and_is_what_it_comes_to(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Admin).await;
    let [carol, dora] = [
        world.colleague(&ada, "carol@example.com", Role::Member).await,
        world.colleague(&ada, "dora@example.com", Role::Member).await,
    ];
    for locked in [&ada, &carol, &dora] {
        world.locks_out(locked).await;
    }
    world.rewrites(&dora.user, |record| record.codes = None).await;
    let at_work = world.at_work(&ada.browser).await;

    for (human, verdict) in [
        (&ada, UnlockVerdict::Oneself),
        (&bob, UnlockVerdict::NotLockedOut),
        (&carol, UnlockVerdict::Unlocked),
        (&dora, UnlockVerdict::NoWayBack),
    ] {
        let writes = world.store.writes();
        let seen = detail(&world.verifier, at_work.actor(), human).await;
        assert_eq!((seen.may_unlock, seen.is_oneself), (verdict, human.user == ada.user));
        assert_eq!(world.store.writes(), writes);
        assert_eq!(world.verifier.unlock(at_work.actor(), &human.user).await.unwrap(), Ok(verdict));
    }

    let carol = detail(&world.verifier, at_work.actor(), &carol).await;
    assert_eq!((carol.unlocked_at, carol.line.member.mfa), (Some(world.now()), MfaState::RecoveryPending));
    assert_eq!(carol.may_unlock, UnlockVerdict::NotLockedOut);
    let by_operator = detail(&world.verifier, operator_of(&ada), &ada).await;
    assert_eq!((by_operator.may_unlock, by_operator.is_oneself), (UnlockVerdict::Unlocked, false));
}

pub async fn the_last_admin_is_told_before_they_are_kept(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Admin).await;
    let at_work = world.at_work(&ada.browser).await;
    let are_last = async || {
        let [ada, bob] = [
            detail(&world.verifier, at_work.actor(), &ada).await,
            detail(&world.verifier, at_work.actor(), &bob).await,
        ];
        (ada.is_last_admin, bob.is_last_admin)
    };
    assert_eq!(are_last().await, (false, false));

    world.locks_out(&bob).await;
    assert_eq!(are_last().await, (true, false));
    world.rewrites(&bob.user, |record| record.strangers = crate::Budget::cleared()).await;
    assert_eq!(are_last().await, (false, false));
    let _ = world.verifier.deactivate(at_work.actor(), &bob.user).await.unwrap();

    let again = world.at_work(&ada.browser).await;
    assert!(detail(&world.verifier, again.actor(), &ada).await.is_last_admin);
    assert!(!detail(&world.verifier, again.actor(), &bob).await.is_last_admin);
}

pub async fn looking_at_users_gets_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Admin).await;
    let (at_work, verifier, query) = (world.at_work(&ada.browser).await, &world.verifier, UserQuery::default());

    for actor in [at_work.actor(), operator_of(&ada)] {
        let page = world.gets_through_store_faults(async || verifier.list_users(actor, &query).await).await.unwrap();
        let coverage = world.gets_through_store_faults(async || verifier.coverage(actor).await).await.unwrap();
        let seen =
            world.gets_through_store_faults(async || verifier.user_detail(actor, &bob.user).await).await.unwrap();
        assert_eq!((page.matching, page.coverage), (2, coverage));
        assert_eq!(seen.line.member.readiness, Readiness::of(&world.record(&bob).await));
    }
}

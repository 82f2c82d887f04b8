//! Who may change something for others, for whom, and that an admin always stays.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{MfaWindow, Role, UserId, WebhookId};

use super::is_accepted;
use super::webhooks::a_webhook_url;
use crate::testing::world::{AtWork, a_new_user, at_once};
use crate::testing::{Human, World};
use crate::{
    Actor, ChangeVerdict, CodeVerdict, Denied, EventKind, Gate, InviteVerdict, MfaState, Refusal, ResendVerdict,
    Session, SettingVerdict, Show, Standing, Store, TextSetting, Unavailable, UserQuery, summarise,
};

/// More calls of the store than any of these use cases makes when it is disturbed once.
pub(super) const CALLS: usize = 8;

pub(super) fn operator_of(human: &Human) -> Actor<'_> {
    Actor::Operator { account: &human.account }
}

/// Tries everything there is to do to a user; why each was denied.
async fn changes_of_user(world: &World, actor: Actor<'_>, user: &UserId) -> Vec<Option<Denied>> {
    let verifier = &world.verifier;
    vec![
        verifier.resend_invitation(actor, user).await.unwrap().err(),
        verifier.change_role(actor, user, Role::Admin).await.unwrap().err(),
        verifier.change_role(actor, user, Role::Member).await.unwrap().err(),
        verifier.deactivate(actor, user).await.unwrap().err(),
        verifier.reactivate(actor, user).await.unwrap().err(),
        verifier.remind(actor, user).await.unwrap().err(),
        verifier.unlock(actor, user).await.unwrap().err(),
        verifier.end_sessions(actor, user).await.unwrap().err(),
        verifier.remove(actor, user).await.unwrap().err(),
    ]
}

/// Tries everything there is to do to an account; why each was denied.
async fn changes_of_account(world: &World, actor: Actor<'_>) -> Vec<Option<Denied>> {
    let (new, verifier) = (a_new_user("somebody@example.com", Role::Member), &world.verifier);
    let hook = WebhookId::from_random([1; 16]);
    let texts = TextSetting { on: false, countries: BTreeSet::new(), daily: 1 };
    vec![
        verifier.invite(actor, &new).await.unwrap().err(),
        verifier.invite_many(actor, vec![new], |_, _| ()).await.unwrap().err(),
        verifier.invite_many(actor, Vec::new(), |_, _| ()).await.unwrap().err(),
        verifier.change_setting(actor, MfaWindow::CHOICES[0]).await.unwrap().err(),
        verifier.change_texts(actor, &texts).await.unwrap().err(),
        verifier.remind_all(actor, Show::NotEnabled).await.unwrap().err(),
        verifier.export_users(actor, &UserQuery::default()).await.unwrap().err(),
        verifier.add_webhook(actor, &a_webhook_url()).await.unwrap().err(),
        verifier.remove_webhook(actor, &hook).await.unwrap().err(),
        verifier.resume_webhook(actor, &hook).await.unwrap().err(),
        verifier.test_webhook(actor, &hook).await.unwrap().err(),
        verifier.show_webhook(actor, &hook).await.unwrap().err(),
    ]
}

/// Looks at everything there is to see; why each was denied.
async fn looks(world: &World, actor: Actor<'_>, user: &UserId) -> Vec<Option<Denied>> {
    let verifier = &world.verifier;
    vec![
        verifier.users_of(actor).await.unwrap().err(),
        verifier.list_users(actor, &UserQuery::default()).await.unwrap().err(),
        verifier.list_users_each(actor, [&UserQuery::default()]).await.unwrap().err(),
        verifier.coverage(actor).await.unwrap().err(),
        verifier.user_detail(actor, user).await.unwrap().err(),
        verifier.texts_of(actor).await.unwrap().err(),
        verifier.webhooks_of(actor).await.unwrap().err(),
        verifier.queue_of(actor).await.unwrap().err(),
        verifier.preview_setting(actor, MfaWindow::CHOICES[0]).await.unwrap().err(),
        verifier.already_here(actor, &[a_new_user("somebody@example.com", Role::Member)]).await.unwrap().err(),
    ]
}

/// Fails unless everything is denied to `actor` for this reason, and nothing written.
async fn denies_all(world: &World, actor: Actor<'_>, user: &UserId, reason: Denied) {
    let writes = world.store.writes();
    let mut denied = changes_of_user(world, actor, user).await;
    denied.extend(changes_of_account(world, actor).await);
    assert!(denied.iter().all(|denied| *denied == Some(reason)), "{reason:?}: {denied:?}");
    assert_eq!(world.store.writes(), writes, "{reason:?}");
}

/// Fails unless the account lists exactly its active admins.
async fn lists_its_admins(world: &World, human: &Human) {
    let members = world.store.members_of(&human.account).await.unwrap();
    let active = members.into_iter().filter(|line| line.role == Role::Admin && line.mfa != MfaState::Deactivated);
    let active: BTreeSet<_> = active.map(|line| line.user).collect();
    assert_eq!(world.account(human).await.admins, active);
}

pub async fn who_is_no_admin_changes_nothing(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let at_work = world.at_work(&bob.browser).await;

    denies_all(&world, at_work.actor(), &ada.user, Denied::NotAdmin).await;

    let denied = looks(&world, at_work.actor(), &ada.user).await;
    assert!(denied.iter().all(|denied| *denied == Some(Denied::NotAdmin)), "{denied:?}");
}

pub async fn an_admin_needs_an_authenticators_code_of_the_last_ten_minutes(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    world.clock.advance(Duration::from_mins(10));
    let at_work = world.at_work(&ada.browser).await;

    denies_all(&world, at_work.actor(), &bob.user, Denied::StepUp).await;

    let denied = looks(&world, at_work.actor(), &bob.user).await;
    assert!(denied.iter().all(Option::is_none), "{denied:?}");
    let mut browser = ada.browser.clone();
    let renewed = world.verifier.renew(at_work.proof(), &ada.code(world.now()), &browser.claimant()).await.unwrap();
    assert!(is_accepted(&renewed), "{renewed:?}");
    let CodeVerdict::Accepted(upgrade) = renewed else { return };
    browser.keeps(&upgrade);
    let again = world.at_work(&browser).await;
    let changed = world.verifier.change_role(again.actor(), &bob.user, Role::Admin).await.unwrap();
    assert_eq!(changed, Ok(ChangeVerdict::Changed));
    // The page from before goes on under another token.
    denies_all(&world, at_work.actor(), &bob.user, Denied::Over).await;
}

pub async fn an_admin_whose_session_has_ended_or_elapsed_changes_nothing(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let at_work = world.at_work(&ada.browser).await;
    world.rewrites_account(&ada.account, |account| account.dead_before = Some(world.now())).await;
    denies_all(&world, at_work.actor(), &bob.user, Denied::Over).await;
    world.rewrites_account(&ada.account, |account| account.dead_before = None).await;

    world.signs_out(&ada.browser).await;

    denies_all(&world, at_work.actor(), &bob.user, Denied::Over).await;
}

pub async fn a_user_of_another_account_is_nobody(world: World) {
    let ada = world.ada().await;
    let eve = world.protected("eve@example.com").await;
    let (invited, _) = world.invited_by_operator(&eve, "mallory@example.com", Role::Member).await;
    let at_work = world.at_work(&ada.browser).await;
    let writes = world.store.writes();

    for actor in [at_work.actor(), operator_of(&ada)] {
        for user in [&eve.user, &invited.user, &UserId::from_random([7; 16])] {
            let denied = changes_of_user(&world, actor, user).await;
            assert!(denied.iter().all(|denied| *denied == Some(Denied::NoSuchUser)), "{denied:?}");
        }
        for user in [&eve.user, &invited.user] {
            assert_eq!(world.verifier.user_detail(actor, user).await.unwrap(), Err(Denied::NoSuchUser));
        }
        let users = world.verifier.users_of(actor).await.unwrap().unwrap();
        assert!(users.len() == 1 && users[0].user == ada.user, "{users:?}");
    }
    assert_eq!(world.store.writes(), writes);
    assert_eq!(world.passes(Gate::FreshAdmin, &eve.browser).await, Ok(()));
}

pub async fn an_account_that_does_not_exist_is_told_to_the_operator(world: World) {
    let ada = world.ada().await;
    let nowhere = domain::AccountId::from_random([7; 16]);
    let actor = Actor::Operator { account: &nowhere };

    denies_all(&world, actor, &ada.user, Denied::NoSuchAccount).await;

    let denied = looks(&world, actor, &ada.user).await;
    assert!(denied.iter().all(|denied| *denied == Some(Denied::NoSuchAccount)), "{denied:?}");
}

pub async fn the_log_says_which_admin_did_it_to_whom_and_from_where(world: World) {
    let ada = world.ada().await;
    let bob = world.joins(&ada, "bob@example.com", Role::Member).await;
    let at_work = world.at_work(&ada.browser).await;
    let before = world.log(&ada).await.len();

    for actor in [at_work.actor(), operator_of(&ada)] {
        let verifier = &world.verifier;
        world.clock.advance(Duration::from_secs(1));
        for role in [Role::Admin, Role::Member] {
            assert_eq!(verifier.change_role(actor, &bob.user, role).await.unwrap(), Ok(ChangeVerdict::Changed));
        }
        assert_eq!(verifier.deactivate(actor, &bob.user).await.unwrap(), Ok(ChangeVerdict::Changed));
        assert_eq!(verifier.reactivate(actor, &bob.user).await.unwrap(), Ok(ChangeVerdict::Changed));
        assert_eq!(verifier.end_sessions(actor, &bob.user).await.unwrap(), Ok(ChangeVerdict::Changed));
    }

    let log = world.log(&ada).await;
    let mut events: Vec<_> = log[..log.len() - before].to_vec();
    events.sort_by_key(|event| event.at);
    let (by_ada, by_operator) = events.split_at(5);
    for (events, by) in [(by_ada, Some(&ada.user)), (by_operator, None)] {
        let kinds: Vec<_> = events.iter().map(|event| event.kind.clone()).collect();
        for kind in [
            EventKind::RoleChanged { role: Role::Admin },
            EventKind::RoleChanged { role: Role::Member },
            EventKind::Deactivated,
            EventKind::Reactivated,
            EventKind::SessionsEnded,
        ] {
            assert!(kinds.contains(&kind), "{kind:?} is missing: {kinds:?}");
        }
        for event in events {
            assert_eq!((event.by.as_ref(), event.user.as_ref()), (by, Some(&bob.user)));
            assert_eq!((event.address.is_some(), event.browser.is_some()), (by.is_some(), by.is_some()));
        }
    }
}

async fn takes_away(world: &World, way: usize, actor: Actor<'_>, user: &UserId) -> Result<ChangeVerdict, Denied> {
    match way % 3 {
        0 => world.verifier.change_role(actor, user, Role::Member).await.unwrap(),
        1 => world.verifier.deactivate(actor, user).await.unwrap(),
        _ => world.verifier.remove(actor, user).await.unwrap(),
    }
}

/// The operator takes an admin away in one of three ways, or ends their sessions.
pub(super) async fn stops(world: World, admin: Human, way: usize) {
    let stopped = if way == 3 {
        world.verifier.end_sessions(operator_of(&admin), &admin.user).await.unwrap()
    } else {
        takes_away(&world, way, operator_of(&admin), &admin.user).await
    };
    assert_eq!(stopped, Ok(ChangeVerdict::Changed));
}

pub async fn the_last_protected_admin_stays_whoever_wants_it_otherwise(world: World) {
    let ada = world.ada().await;
    let bob = world.joins(&ada, "bob@example.com", Role::Admin).await;
    world.colleague(&ada, "carol@example.com", Role::Member).await;
    let at_work = world.at_work(&ada.browser).await;
    let writes = world.store.writes();

    for way in 0..3 {
        for actor in [at_work.actor(), operator_of(&ada)] {
            assert_eq!(takes_away(&world, way, actor, &ada.user).await, Ok(ChangeVerdict::LastAdmin));
        }
    }
    assert_eq!(world.store.writes(), writes);

    let mut protected = bob.clone();
    world.enrolls(&mut protected).await;
    let changed = takes_away(&world, 0, at_work.actor(), &ada.user).await;
    assert_eq!(changed, Ok(ChangeVerdict::Changed));
    assert_eq!(world.passes(Gate::FreshAdmin, &ada.browser).await, Err(Refusal::NotAdmin));
    lists_its_admins(&world, &ada).await;
}

pub async fn an_admin_who_is_deactivated_or_locked_out_takes_no_last_admins_place(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Admin).await;
    let by_ada = world.at_work(&ada.browser).await;

    world.locks_out(&bob).await;
    assert_eq!(takes_away(&world, 0, by_ada.actor(), &ada.user).await, Ok(ChangeVerdict::LastAdmin));
    world.rewrites(&bob.user, |record| record.strangers = crate::Budget::cleared()).await;
    assert_eq!(takes_away(&world, 1, by_ada.actor(), &bob.user).await, Ok(ChangeVerdict::Changed));
    assert_eq!(takes_away(&world, 1, by_ada.actor(), &ada.user).await, Ok(ChangeVerdict::LastAdmin));
    let back = world.verifier.reactivate(operator_of(&ada), &bob.user).await.unwrap();
    assert_eq!(back, Ok(ChangeVerdict::Changed));

    assert_eq!(takes_away(&world, 1, by_ada.actor(), &ada.user).await, Ok(ChangeVerdict::Changed));
    lists_its_admins(&world, &ada).await;
}

/// What the account's record says of its admins is not believed without a look at their own.
pub async fn who_is_listed_as_an_admin_and_is_none_takes_no_last_admins_place(world: World) {
    let ada = world.ada().await;
    let carol = world.colleague(&ada, "carol@example.com", Role::Member).await;
    let eve = world.protected("eve@example.com").await;
    let by_ada = world.at_work(&ada.browser).await;

    for listed in [&carol, &eve] {
        world.rewrites_account(&ada.account, |account| account.admins.extend([listed.user.clone()])).await;
        for way in 0..3 {
            let taken = takes_away(&world, way, by_ada.actor(), &ada.user).await;
            assert_eq!(taken, Ok(ChangeVerdict::LastAdmin), "{:?} takes her place", listed.email);
        }
    }
}

/// "Remove this user and invite them again" is what an unlock refused says, and must be possible.
pub async fn a_sole_admin_who_is_locked_out_stays_as_long_as_there_is_a_way_back(world: World) {
    let ada = world.ada().await;
    world.locks_out(&ada).await;
    for way in 0..3 {
        assert_eq!(takes_away(&world, way, operator_of(&ada), &ada.user).await, Ok(ChangeVerdict::LastAdmin));
    }

    world.rewrites(&ada.user, |record| record.codes = None).await;
    let removed = takes_away(&world, 2, operator_of(&ada), &ada.user).await;

    assert_eq!(removed, Ok(ChangeVerdict::Changed));
    let (again, _) = world.invited_by_operator(&ada, "ada@example.com", Role::Admin).await;
    assert_ne!(again.user, ada.user);
    lists_its_admins(&world, &ada).await;
}

/// Both decide before the other has committed, at every call there is.
pub async fn of_two_admins_who_take_each_other_away_one_stays_whoever_is_faster(world: World) {
    for calls in 0..CALLS {
        for way in 0..3 {
            let ada = world.protected(&format!("ada{calls}{way}@example.com")).await;
            let bob = world.colleague(&ada, &format!("bob{calls}{way}@example.com"), Role::Admin).await;
            let (by_ada, by_bob) = (world.at_work(&ada.browser).await, world.at_work(&bob.browser).await);
            let (elsewhere, her) = (world.elsewhere().await, ada.user.clone());
            world.store.meanwhile(calls, async move {
                let his = takes_away(&elsewhere, way + 1, by_bob.actor(), &her).await;
                assert_eq!(his, Ok(ChangeVerdict::Changed));
            });

            let hers = takes_away(&world, way, by_ada.actor(), &bob.user).await;

            let interrupted = world.store.recovers();
            assert_eq!(hers != Ok(ChangeVerdict::Changed), interrupted, "before call {calls}: {hers:?}");
            assert_eq!(world.account(&ada).await.admins.len(), 1, "before call {calls}");
            lists_its_admins(&world, &ada).await;
        }
    }
}

/// Two admins and the operator, role changes, deactivations and removals, thirty at once in three processes.
pub async fn whatever_is_done_at_once_to_the_last_two_admins_one_stays(world: World) {
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    for game in 0..6 {
        let ada = world.protected(&format!("ada{game}@example.com")).await;
        let bob = world.colleague(&ada, &format!("bob{game}@example.com"), Role::Admin).await;
        let at_work: [AtWork; 2] = [world.at_work(&ada.browser).await, world.at_work(&bob.browser).await];

        let outcomes = at_once(30, |number| {
            let world = processes[number % 3].clone();
            let (ada, bob, at_work) = (ada.clone(), bob.clone(), at_work.clone());
            async move {
                let whom = if number % 2 == 0 { &bob.user } else { &ada.user };
                let actor = if number % 5 == 0 { operator_of(&ada) } else { at_work[number % 2].actor() };
                let verifier = &world.verifier;
                match (number + game) % 3 {
                    0 => verifier.change_role(actor, whom, Role::Member).await,
                    1 => verifier.deactivate(actor, whom).await,
                    _ => verifier.remove(actor, whom).await,
                }
            }
        })
        .await;

        let admins = world.account(&ada).await.admins;
        assert_eq!(admins.len(), 1, "{outcomes:?}");
        let stayed = if admins.contains(&ada.user) { &ada } else { &bob };
        let record = world.record(stayed).await;
        assert_eq!((record.role, record.standing), (Role::Admin, Standing::Active));
        assert_eq!(summarise(&record).mfa, MfaState::Protected);
        assert_eq!(world.passes(Gate::RecentAdmin, &stayed.browser).await, Ok(()));
        lists_its_admins(&world, &ada).await;
    }
}

pub async fn an_admin_who_is_stopped_meanwhile_does_nothing_more(world: World) {
    for calls in 0..CALLS {
        for way in 0..4 {
            let ada = world.protected(&format!("ada{calls}{way}@example.com")).await;
            world.colleague(&ada, &format!("bob{calls}{way}@example.com"), Role::Admin).await;
            let carol = world.joins(&ada, &format!("carol{calls}{way}@example.com"), Role::Member).await;
            let by_ada = world.at_work(&ada.browser).await;
            world.store.meanwhile(calls, stops(world.elsewhere().await, ada.clone(), way));

            let changed = world.verifier.change_role(by_ada.actor(), &carol.user, Role::Admin).await.unwrap();

            let interrupted = world.store.recovers();
            assert_eq!(changed.is_err(), interrupted, "before call {calls}: {changed:?}");
            assert_eq!(world.record(&carol).await.role == Role::Member, interrupted, "before call {calls}");
            lists_its_admins(&world, &ada).await;
        }
    }
}

pub async fn the_list_of_users_gets_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    world.clock.advance(Session::SEEN_EVERY);
    let at_work = world.at_work(&ada.browser).await;

    for (actor, calls) in [(at_work.actor(), 1), (operator_of(&ada), 2)] {
        for calls in 0..calls {
            world.store.fails_before(calls);
            assert!(world.verifier.users_of(actor).await.is_err());
        }
        assert_eq!(world.verifier.users_of(actor).await.unwrap().unwrap().len(), 1);
    }
}

pub async fn an_admin_who_loses_a_race_decides_again(world: World) {
    let ada = world.ada().await;
    let (at_work, verifier) = (world.at_work(&ada.browser).await, world.verifier.clone());
    let mails = world.messages().await.len();

    world.store.loses_a_race();
    let invited = verifier.invite(at_work.actor(), &a_new_user("bob@example.com", Role::Member)).await.unwrap();
    let Ok(InviteVerdict::Invited { user, .. }) = invited else { panic!("{invited:?}") };
    assert!(world.store.recovers());
    world.store.loses_a_race();
    let sent = verifier.resend_invitation(at_work.actor(), &user).await.unwrap();
    assert!(world.store.recovers() && matches!(sent, Ok(ResendVerdict::Sent { .. })), "{sent:?}");
    world.store.loses_a_race();
    let changed = verifier.change_role(at_work.actor(), &user, Role::Admin).await.unwrap();
    assert!(world.store.recovers() && changed == Ok(ChangeVerdict::Changed), "{changed:?}");
    world.store.loses_a_race();
    let saved = verifier.change_setting(at_work.actor(), MfaWindow::CHOICES[0]).await.unwrap();
    assert!(world.store.recovers() && saved == Ok(SettingVerdict::Saved), "{saved:?}");

    assert_eq!(world.messages().await.len() - mails, 2);
    assert_eq!(world.account(&ada).await.admins.len(), 2);
}

pub async fn who_loses_every_race_is_told_and_nothing_is_written(world: World) {
    let ada = world.ada().await;
    let (at_work, code) = (world.at_work(&ada.browser).await, ada.code(world.now()));
    let writes = world.store.writes();
    world.store.loses_every_race();

    let changed = world.verifier.change_setting(at_work.actor(), MfaWindow::CHOICES[0]).await;
    let renewed = world.verifier.renew(at_work.proof(), &code, &ada.browser.claimant()).await;

    assert!(matches!(changed, Err(Unavailable::Contended)), "{changed:?}");
    assert!(matches!(renewed, Err(Unavailable::Contended)), "{renewed:?}");
    assert_eq!(world.store.writes(), writes);
    world.store.recovers();
    assert!(is_accepted(&world.renews(&mut ada.browser.clone(), &code).await));
}

use std::time::Duration;

use domain::Role;

use super::administration::operator_of;
use crate::testing::world::{PASSWORD, a_new_user, at_once, fit};
use crate::testing::{Browser, Human, World};
use crate::{
    ChangeVerdict, EventKind, InvitationVerdict, InviteVerdict, Message, MessageKind, NextFactor, Recipient,
    ResendVerdict, Token,
};

/// The links of the invitations that were mailed, in order.
fn mailed_links(messages: &[Message]) -> Vec<Token> {
    let link = |message: &Message| match &message.about {
        MessageKind::Invitation { link } => Some(link.reveal().parse().unwrap()),
        _ => None,
    };
    messages.iter().filter_map(link).collect()
}

async fn is_good(world: &World, link: &Token) -> bool {
    world.verifier.invited(link).await.unwrap().is_some()
}

pub async fn who_is_invited_by_an_admin_sets_a_password_by_the_link_in_their_mailbox(world: World) {
    let ada = world.ada().await;
    let at_work = world.at_work(&ada.browser).await;
    let new = a_new_user("bob@example.com", Role::Member);

    let invited = world.verifier.invite(at_work.actor(), &new).await.unwrap();

    let Ok(InviteVerdict::Invited { user, link: None }) = invited else { panic!("{invited:?}") };
    let messages = world.messages().await;
    let mail = messages.last().unwrap();
    assert_eq!((&mail.to, &mail.name), (&Recipient::Mail(new.email.clone()), &new.name));
    let event = world.log(&ada).await.remove(0);
    assert_eq!((event.kind, event.user, event.by), (EventKind::Invited, Some(user.clone()), Some(ada.user.clone())));
    let bob = Human { user, email: new.email, ..ada.clone() };
    assert_eq!((world.record(&bob).await.role, world.record(&bob).await.password), (Role::Member, None));
    let links = mailed_links(&messages);
    let claimant = Browser::new().claimant();
    let accepted = world.verifier.accept_invitation(&links[0], &fit(PASSWORD), None, &claimant).await.unwrap();
    assert!(matches!(accepted, InvitationVerdict::Accepted { .. }), "{accepted:?}");
    assert_eq!(world.knows_the_password_of(&bob, &mut Browser::new()).await, NextFactor::Enrollment);
}

pub async fn the_operator_gets_the_link_that_is_mailed_and_no_admin_does(world: World) {
    let ada = world.ada().await;
    let at_work = world.at_work(&ada.browser).await;

    let (bob, link) = world.invited_by_operator(&ada, "bob@example.com", Role::Admin).await;
    assert_eq!(mailed_links(&world.messages().await).last().map(Token::hash), Some(link.hash()));
    world.clock.advance(Duration::from_secs(1));
    let again = world.verifier.resend_invitation(operator_of(&ada), &bob.user).await.unwrap();
    let Ok(ResendVerdict::Sent { link: Some(link) }) = again else { panic!("{again:?}") };
    assert_eq!(mailed_links(&world.messages().await).last().map(Token::hash), Some(link.hash()));

    let by_ada = world.verifier.resend_invitation(at_work.actor(), &bob.user).await.unwrap();
    assert!(matches!(by_ada, Ok(ResendVerdict::Sent { link: None })), "{by_ada:?}");
}

pub async fn an_invitation_of_an_admin_dies_after_72_hours(world: World) {
    let ada = world.ada().await;
    let (_, link) = world.invited_by_operator(&ada, "bob@example.com", Role::Admin).await;

    super::dies_at(&world, Duration::from_hours(72), async || is_good(&world, &link).await).await;
}

/// Whether the address is one of ours, of theirs, or of somebody who is deactivated there is not said; the log tells who
/// tried.
pub async fn an_address_that_is_taken_in_any_account_is_one_answer(world: World) {
    let ada = world.ada().await;
    let eve = world.protected("eve@example.com").await;
    let (theirs, _) = world.invited_by_operator(&eve, "mallory@example.com", Role::Member).await;
    let gone = world.joins(&eve, "trudy@example.com", Role::Member).await;
    let _ = world.verifier.deactivate(operator_of(&eve), &gone.user).await.unwrap();
    let at_work = world.at_work(&ada.browser).await;
    let writes = world.store.writes();

    for taken in [&ada, &eve, &theirs, &gone] {
        let verdict = world.verifier.invite(at_work.actor(), &a_new_user(taken.email.as_str(), Role::Admin)).await;
        assert!(matches!(verdict, Ok(Ok(InviteVerdict::EmailTaken))), "{verdict:?}");
    }

    assert_eq!(world.store.writes(), writes + 4);
    let told = world.log(&ada).await.into_iter().filter(|event| event.kind == EventKind::InvitationRefused);
    let told: Vec<_> = told.map(|event| (event.user, event.by)).collect();
    assert_eq!(told, vec![(None, Some(ada.user.clone())); 4]);
    assert!(!world.events(&eve).await.contains(&EventKind::InvitationRefused));
}

pub async fn an_invited_admin_is_an_active_admin_of_the_account_at_once(world: World) {
    let ada = world.ada().await;

    let (bob, _) = world.invited_by_operator(&ada, "bob@example.com", Role::Admin).await;
    let (carol, _) = world.invited_by_operator(&ada, "carol@example.com", Role::Member).await;

    let admins = world.account(&ada).await.admins;
    assert!(admins.contains(&bob.user) && !admins.contains(&carol.user));
    let removed = world.verifier.remove(operator_of(&ada), &bob.user).await.unwrap();
    assert_eq!(removed, Ok(ChangeVerdict::Changed));
    assert!(!world.account(&ada).await.admins.contains(&bob.user));
}

pub async fn an_invitation_that_is_sent_again_voids_the_one_before(world: World) {
    let ada = world.ada().await;
    let (bob, first) = world.invited_by_operator(&ada, "bob@example.com", Role::Member).await;
    let at_work = world.at_work(&ada.browser).await;
    world.clock.advance(Duration::from_secs(1));

    let sent = world.verifier.resend_invitation(at_work.actor(), &bob.user).await.unwrap();

    assert!(matches!(sent, Ok(ResendVerdict::Sent { .. })), "{sent:?}");
    let second = mailed_links(&world.messages().await).pop().unwrap();
    assert!(!is_good(&world, &first).await && is_good(&world, &second).await);
    let event = world.log(&ada).await.remove(0);
    assert_eq!((event.kind, event.user, event.by), (EventKind::Invited, Some(bob.user), Some(ada.user)));
}

pub async fn who_has_a_password_or_is_deactivated_is_sent_no_invitation(world: World) {
    let ada = world.ada().await;
    let bob = world.joins(&ada, "bob@example.com", Role::Member).await;
    let (carol, link) = world.invited_by_operator(&ada, "carol@example.com", Role::Member).await;
    let at_work = world.at_work(&ada.browser).await;
    let _ = world.verifier.deactivate(at_work.actor(), &carol.user).await.unwrap();
    let writes = world.store.writes();

    let to_bob = world.verifier.resend_invitation(at_work.actor(), &bob.user).await.unwrap();
    let to_carol = world.verifier.resend_invitation(at_work.actor(), &carol.user).await.unwrap();

    assert!(matches!(to_bob, Ok(ResendVerdict::Accepted)), "{to_bob:?}");
    assert!(matches!(to_carol, Ok(ResendVerdict::Deactivated)), "{to_carol:?}");
    assert_eq!(world.store.writes(), writes);
    let _ = world.verifier.reactivate(at_work.actor(), &carol.user).await.unwrap();
    assert!(!is_good(&world, &link).await);
}

pub async fn an_address_is_mailed_three_invitations_a_day_whoever_sends_them(world: World) {
    let ada = world.ada().await;
    let eve = world.protected("eve@example.com").await;
    let began = world.now();
    let (bob, _) = world.invited_by_operator(&ada, "bob@example.com", Role::Member).await;
    let _ = world.verifier.remove(operator_of(&ada), &bob.user).await.unwrap();
    world.clock.advance(Duration::from_mins(1));
    let (theirs, _) = world.invited_by_operator(&eve, "bob@example.com", Role::Member).await;
    let third = world.verifier.resend_invitation(operator_of(&eve), &theirs.user).await.unwrap();
    assert!(matches!(third, Ok(ResendVerdict::Sent { .. })), "{third:?}");
    let writes = world.store.writes();

    let fourth = world.verifier.resend_invitation(operator_of(&eve), &theirs.user).await.unwrap();

    let a_day_on = began.plus(Duration::from_hours(24));
    assert!(matches!(fourth, Ok(ResendVerdict::Wait { until }) if until == a_day_on), "{fourth:?}");
    assert_eq!(world.store.writes(), writes);
    let _ = world.verifier.remove(operator_of(&eve), &theirs.user).await.unwrap();
    let new = a_new_user("bob@example.com", Role::Member);
    let anew = world.verifier.invite(operator_of(&ada), &new).await.unwrap();
    assert!(matches!(anew, Ok(InviteVerdict::Wait { until }) if until == a_day_on), "{anew:?}");
    world.clock.set(a_day_on);
    let anew = world.verifier.invite(operator_of(&ada), &new).await.unwrap();
    assert!(matches!(anew, Ok(InviteVerdict::Invited { .. })), "{anew:?}");
}

pub async fn an_address_invited_thirty_times_at_once_is_invited_once(world: World) {
    let ada = world.ada().await;
    let at_work = world.at_work(&ada.browser).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let mails = world.messages().await.len();

    let outcomes = at_once(30, |number| {
        let (world, at_work) = (processes[number % 3].clone(), at_work.clone());
        async move { world.verifier.invite(at_work.actor(), &a_new_user("bob@example.com", Role::Member)).await }
    })
    .await;

    let invited = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Ok(InviteVerdict::Invited { .. })))).count();
    assert_eq!((invited, world.messages().await.len() - mails), (1, 1), "{outcomes:?}");
}

pub async fn of_thirty_invitations_sent_again_at_once_no_more_are_mailed_than_may_be(world: World) {
    let ada = world.ada().await;
    let (bob, _) = world.invited_by_operator(&ada, "bob@example.com", Role::Member).await;
    let at_work = world.at_work(&ada.browser).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let (world, at_work, bob) = (processes[number % 3].clone(), at_work.clone(), bob.clone());
        async move { world.verifier.resend_invitation(at_work.actor(), &bob.user).await }
    })
    .await;

    let sent = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Ok(ResendVerdict::Sent { .. })))).count();
    let links = mailed_links(&world.messages().await);
    assert_eq!((sent, links.len()), (2, 3), "{outcomes:?}");
    let mut good = 0;
    for link in &links {
        good += usize::from(is_good(&world, link).await);
    }
    assert_eq!(good, 1);
}

/// Two different accounts, each of which may invite whom it wants, share the one limit of the address.
pub async fn an_address_that_is_removed_and_invited_at_once_is_mailed_no_more_than_may_be(world: World) {
    let hosts = [world.ada().await, world.protected("eve@example.com").await];
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let (world, host) = (processes[number % 3].clone(), hosts[number % 2].clone());
        async move {
            let new = a_new_user("bob@example.com", Role::Member);
            let invited = world.verifier.invite(operator_of(&host), &new).await;
            if let Ok(Ok(InviteVerdict::Invited { user, .. })) = &invited {
                let _ = world.verifier.remove(operator_of(&host), user).await;
            }
            invited
        }
    })
    .await;

    let invited = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Ok(InviteVerdict::Invited { .. })))).count();
    let mailed = mailed_links(&world.messages().await).len();
    assert!(mailed <= 3 && invited == mailed, "{outcomes:?}");
}

/// Whoever is faster: a link that was mailed after the password was set would set it again.
pub async fn an_invitation_sent_again_while_it_is_accepted_leaves_no_link(world: World) {
    for calls in 0..8 {
        let ada = world.protected(&format!("ada{calls}@example.com")).await;
        let (bob, link) = world.invited_by_operator(&ada, &format!("bob{calls}@example.com"), Role::Member).await;
        let (elsewhere, at_work) = (world.elsewhere().await, world.at_work(&ada.browser).await);
        world.clock.advance(Duration::from_secs(1));
        world.store.meanwhile(calls, async move {
            let claimant = Browser::new().claimant();
            let accepted = elsewhere.verifier.accept_invitation(&link, &fit(PASSWORD), None, &claimant).await.unwrap();
            assert!(matches!(accepted, InvitationVerdict::Accepted { .. }), "{accepted:?}");
        });

        let sent = world.verifier.resend_invitation(at_work.actor(), &bob.user).await.unwrap();

        let interrupted = world.store.recovers();
        assert_eq!(matches!(sent, Ok(ResendVerdict::Accepted)), interrupted, "before call {calls}: {sent:?}");
        let newest = mailed_links(&world.messages().await).pop().unwrap();
        assert_eq!(is_good(&world, &newest).await, !interrupted, "before call {calls}");
    }
}

pub async fn an_invitation_and_another_get_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let at_work = world.at_work(&ada.browser).await;
    let new = a_new_user("bob@example.com", Role::Admin);
    let mails = world.messages().await.len();

    let invited = world.gets_through_all_faults(async || world.verifier.invite(at_work.actor(), &new).await).await;
    let Ok(InviteVerdict::Invited { user, .. }) = invited else { panic!("{invited:?}") };
    let sent =
        world.gets_through_all_faults(async || world.verifier.resend_invitation(at_work.actor(), &user).await).await;

    assert!(matches!(sent, Ok(ResendVerdict::Sent { .. })), "{sent:?}");
    assert_eq!(world.messages().await.len() - mails, 2);
    assert!(world.account(&ada).await.admins.contains(&user));
}

pub async fn who_never_heard_that_an_invitation_was_made_finds_the_address_taken(world: World) {
    let ada = world.ada().await;
    let at_work = world.at_work(&ada.browser).await;
    let new = a_new_user("bob@example.com", Role::Member);

    world.loses_the_answer(async || world.verifier.invite(at_work.actor(), &new).await).await;

    let again = world.verifier.invite(at_work.actor(), &new).await.unwrap();
    assert!(matches!(again, Ok(InviteVerdict::EmailTaken)), "{again:?}");
    assert!(is_good(&world, &mailed_links(&world.messages().await)[0]).await);
}

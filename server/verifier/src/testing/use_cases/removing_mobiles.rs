use std::time::Duration;

use domain::MobileId;

use super::is_accepted;
use crate::testing::world::at_once;
use crate::testing::world::ways_back::{NUMBER, number};
use crate::testing::{Browser, Human, World};
use crate::{
    Barred, CodeRejected, EventKind, Gate, Message, MessageKind, NoticeKind, RECENT, Recipient, RemovalVerdict,
    TextVerdict,
};

/// Ada with two recovery mobiles, who has just shown a code in her browser.
async fn stepped_up(world: &World) -> (Human, Browser, [MobileId; 2]) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let other = world.has_mobile(&ada, number(2).as_str()).await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    (ada, browser, [mobile, other])
}

async fn removes(world: &World, browser: &Browser, mobile: &MobileId) -> Result<RemovalVerdict, Barred> {
    let proof = world.fresh(browser).await;
    world.verifier.remove_mobile(&proof, mobile, &browser.claimant()).await.unwrap()
}

fn tells_of_it(message: &Message) -> bool {
    let removed = NoticeKind::MobileRemoved { number: "78".into() };
    matches!(&message.about, MessageKind::Notice { what, .. } if *what == removed)
}

pub async fn a_mobile_that_is_removed_is_no_way_back_and_every_mobile_and_the_mail_are_told(world: World) {
    let (ada, browser, [mobile, other]) = stepped_up(&world).await;
    let mut at_home = Browser::new();
    world.signs_in(&ada, &mut at_home).await;

    assert_eq!(removes(&world, &browser, &mobile).await, Ok(RemovalVerdict::Removed));

    let left: Vec<_> = world.record(&ada).await.mobiles.into_iter().map(|mobile| mobile.id).collect();
    assert_eq!(left, std::slice::from_ref(&other));
    let mut later = Browser::new();
    world.knows_the_password_of(&ada, &mut later).await;
    assert_eq!(world.asks_for_a_text(&later, &mobile).await, TextVerdict::NoSuchMobile);
    assert!(matches!(world.asks_for_a_text(&later, &other).await, TextVerdict::Sent(_)));
    assert!(world.events(&ada).await.contains(&EventKind::MobileRemoved { number: "78".into() }));
    let told: Vec<_> = world.messages().await.into_iter().filter(tells_of_it).map(|message| message.to).collect();
    let text = |number: &str| Recipient::Text(number.parse().unwrap());
    assert_eq!(told.len(), 3);
    for to in [Recipient::Mail(ada.email.clone()), text(NUMBER), text(number(2).as_str())] {
        assert!(told.contains(&to), "{to:?} is not told");
    }
    assert_eq!(world.passes(Gate::Fresh, &at_home).await, Ok(()), "ending other sessions is offered, not done");
    assert_eq!(removes(&world, &browser, &mobile).await, Ok(RemovalVerdict::NoSuchMobile));
}

/// What an account does not send it does not send for a notice either.
pub async fn a_removal_is_texted_to_no_mobile_that_may_not_be_texted(world: World) {
    let (ada, browser, [mobile, _]) = stepped_up(&world).await;
    world.rewrites_account(&ada.account, |account| account.texts.on = false).await;

    assert_eq!(removes(&world, &browser, &mobile).await, Ok(RemovalVerdict::Removed));

    let told: Vec<_> = world.messages().await.into_iter().filter(tells_of_it).map(|message| message.to).collect();
    assert_eq!(told, [Recipient::Mail(ada.email)]);
}

pub async fn removing_a_mobile_asks_for_an_authenticator_code_of_the_last_ten_minutes(world: World) {
    let (ada, mut browser, [mobile, _]) = stepped_up(&world).await;
    let proof = world.fresh(&browser).await;
    world.clock.advance(RECENT);
    let writes = world.store.writes();

    assert_eq!(removes(&world, &browser, &mobile).await, Err(Barred::StepUp));

    assert_eq!(world.store.writes(), writes);
    world.steps_up(&ada, &mut browser).await;
    let stale = world.verifier.remove_mobile(&proof, &mobile, &browser.claimant()).await.unwrap();
    assert_eq!(stale, Err(Barred::Over));
    assert_eq!(removes(&world, &browser, &mobile).await, Ok(RemovalVerdict::Removed));
}

pub async fn a_code_on_its_way_to_a_mobile_that_is_removed_is_void(world: World) {
    let (ada, mut browser, [mobile, other]) = stepped_up(&world).await;
    let (mut first, mut second) = (Browser::new(), Browser::new());
    world.knows_the_password_of(&ada, &mut first).await;
    let void = world.is_texted(&first, &mobile, NUMBER).await;
    world.clock.advance(Duration::from_secs(30));
    world.knows_the_password_of(&ada, &mut second).await;
    let live = world.is_texted(&second, &other, number(2).as_str()).await;
    world.steps_up(&ada, &mut browser).await;

    assert_eq!(removes(&world, &browser, &mobile).await, Ok(RemovalVerdict::Removed));

    assert_eq!(world.record(&ada).await.challenges.len(), 1);
    let verdict = world.enters_text_code(&mut first, &void).await;
    assert_eq!(super::rejected(&verdict), Some(CodeRejected::Over));
    assert!(is_accepted(&world.enters_text_code(&mut second, &live).await));
}

/// The thief of a number comes in by it, and must not be able to take the owner's other ways back.
pub async fn for_a_day_after_a_recovery_by_text_no_mobile_is_removed(world: World) {
    let (mut ada, _, [mobile, other]) = stepped_up(&world).await;
    let mut browser = Browser::new();
    world.comes_back_by_text(&ada, &mut browser, &mobile, NUMBER).await;
    let until = world.now().plus(Duration::from_hours(24));
    world.binds_anew(&mut ada, &mut browser).await;
    let writes = world.store.writes();

    assert_eq!(removes(&world, &browser, &other).await, Ok(RemovalVerdict::Held { until }));

    assert_eq!(world.store.writes(), writes);
    world.clock.set(until.minus(World::STEP).minus(Duration::from_millis(1)));
    world.steps_up(&ada, &mut browser).await;
    assert_eq!(removes(&world, &browser, &other).await, Ok(RemovalVerdict::Held { until }));
    let shown = world.verifier.profile(&world.fresh(&browser).await).unwrap();
    assert_eq!(shown.held_until, Some(until));
    world.clock.set(until);
    assert_eq!(removes(&world, &browser, &other).await, Ok(RemovalVerdict::Removed));
}

pub async fn a_mobile_of_another_user_is_none(world: World) {
    let (_, browser, _) = stepped_up(&world).await;
    let (bob, theirs) = world.with_mobile("bob@example.com", number(3).as_str()).await;

    assert_eq!(removes(&world, &browser, &theirs).await, Ok(RemovalVerdict::NoSuchMobile));

    assert_eq!(world.record(&bob).await.mobiles.len(), 1);
}

pub async fn one_mobile_removed_thirty_times_at_once_is_removed_once(world: World) {
    let (ada, browser, [mobile, _]) = stepped_up(&world).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let (proof, claimant) = (world.fresh(&browser).await, browser.claimant());

    let outcomes = at_once(30, |number| {
        let (world, proof) = (processes[number % 3].clone(), proof.clone());
        let (mobile, claimant) = (mobile.clone(), claimant.clone());
        async move { world.verifier.remove_mobile(&proof, &mobile, &claimant).await }
    })
    .await;

    let removed = |outcome: &&Result<_, _>| matches!(outcome, Ok(Ok(RemovalVerdict::Removed)));
    assert_eq!(outcomes.iter().filter(removed).count(), 1, "{outcomes:?}");
    assert_eq!(world.record(&ada).await.mobiles.len(), 1);
    assert_eq!(world.messages().await.iter().filter(|message| tells_of_it(message)).count(), 3);
}

/// Whichever is faster, nobody comes back by a mobile that is not theirs any more.
pub async fn a_text_asked_for_while_its_mobile_is_removed_lets_nobody_in(world: World) {
    for calls in 0..8 {
        let (ada, mobile) = world.with_mobile(&format!("user{calls}@example.com"), number(calls).as_str()).await;
        let (mut browser, mut pending) = (ada.browser.clone(), Browser::new());
        world.steps_up(&ada, &mut browser).await;
        world.knows_the_password_of(&ada, &mut pending).await;
        let (elsewhere, theirs, texted) = (world.elsewhere().await, pending.clone(), mobile.clone());
        world.store.meanwhile(calls, async move {
            let verdict = elsewhere.asks_for_a_text(&theirs, &texted).await;
            assert!(matches!(verdict, TextVerdict::Sent(_) | TextVerdict::NoSuchMobile), "{verdict:?}");
        });

        assert_eq!(removes(&world, &browser, &mobile).await, Ok(RemovalVerdict::Removed), "before call {calls}");

        world.store.recovers();
        assert!(world.record(&ada).await.challenges.is_empty(), "before call {calls}");
        assert_eq!(world.verifier.ways_back(&world.awaiting_code(&pending).await).sent, None);
    }
}

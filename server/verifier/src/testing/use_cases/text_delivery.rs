//! What becomes of a text once it is ordered, and of an account whose texts nobody answers.

use std::time::Duration;

use domain::Role;

use super::notices;
use crate::testing::world::ways_back::{NUMBER, number};
use crate::testing::{Browser, Human, World};
use crate::{
    Commit, EventKind, Lane, Message, MessageKind, NoticeKind, QueuedMessage, Recipient, Store, TextDelivery,
    TextRefused, TextVerdict, Undelivered,
};

/// Somebody at the code screen who has asked for a text, and the text.
async fn awaits_a_text(world: &World) -> (Human, Browser, QueuedMessage) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = ada.browser.anew();
    world.knows_the_password_of(&ada, &mut browser).await;
    assert!(matches!(world.asks_for_a_text(&browser, &mobile).await, TextVerdict::Sent(_)));
    let leased = world.verifier.lease_messages(Lane::Text, 10).await.unwrap();
    let [text] = leased.try_into().expect("one text");
    (ada, browser, text)
}

async fn shown(world: &World, browser: &Browser) -> TextDelivery {
    let proof = world.awaiting_code(browser).await;
    world.verifier.ways_back(&proof).sent.expect("a text").delivery
}

pub async fn a_text_is_on_its_way_until_the_gateway_took_it(world: World) {
    let (_, browser, text) = awaits_a_text(&world).await;
    assert_eq!(shown(&world, &browser).await, TextDelivery::Queued);

    let _ = world.verifier.message_failed(&text, Undelivered::ForNow).await.unwrap();
    assert_eq!(shown(&world, &browser).await, TextDelivery::Queued);
    world.clock.advance(Duration::from_secs(10));
    let again = world.verifier.lease_messages(Lane::Text, 1).await.unwrap().remove(0);
    world.verifier.message_sent(&again).await.unwrap();

    assert_eq!(shown(&world, &browser).await, TextDelivery::Sent);
}

pub async fn a_text_that_did_not_go_says_so_and_costs_neither_its_owner_nor_the_account(world: World) {
    let (ada, browser, text) = awaits_a_text(&world).await;

    let _ = world.verifier.message_failed(&text, Undelivered::ForGood).await.unwrap();

    assert_eq!(shown(&world, &browser).await, TextDelivery::Failed);
    let texts = world.account(&ada).await.texts;
    assert_eq!((texts.sent, texts.failures.len()), (0, 1));
    assert_eq!((texts.failures[0].number.as_str(), texts.failures[0].perhaps), ("78", false));
    assert!(world.record(&ada).await.texts.sent.is_empty());
    let events = world.events(&ada).await;
    assert!(events.iter().any(|event| matches!(event, EventKind::MessageGivenUp { tries: 1, text: true, .. })));
    // It can be asked for again at once, and nobody's try was spent.
    let mobile = world.record(&ada).await.mobiles[0].id.clone();
    assert!(matches!(world.asks_for_a_text(&browser, &mobile).await, TextVerdict::Sent(_)));
    assert_eq!(world.record(&ada).await.challenges[0].wrong, 0);
    assert_eq!(shown(&world, &browser).await, TextDelivery::Queued);
}

/// Notices to mobiles are never counted: one that does not go must not give back what it never took.
pub async fn a_notice_that_did_not_go_makes_no_room_for_texts(world: World) {
    let (ada, _, text) = awaits_a_text(&world).await;
    world.verifier.message_sent(&text).await.unwrap();
    let person = world.store.load_user(&ada.user).await.unwrap().unwrap();
    let (to, about) = (Recipient::Text(NUMBER.parse().unwrap()), MessageKind::notice(NoticeKind::Locked, None));
    let notice = world.verifier.message(&person, to, world.now(), about).unwrap();
    world.store.commit(Commit { messages: vec![notice], ..Commit::default() }).await.unwrap();
    let notice = world.verifier.lease_messages(Lane::Text, 1).await.unwrap().remove(0);

    let _ = world.verifier.message_failed(&notice, Undelivered::ForGood).await.unwrap();

    let texts = world.account(&ada).await.texts;
    assert_eq!((texts.sent, texts.watched, texts.failures.len()), (1, 1, 1));
}

/// Its sender was stopped in the middle, for so long that the code is of no use: it may have gone.
pub async fn a_text_whose_sender_was_stopped_for_long_may_have_gone(world: World) {
    let (ada, ..) = awaits_a_text(&world).await;
    world.clock.advance(crate::TextChallenge::LIFE);

    assert!(world.verifier.lease_messages(Lane::Text, 1).await.unwrap().is_empty());

    let texts = world.account(&ada).await.texts;
    assert_eq!((texts.sent, texts.failures[0].perhaps), (1, true));
}

pub async fn a_text_that_may_have_gone_counts_and_its_code_goes_on_working(world: World) {
    let (ada, mut browser, text) = awaits_a_text(&world).await;
    let code = world.texted_code(NUMBER).await;

    let _ = world.verifier.message_failed(&text, Undelivered::Perhaps).await.unwrap();

    assert_eq!(shown(&world, &browser).await, TextDelivery::Perhaps);
    let texts = world.account(&ada).await.texts;
    assert_eq!((texts.sent, texts.failures[0].perhaps), (1, true));
    assert!(matches!(world.enters_text_code(&mut browser, &code).await, crate::Judged::Accepted(_)));
}

/// What is known of the older text says nothing of the newer one.
pub async fn what_became_of_an_older_text_is_not_shown_of_the_newer_one(world: World) {
    let (ada, browser, older) = awaits_a_text(&world).await;
    world.clock.advance(Duration::from_secs(30));
    let mobile = world.record(&ada).await.mobiles[0].id.clone();
    assert!(matches!(world.asks_for_a_text(&browser, &mobile).await, TextVerdict::Sent(_)));

    world.verifier.message_sent(&older).await.unwrap();

    assert_eq!(shown(&world, &browser).await, TextDelivery::Queued);
}

pub async fn who_lost_a_text_to_another_worker_says_nothing_of_it(world: World) {
    let (ada, browser, stale) = awaits_a_text(&world).await;
    world.clock.advance(crate::LEASE);
    let _ = world.verifier.lease_messages(Lane::Text, 1).await.unwrap().remove(0);

    let _ = world.verifier.message_failed(&stale, Undelivered::ForGood).await.unwrap();

    assert_eq!(shown(&world, &browser).await, TextDelivery::Queued);
    assert!(world.account(&ada).await.texts.failures.is_empty());
}

pub async fn what_became_of_a_text_is_noted_though_everything_failed_before(world: World) {
    let (ada, browser, text) = awaits_a_text(&world).await;

    world.gets_through_store_faults(async || world.verifier.message_sent(&text).await).await;
    assert_eq!(shown(&world, &browser).await, TextDelivery::Sent);

    world.clock.advance(Duration::from_secs(30));
    let mobile = world.record(&ada).await.mobiles[0].id.clone();
    assert!(matches!(world.asks_for_a_text(&browser, &mobile).await, TextVerdict::Sent(_)));
    let text = world.verifier.lease_messages(Lane::Text, 1).await.unwrap().remove(0);
    let _ =
        world.gets_through_all_faults(async || world.verifier.message_failed(&text, Undelivered::ForGood).await).await;
    assert_eq!(shown(&world, &browser).await, TextDelivery::Failed);
    assert_eq!(world.account(&ada).await.texts.failures.len(), 1);
}

/// Somebody earns by each text: they order them and never enter a code.
pub async fn texts_that_nobody_answers_stop_by_themselves_and_every_admin_is_told(world: World) {
    let boss = world.protected("boss@example.com").await;
    let other = world.colleague(&boss, "other@example.com", Role::Admin).await;
    let mut last = None;
    for nth in 0..20 {
        let eve = world.colleague(&boss, &format!("eve{nth}@example.com"), Role::Member).await;
        let mobile = world.has_mobile(&eve, number(nth).as_str()).await;
        let mut browser = eve.browser.anew();
        world.clock.advance(Duration::from_mins(20));
        world.knows_the_password_of(&eve, &mut browser).await;
        assert!(matches!(world.asks_for_a_text(&browser, &mobile).await, TextVerdict::Sent(_)), "{nth}");
        last = Some((browser, mobile));
    }

    let texts = world.account(&boss).await.texts;
    assert_eq!((texts.on, texts.stopped_at), (false, Some(world.now())));
    let (browser, mobile) = last.unwrap();
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(world.asks_for_a_text(&browser, &mobile).await, TextVerdict::Refused(TextRefused::Off));
    let told = |mail: &Message| {
        notices(std::slice::from_ref(mail)).contains(&NoticeKind::TextsStopped { sent: 20, answered: 0 })
    };
    let told: Vec<_> = world.messages().await.into_iter().filter(told).map(|mail| mail.to).collect();
    let admins = [&boss, &other].map(|admin| Recipient::Mail(admin.email.clone()));
    assert!(told.len() == 2 && admins.iter().all(|admin| told.contains(admin)), "{told:?}");
    let events = world.events(&boss).await;
    assert!(events.contains(&EventKind::TextsStopped { sent: 20, answered: 0 }));
}

pub async fn texts_that_are_answered_go_on(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    for nth in 0..6 {
        world.clock.advance(Duration::from_hours(2));
        let mut browser = ada.browser.anew();
        world.knows_the_password_of(&ada, &mut browser).await;
        let verdict = world.asks_for_a_text(&browser, &mobile).await;
        // Five texts to one number a day.
        if nth < 5 {
            assert!(matches!(verdict, TextVerdict::Sent(_)), "{verdict:?}");
            let code = world.texted_code(NUMBER).await;
            assert!(matches!(world.enters_text_code(&mut browser, &code).await, crate::Judged::Accepted(_)));
        }
    }

    let texts = world.account(&ada).await.texts;
    assert_eq!((texts.on, texts.watched, texts.answered), (true, 5, 5));
}

pub async fn a_sign_in_in_a_new_browser_is_told_and_the_next_one_there_is_not(world: World) {
    let ada = world.ada().await;
    let before = notices(&world.messages().await);
    assert!(!before.contains(&NoticeKind::NewBrowser));
    let count = async || {
        let notices = notices(&world.messages().await);
        notices.iter().filter(|notice| **notice == NoticeKind::NewBrowser).count()
    };

    let mut browser = Browser::new();
    world.signs_in(&ada, &mut browser).await;
    assert_eq!(count().await, 1);
    world.signs_in(&ada, &mut browser.anew()).await;
    world.signs_in(&ada, &mut ada.browser.anew()).await;
    assert_eq!(count().await, 1);
}

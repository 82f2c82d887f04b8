use std::time::Duration;

use domain::{MobileId, PhoneNumber, Role};

use crate::testing::world::at_once;
use crate::testing::world::ways_back::{NUMBER, number};
use crate::testing::{Browser, Human, World};
use crate::{Gate, TextAim, TextPolicy, TextRefused, TextVerdict, Unavailable};

fn wait(verdict: &TextVerdict) -> Option<domain::Timestamp> {
    match verdict {
        TextVerdict::Refused(TextRefused::Wait { until }) => Some(*until),
        _ => None,
    }
}

fn is_sent(verdict: &TextVerdict) -> bool {
    matches!(verdict, TextVerdict::Sent(_))
}

/// Somebody asks for a text in a new sign-in of this browser.
async fn asks(world: &World, human: &Human, mobile: &MobileId, browser: &Browser) -> TextVerdict {
    let mut browser = browser.anew();
    world.knows_the_password_of(human, &mut browser).await;
    world.asks_for_a_text(&browser, mobile).await
}

/// People of one account, each with a mobile of their own.
async fn people_with_mobiles(world: &World, count: usize) -> Vec<(Human, MobileId)> {
    let boss = world.protected("boss@example.com").await;
    let mut people = Vec::new();
    for nth in 0..count {
        let mut human = world.joins(&boss, &format!("user{nth}@example.com"), Role::Member).await;
        world.enrolls(&mut human).await;
        let mobile = world.has_mobile(&human, number(nth).as_str()).await;
        people.push((human, mobile));
    }
    world.clock.advance(Duration::from_mins(1));
    people
}

/// All of them ask at once, in browsers of that kind; whoever was told to come back asks again, one after the other.
/// Returns how many were sent a text.
async fn all_ask_at_once(
    world: &World,
    people: &[(Human, MobileId)],
    browser: impl Fn(usize, &Human) -> Browser,
) -> usize {
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let mut asking = Vec::new();
    for (nth, (human, mobile)) in people.iter().enumerate() {
        let mut browser = browser(nth, human).anew();
        world.knows_the_password_of(human, &mut browser).await;
        asking.push((world.awaiting_code(&browser).await, mobile.clone(), browser.claimant()));
    }
    let outcomes = at_once(asking.len(), |nth| {
        let (world, (proof, mobile, claimant)) = (processes[nth % 3].clone(), asking[nth].clone());
        async move { (nth, world.verifier.text_recovery_code(&proof, &mobile, &claimant).await) }
    })
    .await;
    let mut sent = outcomes.iter().filter(|(_, outcome)| outcome.as_ref().is_ok_and(is_sent)).count();
    for (nth, outcome) in outcomes {
        if let Err(unavailable) = outcome {
            assert!(matches!(unavailable, Unavailable::Contended), "{unavailable:?}");
            let (proof, mobile, claimant) = &asking[nth];
            let again = world.verifier.text_recovery_code(proof, mobile, claimant).await.unwrap();
            sent += usize::from(is_sent(&again));
        }
    }
    sent
}

async fn texts_of(world: &World, human: &Human) -> TextPolicy {
    world.account(human).await.texts
}

pub async fn the_pauses_between_texts_are_half_a_minute_a_minute_and_then_five(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    assert!(is_sent(&asks(&world, &ada, &mobile, &ada.browser).await));

    for pause in [30, 60, 300, 300].map(Duration::from_secs) {
        let until = world.now().plus(pause);
        for moment in [world.now(), until.minus(Duration::from_millis(1))] {
            world.clock.set(moment);
            assert_eq!(wait(&asks(&world, &ada, &mobile, &ada.browser).await), Some(until));
        }
        world.clock.set(until);
        assert!(is_sent(&asks(&world, &ada, &mobile, &ada.browser).await), "after {pause:?}");
    }

    assert_eq!(world.texts_to(NUMBER).await, 5);
}

pub async fn a_text_that_is_refused_writes_nothing(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&ada, &mut browser).await;
    assert!(is_sent(&world.asks_for_a_text(&browser, &mobile).await));
    let writes = world.store.writes();

    assert!(wait(&world.asks_for_a_text(&browser, &mobile).await).is_some());
    world.clock.advance(Duration::from_secs(30));
    let before = texts_of(&world, &ada).await;
    let refusals = [
        (TextPolicy { on: false, ..before.clone() }, TextRefused::Off),
        (TextPolicy { countries: [].into(), ..before.clone() }, TextRefused::Country),
        (TextPolicy { daily: 1, ..before.clone() }, TextRefused::Budget),
    ];
    for (texts, refused) in refusals {
        world.rewrites_account(&ada.account, |account| account.texts = texts).await;
        assert_eq!(world.asks_for_a_text(&browser, &mobile).await, TextVerdict::Refused(refused));
    }
    world.rewrites_account(&ada.account, |account| account.texts = before).await;

    // Four rewritings, and nothing of a text.
    assert_eq!(world.store.writes(), writes + 4);
    assert!(is_sent(&world.asks_for_a_text(&browser, &mobile).await));
}

pub async fn a_user_is_sent_ten_texts_a_day(world: World) {
    let (ada, first) = world.ada_with_mobile().await;
    let others = [world.has_mobile(&ada, number(1).as_str()).await, world.has_mobile(&ada, number(2).as_str()).await];
    let mobiles = [&first, &others[0], &others[1]];
    let begun = world.now();

    for nth in 0..10 {
        assert!(is_sent(&asks(&world, &ada, mobiles[nth % 3], &ada.browser).await), "text {nth}");
        world.clock.advance(Duration::from_mins(10));
    }

    let until = begun.plus(Duration::from_hours(24));
    for moment in [world.now(), until.minus(Duration::from_millis(1))] {
        world.clock.set(moment);
        assert_eq!(wait(&asks(&world, &ada, &others[1], &ada.browser).await), Some(until));
    }
    world.clock.set(until);
    assert!(is_sent(&asks(&world, &ada, &others[1], &ada.browser).await));
}

pub async fn a_number_gets_five_texts_a_day_over_all_accounts_and_strangers_ask_for_three_of_them(world: World) {
    let (ada, of_ada) = world.ada_with_mobile().await;
    let (bob, of_bob) = world.with_mobile("bob@example.com", NUMBER).await;
    let (cyd, of_cyd) = world.with_mobile("cyd@example.com", NUMBER).await;
    let (begun, stranger) = (world.now(), Browser::new());
    for (human, mobile) in [(&ada, &of_ada), (&bob, &of_bob), (&cyd, &of_cyd)] {
        assert!(is_sent(&asks(&world, human, mobile, &stranger).await));
    }
    world.clock.advance(Duration::from_mins(10));
    let until = begun.plus(Duration::from_hours(24));

    assert_eq!(wait(&asks(&world, &ada, &of_ada, &stranger).await), Some(until));
    assert!(is_sent(&asks(&world, &ada, &of_ada, &ada.browser).await));
    assert!(is_sent(&asks(&world, &bob, &of_bob, &bob.browser).await));
    for (human, mobile) in [(&bob, &of_bob), (&cyd, &of_cyd)] {
        world.clock.advance(Duration::from_mins(10));
        assert_eq!(wait(&asks(&world, human, mobile, &human.browser).await), Some(until));
    }
    world.clock.set(until.minus(Duration::from_millis(1)));
    assert_eq!(wait(&asks(&world, &cyd, &of_cyd, &cyd.browser).await), Some(until));
    world.clock.set(until);
    assert!(is_sent(&asks(&world, &cyd, &of_cyd, &cyd.browser).await));
}

pub async fn an_address_asks_for_twenty_texts_an_hour(world: World) {
    let people = people_with_mobiles(&world, 22).await;
    let begun = world.now();
    // One customer has a /64, and any number of addresses in it.
    let here = |nth: usize| Browser::at(&format!("2001:db8:1:2::{nth:x}"));
    for (nth, (human, mobile)) in people[..20].iter().enumerate() {
        assert!(is_sent(&asks(&world, human, mobile, &here(nth)).await), "text {nth}");
        // Somebody answers, or texts would stop by themselves.
        world.rewrites_account(&human.account, |account| account.texts = account.texts.after_answer(begun)).await;
    }
    let until = begun.plus(Duration::from_hours(1));

    let [(first, of_first), (second, of_second)] = &people[20..] else { panic!("two are left") };
    assert_eq!(wait(&asks(&world, first, of_first, &here(20)).await), Some(until));
    let known = Browser { address: here(1).address, ..first.browser.clone() };
    assert_eq!(wait(&asks(&world, first, of_first, &known).await), Some(until), "a known browser is at an address too");
    assert!(is_sent(&asks(&world, second, of_second, &Browser::at("2001:db8:1:3::1")).await));
    world.clock.set(until.minus(Duration::from_millis(1)));
    assert_eq!(wait(&asks(&world, first, of_first, &here(20)).await), Some(until));
    world.clock.set(until);
    assert!(is_sent(&asks(&world, first, of_first, &here(20)).await));
}

pub async fn an_account_sends_so_many_texts_a_day_and_begins_anew_at_midnight(world: World) {
    let people = people_with_mobiles(&world, 4).await;
    let account = &people[0].0.account;
    world.rewrites_account(account, |account| account.texts.daily = 3).await;
    for (human, mobile) in &people[..3] {
        assert!(is_sent(&asks(&world, human, mobile, &human.browser).await));
    }
    let (human, mobile) = &people[3];

    let day = 24 * 60 * 60;
    let midnight = domain::Timestamp::from_seconds((world.now().seconds() / day + 1) * day);
    for moment in [world.now(), midnight.minus(Duration::from_millis(1))] {
        world.clock.set(moment);
        assert_eq!(asks(&world, human, mobile, &human.browser).await, TextVerdict::Refused(TextRefused::Budget));
    }
    world.clock.set(midnight);
    assert!(is_sent(&asks(&world, human, mobile, &human.browser).await));
    world.clock.set(midnight.minus(Duration::from_hours(24)));
    assert_eq!(texts_of(&world, human).await.sent, 1);
}

/// No limit of a day, an hour or a pause is escaped by setting the clock back.
pub async fn a_clock_set_back_sends_no_text_that_was_refused(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    world.rewrites_account(&ada.account, |account| account.texts.daily = 1).await;
    assert!(is_sent(&asks(&world, &ada, &mobile, &ada.browser).await));

    world.clock.set(world.now().minus(Duration::from_hours(50)));
    assert_eq!(asks(&world, &ada, &mobile, &ada.browser).await, TextVerdict::Refused(TextRefused::Budget));
    world.rewrites_account(&ada.account, |account| account.texts.daily = 100).await;
    assert!(wait(&asks(&world, &ada, &mobile, &ada.browser).await).is_some());
}

pub async fn one_number_asked_for_thirty_times_at_once_over_two_accounts_gets_five_texts(world: World) {
    let mut people = people_with_mobiles(&world, 15).await;
    let boss = world.protected("other@example.com").await;
    for nth in 15..30 {
        let mut human = world.joins(&boss, &format!("user{nth}@example.com"), Role::Member).await;
        world.enrolls(&mut human).await;
        people.push((human, MobileId::from_random([0; 16])));
    }
    for (human, mobile) in &mut people {
        world.rewrites(&human.user, |record| record.mobiles.clear()).await;
        *mobile = world.has_mobile(human, NUMBER).await;
    }
    world.clock.advance(Duration::from_mins(1));

    let by_strangers = all_ask_at_once(&world, &people, |nth, _| Browser::at(&format!("198.51.100.{nth}"))).await;
    assert_eq!((by_strangers, world.texts_to(NUMBER).await), (3, 3));
    world.clock.advance(Duration::from_mins(1));
    let of_known = |nth: usize, human: &Human| Browser {
        address: Browser::at(&format!("198.51.100.{nth}")).address,
        ..human.browser.clone()
    };
    let in_known_browsers = all_ask_at_once(&world, &people, of_known).await;

    assert_eq!((in_known_browsers, world.texts_to(NUMBER).await), (2, 5));
}

pub async fn thirty_who_ask_at_once_at_one_address_get_twenty_texts(world: World) {
    let people = people_with_mobiles(&world, 30).await;

    let sent = all_ask_at_once(&world, &people, |_, _| Browser::at("198.51.100.7")).await;

    assert_eq!((sent, texts_of(&world, &people[0].0).await.sent), (20, 20));
}

pub async fn thirty_who_ask_one_account_at_once_get_what_its_budget_holds(world: World) {
    let people = people_with_mobiles(&world, 30).await;
    world.rewrites_account(&people[0].0.account, |account| account.texts.daily = 7).await;

    let sent = all_ask_at_once(&world, &people, |nth, _| Browser::at(&format!("198.51.100.{nth}"))).await;

    assert_eq!((sent, texts_of(&world, &people[0].0).await.sent), (7, 7));
}

pub async fn one_user_who_asks_thirty_times_at_once_gets_one_text(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let asks_thirty_times = async || {
        let mut proofs = Vec::new();
        for _ in 0..10 {
            let mut browser = ada.browser.anew();
            world.knows_the_password_of(&ada, &mut browser).await;
            proofs.push((world.awaiting_code(&browser).await, browser.claimant()));
        }
        let outcomes = at_once(30, |nth| {
            let (world, mobile) = (processes[nth % 3].clone(), mobile.clone());
            let (proof, claimant) = proofs[nth % 10].clone();
            async move { world.verifier.text_recovery_code(&proof, &mobile, &claimant).await }
        })
        .await;
        outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(is_sent)).count()
    };

    for sent in 1..=5 {
        assert_eq!(asks_thirty_times().await, 1);
        assert_eq!(world.texts_to(NUMBER).await, sent);
        assert!(world.record(&ada).await.challenges.len() <= 3);
        world.clock.advance(Duration::from_mins(5));
    }
    assert_eq!(asks_thirty_times().await, 0, "the number has had its five");
}

/// Whoever adds mobiles leaves half of the account's texts to those who have lost their phones.
pub async fn confirmations_asked_for_at_once_take_half_of_the_budget_and_no_more(world: World) {
    let boss = world.protected("boss@example.com").await;
    world.has_mobile(&boss, NUMBER).await;
    world.rewrites_account(&boss.account, |account| account.texts.daily = 10).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let mut asking = Vec::new();
    for nth in 0..20 {
        let mut human = world.joins(&boss, &format!("user{nth}@example.com"), Role::Member).await;
        world.enrolls(&mut human).await;
        let (proof, back_to) = (world.fresh(&human.browser).await, "/profile".parse().unwrap());
        let _ = world.verifier.begin_adding_mobile(&proof, &back_to).await.unwrap();
        assert_eq!(world.passes(Gate::Enrolling, &human.browser).await, Ok(()));
        asking.push((world.enrolling(&human.browser).await, human.browser.claimant()));
    }

    let ask = async |world: &World, nth: usize| {
        let ((proof, claimant), number): (_, PhoneNumber) = (&asking[nth], number(nth));
        let germany = crate::testing::world::ways_back::germany();
        world.verifier.text_mobile(proof, &number, germany, claimant).await
    };
    let outcomes = at_once(20, |nth| {
        let (world, (proof, claimant)) = (processes[nth % 3].clone(), asking[nth].clone());
        let germany = crate::testing::world::ways_back::germany();
        async move { world.verifier.text_mobile(&proof, &number(nth), germany, &claimant).await.is_ok() }
    })
    .await;
    for nth in 0..outcomes.len() {
        let _ = ask(&world, nth).await.unwrap();
    }

    let texts = texts_of(&world, &boss).await;
    assert_eq!((texts.sent, texts.confirmations), (5, 5));
    assert!(texts.has_room(TextAim::Recover, world.now()) && !texts.has_room(TextAim::ConfirmMobile, world.now()));
}

pub async fn three_new_numbers_a_day_are_sent_a_confirmation(world: World) {
    let ada = world.ada().await;
    world.has_mobile(&ada, NUMBER).await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    let (proof, back_to) = (world.fresh(&browser).await, "/profile".parse().unwrap());
    let _ = world.verifier.begin_adding_mobile(&proof, &back_to).await.unwrap();
    let begun = world.now();
    let gives = async |nth: usize| {
        let (proof, claimant) = (world.enrolling(&browser).await, browser.claimant());
        let germany = crate::testing::world::ways_back::germany();
        let verdict = world.verifier.text_mobile(&proof, &number(nth), germany, &claimant).await.unwrap();
        match verdict {
            crate::EnrollmentVerdict::Moved => None,
            crate::EnrollmentVerdict::TextRefused(TextRefused::Wait { until }) => Some(until),
            other => panic!("{other:?}"),
        }
    };

    for nth in [1, 2, 1, 3] {
        assert_eq!(gives(nth).await, None, "number {nth}");
        world.clock.advance(Duration::from_mins(5));
    }
    let until = begun.plus(Duration::from_hours(24));
    assert_eq!(gives(4).await, Some(until));
    assert_eq!(gives(3).await, None, "a number that waits for its code is not new");
    world.clock.set(until.minus(Duration::from_millis(1)));
    assert_eq!(gives(4).await, Some(until));
    world.clock.set(until);
    assert_eq!(gives(4).await, None);
}

pub async fn who_is_no_more_at_the_code_screen_is_sent_no_text(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let (mut signed_out, mut inside) = (Browser::new(), Browser::new());
    world.knows_the_password_of(&ada, &mut signed_out).await;
    let left = world.awaiting_code(&signed_out).await;
    world.signs_out(&signed_out).await;
    world.knows_the_password_of(&ada, &mut inside).await;
    let stale = world.awaiting_code(&inside).await;
    let _ = world.enters_code(&mut inside, &ada.code(world.now())).await;
    let writes = world.store.writes();

    let of_none = world.verifier.text_recovery_code(&left, &mobile, &signed_out.claimant()).await.unwrap();
    let of_another = world.verifier.text_recovery_code(&stale, &mobile, &inside.claimant()).await.unwrap();

    assert!(matches!(of_none, TextVerdict::SignInAgain), "{of_none:?}");
    assert!(matches!(of_another, TextVerdict::Elsewhere), "{of_another:?}");
    assert_eq!((world.store.writes(), world.texts_to(NUMBER).await), (writes, 0));
}

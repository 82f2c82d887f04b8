use std::time::Duration;

use domain::{EmailAddress, Timestamp};

use crate::testing::world::{PASSWORD, at_once, claim};
use crate::testing::{Browser, World};
use crate::{PasswordHash, SignIn, SignInRejected, Unavailable};

const WRONG: &str = "not the password at all";

/// What a try comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Try {
    Right,
    Wrong,
    Wait(Timestamp),
    Mailed,
    ResetNeeded,
}

async fn tries(world: &World, browser: &mut Browser, email: &EmailAddress, password: &str) -> Try {
    match world.enters_password(browser, email, password).await {
        SignIn::Proceed { .. } => Try::Right,
        SignIn::LinkMailed => Try::Mailed,
        SignIn::Rejected(SignInRejected::WrongCredentials) => Try::Wrong,
        SignIn::Rejected(SignInRejected::Wait { until }) => Try::Wait(until),
        SignIn::Rejected(SignInRejected::ResetNeeded) => Try::ResetNeeded,
    }
}

async fn is_wrong_times(world: &World, times: usize, browser: &mut Browser, email: &EmailAddress) {
    for number in 1..=times {
        assert_eq!(tries(world, browser, email, WRONG).await, Try::Wrong, "try {number}");
    }
}

pub async fn nine_wrong_passwords_are_free_and_each_further_one_costs_a_longer_wait(world: World) {
    let ada = world.ada().await;
    let mut stranger = Browser::new();
    is_wrong_times(&world, 9, &mut stranger, &ada.email).await;

    for wait in [30, 60, 120, 300, 900, 900, 900].map(Duration::from_secs) {
        is_wrong_times(&world, 1, &mut stranger, &ada.email).await;
        let until = world.now().plus(wait);

        assert_eq!(tries(&world, &mut stranger, &ada.email, WRONG).await, Try::Wait(until));
        world.clock.set(until.minus(Duration::from_millis(1)));
        assert_eq!(tries(&world, &mut stranger, &ada.email, WRONG).await, Try::Wait(until));
        world.clock.set(until);
    }
    assert_eq!(tries(&world, &mut stranger, &ada.email, PASSWORD).await, Try::Right);
}

pub async fn during_a_wait_the_right_password_too_is_refused_unjudged_and_nothing_is_written(world: World) {
    let ada = world.ada().await;
    let mut stranger = Browser::new();
    is_wrong_times(&world, 10, &mut stranger, &ada.email).await;
    let until = world.now().plus(Duration::from_secs(30));
    let (writes, asked) = (world.store.writes(), world.hasher.asked());

    for _ in 0..3 {
        world.clock.advance(Duration::from_secs(5));
        for password in [PASSWORD, WRONG] {
            assert_eq!(tries(&world, &mut stranger, &ada.email, password).await, Try::Wait(until));
        }
    }

    assert_eq!((world.store.writes(), world.hasher.asked()), (writes, asked));
    world.clock.set(until);
    assert_eq!(tries(&world, &mut stranger, &ada.email, PASSWORD).await, Try::Right);
}

pub async fn a_right_password_makes_the_count_begin_anew(world: World) {
    let ada = world.ada().await;
    let mut stranger = Browser::new();
    is_wrong_times(&world, 9, &mut stranger, &ada.email).await;
    assert_eq!(tries(&world, &mut stranger, &ada.email, PASSWORD).await, Try::Right);

    is_wrong_times(&world, 10, &mut stranger, &ada.email).await;

    assert!(matches!(tries(&world, &mut stranger, &ada.email, PASSWORD).await, Try::Wait(_)));
}

pub async fn wrong_passwords_are_forgotten_a_day_after_the_last_one(world: World) {
    let ada = world.ada().await;
    let mut stranger = Browser::new();
    is_wrong_times(&world, 9, &mut stranger, &ada.email).await;
    world.clock.advance(Duration::from_hours(24));

    is_wrong_times(&world, 9, &mut stranger, &ada.email).await;

    assert_eq!(tries(&world, &mut stranger, &ada.email, PASSWORD).await, Try::Right);
}

/// The wait does not tell whether there is such a user.
pub async fn an_unknown_address_waits_like_a_known_one(world: World) {
    let nobody: EmailAddress = "nobody@example.com".parse().unwrap();
    let mut stranger = Browser::new();

    is_wrong_times(&world, 10, &mut stranger, &nobody).await;

    let until = world.now().plus(Duration::from_secs(30));
    assert_eq!(tries(&world, &mut stranger, &nobody, WRONG).await, Try::Wait(until));
}

pub async fn an_address_in_other_letters_has_the_same_count(world: World) {
    let ada = world.ada().await;
    let mut stranger = Browser::new();
    is_wrong_times(&world, 5, &mut stranger, &ada.email).await;

    is_wrong_times(&world, 5, &mut stranger, &" ADA@Example.COM".parse().unwrap()).await;

    assert!(matches!(tries(&world, &mut stranger, &ada.email, PASSWORD).await, Try::Wait(_)));
}

pub async fn strangers_never_delay_the_owner_in_a_known_browser(world: World) {
    let ada = world.ada().await;
    is_wrong_times(&world, 10, &mut Browser::new(), &ada.email).await;

    assert!(matches!(tries(&world, &mut Browser::new(), &ada.email, PASSWORD).await, Try::Wait(_)));
    assert_eq!(tries(&world, &mut ada.browser.clone(), &ada.email, PASSWORD).await, Try::Right);
    assert!(matches!(tries(&world, &mut Browser::new(), &ada.email, PASSWORD).await, Try::Wait(_)));
}

pub async fn a_known_browser_waits_by_its_own_count(world: World) {
    let ada = world.ada().await;
    let mut known = ada.browser.clone();
    is_wrong_times(&world, 10, &mut known, &ada.email).await;
    let until = world.now().plus(Duration::from_secs(30));

    assert_eq!(tries(&world, &mut known, &ada.email, PASSWORD).await, Try::Wait(until));
    assert_eq!(tries(&world, &mut Browser::new(), &ada.email, PASSWORD).await, Try::Right);
    assert_eq!(tries(&world, &mut known, &ada.email, PASSWORD).await, Try::Wait(until));
    world.clock.set(until);
    assert_eq!(tries(&world, &mut known, &ada.email, PASSWORD).await, Try::Right);
}

/// Otherwise whoever has an account of their own would have a count of their own for everybody else's.
pub async fn a_browser_known_to_another_user_is_a_stranger(world: World) {
    let ada = world.ada().await;
    let mallory = world.protected("mallory@example.com").await;

    is_wrong_times(&world, 5, &mut mallory.browser.clone(), &ada.email).await;
    is_wrong_times(&world, 5, &mut Browser::new(), &ada.email).await;

    for browser in [Browser::new(), mallory.browser] {
        assert!(matches!(tries(&world, &mut browser.clone(), &ada.email, PASSWORD).await, Try::Wait(_)));
    }
}

pub async fn a_browser_unused_for_180_days_is_a_stranger_again(world: World) {
    let ada = world.ada().await;
    is_wrong_times(&world, 9, &mut ada.browser.clone(), &ada.email).await;
    world.clock.advance(Duration::from_hours(180 * 24));

    is_wrong_times(&world, 1, &mut ada.browser.clone(), &ada.email).await;

    assert_eq!(tries(&world, &mut ada.browser.clone(), &ada.email, PASSWORD).await, Try::Right);
}

pub async fn of_thirty_wrong_passwords_at_once_no_more_than_ten_are_judged(world: World) {
    let ada = world.ada().await;
    let processes = [world.clone(), world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let (world, email) = (processes[number % 2].clone(), ada.email.clone());
        async move {
            let browser = Browser::new();
            world.verifier.sign_in(&claim(&browser, &email, WRONG), &browser.claimant()).await
        }
    })
    .await;

    let count = |is: fn(&Result<SignIn, Unavailable>) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
    let judged = count(|outcome| matches!(outcome, Ok(SignIn::Rejected(SignInRejected::WrongCredentials))));
    let refused = count(|outcome| matches!(outcome, Ok(SignIn::Rejected(SignInRejected::Wait { .. }))));
    let unavailable = count(|outcome| matches!(outcome, Err(Unavailable::Contended)));
    assert_eq!(judged + refused + unavailable, 30, "{outcomes:?}");
    assert!(judged <= 10, "{judged} were judged");
    assert!(judged == 10 || unavailable > 0, "{judged} were judged");
}

pub async fn of_thirty_wrong_passwords_at_once_in_a_known_browser_no_more_than_ten_are_judged(world: World) {
    let ada = world.ada().await;

    let outcomes = at_once(30, |_| {
        let (world, email, browser) = (world.clone(), ada.email.clone(), ada.browser.clone());
        async move { world.verifier.sign_in(&claim(&browser, &email, WRONG), &browser.claimant()).await }
    })
    .await;

    let judged =
        |outcome: &&Result<SignIn, _>| matches!(outcome, Ok(SignIn::Rejected(SignInRejected::WrongCredentials)));
    assert!(outcomes.iter().filter(judged).count() <= 10, "{outcomes:?}");
    assert!(world.record(&ada).await.known_browsers[0].passwords.wrong() <= 10);
}

pub async fn fifty_wrong_passwords_in_ten_minutes_close_an_address_for_strangers_whoever_they_were_for(world: World) {
    let ada = world.ada().await;
    let begun = world.now();
    // One customer has a /64, and any number of addresses in it.
    let here = |nth: usize| Browser::at(&format!("2001:db8:1:2::{nth:x}"));
    for nth in 0..50 {
        is_wrong_times(&world, 1, &mut here(nth), &format!("user{nth}@example.com").parse().unwrap()).await;
        world.clock.advance(Duration::from_secs(1));
    }
    let until = begun.plus(Duration::from_mins(10));
    let (writes, asked) = (world.store.writes(), world.hasher.asked());

    for moment in [world.now(), until.minus(Duration::from_millis(1))] {
        world.clock.set(moment);
        for (email, password) in [(ada.email.as_str(), PASSWORD), ("nobody@example.com", WRONG)] {
            let answer = tries(&world, &mut here(99), &email.parse().unwrap(), password).await;
            assert_eq!(answer, Try::Wait(until), "{email}");
        }
    }
    assert_eq!((world.store.writes(), world.hasher.asked()), (writes, asked));
    assert_eq!(tries(&world, &mut Browser::at("2001:db8:1:3::1"), &ada.email, PASSWORD).await, Try::Right);
    let known = Browser { address: here(0).address, ..ada.browser.anew() };
    assert_eq!(tries(&world, &mut known.clone(), &ada.email, PASSWORD).await, Try::Right);
    world.clock.set(until);
    assert_eq!(tries(&world, &mut here(99), &ada.email, PASSWORD).await, Try::Right);
}

pub async fn of_eighty_wrong_passwords_at_once_from_one_address_no_more_than_fifty_are_judged(world: World) {
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let mut judged = 0;

    for _ in 0..4 {
        let outcomes = at_once(80, |number| {
            let world = processes[number % 3].clone();
            let email = format!("user{number}@example.com").parse().unwrap();
            async move {
                let browser = Browser::new();
                world.verifier.sign_in(&claim(&browser, &email, WRONG), &browser.claimant()).await
            }
        })
        .await;
        let is_judged =
            |outcome: &&Result<SignIn, _>| matches!(outcome, Ok(SignIn::Rejected(SignInRejected::WrongCredentials)));
        judged += outcomes.iter().filter(is_judged).count();
    }

    assert!(judged <= 50, "{judged} were judged");
}

/// Alike for an address that nobody has.
pub async fn the_hundredth_wrong_password_by_strangers_leaves_them_a_reset_link_only(world: World) {
    let ada = world.ada().await;
    let nobody: EmailAddress = "nobody@example.com".parse().unwrap();
    for email in [&ada.email, &nobody] {
        let mut stranger = Browser::new();
        for _ in 0..100 {
            is_wrong_times(&world, 1, &mut stranger, email).await;
            world.clock.advance(Duration::from_mins(15));
        }
        let (writes, last) = (world.store.writes(), world.now().minus(Duration::from_mins(15)));

        for moment in [world.now(), last.plus(Duration::from_hours(24)).minus(Duration::from_millis(1))] {
            world.clock.set(moment);
            for password in [WRONG, PASSWORD] {
                assert_eq!(tries(&world, &mut Browser::new(), email, password).await, Try::ResetNeeded);
            }
        }
        assert_eq!(world.store.writes(), writes);
    }

    assert_eq!(tries(&world, &mut ada.browser.anew(), &ada.email, PASSWORD).await, Try::Right);
}

pub async fn a_reset_link_goes_on_after_a_hundred_wrong_passwords(world: World) {
    let ada = world.ada().await;
    for _ in 0..100 {
        is_wrong_times(&world, 1, &mut Browser::new(), &ada.email).await;
        world.clock.advance(Duration::from_mins(15));
    }
    assert_eq!(tries(&world, &mut Browser::new(), &ada.email, PASSWORD).await, Try::ResetNeeded);
    let link = world.is_mailed_a_reset(&ada).await;

    let _ = world.resets(&link, "another horse, another battery", &Browser::new()).await;

    let new = "another horse, another battery";
    assert_eq!(tries(&world, &mut Browser::new(), &ada.email, new).await, Try::Right);
}

/// What was hashed with last year's parameters is hashed anew when its password is known.
pub async fn an_old_hash_is_renewed_by_the_right_password_and_by_no_wrong_one(world: World) {
    let ada = world.ada().await;
    let old = |record: &mut crate::CredentialRecord| {
        let password = record.password.as_mut().unwrap();
        password.hash = PasswordHash::from_phc(password.hash.as_phc().replace("$plain$", "$old$"));
        password.abuses = 7;
    };
    world.rewrites(&ada.user, old).await;
    let before = world.record(&ada).await.password.unwrap();

    is_wrong_times(&world, 1, &mut Browser::new(), &ada.email).await;
    assert_eq!(world.record(&ada).await.password.unwrap(), before);
    assert_eq!(tries(&world, &mut Browser::new(), &ada.email, PASSWORD).await, Try::Right);

    let after = world.record(&ada).await.password.unwrap();
    assert!(after.hash.as_phc().starts_with("$plain$"));
    assert_eq!((after.set_at, after.abuses), (before.set_at, 7), "it is the same password");
    let asked = world.hasher.asked();
    assert_eq!(tries(&world, &mut Browser::new(), &ada.email, PASSWORD).await, Try::Right);
    assert_eq!(world.hasher.asked() - asked, 1, "it is hashed anew once");
}

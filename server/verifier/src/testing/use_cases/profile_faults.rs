//! What is ours to answer for, at the profile: the store, the randomness or the hasher fails. Nothing is half-changed, no
//! try is counted, and whoever never heard what became of it can go on.

use domain::SessionId;

use super::is_accepted;
use crate::testing::world::ways_back::number;
use crate::testing::world::{PASSWORD, fit};
use crate::testing::{Browser, Human, World};
use crate::{
    Barred, EndVerdict, EventKind, ForgetVerdict, Gate, NameVerdict, NextFactor, PasswordChange, Refusal,
    RemovalVerdict, SignIn, SignInRejected,
};

const NEW: &str = "another horse, another battery";
const WRONG: &str = "not the password at all";

/// Ada, whose browser has just shown a code, the browser, and another one in which she is signed in.
async fn stepped_up(world: &World) -> (Human, Browser, Browser) {
    let ada = world.ada().await;
    let (mut browser, mut other) = (ada.browser.clone(), Browser::new());
    world.signs_in(&ada, &mut other).await;
    world.steps_up(&ada, &mut browser).await;
    (ada, browser, other)
}

async fn id_of(world: &World, browser: &Browser) -> SessionId {
    world.session(browser).await.expect("a session").id
}

pub async fn a_password_is_changed_though_everything_failed_before(world: World) {
    let (ada, mut browser, _) = stepped_up(&world).await;
    let (proof, claimant, verifier) = (world.fresh(&browser).await, browser.claimant(), &world.verifier);
    let (present, wrong, new) = (PASSWORD.parse().unwrap(), WRONG.parse().unwrap(), fit(NEW));

    let refused =
        world.gets_through_all_faults(async || verifier.change_password(&proof, &wrong, &new, &claimant).await).await;
    assert!(matches!(refused, Ok(PasswordChange::Wrong)), "{refused:?}");
    let own = world.record(&ada).await.known_browser(browser.cookie().as_ref(), world.now()).cloned().unwrap();
    assert_eq!(own.passwords.wrong(), 1);
    let changed =
        world.gets_through_all_faults(async || verifier.change_password(&proof, &present, &new, &claimant).await).await;

    let Ok(PasswordChange::Changed { token }) = changed else { panic!("{changed:?}") };
    browser.session = Some(token);
    assert_eq!(world.passes(Gate::Recent, &browser).await, Ok(()));
    assert_eq!(world.sessions(&ada).await, 1);
}

pub async fn a_wrong_present_password_of_a_stranger_is_counted_once_though_everything_failed_before(world: World) {
    let (ada, browser, _) = stepped_up(&world).await;
    let claimant = Browser { known: None, ..browser.clone() }.claimant();
    let (proof, wrong, new) = (world.fresh(&browser).await, WRONG.parse().unwrap(), fit(NEW));
    let act = async || world.verifier.change_password(&proof, &wrong, &new, &claimant).await;

    let refused = world.gets_through_all_faults(act).await;

    assert!(matches!(refused, Ok(PasswordChange::Wrong)), "{refused:?}");
    let events = world.events(&ada).await;
    assert_eq!(events.iter().filter(|event| **event == EventKind::PasswordRejected).count(), 1);
}

pub async fn the_rest_of_the_profile_gets_through_though_everything_failed_before(world: World) {
    let (ada, browser, other) = stepped_up(&world).await;
    let mobile = world.has_mobile(&ada, number(1).as_str()).await;
    let (proof, claimant, verifier) = (world.fresh(&browser).await, browser.claimant(), &world.verifier);
    let (name, id) = ("Countess Lovelace".parse().unwrap(), id_of(&world, &other).await);

    let named = world.gets_through_all_faults(async || verifier.change_name(&proof, &name, &claimant).await).await;
    let removed =
        world.gets_through_all_faults(async || verifier.remove_mobile(&proof, &mobile, &claimant).await).await;
    let ended = world.gets_through_all_faults(async || verifier.end_session(&proof, &id, &claimant).await).await;

    assert_eq!(named, Ok(NameVerdict::Changed));
    assert_eq!(removed, Ok(RemovalVerdict::Removed));
    assert_eq!(ended, Ok(EndVerdict::Ended));
    let events = world.events(&ada).await;
    for kind in [
        EventKind::NameChanged,
        EventKind::MobileRemoved { number: "01".into() },
        EventKind::SessionEnded { session: id },
    ] {
        assert_eq!(events.iter().filter(|event| **event == kind).count(), 1, "{kind:?}");
    }
}

pub async fn sessions_end_and_browsers_are_forgotten_though_everything_failed_before(world: World) {
    let (ada, browser, mut other) = stepped_up(&world).await;
    let (proof, claimant, verifier) = (world.fresh(&browser).await, browser.claimant(), &world.verifier);
    let ended = world.gets_through_all_faults(async || verifier.end_other_sessions(&proof, &claimant).await).await;
    assert_eq!(ended, Ok(1));

    world.signs_in(&ada, &mut other).await;
    let shown = verifier.profile(&world.fresh(&browser).await).unwrap().browsers;
    let theirs = shown.iter().find(|known| !known.is_this).unwrap().id.clone();
    let forgotten =
        world.gets_through_all_faults(async || verifier.forget_browser(&proof, &theirs, &claimant).await).await;
    assert_eq!(forgotten, Ok(ForgetVerdict::Forgotten));
    world.signs_in(&ada, &mut other).await;
    let all = world.gets_through_all_faults(async || verifier.forget_other_browsers(&proof, &claimant).await).await;

    assert_eq!(all, Ok(1));
    assert_eq!((world.sessions(&ada).await, world.record(&ada).await.known_browsers.len()), (1, 1));
}

pub async fn who_never_heard_that_their_password_was_changed_has_the_new_one(world: World) {
    let (ada, browser, other) = stepped_up(&world).await;
    let (proof, claimant) = (world.fresh(&browser).await, browser.claimant());
    let (present, new) = (PASSWORD.parse().unwrap(), fit(NEW));
    let act = async || world.verifier.change_password(&proof, &present, &new, &claimant).await;

    world.loses_the_answer(act).await;

    let again = act().await.unwrap();
    assert!(matches!(again, Err(Barred::Over)), "{again:?}");
    assert_eq!(world.passes(Gate::Fresh, &other).await, Err(Refusal::SignIn));
    let old = world.enters_password(&mut Browser::new(), &ada.email, PASSWORD).await;
    assert!(matches!(old, SignIn::Rejected(SignInRejected::WrongCredentials)), "{old:?}");
    let ada = Human { password: NEW.into(), ..ada };
    assert_eq!(world.knows_the_password_of(&ada, &mut browser.anew()).await, NextFactor::Code);
}

pub async fn who_never_heard_what_became_of_it_at_the_profile_sees_it_by_a_reload(world: World) {
    let (ada, browser, other) = stepped_up(&world).await;
    let mobile = world.has_mobile(&ada, number(1).as_str()).await;
    let (proof, claimant, verifier) = (world.fresh(&browser).await, browser.claimant(), &world.verifier);
    let (name, id) = ("Countess Lovelace".parse().unwrap(), id_of(&world, &other).await);

    world.loses_the_answer(async || verifier.change_name(&proof, &name, &claimant).await).await;
    assert_eq!(verifier.change_name(&proof, &name, &claimant).await.unwrap(), Ok(NameVerdict::AsItWas));
    world.loses_the_answer(async || verifier.remove_mobile(&proof, &mobile, &claimant).await).await;
    let again = verifier.remove_mobile(&proof, &mobile, &claimant).await.unwrap();
    assert_eq!(again, Ok(RemovalVerdict::NoSuchMobile));
    world.loses_the_answer(async || verifier.end_session(&proof, &id, &claimant).await).await;
    assert_eq!(verifier.end_session(&proof, &id, &claimant).await.unwrap(), Ok(EndVerdict::NoSuchSession));

    let shown = verifier.profile(&world.fresh(&browser).await).unwrap();
    assert_eq!((shown.name, shown.mobiles.len(), shown.browsers.len()), (name, 0, 1));
}

/// A second round is part of every one of these use cases, too.
pub async fn whoever_loses_a_race_at_the_profile_decides_again(world: World) {
    let (ada, mut browser, mut other) = stepped_up(&world).await;
    let mobile = world.has_mobile(&ada, number(1).as_str()).await;
    let (proof, claimant, verifier) = (world.fresh(&browser).await, browser.claimant(), &world.verifier);
    let lost = |world: &World| assert!(world.store.recovers(), "there was no race to lose");

    world.store.loses_a_race();
    let named = verifier.change_name(&proof, &"Countess Lovelace".parse().unwrap(), &claimant).await.unwrap();
    lost(&world);
    world.store.loses_a_race();
    let removed = verifier.remove_mobile(&proof, &mobile, &claimant).await.unwrap();
    lost(&world);
    world.store.loses_a_race();
    let ended = verifier.end_session(&proof, &id_of(&world, &other).await, &claimant).await.unwrap();
    lost(&world);
    world.signs_in(&ada, &mut other).await;
    world.store.loses_a_race();
    let all = verifier.end_other_sessions(&proof, &claimant).await.unwrap();
    lost(&world);
    let hashes = world.hasher.asked();
    world.store.loses_a_race();
    let changed = verifier.change_password(&proof, &PASSWORD.parse().unwrap(), &fit(NEW), &claimant).await.unwrap();
    lost(&world);

    assert_eq!((named, removed), (Ok(NameVerdict::Changed), Ok(RemovalVerdict::Removed)));
    assert_eq!((ended, all), (Ok(EndVerdict::Ended), Ok(1)));
    let Ok(PasswordChange::Changed { token }) = changed else { panic!("{changed:?}") };
    assert_eq!(world.hasher.asked() - hashes, 2, "it was hashed anew");
    browser.session = Some(token);
    world.clock.advance(World::STEP);
    assert!(is_accepted(&world.renews(&mut browser, &ada.code(world.now())).await));
}

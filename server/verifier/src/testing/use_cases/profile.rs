use domain::{Language, Role};

use super::writes_of;
use crate::testing::world::ways_back::NUMBER;
use crate::testing::world::{a_new_user, at_once};
use crate::testing::{Browser, World};
use crate::{Barred, EventKind, Gate, Message, NameVerdict, Recipient, Refusal};

pub async fn somebody_sees_their_name_their_factors_and_their_browsers(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut other = Browser::new();
    world.signs_in(&ada, &mut other).await;

    let shown = world.verifier.profile(&world.fresh(&ada.browser).await).unwrap();

    assert_eq!((shown.name.as_str(), &shown.email), ("Ada Lovelace", &ada.email));
    assert_eq!((shown.bound_at, shown.codes_left, shown.held_until), (Some(World::BEGINNING), 10, None));
    let [own] = &shown.mobiles[..] else { panic!("{:?}", shown.mobiles) };
    assert_eq!((&own.id, own.number.ends_with("78")), (&mobile, true));
    assert!(own.number != NUMBER && !format!("{shown:?}").contains(&NUMBER[4..]), "the number is not masked");
    assert_eq!(shown.browsers.iter().map(|known| known.is_this).collect::<Vec<_>>(), [false, true]);
    assert_eq!(shown.browsers[0].last_used, world.now());
}

pub async fn a_name_is_changed_without_a_code_and_shows_wherever_it_is_read(world: World) {
    let ada = world.ada().await;
    let (proof, claimant) = (world.fresh(&ada.browser).await, ada.browser.claimant());
    world.clock.advance(crate::RECENT);
    assert_eq!(world.passes(Gate::Recent, &ada.browser).await, Err(Refusal::StepUp));

    for (name, verdict) in [("Countess Lovelace", NameVerdict::Changed), ("Countess Lovelace", NameVerdict::AsItWas)] {
        let writes = world.store.writes();
        assert_eq!(world.verifier.change_name(&proof, &name.parse().unwrap(), &claimant).await.unwrap(), Ok(verdict));
        assert_eq!(world.store.writes() > writes, verdict == NameVerdict::Changed);
    }

    assert_eq!(world.record(&ada).await.name.as_str(), "Countess Lovelace");
    let actor = world.at_work(&ada.browser).await;
    let members = world.verifier.users_of(actor.actor()).await.unwrap().unwrap();
    assert_eq!(members[0].name.as_str(), "Countess Lovelace");
    let named = world.events(&ada).await.into_iter().filter(|event| *event == EventKind::NameChanged);
    assert_eq!(named.count(), 1);
    assert_eq!(writes_of(&world.store.written().pop().unwrap()), "1 credentials, 1 events");
}

pub async fn a_language_is_chosen_and_given_back_to_the_browser(world: World) {
    let ada = world.ada().await;
    let proof = world.fresh(&ada.browser).await;

    for (chosen, writes) in [(Some(Language::German), 1), (Some(Language::German), 0), (None, 1)] {
        let before = world.store.writes();
        assert_eq!(world.verifier.choose_language(&proof, chosen).await.unwrap(), Ok(()));
        assert_eq!(world.record(&ada).await.language, chosen);
        assert_eq!(world.store.writes() - before, writes);
    }

    world.signs_out(&ada.browser).await;
    let verdict = world.verifier.choose_language(&proof, Some(Language::German)).await.unwrap();
    assert_eq!(verdict, Err(Barred::Over));
}

pub async fn who_has_signed_out_or_is_deactivated_changes_no_name(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let proofs = [world.fresh(&ada.browser).await, world.fresh(&bob.browser).await];
    world.signs_out(&ada.browser).await;
    world.rewrites(&bob.user, |record| record.standing = crate::Standing::Deactivated).await;
    let writes = world.store.writes();

    for proof in &proofs {
        let claimant = ada.browser.claimant();
        let verdict = world.verifier.change_name(proof, &"Nobody".parse().unwrap(), &claimant).await.unwrap();
        assert_eq!(verdict, Err(Barred::Over));
    }

    assert_eq!(world.store.writes(), writes);
}

pub async fn names_changed_thirty_at_once_are_changed_one_after_the_other(world: World) {
    let ada = world.ada().await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let proof = world.fresh(&ada.browser).await;

    let outcomes = at_once(30, |number| {
        let (world, proof, claimant) = (processes[number % 3].clone(), proof.clone(), ada.browser.claimant());
        async move {
            let name = format!("Ada {}", number / 2).parse().unwrap();
            world.verifier.change_name(&proof, &name, &claimant).await
        }
    })
    .await;

    let changed = |outcome: &&Result<_, _>| matches!(outcome, Ok(Ok(NameVerdict::Changed)));
    let events = world.events(&ada).await;
    let noted = events.iter().filter(|event| **event == EventKind::NameChanged).count();
    assert_eq!(outcomes.iter().filter(changed).count(), noted, "{outcomes:?}");
}

/// Theirs, what was done to them, and nobody else's.
pub async fn somebody_sees_the_last_twenty_events_about_them_newest_first(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let mut browser = ada.browser.clone();
    world.steps_up(&ada, &mut browser).await;
    let admin = world.at_work(&browser).await;
    let changed = world.verifier.change_role(admin.actor(), &bob.user, Role::Admin).await.unwrap();
    assert!(matches!(changed, Ok(crate::ChangeVerdict::Changed)), "{changed:?}");
    let seen = world.verifier.own_events(&world.fresh(&bob.browser).await).await.unwrap();
    assert_eq!(seen[0].kind, EventKind::RoleChanged { role: Role::Admin });
    assert_eq!(seen[0].by.as_ref(), Some(&ada.user));

    for _ in 0..12 {
        world.signs_in(&bob, &mut Browser::new()).await;
        world.signs_in(&ada, &mut Browser::new()).await;
    }

    let seen = world.verifier.own_events(&world.fresh(&bob.browser).await).await.unwrap();
    let all = world.log(&ada).await.into_iter().filter(|event| event.user.as_ref() == Some(&bob.user));
    assert_eq!(seen, all.take(20).collect::<Vec<_>>());
    assert!(seen.len() == 20 && seen.windows(2).all(|pair| pair[0].at >= pair[1].at));
}

/// All at the profile that changes a factor, a password or what is signed in leaves a trace that its owner sees there.
pub async fn what_is_done_at_the_profile_is_seen_at_the_profile(world: World) {
    let (ada, mobile) = world.ada_with_mobile().await;
    let mut browser = ada.browser.clone();
    world.signs_in(&ada, &mut Browser::new()).await;
    world.steps_up(&ada, &mut browser).await;
    let (proof, claimant, verifier) = (world.fresh(&browser).await, browser.claimant(), &world.verifier);

    let _ = verifier.change_name(&proof, &"Countess Lovelace".parse().unwrap(), &claimant).await.unwrap();
    let _ = verifier.remove_mobile(&proof, &mobile, &claimant).await.unwrap();
    let _ = verifier.end_other_sessions(&proof, &claimant).await.unwrap();

    let seen: Vec<_> = verifier.own_events(&proof).await.unwrap().into_iter().map(|event| event.kind).collect();
    for kind in [EventKind::NameChanged, EventKind::MobileRemoved { number: "78".into() }, EventKind::SessionsEnded] {
        assert!(seen.contains(&kind), "{kind:?} is not seen");
    }
}

pub async fn people_are_written_to_in_their_language(world: World) {
    let ada = world.ada().await;
    let written = async |email: &str| {
        let messages = world.messages().await;
        let is_to = |message: &&Message| message.to == Recipient::Mail(email.parse().unwrap());
        messages.iter().filter(is_to).map(|message| message.language).next_back().unwrap()
    };

    // Until something else is known, that of who invites.
    let at_work = world.at_work(&ada.browser).await;
    let _ = world.verifier.choose_language(&world.fresh(&ada.browser).await, Some(Language::German)).await.unwrap();
    let new = a_new_user("bob@example.com", Role::Member);
    let _ = world.verifier.invite(at_work.actor(), &new).await.unwrap().unwrap();
    assert_eq!(written("bob@example.com").await, Language::German);

    // Then what one's browser asks for, once one has come in by it.
    let eve = world.colleague(&ada, "eve@example.com", Role::Member).await;
    assert_eq!(world.record(&eve).await.reads(), Language::English);
    let mut other = Browser { language: Language::German, ..Browser::new() };
    world.signs_in(&eve, &mut other).await;
    assert_eq!(
        written("eve@example.com").await,
        Language::English,
        "a stranger's browser is told of in the former one"
    );
    assert_eq!(world.record(&eve).await.reads(), Language::German);

    // And what one chooses, in any case.
    let _ = world.verifier.choose_language(&world.fresh(&other).await, Some(Language::English)).await.unwrap();
    assert_eq!(world.record(&eve).await.reads(), Language::English);
}

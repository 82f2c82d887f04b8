use std::time::Duration;

use domain::{MfaWindow, SessionId};

use super::notices;
use crate::testing::world::at_once;
use crate::testing::{Browser, Human, World};
use crate::{
    Barred, EndVerdict, EventKind, ForgetVerdict, Gate, KnownBrowser, KnownBrowserId, NoticeKind, OwnSession, Refusal,
    Session,
};

/// Ada, signed in in her browser and in so many others.
async fn in_other_browsers(world: &World, count: usize) -> (Human, Vec<Browser>) {
    let ada = world.ada().await;
    let mut others = Vec::new();
    for nth in 0..count {
        let mut browser = Browser::at(&format!("192.0.2.{}", nth + 10));
        world.signs_in(&ada, &mut browser).await;
        others.push(browser);
    }
    (ada, others)
}

async fn sees(world: &World, browser: &Browser) -> Vec<OwnSession> {
    world.verifier.own_sessions(&world.fresh(browser).await).await.unwrap()
}

async fn id_of(world: &World, browser: &Browser) -> SessionId {
    world.session(browser).await.expect("a session").id
}

async fn ends(world: &World, browser: &Browser, id: &SessionId) -> Result<EndVerdict, Barred> {
    world.verifier.end_session(&world.fresh(browser).await, id, &browser.claimant()).await.unwrap()
}

async fn ends_all_others(world: &World, browser: &Browser) -> Result<usize, Barred> {
    world.verifier.end_other_sessions(&world.fresh(browser).await, &browser.claimant()).await.unwrap()
}

async fn forgets(world: &World, browser: &Browser, id: &KnownBrowserId) -> Result<ForgetVerdict, Barred> {
    world.verifier.forget_browser(&world.fresh(browser).await, id, &browser.claimant()).await.unwrap()
}

async fn forgets_all_others(world: &World, browser: &Browser) -> Result<usize, Barred> {
    world.verifier.forget_other_browsers(&world.fresh(browser).await, &browser.claimant()).await.unwrap()
}

/// How a page names the known browser of somebody else's `browser`, as `at` sees it.
async fn known_as(world: &World, at: &Browser, browser: &Browser) -> KnownBrowserId {
    let record = world.record_of(at).await;
    let known = record.known_browsers.iter().filter(|known| Some(&known.cookie) == browser.cookie().as_ref());
    let last_used = known.map(|known| known.last_used).next().expect("a known browser");
    let shown = world.verifier.profile(&world.fresh(at).await).unwrap().browsers;
    shown.into_iter().find(|known| known.last_used == last_used).expect("it is shown").id
}

async fn is_known(world: &World, human: &Human, browser: &Browser) -> bool {
    world.record(human).await.known_browser(browser.cookie().as_ref(), world.now()).is_some()
}

async fn is_out(world: &World, browser: &Browser) -> bool {
    let mut refused = true;
    for gate in [Gate::Fresh, Gate::PendingCode] {
        refused &= world.passes(gate, browser).await == Err(Refusal::SignIn);
    }
    refused
}

impl World {
    async fn record_of(&self, browser: &Browser) -> crate::CredentialRecord {
        self.fresh(browser).await.admission().signed_in().person.credential.record.clone()
    }
}

pub async fn somebody_sees_where_they_are_signed_in_and_nothing_of_others(world: World) {
    let (ada, others) = in_other_browsers(&world, 2).await;
    world.protected("bob@example.com").await;
    world.knows_the_password_of(&ada, &mut Browser::new()).await;

    let seen = sees(&world, &others[0]).await;

    let ids = [id_of(&world, &others[0]).await, id_of(&world, &others[1]).await, id_of(&world, &ada.browser).await];
    assert_eq!(seen.iter().map(|own| own.id.clone()).collect::<Vec<_>>(), ids);
    assert_eq!(seen.iter().map(|own| own.is_this).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!((seen[0].browser.as_str(), seen[0].address), ("Firefox on Windows", others[0].address));
    let session = world.session(&others[1]).await.unwrap();
    assert_eq!((seen[1].begun_at, seen[1].last_seen), (session.password_at, session.last_seen));
}

/// A browser in which a code is due is signed in; one whose time is over, or that never showed a code, is not.
pub async fn a_session_that_has_elapsed_is_seen_and_one_that_has_ended_is_not(world: World) {
    let (ada, others) = in_other_browsers(&world, 1).await;
    let mut mine = others[0].clone();
    world.rewrites_account(&ada.account, |account| account.mfa_window = MfaWindow::CHOICES[0]).await;
    world.clock.advance(Duration::from_hours(2));
    let _ = world.enters_code(&mut mine, &ada.code(world.now())).await;
    assert_eq!(sees(&world, &mine).await.len(), 2);

    world.clock.set(world.session(&ada.browser).await.unwrap().last_seen.plus(Session::IDLE_LIFE));
    let _ = world.enters_code(&mut mine, &ada.code(world.now())).await;

    assert_eq!(sees(&world, &mine).await.len(), 1);
    assert_eq!(ends(&world, &mine, &id_of(&world, &ada.browser).await).await, Ok(EndVerdict::NoSuchSession));
}

pub async fn a_session_that_is_ended_is_out_at_once_and_its_browser_a_stranger(world: World) {
    let (ada, others) = in_other_browsers(&world, 2).await;
    world.clock.advance(Duration::from_hours(1));
    let id = id_of(&world, &others[0]).await;

    assert_eq!(ends(&world, &ada.browser, &id).await, Ok(EndVerdict::Ended));

    assert!(is_out(&world, &others[0]).await && !is_known(&world, &ada, &others[0]).await);
    for stays in [&ada.browser, &others[1]] {
        assert_eq!(world.passes(Gate::Fresh, stays).await, Ok(()));
        assert!(is_known(&world, &ada, stays).await);
    }
    assert!(world.events(&ada).await.contains(&EventKind::SessionEnded { session: id.clone() }));
    assert_eq!(ends(&world, &ada.browser, &id).await, Ok(EndVerdict::NoSuchSession));
}

/// Who took over a session can't make its owner's id do anything, and nobody learns whether an id is somebody's.
pub async fn a_session_of_another_user_is_none_and_ones_own_is_signed_out_instead(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", domain::Role::Member).await;
    let (mine, theirs) = (id_of(&world, &ada.browser).await, id_of(&world, &bob.browser).await);
    let writes = world.store.writes();

    let made_up = SessionId::from_random([7; 16]);
    assert_eq!(ends(&world, &ada.browser, &theirs).await, Ok(EndVerdict::NoSuchSession));
    assert_eq!(ends(&world, &ada.browser, &made_up).await, Ok(EndVerdict::NoSuchSession));
    assert_eq!(ends(&world, &ada.browser, &mine).await, Ok(EndVerdict::ThisOne));

    assert_eq!(world.store.writes(), writes);
    for stays in [&ada.browser, &bob.browser] {
        assert_eq!(world.passes(Gate::Fresh, stays).await, Ok(()));
    }
}

/// Another session in the same browser must not make this one a stranger.
pub async fn a_session_of_this_very_browser_ends_and_the_browser_stays_known(world: World) {
    let ada = world.ada().await;
    let mut again = ada.browser.anew();
    world.signs_in(&ada, &mut again).await;

    assert_eq!(ends(&world, &again, &id_of(&world, &ada.browser).await).await, Ok(EndVerdict::Ended));

    assert!(is_out(&world, &ada.browser).await && is_known(&world, &ada, &again).await);
}

pub async fn all_others_end_with_their_sign_ins_and_this_one_and_other_users_stay(world: World) {
    let (ada, others) = in_other_browsers(&world, 3).await;
    let bob = world.colleague(&ada, "bob@example.com", domain::Role::Member).await;
    let (mut pending, mut recovering) = (Browser::new(), Browser::new());
    world.knows_the_password_of(&ada, &mut pending).await;
    world.comes_back_by_code(&ada, &mut recovering, &ada.codes[0]).await;

    assert_eq!(ends_all_others(&world, &ada.browser).await, Ok(3));

    for ended in others.iter().chain([&pending, &recovering]) {
        assert!(is_out(&world, ended).await && !is_known(&world, &ada, ended).await);
    }
    assert_eq!((world.sessions(&ada).await, world.record(&ada).await.known_browsers.len()), (1, 1));
    assert_eq!(world.passes(Gate::Fresh, &bob.browser).await, Ok(()));
    assert!(world.events(&ada).await.contains(&EventKind::SessionsEnded));
    let writes = world.store.writes();
    assert_eq!(ends_all_others(&world, &ada.browser).await, Ok(0));
    assert_eq!(world.store.writes(), writes);
}

/// Whoever knows only the password does not leave unnoticed.
pub async fn a_stranger_at_the_code_who_is_ended_with_all_others_is_told(world: World) {
    let ada = world.ada().await;
    world.knows_the_password_of(&ada, &mut Browser::new()).await;

    assert_eq!(ends_all_others(&world, &ada.browser).await, Ok(0));

    let told = notices(&world.messages().await);
    assert_eq!(told.iter().filter(|what| **what == NoticeKind::PasswordKnownToOthers).count(), 1);
    world.clock.advance(Session::WARN_AFTER);
    assert_eq!(world.verifier.warn_of_stalled_sign_ins().await.unwrap(), 0);
}

pub async fn a_browser_that_is_forgotten_is_a_stranger_and_out(world: World) {
    let (ada, others) = in_other_browsers(&world, 2).await;
    world.signs_out(&others[1]).await;
    let ids = [known_as(&world, &ada.browser, &others[0]).await, known_as(&world, &ada.browser, &others[1]).await];

    for id in &ids {
        assert_eq!(forgets(&world, &ada.browser, id).await, Ok(ForgetVerdict::Forgotten));
        assert_eq!(forgets(&world, &ada.browser, id).await, Ok(ForgetVerdict::NoSuchBrowser));
    }

    for forgotten in &others {
        assert!(!is_known(&world, &ada, forgotten).await);
    }
    assert!(is_out(&world, &others[0]).await);
    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
    let events = world.events(&ada).await;
    assert_eq!(events.iter().filter(|event| **event == EventKind::BrowserForgotten).count(), 2);
    let cookie = others[0].cookie().unwrap();
    assert!(ids.iter().all(|id| !id.0.contains(cookie.as_str())), "the page names what is stored");
}

/// On a computer that is not one's own.
pub async fn the_browser_that_asks_is_forgotten_and_goes_on(world: World) {
    let ada = world.ada().await;
    let shown = world.verifier.profile(&world.fresh(&ada.browser).await).unwrap().browsers;
    let [this] = &shown[..] else { panic!("{shown:?}") };
    assert!(this.is_this);

    assert_eq!(forgets(&world, &ada.browser, &this.id).await, Ok(ForgetVerdict::Forgotten));

    assert_eq!(world.passes(Gate::Fresh, &ada.browser).await, Ok(()));
    assert!(!is_known(&world, &ada, &ada.browser).await);
}

pub async fn a_browser_of_another_user_is_none(world: World) {
    let ada = world.ada().await;
    let bob = world.protected("bob@example.com").await;
    let theirs = world.verifier.profile(&world.fresh(&bob.browser).await).unwrap().browsers[0].id.clone();

    assert_eq!(forgets(&world, &ada.browser, &theirs).await, Ok(ForgetVerdict::NoSuchBrowser));

    assert!(is_known(&world, &bob, &bob.browser).await);
}

pub async fn all_other_browsers_are_forgotten_with_their_sessions(world: World) {
    let (ada, others) = in_other_browsers(&world, 3).await;
    world.signs_out(&others[2]).await;
    let mut stranger = Browser::new();
    world.knows_the_password_of(&ada, &mut stranger).await;

    assert_eq!(forgets_all_others(&world, &ada.browser).await, Ok(3));

    assert_eq!(world.record(&ada).await.known_browsers.len(), 1);
    for out in &others[..2] {
        assert!(is_out(&world, out).await);
    }
    for stays in [(Gate::Fresh, &ada.browser), (Gate::PendingCode, &stranger)] {
        assert_eq!(world.passes(stays.0, stays.1).await, Ok(()));
    }
    let writes = world.store.writes();
    assert_eq!(forgets_all_others(&world, &ada.browser).await, Ok(0));
    assert_eq!(world.store.writes(), writes);
}

pub async fn browsers_that_have_expired_are_not_shown(world: World) {
    let (ada, others) = in_other_browsers(&world, 1).await;
    let long_ago = world.now().minus(KnownBrowser::LIFE);
    let cookie = others[0].cookie().unwrap();
    world
        .rewrites(&ada.user, |record| {
            for known in record.known_browsers.iter_mut().filter(|known| known.cookie == cookie) {
                known.last_used = long_ago;
            }
        })
        .await;

    let shown = world.verifier.profile(&world.fresh(&ada.browser).await).unwrap().browsers;

    assert_eq!(shown.iter().map(|known| known.is_this).collect::<Vec<_>>(), [true]);
}

/// None of it is a factor: whoever finds their laptop gone is not held up.
pub async fn ending_and_forgetting_ask_for_a_fresh_second_factor_and_for_no_code(world: World) {
    let (ada, others) = in_other_browsers(&world, 2).await;
    let (proof, claimant, verifier) = (world.fresh(&ada.browser).await, ada.browser.claimant(), &world.verifier);
    world.clock.advance(Duration::from_hours(24));
    assert_eq!(world.passes(Gate::Recent, &ada.browser).await, Err(Refusal::StepUp));
    let id = id_of(&world, &others[0]).await;
    assert_eq!(verifier.end_session(&proof, &id, &claimant).await.unwrap(), Ok(EndVerdict::Ended));

    world.rewrites_account(&ada.account, |account| account.mfa_window = MfaWindow::CHOICES[0]).await;

    let id = id_of(&world, &others[1]).await;
    let writes = world.store.writes();
    assert_eq!(verifier.end_session(&proof, &id, &claimant).await.unwrap(), Err(Barred::Over));
    assert_eq!(verifier.end_other_sessions(&proof, &claimant).await.unwrap(), Err(Barred::Over));
    assert_eq!(verifier.forget_other_browsers(&proof, &claimant).await.unwrap(), Err(Barred::Over));
    assert_eq!(
        verifier.change_name(&proof, &"Ada".parse().unwrap(), &claimant).await.unwrap().err(),
        Some(Barred::Over)
    );
    assert_eq!(world.store.writes(), writes);
}

pub async fn one_session_ended_thirty_times_at_once_ends_once(world: World) {
    let (ada, others) = in_other_browsers(&world, 1).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];
    let (proof, id) = (world.fresh(&ada.browser).await, id_of(&world, &others[0]).await);

    let outcomes = at_once(30, |number| {
        let (world, proof, id) = (processes[number % 3].clone(), proof.clone(), id.clone());
        let claimant = ada.browser.claimant();
        async move { world.verifier.end_session(&proof, &id, &claimant).await }
    })
    .await;

    let ended = |outcome: &&Result<_, _>| matches!(outcome, Ok(Ok(EndVerdict::Ended)));
    assert_eq!(outcomes.iter().filter(ended).count(), 1, "{outcomes:?}");
    let events = world.events(&ada).await;
    assert_eq!(events.iter().filter(|event| matches!(event, EventKind::SessionEnded { .. })).count(), 1);
}

pub async fn of_two_sessions_that_end_each_other_one_stays(world: World) {
    let ada = world.ada().await;
    let mut first = ada.browser.clone();
    for calls in 0..8 {
        let mut second = Browser::new();
        world.signs_in(&ada, &mut second).await;
        let elsewhere = world.elsewhere().await;
        let (proof, theirs) = (world.fresh(&second).await, id_of(&world, &first).await);
        let (mine, id) = (world.fresh(&first).await, id_of(&world, &second).await);
        let claimant = second.claimant();
        world.store.meanwhile(calls, async move {
            assert_eq!(
                elsewhere.verifier.end_session(&proof, &theirs, &claimant).await.unwrap(),
                Ok(EndVerdict::Ended)
            );
        });

        let verdict = world.verifier.end_session(&mine, &id, &first.claimant()).await.unwrap();

        let disturbed = world.store.recovers();
        let expected = if disturbed { Err(Barred::Over) } else { Ok(EndVerdict::Ended) };
        assert_eq!(verdict, expected, "before call {calls}");
        assert_eq!(world.sessions(&ada).await, 1, "before call {calls}");
        if disturbed {
            first = second;
        }
    }
}

/// Whichever is faster: a session that shows its code while it is ended has ended, under its new token too.
pub async fn a_session_that_renews_while_all_others_are_ended_has_ended(world: World) {
    let ada = world.ada().await;
    for calls in 0..8 {
        let mut other = Browser::new();
        world.signs_in(&ada, &mut other).await;
        world.clock.advance(World::STEP);
        let (elsewhere, renewing, code) = (world.elsewhere().await, other.clone(), ada.code(world.now()));
        let proof = world.fresh(&ada.browser).await;
        world.store.meanwhile(calls, async move {
            let mut renewing = renewing;
            assert!(super::is_accepted(&elsewhere.renews(&mut renewing, &code).await));
        });

        let ended = world.verifier.end_other_sessions(&proof, &ada.browser.claimant()).await.unwrap();

        world.store.recovers();
        assert_eq!((ended, world.sessions(&ada).await), (Ok(1), 1), "before call {calls}");
    }
}

pub async fn a_sign_out_while_all_other_browsers_are_forgotten_leaves_it_forgotten(world: World) {
    let ada = world.ada().await;
    for calls in 0..8 {
        let mut other = Browser::new();
        world.signs_in(&ada, &mut other).await;
        let (elsewhere, again) = (world.elsewhere().await, other.clone());
        let proof = world.fresh(&ada.browser).await;
        world.store.meanwhile(calls, async move { elsewhere.signs_out(&again).await });

        let forgotten = world.verifier.forget_other_browsers(&proof, &ada.browser.claimant()).await.unwrap();

        world.store.recovers();
        assert_eq!((forgotten, world.sessions(&ada).await), (Ok(1), 1), "before call {calls}");
        assert!(!is_known(&world, &ada, &other).await, "before call {calls}");
    }
}

use std::time::Duration;

use domain::{Country, MobileId, RecoveryCode, Role};

use super::administration::operator_of;
use super::{is_accepted, is_bound, notices, rejected};
use crate::testing::world::at_once;
use crate::testing::{Browser, Human, World};
use crate::{
    CodeRejected, Denied, EnrollmentStep, EventKind, Gate, Judged, MfaState, Mobile, NoticeKind, RecoveryVerdict,
    Refusal, UnlockVerdict, summarise,
};

const UNLOCKED: Result<UnlockVerdict, Denied> = Ok(UnlockVerdict::Unlocked);
const NO_WAY_BACK: Result<UnlockVerdict, Denied> = Ok(UnlockVerdict::NoWayBack);

/// Somebody of the account of `ada` who is locked out, and the recovery codes on their sheet.
async fn locked_out(world: &World, ada: &Human) -> (Human, Vec<RecoveryCode>) {
    let mut bob = world.joins(ada, "bob@example.com", Role::Member).await;
    let mut browser = Browser::new();
    world.knows_the_password_of(&bob, &mut browser).await;
    let phone = world.scans_a_key(&browser).await;
    assert!(is_bound(&world.confirms(&mut browser, &phone.code(world.now())).await));
    let EnrollmentStep::SaveCodes { codes, .. } = world.wizard(&browser).await else { panic!("no codes are shown") };
    world.finishes_wizard(&browser).await;
    (bob.browser, bob.phone) = (browser, Some(phone));
    world.locks_out(&bob).await;
    world.clock.advance(World::STEP);
    (bob, codes)
}

async fn unlock(world: &World, admin: &Human, human: &Human) -> Result<UnlockVerdict, Denied> {
    let at_work = world.at_work(&admin.browser).await;
    world.verifier.unlock(at_work.actor(), &human.user).await.unwrap()
}

async fn mfa(world: &World, human: &Human) -> MfaState {
    summarise(&world.record(human).await).mfa
}

async fn uses_code(world: &World, browser: &mut Browser, code: &RecoveryCode) -> RecoveryVerdict {
    let proof = world.awaiting_code(browser).await;
    let verdict = world.verifier.use_recovery_code(&proof, code, &browser.claimant()).await.unwrap();
    if let Judged::Accepted(recovery) = &verdict {
        browser.session = Some(recovery.token.clone());
    }
    verdict
}

pub async fn who_is_unlocked_comes_back_by_a_recovery_and_by_nothing_else(world: World) {
    let ada = world.ada().await;
    let (bob, codes) = locked_out(&world, &ada).await;
    let mut stranger = Browser::new();
    world.knows_the_password_of(&bob, &mut stranger).await;
    let before = world.enters_code(&mut stranger, &bob.code(world.now())).await;
    assert_eq!(rejected(&before), Some(CodeRejected::Locked));

    assert_eq!(unlock(&world, &ada, &bob).await, UNLOCKED);

    assert_eq!(mfa(&world, &bob).await, MfaState::RecoveryPending);
    let record = world.record(&bob).await;
    assert_eq!((record.unlocked_at, record.strangers.wrong()), (Some(world.now()), 0));
    let alone = world.enters_code(&mut stranger, &bob.code(world.now())).await;
    assert_eq!(rejected(&alone), Some(CodeRejected::Recover));
    assert!(matches!(uses_code(&world, &mut stranger, &codes[0]).await, Judged::Accepted(_)));
    assert_eq!(world.passes(Gate::Recovering, &stranger).await, Ok(()));
    assert_eq!(world.passes(Gate::Fresh, &stranger).await, Err(Refusal::Recover));
    let crate::Admitted::Recovering(proof) =
        world.verifier.admit(Gate::Recovering, stranger.session.as_ref()).await.unwrap().unwrap()
    else {
        panic!("not in a recovery")
    };
    let kept = world.verifier.keep_authenticator(&proof, None, &stranger.claimant()).await.unwrap();

    assert!(is_accepted(&kept), "{kept:?}");
    assert_eq!((world.record(&bob).await.unlocked_at, mfa(&world, &bob).await), (None, MfaState::Protected));
    world.signs_in(&bob, &mut Browser::new()).await;
}

pub async fn an_unlock_is_told_in_the_log_and_by_mail(world: World) {
    let ada = world.ada().await;
    let (bob, _) = locked_out(&world, &ada).await;
    let told = notices(&world.messages().await).len();

    assert_eq!(unlock(&world, &ada, &bob).await, UNLOCKED);

    let event = world.log(&ada).await.remove(0);
    assert_eq!((event.kind, event.user, event.by), (EventKind::Unlocked, Some(bob.user), Some(ada.user)));
    let messages = world.messages().await;
    assert_eq!(notices(&messages)[told..], [NoticeKind::Unlocked]);
    assert_eq!(messages.last().unwrap().to, crate::Recipient::Mail(bob.email));
}

pub async fn an_unlock_changes_nothing_in_a_known_browser(world: World) {
    let ada = world.ada().await;
    let (bob, _) = locked_out(&world, &ada).await;
    let wrong = crate::Budget::default().after_wrong(world.now());
    world.rewrites(&bob.user, |record| record.known_browsers[0].second_factors = wrong).await;

    assert_eq!(unlock(&world, &ada, &bob).await, UNLOCKED);

    assert_eq!(world.passes(Gate::Fresh, &bob.browser).await, Ok(()));
    assert_eq!(world.record(&bob).await.known_browsers[0].second_factors, wrong);
    let mut browser = bob.browser.clone();
    world.signs_in(&bob, &mut browser).await;
    assert_eq!(mfa(&world, &bob).await, MfaState::RecoveryPending);
}

pub async fn only_who_is_locked_out_is_unlocked(world: World) {
    let ada = world.ada().await;
    let bob = world.colleague(&ada, "bob@example.com", Role::Member).await;
    let nine = (0..9).fold(crate::Budget::default(), |budget, _| budget.after_wrong(world.now()));
    world.rewrites(&bob.user, |record| record.strangers = nine).await;
    let newcomer = world.joins(&ada, "carol@example.com", Role::Member).await;
    let gone = world.colleague(&ada, "dora@example.com", Role::Member).await;
    world.locks_out(&gone).await;
    let _ = world.verifier.deactivate(operator_of(&ada), &gone.user).await.unwrap();
    let writes = world.store.writes();

    for human in [&bob, &newcomer, &gone] {
        assert_eq!(unlock(&world, &ada, human).await, Ok(UnlockVerdict::NotLockedOut));
    }

    assert_eq!(world.store.writes(), writes);
}

pub async fn who_has_no_way_back_is_not_unlocked_and_that_is_told_in_the_log(world: World) {
    let ada = world.ada().await;
    let (bob, _) = locked_out(&world, &ada).await;
    let [de, fr]: [Country; 2] = ["DE", "FR"].map(|country| country.parse().unwrap());
    let number: domain::PhoneNumber = "+4915112345678".parse().unwrap();
    let mobile = Mobile { id: MobileId::from_random([1; 16]), number, country: de, confirmed_at: world.now() };
    let refused = async || {
        let before = world.record(&bob).await;
        assert_eq!(unlock(&world, &ada, &bob).await, NO_WAY_BACK);
        let event = world.log(&ada).await.into_iter().find(|event| event.kind == EventKind::UnlockRefused).unwrap();
        assert_eq!((event.user, event.by), (Some(bob.user.clone()), Some(ada.user.clone())));
        assert_eq!(world.record(&bob).await, before);
    };

    // Codes that nobody saved are no way back, nor are mobiles that may not be texted.
    world.rewrites(&bob.user, |record| record.codes.as_mut().unwrap().saved = false).await;
    refused().await;
    world.rewrites(&bob.user, |record| record.mobiles.push(mobile)).await;
    refused().await;
    world.rewrites_account(&ada.account, |account| account.texts.countries.extend([fr])).await;
    refused().await;
    world
        .rewrites_account(&ada.account, |account| {
            account.texts.countries.extend([de]);
            account.texts.on = false;
        })
        .await;
    refused().await;
    let unlocked = notices(&world.messages().await).into_iter().filter(|what| *what == NoticeKind::Unlocked).count();
    assert_eq!(unlocked, 0);

    world.rewrites_account(&ada.account, |account| account.texts.on = true).await;
    assert_eq!(unlock(&world, &ada, &bob).await, UNLOCKED);
}

pub async fn nobody_unlocks_themself_and_the_operator_unlocks_a_sole_admin(world: World) {
    let ada = world.ada().await;
    world.locks_out(&ada).await;
    let writes = world.store.writes();

    assert_eq!(unlock(&world, &ada, &ada).await, Ok(UnlockVerdict::Oneself));
    assert_eq!(world.store.writes(), writes);

    assert_eq!(world.verifier.unlock(operator_of(&ada), &ada.user).await.unwrap(), UNLOCKED);
    let event = world.log(&ada).await.remove(0);
    assert_eq!((event.kind, event.by, event.address), (EventKind::Unlocked, None, None));
    world.clock.advance(Duration::from_secs(30));
    let mut stranger = Browser::new();
    world.knows_the_password_of(&ada, &mut stranger).await;
    let alone = world.enters_code(&mut stranger, &ada.code(world.now())).await;
    assert_eq!(rejected(&alone), Some(CodeRejected::Recover));
}

pub async fn an_unlock_thirty_times_at_once_is_one(world: World) {
    let ada = world.ada().await;
    let (bob, _) = locked_out(&world, &ada).await;
    let at_work = world.at_work(&ada.browser).await;
    let processes = [world.clone(), world.elsewhere().await, world.elsewhere().await];

    let outcomes = at_once(30, |number| {
        let (world, at_work, bob) = (processes[number % 3].clone(), at_work.clone(), bob.clone());
        async move { world.verifier.unlock(at_work.actor(), &bob.user).await }
    })
    .await;

    let unlocked = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Ok(UnlockVerdict::Unlocked)))).count();
    let events = world.events(&ada).await.into_iter().filter(|event| *event == EventKind::Unlocked).count();
    assert_eq!((unlocked, events), (1, 1), "{outcomes:?}");
}

/// A recovery code that is used while its owner is being unlocked must not be lost, and no lock outlives the unlock.
pub async fn an_unlock_while_a_stranger_guesses_loses_no_guess(world: World) {
    for calls in 0..8 {
        let ada = world.protected(&format!("ada{calls}@example.com")).await;
        let bob = world.colleague(&ada, &format!("bob{calls}@example.com"), Role::Member).await;
        world.locks_out(&bob).await;
        let (elsewhere, user) = (world.elsewhere().await, bob.user.clone());
        let eleven = (0..11).fold(crate::Budget::default(), |budget, _| budget.after_wrong(world.now()));
        world.store.meanwhile(calls, async move {
            elsewhere.rewrites(&user, |record| record.strangers = eleven).await;
        });

        let verdict = unlock(&world, &ada, &bob).await;

        world.store.recovers();
        let record = world.record(&bob).await;
        assert_eq!(verdict, UNLOCKED);
        assert_eq!((record.strangers.wrong(), record.unlocked_at.is_some()), (0, true), "before call {calls}");
    }
}

pub async fn an_unlock_and_its_refusal_get_through_though_everything_failed_before(world: World) {
    let ada = world.ada().await;
    let (bob, _) = locked_out(&world, &ada).await;
    let at_work = world.at_work(&ada.browser).await;
    let codes = world.record(&bob).await.codes;
    let unlock = async || world.verifier.unlock(at_work.actor(), &bob.user).await;

    world.rewrites(&bob.user, |record| record.codes = None).await;
    assert_eq!(world.gets_through_all_faults(unlock).await, NO_WAY_BACK);
    world.rewrites(&bob.user, |record| record.codes = codes).await;
    assert_eq!(world.gets_through_all_faults(unlock).await, UNLOCKED);

    let events = world.events(&ada).await;
    for kind in [EventKind::UnlockRefused, EventKind::Unlocked] {
        assert_eq!(events.iter().filter(|event| **event == kind).count(), 1);
    }
}

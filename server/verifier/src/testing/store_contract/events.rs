use super::samples::{AnyStore, NOW, account, ada, commits, event, later, other_account, user};
use crate::{Commit, CredentialRecord, SecurityEvent};

pub async fn events_of_an_account_come_newest_first_and_no_more_than_asked_for(store: AnyStore) {
    let recorded = [event(3, later(2)), event(1, later(1)), event(4, later(1)), event(2, later(3))];
    for event in recorded {
        commits(&store, Commit { events: vec![event], ..Commit::default() }).await;
    }

    let newest_first = [event(2, later(3)), event(3, later(2)), event(4, later(1)), event(1, later(1))];
    for most in 0..6 {
        let found = store.events_of(&account().id, most).await.unwrap();
        let most = usize::try_from(most).unwrap().min(4);
        assert_eq!(found, newest_first[..most]);
    }
    assert_eq!(store.events_of(&account().id, u32::MAX).await.unwrap(), newest_first);
}

pub async fn events_of_other_accounts_and_of_none_are_not_among_them(store: AnyStore) {
    let elsewhere = SecurityEvent { account: Some(other_account(9).id), ..event(1, NOW) };
    let nowhere = SecurityEvent { account: None, user: None, address: None, browser: None, ..event(2, NOW) };

    let events = vec![elsewhere.clone(), nowhere, event(3, NOW)];
    commits(&store, Commit { events, ..Commit::default() }).await;

    assert_eq!(store.events_of(&account().id, 10).await.unwrap(), [event(3, NOW)]);
    assert_eq!(store.events_of(&other_account(9).id, 10).await.unwrap(), [elsewhere]);
}

/// What an admin does concerns whom it is done to.
pub async fn events_about_a_user_come_newest_first_and_are_nobody_elses(store: AnyStore) {
    let about =
        |number, user: &CredentialRecord, at| SecurityEvent { user: Some(user.user.clone()), ..event(number, at) };
    let by_ada = SecurityEvent { by: Some(ada().user), ..about(5, &user(77), later(5)) };
    let nobodys = SecurityEvent { user: None, ..event(6, later(6)) };
    let others = vec![by_ada.clone(), about(4, &user(77), later(3)), nobodys];
    commits(&store, Commit { events: others, ..Commit::default() }).await;
    let newest_first = [about(3, &ada(), later(2)), about(2, &ada(), later(1)), about(1, &ada(), later(1))];
    for event in newest_first.iter().rev().cloned() {
        commits(&store, Commit { events: vec![event], ..Commit::default() }).await;
    }

    for most in 0..5 {
        let found = store.events_about(&ada().user, most).await.unwrap();
        assert_eq!(found, newest_first[..usize::try_from(most).unwrap().min(3)]);
    }
    assert_eq!(store.events_about(&user(77).user, 1).await.unwrap(), [by_ada]);
    assert_eq!(store.events_about(&user(78).user, 10).await.unwrap(), []);
}

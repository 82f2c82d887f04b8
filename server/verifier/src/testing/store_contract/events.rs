use super::samples::{AnyStore, NOW, account, commits, event, later, other_account};
use crate::{Commit, SecurityEvent};

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

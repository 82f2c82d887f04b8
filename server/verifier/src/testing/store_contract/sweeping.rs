use std::time::Duration;

use super::samples::{
    AnyStore, NOW, account, ada, attempts, commits, event, invitation, later, message, of_sessions, open, rotate,
    session, tally, token, with_ada, with_session,
};
use crate::{Change, Commit, PasswordAttempts, Proof, Session, Tally};

const MILLISECOND: Duration = Duration::from_millis(1);

pub async fn sweeping_deletes_what_has_expired_and_nothing_else(store: AnyStore) {
    let pending = with_session(&store).await;
    let proved = Session { proof: Proof::SecondFactor { mfa_at: NOW, authenticator_at: None }, ..session(3, &ada()) };
    let counted = PasswordAttempts { expires_at: later(40), ..attempts("k") };
    let invited = invitation(5, &ada());
    let sessions = vec![rotate(1, 2, pending.clone()), open(3, proved)];
    let limited = Tally { expires_at: later(50), ..tally("t") };
    let (links, attempts) = (vec![invited.clone()], vec![Change::create(counted.clone())]);
    let tallies = vec![Change::create(limited.clone())];
    let (events, messages) = (vec![event(1, NOW)], vec![message(1, NOW)]);
    commits(&store, Commit { attempts, tallies, links, sessions, events, messages, ..Commit::default() }).await;

    // The moment each of these ends, in this order: the old token, the counts, the pending session, the link.
    let ends = [later(30), counted.expires_at, limited.expires_at, pending.expires_at(), invited.expires_at];
    for (ended, end) in ends.into_iter().enumerate() {
        for (now, ended) in [(end, ended), (end.plus(MILLISECOND), ended + 1)] {
            store.sweep(now).await.unwrap();

            let left = [
                store.find_session(&token(1)).await.unwrap().is_some(),
                store.load_attempts(&counted.key).await.unwrap().is_some(),
                store.load_tally(&limited.key).await.unwrap().is_some(),
                store.find_session(&token(2)).await.unwrap().is_some(),
                store.find_link(&invited.token).await.unwrap().is_some(),
            ];
            assert_eq!(left, [0, 1, 2, 3, 4].map(|place| place >= ended), "at {now:?}");
        }
    }
    assert!(store.find_session(&token(3)).await.unwrap().is_some());
    assert!(store.load_user(&ada().user).await.unwrap().is_some());
    assert_eq!(store.events_of(&account().id, 10).await.unwrap().len(), 1);
    assert_eq!(store.waiting_messages(10).await.unwrap().len(), 1);
}

pub async fn a_session_that_was_touched_lives_on(store: AnyStore) {
    with_ada(&store).await;
    let session = Session { proof: Proof::SecondFactor { mfa_at: NOW, authenticator_at: None }, ..session(1, &ada()) };
    commits(&store, of_sessions([open(1, session.clone())])).await;

    store.touch(&token(1), later(86400)).await.unwrap();

    store.sweep(session.expires_at().plus(MILLISECOND)).await.unwrap();
    let touched = store.find_session(&token(1)).await.unwrap().unwrap().session;
    store.sweep(touched.expires_at().plus(MILLISECOND)).await.unwrap();
    assert!(store.find_session(&token(1)).await.unwrap().is_none());
}

pub async fn sweeping_deletes_however_much_has_expired(store: AnyStore) {
    with_ada(&store).await;
    let opened = (0..1200).map(|number| open(number, session(number, &ada()))).collect();
    commits(&store, Commit { sessions: opened, ..Commit::default() }).await;
    assert_eq!(store.sessions_of(&ada().user).await.unwrap().len(), 1200);

    store.sweep(later(86400)).await.unwrap();

    assert!(store.sessions_of(&ada().user).await.unwrap().is_empty());
}

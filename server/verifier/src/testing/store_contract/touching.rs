use super::samples::{
    AnyStore, NOW, ada, commits, later, of_sessions, open, rotate, session, token, touch_during, update, with_ada,
    with_session,
};
use crate::{Proof, Session, SessionChange, SignedIn};

/// Enough that a store which gets it wrong is caught nearly always.
const ROUNDS: u32 = 50;

pub async fn touching_moves_last_seen_forward_and_changes_nothing_else(store: AnyStore) {
    with_session(&store).await;
    let before = store.find_session(&token(1)).await.unwrap().unwrap();

    store.touch(&token(1), later(1000)).await.unwrap();

    let session = Session { last_seen: later(1000), ..before.session.clone() };
    let expected = SignedIn { session: session.clone(), ..before };
    assert_eq!(store.find_session(&token(1)).await.unwrap(), Some(expected));
    assert_eq!(store.sessions_of(&session.user).await.unwrap(), [session]);
}

pub async fn touching_never_moves_last_seen_back(store: AnyStore) {
    with_session(&store).await;
    store.touch(&token(1), later(1000)).await.unwrap();

    for seconds in [999, 0] {
        store.touch(&token(1), later(seconds)).await.unwrap();
    }

    assert_eq!(store.find_session(&token(1)).await.unwrap().unwrap().session.last_seen, later(1000));
}

pub async fn touching_a_token_that_was_followed_by_another_changes_nothing(store: AnyStore) {
    let session = with_session(&store).await;
    commits(&store, of_sessions([rotate(1, 2, session.clone())])).await;

    store.touch(&token(1), later(10)).await.unwrap();

    for number in [1, 2] {
        assert_eq!(store.find_session(&token(number)).await.unwrap().unwrap().session, session);
    }
}

pub async fn touching_brings_back_no_session(store: AnyStore) {
    with_ada(&store).await;

    store.touch(&token(1), NOW).await.unwrap();

    assert!(store.find_session(&token(1)).await.unwrap().is_none());
    assert!(store.sessions_of(&ada().user).await.unwrap().is_empty());
}

pub async fn touching_while_a_session_changes_loses_neither(store: AnyStore) {
    with_ada(&store).await;
    for number in 1..=ROUNDS {
        let session = session(number, &ada());
        commits(&store, of_sessions([open(number, session.clone())])).await;
        let changed = Session { proof: Proof::Password { wrong_codes: 1 }, last_seen: later(50), ..session };

        touch_during(&store, number, of_sessions([update(number, changed.clone())])).await;

        let found = store.find_session(&token(number)).await.unwrap().unwrap().session;
        assert_eq!(found.proof, changed.proof);
        assert!([later(50), later(100)].contains(&found.last_seen), "{found:?}");
    }
}

pub async fn a_session_that_is_ended_while_it_is_touched_is_ended(store: AnyStore) {
    with_ada(&store).await;
    for number in 1..=ROUNDS {
        let session = session(number, &ada());
        commits(&store, of_sessions([open(number, session.clone())])).await;

        touch_during(&store, number, of_sessions([SessionChange::End { id: session.id }])).await;

        assert!(store.find_session(&token(number)).await.unwrap().is_none());
    }
}

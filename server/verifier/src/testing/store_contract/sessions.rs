use super::samples::{
    AnyStore, NOW, account, ada, commits, conflicts, later, of_credential, of_sessions, open, other_account, rotate,
    session, token, update, user, with_ada, with_session,
};
use crate::{
    AccountRecord, Change, Commit, CredentialRecord, Person, Proof, Session, SessionChange, SignedIn, TokenHash,
    Versioned,
};

fn proved(session: Session) -> Session {
    Session {
        proof: Proof::SecondFactor { mfa_at: later(5), authenticator_at: Some(later(5)) },
        last_seen: later(5),
        ..session
    }
}

pub async fn a_session_is_found_with_its_user_and_account_as_they_are_now(store: AnyStore) {
    let session = with_session(&store).await;
    let renamed = CredentialRecord { name: "Augusta".parse().unwrap(), ..ada() };
    let organisation = AccountRecord { dead_before: Some(NOW), ..account() };

    let accounts = vec![Change::update(1, organisation.clone())];
    commits(&store, Commit { accounts, ..of_credential(Change::update(1, renamed.clone())) }).await;

    let person = Person {
        credential: Versioned { version: 2, record: renamed },
        account: Versioned { version: 2, record: organisation },
    };
    let expected = SignedIn { token: token(1), session, superseded_until: None, person };
    assert_eq!(store.find_session(&token(1)).await.unwrap(), Some(expected));
}

pub async fn a_token_that_is_taken_opens_no_second_session(store: AnyStore) {
    let first = with_session(&store).await;

    conflicts(&store, of_sessions([open(1, session(2, &ada()))])).await;
    conflicts(&store, of_sessions([open(3, session(3, &ada())), rotate(3, 1, session(3, &ada()))])).await;

    assert_eq!(store.sessions_of(&ada().user).await.unwrap(), [first]);
}

pub async fn after_a_rotation_the_old_token_sees_the_old_session_and_that_it_was_followed(store: AnyStore) {
    let session = with_session(&store).await;

    commits(&store, of_sessions([rotate(1, 2, proved(session.clone()))])).await;

    let old = store.find_session(&token(1)).await.unwrap().unwrap();
    assert_eq!((old.token, old.session, old.superseded_until), (token(1), session.clone(), Some(later(30))));
    let new = store.find_session(&token(2)).await.unwrap().unwrap();
    assert_eq!((new.token, new.session, new.superseded_until), (token(2), proved(session), None));
}

pub async fn a_token_that_was_followed_by_another_can_be_neither_rotated_nor_updated(store: AnyStore) {
    let session = with_session(&store).await;
    commits(&store, of_sessions([rotate(1, 2, session.clone())])).await;

    conflicts(&store, of_sessions([rotate(1, 3, session.clone())])).await;
    conflicts(&store, of_sessions([update(1, proved(session.clone()))])).await;

    assert!(store.find_session(&token(3)).await.unwrap().is_none());
    assert_eq!(store.find_session(&token(1)).await.unwrap().unwrap().session, session);
    commits(&store, of_sessions([rotate(2, 3, session)])).await;
}

pub async fn an_update_changes_the_content_and_keeps_the_token(store: AnyStore) {
    let session = with_session(&store).await;
    let wrong = Session { proof: Proof::Password { wrong_codes: 3 }, next: "/profile?a=b".parse().ok(), ..session };

    commits(&store, of_sessions([update(1, wrong.clone())])).await;

    let found = store.find_session(&token(1)).await.unwrap().unwrap();
    assert_eq!((found.session, found.superseded_until), (wrong, None));
}

pub async fn a_token_of_another_session_changes_nothing(store: AnyStore) {
    let first = with_session(&store).await;

    conflicts(&store, of_sessions([update(1, session(2, &ada()))])).await;
    conflicts(&store, of_sessions([rotate(1, 2, session(2, &ada()))])).await;

    assert_eq!(store.sessions_of(&ada().user).await.unwrap(), [first]);
}

pub async fn the_end_of_a_session_ends_all_its_tokens_and_no_other_session(store: AnyStore) {
    let ended = with_session(&store).await;
    let other = session(9, &ada());
    commits(&store, of_sessions([rotate(1, 2, ended.clone()), rotate(2, 3, ended.clone()), open(9, other.clone())]))
        .await;

    commits(&store, of_sessions([SessionChange::End { id: ended.id }])).await;

    for number in 1..=3 {
        assert!(store.find_session(&token(number)).await.unwrap().is_none());
    }
    assert_eq!(store.sessions_of(&ada().user).await.unwrap(), [other]);
}

pub async fn the_end_of_a_session_that_is_gone_is_no_conflict(store: AnyStore) {
    let session = with_session(&store).await;
    let end = SessionChange::End { id: session.id };
    let end_all = SessionChange::EndAllOf { user: user(9).user, except: None };

    commits(&store, of_sessions([end.clone(), end.clone(), end_all])).await;
    commits(&store, of_sessions([end])).await;
}

pub async fn the_end_of_all_sessions_of_a_user_spares_one_and_everybody_elses(store: AnyStore) {
    let kept = with_session(&store).await;
    let other = session(7, &user(7));
    commits(
        &store,
        Commit {
            sessions: vec![
                rotate(1, 2, kept.clone()),
                open(3, session(3, &ada())),
                rotate(3, 4, session(3, &ada())),
                open(5, session(5, &ada())),
                open(7, other.clone()),
            ],
            ..of_credential(Change::create(user(7)))
        },
    )
    .await;
    let ending = |except| of_sessions([SessionChange::EndAllOf { user: ada().user, except }]);

    commits(&store, ending(Some(kept.id.clone()))).await;

    assert_eq!(store.sessions_of(&ada().user).await.unwrap(), [kept]);
    assert!(store.find_session(&token(1)).await.unwrap().is_some());
    for number in 3..=5 {
        assert!(store.find_session(&token(number)).await.unwrap().is_none());
    }

    commits(&store, ending(None)).await;

    assert!(store.sessions_of(&ada().user).await.unwrap().is_empty());
    assert!(store.find_session(&token(1)).await.unwrap().is_none());
    assert_eq!(store.sessions_of(&user(7).user).await.unwrap(), [other]);
}

pub async fn nothing_brings_back_a_session_that_ended(store: AnyStore) {
    let session = with_session(&store).await;
    commits(&store, of_sessions([SessionChange::End { id: session.id.clone() }])).await;

    conflicts(&store, of_sessions([update(1, session.clone())])).await;
    conflicts(&store, of_sessions([rotate(1, 2, session.clone())])).await;
    store.touch(&token(1), later(60)).await.unwrap();

    assert!(store.find_session(&token(1)).await.unwrap().is_none());
    assert!(store.find_session(&token(2)).await.unwrap().is_none());
    assert!(store.sessions_of(&session.user).await.unwrap().is_empty());
}

pub async fn each_live_session_of_a_user_is_listed_once(store: AnyStore) {
    let first = with_session(&store).await;
    let second = session(8, &ada());
    let changes = [
        rotate(1, 2, first.clone()),
        rotate(2, 3, proved(first.clone())),
        open(8, second.clone()),
        update(8, proved(second.clone())),
    ];

    commits(&store, of_sessions(changes)).await;

    let mut listed = store.sessions_of(&ada().user).await.unwrap();
    listed.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(listed, [proved(first), proved(second)]);
}

pub async fn the_live_sessions_of_an_account_come_each_once_in_pages(store: AnyStore) {
    with_session(&store).await;
    let stranger = CredentialRecord { account: other_account(9).id, ..user(9) };
    let credentials = vec![Change::create(user(2)), Change::create(stranger.clone())];
    let accounts = vec![Change::create(other_account(9))];
    let sessions = vec![
        rotate(1, 11, proved(session(1, &ada()))),
        open(5, session(5, &user(2))),
        open(3, session(3, &ada())),
        rotate(3, 13, session(3, &ada())),
        open(4, session(4, &user(2))),
        open(6, session(6, &ada())),
        SessionChange::End { id: session(6, &ada()).id },
        open(9, session(9, &stranger)),
    ];
    commits(&store, Commit { credentials, accounts, sessions, ..Commit::default() }).await;

    for most in [1, 2, 3, 100] {
        let mut listed: Vec<Session> = Vec::new();
        loop {
            let after = listed.last().map(|session| &session.id);
            let page = store.sessions_of_account(&account().id, after, most).await.unwrap();
            assert!(page.len() <= usize::try_from(most).unwrap());
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        let expected = [proved(session(1, &ada())), session(3, &ada()), session(4, &user(2)), session(5, &user(2))];
        assert_eq!(listed, expected, "{most} at a time");
    }
    let theirs = store.sessions_of_account(&other_account(9).id, None, 100).await.unwrap();
    assert_eq!(theirs, [session(9, &stranger)]);
}

pub async fn changes_of_sessions_happen_in_the_order_given(store: AnyStore) {
    let old = with_session(&store).await;
    let new = session(2, &ada());
    let end_all = SessionChange::EndAllOf { user: ada().user, except: None };

    commits(&store, of_sessions([end_all.clone(), open(2, new.clone()), rotate(2, 3, proved(new.clone()))])).await;

    assert!(store.find_session(&token(1)).await.unwrap().is_none());
    assert_eq!(store.sessions_of(&ada().user).await.unwrap(), [proved(new.clone())]);
    conflicts(&store, of_sessions([end_all.clone(), rotate(3, 4, new.clone())])).await;
    commits(&store, of_sessions([open(1, old), end_all])).await;
    assert!(store.sessions_of(&ada().user).await.unwrap().is_empty());
}

pub async fn a_session_without_its_user_is_an_error_and_not_an_unknown_session(store: AnyStore) {
    commits(&store, of_sessions([open(1, session(1, &ada()))])).await;
    assert!(store.find_session(&token(1)).await.is_err());

    commits(&store, of_credential(Change::create(ada()))).await;
    assert!(store.find_session(&token(1)).await.is_err());
}

pub async fn sign_ins_that_stopped_are_found_when_their_moment_has_come(store: AnyStore) {
    with_ada(&store).await;
    let warn_at = |number, seconds| Session { warn_at: Some(later(seconds)), ..session(number, &ada()) };
    let sessions = [
        open(1, warn_at(1, 20)),
        open(2, warn_at(2, 10)),
        open(3, session(3, &ada())),
        open(4, warn_at(4, 5)),
        rotate(4, 5, session(4, &ada())),
        open(6, warn_at(6, 5)),
        update(6, session(6, &ada())),
    ];
    commits(&store, of_sessions(sessions)).await;
    let stopped = async |seconds, most| -> Vec<TokenHash> {
        let found = store.stalled_sign_ins(later(seconds), most).await.unwrap();
        assert!(found.iter().all(|found| found.person.credential.record == ada()));
        found.into_iter().map(|found| found.token).collect()
    };

    assert!(stopped(9, 10).await.is_empty());
    assert_eq!(stopped(10, 10).await, [token(2)]);
    assert_eq!(stopped(20, 10).await, [token(2), token(1)]);
    assert_eq!(stopped(20, 1).await, [token(2)]);
}

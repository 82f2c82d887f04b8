use domain::EmailAddress;

use super::samples::{
    AnyStore, NOW, account, ada, commit_at_last, commits, event, invitation, message, of_credential, of_links,
    of_sessions, open, race, rotate, session, spending, token, user, with_ada, with_session,
};
use crate::{Change, Commit, CommitError, CredentialRecord, SessionChange};

fn named(number: u32, record: CredentialRecord) -> CredentialRecord {
    CredentialRecord { name: format!("Name {number}").parse().expect("a name"), ..record }
}

pub async fn of_64_parallel_commits_on_one_version_exactly_one_wins(store: AnyStore) {
    with_ada(&store).await;

    let commit = |number| Commit {
        events: vec![event(number, NOW)],
        messages: vec![message(number, NOW)],
        ..of_credential(Change::update(1, named(number, ada())))
    };
    let won = race(&store, (0..64).map(commit)).await;

    assert_eq!(won, 1);
    let credential = store.load_user(&ada().user).await.unwrap().unwrap().credential;
    let events = store.events_of(&account().id, 100).await.unwrap();
    let messages = store.waiting_messages(100).await.unwrap();
    let winner = (0..64).find(|number| credential.record == named(*number, ada())).unwrap();
    assert_eq!(credential.version, 2);
    assert_eq!((events, messages), (vec![event(winner, NOW)], vec![message(winner, NOW)]));
}

pub async fn of_64_parallel_creations_of_one_record_exactly_one_wins(store: AnyStore) {
    let commit = |number| Commit {
        accounts: vec![Change::create(account())],
        events: vec![event(number, NOW)],
        ..Commit::default()
    };
    let won = race(&store, (0..64).map(commit)).await;

    assert_eq!(won, 1);
    assert_eq!(store.load_account(&account().id).await.unwrap().unwrap().version, 1);
    assert_eq!(store.events_of(&account().id, 100).await.unwrap().len(), 1);
}

pub async fn a_link_spent_64_times_at_once_is_spent_once(store: AnyStore) {
    commits(&store, of_links([invitation(1, &ada())])).await;

    let commit = |number| Commit { events: vec![event(number, NOW)], ..spending(1) };
    let won = race(&store, (0..64).map(commit)).await;

    assert_eq!(won, 1);
    assert_eq!(store.events_of(&account().id, 100).await.unwrap().len(), 1);
}

pub async fn a_token_rotated_64_times_at_once_is_rotated_once(store: AnyStore) {
    let session = with_session(&store).await;

    let won = race(&store, (2..66).map(|number| of_sessions([rotate(1, number, session.clone())]))).await;

    assert_eq!(won, 1);
    assert_eq!(store.sessions_of(&session.user).await.unwrap(), [session]);
}

pub async fn an_address_claimed_by_64_users_at_once_belongs_to_one(store: AnyStore) {
    with_ada(&store).await;
    let email: EmailAddress = "wanted@example.com".parse().unwrap();
    let old: Vec<_> = (0..32).map(|number| Change::create(user(number))).collect();
    commits(&store, Commit { credentials: old, ..Commit::default() }).await;

    let commit = |number| {
        let record = CredentialRecord { email: email.clone(), ..user(number) };
        of_credential(if number < 32 { Change::update(1, record) } else { Change::create(record) })
    };
    let won = race(&store, (0..64).map(commit)).await;

    assert_eq!(won, 1);
    assert!(store.find_user(&email).await.unwrap().is_some());
    let members = store.members_of(&account().id).await.unwrap();
    assert_eq!(members.iter().filter(|member| member.email == email).count(), 1);
}

pub async fn of_links_issued_at_once_for_one_slot_one_remains(store: AnyStore) {
    for round in 0..8 {
        let numbers = round * 8..round * 8 + 8;

        let won = race(&store, numbers.clone().map(|number| of_links([invitation(number, &ada())]))).await;

        let mut found = 0;
        for number in 0..numbers.end {
            found += usize::from(store.find_link(&token(number)).await.unwrap().is_some());
        }
        assert!(won >= 1);
        assert_eq!(found, 1);
    }
}

pub async fn a_commit_that_loses_the_race_for_one_of_two_records_writes_neither(store: AnyStore) {
    with_ada(&store).await;
    let people: Vec<_> = (0..32).map(|number| Change::create(user(number))).collect();
    commits(&store, Commit { credentials: people, ..Commit::default() }).await;

    let commit = |number| Commit {
        accounts: vec![Change::update(1, account())],
        ..of_credential(Change::update(1, named(number, user(number))))
    };
    let won = race(&store, (0..32).map(commit)).await;

    assert_eq!(won, 1);
    let mut written = 0;
    for number in 0..32 {
        let person = store.load_user(&user(number).user).await.unwrap().unwrap();
        assert_eq!(person.account.version, 2);
        written += usize::from(person.credential.version == 2);
    }
    assert_eq!(written, 1);
}

pub async fn users_who_have_nothing_to_do_with_each_other_do_not_get_in_each_others_way(store: AnyStore) {
    with_ada(&store).await;
    let people: Vec<_> = (0..32).map(|number| Change::create(user(number))).collect();
    commits(&store, Commit { credentials: people, ..Commit::default() }).await;

    let commit = |number| Commit {
        sessions: vec![open(number, session(number, &user(number)))],
        events: vec![event(number, NOW)],
        ..of_credential(Change::update(1, named(number, user(number))))
    };
    let won = race(&store, (0..32).map(commit)).await;

    assert_eq!(won, 32);
}

pub async fn a_session_that_is_ended_while_it_rotates_is_ended(store: AnyStore) {
    with_ada(&store).await;
    for round in 0..20 {
        let session = session(100 + round, &ada());
        let (first, second) = (1000 + 2 * round, 1001 + 2 * round);
        commits(&store, of_sessions([open(first, session.clone())])).await;
        let rotating = {
            let (store, rotation) = (store.clone(), of_sessions([rotate(first, second, session.clone())]));
            tokio::spawn(async move { store.commit(rotation).await })
        };

        commit_at_last(&store, of_sessions([SessionChange::End { id: session.id }])).await;

        let rotated = rotating.await.unwrap();
        assert!(matches!(rotated, Ok(()) | Err(CommitError::Conflict)), "{rotated:?}");
        assert!(store.find_session(&token(first)).await.unwrap().is_none());
        assert!(store.find_session(&token(second)).await.unwrap().is_none());
    }
}

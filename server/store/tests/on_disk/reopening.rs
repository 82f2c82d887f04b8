//! What was committed is there after the database was closed and opened again.

use verifier::testing::{SeededEntropy, a_credential, a_keyring, a_signed_in, an_account};
use verifier::{
    AttemptsKey, Budget, Change, Commit, EventKind, Link, LinkPurpose, Message, MessageKind, NoticeKind,
    PasswordAttempts, QueuedMessage, Recipient, SecurityEvent, SessionChange, Store, Tally, TallyKey, Token, TokenHash,
};

use crate::directory::Directory;

const NOW: domain::Timestamp = domain::Timestamp::from_seconds(1_800_000_000);

fn token(seed: u64) -> TokenHash {
    Token::issue(&SeededEntropy::new(seed)).unwrap().hash()
}

fn queued() -> QueuedMessage {
    let (record, session) = (a_credential(), a_signed_in(NOW).session);
    let about = MessageKind::Notice {
        what: NoticeKind::Locked,
        address: Some(session.address),
        browser: Some(session.browser),
    };
    let to = Recipient::Mail(record.email);
    let message = Message {
        to,
        language: domain::Language::English,
        name: record.name,
        account: an_account().name,
        at: NOW,
        about,
    };
    message.queue(&a_keyring(), &SeededEntropy::new(9)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_again() {
    let directory = Directory::new();
    let store = directory.open().await.unwrap();
    let session = a_signed_in(NOW).session;
    let counted = PasswordAttempts {
        key: AttemptsKey("fingerprint".into()),
        budget: Budget::default().after_wrong(NOW),
        expires_at: NOW,
    };
    let limited = Tally { key: TallyKey("fingerprint".into()), times: vec![NOW], expires_at: NOW };
    let event = SecurityEvent {
        id: domain::EventId::from_random([1; 16]),
        at: NOW,
        account: Some(an_account().id),
        user: Some(a_credential().user),
        by: None,
        kind: EventKind::AuthenticatorBound,
        address: Some(session.address),
        browser: None,
    };
    let (from, to) = (token(1), token(2));
    let commit = Commit {
        credentials: vec![Change::create(a_credential())],
        accounts: vec![Change::create(an_account())],
        attempts: vec![Change::create(counted.clone())],
        tallies: vec![Change::create(limited.clone())],
        links: vec![Link::new(token(3), LinkPurpose::Setup, NOW), Link::new(token(4), LinkPurpose::Setup, NOW)],
        sessions: vec![
            SessionChange::Open { token: from.clone(), session: session.clone() },
            SessionChange::Rotate { from: from.clone(), to: to.clone(), session: session.clone(), grace_until: NOW },
        ],
        events: vec![event.clone()],
        messages: vec![queued()],
        ..Commit::default()
    };
    store.commit(commit).await.unwrap();
    store.commit(Commit { credentials: vec![Change::update(1, a_credential())], ..Commit::default() }).await.unwrap();

    drop(store);
    let store = directory.open().await.unwrap();

    let person = store.load_user(&a_credential().user).await.unwrap().unwrap();
    assert_eq!((person.credential.version, person.credential.record), (2, a_credential()));
    assert_eq!((person.account.version, person.account.record), (1, an_account()));
    assert_eq!(store.load_attempts(&counted.key).await.unwrap().unwrap().record, counted);
    assert_eq!(store.load_tally(&limited.key).await.unwrap().unwrap().record, limited);
    assert!(store.find_link(&token(3)).await.unwrap().is_none());
    assert!(store.find_link(&token(4)).await.unwrap().is_some());
    assert_eq!(store.find_session(&from).await.unwrap().unwrap().superseded_until, Some(NOW));
    assert_eq!(store.find_session(&to).await.unwrap().unwrap().session, session);
    assert_eq!(store.members_of(&an_account().id).await.unwrap().len(), 1);
    assert_eq!(store.events_of(&an_account().id, 10).await.unwrap(), [event]);
    assert_eq!(store.waiting_messages(10).await.unwrap(), [queued()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_spent_before_stays_spent() {
    let directory = Directory::new();
    let store = directory.open().await.unwrap();
    let links = vec![Link::new(token(1), LinkPurpose::Setup, NOW)];
    store.commit(Commit { links, ..Commit::default() }).await.unwrap();
    let spending = Commit { spent_links: vec![token(1)], ..Commit::default() };
    store.commit(spending.clone()).await.unwrap();

    drop(store);
    let store = directory.open().await.unwrap();

    assert!(store.find_link(&token(1)).await.unwrap().is_none());
    assert!(matches!(store.commit(spending).await, Err(verifier::CommitError::Conflict)));
}

//! What the contract writes: numbered users, sessions and so on, alike but for their number.

use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, EventId, MessageId, SessionId, Timestamp, UserId, WebhookId};

use crate::testing::{SeededEntropy, a_credential, a_keyring, a_signed_in, an_account};
use crate::{
    AccountRecord, AttemptsKey, AuditChain, Budget, ChainHead, ChainMac, ChainPoint, ChainStep, Change, Commit,
    CommitError, CredentialRecord, EventKind, EventSeal, Link, LinkPurpose, Message, MessageKind, NoticeKind,
    PasswordAttempts, PrivateHosts, QueuedMessage, RESET_MAILS, Recipient, SecurityEvent, Session, SessionChange,
    Store, Tally, TallyKey, Token, TokenHash, Webhook, WebhookUrl, Webhooks,
};

pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

pub type AnyStore = Arc<dyn Store>;

pub fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn bytes(number: u32) -> [u8; 16] {
    (0x5eed_u128 << 64 | u128::from(number)).to_be_bytes()
}

/// Ada's account.
pub fn account() -> AccountRecord {
    an_account()
}

pub fn other_account(number: u32) -> AccountRecord {
    AccountRecord { id: AccountId::from_random(bytes(number)), ..an_account() }
}

/// Ada.
pub fn ada() -> CredentialRecord {
    a_credential()
}

/// Somebody else of Ada's account.
pub fn user(number: u32) -> CredentialRecord {
    let email = format!("user{number:04}@example.com").parse().expect("an address");
    CredentialRecord { user: UserId::from_random(bytes(number)), email, ..a_credential() }
}

pub fn token(number: u32) -> TokenHash {
    Token::issue(&SeededEntropy::new(number.into())).expect("entropy").hash()
}

pub fn session(number: u32, user: &CredentialRecord) -> Session {
    Session {
        id: SessionId::from_random(bytes(number)),
        user: user.user.clone(),
        account: user.account.clone(),
        ..a_signed_in(NOW).session
    }
}

pub fn attempts(key: &str) -> PasswordAttempts {
    let budget = Budget::default().after_wrong(NOW);
    PasswordAttempts { key: AttemptsKey(key.into()), budget, expires_at: later(86400) }
}

pub fn tally(key: &str) -> Tally {
    RESET_MAILS.after(TallyKey(key.into()), None, NOW)
}

/// So many webhooks of an account.
pub fn webhooks(account: u32, count: u8) -> Webhooks {
    let url = WebhookUrl::parse("https://hooks.example.com/a?b='c'", &PrivateHosts::default()).expect("an address");
    let hook = |number: u8| {
        let (id, now) = (WebhookId::from_random([number; 16]), NOW);
        Webhook::new(id, &url, 0, now, &a_keyring(), &SeededEntropy::new(number.into())).expect("a webhook")
    };
    Webhooks { account: other_account(account).id, hooks: (0..count).map(hook).collect() }
}

pub fn invitation(number: u32, user: &CredentialRecord) -> Link {
    let purpose = LinkPurpose::Invitation { account: user.account.clone(), user: user.user.clone() };
    Link::new(token(number), purpose, NOW)
}

pub fn event(number: u32, at: Timestamp) -> SecurityEvent {
    SecurityEvent {
        id: EventId::from_random(bytes(number)),
        at,
        account: Some(account().id),
        user: Some(ada().user),
        by: None,
        kind: EventKind::CodeRejected { spent: false, in_a_row: number },
        address: Some(a_signed_in(NOW).session.address),
        browser: Some(a_signed_in(NOW).session.browser),
    }
}

/// The record of the chain of Ada's account. Its seal, like that of events here, is none that verifies: what a store
/// does with it is the same.
pub fn head(sealed: u64) -> ChainHead {
    let sealed = ChainPoint { number: sealed, mac: mac(1) };
    let chain = AuditChain::of(Some(&account().id));
    ChainHead { chain, removed: ChainPoint::START, sealed, key: "k1".parse().expect("a name"), mac: mac(2) }
}

fn mac(number: u8) -> ChainMac {
    let text = format!("{}A", char::from(b'A' + number).to_string().repeat(42));
    ChainMac::try_from(text).expect("32 bytes")
}

pub fn numbered(number: u64) -> EventSeal {
    EventSeal { number, key: "k1".parse().expect("a name"), mac: mac(3) }
}

/// Gives events numbers in their chain.
pub fn sealing(head: Change<ChainHead>, numbers: &[(u32, u64)]) -> Commit {
    let seals = numbers.iter().map(|(number, place)| (event(*number, NOW).id, numbered(*place))).collect();
    Commit { chains: vec![ChainStep { head, seals, removed: Vec::new() }], ..Commit::default() }
}

/// A message to Ada.
pub fn message(number: u32, at: Timestamp) -> QueuedMessage {
    message_to(&ada(), number, at)
}

pub fn message_to(user: &CredentialRecord, number: u32, at: Timestamp) -> QueuedMessage {
    let Session { address, browser, .. } = a_signed_in(NOW).session;
    let what = NoticeKind::AuthenticatorBound;
    let about = MessageKind::Notice { what, address: Some(address), browser: Some(browser) };
    let (to, name) = (Recipient::Mail(user.email.clone()), user.name.clone());
    let message = Message { to, name, account: account().name, language: user.reads(), at, about };
    let queued = message.queue(&a_keyring(), &SeededEntropy::new(number.into())).expect("a good key");
    let (account, user) = (Some(user.account.clone()), Some(user.user.clone()));
    QueuedMessage { id: MessageId::from_random(bytes(number)), account, user, ..queued }
}

pub fn open(number: u32, session: Session) -> SessionChange {
    SessionChange::Open { token: token(number), session }
}

pub fn rotate(from: u32, to: u32, session: Session) -> SessionChange {
    SessionChange::Rotate { from: token(from), to: token(to), session, grace_until: later(30) }
}

pub fn update(number: u32, session: Session) -> SessionChange {
    SessionChange::Update { token: token(number), session }
}

pub fn of_credential(change: Change<CredentialRecord>) -> Commit {
    Commit { credentials: vec![change], ..Commit::default() }
}

pub fn of_sessions<const N: usize>(sessions: [SessionChange; N]) -> Commit {
    Commit { sessions: sessions.into(), ..Commit::default() }
}

pub fn of_links<const N: usize>(links: [Link; N]) -> Commit {
    Commit { links: links.into(), ..Commit::default() }
}

pub fn spending(number: u32) -> Commit {
    Commit { spent_links: vec![token(number)], ..Commit::default() }
}

/// Ada and her account, both at version 1.
pub async fn with_ada(store: &AnyStore) {
    let commit = Commit { accounts: vec![Change::create(account())], ..of_credential(Change::create(ada())) };
    commits(store, commit).await;
}

/// Ada with a session under token 1.
pub async fn with_session(store: &AnyStore) -> Session {
    with_ada(store).await;
    let session = session(1, &ada());
    commits(store, of_sessions([open(1, session.clone())])).await;
    session
}

pub async fn commits(store: &AnyStore, commit: Commit) {
    store.commit(commit).await.expect("committed");
}

pub async fn conflicts(store: &AnyStore, commit: Commit) {
    let outcome = store.commit(commit.clone()).await;
    assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?} from {commit:?}");
}

/// Commits all of them at the same time; how many won. Each other one must be told that it lost.
pub async fn race(store: &AnyStore, commits: impl IntoIterator<Item = Commit>) -> usize {
    let mut running = tokio::task::JoinSet::new();
    for commit in commits {
        let store = store.clone();
        running.spawn(async move { store.commit(commit).await });
    }
    let outcomes = running.join_all().await;
    let lost = outcomes.iter().filter(|outcome| matches!(outcome, Err(CommitError::Conflict))).count();
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(won + lost, outcomes.len(), "{outcomes:?}");
    won
}

/// Touches a session and commits at the same time, until the commit was not in conflict.
pub async fn touch_during(store: &AnyStore, number: u32, commit: Commit) {
    let touching = {
        let store = store.clone();
        tokio::spawn(async move { store.touch(&token(number), later(100)).await })
    };
    commit_at_last(store, commit).await;
    touching.await.expect("no panic").expect("touched");
}

/// Commits again as long as it is in conflict.
pub async fn commit_at_last(store: &AnyStore, commit: Commit) {
    loop {
        match store.commit(commit.clone()).await {
            Ok(()) => return,
            Err(CommitError::Conflict) => {}
            Err(CommitError::Unavailable(error)) => panic!("{error}"),
        }
    }
}

use std::ops::RangeInclusive;
use std::time::Duration;

use async_trait::async_trait;
use domain::{AccountId, EmailAddress, EventId, MessageId, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    AccountRecord, AuditChain, Budget, ChainHead, CredentialRecord, EventPlace, EventSeal, Lane, Link, LoggedEvent,
    Member, QueuedMessage, Sealed, SealedEvent, SecurityEvent, Session, SessionChange, Tally, TallyKey, TokenHash,
    Unavailable, Webhooks,
};

/// Port: what is remembered. Reads see committed state; all writing is one [`Commit`].
#[async_trait]
pub trait Store: Send + Sync {
    /// Whether no account exists yet.
    async fn is_empty(&self) -> Result<bool, Unavailable>;

    /// The session under this token, with its user and account as they are now. Rows past their time may be
    /// returned: whether they still serve is decided by who asks.
    async fn find_session(&self, token: &TokenHash) -> Result<Option<SignedIn>, Unavailable>;

    /// The user with this address.
    async fn find_user(&self, email: &EmailAddress) -> Result<Option<Person>, Unavailable>;

    /// The user.
    async fn load_user(&self, user: &UserId) -> Result<Option<Person>, Unavailable>;

    /// The account with this name, for commands.
    async fn load_account(&self, account: &AccountId) -> Result<Option<Versioned<AccountRecord>>, Unavailable>;

    /// All live sessions of a user, each once (under its present token), in any order.
    async fn sessions_of(&self, user: &UserId) -> Result<Vec<Session>, Unavailable>;

    /// The live sessions of all users of an account, each once (under its present token), a page at a time: in the order
    /// of their identifiers, only those whose identifier is greater than `after`, at most `most`. A page with nothing
    /// on it is the end. Rows past their time may be among them.
    async fn sessions_of_account(
        &self,
        account: &AccountId,
        after: Option<&SessionId>,
        most: u32,
    ) -> Result<Vec<Session>, Unavailable>;

    /// The list lines of an account's users, in the order of their addresses.
    async fn members_of(&self, account: &AccountId) -> Result<Vec<Member>, Unavailable>;

    /// The latest events of an account, at most `most`, the newest first.
    async fn events_of(&self, account: &AccountId, most: u32) -> Result<Vec<SecurityEvent>, Unavailable>;

    /// The events of an account at `from` or later that come before a place, the newest first (of those of one moment, the
    /// one with the greatest identifier), at most `most`. Fewer than that are all there are.
    async fn events_before(
        &self,
        account: &AccountId,
        before: Option<&EventPlace>,
        from: Option<Timestamp>,
        most: u32,
    ) -> Result<Vec<SecurityEvent>, Unavailable>;

    /// The latest events that concern a user, at most `most`, the newest first.
    async fn events_about(&self, user: &UserId, most: u32) -> Result<Vec<SecurityEvent>, Unavailable>;

    /// The wrong passwords counted under this key.
    async fn load_attempts(&self, key: &AttemptsKey) -> Result<Option<Versioned<PasswordAttempts>>, Unavailable>;

    /// What is counted under this key.
    async fn load_tally(&self, key: &TallyKey) -> Result<Option<Versioned<Tally>>, Unavailable>;

    /// The account's webhooks, if it ever had one.
    async fn load_webhooks(&self, account: &AccountId) -> Result<Option<Versioned<Webhooks>>, Unavailable>;

    /// The webhooks of the accounts whose identifiers come after this one, in their order, at most `most` accounts.
    async fn webhooks_after(
        &self,
        after: Option<&AccountId>,
        most: u32,
    ) -> Result<Vec<Versioned<Webhooks>>, Unavailable>;

    /// Sign-ins whose users are to be told by `now` that somebody knows their password, at most `most`.
    async fn stalled_sign_ins(&self, now: Timestamp, most: u32) -> Result<Vec<SignedIn>, Unavailable>;

    /// The link with this token, spent ones excluded.
    async fn find_link(&self, token: &TokenHash) -> Result<Option<Link>, Unavailable>;

    /// Writes all of it or nothing, if everything it expects still holds.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] if something does not: nothing was written, load and decide again.
    async fn commit(&self, commit: Commit) -> Result<(), CommitError>;

    /// Notes activity on a session: moves `last_seen` forward to `now`. Changes nothing else, and nothing at all if
    /// the session is gone or the token was followed by another.
    async fn touch(&self, token: &TokenHash, now: Timestamp) -> Result<(), Unavailable>;

    /// The oldest messages waiting to be sent, at most `most`.
    async fn waiting_messages(&self, most: u32) -> Result<Vec<QueuedMessage>, Unavailable>;

    /// How many messages wait to be sent for an account, and since when the oldest. Events for webhooks don't count.
    async fn queue_of(&self, account: &AccountId) -> Result<Waiting, Unavailable>;

    /// The message, while it waits.
    async fn load_message(&self, id: &MessageId) -> Result<Option<QueuedMessage>, Unavailable>;

    /// Forgets a message that was sent.
    async fn remove_message(&self, id: &MessageId) -> Result<(), Unavailable>;

    /// Deletes what has expired before `now`: sessions, superseded tokens, links, counts of wrong passwords.
    async fn sweep(&self, now: Timestamp) -> Result<(), Unavailable>;

    /// The accounts whose identifiers come after this one, in their order, at most `most`.
    async fn accounts_after(&self, after: Option<&AccountId>, most: u32) -> Result<Vec<AccountId>, Unavailable>;

    /// The chains in which an event waits for its seal, in any order.
    async fn chains_to_seal(&self) -> Result<Vec<AuditChain>, Unavailable>;

    /// The oldest events of a chain that have no seal, by time and identifier, at most `most`.
    async fn unsealed_events(&self, chain: &AuditChain, most: u32) -> Result<Vec<LoggedEvent>, Unavailable>;

    /// The events of a chain whose numbers are among these, by number and identifier, at most `most`: whatever is there,
    /// also what a chain can't have, such as two of one number.
    async fn sealed_events(
        &self,
        chain: &AuditChain,
        numbers: RangeInclusive<u64>,
        most: u32,
    ) -> Result<Vec<SealedEvent>, Unavailable>;

    /// How far a chain goes.
    async fn load_chain(&self, chain: &AuditChain) -> Result<Option<Versioned<ChainHead>>, Unavailable>;

    /// Takes messages that [`Turns`](crate::Turns) chooses from all those to recipients for whom one waits in `lane`, in
    /// their order, at most `most`, for the caller alone for the length of `lease`, and counts that as a try. One of
    /// another lane is taken too if it is the older one.
    async fn lease_messages(
        &self,
        lane: Lane,
        now: Timestamp,
        most: u32,
        lease: Duration,
    ) -> Result<Vec<QueuedMessage>, Unavailable>;

    /// Lets a message be tried again at `at`, if it is still that of the caller: if it was tried `tries` times.
    async fn put_off_message(&self, id: &MessageId, tries: u32, at: Timestamp) -> Result<(), Unavailable>;

    /// The users whose identifiers come after this one, in their order, at most `most`.
    async fn users_after(
        &self,
        after: Option<&UserId>,
        most: u32,
    ) -> Result<Vec<Versioned<CredentialRecord>>, Unavailable>;

    /// The messages whose identifiers come after this one, in their order, at most `most`.
    async fn messages_after(&self, after: Option<&MessageId>, most: u32) -> Result<Vec<QueuedMessage>, Unavailable>;

    /// Puts `to` in the place of `from`, if that is still what the message holds, and says whether it was.
    async fn reseal_message(&self, id: &MessageId, from: &Sealed, to: Sealed) -> Result<bool, Unavailable>;
}

/// What waits to be sent for an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many messages.
    pub count: u64,
    /// When the oldest was queued.
    pub oldest: Option<Timestamp>,
}

/// A record with the version it was read at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// Goes up by one with each commit of the record, beginning at 1.
    pub version: u64,
    /// The record.
    pub record: T,
}

/// A user with their account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The user.
    pub credential: Versioned<CredentialRecord>,
    /// Their account.
    pub account: Versioned<AccountRecord>,
}

/// A session with its user and account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The hash of the token by which it was found.
    pub token: TokenHash,
    /// The session as that token saw it.
    pub session: Session,
    /// Set if the token was followed by another: until when it keeps its old rights.
    pub superseded_until: Option<Timestamp>,
    /// The user and the account.
    pub person: Person,
}

/// Under what wrong passwords are counted: a keyed fingerprint of the address, alike for known and unknown ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptsKey(pub String);

/// Wrong passwords of strangers for one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordAttempts {
    /// Under what they are counted.
    pub key: AttemptsKey,
    /// How many, and when the last.
    pub budget: Budget,
    /// When the count is forgotten: 24 h after the last try.
    pub expires_at: Timestamp,
}

/// What a commit expects of a record before it writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// That there is none.
    Absent,
    /// That it is still at the version that was read.
    Version(u64),
}

/// The new content of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<T> {
    /// What must still hold.
    pub expected: Expected,
    /// What is written.
    pub record: T,
}

impl<T> Change<T> {
    /// A record that did not exist.
    pub fn create(record: T) -> Self {
        Self { expected: Expected::Absent, record }
    }

    /// New content for a record read at `version`.
    pub fn update(version: u64, record: T) -> Self {
        Self { expected: Expected::Version(version), record }
    }
}

/// Everything one use case writes, in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// Users. Each claims its address: a conflict if another user has it.
    pub credentials: Vec<Change<CredentialRecord>>,
    /// Accounts.
    pub accounts: Vec<Change<AccountRecord>>,
    /// Counts of wrong passwords.
    pub attempts: Vec<Change<PasswordAttempts>>,
    /// Counts of what is limited.
    pub tallies: Vec<Change<Tally>>,
    /// Webhooks of accounts.
    pub webhooks: Vec<Change<Webhooks>>,
    /// Users who are removed, with the version that was read: their record, list line and sessions go, their address
    /// is free.
    pub removals: Vec<(UserId, u64)>,
    /// Links that are used up; a conflict if one is already gone.
    pub spent_links: Vec<TokenHash>,
    /// Slots whose link, if there is one, is void.
    pub void_links: Vec<String>,
    /// New links, made after others were spent; each voids the older one of its slot.
    pub links: Vec<Link>,
    /// Sessions, in this order.
    pub sessions: Vec<SessionChange>,
    /// Audit events.
    pub events: Vec<SecurityEvent>,
    /// Messages to send.
    pub messages: Vec<QueuedMessage>,
    /// Messages that are forgotten unsent, with how often they were tried; a conflict if one is gone or was tried again.
    pub given_up: Vec<(MessageId, u32)>,
    /// Steps of audit chains, made after the events above were written.
    pub chains: Vec<ChainStep>,
}

/// A chain's new record, and with it what was sealed or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainStep {
    /// How far the chain goes then.
    pub head: Change<ChainHead>,
    /// Events that get their place; a conflict if one is gone or has one.
    pub seals: Vec<(EventId, EventSeal)>,
    /// Events that are removed; a conflict if one is gone.
    pub removed: Vec<EventId>,
}

/// Why a commit did not happen.
#[derive(Debug, Error)]
pub enum CommitError {
    /// Something it expected no longer holds.
    #[error("another request was faster")]
    Conflict,
    /// The store failed. What was written is unknown until it is read again.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

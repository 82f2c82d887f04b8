use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, RangeInclusive};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::{AccountId, EmailAddress, EventId, MessageId, SessionId, Timestamp, UserId};

use crate::{
    AccountRecord, AttemptsKey, AuditChain, ChainHead, ChainStep, Change, Commit, CommitError, CredentialRecord,
    EventPlace, EventSeal, Expected, Lane, Link, LoggedEvent, Member, PasswordAttempts, Person, QueuedMessage, Sealed,
    SealedEvent, SecurityEvent, Session, SessionChange, SignedIn, Store, Tally, TallyKey, TokenHash, Turns,
    Unavailable, Versioned, Waiting, Webhooks, summarise,
};

/// A store that forgets everything when it is dropped, for tests of rules.
///
/// One lock around everything: commits happen one after the other, each on a copy that takes the state's place only
/// when all of it held.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Debug, Clone, Default)]
struct State {
    credentials: BTreeMap<UserId, Versioned<CredentialRecord>>,
    accounts: BTreeMap<AccountId, Versioned<AccountRecord>>,
    attempts: BTreeMap<AttemptsKey, Versioned<PasswordAttempts>>,
    tallies: BTreeMap<TallyKey, Versioned<Tally>>,
    webhooks: BTreeMap<AccountId, Versioned<Webhooks>>,
    links: BTreeMap<TokenHash, Link>,
    sessions: BTreeMap<TokenHash, StoredSession>,
    events: BTreeMap<EventId, SecurityEvent>,
    messages: BTreeMap<MessageId, QueuedMessage>,
    chains: BTreeMap<AuditChain, Versioned<ChainHead>>,
    seals: BTreeMap<EventId, EventSeal>,
}

/// A session as one of its tokens sees it.
#[derive(Debug, Clone)]
struct StoredSession {
    session: Session,
    superseded_until: Option<Timestamp>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn is_empty(&self) -> Result<bool, Unavailable> {
        Ok(self.state().accounts.is_empty())
    }

    async fn find_session(&self, token: &TokenHash) -> Result<Option<SignedIn>, Unavailable> {
        let state = self.state();
        let Some(StoredSession { session, superseded_until }) = state.sessions.get(token).cloned() else {
            return Ok(None);
        };
        let person = state.person(&session.user)?.ok_or_else(|| broken("a session without its user"))?;
        Ok(Some(SignedIn { token: token.clone(), session, superseded_until, person }))
    }

    async fn find_user(&self, email: &EmailAddress) -> Result<Option<Person>, Unavailable> {
        let state = self.state();
        let user = state.owner_of(email).cloned();
        user.map_or(Ok(None), |user| state.person(&user))
    }

    async fn load_user(&self, user: &UserId) -> Result<Option<Person>, Unavailable> {
        self.state().person(user)
    }

    async fn load_account(&self, account: &AccountId) -> Result<Option<Versioned<AccountRecord>>, Unavailable> {
        Ok(self.state().accounts.get(account).cloned())
    }

    async fn sessions_of(&self, user: &UserId) -> Result<Vec<Session>, Unavailable> {
        let state = self.state();
        let live = state.sessions.values().filter(|stored| stored.superseded_until.is_none());
        Ok(live.map(|stored| &stored.session).filter(|session| session.user == *user).cloned().collect())
    }

    async fn sessions_of_account(
        &self,
        account: &AccountId,
        after: Option<&SessionId>,
        most: u32,
    ) -> Result<Vec<Session>, Unavailable> {
        let state = self.state();
        let live = state.sessions.values().filter(|stored| stored.superseded_until.is_none());
        let behind = |session: &&Session| session.account == *account && after.is_none_or(|id| session.id > *id);
        let mut sessions: Vec<_> = live.map(|stored| &stored.session).filter(behind).cloned().collect();
        sessions.sort_by(|a, b| a.id.cmp(&b.id));
        sessions.truncate(at_most(most));
        Ok(sessions)
    }

    async fn members_of(&self, account: &AccountId) -> Result<Vec<Member>, Unavailable> {
        let state = self.state();
        let records = state.credentials.values().map(|stored| &stored.record);
        let mut members: Vec<_> = records.filter(|record| record.account == *account).map(summarise).collect();
        members.sort_by(|a, b| a.email.cmp(&b.email));
        Ok(members)
    }

    async fn events_of(&self, account: &AccountId, most: u32) -> Result<Vec<SecurityEvent>, Unavailable> {
        Ok(self.state().latest_events(most, |event| event.account.as_ref() == Some(account)))
    }

    async fn events_before(
        &self,
        account: &AccountId,
        before: Option<&EventPlace>,
        from: Option<Timestamp>,
        most: u32,
    ) -> Result<Vec<SecurityEvent>, Unavailable> {
        let asked_for = |event: &SecurityEvent| {
            event.account.as_ref() == Some(account)
                && before.is_none_or(|place| EventPlace::of(event) < *place)
                && from.is_none_or(|from| event.at >= from)
        };
        Ok(self.state().latest_events(most, asked_for))
    }

    async fn events_about(&self, user: &UserId, most: u32) -> Result<Vec<SecurityEvent>, Unavailable> {
        Ok(self.state().latest_events(most, |event| event.user.as_ref() == Some(user)))
    }

    async fn load_attempts(&self, key: &AttemptsKey) -> Result<Option<Versioned<PasswordAttempts>>, Unavailable> {
        Ok(self.state().attempts.get(key).cloned())
    }

    async fn load_tally(&self, key: &TallyKey) -> Result<Option<Versioned<Tally>>, Unavailable> {
        Ok(self.state().tallies.get(key).cloned())
    }

    async fn load_webhooks(&self, account: &AccountId) -> Result<Option<Versioned<Webhooks>>, Unavailable> {
        Ok(self.state().webhooks.get(account).cloned())
    }

    async fn webhooks_after(
        &self,
        after: Option<&AccountId>,
        most: u32,
    ) -> Result<Vec<Versioned<Webhooks>>, Unavailable> {
        Ok(following(&self.state().webhooks, after, most).map(|(_, stored)| stored.clone()).collect())
    }

    async fn stalled_sign_ins(&self, now: Timestamp, most: u32) -> Result<Vec<SignedIn>, Unavailable> {
        let state = self.state();
        let due = |stored: &StoredSession| {
            stored.superseded_until.is_none() && stored.session.warn_at.is_some_and(|at| at <= now)
        };
        let mut stalled: Vec<_> = state.sessions.iter().filter(|(_, stored)| due(stored)).collect();
        stalled.sort_by_key(|(_, stored)| stored.session.warn_at);
        stalled.truncate(at_most(most));
        let signed_in = |(token, stored): (&TokenHash, &StoredSession)| {
            let StoredSession { session, superseded_until } = stored.clone();
            let person = state.person(&session.user)?.ok_or_else(|| broken("a session without its user"))?;
            Ok(SignedIn { token: token.clone(), session, superseded_until, person })
        };
        stalled.into_iter().map(signed_in).collect()
    }

    async fn find_link(&self, token: &TokenHash) -> Result<Option<Link>, Unavailable> {
        Ok(self.state().links.get(token).cloned())
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        let mut state = self.state();
        let mut next = state.clone();
        next.apply(commit)?;
        *state = next;
        Ok(())
    }

    async fn touch(&self, token: &TokenHash, now: Timestamp) -> Result<(), Unavailable> {
        if let Some(StoredSession { session, superseded_until: None }) = self.state().sessions.get_mut(token) {
            session.last_seen = session.last_seen.max(now);
        }
        Ok(())
    }

    async fn waiting_messages(&self, most: u32) -> Result<Vec<QueuedMessage>, Unavailable> {
        let mut messages: Vec<_> = self.state().messages.values().cloned().collect();
        messages.sort_by_key(|message| (message.at, message.id.clone()));
        messages.truncate(at_most(most));
        Ok(messages)
    }

    async fn queue_of(&self, account: &AccountId) -> Result<Waiting, Unavailable> {
        let state = self.state();
        let is_counted =
            |message: &&QueuedMessage| message.account.as_ref() == Some(account) && message.lane != Lane::Webhook;
        let of_account = || state.messages.values().filter(is_counted);
        let oldest = of_account().map(|message| message.at).min();
        Ok(Waiting { count: of_account().count().try_into().unwrap_or(u64::MAX), oldest })
    }

    async fn load_message(&self, id: &MessageId) -> Result<Option<QueuedMessage>, Unavailable> {
        Ok(self.state().messages.get(id).cloned())
    }

    async fn remove_message(&self, id: &MessageId) -> Result<(), Unavailable> {
        self.state().messages.remove(id);
        Ok(())
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), Unavailable> {
        let mut state = self.state();
        state.sessions.retain(|_, stored| {
            stored.session.expires_at() >= now && stored.superseded_until.is_none_or(|until| until >= now)
        });
        state.links.retain(|_, link| link.expires_at >= now);
        state.attempts.retain(|_, stored| stored.record.expires_at >= now);
        state.tallies.retain(|_, stored| stored.record.expires_at >= now);
        Ok(())
    }

    async fn accounts_after(&self, after: Option<&AccountId>, most: u32) -> Result<Vec<AccountId>, Unavailable> {
        Ok(following(&self.state().accounts, after, most).map(|(id, _)| id.clone()).collect())
    }

    async fn chains_to_seal(&self) -> Result<Vec<AuditChain>, Unavailable> {
        let state = self.state();
        let chains: BTreeSet<_> = state.unsealed().map(|event| AuditChain::of(event.account.as_ref())).collect();
        Ok(chains.into_iter().collect())
    }

    async fn unsealed_events(&self, chain: &AuditChain, most: u32) -> Result<Vec<LoggedEvent>, Unavailable> {
        let state = self.state();
        let mut events: Vec<_> = state.unsealed().filter(|event| event.account.as_ref() == chain.account()).collect();
        events.sort_by_key(|event| (event.at, &event.id));
        events.into_iter().take(at_most(most)).map(logged).collect()
    }

    async fn sealed_events(
        &self,
        chain: &AuditChain,
        numbers: RangeInclusive<u64>,
        most: u32,
    ) -> Result<Vec<SealedEvent>, Unavailable> {
        let state = self.state();
        let sealed = state.seals.iter().filter(|(_, seal)| numbers.contains(&seal.number));
        let events = sealed.filter_map(|(id, seal)| Some((state.events.get(id)?, seal)));
        let mut events: Vec<_> = events.filter(|(event, _)| event.account.as_ref() == chain.account()).collect();
        events.sort_by_key(|(event, seal)| (seal.number, &event.id));
        let sealed = |(event, seal): (_, &EventSeal)| Ok(SealedEvent { event: logged(event)?, seal: seal.clone() });
        events.into_iter().take(at_most(most)).map(sealed).collect()
    }

    async fn load_chain(&self, chain: &AuditChain) -> Result<Option<Versioned<ChainHead>>, Unavailable> {
        Ok(self.state().chains.get(chain).cloned())
    }

    async fn lease_messages(
        &self,
        lane: Lane,
        now: Timestamp,
        most: u32,
        lease: Duration,
    ) -> Result<Vec<QueuedMessage>, Unavailable> {
        let (mut state, mut turns) = (self.state(), Turns::at(now));
        let waits_here = |message: &&QueuedMessage| message.lane == lane;
        let recipients: BTreeSet<_> =
            state.messages.values().filter(waits_here).map(|message| message.recipient.clone()).collect();
        let mut queue: Vec<_> =
            state.messages.values_mut().filter(|message| recipients.contains(&message.recipient)).collect();
        queue.sort_by_key(|message| (message.at, message.id.clone()));
        let chosen = queue.into_iter().filter(|message| turns.takes(&message.recipient, &message.tries));
        let leased = |message: &mut QueuedMessage| {
            message.tries = message.tries.leased(now.plus(lease));
            message.clone()
        };
        Ok(chosen.take(at_most(most)).map(leased).collect())
    }

    async fn put_off_message(&self, id: &MessageId, tries: u32, at: Timestamp) -> Result<(), Unavailable> {
        if let Some(message) = self.state().messages.get_mut(id).filter(|message| message.tries.made == tries) {
            message.tries = message.tries.put_off(at);
        }
        Ok(())
    }

    async fn users_after(
        &self,
        after: Option<&UserId>,
        most: u32,
    ) -> Result<Vec<Versioned<CredentialRecord>>, Unavailable> {
        Ok(following(&self.state().credentials, after, most).map(|(_, stored)| stored.clone()).collect())
    }

    async fn messages_after(&self, after: Option<&MessageId>, most: u32) -> Result<Vec<QueuedMessage>, Unavailable> {
        Ok(following(&self.state().messages, after, most).map(|(_, message)| message.clone()).collect())
    }

    async fn reseal_message(&self, id: &MessageId, from: &Sealed, to: Sealed) -> Result<bool, Unavailable> {
        let mut state = self.state();
        let message = state.messages.get_mut(id).filter(|message| message.sealed == *from);
        Ok(message.map(|message| message.sealed = to).is_some())
    }
}

impl State {
    fn person(&self, user: &UserId) -> Result<Option<Person>, Unavailable> {
        let Some(credential) = self.credentials.get(user).cloned() else { return Ok(None) };
        let account = self.accounts.get(&credential.record.account).cloned();
        let account = account.ok_or_else(|| broken("a user without their account"))?;
        Ok(Some(Person { credential, account }))
    }

    fn latest_events(&self, most: u32, of_interest: impl Fn(&SecurityEvent) -> bool) -> Vec<SecurityEvent> {
        let mut events: Vec<_> = self.events.values().filter(|event| of_interest(event)).cloned().collect();
        events.sort_by_key(|event| Reverse((event.at, event.id.clone())));
        events.truncate(at_most(most));
        events
    }

    fn owner_of(&self, email: &EmailAddress) -> Option<&UserId> {
        self.credentials.iter().find(|(_, stored)| stored.record.email == *email).map(|(user, _)| user)
    }

    fn apply(&mut self, commit: Commit) -> Result<(), CommitError> {
        for change in commit.credentials {
            let user = change.record.user.clone();
            if self.owner_of(&change.record.email).is_some_and(|owner| *owner != user) {
                return Err(CommitError::Conflict);
            }
            put(&mut self.credentials, user, change)?;
        }
        for change in commit.accounts {
            put(&mut self.accounts, change.record.id.clone(), change)?;
        }
        for change in commit.attempts {
            put(&mut self.attempts, change.record.key.clone(), change)?;
        }
        for change in commit.tallies {
            put(&mut self.tallies, change.record.key.clone(), change)?;
        }
        for change in commit.webhooks {
            put(&mut self.webhooks, change.record.account.clone(), change)?;
        }
        for (user, version) in commit.removals {
            let stored = self.credentials.remove(&user).ok_or(CommitError::Conflict)?;
            if stored.version != version {
                return Err(CommitError::Conflict);
            }
            self.sessions.retain(|_, stored| stored.session.user != user);
        }
        for token in commit.spent_links {
            self.links.remove(&token).ok_or(CommitError::Conflict)?;
        }
        for slot in commit.void_links {
            self.links.retain(|_, link| link.purpose.slot() != slot);
        }
        for link in commit.links {
            self.links.retain(|_, older| older.purpose.slot() != link.purpose.slot());
            insert_new(&mut self.links, link.token.clone(), link)?;
        }
        for change in commit.sessions {
            self.change_session(change)?;
        }
        for event in commit.events {
            insert_new(&mut self.events, event.id.clone(), event)?;
        }
        for message in commit.messages {
            insert_new(&mut self.messages, message.id.clone(), message)?;
        }
        for (id, tries) in commit.given_up {
            let message = self.messages.remove(&id).ok_or(CommitError::Conflict)?;
            if message.tries.made != tries {
                return Err(CommitError::Conflict);
            }
        }
        for step in commit.chains {
            self.step(step)?;
        }
        Ok(())
    }

    fn step(&mut self, ChainStep { head, seals, removed }: ChainStep) -> Result<(), CommitError> {
        put(&mut self.chains, head.record.chain.clone(), head)?;
        for (event, seal) in seals {
            if !self.events.contains_key(&event) {
                return Err(CommitError::Conflict);
            }
            insert_new(&mut self.seals, event, seal)?;
        }
        for event in removed {
            self.events.remove(&event).ok_or(CommitError::Conflict)?;
            self.seals.remove(&event);
        }
        Ok(())
    }

    fn unsealed(&self) -> impl Iterator<Item = &SecurityEvent> {
        self.events.values().filter(|event| !self.seals.contains_key(&event.id))
    }

    fn change_session(&mut self, change: SessionChange) -> Result<(), CommitError> {
        match change {
            SessionChange::Open { token, session } => self.open(token, session)?,
            SessionChange::Rotate { from, to, session, grace_until } => {
                self.present(&from, &session)?.superseded_until = Some(grace_until);
                self.open(to, session)?;
            }
            SessionChange::Update { token, session } => {
                let stored = self.present(&token, &session)?;
                stored.session = session;
            }
            SessionChange::End { id } => self.sessions.retain(|_, stored| stored.session.id != id),
            SessionChange::EndAllOf { user, except } => self.sessions.retain(|_, stored| {
                stored.session.user != user || except.as_ref().is_some_and(|id| stored.session.id == *id)
            }),
        }
        Ok(())
    }

    fn open(&mut self, token: TokenHash, session: Session) -> Result<(), CommitError> {
        insert_new(&mut self.sessions, token, StoredSession { session, superseded_until: None })
    }

    /// What is stored under a session's present token.
    fn present(&mut self, token: &TokenHash, session: &Session) -> Result<&mut StoredSession, CommitError> {
        let stored = self.sessions.get_mut(token).ok_or(CommitError::Conflict)?;
        let present = stored.superseded_until.is_none() && stored.session.id == session.id;
        if present { Ok(stored) } else { Err(CommitError::Conflict) }
    }
}

fn put<K: Ord, T>(records: &mut BTreeMap<K, Versioned<T>>, key: K, change: Change<T>) -> Result<(), CommitError> {
    let stored = records.get(&key).map(|stored| stored.version);
    let version = match (change.expected, stored) {
        (Expected::Absent, None) => 1,
        (Expected::Version(expected), Some(stored)) if expected == stored => stored + 1,
        _ => return Err(CommitError::Conflict),
    };
    records.insert(key, Versioned { version, record: change.record });
    Ok(())
}

fn insert_new<K: Ord, T>(rows: &mut BTreeMap<K, T>, key: K, row: T) -> Result<(), CommitError> {
    if rows.insert(key, row).is_some() { Err(CommitError::Conflict) } else { Ok(()) }
}

/// What comes after a key, in the order of keys.
fn following<'a, K: Ord, T>(
    rows: &'a BTreeMap<K, T>,
    after: Option<&K>,
    most: u32,
) -> impl Iterator<Item = (&'a K, &'a T)> {
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    rows.range((from, Bound::Unbounded)).take(at_most(most))
}

fn logged(event: &SecurityEvent) -> Result<LoggedEvent, Unavailable> {
    let body = serde_json::to_string(event).map_err(|error| Unavailable::store("writing an event as JSON", error))?;
    Ok(LoggedEvent { id: event.id.clone(), at: event.at, account: event.account.clone(), body })
}

fn at_most(most: u32) -> usize {
    usize::try_from(most).unwrap_or(usize::MAX)
}

fn broken(what: &'static str) -> Unavailable {
    Unavailable::store("reading", what)
}

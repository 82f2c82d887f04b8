use std::future::Future;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::{AccountId, EmailAddress, MessageId, SessionId, Timestamp, UserId};

use super::faults::{Meanwhile, locked};
use crate::{
    AccountRecord, AttemptsKey, AuditChain, ChainHead, Commit, CommitError, CredentialRecord, EventPlace, Lane, Link,
    LoggedEvent, Member, PasswordAttempts, Person, QueuedMessage, Sealed, SealedEvent, SecurityEvent, Session,
    SignedIn, Store, Tally, TallyKey, TokenHash, Unavailable, Versioned, Waiting, Webhooks,
};

/// A store that does what another one does, gives way to others before each call, remembers what was written, and
/// fails when told to.
pub struct FlakyStore {
    inner: Arc<dyn Store>,
    calls: AtomicUsize,
    touches: AtomicUsize,
    written: Mutex<Vec<Commit>>,
    plan: Mutex<Option<(When, Fault)>>,
}

enum When {
    /// At the n-th call from when it was told to, the first being 0.
    Call(usize),
    /// At the next commit.
    Commit,
    /// At every commit.
    EachCommit,
}

enum Fault {
    /// Fails, and does nothing.
    Before,
    /// Does it, and fails nevertheless.
    After,
    /// Says that another request was faster.
    Conflict,
    /// Lets others do something first.
    Meanwhile(Meanwhile),
}

impl FlakyStore {
    /// A store that fails only when told to.
    #[must_use]
    pub fn over(inner: Arc<dyn Store>) -> Self {
        let (calls, touches) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { inner, calls, touches, written: Mutex::default(), plan: Mutex::default() }
    }

    /// Fails at the call after `calls` more, before it does anything.
    pub fn fails_before(&self, calls: usize) {
        self.plans(When::Call(calls), Fault::Before);
    }

    /// Fails at the next commit, before it writes anything.
    pub fn fails_before_writing(&self) {
        self.plans(When::Commit, Fault::Before);
    }

    /// Writes the next commit, and fails nevertheless.
    pub fn fails_after_writing(&self) {
        self.plans(When::Commit, Fault::After);
    }

    /// Says at the next commit that another request was faster.
    pub fn loses_a_race(&self) {
        self.plans(When::Commit, Fault::Conflict);
    }

    /// Says at every commit that another request was faster.
    pub fn loses_every_race(&self) {
        self.plans(When::EachCommit, Fault::Conflict);
    }

    /// Lets something happen before the call after `calls` more.
    pub fn meanwhile(&self, calls: usize, others: impl Future<Output = ()> + Send + 'static) {
        self.plans(When::Call(calls), Fault::Meanwhile(Box::pin(others)));
    }

    /// Forgets what it was told; whether it had done it.
    pub fn recovers(&self) -> bool {
        locked(&self.plan).take().is_none()
    }

    /// Everything that was written, in order; touched sessions excepted.
    pub fn written(&self) -> Vec<Commit> {
        locked(&self.written).clone()
    }

    /// How often something was written, touched sessions included.
    pub fn writes(&self) -> usize {
        locked(&self.written).len() + self.touches()
    }

    /// How often activity was noted.
    pub fn touches(&self) -> usize {
        self.touches.load(Ordering::SeqCst)
    }

    fn plans(&self, when: When, fault: Fault) {
        self.calls.store(0, Ordering::SeqCst);
        *locked(&self.plan) = Some((when, fault));
    }

    /// What is to happen at this call.
    async fn fault(&self, is_commit: bool) -> Option<Fault> {
        tokio::task::yield_now().await;
        match self.planned(is_commit)? {
            Fault::Meanwhile(others) => {
                others.await;
                None
            }
            fault => Some(fault),
        }
    }

    /// What was planned for this call; it is forgotten, unless it is for each.
    fn planned(&self, is_commit: bool) -> Option<Fault> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let mut plan = locked(&self.plan);
        if matches!(*plan, Some((When::EachCommit, _))) {
            return is_commit.then_some(Fault::Conflict);
        }
        let due = |(when, _): &mut (When, Fault)| match when {
            When::Call(planned) => *planned == call,
            When::Commit | When::EachCommit => is_commit,
        };
        plan.take_if(due).map(|(_, fault)| fault)
    }

    async fn around<T>(&self, call: impl Future<Output = Result<T, Unavailable>>) -> Result<T, Unavailable> {
        match self.fault(false).await {
            None | Some(Fault::Meanwhile(_)) => call.await,
            Some(Fault::Before | Fault::Conflict) => Err(told_to_fail()),
            Some(Fault::After) => call.await.and(Err(told_to_fail())),
        }
    }
}

fn told_to_fail() -> Unavailable {
    Unavailable::store("doing what a test asked for", "told to fail")
}

#[async_trait]
impl Store for FlakyStore {
    async fn is_empty(&self) -> Result<bool, Unavailable> {
        self.around(self.inner.is_empty()).await
    }

    async fn find_session(&self, token: &TokenHash) -> Result<Option<SignedIn>, Unavailable> {
        self.around(self.inner.find_session(token)).await
    }

    async fn find_user(&self, email: &EmailAddress) -> Result<Option<Person>, Unavailable> {
        self.around(self.inner.find_user(email)).await
    }

    async fn load_user(&self, user: &UserId) -> Result<Option<Person>, Unavailable> {
        self.around(self.inner.load_user(user)).await
    }

    async fn load_account(&self, account: &AccountId) -> Result<Option<Versioned<AccountRecord>>, Unavailable> {
        self.around(self.inner.load_account(account)).await
    }

    async fn sessions_of(&self, user: &UserId) -> Result<Vec<Session>, Unavailable> {
        self.around(self.inner.sessions_of(user)).await
    }

    async fn sessions_of_account(
        &self,
        account: &AccountId,
        after: Option<&SessionId>,
        most: u32,
    ) -> Result<Vec<Session>, Unavailable> {
        self.around(self.inner.sessions_of_account(account, after, most)).await
    }

    async fn members_of(&self, account: &AccountId) -> Result<Vec<Member>, Unavailable> {
        self.around(self.inner.members_of(account)).await
    }

    async fn events_of(&self, account: &AccountId, most: u32) -> Result<Vec<SecurityEvent>, Unavailable> {
        self.around(self.inner.events_of(account, most)).await
    }

    async fn events_before(
        &self,
        account: &AccountId,
        before: Option<&EventPlace>,
        from: Option<Timestamp>,
        most: u32,
    ) -> Result<Vec<SecurityEvent>, Unavailable> {
        self.around(self.inner.events_before(account, before, from, most)).await
    }

    async fn events_about(&self, user: &UserId, most: u32) -> Result<Vec<SecurityEvent>, Unavailable> {
        self.around(self.inner.events_about(user, most)).await
    }

    async fn load_attempts(&self, key: &AttemptsKey) -> Result<Option<Versioned<PasswordAttempts>>, Unavailable> {
        self.around(self.inner.load_attempts(key)).await
    }

    async fn load_tally(&self, key: &TallyKey) -> Result<Option<Versioned<Tally>>, Unavailable> {
        self.around(self.inner.load_tally(key)).await
    }

    async fn load_webhooks(&self, account: &AccountId) -> Result<Option<Versioned<Webhooks>>, Unavailable> {
        self.around(self.inner.load_webhooks(account)).await
    }

    async fn webhooks_after(
        &self,
        after: Option<&AccountId>,
        most: u32,
    ) -> Result<Vec<Versioned<Webhooks>>, Unavailable> {
        self.around(self.inner.webhooks_after(after, most)).await
    }

    async fn stalled_sign_ins(&self, now: Timestamp, most: u32) -> Result<Vec<SignedIn>, Unavailable> {
        self.around(self.inner.stalled_sign_ins(now, most)).await
    }

    async fn find_link(&self, token: &TokenHash) -> Result<Option<Link>, Unavailable> {
        self.around(self.inner.find_link(token)).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        let fault = self.fault(true).await;
        match fault {
            Some(Fault::Before) => return Err(told_to_fail().into()),
            Some(Fault::Conflict) => return Err(CommitError::Conflict),
            None | Some(Fault::After | Fault::Meanwhile(_)) => {}
        }
        self.inner.commit(commit.clone()).await?;
        locked(&self.written).push(commit);
        if fault.is_some() { Err(told_to_fail().into()) } else { Ok(()) }
    }

    async fn touch(&self, token: &TokenHash, now: Timestamp) -> Result<(), Unavailable> {
        let touching = async {
            self.inner.touch(token, now).await?;
            self.touches.fetch_add(1, Ordering::SeqCst);
            Ok(())
        };
        self.around(touching).await
    }

    async fn waiting_messages(&self, most: u32) -> Result<Vec<QueuedMessage>, Unavailable> {
        self.around(self.inner.waiting_messages(most)).await
    }

    async fn queue_of(&self, account: &AccountId) -> Result<Waiting, Unavailable> {
        self.around(self.inner.queue_of(account)).await
    }

    async fn load_message(&self, id: &MessageId) -> Result<Option<QueuedMessage>, Unavailable> {
        self.around(self.inner.load_message(id)).await
    }

    async fn remove_message(&self, id: &MessageId) -> Result<(), Unavailable> {
        self.around(self.inner.remove_message(id)).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), Unavailable> {
        self.around(self.inner.sweep(now)).await
    }

    async fn accounts_after(&self, after: Option<&AccountId>, most: u32) -> Result<Vec<AccountId>, Unavailable> {
        self.around(self.inner.accounts_after(after, most)).await
    }

    async fn chains_to_seal(&self) -> Result<Vec<AuditChain>, Unavailable> {
        self.around(self.inner.chains_to_seal()).await
    }

    async fn unsealed_events(&self, chain: &AuditChain, most: u32) -> Result<Vec<LoggedEvent>, Unavailable> {
        self.around(self.inner.unsealed_events(chain, most)).await
    }

    async fn sealed_events(
        &self,
        chain: &AuditChain,
        numbers: RangeInclusive<u64>,
        most: u32,
    ) -> Result<Vec<SealedEvent>, Unavailable> {
        self.around(self.inner.sealed_events(chain, numbers, most)).await
    }

    async fn load_chain(&self, chain: &AuditChain) -> Result<Option<Versioned<ChainHead>>, Unavailable> {
        self.around(self.inner.load_chain(chain)).await
    }

    async fn lease_messages(
        &self,
        lane: Lane,
        now: Timestamp,
        most: u32,
        lease: Duration,
    ) -> Result<Vec<QueuedMessage>, Unavailable> {
        self.around(self.inner.lease_messages(lane, now, most, lease)).await
    }

    async fn put_off_message(&self, id: &MessageId, tries: u32, at: Timestamp) -> Result<(), Unavailable> {
        self.around(self.inner.put_off_message(id, tries, at)).await
    }

    async fn users_after(
        &self,
        after: Option<&UserId>,
        most: u32,
    ) -> Result<Vec<Versioned<CredentialRecord>>, Unavailable> {
        self.around(self.inner.users_after(after, most)).await
    }

    async fn messages_after(&self, after: Option<&MessageId>, most: u32) -> Result<Vec<QueuedMessage>, Unavailable> {
        self.around(self.inner.messages_after(after, most)).await
    }

    async fn reseal_message(&self, id: &MessageId, from: &Sealed, to: Sealed) -> Result<bool, Unavailable> {
        self.around(self.inner.reseal_message(id, from, to)).await
    }
}

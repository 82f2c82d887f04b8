use std::ops::ControlFlow;

use domain::{AccountId, EventId, MessageId, Timestamp, WebhookId};

use crate::delivering::pause_after;
use crate::event::Happening;
use crate::verifier::Outcome;
use crate::webhook_call::{WebhookCall, body_of};
use crate::{
    AuditChain, Change, Commit, EventKind, MessageKind, NoticeKind, QueuedMessage, SealedEvent, SecurityEvent,
    Unavailable, UnderWay, Verifier, Versioned, Webhook, WebhookAnswer, WebhookSecret, WebhookTry, WebhookUrl,
    Webhooks,
};

/// A call that is to be made now.
#[derive(Clone)]
pub struct DueCall {
    /// The same however often it is tried, and no other call's.
    pub id: MessageId,
    /// Where it goes.
    pub url: WebhookUrl,
    /// What signs it.
    pub secret: WebhookSecret,
    /// JSON.
    pub body: String,
    call: Call,
}

/// Whose a call is.
#[derive(Clone)]
struct Call {
    hook: WebhookId,
    account: AccountId,
    /// The number of the entry; none for a test.
    number: Option<u64>,
}

/// What became of a call.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallVerdict {
    /// It was taken, and the next event is on its way.
    Taken,
    /// It was not taken and is made again then.
    Again(Timestamp),
    /// It was a test that was not taken: it is forgotten.
    TestFailed,
    /// It was not taken and its webhook is turned off.
    Stopped,
    /// Nobody wants it any more, or somebody else makes it: nothing was written.
    Moot,
}

/// Entries of the log that are looked at at once.
const FEW: u32 = 10;
/// Accounts whose webhooks are looked at at once.
const BATCH: u32 = 100;

impl Verifier {
    /// Puts events on their way, in all accounts: what [`Verifier::queue_calls`] says of one. To be called now and then,
    /// for what was left when something went wrong.
    ///
    /// # Errors
    /// The first [`Unavailable`]; the other accounts' were put on their way nevertheless.
    pub async fn queue_all_calls(&self) -> Result<(), Unavailable> {
        let (mut after, mut outcome) = (None, Ok(()));
        loop {
            let page = self.store.webhooks_after(after.as_ref(), BATCH).await?;
            let Some(last) = page.last() else { return outcome };
            after = Some(last.record.account.clone());
            for Versioned { record: webhooks, .. } in page {
                let Some(from) = webhooks.hooks.iter().filter(|hook| is_idle(hook)).map(|hook| hook.posted).min()
                else {
                    continue;
                };
                let queued = match self.log_end(&webhooks.account).await {
                    Ok(end) if from < end => self.queue_calls(&webhooks.account).await,
                    Ok(_) => Ok(()),
                    Err(error) => Err(error),
                };
                outcome = outcome.and(queued);
            }
        }
    }

    /// Queues the next event for each webhook of an account that waits for one. Of each there is one in the queue at a
    /// time; what follows it is in the audit log, whose order it has. So a webhook that takes nothing costs no more than
    /// another, and none is forgotten however long that takes. To be called when entries have got their places.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was queued.
    pub async fn queue_calls(&self, account: &AccountId) -> Result<(), Unavailable> {
        let now = self.clock.now();
        let mut rounds = self.rounds_of_webhooks(account).await;
        loop {
            rounds.begin().await?;
            let Some(Versioned { version, record: mut webhooks }) = self.store.load_webhooks(account).await? else {
                return Ok(());
            };
            if !webhooks.hooks.iter().any(is_idle) {
                return Ok(());
            }
            let end = self.log_end(account).await?;
            let (mut messages, mut moved) = (Vec::new(), false);
            for hook in webhooks.hooks.iter_mut().filter(|hook| is_idle(hook) && hook.posted < end) {
                messages.extend(self.next_call(hook, account, end, now).await?);
                moved = true;
            }
            if !moved {
                return Ok(());
            }
            let webhooks = vec![Change::update(version, webhooks)];
            if self.try_commit(Commit { webhooks, messages, ..Commit::default() }).await? == Outcome::Committed {
                return Ok(());
            }
        }
    }

    /// The number of the last entry of the account's log that has its place.
    pub(crate) async fn log_end(&self, account: &AccountId) -> Result<u64, Unavailable> {
        let head = self.store.load_chain(&AuditChain::Account(account.clone())).await?;
        Ok(head.map_or(0, |head| head.record.sealed.number))
    }

    /// Moves a webhook on to the next entry that is to be posted to it, up to the entry `end`; none if there is none yet.
    async fn next_call(
        &self,
        hook: &mut Webhook,
        account: &AccountId,
        end: u64,
        now: Timestamp,
    ) -> Result<Option<QueuedMessage>, Unavailable> {
        let chain = AuditChain::Account(account.clone());
        while hook.posted < end {
            // A few at a time: what is asked for is read, however little of it is wanted.
            let upto = end.min(hook.posted.saturating_add(FEW.into()));
            let entries = self.store.sealed_events(&chain, hook.posted + 1..=upto, FEW).await?;
            if entries.is_empty() {
                // They were so old that they are gone.
                hook.posted = upto;
            }
            for entry in entries {
                match wanted(hook, &entry) {
                    ControlFlow::Continue(number) => hook.posted = number,
                    ControlFlow::Break((number, event)) => {
                        let entries = self.named_entries(account, vec![event]).await?;
                        let body = entries.iter().map(body_of).collect();
                        let call = WebhookCall { hook: hook.id.clone(), number: Some(number), body };
                        let call = call.queue(account, now, &self.keyring, &*self.entropy)?;
                        hook.under_way = Some(UnderWay { message: call.id.clone(), number });
                        hook.on_since = None;
                        return Ok(Some(call));
                    }
                }
            }
        }
        Ok(None)
    }

    /// The call in a leased message of [`crate::Lane::Webhook`]; none if there is none to make. One that nobody wants any
    /// more is forgotten. One that does not open is forgotten too and made anew from the log; if it is its webhook that does
    /// not open, that counts as a failed try.
    ///
    /// # Errors
    /// [`Unavailable`]: it is tried again once the lease has run out.
    pub async fn due_call(&self, queued: &QueuedMessage) -> Result<Option<DueCall>, Unavailable> {
        let Some(account) = queued.account.clone() else {
            self.store.remove_message(&queued.id).await?;
            return Ok(None);
        };
        let Ok(WebhookCall { hook: id, number, body }) = WebhookCall::open(queued, &self.keyring) else {
            self.forget_damaged(queued, &account).await?;
            return Ok(None);
        };
        let webhooks = self.store.load_webhooks(&account).await?;
        let is_in_time = self.clock.now() < queued.until;
        let hook = webhooks.as_ref().and_then(|webhooks| webhooks.record.find(&id));
        let Some(hook) = hook.filter(|hook| is_in_time && waits_for(hook, &queued.id, number)) else {
            self.store.remove_message(&queued.id).await?;
            return Ok(None);
        };
        let (url, secret) = (hook.url(&self.keyring), hook.secret(&self.keyring));
        let call = Call { hook: id, account, number };
        let (Ok(url), Ok(secret)) = (url, secret) else {
            tracing::error!(message = %queued.id, "a webhook does not open, so nothing is posted to it: run stepgate doctor");
            return self.note_call(queued, &call, WebhookAnswer::Unreadable).await.map(|_| None);
        };
        Ok(Some(DueCall { id: queued.id.clone(), url, secret, body, call }))
    }

    /// Notes what came of a call: one that was taken is followed by the next event, another is made again, or its webhook
    /// is turned off. No entry of the log tells of single calls, for it would be posted itself; a webhook that is turned
    /// off by it has one, and every admin a mail.
    ///
    /// # Errors
    /// [`Unavailable`]: then it is made again, under the same identifier.
    pub async fn call_made(
        &self,
        queued: &QueuedMessage,
        call: &DueCall,
        answer: WebhookAnswer,
    ) -> Result<CallVerdict, Unavailable> {
        self.note_call(queued, &call.call, answer).await
    }

    async fn note_call(
        &self,
        queued: &QueuedMessage,
        call: &Call,
        answer: WebhookAnswer,
    ) -> Result<CallVerdict, Unavailable> {
        let tried = WebhookTry { at: self.clock.now(), answer };
        let mut rounds = self.rounds_of_webhooks(&call.account).await;
        loop {
            rounds.begin().await?;
            let Some(Versioned { version, record: mut webhooks }) = self.store.load_webhooks(&call.account).await?
            else {
                return Ok(CallVerdict::Moot);
            };
            let found = webhooks.find_mut(&call.hook).filter(|hook| waits_for(hook, &queued.id, call.number));
            let Some(hook) = found else { return Ok(CallVerdict::Moot) };
            let mut commit = Commit::default();
            let verdict = if let Some(number) = call.number {
                self.event_tried(hook, call, number, tried, queued, &mut commit).await
            } else {
                *hook = hook.after_test(tried);
                if answer.is_taken() { CallVerdict::Taken } else { CallVerdict::TestFailed }
            };
            let (host, waits) = (hook.host.clone(), hook.under_way.clone());
            if !matches!(verdict, CallVerdict::Again(_)) {
                commit.given_up.push((queued.id.clone(), queued.tries.made));
            }
            if verdict == CallVerdict::Stopped {
                self.tell_of_stop(&webhooks, host, tried.at, &mut commit).await?;
            }
            commit.webhooks = vec![Change::update(version, webhooks)];
            if self.try_commit(commit).await? == Outcome::Committed {
                match (verdict, waits) {
                    (CallVerdict::Again(next), _) => {
                        self.store.put_off_message(&queued.id, queued.tries.made, next).await?;
                    }
                    (CallVerdict::Taken, Some(waits)) if call.number.is_none() => {
                        self.bring_on(&waits, tried.at).await?;
                    }
                    _ => {}
                }
                return Ok(verdict);
            }
            if !self.is_still_leased(queued).await? {
                return Ok(CallVerdict::Moot);
            }
        }
    }

    /// Forgets a call that does not open, and lets its event, which is in the log, be queued anew.
    async fn forget_damaged(&self, queued: &QueuedMessage, account: &AccountId) -> Result<(), Unavailable> {
        tracing::error!(message = %queued.id, "a call of a webhook does not open; it is made anew");
        let mut rounds = self.rounds_of_webhooks(account).await;
        loop {
            rounds.begin().await?;
            let mut commit = Commit { given_up: vec![(queued.id.clone(), queued.tries.made)], ..Commit::default() };
            if let Some(Versioned { version, record: mut webhooks }) = self.store.load_webhooks(account).await? {
                let is_this = |under_way: &UnderWay| under_way.message == queued.id;
                let waiting = webhooks.hooks.iter_mut().find(|hook| hook.under_way.as_ref().is_some_and(is_this));
                if let Some(hook) = waiting {
                    hook.under_way = None;
                    commit.webhooks = vec![Change::update(version, webhooks)];
                }
            }
            if self.try_commit(commit).await? == Outcome::Committed || !self.is_still_leased(queued).await? {
                return Ok(());
            }
        }
    }

    /// What a try to post an event means to its webhook.
    async fn event_tried(
        &self,
        hook: &mut Webhook,
        call: &Call,
        number: u64,
        tried: WebhookTry,
        queued: &QueuedMessage,
        commit: &mut Commit,
    ) -> CallVerdict {
        *hook = hook.after(tried);
        if !tried.answer.is_taken() {
            let next = tried.at.plus(pause_after(queued.tries.made));
            return if hook.is_on() { CallVerdict::Again(next) } else { CallVerdict::Stopped };
        }
        (hook.posted, hook.under_way) = (number, None);
        // What was taken must be noted: if the next one can't be found now, it is found later.
        let mut moved = hook.clone();
        let next = match self.log_end(&call.account).await {
            Ok(end) => self.next_call(&mut moved, &call.account, end, tried.at).await,
            Err(error) => Err(error),
        };
        if let Ok(next) = next {
            commit.messages.extend(next);
            *hook = moved;
        }
        CallVerdict::Taken
    }

    /// Lets an event that was put off go at once: whoever has taken a test has been mended.
    async fn bring_on(&self, waits: &UnderWay, now: Timestamp) -> Result<(), Unavailable> {
        let message = self.store.load_message(&waits.message).await?;
        match message.filter(|message| message.tries.not_before.is_some()) {
            Some(message) => self.store.put_off_message(&message.id, message.tries.made, now).await,
            None => Ok(()),
        }
    }

    /// A webhook was turned off by itself: the log tells, and every admin is told.
    async fn tell_of_stop(
        &self,
        webhooks: &Webhooks,
        host: String,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<(), Unavailable> {
        let kind = EventKind::WebhookStopped { host: host.clone() };
        let account = Some(&webhooks.account);
        let happening = Happening { at: now, account, user: None, by: None, claimant: None, kind };
        commit.events.push(happening.recorded_as(EventId::from_random(self.entropy.bytes()?)));
        let about = MessageKind::notice(NoticeKind::WebhookStopped { host }, None);
        if let Some(account) = self.store.load_account(&webhooks.account).await? {
            commit.messages.extend(self.messages_to_admins(&account.record, now, &about).await?);
        }
        Ok(())
    }
}

/// Whether a webhook wants the next event of the log, if there is one.
fn is_idle(hook: &Webhook) -> bool {
    hook.is_on() && hook.under_way.is_none()
}

/// Whether a webhook still wants a call: the event it waits for, or a test.
fn waits_for(hook: &Webhook, message: &MessageId, number: Option<u64>) -> bool {
    let is_under_way = || hook.under_way.as_ref().is_some_and(|under_way| under_way.message == *message);
    hook.is_on() && (number.is_none() || is_under_way())
}

/// The entry with its number, if it is to be posted; else the number to go on after. One that does not read is told by
/// whoever looks at the log; it must not hold up the others.
fn wanted(hook: &Webhook, entry: &SealedEvent) -> ControlFlow<(u64, SecurityEvent), u64> {
    let number = entry.seal.number;
    match serde_json::from_str::<SecurityEvent>(&entry.event.body) {
        Ok(event) if hook.on_since.is_none_or(|since| event.at >= since) => ControlFlow::Break((number, event)),
        _ => ControlFlow::Continue(number),
    }
}

use std::time::Duration;

use domain::{AccountId, Timestamp, WebhookId};

use crate::verifier::Outcome;
use crate::webhook_call::{WebhookCall, test_body};
use crate::{
    Actor, Administered, Change, Commit, EventKind, QueuedMessage, Unavailable, Verifier, Versioned, Webhook,
    WebhookHealth, WebhookSecret, WebhookTry, WebhookUrl, Webhooks,
};

/// How one of an account's webhooks is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookState {
    /// Its identifier.
    pub id: WebhookId,
    /// The host it is on, and its port.
    pub host: String,
    /// How it is doing.
    pub health: WebhookHealth,
    /// The last try, if there was one.
    pub last: Option<WebhookTry>,
    /// How many entries of the log it does not have yet.
    pub behind: u64,
}

/// What a webhook's receiver has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownWebhook {
    /// Where it is.
    pub url: WebhookUrl,
    /// What signs what is posted there.
    pub secret: WebhookSecret,
}

/// What became of something an admin wanted of a webhook.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookVerdict {
    /// It is done.
    Done(WebhookId),
    /// It was so already; nothing was written.
    AsItWas,
    /// The account has no such webhook.
    NoSuchWebhook,
    /// It has as many as it may have, [`Webhooks::MOST`].
    TooMany,
    /// The same address is one of its webhooks already.
    Known,
    /// It is off: turn it on first.
    Off,
    /// That was asked for a moment ago.
    Wait {
        /// How long it has to wait.
        wait: Duration,
    },
}

/// Of when and whom something is decided.
struct Moment {
    now: Timestamp,
    account: AccountId,
    /// The last entry of the account's log: what comes after it is news.
    end: u64,
}

/// What is done to an account's webhooks: what is told in the log, or what is to be posted.
enum Deed {
    Told(WebhookId, EventKind),
    Posted(WebhookId, QueuedMessage),
}

impl Verifier {
    /// The account's webhooks, in the order in which they were added.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn webhooks_of(&self, actor: Actor<'_>) -> Administered<Vec<WebhookState>> {
        let account = match self.account_seen_by(actor).await? {
            Ok(account) => account.id,
            Err(denied) => return Ok(Err(denied)),
        };
        let Some(found) = self.store.load_webhooks(&account).await? else { return Ok(Ok(Vec::new())) };
        let end = self.log_end(&account).await?;
        let state = |hook: Webhook| WebhookState {
            health: hook.health(),
            behind: if hook.is_on() { end.saturating_sub(hook.posted) } else { 0 },
            id: hook.id,
            host: hook.host,
            last: hook.last,
        };
        Ok(Ok(found.record.hooks.into_iter().map(state).collect()))
    }

    /// Where a webhook is, and what signs what is posted there; none if the account has no such. Asks for step-up, since
    /// who has the secret can make up events.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn show_webhook(&self, actor: Actor<'_>, id: &WebhookId) -> Administered<Option<ShownWebhook>> {
        let acting = match self.acting(actor, self.clock.now()).await? {
            Ok(acting) => acting,
            Err(denied) => return Ok(Err(denied)),
        };
        let found = self.store.load_webhooks(&acting.account.record.id).await?;
        let Some(hook) = found.and_then(|found| found.record.find(id).cloned()) else { return Ok(Ok(None)) };
        Ok(Ok(Some(ShownWebhook { url: hook.url(&self.keyring)?, secret: hook.secret(&self.keyring)? })))
    }

    /// Lets what happens in the account be posted to an address from now on.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn add_webhook(&self, actor: Actor<'_>, url: &WebhookUrl) -> Administered<WebhookVerdict> {
        self.change_webhooks(actor, |moment, webhooks| {
            // One whose address does not open can be no other's double: nothing is posted there.
            let is_there = |hook: &Webhook| hook.url(&self.keyring).is_ok_and(|known| known == *url);
            if webhooks.hooks.iter().any(is_there) {
                return Ok(Err(WebhookVerdict::Known));
            }
            if webhooks.hooks.len() >= Webhooks::MOST {
                return Ok(Err(WebhookVerdict::TooMany));
            }
            let id = WebhookId::from_random(self.entropy.bytes()?);
            webhooks.hooks.push(Webhook::new(id.clone(), url, moment.end, moment.now, &self.keyring, &*self.entropy)?);
            Ok(Ok(Deed::Told(id, EventKind::WebhookAdded { host: url.host().into() })))
        })
        .await
    }

    /// Lets nothing be posted to a webhook any more, and forgets it. What waits for it is not posted.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn remove_webhook(&self, actor: Actor<'_>, id: &WebhookId) -> Administered<WebhookVerdict> {
        self.change_webhooks(actor, |_, webhooks| {
            let Some(hook) = webhooks.find(id) else { return Ok(Err(WebhookVerdict::NoSuchWebhook)) };
            let kind = EventKind::WebhookRemoved { host: hook.host.clone() };
            webhooks.hooks.retain(|hook| hook.id != *id);
            Ok(Ok(Deed::Told(id.clone(), kind)))
        })
        .await
    }

    /// Turns on a webhook that was turned off by itself. What happened meanwhile is not posted: it stands in the log.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn resume_webhook(&self, actor: Actor<'_>, id: &WebhookId) -> Administered<WebhookVerdict> {
        self.change_webhooks(actor, |moment, webhooks| {
            let Some(hook) = webhooks.find_mut(id) else { return Ok(Err(WebhookVerdict::NoSuchWebhook)) };
            if hook.is_on() {
                return Ok(Err(WebhookVerdict::AsItWas));
            }
            *hook = hook.resumed(moment.end, moment.now);
            Ok(Ok(Deed::Told(id.clone(), EventKind::WebhookResumed { host: hook.host.clone() })))
        })
        .await
    }

    /// Has a test posted to a webhook, at most every [`Webhook::TEST_EVERY`].
    ///
    /// # Errors
    /// [`Unavailable`]: nothing is posted.
    pub async fn test_webhook(&self, actor: Actor<'_>, id: &WebhookId) -> Administered<WebhookVerdict> {
        self.change_webhooks(actor, |Moment { now, account, .. }, webhooks| {
            let Some(hook) = webhooks.find_mut(id) else { return Ok(Err(WebhookVerdict::NoSuchWebhook)) };
            if !hook.is_on() {
                return Ok(Err(WebhookVerdict::Off));
            }
            let since = hook.tested_at.and_then(|at| now.since(at));
            if let Some(wait) =
                since.and_then(|since| Webhook::TEST_EVERY.checked_sub(since)).filter(|wait| !wait.is_zero())
            {
                return Ok(Err(WebhookVerdict::Wait { wait }));
            }
            hook.tested_at = Some(*now);
            let call = WebhookCall { hook: id.clone(), number: None, body: test_body(account, *now) };
            Ok(Ok(Deed::Posted(id.clone(), call.queue(account, *now, &self.keyring, &*self.entropy)?)))
        })
        .await
    }

    /// Lets `decide` change the account's webhooks, and commits that.
    async fn change_webhooks(
        &self,
        actor: Actor<'_>,
        decide: impl Fn(&Moment, &mut Webhooks) -> Result<Result<Deed, WebhookVerdict>, Unavailable> + Send + Sync,
    ) -> Administered<WebhookVerdict> {
        let now = self.clock.now();
        let account = match self.account_seen_by(actor).await? {
            Ok(account) => account.id,
            Err(denied) => return Ok(Err(denied)),
        };
        let mut rounds = self.rounds_of_webhooks(&account).await;
        loop {
            rounds.begin().await?;
            let acting = match self.acting(actor, now).await? {
                Ok(acting) => acting,
                Err(denied) => return Ok(Err(denied)),
            };
            let moment = Moment { now, end: self.log_end(&account).await?, account: account.clone() };
            let (version, mut webhooks) = match self.store.load_webhooks(&moment.account).await? {
                Some(Versioned { version, record }) => (Some(version), record),
                None => (None, Webhooks::none(moment.account.clone())),
            };
            let deed = match decide(&moment, &mut webhooks)? {
                Ok(deed) => deed,
                Err(verdict) => return Ok(Ok(verdict)),
            };
            let change = match version {
                Some(version) => Change::update(version, webhooks),
                None => Change::create(webhooks),
            };
            let mut commit = Commit { webhooks: vec![change], ..Commit::default() };
            let id = match deed {
                Deed::Told(id, kind) => {
                    commit.events.push(self.event_by(&acting, None, kind, now)?);
                    id
                }
                Deed::Posted(id, call) => {
                    commit.messages.push(call);
                    id
                }
            };
            if self.try_commit(acting.vouch(commit)).await? == Outcome::Committed {
                return Ok(Ok(WebhookVerdict::Done(id)));
            }
        }
    }
}

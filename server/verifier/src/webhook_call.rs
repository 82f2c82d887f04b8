use std::time::Duration;

use domain::{AccountId, MessageId, Timestamp, WebhookId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::audit_export::value_of;
use crate::utc::rfc3339;
use crate::{AuditEntry, Entropy, Keyring, Lane, QueuedMessage, RecipientKey, Tries, Unavailable, message};

/// What is posted to a webhook: the body, made once, so that every try says the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WebhookCall {
    pub(crate) hook: WebhookId,
    /// The number of the entry in its chain; none for a test.
    pub(crate) number: Option<u64>,
    pub(crate) body: String,
}

/// What is known of an event, as receivers get it: `type` is the kind, `data` what a line of the exported log says, and
/// the entry's identifier.
pub(crate) fn body_of(entry: &AuditEntry) -> String {
    let mut data = value_of(entry);
    if let Value::Object(fields) = &mut data {
        fields.insert("id".into(), entry.event.id.as_str().into());
        fields.insert("account".into(), entry.event.account.as_ref().map(AccountId::as_str).into());
    }
    body(entry.event.kind.name().as_str(), entry.event.at, &data)
}

/// What a test says, so that a receiver can be tried out without anything having happened.
pub(crate) fn test_body(account: &AccountId, at: Timestamp) -> String {
    body("test", at, &json!({ "account": account.as_str() }))
}

fn body(kind: &str, at: Timestamp, data: &Value) -> String {
    json!({ "type": kind, "timestamp": rfc3339(at), "data": data }).to_string()
}

impl WebhookCall {
    /// How long a test is worth posting. It is posted once.
    const TEST_WAITS: Duration = Duration::from_mins(1);

    /// Seals the call as a row of a commit, to be posted from `now` on. An event waits until it is taken, or its webhook
    /// is turned off; events wait for each other, and tests for nothing.
    pub(crate) fn queue(
        self,
        account: &AccountId,
        now: Timestamp,
        keyring: &Keyring,
        entropy: &dyn Entropy,
    ) -> Result<QueuedMessage, Unavailable> {
        let id = MessageId::from_random(entropy.bytes()?);
        let plain = serde_json::to_vec(&self).map_err(|_| Unavailable::Sealing)?;
        let sealed = keyring.seal(&plain, message::scope(&id), entropy)?;
        let (until, whose) = match self.number {
            Some(_) => (now.plus(Duration::MAX), "webhook"),
            None => (now.plus(Self::TEST_WAITS), "webhook's test"),
        };
        let recipient = RecipientKey(keyring.fingerprint(whose, self.hook.as_str())?);
        let (lane, account, user, tries) = (Lane::Webhook, Some(account.clone()), None, Tries::default());
        Ok(QueuedMessage { id, at: now, until, recipient, lane, account, user, sealed, tries })
    }

    pub(crate) fn open(queued: &QueuedMessage, keyring: &Keyring) -> Result<Self, Unavailable> {
        let plain = keyring.open(&queued.sealed, message::scope(&queued.id))?;
        serde_json::from_slice(&plain).map_err(|_| Unavailable::Sealing)
    }
}

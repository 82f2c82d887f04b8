use domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AuditChain, ChainVerdict, KeysInUse, Lane, Unavailable, Verifier};

/// Users or messages of one page.
const BATCH: u32 = 200;

/// What the operator is told about the state of everything.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examination {
    /// Every chain of the audit log.
    pub chains: Vec<ExaminedChain>,
    /// Under which keys secrets lie.
    pub keys: KeysInUse,
    /// What waits to be sent.
    pub queue: Queue,
}

/// A chain of the audit log, and whether it is as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExaminedChain {
    /// Which.
    pub chain: AuditChain,
    /// Whether it is.
    pub verdict: ChainVerdict,
}

/// What waits to be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// How many messages.
    pub waiting: u64,
    /// How many of them failed before.
    pub failed_before: u64,
    /// When the oldest was written.
    pub oldest: Option<Timestamp>,
}

impl Examination {
    /// Whether nothing is wrong: every chain is intact and every secret opens. Messages that wait are not wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.keys.unreadable == 0 && self.chains.iter().all(ExaminedChain::is_sound)
    }
}

impl ExaminedChain {
    /// Whether nothing is wrong with it. That of an account has an entry at least, of how the account came about: one
    /// without any was taken away.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match self.verdict {
            ChainVerdict::Intact { upto, .. } => upto.number > 0 || self.chain == AuditChain::NoAccount,
            ChainVerdict::Broken(_) => false,
        }
    }
}

impl Verifier {
    /// Looks at everything that can be wrong without anybody noticing. Seals first what is not sealed yet, and changes
    /// nothing else. Reads every record: to be called by the operator, not on a timer.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn examine(&self) -> Result<Examination, Unavailable> {
        // What it refuses is found broken below.
        let _ = self.seal_events().await?;
        let mut chains = Vec::new();
        for chain in self.chains().await? {
            let verdict = self.verify_chain(&chain).await?;
            chains.push(ExaminedChain { chain, verdict });
        }
        let (keys, queue) = self.sealed_values().await?;
        Ok(Examination { chains, keys, queue })
    }

    /// Under which keys the sealed values lie.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn keys_in_use(&self) -> Result<KeysInUse, Unavailable> {
        self.sealed_values().await.map(|(keys, _)| keys)
    }

    async fn sealed_values(&self) -> Result<(KeysInUse, Queue), Unavailable> {
        let (mut keys, mut queue) = (KeysInUse::under(&self.keyring), Queue::default());
        let mut after = None;
        loop {
            let page = self.store.users_after(after.as_ref(), BATCH).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.record.user.clone());
            for mut user in page {
                keys.count_user(&mut user.record, &self.keyring);
            }
        }
        let mut after = None;
        loop {
            let page = self.store.webhooks_after(after.as_ref(), BATCH).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.record.account.clone());
            for mut webhooks in page {
                keys.count_webhooks(&mut webhooks.record, &self.keyring);
            }
        }
        let mut after = None;
        loop {
            let page = self.store.messages_after(after.as_ref(), BATCH).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for message in &page {
                keys.count_message(message, &self.keyring);
                // Events are at their webhooks' pace, and stand in the log whatever becomes of them.
                if message.lane == Lane::Webhook {
                    continue;
                }
                queue.waiting += 1;
                queue.failed_before += u64::from(message.tries.not_before.is_some());
                queue.oldest = Some(queue.oldest.map_or(message.at, |oldest| oldest.min(message.at)));
            }
        }
        Ok((keys, queue))
    }
}

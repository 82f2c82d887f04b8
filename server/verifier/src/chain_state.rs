use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use tokio::sync::Mutex;

use crate::{Actor, Administered, AuditChain, ChainBreak, ChainFault, ChainPoint, ChainVerdict, Unavailable, Verifier};

/// Entries that are gone over each time somebody looks: four reads.
const FEW: u64 = 2_000;
/// How often more than that are gone over from the beginning: that takes seconds where there are a hundred thousand. In
/// between only what was added is.
const WHOLE_EVERY: Duration = Duration::from_hours(1);
/// More than wait in the seconds until they are sealed.
const MOST_WAITING: u32 = 500;

/// Whether an account's audit log is as it was sealed, for who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainState {
    /// Whether it is.
    pub verdict: ChainVerdict,
    /// Up to which entry it is, and when that one was written; none if it is not, or has no entry that is sealed.
    pub sealed_upto: Option<(u64, Timestamp)>,
    /// How many entries have no seal yet, 500 at most.
    pub waiting: u32,
    /// When this process last went over the whole of it and found it so.
    pub whole_at: Option<Timestamp>,
}

/// How far this process has verified each chain. Each has a lock of its own: two who look at once read it once.
#[derive(Default)]
pub(crate) struct VerifiedChains(std::sync::Mutex<BTreeMap<AuditChain, Arc<Mutex<Option<Verified>>>>>);

#[derive(Debug, Clone, Copy)]
struct Verified {
    /// When it was gone over from its beginning.
    whole_at: Timestamp,
    /// How many entries there were.
    entries: u64,
    upto: ChainPoint,
}

impl ChainState {
    /// Whether nothing is wrong. An account has an entry at least, of how it came about: a log without any was taken
    /// away.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match self.verdict {
            ChainVerdict::Intact { upto, .. } => upto.number > 0 || self.waiting > 0,
            ChainVerdict::Broken(_) => false,
        }
    }
}

impl Verifier {
    /// The state of the account's audit log. What was verified an hour ago at most is not verified again if it is much:
    /// whoever changes such an entry meanwhile is found later. On the other hand this process knows what it has seen,
    /// and tells if the log was put back to an earlier day.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn chain_state(&self, actor: Actor<'_>) -> Administered<ChainState> {
        let now = self.clock.now();
        let chain = match self.account_seen_by(actor).await? {
            Ok(account) => AuditChain::Account(account.id),
            Err(denied) => return Ok(Err(denied)),
        };
        let place = self.verified.place(&chain);
        let mut verified = place.lock().await;
        let verdict = self.verify_further(&chain, &mut verified, now).await?;
        let whole_at = verified.map(|verified| verified.whole_at);
        drop(verified);
        let sealed_upto = match verdict {
            ChainVerdict::Intact { upto, .. } => self.written_at(&chain, upto.number).await?,
            ChainVerdict::Broken(_) => None,
        };
        let waiting = self.store.unsealed_events(&chain, MOST_WAITING).await?.len();
        let waiting = u32::try_from(waiting).unwrap_or(MOST_WAITING);
        Ok(Ok(ChainState { verdict, sealed_upto, waiting, whole_at }))
    }

    /// Verifies a chain, from where it was left if that may be, and remembers how far it is intact.
    async fn verify_further(
        &self,
        chain: &AuditChain,
        verified: &mut Option<Verified>,
        now: Timestamp,
    ) -> Result<ChainVerdict, Unavailable> {
        let known = verified.filter(|verified| !verified.is_due(now));
        let verdict = self.verify_chain_from(chain, known.map(|known| known.upto)).await?;
        let ChainVerdict::Intact { removed, upto } = verdict else { return Ok(verdict) };
        if let Some(seen) = *verified
            && let Some(broken) = self.forgotten(chain, seen.upto, removed, upto).await?
        {
            return Ok(ChainVerdict::Broken(broken));
        }
        let whole_at = known.map_or(now, |known| known.whole_at);
        *verified = Some(Verified { whole_at, entries: upto.number.saturating_sub(removed), upto });
        Ok(verdict)
    }

    /// Whether a chain that is intact by itself is another one than that which was seen before.
    async fn forgotten(
        &self,
        chain: &AuditChain,
        seen: ChainPoint,
        removed: u64,
        upto: ChainPoint,
    ) -> Result<Option<ChainBreak>, Unavailable> {
        if upto.number < seen.number {
            return Ok(Some(ChainBreak { number: upto.number.saturating_add(1), fault: ChainFault::Missing }));
        }
        if seen.number <= removed {
            return Ok(None);
        }
        let found = self.store.sealed_events(chain, seen.number..=seen.number, 1).await?;
        let differs = found.first().is_some_and(|found| found.seal.mac != seen.mac);
        Ok(differs.then_some(ChainBreak { number: seen.number, fault: ChainFault::Changed }))
    }

    async fn written_at(&self, chain: &AuditChain, number: u64) -> Result<Option<(u64, Timestamp)>, Unavailable> {
        let found = self.store.sealed_events(chain, number..=number, 1).await?;
        Ok(found.first().map(|found| (number, found.event.at)))
    }
}

impl VerifiedChains {
    fn place(&self, chain: &AuditChain) -> Arc<Mutex<Option<Verified>>> {
        let mut chains = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(chains.entry(chain.clone()).or_default())
    }
}

impl Verified {
    /// Whether the whole is to be gone over, also if the clock was set back since it was.
    fn is_due(self, now: Timestamp) -> bool {
        self.entries <= FEW || now.since(self.whole_at).is_none_or(|age| age >= WHOLE_EVERY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(2_000_000_000);

    #[test]
    fn a_log_without_any_entry_was_taken_away() {
        let is_sound = |number, waiting| {
            let verdict = ChainVerdict::Intact { removed: 0, upto: ChainPoint { number, ..ChainPoint::START } };
            ChainState { verdict, sealed_upto: None, waiting, whole_at: Some(NOW) }.is_sound()
        };

        assert!(!is_sound(0, 0));
        assert!(is_sound(1, 0) && is_sound(0, 1) && is_sound(1, 1));
    }

    #[test]
    fn a_long_chain_is_gone_over_every_hour_and_a_short_one_each_time() {
        let after = |entries, span| Verified { whole_at: NOW, entries, upto: ChainPoint::START }.is_due(NOW.plus(span));

        assert!(after(FEW, Duration::ZERO));
        assert!(!after(FEW + 1, Duration::ZERO));
        assert!(!after(FEW + 1, WHOLE_EVERY.saturating_sub(Duration::from_millis(1))));
        assert!(after(FEW + 1, WHOLE_EVERY));
        let ahead =
            Verified { whole_at: NOW.plus(Duration::from_millis(1)), entries: FEW + 1, upto: ChainPoint::START };
        assert!(ahead.is_due(NOW));
    }
}

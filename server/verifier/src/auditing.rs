use std::time::Duration;

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit_chain::ChainWalk;
use crate::verifier::Outcome;
use crate::{
    AuditChain, ChainBreak, ChainFault, ChainHead, ChainPoint, ChainStep, Change, Commit, LoggedEvent, SealedEvent,
    Unavailable, Verifier, Versioned,
};

/// Entries of one commit or one page.
const BATCH: u32 = 500;
/// How often a chain that looks broken is looked at again, if it has moved meanwhile.
const LOOKS: u32 = 8;

/// How long entries of the audit log are kept: 400 days, a year and what it takes to look back at it.
pub const AUDIT_KEPT: Duration = Duration::from_hours(400 * 24);

/// What came of going over chains.
#[must_use]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditRound {
    /// How many entries were sealed, or removed.
    pub events: u64,
    /// The chains to which that happened.
    pub changed: Vec<AuditChain>,
    /// Chains that were left as they are, since they are broken: going on would cover that up.
    pub refused: Vec<AuditChain>,
}

/// Whether a chain is as it was sealed.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainVerdict {
    /// It is.
    Intact {
        /// How many entries were removed because of their age.
        removed: u64,
        /// Up to where it goes. Noted outside of the database, it proves later that nothing before was put back.
        upto: ChainPoint,
    },
    /// It is not.
    Broken(ChainBreak),
}

impl Verifier {
    /// Gives every entry of the audit log that has no place yet the next one of its chain, in the order of time; one
    /// whose time is earlier than that of entries sealed before comes after them nevertheless. To be called every few
    /// seconds. If another one seals the same chain, it is left to them.
    ///
    /// # Errors
    /// The first [`Unavailable`]; the other chains were sealed nevertheless. What is not sealed is sealed the next time.
    pub async fn seal_events(&self) -> Result<AuditRound, Unavailable> {
        let (mut round, mut failure) = (AuditRound::default(), None);
        for chain in self.store.chains_to_seal().await? {
            match self.seal_chain(&chain).await {
                Ok(Some(0)) => {}
                Ok(Some(events)) => {
                    round.events += events;
                    round.changed.push(chain);
                }
                Ok(None) => round.refused.push(chain),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(round), Err)
    }

    /// Says whether `chain` is as it was sealed. What happens to it meanwhile does no harm.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn verify_chain(&self, chain: &AuditChain) -> Result<ChainVerdict, Unavailable> {
        self.verify_chain_from(chain, None).await
    }

    /// The same, but what comes before `known` is taken to be as it was when it was verified.
    pub(crate) async fn verify_chain_from(
        &self,
        chain: &AuditChain,
        known: Option<ChainPoint>,
    ) -> Result<ChainVerdict, Unavailable> {
        let mut looks = 0;
        loop {
            let head = self.store.load_chain(chain).await?;
            let broken = match self.walked(chain, head.as_ref(), known).await? {
                Ok(upto) => {
                    let removed = head.map_or(0, |head| head.record.removed.number);
                    return Ok(ChainVerdict::Intact { removed, upto });
                }
                Err(broken) => broken,
            };
            looks += 1;
            // It may have been read half before and half after something was sealed or removed.
            let moved = version_of(self.store.load_chain(chain).await?.as_ref()) != version_of(head.as_ref());
            if !moved || looks == LOOKS {
                return Ok(ChainVerdict::Broken(broken));
            }
        }
    }

    /// Removes the entries older than `kept` from the beginning of each chain. Where they ended is kept in the chain's
    /// record, so that what is left is verified from there. An entry that is not sealed, or whose chain is broken,
    /// stays.
    ///
    /// # Errors
    /// [`Unavailable`]: what is left is removed the next time.
    pub async fn prune_events(&self, kept: Duration) -> Result<AuditRound, Unavailable> {
        let now = self.clock.now();
        let mut round = AuditRound::default();
        for chain in self.chains().await? {
            match self.prune_chain(&chain, now.minus(kept), now).await? {
                Some(0) => {}
                Some(events) => {
                    round.events += events;
                    round.changed.push(chain);
                }
                None => round.refused.push(chain),
            }
        }
        Ok(round)
    }

    /// Every chain there is: one for each account, and that of no account.
    pub(crate) async fn chains(&self) -> Result<Vec<AuditChain>, Unavailable> {
        let mut accounts = Vec::new();
        loop {
            let page = self.store.accounts_after(accounts.last(), BATCH).await?;
            if page.is_empty() {
                let chains = accounts.into_iter().map(AuditChain::Account);
                return Ok(chains.chain([AuditChain::NoAccount]).collect());
            }
            accounts.extend(page);
        }
    }

    /// How many were sealed; none if the chain must not go on.
    async fn seal_chain(&self, chain: &AuditChain) -> Result<Option<u64>, Unavailable> {
        let mut sealed = 0;
        loop {
            let Some(end) = self.trusted_end(chain).await? else { return Ok(None) };
            let events = self.store.unsealed_events(chain, BATCH).await?;
            if events.is_empty() {
                return Ok(Some(sealed));
            }
            let mut walk = ChainWalk { chain, keyring: &self.keyring, at: end.sealed };
            let seal = |event: LoggedEvent| Ok((event.id.clone(), walk.seal(&event)?));
            let seals = events.into_iter().map(seal).collect::<Result<Vec<_>, Unavailable>>()?;
            let count = seals.len();
            let head = end.moved_to(ChainHead::new(chain, end.removed, walk.at, &self.keyring)?);
            let step = ChainStep { head, seals, removed: Vec::new() };
            if self.try_commit(Commit { chains: vec![step], ..Commit::default() }).await? == Outcome::Conflict {
                return Ok(Some(sealed));
            }
            sealed += u64::try_from(count).unwrap_or(u64::MAX);
            if count < batch() {
                return Ok(Some(sealed));
            }
        }
    }

    /// How many were removed; none if the chain is broken where it begins.
    async fn prune_chain(
        &self,
        chain: &AuditChain,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<Option<u64>, Unavailable> {
        let mut removed = 0;
        loop {
            let Some(end) = self.trusted_end(chain).await? else { return Ok(None) };
            let mut walk = ChainWalk { chain, keyring: &self.keyring, at: end.removed };
            let events = self.store.sealed_events(chain, walk.next()..=end.sealed.number, BATCH).await?;
            let old = events.get(..old_ones(&events, before, now)).unwrap_or_default();
            if old.is_empty() {
                return Ok(Some(removed));
            }
            for event in old {
                if walk.follow(event)?.is_err() {
                    let moved = version_of(self.store.load_chain(chain).await?.as_ref()) != end.version;
                    return Ok(moved.then_some(removed));
                }
            }
            let head = end.moved_to(ChainHead::new(chain, walk.at, end.sealed, &self.keyring)?);
            let gone = old.iter().map(|sealed| sealed.event.id.clone()).collect();
            let step = ChainStep { head, seals: Vec::new(), removed: gone };
            if self.try_commit(Commit { chains: vec![step], ..Commit::default() }).await? == Outcome::Conflict {
                return Ok(Some(removed));
            }
            removed += u64::try_from(old.len()).unwrap_or(u64::MAX);
            if old.len() < batch() {
                return Ok(Some(removed));
            }
        }
    }

    /// The ends of a chain as its record says them, if that is ours; a chain that was never sealed has none.
    async fn trusted_end(&self, chain: &AuditChain) -> Result<Option<ChainEnd>, Unavailable> {
        let mut head = self.store.load_chain(chain).await?;
        if head.is_none() && !self.store.sealed_events(chain, 1..=u64::MAX, 1).await?.is_empty() {
            // Either somebody has begun the chain just now, or its record was taken away.
            head = self.store.load_chain(chain).await?;
            if head.is_none() {
                return Ok(None);
            }
        }
        let Some(Versioned { version, record }) = head else { return Ok(Some(ChainEnd::NONE)) };
        let ours = record.fault(chain, &self.keyring)?.is_none();
        Ok(ours.then_some(ChainEnd { version: Some(version), removed: record.removed, sealed: record.sealed }))
    }

    /// Goes along a chain from one end, or from `known` if that lies in it, to the other.
    async fn walked(
        &self,
        chain: &AuditChain,
        head: Option<&Versioned<ChainHead>>,
        known: Option<ChainPoint>,
    ) -> Result<Result<ChainPoint, ChainBreak>, Unavailable> {
        let head = head.map(|head| &head.record);
        let (from, to) = head.map_or((ChainPoint::START, ChainPoint::START), |head| (head.removed, head.sealed));
        if let Some(fault) = head.map(|head| head.fault(chain, &self.keyring)).transpose()?.flatten() {
            return Ok(Err(ChainBreak { number: to.number, fault }));
        }
        let known = known.filter(|known| (from.number..=to.number).contains(&known.number));
        let mut walk = ChainWalk { chain, keyring: &self.keyring, at: known.unwrap_or(from) };
        if let Some(surplus) = self.store.sealed_events(chain, 1..=from.number, 1).await?.first() {
            return Ok(Err(ChainBreak { number: surplus.seal.number, fault: ChainFault::Surplus }));
        }
        while walk.at.number < to.number {
            let last = walk.at.number.saturating_add(BATCH.into()).min(to.number);
            // One more than there can be, lest one too many hides between two pages.
            for event in &self.store.sealed_events(chain, walk.next()..=last, BATCH + 1).await? {
                if let Err(broken) = walk.follow(event)? {
                    return Ok(Err(broken));
                }
            }
            if walk.at.number < last {
                return Ok(Err(ChainBreak { number: walk.next(), fault: ChainFault::Missing }));
            }
        }
        if walk.at.mac != to.mac {
            return Ok(Err(ChainBreak { number: to.number, fault: ChainFault::Head }));
        }
        match self.store.sealed_events(chain, walk.next()..=u64::MAX, 1).await?.first() {
            Some(beyond) if head.is_none() => {
                Ok(Err(ChainBreak { number: beyond.seal.number, fault: ChainFault::Head }))
            }
            Some(beyond) if !self.reaches(chain, beyond.seal.number).await? => {
                Ok(Err(ChainBreak { number: beyond.seal.number, fault: ChainFault::Surplus }))
            }
            _ => Ok(Ok(walk.at)),
        }
    }

    /// Whether the chain goes as far as this number by now.
    async fn reaches(&self, chain: &AuditChain, number: u64) -> Result<bool, Unavailable> {
        Ok(self.store.load_chain(chain).await?.is_some_and(|head| head.record.sealed.number >= number))
    }
}

/// The ends of a chain, and the version of the record that says them.
struct ChainEnd {
    version: Option<u64>,
    removed: ChainPoint,
    sealed: ChainPoint,
}

impl ChainEnd {
    const NONE: Self = Self { version: None, removed: ChainPoint::START, sealed: ChainPoint::START };

    fn moved_to(&self, head: ChainHead) -> Change<ChainHead> {
        match self.version {
            Some(version) => Change::update(version, head),
            None => Change::create(head),
        }
    }
}

/// How many of these, from the first on, are from before `before`. What comes from the future (the clock was wrong when
/// it was written) goes with those after it.
fn old_ones(events: &[SealedEvent], before: Timestamp, now: Timestamp) -> usize {
    let times = events.iter().map(|sealed| sealed.event.at);
    let passed = times.take_while(|at| *at < before || *at > now).collect::<Vec<_>>();
    passed.iter().rposition(|at| *at < before).map_or(0, |last| last + 1)
}

fn batch() -> usize {
    usize::try_from(BATCH).unwrap_or(usize::MAX)
}

fn version_of(head: Option<&Versioned<ChainHead>>) -> Option<u64> {
    head.map(|head| head.version)
}

#[cfg(test)]
mod tests {
    use domain::EventId;

    use super::*;
    use crate::EventSeal;

    const NOW: Timestamp = Timestamp::from_seconds(1000);
    const BEFORE: Timestamp = Timestamp::from_seconds(500);

    fn old_ones_of(times: &[i64]) -> usize {
        let event = |at: &i64| SealedEvent {
            event: LoggedEvent {
                id: EventId::from_random([1; 16]),
                at: Timestamp::from_seconds(*at),
                account: None,
                body: String::new(),
            },
            seal: EventSeal { number: 1, key: "k1".parse().unwrap(), mac: ChainPoint::START.mac },
        };
        old_ones(&times.iter().map(event).collect::<Vec<_>>(), BEFORE, NOW)
    }

    #[test]
    fn only_the_oldest_go_and_only_from_the_beginning() {
        assert_eq!(old_ones_of(&[]), 0);
        assert_eq!(old_ones_of(&[1, 499, 500]), 2);
        assert_eq!(old_ones_of(&[500, 1]), 0);
        assert_eq!(old_ones_of(&[1, 2, 600, 3]), 2);
    }

    #[test]
    fn what_came_from_the_future_goes_with_what_came_after_it() {
        assert_eq!(old_ones_of(&[1, 5000, 2, 600]), 3);
        assert_eq!(old_ones_of(&[1, 5000, 600]), 1);
        assert_eq!(old_ones_of(&[5000, 6000]), 0);
    }
}

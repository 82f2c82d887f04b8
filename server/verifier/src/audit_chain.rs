use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{AccountId, EventId, Timestamp};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::{KeyId, Keyring, Unavailable};

/// Which chain an entry of the audit log belongs to. Each chain numbers its entries and ties each to the one before, so
/// that none can be changed, removed, moved or put in between unnoticed by who has the database and not the keys.
///
/// What it can't tell: entries written in the seconds before they are sealed, and a whole database put back to an
/// earlier state. For the latter, compare the newest number and code of each chain with ones noted elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditChain {
    /// That of an account.
    Account(AccountId),
    /// That of what happened in no account, such as tries with unknown addresses.
    NoAccount,
}

/// An entry of the audit log as the store holds it. `body` is what is sealed, byte by byte as it is stored: entries that
/// were written by an older version, with fewer fields, verify for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Under which identifier it lies.
    pub id: EventId,
    /// At which moment it is listed.
    pub at: Timestamp,
    /// In which account it is listed.
    pub account: Option<AccountId>,
    /// The event as JSON.
    pub body: String,
}

/// The place of an entry in its chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSeal {
    /// Which entry of the chain it is, from 1 on, without a gap. This, not the time, is the order of the log.
    pub number: u64,
    /// The key it was sealed with.
    pub key: KeyId,
    /// Ties it to the entry before.
    pub mac: ChainMac,
}

/// An entry that has its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEvent {
    /// The entry.
    pub event: LoggedEvent,
    /// Its place.
    pub seal: EventSeal,
}

/// HMAC-SHA-256 over everything of a chain up to an entry. No secret.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChainMac([u8; 32]);

/// A text that is no [`ChainMac`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not 32 bytes in base64url")]
pub struct ChainMacError;

/// A place between two entries: after the one with this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainPoint {
    /// The number; 0 before the first entry.
    pub number: u64,
    /// What the entry with this number was sealed to be.
    pub mac: ChainMac,
}

/// From where to where a chain goes. One versioned record; whoever seals or removes entries moves it in the same commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// Which chain.
    pub chain: AuditChain,
    /// Up to here entries were removed because of their age: the chain is verified from here.
    pub removed: ChainPoint,
    /// Up to here entries are sealed.
    pub sealed: ChainPoint,
    /// The key this record is sealed with.
    pub key: KeyId,
    /// What makes the record ours: without the keys nobody moves either end.
    pub mac: ChainMac,
}

/// Where and how a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainBreak {
    /// The first number at which something is wrong.
    pub number: u64,
    /// What.
    pub fault: ChainFault,
}

/// What is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainFault {
    /// There is no entry with this number.
    Missing,
    /// There is an entry with this number that should not be there.
    Surplus,
    /// The entry is not the one that was sealed here.
    Changed,
    /// It was sealed with a key that the keys file does not have.
    UnknownKey,
    /// The record of how far the chain goes is gone, or not ours, or of another history.
    Head,
}

impl AuditChain {
    const NO_ACCOUNT: &str = "no account";

    /// The chain of what happened in this account, or in none.
    #[must_use]
    pub fn of(account: Option<&AccountId>) -> Self {
        account.map_or(Self::NoAccount, |account| Self::Account(account.clone()))
    }

    /// The account; none for the chain of no account.
    #[must_use]
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Account(account) => Some(account),
            Self::NoAccount => None,
        }
    }

    /// The name under which the chain is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.account().map_or(Self::NO_ACCOUNT, AccountId::as_str)
    }

    /// The chain that is stored under this name.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        if name == Self::NO_ACCOUNT { Some(Self::NoAccount) } else { name.parse().ok().map(Self::Account) }
    }
}

impl fmt::Display for AuditChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ChainMac {
    fn is(&self, other: &[u8; 32]) -> bool {
        self.0.ct_eq(other).into()
    }
}

impl fmt::Display for ChainMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for ChainMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainMac({self})")
    }
}

impl TryFrom<String> for ChainMac {
    type Error = ChainMacError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ChainMacError)?;
        bytes.try_into().map(Self).map_err(|_| ChainMacError)
    }
}

impl From<ChainMac> for String {
    fn from(mac: ChainMac) -> Self {
        mac.to_string()
    }
}

impl ChainPoint {
    /// Before the first entry.
    pub const START: Self = Self { number: 0, mac: ChainMac([0; 32]) };
}

impl LoggedEvent {
    /// Whether the row lists the event as what its body says it is.
    fn is_listed_rightly(&self, chain: &AuditChain) -> bool {
        /// What of the body the row repeats.
        #[derive(Deserialize)]
        struct Listed {
            id: EventId,
            at: Timestamp,
            account: Option<AccountId>,
        }
        serde_json::from_str(&self.body).is_ok_and(|Listed { id, at, account }| {
            (&id, at, &account) == (&self.id, self.at, &self.account) && AuditChain::of(account.as_ref()) == *chain
        })
    }
}

impl ChainHead {
    /// How far `chain` goes, sealed with the writing key.
    pub(crate) fn new(
        chain: &AuditChain,
        removed: ChainPoint,
        sealed: ChainPoint,
        keyring: &Keyring,
    ) -> Result<Self, Unavailable> {
        let key = keyring.writing();
        let mac = head_mac(keyring, &key, chain, removed, sealed)?.ok_or(Unavailable::Sealing)?;
        Ok(Self { chain: chain.clone(), removed, sealed, key, mac: ChainMac(mac) })
    }

    /// What is wrong with the record of `chain`.
    pub(crate) fn fault(&self, chain: &AuditChain, keyring: &Keyring) -> Result<Option<ChainFault>, Unavailable> {
        Ok(match head_mac(keyring, &self.key, chain, self.removed, self.sealed)? {
            Some(mac) if self.mac.is(&mac) => None,
            Some(_) => Some(ChainFault::Head),
            None => Some(ChainFault::UnknownKey),
        })
    }
}

/// Somebody who goes along a chain, entry by entry, to its end or beyond it.
pub(crate) struct ChainWalk<'a> {
    pub(crate) chain: &'a AuditChain,
    pub(crate) keyring: &'a Keyring,
    pub(crate) at: ChainPoint,
}

impl ChainWalk<'_> {
    /// Seals an entry as the next one.
    pub(crate) fn seal(&mut self, event: &LoggedEvent) -> Result<EventSeal, Unavailable> {
        let (number, key) = (self.next(), self.keyring.writing());
        let mac = self.mac(&key, number, event)?.ok_or(Unavailable::Sealing)?;
        let mac = ChainMac(mac);
        self.at = ChainPoint { number, mac };
        Ok(EventSeal { number, key, mac })
    }

    /// Goes on to the entry that the store has next, unless that is not what was sealed there.
    pub(crate) fn follow(&mut self, next: &SealedEvent) -> Result<Result<(), ChainBreak>, Unavailable> {
        let SealedEvent { event, seal } = next;
        let (number, broken) = (self.next(), |number, fault| Ok(Err(ChainBreak { number, fault })));
        if seal.number < number {
            return broken(seal.number, ChainFault::Surplus);
        }
        if seal.number > number {
            return broken(number, ChainFault::Missing);
        }
        let Some(mac) = self.mac(&seal.key, number, event)? else { return broken(number, ChainFault::UnknownKey) };
        if !seal.mac.is(&mac) || !event.is_listed_rightly(self.chain) {
            return broken(number, ChainFault::Changed);
        }
        self.at = ChainPoint { number, mac: seal.mac };
        Ok(Ok(()))
    }

    /// The number of the next entry.
    pub(crate) fn next(&self) -> u64 {
        self.at.number.saturating_add(1)
    }

    fn mac(&self, key: &KeyId, number: u64, event: &LoggedEvent) -> Result<Option<[u8; 32]>, Unavailable> {
        let (name, body) = (named(self.chain), event.body.as_bytes());
        self.keyring.audit_mac(key, &[b"event", &name, &self.at.mac.0, &number.to_be_bytes(), body])
    }
}

fn head_mac(
    keyring: &Keyring,
    key: &KeyId,
    chain: &AuditChain,
    removed: ChainPoint,
    sealed: ChainPoint,
) -> Result<Option<[u8; 32]>, Unavailable> {
    let (from, to) = (removed.number.to_be_bytes(), sealed.number.to_be_bytes());
    keyring.audit_mac(key, &[b"head ", &named(chain), &from, &removed.mac.0, &to, &sealed.mac.0])
}

/// The chain's name after its length, so that no two inputs read alike.
fn named(chain: &AuditChain) -> Vec<u8> {
    let name = chain.as_str().as_bytes();
    let length = u64::try_from(name.len()).unwrap_or(u64::MAX).to_be_bytes();
    [&length[..], name].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::a_keyring;

    const K2: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    fn chain() -> AuditChain {
        AuditChain::Account(AccountId::from_random([2; 16]))
    }

    fn event(number: u8) -> LoggedEvent {
        let (id, at, account) = (EventId::from_random([number; 16]), Timestamp::from_seconds(number.into()), chain());
        let body = format!(r#"{{"id":"{id}","at":{},"account":"{account}","kind":"new","more":1}}"#, at.millis());
        LoggedEvent { id, at, account: account.account().cloned(), body }
    }

    fn walk<'a>(chain: &'a AuditChain, keyring: &'a Keyring) -> ChainWalk<'a> {
        ChainWalk { chain, keyring, at: ChainPoint::START }
    }

    fn sealed(numbers: std::ops::RangeInclusive<u8>) -> Vec<SealedEvent> {
        let (chain, keyring) = (chain(), a_keyring());
        let mut walk = walk(&chain, &keyring);
        let seal = |event: LoggedEvent| SealedEvent { seal: walk.seal(&event).unwrap(), event };
        numbers.map(event).map(seal).collect()
    }

    /// Where the walk along these entries ends, or breaks.
    fn followed(events: &[SealedEvent]) -> Result<ChainPoint, ChainBreak> {
        let (chain, keyring) = (chain(), a_keyring());
        let mut walk = walk(&chain, &keyring);
        events.iter().try_for_each(|event| walk.follow(event).unwrap())?;
        Ok(walk.at)
    }

    fn broken(number: u64, fault: ChainFault) -> Result<ChainPoint, ChainBreak> {
        Err(ChainBreak { number, fault })
    }

    #[test]
    fn what_was_sealed_is_followed_to_its_end() {
        let events = sealed(1..=5);
        let EventSeal { number, mac, .. } = events[4].seal;

        assert_eq!(followed(&events), Ok(ChainPoint { number, mac }));
        assert_eq!(number, 5);
        assert_eq!(followed(&[]), Ok(ChainPoint::START));
    }

    #[test]
    fn every_way_to_tamper_is_noticed_at_its_first_number() {
        let events = sealed(1..=5);
        let tampered = |tamper: &dyn Fn(&mut Vec<SealedEvent>)| {
            let mut events = events.clone();
            tamper(&mut events);
            followed(&events)
        };

        assert_eq!(tampered(&|all| all[2].event.body += " "), broken(3, ChainFault::Changed));
        assert_eq!(tampered(&|all| all[2].event = event(9)), broken(3, ChainFault::Changed));
        assert_eq!(tampered(&|all| all[2].event.at = Timestamp::from_seconds(4)), broken(3, ChainFault::Changed));
        assert_eq!(tampered(&|all| all[2].event.account = None), broken(3, ChainFault::Changed));
        assert_eq!(tampered(&|all| all[2].event.id = event(9).id), broken(3, ChainFault::Changed));
        assert_eq!(tampered(&|all| all[2].seal.mac = all[1].seal.mac), broken(3, ChainFault::Changed));
        assert_eq!(tampered(&|all| all[2].seal.key = "k9".parse().unwrap()), broken(3, ChainFault::UnknownKey));
        assert_eq!(tampered(&|all| drop(all.remove(2))), broken(3, ChainFault::Missing));
        assert_eq!(tampered(&|all| drop(all.remove(0))), broken(1, ChainFault::Missing));
        assert_eq!(tampered(&|all| all.insert(2, all[1].clone())), broken(2, ChainFault::Surplus));
        let swapped = |all: &mut Vec<SealedEvent>| {
            let (one, other) = (all[1].event.clone(), all[2].event.clone());
            (all[1].event, all[2].event) = (other, one);
        };
        assert_eq!(tampered(&swapped), broken(2, ChainFault::Changed));
        let renumbered = |all: &mut Vec<SealedEvent>| {
            all.remove(1);
            all[1..].iter_mut().for_each(|event| event.seal.number -= 1);
        };
        assert_eq!(tampered(&renumbered), broken(2, ChainFault::Changed));
    }

    #[test]
    fn an_entry_of_another_chain_does_not_fit() {
        let (stranger, keyring) = (AuditChain::NoAccount, a_keyring());
        let seal = walk(&stranger, &keyring).seal(&event(1)).unwrap();

        assert_eq!(followed(&[SealedEvent { event: event(1), seal }]), broken(1, ChainFault::Changed));
    }

    #[test]
    fn after_a_rotation_a_chain_goes_on_under_the_new_key_and_verifies_from_its_beginning() {
        let both = Keyring::new("k2", [("k1", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="), ("k2", K2)]).unwrap();
        let (chain, mut events) = (chain(), sealed(1..=2));
        let mut walk = walk(&chain, &both);

        for event in &events {
            walk.follow(event).unwrap().unwrap();
        }
        let at = walk.at;
        events.push(SealedEvent { seal: walk.seal(&event(3)).unwrap(), event: event(3) });

        assert_eq!(events[2].seal.key.as_str(), "k2");
        walk.at = at;
        assert_eq!(walk.follow(&events[2]).unwrap(), Ok(()));
        assert_eq!(followed(&events), broken(3, ChainFault::UnknownKey));
    }

    #[test]
    fn without_the_keys_neither_end_of_a_chain_can_be_moved() {
        let (chain, keyring, events) = (chain(), a_keyring(), sealed(1..=3));
        let point = |index: usize| ChainPoint { number: events[index].seal.number, mac: events[index].seal.mac };
        let head = ChainHead::new(&chain, ChainPoint::START, point(2), &keyring).unwrap();

        assert_eq!(head.fault(&chain, &keyring).unwrap(), None);
        for forged in [
            ChainHead { sealed: point(1), ..head.clone() },
            ChainHead { removed: point(0), ..head.clone() },
            ChainHead { mac: point(0).mac, ..head.clone() },
        ] {
            assert_eq!(forged.fault(&chain, &keyring).unwrap(), Some(ChainFault::Head));
        }
        assert_eq!(head.fault(&AuditChain::NoAccount, &keyring).unwrap(), Some(ChainFault::Head));
        let unknown = ChainHead { key: "k9".parse().unwrap(), ..head };
        assert_eq!(unknown.fault(&chain, &keyring).unwrap(), Some(ChainFault::UnknownKey));
    }

    #[test]
    fn a_chain_is_found_again_under_its_name() {
        for chain in [chain(), AuditChain::NoAccount] {
            assert_eq!(AuditChain::from_stored(chain.as_str()), Some(chain));
        }
        assert_eq!(AuditChain::from_stored("no such"), None);
        assert_eq!(ChainMac::try_from("short".to_owned()), Err(ChainMacError));
    }

    proptest! {
        #[test]
        fn no_other_body_has_the_same_mac(one in any::<String>(), other in any::<String>()) {
            let (chain, keyring) = (chain(), a_keyring());
            let mac = |body: &str| walk(&chain, &keyring).seal(&LoggedEvent { body: body.into(), ..event(1) }).unwrap().mac;

            prop_assert_eq!(one == other, mac(&one) == mac(&other));
        }
    }
}

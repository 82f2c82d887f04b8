use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::Timestamp;
use sha2::{Digest, Sha256};

use crate::{Clock, Entropy, HashingLane, Password, PasswordHash, PasswordHasher, PasswordVerdict, Unavailable};

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.millis()))
    }

    /// Moves it forward.
    pub fn advance(&self, span: Duration) {
        self.set(self.now().plus(span));
    }

    /// Sets it, also back.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.millis(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// The same bytes for the same seed, never the same twice in a row.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    drawn: AtomicU64,
}

impl SeededEntropy {
    /// A source with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Unavailable> {
        for chunk in bytes.chunks_mut(32) {
            let drawn = self.drawn.fetch_add(1, Ordering::SeqCst);
            let block = Sha256::digest([self.seed.to_be_bytes(), drawn.to_be_bytes()].concat());
            for (byte, random) in chunk.iter_mut().zip(block) {
                *byte = random;
            }
        }
        Ok(())
    }
}

/// A hasher that costs nothing: what tests of rules need is which password was set, not that it is slow to guess.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainHasher;

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &Password, salt: [u8; 16], _: HashingLane) -> Result<PasswordHash, Unavailable> {
        let digest = Sha256::digest([&salt[..], password.bytes()].concat());
        Ok(PasswordHash::from_phc(format!("$plain${}${}", hex(&salt), hex(&digest))))
    }

    async fn hash_like(
        &self,
        password: &Password,
        like: &PasswordHash,
        _: HashingLane,
    ) -> Result<PasswordHash, Unavailable> {
        let salt = unhex(like.as_phc().split('$').nth(2).unwrap_or_default());
        let digest = Sha256::digest([&salt[..], password.bytes()].concat());
        Ok(PasswordHash::from_phc(format!("$plain${}${}", hex(&salt), hex(&digest))))
    }

    fn is_current(&self, hash: &PasswordHash) -> bool {
        hash.as_phc().starts_with("$plain$")
    }

    async fn verify(
        &self,
        password: &Password,
        hash: &PasswordHash,
        _: HashingLane,
    ) -> Result<PasswordVerdict, Unavailable> {
        // `$old$` stands for a hash of last year's parameters.
        let mut parts = hash.as_phc().split('$').skip(2);
        let salt: Vec<u8> = unhex(parts.next().unwrap_or_default());
        let digest = Sha256::digest([&salt[..], password.bytes()].concat());
        let right = parts.next() == Some(&hex(&digest));
        Ok(if right { PasswordVerdict::Right } else { PasswordVerdict::Wrong })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).filter_map(|at| u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()).collect()
}

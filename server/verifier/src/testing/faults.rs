use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{PlainHasher, SeededEntropy};
use crate::{Entropy, HashingLane, Password, PasswordHash, PasswordHasher, PasswordVerdict, Unavailable};

/// What others do at a moment of the test's choosing.
pub type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Randomness that can run out: [`SeededEntropy`], until told to fail.
#[derive(Debug)]
pub struct FlakyEntropy {
    inner: SeededEntropy,
    draws_left: Mutex<Option<usize>>,
    failed: AtomicBool,
}

/// A hasher that can be busy or interrupted: [`PlainHasher`], which also counts what it is asked.
#[derive(Default)]
pub struct FlakyHasher {
    busy: AtomicBool,
    asked: AtomicUsize,
    meanwhile: Mutex<Option<Meanwhile>>,
}

impl FlakyEntropy {
    /// A good source with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { inner: SeededEntropy::new(seed), draws_left: Mutex::default(), failed: AtomicBool::default() }
    }

    /// Fails after `draws` more.
    pub fn runs_out_after(&self, draws: usize) {
        *locked(&self.draws_left) = Some(draws);
        self.failed.store(false, Ordering::SeqCst);
    }

    /// Fails no more; whether it had failed.
    pub fn recovers(&self) -> bool {
        *locked(&self.draws_left) = None;
        self.failed.swap(false, Ordering::SeqCst)
    }
}

impl Entropy for FlakyEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Unavailable> {
        if let Some(left) = &mut *locked(&self.draws_left) {
            let Some(less) = left.checked_sub(1) else {
                self.failed.store(true, Ordering::SeqCst);
                return Err(Unavailable::Entropy { source: "told to fail".into() });
            };
            *left = less;
        }
        self.inner.fill(bytes)
    }
}

impl FlakyHasher {
    /// Has no place free, or again.
    pub fn is_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::SeqCst);
    }

    /// How many hashes it was asked for.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Lets something happen while the next hash is computed.
    pub fn meanwhile(&self, others: impl Future<Output = ()> + Send + 'static) {
        *locked(&self.meanwhile) = Some(Box::pin(others));
    }

    async fn turn(&self) -> Result<(), Unavailable> {
        if self.busy.load(Ordering::SeqCst) {
            return Err(Unavailable::Busy);
        }
        self.asked.fetch_add(1, Ordering::SeqCst);
        let meanwhile = locked(&self.meanwhile).take();
        if let Some(others) = meanwhile {
            others.await;
        }
        Ok(())
    }
}

#[async_trait]
impl PasswordHasher for FlakyHasher {
    async fn hash(&self, password: &Password, salt: [u8; 16], lane: HashingLane) -> Result<PasswordHash, Unavailable> {
        self.turn().await?;
        PlainHasher.hash(password, salt, lane).await
    }

    async fn hash_like(
        &self,
        password: &Password,
        like: &PasswordHash,
        lane: HashingLane,
    ) -> Result<PasswordHash, Unavailable> {
        self.turn().await?;
        PlainHasher.hash_like(password, like, lane).await
    }

    fn is_current(&self, hash: &PasswordHash) -> bool {
        PlainHasher.is_current(hash)
    }

    async fn verify(
        &self,
        password: &Password,
        hash: &PasswordHash,
        lane: HashingLane,
    ) -> Result<PasswordVerdict, Unavailable> {
        self.turn().await?;
        PlainHasher.verify(password, hash, lane).await
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

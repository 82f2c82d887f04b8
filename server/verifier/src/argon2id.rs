use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{Error, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::{HashingLane, Password, PasswordHash, PasswordHasher, PasswordVerdict, Unavailable};

/// Argon2id with m = 19 MiB, t = 2, p = 1 (OWASP Password Storage Cheat Sheet), on the blocking pool.
///
/// At most one hash a core runs at once, and strangers get at most half of the cores: a flood of sign-ins costs
/// strangers their turn, not the people who are already here.
pub struct Argon2id {
    argon2: Argon2<'static>,
    all: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
}

/// How long a try waits for its turn before it is told to come back. A hash takes about 20 ms.
const PATIENCE: Duration = Duration::from_secs(3);
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

impl Argon2id {
    /// A hasher for a machine with `cores` cores.
    ///
    /// # Errors
    /// [`Unavailable::Hashing`] if the library refuses the parameters.
    pub fn new(cores: usize) -> Result<Self, Unavailable> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(failed)?;
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            all: Arc::new(Semaphore::new(cores.max(1))),
            strangers: Arc::new(Semaphore::new((cores / 2).max(1))),
        })
    }

    async fn turn(&self, lane: HashingLane) -> Result<Turn, Unavailable> {
        let waiting = async {
            let stranger = match lane {
                HashingLane::Known => None,
                HashingLane::Stranger => Some(Arc::clone(&self.strangers).acquire_owned().await.map_err(failed)?),
            };
            let core = Arc::clone(&self.all).acquire_owned().await.map_err(failed)?;
            Ok(Turn { _core: core, _stranger: stranger })
        };
        tokio::time::timeout(PATIENCE, waiting).await.map_err(|_| Unavailable::Busy)?
    }
}

/// A place taken until the hash is done, also when the one who asked has gone.
struct Turn {
    _core: OwnedSemaphorePermit,
    _stranger: Option<OwnedSemaphorePermit>,
}

#[async_trait]
impl PasswordHasher for Argon2id {
    async fn hash(&self, password: &Password, salt: [u8; 16], lane: HashingLane) -> Result<PasswordHash, Unavailable> {
        let turn = self.turn(lane).await?;
        let (argon2, bytes) = (self.argon2.clone(), Zeroizing::new(password.bytes().to_vec()));
        let hashing = move || {
            let hash = argon2.hash_password_with_salt(&bytes, &salt).map(|hash: Phc| hash.to_string());
            drop(turn);
            hash
        };
        let phc = tokio::task::spawn_blocking(hashing).await.map_err(failed)?.map_err(failed)?;
        Ok(PasswordHash::from_phc(phc))
    }

    async fn hash_like(
        &self,
        password: &Password,
        like: &PasswordHash,
        lane: HashingLane,
    ) -> Result<PasswordHash, Unavailable> {
        let turn = self.turn(lane).await?;
        let (bytes, like) = (Zeroizing::new(password.bytes().to_vec()), like.clone());
        let hashing = move || {
            let hash = hashed_like(&bytes, &like);
            drop(turn);
            hash
        };
        tokio::task::spawn_blocking(hashing).await.map_err(failed)?
    }

    fn is_current(&self, hash: &PasswordHash) -> bool {
        Phc::new(hash.as_phc()).is_ok_and(|phc| {
            let params = Params::try_from(&phc);
            let current = self.argon2.params();
            phc.algorithm == Algorithm::Argon2id.ident()
                && params.is_ok_and(|params| {
                    (params.m_cost(), params.t_cost(), params.p_cost())
                        == (current.m_cost(), current.t_cost(), current.p_cost())
                })
        })
    }

    async fn verify(
        &self,
        password: &Password,
        hash: &PasswordHash,
        lane: HashingLane,
    ) -> Result<PasswordVerdict, Unavailable> {
        let turn = self.turn(lane).await?;
        let (argon2, bytes) = (self.argon2.clone(), Zeroizing::new(password.bytes().to_vec()));
        let phc = hash.as_phc().to_owned();
        let comparing = move || {
            let verdict = argon2.verify_password(&bytes, phc.as_str());
            drop(turn);
            verdict
        };
        match tokio::task::spawn_blocking(comparing).await.map_err(failed)? {
            Ok(()) => Ok(PasswordVerdict::Right),
            Err(Error::PasswordInvalid) => Ok(PasswordVerdict::Wrong),
            Err(error) => Err(failed(error)),
        }
    }
}

/// The hash of `bytes` with the algorithm, the cost and the salt of `like`.
fn hashed_like(bytes: &[u8], like: &PasswordHash) -> Result<PasswordHash, Unavailable> {
    let phc = Phc::new(like.as_phc()).map_err(failed)?;
    let salt = phc.salt.ok_or_else(|| failed(Error::SaltInvalid))?;
    let algorithm = Algorithm::try_from(phc.algorithm.as_str()).map_err(failed)?;
    let version = phc.version.map_or(Ok(Version::V0x13), Version::try_from).map_err(failed)?;
    let params = Params::try_from(&phc).map_err(failed)?;
    let hash: Phc = Argon2::new(algorithm, version, params).hash_password_with_salt(bytes, &salt).map_err(failed)?;
    Ok(PasswordHash::from_phc(hash.to_string()))
}

fn failed(source: impl std::error::Error + Send + Sync + 'static) -> Unavailable {
    Unavailable::Hashing { source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(text: &str) -> Password {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn only_the_same_password_is_right_and_the_parameters_are_in_the_hash() {
        let hasher = Argon2id::new(2).unwrap();

        let hash = hasher.hash(&typed("correct horse"), [7; 16], HashingLane::Known).await.unwrap();

        assert!(hash.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        for (text, verdict) in [("correct horse", PasswordVerdict::Right), ("correct horse ", PasswordVerdict::Wrong)] {
            assert_eq!(hasher.verify(&typed(text), &hash, HashingLane::Stranger).await.unwrap(), verdict);
        }
    }

    #[tokio::test]
    async fn a_hash_made_like_another_is_the_same_for_the_same_password_only() {
        let (old, new) = (a_hasher_of_last_year(), Argon2id::new(1).unwrap());
        let hash = old.hash(&typed("7KQ29FXDMZ4T01W1"), [7; 16], HashingLane::Known).await.unwrap();

        let same = new.hash_like(&typed("7KQ29FXDMZ4T01W1"), &hash, HashingLane::Stranger).await.unwrap();
        let other = new.hash_like(&typed("7KQ29FXDMZ4T01W2"), &hash, HashingLane::Stranger).await.unwrap();

        assert_eq!(same, hash);
        assert_ne!(other, hash);
        assert!(other.as_phc().starts_with("$argon2id$v=19$m=8192,t=1,p=1$"));
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_is_not_current_and_still_compares() {
        let (old, new) = (a_hasher_of_last_year(), Argon2id::new(1).unwrap());
        let hash = old.hash(&typed("correct horse"), [7; 16], HashingLane::Known).await.unwrap();

        assert!(old.is_current(&hash) && !new.is_current(&hash));
        assert!(!new.is_current(&PasswordHash::from_phc("$argon2id$garbage".into())));
        let verdict = new.verify(&typed("correct horse"), &hash, HashingLane::Known).await.unwrap();
        assert_eq!(verdict, PasswordVerdict::Right);
    }

    fn a_hasher_of_last_year() -> Argon2id {
        let params = Params::new(8192, 1, 1, None).unwrap();
        Argon2id { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), ..Argon2id::new(1).unwrap() }
    }

    #[tokio::test]
    async fn a_damaged_hash_is_our_trouble_and_lets_nobody_in() {
        let hasher = Argon2id::new(1).unwrap();
        let damaged = PasswordHash::from_phc("$argon2id$v=19$garbage".into());

        let answer = hasher.verify(&typed("anything"), &damaged, HashingLane::Known).await;

        assert!(matches!(answer, Err(Unavailable::Hashing { .. })));
    }

    #[tokio::test]
    async fn strangers_who_fill_their_half_leave_a_place_for_who_is_known() {
        let hasher = Argon2id::new(2).unwrap();
        let _taken = hasher.turn(HashingLane::Stranger).await.unwrap();

        let a_moment = Duration::from_millis(20);
        let stranger = tokio::time::timeout(a_moment, hasher.turn(HashingLane::Stranger)).await;
        let known = tokio::time::timeout(a_moment, hasher.turn(HashingLane::Known)).await;

        assert!(stranger.is_err(), "another stranger has to wait");
        assert!(matches!(known, Ok(Ok(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_hash_that_is_garbage_lets_nobody_in_and_panics_nowhere(
            bytes in any::<Vec<u8>>(),
            near in "\\$argon2(id|i|d|x)\\$(v=(16|19|20)\\$)?m=[0-9]{0,3},t=[0-9]?,p=[0-9]?(\\$[A-Za-z0-9+/]{0,30}){0,3}",
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let hasher = Argon2id::new(1).unwrap();
            for text in [String::from_utf8_lossy(&bytes).into_owned(), near] {
                let hash = PasswordHash::from_phc(text);
                let compared = runtime.block_on(hasher.verify(&typed("anything"), &hash, HashingLane::Known));
                prop_assert!(!matches!(compared, Ok(PasswordVerdict::Right)));
                prop_assert!(!hasher.is_current(&hash));
                let _ = runtime.block_on(hasher.hash_like(&typed("anything"), &hash, HashingLane::Known));
            }
        }
    }
}

//! What tests of every crate share: a store in memory, a clock and an entropy that do as they are told, fixtures,
//! and the contract every store must keep.

mod fixtures;
mod memory_store;
mod ports;
#[doc(hidden)]
pub mod store_contract;

pub use fixtures::{a_binding, a_credential, a_keyring, a_signed_in, an_account};
pub use memory_store::MemoryStore;
pub use ports::{ManualClock, PlainHasher, SeededEntropy};

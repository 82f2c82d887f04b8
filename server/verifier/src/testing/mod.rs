//! What tests of every crate share: a store in memory, a clock and an entropy that do as they are told, fixtures, a
//! world in which people sign in, the contract every store must keep, and the use cases on any store.

mod faults;
mod fixtures;
mod flaky_store;
mod memory_store;
mod people;
mod ports;
#[doc(hidden)]
pub mod store_contract;
#[doc(hidden)]
pub mod use_cases;
#[doc(hidden)]
pub mod world;

pub use faults::{FlakyEntropy, FlakyHasher};
pub use fixtures::{a_binding, a_credential, a_keyring, a_signed_in, an_account};
pub use flaky_store::FlakyStore;
pub use memory_store::MemoryStore;
pub use people::{Browser, Human, Phone, a_made_up_token};
pub use ports::{ManualClock, PlainHasher, SeededEntropy};
pub use world::World;

//! The [`Store`](verifier::Store) on SurrealDB: embedded in a directory or in memory, or on a server.
//!
//! Nothing else knows SurrealDB. Each record is one row of its JSON and the few columns by which it is found; what
//! a commit expects is checked and written in one transaction, in which each check also writes the row it read, since
//! the database keeps two writers of a row apart (snapshot isolation) but not a writer and a reader.

mod account;
mod chain;
mod commit;
mod credential;
mod database;
mod database_url;
mod directory;
mod event;
mod lease;
mod link;
mod member;
mod member_lists;
mod message;
mod migration;
mod open_error;
mod row;
mod session;
mod surreal_store;
mod sweep;
mod versioned;

pub use open_error::OpenError;
pub use row::{CorruptRow, Corruption};
pub use surreal_store::SurrealStore;

//! What is particular to a database on the disk.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "what a test takes for granted fails it when it is not so"
)]

mod corruption;
mod directory;
mod refusing;
mod reopening;
mod secrets;

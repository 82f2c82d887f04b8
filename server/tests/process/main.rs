//! The real `stepgate`, started as a process of its own, judged by what it prints, leaves and answers.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, also in what it calls"
)]

mod cli;
mod control;
mod keys;
mod outbox;
mod people;
mod serving;
mod stepgate;

//! The router over a store in memory, and requests that read like prose.

mod asked;
mod house;

pub use asked::{Answer, Asked, Wants};
pub use house::House;

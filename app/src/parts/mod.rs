//! Components that pages and islands share. They render; they do not decide.

mod button;
mod field;
mod icon;
mod notice;
mod problems;
mod steps;

pub(crate) use button::Button;
pub(crate) use field::{CodeField, FieldError, Hint, described_by};
pub(crate) use icon::Icon;
pub(crate) use notice::{Notice, Tone};
pub(crate) use problems::Problems;
pub(crate) use steps::Steps;

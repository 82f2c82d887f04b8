//! The wizard: one view function per step over one [`WizardStep`]. Without JavaScript each step is a form that posts
//! and comes back as a page; with it the island posts the same form and swaps the step in place.

mod countdown;
mod first_steps;
mod island;
mod mobile;
mod pair;
mod save_codes;
mod step;

pub use island::Wizard;
pub use step::{CountryChoice, Qr, WizardMove, WizardProblem, WizardState, WizardStep};

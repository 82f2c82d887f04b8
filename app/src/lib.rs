//! What people see: pages, islands, and the server functions behind their forms.
//!
//! `parts`, `wizard` and `api` are compiled for the server and for the browser; `site` is the server's alone.

// Components own their props, whether they use them up or not.
#![cfg_attr(feature = "ssr", expect(clippy::needless_pass_by_value, reason = "components own their props"))]
// The types of views nest deeply.
#![recursion_limit = "256"]

#[cfg(all(feature = "ssr", feature = "hydrate"))]
compile_error!("`ssr` and `hydrate` are two builds: build the server and `frontend` apart, never with --workspace");

pub mod api;
mod live;
mod parts;
mod post;
mod problem;
mod secret_input;
#[cfg(feature = "ssr")]
pub mod site;
mod wizard;

pub use domain::Words;
pub use live::Live;
pub use problem::{GateProblem, Problem};
pub use secret_input::SecretInput;
pub use wizard::{Wizard, WizardMove, WizardProblem, WizardState, WizardStep};

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret on its way from a form field to the first line of a server function, which makes the real type of it.
///
/// It has to be serialised there and back; what it must not do is print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretInput(String);

impl SecretInput {
    /// What was typed.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretInput {
    fn from(typed: String) -> Self {
        Self(typed)
    }
}

impl fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretInput(…)")
    }
}

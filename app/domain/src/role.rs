use serde::{Deserialize, Serialize};

/// What a user may do in their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Uses the account.
    Member,
    /// Looks after its users and settings too.
    Admin,
}

use std::collections::BTreeSet;

use domain::{AccountId, MfaWindow, Name, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// An organisation. One versioned record: whatever spans people is decided on it by compare-and-set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Its identifier.
    pub id: AccountId,
    /// What it is called.
    pub name: Name,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// How old a session's last second factor may be.
    pub mfa_window: MfaWindow,
    /// Sessions whose second factor is not younger than this are dead, however long the setting becomes later.
    pub dead_before: Option<Timestamp>,
    /// Its active admins. A change of a role or of an admin's standing writes this record too.
    pub admins: BTreeSet<UserId>,
}

/// What the account asks of a session: the part of the record that [`crate::admit`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How old the last second factor may be.
    pub mfa_window: MfaWindow,
    /// Second factors of this moment or earlier count no more.
    pub dead_before: Option<Timestamp>,
}

impl AccountRecord {
    /// What the account asks of a session.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy { mfa_window: self.mfa_window, dead_before: self.dead_before }
    }
}

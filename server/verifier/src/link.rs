use std::time::Duration;

use domain::{AccountId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::TokenHash;

/// A link that may be followed once: only its hash is kept, and only a POST spends it (mail scanners GET).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The hash of the token in the link.
    pub token: TokenHash,
    /// What it lets its owner do.
    pub purpose: LinkPurpose,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What a link lets its owner do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// Create the first account.
    Setup,
    /// Set the first password of an invited user.
    Invitation {
        /// The user's account.
        account: AccountId,
        /// The user.
        user: UserId,
    },
    /// Set a new password; it alone lets its owner enrol for a day, if there is no authenticator yet.
    Reset {
        /// The user's account.
        account: AccountId,
        /// The user.
        user: UserId,
    },
}

impl LinkPurpose {
    /// What the link occupies: a new link of the same slot voids the older one.
    #[must_use]
    pub fn slot(&self) -> String {
        match self {
            Self::Setup => "setup".into(),
            Self::Invitation { user, .. } => invitation_slot(user),
            Self::Reset { user, .. } => reset_slot(user),
        }
    }

    /// How long such a link can be followed.
    #[must_use]
    pub fn life(&self) -> Duration {
        const HOUR: u64 = 3600;
        Duration::from_secs(match self {
            Self::Setup => 24 * HOUR,
            Self::Invitation { .. } => 72 * HOUR,
            Self::Reset { .. } => HOUR,
        })
    }
}

/// What an invitation of this user occupies.
pub(crate) fn invitation_slot(user: &UserId) -> String {
    format!("invitation:{user}")
}

/// What a reset link of this user occupies.
pub(crate) fn reset_slot(user: &UserId) -> String {
    format!("reset:{user}")
}

impl Link {
    /// A link of this purpose, from `now` on.
    #[must_use]
    pub fn new(token: TokenHash, purpose: LinkPurpose, now: Timestamp) -> Self {
        let expires_at = now.plus(purpose.life());
        Self { token, purpose, expires_at }
    }
}

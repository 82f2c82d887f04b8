use domain::{AccountId, EventId, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::{Address, BrowserLabel, Claimant};

/// One entry of the audit log: what happened, to whom, from where. Never a secret or a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityEvent {
    /// Its identifier.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// In which account; none for a try with an unknown address.
    pub account: Option<AccountId>,
    /// Whom it concerns.
    pub user: Option<UserId>,
    /// What.
    pub kind: EventKind,
    /// Where from; none for what the operator did on the server.
    pub address: Option<Address>,
    /// In which browser.
    pub browser: Option<BrowserLabel>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// An account and its first admin were created.
    AccountCreated,
    /// A user was invited.
    Invited,
    /// An invitation was accepted and a password set.
    InvitationAccepted,
    /// The password was right; the sign-in goes on to the second factor or to enrolment.
    PasswordAccepted {
        /// The session it began.
        session: SessionId,
    },
    /// The password, or the address, was wrong.
    PasswordRejected,
    /// A secret was made for an authenticator app.
    EnrollmentBegun {
        /// Whether it voided one that another session had begun.
        took_over: bool,
    },
    /// An authenticator app was bound.
    AuthenticatorBound,
    /// A code was right; the session's second factor is fresh.
    CodeAccepted {
        /// Which session.
        session: SessionId,
    },
    /// A code was judged and refused.
    CodeRejected {
        /// Whether it had been right once.
        spent: bool,
        /// Wrong ones in a row.
        in_a_row: u32,
    },
    /// Wrong second factors locked the sign-in for strangers, or made a known browser a stranger.
    Locked {
        /// Whether it was a known browser.
        known_browser: bool,
    },
    /// A session was ended by its own user.
    SignedOut {
        /// Which.
        session: SessionId,
    },
}

/// An event before it has an identifier.
#[derive(Debug, Clone)]
pub(crate) struct Happening<'a> {
    pub(crate) at: Timestamp,
    pub(crate) account: Option<&'a AccountId>,
    pub(crate) user: Option<&'a UserId>,
    pub(crate) claimant: Option<&'a Claimant>,
    pub(crate) kind: EventKind,
}

impl Happening<'_> {
    pub(crate) fn recorded_as(self, id: EventId) -> SecurityEvent {
        SecurityEvent {
            id,
            at: self.at,
            account: self.account.cloned(),
            user: self.user.cloned(),
            kind: self.kind,
            address: self.claimant.map(|claimant| claimant.address),
            browser: self.claimant.map(|claimant| claimant.browser.clone()),
        }
    }
}

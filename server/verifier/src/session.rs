use std::time::Duration;

use domain::{AccountId, LocalPath, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::{Address, BrowserLabel, TokenHash};

/// One browser signed in, or on its way to be.
///
/// Its token is known to that browser alone; the row is found by the token's hash, and `id` stays while tokens
/// change. What the session may do is never stored: [`crate::admit`] derives it at each request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The same for all tokens this session has had.
    pub id: SessionId,
    /// Whose session it is.
    pub user: UserId,
    /// The user's account.
    pub account: AccountId,
    /// When the password was right; the absolute life counts from here.
    pub password_at: Timestamp,
    /// What was proved.
    pub proof: Proof,
    /// The last request that counts as activity, exact to 15 minutes.
    pub last_seen: Timestamp,
    /// The browser in words.
    pub browser: BrowserLabel,
    /// Where it signed in from.
    pub address: Address,
    /// The known-browser cookie it came with or was given.
    pub known_browser: Option<TokenHash>,
    /// Where to go once the second factor is there.
    pub next: Option<LocalPath>,
    /// When the user is told that somebody knows their password, if nothing but the password was proved until then.
    pub warn_at: Option<Timestamp>,
}

/// What a session has proved so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The password: a pending sign-in, or an enrolment if the user has no authenticator yet.
    Password {
        /// Wrong codes of this pending sign-in.
        wrong_codes: u8,
    },
    /// A way back in: a recovery, until an authenticator is bound anew or kept.
    Recovered {
        /// By what.
        by: RecoveryMeans,
        /// When.
        at: Timestamp,
    },
    /// A second factor.
    SecondFactor {
        /// When it was verified; moved by a verified second factor and by nothing else.
        mfa_at: Timestamp,
        /// When an authenticator's code was last right; step-up asks for that.
        authenticator_at: Option<Timestamp>,
    },
}

/// By what somebody came back in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryMeans {
    /// A recovery code.
    Code,
    /// A code sent to a recovery mobile.
    Text,
}

/// What happens to sessions in a commit, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionChange {
    /// A new session under a new token.
    Open {
        /// The hash of the new token.
        token: TokenHash,
        /// The session.
        session: Session,
    },
    /// The same session under a new token. A conflict if the old token is gone or was already followed by
    /// another: nothing revives a session that ended meanwhile.
    Rotate {
        /// The hash of the present token.
        from: TokenHash,
        /// The hash of the new token.
        to: TokenHash,
        /// The session from now on.
        session: Session,
        /// Until when the old token keeps its old rights (never more), so that a second tab is not signed out.
        grace_until: Timestamp,
    },
    /// The same session, same token, other content. A conflict as for `Rotate`.
    Update {
        /// The hash of the present token.
        token: TokenHash,
        /// The session from now on.
        session: Session,
    },
    /// The end of a session under all its tokens; no conflict if it is already gone.
    End {
        /// Which.
        id: SessionId,
    },
    /// The end of all sessions of a user, except one. One that is opened at the same moment is surely among them only
    /// if both commits write the user's record.
    EndAllOf {
        /// Whose.
        user: UserId,
        /// The one that stays.
        except: Option<SessionId>,
    },
}

impl Session {
    /// A pending sign-in lives ten minutes.
    pub const PENDING_LIFE: Duration = Duration::from_mins(10);
    /// A sign-in that stops at the code for three minutes is told to its user.
    pub const WARN_AFTER: Duration = Duration::from_mins(3);
    /// An enrolment lives sixty minutes from the password, and a recovery from what let its owner back in.
    pub const ENROLLING_LIFE: Duration = Duration::from_hours(1);
    /// A session lives ninety days from the password, whatever happens in it (NIST SP 800-63B-4 §5.2).
    pub const ABSOLUTE_LIFE: Duration = Duration::from_hours(90 * 24);
    /// A session that nobody used for seven days ends.
    pub const IDLE_LIFE: Duration = Duration::from_hours(7 * 24);
    /// `last_seen` is written at most this often.
    pub const SEEN_EVERY: Duration = Duration::from_mins(15);
    /// How long a token keeps its old rights after it was followed by another.
    pub const GRACE: Duration = Duration::from_secs(30);
    /// The most sessions of one user; the one longest unused makes room.
    pub const MOST_PER_USER: usize = 20;
    /// Wrong codes after which a pending sign-in begins again at the password.
    pub const MOST_WRONG_CODES: u8 = 5;

    /// After this moment the row serves nothing and may be deleted.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        match self.proof {
            Proof::Password { .. } => self.password_at.plus(Self::ENROLLING_LIFE),
            Proof::Recovered { at, .. } => at.plus(Self::ENROLLING_LIFE),
            Proof::SecondFactor { .. } => {
                self.password_at.plus(Self::ABSOLUTE_LIFE).min(self.last_seen.plus(Self::IDLE_LIFE + Self::SEEN_EVERY))
            }
        }
    }
}

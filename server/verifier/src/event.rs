use std::collections::BTreeSet;

use domain::{AccountId, Country, EventId, MessageId, MfaWindow, Role, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, EnumIter, EnumString, IntoStaticStr};

use crate::{Address, BrowserLabel, Claimant, RecoveryMeans, TextAim};

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
    /// The admin who did it, to others or to themself; none for what a user does as such, and for the operator.
    pub by: Option<UserId>,
    /// What.
    pub kind: EventKind,
    /// Where from; none for what the operator did on the server.
    pub address: Option<Address>,
    /// In which browser.
    pub browser: Option<BrowserLabel>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[strum_discriminants(
    name(EventName),
    doc = "A kind of event, without what one of it tells. As a text it is the name in records and exports.",
    derive(EnumIter, EnumString, Hash, IntoStaticStr, PartialOrd, Ord),
    strum(serialize_all = "snake_case")
)]
pub enum EventKind {
    /// An account and its first admin were created.
    AccountCreated,
    /// A user was invited.
    Invited,
    /// Somebody was to be invited whose address is taken, be it here or in another account.
    InvitationRefused,
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
    /// Recovery codes were made; older ones are void.
    RecoveryCodesIssued {
        /// Which set of the user.
        set: u32,
    },
    /// The user said that they have saved the recovery codes.
    RecoveryCodesSaved {
        /// Which set.
        set: u32,
    },
    /// A recovery code was right, and is used.
    RecoveryCodeAccepted {
        /// Which session came back in by it.
        session: SessionId,
        /// How many are left.
        left: usize,
    },
    /// A recovery code was judged and refused.
    RecoveryCodeRejected {
        /// Wrong second factors in a row.
        in_a_row: u32,
    },
    /// A text message with a code was queued.
    TextQueued {
        /// What the code is for.
        aim: TextAim,
        /// The last two digits of the number.
        number: String,
    },
    /// A code from a text message was right.
    TextCodeAccepted {
        /// What it was for.
        aim: TextAim,
        /// Which session.
        session: SessionId,
    },
    /// A code from a text message was judged and refused.
    TextCodeRejected {
        /// What it would have been for.
        aim: TextAim,
        /// Wrong second factors in a row; none for a mobile that was to be confirmed, which proves nothing.
        in_a_row: u32,
    },
    /// A recovery mobile was added.
    MobileAdded {
        /// The last two digits of its number.
        number: String,
    },
    /// A recovery mobile was removed.
    MobileRemoved {
        /// The last two digits of its number.
        number: String,
    },
    /// A recovery is over: the session has its second factor.
    Recovered {
        /// By what the user came back in.
        by: RecoveryMeans,
        /// Whether they have bound another authenticator.
        bound_anew: bool,
    },
    /// The authenticator app was replaced by another.
    AuthenticatorReplaced,
    /// The user changed their password.
    PasswordChanged,
    /// A link to reset the password was asked for and mailed.
    ResetRequested,
    /// The password was set by a reset link.
    PasswordReset,
    /// The password lets nobody in any more: strangers who knew it tried too many second factors.
    PasswordVoided,
    /// Somebody entered the right password, and no second factor after it.
    PasswordKnownToOthers {
        /// The sign-in that stopped.
        session: SessionId,
    },
    /// The user changed their name.
    NameChanged,
    /// One session was ended by its user from another browser.
    SessionEnded {
        /// Which.
        session: SessionId,
    },
    /// All sessions were ended, or all but the one that asked for it.
    SessionsEnded,
    /// A browser that was known is so no more.
    BrowserForgotten,
    /// A user's role was changed.
    RoleChanged {
        /// To what.
        role: Role,
    },
    /// A user may not sign in any more.
    Deactivated,
    /// A user may sign in again.
    Reactivated,
    /// A user was removed.
    Removed,
    /// A user who was locked out may recover.
    Unlocked,
    /// A user who was locked out could not be unlocked: nothing would let them back in.
    UnlockRefused,
    /// A user was reminded to set up their authenticator, or their ways back in.
    Reminded,
    /// The account's MFA Time Setting was changed.
    SettingChanged {
        /// What it was.
        from: MfaWindow,
        /// What it is.
        to: MfaWindow,
    },
    /// What the account's texts may do was changed.
    TextsChanged {
        /// Whether any may be sent.
        on: bool,
        /// To numbers of which countries.
        countries: BTreeSet<Country>,
        /// How many a day.
        daily: u32,
    },
    /// A list of the account was taken out of it.
    Exported {
        /// Which.
        list: ExportedList,
    },
    /// A member asked for what only admins may see; told once a minute.
    NotAllowed,
    /// Tries that were refused without being judged, and failures for addresses nobody has, from one address in one
    /// minute: one entry, so that a flood does not fill the disk.
    Refused {
        /// How many.
        count: u32,
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
    /// A message could not be delivered, and is not tried again.
    MessageGivenUp {
        /// Which.
        message: MessageId,
        /// How often it was tried.
        tries: u32,
        /// Whether it was a text.
        #[serde(default)]
        text: bool,
    },
    /// Texts were turned off by themselves, since hardly any code of theirs was entered.
    TextsStopped {
        /// How many were sent.
        sent: u32,
        /// How many of them were answered.
        answered: u32,
    },
    /// A webhook was added: what happens in the account is posted there from now on.
    WebhookAdded {
        /// The host it is on.
        host: String,
    },
    /// A webhook was removed.
    WebhookRemoved {
        /// The host it was on.
        host: String,
    },
    /// A webhook that had stopped was turned on again.
    WebhookResumed {
        /// The host it is on.
        host: String,
    },
    /// A webhook was turned off by itself: it took nothing for days, or said that it is gone.
    WebhookStopped {
        /// The host it is on.
        host: String,
    },
}

/// A list that an admin takes out of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportedList {
    /// Its users.
    Users,
    /// Its audit log.
    AuditLog,
}

/// An event before it has an identifier.
#[derive(Debug, Clone)]
pub(crate) struct Happening<'a> {
    pub(crate) at: Timestamp,
    pub(crate) account: Option<&'a AccountId>,
    pub(crate) user: Option<&'a UserId>,
    pub(crate) by: Option<&'a UserId>,
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
            by: self.by.cloned(),
            kind: self.kind,
            address: self.claimant.map(|claimant| claimant.address),
            browser: self.claimant.map(|claimant| claimant.browser.clone()),
        }
    }
}

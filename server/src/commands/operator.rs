use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::{EmailAddress, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::Mutex;
use verifier::{PasswordWeakness, Store, Token, Unavailable, Verifier};

use super::{
    AccountCreated, ChangeUser, CreateAccount, Examine, Findings, InviteUser, KeysRotated, ListUsers, ListedUsers,
    RotateKeys, SetAccount, UserChanged,
};
use crate::installation::Installation;
use crate::public_url::PublicUrl;

/// Carries out commands, on behalf of whoever operates this machine.
pub struct Operator {
    pub(super) verifier: Arc<Verifier>,
    pub(super) store: Arc<dyn Store>,
    pub(super) public_url: Arc<PublicUrl>,
    pub(super) keys_file: PathBuf,
    pub(super) has_database_alone: bool,
    /// When the keys were rotated last; held by who rotates them.
    pub(super) rotated: Mutex<Option<Timestamp>>,
}

/// A command as it travels over the control socket.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// `account create`
    CreateAccount(CreateAccount),
    /// `account set`
    SetAccount(SetAccount),
    /// `user list`
    ListUsers(ListUsers),
    /// `user invite`
    InviteUser(InviteUser),
    /// `user unlock`, `user remove` and what else changes one
    ChangeUser(ChangeUser),
    /// `keys rotate`
    RotateKeys(RotateKeys),
    /// `doctor`
    Examine(Examine),
}

/// What came of a command.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// There is a new account.
    AccountCreated(AccountCreated),
    /// Something was changed.
    UserChanged(UserChanged),
    /// These are the users.
    Users(ListedUsers),
    /// There is a new key.
    KeysRotated(KeysRotated),
    /// This is how things are.
    Examined(Findings),
    /// Nothing was done.
    Refused(Refused),
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// An address is one user's.
    #[error("somebody signs in with {0} already; every user needs an address of their own")]
    EmailTaken(EmailAddress),
    /// An address is nobody's.
    #[error("nobody signs in with {0}")]
    Unknown(EmailAddress),
    /// The password is no good.
    #[error("the password is {0}; it needs 8 to 256 characters and must not be easy to guess")]
    WeakPassword(PasswordWeakness),
    /// Nobody else could look after the account.
    #[error("{0} is the last admin of the account who is active and protected; make somebody else one first")]
    LastAdmin(EmailAddress),
    /// There is no lock.
    #[error("{0} is not locked out")]
    NotLockedOut(EmailAddress),
    /// Nothing would let them in.
    #[error(
        "{0} cannot be unlocked: there is neither a saved recovery code nor a recovery mobile; remove this user and \
         invite them again"
    )]
    NoWayBack(EmailAddress),
    /// They have a password.
    #[error("{0} has accepted the invitation already")]
    HasAccepted(EmailAddress),
    /// They have no password yet.
    #[error("{0} has not accepted the invitation yet; send that again")]
    NotAccepted(EmailAddress),
    /// They may not sign in.
    #[error("{0} is deactivated; reactivate them first")]
    Deactivated(EmailAddress),
    /// There is nothing to remind them of.
    #[error("{0} has an authenticator and a way back in")]
    NothingMissing(EmailAddress),
    /// A limit.
    #[error("{email} was mailed as often as may be; the next mail may go out {until}")]
    MailedEnough {
        /// Who.
        email: EmailAddress,
        /// When, in words.
        until: String,
    },
    /// The keys file can't be read or written, or does not hold the keys in use. In words, without any key.
    #[error("the keys were not rotated: {0}")]
    KeysFile(String),
    /// The keys were rotated just now, and requests may be under way that began before.
    #[error("the keys were rotated less than a minute ago; wait, and rotate them again")]
    JustRotated,
    /// Other processes work with the same database, and would not know the new key.
    #[error(
        "the database is a server's, whose other users would not know a new key: add it to each keys file by hand and \
         restart them all, then name it as the writing one in each and restart them again"
    )]
    SharedDatabase,
    /// It could not be decided or written.
    #[error("that was not possible just now; the log says why")]
    Unavailable,
    /// The request is none that the server knows.
    #[error("the running server does not know this command; is it another version of stepgate?")]
    NotUnderstood,
}

impl Operator {
    /// Commands on this installation; links in what they print begin with `public_url`.
    #[must_use]
    pub fn new(installation: &Installation, public_url: Arc<PublicUrl>) -> Self {
        let Installation { verifier, store, keys_file, has_database_alone, .. } = installation;
        Self {
            verifier: Arc::clone(verifier),
            store: Arc::clone(store),
            public_url,
            keys_file: keys_file.clone(),
            has_database_alone: *has_database_alone,
            rotated: Mutex::new(None),
        }
    }

    /// Where somebody sets their first password.
    pub(super) fn invitation(&self, token: &Token) -> String {
        self.public_url.link(&format!("/invitation/{}", token.reveal()))
    }

    /// Does it.
    pub async fn carry_out(&self, request: Request) -> Reply {
        let done: Result<Reply, Unavailable> = match request {
            Request::CreateAccount(create) => create.carry_out(self).await,
            Request::SetAccount(set) => set.carry_out(self).await,
            Request::ListUsers(list) => list.carry_out(self).await,
            Request::InviteUser(invite) => invite.carry_out(self).await,
            Request::ChangeUser(change) => change.carry_out(self).await,
            Request::RotateKeys(rotate) => rotate.carry_out(self).await,
            Request::Examine(examine) => examine.carry_out(self).await,
        };
        done.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a command was not carried out");
            Reply::Refused(Refused::Unavailable)
        })
    }
}

impl Request {
    /// How long carrying it out and sending the reply may take. What reads every record takes its time.
    #[must_use]
    pub fn patience(&self) -> Duration {
        match self {
            Self::CreateAccount(_)
            | Self::SetAccount(_)
            | Self::ListUsers(_)
            | Self::InviteUser(_)
            | Self::ChangeUser(_) => Duration::from_secs(30),
            Self::RotateKeys(_) | Self::Examine(_) => Duration::from_hours(1),
        }
    }
}

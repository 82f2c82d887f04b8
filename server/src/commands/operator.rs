use std::sync::Arc;

use domain::EmailAddress;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use verifier::{PasswordWeakness, Store, Unavailable, Verifier};

use super::{AccountCreated, CreateAccount, ListUsers, ListedUsers};
use crate::installation::Installation;
use crate::public_url::PublicUrl;

/// Carries out commands, on behalf of whoever operates this machine.
pub struct Operator {
    pub(super) verifier: Arc<Verifier>,
    pub(super) store: Arc<dyn Store>,
    pub(super) public_url: Arc<PublicUrl>,
}

/// A command as it travels over the control socket.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// `account create`
    CreateAccount(CreateAccount),
    /// `user list`
    ListUsers(ListUsers),
}

/// What came of a command.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// There is a new account.
    AccountCreated(AccountCreated),
    /// These are the users.
    Users(ListedUsers),
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
        let Installation { verifier, store, .. } = installation;
        Self { verifier: Arc::clone(verifier), store: Arc::clone(store), public_url }
    }

    /// Does it.
    pub async fn carry_out(&self, request: Request) -> Reply {
        let done: Result<Reply, Unavailable> = match request {
            Request::CreateAccount(create) => create.carry_out(self).await,
            Request::ListUsers(list) => list.carry_out(self).await,
        };
        done.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a command was not carried out");
            Reply::Refused(Refused::Unavailable)
        })
    }
}

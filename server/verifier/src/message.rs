use domain::{EmailAddress, MessageId, Name, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Address, BrowserLabel, Entropy, Keyring, SealScope, Sealed, Unavailable};

/// A message to a person: whom and what about. Its sentences are made where it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Where it goes.
    pub to: EmailAddress,
    /// Whom it addresses.
    pub name: Name,
    /// The organisation it is about.
    pub account: Name,
    /// When what it tells happened.
    pub at: Timestamp,
    /// What it tells.
    pub about: MessageKind,
}

/// What a message tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// An authenticator app was bound to your sign-in.
    AuthenticatorBound {
        /// From where.
        address: Address,
        /// In which browser.
        browser: BrowserLabel,
    },
    /// Ten wrong codes: your sign-in is locked for browsers you have not used before.
    Locked {
        /// From where.
        address: Address,
        /// In which browser.
        browser: BrowserLabel,
    },
}

/// A message waiting to be sent; sealed, since it may hold what lets somebody in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedMessage {
    /// Its identifier.
    pub id: MessageId,
    /// When it was queued; messages are sent in this order.
    pub at: Timestamp,
    /// The message, sealed for its own identifier.
    pub sealed: Sealed,
}

impl Message {
    /// Seals the message as a row of a commit.
    ///
    /// # Errors
    /// [`Unavailable::Entropy`], [`Unavailable::Sealing`]
    pub fn queue(&self, keyring: &Keyring, entropy: &dyn Entropy) -> Result<QueuedMessage, Unavailable> {
        let id = MessageId::from_random(entropy.bytes()?);
        let plain = serde_json::to_vec(self).map_err(|_| Unavailable::Sealing)?;
        let sealed = keyring.seal(&plain, scope(&id), entropy)?;
        Ok(QueuedMessage { id, at: self.at, sealed })
    }
}

impl QueuedMessage {
    /// The message itself.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`]
    pub fn open(&self, keyring: &Keyring) -> Result<Message, Unavailable> {
        let plain = keyring.open(&self.sealed, scope(&self.id))?;
        serde_json::from_slice(&plain).map_err(|_| Unavailable::Sealing)
    }
}

fn scope(id: &MessageId) -> SealScope<'_> {
    SealScope { owner: id.as_str(), field: "message" }
}

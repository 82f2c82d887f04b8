use std::fmt;

use domain::{EmailAddress, MessageId, Name, PhoneNumber, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Address, BrowserLabel, Claimant, Entropy, Keyring, SealScope, Sealed, TextAim, Token, Unavailable};

/// A message to a person: whom and what about. Its sentences are made where it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Where it goes.
    pub to: Recipient,
    /// Whom it addresses.
    pub name: Name,
    /// The organisation it is about.
    pub account: Name,
    /// When what it tells happened.
    pub at: Timestamp,
    /// What it tells.
    pub about: MessageKind,
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A mailbox.
    Mail(EmailAddress),
    /// A mobile.
    Text(PhoneNumber),
}

/// What a message tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// You are invited; the token of the link.
    Invitation {
        /// The token.
        link: LinkToken,
    },
    /// Here is the link to set a new password.
    PasswordReset {
        /// The token.
        link: LinkToken,
    },
    /// You signed in, and it is too long since your password was set to enrol with it alone: here is a link to set it
    /// anew.
    EnrollmentReopened {
        /// The token.
        link: LinkToken,
    },
    /// Please set up your authenticator, or your ways back in.
    Reminder {
        /// Whether the authenticator is there and only the ways back in are missing.
        protected: bool,
    },
    /// Here is the code to enter.
    TextCode {
        /// Six digits.
        code: TextCode,
        /// What it is for.
        aim: TextAim,
    },
    /// Something about your sign-in happened; if it was not you, act.
    Notice {
        /// What.
        what: NoticeKind,
        /// From where.
        address: Option<Address>,
        /// In which browser.
        browser: Option<BrowserLabel>,
    },
}

/// What a notice tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// An authenticator app was bound to your sign-in.
    AuthenticatorBound,
    /// Your authenticator app was replaced by another.
    AuthenticatorReplaced,
    /// New recovery codes were made, the old ones are void.
    RecoveryCodesReplaced,
    /// A recovery code was used.
    RecoveryCodeUsed {
        /// How many are left.
        left: usize,
    },
    /// Somebody came back in by a code sent to your mobile.
    RecoveredByText,
    /// A recovery mobile was added.
    MobileAdded {
        /// Its last two digits.
        number: String,
    },
    /// A recovery mobile was removed.
    MobileRemoved {
        /// Its last two digits.
        number: String,
    },
    /// Your password was changed.
    PasswordChanged,
    /// Your password lets nobody in any more, since strangers know it.
    PasswordVoided,
    /// Ten wrong codes: your sign-in is locked for browsers you have not used before.
    Locked,
    /// You were unlocked, and can come back in by a recovery code or a recovery mobile.
    Unlocked,
    /// Somebody entered your password and no code.
    PasswordKnownToOthers,
}

/// A link's token on its way to its owner. No `Debug` that shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkToken(String);

/// A code on its way to its owner. No `Debug` that shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TextCode(String);

impl LinkToken {
    /// The token as it stands in the link.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&Token> for LinkToken {
    fn from(token: &Token) -> Self {
        Self(token.reveal())
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

impl TextCode {
    pub(crate) fn new(code: &str) -> Self {
        Self(code.into())
    }

    /// The six digits.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TextCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TextCode(…)")
    }
}

impl MessageKind {
    /// A notice of what `claimant` did; of the operator if there is none.
    pub(crate) fn notice(what: NoticeKind, claimant: Option<&Claimant>) -> Self {
        let address = claimant.map(|claimant| claimant.address);
        Self::Notice { what, address, browser: claimant.map(|claimant| claimant.browser.clone()) }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    #[test]
    fn nothing_printed_shows_what_lets_somebody_in() {
        let token = Token::issue(&SeededEntropy::new(1)).unwrap();
        let messages = [
            MessageKind::Invitation { link: LinkToken::from(&token) },
            MessageKind::TextCode { code: TextCode::new("287082"), aim: TextAim::Recover },
        ];

        let printed = format!("{messages:?}");

        assert!(!printed.contains(&token.reveal()) && !printed.contains("287082"), "{printed}");
    }
}

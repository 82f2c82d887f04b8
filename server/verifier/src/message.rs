use std::fmt;
use std::time::Duration;

use domain::{AccountId, EmailAddress, Language, MessageId, Name, PhoneNumber, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::{
    Address, BrowserLabel, Claimant, Entropy, Keyring, SealScope, Sealed, TextAim, TextChallenge, Token, Tries,
    Unavailable,
};

/// A message to a person: whom and what about. Its sentences are made where it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Where it goes.
    pub to: Recipient,
    /// Whom it addresses.
    pub name: Name,
    /// The organisation it is about.
    pub account: Name,
    /// The language it is written in.
    #[serde(default)]
    pub language: Language,
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
        /// From where it was asked for.
        #[serde(default)]
        address: Option<Address>,
        /// In which browser.
        #[serde(default)]
        browser: Option<BrowserLabel>,
    },
    /// You signed in, and it is too long since your password was set to enrol with it alone: here is a link to set it
    /// anew.
    EnrollmentReopened {
        /// The token.
        link: LinkToken,
        /// From where.
        #[serde(default)]
        address: Option<Address>,
        /// In which browser.
        #[serde(default)]
        browser: Option<BrowserLabel>,
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
    /// Somebody signed in in a browser that was not known, with the password and a code.
    NewBrowser,
    /// To an admin: texts were turned off by themselves, since hardly any code of theirs was entered.
    TextsStopped {
        /// How many were sent.
        sent: u32,
        /// How many of them were answered.
        answered: u32,
    },
    /// To an admin: a webhook was turned off by itself.
    WebhookStopped {
        /// The host it is on.
        host: String,
    },
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
    /// How long it is worth sending: as long as its code or link can be used, else three days, in which a mail server
    /// that broke on a Friday evening is back.
    #[must_use]
    pub fn worth(&self) -> Duration {
        const LONGEST: Duration = Duration::from_hours(72);
        const RESET_LINK: Duration = Duration::from_hours(1);
        match self {
            Self::TextCode { .. } => TextChallenge::LIFE,
            Self::PasswordReset { .. } | Self::EnrollmentReopened { .. } => RESET_LINK,
            Self::Invitation { .. } | Self::Reminder { .. } | Self::Notice { .. } => LONGEST,
        }
    }

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
    /// When it was queued; messages to one recipient are sent in this order.
    pub at: Timestamp,
    /// Until when it is worth sending.
    pub until: Timestamp,
    /// Whom it goes to.
    pub recipient: RecipientKey,
    /// Who sends it.
    #[serde(default)]
    pub lane: Lane,
    /// In which account's log it stands if it is not delivered.
    pub account: Option<AccountId>,
    /// Whom that concerns.
    pub user: Option<UserId>,
    /// The message, sealed for its own identifier.
    pub sealed: Sealed,
    /// What became of it so far; no part of its JSON, since it changes while the rest does not.
    #[serde(skip)]
    pub tries: Tries,
}

/// Messages that are sent beside those of the other lanes, so that none waits for a gateway that is slow with others, nor
/// a link that somebody waits for behind thousands of reminders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Texts.
    Text,
    /// Mails that somebody waits for, or should read soon.
    #[default]
    Mail,
    /// Mails that an admin sends to many.
    Bulk,
    /// Events that are posted to webhooks.
    Webhook,
}

impl Lane {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Text, Self::Mail, Self::Bulk, Self::Webhook];

    /// Its name where it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Mail => "mail",
            Self::Bulk => "bulk",
            Self::Webhook => "webhook",
        }
    }

    fn of(message: &Message) -> Self {
        match (&message.to, &message.about) {
            (Recipient::Text(_), _) => Self::Text,
            (Recipient::Mail(_), MessageKind::Invitation { .. } | MessageKind::Reminder { .. }) => Self::Bulk,
            (Recipient::Mail(_), _) => Self::Mail,
        }
    }
}

/// A keyed fingerprint of where messages go: says which go to the same place, and nothing to who reads the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecipientKey(pub String);

impl Recipient {
    fn key(&self, keyring: &Keyring) -> Result<RecipientKey, Unavailable> {
        let (of, address) = match self {
            Self::Mail(address) => ("mailbox", address.as_str()),
            Self::Text(number) => ("mobile", number.as_str()),
        };
        keyring.fingerprint(of, address).map(RecipientKey)
    }
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
        let (at, until, recipient) = (self.at, self.at.plus(self.about.worth()), self.to.key(keyring)?);
        let (lane, tries) = (Lane::of(self), Tries::default());
        Ok(QueuedMessage { id, at, until, recipient, lane, account: None, user: None, sealed, tries })
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

pub(crate) fn scope(id: &MessageId) -> SealScope<'_> {
    SealScope { owner: id.as_str(), field: "message" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LinkPurpose;
    use crate::testing::{SeededEntropy, a_credential, a_keyring};

    fn to(to: Recipient) -> QueuedMessage {
        let about = MessageKind::notice(NoticeKind::Locked, None);
        let name: Name = "Ada".parse().unwrap();
        let message = Message {
            to,
            name: name.clone(),
            account: name,
            language: Language::English,
            at: Timestamp::from_seconds(1),
            about,
        };
        message.queue(&a_keyring(), &SeededEntropy::new(1)).unwrap()
    }

    #[test]
    fn a_message_is_worth_sending_as_long_as_what_is_in_it() {
        let token = || LinkToken("token".into());
        let (account, user) = (a_credential().account, a_credential().user);
        let invitation = LinkPurpose::Invitation { account: account.clone(), user: user.clone() };

        assert_eq!(MessageKind::Invitation { link: token() }.worth(), invitation.life());
        let reset = MessageKind::PasswordReset { link: token(), address: None, browser: None };
        assert_eq!(reset.worth(), LinkPurpose::Reset { account, user }.life());
        let code = MessageKind::TextCode { code: TextCode::new("123456"), aim: TextAim::Recover };
        assert_eq!(code.worth(), TextChallenge::LIFE);
    }

    #[test]
    fn messages_to_one_place_have_one_key_which_does_not_show_it() {
        let [ada, eve] = ["ada@example.com", "eve@example.com"].map(|to| Recipient::Mail(to.parse().unwrap()));
        let mobile = Recipient::Text("+4917012345678".parse().unwrap());

        assert_eq!(to(ada.clone()).recipient, to(ada.clone()).recipient);
        assert_ne!(to(ada.clone()).recipient, to(eve).recipient);
        assert_ne!(to(ada.clone()).recipient, to(mobile).recipient);
        assert!(!to(ada).recipient.0.contains("ada"));
    }

    #[test]
    fn what_an_admin_sends_to_many_holds_up_nobody_else() {
        let mailbox = || Recipient::Mail("ada@example.com".parse().unwrap());
        let lane = |to: Recipient, about: MessageKind| {
            let name: Name = "Ada".parse().unwrap();
            Lane::of(&Message {
                to,
                name: name.clone(),
                account: name,
                language: Language::English,
                at: Timestamp::from_seconds(1),
                about,
            })
        };
        let token = || LinkToken("token".into());

        assert_eq!(lane(mailbox(), MessageKind::Reminder { protected: true }), Lane::Bulk);
        assert_eq!(lane(mailbox(), MessageKind::Invitation { link: token() }), Lane::Bulk);
        let reset = MessageKind::PasswordReset { link: token(), address: None, browser: None };
        assert_eq!(lane(mailbox(), reset), Lane::Mail);
        assert_eq!(lane(mailbox(), MessageKind::notice(NoticeKind::Locked, None)), Lane::Mail);
        let mobile = Recipient::Text("+4917012345678".parse().unwrap());
        assert_eq!(lane(mobile, MessageKind::notice(NoticeKind::Locked, None)), Lane::Text);
    }

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

use std::error::Error;

use async_trait::async_trait;
use domain::{Country, EmailAddress, MessageId, Name, PhoneNumber, Timestamp};
use thiserror::Error;
use verifier::{DueCall, WebhookAnswer};

use crate::TextPrice;

/// A mail to one mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The same however often it is tried, and no other mail's.
    pub id: MessageId,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When what it tells happened.
    pub at: Timestamp,
    /// Where it goes.
    pub to: EmailAddress,
    /// Whom it addresses.
    pub name: Name,
    /// The organisation it is about.
    pub account: Name,
    /// One line.
    pub subject: String,
    /// What it says, as lines of text.
    pub body: String,
    /// The same as a page of HTML.
    pub html: String,
}

/// A text message to one mobile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The same however often it is tried, and no other text's.
    pub id: MessageId,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When what it tells happened.
    pub at: Timestamp,
    /// Where it goes.
    pub to: PhoneNumber,
    /// What it says.
    pub body: String,
}

/// Port: takes mails.
#[async_trait]
pub trait MailGateway: Send + Sync {
    /// Hands it over. Whoever waits for too long lets go of it, which may be in the middle.
    ///
    /// # Errors
    /// [`NotDelivered`]
    async fn send(&self, mail: &Mail) -> Result<(), NotDelivered>;
}

/// Port: takes text messages.
#[async_trait]
pub trait TextGateway: Send + Sync {
    /// Hands it over. Whoever waits for too long lets go of it, which may be in the middle.
    ///
    /// # Errors
    /// [`NotDelivered`]
    async fn send(&self, text: &Text) -> Result<(), NotDelivered>;

    /// What a text to a mobile of this country costs at most, if it tells; asks whoever knows.
    async fn price(&self, _: Country) -> Option<TextPrice> {
        None
    }
}

/// Port: posts events to webhooks.
#[async_trait]
pub trait WebhookGateway: Send + Sync {
    /// Posts it, signed for this moment. Whoever waits for too long lets go of it.
    async fn post(&self, call: &DueCall, at: Timestamp) -> WebhookAnswer;
}

/// How a gateway did not take a message. No cause may hold what lets somebody in, or where the message goes.
#[derive(Debug, Error)]
pub enum NotDelivered {
    /// It certainly was not sent, and may be the next time: the gateway is away or busy.
    #[error("the gateway did not take it")]
    ForNow(#[source] Box<dyn Error + Send + Sync>),
    /// It never will be: there is no such mailbox or number, or the gateway refuses us.
    #[error("the gateway refused it")]
    ForGood(#[source] Box<dyn Error + Send + Sync>),
    /// The gateway may have sent it: it took all of it, and gave no answer that says.
    #[error("the gateway did not say whether it took it")]
    Perhaps(#[source] Box<dyn Error + Send + Sync>),
}

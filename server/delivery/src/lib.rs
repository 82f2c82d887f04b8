//! Takes messages to people: writes their sentences, and hands them to a gateway, one [`Gateway`](MailGateway) for mails
//! and one for texts. What is to be said, to whom and how often it is tried is the verifier's; here is how.

pub mod durable;
mod gateway;
mod gsm7;
mod home;
mod mail_html;
mod mail_text;
mod mail_url;
mod outbox;
mod smtp;
mod text_body;
mod worker;

pub use gateway::{Mail, MailGateway, NotDelivered, Text, TextGateway};
pub use home::Home;
pub use mail_url::{Encryption, MailUrl, MailUrlError, SmtpUrl};
pub use outbox::Outbox;
pub use smtp::{Smtp, SmtpSetupError};
pub use worker::{Delivery, Gateways};

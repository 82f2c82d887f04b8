//! Takes messages to people: writes their sentences, and hands them to a gateway, one [`Gateway`](MailGateway) for mails
//! and one for texts; and posts events to webhooks. What is to be said, to whom and how often it is tried is the
//! verifier's; here is how.

pub mod durable;
mod gateway;
mod gsm7;
mod home;
mod http_client;
mod http_gateway;
mod mail_html;
mod mail_text;
mod mail_url;
mod outbox;
mod posting;
mod prices;
#[cfg(test)]
mod scripted_server;
mod sms_url;
mod smtp;
mod template;
mod text_body;
mod twilio;
mod webhook;
mod words;
mod worker;

pub use gateway::{Mail, MailGateway, NotDelivered, Text, TextGateway, WebhookGateway};
pub use home::Home;
pub use http_gateway::HttpGatewayError;
pub use mail_url::{Encryption, MailUrl, MailUrlError, SmtpUrl};
pub use outbox::Outbox;
pub use prices::{Prices, TextPrice, TextPriceError};
pub use sms_url::{SmsUrl, SmsUrlError};
pub use smtp::{Smtp, SmtpSetupError};
pub use template::TemplateError;
pub use twilio::{TwilioUrl, TwilioUrlError};
pub use webhook::WebhookPoster;
pub use worker::{Delivery, Gateways};

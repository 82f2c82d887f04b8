//! The words both sides speak and the rules by which text becomes one of them.
//!
//! Runs in the browser and on the server alike, so that a field is judged by the same line on both.

#[cfg(test)]
mod any_text;
mod country;
mod email_address;
mod identifier;
mod language;
mod local_path;
mod mfa_window;
mod name;
mod one_time_code;
mod phone_number;
mod recovery_code;
mod role;
mod timestamp;
mod words;

pub use country::{Country, CountryError};
pub use email_address::{EmailAddress, EmailAddressError};
pub use identifier::{
    AccountId, ChallengeId, EventId, IdentifierError, MessageId, MobileId, SessionId, UserId, WebhookId,
};
pub use language::{Language, LanguageError};
pub use local_path::{LocalPath, LocalPathError};
pub use mfa_window::{MfaWindow, MfaWindowError};
pub use name::{Name, NameError};
pub use one_time_code::{OneTimeCode, OneTimeCodeError};
pub use phone_number::{PhoneNumber, PhoneNumberError};
pub use recovery_code::{RecoveryCode, RecoveryCodeError};
pub use role::Role;
pub use timestamp::Timestamp;
pub use words::Words;

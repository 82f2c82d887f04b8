//! What messages say: plain text, short, and always the same four things: what happened, when and where, and what to
//! do if it wasn't you. No link: people who expect none can't be lured by one.

use domain::Name;
use verifier::{Address, BrowserLabel, Message, MessageKind};

use crate::utc;

/// A message in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// Lines of text.
    pub body: String,
}

/// Writes the mail for a message.
#[must_use]
pub fn mail(message: &Message) -> Mail {
    let Message { name, account, about, .. } = message;
    let (subject, what, advice) = match about {
        MessageKind::AuthenticatorBound { .. } => {
            ("Your sign-in has a new authenticator app", bound(account), intruder(account))
        }
        MessageKind::Locked { .. } => ("Your sign-in is locked in new browsers", locked(account), locked_out(account)),
    };
    let (address, browser) = origin(about);
    let when = utc::in_words(message.at);
    let body = format!(
        "Hello {name},\n\n{what}\n\nWhen:    {when}\nBrowser: {browser}\nAddress: {address}\n\n{advice}\n\n\
         Stepgate, for {account}\n"
    );
    Mail { subject: subject.into(), body }
}

fn origin(about: &MessageKind) -> (&Address, &BrowserLabel) {
    match about {
        MessageKind::AuthenticatorBound { address, browser } | MessageKind::Locked { address, browser } => {
            (address, browser)
        }
    }
}

fn bound(account: &Name) -> String {
    format!(
        "An authenticator app was set up for your sign-in at {account}. From now on you sign in with a code from it."
    )
}

fn intruder(account: &Name) -> String {
    format!(
        "If it was you, there is nothing to do.\n\n\
         If it wasn't you, somebody knows your password and has set up their own app. Tell an admin of {account} at \
         once, in person or by phone."
    )
}

fn locked(account: &Name) -> String {
    format!(
        "Ten wrong codes in a row were entered for your sign-in at {account}, by somebody who has your password. Your \
         sign-in is now locked in browsers you have not used before. Browsers you know go on working."
    )
}

fn locked_out(account: &Name) -> String {
    format!(
        "If it was you, ask an admin of {account} for help. Check that your phone sets its clock by itself: with a \
         wrong clock the codes are wrong.\n\n\
         If it wasn't you, somebody knows your password. Tell an admin of {account} at once, in person or by phone."
    )
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn message(about: fn(Address, BrowserLabel) -> MessageKind) -> Message {
        let browser = BrowserLabel::from_user_agent("Firefox/140.0 Windows");
        Message {
            to: "ada@example.com".parse().unwrap(),
            name: "Ada Lovelace".parse().unwrap(),
            account: "Analytical Engines".parse().unwrap(),
            at: Timestamp::from_seconds(1_763_961_153),
            about: about(Address::new("192.0.2.7".parse().unwrap()), browser),
        }
    }

    #[test]
    fn a_new_authenticator_is_told_in_full() {
        let mail = mail(&message(|address, browser| MessageKind::AuthenticatorBound { address, browser }));

        assert_eq!(mail.subject, "Your sign-in has a new authenticator app");
        assert_eq!(
            mail.body,
            "\
Hello Ada Lovelace,

An authenticator app was set up for your sign-in at Analytical Engines. From now on you sign in with a code from it.

When:    24 November 2025, 05:12 UTC
Browser: Firefox on Windows
Address: 192.0.2.7

If it was you, there is nothing to do.

If it wasn't you, somebody knows your password and has set up their own app. Tell an admin of Analytical Engines at \
once, in person or by phone.

Stepgate, for Analytical Engines
"
        );
    }

    #[test]
    fn a_lock_is_told_with_both_ways_on() {
        let mail = mail(&message(|address, browser| MessageKind::Locked { address, browser }));

        assert!(mail.body.contains("Browsers you know go on working."));
        assert!(mail.body.contains("If it was you,") && mail.body.contains("If it wasn't you,"));
    }
}

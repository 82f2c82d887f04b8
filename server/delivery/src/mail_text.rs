//! What messages say: plain text, short, and always the same things: what happened, when and where, and what to do if
//! it wasn't you. A link stands only where its reader has just asked for one, or was invited: people who expect none
//! can't be lured by one.

use domain::Name;
use verifier::{Message, MessageKind, NoticeKind, utc};

use crate::Home;

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub subject: String,
    /// Lines of text.
    pub body: String,
}

/// Writes the mail for a message; links lead to `home`.
#[must_use]
pub fn mail(message: &Message, home: &Home) -> Words {
    let Message { name, account, about, .. } = message;
    let (subject, text) = match about {
        MessageKind::Invitation { link } => (
            format!("{account} invites you to sign in"),
            format!(
                "{account} has an account for you. Choose a password within 72 hours:\n\n{}\n\nThe link works once.",
                home.link(&format!("/invitation/{}", link.reveal()))
            ),
        ),
        MessageKind::PasswordReset { link } => (
            "Your link to set a new password".into(),
            format!(
                "A new password was asked for, for your sign-in at {account}. Set it within an hour:\n\n{}\n\n\
                 The link works once. If it wasn't you, there is nothing to do: your password stays as it is.",
                home.link(&format!("/password/reset/{}", link.reveal()))
            ),
        ),
        MessageKind::EnrollmentReopened { link } => (
            "Your link to set up your sign-in".into(),
            format!(
                "Somebody signed in with your password at {account}. It is older than a day, and no authenticator app \
                 is set up yet. If it was you, choose a new password within an hour and go on:\n\n{}\n\n\
                 The link works once. {}",
                home.link(&format!("/password/reset/{}", link.reveal())),
                intruder(account),
            ),
        ),
        MessageKind::Reminder { protected: false } => (
            format!("{account} asks you to protect your sign-in"),
            "Please sign in and set up an authenticator app. It takes about three minutes.".into(),
        ),
        MessageKind::Reminder { protected: true } => (
            format!("{account} asks you to save a way back in"),
            "You have no way back in if you lose your phone. Please sign in and save recovery codes.".into(),
        ),
        MessageKind::TextCode { .. } => ("Your code".into(), short(message)),
        MessageKind::Notice { what, address, browser } => {
            let (subject, what, advice) = notice(what, account);
            let from = match (address, browser) {
                (Some(address), Some(browser)) => format!("Browser: {browser}\nAddress: {address}"),
                _ => "By:      the operator of Stepgate".into(),
            };
            (subject.into(), format!("{what}\n\nWhen:    {}\n{from}\n\n{advice}", utc::in_words(message.at)))
        }
    };
    Words { subject, body: format!("Hello {name},\n\n{text}\n\nStepgate, for {account}\n") }
}

/// Writes the text message for a message.
#[must_use]
pub fn short(message: &Message) -> String {
    match &message.about {
        MessageKind::TextCode { code, .. } => {
            format!("{} is your code for {}. Tell it to nobody.", code.reveal(), message.account)
        }
        MessageKind::Notice { what, .. } => notice(what, &message.account).1,
        _ => format!("There is news about your sign-in at {}: look into your mail.", message.account),
    }
}

/// The subject, what happened, and what to do.
fn notice(what: &NoticeKind, account: &Name) -> (&'static str, String, String) {
    let at = format!("for your sign-in at {account}");
    match what {
        NoticeKind::AuthenticatorBound => (
            "Your sign-in has a new authenticator app",
            format!("An authenticator app was set up {at}. From now on you sign in with a code from it."),
            format!(
                "If it was you, there is nothing to do.\n\n\
                 If it wasn't you, somebody knows your password and has set up their own app. Tell an admin of \
                 {account} at once, in person or by phone."
            ),
        ),
        NoticeKind::AuthenticatorReplaced => (
            "Your authenticator app was replaced",
            format!("The authenticator app {at} was replaced by another. The old one gives no valid codes any more."),
            intruder(account),
        ),
        NoticeKind::RecoveryCodesReplaced => (
            "Your recovery codes were replaced",
            format!("New recovery codes were made {at}. The old ones stop working."),
            intruder(account),
        ),
        NoticeKind::RecoveryCodeUsed { left } => (
            "One of your recovery codes was used",
            format!("A recovery code was used {at}. {left} of the old ones are left."),
            intruder(account),
        ),
        NoticeKind::RecoveredByText => (
            "Somebody came back in by your recovery mobile",
            format!("A code sent to a recovery mobile was used {at}."),
            intruder(account),
        ),
        NoticeKind::MobileAdded { number } => (
            "A recovery mobile was added",
            format!("A recovery mobile that ends in {number} was added {at}."),
            intruder(account),
        ),
        NoticeKind::MobileRemoved { number } => (
            "A recovery mobile was removed",
            format!("The recovery mobile that ends in {number} was removed {at}."),
            intruder(account),
        ),
        NoticeKind::PasswordChanged => (
            "Your password was changed",
            format!("A new password was set {at}. Everything that was signed in with the old one has ended."),
            intruder(account),
        ),
        NoticeKind::PasswordVoided => (
            "Your password no longer works",
            format!(
                "Somebody who knows your password {at} has tried too many codes. It lets nobody in any more. Choose \
                 another one: “Forgotten your password?” on the sign-in page."
            ),
            intruder(account),
        ),
        NoticeKind::Locked => (
            "Your sign-in is locked in new browsers",
            format!(
                "Ten wrong codes in a row were entered {at}, by somebody who has your password. Your sign-in is now \
                 locked in browsers you have not used before. Browsers you know go on working."
            ),
            format!(
                "If it was you, ask an admin of {account} for help. Check that your phone sets its clock by itself: \
                 with a wrong clock the codes are wrong.\n\n\
                 If it wasn't you, somebody knows your password. Tell an admin of {account} at once, in person or by \
                 phone."
            ),
        ),
        NoticeKind::Unlocked => (
            "You can come back in",
            format!("You were unlocked at {account}. Sign in with your password and a recovery code."),
            intruder(account),
        ),
        NoticeKind::PasswordKnownToOthers => (
            "Somebody knows your password",
            format!("Somebody entered the right password {at}, and no code after it. They are not in."),
            format!(
                "If it was you, there is nothing to do.\n\n\
                 If it wasn't you, choose another password: “Forgotten your password?” on the sign-in page. Tell an \
                 admin of {account}."
            ),
        ),
    }
}

fn intruder(account: &Name) -> String {
    format!(
        "If it was you, there is nothing to do. If it wasn't you, tell an admin of {account} at once, in person or by \
         phone."
    )
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use verifier::testing::SeededEntropy;
    use verifier::{Address, BrowserLabel, LinkToken, Recipient, Token};

    use super::*;

    fn home() -> Home {
        Home { origin: "https://gate.example.com".into(), host: "gate.example.com".into() }
    }

    fn message(about: MessageKind) -> Message {
        Message {
            to: Recipient::Mail("ada@example.com".parse().unwrap()),
            name: "Ada Lovelace".parse().unwrap(),
            account: "Analytical Engines".parse().unwrap(),
            at: Timestamp::from_seconds(1_763_961_153),
            about,
        }
    }

    fn told(what: NoticeKind) -> Words {
        let browser = Some(BrowserLabel::from_user_agent("Firefox/140.0 Windows"));
        let address = Some(Address::new("192.0.2.7".parse().unwrap()));
        mail(&message(MessageKind::Notice { what, address, browser }), &home())
    }

    #[test]
    fn a_new_authenticator_is_told_in_full() {
        let mail = told(NoticeKind::AuthenticatorBound);

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
        let mail = told(NoticeKind::Locked);

        assert!(mail.body.contains("Browsers you know go on working."));
        assert!(mail.body.contains("If it was you,") && mail.body.contains("If it wasn't you,"));
    }

    #[test]
    fn links_lead_to_the_public_address_and_notices_have_none() {
        let token = Token::issue(&SeededEntropy::new(1)).unwrap();
        let link = LinkToken::from(&token);

        let reset = mail(&message(MessageKind::PasswordReset { link: link.clone() }), &home());
        let invited = mail(&message(MessageKind::Invitation { link }), &home());

        let address = |page: &str| format!("\nhttps://gate.example.com/{page}/{}\n", token.reveal());
        assert!(reset.body.contains(&address("password/reset")), "{}", reset.body);
        assert!(invited.body.contains(&address("invitation")), "{}", invited.body);
        assert!(!told(NoticeKind::PasswordKnownToOthers).body.contains("://"));
    }
}

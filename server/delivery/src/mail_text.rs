//! What messages say: plain text, short, and always the same things: what happened, when and where, and what to do if
//! it wasn't you. A link stands only where its reader has just asked for one, or was invited: people who expect none
//! can't be lured by one.

use domain::Name;
use verifier::{LinkToken, Message, MessageKind, NoticeKind, utc};

use crate::{Home, text_body};

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub subject: String,
    /// What it says, from top to bottom.
    pub blocks: Vec<Block>,
}

/// A part of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// A link, and what the button says that follows it.
    Link {
        /// The button's words.
        label: &'static str,
        /// Where it leads.
        address: String,
    },
    /// What is known: when, where, by what.
    Facts(Vec<(&'static str, String)>),
    /// Whom it comes from.
    Footer(String),
}

/// Writes the mail for a message; links lead to `home`.
#[must_use]
pub fn mail(message: &Message, home: &Home) -> Words {
    let Message { name, account, about, .. } = message;
    let link = |label, page: &str, token: &LinkToken| {
        let address = home.link(&format!("/{page}/{}", token.reveal()));
        Block::Link { label, address }
    };
    let (subject, told) = match about {
        MessageKind::Invitation { link: token } => (
            format!("{account} invites you to sign in"),
            vec![
                text(format!("{account} has an account for you. Choose a password within 72 hours:")),
                link("Choose a password", "invitation", token),
                text("The link works once."),
            ],
        ),
        MessageKind::PasswordReset { link: token } => (
            "Your link to set a new password".into(),
            vec![
                text(format!("A new password was asked for, for your sign-in at {account}. Set it within an hour:")),
                link("Set a new password", "password/reset", token),
                text("The link works once. If it wasn't you, there is nothing to do: your password stays as it is."),
            ],
        ),
        MessageKind::EnrollmentReopened { link: token } => (
            "Your link to set up your sign-in".into(),
            vec![
                text(format!(
                    "Somebody signed in with your password at {account}. It is older than a day, and no authenticator \
                     app is set up yet. If it was you, choose a new password within an hour and go on:"
                )),
                link("Choose a new password", "password/reset", token),
                text(format!("The link works once. {}", intruder(account))),
            ],
        ),
        MessageKind::Reminder { protected: false } => (
            format!("{account} asks you to protect your sign-in"),
            vec![text("Please sign in and set up an authenticator app. It takes about three minutes.")],
        ),
        MessageKind::Reminder { protected: true } => (
            format!("{account} asks you to save a way back in"),
            vec![text("You have no way back in if you lose your phone. Please sign in and save recovery codes.")],
        ),
        MessageKind::TextCode { .. } => ("Your code".into(), vec![text(text_body::text(message, home))]),
        MessageKind::Notice { what, address, browser } => {
            let (subject, what, advice) = notice(what, account);
            let mut facts = vec![("When", utc::in_words(message.at))];
            match (address, browser) {
                (Some(address), Some(browser)) => {
                    facts.extend([("Browser", browser.to_string()), ("Address", address.to_string())]);
                }
                _ => facts.push(("By", "the operator of Stepgate".into())),
            }
            let advice = advice.split("\n\n").map(text);
            let told = [text(what), Block::Facts(facts)].into_iter().chain(advice).collect();
            (subject.into(), told)
        }
    };
    let greeting = text(format!("Hello {name},"));
    let footer = Block::Footer(format!("Stepgate, for {account}"));
    let blocks = [greeting].into_iter().chain(told).chain([footer]).collect();
    Words { subject, blocks }
}

fn text(paragraph: impl Into<String>) -> Block {
    Block::Text(paragraph.into())
}

impl Words {
    /// The mail for who reads plain text.
    #[must_use]
    pub fn plain(&self) -> String {
        let plain = |block: &Block| match block {
            Block::Text(text) | Block::Footer(text) => text.clone(),
            Block::Link { address, .. } => address.clone(),
            Block::Facts(facts) => {
                let lines = facts.iter().map(|(name, fact)| format!("{:<8} {fact}", format!("{name}:")));
                lines.collect::<Vec<_>>().join("\n")
            }
        };
        self.blocks.iter().map(plain).collect::<Vec<_>>().join("\n\n") + "\n"
    }
}

/// So many codes are few: time for new ones.
const FEW_CODES: usize = 3;

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
            if *left <= FEW_CODES {
                format!("They are running low: make new ones under Profile/Password.\n\n{}", intruder(account))
            } else {
                intruder(account)
            },
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
        NoticeKind::NewBrowser => (
            "A new browser was used for your sign-in",
            format!(
                "Somebody signed in at {account} in a browser that had not been used before, with your password and a code."
            ),
            intruder(account),
        ),
        NoticeKind::TextsStopped { sent, answered } => texts_stopped(*sent, *answered, account),
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

fn texts_stopped(sent: u32, answered: u32, account: &Name) -> (&'static str, String, String) {
    let what = format!(
        "Of the last {sent} text messages with codes for {account}, only {answered} were answered. That is what it looks \
         like when somebody earns money by having texts sent. So no more are sent."
    );
    let advice = "Look into the audit log at who asked for them. An admin turns texts on again under Employees - \
                  Preferences.";
    ("Text messages have stopped", what, advice.into())
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
            mail.plain(),
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

        assert!(mail.plain().contains("Browsers you know go on working."));
        assert!(mail.plain().contains("If it was you,") && mail.plain().contains("If it wasn't you,"));
    }

    #[test]
    fn links_lead_to_the_public_address_and_notices_have_none() {
        let token = Token::issue(&SeededEntropy::new(1)).unwrap();
        let link = LinkToken::from(&token);

        let reset = mail(&message(MessageKind::PasswordReset { link: link.clone() }), &home());
        let invited = mail(&message(MessageKind::Invitation { link }), &home());

        let address = |page: &str| format!("\nhttps://gate.example.com/{page}/{}\n", token.reveal());
        assert!(reset.plain().contains(&address("password/reset")), "{}", reset.plain());
        assert!(invited.plain().contains(&address("invitation")), "{}", invited.plain());
        assert!(!told(NoticeKind::PasswordKnownToOthers).plain().contains("://"));
    }
}

//! What messages say: plain text, short, and always the same things: what happened, when and where, and what to do if
//! it wasn't you. A link stands only where its reader has just asked for one, or was invited: people who expect none
//! can't be lured by one.

use domain::{Language, Words};
use verifier::{Address, BrowserLabel, LinkToken, Message, MessageKind, NoticeKind, browser_in_words, utc};

use crate::words::{key_of, mail_words, values_of};
use crate::{Home, text_body};

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailText {
    /// In which language.
    pub language: Language,
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
        label: String,
        /// Where it leads.
        address: String,
    },
    /// What is known: when, where, by what.
    Facts(Vec<(String, String)>),
    /// Whom it comes from.
    Footer(String),
}

/// What stands in the sentences of a mail.
struct Said<'a> {
    words: &'static Words,
    values: Vec<(&'static str, String)>,
    message: &'a Message,
}

/// So many codes are few: time for new ones.
const FEW_CODES: usize = 3;

/// Writes the mail for a message; links lead to `home`.
#[must_use]
pub fn mail(message: &Message, home: &Home) -> MailText {
    let words = mail_words(message.language);
    let mut values =
        vec![("name", message.name.to_string()), ("account", message.account.to_string()), ("home", home.host.clone())];
    if let MessageKind::Notice { what, .. } = &message.about {
        values.extend(values_of(what));
    }
    let said = Said { words, values, message };
    let link = |key: &str, page: &str, token: &LinkToken| Block::Link {
        label: said.say(&format!("{key}.link")),
        address: home.link(&format!("/{page}/{}", token.reveal())),
    };
    let (key, told) = match &message.about {
        MessageKind::Invitation { link: token } => {
            let key = "invitation";
            (key, vec![said.text("invitation.what"), link(key, "invitation", token), said.text("invitation.more")])
        }
        MessageKind::PasswordReset { link: token, address, browser } => {
            let (key, facts) = ("reset", said.facts(address.as_ref(), browser.as_ref(), None));
            (key, vec![said.text("reset.what"), link(key, "password/reset", token), facts, said.text("reset.more")])
        }
        MessageKind::EnrollmentReopened { link: token, address, browser } => {
            let (key, facts) = ("reopened", said.facts(address.as_ref(), browser.as_ref(), None));
            let link = link(key, "password/reset", token);
            (key, vec![said.text("reopened.what"), link, facts, said.text("reopened.more")])
        }
        MessageKind::Reminder { protected: false } => ("reminder", vec![said.text("reminder.what")]),
        MessageKind::Reminder { protected: true } => ("reminder-ways-back", vec![said.text("reminder-ways-back.what")]),
        MessageKind::TextCode { .. } => ("code", vec![Block::Text(text_body::text(message, home))]),
        MessageKind::Notice { what, address, browser } => {
            let facts = said.facts(address.as_ref(), browser.as_ref(), Some(by(what)));
            let key = key_of(what);
            (key, [said.text(&format!("{key}.what")), facts].into_iter().chain(said.advice(what)).collect())
        }
    };
    let footer = Block::Footer(said.say("footer"));
    let blocks = [said.text("hello")].into_iter().chain(told).chain([footer]).collect();
    MailText { language: message.language, subject: said.say(&format!("{key}.subject")), blocks }
}

impl Said<'_> {
    fn say(&self, key: &str) -> String {
        let values: Vec<_> = self.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.words.say_all(key, &values)
    }

    fn text(&self, key: &str) -> Block {
        Block::Text(self.say(key))
    }

    /// When it was, and in which browser and where; by whom, if by nobody in a browser.
    fn facts(&self, address: Option<&Address>, browser: Option<&BrowserLabel>, by: Option<&str>) -> Block {
        let mut facts = vec![("when", utc::in_words_of(self.message.at, self.message.language))];
        match (address, browser, by) {
            (Some(address), Some(browser), _) => facts.extend([
                ("browser", browser_in_words(browser.as_str(), self.words)),
                ("address", address.to_string()),
            ]),
            (_, _, Some(by)) => facts.push(("by", self.say(by))),
            _ => {}
        }
        Block::Facts(facts.into_iter().map(|(key, fact)| (self.say(key), fact)).collect())
    }

    /// What to do.
    fn advice(&self, what: &NoticeKind) -> Vec<Block> {
        let mut advice = Vec::new();
        if matches!(what, NoticeKind::RecoveryCodeUsed { left } if *left <= FEW_CODES) {
            advice.push(self.text("code-used.few"));
        }
        let more = format!("{}.more", key_of(what));
        let more = self.say(if self.words.has(&more) { &more } else { "intruder" });
        advice.extend(more.split("\n\n").map(|paragraph| Block::Text(paragraph.to_owned())));
        advice
    }
}

/// Who did what nobody did in a browser.
fn by(what: &NoticeKind) -> &'static str {
    match what {
        NoticeKind::TextsStopped { .. } | NoticeKind::WebhookStopped { .. } => "by.stepgate",
        NoticeKind::Unlocked => "by.admin",
        _ => "by.operator",
    }
}

impl MailText {
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

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use verifier::testing::SeededEntropy;
    use verifier::{Recipient, Token};

    use super::*;
    use crate::words::tests::notices;

    fn home() -> Home {
        Home { origin: "https://gate.example.com".into(), host: "gate.example.com".into() }
    }

    fn message(about: MessageKind) -> Message {
        Message {
            to: Recipient::Mail("ada@example.com".parse().unwrap()),
            name: "Ada Lovelace".parse().unwrap(),
            account: "Analytical Engines".parse().unwrap(),
            language: Language::English,
            at: Timestamp::from_seconds(1_763_961_153),
            about,
        }
    }

    fn from() -> (Option<Address>, Option<BrowserLabel>) {
        let browser = BrowserLabel::from_user_agent("Firefox/140.0 Windows");
        (Some(Address::new("192.0.2.7".parse().unwrap())), Some(browser))
    }

    fn told(what: NoticeKind) -> MailText {
        let (address, browser) = from();
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
    fn a_webhook_that_was_turned_off_is_named() {
        let mail = told(NoticeKind::WebhookStopped { host: "hooks.example.com".into() });

        assert!(mail.plain().contains("on hooks.example.com took nothing"), "{}", mail.plain());
    }

    #[test]
    fn a_reminder_says_where_and_how_and_has_no_link() {
        for (protected, how) in [(false, "step by step"), (true, "open Profile/Password")] {
            let mail = mail(&message(MessageKind::Reminder { protected }), &home());

            assert!(mail.plain().contains("sign in at gate.example.com as you always do"), "{}", mail.plain());
            assert!(mail.plain().contains(how), "{}", mail.plain());
            assert!(!mail.plain().contains("://"), "{}", mail.plain());
        }
    }

    #[test]
    fn a_mail_is_written_in_its_readers_language() {
        let (address, browser) = from();
        let about = MessageKind::Notice { what: NoticeKind::NewBrowser, address, browser };
        let mail = mail(&Message { language: Language::German, ..message(about) }, &home());

        assert_eq!(mail.subject, "Ihre Anmeldung wurde in einem neuen Browser benutzt");
        assert_eq!(
            mail.plain(),
            "\
Guten Tag Ada Lovelace,

Jemand hat sich bei Analytical Engines in einem Browser angemeldet, der noch nicht benutzt wurde, mit Ihrem Passwort und \
einem Code.

Wann:    24. November 2025, 05:12 UTC
Browser: Firefox unter Windows
Adresse: 192.0.2.7

Wenn Sie das waren, ist nichts zu tun. Wenn Sie es nicht waren, sagen Sie es sofort einem Administrator von Analytical \
Engines, persönlich oder am Telefon.

Stepgate, für Analytical Engines
"
        );
    }

    #[test]
    fn what_nobody_did_in_a_browser_is_told_with_who_did_it() {
        let by = |what| {
            let about = MessageKind::Notice { what, address: None, browser: None };
            mail(&message(about), &home())
                .plain()
                .lines()
                .find_map(|line| line.strip_prefix("By:      "))
                .unwrap()
                .to_owned()
        };

        assert_eq!(by(NoticeKind::Unlocked), "an admin of Analytical Engines");
        assert_eq!(by(NoticeKind::TextsStopped { sent: 20, answered: 1 }), "Stepgate itself");
        assert_eq!(by(NoticeKind::WebhookStopped { host: "a.example".into() }), "Stepgate itself");
        assert_eq!(by(NoticeKind::MobileRemoved { number: "78".into() }), "the operator of Stepgate");
    }

    #[test]
    fn nothing_is_left_to_be_filled_in_and_every_notice_says_what_to_do() {
        let (address, browser) = from();
        for (what, language) in
            notices().into_iter().flat_map(|what| Language::ALL.map(|language| (what.clone(), language)))
        {
            let about = MessageKind::Notice { what, address, browser: browser.clone() };
            let mail = mail(&Message { language, ..message(about) }, &home());

            assert!(!mail.subject.contains(['{', '}']) && !mail.plain().contains(['{', '}']), "{}", mail.plain());
            assert!(mail.blocks.len() >= 5, "{}", mail.plain());
        }
    }

    #[test]
    fn a_name_like_a_place_stays_a_name() {
        let mail = mail(
            &Message { name: "{account}".parse().unwrap(), ..message(MessageKind::Reminder { protected: true }) },
            &home(),
        );

        assert!(mail.plain().starts_with("Hello {account},\n"), "{}", mail.plain());
    }

    #[test]
    fn who_asked_for_a_link_is_told_with_it() {
        let ((address, browser), token) = (from(), Token::issue(&SeededEntropy::new(1)).unwrap());
        let reset = MessageKind::PasswordReset { link: LinkToken::from(&token), address, browser };

        let plain = mail(&message(reset), &home()).plain();

        assert!(plain.contains("\nBrowser: Firefox on Windows\nAddress: 192.0.2.7\n"), "{plain}");
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

        let reset =
            mail(&message(MessageKind::PasswordReset { link: link.clone(), address: None, browser: None }), &home());
        let invited = mail(&message(MessageKind::Invitation { link }), &home());

        let address = |page: &str| format!("\nhttps://gate.example.com/{page}/{}\n", token.reveal());
        assert!(reset.plain().contains(&address("password/reset")), "{}", reset.plain());
        assert!(invited.plain().contains(&address("invitation")), "{}", invited.plain());
        assert!(!told(NoticeKind::PasswordKnownToOthers).plain().contains("://"));
    }
}

//! What texts say, each in one message where that is possible: what is longer costs twice, and may come in parts.

use domain::{Name, Words};
use verifier::{Message, MessageKind, NoticeKind, TextAim};

use crate::words::{key_of, text_words, values_of};
use crate::{Home, gsm7};

/// What one message holds: septets of GSM's alphabet (3GPP TS 23.038), else UTF-16 units.
const SEPTETS: usize = 160;
const UNITS: usize = 70;

/// Writes the text for a message. A text with a code ends in the line by which phones know whose page it is for
/// ("origin-bound one-time codes", WICG): `@host #123456`.
///
/// So that it is one message, it is worded more briefly, and then the account's name is cut; no more than is needed.
/// Only a host too long for any message makes it more than one.
#[must_use]
pub fn text(message: &Message, home: &Home) -> String {
    let (account, words) = (&message.account, text_words(message.language));
    match &message.about {
        MessageKind::TextCode { code, aim } => with_code(code.reveal(), *aim, account, words, &home.host),
        MessageKind::Notice { what, .. } => {
            let [full, brief] = notice(what, words);
            one_message(account, &[&full, &brief], "").unwrap_or_else(|| said(&brief, account.as_str()))
        }
        // None of these is sent as a text: their links belong into mails.
        MessageKind::Invitation { .. }
        | MessageKind::PasswordReset { .. }
        | MessageKind::EnrollmentReopened { .. }
        | MessageKind::Reminder { .. } => {
            let news = words.say("news");
            one_message(account, &[&news], "").unwrap_or_else(|| said(&news, account.as_str()))
        }
    }
}

fn with_code(code: &str, aim: TextAim, account: &Name, words: &Words, host: &str) -> String {
    let key = match aim {
        TextAim::ConfirmMobile => "confirm",
        TextAim::Recover => "recover",
    };
    let say = |how: &str, end: &str| words.say_with(&format!("{key}.{how}"), "code", code) + end;
    let (full, brief, nameless) = (say("full", "\n\n"), say("brief", "\n"), say("nameless", "\n"));
    let last_line = format!("@{host} #{code}");
    let named = one_message(account, &[&full, &brief], &last_line);
    named.unwrap_or_else(|| {
        let nameless = format!("{nameless}{last_line}");
        if !is_one_message(&nameless) && is_one_message(&last_line) { last_line } else { nameless }
    })
}

/// The first of these sentences that, with `end` behind it, is one message; else the last one with as much of the name as
/// makes it one; else nothing.
fn one_message(account: &Name, sentences: &[&str], end: &str) -> Option<String> {
    let body = |sentence: &str, account: &str| Some(said(sentence, account) + end).filter(|body| is_one_message(body));
    let account = account.as_str();
    let whole = sentences.iter().find_map(|sentence| body(sentence, account));
    // A cut name is followed by the sentence's full stop, as abbreviations are; an ellipsis would not be in the alphabet.
    whole.or_else(|| {
        let cuts = account.char_indices().rev().filter_map(|(at, _)| account.get(..at));
        let names = cuts.filter(|name| !name.is_empty()).map(|name| {
            let tidy = name.trim_end_matches([' ', ',', ';', ':', '-', '.', '&']);
            if tidy.is_empty() { name } else { tidy }
        });
        sentences.last().and_then(|brief| names.into_iter().find_map(|name| body(brief, name)))
    })
}

fn said(sentence: &str, account: &str) -> String {
    sentence.replacen("{account}", account, 1)
}

fn is_one_message(body: &str) -> bool {
    match gsm7::septets(body) {
        Some(septets) => septets <= SEPTETS,
        None => body.encode_utf16().count() <= UNITS,
    }
}

/// What happened, in full and in brief.
fn notice(what: &NoticeKind, words: &Words) -> [String; 2] {
    let values = values_of(what);
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    ["full", "brief"].map(|how| words.say_all(&format!("{}.{how}", key_of(what)), &values))
}

#[cfg(test)]
mod tests {
    use domain::{Language, Timestamp};
    use proptest::prelude::*;
    use serde_json::json;
    use verifier::Recipient;

    use super::*;
    use crate::words::tests::notices;

    const HOST: &str = "mfa.example.com";
    const LONG: &str =
        "The Worshipful and Venerable Company of Analytical Engines, Looms and Calculating Contraptions Ltd";

    fn home(host: &str) -> Home {
        Home { origin: format!("https://{host}:8443"), host: host.into() }
    }

    fn message(account: &str, about: MessageKind) -> Message {
        Message {
            to: Recipient::Text("+4917012345678".parse().unwrap()),
            name: "Ada Lovelace".parse().unwrap(),
            account: account.parse().unwrap(),
            language: Language::English,
            at: Timestamp::from_seconds(1_763_961_153),
            about,
        }
    }

    fn coded(account: &str, aim: TextAim, host: &str) -> String {
        coded_in(Language::English, account, aim, host)
    }

    fn coded_in(language: Language, account: &str, aim: TextAim, host: &str) -> String {
        let code = serde_json::from_value(json!("287082")).unwrap();
        text(&Message { language, ..message(account, MessageKind::TextCode { code, aim }) }, &home(host))
    }

    fn noticed(language: Language, account: &str, what: NoticeKind) -> String {
        let about = MessageKind::Notice { what, address: None, browser: None };
        text(&Message { language, ..message(account, about) }, &home(HOST))
    }

    /// Everything there is to tell, in every language.
    fn told() -> impl Iterator<Item = (Language, NoticeKind)> {
        Language::ALL.into_iter().flat_map(|language| notices().into_iter().map(move |what| (language, what)))
    }

    /// What a phone reads from a text: the host, the host embedded in it, the code ("Origin-bound one-time codes", WICG).
    fn read_by_a_phone(text: &str) -> Option<(String, Option<String>, String)> {
        let text = text.replace("\r\n", "\n");
        let mut words = text.rsplit('\n').next()?.split(' ');
        let mut word = |sign: char| words.next()?.strip_prefix(sign).filter(|rest| !rest.is_empty()).map(str::to_owned);
        let (host, code) = (word('@')?, word('#')?);
        Some((host, word('@'), code)).filter(|(host, _, _)| !host.contains('\t'))
    }

    #[test]
    fn what_a_phone_reads_is_what_the_vectors_say() {
        let vectors = include_str!("../../../app/domain/tests/vectors/otp.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();

        for vector in vectors["webotp"].as_array().unwrap() {
            let read = read_by_a_phone(vector["message"].as_str().unwrap());

            assert_eq!(serde_json::to_value(read).unwrap(), vector["expect"], "{vector}");
        }
    }

    #[test]
    fn a_code_is_told_with_whose_and_what_for() {
        assert_eq!(
            coded("Analytical Engines", TextAim::ConfirmMobile, HOST),
            "287082 is your code to confirm this mobile at Analytical Engines. Tell it to nobody.\n\n\
             @mfa.example.com #287082"
        );
        assert_eq!(
            coded("Analytical Engines", TextAim::Recover, HOST),
            "287082 is your code to come back in at Analytical Engines. Tell it to nobody.\n\n\
             @mfa.example.com #287082"
        );
    }

    #[test]
    fn a_code_is_told_in_its_readers_language() {
        assert_eq!(
            coded_in(Language::German, "Analytical Engines", TextAim::ConfirmMobile, HOST),
            "287082 ist Ihr Code, um dieses Mobiltelefon bei Analytical Engines zu bestätigen. Sagen Sie ihn niemandem.\n\n\
             @mfa.example.com #287082"
        );
    }

    #[test]
    fn a_long_name_makes_the_sentence_brief() {
        assert_eq!(
            coded(LONG, TextAim::ConfirmMobile, HOST),
            format!("287082 confirms this mobile at {LONG}.\n@mfa.example.com #287082")
        );
    }

    #[test]
    fn a_name_that_still_does_not_fit_is_cut() {
        let said = |host: &str, name: &str| format!("287082 confirms this mobile at {name}.\n@{host} #287082");

        let host = "multi-factor-authentication.analytical-engines.example.com";
        let cut = said(host, "The Worshipful and Venerable Company of Analytical Engines");
        assert_eq!(coded(LONG, TextAim::ConfirmMobile, host), cut, "a comma and a space went with what was cut");

        let host = format!("eu.{host}");
        let cut = said(&host, "The Worshipful and Venerable Company of Analytical Engine");
        assert_eq!(coded(LONG, TextAim::ConfirmMobile, &host), cut);
        assert_eq!(gsm7::septets(&cut), Some(SEPTETS));
    }

    #[test]
    fn a_name_beyond_the_alphabet_is_cut_to_seventy_units() {
        let body = coded("Аналітичні машини Київ", TextAim::Recover, HOST);

        assert_eq!(body, "287082 lets you back in at Аналітичні машини.\n@mfa.example.com #287082");
        assert_eq!(body.encode_utf16().count(), 70);
    }

    #[test]
    fn where_no_name_fits_the_code_goes_without_one() {
        let host = format!("{}.example.com", "a".repeat(60));
        assert_eq!(coded("Київ", TextAim::Recover, &host), format!("287082 lets you back in.\n@{host} #287082"));

        let host = "a".repeat(151);
        assert_eq!(coded("Київ", TextAim::Recover, &host), format!("@{host} #287082"));

        let host = "a".repeat(152);
        assert_eq!(coded("Ada", TextAim::Recover, &host), format!("287082 lets you back in.\n@{host} #287082"));
    }

    #[test]
    fn a_name_with_a_placeholder_in_it_stays_as_it_is() {
        assert!(coded("A {account} B", TextAim::Recover, HOST).contains("in at A {account} B."));
    }

    #[test]
    fn every_notice_is_one_message() {
        for (language, what) in told() {
            for account in ["Analytical Engines", LONG, "Аналітичні машини Київ"] {
                let body = noticed(language, account, what.clone());

                assert!(is_one_message(&body), "{body}");
                assert!(body.contains(&account.chars().take(10).collect::<String>()), "{body}");
            }
            assert!(gsm7::septets(&noticed(language, "Ada", what)).is_some());
        }
    }

    #[test]
    fn a_notice_of_an_account_with_a_usual_name_is_told_in_full() {
        for (language, what) in told() {
            let full = said(&notice(&what, text_words(language))[0], "Analytical Engines");
            assert_eq!(noticed(language, "Analytical Engines", what), full);
        }
    }

    /// Names of all kinds, and such as are written in the alphabet.
    fn a_name() -> impl Strategy<Value = Name> {
        let name = prop_oneof![any::<String>(), "[A-Za-z €äöüß{}|~^\\[\\]]{1,100}", "\\PC{1,100}", "[А-я 😀]{1,100}"];
        name.prop_filter_map("no name", |name| name.parse().ok())
    }

    proptest! {
        #[test]
        fn a_code_for_any_account_is_one_message_and_ends_in_the_line_for_phones(
            name in a_name(),
            host in "[a-z0-9]{1,60}(\\.[a-z0-9]{1,60}){0,3}|\\[[0-9a-f:]{2,39}\\]",
            confirming in any::<bool>(),
            german in any::<bool>(),
        ) {
            let aim = if confirming { TextAim::ConfirmMobile } else { TextAim::Recover };
            let language = if german { Language::German } else { Language::English };
            let body = coded_in(language, name.as_str(), aim, &host);

            let last_line = format!("@{host} #287082");
            prop_assert_eq!(read_by_a_phone(&body), Some((host.clone(), None, "287082".into())));
            prop_assert!(body.ends_with(&last_line));
            prop_assert!(is_one_message(&body) || !is_one_message(&last_line), "{}", body);
            prop_assert_eq!(&body, &coded_in(language, name.as_str(), aim, &host));
            if !name.as_str().contains("287082") && !host.contains("287082") {
                prop_assert_eq!(body.matches("287082").count(), if body == last_line { 1 } else { 2 });
                prop_assert!(body == last_line || body.starts_with("287082 "));
            }
        }

        #[test]
        fn a_notice_for_any_account_is_one_message(name in a_name()) {
            for (language, what) in told() {
                let body = noticed(language, name.as_str(), what);

                prop_assert!(is_one_message(&body), "{}", body);
            }
        }
    }
}

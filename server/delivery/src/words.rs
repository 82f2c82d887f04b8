//! Where the sentences of messages are: one file for mails and one for texts in each language, read once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::{Language, Words};
use verifier::NoticeKind;

/// The sentences of a file, by key. A test reads them all; a file that can't be read has none.
macro_rules! sentences {
    ($file:literal) => {{
        static READ: LazyLock<Words> = LazyLock::new(|| read(include_str!(concat!("words/", $file, ".json"))));
        &READ
    }};
}

fn read(file: &str) -> Words {
    Words::new(serde_json::from_str::<BTreeMap<_, _>>(file).unwrap_or_default())
}

/// The sentences of mails.
pub fn mail_words(language: Language) -> &'static Words {
    match language {
        Language::English => sentences!("mail.en"),
        Language::German => sentences!("mail.de"),
    }
}

/// The sentences of texts. Their characters are those of GSM's alphabet.
pub fn text_words(language: Language) -> &'static Words {
    match language {
        Language::English => sentences!("text.en"),
        Language::German => sentences!("text.de"),
    }
}

/// Under what the sentences about something stand.
pub fn key_of(what: &NoticeKind) -> &'static str {
    match what {
        NoticeKind::AuthenticatorBound => "bound",
        NoticeKind::AuthenticatorReplaced => "replaced",
        NoticeKind::RecoveryCodesReplaced => "codes-replaced",
        NoticeKind::RecoveryCodeUsed { .. } => "code-used",
        NoticeKind::RecoveredByText => "recovered-by-text",
        NoticeKind::MobileAdded { .. } => "mobile-added",
        NoticeKind::MobileRemoved { .. } => "mobile-removed",
        NoticeKind::PasswordChanged => "password-changed",
        NoticeKind::PasswordVoided => "password-voided",
        NoticeKind::Locked => "locked",
        NoticeKind::Unlocked => "unlocked",
        NoticeKind::NewBrowser => "new-browser",
        NoticeKind::TextsStopped { .. } => "texts-stopped",
        NoticeKind::WebhookStopped { .. } => "webhook-stopped",
        NoticeKind::PasswordKnownToOthers => "password-known",
    }
}

/// What stands in the sentences about something, by name.
pub fn values_of(what: &NoticeKind) -> Vec<(&'static str, String)> {
    match what {
        NoticeKind::RecoveryCodeUsed { left } => vec![("left", left.to_string())],
        NoticeKind::MobileAdded { number } | NoticeKind::MobileRemoved { number } => vec![("number", number.clone())],
        NoticeKind::TextsStopped { sent, answered } => {
            vec![("sent", sent.to_string()), ("answered", answered.to_string())]
        }
        NoticeKind::WebhookStopped { host } => vec![("host", host.clone())],
        NoticeKind::AuthenticatorBound
        | NoticeKind::AuthenticatorReplaced
        | NoticeKind::RecoveryCodesReplaced
        | NoticeKind::RecoveredByText
        | NoticeKind::PasswordChanged
        | NoticeKind::PasswordVoided
        | NoticeKind::Locked
        | NoticeKind::Unlocked
        | NoticeKind::NewBrowser
        | NoticeKind::PasswordKnownToOthers => Vec::new(),
    }
}

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::gsm7;

    type Sentences = fn(Language) -> &'static Words;

    const FILES: [Sentences; 2] = [mail_words, text_words];

    /// One of each.
    pub fn notices() -> Vec<NoticeKind> {
        vec![
            NoticeKind::AuthenticatorBound,
            NoticeKind::AuthenticatorReplaced,
            NoticeKind::RecoveryCodesReplaced,
            NoticeKind::RecoveryCodeUsed { left: 2 },
            NoticeKind::RecoveredByText,
            NoticeKind::MobileAdded { number: "78".into() },
            NoticeKind::MobileRemoved { number: "78".into() },
            NoticeKind::PasswordChanged,
            NoticeKind::PasswordVoided,
            NoticeKind::Locked,
            NoticeKind::Unlocked,
            NoticeKind::NewBrowser,
            NoticeKind::TextsStopped { sent: 20, answered: 1 },
            NoticeKind::WebhookStopped { host: "hooks.example.com".into() },
            NoticeKind::PasswordKnownToOthers,
        ]
    }

    fn keys(words: &Words) -> BTreeSet<&str> {
        words.iter().map(|(key, _)| key).collect()
    }

    /// The names in braces.
    fn places(sentence: &str) -> BTreeSet<&str> {
        sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn every_language_has_the_sentences_of_english_with_their_places() {
        for (file, language) in FILES.into_iter().flat_map(|file| Language::ALL.map(|language| (file, language))) {
            let (english, words) = (file(Language::English), file(language));

            assert!(keys(english).len() > 30, "a file can't be read");
            assert_eq!(keys(words), keys(english), "{language:?}");
            for (key, sentence) in words.iter() {
                assert_eq!(places(sentence), places(&english.say(key)), "{key} in {language:?}");
                assert!(!sentence.is_empty() && sentence.trim() == sentence, "{key} in {language:?}");
            }
        }
    }

    #[test]
    fn there_are_sentences_about_everything() {
        for (what, language) in notices().iter().flat_map(|what| Language::ALL.map(|language| (what, language))) {
            let key = key_of(what);
            for part in ["subject", "what"] {
                assert!(mail_words(language).has(&format!("{key}.{part}")), "{key}.{part}");
            }
            for part in ["full", "brief"] {
                assert!(text_words(language).has(&format!("{key}.{part}")), "{key}.{part}");
            }
        }
    }

    #[test]
    fn texts_are_written_in_the_alphabet_of_gsm() {
        for (key, sentence) in Language::ALL.into_iter().flat_map(|language| text_words(language).iter()) {
            let said = sentence.replace(['{', '}'], "");
            // What is in braces is replaced, and braces cost twice.
            assert_eq!(gsm7::septets(&said), Some(said.chars().count()), "{key}: {sentence}");
        }
    }
}

use verifier::browser_in_words;

use super::words::{Area, use_words};

/// A browser's label in the reader's language.
pub(crate) fn browser_words(label: &str) -> String {
    browser_in_words(label, use_words(Area::Frame))
}

#[cfg(test)]
mod tests {
    use domain::Language;
    use verifier::BrowserLabel;

    use super::*;
    use crate::site::words::words_in;

    #[test]
    fn a_browser_is_named_in_the_readers_language() {
        for (agent, german) in [
            ("Windows NT Firefox/140.0", "Firefox unter Windows"),
            ("iPhone FxiOS/140.0 Safari/604", "Firefox auf dem iPhone"),
            ("Linux", "Browser unter Linux"),
            ("Firefox/140.0", "Firefox"),
            ("curl", "Unbekannter Browser"),
        ] {
            let label = BrowserLabel::from_user_agent(agent);

            assert_eq!(browser_in_words(label.as_str(), words_in(Area::Frame, Language::German)), german);
            assert_eq!(browser_in_words(label.as_str(), words_in(Area::Frame, Language::English)), label.as_str());
        }
    }
}

use super::words::{Area, use_words};
use crate::Words;

/// A browser's label in the reader's language: labels are made of fixed English words, `Firefox on Windows`.
pub(crate) fn browser_words(label: &str) -> String {
    said(use_words(Area::Frame), label)
}

fn said(words: &Words, label: &str) -> String {
    match label.split_once(" on ") {
        Some((browser, system)) => {
            let browser = if browser == "A browser" { words.say("browser.some") } else { browser.to_owned() };
            let key = if matches!(system, "iPhone" | "iPad") { "browser.on-device" } else { "browser.on" };
            words.say_all(key, &[("browser", &browser), ("system", system)])
        }
        None if label == "An unknown browser" => words.say("browser.unknown"),
        None => label.to_owned(),
    }
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

            assert_eq!(said(words_in(Area::Frame, Language::German), label.as_str()), german);
            assert_eq!(said(words_in(Area::Frame, Language::English), label.as_str()), label.as_str());
        }
    }
}

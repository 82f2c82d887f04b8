use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::Language;

use super::call::languages;
use super::context::use_visit;
use crate::Words;

/// What sentences are about: one file for each, and one more for each further language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    Dialog,
    Events,
    Profile,
    Wizard,
}

type Sentences = BTreeMap<String, String>;

/// The sentences of a file, by key. A test reads them all; a file that can't be read has none.
macro_rules! sentences {
    ($file:literal) => {{
        static READ: LazyLock<Sentences> =
            LazyLock::new(|| serde_json::from_str(include_str!(concat!("words/", $file, ".json"))).unwrap_or_default());
        &READ
    }};
}

fn sentences(area: Area, language: Language) -> &'static Sentences {
    match (area, language) {
        (Area::Dialog, Language::English) => sentences!("dialog.en"),
        (Area::Dialog, Language::German) => sentences!("dialog.de"),
        (Area::Events, Language::English) => sentences!("events.en"),
        (Area::Events, Language::German) => sentences!("events.de"),
        (Area::Profile, Language::English) => sentences!("profile.en"),
        (Area::Profile, Language::German) => sentences!("profile.de"),
        (Area::Wizard, Language::English | Language::German) => sentences!("wizard.en"),
    }
}

/// The language of whoever reads the page that is being made, or asks the function that is being answered.
pub(crate) fn use_language() -> Language {
    let chosen = use_visit().and_then(|visit| visit.admission()?.signed_in().person.credential.record.language);
    chosen.unwrap_or_else(|| preferred(&languages()))
}

/// The language somebody asks for most that is spoken here (RFC 9110 §12.5.4, by its primary subtag). What can't be
/// read is not asked for.
fn preferred(accept_language: &str) -> Language {
    let asked = accept_language.split(',').filter_map(|range| {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok().filter(|weight| *weight > 0.0)?;
        let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
        Some((primary.parse::<Language>().ok()?, weight))
    });
    // The first of those asked for alike.
    let most = asked.reduce(|most, next| if next.1 > most.1 { next } else { most });
    most.map(|(language, _)| language).unwrap_or_default()
}

/// The sentences about something, in the reader's language.
pub(crate) fn use_words(area: Area) -> Words {
    Words::new(sentences(area, use_language()).clone())
}

/// The wizard's sentences for people of an organisation that asks at this interval.
pub(crate) fn wizard_words(account: &str, email: &str, window: &str) -> Words {
    let filled = |sentence: &String| {
        sentence.replace("{window}", window).replace("{account}", account).replace("{email}", email)
    };
    let said = sentences(Area::Wizard, use_language()).iter();
    Words::new(said.map(|(key, sentence)| (key.clone(), filled(sentence))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WizardProblem;

    /// Every key the wizard's views look up.
    fn keys_in_the_views() -> Vec<String> {
        let sources = [
            include_str!("../wizard/island.rs"),
            include_str!("../wizard/first_steps.rs"),
            include_str!("../wizard/mobile.rs"),
            include_str!("../wizard/pair.rs"),
            include_str!("../wizard/save_codes.rs"),
            include_str!("../wizard/step.rs"),
        ];
        let is_key = |text: &&str| {
            text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
                && (text.contains('.') || *text == "moment" || *text == "checking")
        };
        sources.iter().flat_map(|source| source.split('"').skip(1).step_by(2)).filter(is_key).map(Into::into).collect()
    }

    #[test]
    fn every_key_has_a_sentence_and_every_sentence_a_key() {
        let (keys, wizard) = (keys_in_the_views(), sentences(Area::Wizard, Language::English));
        let missing: Vec<_> = keys.iter().filter(|key| !wizard.contains_key(*key)).collect();
        let unused: Vec<_> = wizard.keys().filter(|key| !keys.contains(key)).collect();

        assert!(missing.is_empty(), "no sentence for {missing:?}");
        assert!(unused.is_empty(), "nobody says {unused:?}");
        assert!(keys.len() > 40);
    }

    #[test]
    fn no_placeholder_is_left_in_what_the_island_gets() {
        let words = wizard_words("Northwind", "ada@example.com", "12 hours");

        assert!(words.say("introduction.why").contains("Northwind"));
        assert!(words.say("introduction.afterwards").contains("12 hours"));
        assert_eq!(words.say("no-such-key"), "no-such-key");
        assert!(!words.say(WizardProblem::WrongCode.key()).contains('{'));
    }

    #[test]
    fn people_are_spoken_to_in_the_first_language_they_ask_for_that_is_spoken_here() {
        assert_eq!(preferred("de-CH,de;q=0.9,en;q=0.8"), Language::German);
        assert_eq!(preferred("fr,en;q=0.5,de;q=0.9"), Language::German);
        assert_eq!(preferred("fr, en-GB;q=0.8, de;q=0.5"), Language::English);
        for unknown in ["", "fr", "*", "de;q=0", "de;q=NaN", "de;q=-1", "de;", ";;;", "\u{fffd}", &"x,".repeat(5000)] {
            assert_eq!(preferred(unknown), Language::English, "{unknown:?}");
        }
    }
}

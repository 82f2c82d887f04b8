use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::Words;

/// The wizard's sentences, by key.
static WIZARD: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| serde_json::from_str(include_str!("words/wizard.en.json")).unwrap_or_default());

/// The wizard's sentences for people of an organisation that asks at this interval.
pub(crate) fn wizard_words(account: &str, email: &str, window: &str) -> Words {
    let filled = |sentence: &String| {
        sentence.replace("{window}", window).replace("{account}", account).replace("{email}", email)
    };
    Words::new(WIZARD.iter().map(|(key, sentence)| (key.clone(), filled(sentence))).collect())
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
        let keys = keys_in_the_views();
        let missing: Vec<_> = keys.iter().filter(|key| !WIZARD.contains_key(*key)).collect();
        let unused: Vec<_> = WIZARD.keys().filter(|key| !keys.contains(key)).collect();

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
}

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use domain::{AccountId, MfaWindow, Timestamp};
use verifier::TextPolicy;

use super::*;
use crate::WizardProblem;

const AREAS: [Area; 12] = [
    Area::Frame,
    Area::Times,
    Area::SignIn,
    Area::Home,
    Area::Messages,
    Area::Dialog,
    Area::Events,
    Area::Profile,
    Area::People,
    Area::Account,
    Area::Wizard,
    Area::CodeSheet,
];

fn keys_of(area: Area, language: Language) -> BTreeSet<&'static str> {
    words_in(area, language).iter().map(|(key, _)| key).collect()
}

/// The names in braces, in order.
fn places_in(sentence: &str) -> BTreeSet<&str> {
    sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn every_language_has_the_sentences_of_english() {
    for area in AREAS {
        let english = keys_of(area, Language::English);
        assert!(!english.is_empty(), "{area:?} can't be read");
        for language in Language::ALL {
            let keys = keys_of(area, language);
            let missing: Vec<_> = english.difference(&keys).collect();
            let unknown: Vec<_> = keys.difference(&english).collect();

            assert!(missing.is_empty(), "{area:?} lacks in {language:?}: {missing:?}");
            assert!(unknown.is_empty(), "{area:?} has in {language:?} alone: {unknown:?}");
        }
    }
}

#[test]
fn every_language_has_the_places_of_english_in_its_sentences() {
    for (area, language) in AREAS.into_iter().flat_map(|area| Language::ALL.map(|language| (area, language))) {
        for (key, sentence) in words_in(area, language).iter() {
            let english = words_in(area, Language::English).say(key);

            assert!(!sentence.trim().is_empty(), "{key} in {language:?}");
            assert_eq!(sentence.trim(), sentence, "{key} in {language:?}");
            assert_eq!(places_in(sentence), places_in(&english), "{key} in {language:?}");
        }
    }
}

/// What is the same in German, and why.
const SAME_IN_GERMAN: [&str; 25] = [
    // The same word.
    "you.name",
    "enable.ok",
    "home.organisation",
    "setup.account",
    "sheet.account",
    "pair.code",
    "text.code",
    "role.admin",
    "users.mfa",
    "users.name",
    "apps.title",
    "webhooks.title",
    "webhook.title",
    "frame.apps",
    "mfa.back",
    "setting.people.one",
    "setting.browsers.one",
    // Nothing to say yet.
    "ready.not-yet",
    // Months of the same name.
    "month.4",
    "month.8",
    "month.9",
    "month.11",
    // Figures and `UTC`.
    "time.moment",
    // "in 1 Minute", "1 Minute".
    "until.minutes.one",
    "wait.minutes.one",
];

#[test]
fn no_sentence_was_left_in_english() {
    let mut same = BTreeSet::new();
    for area in AREAS {
        for (key, english) in words_in(area, Language::English).iter() {
            if words_in(area, Language::German).say(key).eq_ignore_ascii_case(english) {
                same.insert(key);
            }
        }
    }
    assert_eq!(same, BTreeSet::from(SAME_IN_GERMAN));
}

#[test]
fn german_is_set_as_german_is() {
    for area in AREAS {
        for (key, sentence) in words_in(area, Language::German).iter() {
            assert!(!sentence.contains(['"', '\'']), "quotation marks of a typewriter in {key}: {sentence}");
            assert!(!sentence.replace(" …", "").contains(['…']), "an ellipsis stands for words in {key}: {sentence}");
            assert_eq!(sentence.matches('„').count(), sentence.matches('“').count(), "{key}: {sentence}");
        }
    }
}

/// A source file up to its tests.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    fn all() -> Vec<Self> {
        let mut sources = Vec::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("site/words.rs")
                    && !path.ends_with("words/tests.rs")
                    && path.extension().is_some_and(|kind| kind == "rs")
                {
                    let whole = fs::read_to_string(&path).unwrap();
                    let text = whole.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
                    sources.push(Self { path, text });
                }
            }
        }
        sources
    }

    /// Where it looks for sentences: in the areas that it or its folder names; the wizard's views in the wizard's.
    fn areas(&self) -> Vec<Area> {
        if self.path.components().any(|part| part.as_os_str() == "wizard") {
            return vec![Area::Wizard];
        }
        let folder = fs::read_to_string(self.path.with_file_name("mod.rs")).unwrap_or_default();
        AREAS.into_iter().filter(|area| names(&self.text, *area) || names(&folder, *area)).collect()
    }

    fn literals(&self) -> impl Iterator<Item = (&str, &str)> {
        let parts: Vec<_> = self.text.split('"').collect();
        let pairs: Vec<_> = parts.windows(2).step_by(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.into_iter()
    }

    /// The keys it says: what is passed to `say…`, and what looks like a key of its areas. A key that is made up of
    /// parts ends in `.{…}`.
    fn keys(&self) -> Vec<String> {
        let prefixes: BTreeSet<_> =
            self.areas().into_iter().flat_map(|area| keys_of(area, Language::English)).filter_map(prefix_of).collect();
        let is_key = |text: &str| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._{}()".contains(c);
            prefix_of(text).is_some_and(|prefix| prefixes.contains(prefix)) && text.chars().all(plain)
        };
        let said = |before: &str| {
            ["say(", "say_with(", "say_all(", "say_count(", "say_around("]
                .iter()
                .any(|call| before.trim_end().ends_with(call))
        };
        self.literals().filter(|(before, text)| said(before) || is_key(text)).map(|(_, text)| text.to_owned()).collect()
    }
}

/// Whether a source names an area.
fn names(text: &str, area: Area) -> bool {
    if area == Area::Wizard && text.contains("wizard_words(") {
        return true;
    }
    let name = format!("Area::{area:?}");
    text.match_indices(&name)
        .any(|(at, _)| !text[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

fn prefix_of(key: &str) -> Option<&str> {
    key.split_once('.').map(|(prefix, _)| prefix)
}

/// The sentences that a key of a source stands for.
fn meant<'a>(key: &str, keys: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let made_up = key.split_once('{').map(|(prefix, _)| prefix);
    let counted = [format!("{key}.one"), format!("{key}.other")];
    let is_meant = |of: &&&str| match made_up {
        Some(prefix) => of.starts_with(prefix),
        None => **of == key || counted.iter().any(|counted| **of == counted),
    };
    keys.iter().filter(is_meant).copied().collect()
}

#[test]
fn every_key_has_a_sentence_and_every_sentence_is_said_by_somebody() {
    let mut said = BTreeSet::new();
    for source in Source::all() {
        let keys: BTreeSet<_> = source.areas().into_iter().flat_map(|area| keys_of(area, Language::English)).collect();
        for key in source.keys() {
            let meant = meant(&key, &keys);
            assert!(!meant.is_empty(), "{}: no sentence for {key}", source.path.display());
            said.extend(meant);
        }
    }
    // What the verifier calls a browser, and what is added to a sentence where all sentences are.
    said.extend(["browser.on", "browser.on-device", "browser.some", "browser.unknown", "codes.no-texts"]);
    for area in AREAS {
        let unsaid: Vec<_> = keys_of(area, Language::English).into_iter().filter(|key| !said.contains(key)).collect();
        assert!(unsaid.is_empty(), "nobody says of {area:?}: {unsaid:?}");
    }
    assert!(said.len() > 200);
}

#[test]
fn a_key_belongs_to_one_area() {
    let all: Vec<_> = AREAS.into_iter().flat_map(|area| keys_of(area, Language::English)).collect();
    let once: BTreeSet<_> = all.iter().collect();

    assert_eq!(all.len(), once.len());
}

#[test]
fn no_place_is_left_in_what_the_island_gets() {
    let mut account = AccountRecord {
        id: AccountId::from_random([1; 16]),
        name: "Northwind".parse().unwrap(),
        created_at: Timestamp::from_seconds(0),
        mfa_window: MfaWindow::default(),
        dead_before: None,
        admins: BTreeSet::new(),
        texts: TextPolicy::default(),
    };
    let words = wizard_words(&account, "ada@example.com");

    assert!(words.say("introduction.why").contains(account.name.as_str()));
    assert!(words.say("introduction.afterwards").contains("every 30 days"));
    assert_eq!(words.say("no-such-key"), "no-such-key");
    assert!(!words.say(WizardProblem::WrongCode.key()).contains('{'));
    account.texts.on = false;
    let only = wizard_words(&account, "ada@example.com").say("codes.what");
    assert_eq!(only, words.say("codes.what") + " " + &words.say("codes.no-texts"));
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

use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::Language;
use verifier::AccountRecord;

use super::call::languages;
use super::context::use_visit;
use super::times::every_words;
use crate::Words;

/// What sentences are about: one file for each area and language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// The dialog that asks for a code over a page, and the banner before.
    Dialog,
    /// What happened, in the audit log.
    Events,
    /// One's own profile.
    Profile,
    /// The pages about users, for admins.
    People,
    /// The pages about the account, for admins.
    Account,
    /// What is around every page and in every field, and how browsers are called.
    Frame,
    /// Moments, waits, and how often something is.
    Times,
    /// All pages before somebody is in: signing in, coming back in, links from mails.
    SignIn,
    /// The first page of who is in.
    Home,
    /// Pages that are one message.
    Messages,
    /// The wizard; its sentences are on its page.
    Wizard,
    /// The sheet with recovery codes.
    CodeSheet,
}

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

/// The sentences about something, in a language.
pub(crate) fn words_in(area: Area, language: Language) -> &'static Words {
    match (area, language) {
        (Area::Dialog, Language::English) => sentences!("dialog.en"),
        (Area::Dialog, Language::German) => sentences!("dialog.de"),
        (Area::Events, Language::English) => sentences!("events.en"),
        (Area::Events, Language::German) => sentences!("events.de"),
        (Area::Profile, Language::English) => sentences!("profile.en"),
        (Area::Profile, Language::German) => sentences!("profile.de"),
        (Area::People, Language::English) => sentences!("people.en"),
        (Area::People, Language::German) => sentences!("people.de"),
        (Area::Account, Language::English) => sentences!("account.en"),
        (Area::Account, Language::German) => sentences!("account.de"),
        (Area::Frame, Language::English) => sentences!("frame.en"),
        (Area::Frame, Language::German) => sentences!("frame.de"),
        (Area::Times, Language::English) => sentences!("times.en"),
        (Area::Times, Language::German) => sentences!("times.de"),
        (Area::SignIn, Language::English) => sentences!("sign_in.en"),
        (Area::SignIn, Language::German) => sentences!("sign_in.de"),
        (Area::Home, Language::English) => sentences!("home.en"),
        (Area::Home, Language::German) => sentences!("home.de"),
        (Area::Messages, Language::English) => sentences!("messages.en"),
        (Area::Messages, Language::German) => sentences!("messages.de"),
        (Area::Wizard, Language::English) => sentences!("wizard.en"),
        (Area::Wizard, Language::German) => sentences!("wizard.de"),
        (Area::CodeSheet, Language::English) => sentences!("code_sheet.en"),
        (Area::CodeSheet, Language::German) => sentences!("code_sheet.de"),
    }
}

/// The language of whoever reads the page that is being made, or asks the function that is being answered.
pub(crate) fn use_language() -> Language {
    let chosen = use_visit().and_then(|visit| visit.admission()?.signed_in().person.credential.record.language);
    chosen.unwrap_or_else(|| preferred(&languages()))
}

/// The language somebody asks for most that is spoken here (RFC 9110 §12.5.4, by its primary subtag). What can't be
/// read is not asked for.
#[must_use]
pub fn preferred(accept_language: &str) -> Language {
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
pub(crate) fn use_words(area: Area) -> &'static Words {
    words_in(area, use_language())
}

/// The wizard's sentences for people of this account.
pub(crate) fn wizard_words(account: &AccountRecord, email: &str) -> Words {
    let every = every_words(account.mfa_window);
    let mut words =
        use_words(Area::Wizard).filled(&[("account", account.name.as_str()), ("email", email), ("every", &every)]);
    if !account.texts.on {
        let what = words.say("codes.what") + " " + &words.say("codes.no-texts");
        words.put("codes.what", what);
    }
    words
}

#[cfg(test)]
mod tests;

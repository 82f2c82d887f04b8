use std::sync::LazyLock;

use domain::{Country, Language, PhoneNumber};
use phonenumber::metadata::{DATABASE, Database};
use phonenumber::{Metadata, Mode, Type, country};
use serde::Deserialize;
use verifier::TextPolicy;

use crate::wizard::CountryChoice;

/// Reads a number as people of a country write it, or in international form. Only mobiles are taken, and never those
/// that cost whoever sends them a text (premium, satellite, shared cost).
#[must_use]
pub fn read_mobile(text: &str, country: Country) -> Option<(PhoneNumber, Country)> {
    let of = country.as_str().parse::<country::Id>().ok()?;
    let number = phonenumber::parse(Some(of), text).ok()?;
    let kind = number.number_type(&DATABASE);
    let is_mobile = matches!(kind, Type::Mobile | Type::FixedLineOrMobile);
    let country: Country = number.country().id()?.as_ref().parse().ok()?;
    if !is_mobile || !phonenumber::is_valid(&number) {
        return None;
    }
    Some((number.format().mode(Mode::E164).to_string().parse().ok()?, country))
}

/// A number in groups, as people write it for who calls from abroad: `+44 7400 123456`.
pub(crate) fn as_written(number: &str) -> String {
    let parsed = phonenumber::parse(None, number).ok();
    parsed.map_or_else(|| number.to_owned(), |number| number.format().mode(Mode::International).to_string())
}

/// The countries an account sends texts to, by their names in a language; all while it has not said which.
pub(crate) fn country_choices(texts: &TextPolicy, language: Language) -> Vec<CountryChoice> {
    let allowed = |country: &&NamedCountry| texts.countries.is_empty() || texts.countries.contains(&country.code);
    countries(language).iter().filter(allowed).map(choice).collect()
}

/// All countries with their names in a language, in the order of these.
pub(crate) fn country_names(language: Language) -> impl Iterator<Item = (Country, &'static str)> {
    countries(language).iter().map(|country| (country.code, country.name.as_str()))
}

/// The country that is chosen at first: that of the reader's language, if it is among the choices.
pub(crate) fn likely_country(languages: &str, choices: &[CountryChoice]) -> String {
    let regions = languages.split(',').filter_map(|language| {
        let tag = language.split(';').next()?.trim();
        tag.split('-').skip(1).find(|part| part.len() == 2)
    });
    let mut known = regions.filter(|region| choices.iter().any(|choice| choice.code.eq_ignore_ascii_case(region)));
    let first = choices.first().map(|choice| choice.code.clone());
    known.next().map(str::to_ascii_uppercase).or(first).unwrap_or_default()
}

#[derive(Debug, Deserialize)]
struct NamedCountry {
    code: Country,
    name: String,
}

/// The countries of a file, in the order of their names.
macro_rules! countries {
    ($file:literal) => {{
        static READ: LazyLock<Vec<NamedCountry>> =
            LazyLock::new(|| in_order(include_str!(concat!("words/", $file, ".json"))));
        &READ
    }};
}

fn countries(language: Language) -> &'static [NamedCountry] {
    match language {
        Language::English => countries!("countries.en"),
        Language::German => countries!("countries.de"),
    }
}

fn in_order(json: &str) -> Vec<NamedCountry> {
    let mut countries: Vec<NamedCountry> = serde_json::from_str(json).unwrap_or_default();
    countries.sort_by_cached_key(|country| as_sorted(&country.name));
    countries
}

/// A name as people look for it: letters with marks beside those without (DIN 5007-1), capitals like small ones.
fn as_sorted(name: &str) -> String {
    let plain = |letter| match letter {
        'ä' | 'á' | 'ã' | 'å' => 'a',
        'ç' => 'c',
        'é' => 'e',
        'í' => 'i',
        'ö' | 'ô' => 'o',
        'ü' => 'u',
        other => other,
    };
    name.chars().flat_map(char::to_lowercase).map(plain).collect()
}

fn choice(country: &NamedCountry) -> CountryChoice {
    let database: &Database = &DATABASE;
    let prefix = database.by_id(country.code.as_str()).map(Metadata::country_code);
    let prefix = prefix.map(|prefix| format!(" (+{prefix})")).unwrap_or_default();
    CountryChoice { code: country.code.to_string(), label: format!("{}{prefix}", country.name) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn read(text: &str, country: &str) -> Option<String> {
        let (number, of) = read_mobile(text, country.parse().unwrap())?;
        Some(format!("{number} {of}"))
    }

    #[test]
    fn a_mobile_is_read_as_people_write_it_at_home_and_abroad() {
        assert_eq!(read("0151 23456789", "DE").as_deref(), Some("+4915123456789 DE"));
        assert_eq!(read("(0151) 234-56789", "DE").as_deref(), Some("+4915123456789 DE"));
        assert_eq!(read("+49 151 23456789", "FR").as_deref(), Some("+4915123456789 DE"));
        assert_eq!(read("07400 123456", "GB").as_deref(), Some("+447400123456 GB"));
        assert_eq!(read("06 12 34 56 78", "FR").as_deref(), Some("+33612345678 FR"));
    }

    #[test]
    fn a_number_is_shown_in_groups() {
        assert_eq!(as_written("+447400123456"), "+44 7400 123456");
        assert_eq!(as_written("+4915123456789"), "+49 1512 3456789");
        assert_eq!(as_written("garbage"), "garbage");
    }

    #[test]
    fn what_is_no_mobile_is_refused() {
        for (text, country) in [
            ("", "DE"),
            ("garbage", "DE"),
            ("030 123456", "DE"),
            ("0900 1234567", "DE"),
            ("0800 1234567", "DE"),
            ("+881612345678", "DE"),
            ("+870773111632", "DE"),
            ("112", "DE"),
            ("0151 2345678901234567890", "DE"),
            ("\u{663}", "DE"),
        ] {
            assert_eq!(read(text, country), None, "{text:?}");
        }
    }

    #[test]
    fn every_country_of_the_picker_has_a_calling_code() {
        for (language, germany) in [(Language::English, "Germany (+49)"), (Language::German, "Deutschland (+49)")] {
            let choices = country_choices(&TextPolicy::default(), language);

            assert!(choices.len() > 200);
            assert!(choices.iter().all(|choice| choice.label.contains("(+")));
            assert!(choices.iter().any(|choice| choice.label == germany));
        }
    }

    #[test]
    fn the_same_countries_have_a_name_in_every_language() {
        let codes = |language| countries(language).iter().map(|country| country.code).collect::<BTreeSet<_>>();

        for language in Language::ALL {
            assert_eq!(codes(language), codes(Language::English), "{language:?}");
            assert_eq!(codes(language).len(), countries(language).len(), "one of them twice");
            assert!(countries(language).iter().all(|country| !country.name.is_empty()));
        }
    }

    #[test]
    fn countries_stand_where_people_look_for_them() {
        let after = |name: &str, language| {
            let mut names = countries(language).iter().map(|country| country.name.as_str());
            names.find(|of| *of == name).unwrap();
            names.next().unwrap()
        };

        assert_eq!(after("Afghanistan", Language::German), "Ägypten");
        assert_eq!(after("Oman", Language::German), "Österreich");
        assert_eq!(after("Südafrika", Language::German), "Sudan");
        assert_eq!(after("Costa Rica", Language::English), "Côte d’Ivoire");
        // All marks that occur are known to the order.
        let all = Language::ALL.into_iter().flat_map(countries).map(|country| as_sorted(&country.name));
        assert!(all.into_iter().all(|name| name.chars().all(|c| c.is_ascii() || c == '’')));
    }

    #[test]
    fn the_readers_own_country_is_chosen_at_first_if_it_may_be() {
        let all = country_choices(&TextPolicy::default(), Language::English);
        let some: Vec<_> = all.iter().filter(|choice| choice.code == "AT").cloned().collect();

        assert_eq!(likely_country("de-CH,de;q=0.9,en-US;q=0.8", &all), "CH");
        assert_eq!(likely_country("de, zh-Hans-CN;q=0.5", &all), "CN");
        assert_eq!(likely_country("de-CH", &some), "AT");
        assert_eq!(likely_country("", &some), "AT");
    }
}

//! Every parser, on any bytes and on what is almost right: none panics, and what one takes it takes again as the same.

use std::fmt::Debug;
use std::str::FromStr;

use proptest::prelude::*;

use crate::{
    AccountId, Country, EmailAddress, LocalPath, MfaWindow, Name, OneTimeCode, PhoneNumber, RecoveryCode, Timestamp,
    UserId,
};

/// Control characters and broken UTF-8 too, which `any::<String>()` never makes.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<Vec<u8>>().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        "[ \\-+/@.0-9A-Za-z\u{0}\t\n\u{a0}\u{130}\u{202e}\u{feff}٣]{0,40}",
        "[0-9a-z]{26}|\\+[0-9]{5,17}|[A-Za-z]{2}|[0-9]{3}[ -][0-9]{3}|/[!-~]{0,20}|[a-z.]{1,9}@[a-z.]{1,9}",
        "[A-Za-z]{1,9}@[A-Za-z]{1,9}\\.[a-z]{2,4}|[0-9A-Za-z]{16}|([0-9a-h]{4}[ -]){3}[0-9a-h]{4}|3600|0?7200|86400",
    ]
}

/// Fails if what `text` parses to is shown as something that does not parse to the same.
fn is_taken_again<T: FromStr + PartialEq + Debug>(text: &str, shown: impl Fn(&T) -> String) {
    if let Ok(once) = text.parse::<T>() {
        let again = shown(&once).parse::<T>().ok();
        assert_eq!(again.as_ref(), Some(&once), "{text:?}");
        assert_eq!(again.as_ref().map(&shown), Some(shown(&once)), "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn whatever_a_parser_takes_it_takes_again(text in any_text()) {
        is_taken_again(&text, |id: &UserId| id.as_str().into());
        is_taken_again(&text, |id: &AccountId| id.to_string());
        is_taken_again(&text, |country: &Country| country.as_str().into());
        is_taken_again(&text, |email: &EmailAddress| email.as_str().into());
        is_taken_again(&text, |path: &LocalPath| path.as_str().into());
        is_taken_again(&text, |window: &MfaWindow| window.seconds().to_string());
        is_taken_again(&text, |name: &Name| name.as_str().into());
        is_taken_again(&text, |number: &PhoneNumber| number.as_str().into());
        is_taken_again(&text, |code: &RecoveryCode| code.grouped());
        is_taken_again(&text, |code: &OneTimeCode| code.digits().iter().copied().map(char::from).collect());
    }

    /// What is kept is read by the same parsers.
    #[test]
    fn whatever_is_read_from_a_row_is_written_as_it_was(text in any_text()) {
        let row = serde_json::to_string(&text).unwrap();

        if let Ok(id) = serde_json::from_str::<UserId>(&row) {
            prop_assert_eq!(serde_json::to_string(&id).unwrap(), row.clone());
        }
        if let Ok(path) = serde_json::from_str::<LocalPath>(&row) {
            prop_assert_eq!(serde_json::to_string(&path).unwrap(), row.clone());
        }
        if let Ok(number) = serde_json::from_str::<PhoneNumber>(&row) {
            prop_assert_eq!(serde_json::to_string(&number).unwrap(), row.clone());
        }
        let taken = [
            serde_json::from_str::<Name>(&row).map(|name| name.to_string()),
            serde_json::from_str::<EmailAddress>(&row).map(|email| email.to_string()),
            serde_json::from_str::<Country>(&row).map(|country| country.to_string()),
        ];
        for text in taken.into_iter().flatten() {
            prop_assert!(!text.is_empty() && !text.chars().any(char::is_control));
        }
    }

    #[test]
    fn a_number_of_seconds_is_a_setting_if_it_is_a_choice(seconds in prop_oneof![any::<u32>(), 0_u32..800_000]) {
        let window = MfaWindow::try_from(seconds).ok();

        prop_assert_eq!(window.is_some(), MfaWindow::CHOICES.iter().any(|choice| choice.seconds() == seconds));
        prop_assert_eq!(window.map_or(seconds, u32::from), seconds);
    }

    #[test]
    fn a_number_that_is_masked_shows_its_calling_code_and_its_last_two_digits(text in "\\+[1-9][0-9]{6,14}") {
        let masked = text.parse::<PhoneNumber>().unwrap().masked();

        let digits: String = masked.chars().filter(char::is_ascii_digit).collect();
        let (code, last) = digits.split_at(digits.len() - 2);
        prop_assert!((1..=3).contains(&code.len()) && text[1..].starts_with(code) && text.ends_with(last));
        prop_assert_eq!(masked.matches('•').count() + digits.len(), text.len() - 1);
    }

    #[test]
    fn no_moment_and_no_span_is_too_much(a in any::<i64>(), b in any::<i64>(), span in any::<std::time::Duration>()) {
        let (a, b) = (Timestamp::from_millis(a), Timestamp::from_millis(b));

        prop_assert!(a.plus(span) >= a && a.minus(span) <= a);
        prop_assert!(a.since(b).is_none_or(|_| a >= b) && (a.until_from(b).is_zero() || a > b));
        prop_assert!(Timestamp::from_seconds(a.seconds()) <= a);
    }
}

use std::time::Duration;

use domain::{Language, MfaWindow, Timestamp};
use leptos::prelude::*;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::words::{Area, use_language, use_words, words_in};
use crate::Words;

const MACHINE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const CLOCK: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]");

/// A moment as people say it: `yesterday 09:14 UTC`, the exact time on hover and for screen readers. The server does
/// not know where its reader is; with JavaScript the page says it in their own time.
#[component]
pub(crate) fn Moment(
    /// The moment.
    at: Timestamp,
    /// The present.
    now: Timestamp,
) -> impl IntoView {
    let words = use_words(Area::Times);
    let (moment, present) = (utc(at), utc(now));
    let (day, clock) = (date(words, moment), format(moment, CLOCK));
    let near = match (moment.date() - present.date()).whole_days() {
        -1 => words.say("time.yesterday"),
        0 => words.say("time.today"),
        1 => words.say("time.tomorrow"),
        _ => day.clone(),
    };
    let said = words.say_all("time.moment", &[("day", &near), ("clock", &clock)]);
    let exact = words.say_all("time.exact", &[("day", &day), ("clock", &clock)]);
    view! {
        <time datetime=format(moment, MACHINE) title=exact data-local>
            {said}
        </time>
    }
}

fn utc(moment: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(moment.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn format(moment: OffsetDateTime, how: &[BorrowedFormatItem<'_>]) -> String {
    moment.format(how).unwrap_or_default()
}

fn date(words: &Words, moment: OffsetDateTime) -> String {
    let month = words.say(&format!("month.{}", u8::from(moment.month())));
    let (day, year) = (moment.day().to_string(), moment.year().to_string());
    words.say_all("time.day", &[("day", &day), ("month", &month), ("year", &year)])
}

/// A day as people write it: `24 November 2026`.
pub(crate) fn day_words(moment: Timestamp, language: Language) -> String {
    date(words_in(Area::Times, language), utc(moment))
}

/// How often a code is asked for, as people say it: `every 12 hours`.
pub(crate) fn every_words(window: MfaWindow) -> String {
    every(window, use_language())
}

fn every(window: MfaWindow, language: Language) -> String {
    words_in(Area::Times, language).say(&format!("every.{}", window.seconds()))
}

/// A choice of the MFA Time Setting, as people say it: `12 hours`.
pub(crate) fn window_words(window: MfaWindow, language: Language) -> String {
    words_in(Area::Times, language).say(&format!("window.{}", window.seconds()))
}

/// A wait as people say it: `30 seconds`, `5 minutes`, `24 hours`.
pub(crate) fn wait_words(seconds: u64) -> String {
    wait(seconds, use_language())
}

fn wait(seconds: u64, language: Language) -> String {
    let words = words_in(Area::Times, language);
    match seconds {
        0..120 => words.say_count("wait.seconds", seconds),
        120..7200 => words.say_count("wait.minutes", seconds.div_ceil(60)),
        _ => words.say_count("wait.hours", seconds.div_ceil(3600)),
    }
}

/// How long until a moment, as people say it: `in 29 days`, `in 40 minutes`.
pub(crate) fn until_words(left: Duration) -> String {
    until(left, use_language())
}

fn until(left: Duration, language: Language) -> String {
    const HOUR: u64 = 3600;
    let words = words_in(Area::Times, language);
    let seconds = left.as_secs();
    match seconds {
        0..60 => words.say("until.soon"),
        60..HOUR => words.say_count("until.minutes", seconds / 60),
        HOUR..172_800 => words.say_count("until.hours", seconds / HOUR),
        _ => words.say_count("until.days", seconds / (24 * HOUR)),
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use http::header::ACCEPT_LANGUAGE;

    use super::*;

    #[test]
    fn waits_and_spans_are_said_as_people_say_them() {
        let waits = [
            (1, "1 second", "1 Sekunde"),
            (30, "30 seconds", "30 Sekunden"),
            (119, "119 seconds", "119 Sekunden"),
            (121, "3 minutes", "3 Minuten"),
            (900, "15 minutes", "15 Minuten"),
            (7199, "120 minutes", "120 Minuten"),
            (7200, "2 hours", "2 Stunden"),
            (86_400, "24 hours", "24 Stunden"),
        ];
        for (seconds, english, german) in waits {
            assert_eq!(wait(seconds, Language::English), english);
            assert_eq!(wait(seconds, Language::German), german);
        }
        let spans = [
            (59, "in less than a minute", "in weniger als einer Minute"),
            (60, "in 1 minute", "in 1 Minute"),
            (3599, "in 59 minutes", "in 59 Minuten"),
            (3600, "in 1 hour", "in 1 Stunde"),
            (172_799, "in 47 hours", "in 47 Stunden"),
            (172_800, "in 2 days", "in 2 Tagen"),
            (2_591_999, "in 29 days", "in 29 Tagen"),
        ];
        for (seconds, english, german) in spans {
            assert_eq!(until(Duration::from_secs(seconds), Language::English), english);
            assert_eq!(until(Duration::from_secs(seconds), Language::German), german);
        }
    }

    #[test]
    fn how_often_a_code_is_asked_for_is_said_for_all_ten_windows() {
        let said = [
            ("every hour", "jede Stunde"),
            ("every 2 hours", "alle 2 Stunden"),
            ("every 4 hours", "alle 4 Stunden"),
            ("every 8 hours", "alle 8 Stunden"),
            ("every 12 hours", "alle 12 Stunden"),
            ("every day", "jeden Tag"),
            ("every 3 days", "alle 3 Tage"),
            ("every 7 days", "alle 7 Tage"),
            ("every 14 days", "alle 14 Tage"),
            ("every 30 days", "alle 30 Tage"),
        ];
        for (window, (english, german)) in MfaWindow::CHOICES.into_iter().zip(said) {
            assert_eq!(every(window, Language::English), english);
            assert_eq!(every(window, Language::German), german);
        }
    }

    fn moment_for(accept_language: &str, at: Timestamp, now: Timestamp) -> String {
        let (parts, ()) = Request::builder().header(ACCEPT_LANGUAGE, accept_language).body(()).unwrap().into_parts();
        Owner::new().with(|| {
            provide_context(parts);
            view! { <Moment at now /> }.to_html()
        })
    }

    #[test]
    fn a_moment_is_said_relative_to_the_present_day() {
        let now = Timestamp::from_seconds(1_740_993_240);
        for (days, english, german) in [
            (0, "today 09:14 UTC", "heute 09:14 UTC"),
            (-1, "yesterday 09:14 UTC", "gestern 09:14 UTC"),
            (1, "tomorrow 09:14 UTC", "morgen 09:14 UTC"),
            (30, "2 April 2025 09:14 UTC", "2. April 2025 09:14 UTC"),
            (-2, "1 March 2025 09:14 UTC", "1. März 2025 09:14 UTC"),
        ] {
            let at = Timestamp::from_seconds(now.seconds() + days * 86400);
            assert!(moment_for("fr, en;q=0.5", at, now).contains(english), "{}", moment_for("en", at, now));
            assert!(moment_for("de-AT", at, now).contains(german), "{}", moment_for("de", at, now));
        }
        assert!(moment_for("en", now, now).contains(r#"datetime="2025-03-03T09:14:00Z""#));
        assert!(moment_for("de", now, now).contains(r#"title="3. März 2025, 09:14 Uhr UTC""#));
    }

    #[test]
    fn every_month_has_a_name() {
        for language in Language::ALL {
            let days =
                (0..12).map(|month| day_words(Timestamp::from_seconds(14 * 86400 + month * 2_629_800), language));
            let names: std::collections::BTreeSet<_> =
                days.map(|day| day.split(' ').nth(1).unwrap().to_owned()).collect();
            assert_eq!(names.len(), 12, "{names:?}");
            assert!(names.iter().all(|name| !name.contains('.')), "{names:?}");
        }
        assert_eq!(day_words(Timestamp::from_seconds(1_795_478_400), Language::English), "24 November 2026");
        assert_eq!(day_words(Timestamp::from_seconds(1_795_478_400), Language::German), "24. November 2026");
    }
}

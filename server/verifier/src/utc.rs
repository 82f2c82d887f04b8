//! Moments as people, files and scripts read them. Always UTC.

use domain::{Language, Timestamp};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// The first and last millisecond that have a year of four digits.
const FIRST: i64 = -62_135_596_800_000;
const LAST: i64 = 253_402_300_799_999;

/// `24 November 2025, 05:12 UTC`
#[must_use]
pub fn in_words(moment: Timestamp) -> String {
    written(moment, format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC"))
}

/// The same in a language: `24. November 2025, 05:12 UTC` in German.
#[must_use]
pub fn in_words_of(moment: Timestamp, language: Language) -> String {
    const GERMAN: [&str; 12] = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    match language {
        Language::English => in_words(moment),
        Language::German => {
            let month = usize::from(u8::from(date_time(moment).month())) - 1;
            let month = GERMAN.get(month).copied().unwrap_or_default();
            let day = written(moment, format_description!("[day padding:none]"));
            let rest = written(moment, format_description!("[year], [hour]:[minute] UTC"));
            format!("{day}. {month} {rest}")
        }
    }
}

/// `20251124T051233123Z`: text order is time order.
#[must_use]
pub fn sortable(moment: Timestamp) -> String {
    written(moment, format_description!("[year][month][day]T[hour][minute][second][subsecond digits:3]Z"))
}

/// `2025-11-24T05:12:33.120Z` (RFC 3339): always as long, so that text order is time order.
#[must_use]
pub fn rfc3339(moment: Timestamp) -> String {
    written(moment, format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"))
}

fn written(moment: Timestamp, format: &[BorrowedFormatItem<'_>]) -> String {
    date_time(moment).format(format).unwrap_or_default()
}

/// A clock that is absurdly wrong shows the nearest year of four digits.
fn date_time(moment: Timestamp) -> OffsetDateTime {
    let nanos = i128::from(moment.millis().clamp(FIRST, LAST)) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_in_three_spellings() {
        let moment = Timestamp::from_millis(1_763_961_153_123);

        assert_eq!(in_words(moment), "24 November 2025, 05:12 UTC");
        assert_eq!(in_words_of(moment, Language::English), in_words(moment));
        assert_eq!(in_words_of(moment, Language::German), "24. November 2025, 05:12 UTC");
        assert_eq!(in_words_of(Timestamp::from_seconds(0), Language::German), "1. Januar 1970, 00:00 UTC");
        assert_eq!(sortable(moment), "20251124T051233123Z");
        assert_eq!(rfc3339(moment), "2025-11-24T05:12:33.123Z");
    }

    #[test]
    fn an_absurd_clock_shows_an_absurd_year_and_nothing_worse() {
        assert_eq!(in_words(Timestamp::from_millis(i64::MAX)), "31 December 9999, 23:59 UTC");
        assert_eq!(sortable(Timestamp::from_millis(i64::MIN)), "00010101T000000000Z");
        assert_eq!(rfc3339(Timestamp::from_millis(i64::MAX)), "9999-12-31T23:59:59.999Z");
        assert_eq!(rfc3339(Timestamp::from_millis(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(Timestamp::from_millis(i64::MIN)), "0001-01-01T00:00:00.000Z");
    }

    #[test]
    fn sortable_times_sort_by_time() {
        let moments = [0, 999, 1000, 59_999, 86_400_000, 1_763_961_153_123, 1_763_961_153_124];

        let names: Vec<String> = moments.map(|millis| sortable(Timestamp::from_millis(millis))).into();

        assert!(names.is_sorted());
    }
}

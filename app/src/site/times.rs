use std::time::Duration;

use domain::Timestamp;
use leptos::prelude::*;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const MACHINE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[day padding:none] [month repr:long] [year]");
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
    let (moment, present) = (utc(at), utc(now));
    let (day, clock) = (format(moment, DAY), format(moment, CLOCK));
    let near = match (moment.date() - present.date()).whole_days() {
        -1 => "yesterday",
        0 => "today",
        1 => "tomorrow",
        _ => day.as_str(),
    };
    let words = format!("{near} {clock} UTC");
    view! {
        <time datetime=format(moment, MACHINE) title=format!("{day}, {clock} UTC") data-local>
            {words}
        </time>
    }
}

fn utc(moment: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(moment.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn format(moment: OffsetDateTime, how: &[BorrowedFormatItem<'_>]) -> String {
    moment.format(how).unwrap_or_default()
}

/// A day as people write it: `24 November 2026`.
pub(crate) fn day_words(moment: Timestamp) -> String {
    format(utc(moment), DAY)
}

/// A wait as people say it: `30 seconds`, `5 minutes`.
pub(crate) fn wait_words(seconds: u64) -> String {
    let (count, unit) = if seconds < 120 { (seconds, "second") } else { (seconds.div_ceil(60), "minute") };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// How long until a moment, as people say it: `in 29 days`, `in 40 minutes`.
pub(crate) fn until_words(left: Duration) -> String {
    const HOUR: u64 = 3600;
    let seconds = left.as_secs();
    let (count, unit) = match seconds {
        0..60 => return "in less than a minute".into(),
        60..HOUR => (seconds / 60, "minute"),
        HOUR..172_800 => (seconds / HOUR, "hour"),
        _ => (seconds / (24 * HOUR), "day"),
    };
    format!("in {count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_and_spans_are_said_as_people_say_them() {
        let waits =
            [(1, "1 second"), (30, "30 seconds"), (119, "119 seconds"), (121, "3 minutes"), (900, "15 minutes")];
        for (seconds, words) in waits {
            assert_eq!(wait_words(seconds), words);
        }
        let spans = [
            (59, "in less than a minute"),
            (60, "in 1 minute"),
            (3599, "in 59 minutes"),
            (3600, "in 1 hour"),
            (172_799, "in 47 hours"),
            (172_800, "in 2 days"),
            (2_591_999, "in 29 days"),
        ];
        for (seconds, words) in spans {
            assert_eq!(until_words(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn a_moment_is_said_relative_to_the_present_day() {
        let now = Timestamp::from_seconds(1_740_993_240);
        let said = |seconds: i64| {
            let at = Timestamp::from_seconds(now.seconds() + seconds);
            Owner::new().with(|| view! { <Moment at now /> }.to_html())
        };

        assert!(said(0).contains("today 09:14 UTC"), "{}", said(0));
        assert!(said(-86400).contains("yesterday 09:14 UTC"));
        assert!(said(86400).contains("tomorrow 09:14 UTC"));
        assert!(said(30 * 86400).contains("2 April 2025 09:14 UTC"));
        assert!(said(0).contains(r#"datetime="2025-03-03T09:14:00Z""#));
    }
}

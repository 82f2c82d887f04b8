use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_url;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use verifier::Level;

use super::context::use_visit;
use super::words::{Area, use_words};
use crate::parts::Icon;

/// From when on it is shown.
const SOON: Duration = Duration::from_mins(10);

/// Says in the last ten minutes before a code is asked for that it will be, and offers to enter one now. A page that is
/// opened earlier brings it along, hidden: `page.js` shows it in time, and hides it when another tab has renewed.
#[component]
pub(crate) fn Banner() -> impl IntoView {
    let visit = use_visit()?;
    let admission = visit.admission()?;
    let Level::Fresh { until, .. } = admission.level() else { return None };
    let left = until.until_from(visit.at);
    let (words, later) = (use_words(Area::Dialog), left > SOON);
    let said = match left.as_secs().div_ceil(60) {
        0 | 1 => words.say("banner.minute"),
        minutes => words.say_with("banner.minutes", "count", &minutes.to_string()),
    };
    let here = use_url().read_untracked().path().to_owned();
    let window = admission.signed_in().person.account.record.mfa_window.span();
    Some(view! {
        <section
            class="banner"
            aria-label=words.say("banner.label")
            hidden=later
            data-left-ms=left.as_millis().to_string()
            data-window-ms=window.as_millis().to_string()
            data-soon-ms=SOON.as_millis().to_string()
            data-minutes=words.say("banner.minutes")
            data-minute=words.say("banner.minute")
            data-now=words.say("banner.now")
        >
            <p class="banner__words" role="status">
                <Icon name="clock" />
                <span>{said}</span>
            </p>
            <a
                class="button button--quiet"
                href=format!("/verify?next={}", utf8_percent_encode(&here, NON_ALPHANUMERIC))
                data-renew
            >
                <span class="button__label">{words.say("banner.renew")}</span>
            </a>
        </section>
    })
}

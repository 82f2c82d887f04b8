use domain::Timestamp;
use leptos::prelude::*;
use verifier::SecurityEvent;

use crate::site::browser_words::browser_words;
use crate::site::events::event_words;
use crate::site::times::Moment;
use crate::site::words::{Area, use_language, use_words};

/// What happened lately, the newest first.
#[component]
pub(crate) fn Events(
    /// What is said above.
    what: String,
    /// Each with who did it, if that was somebody else.
    happened: Vec<(SecurityEvent, Option<String>)>,
    now: Timestamp,
) -> impl IntoView {
    let language = use_language();
    let rows = happened.into_iter().map(|(event, by)| {
        let browser = event.browser.as_ref().map(|browser| browser_words(browser.as_str()));
        let address = event.address.map(|address| address.to_string());
        let from: Vec<_> = browser.into_iter().chain(address).collect();
        view! {
            <li class="rows__row">
                <div class="rows__what">
                    <p>{event_words(&event, language)} {by.map(|by| format!(" {by}"))}</p>
                    <p class="setting__note">
                        <Moment at=event.at now />
                        {(!from.is_empty()).then(|| format!(" · {}", from.join(" · ")))}
                    </p>
                </div>
            </li>
        }
    });
    view! {
        <section class="card" aria-labelledby="events">
            <div class="card__head">
                <h2 id="events">{use_words(Area::Events).say("events.title")}</h2>
                <p>{what}</p>
            </div>
            <ol class="rows" role="list">
                {rows.collect_view()}
            </ol>
        </section>
    }
}

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{TextDelivery, TextSent};

use super::words::{Area, use_words};
use crate::Words;
use crate::api::{LiveMobileText, LiveRecoveryText};
use crate::parts::{Icon, Notice, Tone};

/// What a [`Live`](crate::Live) says as the last word on something.
pub(crate) fn said_last(said: impl IntoView) -> Words {
    Words::new([("html".to_owned(), html_of(said))])
}

/// The same of what `from` may say otherwise `after_ms` later; `stale` takes its place when that does not answer.
pub(crate) fn said_now(said: impl IntoView, from: &str, after_ms: u32, stale: impl IntoView) -> Words {
    let mut words = said_last(said);
    words.put("from", from.to_owned());
    words.put("after", after_ms.to_string());
    words.put("stale", html_of(stale));
    words
}

fn html_of(said: impl IntoView) -> String {
    said.into_view().to_html()
}

/// How far the text is that confirms a mobile. Without one, none can be answered any more.
#[must_use]
pub fn mobile_text_news(sent: Option<&TextSent>) -> Words {
    let words = use_words(Area::Wizard);
    match sent.map(|sent| sent.delivery) {
        None => said_last(view! { <Notice tone=Tone::Warning title=words.say("text.over") /> }),
        Some(TextDelivery::Failed) => {
            let (title, more) = (words.say("text.failed"), words.say("text.failed-more"));
            // It cost no try, so the next one need not wait: the style hides the countdown.
            said_last(view! {
                <div class="text-failed">
                    <Notice tone=Tone::Warning title more />
                </div>
            })
        }
        Some(TextDelivery::Perhaps) => {
            let (title, more) = (words.say("text.perhaps"), words.say("text.perhaps-more"));
            said_last(view! { <Notice tone=Tone::Warning title more /> })
        }
        Some(TextDelivery::Queued) => text_waits(LiveMobileText::PATH),
        Some(TextDelivery::Sent) => said_last(view! { <p>{words.say("text.what")}</p> }),
    }
}

/// How far the text is that lets somebody back in. Without one, none can be answered any more.
#[must_use]
pub fn recovery_text_news(sent: Option<&TextSent>) -> Words {
    let words = use_words(Area::SignIn);
    match sent.map(|sent| sent.delivery) {
        None => said_last(view! { <p>{use_words(Area::Frame).say("frame.stale")}</p> }),
        Some(TextDelivery::Failed) => said_last(recovery_text_failed()),
        Some(TextDelivery::Perhaps) => said_last(recovery_text_perhaps()),
        Some(TextDelivery::Queued) => text_waits(LiveRecoveryText::PATH),
        Some(TextDelivery::Sent) => {
            let (title, more) = (words.say("recovery.sent"), words.say("recovery.sent-more"));
            said_last(view! { <Notice tone=Tone::Success title more standing=true /> })
        }
    }
}

/// A text that was to let somebody back in did not go.
pub(crate) fn recovery_text_failed() -> impl IntoView {
    let words = use_words(Area::SignIn);
    let (title, more) = (words.say("recovery.text-failed"), words.say("recovery.text-failed-more"));
    view! { <Notice tone=Tone::Warning title more /> }
}

/// Nobody can say whether a text went that was to let somebody back in.
pub(crate) fn recovery_text_perhaps() -> impl IntoView {
    let words = use_words(Area::SignIn);
    let (title, more) = (words.say("recovery.text-perhaps"), words.say("recovery.text-perhaps-more"));
    view! { <Notice tone=Tone::Warning title more /> }
}

/// A text waits for its gateway. Whoever is told so without scripts, or when nobody can tell any more, can look again.
fn text_waits(from: &str) -> Words {
    const LOOK_AFTER_MS: u32 = 3_000;

    let words = use_words(Area::Frame);
    let said = |title| {
        view! {
            <div class="notice notice--info">
                <Icon name="info" />
                <div class="notice__body">
                    <p class="notice__title">{title}</p>
                    // This page, whichever it is.
                    <p>
                        <a href="">{words.say("frame.text-look")}</a>
                    </p>
                </div>
            </div>
        }
    };
    said_now(said(words.say("frame.text-waits")), from, LOOK_AFTER_MS, said(words.say("frame.stale")))
}

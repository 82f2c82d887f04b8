use leptos::prelude::*;

use crate::Words;

/// How far everybody is protected: the sentences, made on the server. As long as somebody looks at the card, it keeps
/// itself up to date.
#[island]
pub fn MfaCard(
    /// What the card says: `protected`, `not-ready` and `stale`.
    words: Words,
) -> impl IntoView {
    let words = RwSignal::new(words);
    keep_up_to_date(words);
    let sentence = move |key| move || words.with(|words| words.say(key));
    view! {
        <div class="live">
            <p class="figure" role="status">
                {sentence("protected")}
            </p>
            <p class="setting__note">{sentence("not-ready")}</p>
        </div>
    }
}

/// Asks anew every 15 seconds while the page is to be seen. What could not be asked is said where it stands.
#[cfg(feature = "hydrate")]
fn keep_up_to_date(words: RwSignal<Words>) {
    use gloo_timers::callback::Interval;
    use leptos::server_fn::ServerFn;
    use leptos::task::spawn_local;

    use crate::api::LiveCoverage;
    use crate::post::Post;

    const EVERY_MS: u32 = 15_000;
    const STALE: &str = "stale";

    let ask = move || {
        if document().hidden() {
            return;
        }
        spawn_local(async move {
            let Some(post) = Post::to(LiveCoverage::PATH) else { return };
            let found = post.send_quietly().await;
            words.update(|words| match found {
                Some(found) => *words = found,
                None => words.put("not-ready", words.say(STALE)),
            });
        });
    };
    // As long as the page.
    Interval::new(EVERY_MS, ask).forget();
}

#[cfg(not(feature = "hydrate"))]
fn keep_up_to_date(_: RwSignal<Words>) {}

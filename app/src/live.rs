use leptos::prelude::*;

use crate::Words;

// Of what a `Live` is told, each by its name.
const HTML: &str = "html";
#[cfg(feature = "hydrate")]
const FROM: &str = "from";
#[cfg(feature = "hydrate")]
const AFTER: &str = "after";
#[cfg(feature = "hydrate")]
const STALE: &str = "stale";

/// What the server says at this moment, and again as long as somebody looks: an island where the page has no other.
#[island]
pub fn Live(
    /// What it says now.
    words: Words,
) -> impl IntoView {
    live(RwSignal::new(words))
}

/// The words are HTML that the server has made of its own components: what it says (`html`), which function says it
/// anew (`from`), after how many milliseconds (`after`), and what to say if that can't be asked (`stale`). The last word on
/// something is `html` alone.
pub(crate) fn live(words: RwSignal<Words>) -> impl IntoView {
    keep_up_to_date(words);
    view! { <div class="live" role="status" inner_html=move || words.with(|words| words.say(HTML))></div> }
}

/// Asks anew while the page is to be seen. Who gets no answer for so many times has to ask for the page anew.
#[cfg(feature = "hydrate")]
fn keep_up_to_date(words: RwSignal<Words>) {
    use std::cell::Cell;
    use std::rc::Rc;

    use gloo_timers::callback::Interval;
    use leptos::task::spawn_local;

    use crate::post::Post;

    const MOST_FAILED: u32 = 20;

    let (from, after) = words.with_untracked(|words| (words.say(FROM), words.say(AFTER)));
    // The last word: there is nothing to ask for.
    let Ok(after_ms) = after.parse() else { return };
    let interval = StoredValue::new_local(None::<Interval>);
    let (failed, asking) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
    let ask = move || {
        // One question at a time: an answer that overtakes another would be overwritten by it.
        if document().hidden() || asking.get() {
            return;
        }
        let Some(post) = Post::to(&from) else { return };
        asking.set(true);
        let (failed, asking) = (Rc::clone(&failed), Rc::clone(&asking));
        spawn_local(async move {
            let found: Option<Words> = post.send_quietly().await;
            asking.set(false);
            // The page shows something else by now.
            if interval.try_with_value(Option::is_some) != Some(true) {
                return;
            }
            failed.set(if found.is_some() { 0 } else { failed.get() + 1 });
            let is_last = found.as_ref().is_some_and(|found| !found.has(FROM));
            words.try_update(|words| match found {
                Some(found) => *words = found,
                None => words.put(HTML, words.say(STALE)),
            });
            if is_last || failed.get() == MOST_FAILED {
                interval.try_set_value(None);
            }
        });
    };
    interval.set_value(Some(Interval::new(after_ms, ask)));
    on_cleanup(move || interval.set_value(None));
}

#[cfg(not(feature = "hydrate"))]
fn keep_up_to_date(_: RwSignal<Words>) {}

use leptos::prelude::*;

use crate::parts::Icon;
use crate::site::words::{Area, use_words};

/// Says that a link no longer works, and what to do.
#[component]
pub(super) fn LinkDead(
    /// How to get another.
    what_to_do: String,
) -> impl IntoView {
    let words = use_words(Area::SignIn);
    view! {
        <div class="card message">
            <Icon name="clock" class="icon message__icon" />
            <h1>{words.say("link.dead")}</h1>
            <p>{what_to_do}</p>
            <a class="button button--secondary" href="/sign-in">
                <span class="button__label">{words.say("link.go")}</span>
            </a>
        </div>
    }
}

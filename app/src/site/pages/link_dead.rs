use leptos::prelude::*;

use crate::parts::Icon;

/// Says that a link no longer works, and what to do.
#[component]
pub(super) fn LinkDead(
    /// How to get another.
    what_to_do: &'static str,
) -> impl IntoView {
    view! {
        <div class="card message">
            <Icon name="clock" class="icon message__icon" />
            <h1>"This link no longer works"</h1>
            <p>{what_to_do}</p>
            <a class="button button--secondary" href="/sign-in">
                <span class="button__label">"Go to the sign-in"</span>
            </a>
        </div>
    }
}

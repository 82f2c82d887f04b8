use leptos::prelude::*;

/// An icon of the sprite, beside words that say the same.
#[component]
pub(crate) fn Icon(
    /// The icon's name in the sprite.
    name: &'static str,
    /// Another class than `icon`.
    #[prop(default = "icon")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg class=class aria-hidden="true">
            <use href=format!("#icon-{name}")></use>
        </svg>
    }
}

use leptos::prelude::*;

/// A button that submits its form. While the form is on its way it says so, at the same size.
#[component]
pub(crate) fn Button(
    /// What it does, as a verb.
    #[prop(into)]
    label: String,
    /// What a screen reader says instead, where several buttons say the same.
    #[prop(into, optional)]
    label_in_full: Option<String>,
    /// What it says while it is being done.
    #[prop(into)]
    pending: String,
    /// Whether it is being done.
    #[prop(into, optional)]
    busy: Signal<bool>,
    /// `primary`, `secondary`, `quiet` or `danger`.
    #[prop(default = "primary")]
    rank: &'static str,
) -> impl IntoView {
    view! {
        <button
            class=format!("button button--{rank}")
            aria-label=label_in_full
            data-state=move || busy.get().then_some("pending")
            aria-disabled=move || busy.get().then_some("true")
        >
            <span class="button__label">{label}</span>
            <span class="button__pending">{pending}</span>
        </button>
    }
}

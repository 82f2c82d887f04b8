use domain::LocalPath;
use leptos::prelude::*;

/// Carries the way back through a form. Whoever tampers with it only misleads themself: it is parsed again.
#[component]
pub(crate) fn NextField(
    /// Where to go on afterwards.
    next: Option<LocalPath>,
) -> impl IntoView {
    next.map(|next| view! { <input type="hidden" name="next" value=next.to_string() /> })
}

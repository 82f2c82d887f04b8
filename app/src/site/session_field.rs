use leptos::prelude::*;

use super::context::use_visit;

/// Which session a form was made for, as a field of it: a page that is older than the sign-in changes nothing.
#[component]
pub(crate) fn SessionField() -> impl IntoView {
    let session = use_visit()?.admission()?.signed_in().session.id.to_string();
    Some(view! { <input type="hidden" name="session" value=session /> })
}

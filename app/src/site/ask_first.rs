use leptos::prelude::*;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use verifier::Level;

use super::context::use_visit;
use super::words::{Area, use_words};
use crate::parts::{Notice, Tone};

/// For who has no JavaScript, where a form asks for a code of the last ten minutes and there is none: enter it first,
/// so that nothing is typed in vain. With JavaScript the code is asked for over the form.
#[component]
pub(crate) fn AskFirst(
    /// The page the form stands on.
    #[prop(into)]
    back: String,
) -> impl IntoView {
    let visit = use_visit()?;
    let Level::Fresh { recent: false, .. } = visit.admission()?.level() else { return None };
    let words = use_words(Area::Dialog);
    let to = format!("/verify?next={}", utf8_percent_encode(&back, NON_ALPHANUMERIC));
    Some(view! {
        <noscript>
            <Notice tone=Tone::Info title=words.say("dialog.first") standing=true />
            <p>
                <a href=to>{words.say("dialog.first-go")}</a>
            </p>
        </noscript>
    })
}

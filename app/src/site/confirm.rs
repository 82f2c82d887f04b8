use leptos::prelude::*;

use crate::parts::Button;
use crate::site::session_field::SessionField;

/// A button that asks once more before it does something. The question is a popover, which needs no JavaScript.
#[component]
pub(crate) fn Confirm(
    /// The popover's id.
    #[prop(into)]
    id: String,
    /// What the button says.
    #[prop(into)]
    label: String,
    /// What a screen reader says for the button, where several say the same.
    #[prop(into, optional_no_strip)]
    label_in_full: Option<String>,
    /// What the button looks like.
    #[prop(default = "button button--secondary")]
    class: &'static str,
    /// The question.
    #[prop(into)]
    title: String,
    /// What will happen.
    #[prop(into)]
    what: String,
    /// The verb that does it.
    #[prop(into)]
    verb: String,
    /// The rank of that verb.
    #[prop(default = "primary")]
    rank: &'static str,
    /// What is said while it is done.
    #[prop(into)]
    pending: String,
    /// The verb that does nothing.
    #[prop(into)]
    cancel: String,
    /// The function.
    action: &'static str,
    /// A field that says what it is about.
    #[prop(optional_no_strip)]
    field: Option<(&'static str, String)>,
    /// Another.
    #[prop(optional_no_strip)]
    more: Option<(&'static str, String)>,
) -> impl IntoView {
    let (title_id, what_id) = (format!("{id}-title"), format!("{id}-what"));
    let (dialog, titled, described) = (id.clone(), title_id.clone(), what_id.clone());
    let target = id.clone();
    let fields = field.into_iter().chain(more);
    let fields = fields.map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view();
    view! {
        <button class=class type="button" popovertarget=target aria-haspopup="dialog" aria-label=label_in_full>
            <span class="button__label">{label}</span>
        </button>
        <div
            class="dialog"
            id=dialog
            popover="auto"
            role="dialog"
            aria-labelledby=titled
            aria-describedby=described
            tabindex="-1"
            autofocus
        >
            <form class="form" method="post" action=action>
                <SessionField />
                {fields}
                <div class="card__head">
                    <h2 id=title_id>{title}</h2>
                    <p id=what_id>{what}</p>
                </div>
                <div class="actions">
                    <Button label=verb pending rank />
                    <button class="button button--quiet" type="button" popovertarget=id popovertargetaction="hide">
                        <span class="button__label">{cancel}</span>
                    </button>
                </div>
            </form>
        </div>
    }
}

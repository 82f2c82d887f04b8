use leptos::html::Div;
use leptos::prelude::*;

use super::Icon;

/// What went wrong, on top of the form: takes the focus, and leads to each field to mend.
#[component]
pub(crate) fn Problems(
    /// What went wrong in one sentence.
    #[prop(into)]
    title: String,
    /// The id of each field to mend, and how to mend it.
    #[prop(optional)]
    fields: Vec<(&'static str, String)>,
    /// For an island that moves the focus itself.
    #[prop(optional)]
    node_ref: NodeRef<Div>,
) -> impl IntoView {
    let list = (!fields.is_empty()).then(|| {
        let items = fields.into_iter().map(|(id, sentence)| {
            view! {
                <li>
                    <a href=format!("#{id}")>{sentence}</a>
                </li>
            }
        });
        view! { <ul>{items.collect_view()}</ul> }
    });
    view! {
        <div class="notice notice--danger" id="problems" role="alert" tabindex="-1" autofocus node_ref=node_ref>
            <Icon name="danger" />
            <div class="notice__body">
                <h2 class="notice__title">{title}</h2>
                {list}
            </div>
        </div>
    }
}

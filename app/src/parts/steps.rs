use leptos::prelude::*;

/// Where somebody is in the wizard: a numbered list on wide screens, "Step 2 of 3" and a bar on phones.
#[component]
pub(crate) fn Steps(
    /// What the list is called.
    #[prop(into)]
    label: String,
    /// The names of the steps.
    names: Vec<String>,
    /// Which one it is, beginning at 0.
    current: usize,
    /// `Step 2 of 3` in the reader's language.
    #[prop(into)]
    now: String,
    /// What is said after a step that is done.
    #[prop(into)]
    done: String,
) -> impl IntoView {
    let count = names.len();
    let name = names.get(current).cloned();
    let items = names.into_iter().enumerate().map(move |(at, name)| {
        let done = (at < current).then(|| view! { <span class="visually-hidden">{format!(", {done}")}</span> });
        view! {
            <li
                class="steps__item"
                data-state=(at < current).then_some("done")
                aria-current=(at == current).then_some("step")
            >
                <span>{name} {done}</span>
            </li>
        }
    });
    view! {
        <div class="steps" role="group" aria-label=label>
            <p class="steps__now">
                <strong>{now}</strong>
                " "
                {name}
            </p>
            <progress class="bar" max=count.to_string() value=(current + 1).to_string() aria-hidden="true"></progress>
            <ol class="steps__list" role="list">
                {items.collect_view()}
            </ol>
        </div>
    }
}

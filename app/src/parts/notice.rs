use leptos::prelude::*;

use super::Icon;

/// What a notice is for; each with its icon and its colour, never the colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Info,
    Success,
    Warning,
}

/// A sentence that stands out, with more words under it if there are any.
#[component]
pub(crate) fn Notice(
    /// What it is for.
    tone: Tone,
    /// The sentence.
    #[prop(into)]
    title: String,
    /// Whether it says how things are; else it is news, and read out.
    #[prop(optional)]
    standing: bool,
    /// More words.
    #[prop(into, optional_no_strip)]
    more: Option<String>,
) -> impl IntoView {
    let (class, icon) = match tone {
        Tone::Info => ("notice notice--info", "info"),
        Tone::Success => ("notice notice--success", "success"),
        Tone::Warning => ("notice notice--warning", "warning"),
    };
    let is_news = !standing && (tone == Tone::Success || tone == Tone::Info);
    view! {
        <div class=class role=is_news.then_some("status")>
            <Icon name=icon />
            <div class="notice__body">
                <p class="notice__title">{title}</p>
                {more.map(|more| view! { <p>{more}</p> })}
            </div>
        </div>
    }
}

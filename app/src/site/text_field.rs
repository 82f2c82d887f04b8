use leptos::prelude::*;

use super::words::{Area, use_words};
use crate::parts::{FieldError, Hint, described_by};

/// A labelled field. Hint and error are read out with it, the hint first.
#[component]
pub(crate) fn Field(
    /// The field's name; its id too.
    name: &'static str,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// `text`, `email` or `password`.
    #[prop(default = "text")]
    kind: &'static str,
    /// The autofill token.
    autocomplete: &'static str,
    /// What helps to fill it in.
    #[prop(into, optional_no_strip)]
    hint: Option<String>,
    /// How to mend what was filled in.
    #[prop(into, optional_no_strip)]
    error: Option<String>,
    /// What stands in it.
    #[prop(into, optional_no_strip)]
    value: Option<String>,
    /// Whether the page begins here.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let described = described_by(name, hint.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    let input = view! {
        <input
            class="input"
            id=name
            name=name
            type=kind
            autocomplete=autocomplete
            autocapitalize=(kind != "text").then_some("none")
            spellcheck=(kind != "text").then_some("false")
            aria-describedby=described
            aria-invalid=invalid
            value=value
            autofocus=autofocus
            required
        />
    };
    let control =
        if kind == "password" { view! { <Revealable name>{input}</Revealable> }.into_any() } else { input.into_any() };
    view! {
        <div class="field">
            <label class="field__label" for=name>
                {label}
            </label>
            <Hint field=name text=hint />
            {control}
            <FieldError field=name text=error />
        </div>
    }
}

/// A password field with a button that shows what was typed; the button comes alive with the page's script.
#[component]
fn Revealable(name: &'static str, children: Children) -> impl IntoView {
    let words = use_words(Area::Frame);
    view! {
        <div class="password">
            {children()}
            <button
                type="button"
                class="password__toggle"
                data-reveal=name
                aria-controls=name
                aria-label=words.say("frame.show-password")
                data-label=words.say("frame.hide-password")
                data-words=words.say("frame.hide")
                hidden
            >
                {words.say("frame.show")}
            </button>
        </div>
    }
}

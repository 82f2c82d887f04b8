use leptos::prelude::*;

use super::Icon;

/// The field for six digits. No `maxlength` and no `pattern`: `123 456` must be pasted whole.
#[component]
pub(crate) fn CodeField(
    /// The field's name; its id too.
    #[prop(default = "code")]
    name: &'static str,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// What helps to fill it in.
    #[prop(into)]
    hint: String,
    /// How to mend what was filled in.
    #[prop(into, optional_no_strip)]
    error: Option<String>,
    /// Whether the page begins here.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let described = described_by(name, true, error.is_some());
    let invalid = error.is_some().then_some("true");
    view! {
        <div class="field">
            <label class="field__label" for=name>
                {label}
            </label>
            <Hint field=name text=Some(hint) />
            <input
                class="input input--code"
                id=name
                name=name
                type="text"
                inputmode="numeric"
                autocomplete="one-time-code"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=described
                aria-invalid=invalid
                autofocus=autofocus
                required
            />
            <FieldError field=name text=error />
        </div>
    }
}

/// What helps to fill in a field.
#[component]
pub(crate) fn Hint(
    /// The field's id.
    field: &'static str,
    /// The hint.
    text: Option<String>,
) -> impl IntoView {
    text.map(|text| {
        view! {
            <p class="field__hint" id=format!("{field}-hint")>
                {text}
            </p>
        }
    })
}

/// How to mend what was filled in.
#[component]
pub(crate) fn FieldError(
    /// The field's id.
    field: &'static str,
    /// The sentence.
    text: Option<String>,
) -> impl IntoView {
    text.map(|text| {
        view! {
            <p class="field__error" id=format!("{field}-error")>
                <Icon name="danger" />
                {text}
            </p>
        }
    })
}

/// The ids that a field is read out with: its hint first, then its error.
pub(crate) fn described_by(field: &str, hint: bool, error: bool) -> Option<String> {
    let ids: Vec<String> = [(hint, "hint"), (error, "error")]
        .into_iter()
        .filter(|(there, _)| *there)
        .map(|(_, what)| format!("{field}-{what}"))
        .collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

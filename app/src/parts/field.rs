use leptos::prelude::*;

use super::Icon;

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
    let control = if kind == "password" {
        view! {
            <div class="password">
                {input}
                <button type="button" class="password__toggle" data-reveal=name aria-controls=name hidden>
                    "Show"
                </button>
            </div>
        }
        .into_any()
    } else {
        input.into_any()
    };
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

/// The field for six digits. No `maxlength` and no `pattern`: `123 456` must be pasted whole.
#[component]
pub(crate) fn CodeField(
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
    let described = described_by("code", true, error.is_some());
    let invalid = error.is_some().then_some("true");
    view! {
        <div class="field">
            <label class="field__label" for="code">
                {label}
            </label>
            <Hint field="code" text=Some(hint) />
            <input
                class="input input--code"
                id="code"
                name="code"
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
            <FieldError field="code" text=error />
        </div>
    }
}

#[component]
fn Hint(field: &'static str, text: Option<String>) -> impl IntoView {
    text.map(|text| {
        view! {
            <p class="field__hint" id=format!("{field}-hint")>
                {text}
            </p>
        }
    })
}

#[component]
fn FieldError(field: &'static str, text: Option<String>) -> impl IntoView {
    text.map(|text| {
        view! {
            <p class="field__error" id=format!("{field}-error")>
                <Icon name="danger" />
                {text}
            </p>
        }
    })
}

fn described_by(field: &str, hint: bool, error: bool) -> Option<String> {
    let ids: Vec<String> = [(hint, "hint"), (error, "error")]
        .into_iter()
        .filter_map(|(there, what)| there.then(|| format!("{field}-{what}")))
        .collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

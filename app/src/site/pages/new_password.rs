use leptos::prelude::*;

use crate::Words;
use crate::api::FieldProblem;
use crate::parts::Problems;
use crate::site::text_field::Field;
use crate::site::words::{Area, use_words};

/// The field for a password that is about to be set.
#[component]
pub(super) fn NewPasswordField(
    /// How to mend it.
    error: Option<String>,
) -> impl IntoView {
    let words = use_words(Area::SignIn);
    view! {
        <Field
            name="new_password"
            label=words.say("sign-in.password")
            kind="password"
            autocomplete="new-password"
            hint=words.say("password.hint")
            error
        />
    }
}

/// The field a problem is about, and how to mend it.
pub(super) fn mend(words: &Words, problem: FieldProblem) -> (&'static str, String) {
    let (field, key) = match problem {
        FieldProblem::Account => ("account", "mend-field.account"),
        FieldProblem::Name => ("name", "mend-field.name"),
        FieldProblem::Email => ("email", "mend-field.email"),
        FieldProblem::EmailTaken => ("email", "mend-field.email-taken"),
        FieldProblem::PasswordTooShort => ("new_password", "mend-field.password-short"),
        FieldProblem::PasswordTooLong => ("new_password", "mend-field.password-long"),
        FieldProblem::PasswordTooEasy => ("new_password", "mend-field.password-easy"),
    };
    (field, words.say(key))
}

/// Says on top of the form that there is one thing to mend.
#[component]
pub(super) fn MendOne(
    /// The field, and how to mend it.
    mended: Option<(&'static str, String)>,
) -> impl IntoView {
    let title = use_words(Area::SignIn).say_count("mend-field.things", 1);
    mended.map(|field| view! { <Problems title fields=vec![field] /> })
}

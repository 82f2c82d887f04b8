use leptos::prelude::*;

use crate::api::FieldProblem;
use crate::site::text_field::Field;

/// The field for a password that is about to be set.
#[component]
pub(super) fn NewPasswordField(
    /// How to mend it.
    error: Option<String>,
) -> impl IntoView {
    view! {
        <Field
            name="new_password"
            label="Password"
            kind="password"
            autocomplete="new-password"
            hint="At least 8 characters. A password manager can make one and fill it in.".to_owned()
            error
        />
    }
}

/// The field a problem is about, and how to mend it.
pub(super) fn mend(problem: FieldProblem) -> (&'static str, &'static str) {
    match problem {
        FieldProblem::Account => ("account", "Enter the name of your organisation, at most 100 characters"),
        FieldProblem::Name => ("name", "Enter your name, at most 100 characters"),
        FieldProblem::Email => ("email", "Enter an email address like name@company.com"),
        FieldProblem::EmailTaken => ("email", "Somebody signs in with this address already: enter another one"),
        FieldProblem::PasswordTooShort => ("new_password", "Choose a longer password, at least 8 characters"),
        FieldProblem::PasswordTooLong => ("new_password", "Choose a shorter password, at most 256 characters"),
        FieldProblem::PasswordTooEasy => {
            ("new_password", "Choose a password that is harder to guess: three or four unusual words work well")
        }
    }
}

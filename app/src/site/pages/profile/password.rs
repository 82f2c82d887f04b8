use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::mends;
use crate::Words;
use crate::api::{ChangePassword, ProfileProblem};
use crate::parts::Button;
use crate::site::ask_first::AskFirst;
use crate::site::context::use_visit;
use crate::site::session_field::SessionField;
use crate::site::text_field::Field;

/// Another password for who knows the present one.
#[component]
pub(super) fn PasswordForm(words: &'static Words, problem: Option<ProfileProblem>) -> impl IntoView {
    let email =
        use_visit().and_then(|visit| Some(visit.admission()?.signed_in().person.credential.record.email.to_string()));
    view! {
        <section class="card" aria-labelledby="password-title">
            <div class="card__head">
                <h2 id="password-title">{words.say("password.title")}</h2>
                <p>{words.say("password.what")}</p>
            </div>
            <AskFirst back="/profile" />
            <form class="form" method="post" action=ChangePassword::PATH novalidate>
                <SessionField />
                // For password managers: whose password it is.
                <input type="hidden" name="username" autocomplete="username" value=email />
                <Field
                    name="password"
                    label=words.say("password.present")
                    kind="password"
                    autocomplete="current-password"
                    error=mends(words, problem, "password")
                />
                <Field
                    name="new_password"
                    label=words.say("password.new")
                    kind="password"
                    autocomplete="new-password"
                    hint=words.say("password.new-hint")
                    error=mends(words, problem, "new_password")
                />
                <div class="actions">
                    <Button label=words.say("password.change") pending=words.say("profile.saving") rank="secondary" />
                </div>
            </form>
        </section>
    }
}

/// The same place while there is no authenticator whose code the change would ask for.
#[component]
pub(super) fn PasswordLater(words: &'static Words) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="password-title">
            <div class="card__head">
                <h2 id="password-title">{words.say("password.title")}</h2>
                <p>{words.say("password.later")}</p>
            </div>
        </section>
    }
}

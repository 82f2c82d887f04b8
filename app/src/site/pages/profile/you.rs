use domain::Language;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::mends;
use crate::Words;
use crate::api::{ChangeName, ChooseLanguage, ProfileProblem};
use crate::parts::Button;
use crate::site::context::use_visit;
use crate::site::session_field::SessionField;
use crate::site::text_field::Field;

/// Who they are; what may be changed of it stands inside.
#[component]
pub(super) fn You(words: &'static Words, email: String, children: Children) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="you">
            <h2 id="you">{words.say("you.title")}</h2>
            <dl class="summary-list">
                <div class="summary-list__row">
                    <dt class="summary-list__term">{words.say("you.email")}</dt>
                    <dd class="summary-list__value">
                        <p>{email}</p>
                        <p class="summary-list__note">{words.say("you.email-note")}</p>
                    </dd>
                </div>
            </dl>
            {children()}
        </section>
    }
}

/// Name and language.
#[component]
pub(super) fn YouForm(words: &'static Words, name: String, problem: Option<ProfileProblem>) -> impl IntoView {
    let visit = use_visit();
    let typed = visit.as_ref().and_then(|visit| visit.typed("name"));
    let chosen = visit.and_then(|visit| visit.admission()?.signed_in().person.credential.record.language);
    let options = Language::ALL.map(|language| {
        view! {
            <option value=language.tag() lang=language.tag() selected=chosen == Some(language)>
                {language.own_name()}
            </option>
        }
    });
    view! {
        <form class="form form--row" method="post" action=ChangeName::PATH novalidate>
            <SessionField />
            <Field
                name="name"
                label=words.say("you.name")
                autocomplete="name"
                error=mends(words, problem, "name")
                value=typed.unwrap_or(name)
            />
            <Button label=words.say("you.save-name") pending=words.say("profile.saving") rank="secondary" />
        </form>
        <form class="form form--row" method="post" action=ChooseLanguage::PATH>
            <SessionField />
            <div class="field">
                <label class="field__label" for="language">
                    {words.say("you.language")}
                </label>
                <select class="input" id="language" name="language">
                    <option value="" selected=chosen.is_none()>
                        {words.say("you.language-of-browser")}
                    </option>
                    {options.to_vec()}
                </select>
            </div>
            <Button label=words.say("you.save-language") pending=words.say("profile.saving") rank="secondary" />
        </form>
    }
}

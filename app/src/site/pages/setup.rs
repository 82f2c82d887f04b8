use std::sync::Arc;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{Token, Verifier};

use super::answer_with;
use super::behind_link::behind_link;
use super::link_dead::LinkDead;
use super::new_password::{NewPasswordField, mend};
use crate::api::{CreateFirstAccount, FieldProblem, FirstAccountProblem};
use crate::parts::{Button, Problems};
use crate::site::frame::{Frame, Width};
use crate::site::text_field::Field;
use crate::site::words::{Area, use_words};
use crate::site::{Outcome, Visit};

/// The first account, by the link the server printed.
#[component]
pub(crate) fn SetupPage() -> impl IntoView {
    let find = |verifier: Arc<Verifier>, token: Token| async move {
        verifier.setup_is_open(&token).await.unwrap_or(false).then_some(())
    };
    let content = behind_link(find, form, dead)?;
    let title = use_words(Area::SignIn).say("setup.title");
    Some(view! {
        <Frame title width=Width::Narrow>
            {content}
        </Frame>
    })
}

fn dead() -> AnyView {
    answer_with(FirstAccountProblem::LinkDead);
    view! { <LinkDead what_to_do=use_words(Area::SignIn).say("setup.dead") /> }.into_any()
}

fn form(visit: &Visit, link: String, (): ()) -> AnyView {
    let problems = visit.outcome(|outcome| match outcome {
        Outcome::FirstAccount(FirstAccountProblem::Fields(fields)) => Some(fields.clone()),
        _ => None,
    });
    if let Some(fields) = problems.clone() {
        answer_with(FirstAccountProblem::Fields(fields));
    }
    let problems = problems.unwrap_or_default();
    let words = use_words(Area::SignIn);
    let error = |field: &str| {
        let found = problems.iter().map(|problem| mend(words, *problem)).find(|(of, _)| *of == field);
        found.map(|(_, sentence)| sentence)
    };
    view! {
        <div class="card">
            <Summary problems=problems.clone() />
            <div class="card__head">
                <h1>{words.say("setup.title")}</h1>
                <p>{words.say("setup.what")}</p>
            </div>
            <form class="form" method="post" action=CreateFirstAccount::PATH novalidate>
                <input type="hidden" name="link" value=link />
                <Field
                    name="account"
                    label=words.say("setup.account")
                    autocomplete="organization"
                    hint=words.say("setup.account-hint")
                    error=error("account")
                    value=visit.typed("account")
                    autofocus=problems.is_empty()
                />
                <Field
                    name="name"
                    label=words.say("setup.name")
                    autocomplete="name"
                    error=error("name")
                    value=visit.typed("name")
                />
                <Field
                    name="email"
                    label=words.say("sign-in.email")
                    kind="email"
                    autocomplete="username"
                    error=error("email")
                    value=visit.typed("email")
                />
                <NewPasswordField error=error("new_password") />
                <div class="actions">
                    <Button label=words.say("setup.go") pending=words.say("setup.creating") />
                </div>
            </form>
        </div>
    }
    .into_any()
}

#[component]
fn Summary(problems: Vec<FieldProblem>) -> impl IntoView {
    let words = use_words(Area::SignIn);
    let fields: Vec<_> = problems.iter().map(|problem| mend(words, *problem)).collect();
    let title = words.say_count("mend-field.things", u64::try_from(fields.len()).unwrap_or_default());
    (!problems.is_empty()).then(|| view! { <Problems title fields /> })
}

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
use crate::site::{Outcome, Visit};

/// The first account, by the link the server printed.
#[component]
pub(crate) fn SetupPage() -> impl IntoView {
    let find = |verifier: Arc<Verifier>, token: Token| async move {
        verifier.setup_is_open(&token).await.unwrap_or(false).then_some(())
    };
    let content = behind_link(find, form, dead)?;
    Some(view! {
        <Frame title="Create your account" width=Width::Narrow>
            {content}
        </Frame>
    })
}

fn dead() -> AnyView {
    answer_with(FirstAccountProblem::LinkDead);
    view! {
        <LinkDead what_to_do="It was used already, it is older than 24 hours, or the server was started again since. Restart Stepgate for a new one, or create an account on the server with “stepgate account create”." />
    }
    .into_any()
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
    let error = |field: &str| {
        let found = problems.iter().map(|problem| mend(*problem)).find(|(of, _)| *of == field);
        found.map(|(_, sentence)| sentence.to_owned())
    };
    view! {
        <div class="card">
            <Summary problems=problems.clone() />
            <div class="card__head">
                <h1>"Create your account"</h1>
                <p>
                    "You will be its first administrator. Next you protect your own sign-in with an authenticator app."
                </p>
            </div>
            <form class="form" method="post" action=CreateFirstAccount::PATH novalidate>
                <input type="hidden" name="link" value=link />
                <Field
                    name="account"
                    label="Organisation"
                    autocomplete="organization"
                    hint="Everyone you invite sees this name.".to_owned()
                    error=error("account")
                    value=visit.typed("account")
                    autofocus=problems.is_empty()
                />
                <Field
                    name="name"
                    label="Your name"
                    autocomplete="name"
                    error=error("name")
                    value=visit.typed("name")
                />
                <Field
                    name="email"
                    label="Email"
                    kind="email"
                    autocomplete="username"
                    error=error("email")
                    value=visit.typed("email")
                />
                <NewPasswordField error=error("new_password") />
                <div class="actions">
                    <Button label="Create account" pending="Creating account…" />
                </div>
            </form>
        </div>
    }
    .into_any()
}

#[component]
fn Summary(problems: Vec<FieldProblem>) -> impl IntoView {
    let fields: Vec<_> =
        problems.iter().map(|problem| mend(*problem)).map(|(field, sentence)| (field, sentence.to_owned())).collect();
    let title = match fields.len() {
        1 => "Please mend one thing".into(),
        count => format!("Please mend {count} things"),
    };
    (!problems.is_empty()).then(|| view! { <Problems title fields /> })
}

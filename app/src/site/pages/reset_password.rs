use std::sync::Arc;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{Resetting, Token, Verifier};

use super::answer_with;
use super::behind_link::behind_link;
use super::link_dead::LinkDead;
use super::new_password::{NewPasswordField, mend};
use crate::api::{ResetPassword, ResetProblem};
use crate::parts::{Button, Problems};
use crate::site::frame::{Frame, Width};
use crate::site::{Outcome, Visit};

/// A new password, by a link from a mail.
#[component]
pub(crate) fn ResetPasswordPage() -> impl IntoView {
    let find = |verifier: Arc<Verifier>, token: Token| async move { verifier.resetting(&token).await.unwrap_or(None) };
    let content = behind_link(find, form, dead)?;
    Some(view! {
        <Frame title="Set a new password" width=Width::Narrow>
            {content}
        </Frame>
    })
}

fn dead() -> AnyView {
    answer_with(ResetProblem::LinkDead);
    view! {
        <LinkDead what_to_do="It was used already, it is older than an hour, or a newer one was mailed since. Ask for another one at the sign-in." />
    }
    .into_any()
}

fn form(visit: &Visit, link: String, resetting: Resetting) -> AnyView {
    let problem = visit.outcome(|outcome| match outcome {
        Outcome::Reset(ResetProblem::Password(problem)) => Some(*problem),
        _ => None,
    });
    if let Some(problem) = problem {
        answer_with(ResetProblem::Password(problem));
    }
    let mended = problem.map(mend);
    let email = resetting.email.to_string();
    let summary = mended.map(|(field, sentence)| {
        view! { <Problems title="Please mend one thing" fields=vec![(field, sentence.to_owned())] /> }
    });
    view! {
        <div class="card">
            {summary} <div class="card__head">
                <h1>"Set a new password"</h1>
                <p>"Everything that is signed in with the old one ends. Your second factor stays what it is."</p>
            </div> <form class="form" method="post" action=ResetPassword::PATH novalidate>
                <input type="hidden" name="link" value=link />
                <div class="field">
                    <label class="field__label" for="email">
                        "Email"
                    </label>
                    <input class="input" id="email" type="email" autocomplete="username" value=email readonly />
                </div>
                <NewPasswordField error=mended.map(|(_, sentence)| sentence.to_owned()) />
                <div class="actions">
                    <Button label="Set password" pending="Setting password…" />
                </div>
            </form>
        </div>
    }
    .into_any()
}

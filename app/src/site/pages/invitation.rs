use std::sync::Arc;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{Invited, Token, Verifier};

use super::answer_with;
use super::behind_link::behind_link;
use super::link_dead::LinkDead;
use super::new_password::{NewPasswordField, mend};
use crate::api::{AcceptInvitation, FieldProblem, InvitationProblem};
use crate::parts::{Button, Problems};
use crate::site::frame::{Frame, Width};
use crate::site::{Outcome, Visit};

/// The first password of somebody who was invited.
#[component]
pub(crate) fn InvitationPage() -> impl IntoView {
    let find = |verifier: Arc<Verifier>, token: Token| async move { verifier.invited(&token).await.unwrap_or(None) };
    let content = behind_link(find, form, dead)?;
    Some(view! {
        <Frame title="Accept your invitation" width=Width::Narrow>
            {content}
        </Frame>
    })
}

fn dead() -> AnyView {
    answer_with(InvitationProblem::LinkDead);
    view! {
        <LinkDead what_to_do="It was used already, or it is older than 72 hours. If you have set your password, sign in; else ask who invited you for a new link." />
    }
    .into_any()
}

fn form(visit: &Visit, link: String, invited: Invited) -> AnyView {
    let problem = visit.outcome(|outcome| match outcome {
        Outcome::Invitation(InvitationProblem::Password(problem)) => Some(*problem),
        _ => None,
    });
    if let Some(problem) = problem {
        answer_with(InvitationProblem::Password(problem));
    }
    let mended = problem.map(|problem: FieldProblem| mend(problem));
    let (account, name, email) = (invited.account.to_string(), invited.name.to_string(), invited.email.to_string());
    view! {
        <div class="card">
            <Summary mended />
            <div class="card__head">
                <h1>{format!("Welcome to {account}")}</h1>
                <p>
                    {format!(
                        "Hello {name}. Choose a password; next you protect your sign-in with an authenticator app.",
                    )}
                </p>
            </div>
            <form class="form" method="post" action=AcceptInvitation::PATH novalidate>
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

#[component]
fn Summary(mended: Option<(&'static str, &'static str)>) -> impl IntoView {
    mended.map(|(field, sentence)| {
        view! { <Problems title="Please mend one thing" fields=vec![(field, sentence.to_owned())] /> }
    })
}

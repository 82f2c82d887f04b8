use std::sync::Arc;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{Invited, Token, Verifier};

use super::answer_with;
use super::behind_link::behind_link;
use super::link_dead::LinkDead;
use super::new_password::{MendOne, NewPasswordField, mend};
use crate::api::{AcceptInvitation, InvitationProblem};
use crate::parts::Button;
use crate::site::frame::{Frame, Width};
use crate::site::words::{Area, use_words};
use crate::site::{Outcome, Visit};

/// The first password of somebody who was invited.
#[component]
pub(crate) fn InvitationPage() -> impl IntoView {
    let find = |verifier: Arc<Verifier>, token: Token| async move { verifier.invited(&token).await.unwrap_or(None) };
    let content = behind_link(find, form, dead)?;
    let title = use_words(Area::SignIn).say("invitation.page");
    Some(view! {
        <Frame title width=Width::Narrow>
            {content}
        </Frame>
    })
}

fn dead() -> AnyView {
    answer_with(InvitationProblem::LinkDead);
    view! { <LinkDead what_to_do=use_words(Area::SignIn).say("invitation.dead") /> }.into_any()
}

fn form(visit: &Visit, link: String, invited: Invited) -> AnyView {
    let problem = visit.outcome(|outcome| match outcome {
        Outcome::Invitation(InvitationProblem::Password(problem)) => Some(*problem),
        _ => None,
    });
    if let Some(problem) = problem {
        answer_with(InvitationProblem::Password(problem));
    }
    let words = use_words(Area::SignIn);
    let mended = problem.map(|problem| mend(words, problem));
    let (account, name, email) = (invited.account.to_string(), invited.name.to_string(), invited.email.to_string());
    view! {
        <div class="card">
            <MendOne mended=mended.clone() />
            <div class="card__head">
                <h1>{words.say_with("invitation.title", "account", &account)}</h1>
                <p>{words.say_with("invitation.what", "name", &name)}</p>
            </div>
            <form class="form" method="post" action=AcceptInvitation::PATH novalidate>
                <input type="hidden" name="link" value=link />
                <div class="field">
                    <label class="field__label" for="email">
                        {words.say("sign-in.email")}
                    </label>
                    <input class="input" id="email" type="email" autocomplete="username" value=email readonly />
                </div>
                <NewPasswordField error=mended.map(|(_, sentence)| sentence) />
                <div class="actions">
                    <Button label=words.say("password.go") pending=words.say("password.setting") />
                </div>
            </form>
        </div>
    }
    .into_any()
}

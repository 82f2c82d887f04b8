use std::sync::Arc;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{Resetting, Token, Verifier};

use super::answer_with;
use super::behind_link::behind_link;
use super::link_dead::LinkDead;
use super::new_password::{MendOne, NewPasswordField, mend};
use crate::api::{ResetPassword, ResetProblem};
use crate::parts::Button;
use crate::site::frame::{Frame, Width};
use crate::site::words::{Area, use_words};
use crate::site::{Outcome, Visit};

/// A new password, by a link from a mail.
#[component]
pub(crate) fn ResetPasswordPage() -> impl IntoView {
    let find = |verifier: Arc<Verifier>, token: Token| async move { verifier.resetting(&token).await.unwrap_or(None) };
    let content = behind_link(find, form, dead)?;
    let title = use_words(Area::SignIn).say("reset.title");
    Some(view! {
        <Frame title width=Width::Narrow>
            {content}
        </Frame>
    })
}

fn dead() -> AnyView {
    answer_with(ResetProblem::LinkDead);
    view! { <LinkDead what_to_do=use_words(Area::SignIn).say("reset.dead") /> }.into_any()
}

fn form(visit: &Visit, link: String, resetting: Resetting) -> AnyView {
    let problem = visit.outcome(|outcome| match outcome {
        Outcome::Reset(ResetProblem::Password(problem)) => Some(*problem),
        _ => None,
    });
    if let Some(problem) = problem {
        answer_with(ResetProblem::Password(problem));
    }
    let words = use_words(Area::SignIn);
    let mended = problem.map(|problem| mend(words, problem));
    let email = resetting.email.to_string();
    view! {
        <div class="card">
            <MendOne mended=mended.clone() />
            <div class="card__head">
                <h1>{words.say("reset.title")}</h1>
                <p>{words.say("reset.what")}</p>
            </div>
            <form class="form" method="post" action=ResetPassword::PATH novalidate>
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

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::answer_with;
use crate::api::{RequestReset, ResetRequestProblem};
use crate::parts::{Button, Notice, Problems, Tone};
use crate::site::Outcome;
use crate::site::context::use_visit;
use crate::site::frame::{Frame, Width};
use crate::site::text_field::Field;
use crate::site::words::{Area, use_words};

/// Asks for a link to set a new password. Says the same whether or not somebody has the address.
#[component]
pub(crate) fn ForgotPasswordPage() -> impl IntoView {
    let visit = use_visit()?;
    let refused = visit.outcome(|outcome| match outcome {
        Outcome::ResetRequest(problem) => Some(*problem),
        _ => None,
    });
    if let Some(problem) = refused {
        answer_with(problem);
    }
    let asked = visit.outcome(|outcome| (*outcome == Outcome::ResetRequested).then_some(())).is_some();
    let words = use_words(Area::SignIn);
    let error = refused.map(|ResetRequestProblem::NoEmail| words.say("mend-field.email"));
    let problems = error.clone().map(|sentence| {
        view! { <Problems title=words.say("sign-in.email-missing") fields=vec![("email", sentence)] /> }
    });
    let mailed = asked.then(|| {
        view! { <Notice tone=Tone::Success title=words.say("forgot.mailed") more=words.say("forgot.mailed-more") /> }
    });
    Some(view! {
        <Frame title=words.say("forgot.page") width=Width::Narrow>
            <div class="card">
                {problems} {mailed} <div class="card__head">
                    <h1>{words.say("forgot.title")}</h1>
                    <p>{words.say("forgot.what")}</p>
                </div> <form class="form" method="post" action=RequestReset::PATH novalidate>
                    <Field
                        name="email"
                        label=words.say("sign-in.email")
                        kind="email"
                        autocomplete="username"
                        error
                        value=visit.typed("email")
                        autofocus=!asked
                    />
                    <div class="actions">
                        <Button label=words.say("forgot.go") pending=words.say("forgot.mailing") />
                    </div>
                </form> <p class="card__foot">
                    <a href="/sign-in">{words.say("forgot.back")}</a>
                </p>
            </div>
        </Frame>
    })
}

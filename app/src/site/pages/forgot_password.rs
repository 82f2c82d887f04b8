use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::answer_with;
use crate::api::{RequestReset, ResetRequestProblem};
use crate::parts::{Button, Notice, Problems, Tone};
use crate::site::Outcome;
use crate::site::context::use_visit;
use crate::site::frame::{Frame, Width};
use crate::site::text_field::Field;

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
    let error = refused.map(|ResetRequestProblem::NoEmail| MEND.to_owned());
    let problems = error.clone().map(|sentence| {
        view! { <Problems title="Your email is needed" fields=vec![("email", sentence)] /> }
    });
    let mailed = asked.then(|| {
        view! {
            <Notice
                tone=Tone::Success
                title="If somebody signs in with this address, a mail is on its way"
                more="It has a link that works once, within an hour. Look into the spam folder too.".to_owned()
            />
        }
    });
    Some(view! {
        <Frame title="Forgotten password" width=Width::Narrow>
            <div class="card">
                {problems} {mailed} <div class="card__head">
                    <h1>"Forgotten your password?"</h1>
                    <p>"We mail you a link to set a new one. You will still need your code after that."</p>
                </div> <form class="form" method="post" action=RequestReset::PATH novalidate>
                    <Field
                        name="email"
                        label="Email"
                        kind="email"
                        autocomplete="username"
                        error
                        value=visit.typed("email")
                        autofocus=!asked
                    />
                    <div class="actions">
                        <Button label="Mail me a link" pending="Mailing…" />
                    </div>
                </form> <p class="card__foot">
                    <a href="/sign-in">"Back to the sign-in"</a>
                </p>
            </div>
        </Frame>
    })
}

const MEND: &str = "Enter an email address like name@company.com";

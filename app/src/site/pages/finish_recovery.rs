use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{Admitted, RecoveryMeans};

use super::answer_with;
use super::code::code_words;
use crate::api::{KeepAuthenticator, RecoveryProblem};
use crate::parts::{Button, CodeField, Notice, Problems, Tone};
use crate::site::Outcome;
use crate::site::context::{use_site, use_visit};
use crate::site::frame::{Frame, Width};

/// Back in: another authenticator is set up, or the old one kept.
#[component]
pub(crate) fn FinishRecoveryPage() -> impl IntoView {
    let (site, visit) = (use_site()?, use_visit()?);
    let Admitted::Recovering(proof) = &visit.admitted else { return None };
    let problem = visit.outcome(|outcome| match outcome {
        Outcome::Recovery(RecoveryProblem::Authenticator(problem)) => Some(*problem),
        _ => None,
    });
    if let Some(problem) = problem {
        answer_with(RecoveryProblem::Authenticator(problem));
    }
    let state = site.verifier.recovery_state(proof).ok()?;
    let problems = problem.map(|problem| {
        let fields = vec![("code", "Enter the code the app shows now".to_owned())];
        view! { <Problems title=code_words(problem) fields /> }
    });
    let used = (state.by == RecoveryMeans::Code).then(|| {
        let left =
            format!("{} recovery codes are left, a new one among them. You see it when you go on.", state.codes_left);
        view! { <Notice tone=Tone::Info title="That recovery code is used" more=left /> }
    });
    let error = problem.map(|_| "Enter the code the app shows now".to_owned());
    let proof_of_it = (state.by == RecoveryMeans::Text).then(|| {
        view! { <CodeField label="Multi-factor Code" hint="The six digits your authenticator app shows." error /> }
    });
    Some(view! {
        <Frame title="You are back in" width=Width::Narrow>
            <div class="card">
                {problems} <div class="card__head">
                    <h1>"You are back in"</h1>
                    <p>
                        "Set up an authenticator app on your new phone. Everything else that is signed in as you ends then."
                    </p>
                </div> {used} <p class="actions">
                    <a class="button button--primary" href="/mfa/setup">
                        <span class="button__label">"Set up a new authenticator"</span>
                    </a>
                </p> <form class="form card__foot" method="post" action=KeepAuthenticator::PATH novalidate>
                    <p>"Found your phone?"</p>
                    {proof_of_it}
                    <div class="actions">
                        <Button label="I still have it" pending="One moment…" rank="secondary" />
                    </div>
                </form>
            </div>
        </Frame>
    })
}

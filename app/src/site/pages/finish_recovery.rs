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
use crate::site::words::{Area, use_words};

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
    let words = use_words(Area::SignIn);
    let problems = problem.map(|problem| {
        let fields = vec![("code", words.say("code.mend-now"))];
        view! { <Problems title=code_words(words, problem) fields /> }
    });
    let used = (state.by == RecoveryMeans::Code).then(|| {
        let left = words.say_count("back-in.left", u64::try_from(state.codes_left).unwrap_or_default());
        view! { <Notice tone=Tone::Info title=words.say("back-in.used") more=left standing=true /> }
    });
    let error = problem.map(|_| words.say("code.mend-now"));
    let proof_of_it = (state.by == RecoveryMeans::Text).then(|| {
        view! { <CodeField label=words.say("code.label") hint=words.say("back-in.hint") error /> }
    });
    Some(view! {
        <Frame title=words.say("back-in.title") width=Width::Narrow>
            <div class="card">
                {problems} <div class="card__head">
                    <h1>{words.say("back-in.title")}</h1>
                    <p>{words.say("back-in.what")}</p>
                </div> {used} <p class="actions">
                    <a class="button button--primary" href="/mfa/setup">
                        <span class="button__label">{words.say("back-in.new")}</span>
                    </a>
                </p> <form class="form card__foot" method="post" action=KeepAuthenticator::PATH novalidate>
                    <p>{words.say("back-in.found")}</p>
                    {proof_of_it}
                    <div class="actions">
                        <Button label=words.say("back-in.keep") pending=words.say("back-in.moment") rank="secondary" />
                    </div>
                </form>
            </div>
        </Frame>
    })
}

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{Admitted, TextSent};

use super::answer_with;
use super::code::code_words;
use crate::api::{RecoveryProblem, TextRecoveryCode, UseRecoveryCode, UseTextCode};
use crate::parts::{Button, CodeField, Notice, Problems, Tone};
use crate::site::Outcome;
use crate::site::context::{use_site, use_visit};
use crate::site::frame::{Frame, Width};
use crate::site::text_field::Field;
use crate::site::times::wait_words;

/// The ways back in for who has lost their authenticator: a recovery code, or a code sent to a recovery mobile.
#[component]
pub(crate) fn RecoveryPage() -> impl IntoView {
    let (site, visit) = (use_site()?, use_visit()?);
    let Admitted::AwaitingCode(proof) = &visit.admitted else { return None };
    let ways = site.verifier.ways_back(proof);
    let problem = visit.outcome(|outcome| match outcome {
        Outcome::Recovery(problem) => Some(*problem),
        _ => None,
    });
    if let Some(problem) = problem {
        answer_with(problem);
    }
    let error = problem.and_then(mend).filter(|(field, _)| *field == "recovery_code");
    let no_way = (!ways.codes && ways.mobiles.is_empty()).then(|| {
        view! {
            <Notice
                tone=Tone::Warning
                title="There is no way back in for you"
                more="You have neither recovery codes nor a recovery mobile. Ask an administrator to remove you and to invite you again."
                    .to_owned()
            />
        }
    });
    let was_sent = visit.outcome(|outcome| (*outcome == Outcome::TextSent).then_some(())).is_some();
    let news = was_sent.then(|| {
        view! {
            <Notice
                tone=Tone::Success
                title="A code is on its way"
                more="It can take a minute to arrive, and works for ten.".to_owned()
            />
        }
    });
    // One primary button on a screen: a code that was sent comes first.
    let rank = if ways.sent.is_some() { "secondary" } else { "primary" };
    let by_code = ways.codes.then(|| {
        view! {
            <form class="form" method="post" action=UseRecoveryCode::PATH novalidate>
                <Field
                    name="recovery_code"
                    label="Recovery code"
                    autocomplete="off"
                    hint="16 letters and digits, from the sheet you saved. Each works once.".to_owned()
                    error=error.map(|(_, sentence)| sentence)
                />
                <div class="actions">
                    <Button label="Use a recovery code" pending="Checking the code…" rank />
                </div>
            </form>
        }
    });
    let mobiles = ways
        .mobiles
        .into_iter()
        .map(|(id, number)| {
            view! {
                <form class="actions" method="post" action=TextRecoveryCode::PATH>
                    <input type="hidden" name="mobile" value=id.to_string() />
                    <Button label=format!("Text me a code ({number})") pending="Sending…" rank="secondary" />
                </form>
            }
        })
        .collect_view();
    Some(view! {
        <Frame title="Lost your phone?" width=Width::Narrow>
            <div class="card">
                <Refusal problem />
                <div class="card__head">
                    <h1>"Lost your phone?"</h1>
                    <p>"Come back in with one of your recovery codes, or with a code sent to your recovery mobile."</p>
                </div>
                {no_way}
                {news}
                <TextedCode sent=ways.sent problem />
                {by_code}
                {mobiles}
                <p class="card__foot">
                    <a href="/sign-in/code">"Back to the code from the app"</a>
                </p>
            </div>
        </Frame>
    })
}

/// The field for a code that was sent.
#[component]
fn TextedCode(sent: Option<TextSent>, problem: Option<RecoveryProblem>) -> impl IntoView {
    let sent = sent?;
    let error = problem.and_then(mend).filter(|(field, _)| *field == "text_code").map(|(_, sentence)| sentence);
    Some(view! {
        <form class="form" method="post" action=UseTextCode::PATH novalidate>
            <CodeField
                name="text_code"
                label="Code from the text message"
                hint=format!("The six digits sent to {}.", sent.to)
                error
            />
            <div class="actions">
                <Button label="Confirm" pending="Checking the code…" />
            </div>
        </form>
    })
}

#[component]
fn Refusal(problem: Option<RecoveryProblem>) -> impl IntoView {
    let problem = problem?;
    let title = match problem {
        RecoveryProblem::NoRecoveryCode => "The recovery code is missing".into(),
        RecoveryProblem::MalformedRecoveryCode => "A recovery code has 16 letters and digits".into(),
        RecoveryProblem::TextsPaused { seconds } => {
            format!("A text was sent not long ago. Wait {}, then send another one.", wait_words(seconds))
        }
        RecoveryProblem::NoTexts => {
            "No text could be sent to that mobile. Use a recovery code, or ask your administrator.".into()
        }
        RecoveryProblem::RecoveryCode(problem)
        | RecoveryProblem::TextCode(problem)
        | RecoveryProblem::Authenticator(problem)
        | RecoveryProblem::Closed(problem) => code_words(problem),
    };
    let fields = mend(problem).into_iter().collect();
    Some(view! { <Problems title fields /> })
}

fn mend(problem: RecoveryProblem) -> Option<(&'static str, String)> {
    match problem {
        RecoveryProblem::NoRecoveryCode | RecoveryProblem::MalformedRecoveryCode | RecoveryProblem::RecoveryCode(_) => {
            Some(("recovery_code", "Enter a code of your newest sheet that you have not used yet".into()))
        }
        RecoveryProblem::TextCode(_) => Some(("text_code", "Enter the six digits of the newest text".into())),
        RecoveryProblem::Authenticator(_)
        | RecoveryProblem::TextsPaused { .. }
        | RecoveryProblem::NoTexts
        | RecoveryProblem::Closed(_) => None,
    }
}

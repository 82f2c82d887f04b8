use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{Admission, Level};

use super::answer_with;
use crate::api::{CodeProblem, VerifyCode};
use crate::parts::{Button, CodeField, Icon, Problems};
use crate::site::Outcome;
use crate::site::context::use_visit;
use crate::site::frame::{Frame, Width};
use crate::site::next_field::NextField;
use crate::site::times::{Moment, wait_words};

/// The code from the authenticator, at sign-in and when the last one is too old.
#[component]
pub(crate) fn CodePage() -> impl IntoView {
    let visit = use_visit()?;
    let admission = visit.admission()?;
    let problem = visit.outcome(|outcome| match outcome {
        Outcome::Code(problem) => Some(*problem),
        _ => None,
    });
    if let Some(problem) = problem {
        answer_with(problem);
    }
    let account = admission.signed_in().person.account.record.name.to_string();
    let hint = format!("The six digits your authenticator app shows for {account}.");
    let why = why(admission);
    let error = problem.and_then(mend);
    Some(view! {
        <Frame title="Enter your code" width=Width::Narrow>
            <div class="card">
                <CodeRefusal problem />
                <div class="card__head">
                    <h1>"Enter your code"</h1>
                    <p>{why}</p>
                </div>
                <form class="form" method="post" action=VerifyCode::PATH novalidate>
                    <NextField next=visit.next.clone() />
                    <CodeField label="Multi-factor Code" hint=hint error autofocus=problem.is_none() />
                    <div class="actions">
                        <Button label="Verify" pending="Checking the code…" />
                    </div>
                </form>
                <details class="accordion">
                    <summary class="accordion__title">
                        "No code at hand?" <Icon name="chevron" class="icon chevron" />
                    </summary>
                    <div class="accordion__body">
                        <p>
                            "Open the authenticator app you set up for "{account}
                            ". It shows a new code every 30 seconds, also without a network."
                        </p>
                        <p>"Nobody will ever ask you for a code by phone or mail."</p>
                    </div>
                </details>
                <p class="card__foot">"Lost your phone? " <a href="/sign-in/recovery">"Come back in another way"</a></p>
            </div>
        </Frame>
    })
}

/// Why a code is asked for.
fn why(admission: &Admission) -> AnyView {
    let account = &admission.signed_in().person.account.record;
    let (name, window) = (account.name.to_string(), account.mfa_window.words());
    match admission.level() {
        Level::Elapsed { mfa_at } => {
            let browser = admission.signed_in().session.browser.to_string();
            view! {
                {format!("{name} asks every {window}. Last time was ")}
                <Moment at=mfa_at now=admission.at() />
                {format!(" in {browser}.")}
            }
            .into_any()
        }
        Level::Enrolling { .. } | Level::PendingCode { .. } | Level::Recovering { .. } | Level::Fresh { .. } => {
            format!("Your password was right. {name} asks for a code as well.").into_any()
        }
    }
}

#[component]
pub(super) fn CodeRefusal(problem: Option<CodeProblem>) -> impl IntoView {
    let problem = problem?;
    let title = code_words(problem);
    let fields = mend(problem).map(|sentence| ("code", sentence)).into_iter().collect();
    Some(view! { <Problems title fields /> })
}

/// What is wrong with a code.
pub(super) fn code_words(problem: CodeProblem) -> String {
    match problem {
        CodeProblem::Empty => "The code is missing".into(),
        CodeProblem::Malformed => "A code has six digits".into(),
        CodeProblem::Wrong { left: 1, wait_seconds: 0 } => "That code is not right. You have one more try.".into(),
        CodeProblem::Wrong { left, wait_seconds: 0 } => format!("That code is not right. You have {left} more tries."),
        CodeProblem::Wrong { wait_seconds, .. } => {
            format!("That code is not right. Wait {}, then try again.", wait_words(wait_seconds))
        }
        CodeProblem::Spent => "That code was used already".into(),
        CodeProblem::Wait { seconds } => {
            format!("Too many wrong codes. Wait {}, then try again.", wait_words(seconds))
        }
        CodeProblem::Recover => {
            "You were unlocked: come back in with a recovery code or your recovery mobile. A code of the app is not enough this time."
                .into()
        }
        CodeProblem::Over => "That code is too old, or was entered wrong too often. Send another one.".into(),
        CodeProblem::Locked => {
            "Too many wrong codes: this sign-in is locked. Sign in from a browser you have used before, or ask your administrator."
                .into()
        }
    }
}

pub(super) fn mend(problem: CodeProblem) -> Option<String> {
    match problem {
        CodeProblem::Empty | CodeProblem::Malformed => Some("Enter the six digits the app shows".into()),
        CodeProblem::Wrong { .. } => Some("Enter the code the app shows now".into()),
        CodeProblem::Spent => Some("Wait for the next code, then enter that one".into()),
        CodeProblem::Wait { .. } | CodeProblem::Locked | CodeProblem::Recover | CodeProblem::Over => None,
    }
}

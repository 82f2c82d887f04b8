use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{Admission, Level};

use super::answer_with;
use crate::Words;
use crate::api::{CodeProblem, VerifyCode};
use crate::parts::{Button, CodeField, Icon, Problems};
use crate::site::Outcome;
use crate::site::browser_words::browser_words;
use crate::site::context::use_visit;
use crate::site::frame::{Frame, Width};
use crate::site::next_field::NextField;
use crate::site::times::{Moment, every_words, wait_words};
use crate::site::words::{Area, use_words};

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
    let words = use_words(Area::SignIn);
    let hint = words.say_with("code.hint", "account", &account);
    let why = why(words, admission);
    let error = problem.and_then(mend).map(|key| words.say(key));
    Some(view! {
        <Frame title=words.say("code.title") width=Width::Narrow>
            <div class="card">
                <CodeRefusal problem />
                <div class="card__head">
                    <h1>{words.say("code.title")}</h1>
                    <p>{why}</p>
                </div>
                <form class="form" method="post" action=VerifyCode::PATH novalidate>
                    <NextField next=visit.next.clone() />
                    <CodeField label=words.say("code.label") hint=hint error autofocus=problem.is_none() />
                    <div class="actions">
                        <Button label=words.say("code.go") pending=words.say("code.checking") />
                    </div>
                </form>
                <details class="accordion">
                    <summary class="accordion__title">
                        {words.say("code.none")} <Icon name="chevron" class="icon chevron" />
                    </summary>
                    <div class="accordion__body">
                        <p>{words.say_with("code.none-open", "account", &account)}</p>
                        <p>{words.say("code.none-nobody")}</p>
                    </div>
                </details>
                <p class="card__foot">
                    {words.say("code.lost")} " " <a href="/sign-in/recovery">{words.say("code.lost-go")}</a>
                </p>
            </div>
        </Frame>
    })
}

/// Why a code is asked for.
fn why(words: &Words, admission: &Admission) -> AnyView {
    let account = &admission.signed_in().person.account.record;
    match admission.level() {
        Level::Elapsed { mfa_at } => {
            let (every, browser) = (every_words(account.mfa_window), &admission.signed_in().session.browser);
            let browser = browser_words(browser.as_str());
            let values = [("account", account.name.as_str()), ("every", &every), ("browser", &browser)];
            let (before, after) = words.say_around("code.asks-again", "when", &values);
            view! {
                {before}
                <Moment at=mfa_at now=admission.at() />
                {after}
            }
            .into_any()
        }
        Level::Enrolling { .. } | Level::PendingCode { .. } | Level::Recovering { .. } | Level::Fresh { .. } => {
            words.say_with("code.asks-too", "account", account.name.as_str()).into_any()
        }
    }
}

#[component]
pub(super) fn CodeRefusal(problem: Option<CodeProblem>) -> impl IntoView {
    let problem = problem?;
    let words = use_words(Area::SignIn);
    let title = code_words(words, problem);
    let fields = mend(problem).map(|key| ("code", words.say(key))).into_iter().collect();
    Some(view! { <Problems title fields /> })
}

/// What is wrong with a code.
pub(super) fn code_words(words: &Words, problem: CodeProblem) -> String {
    match problem {
        CodeProblem::Empty => words.say("code.missing"),
        CodeProblem::Malformed => words.say("code.malformed"),
        CodeProblem::Wrong { left, wait_seconds: 0 } => words.say_count("code.wrong", left.into()),
        CodeProblem::Wrong { wait_seconds, .. } => words.say_with("code.wrong-wait", "wait", &wait_words(wait_seconds)),
        CodeProblem::Spent => words.say("code.spent"),
        CodeProblem::Wait { seconds } => words.say_with("code.wait", "wait", &wait_words(seconds)),
        CodeProblem::Recover => words.say("code.recover"),
        CodeProblem::Over => words.say("code.over"),
        CodeProblem::Locked => words.say("code.locked"),
    }
}

/// The key of how to mend it.
pub(super) fn mend(problem: CodeProblem) -> Option<&'static str> {
    match problem {
        CodeProblem::Empty | CodeProblem::Malformed => Some("code.mend-six"),
        CodeProblem::Wrong { .. } => Some("code.mend-now"),
        CodeProblem::Spent => Some("code.mend-spent"),
        CodeProblem::Wait { .. } | CodeProblem::Locked | CodeProblem::Recover | CodeProblem::Over => None,
    }
}

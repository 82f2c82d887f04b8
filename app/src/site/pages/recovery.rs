use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{Admitted, TextDelivery, TextSent};

use super::answer_with;
use super::code::code_words;
use crate::Live;
use crate::api::{RecoveryProblem, TextRecoveryCode, UseRecoveryCode, UseTextCode};
use crate::parts::{Button, CodeField, Notice, Problems, Tone};
use crate::site::Outcome;
use crate::site::context::{use_site, use_visit};
use crate::site::frame::{Frame, Width};
use crate::site::news::{recovery_text_failed, recovery_text_news, recovery_text_perhaps};
use crate::site::text_field::Field;
use crate::site::times::wait_words;
use crate::site::words::{Area, use_words};

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
    let words = use_words(Area::SignIn);
    let error = problem.and_then(mend).filter(|(field, _)| *field == "recovery_code");
    let silent = ways.silent.then(|| {
        view! {
            <Notice
                tone=Tone::Info
                title=words.say("recovery.silent")
                more=words.say("recovery.silent-more")
                standing=true
            />
        }
    });
    let no_way = (!ways.codes && ways.mobiles.is_empty() && !ways.silent).then(|| {
        view! { <Notice tone=Tone::Warning title=words.say("recovery.no-way") more=words.say("recovery.no-way-more") /> }
    });
    let went = ways.sent.as_ref().is_some_and(|sent| sent.delivery == TextDelivery::Sent);
    let was_sent = went && visit.outcome(|outcome| (*outcome == Outcome::TextSent).then_some(())).is_some();
    let news = was_sent.then(|| {
        view! { <Notice tone=Tone::Success title=words.say("recovery.sent") more=words.say("recovery.sent-more") /> }
    });
    // One primary button on a screen: a code that was sent comes first, unless it did not go.
    let text_first = ways.sent.as_ref().is_some_and(|sent| sent.delivery != TextDelivery::Failed || !ways.codes);
    let (text_rank, rank) = if text_first { ("primary", "secondary") } else { ("secondary", "primary") };
    let by_code = ways.codes.then(|| {
        view! {
            <form class="form" method="post" action=UseRecoveryCode::PATH novalidate>
                <Field
                    name="recovery_code"
                    label=words.say("recovery.code")
                    autocomplete="off"
                    hint=words.say("recovery.code-hint")
                    error=error.map(|(_, key)| words.say(key))
                />
                <div class="actions">
                    <Button label=words.say("recovery.code-go") pending=words.say("code.checking") rank />
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
                    <Button
                        label=words.say_with("recovery.text", "number", &number)
                        pending=words.say("recovery.sending")
                        rank="secondary"
                    />
                </form>
            }
        })
        .collect_view();
    Some(view! {
        <Frame title=words.say("recovery.title") width=Width::Narrow>
            <div class="card">
                <Refusal problem />
                <div class="card__head">
                    <h1>{words.say("recovery.title")}</h1>
                    <p>{words.say("recovery.what")}</p>
                </div>
                {silent}
                {no_way}
                {news}
                <TextedCode sent=ways.sent problem rank=text_rank />
                {by_code}
                {mobiles}
                <p class="card__foot">
                    <a href="/sign-in/code">{words.say("recovery.back")}</a>
                </p>
            </div>
        </Frame>
    })
}

/// The field for a code that was sent.
#[component]
fn TextedCode(sent: Option<TextSent>, problem: Option<RecoveryProblem>, rank: &'static str) -> impl IntoView {
    let sent = sent?;
    let words = use_words(Area::SignIn);
    let news = match sent.delivery {
        TextDelivery::Queued => view! { <Live words=recovery_text_news(Some(&sent)) /> }.into_any(),
        TextDelivery::Failed => recovery_text_failed().into_any(),
        TextDelivery::Perhaps => recovery_text_perhaps().into_any(),
        // The page says so itself to who has just asked for it.
        TextDelivery::Sent => ().into_any(),
    };
    let error = problem.and_then(mend).filter(|(field, _)| *field == "text_code").map(|(_, key)| words.say(key));
    Some(view! {
        {news}
        <form class="form" method="post" action=UseTextCode::PATH novalidate>
            <CodeField
                name="text_code"
                label=words.say("recovery.text-code")
                hint=words.say_with("recovery.text-code-hint", "number", &sent.to)
                error
            />
            <div class="actions">
                <Button label=words.say("recovery.text-code-go") pending=words.say("code.checking") rank />
            </div>
        </form>
    })
}

#[component]
fn Refusal(problem: Option<RecoveryProblem>) -> impl IntoView {
    let problem = problem?;
    let words = use_words(Area::SignIn);
    let title = match problem {
        RecoveryProblem::NoRecoveryCode => words.say("recovery.code-missing"),
        RecoveryProblem::MalformedRecoveryCode => words.say("recovery.code-malformed"),
        RecoveryProblem::TextsPaused { seconds } => {
            words.say_with("recovery.texts-paused", "wait", &wait_words(seconds))
        }
        RecoveryProblem::NoTexts => words.say("recovery.no-texts"),
        RecoveryProblem::RecoveryCode(problem)
        | RecoveryProblem::TextCode(problem)
        | RecoveryProblem::Authenticator(problem)
        | RecoveryProblem::Closed(problem) => code_words(words, problem),
    };
    let fields = mend(problem).map(|(field, key)| (field, words.say(key))).into_iter().collect();
    Some(view! { <Problems title fields /> })
}

/// The field to mend, and the key of how.
fn mend(problem: RecoveryProblem) -> Option<(&'static str, &'static str)> {
    match problem {
        RecoveryProblem::NoRecoveryCode | RecoveryProblem::MalformedRecoveryCode | RecoveryProblem::RecoveryCode(_) => {
            Some(("recovery_code", "recovery.code-mend"))
        }
        RecoveryProblem::TextCode(_) => Some(("text_code", "recovery.text-code-mend")),
        RecoveryProblem::Authenticator(_)
        | RecoveryProblem::TextsPaused { .. }
        | RecoveryProblem::NoTexts
        | RecoveryProblem::Closed(_) => None,
    }
}

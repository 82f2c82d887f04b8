use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::countdown::Countdown;
use super::island::Stage;
use super::{Qr, WizardProblem};
use crate::api::{ConfirmAuthenticator, ConfirmReplacement};
use crate::parts::{Button, CodeField, Icon, Notice, Tone};

/// Step 3: the key to scan or type, and its first code.
pub(super) fn pair(stage: Stage, key: &str, otpauth: String, qr: &Qr, problem: Option<WizardProblem>) -> impl IntoView {
    let groups: Vec<String> =
        key.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    // The spaces stand between the groups, so that the key breaks there on a narrow screen; apps skip them.
    let spans = groups.into_iter().map(|group| (view! { <span>{group}</span> }, " ")).collect_view();
    view! {
        <div class="card__head">
            <h1 tabindex="-1" node_ref=stage.heading>
                {stage.say("pair.title")}
            </h1>
            <p>{stage.say("pair.how")}</p>
        </div>
        <div class="pairing">
            <p class="pairing__open">{stage.say("pair.same-phone")} " " <a href=otpauth>{stage.say("pair.open")}</a></p>
            <div class="qr">{qr_code(qr, stage.say("pair.qr-label"))}</div>
            <div class="key">
                <p class="key__label" id="key-label">
                    {stage.say("pair.key-label")}
                </p>
                <code class="key__text" id="key" aria-labelledby="key-label">
                    {spans}
                </code>
                <button type="button" class="button button--secondary" data-copy="#key">
                    <span class="button__label">
                        <Icon name="copy" />
                        {stage.say("pair.copy")}
                    </span>
                    <span class="button__pending">{stage.say("pair.copied")}</span>
                </button>
                <p class="visually-hidden" role="status" data-copied=stage.say("pair.copied")></p>
            </div>
        </div>
        {code_form(stage, "pair.code", "pair.code-hint", "pair.go", problem, ().into_any())}
    }
}

/// Step 3b: the clocks disagree, so the next code has to be right too.
pub(super) fn next_code(stage: Stage, ahead: bool, next_in_ms: u64, problem: Option<WizardProblem>) -> impl IntoView {
    let title = if ahead { "next.ahead" } else { "next.behind" };
    let countdown = view! {
        <Countdown
            from_ms=next_in_ms
            before=stage.say("next.countdown-before")
            after=stage.say("next.countdown-after")
            over=stage.say("next.countdown-over")
        />
    };
    view! {
        <div class="card__head">
            <h1 tabindex="-1" node_ref=stage.heading>
                {stage.say("next.title")}
            </h1>
            <p>{stage.say("next.why")}</p>
        </div>
        <Notice tone=Tone::Warning title=stage.say(title) more=stage.say("next.mend-clock") />
        {code_form(stage, "next.code", "next.code-hint", "next.go", problem, countdown.into_any())}
    }
}

fn code_form(
    stage: Stage,
    label: &str,
    hint: &str,
    verb: &str,
    problem: Option<WizardProblem>,
    more: AnyView,
) -> impl IntoView {
    let error = problem.and_then(|problem| problem.mends("code")).map(|key| stage.say(key));
    let action = if stage.replaces() { ConfirmReplacement::PATH } else { ConfirmAuthenticator::PATH };
    view! {
        <form class="form" method="post" action=action novalidate on:submit=move |event| stage.post(&event)>
            {stage.session_field()}
            <CodeField label=stage.say(label) hint=stage.say(hint) error />
            {more}
            <div class="actions">
                <Button label=stage.say_either(verb, "pair.replace") pending=stage.say("checking") busy=stage.busy />
            </div>
        </form>
    }
}

/// Dark on white in every theme, with the quiet zone of four modules that ISO/IEC 18004 asks for.
fn qr_code(qr: &Qr, label: String) -> impl IntoView {
    const QUIET: u32 = 4;
    let side = qr.size + 2 * QUIET;
    view! {
        <svg
            class="qr__code"
            viewBox=format!("0 0 {side} {side}")
            role="img"
            aria-label=label
            shape-rendering="crispEdges"
        >
            <path fill="#fff" d=format!("M0 0h{side}v{side}H0z")></path>
            <path fill="#000" transform=format!("translate({QUIET} {QUIET})") d=qr.path.clone()></path>
        </svg>
    }
}

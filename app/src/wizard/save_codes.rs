use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::WizardProblem;
use super::island::Stage;
use crate::api::{NewCodes, SaveCodes};
use crate::parts::{Button, FieldError, Icon, Notice, Tone};

/// Step 4: the recovery codes, which nobody sees again.
///
/// Downloading, copying or printing ticks the box (by the page's script), so that **Next** comes alive; without
/// JavaScript one ticks it oneself.
pub(super) fn save_codes(
    stage: Stage,
    codes: Vec<String>,
    file: String,
    file_name: String,
    problem: Option<WizardProblem>,
) -> impl IntoView {
    let title = if codes.len() == 1 { "codes.title-one" } else { "codes.title" };
    let items = codes
        .into_iter()
        .map(|code| {
            view! {
                <li>
                    <code>{code}</code>
                </li>
            }
        })
        .collect_view();
    let error = problem.and_then(|problem| problem.mends("saved")).map(|key| stage.say(key));
    let invalid = error.is_some().then_some("true");
    let described = error.is_some().then_some("saved-error");
    view! {
        <div class="card__head">
            <h1 tabindex="-1" node_ref=stage.heading>
                {stage.say(title)}
            </h1>
            <p>{stage.say("codes.what")}</p>
        </div>
        <div class="codes">
            <p class="codes__whose">{stage.say("codes.whose")}</p>
            <ul class="codes__list" id="codes" role="list">
                {items}
            </ul>
        </div>
        <div class="actions actions--row" data-saves="#saved">
            <a class="button button--secondary" href=file download=file_name>
                <span class="button__label">
                    <Icon name="download" />
                    {stage.say("codes.download")}
                </span>
            </a>
            <button type="button" class="button button--secondary" data-copy="#codes">
                <span class="button__label">
                    <Icon name="copy" />
                    {stage.say("codes.copy")}
                </span>
                <span class="button__pending">{stage.say("pair.copied")}</span>
            </button>
            <button type="button" class="button button--secondary" data-print>
                <span class="button__label">
                    <Icon name="print" />
                    {stage.say("codes.print")}
                </span>
            </button>
            <p class="visually-hidden" role="status" data-copied=stage.say("pair.copied")></p>
        </div>
        <form class="form" method="post" action=SaveCodes::PATH novalidate on:submit=move |event| stage.post(&event)>
            <div class="field">
                <label class="check" for="saved">
                    <input
                        type="checkbox"
                        id="saved"
                        name="saved"
                        value="yes"
                        aria-invalid=invalid
                        aria-describedby=described
                        required
                    />
                    {stage.say("codes.saved")}
                </label>
                <FieldError field="saved" text=error />
            </div>
            <div class="actions">
                <Button label=stage.say("codes.go") pending=stage.say("moment") busy=stage.busy />
            </div>
        </form>
    }
}

/// Step 4, too late or in another browser: others have to be made.
pub(super) fn codes_hidden(stage: Stage) -> impl IntoView {
    view! {
        <div class="card__head">
            <h1 tabindex="-1" node_ref=stage.heading>
                {stage.say("codes.hidden-title")}
            </h1>
            <p>{stage.say("codes.hidden-why")}</p>
        </div>
        <Notice tone=Tone::Info title=stage.say("codes.hidden-void") standing=true />
        <form class="actions" method="post" action=NewCodes::PATH on:submit=move |event| stage.post(&event)>
            <Button label=stage.say("codes.hidden-go") pending=stage.say("moment") busy=stage.busy />
        </form>
    }
}

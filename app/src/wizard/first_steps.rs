use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::island::Stage;
use crate::api::{BeginWizard, ReplaceAuthenticator, ShowKey};
use crate::parts::{Button, Icon, Notice, Tone};

/// Step 1: why.
pub(super) fn introduction(stage: Stage, elsewhere: bool) -> impl IntoView {
    let warning = elsewhere.then(|| {
        view! {
            <Notice
                tone=Tone::Warning
                title=stage.say("introduction.elsewhere")
                more=stage.say("introduction.elsewhere-more")
            />
        }
    });
    let reasons = ["introduction.time", "introduction.need", "introduction.afterwards"];
    view! {
        <div class="card__head">
            <h1 tabindex="-1" node_ref=stage.heading>
                {stage.say("introduction.title")}
            </h1>
            <p>{stage.say("introduction.why")}</p>
        </div>
        {warning}
        <ul>{reasons.map(|key| view! { <li>{stage.say(key)}</li> }).to_vec()}</ul>
        <form class="actions" method="post" action=BeginWizard::PATH on:submit=move |event| stage.post(&event)>
            <Button label=stage.say("introduction.go") pending=stage.say("moment") busy=stage.busy />
        </form>
    }
}

/// Step 2: how to get an app; who has one just goes on.
pub(super) fn install_app(stage: Stage) -> impl IntoView {
    view! {
        <div class="card__head">
            <h1 tabindex="-1" node_ref=stage.heading>
                {stage.say_either("app.title", "app.replace-title")}
            </h1>
            <p>{stage.say_either("app.what", "app.replace-what")}</p>
        </div>
        <p>{stage.say("app.which")}</p>
        <div>
            {how_to(stage, "app.iphone", ["app.iphone-1", "app.iphone-2", "app.iphone-3"])}
            {how_to(stage, "app.android", ["app.android-1", "app.android-2", "app.android-3"])}
        </div>
        <form class="actions" method="post" action=key_path(stage) on:submit=move |event| stage.post(&event)>
            {stage.session_field()}
            <Button label=stage.say_either("app.go", "app.replace-go") pending=stage.say("moment") busy=stage.busy />
        </form>
    }
}

/// What shows the key.
fn key_path(stage: Stage) -> &'static str {
    if stage.replaces() { ReplaceAuthenticator::PATH } else { ShowKey::PATH }
}

fn how_to(stage: Stage, title: &str, steps: [&'static str; 3]) -> impl IntoView {
    view! {
        <details class="accordion">
            <summary class="accordion__title">
                <Icon name="phone" />
                {stage.say(title)}
                <Icon name="chevron" class="icon chevron" />
            </summary>
            <div class="accordion__body">
                <ol>{steps.map(|key| view! { <li>{stage.say(key)}</li> }).to_vec()}</ol>
            </div>
        </details>
    }
}

/// Step 3, too late: the key has waited more than 15 minutes.
pub(super) fn expired(stage: Stage) -> impl IntoView {
    view! {
        <div class="card__head">
            <h1 tabindex="-1" node_ref=stage.heading>
                {stage.say("expired.title")}
            </h1>
            <p>{stage.say("expired.why")}</p>
        </div>
        <Notice tone=Tone::Info title=stage.say("expired.delete") standing=true />
        <form class="actions" method="post" action=key_path(stage) on:submit=move |event| stage.post(&event)>
            {stage.session_field()}
            <Button label=stage.say("expired.go") pending=stage.say("moment") busy=stage.busy />
        </form>
    }
}

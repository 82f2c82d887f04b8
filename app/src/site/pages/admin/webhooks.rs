use domain::Timestamp;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{WebhookAnswer, WebhookHealth, WebhookState, Webhooks};

use super::account_words;
use super::looking::{Looking, looked_up};
use super::outcome::{LastOutcome, admin_problem};
use crate::Words;
use crate::api::{AddWebhook, AdminProblem, RemoveWebhook, ResumeWebhook, TestWebhook};
use crate::parts::Button;
use crate::site::ask_first::AskFirst;
use crate::site::confirm::Confirm;
use crate::site::frame::{Frame, Width};
use crate::site::session_field::SessionField;
use crate::site::text_field::Field;
use crate::site::times::Moment;

/// Where the account's events are posted, and how that goes.
#[component]
pub(crate) fn WebhooksPage() -> impl IntoView {
    let looking = Looking::here()?;
    let (words, visit) = (account_words(), looking.visit.clone());
    let now = visit.at;
    let mend = admin_problem(&visit).and_then(|problem| match problem {
        AdminProblem::WebhookAddress => Some(words.say("webhooks.mend-address")),
        AdminProblem::WebhookPrivate => Some(words.say("webhooks.mend-private")),
        AdminProblem::WebhookKnown => Some(words.say("webhooks.mend-known")),
        _ => None,
    });
    let typed = visit.typed("url");
    let fields: Vec<_> = mend.clone().map(|mend| ("url", mend)).into_iter().collect();
    let outcome = view! { <LastOutcome visit=&visit fields /> }.into_any();
    let load = async move { looking.verifier().webhooks_of(looking.actor()).await };
    let content = looked_up(load, move |hooks: Vec<WebhookState>| {
        let is_full = hooks.len() >= Webhooks::MOST;
        let form = if is_full {
            view! { <p class="setting__note">{words.say("webhooks.full")}</p> }.into_any()
        } else {
            view! { <AddForm words error=mend typed /> }.into_any()
        };
        view! {
            <List words hooks now />
            <section class="card" aria-labelledby="add">
                <div class="card__head">
                    <h2 id="add">{words.say("webhooks.add")}</h2>
                    <p>{words.say("webhooks.add-what")}</p>
                </div>
                {form}
            </section>
        }
    });
    Some(view! {
        <Frame title=words.say("webhooks.title") width=Width::Full>
            <div class="stack" data-asking>
                <p class="back">
                    <a href="/admin/app-center">{words.say("apps.title")}</a>
                </p>
                <div class="card__head">
                    <h1>{words.say("webhooks.title")}</h1>
                    <p>{words.say("webhooks.what")}</p>
                </div>
                <AskFirst back="/admin/app-center/webhooks" />
                {outcome}
                {content}
            </div>
        </Frame>
    })
}

#[component]
fn List(words: &'static Words, hooks: Vec<WebhookState>, now: Timestamp) -> impl IntoView {
    let rows = hooks.into_iter().map(|hook| hook_row(words, &hook, now)).collect_view();
    let is_empty = rows.is_empty();
    let none = is_empty.then(|| view! { <p>{words.say("webhooks.none")}</p> });
    let list = (!is_empty).then(|| {
        view! {
            <ul class="rows" role="list">
                {rows}
            </ul>
        }
    });
    view! {
        <section class="card" aria-labelledby="hooks">
            <h2 id="hooks">{words.say("webhooks.list")}</h2>
            {none}
            {list}
        </section>
    }
}

/// One webhook by its host: what comes after may be a secret, and stands on its own page.
fn hook_row(words: &'static Words, hook: &WebhookState, now: Timestamp) -> impl IntoView + use<> {
    let (host, id, health) = (hook.host.clone(), hook.id.to_string(), hook.health);
    let (badge, class) = match health {
        WebhookHealth::New => ("webhooks.new", "badge badge--quiet"),
        WebhookHealth::Working => ("webhooks.working", "badge badge--success"),
        WebhookHealth::Failing(_) => ("webhooks.failing", "badge badge--warning"),
        WebhookHealth::Stopped(_) => ("webhooks.stopped", "badge badge--danger"),
    };
    let since = match health {
        WebhookHealth::New | WebhookHealth::Working => None,
        WebhookHealth::Failing(at) => Some(("webhooks.failing-since", at)),
        WebhookHealth::Stopped(at) => Some(("webhooks.stopped-since", at)),
    };
    let since = since.map(|(key, at)| {
        view! { <p class="setting__note">{words.say(key)} " " <Moment at now /></p> }
    });
    let behind = (hook.behind > 0).then(|| words.say_count("webhooks.behind", hook.behind));
    let behind = behind.map(|behind| view! { <p class="setting__note">{behind}</p> });
    let last = hook.last.map(|last| {
        view! { <p class="setting__note">{answer_words(words, last.answer)} ", " <Moment at=last.at now /></p> }
    });
    let page = format!("/admin/app-center/webhooks/{id}");
    let act = match health {
        WebhookHealth::Stopped(_) => plain(words, "resume", ResumeWebhook::PATH, &id, &host),
        _ => plain(words, "test", TestWebhook::PATH, &id, &host),
    };
    view! {
        <li class="rows__row">
            <div class="rows__what">
                <p>
                    <a href=page>{host.clone()}</a>
                    " "
                    <span class=class>{words.say(badge)}</span>
                </p>
                {since}
                {last}
                {behind}
            </div>
            {act}
            <Confirm
                id=format!("remove-{id}")
                label=words.say("webhooks.remove")
                label_in_full=words.say_with("webhooks.remove-which", "host", &host)
                class="button button--quiet"
                title=words.say_with("webhooks.remove-title", "host", &host)
                what=words.say("webhooks.remove-will")
                verb=words.say("webhooks.remove")
                pending=words.say("webhooks.moment")
                cancel=words.say("webhooks.cancel")
                action=RemoveWebhook::PATH
                field=Some(("webhook", id))
            />
        </li>
    }
}

/// A button that acts at once: nothing is lost by it.
fn plain(words: &'static Words, what: &str, action: &'static str, id: &str, host: &str) -> AnyView {
    let label = words.say(&format!("webhooks.{what}"));
    let label_in_full = words.say_with(&format!("webhooks.{what}-which"), "host", host);
    let id = id.to_owned();
    view! {
        <form method="post" action=action>
            <SessionField />
            <input type="hidden" name="webhook" value=id />
            <Button label label_in_full pending=words.say("webhooks.moment") rank="quiet" />
        </form>
    }
    .into_any()
}

/// What came of the last try, in a sentence.
fn answer_words(words: &Words, answer: WebhookAnswer) -> String {
    match answer {
        WebhookAnswer::Status(status) if answer.is_taken() => {
            words.say_with("webhooks.taken", "status", &status.to_string())
        }
        WebhookAnswer::Status(status) => words.say_with("webhooks.refused", "status", &status.to_string()),
        WebhookAnswer::Unreachable => words.say("webhooks.unreachable"),
        WebhookAnswer::Private => words.say("webhooks.private"),
        WebhookAnswer::Silent => words.say("webhooks.silent"),
        WebhookAnswer::Unreadable => words.say("webhooks.unreadable"),
    }
}

#[component]
fn AddForm(words: &'static Words, error: Option<String>, typed: Option<String>) -> impl IntoView {
    view! {
        <form class="form" method="post" action=AddWebhook::PATH novalidate>
            <SessionField />
            <Field
                name="url"
                label=words.say("webhooks.url")
                kind="url"
                autocomplete="off"
                hint=words.say("webhooks.url-hint")
                error
                value=typed
            />
            <div class="actions">
                <Button label=words.say("webhooks.go") pending=words.say("webhooks.moment") />
            </div>
        </form>
    }
}

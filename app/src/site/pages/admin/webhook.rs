use http::StatusCode;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use verifier::ShownWebhook;

use super::account_words;
use super::looking::{Looking, answer, looked_up};
use crate::Words;
use crate::parts::{Icon, Notice, Tone};
use crate::site::frame::{Frame, Width};

/// One webhook: its whole address, and what its receiver needs to tell our posts from others'. Behind step-up.
#[component]
pub(crate) fn WebhookPage() -> impl IntoView {
    let looking = Looking::here()?;
    let words = account_words();
    let asked = use_params_map().read_untracked().get("webhook").and_then(|id| id.parse().ok());
    let load = async move {
        match asked {
            Some(id) => looking.verifier().show_webhook(looking.actor(), &id).await,
            None => Ok(Ok(None)),
        }
    };
    let content = looked_up(load, move |found| {
        if let Some(hook) = found {
            view! { <Hook words hook /> }.into_any()
        } else {
            answer(StatusCode::NOT_FOUND);
            view! { <Notice tone=Tone::Warning title=words.say("webhook.none") /> }.into_any()
        }
    });
    Some(view! {
        <Frame title=words.say("webhook.title") width=Width::Full>
            <div class="stack">
                <p class="back">
                    <a href="/admin/app-center/webhooks">{words.say("webhooks.title")}</a>
                </p>
                <h1>{words.say("webhook.title")}</h1>
                {content}
            </div>
        </Frame>
    })
}

#[component]
fn Hook(words: &'static Words, hook: ShownWebhook) -> impl IntoView {
    let shown = |id: &'static str, label: String, hint: String, value: String| {
        view! {
            <div class="field">
                <label class="field__label" for=id>
                    {label}
                </label>
                <p class="field__hint" id=format!("{id}-hint")>
                    {hint}
                </p>
                <input
                    class="input input--shown"
                    id=id
                    type="text"
                    readonly
                    spellcheck="false"
                    autocomplete="off"
                    aria-describedby=format!("{id}-hint")
                    value=value
                />
                <button type="button" class="button button--secondary" data-copy=format!("#{id}")>
                    <span class="button__label">
                        <Icon name="copy" />
                        {words.say(&format!("webhook.copy-{id}"))}
                    </span>
                    <span class="button__pending">{words.say("webhook.copied")}</span>
                </button>
                <p class="visually-hidden" role="status" data-copied=words.say("webhook.copied")></p>
            </div>
        }
    };
    let address =
        shown("address", words.say("webhook.address"), words.say("webhook.address-hint"), hook.url.as_str().to_owned());
    let secret = shown("secret", words.say("webhook.secret"), words.say("webhook.secret-hint"), hook.secret.reveal());
    view! {
        <section class="card" aria-labelledby="hook">
            <h2 id="hook">{hook.url.host().to_owned()}</h2>
            {address}
            {secret}
            <p>{words.say("webhook.how")}</p>
            <p class="setting__note">{words.say("webhook.change")}</p>
        </section>
    }
}

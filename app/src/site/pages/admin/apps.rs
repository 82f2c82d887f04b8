use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{ChainState, Coverage, TextPolicy, WebhookHealth, WebhookState};

use super::account_words;
use super::looking::{Looking, looked_up};
use super::query::parameter;
use crate::api::LiveCoverage;
use crate::parts::Icon;
use crate::site::frame::{Frame, Width};
use crate::site::news::said_now;
use crate::site::words::{Area, use_words};
use crate::{Live, Words};

/// What a card is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Category {
    Security,
    Messages,
}

impl Category {
    const ALL: [Self; 2] = [Self::Security, Self::Messages];

    fn name(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Messages => "messages",
        }
    }
}

/// What the account has, as cards.
#[component]
pub(crate) fn AppCenterPage() -> impl IntoView {
    let looking = Looking::here()?;
    let words = account_words();
    let shown = parameter("category");
    let only = Category::ALL.into_iter().find(|category| shown.as_deref() == Some(category.name()));
    let load = async move {
        let (verifier, actor) = (looking.verifier(), looking.actor());
        let coverage = match verifier.coverage(actor).await? {
            Ok(coverage) => coverage,
            Err(denied) => return Ok(Err(denied)),
        };
        let chain = match verifier.chain_state(actor).await? {
            Ok(chain) => chain,
            Err(denied) => return Ok(Err(denied)),
        };
        let hooks = match verifier.webhooks_of(actor).await? {
            Ok(hooks) => hooks,
            Err(denied) => return Ok(Err(denied)),
        };
        Ok(verifier.texts_of(actor).await?.map(|texts| (coverage, chain, hooks, texts)))
    };
    let cards = looked_up(load, move |(coverage, chain, hooks, texts)| {
        let is_shown = |category| only.is_none_or(|only| only == category);
        let security = is_shown(Category::Security).then(|| {
            view! {
                <MfaTile words coverage />
                <AuditTile words chain />
                <WebhookTile words hooks />
            }
        });
        let messages = is_shown(Category::Messages).then(|| view! { <TextTile words texts /> });
        view! {
            <ul class="tiles" role="list">
                {security}
                {messages}
            </ul>
        }
    });
    let chips = std::iter::once(None).chain(Category::ALL.map(Some)).map(move |category| {
        let (to, label) = match category {
            None => ("/admin/app-center".to_owned(), words.say("category.all")),
            Some(category) => (
                format!("/admin/app-center?category={}", category.name()),
                words.say(&format!("category.{}", category.name())),
            ),
        };
        view! {
            <li>
                <a class="chip" href=to aria-current=(only == category).then_some("true")>
                    {label}
                </a>
            </li>
        }
    });
    Some(view! {
        <Frame title=words.say("apps.title") width=Width::Admin>
            <div class="stack">
                <h1>{words.say("apps.title")}</h1>
                <nav aria-label=words.say("apps.categories")>
                    <ul class="chips" role="list">
                        {chips.collect_view()}
                    </ul>
                </nav>
                {cards}
            </div>
        </Frame>
    })
}

/// What the card about MFA says.
#[must_use]
pub fn coverage_words(coverage: Coverage) -> Words {
    let words = account_words();
    let (people, protected) = (coverage.people.to_string(), coverage.protected.to_string());
    let said = words.say_all("mfa.protected", &[("protected", &protected), ("people", &people)]);
    let card = |note: String| {
        view! {
            <p class="figure">{said.clone()}</p>
            <p class="setting__note">{note}</p>
        }
    };
    let stale = card(use_words(Area::Frame).say("frame.stale"));
    said_now(card(ready_words(words, coverage)), LiveCoverage::PATH, EVERY_MS, stale)
}

/// How many could not be let back in.
pub(super) fn ready_words(words: &Words, coverage: Coverage) -> String {
    match coverage.not_ready {
        0 => words.say("mfa.all-ready"),
        count => words.say_count("mfa.not-ready", count.into()),
    }
}

/// The card is looked at anew so often.
const EVERY_MS: u32 = 15_000;

#[component]
fn MfaTile(words: &'static Words, coverage: Coverage) -> impl IntoView {
    let said = coverage_words(coverage);
    view! {
        <li class="card tile">
            <div class="card__head">
                <h2>
                    <Icon name="lock" />
                    <a href="/admin/app-center/mfa">{words.say("mfa.title")}</a>
                </h2>
                <p>{words.say("mfa.what")}</p>
            </div>
            <Live words=said />
        </li>
    }
}

#[component]
fn AuditTile(words: &'static Words, chain: ChainState) -> impl IntoView {
    let said = chain_words(words, &chain);
    view! {
        <li class="card tile">
            <div class="card__head">
                <h2>
                    <Icon name="clock" />
                    <a href="/admin/audit">{words.say("audit.title")}</a>
                </h2>
                <p>{words.say("audit.what")}</p>
            </div>
            <p class="setting__note">{said}</p>
        </li>
    }
}

/// How far the log is known to be as it was written.
pub(super) fn chain_words(words: &Words, chain: &ChainState) -> String {
    match chain.sealed_upto {
        _ if !chain.is_sound() => words.say("audit.broken"),
        None => words.say("audit.nothing-sealed"),
        Some((number, _)) => words.say_with("audit.verified", "number", &number.to_string()),
    }
}

#[component]
fn WebhookTile(words: &'static Words, hooks: Vec<WebhookState>) -> impl IntoView {
    let is_well = |hook: &&WebhookState| matches!(hook.health, WebhookHealth::New | WebhookHealth::Working);
    let well = hooks.iter().filter(is_well).count().to_string();
    let all = hooks.len().to_string();
    let said = if hooks.is_empty() {
        words.say("webhooks.none")
    } else {
        words.say_all("webhooks.well", &[("well", &well), ("all", &all)])
    };
    view! {
        <li class="card tile">
            <div class="card__head">
                <h2>
                    <Icon name="browser" />
                    <a href="/admin/app-center/webhooks">{words.say("webhooks.title")}</a>
                </h2>
                <p>{words.say("webhooks.tile")}</p>
            </div>
            <p class="setting__note">{said}</p>
        </li>
    }
}

#[component]
fn TextTile(words: &'static Words, texts: TextPolicy) -> impl IntoView {
    let said = if texts.on {
        let (sent, daily) = (texts.sent.to_string(), texts.daily.to_string());
        words.say_all("texts.today", &[("sent", &sent), ("daily", &daily)])
    } else {
        words.say("texts.are-off")
    };
    view! {
        <li class="card tile">
            <div class="card__head">
                <h2>
                    <Icon name="phone" />
                    <a href="/admin/employees/preferences#texts">{words.say("texts.title")}</a>
                </h2>
                <p>{words.say("texts.what")}</p>
            </div>
            <p class="figure">{said}</p>
        </li>
    }
}

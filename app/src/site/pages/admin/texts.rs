use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{Country, Language, Timestamp};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{TextFailure, TextPolicy};

use crate::Words;
use crate::api::{AdminProblem, ChangeTexts};
use crate::parts::{Button, FieldError, Icon, Notice, Tone};
use crate::site::mobile_number::country_names;
use crate::site::session_field::SessionField;
use crate::site::times::Moment;
use crate::site::words::use_language;
use crate::site::{TextPrices, Visit};

/// What stood in the form.
pub(super) struct TypedTexts {
    on: bool,
    countries: BTreeSet<String>,
    daily: String,
}

impl TypedTexts {
    /// As it was posted last.
    pub(super) fn of(visit: &Visit, daily: String) -> Self {
        let countries = visit.typed("countries").unwrap_or_default();
        Self {
            on: visit.typed("on").is_some(),
            countries: countries.split_whitespace().map(ToOwned::to_owned).collect(),
            daily,
        }
    }
}

/// Which text messages the account sends, and how many it sent today.
#[component]
pub(super) fn TextsForm(
    words: &'static Words,
    texts: TextPolicy,
    prices: Arc<dyn TextPrices>,
    problem: Option<AdminProblem>,
    /// What was typed, if it was not saved.
    typed_texts: Option<TypedTexts>,
    now: Timestamp,
) -> impl IntoView {
    let (sent, budget) = (texts.sent.to_string(), texts.daily.to_string());
    let today = if texts.on {
        words.say_all("texts.today", &[("sent", &sent), ("daily", &budget)])
    } else {
        words.say("texts.are-off")
    };
    let error = (problem == Some(AdminProblem::Daily)).then(|| words.say("texts.mend-daily"));
    let is_wrong = error.is_some();
    let described = if is_wrong { "daily-hint daily-error" } else { "daily-hint" };
    let typed = typed_texts.unwrap_or_else(|| TypedTexts {
        on: texts.on,
        countries: texts.countries.iter().map(ToString::to_string).collect(),
        daily: budget,
    });
    let options = country_names(use_language()).map(|(country, name)| {
        let chosen = typed.countries.contains(country.as_str());
        // Of all others it would be asked without anybody wanting to know.
        let price = if chosen { prices.to(country) } else { None };
        country_box(country, name, chosen, price.map(|(amount, currency)| price_words(words, &amount, &currency)))
    });
    let (chosen, others): (Vec<_>, Vec<_>) = options.partition(|(chosen, _)| *chosen);
    let views = |boxes: Vec<(bool, AnyView)>| boxes.into_iter().map(|(_, view)| view).collect_view();
    let none = chosen.is_empty().then(|| view! { <p class="setting__note">{words.say("texts.no-country")}</p> });
    let stopped = texts.stopped_at.map(|_| {
        let (sent, answered) = (texts.watched.to_string(), texts.answered.to_string());
        let more = words.say_all("texts.stopped-more", &[("sent", &sent), ("answered", &answered)]);
        view! { <Notice tone=Tone::Warning title=words.say("texts.stopped") more /> }
    });
    let failures = (!texts.failures.is_empty()).then(|| view! { <Failures words failures=texts.failures now /> });
    view! {
        <section class="card" aria-labelledby="texts">
            <div class="card__head">
                <h2 id="texts">{words.say("texts.title")}</h2>
                <p>{words.say("texts.what")}</p>
            </div>
            {stopped}
            <p class="figure">{today}</p>
            {failures}
            <form class="form" method="post" action=ChangeTexts::PATH>
                <SessionField />
                <label class="tick">
                    <input type="checkbox" name="on" value="yes" checked=typed.on />
                    <span>{words.say("texts.on")} <span class="field__hint">{words.say("texts.on-hint")}</span></span>
                </label>
                <div class="field">
                    <label class="field__label" for="daily">
                        {words.say("texts.daily")}
                    </label>
                    <p class="field__hint" id="daily-hint">
                        {words.say("texts.daily-hint")}
                    </p>
                    <input
                        class="input input--number"
                        id="daily"
                        name="daily"
                        inputmode="numeric"
                        autocomplete="off"
                        aria-describedby=described
                        aria-invalid=is_wrong.then_some("true")
                        value=typed.daily
                    />
                    <FieldError field="daily" text=error />
                </div>
                <fieldset class="field">
                    <legend class="field__label">{words.say("texts.countries")}</legend>
                    {none}
                    <div class="ticks">{views(chosen)}</div>
                    <details class="accordion">
                        <summary class="accordion__title">
                            {words.say("texts.more-countries")} <Icon name="chevron" class="icon chevron" />
                        </summary>
                        <div class="accordion__body ticks">{views(others)}</div>
                    </details>
                </fieldset>
                <div class="actions">
                    <Button label=words.say("texts.save") pending=words.say("setting.saving") rank="secondary" />
                </div>
            </form>
        </section>
    }
}

/// The last texts that did not go, the newest first.
#[component]
fn Failures(words: &'static Words, failures: Vec<TextFailure>, now: Timestamp) -> impl IntoView {
    let items = failures.into_iter().rev().map(|TextFailure { at, number, perhaps }| {
        let key = if perhaps { "texts.failure-perhaps" } else { "texts.failure" };
        view! {
            <li class="rows__row">
                <p class="rows__what">{words.say_with(key, "number", &number)}</p>
                <span class="setting__note">
                    <Moment at now />
                </span>
            </li>
        }
    });
    view! {
        <div class="setting__what">
            <h3 id="failures">{words.say("texts.failures")}</h3>
            <ul class="rows" role="list" aria-labelledby="failures">
                {items.collect_view()}
            </ul>
        </div>
    }
}

/// What a text costs at most.
fn price_words(words: &Words, amount: &str, currency: &str) -> String {
    let amount = match use_language() {
        Language::German => amount.replace('.', ","),
        Language::English => amount.to_owned(),
    };
    words.say_all("texts.price", &[("amount", &amount), ("currency", currency)])
}

fn country_box(country: Country, name: &'static str, chosen: bool, price: Option<String>) -> (bool, AnyView) {
    let price = price.map(|price| view! { <span class="field__hint">{price}</span> });
    let view = view! {
        <label class="tick">
            <input type="checkbox" name="countries[]" value=country.to_string() checked=chosen />
            <span>{name} " " {price}</span>
        </label>
    };
    (chosen, view.into_any())
}

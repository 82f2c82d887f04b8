use leptos::prelude::*;
use verifier::{Affected, TextPolicy, Waiting};

use super::account_words;
use super::looking::{Looking, looked_up};
use super::outcome::{LastOutcome, admin_problem};
use super::preview::SettingForm;
use super::query::parameter;
use super::texts::{TextsForm, TypedTexts};
use crate::Words;
use crate::api::AdminProblem;
use crate::parts::{Notice, Tone};
use crate::site::ask_first::AskFirst;
use crate::site::frame::{Frame, Width};
use crate::site::times::Moment;
use domain::{MfaWindow, Timestamp};

/// What holds for everybody: how often a code is asked for, and which text messages are sent.
#[component]
pub(crate) fn PreferencesPage() -> impl IntoView {
    let looking = Looking::here()?;
    let words = account_words();
    let visit = looking.visit.clone();
    let now = visit.at;
    let window = visit.admission()?.signed_in().person.account.record.mfa_window;
    let chosen = parameter("window")
        .or_else(|| visit.typed("window"))
        .and_then(|asked| MfaWindow::CHOICES.into_iter().find(|choice| choice.seconds().to_string() == asked));
    let problem = admin_problem(&visit);
    let typed_texts = visit.typed("daily").map(|daily| TypedTexts::of(&visit, daily));
    let look_first = (problem == Some(AdminProblem::Unseen))
        .then(|| view! { <Notice tone=Tone::Info title=words.say("setting.look-first") /> });
    let outcome = view! { <LastOutcome visit=&visit /> }.into_any();
    let prices = looking.site.text_prices.clone();
    let load = async move {
        let (verifier, actor) = (looking.verifier(), looking.actor());
        let affected = match verifier.preview_settings(actor).await? {
            Ok(affected) => affected,
            Err(denied) => return Ok(Err(denied)),
        };
        let queue = match verifier.queue_of(actor).await? {
            Ok(queue) => queue,
            Err(denied) => return Ok(Err(denied)),
        };
        Ok(verifier.texts_of(actor).await?.map(|texts| (affected, texts, queue)))
    };
    let content =
        looked_up(load, move |(affected, texts, queue): (Vec<(MfaWindow, Affected)>, TextPolicy, Waiting)| {
            view! {
                <SettingForm words window chosen affected />
                <TextsForm words texts prices problem typed_texts now />
                <Delivery words queue now />
            }
        });
    Some(view! {
        <Frame title=words.say("preferences.title") width=Width::Full>
            <div class="stack" data-asking>
                <h1>{words.say("preferences.title")}</h1>
                <AskFirst back="/admin/employees/preferences" />
                {outcome}
                {look_first}
                {content}
            </div>
        </Frame>
    })
}

/// What waits to be sent.
#[component]
fn Delivery(words: &'static Words, queue: Waiting, now: Timestamp) -> impl IntoView {
    let waits = match (queue.count, queue.oldest) {
        (0, _) | (_, None) => view! { <p>{words.say("delivery.nothing")}</p> }.into_any(),
        (count, Some(at)) => {
            let key = if count == 1 { "delivery.one" } else { "delivery.other" };
            let sentence = words.say_with(key, "count", &count.to_string());
            view! { <p>{sentence} " " <Moment at now /></p> }.into_any()
        }
    };
    view! {
        <section class="card" aria-labelledby="delivery">
            <h2 id="delivery">{words.say("delivery.title")}</h2>
            {waits}
        </section>
    }
}

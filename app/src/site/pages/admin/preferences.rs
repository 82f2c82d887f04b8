use leptos::prelude::*;
use verifier::{Affected, TextPolicy};

use super::account_words;
use super::looking::{Looking, looked_up};
use super::outcome::{LastOutcome, admin_problem};
use super::preview::SettingForm;
use super::query::parameter;
use super::texts::TextsForm;
use crate::api::AdminProblem;
use crate::parts::{Notice, Tone};
use crate::site::frame::{Frame, Width};
use domain::MfaWindow;

/// What holds for everybody: how often a code is asked for, and which text messages are sent.
#[component]
pub(crate) fn PreferencesPage() -> impl IntoView {
    let looking = Looking::here()?;
    let words = account_words();
    let visit = looking.visit.clone();
    let window = visit.admission()?.signed_in().person.account.record.mfa_window;
    let chosen = parameter("window")
        .and_then(|asked| MfaWindow::CHOICES.into_iter().find(|choice| choice.seconds().to_string() == asked));
    let problem = admin_problem(&visit);
    let daily = problem.filter(|problem| *problem == AdminProblem::Daily).and_then(|_| visit.typed("daily"));
    let look_first = (problem == Some(AdminProblem::Unseen))
        .then(|| view! { <Notice tone=Tone::Info title=words.say("setting.look-first") /> });
    let outcome = view! { <LastOutcome visit=&visit /> }.into_any();
    let load = async move {
        let (verifier, actor) = (looking.verifier(), looking.actor());
        let affected = match verifier.preview_settings(actor).await? {
            Ok(affected) => affected,
            Err(denied) => return Ok(Err(denied)),
        };
        Ok(verifier.texts_of(actor).await?.map(|texts| (affected, texts)))
    };
    let content = looked_up(load, move |(affected, texts): (Vec<(MfaWindow, Affected)>, TextPolicy)| {
        view! {
            <SettingForm words window chosen affected />
            <TextsForm words texts problem daily />
        }
    });
    Some(view! {
        <Frame title=words.say("preferences.title") width=Width::Full>
            <div class="stack" data-asking>
                <h1>{words.say("preferences.title")}</h1>
                {outcome}
                {look_first}
                {content}
            </div>
        </Frame>
    })
}

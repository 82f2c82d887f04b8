use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{Coverage, Show, UserLine, UserPage, UserQuery};

use super::apps::ready_words;
use super::looking::{Looking, looked_up};
use super::outcome::LastOutcome;
use super::query::filtered;
use super::state::{StateBadge, readiness_words};
use super::{account_words, people_words};
use crate::Words;
use crate::api::RemindAll;
use crate::parts::Icon;
use crate::site::confirm::Confirm;
use crate::site::frame::{Frame, Width};

/// Who has yet to enable MFA, and who could not be let back in, by name; each list can be reminded.
#[component]
pub(crate) fn MfaAppPage() -> impl IntoView {
    let looking = Looking::here()?;
    let words = account_words();
    let outcome = view! { <LastOutcome visit=&looking.visit /> }.into_any();
    let load = async move {
        let query = |show| UserQuery { show: Some(show), page: 1, ..UserQuery::default() };
        let queries = [Show::NotEnabled, Show::NotRecoveryReady].map(query);
        looking.verifier().list_users_each(looking.actor(), queries.each_ref()).await
    };
    let content = looked_up(load, move |[not_enabled, not_ready]: [UserPage; 2]| {
        let coverage = not_enabled.coverage;
        view! {
            <section class="card" aria-labelledby="covered">
                <h2 id="covered" class="visually-hidden">
                    {words.say("mfa.covered")}
                </h2>
                <Figures words coverage />
            </section>
            <Missing words show=Show::NotEnabled lines=not_enabled.lines matching=not_enabled.matching />
            <Missing words show=Show::NotRecoveryReady lines=not_ready.lines matching=not_ready.matching />
        }
    });
    Some(view! {
        <Frame title=words.say("mfa.title") width=Width::Full>
            <div class="stack" data-asking>
                <p class="back">
                    <a href="/admin/app-center">{words.say("mfa.back")}</a>
                </p>
                <div class="card__head">
                    <h1>{words.say("mfa.title")}</h1>
                    <p>{words.say("mfa.what")}</p>
                </div>
                {outcome}
                {content}
            </div>
        </Frame>
    })
}

/// How many of how many, in words and as a bar.
#[component]
fn Figures(words: &'static Words, coverage: Coverage) -> impl IntoView {
    let (people, protected) = (coverage.people.to_string(), coverage.protected.to_string());
    let said = words.say_all("mfa.protected", &[("protected", &protected), ("people", &people)]);
    let not_ready = ready_words(words, coverage);
    view! {
        <p class="figure">{said}</p>
        <progress class="meter" max=people value=protected aria-hidden="true"></progress>
        <p class="setting__note">{not_ready}</p>
    }
}

/// Those who lack something, the first fifty by name, and all in the list of users.
#[component]
fn Missing(words: &'static Words, show: Show, lines: Vec<UserLine>, matching: u32) -> impl IntoView {
    let (id, what) = match show {
        Show::NotRecoveryReady => ("not-ready", "ways"),
        _ => ("not-enabled", "app"),
    };
    let people = people_words();
    let more = usize::try_from(matching).unwrap_or(usize::MAX).saturating_sub(lines.len());
    let is_empty = lines.is_empty();
    let rows = lines.iter().map(|line| {
        let member = &line.member;
        let (name, email) = (member.name.to_string(), member.email.to_string());
        let state = if show == Show::NotRecoveryReady {
            readiness_words(people, line).into_any()
        } else {
            view! { <StateBadge words=people member /> }.into_any()
        };
        view! {
            <li class="rows__row">
                <div class="rows__what">
                    <p>
                        <a href=format!("/admin/users/{}", member.user)>{name}</a>
                    </p>
                    <p class="setting__note">{email}</p>
                </div>
                <p class="table__state">{state}</p>
            </li>
        }
    });
    let remind = words.say(&format!("mfa.missing-{what}.remind"));
    let list = if is_empty {
        view! {
            <p class="table__state">
                <Icon name="success" />
                {words.say(&format!("mfa.missing-{what}.nobody"))}
            </p>
        }
        .into_any()
    } else {
        view! {
            <ul class="rows" role="list">
                {rows.collect_view()}
            </ul>
            {(more > 0)
                .then(|| {
                    let count = u64::try_from(more).unwrap_or(u64::MAX);
                    view! {
                        <p>
                            <a href=filtered(&UserQuery::default(), Some(show))>{words.say_count("mfa.more", count)}</a>
                        </p>
                    }
                })}
            <p class="actions">
                <Confirm
                    id=format!("remind-{id}")
                    label=remind.clone()
                    title=words.say_count(&format!("mfa.missing-{what}.ask"), matching.into())
                    what=words.say("mfa.remind-will")
                    verb=remind
                    pending=words.say("mfa.reminding")
                    cancel=words.say("mfa.cancel")
                    action=RemindAll::PATH
                    field=Some(("show", show.as_str().to_owned()))
                />
            </p>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-labelledby=id>
            <div class="card__head">
                <h2 id=id>{words.say_with(&format!("mfa.missing-{what}.title"), "count", &matching.to_string())}</h2>
                <p>{words.say(&format!("mfa.missing-{what}.what"))}</p>
            </div>
            {list}
        </section>
    }
}

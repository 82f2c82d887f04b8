use domain::{Role, Timestamp, UserId};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use verifier::{AuditEntry, Denied, UserDetail};

use super::looking::{Looking, looked_up};
use super::outcome::LastOutcome;
use super::people_words;
use super::query::address;
use super::state::{StateBadge, readiness_words};
use super::user_actions::UserActions;
use crate::Words;
use crate::site::browser_words::browser_words;
use crate::site::frame::{Frame, Width};
use crate::site::pages::profile::Events;
use crate::site::times::Moment;
use crate::site::words::{Area, use_words};

/// One user: how they are protected, what happened, and what can be done.
#[component]
pub(crate) fn UserPage() -> impl IntoView {
    let looking = Looking::here()?;
    let (words, now) = (people_words(), looking.visit.at);
    let asked = use_params_map().read_untracked().get("user").and_then(|user| user.parse::<UserId>().ok());
    let outcome = view! { <LastOutcome visit=&looking.visit /> }.into_any();
    let load = async move {
        match asked {
            Some(user) => looking.verifier().user_detail(looking.actor(), &user).await,
            None => Ok(Err(Denied::NoSuchUser)),
        }
    };
    let content = looked_up(load, move |detail| detail_view(words, detail, now));
    Some(view! {
        <Frame title=words.say("user.title") width=Width::Full>
            <div class="stack" data-asking>
                <p class="back">
                    <a href="/admin/users">{words.say("user.back")}</a>
                </p>
                {outcome}
                {content}
            </div>
        </Frame>
    })
}

fn detail_view(words: &'static Words, detail: UserDetail, now: Timestamp) -> impl IntoView {
    let member = detail.line.member.clone();
    let (name, email) = (member.name.to_string(), member.email.to_string());
    let all = address("/admin/audit", &[("user", member.user.to_string())]);
    let happened = detail.events.iter().map(|AuditEntry { event, by, .. }| {
        let by = by.as_ref().filter(|by| by.user != member.user);
        let by = by.map(|by| match &by.name {
            Some((name, _)) => use_words(Area::Events).say_with("events.by", "name", name.as_str()),
            None => use_words(Area::Events).say("events.by-admin"),
        });
        (event.clone(), by)
    });
    let happened: Vec<_> = happened.collect();
    let actions = view! { <UserActions words detail=detail.clone() /> }.into_any();
    view! {
        <section class="card" aria-labelledby="user">
            <div class="card__head">
                <h1 id="user">{name}</h1>
                <p>{email} " " <StateBadge words member=&member /></p>
            </div>
            <Facts words detail now />
        </section>
        {actions}
        <Events happened now what=words.say("user.events") />
        <p>
            <a href=all>{words.say("user.all-events")}</a>
        </p>
    }
}

#[component]
fn Facts(words: &'static Words, detail: UserDetail, now: Timestamp) -> impl IntoView {
    let member = &detail.line.member;
    let role = match member.role {
        Role::Admin => words.say("role.admin"),
        Role::Member => words.say("role.member"),
    };
    let last = match member.last_sign_in {
        Some(at) => view! { <Moment at now /> }.into_any(),
        None => words.say("users.never").into_any(),
    };
    let mobiles: Vec<_> = detail.mobiles.iter().map(|last| format!("••• {last}")).collect();
    let mobiles = (!mobiles.is_empty()).then(|| fact(words.say("user.mobiles"), mobiles.join(", ")));
    let browsers: Vec<_> = detail.sessions.iter().map(|session| browser_words(session.browser.as_str())).collect();
    let browsers = if browsers.is_empty() { words.say("user.nowhere") } else { browsers.join(", ") };
    let moments = [
        ("user.invited", detail.invited_at),
        ("user.unlocked", detail.unlocked_at),
        ("user.reminded", detail.reminded_at),
    ];
    let moments = moments.into_iter().filter_map(|(key, at)| {
        let at = at?;
        Some(view! {
            <div class="summary-list__row">
                <dt class="summary-list__term">{words.say(key)}</dt>
                <dd class="summary-list__value">
                    <Moment at now />
                </dd>
            </div>
        })
    });
    let moments = moments.collect_view();
    view! {
        <dl class="summary-list">
            {fact(words.say("users.role"), role)}
            {fact(words.say("users.recovery"), readiness_words(words, &detail.line))} {mobiles}
            <div class="summary-list__row">
                <dt class="summary-list__term">{words.say("users.last-sign-in")}</dt>
                <dd class="summary-list__value">{last}</dd>
            </div> {fact(words.say("user.signed-in"), browsers)}
            {fact(words.say("user.known"), detail.known_browsers.to_string())} {moments}
        </dl>
    }
}

fn fact(term: String, value: String) -> impl IntoView {
    view! {
        <div class="summary-list__row">
            <dt class="summary-list__term">{term}</dt>
            <dd class="summary-list__value">{value}</dd>
        </div>
    }
}

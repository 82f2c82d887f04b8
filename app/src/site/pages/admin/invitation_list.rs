use domain::{Role, Timestamp};
use http::StatusCode;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_params_map;
use verifier::{BadLineReason, InvitationList, LineFate, ListLine};

use super::looking::{Looking, answer};
use super::outcome::LastOutcome;
use super::people_words;
use crate::Words;
use crate::api::SendInvitations;
use crate::parts::{Button, Icon, Notice, Tone};
use crate::site::ListName;
use crate::site::ask_first::AskFirst;
use crate::site::frame::{Frame, Width};
use crate::site::session_field::SessionField;
use crate::site::times::wait_words;

/// Whom a list invites, before it is sent; afterwards what became of each.
#[component]
pub(crate) fn InvitationListPage() -> impl IntoView {
    let looking = Looking::here()?;
    let (words, visit) = (people_words(), looking.visit.clone());
    let name = use_params_map().read_untracked().get("list").and_then(|name| name.parse::<ListName>().ok());
    let found = name.and_then(|name| Some((name, looking.typed_list(name)?.list)));
    let (title, content) = if let Some((name, list)) = found {
        (heading(words, &list), listed(words, name, &list, visit.at).into_any())
    } else {
        answer(StatusCode::NOT_FOUND);
        let gone = view! { <Notice tone=Tone::Warning title=words.say("people.list-gone") standing=true /> };
        (words.say("invite.title"), gone.into_any())
    };
    Some(view! {
        <Frame title=title.clone() width=Width::Full>
            <div class="stack" data-asking>
                <p class="back">
                    <a href="/admin/invite">{words.say("invite.title")}</a>
                </p>
                <h1>{title}</h1>
                <LastOutcome visit=&visit />
                {content}
            </div>
        </Frame>
    })
}

/// What is asked; if there is nothing to ask any more, what became of it.
fn heading(words: &Words, list: &InvitationList) -> String {
    match (list.ready().count(), list.invited()) {
        (0, 0) => words.say("list.nobody"),
        (0, invited) => words.say_count("list.invited", number(invited)),
        (ready, _) => words.say_count("list.ask", number(ready)),
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn listed(words: &'static Words, name: ListName, list: &InvitationList, now: Timestamp) -> impl IntoView + use<> {
    let (ready, invited, left_out) = (list.ready().count(), list.invited(), list.left_out());
    let admins = list.ready().filter(|new| new.role == Role::Admin).count();
    let is_asked = ready > 0;
    let left_out_key = if invited > 0 && !is_asked { "list.not-invited" } else { "list.left-out" };
    let said = [
        (is_asked && list.is_begun()).then(|| words.say_count("list.stopped", number(invited))),
        is_asked.then(|| words.say_count("list.will", number(ready))),
        (admins > 0).then(|| words.say_count("list.admins", number(admins))),
        (left_out > 0).then(|| words.say_count(left_out_key, number(left_out))),
    ];
    let said: Vec<_> = said.into_iter().flatten().map(|said| view! { <p>{said}</p> }).collect();
    // What needs looking at comes first.
    let (fine, others): (Vec<_>, Vec<_>) = list.lines().iter().partition(|line| is_fine(line));
    let rows: Vec<_> = others.into_iter().chain(fine).map(|line| row(words, line, now)).collect();
    let change = format!("/admin/invite?from={name}");
    let actions = if is_asked {
        view! {
            <form class="actions" method="post" action=SendInvitations::PATH>
                <SessionField />
                <input type="hidden" name="list" value=name.to_string() />
                <Button label=words.say_count("list.send", number(ready)) pending=words.say("list.sending") />
                <a class="button button--quiet" href=change>
                    <span class="button__label">{words.say("list.change")}</span>
                </a>
            </form>
        }
        .into_any()
    } else {
        let (to, key) = if invited > 0 { ("/admin/invite".into(), "list.more") } else { (change, "list.change") };
        view! {
            <p class="actions">
                <a class="button button--secondary" href=to>
                    <span class="button__label">{words.say(key)}</span>
                </a>
            </p>
        }
        .into_any()
    };
    let back = format!("/admin/invite/{name}");
    view! {
        {is_asked.then(|| view! { <AskFirst back /> })}
        <section class="card" aria-label=words.say("invite.list")>
            {said}
            {actions}
            <ol class="rows" role="list">
                {rows}
            </ol>
        </section>
    }
}

/// Whether somebody is invited by it, or will be.
fn is_fine(line: &ListLine) -> bool {
    matches!(line, ListLine::Person { fate: LineFate::Ready | LineFate::Invited, .. })
}

fn row(words: &'static Words, line: &ListLine, now: Timestamp) -> impl IntoView + use<> {
    let (what, (icon, said)) = match line {
        ListLine::Person { new, fate } => {
            let role = (new.role == Role::Admin).then(|| words.say("role.admin"));
            let who = view! {
                <p>
                    {new.name.to_string()}
                    {role
                        .map(|role| {
                            view! {
                                " "
                                <span class="badge">{role}</span>
                            }
                        })}
                </p>
                <p class="setting__note">{new.email.to_string()}</p>
            };
            (who.into_any(), fate_words(words, *fate, now))
        }
        ListLine::Bad(bad) => {
            let text = words.say_all("line.number", &[("number", &bad.number.to_string()), ("text", &bad.text)]);
            (view! { <p>{text}</p> }.into_any(), ("danger", why_words(words, bad.why)))
        }
    };
    let class = if is_fine(line) { "icon" } else { "icon icon--warning" };
    view! {
        <li class="rows__row">
            <div class="rows__what">{what}</div>
            <p class="table__state">
                <Icon name=icon class=class />
                {said}
            </p>
        </li>
    }
}

fn fate_words(words: &Words, fate: LineFate, now: Timestamp) -> (&'static str, String) {
    match fate {
        LineFate::Ready => ("mail", words.say("line.ready")),
        LineFate::Here => ("info", words.say("line.here")),
        LineFate::Invited => ("success", words.say("line.invited")),
        LineFate::EmailTaken => ("info", words.say("line.taken")),
        LineFate::Wait { until } => {
            let wait = wait_words(until.until_from(now).as_secs());
            ("clock", words.say_with("line.wait", "wait", &wait))
        }
    }
}

fn why_words(words: &Words, why: BadLineReason) -> String {
    match why {
        BadLineReason::NoAddress => words.say("line.no-address"),
        BadLineReason::BadAddress => words.say("line.bad-address"),
        BadLineReason::BadName => words.say("line.bad-name"),
        BadLineReason::BadRole => words.say("line.bad-role"),
        BadLineReason::Twice => words.say("line.twice"),
        BadLineReason::TooMany { lines } => words.say_count("line.too-many", lines.into()),
    }
}

use domain::Role;
use http::StatusCode;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_params_map;
use verifier::BadLineReason;

use super::looking::{Looking, answer};
use super::outcome::LastOutcome;
use super::people_words;
use crate::Words;
use crate::api::SendInvitations;
use crate::parts::{Button, Icon, Notice, Tone};
use crate::site::ask_first::AskFirst;
use crate::site::frame::{Frame, Width};
use crate::site::session_field::SessionField;
use crate::site::times::wait_words;
use crate::site::{InvitationList, LineFate, ListLine, ListName};

/// Whom a list invites, before it is sent; afterwards what became of each.
#[component]
pub(crate) fn InvitationListPage() -> impl IntoView {
    let looking = Looking::here()?;
    let (words, visit) = (people_words(), looking.visit.clone());
    let name = use_params_map().read_untracked().get("list").and_then(|name| name.parse::<ListName>().ok());
    let found = name.and_then(|name| {
        let admin = &visit.admission()?.signed_in().session.user;
        Some((name, looking.site.invitations.find(name, admin, visit.at)?))
    });
    let (title, content) = if let Some((name, list)) = found {
        (heading(words, &list), listed(words, name, &list).into_any())
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
    match (list.count(LineFate::Ready), list.count(LineFate::Invited)) {
        (0, 0) => words.say("list.nobody"),
        (0, invited) => words.say_count("list.invited", invited),
        (ready, _) => words.say_count("list.ask", ready),
    }
}

fn listed(words: &'static Words, name: ListName, list: &InvitationList) -> impl IntoView + use<> {
    let (ready, invited) = (list.count(LineFate::Ready), list.count(LineFate::Invited));
    let others = u64::try_from(list.lines.len()).unwrap_or(u64::MAX) - ready - invited;
    let admins = list.ready().iter().map(|new| u64::from(new.role == Role::Admin)).sum();
    let is_asked = ready > 0;
    let said = [
        (is_asked && invited > 0).then(|| words.say_count("list.stopped", invited)),
        is_asked.then(|| words.say_count("list.will", ready)),
        (admins > 0).then(|| words.say_count("list.admins", admins)),
        (others > 0).then(|| words.say_count(if is_asked { "list.left-out" } else { "list.not-invited" }, others)),
    ];
    let said: Vec<_> = said.into_iter().flatten().map(|said| view! { <p>{said}</p> }).collect();
    let rows: Vec<_> = list.lines.iter().map(|line| row(words, line)).collect();
    let change = format!("/admin/invite?from={name}");
    let actions = if is_asked {
        view! {
            <form class="actions" method="post" action=SendInvitations::PATH>
                <SessionField />
                <input type="hidden" name="list" value=name.to_string() />
                <Button label=words.say_count("list.send", ready) pending=words.say("list.sending") />
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

fn row(words: &'static Words, line: &ListLine) -> impl IntoView + use<> {
    let (icon, said) = fate_words(words, line.fate);
    let what = match &line.person {
        Ok(new) => {
            let role = match new.role {
                Role::Admin => Some(words.say("role.admin")),
                Role::Member => None,
            };
            view! {
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
            }
            .into_any()
        }
        Err(text) => view! { <p>{text.clone()}</p> }.into_any(),
    };
    view! {
        <li class="rows__row">
            <div class="rows__what">{what}</div>
            <p class="table__state">
                <Icon name=icon />
                {said}
            </p>
        </li>
    }
}

fn fate_words(words: &Words, fate: LineFate) -> (&'static str, String) {
    match fate {
        LineFate::Ready => ("mail", words.say("line.ready")),
        LineFate::Here => ("info", words.say("line.here")),
        LineFate::Invited => ("success", words.say("line.invited")),
        LineFate::EmailTaken => ("info", words.say("line.taken")),
        LineFate::Wait { seconds } => ("clock", words.say_with("line.wait", "wait", &wait_words(seconds))),
        LineFate::Bad(why) => {
            let key = match why {
                BadLineReason::NoAddress => "line.no-address",
                BadLineReason::BadAddress => "line.bad-address",
                BadLineReason::BadName => "line.bad-name",
                BadLineReason::BadRole => "line.bad-role",
                BadLineReason::Twice => "line.twice",
                BadLineReason::TooMany => "line.too-many",
            };
            ("danger", words.say(key))
        }
    }
}

use leptos::prelude::*;
use verifier::{Show, SortBy, UserLine, UserPage, UserQuery};

use super::looking::{Looking, looked_up};
use super::outcome::LastOutcome;
use super::people_words;
use super::query::{fields_of, filtered, parameter, user_query, users_address};
use super::state::{StateBadge, readiness_words};
use super::user_actions::Nudge;
use crate::Words;
use crate::parts::{Button, Icon};
use crate::site::confirm::Confirm;
use crate::site::frame::{Frame, Width};
use crate::site::session_field::SessionField;
use crate::site::times::Moment;
use domain::{Role, Timestamp};
use verifier::MfaState;

/// Where the list is fetched as a file.
const USERS_CSV: &str = "/admin/users.csv";

/// All users of the account, those one looks for, a page at a time.
#[component]
pub(crate) fn UsersPage() -> impl IntoView {
    let looking = Looking::here()?;
    let (words, query, now) = (people_words(), user_query(parameter), looking.visit.at);
    let outcome = view! { <LastOutcome visit=&looking.visit /> }.into_any();
    let asked = query.clone();
    let list = looked_up(async move { looking.verifier().list_users(looking.actor(), &asked).await }, move |found| {
        list(words, &query, found, now)
    });
    Some(view! {
        <Frame title=words.say("users.title") width=Width::Admin>
            <div class="stack" data-asking>
                <div class="page-head">
                    <h1>{words.say("users.title")}</h1>
                    <a class="button button--primary" href="/admin/invite">
                        <span class="button__label">{words.say("users.invite")}</span>
                    </a>
                </div>
                {outcome}
                {list}
            </div>
        </Frame>
    })
}

fn list(words: &'static Words, query: &UserQuery, found: UserPage, now: Timestamp) -> impl IntoView + use<> {
    let UserPage { lines, matching, page, pages, .. } = found;
    let none = lines.is_empty().then(|| view! { <NobodyFound words query=query.clone() /> });
    let table = (!lines.is_empty()).then(|| {
        let rows = lines.iter().map(|line| row(words, line, now)).collect_view();
        let head = |sort, key| heading(words, query, sort, key);
        view! {
            <table class="table" role="table">
                <caption class="visually-hidden">{words.say("users.title")}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        {head(SortBy::Name, "users.name")} {head(SortBy::Mfa, "users.mfa")}
                        <th scope="col" role="columnheader">
                            {words.say("users.recovery")}
                        </th> <th scope="col" role="columnheader">
                            {words.say("users.role")}
                        </th> {head(SortBy::LastSignIn, "users.last-sign-in")} <th scope="col" role="columnheader">
                            <span class="visually-hidden">{words.say("users.actions")}</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
    });
    view! {
        <section class="card card--flush">
            <Search words query=query.clone() />
            <Filters words query=query.clone() />
            <p class="table-note" role="status">
                {words.say_count("users.matching", matching.into())}
            </p>
            {table}
            {none}
            <div class="table-foot">
                <Pages words query=query.clone() page pages />
                <Export words query=query.clone() />
            </div>
        </section>
    }
}

#[component]
fn Search(words: &'static Words, query: UserQuery) -> impl IntoView {
    let fields = fields_of(&UserQuery { search: String::new(), page: 1, ..query.clone() });
    let hidden = hidden_fields(fields);
    view! {
        <form class="search" method="get" action="/admin/users" role="search">
            {hidden}
            <label class="visually-hidden" for="q">
                {words.say("users.search")}
            </label>
            <input
                class="input"
                id="q"
                name="q"
                type="search"
                autocomplete="off"
                placeholder=words.say("users.search")
                value=query.search
            />
            <Button label=words.say("users.find") pending=words.say("users.finding") rank="secondary" />
        </form>
    }
}

fn hidden_fields(fields: Vec<(&'static str, String)>) -> Vec<AnyView> {
    fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }.into_any()).collect()
}

#[component]
fn Filters(words: &'static Words, query: UserQuery) -> impl IntoView {
    let link = |show: Option<Show>| {
        let label = show.map_or_else(|| words.say("show.all"), |show| words.say(&format!("show.{}", show.as_str())));
        let current = (query.show == show).then_some("true");
        view! {
            <li>
                <a class="chip" href=filtered(&query, show) aria-current=current>
                    {label}
                </a>
            </li>
        }
    };
    let all = link(None);
    let filters = Show::ALL.map(|show| link(Some(show))).to_vec();
    view! {
        <nav aria-label=words.say("users.filter")>
            <ul class="chips" role="list">
                {all}
                {filters}
            </ul>
        </nav>
    }
}

fn heading(words: &'static Words, query: &UserQuery, sort: SortBy, key: &'static str) -> impl IntoView + use<> {
    let (label, is_sorted) = (words.say(key), query.sort == sort);
    let descending = is_sorted && !query.descending;
    let to = users_address(&UserQuery { sort, descending, page: 1, ..query.clone() });
    let order = is_sorted.then_some(if query.descending { "descending" } else { "ascending" });
    let class = if query.descending { "icon chevron chevron--up" } else { "icon chevron" };
    view! {
        <th scope="col" role="columnheader" aria-sort=order>
            <a class="table__sort" href=to>
                {label}
                {is_sorted.then(|| view! { <Icon name="chevron" class=class /> })}
            </a>
        </th>
    }
}

fn row(words: &'static Words, line: &UserLine, now: Timestamp) -> impl IntoView + use<> {
    let member = &line.member;
    let (name, email, page) =
        (member.name.to_string(), member.email.to_string(), format!("/admin/users/{}", member.user));
    let role = match member.role {
        Role::Admin => words.say("role.admin"),
        Role::Member => words.say("role.member"),
    };
    let last = match member.last_sign_in {
        Some(at) => view! { <Moment at now /> }.into_any(),
        None => words.say("users.never").into_any(),
    };
    let missing = (!line.ready && member.mfa != MfaState::NotEnabled && member.mfa != MfaState::Deactivated)
        .then(|| view! { <Icon name="warning" class="icon icon--warning" /> });
    view! {
        <tr role="row">
            <td role="cell" class="table__who">
                <a href=page.clone()>{name.clone()}</a>
                <span class="table__note">{email}</span>
            </td>
            <td role="cell" data-label=words.say("users.mfa")>
                <StateBadge words member />
            </td>
            <td role="cell" data-label=words.say("users.recovery")>
                <span class="table__state">{missing} {readiness_words(words, line)}</span>
            </td>
            <td role="cell" data-label=words.say("users.role")>
                {role}
            </td>
            <td role="cell" data-label=words.say("users.last-sign-in")>
                {last}
            </td>
            <td role="cell" class="table__actions">
                {row_menu(words, line, &name, page)}
            </td>
        </tr>
    }
}

/// What is done most for somebody in that state; everything else is on their page.
fn row_menu(words: &'static Words, line: &UserLine, name: &str, page: String) -> impl IntoView + use<> {
    let member = &line.member;
    let nudge = Nudge::of(line).map(|nudge| {
        let (what, user) = (nudge.as_str(), member.user.to_string());
        let act = |part: &str| words.say_with(&format!("act.{what}.{part}"), "name", name);
        view! {
            <Confirm
                id=format!("{what}-{user}")
                label=words.say(&format!("users.{what}"))
                class="menu__item"
                title=act("title")
                what=act("will")
                verb=act("label")
                pending=words.say("user.moment")
                cancel=words.say("user.cancel")
                action=nudge.path()
                field=Some(("user", user))
            />
        }
    });
    let unlock = (member.mfa == MfaState::LockedOut).then(|| {
        view! {
            <a class="menu__item" href=format!("{page}#unlock")>
                {words.say("users.unlock")}
            </a>
        }
    });
    view! {
        <details class="menu">
            <summary class="menu__button" aria-label=words.say_with("users.actions-for", "name", name)>
                <Icon name="more" />
            </summary>
            <div class="menu__panel">
                <a class="menu__item" href=page>
                    {words.say("users.open")}
                </a>
                {unlock}
                {nudge}
            </div>
        </details>
    }
}

#[component]
fn NobodyFound(words: &'static Words, query: UserQuery) -> impl IntoView {
    let title = if query.search.is_empty() { words.say("users.none-here") } else { words.say("users.none-found") };
    view! {
        <div class="empty">
            <Icon name="search" />
            <p>{title}</p>
            <p>
                <a href="/admin/users">{words.say("users.show-all")}</a>
            </p>
        </div>
    }
}

#[component]
fn Pages(words: &'static Words, query: UserQuery, page: u32, pages: u32) -> impl IntoView {
    if pages < 2 {
        return None;
    }
    let to = |page: u32| users_address(&UserQuery { page, ..query.clone() });
    let before = (page > 1).then(|| {
        view! {
            <a class="button button--secondary" rel="prev" href=to(page - 1)>
                <span class="button__label">{words.say("users.previous")}</span>
            </a>
        }
    });
    let after = (page < pages).then(|| {
        view! {
            <a class="button button--secondary" rel="next" href=to(page + 1)>
                <span class="button__label">{words.say("users.next")}</span>
            </a>
        }
    });
    let (page, pages) = (page.to_string(), pages.to_string());
    Some(view! {
        <nav class="pages" aria-label=words.say("users.pages")>
            {before}
            <span>{words.say_all("users.page", &[("page", &page), ("pages", &pages)])}</span>
            {after}
        </nav>
    })
}

/// All that match, as a file. Outside of what `asking.js` posts: a file is no page.
#[component]
fn Export(words: &'static Words, query: UserQuery) -> impl IntoView {
    let fields = hidden_fields(fields_of(&UserQuery { page: 1, ..query }));
    view! {
        <form method="post" action=USERS_CSV data-download>
            <SessionField />
            {fields}
            <Button label=words.say("users.export") pending=words.say("users.exporting") rank="quiet" />
        </form>
    }
}

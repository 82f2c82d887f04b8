use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::BadLineReason;

use super::looking::Looking;
use super::outcome::{LastOutcome, admin_problem};
use super::people_words;
use super::query::parameter;
use crate::Words;
use crate::api::{AdminProblem, Invite, InviteMany};
use crate::parts::{Button, FieldError, Icon};
use crate::site::ask_first::AskFirst;
use crate::site::frame::{Frame, Width};
use crate::site::session_field::SessionField;
use crate::site::text_field::Field;
use crate::site::times::wait_words;
use crate::site::{InvitedLine, LineOutcome, Visit};

/// Inviting one person, or a list of them.
#[component]
pub(crate) fn InvitePage() -> impl IntoView {
    let looking = Looking::here()?;
    let (words, visit) = (people_words(), looking.visit.clone());
    let problem = admin_problem(&visit);
    let mends = move |field: &str| match (field, problem?) {
        ("name", AdminProblem::Name) => Some(words.say("invite.mend-name")),
        ("email", AdminProblem::Email) => Some(words.say("invite.mend-email")),
        ("email", AdminProblem::EmailTaken) => Some(words.say("invite.mend-taken")),
        ("list", AdminProblem::NoList) => Some(words.say("invite.mend-list")),
        _ => None,
    };
    let fields: Vec<_> =
        ["name", "email", "list"].into_iter().filter_map(|field| Some((field, mends(field)?))).collect();
    let report = parameter("list").and_then(|name| {
        let admin = &visit.admission()?.signed_in().session.user;
        looking.site.reports.find(&name, admin, visit.at)
    });
    let report = report.map(|lines| view! { <Report words lines /> });
    let one = view! { <OneForm words name_error=mends("name") email_error=mends("email") visit=&visit /> }.into_any();
    let many = view! { <ListForm words error=mends("list") /> }.into_any();
    Some(view! {
        <Frame title=words.say("invite.title") width=Width::Full>
            <div class="stack" data-asking>
                <p class="back">
                    <a href="/admin/users">{words.say("user.back")}</a>
                </p>
                <h1>{words.say("invite.title")}</h1>
                <AskFirst back="/admin/invite" />
                <LastOutcome visit=&visit fields />
                {report}
                {one}
                {many}
            </div>
        </Frame>
    })
}

#[component]
fn OneForm<'a>(
    words: &'static Words,
    name_error: Option<String>,
    email_error: Option<String>,
    visit: &'a Visit,
) -> impl IntoView + use<> {
    let is_admin = visit.typed("role").as_deref() == Some("admin");
    let (name, email) = (visit.typed("name"), visit.typed("email"));
    view! {
        <section class="card" aria-labelledby="one">
            <div class="card__head">
                <h2 id="one">{words.say("invite.one")}</h2>
                <p>{words.say("invite.one-what")}</p>
            </div>
            <form class="form" method="post" action=Invite::PATH novalidate>
                <SessionField />
                <Field name="name" label=words.say("users.name") autocomplete="off" error=name_error value=name />
                <Field
                    name="email"
                    label=words.say("invite.email")
                    kind="email"
                    autocomplete="off"
                    error=email_error
                    value=email
                />
                <div class="field">
                    <label class="field__label" for="role">
                        {words.say("users.role")}
                    </label>
                    <select class="input" id="role" name="role">
                        <option value="member" selected=!is_admin>
                            {words.say("role.member")}
                        </option>
                        <option value="admin" selected=is_admin>
                            {words.say("role.admin")}
                        </option>
                    </select>
                </div>
                <div class="actions">
                    <Button label=words.say("invite.go") pending=words.say("invite.going") />
                </div>
            </form>
        </section>
    }
}

#[component]
fn ListForm(words: &'static Words, error: Option<String>) -> impl IntoView {
    let is_wrong = error.is_some();
    let described = if is_wrong { "list-hint list-error" } else { "list-hint" };
    view! {
        <section class="card" aria-labelledby="many">
            <div class="card__head">
                <h2 id="many">{words.say("invite.many")}</h2>
                <p>{words.say("invite.many-what")}</p>
            </div>
            <form class="form" method="post" action=InviteMany::PATH novalidate>
                <SessionField />
                <div class="field">
                    <label class="field__label" for="list">
                        {words.say("invite.list")}
                    </label>
                    <p class="field__hint" id="list-hint">
                        {words.say("invite.list-hint")}
                    </p>
                    <textarea
                        class="input input--list"
                        id="list"
                        name="list"
                        rows="8"
                        autocomplete="off"
                        spellcheck="false"
                        aria-describedby=described
                        aria-invalid=is_wrong.then_some("true")
                    ></textarea>
                    <FieldError field="list" text=error />
                </div>
                <div class="actions">
                    <Button label=words.say("invite.go-many") pending=words.say("invite.going") rank="secondary" />
                </div>
            </form>
        </section>
    }
}

/// What became of each line of a list.
#[component]
fn Report(words: &'static Words, lines: Vec<InvitedLine>) -> impl IntoView {
    let count = |is: fn(&LineOutcome) -> bool| lines.iter().filter(|line| is(&line.what)).count();
    let invited = u64::try_from(count(|what| *what == LineOutcome::Invited)).unwrap_or(u64::MAX);
    let others = u64::try_from(lines.len()).unwrap_or(u64::MAX) - invited;
    let summary = words.say_count("invite.report", invited);
    let rest = (others > 0).then(|| words.say_count("invite.report-rest", others));
    let rows = lines.iter().map(|line| {
        let (icon, said) = line_words(words, line.what);
        view! {
            <li class="rows__row">
                <p class="rows__what">{line.text.clone()}</p>
                <p class="table__state">
                    <Icon name=icon />
                    {said}
                </p>
            </li>
        }
    });
    view! {
        <section class="card" aria-labelledby="report" tabindex="-1">
            <div class="card__head" role="status">
                <h2 id="report">{summary}</h2>
                {rest.map(|rest| view! { <p>{rest}</p> })}
            </div>
            <ol class="rows" role="list">
                {rows.collect_view()}
            </ol>
        </section>
    }
}

fn line_words(words: &Words, what: LineOutcome) -> (&'static str, String) {
    match what {
        LineOutcome::Invited => ("success", words.say("line.invited")),
        LineOutcome::EmailTaken => ("info", words.say("line.taken")),
        LineOutcome::Wait { seconds } => ("clock", words.say_with("line.wait", "wait", &wait_words(seconds))),
        LineOutcome::NotTried => ("warning", words.say("line.not-tried")),
        LineOutcome::Bad(why) => {
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

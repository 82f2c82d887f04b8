use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::looking::Looking;
use super::outcome::{LastOutcome, admin_problem};
use super::people_words;
use super::query::parameter;
use crate::Words;
use crate::api::{AdminProblem, ReviewInvitation, ReviewInvitations};
use crate::parts::{Button, FieldError, Notice, Tone};
use crate::site::frame::{Frame, Width};
use crate::site::session_field::SessionField;
use crate::site::text_field::Field;
use crate::site::{ListName, ListSource, Typed};

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
    let name = parameter("from").and_then(|name| name.parse::<ListName>().ok());
    let from = name.and_then(|name| looking.typed_list(name)).map(|typed| typed.source);
    let gone = (name.is_some() && from.is_none())
        .then(|| view! { <Notice tone=Tone::Warning title=words.say("people.list-gone") standing=true /> });
    let (before, pasted) = match from {
        Some(ListSource::One(typed)) => (typed, None),
        Some(ListSource::Many(text)) => (Typed::default(), Some(text)),
        None => (Typed::default(), None),
    };
    let typed = |field| visit.typed(field).or_else(|| before.get(field));
    let (name, email, is_admin) = (typed("name"), typed("email"), typed("role").as_deref() == Some("admin"));
    let errors = [mends("name"), mends("email")];
    let one = view! { <OneForm words errors name email is_admin /> }.into_any();
    let many = view! { <ListForm words error=mends("list") pasted /> }.into_any();
    Some(view! {
        <Frame title=words.say("invite.title") width=Width::Full>
            <div class="stack" data-asking>
                <p class="back">
                    <a href="/admin/users">{words.say("user.back")}</a>
                </p>
                <h1>{words.say("invite.title")}</h1>
                <LastOutcome visit=&visit fields />
                {gone}
                {one}
                {many}
            </div>
        </Frame>
    })
}

#[component]
fn OneForm(
    words: &'static Words,
    errors: [Option<String>; 2],
    #[prop(optional_no_strip)] name: Option<String>,
    #[prop(optional_no_strip)] email: Option<String>,
    is_admin: bool,
) -> impl IntoView {
    let [name_error, email_error] = errors;
    view! {
        <section class="card" aria-labelledby="one">
            <div class="card__head">
                <h2 id="one">{words.say("invite.one")}</h2>
                <p>{words.say("invite.one-what")}</p>
            </div>
            <form class="form" method="post" action=ReviewInvitation::PATH novalidate>
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
                    <Button label=words.say("invite.go") pending=words.say("invite.checking") />
                </div>
            </form>
        </section>
    }
}

#[component]
fn ListForm(
    words: &'static Words,
    error: Option<String>,
    #[prop(optional_no_strip)] pasted: Option<String>,
) -> impl IntoView {
    // Leptos takes for markup what is in a `textarea`, and browsers leave out a line break it begins with.
    let pasted = pasted.map(|text| format!("\n{}", html_escape::encode_text(&text)));
    let is_wrong = error.is_some();
    let described = if is_wrong { "list-hint list-error" } else { "list-hint" };
    view! {
        <section class="card" aria-labelledby="many">
            <div class="card__head">
                <h2 id="many">{words.say("invite.many")}</h2>
                <p>{words.say("invite.many-what")}</p>
            </div>
            <form class="form" method="post" action=ReviewInvitations::PATH novalidate>
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
                    >
                        {pasted}
                    </textarea>
                    <FieldError field="list" text=error />
                </div>
                <div class="actions">
                    <Button label=words.say("invite.go-many") pending=words.say("invite.checking") rank="secondary" />
                </div>
            </form>
        </section>
    }
}

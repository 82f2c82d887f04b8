use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::{answer_with, lead_to};
use crate::api::{CodeProblem, SignIn, SignInProblem};
use crate::parts::{Button, Notice, Problems, Tone};
use crate::site::Outcome;
use crate::site::context::use_visit;
use crate::site::frame::{Frame, Width};
use crate::site::next_field::NextField;
use crate::site::text_field::Field;
use crate::site::times::wait_words;
use crate::site::words::{Area, use_words};

/// Email and password.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let visit = use_visit()?;
    if visit.is_fresh() {
        lead_to(visit.next.as_ref().map_or("/", |next| next.as_str()));
        return None;
    }
    let words = use_words(Area::SignIn);
    let problem = visit.outcome(|outcome| match outcome {
        Outcome::SignIn(problem) => Some(*problem),
        _ => None,
    });
    if let Some(problem) = problem {
        answer_with(problem);
    }
    let email = visit.typed("email");
    let (email_error, password_error) = (
        (problem == Some(SignInProblem::NoEmail)).then(|| words.say("mend-field.email")),
        (problem == Some(SignInProblem::NoPassword)).then(|| words.say("sign-in.password-mend")),
    );
    let at_password = email.is_some() && problem.is_none();
    Some(view! {
        <Frame title=words.say("sign-in.title") width=Width::Narrow>
            <div class="card">
                <SignInRefusal problem />
                <News outcome=visit.notice.as_ref().map(|notice| notice.outcome.clone()) />
                <h1>{words.say("sign-in.title")}</h1>
                <form class="form" method="post" action=SignIn::PATH novalidate>
                    <NextField next=visit.next.clone() />
                    <Field
                        name="email"
                        label=words.say("sign-in.email")
                        kind="email"
                        autocomplete="username"
                        error=email_error
                        autofocus=problem.is_none() && !at_password
                        value=email
                    />
                    <Field
                        name="password"
                        label=words.say("sign-in.password")
                        kind="password"
                        autocomplete="current-password"
                        error=password_error
                        autofocus=at_password
                    />
                    <div class="actions">
                        <Button label=words.say("sign-in.go") pending=words.say("sign-in.signing-in") />
                    </div>
                </form>
                <p>
                    <a href="/password/forgot">{words.say("sign-in.forgot")}</a>
                </p>
                <p class="card__foot">{words.say("sign-in.next")}</p>
            </div>
        </Frame>
    })
}

/// What became of what led here.
#[component]
fn News(outcome: Option<Outcome>) -> impl IntoView {
    let (tone, title, more) = match outcome? {
        Outcome::SignedOut => (Tone::Success, "news.signed-out", None),
        Outcome::AccountCreated => (Tone::Success, "news.account-created", Some("news.account-created-more")),
        Outcome::PasswordSet => (Tone::Success, "news.password-set", Some("news.password-set-more")),
        Outcome::SignInAgain => (Tone::Warning, "news.again", Some("news.again-over")),
        Outcome::SessionEnded => (Tone::Warning, "news.again", Some("news.again-ended")),
        // The tenth one has ended what was signed in with this browser.
        Outcome::Code(CodeProblem::Locked) => (Tone::Warning, "news.again", Some("news.again-wrong")),
        Outcome::PasswordReset => (Tone::Success, "news.password-reset", Some("news.password-reset-more")),
        Outcome::LinkMailed => (Tone::Info, "news.link-mailed", Some("news.link-mailed-more")),
        Outcome::SignIn(_)
        | Outcome::Administered(_)
        | Outcome::Admin(_)
        | Outcome::OtherSession
        | Outcome::Done(_)
        | Outcome::Profile(_)
        | Outcome::ResetRequested
        | Outcome::TextSent
        | Outcome::ResetRequest(_)
        | Outcome::Reset(_)
        | Outcome::Recovery(_)
        | Outcome::Code(_)
        | Outcome::FirstAccount(_)
        | Outcome::Invitation(_)
        | Outcome::Wizard(_) => return None,
    };
    let words = use_words(Area::SignIn);
    let more = more.map(|more| words.say(more));
    Some(view! { <Notice tone title=words.say(title) more /> })
}

#[component]
fn SignInRefusal(problem: Option<SignInProblem>) -> impl IntoView {
    let words = use_words(Area::SignIn);
    let (title, fields) = match problem? {
        SignInProblem::NoEmail => (words.say("sign-in.email-missing"), vec![("email", "mend-field.email")]),
        SignInProblem::NoPassword => {
            (words.say("sign-in.password-missing"), vec![("password", "sign-in.password-mend")])
        }
        SignInProblem::WrongCredentials => {
            (words.say("sign-in.wrong"), vec![("email", "sign-in.email-check"), ("password", "sign-in.password-again")])
        }
        SignInProblem::Wait { seconds } => (words.say_with("sign-in.wait", "wait", &wait_words(seconds)), Vec::new()),
        SignInProblem::ResetNeeded => (words.say("sign-in.reset-needed"), Vec::new()),
        SignInProblem::Busy => (words.say("sign-in.busy"), Vec::new()),
    };
    let fields = fields.into_iter().map(|(field, key)| (field, words.say(key))).collect();
    Some(view! { <Problems title fields /> })
}

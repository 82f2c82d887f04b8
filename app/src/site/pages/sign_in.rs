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

/// Email and password.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let visit = use_visit()?;
    if visit.is_fresh() {
        lead_to(visit.next.as_ref().map_or("/", |next| next.as_str()));
        return None;
    }
    let problem = visit.outcome(|outcome| match outcome {
        Outcome::SignIn(problem) => Some(*problem),
        _ => None,
    });
    if let Some(problem) = problem {
        answer_with(problem);
    }
    let email = visit.typed("email");
    let (email_error, password_error) = (
        problem.filter(|problem| *problem == SignInProblem::NoEmail).map(sentence),
        problem.filter(|problem| *problem == SignInProblem::NoPassword).map(sentence),
    );
    let at_password = email.is_some() && problem.is_none();
    Some(view! {
        <Frame title="Sign in" width=Width::Narrow>
            <div class="card">
                <SignInRefusal problem />
                <News outcome=visit.notice.as_ref().map(|notice| notice.outcome.clone()) />
                <h1>"Sign in"</h1>
                <form class="form" method="post" action=SignIn::PATH novalidate>
                    <NextField next=visit.next.clone() />
                    <Field
                        name="email"
                        label="Email"
                        kind="email"
                        autocomplete="username"
                        error=email_error
                        autofocus=problem.is_none() && !at_password
                        value=email
                    />
                    <Field
                        name="password"
                        label="Password"
                        kind="password"
                        autocomplete="current-password"
                        error=password_error
                        autofocus=at_password
                    />
                    <div class="actions">
                        <Button label="Sign in" pending="Signing in…" />
                    </div>
                </form>
                <p>
                    <a href="/password/forgot">"Forgotten your password?"</a>
                </p>
                <p class="card__foot">
                    "Next you enter a code from your authenticator app. No app yet? You will set it up then, it takes about three minutes."
                </p>
            </div>
        </Frame>
    })
}

/// What became of what led here.
#[component]
fn News(outcome: Option<Outcome>) -> impl IntoView {
    let (tone, title, more) = match outcome? {
        Outcome::SignedOut => (Tone::Success, "You are signed out", None),
        Outcome::AccountCreated => {
            (Tone::Success, "Your account is ready", Some("Sign in with the password you have just chosen."))
        }
        Outcome::PasswordSet => {
            (Tone::Success, "Your password is set", Some("Sign in with it to set up your authenticator app."))
        }
        Outcome::SignInAgain => (
            Tone::Warning,
            "Please sign in again",
            Some("There were too many wrong codes, or it took longer than ten minutes."),
        ),
        Outcome::SessionEnded => (
            Tone::Warning,
            "Please sign in again",
            Some(
                "Your sign-in has ended: it took too long, was not used for a while, or was ended from another browser.",
            ),
        ),
        // The tenth one has ended what was signed in with this browser.
        Outcome::Code(CodeProblem::Locked) => {
            (Tone::Warning, "Please sign in again", Some("There were too many wrong codes."))
        }
        Outcome::PasswordReset => {
            (Tone::Success, "Your new password is set", Some("Sign in with it. Your second factor is what it was."))
        }
        Outcome::LinkMailed => (
            Tone::Info,
            "We have mailed you a link",
            Some(
                "Your password is older than a day and no authenticator app is set up yet. The link lets you choose a new password and go on; it works for an hour.",
            ),
        ),
        Outcome::SignIn(_)
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
    let more = more.map(ToOwned::to_owned);
    Some(view! { <Notice tone title more /> })
}

#[component]
fn SignInRefusal(problem: Option<SignInProblem>) -> impl IntoView {
    let problem = problem?;
    let (title, fields) = match problem {
        SignInProblem::NoEmail => ("Your email is needed".into(), vec![("email", sentence(problem))]),
        SignInProblem::NoPassword => ("Your password is needed".into(), vec![("password", sentence(problem))]),
        SignInProblem::WrongCredentials => (
            "That email and password do not match".into(),
            vec![("email", "Check the email".into()), ("password", "Enter the password again".into())],
        ),
        SignInProblem::Wait { seconds } => {
            (format!("Too many wrong passwords. Wait {}, then try again.", wait_words(seconds)), Vec::new())
        }
        SignInProblem::ResetNeeded => {
            ("Too many wrong passwords. Use “Forgotten your password?” to set a new one.".into(), Vec::new())
        }
        SignInProblem::Busy => {
            ("Many people are signing in right now. Please try again in a minute.".into(), Vec::new())
        }
    };
    Some(view! { <Problems title fields /> })
}

fn sentence(problem: SignInProblem) -> String {
    match problem {
        SignInProblem::NoEmail => "Enter an email address like name@company.com",
        SignInProblem::NoPassword => "Enter your password",
        SignInProblem::WrongCredentials
        | SignInProblem::Wait { .. }
        | SignInProblem::ResetNeeded
        | SignInProblem::Busy => "",
    }
    .into()
}

//! Name, password, factors, browsers and what happened lately: one page, a section each.

mod browsers;
mod events;
mod factors;
mod password;
mod replacement;
mod you;

use http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use verifier::{Admitted, Enrolling, Fresh, OwnSession, Profile, SecurityEvent, Unavailable, Verifier};

pub(crate) use events::Events;
pub(crate) use replacement::ReplacementPage;

use super::{answer_with, new_password};
use crate::Words;
use crate::api::{ProfileDone, ProfileProblem};
use crate::parts::{Icon, Notice, Problems, Tone};
use crate::site::context::{use_site, use_visit};
use crate::site::frame::{Frame, Width};
use crate::site::times::wait_words;
use crate::site::words::{Area, use_words};
use crate::site::{Outcome, Typed, Visit};

use browsers::Browsers;
use factors::{Factors, NotEnrolled};
use password::{PasswordForm, PasswordLater};
use you::{You, YouForm};

/// Everything somebody may change about themself.
#[component]
pub(crate) fn ProfilePage() -> impl IntoView {
    let (site, visit) = (use_site()?, use_visit()?);
    let words = use_words(Area::Profile);
    let title = words.say("profile.title");
    let content = match &visit.admitted {
        Admitted::Fresh(proof) => {
            let (proof, owner) = (proof.clone(), Owner::current()?);
            let load = async move {
                let shown = Shown::load(&site.verifier, &proof).await;
                owner.with(|| match shown {
                    Ok(shown) => whole(&visit, words, shown).into_any(),
                    Err(unavailable) => {
                        tracing::error!(error = %unavailable, "a profile can't be shown");
                        if let Some(response) = use_context::<ResponseOptions>() {
                            response.set_status(StatusCode::SERVICE_UNAVAILABLE);
                        }
                        view! { <Notice tone=Tone::Warning title=words.say("profile.unavailable") /> }.into_any()
                    }
                })
            };
            view! { <Suspense fallback=|| ()>{Suspend::new(load)}</Suspense> }.into_any()
        }
        Admitted::Enrolling(proof) => before_enrollment(words, proof).into_any(),
        Admitted::Anyone(_) | Admitted::AwaitingCode(_) | Admitted::Recovering(_) => return None,
    };
    Some(view! {
        <Frame title=title.clone() width=Width::Full>
            <div class="stack">
                <h1>{title.clone()}</h1>
                {content}
            </div>
        </Frame>
    })
}

/// What is looked up for the page.
struct Shown {
    profile: Profile,
    sessions: Vec<OwnSession>,
    events: Vec<SecurityEvent>,
}

impl Shown {
    async fn load(verifier: &Verifier, proof: &Fresh) -> Result<Self, Unavailable> {
        Ok(Self {
            profile: verifier.profile(proof)?,
            sessions: verifier.own_sessions(proof).await?,
            events: verifier.own_events(proof).await?,
        })
    }
}

fn whole(visit: &Visit, words: &'static Words, shown: Shown) -> impl IntoView + use<> {
    let problem = visit.outcome(|outcome| match outcome {
        Outcome::Profile(problem) => Some(*problem),
        _ => None,
    });
    if let Some(problem) = problem {
        answer_with(problem);
    }
    let Shown { profile, sessions, events: happened } = shown;
    let now = visit.at;
    let happened = happened.into_iter().map(|event| {
        let by = event.by.as_ref().filter(|by| event.user.as_ref() != Some(by));
        let by = by.map(|_| use_words(Area::Events).say("events.by-admin"));
        (event, by)
    });
    let happened: Vec<_> = happened.collect();
    let texts_on = visit.admission().is_some_and(|admission| admission.signed_in().person.account.record.texts.on);
    let (name, email, known) = (profile.name.to_string(), profile.email.to_string(), profile.browsers.clone());
    let refused = problem.map(|problem| refusal(words, problem));
    let said = said(visit, words);
    let unavailable = words.say("profile.unavailable");
    view! {
        // `frontend/asking.js` posts the forms in here.
        <div class="stack" data-asking>
            <div class="notice notice--danger" id="unavailable" role="alert" tabindex="-1" hidden>
                <Icon name="danger" />
                <p class="notice__title">{unavailable}</p>
            </div>
            {refused}
            {said}
            <You words=words email>
                <YouForm words name problem />
            </You>
            <PasswordForm words=words problem />
            <Factors words=words profile texts_on now />
            <Browsers words=words sessions known now />
            <Events what=words.say("events.what") happened now />
        </div>
    }
}

fn before_enrollment(words: &'static Words, proof: &Enrolling) -> impl IntoView + use<> {
    let user = &proof.admission().signed_in().person.credential.record;
    let (name, email) = (user.name.to_string(), user.email.to_string());
    let called = words.say("you.name");
    view! {
        <div class="stack">
            <You words=words email>
                <dl class="summary-list">
                    <div class="summary-list__row">
                        <dt class="summary-list__term">{called}</dt>
                        <dd class="summary-list__value">{name}</dd>
                    </div>
                </dl>
            </You>
            <PasswordLater words=words />
            <NotEnrolled words />
        </div>
    }
}

/// What became of what they did last.
fn said(visit: &Visit, words: &'static Words) -> Option<impl IntoView + use<>> {
    let title = visit.outcome(|outcome| match outcome {
        Outcome::Done(done) => Some(done_words(words, *done)),
        _ => None,
    });
    let (tone, title, more) = match title {
        Some(title) => (Tone::Success, title, None),
        None if visit.outcome(|outcome| (*outcome == Outcome::OtherSession).then_some(())).is_some() => {
            (Tone::Warning, words.say("profile.other-session"), None)
        }
        None if visit.kept.as_ref().is_some_and(Typed::is_empty) => {
            (Tone::Info, words.say("profile.kept-nothing"), None)
        }
        None if visit.kept.is_some() => (Tone::Info, words.say("profile.kept"), None),
        None => {
            let changed = visit.changed.as_deref().filter(|changed| matches!(*changed, "codes" | "mobiles"))?;
            let title = words.say(&format!("done.changed-{changed}"));
            (Tone::Success, title, Some(words.say("done.end-others")))
        }
    };
    Some(view! { <Notice tone title more /> })
}

fn done_words(words: &'static Words, done: ProfileDone) -> String {
    match done {
        ProfileDone::NameChanged => words.say("done.name"),
        ProfileDone::LanguageChosen => words.say("done.language"),
        ProfileDone::PasswordChanged => words.say("done.password"),
        ProfileDone::AuthenticatorReplaced => words.say("done.authenticator"),
        ProfileDone::MobileRemoved => words.say("done.mobile-removed"),
        ProfileDone::SessionEnded => words.say("done.session-ended"),
        ProfileDone::OthersEnded { count: 0 } => words.say("done.nobody-ended"),
        ProfileDone::OthersEnded { count } => words.say_count("done.others-ended", count),
        ProfileDone::BrowserForgotten => words.say("done.browser-forgotten"),
    }
}

fn refusal(words: &'static Words, problem: ProfileProblem) -> impl IntoView + use<> {
    let title = match problem {
        ProfileProblem::Wait { seconds } => words.say_with("problem.wait", "wait", &wait_words(seconds)),
        ProfileProblem::Held { seconds } => words.say_with("problem.held", "wait", &wait_words(seconds)),
        ProfileProblem::Name => words.say("problem.name"),
        ProfileProblem::Language => words.say("problem.language"),
        ProfileProblem::NoPassword => words.say("problem.no-password"),
        ProfileProblem::WrongPassword => words.say("problem.wrong-password"),
        ProfileProblem::ResetNeeded => words.say("problem.reset-needed"),
        ProfileProblem::NewPassword(_) => words.say("problem.new-password"),
        ProfileProblem::SamePassword => words.say("problem.same-password"),
        ProfileProblem::Busy => words.say("problem.busy"),
        ProfileProblem::NoTexts => words.say("problem.texts-off"),
        ProfileProblem::TooManyMobiles => words.say("problem.five-mobiles"),
        ProfileProblem::Gone => words.say("problem.gone"),
        ProfileProblem::ThisSession => words.say("problem.this-session"),
    };
    let fields = mend(words, problem).into_iter().collect();
    view! { <Problems title fields /> }
}

/// The field a problem is about, and how to mend it.
fn mend(words: &'static Words, problem: ProfileProblem) -> Option<(&'static str, String)> {
    match problem {
        ProfileProblem::Name => Some(("name", words.say("mend.name"))),
        ProfileProblem::NoPassword => Some(("password", words.say("mend.no-password"))),
        ProfileProblem::WrongPassword => Some(("password", words.say("mend.wrong-password"))),
        ProfileProblem::NewPassword(problem) => Some(new_password::mend(use_words(Area::SignIn), problem)),
        ProfileProblem::SamePassword => Some(("new_password", words.say("mend.same-password"))),
        ProfileProblem::Language
        | ProfileProblem::Wait { .. }
        | ProfileProblem::ResetNeeded
        | ProfileProblem::Busy
        | ProfileProblem::Held { .. }
        | ProfileProblem::NoTexts
        | ProfileProblem::TooManyMobiles
        | ProfileProblem::Gone
        | ProfileProblem::ThisSession => None,
    }
}

/// How to mend this field, if the problem is about it.
fn mends(words: &'static Words, problem: Option<ProfileProblem>, field: &str) -> Option<String> {
    mend(words, problem?).filter(|(of, _)| *of == field).map(|(_, sentence)| sentence)
}

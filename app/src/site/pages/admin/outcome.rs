use leptos::prelude::*;

use super::people_words;
use crate::Words;
use crate::api::{AdminDone, AdminProblem};
use crate::parts::{Icon, Notice, Problems, Tone};
use crate::site::pages::answer_with;
use crate::site::times::wait_words;
use crate::site::words::{Area, use_words};
use crate::site::{Outcome, Visit};

/// What became of the last post, and where `frontend/asking.js` says that nothing was reached.
#[component]
pub(super) fn LastOutcome<'a>(
    /// The visit.
    visit: &'a Visit,
    /// How to mend a field, if the problem is about one.
    #[prop(optional)]
    fields: Vec<(&'static str, String)>,
) -> impl IntoView + use<> {
    let words = people_words();
    let problem = admin_problem(visit);
    if let Some(problem) = problem {
        answer_with(problem);
    }
    let refused = problem.filter(|problem| *problem != AdminProblem::Unseen).map(|problem| {
        let title = problem_words(words, problem);
        view! { <Problems title fields=fields /> }
    });
    let done = visit.outcome(|outcome| match outcome {
        Outcome::Administered(done) => Some(*done),
        _ => None,
    });
    let invited = visit.typed("invited").unwrap_or_default();
    let kept = (done.is_none() && problem.is_none() && visit.kept.is_some())
        .then(|| view! { <Notice tone=Tone::Info title=words.say("people.kept") /> });
    let done = done.map(|done| {
        let tone = if matches!(done, AdminDone::AllReminded { reminded: 0, .. }) { Tone::Info } else { Tone::Success };
        view! { <Notice tone title=done_words(words, done, &invited) /> }
    });
    let other = visit
        .outcome(|outcome| (*outcome == Outcome::OtherSession).then_some(()))
        .map(|()| view! { <Notice tone=Tone::Warning title=use_words(Area::Frame).say("frame.other-session") /> });
    view! {
        <div class="notice notice--danger" id="unavailable" role="alert" tabindex="-1" hidden>
            <Icon name="danger" />
            <p class="notice__title">{words.say("people.unavailable")}</p>
        </div>
        {refused}
        {kept}
        {done}
        {other}
    }
}

/// Why what was asked for last was not done.
pub(super) fn admin_problem(visit: &Visit) -> Option<AdminProblem> {
    visit.outcome(|outcome| match outcome {
        Outcome::Admin(problem) => Some(*problem),
        _ => None,
    })
}

fn done_words(words: &Words, done: AdminDone, invited: &str) -> String {
    match done {
        AdminDone::Invited => words.say_with("did.invited", "email", invited),
        AdminDone::Resent => words.say("did.resent"),
        AdminDone::Reminded => words.say("did.reminded"),
        AdminDone::AllReminded { reminded: 0, waiting: 0, invited: 0, stopped: false } => {
            words.say("did.nobody-to-remind")
        }
        AdminDone::AllReminded { reminded, waiting, invited, stopped } => {
            let mut said = vec![match reminded {
                0 => words.say("did.nobody-reminded"),
                _ => words.say_count("did.all-reminded", reminded.into()),
            }];
            if waiting > 0 {
                said.push(words.say_count("did.reminded-before", waiting.into()));
            }
            if invited > 0 {
                said.push(words.say_count("did.only-invited", invited.into()));
            }
            if stopped {
                said.push(words.say("did.stopped"));
            }
            said.join(" ")
        }
        AdminDone::MadeAdmin => words.say("did.made-admin"),
        AdminDone::MadeMember => words.say("did.made-member"),
        AdminDone::Deactivated => words.say("did.deactivated"),
        AdminDone::Reactivated => words.say("did.reactivated"),
        AdminDone::Removed => words.say("did.removed"),
        AdminDone::SessionsEnded => words.say("did.sessions-ended"),
        AdminDone::Unlocked => words.say("did.unlocked"),
        AdminDone::SettingSaved => words.say("did.setting-saved"),
        AdminDone::TextsSaved => words.say("did.texts-saved"),
        AdminDone::WebhookAdded => words.say("did.webhook-added"),
        AdminDone::WebhookRemoved => words.say("did.webhook-removed"),
        AdminDone::WebhookResumed => words.say("did.webhook-resumed"),
        AdminDone::WebhookTested => words.say("did.webhook-tested"),
        AdminDone::AsItWas => words.say("did.as-it-was"),
    }
}

fn problem_words(words: &Words, problem: AdminProblem) -> String {
    match problem {
        AdminProblem::NoSuchUser => words.say("people.no-such-user"),
        AdminProblem::LastAdmin => words.say("people.last-admin"),
        AdminProblem::Oneself => words.say("people.oneself"),
        AdminProblem::NotLockedOut => words.say("people.not-locked-out"),
        AdminProblem::NoWayBack => words.say("people.no-way-back"),
        AdminProblem::Accepted => words.say("people.accepted"),
        AdminProblem::DeactivatedUser => words.say("people.is-deactivated"),
        AdminProblem::NotAccepted => words.say("people.not-accepted"),
        AdminProblem::NothingMissing => words.say("people.nothing-missing"),
        AdminProblem::Wait { seconds } => words.say_with("people.wait", "wait", &wait_words(seconds)),
        AdminProblem::EmailTaken => words.say("people.email-taken"),
        AdminProblem::Email => words.say("people.bad-email"),
        AdminProblem::Name => words.say("people.bad-name"),
        AdminProblem::NoList => words.say("people.no-list"),
        AdminProblem::ListGone => words.say("people.list-gone"),
        AdminProblem::Choice | AdminProblem::Unseen => words.say("people.no-choice"),
        AdminProblem::Nowhere => words.say("people.nowhere"),
        AdminProblem::Daily => words.say("people.bad-daily"),
        AdminProblem::WebhookAddress => words.say("people.bad-webhook"),
        AdminProblem::WebhookPrivate => words.say("people.private-webhook"),
        AdminProblem::WebhookKnown => words.say("people.known-webhook"),
        AdminProblem::TooManyWebhooks => words.say("people.too-many-webhooks"),
        AdminProblem::NoSuchWebhook => words.say("people.no-such-webhook"),
        AdminProblem::WebhookOff => words.say("people.webhook-off"),
    }
}

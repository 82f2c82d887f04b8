use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::Level;

use super::answer_with;
use super::code::CodeRefusal;
use super::lead_to;
use crate::api::Renew;
use crate::parts::{Button, CodeField};
use crate::site::Outcome;
use crate::site::context::use_visit;
use crate::site::frame::{Frame, Width};
use crate::site::next_field::NextField;
use crate::site::session_field::SessionField;
use crate::site::words::{Area, use_words};

/// A code of somebody who is in: for what asks for one of the last ten minutes, or before the last one is too old.
#[component]
pub(crate) fn VerifyPage() -> impl IntoView {
    let visit = use_visit()?;
    let Level::Fresh { recent, .. } = visit.admission()?.level() else { return None };
    let problem = visit.outcome(|outcome| match outcome {
        Outcome::Code(problem) => Some(*problem),
        _ => None,
    });
    let back = visit.next.as_ref().map_or("/", |next| next.as_str()).to_owned();
    // There is one of the last ten minutes already.
    if recent && problem.is_none() {
        lead_to(&back);
    }
    if let Some(problem) = problem {
        answer_with(problem);
    }
    let words = use_words(Area::Dialog);
    let error = problem.and_then(super::code::mend).map(|key| use_words(Area::SignIn).say(key));
    Some(view! {
        <Frame title=words.say("dialog.title") width=Width::Narrow>
            <div class="card">
                <CodeRefusal problem />
                <div class="card__head">
                    <h1>{words.say("dialog.title")}</h1>
                    <p>{words.say("dialog.recent")}</p>
                </div>
                <form class="form" method="post" action=Renew::PATH novalidate>
                    <SessionField />
                    <NextField next=visit.next.clone() />
                    <CodeField
                        label=words.say("dialog.code")
                        hint=words.say("dialog.hint")
                        error
                        autofocus=problem.is_none()
                    />
                    <div class="actions">
                        <Button label=words.say("dialog.verify") pending=words.say("dialog.checking") />
                        <a class="button button--quiet" href=back>
                            <span class="button__label">{words.say("dialog.cancel")}</span>
                        </a>
                    </div>
                </form>
            </div>
        </Frame>
    })
}

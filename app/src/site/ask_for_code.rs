use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::Level;

use super::context::use_visit;
use super::session_field::SessionField;
use super::words::{Area, use_words};
use crate::api::{Renew, VerifyCode};
use crate::parts::{Button, Icon};

/// What `frontend/asking.js` says in the dialog, by its own names: why a code is asked for (a gate's refusal), and what
/// is wrong with one (a [`CodeProblem`](crate::api::CodeProblem), and the unit of its wait).
const SAID: [(&str, &str); 15] = [
    ("verify_mfa", "dialog.due"),
    ("step_up", "dialog.recent"),
    ("renewal", "dialog.renewal"),
    ("empty", "dialog.six-digits"),
    ("malformed", "dialog.six-digits"),
    ("wrong", "dialog.wrong"),
    ("wrong-seconds", "dialog.wrong-seconds"),
    ("wrong-minutes", "dialog.wrong-minutes"),
    ("spent", "dialog.spent"),
    ("wait-seconds", "dialog.wait-seconds"),
    ("wait-minutes", "dialog.wait-minutes"),
    ("locked", "dialog.locked"),
    ("recover", "dialog.recover"),
    ("over", "dialog.over"),
    ("unavailable", "dialog.unavailable"),
];

/// The dialog that asks for a code over a page of somebody who is in. Written whole by the server, as a template, and
/// opened by `frontend/asking.js`: without an island, so that pages of plain forms load no bundle.
#[component]
pub(crate) fn AskForCode() -> impl IntoView {
    let visit = use_visit()?;
    let admission = visit.admission()?;
    let bound = admission.signed_in().person.credential.record.binding.is_some();
    let in_the_wizard = matches!(admission.level(), Level::Enrolling { .. }) && bound;
    if !in_the_wizard && !matches!(admission.level(), Level::Fresh { .. }) {
        return None;
    }
    let words = use_words(Area::Dialog);
    let said: BTreeMap<_, _> = SAID.iter().map(|(name, key)| (name, words.say(key))).collect();
    Some(view! {
        <template id="code-dialog" data-words=serde_json::to_string(&said).unwrap_or_default()>
            <dialog class="dialog dialog--code" aria-labelledby="code-dialog-title" aria-describedby="code-dialog-why">
                <form
                    class="form"
                    method="post"
                    action=VerifyCode::PATH
                    data-due=VerifyCode::PATH
                    data-renewal=Renew::PATH
                    novalidate
                >
                    <SessionField />
                    <div class="card__head">
                        <h2 id="code-dialog-title">{words.say("dialog.title")}</h2>
                        <p id="code-dialog-why">{words.say("dialog.due")}</p>
                    </div>
                    <div class="field">
                        <label class="field__label" for="code-dialog-code">
                            {words.say("dialog.code")}
                        </label>
                        <p class="field__hint" id="code-dialog-hint">
                            {words.say("dialog.hint")}
                        </p>
                        <input
                            class="input input--code"
                            id="code-dialog-code"
                            name="code"
                            type="text"
                            inputmode="numeric"
                            autocomplete="one-time-code"
                            autocapitalize="none"
                            spellcheck="false"
                            aria-describedby="code-dialog-hint code-dialog-error"
                            autofocus
                            required
                        />
                        <div role="alert" id="code-dialog-error">
                            <p class="field__error" hidden>
                                <Icon name="danger" />
                                <span></span>
                            </p>
                        </div>
                    </div>
                    <div class="actions">
                        <Button label=words.say("dialog.verify") pending=words.say("dialog.checking") />
                        <button class="button button--quiet" type="button" data-close>
                            <span class="button__label">{words.say("dialog.cancel")}</span>
                        </button>
                    </div>
                </form>
            </dialog>
        </template>
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::CodeProblem;

    #[test]
    fn every_problem_of_a_code_has_its_sentence_in_the_dialog() {
        let problems = [
            CodeProblem::Empty,
            CodeProblem::Malformed,
            CodeProblem::Wrong { left: 4, wait_seconds: 0 },
            CodeProblem::Wrong { left: 0, wait_seconds: 30 },
            CodeProblem::Spent,
            CodeProblem::Wait { seconds: 30 },
            CodeProblem::Locked,
            CodeProblem::Recover,
            CodeProblem::Over,
        ];
        for problem in problems {
            let json = serde_json::to_value(problem).unwrap();
            let named = json.as_str().or_else(|| json.as_object()?.keys().next().map(String::as_str)).unwrap();
            let waits = matches!(problem, CodeProblem::Wait { .. } | CodeProblem::Wrong { wait_seconds: 1.., .. });
            let units = if waits { &["-seconds", "-minutes"][..] } else { &[""] };
            for unit in units {
                let name = format!("{named}{unit}");
                assert!(SAID.iter().any(|(known, _)| *known == name), "{name}");
            }
        }
    }
}

use leptos::ev::SubmitEvent;
use leptos::html::{Div, H1};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{FormData, HtmlFormElement};

use super::first_steps::{expired, install_app, introduction};
use super::pair::{next_code, pair};
use super::{WizardMove, WizardProblem, WizardState, WizardStep};
use crate::api::{begin_wizard, confirm_authenticator, show_key};
use crate::parts::{Problems, Steps};
use crate::{Problem, SecretInput, Words};

/// Setting up an authenticator, step by step.
#[island]
pub fn Wizard(
    /// Where the wizard is.
    start: WizardState,
    /// Its sentences.
    words: Words,
) -> impl IntoView {
    let stage = Stage {
        words: StoredValue::new(words),
        busy: RwSignal::new(false),
        heading: NodeRef::new(),
        problems: NodeRef::new(),
        state: RwSignal::new(start),
    };
    // Not at the first look: the browser has put the focus where the page wants it.
    Effect::watch(
        move || stage.state.track(),
        move |(), _, _| request_animation_frame(move || stage.move_focus()),
        false,
    );
    move || {
        let WizardState { step, problem } = stage.state.get();
        let current = match step {
            WizardStep::Introduction { .. } => 0,
            WizardStep::InstallApp => 1,
            WizardStep::Pair { .. } | WizardStep::NextCode { .. } | WizardStep::Expired => 2,
        };
        let names = ["steps.why", "steps.app", "steps.pair"].map(|key| stage.say(key));
        let now = stage.say_with("steps.now", "n", &(current + 1).to_string());
        view! {
            <Steps label=stage.say("steps.label") names=names.to_vec() current now done=stage.say("steps.done") />
            <div class="card">
                {problem.map(|problem| problems(stage, problem))}
                {match step {
                    WizardStep::Introduction { elsewhere } => introduction(stage, elsewhere).into_any(),
                    WizardStep::InstallApp => install_app(stage).into_any(),
                    WizardStep::Pair { key, otpauth, qr } => pair(stage, &key, otpauth, &qr, problem).into_any(),
                    WizardStep::NextCode { ahead, next_in_ms } => {
                        next_code(stage, ahead, next_in_ms, problem).into_any()
                    }
                    WizardStep::Expired => expired(stage).into_any(),
                }}
            </div>
        }
    }
}

fn problems(stage: Stage, problem: WizardProblem) -> impl IntoView {
    let fields = problem.mend_key().map(|key| ("code", stage.say(key)));
    view! { <Problems title=stage.say(problem.key()) fields=fields.into_iter().collect() node_ref=stage.problems /> }
}

/// What the view of a step needs besides the step.
#[derive(Clone, Copy)]
pub(super) struct Stage {
    words: StoredValue<Words>,
    state: RwSignal<WizardState>,
    problems: NodeRef<Div>,
    /// Whether a form is on its way.
    pub(super) busy: RwSignal<bool>,
    /// The step's heading; takes the focus when the step appears.
    pub(super) heading: NodeRef<H1>,
}

impl Stage {
    pub(super) fn say(&self, key: &str) -> String {
        self.words.with_value(|words| words.say(key))
    }

    pub(super) fn say_with(&self, key: &str, name: &str, value: &str) -> String {
        self.words.with_value(|words| words.say_with(key, name, value))
    }

    pub(super) fn begin(self, event: SubmitEvent) {
        self.send(&event, |_| begin_wizard());
    }

    pub(super) fn show_key(self, event: SubmitEvent) {
        self.send(&event, |_| show_key());
    }

    pub(super) fn confirm(self, event: SubmitEvent) {
        self.send(&event, |form| {
            let code = form.get("code").as_string().unwrap_or_default();
            confirm_authenticator(SecretInput::from(code))
        });
    }

    /// Asks the server what the form would have asked it, and shows the answer in place.
    fn send<F, A>(self, event: &SubmitEvent, ask: F)
    where
        F: FnOnce(&FormData) -> A,
        A: Future<Output = Result<WizardMove, Problem<WizardProblem>>> + 'static,
    {
        let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let Some(form) = form.and_then(|form| FormData::new_with_form(&form).ok()) else {
            // Nothing to read from: let the browser post the form itself.
            return;
        };
        event.prevent_default();
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let answer = ask(&form);
        spawn_local(async move {
            let answer = answer.await;
            self.busy.set(false);
            match answer {
                Ok(WizardMove::Show(state)) => self.state.set(state),
                Ok(WizardMove::Leave { to }) => leave(&to),
                Err(Problem::Rule(problem)) => self.show_problem(problem),
                Err(Problem::Unavailable | Problem::Unreachable) => self.show_problem(WizardProblem::Unavailable),
                // The session is over or already further: the server knows where to.
                Err(Problem::Gate(_) | Problem::Malformed) => leave("/mfa/setup"),
            }
        });
    }

    fn show_problem(self, problem: WizardProblem) {
        self.state.update(|state| state.problem = Some(problem));
    }

    fn move_focus(self) {
        if let Some(problems) = self.problems.get_untracked() {
            let _ = problems.focus();
        } else if let Some(heading) = self.heading.get_untracked() {
            let _ = heading.focus();
        }
    }
}

fn leave(to: &str) {
    let _ = window().location().assign(to);
}

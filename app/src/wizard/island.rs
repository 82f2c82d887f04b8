use leptos::ev::SubmitEvent;
use leptos::html::{Div, H1};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlFormElement;

use super::first_steps::{expired, install_app, introduction};
use super::mobile::{add_mobile, confirm_mobile, done};
use super::pair::{next_code, pair};
use super::save_codes::{codes_hidden, save_codes};
use super::{WizardMove, WizardProblem, WizardState, WizardStep};
use crate::parts::{Problems, Steps};
use crate::post::Post;
use crate::{GateProblem, Problem, Words};

const STEPS: [&str; 7] =
    ["steps.why", "steps.app", "steps.pair", "steps.codes", "steps.mobile", "steps.text", "steps.ready"];

/// Setting up an authenticator, step by step.
#[island]
pub fn Wizard(
    /// Where the wizard is.
    start: WizardState,
    /// Its sentences.
    words: Words,
    /// The session the page was made for.
    session: String,
) -> impl IntoView {
    let stage = Stage {
        words: StoredValue::new(words),
        session: StoredValue::new(session),
        busy: RwSignal::new(false),
        heading: NodeRef::new(),
        problems: NodeRef::new(),
        news: RwSignal::new(news_of(&start)),
        state: RwSignal::new(start),
    };
    // Not at the first look: the browser has put the focus where the page wants it.
    Effect::watch(
        move || stage.state.track(),
        move |(), _, _| request_animation_frame(move || stage.move_focus()),
        false,
    );
    move || {
        let WizardState { step, problem, replaces } = stage.state.get();
        let current = match step {
            WizardStep::Introduction { .. } => 0,
            WizardStep::InstallApp => 1,
            WizardStep::Pair { .. } | WizardStep::NextCode { .. } | WizardStep::Expired => 2,
            WizardStep::SaveCodes { .. } | WizardStep::CodesHidden => 3,
            WizardStep::AddMobile { .. } => 4,
            WizardStep::ConfirmMobile { .. } => 5,
            WizardStep::Done { .. } => 6,
        };
        let names = STEPS.map(|key| stage.say(key));
        let now = stage.say_with("steps.now", "n", &(current + 1).to_string());
        view! {
            {(!replaces)
                .then(|| {
                    view! {
                        <Steps
                            label=stage.say("steps.label")
                            names=names.to_vec()
                            current
                            now
                            done=stage.say("steps.done")
                        />
                    }
                })}
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
                    WizardStep::SaveCodes { codes, file, file_name } => {
                        save_codes(stage, codes, file, file_name, problem).into_any()
                    }
                    WizardStep::CodesHidden => codes_hidden(stage).into_any(),
                    WizardStep::AddMobile { countries, country, mobile } => {
                        add_mobile(stage, countries, &country, mobile, problem).into_any()
                    }
                    WizardStep::ConfirmMobile { to, again_in_ms, .. } => {
                        confirm_mobile(stage, to, again_in_ms, problem).into_any()
                    }
                    WizardStep::Done { codes, mobiles } => done(stage, codes, mobiles).into_any(),
                }}
            </div>
        }
    }
}

fn problems(stage: Stage, problem: WizardProblem) -> impl IntoView {
    let fields = problem.mend().map(|(field, key)| (field, stage.say(key)));
    let title = stage.say_with(problem.key(), "count", &problem.count().to_string());
    view! { <Problems title fields=fields.into_iter().collect() node_ref=stage.problems /> }
}

/// What the view of a step needs besides the step.
#[derive(Clone, Copy)]
pub(super) struct Stage {
    words: StoredValue<Words>,
    session: StoredValue<String>,
    state: RwSignal<WizardState>,
    problems: NodeRef<Div>,
    /// How far the text is that somebody waits for.
    pub(super) news: RwSignal<Words>,
    /// Whether a form is on its way.
    pub(super) busy: RwSignal<bool>,
    /// The step's heading; takes the focus when the step appears.
    pub(super) heading: NodeRef<H1>,
}

impl Stage {
    /// Whether the authenticator takes the place of another: it is somebody who is in, and the forms are others.
    pub(super) fn replaces(&self) -> bool {
        self.state.with_untracked(|state| state.replaces)
    }

    /// The one key, or the other where an authenticator is replaced.
    pub(super) fn say_either(&self, key: &str, replaces: &str) -> String {
        self.say(if self.replaces() { replaces } else { key })
    }

    /// For which session the form was made, where its door asks.
    pub(super) fn session_field(&self) -> Option<impl IntoView + use<>> {
        let session = self.replaces().then(|| self.session.get_value())?;
        Some(view! { <input type="hidden" name="session" value=session /> })
    }

    pub(super) fn say(&self, key: &str) -> String {
        self.words.with_value(|words| words.say(key))
    }

    pub(super) fn say_with(&self, key: &str, name: &str, value: &str) -> String {
        self.words.with_value(|words| words.say_with(key, name, value))
    }

    /// Asks the server what the form would have asked it, and shows the answer in place.
    pub(super) fn post(self, event: &SubmitEvent) {
        let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let Some(post) = form.and_then(|form| Post::of(&form)) else {
            // Nothing to read from: let the browser post the form itself.
            return;
        };
        event.prevent_default();
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.keep_typed(&post);
        spawn_local(async move {
            let answer = post.send().await;
            self.busy.set(false);
            match answer {
                Ok(WizardMove::Show(state)) => {
                    self.news.set(news_of(&state));
                    self.state.set(state);
                }
                Ok(WizardMove::Leave { to }) => leave(&to),
                Err(Problem::Rule(problem)) => self.show_problem(problem),
                Err(Problem::Unavailable | Problem::Unreachable) => self.show_problem(WizardProblem::Unavailable),
                // A code was asked for, and not given: all stays as it is.
                Err(Problem::Gate(GateProblem::VerifyMfa | GateProblem::StepUp)) => {}
                // The session is over or already further: the server knows where to.
                Err(Problem::Gate(_) | Problem::Malformed) => drop(window().location().reload()),
            }
        });
    }

    /// A number that is refused is shown again, to be mended. A code is not: it is typed anew.
    fn keep_typed(self, post: &Post) {
        self.state.update_untracked(|state| {
            if let WizardStep::AddMobile { country, mobile, .. } = &mut state.step {
                *country = post.field("country").unwrap_or_default();
                *mobile = post.field("mobile").unwrap_or_default();
            }
        });
    }

    fn show_problem(self, problem: WizardProblem) {
        self.state.update(|state| state.problem = Some(problem));
    }

    fn move_focus(self) {
        // The reference still holds the summary when it has left the page.
        let refused = self.state.with_untracked(|state| state.problem.is_some());
        if let Some(problems) = self.problems.get_untracked().filter(|_| refused) {
            let _ = problems.focus();
        } else if let Some(heading) = self.heading.get_untracked() {
            let _ = heading.focus();
        }
    }
}

fn news_of(state: &WizardState) -> Words {
    match &state.step {
        WizardStep::ConfirmMobile { news, .. } => news.clone(),
        _ => Words::default(),
    }
}

fn leave(to: &str) {
    let _ = window().location().assign(to);
}

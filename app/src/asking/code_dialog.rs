use std::cell::{Cell, RefCell};

use leptos::ev::{MouseEvent, SubmitEvent, click};
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{Element, HtmlElement, HtmlFormElement};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_futures::js_sys::{Function, Promise};

use super::Post;
use crate::api::{CodeProblem, Renew, VerifyCode};
use crate::parts::{Button, Icon};
use crate::{GateProblem, Problem, Words};

/// Why a code is asked for over a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The last one is too old.
    Due,
    /// The change asks for one of the last ten minutes.
    Recent,
    /// The last one will soon be too old.
    Renewal,
}

/// What a dialog closes with after a right code, here or in another tab (`page.js` says so).
const VERIFIED: &str = "verified";

// Islands share one instance of the bundle and no context. A page has one dialog.
thread_local! {
    static DIALOG: Cell<Option<Handle>> = const { Cell::new(None) };
    static WAITING: RefCell<Vec<Function>> = const { RefCell::new(Vec::new()) };
}

/// Opens the dialog, and waits for what becomes of it: whether there was a right code. Whoever asks while it is open
/// waits for the same.
pub(super) async fn ask(why: Why) -> bool {
    let Some(dialog) = DIALOG.get() else { return false };
    let closed = Promise::new(&mut |resolve, _| WAITING.with_borrow_mut(|waiting| waiting.push(resolve)));
    dialog.open(why);
    JsFuture::from(closed).await.is_ok_and(|verified| verified.is_truthy())
}

#[derive(Clone, Copy)]
struct Handle {
    dialog: NodeRef<Dialog>,
    why: RwSignal<Why>,
    problem: RwSignal<Option<CodeProblem>>,
    unavailable: RwSignal<bool>,
    busy: RwSignal<bool>,
}

/// Asks for a code over the page, which keeps what was typed into it.
#[island]
pub fn CodeDialog(
    /// Its sentences.
    words: Words,
    /// The session the page was made for.
    session: String,
) -> impl IntoView {
    let handle = Handle {
        dialog: NodeRef::new(),
        why: RwSignal::new(Why::Due),
        problem: RwSignal::new(None),
        unavailable: RwSignal::new(false),
        busy: RwSignal::new(false),
    };
    Effect::new(move || {
        DIALOG.set(Some(handle));
        // The banner's link leads to a page of its own; over a page that may be half filled in, the dialog does.
        let renews = window_event_listener(click, move |event: MouseEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let link = target.and_then(|target| target.closest("[data-renew]").ok().flatten());
            if link.is_some() {
                event.prevent_default();
                spawn_local(async {
                    let _ = ask(Why::Renewal).await;
                });
            }
        });
        on_cleanup(move || renews.remove());
    });
    let words = StoredValue::new(words);
    let say = move |key: &'static str| words.with_value(|words| words.say(key));
    let reason = move || {
        say(match handle.why.get() {
            Why::Due => "dialog.due",
            Why::Recent => "dialog.recent",
            Why::Renewal => "dialog.renewal",
        })
    };
    let action = move || if handle.why.get() == Why::Due { VerifyCode::PATH } else { Renew::PATH };
    let wrong = move || {
        let problem = handle.problem.get();
        let said = problem.map(|problem| {
            words.with_value(|words| words.say_with(problem.key(), "count", &problem.count().to_string()))
        });
        let said = said.or_else(|| handle.unavailable.get().then(|| say("dialog.unavailable")));
        said.map(|sentence| {
            view! {
                <p class="field__error" id="dialog-code-error">
                    <Icon name="danger" />
                    {sentence}
                </p>
            }
        })
    };
    view! {
        <dialog
            class="dialog dialog--code"
            node_ref=handle.dialog
            aria-labelledby="dialog-code-title"
            aria-describedby="dialog-code-why"
            on:close=move |_| handle.closed()
        >
            <form class="form" method="post" action=action novalidate on:submit=move |event| handle.submit(&event)>
                <input type="hidden" name="session" value=session />
                <div class="card__head">
                    <h2 id="dialog-code-title">{say("dialog.title")}</h2>
                    <p id="dialog-code-why">{reason}</p>
                </div>
                <div class="field">
                    <label class="field__label" for="dialog-code">
                        {say("dialog.code")}
                    </label>
                    <p class="field__hint" id="dialog-code-hint">
                        {say("dialog.hint")}
                    </p>
                    <input
                        class="input input--code"
                        id="dialog-code"
                        name="code"
                        type="text"
                        inputmode="numeric"
                        autocomplete="one-time-code"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-describedby="dialog-code-hint dialog-code-error"
                        aria-invalid=move || handle.problem.get().is_some().then_some("true")
                        autofocus
                        required
                    />
                    <div role="alert">{wrong}</div>
                </div>
                <div class="actions">
                    <Button label=say("dialog.verify") pending=say("dialog.checking") busy=handle.busy />
                    <button class="button button--quiet" type="button" on:click=move |_| handle.close("")>
                        <span class="button__label">{say("dialog.cancel")}</span>
                    </button>
                </div>
            </form>
        </dialog>
    }
}

impl Handle {
    fn open(self, why: Why) {
        let Some(dialog) = self.dialog.get_untracked().filter(|dialog| !dialog.open()) else { return };
        self.why.set(why);
        self.show(None, false);
        dialog.set_return_value("");
        let _ = dialog.show_modal();
    }

    fn close(self, outcome: &str) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close_with_return_value(outcome);
        }
    }

    fn closed(self) {
        let verified = self.dialog.get_untracked().is_some_and(|dialog| dialog.return_value() == VERIFIED);
        for resolve in WAITING.take() {
            let _ = resolve.call1(&JsValue::NULL, &verified.into());
        }
    }

    fn show(self, problem: Option<CodeProblem>, unavailable: bool) {
        self.problem.set(problem);
        self.unavailable.set(unavailable);
    }

    fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let Some((form, post)) = form.and_then(|form| Some((form.clone(), Post::of(&form)?))) else { return };
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            let answer = post.send::<(), CodeProblem>().await;
            self.busy.set(false);
            match answer {
                // Another tab was quicker.
                Ok(()) | Err(Problem::Gate(GateProblem::AlreadyFresh)) => {
                    form.reset();
                    self.close(VERIFIED);
                }
                Err(Problem::Rule(problem)) => {
                    self.show(Some(problem), false);
                    form.reset();
                    let field = document().get_element_by_id("dialog-code");
                    let field = field.and_then(|field| field.dyn_into::<HtmlElement>().ok());
                    let _ = field.map(|field| field.focus());
                }
                Err(Problem::Unavailable | Problem::Unreachable) => self.show(None, true),
                // It has elapsed while the dialog was open: the same code, at the other door.
                Err(Problem::Gate(GateProblem::VerifyMfa)) if self.why.get_untracked() != Why::Due => {
                    self.why.set(Why::Due);
                    request_animation_frame(move || drop(form.request_submit()));
                }
                // The session is over, or another: the page's door knows where to.
                Err(Problem::Gate(_) | Problem::Malformed) => drop(window().location().reload()),
            }
        });
    }
}

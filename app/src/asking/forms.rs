use leptos::ev::SubmitEvent;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlFormElement;

use super::Post;
use crate::parts::Icon;
use crate::{GateProblem, Problem, WizardMove, WizardProblem};

/// Posts the forms inside of it as the browser would; only that, if a code is due, it is asked for over the page, and
/// nothing that was typed is lost.
#[island]
pub fn Forms(
    /// What is said when the server can't be reached.
    unavailable: String,
    /// The forms.
    children: Children,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(false);
    let notice = NodeRef::<Div>::new();
    let submit = move |event: SubmitEvent| {
        let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let Some(post) = form.and_then(|form| Post::of(&form)) else { return };
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        trouble.set(false);
        let button = event.submitter();
        let pending = move |is: bool| {
            if let Some(button) = &button {
                let _ = if is {
                    button.set_attribute("data-state", "pending")
                } else {
                    button.remove_attribute("data-state")
                };
            }
        };
        pending(true);
        spawn_local(async move {
            match post.led().send_asking::<WizardMove, WizardProblem>().await {
                Ok(WizardMove::Leave { to }) => drop(window().location().assign(&to)),
                Ok(WizardMove::Show(_)) | Err(Problem::Rule(_) | Problem::Malformed) => reload(),
                // The dialog was closed: everything stays as it was typed.
                Err(Problem::Gate(GateProblem::VerifyMfa | GateProblem::StepUp)) => {
                    busy.set(false);
                    pending(false);
                }
                Err(Problem::Gate(_)) => reload(),
                Err(Problem::Unavailable | Problem::Unreachable) => {
                    busy.set(false);
                    pending(false);
                    trouble.set(true);
                    request_animation_frame(move || drop(notice.get_untracked().map(|notice| notice.focus())));
                }
            }
        });
    };
    view! {
        <div class="stack" on:submit=submit>
            <div class="notice notice--danger" role="alert" tabindex="-1" node_ref=notice hidden=move || !trouble.get()>
                <Icon name="danger" />
                <p class="notice__title">{unavailable}</p>
            </div>
            {children()}
        </div>
    }
}

fn reload() {
    let _ = window().location().reload();
}

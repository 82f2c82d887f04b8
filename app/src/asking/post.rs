use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{FormData, HtmlFormElement};
use serde::de::DeserializeOwned;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, RequestRedirect, Response, UrlSearchParams};

use super::code_dialog::{Why, ask};
use crate::{GateProblem, Problem};

/// What an island accepts that wants to know where a form leads, as a browser would be led.
pub const MOVE: &str = "application/vnd.stepgate.move+json";
/// What an island accepts that shows itself what a function says.
pub(super) const JSON: &str = "application/json";

/// A form that is about to be posted by an island: to the address the browser would post it to, with the same fields.
/// One way for all forms, so that the bundle holds no code for each function.
#[derive(Clone)]
pub(crate) struct Post {
    action: String,
    fields: FormData,
    accept: &'static str,
}

impl Post {
    /// What the form would post; none if that can't be read. It is answered by what the function says.
    pub(crate) fn of(form: &HtmlFormElement) -> Option<Self> {
        // By attribute: a field of that name would shadow the property.
        let action = form.get_attribute("action")?;
        Some(Self { action, fields: FormData::new_with_form(form).ok()?, accept: JSON })
    }

    /// The same, answered by where it leads.
    pub(super) fn led(self) -> Self {
        Self { accept: MOVE, ..self }
    }

    /// What is in a field.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        self.fields.get(name).as_string()
    }

    /// Sends it. If a code is due the dialog asks for it, and after a right one the same is sent once more. Whoever
    /// closes the dialog gets the gate's refusal.
    ///
    /// # Errors
    /// As [`Post::send`].
    pub(crate) async fn send_asking<T: DeserializeOwned, E: DeserializeOwned>(&self) -> Result<T, Problem<E>> {
        let answer = self.send().await;
        let why = match &answer {
            Err(Problem::Gate(GateProblem::VerifyMfa)) => Why::Due,
            Err(Problem::Gate(GateProblem::StepUp)) => Why::Recent,
            _ => return answer,
        };
        if ask(why).await { self.send().await } else { answer }
    }

    /// Sends it.
    ///
    /// # Errors
    /// What the server refuses it for; [`Problem::Unreachable`] if it does not answer, [`Problem::Unavailable`] if its
    /// answer is none of ours.
    pub(super) async fn send<T: DeserializeOwned, E: DeserializeOwned>(&self) -> Result<T, Problem<E>> {
        let (ok, text) = self.fetch().await.map_err(|_| Problem::Unreachable)?;
        if ok {
            serde_json::from_str(&text).map_err(|_| Problem::Unavailable)
        } else {
            Err(serde_json::from_str(&text).unwrap_or(Problem::Unavailable))
        }
    }

    async fn fetch(&self) -> Result<(bool, String), JsValue> {
        let headers = Headers::new()?;
        headers.set("accept", self.accept)?;
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_headers(&headers);
        request.set_redirect(RequestRedirect::Error);
        let body = UrlSearchParams::new_with_str_sequence_sequence(&self.fields)?;
        request.set_body(body.as_ref());
        let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
        let answer = JsFuture::from(window.fetch_with_str_and_init(&self.action, &request)).await?;
        let answer: Response = answer.dyn_into()?;
        let text = JsFuture::from(answer.text()?).await?;
        Ok((answer.ok(), text.as_string().unwrap_or_default()))
    }
}

use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{FormData, HtmlFormElement};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, RequestRedirect, Response, UrlSearchParams};

use crate::{GateProblem, Problem};

#[wasm_bindgen]
extern "C" {
    /// `frontend/asking.js`: asks for a code over the page, and says whether there was a right one.
    #[wasm_bindgen(js_name = askForCode, catch)]
    async fn ask_for_code(why: &str) -> Result<JsValue, JsValue>;
}

/// A form that is about to be posted by the island: to the address the browser would post it to, with the same fields,
/// and answered in JSON. One way for all forms, so that the bundle holds no code for each function.
pub(crate) struct Post {
    action: String,
    fields: FormData,
}

impl Post {
    /// What the form would post; none if that can't be read.
    pub(crate) fn of(form: &HtmlFormElement) -> Option<Self> {
        Some(Self { action: form.action(), fields: FormData::new_with_form(form).ok()? })
    }

    /// A form without fields.
    #[cfg(feature = "hydrate")]
    pub(crate) fn to(action: &str) -> Option<Self> {
        Some(Self { action: action.into(), fields: FormData::new().ok()? })
    }

    /// What is in a field.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        self.fields.get(name).as_string()
    }

    /// Sends it. If a code is due it is asked for over the page, and after a right one the same is sent once more;
    /// whoever gives none gets the gate's refusal.
    ///
    /// # Errors
    /// What the server refuses it for; [`Problem::Unreachable`] if it does not answer, [`Problem::Unavailable`] if its
    /// answer is none of ours.
    pub(crate) async fn send<T: DeserializeOwned, E: DeserializeOwned>(&self) -> Result<T, Problem<E>> {
        let mut asked = false;
        loop {
            let (ok, text) = self.fetch().await.map_err(|_| Problem::Unreachable)?;
            if ok {
                return serde_json::from_str(&text).map_err(|_| Problem::Unavailable);
            }
            let problem = serde_json::from_str(&text).unwrap_or(Problem::Unavailable);
            let why = match &problem {
                Problem::Gate(GateProblem::VerifyMfa) if !asked => "verify_mfa",
                Problem::Gate(GateProblem::StepUp) if !asked => "step_up",
                _ => return Err(problem),
            };
            asked = true;
            if !ask_for_code(why).await.is_ok_and(|verified| verified.is_truthy()) {
                return Err(problem);
            }
        }
    }

    /// Sends it, and asks for nothing.
    #[cfg(feature = "hydrate")]
    pub(crate) async fn send_quietly<T: DeserializeOwned>(&self) -> Option<T> {
        let (ok, text) = self.fetch().await.ok()?;
        serde_json::from_str(&text).ok().filter(|_| ok)
    }

    async fn fetch(&self) -> Result<(bool, String), JsValue> {
        let headers = Headers::new()?;
        headers.set("accept", "application/json")?;
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

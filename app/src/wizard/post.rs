use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{FormData, HtmlFormElement};
use serde::de::DeserializeOwned;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, RequestRedirect, Response, UrlSearchParams};

use crate::Problem;

/// A form that is about to be posted by the island: to the address the browser would post it to, with the same fields,
/// and answered in JSON. One way for all forms, so that the bundle holds no code for each function.
pub(super) struct Post {
    action: String,
    fields: FormData,
}

impl Post {
    /// What the form would post; none if that can't be read.
    pub(super) fn of(form: &HtmlFormElement) -> Option<Self> {
        Some(Self { action: form.action(), fields: FormData::new_with_form(form).ok()? })
    }

    /// What is in a field.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        self.fields.get(name).as_string()
    }

    /// Sends it.
    ///
    /// # Errors
    /// What the server refuses it for; [`Problem::Unreachable`] if it does not answer, [`Problem::Unavailable`] if its
    /// answer is none of ours.
    pub(super) async fn send<T: DeserializeOwned, E: DeserializeOwned>(self) -> Result<T, Problem<E>> {
        let response = self.fetch().await.map_err(|_| Problem::Unreachable)?;
        let text = async { JsFuture::from(response.text()?).await }.await;
        let text = text.ok().and_then(|text| text.as_string()).ok_or(Problem::Unreachable)?;
        if response.ok() {
            serde_json::from_str(&text).map_err(|_| Problem::Unavailable)
        } else {
            Err(serde_json::from_str(&text).unwrap_or(Problem::Unavailable))
        }
    }

    async fn fetch(self) -> Result<Response, JsValue> {
        let headers = Headers::new()?;
        headers.set("accept", "application/json")?;
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_headers(&headers);
        request.set_redirect(RequestRedirect::Error);
        let body = UrlSearchParams::new_with_str_sequence_sequence(&self.fields)?;
        request.set_body(body.as_ref());
        let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
        JsFuture::from(window.fetch_with_str_and_init(&self.action, &request)).await?.dyn_into()
    }
}

//! What a refusal sounds like: a page with a sentence for people, JSON for islands, wherever in the stack it came from.

use app::site::{Message, Site, accept_language, message_page, problem_json};
use app::{GateProblem, Problem};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_LANGUAGE, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use http::{HeaderValue, StatusCode};
use tower_http::csrf::ProtectionError;

use crate::answers::wants_a_page;
use crate::doors::{Door, Kind};

/// Marks an answer that refuses a request because it came from another site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CrossSite;

/// The layer that gives words to answers that have none: to whatever refused before a page or a function could.
pub async fn speak(State(site): State<Site>, request: Request, next: Next) -> Response {
    let plain = wants_a_page(request.headers());
    let languages = accept_language(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let has_words = response.headers().get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes().starts_with(b"text/html") || kind.as_bytes().starts_with(b"application/json")
    });
    let for_machines = response
        .extensions()
        .get::<&'static Door>()
        .is_some_and(|door| matches!(door.kind, Kind::File | Kind::Probe(_)));
    if has_words || for_machines || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let refused = response.extensions();
    let cross_site = refused.get::<ProtectionError>().is_some() || refused.get::<CrossSite>().is_some();
    let (parts, _) = response.into_parts();
    let mut spoken = if plain {
        let (html, policy) = message_page(&site, message(status, cross_site), &languages);
        page(status, html, &policy)
    } else {
        let (_, json) = problem_json(&problem(status, cross_site));
        (status, [(CONTENT_TYPE, "application/json")], json).into_response()
    };
    for (name, value) in &parts.headers {
        if *name != CONTENT_TYPE && *name != CONTENT_LENGTH {
            spoken.headers_mut().append(name, value.clone());
        }
    }
    spoken.extensions_mut().extend(parts.extensions);
    spoken
}

/// A page that is one message.
pub(crate) fn page(status: StatusCode, html: String, policy: &str) -> Response {
    let mut response = (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    response.headers_mut().insert(VARY, HeaderValue::from(ACCEPT_LANGUAGE));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn message(status: StatusCode, cross_site: bool) -> Message {
    match status {
        StatusCode::FORBIDDEN if cross_site => Message::CrossSite,
        StatusCode::FORBIDDEN => Message::NotAllowed,
        StatusCode::NOT_FOUND => Message::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Message::WrongMethod,
        StatusCode::PAYLOAD_TOO_LARGE => Message::TooLarge,
        status if status.is_client_error() => Message::Malformed,
        _ => Message::Trouble,
    }
}

fn problem(status: StatusCode, cross_site: bool) -> Problem<()> {
    match status {
        StatusCode::FORBIDDEN if cross_site => Problem::Gate(GateProblem::CrossSite),
        status if status.is_client_error() => Problem::Malformed,
        _ => Problem::Unavailable,
    }
}

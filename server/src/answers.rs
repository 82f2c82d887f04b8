//! How a post is answered: to a browser that posts a form, to a page's script that does, and to an island.

use app::site::{MOVE, problem_json};
use app::{GateProblem, Problem, WizardMove};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};

/// What the answer to a post is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    /// A page: a browser posts a form.
    Page,
    /// Where a page would lead, or what is missing: a page's script posts a form.
    Move,
    /// What the function says, in JSON.
    Json,
}

impl Wants {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        if accept.contains(MOVE) {
            Self::Move
        } else if wants_a_page(headers) {
            Self::Page
        } else {
            Self::Json
        }
    }

    /// What it is that was wanted, of what a function has answered.
    pub(crate) fn answered(self, response: Response) -> Response {
        match self {
            Self::Page => plainly(response),
            Self::Move => as_move(response),
            Self::Json => in_json(response),
        }
    }
}

/// Whether the client wants a page: a browser's link or plain form.
pub(crate) fn wants_a_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// The answer to a plain form: 303 to a page, and nothing in its body. A function that did not send the form anywhere
/// did not understand it (Leptos would redirect to the Referer, with the error in the address).
fn plainly(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove("serverfnerror");
    match parts.status {
        StatusCode::SEE_OTHER => {}
        StatusCode::SERVICE_UNAVAILABLE => {
            parts.headers.remove(LOCATION);
        }
        _ => {
            parts.headers.remove(LOCATION);
            parts.status = StatusCode::BAD_REQUEST;
        }
    }
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

/// The answer to a script that follows a form as a browser would: where to, in JSON, with the cookies of the answer.
fn as_move(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    let to = parts.headers.remove(LOCATION).and_then(|to| to.to_str().ok().map(str::to_owned));
    let answer = match (parts.status, to) {
        (StatusCode::SEE_OTHER, Some(to)) => {
            parts.status = StatusCode::OK;
            serde_json::to_string(&WizardMove::Leave { to }).unwrap_or_default()
        }
        (StatusCode::SERVICE_UNAVAILABLE, _) => problem_json(&Problem::Unavailable).1,
        _ => {
            let (status, json) = problem_json(&Problem::Malformed);
            parts.status = status;
            json
        }
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove("serverfnerror");
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Response::from_parts(parts, Body::from(answer))
}

/// A gate's refusal, in JSON that every function's error type reads.
pub(crate) fn gate_json(problem: GateProblem) -> Response {
    let (status, json) = problem_json(&Problem::Gate(problem));
    (status, [(CONTENT_TYPE, "application/json")], json).into_response()
}

/// The answer to an island. Leptos answers 500 to arguments it can't read, some of them as if it were our fault; what
/// fails on our side has said so itself.
fn in_json(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (status, json) = problem_json(&Problem::Malformed);
    (status, [(CONTENT_TYPE, "application/json")], json).into_response()
}

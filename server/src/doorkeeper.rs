use std::net::SocketAddr;
use std::sync::Arc;

use app::api::CodeProblem;
use app::site::{CookieNames, Cookies, Message, Notice, Outcome, Site, Typed, Visit, message_page, problem_json};
use app::{GateProblem, Problem};
use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::LocalPath;
use http::header::{ACCEPT, ALLOW, CONTENT_TYPE, LOCATION, ORIGIN, RETRY_AFTER, SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};
use verifier::{BrowserLabel, Claimant, Gate, Refusal, Token};

use crate::client_address::client_address;
use crate::doors::{Door, Kind, MOST_BODY_BYTES};
use crate::public_url::PublicUrl;
use crate::shared::Shared;
use crate::speech::CrossSite;

/// Stands at every door: finds out who is asking, asks the verifier, and lets the request in with a [`Visit`], or
/// leads it to where it can get what it lacks.
#[derive(Clone)]
pub struct Doorkeeper {
    site: Site,
    trusted_hops: u8,
    public_url: Arc<PublicUrl>,
}

impl Doorkeeper {
    /// One doorkeeper for all doors.
    #[must_use]
    pub fn new(shared: &Shared) -> Self {
        let site = Site {
            verifier: Arc::clone(&shared.verifier),
            bundle: shared.assets.bundle(),
            cookies: CookieNames::new(shared.public_url.is_https()),
        };
        Self { site, trusted_hops: shared.config.trusted_proxy_hops, public_url: Arc::clone(&shared.public_url) }
    }

    /// What pages and functions are given.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Whether a post comes from a page of ours, as far as its browser tells. `CsrfLayer` compares hosts and ports
    /// only; a page of the same host without https is another site all the same.
    fn is_from_here(&self, headers: &HeaderMap) -> bool {
        headers.get_all(ORIGIN).iter().all(|origin| origin.as_bytes() == self.public_url.as_str().as_bytes())
    }

    fn claimant(&self, request: &Request, known_browser: Option<Token>) -> Option<Claimant> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip();
        let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Some(Claimant {
            address: client_address(peer, request.headers(), self.trusted_hops),
            browser: BrowserLabel::from_user_agent(agent),
            known_browser,
        })
    }
}

/// The layer before every door. A request that matched none, or another method, gets no further.
pub async fn keep(State(doorkeeper): State<Doorkeeper>, request: Request, next: Next) -> Response {
    let Some(door) = request.extensions().get::<MatchedPath>().and_then(|path| Door::at(path.as_str())) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if !door.takes(request.method()) {
        let allow = if door.kind == Kind::Function { "POST" } else { "GET, HEAD" };
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, allow)]).into_response();
    }
    if door.kind == Kind::Function && !doorkeeper.is_from_here(request.headers()) {
        return (StatusCode::FORBIDDEN, Extension(CrossSite)).into_response();
    }
    let mut response = match door.kind {
        Kind::File | Kind::Probe(_) => next.run(request).await,
        Kind::Page { has_island } => doorkeeper.show(door.gate, has_island, request, next).await,
        Kind::Function => doorkeeper.call(door.gate, request, next).await,
    };
    response.extensions_mut().insert(door);
    response
}

impl Doorkeeper {
    async fn show(&self, gate: Gate, has_island: bool, request: Request, next: Next) -> Response {
        let here = request.uri().path_and_query().and_then(|path| path.as_str().parse::<LocalPath>().ok());
        let arrival = self.arrival(has_island, &request);
        let visit = match self.admit(gate, arrival).await {
            Ok(visit) => visit,
            Err(Stopped::Refused(refusal)) => return self.detour(refusal, here.as_ref(), &request),
            Err(Stopped::Unavailable) => return trouble(),
        };
        let had_notice = visit.notice.is_some();
        let mut response = self.enter(visit, request, next).await;
        if had_notice {
            let cleared = self.site.cookies.clear_notice().to_string();
            response.headers_mut().extend(HeaderValue::try_from(cleared).ok().map(|value| (SET_COOKIE, value)));
        }
        response
    }

    async fn call(&self, gate: Gate, request: Request, next: Next) -> Response {
        let plain = wants_a_page(request.headers());
        let arrival = self.arrival(false, &request);
        let visit = match self.admit(gate, arrival).await {
            Ok(visit) => visit,
            Err(Stopped::Unavailable) => return trouble(),
            Err(Stopped::Refused(refusal)) if plain => return self.detour(refusal, None, &request),
            Err(Stopped::Refused(refusal)) => {
                let (status, json) = problem_json(&Problem::Gate(gate_problem(refusal)));
                return (status, [(CONTENT_TYPE, "application/json")], json).into_response();
            }
        };
        let Ok(request) = whole(request).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
        let response = self.enter(visit, request, next).await;
        if plain { plainly(response) } else { in_json(response) }
    }

    /// What the request says of itself; none if the server does not even know where it came from.
    fn arrival(&self, has_island: bool, request: &Request) -> Option<Arrival> {
        let Cookies { session, browser, notice } = self.site.cookies.read(request.headers());
        let claimant = self.claimant(request, browser)?;
        Some(Arrival { claimant, token: session, notice, next: next_of(request), has_island })
    }

    async fn admit(&self, gate: Gate, arrival: Option<Arrival>) -> Result<Visit, Stopped> {
        let Arrival { claimant, token, notice, next, has_island } = arrival.ok_or(Stopped::Unavailable)?;
        let verifier = &self.site.verifier;
        let admitted = verifier.admit(gate, token.as_ref()).await.map_err(|unavailable| {
            let cause = std::error::Error::source(&unavailable).map(ToString::to_string);
            tracing::error!(error = %unavailable, cause, "a request could not be admitted");
            Stopped::Unavailable
        })?;
        let admitted = admitted.map_err(Stopped::Refused)?;
        let at = verifier.now();
        let notice = notice.and_then(|cookie| Notice::open(&cookie, verifier, at));
        Ok(Visit { claimant, token, admitted, notice, next, has_island, at })
    }

    async fn enter(&self, visit: Visit, mut request: Request, next: Next) -> Response {
        request.extensions_mut().insert(Arc::new(visit));
        next.run(request).await
    }

    /// Where a request goes that lacks something: to where it can be got, with the way back.
    fn detour(&self, refusal: Refusal, here: Option<&LocalPath>, request: &Request) -> Response {
        let to = match refusal {
            Refusal::SignIn => return self.back_to_sign_in(here, request),
            Refusal::Enroll => "/mfa/setup".into(),
            Refusal::Recover => "/sign-in/recovery/finish".into(),
            Refusal::VerifyMfa | Refusal::StepUp => Visit::detour("/sign-in/code", here),
            Refusal::AlreadyFresh => next_of(request).map_or_else(|| "/".into(), |next| next.to_string()),
            Refusal::NotAdmin => {
                let (page, policy) = message_page(&self.site, Message::NotAllowed);
                return crate::speech::page(StatusCode::FORBIDDEN, page, &policy);
            }
        };
        (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
    }

    /// To the sign-in; whoever had a session is told that it has ended, unless they are to be told why.
    fn back_to_sign_in(&self, here: Option<&LocalPath>, request: &Request) -> Response {
        let mut response = (StatusCode::SEE_OTHER, [(LOCATION, Visit::detour("/sign-in", here))]).into_response();
        let Cookies { session, notice, .. } = self.site.cookies.read(request.headers());
        let verifier = &self.site.verifier;
        let unread = notice.and_then(|cookie| Notice::open(&cookie, verifier, verifier.now()));
        let says_why = unread.is_some_and(|notice| notice.outcome == Outcome::Code(CodeProblem::Locked));
        if session.is_some() && !says_why {
            let notice = Notice::new(Outcome::SessionEnded, Typed::default(), verifier.now()).seal(verifier).ok();
            let cookie = notice.map(|sealed| self.site.cookies.set_notice(sealed.as_str().into()).to_string());
            let cookie = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok());
            response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
        }
        response
    }
}

/// The request with all of its body, so that one too large is refused as that, also where its length was not told
/// before. Whoever sends no end of it has gone, and hears nothing.
async fn whole(request: Request) -> Result<Request, axum::Error> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MOST_BODY_BYTES).await?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// A request before it is admitted.
struct Arrival {
    claimant: Claimant,
    token: Option<Token>,
    notice: Option<String>,
    next: Option<LocalPath>,
    has_island: bool,
}

enum Stopped {
    Refused(Refusal),
    Unavailable,
}

fn gate_problem(refusal: Refusal) -> GateProblem {
    match refusal {
        Refusal::SignIn => GateProblem::SignIn,
        Refusal::Enroll => GateProblem::Enroll,
        Refusal::VerifyMfa => GateProblem::VerifyMfa,
        Refusal::Recover => GateProblem::Recover,
        Refusal::StepUp => GateProblem::StepUp,
        Refusal::NotAdmin => GateProblem::NotAdmin,
        Refusal::AlreadyFresh => GateProblem::AlreadyFresh,
    }
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
    parts.headers.remove(http::header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
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

fn trouble() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]).into_response()
}

/// The way back that the address names, if it is one.
fn next_of(request: &Request) -> Option<LocalPath> {
    let query = request.uri().query()?;
    let (_, value) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "next")?;
    value.parse().ok()
}

/// Whether the client wants a page: a browser's link or plain form.
pub(crate) fn wants_a_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

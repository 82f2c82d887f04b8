use std::net::SocketAddr;
use std::sync::Arc;

use app::GateProblem;
use app::api::CodeProblem;
use app::site::{
    CookieNames, Cookies, Kept, ListName, Message, Notice, Outcome, Site, Typed, Visit, accept_language, audit_address,
    message_page, preferred, user_query, users_address,
};
use axum::Extension;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{LocalPath, UserId};
use http::header::{ALLOW, LOCATION, ORIGIN, RETRY_AFTER, SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};
use verifier::{Admitted, BrowserLabel, Claimant, Gate, Refusal, TextDelivery, Token, Unavailable};

use crate::answers::{Wants, gate_json};
use crate::client_address::client_address;
use crate::doors::{Door, Export, Island, Kind};
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
            invitations: Arc::default(),
            text_prices: Arc::clone(&shared.text_prices),
            private_hosts: Arc::new(shared.config.webhook_private_hosts.clone()),
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
            language: preferred(&accept_language(request.headers())),
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
        let allow = if door.kind.is_posted() { "POST" } else { "GET, HEAD" };
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, allow)]).into_response();
    }
    if request.body().size_hint().lower() > u64::try_from(door.most_bytes()).unwrap_or(u64::MAX) {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    if door.kind.is_posted() && !doorkeeper.is_from_here(request.headers()) {
        return (StatusCode::FORBIDDEN, Extension(CrossSite)).into_response();
    }
    let mut response = match door.kind {
        Kind::File | Kind::Probe(_) => next.run(request).await,
        Kind::Page { .. } => doorkeeper.show(door, request, next).await,
        Kind::Function | Kind::Watch | Kind::Export(_) => doorkeeper.call(door, request, next).await,
    };
    response.extensions_mut().insert(door);
    response
}

impl Doorkeeper {
    async fn show(&self, door: &Door, request: Request, next: Next) -> Response {
        let here = request.uri().path_and_query().and_then(|path| path.as_str().parse::<LocalPath>().ok());
        let arrival = self.arrival(&request);
        let visit = match self.admit(door, arrival).await {
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

    async fn call(&self, door: &Door, request: Request, next: Next) -> Response {
        // Files are fetched by forms alone: a script would have nowhere to put them.
        let is_file = matches!(door.kind, Kind::Export(_));
        let wants = if is_file { Wants::Page } else { Wants::of(request.headers()) };
        let arrival = self.arrival(&request);
        let visit = match self.admit(door, arrival).await {
            Ok(visit) => visit,
            Err(Stopped::Unavailable) => return trouble(),
            Err(Stopped::Refused(refusal)) if wants == Wants::Page => {
                return self.detour_of_form(refusal, door, request).await;
            }
            Err(Stopped::Refused(refusal)) => return gate_json(gate_problem(refusal)),
        };
        let Ok(request) = whole(request, door.most_bytes()).await else {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        };
        let (parts, body) = request.into_parts();
        if let Some(page) = door.form.filter(|_| !is_of_its_session(&body, &visit)) {
            return match wants {
                Wants::Page => self.lead_with(&page_of_form(page, &body), Outcome::OtherSession),
                Wants::Move | Wants::Json => gate_json(GateProblem::OtherSession),
            };
        }
        let response = self.enter(visit, Request::from_parts(parts, Body::from(body)), next).await;
        if is_file { response } else { wants.answered(response) }
    }

    /// A form's post that its door did not let in. If a code is asked for, the way back is to the form, with what was
    /// typed into it.
    async fn detour_of_form(&self, refusal: Refusal, door: &Door, request: Request) -> Response {
        let code_is_due = matches!(refusal, Refusal::VerifyMfa | Refusal::StepUp);
        let Some(page) = door.form.filter(|_| code_is_due) else { return self.detour(refusal, None, &request) };
        let token = self.site.cookies.read(request.headers()).session;
        let Ok(request) = whole(request, door.most_bytes()).await else {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        };
        let (parts, body) = request.into_parts();
        let form = match door.kind {
            Kind::Export(list) => page_of_export(list, &body),
            _ => page_of_form(page, &body),
        };
        // What is too long for an address is not looked for again.
        let back = self.with_kept(&form, &body, token.as_ref()).await.or_else(|| form.parse().ok());
        let back = back.or_else(|| page_of_form(page, &body).parse().ok());
        self.detour(refusal, back.as_ref(), &Request::from_parts(parts, Body::empty()))
    }

    /// The form's page, with what was typed into it by the user whose session it is; none if nothing is to be kept.
    async fn with_kept(&self, page: &str, body: &[u8], token: Option<&Token>) -> Option<LocalPath> {
        let verifier = &self.site.verifier;
        let admitted = self.who_asks(token).await.ok()??;
        let signed_in = admitted.admission()?.signed_in();
        if field_of(body, "session").is_none_or(|session| session != signed_in.session.id.as_str()) {
            return None;
        }
        let fields: Vec<_> = form_urlencoded::parse(body).collect();
        let fields = fields.iter().map(|(field, text)| (field.as_ref(), text.as_ref()));
        Kept::of(fields, &signed_in.session.user, verifier.now()).beside(page, verifier).ok()?
    }

    fn lead_with(&self, page: &str, outcome: Outcome) -> Response {
        let mut response = (StatusCode::SEE_OTHER, [(LOCATION, page)]).into_response();
        self.leave_notice(&mut response, outcome);
        response
    }

    fn leave_notice(&self, response: &mut Response, outcome: Outcome) {
        let verifier = &self.site.verifier;
        let notice = Notice::new(outcome, Typed::default(), verifier.now()).seal(verifier).ok();
        let cookie = notice.map(|sealed| self.site.cookies.set_notice(sealed.as_str().into()).to_string());
        let cookie = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok());
        response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    }

    /// What the request says of itself; none if the server does not even know where it came from.
    fn arrival(&self, request: &Request) -> Option<Arrival> {
        let Cookies { session, browser, notice } = self.site.cookies.read(request.headers());
        let claimant = self.claimant(request, browser)?;
        let (kept, changed) = (query_of(request, Kept::PARAMETER), query_of(request, "changed"));
        Some(Arrival { claimant, token: session, notice, kept, changed, next: next_of(request) })
    }

    async fn admit(&self, door: &Door, arrival: Option<Arrival>) -> Result<Visit, Stopped> {
        let Arrival { claimant, token, notice, kept, changed, next } = arrival.ok_or(Stopped::Unavailable)?;
        let verifier = &self.site.verifier;
        let admitted = match door.kind {
            Kind::Watch => verifier.admit_passively(door.gate, token.as_ref()).await,
            _ => verifier.admit(door.gate, token.as_ref()).await,
        };
        let admitted = match admitted.map_err(|error| unavailable(&error))? {
            Ok(admitted) => admitted,
            Err(refusal) => {
                // A page that asks by itself was opened when that was still allowed.
                if refusal == Refusal::NotAdmin && door.kind != Kind::Watch {
                    self.turn_away(token.as_ref(), &claimant).await?;
                }
                return Err(Stopped::Refused(refusal));
            }
        };
        let at = verifier.now();
        let notice = notice.and_then(|cookie| Notice::open(&cookie, verifier, at));
        let user = admitted.admission().map(|admission| &admission.signed_in().session.user);
        let kept = kept.zip(user).and_then(|(kept, user)| Kept::open(&kept, user, verifier, at));
        let has_island = match door.kind {
            Kind::Page { island: Island::Always } => true,
            Kind::Page { island: Island::WhileATextWaits } => self.a_text_waits(&admitted),
            _ => false,
        };
        Ok(Visit { claimant, token, admitted, notice, kept, changed, next, has_island, at })
    }

    /// Whether a text was asked for on the way back in, and has not gone yet.
    fn a_text_waits(&self, admitted: &Admitted) -> bool {
        let Admitted::AwaitingCode(proof) = admitted else { return false };
        self.site.verifier.ways_back(proof).sent.is_some_and(|sent| sent.delivery == TextDelivery::Queued)
    }

    /// Notes that somebody who is in asked for what only admins may see.
    async fn turn_away(&self, token: Option<&Token>, claimant: &Claimant) -> Result<(), Stopped> {
        let admitted = self.who_asks(token).await.map_err(|error| unavailable(&error))?;
        let Some(admission) = admitted.as_ref().and_then(Admitted::admission) else { return Ok(()) };
        self.site.verifier.turn_away(admission, claimant).await.map_err(|error| unavailable(&error))
    }

    /// Whoever was refused, as far as they are anybody.
    async fn who_asks(&self, token: Option<&Token>) -> Result<Option<Admitted>, Unavailable> {
        Ok(self.site.verifier.admit_passively(Gate::Public, token).await?.ok())
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
            Refusal::VerifyMfa => Visit::detour("/sign-in/code", here),
            Refusal::StepUp => Visit::detour("/verify", here),
            Refusal::AlreadyFresh => next_of(request).map_or_else(|| "/".into(), |next| next.to_string()),
            Refusal::NotAdmin => {
                let (page, policy) = message_page(&self.site, Message::NotAllowed, &accept_language(request.headers()));
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
            self.leave_notice(&mut response, Outcome::SessionEnded);
        }
        response
    }
}

/// Whether a form was made for the session that posts it.
fn is_of_its_session(body: &[u8], visit: &Visit) -> bool {
    let session = visit.admission().map(|admission| admission.signed_in().session.id.as_str());
    session.is_some() && field_of(body, "session").as_deref() == session
}

/// The first field of this name.
fn field_of(body: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(body).find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
}

/// The request with all of its body, so that one too large is refused as that, also where its length was not told
/// before. Whoever sends no end of it has gone, and hears nothing.
async fn whole(request: Request, most_bytes: usize) -> Result<http::Request<axum::body::Bytes>, axum::Error> {
    let (parts, body) = request.into_parts();
    Ok(Request::from_parts(parts, to_bytes(body, most_bytes).await?))
}

/// A request before it is admitted.
struct Arrival {
    claimant: Claimant,
    token: Option<Token>,
    notice: Option<String>,
    kept: Option<String>,
    changed: Option<String>,
    next: Option<LocalPath>,
}

enum Stopped {
    Refused(Refusal),
    Unavailable,
}

fn unavailable(unavailable: &Unavailable) -> Stopped {
    let cause = std::error::Error::source(unavailable).map(ToString::to_string);
    tracing::error!(error = %unavailable, cause, "a request could not be admitted");
    Stopped::Unavailable
}

/// The page of a form, with the user or the list in it whom its field names. One that names nobody is of the list of
/// users, and one that names no list of the page where one is typed.
fn page_of_form(page: &'static str, body: &[u8]) -> String {
    let Some((above, field)) = page.strip_suffix('}').and_then(|page| page.split_once("/{")) else {
        return page.to_owned();
    };
    let named = field_of(body, field).and_then(|named| match field {
        "user" => Some(named.parse::<UserId>().ok()?.to_string()),
        "list" => Some(named.parse::<ListName>().ok()?.to_string()),
        _ => None,
    });
    named.map_or_else(|| above.to_owned(), |named| format!("{above}/{named}"))
}

/// The page that shows what a list to be exported is filtered by.
fn page_of_export(list: Export, body: &[u8]) -> String {
    let field = |name: &str| field_of(body, name).filter(|value| !value.is_empty());
    match list {
        Export::Users => users_address(&user_query(field)),
        Export::AuditCsv | Export::AuditNdjson => audit_address(field),
    }
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

fn trouble() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]).into_response()
}

/// The way back that the address names, if it is one.
fn next_of(request: &Request) -> Option<LocalPath> {
    query_of(request, "next")?.parse().ok()
}

/// The first value of this name in the address.
fn query_of(request: &Request, name: &str) -> Option<String> {
    field_of(request.uri().query()?.as_bytes(), name)
}

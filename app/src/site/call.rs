use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use cookie::Cookie;
use domain::{LocalPath, Timestamp};
use http::header::{ACCEPT, ACCEPT_LANGUAGE, HeaderName, LOCATION, RETRY_AFTER, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use verifier::{
    Administered, Admitted, AwaitingCode, Barred, Claimant, Denied, Enrolling, Fresh, InvitationList, InviteVerdict,
    NewUser, Owned, PrivateHosts, Recovering, Stopped, TextDelivery, Token, Unavailable, Upgrade, Verifier,
};

use super::answer::status_of_gate;
use super::context::{use_site, use_visit};
use super::invitation_lists::ListOwner;
use super::{ListName, Notice, Outcome, Site, Typed, TypedList, Visit, status_of};
use crate::api::AdminProblem;
use crate::{GateProblem, Problem};

/// What `frontend/asking.js` accepts: where a form leads, as a browser would be led.
pub const MOVE: &str = "application/vnd.stepgate.move+json";

/// One call of a server function: who calls, and how to answer.
///
/// A plain form is answered with 303 to a page, and what became of it in a notice; an island with a status and JSON.
pub struct Call {
    site: Site,
    visit: Arc<Visit>,
    response: ResponseOptions,
    plain: bool,
}

impl Call {
    /// The call that is being answered.
    ///
    /// # Errors
    /// [`Problem::Unavailable`] if no door let it in: a function never runs ungated, also not while rendering.
    pub fn here<E>() -> Result<Self, Problem<E>> {
        let found = || {
            let plain = with_context::<http::request::Parts, _>(|parts| wants_a_page(&parts.headers))?;
            Some(Self { site: use_site()?, visit: use_visit()?, response: use_context()?, plain })
        };
        found().ok_or(Problem::Unavailable)
    }

    /// The use cases.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.site.verifier
    }

    /// Waits until it is known what became of the text that was just ordered, for as long as nobody minds: most gateways
    /// answer within a second, and the page that comes next says so.
    pub async fn text_settled(&self) {
        const LOOK_EVERY: Duration = Duration::from_millis(100);
        const LOOKS: u32 = 20;
        let Some(admission) = self.visit.admission() else { return };
        for _ in 0..LOOKS {
            match self.verifier().last_text(admission).await {
                Ok(Some(TextDelivery::Queued)) => tokio::time::sleep(LOOK_EVERY).await,
                // What can't be said now, the page says.
                Ok(_) | Err(_) => return,
            }
        }
    }

    /// Who calls.
    #[must_use]
    pub fn claimant(&self) -> &Claimant {
        &self.visit.claimant
    }

    /// The session token they present.
    #[must_use]
    pub fn token(&self) -> Option<&Token> {
        self.visit.token.as_ref()
    }

    /// The proof that they are enrolling.
    ///
    /// # Errors
    /// [`Problem::Gate`]
    pub fn enrolling<E>(&self) -> Result<Enrolling, Problem<E>> {
        match &self.visit.admitted {
            Admitted::Enrolling(proof) => Ok(proof.clone()),
            _ => self.gate(GateProblem::SignIn),
        }
    }

    /// The proof that a code is awaited from them.
    ///
    /// # Errors
    /// [`Problem::Gate`]
    pub fn awaiting_code<E>(&self) -> Result<AwaitingCode, Problem<E>> {
        match &self.visit.admitted {
            Admitted::AwaitingCode(proof) => Ok(proof.clone()),
            _ => self.gate(GateProblem::SignIn),
        }
    }

    /// The proof that they are coming back in.
    ///
    /// # Errors
    /// [`Problem::Gate`]
    pub fn recovering<E>(&self) -> Result<Recovering, Problem<E>> {
        match &self.visit.admitted {
            Admitted::Recovering(proof) => Ok(proof.clone()),
            _ => self.gate(GateProblem::SignIn),
        }
    }

    /// The proof that their second factor is young enough.
    ///
    /// # Errors
    /// [`Problem::Gate`]
    pub fn fresh<E>(&self) -> Result<Fresh, Problem<E>> {
        match &self.visit.admitted {
            Admitted::Fresh(proof) => Ok(proof.clone()),
            _ => self.gate(GateProblem::SignIn),
        }
    }

    /// What became of something they did to what is their own. If they may not, the door of `page` leads a plain form
    /// to what is missing.
    ///
    /// # Errors
    /// [`Problem::Gate`], [`Problem::Unavailable`]
    pub fn own<T, E>(&self, page: &str, verdict: Owned<T>) -> Result<T, Problem<E>> {
        self.available(verdict)?.or_else(|barred| self.barred(page, barred))
    }

    /// Refuses what they may not do now.
    ///
    /// # Errors
    /// Always [`Problem::Gate`].
    pub fn barred<T, E>(&self, page: &str, barred: Barred) -> Result<T, Problem<E>> {
        match barred {
            Barred::StepUp => {
                self.go(&self.verify_page(page.parse().ok().as_ref()));
                self.gate(GateProblem::StepUp)
            }
            Barred::Over => {
                self.go(page);
                self.gate(GateProblem::SignIn)
            }
        }
    }

    /// What became of something an admin did to others. If they may not, the door of `page` leads a plain form to what
    /// is missing.
    ///
    /// # Errors
    /// [`Problem::Gate`], [`Problem::Rule`], [`Problem::Unavailable`]
    pub fn administered<T>(&self, page: &str, verdict: Administered<T>) -> Result<T, Problem<AdminProblem>> {
        let denied = match self.available(verdict)? {
            Ok(verdict) => return Ok(verdict),
            Err(denied) => denied,
        };
        match denied {
            Denied::StepUp => self.barred(page, Barred::StepUp),
            Denied::Over => self.barred(page, Barred::Over),
            Denied::NotAdmin => {
                self.go(page);
                self.gate(GateProblem::NotAdmin)
            }
            Denied::NoSuchUser | Denied::NoSuchAccount => {
                self.refuse("/admin/users", AdminProblem::NoSuchUser, Typed::default())
            }
        }
    }

    /// Hosts in private networks to which events may be posted.
    #[must_use]
    pub fn private_hosts(&self) -> &PrivateHosts {
        &self.site.private_hosts
    }

    /// Keeps a list of people to invite for the page that asks whether to, and names it.
    #[must_use]
    pub fn keep_list(&self, proof: &Fresh, list: TypedList) -> ListName {
        self.site.invitations.keep(ListOwner::of(proof), list, self.visit.at)
    }

    /// What is held while a list of theirs is sent, unless it is too old.
    #[must_use]
    pub fn list_turn(&self, proof: &Fresh, name: ListName) -> Option<Arc<tokio::sync::Mutex<()>>> {
        self.site.invitations.turn(name, &ListOwner::of(proof), self.visit.at)
    }

    /// A list of theirs, unless it is too old.
    #[must_use]
    pub fn find_list(&self, proof: &Fresh, name: ListName) -> Option<TypedList> {
        self.site.invitations.find(name, &ListOwner::of(proof), self.visit.at)
    }

    /// Notes what became of somebody on a list of theirs.
    pub fn settle_list(&self, proof: &Fresh, name: ListName, new: &NewUser, verdict: &InviteVerdict) {
        let settle = |list: &mut InvitationList| list.settle(new, verdict);
        self.site.invitations.settle(name, &ListOwner::of(proof), self.visit.at, settle);
    }

    /// Logs why something that is done for many ended before the last, if it was by a fault of ours.
    pub fn note_stopped(&self, stopped: Option<&Stopped>) {
        if let Some(Stopped::Unavailable(unavailable)) = stopped {
            let cause = unavailable.source().map(ToString::to_string);
            tracing::error!(error = %unavailable, cause, "something was done for some and not for all");
        }
    }

    /// What the verifier decided; if it could not, the call is answered with 503 and the reason is logged here, once.
    ///
    /// # Errors
    /// [`Problem::Unavailable`]
    pub fn available<T, E>(&self, decided: Result<T, Unavailable>) -> Result<T, Problem<E>> {
        decided.map_err(|unavailable| {
            let cause = unavailable.source().map(ToString::to_string);
            tracing::error!(error = %unavailable, cause, "a request could not be decided");
            self.response.set_status(StatusCode::SERVICE_UNAVAILABLE);
            self.header(RETRY_AFTER, "5");
            Problem::Unavailable
        })
    }

    /// A gate's refusal.
    ///
    /// # Errors
    /// Always [`Problem::Gate`].
    pub fn gate<T, E>(&self, problem: GateProblem) -> Result<T, Problem<E>> {
        if !self.plain {
            self.response.set_status(status_of_gate(problem));
        }
        Err(Problem::Gate(problem))
    }

    /// A rule's refusal: a plain form goes to `page`, which finds the problem and what was typed.
    ///
    /// # Errors
    /// Always [`Problem::Rule`].
    pub fn refuse<T, E>(&self, page: &str, problem: E, typed: Typed) -> Result<T, Problem<E>>
    where
        E: Clone + Into<Outcome>,
    {
        let outcome = problem.clone().into();
        if !self.plain {
            self.response.set_status(status_of(&outcome));
        }
        self.go_with_typed(page, outcome, typed);
        Err(Problem::Rule(problem))
    }

    /// Leads a plain form to a page.
    pub fn go(&self, page: &str) {
        if self.plain {
            self.response.set_status(StatusCode::SEE_OTHER);
            self.header(LOCATION, page);
        }
    }

    /// The same, and says there what became of the post.
    pub fn go_with(&self, page: &str, outcome: Outcome) {
        self.go_with_typed(page, outcome, Typed::default());
    }

    /// The same, with what was typed.
    pub fn go_with_typed(&self, page: &str, outcome: Outcome, typed: Typed) {
        if !self.plain {
            return;
        }
        self.go(page);
        self.leave_notice(outcome, typed);
    }

    fn leave_notice(&self, outcome: Outcome, typed: Typed) {
        match Notice::new(outcome, typed, self.visit.at).seal(self.verifier()) {
            Ok(sealed) => self.set_cookie(&self.site.cookies.set_notice(sealed.as_str().into())),
            Err(unavailable) => tracing::error!(error = %unavailable, "a notice was lost"),
        }
    }

    /// Leads to a page and says there what became of it, also if an island follows.
    pub fn lead_with(&self, page: &str, outcome: Outcome) {
        self.go(page);
        self.leave_notice(outcome, Typed::default());
    }

    /// Gives the browser the token of a session that began.
    pub fn remember_session(&self, token: &Token) {
        self.set_cookie(&self.site.cookies.set_session(token));
    }

    /// Gives the browser the tokens of a session that has its second factor now.
    pub fn upgrade_session(&self, upgrade: &Upgrade) {
        self.remember_session(&upgrade.token);
        self.set_cookie(&self.site.cookies.set_browser(&upgrade.known_browser));
    }

    /// Takes the session's token from the browser.
    pub fn forget_session(&self) {
        self.set_cookie(&self.site.cookies.clear_session());
    }

    /// Has the browser forget the pages it has kept. Not its cookies: the known browser stays known.
    pub fn clear_cache(&self) {
        self.header(HeaderName::from_static("clear-site-data"), "\"cache\"");
    }

    /// What the browser's `Accept-Language` says.
    #[must_use]
    pub fn languages(&self) -> String {
        languages()
    }

    /// Seconds from this call until a moment, rounded up.
    #[must_use]
    pub fn seconds_until(&self, moment: Timestamp) -> u64 {
        u64::try_from(moment.until_from(self.visit.at).as_millis()).unwrap_or(u64::MAX).div_ceil(1000)
    }

    /// The sign-in page that keeps the way back.
    #[must_use]
    pub fn sign_in_page(&self, next: Option<&LocalPath>) -> String {
        with_next("/sign-in", next)
    }

    /// The code page that keeps the way back.
    #[must_use]
    pub fn code_page(&self, next: Option<&LocalPath>) -> String {
        with_next("/sign-in/code", next)
    }

    /// The page that asks for a code of the last ten minutes, and keeps the way back.
    #[must_use]
    pub fn verify_page(&self, next: Option<&LocalPath>) -> String {
        with_next("/verify", next)
    }

    /// A page of ours to come back to.
    #[must_use]
    pub fn back_to(&self, page: &'static str) -> LocalPath {
        page.parse().unwrap_or_else(|_| LocalPath::home())
    }

    fn set_cookie(&self, cookie: &Cookie<'_>) {
        if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
            self.response.append_header(SET_COOKIE, value);
        }
    }

    fn header(&self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.response.insert_header(name, value);
        }
    }
}

impl Visit {
    /// Where a request goes that its door did not let in, with the way back.
    #[must_use]
    pub fn detour(page: &str, next: Option<&LocalPath>) -> String {
        with_next(page, next.filter(|next| next.as_str() != "/"))
    }
}

/// What `Accept-Language` of the request that is being answered says.
pub(crate) fn languages() -> String {
    with_context(|parts: &http::request::Parts| accept_language(&parts.headers)).unwrap_or_default()
}

/// What a request's `Accept-Language` says; nothing if it says nothing, or nothing that can be read.
#[must_use]
pub fn accept_language(headers: &http::HeaderMap) -> String {
    headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// Whether the request is a plain form post or a link, to be answered with a page, or with where one would lead.
fn wants_a_page(headers: &http::HeaderMap) -> bool {
    let is_page = |accept: &str| accept.contains("text/html") || accept.contains(MOVE);
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(is_page)
}

fn with_next(page: &str, next: Option<&LocalPath>) -> String {
    next.map_or_else(
        || page.to_owned(),
        |next| format!("{page}?next={}", utf8_percent_encode(next.as_str(), NON_ALPHANUMERIC)),
    )
}

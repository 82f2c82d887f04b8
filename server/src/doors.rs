//! Every door of Stepgate, in one table, with what it asks. The router is built from it and from nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, ensure};
use app::api::{
    AcceptInvitation, AddMobile, AddWebhook, BeginWizard, ChangeName, ChangeNumber, ChangePassword, ChangeRole,
    ChangeSetting, ChangeTexts, ChooseLanguage, ConfirmAuthenticator, ConfirmMobile, ConfirmReplacement,
    CreateFirstAccount, Deactivate, EndOtherSessions, EndSession, EndSessionsOf, FinishWizard, ForgetBrowser,
    KeepAuthenticator, LiveCoverage, LiveMobileText, LiveRecoveryText, NewCodes, Reactivate, Remind, RemindAll,
    RemoveMobile, RemoveUser, RemoveWebhook, Renew, ReplaceAuthenticator, ReplaceCodes, RequestReset, ResendInvitation,
    ResetPassword, ResumeWebhook, ReviewInvitation, ReviewInvitations, SaveCodes, SendInvitations, ShowKey, SignIn,
    SignOut, SkipMobile, TestWebhook, TextAgain, TextMobile, TextRecoveryCode, Unlock, UseRecoveryCode, UseTextCode,
    VerifyCode,
};
use app::site::{App, Site, shell};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use http::{Method, StatusCode};
use leptos::prelude::provide_context;
use leptos::server_fn::ServerFn;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use verifier::Gate;

use crate::compression::compress;
use crate::doorkeeper::{Doorkeeper, keep};
use crate::headers::protect;
use crate::shared::Shared;
use crate::{assets, exports, health, speech};

/// One way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Door {
    /// Its address, as axum matches it.
    pub path: &'static str,
    /// What is behind it.
    pub kind: Kind,
    /// What it asks of whoever wants to pass.
    pub gate: Gate,
    /// The page of the form that posts here, if it is one of somebody who is in: the form says for which session it was
    /// made, and what was typed into it is kept while a code is asked for. `{user}` and `{list}` stand for
    /// what their field says.
    pub form: Option<&'static str>,
}

/// What is behind a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A page.
    Page {
        /// When it holds one, and so loads the bundle.
        island: Island,
    },
    /// A server function.
    Function,
    /// The same, called by a page that keeps itself up to date: it is no sign of life of who looks at it.
    Watch,
    /// A list as a file, for a form of somebody who is in.
    Export(Export),
    /// A file that is the same for everybody. Asks no gate and reads no cookie.
    File,
    /// A question of the operator's. Asks no gate and reads no cookie.
    Probe(Probe),
}

/// When a page holds an island.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Island {
    /// It holds none.
    Never,
    /// Whoever sees it.
    Always,
    /// As long as a text was asked for that has not gone: who is in a hurry does not load the bundle for anything less.
    WhileATextWaits,
}

/// What can be taken out as a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// The users, as CSV.
    Users,
    /// The audit log, as CSV.
    AuditCsv,
    /// The audit log, a JSON object a line.
    AuditNdjson,
}

/// What the operator may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Whether the process is up.
    Alive,
    /// Whether it can serve.
    Ready,
}

/// The table. What is not here is not there.
pub const DOORS: [Door; 84] = [
    page("/", Gate::Fresh),
    page("/sign-in", Gate::Public),
    page("/sign-in/code", Gate::PendingCode),
    Door { kind: Kind::Page { island: Island::WhileATextWaits }, ..page("/sign-in/recovery", Gate::PendingCode) },
    page("/sign-in/recovery/finish", Gate::Recovering),
    page_with_island("/mfa/setup", Gate::Enrolling),
    page("/verify", Gate::Fresh),
    page("/profile", Gate::Profile),
    page_with_island("/profile/authenticator", Gate::Recent),
    page("/admin/users", Gate::FreshAdmin),
    page("/admin/users/{user}", Gate::FreshAdmin),
    page("/admin/invite", Gate::FreshAdmin),
    page("/admin/invite/{list}", Gate::FreshAdmin),
    page_with_island("/admin/app-center", Gate::FreshAdmin),
    page("/admin/app-center/mfa", Gate::FreshAdmin),
    page("/admin/app-center/webhooks", Gate::FreshAdmin),
    page("/admin/app-center/webhooks/{webhook}", Gate::RecentAdmin),
    page("/admin/employees/preferences", Gate::FreshAdmin),
    page("/admin/audit", Gate::FreshAdmin),
    page("/password/forgot", Gate::Public),
    page("/password/reset/{link}", Gate::Public),
    page("/setup/{link}", Gate::Public),
    page("/invitation/{link}", Gate::Public),
    function(<CreateFirstAccount as ServerFn>::PATH, Gate::Public),
    function(<AcceptInvitation as ServerFn>::PATH, Gate::Public),
    function(<SignIn as ServerFn>::PATH, Gate::Public),
    function(<SignOut as ServerFn>::PATH, Gate::Public),
    function(<VerifyCode as ServerFn>::PATH, Gate::PendingCode),
    function(<RequestReset as ServerFn>::PATH, Gate::Public),
    function(<ResetPassword as ServerFn>::PATH, Gate::Public),
    function(<UseRecoveryCode as ServerFn>::PATH, Gate::PendingCode),
    function(<TextRecoveryCode as ServerFn>::PATH, Gate::PendingCode),
    function(<UseTextCode as ServerFn>::PATH, Gate::PendingCode),
    function(<KeepAuthenticator as ServerFn>::PATH, Gate::Recovering),
    function(<BeginWizard as ServerFn>::PATH, Gate::Enrolling),
    function(<ShowKey as ServerFn>::PATH, Gate::Enrolling),
    function(<ConfirmAuthenticator as ServerFn>::PATH, Gate::Enrolling),
    function(<SaveCodes as ServerFn>::PATH, Gate::Enrolling),
    function(<NewCodes as ServerFn>::PATH, Gate::Enrolling),
    function(<TextMobile as ServerFn>::PATH, Gate::Enrolling),
    function(<TextAgain as ServerFn>::PATH, Gate::Enrolling),
    function(<ConfirmMobile as ServerFn>::PATH, Gate::Enrolling),
    function(<ChangeNumber as ServerFn>::PATH, Gate::Enrolling),
    function(<SkipMobile as ServerFn>::PATH, Gate::Enrolling),
    function(<FinishWizard as ServerFn>::PATH, Gate::Enrolling),
    form("/verify", <Renew as ServerFn>::PATH, Gate::Fresh),
    form("/profile", <ChangeName as ServerFn>::PATH, Gate::Fresh),
    form("/profile", <ChooseLanguage as ServerFn>::PATH, Gate::Fresh),
    form("/profile", <ChangePassword as ServerFn>::PATH, Gate::Recent),
    form("/profile/authenticator", <ReplaceAuthenticator as ServerFn>::PATH, Gate::Recent),
    form("/profile/authenticator", <ConfirmReplacement as ServerFn>::PATH, Gate::Recent),
    form("/profile", <ReplaceCodes as ServerFn>::PATH, Gate::Recent),
    form("/profile", <AddMobile as ServerFn>::PATH, Gate::Recent),
    form("/profile", <RemoveMobile as ServerFn>::PATH, Gate::Recent),
    form("/profile", <EndSession as ServerFn>::PATH, Gate::Fresh),
    form("/profile", <EndOtherSessions as ServerFn>::PATH, Gate::Fresh),
    form("/profile", <ForgetBrowser as ServerFn>::PATH, Gate::Fresh),
    form("/admin/invite", <ReviewInvitation as ServerFn>::PATH, Gate::FreshAdmin),
    form("/admin/invite", <ReviewInvitations as ServerFn>::PATH, Gate::FreshAdmin),
    form("/admin/invite/{list}", <SendInvitations as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/users/{user}", <ResendInvitation as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/users/{user}", <Remind as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/users/{user}", <ChangeRole as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/users/{user}", <EndSessionsOf as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/users/{user}", <Deactivate as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/users/{user}", <Reactivate as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/users/{user}", <RemoveUser as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/users/{user}", <Unlock as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/app-center/mfa", <RemindAll as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/employees/preferences", <ChangeSetting as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/employees/preferences", <ChangeTexts as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/app-center/webhooks", <AddWebhook as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/app-center/webhooks", <RemoveWebhook as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/app-center/webhooks", <ResumeWebhook as ServerFn>::PATH, Gate::RecentAdmin),
    form("/admin/app-center/webhooks", <TestWebhook as ServerFn>::PATH, Gate::RecentAdmin),
    watch(<LiveMobileText as ServerFn>::PATH, Gate::Enrolling),
    watch(<LiveRecoveryText as ServerFn>::PATH, Gate::PendingCode),
    watch(<LiveCoverage as ServerFn>::PATH, Gate::FreshAdmin),
    export("/admin/users", "/admin/users.csv", Export::Users),
    export("/admin/audit", "/admin/audit.csv", Export::AuditCsv),
    export("/admin/audit", "/admin/audit.ndjson", Export::AuditNdjson),
    other("/assets/{file}", Kind::File),
    other("/healthz", Kind::Probe(Probe::Alive)),
    other("/readyz", Kind::Probe(Probe::Ready)),
];

const fn page(path: &'static str, gate: Gate) -> Door {
    Door { path, kind: Kind::Page { island: Island::Never }, gate, form: None }
}

const fn page_with_island(path: &'static str, gate: Gate) -> Door {
    Door { path, kind: Kind::Page { island: Island::Always }, gate, form: None }
}

const fn function(path: &'static str, gate: Gate) -> Door {
    Door { path, kind: Kind::Function, gate, form: None }
}

const fn form(page: &'static str, path: &'static str, gate: Gate) -> Door {
    Door { path, kind: Kind::Function, gate, form: Some(page) }
}

const fn watch(path: &'static str, gate: Gate) -> Door {
    Door { path, kind: Kind::Watch, gate, form: None }
}

const fn export(page: &'static str, path: &'static str, list: Export) -> Door {
    Door { path, kind: Kind::Export(list), gate: Gate::RecentAdmin, form: Some(page) }
}

const fn other(path: &'static str, kind: Kind) -> Door {
    Door { path, kind, gate: Gate::Public, form: None }
}

impl Door {
    /// The door with this address, if any.
    #[must_use]
    pub fn at(path: &str) -> Option<&'static Self> {
        DOORS.iter().find(|door| door.path == path)
    }

    /// The longest body it takes.
    pub(crate) fn most_bytes(&self) -> usize {
        if self.path == ReviewInvitations::PATH { MOST_BODY_BYTES } else { MOST_BYTES_OF_OTHERS }
    }

    /// Whether it opens to this method.
    #[must_use]
    pub fn takes(&self, method: &Method) -> bool {
        match self.kind {
            Kind::Function | Kind::Watch | Kind::Export(_) => method == Method::POST,
            Kind::Page { .. } | Kind::File | Kind::Probe(_) => method == Method::GET || method == Method::HEAD,
        }
    }
}

impl Kind {
    /// Whether it is posted to.
    pub(crate) fn is_posted(self) -> bool {
        matches!(self, Self::Function | Self::Watch | Self::Export(_))
    }
}

/// The largest form: a list of 500 people, each letter of their names in six.
pub(crate) const MOST_BODY_BYTES: usize = 256 * 1024;
/// No other form of ours comes near it.
const MOST_BYTES_OF_OTHERS: usize = 64 * 1024;
/// Whoever waits longer has gone; the slowest answer is a password while many sign in.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// The router: each door of the table, and around them what holds for all.
///
/// # Errors
/// If the pages and functions that exist are not exactly those of the table: then the server does not start.
pub fn router(shared: &Shared) -> anyhow::Result<Router> {
    every_door_is_listed()?;
    let doorkeeper = Doorkeeper::new(shared);
    let site = doorkeeper.site().clone();
    let csrf = CsrfLayer::new()
        .add_trusted_origin(shared.public_url.as_str())
        .context("the public URL is no origin a browser would send")?;
    let router = DOORS.iter().fold(Router::new(), |router, door| behind(router, door, &site));
    Ok(router
        .with_state(shared.clone())
        .layer(from_fn_with_state(doorkeeper.clone(), keep))
        .layer(compress())
        .layer(RequestBodyLimitLayer::new(MOST_BODY_BYTES))
        .layer(csrf)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_ANSWER))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(site, speech::speak))
        .layer(from_fn_with_state(shared.public_url.is_https(), protect))
        .layer(from_fn(trace_request)))
}

#[expect(clippy::disallowed_methods, reason = "the one place that makes routes, from the table")]
fn behind(router: Router<Shared>, door: &'static Door, site: &Site) -> Router<Shared> {
    let site = site.clone();
    match door.kind {
        Kind::Page { .. } => {
            let context = move || provide_context(site.clone());
            router.route(door.path, get(leptos_axum::render_app_async_with_context(context, shell)))
        }
        Kind::Function | Kind::Watch => {
            let answer = move |request: Request| {
                let site = site.clone();
                leptos_axum::handle_server_fns_with_context(move || provide_context(site.clone()), request)
            };
            router.route(door.path, post(answer))
        }
        Kind::Export(Export::Users) => router.route(door.path, post(exports::users)),
        Kind::Export(Export::AuditCsv) => router.route(door.path, post(exports::audit_csv)),
        Kind::Export(Export::AuditNdjson) => router.route(door.path, post(exports::audit_ndjson)),
        Kind::File => router.route(door.path, get(assets::asset)),
        Kind::Probe(Probe::Alive) => router.route(door.path, get(health::healthz)),
        Kind::Probe(Probe::Ready) => router.route(door.path, get(health::readyz)),
    }
}

/// Compares the table with the pages and functions that exist, both ways and with methods.
///
/// # Errors
/// Names what stands on one side only.
pub fn every_door_is_listed() -> anyhow::Result<()> {
    let of_kind = |is: fn(&Kind) -> bool| -> BTreeSet<String> {
        DOORS.iter().filter(|door| is(&door.kind)).map(|door| door.path.to_owned()).collect()
    };
    let pages = leptos_axum::generate_route_list(App);
    let not_read = pages.iter().find(|page| page.methods().any(|method| method != leptos_router::Method::Get));
    ensure!(
        not_read.is_none(),
        "a page takes another method than GET: {:?}",
        not_read.map(leptos_axum::AxumRouteListing::path)
    );
    let pages = pages.iter().map(|page| page.path().to_owned()).collect();
    same("pages", &of_kind(|kind| matches!(kind, Kind::Page { .. })), &pages)?;

    let functions: Vec<_> = leptos::server_fn::axum::server_fn_paths().collect();
    let not_post = functions.iter().find(|(_, method)| *method != Method::POST);
    ensure!(not_post.is_none(), "a server function takes another method than POST: {not_post:?}");
    let functions = functions.into_iter().map(|(path, _)| path.to_owned()).collect();
    same("server functions", &of_kind(|kind| matches!(kind, Kind::Function | Kind::Watch)), &functions)
}

fn same(what: &str, listed: &BTreeSet<String>, there: &BTreeSet<String>) -> anyhow::Result<()> {
    let without_a_door: Vec<_> = there.difference(listed).collect();
    let without_a_room: Vec<_> = listed.difference(there).collect();
    ensure!(
        without_a_door.is_empty() && without_a_room.is_empty(),
        "{what}: without a door {without_a_door:?}, doors that lead nowhere {without_a_room:?}"
    );
    Ok(())
}

/// One line a request in the log at `debug`: method, door and status; no address of a page that could hold a link's
/// token, no query.
async fn trace_request(request: Request, next: axum::middleware::Next) -> axum::response::Response {
    let method = request.method().clone();
    let response = next.run(request).await;
    let door = response.extensions().get::<&'static Door>().map(|door| door.path);
    tracing::debug!(%method, door, status = response.status().as_u16(), "answered");
    response
}

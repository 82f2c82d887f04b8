use leptos::prelude::*;
use leptos_router::SsrMode;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use super::pages::{
    AppCenterPage, AuditPage, CodePage, FinishRecoveryPage, ForgotPasswordPage, HomePage, InvitationListPage,
    InvitationPage, InvitePage, MfaAppPage, PreferencesPage, ProfilePage, RecoveryPage, ReplacementPage,
    ResetPasswordPage, SetupPage, SignInPage, UserPage, UsersPage, VerifyPage, WebhookPage, WebhooksPage, WizardPage,
};

/// All pages. Each is rendered whole before it is sent: the right status, cookies and redirects, and no scripts in it.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=|| ()>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=path!("/sign-in/code") view=CodePage ssr=SsrMode::Async />
                <Route path=path!("/sign-in/recovery") view=RecoveryPage ssr=SsrMode::Async />
                <Route path=path!("/sign-in/recovery/finish") view=FinishRecoveryPage ssr=SsrMode::Async />
                <Route path=path!("/password/forgot") view=ForgotPasswordPage ssr=SsrMode::Async />
                <Route path=path!("/password/reset/:link") view=ResetPasswordPage ssr=SsrMode::Async />
                <Route path=path!("/mfa/setup") view=WizardPage ssr=SsrMode::Async />
                <Route path=path!("/verify") view=VerifyPage ssr=SsrMode::Async />
                <Route path=path!("/profile") view=ProfilePage ssr=SsrMode::Async />
                <Route path=path!("/profile/authenticator") view=ReplacementPage ssr=SsrMode::Async />
                <Route path=path!("/admin/users") view=UsersPage ssr=SsrMode::Async />
                <Route path=path!("/admin/users/:user") view=UserPage ssr=SsrMode::Async />
                <Route path=path!("/admin/invite") view=InvitePage ssr=SsrMode::Async />
                <Route path=path!("/admin/invite/:list") view=InvitationListPage ssr=SsrMode::Async />
                <Route path=path!("/admin/app-center") view=AppCenterPage ssr=SsrMode::Async />
                <Route path=path!("/admin/app-center/mfa") view=MfaAppPage ssr=SsrMode::Async />
                <Route path=path!("/admin/app-center/webhooks") view=WebhooksPage ssr=SsrMode::Async />
                <Route path=path!("/admin/app-center/webhooks/:webhook") view=WebhookPage ssr=SsrMode::Async />
                <Route path=path!("/admin/employees/preferences") view=PreferencesPage ssr=SsrMode::Async />
                <Route path=path!("/admin/audit") view=AuditPage ssr=SsrMode::Async />
                <Route path=path!("/setup/:link") view=SetupPage ssr=SsrMode::Async />
                <Route path=path!("/invitation/:link") view=InvitationPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

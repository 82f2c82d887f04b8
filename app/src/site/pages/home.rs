use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::Level;

use crate::api::SignOut;
use crate::parts::{Icon, Notice, Tone};
use crate::site::context::use_visit;
use crate::site::frame::{Frame, Width};
use crate::site::times::{Moment, until_words};

/// Who you are, and when you will be asked again.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let visit = use_visit()?;
    let admission = visit.admission()?;
    let Level::Fresh { until, mfa_at, .. } = admission.level() else { return None };
    let (session, person, now) = (&admission.signed_in().session, &admission.signed_in().person, visit.at);
    let account = person.account.record.name.to_string();
    let window = person.account.record.mfa_window.words();
    let user = &person.credential.record;
    let (since, browser) = (session.password_at, session.browser.to_string());
    let (name, email) = (user.name.to_string(), user.email.to_string());
    Some(view! {
        <Frame title="Home" width=Width::Full>
            <div class="card">
                <div class="card__head">
                    <h1>{format!("Hello, {name}")}</h1>
                    <p>{format!("You are signed in to {account}.")}</p>
                </div>
                <Notice tone=Tone::Success title="Protected by Multi-factor Authentication" />
                <dl class="summary-list">
                    <div class="summary-list__row">
                        <dt class="summary-list__term">"Email"</dt>
                        <dd class="summary-list__value">{email}</dd>
                    </div>
                    <div class="summary-list__row">
                        <dt class="summary-list__term">"Organisation"</dt>
                        <dd class="summary-list__value">{account.clone()}</dd>
                    </div>
                    <div class="summary-list__row">
                        <dt class="summary-list__term">"Signed in since"</dt>
                        <dd class="summary-list__value">
                            <Moment at=since now />
                        </dd>
                    </div>
                    <div class="summary-list__row">
                        <dt class="summary-list__term">"This browser"</dt>
                        <dd class="summary-list__value">
                            <p class="session">
                                <Icon name="browser" />
                                {browser}
                            </p>
                        </dd>
                    </div>
                    <div class="summary-list__row">
                        <dt class="summary-list__term">"Last code"</dt>
                        <dd class="summary-list__value">
                            <Moment at=mfa_at now />
                        </dd>
                    </div>
                    <div class="summary-list__row">
                        <dt class="summary-list__term">"Asked for a code again"</dt>
                        <dd class="summary-list__value">
                            <p>{until_words(until.until_from(now))} ", " <Moment at=until now /></p>
                            <p class="summary-list__note">{format!("{account} asks every {window}.")}</p>
                        </dd>
                    </div>
                </dl>
                <form method="post" action=SignOut::PATH>
                    <button class="button button--secondary">
                        <span class="button__label">
                            <Icon name="sign-out" />
                            "Sign out"
                        </span>
                    </button>
                </form>
            </div>
        </Frame>
    })
}

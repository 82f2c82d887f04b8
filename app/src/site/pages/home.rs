use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::Level;

use crate::api::SignOut;
use crate::parts::{Icon, Notice, Tone};
use crate::site::browser_words::browser_words;
use crate::site::context::use_visit;
use crate::site::frame::{Frame, Width};
use crate::site::times::{Moment, every_words, until_words};
use crate::site::words::{Area, use_words};

/// Who you are, and when you will be asked again.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let visit = use_visit()?;
    let admission = visit.admission()?;
    let Level::Fresh { until, mfa_at, .. } = admission.level() else { return None };
    let (session, person, now) = (&admission.signed_in().session, &admission.signed_in().person, visit.at);
    let account = person.account.record.name.to_string();
    let every = every_words(person.account.record.mfa_window);
    let words = use_words(Area::Home);
    let user = &person.credential.record;
    let (since, browser) = (session.password_at, browser_words(session.browser.as_str()));
    let (name, email) = (user.name.to_string(), user.email.to_string());
    Some(view! {
        <Frame title=words.say("home.title") width=Width::Full>
            <div class="card">
                <div class="card__head">
                    <h1>{words.say_with("home.hello", "name", &name)}</h1>
                    <p>{words.say_with("home.where", "account", &account)}</p>
                </div>
                <Notice tone=Tone::Success title=words.say("home.protected") />
                <dl class="summary-list">
                    <div class="summary-list__row">
                        <dt class="summary-list__term">{words.say("home.email")}</dt>
                        <dd class="summary-list__value">{email}</dd>
                    </div>
                    <div class="summary-list__row">
                        <dt class="summary-list__term">{words.say("home.organisation")}</dt>
                        <dd class="summary-list__value">{account.clone()}</dd>
                    </div>
                    <div class="summary-list__row">
                        <dt class="summary-list__term">{words.say("home.since")}</dt>
                        <dd class="summary-list__value">
                            <Moment at=since now />
                        </dd>
                    </div>
                    <div class="summary-list__row">
                        <dt class="summary-list__term">{words.say("home.browser")}</dt>
                        <dd class="summary-list__value">
                            <p class="session">
                                <Icon name="browser" />
                                {browser}
                            </p>
                        </dd>
                    </div>
                    <div class="summary-list__row">
                        <dt class="summary-list__term">{words.say("home.last-code")}</dt>
                        <dd class="summary-list__value">
                            <Moment at=mfa_at now />
                        </dd>
                    </div>
                    <div class="summary-list__row">
                        <dt class="summary-list__term">{words.say("home.next-code")}</dt>
                        <dd class="summary-list__value">
                            <p>{until_words(until.until_from(now))} ", " <Moment at=until now /></p>
                            <p class="summary-list__note">
                                {words.say_all("home.asks", &[("account", &account), ("every", &every)])}
                            </p>
                        </dd>
                    </div>
                </dl>
                <form method="post" action=SignOut::PATH>
                    <button class="button button--secondary">
                        <span class="button__label">
                            <Icon name="sign-out" />
                            {words.say("home.sign-out")}
                        </span>
                    </button>
                </form>
            </div>
        </Frame>
    })
}

use domain::Timestamp;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{OwnBrowser, OwnSession};

use crate::Words;
use crate::api::{EndOtherSessions, EndSession, ForgetBrowser};
use crate::parts::{Button, Icon};
use crate::site::browser_words::browser_words;
use crate::site::confirm::Confirm;
use crate::site::session_field::SessionField;
use crate::site::times::Moment;

/// Where they are signed in, and which browsers are known.
#[component]
pub(super) fn Browsers(
    words: &'static Words,
    sessions: Vec<OwnSession>,
    known: Vec<OwnBrowser>,
    now: Timestamp,
) -> impl IntoView {
    let alone = sessions.len() < 2;
    let rows = sessions.into_iter().map(|session| session_row(words, session, now)).collect_view();
    let known: Vec<_> = known.into_iter().map(|browser| known_row(words, browser, now)).collect();
    let others = (!alone).then(|| {
        view! {
            <div class="actions">
                <Confirm
                    id="end-others"
                    label=words.say("browsers.end-others")
                    title=words.say("browsers.end-others-title")
                    what=words.say("browsers.end-others-what")
                    verb=words.say("browsers.end-others-go")
                    pending=words.say("profile.moment")
                    cancel=words.say("profile.cancel")
                    action=EndOtherSessions::PATH
                />
            </div>
        }
    });
    let count = known.len();
    let known = (count > 0).then(|| {
        view! {
            <details class="accordion">
                <summary class="accordion__title">
                    {words.say_with("browsers.known", "count", &count.to_string())}
                    <Icon name="chevron" class="icon chevron" />
                </summary>
                <div class="accordion__body">
                    <p>{words.say("browsers.known-what")}</p>
                    <ul class="rows" role="list">
                        {known}
                    </ul>
                </div>
            </details>
        }
    });
    view! {
        <section class="card" aria-labelledby="browsers">
            <div class="card__head">
                <h2 id="browsers">{words.say("browsers.title")}</h2>
                <p>{words.say("browsers.what")}</p>
            </div>
            <ul class="rows" role="list">
                {rows}
            </ul>
            {others}
            {known}
        </section>
    }
}

fn session_row(words: &'static Words, session: OwnSession, now: Timestamp) -> impl IntoView + use<> {
    let OwnSession { id, browser, address, begun_at, last_seen, is_this } = session;
    let browser = browser_words(browser.as_str());
    let end = (!is_this).then(|| {
        view! {
            <form method="post" action=EndSession::PATH>
                <SessionField />
                <input type="hidden" name="ended" value=id.to_string() />
                <Button
                    label=words.say("browsers.end")
                    label_in_full=words.say_with("browsers.end-which", "browser", &browser)
                    pending=words.say("profile.moment")
                    rank="quiet"
                />
            </form>
        }
    });
    view! {
        <li class="rows__row">
            <div class="rows__what">
                <p class="session">
                    <Icon name="browser" />
                    <span>
                        <strong>{browser.clone()}</strong>
                        {is_this
                            .then(|| {
                                view! {
                                    " "
                                    <span class="badge">{words.say("browsers.this")}</span>
                                }
                            })}
                    </span>
                </p>
                <p class="setting__note">
                    {words.say("browsers.since")} " " <Moment at=begun_at now /> " · " {words.say("browsers.seen")} " "
                    <Moment at=last_seen now /> " · " {address.to_string()}
                </p>
            </div>
            {end}
        </li>
    }
}

fn known_row(words: &'static Words, browser: OwnBrowser, now: Timestamp) -> impl IntoView + use<> {
    let OwnBrowser { id, browser, last_used, is_this } = browser;
    let browser = browser_words(browser.as_str());
    view! {
        <li class="rows__row">
            <div class="rows__what">
                <p class="session">
                    <Icon name="browser" />
                    <span>
                        {browser.clone()}
                        {is_this
                            .then(|| {
                                view! {
                                    " "
                                    <span class="badge">{words.say("browsers.this")}</span>
                                }
                            })}
                    </span>
                </p>
                <p class="setting__note">{words.say("browsers.used")} " " <Moment at=last_used now /></p>
            </div>
            <form method="post" action=ForgetBrowser::PATH>
                <SessionField />
                <input type="hidden" name="browser" value=id.0 />
                <Button
                    label=words.say("browsers.forget")
                    label_in_full=words.say_with("browsers.forget-which", "browser", &browser)
                    pending=words.say("profile.moment")
                    rank="quiet"
                />
            </form>
        </li>
    }
}

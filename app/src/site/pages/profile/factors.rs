use domain::Timestamp;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{Mobile, OwnMobile, Profile, RecoveryCodes};

use crate::Words;
use crate::api::{AddMobile, BeginWizard, RemoveMobile, ReplaceCodes};
use crate::parts::{Button, Icon, Notice, Tone};
use crate::site::ask_first::AskFirst;
use crate::site::confirm::Confirm;
use crate::site::session_field::SessionField;
use crate::site::times::Moment;

/// The authenticator and the ways back in.
#[component]
pub(super) fn Factors(
    words: &'static Words,
    profile: Profile,
    /// Whether the organisation sends text messages.
    texts_on: bool,
    now: Timestamp,
) -> impl IntoView {
    let Profile { bound_at, codes_left, mobiles, held_until, .. } = profile;
    let held = held_until.map(|until| {
        view! { <p class="summary-list__note">{words.say("factors.held")} " " <Moment at=until now /></p> }
    });
    let few = (codes_left < 3).then(|| view! { <Notice tone=Tone::Warning title=words.say("factors.few-codes") /> });
    let none_back = codes_left == 0 && (mobiles.is_empty() || !texts_on);
    let off = (!texts_on).then(|| view! { <p class="setting__note">{words.say("problem.texts-off")}</p> });
    let add = (texts_on && mobiles.len() < Mobile::MOST).then(|| {
        view! {
            <form method="post" action=AddMobile::PATH>
                <SessionField />
                <Button label=words.say("factors.add-mobile") pending=words.say("profile.moment") rank="secondary" />
            </form>
        }
    });
    let left = words.say_all(
        "factors.codes-left",
        &[("count", &codes_left.to_string()), ("all", &RecoveryCodes::COUNT.to_string())],
    );
    view! {
        <section class="card" aria-labelledby="mfa">
            <h2 id="mfa">{words.say("factors.title")}</h2>
            <Notice tone=Tone::Success standing=true title=words.say("factors.protected") />
            {none_back
                .then(|| {
                    view! {
                        <Notice
                            tone=Tone::Warning
                            title=words.say("factors.no-way-back")
                            more=words.say("factors.no-way-back-more")
                        />
                    }
                })}
            <AskFirst back="/profile" />
            <div class="setting">
                <div class="setting__what">
                    <h3>{words.say("factors.app")}</h3>
                    <p class="setting__note">
                        {bound_at
                            .map(|at| {
                                view! {
                                    {words.say("factors.since")}
                                    " "
                                    <Moment at now />
                                }
                            })}
                    </p>
                </div>
                <a class="button button--secondary" href="/profile/authenticator">
                    <span class="button__label">{words.say("factors.replace")}</span>
                </a>
            </div>
            <div class="setting">
                <div class="setting__what">
                    <h3>{words.say("factors.codes")}</h3>
                    <p class="setting__note">{left}</p>
                    {(!none_back).then_some(few)}
                    {held}
                </div>
                <Confirm
                    id="new-codes"
                    label=words.say("factors.new-codes")
                    title=words.say("factors.new-codes-title")
                    what=words.say("factors.new-codes-what")
                    verb=words.say("factors.new-codes-go")
                    pending=words.say("profile.moment")
                    cancel=words.say("profile.cancel")
                    action=ReplaceCodes::PATH
                />
            </div>
            <div class="setting">
                <div class="setting__what">
                    <h3>{words.say("factors.mobiles")}</h3>
                    <p class="setting__note">{words.say("factors.mobiles-what")}</p>
                </div>
                {off}
                {add}
            </div>
            <MobileList words=words mobiles now />
        </section>
    }
}

#[component]
fn MobileList(words: &'static Words, mobiles: Vec<OwnMobile>, now: Timestamp) -> impl IntoView {
    if mobiles.is_empty() {
        return None;
    }
    let items = mobiles.into_iter().map(|OwnMobile { id, number, confirmed_at }| {
        // Its groups stay on one line.
        let number = number.replace(' ', "\u{a0}");
        view! {
            <li class="rows__row">
                <div class="rows__what">
                    <p class="session">
                        <Icon name="phone" />
                        {number.clone()}
                    </p>
                    <p class="setting__note">{words.say("factors.confirmed")} " " <Moment at=confirmed_at now /></p>
                </div>
                <Confirm
                    id=format!("remove-{id}")
                    label=words.say("factors.remove")
                    label_in_full=words.say_with("factors.remove-which", "number", &number)
                    class="button button--quiet"
                    title=words.say_with("factors.remove-title", "number", &number)
                    what=words.say("factors.remove-what")
                    verb=words.say("factors.remove")
                    pending=words.say("profile.moment")
                    cancel=words.say("profile.cancel")
                    action=RemoveMobile::PATH
                    field=Some(("mobile", id.to_string()))
                />
            </li>
        }
    });
    Some(view! {
        <ul class="rows" role="list">
            {items.collect_view()}
        </ul>
    })
}

/// The same place while there is no authenticator: here the wizard begins as well.
#[component]
pub(super) fn NotEnrolled(words: &'static Words) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="mfa">
            <h2 id="mfa">{words.say("factors.title")}</h2>
            <Notice tone=Tone::Warning title=words.say("enable.not-yet") more=words.say("enable.why") />
            <div class="actions">
                <Confirm
                    id="enable"
                    label=words.say("enable.go")
                    class="button button--primary"
                    title=words.say("enable.title")
                    what=words.say("enable.what")
                    verb=words.say("enable.ok")
                    pending=words.say("profile.moment")
                    cancel=words.say("profile.cancel")
                    action=BeginWizard::PATH
                />
            </div>
        </section>
    }
}

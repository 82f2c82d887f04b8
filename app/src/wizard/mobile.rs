use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::countdown::Countdown;
use super::island::Stage;
use super::{CountryChoice, WizardProblem};
use crate::api::{ChangeNumber, ConfirmMobile, FinishWizard, SkipMobile, TextAgain, TextMobile};
use crate::live::live;
use crate::parts::{Button, CodeField, FieldError, Hint, Icon, Notice, Tone, described_by};

/// Step 5: a mobile that can be sent a code when the authenticator is lost.
pub(super) fn add_mobile(
    stage: Stage,
    countries: Vec<CountryChoice>,
    country: &str,
    mobile: String,
    problem: Option<WizardProblem>,
) -> impl IntoView {
    let options = countries
        .into_iter()
        .map(|CountryChoice { code, label }| {
            let selected = code == country;
            view! {
                <option value=code selected=selected>
                    {label}
                </option>
            }
        })
        .collect_view();
    let error = problem.and_then(|problem| problem.mends("mobile")).map(|key| stage.say(key));
    let (described, invalid) = (described_by("mobile", true, error.is_some()), error.is_some().then_some("true"));
    view! {
        <div class="card__head">
            <h1 tabindex="-1" node_ref=stage.heading>
                {stage.say("mobile.title")}
            </h1>
            <p>{stage.say("mobile.why")}</p>
        </div>
        <form class="form" method="post" action=TextMobile::PATH novalidate on:submit=move |event| stage.post(&event)>
            <div class="field">
                <label class="field__label" for="country">
                    {stage.say("mobile.country")}
                </label>
                <select class="input" id="country" name="country" autocomplete="country">
                    {options}
                </select>
            </div>
            <div class="field">
                <label class="field__label" for="mobile">
                    {stage.say("mobile.number")}
                </label>
                <Hint field="mobile" text=Some(stage.say("mobile.hint")) />
                <input
                    class="input"
                    id="mobile"
                    name="mobile"
                    type="tel"
                    inputmode="tel"
                    autocomplete="tel"
                    aria-describedby=described
                    aria-invalid=invalid
                    value=mobile
                    required
                />
                <FieldError field="mobile" text=error />
            </div>
            <div class="actions">
                <Button label=stage.say("mobile.go") pending=stage.say("mobile.sending") busy=stage.busy />
            </div>
        </form>
        {skip(stage)}
    }
}

/// Step 6: the code from the text message.
pub(super) fn confirm_mobile(
    stage: Stage,
    to: Option<String>,
    again_in_ms: u64,
    problem: Option<WizardProblem>,
) -> impl IntoView {
    let error = problem.and_then(|problem| problem.mends("code")).map(|key| stage.say(key));
    let hint = to.map(|to| stage.say_with("text.hint", "number", &to));
    let form = hint.map(|hint| {
        view! {
            <form
                class="form"
                method="post"
                action=ConfirmMobile::PATH
                novalidate
                on:submit=move |event| stage.post(&event)
            >
                <CodeField label=stage.say("text.code") hint error />
                <div class="actions">
                    <Button label=stage.say("text.go") pending=stage.say("checking") busy=stage.busy />
                </div>
            </form>
        }
    });
    view! {
        <div class="card__head">
            <h1 tabindex="-1" node_ref=stage.heading>
                {stage.say("text.title")}
            </h1>
        </div>
        {live(stage.news)}
        {form}
        <div class="card__foot">
            <Countdown
                from_ms=again_in_ms
                full_s=again_in_ms.div_ceil(1000).max(1)
                before=stage.say("text.again-before")
                after=stage.say("next.countdown-after")
                over=stage.say("text.again-over")
            />
            <div class="actions actions--row">
                <form method="post" action=TextAgain::PATH on:submit=move |event| stage.post(&event)>
                    <Button label=stage.say("text.again") pending=stage.say("mobile.sending") rank="secondary" />
                </form>
                <form method="post" action=ChangeNumber::PATH on:submit=move |event| stage.post(&event)>
                    <Button label=stage.say("text.change") pending=stage.say("moment") rank="secondary" />
                </form>
            </div>
        </div>
        {skip(stage)}
    }
}

/// Without a mobile it goes on too, and that costs something.
fn skip(stage: Stage) -> impl IntoView {
    view! {
        <form class="card__foot" method="post" action=SkipMobile::PATH on:submit=move |event| stage.post(&event)>
            <p>{stage.say("mobile.skip-cost")}</p>
            <div class="actions">
                <Button label=stage.say("mobile.skip") pending=stage.say("moment") rank="quiet" />
            </div>
        </form>
    }
}

/// Step 7: what was set up, and into the app.
pub(super) fn done(stage: Stage, codes: usize, mobiles: usize) -> impl IntoView {
    let ways = [
        ("done.app", 1),
        (if codes == 1 { "done.code.one" } else { "done.code.other" }, codes),
        (if mobiles == 1 { "done.mobile.one" } else { "done.mobile.other" }, mobiles),
    ];
    let items = ways.into_iter().filter(|(_, count)| *count > 0).map(|(key, count)| {
        view! {
            <li>
                <Icon name="success" />
                {stage.say_with(key, "count", &count.to_string())}
            </li>
        }
    });
    let alone = (codes == 0 && mobiles == 0).then(|| {
        view! { <Notice tone=Tone::Warning title=stage.say("done.no-way-back") /> }
    });
    view! {
        <div class="card__head">
            <h1 tabindex="-1" node_ref=stage.heading>
                {stage.say("done.title")}
            </h1>
            <p>{stage.say("introduction.afterwards")}</p>
        </div>
        <ul class="ticks" role="list">
            {items.collect_view()}
        </ul>
        {alone}
        <form class="actions" method="post" action=FinishWizard::PATH on:submit=move |event| stage.post(&event)>
            <Button label=stage.say("done.go") pending=stage.say("moment") busy=stage.busy />
        </form>
    }
}

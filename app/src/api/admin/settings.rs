use leptos::prelude::*;

use super::AdminProblem;
use crate::Problem;

/// Changes how often a code is asked for.
#[server(prefix = "/api", endpoint = "admin/setting")]
pub async fn change_setting(
    /// The new setting, in seconds.
    window: String,
    /// The setting whose consequences the page has said, in seconds.
    #[server(default)]
    seen: String,
) -> Result<(), Problem<AdminProblem>> {
    use domain::MfaWindow;
    use verifier::{Actor, SettingVerdict};

    use super::AdminDone;
    use crate::site::{Call, Outcome, Typed};

    const PAGE: &str = "/admin/employees/preferences";
    let call = Call::here()?;
    let proof = call.fresh()?;
    let chosen = MfaWindow::CHOICES.into_iter().find(|choice| choice.seconds().to_string() == window);
    let Some(chosen) = chosen else { return call.refuse(PAGE, AdminProblem::Choice, Typed::default()) };
    let present = proof.admission().signed_in().person.account.record.mfa_window;
    if seen != window && chosen != present {
        return call.refuse(&format!("{PAGE}?window={window}"), AdminProblem::Unseen, Typed::default());
    }
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let done = match call.administered(PAGE, call.verifier().change_setting(actor, chosen).await)? {
        SettingVerdict::Saved => AdminDone::SettingSaved,
        SettingVerdict::AsItWas => AdminDone::AsItWas,
    };
    call.go_with(PAGE, Outcome::Administered(done));
    Ok(())
}

/// Changes what holds for text messages.
#[server(prefix = "/api", endpoint = "admin/texts")]
pub async fn change_texts(
    /// Set if any may be sent.
    #[server(default)]
    on: String,
    /// To numbers of which countries, two letters each.
    #[server(default)]
    countries: Vec<String>,
    /// How many a day.
    daily: String,
) -> Result<(), Problem<AdminProblem>> {
    use std::collections::BTreeSet;

    use domain::Country;
    use verifier::{Actor, TextSetting, TextsVerdict};

    use super::AdminDone;
    use crate::site::{Call, Outcome, Typed};

    const PAGE: &str = "/admin/employees/preferences";
    let call = Call::here()?;
    let proof = call.fresh()?;
    let mut typed = Typed::default().with("daily", &daily).with("countries", &countries.join(" "));
    if !on.is_empty() {
        typed = typed.with("on", &on);
    }
    let parsed: Result<BTreeSet<Country>, _> = countries.iter().map(|country| country.parse()).collect();
    let Ok(countries) = parsed else { return call.refuse(PAGE, AdminProblem::Choice, Typed::default()) };
    let Ok(daily) = daily.trim().parse::<u32>() else {
        return call.refuse(PAGE, AdminProblem::Daily, typed);
    };
    let setting = TextSetting { on: !on.is_empty(), countries, daily };
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let done = match call.administered(PAGE, call.verifier().change_texts(actor, &setting).await)? {
        TextsVerdict::Saved => AdminDone::TextsSaved,
        TextsVerdict::AsItWas => AdminDone::AsItWas,
        TextsVerdict::Nowhere => return call.refuse(PAGE, AdminProblem::Nowhere, typed),
        TextsVerdict::TooMany => return call.refuse(PAGE, AdminProblem::Daily, typed),
    };
    call.go_with(PAGE, Outcome::Administered(done));
    Ok(())
}

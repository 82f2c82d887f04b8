use leptos::prelude::*;

use super::ProfileProblem;
use crate::Problem;

/// Signs out another browser.
#[server(prefix = "/api", endpoint = "profile/end-session")]
pub async fn end_session(
    /// Which.
    ended: String,
) -> Result<(), Problem<ProfileProblem>> {
    use domain::SessionId;
    use verifier::EndVerdict;

    use crate::api::ProfileDone;
    use crate::site::{Call, Outcome, Typed};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let refuse = |problem| call.refuse("/profile", problem, Typed::default());
    let Ok(ended) = ended.parse::<SessionId>() else { return refuse(ProfileProblem::Gone) };
    match call.own("/profile", call.verifier().end_session(&proof, &ended, call.claimant()).await)? {
        EndVerdict::Ended => {
            call.go_with("/profile", Outcome::Done(ProfileDone::SessionEnded));
            Ok(())
        }
        EndVerdict::NoSuchSession => refuse(ProfileProblem::Gone),
        EndVerdict::ThisOne => refuse(ProfileProblem::ThisSession),
    }
}

/// Signs out all other browsers.
#[server(prefix = "/api", endpoint = "profile/end-others")]
pub async fn end_other_sessions() -> Result<(), Problem<ProfileProblem>> {
    use crate::api::ProfileDone;
    use crate::site::{Call, Outcome};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let count = call.own("/profile", call.verifier().end_other_sessions(&proof, call.claimant()).await)?;
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    call.go_with("/profile", Outcome::Done(ProfileDone::OthersEnded { count }));
    Ok(())
}

/// Makes a known browser a stranger.
#[server(prefix = "/api", endpoint = "profile/forget-browser")]
pub async fn forget_browser(
    /// Which.
    browser: String,
) -> Result<(), Problem<ProfileProblem>> {
    use verifier::{ForgetVerdict, KnownBrowserId};

    use crate::api::ProfileDone;
    use crate::site::{Call, Outcome, Typed};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let verdict = call.verifier().forget_browser(&proof, &KnownBrowserId(browser), call.claimant()).await;
    match call.own("/profile", verdict)? {
        ForgetVerdict::Forgotten => {
            call.go_with("/profile", Outcome::Done(ProfileDone::BrowserForgotten));
            Ok(())
        }
        ForgetVerdict::NoSuchBrowser => call.refuse("/profile", ProfileProblem::Gone, Typed::default()),
    }
}

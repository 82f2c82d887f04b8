use leptos::prelude::*;

use crate::Problem;

/// Ends this browser's session, whatever it amounts to.
#[server(prefix = "/api", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), Problem<()>> {
    use crate::site::{Call, Outcome};

    let call = Call::here()?;
    if let Some(token) = call.token() {
        let ended = call.verifier().sign_out(token, call.claimant()).await;
        call.available(ended)?;
    }
    call.forget_session();
    call.clear_cache();
    call.go_with("/sign-in", Outcome::SignedOut);
    Ok(())
}

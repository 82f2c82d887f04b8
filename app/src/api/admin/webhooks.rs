use leptos::prelude::*;

use super::AdminProblem;
use crate::Problem;

/// The page to which everything that is done to webhooks leads back.
#[cfg(feature = "ssr")]
const PAGE: &str = "/admin/app-center/webhooks";

/// What is done to one webhook: read which, ask the verifier, and lead to what it answers.
#[cfg(feature = "ssr")]
async fn change(
    webhook: &str,
    done: super::AdminDone,
    ask: impl AsyncFnOnce(
        &verifier::Verifier,
        verifier::Actor<'_>,
        &domain::WebhookId,
    ) -> verifier::Administered<verifier::WebhookVerdict>,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::Actor;

    use crate::site::{Call, Typed};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let Ok(webhook) = webhook.parse::<domain::WebhookId>() else {
        return call.refuse(PAGE, AdminProblem::NoSuchWebhook, Typed::default());
    };
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let verdict = call.administered(PAGE, ask(call.verifier(), actor, &webhook).await)?;
    answer(&call, verdict, done, Typed::default())
}

#[cfg(feature = "ssr")]
fn answer(
    call: &crate::site::Call,
    verdict: verifier::WebhookVerdict,
    done: super::AdminDone,
    typed: crate::site::Typed,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::WebhookVerdict;

    use super::AdminDone;
    use crate::site::Outcome;

    let done = match verdict {
        WebhookVerdict::Done(_) => done,
        WebhookVerdict::AsItWas => AdminDone::AsItWas,
        WebhookVerdict::NoSuchWebhook => return call.refuse(PAGE, AdminProblem::NoSuchWebhook, typed),
        WebhookVerdict::TooMany => return call.refuse(PAGE, AdminProblem::TooManyWebhooks, typed),
        WebhookVerdict::Known => return call.refuse(PAGE, AdminProblem::WebhookKnown, typed),
        WebhookVerdict::Off => return call.refuse(PAGE, AdminProblem::WebhookOff, typed),
        WebhookVerdict::Wait { wait } => {
            let seconds = wait.as_secs().max(1);
            return call.refuse(PAGE, AdminProblem::Wait { seconds }, typed);
        }
    };
    call.go_with(PAGE, Outcome::Administered(done));
    Ok(())
}

/// Lets what happens in the account be posted to an address.
#[server(prefix = "/api", endpoint = "admin/add-webhook")]
pub async fn add_webhook(
    /// The address.
    url: String,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::{Actor, WebhookUrl, WebhookUrlError};

    use super::AdminDone;
    use crate::site::{Call, Typed};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let typed = Typed::default().with("url", &url);
    let parsed = match WebhookUrl::parse(&url, call.private_hosts()) {
        Ok(parsed) => parsed,
        Err(WebhookUrlError::Malformed) => return call.refuse(PAGE, AdminProblem::WebhookAddress, typed),
        Err(WebhookUrlError::Private) => return call.refuse(PAGE, AdminProblem::WebhookPrivate, typed),
    };
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let verdict = call.administered(PAGE, call.verifier().add_webhook(actor, &parsed).await)?;
    answer(&call, verdict, AdminDone::WebhookAdded, typed)
}

/// Forgets a webhook.
#[server(prefix = "/api", endpoint = "admin/remove-webhook")]
pub async fn remove_webhook(
    /// Which.
    webhook: String,
) -> Result<(), Problem<AdminProblem>> {
    use super::AdminDone;

    change(&webhook, AdminDone::WebhookRemoved, async |verifier, actor, id| verifier.remove_webhook(actor, id).await)
        .await
}

/// Turns on a webhook that was turned off by itself.
#[server(prefix = "/api", endpoint = "admin/resume-webhook")]
pub async fn resume_webhook(
    /// Which.
    webhook: String,
) -> Result<(), Problem<AdminProblem>> {
    use super::AdminDone;

    change(&webhook, AdminDone::WebhookResumed, async |verifier, actor, id| verifier.resume_webhook(actor, id).await)
        .await
}

/// Has a test posted to a webhook.
#[server(prefix = "/api", endpoint = "admin/test-webhook")]
pub async fn test_webhook(
    /// Which.
    webhook: String,
) -> Result<(), Problem<AdminProblem>> {
    use super::AdminDone;

    change(&webhook, AdminDone::WebhookTested, async |verifier, actor, id| verifier.test_webhook(actor, id).await).await
}

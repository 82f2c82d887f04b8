use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use verifier::{Clock, Store, Verifier};

use crate::stopping::Stopping;

/// How often what has expired is deleted. Whether something still serves is decided when it is read; this only keeps
/// the database from growing.
const EVERY: Duration = Duration::from_mins(10);

/// Deletes what has expired, now and then, until it is time to stop.
pub async fn run(store: Arc<dyn Store>, clock: Arc<dyn Clock>, mut stopping: Stopping) {
    loop {
        if let Err(error) = store.sweep(clock.now()).await {
            tracing::error!(error = &error as &dyn std::error::Error, "what has expired was not deleted");
        }
        tokio::select! {
            () = stopping.wait() => return,
            () = sleep(EVERY) => {}
        }
    }
}

/// How often it is looked for sign-ins that stopped at the code.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Tells people that somebody knows their password, until it is time to stop.
pub async fn warn(verifier: Arc<Verifier>, mut stopping: Stopping) {
    loop {
        if let Err(error) = verifier.warn_of_stalled_sign_ins().await {
            tracing::error!(error = &error as &dyn std::error::Error, "sign-ins that stopped were not told");
        }
        tokio::select! {
            () = stopping.wait() => return,
            () = sleep(LOOK_EVERY) => {}
        }
    }
}

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use verifier::{Clock, Store};

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

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use verifier::Store;

use crate::shared::Shared;

/// How long a load balancer waits at most to hear whether we are ready.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether the process is up: it answered.
pub async fn healthz() -> &'static str {
    "up\n"
}

/// Whether requests can be served: the store answers a read in time.
pub async fn readyz(State(shared): State<Shared>) -> (StatusCode, &'static str) {
    readiness(&*shared.store).await
}

async fn readiness(store: &dyn Store) -> (StatusCode, &'static str) {
    match tokio::time::timeout(PATIENCE, store.is_empty()).await {
        Ok(Ok(_)) => (StatusCode::OK, "ready\n"),
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database fails\n")
        }
        Err(_) => {
            tracing::error!("not ready: the database did not answer within a second");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}

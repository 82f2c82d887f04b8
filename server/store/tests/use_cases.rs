//! What people do with Stepgate and what they must not be able to do, on the two embedded engines.
#![expect(clippy::unwrap_used, reason = "what a test takes for granted fails it when it is not so")]

use std::sync::Arc;

use store::SurrealStore;
use verifier::Store;

mod in_memory {
    use super::*;

    async fn open() -> (Arc<dyn Store>, ()) {
        (Arc::new(SurrealStore::open("mem://").await.unwrap()), ())
    }

    verifier::use_cases!(open());
}

mod on_disk {
    use tempfile::TempDir;

    use super::*;

    async fn open() -> (Arc<dyn Store>, TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("surrealkv://{}", directory.path().join("db").display());
        (Arc::new(SurrealStore::open(&url).await.unwrap()), directory)
    }

    verifier::use_cases!(open());
}

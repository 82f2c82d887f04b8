//! What people do with Stepgate and what they must not be able to do, on the database in memory.
#![expect(clippy::unwrap_used, reason = "what a test takes for granted fails it when it is not so")]

use std::sync::Arc;

use store::SurrealStore;
use verifier::Store;

async fn open() -> (Arc<dyn Store>, ()) {
    (Arc::new(SurrealStore::open("mem://").await.unwrap()), ())
}

verifier::use_cases!(open());

use domain::Timestamp;
use surrealdb::types::{Value, vars};
use verifier::Unavailable;

use crate::database::{Database, Failure};

const SESSIONS: &str = "
DELETE (SELECT VALUE id FROM session WHERE expires_at < $now LIMIT $most) RETURN BEFORE";
const LINKS: &str = "
DELETE (SELECT VALUE id FROM link WHERE expires_at < $now LIMIT $most) RETURN BEFORE";
const ATTEMPTS: &str = "
DELETE (SELECT VALUE id FROM attempts WHERE expires_at < $now LIMIT $most) RETURN BEFORE";

const TALLIES: &str = "
DELETE (SELECT VALUE id FROM tally WHERE expires_at < $now LIMIT $most) RETURN BEFORE";

/// Rows of one transaction: small ones, since a long one would collide with whoever writes one of its rows.
const BATCH: usize = 200;

/// Deletes what has expired before `now`. A row that others are writing is left for the next time.
pub(crate) async fn sweep(database: &Database, now: Timestamp) -> Result<(), Unavailable> {
    const DOING: &str = "deleting what has expired";
    for query in [SESSIONS, LINKS, ATTEMPTS, TALLIES] {
        let mut deleted = BATCH;
        while deleted == BATCH {
            deleted = match database.run(query, vars! { now: now.millis(), most: BATCH }).await {
                Ok(mut answer) => {
                    let rows: Vec<Value> = answer.take(0).map_err(|error| Unavailable::store(DOING, error))?;
                    rows.len()
                }
                Err(Failure::Conflict) => 0,
                Err(failure @ Failure::Database(_)) => return Err(failure.while_doing(DOING)),
            };
        }
    }
    Ok(())
}

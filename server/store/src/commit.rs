use serde::Serialize;
use surrealdb::types::{Object, Variables};
use verifier::{Commit, CommitError, Expected, Unavailable};

use crate::database::{Database, Failure};
use crate::{chain, credential, event, link, message, session, versioned};

/// Writes all of it or nothing: one query string, made of the parts that have something to write, in one transaction.
pub(crate) async fn commit(database: &Database, commit: Commit) -> Result<(), CommitError> {
    let mut values = Variables::new();
    let mut query = String::from("BEGIN;");
    let spent_links: Vec<_> = commit.spent_links.iter().map(link::id).collect();
    if !spent_links.is_empty() {
        query.push_str(link::SPEND);
        values.insert("spent_links", spent_links);
    }
    if !commit.void_links.is_empty() {
        query.push_str(link::VOID);
        values.insert("void_links", commit.void_links);
    }
    let records = [
        versioned::changes(&commit.accounts)?,
        versioned::changes(&commit.attempts)?,
        versioned::changes(&commit.tallies)?,
        versioned::changes(&commit.webhooks)?,
    ];
    let parts: [(&str, &str, Vec<Object>); 9] = [
        (credential::WRITE, "credentials", credential::changes(&commit.credentials)?),
        (versioned::WRITE, "records", records.concat()),
        (credential::REMOVE, "removals", credential::removals(&commit.removals)),
        (link::ISSUE, "links", link::new_rows(&commit.links)?),
        (session::CHANGE, "sessions", session::changes(&commit.sessions)?),
        (event::RECORD, "events", event::new_rows(&commit.events)?),
        (message::QUEUE, "messages", message::new_rows(&commit.messages)?),
        (message::GIVE_UP, "given_up", message::given_up(&commit.given_up)),
        (chain::STEP, "chains", chain::steps(&commit.chains)?),
    ];
    for (part, name, rows) in parts {
        if !rows.is_empty() {
            query.push_str(part);
            values.insert(name, rows);
        }
    }
    if values.is_empty() {
        return Ok(());
    }
    query.push_str("\nCOMMIT;");
    database.run(query, values).await.map(|_| ()).map_err(Failure::of_commit)
}

/// The version a row must have; none if there must be no row.
pub(crate) fn expected(expected: Expected) -> Option<i64> {
    match expected {
        Expected::Absent => None,
        // A version beyond what the column holds is one that no row has.
        Expected::Version(version) => Some(i64::try_from(version).unwrap_or(-1)),
    }
}

/// The version a row has after it was written.
pub(crate) fn next(expected: Expected) -> i64 {
    self::expected(expected).map_or(1, |version| version.saturating_add(1))
}

/// The JSON of a record.
pub(crate) fn body_of<T: Serialize>(record: &T) -> Result<String, Unavailable> {
    serde_json::to_string(record).map_err(|error| Unavailable::store("writing a record as JSON", error))
}

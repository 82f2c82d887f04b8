use surrealdb::types::{Object, RecordId, Value, object, vars};
use verifier::{Change, Tally, TallyKey, Unavailable, Versioned};

use crate::CorruptRow;
use crate::commit::{body_of, expected, next};
use crate::database::Database;
use crate::row::Row;

const TABLE: &str = "tally";

const BY_ID: &str = "SELECT id, version, body FROM $id";

pub(crate) const WRITE: &str = "
FOR $change IN $tallies {
    LET $id = $change.id;
    IF $change.expected = NONE {
        CREATE $id CONTENT $change.row RETURN NONE;
    } ELSE {
        LET $held = UPDATE $id CONTENT $change.row WHERE version = $change.expected RETURN id;
        IF array::is_empty($held) { THROW 'conflict' };
    };
};";

fn id(key: &TallyKey) -> RecordId {
    RecordId::new(TABLE, key.0.as_str())
}

pub(crate) async fn load(database: &Database, key: &TallyKey) -> Result<Option<Versioned<Tally>>, Unavailable> {
    database.one("loading a count", TABLE, BY_ID, vars! { id: id(key) }).await
}

/// What [`WRITE`] needs to know.
pub(crate) fn changes(changes: &[Change<Tally>]) -> Result<Vec<Object>, Unavailable> {
    let change = |change: &Change<Tally>| {
        let row = object! {
            version: next(change.expected),
            expires_at: change.record.expires_at.millis(),
            body: body_of(&change.record)?,
        };
        Ok(object! { id: id(&change.record.key), expected: expected(change.expected), row: Value::Object(row) })
    };
    changes.iter().map(change).collect()
}

impl TryFrom<Row> for Versioned<Tally> {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        let record = row.record(|record: &Tally| record.key.0.as_str())?;
        Ok(Self { version: row.version()?, record })
    }
}

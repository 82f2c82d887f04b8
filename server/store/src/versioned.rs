//! Records that are held as JSON in a row of their own, and written by compare-and-set.

use serde::Serialize;
use serde::de::DeserializeOwned;
use surrealdb::types::{Object, RecordId, Value, object, vars};
use verifier::{Change, PasswordAttempts, Tally, Unavailable, Versioned, Webhooks};

use crate::CorruptRow;
use crate::commit::{body_of, expected, next};
use crate::database::Database;
use crate::row::{Row, rows_after};

/// A record that has a row.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// Where its row is.
    const TABLE: &'static str;

    /// What its row is called.
    fn key(&self) -> &str;

    /// What its row has beside its version and itself: what it is found by.
    fn columns(&self) -> Object {
        Object::default()
    }
}

const BY_ID: &str = "SELECT id, version, body FROM $id";
const AFTER: &str = "SELECT id, version, body FROM $range LIMIT $most";

/// `CREATE` fails if the row is there, and `UPDATE` finds none at another version.
pub(crate) const WRITE: &str = "
FOR $change IN $records {
    LET $id = $change.id;
    IF $change.expected = NONE {
        CREATE $id CONTENT $change.row RETURN NONE;
    } ELSE {
        LET $held = UPDATE $id CONTENT $change.row WHERE version = $change.expected RETURN id;
        IF array::is_empty($held) { THROW 'conflict' };
    };
};";

pub(crate) fn id<T: Record>(key: &str) -> RecordId {
    RecordId::new(T::TABLE, key)
}

pub(crate) async fn load<T: Record>(
    database: &Database,
    doing: &'static str,
    key: &str,
) -> Result<Option<Versioned<T>>, Unavailable> {
    database.one(doing, T::TABLE, BY_ID, vars! { id: id::<T>(key) }).await
}

/// Those whose rows come after that of this name, in the order of their names.
pub(crate) async fn after<T: Record>(
    database: &Database,
    doing: &'static str,
    key: Option<&str>,
    most: u32,
) -> Result<Vec<Versioned<T>>, Unavailable> {
    let values = vars! { range: rows_after(T::TABLE, key), most: i64::from(most) };
    database.all(doing, T::TABLE, AFTER, values).await
}

/// What a statement needs to write one record.
pub(crate) fn change<T: Record>(change: &Change<T>) -> Result<Object, Unavailable> {
    let record = &change.record;
    let mut row = record.columns();
    row.insert("version", next(change.expected));
    row.insert("body", body_of(record)?);
    Ok(object! { id: id::<T>(record.key()), expected: expected(change.expected), row: Value::Object(row) })
}

/// What [`WRITE`] needs to know of records of one kind.
pub(crate) fn changes<T: Record>(changes: &[Change<T>]) -> Result<Vec<Object>, Unavailable> {
    changes.iter().map(change).collect()
}

impl<T: Record> TryFrom<Row> for Versioned<T> {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        Ok(Self { version: row.version()?, record: row.record(T::key)? })
    }
}

impl Record for PasswordAttempts {
    const TABLE: &'static str = "attempts";

    fn key(&self) -> &str {
        self.key.0.as_str()
    }

    fn columns(&self) -> Object {
        object! { expires_at: self.expires_at.millis() }
    }
}

impl Record for Tally {
    const TABLE: &'static str = "tally";

    fn key(&self) -> &str {
        self.key.0.as_str()
    }

    fn columns(&self) -> Object {
        object! { expires_at: self.expires_at.millis() }
    }
}

impl Record for Webhooks {
    const TABLE: &'static str = "webhooks";

    fn key(&self) -> &str {
        self.account.as_str()
    }
}

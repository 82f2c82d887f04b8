use domain::AccountId;
use surrealdb::types::{Object, RecordId, Value, object, vars};
use verifier::{Change, Unavailable, Versioned, Webhooks};

use crate::CorruptRow;
use crate::commit::{body_of, expected, next};
use crate::database::Database;
use crate::row::{Row, rows_after};

const TABLE: &str = "webhooks";

const BY_ID: &str = "SELECT id, version, body FROM $id";
const AFTER: &str = "SELECT id, version, body FROM $range LIMIT $most";

pub(crate) const WRITE: &str = "
FOR $change IN $webhooks {
    LET $id = $change.id;
    IF $change.expected = NONE {
        CREATE $id CONTENT $change.row RETURN NONE;
    } ELSE {
        LET $held = UPDATE $id CONTENT $change.row WHERE version = $change.expected RETURN id;
        IF array::is_empty($held) { THROW 'conflict' };
    };
};";

fn id(account: &AccountId) -> RecordId {
    RecordId::new(TABLE, account.as_str())
}

pub(crate) async fn load(database: &Database, account: &AccountId) -> Result<Option<Versioned<Webhooks>>, Unavailable> {
    database.one("loading webhooks", TABLE, BY_ID, vars! { id: id(account) }).await
}

pub(crate) async fn after(
    database: &Database,
    after: Option<&AccountId>,
    most: u32,
) -> Result<Vec<Versioned<Webhooks>>, Unavailable> {
    let values = vars! { range: rows_after(TABLE, after.map(AccountId::as_str)), most: i64::from(most) };
    database.all("paging through webhooks", TABLE, AFTER, values).await
}

/// What [`WRITE`] needs to know.
pub(crate) fn changes(changes: &[Change<Webhooks>]) -> Result<Vec<Object>, Unavailable> {
    let change = |change: &Change<Webhooks>| {
        let row = object! { version: next(change.expected), body: body_of(&change.record)? };
        Ok(object! { id: id(&change.record.account), expected: expected(change.expected), row: Value::Object(row) })
    };
    changes.iter().map(change).collect()
}

impl TryFrom<Row> for Versioned<Webhooks> {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        let record = row.record(|record: &Webhooks| record.account.as_str())?;
        Ok(Self { version: row.version()?, record })
    }
}

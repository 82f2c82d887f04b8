use domain::AccountId;
use surrealdb::types::{Object, RecordId, Value, Variables, object, vars};
use verifier::{AccountRecord, Change, Unavailable, Versioned};

use crate::CorruptRow;
use crate::commit::{body_of, expected, next};
use crate::database::Database;
use crate::row::{Row, rows_after};

pub(crate) const TABLE: &str = "account";

const BY_ID: &str = "SELECT id, version, body FROM $id";
const AFTER: &str = "SELECT id FROM $range LIMIT $most";
const ANY: &str = "SELECT id FROM account LIMIT 1";

pub(crate) const WRITE: &str = "
FOR $change IN $accounts {
    LET $id = $change.id;
    IF $change.expected = NONE {
        CREATE $id CONTENT $change.row RETURN NONE;
    } ELSE {
        LET $held = UPDATE $id CONTENT $change.row WHERE version = $change.expected RETURN id;
        IF array::is_empty($held) { THROW 'conflict' };
    };
};";

pub(crate) fn id(account: &AccountId) -> RecordId {
    RecordId::new(TABLE, account.as_str())
}

pub(crate) async fn load(
    database: &Database,
    account: &AccountId,
) -> Result<Option<Versioned<AccountRecord>>, Unavailable> {
    database.one("loading an account", TABLE, BY_ID, vars! { id: id(account) }).await
}

pub(crate) async fn exists(database: &Database) -> Result<bool, Unavailable> {
    let rows = database.rows("looking for accounts", TABLE, ANY, Variables::new()).await?;
    Ok(!rows.is_empty())
}

pub(crate) async fn after(
    database: &Database,
    after: Option<&AccountId>,
    most: u32,
) -> Result<Vec<AccountId>, Unavailable> {
    const DOING: &str = "paging through accounts";
    let values = vars! { range: rows_after(TABLE, after.map(AccountId::as_str)), most: i64::from(most) };
    let rows = database.rows(DOING, TABLE, AFTER, values).await?;
    let id = |row: &Row| row.id().parse().map_err(|_| row.wrong_type("id", "an account"));
    let ids: Result<_, CorruptRow> = rows.iter().map(id).collect();
    ids.map_err(|error| Unavailable::store(DOING, error))
}

/// What [`WRITE`] needs to know.
pub(crate) fn changes(changes: &[Change<AccountRecord>]) -> Result<Vec<Object>, Unavailable> {
    let change = |change: &Change<AccountRecord>| {
        let row = object! { version: next(change.expected), body: body_of(&change.record)? };
        Ok(object! { id: id(&change.record.id), expected: expected(change.expected), row: Value::Object(row) })
    };
    changes.iter().map(change).collect()
}

impl TryFrom<Row> for Versioned<AccountRecord> {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        let record = row.record(|record: &AccountRecord| record.id.as_str())?;
        Ok(Self { version: row.version()?, record })
    }
}

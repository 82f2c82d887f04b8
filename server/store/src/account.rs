use domain::AccountId;
use surrealdb::types::{RecordId, Variables, vars};
use verifier::{AccountRecord, Unavailable};

use crate::CorruptRow;
use crate::database::Database;
use crate::row::{Row, rows_after};
use crate::versioned::Record;

pub(crate) const TABLE: &str = "account";

const AFTER: &str = "SELECT id FROM $range LIMIT $most";
const ANY: &str = "SELECT id FROM account LIMIT 1";

pub(crate) fn id(account: &AccountId) -> RecordId {
    RecordId::new(TABLE, account.as_str())
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

impl Record for AccountRecord {
    const TABLE: &'static str = TABLE;

    fn key(&self) -> &str {
        self.id.as_str()
    }
}

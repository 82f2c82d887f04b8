use surrealdb::types::{Object, RecordId, Value, object, vars};
use verifier::{Link, TokenHash, Unavailable};

use crate::CorruptRow;
use crate::commit::body_of;
use crate::database::Database;
use crate::row::Row;

const TABLE: &str = "link";

const BY_TOKEN: &str = "SELECT id, body FROM $id";

/// Spending deletes the row, so that two who spend it at once collide there.
pub(crate) const SPEND: &str = "
FOR $id IN $spent_links {
    IF array::is_empty(DELETE $id RETURN BEFORE) { THROW 'conflict' };
};";

pub(crate) const VOID: &str = "
DELETE link WHERE slot IN $void_links RETURN NONE;";

/// The unique index of slots is what two links issued for one slot at once collide at.
pub(crate) const ISSUE: &str = "
FOR $link IN $links {
    LET $id = $link.id;
    DELETE link WHERE slot = $link.row.slot RETURN NONE;
    CREATE $id CONTENT $link.row RETURN NONE;
};";

pub(crate) fn id(token: &TokenHash) -> RecordId {
    RecordId::new(TABLE, token.as_str())
}

pub(crate) async fn find(database: &Database, token: &TokenHash) -> Result<Option<Link>, Unavailable> {
    database.one("finding a link", TABLE, BY_TOKEN, vars! { id: id(token) }).await
}

/// What [`ISSUE`] needs to know.
pub(crate) fn new_rows(links: &[Link]) -> Result<Vec<Object>, Unavailable> {
    let new_row = |link: &Link| {
        let row = object! {
            slot: link.purpose.slot(),
            expires_at: link.expires_at.millis(),
            body: body_of(link)?,
        };
        Ok(object! { id: id(&link.token), row: Value::Object(row) })
    };
    links.iter().map(new_row).collect()
}

impl TryFrom<Row> for Link {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        row.record(|link: &Self| link.token.as_str())
    }
}

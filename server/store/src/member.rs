use domain::{AccountId, UserId};
use surrealdb::types::{Object, RecordId, object, vars};
use verifier::{Member, Unavailable};

use crate::commit::body_of;
use crate::database::Database;
use crate::row::Row;
use crate::{CorruptRow, account};

const TABLE: &str = "member";

const OF_ACCOUNT: &str = "SELECT id, email, body FROM member WHERE account = $account ORDER BY email";

pub(crate) fn id(user: &UserId) -> RecordId {
    RecordId::new(TABLE, user.as_str())
}

pub(crate) async fn of_account(database: &Database, account: &AccountId) -> Result<Vec<Member>, Unavailable> {
    database.all("listing users", TABLE, OF_ACCOUNT, vars! { account: account::id(account) }).await
}

/// The row of a list line.
pub(crate) fn row(member: &Member) -> Result<Object, Unavailable> {
    let account = account::id(&member.account);
    Ok(object! { account: account, email: member.email.as_str(), body: body_of(member)? })
}

impl TryFrom<Row> for Member {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        row.record(|member: &Self| member.user.as_str())
    }
}

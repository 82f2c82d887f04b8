use domain::{AccountId, UserId};
use surrealdb::types::{Object, RecordId, object, vars};
use verifier::{Member, Unavailable};

use crate::commit::body_of;
use crate::database::Database;
use crate::row::Row;
use crate::{CorruptRow, account};

const TABLE: &str = "member";

/// In no order: ten thousand lines are sorted here in a tenth of the time that the database takes.
const OF_ACCOUNT: &str = "SELECT id, body FROM member WHERE account = $account";

pub(crate) fn id(user: &UserId) -> RecordId {
    RecordId::new(TABLE, user.as_str())
}

pub(crate) async fn of_account(database: &Database, account: &AccountId) -> Result<Vec<Member>, Unavailable> {
    let values = vars! { account: account::id(account) };
    let mut members: Vec<Member> = database.all("listing users", TABLE, OF_ACCOUNT, values).await?;
    members.sort_by(|one, other| one.email.cmp(&other.email));
    Ok(members)
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

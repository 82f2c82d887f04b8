use domain::{AccountId, UserId};
use surrealdb::types::{Object, RecordId, object, vars};
use verifier::{SecurityEvent, Unavailable};

use crate::commit::body_of;
use crate::database::Database;
use crate::row::Row;
use crate::{CorruptRow, account, credential};

const TABLE: &str = "event";

const OF_ACCOUNT: &str =
    "SELECT id, at, body FROM event WHERE account = $account ORDER BY at DESC, id DESC LIMIT $most";

const ABOUT_USER: &str = "SELECT id, at, body FROM event WHERE user = $user ORDER BY at DESC, id DESC LIMIT $most";

pub(crate) const RECORD: &str = "
INSERT INTO event $events RETURN NONE;";

pub(crate) async fn of_account(
    database: &Database,
    account: &AccountId,
    most: u32,
) -> Result<Vec<SecurityEvent>, Unavailable> {
    let values = vars! { account: account::id(account), most: i64::from(most) };
    database.all("reading the audit log", TABLE, OF_ACCOUNT, values).await
}

pub(crate) async fn about_user(
    database: &Database,
    user: &UserId,
    most: u32,
) -> Result<Vec<SecurityEvent>, Unavailable> {
    let values = vars! { user: credential::id(user), most: i64::from(most) };
    database.all("reading a user's events", TABLE, ABOUT_USER, values).await
}

/// What [`RECORD`] needs to know.
pub(crate) fn new_rows(events: &[SecurityEvent]) -> Result<Vec<Object>, Unavailable> {
    let new_row = |event: &SecurityEvent| {
        Ok(object! {
            id: RecordId::new(TABLE, event.id.as_str()),
            account: event.account.as_ref().map(account::id),
            user: event.user.as_ref().map(credential::id),
            at: event.at.millis(),
            body: body_of(event)?,
        })
    };
    events.iter().map(new_row).collect()
}

impl TryFrom<Row> for SecurityEvent {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        row.record(|event: &Self| event.id.as_str())
    }
}

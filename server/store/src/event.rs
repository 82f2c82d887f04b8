use domain::{AccountId, EventId, Timestamp, UserId};
use surrealdb::types::{Object, RecordId, object, vars};
use verifier::{AuditChain, EventPlace, LoggedEvent, SecurityEvent, Unavailable};

use crate::commit::body_of;
use crate::database::Database;
use crate::row::Row;
use crate::{CorruptRow, account, credential};

pub(crate) const TABLE: &str = "event";

const OF_ACCOUNT: &str =
    "SELECT id, at, body FROM event WHERE account = $account ORDER BY at DESC, id DESC LIMIT $most";

/// The order is that of the index `event_at`, read backwards.
const FROM: &str = "SELECT id, at, body FROM event WHERE account = $account AND at >= $from \
                    ORDER BY at DESC, id DESC LIMIT $most";
const FROM_BEFORE: &str = "SELECT id, at, body FROM event WHERE account = $account AND at >= $from AND at < $at \
                           ORDER BY at DESC, id DESC LIMIT $most";
/// Those of one moment.
const AT_BEFORE: &str = "SELECT id, at, body FROM event WHERE account = $account AND at = $at AND id < $id \
                         ORDER BY at DESC, id DESC LIMIT $most";

const ABOUT_USER: &str = "SELECT id, at, body FROM event WHERE user = $user ORDER BY at DESC, id DESC LIMIT $most";

pub(crate) const RECORD: &str = "
INSERT INTO event $events RETURN NONE;";

pub(crate) fn id(event: &EventId) -> RecordId {
    RecordId::new(TABLE, event.as_str())
}

pub(crate) async fn of_account(
    database: &Database,
    account: &AccountId,
    most: u32,
) -> Result<Vec<SecurityEvent>, Unavailable> {
    let values = vars! { account: account::id(account), most: i64::from(most) };
    database.all("reading the audit log", TABLE, OF_ACCOUNT, values).await
}

pub(crate) async fn before(
    database: &Database,
    account: &AccountId,
    before: Option<&EventPlace>,
    from: Option<Timestamp>,
    most: u32,
) -> Result<Vec<SecurityEvent>, Unavailable> {
    const DOING: &str = "paging through the audit log";
    let (account, from) = (account::id(account), from.map_or(i64::MIN, Timestamp::millis));
    let Some(EventPlace { at, id }) = before else {
        let values = vars! { account: account, from: from, most: i64::from(most) };
        return database.all(DOING, TABLE, FROM, values).await;
    };
    if at.millis() < from {
        return Ok(Vec::new());
    }
    let values = vars! { account: account.clone(), at: at.millis(), id: self::id(id), most: i64::from(most) };
    let mut events: Vec<SecurityEvent> = database.all(DOING, TABLE, AT_BEFORE, values).await?;
    let missing = most.saturating_sub(u32::try_from(events.len()).unwrap_or(u32::MAX));
    if missing > 0 {
        let values = vars! { account: account, from: from, at: at.millis(), most: i64::from(missing) };
        events.extend(database.all::<SecurityEvent>(DOING, TABLE, FROM_BEFORE, values).await?);
    }
    Ok(events)
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
            id: id(&event.id),
            account: event.account.as_ref().map(account::id),
            user: event.user.as_ref().map(credential::id),
            at: event.at.millis(),
            body: body_of(event)?,
            chain: AuditChain::of(event.account.as_ref()).as_str(),
            place: 0_i64,
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

/// The row as it is, for who verifies it: what the body says is not looked at.
impl TryFrom<Row> for LoggedEvent {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        let account = row.optional_key("account", account::TABLE)?;
        let account = account.map(str::parse).transpose().map_err(|_| row.wrong_type("account", "an account"))?;
        Ok(Self {
            id: row.id().parse().map_err(|_| row.wrong_type("id", "an identifier"))?,
            at: Timestamp::from_millis(row.int("at")?),
            account,
            body: row.text("body")?.to_owned(),
        })
    }
}

use domain::{AccountId, MessageId, Timestamp};
use surrealdb::types::{Object, RecordId, Value, object, vars};
use verifier::{Lane, QueuedMessage, Sealed, Tries, Unavailable, Waiting};

use crate::commit::body_of;
use crate::database::Database;
use crate::row::{Row, rows_after};
use crate::{CorruptRow, account};

pub(crate) const TABLE: &str = "message";

const OLDEST: &str = "SELECT id, at, body, tries, not_before, leased_until FROM message ORDER BY at, id LIMIT $most";
const AFTER: &str = "SELECT id, at, body, tries, not_before, leased_until FROM $range LIMIT $most";
const BY_ID: &str = "SELECT id, at, body, tries, not_before, leased_until FROM $id";
const OLDEST_OF: &str = "SELECT VALUE at FROM message WHERE account = $account AND lane != $but ORDER BY at LIMIT 1";
const COUNT_OF: &str = "RETURN count(SELECT VALUE id FROM message WHERE account = $account AND lane != $but)";
const PUT_OFF: &str = "UPDATE $id SET not_before = $at, leased_until = NONE WHERE tries = $tries RETURN NONE";
/// The old body stands for a version: a row that is gone or has another one is left alone.
const RESEAL: &str = "UPDATE $id SET body = $new WHERE body = $old RETURN id";
const REMOVE: &str = "DELETE $id RETURN NONE";

pub(crate) const QUEUE: &str = "
INSERT INTO message $messages RETURN NONE;";

pub(crate) const GIVE_UP: &str = "
FOR $message IN $given_up {
    LET $id = $message.id;
    LET $gone = DELETE $id WHERE tries = $message.tries RETURN BEFORE;
    IF array::is_empty($gone) { THROW 'conflict' };
};";

fn id(message: &MessageId) -> RecordId {
    RecordId::new(TABLE, message.as_str())
}

pub(crate) async fn waiting(database: &Database, most: u32) -> Result<Vec<QueuedMessage>, Unavailable> {
    database.all("reading waiting messages", TABLE, OLDEST, vars! { most: i64::from(most) }).await
}

pub(crate) async fn queue_of(database: &Database, account: &AccountId) -> Result<Waiting, Unavailable> {
    const DOING: &str = "counting waiting messages";
    let run = async |query: &'static str| {
        let answer = database.run(query, vars! { account: account::id(account), but: Lane::Webhook.as_str() }).await;
        answer.map_err(|failure| failure.while_doing(DOING))
    };
    let oldest: Option<i64> = run(OLDEST_OF).await?.take(0).map_err(|error| Unavailable::store(DOING, error))?;
    let count: Option<i64> = run(COUNT_OF).await?.take(0).map_err(|error| Unavailable::store(DOING, error))?;
    let count = count.and_then(|count| count.try_into().ok()).unwrap_or_default();
    Ok(Waiting { count, oldest: oldest.map(Timestamp::from_millis) })
}

pub(crate) async fn load(database: &Database, message: &MessageId) -> Result<Option<QueuedMessage>, Unavailable> {
    Ok(database.all("reading a message", TABLE, BY_ID, vars! { id: id(message) }).await?.pop())
}

pub(crate) async fn remove(database: &Database, message: &MessageId) -> Result<(), Unavailable> {
    let removed = database.run(REMOVE, vars! { id: id(message) }).await;
    removed.map(|_| ()).map_err(|failure| failure.while_doing("removing a message"))
}

pub(crate) async fn after(
    database: &Database,
    after: Option<&MessageId>,
    most: u32,
) -> Result<Vec<QueuedMessage>, Unavailable> {
    let values = vars! { range: rows_after(TABLE, after.map(MessageId::as_str)), most: i64::from(most) };
    database.all("paging through messages", TABLE, AFTER, values).await
}

pub(crate) async fn put_off(
    database: &Database,
    message: &MessageId,
    tries: u32,
    at: Timestamp,
) -> Result<(), Unavailable> {
    let values = vars! { id: id(message), tries: i64::from(tries), at: at.millis() };
    let put_off = database.run(PUT_OFF, values).await;
    put_off.map(|_| ()).map_err(|failure| failure.while_doing("putting off a message"))
}

/// Says whether the message held `from` and holds `to` now.
pub(crate) async fn reseal(
    database: &Database,
    message: &MessageId,
    from: &Sealed,
    to: Sealed,
) -> Result<bool, Unavailable> {
    const DOING: &str = "resealing a message";
    let Some(row) = database.rows(DOING, TABLE, BY_ID, vars! { id: id(message) }).await?.pop() else {
        return Ok(false);
    };
    let corrupt = |error: CorruptRow| Unavailable::store(DOING, error);
    let old = row.text("body").map_err(corrupt)?.to_owned();
    let mut queued = QueuedMessage::try_from(row).map_err(corrupt)?;
    if queued.sealed != *from {
        return Ok(false);
    }
    queued.sealed = to;
    let values = vars! { id: id(message), old: old, new: body_of(&queued)? };
    // A conflict (somebody leases or sends it at the same time) is told: the step is done again, and nothing is lost.
    let mut answer = database.run(RESEAL, values).await.map_err(|failure| failure.while_doing(DOING))?;
    let written: Vec<Value> = answer.take(0).map_err(|error| Unavailable::store(DOING, error))?;
    Ok(!written.is_empty())
}

/// What [`QUEUE`] needs to know.
pub(crate) fn new_rows(messages: &[QueuedMessage]) -> Result<Vec<Object>, Unavailable> {
    let new_row = |message: &QueuedMessage| {
        let QueuedMessage { id, at, recipient, lane, account, tries, .. } = message;
        Ok(object! {
            id: self::id(id),
            at: at.millis(),
            body: body_of(message)?,
            recipient: recipient.0.as_str(),
            lane: lane.as_str(),
            account: account.as_ref().map(account::id),
            tries: i64::from(tries.made),
            not_before: tries.not_before.map(Timestamp::millis),
            leased_until: tries.leased_until.map(Timestamp::millis),
        })
    };
    messages.iter().map(new_row).collect()
}

/// What [`GIVE_UP`] needs to know.
pub(crate) fn given_up(messages: &[(MessageId, u32)]) -> Vec<Object> {
    messages.iter().map(|(message, tries)| object! { id: id(message), tries: i64::from(*tries) }).collect()
}

/// What became of the message in a row.
pub(crate) fn tries_in(row: &Row) -> Result<Tries, CorruptRow> {
    let made = u32::try_from(row.int("tries")?).map_err(|_| row.wrong_type("tries", "a count"))?;
    let not_before = row.optional_int("not_before")?.map(Timestamp::from_millis);
    let leased_until = row.optional_int("leased_until")?.map(Timestamp::from_millis);
    Ok(Tries { made, not_before, leased_until })
}

impl TryFrom<Row> for QueuedMessage {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        let message = row.record(|message: &Self| message.id.as_str())?;
        Ok(Self { tries: tries_in(&row)?, ..message })
    }
}

use domain::MessageId;
use surrealdb::types::{Object, RecordId, object, vars};
use verifier::{QueuedMessage, Unavailable};

use crate::CorruptRow;
use crate::commit::body_of;
use crate::database::Database;
use crate::row::Row;

const TABLE: &str = "message";

const OLDEST: &str = "SELECT id, at, body FROM message ORDER BY at, id LIMIT $most";
const REMOVE: &str = "DELETE $id RETURN NONE";

pub(crate) const QUEUE: &str = "
INSERT INTO message $messages RETURN NONE;";

fn id(message: &MessageId) -> RecordId {
    RecordId::new(TABLE, message.as_str())
}

pub(crate) async fn waiting(database: &Database, most: u32) -> Result<Vec<QueuedMessage>, Unavailable> {
    database.all("reading waiting messages", TABLE, OLDEST, vars! { most: i64::from(most) }).await
}

pub(crate) async fn remove(database: &Database, message: &MessageId) -> Result<(), Unavailable> {
    let removed = database.run(REMOVE, vars! { id: id(message) }).await;
    removed.map(|_| ()).map_err(|failure| failure.while_doing("removing a message"))
}

/// What [`QUEUE`] needs to know.
pub(crate) fn new_rows(messages: &[QueuedMessage]) -> Result<Vec<Object>, Unavailable> {
    let new_row =
        |message: &QueuedMessage| Ok(object! { id: id(&message.id), at: message.at.millis(), body: body_of(message)? });
    messages.iter().map(new_row).collect()
}

impl TryFrom<Row> for QueuedMessage {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        row.record(|message: &Self| message.id.as_str())
    }
}

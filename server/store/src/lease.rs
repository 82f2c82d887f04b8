use std::time::Duration;

use domain::Timestamp;
use surrealdb::types::{RecordId, Value, Variables, vars};
use verifier::{QueuedMessage, RecipientKey, Tries, Turns, Unavailable};

use crate::CorruptRow;
use crate::database::{Database, Failure};
use crate::message::{TABLE, tries_in};
use crate::row::Row;

const DOING: &str = "leasing messages";

const FIRST_PAGE: &str = "SELECT id, at, recipient, tries, not_before, leased_until FROM message \
                          ORDER BY at, id LIMIT $most";
const NEXT_PAGE: &str = "SELECT id, at, recipient, tries, not_before, leased_until FROM message \
                         WHERE at > $at OR (at = $at AND id > $id) ORDER BY at, id LIMIT $most";

/// The number of tries stands for a version: of two who take a message at once one finds another number.
const LEASE: &str = "
UPDATE $id SET tries = $next, not_before = NONE, leased_until = $until WHERE tries = $tries
    RETURN id, at, body, tries, not_before, leased_until";

/// Rows of one page: enough that one page has a batch for a worker, unless most of the queue waits for something.
const PAGE: u32 = 500;

/// A message that may be leased, as it was when it was looked at.
struct Candidate {
    id: RecordId,
    at: i64,
    recipient: RecipientKey,
    tries: Tries,
}

/// Takes messages of which it is the turn, in their order, at most `most`. What others take at the same time is theirs.
pub(crate) async fn lease(
    database: &Database,
    now: Timestamp,
    most: u32,
    lease: Duration,
) -> Result<Vec<QueuedMessage>, Unavailable> {
    let mut leased = Vec::new();
    for candidate in candidates(database, now, most).await? {
        if let Some(message) = take(database, &candidate, now.plus(lease)).await? {
            leased.push(message);
        }
    }
    Ok(leased)
}

/// Goes through the queue until there are enough whose turn it is. Where the next page begins does not depend on how
/// many rows have gone meanwhile, so that none is skipped: it could be an older message to the same recipient.
async fn candidates(database: &Database, now: Timestamp, most: u32) -> Result<Vec<Candidate>, Unavailable> {
    let (mut turns, mut chosen) = (Turns::at(now), Vec::new());
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut page = page(database, FIRST_PAGE, vars! { most: i64::from(PAGE) }).await?;
    loop {
        let last = page.last().map(|last| (last.at, last.id.clone()));
        let is_full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        let turn = page.into_iter().filter(|candidate| turns.takes(&candidate.recipient, &candidate.tries));
        chosen.extend(turn.take(most.saturating_sub(chosen.len())));
        let Some((at, id)) = last.filter(|_| is_full && chosen.len() < most) else { return Ok(chosen) };
        page = self::page(database, NEXT_PAGE, vars! { at: at, id: id, most: i64::from(PAGE) }).await?;
    }
}

async fn page(database: &Database, query: &'static str, values: Variables) -> Result<Vec<Candidate>, Unavailable> {
    database.all(DOING, TABLE, query, values).await
}

/// The message, unless somebody else has taken or sent it meanwhile.
async fn take(
    database: &Database,
    candidate: &Candidate,
    until: Timestamp,
) -> Result<Option<QueuedMessage>, Unavailable> {
    let Candidate { id, tries, .. } = candidate;
    let next = tries.leased(until).made;
    let values = vars! {
        id: id.clone(),
        tries: i64::from(tries.made),
        next: i64::from(next),
        until: until.millis(),
    };
    let mut answer = match database.run(LEASE, values).await {
        Ok(answer) => answer,
        Err(Failure::Conflict) => return Ok(None),
        Err(failure @ Failure::Database(_)) => return Err(failure.while_doing(DOING)),
    };
    let mut rows: Vec<Value> = answer.take(0).map_err(|error| Unavailable::store(DOING, error))?;
    let row = rows.pop().map(|row| Row::new(TABLE, row).and_then(QueuedMessage::try_from));
    row.transpose().map_err(|error| Unavailable::store(DOING, error))
}

impl TryFrom<Row> for Candidate {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        Ok(Self {
            id: RecordId::new(TABLE, row.id()),
            at: row.int("at")?,
            recipient: RecipientKey(row.text("recipient")?.to_owned()),
            tries: tries_in(&row)?,
        })
    }
}

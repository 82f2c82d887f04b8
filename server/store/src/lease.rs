use std::collections::BTreeSet;
use std::time::Duration;

use domain::Timestamp;
use surrealdb::types::{RecordId, Value, vars};
use verifier::{Lane, QueuedMessage, RecipientKey, Tries, Turns, Unavailable};

use crate::CorruptRow;
use crate::database::{Database, Failure};
use crate::message::{TABLE, tries_in};
use crate::row::Row;

const DOING: &str = "leasing messages";

/// For whom something waits in a lane, the oldest first.
const FIRST_PAGE: &str = "SELECT id, at, recipient FROM message WHERE lane = $lane ORDER BY at, id LIMIT $most";
const NEXT_PAGE: &str = "SELECT id, at, recipient FROM message \
                         WHERE lane = $lane AND (at > $at OR (at = $at AND id > $id)) ORDER BY at, id LIMIT $most";
const TO_RECIPIENTS: &str = "SELECT id, at, recipient, tries, not_before, leased_until FROM message \
                             WHERE recipient IN $recipients ORDER BY at, id";

/// The number of tries stands for a version: of two who take a message at once one finds another number.
const LEASE: &str = "
UPDATE $id SET tries = $next, not_before = NONE, leased_until = $until WHERE tries = $tries
    RETURN id, at, body, tries, not_before, leased_until";

/// Rows of one page: enough that one page has a batch for a worker, unless most of the queue waits for something.
const PAGE: u32 = 200;

/// A message in a lane, for whoever it is.
struct Waiting {
    id: RecordId,
    at: i64,
    recipient: RecipientKey,
}

/// A message that may be leased, as it was when it was looked at.
struct Candidate {
    id: RecordId,
    recipient: RecipientKey,
    tries: Tries,
}

/// Takes messages of which it is the turn, in their order, at most `most`. What others take at the same time is theirs.
pub(crate) async fn lease(
    database: &Database,
    lane: Lane,
    now: Timestamp,
    most: u32,
    lease: Duration,
) -> Result<Vec<QueuedMessage>, Unavailable> {
    let mut leased = Vec::new();
    for candidate in candidates(database, lane, now, most).await? {
        if let Some(message) = take(database, &candidate, now.plus(lease)).await? {
            leased.push(message);
        }
    }
    Ok(leased)
}

/// Goes through the lane until there are enough whose turn it is. Where the next page begins does not depend on how
/// many rows have gone meanwhile, so that none is skipped.
async fn candidates(database: &Database, lane: Lane, now: Timestamp, most: u32) -> Result<Vec<Candidate>, Unavailable> {
    let (mut turns, mut chosen, mut seen) = (Turns::at(now), Vec::new(), BTreeSet::new());
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let values = vars! { lane: lane.as_str(), most: i64::from(PAGE) };
    let mut page: Vec<Waiting> = database.all(DOING, TABLE, FIRST_PAGE, values).await?;
    loop {
        let last = page.last().map(|last| (last.at, last.id.clone()));
        let is_full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        let new: BTreeSet<_> =
            page.into_iter().map(|waiting| waiting.recipient).filter(|recipient| !seen.contains(recipient)).collect();
        let turn = to(database, &new).await?.into_iter().filter(|one| turns.takes(&one.recipient, &one.tries));
        chosen.extend(turn.take(most.saturating_sub(chosen.len())));
        seen.extend(new);
        let Some((at, id)) = last.filter(|_| is_full && chosen.len() < most) else { return Ok(chosen) };
        let values = vars! { lane: lane.as_str(), at: at, id: id, most: i64::from(PAGE) };
        page = database.all(DOING, TABLE, NEXT_PAGE, values).await?;
    }
}

/// All messages to these recipients, in their order.
async fn to(database: &Database, recipients: &BTreeSet<RecipientKey>) -> Result<Vec<Candidate>, Unavailable> {
    if recipients.is_empty() {
        return Ok(Vec::new());
    }
    let recipients: Vec<String> = recipients.iter().map(|recipient| recipient.0.clone()).collect();
    database.all(DOING, TABLE, TO_RECIPIENTS, vars! { recipients: recipients }).await
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

impl TryFrom<Row> for Waiting {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        Ok(Self { id: RecordId::new(TABLE, row.id()), at: row.int("at")?, recipient: recipient_in(&row)? })
    }
}

impl TryFrom<Row> for Candidate {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        Ok(Self { id: RecordId::new(TABLE, row.id()), recipient: recipient_in(&row)?, tries: tries_in(&row)? })
    }
}

fn recipient_in(row: &Row) -> Result<RecipientKey, CorruptRow> {
    Ok(RecipientKey(row.text("recipient")?.to_owned()))
}

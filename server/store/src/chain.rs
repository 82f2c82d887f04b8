use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use surrealdb::types::{Object, RecordId, Value, Variables, object, vars};
use verifier::{AuditChain, ChainHead, ChainStep, EventSeal, LoggedEvent, SealedEvent, Unavailable, Versioned};

use crate::CorruptRow;
use crate::commit::{body_of, expected, next};
use crate::database::Database;
use crate::event;
use crate::row::Row;

const TABLE: &str = "audit_chain";

const BY_ID: &str = "SELECT id, version, body FROM $id";
const TO_SEAL: &str = "SELECT id, chain FROM event WHERE place = 0";
const UNSEALED: &str = "SELECT id, account, at, body FROM event WHERE chain = $chain AND place = 0 \
                        ORDER BY at, id LIMIT $most";
const SEALED: &str = "SELECT id, account, at, body, place, seal_key, seal FROM event \
                      WHERE chain = $chain AND place >= $from AND place <= $to ORDER BY place, id LIMIT $most";

/// Whoever moves a chain writes its row, so that two who move it at once collide there.
pub(crate) const STEP: &str = "
FOR $step IN $chains {
    LET $id = $step.id;
    IF $step.expected = NONE {
        CREATE $id CONTENT $step.row RETURN NONE;
    } ELSE {
        LET $held = UPDATE $id CONTENT $step.row WHERE version = $step.expected RETURN id;
        IF array::is_empty($held) { THROW 'conflict' };
    };
    FOR $seal IN $step.seals {
        LET $logged = $seal.id;
        LET $placed = UPDATE $logged SET place = $seal.place, seal_key = $seal.key, seal = $seal.mac
            WHERE place = 0 RETURN id;
        IF array::is_empty($placed) { THROW 'conflict' };
    };
    FOR $logged IN $step.removed {
        LET $gone = DELETE $logged RETURN BEFORE;
        IF array::is_empty($gone) { THROW 'conflict' };
    };
};";

pub(crate) async fn load(database: &Database, chain: &AuditChain) -> Result<Option<Versioned<ChainHead>>, Unavailable> {
    database.one("loading a chain", TABLE, BY_ID, vars! { id: id(chain) }).await
}

/// The chains in which an event waits for its seal.
pub(crate) async fn to_seal(database: &Database) -> Result<Vec<AuditChain>, Unavailable> {
    const DOING: &str = "finding events to seal";
    let rows = database.rows(DOING, event::TABLE, TO_SEAL, Variables::new()).await?;
    let chains: Result<BTreeSet<_>, CorruptRow> = rows.iter().map(chain_in).collect();
    let chains = chains.map_err(|error| Unavailable::store(DOING, error))?;
    Ok(chains.into_iter().collect())
}

pub(crate) async fn unsealed(
    database: &Database,
    chain: &AuditChain,
    most: u32,
) -> Result<Vec<LoggedEvent>, Unavailable> {
    let values = vars! { chain: chain.as_str(), most: i64::from(most) };
    database.all("reading events to seal", event::TABLE, UNSEALED, values).await
}

pub(crate) async fn sealed(
    database: &Database,
    chain: &AuditChain,
    numbers: RangeInclusive<u64>,
    most: u32,
) -> Result<Vec<SealedEvent>, Unavailable> {
    // Numbers begin at 1; at 0 stand those that wait for their seal.
    let (from, to) = (place((*numbers.start()).max(1)), place(*numbers.end()));
    let values = vars! { chain: chain.as_str(), from: from, to: to, most: i64::from(most) };
    database.all("reading sealed events", event::TABLE, SEALED, values).await
}

/// What [`STEP`] needs to know.
pub(crate) fn steps(steps: &[ChainStep]) -> Result<Vec<Object>, Unavailable> {
    let step = |ChainStep { head, seals, removed }: &ChainStep| {
        let row = object! { version: next(head.expected), body: body_of(&head.record)? };
        let seals: Vec<Object> = seals
            .iter()
            .map(|(event, EventSeal { number, key, mac })| {
                object! { id: event::id(event), place: place(*number), key: key.as_str(), mac: mac.to_string() }
            })
            .collect();
        Ok(object! {
            id: id(&head.record.chain),
            expected: expected(head.expected),
            row: Value::Object(row),
            seals: seals,
            removed: removed.iter().map(event::id).collect::<Vec<_>>(),
        })
    };
    steps.iter().map(step).collect()
}

fn id(chain: &AuditChain) -> RecordId {
    RecordId::new(TABLE, chain.as_str())
}

/// A number as the column holds it; one beyond that no row has.
fn place(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn chain_in(row: &Row) -> Result<AuditChain, CorruptRow> {
    let chain = AuditChain::from_stored(row.text("chain")?);
    chain.ok_or_else(|| row.wrong_type("chain", "the name of a chain"))
}

impl TryFrom<Row> for Versioned<ChainHead> {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        let record = row.record(|head: &ChainHead| head.chain.as_str())?;
        Ok(Self { version: row.version()?, record })
    }
}

impl TryFrom<Row> for SealedEvent {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        let number = u64::try_from(row.int("place")?).map_err(|_| row.wrong_type("place", "a number"))?;
        let key = row.text("seal_key")?.parse().map_err(|_| row.wrong_type("seal_key", "the name of a key"))?;
        let mac = row.text("seal")?.to_owned().try_into().map_err(|_| row.wrong_type("seal", "a seal"))?;
        Ok(Self { seal: EventSeal { number, key, mac }, event: row.try_into()? })
    }
}

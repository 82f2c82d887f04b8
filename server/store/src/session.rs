use domain::{AccountId, SessionId, Timestamp, UserId};
use surrealdb::types::{Object, RecordId, Value, object, vars};
use verifier::{Session, SessionChange, SignedIn, TokenHash, Unavailable};

use crate::commit::body_of;
use crate::database::{Database, Failure};
use crate::row::{Corruption, Row};
use crate::{CorruptRow, account, credential};

const TABLE: &str = "session";

/// One statement, so that session, user and account are of one moment.
const FIND: &str = "SELECT id, session, superseded_until, body, user FROM $id FETCH user, user.account";
const OF_USER: &str = "SELECT id, session, body FROM session WHERE user = $user AND superseded_until IS NONE";
/// Any text is greater than the empty one.
const OF_ACCOUNT: &str = "SELECT id, session, body FROM session
    WHERE account = $account AND session > $after AND superseded_until IS NONE ORDER BY session LIMIT $most";
/// Those whose moment came first, first. What is not set is less than any number.
const STALLED: &str = "SELECT id, session, superseded_until, warn_at, body, user FROM session
    WHERE warn_at > 0 AND warn_at <= $now AND superseded_until IS NONE ORDER BY warn_at LIMIT $most FETCH user, user.account";
const PRESENT: &str = "SELECT id, session, body FROM $id WHERE superseded_until IS NONE";

/// `UPDATE` creates nothing, and the old body stands for a version: a row that changed meanwhile is left alone.
const TOUCH: &str = "
UPDATE $id SET body = $new, expires_at = $expires_at WHERE body = $old AND superseded_until IS NONE RETURN id";

/// A rotation or an update writes the row of the present token, and each end deletes it, so that whichever two
/// happen at once collide there.
pub(crate) const CHANGE: &str = "
FOR $change IN $sessions {
    LET $id = $change.id;
    IF $change.from != NONE {
        LET $from = $change.from;
        LET $left = UPDATE $from
            SET superseded_until = $change.grace_until, expires_at = math::min([expires_at, $change.grace_until])
            WHERE session = $change.row.session AND superseded_until IS NONE RETURN id;
        IF array::is_empty($left) { THROW 'conflict' };
    };
    IF $change.do = 'create' {
        CREATE $id CONTENT object::extend($change.row, { account: $change.row.user.account }) RETURN NONE;
    } ELSE IF $change.do = 'update' {
        LET $held = UPDATE $id CONTENT object::extend($change.row, { account: $change.row.user.account })
            WHERE session = $change.row.session AND superseded_until IS NONE RETURN id;
        IF array::is_empty($held) { THROW 'conflict' };
    } ELSE IF $change.do = 'end' {
        DELETE session WHERE session = $change.session RETURN NONE;
    } ELSE IF $change.do = 'end all' {
        DELETE session WHERE user = $change.user AND session != $change.except RETURN NONE;
    } ELSE {
        THROW 'no such change';
    };
};";

/// Touching gives way to others, and gives up when it has done so this often.
const ROUNDS: u32 = 8;

fn id(token: &TokenHash) -> RecordId {
    RecordId::new(TABLE, token.as_str())
}

pub(crate) async fn find(database: &Database, token: &TokenHash) -> Result<Option<SignedIn>, Unavailable> {
    database.one("finding a session", TABLE, FIND, vars! { id: id(token) }).await
}

pub(crate) async fn of_user(database: &Database, user: &UserId) -> Result<Vec<Session>, Unavailable> {
    database.all("listing sessions", TABLE, OF_USER, vars! { user: credential::id(user) }).await
}

pub(crate) async fn of_account(
    database: &Database,
    account: &AccountId,
    after: Option<&SessionId>,
    most: u32,
) -> Result<Vec<Session>, Unavailable> {
    let after = after.map_or("", SessionId::as_str);
    let values = vars! { account: account::id(account), after: after, most: i64::from(most) };
    database.all("listing an account's sessions", TABLE, OF_ACCOUNT, values).await
}

pub(crate) async fn stalled(database: &Database, now: Timestamp, most: u32) -> Result<Vec<SignedIn>, Unavailable> {
    let values = vars! { now: now.millis(), most: i64::from(most) };
    database.all("finding sign-ins that stopped", TABLE, STALLED, values).await
}

pub(crate) async fn touch(database: &Database, token: &TokenHash, now: Timestamp) -> Result<(), Unavailable> {
    const DOING: &str = "noting activity";
    for _ in 0..ROUNDS {
        let Some(row) = database.rows(DOING, TABLE, PRESENT, vars! { id: id(token) }).await?.pop() else {
            return Ok(());
        };
        let corrupt = |error: CorruptRow| Unavailable::store(DOING, error);
        let (old, mut session) = (row.text("body").map_err(corrupt)?, session_in(&row).map_err(corrupt)?);
        if session.last_seen >= now {
            return Ok(());
        }
        session.last_seen = now;
        let (new, expires_at) = (body_of(&session)?, session.expires_at().millis());
        match database.run(TOUCH, vars! { id: id(token), old: old, new: new, expires_at: expires_at }).await {
            Ok(mut answer) => {
                let written: Vec<Value> = answer.take(0).map_err(|error| Unavailable::store(DOING, error))?;
                if !written.is_empty() {
                    return Ok(());
                }
            }
            Err(Failure::Conflict) => {}
            Err(failure @ Failure::Database(_)) => return Err(failure.while_doing(DOING)),
        }
    }
    Err(Unavailable::Contended)
}

/// What [`CHANGE`] needs to know.
pub(crate) fn changes(changes: &[SessionChange]) -> Result<Vec<Object>, Unavailable> {
    let change = |change: &SessionChange| {
        Ok(match change {
            SessionChange::Open { token, session } => {
                object! { do: "create", id: id(token), row: Value::Object(row(session)?) }
            }
            SessionChange::Rotate { from, to, session, grace_until } => object! {
                do: "create",
                id: id(to),
                row: Value::Object(row(session)?),
                from: id(from),
                grace_until: grace_until.millis(),
            },
            SessionChange::Update { token, session } => {
                object! { do: "update", id: id(token), row: Value::Object(row(session)?) }
            }
            SessionChange::End { id } => object! { do: "end", session: id.as_str() },
            SessionChange::EndAllOf { user, except } => object! {
                do: "end all",
                user: credential::id(user),
                except: except.as_ref().map(|id| id.as_str().to_owned()),
            },
        })
    };
    changes.iter().map(change).collect()
}

fn row(session: &Session) -> Result<Object, Unavailable> {
    Ok(object! {
        session: session.id.as_str(),
        user: credential::id(&session.user),
        expires_at: session.expires_at().millis(),
        warn_at: session.warn_at.map(Timestamp::millis),
        body: body_of(session)?,
    })
}

/// The session in a row, which must be the one that the row is kept for.
fn session_in(row: &Row) -> Result<Session, CorruptRow> {
    let session: Session = row.body()?;
    if session.id.as_str() == row.text("session")? {
        Ok(session)
    } else {
        Err(row.corrupt("body", Corruption::Misplaced))
    }
}

impl TryFrom<Row> for Session {
    type Error = CorruptRow;

    fn try_from(row: Row) -> Result<Self, CorruptRow> {
        session_in(&row)
    }
}

impl TryFrom<Row> for SignedIn {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let session = session_in(&row)?;
        let user = row.take_fetched("user", credential::TABLE)?;
        if user.id() != session.user.as_str() {
            return Err(row.corrupt("user", Corruption::Misplaced));
        }
        Ok(Self {
            token: TokenHash::from_stored(row.id().to_owned()),
            superseded_until: row.optional_int("superseded_until")?.map(Timestamp::from_millis),
            session,
            person: user.try_into()?,
        })
    }
}

use domain::{EmailAddress, UserId};
use surrealdb::types::{Object, RecordId, Value, object, vars};
use verifier::{Change, CredentialRecord, Expected, Person, Unavailable, summarise};

use crate::commit::expected;
use crate::database::Database;
use crate::row::Row;
use crate::versioned::Record;
use crate::{CorruptRow, account, member, versioned};

pub(crate) const TABLE: &str = "credential";

const BY_ID: &str = "SELECT id, version, body, account FROM $id FETCH account";
const BY_EMAIL: &str = "SELECT id, version, body, account FROM credential WHERE email = $email FETCH account";

/// `CREATE` fails if the row is there, `UPDATE` finds none at another version, and the unique index refuses an address
/// that is taken, also to two who take it at once.
pub(crate) const WRITE: &str = "
FOR $change IN $credentials {
    LET $id = $change.id;
    LET $member = $change.member;
    IF $change.expected = NONE {
        CREATE $id CONTENT $change.row RETURN NONE;
        CREATE $member CONTENT $change.line RETURN NONE;
    } ELSE {
        LET $held = UPDATE $id CONTENT $change.row WHERE version = $change.expected RETURN id;
        IF array::is_empty($held) { THROW 'conflict' };
        UPDATE $member CONTENT $change.line RETURN NONE;
    };
};";

/// Deletes the row, so that whoever writes it at the same time collides there.
pub(crate) const REMOVE: &str = "
FOR $removal IN $removals {
    LET $id = $removal.id;
    LET $member = $removal.member;
    LET $gone = DELETE $id WHERE version = $removal.version RETURN BEFORE;
    IF array::is_empty($gone) { THROW 'conflict' };
    DELETE $member RETURN NONE;
    DELETE session WHERE user = $id RETURN NONE;
};";

/// How the database says that an address is taken; it has no kind of its own for this error.
pub(crate) const TAKEN: &str = "Database index `credential_email` already contains ";

pub(crate) fn id(user: &UserId) -> RecordId {
    RecordId::new(TABLE, user.as_str())
}

pub(crate) async fn load(database: &Database, user: &UserId) -> Result<Option<Person>, Unavailable> {
    database.one("loading a user", TABLE, BY_ID, vars! { id: id(user) }).await
}

pub(crate) async fn find(database: &Database, email: &EmailAddress) -> Result<Option<Person>, Unavailable> {
    database.one("finding a user", TABLE, BY_EMAIL, vars! { email: email.as_str() }).await
}

/// What [`WRITE`] needs to know.
pub(crate) fn changes(changes: &[Change<CredentialRecord>]) -> Result<Vec<Object>, Unavailable> {
    let change = |change: &Change<CredentialRecord>| {
        let mut written = versioned::change(change)?;
        written.insert("member", member::id(&change.record.user));
        written.insert("line", Value::Object(member::row(&summarise(&change.record))?));
        Ok(written)
    };
    changes.iter().map(change).collect()
}

/// What [`REMOVE`] needs to know.
pub(crate) fn removals(removals: &[(UserId, u64)]) -> Vec<Object> {
    let removal = |(user, version): &(UserId, u64)| {
        object! { id: id(user), member: member::id(user), version: expected(Expected::Version(*version)) }
    };
    removals.iter().map(removal).collect()
}

impl Record for CredentialRecord {
    const TABLE: &'static str = TABLE;

    fn key(&self) -> &str {
        self.user.as_str()
    }

    fn columns(&self) -> Object {
        object! { account: account::id(&self.account), email: self.email.as_str() }
    }
}

impl TryFrom<Row> for Person {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let account = row.take_fetched("account", account::TABLE)?.try_into()?;
        Ok(Self { credential: row.try_into()?, account })
    }
}

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use surrealdb::types::{RecordId, RecordIdKey, SurrealValue, Variables, vars};

use crate::OpenError;
use crate::database::{Database, Failure};

/// One step of the schema. Never changed once it was released: what comes after is another step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    pub(crate) schema: &'static str,
}

/// All steps, in order.
pub(crate) const MIGRATIONS: [Migration; 7] = [
    Migration { number: 1, name: "records", schema: include_str!("../schema/0001_records.surql") },
    Migration { number: 2, name: "ways back", schema: include_str!("../schema/0002_ways_back.surql") },
    Migration { number: 3, name: "audit", schema: include_str!("../schema/0003_audit.surql") },
    Migration { number: 4, name: "queue", schema: include_str!("../schema/0004_queue.surql") },
    Migration { number: 5, name: "profile", schema: include_str!("../schema/0005_profile.surql") },
    Migration { number: 6, name: "lanes", schema: include_str!("../schema/0006_lanes.surql") },
    Migration { number: 7, name: "webhooks", schema: include_str!("../schema/0007_webhooks.surql") },
];

/// The one table that stands outside of the steps: what was applied.
const PREPARE: &str = "
DEFINE TABLE IF NOT EXISTS migration SCHEMAFULL;
DEFINE FIELD IF NOT EXISTS name ON migration TYPE string;
DEFINE FIELD IF NOT EXISTS checksum ON migration TYPE string;";

const APPLIED: &str = "SELECT id, name, checksum FROM migration";

const NOTE: &str = "
CREATE $id CONTENT { name: $name, checksum: $checksum } RETURN NONE;";

/// How often we give way to others who prepare the same database.
const ROUNDS: u32 = 8;

#[derive(SurrealValue)]
#[surreal(crate = "surrealdb::types")]
struct Applied {
    id: RecordId,
    name: String,
    checksum: String,
}

/// Applies what the database lacks, each step in one transaction.
///
/// # Errors
/// [`OpenError::Altered`] and [`OpenError::Newer`] before anything is applied.
pub(crate) async fn migrate(database: &Database, migrations: &[Migration]) -> Result<(), OpenError> {
    prepare(database).await?;
    check(migrations, &applied(database).await?)?;
    for migration in migrations {
        if !applied(database).await?.contains_key(&migration.number)
            && let Err(failure) = apply(database, migration).await
        {
            // On a server, another process may have been faster; then this is not our failure.
            let applied = applied(database).await?;
            check(migrations, &applied)?;
            if !applied.contains_key(&migration.number) {
                let (number, name) = (migration.number, migration.name.to_owned());
                return Err(OpenError::Migration { number, name, source: failure.reason() });
            }
        }
    }
    Ok(())
}

async fn prepare(database: &Database) -> Result<(), OpenError> {
    let mut rounds = 0;
    loop {
        match database.run(PREPARE, Variables::new()).await {
            Ok(_) => return Ok(()),
            // On a server, another process does the same.
            Err(Failure::Conflict) if rounds < ROUNDS => rounds += 1,
            Err(failure) => return Err(schema_error(failure.reason())),
        }
    }
}

async fn apply(database: &Database, migration: &Migration) -> Result<(), Failure> {
    let query = ["BEGIN;\n", migration.schema, NOTE, "\nCOMMIT;"].concat();
    let id = RecordId::new("migration", i64::from(migration.number));
    let values = vars! { id: id, name: migration.name, checksum: migration.checksum() };
    database.run(query, values).await.map(|_| ())
}

async fn applied(database: &Database) -> Result<BTreeMap<u32, Applied>, OpenError> {
    let answer = database.run(APPLIED, Variables::new()).await;
    let rows: Vec<Applied> = answer.map_err(|failure| schema_error(failure.reason()))?.take(0).map_err(schema_error)?;
    let numbered = |row: Applied| match row.id.key {
        RecordIdKey::Number(number) => u32::try_from(number).map(|number| (number, row)).map_err(schema_error),
        _ => Err(schema_error("a migration without a number")),
    };
    rows.into_iter().map(numbered).collect()
}

fn check(migrations: &[Migration], applied: &BTreeMap<u32, Applied>) -> Result<(), OpenError> {
    let known = migrations.last().map_or(0, |migration| migration.number);
    if let Some((&found, _)) = applied.last_key_value()
        && found > known
    {
        return Err(OpenError::Newer { found, known });
    }
    for (&number, applied) in applied {
        let same = |known: &&Migration| known.number == number && known.checksum() == applied.checksum;
        if !migrations.iter().any(|known| same(&known)) {
            return Err(OpenError::Altered { number, name: applied.name.clone() });
        }
    }
    Ok(())
}

fn schema_error(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> OpenError {
    OpenError::Schema { source: source.into() }
}

impl Migration {
    /// The SHA-256 of the step, in hexadecimal.
    fn checksum(&self) -> String {
        Sha256::digest(self.schema).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use surrealdb::engine::any::connect;

    use super::*;
    use crate::database::Connection;

    const FIRST: Migration = Migration { number: 1, name: "first", schema: "DEFINE TABLE one SCHEMAFULL;" };
    const SECOND: Migration = Migration { number: 2, name: "second", schema: "DEFINE TABLE two SCHEMAFULL;" };

    async fn empty() -> Database {
        let connection = connect("mem://").await.unwrap();
        connection.use_ns("test").use_db("test").await.unwrap();
        Database::new(Connection::Any(connection))
    }

    async fn has_table(database: &Database, query: &'static str) -> bool {
        database.run(query, Variables::new()).await.is_ok()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_step_is_applied_once_and_new_ones_are_added() {
        let database = empty().await;

        migrate(&database, &[FIRST]).await.unwrap();
        migrate(&database, &[FIRST]).await.unwrap();
        assert!(!has_table(&database, "SELECT * FROM two").await);

        migrate(&database, &[FIRST, SECOND]).await.unwrap();
        assert!(has_table(&database, "SELECT * FROM two").await);
        assert_eq!(applied(&database).await.unwrap().keys().collect::<Vec<_>>(), [&1, &2]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_altered_step_is_refused_and_nothing_is_applied() {
        let database = empty().await;
        migrate(&database, &[FIRST]).await.unwrap();
        let altered = Migration { schema: "DEFINE TABLE one SCHEMALESS;", ..FIRST };

        let error = migrate(&database, &[altered, SECOND]).await.unwrap_err();

        assert_eq!(error.to_string(), "schema 1 (first) was altered after the database had got it");
        assert!(!has_table(&database, "SELECT * FROM two").await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_database_of_a_newer_program_is_refused() {
        let database = empty().await;
        migrate(&database, &[FIRST, SECOND]).await.unwrap();

        let error = migrate(&database, &[FIRST]).await.unwrap_err();

        assert!(matches!(error, OpenError::Newer { found: 2, known: 1 }), "{error}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_step_that_fails_leaves_nothing_behind() {
        let database = empty().await;
        let broken = Migration { schema: "DEFINE TABLE two SCHEMAFULL; THROW 'broken';", ..SECOND };

        let error = migrate(&database, &[FIRST, broken]).await.unwrap_err();

        assert_eq!(error.to_string(), "the database could not be brought to schema 2 (second)");
        assert!(has_table(&database, "SELECT * FROM one").await);
        assert!(!has_table(&database, "SELECT * FROM two").await);
        migrate(&database, &[FIRST, SECOND]).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_processes_that_migrate_at_once_both_succeed() {
        for _ in 0..10 {
            let database = empty().await;

            let (one, other) = tokio::join!(migrate(&database, &[FIRST, SECOND]), migrate(&database, &[FIRST, SECOND]));

            one.unwrap();
            other.unwrap();
        }
    }

    #[test]
    fn the_steps_are_numbered_without_a_gap() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(usize::try_from(migration.number).unwrap(), index + 1);
        }
    }
}

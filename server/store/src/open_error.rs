use thiserror::Error;

/// Why the database was not opened. No variant says more of its address than what is safe to print.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The address is of no known form.
    #[error("a database address is mem://, surrealkv://DIRECTORY or ws://USER:PASSWORD@HOST:PORT/NAMESPACE/DATABASE")]
    Url,
    /// Somebody else has the directory open.
    #[error("another process has the database in {directory} open")]
    Locked {
        /// Which directory.
        directory: String,
    },
    /// The database did not open.
    #[error("the database {place} can't be opened")]
    Unreachable {
        /// Where it should be.
        place: String,
        /// What the database said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database was written by a newer version of this program.
    #[error("the database has schema {found}, this program knows no schema after {known}: use a newer version of it")]
    Newer {
        /// The last schema the database has.
        found: u32,
        /// The last schema this program knows.
        known: u32,
    },
    /// A step to the present schema is not the one that was applied to the database.
    #[error("schema {number} ({name}) was altered after the database had got it")]
    Altered {
        /// Which schema.
        number: u32,
        /// What it is called.
        name: String,
    },
    /// A step to the present schema failed, and nothing of it was done.
    #[error("the database could not be brought to schema {number} ({name})")]
    Migration {
        /// Which schema.
        number: u32,
        /// What it is called.
        name: String,
        /// What the database said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What the database says about its schema could not be read.
    #[error("the schema of the database can't be read")]
    Schema {
        /// What the database said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

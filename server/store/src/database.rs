use std::borrow::Cow;
use std::collections::HashMap;

use surrealdb::engine::any::Any;
use surrealdb::engine::local::Db;
use surrealdb::types::{AlreadyExistsError, QueryError, Value, Variables};
use surrealdb::{IndexedResults, Surreal};
use verifier::{CommitError, Unavailable};

use crate::row::Row;
use crate::{CorruptRow, credential};

/// A connection whose answers can't be mistaken for success.
#[derive(Debug)]
pub(crate) struct Database(Connection);

/// A connection as the driver has them.
#[derive(Debug)]
pub(crate) enum Connection {
    /// To a directory, opened with settings of ours.
    Directory(Surreal<Db>),
    /// To whatever else there is.
    Any(Surreal<Any>),
}

/// Why a query did nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something it expected no longer holds.
    Conflict,
    /// The database could not do it.
    Database(surrealdb::Error),
}

/// What our own transactions throw when an expectation fails.
const CONFLICT: &str = "conflict";

impl Database {
    pub(crate) fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// Runs a query, one transaction at most.
    ///
    /// The driver answers `Ok` even if statements failed, so each one's outcome is looked at.
    pub(crate) async fn run<'q>(
        &'q self,
        query: impl Into<Cow<'q, str>>,
        values: Variables,
    ) -> Result<IndexedResults, Failure> {
        let answer = match &self.0 {
            Connection::Directory(directory) => directory.query(query).bind(values).await,
            Connection::Any(any) => any.query(query).bind(values).await,
        };
        let mut answer = answer.map_err(Failure::of)?;
        Failure::among(answer.take_errors()).map_or(Ok(answer), Err)
    }

    /// The rows of `table` that a query of one statement finds.
    pub(crate) async fn rows(
        &self,
        doing: &'static str,
        table: &'static str,
        query: &'static str,
        values: Variables,
    ) -> Result<Vec<Row>, Unavailable> {
        let mut answer = self.run(query, values).await.map_err(|failure| failure.while_doing(doing))?;
        let rows: Vec<Value> = answer.take(0).map_err(|error| Unavailable::store(doing, error))?;
        let rows: Result<_, CorruptRow> = rows.into_iter().map(|row| Row::new(table, row)).collect();
        rows.map_err(|error| Unavailable::store(doing, error))
    }

    /// What is in all the rows that a query of one statement finds.
    pub(crate) async fn all<T: TryFrom<Row, Error = CorruptRow>>(
        &self,
        doing: &'static str,
        table: &'static str,
        query: &'static str,
        values: Variables,
    ) -> Result<Vec<T>, Unavailable> {
        let rows = self.rows(doing, table, query, values).await?;
        rows.into_iter().map(T::try_from).collect::<Result<_, _>>().map_err(|error| Unavailable::store(doing, error))
    }

    /// What is in the one row that a query of one statement finds, if it finds one.
    pub(crate) async fn one<T: TryFrom<Row, Error = CorruptRow>>(
        &self,
        doing: &'static str,
        table: &'static str,
        query: &'static str,
        values: Variables,
    ) -> Result<Option<T>, Unavailable> {
        Ok(self.all(doing, table, query, values).await?.pop())
    }
}

impl Failure {
    /// The one error that says why, among those of all statements: the others say that they were not executed.
    fn among(errors: HashMap<usize, surrealdb::Error>) -> Option<Self> {
        let mut errors: Vec<_> = errors.into_iter().collect();
        errors.sort_by_key(|(statement, error)| (is_consequence(error), *statement));
        let conflict = errors.iter().any(|(_, error)| is_conflict(error));
        let first = errors.into_iter().next().map(|(_, error)| Self::Database(error));
        if conflict { Some(Self::Conflict) } else { first }
    }

    fn of(error: surrealdb::Error) -> Self {
        if is_conflict(&error) { Self::Conflict } else { Self::Database(error) }
    }

    pub(crate) fn while_doing(self, doing: &'static str) -> Unavailable {
        match self {
            Self::Conflict => Unavailable::Contended,
            Self::Database(error) => Unavailable::store(doing, error),
        }
    }

    pub(crate) fn reason(self) -> Box<dyn std::error::Error + Send + Sync> {
        match self {
            Self::Conflict => "another process was faster".into(),
            Self::Database(error) => error.into(),
        }
    }

    pub(crate) fn of_commit(self) -> CommitError {
        match self {
            Self::Conflict => CommitError::Conflict,
            Self::Database(error) => Unavailable::store("committing", error).into(),
        }
    }
}

/// An expectation that failed shows in four ways: our own statement threw, an address was taken, a row to be created
/// was there, or the database found at the end that another transaction had written the same row.
fn is_conflict(error: &surrealdb::Error) -> bool {
    error.is_thrown() && error.message().ends_with(CONFLICT)
        || error.message().starts_with(credential::TAKEN)
        || matches!(error.already_exists_details(), Some(AlreadyExistsError::Record { .. }))
        || matches!(error.query_details(), Some(QueryError::TransactionConflict))
}

fn is_consequence(error: &surrealdb::Error) -> bool {
    matches!(error.query_details(), Some(QueryError::NotExecuted))
}

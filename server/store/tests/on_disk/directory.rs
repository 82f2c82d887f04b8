//! A database in a directory that goes away with the test, opened again and again.

use std::time::Duration;

use store::{OpenError, SurrealStore};
use surrealdb::Surreal;
use surrealdb::engine::any::{Any, connect};
use surrealdb::types::Variables;
use tempfile::TempDir;
use tokio::time::timeout;

pub struct Directory(TempDir);

impl Directory {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn url(&self) -> String {
        format!("surrealkv://{}", self.0.path().join("db").display())
    }

    pub fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    /// Opens the store, as soon as whoever had the directory open has let it go.
    pub async fn open(&self) -> Result<SurrealStore, OpenError> {
        let opening = async {
            loop {
                match SurrealStore::open(&self.url()).await {
                    Err(OpenError::Locked { .. }) => tokio::task::yield_now().await,
                    outcome => return outcome,
                }
            }
        };
        timeout(Duration::from_secs(20), opening).await.expect("the directory was never let go")
    }

    /// Opens the database behind the store's back.
    pub async fn open_raw(&self) -> Surreal<Any> {
        let opening = async {
            loop {
                match connect(self.url()).await {
                    Ok(connection) => return connection,
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        };
        let connection = timeout(Duration::from_secs(20), opening).await.expect("the directory was never let go");
        connection.use_ns("stepgate").use_db("stepgate").await.unwrap();
        connection
    }

    /// Changes the database behind the store's back.
    pub async fn tamper(&self, query: &'static str, values: Variables) {
        let connection = self.open_raw().await;
        connection.query(query).bind(values).await.unwrap().check().unwrap();
    }
}

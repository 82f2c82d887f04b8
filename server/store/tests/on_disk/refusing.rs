//! Databases that are not opened, each with a sentence that says why.

use store::{OpenError, SurrealStore};
use surrealdb::types::Variables;

use crate::directory::Directory;

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_somebody_else_has_open() {
    let directory = Directory::new();
    let _open = directory.open().await.unwrap();

    let error = SurrealStore::open(&directory.url()).await.unwrap_err();

    let path = directory.path().join("db");
    assert_eq!(error.to_string(), format!("another process has the database in {} open", path.display()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_cannot_be_made() {
    let directory = Directory::new();
    let file = directory.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let url = format!("surrealkv://{}", file.join("db").display());

    let error = SurrealStore::open(&url).await.unwrap_err();

    assert_eq!(error.to_string(), format!("the database {url} can't be opened"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_was_altered_after_it_was_applied() {
    let directory = Directory::new();
    drop(directory.open().await.unwrap());
    directory.tamper("UPDATE migration:1 SET checksum = 'another'", Variables::new()).await;

    let error = directory.open().await.unwrap_err();

    assert_eq!(error.to_string(), "schema 1 (records) was altered after the database had got it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_program() {
    let directory = Directory::new();
    drop(directory.open().await.unwrap());
    directory.tamper("CREATE migration:999 SET name = 'later', checksum = 'x'", Variables::new()).await;

    let error = directory.open().await.unwrap_err();

    assert!(matches!(error, OpenError::Newer { found: 999, .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_no_known_form() {
    for url in ["", "rocksdb:///srv/db", "surrealkv:///srv/db?sync=never"] {
        assert!(matches!(SurrealStore::open(url).await, Err(OpenError::Url)), "{url}");
    }
}

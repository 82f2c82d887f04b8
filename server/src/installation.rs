use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

use store::{OpenError, SurrealStore};
use verifier::{Argon2id, Clock, Entropy, Ports, Store, SystemClock, SystemEntropy, Verifier};

use crate::config::{Config, DatabaseUrl};
use crate::data_dir::{DataDir, Lock};
use crate::keys_file;

/// One Stepgate on this machine: its data directory, held by this process, and the rules over its database.
pub struct Installation {
    /// Where everything is kept.
    pub data_dir: DataDir,
    /// The database.
    pub store: Arc<dyn Store>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// The rules and use cases.
    pub verifier: Arc<Verifier>,
    /// Where the keys are.
    pub keys_file: PathBuf,
    /// Whether no other process works with the database: not so if it is a server's.
    pub has_database_alone: bool,
    _lock: Lock,
}

impl Installation {
    /// Opens keys and database; makes what is missing, except keys for a database that exists.
    ///
    /// # Errors
    /// With a sentence for the operator.
    pub async fn open(config: &Config, data_dir: DataDir, lock: Lock) -> anyhow::Result<Self> {
        let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let database = config.database(data_dir.root());
        let keys_file = config.keys_file.clone().unwrap_or_else(|| data_dir.keys());
        let keyring = |database_exists| keys_file::load_or_create(&keys_file, database_exists, &*entropy);
        let (keyring, store) = if let Some(exists) = database.exists() {
            // Keys first: a database that was begun without would look like one that has lost them.
            (keyring(exists)?, open(&database).await?)
        } else {
            let store = open(&database).await?;
            (keyring(!store.is_empty().await?)?, store)
        };
        let cores = available_parallelism().map_or(1, usize::from);
        let hasher = Arc::new(Argon2id::new(cores)?);
        let ports = Ports { store: Arc::clone(&store), clock: Arc::clone(&clock), entropy, hasher };
        let verifier = Arc::new(Verifier::new(ports, Arc::new(keyring)).await?);
        let has_database_alone = !matches!(database, DatabaseUrl::Server(_));
        Ok(Self { data_dir, store, clock, verifier, keys_file, has_database_alone, _lock: lock })
    }
}

async fn open(database: &DatabaseUrl) -> Result<Arc<dyn Store>, OpenError> {
    Ok(Arc::new(SurrealStore::open(&database.address()).await?))
}

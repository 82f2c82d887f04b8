use std::error::Error;
use std::sync::Arc;

use surrealdb::Surreal;
use surrealdb::engine::local::Db;
use surrealdb_cnf::ConfigMap;
use surrealdb_engine_local::Datastore;

use crate::database::Connection;
use crate::database_url::OURS;

/// What the engine holds in memory. By itself it takes what the machine has: of 24 GiB up to 1 GiB of what was last
/// written, all of which it reads again at the next start, and 11 GiB of what was last read.
const MEMORY: [(&str, usize); 2] =
    [("surrealkv_max_memtable_size", 16 * MIB), ("surrealkv_block_cache_capacity", 16 * MIB)];
const MIB: usize = 1 << 20;

/// Opens the database in a directory, which is made if there is none.
///
/// The driver has no way to hand such settings through, so this does what its `connect` does. The order matters: the
/// engine's own tasks write, and a database that was written to before it had its version counts as an old one.
pub(crate) async fn open(path: &str) -> Result<Connection, Box<dyn Error + Send + Sync>> {
    let settings = MEMORY
        .into_iter()
        .fold(ConfigMap::empty(), |settings, (name, bytes)| settings.with_key_value(name, bytes.to_string()));
    let datastore = Datastore::builder()
        .with_config(settings)
        .without_maintenance_tasks()
        .build_with_path(&format!("surrealkv://{path}"))
        .await?;
    datastore.check_version().await?;
    datastore.bootstrap().await?;
    datastore.start_maintenance_tasks();
    let connection = Surreal::<Db>::unstable_from_datastore(Arc::clone(&datastore), None).await?;
    connection.use_ns(OURS).use_db(OURS).await?;
    Ok(Connection::Directory(connection))
}

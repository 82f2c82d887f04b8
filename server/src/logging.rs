use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFilter, LogFormat};

/// Starts the log, on standard error, so that what a command prints stays its own. Only the first call does anything.
///
/// The database's own crates speak up from `warn` on unless the filter names them: they are chatty at `info`. One
/// warns at the end of every process that it can't close what it has closed before.
pub fn start(config: &Config, unless_set: &str) {
    const QUIET: &str = "surrealdb=warn,surrealdb_core=warn,surrealmx=warn,surrealkv=warn,surrealkv::lsm=error";
    let wanted = config.log.as_ref().map_or(unless_set, LogFilter::as_str);
    // The later directive for one target wins.
    let filter = EnvFilter::new(format!("{QUIET},{wanted}"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match config.log_format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    if let Err(error) = started {
        tracing::warn!(%error, "the log was started before");
    }
}

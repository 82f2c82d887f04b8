//! Everything around the rules: the command line, the settings, the files, the socket, and what serves requests.
//!
//! [`run`] is the whole program. Only this crate knows all the others: it chooses the store, the clock and the hasher.

mod answers;
pub mod assets;
mod cli;
mod client_address;
mod commands;
mod compression;
pub mod config;
mod connections;
mod control;
mod data_dir;
mod doorkeeper;
pub mod doors;
mod exports;
mod headers;
mod health;
mod housekeeping;
mod installation;
mod keys_file;
mod logging;
mod open_files;
pub mod public_url;
mod serve;
pub mod shared;
mod speech;
mod stopping;

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use rustix::fs::Mode;
use tokio::runtime::{Builder, RuntimeMetrics};

use crate::cli::{Cli, Command};

/// The `stepgate` command: reads the command line, does what it says, and says by the exit code what came of it.
/// (Wrong usage ends the process right in here, with code 2.)
#[must_use]
pub fn run() -> ExitCode {
    // Whatever is made from here on, by the database too, is its owner's only.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let Cli { command, config } = Cli::parse();
    let command = command.unwrap_or(Command::Serve);
    logging::start(&config, if matches!(command, Command::Serve) { "info" } else { "warn" });
    match block_on(commands::run(command, config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn block_on(program: impl Future<Output = anyhow::Result<()>> + Send + 'static) -> anyhow::Result<()> {
    // SurrealDB's query engine recurses deeply; its own server has threads of this size.
    const STACK: usize = 10 * 1024 * 1024;
    let runtime = Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build()?;
    // Spawned, because the main thread's stack is the system's to choose.
    let outcome = runtime.block_on(async { tokio::spawn(program).await });
    runtime.block_on(database_closed(&runtime.metrics()));
    runtime.shutdown_background();
    outcome?
}

/// The database closes in the background once it is let go, and offers nothing to wait for. Its commits are on the
/// disk already; closing only spares the next start some reading, so it is not waited for at any price.
async fn database_closed(runtime: &RuntimeMetrics) {
    const LOOK_EVERY: Duration = Duration::from_millis(5);
    const LOOKS: u32 = 100;
    for _ in 0..LOOKS {
        if runtime.num_alive_tasks() == 0 {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

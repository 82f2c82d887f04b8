//! The `stepgate` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::run()
}

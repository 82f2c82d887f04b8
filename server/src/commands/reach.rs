use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::{Operator, Reply, Request};
use crate::config::Config;
use crate::control;
use crate::data_dir::{DataDir, DataDirError};
use crate::installation::Installation;

/// What to do where no data directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    /// Begin one.
    Create,
    /// Say so: a mistyped path must not become an empty database.
    Refuse,
}

/// A server that is starting or finishing holds the data directory without listening; it is given this long.
const ROUNDS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(200);

/// Has a command carried out by whoever holds the data directory.
pub async fn carry_out(request: Request, config: &Config, if_missing: IfMissing) -> anyhow::Result<Reply> {
    let data_dir = match if_missing {
        IfMissing::Create => DataDir::create(&config.data_dir)?,
        IfMissing::Refuse => DataDir::existing(&config.data_dir)?,
    };
    let mut rounds = 0..ROUNDS;
    loop {
        if let Some(reply) = control::ask(&data_dir.control_socket(), &request).await? {
            return Ok(reply);
        }
        match data_dir.lock() {
            Ok(lock) => {
                let installation = Installation::open(config, data_dir, lock).await?;
                let operator = Operator::new(&installation, Arc::new(config.public_url(config.listen)));
                return Ok(operator.carry_out(request).await);
            }
            Err(DataDirError::Held { .. }) if rounds.next().is_some() => sleep(PAUSE).await,
            Err(error) => return Err(error.into()),
        }
    }
}

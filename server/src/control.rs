//! The socket by which commands reach a running server: one line of JSON each way, then it is closed.
//!
//! Only the server's own user (and root) can open it, by its mode. A request may hold a password, so none is logged.

use std::fs::{self, Permissions};
use std::io;
use std::io::ErrorKind::{ConnectionRefused, InvalidInput, NotFound};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::commands::{Operator, Refused, Reply, Request};
use crate::stopping::Stopping;

/// Goes up with every change that an older or newer stepgate would misread.
const VERSION: u32 = 1;
/// Names, an address and a password of their greatest lengths fit well.
const LONGEST_REQUEST: u64 = 16 * 1024;
/// A list of some 100,000 users.
const LONGEST_REPLY: u64 = 32 * 1024 * 1024;
/// To send a request that has been typed already.
const TO_ASK: Duration = Duration::from_secs(5);
/// Commands carried out at once.
const AT_ONCE: usize = 4;

/// What travels: the version first, so that the rest is only read by who knows it.
#[derive(Serialize, Deserialize)]
struct Line<T> {
    version: u32,
    content: T,
}

/// Why a running server did not do as told.
#[derive(Debug, Error)]
pub enum ControlError {
    /// The connection broke. If it broke late, the command may have been carried out.
    #[error("the running server did not answer; look whether the command was carried out before you repeat it")]
    Broken(#[source] io::Error),
    /// The server is of another version.
    #[error("the running server is another version of stepgate: restart it, or use its own command")]
    OtherVersion,
}

/// The server's end.
pub struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl ControlSocket {
    /// Listens at `path`, with mode 0600. What a crashed server left there is replaced; the data directory's lock says
    /// that none is alive.
    ///
    /// # Errors
    /// Whatever the system says; a path longer than 107 bytes can't be a socket's.
    pub fn bind(path: PathBuf) -> io::Result<Self> {
        // Bound under another name and renamed, so that it never is there with another mode.
        let beside = path.with_extension("sock.new");
        remove_if_there(&beside)?;
        let listener = UnixListener::bind(&beside)?;
        fs::set_permissions(&beside, Permissions::from_mode(0o600))?;
        fs::rename(&beside, &path)?;
        Ok(Self { listener, path })
    }

    /// Has commands carried out until it is time to stop; those under way are finished.
    pub async fn serve(self, operator: Arc<Operator>, mut stopping: Stopping) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut commands = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = stopping.wait() => break,
                Some(_) = commands.join_next() => continue,
                accepted = self.listener.accept() => accepted,
            };
            match (accepted, Arc::clone(&places).try_acquire_owned()) {
                (Ok((stream, _)), Ok(place)) => {
                    let operator = Arc::clone(&operator);
                    commands.spawn(async move {
                        if let Err(error) = answer(stream, &operator).await {
                            tracing::warn!(%error, "a command was not answered");
                        }
                        drop(place);
                    });
                }
                // Closed unread: the command says that nobody answered.
                (Ok(_), Err(_)) => tracing::warn!("too many commands at once"),
                (Err(error), _) => {
                    tracing::error!(%error, "the control socket accepts nothing");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
        while commands.join_next().await.is_some() {}
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        if let Err(error) = remove_if_there(&self.path) {
            tracing::warn!(%error, "the control socket stays behind");
        }
    }
}

/// The command's end: asks the server behind `path`; none if no server listens there.
///
/// # Errors
/// [`ControlError`]
pub async fn ask(path: &Path, request: &Request) -> Result<Option<Reply>, ControlError> {
    let stream = match UnixStream::connect(path).await {
        Ok(stream) => stream,
        // The last: a path too long for a socket, so that no server listens there either.
        Err(error) if matches!(error.kind(), NotFound | ConnectionRefused | InvalidInput) => return Ok(None),
        Err(error) => return Err(ControlError::Broken(error)),
    };
    let asking = async {
        let (read, mut write) = stream.into_split();
        write.write_all(&line(request)?).await?;
        let reply: Option<Line<Value>> = parse(&read_line(read, LONGEST_REPLY).await?);
        Ok::<_, io::Error>(reply)
    };
    let reply = timeout(TO_ASK + request.patience(), asking).await.unwrap_or_else(|elapsed| Err(elapsed.into()));
    match reply.map_err(ControlError::Broken)? {
        Some(Line { version: VERSION, content }) => {
            serde_json::from_value(content).map(Some).map_err(|_| ControlError::OtherVersion)
        }
        _ => Err(ControlError::OtherVersion),
    }
}

async fn answer(stream: UnixStream, operator: &Operator) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let request = timeout(TO_ASK, read_line(read, LONGEST_REQUEST)).await??;
    let request = understood(&request);
    let patience = request.as_ref().map_or(TO_ASK, Request::patience);
    let answering = async {
        let reply = match request {
            Some(request) => operator.carry_out(request).await,
            None => Reply::Refused(Refused::NotUnderstood),
        };
        write.write_all(&line(&reply)?).await?;
        write.shutdown().await
    };
    timeout(patience, answering).await?
}

fn understood(text: &[u8]) -> Option<Request> {
    match parse::<Line<Value>>(text)? {
        Line { version: VERSION, content } => serde_json::from_value(content).ok(),
        Line { .. } => None,
    }
}

/// Nothing of serde's message is kept: it can quote a password.
fn parse<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    serde_json::from_slice(text).ok()
}

fn line(content: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(&Line { version: VERSION, content })?;
    line.push(b'\n');
    Ok(line)
}

async fn read_line(stream: impl AsyncRead + Unpin, longest: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    BufReader::new(stream.take(longest)).read_until(b'\n', &mut text).await?;
    if text.ends_with(b"\n") { Ok(text) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == NotFound => Ok(()),
        removed => removed,
    }
}

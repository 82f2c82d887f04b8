//! A server for tests that does one thing with every connection.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Script {
    /// Ends the connection before reading from it.
    HangsUp,
    /// Reads the request and ends the connection.
    ReadsAndHangsUp,
    /// Reads the request and says nothing.
    ReadsAndHangs,
    /// Reads the request, says this, and ends the connection.
    Says(&'static str),
    /// Reads the request and answers without end.
    NeverEnds,
}

/// A server at a port of its own; ends with the test.
pub(crate) struct ScriptedServer {
    origin: String,
    requests: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Script {
    /// A whole answer.
    pub(crate) fn answer(status: u16, body: &str) -> Self {
        let head = format!("HTTP/1.1 {status} Some reason\r\nContent-Length: {}\r\nConnection: close", body.len());
        Self::Says(format!("{head}\r\n\r\n{body}").leak())
    }
}

impl ScriptedServer {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::default();
        let seen = Arc::clone(&requests);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(play(script, stream, Arc::clone(&seen)));
            }
        });
        Self { origin, requests, serving }
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// What was asked, each request as it came.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it, and says where it was: nobody listens there now.
    pub(crate) async fn closed(self) -> String {
        self.serving.abort();
        let _ = self.serving.await;
        self.origin
    }
}

async fn play(script: Script, mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>) {
    if matches!(script, Script::HangsUp) {
        return;
    }
    let request = read(&mut stream).await;
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    match script {
        Script::HangsUp | Script::ReadsAndHangsUp => {}
        Script::ReadsAndHangs => std::future::pending().await,
        Script::Says(answer) => {
            let _ = stream.write_all(answer.as_bytes()).await;
        }
        Script::NeverEnds => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", u64::MAX >> 2);
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        }
    }
}

/// A request with its body, if that has a length; or what came until the connection ended.
async fn read(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length =
                head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            body.len() >= length.unwrap_or(0)
        });
        if whole || stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return text;
        }
    }
}

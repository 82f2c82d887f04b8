//! The real binary on a data directory of its own, as tests use it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A data directory that is gone with the test.
pub struct Installation {
    folder: TempDir,
}

/// A server that is gone with the test.
pub struct Server {
    child: Child,
    /// What it printed until it was ready.
    pub printed: String,
    /// Where it is ready: `localhost:PORT`.
    pub host: String,
    _stdout: BufReader<ChildStdout>,
}

impl Installation {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The data directory; made by the first command that needs one.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// `stepgate` with these words, and no setting but the data directory and a free port.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stepgate"));
        command.env_clear().env("STEPGATE_DATA_DIR", self.path()).env("STEPGATE_LISTEN", "127.0.0.1:0");
        command.env("STEPGATE_LOG", "error");
        command.args(words).stdin(Stdio::null());
        command
    }

    pub fn run(&self, words: &[&str]) -> Outcome {
        self.command(words).output().unwrap().into()
    }

    /// Runs a command that reads `input`.
    pub fn run_with(&self, words: &[&str], input: &str) -> Outcome {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }

    pub fn create_account(&self, email: &str) -> Outcome {
        self.run(&account_create(email))
    }

    pub fn serve(&self) -> Server {
        Server::start(self.command(&["serve"]))
    }
}

/// The words that create an account whose admin has this address.
pub fn account_create(email: &str) -> [&str; 8] {
    ["account", "create", "--name", "Analytical Engines", "--admin-name", "Ada Lovelace", "--admin-email", email]
}

/// What a command that has ended said.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Outcome {
    /// That it was refused with this code, in words that hold `words`, on standard error only.
    #[track_caller]
    pub fn assert_refused(&self, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.stderr.contains(words), "{self:?}");
        assert!(self.stdout.is_empty(), "{self:?}");
    }

    /// That it was done; what it printed.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }
}

impl Server {
    /// Starts it and waits until it is ready.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut printed = String::new();
        let host = loop {
            let begun = printed.len();
            assert!(stdout.read_line(&mut printed).unwrap() > 0, "it ended before it was ready: {printed}");
            if let Some(url) = printed[begun..].trim().strip_prefix("Stepgate is ready at ") {
                break url.split_once("://").unwrap().1.to_owned();
            }
        };
        Self { child, printed, host, _stdout: stdout }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end, 5 seconds at most; the exit code.
    pub fn end(mut self) -> Option<i32> {
        let pid = self.pid();
        let (ended, wait) = mpsc::channel();
        thread::spawn(move || ended.send(self.child.wait().unwrap().code()));
        wait.recv_timeout(Duration::from_secs(5)).unwrap_or_else(|_| panic!("process {pid} still runs after 5 seconds"))
    }

    pub fn stop(self) -> Option<i32> {
        self.signal(Signal::TERM);
        self.end()
    }

    /// The one-time link, if it printed one.
    pub fn setup_link(&self) -> Option<&str> {
        self.printed.lines().find_map(|line| line.strip_prefix("Create the first account: "))
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// The whole answer to a GET, head and body.
    pub fn get(&self, path: &str, headers: &str) -> String {
        let mut stream = self.connect();
        let host = &self.host;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n").unwrap();
        read_all(stream)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn read_all(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

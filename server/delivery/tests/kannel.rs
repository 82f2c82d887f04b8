//! Texts through a real Kannel (Debian's `kannel` and `kannel-extras`) to the SMSC it brings for tests: the gateway file
//! here is the one of OPERATIONS.md.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what a test takes for granted fails it when it is not so"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use delivery::{NotDelivered, Outbox, SmsUrl, Text, TextGateway};
use domain::{MessageId, Timestamp};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::{sleep, timeout};

const NUMBER: &str = "+4917012345678";
const PASSWORD: &str = "a&b=c";
/// How long each of Kannel's programs may take to come up, and a text to come out.
const PATIENCE: Duration = Duration::from_secs(30);

/// Kannel with an SMSC behind it; ends with the test.
struct Kannel {
    folder: tempfile::TempDir,
    port: u16,
    running: Vec<Child>,
    smsc: Lines<BufReader<ChildStderr>>,
}

impl Kannel {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [admin, boxes, smsc, sendsms] = free_ports().await;
        let file = folder.path().join("kannel.conf");
        fs::write(
            &file,
            format!(
                "group = core\nadmin-port = {admin}\nadmin-interface = 127.0.0.1\nadmin-password = x\n\
                 smsbox-port = {boxes}\nsmsbox-interface = 127.0.0.1\nbox-allow-ip = 127.0.0.1\n\n\
                 group = smsc\nsmsc = fake\nhost = 127.0.0.1\nport = {smsc}\nconnect-allow-ip = 127.0.0.1\n\n\
                 group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = {sendsms}\n\
                 sendsms-interface = 127.0.0.1\nglobal-sender = 12345\n\n\
                 group = sendsms-user\nusername = stepgate\npassword = \"{PASSWORD}\"\nmax-messages = 1\n"
            ),
        )
        .unwrap();
        let mut running = vec![program("bearerbox").arg(&file).stdout(Stdio::null()).spawn().unwrap()];
        wait_for(boxes).await;
        wait_for(smsc).await;
        running.push(program("smsbox").arg(&file).stdout(Stdio::null()).spawn().unwrap());
        wait_for(sendsms).await;
        // It has to send one itself; what Kannel answers to that goes to another number.
        let mut fake = program("fakesmsc");
        fake.args(["-H", "127.0.0.1", "-r", &smsc.to_string(), "-i", "100000", "-m", "1", "100 200 text hello"]);
        let mut fake = fake.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let smsc = BufReader::new(fake.stderr.take().unwrap()).lines();
        running.push(fake);
        Self { folder, port: sendsms, running, smsc }
    }

    /// The gateway by its file.
    fn gateway(&self, password: &str) -> Arc<dyn TextGateway> {
        gateway(self.folder.path(), self.port, password)
    }

    /// The next text to our number as it comes out: what it is written in, and what it says. The fake SMSC writes each
    /// of its lines as a message of its own.
    async fn comes_out(&mut self) -> (String, String) {
        let start = format!("12345 {} ", NUMBER.trim_start_matches('+'));
        let (mut alphabet, mut body) = (String::new(), String::new());
        loop {
            let line = next(&mut self.smsc).await;
            let Some((_, line)) = line.split_once("Got message ").and_then(|(_, line)| line.split_once(": <")) else {
                continue;
            };
            let line = line.strip_suffix('>').expect("a line of a message ends in >");
            match line.strip_prefix(&start).and_then(|line| line.split_once(' ')) {
                Some((written_in, line)) => (alphabet, body) = (written_in.into(), line.into()),
                None if alphabet.is_empty() => continue,
                None => body = format!("{body}\n{line}"),
            }
            let body = if alphabet == "ucs-2" { from_ucs2(&body) } else { body.clone() };
            if body.lines().last().is_some_and(|last| last.starts_with('@')) {
                return (alphabet, body);
            }
        }
    }

    async fn stop(&mut self) {
        for program in &mut self.running {
            program.kill().await.unwrap();
        }
    }
}

/// One of Kannel's programs, ended with the test.
fn program(name: &str) -> Command {
    let folders = ["/usr/sbin", "/usr/lib/kannel/test"];
    let found = folders.into_iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    let found = found.unwrap_or_else(|| panic!("{name} is missing, which comes with Kannel: make setup-test"));
    let mut command = Command::new(found);
    command.kill_on_drop(true).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Ports that nobody listens at; asked for at once, so that they differ.
async fn free_ports<const N: usize>() -> [u16; N] {
    let mut listeners = Vec::new();
    for _ in 0..N {
        listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
    }
    let ports: BTreeSet<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
    ports.into_iter().collect::<Vec<_>>().try_into().expect("as many ports as listeners")
}

async fn wait_for(port: u16) {
    let listens = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, listens).await.unwrap_or_else(|_| panic!("nobody listens at port {port}"));
}

async fn next<R: AsyncBufRead + Unpin>(lines: &mut Lines<R>) -> String {
    let line = timeout(PATIENCE, lines.next_line()).await.expect("nothing comes out at the SMSC");
    line.unwrap().expect("the SMSC ended")
}

/// `%00a%04%16`, bytes of UTF-16 escaped where they are no letters.
fn from_ucs2(text: &str) -> String {
    let text = text.replace('+', " ");
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(&text).collect();
    let units: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_be_bytes(pair.try_into().unwrap())).collect();
    String::from_utf16(&units).unwrap()
}

/// The gateway of the file that OPERATIONS.md shows, at another port and with the password in a file.
fn gateway(folder: &Path, port: u16, password: &str) -> Arc<dyn TextGateway> {
    let operations = include_str!("../../../OPERATIONS.md");
    let shown = operations.split("```toml\n").find(|block| block.contains("/cgi-bin/sendsms")).unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let (file, secret) = (folder.join("sms.toml"), folder.join("kannel.password"));
    fs::write(&secret, format!("{password}\n")).unwrap();
    let here = shown
        .replace("127.0.0.1:13013", &format!("127.0.0.1:{port}"))
        .replace("${KANNEL_PASSWORD}", &format!("${{file:{}}}", secret.display()));
    fs::write(&file, here).unwrap();
    let outbox = Arc::new(Outbox::open(folder.join("outbox")).unwrap());
    SmsUrl::HttpGateway(file).open(outbox).unwrap()
}

fn text(body: &str) -> Text {
    let at = Timestamp::from_seconds(1_763_961_153);
    let id = MessageId::from_random([1; 16]);
    Text { id, queued_at: at, at, to: NUMBER.parse().unwrap(), body: body.into() }
}

#[tokio::test]
async fn a_text_comes_out_of_kannel_as_it_was_written() {
    let mut kannel = Kannel::start().await;
    let gateway = kannel.gateway(PASSWORD);

    for (alphabet, account) in [("text", "Grüße & Söhne [50% €+]"), ("ucs-2", "Київ ë“”😀")] {
        let body = format!("123456 confirms this mobile at {account}.\n@mfa.example.com #123456");
        gateway.send(&text(&body)).await.unwrap();

        assert_eq!(kannel.comes_out().await, (alphabet.into(), body));
    }
}

#[tokio::test]
async fn a_wrong_password_is_for_the_operator_to_mend() {
    let kannel = Kannel::start().await;

    let failed = kannel.gateway("wrong").send(&text("Body")).await.unwrap_err();

    let NotDelivered::ForNow(cause) = failed else { panic!("{failed:?}") };
    assert_eq!(cause.to_string(), "it answered with status 403");
}

#[tokio::test]
async fn while_kannel_is_down_texts_wait() {
    let mut kannel = Kannel::start().await;
    let gateway = kannel.gateway(PASSWORD);
    kannel.stop().await;

    let failed = gateway.send(&text("Body")).await.unwrap_err();

    assert!(matches!(failed, NotDelivered::ForNow(_)), "{failed:?}");
}

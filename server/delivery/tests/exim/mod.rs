use std::fs::{self, Permissions};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A mail server of its own, which takes mails from `ada` and puts them into a folder.
pub struct Exim {
    folder: tempfile::TempDir,
    server: Child,
    port: u16,
}

const A_WHILE: u32 = 200;

impl Exim {
    /// Starts it, and waits until it listens.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        for name in ["spool", "log", "mails"] {
            fs::create_dir(at.join(name)).unwrap();
            // Exim gives up root before it writes.
            fs::set_permissions(at.join(name), Permissions::from_mode(0o777)).unwrap();
        }
        fs::set_permissions(at, Permissions::from_mode(0o755)).unwrap();
        make_certificate(at);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = at.join("exim.conf");
        fs::write(&config, configuration(at, port)).unwrap();
        let server = Command::new("/usr/sbin/exim4")
            .arg("-C")
            .arg(&config)
            .arg("-bdf")
            .stdin(Stdio::null())
            .spawn()
            .expect("Exim, which `make setup-test` installs");
        let exim = Self { folder, server, port };
        for _ in 0..A_WHILE {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return exim;
            }
            wait_a_moment();
        }
        panic!("Exim does not listen: {}", exim.log());
    }

    /// How it is spoken to, as this user.
    pub fn url(&self, login: &str) -> String {
        let at = if login.is_empty() { "" } else { "@" };
        let authority = self.folder.path().join("cert.pem");
        let port = self.port;
        format!("smtp://{login}{at}localhost:{port}?from=mfa@gate.example.com&ca={}", authority.display())
    }

    /// What has arrived, once it is as many.
    pub fn mails(&self, count: usize) -> Vec<Vec<u8>> {
        let folder = self.folder.path().join("mails/new");
        let arrived = || fs::read_dir(&folder).map(Iterator::count).unwrap_or_default();
        for _ in 0..A_WHILE {
            if arrived() >= count {
                break;
            }
            wait_a_moment();
        }
        assert_eq!(arrived(), count, "{}", self.log());
        fs::read_dir(&folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
    }

    /// What it says it did.
    pub fn log(&self) -> String {
        let of = |name: &str| fs::read_to_string(self.folder.path().join("log").join(name)).unwrap_or_default();
        of("mainlog") + &of("paniclog")
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "another process says by nothing else that it is ready")]
fn wait_a_moment() {
    std::thread::sleep(Duration::from_millis(50));
}

fn make_certificate(at: &Path) {
    let path = |name: &str| -> PathBuf { at.join(name) };
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(path("key.pem"))
        .arg("-out")
        .arg(path("cert.pem"))
        .stderr(Stdio::null())
        .status()
        .expect("openssl, which `make setup-test` installs");
    assert!(made.success());
    fs::set_permissions(path("key.pem"), Permissions::from_mode(0o644)).unwrap();
}

fn configuration(at: &Path, port: u16) -> String {
    let at = at.display();
    format!(
        "\
primary_hostname = localhost
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
spool_directory = {at}/spool
log_file_path = {at}/log/%slog
pid_file_path = {at}/spool/pid
keep_environment =
deliver_drop_privilege = true
smtp_accept_max = 0
smtp_accept_queue_per_connection = 0
tls_advertise_hosts = *
tls_certificate = {at}/cert.pem
tls_privatekey = {at}/key.pem
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = recipients
acl_smtp_data = contents

begin acl
recipients:
  deny !authenticated = *
       message = 5.7.1 sign in first
  deny local_parts = nobody
       message = 5.1.1 no such user here
  defer local_parts = later
       message = 4.2.1 come back later
  accept
contents:
  accept

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{ada}}}}{{eq{{$auth3}}{{s3cr/t}}}}}}}}
  server_set_id = $auth2

begin routers
everybody:
  driver = accept
  transport = folder

begin transports
folder:
  driver = appendfile
  directory = {at}/mails
  maildir_format
"
    )
}

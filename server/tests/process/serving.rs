//! The server as a process: one at a time, there when it says so, gone when it is told to.

use std::io::{Read, Write};
use std::net::TcpListener;

use rustix::process::Signal;

use crate::stepgate::{Installation, Server, mode, read_all};

const ADA: &str = "ada@example.com";

#[test]
fn a_second_server_on_one_data_directory_is_told_which_process_is_the_first() {
    let installation = Installation::new();
    let first = installation.serve();

    installation.run(&["serve"]).assert_refused(1, &format!("process {}", first.pid()));

    assert!(first.get("/healthz", "").starts_with("HTTP/1.1 200"));
}

#[test]
fn without_a_command_it_serves() {
    let installation = Installation::new();

    let server = Server::start(installation.command(&[]));

    assert!(server.get("/healthz", "").starts_with("HTTP/1.1 200"));
}

#[test]
fn it_says_whether_it_is_up_and_ready() {
    let installation = Installation::new();
    let server = installation.serve();

    for path in ["/healthz", "/readyz"] {
        assert!(server.get(path, "").starts_with("HTTP/1.1 200"), "{path}");
    }
}

#[test]
fn sigterm_and_sigint_end_it_well_and_leave_no_socket() {
    let installation = Installation::new();

    for signal in [Signal::TERM, Signal::INT] {
        let server = installation.serve();
        let idle = server.connect();
        server.signal(signal);

        assert_eq!(server.end(), Some(0));
        assert!(!installation.path().join("control.sock").exists());
        drop(idle);
    }
}

#[test]
fn a_request_under_way_is_finished() {
    let installation = Installation::new();
    let server = installation.serve();
    let mut stream = server.connect();
    let body = "email=ada@example.com&password=wrong";
    let head = format!(
        "POST /api/sign-in HTTP/1.1\r\nhost: {}\r\nsec-fetch-site: same-origin\r\naccept: text/html\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        server.host,
        body.len()
    );
    // The server says 100 once it wants the body: then the request is under way.
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100"));

    server.signal(Signal::TERM);
    stream.write_all(body.as_bytes()).unwrap();

    let answer = read_all(stream);
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_client_that_never_finishes_its_request_holds_nothing_up() {
    let installation = Installation::new();
    let server = installation.serve();
    let mut slow = server.connect();
    slow.write_all(b"POST /api/sign-in HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nemail").unwrap();
    let mut slower = server.connect();
    slower.write_all(b"GET / HT").unwrap();

    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_setup_link_is_there_while_there_is_no_account_and_each_start_makes_a_new_one() {
    let installation = Installation::new();

    let first = installation.serve();
    let first_link = first.setup_link().unwrap().to_owned();
    assert!(first_link.starts_with(&format!("http://{}/setup/", first.host)), "{first_link}");
    first.stop();
    let second = installation.serve();
    assert_ne!(second.setup_link().unwrap().rsplit('/').next(), first_link.rsplit('/').next());
    installation.create_account(ADA).done();
    second.stop();

    assert_eq!(installation.serve().setup_link(), None);
}

#[test]
fn after_a_kill_everything_acknowledged_is_there_and_commands_and_server_work() {
    let installation = Installation::new();
    let server = installation.serve();
    installation.create_account(ADA).done();
    server.signal(Signal::KILL);
    server.end();
    assert!(installation.path().join("control.sock").exists());

    installation.create_account(ADA).assert_refused(1, "already");

    let server = installation.serve();
    installation.create_account("eve@example.com").done();
    assert_eq!(server.setup_link(), None);
}

#[test]
fn what_it_makes_is_its_owners_only() {
    let installation = Installation::new();
    let _server = installation.serve();

    let path = installation.path();
    assert_eq!(mode(&path), 0o700);
    for (name, expected) in
        [("db", 0o700), ("outbox", 0o700), ("keys", 0o600), ("lock", 0o600), ("control.sock", 0o600)]
    {
        assert_eq!(mode(&path.join(name)), expected, "{name}");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let installation = Installation::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    installation.run(&["serve", "--listen", &address]).assert_refused(1, &format!("listens on {address} already"));
}

#[test]
fn a_data_directory_may_have_a_space_in_its_name() {
    let installation = Installation::new();
    let folder = installation.path().join("with a space");
    let mut command = installation.command(&["serve"]);

    let server = Server::start({
        command.env("STEPGATE_DATA_DIR", &folder);
        command
    });

    assert!(folder.join("db").is_dir());
    assert_eq!(server.stop(), Some(0));
}

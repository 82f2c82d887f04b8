//! The control socket, as somebody uses it who does not keep to its rules.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::stepgate::Installation;

fn ask(installation: &Installation, line: &[u8]) -> String {
    let mut socket = UnixStream::connect(installation.path().join("control.sock")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // Who sends too much may find the other end closed: that is an answer too.
    let _ = socket.write_all(line);
    let mut answer = String::new();
    let _ = socket.read_to_string(&mut answer);
    answer
}

#[test]
fn what_it_does_not_understand_it_refuses_and_goes_on() {
    let installation = Installation::new();
    let _server = installation.serve();

    for line in [
        "\n",
        "GET / HTTP/1.1\n",
        "{\"version\":1,\"content\":{}}\n",
        "{\"version\":1,\"content\":{\"create_account\":{\"account\":\"\"}}}\n",
        "{\"version\":2,\"content\":{\"list_users\":{\"account_of\":\"ada@example.com\"}}}\n",
    ] {
        let answer = ask(&installation, line.as_bytes());
        assert_eq!(answer, "{\"version\":1,\"content\":{\"refused\":\"not_understood\"}}\n", "{line}");
    }
    installation.create_account("ada@example.com").done();
}

#[test]
fn an_endless_request_is_cut_off_and_one_that_never_ends_holds_up_nobody() {
    let installation = Installation::new();
    let _server = installation.serve();
    let _silent: Vec<UnixStream> =
        (0..3).map(|_| UnixStream::connect(installation.path().join("control.sock")).unwrap()).collect();

    assert_eq!(ask(&installation, &b"x".repeat(1024 * 1024)), "");

    installation.create_account("ada@example.com").done();
}

//! Commands, as the operator types them.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::stepgate::{Installation, account_create, set_mode};

const ADA: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";

#[test]
fn wrong_usage_exits_2_and_says_how_to_mend_it() {
    let installation = Installation::new();

    for (words, advice) in [
        (&["seve"][..], "serve"),
        (&["--listen", "3000"], "127.0.0.1:3000"),
        (&["serve", "--public-url", "http://mfa.example.com"], "https://"),
        (&["serve", "--webhook-private-hosts", "https://siem.internal/"], "without https://"),
        (&["account", "create", "--name", "Analytical Engines"], "--admin-email"),
        (&["user", "list", "--account-of", "ada"], "ada@example.com"),
    ] {
        installation.run(words).assert_refused(2, advice);
    }
    assert!(!installation.path().exists());
}

#[test]
fn plain_http_is_refused_for_other_hosts_also_as_a_variable() {
    let installation = Installation::new();
    let mut command = installation.command(&["serve"]);

    let output = command.env("STEPGATE_PUBLIC_URL", "http://mfa.example.com:3000").output().unwrap();

    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("in the clear"));
}

#[test]
fn help_and_version_are_no_errors() {
    let installation = Installation::new();

    assert!(installation.run(&["--version"]).done().starts_with("stepgate 0."));
    for words in [&["--help"][..], &["help", "serve"], &["account", "create", "--help"], &["user", "list", "-h"]] {
        assert!(installation.run(words).done().contains("Usage: stepgate"));
    }
}

#[test]
fn an_account_is_created_while_no_server_runs() {
    let installation = Installation::new();

    let link = installation.create_account(ADA).done();

    assert_eq!(link.lines().count(), 1, "{link}");
    assert!(link.contains("/invitation/"), "{link}");
    assert!(!installation.path().join("control.sock").exists());
}

#[test]
fn an_account_is_created_while_the_server_runs_and_its_link_leads_there() {
    let installation = Installation::new();
    let server = installation.serve();

    let link = installation.create_account(ADA).done();

    assert!(link.starts_with(&format!("http://{}/invitation/", server.host)), "{link}");
}

#[test]
fn a_link_begins_with_the_public_url() {
    let installation = Installation::new();
    let mut command = installation.command(&account_create(ADA));

    let output = command.env("STEPGATE_PUBLIC_URL", "https://MFA.example.com/").output().unwrap();

    assert!(output.stdout.starts_with(b"https://mfa.example.com/invitation/"));
}

#[test]
fn one_address_is_one_users_whether_the_server_runs_or_not() {
    let installation = Installation::new();
    installation.create_account(ADA).done();

    installation.create_account("Ada@Example.com").assert_refused(1, "ada@example.com already");

    let _server = installation.serve();
    installation.create_account(ADA).assert_refused(1, "ada@example.com already");
}

#[test]
fn a_password_comes_from_standard_input_and_must_be_a_good_one() {
    let installation = Installation::new();
    let words = [&account_create(ADA)[..], &["--password-stdin"]].concat();
    let weak = "password1";

    let refusal = installation.run_with(&words, weak);
    refusal.assert_refused(1, "too easy to guess");
    assert!(!refusal.stderr.contains(weak));
    installation.run_with(&words, "\n").assert_refused(1, "no password");

    let _server = installation.serve();
    installation.run_with(&words, weak).assert_refused(1, "too easy to guess");
    let said = installation.run_with(&words, &format!("{PASSWORD}\n")).done();
    assert!(said.contains("/sign-in") && !said.contains("/invitation/"), "{said}");
}

#[test]
fn users_are_listed_alike_with_and_without_a_server() {
    let installation = Installation::new();
    installation.create_account(ADA).done();
    installation.create_account("eve@example.com").done();
    let list = ["user", "list", "--account-of", ADA, "--json"];

    let without = installation.run(&list).done();
    let _server = installation.serve();
    let with = installation.run(&list).done();

    assert_eq!(with, without);
    let users: Value = serde_json::from_str(&with).unwrap();
    assert_eq!(users.as_array().unwrap().len(), 1);
    assert_eq!((&users[0]["email"], &users[0]["role"]), (&ADA.into(), &"admin".into()));
    assert!(installation.run(&list[..4]).done().contains("Not enabled"));
    installation.run(&["user", "list", "--account-of", "x@example.com"]).assert_refused(1, "nobody signs in");
}

#[test]
fn sample_people_come_into_an_empty_database_and_into_no_other() {
    let installation = Installation::new();

    let printed = installation.run(&["demo"]).done();
    let users = installation.run(&["user", "list", "--account-of", "ada@example.com", "--json"]).done();

    let users: Value = serde_json::from_str(&users).unwrap();
    let users = users.as_array().unwrap();
    let states: BTreeSet<&str> = users.iter().map(|user| user["mfa"].as_str().unwrap()).collect();
    assert_eq!((users.len(), states.len()), (25, 5), "{users:?}");
    for user in users {
        assert!(printed.contains(user["email"].as_str().unwrap()), "{printed}");
    }
    installation.run(&["demo"]).assert_refused(1, "the database is not empty");
}

#[test]
fn sample_people_wait_until_the_server_stops() {
    let installation = Installation::new();
    let server = installation.serve();

    installation.run(&["demo"]).assert_refused(1, "stop it first");

    assert_eq!(server.stop(), Some(0));
    installation.run(&["--database-url", "mem://", "demo"]).assert_refused(1, "would be forgotten");
}

#[test]
fn a_mistyped_data_directory_does_not_become_an_empty_one() {
    let installation = Installation::new();

    installation.run(&["user", "list", "--account-of", ADA]).assert_refused(1, "no data directory");

    assert!(!installation.path().exists());
}

#[test]
fn a_data_directory_that_everybody_may_write_in_is_refused() {
    let installation = Installation::new();
    fs::create_dir(installation.path()).unwrap();
    set_mode(&installation.path(), 0o777);

    installation.run(&["serve"]).assert_refused(1, "chmod 700");
}

//! What the operator does to people and settings, under the rules that hold for admins.

use std::fs;

use crate::stepgate::Installation;

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

fn invite<'a>(email: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["user", "invite", "--account-of", ADA, "--name", "Bob Babbage", "--email", email], more].concat()
}

#[test]
fn somebody_is_invited_by_mail_and_by_the_link_that_is_printed() {
    let installation = Installation::new();
    installation.create_account(ADA).done();
    let server = installation.serve();

    let link = installation.run(&invite(BOB, &["--role", "admin"])).done();

    assert!(link.starts_with(&format!("http://{}/invitation/", server.host)), "{link}");
    let list = installation.run(&["user", "list", "--account-of", BOB]).done();
    assert!(list.lines().any(|line| line.starts_with(BOB) && line.contains("admin")), "{list}");
    assert_eq!(server.stop(), Some(0));
    // What was not sent before the end is sent at the next start.
    assert_eq!(installation.serve().stop(), Some(0));
    let outbox = fs::read_dir(installation.path().join("outbox")).unwrap();
    let mails: Vec<_> = outbox.map(|letter| fs::read_to_string(letter.unwrap().path()).unwrap()).collect();
    let token = link.trim().rsplit('/').next().unwrap();
    assert!(mails.iter().any(|mail| mail.contains(BOB) && mail.contains(token)), "{mails:?}");
}

#[test]
fn an_invitation_is_sent_again_and_an_address_is_mailed_three_a_day() {
    let installation = Installation::new();
    installation.create_account(ADA).done();
    let first = installation.run(&invite(BOB, &[])).done();

    let second = installation.run(&["user", "resend", BOB]).done();
    assert_ne!(first, second);
    installation.run(&["user", "resend", BOB]).done();

    installation.run(&["user", "resend", BOB]).assert_refused(1, "was mailed as often as may be");
    installation.run(&invite(BOB, &[])).assert_refused(1, "an address of their own");
    installation.run(&["user", "resend", "nobody@example.com"]).assert_refused(1, "nobody signs in with");
}

#[test]
fn people_are_changed_and_each_change_is_said() {
    let installation = Installation::new();
    installation.create_account(ADA).done();
    installation.run(&invite(BOB, &[])).done();

    for (words, said) in [
        (&["user", "role", BOB, "admin"][..], "is an admin."),
        (&["user", "role", BOB, "admin"], "is an admin already; nothing was changed."),
        (&["user", "role", BOB, "member"], "is no admin any more."),
        (&["user", "end-sessions", BOB], "is signed out everywhere."),
        (&["user", "deactivate", BOB], "may sign in no more"),
        (&["user", "reactivate", BOB], "may sign in again"),
        (&["user", "remove", BOB], "was removed"),
    ] {
        let done = installation.run(words).done();
        assert!(done.starts_with(BOB) && done.contains(said), "{words:?}: {done}");
    }
    installation.run(&["user", "role", BOB, "admin"]).assert_refused(1, "nobody signs in with");
    installation.run(&invite(BOB, &[])).done();
}

#[test]
fn what_the_rules_forbid_is_refused_with_its_reason() {
    let installation = Installation::new();
    installation.create_account(ADA).done();

    installation.run(&["user", "unlock", ADA]).assert_refused(1, "is not locked out");
    installation.run(&["user", "remind", ADA]).assert_refused(1, "has not accepted the invitation yet");
    installation.run(&["user", "deactivate", ADA]).done();
    installation.run(&["user", "resend", ADA]).assert_refused(1, "reactivate them first");
}

#[test]
fn the_mfa_time_setting_is_changed_and_says_whom_it_asks() {
    let installation = Installation::new();
    installation.create_account(ADA).done();
    let set = |span| installation.run(&["account", "set", "--account-of", ADA, "--mfa-time-setting", span]).done();

    assert_eq!(
        set("12h"),
        "Analytical Engines asks for a code every 12 hours from now on: 0 people in 0 browsers at their next click.\n"
    );
    assert_eq!(set("12h"), "Analytical Engines asks every 12 hours already; nothing was changed.\n");
}

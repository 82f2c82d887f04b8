//! The keys file: made once, for its owner only, never made anew, and rotated by command.

use std::fs;

use crate::stepgate::{Installation, account_create, mode, set_mode};

const ADA: &str = "ada@example.com";

#[test]
fn keys_are_made_for_their_owner_only_and_stay_the_same() {
    let installation = Installation::new();
    let keys = installation.path().join("keys");

    installation.create_account(ADA).done();
    let made = fs::read(&keys).unwrap();
    installation.serve().stop();

    assert_eq!(mode(&keys), 0o600);
    assert_eq!(fs::read(&keys).unwrap(), made);
}

#[test]
fn a_database_that_has_lost_its_keys_is_not_opened() {
    let installation = Installation::new();
    let keys = installation.path().join("keys");
    installation.create_account(ADA).done();
    fs::rename(&keys, installation.path().join("mislaid")).unwrap();

    installation.run(&["serve"]).assert_refused(1, "put it back from your copy");
    installation.create_account("eve@example.com").assert_refused(1, "put it back from your copy");
    assert!(!keys.exists());

    fs::rename(installation.path().join("mislaid"), &keys).unwrap();
    assert_eq!(installation.serve().stop(), Some(0));
}

#[test]
fn keys_that_others_may_read_are_refused() {
    let installation = Installation::new();
    installation.create_account(ADA).done();
    let keys = installation.path().join("keys");

    for open in [0o644, 0o640, 0o606] {
        set_mode(&keys, open);
        installation.run(&["serve"]).assert_refused(1, "chmod 600");
    }
    set_mode(&keys, 0o400);
    assert_eq!(installation.serve().stop(), Some(0));
}

#[test]
fn damaged_keys_are_refused_and_not_shown() {
    let installation = Installation::new();
    installation.create_account(ADA).done();
    let keys = installation.path().join("keys");
    let good = fs::read_to_string(&keys).unwrap();
    let key = good.split('"').find(|word| word.len() == 43).unwrap().to_owned();

    for bad in [good.replace("\"writing\": \"k1\"", "\"writing\": \"k2\""), good.replace(&key, &key[1..]), key.clone()]
    {
        fs::write(&keys, bad).unwrap();
        let refusal = installation.run(&["serve"]);
        refusal.assert_refused(1, "keys file");
        assert!(!refusal.stderr.contains(&key[1..20]), "{refusal:?}");
    }
}

#[test]
fn keys_may_lie_elsewhere() {
    let installation = Installation::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let keys = elsewhere.path().join("stepgate keys");
    let words = ["user", "list", "--account-of", ADA, "--keys-file", keys.to_str().unwrap()];

    let mut create = installation.command(&account_create(ADA));
    assert!(create.env("STEPGATE_KEYS_FILE", &keys).output().unwrap().status.success());

    assert_eq!(mode(&keys), 0o600);
    assert!(!installation.path().join("keys").exists());
    installation.run(&words).done();
    installation.run(&words[..4]).assert_refused(1, "--keys-file");
}

/// The names of the keys that the file says decrypt.
fn keys_in(path: &std::path::Path) -> Vec<String> {
    let file: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    file["keys"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn keys_are_rotated_whether_the_server_runs_or_not() {
    let installation = Installation::new();
    let keys = installation.path().join("keys");
    installation.create_account(ADA).done();

    let said = installation.run(&["keys", "rotate"]).done();
    assert!(said.contains("The new key is k2") && said.contains("next rotation: k1"), "{said}");
    assert_eq!((keys_in(&keys), mode(&keys)), (vec!["k1".into(), "k2".into()], 0o600));

    let server = installation.serve();
    let said = installation.run(&["keys", "rotate"]).done();
    assert!(said.contains("The new key is k3") && said.contains("Retired: k1"), "{said}");
    installation.run(&["keys", "rotate"]).assert_refused(1, "less than a minute ago");
    installation.run(&["doctor"]).done();
    assert_eq!(keys_in(&keys), ["k2", "k3"]);
    assert_eq!(server.stop(), Some(0));
    installation.run(&["doctor"]).done();
}

#[test]
fn keys_that_were_changed_under_a_running_server_are_not_rotated() {
    let installation = Installation::new();
    let keys = installation.path().join("keys");
    installation.create_account(ADA).done();
    let first = fs::read(&keys).unwrap();
    installation.run(&["keys", "rotate"]).done();
    let server = installation.serve();
    fs::write(&keys, &first).unwrap();

    installation.run(&["keys", "rotate"]).assert_refused(1, "restart the server first");

    assert_eq!(fs::read(&keys).unwrap(), first);
    drop(server);
}

#[test]
fn a_doctor_finds_nothing_in_a_new_installation_and_the_secrets_of_a_lost_key() {
    let installation = Installation::new();
    let keys = installation.path().join("keys");
    installation.create_account(ADA).done();

    let found: serde_json::Value = serde_json::from_str(&installation.run(&["doctor", "--json"]).done()).unwrap();
    assert_eq!(found["sound"], true);
    assert_eq!(found["audit"].as_array().unwrap().len(), 2);
    assert!(found["audit"][0]["number"].as_u64() >= Some(1));

    let other = Installation::new();
    other.create_account(ADA).done();
    fs::copy(other.path().join("keys"), &keys).unwrap();
    let outcome = installation.run(&["doctor"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stdout.contains("WRONG") && outcome.stderr.contains("something is wrong"), "{outcome:?}");
}

//! A damaged row is an error that names it: never a panic, never somebody else's row, never "no such session".

use std::error::Error;

use domain::{SessionId, Timestamp};
use surrealdb::types::{RecordId, Variables, vars};
use verifier::testing::{a_credential, a_signed_in, an_account};
use verifier::{Change, Commit, Session, SessionChange, Store, Unavailable};

use crate::directory::Directory;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

async fn with_session() -> Directory {
    let directory = Directory::new();
    let store = directory.open().await.unwrap();
    let signed_in = a_signed_in(NOW);
    let commit = Commit {
        credentials: vec![Change::create(a_credential())],
        accounts: vec![Change::create(an_account())],
        sessions: vec![SessionChange::Open { token: signed_in.token, session: signed_in.session }],
        ..Commit::default()
    };
    store.commit(commit).await.unwrap();
    directory
}

fn reason<T>(outcome: Result<T, Unavailable>) -> String {
    outcome.err().expect("not refused").source().expect("no reason given").to_string()
}

/// The rows by name, and the texts written into them.
fn values() -> Variables {
    let another = Session { id: SessionId::from_random([4; 16]), ..a_signed_in(NOW).session };
    vars! {
        user: RecordId::new("credential", a_credential().user.as_str()),
        account: RecordId::new("account", an_account().id.as_str()),
        row: RecordId::new("session", a_signed_in(NOW).token.as_str()),
        elsewhere: serde_json::to_string(&another).unwrap(),
        secret: "{\"user\":\"hunter2\"}",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_it_is_told_which_row_and_which_column() {
    let (user, account) = (a_credential().user, an_account().id);
    let no_json = format!("table credential, row \"{user}\", column \"body\": not the JSON of the record, at line 1, ");
    let cases = [
        ("UPDATE $user SET body = 'no json'", no_json.clone()),
        ("UPDATE $user SET body = $secret", no_json.clone()),
        ("UPDATE $user SET body = string::replace(body, 'ada@example.com', 'hunter2')", no_json),
        (
            "UPDATE $user SET body = string::replace(body, '\"user\":\"0', '\"user\":\"1')",
            format!("table credential, row \"{user}\", column \"body\": the record of another row"),
        ),
        (
            "UPDATE $user SET version = 0",
            format!("table credential, row \"{user}\", column \"version\": not a version"),
        ),
        (
            "UPDATE $account SET version = -1",
            format!("table account, row \"{account}\", column \"version\": not a version"),
        ),
        (
            "DELETE $account",
            format!("table credential, row \"{user}\", column \"account\": refers to nothing in table account"),
        ),
    ];
    for (damage, expected) in cases {
        let directory = with_session().await;
        directory.tamper(damage, values()).await;

        let store = directory.open().await.unwrap();

        for told in [
            reason(store.load_user(&user).await),
            reason(store.find_user(&a_credential().email).await),
            reason(store.find_session(&a_signed_in(NOW).token).await),
        ] {
            assert!(told.starts_with(&expected) && !told.contains("hunter2"), "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_session_is_an_error_and_not_an_unknown_one() {
    let token = a_signed_in(NOW).token;
    let cases = [
        ("UPDATE $row SET body = ''", "column \"body\": not the JSON of the record, at line 1, character 0"),
        ("UPDATE $row SET session = 'another'", "column \"body\": the record of another row"),
        ("UPDATE $row SET body = $elsewhere", "column \"body\": the record of another row"),
        ("UPDATE $row SET user = credential:nobody", "column \"user\": refers to nothing in table credential"),
    ];
    for (damage, expected) in cases {
        let directory = with_session().await;
        directory.tamper(damage, values()).await;

        let store = directory.open().await.unwrap();

        let expected = format!("table session, row {:?}, {expected}", token.as_str());
        assert_eq!(reason(store.find_session(&token).await), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_itself_refuses_a_value_of_another_type() {
    let directory = with_session().await;
    let connection = directory.open_raw().await;

    for damage in ["UPDATE $user SET version = 'one'", "UPDATE $row SET body = NONE", "UPDATE $user SET account = 7"] {
        assert!(connection.query(damage).bind(values()).await.unwrap().check().is_err(), "{damage}");
    }
}

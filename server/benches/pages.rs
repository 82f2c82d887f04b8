//! How fast pages are for an admin of ten thousand people, with the database on a disk: `make bench`.
//!
//! Part of `server` and without criterion, which would have SurrealDB compiled anew.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what a benchmark takes for granted ends it when it is not so")]
#![expect(clippy::print_stdout, reason = "what it is for")]

#[expect(dead_code, reason = "made for tests, which use all of it")]
#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Timestamp, UserId};
use store::SurrealStore;
use support::{Asked, House, Wants};
use tokio::time::Instant;
use verifier::testing::{a_binding, a_credential};
use verifier::{Change, Commit, CredentialRecord, PasswordHash, RecoveryCodes, Standing, Store, Token};

const PEOPLE: u32 = 10_000;
const ROUNDS: usize = 15;
/// How many records one commit writes while the database is filled.
const AT_ONCE: u32 = 100;

const PAGES: [(&str, &str); 9] = [
    ("users", "/admin/users"),
    ("users, by address, descending", "/admin/users?sort=email&order=down"),
    ("users, by MFA", "/admin/users?sort=mfa"),
    ("users, by last sign-in, page 100", "/admin/users?sort=last-sign-in&page=100"),
    ("users, not enabled", "/admin/users?show=not-enabled"),
    ("users, two words", "/admin/users?q=example+7"),
    ("App Center", "/admin/app-center"),
    ("App Center, MFA", "/admin/app-center/mfa"),
    ("one user", "/profile"),
];

#[tokio::main]
async fn main() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("surrealkv://{}", directory.path().join("db").display());
    let store: Arc<dyn Store> = Arc::new(SurrealStore::open(&url).await.unwrap());
    let house = House::over(Arc::clone(&store), "Analytical Engines").await;
    let admin = house.signed_in().await;
    let account = store.accounts_after(None, 1).await.unwrap().pop().unwrap();
    let filling = Instant::now();
    fill(&*store, &account).await;
    println!("{PEOPLE} people written within {:.1} s", filling.elapsed().as_secs_f64());
    looking(&house, &admin).await;
    reminding(&house, &admin).await;
}

/// Each page some times, one after the other.
async fn looking(house: &House, admin: &Token) {
    for (name, path) in PAGES {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let answer = house.ask(Asked::get(path).by(Some(admin))).await;
            times.push(start.elapsed());
            assert!(answer.status.is_success(), "{path}: {}", answer.status);
        }
        report(name, times);
    }
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let answer = house.ask(Asked::post("/api/admin/coverage", "").wants(Wants::Json).by(Some(admin))).await;
        times.push(start.elapsed());
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.body);
    }
    report("the card's question", times);
}

/// Everybody without an authenticator is reminded, while somebody else signs in over and over.
async fn reminding(house: &House, admin: &Token) {
    let email = house.enrolled().await;
    report("a sign-in, nothing else under way", sign_ins(house, &email, ROUNDS).await);
    let page = house.ask(Asked::get("/admin/app-center/mfa").by(Some(admin))).await;
    let (_, session) = page.body.split_once("name=\"session\" value=\"").unwrap();
    let (session, _) = session.split_once('"').unwrap();
    let form = format!("show=not-enabled&session={session}");
    let start = Instant::now();
    let reminded = async {
        let answer = house.ask(Asked::post("/api/admin/remind-all", &form).by(Some(admin))).await;
        (answer, start.elapsed())
    };
    let (answer_and_time, times) = tokio::join!(reminded, sign_ins(house, &email, 100));
    let (answer, time) = answer_and_time;
    println!("reminding everybody: {:.1} s, {} {:?}", time.as_secs_f64(), answer.status, answer.location());
    report("a sign-in meanwhile", times);
}

async fn sign_ins(house: &House, email: &str, count: usize) -> Vec<Duration> {
    let form = format!("email={email}&password=correct+horse+battery+staple");
    let mut times = Vec::new();
    for _ in 0..count {
        let start = Instant::now();
        let answer = house.ask(Asked::post("/api/sign-in", &form)).await;
        times.push(start.elapsed());
        assert_eq!(answer.location(), "/sign-in/code", "{} {}", answer.status, answer.body);
    }
    times
}

fn report(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let (median, worst) = (times.get(times.len() / 2).unwrap(), times.last().unwrap());
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    println!("{name:<40} median {:>7.1} ms, slowest {:>7.1} ms", ms(*median), ms(*worst));
}

async fn fill(store: &dyn Store, account: &AccountId) {
    for first in (0..PEOPLE).step_by(AT_ONCE as usize) {
        let credentials = (first..first + AT_ONCE).map(|number| Change::create(person(number, account))).collect();
        store.commit(Commit { credentials, ..Commit::default() }).await.unwrap();
    }
}

/// Half have an authenticator, half of these recovery codes that are saved too; every hundredth may not sign in.
fn person(number: u32, account: &AccountId) -> CredentialRecord {
    // In no order: a hash of the number.
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    let codes = RecoveryCodes {
        set: 1,
        issued_at: Timestamp::from_seconds(0),
        saved: number.is_multiple_of(4),
        unused: vec![PasswordHash::from_phc("$plain$00$00".into()); 10],
    };
    let protected = number.is_multiple_of(2);
    CredentialRecord {
        user: UserId::from_random(bytes),
        account: account.clone(),
        email: format!("person{:05}@example.com", number.wrapping_mul(7919) % PEOPLE).parse().unwrap(),
        name: format!("Person Number {}", number.wrapping_mul(104_729) % PEOPLE).parse().unwrap(),
        standing: if number % 100 == 99 { Standing::Deactivated } else { Standing::Active },
        binding: protected.then(a_binding),
        codes: protected.then_some(codes),
        last_sign_in: protected
            .then(|| Timestamp::from_seconds(1_700_000_000 + i64::from(number.wrapping_mul(31) % 977))),
        ..a_credential()
    }
}

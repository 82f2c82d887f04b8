#![allow(clippy::all)]
use std::time::Instant;
use std::sync::Arc;
use verifier::*;
use verifier::testing::*;
use domain::*;
fn bytes(n: u32) -> [u8;16] { ((7u128<<64)|n as u128).to_be_bytes() }
fn token(n: u32) -> TokenHash { Token::issue(&SeededEntropy::new(n as u64)).unwrap().hash() }
fn user(n: u32) -> CredentialRecord {
    let b = KnownBrowser { cookie: token(n), browser: a_signed_in(Timestamp::from_seconds(1)).session.browser, last_used: Timestamp::from_seconds(1), second_factors: Budget::default(), passwords: Budget::default() };
    CredentialRecord { user: UserId::from_random(bytes(n)), email: format!("user{n}@example.com").parse().unwrap(), binding: Some(a_binding()), known_browsers: vec![b; 8], ..a_credential() } }
fn rss() -> String { std::fs::read_to_string("/proc/self/status").unwrap().lines().filter(|l| l.starts_with("VmRSS")||l.starts_with("VmHWM")).collect::<Vec<_>>().join(" ") }
fn du(p: &std::path::Path) -> String { String::from_utf8(std::process::Command::new("du").arg("-ah").arg(p).output().unwrap().stdout).unwrap() }

#[tokio::test(flavor = "multi_thread")]
async fn growth() {
    let path = std::path::PathBuf::from(std::env::var("GROW").unwrap());
    let url = format!("surrealkv://{}", path.display());
    println!("{}", if path.exists() { du(&path) } else { String::new() });
    let t = Instant::now();
    let store: Arc<dyn Store> = Arc::new(store::SurrealStore::open(&url).await.unwrap());
    println!("open {:?} {}", t.elapsed(), rss());
    let n: u32 = std::env::var("N").unwrap().parse().unwrap();
    if n == 0 { return }
    let t = Instant::now();
    let v0 = store.load_user(&user(0).user).await;
    println!("{:?}", v0.is_ok());
    if store.is_empty().await.unwrap() {
        store.commit(Commit { accounts: vec![Change::create(an_account())], credentials: (0..16).map(|n| Change::create(user(n))).collect(), ..Default::default() }).await.unwrap();
    }
    let mut js = tokio::task::JoinSet::new();
    for w in 0..16 { let s = store.clone(); js.spawn(async move { for _ in 0..n { let v = s.load_user(&user(w).user).await.unwrap().unwrap().credential.version; s.commit(Commit { credentials: vec![Change::update(v, user(w))], ..Default::default() }).await.unwrap(); } }); }
    js.join_all().await;
    println!("{} commits {:?} {}", 16*n, t.elapsed(), rss());
    println!("{}", du(&path));
}

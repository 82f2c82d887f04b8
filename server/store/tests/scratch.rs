#![allow(clippy::all)]
use std::time::Instant;
use std::sync::Arc;
use surrealdb::engine::any::connect;
use surrealdb::types::{Value, vars, RecordId};
use verifier::*;
use verifier::testing::*;
use domain::*;

fn bytes(n: u32) -> [u8;16] { ((7u128<<64)|n as u128).to_be_bytes() }
fn user(n: u32) -> CredentialRecord {
    let b = KnownBrowser { cookie: token(n), browser: a_signed_in(Timestamp::from_seconds(1)).session.browser, last_used: Timestamp::from_seconds(1), second_factors: Budget::default(), passwords: Budget::default() };
    CredentialRecord { user: UserId::from_random(bytes(n)), email: format!("user{n}@example.com").parse().unwrap(), binding: Some(a_binding()), known_browsers: vec![b.clone(), b], ..a_credential() } }
fn token(n: u32) -> TokenHash { Token::issue(&SeededEntropy::new(n as u64)).unwrap().hash() }
fn session(n: u32) -> Session { Session { id: SessionId::from_random(bytes(n)), user: user(n).user, proof: Proof::SecondFactor { mfa_at: Timestamp::from_seconds(1) }, ..a_signed_in(Timestamp::from_seconds(1)).session } }
fn event(n: u32) -> SecurityEvent { SecurityEvent { id: EventId::from_random(bytes(n)), at: Timestamp::from_seconds(n as i64), account: Some(an_account().id), user: None, kind: EventKind::AuthenticatorBound, address: None, browser: None } }
fn message(n: u32) -> QueuedMessage {
    let s = a_signed_in(Timestamp::from_seconds(1)).session;
    let m = Message { to: a_credential().email, name: a_credential().name, account: an_account().name, at: s.last_seen, about: MessageKind::AuthenticatorBound { address: s.address, browser: s.browser } };
    m.queue(&a_keyring(), &SeededEntropy::new(n as u64)).unwrap() }
fn rss() -> String { std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l| l.starts_with("VmRSS")).unwrap().to_string() }

async fn go(url: &str) {
    println!("==== {url} {}", rss());
    let t = Instant::now();
    let store: Arc<dyn Store> = Arc::new(store::SurrealStore::open(url).await.unwrap());
    println!("open {:?} {}", t.elapsed(), rss());
    let t = Instant::now();
    store.commit(Commit { accounts: vec![Change::create(an_account())], ..Default::default() }).await.unwrap();
    for batch in 0..20 { let r = batch*100..batch*100+100;
        store.commit(Commit { credentials: r.clone().map(|n| Change::create(user(n))).collect(), sessions: r.clone().map(|n| SessionChange::Open { token: token(n), session: session(n) }).collect(), ..Default::default() }).await.unwrap(); }
    println!("2000 users+sessions {:?} {}", t.elapsed(), rss());
    macro_rules! time { ($what:expr, $n:expr, |$i:ident| $e:expr) => {{ let mut all = vec![]; for $i in 0..$n { let t = Instant::now(); let _ = $e; all.push(t.elapsed()); } all.sort(); println!("{:40} median {:?} p99 {:?} min {:?}", $what, all[all.len()/2], all[all.len()*99/100], all[0]); }} }
    for _ in 0..2 {
    time!("find_session", 2000u32, |i| store.find_session(&token(i)).await.unwrap().unwrap());
    time!("token only", 2000u32, |i| token(i));
    }
    time!("find_session none", 2000u32, |i| store.find_session(&token(i+100000)).await.unwrap());
    time!("find_user", 2000u32, |i| store.find_user(&user(i).email).await.unwrap().unwrap());
    time!("load_user", 2000u32, |i| store.load_user(&user(i).user).await.unwrap().unwrap());
    time!("sessions_of", 1000u32, |i| store.sessions_of(&user(i).user).await.unwrap());
    time!("members_of (2000)", 3u32, |i| store.members_of(&an_account().id).await.unwrap());
    time!("touch", 500u32, |i| store.touch(&token(i), Timestamp::from_seconds(5)).await.unwrap());
    time!("commit cred", 500u32, |i| store.commit(Commit { credentials: vec![Change::update(1, user(i))], ..Default::default() }).await.unwrap());
    time!("commit event", 500u32, |i| store.commit(Commit { events: vec![event(i+10000)], ..Default::default() }).await.unwrap());
    time!("commit open", 500u32, |i| store.commit(Commit { sessions: vec![SessionChange::Open { token: token(i+200000), session: session(i) }], ..Default::default() }).await.unwrap());
    time!("commit cred+rotate+event+message", 500u32, |i| store.commit(Commit { credentials: vec![Change::update(2, user(i))], sessions: vec![SessionChange::Rotate { from: token(i), to: token(i+50000), session: session(i), grace_until: Timestamp::from_seconds(40) }], events: vec![event(i)], messages: vec![message(i)], ..Default::default() }).await.unwrap());
    time!("waiting 50", 20u32, |i| store.waiting_messages(50).await.unwrap());
    time!("events 50", 20u32, |i| store.events_of(&an_account().id, 50).await.unwrap());
    // parallel find_session
    let t = Instant::now();
    let mut js = tokio::task::JoinSet::new();
    for w in 0..16u32 { let s = store.clone(); js.spawn(async move { for i in 0..200u32 { s.find_session(&token(500+(w*50+i)%1500)).await.unwrap().unwrap(); } }); }
    js.join_all().await;
    println!("16x200 find_session parallel: each {:?}", t.elapsed()/3200);
    let t = Instant::now();
    let mut js = tokio::task::JoinSet::new();
    for w in 0..32u32 { let s = store.clone(); js.spawn(async move { for i in 0..10u32 { s.commit(Commit { credentials: vec![Change::update(1, user(1000+w*10+i))], events: vec![event(300000+w*10+i)], ..Default::default() }).await.unwrap(); } }); }
    js.join_all().await;
    println!("32x10 commits parallel: each {:?}", t.elapsed()/320);
    let t = Instant::now(); store.sweep(Timestamp::from_seconds(100*86400)).await.unwrap(); println!("sweep all {:?} {}", t.elapsed(), rss());
    let t = Instant::now(); store.sweep(Timestamp::from_seconds(100*86400)).await.unwrap(); println!("sweep nothing {:?}", t.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn measure() {
    go("mem://").await;
    let dir = tempfile::tempdir_in("/var/tmp").unwrap();
    let path = dir.path().join("db x");
    go(&format!("surrealkv://{}", path.display())).await;
    let t = Instant::now();
    let db = loop { match connect(format!("surrealkv://{}", path.display())).await { Ok(d) => break d, Err(_) => tokio::task::yield_now().await } };
    println!("reopen {:?}", t.elapsed());
    db.use_ns("stepgate").use_db("stepgate").await.unwrap();
    for q in ["SELECT id, version, body, account FROM credential WHERE email = $email FETCH account",
        "SELECT id, session, body FROM session WHERE user = $user AND superseded_until IS NONE",
        "SELECT id, email, body FROM member WHERE account = $account ORDER BY email",
        "SELECT id, at, body FROM event WHERE account = $account ORDER BY at DESC, id DESC LIMIT 50",
        "SELECT id, at, body FROM message ORDER BY at, id LIMIT 50",
        "SELECT VALUE id FROM session WHERE expires_at < $now LIMIT 200",
        "SELECT id, session, superseded_until, body, user FROM $id FETCH user, user.account",
    ] {
        let mut r = db.query(format!("{q} EXPLAIN")).bind(vars!{email: "user3@example.com", user: RecordId::new("credential", "x"), account: RecordId::new("account", an_account().id.as_str()), now: 7, id: RecordId::new("session","x")}).await.unwrap();
        let v: Result<Value,_> = r.take(0);
        println!("{q}\n   {:?}", v.map(|v| v.into_json_value()));
    }
}

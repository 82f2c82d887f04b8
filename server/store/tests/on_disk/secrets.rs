//! Nothing in the database lets anybody in: tokens are hashed, secrets and messages sealed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::{Role, Timestamp};
use surrealdb::types::Value;
use verifier::testing::world::ways_back::NUMBER;
use verifier::testing::{
    Browser, Human, SeededEntropy, World, a_binding, a_credential, a_keyring, a_signed_in, an_account,
};
use verifier::{
    Actor, Argon2id, Change, Commit, CredentialRecord, Enrollment, Link, LinkPurpose, Message, MessageKind, NoticeKind,
    PendingBinding, Ports, PrivateHosts, Progress, Recipient, SessionChange, SharedSecret, Store, Token, Verifier,
    WebhookUrl,
};

use crate::directory::Directory;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const TABLES: [&str; 9] =
    ["account", "credential", "member", "attempts", "tally", "link", "session", "event", "message"];

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_rows_nor_files_hold_a_token_a_secret_or_a_message() {
    let directory = Directory::new();
    let store = directory.open().await.unwrap();
    let entropy = SeededEntropy::new(1);
    let [session_token, next_token, link_token, cookie] = [(); 4].map(|()| Token::issue(&entropy).unwrap());
    let secret = SharedSecret::from_bytes(*b"a secret of 20 bytes");
    let session = a_signed_in(NOW).session;
    let sealed = secret.seal(&a_credential().user, &a_keyring(), &entropy).unwrap();
    let pending =
        PendingBinding { session: session.id.clone(), secret: sealed, begun_at: NOW, progress: Progress::FirstCode };
    let record = CredentialRecord {
        binding: Some(a_binding()),
        enrollment: Some(Enrollment::Binding(pending)),
        ..a_credential()
    };
    let about = MessageKind::Notice {
        what: NoticeKind::Locked,
        address: Some(session.address),
        browser: Some(session.browser.clone()),
    };
    let to = Recipient::Mail("only-in-the-message@example.com".parse().unwrap());
    let message =
        Message { to, name: record.name.clone(), account: an_account().name, language: record.reads(), at: NOW, about };
    let session = verifier::Session { known_browser: Some(cookie.hash()), ..session };
    let commit = Commit {
        credentials: vec![Change::create(record)],
        accounts: vec![Change::create(an_account())],
        links: vec![Link::new(link_token.hash(), LinkPurpose::Setup, NOW)],
        sessions: vec![
            SessionChange::Open { token: session_token.hash(), session: session.clone() },
            SessionChange::Rotate { from: session_token.hash(), to: next_token.hash(), session, grace_until: NOW },
        ],
        messages: vec![message.queue(&a_keyring(), &entropy).unwrap()],
        ..Commit::default()
    };

    store.commit(commit).await.unwrap();
    drop(store);

    let connection = directory.open_raw().await;
    let mut rows = Vec::new();
    for table in TABLES {
        let mut answer = connection.query(format!("SELECT * FROM {table}")).await.unwrap().check().unwrap();
        let found: Vec<Value> = answer.take(0).unwrap();
        rows.extend(found);
    }
    let rows = format!("{rows:?}");
    let stored: Vec<Vec<u8>> = files_in(directory.path()).iter().map(|file| fs::read(file).unwrap()).collect();
    let mut plain = [&session_token, &next_token, &link_token, &cookie].map(Token::reveal).to_vec();
    plain.extend([secret.base32().to_string(), "a secret of 20 bytes".into(), "12345678901234567890".into()]);
    plain.extend(["only-in-the-message".into(), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".into()]);
    for text in plain {
        assert!(!rows.contains(&text), "a row holds {text}");
        assert!(!stored.iter().any(|bytes| contains(bytes, &text)), "a file holds {text}");
    }
    // And this is how it would look if they did.
    assert!(rows.contains(next_token.hash().as_str()));
    assert!(stored.iter().any(|bytes| contains(bytes, next_token.hash().as_str())));
}

const ANOTHER: &str = "another horse, another battery";

/// The same world, in which passwords and recovery codes are hashed as they are in the product.
async fn with_real_hashes(world: World) -> World {
    let ports = Ports {
        store: world.store.clone(),
        clock: world.clock.clone(),
        entropy: world.entropy.clone(),
        hasher: Arc::new(Argon2id::new(2).unwrap()),
    };
    let verifier = Arc::new(Verifier::new(ports, Arc::new(a_keyring())).await.unwrap());
    World { verifier, ..world }
}

/// The key in somebody's phone, as text and as an authenticator app would show its bytes.
fn key_of(human: &Human) -> [String; 1] {
    [human.phone.as_ref().unwrap().secret().base32().to_string()]
}

/// What of a webhook is secret: what signs, and what stands in its address. An event is on its way to it.
async fn has_a_webhook(world: &World, human: &Human) -> Vec<String> {
    let url = WebhookUrl::parse("https://hooks.example.com/T0K3N-in-an-address", &PrivateHosts::default()).unwrap();
    let _ = world.verifier.add_webhook(Actor::Operator { account: &human.account }, &url).await.unwrap();
    let _ = world.verifier.seal_events().await.unwrap();
    world.verifier.queue_calls(&human.account).await.unwrap();
    let found = world.store.load_webhooks(&human.account).await.unwrap().unwrap();
    let hook = found.record.hooks.first().unwrap();
    assert!(hook.under_way.is_some());
    let secret = hook.secret(world.verifier.keyring()).unwrap().reveal();
    vec!["T0K3N-in-an-address".into(), secret.trim_start_matches("whsec_").into()]
}

/// Everything secret that people hold, after they have done with Stepgate all that they can.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_people_type_or_are_sent_is_in_the_files() {
    let directory = Directory::new();
    let world = with_real_hashes(World::over(Arc::new(directory.open().await.unwrap())).await).await;
    let (mut ada, mobile) = world.ada_with_mobile().await;
    let mut secrets = vec![ada.password.clone(), ANOTHER.to_owned()];
    secrets.extend(key_of(&ada));
    let elsewhere = &mut Browser::new();

    world.comes_back_by_code(&ada, elsewhere, &ada.codes[0].clone()).await;
    world.binds_anew(&mut ada, elsewhere).await;
    secrets.extend(key_of(&ada));
    let replacement = world.reads_the_codes(elsewhere).await;
    for code in ada.codes.iter().chain(&replacement) {
        secrets.extend([code.as_str().to_owned(), code.grouped()]);
    }
    world.clock.advance(Duration::from_mins(10));
    let by_text = &mut Browser::new();
    world.knows_the_password_of(&ada, by_text).await;
    let text = world.is_texted(by_text, &mobile, NUMBER).await;
    secrets.push(format!("\"{}\"", str::from_utf8(text.digits()).unwrap()));
    let reset = world.is_mailed_a_reset(&ada).await;
    let (_, invitation) = world.invited_by_operator(&ada, "bob@example.com", Role::Member).await;
    secrets.extend([reset.reveal(), invitation.reveal()]);
    let _ = world.resets(&reset, ANOTHER, by_text).await;
    let tokens = [&*elsewhere, &*by_text, &ada.browser].map(|browser| (browser.session.clone(), browser.known.clone()));
    secrets
        .extend(tokens.into_iter().flat_map(|(session, known)| [session, known]).flatten().map(|token| token.reveal()));
    secrets.extend(has_a_webhook(&world, &ada).await);
    let user = ada.user.as_str().to_owned();
    drop(world);

    let stored: Vec<Vec<u8>> = files_in(directory.path()).iter().map(|file| fs::read(file).unwrap()).collect();
    for secret in &secrets {
        assert!(!stored.iter().any(|bytes| contains(bytes, secret)), "a file holds {secret}");
    }
    assert!(secrets.len() > 30, "{}", secrets.len());
    assert!(stored.iter().any(|bytes| contains(bytes, &user)), "and this is how it would look");
}

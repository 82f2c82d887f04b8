//! The arrows between the crates, as data: who may know whom, and why not.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "what a test takes for granted fails it when it is not so"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Each crate of ours and the crates of ours it may know.
const ARROWS: [(&str, &[&str]); 9] = [
    ("benches", &[]),
    ("delivery", &["domain", "verifier"]),
    ("domain", &[]),
    ("verifier", &["domain"]),
    ("pinned-features", &[]),
    ("store", &["domain", "pinned-features", "verifier"]),
    ("app", &["domain", "verifier"]),
    ("frontend", &["app"]),
    ("server", &["app", "delivery", "domain", "store", "verifier"]),
];

/// What a crate must not depend on, directly, and why.
const FORBIDDEN: [(&str, &[&str], &str); 7] = [
    (
        "delivery",
        &["axum", "leptos", "surrealdb", "store", "argon2"],
        "carries messages; knows no request and no database",
    ),
    (
        "domain",
        &["leptos", "tokio", "axum", "surrealdb", "argon2", "chrono", "time", "regex", "url"],
        "runs in the browser: std, serde and thiserror are enough for words and parsing rules",
    ),
    (
        "verifier",
        &["axum", "http", "surrealdb", "leptos", "leptos_axum", "tower", "cookie"],
        "rules know no HTTP, no database and no screen",
    ),
    ("store", &["axum", "http", "leptos", "argon2", "totp-rs"], "keeps records, decides nothing"),
    (
        "app",
        &["surrealdb", "store", "server", "argon2", "totp-rs", "chacha20poly1305", "axum"],
        "screens ask the verifier; what it does and where it keeps it is not theirs to know",
    ),
    ("frontend", &["verifier", "store", "server", "domain", "tokio"], "starts islands, nothing else"),
    (
        "server",
        &["surrealdb", "totp-rs", "qrcode"],
        "composes: the store alone knows SurrealDB, the verifier alone codes",
    ),
];

/// Crates that have no business in the browser, by what they would bring.
const NOT_IN_THE_BROWSER: [(&str, &str); 17] = [
    ("argon2", "passwords are judged on the server"),
    ("axum", "a server"),
    ("chacha20poly1305", "secrets are sealed on the server"),
    ("chrono", "a clock and its tables"),
    ("cookie", "cookies are the server's"),
    ("hyper", "a server"),
    ("leptos_axum", "a server"),
    ("leptos_router", "a navigation is a request, and a request is checked"),
    ("phonenumber", "tables of a megabyte"),
    ("qrcode", "the QR code comes as a path"),
    ("store", "a database"),
    ("surrealdb", "a database"),
    ("time", "a clock and its tables"),
    ("tokio", "a runtime"),
    ("totp-rs", "codes are judged on the server"),
    ("verifier", "the rules are the server's"),
    ("zxcvbn", "tables of a megabyte"),
];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--locked", "--offline"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo speaks UTF-8")
}

/// The direct dependencies of each crate of ours, those of its tests left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version=1"])).expect("JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |package: &Value| {
        let all = package["dependencies"].as_array().expect("a list");
        all.iter().filter(|one| one["kind"] != "dev").map(|one| text(&one["name"])).collect()
    };
    let packages = metadata["packages"].as_array().expect("a list");
    packages.iter().map(|package| (text(&package["name"]), of(package))).collect()
}

#[test]
fn every_arrow_points_at_what_knows_less() {
    let dependencies = dependencies();
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();

    let there: BTreeSet<&str> = dependencies.keys().map(String::as_str).collect();
    assert_eq!(there, ours, "a crate without arrows: add it to the table, with care");
    for (name, may) in ARROWS {
        for known in dependencies[name].iter().filter(|known| ours.contains(known.as_str())) {
            assert!(may.contains(&known.as_str()), "{name} must not know {known}");
        }
    }
}

#[test]
fn no_crate_depends_on_what_it_has_a_reason_not_to() {
    let dependencies = dependencies();

    for (name, forbidden, why) in FORBIDDEN {
        for other in forbidden {
            assert!(!dependencies[name].contains(*other), "{name} must not depend on {other}: {why}");
        }
    }
}

#[test]
fn nothing_of_the_server_is_in_the_browsers_tree() {
    let target = ["--target", "wasm32-unknown-unknown"];
    let tree = cargo(&[
        "tree",
        "-p",
        "frontend",
        target[0],
        target[1],
        "-e",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "-f",
        "{p}",
    ]);
    let there: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();

    assert!(there.contains("leptos"), "the tree was read");
    for (name, why) in NOT_IN_THE_BROWSER {
        assert!(!there.contains(name), "{name} is in the browser's tree: {why}");
    }
}

/// `leptos_config` brings a few of them into the tree; the linker has to find that nobody uses them.
#[test]
fn nothing_heavy_is_linked_into_the_bundle() {
    let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/../dist/site/assets");
    let files = std::fs::read_dir(assets).expect("the bundle is built: make bundle").flatten();
    let wasm = files.map(|file| file.path()).find(|path| path.extension().is_some_and(|kind| kind == "wasm"));
    let wasm = std::fs::read(wasm.expect("the bundle has its wasm")).expect("the wasm is readable");

    let has = |name: &str| wasm.windows(name.len()).any(|bytes| bytes == name.as_bytes());
    assert!(has("/tachys-"), "panic messages name the crate they come from");
    for heavy in ["/regex-", "/regex-automata-", "/toml-", "/idna-", "/icu_normalizer-", "/chrono-"] {
        assert!(!has(heavy), "{heavy} is linked into the bundle");
    }
}

//! The doors as a request finds them: what is served, what it asks, and how a refusal sounds.
#![expect(clippy::panic, clippy::unwrap_used, reason = "what a test takes for granted fails it when it is not so")]

mod support;

use http::{Method, StatusCode};
use server::doors::{DOORS, Door, Kind, every_door_is_listed};
use support::{Asked, House, Wants};
use verifier::Gate;

/// A path that matches a door.
fn address(door: &Door) -> String {
    door.path
        .replace("{link}", &"A".repeat(43))
        .replace("{file}", "none.js")
        .replace("{user}", &"A".repeat(22))
        .replace("{webhook}", &"A".repeat(22))
}

#[tokio::test]
async fn every_page_and_every_function_has_its_door_and_no_door_leads_nowhere() {
    every_door_is_listed().unwrap();
}

#[tokio::test]
async fn what_has_no_door_is_not_there_whoever_asks() {
    let house = House::new().await;
    let ada = house.signed_in().await;

    for path in [
        "/admin",
        "/index.html",
        "/api",
        "/api/",
        "/api/sign-in/",
        "/assets/",
        "/assets/../keys",
        "/.env",
        "//",
        "/SIGN-IN",
    ] {
        for who in [None, Some(&ada)] {
            let answer = house.ask(Asked::get(path).by(who)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert!(answer.body.contains("This page does not exist"), "{path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn another_method_does_not_open_a_door() {
    let house = House::new().await;

    for door in &DOORS {
        let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS];
        for method in methods.iter().filter(|method| !door.takes(method)) {
            let answer = house.ask(Asked::new(method.clone(), &address(door))).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {}", door.path);
            assert!(answer.headers.contains_key("allow"));
        }
    }
}

#[tokio::test]
async fn without_a_session_only_public_doors_open() {
    let house = House::new().await;

    for door in DOORS.iter().filter(|door| door.gate != Gate::Public) {
        let method = if door.takes(&Method::POST) { Method::POST } else { Method::GET };
        let plain = house.ask(Asked::new(method.clone(), &address(door))).await;
        assert_eq!(plain.status, StatusCode::SEE_OTHER, "{}", door.path);
        assert!(plain.location().starts_with("/sign-in"), "{} → {}", door.path, plain.location());
        if matches!(door.kind, Kind::Function | Kind::Watch) {
            let island = house.ask(Asked::new(method, &address(door)).wants(Wants::Json)).await;
            assert_eq!(island.status, StatusCode::UNAUTHORIZED, "{}", door.path);
            assert_eq!(island.body, r#"{"gate":"sign_in"}"#);
        }
    }
}

#[tokio::test]
async fn at_each_level_every_door_but_its_own_leads_to_what_is_missing() {
    let house = House::new().await;
    let (enrolling, pending, fresh) = (house.enrolling().await, house.pending().await, house.signed_in().await);
    let recovering = house.recovering().await;
    let at_home = [
        (&enrolling, vec![Gate::Enrolling, Gate::Profile], "/mfa/setup"),
        (&pending, vec![Gate::PendingCode], "/sign-in/code"),
        // Whoever came back may keep their authenticator or bind another.
        (&recovering, vec![Gate::Recovering, Gate::Enrolling], "/sign-in/recovery/finish"),
        // A code a moment ago is recent, too.
        (&fresh, vec![Gate::Fresh, Gate::Profile, Gate::Recent, Gate::FreshAdmin, Gate::RecentAdmin], "/"),
    ];

    for (who, own, home) in at_home {
        for door in DOORS.iter().filter(|door| door.gate != Gate::Public && matches!(door.kind, Kind::Page { .. })) {
            let answer = house.ask(Asked::get(&address(door)).by(Some(who))).await;
            if own.contains(&door.gate)
                && ["{user}", "{webhook}", "{list}"].iter().any(|named| door.path.contains(named))
            {
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "nobody and nothing is called that");
                continue;
            }
            // Nobody who has just entered a code is asked for another.
            if own.contains(&door.gate) && door.path != "/verify" {
                assert_eq!(answer.status, StatusCode::OK, "{own:?} at {}", door.path);
            } else {
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{own:?} at {}", door.path);
                assert_eq!(answer.location().split('?').next(), Some(home), "{own:?} at {}", door.path);
            }
        }
    }
}

#[tokio::test]
async fn the_way_back_is_kept_and_never_leaves_the_site() {
    let house = House::new().await;

    let kept = house.ask(Asked::get("/?tab=2")).await;
    assert_eq!(kept.location(), "/sign-in?next=%2F%3Ftab%3D2");
    for evil in
        ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:a=b"]
    {
        let encoded = evil.replace(':', "%3A").replace('\\', "%5C");
        let page = house.ask(Asked::get(&format!("/sign-in?next={encoded}"))).await;
        assert!(!page.body.contains("name=\"next\""), "{evil}: {}", page.body);
        let fresh = house.signed_in().await;
        let onward = house.ask(Asked::get(&format!("/sign-in?next={encoded}")).by(Some(&fresh))).await;
        assert_eq!(onward.location(), "/", "{evil}");
    }
}

#[tokio::test]
async fn every_answer_tells_the_browser_how_to_treat_it() {
    let house = House::new().await;

    for path in ["/sign-in", "/", "/none", "/assets/none.js", "/healthz", "/setup/x"] {
        let answer = house.ask(Asked::get(path)).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers.get(name).map(|value| value.to_str().unwrap()), Some(value), "{path}: {name}");
        }
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval'; ;"), "{path}: {policy}");
        assert!(!answer.headers.contains_key("strict-transport-security"), "plain http promises no https");
    }
}

#[tokio::test]
async fn each_page_has_a_nonce_of_its_own_and_no_inline_style() {
    let house = House::new().await;
    let nonce = |policy: &str| policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();

    let (first, second) = (house.ask(Asked::get("/sign-in")).await, house.ask(Asked::get("/sign-in")).await);

    let nonces = [&first, &second].map(|page| nonce(page.headers["content-security-policy"].to_str().unwrap()));
    assert_ne!(nonces[0], nonces[1]);
    assert!(first.body.contains(&nonces[0]));
    assert!(!first.body.contains("style=") && !first.body.contains("<style"));
}

#[tokio::test]
async fn a_post_from_another_site_is_not_carried_out_and_says_so() {
    let house = House::new().await;
    let ada = house.signed_in().await;

    let crossing = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "https://localhost:3000"),
    ];
    for (name, value) in crossing {
        let answer = house.ask(Asked::post("/api/sign-out", "").by(Some(&ada)).with(name, value)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(answer.body.contains("This request came from another site"));
        let json =
            house.ask(Asked::post("/api/sign-out", "").by(Some(&ada)).with(name, value).wants(Wants::Json)).await;
        assert_eq!(json.body, r#"{"gate":"cross_site"}"#);
    }
    assert_eq!(house.ask(Asked::get("/").by(Some(&ada))).await.status, StatusCode::OK, "still signed in");
}

#[tokio::test]
async fn a_form_made_for_no_session_or_another_changes_nothing_and_says_so() {
    let house = House::new().await;
    let (ada, eve) = (house.signed_in().await, house.signed_in().await);
    let profile = house.ask(Asked::get("/profile").by(Some(&eve))).await.body;
    let hers = profile.split("name=\"session\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();

    for door in &DOORS {
        let Some(page) = door.form else { continue };
        for session in ["", "session=", "session=A&session=B", &format!("session={hers}")] {
            let page = page.replace("/{user}", "").replace("/{list}", "");
            let body = format!("{session}&name=Eve&language=de&code=123456&mobile=1&browser=1&role=member&daily=1");
            let plain = house.ask(Asked::post(door.path, &body).by(Some(&ada))).await;
            assert_eq!((plain.status, plain.location()), (StatusCode::SEE_OTHER, &*page), "{} {session}", door.path);
            assert!(plain.cookie("stepgate-notice").is_some(), "{}: the page says why", door.path);
            if matches!(door.kind, Kind::Export(_)) {
                continue;
            }
            let json = house.ask(Asked::post(door.path, &body).by(Some(&ada)).wants(Wants::Json)).await;
            assert_eq!(json.status, StatusCode::CONFLICT, "{} {session}", door.path);
            assert_eq!(json.body, r#"{"gate":"other_session"}"#);
        }
    }
    let after = house.ask(Asked::get("/profile").by(Some(&ada))).await.body;
    assert!(after.contains("Ada Lovelace") && !after.contains("Eve"));
}

#[tokio::test]
async fn a_form_that_did_not_arrive_whole_is_refused_with_a_sentence() {
    let house = House::new().await;

    for body in ["", "email=a", "email=a&password=b&password=c&email=d", "%%%", "email[]=a&password[x]=b", "\u{0}"] {
        let plain = house.ask(Asked::post("/api/sign-in", body).with("referer", "http://localhost/x")).await;
        assert!(
            plain.status == StatusCode::BAD_REQUEST || plain.status == StatusCode::SEE_OTHER,
            "{body:?}: {}",
            plain.status
        );
        assert!(
            !plain.location().contains("__err") && !plain.location().contains("/x"),
            "{body:?}: {}",
            plain.location()
        );
        let json = house.ask(Asked::post("/api/sign-in", body).wants(Wants::Json)).await;
        assert!(json.status.is_client_error(), "{body:?}: {}", json.status);
    }
    let empty = house.ask(Asked::post("/api/sign-in", "")).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    assert!(empty.body.contains("That form did not arrive whole"));
}

#[tokio::test]
async fn more_than_a_form_can_hold_is_refused_unread() {
    let house = House::new().await;
    let huge = format!("email={}&password=x", "a".repeat(100_000));

    let answer = house.ask(Asked::post("/api/sign-in", &huge)).await;

    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.body.contains("That was more than a form can hold"));
}

#[tokio::test]
async fn an_unknown_token_is_refused_and_its_cookie_is_left_alone() {
    let house = House::new().await;

    // 32 bytes of zeros, well formed: a token that nobody was given.
    let answer = house.ask(Asked::get("/").with("cookie", &format!("stepgate-session={}", "A".repeat(43)))).await;

    assert_eq!(answer.location(), "/sign-in");
    assert_eq!(answer.cookie("stepgate-session"), None);
    assert!(answer.cookie("stepgate-notice").is_some(), "the sign-in says why");
}

#[tokio::test]
async fn a_plain_post_leaves_nothing_in_the_body_and_its_outcome_in_a_cookie_that_is_read_once() {
    let house = House::new().await;
    house.ada().await;

    let refused = house.ask(Asked::post("/api/sign-in", "email=ada%40example.com&password=wrong")).await;
    assert_eq!((refused.status, refused.location()), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(refused.body, "");
    let notice = refused.cookie("stepgate-notice").expect("a notice");
    assert!(!notice.contains("ada"), "what was typed is sealed");

    let page = house.ask(Asked::get("/sign-in").with("cookie", &format!("stepgate-notice={notice}"))).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.body.contains("That email and password do not match") && page.body.contains("ada@example.com"));
    assert_eq!(page.cookie("stepgate-notice").as_deref(), Some(""), "taken away");

    let tampered = format!("stepgate-notice={}x", &notice[..notice.len() - 1]);
    let page = house.ask(Asked::get("/sign-in").with("cookie", &tampered)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("do not match"));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_has_the_browser_forget_its_pages() {
    let house = House::new().await;
    let ada = house.signed_in().await;

    let out = house.ask(Asked::post("/api/sign-out", "").by(Some(&ada))).await;

    assert_eq!(out.location(), "/sign-in");
    assert_eq!(out.cookie("stepgate-session").as_deref(), Some(""));
    assert_eq!(out.headers["clear-site-data"], "\"cache\"");
    assert_eq!(house.ask(Asked::get("/").by(Some(&ada))).await.location(), "/sign-in");
}

#[tokio::test]
async fn a_name_full_of_markup_is_shown_as_text() {
    let house = House::named("<script>alert(1)</script> & \"Co\"").await;
    let ada = house.signed_in().await;

    let home = house.ask(Asked::get("/").by(Some(&ada))).await;

    assert!(!home.body.contains("<script>alert"));
    assert!(home.body.contains("&lt;script&gt;alert(1)"));
}

#[tokio::test]
async fn the_islands_of_every_page_are_in_the_bundle() {
    let house = House::new().await;
    let (enrolling, admin) = (house.enrolling().await, house.signed_in().await);
    let bundle = house.bundle().expect("the bundle is built: make bundle");

    for (path, who) in [("/mfa/setup", &enrolling), ("/admin/app-center", &admin)] {
        let page = house.ask(Asked::get(path).by(Some(who))).await;
        let islands: Vec<&str> =
            page.body.split("data-component=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();

        assert!(!islands.is_empty(), "{path}");
        for island in islands {
            assert!(bundle.islands.iter().any(|known| known == island), "{island} is not among {:?}", bundle.islands);
        }
        assert!(page.body.contains(&bundle.wasm.path), "{path}");
    }
    assert!(!house.ask(Asked::get("/sign-in")).await.body.contains(&bundle.wasm.path), "no island, no wasm");
}

#[tokio::test]
async fn what_our_side_cannot_decide_lets_nobody_in() {
    let house = House::new().await;
    let ada = house.signed_in().await;

    house.store_fails();
    let page = house.ask(Asked::get("/").by(Some(&ada))).await;
    house.store_fails();
    let json = house.ask(Asked::post("/api/verify-code", "code=123456").by(Some(&ada)).wants(Wants::Json)).await;

    assert_eq!((page.status, json.status), (StatusCode::SERVICE_UNAVAILABLE, StatusCode::SERVICE_UNAVAILABLE));
    assert!(page.body.contains("Something is wrong on our side"));
    assert_eq!(json.body, r#""unavailable""#);
    assert_eq!(page.headers["retry-after"], "5");
}

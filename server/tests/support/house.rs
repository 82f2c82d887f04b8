use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use app::site::{Bundle, TextPrices};
use axum::Router;
use clap::Parser;
use domain::{Country, OneTimeCode, RecoveryCode, Timestamp};
use http_body_util::BodyExt;
use server::assets::Assets;
use server::config::Config;
use server::doors::router;
use server::shared::Shared;
use tower::ServiceExt;
use verifier::testing::{FlakyStore, ManualClock, MemoryStore, PlainHasher, SeededEntropy, a_keyring};
use verifier::{
    Address, Admitted, BrowserLabel, Claimant, Enrolling, EnrollmentStep, EnrollmentVerdict, Gate, NewAccount,
    NewPassword, PasswordClaim, Ports, RecoveryVerdict, SharedSecret, SignIn, Store, TimeStep, Token, Verifier,
};

use super::{Answer, Asked};

const PASSWORD: &str = "correct horse battery staple";

/// A gateway that tells no price.
struct Unpriced;

impl TextPrices for Unpriced {
    fn to(&self, _: Country) -> Option<(String, String)> {
        None
    }
}

/// A whole Stepgate but for its socket and its disk.
pub struct House {
    router: Router,
    verifier: Arc<Verifier>,
    clock: Arc<ManualClock>,
    store: Arc<FlakyStore>,
    assets: Arc<Assets>,
    account: &'static str,
    guests: AtomicU8,
}

impl House {
    pub async fn new() -> Self {
        Self::named("Analytical Engines").await
    }

    pub async fn named(account: &'static str) -> Self {
        Self::over(Arc::new(MemoryStore::new()), account).await
    }

    /// On that store.
    pub async fn over(store: Arc<dyn Store>, account: &'static str) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1_800_000_000)));
        let store = Arc::new(FlakyStore::over(store));
        let ports = Ports {
            store: Arc::clone(&store) as _,
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(SeededEntropy::new(42)),
            hasher: Arc::new(PlainHasher),
        };
        let port = Arc::clone(&ports.store);
        let verifier = Arc::new(Verifier::new(ports, Arc::new(a_keyring())).await.unwrap());
        let config = Settings::parse_from(["stepgate"]).config;
        let assets = Arc::new(Assets::load().unwrap());
        let shared = Shared {
            verifier: Arc::clone(&verifier),
            store: port,
            public_url: Arc::new(config.public_url(config.listen)),
            config: Arc::new(config),
            assets: Arc::clone(&assets),
            text_prices: Arc::new(Unpriced),
        };
        Self { router: router(&shared).unwrap(), verifier, clock, store, assets, account, guests: AtomicU8::new(0) }
    }

    pub async fn ask(&self, asked: Asked) -> Answer {
        let response = self.router.clone().oneshot(asked.into_request()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub fn bundle(&self) -> Option<Arc<Bundle>> {
        self.assets.bundle()
    }

    /// The store fails at its next call.
    pub fn store_fails(&self) {
        self.store.fails_before(0);
    }

    /// Ada, an admin with a password and nothing else.
    pub async fn ada(&self) {
        self.guest("ada@example.com").await;
    }

    /// The session of somebody whose password was right and who has no authenticator yet.
    pub async fn enrolling(&self) -> Token {
        let email = self.somebody().await;
        self.password_of(&email).await
    }

    /// The session of somebody whose second factor is fresh.
    pub async fn signed_in(&self) -> Token {
        let email = self.somebody().await;
        let session = self.password_of(&email).await;
        self.enroll(&session).await
    }

    /// The session of somebody whose password was right and whose code is missing.
    pub async fn pending(&self) -> Token {
        let email = self.enrolled().await;
        self.password_of(&email).await
    }

    /// The address of somebody who has an authenticator.
    pub async fn enrolled(&self) -> String {
        let email = self.somebody().await;
        let session = self.password_of(&email).await;
        self.enroll(&session).await;
        email
    }

    /// The session of somebody who came back in by a recovery code and has not settled their authenticator yet.
    pub async fn recovering(&self) -> Token {
        let email = self.somebody().await;
        let session = self.password_of(&email).await;
        let (_, codes) = self.enroll_and_save(&session).await;
        let session = self.password_of(&email).await;
        let proof = match self.verifier.admit(Gate::PendingCode, Some(&session)).await.unwrap() {
            Ok(Admitted::AwaitingCode(proof)) => proof,
            other => panic!("{other:?}"),
        };
        match self.verifier.use_recovery_code(&proof, codes.first().unwrap(), &claimant()).await.unwrap() {
            RecoveryVerdict::Accepted(recovery) => recovery.token,
            other => panic!("{other:?}"),
        }
    }

    async fn somebody(&self) -> String {
        let email = format!("guest{}@example.com", self.guests.fetch_add(1, Ordering::SeqCst));
        self.guest(&email).await;
        email
    }

    async fn guest(&self, email: &str) {
        let account = self.account.parse().unwrap();
        let new = NewAccount { account, name: "Ada Lovelace".parse().unwrap(), email: email.parse().unwrap() };
        let password = NewPassword::parse(PASSWORD, &[]).unwrap();
        let _ = self.verifier.create_account(&new, Some(&password)).await.unwrap();
    }

    async fn password_of(&self, email: &str) -> Token {
        let (email, password) = (email.parse().unwrap(), PASSWORD.parse().unwrap());
        let claim = PasswordClaim { email, password, next: None, present: None };
        match self.verifier.sign_in(&claim, &claimant()).await.unwrap() {
            SignIn::Proceed { token, .. } => token,
            other @ (SignIn::LinkMailed | SignIn::Rejected(_)) => panic!("{other:?}"),
        }
    }

    async fn enroll(&self, session: &Token) -> Token {
        self.enroll_and_save(session).await.0
    }

    async fn enroll_and_save(&self, session: &Token) -> (Token, Vec<RecoveryCode>) {
        let _ = self.verifier.begin_enrollment(&self.proof(session).await, &claimant()).await.unwrap();
        let _ = self.verifier.issue_secret(&self.proof(session).await, &claimant()).await.unwrap();
        let proof = self.proof(session).await;
        let EnrollmentStep::Pair(pairing) = self.verifier.enrollment_step(&proof).unwrap() else {
            panic!("the secret is shown");
        };
        let code = code_of(&pairing.key, self.verifier.now());
        let verdict = self.verifier.confirm_authenticator(&proof, &code, &claimant()).await.unwrap();
        let EnrollmentVerdict::Bound(upgrade) = verdict else { panic!("{verdict:?}") };
        let proof = self.proof(&upgrade.token).await;
        let EnrollmentStep::SaveCodes { codes, .. } = self.verifier.enrollment_step(&proof).unwrap() else {
            panic!("the codes are shown");
        };
        let _ = self.verifier.save_codes(&proof, &claimant()).await.unwrap();
        let _ = self.verifier.skip_mobile(&proof, &claimant()).await.unwrap();
        let finished = self.verifier.finish_enrollment(&proof).await.unwrap();
        assert!(matches!(finished, EnrollmentVerdict::Finished { .. }), "{finished:?}");
        self.clock.advance(Duration::from_secs(30));
        (upgrade.token, codes)
    }

    async fn proof(&self, session: &Token) -> Enrolling {
        match self.verifier.admit(Gate::Enrolling, Some(session)).await.unwrap() {
            Ok(Admitted::Enrolling(proof)) => proof,
            other => panic!("{other:?}"),
        }
    }
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

fn claimant() -> Claimant {
    let address = Address::new("192.0.2.1".parse().unwrap());
    let browser = BrowserLabel::from_user_agent("Firefox/1 Linux");
    Claimant { address, browser, language: domain::Language::English, known_browser: None }
}

fn code_of(key: &str, now: Timestamp) -> OneTimeCode {
    let bits = key.bytes().map(|byte| u64::from(if byte < b'A' { byte - b'2' + 26 } else { byte - b'A' }));
    let bits: Vec<u64> = bits.collect();
    let bytes: Vec<u8> = bits
        .chunks(8)
        .flat_map(|eight| {
            let number = eight.iter().fold(0, |number, five| number << 5 | five);
            number.to_be_bytes()[3..].to_vec()
        })
        .collect();
    let secret = SharedSecret::from_bytes(bytes.try_into().unwrap());
    secret.code(TimeStep::at(now).unwrap()).parse().unwrap()
}

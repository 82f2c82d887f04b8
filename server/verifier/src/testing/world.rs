#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what a test takes for granted fails the test when it is not so"
)]

pub mod ways_back;

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, EmailAddress, LocalPath, OneTimeCode, Role, Timestamp, UserId};
use tokio::task::JoinSet;

use super::{Browser, FlakyEntropy, FlakyHasher, FlakyStore, Human, ManualClock, Phone, a_keyring};
use crate::{
    AccountCreation, AccountRecord, Actor, Admitted, AwaitingCode, Budget, Change, Claimant, CodeVerdict, Commit,
    CredentialRecord, Enrolling, EnrollmentStep, EnrollmentVerdict, EventKind, Fresh, Gate, InvitationVerdict,
    InviteVerdict, Lane, Message, NewAccount, NewPassword, NewUser, NextFactor, PasswordClaim, Ports, Refusal,
    SecurityEvent, Session, SignIn, Store, Token, Unavailable, Verifier,
};

/// A Stepgate of its own, and what people do with it, in sentences. Whatever a sentence takes for granted fails the
/// test when it is not so.
#[derive(Clone)]
pub struct World {
    /// What is remembered.
    pub store: Arc<FlakyStore>,
    /// A clock that stands still until it is moved.
    pub clock: Arc<ManualClock>,
    /// Where secrets come from.
    pub entropy: Arc<FlakyEntropy>,
    /// Who compares passwords.
    pub hasher: Arc<FlakyHasher>,
    /// Who decides.
    pub verifier: Arc<Verifier>,
}

/// Somebody whose second factor is fresh, at their browser: what an admin needs to act.
#[derive(Debug, Clone)]
pub struct AtWork {
    proof: Fresh,
    claimant: Claimant,
}

impl AtWork {
    /// The proof that they are in.
    pub fn proof(&self) -> &Fresh {
        &self.proof
    }

    /// As whom they act.
    pub fn actor(&self) -> Actor<'_> {
        Actor::Admin { proof: &self.proof, claimant: &self.claimant }
    }
}

/// The password of everybody whom these fixtures make.
pub const PASSWORD: &str = "correct horse battery staple";

impl World {
    /// Where the clock stands at first: where a time step begins.
    pub const BEGINNING: Timestamp = Timestamp::from_seconds(2_000_000_010);
    /// A time step.
    pub const STEP: Duration = Duration::from_secs(30);

    /// A world that remembers in `store`.
    pub async fn over(store: Arc<dyn Store>) -> Self {
        let store = Arc::new(FlakyStore::over(store));
        let clock = Arc::new(ManualClock::at(Self::BEGINNING));
        let (entropy, hasher) = (Arc::new(FlakyEntropy::new(1)), Arc::new(FlakyHasher::default()));
        let ports =
            Ports { store: store.clone(), clock: clock.clone(), entropy: entropy.clone(), hasher: hasher.clone() };
        let verifier = Arc::new(Verifier::new(ports, Arc::new(a_keyring())).await.unwrap());
        Self { store, clock, entropy, hasher, verifier }
    }

    /// The same world as another process sees it: nothing but the store keeps the two from each other's throats.
    pub async fn elsewhere(&self) -> Self {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let (entropy, hasher) = (self.entropy.clone(), self.hasher.clone());
        let ports = Ports { store, clock, entropy, hasher };
        let verifier = Arc::new(Verifier::new(ports, Arc::clone(&self.verifier.keyring)).await.unwrap());
        Self { verifier, ..self.clone() }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.verifier.now()
    }

    // Who there is.

    /// Somebody with an account of their own and a password, and no authenticator yet.
    pub async fn newcomer(&self, email: &str) -> Human {
        let new = a_new_account(email);
        let created = self.verifier.create_account(&new, Some(&fit(PASSWORD))).await.unwrap();
        assert!(matches!(created, AccountCreation::Created { invitation: None }), "{created:?}");
        self.human(new.email).await
    }

    /// Somebody invited, and their link.
    pub async fn invited(&self, email: &str) -> (Human, Token) {
        let new = a_new_account(email);
        let created = self.verifier.create_account(&new, None).await.unwrap();
        let AccountCreation::Created { invitation: Some(link) } = created else { panic!("{created:?}") };
        (self.human(new.email).await, link)
    }

    /// Somebody with an authenticator, signed in in their browser. A minute has passed since they enrolled.
    pub async fn protected(&self, email: &str) -> Human {
        let mut human = self.newcomer(email).await;
        self.enrolls(&mut human).await;
        self.clock.advance(Duration::from_mins(1));
        human
    }

    /// Ada, who is protected and signed in.
    pub async fn ada(&self) -> Human {
        self.protected("ada@example.com").await
    }

    /// Somebody whom the operator invited into the account of `human`, and their link.
    pub async fn invited_by_operator(&self, human: &Human, email: &str, role: Role) -> (Human, Token) {
        let (new, actor) = (a_new_user(email, role), Actor::Operator { account: &human.account });
        let invited = self.verifier.invite(actor, &new).await.unwrap();
        let Ok(InviteVerdict::Invited { link: Some(link), .. }) = invited else { panic!("{invited:?}") };
        (self.human(new.email).await, link)
    }

    /// Somebody of the account of `human` with a password, and no authenticator yet.
    pub async fn joins(&self, human: &Human, email: &str, role: Role) -> Human {
        let (joined, link) = self.invited_by_operator(human, email, role).await;
        let claimant = Browser::new().claimant();
        let accepted = self.verifier.accept_invitation(&link, &fit(PASSWORD), None, &claimant).await.unwrap();
        assert!(matches!(accepted, InvitationVerdict::Accepted { .. }), "{accepted:?}");
        joined
    }

    /// Somebody of the account of `human` with an authenticator, signed in in their browser.
    pub async fn colleague(&self, human: &Human, email: &str, role: Role) -> Human {
        let mut colleague = self.joins(human, email, role).await;
        self.enrolls(&mut colleague).await;
        colleague
    }

    async fn human(&self, email: EmailAddress) -> Human {
        let CredentialRecord { user, account, .. } =
            self.store.find_user(&email).await.unwrap().expect("a user").credential.record;
        Human {
            user,
            account,
            email,
            password: PASSWORD.into(),
            phone: None,
            codes: Vec::new(),
            browser: Browser::new(),
        }
    }

    // What they do.

    /// Somebody types an address and a password.
    pub async fn enters_password(&self, browser: &mut Browser, email: &EmailAddress, password: &str) -> SignIn {
        let answer = self.verifier.sign_in(&claim(browser, email, password), &browser.claimant()).await.unwrap();
        if let SignIn::Proceed { token, .. } = &answer {
            browser.session = Some(token.clone());
        }
        answer
    }

    /// Somebody types the right password of `human`, and it is judged.
    pub async fn knows_the_password_of(&self, human: &Human, browser: &mut Browser) -> NextFactor {
        match self.enters_password(browser, &human.email, &human.password).await {
            SignIn::Proceed { then, .. } => then,
            other @ (SignIn::LinkMailed | SignIn::Rejected(_)) => panic!("{other:?}"),
        }
    }

    /// Somebody types a code on the code screen.
    pub async fn enters_code(&self, browser: &mut Browser, code: &OneTimeCode) -> CodeVerdict {
        let proof = self.awaiting_code(browser).await;
        let verdict = self.verifier.verify_code(&proof, code, &browser.claimant()).await.unwrap();
        if let CodeVerdict::Accepted(upgrade) = &verdict {
            browser.keeps(upgrade);
        }
        verdict
    }

    /// Somebody types a code that is wrong.
    pub async fn enters_wrong_code(&self, browser: &mut Browser, human: &Human) -> CodeVerdict {
        self.enters_code(browser, &self.wrong_code(human)).await
    }

    /// Somebody signs in with the password and the code of `human`, once the phone shows the next one.
    pub async fn signs_in(&self, human: &Human, browser: &mut Browser) {
        self.clock.advance(Self::STEP);
        assert_eq!(self.knows_the_password_of(human, browser).await, NextFactor::Code);
        let verdict = self.enters_code(browser, &human.code(self.now())).await;
        assert!(matches!(verdict, CodeVerdict::Accepted(_)), "{verdict:?}");
    }

    /// Somebody signs in and goes through the wizard in their own browser.
    pub async fn enrolls(&self, human: &mut Human) {
        let mut browser = human.browser.clone();
        assert_eq!(self.knows_the_password_of(human, &mut browser).await, NextFactor::Enrollment);
        let phone = self.scans_a_key(&browser).await;
        let verdict = self.confirms(&mut browser, &phone.code(self.now())).await;
        assert!(matches!(verdict, EnrollmentVerdict::Bound(_)), "{verdict:?}");
        human.codes = self.reads_the_codes(&browser).await;
        self.finishes_wizard(&browser).await;
        (human.browser, human.phone) = (browser, Some(phone));
    }

    /// Somebody whose authenticator is bound saves the recovery codes, goes on without a mobile, and leaves the wizard.
    /// Returns where they are led.
    pub async fn finishes_wizard(&self, browser: &Browser) -> LocalPath {
        let claimant = browser.claimant();
        let proof = self.enrolling(browser).await;
        let saved = self.verifier.save_codes(&proof, &claimant).await.unwrap();
        assert!(matches!(saved, EnrollmentVerdict::Moved), "{saved:?}");
        // Who has a mobile is not asked for one.
        if matches!(self.wizard(browser).await, EnrollmentStep::AddMobile) {
            let skipped = self.verifier.skip_mobile(&proof, &claimant).await.unwrap();
            assert!(matches!(skipped, EnrollmentVerdict::Moved | EnrollmentVerdict::OutOfOrder), "{skipped:?}");
        }
        match self.verifier.finish_enrollment(&proof).await.unwrap() {
            EnrollmentVerdict::Finished { next } => next,
            other => panic!("{other:?}"),
        }
    }

    /// Somebody goes through the wizard to its QR code.
    pub async fn scans_a_key(&self, browser: &Browser) -> Phone {
        for verdict in [self.begins_wizard(browser).await, self.asks_for_a_key(browser).await] {
            assert!(matches!(verdict, EnrollmentVerdict::Moved), "{verdict:?}");
        }
        self.reads_the_key(browser).await
    }

    /// Somebody presses the first button of the wizard.
    pub async fn begins_wizard(&self, browser: &Browser) -> EnrollmentVerdict {
        let proof = self.enrolling(browser).await;
        self.verifier.begin_enrollment(&proof, &browser.claimant()).await.unwrap()
    }

    /// Somebody who has an app asks for the key.
    pub async fn asks_for_a_key(&self, browser: &Browser) -> EnrollmentVerdict {
        let proof = self.enrolling(browser).await;
        self.verifier.issue_secret(&proof, &browser.claimant()).await.unwrap()
    }

    /// Somebody types the first code of a new authenticator, or the next.
    pub async fn confirms(&self, browser: &mut Browser, code: &OneTimeCode) -> EnrollmentVerdict {
        let proof = self.enrolling(browser).await;
        let verdict = self.verifier.confirm_authenticator(&proof, code, &browser.claimant()).await.unwrap();
        if let EnrollmentVerdict::Bound(upgrade) = &verdict {
            browser.keeps(upgrade);
        }
        verdict
    }

    /// Somebody signs out.
    pub async fn signs_out(&self, browser: &Browser) {
        let token = browser.session.as_ref().expect("a session cookie");
        self.verifier.sign_out(token, &browser.claimant()).await.unwrap();
    }

    // What they see.

    /// Whether a browser passes a door.
    pub async fn passes(&self, gate: Gate, browser: &Browser) -> Result<(), Refusal> {
        self.admitted(gate, browser).await.map(|_| ())
    }

    /// What the wizard shows.
    pub async fn wizard(&self, browser: &Browser) -> EnrollmentStep {
        let proof = self.enrolling(browser).await;
        self.verifier.enrollment_step(&proof).unwrap()
    }

    /// The phone after somebody typed in the key that the wizard shows.
    pub async fn reads_the_key(&self, browser: &Browser) -> Phone {
        match self.wizard(browser).await {
            EnrollmentStep::Pair(pairing) => Phone::with_key(&pairing.key),
            _ => panic!("the wizard shows no key"),
        }
    }

    /// A code that is wrong for `human`, and not by one step either.
    pub fn wrong_code(&self, human: &Human) -> OneTimeCode {
        let right: Vec<_> = (-9_i64..=9).map(|steps| human.code(self.steps_away(steps))).collect();
        let mut codes = (0..100).map(|number| format!("{number:06}").parse::<OneTimeCode>().unwrap());
        codes.find(|code| !right.contains(code)).unwrap()
    }

    /// The moment so many time steps from now.
    pub fn steps_away(&self, steps: i64) -> Timestamp {
        Timestamp::from_seconds(self.now().seconds() + 30 * steps)
    }

    /// The proof of a browser at the code screen.
    pub async fn awaiting_code(&self, browser: &Browser) -> AwaitingCode {
        match self.admitted(Gate::PendingCode, browser).await {
            Ok(Admitted::AwaitingCode(proof)) => proof,
            other => panic!("not at the code screen: {other:?}"),
        }
    }

    /// The proof of a browser in the wizard.
    pub async fn enrolling(&self, browser: &Browser) -> Enrolling {
        match self.admitted(Gate::Enrolling, browser).await {
            Ok(Admitted::Enrolling(proof)) => proof,
            other => panic!("not in the wizard: {other:?}"),
        }
    }

    /// Somebody who is in, at their browser.
    pub async fn at_work(&self, browser: &Browser) -> AtWork {
        match self.admitted(Gate::Fresh, browser).await {
            Ok(Admitted::Fresh(proof)) => AtWork { proof, claimant: browser.claimant() },
            other => panic!("not in: {other:?}"),
        }
    }

    async fn admitted(&self, gate: Gate, browser: &Browser) -> Result<Admitted, Refusal> {
        self.verifier.admit(gate, browser.session.as_ref()).await.unwrap()
    }

    // What is remembered of it.

    /// Somebody's record.
    pub async fn record(&self, human: &Human) -> CredentialRecord {
        self.store.load_user(&human.user).await.unwrap().expect("a user").credential.record
    }

    /// Somebody's account.
    pub async fn account(&self, human: &Human) -> AccountRecord {
        self.store.load_account(&human.account).await.unwrap().expect("an account").record
    }

    /// The session behind a browser's cookie.
    pub async fn session(&self, browser: &Browser) -> Option<Session> {
        let token = browser.session.as_ref()?.hash();
        self.store.find_session(&token).await.unwrap().map(|found| found.session)
    }

    /// How many sessions somebody has.
    pub async fn sessions(&self, human: &Human) -> usize {
        self.store.sessions_of(&human.user).await.unwrap().len()
    }

    /// What happened in somebody's account, the latest first.
    pub async fn events(&self, human: &Human) -> Vec<EventKind> {
        let events = self.store.events_of(&human.account, 10_000).await.unwrap();
        events.into_iter().map(|event| event.kind).collect()
    }

    /// What the log of somebody's account says, the latest first.
    pub async fn log(&self, human: &Human) -> Vec<SecurityEvent> {
        self.store.events_of(&human.account, 10_000).await.unwrap()
    }

    /// The messages that wait to be sent to people, in order.
    pub async fn messages(&self) -> Vec<Message> {
        let messages = self.store.waiting_messages(10_000).await.unwrap();
        let written = messages.iter().filter(|message| message.lane != Lane::Webhook);
        written.map(|message| message.open(self.verifier.keyring()).unwrap()).collect()
    }

    /// Changes somebody's record behind the rules' back.
    pub async fn rewrites(&self, user: &UserId, change: impl FnOnce(&mut CredentialRecord)) {
        let mut credential = self.store.load_user(user).await.unwrap().expect("a user").credential;
        change(&mut credential.record);
        let change = Change::update(credential.version, credential.record);
        self.store.commit(Commit { credentials: vec![change], ..Commit::default() }).await.unwrap();
    }

    /// Strangers have tried ten wrong codes for somebody.
    pub async fn locks_out(&self, human: &Human) {
        let ten = (0..10).fold(Budget::default(), |budget, _| budget.after_wrong(self.now()));
        self.rewrites(&human.user, |record| record.strangers = ten).await;
    }

    /// Changes an account behind the rules' back.
    pub async fn rewrites_account(&self, account: &AccountId, change: impl FnOnce(&mut AccountRecord)) {
        let mut account = self.store.load_account(account).await.unwrap().expect("an account");
        change(&mut account.record);
        let change = Change::update(account.version, account.record);
        self.store.commit(Commit { accounts: vec![change], ..Commit::default() }).await.unwrap();
    }

    // What goes wrong.

    /// Does something while the randomness runs out, sooner and later, while there is no place for hashing, and while
    /// the store fails at its first call, at its second, and so on. Each time that must be told, and nothing may have
    /// been written. At last nothing fails, and it gets through.
    pub async fn gets_through_all_faults<T: Debug>(&self, act: impl AsyncFn() -> Result<T, Unavailable>) -> T {
        for draws in 0.. {
            self.entropy.runs_out_after(draws);
            self.store.fails_before_writing();
            self.writes_nothing(&act).await.unwrap_err();
            self.store.recovers();
            if !self.entropy.recovers() {
                break;
            }
        }
        let hashes = self.hasher.asked();
        self.store.fails_before_writing();
        self.writes_nothing(&act).await.unwrap_err();
        if self.hasher.asked() > hashes {
            self.hasher.is_busy(true);
            let unavailable = self.writes_nothing(&act).await.unwrap_err();
            assert!(matches!(unavailable, Unavailable::Busy), "{unavailable:?}");
            self.hasher.is_busy(false);
        }
        self.gets_through_store_faults(act).await
    }

    /// Does something that may be only reading while the store fails at its first call, at its second, and so on, like
    /// [`Self::gets_through_all_faults`].
    pub async fn gets_through_store_faults<T: Debug>(&self, act: impl AsyncFn() -> Result<T, Unavailable>) -> T {
        for calls in 0.. {
            self.store.fails_before(calls);
            if let Ok(outcome) = self.writes_nothing(&act).await {
                assert!(!self.store.recovers(), "a failure of the store was not told");
                return outcome;
            }
        }
        unreachable!("there are no more calls than numbers")
    }

    /// Does something; if it fails, nothing may have been written.
    async fn writes_nothing<T>(&self, act: &impl AsyncFn() -> Result<T, Unavailable>) -> Result<T, Unavailable> {
        let before = self.store.writes();
        let outcome = act().await;
        assert!(outcome.is_ok() || self.store.writes() == before, "something was written, and a failure was told");
        outcome
    }

    /// Does something while the store writes and then says that it failed: that must be told.
    pub async fn loses_the_answer<T: Debug>(&self, act: impl AsyncFn() -> Result<T, Unavailable>) {
        let before = self.store.writes();
        self.store.fails_after_writing();
        act().await.unwrap_err();
        assert!(self.store.recovers() && self.store.writes() > before, "nothing was written");
    }
}

/// Does the same thing many times at once, and collects what became of each.
pub async fn at_once<T, F>(count: usize, act: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut running = JoinSet::new();
    for number in 0..count {
        running.spawn(act(number));
    }
    running.join_all().await
}

/// An address and a password, typed in a browser.
pub fn claim(browser: &Browser, email: &EmailAddress, password: &str) -> PasswordClaim {
    PasswordClaim {
        email: email.clone(),
        password: password.parse().unwrap(),
        next: browser.next.clone(),
        present: browser.session.clone(),
    }
}

/// An account to be, whose admin has this address.
pub fn a_new_account(email: &str) -> NewAccount {
    NewAccount {
        account: "Analytical Engines".parse().unwrap(),
        name: "Ada Lovelace".parse().unwrap(),
        email: email.parse().unwrap(),
    }
}

/// A user to be, with this address.
pub fn a_new_user(email: &str, role: Role) -> NewUser {
    NewUser { name: "Charles Babbage".parse().unwrap(), email: email.parse().unwrap(), role }
}

/// A password good enough to be set.
pub fn fit(password: &str) -> NewPassword {
    NewPassword::parse(password, &[]).unwrap()
}

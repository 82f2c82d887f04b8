//! Three browsers, one user, any sequence of what can be done in them, a clock that jumps ahead and back: whatever
//! happens, what must never be is not. The model knows only which codes were accepted, where and when.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{MfaWindow, OneTimeCode, SessionId, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::testing::{Browser, Human, MemoryStore, World};
use crate::{
    Allowance, AwaitingCode, Binding, Change, CodeRejected, CodeVerdict, Commit, EnrollmentStep, EnrollmentVerdict,
    EventKind, Gate, Proof, SECOND_FACTOR, Session, Store, TimeStep,
};

const BROWSERS: usize = 3;
const WRONG: &str = "not the password at all";

#[derive(Debug, Clone, Copy)]
enum Act {
    /// Enters the right password, or a wrong one.
    Password(usize, bool),
    /// Goes a step further in the wizard; the phone is so many steps off.
    Wizard(usize, i64),
    /// Enters the code of so many steps away.
    Code(usize, i64),
    /// Enters a wrong code.
    WrongCode(usize),
    /// Waits and guesses so often, with a new sign-in whenever one is needed.
    Guess(usize, usize),
    /// Posts once more, from a page that was shown at some time, a code that was entered at some time.
    Replay(usize, usize),
    /// Opens a page.
    Click(usize),
    SignOut(usize),
    /// Deletes the session cookie, or all cookies.
    LoseCookies(usize, bool),
    /// Moves the clock by so many seconds.
    Clock(i64),
    /// Changes the account's setting.
    Setting(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let spans = vec![-86_400, -3600, -90, -30, 1, 10, 29, 30, 31, 60, 300, 900, 3600, 86_400, 8 * 86_400];
    let browser = || 0..BROWSERS;
    prop_oneof![
        6 => (browser(), prop::bool::weighted(0.8)).prop_map(|(browser, right)| Act::Password(browser, right)),
        6 => (browser(), -1_i64..=1).prop_map(|(browser, steps)| Act::Wizard(browser, steps)),
        8 => (browser(), -2_i64..=2).prop_map(|(browser, steps)| Act::Code(browser, steps)),
        6 => browser().prop_map(Act::WrongCode),
        2 => (browser(), 1_usize..7).prop_map(|(browser, times)| Act::Guess(browser, times)),
        4 => (any::<usize>(), any::<usize>()).prop_map(|(page, code)| Act::Replay(page, code)),
        4 => browser().prop_map(Act::Click),
        1 => browser().prop_map(Act::SignOut),
        1 => (browser(), any::<bool>()).prop_map(|(browser, all)| Act::LoseCookies(browser, all)),
        8 => prop::sample::select(spans).prop_map(Act::Clock),
        1 => (0..MfaWindow::CHOICES.len()).prop_map(Act::Setting),
    ]
}

/// What the model knows.
struct Walk {
    world: World,
    human: Human,
    browsers: [Browser; BROWSERS],
    /// Pages with the code screen that were shown.
    pages: Vec<(usize, AwaitingCode, Browser)>,
    /// Codes that were entered, with the step they are of.
    codes: Vec<(OneTimeCode, TimeStep)>,
    /// The last step that was accepted.
    last_step: Option<TimeStep>,
    /// When each session had a code accepted.
    verified: BTreeMap<SessionId, Timestamp>,
    /// Wrong codes of strangers in a row.
    strangers: u32,
    setting: MfaWindow,
}

impl Walk {
    async fn begin(enrolled: bool) -> Self {
        let world = World::over(Arc::new(MemoryStore::new())).await;
        let mut human = world.newcomer("ada@example.com").await;
        let (mut verified, mut last_step) = (BTreeMap::new(), None);
        if enrolled {
            world.enrolls(&mut human).await;
            verified.insert(world.session(&human.browser).await.unwrap().id, world.now());
            last_step = TimeStep::at(world.now());
        }
        let browsers = [human.browser.clone(), Browser::new(), Browser::new()];
        let (pages, codes, strangers, setting) = (Vec::new(), Vec::new(), 0, MfaWindow::default());
        Self { world, human, browsers, pages, codes, last_step, verified, strangers, setting }
    }

    async fn act(&mut self, act: Act) {
        let world = self.world.clone();
        match act {
            Act::Password(at, right) => {
                let password = if right { self.human.password.clone() } else { WRONG.into() };
                let _ = world.enters_password(&mut self.browsers[at], &self.human.email, &password).await;
                self.look_at_the_code_screen(at).await;
            }
            Act::Wizard(at, steps) => self.goes_on_in_the_wizard(at, steps).await,
            Act::Code(at, steps) => {
                if self.human.phone.is_none() || world.steps_away(steps) < Timestamp::from_seconds(0) {
                    return;
                }
                let moment = world.steps_away(steps);
                let (code, step) = (self.human.code(moment), TimeStep::at(moment).unwrap());
                self.codes.push((code.clone(), step));
                self.look_at_the_code_screen(at).await;
                self.posts(at, self.pages.len().wrapping_sub(1), &code, Some(step)).await;
            }
            Act::WrongCode(at) if self.human.phone.is_some() => {
                let code = world.wrong_code(&self.human);
                self.look_at_the_code_screen(at).await;
                self.posts(at, self.pages.len().wrapping_sub(1), &code, None).await;
            }
            Act::Guess(at, times) if self.human.phone.is_some() => {
                for _ in 0..times {
                    self.guesses(at).await;
                }
            }
            Act::Replay(page, code) if !self.pages.is_empty() && !self.codes.is_empty() => {
                let page = page % self.pages.len();
                let (code, step) = self.codes[code % self.codes.len()].clone();
                self.posts(self.pages[page].0, page, &code, Some(step)).await;
            }
            Act::Click(at) => {
                let _ = world.passes(Gate::Fresh, &self.browsers[at]).await;
            }
            Act::SignOut(at) if self.browsers[at].session.is_some() => world.signs_out(&self.browsers[at]).await,
            Act::LoseCookies(at, all) => {
                self.browsers[at].session = None;
                if all {
                    self.browsers[at].known = None;
                }
            }
            Act::Clock(seconds) => {
                let moved = Timestamp::from_seconds(world.now().seconds() + seconds);
                world.clock.set(moved);
            }
            Act::Setting(choice) => {
                self.setting = MfaWindow::CHOICES[choice];
                let mut account = world.store.load_account(&self.human.account).await.unwrap().unwrap();
                account.record.mfa_window = self.setting;
                let change = Change::update(account.version, account.record);
                world.store.commit(Commit { accounts: vec![change], ..Commit::default() }).await.unwrap();
            }
            Act::WrongCode(_) | Act::Guess(..) | Act::Replay(..) | Act::SignOut(_) => {}
        }
    }

    async fn guesses(&mut self, at: usize) {
        let world = self.world.clone();
        let budget =
            world.record(&self.human).await.second_factor_budget(self.browsers[at].cookie().as_ref(), world.now());
        if let Allowance::Wait { until } = SECOND_FACTOR.judge(&budget, world.now()) {
            world.clock.set(until);
        }
        if world.passes(Gate::PendingCode, &self.browsers[at]).await.is_err() {
            let password = self.human.password.clone();
            let _ = world.enters_password(&mut self.browsers[at], &self.human.email, &password).await;
        }
        let code = world.wrong_code(&self.human);
        self.look_at_the_code_screen(at).await;
        self.posts(at, self.pages.len().wrapping_sub(1), &code, None).await;
    }

    async fn look_at_the_code_screen(&mut self, at: usize) {
        let browser = &self.browsers[at];
        if self.world.passes(Gate::PendingCode, browser).await.is_ok() {
            let proof = self.world.awaiting_code(browser).await;
            self.pages.push((at, proof, browser.clone()));
        }
    }

    /// Posts a code from a page, if that page was shown in this browser.
    async fn posts(&mut self, at: usize, page: usize, code: &OneTimeCode, step: Option<TimeStep>) {
        let Some((shown_in, proof, browser)) = self.pages.get(page).cloned().filter(|page| page.0 == at) else {
            return;
        };
        let claimant = browser.claimant();
        let before = self.world.record(&self.human).await;
        let is_known = before.known_browser(browser.cookie().as_ref(), self.world.now()).is_some();
        let written = self.world.store.written().len();

        let verdict = self.world.verifier.verify_code(&proof, code, &claimant).await.unwrap();

        let commits = self.world.store.written().split_off(written);
        let judged_wrong = commits
            .iter()
            .flat_map(|commit| &commit.events)
            .any(|event| matches!(event.kind, EventKind::CodeRejected { .. }));
        if judged_wrong && !is_known {
            self.strangers += 1;
        }
        match verdict {
            CodeVerdict::Accepted(upgrade) => {
                self.accepts(step.expect("a wrong code was accepted"));
                assert!(is_known || self.strangers < 10, "a stranger was let in though they are locked out");
                if !is_known {
                    self.strangers = 0;
                }
                self.browsers[shown_in].keeps(&upgrade);
                let session = self.world.session(&self.browsers[shown_in]).await.unwrap();
                self.verified.insert(session.id, self.world.now());
            }
            CodeVerdict::Rejected(CodeRejected::Wait { .. }) => assert!(!judged_wrong, "judged during a wait"),
            CodeVerdict::Rejected(_) | CodeVerdict::AlreadyVerified | CodeVerdict::SignInAgain => {}
        }
    }

    async fn goes_on_in_the_wizard(&mut self, at: usize, steps: i64) {
        let world = self.world.clone();
        let browser = &mut self.browsers[at];
        if world.passes(Gate::Enrolling, browser).await.is_err() {
            return;
        }
        match world.wizard(browser).await {
            EnrollmentStep::Introduction { .. } => drop(world.begins_wizard(browser).await),
            EnrollmentStep::InstallApp | EnrollmentStep::Expired => drop(world.asks_for_a_key(browser).await),
            EnrollmentStep::Pair(_) => {
                self.human.phone = Some(world.reads_the_key(browser).await);
                self.confirms(at, steps).await;
            }
            EnrollmentStep::NextCode { .. } => self.confirms(at, steps).await,
        }
    }

    async fn confirms(&mut self, at: usize, steps: i64) {
        let moment = self.world.steps_away(steps);
        let code = self.human.code(moment);
        let verdict = self.world.confirms(&mut self.browsers[at], &code).await;
        self.codes.push((code, TimeStep::at(moment).unwrap()));
        if let EnrollmentVerdict::Bound(_) = verdict {
            self.accepts(TimeStep::at(moment).unwrap());
            let session = self.world.session(&self.browsers[at]).await.unwrap();
            self.verified.insert(session.id, self.world.now());
        }
    }

    fn accepts(&mut self, step: TimeStep) {
        assert!(self.last_step.is_none_or(|last| step > last), "{step:?} accepted after {:?}", self.last_step);
        self.last_step = Some(step);
    }

    async fn what_must_never_be_is_not(&self) {
        let (world, now) = (&self.world, self.world.now());
        let record = world.record(&self.human).await;
        for browser in &self.browsers {
            if world.passes(Gate::Fresh, browser).await.is_ok() {
                let verified = self.verified[&world.session(browser).await.unwrap().id];
                let age = now.millis() - verified.millis();
                assert!(age < i64::from(self.setting.seconds()) * 1000, "admitted {age} ms after the code");
                assert!(age >= -60_000, "admitted {age} ms before the code");
                assert!(record.binding.is_some());
            }
        }
        let sessions = world.store.sessions_of(&self.human.user).await.unwrap();
        assert!(sessions.len() <= Session::MOST_PER_USER);
        for session in sessions {
            let mfa_at = match session.proof {
                Proof::SecondFactor { mfa_at } => Some(mfa_at),
                Proof::Password { .. } => None,
            };
            assert_eq!(mfa_at, self.verified.get(&session.id).copied(), "something but a code moved mfa_at");
        }
        assert_eq!(record.strangers.wrong(), self.strangers);
        assert!(self.strangers <= 10 && record.known_browsers.iter().all(|known| known.second_factors.wrong() < 10));
        assert_eq!(record.binding.map(|Binding { last_step, .. }| last_step), self.last_step);
    }
}

async fn walk(enrolled: bool, acts: Vec<Act>) {
    let mut walk = Walk::begin(enrolled).await;
    for act in acts {
        walk.act(act).await;
        walk.what_must_never_be_is_not().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_people_do_nobody_is_in_without_a_fresh_code_and_no_code_counts_twice(
        enrolled in any::<bool>(), acts in vec(act(), 1..120),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();

        runtime.block_on(walk(enrolled, acts));
    }
}

//! Three browsers, one user, any sequence of what can be done in them, a clock that jumps ahead and back: whatever
//! happens, what must never be is not. The model knows only what was accepted, where and when, and what was told.

mod acts;
mod being_in;
mod binding;
mod code_screen;
mod coming_back;
mod never;
mod profile;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::{MfaWindow, MobileId, Name, OneTimeCode, RecoveryCode, SessionId, Timestamp};
use proptest::prelude::*;

use acts::{Act, acts};

use crate::testing::world::PASSWORD;
use crate::testing::world::ways_back::NUMBER;
use crate::testing::{Browser, Human, MemoryStore, Phone, World};
use crate::{AwaitingCode, Fresh, Gate, TimeStep, Token, Unavailable};

const BROWSERS: usize = 3;
const WRONG: &str = "not the password at all";
const ANOTHER: &str = "another horse, another battery";
const ANOTHER_NUMBER: &str = "+4917087654321";
/// How long codes and mobiles stay as they are after a recovery by text.
const HELD: Duration = Duration::from_hours(24);

/// What somebody typed on the code screen.
#[derive(Debug, Clone)]
enum Entered {
    Code(OneTimeCode),
    Recovery(RecoveryCode),
    Text(OneTimeCode),
}

/// A code that was texted, as far as the model follows it.
#[derive(Debug, Clone)]
struct Texted {
    code: OneTimeCode,
    sent_at: Timestamp,
    /// Wrong answers to it and to those it took the place of.
    wrong: u32,
}

/// What the model knows.
struct Walk {
    world: World,
    human: Human,
    name: Name,
    /// Who has the number that recovery codes are texted to: who has it now, or had it last.
    mobile: MobileId,
    /// The recovery mobiles, and all there ever were.
    mobiles: BTreeMap<MobileId, &'static str>,
    all_mobiles: Vec<MobileId>,
    /// The number that waits for its code.
    confirming: &'static str,
    browsers: [Browser; BROWSERS],
    /// Pages with the code screen that were shown.
    pages: Vec<(usize, AwaitingCode, Browser)>,
    /// Pages of the profile that were shown.
    profiles: Vec<(usize, Fresh, Browser)>,
    /// What was entered on the code screen.
    entered: Vec<Entered>,
    /// The authenticator that waits for its code.
    next_phone: Option<Phone>,
    /// The last step that was accepted of the phone in force.
    last_step: Option<TimeStep>,
    /// When each session had its second factor.
    verified: BTreeMap<SessionId, Timestamp>,
    /// When each session had a code of the authenticator.
    authenticated: BTreeMap<SessionId, Timestamp>,
    /// Recovery codes that must work, and all there ever were.
    good_codes: Vec<RecoveryCode>,
    all_codes: Vec<RecoveryCode>,
    /// The code each session was texted last, and all of them.
    texted: BTreeMap<SessionId, Texted>,
    all_texts: Vec<OneTimeCode>,
    /// When somebody came back by a text last.
    by_text_at: Option<Timestamp>,
    /// Sessions there are, and those that have ended.
    alive: BTreeSet<SessionId>,
    ended: BTreeSet<SessionId>,
    /// Reset links, the latest last, and those that were followed or are void.
    links: Vec<Token>,
    dead_links: Vec<Token>,
    /// Wrong second factors of strangers in a row, and since the password was set.
    strangers: u32,
    abuses: u32,
    /// Whether the user was unlocked and has not recovered.
    must_recover: bool,
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
        let mobile = world.has_mobile(&human, NUMBER).await;
        let browsers = [human.browser.clone(), Browser::new(), Browser::new()];
        Self {
            name: world.record(&human).await.name,
            world,
            mobiles: [(mobile.clone(), NUMBER)].into(),
            all_mobiles: vec![mobile.clone()],
            mobile,
            confirming: ANOTHER_NUMBER,
            browsers,
            pages: Vec::new(),
            profiles: Vec::new(),
            entered: Vec::new(),
            next_phone: None,
            last_step,
            authenticated: verified.clone(),
            verified,
            good_codes: human.codes.clone(),
            all_codes: human.codes.clone(),
            texted: BTreeMap::new(),
            all_texts: Vec::new(),
            by_text_at: None,
            alive: BTreeSet::new(),
            ended: BTreeSet::new(),
            links: Vec::new(),
            dead_links: Vec::new(),
            strangers: 0,
            abuses: 0,
            must_recover: false,
            setting: MfaWindow::default(),
            human,
        }
    }

    /// Does it, and fails if a factor changed and nobody was told.
    async fn acts(&mut self, act: Act) {
        let before = self.world.record(&self.human).await;
        let written = self.world.store.written().len();
        self.act(act).await;
        if !matches!(act, Act::Unlock | Act::Setting(_)) {
            self.changes_are_told(&before, written).await;
        }
    }

    async fn act(&mut self, act: Act) {
        let world = self.world.clone();
        match act {
            Act::Password(at, right) => self.enters_password(at, right).await,
            Act::Wizard(at, steps) => self.goes_on_in_the_wizard(at, steps).await,
            Act::Replace(at, steps) => self.goes_on_in_replacing(at, steps).await,
            Act::Code(at, steps) => {
                if let Some(code) = self.shown_code(steps) {
                    self.enters(at, Entered::Code(code)).await;
                }
            }
            Act::WrongCode(at) if self.human.phone.is_some() => {
                let code = world.wrong_code(&self.human);
                self.look_at_the_code_screen(at).await;
                self.posts(at, self.pages.len().wrapping_sub(1), &Entered::Code(code)).await;
            }
            Act::Guess(at, times) if self.human.phone.is_some() => {
                for _ in 0..times {
                    self.guesses(at).await;
                }
            }
            Act::Replay(page, entered) if !self.pages.is_empty() && !self.entered.is_empty() => {
                let page = page % self.pages.len();
                let entered = self.entered[entered % self.entered.len()].clone();
                self.posts(self.pages[page].0, page, &entered).await;
            }
            Act::RecoveryCode(at, code) if !self.all_codes.is_empty() => {
                let code = self.all_codes[code % self.all_codes.len()].clone();
                self.enters(at, Entered::Recovery(code)).await;
            }
            Act::Text(at) => self.asks_for_a_text(at).await,
            Act::TextCode(at, back) => {
                if let Some(code) = self.all_texts.iter().rev().nth(back).cloned() {
                    self.enters(at, Entered::Text(code)).await;
                }
            }
            Act::Keep(at, steps) => self.keeps(at, steps).await,
            Act::StepUp(at, steps) => self.steps_up(at, steps).await,
            Act::ReplaceCodes(at) => self.replaces_codes(at).await,
            Act::Mobile(at, right) => self.adds_a_mobile(at, right).await,
            Act::WaitForText(at, again) => self.waits_for_the_code(at, again).await,
            Act::Own(at, own) => self.does_at_the_profile(at, own).await,
            Act::OwnFromOldPage(page, own) => self.does_from_an_old_page(page, own).await,
            Act::AskForReset => {
                let before = world.messages().await;
                world.asks_for_a_reset(&self.human.email).await;
                self.gets_links(&before).await;
            }
            Act::Reset(at, back) => self.resets(at, back).await,
            Act::Unlock if self.strangers == 10 => {
                world.is_unlocked(&self.human).await;
                (self.strangers, self.must_recover) = (0, true);
            }
            Act::Warn => {
                let told = world.verifier.warn_of_stalled_sign_ins().await;
                assert!(matches!(told, Ok(_) | Err(Unavailable::Contended)), "{told:?}");
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
                world.rewrites_account(&self.human.account, |account| account.mfa_window = self.setting).await;
            }
            Act::WrongCode(_)
            | Act::Guess(..)
            | Act::Replay(..)
            | Act::RecoveryCode(..)
            | Act::Unlock
            | Act::SignOut(_) => {}
        }
    }

    fn another_password(&self) -> &'static str {
        if self.human.password == ANOTHER { PASSWORD } else { ANOTHER }
    }
}

async fn walk(enrolled: bool, acts: Vec<Act>) {
    let mut walk = Walk::begin(enrolled).await;
    for act in acts {
        walk.acts(act).await;
        walk.what_must_never_be_is_not().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_people_do_nobody_is_in_without_a_fresh_factor_and_nothing_counts_twice(
        enrolled in prop::bool::weighted(0.7), acts in acts(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();

        runtime.block_on(walk(enrolled, acts));
    }
}

//! Three browsers, one user, any sequence of what can be done in them, a clock that jumps ahead and back: whatever
//! happens, what must never be is not. The model knows only what was accepted, where and when, and what was told.

mod acts;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{LocalPath, MfaWindow, MobileId, OneTimeCode, RecoveryCode, SessionId, Timestamp};
use proptest::prelude::*;

use acts::{Act, acts};

use super::notices;
use crate::testing::world::ways_back::{NUMBER, germany};
use crate::testing::{Browser, Human, MemoryStore, Phone, World, a_keyring};
use crate::{
    Admitted, Allowance, AwaitingCode, Binding, CodeRejected, CredentialRecord, EnrollmentStep, EnrollmentVerdict,
    EventKind, Fresh, Gate, Judged, NoticeKind, Proof, RECENT, ResetVerdict, SECOND_FACTOR, Session, SignIn, Store,
    StoredPassword, TextVerdict, TimeStep, Token, Unavailable,
};

const BROWSERS: usize = 3;
const WRONG: &str = "not the password at all";
const ANOTHER: &str = "another horse, another battery";
const ANOTHER_NUMBER: &str = "+4917087654321";

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
    mobile: MobileId,
    browsers: [Browser; BROWSERS],
    /// Pages with the code screen that were shown.
    pages: Vec<(usize, AwaitingCode, Browser)>,
    /// What was entered there.
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
    /// Reset links, the latest last, and those that were followed.
    links: Vec<Token>,
    followed: Vec<Token>,
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
            world,
            mobile,
            browsers,
            pages: Vec::new(),
            entered: Vec::new(),
            next_phone: None,
            last_step,
            authenticated: verified.clone(),
            verified,
            good_codes: human.codes.clone(),
            all_codes: human.codes.clone(),
            texted: BTreeMap::new(),
            all_texts: Vec::new(),
            links: Vec::new(),
            followed: Vec::new(),
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

    // Signing in.

    async fn enters_password(&mut self, at: usize, right: bool) {
        let world = self.world.clone();
        let password = if right { self.human.password.clone() } else { WRONG.into() };
        let before = world.messages().await;
        let answer = world.enters_password(&mut self.browsers[at], &self.human.email, &password).await;
        if let SignIn::Proceed { .. } = answer {
            assert!(right && self.abuses < StoredPassword::MOST_ABUSES, "a voided password let somebody in");
        }
        self.gets_links(&before).await;
        self.look_at_the_code_screen(at).await;
    }

    /// The code the phone shows so many steps away.
    fn shown_code(&self, steps: i64) -> Option<OneTimeCode> {
        let moment = self.world.steps_away(steps);
        let phone = self.human.phone.as_ref().filter(|_| moment >= Timestamp::from_seconds(0))?;
        Some(phone.code(moment))
    }

    async fn guesses(&mut self, at: usize) {
        let world = self.world.clone();
        let budget =
            world.record(&self.human).await.second_factor_budget(self.browsers[at].cookie().as_ref(), world.now());
        if let Allowance::Wait { until } = SECOND_FACTOR.judge(&budget, world.now()) {
            world.clock.set(until);
        }
        if world.passes(Gate::PendingCode, &self.browsers[at]).await.is_err() {
            self.enters_password(at, true).await;
        }
        let code = world.wrong_code(&self.human);
        self.look_at_the_code_screen(at).await;
        self.posts(at, self.pages.len().wrapping_sub(1), &Entered::Code(code)).await;
    }

    async fn look_at_the_code_screen(&mut self, at: usize) {
        let browser = &self.browsers[at];
        if self.world.passes(Gate::PendingCode, browser).await.is_ok() {
            let proof = self.world.awaiting_code(browser).await;
            self.pages.push((at, proof, browser.clone()));
        }
    }

    async fn enters(&mut self, at: usize, entered: Entered) {
        self.entered.push(entered.clone());
        self.look_at_the_code_screen(at).await;
        self.posts(at, self.pages.len().wrapping_sub(1), &entered).await;
    }

    /// Posts something from a page of the code screen, if that page was shown in this browser.
    async fn posts(&mut self, at: usize, page: usize, entered: &Entered) {
        let Some((shown_in, proof, browser)) = self.pages.get(page).cloned().filter(|page| page.0 == at) else {
            return;
        };
        let (claimant, verifier) = (browser.claimant(), self.world.verifier.clone());
        let is_known = self.is_known(&browser).await;
        let session = proof.admission().signed_in().session.clone();
        let written = self.world.store.written().len();

        let rejected = match entered {
            Entered::Code(code) => match verifier.verify_code(&proof, code, &claimant).await.unwrap() {
                Judged::Accepted(upgrade) => {
                    let signs_in = matches!(session.proof, Proof::Password { .. });
                    assert!(!signs_in || is_known || !self.must_recover, "an unlocked user came in without a recovery");
                    self.accepts(code);
                    self.is_let_in(is_known);
                    self.browsers[shown_in].keeps(&upgrade);
                    self.has_its_factor(&session.id, true);
                    None
                }
                Judged::Rejected(rejected) => Some(rejected),
                Judged::AlreadyVerified | Judged::SignInAgain => None,
            },
            Entered::Recovery(code) => match verifier.use_recovery_code(&proof, code, &claimant).await.unwrap() {
                Judged::Accepted(recovery) => {
                    self.uses_up(code);
                    self.is_let_in(is_known);
                    self.browsers[shown_in].session = Some(recovery.token);
                    self.comes_back(shown_in, &session.id).await;
                    None
                }
                Judged::Rejected(rejected) => {
                    let wrong = matches!(rejected, CodeRejected::Wrong { .. });
                    assert!(!wrong || !self.good_codes.contains(code), "a good recovery code was judged wrong");
                    Some(rejected)
                }
                Judged::AlreadyVerified | Judged::SignInAgain => None,
            },
            Entered::Text(code) => match verifier.use_text_code(&proof, code, &claimant).await.unwrap() {
                Judged::Accepted(recovery) => {
                    let texted = self.texted.remove(&session.id).expect("a code that was never sent was accepted");
                    assert_eq!(texted.code, *code, "an older code was accepted");
                    let age = self.world.now().since(texted.sent_at).expect("a code from the future");
                    assert!(age < Duration::from_mins(10) && texted.wrong < 5, "{texted:?} was accepted");
                    self.is_let_in(is_known);
                    self.browsers[shown_in].session = Some(recovery.token);
                    self.comes_back(shown_in, &session.id).await;
                    None
                }
                Judged::Rejected(rejected) => Some(rejected),
                Judged::AlreadyVerified | Judged::SignInAgain => None,
            },
        };

        let judged_wrong = self.counts_wrong_ones(written, is_known, Some(&session.id));
        if matches!(rejected, Some(CodeRejected::Wait { .. } | CodeRejected::Recover | CodeRejected::Over)) {
            assert!(!judged_wrong, "judged, and it should not have been: {rejected:?}");
        }
    }

    async fn is_known(&self, browser: &Browser) -> bool {
        let record = self.world.record(&self.human).await;
        record.known_browser(browser.cookie().as_ref(), self.world.now()).is_some()
    }

    /// Counts what was judged wrong since then; says whether anything was.
    fn counts_wrong_ones(&mut self, written: usize, is_known: bool, session: Option<&SessionId>) -> bool {
        let commits = self.world.store.written().split_off(written);
        let (mut wrong, mut texts) = (0, 0);
        for event in commits.iter().flat_map(|commit| &commit.events) {
            match event.kind {
                EventKind::CodeRejected { .. } | EventKind::RecoveryCodeRejected { .. } => wrong += 1,
                EventKind::TextCodeRejected { aim: crate::TextAim::Recover, .. } => {
                    (wrong, texts) = (wrong + 1, texts + 1);
                }
                _ => {}
            }
        }
        if !is_known {
            (self.strangers, self.abuses) = (self.strangers + wrong, self.abuses + wrong);
        }
        if let Some(texted) = session.and_then(|session| self.texted.get_mut(session)) {
            texted.wrong += texts;
        }
        wrong > 0
    }

    fn is_let_in(&mut self, is_known: bool) {
        assert!(is_known || self.strangers < 10, "a stranger was let in though they are locked out");
        if !is_known {
            self.strangers = 0;
        }
    }

    fn has_its_factor(&mut self, session: &SessionId, by_authenticator: bool) {
        self.verified.insert(session.clone(), self.world.now());
        if by_authenticator {
            self.authenticated.insert(session.clone(), self.world.now());
        } else {
            self.authenticated.remove(session);
        }
    }

    /// A code of the phone in force was accepted.
    fn accepts(&mut self, code: &OneTimeCode) {
        let steps = [-1, 0, 1].into_iter().filter(|steps| self.shown_code(*steps).as_ref() == Some(code));
        let steps: Vec<_> = steps.filter_map(|steps| TimeStep::at(self.world.steps_away(steps))).collect();
        let last = self.last_step;
        let step = steps.iter().find(|step| last.is_none_or(|last| **step > last));
        let step = step.unwrap_or_else(|| panic!("accepted though wrong or spent: of {steps:?}, after {last:?}"));
        self.last_step = Some(*step);
    }

    // Coming back.

    fn uses_up(&mut self, code: &RecoveryCode) {
        let before = self.good_codes.len();
        self.good_codes.retain(|good| good != code);
        assert_eq!(self.good_codes.len() + 1, before, "a recovery code that was used or void was accepted");
    }

    /// A sign-in is a recovery now: it has no second factor any more, and whoever sees a new code writes it down.
    async fn comes_back(&mut self, at: usize, session: &SessionId) {
        self.verified.remove(session);
        self.authenticated.remove(session);
        let proof = self.world.recovering(&self.browsers[at]).await;
        let state = self.world.verifier.recovery_state(&proof).unwrap();
        self.good_codes.extend(state.replacement.clone());
        self.all_codes.extend(state.replacement);
    }

    async fn asks_for_a_text(&mut self, at: usize) {
        let world = self.world.clone();
        if world.passes(Gate::PendingCode, &self.browsers[at]).await.is_err() {
            return;
        }
        let session = world.session(&self.browsers[at]).await.unwrap().id;
        let before = world.messages().await;
        let verdict = world.asks_for_a_text(&self.browsers[at], &self.mobile).await;
        let code = self.last_text(&before, NUMBER).await;
        assert_eq!(matches!(verdict, TextVerdict::Sent(_)), code.is_some(), "{verdict:?}");
        if let Some(code) = code {
            let wrong = self.texted.get(&session).map_or(0, |texted| texted.wrong % 5);
            self.texted.insert(session, Texted { code: code.clone(), sent_at: world.now(), wrong });
            self.all_texts.push(code);
        }
    }

    /// The code in a text to that number that was not there before.
    async fn last_text(&self, before: &[crate::Message], number: &str) -> Option<OneTimeCode> {
        let mut messages = self.world.messages().await;
        messages.retain(|message| {
            !before.contains(message) && message.to == crate::Recipient::Text(number.parse().unwrap())
        });
        messages.into_iter().find_map(|message| match message.about {
            crate::MessageKind::TextCode { code, .. } => Some(code.reveal().parse().unwrap()),
            _ => None,
        })
    }

    async fn keeps(&mut self, at: usize, steps: Option<i64>) {
        let world = self.world.clone();
        if world.passes(Gate::Recovering, &self.browsers[at]).await.is_err() {
            return;
        }
        let code = match steps {
            Some(steps) => match self.shown_code(steps) {
                Some(code) => Some(code),
                None => return,
            },
            None => None,
        };
        let is_known = self.is_known(&self.browsers[at]).await;
        let session = world.session(&self.browsers[at]).await.unwrap();
        let written = world.store.written().len();
        let verdict = world.keeps_authenticator(&mut self.browsers[at], code.as_ref()).await;
        if let Judged::Accepted(_) = verdict {
            if let Some(code) = &code {
                self.accepts(code);
                self.is_let_in(is_known);
            } else {
                let by_code = crate::RecoveryMeans::Code;
                assert!(matches!(session.proof, Proof::Recovered { by, .. } if by == by_code), "believed a text");
            }
            self.has_its_factor(&session.id, code.is_some());
            self.has_recovered(at).await;
        }
        self.counts_wrong_ones(written, is_known, None);
    }

    /// A recovery is over: nothing else of the user's is signed in, or known.
    async fn has_recovered(&mut self, at: usize) {
        self.must_recover = false;
        assert_eq!(self.world.sessions(&self.human).await, 1);
        let known = self.world.record(&self.human).await.known_browsers;
        assert!(matches!(&known[..], [only] if Some(&only.cookie) == self.browsers[at].cookie().as_ref()));
    }

    async fn gets_links(&mut self, before: &[crate::Message]) {
        let mut messages = self.world.messages().await;
        messages.retain(|message| !before.contains(message));
        for message in messages {
            let (crate::MessageKind::PasswordReset { link } | crate::MessageKind::EnrollmentReopened { link }) =
                message.about
            else {
                continue;
            };
            self.links.push(link.reveal().parse().unwrap());
        }
    }

    async fn resets(&mut self, at: usize, back: usize) {
        let Some(link) = self.links.iter().rev().nth(back).cloned() else { return };
        let new = if self.human.password == ANOTHER { crate::testing::world::PASSWORD } else { ANOTHER };
        let verdict = self.world.resets(&link, new, &self.browsers[at]).await;
        if let ResetVerdict::Set { .. } = verdict {
            assert_eq!(back, 0, "a link worked that a newer one had voided");
            assert!(self.followed.iter().all(|followed| followed.hash() != link.hash()), "a link worked twice");
            self.followed.push(link);
            self.human.password = new.into();
            self.abuses = 0;
            if self.strangers < 10 {
                self.strangers = 0;
            }
            assert_eq!(self.world.sessions(&self.human).await, 0);
        }
    }

    // Being in.

    async fn fresh(&self, at: usize) -> Option<Fresh> {
        match self.world.verifier.admit(Gate::Fresh, self.browsers[at].session.as_ref()).await.unwrap() {
            Ok(Admitted::Fresh(proof)) => Some(proof),
            _ => None,
        }
    }

    async fn steps_up(&mut self, at: usize, steps: i64) {
        let (Some(_), Some(code)) = (self.fresh(at).await, self.shown_code(steps)) else { return };
        let is_known = self.is_known(&self.browsers[at]).await;
        let session = self.world.session(&self.browsers[at]).await.unwrap().id;
        let written = self.world.store.written().len();
        if let Judged::Accepted(_) = self.world.clone().renews(&mut self.browsers[at], &code).await {
            self.accepts(&code);
            self.is_let_in(is_known);
            self.has_its_factor(&session, true);
        }
        self.counts_wrong_ones(written, is_known, None);
    }

    async fn replaces_codes(&mut self, at: usize) {
        let Some(proof) = self.fresh(at).await else { return };
        let verdict =
            self.world.verifier.replace_codes(&proof, &LocalPath::home(), &self.browsers[at].claimant()).await.unwrap();
        if let EnrollmentVerdict::Moved = verdict {
            self.reads_new_codes(at).await;
        }
    }

    /// Ten new codes are shown; none of those before works any more.
    async fn reads_new_codes(&mut self, at: usize) {
        self.good_codes = self.world.reads_the_codes(&self.browsers[at]).await;
        assert_eq!(self.good_codes.len(), 10);
        self.all_codes.extend(self.good_codes.clone());
    }

    async fn adds_a_mobile(&mut self, at: usize, right: bool) {
        let (world, verifier) = (self.world.clone(), self.world.verifier.clone());
        let browser = self.browsers[at].clone();
        if let Some(proof) = self.fresh(at).await {
            let _ = verifier.begin_adding_mobile(&proof, &LocalPath::home()).await.unwrap();
        }
        if world.passes(Gate::Enrolling, &browser).await.is_err() {
            return;
        }
        let (proof, claimant) = (world.enrolling(&browser).await, browser.claimant());
        match world.wizard(&browser).await {
            EnrollmentStep::AddMobile => {
                let number = ANOTHER_NUMBER.parse().unwrap();
                let _ = verifier.text_mobile(&proof, &number, germany(), &claimant).await.unwrap();
            }
            EnrollmentStep::ConfirmMobile { sent: Some(_) } => {
                let sent = world.texted_code(ANOTHER_NUMBER).await;
                let wrong = if sent.digits() == b"000000" { "000001" } else { "000000" }.parse().unwrap();
                let code = if right { sent } else { wrong };
                let _ = verifier.confirm_mobile(&proof, &code, &claimant).await.unwrap();
            }
            _ => {}
        }
    }

    // Binding.

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
                self.next_phone = Some(world.reads_the_key(browser).await);
                self.confirms(at, steps).await;
            }
            EnrollmentStep::NextCode { .. } => self.confirms(at, steps).await,
            after_binding => {
                let (proof, claimant, verifier) = (world.enrolling(browser).await, browser.claimant(), &world.verifier);
                let moved = match after_binding {
                    EnrollmentStep::SaveCodes { .. } => verifier.save_codes(&proof, &claimant).await,
                    EnrollmentStep::CodesHidden => verifier.reissue_codes(&proof, &claimant).await,
                    EnrollmentStep::Done { .. } => verifier.finish_enrollment(&proof).await,
                    _ => verifier.skip_mobile(&proof, &claimant).await,
                };
                let moved = moved.unwrap();
                let hidden = matches!(after_binding, EnrollmentStep::CodesHidden);
                match moved {
                    EnrollmentVerdict::Moved if hidden => self.reads_new_codes(at).await,
                    EnrollmentVerdict::Held { .. } => assert!(hidden),
                    EnrollmentVerdict::Moved | EnrollmentVerdict::Finished { .. } => {}
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    async fn goes_on_in_replacing(&mut self, at: usize, steps: i64) {
        let Some(proof) = self.fresh(at).await else { return };
        let (verifier, claimant) = (self.world.verifier.clone(), self.browsers[at].claimant());
        let confirms = match verifier.enrollment_step(&proof).unwrap() {
            EnrollmentStep::Introduction { .. } => {
                let _ = verifier.begin_enrollment(&proof, &claimant).await.unwrap();
                false
            }
            EnrollmentStep::InstallApp | EnrollmentStep::Expired => {
                let _ = verifier.issue_secret(&proof, &claimant).await.unwrap();
                false
            }
            EnrollmentStep::Pair(pairing) => {
                self.next_phone = Some(Phone::with_key(&pairing.key));
                true
            }
            EnrollmentStep::NextCode { .. } => true,
            _ => panic!("a wizard that confines nobody"),
        };
        if !confirms {
            return;
        }
        let Some(code) = self.next_code(steps) else { return };
        let session = self.world.session(&self.browsers[at]).await.unwrap().id;
        let verdict = verifier.confirm_authenticator(&proof, &code, &claimant).await.unwrap();
        if let EnrollmentVerdict::Bound(upgrade) = verdict {
            let authenticated = self.authenticated.get(&session).copied();
            let age = authenticated.and_then(|at| self.world.now().since(at)).unwrap_or_default();
            assert!(authenticated.is_some() && age < RECENT, "replaced without step-up");
            self.browsers[at].keeps(&upgrade);
            self.is_bound(at, &session, &code).await;
        }
    }

    /// The code the new authenticator shows so many steps away.
    fn next_code(&self, steps: i64) -> Option<OneTimeCode> {
        let moment = self.world.steps_away(steps);
        let phone = self.next_phone.as_ref().filter(|_| moment >= Timestamp::from_seconds(0))?;
        Some(phone.code(moment))
    }

    async fn confirms(&mut self, at: usize, steps: i64) {
        let Some(code) = self.next_code(steps) else { return };
        let before = self.world.session(&self.browsers[at]).await.unwrap();
        let verdict = self.world.clone().confirms(&mut self.browsers[at], &code).await;
        if let EnrollmentVerdict::Bound(_) = verdict {
            let first = self.human.phone.is_none();
            self.is_bound(at, &before.id, &code).await;
            if first {
                self.reads_new_codes(at).await;
            }
            if let Proof::Recovered { .. } = before.proof {
                self.has_recovered(at).await;
            }
        }
    }

    /// The phone in force is another one: nothing of the old one counts, and nobody else is signed in.
    async fn is_bound(&mut self, at: usize, session: &SessionId, code: &OneTimeCode) {
        self.entered.push(Entered::Code(code.clone()));
        self.human.phone = self.next_phone.take();
        self.last_step = None;
        self.accepts(code);
        self.has_its_factor(session, true);
        assert_eq!(self.world.sessions(&self.human).await, 1);
        assert_eq!(self.world.session(&self.browsers[at]).await.unwrap().id, *session);
    }

    // What must hold.

    /// Every change of a factor or of the password is in the log and in a mail.
    async fn changes_are_told(&self, before: &CredentialRecord, written: usize) {
        let after = self.world.record(&self.human).await;
        let commits = self.world.store.written().split_off(written);
        let events: Vec<_> = commits.iter().flat_map(|commit| &commit.events).map(|event| &event.kind).collect();
        let messages = commits.iter().flat_map(|commit| &commit.messages);
        let told = notices(&messages.map(|message| message.open(&a_keyring()).unwrap()).collect::<Vec<_>>());

        let secret = |record: &CredentialRecord| record.binding.as_ref().map(|binding| binding.secret.clone());
        if secret(before) != secret(&after) {
            assert!(
                events
                    .iter()
                    .any(|event| matches!(event, EventKind::AuthenticatorBound | EventKind::AuthenticatorReplaced))
            );
            assert!(
                told.iter()
                    .any(|what| matches!(what, NoticeKind::AuthenticatorBound | NoticeKind::AuthenticatorReplaced))
            );
        }
        let set = |record: &CredentialRecord| record.codes.as_ref().map(|codes| codes.set);
        if set(before) != set(&after) {
            assert!(events.iter().any(|event| matches!(event, EventKind::RecoveryCodesIssued { .. })));
            assert!(
                told.iter()
                    .any(|what| matches!(what, NoticeKind::AuthenticatorBound | NoticeKind::RecoveryCodesReplaced))
            );
        } else if before.codes.as_ref().map(|codes| &codes.unused) != after.codes.as_ref().map(|codes| &codes.unused) {
            assert!(events.iter().any(|event| matches!(event, EventKind::RecoveryCodeAccepted { .. })));
            assert!(told.iter().any(|what| matches!(what, NoticeKind::RecoveryCodeUsed { .. })));
        }
        if before.mobiles != after.mobiles {
            assert!(events.iter().any(|event| matches!(event, EventKind::MobileAdded { .. })));
            assert!(told.iter().any(|what| matches!(what, NoticeKind::MobileAdded { .. })));
        }
        if before.recovered_by_text_at != after.recovered_by_text_at {
            assert!(events.iter().any(|event| matches!(event, EventKind::TextCodeAccepted { .. })));
            assert!(told.contains(&NoticeKind::RecoveredByText));
        }
        if before.unlocked_at != after.unlocked_at {
            assert!(events.iter().any(|event| matches!(event, EventKind::Recovered { .. })));
        }
        let hash = |record: &CredentialRecord| record.password.as_ref().map(|password| password.hash.clone());
        if hash(before) != hash(&after) {
            assert!(events.contains(&&EventKind::PasswordReset) && told.contains(&NoticeKind::PasswordChanged));
        }
    }

    async fn what_must_never_be_is_not(&self) {
        let (world, now) = (&self.world, self.world.now());
        let record = world.record(&self.human).await;
        for browser in &self.browsers {
            if world.passes(Gate::Fresh, browser).await.is_ok() {
                let session = world.session(browser).await.unwrap().id;
                let age = now.millis() - self.verified[&session].millis();
                assert!(age < i64::from(self.setting.seconds()) * 1000, "admitted {age} ms after the code");
                assert!(age >= -60_000, "admitted {age} ms before the code");
                assert!(record.binding.is_some());
                if world.passes(Gate::Recent, browser).await.is_ok() {
                    let age = now.since(self.authenticated[&session]).unwrap_or_default();
                    assert!(age < RECENT, "step-up {age:?} after the authenticator's code");
                }
            }
            if world.passes(Gate::PendingCode, browser).await.is_ok()
                && let Some(Session { proof: Proof::Password { .. }, .. }) = world.session(browser).await
            {
                assert!(self.abuses < StoredPassword::MOST_ABUSES);
            }
        }
        let sessions = world.store.sessions_of(&self.human.user).await.unwrap();
        assert!(sessions.len() <= Session::MOST_PER_USER);
        for session in sessions {
            let mfa_at = match session.proof {
                Proof::SecondFactor { mfa_at, .. } => Some(mfa_at),
                Proof::Password { .. } | Proof::Recovered { .. } => None,
            };
            assert_eq!(mfa_at, self.verified.get(&session.id).copied(), "something but a factor moved mfa_at");
        }
        assert_eq!(record.strangers.wrong(), self.strangers);
        assert!(self.strangers <= 10 && record.known_browsers.iter().all(|known| known.second_factors.wrong() < 10));
        assert_eq!(record.password.as_ref().map(|password| password.abuses), Some(self.abuses));
        assert_eq!(record.unlocked_at.is_some(), self.must_recover);
        assert_eq!(record.codes.as_ref().map_or(0, crate::RecoveryCodes::left), self.good_codes.len());
        assert!(record.challenges.len() <= 3 && record.mobiles.len() <= 5);
        assert_eq!(record.binding.map(|Binding { last_step, .. }| last_step), self.last_step);
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
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();

        runtime.block_on(walk(enrolled, acts));
    }
}

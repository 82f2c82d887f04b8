//! Signing in: passwords, the code screen, and what counts on the budgets.

use std::time::Duration;

use domain::{OneTimeCode, SessionId, Timestamp};

use super::{Entered, WRONG, Walk};
use crate::testing::Browser;
use crate::{
    Allowance, CodeRejected, EventKind, Gate, Judged, Proof, SECOND_FACTOR, SignIn, StoredPassword, TextAim, TimeStep,
};

impl Walk {
    pub(super) async fn enters_password(&mut self, at: usize, right: bool) {
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
    pub(super) fn shown_code(&self, steps: i64) -> Option<OneTimeCode> {
        let moment = self.world.steps_away(steps);
        let phone = self.human.phone.as_ref().filter(|_| moment >= Timestamp::from_seconds(0))?;
        Some(phone.code(moment))
    }

    pub(super) async fn guesses(&mut self, at: usize) {
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

    pub(super) async fn look_at_the_code_screen(&mut self, at: usize) {
        let browser = &self.browsers[at];
        if self.world.passes(Gate::PendingCode, browser).await.is_ok() {
            let proof = self.world.awaiting_code(browser).await;
            self.pages.push((at, proof, browser.clone()));
        }
    }

    pub(super) async fn enters(&mut self, at: usize, entered: Entered) {
        self.entered.push(entered.clone());
        self.look_at_the_code_screen(at).await;
        self.posts(at, self.pages.len().wrapping_sub(1), &entered).await;
    }

    /// Posts something from a page of the code screen, if that page was shown in this browser.
    pub(super) async fn posts(&mut self, at: usize, page: usize, entered: &Entered) {
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
                    self.by_text_at = Some(self.world.now());
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

    pub(super) async fn is_known(&self, browser: &Browser) -> bool {
        let record = self.world.record(&self.human).await;
        record.known_browser(browser.cookie().as_ref(), self.world.now()).is_some()
    }

    /// Counts what was judged wrong since then; says whether anything was.
    pub(super) fn counts_wrong_ones(&mut self, written: usize, is_known: bool, session: Option<&SessionId>) -> bool {
        let commits = self.world.store.written().split_off(written);
        let (mut wrong, mut texts) = (0, 0);
        for event in commits.iter().flat_map(|commit| &commit.events) {
            match event.kind {
                EventKind::CodeRejected { .. } | EventKind::RecoveryCodeRejected { .. } => wrong += 1,
                EventKind::TextCodeRejected { aim: TextAim::Recover, .. } => {
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

    pub(super) fn is_let_in(&mut self, is_known: bool) {
        assert!(is_known || self.strangers < 10, "a stranger was let in though they are locked out");
        if !is_known {
            self.strangers = 0;
        }
    }

    pub(super) fn has_its_factor(&mut self, session: &SessionId, by_authenticator: bool) {
        self.verified.insert(session.clone(), self.world.now());
        if by_authenticator {
            self.authenticated.insert(session.clone(), self.world.now());
        } else {
            self.authenticated.remove(session);
        }
    }

    /// A code of the phone in force was accepted.
    pub(super) fn accepts(&mut self, code: &OneTimeCode) {
        let steps = [-1, 0, 1].into_iter().filter(|steps| self.shown_code(*steps).as_ref() == Some(code));
        let steps: Vec<_> = steps.filter_map(|steps| TimeStep::at(self.world.steps_away(steps))).collect();
        let last = self.last_step;
        let step = steps.iter().find(|step| last.is_none_or(|last| **step > last));
        let step = step.unwrap_or_else(|| panic!("accepted though wrong or spent: of {steps:?}, after {last:?}"));
        self.last_step = Some(*step);
    }
}

//! Being in: step-up, new recovery codes, more mobiles.

use domain::{LocalPath, SessionId};

use super::{ANOTHER_NUMBER, HELD, Walk};
use crate::testing::world::ways_back::{NUMBER, germany};
use crate::{Admitted, Enrolling, EnrollmentStep, EnrollmentVerdict, Fresh, Gate, Judged, RECENT};

impl Walk {
    pub(super) async fn fresh(&self, at: usize) -> Option<Fresh> {
        match self.world.verifier.admit(Gate::Fresh, self.browsers[at].session.as_ref()).await.unwrap() {
            Ok(Admitted::Fresh(proof)) => Some(proof),
            _ => None,
        }
    }

    pub(super) async fn steps_up(&mut self, at: usize, steps: i64) {
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

    pub(super) async fn replaces_codes(&mut self, at: usize) {
        let Some(proof) = self.fresh(at).await else { return };
        let verdict =
            self.world.verifier.replace_codes(&proof, &LocalPath::home(), &self.browsers[at].claimant()).await.unwrap();
        if let EnrollmentVerdict::Moved = verdict {
            self.has_stepped_up(&proof.admission().signed_in().session.id);
            self.is_not_held();
            self.reads_new_codes(at).await;
        }
    }

    /// Fails unless this session had a code of the authenticator in the last ten minutes.
    pub(super) fn has_stepped_up(&self, session: &SessionId) {
        let authenticated = self.authenticated.get(session).copied();
        let age = authenticated.and_then(|at| self.world.now().since(at)).unwrap_or_default();
        assert!(authenticated.is_some() && age < RECENT, "changed without step-up");
    }

    /// Fails if somebody came back by a text in the last 24 hours.
    pub(super) fn is_not_held(&self) {
        let held = self.by_text_at.is_some_and(|at| self.world.now() < at.plus(HELD));
        assert!(!held, "changed within a day of a recovery by text");
    }

    /// Ten new codes are shown; none of those before works any more.
    pub(super) async fn reads_new_codes(&mut self, at: usize) {
        self.good_codes = self.world.reads_the_codes(&self.browsers[at]).await;
        assert_eq!(self.good_codes.len(), 10);
        self.all_codes.extend(self.good_codes.clone());
    }

    pub(super) async fn adds_a_mobile(&mut self, at: usize, right: bool) {
        let (world, verifier) = (self.world.clone(), self.world.verifier.clone());
        let browser = self.browsers[at].clone();
        if let Some(proof) = self.fresh(at).await
            && let EnrollmentVerdict::Moved = verifier.begin_adding_mobile(&proof, &LocalPath::home()).await.unwrap()
        {
            self.has_stepped_up(&proof.admission().signed_in().session.id);
        }
        if world.passes(Gate::Enrolling, &browser).await.is_err() {
            return;
        }
        let (proof, claimant) = (world.enrolling(&browser).await, browser.claimant());
        match world.wizard(&browser).await {
            EnrollmentStep::AddMobile => {
                let number = self.another_number();
                let (to, country) = (number.parse().unwrap(), germany());
                if let EnrollmentVerdict::Moved = verifier.text_mobile(&proof, &to, country, &claimant).await.unwrap() {
                    self.confirming = number;
                    self.all_texts.push(world.texted_code(number).await);
                }
            }
            EnrollmentStep::ConfirmMobile { sent: Some(_) } => self.confirms_the_mobile(at, &proof, right).await,
            _ => {}
        }
    }

    /// The number of a mobile they have and that is no recovery mobile, if there is one.
    fn another_number(&self) -> &'static str {
        let is_new = |number: &&str| self.mobiles.values().all(|known| known != number);
        [ANOTHER_NUMBER, NUMBER].into_iter().find(is_new).unwrap_or(ANOTHER_NUMBER)
    }

    async fn confirms_the_mobile(&mut self, at: usize, proof: &Enrolling, right: bool) {
        let (number, claimant) = (self.confirming, self.browsers[at].claimant());
        let sent = self.world.texted_code(number).await;
        let wrong = if sent.digits() == b"000000" { "000001" } else { "000000" }.parse().unwrap();
        let code = if right { sent } else { wrong };
        let verdict = self.world.verifier.confirm_mobile(proof, &code, &claimant).await.unwrap();
        for added in self.world.record(&self.human).await.mobiles {
            if !self.mobiles.contains_key(&added.id) {
                assert!(right && matches!(verdict, EnrollmentVerdict::Moved), "{verdict:?} with a wrong code");
                assert_eq!(added.number, number.parse().unwrap());
                self.all_mobiles.push(added.id.clone());
                if number == NUMBER {
                    self.mobile = added.id.clone();
                }
                self.mobiles.insert(added.id, number);
            }
        }
    }

    /// Asks for the code once more, or goes back to the number.
    pub(super) async fn waits_for_the_code(&mut self, at: usize, again: bool) {
        let (world, browser) = (self.world.clone(), self.browsers[at].clone());
        if world.passes(Gate::Enrolling, &browser).await.is_err() {
            return;
        }
        let (proof, claimant) = (world.enrolling(&browser).await, browser.claimant());
        if !again {
            let _ = world.verifier.change_number(&proof, &claimant).await.unwrap();
        } else if let EnrollmentVerdict::Moved = world.verifier.text_mobile_again(&proof, &claimant).await.unwrap() {
            self.all_texts.push(world.texted_code(self.confirming).await);
        }
    }
}

//! Binding an authenticator: the wizard, and another app in place of the one in force.

use domain::{OneTimeCode, SessionId, Timestamp};

use super::{Entered, Walk};
use crate::testing::Phone;
use crate::{EnrollmentStep, EnrollmentVerdict, Gate, Proof};

impl Walk {
    pub(super) async fn goes_on_in_the_wizard(&mut self, at: usize, steps: i64) {
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

    pub(super) async fn goes_on_in_replacing(&mut self, at: usize, steps: i64) {
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
            self.has_stepped_up(&session);
            self.browsers[at].keeps(&upgrade);
            self.is_bound(at, &session, &code).await;
        }
    }

    /// The code the new authenticator shows so many steps away.
    pub(super) fn next_code(&self, steps: i64) -> Option<OneTimeCode> {
        let moment = self.world.steps_away(steps);
        let phone = self.next_phone.as_ref().filter(|_| moment >= Timestamp::from_seconds(0))?;
        Some(phone.code(moment))
    }

    pub(super) async fn confirms(&mut self, at: usize, steps: i64) {
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
    pub(super) async fn is_bound(&mut self, at: usize, session: &SessionId, code: &OneTimeCode) {
        self.entered.push(Entered::Code(code.clone()));
        self.human.phone = self.next_phone.take();
        self.last_step = None;
        self.accepts(code);
        self.has_its_factor(session, true);
        assert_eq!(self.world.sessions(&self.human).await, 1);
        assert_eq!(self.world.session(&self.browsers[at]).await.unwrap().id, *session);
    }
}

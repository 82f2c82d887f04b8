//! Coming back: recovery codes, texts, reset links.

use domain::{OneTimeCode, RecoveryCode, SessionId};

use super::{Texted, Walk};
use crate::testing::world::ways_back::NUMBER;
use crate::{Gate, Judged, Message, MessageKind, Proof, Recipient, RecoveryMeans, ResetVerdict, TextVerdict};

impl Walk {
    pub(super) fn uses_up(&mut self, code: &RecoveryCode) {
        let before = self.good_codes.len();
        self.good_codes.retain(|good| good != code);
        assert_eq!(self.good_codes.len() + 1, before, "a recovery code that was used or void was accepted");
    }

    /// A sign-in is a recovery now: it has no second factor any more, and whoever sees a new code writes it down.
    pub(super) async fn comes_back(&mut self, at: usize, session: &SessionId) {
        self.verified.remove(session);
        self.authenticated.remove(session);
        let proof = self.world.recovering(&self.browsers[at]).await;
        let state = self.world.verifier.recovery_state(&proof).unwrap();
        self.good_codes.extend(state.replacement.clone());
        self.all_codes.extend(state.replacement);
    }

    pub(super) async fn asks_for_a_text(&mut self, at: usize) {
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
            assert!(self.mobiles.contains_key(&self.mobile), "a text to a mobile that was removed");
            let wrong = self.texted.get(&session).map_or(0, |texted| texted.wrong % 5);
            self.texted.insert(session, Texted { code: code.clone(), sent_at: world.now(), wrong });
            self.all_texts.push(code);
        }
    }

    /// The code in a text to that number that was not there before.
    pub(super) async fn last_text(&self, before: &[Message], number: &str) -> Option<OneTimeCode> {
        let mut messages = self.world.messages().await;
        messages.retain(|message| !before.contains(message) && message.to == Recipient::Text(number.parse().unwrap()));
        messages.into_iter().find_map(|message| match message.about {
            MessageKind::TextCode { code, .. } => Some(code.reveal().parse().unwrap()),
            _ => None,
        })
    }

    pub(super) async fn keeps(&mut self, at: usize, steps: Option<i64>) {
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
                let by_code = RecoveryMeans::Code;
                assert!(matches!(session.proof, Proof::Recovered { by, .. } if by == by_code), "believed a text");
            }
            self.has_its_factor(&session.id, code.is_some());
            self.has_recovered(at).await;
        }
        self.counts_wrong_ones(written, is_known, None);
    }

    /// A recovery is over: nothing else of the user's is signed in, or known.
    pub(super) async fn has_recovered(&mut self, at: usize) {
        self.must_recover = false;
        assert_eq!(self.world.sessions(&self.human).await, 1);
        let known = self.world.record(&self.human).await.known_browsers;
        assert!(matches!(&known[..], [only] if Some(&only.cookie) == self.browsers[at].cookie().as_ref()));
    }

    pub(super) async fn gets_links(&mut self, before: &[Message]) {
        let mut messages = self.world.messages().await;
        messages.retain(|message| !before.contains(message));
        for message in messages {
            let (MessageKind::PasswordReset { link, .. } | MessageKind::EnrollmentReopened { link, .. }) =
                message.about
            else {
                continue;
            };
            self.links.push(link.reveal().parse().unwrap());
        }
    }

    pub(super) async fn resets(&mut self, at: usize, back: usize) {
        let Some(link) = self.links.iter().rev().nth(back).cloned() else { return };
        let new = self.another_password();
        let verdict = self.world.resets(&link, new, &self.browsers[at]).await;
        if let ResetVerdict::Set { .. } = verdict {
            assert_eq!(back, 0, "a link worked that a newer one had voided");
            assert!(self.dead_links.iter().all(|dead| dead.hash() != link.hash()), "a spent or void link worked");
            self.dead_links.push(link);
            self.human.password = new.into();
            self.abuses = 0;
            if self.strangers < 10 {
                self.strangers = 0;
            }
            assert_eq!(self.world.sessions(&self.human).await, 0);
        }
    }
}

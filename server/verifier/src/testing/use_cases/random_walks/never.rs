//! What must hold after each act.

use std::collections::BTreeSet;

use super::super::notices;
use super::Walk;
use crate::testing::a_keyring;
use crate::{
    Binding, CredentialRecord, EventKind, Gate, MessageKind, NoticeKind, Proof, RECENT, Recipient, RecoveryCodes,
    Session, Store, StoredPassword,
};

impl Walk {
    /// Every change of a factor or of the password is in the log and in a mail.
    pub(super) async fn changes_are_told(&self, before: &CredentialRecord, written: usize) {
        let after = self.world.record(&self.human).await;
        let commits = self.world.store.written().split_off(written);
        let events: Vec<_> = commits.iter().flat_map(|commit| &commit.events).map(|event| &event.kind).collect();
        let messages = commits.iter().flat_map(|commit| &commit.messages);
        let messages: Vec<_> = messages.map(|message| message.open(&a_keyring()).unwrap()).collect();
        let told = notices(&messages);

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
        if after.mobiles.iter().any(|mobile| !before.mobiles.contains(mobile)) {
            assert!(events.iter().any(|event| matches!(event, EventKind::MobileAdded { .. })));
            assert!(told.iter().any(|what| matches!(what, NoticeKind::MobileAdded { .. })));
        }
        for removed in before.mobiles.iter().filter(|mobile| !after.mobiles.contains(mobile)) {
            assert!(events.iter().any(|event| matches!(event, EventKind::MobileRemoved { .. })));
            for to in [Recipient::Mail(self.human.email.clone()), Recipient::Text(removed.number.clone())] {
                let is_it = |about: &MessageKind| {
                    matches!(about, MessageKind::Notice { what: NoticeKind::MobileRemoved { .. }, .. })
                };
                assert!(messages.iter().any(|message| message.to == to && is_it(&message.about)), "not told: {to:?}");
            }
        }
        if before.name != after.name {
            assert!(events.contains(&&EventKind::NameChanged));
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
            assert!(events.iter().any(|event| matches!(event, EventKind::PasswordReset | EventKind::PasswordChanged)));
            assert!(told.contains(&NoticeKind::PasswordChanged));
        }
    }

    pub(super) async fn what_must_never_be_is_not(&mut self) {
        let (world, now) = (self.world.clone(), self.world.now());
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
        let alive: BTreeSet<_> = sessions.iter().map(|session| session.id.clone()).collect();
        assert!(alive.is_disjoint(&self.ended), "a session came back to life");
        self.ended.extend(self.alive.difference(&alive).cloned());
        self.alive = alive;
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
        assert_eq!(record.codes.as_ref().map_or(0, RecoveryCodes::left), self.good_codes.len());
        assert!(record.challenges.len() <= 3);
        assert_eq!(
            record.mobiles.iter().map(|mobile| &mobile.id).collect::<BTreeSet<_>>(),
            self.mobiles.keys().collect()
        );
        assert_eq!(record.name, self.name);
        assert_eq!(record.binding.map(|Binding { last_step, .. }| last_step), self.last_step);
    }
}

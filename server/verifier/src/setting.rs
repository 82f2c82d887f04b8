use std::collections::BTreeSet;

use domain::{MfaWindow, Timestamp, UserId};

use crate::admission::is_fresh;
use crate::{Actor, Administered, Change, Commit, EventKind, Policy, Session, Verifier, Versioned};

/// What became of a new MFA Time Setting.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingVerdict {
    /// It holds from the next request on, for everybody.
    Saved,
    /// It was so already; nothing was written.
    AsItWas,
}

/// Whom a new setting would ask for a code at their next click, and would not if it stayed as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Affected {
    /// How many people.
    pub people: u32,
    /// In how many browsers.
    pub browsers: u32,
}

/// Counts whom a change of policy affects, one page of sessions after the other.
struct Census {
    present: Policy,
    then: Policy,
    now: Timestamp,
    people: BTreeSet<UserId>,
    browsers: u32,
}

impl Verifier {
    /// Changes the account's MFA Time Setting.
    ///
    /// Sessions are not touched: each request judges them by the setting as it is. What has elapsed by then stays
    /// elapsed, however much longer the new setting is.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nothing changed.
    pub async fn change_setting(&self, actor: Actor<'_>, window: MfaWindow) -> Administered<SettingVerdict> {
        self.administer_account(actor, |acting, now| {
            let Versioned { version, record: mut account } = acting.account.clone();
            let from = account.mfa_window;
            if from == window {
                return Ok(Err(SettingVerdict::AsItWas));
            }
            let policy = account.policy().changed_to(window, now);
            (account.mfa_window, account.dead_before) = (policy.mfa_window, policy.dead_before);
            let event = self.event_by(acting, None, EventKind::SettingChanged { from, to: window }, now)?;
            let accounts = vec![Change::update(version, account)];
            let commit = Commit { accounts, events: vec![event], ..Commit::default() };
            Ok(Ok((commit, SettingVerdict::Saved)))
        })
        .await
    }

    /// Whom each choice would ask again, if it were saved now; the shortest first.
    ///
    /// # Errors
    /// [`crate::Unavailable`]
    pub async fn preview_settings(&self, actor: Actor<'_>) -> Administered<Vec<(MfaWindow, Affected)>> {
        const AT_ONCE: u32 = 500;
        let now = self.clock.now();
        let account = match self.account_seen_by(actor).await? {
            Ok(account) => account,
            Err(denied) => return Ok(Err(denied)),
        };
        let mut censuses = MfaWindow::CHOICES.map(|window| (window, Census::of(account.policy(), window, now)));
        let mut last = None;
        loop {
            let page = self.store.sessions_of_account(&account.id, last.as_ref(), AT_ONCE).await?;
            let Some(session) = page.last() else {
                return Ok(Ok(censuses.into_iter().map(|(window, census)| (window, census.affected())).collect()));
            };
            last = Some(session.id.clone());
            for (_, census) in &mut censuses {
                census.count(&page);
            }
        }
    }

    /// Whom one choice would ask again, if it were saved now.
    ///
    /// # Errors
    /// [`crate::Unavailable`]
    pub async fn preview_setting(&self, actor: Actor<'_>, window: MfaWindow) -> Administered<Affected> {
        let previews = self.preview_settings(actor).await?;
        let of = |previews: Vec<(MfaWindow, Affected)>| previews.into_iter().find(|(choice, _)| *choice == window);
        Ok(previews.map(|previews| of(previews).map(|(_, affected)| affected).unwrap_or_default()))
    }
}

impl Census {
    fn of(present: Policy, window: MfaWindow, now: Timestamp) -> Self {
        Self { present, then: present.changed_to(window, now), now, people: BTreeSet::new(), browsers: 0 }
    }

    fn count(&mut self, sessions: &[Session]) {
        let is_asked =
            |session: &&Session| is_fresh(session, self.present, self.now) && !is_fresh(session, self.then, self.now);
        for session in sessions.iter().filter(is_asked) {
            self.people.insert(session.user.clone());
            self.browsers = self.browsers.saturating_add(1);
        }
    }

    fn affected(&self) -> Affected {
        Affected { people: u32::try_from(self.people.len()).unwrap_or(u32::MAX), browsers: self.browsers }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::Proof;
    use crate::testing::a_signed_in;

    const NOW: Timestamp = Timestamp::from_seconds(2_000_000_000);
    const HOUR: u64 = 3600;

    /// A session of the user with this number whose second factor is so many seconds old.
    fn verified(user: u8, age: u64) -> Session {
        let mfa_at = NOW.minus(Duration::from_secs(age));
        Session {
            user: UserId::from_random([user; 16]),
            password_at: mfa_at,
            proof: Proof::SecondFactor { mfa_at, authenticator_at: Some(mfa_at) },
            ..a_signed_in(NOW).session
        }
    }

    fn affected(sessions: &[Session], from: MfaWindow, to: MfaWindow) -> Affected {
        let mut census = Census::of(Policy { mfa_window: from, dead_before: None }, to, NOW);
        census.count(sessions);
        census.affected()
    }

    #[test]
    fn a_shorter_setting_asks_whose_second_factor_is_too_old_for_it_and_nobody_who_is_asked_anyway() {
        let [hour, _, _, eight, ..] = MfaWindow::CHOICES;
        let sessions = [
            verified(1, HOUR - 1),
            verified(2, HOUR),
            verified(2, 2 * HOUR),
            verified(3, 8 * HOUR - 1),
            verified(4, 8 * HOUR),
        ];

        assert_eq!(affected(&sessions, eight, hour), Affected { people: 2, browsers: 3 });
        assert_eq!(affected(&sessions, hour, eight), Affected::default());
        assert_eq!(affected(&sessions, hour, hour), Affected::default());
    }

    #[test]
    fn who_has_no_second_factor_or_whose_session_has_ended_is_not_counted() {
        let [hour, .., month] = MfaWindow::CHOICES;
        let pending = Session { proof: Proof::Password { wrong_codes: 0 }, ..verified(1, 2 * HOUR) };
        let idle = Session { last_seen: NOW.minus(Session::IDLE_LIFE), ..verified(2, 2 * HOUR) };
        let old = Session { password_at: NOW.minus(Session::ABSOLUTE_LIFE), ..verified(3, 2 * HOUR) };

        assert_eq!(affected(&[pending, idle, old], month, hour), Affected::default());
    }

    proptest! {
        #[test]
        fn whatever_is_saved_and_when_what_has_elapsed_is_not_revived(
            age in 0_u64..40 * 24, saved in proptest::collection::vec((0_usize..10, 0_u64..100), 1..10),
        ) {
            let session = Session { last_seen: NOW.plus(Duration::from_hours(1000)), ..verified(1, age * HOUR) };
            let mut policy = Policy { mfa_window: MfaWindow::default(), dead_before: None };
            let (mut now, mut dead) = (NOW, false);
            for (choice, hours) in saved {
                now = now.plus(Duration::from_hours(hours));
                dead |= !is_fresh(&session, policy, now);
                policy = policy.changed_to(MfaWindow::CHOICES[choice], now);
                prop_assert!(!(dead && is_fresh(&session, policy, now)));
            }
        }
    }
}

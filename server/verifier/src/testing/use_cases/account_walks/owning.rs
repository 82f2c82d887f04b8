//! Users: what they change of their own.

use super::Walk;
use super::acts::By;
use crate::testing::Browser;
use crate::testing::world::{PASSWORD, fit};
use crate::{
    Barred, EventKind, MessageKind, NameVerdict, NoticeKind, PasswordChange, Recipient, RemovalVerdict, SignedIn,
};

/// What people change their password to, and back from.
const OTHER_PASSWORD: &str = "another horse, another battery";
const WRONG_PASSWORD: &str = "not the password at all";

impl Walk {
    /// At which of their browsers somebody sees a page, if it is still at one of them.
    fn seat_of(&self, who: usize, page: &SignedIn) -> Option<usize> {
        let is_there = |browser: &Browser| browser.session.as_ref().is_some_and(|token| token.hash() == page.token);
        self.model.people[who].browsers.iter().position(is_there)
    }

    /// A wrong password ends nothing; a right one ends everything else, and lifts no lock.
    pub(super) async fn changes_password(&mut self, by: By, knows_it: bool) -> Option<usize> {
        let (who, at_work) = self.at_their_profile(by).await?;
        let (page, now) = (at_work.proof().admission().signed_in(), self.world.now());
        let seat = self.seat_of(who, page);
        let browser = seat.map_or_else(Browser::new, |seat| self.model.people[who].browsers[seat].clone());
        let human = &self.model.people[who].human;
        let (email, is_first) = (human.email.clone(), human.password == PASSWORD);
        let present = if knows_it { human.password.clone() } else { WRONG_PASSWORD.into() };
        let new = if is_first { OTHER_PASSWORD } else { PASSWORD };
        let bars = self.model.bars(page, true, now);
        let (written, before) = (self.world.store.written().len(), self.world.session(&browser).await);

        let (present, claimant) = (present.parse().unwrap(), browser.claimant());
        let came = self.world.verifier.change_password(at_work.proof(), &present, &fit(new), &claimant).await.unwrap();

        match came {
            Err(barred) => assert_eq!(Some(barred), bars),
            Ok(_) => assert_eq!(bars, None::<Barred>),
        }
        match came {
            Ok(PasswordChange::Changed { token }) => {
                assert!(knows_it, "a wrong password was good enough");
                self.is_told(written, who, &EventKind::PasswordChanged, &NoticeKind::PasswordChanged);
                let (id, seat) = (&page.session.id, seat.expect("a browser"));
                self.model.ends_all_of(who, Some(id));
                self.model.sessions.get_mut(id).unwrap().token = token.hash();
                self.knows_no_other_browser(who, seat);
                let somebody = &mut self.model.people[who];
                somebody.browsers[seat].session = Some(token);
                (somebody.human.password, somebody.reset) = (new.into(), None);
                let after = self.world.session(&somebody.browsers[seat]).await.unwrap();
                let before = before.unwrap();
                assert_eq!((after.proof, after.password_at), (before.proof, before.password_at));
            }
            Ok(PasswordChange::Wrong) => {
                assert!(!knows_it, "the right password was not good enough");
                *self.model.wrong_passwords.entry(email).or_default() += 1;
                let (events, messages) = self.written_since(written);
                let kinds: Vec<_> = events.into_iter().map(|event| event.kind).collect();
                assert_eq!((kinds, messages.len()), (vec![EventKind::PasswordRejected], 0));
            }
            Ok(PasswordChange::Wait { .. }) => assert!(self.model.wrong_passwords[&email] >= 10),
            Ok(PasswordChange::SameAsBefore | PasswordChange::ResetNeeded) => panic!("{came:?}"),
            Err(_) => assert_eq!(self.world.store.written().len(), written),
        }
        Some(self.model.people[who].account)
    }

    pub(super) async fn changes_name(&mut self, by: By, nth: usize) -> Option<usize> {
        let (who, at_work) = self.at_their_profile(by).await?;
        let (page, now) = (at_work.proof().admission().signed_in(), self.world.now());
        let name = ["Ada King", "Charles Babbage"][nth % 2].parse().unwrap();
        let is_called_so = self.model.people[who].name == name;
        let verdict = if is_called_so { NameVerdict::AsItWas } else { NameVerdict::Changed };
        let bars = self.model.bars(page, false, now);
        let written = self.world.store.written().len();

        let claimant = Browser::new().claimant();
        let came = self.world.verifier.change_name(at_work.proof(), &name, &claimant).await.unwrap();

        assert_eq!(came, bars.map_or(Ok(verdict), Err));
        if came == Ok(NameVerdict::Changed) {
            let kinds: Vec<_> = self.written_since(written).0.into_iter().map(|event| event.kind).collect();
            assert_eq!(kinds, [EventKind::NameChanged]);
            self.model.people[who].name = name;
        } else {
            assert_eq!(self.world.store.written().len(), written);
        }
        Some(self.model.people[who].account)
    }

    pub(super) async fn removes_mobile(&mut self, by: By, nth: usize) -> Option<usize> {
        let (_, id) = self.model.mobiles.get(nth.checked_rem(self.model.mobiles.len())?)?.clone();
        let (who, at_work) = self.at_their_profile(by).await?;
        let (page, now) = (at_work.proof().admission().signed_in(), self.world.now());
        let somebody = &self.model.people[who];
        let removed = somebody.mobiles.iter().find(|(mobile, _)| *mobile == id).cloned();
        let verdict = match (&removed, somebody.held_until(now)) {
            (None, _) => RemovalVerdict::NoSuchMobile,
            (Some(_), Some(until)) => RemovalVerdict::Held { until },
            (Some(_), None) => RemovalVerdict::Removed,
        };
        let bars = self.model.bars(page, true, now);
        let written = self.world.store.written().len();

        let claimant = Browser::new().claimant();
        let came = self.world.verifier.remove_mobile(at_work.proof(), &id, &claimant).await.unwrap();

        assert_eq!(came, bars.map_or(Ok(verdict), Err), "{id:?} by {who}");
        let Some((_, number)) = removed.filter(|_| came == Ok(RemovalVerdict::Removed)) else {
            assert_eq!(self.world.store.written().len(), written);
            return Some(self.model.people[who].account);
        };
        let number = number.as_str()[number.as_str().len() - 2..].to_owned();
        let (kind, notice) =
            (EventKind::MobileRemoved { number: number.clone() }, NoticeKind::MobileRemoved { number });
        self.is_told(written, who, &kind, &notice);
        self.is_texted_to_all(written, who, &notice);
        self.model.people[who].mobiles.retain(|(mobile, _)| *mobile != id);
        Some(self.model.people[who].account)
    }

    /// Fails unless all mobiles somebody had until now are told, or none if none may be texted.
    fn is_texted_to_all(&self, written: usize, who: usize, notice: &NoticeKind) {
        let somebody = &self.model.people[who];
        let is_it = |about: &MessageKind| matches!(about, MessageKind::Notice { what, .. } if what == notice);
        let texts = self.written_since(written).1.into_iter().filter_map(|message| match message.to {
            Recipient::Text(number) => is_it(&message.about).then_some(number),
            Recipient::Mail(_) => None,
        });
        let may = self.model.texts[somebody.account].reach_mobiles();
        let due: Vec<_> = somebody.mobiles.iter().filter(|_| may).map(|(_, number)| number.clone()).collect();
        assert_eq!(texts.collect::<Vec<_>>(), due);
    }
}

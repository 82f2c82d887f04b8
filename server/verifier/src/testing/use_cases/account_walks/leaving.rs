//! Users: what they end of their own, and can't of others.

use super::Walk;
use super::acts::By;
use super::administering::Acting;
use crate::testing::Browser;
use crate::testing::world::AtWork;
use crate::{Barred, EndVerdict, EventKind};

impl Walk {
    /// Somebody at a page of theirs: as it is, or as it was.
    async fn at_their_profile(&mut self, by: By) -> Option<(usize, Box<AtWork>)> {
        match self.acting(by).await? {
            Acting::Admin { who, at_work } => Some((who, at_work)),
            Acting::Operator(_) => None,
        }
    }

    pub(super) async fn ends_session(&mut self, by: By, nth: usize) -> Option<usize> {
        let (who, at_work) = self.at_their_profile(by).await?;
        let (page, now) = (at_work.proof().admission().signed_in(), self.world.now());
        let (id, stay) = self.model.sessions.iter().nth(nth.checked_rem(self.model.sessions.len())?)?;
        let id = id.clone();
        let expected = if !self.model.goes_on(page, now) {
            Err(Barred::Over)
        } else if id == page.session.id {
            Ok(EndVerdict::ThisOne)
        } else if stay.who == who && stay.factor.is_some() && self.model.is_alive(stay, now) {
            Ok(EndVerdict::Ended)
        } else {
            Ok(EndVerdict::NoSuchSession)
        };
        let written = self.world.store.written().len();

        let came = self.world.verifier.end_session(at_work.proof(), &id, &Browser::new().claimant()).await.unwrap();

        assert_eq!(came, expected, "{id:?} by {who}");
        let kinds: Vec<_> = self.written_since(written).0.into_iter().map(|event| event.kind).collect();
        if came == Ok(EndVerdict::Ended) {
            assert_eq!(kinds, [EventKind::SessionEnded { session: id.clone() }]);
            self.model.sessions.remove(&id);
        } else {
            assert_eq!(self.world.store.written().len(), written, "{came:?}, and something was written");
        }
        Some(self.model.people[who].account)
    }

    pub(super) async fn ends_others(&mut self, by: By) -> Option<usize> {
        let (who, at_work) = self.at_their_profile(by).await?;
        let (page, now) = (at_work.proof().admission().signed_in(), self.world.now());
        let this = page.session.id.clone();
        let others = self.model.sessions.iter().filter(|(id, stay)| stay.who == who && **id != this);
        let signed_in = others.filter(|(_, stay)| stay.factor.is_some() && self.model.is_alive(stay, now)).count();
        let expected = if self.model.goes_on(page, now) { Ok(signed_in) } else { Err(Barred::Over) };

        let claimant = Browser::new().claimant();
        let came = self.world.verifier.end_other_sessions(at_work.proof(), &claimant).await.unwrap();

        assert_eq!(came, expected, "by {who}");
        if came.is_ok() {
            self.model.ends_all_of(who, Some(&this));
        }
        Some(self.model.people[who].account)
    }
}

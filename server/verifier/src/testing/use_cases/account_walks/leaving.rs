//! Users: what they end and forget of their own, and can't of others.

use std::collections::BTreeSet;

use domain::SessionId;

use super::Walk;
use super::acts::By;
use super::administering::Acting;
use crate::testing::world::AtWork;
use crate::testing::{Browser, a_keyring};
use crate::{Barred, EndVerdict, EventKind, ForgetVerdict, KnownBrowserId, TokenHash};

/// How a page names a known browser.
fn named(cookie: &TokenHash) -> KnownBrowserId {
    KnownBrowserId(a_keyring().fingerprint("known browser", cookie.as_str()).unwrap())
}

impl Walk {
    /// Somebody at a page of theirs: as it is, or as it was. One that is as it is shows what is theirs.
    pub(super) async fn at_their_profile(&mut self, by: By) -> Option<(usize, Box<AtWork>)> {
        let Acting::Admin { who, at_work } = self.acting(by).await? else { return None };
        if matches!(by, By::Somebody(..)) {
            let (somebody, now) = (&self.model.people[who], self.world.now());
            let seen = self.world.verifier.profile(at_work.proof()).unwrap();
            assert_eq!((&seen.name, &seen.email), (&somebody.name, &somebody.human.email));
            assert_eq!((seen.codes_left, seen.held_until), (somebody.good_codes.len(), somebody.held_until(now)));
            let mobiles: Vec<_> = somebody.mobiles.iter().map(|(id, _)| id).collect();
            assert_eq!(seen.mobiles.iter().map(|mobile| &mobile.id).collect::<Vec<_>>(), mobiles);
            let known = somebody.known.iter().filter(|(cookie, _)| somebody.knows(Some(cookie), now));
            let this = self.model.sessions[&at_work.proof().admission().signed_in().session.id].cookie.clone();
            let named = known.map(|(cookie, used_at)| (named(cookie).0, *used_at, Some(cookie) == this.as_ref()));
            let shown = seen.browsers.into_iter().map(|shown| (shown.id.0, shown.last_used, shown.is_this));
            assert_eq!(shown.collect::<BTreeSet<_>>(), named.collect());
        }
        Some((who, at_work))
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
            let ended = self.model.sessions.remove(&id).unwrap();
            self.forgets(who, &page.session.id, &[ended.cookie]);
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
            let others = self.model.sessions.iter().filter(|(id, stay)| stay.who == who && **id != this);
            let cookies: Vec<_> = others.map(|(_, stay)| stay.cookie.clone()).collect();
            self.forgets(who, &this, &cookies);
            self.model.ends_all_of(who, Some(&this));
        }
        Some(self.model.people[who].account)
    }

    /// With a session its browser is known no more, unless it is the one that asks.
    fn forgets(&mut self, who: usize, this: &SessionId, cookies: &[Option<TokenHash>]) {
        let this = self.model.sessions[this].cookie.clone();
        let known = &mut self.model.people[who].known;
        known.retain(|(cookie, _)| Some(cookie) == this.as_ref() || !cookies.contains(&Some(cookie.clone())));
    }

    pub(super) async fn forgets_browser(&mut self, by: By, nth: usize) -> Option<usize> {
        let (_, cookie) = self.model.browsers.get(nth.checked_rem(self.model.browsers.len())?)?.clone();
        let (who, at_work) = self.at_their_profile(by).await?;
        let (page, now) = (at_work.proof().admission().signed_in(), self.world.now());
        let is_listed = self.model.people[who].known.iter().any(|(known, _)| *known == cookie);
        let is_known = self.model.people[who].knows(Some(&cookie), now);
        // One that is known no more for its age is shown on no page.
        if is_listed && !is_known {
            return Some(self.model.people[who].account);
        }
        let bars = self.model.bars(page, false, now);
        let forgotten = if is_known { ForgetVerdict::Forgotten } else { ForgetVerdict::NoSuchBrowser };
        let written = self.world.store.written().len();

        let claimant = Browser::new().claimant();
        let came = self.world.verifier.forget_browser(at_work.proof(), &named(&cookie), &claimant).await.unwrap();

        assert_eq!(came, bars.map_or(Ok(forgotten), Err), "{cookie:?} by {who}");
        if came == Ok(ForgetVerdict::Forgotten) {
            self.ends_in(written, who, &page.session.id, &[cookie]);
        } else {
            assert_eq!(self.world.store.written().len(), written, "{came:?}, and something was written");
        }
        Some(self.model.people[who].account)
    }

    pub(super) async fn forgets_others(&mut self, by: By) -> Option<usize> {
        let (who, at_work) = self.at_their_profile(by).await?;
        let (page, now) = (at_work.proof().admission().signed_in(), self.world.now());
        let this = self.model.sessions.get(&page.session.id).and_then(|stay| stay.cookie.clone());
        let known = self.model.people[who].known.iter().map(|(cookie, _)| cookie.clone());
        let others: Vec<_> = known.filter(|cookie| Some(cookie) != this.as_ref()).collect();
        let bars = self.model.bars(page, false, now);
        let written = self.world.store.written().len();

        let claimant = Browser::new().claimant();
        let came = self.world.verifier.forget_other_browsers(at_work.proof(), &claimant).await.unwrap();

        assert_eq!(came, bars.map_or(Ok(others.len()), Err), "by {who}");
        if came.is_ok() {
            self.ends_in(written, who, &page.session.id, &others);
        }
        Some(self.model.people[who].account)
    }

    /// Browsers of somebody are known no more, and each session in them has ended but the one that asked; the log says
    /// so.
    fn ends_in(&mut self, written: usize, who: usize, this: &SessionId, cookies: &[TokenHash]) {
        let is_in = |cookie: &Option<TokenHash>| cookie.as_ref().is_some_and(|cookie| cookies.contains(cookie));
        let sessions = self.model.sessions.iter();
        let ended: BTreeSet<_> = sessions
            .filter(|(id, stay)| stay.who == who && *id != this && is_in(&stay.cookie))
            .map(|(id, _)| id.clone())
            .collect();
        let (events, _) = self.written_since(written);
        let forgotten = events.iter().filter(|event| event.kind == EventKind::BrowserForgotten).count();
        let told = events.iter().filter_map(|event| match &event.kind {
            EventKind::SessionEnded { session } => Some(session.clone()),
            _ => None,
        });
        assert_eq!(told.collect::<BTreeSet<_>>(), ended);
        assert_eq!((forgotten, events.len()), (cookies.len(), cookies.len() + ended.len()));
        self.model.people[who].known.retain(|(cookie, _)| !cookies.contains(cookie));
        self.model.sessions.retain(|id, _| !ended.contains(id));
    }
}

//! Profile/Password: what people do to what is their own.

use std::collections::BTreeSet;

use domain::SessionId;

use super::acts::Own;
use super::{WRONG, Walk};
use crate::testing::Browser;
use crate::testing::world::fit;
use crate::testing::world::ways_back::NUMBER;
use crate::{
    EndVerdict, Fresh, NameVerdict, PasswordChange, Proof, RemovalVerdict, Session, Store, StoredPassword, TokenHash,
};

/// What there is: sessions, and browsers that are known.
struct Present {
    sessions: Vec<Session>,
    known: BTreeSet<TokenHash>,
}

/// What is to be left of it: nothing but this has ended.
struct Leaves {
    ended: BTreeSet<SessionId>,
    forgotten: BTreeSet<TokenHash>,
}

impl Present {
    /// All sessions but this one of which something is so.
    fn others(&self, this: &Session, is_so: impl Fn(&Session) -> bool) -> BTreeSet<SessionId> {
        let others = self.sessions.iter().filter(|session| session.id != this.id && is_so(session));
        others.map(|session| session.id.clone()).collect()
    }

    /// All known browsers but that of this session of which something is so.
    fn other_browsers(&self, this: &Session, is_so: impl Fn(&TokenHash) -> bool) -> BTreeSet<TokenHash> {
        let its = this.known_browser.as_ref();
        self.known.iter().filter(|known| Some(*known) != its && is_so(known)).cloned().collect()
    }

    /// These browsers, and all sessions in them but this one.
    fn without(&self, forgotten: BTreeSet<TokenHash>, this: &Session) -> Leaves {
        let in_them = |session: &Session| session.known_browser.as_ref().is_some_and(|it| forgotten.contains(it));
        Leaves { ended: self.others(this, in_them), forgotten }
    }
}

impl Walk {
    /// Does something on the page as it is now.
    pub(super) async fn does_at_the_profile(&mut self, at: usize, own: Own) {
        let Some(proof) = self.fresh(at).await else { return };
        let browser = self.browsers[at].clone();
        self.sees_their_own(&proof).await;
        self.profiles.push((at, proof.clone(), browser.clone()));
        self.does(at, &proof, &browser, own).await;
    }

    /// Does something on a page as it was.
    pub(super) async fn does_from_an_old_page(&mut self, page: usize, own: Own) {
        let Some(page) = page.checked_rem(self.profiles.len()) else { return };
        let (at, proof, browser) = self.profiles[page].clone();
        self.does(at, &proof, &browser, own).await;
    }

    /// The page shows what there is.
    async fn sees_their_own(&self, proof: &Fresh) {
        let (profile, this) = (self.world.verifier.profile(proof).unwrap(), &proof.admission().signed_in().session.id);
        assert_eq!((&profile.name, profile.codes_left), (&self.name, self.good_codes.len()));
        assert_eq!(profile.mobiles.iter().map(|own| &own.id).collect::<BTreeSet<_>>(), self.mobiles.keys().collect());
        let sessions = self.world.verifier.own_sessions(proof).await.unwrap();
        assert!(sessions.iter().all(|own| self.verified.contains_key(&own.id) && !self.ended.contains(&own.id)));
        assert!(sessions.first().is_some_and(|own| own.is_this && own.id == *this));
    }

    async fn is_present(&self) -> Present {
        let sessions = self.world.store.sessions_of(&self.human.user).await.unwrap();
        let known = self.world.record(&self.human).await.known_browsers;
        Present { sessions, known: known.into_iter().map(|known| known.cookie).collect() }
    }

    /// Does it. What has ended then is what had to, and nothing else.
    async fn does(&mut self, at: usize, proof: &Fresh, browser: &Browser, own: Own) {
        let this = proof.admission().signed_in().session.clone();
        let (before, written) = (self.is_present().await, self.world.store.written().len());
        let came = match own {
            Own::Password(right) => self.changes_password(at, proof, browser, right, &before).await,
            Own::Name => self.changes_name(proof, browser).await,
            Own::RemoveMobile(nth) => self.removes_mobile(proof, browser, nth).await,
            Own::EndSession(nth) => self.ends_session(proof, browser, nth, &before).await,
            Own::EndOthers => self.ends_others(proof, browser, &before).await,
            Own::ForgetBrowser(nth) => self.forgets_browser(proof, browser, nth, &before).await,
            Own::ForgetOthers => self.forgets_others(proof, browser, &before).await,
        };
        let judges = matches!(own, Own::Password(_));
        if came.is_some() {
            assert!(before.sessions.iter().any(|session| session.id == this.id), "done by a session that had ended");
            let age = self.world.now().millis() - self.verified[&this.id].millis();
            assert!((-60_000..i64::from(self.setting.seconds()) * 1000).contains(&age), "done {age} ms after the code");
        } else {
            assert!(
                judges || self.world.store.written().len() == written,
                "nothing came of {own:?}, but it was written"
            );
        }
        let after = self.is_present().await;
        let left = came.unwrap_or(Leaves { ended: BTreeSet::new(), forgotten: BTreeSet::new() });
        let stays: BTreeSet<_> = after.sessions.iter().map(|session| &session.id).collect();
        let ended = before.sessions.iter().map(|session| &session.id).filter(|id| !stays.contains(id));
        assert_eq!(ended.collect::<BTreeSet<_>>(), left.ended.iter().collect(), "{own:?}");
        assert!(before.known.difference(&after.known).eq(&left.forgotten), "{own:?} made others strangers");
    }

    async fn changes_password(
        &mut self,
        at: usize,
        proof: &Fresh,
        browser: &Browser,
        right: bool,
        before: &Present,
    ) -> Option<Leaves> {
        let this = &proof.admission().signed_in().session;
        let present = if right { self.human.password.clone() } else { WRONG.into() };
        let new = self.another_password();
        let (present, claimant) = (present.parse().unwrap(), browser.claimant());
        let verdict = self.world.verifier.change_password(proof, &present, &fit(new), &claimant).await.unwrap();
        let Ok(PasswordChange::Changed { token }) = verdict else { return None };
        self.has_stepped_up(&this.id);
        assert!(right && self.abuses < StoredPassword::MOST_ABUSES, "changed without the present password");
        self.browsers[at].session = Some(token);
        self.human.password = new.into();
        self.abuses = 0;
        self.texted.clear();
        assert!(self.world.record(&self.human).await.challenges.is_empty(), "a text is good still");
        self.dead_links.extend(self.links.clone());
        let cookie = browser.cookie();
        let forgotten = before.known.iter().filter(|known| Some(*known) != cookie.as_ref()).cloned().collect();
        Some(Leaves { ended: before.others(this, |_| true), forgotten })
    }

    async fn changes_name(&mut self, proof: &Fresh, browser: &Browser) -> Option<Leaves> {
        let name = if self.name.as_str() == "Ada King" { "Ada Byron" } else { "Ada King" }.parse().unwrap();
        let verdict = self.world.verifier.change_name(proof, &name, &browser.claimant()).await.unwrap();
        let Ok(NameVerdict::Changed) = verdict else { return None };
        self.name = name;
        Some(Leaves { ended: BTreeSet::new(), forgotten: BTreeSet::new() })
    }

    async fn removes_mobile(&mut self, proof: &Fresh, browser: &Browser, nth: usize) -> Option<Leaves> {
        let mobile = self.all_mobiles.iter().rev().nth(nth % self.all_mobiles.len())?.clone();
        let verdict = self.world.verifier.remove_mobile(proof, &mobile, &browser.claimant()).await.unwrap();
        let Ok(RemovalVerdict::Removed) = verdict else { return None };
        self.has_stepped_up(&proof.admission().signed_in().session.id);
        self.is_not_held();
        let number = self.mobiles.remove(&mobile).expect("a mobile that was removed twice");
        if number == NUMBER {
            self.texted.clear();
        }
        let to_it = number.parse().unwrap();
        let challenges = self.world.record(&self.human).await.challenges;
        assert!(challenges.iter().all(|texted| texted.number != to_it), "a text to a removed mobile is good still");
        Some(Leaves { ended: BTreeSet::new(), forgotten: BTreeSet::new() })
    }

    async fn ends_session(&self, proof: &Fresh, browser: &Browser, nth: usize, before: &Present) -> Option<Leaves> {
        let this = &proof.admission().signed_in().session;
        let id = self.verified.keys().nth(nth.checked_rem(self.verified.len())?)?;
        let verdict = self.world.verifier.end_session(proof, id, &browser.claimant()).await.unwrap();
        let Ok(EndVerdict::Ended) = verdict else { return None };
        let session = before.sessions.iter().find(|session| session.id == *id).expect("a session that had not ended");
        assert!(matches!(session.proof, Proof::SecondFactor { .. }) && *id != this.id);
        let forgotten = before.other_browsers(this, |known| session.known_browser.as_ref() == Some(known));
        Some(Leaves { ended: [id.clone()].into(), forgotten })
    }

    async fn ends_others(&self, proof: &Fresh, browser: &Browser, before: &Present) -> Option<Leaves> {
        let this = &proof.admission().signed_in().session;
        let verdict = self.world.verifier.end_other_sessions(proof, &browser.claimant()).await.unwrap();
        let ended = before.others(this, |_| true);
        if verdict.is_err() || ended.is_empty() {
            return None;
        }
        let in_one = |known: &TokenHash| {
            before.sessions.iter().any(|session| session.id != this.id && session.known_browser.as_ref() == Some(known))
        };
        Some(Leaves { ended, forgotten: before.other_browsers(this, in_one) })
    }

    async fn forgets_browser(&self, proof: &Fresh, browser: &Browser, nth: usize, before: &Present) -> Option<Leaves> {
        let shown = self.world.verifier.profile(proof).unwrap().browsers;
        let chosen = shown.get(nth.checked_rem(shown.len())?)?;
        let verdict = self.world.verifier.forget_browser(proof, &chosen.id, &browser.claimant()).await.unwrap();
        let Ok(crate::ForgetVerdict::Forgotten) = verdict else { return None };
        let after = self.is_present().await;
        let forgotten: BTreeSet<_> = before.known.difference(&after.known).cloned().collect();
        let this = &proof.admission().signed_in().session;
        let [one] = &forgotten.iter().collect::<Vec<_>>()[..] else { panic!("not one browser: {}", forgotten.len()) };
        assert_eq!(chosen.is_this, this.known_browser.as_ref() == Some(*one));
        Some(before.without(forgotten.clone(), this))
    }

    async fn forgets_others(&self, proof: &Fresh, browser: &Browser, before: &Present) -> Option<Leaves> {
        let this = &proof.admission().signed_in().session;
        let verdict = self.world.verifier.forget_other_browsers(proof, &browser.claimant()).await.unwrap();
        let forgotten = before.other_browsers(this, |_| true);
        (verdict.is_ok() && !forgotten.is_empty()).then(|| before.without(forgotten, this))
    }
}

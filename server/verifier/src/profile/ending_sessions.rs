use std::cmp::Reverse;

use domain::{SessionId, Timestamp};

use super::{KnownBrowserId, Owned};
use crate::admission::is_signed_in;
use crate::verifier::Outcome;
use crate::{
    Address, BrowserLabel, Change, Claimant, Commit, EventKind, Fresh, Gate, Session, SessionChange, SignedIn,
    TokenHash, Unavailable, Verifier,
};

/// A browser that is signed in, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSession {
    /// By what it is ended.
    pub id: SessionId,
    /// The browser in words.
    pub browser: BrowserLabel,
    /// Where it signed in from.
    pub address: Address,
    /// When the password was right.
    pub begun_at: Timestamp,
    /// The last activity, exact to 15 minutes.
    pub last_seen: Timestamp,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// What became of a session that was to end.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndVerdict {
    /// It has ended.
    Ended,
    /// The user has no such session. Of other users' sessions nothing else is ever said.
    NoSuchSession,
    /// It is the one that asks: sign out instead.
    ThisOne,
}

/// What became of a known browser that was to be forgotten.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgetVerdict {
    /// It is a stranger from now on.
    Forgotten,
    /// The user has no such browser.
    NoSuchBrowser,
}

/// What somebody who is in wants to leave behind: in one round.
struct Leaving {
    signed_in: SignedIn,
    /// All sessions of theirs but this one, pending sign-ins too.
    others: Vec<Session>,
    now: Timestamp,
    commit: Commit,
}

impl Verifier {
    /// The browsers in which somebody is signed in: the one that asks first, then the last seen.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn own_sessions(&self, proof: &Fresh) -> Result<Vec<OwnSession>, Unavailable> {
        let (this, now) = (&proof.admission().signed_in().session, self.clock.now());
        let mut sessions = self.store.sessions_of(&this.user).await?;
        sessions.retain(|session| is_signed_in(session, now));
        sessions.sort_by_key(|session| (session.id != this.id, Reverse(session.last_seen), session.id.clone()));
        let own = |session: Session| OwnSession {
            is_this: session.id == this.id,
            id: session.id,
            browser: session.browser,
            address: session.address,
            begun_at: session.password_at,
            last_seen: session.last_seen,
        };
        Ok(sessions.into_iter().map(own).collect())
    }

    /// Ends another session of the same user; its browser is known no more.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn end_session(&self, proof: &Fresh, id: &SessionId, claimant: &Claimant) -> Owned<EndVerdict> {
        self.leave(proof, |leaving| {
            if leaving.signed_in.session.id == *id {
                return Ok(Err(EndVerdict::ThisOne));
            }
            let is_it = |session: &&Session| session.id == *id && is_signed_in(session, leaving.now);
            let Some(ended) = leaving.others.iter().find(is_it).cloned() else {
                return Ok(Err(EndVerdict::NoSuchSession));
            };
            if let Some(cookie) = &ended.known_browser {
                leaving.forget(|of| of == cookie);
            }
            self.end(leaving, ended, claimant)?;
            Ok(Ok(EndVerdict::Ended))
        })
        .await
    }

    /// Ends all sessions and pending sign-ins of the user but this one; their browsers are known no more. Says in how
    /// many browsers they were signed in.
    ///
    /// A sign-in that the user is still to be told about does not end unnoticed.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn end_other_sessions(&self, proof: &Fresh, claimant: &Claimant) -> Owned<usize> {
        self.leave(proof, |leaving| {
            if leaving.others.is_empty() {
                return Ok(Err(0));
            }
            let now = leaving.now;
            let count = leaving.others.iter().filter(|session| is_signed_in(session, now)).count();
            let cookies: Vec<_> = leaving.others.iter().filter_map(|session| session.known_browser.clone()).collect();
            leaving.forget(|of| cookies.contains(of));
            let Leaving { signed_in: SignedIn { session, person, .. }, others, commit, .. } = leaving;
            for stopped in others.iter().filter(|session| session.warn_at.is_some()) {
                self.warn_of_eviction(stopped, person, now, commit)?;
            }
            let (user, except) = (session.user.clone(), Some(session.id.clone()));
            commit.sessions.push(SessionChange::EndAllOf { user, except });
            commit.events.push(self.event(now, Some(person), Some(claimant), EventKind::SessionsEnded)?);
            Ok(Ok(count))
        })
        .await
    }

    /// Makes a known browser a stranger, and ends its sessions; this one goes on, if it is the browser that asks.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn forget_browser(
        &self,
        proof: &Fresh,
        browser: &KnownBrowserId,
        claimant: &Claimant,
    ) -> Owned<ForgetVerdict> {
        self.leave(proof, |leaving| {
            let mut cookie = None;
            for known in &leaving.signed_in.person.credential.record.known_browsers {
                if self.known_browser_id(known)? == *browser {
                    cookie = Some(known.cookie.clone());
                }
            }
            let Some(cookie) = cookie else { return Ok(Err(ForgetVerdict::NoSuchBrowser)) };
            self.forget_with_sessions(leaving, &cookie, claimant)?;
            Ok(Ok(ForgetVerdict::Forgotten))
        })
        .await
    }

    /// Makes all known browsers of the user strangers but the one that asks, and ends their sessions. Says how many.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn forget_other_browsers(&self, proof: &Fresh, claimant: &Claimant) -> Owned<usize> {
        self.leave(proof, |leaving| {
            let this = leaving.signed_in.session.known_browser.clone();
            let known = leaving.signed_in.person.credential.record.known_browsers.iter();
            let others: Vec<_> =
                known.map(|known| known.cookie.clone()).filter(|of| Some(of) != this.as_ref()).collect();
            if others.is_empty() {
                return Ok(Err(0));
            }
            for cookie in &others {
                self.forget_with_sessions(leaving, cookie, claimant)?;
            }
            Ok(Ok(others.len()))
        })
        .await
    }

    fn forget_with_sessions(
        &self,
        leaving: &mut Leaving,
        cookie: &TokenHash,
        claimant: &Claimant,
    ) -> Result<(), Unavailable> {
        let Leaving { signed_in: SignedIn { person, .. }, others, now, commit, .. } = leaving;
        person.credential.record.known_browsers.retain(|known| known.cookie != *cookie);
        commit.events.push(self.event(*now, Some(person), Some(claimant), EventKind::BrowserForgotten)?);
        let its = others.iter().filter(|session| session.known_browser.as_ref() == Some(cookie));
        for session in its.cloned().collect::<Vec<_>>() {
            self.end(leaving, session, claimant)?;
        }
        Ok(())
    }

    fn end(&self, leaving: &mut Leaving, session: Session, claimant: &Claimant) -> Result<(), Unavailable> {
        let Leaving { signed_in: SignedIn { person, .. }, now, commit, .. } = leaving;
        let kind = EventKind::SessionEnded { session: session.id.clone() };
        commit.events.push(self.event(*now, Some(person), Some(claimant), kind)?);
        commit.sessions.push(SessionChange::End { id: session.id });
        Ok(())
    }

    /// As [`Verifier::change_own`], for what concerns other sessions of the same user. The user's record is part of the
    /// commit, as it is of each that opens a session or gives it another token.
    async fn leave<T>(
        &self,
        proof: &Fresh,
        decide: impl Fn(&mut Leaving) -> super::Decided<T> + Send + Sync,
    ) -> Owned<T> {
        let now = self.clock.now();
        let user = &proof.admission().signed_in().session.user;
        let mut rounds = self.rounds_for(user).await;
        loop {
            rounds.begin().await?;
            let signed_in = match self.owner(Gate::Fresh, proof, now).await? {
                Ok(signed_in) => signed_in,
                Err(barred) => return Ok(Err(barred)),
            };
            let mut others = self.store.sessions_of(user).await?;
            others.retain(|session| session.id != signed_in.session.id);
            let mut leaving = Leaving { signed_in, others, now, commit: Commit::default() };
            let verdict = match decide(&mut leaving)? {
                Ok(verdict) => verdict,
                Err(verdict) => return Ok(Ok(verdict)),
            };
            let Leaving { signed_in: SignedIn { person, .. }, mut commit, .. } = leaving;
            commit.credentials.push(Change::update(person.credential.version, person.credential.record));
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(Ok(verdict));
            }
        }
    }
}

impl Leaving {
    /// Makes known browsers strangers, but the one that asks.
    fn forget(&mut self, is_one: impl Fn(&TokenHash) -> bool) {
        let SignedIn { session, person, .. } = &mut self.signed_in;
        let this = session.known_browser.as_ref();
        person.credential.record.known_browsers.retain(|known| Some(&known.cookie) == this || !is_one(&known.cookie));
    }
}

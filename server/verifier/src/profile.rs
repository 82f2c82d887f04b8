mod changing_password;
mod ending_sessions;

use std::cmp::Reverse;

use domain::{EmailAddress, Language, MobileId, Name, Timestamp};

pub use changing_password::PasswordChange;
pub use ending_sessions::{EndVerdict, ForgetVerdict, OwnSession};

use crate::enrollment::held_until;
use crate::texting::last_digits;
use crate::verifier::Outcome;
use crate::{
    Admitted, BrowserLabel, Change, Claimant, Commit, EventKind, Fresh, Gate, KnownBrowser, MessageKind, NoticeKind,
    Recipient, RecoveryCodes, Refusal, SecurityEvent, SignedIn, Unavailable, Verifier, admit,
};

/// What somebody sees of themself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What they are called.
    pub name: Name,
    /// The address they sign in with.
    pub email: EmailAddress,
    /// Since when the authenticator is in force.
    pub bound_at: Option<Timestamp>,
    /// How many recovery codes are left.
    pub codes_left: usize,
    /// The recovery mobiles.
    pub mobiles: Vec<OwnMobile>,
    /// Until when codes and mobiles stay as they are, after a recovery by text.
    pub held_until: Option<Timestamp>,
    /// The browsers that are known, the last used first.
    pub browsers: Vec<OwnBrowser>,
}

/// A recovery mobile as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnMobile {
    /// Its identifier.
    pub id: MobileId,
    /// Its number, masked but for its last two digits.
    pub number: String,
    /// When it was confirmed.
    pub confirmed_at: Timestamp,
}

/// A known browser as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnBrowser {
    /// By what it is forgotten.
    pub id: KnownBrowserId,
    /// The browser in words.
    pub browser: BrowserLabel,
    /// The last sign-in completed in it.
    pub last_used: Timestamp,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// A keyed fingerprint of a known browser's cookie: by it a page can name the browser, and nothing else can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownBrowserId(pub String);

/// Why somebody may not do it at all, whatever it is.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// An authenticator's code of the last ten minutes is asked for.
    StepUp,
    /// Their session has ended, goes on under another token, or its second factor has elapsed: look again.
    Over,
}

/// What became of something somebody does to what is their own: `T`, if they may do it at all.
pub type Owned<T> = Result<Result<T, Barred>, Unavailable>;

/// What became of a new name.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameVerdict {
    /// They are called so from now on.
    Changed,
    /// They were called so already; nothing was written.
    AsItWas,
}

/// What became of a mobile that was to be removed.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalVerdict {
    /// It is a way back no more.
    Removed,
    /// There is no such mobile.
    NoSuchMobile,
    /// For a day after a recovery by text, what was there before stays as it is.
    Held {
        /// Until when.
        until: Timestamp,
    },
}

/// What a change comes to: `Ok` is the verdict once the changes are written, `Err` that of changing nothing.
type Decided<T> = Result<Result<T, T>, Unavailable>;

/// The most events that somebody sees of themself.
const MOST_EVENTS: u32 = 20;

impl Verifier {
    /// What somebody sees of themself.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`] if there is no key to name browsers by.
    pub fn profile(&self, proof: &Fresh) -> Result<Profile, Unavailable> {
        let (SignedIn { session, person, .. }, now) = (proof.admission().signed_in(), proof.admission().at());
        let user = &person.credential.record;
        let live = |known: &&KnownBrowser| user.known_browser(Some(&known.cookie), now).is_some();
        let mut known: Vec<_> = user.known_browsers.iter().filter(live).collect();
        known.sort_by_key(|known| Reverse(known.last_used));
        let browser = |known: &KnownBrowser| {
            Ok(OwnBrowser {
                id: self.known_browser_id(known)?,
                browser: known.browser.clone(),
                last_used: known.last_used,
                is_this: session.known_browser.as_ref() == Some(&known.cookie),
            })
        };
        let mobiles = user.mobiles.iter().map(|mobile| OwnMobile {
            id: mobile.id.clone(),
            number: mobile.number.masked(),
            confirmed_at: mobile.confirmed_at,
        });
        Ok(Profile {
            name: user.name.clone(),
            email: user.email.clone(),
            bound_at: user.binding.as_ref().map(|binding| binding.bound_at),
            codes_left: user.codes.as_ref().map_or(0, RecoveryCodes::left),
            mobiles: mobiles.collect(),
            held_until: held_until(user, now),
            browsers: known.into_iter().map(browser).collect::<Result<_, Unavailable>>()?,
        })
    }

    /// The last events that concern somebody, at most twenty, the newest first.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn own_events(&self, proof: &Fresh) -> Result<Vec<SecurityEvent>, Unavailable> {
        self.store.events_about(&proof.admission().signed_in().session.user, MOST_EVENTS).await
    }

    /// Changes what somebody is called.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn change_name(&self, proof: &Fresh, name: &Name, claimant: &Claimant) -> Owned<NameVerdict> {
        self.change_own(Gate::Fresh, proof, |signed_in, commit, now| {
            let person = &mut signed_in.person;
            if person.credential.record.name == *name {
                return Ok(Err(NameVerdict::AsItWas));
            }
            person.credential.record.name = name.clone();
            commit.events.push(self.event(now, Some(person), Some(claimant), EventKind::NameChanged)?);
            Ok(Ok(NameVerdict::Changed))
        })
        .await
    }

    /// Chooses the language somebody is spoken to in; none for what their browser asks for.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn choose_language(&self, proof: &Fresh, language: Option<Language>) -> Owned<()> {
        self.change_own(Gate::Fresh, proof, |signed_in, _, _| {
            let chosen = &mut signed_in.person.credential.record.language;
            if *chosen == language {
                return Ok(Err(()));
            }
            *chosen = language;
            Ok(Ok(()))
        })
        .await
    }

    /// Removes a recovery mobile; codes on their way to it are void. The notice goes to the mail and to every mobile, the
    /// removed one too.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn remove_mobile(&self, proof: &Fresh, mobile: &MobileId, claimant: &Claimant) -> Owned<RemovalVerdict> {
        self.change_own(Gate::Recent, proof, |signed_in, commit, now| {
            let person = &mut signed_in.person;
            let user = &mut person.credential.record;
            let Some(removed) = user.mobiles.iter().find(|known| known.id == *mobile).cloned() else {
                return Ok(Err(RemovalVerdict::NoSuchMobile));
            };
            if let Some(until) = held_until(user, now) {
                return Ok(Err(RemovalVerdict::Held { until }));
            }
            let told = user.mobiles.clone();
            user.mobiles.retain(|known| known.id != *mobile);
            user.challenges.retain(|challenge| challenge.number != removed.number);

            let number = last_digits(&removed.number);
            let kind = EventKind::MobileRemoved { number: number.clone() };
            commit.events.push(self.event(now, Some(person), Some(claimant), kind)?);
            let about = MessageKind::notice(NoticeKind::MobileRemoved { number }, Some(claimant));
            commit.messages.push(self.message_to(person, now, about.clone())?);
            let texts = &person.account.record.texts;
            for mobile in told.into_iter().filter(|mobile| texts.allows(mobile.country)) {
                commit.messages.push(self.message(person, Recipient::Text(mobile.number), now, about.clone())?);
            }
            Ok(Ok(RemovalVerdict::Removed))
        })
        .await
    }

    /// Finds the session again, lets `decide` change its user, and commits that.
    async fn change_own<T>(
        &self,
        gate: Gate,
        proof: &Fresh,
        decide: impl Fn(&mut SignedIn, &mut Commit, Timestamp) -> Decided<T> + Send + Sync,
    ) -> Owned<T> {
        let now = self.clock.now();
        let mut rounds = self.rounds_for(&proof.admission().signed_in().session.user).await;
        loop {
            rounds.begin().await?;
            let mut signed_in = match self.owner(gate, proof, now).await? {
                Ok(signed_in) => signed_in,
                Err(barred) => return Ok(Err(barred)),
            };
            let mut commit = Commit::default();
            let verdict = match decide(&mut signed_in, &mut commit, now)? {
                Ok(verdict) => verdict,
                Err(verdict) => return Ok(Ok(verdict)),
            };
            let credential = signed_in.person.credential;
            commit.credentials.push(Change::update(credential.version, credential.record));
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(Ok(verdict));
            }
        }
    }

    /// The session as it is now, if it still passes the door, under this very token.
    async fn owner(&self, gate: Gate, proof: &Fresh, now: Timestamp) -> Owned<SignedIn> {
        let token = &proof.admission().signed_in().token;
        let presented = self.store.find_session(token).await?.filter(|found| found.superseded_until.is_none());
        Ok(match admit(gate, presented.map(Box::new), now) {
            Ok(Admitted::Fresh(fresh)) => Ok(fresh.admission().signed_in().clone()),
            Err(Refusal::StepUp) => Err(Barred::StepUp),
            Ok(_) | Err(_) => Err(Barred::Over),
        })
    }

    fn known_browser_id(&self, known: &KnownBrowser) -> Result<KnownBrowserId, Unavailable> {
        self.keyring.fingerprint("known browser", known.cookie.as_str()).map(KnownBrowserId)
    }
}

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, EventId, Timestamp, UserId};
use tokio::sync::{Mutex, MutexGuard};

use crate::chain_state::VerifiedChains;
use crate::event::Happening;
use crate::{
    Admitted, Change, Claimant, Clock, Commit, CommitError, Entropy, EventKind, Gate, HashingLane, Keyring, Limit,
    Message, PasswordHash, PasswordHasher, Person, Recipient, Refusal, SecurityEvent, Session, SessionChange, Store,
    TallyKey, Token, Unavailable, admit,
};

/// All use cases of Stepgate, over four ports. Cheap to clone behind an `Arc`; holds no state but its turnstile, and
/// how far it has verified the audit log.
pub struct Verifier {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) keyring: Arc<Keyring>,
    /// Compared with when there is no user, so that a stranger can't tell by the time it takes.
    pub(crate) decoy: PasswordHash,
    pub(crate) verified: VerifiedChains,
    turnstile: Turnstile,
}

/// The world as a [`Verifier`] sees it.
#[derive(Clone)]
pub struct Ports {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where secrets come from.
    pub entropy: Arc<dyn Entropy>,
    /// The slow comparison of passwords.
    pub hasher: Arc<dyn PasswordHasher>,
}

impl Verifier {
    /// A verifier over these ports.
    ///
    /// # Errors
    /// [`Unavailable`] if the decoy hash can't be made.
    pub async fn new(ports: Ports, keyring: Arc<Keyring>) -> Result<Self, Unavailable> {
        let Ports { store, clock, entropy, hasher } = ports;
        let nobody = Token::issue(&*entropy)?.reveal().parse().map_err(|_| Unavailable::Busy)?;
        let decoy = hasher.hash(&nobody, entropy.bytes()?, HashingLane::Known).await?;
        let (verified, turnstile) = (VerifiedChains::default(), Turnstile::new());
        Ok(Self { store, clock, entropy, hasher, keyring, decoy, verified, turnstile })
    }

    /// The keys under which secrets lie at rest.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where secrets come from.
    #[must_use]
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }

    /// Decides whether whoever presents `token` may pass `gate` now, and notes the activity.
    ///
    /// # Errors
    /// [`Unavailable`] if it can't be decided: then the request must not be served.
    pub async fn admit(&self, gate: Gate, token: Option<&Token>) -> Result<Result<Admitted, Refusal>, Unavailable> {
        let now = self.clock.now();
        let verdict = self.judge(gate, token, now).await?;
        if let Some(admission) = verdict.as_ref().ok().and_then(Admitted::admission) {
            let seen = admission.signed_in();
            if now.since(seen.session.last_seen).is_some_and(|idle| idle >= Session::SEEN_EVERY) {
                self.store.touch(&seen.token, now).await?;
            }
        }
        Ok(verdict)
    }

    /// The same for a request that nobody made by hand, such as a page that keeps itself up to date: it is judged alike,
    /// and is no sign of life.
    ///
    /// # Errors
    /// [`Unavailable`] if it can't be decided: then the request must not be served.
    pub async fn admit_passively(
        &self,
        gate: Gate,
        token: Option<&Token>,
    ) -> Result<Result<Admitted, Refusal>, Unavailable> {
        self.judge(gate, token, self.clock.now()).await
    }

    async fn judge(
        &self,
        gate: Gate,
        token: Option<&Token>,
        now: Timestamp,
    ) -> Result<Result<Admitted, Refusal>, Unavailable> {
        let presented = match token {
            Some(token) => self.store.find_session(&token.hash()).await?.map(Box::new),
            None => None,
        };
        Ok(admit(gate, presented, now))
    }

    /// Ends the session of this token, whatever it amounts to. Nothing happens if there is none.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn sign_out(&self, token: &Token, claimant: &Claimant) -> Result<(), Unavailable> {
        let now = self.clock.now();
        let mut rounds = self.rounds();
        loop {
            rounds.begin().await?;
            let Some(mut signed_in) = self.store.find_session(&token.hash()).await? else { return Ok(()) };
            let id = signed_in.session.id.clone();
            let kind = EventKind::SignedOut { session: id.clone() };
            let event = self.event(now, Some(&signed_in.person), Some(claimant), kind)?;
            let sessions = vec![SessionChange::End { id }];
            let mut commit = Commit { sessions, events: vec![event], ..Commit::default() };
            // Whoever knows only the password does not leave unnoticed.
            if signed_in.warn_at().is_some() {
                self.warn_of_stop(&mut signed_in, claimant, now, &mut commit)?;
                let credential = signed_in.person.credential;
                commit.credentials.push(Change::update(credential.version, credential.record));
            }
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(());
            }
        }
    }

    pub(crate) fn event(
        &self,
        at: Timestamp,
        person: Option<&Person>,
        claimant: Option<&Claimant>,
        kind: EventKind,
    ) -> Result<SecurityEvent, Unavailable> {
        let user = person.map(|person| &person.credential.record);
        let (account, user) = (user.map(|user| &user.account), user.map(|user| &user.user));
        let id = EventId::from_random(self.entropy.bytes()?);
        Ok(Happening { at, account, user, by: None, claimant, kind }.recorded_as(id))
    }

    pub(crate) fn message_to(
        &self,
        person: &Person,
        at: Timestamp,
        about: crate::MessageKind,
    ) -> Result<crate::QueuedMessage, Unavailable> {
        let to = Recipient::Mail(person.credential.record.email.clone());
        self.message(person, to, at, about)
    }

    pub(crate) fn message(
        &self,
        person: &Person,
        to: Recipient,
        at: Timestamp,
        about: crate::MessageKind,
    ) -> Result<crate::QueuedMessage, Unavailable> {
        let name = person.credential.record.name.clone();
        let account = person.account.record.name.clone();
        let language = person.credential.record.reads();
        let queued = Message { to, name, account, language, at, about }.queue(&self.keyring, &*self.entropy)?;
        let (account, user) = (person.account.record.id.clone(), person.credential.record.user.clone());
        Ok(crate::QueuedMessage { account: Some(account), user: Some(user), ..queued })
    }

    /// The same mail to each active admin of an account.
    pub(crate) async fn messages_to_admins(
        &self,
        account: &crate::AccountRecord,
        at: Timestamp,
        about: &crate::MessageKind,
    ) -> Result<Vec<crate::QueuedMessage>, Unavailable> {
        let mut messages = Vec::with_capacity(account.admins.len());
        for admin in &account.admins {
            if let Some(admin) = self.store.load_user(admin).await? {
                messages.push(self.message_to(&admin, at, about.clone())?);
            }
        }
        Ok(messages)
    }

    /// Under what `limit` counts what happens for `whom`.
    pub(crate) fn tally_key(&self, limit: Limit, whom: &str) -> Result<TallyKey, Unavailable> {
        self.keyring.fingerprint(limit.of, whom).map(TallyKey)
    }

    /// The rounds of a use case about one user: others about the same user wait outside.
    pub(crate) async fn rounds_for(&self, user: &UserId) -> Rounds<'_> {
        Rounds { entropy: &*self.entropy, begun: 0, _turn: Some(self.turnstile.enter(user).await) }
    }

    /// The rounds of a use case about an account's webhooks, of which there is one record.
    pub(crate) async fn rounds_of_webhooks(&self, account: &AccountId) -> Rounds<'_> {
        Rounds { entropy: &*self.entropy, begun: 0, _turn: Some(self.turnstile.enter(account).await) }
    }

    /// The rounds of a use case about nobody in particular.
    pub(crate) fn rounds(&self) -> Rounds<'_> {
        Rounds { entropy: &*self.entropy, begun: 0, _turn: None }
    }

    pub(crate) async fn try_commit(&self, commit: Commit) -> Result<Outcome, Unavailable> {
        match self.store.commit(commit).await {
            Ok(()) => Ok(Outcome::Committed),
            Err(CommitError::Conflict) => Ok(Outcome::Conflict),
            Err(CommitError::Unavailable(unavailable)) => Err(unavailable),
        }
    }
}

/// What became of a commit.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it was written.
    Committed,
    /// Another request was faster, nothing was written: load and decide again.
    Conflict,
}

/// Counts how often a use case loads and decides: eight times at most, with a growing random pause between.
pub(crate) struct Rounds<'a> {
    entropy: &'a dyn Entropy,
    begun: u32,
    _turn: Option<MutexGuard<'a, ()>>,
}

impl Rounds<'_> {
    const MOST: u32 = 8;

    /// Begins a round.
    pub(crate) async fn begin(&mut self) -> Result<(), Unavailable> {
        if self.begun == Self::MOST {
            return Err(Unavailable::Contended);
        }
        if self.begun > 0 {
            let [jitter] = self.entropy.bytes()?;
            let pause = (u64::from(jitter) << self.begun) / 32;
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        self.begun += 1;
        Ok(())
    }
}

/// One place per record (by hash, so now and then shared): keeps rounds rare within this process. What makes decisions
/// right is the compare-and-set of the commit, not this.
struct Turnstile {
    hasher: RandomState,
    places: Vec<Mutex<()>>,
}

impl Turnstile {
    const PLACES: u64 = 256;

    fn new() -> Self {
        Self { hasher: RandomState::new(), places: (0..Self::PLACES).map(|_| Mutex::new(())).collect() }
    }

    async fn enter(&self, whose: &impl Hash) -> MutexGuard<'_, ()> {
        let place = usize::try_from(self.hasher.hash_one(whose) % Self::PLACES).unwrap_or_default();
        #[expect(clippy::indexing_slicing, reason = "the remainder of PLACES is below PLACES")]
        self.places[place].lock().await
    }
}

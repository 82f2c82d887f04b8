use domain::{LocalPath, OneTimeCode, SessionId, Timestamp};

use crate::enrollment::held_until;
use crate::verifier::Outcome;
use crate::{
    Admitted, Allowance, AwaitingCode, Budget, Change, Claimant, Commit, CredentialRecord, Enrollment, EventKind,
    Fresh, Gate, MessageKind, NoticeKind, Person, Proof, Refusal, Rejected, SECOND_FACTOR, Session, SessionChange,
    SharedSecret, SignedIn, Token, TokenHash, Unavailable, Verifier, admit,
};

/// What became of a second factor, where `T` is what a right one gives.
#[must_use]
#[derive(Debug)]
pub enum Judged<T> {
    /// It was right.
    Accepted(T),
    /// It was not accepted.
    Rejected(CodeRejected),
    /// There is nothing to judge: this session has its second factor already, or goes on under another token.
    AlreadyVerified,
    /// The sign-in has to begin again at the password.
    SignInAgain,
}

/// What became of an authenticator's code.
pub type CodeVerdict = Judged<Upgrade>;

/// A session that has its second factor now, under a new token.
#[derive(Debug)]
pub struct Upgrade {
    /// The session's new token.
    pub token: Token,
    /// The cookie by which this browser is known from now on.
    pub known_browser: Token,
    /// Where to go on.
    pub next: LocalPath,
}

/// Why a code was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeRejected {
    /// It is wrong.
    Wrong {
        /// How many more are judged before a wait or a new sign-in.
        left: u32,
        /// Set if the next one is judged only from then on.
        wait_until: Option<Timestamp>,
    },
    /// It was right once; each code works one time.
    Spent,
    /// Too many wrong ones; this one was not judged.
    Wait {
        /// When the next is judged.
        until: Timestamp,
    },
    /// Ten wrong ones in a row: this one was not judged, and none will be.
    Locked,
    /// The user was unlocked and has to come back in by a recovery: this code was not judged.
    Recover,
    /// The code from the text message is too old, was entered wrong too often, or there is none: send another.
    Over,
}

/// What one try comes to: what to write, and what to answer once it is written.
pub(crate) type Decision<T> = (Commit, Judged<T>);

/// A second factor about to be judged: the session as it is now, and on whose budget it counts.
pub(crate) struct Trial<'a> {
    pub(crate) signed_in: SignedIn,
    pub(crate) cookie: Option<TokenHash>,
    pub(crate) claimant: &'a Claimant,
    pub(crate) now: Timestamp,
}

/// What a rejected try is called in the log.
pub(crate) type Failure = fn(in_a_row: u32, rejected: Rejected) -> EventKind;

impl Verifier {
    /// Judges a code for a pending sign-in, or for a session whose second factor has elapsed.
    ///
    /// # Errors
    /// [`Unavailable`]: no try was spent.
    pub async fn verify_code(
        &self,
        proof: &AwaitingCode,
        code: &OneTimeCode,
        claimant: &Claimant,
    ) -> Result<CodeVerdict, Unavailable> {
        self.judge_code(Gate::PendingCode, proof.admission().signed_in(), code, claimant).await
    }

    /// Judges a code for a session whose second factor is young enough: to renew it before it elapses, or for step-up.
    ///
    /// # Errors
    /// [`Unavailable`]: no try was spent.
    pub async fn renew(
        &self,
        proof: &Fresh,
        code: &OneTimeCode,
        claimant: &Claimant,
    ) -> Result<CodeVerdict, Unavailable> {
        self.judge_code(Gate::Fresh, proof.admission().signed_in(), code, claimant).await
    }

    async fn judge_code(
        &self,
        gate: Gate,
        SignedIn { token, session, .. }: &SignedIn,
        code: &OneTimeCode,
        claimant: &Claimant,
    ) -> Result<CodeVerdict, Unavailable> {
        let now = self.clock.now();
        let mut rounds = self.rounds_for(&session.user).await;
        loop {
            rounds.begin().await?;
            let mut trial = match self.trial(gate, token, claimant, now).await? {
                Ok(trial) => trial,
                Err(verdict) => return Ok(verdict.into_judged()),
            };
            if trial.needs_recovery() {
                return Ok(Judged::Rejected(CodeRejected::Recover));
            }
            let (commit, verdict) = match self.judge_authenticator(&mut trial, code)? {
                Ok(()) => self.upgrade(trial)?,
                Err(rejected) => {
                    let failure: Failure =
                        |in_a_row, rejected| EventKind::CodeRejected { spent: rejected == Rejected::Spent, in_a_row };
                    self.count_wrong(trial, rejected, failure).await?
                }
            };
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(verdict);
            }
        }
    }

    /// Finds the session again, with what a try would count on; or what to answer because nothing may be judged.
    pub(crate) async fn trial<'a>(
        &self,
        gate: Gate,
        token: &TokenHash,
        claimant: &'a Claimant,
        now: Timestamp,
    ) -> Result<Result<Trial<'a>, Closed>, Unavailable> {
        let trial = match self.entrant(gate, token, claimant, now).await? {
            Ok(trial) => trial,
            Err(closed) => return Ok(Err(closed)),
        };
        let budget = trial.user().second_factor_budget(trial.cookie.as_ref(), now);
        Ok(match SECOND_FACTOR.judge(&budget, now) {
            Allowance::Open => Ok(trial),
            Allowance::Wait { until } => Err(Closed::Rejected(CodeRejected::Wait { until })),
            Allowance::Locked => Err(Closed::Rejected(CodeRejected::Locked)),
        })
    }

    /// The same, whatever the budget says: for what is no try.
    pub(crate) async fn entrant<'a>(
        &self,
        gate: Gate,
        token: &TokenHash,
        claimant: &'a Claimant,
        now: Timestamp,
    ) -> Result<Result<Trial<'a>, Closed>, Unavailable> {
        let Some(signed_in) = self.store.find_session(token).await? else { return Ok(Err(Closed::SignInAgain)) };
        if signed_in.superseded_until.is_some() {
            return Ok(Err(Closed::AlreadyVerified));
        }
        let signed_in = match admit(gate, Some(Box::new(signed_in)), now) {
            Ok(admitted @ (Admitted::AwaitingCode(_) | Admitted::Recovering(_) | Admitted::Fresh(_))) => {
                admitted.admission().map(|admission| admission.signed_in().clone())
            }
            Err(Refusal::SignIn | Refusal::NotAdmin) => None,
            // It stands somewhere else by now: whoever asks has to look again.
            Ok(_) | Err(_) => return Ok(Err(Closed::AlreadyVerified)),
        };
        let cookie = claimant.known_browser.as_ref().map(Token::hash);
        Ok(signed_in.map(|signed_in| Trial { signed_in, cookie, claimant, now }).ok_or(Closed::SignInAgain))
    }

    /// Judges an authenticator's code. A right one is spent.
    pub(crate) fn judge_authenticator(
        &self,
        trial: &mut Trial<'_>,
        code: &OneTimeCode,
    ) -> Result<Result<(), Rejected>, Unavailable> {
        let user = &mut trial.signed_in.person.credential.record;
        // Whoever passed the gates has one.
        let Some(binding) = &mut user.binding else { return Ok(Err(Rejected::Wrong)) };
        let secret = SharedSecret::open(&binding.secret, &user.user, &self.keyring)?;
        Ok(secret.accept(code, trial.now, Some(binding.last_step)).map(|accepted| binding.last_step = accepted.step))
    }

    fn upgrade(&self, mut trial: Trial<'_>) -> Result<Decision<Upgrade>, Unavailable> {
        trial.clear_budget();
        let Trial { signed_in, cookie, claimant, now } = trial;
        let kind = EventKind::CodeAccepted { session: signed_in.session.id.clone() };
        let event = self.event(now, Some(&signed_in.person), Some(claimant), kind)?;
        let is_new = signed_in.person.credential.record.known_browser(cookie.as_ref(), now).is_none();
        let about = MessageKind::notice(NoticeKind::NewBrowser, Some(claimant));
        let notice = if is_new { Some(self.message_to(&signed_in.person, now, about)?) } else { None };
        let (mut commit, upgrade) = self.verified(signed_in, Some(now), claimant, now)?;
        commit.events.push(event);
        commit.messages.extend(notice);
        Ok((commit, Judged::Accepted(upgrade)))
    }

    /// The commit that gives a session its second factor at `now`: under a new token, in a browser that is known
    /// from now on. `authenticator_at` is when an authenticator's code was right, if one was.
    pub(crate) fn verified(
        &self,
        signed_in: SignedIn,
        authenticator_at: Option<Timestamp>,
        claimant: &Claimant,
        now: Timestamp,
    ) -> Result<(Commit, Upgrade), Unavailable> {
        let SignedIn { token: from, mut session, person: Person { mut credential, .. }, .. } = signed_in;
        let user = &mut credential.record;
        let known = claimant.known_browser.clone();
        let known = known.filter(|token| user.known_browser(Some(&token.hash()), now).is_some());
        let known_browser = known.map_or_else(|| Token::issue(&*self.entropy), Ok)?;
        user.remember_browser(known_browser.hash(), claimant.browser.clone(), now);
        user.last_sign_in = Some(now);
        user.heard = Some(claimant.language);
        resume_wizard(user, &session.id, now);

        let token = Token::issue(&*self.entropy)?;
        session.proof = Proof::SecondFactor { mfa_at: now, authenticator_at };
        session.last_seen = now;
        session.known_browser = Some(known_browser.hash());
        session.warn_at = None;
        // Where they wanted to go is kept until the wizard has ended.
        let next = match &user.enrollment {
            Some(enrollment) if *enrollment.session() == session.id => LocalPath::wizard(),
            _ => session.next.take().unwrap_or_else(LocalPath::home),
        };
        let rotate = SessionChange::Rotate { from, to: token.hash(), session, grace_until: now.plus(Session::GRACE) };
        let commit = Commit {
            credentials: vec![Change::update(credential.version, credential.record)],
            sessions: vec![rotate],
            ..Commit::default()
        };
        Ok((commit, Upgrade { token, known_browser, next }))
    }

    /// Counts a try that was judged wrong: on the budget it belongs to, and on the sign-in it was made for.
    pub(crate) async fn count_wrong<T>(
        &self,
        mut trial: Trial<'_>,
        rejected: Rejected,
        failure: Failure,
    ) -> Result<Decision<T>, Unavailable> {
        let budget = trial.spend_budget();
        let Trial { mut signed_in, cookie, claimant, now } = trial;
        let allowance = SECOND_FACTOR.judge(&budget, now);

        let mut commit = Commit::default();
        let kind = failure(budget.wrong(), rejected);
        commit.events.push(self.event(now, Some(&signed_in.person), Some(claimant), kind)?);
        self.void_password(&mut signed_in, cookie.as_ref(), claimant, now, &mut commit)?;
        let pending_left = spend_try(&mut signed_in.session);
        if pending_left == Some(0) {
            commit.sessions.push(SessionChange::End { id: signed_in.session.id.clone() });
            self.warn_of_stop(&mut signed_in, claimant, now, &mut commit)?;
        } else if pending_left.is_some() {
            commit
                .sessions
                .push(SessionChange::Update { token: signed_in.token.clone(), session: signed_in.session.clone() });
        }
        if allowance == Allowance::Locked {
            self.lock(&mut signed_in, cookie.as_ref(), claimant, now, &mut commit).await?;
        }
        let credential = signed_in.person.credential;
        commit.credentials.push(Change::update(credential.version, credential.record));

        let left = pending_left.unwrap_or(u32::MAX).min(SECOND_FACTOR.left(&budget));
        let verdict = match (allowance, rejected) {
            (Allowance::Locked, _) => Judged::Rejected(CodeRejected::Locked),
            _ if pending_left == Some(0) => Judged::SignInAgain,
            (Allowance::Open, Rejected::Spent) => Judged::Rejected(CodeRejected::Spent),
            (Allowance::Open, Rejected::Wrong) => Judged::Rejected(CodeRejected::Wrong { left, wait_until: None }),
            (Allowance::Wait { until }, _) => Judged::Rejected(CodeRejected::Wrong { left, wait_until: Some(until) }),
        };
        Ok((commit, verdict))
    }

    /// Counts what a stranger tried who knew the password. The fiftieth voids it.
    fn void_password(
        &self,
        signed_in: &mut SignedIn,
        cookie: Option<&TokenHash>,
        claimant: &Claimant,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<(), Unavailable> {
        let user = &mut signed_in.person.credential.record;
        if user.known_browser(cookie, now).is_some() {
            return Ok(());
        }
        let Some(password) = &mut user.password else { return Ok(()) };
        let was_void = password.is_void();
        password.abuses = password.abuses.saturating_add(1);
        if password.is_void() && !was_void {
            commit.events.push(self.event(now, Some(&signed_in.person), Some(claimant), EventKind::PasswordVoided)?);
            let about = MessageKind::notice(NoticeKind::PasswordVoided, Some(claimant));
            commit.messages.push(self.message_to(&signed_in.person, now, about)?);
        }
        Ok(())
    }

    /// The tenth wrong code in a row. A known browser becomes a stranger and its sessions end; strangers are locked
    /// out together, which touches neither live sessions nor known browsers.
    async fn lock(
        &self,
        signed_in: &mut SignedIn,
        cookie: Option<&TokenHash>,
        claimant: &Claimant,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<(), Unavailable> {
        let known_browser = signed_in.person.credential.record.known_browser(cookie, now).is_some();
        let kind = EventKind::Locked { known_browser };
        commit.events.push(self.event(now, Some(&signed_in.person), Some(claimant), kind)?);
        let about = MessageKind::notice(NoticeKind::Locked, Some(claimant));
        commit.messages.push(self.message_to(&signed_in.person, now, about)?);
        if known_browser {
            let user = &mut signed_in.person.credential.record;
            user.known_browsers.retain(|browser| Some(&browser.cookie) != cookie);
            let sessions = self.store.sessions_of(&user.user).await?;
            let its = sessions.into_iter().filter(|session| session.known_browser.as_ref() == cookie);
            commit.sessions.extend(its.map(|session| SessionChange::End { id: session.id }));
        }
        Ok(())
    }
}

/// Why nothing is judged.
pub(crate) enum Closed {
    Rejected(CodeRejected),
    AlreadyVerified,
    SignInAgain,
}

impl Closed {
    pub(crate) fn into_judged<T>(self) -> Judged<T> {
        match self {
            Self::Rejected(rejected) => Judged::Rejected(rejected),
            Self::AlreadyVerified => Judged::AlreadyVerified,
            Self::SignInAgain => Judged::SignInAgain,
        }
    }
}

impl Trial<'_> {
    pub(crate) fn user(&self) -> &CredentialRecord {
        &self.signed_in.person.credential.record
    }

    /// Whether the browser has a budget of its own.
    pub(crate) fn is_known(&self) -> bool {
        self.user().known_browser(self.cookie.as_ref(), self.now).is_some()
    }

    /// Whether an authenticator's code is not enough: the user was unlocked, and this is a new sign-in in a browser that
    /// is not known.
    fn needs_recovery(&self) -> bool {
        let signs_in = matches!(self.signed_in.session.proof, Proof::Password { .. });
        signs_in && self.user().unlocked_at.is_some() && !self.is_known()
    }

    /// A success clears its own budget and no other.
    pub(crate) fn clear_budget(&mut self) {
        let user = &mut self.signed_in.person.credential.record;
        user.set_second_factor_budget(self.cookie.as_ref(), self.now, Budget::cleared());
    }

    fn spend_budget(&mut self) -> Budget {
        let (cookie, now) = (self.cookie.as_ref(), self.now);
        let user = &mut self.signed_in.person.credential.record;
        let budget = user.second_factor_budget(cookie, now).after_wrong(now);
        user.set_second_factor_budget(cookie, now, budget);
        budget
    }
}

/// A wizard that stopped before the recovery codes were saved goes on in the session that has its second factor now; one
/// that stopped later is over. It makes new codes, and so waits for the end of the day after a recovery by text.
fn resume_wizard(user: &mut CredentialRecord, session: &SessionId, now: Timestamp) {
    let of_this_session = user.enrollment.as_ref().is_some_and(|enrollment| enrollment.session() == session);
    if of_this_session {
        return;
    }
    if user.codes.as_ref().is_some_and(|codes| !codes.saved) && held_until(user, now).is_none() {
        user.enrollment = Some(Enrollment::SavingCodes { session: session.clone() });
    } else if user.enrollment.as_ref().is_some_and(Enrollment::is_past_binding) {
        user.enrollment = None;
    }
}

/// Counts a wrong code on a pending sign-in. Returns how many it has left; `None` for a session that only has to
/// verify again: it stays, and the budget alone counts.
fn spend_try(session: &mut Session) -> Option<u32> {
    match &mut session.proof {
        Proof::Password { wrong_codes } => {
            *wrong_codes = wrong_codes.saturating_add(1);
            Some(u32::from(Session::MOST_WRONG_CODES.saturating_sub(*wrong_codes)))
        }
        Proof::Recovered { .. } | Proof::SecondFactor { .. } => None,
    }
}

use domain::{LocalPath, OneTimeCode, Timestamp};

use crate::verifier::Outcome;
use crate::{
    Admitted, Allowance, AwaitingCode, Budget, Change, Claimant, Commit, EventKind, Gate, MessageKind, Person, Proof,
    Refusal, Rejected, SECOND_FACTOR, Session, SessionChange, SharedSecret, SignedIn, Token, TokenHash, Unavailable,
    Verifier, admit,
};

/// What became of a code.
#[must_use]
#[derive(Debug)]
pub enum CodeVerdict {
    /// It was right.
    Accepted(Upgrade),
    /// It was not accepted.
    Rejected(CodeRejected),
    /// This session has its second factor already, under another token.
    AlreadyVerified,
    /// The sign-in has to begin again at the password.
    SignInAgain,
}

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
}

/// What one try comes to: what to write, and what to answer once it is written.
type Decision = (Commit, CodeVerdict);

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
        let now = self.clock.now();
        let SignedIn { token, session, .. } = proof.admission().signed_in();
        let mut rounds = self.rounds_for(&session.user).await;
        loop {
            rounds.begin().await?;
            let Some(signed_in) = self.store.find_session(token).await? else { return Ok(CodeVerdict::SignInAgain) };
            if signed_in.superseded_until.is_some() {
                return Ok(CodeVerdict::AlreadyVerified);
            }
            let signed_in = match admit(Gate::PendingCode, Some(signed_in), now) {
                Ok(Admitted::AwaitingCode(proof)) => proof.admission().signed_in().clone(),
                Ok(_) | Err(Refusal::AlreadyFresh) => return Ok(CodeVerdict::AlreadyVerified),
                Err(_) => return Ok(CodeVerdict::SignInAgain),
            };
            let cookie = claimant.known_browser.as_ref().map(Token::hash);
            let user = &signed_in.person.credential.record;
            match SECOND_FACTOR.judge(&user.second_factor_budget(cookie.as_ref(), now), now) {
                Allowance::Open => {}
                Allowance::Wait { until } => return Ok(CodeVerdict::Rejected(CodeRejected::Wait { until })),
                Allowance::Locked => return Ok(CodeVerdict::Rejected(CodeRejected::Locked)),
            }
            let Some(binding) = &user.binding else { return Ok(CodeVerdict::SignInAgain) };
            let secret = SharedSecret::open(&binding.secret, &user.user, &self.keyring)?;
            let (commit, verdict) = match secret.accept(code, now, Some(binding.last_step)) {
                Ok(accepted) => {
                    let mut signed_in = signed_in;
                    if let Some(binding) = &mut signed_in.person.credential.record.binding {
                        binding.last_step = accepted.step;
                    }
                    self.upgrade(signed_in, cookie.as_ref(), claimant, now)?
                }
                Err(rejected) => self.count_wrong_code(signed_in, rejected, cookie.as_ref(), claimant, now).await?,
            };
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(verdict);
            }
        }
    }

    fn upgrade(
        &self,
        mut signed_in: SignedIn,
        cookie: Option<&TokenHash>,
        claimant: &Claimant,
        now: Timestamp,
    ) -> Result<Decision, Unavailable> {
        signed_in.person.credential.record.set_second_factor_budget(cookie, now, Budget::cleared());
        let kind = EventKind::CodeAccepted { session: signed_in.session.id.clone() };
        let event = self.event(now, Some(&signed_in.person), Some(claimant), kind)?;
        let (mut commit, upgrade) = self.verified(signed_in, claimant, now)?;
        commit.events.push(event);
        Ok((commit, CodeVerdict::Accepted(upgrade)))
    }

    /// The commit that gives a session its second factor at `now`: under a new token, in a browser that is known
    /// from now on.
    pub(crate) fn verified(
        &self,
        signed_in: SignedIn,
        claimant: &Claimant,
        now: Timestamp,
    ) -> Result<(Commit, Upgrade), Unavailable> {
        let SignedIn { token: from, mut session, person: Person { mut credential, .. }, .. } = signed_in;
        let known = claimant.known_browser.clone();
        let known = known.filter(|token| credential.record.known_browser(Some(&token.hash()), now).is_some());
        let known_browser = known.map_or_else(|| Token::issue(&*self.entropy), Ok)?;
        credential.record.remember_browser(known_browser.hash(), claimant.browser.clone(), now);
        credential.record.last_sign_in = Some(now);

        let token = Token::issue(&*self.entropy)?;
        session.proof = Proof::SecondFactor { mfa_at: now };
        session.last_seen = now;
        session.known_browser = Some(known_browser.hash());
        let next = session.next.take().unwrap_or_else(LocalPath::home);
        let rotate = SessionChange::Rotate { from, to: token.hash(), session, grace_until: now.plus(Session::GRACE) };
        let commit = Commit {
            credentials: vec![Change::update(credential.version, credential.record)],
            sessions: vec![rotate],
            ..Commit::default()
        };
        Ok((commit, Upgrade { token, known_browser, next }))
    }

    async fn count_wrong_code(
        &self,
        mut signed_in: SignedIn,
        rejected: Rejected,
        cookie: Option<&TokenHash>,
        claimant: &Claimant,
        now: Timestamp,
    ) -> Result<Decision, Unavailable> {
        let user = &mut signed_in.person.credential.record;
        let known = user.known_browser(cookie, now).is_some();
        let budget = user.second_factor_budget(cookie, now).after_wrong(now);
        user.set_second_factor_budget(cookie, now, budget);
        let allowance = SECOND_FACTOR.judge(&budget, now);

        let mut commit = Commit::default();
        let kind = EventKind::CodeRejected { spent: rejected == Rejected::Spent, in_a_row: budget.wrong() };
        commit.events.push(self.event(now, Some(&signed_in.person), Some(claimant), kind)?);
        let pending_left = spend_try(&mut signed_in.session);
        if pending_left == Some(0) {
            commit.sessions.push(SessionChange::End { id: signed_in.session.id.clone() });
        } else if pending_left.is_some() {
            commit
                .sessions
                .push(SessionChange::Update { token: signed_in.token.clone(), session: signed_in.session.clone() });
        }
        if allowance == Allowance::Locked {
            self.lock(&mut signed_in, known, cookie, claimant, now, &mut commit).await?;
        }
        let credential = signed_in.person.credential;
        commit.credentials.push(Change::update(credential.version, credential.record));

        let left = pending_left.unwrap_or(u32::MAX).min(SECOND_FACTOR.left(&budget));
        let verdict = match (allowance, rejected) {
            (Allowance::Locked, _) => CodeVerdict::Rejected(CodeRejected::Locked),
            _ if pending_left == Some(0) => CodeVerdict::SignInAgain,
            (Allowance::Open, Rejected::Spent) => CodeVerdict::Rejected(CodeRejected::Spent),
            (Allowance::Open, Rejected::Wrong) => CodeVerdict::Rejected(CodeRejected::Wrong { left, wait_until: None }),
            (Allowance::Wait { until }, _) => {
                CodeVerdict::Rejected(CodeRejected::Wrong { left, wait_until: Some(until) })
            }
        };
        Ok((commit, verdict))
    }

    /// The tenth wrong code in a row. A known browser becomes a stranger and its sessions end; strangers are locked
    /// out together, which touches neither live sessions nor known browsers.
    async fn lock(
        &self,
        signed_in: &mut SignedIn,
        known: bool,
        cookie: Option<&TokenHash>,
        claimant: &Claimant,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<(), Unavailable> {
        let kind = EventKind::Locked { known_browser: known };
        commit.events.push(self.event(now, Some(&signed_in.person), Some(claimant), kind)?);
        let about = MessageKind::Locked { address: claimant.address, browser: claimant.browser.clone() };
        commit.messages.push(self.message_to(&signed_in.person, now, about)?);
        if known {
            let user = &mut signed_in.person.credential.record;
            user.known_browsers.retain(|browser| Some(&browser.cookie) != cookie);
            let sessions = self.store.sessions_of(&user.user).await?;
            let its = sessions.into_iter().filter(|session| session.known_browser.as_ref() == cookie);
            commit.sessions.extend(its.map(|session| SessionChange::End { id: session.id }));
        }
        Ok(())
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
        Proof::SecondFactor { .. } => None,
    }
}

use domain::{MobileId, OneTimeCode, RecoveryCode, SessionId, Timestamp};

use crate::second_factor::{Decision, Failure, Trial};
use crate::texting::TextOrder;
use crate::verifier::Outcome;
use crate::{
    AwaitingCode, Change, Claimant, CodeRejected, CodeVerdict, Commit, CredentialRecord, Enrollment, EventKind, Gate,
    HashingLane, Judged, MessageKind, NoticeKind, Password, PasswordHash, Proof, Recipient, Recovering, RecoveryCodes,
    RecoveryMeans, Rejected, Session, SessionChange, ShownCodes, SignedIn, TextAim, TextChallenge, TextRefused,
    TextSent, Token, Unavailable, Verifier,
};

/// What became of a recovery code or a texted code.
pub type RecoveryVerdict = Judged<Recovery>;

/// A session that came back in, under a new token: it goes on to bind an authenticator, or to keep the old one.
#[derive(Debug)]
pub struct Recovery {
    /// The session's new token.
    pub token: Token,
}

/// The ways back in that a sign-in has at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaysBack {
    /// Whether there are recovery codes.
    pub codes: bool,
    /// The mobiles that may be texted, with their numbers masked.
    pub mobiles: Vec<(MobileId, String)>,
    /// Whether there are mobiles, and none of them may be texted.
    pub silent: bool,
    /// The code that was sent last and can still be entered.
    pub sent: Option<TextSent>,
}

/// Where a recovery is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryState {
    /// By what the user came back in.
    pub by: RecoveryMeans,
    /// How many recovery codes are left, the new one counted.
    pub codes_left: usize,
    /// The code that takes the place of the one that was used, while it can be seen.
    pub replacement: Option<RecoveryCode>,
    /// When the recovery has to be finished.
    pub until: Timestamp,
}

/// What became of a text that was asked for.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextVerdict {
    /// It is on its way.
    Sent(TextSent),
    /// It was not sent.
    Refused(TextRefused),
    /// No second factor is judged at present, and so none is sent.
    Closed(CodeRejected),
    /// There is no such mobile.
    NoSuchMobile,
    /// There is nothing to do: this session goes on elsewhere.
    Elsewhere,
    /// The sign-in has to begin again at the password.
    SignInAgain,
}

impl Verifier {
    /// The ways back in of whoever is at the code screen.
    #[must_use]
    pub fn ways_back(&self, proof: &AwaitingCode) -> WaysBack {
        let SignedIn { session, person, .. } = proof.admission().signed_in();
        let (user, now) = (&person.credential.record, proof.admission().at());
        let texts = &person.account.record.texts;
        let mobiles = user.mobiles.iter().filter(|mobile| texts.allows(mobile.country));
        let mobiles: Vec<_> = mobiles.map(|mobile| (mobile.id.clone(), mobile.number.masked())).collect();
        WaysBack {
            silent: mobiles.is_empty() && !user.mobiles.is_empty(),
            codes: user.codes.as_ref().is_some_and(|codes| codes.left() > 0),
            mobiles,
            sent: open_challenge(user, &session.id, now).map(|challenge| TextSent {
                challenge: challenge.id.clone(),
                to: challenge.number.masked(),
                until: challenge.until(),
                again_at: user.texts.next_at(now),
                delivery: challenge.delivery,
            }),
        }
    }

    /// Judges a recovery code. A right one is used, another takes its place, and the session is a recovery.
    ///
    /// One hash a try, whatever the number of codes, computed before anything is decided; also for who has none.
    ///
    /// # Errors
    /// [`Unavailable`]: no try was spent, the code is as good as before.
    pub async fn use_recovery_code(
        &self,
        proof: &AwaitingCode,
        code: &RecoveryCode,
        claimant: &Claimant,
    ) -> Result<RecoveryVerdict, Unavailable> {
        let now = self.clock.now();
        let SignedIn { token, session, .. } = proof.admission().signed_in();
        let typed: Password = code.as_str().parse().map_err(|_| Unavailable::Sealing)?;
        let mut hashed: Option<(PasswordHash, PasswordHash)> = None;
        let mut rounds = self.rounds_for(&session.user).await;
        loop {
            rounds.begin().await?;
            let mut trial = match self.trial(Gate::PendingCode, token, claimant, now).await? {
                Ok(trial) => trial,
                Err(closed) => return Ok(closed.into_judged()),
            };
            let lane = if trial.is_known() { HashingLane::Known } else { HashingLane::Stranger };
            let codes = trial.user().codes.as_ref();
            let like = codes.and_then(RecoveryCodes::like).unwrap_or(&self.decoy).clone();
            let hash = match hashed.take() {
                // Codes that were replaced meanwhile have another salt.
                Some((of, hash)) if of == like => hash,
                _ => self.hasher.hash_like(&typed, &like, lane).await?,
            };
            hashed = Some((like.clone(), hash.clone()));
            let spent = trial.signed_in.person.credential.record.codes.as_mut().is_some_and(|codes| codes.spend(&hash));
            let (commit, verdict) = if spent {
                self.recover_by_code(trial, &like, lane).await?
            } else {
                let failure: Failure = |in_a_row, _| EventKind::RecoveryCodeRejected { in_a_row };
                self.count_wrong(trial, Rejected::Wrong, failure).await?
            };
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(verdict);
            }
        }
    }

    /// Sends a code to one of the user's recovery mobiles; again, if one was sent before.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was sent, nothing counted.
    pub async fn text_recovery_code(
        &self,
        proof: &AwaitingCode,
        mobile: &MobileId,
        claimant: &Claimant,
    ) -> Result<TextVerdict, Unavailable> {
        let now = self.clock.now();
        let SignedIn { token, session, .. } = proof.admission().signed_in();
        let mut rounds = self.rounds_for(&session.user).await;
        loop {
            rounds.begin().await?;
            let trial = match self.trial(Gate::PendingCode, token, claimant, now).await? {
                Ok(trial) => trial,
                Err(closed) => {
                    return Ok(match closed.into_judged::<()>() {
                        Judged::Rejected(rejected) => TextVerdict::Closed(rejected),
                        Judged::SignInAgain => TextVerdict::SignInAgain,
                        Judged::AlreadyVerified | Judged::Accepted(()) => TextVerdict::Elsewhere,
                    });
                }
            };
            let known_browser = trial.is_known();
            let SignedIn { session, mut person, .. } = trial.signed_in;
            let of_user = person.credential.record.mobiles.iter().find(|known| known.id == *mobile).cloned();
            let Some(mobile) = of_user else { return Ok(TextVerdict::NoSuchMobile) };
            let order = TextOrder {
                session: &session.id,
                number: &mobile.number,
                country: mobile.country,
                aim: TextAim::Recover,
                known_browser,
            };
            let mut commit = Commit::default();
            let sent = match self.order_text(&mut person, &order, claimant, now, &mut commit).await? {
                Ok(sent) => sent,
                Err(refused) => return Ok(TextVerdict::Refused(refused)),
            };
            commit.credentials.push(Change::update(person.credential.version, person.credential.record));
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(TextVerdict::Sent(sent));
            }
        }
    }

    /// Judges a code that was texted to this sign-in. With a right one the session is a recovery.
    ///
    /// # Errors
    /// [`Unavailable`]: no try was spent.
    pub async fn use_text_code(
        &self,
        proof: &AwaitingCode,
        code: &OneTimeCode,
        claimant: &Claimant,
    ) -> Result<RecoveryVerdict, Unavailable> {
        let now = self.clock.now();
        let SignedIn { token, session, .. } = proof.admission().signed_in();
        let mut rounds = self.rounds_for(&session.user).await;
        loop {
            rounds.begin().await?;
            let mut trial = match self.trial(Gate::PendingCode, token, claimant, now).await? {
                Ok(trial) => trial,
                Err(closed) => return Ok(closed.into_judged()),
            };
            let SignedIn { session, person, .. } = &mut trial.signed_in;
            let user = &mut person.credential.record;
            let Some(challenge) = open_challenge(user, &session.id, now).cloned() else {
                return Ok(Judged::Rejected(CodeRejected::Over));
            };
            let (commit, verdict) = if challenge.is_answered_by(code, &user.user, &self.keyring)? {
                self.recover_by_text(trial, &challenge)?
            } else {
                for judged in user.challenges.iter_mut().filter(|open| open.id == challenge.id) {
                    judged.wrong = judged.wrong.saturating_add(1);
                }
                let failure: Failure = |in_a_row, _| EventKind::TextCodeRejected { aim: TextAim::Recover, in_a_row };
                self.count_wrong(trial, Rejected::Wrong, failure).await?
            };
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(verdict);
            }
        }
    }

    /// Where a recovery is.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`] if the new code does not open.
    pub fn recovery_state(&self, proof: &Recovering) -> Result<RecoveryState, Unavailable> {
        let SignedIn { session, person, .. } = proof.admission().signed_in();
        let (user, now) = (&person.credential.record, proof.admission().at());
        let visible = user.shown_codes.as_ref().filter(|shown| shown.are_visible(&session.id, now));
        let replacement = match visible {
            Some(shown) => shown.open(&user.user, &self.keyring)?.pop(),
            None => None,
        };
        let (by, until) = match proof.admission().level() {
            crate::Level::Recovering { by, until } => (by, until),
            // Only such a level makes the proof.
            _ => (RecoveryMeans::Text, now),
        };
        Ok(RecoveryState { by, codes_left: user.codes.as_ref().map_or(0, RecoveryCodes::left), replacement, until })
    }

    /// Ends a recovery with the authenticator that was bound before: "I still have it". After a recovery code that is
    /// believed; after a text it needs the authenticator's code, for a SIM swap must not become an everyday second
    /// factor.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed, no try was spent.
    pub async fn keep_authenticator(
        &self,
        proof: &Recovering,
        code: Option<&OneTimeCode>,
        claimant: &Claimant,
    ) -> Result<CodeVerdict, Unavailable> {
        let now = self.clock.now();
        let SignedIn { token, session, .. } = proof.admission().signed_in();
        let mut rounds = self.rounds_for(&session.user).await;
        loop {
            rounds.begin().await?;
            let found = match code {
                Some(_) => self.trial(Gate::Recovering, token, claimant, now).await?,
                // Nothing is judged that a wait or a lock could stop.
                None => self.entrant(Gate::Recovering, token, claimant, now).await?,
            };
            let mut trial = match found {
                Ok(trial) => trial,
                Err(closed) => return Ok(closed.into_judged()),
            };
            let by = match trial.signed_in.session.proof {
                Proof::Recovered { by, .. } => by,
                Proof::Password { .. } | Proof::SecondFactor { .. } => return Ok(Judged::AlreadyVerified),
            };
            let judged = match (by, code) {
                (RecoveryMeans::Code, None) => Ok(None),
                (RecoveryMeans::Text, None) => return Ok(Judged::Rejected(CodeRejected::Recover)),
                (_, Some(code)) => self.judge_authenticator(&mut trial, code)?.map(|()| Some(now)),
            };
            let (commit, verdict) = match judged {
                Ok(authenticator_at) => {
                    if authenticator_at.is_some() {
                        trial.clear_budget();
                    }
                    let (commit, upgrade) =
                        self.recovered(trial.signed_in, by, false, authenticator_at, claimant, now)?;
                    (commit, Judged::Accepted(upgrade))
                }
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

    /// The commit that ends a recovery: the session has its second factor, nothing else of the user's is signed in or
    /// known any more.
    pub(crate) fn recovered(
        &self,
        mut signed_in: SignedIn,
        by: RecoveryMeans,
        bound_anew: bool,
        authenticator_at: Option<Timestamp>,
        claimant: &Claimant,
        now: Timestamp,
    ) -> Result<(Commit, crate::Upgrade), Unavailable> {
        let kind = EventKind::Recovered { by, bound_anew };
        let event = self.event(now, Some(&signed_in.person), Some(claimant), kind)?;
        let session = signed_in.session.id.clone();
        let user = &mut signed_in.person.credential.record;
        let cookie = claimant.known_browser.as_ref().map(Token::hash);
        user.known_browsers.retain(|browser| Some(&browser.cookie) == cookie.as_ref());
        user.unlocked_at = None;
        user.challenges.clear();
        let has_new_code = user.shown_codes.as_ref().is_some_and(|shown| shown.are_visible(&session, now));
        user.enrollment = has_new_code.then(|| Enrollment::SavingCodes { session: session.clone() });
        let others = SessionChange::EndAllOf { user: user.user.clone(), except: Some(session) };
        let (mut commit, upgrade) = self.verified(signed_in, authenticator_at, claimant, now)?;
        commit.sessions.insert(0, others);
        commit.events.push(event);
        Ok((commit, upgrade))
    }

    async fn recover_by_code(
        &self,
        mut trial: Trial<'_>,
        like: &PasswordHash,
        lane: HashingLane,
    ) -> Result<Decision<Recovery>, Unavailable> {
        let (now, claimant) = (trial.now, trial.claimant);
        let replacement = RecoveryCode::from_random(self.entropy.bytes()?);
        let typed: Password = replacement.as_str().parse().map_err(|_| Unavailable::Sealing)?;
        let hash = self.hasher.hash_like(&typed, like, lane).await?;
        let SignedIn { session, person, .. } = &mut trial.signed_in;
        let user = &mut person.credential.record;
        let ports = (&*self.keyring, &*self.entropy);
        user.shown_codes = Some(ShownCodes::seal(&[replacement], &user.user, &session.id, now, ports)?);
        let left = user.codes.as_mut().map_or(0, |codes| {
            let left = codes.left();
            codes.unused.push(hash);
            left
        });
        let kind = EventKind::RecoveryCodeAccepted { session: session.id.clone(), left };
        let event = self.event(now, Some(person), Some(claimant), kind)?;
        let about = MessageKind::notice(NoticeKind::RecoveryCodeUsed { left }, Some(claimant));
        let notice = self.message_to(person, now, about)?;
        let (mut commit, verdict) = self.recovering(trial, RecoveryMeans::Code)?;
        commit.events.push(event);
        commit.messages.push(notice);
        Ok((commit, verdict))
    }

    /// The notice goes to the mail and to all mobiles but the one that was texted.
    fn recover_by_text(
        &self,
        mut trial: Trial<'_>,
        answered: &TextChallenge,
    ) -> Result<Decision<Recovery>, Unavailable> {
        let (now, claimant) = (trial.now, trial.claimant);
        let SignedIn { session, person, .. } = &mut trial.signed_in;
        let user = &mut person.credential.record;
        user.challenges.retain(|challenge| challenge.session != session.id);
        user.recovered_by_text_at = Some(now);
        let others: Vec<_> = user.mobiles.iter().map(|mobile| mobile.number.clone()).collect();
        let kind = EventKind::TextCodeAccepted { aim: TextAim::Recover, session: session.id.clone() };
        let event = self.event(now, Some(person), Some(claimant), kind)?;
        let about = MessageKind::notice(NoticeKind::RecoveredByText, Some(claimant));
        let mut notices = vec![self.message_to(person, now, about.clone())?];
        for other in others.into_iter().filter(|other| *other != answered.number) {
            notices.push(self.message(person, Recipient::Text(other), now, about.clone())?);
        }
        person.account.record.texts = person.account.record.texts.after_answer(now);
        let account = Change::update(person.account.version, person.account.record.clone());
        let (mut commit, verdict) = self.recovering(trial, RecoveryMeans::Text)?;
        commit.accounts.push(account);
        commit.events.push(event);
        commit.messages.extend(notices);
        Ok((commit, verdict))
    }

    /// The commit that makes a sign-in a recovery, under a new token.
    fn recovering(&self, mut trial: Trial<'_>, by: RecoveryMeans) -> Result<Decision<Recovery>, Unavailable> {
        trial.clear_budget();
        let now = trial.now;
        let SignedIn { token: from, mut session, person, .. } = trial.signed_in;
        let mut credential = person.credential;
        // What another session had begun to bind is not what this one will.
        credential.record.enrollment = None;
        session.proof = Proof::Recovered { by, at: now };
        session.last_seen = now;
        session.warn_at = None;
        let token = Token::issue(&*self.entropy)?;
        let rotate = SessionChange::Rotate { from, to: token.hash(), session, grace_until: now.plus(Session::GRACE) };
        let commit = Commit {
            credentials: vec![Change::update(credential.version, credential.record)],
            sessions: vec![rotate],
            ..Commit::default()
        };
        Ok((commit, Judged::Accepted(Recovery { token })))
    }
}

/// The code that was sent last to this session, while it can be entered; one to a mobile that is the user's no more
/// can't.
fn open_challenge<'a>(user: &'a CredentialRecord, session: &SessionId, now: Timestamp) -> Option<&'a TextChallenge> {
    user.challenges.iter().rev().find(|challenge| {
        let is_theirs = user.mobiles.iter().any(|mobile| mobile.number == challenge.number);
        is_theirs && challenge.session == *session && challenge.aim == TextAim::Recover && challenge.is_open(now)
    })
}

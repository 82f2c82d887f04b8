mod adding_mobiles;
mod saving_codes;

use domain::{ChallengeId, LocalPath, OneTimeCode, RecoveryCode, SessionId, Timestamp};
use zeroize::Zeroizing;

use saving_codes::NewCodes;
pub(crate) use saving_codes::held_until;

use crate::verifier::Outcome;
use crate::{
    Admission, Admitted, Binding, Change, Claimant, Commit, CredentialRecord, Drift, Enrolling, Enrollment, EventKind,
    Fresh, Gate, MessageKind, NoticeKind, PendingBinding, Progress, Proof, RecoveryCodes, Refusal, Rejected,
    SessionChange, SharedSecret, SignedIn, TextChallenge, TextPolicy, TextRefused, TextSent, TimeStep, Unavailable,
    Upgrade, Verifier, admit,
};

/// Where a session is in the wizard. Computed from the record at each look; the page holds nothing of it.
pub enum EnrollmentStep {
    /// Why, and the button that begins.
    Introduction {
        /// Whether another session is in the middle of it: going on here voids what it was shown.
        elsewhere: bool,
    },
    /// How to install an authenticator app.
    InstallApp,
    /// The secret to scan, and the field for its first code.
    Pair(Pairing),
    /// The first code matched a neighbouring step: the next one is asked for.
    NextCode {
        /// How far the app's clock seems to be off.
        drift: Drift,
        /// When the app will show the next code.
        next_at: Timestamp,
        /// When the secret can't be confirmed any more.
        expires_at: Timestamp,
    },
    /// The secret has waited too long; another has to be made.
    Expired,
    /// The recovery codes, to be saved.
    SaveCodes {
        /// Which set of the user it is.
        set: u32,
        /// The codes that are new: all ten, or the one that takes the place of a used one.
        codes: Vec<RecoveryCode>,
        /// When they can't be seen any more.
        until: Timestamp,
    },
    /// Recovery codes were made, and nobody may see them any more: others have to be made.
    CodesHidden,
    /// A recovery mobile may be added.
    AddMobile,
    /// A code was sent to the mobile.
    ConfirmMobile {
        /// Where to, and until when it can be entered; none once it can't.
        sent: Option<TextSent>,
    },
    /// All is set up.
    Done {
        /// How many recovery codes there are.
        codes: usize,
        /// How many recovery mobiles.
        mobiles: usize,
    },
}

/// A secret as it is shown to the one session that began it.
pub struct Pairing {
    /// The key as people type it: 32 characters of base32.
    pub key: Zeroizing<String>,
    /// The address in the QR code.
    pub otpauth: Zeroizing<String>,
    /// When it can't be confirmed any more.
    pub expires_at: Timestamp,
}

/// What became of a move in the wizard.
#[must_use]
#[derive(Debug)]
pub enum EnrollmentVerdict {
    /// The wizard is a step further, or where it was: look again.
    Moved,
    /// That move is not the next one (a skipped step, a stale tab, another session's wizard): look again.
    OutOfOrder,
    /// The code is wrong.
    WrongCode {
        /// How far the phone's clock is off, if the code would be right at another time (at most 20 minutes away).
        clock_off: Option<Drift>,
    },
    /// The code was right once; the next one is asked for.
    SpentCode,
    /// The secret, or the code from the text message, has waited too long.
    Expired,
    /// The text was not sent.
    TextRefused(TextRefused),
    /// That mobile is one of the user's already.
    MobileKnown,
    /// The user has as many mobiles as they may.
    TooManyMobiles,
    /// For a day after a recovery by text, what was there before stays as it is.
    Held {
        /// Until when.
        until: Timestamp,
    },
    /// The authenticator is bound, and the session has its second factor.
    Bound(Upgrade),
    /// The wizard is finished.
    Finished {
        /// Where to go on.
        next: LocalPath,
    },
    /// An authenticator's code of the last ten minutes is asked for.
    StepUp,
    /// The session has ended, or has nothing to do here.
    Over,
}

/// What a move comes to: `Ok` is the verdict once the changes are written, `Err` that of changing nothing.
type Decided = Result<Result<EnrollmentVerdict, EnrollmentVerdict>, Unavailable>;

/// Proof of a session that may bind an authenticator: in the wizard, in a recovery, or to replace the one it has.
pub trait MayBind: sealed::Sealed + Sync {
    /// The door it came through.
    const GATE: Gate;

    /// The session it was made from.
    fn admission(&self) -> &Admission;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Enrolling {}
    impl Sealed for super::Fresh {}
}

impl MayBind for Enrolling {
    const GATE: Gate = Gate::Enrolling;

    fn admission(&self) -> &Admission {
        self.admission()
    }
}

/// Replacing an authenticator is judged as step-up, whichever door the proof is from.
impl MayBind for Fresh {
    const GATE: Gate = Gate::Recent;

    fn admission(&self) -> &Admission {
        self.admission()
    }
}

impl Verifier {
    /// Where the session is in the wizard.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`] if what it shows does not open.
    pub fn enrollment_step(&self, proof: &impl MayBind) -> Result<EnrollmentStep, Unavailable> {
        let SignedIn { session, person, .. } = proof.admission().signed_in();
        let user = &person.credential.record;
        let now = proof.admission().at();
        let asks_for_mobile = asks_for_mobile(user, &person.account.record.texts, now);
        Ok(match &user.enrollment {
            None => EnrollmentStep::Introduction { elsewhere: false },
            Some(enrollment) if *enrollment.session() != session.id => {
                EnrollmentStep::Introduction { elsewhere: !enrollment.is_past_binding() }
            }
            Some(Enrollment::Installing { .. }) => EnrollmentStep::InstallApp,
            Some(Enrollment::Binding(pending)) if !pending.is_live(now) => EnrollmentStep::Expired,
            Some(Enrollment::Binding(pending)) => match pending.progress {
                Progress::FirstCode => {
                    let secret = SharedSecret::open(&pending.secret, &user.user, &self.keyring)?;
                    EnrollmentStep::Pair(Pairing {
                        key: secret.base32(),
                        otpauth: secret.otpauth(&person.account.record.name, &user.email)?,
                        expires_at: pending.expires_at(),
                    })
                }
                Progress::NextCode { after, drift } => EnrollmentStep::NextCode {
                    drift,
                    next_at: next_code_at(after, drift),
                    expires_at: pending.expires_at(),
                },
            },
            Some(Enrollment::SavingCodes { .. }) => {
                match user.shown_codes.as_ref().filter(|shown| shown.are_visible(&session.id, now)) {
                    Some(shown) => EnrollmentStep::SaveCodes {
                        set: user.codes.as_ref().map_or(1, |codes| codes.set),
                        codes: shown.open(&user.user, &self.keyring)?,
                        until: shown.until(),
                    },
                    None => EnrollmentStep::CodesHidden,
                }
            }
            Some(Enrollment::AddingMobile { .. }) if asks_for_mobile => EnrollmentStep::AddMobile,
            Some(Enrollment::ConfirmingMobile { challenge, .. }) if asks_for_mobile => EnrollmentStep::ConfirmMobile {
                sent: awaited(user, challenge, now).map(|challenge| TextSent {
                    challenge: challenge.id.clone(),
                    to: challenge.number.to_string(),
                    until: challenge.until(),
                    again_at: user.texts.next_at(now),
                    delivery: challenge.delivery,
                }),
            },
            Some(Enrollment::AddingMobile { .. } | Enrollment::ConfirmingMobile { .. } | Enrollment::Done { .. }) => {
                EnrollmentStep::Done {
                    codes: user.codes.as_ref().map_or(0, RecoveryCodes::left),
                    mobiles: user.mobiles.len(),
                }
            }
        })
    }

    /// Begins the wizard in this session; a wizard begun in another one is voided.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn begin_enrollment(
        &self,
        proof: &impl MayBind,
        claimant: &Claimant,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        self.move_enrollment(proof, claimant, |_, session, present, _| match present {
            Some(enrollment) if enrollment.session() == session => Ok(Step::Stay),
            _ => Ok(Step::To(Enrollment::Installing { session: session.clone() }, None)),
        })
        .await
    }

    /// Makes the secret that is shown next, in the session that began the wizard. A live one stays as it is, so that
    /// a second tab shows the same; one that has waited too long is replaced.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn issue_secret(
        &self,
        proof: &impl MayBind,
        claimant: &Claimant,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        self.move_enrollment(proof, claimant, |user, session, present, now| {
            let begun = Some(EventKind::EnrollmentBegun { took_over: false });
            match present {
                Some(Enrollment::Installing { session: of }) if of == session => {
                    Ok(Step::To(self.new_binding(user, session, now)?, begun))
                }
                Some(Enrollment::Binding(pending)) if pending.session == *session => {
                    if pending.is_live(now) {
                        return Ok(Step::Stay);
                    }
                    Ok(Step::To(self.new_binding(user, session, now)?, begun))
                }
                _ => Ok(Step::OutOfOrder),
            }
        })
        .await
    }

    /// Judges the code from the new authenticator. A right one binds it; if it belongs to a neighbouring step, the
    /// next one must be right too.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn confirm_authenticator(
        &self,
        proof: &impl MayBind,
        code: &OneTimeCode,
        claimant: &Claimant,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        let now = self.clock.now();
        let mut codes = None;
        let mut rounds = self.rounds_for(&proof.admission().signed_in().session.user).await;
        loop {
            rounds.begin().await?;
            let mut signed_in = match self.found_again(proof, now).await? {
                Ok(signed_in) => signed_in,
                Err(verdict) => return Ok(verdict),
            };
            let user = &mut signed_in.person.credential.record;
            let Some(Enrollment::Binding(pending)) = &user.enrollment else { return Ok(EnrollmentVerdict::OutOfOrder) };
            if pending.session != signed_in.session.id {
                return Ok(EnrollmentVerdict::OutOfOrder);
            }
            if !pending.is_live(now) {
                return Ok(EnrollmentVerdict::Expired);
            }
            let secret = SharedSecret::open(&pending.secret, &user.user, &self.keyring)?;
            let after = match pending.progress {
                Progress::FirstCode => None,
                Progress::NextCode { after, .. } => Some(after),
            };
            let accepted = match secret.accept(code, now, after) {
                Ok(accepted) => accepted,
                // Whoever sees this secret was shown it; at sign-in nobody is told such a thing.
                Err(Rejected::Wrong) => {
                    return Ok(EnrollmentVerdict::WrongCode { clock_off: secret.clock_off(code, now) });
                }
                Err(Rejected::Spent) => return Ok(EnrollmentVerdict::SpentCode),
            };
            let (commit, verdict) = if after.is_none() && accepted.drift != Drift(0) {
                let progress = Progress::NextCode { after: accepted.step, drift: accepted.drift };
                user.enrollment = Some(Enrollment::Binding(PendingBinding { progress, ..pending.clone() }));
                let credential = signed_in.person.credential;
                let change = Change::update(credential.version, credential.record);
                (Commit { credentials: vec![change], ..Commit::default() }, EnrollmentVerdict::Moved)
            } else {
                let binding = Binding { secret: pending.secret.clone(), bound_at: now, last_step: accepted.step };
                self.bind(signed_in, binding, &mut codes, claimant, now).await?
            };
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(verdict);
            }
        }
    }

    /// Leaves the wizard when all is set up.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn finish_enrollment(&self, proof: &Enrolling) -> Result<EnrollmentVerdict, Unavailable> {
        self.change_enrollment(proof, |signed_in, commit, now| {
            let SignedIn { token, session, person, .. } = signed_in;
            let (user, texts) = (&mut person.credential.record, &person.account.record.texts);
            let saving_is_over = user.enrollment.as_ref().is_some_and(Enrollment::is_past_the_codes);
            if !saving_is_over || asks_for_mobile(user, texts, now) {
                return Ok(Err(EnrollmentVerdict::OutOfOrder));
            }
            user.enrollment = None;
            let next = session.next.take().unwrap_or_else(LocalPath::home);
            commit.sessions.push(SessionChange::Update { token: token.clone(), session: session.clone() });
            Ok(Ok(EnrollmentVerdict::Finished { next }))
        })
        .await
    }

    /// The commit that puts a binding in force: the session has its second factor by it, every other one ends.
    async fn bind(
        &self,
        mut signed_in: SignedIn,
        binding: Binding,
        codes: &mut Option<NewCodes>,
        claimant: &Claimant,
        now: Timestamp,
    ) -> Result<(Commit, EnrollmentVerdict), Unavailable> {
        let session = signed_in.session.id.clone();
        let recovered_by = match signed_in.session.proof {
            Proof::Recovered { by, .. } => Some(by),
            Proof::Password { .. } | Proof::SecondFactor { .. } => None,
        };
        let user = &mut signed_in.person.credential.record;
        let replaces = user.binding.replace(binding).is_some();
        user.enrollment = None;
        let mut events = Vec::new();
        let what = if replaces {
            events.push(EventKind::AuthenticatorReplaced);
            NoticeKind::AuthenticatorReplaced
        } else {
            events.push(EventKind::AuthenticatorBound);
            if codes.is_none() {
                *codes = Some(self.new_codes().await?);
            }
            if let Some(new) = &codes {
                events.push(self.give_codes(user, &session, new, now)?);
            }
            NoticeKind::AuthenticatorBound
        };
        let events: Vec<_> = events
            .into_iter()
            .map(|kind| self.event(now, Some(&signed_in.person), Some(claimant), kind))
            .collect::<Result<_, _>>()?;
        let notice = self.message_to(&signed_in.person, now, MessageKind::notice(what, Some(claimant)))?;
        let others = SessionChange::EndAllOf { user: signed_in.session.user.clone(), except: Some(session) };
        let (mut commit, upgrade) = match recovered_by {
            Some(by) => self.recovered(signed_in, by, true, Some(now), claimant, now)?,
            None => self.verified(signed_in, Some(now), claimant, now)?,
        };
        commit.sessions.insert(0, others);
        commit.events.extend(events);
        commit.messages.push(notice);
        Ok((commit, EnrollmentVerdict::Bound(upgrade)))
    }

    async fn move_enrollment(
        &self,
        proof: &impl MayBind,
        claimant: &Claimant,
        decide: impl Fn(&CredentialRecord, &SessionId, Option<&Enrollment>, Timestamp) -> Result<Step, Unavailable>
        + Send
        + Sync,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        self.found_and_changed(proof, |signed_in, commit, now| {
            let SignedIn { session, person, .. } = signed_in;
            let user = &person.credential.record;
            let present = user.enrollment.as_ref();
            let took_over =
                present.is_some_and(|enrollment| *enrollment.session() != session.id && !enrollment.is_past_binding());
            let (enrollment, kind) = match decide(user, &session.id, present, now)? {
                Step::Stay => return Ok(Err(EnrollmentVerdict::Moved)),
                Step::OutOfOrder => return Ok(Err(EnrollmentVerdict::OutOfOrder)),
                Step::To(enrollment, kind) => (enrollment, kind),
            };
            let kind = if took_over { Some(EventKind::EnrollmentBegun { took_over }) } else { kind };
            if let Some(kind) = kind {
                commit.events.push(self.event(now, Some(person), Some(claimant), kind)?);
            }
            person.credential.record.enrollment = Some(enrollment);
            Ok(Ok(EnrollmentVerdict::Moved))
        })
        .await
    }

    /// As [`Self::found_and_changed`], for what belongs to the session that is in the wizard, or to one that asks from
    /// outside of it.
    async fn change_enrollment<P: MayBind>(
        &self,
        proof: &P,
        decide: impl Fn(&mut SignedIn, &mut Commit, Timestamp) -> Decided + Send + Sync,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        self.found_and_changed(proof, |signed_in, commit, now| {
            let enrollment = signed_in.person.credential.record.enrollment.as_ref();
            let elsewhere = enrollment.is_some_and(|enrollment| *enrollment.session() != signed_in.session.id);
            if elsewhere && P::GATE == Gate::Enrolling {
                return Ok(Err(EnrollmentVerdict::OutOfOrder));
            }
            decide(signed_in, commit, now)
        })
        .await
    }

    /// Finds the session again, lets `decide` change its user, and commits that.
    async fn found_and_changed<P: MayBind>(
        &self,
        proof: &P,
        decide: impl Fn(&mut SignedIn, &mut Commit, Timestamp) -> Decided + Send + Sync,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        let now = self.clock.now();
        let mut rounds = self.rounds_for(&proof.admission().signed_in().session.user).await;
        loop {
            rounds.begin().await?;
            let mut signed_in = match self.found_again(proof, now).await? {
                Ok(signed_in) => signed_in,
                Err(verdict) => return Ok(verdict),
            };
            let mut commit = Commit::default();
            let verdict = match decide(&mut signed_in, &mut commit, now)? {
                Ok(verdict) => verdict,
                Err(verdict) => return Ok(verdict),
            };
            let credential = signed_in.person.credential;
            commit.credentials.push(Change::update(credential.version, credential.record));
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(verdict);
            }
        }
    }

    fn new_binding(
        &self,
        user: &CredentialRecord,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<Enrollment, Unavailable> {
        let secret = SharedSecret::issue(&*self.entropy)?.seal(&user.user, &self.keyring, &*self.entropy)?;
        let (session, progress) = (session.clone(), Progress::FirstCode);
        Ok(Enrollment::Binding(PendingBinding { session, secret, begun_at: now, progress }))
    }

    /// The session as it is now, if it still may do what the proof was for, under this very token.
    async fn found_again<P: MayBind>(
        &self,
        proof: &P,
        now: Timestamp,
    ) -> Result<Result<SignedIn, EnrollmentVerdict>, Unavailable> {
        let token = &proof.admission().signed_in().token;
        let presented = self.store.find_session(token).await?.filter(|found| found.superseded_until.is_none());
        Ok(match admit(P::GATE, presented.map(Box::new), now) {
            Ok(admitted @ (Admitted::Enrolling(_) | Admitted::Fresh(_))) => {
                admitted.admission().map(|admission| admission.signed_in().clone()).ok_or(EnrollmentVerdict::Over)
            }
            Err(Refusal::StepUp) => Err(EnrollmentVerdict::StepUp),
            Ok(_) | Err(_) => Err(EnrollmentVerdict::Over),
        })
    }
}

enum Step {
    Stay,
    OutOfOrder,
    To(Enrollment, Option<EventKind>),
}

/// Whether a mobile is asked for, or the code that was sent to it: no more once the account sends no texts.
fn asks_for_mobile(user: &CredentialRecord, texts: &TextPolicy, now: Timestamp) -> bool {
    match &user.enrollment {
        Some(Enrollment::AddingMobile { .. }) => texts.on,
        Some(Enrollment::ConfirmingMobile { challenge, .. }) => texts.on || awaited(user, challenge, now).is_some(),
        _ => false,
    }
}

/// The code that was sent to the mobile, while it can be entered.
fn awaited<'a>(user: &'a CredentialRecord, asked: &ChallengeId, now: Timestamp) -> Option<&'a TextChallenge> {
    user.challenges.iter().find(|challenge| challenge.id == *asked && challenge.is_open(now))
}

/// When the app shows the code after `after`: at the end of the step our clock was in when that code was judged.
fn next_code_at(after: TimeStep, drift: Drift) -> Timestamp {
    after.shifted(drift.0.saturating_neg().saturating_add(1)).unwrap_or(after).begins()
}

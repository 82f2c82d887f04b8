use domain::{OneTimeCode, Timestamp};
use zeroize::Zeroizing;

use crate::verifier::Outcome;
use crate::{
    Admitted, Binding, Change, Claimant, CredentialRecord, Drift, Enrolling, Enrollment, EventKind, Gate, MessageKind,
    PendingBinding, Progress, Rejected, SessionChange, SharedSecret, SignedIn, TimeStep, Unavailable, Upgrade,
    Verifier, admit,
};
use domain::SessionId;

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
    WrongCode,
    /// The code was right once; the next one is asked for.
    SpentCode,
    /// The secret has waited too long.
    Expired,
    /// The authenticator is bound, and the session has its second factor.
    Bound(Upgrade),
    /// The session has ended, or has an authenticator already.
    Over,
}

impl Verifier {
    /// Where the session is in the wizard.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`] if the secret does not open.
    pub fn enrollment_step(&self, proof: &Enrolling) -> Result<EnrollmentStep, Unavailable> {
        let SignedIn { session, person, .. } = proof.admission().signed_in();
        let user = &person.credential.record;
        let now = proof.admission().at();
        Ok(match &user.enrollment {
            None => EnrollmentStep::Introduction { elsewhere: false },
            Some(enrollment) if *enrollment.session() != session.id => EnrollmentStep::Introduction { elsewhere: true },
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
        })
    }

    /// Begins the wizard in this session; a wizard begun in another one is voided.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn begin_enrollment(
        &self,
        proof: &Enrolling,
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
    pub async fn issue_secret(&self, proof: &Enrolling, claimant: &Claimant) -> Result<EnrollmentVerdict, Unavailable> {
        self.move_enrollment(proof, claimant, |user, session, present, now| match present {
            Some(Enrollment::Installing { session: of }) if of == session => Ok(Step::To(
                self.new_binding(user, session, now)?,
                Some(EventKind::EnrollmentBegun { took_over: false }),
            )),
            Some(Enrollment::Binding(pending)) if pending.session == *session => {
                if pending.is_live(now) {
                    return Ok(Step::Stay);
                }
                Ok(Step::To(
                    self.new_binding(user, session, now)?,
                    Some(EventKind::EnrollmentBegun { took_over: false }),
                ))
            }
            _ => Ok(Step::OutOfOrder),
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
        proof: &Enrolling,
        code: &OneTimeCode,
        claimant: &Claimant,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        let now = self.clock.now();
        let SignedIn { token, session, .. } = proof.admission().signed_in();
        let mut rounds = self.rounds_for(&session.user).await;
        loop {
            rounds.begin().await?;
            let Some(mut signed_in) = self.still_enrolling(token, now).await? else {
                return Ok(EnrollmentVerdict::Over);
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
                Err(Rejected::Wrong) => return Ok(EnrollmentVerdict::WrongCode),
                Err(Rejected::Spent) => return Ok(EnrollmentVerdict::SpentCode),
            };
            let (commit, verdict) = if after.is_none() && accepted.drift != Drift(0) {
                let progress = Progress::NextCode { after: accepted.step, drift: accepted.drift };
                user.enrollment = Some(Enrollment::Binding(PendingBinding { progress, ..pending.clone() }));
                let credential = signed_in.person.credential;
                let change = Change::update(credential.version, credential.record);
                (crate::Commit { credentials: vec![change], ..Default::default() }, EnrollmentVerdict::Moved)
            } else {
                let secret = pending.secret.clone();
                user.binding = Some(Binding { secret, bound_at: now, last_step: accepted.step });
                user.enrollment = None;
                self.bind(signed_in, claimant, now)?
            };
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(verdict);
            }
        }
    }

    /// The commit that puts a binding in force: the session has its second factor by it, every other one ends.
    fn bind(
        &self,
        signed_in: SignedIn,
        claimant: &Claimant,
        now: Timestamp,
    ) -> Result<(crate::Commit, EnrollmentVerdict), Unavailable> {
        let event = self.event(now, Some(&signed_in.person), Some(claimant), EventKind::AuthenticatorBound)?;
        let about = MessageKind::AuthenticatorBound { address: claimant.address, browser: claimant.browser.clone() };
        let notice = self.message_to(&signed_in.person, now, about)?;
        let others = SessionChange::EndAllOf {
            user: signed_in.session.user.clone(),
            except: Some(signed_in.session.id.clone()),
        };
        let (mut commit, upgrade) = self.verified(signed_in, claimant, now)?;
        commit.sessions.insert(0, others);
        commit.events.push(event);
        commit.messages.push(notice);
        Ok((commit, EnrollmentVerdict::Bound(upgrade)))
    }

    async fn move_enrollment(
        &self,
        proof: &Enrolling,
        claimant: &Claimant,
        decide: impl Fn(&CredentialRecord, &SessionId, Option<&Enrollment>, Timestamp) -> Result<Step, Unavailable>,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        let now = self.clock.now();
        let SignedIn { token, session, .. } = proof.admission().signed_in();
        let mut rounds = self.rounds_for(&session.user).await;
        loop {
            rounds.begin().await?;
            let Some(mut signed_in) = self.still_enrolling(token, now).await? else {
                return Ok(EnrollmentVerdict::Over);
            };
            let user = &signed_in.person.credential.record;
            let present = user.enrollment.as_ref();
            let took_over = present.is_some_and(|enrollment| *enrollment.session() != signed_in.session.id);
            let (enrollment, kind) = match decide(user, &signed_in.session.id, present, now)? {
                Step::Stay => return Ok(EnrollmentVerdict::Moved),
                Step::OutOfOrder => return Ok(EnrollmentVerdict::OutOfOrder),
                Step::To(enrollment, kind) => (enrollment, kind),
            };
            let kind = if took_over { Some(EventKind::EnrollmentBegun { took_over }) } else { kind };
            let events = kind.map(|kind| self.event(now, Some(&signed_in.person), Some(claimant), kind)).transpose()?;
            signed_in.person.credential.record.enrollment = Some(enrollment);
            let credential = signed_in.person.credential;
            let commit = crate::Commit {
                credentials: vec![Change::update(credential.version, credential.record)],
                events: events.into_iter().collect(),
                ..Default::default()
            };
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(EnrollmentVerdict::Moved);
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

    /// The session as it is now, if it is still one that enrols under this very token.
    async fn still_enrolling(&self, token: &crate::TokenHash, now: Timestamp) -> Result<Option<SignedIn>, Unavailable> {
        let presented = self.store.find_session(token).await?.filter(|found| found.superseded_until.is_none());
        Ok(match admit(Gate::Enrolling, presented, now) {
            Ok(Admitted::Enrolling(proof)) => Some(proof.admission().signed_in().clone()),
            _ => None,
        })
    }
}

enum Step {
    Stay,
    OutOfOrder,
    To(Enrollment, Option<EventKind>),
}

/// When the app shows the code after `after`: at the end of the step our clock was in when that code was judged.
fn next_code_at(after: TimeStep, drift: Drift) -> Timestamp {
    after.shifted(drift.0.saturating_neg().saturating_add(1)).unwrap_or(after).begins()
}

use std::time::Duration;

use domain::{LocalPath, RecoveryCode, SessionId, Timestamp};

use crate::{
    Claimant, CredentialRecord, Enrolling, Enrollment, EnrollmentVerdict, EventKind, Fresh, HashingLane, MessageKind,
    NoticeKind, PasswordHash, RecoveryCodes, SessionChange, ShownCodes, SignedIn, Unavailable, Verifier,
};

/// A set of codes before it is written.
#[derive(Clone)]
pub(crate) struct NewCodes {
    codes: Vec<RecoveryCode>,
    hashes: Vec<PasswordHash>,
}

impl Verifier {
    /// Says that the recovery codes are saved: nobody sees them again.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn save_codes(&self, proof: &Enrolling, claimant: &Claimant) -> Result<EnrollmentVerdict, Unavailable> {
        self.change_enrollment(proof, |signed_in, commit, now| {
            let SignedIn { session, person, .. } = signed_in;
            let (user, texts) = (&mut person.credential.record, &person.account.record.texts);
            let saving = matches!(&user.enrollment, Some(Enrollment::SavingCodes { .. }));
            let visible = user.shown_codes.as_ref().is_some_and(|shown| shown.are_visible(&session.id, now));
            let Some(codes) = user.codes.as_mut().filter(|_| saving) else {
                return Ok(Err(EnrollmentVerdict::OutOfOrder));
            };
            // Codes that could not be seen when they were said to be saved are not.
            if !visible {
                return Ok(Err(EnrollmentVerdict::Expired));
            }
            codes.saved = true;
            let kind = EventKind::RecoveryCodesSaved { set: codes.set };
            user.shown_codes = None;
            let session = session.id.clone();
            user.enrollment = Some(if texts.on && user.mobiles.is_empty() {
                Enrollment::AddingMobile { session }
            } else {
                Enrollment::Done { session }
            });
            commit.events.push(self.event(now, Some(person), Some(claimant), kind)?);
            Ok(Ok(EnrollmentVerdict::Moved))
        })
        .await
    }

    /// Makes ten new codes in the place of some that nobody may see any more; for a day after a recovery by text, leads
    /// on without.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn reissue_codes(
        &self,
        proof: &Enrolling,
        claimant: &Claimant,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        // Ten hashes are not for whoever has nothing to do here.
        if let Some(refused) = no_new_codes_for(proof.admission().signed_in(), proof.admission().at()) {
            return Ok(refused);
        }
        let new = self.new_codes().await?;
        self.change_enrollment(proof, |signed_in, commit, now| {
            if let Some(refused) = no_new_codes_for(signed_in, now) {
                return Ok(Err(refused));
            }
            let SignedIn { session, person, .. } = signed_in;
            let user = &mut person.credential.record;
            // The codes stay as they are, and nobody is kept at this step for a day.
            if let Some(until) = held_until(user, now) {
                user.enrollment = Some(Enrollment::Done { session: session.id.clone() });
                return Ok(Ok(EnrollmentVerdict::Held { until }));
            }
            let kind = self.give_codes(user, &session.id, &new, now)?;
            commit.events.push(self.event(now, Some(person), Some(claimant), kind)?);
            let about = MessageKind::notice(NoticeKind::RecoveryCodesReplaced, Some(claimant));
            commit.messages.push(self.message_to(person, now, about)?);
            Ok(Ok(EnrollmentVerdict::Moved))
        })
        .await
    }

    /// Makes ten new recovery codes for somebody who asks for them; the old ones are void. The session goes on to save
    /// them.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn replace_codes(
        &self,
        proof: &Fresh,
        back_to: &LocalPath,
        claimant: &Claimant,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        let new = self.new_codes().await?;
        self.change_enrollment(proof, |signed_in, commit, now| {
            let SignedIn { token, session, person, .. } = signed_in;
            let user = &mut person.credential.record;
            if let Some(until) = held_until(user, now) {
                return Ok(Err(EnrollmentVerdict::Held { until }));
            }
            let kind = self.give_codes(user, &session.id, &new, now)?;
            session.next = Some(back_to.clone());
            commit.sessions.push(SessionChange::Update { token: token.clone(), session: session.clone() });
            commit.events.push(self.event(now, Some(person), Some(claimant), kind)?);
            let about = MessageKind::notice(NoticeKind::RecoveryCodesReplaced, Some(claimant));
            commit.messages.push(self.message_to(person, now, about)?);
            Ok(Ok(EnrollmentVerdict::Moved))
        })
        .await
    }

    /// Ten new codes with one salt, hashed before anything is decided.
    pub(crate) async fn new_codes(&self) -> Result<NewCodes, Unavailable> {
        let salt = self.entropy.bytes()?;
        let (mut codes, mut hashes) = (Vec::new(), Vec::new());
        for _ in 0..RecoveryCodes::COUNT {
            let code = RecoveryCode::from_random(self.entropy.bytes()?);
            let typed = code.as_str().parse().map_err(|_| Unavailable::Sealing)?;
            hashes.push(self.hasher.hash(&typed, salt, HashingLane::Known).await?);
            codes.push(code);
        }
        Ok(NewCodes { codes, hashes })
    }

    /// Puts new codes in the place of the old ones, for this session to save.
    pub(crate) fn give_codes(
        &self,
        user: &mut CredentialRecord,
        session: &SessionId,
        new: &NewCodes,
        now: Timestamp,
    ) -> Result<EventKind, Unavailable> {
        let set = user.codes.as_ref().map_or(0, |codes| codes.set).saturating_add(1);
        user.codes = Some(RecoveryCodes { set, issued_at: now, saved: false, unused: new.hashes.clone() });
        let ports = (&*self.keyring, &*self.entropy);
        user.shown_codes = Some(ShownCodes::seal(&new.codes, &user.user, session, now, ports)?);
        user.enrollment = Some(Enrollment::SavingCodes { session: session.clone() });
        Ok(EventKind::RecoveryCodesIssued { set })
    }
}

/// Why this session makes no new codes: it has none to save, or still sees those it has.
fn no_new_codes_for(signed_in: &SignedIn, now: Timestamp) -> Option<EnrollmentVerdict> {
    let SignedIn { session, person, .. } = signed_in;
    let user = &person.credential.record;
    if !matches!(&user.enrollment, Some(Enrollment::SavingCodes { session: of }) if *of == session.id) {
        return Some(EnrollmentVerdict::OutOfOrder);
    }
    let sees_them = user.shown_codes.as_ref().is_some_and(|shown| shown.are_visible(&session.id, now));
    sees_them.then_some(EnrollmentVerdict::Moved)
}

/// Until when existing codes and mobiles can't be replaced or removed, after a recovery by text.
pub(crate) fn held_until(user: &CredentialRecord, now: Timestamp) -> Option<Timestamp> {
    const HOLD: Duration = Duration::from_hours(24);
    user.recovered_by_text_at.map(|at| at.plus(HOLD)).filter(|until| now < *until)
}

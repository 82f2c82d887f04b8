use domain::{Country, LocalPath, MobileId, OneTimeCode, PhoneNumber, Role, SessionId};

use super::Step;
use crate::texting::{TextOrder, last_digits};
use crate::verifier::Outcome;
use crate::{
    Change, Claimant, Commit, CredentialRecord, Enrolling, Enrollment, EnrollmentVerdict, EventKind, Fresh,
    MessageKind, Mobile, NoticeKind, SessionChange, SignedIn, TextAim, TextChallenge, TextRefused, Token, Unavailable,
    Verifier,
};

impl Verifier {
    /// Sends a code to a mobile that is to become a recovery mobile; again, if one was sent before.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was sent, nothing counted.
    pub async fn text_mobile(
        &self,
        proof: &Enrolling,
        number: &PhoneNumber,
        country: Country,
        claimant: &Claimant,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        let now = self.clock.now();
        let mut rounds = self.rounds_for(&proof.admission().signed_in().session.user).await;
        loop {
            rounds.begin().await?;
            let SignedIn { session, mut person, .. } = match self.found_again(proof, now).await? {
                Ok(signed_in) => signed_in,
                Err(verdict) => return Ok(verdict),
            };
            if let Some(refused) = no_text_for(&person.credential.record, &session.id, number) {
                return Ok(refused);
            }
            // The account's own country is not known before one of its admins says it.
            let texts = &mut person.account.record.texts;
            if person.credential.record.role == Role::Admin && texts.countries.is_empty() {
                texts.countries.insert(country);
            }
            let cookie = claimant.known_browser.as_ref().map(Token::hash);
            let known_browser = person.credential.record.known_browser(cookie.as_ref(), now).is_some();
            let aim = TextAim::ConfirmMobile;
            let order = TextOrder { session: &session.id, number, country, aim, known_browser };
            let mut commit = Commit::default();
            let sent = match self.order_text(&mut person, &order, claimant, now, &mut commit).await? {
                Ok(sent) => sent,
                Err(refused) => return Ok(EnrollmentVerdict::TextRefused(refused)),
            };
            let mut credential = person.credential;
            let (session, challenge) = (session.id, sent.challenge);
            credential.record.enrollment = Some(Enrollment::ConfirmingMobile { session, challenge });
            commit.credentials.push(Change::update(credential.version, credential.record));
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(EnrollmentVerdict::Moved);
            }
        }
    }

    /// Sends the code again, to the mobile that waits for it.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was sent, nothing counted.
    pub async fn text_mobile_again(
        &self,
        proof: &Enrolling,
        claimant: &Claimant,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        let user = &proof.admission().signed_in().person.credential.record;
        let waiting = match &user.enrollment {
            Some(Enrollment::ConfirmingMobile { challenge, .. }) => {
                user.challenges.iter().find(|sent| sent.id == *challenge)
            }
            _ => None,
        };
        let Some(TextChallenge { number, country, .. }) = waiting else { return Ok(EnrollmentVerdict::OutOfOrder) };
        self.text_mobile(proof, number, *country, claimant).await
    }

    /// Judges the code that was texted to the mobile. A right one makes it a recovery mobile; a wrong one counts on this
    /// text alone, since it would prove nothing.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed, no try was spent.
    pub async fn confirm_mobile(
        &self,
        proof: &Enrolling,
        code: &OneTimeCode,
        claimant: &Claimant,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        self.change_enrollment(proof, |signed_in, commit, now| {
            let SignedIn { session, person, .. } = signed_in;
            let user = &mut person.credential.record;
            let Some(Enrollment::ConfirmingMobile { challenge: asked, .. }) = user.enrollment.clone() else {
                return Ok(Err(EnrollmentVerdict::OutOfOrder));
            };
            let owner = user.user.clone();
            let challenge = user
                .challenges
                .iter_mut()
                .find(|challenge| challenge.id == asked && challenge.session == session.id && challenge.is_open(now));
            let Some(challenge) = challenge else { return Ok(Err(EnrollmentVerdict::Expired)) };
            if !challenge.is_answered_by(code, &owner, &self.keyring)? {
                challenge.wrong = challenge.wrong.saturating_add(1);
                let kind = EventKind::TextCodeRejected { aim: TextAim::ConfirmMobile, in_a_row: 0 };
                commit.events.push(self.event(now, Some(person), Some(claimant), kind)?);
                return Ok(Ok(EnrollmentVerdict::WrongCode { clock_off: None }));
            }
            let TextChallenge { number, country, .. } = challenge.clone();
            let shown = last_digits(&number);
            user.challenges.retain(|challenge| challenge.id != asked);
            person.account.record.texts = person.account.record.texts.after_answer(now);
            commit.accounts.push(Change::update(person.account.version, person.account.record.clone()));
            let user = &mut person.credential.record;
            // Another session of theirs may have added it, or others, meanwhile.
            if user.mobiles.len() < Mobile::MOST && user.mobiles.iter().all(|mobile| mobile.number != number) {
                let id = MobileId::from_random(self.entropy.bytes()?);
                user.mobiles.push(Mobile { id, number, country, confirmed_at: now });
                let kind = EventKind::MobileAdded { number: shown.clone() };
                let about = MessageKind::notice(NoticeKind::MobileAdded { number: shown }, Some(claimant));
                commit.events.push(self.event(now, Some(person), Some(claimant), kind)?);
                commit.messages.push(self.message_to(person, now, about)?);
            }
            person.credential.record.enrollment = Some(Enrollment::Done { session: session.id.clone() });
            Ok(Ok(EnrollmentVerdict::Moved))
        })
        .await
    }

    /// Goes back from the code to the number.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn change_number(
        &self,
        proof: &Enrolling,
        claimant: &Claimant,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        self.move_enrollment(proof, claimant, |_, session, present, _| match present {
            Some(Enrollment::ConfirmingMobile { session: of, .. } | Enrollment::AddingMobile { session: of })
                if of == session =>
            {
                Ok(Step::To(Enrollment::AddingMobile { session: session.clone() }, None))
            }
            _ => Ok(Step::OutOfOrder),
        })
        .await
    }

    /// Goes on without a recovery mobile.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn skip_mobile(&self, proof: &Enrolling, claimant: &Claimant) -> Result<EnrollmentVerdict, Unavailable> {
        self.move_enrollment(proof, claimant, |_, session, present, _| match present {
            Some(Enrollment::ConfirmingMobile { session: of, .. } | Enrollment::AddingMobile { session: of })
                if of == session =>
            {
                Ok(Step::To(Enrollment::Done { session: session.clone() }, None))
            }
            _ => Ok(Step::OutOfOrder),
        })
        .await
    }

    /// Leads somebody who asks for it to the step that adds a recovery mobile.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn begin_adding_mobile(
        &self,
        proof: &Fresh,
        back_to: &LocalPath,
    ) -> Result<EnrollmentVerdict, Unavailable> {
        self.change_enrollment(proof, |signed_in, commit, _| {
            let SignedIn { token, session, person, .. } = signed_in;
            let user = &mut person.credential.record;
            if !person.account.record.texts.on {
                return Ok(Err(EnrollmentVerdict::TextRefused(TextRefused::Off)));
            }
            if user.mobiles.len() >= Mobile::MOST {
                return Ok(Err(EnrollmentVerdict::TooManyMobiles));
            }
            user.enrollment = Some(Enrollment::AddingMobile { session: session.id.clone() });
            session.next = Some(back_to.clone());
            commit.sessions.push(SessionChange::Update { token: token.clone(), session: session.clone() });
            Ok(Ok(EnrollmentVerdict::Moved))
        })
        .await
    }
}

/// Why no code is sent to this number, whatever the limits say.
fn no_text_for(user: &CredentialRecord, session: &SessionId, number: &PhoneNumber) -> Option<EnrollmentVerdict> {
    let asked = user.enrollment.as_ref().is_some_and(|enrollment| {
        let at_the_step = matches!(enrollment, Enrollment::AddingMobile { .. } | Enrollment::ConfirmingMobile { .. });
        at_the_step && enrollment.session() == session
    });
    if !asked {
        Some(EnrollmentVerdict::OutOfOrder)
    } else if user.mobiles.iter().any(|mobile| mobile.number == *number) {
        Some(EnrollmentVerdict::MobileKnown)
    } else if user.mobiles.len() >= Mobile::MOST {
        Some(EnrollmentVerdict::TooManyMobiles)
    } else {
        None
    }
}

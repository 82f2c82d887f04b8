use domain::{ChallengeId, Country, EventId, PhoneNumber, SessionId, Timestamp};

use crate::event::Happening;
use crate::mobile::{issue_text_code, seal_text_code};
use crate::{
    Admission, Allowance, Change, Claimant, Commit, EventKind, Limit, MessageKind, NoticeKind, Person, Recipient,
    STRANGERS_TEXTS_TO_NUMBER, TEXTS_FROM_ADDRESS, TEXTS_TO_NUMBER, TextAim, TextChallenge, TextCode, TextDelivery,
    Unavailable, Verifier,
};

/// Why no text was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextRefused {
    /// The account sends no texts.
    Off,
    /// The account sends no texts to that country.
    Country,
    /// Not yet: too many were sent.
    Wait {
        /// When one may be sent.
        until: Timestamp,
    },
    /// The account has no texts left today.
    Budget,
}

/// A code that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSent {
    /// By what it is answered.
    pub challenge: ChallengeId,
    /// The number, masked but for its last two digits.
    pub to: String,
    /// Until when it can be entered.
    pub until: Timestamp,
    /// When it may be sent again.
    pub again_at: Timestamp,
    /// How far the text is.
    pub delivery: TextDelivery,
}

/// A text to be sent.
pub(crate) struct TextOrder<'a> {
    pub(crate) session: &'a SessionId,
    pub(crate) number: &'a PhoneNumber,
    pub(crate) country: Country,
    pub(crate) aim: TextAim,
    pub(crate) known_browser: bool,
}

impl Verifier {
    /// Adds a text with a code to `commit`, if every limit allows it, in `person`, whose records are to be committed by
    /// the caller after that; the account's is added here.
    ///
    /// A code that was sent before for the same session, number and aim is void; its wrong answers go on counting. After
    /// the fifth it is over, and what is sent then is a new one: nobody pays for a text that can't be answered.
    pub(crate) async fn order_text(
        &self,
        person: &mut Person,
        order: &TextOrder<'_>,
        claimant: &Claimant,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<Result<TextSent, TextRefused>, Unavailable> {
        let TextOrder { session, number, country, aim, known_browser } = *order;
        let account = &mut person.account.record.texts;
        if !account.on {
            return Ok(Err(TextRefused::Off));
        }
        if !account.allows(country) {
            return Ok(Err(TextRefused::Country));
        }
        if !account.has_room(aim, now) {
            return Ok(Err(TextRefused::Budget));
        }
        let user = &mut person.credential.record;
        user.challenges.retain(|challenge| challenge.wrong < TextChallenge::MOST_WRONG);
        let before = user
            .challenges
            .iter()
            .position(|challenge| challenge.session == *session && challenge.number == *number && challenge.aim == aim);
        let new_number = aim == TextAim::ConfirmMobile && before.is_none();
        let mut waits = vec![user.texts.judge(new_number, now)];
        let address = claimant.address.network().to_string();
        let mut limits = vec![(TEXTS_TO_NUMBER, number.as_str()), (TEXTS_FROM_ADDRESS, address.as_str())];
        if !known_browser {
            limits.push((STRANGERS_TEXTS_TO_NUMBER, number.as_str()));
        }
        for (limit, whom) in limits {
            waits.push(self.count(limit, whom, now, commit).await?);
        }
        let until = waits.into_iter().filter_map(|wait| match wait {
            Allowance::Wait { until } => Some(until),
            Allowance::Open | Allowance::Locked => None,
        });
        if let Some(until) = until.max() {
            return Ok(Err(TextRefused::Wait { until }));
        }

        *account = account.after(aim, now);
        user.texts = user.texts.after(new_number, now);
        let code = issue_text_code(&*self.entropy)?;
        let (id, wrong) = match before.map(|at| user.challenges.remove(at)) {
            Some(challenge) => (challenge.id, challenge.wrong),
            None => (ChallengeId::from_random(self.entropy.bytes()?), 0),
        };
        user.challenges.retain(|challenge| challenge.is_open(now));
        user.challenges.drain(..(user.challenges.len() + 1).saturating_sub(TextChallenge::MOST));
        let mut challenge = TextChallenge {
            id: id.clone(),
            session: session.clone(),
            number: number.clone(),
            country,
            aim,
            code: seal_text_code(&code, &user.user, &self.keyring, &*self.entropy)?,
            sent_at: now,
            wrong,
            message: None,
            delivery: TextDelivery::Queued,
        };
        let sent = TextSent {
            challenge: id,
            to: number.masked(),
            until: challenge.until(),
            again_at: user.texts.next_at(now),
            delivery: TextDelivery::Queued,
        };

        let kind = EventKind::TextQueued { aim, number: last_digits(number) };
        commit.events.push(self.event(now, Some(person), Some(claimant), kind)?);
        let about = MessageKind::TextCode { code: TextCode::new(&code), aim };
        let message = self.message(person, Recipient::Text(number.clone()), now, about)?;
        challenge.message = Some(message.id.clone());
        person.credential.record.challenges.push(challenge);
        commit.messages.push(message);
        self.stop_if_fraud(person, now, commit).await?;
        commit.accounts.push(Change::update(person.account.version, person.account.record.clone()));
        Ok(Ok(sent))
    }

    /// Turns texts off by themselves once they look like fraud, and tells every admin.
    async fn stop_if_fraud(&self, person: &mut Person, now: Timestamp, commit: &mut Commit) -> Result<(), Unavailable> {
        let account = &mut person.account.record;
        if !account.texts.looks_like_fraud() {
            return Ok(());
        }
        account.texts.on = false;
        account.texts.stopped_at = Some(now);
        let (sent, answered) = (account.texts.watched, account.texts.answered);
        let (id, kind) = (account.id.clone(), EventKind::TextsStopped { sent, answered });
        let happening = Happening { at: now, account: Some(&id), user: None, by: None, claimant: None, kind };
        commit.events.push(happening.recorded_as(EventId::from_random(self.entropy.bytes()?)));
        let about = MessageKind::notice(NoticeKind::TextsStopped { sent, answered }, None);
        commit.messages.extend(self.messages_to_admins(&person.account.record, now, &about).await?);
        Ok(())
    }

    /// How far the text is that was ordered last in a session; none once it is answered or too old.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn last_text(&self, admission: &Admission) -> Result<Option<TextDelivery>, Unavailable> {
        let session = &admission.signed_in().session;
        let found = self.store.load_user(&session.user).await?;
        let challenges = found.map(|person| person.credential.record.challenges).unwrap_or_default();
        let last = challenges.iter().rfind(|challenge| challenge.session == session.id);
        Ok(last.map(|challenge| challenge.delivery))
    }

    /// Counts something limited in `commit`; says whether it may happen.
    pub(crate) async fn count(
        &self,
        limit: Limit,
        whom: &str,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<Allowance, Unavailable> {
        let key = self.tally_key(limit, whom)?;
        let read = self.store.load_tally(&key).await?;
        let allowance = limit.judge(read.as_ref().map(|tally| &tally.record), now);
        commit.tallies.push(limit.count(key, read, now));
        Ok(allowance)
    }
}

/// The last two digits of a number, by which its owner knows it and nobody else learns it.
pub(crate) fn last_digits(number: &PhoneNumber) -> String {
    let text = number.as_str();
    text.get(text.len().saturating_sub(2)..).unwrap_or_default().into()
}

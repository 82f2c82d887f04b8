use std::collections::BTreeSet;
use std::time::Duration;

use domain::{EventId, MessageId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::event::Happening;
use crate::texting::last_digits;
use crate::verifier::Outcome;
use crate::{
    Change, Commit, CredentialRecord, EventKind, Lane, Message, MessageKind, Person, QueuedMessage, Recipient,
    RecipientKey, TextChallenge, TextDelivery, TextFailure, Unavailable, Verifier,
};

/// How long a worker has a message for itself. Whoever sends takes less, and does not begin after it.
pub const LEASE: Duration = Duration::from_mins(1);

/// The pauses after the first, the second and each further try that failed. The last is the longest: a link to reset a
/// password lives an hour, and may wait behind an older message to the same mailbox.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(5),
    Duration::from_mins(10),
];

/// What became of a message so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// How often somebody took it to send it. Goes up with each lease, so that who lost theirs is told apart.
    pub made: u32,
    /// When it may be tried again.
    pub not_before: Option<Timestamp>,
    /// Until when somebody has it for themselves.
    pub leased_until: Option<Timestamp>,
}

/// Chooses from messages of the queue, which go by in its order: of each recipient the oldest message, if it is due. One that is
/// not holds back those after it, for otherwise an older code or link would come last and look like the newest.
#[derive(Debug)]
pub struct Turns {
    now: Timestamp,
    seen: BTreeSet<RecipientKey>,
}

/// How a message was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undelivered {
    /// It may go the next time: the gateway is away or busy.
    ForNow,
    /// It never will: there is no such mailbox or number.
    ForGood,
    /// It may have gone: the gateway took it all, and did not say.
    Perhaps,
}

/// What becomes of a message that was not delivered.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It is tried again.
    At(Timestamp),
    /// It is forgotten; the log tells.
    GivenUp,
}

impl Tries {
    /// Whether it may be tried at `now`. A moment farther away than any that we set (the clock was set back) has come.
    #[must_use]
    pub fn are_due(&self, now: Timestamp) -> bool {
        let lies_ahead =
            |at: Option<Timestamp>, longest: Duration| at.is_some_and(|at| now < at && at.until_from(now) <= longest);
        !lies_ahead(self.not_before, pause_after(u32::MAX)) && !lies_ahead(self.leased_until, LEASE)
    }

    /// Once somebody has taken it until `until`.
    #[must_use]
    pub fn leased(&self, until: Timestamp) -> Self {
        Self { made: self.made.saturating_add(1), not_before: None, leased_until: Some(until) }
    }

    /// Once it failed and is to be tried again at `at`.
    #[must_use]
    pub fn put_off(&self, at: Timestamp) -> Self {
        Self { made: self.made, not_before: Some(at), leased_until: None }
    }
}

impl Turns {
    /// Nobody was looked at yet.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { now, seen: BTreeSet::new() }
    }

    /// Whether the next message of the queue is to be sent.
    pub fn takes(&mut self, recipient: &RecipientKey, tries: &Tries) -> bool {
        self.seen.insert(recipient.clone()) && tries.are_due(self.now)
    }
}

impl Verifier {
    /// Messages of a lane to be sent now, for this worker alone during [`LEASE`]: the oldest first, one for each
    /// recipient, at most `most`. Those that came too late are given up here.
    ///
    /// # Errors
    /// [`Unavailable`]: what was taken is taken again later.
    pub async fn lease_messages(&self, lane: Lane, most: u32) -> Result<Vec<QueuedMessage>, Unavailable> {
        let now = self.clock.now();
        let leased = self.store.lease_messages(lane, now, most, LEASE).await?;
        // Whether somebody still wants to know of an event is asked of its webhook.
        let is_in_time = |message: &QueuedMessage| message.lane == Lane::Webhook || now < message.until;
        let (in_time, overdue): (Vec<_>, Vec<_>) = leased.into_iter().partition(is_in_time);
        for message in &overdue {
            // Whoever had it before may have sent it, and have been stopped before they could say so.
            self.give_up(message, message.tries.made > 1, now).await?;
        }
        Ok(in_time)
    }

    /// Forgets a message that was sent.
    ///
    /// # Errors
    /// [`Unavailable`]: then it is sent once more, unless whoever sends it knows it again by its identifier.
    pub async fn message_sent(&self, message: &QueuedMessage) -> Result<(), Unavailable> {
        self.store.remove_message(&message.id).await?;
        let QueuedMessage { id, lane: Lane::Text, user: Some(user), .. } = message else { return Ok(()) };
        let mut rounds = self.rounds_for(user).await;
        loop {
            rounds.begin().await?;
            let Some(Person { mut credential, .. }) = self.store.load_user(user).await? else { return Ok(()) };
            let Some(challenge) = awaiting(&mut credential.record, id) else { return Ok(()) };
            challenge.delivery = TextDelivery::Sent;
            let credentials = vec![Change::update(credential.version, credential.record)];
            if self.try_commit(Commit { credentials, ..Commit::default() }).await? == Outcome::Committed {
                return Ok(());
            }
        }
    }

    /// Puts off a leased message that was not delivered, or gives it up when that is of no use: since it never will
    /// be, or since what it says is no longer worth saying by then. A text that may have gone is not sent again, for
    /// texts cost money and who waits for one can ask anew; a mail is, and its readers' servers know it again.
    ///
    /// # Errors
    /// [`Unavailable`]: then it is taken again once the lease has run out.
    pub async fn message_failed(
        &self,
        message: &QueuedMessage,
        undelivered: Undelivered,
    ) -> Result<Retry, Unavailable> {
        let now = self.clock.now();
        let next = now.plus(pause_after(message.tries.made));
        let of_no_use = match undelivered {
            Undelivered::ForNow => false,
            Undelivered::ForGood => true,
            Undelivered::Perhaps => message.lane == Lane::Text,
        };
        if of_no_use || next >= message.until {
            self.give_up(message, undelivered == Undelivered::Perhaps, now).await?;
            return Ok(Retry::GivenUp);
        }
        self.store.put_off_message(&message.id, message.tries.made, next).await?;
        Ok(Retry::At(next))
    }

    /// Forgets a message unsent, and says so in the log and, of a text, where somebody waits for it; unless somebody else
    /// has taken it meanwhile.
    async fn give_up(&self, message: &QueuedMessage, perhaps: bool, now: Timestamp) -> Result<(), Unavailable> {
        let QueuedMessage { id, account, user, tries, lane, .. } = message;
        let kind = EventKind::MessageGivenUp { message: id.clone(), tries: tries.made, text: *lane == Lane::Text };
        let (account, whom) = (account.as_ref(), user.as_ref());
        let happening = Happening { at: now, account, user: whom, by: None, claimant: None, kind };
        let event = happening.recorded_as(EventId::from_random(self.entropy.bytes()?));
        let given_up = vec![(id.clone(), tries.made)];
        let commit = Commit { given_up, events: vec![event], ..Commit::default() };
        let Some(user) = user.as_ref().filter(|_| *lane == Lane::Text) else {
            // Whoever else has it says what becomes of it.
            return self.try_commit(commit).await.map(|_| ());
        };
        let mut rounds = self.rounds_for(user).await;
        loop {
            rounds.begin().await?;
            let commit = match self.store.load_user(user).await? {
                Some(person) => self.text_failed(person, message, perhaps, now, commit.clone()),
                None => commit.clone(),
            };
            let is_ours = self.try_commit(commit).await? == Outcome::Committed;
            if is_ours || !self.is_still_leased(message).await? {
                return Ok(());
            }
        }
    }

    /// Adds to `commit` what a text that did not go means to who waits for it, and to who pays for it.
    fn text_failed(
        &self,
        person: Person,
        message: &QueuedMessage,
        perhaps: bool,
        now: Timestamp,
        mut commit: Commit,
    ) -> Commit {
        let Person { mut credential, mut account } = person;
        // One that does not open says no number, and is given up nevertheless.
        let (number, aim) = match message.open(&self.keyring) {
            Ok(Message { to: Recipient::Text(number), about: MessageKind::TextCode { aim, .. }, .. }) => {
                (last_digits(&number), Some(aim))
            }
            Ok(Message { to: Recipient::Text(number), .. }) => (last_digits(&number), None),
            _ => (String::new(), None),
        };
        let failure = TextFailure { at: now, number, perhaps };
        account.record.texts = account.record.texts.after_failure(failure, aim, message.at);
        commit.accounts.push(Change::update(account.version, account.record));
        if let Some(challenge) = awaiting(&mut credential.record, &message.id) {
            challenge.delivery = if perhaps { TextDelivery::Perhaps } else { TextDelivery::Failed };
            if !perhaps {
                credential.record.texts = credential.record.texts.without(message.at);
            }
            commit.credentials.push(Change::update(credential.version, credential.record));
        }
        commit
    }

    /// Whether a message is still that of whoever leased it so.
    pub(crate) async fn is_still_leased(&self, message: &QueuedMessage) -> Result<bool, Unavailable> {
        let waiting = self.store.load_message(&message.id).await?;
        Ok(waiting.is_some_and(|waiting| waiting.tries.made == message.tries.made))
    }
}

/// The challenge whose code is in this message.
fn awaiting<'a>(user: &'a mut CredentialRecord, message: &MessageId) -> Option<&'a mut TextChallenge> {
    user.challenges.iter_mut().find(|challenge| challenge.message.as_ref() == Some(message))
}

/// How long a message waits after it was tried so often.
pub(crate) fn pause_after(tries: u32) -> Duration {
    let index = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    let [.., longest] = PAUSES;
    PAUSES.get(index).copied().unwrap_or(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn after(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    fn key(name: &str) -> RecipientKey {
        RecipientKey(name.into())
    }

    #[test]
    fn the_pauses_grow_to_ten_minutes() {
        let pauses: Vec<_> = (1..8).map(|tries| pause_after(tries).as_secs()).collect();

        assert_eq!(pauses, [10, 30, 120, 300, 600, 600, 600]);
        assert_eq!(pause_after(0).as_secs(), 10);
    }

    #[test]
    fn a_message_is_due_unless_it_is_leased_or_put_off() {
        let new = Tries::default();
        let leased = new.leased(after(60));
        let put_off = leased.put_off(after(10));

        assert!(new.are_due(NOW));
        assert_eq!((leased.are_due(after(59)), leased.are_due(after(60))), (false, true));
        assert_eq!((put_off.are_due(after(9)), put_off.are_due(after(10))), (false, true));
        assert_eq!(put_off.leased(after(70)), Tries { made: 2, not_before: None, leased_until: Some(after(70)) });
    }

    #[test]
    fn a_clock_set_back_keeps_no_message_waiting() {
        let before = NOW.minus(Duration::from_hours(1));

        assert!(Tries::default().leased(after(60)).are_due(before));
        assert!(Tries::default().put_off(after(600)).are_due(before));
    }

    #[test]
    fn of_each_recipient_the_oldest_is_chosen_and_holds_back_the_others() {
        let (new, leased) = (Tries::default(), Tries::default().leased(after(60)));
        let mut turns = Turns::at(NOW);

        assert!(turns.takes(&key("ada"), &new));
        assert!(!turns.takes(&key("ada"), &new));
        assert!(!turns.takes(&key("eve"), &leased));
        assert!(!turns.takes(&key("eve"), &new));
        assert!(turns.takes(&key("zoe"), &new));
    }
}

use std::time::Duration;

use domain::{ChallengeId, Country, MessageId, MobileId, OneTimeCode, PhoneNumber, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Allowance, Entropy, Keyring, SealScope, Sealed, Unavailable};

/// A mobile that its owner confirmed by a code: a way back in, never an everyday second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mobile {
    /// Its identifier.
    pub id: MobileId,
    /// Its number.
    pub number: PhoneNumber,
    /// The country the number is of.
    pub country: Country,
    /// When it was confirmed.
    pub confirmed_at: Timestamp,
}

/// A code on its way to a mobile (NIST SP 800-63B-4 §3.1.3.2): for one session and one aim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextChallenge {
    /// Its identifier; the same when the code is sent again.
    pub id: ChallengeId,
    /// The one session that may answer it.
    pub session: SessionId,
    /// Where it went.
    pub number: PhoneNumber,
    /// The country the number is of.
    pub country: Country,
    /// What a right answer does.
    pub aim: TextAim,
    /// The code, sealed for this user.
    pub code: Sealed,
    /// When the code was made.
    pub sent_at: Timestamp,
    /// Wrong answers, to all codes of this challenge together.
    pub wrong: u8,
    /// The message with the code.
    #[serde(default)]
    pub message: Option<MessageId>,
    /// What became of that.
    #[serde(default)]
    pub delivery: TextDelivery,
}

/// How far a text is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextDelivery {
    /// It waits for the gateway, or for its next try.
    #[default]
    Queued,
    /// The gateway took it.
    Sent,
    /// It did not go.
    Failed,
    /// Nobody can say whether it went: the gateway took it all, and did not say.
    Perhaps,
}

/// What a right code from a text message does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextAim {
    /// It makes the mobile a recovery mobile.
    ConfirmMobile,
    /// It lets its owner back in.
    Recover,
}

/// When texts were sent for one user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextLog {
    /// The last ones, the oldest first.
    pub sent: Vec<Timestamp>,
    /// When a number was asked to be confirmed that was not asked for just before, the oldest first.
    pub new_numbers: Vec<Timestamp>,
}

impl Mobile {
    /// The most mobiles of one user.
    pub const MOST: usize = 5;
}

impl TextChallenge {
    /// How long a code can be entered.
    pub const LIFE: Duration = Duration::from_mins(10);
    /// The most open challenges of one user; the oldest makes room.
    pub const MOST: usize = 3;
    /// Wrong answers after which a challenge is over.
    pub const MOST_WRONG: u8 = 5;

    /// Whether it can be answered at `now`; one from the future (a clock set back) can't.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.wrong < Self::MOST_WRONG && now.since(self.sent_at).is_some_and(|age| age < Self::LIFE)
    }

    /// When it can't be answered any more.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.sent_at.plus(Self::LIFE)
    }

    /// Whether this is the code, compared in constant time.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`]
    pub fn is_answered_by(&self, code: &OneTimeCode, user: &UserId, keyring: &Keyring) -> Result<bool, Unavailable> {
        let sent = keyring.open(&self.code, scope(user))?;
        Ok(sent.ct_eq(code.digits()).into())
    }
}

/// A code for a text message: six random digits, each number as likely as any other.
///
/// # Errors
/// [`Unavailable::Entropy`]
pub(crate) fn issue_text_code(entropy: &dyn Entropy) -> Result<Zeroizing<String>, Unavailable> {
    const CODES: u32 = 1_000_000;
    // Numbers beyond the last whole million would make the first codes likelier.
    const FAIR: u32 = u32::MAX - u32::MAX % CODES;
    loop {
        let number = u32::from_be_bytes(entropy.bytes()?);
        if number < FAIR {
            return Ok(Zeroizing::new(format!("{:06}", number % CODES)));
        }
    }
}

/// Seals a code for a text message.
///
/// # Errors
/// [`Unavailable::Entropy`], [`Unavailable::Sealing`]
pub(crate) fn seal_text_code(
    code: &str,
    user: &UserId,
    keyring: &Keyring,
    entropy: &dyn Entropy,
) -> Result<Sealed, Unavailable> {
    keyring.seal(code.as_bytes(), scope(user), entropy)
}

pub(crate) fn scope(user: &UserId) -> SealScope<'_> {
    SealScope { owner: user.as_str(), field: "text code" }
}

impl TextLog {
    /// Texts for one user within 24 hours.
    pub const MOST: usize = 10;
    /// New numbers of one user within 24 hours.
    pub const MOST_NEW_NUMBERS: usize = 3;
    const DAY: Duration = Duration::from_hours(24);
    /// What one has to wait for the second, the third and each further text.
    const GAPS: [Duration; 3] = [Duration::from_secs(30), Duration::from_mins(1), Duration::from_mins(5)];

    /// Whether a text may be sent at `now`; to a number that is new, if `new_number`.
    pub fn judge(&self, new_number: bool, now: Timestamp) -> Allowance {
        let of_today = |times: &[Timestamp]| times.iter().filter(|at| now < at.plus(Self::DAY)).count();
        let sent = of_today(&self.sent);
        let full = |times: &[Timestamp], most: usize| {
            let oldest = times.iter().rev().nth(most - 1)?;
            Some(oldest.plus(Self::DAY)).filter(|until| now < *until)
        };
        let gap = sent.checked_sub(1).map(|before| Self::GAPS.get(before).unwrap_or(&Self::GAPS[2]));
        let pause = self.sent.last().zip(gap).map(|(last, gap)| last.plus(*gap)).filter(|until| now < *until);
        let numbers = if new_number { full(&self.new_numbers, Self::MOST_NEW_NUMBERS) } else { None };
        let until = [pause, full(&self.sent, Self::MOST), numbers].into_iter().flatten().max();
        until.map_or(Allowance::Open, |until| Allowance::Wait { until })
    }

    /// When the next text may be sent to a number that is not new, seen from `now`.
    #[must_use]
    pub fn next_at(&self, now: Timestamp) -> Timestamp {
        match self.judge(false, now) {
            Allowance::Wait { until } => until,
            Allowance::Open | Allowance::Locked => now,
        }
    }

    /// The log without a text that was ordered at `at` and did not go: its owner waits for none of ours.
    #[must_use]
    pub(crate) fn without(&self, at: Timestamp) -> Self {
        let without = |times: &[Timestamp]| {
            let mut times = times.to_vec();
            if let Some(last) = times.iter().rposition(|time| *time == at) {
                times.remove(last);
            }
            times
        };
        Self { sent: without(&self.sent), new_numbers: without(&self.new_numbers) }
    }

    /// The log once a text was sent at `now`.
    #[must_use]
    pub fn after(&self, new_number: bool, now: Timestamp) -> Self {
        let with = |times: &[Timestamp], most: usize| {
            let mut times = times.to_vec();
            // The clock may have been set back: the order stays.
            times.push(times.last().map_or(now, |last| now.max(*last)));
            times.drain(..times.len().saturating_sub(most));
            times
        };
        let sent = with(&self.sent, Self::MOST);
        let new_numbers =
            if new_number { with(&self.new_numbers, Self::MOST_NEW_NUMBERS) } else { self.new_numbers.clone() };
        Self { sent, new_numbers }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{SeededEntropy, a_keyring};

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn after(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    fn wait(seconds: u64) -> Allowance {
        Allowance::Wait { until: after(seconds) }
    }

    #[test]
    fn the_pauses_between_texts_grow() {
        let one = TextLog::default().after(true, NOW);
        let two = one.after(false, after(30));
        let three = two.after(false, after(90));
        let four = three.after(false, after(390));

        assert_eq!(TextLog::default().judge(true, NOW), Allowance::Open);
        assert_eq!((one.judge(false, after(29)), one.judge(false, after(30))), (wait(30), Allowance::Open));
        assert_eq!((two.judge(false, after(89)), two.judge(false, after(90))), (wait(90), Allowance::Open));
        assert_eq!((three.judge(false, after(389)), three.judge(false, after(390))), (wait(390), Allowance::Open));
        assert_eq!(four.judge(false, after(689)), wait(690));
    }

    #[test]
    fn ten_texts_and_three_new_numbers_a_day() {
        let ten = (0..10).fold(TextLog::default(), |log, at| log.after(false, after(at * 600)));
        assert_eq!(ten.judge(false, after(86399)), wait(86400));
        assert_eq!(ten.judge(false, after(86400)), Allowance::Open);

        let numbers = (0..3).fold(TextLog::default(), |log, at| log.after(true, after(at * 600)));
        assert_eq!(numbers.judge(true, after(9000)), wait(86400));
        assert_eq!(numbers.judge(false, after(9000)), Allowance::Open);
    }

    /// The log is part of a record that is bounded.
    #[test]
    fn no_more_is_kept_of_texts_than_their_limits_ask_for() {
        let log = (0..20).fold(TextLog::default(), |log, at| log.after(true, after(at)));

        assert_eq!((log.sent.len(), log.new_numbers.len()), (TextLog::MOST, TextLog::MOST_NEW_NUMBERS));
        assert_eq!((log.sent.first(), log.sent.last()), (Some(&after(10)), Some(&after(19))));
    }

    #[test]
    fn a_text_of_yesterday_makes_no_pause_of_today_longer() {
        let log = TextLog::default().after(false, NOW).after(false, after(86_390));

        assert_eq!(log.judge(false, after(86_399)), wait(86_450));
        assert_eq!(log.judge(false, after(86_400)), wait(86_420));
    }

    #[test]
    fn a_clock_set_back_makes_no_pause_shorter() {
        let log = TextLog::default().after(false, NOW);

        assert!(matches!(log.judge(false, NOW.minus(Duration::from_hours(1))), Allowance::Wait { .. }));
        assert_eq!(log.after(false, NOW.minus(Duration::from_hours(1))).sent, [NOW, NOW]);
    }

    #[test]
    fn a_code_is_sealed_for_its_user_and_lives_ten_minutes_and_five_tries() {
        let (keyring, entropy, user) = (a_keyring(), SeededEntropy::new(4), UserId::from_random([1; 16]));
        let code = issue_text_code(&entropy).unwrap();
        let mut challenge = TextChallenge {
            id: ChallengeId::from_random([1; 16]),
            session: SessionId::from_random([2; 16]),
            number: "+4917012345678".parse().unwrap(),
            country: "DE".parse().unwrap(),
            aim: TextAim::Recover,
            code: seal_text_code(&code, &user, &keyring, &entropy).unwrap(),
            sent_at: NOW,
            wrong: 0,
            message: None,
            delivery: TextDelivery::Queued,
        };
        let wrong = if *code == "000000" { "000001" } else { "000000" };

        assert!(challenge.is_answered_by(&code.parse().unwrap(), &user, &keyring).unwrap());
        assert!(!challenge.is_answered_by(&wrong.parse().unwrap(), &user, &keyring).unwrap());
        let other = UserId::from_random([9; 16]);
        assert!(challenge.is_answered_by(&code.parse().unwrap(), &other, &keyring).is_err());
        assert!(challenge.is_open(after(599)) && !challenge.is_open(after(600)));
        assert!(!challenge.is_open(NOW.minus(Duration::from_secs(1))));
        challenge.wrong = 5;
        assert!(!challenge.is_open(NOW));
    }

    #[test]
    fn text_codes_are_spread_evenly() {
        let entropy = SeededEntropy::new(9);
        let mut first_digits = [0_u32; 10];

        for _ in 0..10_000 {
            let code = issue_text_code(&entropy).unwrap();
            assert_eq!(code.len(), 6);
            first_digits[usize::from(code.as_bytes()[0] - b'0')] += 1;
        }

        assert!(first_digits.iter().all(|count| (850..1150).contains(count)), "{first_digits:?}");
    }

    /// Draws these numbers, and fails after the last one.
    struct Numbers(std::sync::Mutex<Vec<u32>>);

    impl Entropy for Numbers {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), Unavailable> {
            let number = self.0.lock().unwrap().pop().ok_or(Unavailable::Contended)?;
            bytes.copy_from_slice(&number.to_be_bytes());
            Ok(())
        }
    }

    #[test]
    fn a_number_that_would_make_some_codes_likelier_is_drawn_again() {
        for (drawn, code) in [(0, "000000"), (4_293_999_999, "999999")] {
            assert_eq!(*issue_text_code(&Numbers(vec![drawn].into())).unwrap(), code);
        }
        for unfair in [4_294_000_000, u32::MAX] {
            assert_eq!(*issue_text_code(&Numbers(vec![1_234_567, unfair].into())).unwrap(), "234567");
        }
    }

    proptest! {
        #[test]
        fn however_often_it_is_asked_for_no_day_holds_more_than_ten(gaps in proptest::collection::vec(0_u64..9000, 0..100)) {
            let (mut log, mut now, mut sent) = (TextLog::default(), NOW, Vec::new());

            for gap in gaps {
                now = now.plus(Duration::from_secs(gap));
                if log.judge(false, now) == Allowance::Open {
                    log = log.after(false, now);
                    sent.push(now);
                }
            }

            for begin in &sent {
                let within = sent.iter().filter(|at| **at >= *begin && **at < begin.plus(TextLog::DAY)).count();
                prop_assert!(within <= TextLog::MOST);
            }
        }
    }
}

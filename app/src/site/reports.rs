use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{Timestamp, UserId};
use verifier::{BadLine, BadLineReason, InviteVerdict, NewUser};

/// What became of one line of a list of people to invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitedLine {
    /// The line, or the address that was read from it.
    pub text: String,
    /// What became of it.
    pub what: LineOutcome,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineOutcome {
    /// An invitation is on its way.
    Invited,
    /// Somebody signs in with that address.
    EmailTaken,
    /// That address was mailed as many invitations as it may.
    Wait {
        /// Seconds until it may be mailed another.
        seconds: u64,
    },
    /// It was not tried: the code that lets one invite had become too old.
    NotTried,
    /// It can't be read.
    Bad(BadLineReason),
}

/// Reports about lists, each for the admin who posted the list. In memory: what they tell of is in the log, and on the
/// list of users.
#[derive(Debug, Default)]
pub struct Reports(Mutex<VecDeque<Report>>);

#[derive(Debug)]
struct Report {
    name: String,
    admin: UserId,
    lines: Vec<InvitedLine>,
    until: Timestamp,
}

impl InvitedLine {
    /// Every line of a list that was read, in its order, with what became of it.
    #[must_use]
    pub fn all(
        read: Vec<Result<NewUser, BadLine>>,
        verdicts: Vec<(NewUser, InviteVerdict)>,
        seconds_until: impl Fn(Timestamp) -> u64,
    ) -> Vec<Self> {
        let mut verdicts = verdicts.into_iter().map(|(_, verdict)| match verdict {
            InviteVerdict::Invited { .. } => LineOutcome::Invited,
            InviteVerdict::EmailTaken => LineOutcome::EmailTaken,
            InviteVerdict::Wait { until } => LineOutcome::Wait { seconds: seconds_until(until) },
        });
        let lines = read.into_iter().map(|line| match line {
            Ok(new) => {
                Self { text: new.email.as_str().to_owned(), what: verdicts.next().unwrap_or(LineOutcome::NotTried) }
            }
            Err(bad) => Self { text: bad.text, what: LineOutcome::Bad(bad.why) },
        });
        lines.collect()
    }
}

impl Reports {
    /// How long one waits for its page.
    const LIFE: Duration = Duration::from_mins(15);
    /// Beyond that the oldest goes.
    const MOST: usize = 32;

    /// Keeps a report of an admin, and names it.
    pub(crate) fn keep(&self, admin: &UserId, lines: Vec<InvitedLine>, now: Timestamp) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while kept.len() >= Self::MOST {
            kept.pop_front();
        }
        // Whose it is is compared: the name need not be hard to guess.
        let name = now.millis().to_string();
        kept.push_back(Report { name: name.clone(), admin: admin.clone(), lines, until: now.plus(Self::LIFE) });
        name
    }

    /// The report of this name, if it is that admin's and not too old.
    pub(crate) fn find(&self, name: &str, admin: &UserId, now: Timestamp) -> Option<Vec<InvitedLine>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|report| report.name == name && report.admin == *admin && now < report.until)?;
        Some(found.lines.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn admin(seed: u8) -> UserId {
        UserId::from_random([seed; 16])
    }

    fn a_report(text: &str) -> Vec<InvitedLine> {
        vec![InvitedLine { text: text.into(), what: LineOutcome::Invited }]
    }

    #[test]
    fn a_report_is_its_admins_own_and_lasts_a_quarter_of_an_hour() {
        let reports = Reports::default();

        let name = reports.keep(&admin(1), a_report("ada"), NOW);

        assert_eq!(reports.find(&name, &admin(1), NOW), Some(a_report("ada")));
        assert_eq!(reports.find(&name, &admin(2), NOW), None);
        assert_eq!(reports.find("1", &admin(1), NOW), None);
        assert_eq!(reports.find(&name, &admin(1), NOW.plus(Duration::from_mins(15))), None);
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let reports = Reports::default();
        let names: Vec<_> =
            (0..33).map(|nth| reports.keep(&admin(1), a_report("ada"), NOW.plus(Duration::from_secs(nth)))).collect();

        let now = NOW.plus(Duration::from_secs(33));
        assert_eq!(reports.find(&names[0], &admin(1), now), None);
        assert!(reports.find(&names[1], &admin(1), now).is_some());
    }
}

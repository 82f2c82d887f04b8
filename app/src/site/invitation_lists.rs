use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{EmailAddress, Timestamp, UserId};
use verifier::{BadLine, BadLineReason, InviteVerdict, NewUser};

use super::Typed;

/// People who are to be invited: read and looked at first, and sent when their admin says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationList {
    /// What was typed, to be changed.
    pub source: ListSource,
    /// Line by line, what will become of it, or what became.
    pub lines: Vec<ListLine>,
}

/// Where a list came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListSource {
    /// The form for one person, and what was typed into it.
    One(Typed),
    /// The form for many, and what was pasted into it.
    Many(String),
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListLine {
    /// Who stands there; what stands there instead, if nobody can be read from it.
    pub person: Result<NewUser, String>,
    /// What will become of it, or what became.
    pub fate: LineFate,
}

/// What will become of a line, or what became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFate {
    /// An invitation goes there when the list is sent.
    Ready,
    /// Somebody of the account signs in with that address.
    Here,
    /// It can't be read.
    Bad(BadLineReason),
    /// An invitation is on its way.
    Invited,
    /// Somebody signs in with that address.
    EmailTaken,
    /// That address was mailed as many invitations as it may.
    Wait {
        /// Seconds until it may be mailed another.
        seconds: u64,
    },
}

/// What a list is called in the address of its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListName(u64);

/// Lists of the last half hour, each for the admin who typed it. In memory: what was sent is in the log, and on the list
/// of users.
#[derive(Debug, Default)]
pub struct InvitationLists(Mutex<Shelf>);

#[derive(Debug, Default)]
struct Shelf {
    kept: VecDeque<Kept>,
    last: u64,
}

#[derive(Debug)]
struct Kept {
    name: ListName,
    admin: UserId,
    until: Timestamp,
    list: InvitationList,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl InvitationList {
    /// What was read from the form for many. Whoever is `here` already is not invited.
    #[must_use]
    pub fn of_many(text: String, read: Vec<Result<NewUser, BadLine>>, here: &BTreeSet<EmailAddress>) -> Self {
        let lines = read.into_iter().map(|line| match line {
            Ok(new) => {
                let fate = if here.contains(&new.email) { LineFate::Here } else { LineFate::Ready };
                ListLine { person: Ok(new), fate }
            }
            Err(bad) => ListLine { person: Err(bad.text), fate: LineFate::Bad(bad.why) },
        });
        Self { source: ListSource::Many(text), lines: lines.collect() }
    }

    /// One person, and what was typed.
    #[must_use]
    pub fn of_one(typed: Typed, new: NewUser) -> Self {
        Self { source: ListSource::One(typed), lines: vec![ListLine { person: Ok(new), fate: LineFate::Ready }] }
    }

    /// Who is invited when it is sent.
    #[must_use]
    pub fn ready(&self) -> Vec<NewUser> {
        let ready = self.lines.iter().filter(|line| line.fate == LineFate::Ready);
        ready.filter_map(|line| line.person.clone().ok()).collect()
    }

    /// Lines with this fate.
    #[must_use]
    pub fn count(&self, fate: LineFate) -> u64 {
        self.lines.iter().map(|line| u64::from(line.fate == fate)).sum()
    }

    /// The same once it is known what became of some of it.
    fn settle(&mut self, verdicts: &[(NewUser, InviteVerdict)], seconds_until: impl Fn(Timestamp) -> u64) {
        for line in &mut self.lines {
            let Ok(person) = &line.person else { continue };
            let Some((_, verdict)) = verdicts.iter().find(|(new, _)| new.email == person.email) else { continue };
            if line.fate == LineFate::Ready {
                line.fate = match verdict {
                    InviteVerdict::Invited { .. } => LineFate::Invited,
                    InviteVerdict::EmailTaken => LineFate::EmailTaken,
                    InviteVerdict::Wait { until } => LineFate::Wait { seconds: seconds_until(*until) },
                };
            }
        }
    }
}

impl InvitationLists {
    /// How long one can be sent, and looked at.
    const LIFE: Duration = Duration::from_mins(30);
    /// Beyond that the oldest goes: of one admin, and of all.
    const MOST_OF_ONE: usize = 4;
    const MOST: usize = 64;

    /// Keeps a list of an admin, and names it.
    pub(crate) fn keep(&self, admin: &UserId, list: InvitationList, now: Timestamp) -> ListName {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whose it is is compared: the name need not be hard to guess. It is no name of before a restart.
        lists.last = lists.last.saturating_add(1).max(u64::try_from(now.millis()).unwrap_or_default());
        let name = ListName(lists.last);
        let theirs = lists.kept.iter().filter(|kept| kept.admin == *admin).count();
        if theirs >= Self::MOST_OF_ONE {
            let oldest = lists.kept.iter().position(|kept| kept.admin == *admin);
            oldest.and_then(|oldest| lists.kept.remove(oldest));
        } else if lists.kept.len() >= Self::MOST {
            lists.kept.pop_front();
        }
        let (until, turn) = (now.plus(Self::LIFE), Arc::default());
        lists.kept.push_back(Kept { name, admin: admin.clone(), until, list, turn });
        name
    }

    /// The list of this name, if it is that admin's and not too old.
    pub(crate) fn find(&self, name: ListName, admin: &UserId, now: Timestamp) -> Option<InvitationList> {
        self.with(name, admin, now, |kept| kept.list.clone())
    }

    /// Who holds it sends the list; who presses twice waits, and finds that it was sent.
    pub(crate) fn turn(&self, name: ListName, admin: &UserId, now: Timestamp) -> Option<Arc<tokio::sync::Mutex<()>>> {
        self.with(name, admin, now, |kept| Arc::clone(&kept.turn))
    }

    /// Notes what became of those of a list who were invited, or were not.
    pub(crate) fn settle(
        &self,
        (name, admin, now): (ListName, &UserId, Timestamp),
        verdicts: &[(NewUser, InviteVerdict)],
        seconds_until: impl Fn(Timestamp) -> u64,
    ) {
        self.with(name, admin, now, |kept| kept.list.settle(verdicts, seconds_until));
    }

    fn with<T>(&self, name: ListName, admin: &UserId, now: Timestamp, ask: impl FnOnce(&mut Kept) -> T) -> Option<T> {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = lists.kept.iter_mut().find(|kept| kept.name == name && kept.admin == *admin && now < kept.until)?;
        Some(ask(found))
    }
}

impl fmt::Display for ListName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ListName {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use domain::Role;
    use verifier::parse_invitations;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn admin(seed: u8) -> UserId {
        UserId::from_random([seed; 16])
    }

    fn a_list(text: &str) -> InvitationList {
        InvitationList::of_many(text.into(), parse_invitations(text), &BTreeSet::new())
    }

    fn fates(list: &InvitationList) -> Vec<LineFate> {
        list.lines.iter().map(|line| line.fate).collect()
    }

    #[test]
    fn what_can_be_sent_is_told_apart_from_what_cant() {
        let text = "bob@example.com\nnobody\nada@example.com\n";
        let here = BTreeSet::from(["ada@example.com".parse().unwrap()]);

        let list = InvitationList::of_many(text.into(), parse_invitations(text), &here);

        assert_eq!(fates(&list), [LineFate::Ready, LineFate::Bad(BadLineReason::NoAddress), LineFate::Here]);
        assert_eq!(list.lines[1].person, Err("nobody".into()));
        let ready: Vec<_> = list.ready().into_iter().map(|new| (new.email, new.role)).collect();
        assert_eq!(ready, [("bob@example.com".parse().unwrap(), Role::Member)]);
    }

    #[test]
    fn what_was_not_decided_can_still_be_sent() {
        let (lists, ada) = (InvitationLists::default(), admin(1));
        let name = lists.keep(&ada, a_list("bob@example.com\neve@example.com\nzoe@example.com\ndan@example.com"), NOW);
        let [bob, eve, zoe, dan] = lists.find(name, &ada, NOW).unwrap().ready().try_into().unwrap();
        let invited = InviteVerdict::Invited { user: admin(9), link: None };
        let verdicts = [(bob, invited), (eve, InviteVerdict::EmailTaken), (zoe, InviteVerdict::Wait { until: NOW })];

        lists.settle((name, &ada, NOW), &verdicts, |_| 7);

        let list = lists.find(name, &ada, NOW).unwrap();
        assert_eq!(
            fates(&list),
            [LineFate::Invited, LineFate::EmailTaken, LineFate::Wait { seconds: 7 }, LineFate::Ready]
        );
        assert_eq!((list.ready(), list.count(LineFate::Invited)), (vec![dan], 1));
    }

    #[test]
    fn what_became_of_a_line_stays_what_became_of_it() {
        let (lists, ada) = (InvitationLists::default(), admin(1));
        let name = lists.keep(&ada, a_list("bob@example.com"), NOW);
        let bob = lists.find(name, &ada, NOW).unwrap().ready().remove(0);
        let invited = InviteVerdict::Invited { user: admin(9), link: None };

        lists.settle((name, &ada, NOW), &[(bob.clone(), invited)], |_| 0);
        lists.settle((name, &ada, NOW), &[(bob, InviteVerdict::EmailTaken)], |_| 0);

        assert_eq!(fates(&lists.find(name, &ada, NOW).unwrap()), [LineFate::Invited]);
    }

    #[test]
    fn a_list_is_its_admins_own_and_lasts_half_an_hour() {
        let (lists, ada) = (InvitationLists::default(), admin(1));

        let name = lists.keep(&ada, a_list("bob@example.com"), NOW);

        assert_eq!(lists.find(name, &ada, NOW), Some(a_list("bob@example.com")));
        assert_eq!(name.to_string().parse(), Ok(name));
        let late = NOW.plus(Duration::from_mins(30));
        for (name, admin, now) in [(name, admin(2), NOW), (ListName(1), ada.clone(), NOW), (name, ada.clone(), late)] {
            assert_eq!(lists.find(name, &admin, now), None);
            assert!(lists.turn(name, &admin, now).is_none());
        }
    }

    #[test]
    fn lists_of_one_moment_have_names_of_their_own() {
        let (lists, ada) = (InvitationLists::default(), admin(1));

        let [one, other] = ["bob@example.com", "eve@example.com"].map(|text| lists.keep(&ada, a_list(text), NOW));

        assert_eq!(lists.find(one, &ada, NOW), Some(a_list("bob@example.com")));
        assert_eq!(lists.find(other, &ada, NOW), Some(a_list("eve@example.com")));
    }

    #[test]
    fn the_oldest_of_an_admin_goes_and_nobody_elses_before_there_are_too_many() {
        let lists = InvitationLists::default();
        let keep = |seed| lists.keep(&admin(seed), a_list("bob@example.com"), NOW);
        let is_kept = |name, seed| lists.find(name, &admin(seed), NOW).is_some();
        let others = keep(99);
        let names = [(); 5].map(|()| keep(1));

        assert_eq!(names.map(|name| is_kept(name, 1)), [false, true, true, true, true]);
        assert!(is_kept(others, 99));
        for seed in 2..61 {
            keep(seed);
        }
        assert!(is_kept(others, 99));
        keep(61);
        assert!(!is_kept(others, 99) && is_kept(names[1], 1));
    }
}

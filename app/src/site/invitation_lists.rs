use std::collections::VecDeque;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{AccountId, Timestamp, UserId};
use verifier::{Fresh, InvitationList};

use super::Typed;

/// A list of people to invite that an admin typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedList {
    /// What was typed, to be changed.
    pub source: ListSource,
    /// What was read from it.
    pub list: InvitationList,
}

/// Into which form a list was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListSource {
    /// That for one person: what stood in its fields.
    One(Typed),
    /// That for many: what was pasted into it.
    Many(String),
}

/// What a list is called in the address of its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListName(u64);

/// Whose a list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListOwner {
    pub(crate) admin: UserId,
    pub(crate) account: AccountId,
}

impl ListOwner {
    /// The admin who acts.
    pub(crate) fn of(proof: &Fresh) -> Self {
        let record = &proof.admission().signed_in().person.credential.record;
        Self { admin: record.user.clone(), account: record.account.clone() }
    }
}

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
    owner: ListOwner,
    until: Timestamp,
    list: TypedList,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl InvitationLists {
    /// How long one can be sent, and how long what became of it can be looked at.
    const LIFE: Duration = Duration::from_mins(30);
    /// Beyond that the oldest goes: of an admin, of an account, and of all.
    const MOST: [usize; 3] = [4, 16, 64];

    /// Keeps a list, and names it.
    pub(crate) fn keep(&self, owner: ListOwner, list: TypedList, now: Timestamp) -> ListName {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.kept.retain(|kept| now < kept.until);
        let of_admin = |kept: &Kept| kept.owner == owner;
        let of_account = |kept: &Kept| kept.owner.account == owner.account;
        let groups: [&dyn Fn(&Kept) -> bool; 3] = [&of_admin, &of_account, &|_| true];
        for (is_of_group, most) in groups.into_iter().zip(Self::MOST) {
            if lists.kept.iter().filter(|kept| is_of_group(kept)).count() >= most {
                // One that is being sent stays until it is known what becomes of it.
                let is_idle = |kept: &Kept| Arc::strong_count(&kept.turn) == 1;
                let oldest = lists.kept.iter().position(|kept| is_of_group(kept) && is_idle(kept));
                oldest.and_then(|oldest| lists.kept.remove(oldest));
            }
        }
        // Whose it is is compared: the name need not be hard to guess. It is no name of before a restart.
        lists.last = lists.last.saturating_add(1).max(u64::try_from(now.millis()).unwrap_or_default());
        let name = ListName(lists.last);
        let (until, turn) = (now.plus(Self::LIFE), Arc::default());
        lists.kept.push_back(Kept { name, owner, until, list, turn });
        name
    }

    /// The list of this name, if it is theirs and not too old.
    pub(crate) fn find(&self, name: ListName, owner: &ListOwner, now: Timestamp) -> Option<TypedList> {
        self.with(name, owner, now, |kept| kept.list.clone())
    }

    /// Who holds it sends the list; who presses twice waits, and finds that it was sent.
    pub(crate) fn turn(
        &self,
        name: ListName,
        owner: &ListOwner,
        now: Timestamp,
    ) -> Option<Arc<tokio::sync::Mutex<()>>> {
        self.with(name, owner, now, |kept| Arc::clone(&kept.turn))
    }

    /// Notes what became of some of a list; there is time again to look at it.
    pub(crate) fn settle(
        &self,
        name: ListName,
        owner: &ListOwner,
        now: Timestamp,
        settle: impl FnOnce(&mut InvitationList),
    ) {
        self.with(name, owner, now, |kept| {
            kept.until = now.plus(Self::LIFE);
            settle(&mut kept.list.list);
        });
    }

    fn with<T>(
        &self,
        name: ListName,
        owner: &ListOwner,
        now: Timestamp,
        ask: impl FnOnce(&mut Kept) -> T,
    ) -> Option<T> {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = lists.kept.iter_mut().find(|kept| kept.name == name && kept.owner == *owner && now < kept.until)?;
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
    use std::collections::BTreeSet;

    use verifier::{InviteVerdict, parse_invitations};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn owner(admin: u8, account: u8) -> ListOwner {
        ListOwner { admin: UserId::from_random([admin; 16]), account: AccountId::from_random([account; 16]) }
    }

    fn a_list(text: &str) -> TypedList {
        let list = InvitationList::of(parse_invitations(text), &BTreeSet::new());
        TypedList { source: ListSource::Many(text.into()), list }
    }

    #[test]
    fn a_list_is_its_admins_own_and_lasts_half_an_hour() {
        let (lists, ada) = (InvitationLists::default(), owner(1, 1));

        let name = lists.keep(ada.clone(), a_list("bob@example.com"), NOW);

        assert_eq!(lists.find(name, &ada, NOW), Some(a_list("bob@example.com")));
        assert_eq!(name.to_string().parse(), Ok(name));
        let late = NOW.plus(Duration::from_mins(30));
        for (name, owner, now) in [
            (name, owner(2, 1), NOW),
            (name, owner(1, 2), NOW),
            (ListName(1), ada.clone(), NOW),
            (name, ada.clone(), late),
        ] {
            assert_eq!(lists.find(name, &owner, now), None);
            assert!(lists.turn(name, &owner, now).is_none());
        }
        lists.keep(ada, a_list("eve@example.com"), late);
        assert_eq!(lists.0.lock().unwrap().kept.len(), 1);
    }

    #[test]
    fn what_became_of_a_list_is_kept_for_half_an_hour_from_then_on() {
        let (lists, ada) = (InvitationLists::default(), owner(1, 1));
        let name = lists.keep(ada.clone(), a_list("bob@example.com"), NOW);
        let then = NOW.plus(Duration::from_mins(29));

        lists.settle(name, &ada, then, |list| {
            let bob = list.ready().next().cloned().unwrap();
            list.settle(&bob, &InviteVerdict::EmailTaken);
        });

        let found = lists.find(name, &ada, then.plus(Duration::from_mins(29))).unwrap().list;
        assert_eq!((found.ready().count(), found.left_out()), (0, 1));
    }

    #[test]
    fn lists_of_one_moment_have_names_of_their_own() {
        let (lists, ada) = (InvitationLists::default(), owner(1, 1));

        let texts = ["bob@example.com", "eve@example.com"];
        let names = texts.map(|text| lists.keep(ada.clone(), a_list(text), NOW));

        assert_eq!(names.map(|name| lists.find(name, &ada, NOW)), texts.map(|text| Some(a_list(text))));
    }

    #[test]
    fn a_list_that_is_being_sent_stays_until_it_was() {
        let (lists, ada) = (InvitationLists::default(), owner(1, 1));
        let keep = || lists.keep(ada.clone(), a_list("bob@example.com"), NOW);
        let [first, second] = [keep(), keep()];

        let turn = lists.turn(first, &ada, NOW).unwrap();
        for _ in 0..3 {
            keep();
        }
        assert!(lists.find(first, &ada, NOW).is_some() && lists.find(second, &ada, NOW).is_none());

        drop(turn);
        keep();
        assert!(lists.find(first, &ada, NOW).is_none());
    }

    #[test]
    fn the_oldest_of_an_admin_of_an_account_and_of_all_goes_when_there_are_too_many() {
        let lists = InvitationLists::default();
        let keep = |owner: &ListOwner| lists.keep(owner.clone(), a_list("bob@example.com"), NOW);
        let is_kept = |name, owner: &ListOwner| lists.find(name, owner, NOW).is_some();
        let [ada, bob, eve] = [owner(1, 1), owner(2, 1), owner(3, 2)];
        let (bobs, eves) = (keep(&bob), keep(&eve));

        let adas = [(); 5].map(|()| keep(&ada));
        assert_eq!(adas.map(|name| is_kept(name, &ada)), [false, true, true, true, true]);
        assert!(is_kept(bobs, &bob));

        for colleague in 4..16 {
            keep(&owner(colleague, 1));
        }
        assert!(!is_kept(bobs, &bob) && is_kept(adas[1], &ada) && is_kept(eves, &eve));

        for other in 3..50 {
            keep(&owner(100 + other, other));
        }
        assert!(is_kept(eves, &eve));
        keep(&owner(200, 200));
        assert!(!is_kept(eves, &eve) && is_kept(adas[1], &ada));
    }
}

use std::cmp::Reverse;
use std::str::FromStr;

use thiserror::Error;

use crate::{Member, MfaState, TextPolicy};

/// Which users an admin wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Who has no authenticator yet.
    NotEnabled,
    /// Whose state is *Protected*.
    Protected,
    /// Who has an authenticator, and could not be let back in if they lost it today.
    NotRecoveryReady,
    /// Whom strangers have locked.
    LockedOut,
    /// Who was unlocked and has yet to recover.
    RecoveryPending,
    /// Who may not sign in.
    Deactivated,
}

/// A text that names no choice of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a choice of users")]
pub struct ShowError;

/// In which order users are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SortBy {
    /// By what they are called, in small letters.
    #[default]
    Name,
    /// By the address they sign in with.
    Email,
    /// By how they are protected, the least first.
    Mfa,
    /// By their last sign-in, who never signed in first.
    LastSignIn,
}

/// A text that names no order of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an order of users")]
pub struct SortByError;

/// What an admin wants to see of the users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserQuery {
    /// Words, each of which occurs in the name or in the address, in capital or small letters.
    pub search: String,
    /// Which; none for all.
    pub show: Option<Show>,
    /// In which order.
    pub sort: SortBy,
    /// Whether the other way round; of equals the first address comes first nevertheless.
    pub descending: bool,
    /// Which page, from 1.
    pub page: u32,
}

/// A user in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserLine {
    /// Who.
    pub member: Member,
    /// Whether they could be let back in if they lost their authenticator today.
    pub ready: bool,
}

/// How far the account is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// All who may sign in, invited ones too.
    pub people: u32,
    /// Those of them with an authenticator, also while it is *Locked out* or *Recovery pending*: without it nobody gets
    /// in as them.
    pub protected: u32,
    /// Those of the protected who could not be let back in if they lost it today.
    pub not_ready: u32,
}

/// One page of a list of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPage {
    /// Who is on it, at most [`UserQuery::PER_PAGE`].
    pub lines: Vec<UserLine>,
    /// How many there are on all pages.
    pub matching: u32,
    /// Which page it is, from 1.
    pub page: u32,
    /// How many pages there are, at least one.
    pub pages: u32,
    /// How far the account is protected, whatever the list shows.
    pub coverage: Coverage,
}

impl Show {
    /// All choices.
    pub const ALL: [Self; 6] = [
        Self::NotEnabled,
        Self::Protected,
        Self::NotRecoveryReady,
        Self::LockedOut,
        Self::RecoveryPending,
        Self::Deactivated,
    ];

    /// Its name in an address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotEnabled => "not-enabled",
            Self::Protected => "protected",
            Self::NotRecoveryReady => "not-recovery-ready",
            Self::LockedOut => "locked-out",
            Self::RecoveryPending => "recovery-pending",
            Self::Deactivated => "deactivated",
        }
    }

    fn takes(self, line: &UserLine) -> bool {
        let mfa = line.member.mfa;
        match self {
            Self::NotEnabled => mfa == MfaState::NotEnabled,
            Self::Protected => mfa == MfaState::Protected,
            Self::NotRecoveryReady => has_authenticator(mfa) && !line.ready,
            Self::LockedOut => mfa == MfaState::LockedOut,
            Self::RecoveryPending => mfa == MfaState::RecoveryPending,
            Self::Deactivated => mfa == MfaState::Deactivated,
        }
    }
}

impl FromStr for Show {
    type Err = ShowError;

    fn from_str(text: &str) -> Result<Self, ShowError> {
        Self::ALL.into_iter().find(|show| show.as_str() == text).ok_or(ShowError)
    }
}

impl SortBy {
    /// All orders.
    pub const ALL: [Self; 4] = [Self::Name, Self::Email, Self::Mfa, Self::LastSignIn];

    /// Its name in an address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Mfa => "mfa",
            Self::LastSignIn => "last-sign-in",
        }
    }
}

impl FromStr for SortBy {
    type Err = SortByError;

    fn from_str(text: &str) -> Result<Self, SortByError> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text).ok_or(SortByError)
    }
}

impl UserQuery {
    /// The users on a page.
    pub const PER_PAGE: usize = 50;

    /// Everybody it asks for, in its order, on whatever page.
    #[must_use]
    pub fn all(&self, members: Vec<Member>, texts: &TextPolicy) -> Vec<UserLine> {
        let words: Vec<_> = self.search.split_whitespace().map(small).collect();
        let lines = members.into_iter().map(|member| UserLine::of(member, texts));
        let mut lines: Vec<_> = lines.filter(|line| self.takes(line, &words)).collect();
        lines.sort_by(|a, b| a.member.email.cmp(&b.member.email));
        match self.sort {
            SortBy::Name => self.arrange(&mut lines, |member| small(member.name.as_str())),
            SortBy::Email => self.arrange(&mut lines, |member| member.email.clone()),
            SortBy::Mfa => self.arrange(&mut lines, |member| rank(member.mfa)),
            SortBy::LastSignIn => self.arrange(&mut lines, |member| member.last_sign_in),
        }
        lines
    }

    /// The page it asks for. One beyond the last is the last, and page 0 is the first.
    #[must_use]
    pub fn select(&self, members: Vec<Member>, texts: &TextPolicy) -> UserPage {
        let coverage = Coverage::of(&members, texts);
        let lines = self.all(members, texts);
        let matching = lines.len();
        let pages = count(matching.div_ceil(Self::PER_PAGE)).max(1);
        let page = self.page.clamp(1, pages);
        let before = usize::try_from(page - 1).unwrap_or(usize::MAX).saturating_mul(Self::PER_PAGE);
        let lines = lines.into_iter().skip(before).take(Self::PER_PAGE).collect();
        UserPage { lines, matching: count(matching), page, pages, coverage }
    }

    fn takes(&self, line: &UserLine, words: &[String]) -> bool {
        if self.show.is_some_and(|show| !show.takes(line)) {
            return false;
        }
        if words.is_empty() {
            return true;
        }
        let (name, email) = (small(line.member.name.as_str()), small(line.member.email.as_str()));
        words.iter().all(|word| name.contains(word) || email.contains(word))
    }

    /// Sorts what is in the order of addresses; equals stay in it.
    fn arrange<K: Ord>(&self, lines: &mut [UserLine], key: impl Fn(&Member) -> K) {
        if self.descending {
            lines.sort_by_cached_key(|line| Reverse(key(&line.member)));
        } else {
            lines.sort_by_cached_key(|line| key(&line.member));
        }
    }
}

impl UserLine {
    pub(crate) fn of(member: Member, texts: &TextPolicy) -> Self {
        Self { ready: member.readiness.is_ready(texts), member }
    }
}

impl Coverage {
    /// How far these are protected while the account sends these texts.
    #[must_use]
    pub fn of(members: &[Member], texts: &TextPolicy) -> Self {
        let people = members.iter().filter(|member| member.mfa != MfaState::Deactivated);
        let protected = || members.iter().filter(|member| has_authenticator(member.mfa));
        let not_ready = protected().filter(|member| !member.readiness.is_ready(texts));
        Self {
            people: count(people.count()),
            protected: count(protected().count()),
            not_ready: count(not_ready.count()),
        }
    }
}

/// Whether an authenticator is in force.
fn has_authenticator(mfa: MfaState) -> bool {
    match mfa {
        MfaState::Protected | MfaState::LockedOut | MfaState::RecoveryPending => true,
        MfaState::NotEnabled | MfaState::Deactivated => false,
    }
}

/// The order of states: those first for whom there is something to do.
fn rank(mfa: MfaState) -> u8 {
    match mfa {
        MfaState::NotEnabled => 0,
        MfaState::LockedOut => 1,
        MfaState::RecoveryPending => 2,
        MfaState::Protected => 3,
        MfaState::Deactivated => 4,
    }
}

/// In small letters, each by itself: what is part of a text is part of it in small letters too, which a final sigma
/// would not be.
fn small(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

pub(crate) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::{Country, Timestamp, UserId};
    use proptest::prelude::*;

    use super::*;
    use crate::testing::a_credential;
    use crate::{Readiness, summarise};

    const STATES: [MfaState; 5] = [
        MfaState::NotEnabled,
        MfaState::Protected,
        MfaState::LockedOut,
        MfaState::RecoveryPending,
        MfaState::Deactivated,
    ];

    fn germany() -> Country {
        "DE".parse().unwrap()
    }

    fn texts() -> TextPolicy {
        TextPolicy { countries: BTreeSet::from([germany()]), ..TextPolicy::default() }
    }

    fn member(number: u8, name: &str, mfa: MfaState) -> Member {
        Member {
            user: UserId::from_random([number; 16]),
            name: name.parse().unwrap(),
            email: format!("user{number:03}@example.com").parse().unwrap(),
            mfa,
            ..summarise(&a_credential())
        }
    }

    fn ready(member: Member) -> Member {
        Member { readiness: Readiness { codes_left: 9, codes_saved: true, mobiles: Vec::new() }, ..member }
    }

    /// The numbers of those a query finds, in its order.
    fn numbers(query: &UserQuery, members: &[Member]) -> Vec<u8> {
        let number = |line: &UserLine| line.member.email.as_str()[4..7].parse().unwrap();
        query.all(members.to_vec(), &texts()).iter().map(number).collect()
    }

    fn search(text: &str) -> UserQuery {
        UserQuery { search: text.into(), ..UserQuery::default() }
    }

    fn one_of_each_state() -> Vec<Member> {
        (1..).zip(STATES).map(|(number, mfa)| member(number, "Ada", mfa)).collect()
    }

    #[test]
    fn every_word_occurs_in_the_name_or_in_the_address() {
        let members = [
            member(1, "Zoë van Đặng", MfaState::Protected),
            member(2, "ΣΊΣΥΦΟΣ", MfaState::Protected),
            member(3, "Ada van Lovelace", MfaState::Protected),
        ];

        for (text, found) in [
            ("", &[3, 1, 2][..]),
            ("  \t", &[3, 1, 2]),
            ("VAN", &[3, 1]),
            ("van zOË", &[1]),
            ("đặng USER001", &[1]),
            ("van user002", &[]),
            ("ΣΊΣ", &[2]),
            ("example.com ada", &[3]),
            ("nobody", &[]),
        ] {
            assert_eq!(numbers(&search(text), &members), found, "{text:?}");
        }
    }

    #[test]
    fn each_choice_shows_whom_it_names_and_who_has_no_authenticator_lacks_no_way_back() {
        let mut members = one_of_each_state();
        members.extend((6..).zip(STATES).map(|(number, mfa)| ready(member(number, "Ada", mfa))));

        for (show, found) in [
            (None, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10][..]),
            (Some(Show::NotEnabled), &[1, 6]),
            (Some(Show::Protected), &[2, 7]),
            (Some(Show::NotRecoveryReady), &[2, 3, 4]),
            (Some(Show::LockedOut), &[3, 8]),
            (Some(Show::RecoveryPending), &[4, 9]),
            (Some(Show::Deactivated), &[5, 10]),
        ] {
            assert_eq!(numbers(&UserQuery { show, ..UserQuery::default() }, &members), found, "{show:?}");
        }
    }

    #[test]
    fn coverage_is_of_those_who_may_sign_in_and_a_lock_takes_no_authenticator_away() {
        let mut members = one_of_each_state();
        members.push(ready(member(6, "Bob", MfaState::LockedOut)));
        let with_mobile = Readiness { mobiles: vec![germany()], ..Readiness::default() };
        members.push(Member { readiness: with_mobile, ..member(7, "Carol", MfaState::Protected) });

        assert_eq!(Coverage::of(&members, &texts()), Coverage { people: 6, protected: 5, not_ready: 3 });
        let off = TextPolicy { on: false, ..texts() };
        assert_eq!(Coverage::of(&members, &off), Coverage { people: 6, protected: 5, not_ready: 4 });
        assert_eq!(Coverage::of(&[], &texts()), Coverage::default());
    }

    #[test]
    fn lists_are_sorted_by_each_column_and_equals_by_their_address_both_ways() {
        let at = |seconds, member: Member| Member { last_sign_in: Some(Timestamp::from_seconds(seconds)), ..member };
        let members = [
            at(20, member(4, "bob", MfaState::Protected)),
            member(3, "Ada", MfaState::NotEnabled),
            at(10, member(2, "Bob", MfaState::Deactivated)),
            at(20, member(1, "Carol", MfaState::LockedOut)),
        ];

        for (sort, ascending, descending) in [
            (SortBy::Name, [3, 2, 4, 1], [1, 2, 4, 3]),
            (SortBy::Email, [1, 2, 3, 4], [4, 3, 2, 1]),
            (SortBy::Mfa, [3, 1, 4, 2], [2, 4, 1, 3]),
            (SortBy::LastSignIn, [3, 2, 1, 4], [1, 4, 2, 3]),
        ] {
            let mut query = UserQuery { sort, ..UserQuery::default() };
            assert_eq!(numbers(&query, &members), ascending, "{sort:?}");
            query.descending = true;
            assert_eq!(numbers(&query, &members), descending, "{sort:?}, the other way round");
        }
    }

    #[test]
    fn a_page_beyond_the_last_is_the_last_and_page_0_the_first() {
        let page = |members: u8, page| {
            let members = (0..members).map(|number| member(number, "Ada", MfaState::Protected)).collect();
            let UserPage { lines, matching, page, pages, .. } =
                UserQuery { page, ..UserQuery::default() }.select(members, &texts());
            (lines.len(), matching, page, pages)
        };

        assert_eq!(page(0, 1), (0, 0, 1, 1));
        assert_eq!(page(50, 2), (50, 50, 1, 1));
        assert_eq!(page(51, 2), (1, 51, 2, 2));
        assert_eq!(page(120, 0), (50, 120, 1, 3));
        assert_eq!(page(120, 3), (20, 120, 3, 3));
        assert_eq!(page(120, u32::MAX), (20, 120, 3, 3));
    }

    #[test]
    fn the_coverage_of_a_page_is_that_of_the_account_whatever_is_looked_for() {
        let members = one_of_each_state();

        let page = UserQuery { show: Some(Show::Deactivated), ..search("ada") }.select(members.clone(), &texts());

        assert_eq!((page.lines.len(), page.coverage), (1, Coverage::of(&members, &texts())));
    }

    #[test]
    fn choices_and_orders_come_back_from_their_names() {
        for show in Show::ALL {
            assert_eq!(show.as_str().parse(), Ok(show));
        }
        for sort in SortBy::ALL {
            assert_eq!(sort.as_str().parse(), Ok(sort));
        }
        for text in ["", "Protected", "not_enabled", "locked-out ", "all"] {
            assert_eq!(text.parse::<Show>(), Err(ShowError));
            assert_eq!(text.parse::<SortBy>(), Err(SortByError));
        }
    }

    fn any_member() -> impl Strategy<Value = Member> {
        let name = "[A-Za-zßÀ-žΑ-ωА-яİı]{1,12}( [A-Za-zΣσς]{1,9})?";
        let last_sign_in = proptest::option::of((0_i64..5).prop_map(Timestamp::from_seconds));
        (0_u8..100, name, 0..STATES.len(), any::<bool>(), last_sign_in).prop_map(|(number, name, mfa, is_ready, at)| {
            let member = Member { last_sign_in: at, ..member(number, &name, STATES[mfa]) };
            if is_ready { ready(member) } else { member }
        })
    }

    fn members() -> impl Strategy<Value = Vec<Member>> {
        proptest::collection::vec(any_member(), 0..130).prop_map(|mut members| {
            let mut seen = BTreeSet::new();
            members.retain(|member| seen.insert(member.email.clone()));
            members
        })
    }

    fn any_query() -> impl Strategy<Value = UserQuery> {
        let show = proptest::option::of((0..Show::ALL.len()).prop_map(|nth| Show::ALL[nth]));
        let sort = (0..SortBy::ALL.len()).prop_map(|nth| SortBy::ALL[nth]);
        ("[a-eA-Eσ ]{0,3}", show, sort, any::<bool>(), 0_u32..5)
            .prop_map(|(search, show, sort, descending, page)| UserQuery { search, show, sort, descending, page })
    }

    proptest! {
        #[test]
        fn the_pages_one_after_the_other_are_the_whole_list(members in members(), query in any_query()) {
            let all = query.all(members.clone(), &texts());

            let pages = query.select(members.clone(), &texts()).pages;
            let page = |page| UserQuery { page, ..query.clone() }.select(members.clone(), &texts());
            let lines: Vec<_> = (1..=pages).flat_map(|number| page(number).lines).collect();

            prop_assert_eq!(page(query.page).matching as usize, all.len());
            prop_assert!((1..=pages).contains(&page(query.page).page));
            prop_assert_eq!(lines, all);
        }

        #[test]
        fn the_order_is_the_same_in_whatever_order_they_come(members in members(), query in any_query()) {
            let mut other_way_round = members.clone();
            other_way_round.reverse();

            prop_assert_eq!(query.all(members, &texts()), query.all(other_way_round, &texts()));
        }

        #[test]
        fn whatever_is_part_of_a_name_finds_it(member in any_member(), from in 0_usize..20, length in 1_usize..20) {
            let part: String = member.name.as_str().chars().skip(from).take(length).collect();

            for text in [part.clone(), small(&part)] {
                prop_assert_eq!(search(&text).all(vec![member.clone()], &texts()).len(), 1);
            }
        }

        #[test]
        fn the_choices_by_state_part_the_users_and_coverage_adds_up(members in members()) {
            let shown = |show| UserQuery { show: Some(show), ..UserQuery::default() }.all(members.clone(), &texts());
            let count = |show| count(shown(show).len());

            let by_state = Show::ALL.into_iter().filter(|show| *show != Show::NotRecoveryReady).map(count);
            prop_assert_eq!(by_state.sum::<u32>() as usize, members.len());
            let Coverage { people, protected, not_ready } = Coverage::of(&members, &texts());
            prop_assert_eq!(people, protected + count(Show::NotEnabled));
            prop_assert_eq!(protected, count(Show::Protected) + count(Show::LockedOut) + count(Show::RecoveryPending));
            prop_assert_eq!(not_ready, count(Show::NotRecoveryReady));
        }
    }
}

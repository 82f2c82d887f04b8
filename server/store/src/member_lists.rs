use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{AccountId, UserId};
use verifier::{Commit, Member, summarise};

use crate::commit::next;

/// The lists of users that were asked for last, as they are in the database: reading ten thousand rows takes longer than
/// anything else of a page. Only where this process alone writes; each commit changes them before it is answered.
#[derive(Debug, Default)]
pub(crate) struct MemberLists(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    lists: BTreeMap<AccountId, List>,
    /// Commits of users that are under way.
    under_way: u32,
    /// How many such commits have begun.
    begun: u64,
    /// How often a list was looked at.
    looks: u64,
}

#[derive(Debug)]
struct List {
    lines: BTreeMap<UserId, Line>,
    last_look: u64,
}

/// A user's line, or that there is none any more. An older version never takes the place of a newer one.
#[derive(Debug)]
struct Line {
    version: i64,
    member: Option<Member>,
}

/// The version of a line that was read: all that is under way afterwards is newer.
const READ: i64 = 0;
/// The version of a line that is gone for good: identifiers are not used again.
const REMOVED: i64 = i64::MAX;
/// The most lists that are kept, and the most lines of one.
const MOST_LISTS: usize = 8;
const MOST_LINES: usize = 50_000;

/// Since when a list is being read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading(Option<u64>);

/// A commit that is under way. Dropped without a word, nobody knows what became of it: the lists are read anew.
#[derive(Debug)]
pub(crate) struct Changing<'a> {
    lists: &'a MemberLists,
    lines: Vec<(UserId, AccountId, Line)>,
    removed: Vec<UserId>,
    is_over: bool,
}

impl MemberLists {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account's list, in the order of addresses, if it is kept.
    pub(crate) fn get(&self, account: &AccountId) -> Option<Vec<Member>> {
        let mut state = self.state();
        state.looks += 1;
        let looks = state.looks;
        let list = state.lists.get_mut(account)?;
        list.last_look = looks;
        let mut members: Vec<_> = list.lines.values().filter_map(|line| line.member.clone()).collect();
        drop(state);
        members.sort_by(|one, other| one.email.cmp(&other.email));
        Some(members)
    }

    /// To be called before a list is read.
    pub(crate) fn reads(&self) -> Reading {
        let state = self.state();
        Reading((state.under_way == 0).then_some(state.begun))
    }

    /// Keeps a list that was read, unless users were changed meanwhile.
    pub(crate) fn keep(&self, account: &AccountId, members: &[Member], Reading(since): Reading) {
        let mut state = self.state();
        if since != Some(state.begun) || members.len() > MOST_LINES {
            return;
        }
        let line = |member: &Member| (member.user.clone(), Line { version: READ, member: Some(member.clone()) });
        state.looks += 1;
        let list = List { lines: members.iter().map(line).collect(), last_look: state.looks };
        state.lists.insert(account.clone(), list);
        if state.lists.len() > MOST_LISTS {
            let oldest = state.lists.iter().min_by_key(|(_, list)| list.last_look).map(|(account, _)| account.clone());
            oldest.and_then(|oldest| state.lists.remove(&oldest));
        }
    }

    /// To be called before a commit; none if it changes no user.
    pub(crate) fn changes(&self, commit: &Commit) -> Option<Changing<'_>> {
        if commit.credentials.is_empty() && commit.removals.is_empty() {
            return None;
        }
        let mut state = self.state();
        state.under_way += 1;
        state.begun += 1;
        drop(state);
        let lines = commit.credentials.iter().map(|change| {
            let member = summarise(&change.record);
            let line = Line { version: next(change.expected), member: Some(member.clone()) };
            (member.user, member.account, line)
        });
        let removed = commit.removals.iter().map(|(user, _)| user.clone());
        Some(Changing { lists: self, lines: lines.collect(), removed: removed.collect(), is_over: false })
    }
}

impl Changing<'_> {
    /// It was written.
    pub(crate) fn written(mut self) {
        let mut state = self.lists.state();
        for (user, account, line) in self.lines.drain(..) {
            let Some(list) = state.lists.get_mut(&account) else { continue };
            if list.lines.get(&user).is_none_or(|present| present.version < line.version) {
                list.lines.insert(user, line);
            }
        }
        for user in self.removed.drain(..) {
            // In whichever list: a line that is still on its way must not bring them back.
            for list in state.lists.values_mut() {
                list.lines.insert(user.clone(), Line { version: REMOVED, member: None });
            }
        }
        state.under_way -= 1;
        self.is_over = true;
    }

    /// It was not written.
    pub(crate) fn lost(mut self) {
        self.lists.state().under_way -= 1;
        self.is_over = true;
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            let mut state = self.lists.state();
            state.lists.clear();
            state.under_way -= 1;
        }
    }
}

use domain::{MfaWindow, Role};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::Show;

/// One thing that happens. Whoever is meant by a number is taken from those there are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// Does something to a user of this or another account.
    Administer(By, Doing, usize),
    /// Invites an address.
    Invite(By, usize, Role),
    /// Saves the setting.
    Save(By, usize),
    /// Saves which texts are sent.
    SaveTexts(By, usize),
    /// Reminds all that a list shows.
    RemindAll(By, usize),
    /// Asks whom a setting would ask.
    Preview(By, usize),
    /// Looks at the list of users.
    List(By),
    /// Ends a session from the profile of whoever it is: any there is, whosever.
    EndSession(By, usize),
    /// Ends all their own but the one that asks.
    EndOthers(By),
    /// Makes a known browser a stranger: any there ever was, whosever.
    ForgetBrowser(By, usize),
    /// Makes all their own strangers but the one that asks.
    ForgetOthers(By),
    /// Sets another password, and knows the present one or does not.
    ChangePassword(By, bool),
    /// Is called something else from now on.
    ChangeName(By, usize),
    /// Removes a mobile: any there ever was, whosever.
    RemoveMobile(By, usize),
    /// Follows the latest invitation there is, or an older one.
    Accept(usize),
    /// Enters the right password.
    Password(usize, usize),
    /// Enters the next code, at the code screen or in a dialog over a page.
    Code(usize, usize),
    /// Goes through the wizard.
    Wizard(usize, usize),
    /// Enters a recovery code.
    RecoveryCode(usize, usize),
    /// Asks for a link to set a new password.
    AskForReset(usize),
    /// Follows the latest of these links, or an older one.
    Reset(usize),
    /// Says that they still have the authenticator.
    Keep(usize, usize),
    SignOut(usize, usize),
    /// Opens a page.
    Click(usize, usize),
    /// Deletes the cookie by which the browser is known.
    Forget(usize, usize),
    /// What ten wrong codes by strangers come to.
    LockOut(usize),
    /// What using up every recovery code comes to.
    LoseCodes(usize),
    /// What confirming another mobile comes to.
    GainMobile(usize),
    /// What a recovery by text comes to afterwards: that codes and mobiles stay as they are for a day.
    HoldWaysBack(usize),
    /// Moves the clock by so many seconds.
    Clock(i64),
}

/// Who does it.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    /// The operator, in one of the accounts.
    Operator(usize),
    /// Somebody at one of their browsers, whether or not they are an admin.
    Somebody(usize, usize),
    /// Whoever was shown a page, some time ago.
    StalePage(usize),
}

/// What is done to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    Resend,
    ChangeRole(Role),
    Deactivate,
    Reactivate,
    Remove,
    EndSessions,
    Remind,
    Unlock,
}

/// How many settings of texts there are to choose from.
pub(super) const CHOICES_OF_TEXTS: usize = 6;

/// Those of the beginning, and a few of those who come later.
const PEOPLE: usize = 9;

fn somebody() -> impl Strategy<Value = (usize, usize)> {
    (prop_oneof![2 => 0_usize..2, 3 => 0..PEOPLE], prop_oneof![3 => Just(0_usize), 1 => Just(1)])
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![
        4 => (0_usize..2).prop_map(By::Operator),
        4 => somebody().prop_map(|(who, seat)| By::Somebody(who, seat)),
        1 => any::<usize>().prop_map(By::StalePage),
    ]
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Admin), Just(Role::Member)]
}

fn doing() -> impl Strategy<Value = Doing> {
    prop_oneof![
        2 => Just(Doing::Resend),
        4 => role().prop_map(Doing::ChangeRole),
        3 => Just(Doing::Deactivate),
        4 => Just(Doing::Reactivate),
        1 => Just(Doing::Remove),
        1 => Just(Doing::EndSessions),
        2 => Just(Doing::Remind),
        3 => Just(Doing::Unlock),
    ]
}

/// What somebody does to what is their own.
fn own() -> impl Strategy<Value = fn(By, usize) -> Act> {
    prop_oneof![
        3 => Just((|by, nth| Act::EndSession(by, nth)) as fn(By, usize) -> Act),
        1 => Just((|by, _| Act::EndOthers(by)) as fn(By, usize) -> Act),
        3 => Just((|by, nth| Act::ForgetBrowser(by, nth)) as fn(By, usize) -> Act),
        1 => Just((|by, _| Act::ForgetOthers(by)) as fn(By, usize) -> Act),
        3 => Just((|by, nth| Act::ChangePassword(by, nth % 3 > 0)) as fn(By, usize) -> Act),
        1 => Just((|by, nth| Act::ChangeName(by, nth)) as fn(By, usize) -> Act),
        3 => Just((|by, nth| Act::RemoveMobile(by, nth)) as fn(By, usize) -> Act),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let spans = prop_oneof![
        1 => prop::sample::select(vec![-90_000, -86_400, -3600, -600, -90, -30]),
        4 => prop::sample::select(vec![1, 30, 60, 300, 599, 600]),
        3 => prop::sample::select(vec![3599, 3600, 7200, 14_400, 43_200]),
        2 => prop::sample::select(vec![86_400, 3 * 86_400, 7 * 86_400, 30 * 86_400]),
    ];
    let choice = || 0..MfaWindow::CHOICES.len();
    let administering = prop_oneof![
        12 => (by(), doing(), 0..PEOPLE).prop_map(|(by, doing, whom)| Act::Administer(by, doing, whom)),
        2 => (by(), 0_usize..6, role()).prop_map(|(by, address, role)| Act::Invite(by, address, role)),
        4 => (by(), choice()).prop_map(|(by, choice)| Act::Save(by, choice)),
        3 => (by(), choice()).prop_map(|(by, choice)| Act::Preview(by, choice)),
        1 => by().prop_map(Act::List),
        3 => (by(), 0..CHOICES_OF_TEXTS).prop_map(|(by, choice)| Act::SaveTexts(by, choice)),
        2 => (by(), 0..Show::ALL.len()).prop_map(|(by, show)| Act::RemindAll(by, show)),
        3 => (0_usize..4).prop_map(Act::Accept),
    ];
    let signing_in = prop_oneof![
        4 => somebody().prop_map(|(who, seat)| Act::Password(who, seat)),
        5 => somebody().prop_map(|(who, seat)| Act::Code(who, seat)),
        2 => somebody().prop_map(|(who, seat)| Act::Wizard(who, seat)),
        2 => somebody().prop_map(|(who, seat)| Act::RecoveryCode(who, seat)),
        2 => somebody().prop_map(|(who, seat)| Act::Keep(who, seat)),
        1 => (0..PEOPLE).prop_map(Act::AskForReset),
        2 => (0_usize..3).prop_map(Act::Reset),
        1 => somebody().prop_map(|(who, seat)| Act::SignOut(who, seat)),
        3 => somebody().prop_map(|(who, seat)| Act::Click(who, seat)),
        5 => (by(), any::<usize>(), own()).prop_map(|(by, nth, act)| act(by, nth)),
        1 => somebody().prop_map(|(who, seat)| Act::Forget(who, seat)),
    ];
    prop_oneof![
        10 => administering,
        10 => signing_in,
        4 => spans.prop_map(Act::Clock),
        1 => (0..PEOPLE).prop_map(Act::LockOut),
        1 => (0..PEOPLE).prop_map(Act::LoseCodes),
        1 => (0..PEOPLE).prop_map(Act::GainMobile),
        1 => (0..PEOPLE).prop_map(Act::HoldWaysBack),
    ]
}

/// What people do one thing after the other, if nothing comes between.
fn errand() -> impl Strategy<Value = Vec<Act>> {
    let signs_in = |(who, seat)| vec![Act::Password(who, seat), Act::Code(who, seat)];
    let comes_back = |(who, seat)| vec![Act::Password(who, seat), Act::RecoveryCode(who, seat), Act::Keep(who, seat)];
    let enrolls = |(who, seat)| vec![Act::Password(who, seat), Act::Wizard(who, seat)];
    let acts = |((who, seat), doing, whom)| {
        let by = By::Somebody(who, seat);
        vec![Act::Password(who, seat), Act::Code(who, seat), Act::Administer(by, doing, whom)]
    };
    let steps_up_and_acts =
        |((who, seat), doing, whom)| vec![Act::Code(who, seat), Act::Administer(By::Somebody(who, seat), doing, whom)];
    let steps_up_and_saves =
        |((who, seat), choice)| vec![Act::Code(who, seat), Act::Save(By::Somebody(who, seat), choice)];
    let steps_up_and_changes = |((who, seat), nth, act): (_, _, fn(By, usize) -> Act)| {
        vec![Act::Code(who, seat), act(By::Somebody(who, seat), nth)]
    };
    let is_in_two_browsers = |(who, nth, act): (_, _, fn(By, usize) -> Act)| {
        let signs_in = |seat| [Act::Password(who, seat), Act::Code(who, seat)];
        [&signs_in(0)[..], &signs_in(1), &[act(By::Somebody(who, 1), nth)]].concat()
    };
    let loses_a_way_back = |((who, seat), nth, by)| {
        let removes = Act::RemoveMobile(By::Somebody(who, seat), nth);
        let unlock = Act::Administer(by, Doing::Unlock, who);
        vec![Act::GainMobile(who), Act::LoseCodes(who), Act::Code(who, seat), removes, Act::LockOut(who), unlock]
    };
    let is_unlocked = |(by, whom)| vec![Act::LockOut(whom), Act::Administer(by, Doing::Unlock, whom)];
    let is_invited = |(by, address, role)| vec![Act::Invite(by, address, role), Act::Accept(0)];
    let is_away = |(by, whom)| {
        vec![Act::Administer(by, Doing::Deactivate, whom), Act::Administer(By::Operator(0), Doing::Reactivate, whom)]
    };
    let asks_and_is_away = |(by, whom)| {
        vec![
            Act::AskForReset(whom),
            Act::Administer(by, Doing::Deactivate, whom),
            Act::Reset(0),
            Act::Administer(By::Operator(0), Doing::Reactivate, whom),
            Act::Reset(0),
        ]
    };
    let never_answers = |(by, address, role)| {
        let resend = Act::Administer(By::Operator(0), Doing::Resend, 5);
        vec![Act::Invite(by, address, role), resend, resend, resend, Act::Accept(1), Act::Accept(0)]
    };
    prop_oneof![
        4 => somebody().prop_map(signs_in),
        2 => somebody().prop_map(comes_back),
        2 => somebody().prop_map(enrolls),
        3 => (somebody(), doing(), 0..PEOPLE).prop_map(acts),
        4 => (somebody(), doing(), 0..PEOPLE).prop_map(steps_up_and_acts),
        2 => (somebody(), 0..MfaWindow::CHOICES.len()).prop_map(steps_up_and_saves),
        6 => (somebody(), any::<usize>(), own()).prop_map(steps_up_and_changes),
        3 => (0..PEOPLE, any::<usize>(), own()).prop_map(is_in_two_browsers),
        1 => (somebody(), any::<usize>(), by()).prop_map(loses_a_way_back),
        3 => (by(), 0..PEOPLE).prop_map(is_unlocked),
        2 => (by(), 0_usize..6, role()).prop_map(is_invited),
        2 => (by(), 0..PEOPLE).prop_map(is_away),
        1 => (by(), 0..PEOPLE).prop_map(asks_and_is_away),
        1 => (by(), 0_usize..6, role()).prop_map(never_answers),
    ]
}

/// What happens in a walk.
pub(super) fn acts() -> impl Strategy<Value = Vec<Act>> {
    let one_or_more = prop_oneof![2 => act().prop_map(|act| vec![act]), 1 => errand()];
    vec(one_or_more, 1..70).prop_map(|acts| acts.concat())
}

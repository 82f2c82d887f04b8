use domain::MfaWindow;
use proptest::collection::vec;
use proptest::prelude::*;

use super::BROWSERS;

/// One thing that happens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// Enters the right password, or a wrong one.
    Password(usize, bool),
    /// Goes a step further in the wizard; the phone is so many steps off.
    Wizard(usize, i64),
    /// Goes a step further in replacing the authenticator.
    Replace(usize, i64),
    /// Enters the code of so many steps away.
    Code(usize, i64),
    /// Enters a wrong code.
    WrongCode(usize),
    /// Waits and guesses so often, with a new sign-in whenever one is needed.
    Guess(usize, usize),
    /// Posts once more, from a page that was shown at some time, what was entered at some time.
    Replay(usize, usize),
    /// Enters some recovery code there ever was.
    RecoveryCode(usize, usize),
    /// Asks for a text.
    Text(usize),
    /// Enters the last texted code, or an older one.
    TextCode(usize, usize),
    /// Says that they still have the authenticator, with the code of so many steps away or without.
    Keep(usize, Option<i64>),
    /// Enters the code of so many steps away in a dialog over a page.
    StepUp(usize, i64),
    /// Asks for new recovery codes.
    ReplaceCodes(usize),
    /// Adds a mobile: a step further, with the right code or a wrong one.
    Mobile(usize, bool),
    /// Asks for the code to the new mobile once more, or goes back to the number.
    WaitForText(usize, bool),
    /// Does something to what is their own.
    Own(usize, Own),
    /// Does it from a page that was shown at some time.
    OwnFromOldPage(usize, Own),
    /// Asks for a reset link.
    AskForReset,
    /// Follows the last reset link, or an older one.
    Reset(usize, usize),
    /// What an admin's *Unlock* comes to, for who is locked out.
    Unlock,
    /// Looks for sign-ins that have stopped.
    Warn,
    /// Opens a page.
    Click(usize),
    SignOut(usize),
    /// Deletes the session cookie, or all cookies.
    LoseCookies(usize, bool),
    /// Moves the clock by so many seconds.
    Clock(i64),
    /// Changes the account's setting.
    Setting(usize),
}

/// What people do on their profile, to the so-manieth of what there is or ever was.
#[derive(Debug, Clone, Copy)]
pub(super) enum Own {
    /// Sets a new password, with the present one or a wrong one.
    Password(bool),
    Name,
    RemoveMobile(usize),
    EndSession(usize),
    EndOthers,
    ForgetBrowser(usize),
    ForgetOthers,
}

fn own() -> impl Strategy<Value = Own> {
    prop_oneof![
        4 => prop::bool::weighted(0.8).prop_map(Own::Password),
        1 => Just(Own::Name),
        4 => (0_usize..4).prop_map(Own::RemoveMobile),
        3 => any::<usize>().prop_map(Own::EndSession),
        1 => Just(Own::EndOthers),
        3 => (0_usize..4).prop_map(Own::ForgetBrowser),
        1 => Just(Own::ForgetOthers),
    ]
}

/// Anything, at any time.
fn act() -> impl Strategy<Value = Act> {
    let spans = prop_oneof![
        1 => prop::sample::select(vec![-86_400, -3600, -90, -30]),
        8 => prop::sample::select(vec![1, 10, 29, 30, 31, 60]),
        4 => prop::sample::select(vec![300, 900, 3600]),
        1 => prop::sample::select(vec![86_400, 8 * 86_400]),
    ];
    let browser = || 0..BROWSERS;
    let signing_in = prop_oneof![
        6 => (browser(), prop::bool::weighted(0.8)).prop_map(|(browser, right)| Act::Password(browser, right)),
        6 => (browser(), -1_i64..=1).prop_map(|(browser, steps)| Act::Wizard(browser, steps)),
        8 => (browser(), -2_i64..=2).prop_map(|(browser, steps)| Act::Code(browser, steps)),
        4 => browser().prop_map(Act::WrongCode),
        2 => (browser(), 1_usize..7).prop_map(|(browser, times)| Act::Guess(browser, times)),
        4 => (any::<usize>(), any::<usize>()).prop_map(|(page, entered)| Act::Replay(page, entered)),
    ];
    let coming_back = prop_oneof![
        3 => (browser(), any::<usize>()).prop_map(|(browser, code)| Act::RecoveryCode(browser, code)),
        3 => browser().prop_map(Act::Text),
        3 => (browser(), 0_usize..3).prop_map(|(browser, back)| Act::TextCode(browser, back)),
        4 => (browser(), prop::option::of(-1_i64..=1)).prop_map(|(browser, steps)| Act::Keep(browser, steps)),
        1 => Just(Act::AskForReset),
        1 => (browser(), 0_usize..2).prop_map(|(browser, back)| Act::Reset(browser, back)),
        1 => Just(Act::Unlock),
    ];
    let being_in = prop_oneof![
        4 => (browser(), -1_i64..=1).prop_map(|(browser, steps)| Act::StepUp(browser, steps)),
        5 => (browser(), -1_i64..=1).prop_map(|(browser, steps)| Act::Replace(browser, steps)),
        1 => browser().prop_map(Act::ReplaceCodes),
        4 => (browser(), prop::bool::weighted(0.7)).prop_map(|(browser, right)| Act::Mobile(browser, right)),
        1 => (browser(), any::<bool>()).prop_map(|(browser, again)| Act::WaitForText(browser, again)),
        8 => (browser(), own()).prop_map(|(browser, own)| Act::Own(browser, own)),
        4 => (any::<usize>(), own()).prop_map(|(page, own)| Act::OwnFromOldPage(page, own)),
        4 => browser().prop_map(Act::Click),
        1 => browser().prop_map(Act::SignOut),
    ];
    prop_oneof![
        30 => signing_in,
        16 => coming_back,
        18 => being_in,
        1 => (browser(), any::<bool>()).prop_map(|(browser, all)| Act::LoseCookies(browser, all)),
        8 => spans.prop_map(Act::Clock),
        1 => (0..MfaWindow::CHOICES.len()).prop_map(Act::Setting),
        1 => Just(Act::Warn),
    ]
}

/// What people do one thing after the other, if nothing comes between.
fn errand() -> impl Strategy<Value = Vec<Act>> {
    let next_code = |at: usize| vec![Act::Clock(30), Act::StepUp(at, 0)];
    let signs_in = |at: usize| vec![Act::Clock(30), Act::Password(at, true), Act::Code(at, 0)];
    let by_code = |(at, code)| vec![Act::Password(at, true), Act::RecoveryCode(at, code)];
    let by_text = |at: usize| vec![Act::Clock(60), Act::Password(at, true), Act::Text(at), Act::TextCode(at, 0)];
    let wizard = |(at, times): (usize, usize)| vec![Act::Wizard(at, 0); times];
    let replaces = move |at: usize| [next_code(at), vec![Act::Replace(at, 0); 4]].concat();
    let adds_a_mobile = move |at: usize| [next_code(at), vec![Act::Mobile(at, true); 3]].concat();
    let new_codes = move |at: usize| [next_code(at), vec![Act::ReplaceCodes(at)]].concat();
    let changes_own = move |(at, own): (usize, Own)| [next_code(at), vec![Act::Own(at, own)]].concat();
    let is_in = move |at: usize, acts: Vec<Act>| [signs_in(at), acts].concat();
    let changes_own_later = move |(at, own)| is_in(at, vec![Act::Clock(900), Act::Own(at, own)]);
    let voids_a_link = move |(at, elsewhere)| {
        let changes = is_in(at, vec![Act::Own(at, Own::Password(true)), Act::Reset(elsewhere, 0)]);
        [vec![Act::AskForReset], changes].concat()
    };
    let voids_a_text = move |(at, elsewhere, nth)| {
        let removes = is_in(at, vec![Act::Own(at, Own::RemoveMobile(nth)), Act::TextCode(elsewhere, 0)]);
        [vec![Act::Password(elsewhere, true), Act::Text(elsewhere)], removes].concat()
    };
    let resets = |at: usize| vec![Act::AskForReset, Act::Reset(at, 0)];
    let locks = |at: usize| vec![Act::LoseCookies(at, true), Act::Guess(at, 10)];
    let browser = || 0..BROWSERS;
    prop_oneof![
        5 => browser().prop_map(signs_in),
        3 => (browser(), any::<usize>()).prop_map(by_code),
        3 => browser().prop_map(by_text),
        6 => (browser(), 2_usize..6).prop_map(wizard),
        3 => browser().prop_map(replaces),
        3 => browser().prop_map(adds_a_mobile),
        1 => browser().prop_map(new_codes),
        3 => (browser(), own()).prop_map(changes_own),
        2 => (browser(), own()).prop_map(changes_own_later),
        1 => (browser(), browser()).prop_map(voids_a_link),
        1 => (browser(), browser(), 0_usize..2).prop_map(voids_a_text),
        1 => browser().prop_map(resets),
        1 => browser().prop_map(locks),
    ]
}

/// What happens in a walk.
pub(super) fn acts() -> impl Strategy<Value = Vec<Act>> {
    let one_or_more = prop_oneof![2 => act().prop_map(|act| vec![act]), 1 => errand()];
    vec(one_or_more, 1..80).prop_map(|acts| acts.concat())
}

//! What people do with Stepgate and what they must not be able to do, as tests over the ports, which run on any
//! store: see [`crate::use_cases!`].
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these are tests, though they are compiled for other crates too"
)]

mod codes;
mod faults;
mod founding;
mod invitations;
mod meanwhile;
mod next_code;
#[cfg(test)]
mod random_walks;
mod sessions;
mod signing_in;
mod wizard;
mod wrong_codes;
mod wrong_passwords;

use std::time::Duration;

use domain::Timestamp;

pub use codes::*;
pub use faults::*;
pub use founding::*;
pub use invitations::*;
pub use meanwhile::*;
pub use next_code::*;
pub use sessions::*;
pub use signing_in::*;
pub use wizard::*;
pub use wrong_codes::*;
pub use wrong_passwords::*;

use super::{Browser, World};
use crate::{CodeRejected, CodeVerdict, Commit, EnrollmentVerdict, Proof};

/// Makes each sentence about the use cases a test of them on the store that `$open` opens.
///
/// `$open` is evaluated anew for each of them: a future of an empty store, as `Arc<dyn Store>`, and of whatever has to
/// live as long as the store does.
#[macro_export]
macro_rules! use_cases {
    ($open:expr) => {
        $crate::use_cases! { $open;
            a_setup_link_creates_the_first_account_with_its_admin
            a_setup_link_works_once
            a_setup_link_dies_after_24_hours
            the_newest_setup_link_voids_the_older_one
            there_is_no_setup_once_an_account_exists
            looking_at_a_setup_link_does_not_spend_it
            a_link_that_is_no_setup_link_opens_no_setup
            thirty_posts_of_one_setup_link_at_once_create_one_account
            an_account_with_a_password_lets_its_admin_sign_in_to_the_wizard
            an_address_that_is_taken_gets_no_second_account
            thirty_accounts_for_one_address_at_once_are_one

            an_invitation_sets_the_first_password_and_leads_to_the_wizard
            an_invitation_says_whom_it_is_for_and_looking_does_not_spend_it
            an_invitation_works_once
            an_invitation_dies_after_72_hours
            a_link_that_is_no_invitation_invites_nobody
            an_invitation_of_who_was_deactivated_is_dead
            accepting_an_invitation_ends_the_session_this_browser_had_and_no_other
            a_dead_invitation_ends_no_session
            an_invitation_accepted_thirty_times_at_once_is_accepted_once
            an_invited_user_is_nobody_until_they_accepted

            a_right_password_leads_to_the_code_and_opens_no_other_door
            a_right_password_without_an_authenticator_opens_the_wizard_and_no_other_door
            unknown_wrong_deactivated_and_invited_are_one_answer_one_work_and_one_write
            every_sign_in_has_a_token_of_its_own
            a_new_sign_in_ends_the_session_of_this_browser_whosever_it_was
            a_refused_sign_in_ends_no_session
            where_somebody_wants_to_go_is_kept_until_they_are_in
            an_old_password_that_is_changed_while_it_is_compared_lets_nobody_in
            a_new_password_that_is_set_while_the_old_one_is_compared_lets_its_owner_in
            a_sign_out_ends_this_session_under_all_its_tokens_and_no_other
            a_browser_stays_known_after_a_sign_out
            a_stale_tab_signs_its_session_out_too
            who_has_no_session_can_sign_out_and_nothing_happens

            nine_wrong_passwords_are_free_and_each_further_one_costs_a_longer_wait
            during_a_wait_the_right_password_too_is_refused_unjudged_and_nothing_is_written
            a_right_password_makes_the_count_begin_anew
            wrong_passwords_are_forgotten_a_day_after_the_last_one
            an_unknown_address_waits_like_a_known_one
            an_address_in_other_letters_has_the_same_count
            strangers_never_delay_the_owner_in_a_known_browser
            a_known_browser_waits_by_its_own_count
            a_browser_known_to_another_user_is_a_stranger
            a_browser_unused_for_180_days_is_a_stranger_again
            of_thirty_wrong_passwords_at_once_no_more_than_ten_are_judged
            of_thirty_wrong_passwords_at_once_in_a_known_browser_no_more_than_ten_are_judged

            the_twenty_first_session_ends_the_one_longest_unused
            any_number_of_sign_ins_without_a_code_end_no_session_that_has_one
            any_number_of_sign_ins_by_strangers_end_no_sign_in_in_a_known_browser
            sessions_past_their_time_take_nobodys_place
            thirty_sign_ins_at_once_leave_no_more_than_twenty_sessions
            activity_is_noted_every_quarter_of_an_hour_and_makes_no_second_factor_younger
            however_active_a_session_is_its_second_factor_elapses_to_the_second
            a_shorter_setting_holds_at_the_next_request
            a_session_ends_ninety_days_after_the_password_though_codes_were_entered
            a_sign_in_from_the_future_is_not_believed
            a_clock_set_back_makes_no_second_factor_younger
            a_session_unused_for_seven_days_ends
            a_session_that_ended_while_its_page_was_open_is_not_revived_by_activity

            a_right_code_lets_in_under_a_new_token_and_makes_the_browser_known
            a_followed_token_keeps_its_old_rights_for_thirty_seconds_and_has_no_more
            a_code_posted_twice_by_one_page_is_judged_once
            a_code_that_was_accepted_is_accepted_nowhere_again
            a_code_of_an_earlier_step_is_refused_after_one_of_a_later_step
            a_clock_set_back_makes_no_code_good_again
            a_phone_may_be_one_step_off_and_not_two
            the_code_of_another_users_phone_is_wrong
            a_sign_in_waits_ten_minutes_for_its_code
            the_fifth_wrong_code_ends_the_sign_in
            wrong_codes_do_not_end_a_session_whose_second_factor_has_elapsed
            who_is_in_has_nothing_to_do_at_the_code_screen
            a_code_for_a_sign_in_that_ended_meanwhile_is_not_judged
            a_code_of_who_was_deactivated_meanwhile_is_not_judged
            a_cookie_that_is_not_known_is_replaced_and_one_that_is_known_stays
            a_step_used_in_fifteen_sign_ins_at_once_is_accepted_once
            a_code_posted_thirty_times_at_once_by_one_page_is_accepted_once

            from_the_fifth_wrong_code_each_costs_a_longer_wait_and_the_tenth_locks
            during_a_wait_the_right_code_too_is_refused_unjudged_and_nothing_is_written
            a_code_that_was_used_before_counts_as_a_wrong_one
            the_strangers_lock_keeps_out_strangers_and_nobody_who_is_known_or_in
            a_lock_is_told_in_the_log_and_by_mail_once
            a_known_browser_that_locks_is_forgotten_and_its_sessions_end
            who_was_locked_in_a_known_browser_comes_in_as_a_stranger
            strangers_and_each_known_browser_have_budgets_of_their_own
            a_success_clears_its_own_budget_and_no_other
            a_browser_known_to_another_user_has_the_budget_of_strangers
            signing_in_again_gives_no_new_budget
            a_lock_at_reverification_as_a_stranger_ends_no_session
            of_fifty_wrong_codes_at_once_no_more_than_the_budget_are_judged
            a_right_code_among_wrong_ones_at_once_is_never_let_in_beyond_the_budget

            the_wizard_leads_from_the_introduction_to_a_protected_user
            the_key_in_the_qr_code_is_the_one_shown_as_text
            a_step_that_is_skipped_changes_nothing
            a_second_tab_and_a_reload_show_the_same_key
            a_wrong_code_changes_nothing
            a_key_is_never_shown_to_another_session
            another_session_that_begins_gets_a_key_of_its_own_and_voids_the_first
            a_key_waits_fifteen_minutes_and_is_then_replaced
            a_key_from_the_future_is_replaced
            a_wizard_that_is_left_leaves_nothing_active
            the_code_that_enrolled_is_refused_at_sign_in
            enrolling_ends_every_other_session_of_the_user_and_nobody_elses
            enrolling_is_told_in_the_log_and_by_mail
            where_a_newcomer_wants_to_go_is_kept_through_the_wizard
            who_has_an_authenticator_gets_no_second_one_by_a_stale_page
            the_code_of_a_new_authenticator_thirty_times_at_once_binds_once
            two_sessions_that_set_up_at_once_end_with_one_key

            a_phone_that_is_a_step_off_is_asked_for_its_next_code_and_nothing_is_active_before
            the_same_code_again_is_not_the_next_one
            an_older_code_is_not_the_next_one
            a_wrong_next_code_changes_nothing
            a_second_tab_and_a_double_click_ask_for_the_next_code_too
            both_codes_are_spent_at_sign_in
            who_waits_too_long_for_the_next_code_begins_with_a_new_key
            another_session_does_not_finish_what_this_one_began

            of_two_sign_ins_with_one_code_one_gets_in_whichever_is_faster
            a_sign_out_while_a_code_is_judged_ends_the_session
            who_is_deactivated_while_they_sign_in_is_not_in
            who_is_deactivated_while_their_code_is_judged_is_not_in
            a_sign_in_while_another_session_enrolls_does_not_end_in_the_wizard
            of_a_confirmation_and_another_session_that_takes_over_one_holds
            of_two_who_accept_one_invitation_one_sets_the_password
            two_sign_ins_at_once_leave_no_more_than_twenty_sessions
            an_account_the_operator_creates_closes_the_setup_link_at_once

            who_cannot_be_decided_about_is_not_admitted
            the_first_account_is_created_though_everything_failed_before
            an_account_and_its_invitation_come_about_though_everything_failed_before
            a_sign_in_gets_through_though_everything_failed_before
            a_wrong_password_is_counted_once_though_everything_failed_before
            a_code_gets_through_though_everything_failed_before
            a_wrong_code_is_counted_once_though_everything_failed_before
            a_known_browser_is_locked_though_everything_failed_before
            the_wizard_gets_through_though_everything_failed_before
            a_sign_out_gets_through_though_everything_failed_before
            who_never_heard_that_their_code_was_accepted_signs_in_with_the_next
            who_never_heard_that_they_are_enrolled_signs_in_with_the_next_code
            who_never_heard_that_their_password_was_right_enters_it_again
            who_never_heard_that_their_account_exists_signs_in
            who_never_heard_that_their_invitation_was_accepted_signs_in
            whoever_loses_a_race_decides_again
        }
    };
    ($open:expr; $($sentence:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $sentence() {
                let (store, _held) = $open.await;
                let world = $crate::testing::World::over(store).await;
                $crate::testing::use_cases::$sentence(world).await;
            }
        )*

        #[test]
        fn no_sentence_about_the_use_cases_is_forgotten() {
            $crate::testing::use_cases::assert_complete(&[$(stringify!($sentence)),*]);
        }
    };
}

/// Fails if a sentence about the use cases is not among `sentences`.
pub fn assert_complete(sentences: &[&str]) {
    const SOURCES: [&str; 11] = [
        include_str!("use_cases/codes.rs"),
        include_str!("use_cases/faults.rs"),
        include_str!("use_cases/founding.rs"),
        include_str!("use_cases/invitations.rs"),
        include_str!("use_cases/meanwhile.rs"),
        include_str!("use_cases/next_code.rs"),
        include_str!("use_cases/sessions.rs"),
        include_str!("use_cases/signing_in.rs"),
        include_str!("use_cases/wizard.rs"),
        include_str!("use_cases/wrong_codes.rs"),
        include_str!("use_cases/wrong_passwords.rs"),
    ];
    let tests = SOURCES.iter().flat_map(|source| source.lines());
    for test in tests.filter_map(|line| line.strip_prefix("pub async fn ")) {
        let name = test.split('(').next().unwrap_or_default();
        assert!(sentences.contains(&name), "{name} is missing from the macro");
    }
}

fn is_accepted(verdict: &CodeVerdict) -> bool {
    matches!(verdict, CodeVerdict::Accepted(_))
}

fn rejected(verdict: &CodeVerdict) -> Option<CodeRejected> {
    match verdict {
        CodeVerdict::Rejected(rejected) => Some(*rejected),
        CodeVerdict::Accepted(_) | CodeVerdict::AlreadyVerified | CodeVerdict::SignInAgain => None,
    }
}

fn is_bound(verdict: &EnrollmentVerdict) -> bool {
    matches!(verdict, EnrollmentVerdict::Bound(_))
}

/// When the session behind a browser's cookie had its second factor.
async fn mfa_at(world: &World, browser: &Browser) -> Option<Timestamp> {
    match world.session(browser).await?.proof {
        Proof::SecondFactor { mfa_at } => Some(mfa_at),
        Proof::Password { .. } => None,
    }
}

/// Moves the clock to the end of a life, and fails unless it ends there to the millisecond.
async fn dies_at(world: &World, life: Duration, lives: impl AsyncFn() -> bool) {
    let end = world.now().plus(life);
    world.clock.set(end.minus(Duration::from_millis(1)));
    assert!(lives().await, "it has ended before its time");
    world.clock.set(end);
    assert!(!lives().await, "it outlives its time");
}

/// How many rows of each kind a commit writes.
fn writes_of(commit: &Commit) -> String {
    let rows = [
        (commit.credentials.len(), "credentials"),
        (commit.accounts.len(), "accounts"),
        (commit.attempts.len(), "attempts"),
        (commit.spent_links.len(), "spent links"),
        (commit.links.len(), "links"),
        (commit.sessions.len(), "sessions"),
        (commit.events.len(), "events"),
        (commit.messages.len(), "messages"),
    ];
    let written = rows.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}"));
    written.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod on_memory_store {
    use std::future;
    use std::sync::Arc;

    use crate::Store;
    use crate::testing::MemoryStore;

    fn empty() -> Arc<dyn Store> {
        Arc::new(MemoryStore::new())
    }

    crate::use_cases!(future::ready((empty(), ())));
}

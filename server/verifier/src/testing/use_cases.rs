//! What people do with Stepgate and what they must not be able to do, as tests over the ports, which run on any
//! store: see [`crate::use_cases!`].
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these are tests, though they are compiled for other crates too"
)]

#[cfg(test)]
mod account_walks;
mod adding_mobiles;
mod administration;
mod audit_log;
mod auditing;
mod changing_password;
mod clock_set_back;
mod codes;
mod delivering;
mod ending_sessions;
mod exporting;
mod faults;
mod founding;
mod invitations;
mod inviting;
mod inviting_many;
mod looking;
mod meanwhile;
mod members;
mod misplaced;
mod next_code;
mod profile;
mod profile_faults;
#[cfg(test)]
mod random_walks;
mod recovering;
mod recovery_faults;
mod recovery_races;
mod reminding;
mod removing_mobiles;
mod replacing;
mod resetting;
mod rotating;
mod saving_codes;
mod sessions;
mod setting;
mod signing_in;
mod step_up;
mod text_codes;
mod text_delivery;
mod text_setting;
mod texting;
mod turning_away;
mod unlocking;
mod voided_passwords;
mod warning;
mod webhooks;
mod wizard;
mod wrong_codes;
mod wrong_passwords;

use std::time::Duration;

use domain::Timestamp;

pub use adding_mobiles::*;
pub use administration::*;
pub use audit_log::*;
pub use auditing::*;
pub use changing_password::*;
pub use clock_set_back::*;
pub use codes::*;
pub use delivering::*;
pub use ending_sessions::*;
pub use exporting::*;
pub use faults::*;
pub use founding::*;
pub use invitations::*;
pub use inviting::*;
pub use inviting_many::*;
pub use looking::*;
pub use meanwhile::*;
pub use members::*;
pub use misplaced::*;
pub use next_code::*;
pub use profile::*;
pub use profile_faults::*;
pub use recovering::*;
pub use recovery_faults::*;
pub use recovery_races::*;
pub use reminding::*;
pub use removing_mobiles::*;
pub use replacing::*;
pub use resetting::*;
pub use rotating::*;
pub use saving_codes::*;
pub use sessions::*;
pub use setting::*;
pub use signing_in::*;
pub use step_up::*;
pub use text_codes::*;
pub use text_delivery::*;
pub use text_setting::*;
pub use texting::*;
pub use turning_away::*;
pub use unlocking::*;
pub use voided_passwords::*;
pub use warning::*;
pub use webhooks::*;
pub use wizard::*;
pub use wrong_codes::*;
pub use wrong_passwords::*;

use super::{Browser, World};
use crate::{
    ChainFault, ChainVerdict, CodeRejected, Commit, EnrollmentVerdict, Judged, Message, MessageKind, NoticeKind, Proof,
};

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
            fifty_wrong_passwords_in_ten_minutes_close_an_address_for_strangers_whoever_they_were_for
            of_eighty_wrong_passwords_at_once_from_one_address_no_more_than_fifty_are_judged
            the_hundredth_wrong_password_by_strangers_leaves_them_a_reset_link_only
            a_reset_link_goes_on_after_a_hundred_wrong_passwords
            an_old_hash_is_renewed_by_the_right_password_and_by_no_wrong_one

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
            the_seven_days_without_use_begin_with_the_code_and_not_with_the_password
            a_session_that_ended_while_its_page_was_open_is_not_revived_by_activity

            a_clock_set_back_revives_nothing_that_was_dead_when_the_setting_became_longer
            a_clock_set_back_makes_no_session_younger_than_when_it_was_last_seen
            a_clock_set_back_gives_step_up_to_nobody_who_was_last_seen_without_it
            a_clock_set_back_gives_a_followed_token_no_rights_again
            a_clock_set_back_leads_who_was_unlocked_around_no_recovery
            a_clock_set_back_makes_a_known_browser_neither_a_stranger_nor_quicker

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

            ten_codes_are_shown_and_saved_before_any_other_door_opens
            nothing_that_lets_somebody_in_lies_in_the_record_unsealed
            codes_are_seen_for_fifteen_minutes_and_are_replaced_after_that
            codes_from_the_future_are_not_shown
            a_step_of_saving_codes_that_is_skipped_or_repeated_changes_nothing
            new_codes_are_shown_in_the_session_that_made_them_and_no_other
            a_wizard_left_at_the_codes_leads_the_next_sign_in_to_new_ones
            a_wizard_left_after_the_codes_is_over_at_the_next_sign_in
            a_wizard_that_is_not_finished_asks_for_the_code_when_it_is_due_and_goes_on
            replacing_the_codes_voids_the_old_ones_and_comes_back
            replacing_the_codes_asks_for_an_authenticator_code_of_the_last_ten_minutes
            who_came_back_by_a_code_replaces_no_codes_without_the_authenticator
            codes_replaced_ten_times_at_once_in_two_sessions_end_as_one_set_that_one_session_sees

            a_mobile_is_a_way_back_once_its_code_was_entered
            a_wrong_confirmation_counts_on_its_text_alone_and_the_fifth_is_its_last
            a_text_after_five_wrong_confirmations_can_be_answered_and_counts_as_a_new_number
            a_confirmation_waits_ten_minutes_for_its_code
            a_confirmation_sent_again_voids_the_code_before_and_keeps_its_tries
            a_number_can_be_changed_and_the_first_one_is_not_confirmed_by_the_code_of_the_second
            a_mobile_can_be_left_out_before_and_after_its_text
            a_number_that_is_known_and_a_sixth_one_get_no_text
            a_mobile_that_was_added_meanwhile_is_not_added_twice
            a_mobile_is_added_later_with_an_authenticator_code_of_the_last_ten_minutes
            another_session_confirms_nothing_that_this_one_began
            without_texts_the_wizard_has_no_mobile_step
            texts_that_are_turned_off_at_the_mobile_lead_to_the_end_of_the_wizard
            texts_that_are_turned_off_after_the_text_lead_on_once_its_code_is_over
            the_first_admin_names_the_country_and_nobody_else_does
            one_confirmation_thirty_times_at_once_adds_one_mobile
            fifty_wrong_confirmations_at_once_are_five
            a_number_given_after_signing_out_gets_no_text

            a_text_is_on_its_way_until_the_gateway_took_it
            a_text_that_did_not_go_says_so_and_costs_neither_its_owner_nor_the_account
            a_notice_that_did_not_go_makes_no_room_for_texts
            a_text_whose_sender_was_stopped_for_long_may_have_gone
            a_text_that_may_have_gone_counts_and_its_code_goes_on_working
            what_became_of_an_older_text_is_not_shown_of_the_newer_one
            who_lost_a_text_to_another_worker_says_nothing_of_it
            what_became_of_a_text_is_noted_though_everything_failed_before
            texts_that_nobody_answers_stop_by_themselves_and_every_admin_is_told
            texts_that_are_answered_go_on
            a_sign_in_in_a_new_browser_is_told_and_the_next_one_there_is_not
            the_pauses_between_texts_are_half_a_minute_a_minute_and_then_five
            a_text_that_is_refused_writes_nothing
            a_user_is_sent_ten_texts_a_day
            a_number_gets_five_texts_a_day_over_all_accounts_and_strangers_ask_for_three_of_them
            an_address_asks_for_twenty_texts_an_hour
            an_account_sends_so_many_texts_a_day_and_begins_anew_at_midnight
            a_clock_set_back_sends_no_text_that_was_refused
            one_number_asked_for_thirty_times_at_once_over_two_accounts_gets_five_texts
            thirty_who_ask_at_once_at_one_address_get_twenty_texts
            thirty_who_ask_one_account_at_once_get_what_its_budget_holds
            one_user_who_asks_thirty_times_at_once_gets_one_text
            confirmations_asked_for_at_once_take_half_of_the_budget_and_no_more
            three_new_numbers_a_day_are_sent_a_confirmation
            who_is_no_more_at_the_code_screen_is_sent_no_text

            a_recovery_code_leads_to_the_recovery_and_through_no_other_door
            a_text_leads_to_the_recovery_and_through_no_other_door
            a_recovery_has_to_be_finished_within_an_hour
            whoever_binds_another_authenticator_ends_the_recovery_and_the_old_one
            who_still_has_it_keeps_it_and_is_believed_after_a_recovery_code
            who_came_back_by_a_text_keeps_the_authenticator_only_with_its_code
            a_recovery_ends_every_other_session_and_forgets_every_other_browser
            a_recovery_that_is_not_finished_ends_no_session_and_forgets_no_browser
            a_recovery_code_works_once_and_its_replacement_takes_its_place
            who_has_no_recovery_code_left_is_offered_none
            a_recovery_code_of_another_user_is_wrong
            a_wrong_recovery_code_costs_one_hash_also_for_who_has_none
            wrong_codes_of_every_kind_share_one_budget
            the_strangers_lock_stops_recovery_by_strangers_and_in_no_known_browser
            who_came_back_by_a_code_keeps_the_authenticator_though_strangers_are_locked_out
            an_unlocked_user_needs_a_recovery_wherever_they_are_not_known
            an_unlocked_user_who_leaves_a_recovery_unfinished_still_needs_one
            an_unlocked_user_comes_back_by_a_text_too
            a_text_goes_to_a_mobile_of_this_very_user_only
            a_text_code_lives_ten_minutes
            a_text_code_is_good_for_the_sign_in_it_was_sent_for_and_no_other
            a_text_sent_again_voids_the_code_before_and_gives_no_new_tries
            a_text_after_five_wrong_ones_has_a_code_that_can_be_entered
            no_more_than_three_text_codes_of_a_user_are_open
            a_code_that_was_texted_to_a_mobile_removed_meanwhile_is_worth_nothing
            for_a_day_after_a_text_recovery_the_codes_stay_as_they_are
            for_a_day_after_a_text_recovery_the_wizard_replaces_no_codes_either
            a_wizard_whose_codes_are_held_leads_on
            the_notice_of_a_text_recovery_goes_to_the_mail_and_to_every_other_mobile
            what_a_stale_page_of_a_recovery_posts_is_judged_no_more
            a_recovery_from_the_future_is_not_believed
            the_replacement_is_seen_for_fifteen_minutes_and_in_that_session_only
            whose_second_factor_has_elapsed_comes_back_by_a_code_in_the_same_session
            any_number_of_sign_ins_without_a_code_end_no_recovery
            another_session_does_not_see_what_a_recovery_is_about_to_bind
            a_recovery_voids_what_another_session_was_about_to_bind
            one_recovery_code_thirty_times_at_once_is_accepted_once
            one_text_code_thirty_times_at_once_is_accepted_once
            of_fifty_wrong_ones_of_every_kind_at_once_no_more_than_the_budget_are_judged
            a_lock_while_a_recovery_code_is_judged_stops_it
            codes_that_are_replaced_while_one_of_them_is_hashed_let_nobody_in
            a_code_of_a_new_sheet_that_is_hashed_while_the_sheet_takes_force_is_right
            a_recovery_code_that_loses_a_race_is_hashed_once

            who_signs_in_while_an_authenticator_is_replaced_elsewhere_goes_where_they_wanted
            an_authenticator_works_until_the_code_of_its_successor
            the_code_of_a_successor_is_spent_by_confirming_it
            every_step_of_replacing_asks_for_an_authenticator_code_of_the_last_ten_minutes
            who_came_back_by_a_code_or_elapsed_replaces_nothing_without_the_authenticator
            a_successor_is_shown_to_the_session_that_began_it_and_confirmed_in_no_other
            wrong_codes_of_a_successor_count_nowhere_and_change_nothing
            a_clock_that_is_off_by_up_to_twenty_minutes_is_told
            a_successor_a_step_off_is_asked_for_its_next_code
            a_successor_that_waited_fifteen_minutes_is_replaced
            one_code_of_a_successor_thirty_times_at_once_replaces_once
            a_code_of_the_old_one_while_its_successor_is_confirmed_leaves_no_session
            step_up_takes_a_code_and_gives_ten_minutes
            step_up_takes_no_code_twice_and_none_from_a_stale_tab
            wrong_codes_at_step_up_cost_the_budget_and_not_the_session
            the_tenth_wrong_code_at_step_up_forgets_the_browser_and_ends_its_sessions
            neither_a_text_nor_a_recovery_code_is_step_up
            a_code_for_a_dialog_whose_second_factor_has_elapsed_is_not_judged
            fifty_wrong_codes_by_strangers_void_the_password_though_there_were_right_ones_between
            wrong_ones_of_every_kind_by_strangers_count_against_the_password_and_those_in_known_browsers_do_not
            a_recovery_goes_on_though_its_password_is_voided_meanwhile

            a_mailed_link_sets_a_new_password_and_the_code_is_still_asked_for
            looking_at_a_reset_link_says_whose_it_is_and_does_not_spend_it
            a_reset_link_works_once_and_for_an_hour
            the_newest_reset_link_voids_the_older_one_and_touches_no_other_users
            a_link_that_is_no_reset_link_sets_no_password
            who_has_no_password_to_reset_is_mailed_nothing
            a_link_of_who_was_deactivated_meanwhile_is_dead
            three_links_an_hour_and_six_a_day_are_mailed_to_an_address
            an_address_in_other_letters_is_mailed_no_more_links
            thirty_who_ask_for_a_link_at_once_have_three_mailed
            a_reset_ends_every_session_sign_in_and_challenge_and_forgets_every_other_browser
            a_reset_ends_the_session_this_browser_had_and_no_other_users
            a_reset_lifts_no_lock_and_no_pending_recovery
            a_reset_clears_the_strangers_counter_and_no_known_browsers
            a_reset_ends_the_wait_for_wrong_passwords_here_and_for_strangers
            a_reset_changes_no_factor_and_ends_no_hold
            one_reset_link_thirty_times_at_once_sets_one_password
            a_sign_in_while_a_password_is_reset_is_not_there_afterwards
            a_reset_that_loses_every_race_is_told_and_leaves_the_link_as_it_was
            a_reset_link_that_is_followed_by_a_newer_one_while_it_is_used_sets_no_password
            a_password_alone_enrolls_for_a_day_and_is_then_mailed_a_link
            a_wrong_password_that_is_too_old_is_wrong_and_mails_nothing
            links_that_open_the_wizard_again_and_links_that_were_asked_for_share_their_limit
            a_password_from_the_future_enrolls_nobody
            a_reset_voids_a_key_that_waits_for_its_code
            a_reset_at_the_codes_leads_the_next_sign_in_to_the_codes

            a_sign_in_that_stops_at_the_code_for_three_minutes_is_told_to_its_user
            a_sign_in_that_goes_on_is_told_to_nobody
            a_sign_in_in_a_known_browser_or_to_the_wizard_is_told_to_nobody
            a_sign_out_half_way_is_told
            five_wrong_codes_are_told
            it_is_told_once_a_day_and_logged_each_time
            signing_in_again_puts_nothing_off
            signing_in_as_somebody_else_hides_nothing
            signing_in_again_and_again_in_other_browsers_hides_nothing
            following_a_link_of_ones_own_hides_nothing
            a_stale_tab_that_signs_out_after_the_code_is_told_to_nobody
            a_stale_tab_that_signs_in_after_the_code_is_told_to_nobody_and_ends_its_session
            a_code_that_follows_while_stalled_sign_ins_are_looked_for_is_told_to_nobody
            thirty_who_look_for_one_stalled_sign_in_at_once_tell_it_once
            strangers_who_stop_in_every_way_on_one_day_are_told_once
            a_sign_in_nobody_was_told_about_is_told_though_it_is_long_over

            a_recovery_by_code_gets_through_though_everything_failed_before
            a_recovery_by_text_gets_through_though_everything_failed_before
            wrong_ones_of_every_kind_are_counted_once_though_everything_failed_before
            the_end_of_the_wizard_gets_through_though_everything_failed_before
            a_mobile_is_left_out_though_everything_failed_before
            factors_are_replaced_though_everything_failed_before
            a_reset_gets_through_though_everything_failed_before
            the_wizard_is_opened_again_though_everything_failed_before
            a_stalled_sign_in_is_told_once_though_everything_failed_before
            a_sign_out_half_way_is_told_once_though_everything_failed_before
            who_never_heard_that_their_recovery_code_was_right_uses_the_next
            who_never_heard_that_they_were_texted_has_the_code
            who_never_heard_that_their_texted_code_was_right_is_not_in_and_asks_again
            who_never_heard_that_they_keep_their_authenticator_signs_in_with_it
            who_never_heard_how_far_the_wizard_is_sees_it_by_a_reload
            who_never_heard_that_their_authenticator_was_replaced_signs_in_with_the_new_one
            who_never_heard_that_their_codes_were_replaced_is_led_to_them
            who_never_heard_that_their_password_was_reset_has_the_new_one
            a_warning_whose_answer_was_lost_is_not_sent_again
            whoever_loses_a_race_on_a_way_back_decides_again
            who_is_no_admin_changes_nothing
            an_admin_needs_an_authenticators_code_of_the_last_ten_minutes
            an_admin_whose_session_has_ended_or_elapsed_changes_nothing
            a_user_of_another_account_is_nobody
            an_account_that_does_not_exist_is_told_to_the_operator
            the_log_says_which_admin_did_it_to_whom_and_from_where
            the_last_protected_admin_stays_whoever_wants_it_otherwise
            an_admin_who_is_deactivated_or_locked_out_takes_no_last_admins_place
            who_is_listed_as_an_admin_and_is_none_takes_no_last_admins_place
            a_sole_admin_who_is_locked_out_stays_as_long_as_there_is_a_way_back
            of_two_admins_who_take_each_other_away_one_stays_whoever_is_faster
            whatever_is_done_at_once_to_the_last_two_admins_one_stays
            an_admin_who_is_stopped_meanwhile_does_nothing_more
            the_list_of_users_gets_through_though_everything_failed_before
            an_admin_who_loses_a_race_decides_again
            who_loses_every_race_is_told_and_nothing_is_written

            who_is_invited_by_an_admin_sets_a_password_by_the_link_in_their_mailbox
            the_operator_gets_the_link_that_is_mailed_and_no_admin_does
            an_invitation_of_an_admin_dies_after_72_hours
            an_address_that_is_taken_in_any_account_is_one_answer
            an_invited_admin_is_an_active_admin_of_the_account_at_once
            an_invitation_that_is_sent_again_voids_the_one_before
            who_has_a_password_or_is_deactivated_is_sent_no_invitation
            an_address_is_mailed_three_invitations_a_day_whoever_sends_them
            an_address_invited_thirty_times_at_once_is_invited_once
            of_thirty_invitations_sent_again_at_once_no_more_are_mailed_than_may_be
            an_address_that_is_removed_and_invited_at_once_is_mailed_no_more_than_may_be
            an_invitation_sent_again_while_it_is_accepted_leaves_no_link
            an_invitation_and_another_get_through_though_everything_failed_before
            who_never_heard_that_an_invitation_was_made_finds_the_address_taken

            a_role_holds_at_the_next_request
            who_is_deactivated_is_out_everywhere_at_once
            who_is_deactivated_in_the_wizard_begins_it_anew
            who_is_reactivated_has_the_factors_they_had_and_nothing_else
            a_link_asked_for_while_its_owner_is_deactivated_never_comes_alive
            who_is_removed_is_nobody_and_their_address_another_persons
            an_admin_may_leave_if_another_one_stays
            sessions_of_one_user_end_everywhere_and_nobody_elses_do
            a_reminder_says_what_is_missing_and_goes_out_once_a_day
            nobody_is_reminded_of_what_they_have_or_can_not_do
            of_thirty_reminders_at_once_one_goes_out
            what_admins_do_to_users_gets_through_though_everything_failed_before
            an_admin_is_taken_away_though_everything_failed_before

            who_is_unlocked_comes_back_by_a_recovery_and_by_nothing_else
            an_unlock_is_told_in_the_log_and_by_mail
            an_unlock_changes_nothing_in_a_known_browser
            only_who_is_locked_out_is_unlocked
            who_has_no_way_back_is_not_unlocked_and_that_is_told_in_the_log
            nobody_unlocks_themself_and_the_operator_unlocks_a_sole_admin
            an_unlock_thirty_times_at_once_is_one
            an_unlock_while_a_stranger_guesses_loses_no_guess
            an_unlock_and_its_refusal_get_through_though_everything_failed_before

            a_longer_setting_revives_no_session_that_had_elapsed
            a_shorter_setting_asks_in_every_browser_at_the_next_request
            the_setting_of_one_account_asks_nobody_of_another
            a_setting_is_told_in_the_log_and_the_same_one_again_is_nothing
            the_preview_says_whom_the_setting_will_ask
            a_code_that_is_judged_while_the_setting_is_saved_counts_and_revives_nothing_else
            a_setting_that_is_saved_while_a_code_is_judged_loses_neither
            settings_saved_thirty_at_once_are_saved_one_after_the_other
            a_setting_gets_through_though_everything_failed_before
            a_preview_gets_through_though_everything_failed_before

            the_list_shows_whom_it_is_asked_for_as_they_are_now
            how_far_an_account_is_protected_is_counted_of_its_own_users
            an_admin_sees_where_a_user_is_signed_in_and_no_sign_in_that_is_not_finished
            of_a_user_the_last_twenty_events_are_shown
            whose_invitation_is_open_is_shown_since_when
            what_an_unlock_would_come_to_is_told_and_is_what_it_comes_to
            the_last_admin_is_told_before_they_are_kept
            lists_that_are_looked_up_at_once_are_those_that_are_looked_up_one_by_one
            looking_at_users_gets_through_though_everything_failed_before

            an_export_has_all_who_are_asked_for_and_is_told_in_the_log
            who_is_stopped_while_they_export_has_nobody
            two_admins_who_export_at_once_are_both_told
            an_export_gets_through_though_everything_failed_before

            everybody_a_list_shows_is_reminded_as_one_by_one
            who_is_gone_or_has_it_done_while_others_are_reminded_needs_nothing
            an_admin_who_is_stopped_while_they_remind_reminds_nobody_more
            reminding_that_outlasts_the_step_up_ends_and_goes_on_after_another
            reminding_that_takes_long_ends_and_goes_on_where_it_was
            two_admins_who_remind_all_at_once_mail_each_user_once
            who_was_reminded_before_the_store_fails_is_told

            each_of_a_list_is_invited_or_told_why_not
            inviting_that_takes_too_long_stops_and_the_rest_can_be_sent
            who_is_here_is_told_before_anybody_is_invited_and_who_is_elsewhere_is_not
            an_admin_who_is_stopped_while_they_invite_invites_nobody_more
            inviting_that_outlasts_the_step_up_tells_who_is_left
            one_list_posted_twice_by_two_admins_at_once_invites_each_once
            who_was_invited_before_the_store_fails_is_told_apart_from_who_was_not

            a_setting_of_texts_holds_for_the_next_one
            a_setting_of_texts_is_told_in_the_log_and_the_same_one_again_is_nothing
            more_texts_a_day_than_ten_thousand_are_allowed_to_nobody
            whoever_means_to_send_texts_to_nobody_has_to_switch_them_off
            texts_that_are_turned_off_and_on_again_go_to_the_countries_they_went_to
            the_texts_of_today_are_counted_and_a_new_day_shows_none
            a_setting_of_texts_that_is_saved_while_one_is_sent_loses_neither
            a_text_that_is_sent_while_their_setting_is_saved_is_counted
            an_admin_who_is_stopped_while_they_change_texts_changes_none
            settings_of_texts_saved_at_once_by_two_admins_are_saved_one_after_the_other
            a_setting_of_texts_gets_through_though_everything_failed_before

            a_member_who_asks_for_an_admins_page_is_told_in_the_log_once_a_minute
            a_member_who_asks_for_thirty_admins_pages_at_once_is_told_once
            a_member_is_turned_away_once_though_everything_failed_before

            a_key_that_was_moved_to_another_users_record_opens_nothing
            a_key_that_was_moved_to_where_recovery_codes_are_shown_is_not_shown
            a_code_that_was_moved_to_another_users_challenge_is_no_answer

            what_happens_gets_its_place_in_the_chain_of_its_account
            who_seals_again_writes_nothing
            an_event_of_an_earlier_time_is_put_after_those_that_are_sealed
            however_much_has_happened_is_sealed_in_small_steps
            thirty_who_seal_at_once_give_each_event_one_number
            an_entry_that_was_changed_is_found
            an_entry_that_was_removed_is_found
            entries_that_were_swapped_are_found
            an_entry_that_was_put_in_between_is_found
            an_end_that_was_cut_off_is_found
            nobody_without_the_keys_moves_an_end_of_a_chain
            an_end_from_an_earlier_day_does_not_fit_the_later_record
            an_entry_beyond_the_end_is_found
            a_chain_without_its_record_is_broken_and_not_begun_anew
            a_chain_whose_record_is_forged_is_neither_sealed_nor_pruned
            what_is_too_old_goes_and_the_rest_verifies_from_there
            an_old_entry_that_comes_back_is_found
            an_entry_that_was_tampered_with_is_not_removed_by_its_age
            a_chain_may_be_sealed_and_pruned_while_it_is_verified
            the_log_is_sealed_verified_and_pruned_though_everything_failed_before
            who_never_heard_that_it_was_sealed_goes_on_after_a_restart

            the_log_is_read_newest_first_with_the_names_of_who_is_in_it
            a_filter_takes_what_is_asked_for_and_nothing_else
            entries_are_found_by_the_address_of_who_is_in_them
            no_entry_is_left_out_though_others_come_in_while_the_log_is_read
            a_page_that_is_just_full_is_the_last_one
            who_asks_for_something_rare_is_told_how_far_back_it_was_looked
            who_was_removed_is_in_the_log_without_a_name
            nobody_reads_the_log_of_another_account_or_finds_its_people
            a_member_reads_no_log_and_takes_none_out
            an_export_asks_for_an_authenticators_code_of_the_last_ten_minutes
            an_export_is_told_in_the_log_and_has_all_of_it_that_is_asked_for
            an_export_ends_when_its_admin_is_one_no_more
            an_export_goes_on_when_its_admin_enters_a_code
            an_export_ends_when_its_admin_signs_out_or_their_second_factor_elapses
            an_export_goes_on_for_longer_than_ten_minutes
            the_log_is_read_and_taken_out_though_everything_failed_before
            the_log_says_up_to_which_entry_it_is_as_it_was_sealed
            a_log_that_was_changed_shows_as_broken
            a_log_that_was_taken_away_shows_as_unsound
            a_long_log_is_gone_over_every_hour_and_what_was_added_each_time
            a_log_that_was_put_back_to_an_earlier_day_is_found_by_who_has_seen_the_later_one
            the_state_of_the_log_is_told_though_everything_failed_before

            a_message_is_leased_sent_and_forgotten
            a_message_that_fails_is_tried_again_after_growing_pauses
            a_message_that_fails_for_three_days_is_given_up_and_the_log_tells
            what_never_will_be_delivered_is_given_up_at_once
            a_text_code_is_given_up_when_it_has_expired
            an_older_message_holds_back_the_newer_ones_to_the_same_mailbox_and_no_others
            a_mail_somebody_waits_for_overtakes_what_was_sent_to_many
            a_text_that_may_have_gone_is_not_sent_again_and_a_mail_is
            a_restart_loses_no_message_and_sends_the_one_under_way_again
            who_wakes_up_after_their_lease_changes_nothing
            thirty_workers_at_once_send_each_message_once_and_in_order
            no_message_is_lost_though_everything_failed_before

            what_happens_is_posted_once_to_each_webhook_in_the_order_of_time
            what_is_posted_says_what_a_line_of_the_log_says
            nothing_of_other_accounts_and_nothing_from_before_is_posted
            what_is_posted_and_taken_is_forgotten_and_what_fails_is_posted_again
            a_webhook_that_fails_for_three_days_is_turned_off_and_every_admin_told
            what_was_not_tried_for_long_is_posted_nevertheless
            what_happened_before_is_not_posted_though_it_is_sealed_later
            of_each_webhook_one_event_waits_in_the_queue_and_the_others_in_the_log
            a_slow_webhook_keeps_no_other_waiting
            who_lost_a_call_to_another_worker_says_nothing_of_it
            a_webhook_that_does_not_open_shows_as_failing
            a_call_that_was_damaged_is_made_anew_from_the_log
            a_clock_set_back_hides_nothing_from_a_webhook
            five_webhooks_that_take_all_at_once_get_each_event_once
            a_webhook_that_says_it_is_gone_is_turned_off_and_can_be_turned_on_again
            to_a_webhook_that_was_removed_nothing_is_posted_any_more
            an_account_has_five_webhooks_each_once_however_many_add_them_at_once
            a_test_is_posted_at_most_every_ten_seconds
            a_test_waits_for_no_event_and_brings_on_what_waits_once_it_is_taken
            a_webhooks_secret_is_shown_to_who_has_just_entered_a_code_and_is_its_own
            webhooks_of_other_accounts_are_out_of_reach
            what_is_done_to_webhooks_is_told_in_the_log
            an_event_is_posted_once_though_everything_failed_before
            the_secrets_of_webhooks_are_resealed

            after_a_rotation_everything_opens_and_the_old_key_can_go
            who_reseals_again_writes_nothing
            resealing_goes_on_where_it_was_or_from_the_beginning
            who_signs_in_while_their_record_is_resealed_has_used_their_code
            thirty_who_reseal_at_once_lose_nothing
            a_message_that_is_leased_is_resealed_and_stays_leased
            a_user_is_resealed_though_everything_failed_before
            what_does_not_open_is_told_and_left_as_it_is
            a_rotation_makes_no_count_begin_anew
            the_log_verifies_after_a_rotation_and_after_the_old_key_is_retired
            an_examination_finds_nothing_where_nothing_is_wrong
            an_examination_finds_a_log_that_was_taken_away_and_one_that_was_changed

            who_knows_the_password_sets_a_new_one_and_goes_on_under_a_new_token
            changing_the_password_asks_for_an_authenticator_code_of_the_last_ten_minutes
            who_came_back_without_the_authenticator_changes_no_password
            a_wrong_present_password_changes_nothing_and_counts_as_at_a_sign_in_in_this_browser
            in_a_browser_that_is_not_known_a_wrong_present_password_counts_with_those_of_strangers
            a_password_that_too_many_strangers_know_is_changed_by_a_reset_link_only
            the_same_password_again_is_no_change
            a_new_password_ends_every_other_session_sign_in_challenge_and_link_and_forgets_every_other_browser
            a_new_password_changes_no_factor_and_lifts_no_lock_and_no_pending_recovery
            a_new_password_voids_a_key_that_waits_for_its_code_and_leaves_the_wizard_that_follows
            one_change_of_a_password_thirty_times_at_once_sets_one
            of_thirty_wrong_present_passwords_at_once_no_more_than_ten_are_judged
            a_right_present_password_is_refused_if_others_were_wrong_too_often_while_it_was_compared
            a_sign_in_while_the_password_is_changed_is_not_there_afterwards
            a_sign_out_while_the_password_is_changed_leaves_no_session
            who_changed_their_password_is_not_asked_for_it_in_the_same_browser_and_signs_in_with_it_elsewhere

            somebody_sees_their_name_their_factors_and_their_browsers
            a_name_is_changed_without_a_code_and_shows_wherever_it_is_read
            a_language_is_chosen_and_given_back_to_the_browser
            people_are_written_to_in_their_language
            who_has_signed_out_or_is_deactivated_changes_no_name
            names_changed_thirty_at_once_are_changed_one_after_the_other
            somebody_sees_the_last_twenty_events_about_them_newest_first
            what_is_done_at_the_profile_is_seen_at_the_profile

            somebody_sees_where_they_are_signed_in_and_nothing_of_others
            a_session_that_has_elapsed_is_seen_and_one_that_has_ended_is_not
            a_session_that_is_ended_is_out_at_once_and_its_browser_a_stranger
            a_session_of_another_user_is_none_and_ones_own_is_signed_out_instead
            a_session_of_this_very_browser_ends_and_the_browser_stays_known
            all_others_end_with_their_sign_ins_and_this_one_and_other_users_stay
            a_stranger_at_the_code_who_is_ended_with_all_others_is_told
            a_browser_that_is_forgotten_is_a_stranger_and_out
            the_browser_that_asks_is_forgotten_and_goes_on
            a_browser_of_another_user_is_none
            all_other_browsers_are_forgotten_with_their_sessions
            browsers_that_have_expired_are_not_shown
            ending_and_forgetting_ask_for_a_fresh_second_factor_and_for_no_code
            one_session_ended_thirty_times_at_once_ends_once
            of_two_sessions_that_end_each_other_one_stays
            a_session_that_renews_while_all_others_are_ended_has_ended
            a_sign_out_while_all_other_browsers_are_forgotten_leaves_it_forgotten

            a_mobile_that_is_removed_is_no_way_back_and_every_mobile_and_the_mail_are_told
            a_removal_is_texted_to_no_mobile_that_may_not_be_texted
            removing_a_mobile_asks_for_an_authenticator_code_of_the_last_ten_minutes
            a_code_on_its_way_to_a_mobile_that_is_removed_is_void
            for_a_day_after_a_recovery_by_text_no_mobile_is_removed
            a_mobile_of_another_user_is_none
            one_mobile_removed_thirty_times_at_once_is_removed_once
            a_text_asked_for_while_its_mobile_is_removed_lets_nobody_in

            a_password_is_changed_though_everything_failed_before
            a_wrong_present_password_of_a_stranger_is_counted_once_though_everything_failed_before
            the_rest_of_the_profile_gets_through_though_everything_failed_before
            sessions_end_and_browsers_are_forgotten_though_everything_failed_before
            who_never_heard_that_their_password_was_changed_has_the_new_one
            who_never_heard_what_became_of_it_at_the_profile_sees_it_by_a_reload
            whoever_loses_a_race_at_the_profile_decides_again
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
    const SOURCES: [&str; 47] = [
        include_str!("use_cases/adding_mobiles.rs"),
        include_str!("use_cases/administration.rs"),
        include_str!("use_cases/audit_log.rs"),
        include_str!("use_cases/auditing.rs"),
        include_str!("use_cases/changing_password.rs"),
        include_str!("use_cases/clock_set_back.rs"),
        include_str!("use_cases/codes.rs"),
        include_str!("use_cases/delivering.rs"),
        include_str!("use_cases/ending_sessions.rs"),
        include_str!("use_cases/exporting.rs"),
        include_str!("use_cases/faults.rs"),
        include_str!("use_cases/founding.rs"),
        include_str!("use_cases/invitations.rs"),
        include_str!("use_cases/inviting.rs"),
        include_str!("use_cases/inviting_many.rs"),
        include_str!("use_cases/looking.rs"),
        include_str!("use_cases/meanwhile.rs"),
        include_str!("use_cases/members.rs"),
        include_str!("use_cases/misplaced.rs"),
        include_str!("use_cases/next_code.rs"),
        include_str!("use_cases/profile.rs"),
        include_str!("use_cases/profile_faults.rs"),
        include_str!("use_cases/recovering.rs"),
        include_str!("use_cases/recovery_faults.rs"),
        include_str!("use_cases/recovery_races.rs"),
        include_str!("use_cases/reminding.rs"),
        include_str!("use_cases/removing_mobiles.rs"),
        include_str!("use_cases/replacing.rs"),
        include_str!("use_cases/resetting.rs"),
        include_str!("use_cases/rotating.rs"),
        include_str!("use_cases/saving_codes.rs"),
        include_str!("use_cases/sessions.rs"),
        include_str!("use_cases/setting.rs"),
        include_str!("use_cases/signing_in.rs"),
        include_str!("use_cases/step_up.rs"),
        include_str!("use_cases/text_codes.rs"),
        include_str!("use_cases/text_setting.rs"),
        include_str!("use_cases/text_delivery.rs"),
        include_str!("use_cases/texting.rs"),
        include_str!("use_cases/turning_away.rs"),
        include_str!("use_cases/unlocking.rs"),
        include_str!("use_cases/voided_passwords.rs"),
        include_str!("use_cases/warning.rs"),
        include_str!("use_cases/webhooks.rs"),
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

fn is_accepted<T>(verdict: &Judged<T>) -> bool {
    matches!(verdict, Judged::Accepted(_))
}

fn rejected<T>(verdict: &Judged<T>) -> Option<CodeRejected> {
    match verdict {
        Judged::Rejected(rejected) => Some(*rejected),
        Judged::Accepted(_) | Judged::AlreadyVerified | Judged::SignInAgain => None,
    }
}

fn is_bound(verdict: &EnrollmentVerdict) -> bool {
    matches!(verdict, EnrollmentVerdict::Bound(_))
}

fn is_broken(verdict: &ChainVerdict, by: ChainFault) -> bool {
    matches!(verdict, ChainVerdict::Broken(broken) if broken.fault == by)
}

/// What the notices among messages tell.
fn notices(messages: &[Message]) -> Vec<NoticeKind> {
    let notice = |message: &Message| match &message.about {
        MessageKind::Notice { what, .. } => Some(what.clone()),
        _ => None,
    };
    messages.iter().filter_map(notice).collect()
}

/// When the session behind a browser's cookie had its second factor.
async fn mfa_at(world: &World, browser: &Browser) -> Option<Timestamp> {
    match world.session(browser).await?.proof {
        Proof::SecondFactor { mfa_at, .. } => Some(mfa_at),
        Proof::Password { .. } | Proof::Recovered { .. } => None,
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
        (commit.tallies.len(), "tallies"),
        (commit.webhooks.len(), "webhooks"),
        (commit.removals.len(), "removals"),
        (commit.spent_links.len(), "spent links"),
        (commit.void_links.len(), "void links"),
        (commit.links.len(), "links"),
        (commit.sessions.len(), "sessions"),
        (commit.events.len(), "events"),
        (commit.messages.len(), "messages"),
        (commit.given_up.len(), "given up"),
        (commit.chains.len(), "chains"),
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

//! What every [`Store`](crate::Store) must do, as tests that run on any of them: see [`crate::store_contract!`].
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these are tests, though they are compiled for other crates too"
)]

mod atomicity;
mod events;
mod links;
mod messages;
mod races;
mod records;
mod samples;
mod sessions;
mod sweeping;
mod touching;

pub use atomicity::*;
pub use events::*;
pub use links::*;
pub use messages::*;
pub use races::*;
pub use records::*;
pub use sessions::*;
pub use sweeping::*;
pub use touching::*;

/// Makes each sentence of the contract a test of the store that `$open` opens.
///
/// `$open` is evaluated anew for each of them: a future of an empty store, as `Arc<dyn Store>`, and of whatever has to
/// live as long as the store does.
#[macro_export]
macro_rules! store_contract {
    ($open:expr) => {
        $crate::store_contract! { $open;
            a_new_store_is_empty_until_an_account_is_created
            what_was_never_written_is_nothing_and_no_error
            a_created_user_is_found_by_id_and_by_address_with_their_account
            a_user_is_found_whatever_their_state
            everything_in_a_record_comes_back_as_it_was_written
            versions_begin_at_one_and_go_up_by_one
            a_record_that_exists_cannot_be_created_again
            a_record_that_does_not_exist_cannot_be_updated
            a_record_cannot_be_written_by_who_read_an_older_version
            two_records_are_written_in_one_commit
            an_address_belongs_to_one_user
            a_changed_address_is_taken_and_the_old_one_is_free_again
            each_commit_of_a_user_writes_their_list_line
            the_list_of_an_account_is_in_the_order_of_addresses_and_has_nobody_else
            a_user_without_their_account_is_an_error_and_not_an_unknown_user
            text_that_looks_like_a_query_is_only_text
            keys_of_any_content_are_only_keys
            an_empty_commit_changes_nothing
            accounts_are_paged_through_in_the_order_of_their_identifiers
            users_are_paged_through_in_the_order_of_their_identifiers

            of_64_parallel_commits_on_one_version_exactly_one_wins
            of_64_parallel_creations_of_one_record_exactly_one_wins
            a_link_spent_64_times_at_once_is_spent_once
            a_token_rotated_64_times_at_once_is_rotated_once
            an_address_claimed_by_64_users_at_once_belongs_to_one
            of_links_issued_at_once_for_one_slot_one_remains
            a_commit_that_loses_the_race_for_one_of_two_records_writes_neither
            users_who_have_nothing_to_do_with_each_other_do_not_get_in_each_others_way
            a_session_that_is_ended_while_it_rotates_is_ended

            who_is_removed_leaves_nothing_but_a_free_address
            what_is_counted_is_read_at_its_version
            webhooks_are_read_at_their_version_and_paged_through_in_the_order_of_accounts

            a_link_is_found_until_it_is_spent
            a_link_cannot_be_spent_twice
            a_link_that_was_never_issued_cannot_be_spent
            the_newest_link_voids_the_older_one_of_its_slot_and_no_other
            a_link_is_spent_and_its_successor_issued_in_one_commit
            a_slot_that_is_voided_has_no_link_and_others_keep_theirs

            a_session_is_found_with_its_user_and_account_as_they_are_now
            a_token_that_is_taken_opens_no_second_session
            after_a_rotation_the_old_token_sees_the_old_session_and_that_it_was_followed
            a_token_that_was_followed_by_another_can_be_neither_rotated_nor_updated
            an_update_changes_the_content_and_keeps_the_token
            a_token_of_another_session_changes_nothing
            the_end_of_a_session_ends_all_its_tokens_and_no_other_session
            the_end_of_a_session_that_is_gone_is_no_conflict
            the_end_of_all_sessions_of_a_user_spares_one_and_everybody_elses
            nothing_brings_back_a_session_that_ended
            each_live_session_of_a_user_is_listed_once
            the_live_sessions_of_an_account_come_each_once_in_pages
            changes_of_sessions_happen_in_the_order_given
            sign_ins_that_stopped_are_found_when_their_moment_has_come
            a_session_without_its_user_is_an_error_and_not_an_unknown_session

            touching_moves_last_seen_forward_and_changes_nothing_else
            touching_never_moves_last_seen_back
            touching_a_token_that_was_followed_by_another_changes_nothing
            touching_brings_back_no_session
            touching_while_a_session_changes_loses_neither
            a_session_that_is_ended_while_it_is_touched_is_ended

            a_commit_writes_every_kind_of_row
            a_commit_whose_expectation_fails_writes_no_row_of_any_kind

            events_of_an_account_come_newest_first_and_no_more_than_asked_for
            events_of_other_accounts_and_of_none_are_not_among_them
            events_wait_for_their_seal_in_the_order_of_time_each_in_its_chain
            sealed_events_are_found_by_their_numbers_and_wait_no_longer
            two_events_of_one_number_are_both_found
            removed_events_are_gone_and_the_others_stay
            of_64_who_move_one_chain_at_once_exactly_one_does
            a_seal_or_a_removal_of_what_cannot_have_it_is_a_conflict
            the_events_of_an_account_come_each_once_in_pages_also_those_of_one_moment
            a_page_ends_where_it_was_asked_to_and_has_nothing_of_other_accounts
            what_happens_while_somebody_pages_through_events_moves_none_of_the_others
            events_about_a_user_come_newest_first_and_are_nobody_elses

            messages_wait_in_the_order_they_were_queued_in
            a_message_that_was_sent_waits_no_longer
            of_each_recipient_the_oldest_message_is_leased_once
            the_next_message_of_a_recipient_is_leased_once_the_one_before_is_gone
            a_lease_that_ran_out_is_taken_again
            a_message_that_was_put_off_waits_and_holds_back_those_after_it
            who_lost_a_lease_changes_nothing
            what_waits_is_counted_for_each_account
            a_lane_serves_whom_it_has_something_for_the_oldest_first_whatever_its_lane
            however_many_lease_at_once_each_message_is_leased_once
            messages_are_paged_through_in_the_order_of_their_identifiers
            a_message_is_resealed_by_who_knows_its_present_seal

            sweeping_deletes_what_has_expired_and_nothing_else
            a_session_that_was_touched_lives_on
            sweeping_deletes_however_much_has_expired
        }
    };
    ($open:expr; $($sentence:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $sentence() {
                let (store, _held) = $open.await;
                $crate::testing::store_contract::$sentence(store).await;
            }
        )*

        #[test]
        fn no_sentence_of_the_contract_is_forgotten() {
            $crate::testing::store_contract::assert_complete(&[$(stringify!($sentence)),*]);
        }
    };
}

/// Fails if a test of the contract is not among `sentences`.
pub fn assert_complete(sentences: &[&str]) {
    const SOURCES: [&str; 9] = [
        include_str!("store_contract/atomicity.rs"),
        include_str!("store_contract/events.rs"),
        include_str!("store_contract/links.rs"),
        include_str!("store_contract/messages.rs"),
        include_str!("store_contract/races.rs"),
        include_str!("store_contract/records.rs"),
        include_str!("store_contract/sessions.rs"),
        include_str!("store_contract/sweeping.rs"),
        include_str!("store_contract/touching.rs"),
    ];
    let tests = SOURCES.iter().flat_map(|source| source.lines());
    for test in tests.filter_map(|line| line.strip_prefix("pub async fn ")) {
        let name = test.split('(').next().unwrap_or_default();
        assert!(sentences.contains(&name), "{name} is missing from the macro");
    }
}

#[cfg(test)]
mod memory_store {
    use std::future;
    use std::sync::Arc;

    use crate::Store;
    use crate::testing::MemoryStore;

    fn empty() -> Arc<dyn Store> {
        Arc::new(MemoryStore::new())
    }

    crate::store_contract!(future::ready((empty(), ())));
}

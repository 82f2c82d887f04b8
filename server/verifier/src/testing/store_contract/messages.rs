use std::collections::BTreeSet;

use domain::{MessageId, Timestamp};

use super::samples::{AnyStore, NOW, commits, conflicts, later, message, message_to, user};
use crate::{Commit, LEASE, Lane, QueuedMessage, Tries, Waiting};

async fn queue<const N: usize>(store: &AnyStore, messages: [QueuedMessage; N]) {
    commits(store, Commit { messages: messages.into(), ..Commit::default() }).await;
}

/// What is leased at a moment, as identifiers with the number of tries.
async fn leased(store: &AnyStore, now: Timestamp, most: u32) -> Vec<(MessageId, u32)> {
    let leased = store.lease_messages(Lane::Mail, now, most, LEASE).await.unwrap();
    leased.into_iter().map(|message| (message.id, message.tries.made)).collect()
}

pub async fn messages_wait_in_the_order_they_were_queued_in(store: AnyStore) {
    let queued = [message(5, later(2)), message(9, later(1)), message(1, later(3)), message(4, later(2))];
    for message in queued {
        commits(&store, Commit { messages: vec![message], ..Commit::default() }).await;
    }

    let in_order = [message(9, later(1)), message(4, later(2)), message(5, later(2)), message(1, later(3))];
    for most in 0..6 {
        let found = store.waiting_messages(most).await.unwrap();
        let most = usize::try_from(most).unwrap().min(4);
        assert_eq!(found, in_order[..most]);
    }
}

pub async fn what_waits_is_counted_for_each_account(store: AnyStore) {
    let ours = message(1, NOW).account.unwrap();
    let others = domain::AccountId::from_random([0x77; 16]);
    let of_others = QueuedMessage { account: Some(others.clone()), ..message(3, later(0)) };
    assert_eq!(store.queue_of(&ours).await.unwrap(), Waiting::default());

    let event = QueuedMessage { lane: Lane::Webhook, ..message(4, NOW) };
    queue(&store, [message(2, later(2)), message(1, later(1)), of_others, event]).await;

    assert_eq!(store.queue_of(&ours).await.unwrap(), Waiting { count: 2, oldest: Some(later(1)) });
    assert_eq!(store.queue_of(&others).await.unwrap(), Waiting { count: 1, oldest: Some(later(0)) });
}

pub async fn a_message_that_was_sent_waits_no_longer(store: AnyStore) {
    commits(&store, Commit { messages: vec![message(1, NOW), message(2, NOW)], ..Commit::default() }).await;

    store.remove_message(&message(1, NOW).id).await.unwrap();
    store.remove_message(&message(1, NOW).id).await.unwrap();
    store.remove_message(&message(7, NOW).id).await.unwrap();

    assert_eq!(store.waiting_messages(10).await.unwrap(), [message(2, NOW)]);
    assert_eq!(store.load_message(&message(2, NOW).id).await.unwrap(), Some(message(2, NOW)));
    assert_eq!(store.load_message(&message(1, NOW).id).await.unwrap(), None);
}

pub async fn of_each_recipient_the_oldest_message_is_leased_once(store: AnyStore) {
    let (first, second) = (message(5, later(1)), message(2, later(2)));
    let [of_user_1, of_user_2] = [1, 2].map(|number| message_to(&user(number), 10 + number, later(0)));
    queue(&store, [second.clone(), first.clone(), of_user_2.clone(), of_user_1.clone()]).await;

    let most = store.lease_messages(Lane::Mail, later(9), 1, LEASE).await.unwrap();
    let tries = Tries { made: 1, not_before: None, leased_until: Some(later(9).plus(LEASE)) };
    assert_eq!(most, [QueuedMessage { tries: tries.clone(), ..of_user_1.clone() }]);
    assert_eq!(leased(&store, later(9), 10).await, [(of_user_2.id.clone(), 1), (first.id.clone(), 1)]);
    assert!(leased(&store, later(9), 10).await.is_empty());

    let waiting = store.waiting_messages(10).await.unwrap();
    let expected = [of_user_1, of_user_2, first].map(|message| QueuedMessage { tries: tries.clone(), ..message });
    assert_eq!(waiting[..3], expected);
    assert_eq!(waiting[3], second);
}

pub async fn the_next_message_of_a_recipient_is_leased_once_the_one_before_is_gone(store: AnyStore) {
    let [first, second, third] = [1, 2, 3].map(|number| message(number, later(number.into())));
    queue(&store, [third.clone(), first.clone(), second.clone()]).await;

    assert_eq!(leased(&store, NOW, 10).await, [(first.id.clone(), 1)]);
    store.remove_message(&first.id).await.unwrap();
    assert_eq!(leased(&store, NOW, 10).await, [(second.id.clone(), 1)]);
    commits(&store, Commit { given_up: vec![(second.id, 1)], ..Commit::default() }).await;
    assert_eq!(leased(&store, NOW, 10).await, [(third.id, 1)]);
}

pub async fn a_lane_serves_whom_it_has_something_for_the_oldest_first_whatever_its_lane(store: AnyStore) {
    let in_lane = |lane, message: QueuedMessage| QueuedMessage { lane, ..message };
    let bulk = |number, at| in_lane(Lane::Bulk, message_to(&user(number), number, at));
    let mail = |number, at| in_lane(Lane::Mail, message_to(&user(number), 10 + number, at));
    queue(&store, [bulk(1, later(1)), bulk(2, later(2)), mail(2, later(3)), mail(3, later(4)), bulk(3, later(5))])
        .await;
    let leased = async |lane| {
        let leased = store.lease_messages(lane, later(9), 10, LEASE).await.unwrap();
        leased.into_iter().map(|message| message.id).collect::<Vec<_>>()
    };

    assert!(leased(Lane::Text).await.is_empty());
    assert_eq!(leased(Lane::Mail).await, [bulk(2, later(2)).id, mail(3, later(4)).id]);
    assert_eq!(leased(Lane::Bulk).await, [bulk(1, later(1)).id]);
}

pub async fn a_lease_that_ran_out_is_taken_again(store: AnyStore) {
    queue(&store, [message(1, NOW), message(2, NOW)]).await;
    let (first, end) = (message(1, NOW).id, NOW.plus(LEASE));
    let _ = leased(&store, NOW, 10).await;

    let before = Timestamp::from_millis(end.millis() - 1);
    assert!(leased(&store, before, 10).await.is_empty());
    assert_eq!(leased(&store, end, 10).await, [(first, 2)]);
}

pub async fn a_message_that_was_put_off_waits_and_holds_back_those_after_it(store: AnyStore) {
    let (first, second) = (message(1, NOW).id, message(2, NOW).id);
    queue(&store, [message(1, NOW), message(2, NOW), message_to(&user(1), 3, later(1))]).await;
    let other = message_to(&user(1), 3, later(1)).id;
    assert_eq!(leased(&store, NOW, 1).await, [(first.clone(), 1)]);

    store.put_off_message(&first, 1, later(10)).await.unwrap();

    assert_eq!(leased(&store, later(9), 10).await, [(other, 1)]);
    let waiting = store.waiting_messages(1).await.unwrap().remove(0);
    assert_eq!(waiting.tries, Tries { made: 1, not_before: Some(later(10)), leased_until: None });
    assert_eq!(leased(&store, later(10), 10).await, [(first.clone(), 2)]);
    store.remove_message(&first).await.unwrap();
    assert_eq!(leased(&store, later(10), 10).await, [(second, 1)]);
}

/// Whose lease ran out while they were sending has no say any more.
pub async fn who_lost_a_lease_changes_nothing(store: AnyStore) {
    queue(&store, [message(1, NOW)]).await;
    let (id, end) = (message(1, NOW).id, NOW.plus(LEASE));
    let _ = leased(&store, NOW, 10).await;
    let again = store.lease_messages(Lane::Mail, end, 10, LEASE).await.unwrap();

    store.put_off_message(&id, 1, later(1000)).await.unwrap();
    store.put_off_message(&message(7, NOW).id, 1, later(1000)).await.unwrap();
    conflicts(&store, Commit { given_up: vec![(id, 1)], ..Commit::default() }).await;

    assert_eq!(store.waiting_messages(10).await.unwrap(), again);
}

pub async fn however_many_lease_at_once_each_message_is_leased_once(store: AnyStore) {
    let messages: Vec<_> = (0..120).map(|number| message_to(&user(number), number, NOW)).collect();
    commits(&store, Commit { messages, ..Commit::default() }).await;

    let mut running = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let store = store.clone();
        running.spawn(async move { leased(&store, NOW, 3).await });
    }
    let mut all: Vec<_> = running.join_all().await.into_iter().flatten().collect();
    // Who came too close to another may have got nothing; then it is still there.
    loop {
        let rest = leased(&store, NOW, 50).await;
        if rest.is_empty() {
            break;
        }
        all.extend(rest);
    }

    assert!(all.iter().all(|(_, tries)| *tries == 1));
    assert_eq!(all.len(), 120);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 120);
}

pub async fn messages_are_paged_through_in_the_order_of_their_identifiers(store: AnyStore) {
    let messages: Vec<_> = (0..7).map(|number| message(number, later(u64::from(9 - number)))).collect();
    commits(&store, Commit { messages: messages.clone(), ..Commit::default() }).await;

    let mut found: Vec<QueuedMessage> = Vec::new();
    for page in [3, 3, 1, 0] {
        let after = found.last().map(|message| message.id.clone());
        let messages = store.messages_after(after.as_ref(), 3).await.unwrap();
        assert_eq!(messages.len(), page);
        found.extend(messages);
    }

    let mut expected = messages;
    expected.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(found, expected);
}

pub async fn a_message_is_resealed_by_who_knows_its_present_seal(store: AnyStore) {
    queue(&store, [message(1, NOW)]).await;
    let (id, old, new) = (message(1, NOW).id, message(1, NOW).sealed, message(2, NOW).sealed);
    let _ = leased(&store, NOW, 1).await;

    assert!(store.reseal_message(&id, &old, new.clone()).await.unwrap());
    assert!(!store.reseal_message(&id, &old, message(3, NOW).sealed).await.unwrap());
    assert!(!store.reseal_message(&message(7, NOW).id, &old, new.clone()).await.unwrap());

    let waiting = store.waiting_messages(10).await.unwrap();
    let tries = Tries { made: 1, not_before: None, leased_until: Some(NOW.plus(LEASE)) };
    assert_eq!(waiting, [QueuedMessage { sealed: new.clone(), tries, ..message(1, NOW) }]);
    store.remove_message(&id).await.unwrap();
    assert!(!store.reseal_message(&id, &new, old).await.unwrap());
    assert!(store.waiting_messages(10).await.unwrap().is_empty());
}

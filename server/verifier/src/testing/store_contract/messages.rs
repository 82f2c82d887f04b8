use super::samples::{AnyStore, NOW, commits, later, message};
use crate::Commit;

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

pub async fn a_message_that_was_sent_waits_no_longer(store: AnyStore) {
    commits(&store, Commit { messages: vec![message(1, NOW), message(2, NOW)], ..Commit::default() }).await;

    store.remove_message(&message(1, NOW).id).await.unwrap();
    store.remove_message(&message(1, NOW).id).await.unwrap();
    store.remove_message(&message(7, NOW).id).await.unwrap();

    assert_eq!(store.waiting_messages(10).await.unwrap(), [message(2, NOW)]);
}

use super::samples::{AnyStore, NOW, ada, commits, conflicts, invitation, of_links, spending, token, user, with_ada};
use crate::{Commit, Link, LinkPurpose};

pub async fn a_link_is_found_until_it_is_spent(store: AnyStore) {
    with_ada(&store).await;
    let link = invitation(1, &ada());

    commits(&store, of_links([link.clone()])).await;
    assert_eq!(store.find_link(&token(1)).await.unwrap(), Some(link));

    commits(&store, spending(1)).await;
    assert_eq!(store.find_link(&token(1)).await.unwrap(), None);
}

pub async fn a_link_cannot_be_spent_twice(store: AnyStore) {
    commits(&store, of_links([invitation(1, &ada())])).await;
    commits(&store, spending(1)).await;

    conflicts(&store, spending(1)).await;

    commits(&store, of_links([invitation(2, &ada())])).await;
    conflicts(&store, Commit { spent_links: vec![token(2), token(2)], ..Commit::default() }).await;
    assert!(store.find_link(&token(2)).await.unwrap().is_some());
}

pub async fn a_link_that_was_never_issued_cannot_be_spent(store: AnyStore) {
    conflicts(&store, spending(1)).await;
}

pub async fn the_newest_link_voids_the_older_one_of_its_slot_and_no_other(store: AnyStore) {
    let setup = Link::new(token(1), LinkPurpose::Setup, NOW);
    commits(&store, of_links([setup.clone(), invitation(2, &ada()), invitation(3, &user(1))])).await;

    commits(&store, of_links([invitation(4, &ada())])).await;

    assert_eq!(store.find_link(&token(2)).await.unwrap(), None);
    conflicts(&store, spending(2)).await;
    for link in [setup, invitation(3, &user(1)), invitation(4, &ada())] {
        assert_eq!(store.find_link(&link.token).await.unwrap(), Some(link));
    }
}

pub async fn a_link_is_spent_and_its_successor_issued_in_one_commit(store: AnyStore) {
    commits(&store, of_links([invitation(1, &ada())])).await;

    commits(&store, Commit { links: vec![invitation(2, &ada())], ..spending(1) }).await;

    assert_eq!(store.find_link(&token(1)).await.unwrap(), None);
    assert_eq!(store.find_link(&token(2)).await.unwrap(), Some(invitation(2, &ada())));
}

pub async fn a_slot_that_is_voided_has_no_link_and_others_keep_theirs(store: AnyStore) {
    commits(&store, of_links([invitation(1, &ada()), invitation(2, &user(1))])).await;
    let slot = invitation(1, &ada()).purpose.slot();

    commits(&store, Commit { void_links: vec![slot.clone(), "an empty slot".into()], ..Commit::default() }).await;

    assert_eq!(store.find_link(&token(1)).await.unwrap(), None);
    assert!(store.find_link(&token(2)).await.unwrap().is_some());
    commits(&store, Commit { void_links: vec![slot], ..of_links([invitation(3, &ada())]) }).await;
    assert!(store.find_link(&token(3)).await.unwrap().is_some());
}

use std::ops::RangeInclusive;
use std::time::Duration;

use async_trait::async_trait;
use domain::{AccountId, EmailAddress, MessageId, SessionId, Timestamp, UserId};
use verifier::{
    AccountRecord, AttemptsKey, AuditChain, ChainHead, Commit, CommitError, CredentialRecord, EventPlace, Lane, Link,
    LoggedEvent, Member, PasswordAttempts, Person, QueuedMessage, Sealed, SealedEvent, SecurityEvent, Session,
    SignedIn, Store, Tally, TallyKey, TokenHash, Unavailable, Versioned, Waiting, Webhooks,
};

use crate::database::Database;
use crate::database_url::DatabaseUrl;
use crate::member_lists::MemberLists;
use crate::{
    OpenError, account, chain, credential, event, lease, link, member, message, migration, session, versioned,
};

/// The store on SurrealDB.
///
/// A directory is let go some moments after the store was dropped, since the database closes it in the background.
#[derive(Debug)]
pub struct SurrealStore {
    database: Database,
    /// None where others write, too.
    lists: Option<MemberLists>,
}

impl SurrealStore {
    /// Opens the database and brings its schema up to date. The address is one of
    ///
    /// - `mem://`: a database of its own, in memory, gone with the store;
    /// - `surrealkv:///var/lib/stepgate/db`: that directory, locked while it is open; each commit is on the disk when
    ///   it is answered;
    /// - `ws://user:password@host:8000/namespace/database` or `wss://…`: a SurrealDB server, as a root user of it.
    ///
    /// # Errors
    /// [`OpenError`]
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let url: DatabaseUrl = url.parse()?;
        let database = Database::new(url.connect().await?);
        migration::migrate(&database, &migration::MIGRATIONS).await?;
        let is_ours = matches!(url, DatabaseUrl::Memory | DatabaseUrl::Directory(_));
        Ok(Self { database, lists: is_ours.then(MemberLists::default) })
    }
}

#[async_trait]
impl Store for SurrealStore {
    async fn is_empty(&self) -> Result<bool, Unavailable> {
        Ok(!account::exists(&self.database).await?)
    }

    async fn find_session(&self, token: &TokenHash) -> Result<Option<SignedIn>, Unavailable> {
        session::find(&self.database, token).await
    }

    async fn find_user(&self, email: &EmailAddress) -> Result<Option<Person>, Unavailable> {
        credential::find(&self.database, email).await
    }

    async fn load_user(&self, user: &UserId) -> Result<Option<Person>, Unavailable> {
        credential::load(&self.database, user).await
    }

    async fn load_account(&self, account: &AccountId) -> Result<Option<Versioned<AccountRecord>>, Unavailable> {
        versioned::load(&self.database, "loading an account", account.as_str()).await
    }

    async fn sessions_of(&self, user: &UserId) -> Result<Vec<Session>, Unavailable> {
        session::of_user(&self.database, user).await
    }

    async fn sessions_of_account(
        &self,
        account: &AccountId,
        after: Option<&SessionId>,
        most: u32,
    ) -> Result<Vec<Session>, Unavailable> {
        session::of_account(&self.database, account, after, most).await
    }

    async fn members_of(&self, account: &AccountId) -> Result<Vec<Member>, Unavailable> {
        let Some(lists) = &self.lists else { return member::of_account(&self.database, account).await };
        if let Some(members) = lists.get(account) {
            return Ok(members);
        }
        let reading = lists.reads();
        let members = member::of_account(&self.database, account).await?;
        lists.keep(account, &members, reading);
        Ok(members)
    }

    async fn events_of(&self, account: &AccountId, most: u32) -> Result<Vec<SecurityEvent>, Unavailable> {
        event::of_account(&self.database, account, most).await
    }

    async fn events_before(
        &self,
        account: &AccountId,
        before: Option<&EventPlace>,
        from: Option<Timestamp>,
        most: u32,
    ) -> Result<Vec<SecurityEvent>, Unavailable> {
        event::before(&self.database, account, before, from, most).await
    }

    async fn events_about(&self, user: &UserId, most: u32) -> Result<Vec<SecurityEvent>, Unavailable> {
        event::about_user(&self.database, user, most).await
    }

    async fn load_attempts(&self, key: &AttemptsKey) -> Result<Option<Versioned<PasswordAttempts>>, Unavailable> {
        versioned::load(&self.database, "loading wrong passwords", &key.0).await
    }

    async fn load_tally(&self, key: &TallyKey) -> Result<Option<Versioned<Tally>>, Unavailable> {
        versioned::load(&self.database, "loading a count", &key.0).await
    }

    async fn load_webhooks(&self, account: &AccountId) -> Result<Option<Versioned<Webhooks>>, Unavailable> {
        versioned::load(&self.database, "loading webhooks", account.as_str()).await
    }

    async fn webhooks_after(
        &self,
        after: Option<&AccountId>,
        most: u32,
    ) -> Result<Vec<Versioned<Webhooks>>, Unavailable> {
        let after = after.map(AccountId::as_str);
        versioned::after(&self.database, "paging through webhooks", after, most).await
    }

    async fn stalled_sign_ins(&self, now: Timestamp, most: u32) -> Result<Vec<SignedIn>, Unavailable> {
        session::stalled(&self.database, now, most).await
    }

    async fn find_link(&self, token: &TokenHash) -> Result<Option<Link>, Unavailable> {
        link::find(&self.database, token).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        let changing = self.lists.as_ref().and_then(|lists| lists.changes(&commit));
        let outcome = crate::commit::commit(&self.database, commit).await;
        match (changing, &outcome) {
            (Some(changing), Ok(())) => changing.written(),
            (Some(changing), Err(CommitError::Conflict)) => changing.lost(),
            // What nobody knows of is read anew.
            (Some(_), Err(CommitError::Unavailable(_))) | (None, _) => {}
        }
        outcome
    }

    async fn touch(&self, token: &TokenHash, now: Timestamp) -> Result<(), Unavailable> {
        session::touch(&self.database, token, now).await
    }

    async fn waiting_messages(&self, most: u32) -> Result<Vec<QueuedMessage>, Unavailable> {
        message::waiting(&self.database, most).await
    }

    async fn queue_of(&self, account: &AccountId) -> Result<Waiting, Unavailable> {
        message::queue_of(&self.database, account).await
    }

    async fn load_message(&self, id: &MessageId) -> Result<Option<QueuedMessage>, Unavailable> {
        message::load(&self.database, id).await
    }

    async fn remove_message(&self, id: &MessageId) -> Result<(), Unavailable> {
        message::remove(&self.database, id).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), Unavailable> {
        crate::sweep::sweep(&self.database, now).await
    }

    async fn accounts_after(&self, after: Option<&AccountId>, most: u32) -> Result<Vec<AccountId>, Unavailable> {
        account::after(&self.database, after, most).await
    }

    async fn chains_to_seal(&self) -> Result<Vec<AuditChain>, Unavailable> {
        chain::to_seal(&self.database).await
    }

    async fn unsealed_events(&self, chain: &AuditChain, most: u32) -> Result<Vec<LoggedEvent>, Unavailable> {
        chain::unsealed(&self.database, chain, most).await
    }

    async fn sealed_events(
        &self,
        chain: &AuditChain,
        numbers: RangeInclusive<u64>,
        most: u32,
    ) -> Result<Vec<SealedEvent>, Unavailable> {
        chain::sealed(&self.database, chain, numbers, most).await
    }

    async fn load_chain(&self, chain: &AuditChain) -> Result<Option<Versioned<ChainHead>>, Unavailable> {
        chain::load(&self.database, chain).await
    }

    async fn lease_messages(
        &self,
        lane: Lane,
        now: Timestamp,
        most: u32,
        lease: Duration,
    ) -> Result<Vec<QueuedMessage>, Unavailable> {
        lease::lease(&self.database, lane, now, most, lease).await
    }

    async fn put_off_message(&self, id: &MessageId, tries: u32, at: Timestamp) -> Result<(), Unavailable> {
        message::put_off(&self.database, id, tries, at).await
    }

    async fn users_after(
        &self,
        after: Option<&UserId>,
        most: u32,
    ) -> Result<Vec<Versioned<CredentialRecord>>, Unavailable> {
        versioned::after(&self.database, "paging through users", after.map(UserId::as_str), most).await
    }

    async fn messages_after(&self, after: Option<&MessageId>, most: u32) -> Result<Vec<QueuedMessage>, Unavailable> {
        message::after(&self.database, after, most).await
    }

    async fn reseal_message(&self, id: &MessageId, from: &Sealed, to: Sealed) -> Result<bool, Unavailable> {
        message::reseal(&self.database, id, from, to).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::Role;
    use tokio::task::JoinSet;
    use verifier::testing::{a_credential, an_account};
    use verifier::{Change, Expected};

    use super::*;

    const PEOPLE: u8 = 12;

    fn person(number: u8) -> CredentialRecord {
        let email = format!("person{number}@example.com").parse().unwrap();
        CredentialRecord { user: UserId::from_random([number; 16]), email, ..a_credential() }
    }

    async fn with_people() -> Arc<SurrealStore> {
        let store = SurrealStore::open("mem://").await.unwrap();
        let credentials = (0..PEOPLE).map(|number| Change::create(person(number))).collect();
        let accounts = vec![Change::create(an_account())];
        store.commit(Commit { credentials, accounts, ..Commit::default() }).await.unwrap();
        Arc::new(store)
    }

    /// What the rows say.
    async fn rows(store: &SurrealStore) -> Vec<Member> {
        member::of_account(&store.database, &an_account().id).await.unwrap()
    }

    async fn list(store: &SurrealStore) -> Vec<Member> {
        store.members_of(&an_account().id).await.unwrap()
    }

    fn is_kept(store: &SurrealStore) -> bool {
        store.lists.as_ref().unwrap().get(&an_account().id).is_some()
    }

    /// Changes somebody, or removes them, as often as that can be done; says whether it was.
    async fn changes(store: &SurrealStore, number: u8, round: u32) -> bool {
        let Some(Person { credential, .. }) = store.load_user(&person(number).user).await.unwrap() else {
            return false;
        };
        let role = if round.is_multiple_of(2) { Role::Member } else { Role::Admin };
        let record = CredentialRecord { role, name: format!("Round {round}").parse().unwrap(), ..credential.record };
        let commit = if round == 9 && number.is_multiple_of(3) {
            Commit { removals: vec![(record.user, credential.version)], ..Commit::default() }
        } else {
            let change = Change { expected: Expected::Version(credential.version), record };
            Commit { credentials: vec![change], ..Commit::default() }
        };
        store.commit(commit).await.is_ok()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_list_is_as_its_rows_are_however_many_change_it_at_once() {
        let store = with_people().await;
        assert_eq!(list(&store).await, rows(&store).await);
        assert!(is_kept(&store), "nobody changed it meanwhile");

        let mut working = JoinSet::new();
        for number in (0..PEOPLE).chain(0..PEOPLE) {
            let store = Arc::clone(&store);
            working.spawn(async move {
                for round in 0..10 {
                    changes(&store, number, round).await;
                    list(&store).await;
                }
            });
        }
        working.join_all().await;

        assert_eq!(list(&store).await, rows(&store).await);
        assert_eq!(rows(&store).await.len(), usize::from(PEOPLE) - 4);
        assert_eq!(list(&store).await, rows(&store).await);
        assert!(is_kept(&store));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_comes_and_goes_is_in_the_list_and_is_not() {
        let store = with_people().await;
        list(&store).await;

        let credentials = vec![Change::create(person(99))];
        store.commit(Commit { credentials, ..Commit::default() }).await.unwrap();
        assert_eq!(list(&store).await.len(), usize::from(PEOPLE) + 1);
        store.commit(Commit { removals: vec![(person(99).user, 1)], ..Commit::default() }).await.unwrap();

        assert!(is_kept(&store));
        assert_eq!(list(&store).await, rows(&store).await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_commit_of_which_nobody_knows_what_became_has_the_list_read_anew() {
        let store = with_people().await;
        list(&store).await;
        let commit = Commit { credentials: vec![Change::create(person(99))], ..Commit::default() };

        drop(store.lists.as_ref().unwrap().changes(&commit));

        assert!(!is_kept(&store));
        assert_eq!(list(&store).await, rows(&store).await);
        assert!(is_kept(&store));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_list_that_was_read_while_somebody_was_changed_is_not_kept() {
        let store = with_people().await;
        let lists = store.lists.as_ref().unwrap();
        let commit = Commit { credentials: vec![Change::create(person(99))], ..Commit::default() };

        let before = lists.reads();
        let changing = lists.changes(&commit).unwrap();
        let during = lists.reads();
        lists.keep(&an_account().id, &rows(&store).await, before);
        lists.keep(&an_account().id, &rows(&store).await, during);
        assert!(!is_kept(&store));
        changing.lost();
        lists.keep(&an_account().id, &rows(&store).await, before);
        assert!(!is_kept(&store));
    }
}

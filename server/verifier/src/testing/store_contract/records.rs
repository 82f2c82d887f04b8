use domain::{AccountId, EmailAddress, Timestamp, UserId};

use super::samples::{
    AnyStore, NOW, account, ada, attempts, commits, conflicts, later, of_credential, open, other_account, session,
    tally, token, user, webhooks, with_ada, with_session,
};
use crate::testing::{SeededEntropy, a_binding, a_keyring};
use crate::{
    AccountRecord, AttemptsKey, Budget, Change, Commit, CredentialRecord, Drift, Enrollment, Expected, KnownBrowser,
    PasswordAttempts, PendingBinding, Person, Progress, RESET_MAILS, SharedSecret, Standing, TimeStep, TokenHash,
    Versioned, Webhooks, summarise,
};

pub async fn a_new_store_is_empty_until_an_account_is_created(store: AnyStore) {
    assert!(store.is_empty().await.unwrap());

    with_ada(&store).await;

    assert!(!store.is_empty().await.unwrap());
}

pub async fn what_was_never_written_is_nothing_and_no_error(store: AnyStore) {
    assert!(store.load_user(&ada().user).await.unwrap().is_none());
    assert!(store.find_user(&ada().email).await.unwrap().is_none());
    assert!(store.load_account(&account().id).await.unwrap().is_none());
    assert!(store.load_attempts(&attempts("k").key).await.unwrap().is_none());
    assert!(store.find_link(&token(1)).await.unwrap().is_none());
    assert!(store.find_session(&token(1)).await.unwrap().is_none());
    assert!(store.sessions_of(&ada().user).await.unwrap().is_empty());
    assert!(store.sessions_of_account(&account().id, None, 10).await.unwrap().is_empty());
    assert!(store.members_of(&account().id).await.unwrap().is_empty());
    assert!(store.events_of(&account().id, 10).await.unwrap().is_empty());
    assert!(store.waiting_messages(10).await.unwrap().is_empty());
}

pub async fn a_created_user_is_found_by_id_and_by_address_with_their_account(store: AnyStore) {
    with_ada(&store).await;

    let expected = Some(Person {
        credential: Versioned { version: 1, record: ada() },
        account: Versioned { version: 1, record: account() },
    });
    assert_eq!(store.load_user(&ada().user).await.unwrap(), expected);
    assert_eq!(store.find_user(&ada().email).await.unwrap(), expected);
    assert_eq!(store.load_account(&account().id).await.unwrap(), expected.map(|person| person.account));
}

pub async fn a_user_is_found_whatever_their_state(store: AnyStore) {
    with_ada(&store).await;
    let invited = CredentialRecord { password: None, ..user(1) };
    let deactivated = CredentialRecord { standing: Standing::Deactivated, ..user(2) };

    for record in [invited, deactivated] {
        commits(&store, of_credential(Change::create(record.clone()))).await;

        let found = store.find_user(&record.email).await.unwrap();
        assert_eq!(found.map(|person| person.credential.record), Some(record));
    }
}

pub async fn everything_in_a_record_comes_back_as_it_was_written(store: AnyStore) {
    let wrong = Budget::default().after_wrong(NOW).after_wrong(later(1));
    let secret = SharedSecret::from_bytes([9; 20]);
    let secret = secret.seal(&ada().user, &a_keyring(), &SeededEntropy::new(1)).unwrap();
    let progress = Progress::NextCode { after: TimeStep::at(NOW).unwrap(), drift: Drift(-1) };
    let pending = PendingBinding { session: session(1, &ada()).id, secret, begun_at: NOW, progress };
    let browser = KnownBrowser {
        cookie: token(1),
        browser: session(1, &ada()).browser,
        last_used: Timestamp::from_millis(i64::MAX),
        second_factors: wrong,
        passwords: wrong,
    };
    let record = CredentialRecord {
        name: "Zoë \"'`⟨{$x}⟩\\; DROP Đặng 🦀".parse().unwrap(),
        binding: Some(a_binding()),
        enrollment: Some(Enrollment::Binding(pending)),
        strangers: wrong,
        known_browsers: vec![browser; KnownBrowser::MOST],
        last_sign_in: Some(Timestamp::from_millis(i64::MIN)),
        ..ada()
    };
    let admins = (1..100).map(|number| user(number).user).collect();
    let organisation = AccountRecord { admins, dead_before: Some(NOW), ..account() };

    let accounts = vec![Change::create(organisation.clone())];
    commits(&store, Commit { accounts, ..of_credential(Change::create(record.clone())) }).await;

    let person = store.load_user(&record.user).await.unwrap().unwrap();
    assert_eq!(person.credential.record, record);
    assert_eq!(person.account.record, organisation);
}

pub async fn versions_begin_at_one_and_go_up_by_one(store: AnyStore) {
    let all = |expected| Commit {
        credentials: vec![Change { expected, record: ada() }],
        accounts: vec![Change { expected, record: account() }],
        attempts: vec![Change { expected, record: attempts("k") }],
        ..Commit::default()
    };
    commits(&store, all(Expected::Absent)).await;

    for version in 1..=4 {
        let person = store.load_user(&ada().user).await.unwrap().unwrap();
        let counted = store.load_attempts(&attempts("k").key).await.unwrap().unwrap();
        assert_eq!([person.credential.version, person.account.version, counted.version], [version; 3]);
        commits(&store, all(Expected::Version(version))).await;
    }
}

pub async fn a_record_that_exists_cannot_be_created_again(store: AnyStore) {
    with_ada(&store).await;
    let of_attempts = |record| Commit { attempts: vec![Change::create(record)], ..Commit::default() };
    commits(&store, of_attempts(attempts("k"))).await;
    let before = store.load_user(&ada().user).await.unwrap();

    let deactivated = CredentialRecord { standing: Standing::Deactivated, ..ada() };
    conflicts(&store, of_credential(Change::create(deactivated))).await;
    conflicts(&store, Commit { accounts: vec![Change::create(account())], ..Commit::default() }).await;
    conflicts(&store, of_attempts(attempts("k"))).await;

    assert_eq!(store.load_user(&ada().user).await.unwrap(), before);
}

pub async fn a_record_that_does_not_exist_cannot_be_updated(store: AnyStore) {
    for version in [0, 1, u64::MAX] {
        conflicts(&store, of_credential(Change::update(version, ada()))).await;
        conflicts(&store, Commit { accounts: vec![Change::update(version, account())], ..Commit::default() }).await;
        conflicts(&store, Commit { attempts: vec![Change::update(version, attempts("k"))], ..Commit::default() }).await;
    }

    what_was_never_written_is_nothing_and_no_error(store).await;
}

pub async fn a_record_cannot_be_written_by_who_read_an_older_version(store: AnyStore) {
    with_ada(&store).await;
    let named = |name: &str| CredentialRecord { name: name.parse().unwrap(), ..ada() };
    commits(&store, of_credential(Change::update(1, named("Second")))).await;
    commits(&store, of_credential(Change::update(2, named("Third")))).await;

    for version in [0, 1, 2, 4, u64::MAX] {
        conflicts(&store, of_credential(Change::update(version, named("Late")))).await;
    }

    let stored = store.load_user(&ada().user).await.unwrap().unwrap().credential;
    assert_eq!(stored, Versioned { version: 3, record: named("Third") });
}

pub async fn two_records_are_written_in_one_commit(store: AnyStore) {
    with_ada(&store).await;
    let renamed = CredentialRecord { name: "Augusta".parse().unwrap(), ..ada() };
    let organisation = AccountRecord { dead_before: Some(NOW), ..account() };

    let accounts = vec![Change::update(1, organisation.clone())];
    let credentials = vec![Change::update(1, renamed.clone()), Change::create(user(2))];
    commits(&store, Commit { credentials, accounts, ..Commit::default() }).await;

    let expected = Person {
        credential: Versioned { version: 2, record: renamed },
        account: Versioned { version: 2, record: organisation },
    };
    assert_eq!(store.load_user(&ada().user).await.unwrap(), Some(expected));
    assert!(store.load_user(&user(2).user).await.unwrap().is_some());
}

pub async fn an_address_belongs_to_one_user(store: AnyStore) {
    with_ada(&store).await;
    commits(&store, of_credential(Change::create(user(1)))).await;
    let elsewhere = CredentialRecord { account: other_account(9).id, email: ada().email, ..user(2) };

    conflicts(&store, of_credential(Change::create(CredentialRecord { email: ada().email, ..user(2) }))).await;
    conflicts(&store, of_credential(Change::create(elsewhere))).await;
    conflicts(&store, of_credential(Change::update(1, CredentialRecord { email: ada().email, ..user(1) }))).await;

    let found = store.find_user(&ada().email).await.unwrap().unwrap();
    assert_eq!(found.credential, Versioned { version: 1, record: ada() });
    assert!(store.load_user(&user(2).user).await.unwrap().is_none());
}

pub async fn a_changed_address_is_taken_and_the_old_one_is_free_again(store: AnyStore) {
    with_ada(&store).await;
    let new: EmailAddress = "countess@example.com".parse().unwrap();
    let married = CredentialRecord { email: new.clone(), ..ada() };

    commits(&store, of_credential(Change::update(1, married.clone()))).await;

    assert!(store.find_user(&ada().email).await.unwrap().is_none());
    assert_eq!(store.find_user(&new).await.unwrap().unwrap().credential.record, married);
    conflicts(&store, of_credential(Change::create(CredentialRecord { email: new, ..user(1) }))).await;
    commits(&store, of_credential(Change::create(CredentialRecord { email: ada().email, ..user(1) }))).await;
}

pub async fn each_commit_of_a_user_writes_their_list_line(store: AnyStore) {
    with_ada(&store).await;
    assert_eq!(store.members_of(&account().id).await.unwrap(), [summarise(&ada())]);
    let changed = CredentialRecord {
        name: "Augusta".parse().unwrap(),
        email: "countess@example.com".parse().unwrap(),
        binding: Some(a_binding()),
        last_sign_in: Some(NOW),
        ..ada()
    };

    commits(&store, of_credential(Change::update(1, changed.clone()))).await;

    assert_eq!(store.members_of(&account().id).await.unwrap(), [summarise(&changed)]);
}

pub async fn the_list_of_an_account_is_in_the_order_of_addresses_and_has_nobody_else(store: AnyStore) {
    with_ada(&store).await;
    let stranger = CredentialRecord { account: other_account(9).id, ..user(7) };
    let credentials = [user(3), stranger.clone(), user(1), user(2)].map(Change::create).into();
    let accounts = vec![Change::create(other_account(9))];

    commits(&store, Commit { credentials, accounts, ..Commit::default() }).await;

    let expected = [ada(), user(1), user(2), user(3)].map(|record| summarise(&record));
    assert_eq!(store.members_of(&account().id).await.unwrap(), expected);
    assert_eq!(store.members_of(&other_account(9).id).await.unwrap(), [summarise(&stranger)]);
}

pub async fn a_user_without_their_account_is_an_error_and_not_an_unknown_user(store: AnyStore) {
    commits(&store, of_credential(Change::create(ada()))).await;

    assert!(store.load_user(&ada().user).await.is_err());
    assert!(store.find_user(&ada().email).await.is_err());
}

pub async fn text_that_looks_like_a_query_is_only_text(store: AnyStore) {
    with_ada(&store).await;
    for (number, text) in [(1, "o'brien`}@example.com"), (2, "$email@example.com"), (3, "{x}'--@example.com")] {
        let email: EmailAddress = text.parse().unwrap();
        let record = CredentialRecord { email: email.clone(), name: text.parse().unwrap(), ..user(number) };

        commits(&store, of_credential(Change::create(record.clone()))).await;

        assert_eq!(store.find_user(&email).await.unwrap().unwrap().credential.record, record);
    }
    assert_eq!(store.members_of(&account().id).await.unwrap().len(), 4);
}

pub async fn keys_of_any_content_are_only_keys(store: AnyStore) {
    with_session(&store).await;
    let odd = ["", " ", "a:b", "session:x", "⟨x⟩", "`", "'; REMOVE TABLE session; --", "1", "1..2", "\u{0}\u{1f600}"];
    let long = "x".repeat(5000);

    for key in odd.into_iter().chain([long.as_str()]) {
        let hash = TokenHash::from_stored(key.to_owned());
        assert!(store.find_session(&hash).await.unwrap().is_none(), "{key:?}");
        assert!(store.find_link(&hash).await.unwrap().is_none(), "{key:?}");
        store.touch(&hash, later(1)).await.unwrap();
        conflicts(&store, Commit { spent_links: vec![hash], ..Commit::default() }).await;

        let record = PasswordAttempts { key: AttemptsKey(key.to_owned()), ..attempts("") };
        commits(&store, Commit { attempts: vec![Change::create(record.clone())], ..Commit::default() }).await;
        let stored = store.load_attempts(&record.key).await.unwrap();
        assert_eq!(stored, Some(Versioned { version: 1, record }), "{key:?}");
    }
    assert!(store.find_session(&token(1)).await.unwrap().is_some());
    assert!(store.load_user(&UserId::from_random([0; 16])).await.unwrap().is_none());
    assert!(store.load_account(&AccountId::from_random([0xff; 16])).await.unwrap().is_none());
}

pub async fn an_empty_commit_changes_nothing(store: AnyStore) {
    with_ada(&store).await;
    let before = store.load_user(&ada().user).await.unwrap();

    commits(&store, Commit::default()).await;

    assert_eq!(store.load_user(&ada().user).await.unwrap(), before);
}

pub async fn who_is_removed_leaves_nothing_but_a_free_address(store: AnyStore) {
    with_ada(&store).await;
    let others = Commit {
        sessions: vec![open(1, session(1, &ada())), open(2, session(2, &user(1)))],
        ..of_credential(Change::create(user(1)))
    };
    commits(&store, others).await;

    commits(&store, Commit { removals: vec![(ada().user, 1)], ..Commit::default() }).await;

    assert_eq!(store.load_user(&ada().user).await.unwrap(), None);
    assert_eq!(store.find_user(&ada().email).await.unwrap(), None);
    assert_eq!(store.find_session(&token(1)).await.unwrap(), None);
    assert!(store.find_session(&token(2)).await.unwrap().is_some());
    assert_eq!(store.members_of(&account().id).await.unwrap().len(), 1);
    conflicts(&store, of_credential(Change::update(1, ada()))).await;
    let newcomer = CredentialRecord { email: ada().email, ..user(2) };
    commits(&store, of_credential(Change::create(newcomer.clone()))).await;
    assert_eq!(store.find_user(&ada().email).await.unwrap().unwrap().credential.record, newcomer);
}

pub async fn what_is_counted_is_read_at_its_version(store: AnyStore) {
    let counted = |change| Commit { tallies: vec![change], ..Commit::default() };
    assert_eq!(store.load_tally(&tally("t").key).await.unwrap(), None);

    commits(&store, counted(Change::create(tally("t")))).await;
    let more = RESET_MAILS.after(tally("t").key, Some(&tally("t")), later(9));
    commits(&store, counted(Change::update(1, more.clone()))).await;

    assert_eq!(store.load_tally(&tally("t").key).await.unwrap(), Some(Versioned { version: 2, record: more }));
    conflicts(&store, counted(Change::update(1, tally("t")))).await;
    conflicts(&store, counted(Change::create(tally("t")))).await;
}

pub async fn webhooks_are_read_at_their_version_and_paged_through_in_the_order_of_accounts(store: AnyStore) {
    let written = |change| Commit { webhooks: vec![change], ..Commit::default() };
    assert_eq!(store.load_webhooks(&webhooks(0, 1).account).await.unwrap(), None);
    for number in 0..5 {
        commits(&store, written(Change::create(webhooks(number, 1)))).await;
    }
    commits(&store, written(Change::update(1, webhooks(3, 2)))).await;
    conflicts(&store, written(Change::update(1, webhooks(3, 1)))).await;
    conflicts(&store, written(Change::create(webhooks(3, 1)))).await;

    let changed = Some(Versioned { version: 2, record: webhooks(3, 2) });
    assert_eq!(store.load_webhooks(&webhooks(3, 1).account).await.unwrap(), changed);
    let (mut found, mut pages) = (Vec::<Versioned<Webhooks>>::new(), 0);
    loop {
        let page = store.webhooks_after(found.last().map(|last| &last.record.account), 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page);
        pages += 1;
    }
    let mut expected: Vec<_> = (0..5).map(|number| webhooks(number, 1).account).collect();
    expected.sort();
    assert_eq!((found.into_iter().map(|found| found.record.account).collect::<Vec<_>>(), pages), (expected, 3));
}

pub async fn accounts_are_paged_through_in_the_order_of_their_identifiers(store: AnyStore) {
    let accounts: Vec<_> = (0..7).map(|number| Change::create(other_account(number))).collect();
    commits(&store, Commit { accounts, ..Commit::default() }).await;

    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let page = store.accounts_after(found.last(), 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page);
        pages += 1;
    }

    let mut expected: Vec<_> = (0..7).map(|number| other_account(number).id).collect();
    expected.sort();
    assert_eq!((found, pages), (expected, 3));
}

pub async fn users_are_paged_through_in_the_order_of_their_identifiers(store: AnyStore) {
    with_ada(&store).await;
    let credentials: Vec<_> = (0..6).map(|number| Change::create(user(number))).collect();
    commits(&store, Commit { credentials, ..Commit::default() }).await;
    commits(&store, of_credential(Change::update(1, user(3)))).await;

    let mut found: Vec<Versioned<CredentialRecord>> = Vec::new();
    for page in [3, 3, 1, 0] {
        let after = found.last().map(|stored| stored.record.user.clone());
        let users = store.users_after(after.as_ref(), 3).await.unwrap();
        assert_eq!(users.len(), page);
        found.extend(users);
    }

    let version = |record: &CredentialRecord| if *record == user(3) { 2 } else { 1 };
    let everybody = (0..6).map(user).chain([ada()]);
    let mut expected: Vec<_> = everybody.map(|record| Versioned { version: version(&record), record }).collect();
    expected.sort_by(|a, b| a.record.user.cmp(&b.record.user));
    assert_eq!(found, expected);
}

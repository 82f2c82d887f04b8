use super::samples::{
    AnyStore, NOW, account, ada, attempts, commits, conflicts, event, head, invitation, later, message, of_credential,
    of_sessions, open, other_account, rotate, sealing, session, spending, tally, token, update, user, webhooks,
    with_ada,
};
use crate::{
    AccountRecord, AuditChain, ChainHead, ChainStep, Change, Commit, CredentialRecord, Link, Member, PasswordAttempts,
    Person, QueuedMessage, SealedEvent, SecurityEvent, Session, SessionChange, SignedIn, Tally, Versioned, Webhooks,
};

/// All that the samples below could write.
#[derive(Debug, PartialEq)]
struct Everything {
    people: Vec<Option<Person>>,
    accounts: Vec<Option<Versioned<AccountRecord>>>,
    attempts: Vec<Option<Versioned<PasswordAttempts>>>,
    tallies: Vec<Option<Versioned<Tally>>>,
    webhooks: Vec<Versioned<Webhooks>>,
    links: Vec<Option<Link>>,
    sessions: Vec<Option<SignedIn>>,
    listed_sessions: Vec<Session>,
    members: Vec<Member>,
    events: Vec<SecurityEvent>,
    messages: Vec<QueuedMessage>,
    chain: Option<Versioned<ChainHead>>,
    sealed: Vec<SealedEvent>,
}

async fn read(store: &AnyStore) -> Everything {
    let mut everything = Everything {
        people: Vec::new(),
        accounts: Vec::new(),
        attempts: Vec::new(),
        tallies: Vec::new(),
        webhooks: store.webhooks_after(None, 100).await.unwrap(),
        links: Vec::new(),
        sessions: Vec::new(),
        listed_sessions: store.sessions_of(&ada().user).await.unwrap(),
        members: store.members_of(&account().id).await.unwrap(),
        events: store.events_of(&account().id, 100).await.unwrap(),
        messages: store.waiting_messages(100).await.unwrap(),
        chain: store.load_chain(&AuditChain::of(Some(&account().id))).await.unwrap(),
        sealed: store.sealed_events(&AuditChain::of(Some(&account().id)), 1..=u64::MAX, 100).await.unwrap(),
    };
    for record in [ada(), user(1), user(2), user(3), user(4)] {
        everything.people.push(store.load_user(&record.user).await.unwrap());
        everything.people.push(store.find_user(&record.email).await.unwrap());
    }
    for record in [account(), other_account(1), other_account(2)] {
        everything.accounts.push(store.load_account(&record.id).await.unwrap());
    }
    for key in ["k", "new", "none"] {
        everything.attempts.push(store.load_attempts(&attempts(key).key).await.unwrap());
    }
    for key in ["t", "new", "none"] {
        everything.tallies.push(store.load_tally(&tally(key).key).await.unwrap());
    }
    for number in 10..40 {
        everything.links.push(store.find_link(&token(number)).await.unwrap());
        everything.sessions.push(store.find_session(&token(number)).await.unwrap());
    }
    everything.listed_sessions.sort_by(|a, b| a.id.cmp(&b.id));
    everything
}

/// What is there before: among it a spent link (11) and a session that was rotated (21 to 22) and one that ended (23).
async fn prepare(store: &AnyStore) {
    with_ada(store).await;
    let sessions = vec![
        open(20, session(20, &ada())),
        open(21, session(21, &ada())),
        rotate(21, 22, session(21, &ada())),
        open(23, session(23, &ada())),
        SessionChange::End { id: session(23, &ada()).id },
        open(26, session(26, &ada())),
        open(27, session(27, &user(1))),
    ];
    let links = vec![invitation(10, &ada()), invitation(11, &user(1))];
    let attempts = vec![Change::create(attempts("k"))];
    let tallies = vec![Change::create(tally("t"))];
    let webhooks = vec![Change::create(webhooks(0, 1))];
    let (events, messages) =
        (vec![event(0, NOW), event(2, NOW), event(3, NOW)], vec![message(0, NOW), message(2, NOW)]);
    let others = of_credential(Change::create(user(1)));
    commits(store, Commit { attempts, tallies, webhooks, links, sessions, events, messages, ..others }).await;
    commits(store, sealing(Change::create(head(2)), &[(0, 1), (2, 2)])).await;
    commits(store, of_credential(Change::create(user(4)))).await;
    commits(store, Commit { links: vec![invitation(13, &user(4))], ..Commit::default() }).await;
    commits(store, spending(11)).await;
}

/// Every kind of row in one commit, all of it possible.
fn every_kind_of_row() -> Commit {
    let renamed = CredentialRecord { name: "Augusta".parse().expect("a name"), ..ada() };
    Commit {
        credentials: vec![Change::update(1, renamed), Change::create(user(2))],
        accounts: vec![Change::update(1, account()), Change::create(other_account(1))],
        attempts: vec![Change::update(1, attempts("k")), Change::create(attempts("new"))],
        tallies: vec![Change::update(1, tally("t")), Change::create(tally("new"))],
        webhooks: vec![Change::update(1, webhooks(0, 2)), Change::create(webhooks(1, 1))],
        removals: vec![(user(4).user, 1)],
        spent_links: vec![token(10)],
        void_links: vec![invitation(13, &user(4)).purpose.slot(), "an empty slot".into()],
        links: vec![invitation(12, &user(2))],
        sessions: vec![
            open(24, session(24, &ada())),
            rotate(20, 25, session(20, &ada())),
            update(24, Session { last_seen: later(1), ..session(24, &ada()) }),
            SessionChange::End { id: session(26, &ada()).id },
            SessionChange::EndAllOf { user: user(1).user, except: None },
        ],
        events: vec![event(1, NOW)],
        messages: vec![message(1, NOW)],
        given_up: vec![(message(2, NOW).id, 0)],
        chains: vec![ChainStep {
            removed: vec![event(2, NOW).id],
            ..sealing(Change::update(1, head(3)), &[(1, 3)]).chains.remove(0)
        }],
    }
}

/// One thing each that can't be, whatever else is in the commit.
fn impossible_rows() -> Vec<(&'static str, Commit)> {
    let of_account = |change| Commit { accounts: vec![change], ..Commit::default() };
    let of_attempts = |change| Commit { attempts: vec![change], ..Commit::default() };
    let of_tally = |change| Commit { tallies: vec![change], ..Commit::default() };
    let of_webhooks = |change| Commit { webhooks: vec![change], ..Commit::default() };
    let with_email_of = |other: CredentialRecord, record| CredentialRecord { email: other.email, ..record };
    vec![
        ("a user at another version", of_credential(Change::update(7, user(1)))),
        ("a user who exists", of_credential(Change::create(user(1)))),
        ("a user who does not exist", of_credential(Change::update(1, user(3)))),
        ("a new user with a taken address", of_credential(Change::create(with_email_of(user(1), user(3))))),
        ("a user who takes an address", of_credential(Change::update(1, with_email_of(ada(), user(1))))),
        ("an account at another version", of_account(Change::update(7, account()))),
        ("an account that exists", of_account(Change::create(account()))),
        ("an account that does not exist", of_account(Change::update(1, other_account(2)))),
        ("a count at another version", of_attempts(Change::update(7, attempts("k")))),
        ("a count that exists", of_attempts(Change::create(attempts("k")))),
        ("a count that does not exist", of_attempts(Change::update(1, attempts("none")))),
        ("a tally at another version", of_tally(Change::update(7, tally("t")))),
        ("a tally that exists", of_tally(Change::create(tally("t")))),
        ("a tally that does not exist", of_tally(Change::update(1, tally("none")))),
        ("webhooks at another version", of_webhooks(Change::update(7, webhooks(0, 1)))),
        ("webhooks that exist", of_webhooks(Change::create(webhooks(0, 1)))),
        ("webhooks that do not exist", of_webhooks(Change::update(1, webhooks(2, 1)))),
        ("a removal of a user at another version", Commit { removals: vec![(user(1).user, 7)], ..Commit::default() }),
        ("a removal of a user who does not exist", Commit { removals: vec![(user(3).user, 1)], ..Commit::default() }),
        ("a spent link", spending(11)),
        ("an unknown link", spending(31)),
        ("a session under a taken token", of_sessions([open(22, session(30, &ada()))])),
        ("a rotation of an old token", of_sessions([rotate(21, 30, session(21, &ada()))])),
        ("a rotation of an ended session", of_sessions([rotate(23, 30, session(23, &ada()))])),
        ("a rotation to a taken token", of_sessions([rotate(22, 21, session(21, &ada()))])),
        ("an update of an old token", of_sessions([update(21, session(21, &ada()))])),
        ("an update of an ended session", of_sessions([update(23, session(23, &ada()))])),
        ("an event under a taken identifier", Commit { events: vec![event(0, later(1))], ..Commit::default() }),
        ("an unknown message", Commit { given_up: vec![(message(9, NOW).id, 0)], ..Commit::default() }),
        ("a message tried again", Commit { given_up: vec![(message(0, NOW).id, 7)], ..Commit::default() }),
        ("a chain at another version", sealing(Change::update(7, head(9)), &[])),
        ("a chain that exists", sealing(Change::create(head(9)), &[])),
        ("a seal for an event that has one", of_other_chain(&[(0, 9)])),
        ("a seal for an event that does not exist", of_other_chain(&[(9, 9)])),
        ("a message under a taken identifier", Commit { messages: vec![message(0, later(1))], ..Commit::default() }),
    ]
}

/// Seals that go with the record of a chain that nobody else moves.
fn of_other_chain(numbers: &[(u32, u64)]) -> Commit {
    let elsewhere = ChainHead { chain: AuditChain::of(Some(&other_account(5).id)), ..head(9) };
    sealing(Change::create(elsewhere), numbers)
}

/// The rows of both, those of `first` before those of `second` in each kind.
fn together(first: Commit, second: Commit) -> Commit {
    fn chain<T>(first: Vec<T>, second: Vec<T>) -> Vec<T> {
        first.into_iter().chain(second).collect()
    }
    Commit {
        credentials: chain(first.credentials, second.credentials),
        accounts: chain(first.accounts, second.accounts),
        attempts: chain(first.attempts, second.attempts),
        tallies: chain(first.tallies, second.tallies),
        webhooks: chain(first.webhooks, second.webhooks),
        removals: chain(first.removals, second.removals),
        spent_links: chain(first.spent_links, second.spent_links),
        void_links: chain(first.void_links, second.void_links),
        links: chain(first.links, second.links),
        sessions: chain(first.sessions, second.sessions),
        events: chain(first.events, second.events),
        messages: chain(first.messages, second.messages),
        given_up: chain(first.given_up, second.given_up),
        chains: chain(first.chains, second.chains),
    }
}

pub async fn a_commit_writes_every_kind_of_row(store: AnyStore) {
    prepare(&store).await;
    let before = read(&store).await;

    commits(&store, every_kind_of_row()).await;

    let after = read(&store).await;
    let has_token = |number: usize| after.sessions[number - 10].is_some();
    assert_eq!(after.people[0].as_ref().unwrap().credential.record.name.as_str(), "Augusta");
    assert!(after.people[4].is_some() && after.accounts[1].is_some());
    assert!(after.people[8].is_none() && after.people[9].is_none());
    assert_eq!(after.accounts[0].as_ref().unwrap().version, 2);
    assert_eq!(after.attempts[0].as_ref().unwrap().version, 2);
    assert!(after.attempts[1].is_some());
    assert_eq!(after.tallies[0].as_ref().unwrap().version, 2);
    assert!(after.tallies[1].is_some());
    let mut hooks: Vec<_> = after.webhooks.iter().map(|found| (found.version, found.record.hooks.len())).collect();
    hooks.sort_unstable();
    assert_eq!(hooks, [(1, 1), (2, 2)]);
    assert!(after.links[0].is_none() && after.links[2].is_some() && after.links[3].is_none());
    assert_eq!([20, 24, 25, 26, 27].map(has_token), [true, true, true, false, false]);
    assert_eq!(after.sessions[14].as_ref().unwrap().session.last_seen, later(1));
    // One came, one went.
    assert_eq!(after.members.len(), before.members.len());
    let numbers: Vec<_> = after.sealed.iter().map(|sealed| (sealed.seal.number, sealed.event.id.clone())).collect();
    assert_eq!(numbers, [(1, event(0, NOW).id), (3, event(1, NOW).id)]);
    assert_eq!(after.chain.as_ref().map(|chain| (chain.version, chain.record.clone())), Some((2, head(3))));
    // Here, too.
    assert_eq!(after.events.len(), before.events.len());
    assert_eq!(after.messages, [message(0, NOW), message(1, NOW)]);
}

pub async fn a_commit_whose_expectation_fails_writes_no_row_of_any_kind(store: AnyStore) {
    prepare(&store).await;
    let before = read(&store).await;

    for (what, impossible) in impossible_rows() {
        conflicts(&store, together(impossible.clone(), every_kind_of_row())).await;
        assert_eq!(read(&store).await, before, "{what}, at the beginning");
        conflicts(&store, together(every_kind_of_row(), impossible)).await;
        assert_eq!(read(&store).await, before, "{what}, at the end");
    }

    commits(&store, every_kind_of_row()).await;
}

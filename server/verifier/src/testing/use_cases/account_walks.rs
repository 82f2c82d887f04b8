//! Two accounts, their admins, their users and the operator, any sequence of what they can do to each other and
//! themselves, a clock that jumps ahead and back: whatever happens, what must never be is not.

mod acts;
mod administering;
mod leaving;
mod model;
mod owning;
mod settings;
mod signing_in;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::{AccountId, MfaWindow, Role, Timestamp};
use proptest::prelude::*;

use acts::{Act, acts};
use model::{Factor, Model, Setting, Somebody, Stay, Texts};

use crate::testing::world::{AtWork, PASSWORD};
use crate::testing::{Browser, Human, MemoryStore, World, a_keyring};
use crate::{
    AccountRecord, Commit, Gate, Member, Message, MfaState, Proof, SecurityEvent, Session, Show, Store, Token, admit,
};

/// All that is known of an account.
type Seen = (AccountRecord, Vec<Member>, Vec<SecurityEvent>, Vec<Session>);

/// The world, and what the model knows of it.
struct Walk {
    world: World,
    accounts: [AccountId; 2],
    model: Model,
    /// All invitations there ever were, and whom they invited.
    invitations: Vec<(usize, Token)>,
    /// All links to set a new password there ever were, and whose.
    resets: Vec<(usize, Token)>,
    /// Pages that were shown to somebody who was in.
    pages: Vec<(usize, AtWork)>,
}

impl Walk {
    /// Ada and Bob look after the first account, where Carol is protected, Dan is not, and Erin is invited; Eve has one
    /// of her own.
    async fn begin() -> Self {
        let world = World::over(Arc::new(MemoryStore::new())).await;
        let ada = world.ada().await;
        let eve = world.protected("eve@example.com").await;
        let accounts = [ada.account.clone(), eve.account.clone()];
        let setting = || Setting { window: MfaWindow::default(), saved: Vec::new() };
        let texts = || Texts { on: true, countries: BTreeSet::new(), daily: 100 };
        let model = Model {
            people: Vec::new(),
            sessions: BTreeMap::new(),
            settings: [setting(), setting()],
            texts: [texts(), texts()],
            browsers: Vec::new(),
            mobiles: Vec::new(),
            wrong_passwords: BTreeMap::new(),
            mailed: BTreeMap::new(),
        };
        let (invitations, resets, pages) = (Vec::new(), Vec::new(), Vec::new());
        let mut walk = Self { world: world.clone(), accounts, model, invitations, resets, pages };
        let bob = world.colleague(&ada, "bob@example.com", Role::Admin).await;
        let carol = world.colleague(&ada, "carol@example.com", Role::Member).await;
        let dan = world.joins(&ada, "dan@example.com", Role::Member).await;
        for invited in [&bob, &carol, &dan] {
            walk.model.mailed.insert(invited.email.clone(), vec![world.now()]);
        }
        walk.is_there(&ada, 0, Role::Admin).await;
        walk.is_there(&bob, 0, Role::Admin).await;
        walk.is_there(&carol, 0, Role::Member).await;
        walk.is_there(&eve, 1, Role::Admin).await;
        walk.is_there(&dan, 0, Role::Member).await;
        walk.act(Act::Invite(acts::By::Operator(0), 0, Role::Admin)).await;
        walk
    }

    /// Somebody who has accepted their invitation, and has enrolled if they have a phone.
    async fn is_there(&mut self, human: &Human, account: usize, role: Role) {
        let record = self.world.record(human).await;
        let somebody = Somebody {
            has_password: true,
            good_codes: human.codes.clone(),
            ..Somebody::new(human.clone(), record.name, account, role)
        };
        let who = self.model.people.len();
        self.model.people.push(somebody);
        if let Some((cookie, enrolled_at)) = human.browser.cookie().zip(record.last_sign_in) {
            self.model.is_remembered(who, cookie, enrolled_at);
            self.has_its_session(who, 0).await;
        }
    }

    /// Notes the session of a browser as it is.
    async fn has_its_session(&mut self, who: usize, seat: usize) {
        let browser = &self.model.people[who].browsers[seat];
        let session = self.world.session(browser).await.expect("a session");
        let factor = match session.proof {
            Proof::SecondFactor { mfa_at, authenticator_at } => Some(Factor { at: mfa_at, authenticator_at }),
            Proof::Password { .. } | Proof::Recovered { .. } => None,
        };
        let token = browser.session.as_ref().expect("a session cookie").hash();
        let cookie = browser.cookie().filter(|cookie| self.model.people[who].knows(Some(cookie), self.world.now()));
        let Session { id, password_at, last_seen, .. } = session;
        self.model.sessions.insert(id, Stay { who, token, password_at, last_seen, factor, cookie });
    }

    async fn act(&mut self, act: Act) {
        let before = [self.sees(0).await, self.sees(1).await];
        let account = self.acts(act).await;
        for (other, before) in before.iter().enumerate().filter(|(other, _)| Some(*other) != account) {
            assert_eq!(self.sees(other).await, *before, "something happened in another account");
        }
        for stay in self.model.sessions.values_mut() {
            let found = self.world.store.find_session(&stay.token).await.unwrap();
            stay.last_seen = found.map_or(stay.last_seen, |found| found.session.last_seen);
        }
    }

    /// Does it; says in which account.
    async fn acts(&mut self, act: Act) -> Option<usize> {
        let people = self.model.people.len();
        match act {
            Act::Administer(by, doing, whom) => return self.administers(by, doing, whom % people).await,
            Act::Invite(by, address, role) => return self.invites(by, address, role).await,
            Act::Save(by, choice) => return self.saves(by, MfaWindow::CHOICES[choice]).await,
            Act::Preview(by, choice) => return self.previews(by, MfaWindow::CHOICES[choice]).await,
            Act::SaveTexts(by, choice) => return self.saves_texts(by, choice).await,
            Act::RemindAll(by, show) => return self.reminds_all(by, Show::ALL[show]).await,
            Act::ForgetBrowser(by, nth) => return self.forgets_browser(by, nth).await,
            Act::ForgetOthers(by) => return self.forgets_others(by).await,
            Act::ChangePassword(by, knows_it) => return self.changes_password(by, knows_it).await,
            Act::ChangeName(by, nth) => return self.changes_name(by, nth).await,
            Act::RemoveMobile(by, nth) => return self.removes_mobile(by, nth).await,
            Act::EndSession(by, nth) => return self.ends_session(by, nth).await,
            Act::EndOthers(by) => return self.ends_others(by).await,
            Act::List(by) => return self.lists(by).await,
            Act::Accept(back) => return self.accepts(back).await,
            Act::Reset(back) => return self.resets(back).await,
            Act::Clock(seconds) => {
                self.world.clock.set(Timestamp::from_seconds(self.world.now().seconds() + seconds));
                return None;
            }
            _ => {}
        }
        let (who, seat) = match act {
            Act::AskForReset(who)
            | Act::LockOut(who)
            | Act::LoseCodes(who)
            | Act::GainMobile(who)
            | Act::HoldWaysBack(who) => (who % people, 0),
            Act::Password(who, seat)
            | Act::Code(who, seat)
            | Act::Wizard(who, seat)
            | Act::RecoveryCode(who, seat)
            | Act::Keep(who, seat)
            | Act::SignOut(who, seat)
            | Act::Click(who, seat)
            | Act::Forget(who, seat) => (who % people, seat),
            _ => return None,
        };
        match act {
            Act::Password(..) => self.enters_password(who, seat).await,
            Act::AskForReset(_) => self.asks_for_a_reset(who).await,
            _ if self.model.people[who].removed => {}
            Act::Code(..) => self.enters_code(who, seat).await,
            Act::Wizard(..) => self.enrolls(who, seat).await,
            Act::RecoveryCode(..) => self.enters_recovery_code(who, seat).await,
            Act::Keep(..) => self.keeps_authenticator(who, seat).await,
            Act::SignOut(..) => self.signs_out(who, seat).await,
            Act::Click(..) => {
                let _ = self.world.passes(Gate::Fresh, &self.model.people[who].browsers[seat]).await;
            }
            Act::Forget(..) => self.model.people[who].browsers[seat].known = None,
            Act::LockOut(_) => self.is_locked_out(who).await,
            Act::LoseCodes(_) => self.loses_codes(who).await,
            Act::GainMobile(_) => self.gains_mobile(who).await,
            Act::HoldWaysBack(_) => self.holds_ways_back(who).await,
            _ => {}
        }
        Some(self.model.people[who].account)
    }

    /// All that is known of an account.
    async fn sees(&self, account: usize) -> Seen {
        let (store, id) = (&self.world.store, &self.accounts[account]);
        let record = store.load_account(id).await.unwrap().expect("an account").record;
        let members = store.members_of(id).await.unwrap();
        let events = store.events_of(id, 10_000).await.unwrap();
        (record, members, events, store.sessions_of_account(id, None, 10_000).await.unwrap())
    }

    /// What was written since then, and the messages in it.
    fn written_since(&self, written: usize) -> (Vec<SecurityEvent>, Vec<Message>) {
        let commits: Vec<Commit> = self.world.store.written().split_off(written);
        let events = commits.iter().flat_map(|commit| commit.events.clone()).collect();
        let messages = commits.iter().flat_map(|commit| &commit.messages);
        (events, messages.map(|message| message.open(&a_keyring()).unwrap()).collect())
    }

    /// Whether a browser stands before an open door, without opening it.
    async fn stands_before(&self, gate: Gate, browser: &Browser) -> bool {
        let found = match &browser.session {
            Some(token) => self.world.store.find_session(&token.hash()).await.unwrap(),
            None => None,
        };
        admit(gate, found.map(Box::new), self.world.now()).is_ok()
    }

    // What must hold.

    async fn what_must_never_be_is_not(&self) {
        for account in [0, 1] {
            self.an_account_is_as_it_should_be(account).await;
        }
        for somebody in &self.model.people {
            self.somebody_stands_where_they_should(somebody).await;
        }
        for (whom, link) in &self.invitations {
            let invites = self.model.people[*whom].is_invited_by(link, self.world.now());
            assert_eq!(self.world.verifier.invited(link).await.unwrap().is_some(), invites, "a link of {whom}");
        }
        for (whose, link) in &self.resets {
            let resets = self.model.people[*whose].may_reset_by(link, self.world.now());
            assert_eq!(self.world.verifier.resetting(link).await.unwrap().is_some(), resets, "a link of {whose}");
        }
    }

    async fn an_account_is_as_it_should_be(&self, account: usize) {
        let (record, members, _, sessions) = self.sees(account).await;
        let line = |line: &Member| {
            let (user, name) = (line.user.clone(), line.name.as_str().to_owned());
            (user, name, line.role == Role::Admin, format!("{:?}", line.mfa))
        };
        assert_eq!(members.iter().map(line).collect::<BTreeSet<_>>(), self.model.lines(account));
        let people = || self.model.people.iter().filter(|somebody| somebody.account == account);
        let admins = people().filter(|somebody| somebody.is_active_admin());
        assert_eq!(record.admins, admins.map(|somebody| somebody.human.user.clone()).collect());
        assert_eq!(record.mfa_window, self.model.settings[account].window);
        let AccountRecord { texts, .. } = record;
        assert_eq!(Texts { on: texts.on, countries: texts.countries, daily: texts.daily }, self.model.texts[account]);
        let there: BTreeSet<_> = sessions.into_iter().map(|session| session.id).collect();
        let stays = self.model.sessions.iter().filter(|(_, stay)| self.model.people[stay.who].account == account);
        assert_eq!(there, stays.map(|(id, _)| id.clone()).collect());
    }

    async fn somebody_stands_where_they_should(&self, somebody: &Somebody) {
        let now = self.world.now();
        for browser in &somebody.browsers {
            let token = browser.session.as_ref().map(Token::hash);
            let stay = self.model.sessions.values().find(|stay| Some(&stay.token) == token.as_ref());
            let is_in = stay.filter(|stay| self.model.is_in(stay, now));
            let is_recent = is_in.is_some_and(|stay| Model::is_recent(stay, now));
            let is_admin = somebody.role == Role::Admin;
            for (gate, open) in [
                (Gate::Fresh, is_in.is_some()),
                (Gate::Recent, is_recent),
                (Gate::FreshAdmin, is_in.is_some() && is_admin),
                (Gate::RecentAdmin, is_recent && is_admin),
            ] {
                assert_eq!(self.stands_before(gate, browser).await, open, "{gate:?}: {:?}", somebody.human.email);
            }
            if let Some(Factor { at, .. }) = is_in.and_then(|stay| stay.factor) {
                let age = now.millis() - at.millis();
                let window = i64::from(self.model.settings[somebody.account].window.seconds()) * 1000;
                assert!((-60_000..window).contains(&age), "admitted {age} ms after the code");
            }
        }
        if somebody.removed || !somebody.active {
            assert_eq!(self.world.sessions(&somebody.human).await, 0);
        }
        if !somebody.removed {
            let record = self.world.record(&somebody.human).await;
            assert_eq!(record.strangers.wrong() >= 10, somebody.locked);
            assert_eq!(record.unlocked_at.is_some(), somebody.must_recover);
            assert_eq!(record.password.is_some(), somebody.has_password);
            assert!(somebody.active || (somebody.known.is_empty() && somebody.mfa() == MfaState::Deactivated));
            let known = record.known_browsers.into_iter().map(|known| (known.cookie, known.last_used));
            assert_eq!(known.collect::<BTreeSet<_>>(), somebody.known.iter().cloned().collect());
            let mobiles: Vec<_> = record.mobiles.into_iter().map(|mobile| (mobile.id, mobile.number)).collect();
            assert_eq!(mobiles, somebody.mobiles);
        }
    }
}

async fn walk(acts: Vec<Act>) {
    let mut walk = Walk::begin().await;
    walk.what_must_never_be_is_not().await;
    for act in acts {
        walk.act(act).await;
        walk.what_must_never_be_is_not().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn whatever_admins_do_nobody_is_in_who_should_not_be_and_no_account_touches_another(acts in acts()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();

        runtime.block_on(walk(acts));
    }
}

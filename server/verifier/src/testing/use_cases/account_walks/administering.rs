//! Admins and the operator: what they do to users and accounts, and what is told of it.

use domain::{EmailAddress, Role};

use super::acts::{By, Doing};
use super::model::{Came, Somebody};
use super::{PASSWORD, Walk};
use crate::testing::world::{AtWork, a_new_user, fit};
use crate::testing::{Browser, Human};
use crate::{
    Actor, ChangeVerdict, Denied, EventKind, Gate, InvitationVerdict, InviteVerdict, MessageKind, MfaState, NoticeKind,
    Recipient, RemindVerdict, ResendVerdict, Show, Token, UnlockVerdict,
};

/// Who acts.
pub(super) enum Acting {
    Operator(usize),
    Admin { who: usize, at_work: Box<AtWork> },
}

/// Addresses that are invited; some have been taken from the beginning.
const ADDRESSES: [&str; 6] = ["erin", "frank", "grace", "carol", "dan", "eve"];

impl Walk {
    /// Who acts, if they see a page on which they could.
    pub(super) async fn acting(&mut self, by: By) -> Option<Acting> {
        let people = self.model.people.len();
        match by {
            By::Operator(account) => Some(Acting::Operator(account)),
            By::Somebody(who, seat) => {
                let (who, world) = (who % people, self.world.clone());
                let browser = self.model.people[who].browsers[seat].clone();
                if world.passes(Gate::Fresh, &browser).await.is_err() {
                    return None;
                }
                let at_work = world.at_work(&browser).await;
                self.pages.push((who, at_work.clone()));
                Some(Acting::Admin { who, at_work: Box::new(at_work) })
            }
            By::StalePage(page) => {
                let (who, at_work) = self.pages.get(page.checked_rem(self.pages.len())?)?.clone();
                Some(Acting::Admin { who, at_work: Box::new(at_work) })
            }
        }
    }

    pub(super) fn actor<'a>(&'a self, acting: &'a Acting) -> Actor<'a> {
        match acting {
            Acting::Operator(account) => Actor::Operator { account: &self.accounts[*account] },
            Acting::Admin { at_work, .. } => at_work.actor(),
        }
    }

    pub(super) fn account_of(&self, acting: &Acting) -> usize {
        match acting {
            Acting::Operator(account) => *account,
            Acting::Admin { who, .. } => self.model.people[*who].account,
        }
    }

    /// Why they may change nothing, if they may not.
    pub(super) fn denies(&self, acting: &Acting) -> Result<(), Denied> {
        match acting {
            Acting::Operator(_) => Ok(()),
            Acting::Admin { at_work, .. } => {
                let page = at_work.proof().admission().signed_in();
                self.model.denies(page, self.world.now()).map_or(Ok(()), Err)
            }
        }
    }

    pub(super) async fn administers(&mut self, by: By, doing: Doing, whom: usize) -> Option<usize> {
        let acting = self.acting(by).await?;
        let (account, now) = (self.account_of(&acting), self.world.now());
        let oneself = acting.who();
        let expected = self.denies(&acting).and_then(|()| {
            let somebody = &self.model.people[whom];
            let is_theirs = somebody.account == account && !somebody.removed;
            if is_theirs { Ok(self.model.expects(doing, oneself, whom, now)) } else { Err(Denied::NoSuchUser) }
        });
        let (written, protected) = (self.world.store.written().len(), self.model.protected_admins(account));

        let came = self.does(&acting, doing, whom).await;

        assert_eq!(came, expected, "{doing:?} to {whom} by {oneself:?}");
        match came {
            Ok(Came::Done) => {
                let told = kind_of(doing);
                self.is_logged(written, &acting, Some(whom), &told);
                self.is_mailed(written, doing, whom);
                if doing == Doing::Resend {
                    self.is_invited(written, whom);
                }
                self.model.does(doing, whom, now);
            }
            Ok(Came::NoWayBack) => self.is_logged(written, &acting, Some(whom), &EventKind::UnlockRefused),
            _ => assert_eq!(self.world.store.written().len(), written, "{came:?}, and something was written"),
        }
        assert!(protected == 0 || self.model.protected_admins(account) > 0, "nobody is left to look after the account");
        Some(account)
    }

    async fn does(&self, acting: &Acting, doing: Doing, whom: usize) -> Result<Came, Denied> {
        let (verifier, actor) = (&self.world.verifier, self.actor(acting));
        let user = &self.model.people[whom].human.user;
        match doing {
            Doing::Resend => verifier.resend_invitation(actor, user).await.unwrap().map(Came::from),
            Doing::ChangeRole(role) => verifier.change_role(actor, user, role).await.unwrap().map(Came::from),
            Doing::Deactivate => verifier.deactivate(actor, user).await.unwrap().map(Came::from),
            Doing::Reactivate => verifier.reactivate(actor, user).await.unwrap().map(Came::from),
            Doing::Remove => verifier.remove(actor, user).await.unwrap().map(Came::from),
            Doing::EndSessions => verifier.end_sessions(actor, user).await.unwrap().map(Came::from),
            Doing::Remind => verifier.remind(actor, user).await.unwrap().map(Came::from),
            Doing::Unlock => verifier.unlock(actor, user).await.unwrap().map(Came::from),
        }
    }

    /// Fails unless this is all the log says since then: who did it, to whom, in which account, and where from if it
    /// was an admin.
    pub(super) fn is_logged(&self, written: usize, acting: &Acting, whom: Option<usize>, kind: &EventKind) {
        let (events, _) = self.written_since(written);
        let [event] = &events[..] else { panic!("not one event: {events:?}") };
        let user = |who: usize| &self.model.people[who].human.user;
        assert_eq!(event.kind, *kind);
        assert_eq!((event.user.as_ref(), event.by.as_ref()), (whom.map(user), acting.who().map(user)));
        assert_eq!(event.account.as_ref(), Some(&self.accounts[self.account_of(acting)]));
        assert_eq!((event.at, event.address.is_some()), (self.world.now(), event.by.is_some()));
    }

    /// Fails unless whom it was done to was mailed what they are to be told, and nothing else was sent.
    fn is_mailed(&self, written: usize, doing: Doing, whom: usize) {
        let (_, messages) = self.written_since(written);
        let human = &self.model.people[whom].human;
        let told = messages.iter().filter(|message| match &message.about {
            MessageKind::Invitation { .. } => doing == Doing::Resend,
            MessageKind::Reminder { protected } => doing == Doing::Remind && *protected == human.phone.is_some(),
            MessageKind::Notice { what, address, .. } => {
                doing == Doing::Unlock && *what == NoticeKind::Unlocked && address.is_none()
            }
            _ => false,
        });
        let to_them = told.filter(|message| message.to == Recipient::Mail(human.email.clone())).count();
        let due = usize::from(matches!(doing, Doing::Resend | Doing::Remind | Doing::Unlock));
        assert_eq!((to_them, messages.len()), (due, due), "{doing:?}: {messages:?}");
    }

    /// Notes the one invitation that was mailed since then, which voids all those before. Returns it.
    fn is_invited(&mut self, written: usize, whom: usize) -> Token {
        let (_, messages) = self.written_since(written);
        let links = messages.into_iter().filter_map(|message| match message.about {
            MessageKind::Invitation { link } => Some(link.reveal().parse::<Token>().unwrap()),
            _ => None,
        });
        let links: Vec<_> = links.collect();
        let [link] = &links[..] else { panic!("{} links", links.len()) };
        let now = self.world.now();
        let somebody = &mut self.model.people[whom];
        somebody.invitation = Some((link.hash(), now));
        let mailed = self.model.mailed.entry(somebody.human.email.clone()).or_default();
        mailed.push(mailed.last().map_or(now, |last| now.max(*last)));
        self.invitations.push((whom, link.clone()));
        link.clone()
    }

    pub(super) async fn invites(&mut self, by: By, address: usize, role: Role) -> Option<usize> {
        let acting = self.acting(by).await?;
        let (account, now) = (self.account_of(&acting), self.world.now());
        let new = a_new_user(&format!("{}@example.com", ADDRESSES[address]), role);
        let expected = self.denies(&acting).map(|()| self.invitation_of(&new.email, now));
        let written = self.world.store.written().len();

        let verdict = self.world.verifier.invite(self.actor(&acting), &new).await.unwrap();

        match (verdict, expected) {
            (Ok(InviteVerdict::Invited { user, link }), Ok(Came::Done)) => {
                let human = Human {
                    user,
                    account: self.accounts[account].clone(),
                    email: new.email,
                    password: PASSWORD.into(),
                    phone: None,
                    codes: Vec::new(),
                    browser: Browser::new(),
                };
                let whom = self.model.people.len();
                self.model.people.push(Somebody::new(human, new.name, account, role));
                self.is_logged(written, &acting, Some(whom), &EventKind::Invited);
                self.is_mailed(written, Doing::Resend, whom);
                let mailed = self.is_invited(written, whom);
                let told = link.map(|link| link.hash());
                assert_eq!(told, acting.who().is_none().then(|| mailed.hash()), "whom the link was told");
            }
            (Ok(InviteVerdict::EmailTaken), Ok(Came::EmailTaken)) => {}
            (Ok(InviteVerdict::Wait { until }), Ok(Came::Wait(expected))) => assert_eq!(until, expected),
            (Err(denied), Err(expected)) => assert_eq!(denied, expected),
            other => panic!("{other:?}"),
        }
        Some(account)
    }

    fn invitation_of(&self, email: &EmailAddress, now: domain::Timestamp) -> Came {
        if self.model.is_taken(email) {
            return Came::EmailTaken;
        }
        self.model.mailed_enough(email, now).map_or(Came::Done, Came::Wait)
    }

    /// Whoever has a link follows it, whether or not it is still good.
    pub(super) async fn accepts(&mut self, back: usize) -> Option<usize> {
        let (whom, link) = self.invitations.iter().rev().nth(back)?.clone();
        let (written, now) = (self.world.store.written().len(), self.world.now());
        let good = self.model.people[whom].is_invited_by(&link, now);

        let claimant = Browser::new().claimant();
        let verdict = self.world.verifier.accept_invitation(&link, &fit(PASSWORD), None, &claimant).await.unwrap();

        assert_eq!(matches!(verdict, InvitationVerdict::Accepted { .. }), good, "{verdict:?}");
        let (events, _) = self.written_since(written);
        let somebody = &mut self.model.people[whom];
        let accepted = events.iter().filter(|event| event.kind == EventKind::InvitationAccepted);
        assert_eq!(accepted.filter(|event| event.user.as_ref() == Some(&somebody.human.user)).count(), events.len());
        assert_eq!(events.len(), usize::from(good));
        if good {
            (somebody.has_password, somebody.invitation) = (true, None);
        }
        Some(somebody.account)
    }

    /// Reminds all that a list shows, each as if it were done alone.
    pub(super) async fn reminds_all(&mut self, by: By, show: Show) -> Option<usize> {
        let acting = self.acting(by).await?;
        let (account, now) = (self.account_of(&acting), self.world.now());
        let people = self.model.people.iter().enumerate().filter(|(_, one)| one.account == account && !one.removed);
        let shown = people.map(|(whom, _)| whom).filter(|whom| self.is_shown(show, *whom));
        let expected: Vec<_> =
            shown.map(|whom| (whom, self.model.expects(Doing::Remind, acting.who(), whom, now))).collect();
        let denied = self.denies(&acting);
        let written = self.world.store.written().len();

        let came = self.world.verifier.remind_all(self.actor(&acting), show).await.unwrap();

        assert_eq!(came.as_ref().err(), denied.as_ref().err());
        let (events, messages) = self.written_since(written);
        let Ok(reminders) = came else {
            assert!(events.is_empty() && messages.is_empty());
            return Some(account);
        };
        let reminded: Vec<_> = expected.iter().filter(|(_, came)| *came == Came::Done).map(|(whom, _)| *whom).collect();
        let count = |is_one: fn(&Came) -> bool| expected.iter().filter(|(_, came)| is_one(came)).count();
        let counted = [reminders.reminded, reminders.waiting, reminders.without_need, reminders.invited];
        let counts = [
            reminded.len(),
            count(|came| matches!(came, Came::Wait(_))),
            count(|came| matches!(came, Came::NothingMissing | Came::Deactivated)),
            count(|came| *came == Came::Invited),
        ];
        assert_eq!(counted.map(|count| usize::try_from(count).unwrap()), counts);
        assert!(reminders.stopped.is_none());
        let mut told: Vec<_> = messages.iter().map(|message| message.to.clone()).collect();
        let mut due: Vec<_> =
            reminded.iter().map(|whom| Recipient::Mail(self.model.people[*whom].human.email.clone())).collect();
        told.sort_by_key(|to| format!("{to:?}"));
        due.sort_by_key(|to| format!("{to:?}"));
        assert_eq!(told, due);
        assert_eq!(events.iter().filter(|event| event.kind == EventKind::Reminded).count(), events.len());
        assert_eq!(events.len(), reminded.len());
        for whom in reminded {
            self.model.does(Doing::Remind, whom, now);
        }
        Some(account)
    }

    /// Whether a list shows somebody.
    fn is_shown(&self, show: Show, whom: usize) -> bool {
        let mfa = self.model.people[whom].mfa();
        match show {
            Show::NotEnabled => mfa == MfaState::NotEnabled,
            Show::Protected => mfa == MfaState::Protected,
            Show::NotRecoveryReady => {
                !matches!(mfa, MfaState::NotEnabled | MfaState::Deactivated) && !self.model.has_way_back(whom)
            }
            Show::LockedOut => mfa == MfaState::LockedOut,
            Show::RecoveryPending => mfa == MfaState::RecoveryPending,
            Show::Deactivated => mfa == MfaState::Deactivated,
        }
    }

    pub(super) async fn lists(&mut self, by: By) -> Option<usize> {
        let acting = self.looking(by).await?;
        let account = self.account_of(&acting);
        let users = self.world.verifier.users_of(self.actor(&acting)).await.unwrap();
        let members = self.sees(account).await.1;
        assert_eq!(users, self.sees_lists(&acting).map(|()| members));
        for whom in 0..self.model.people.len() {
            self.sees_one(&acting, whom).await;
        }
        Some(account)
    }

    /// Fails unless what a page says of one user is what would come of it.
    async fn sees_one(&self, acting: &Acting, whom: usize) {
        let (somebody, now) = (&self.model.people[whom], self.world.now());
        let seen = self.world.verifier.user_detail(self.actor(acting), &somebody.human.user).await.unwrap();
        let is_theirs = somebody.account == self.account_of(acting) && !somebody.removed;
        let expected = self.sees_lists(acting).and(if is_theirs { Ok(()) } else { Err(Denied::NoSuchUser) });
        assert_eq!(seen.as_ref().err(), expected.as_ref().err(), "{whom} by {:?}", acting.who());
        let Ok(seen) = seen else { return };
        let expects = |doing| self.model.expects(doing, acting.who(), whom, now);
        assert_eq!(Came::from(seen.may_unlock), expects(Doing::Unlock), "an unlock of {whom}");
        assert_eq!(seen.is_last_admin, expects(Doing::Remove) == Came::LastAdmin, "a removal of {whom}");
        assert_eq!((seen.is_oneself, seen.line.member.invited), (acting.who() == Some(whom), !somebody.has_password));
    }

    /// Who acts, if a door has just admitted them: who only looks is not judged again.
    pub(super) async fn looking(&mut self, by: By) -> Option<Acting> {
        if matches!(by, By::StalePage(_)) { None } else { self.acting(by).await }
    }

    pub(super) fn sees_lists(&self, acting: &Acting) -> Result<(), Denied> {
        let is_admin = acting.who().is_none_or(|who| self.model.people[who].role == Role::Admin);
        if is_admin { Ok(()) } else { Err(Denied::NotAdmin) }
    }
}

/// What the log calls it.
fn kind_of(doing: Doing) -> EventKind {
    match doing {
        Doing::Resend => EventKind::Invited,
        Doing::ChangeRole(role) => EventKind::RoleChanged { role },
        Doing::Deactivate => EventKind::Deactivated,
        Doing::Reactivate => EventKind::Reactivated,
        Doing::Remove => EventKind::Removed,
        Doing::EndSessions => EventKind::SessionsEnded,
        Doing::Remind => EventKind::Reminded,
        Doing::Unlock => EventKind::Unlocked,
    }
}

impl Acting {
    /// Who, if it is not the operator.
    fn who(&self) -> Option<usize> {
        match self {
            Self::Operator(_) => None,
            Self::Admin { who, .. } => Some(*who),
        }
    }
}

impl From<ChangeVerdict> for Came {
    fn from(verdict: ChangeVerdict) -> Self {
        match verdict {
            ChangeVerdict::Changed => Self::Done,
            ChangeVerdict::AsItWas => Self::AsItWas,
            ChangeVerdict::LastAdmin => Self::LastAdmin,
        }
    }
}

impl From<ResendVerdict> for Came {
    fn from(verdict: ResendVerdict) -> Self {
        match verdict {
            ResendVerdict::Sent { .. } => Self::Done,
            ResendVerdict::Accepted => Self::HasPassword,
            ResendVerdict::Deactivated => Self::Deactivated,
            ResendVerdict::Wait { until } => Self::Wait(until),
        }
    }
}

impl From<RemindVerdict> for Came {
    fn from(verdict: RemindVerdict) -> Self {
        match verdict {
            RemindVerdict::Reminded => Self::Done,
            RemindVerdict::NothingMissing => Self::NothingMissing,
            RemindVerdict::Invited => Self::Invited,
            RemindVerdict::Deactivated => Self::Deactivated,
            RemindVerdict::Wait { until } => Self::Wait(until),
        }
    }
}

impl From<UnlockVerdict> for Came {
    fn from(verdict: UnlockVerdict) -> Self {
        match verdict {
            UnlockVerdict::Unlocked => Self::Done,
            UnlockVerdict::NotLockedOut => Self::NotLockedOut,
            UnlockVerdict::NoWayBack => Self::NoWayBack,
            UnlockVerdict::Oneself => Self::Oneself,
        }
    }
}

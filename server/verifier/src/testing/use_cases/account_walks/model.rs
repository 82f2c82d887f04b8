//! What the walk expects, by the rules of the product and not by how they are written down in the use cases.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::{
    Country, EmailAddress, MfaWindow, MobileId, Name, PhoneNumber, RecoveryCode, Role, SessionId, Timestamp, UserId,
};

use super::acts::Doing;
use crate::testing::world::ways_back::germany;
use crate::testing::{Browser, Human};
use crate::{Affected, Barred, Denied, MfaState, SignedIn, Token, TokenHash};

const DAY: Duration = Duration::from_hours(24);
const A_MINUTE: Duration = Duration::from_mins(1);

/// Everything there is, as far as it matters here.
pub(super) struct Model {
    /// Everybody who ever was.
    pub(super) people: Vec<Somebody>,
    /// Who is signed in, or on the way.
    pub(super) sessions: BTreeMap<SessionId, Stay>,
    /// What the two accounts ask.
    pub(super) settings: [Setting; 2],
    /// Which texts they send.
    pub(super) texts: [Texts; 2],
    /// All browsers that ever were known, and to whom.
    pub(super) browsers: Vec<(usize, TokenHash)>,
    /// All mobiles there ever were, and whose.
    pub(super) mobiles: Vec<(usize, MobileId)>,
    /// Wrong passwords that were judged.
    pub(super) wrong_passwords: BTreeMap<EmailAddress, u32>,
    /// When invitations were mailed.
    pub(super) mailed: BTreeMap<EmailAddress, Vec<Timestamp>>,
}

#[expect(clippy::struct_excessive_bools, reason = "each of them is a question of its own")]
pub(super) struct Somebody {
    pub(super) human: Human,
    pub(super) name: Name,
    pub(super) account: usize,
    pub(super) role: Role,
    pub(super) active: bool,
    pub(super) removed: bool,
    pub(super) has_password: bool,
    /// Ten wrong codes by strangers.
    pub(super) locked: bool,
    /// Unlocked, and not yet back.
    pub(super) must_recover: bool,
    /// The last recovery by text.
    pub(super) texted_back_at: Option<Timestamp>,
    pub(super) reminded_at: Option<Timestamp>,
    /// The one invitation that may work, and when it was mailed.
    pub(super) invitation: Option<(TokenHash, Timestamp)>,
    /// The one link to set a new password that may work, and when it was mailed.
    pub(super) reset: Option<(TokenHash, Timestamp)>,
    pub(super) good_codes: Vec<RecoveryCode>,
    pub(super) mobiles: Vec<(MobileId, PhoneNumber)>,
    pub(super) browsers: [Browser; 2],
    /// The browsers that are known, and when each was last used.
    pub(super) known: Vec<(TokenHash, Timestamp)>,
}

pub(super) struct Stay {
    pub(super) who: usize,
    pub(super) token: TokenHash,
    pub(super) password_at: Timestamp,
    pub(super) last_seen: Timestamp,
    pub(super) factor: Option<Factor>,
    /// The known browser it is in.
    pub(super) cookie: Option<TokenHash>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Factor {
    pub(super) at: Timestamp,
    /// When a code of the authenticator was right.
    pub(super) authenticator_at: Option<Timestamp>,
}

/// The MFA Time Setting, and what it was before each time it was saved.
pub(super) struct Setting {
    pub(super) window: MfaWindow,
    pub(super) saved: Vec<(Timestamp, MfaWindow)>,
}

/// Which texts an account sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Texts {
    pub(super) on: bool,
    pub(super) countries: BTreeSet<Country>,
    pub(super) daily: u32,
}

/// What becomes of what an admin does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    Done,
    AsItWas,
    LastAdmin,
    Oneself,
    NoWayBack,
    NotLockedOut,
    NothingMissing,
    Invited,
    HasPassword,
    Deactivated,
    EmailTaken,
    Wait(Timestamp),
}

impl Somebody {
    /// Somebody who has neither a password nor anything else.
    pub(super) fn new(human: Human, name: Name, account: usize, role: Role) -> Self {
        let browsers = [human.browser.clone(), Browser::new()];
        Self {
            human,
            name,
            account,
            role,
            active: true,
            removed: false,
            has_password: false,
            locked: false,
            must_recover: false,
            texted_back_at: None,
            reminded_at: None,
            invitation: None,
            reset: None,
            good_codes: Vec::new(),
            mobiles: Vec::new(),
            browsers,
            known: Vec::new(),
        }
    }

    pub(super) fn mfa(&self) -> MfaState {
        match (self.active, self.human.phone.is_some()) {
            (false, _) => MfaState::Deactivated,
            (true, false) => MfaState::NotEnabled,
            (true, true) if self.locked => MfaState::LockedOut,
            (true, true) if self.must_recover => MfaState::RecoveryPending,
            (true, true) => MfaState::Protected,
        }
    }

    /// Whether they look after their account, and can sign in to do so.
    pub(super) fn is_protected_admin(&self) -> bool {
        !self.removed && self.role == Role::Admin && self.mfa() == MfaState::Protected
    }

    pub(super) fn is_active_admin(&self) -> bool {
        !self.removed && self.role == Role::Admin && self.active
    }

    pub(super) fn may_sign_in(&self) -> bool {
        !self.removed && self.active && self.has_password
    }

    /// Whether a browser is known: for 180 days from its last use.
    pub(super) fn knows(&self, cookie: Option<&TokenHash>, now: Timestamp) -> bool {
        self.known.iter().any(|(known, used_at)| Some(known) == cookie && now < used_at.plus(180 * DAY))
    }

    /// Until when codes and mobiles stay as they are: for a day after a recovery by text.
    pub(super) fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.texted_back_at.map(|at| at.plus(DAY)).filter(|until| now < *until)
    }

    /// Whether a link invites them at `now`.
    pub(super) fn is_invited_by(&self, link: &Token, now: Timestamp) -> bool {
        let lives = |mailed_at: Timestamp| now < mailed_at.plus(3 * DAY);
        let newest = self.invitation.as_ref().is_some_and(|(token, at)| *token == link.hash() && lives(*at));
        newest && self.active && !self.removed && !self.has_password
    }

    /// Whether a link lets them set a new password at `now`.
    pub(super) fn may_reset_by(&self, link: &Token, now: Timestamp) -> bool {
        let lives = |mailed_at: Timestamp| now < mailed_at.plus(Duration::from_hours(1));
        let newest = self.reset.as_ref().is_some_and(|(token, at)| *token == link.hash() && lives(*at));
        newest && self.may_sign_in()
    }
}

impl Stay {
    /// How old a proof is; on a clock that was set back, as old as it was when the session was last seen.
    fn age_of(&self, proof: Timestamp, now: Timestamp) -> Duration {
        now.max(self.last_seen).since(proof).unwrap_or_default()
    }
}

impl Setting {
    /// Whether a second factor is young enough: for what is asked now, and for what was asked whenever that was changed.
    pub(super) fn admits(&self, factor: Timestamp, age: Duration, now: Timestamp) -> bool {
        let died = |(at, before): &(Timestamp, MfaWindow)| at.since(factor).is_some_and(|age| age >= before.span());
        factor <= now.plus(A_MINUTE) && age < self.window.span() && !self.saved.iter().any(died)
    }
}

impl Texts {
    /// Whether the mobiles of this walk may be texted.
    pub(super) fn reach_mobiles(&self) -> bool {
        self.on && self.countries.contains(&germany())
    }
}

impl Model {
    /// Those of an account, by what a list of them says.
    pub(super) fn lines(&self, account: usize) -> BTreeSet<(UserId, String, bool, String)> {
        let people = self.people.iter().filter(|somebody| somebody.account == account && !somebody.removed);
        let line = |somebody: &Somebody| {
            let (user, name) = (somebody.human.user.clone(), somebody.name.as_str().to_owned());
            (user, name, somebody.role == Role::Admin, format!("{:?}", somebody.mfa()))
        };
        people.map(line).collect()
    }

    pub(super) fn protected_admins(&self, account: usize) -> usize {
        self.people.iter().filter(|somebody| somebody.account == account && somebody.is_protected_admin()).count()
    }

    pub(super) fn is_alive(&self, stay: &Stay, now: Timestamp) -> bool {
        let in_time = now < stay.password_at.plus(90 * DAY) && now < stay.last_seen.plus(7 * DAY);
        in_time && self.people[stay.who].may_sign_in()
    }

    /// Whether a session is in.
    pub(super) fn is_in(&self, stay: &Stay, now: Timestamp) -> bool {
        let setting = &self.settings[self.people[stay.who].account];
        self.is_alive(stay, now)
            && stay.factor.is_some_and(|factor| setting.admits(factor.at, stay.age_of(factor.at, now), now))
    }

    /// Whether a session has its step-up.
    pub(super) fn is_recent(stay: &Stay, now: Timestamp) -> bool {
        stay.factor
            .and_then(|factor| factor.authenticator_at)
            .is_some_and(|at| at <= now.plus(A_MINUTE) && stay.age_of(at, now) < Duration::from_mins(10))
    }

    /// Whether a page is of a session that is in, under this very token.
    pub(super) fn goes_on(&self, page: &SignedIn, now: Timestamp) -> bool {
        let stay = self.sessions.get(&page.session.id).filter(|stay| stay.token == page.token);
        stay.is_some_and(|stay| self.is_in(stay, now))
    }

    /// Why somebody at a page may not change what is their own, if they may not.
    pub(super) fn bars(&self, page: &SignedIn, asks_for_code: bool, now: Timestamp) -> Option<Barred> {
        if !self.goes_on(page, now) {
            return Some(Barred::Over);
        }
        let is_recent = self.sessions.get(&page.session.id).is_some_and(|stay| Self::is_recent(stay, now));
        (asks_for_code && !is_recent).then_some(Barred::StepUp)
    }

    /// Whether whoever sits at a page may change something there now.
    pub(super) fn denies(&self, page: &SignedIn, now: Timestamp) -> Option<Denied> {
        let stay = self.sessions.get(&page.session.id).filter(|stay| stay.token == page.token);
        let Some(stay) = stay.filter(|stay| self.is_in(stay, now)) else { return Some(Denied::Over) };
        if self.people[stay.who].role != Role::Admin {
            return Some(Denied::NotAdmin);
        }
        (!Self::is_recent(stay, now)).then_some(Denied::StepUp)
    }

    /// Whom a setting would ask at their next click, and would not if it stayed.
    pub(super) fn affected(&self, account: usize, window: MfaWindow, now: Timestamp) -> Affected {
        let of_account = self.sessions.values().filter(|stay| self.people[stay.who].account == account);
        let asked = of_account.filter(|stay| {
            let age = stay.factor.map(|factor| stay.age_of(factor.at, now)).unwrap_or_default();
            self.is_in(stay, now) && age >= window.span()
        });
        let whose: Vec<_> = asked.map(|stay| stay.who).collect();
        let people = whose.iter().collect::<BTreeSet<_>>().len();
        Affected { people: u32::try_from(people).unwrap(), browsers: u32::try_from(whose.len()).unwrap() }
    }

    /// From when on an address may be mailed another invitation, if it may not now: three in 24 hours, where what lies
    /// in the future of a clock that was set back happened now.
    pub(super) fn mailed_enough(&self, email: &EmailAddress, now: Timestamp) -> Option<Timestamp> {
        let third_last = self.mailed.get(email)?.iter().rev().nth(2)?;
        Some(third_last.plus(DAY)).filter(|until| now < *until)
    }

    pub(super) fn is_taken(&self, email: &EmailAddress) -> bool {
        self.people.iter().any(|somebody| !somebody.removed && somebody.human.email == *email)
    }

    /// Whether a recovery would succeed today.
    pub(super) fn has_way_back(&self, whom: usize) -> bool {
        let somebody = &self.people[whom];
        let texts = &self.texts[somebody.account];
        !somebody.good_codes.is_empty() || (!somebody.mobiles.is_empty() && texts.reach_mobiles())
    }

    /// A second factor was right in a browser, which is known from then on: of more than eight the one longest unused
    /// is forgotten.
    pub(super) fn is_remembered(&mut self, who: usize, cookie: TokenHash, now: Timestamp) {
        let known = &mut self.people[who].known;
        known.retain(|(other, used_at)| *other != cookie && now < used_at.plus(180 * DAY));
        if known.len() >= 8 {
            let oldest = known.iter().map(|(_, used_at)| *used_at).min();
            let at = known.iter().position(|(_, used_at)| Some(*used_at) == oldest).unwrap();
            known.remove(at);
        }
        known.push((cookie.clone(), now));
        self.browsers.push((who, cookie));
    }

    fn leaves_nobody(&self, whom: usize) -> bool {
        let somebody = &self.people[whom];
        let counts = match somebody.mfa() {
            MfaState::Protected => true,
            MfaState::LockedOut | MfaState::RecoveryPending => self.has_way_back(whom),
            MfaState::NotEnabled | MfaState::Deactivated => false,
        };
        let others = self.protected_admins(somebody.account) - usize::from(somebody.is_protected_admin());
        somebody.role == Role::Admin && counts && others == 0
    }

    /// What doing something to somebody comes to, for who may do it.
    pub(super) fn expects(&self, doing: Doing, by: Option<usize>, whom: usize, now: Timestamp) -> Came {
        let somebody = &self.people[whom];
        match doing {
            Doing::Resend if somebody.has_password => Came::HasPassword,
            Doing::Resend | Doing::Remind if !somebody.active => Came::Deactivated,
            Doing::Resend => self.mailed_enough(&somebody.human.email, now).map_or(Came::Done, Came::Wait),
            Doing::ChangeRole(role) if role == somebody.role => Came::AsItWas,
            Doing::ChangeRole(Role::Admin) | Doing::EndSessions => Came::Done,
            Doing::Deactivate if !somebody.active => Came::AsItWas,
            Doing::ChangeRole(Role::Member) | Doing::Deactivate | Doing::Remove => {
                if self.leaves_nobody(whom) {
                    Came::LastAdmin
                } else {
                    Came::Done
                }
            }
            Doing::Reactivate => {
                if somebody.active {
                    Came::AsItWas
                } else {
                    Came::Done
                }
            }
            Doing::Remind if !somebody.has_password => Came::Invited,
            Doing::Remind if somebody.human.phone.is_some() && self.has_way_back(whom) => Came::NothingMissing,
            Doing::Remind => {
                let until = somebody.reminded_at.map(|at| at.plus(DAY)).filter(|until| now < *until);
                until.map_or(Came::Done, Came::Wait)
            }
            Doing::Unlock if by == Some(whom) => Came::Oneself,
            Doing::Unlock if somebody.mfa() != MfaState::LockedOut => Came::NotLockedOut,
            Doing::Unlock => {
                if self.has_way_back(whom) {
                    Came::Done
                } else {
                    Came::NoWayBack
                }
            }
        }
    }

    /// Does what was done.
    pub(super) fn does(&mut self, doing: Doing, whom: usize, now: Timestamp) {
        let somebody = &mut self.people[whom];
        match doing {
            Doing::Resend | Doing::EndSessions => {}
            Doing::ChangeRole(role) => somebody.role = role,
            Doing::Deactivate | Doing::Reactivate => {
                (somebody.active, somebody.invitation, somebody.reset) = (doing == Doing::Reactivate, None, None);
            }
            Doing::Remove => somebody.removed = true,
            Doing::Remind => somebody.reminded_at = Some(now),
            Doing::Unlock => (somebody.locked, somebody.must_recover) = (false, true),
        }
        if matches!(doing, Doing::Deactivate | Doing::Reactivate | Doing::Remove) {
            somebody.known.clear();
        }
        if matches!(doing, Doing::Deactivate | Doing::Reactivate | Doing::Remove | Doing::EndSessions) {
            self.ends_all_of(whom, None);
        }
    }

    pub(super) fn ends_all_of(&mut self, who: usize, except: Option<&SessionId>) {
        self.sessions.retain(|id, stay| stay.who != who || Some(id) == except);
    }
}

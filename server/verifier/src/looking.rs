use std::cmp::Reverse;

use domain::{Timestamp, UserId};

use crate::administration::is_last_admin;
use crate::admission::is_signed_in;
use crate::texting::last_digits;
use crate::user_list::count;
use crate::verifier::Outcome;
use crate::{
    Actor, Administered, AuditEntry, Commit, Coverage, CredentialRecord, Denied, EventKind, ExportedList, KnownBrowser,
    SecurityEvent, Session, UnlockVerdict, UserLine, UserPage, UserQuery, Verifier, summarise, unlocking,
};

/// What an admin sees of one user. Never a factor, nor what would stand for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetail {
    /// Their line in the list.
    pub line: UserLine,
    /// The sessions in which they are signed in, the last seen first; those in which a code is due too.
    pub sessions: Vec<Session>,
    /// How many browsers are known.
    pub known_browsers: u32,
    /// The last two digits of each recovery mobile.
    pub mobiles: Vec<String>,
    /// The last events that concern them, at most twenty, the newest first.
    pub events: Vec<AuditEntry>,
    /// When they were reminded the last time.
    pub reminded_at: Option<Timestamp>,
    /// When their open invitation was mailed, if that is among the events.
    pub invited_at: Option<Timestamp>,
    /// When they were unlocked, until they have recovered.
    pub unlocked_at: Option<Timestamp>,
    /// What an unlock by the one who looks would come to now.
    pub may_unlock: UnlockVerdict,
    /// Whether it is the one who looks.
    pub is_oneself: bool,
    /// Whether nobody could look after the account without them: they stay an active admin.
    pub is_last_admin: bool,
}

/// The most events that are shown of one user.
const MOST_EVENTS: u32 = 20;

impl Verifier {
    /// A page of the account's users.
    ///
    /// # Errors
    /// [`crate::Unavailable`]
    pub async fn list_users(&self, actor: Actor<'_>, query: &UserQuery) -> Administered<UserPage> {
        let account = match self.account_seen_by(actor).await? {
            Ok(account) => account,
            Err(denied) => return Ok(Err(denied)),
        };
        let members = self.store.members_of(&account.id).await?;
        Ok(Ok(query.select(members, &account.texts)))
    }

    /// A page of each of several lists of the account's users, all of the same moment and looked up once.
    ///
    /// # Errors
    /// [`crate::Unavailable`]
    pub async fn list_users_each<const N: usize>(
        &self,
        actor: Actor<'_>,
        queries: [&UserQuery; N],
    ) -> Administered<[UserPage; N]> {
        let account = match self.account_seen_by(actor).await? {
            Ok(account) => account,
            Err(denied) => return Ok(Err(denied)),
        };
        let members = self.store.members_of(&account.id).await?;
        Ok(Ok(queries.map(|query| query.select(members.clone(), &account.texts))))
    }

    /// How far the account is protected.
    ///
    /// # Errors
    /// [`crate::Unavailable`]
    pub async fn coverage(&self, actor: Actor<'_>) -> Administered<Coverage> {
        let account = match self.account_seen_by(actor).await? {
            Ok(account) => account,
            Err(denied) => return Ok(Err(denied)),
        };
        let members = self.store.members_of(&account.id).await?;
        Ok(Ok(Coverage::of(&members, &account.texts)))
    }

    /// All users a query asks for, to be taken out of the account. That is told in the log before anybody has them.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nobody has them.
    pub async fn export_users(&self, actor: Actor<'_>, query: &UserQuery) -> Administered<Vec<UserLine>> {
        let now = self.clock.now();
        let mut rounds = self.rounds_by(actor, None).await;
        loop {
            rounds.begin().await?;
            let acting = match self.acting(actor, now).await? {
                Ok(acting) => acting,
                Err(denied) => return Ok(Err(denied)),
            };
            let account = &acting.account.record;
            let lines = query.all(self.store.members_of(&account.id).await?, &account.texts);
            let event = self.event_by(&acting, None, EventKind::Exported { list: ExportedList::Users }, now)?;
            let commit = acting.vouch(Commit { events: vec![event], ..Commit::default() });
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(Ok(lines));
            }
        }
    }

    /// A user of the account, with what an admin may do for them.
    ///
    /// # Errors
    /// [`crate::Unavailable`]
    pub async fn user_detail(&self, actor: Actor<'_>, user: &UserId) -> Administered<UserDetail> {
        let now = self.clock.now();
        let account = match self.account_seen_by(actor).await? {
            Ok(account) => account,
            Err(denied) => return Ok(Err(denied)),
        };
        let found = self.store.load_user(user).await?.map(|person| person.credential.record);
        let Some(record) = found.filter(|record| record.account == account.id) else {
            return Ok(Err(Denied::NoSuchUser));
        };
        let mut sessions = self.store.sessions_of(user).await?;
        sessions.retain(|session| is_signed_in(session, now));
        sessions.sort_by_key(|session| (Reverse(session.last_seen), session.id.clone()));
        let events = self.store.events_about(user, MOST_EVENTS).await?;
        let is_alone = self.is_alone(&account, user).await?;
        let is_oneself = match actor {
            Actor::Admin { proof, .. } => proof.admission().signed_in().session.user == *user,
            Actor::Operator { .. } => false,
        };
        Ok(Ok(UserDetail {
            line: UserLine::of(summarise(&record), &account.texts),
            sessions,
            known_browsers: known_browsers(&record, now),
            mobiles: record.mobiles.iter().map(|mobile| last_digits(&mobile.number)).collect(),
            reminded_at: record.reminded_at,
            invited_at: invited_at(&record, &events),
            unlocked_at: record.unlocked_at,
            may_unlock: unlocking::judge(&record, &account.texts, is_oneself),
            is_oneself,
            is_last_admin: is_alone && is_last_admin(&record, &account.texts),
            events: self.named_entries(&account.id, events).await?,
        }))
    }
}

fn known_browsers(record: &CredentialRecord, now: Timestamp) -> u32 {
    let is_known = |known: &&KnownBrowser| record.known_browser(Some(&known.cookie), now).is_some();
    count(record.known_browsers.iter().filter(is_known).count())
}

fn invited_at(record: &CredentialRecord, events: &[SecurityEvent]) -> Option<Timestamp> {
    let invitation = events.iter().find(|event| event.kind == EventKind::Invited);
    invitation.filter(|_| record.password.is_none()).map(|event| event.at)
}

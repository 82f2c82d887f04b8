use domain::{AccountId, Role, Timestamp, UserId};

use crate::event::Happening;
use crate::verifier::{Outcome, Rounds};
use crate::{
    AccountRecord, Admitted, Change, Claimant, Commit, CredentialRecord, EventKind, Fresh, Gate, Member, MfaState,
    Person, Readiness, Refusal, SecurityEvent, Standing, TextPolicy, Unavailable, Verifier, Versioned, admit,
    summarise,
};

/// Who changes something for others, in one account.
#[derive(Debug, Clone, Copy)]
pub enum Actor<'a> {
    /// One of its admins, at a browser. Whether they still may is judged again in each round, as step-up.
    Admin {
        /// The session they act in.
        proof: &'a Fresh,
        /// Where they sit.
        claimant: &'a Claimant,
    },
    /// Whoever operates the server, at the command line: has no session, and obeys the same rules.
    Operator {
        /// The account they act in.
        account: &'a AccountId,
    },
}

/// Why an admin may not do it at all, whatever it is.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// An authenticator's code of the last ten minutes is asked for.
    StepUp,
    /// They are no admin, or no admin any more.
    NotAdmin,
    /// Their session has ended, goes on under another token, or its second factor has elapsed: look again.
    Over,
    /// There is no such account; only the operator can be told so.
    NoSuchAccount,
    /// The account has no such user. Of other accounts' users nothing else is ever said.
    NoSuchUser,
}

/// Why something that is done for many, one after the other, ended before the last.
#[derive(Debug)]
pub enum Stopped {
    /// Whoever does it may not any more.
    Denied(Denied),
    /// It could not be decided.
    Unavailable(Unavailable),
    /// It would have kept whoever asked for it waiting for too long.
    Late,
}

/// What became of something an admin does: `T`, if they may do it at all.
pub type Administered<T> = Result<Result<T, Denied>, Unavailable>;

/// What a change comes to: `Ok` is the verdict once the changes are written, `Err` that of changing nothing.
pub(crate) type Decided<T> = Result<Result<T, T>, Unavailable>;

/// What a change of the account comes to: `Ok` is what is written, and the verdict then.
pub(crate) type DecidedOfAccount<T> = Result<Result<(Commit, T), T>, Unavailable>;

/// Who acts, as they are in this round.
pub(crate) struct Acting<'a> {
    pub(crate) admin: Option<Versioned<CredentialRecord>>,
    pub(crate) claimant: Option<&'a Claimant>,
    pub(crate) account: Versioned<AccountRecord>,
}

/// Somebody who is acted on, in one round.
pub(crate) struct Case<'a> {
    pub(crate) acting: Acting<'a>,
    pub(crate) person: Person,
    /// Whether no other admin of the account is active and protected.
    alone: bool,
    pub(crate) commit: Commit,
}

impl Verifier {
    /// The users of the account, in the order of their addresses.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn users_of(&self, actor: Actor<'_>) -> Administered<Vec<Member>> {
        match self.account_seen_by(actor).await? {
            Ok(account) => self.store.members_of(&account.id).await.map(Ok),
            Err(denied) => Ok(Err(denied)),
        }
    }

    /// The account, for who only looks: the door has just admitted them.
    pub(crate) async fn account_seen_by(&self, actor: Actor<'_>) -> Administered<AccountRecord> {
        match actor {
            Actor::Admin { proof, .. } => {
                let admission = proof.admission();
                let account = || admission.signed_in().person.account.record.clone();
                Ok(if admission.is_admin() { Ok(account()) } else { Err(Denied::NotAdmin) })
            }
            Actor::Operator { account } => {
                let found = self.store.load_account(account).await?;
                Ok(found.map(|found| found.record).ok_or(Denied::NoSuchAccount))
            }
        }
    }

    /// Lets `decide` change a user of the actor's account, and commits that.
    pub(crate) async fn administer<T>(
        &self,
        actor: Actor<'_>,
        user: &UserId,
        decide: impl Fn(&mut Case<'_>, Timestamp) -> Decided<T> + Send + Sync,
    ) -> Administered<T> {
        let now = self.clock.now();
        let mut rounds = self.rounds_by(actor, Some(user)).await;
        loop {
            rounds.begin().await?;
            let mut case = match self.case(actor, user, now).await? {
                Ok(case) => case,
                Err(denied) => return Ok(Err(denied)),
            };
            let verdict = match decide(&mut case, now)? {
                Ok(verdict) => verdict,
                Err(verdict) => return Ok(Ok(verdict)),
            };
            if self.try_commit(case.into_commit()).await? == Outcome::Committed {
                return Ok(Ok(verdict));
            }
        }
    }

    /// The same for what concerns no user but the account itself.
    pub(crate) async fn administer_account<T>(
        &self,
        actor: Actor<'_>,
        decide: impl Fn(&Acting<'_>, Timestamp) -> DecidedOfAccount<T> + Send + Sync,
    ) -> Administered<T> {
        let now = self.clock.now();
        let mut rounds = self.rounds_by(actor, None).await;
        loop {
            rounds.begin().await?;
            let acting = match self.acting(actor, now).await? {
                Ok(acting) => acting,
                Err(denied) => return Ok(Err(denied)),
            };
            let (commit, verdict) = match decide(&acting, now)? {
                Ok(decided) => decided,
                Err(verdict) => return Ok(Ok(verdict)),
            };
            if self.try_commit(acting.vouch(commit)).await? == Outcome::Committed {
                return Ok(Ok(verdict));
            }
        }
    }

    /// The rounds of what `actor` does. An admin's own record is part of each commit of theirs: one at a time.
    pub(crate) async fn rounds_by(&self, actor: Actor<'_>, user: Option<&UserId>) -> Rounds<'_> {
        let whose = match actor {
            Actor::Admin { proof, .. } => Some(&proof.admission().signed_in().session.user),
            Actor::Operator { .. } => user,
        };
        match whose {
            Some(user) => self.rounds_for(user).await,
            None => self.rounds(),
        }
    }

    /// Who acts as they are now, if they still may: an admin in the same session, under this very token.
    pub(crate) async fn acting<'a>(&self, actor: Actor<'a>, now: Timestamp) -> Administered<Acting<'a>> {
        let (proof, claimant) = match actor {
            Actor::Admin { proof, claimant } => (proof, claimant),
            Actor::Operator { account } => {
                let found = self.store.load_account(account).await?.ok_or(Denied::NoSuchAccount);
                return Ok(found.map(|account| Acting { admin: None, claimant: None, account }));
            }
        };
        let token = &proof.admission().signed_in().token;
        let presented = self.store.find_session(token).await?.filter(|found| found.superseded_until.is_none());
        Ok(match admit(Gate::RecentAdmin, presented.map(Box::new), now) {
            Ok(Admitted::Fresh(fresh)) => {
                let Person { credential, account } = fresh.admission().signed_in().person.clone();
                Ok(Acting { admin: Some(credential), claimant: Some(claimant), account })
            }
            Err(Refusal::StepUp) => Err(Denied::StepUp),
            Err(Refusal::NotAdmin) => Err(Denied::NotAdmin),
            Ok(_) | Err(_) => Err(Denied::Over),
        })
    }

    /// A user of the account in which `actor` acts.
    pub(crate) async fn case<'a>(&self, actor: Actor<'a>, user: &UserId, now: Timestamp) -> Administered<Case<'a>> {
        let acting = match self.acting(actor, now).await? {
            Ok(acting) => acting,
            Err(denied) => return Ok(Err(denied)),
        };
        let credential = match acting.admin.as_ref().filter(|admin| admin.record.user == *user) {
            Some(oneself) => Some(oneself.clone()),
            None => self.store.load_user(user).await?.map(|person| person.credential),
        };
        let account = &acting.account.record;
        let Some(credential) = credential.filter(|found| found.record.account == account.id) else {
            return Ok(Err(Denied::NoSuchUser));
        };
        let alone = self.is_alone(account, user).await?;
        let person = Person { credential, account: acting.account.clone() };
        Ok(Ok(Case { acting, person, alone, commit: Commit::default() }))
    }

    /// Whether a user is an active admin of the account, and no other one is active and protected.
    pub(crate) async fn is_alone(&self, account: &AccountRecord, user: &UserId) -> Result<bool, Unavailable> {
        // Asked only where it matters: it costs a look at each other admin.
        Ok(account.admins.contains(user) && !self.has_protected_admin_besides(account, user).await?)
    }

    /// Whether another admin of the account is active and *Protected*, in the word that lists show. That one stays an
    /// active admin until the account's record is written again; their lock may come at any moment, and the operator
    /// lifts it.
    async fn has_protected_admin_besides(&self, account: &AccountRecord, user: &UserId) -> Result<bool, Unavailable> {
        for other in account.admins.iter().filter(|other| *other != user) {
            if let Some(person) = self.store.load_user(other).await? {
                let line = summarise(&person.credential.record);
                if line.account == account.id && line.role == Role::Admin && line.mfa == MfaState::Protected {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Notes in the commit what happens to the one who is acted on.
    pub(crate) fn note(&self, case: &mut Case<'_>, kind: EventKind, now: Timestamp) -> Result<(), Unavailable> {
        let event = self.event_by(&case.acting, Some(&case.person.credential.record.user), kind, now)?;
        case.commit.events.push(event);
        Ok(())
    }

    pub(crate) fn event_by(
        &self,
        acting: &Acting<'_>,
        user: Option<&UserId>,
        kind: EventKind,
        at: Timestamp,
    ) -> Result<SecurityEvent, Unavailable> {
        let by = acting.admin.as_ref().map(|admin| &admin.record.user);
        let (account, claimant) = (Some(&acting.account.record.id), acting.claimant);
        let id = domain::EventId::from_random(self.entropy.bytes()?);
        Ok(Happening { at, account, user, by, claimant, kind }.recorded_as(id))
    }
}

impl<'a> Acting<'a> {
    /// The case of a user who does not exist yet.
    pub(crate) fn of_new(self, record: CredentialRecord) -> Case<'a> {
        let commit = Commit { credentials: vec![Change::create(record.clone())], ..Commit::default() };
        let person = Person { credential: Versioned { version: 0, record }, account: self.account.clone() };
        Case { acting: self, person, alone: false, commit }
    }

    /// The commit in which the admin is still the one who was judged: whoever is demoted, deactivated, removed or signed
    /// out by others at the same moment does nothing more.
    pub(crate) fn vouch(self, mut commit: Commit) -> Commit {
        if let Some(admin) = self.admin {
            commit.credentials.push(Change::update(admin.version, admin.record));
        }
        commit
    }
}

impl Case<'_> {
    pub(crate) fn user(&self) -> &CredentialRecord {
        &self.person.credential.record
    }

    pub(crate) fn user_mut(&mut self) -> &mut CredentialRecord {
        &mut self.person.credential.record
    }

    /// Whether the user is the admin who acts.
    pub(crate) fn is_oneself(&self) -> bool {
        self.acting.admin.as_ref().is_some_and(|admin| admin.record.user == self.user().user)
    }

    /// Whether they could come back in if they were unlocked.
    pub(crate) fn has_way_back(&self) -> bool {
        Readiness::of(self.user()).is_ready(&self.person.account.record.texts)
    }

    /// Whether nobody could look after the account if they were no active admin.
    pub(crate) fn is_last_admin(&self) -> bool {
        self.alone && is_last_admin(self.user(), &self.person.account.record.texts)
    }

    /// Makes the account's list of active admins say what the user's record says.
    pub(crate) fn list_admin(&mut self) {
        let user = self.user();
        let is_admin = user.role == Role::Admin && user.standing == Standing::Active;
        self.set_listed(is_admin);
    }

    pub(crate) fn set_listed(&mut self, is_admin: bool) {
        let user = self.user().user.clone();
        let account = &mut self.person.account;
        let changed = if is_admin { account.record.admins.insert(user) } else { account.record.admins.remove(&user) };
        if changed {
            self.commit.accounts.push(Change::update(account.version, account.record.clone()));
        }
    }

    /// The commit with the user's record in it, unless they are removed by it or new in it.
    pub(crate) fn into_commit(self) -> Commit {
        let oneself = self.is_oneself();
        let Self { acting, person, mut commit, .. } = self;
        // What was read has a version from 1 on.
        let is_new = person.credential.version == 0;
        if commit.removals.is_empty() && !is_new {
            commit.credentials.push(Change::update(person.credential.version, person.credential.record));
        }
        if oneself { commit } else { acting.vouch(commit) }
    }
}

/// Whether an admin who is alone is the last one who is protected. One who is locked out counts as long as there is a way
/// back; beyond that they are to be removed and invited again.
pub(crate) fn is_last_admin(alone: &CredentialRecord, texts: &TextPolicy) -> bool {
    let protected = match summarise(alone).mfa {
        MfaState::Protected => true,
        MfaState::LockedOut | MfaState::RecoveryPending => Readiness::of(alone).is_ready(texts),
        MfaState::NotEnabled | MfaState::Deactivated => false,
    };
    alone.role == Role::Admin && protected
}

use std::collections::BTreeSet;

use domain::{AccountId, EmailAddress, MfaWindow, Name, Role, Timestamp, UserId};

use crate::verifier::Outcome;
use crate::{
    AccountRecord, Change, Claimant, Commit, CredentialRecord, EventKind, HashingLane, Link, LinkPurpose, NewPassword,
    PasswordHash, Person, Standing, StoredPassword, TextPolicy, Token, Unavailable, Verifier, Versioned,
};

/// An organisation to be, with its first admin.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What the organisation is called.
    pub account: Name,
    /// What the admin is called.
    pub name: Name,
    /// The address the admin signs in with.
    pub email: EmailAddress,
}

/// What became of a new account.
#[must_use]
#[derive(Debug)]
pub enum AccountCreation {
    /// It exists.
    Created {
        /// The link by which the admin sets a password, if none was given.
        invitation: Option<Token>,
    },
    /// Another user signs in with that address.
    EmailTaken,
    /// The link was used, is too old, or was followed by a newer one.
    LinkDead,
}

/// What became of an invitation.
#[must_use]
#[derive(Debug)]
pub enum InvitationVerdict {
    /// The password is set; sign in with it.
    Accepted {
        /// The address to sign in with.
        email: EmailAddress,
    },
    /// The link was used, is too old, or was followed by a newer one.
    LinkDead,
}

/// Whom an invitation is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The organisation that invites.
    pub account: Name,
    /// What the invited one is called.
    pub name: Name,
    /// The address they will sign in with.
    pub email: EmailAddress,
}

impl Verifier {
    /// A link to create the first account, while there is none; voids the one before.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn issue_setup_link(&self) -> Result<Option<Token>, Unavailable> {
        let now = self.clock.now();
        let mut rounds = self.rounds();
        loop {
            rounds.begin().await?;
            if !self.store.is_empty().await? {
                return Ok(None);
            }
            let token = Token::issue(&*self.entropy)?;
            let link = Link::new(token.hash(), LinkPurpose::Setup, now);
            if self.try_commit(Commit { links: vec![link], ..Commit::default() }).await? == Outcome::Committed {
                return Ok(Some(token));
            }
        }
    }

    /// Whether a link to create the first account can still be followed.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn setup_is_open(&self, link: &Token) -> Result<bool, Unavailable> {
        self.is_live_setup(link, self.clock.now()).await
    }

    /// Creates the first account by its link, which is spent.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was created, the link is as good as before.
    pub async fn create_first_account(
        &self,
        link: &Token,
        new: &NewAccount,
        password: &NewPassword,
        claimant: &Claimant,
    ) -> Result<AccountCreation, Unavailable> {
        let now = self.clock.now();
        if !self.is_live_setup(link, now).await? {
            return Ok(AccountCreation::LinkDead);
        }
        let hash = self.hash(password).await?;
        let mut rounds = self.rounds();
        loop {
            rounds.begin().await?;
            if !self.is_live_setup(link, now).await? {
                return Ok(AccountCreation::LinkDead);
            }
            let mut commit = self.founding(new, Some(hash.clone()), Some(claimant), now)?.0;
            commit.spent_links.push(link.hash());
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(AccountCreation::Created { invitation: None });
            }
        }
    }

    /// Creates an account at the operator's word; without a password its admin gets an invitation.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was created.
    pub async fn create_account(
        &self,
        new: &NewAccount,
        password: Option<&NewPassword>,
    ) -> Result<AccountCreation, Unavailable> {
        let now = self.clock.now();
        let hash = match password {
            Some(password) => Some(self.hash(password).await?),
            None => None,
        };
        let mut rounds = self.rounds();
        loop {
            rounds.begin().await?;
            if self.store.find_user(&new.email).await?.is_some() {
                return Ok(AccountCreation::EmailTaken);
            }
            let (mut commit, admin) = self.founding(new, hash.clone(), None, now)?;
            // Takes the place of a live one, so that whoever is about to follow that one comes too late.
            let dead =
                Link { token: Token::issue(&*self.entropy)?.hash(), purpose: LinkPurpose::Setup, expires_at: now };
            commit.links.push(dead);
            let invitation = if hash.is_none() { Some(Token::issue(&*self.entropy)?) } else { None };
            if let Some(token) = &invitation {
                let (account, user) = (admin.account.record.id.clone(), admin.credential.record.user.clone());
                commit.links.push(Link::new(token.hash(), LinkPurpose::Invitation { account, user }, now));
                commit.events.push(self.event(now, Some(&admin), None, EventKind::Invited)?);
            }
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(AccountCreation::Created { invitation });
            }
        }
    }

    /// Whom a link invites, if it can still be followed.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn invited(&self, link: &Token) -> Result<Option<Invited>, Unavailable> {
        Ok(self.invited_person(link, self.clock.now()).await?.map(|person| Invited {
            account: person.account.record.name,
            name: person.credential.record.name,
            email: person.credential.record.email,
        }))
    }

    /// Sets the first password of an invited user. The link is spent, and the session this browser has ends: it may
    /// be somebody else's.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed.
    pub async fn accept_invitation(
        &self,
        link: &Token,
        password: &NewPassword,
        present: Option<&Token>,
        claimant: &Claimant,
    ) -> Result<InvitationVerdict, Unavailable> {
        let now = self.clock.now();
        if self.invited_person(link, now).await?.is_none() {
            return Ok(InvitationVerdict::LinkDead);
        }
        let hash = self.hash(password).await?;
        let mut rounds = self.rounds();
        loop {
            rounds.begin().await?;
            let Some(mut person) = self.invited_person(link, now).await? else {
                return Ok(InvitationVerdict::LinkDead);
            };
            person.credential.record.password = Some(StoredPassword::set(hash.clone(), now));
            person.credential.record.heard = Some(claimant.language);
            let event = self.event(now, Some(&person), Some(claimant), EventKind::InvitationAccepted)?;
            let email = person.credential.record.email.clone();
            let mut commit = Commit { spent_links: vec![link.hash()], events: vec![event], ..Commit::default() };
            self.end_present(present, &person.credential.record.user, claimant, now, &mut commit).await?;
            commit.credentials.push(Change::update(person.credential.version, person.credential.record));
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(InvitationVerdict::Accepted { email });
            }
        }
    }

    pub(crate) async fn hash(&self, password: &NewPassword) -> Result<PasswordHash, Unavailable> {
        self.hasher.hash(password.password(), self.entropy.bytes()?, HashingLane::Known).await
    }

    pub(crate) async fn live_link(&self, token: &Token, now: Timestamp) -> Result<Option<Link>, Unavailable> {
        Ok(self.store.find_link(&token.hash()).await?.filter(|link| now < link.expires_at))
    }

    async fn is_live_setup(&self, token: &Token, now: Timestamp) -> Result<bool, Unavailable> {
        let live = self.live_link(token, now).await?;
        Ok(live.is_some_and(|link| link.purpose == LinkPurpose::Setup) && self.store.is_empty().await?)
    }

    async fn invited_person(&self, token: &Token, now: Timestamp) -> Result<Option<Person>, Unavailable> {
        let Some(Link { purpose: LinkPurpose::Invitation { user, .. }, .. }) = self.live_link(token, now).await? else {
            return Ok(None);
        };
        let person = self.store.load_user(&user).await?;
        let awaited = |user: &CredentialRecord| user.standing == Standing::Active && user.password.is_none();
        Ok(person.filter(|person| awaited(&person.credential.record)))
    }

    /// The commit that founds an account with its first admin.
    fn founding(
        &self,
        new: &NewAccount,
        hash: Option<PasswordHash>,
        claimant: Option<&Claimant>,
        now: Timestamp,
    ) -> Result<(Commit, Person), Unavailable> {
        let account = AccountId::from_random(self.entropy.bytes()?);
        let user = UserId::from_random(self.entropy.bytes()?);
        let (email, name) = (new.email.clone(), new.name.clone());
        let mut admin = CredentialRecord::new(user.clone(), account.clone(), email, name, Role::Admin);
        admin.password = hash.map(|hash| StoredPassword::set(hash, now));
        admin.heard = claimant.map(|claimant| claimant.language);
        let account = AccountRecord {
            id: account,
            name: new.account.clone(),
            created_at: now,
            mfa_window: MfaWindow::default(),
            dead_before: None,
            admins: BTreeSet::from([user]),
            texts: TextPolicy::default(),
        };
        let person = Person {
            credential: Versioned { version: 0, record: admin },
            account: Versioned { version: 0, record: account },
        };
        let commit = Commit {
            credentials: vec![Change::create(person.credential.record.clone())],
            accounts: vec![Change::create(person.account.record.clone())],
            events: vec![self.event(now, Some(&person), claimant, EventKind::AccountCreated)?],
            ..Commit::default()
        };
        Ok((commit, person))
    }
}

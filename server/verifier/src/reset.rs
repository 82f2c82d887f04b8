use domain::{EmailAddress, Timestamp};

use crate::link::{invitation_slot, reset_slot};
use crate::verifier::Outcome;
use crate::{
    Allowance, Budget, Change, Claimant, Commit, CredentialRecord, EventKind, Link, LinkPurpose, LinkToken,
    MessageKind, NewPassword, NoticeKind, PasswordAttempts, PasswordHash, Person, RESET_MAILS, SECOND_FACTOR,
    SessionChange, Standing, StoredPassword, Token, Unavailable, Verifier, Versioned,
};

/// What became of a password that was set by a reset link.
#[must_use]
#[derive(Debug)]
pub enum ResetVerdict {
    /// It is set; sign in with it.
    Set {
        /// The address to sign in with.
        email: EmailAddress,
    },
    /// The link was used, is too old, or was followed by a newer one.
    LinkDead,
}

/// Whose password a reset link sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resetting {
    /// What they are called.
    pub name: domain::Name,
    /// The organisation they belong to.
    pub account: domain::Name,
    /// The address they sign in with.
    pub email: EmailAddress,
}

impl Verifier {
    /// Mails a link to set a new password to whoever has this address. Whether somebody has is not said: the answer is
    /// always the same.
    ///
    /// Nothing is mailed to who has not accepted an invitation or may not sign in, and to nobody more often than
    /// [`RESET_MAILS`] allows.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was mailed, nothing counted.
    pub async fn request_reset(&self, email: &EmailAddress, claimant: &Claimant) -> Result<(), Unavailable> {
        let now = self.clock.now();
        let mut rounds = self.rounds();
        loop {
            rounds.begin().await?;
            let person = self.store.find_user(email).await?.filter(|person| may_reset(&person.credential.record));
            let mut commit = Commit::default();
            // Counted alike for addresses that nobody has.
            if self.count(RESET_MAILS, email.as_str(), now, &mut commit).await? != Allowance::Open {
                return Ok(());
            }
            if let Some(person) = &person {
                self.mail_reset_link(person, password_reset, claimant, now, &mut commit)?;
            }
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(());
            }
        }
    }

    /// Whose password a link sets, if it can still be followed.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn resetting(&self, link: &Token) -> Result<Option<Resetting>, Unavailable> {
        Ok(self.resetting_person(link, self.clock.now()).await?.map(|person| Resetting {
            name: person.credential.record.name,
            account: person.account.record.name,
            email: person.credential.record.email,
        }))
    }

    /// Sets a new password by a link, which is spent. The second factor stays what it was; every session, pending
    /// sign-in and challenge of the user ends, and no other browser is known any more.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing changed, the link is as good as before.
    pub async fn reset_password(
        &self,
        link: &Token,
        password: &NewPassword,
        present: Option<&Token>,
        claimant: &Claimant,
    ) -> Result<ResetVerdict, Unavailable> {
        let now = self.clock.now();
        if self.resetting_person(link, now).await?.is_none() {
            return Ok(ResetVerdict::LinkDead);
        }
        let hash = self.hash(password).await?;
        let mut rounds = self.rounds();
        loop {
            rounds.begin().await?;
            let Some(mut person) = self.resetting_person(link, now).await? else { return Ok(ResetVerdict::LinkDead) };
            let mut commit = Commit { spent_links: vec![link.hash()], ..Commit::default() };
            let attempts = self.store.load_attempts(&self.attempts_key(&person.credential.record.email)?).await?;
            set_password(&mut person.credential.record, hash.clone(), attempts, now, &mut commit);
            let user = &mut person.credential.record;
            let cookie = claimant.known_browser.as_ref().map(Token::hash);
            user.known_browsers.retain(|browser| Some(&browser.cookie) == cookie.as_ref());
            if SECOND_FACTOR.judge(&user.strangers, now) != Allowance::Locked {
                user.strangers = Budget::cleared();
            }
            let email = user.email.clone();
            self.end_present(present, &user.user, claimant, now, &mut commit).await?;
            commit.sessions.push(SessionChange::EndAllOf { user: person.credential.record.user.clone(), except: None });
            commit.events.push(self.event(now, Some(&person), Some(claimant), EventKind::PasswordReset)?);
            let about = MessageKind::notice(NoticeKind::PasswordChanged, Some(claimant));
            commit.messages.push(self.message_to(&person, now, about)?);
            commit.credentials.push(Change::update(person.credential.version, person.credential.record));
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(ResetVerdict::Set { email });
            }
        }
    }

    /// The password was right, and too old to enrol with it alone: mails a link to set it anew, as often as that may be.
    pub(crate) async fn reopen_enrollment(
        &self,
        person: &Person,
        claimant: &Claimant,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<(), Unavailable> {
        let mut mail = Commit::default();
        if self.count(RESET_MAILS, person.credential.record.email.as_str(), now, &mut mail).await? == Allowance::Open {
            self.mail_reset_link(person, enrollment_reopened, claimant, now, &mut mail)?;
            commit.tallies.append(&mut mail.tallies);
            commit.links.append(&mut mail.links);
            commit.messages.append(&mut mail.messages);
            commit.events.append(&mut mail.events);
        }
        Ok(())
    }

    fn mail_reset_link(
        &self,
        person: &Person,
        about: impl FnOnce(LinkToken, &Claimant) -> MessageKind,
        claimant: &Claimant,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<(), Unavailable> {
        let token = Token::issue(&*self.entropy)?;
        let CredentialRecord { account, user, .. } = &person.credential.record;
        let purpose = LinkPurpose::Reset { account: account.clone(), user: user.clone() };
        commit.links.push(Link::new(token.hash(), purpose, now));
        commit.events.push(self.event(now, Some(person), Some(claimant), EventKind::ResetRequested)?);
        commit.messages.push(self.message_to(person, now, about(LinkToken::from(&token), claimant))?);
        Ok(())
    }

    async fn resetting_person(&self, token: &Token, now: Timestamp) -> Result<Option<Person>, Unavailable> {
        let Some(Link { purpose: LinkPurpose::Reset { user, .. }, .. }) = self.live_link(token, now).await? else {
            return Ok(None);
        };
        let person = self.store.load_user(&user).await?;
        Ok(person.filter(|person| may_reset(&person.credential.record)))
    }
}

fn password_reset(link: LinkToken, Claimant { address, browser, .. }: &Claimant) -> MessageKind {
    MessageKind::PasswordReset { link, address: Some(*address), browser: Some(browser.clone()) }
}

fn enrollment_reopened(link: LinkToken, Claimant { address, browser, .. }: &Claimant) -> MessageKind {
    MessageKind::EnrollmentReopened { link, address: Some(*address), browser: Some(browser.clone()) }
}

/// Whoever has not accepted their invitation has no password to reset.
fn may_reset(user: &CredentialRecord) -> bool {
    user.standing == Standing::Active && user.password.is_some()
}

/// Puts a new password in the place of the old one, with all that hung on the old one: what was begun with it is void,
/// and what strangers did with it is forgotten.
pub(crate) fn set_password(
    user: &mut CredentialRecord,
    hash: PasswordHash,
    attempts: Option<Versioned<PasswordAttempts>>,
    now: Timestamp,
    commit: &mut Commit,
) {
    user.password = Some(StoredPassword::set(hash, now));
    user.challenges.clear();
    for browser in &mut user.known_browsers {
        browser.passwords = Budget::cleared();
    }
    if user.enrollment.as_ref().is_some_and(|enrollment| !enrollment.is_past_binding()) {
        user.enrollment = None;
    }
    commit.void_links.extend([invitation_slot(&user.user), reset_slot(&user.user)]);
    if let Some(attempts) = attempts.filter(|it| !it.record.budget.is_clear()) {
        let record = PasswordAttempts { budget: Budget::cleared(), ..attempts.record };
        commit.attempts.push(Change::update(attempts.version, record));
    }
}

use std::collections::{BTreeMap, BTreeSet};

use domain::{AccountId, MessageId, UserId};
use serde::{Deserialize, Serialize};

use crate::verifier::Outcome;
use crate::{
    Binding, Change, Commit, CredentialRecord, Enrollment, KeyId, Keyring, PendingBinding, QueuedMessage, SealScope,
    Sealed, ShownCodes, TextChallenge, Unavailable, Verifier, Versioned, Webhook, Webhooks, authenticator, message,
    mobile, recovery_codes,
};

/// Where going over all sealed values goes on: users in the order of their identifiers, then webhooks, then messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResealFrom {
    /// With the users after this one; with the first if there is none.
    Users(Option<UserId>),
    /// With the webhooks of the accounts after this one.
    Webhooks(Option<AccountId>),
    /// With the messages after this one.
    Messages(Option<MessageId>),
}

/// What a step of going over all sealed values did.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resealed {
    /// How many values lie under the writing key now that did not.
    pub values: u64,
    /// How many don't open: their key is not there, or they are damaged. They are left as they are.
    pub unreadable: u64,
    /// Where the next step begins; none after the last.
    pub next: Option<ResealFrom>,
}

/// Under which keys the sealed values lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysInUse {
    /// The key that encrypts what is written now.
    pub writing: KeyId,
    /// How many values lie under each key, also under keys that are not there.
    pub values: BTreeMap<KeyId, u64>,
    /// How many of all these don't open.
    pub unreadable: u64,
}

impl ResealFrom {
    /// The first step.
    pub const BEGINNING: Self = Self::Users(None);
}

impl KeysInUse {
    /// Nothing was looked at yet.
    pub(crate) fn under(keyring: &Keyring) -> Self {
        Self { writing: keyring.writing(), values: BTreeMap::new(), unreadable: 0 }
    }

    /// The keys that nothing needs: no value lies under them, and none will.
    #[must_use]
    pub fn idle(&self, keyring: &Keyring) -> BTreeSet<KeyId> {
        let needed = |key: &KeyId| *key == self.writing || self.values.contains_key(key);
        keyring.reading().into_iter().filter(|key| !needed(key)).collect()
    }

    fn count(&mut self, sealed: &Sealed, scope: SealScope<'_>, keyring: &Keyring) {
        if let Some(key) = sealed.key_id() {
            *self.values.entry(key).or_default() += 1;
        }
        self.unreadable += u64::from(keyring.open(sealed, scope).is_err());
    }

    pub(crate) fn count_user(&mut self, record: &mut CredentialRecord, keyring: &Keyring) {
        for (scope, sealed) in sealed_values(record) {
            self.count(sealed, scope, keyring);
        }
    }

    pub(crate) fn count_webhooks(&mut self, webhooks: &mut Webhooks, keyring: &Keyring) {
        for (scope, sealed) in webhooks.hooks.iter_mut().flat_map(Webhook::sealed_values) {
            self.count(sealed, scope, keyring);
        }
    }

    pub(crate) fn count_message(&mut self, queued: &QueuedMessage, keyring: &Keyring) {
        self.count(&queued.sealed, message::scope(&queued.id), keyring);
    }
}

impl Verifier {
    /// Re-encrypts what does not lie under the writing key: one step, of so many users or messages. Whoever changes the
    /// same record meanwhile loses nothing. Going on where a step ended, until there is no next one, leaves nothing
    /// under another key but what others have sealed meanwhile with an older keyring; beginning anew does no harm.
    ///
    /// # Errors
    /// [`Unavailable`]: what was done is done; the step can be repeated.
    pub async fn reseal(&self, from: ResealFrom, batch: u32) -> Result<Resealed, Unavailable> {
        match from {
            ResealFrom::Users(after) => self.reseal_users(after.as_ref(), batch).await,
            ResealFrom::Webhooks(after) => self.reseal_webhooks(after.as_ref(), batch).await,
            ResealFrom::Messages(after) => self.reseal_messages(after.as_ref(), batch).await,
        }
    }

    async fn reseal_users(&self, after: Option<&UserId>, batch: u32) -> Result<Resealed, Unavailable> {
        let mut done = Resealed { values: 0, unreadable: 0, next: Some(ResealFrom::Webhooks(None)) };
        for mut user in self.store.users_after(after, batch).await? {
            let id = user.record.user.clone();
            if sealed_values(&mut user.record).iter().any(|(_, sealed)| !self.keyring.is_current(sealed)) {
                let (values, unreadable) = self.reseal_user(&id).await?;
                done.values += values;
                done.unreadable += unreadable;
            }
            done.next = Some(ResealFrom::Users(Some(id)));
        }
        Ok(done)
    }

    /// How many values of a user were re-encrypted, and how many don't open.
    async fn reseal_user(&self, user: &UserId) -> Result<(u64, u64), Unavailable> {
        let mut rounds = self.rounds_for(user).await;
        loop {
            rounds.begin().await?;
            let Some(person) = self.store.load_user(user).await? else { return Ok((0, 0)) };
            let mut credential = person.credential;
            let (values, unreadable) = self.reseal_values(sealed_values(&mut credential.record))?;
            if values == 0 {
                return Ok((0, unreadable));
            }
            let credentials = vec![Change::update(credential.version, credential.record)];
            if self.try_commit(Commit { credentials, ..Commit::default() }).await? == Outcome::Committed {
                return Ok((values, unreadable));
            }
        }
    }

    async fn reseal_webhooks(&self, after: Option<&AccountId>, batch: u32) -> Result<Resealed, Unavailable> {
        let mut done = Resealed { values: 0, unreadable: 0, next: Some(ResealFrom::Messages(None)) };
        for webhooks in self.store.webhooks_after(after, batch).await? {
            let account = webhooks.record.account;
            let mut values = webhooks.record.hooks.iter().flat_map(|hook| [&hook.address, &hook.secret]);
            if values.any(|sealed| !self.keyring.is_current(sealed)) {
                let (values, unreadable) = self.reseal_webhooks_of(&account).await?;
                done.values += values;
                done.unreadable += unreadable;
            }
            done.next = Some(ResealFrom::Webhooks(Some(account)));
        }
        Ok(done)
    }

    /// How many values of an account's webhooks were re-encrypted, and how many don't open.
    async fn reseal_webhooks_of(&self, account: &AccountId) -> Result<(u64, u64), Unavailable> {
        let mut rounds = self.rounds_of_webhooks(account).await;
        loop {
            rounds.begin().await?;
            let Some(Versioned { version, record: mut webhooks }) = self.store.load_webhooks(account).await? else {
                return Ok((0, 0));
            };
            let (values, unreadable) =
                self.reseal_values(webhooks.hooks.iter_mut().flat_map(Webhook::sealed_values))?;
            if values == 0 {
                return Ok((0, unreadable));
            }
            let commit = Commit { webhooks: vec![Change::update(version, webhooks)], ..Commit::default() };
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok((values, unreadable));
            }
        }
    }

    /// Re-encrypts these values; how many were, and how many don't open.
    fn reseal_values<'a>(
        &self,
        values: impl IntoIterator<Item = (SealScope<'a>, &'a mut Sealed)>,
    ) -> Result<(u64, u64), Unavailable> {
        let (mut renewed, mut unreadable) = (0, 0);
        for (scope, sealed) in values {
            match self.keyring.renewed(sealed, scope, &*self.entropy) {
                Ok(Some(other)) => {
                    *sealed = other;
                    renewed += 1;
                }
                Ok(None) => {}
                Err(Unavailable::Sealing) => unreadable += 1,
                Err(error) => return Err(error),
            }
        }
        Ok((renewed, unreadable))
    }

    async fn reseal_messages(&self, after: Option<&MessageId>, batch: u32) -> Result<Resealed, Unavailable> {
        let mut done = Resealed { values: 0, unreadable: 0, next: None };
        for QueuedMessage { id, sealed, .. } in self.store.messages_after(after, batch).await? {
            match self.keyring.renewed(&sealed, message::scope(&id), &*self.entropy) {
                Ok(Some(renewed)) => {
                    // False if it was sent or re-encrypted by somebody else: as good.
                    done.values += u64::from(self.store.reseal_message(&id, &sealed, renewed).await?);
                }
                Ok(None) => {}
                Err(Unavailable::Sealing) => done.unreadable += 1,
                Err(error) => return Err(error),
            }
            done.next = Some(ResealFrom::Messages(Some(id)));
        }
        Ok(done)
    }
}

/// Every sealed value of a record, with what it was sealed for. All fields stand here, so that a new one is thought of.
fn sealed_values(record: &mut CredentialRecord) -> Vec<(SealScope<'_>, &mut Sealed)> {
    let CredentialRecord {
        user,
        account: _,
        email: _,
        name: _,
        language: _,
        heard: _,
        role: _,
        standing: _,
        password: _,
        binding,
        enrollment,
        codes: _,
        shown_codes,
        mobiles: _,
        challenges,
        texts: _,
        strangers: _,
        known_browsers: _,
        unlocked_at: _,
        recovered_by_text_at: _,
        warned_at: _,
        reminded_at: _,
        last_sign_in: _,
    } = record;
    let mut values = Vec::new();
    if let Some(Binding { secret, .. }) = binding {
        values.push((authenticator::scope(user), secret));
    }
    if let Some(Enrollment::Binding(PendingBinding { secret, .. })) = enrollment {
        values.push((authenticator::scope(user), secret));
    }
    if let Some(ShownCodes { sealed, .. }) = shown_codes {
        values.push((recovery_codes::scope(user), sealed));
    }
    values.extend(challenges.iter_mut().map(|TextChallenge { code, .. }| (mobile::scope(user), code)));
    values
}

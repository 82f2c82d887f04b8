use std::collections::{BTreeMap, BTreeSet};

use domain::{AccountId, EmailAddress, Name, SessionId, Timestamp, UserId};

use crate::{
    Actor, Administered, AuditQuery, Commit, EventKind, EventPlace, ExportedList, Gate, SecurityEvent, SignedIn,
    TokenHash, Unavailable, Verifier, admit,
};

/// Entries of one page.
const PAGE: usize = 50;
/// Entries that are read at once.
const BATCH: u32 = 500;
/// Entries that are looked at for one page: who asks for something rare must not wait for the whole log.
const LOOKED_AT: u32 = 10_000;

/// Entries of an account's audit log, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// Where to go on; none at the end.
    pub next: Option<EventPlace>,
    /// Set if there may be more on this page, and no more were looked at: how far back it was looked.
    pub looked_back_to: Option<Timestamp>,
}

/// An entry of the audit log, with the names of who is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// What happened.
    pub event: SecurityEvent,
    /// Whom it concerns.
    pub user: Option<Named>,
    /// The admin who did it.
    pub by: Option<Named>,
}

/// Somebody of the account, as they are called now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Who.
    pub user: UserId,
    /// What they are called, and their address; none if they were removed.
    pub name: Option<(Name, EmailAddress)>,
}

/// An export of an account's audit log that is under way. Only [`Verifier::begin_audit_export`] makes one.
#[derive(Debug)]
pub struct AuditExport {
    account: AccountId,
    query: AuditQuery,
    /// The admin and their session; none for the operator.
    admin: Option<(UserId, SessionId, TokenHash)>,
    names: Names,
    progress: Progress,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Progress {
    At(Option<EventPlace>),
    Complete,
    CutOff,
}

/// What the users of an account are called, as far as it was asked for; none for those it does not have.
#[derive(Debug, Default)]
struct Names(BTreeMap<UserId, Option<(Name, EmailAddress)>>);

/// What a search came to.
struct Found {
    events: Vec<SecurityEvent>,
    next: Option<EventPlace>,
    looked_back_to: Option<Timestamp>,
}

impl Verifier {
    /// A page of the account's audit log: the newest entries that come before a place and are asked for.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn audit_page(
        &self,
        actor: Actor<'_>,
        query: &AuditQuery,
        before: Option<&EventPlace>,
    ) -> Administered<AuditPage> {
        let account = match self.account_seen_by(actor).await? {
            Ok(account) => account.id,
            Err(denied) => return Ok(Err(denied)),
        };
        let Some(query) = self.with_user(&account, query).await? else { return Ok(Ok(AuditPage::default())) };
        let Found { events, next, looked_back_to } = self.search(&account, &query, before).await?;
        let entries = self.entries(&account, events, &mut Names::default()).await?;
        Ok(Ok(AuditPage { entries, next, looked_back_to }))
    }

    /// Begins to take the entries that are asked for out of Stepgate. That is told in the log.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was begun.
    pub async fn begin_audit_export(&self, actor: Actor<'_>, query: &AuditQuery) -> Administered<AuditExport> {
        let account = match self.account_seen_by(actor).await? {
            Ok(account) => account.id,
            Err(denied) => return Ok(Err(denied)),
        };
        let query = self.with_user(&account, query).await?;
        self.administer_account(actor, |acting, now| {
            let kind = EventKind::Exported { list: ExportedList::AuditLog };
            let events = vec![self.event_by(acting, None, kind, now)?];
            let export = AuditExport::of(account.clone(), actor, query.as_ref());
            Ok(Ok((Commit { events, ..Commit::default() }, export)))
        })
        .await
    }

    /// The next entries of an export, the newest first; there may be none in between. The export is over when there is
    /// no answer: [`AuditExport::was_cut_off`] says whether that is the end of the log. What failed can be tried again.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn next_of_export(&self, export: &mut AuditExport) -> Result<Option<Vec<AuditEntry>>, Unavailable> {
        let Progress::At(place) = export.progress.clone() else { return Ok(None) };
        if !self.may_go_on(export).await? {
            export.progress = Progress::CutOff;
            return Ok(None);
        }
        let batch = self.store.events_before(&export.account, place.as_ref(), export.query.from, BATCH).await?;
        let progress = if is_full(&batch) { Progress::At(end_of(&batch)) } else { Progress::Complete };
        let events = batch.into_iter().filter(|event| export.query.takes(event)).collect();
        let entries = self.entries(&export.account, events, &mut export.names).await?;
        export.progress = progress;
        Ok(Some(entries))
    }

    /// Whether who began an export may still see what is in it: an admin whose session has ended or elapsed may not. The
    /// session may have another token by now.
    async fn may_go_on(&self, export: &AuditExport) -> Result<bool, Unavailable> {
        let Some((user, session, token)) = &export.admin else { return Ok(true) };
        let now = self.clock.now();
        let sessions = self.store.sessions_of(user).await?;
        let session = sessions.into_iter().find(|found| found.id == *session);
        let Some((session, person)) = session.zip(self.store.load_user(user).await?) else { return Ok(false) };
        let presented = SignedIn { token: token.clone(), session, superseded_until: None, person };
        Ok(admit(Gate::FreshAdmin, Some(Box::new(presented)), now).is_ok())
    }

    /// The same query with whom its address means; none if that is nobody of the account.
    async fn with_user(&self, account: &AccountId, query: &AuditQuery) -> Result<Option<AuditQuery>, Unavailable> {
        let Some(email) = &query.email else { return Ok(Some(query.clone())) };
        let Ok(email) = email.parse::<EmailAddress>() else { return Ok(None) };
        let user = self.store.find_user(&email).await?.map(|person| person.credential.record);
        let user = user.filter(|user| user.account == *account).map(|user| user.user);
        let is_asked_for = |user: &UserId| query.user.as_ref().is_none_or(|asked| asked == user);
        Ok(user.filter(is_asked_for).map(|user| AuditQuery { user: Some(user), email: None, ..query.clone() }))
    }

    async fn search(
        &self,
        account: &AccountId,
        query: &AuditQuery,
        before: Option<&EventPlace>,
    ) -> Result<Found, Unavailable> {
        let (mut events, mut place) = (Vec::new(), query.start(before));
        for _ in 0..LOOKED_AT / BATCH {
            let batch = self.store.events_before(account, place.as_ref(), query.from, BATCH).await?;
            let (is_last, end) = (!is_full(&batch), end_of(&batch));
            events.extend(batch.into_iter().filter(|event| query.takes(event)));
            // One more than there is place for: it is known then that there is a next page.
            if events.len() > PAGE {
                events.truncate(PAGE);
                return Ok(Found { next: end_of(&events), events, looked_back_to: None });
            }
            if is_last {
                return Ok(Found { events, next: None, looked_back_to: None });
            }
            place = end;
        }
        Ok(Found { events, looked_back_to: place.as_ref().map(|place| place.at), next: place })
    }

    /// Entries of an account with the names of who is in them.
    pub(crate) async fn named_entries(
        &self,
        account: &AccountId,
        events: Vec<SecurityEvent>,
    ) -> Result<Vec<AuditEntry>, Unavailable> {
        self.entries(account, events, &mut Names::default()).await
    }

    async fn entries(
        &self,
        account: &AccountId,
        events: Vec<SecurityEvent>,
        names: &mut Names,
    ) -> Result<Vec<AuditEntry>, Unavailable> {
        let mentioned = events.iter().flat_map(|event| [&event.user, &event.by]).flatten();
        let unknown: BTreeSet<UserId> = mentioned.filter(|user| !names.0.contains_key(user)).cloned().collect();
        // One by one: a page has few, and an account may have ten thousand.
        for user in unknown {
            let found = self.store.load_user(&user).await?.map(|person| person.credential.record);
            let ours = found.filter(|record| record.account == *account);
            names.0.insert(user, ours.map(|record| (record.name, record.email)));
        }
        Ok(events.into_iter().map(|event| names.entry(event)).collect())
    }
}

impl AuditExport {
    /// None of the entries, if there is no query.
    fn of(account: AccountId, actor: Actor<'_>, query: Option<&AuditQuery>) -> Self {
        let admin = match actor {
            Actor::Admin { proof, .. } => {
                let SignedIn { token, session, .. } = proof.admission().signed_in();
                Some((session.user.clone(), session.id.clone(), token.clone()))
            }
            Actor::Operator { .. } => None,
        };
        let progress = query.map_or(Progress::Complete, |query| Progress::At(query.start(None)));
        Self { account, query: query.cloned().unwrap_or_default(), admin, names: Names::default(), progress }
    }

    /// Whether it ended before its end, since the admin's session was no longer good for it: what was given is not all.
    #[must_use]
    pub fn was_cut_off(&self) -> bool {
        self.progress == Progress::CutOff
    }
}

impl Names {
    fn entry(&self, event: SecurityEvent) -> AuditEntry {
        let named = |user: &UserId| Named { user: user.clone(), name: self.0.get(user).cloned().flatten() };
        AuditEntry { user: event.user.as_ref().map(named), by: event.by.as_ref().map(named), event }
    }
}

fn end_of(events: &[SecurityEvent]) -> Option<EventPlace> {
    events.last().map(EventPlace::of)
}

/// Whether there may be more than what was read.
fn is_full(batch: &[SecurityEvent]) -> bool {
    u32::try_from(batch.len()).is_ok_and(|count| count >= BATCH)
}

//! The rules of Stepgate and its use cases: pure decisions over plain values, and four ports to the world
//! ([`Store`], [`Clock`], [`Entropy`], [`PasswordHasher`]). No HTTP, no database, no I/O of its own.
//!
//! A use case reads the clock once, loads what it needs, decides by pure functions, and writes everything in one
//! [`Commit`]. If another request was faster, it loads and decides again.

mod account;
mod account_life;
mod administration;
mod admission;
mod argon2id;
mod audit_chain;
mod audit_export;
mod audit_log;
mod audit_query;
mod auditing;
mod authenticator;
mod bout;
mod budget;
mod chain_state;
mod claimant;
mod clock;
mod credential;
mod delivering;
pub mod demo;
mod enrollment;
mod entropy;
mod event;
mod examining;
mod invitation_list;
mod inviting;
mod inviting_many;
mod keeping_webhooks;
mod link;
mod looking;
mod members;
mod message;
mod mobile;
mod password;
mod posting;
mod profile;
mod public_address;
mod recovery;
mod recovery_codes;
mod reminding;
mod reset;
mod rotating;
mod sealing;
mod second_factor;
mod session;
mod setting;
mod sign_in;
mod store;
mod tally;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod text_setting;
mod texting;
mod token;
mod turning_away;
mod unavailable;
mod unlocking;
mod user_list;
pub mod utc;
mod verifier;
mod warning;
mod webhook;
mod webhook_call;
mod written_keys;

pub use account::{AccountRecord, Policy, TextFailure, TextPolicy};
pub use account_life::{AccountCreation, InvitationVerdict, Invited, NewAccount};
pub use administration::{Actor, Administered, Denied, Stopped};
pub use admission::{
    Admission, Admitted, AwaitingCode, Enrolling, Fresh, Gate, Level, RECENT, Recovering, Refusal, admit,
};
pub use argon2id::Argon2id;
pub use audit_chain::{
    AuditChain, ChainBreak, ChainFault, ChainHead, ChainMac, ChainMacError, ChainPoint, EventSeal, LoggedEvent,
    SealedEvent,
};
pub use audit_export::{csv_head, csv_line, csv_row, ndjson_line};
pub use audit_log::{AuditEntry, AuditExport, AuditPage, Named};
pub use audit_query::{AuditQuery, AuditQueryError, EventFilter, EventOutcome, EventPlace, EventTopic};
pub use auditing::{AUDIT_KEPT, AuditRound, ChainVerdict};
pub use authenticator::{Accepted, Binding, Drift, PendingBinding, Progress, Rejected, SharedSecret, TimeStep};
pub use budget::{Allowance, Budget, PASSWORD, SECOND_FACTOR, STRANGERS_PASSWORD, Throttle};
pub use chain_state::ChainState;
pub use claimant::{Address, BrowserLabel, Claimant, browser_in_words};
pub use clock::{Clock, SystemClock};
pub use credential::{
    CredentialRecord, Enrollment, KnownBrowser, Member, MfaState, Readiness, Standing, StoredPassword, summarise,
};
pub use delivering::{LEASE, Retry, Tries, Turns, Undelivered};
pub use enrollment::{EnrollmentStep, EnrollmentVerdict, MayBind, Pairing};
pub use entropy::{Entropy, SystemEntropy};
pub use event::{EventKind, EventName, ExportedList, SecurityEvent};
pub use examining::{Examination, ExaminedChain, Queue};
pub use invitation_list::{
    BadLine, BadLineReason, InvitationList, LineFate, ListLine, MOST_INVITATIONS, parse_invitations,
};
pub use inviting::{InviteVerdict, NewUser, ResendVerdict};
pub use keeping_webhooks::{ShownWebhook, WebhookState, WebhookVerdict};
pub use link::{Link, LinkPurpose};
pub use looking::UserDetail;
pub use members::{ChangeVerdict, RemindVerdict};
pub use message::{
    Lane, LinkToken, Message, MessageKind, NoticeKind, QueuedMessage, Recipient, RecipientKey, TextCode,
};
pub use mobile::{Mobile, TextAim, TextChallenge, TextDelivery, TextLog};
pub use password::{
    HashingLane, NewPassword, Password, PasswordError, PasswordHash, PasswordHasher, PasswordVerdict, PasswordWeakness,
};
pub use posting::{CallVerdict, DueCall};
pub use profile::{
    Barred, EndVerdict, ForgetVerdict, KnownBrowserId, NameVerdict, OwnBrowser, OwnMobile, OwnSession, Owned,
    PasswordChange, Profile, RemovalVerdict,
};
pub use public_address::is_public;
pub use recovery::{Recovery, RecoveryState, RecoveryVerdict, TextVerdict, WaysBack};
pub use recovery_codes::{RecoveryCodes, ShownCodes};
pub use reminding::Reminders;
pub use reset::{ResetVerdict, Resetting};
pub use rotating::{KeysInUse, ResealFrom, Resealed};
pub use sealing::{KeyId, Keyring, KeyringError, MasterKey, SealScope, Sealed};
pub use second_factor::{CodeRejected, CodeVerdict, Judged, Upgrade};
pub use session::{Proof, RecoveryMeans, Session, SessionChange};
pub use setting::{Affected, SettingVerdict};
pub use sign_in::{NextFactor, PasswordClaim, SignIn, SignInRejected};
pub use store::{
    AttemptsKey, ChainStep, Change, Commit, CommitError, Expected, PasswordAttempts, Person, SignedIn, Store,
    Versioned, Waiting,
};
pub use tally::{
    INVITATION_MAILS, Limit, PASSWORDS_FROM_ADDRESS, RESET_MAILS, STRANGERS_TEXTS_TO_NUMBER, TEXTS_FROM_ADDRESS,
    TEXTS_TO_NUMBER, TURNED_AWAY, Tally, TallyKey,
};
pub use text_setting::{TextSetting, TextsVerdict};
pub use texting::{TextRefused, TextSent};
pub use token::{Token, TokenError, TokenHash};
pub use unavailable::Unavailable;
pub use unlocking::UnlockVerdict;
pub use user_list::{Coverage, Show, ShowError, SortBy, SortByError, UserLine, UserPage, UserQuery};
pub use verifier::{Ports, Verifier};
pub use webhook::{
    PrivateHosts, PrivateHostsError, UnderWay, Webhook, WebhookAnswer, WebhookHealth, WebhookSecret, WebhookTry,
    WebhookUrl, WebhookUrlError, Webhooks,
};
pub use written_keys::WrittenKeys;

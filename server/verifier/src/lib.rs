//! The rules of Stepgate and its use cases: pure decisions over plain values, and four ports to the world
//! ([`Store`], [`Clock`], [`Entropy`], [`PasswordHasher`]). No HTTP, no database, no I/O of its own.
//!
//! A use case reads the clock once, loads what it needs, decides by pure functions, and writes everything in one
//! [`Commit`]. If another request was faster, it loads and decides again.

mod account;
mod account_life;
mod admission;
mod argon2id;
mod authenticator;
mod budget;
mod claimant;
mod clock;
mod credential;
mod enrollment;
mod entropy;
mod event;
mod link;
mod message;
mod password;
mod sealing;
mod second_factor;
mod session;
mod sign_in;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod token;
mod unavailable;
mod verifier;

pub use account::{AccountRecord, Policy};
pub use account_life::{AccountCreation, InvitationVerdict, Invited, NewAccount};
pub use admission::{Admission, Admitted, AwaitingCode, Enrolling, Fresh, Gate, Level, RECENT, Refusal, admit};
pub use argon2id::Argon2id;
pub use authenticator::{Accepted, Binding, Drift, PendingBinding, Progress, Rejected, SharedSecret, TimeStep};
pub use budget::{Allowance, Budget, PASSWORD, SECOND_FACTOR, Throttle};
pub use claimant::{Address, BrowserLabel, Claimant};
pub use clock::{Clock, SystemClock};
pub use credential::{
    CredentialRecord, Enrollment, KnownBrowser, Member, MfaState, Standing, StoredPassword, summarise,
};
pub use enrollment::{EnrollmentStep, EnrollmentVerdict, Pairing};
pub use entropy::{Entropy, SystemEntropy};
pub use event::{EventKind, SecurityEvent};
pub use link::{Link, LinkPurpose};
pub use message::{Message, MessageKind, QueuedMessage};
pub use password::{
    HashingLane, NewPassword, Password, PasswordError, PasswordHash, PasswordHasher, PasswordVerdict, PasswordWeakness,
};
pub use sealing::{KeyId, Keyring, KeyringError, MasterKey, SealScope, Sealed};
pub use second_factor::{CodeRejected, CodeVerdict, Upgrade};
pub use session::{Proof, Session, SessionChange};
pub use sign_in::{NextFactor, PasswordClaim, SignIn, SignInRejected};
pub use store::{
    AttemptsKey, Change, Commit, CommitError, Expected, PasswordAttempts, Person, SignedIn, Store, Versioned,
};
pub use token::{Token, TokenError, TokenHash};
pub use unavailable::Unavailable;
pub use verifier::{Ports, Verifier};

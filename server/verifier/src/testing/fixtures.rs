#![expect(clippy::expect_used, reason = "a fixture that can't be made is a test that fails")]

use std::collections::BTreeSet;

use domain::{AccountId, MfaWindow, Role, SessionId, Timestamp, UserId};

use super::SeededEntropy;
use crate::{
    AccountRecord, Address, Binding, BrowserLabel, CredentialRecord, Keyring, PasswordHash, Person, Proof, Session,
    SharedSecret, SignedIn, StoredPassword, TextPolicy, TimeStep, Token, Versioned,
};

/// A keyring with one fixed key.
///
/// # Panics
/// Never: the key is good.
#[must_use]
pub fn a_keyring() -> Keyring {
    Keyring::new("k1", [("k1", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]).expect("a good key")
}

/// A member with a password and nothing else.
///
/// # Panics
/// Never: the texts are good.
#[must_use]
pub fn a_credential() -> CredentialRecord {
    let user = UserId::from_random([1; 16]);
    let email = "ada@example.com".parse().expect("an address");
    let name = "Ada Lovelace".parse().expect("a name");
    let mut record = CredentialRecord::new(user, AccountId::from_random([2; 16]), email, name, Role::Member);
    let hash = PasswordHash::from_phc("$plain$00$00".into());
    record.password = Some(StoredPassword::set(hash, Timestamp::from_seconds(0)));
    record
}

/// An account with the default setting.
///
/// # Panics
/// Never: the name is good.
#[must_use]
pub fn an_account() -> AccountRecord {
    AccountRecord {
        id: AccountId::from_random([2; 16]),
        name: "Analytical Engines".parse().expect("a name"),
        created_at: Timestamp::from_seconds(0),
        mfa_window: MfaWindow::default(),
        dead_before: None,
        admins: BTreeSet::new(),
        texts: TextPolicy::default(),
    }
}

/// An authenticator that never accepted a code.
///
/// # Panics
/// Never: the key is good.
#[must_use]
pub fn a_binding() -> Binding {
    let secret = SharedSecret::from_bytes(*b"12345678901234567890");
    let secret = secret.seal(&a_credential().user, &a_keyring(), &SeededEntropy::new(7)).expect("a good key");
    let bound_at = Timestamp::from_seconds(0);
    Binding { secret, bound_at, last_step: TimeStep::at(bound_at).expect("after the epoch") }
}

/// Ada, whose password was right at `now`.
///
/// # Panics
/// Never: the texts are good.
#[must_use]
pub fn a_signed_in(now: Timestamp) -> SignedIn {
    let (credential, account) = (a_credential(), an_account());
    let session = Session {
        id: SessionId::from_random([3; 16]),
        user: credential.user.clone(),
        account: account.id.clone(),
        password_at: now,
        proof: Proof::Password { wrong_codes: 0 },
        last_seen: now,
        browser: BrowserLabel::from_user_agent("Firefox/1 Windows"),
        address: Address::new("192.0.2.1".parse().expect("an address")),
        known_browser: None,
        next: None,
        warn_at: None,
    };
    let person = Person {
        credential: Versioned { version: 1, record: credential },
        account: Versioned { version: 1, record: account },
    };
    let token = Token::issue(&SeededEntropy::new(3)).expect("entropy").hash();
    SignedIn { token, session, superseded_until: None, person }
}

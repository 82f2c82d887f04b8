#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a fixture that can't be made is a test that fails")]

use domain::{AccountId, EmailAddress, Language, LocalPath, OneTimeCode, RecoveryCode, Timestamp, UserId};

use super::SeededEntropy;
use crate::{Address, BrowserLabel, Claimant, SharedSecret, TimeStep, Token, TokenHash, Upgrade};

/// Somebody who signs in: what they know, what they hold, and the browser they sit at.
#[derive(Debug, Clone)]
pub struct Human {
    /// Who they are.
    pub user: UserId,
    /// Their account.
    pub account: AccountId,
    /// The address they sign in with.
    pub email: EmailAddress,
    /// The password they know.
    pub password: String,
    /// The phone with their authenticator app, once there is something in it.
    pub phone: Option<Phone>,
    /// The sheet with their recovery codes, as it was when they enrolled.
    pub codes: Vec<RecoveryCode>,
    /// The browser they use every day.
    pub browser: Browser,
}

/// A phone with an authenticator app that has one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone([u8; SharedSecret::LENGTH]);

/// A browser: it keeps the cookies it is given. A clone is another one with the same cookies, or a stale tab.
#[derive(Debug, Clone)]
pub struct Browser {
    /// The session cookie.
    pub session: Option<Token>,
    /// The cookie by which the browser is known.
    pub known: Option<Token>,
    /// Where its user wants to go.
    pub next: Option<LocalPath>,
    /// Where it stands.
    pub address: Address,
    /// The language it asks for.
    pub language: Language,
}

impl Human {
    /// The code their phone shows at `at`.
    ///
    /// # Panics
    /// If they have none.
    pub fn code(&self, at: Timestamp) -> OneTimeCode {
        self.phone.as_ref().expect("an authenticator app").code(at)
    }
}

impl Phone {
    /// The phone after its owner typed in the key that a page shows, 32 characters of base32.
    ///
    /// # Panics
    /// If that is no key.
    pub fn with_key(key: &str) -> Self {
        let value = |c| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).and_then(|value| u64::try_from(value).ok());
        let chunk = |eight: &[char]| {
            let bits = eight.iter().fold(0_u64, |bits, c| bits << 5 | value(*c).expect("base32"));
            bits.to_be_bytes().into_iter().skip(3).collect::<Vec<u8>>()
        };
        let characters: Vec<char> = key.chars().collect();
        let bytes: Vec<u8> = characters.chunks(8).flat_map(chunk).collect();
        Self(bytes.try_into().expect("32 characters"))
    }

    /// The key in it.
    pub fn secret(&self) -> SharedSecret {
        SharedSecret::from_bytes(self.0)
    }

    /// The code it shows at `at`, if its clock is right.
    ///
    /// # Panics
    /// Before 1970.
    pub fn code(&self, at: Timestamp) -> OneTimeCode {
        let step = TimeStep::at(at).expect("after the epoch");
        SharedSecret::from_bytes(self.0).code(step).parse().unwrap()
    }
}

impl Browser {
    /// A browser that was never here.
    pub fn new() -> Self {
        let (address, language) = (Address::new([192, 0, 2, 1].into()), Language::English);
        Self { session: None, known: None, next: None, address, language }
    }

    /// A browser that was never here, at an address of its own.
    ///
    /// # Panics
    /// If that is no address.
    pub fn at(address: &str) -> Self {
        Self { address: Address::new(address.parse().unwrap()), ..Self::new() }
    }

    /// Another sign-in in the same browser: its cookie, and no session.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { session: None, ..self.clone() }
    }

    /// As whom it presents itself.
    pub fn claimant(&self) -> Claimant {
        Claimant {
            address: self.address,
            browser: BrowserLabel::from_user_agent("Firefox/140.0 Windows"),
            language: self.language,
            known_browser: self.known.clone(),
        }
    }

    /// Takes the cookies of a session that has its second factor now.
    pub fn keeps(&mut self, upgrade: &Upgrade) {
        self.session = Some(upgrade.token.clone());
        self.known = Some(upgrade.known_browser.clone());
    }

    /// What the known-browser cookie is stored as.
    pub fn cookie(&self) -> Option<TokenHash> {
        self.known.as_ref().map(Token::hash)
    }
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

/// A token that nobody was given.
///
/// # Panics
/// Never.
pub fn a_made_up_token() -> Token {
    Token::issue(&SeededEntropy::new(0xbad)).unwrap()
}

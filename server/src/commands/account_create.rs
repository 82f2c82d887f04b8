use std::fmt;
use std::io::BufRead;

use anyhow::{Context, bail};
use domain::{EmailAddress, Name};
use serde::{Deserialize, Serialize};
use verifier::{AccountCreation, NewAccount, NewPassword, Unavailable};

use super::{Operator, Refused, Reply};
use crate::cli::AccountCreate;

/// An account to be created with its first admin.
#[derive(Debug, Serialize, Deserialize)]
pub struct CreateAccount {
    account: Name,
    admin_name: Name,
    admin_email: EmailAddress,
    password: Option<TypedPassword>,
}

/// A password on its way from standard input to whoever hashes it: the one place where one can be serialised, since
/// the control socket (mode 0600) is part of that way. Judged where it arrives.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct TypedPassword(String);

/// A new account, as its creator is told.
#[derive(Serialize, Deserialize)]
pub struct AccountCreated {
    account: Name,
    admin_email: EmailAddress,
    /// Where the admin sets a password, if none was given. Whoever has it becomes the admin.
    invitation: Option<String>,
    sign_in: String,
}

impl CreateAccount {
    /// What the command line says, and the password from standard input.
    #[must_use]
    pub fn new(words: AccountCreate, password: Option<TypedPassword>) -> Self {
        let AccountCreate { name, admin_name, admin_email, password_stdin: _ } = words;
        Self { account: name, admin_name, admin_email, password }
    }

    pub(super) async fn carry_out(self, operator: &Operator) -> Result<Reply, Unavailable> {
        let password = match self.judged_password() {
            Ok(password) => password,
            Err(refused) => return Ok(Reply::Refused(refused)),
        };
        let (account, admin_email) = (self.account.clone(), self.admin_email.clone());
        let new = NewAccount { account: self.account, name: self.admin_name, email: self.admin_email };
        let url = &operator.public_url;
        Ok(match operator.verifier.create_account(&new, password.as_ref()).await? {
            AccountCreation::Created { invitation } => {
                let invitation = invitation.map(|token| operator.invitation(&token));
                Reply::AccountCreated(AccountCreated {
                    account,
                    admin_email,
                    invitation,
                    sign_in: url.link("/sign-in"),
                })
            }
            AccountCreation::EmailTaken => Reply::Refused(Refused::EmailTaken(admin_email)),
            // Only the first account is created by a link; here there is none that could be dead.
            AccountCreation::LinkDead => Reply::Refused(Refused::Unavailable),
        })
    }

    fn judged_password(&self) -> Result<Option<NewPassword>, Refused> {
        let own_words = [self.account.as_str(), self.admin_name.as_str(), self.admin_email.as_str()];
        let judge = |typed: &TypedPassword| NewPassword::parse(&typed.0, &own_words).map_err(Refused::WeakPassword);
        self.password.as_ref().map(judge).transpose()
    }
}

impl TypedPassword {
    /// More than the longest password (256 characters of at most four bytes) and its line break.
    const LONGEST: u64 = 2048;

    /// Reads one line; its line break is no part of the password, spaces are.
    ///
    /// # Errors
    /// If there is no line, more than one, or no text.
    pub fn read(input: impl BufRead) -> anyhow::Result<Self> {
        let mut text = String::new();
        input.take(Self::LONGEST).read_line(&mut text).context("cannot read the password from standard input")?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let password = line.strip_suffix('\r').unwrap_or(line);
        if password.is_empty() {
            bail!("there is no password on standard input: pipe it in as one line");
        }
        Ok(Self(password.into()))
    }
}

impl AccountCreated {
    /// For standard output: the link alone, so that a script can take it as it is.
    pub(super) fn text(&self) -> String {
        let Self { account, admin_email, invitation, sign_in } = self;
        match invitation {
            Some(link) => format!("{link}\n"),
            None => format!("The account {account} was created. {admin_email} signs in at {sign_in}\n"),
        }
    }

    /// What people should know beside it.
    pub(super) fn note(&self) -> Option<String> {
        let Self { account, admin_email, invitation, .. } = self;
        let note = format!(
            "The account {account} was created. With this link {admin_email} sets a password, once, within 72 hours:"
        );
        invitation.as_ref().map(|_| note)
    }
}

impl fmt::Debug for TypedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedPassword(…)")
    }
}

impl fmt::Debug for AccountCreated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountCreated").field("account", &self.account).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &str) -> Option<String> {
        TypedPassword::read(input.as_bytes()).ok().map(|password| password.0)
    }

    #[test]
    fn a_password_is_the_first_line_with_all_its_spaces() {
        assert_eq!(read("correct horse\n").as_deref(), Some("correct horse"));
        assert_eq!(read(" correct horse ").as_deref(), Some(" correct horse "));
        assert_eq!(read("correct horse\r\n").as_deref(), Some("correct horse"));
        assert_eq!(read("correct horse\n\n").as_deref(), Some("correct horse"));
        assert_eq!(read(""), None);
        assert_eq!(read("\n"), None);
    }

    #[test]
    fn an_endless_line_is_read_to_a_limit_only() {
        let endless = std::io::BufReader::new(std::io::repeat(b'x'));

        let password = TypedPassword::read(endless).unwrap();

        assert_eq!(password.0.len(), 2048);
    }

    #[test]
    fn nothing_printed_shows_the_password() {
        let create = CreateAccount {
            account: "Analytical Engines".parse().unwrap(),
            admin_name: "Ada".parse().unwrap(),
            admin_email: "ada@example.com".parse().unwrap(),
            password: Some(TypedPassword("correct horse".into())),
        };

        assert!(!format!("{create:?}").contains("horse"));
    }
}

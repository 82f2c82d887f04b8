//! What the operator can have done. A command is carried out by whoever holds the data directory: the running server,
//! asked over its control socket, or else this process itself. Both run the same lines.

mod account_create;
mod account_set;
mod demo;
mod doctor;
mod keys_rotate;
mod operator;
mod reach;
mod user_change;
mod user_invite;
mod user_list;

use std::io::{self, IsTerminal, Write};

pub use account_create::{AccountCreated, CreateAccount, TypedPassword};
pub use account_set::SetAccount;
use anyhow::bail;
pub use doctor::{Examine, Findings};
use domain::EmailAddress;
pub use keys_rotate::{KeysRotated, RotateKeys};
pub use operator::{Operator, Refused, Reply, Request};
use reach::IfMissing;
pub use user_change::{ChangeUser, UserChange, UserChanged};
pub use user_invite::InviteUser;
pub use user_list::{ListUsers, ListedUsers};

use crate::cli::{AccountCommand, AccountSet, Command, KeysCommand, UserCommand, UserInvite, UserRole};
use crate::config::Config;

/// Does what the command line asks for and prints what came of it.
///
/// # Errors
/// With a sentence for the operator.
pub async fn run(command: Command, config: Config) -> anyhow::Result<()> {
    match command {
        Command::Serve => crate::serve::serve(config).await,
        Command::Account(AccountCommand::Create(create)) => {
            let password = if create.password_stdin { Some(password_from_stdin()?) } else { None };
            let request = Request::CreateAccount(CreateAccount::new(create, password));
            show(reach::carry_out(request, &config, IfMissing::Create).await?, Format::Text)
        }
        Command::Account(AccountCommand::Set(AccountSet { account_of, mfa_time_setting: mfa_window })) => {
            let request = Request::SetAccount(SetAccount { account_of, mfa_window });
            show(reach::carry_out(request, &config, IfMissing::Refuse).await?, Format::Text)
        }
        Command::User(UserCommand::Invite(UserInvite { account_of, name, email, role })) => {
            let request = Request::InviteUser(InviteUser { account_of, name, email, role: role.into() });
            show(reach::carry_out(request, &config, IfMissing::Refuse).await?, Format::Text)
        }
        Command::User(UserCommand::List(list)) => {
            let format = if list.json { Format::Json } else { Format::Text };
            let request = Request::ListUsers(ListUsers { account_of: list.account_of });
            show(reach::carry_out(request, &config, IfMissing::Refuse).await?, format)
        }
        Command::User(UserCommand::Resend(user)) => change(user.email, UserChange::Resend, &config).await,
        Command::User(UserCommand::Role(UserRole { email, role })) => {
            change(email, UserChange::Role(role.into()), &config).await
        }
        Command::User(UserCommand::Deactivate(user)) => change(user.email, UserChange::Deactivate, &config).await,
        Command::User(UserCommand::Reactivate(user)) => change(user.email, UserChange::Reactivate, &config).await,
        Command::User(UserCommand::Remove(user)) => change(user.email, UserChange::Remove, &config).await,
        Command::User(UserCommand::Unlock(user)) => change(user.email, UserChange::Unlock, &config).await,
        Command::User(UserCommand::EndSessions(user)) => change(user.email, UserChange::EndSessions, &config).await,
        Command::User(UserCommand::Remind(user)) => change(user.email, UserChange::Remind, &config).await,
        Command::Keys(KeysCommand::Rotate) => {
            let request = Request::RotateKeys(RotateKeys {});
            show(reach::carry_out(request, &config, IfMissing::Refuse).await?, Format::Text)
        }
        Command::Demo => {
            let demo = demo::fill(&config).await?;
            eprintln!("{}", demo::note(&demo, &config));
            Ok(print(&demo::table(&demo))?)
        }
        Command::Doctor(doctor) => {
            let format = if doctor.json { Format::Json } else { Format::Text };
            let request = Request::Examine(Examine {});
            show(reach::carry_out(request, &config, IfMissing::Refuse).await?, format)
        }
    }
}

async fn change(email: EmailAddress, change: UserChange, config: &Config) -> anyhow::Result<()> {
    let request = Request::ChangeUser(ChangeUser { email, change });
    show(reach::carry_out(request, config, IfMissing::Refuse).await?, Format::Text)
}

fn password_from_stdin() -> anyhow::Result<TypedPassword> {
    if io::stdin().is_terminal() {
        eprintln!("Type the password and press Enter. It will be visible; a pipe keeps it off the screen.");
    }
    TypedPassword::read(io::stdin().lock())
}

/// For whom something is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// People.
    Text,
    /// Scripts.
    Json,
}

fn show(reply: Reply, format: Format) -> anyhow::Result<()> {
    match (reply, format) {
        (Reply::AccountCreated(created), _) => {
            if let Some(note) = created.note() {
                eprintln!("{note}");
            }
            Ok(print(&created.text())?)
        }
        (Reply::UserChanged(changed), _) => {
            if let Some(note) = changed.note() {
                eprintln!("{note}");
            }
            Ok(print(&changed.text())?)
        }
        (Reply::Users(users), Format::Text) => Ok(print(&users.table())?),
        (Reply::Users(users), Format::Json) => Ok(print(&users.json()?)?),
        (Reply::KeysRotated(rotated), _) => {
            print(&rotated.text())?;
            rotated.complaint().map_or(Ok(()), |complaint| bail!(complaint))
        }
        (Reply::Examined(findings), format) => {
            print(&if format == Format::Json { findings.json()? } else { findings.text() })?;
            if findings.is_sound() { Ok(()) } else { bail!("something is wrong: see above") }
        }
        (Reply::Refused(refused), _) => Err(refused.into()),
    }
}

/// Prints to standard output. A reader that has gone away is an error, not a panic.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

use clap::{Parser, Subcommand};
use domain::{EmailAddress, MfaWindow, Name, Role};

use crate::config::Config;

/// Multi-factor authentication that every user has and every request is checked for.
///
/// Without a command it serves. Commands work whether the server runs or not.
#[derive(Debug, Parser)]
#[command(name = "stepgate", version, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done, 1 not done (standard error says why), 2 wrong usage.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How this Stepgate is set up.
    #[command(flatten)]
    pub config: Config,
}

/// What one can ask for.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve requests until SIGTERM or Ctrl-C. On an empty database it prints a link to create the first account.
    Serve,
    /// Look after accounts: the organisations whose people sign in here.
    #[command(subcommand, arg_required_else_help = true)]
    Account(AccountCommand),
    /// Look after users: the people of an account.
    #[command(subcommand, arg_required_else_help = true)]
    User(UserCommand),
    /// Look after the keys under which secrets are stored.
    #[command(subcommand, arg_required_else_help = true)]
    Keys(KeysCommand),
    /// Fill an empty database with sample people, 25 of them in all states there are, and print how they sign in. For
    /// trying Stepgate out; the server must not be running.
    Demo,
    /// Look for what can be wrong without anybody noticing: an audit log that was tampered with, secrets that no key
    /// opens, messages that don't get away. Ends with 1 if something is wrong.
    Doctor(Doctor),
}

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Create an account and its first admin, and print a link by which the admin sets a password (valid for 72
    /// hours, works once).
    Create(AccountCreate),
    /// Change the MFA Time Setting of an account, and say whom it asks for a code at their next click. It holds at once,
    /// for all its users, devices and browsers.
    Set(AccountSet),
}

/// A new account.
#[derive(Debug, clap::Args)]
pub struct AccountCreate {
    /// What the organisation is called.
    #[arg(long, value_parser = parse_name)]
    pub name: Name,
    /// What its first admin is called.
    #[arg(long, value_parser = parse_name)]
    pub admin_name: Name,
    /// The address the admin signs in with.
    #[arg(long, value_parser = parse_email, value_name = "EMAIL")]
    pub admin_email: EmailAddress,
    /// Read the admin's password from standard input (one line) instead of printing a link.
    #[arg(long)]
    pub password_stdin: bool,
}

/// A setting of an account.
#[derive(Debug, clap::Args)]
pub struct AccountSet {
    /// Which account: the address of anybody in it.
    #[arg(long, value_parser = parse_email, value_name = "EMAIL")]
    pub account_of: EmailAddress,
    /// How old the last second factor may be: 1h, 2h, 4h, 8h, 12h, 1d, 3d, 7d, 14d or 30d.
    #[arg(long, value_parser = parse_window, value_name = "SPAN")]
    pub mfa_time_setting: MfaWindow,
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a new key, re-encrypt everything under it, and retire the keys that nothing lies under any more. The key
    /// that was in use until now is retired by the next rotation. Copy the keys file afterwards.
    Rotate,
}

/// A look at everything.
#[derive(Debug, clap::Args)]
pub struct Doctor {
    /// Print JSON for scripts instead of text.
    #[arg(long)]
    pub json: bool,
}

/// What can be done with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List the users and how each is protected.
    List(UserList),
    /// Invite somebody into an account: mails them a link to set a password by (valid for 72 hours, works once), and
    /// prints it.
    Invite(UserInvite),
    /// Send the invitation again, and print its link; the one before stops working.
    Resend(User),
    /// Make a user an admin, or a member. It holds at their next click.
    Role(UserRole),
    /// Let a user sign in no more. All their sessions end at once; their password and their factors are kept.
    Deactivate(User),
    /// Let a user sign in again.
    Reactivate(User),
    /// Remove a user. Whoever is invited with the address afterwards is another person.
    Remove(User),
    /// Unlock a user who is locked out. They come back in by a recovery code or a recovery mobile, and by nothing else.
    Unlock(User),
    /// Sign a user out everywhere.
    EndSessions(User),
    /// Mail a user what they have yet to set up. Once a day at most.
    Remind(User),
}

/// A user.
#[derive(Debug, clap::Args)]
pub struct User {
    /// The address they sign in with.
    #[arg(value_parser = parse_email, value_name = "EMAIL")]
    pub email: EmailAddress,
}

/// Somebody who is invited.
#[derive(Debug, clap::Args)]
pub struct UserInvite {
    /// Into which account: the address of anybody in it.
    #[arg(long, value_parser = parse_email, value_name = "EMAIL")]
    pub account_of: EmailAddress,
    /// What they are called.
    #[arg(long, value_parser = parse_name)]
    pub name: Name,
    /// The address they will sign in with.
    #[arg(long, value_parser = parse_email, value_name = "EMAIL")]
    pub email: EmailAddress,
    /// What they may do.
    #[arg(long, value_enum, default_value = "member")]
    pub role: RoleName,
}

/// A user's role.
#[derive(Debug, clap::Args)]
pub struct UserRole {
    /// The address they sign in with.
    #[arg(value_parser = parse_email, value_name = "EMAIL")]
    pub email: EmailAddress,
    /// What they may do.
    #[arg(value_enum)]
    pub role: RoleName,
}

/// A role by its name.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum RoleName {
    /// Uses the account.
    Member,
    /// Looks after its users and settings too.
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Member => Self::Member,
            RoleName::Admin => Self::Admin,
        }
    }
}

/// A list of users.
#[derive(Debug, clap::Args)]
pub struct UserList {
    /// Whose account: the address of anybody in it.
    #[arg(long, value_parser = parse_email, value_name = "EMAIL")]
    pub account_of: EmailAddress,
    /// Print JSON for scripts instead of a table.
    #[arg(long)]
    pub json: bool,
}

fn parse_name(text: &str) -> Result<Name, &'static str> {
    text.parse().map_err(|_| "write 1 to 100 characters, without line breaks")
}

fn parse_window(text: &str) -> Result<MfaWindow, &'static str> {
    let seconds = match (text.strip_suffix('h'), text.strip_suffix('d')) {
        (Some(hours), _) => hours.parse::<u32>().ok().and_then(|hours| hours.checked_mul(3600)),
        (_, Some(days)) => days.parse::<u32>().ok().and_then(|days| days.checked_mul(86400)),
        (None, None) => None,
    };
    let window = seconds.and_then(|seconds| seconds.try_into().ok());
    window.ok_or("write 1h, 2h, 4h, 8h, 12h, 1d, 3d, 7d, 14d or 30d")
}

fn parse_email(text: &str) -> Result<EmailAddress, &'static str> {
    text.parse().map_err(|_| "write an email address, for example ada@example.com")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    fn parse(words: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once(&"stepgate").chain(words))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_may_stand_before_and_after_the_command() {
        for words in [["--listen", "[::1]:4000", "serve"], ["serve", "--listen", "[::1]:4000"]] {
            assert_eq!(parse(&words).unwrap().config.listen.port(), 4000);
        }
        assert!(parse(&[]).unwrap().command.is_none());
    }

    #[test]
    fn every_flag_has_a_sentence_and_every_setting_its_variable() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                assert!(argument.get_help().is_some(), "--{id}");
                if argument.get_help_heading() == Some("Settings") {
                    let variable = format!("STEPGATE_{}", id.to_uppercase());
                    assert_eq!(argument.get_env().and_then(|name| name.to_str()), Some(variable.as_str()));
                }
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn what_is_wrong_is_refused_with_a_way_to_mend_it() {
        for (words, advice) in [
            (&["--listen", "localhost:3000"][..], "for example 127.0.0.1:3000"),
            (&["--public-url", "http://mfa.example.com"], "use https://"),
            (&["--public-url", "mfa.example.com"], "for example https://"),
            (&["--database-url", "postgres://localhost"], "surrealkv://"),
            (&["--trusted-proxy-hops", "99"], "0..=8"),
            (&["--log", "server=loud"], "write a level"),
            (&["--log-format", "xml"], "text, json"),
            (&["account", "create", "--name", "", "--admin-name", "A", "--admin-email", "a@b.example"], "1 to 100"),
            (&["account", "create", "--name", "N", "--admin-name", "A", "--admin-email", "ada"], "ada@example.com"),
            (&["account", "set", "--account-of", "a@b.example", "--mfa-time-setting", "5h"], "12h, 1d"),
            (&["account", "set", "--account-of", "a@b.example", "--mfa-time-setting", "99999999d"], "12h, 1d"),
            (&["user", "role", "a@b.example", "root"], "member, admin"),
            (&["user", "unlock", "ada"], "ada@example.com"),
        ] {
            let refusal = parse(words).unwrap_err();
            assert_eq!(refusal.exit_code(), 2);
            assert!(refusal.to_string().contains(advice), "{refusal}");
        }
    }

    #[test]
    fn a_password_has_no_place_on_the_command_line() {
        let words = ["account", "create", "--name", "N", "--admin-name", "A", "--admin-email", "a@b.example"];

        let refusal = parse(&[&words[..], &["--password", "x"]].concat()).unwrap_err();

        assert_eq!(refusal.kind(), ErrorKind::UnknownArgument);
    }
}

//! What can be set, and how it is read.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, ValueEnum};
use delivery::{MailUrl, SmsUrl};
use thiserror::Error;
use tracing_subscriber::EnvFilter;
use verifier::PrivateHosts;

use crate::public_url::PublicUrl;

/// Everything that can be set, each thing by a flag or by the environment variable of the same name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Settings")]
pub struct Config {
    /// Where to listen for requests.
    #[arg(long, env = "STEPGATE_LISTEN", value_name = "ADDRESS:PORT", global = true)]
    #[arg(default_value = "127.0.0.1:3000", value_parser = parse_listen)]
    pub listen: SocketAddr,

    /// Where people reach Stepgate. Without one: this machine, at the port of `listen`.
    #[arg(long, env = "STEPGATE_PUBLIC_URL", value_name = "URL", global = true)]
    #[arg(
        help = "Where people reach Stepgate, as they type it; links in messages begin with it. https makes cookies \
                  Secure; plain http is for this machine only. [default: http://localhost and the port of --listen]"
    )]
    pub public_url: Option<PublicUrl>,

    /// The folder for everything that is kept: database, keys, messages. Made if missing.
    #[arg(long, env = "STEPGATE_DATA_DIR", value_name = "FOLDER", global = true, default_value = "./data")]
    pub data_dir: PathBuf,

    /// The database. Without one: the folder `db` in the data directory.
    #[arg(long, env = "STEPGATE_DATABASE_URL", value_name = "URL", global = true, hide_env_values = true)]
    #[arg(value_parser = Unrepeated::<DatabaseUrl>::new())]
    #[arg(help = "The database: surrealkv://FOLDER, mem:// to forget everything at the end, or \
                  ws://USER:PASSWORD@HOST:PORT/NAMESPACE/DATABASE for a SurrealDB server (better as a variable than as \
                  a flag, which others on this machine can see). [default: the folder db in the data directory]")]
    pub database_url: Option<DatabaseUrl>,

    /// The keys under which secrets are stored; keep a copy, apart from that of the database. Made, with mode 0600,
    /// when there is no database yet. [default: the file keys in the data directory]
    #[arg(long, env = "STEPGATE_KEYS_FILE", value_name = "FILE", global = true)]
    pub keys_file: Option<PathBuf>,

    /// Where mails are handed over. Without one each becomes a file in the folder `outbox` of the data directory.
    #[arg(long, env = "STEPGATE_MAIL_URL", value_name = "URL", global = true, hide_env_values = true)]
    #[arg(default_value = "outbox:", value_parser = Unrepeated::<MailUrl>::new())]
    #[arg(help = "The mail server: smtps://USER:PASSWORD@HOST?from=ADDRESS, or smtp://… for one with STARTTLS; \
                  password_file=FILE in place of the password, ca=FILE for an authority of your own (better as a \
                  variable than as a flag, which others on this machine can see). outbox: writes files")]
    pub mail_url: MailUrl,

    /// Where texts go. Without one: to the folder `outbox` in the data directory.
    #[arg(long, env = "STEPGATE_SMS_URL", value_name = "URL", global = true, hide_env_values = true)]
    #[arg(default_value = "outbox:", value_parser = Unrepeated::<SmsUrl>::new())]
    #[arg(help = "Where texts go: outbox: for files in the data directory, twilio://ACCOUNT_SID:AUTH_TOKEN@\
                  api.twilio.com?from=NUMBER, or http-gateway:FILE for any gateway that takes a text by one HTTP \
                  request, which the file describes (OPERATIONS.md). May hold a token: better a variable than a flag")]
    pub sms_url: SmsUrl,

    /// Hosts of private networks to which admins may let events be posted, separated by commas. Without any, webhooks
    /// reach the internet only.
    #[arg(long, env = "STEPGATE_WEBHOOK_PRIVATE_HOSTS", value_name = "HOSTS", global = true)]
    #[arg(default_value = "", hide_default_value = true)]
    pub webhook_private_hosts: PrivateHosts,

    /// How many proxies stand in front and add to X-Forwarded-For. 0 believes no such header.
    #[arg(long, env = "STEPGATE_TRUSTED_PROXY_HOPS", value_name = "NUMBER", global = true)]
    #[arg(default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=8))]
    pub trusted_proxy_hops: u8,

    /// What to log: error, warn, info, debug, trace, also by module (info,server=debug).
    /// [default: info for serve, warn for other commands]
    #[arg(long, env = "STEPGATE_LOG", value_name = "FILTER", global = true)]
    pub log: Option<LogFilter>,

    /// How to write the log, which goes to standard error.
    #[arg(long, env = "STEPGATE_LOG_FORMAT", value_name = "FORMAT", global = true, default_value = "text")]
    pub log_format: LogFormat,
}

impl Config {
    /// Where people reach the server that listens at `listen`.
    #[must_use]
    pub fn public_url(&self, listen: SocketAddr) -> PublicUrl {
        self.public_url.clone().unwrap_or_else(|| PublicUrl::on_this_machine(listen))
    }

    /// The database, for a data directory at this absolute path.
    #[must_use]
    pub fn database(&self, data_dir: &Path) -> DatabaseUrl {
        self.database_url.clone().unwrap_or_else(|| DatabaseUrl::Folder(data_dir.join("db")))
    }
}

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A folder of this machine, owned by this process.
    Folder(PathBuf),
    /// This process' memory: for trying things out.
    Memory,
    /// A SurrealDB server; the address holds its password.
    Server(String),
}

/// A text that names no database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DatabaseUrlError {
    /// Another kind of address.
    #[error("write surrealkv:// and a folder, for example surrealkv:///var/lib/stepgate/db, or mem://, or ws://…")]
    Unknown,
    /// `?` begins options of the engine, which are not ours to pass on.
    #[error("the folder's name must not contain '?'")]
    Options,
}

impl DatabaseUrl {
    /// The address in the store's spelling.
    #[must_use]
    pub fn address(&self) -> Cow<'_, str> {
        match self {
            Self::Folder(folder) => format!("surrealkv://{}", folder.display()).into(),
            Self::Memory => "mem://".into(),
            Self::Server(address) => address.into(),
        }
    }

    /// Whether something is stored there already; of a server that is known only once it was asked.
    #[must_use]
    pub fn exists(&self) -> Option<bool> {
        match self {
            Self::Folder(folder) => Some(folder.read_dir().is_ok_and(|mut entries| entries.next().is_some())),
            Self::Memory => Some(false),
            Self::Server(_) => None,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once("://") {
            Some((_, rest)) if rest.contains('?') => Err(DatabaseUrlError::Options),
            Some(("mem", "")) => Ok(Self::Memory),
            Some(("surrealkv", folder)) if !folder.is_empty() => Ok(Self::Folder(folder.into())),
            Some(("ws" | "wss", rest)) if !rest.is_empty() => Ok(Self::Server(text.into())),
            _ => Err(DatabaseUrlError::Unknown),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(_) => f.write_str("ws://…"),
            Self::Folder(_) | Self::Memory => f.write_str(&self.address()),
        }
    }
}

/// Reads a setting that may hold a password. What is wrong with it is said without repeating it, as clap's own readers do.
#[derive(Debug)]
struct Unrepeated<T>(PhantomData<fn() -> T>);

impl<T> Unrepeated<T> {
    fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Clone for Unrepeated<T> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<T: FromStr<Err: fmt::Display> + Clone + Send + Sync + 'static> TypedValueParser for Unrepeated<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, setting: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let wrong = match value.to_str().map(str::parse) {
            Some(Ok(value)) => return Ok(value),
            Some(Err(error)) => format!("{error}"),
            None => "it is not UTF-8".to_owned(),
        };
        let name = setting.map(ToString::to_string).unwrap_or_default();
        let told = format!("invalid value for '{name}': {wrong}\n");
        Err(clap::Error::raw(ErrorKind::ValueValidation, told).with_cmd(command))
    }
}

/// What is logged: directives of `tracing_subscriber`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

/// A text that is no filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("write a level (error, warn, info, debug, trace) or a list such as info,server=debug")]
pub struct LogFilterError;

impl LogFilter {
    /// The directives.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogFilter {
    type Err = LogFilterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() || EnvFilter::try_new(text).is_err() {
            return Err(LogFilterError);
        }
        Ok(Self(text.into()))
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One line of text an entry, for people.
    Text,
    /// One JSON object an entry, for machines.
    Json,
}

fn parse_listen(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "write an IP address and a port, for example 127.0.0.1:3000 or [::]:3000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_folder_memory_or_a_server() {
        let parse = |text: &str| text.parse::<DatabaseUrl>();

        assert_eq!(parse("surrealkv:///var/db"), Ok(DatabaseUrl::Folder("/var/db".into())));
        assert_eq!(parse("mem://"), Ok(DatabaseUrl::Memory));
        assert!(matches!(parse("ws://u:p@host:8000/ns/db"), Ok(DatabaseUrl::Server(_))));
        assert_eq!(parse("surrealkv:///db?sync=never"), Err(DatabaseUrlError::Options));
        for text in ["", "surrealkv://", "ws://", "mem://x", "memory", "/var/db", "postgres://localhost"] {
            assert_eq!(parse(text), Err(DatabaseUrlError::Unknown), "{text:?}");
        }
    }

    #[test]
    fn a_folder_holds_a_database_once_something_is_in_it() {
        let data_dir = tempfile::tempdir().unwrap();
        let database = DatabaseUrl::Folder(data_dir.path().join("db"));
        assert_eq!(database.exists(), Some(false));

        std::fs::create_dir(data_dir.path().join("db")).unwrap();
        assert_eq!(database.exists(), Some(false));

        std::fs::write(data_dir.path().join("db/LOCK"), "").unwrap();
        assert_eq!(database.exists(), Some(true));
    }

    #[test]
    fn the_password_of_a_database_server_is_not_printed() {
        let database: DatabaseUrl = "ws://root:hunter2@host:8000/ns/db".parse().unwrap();

        assert!(!format!("{database:?}").contains("hunter2"));
    }

    #[test]
    fn a_setting_with_a_password_that_is_refused_is_not_repeated() {
        let command = || Config::augment_args(Command::new("stepgate"));

        for (setting, mend) in [
            ("--mail-url=smtps://mfa:hunter2@mail.example.com", "add ?from=mfa@example.com"),
            ("--database-url=postgres://mfa:hunter2@host/db", "write surrealkv://"),
            ("--sms-url=twilio://AC1:hunter2@api.twilio.com", "messaging_service="),
        ] {
            let refused = command().try_get_matches_from(["stepgate", setting]).unwrap_err();

            assert_eq!(refused.kind(), ErrorKind::ValueValidation);
            let told = refused.to_string();
            assert!(told.contains(mend) && !told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn a_filter_is_judged_before_the_server_starts() {
        assert!("info,server=debug".parse::<LogFilter>().is_ok());
        assert_eq!("server=loud".parse::<LogFilter>(), Err(LogFilterError));
        assert_eq!(" ".parse::<LogFilter>(), Err(LogFilterError));
    }
}

use std::fmt;
use std::str::FromStr;

use surrealdb::engine::any::connect;
use surrealdb::opt::auth::Root;

use crate::OpenError;
use crate::database::Connection;
use crate::directory;

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum DatabaseUrl {
    /// In the memory of this process.
    Memory,
    /// In a directory of this machine.
    Directory(String),
    /// On a server.
    Server(Server),
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// Scheme, host and port.
    origin: String,
    user: String,
    password: String,
    namespace: String,
    database: String,
}

/// Namespace and database of an embedded one, which holds nothing else.
pub(crate) const OURS: &str = "stepgate";

impl DatabaseUrl {
    pub(crate) async fn connect(&self) -> Result<Connection, OpenError> {
        let unreachable = |source| OpenError::Unreachable { place: self.to_string(), source };
        match self {
            Self::Memory => Self::memory().await.map_err(|error| unreachable(error.into())),
            Self::Directory(path) => directory::open(path).await.map_err(|error| {
                // The database has no kind of its own for this error.
                let locked = error.to_string().contains("already locked");
                if locked { OpenError::Locked { directory: path.clone() } } else { unreachable(error) }
            }),
            Self::Server(server) => server.connect().await.map_err(|error| unreachable(error.into())),
        }
    }

    async fn memory() -> Result<Connection, surrealdb::Error> {
        let connection = connect("mem://").await?;
        connection.use_ns(OURS).use_db(OURS).await?;
        Ok(Connection::Any(connection))
    }
}

impl FromStr for DatabaseUrl {
    type Err = OpenError;

    fn from_str(url: &str) -> Result<Self, OpenError> {
        match url.split_once("://") {
            Some(("mem", "")) => Ok(Self::Memory),
            // After a `?` the database would read settings, among them one to answer before a commit is on the disk.
            Some(("surrealkv", path)) if !path.is_empty() && !path.contains('?') => Ok(Self::Directory(path.into())),
            Some((scheme @ ("ws" | "wss"), rest)) => {
                Server::parse(scheme, rest).map(Self::Server).ok_or(OpenError::Url)
            }
            _ => Err(OpenError::Url),
        }
    }
}

impl Server {
    async fn connect(&self) -> Result<Connection, surrealdb::Error> {
        let connection = connect(&self.origin).await?;
        let (username, password) = (self.user.clone(), self.password.clone());
        connection.signin(Root { username, password }).await?;
        connection.use_ns(&self.namespace).use_db(&self.database).await?;
        Ok(Connection::Any(connection))
    }

    /// Reads `user:password@host:port/namespace/database`, each but the host percent-encoded where it must be.
    fn parse(scheme: &str, rest: &str) -> Option<Self> {
        let (authority, path) = rest.split_once('/')?;
        let (credentials, host) = authority.rsplit_once('@')?;
        let (user, password) = credentials.split_once(':')?;
        let (namespace, database) = path.split_once('/')?;
        let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        let parts = [user, password, namespace, database];
        if host.is_empty() || !host.chars().all(is_host) || parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        let [user, password, namespace, database] = parts.map(decoded);
        let origin = format!("{scheme}://{host}");
        Some(Self { origin, user: user?, password: password?, namespace: namespace?, database: database? })
    }
}

/// The text behind a percent-encoded one.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [char::from(rest.next()?), char::from(rest.next()?)].map(|digit| digit.to_digit(16));
                let [high, low] = digits;
                bytes.push(u8::try_from(high? * 16 + low?).ok()?);
            }
            b'/' | b'?' | b'#' | b'@' => return None,
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

/// As it may be printed: without user and password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("mem://"),
            Self::Directory(path) => write!(f, "surrealkv://{path}"),
            Self::Server(Server { origin, namespace, database, .. }) => write!(f, "{origin}/{namespace}/{database}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_places_are_told_apart() {
        let parsed = |url: &str| url.parse::<DatabaseUrl>().unwrap();
        let server = Server {
            origin: "wss://[::1]:8000".into(),
            user: "root".into(),
            password: "p@ss/:wörd".into(),
            namespace: "ns".into(),
            database: "db".into(),
        };

        assert_eq!(parsed("mem://"), DatabaseUrl::Memory);
        assert_eq!(parsed("surrealkv:///srv/a b/db"), DatabaseUrl::Directory("/srv/a b/db".into()));
        assert_eq!(parsed("surrealkv://data/db"), DatabaseUrl::Directory("data/db".into()));
        assert_eq!(parsed("wss://root:p%40ss%2f:w%C3%B6rd@[::1]:8000/ns/db"), DatabaseUrl::Server(server));
    }

    #[test]
    fn what_is_no_such_address_is_refused() {
        for url in [
            "",
            "mem",
            "mem://x",
            "surrealkv://",
            "surrealkv:///db?sync=never",
            "rocksdb:///db",
            "http://u:p@h/n/d",
            "ws://host/ns/db",
            "ws://u@host/ns/db",
            "ws://u:p@host",
            "ws://u:p@host/ns",
            "ws://u:p@host/ns/",
            "ws://:p@host/ns/db",
            "ws://u:@host/ns/db",
            "ws://u:p@/ns/db",
            "ws://u:p@host/ns/db/x",
            "ws://u:%zz@h/n/d",
            "ws://u:%4@h/n/d",
            "ws://u:%ff@h/n/d",
            "ws://u:p@h h/n/d",
            "ws://u:p@host/ns/db?x",
        ] {
            assert!(url.parse::<DatabaseUrl>().is_err(), "{url}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let url: DatabaseUrl = "ws://root:hunter2@db.example:8000/ns/db".parse().unwrap();

        assert_eq!(url.to_string(), "ws://db.example:8000/ns/db");
        assert_eq!(format!("{url:?}"), "DatabaseUrl(ws://db.example:8000/ns/db)");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_that_does_not_answer_is_named_without_its_password() {
        let url: DatabaseUrl = "ws://root:hunter2@127.0.0.1:1/ns/db".parse().unwrap();

        let error = url.connect().await.err().unwrap();

        assert_eq!(error.to_string(), "the database ws://127.0.0.1:1/ns/db can't be opened");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

use std::fmt;
use std::fs;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};
use thiserror::Error;
use tokio::time::Instant;

use crate::{Encryption, Mail, MailGateway, NotDelivered, SmtpUrl};

/// A mail server that takes our mails (RFC 5321).
///
/// Connections are kept for the next mail for a while. What the server answers is told by its code alone: its words may
/// repeat an address.
pub struct Smtp {
    url: SmtpUrl,
    credentials: Option<Credentials>,
    tls: Option<TlsParameters>,
    sender: Address,
    idle: Mutex<Vec<Idle>>,
}

/// A connection that waits for the next mail.
struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

/// Why mails can't be handed to a server that was named.
#[derive(Debug, Error)]
pub enum SmtpSetupError {
    /// A file that can't be read.
    #[error("cannot read {path}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file without a certificate.
    #[error("{0} holds no certificate in PEM")]
    Certificate(String),
    /// A sender who has no mailbox.
    #[error("'{0}' is no address that mails can come from")]
    Sender(String),
    /// The system's certificates can't be read.
    #[error("encryption could not be set up")]
    Tls(#[source] SmtpError),
}

/// What went wrong, by where and by its code.
#[derive(Debug, Error)]
struct Trouble {
    doing: Doing,
    code: Option<u16>,
    /// The enhanced status code (RFC 3463), such as `5.1.1`.
    enhanced: Option<String>,
    #[source]
    source: Option<io::Error>,
}

/// The parts of handing over a mail, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Connecting,
    Encrypting,
    SigningIn,
    NamingSender,
    NamingRecipient,
    Announcing,
    Sending,
}

const CONNECT: Duration = Duration::from_secs(5);
/// Servers close what is idle after five minutes at the earliest (RFC 5321 §4.5.3.2.7).
const KEPT: Duration = Duration::from_mins(1);
const MOST_KEPT: usize = 8;

impl Smtp {
    /// A gateway to this server. Nothing is sent to it yet.
    ///
    /// # Errors
    /// [`SmtpSetupError`]
    pub fn open(url: SmtpUrl) -> Result<Self, SmtpSetupError> {
        let read = |path: &std::path::Path| {
            fs::read(path).map_err(|source| SmtpSetupError::File { path: path.display().to_string(), source })
        };
        let tls = if url.encryption == Encryption::None {
            None
        } else {
            let mut tls = TlsParameters::builder(url.host.trim_matches(['[', ']']).to_owned());
            if let Some(path) = &url.authority {
                let pem = read(path)?;
                let certificate = Certificate::from_pem(&pem);
                tls = tls.add_root_certificate(
                    certificate.map_err(|_| SmtpSetupError::Certificate(path.display().to_string()))?,
                );
            }
            Some(tls.build_rustls().map_err(SmtpSetupError::Tls)?)
        };
        let from_file = match &url.password_file {
            Some(path) => Some(String::from_utf8_lossy(&read(path)?).trim_end_matches(['\r', '\n']).to_owned()),
            None => None,
        };
        let credentials = url.login.as_ref().map(|(user, password)| {
            Credentials::new(user.clone(), from_file.unwrap_or_else(|| password.as_str().to_owned()))
        });
        let sender = url.from.parse().map_err(|_| SmtpSetupError::Sender(url.from.clone()))?;
        Ok(Self { url, credentials, tls, sender, idle: Mutex::default() })
    }

    /// A connection that answers: one that was kept, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Trouble> {
        while let Some(mut connection) = self.kept() {
            if connection.test_connected().await {
                return Ok(connection);
            }
        }
        let hello = ClientId::Domain(self.sender.domain().to_owned());
        let implicit = self.tls.clone().filter(|_| self.url.encryption == Encryption::Implicit);
        let server = (self.url.host.trim_matches(['[', ']']), self.url.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT), &hello, implicit, None);
        let mut connection = connecting.await.map_err(|error| Trouble::new(Doing::Connecting, &error))?;
        if let Some(tls) = self.tls.clone().filter(|_| self.url.encryption == Encryption::StartTls) {
            // A server that offers none is refused, not spoken to in the clear.
            let encrypting = connection.starttls(tls, &hello).await;
            encrypting.map_err(|error| Trouble::new(Doing::Encrypting, &error))?;
        }
        if let Some(credentials) = &self.credentials {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let signed_in = connection.auth(&mechanisms, credentials).await;
            signed_in.map_err(|error| Trouble::new(Doing::SigningIn, &error))?;
        }
        Ok(connection)
    }

    fn kept(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|kept| kept.since.elapsed() < KEPT);
        idle.pop().map(|kept| kept.connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_KEPT {
            idle.push(Idle { connection, since: Instant::now() });
        }
    }

    fn compose(&self, mail: &Mail) -> Result<(Address, Vec<u8>), Box<dyn std::error::Error + Send + Sync>> {
        let Mail { id, queued_at, to, name, account, subject, body, html, .. } = mail;
        let to: Address = to.as_str().parse()?;
        let queued_at = Duration::from_millis(queued_at.millis().try_into().unwrap_or_default());
        let header = |name, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.into());
        let message = Message::builder()
            .from(Mailbox::new(Some(account.to_string()), self.sender.clone()))
            .to(Mailbox::new(Some(name.to_string()), to.clone()))
            .subject(subject.as_str())
            .message_id(Some(format!("<{id}@{}>", self.sender.domain())))
            .date(SystemTime::UNIX_EPOCH + queued_at)
            // RFC 3834 §5; the other is how Exchange is told the same.
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .multipart(MultiPart::alternative_plain_html(body.clone(), html.clone()))?;
        Ok((to, message.formatted()))
    }
}

#[async_trait]
impl MailGateway for Smtp {
    async fn send(&self, mail: &Mail) -> Result<(), NotDelivered> {
        let (to, content) = self.compose(mail).map_err(NotDelivered::ForGood)?;
        let mut connection = self.connection().await.map_err(|trouble| NotDelivered::ForNow(trouble.into()))?;
        match hand_over(&mut connection, &self.sender, to, &content).await {
            Ok(()) => {
                self.keep(connection);
                Ok(())
            }
            Err(trouble) => {
                if trouble.code.is_some() {
                    connection.abort().await;
                }
                Err(trouble.meaning())
            }
        }
    }
}

/// One mail on a connection; after trouble it is in the middle of that mail, and of no more use.
async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    from: &Address,
    to: Address,
    content: &[u8],
) -> Result<(), Trouble> {
    let during = |doing| move |error: SmtpError| Trouble::new(doing, &error);
    let from = MailFrom::new(Some(from.clone()), Vec::new());
    connection.command(from).await.map_err(during(Doing::NamingSender))?;
    connection.command(Rcpt::new(to, Vec::new())).await.map_err(during(Doing::NamingRecipient))?;
    connection.command(Data).await.map_err(during(Doing::Announcing))?;
    connection.message(content).await.map_err(during(Doing::Sending))?;
    Ok(())
}

impl Trouble {
    fn new(doing: Doing, error: &SmtpError) -> Self {
        let code = error.status().map(u16::from);
        let source = std::error::Error::source(error);
        // Of an answer this is its text; of a lost connection it is what the system said.
        let enhanced = code.and(source).and_then(|text| enhanced_code(&text.to_string()));
        // What is no answer at all is repeated by whoever could not read it.
        let is_words = code.is_some() || error.is_response();
        let source = source.filter(|_| !is_words).map(|source| io::Error::other(source.to_string()));
        Self { doing, code, enhanced, source }
    }

    /// What it means for the mail.
    fn meaning(self) -> NotDelivered {
        let refused = self.code.is_some_and(|code| code >= 500);
        // Who may hand over mails here is the operator's to mend, also where it is said of a recipient (RFC 3463: X.7).
        let policy = self.enhanced.as_deref().is_some_and(|code| code.starts_with("5.7.")) || self.code == Some(530);
        match self.doing {
            Doing::NamingRecipient | Doing::Sending if refused && !policy => NotDelivered::ForGood(self.into()),
            Doing::Sending if self.code.is_none() => NotDelivered::Perhaps(self.into()),
            _ => NotDelivered::ForNow(self.into()),
        }
    }
}

/// The enhanced status code at the beginning of an answer's text: `5.1.1`.
fn enhanced_code(text: &str) -> Option<String> {
    let words = text.split([' ', '-', ',', ';']);
    let is_code = |word: &&str| {
        let parts: Vec<&str> = word.split('.').collect();
        parts.len() == 3
            && parts.iter().all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
    };
    words.take(3).find(is_code).map(str::to_owned)
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.doing {
            Doing::Connecting => "connecting to the mail server",
            Doing::Encrypting => "encrypting the connection to the mail server",
            Doing::SigningIn => "signing in to the mail server",
            Doing::NamingSender => "naming the sender to the mail server",
            Doing::NamingRecipient => "naming the recipient to the mail server",
            Doing::Announcing | Doing::Sending => "handing the mail to the mail server",
        })?;
        match (self.code, &self.enhanced) {
            (Some(code), Some(enhanced)) => write!(f, " was answered {code} {enhanced}"),
            (Some(code), None) => write!(f, " was answered {code}"),
            (None, _) => f.write_str(" failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(doing: Doing, code: Option<u16>, enhanced: Option<&str>) -> NotDelivered {
        Trouble { doing, code, enhanced: enhanced.map(str::to_owned), source: None }.meaning()
    }

    #[test]
    fn an_answer_means_what_can_still_become_of_the_mail() {
        for doing in [Doing::NamingRecipient, Doing::Sending] {
            assert!(matches!(meaning(doing, Some(550), Some("5.1.1")), NotDelivered::ForGood(_)));
            assert!(matches!(meaning(doing, Some(550), None), NotDelivered::ForGood(_)));
            assert!(matches!(meaning(doing, Some(451), Some("4.7.1")), NotDelivered::ForNow(_)));
            // Of a policy, which the operator mends.
            assert!(matches!(meaning(doing, Some(550), Some("5.7.1")), NotDelivered::ForNow(_)));
            assert!(matches!(meaning(doing, Some(530), None), NotDelivered::ForNow(_)));
        }
        for doing in [Doing::Connecting, Doing::Encrypting, Doing::SigningIn, Doing::NamingSender, Doing::Announcing] {
            for code in [None, Some(421), Some(535), Some(550)] {
                assert!(matches!(meaning(doing, code, None), NotDelivered::ForNow(_)), "{doing:?} {code:?}");
            }
        }
        assert!(matches!(meaning(Doing::NamingRecipient, None, None), NotDelivered::ForNow(_)));
        assert!(matches!(meaning(Doing::Sending, None, None), NotDelivered::Perhaps(_)));
    }

    #[test]
    fn an_enhanced_code_is_read_and_nothing_else_of_the_answer() {
        for (text, code) in [
            ("5.1.1 no such user ada@example.com", Some("5.1.1")),
            ("permanent error (550): 5.7.1 relaying denied", None),
            ("no such user ada@example.com", None),
            ("1.2.3.4 is blocked", None),
            ("5.1.x", None),
            ("", None),
        ] {
            assert_eq!(enhanced_code(text).as_deref(), code, "{text}");
        }
    }
}

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::{Host, Url};
use zeroize::Zeroizing;

/// Where mails are handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailUrl {
    /// Nowhere: each becomes a file.
    Outbox,
    /// A mail server.
    Smtp(SmtpUrl),
}

/// A mail server, and as whom mails are handed to it.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    /// Its name, by which its certificate is judged.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// The user's name, and their password if it is not in a file.
    pub login: Option<(String, Zeroizing<String>)>,
    /// The file that holds the password.
    pub password_file: Option<PathBuf>,
    /// The address mails come from.
    pub from: String,
    /// A certificate of an authority to be believed besides those the system believes, in PEM.
    pub authority: Option<PathBuf>,
}

/// How a connection to a mail server is encrypted. It is never tried without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From the first byte on (RFC 8314 §3.3).
    Implicit,
    /// By STARTTLS, before anything is said that matters (RFC 3207).
    StartTls,
    /// Not at all: to this machine only.
    None,
}

/// A text that names no mail server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MailUrlError {
    /// Another kind of address.
    #[error(
        "write outbox:, or smtps://USER:PASSWORD@HOST?from=ADDRESS, or smtp://… for a server with STARTTLS; special \
         characters in user and password percent-encoded"
    )]
    Malformed,
    /// Nobody to answer to.
    #[error("say whom mails come from: add ?from=mfa@example.com")]
    NoSender,
    /// A part that means nothing.
    #[error("'{0}' means nothing here: there are from, tls, password_file and ca")]
    UnknownOption(String),
    /// Links that let people in would travel in the clear.
    #[error("mails with links would travel to {0} in the clear: tls=none is for localhost, 127.0.0.1 and [::1]")]
    Plain(String),
}

impl FromStr for MailUrl {
    type Err = MailUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text.trim()).map_err(|_| MailUrlError::Malformed)?;
        let implicit = match url.scheme() {
            "outbox" if url.path().is_empty() && url.query().is_none() => return Ok(Self::Outbox),
            "smtps" => true,
            "smtp" => false,
            _ => return Err(MailUrlError::Malformed),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(MailUrlError::Malformed);
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(MailUrlError::Malformed)?.to_owned();
        let (mut from, mut plain, mut password_file, mut authority) = (None, false, None, None);
        for (name, value) in url.query_pairs() {
            match (name.as_ref(), value.as_ref()) {
                ("from", address) => from = Some(address.to_owned()),
                ("tls", "none") if !implicit => plain = true,
                ("tls", "required") => {}
                ("password_file", path) => password_file = Some(path.into()),
                ("ca", path) => authority = Some(path.into()),
                (name, _) => return Err(MailUrlError::UnknownOption(name.to_owned())),
            }
        }
        if plain && !is_this_machine(&host) {
            return Err(MailUrlError::Plain(host));
        }
        let encryption = match (implicit, plain) {
            (true, _) => Encryption::Implicit,
            (false, true) => Encryption::None,
            (false, false) => Encryption::StartTls,
        };
        let login = match url.username() {
            "" => None,
            user => {
                let password = Zeroizing::new(decoded(url.password().unwrap_or_default())?);
                Some((decoded(user)?, password))
            }
        };
        let port = url.port().unwrap_or(if implicit { 465 } else { 587 });
        let from = from.filter(|from| from.contains('@')).ok_or(MailUrlError::NoSender)?;
        Ok(Self::Smtp(SmtpUrl { host, port, encryption, login, password_file, from, authority }))
    }
}

fn decoded(text: &str) -> Result<String, MailUrlError> {
    percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| MailUrlError::Malformed)
}

fn is_this_machine(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => false,
    }
}

impl fmt::Display for MailUrl {
    /// Where mails go, without what lets one in there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outbox => f.write_str("the outbox"),
            Self::Smtp(SmtpUrl { host, port, .. }) => write!(f, "the mail server {host}:{port}"),
        }
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpUrl")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("encryption", &self.encryption)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(text: &str) -> SmtpUrl {
        match text.parse() {
            Ok(MailUrl::Smtp(url)) => url,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_server_is_spoken_to_encrypted_unless_it_is_this_machine_and_asked_otherwise() {
        let implicit = smtp("smtps://ada:p%40ss%2Fword@mail.example.com?from=mfa@example.com");
        assert_eq!((implicit.host.as_str(), implicit.port), ("mail.example.com", 465));
        assert_eq!(implicit.encryption, Encryption::Implicit);
        let (user, password) = implicit.login.unwrap();
        assert_eq!((user.as_str(), password.as_str()), ("ada", "p@ss/word"));

        let upgraded = smtp("smtp://mail.example.com:2525?from=mfa@example.com");
        assert_eq!((upgraded.encryption, upgraded.port, upgraded.login), (Encryption::StartTls, 2525, None));
        assert_eq!(smtp("smtp://mail.example.com?from=a@b.example").port, 587);

        for host in ["localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(smtp(&format!("smtp://{host}?tls=none&from=a@b.example")).encryption, Encryption::None);
        }
        let plain = "smtp://mail.example.com?tls=none&from=a@b.example".parse::<MailUrl>();
        assert_eq!(plain, Err(MailUrlError::Plain("mail.example.com".into())));
    }

    #[test]
    fn what_is_no_mail_server_is_refused_with_how_to_mend_it() {
        assert_eq!("outbox:".parse(), Ok(MailUrl::Outbox));
        for text in
            ["", "outbox", "outbox:x", "mail.example.com", "http://a.example", "smtp://", "smtp://h/path?from=a@b"]
        {
            assert_eq!(text.parse::<MailUrl>(), Err(MailUrlError::Malformed), "{text}");
        }
        for text in ["smtp://mail.example.com", "smtps://mail.example.com?from=nobody"] {
            assert_eq!(text.parse::<MailUrl>(), Err(MailUrlError::NoSender), "{text}");
        }
        for (text, option) in [("x=1", "x"), ("tls=maybe", "tls")] {
            let parsed = format!("smtp://mail.example.com?{text}&from=a@b.example").parse::<MailUrl>();
            assert_eq!(parsed, Err(MailUrlError::UnknownOption(option.into())));
        }
        let implicit = "smtps://localhost?tls=none&from=a@b.example".parse::<MailUrl>();
        assert_eq!(implicit, Err(MailUrlError::UnknownOption("tls".into())));
    }

    #[test]
    fn nothing_printed_shows_the_password() {
        let url: MailUrl = "smtps://ada:hunter2@mail.example.com?from=a@b.example".parse().unwrap();

        assert!(!format!("{url:?} {url}").contains("hunter2"));
        assert_eq!(url.to_string(), "the mail server mail.example.com:465");
    }
}

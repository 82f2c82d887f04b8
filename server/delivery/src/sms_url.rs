use std::env;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

use crate::http_gateway::HttpGateway;
use crate::twilio::Twilio;
use crate::{HttpGatewayError, Outbox, TextGateway, TwilioUrl, TwilioUrlError};

/// Where texts go. `Debug` and `Display` show no secret.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum SmsUrl {
    /// `outbox:`, files in the data directory.
    #[default]
    Outbox,
    /// `twilio://…`, Twilio's REST API or a service that speaks it.
    Twilio(Box<TwilioUrl>),
    /// `http-gateway:FILE`, any gateway that takes a text by one HTTP request, which the file describes.
    HttpGateway(PathBuf),
}

/// Why texts can't go there, and how to mend it.
#[derive(Debug, Error)]
pub enum SmsUrlError {
    /// Another kind of address.
    #[error(
        "write outbox:, or twilio://ACCOUNT_SID:AUTH_TOKEN@api.twilio.com?from=+15551234567, or http-gateway: and the \
         path of a file"
    )]
    Unknown,
    /// No address of Twilio's.
    #[error(transparent)]
    Twilio(#[from] TwilioUrlError),
    /// A file that describes no gateway.
    #[error("the gateway file {0} does not work")]
    HttpGateway(PathBuf, #[source] HttpGatewayError),
    /// The system's certificates can't be used.
    #[error("cannot use TLS")]
    Tls(#[source] reqwest::Error),
}

impl SmsUrl {
    /// What takes texts there. Reads the gateway's file and its secrets; asks nobody yet.
    ///
    /// # Errors
    /// [`SmsUrlError`]
    pub fn open(&self, outbox: Arc<Outbox>) -> Result<Arc<dyn TextGateway>, SmsUrlError> {
        match self {
            Self::Outbox => Ok(outbox),
            Self::Twilio(settings) => {
                let twilio = Twilio::new(TwilioUrl::clone(settings)).map_err(SmsUrlError::Tls)?;
                Ok(Arc::new(twilio))
            }
            Self::HttpGateway(path) => {
                let gateway = HttpGateway::open(path, &|name| env::var(name).ok());
                Ok(Arc::new(gateway.map_err(|error| SmsUrlError::HttpGateway(path.clone(), error))?))
            }
        }
    }
}

impl FromStr for SmsUrl {
    type Err = SmsUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().split_once(':') {
            Some(("outbox", "")) => Ok(Self::Outbox),
            Some(("twilio", _)) => Ok(Self::Twilio(Box::new(text.trim().parse()?))),
            Some(("http-gateway", path)) if !path.is_empty() => Ok(Self::HttpGateway(path.into())),
            _ => Err(SmsUrlError::Unknown),
        }
    }
}

impl fmt::Display for SmsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outbox => f.write_str("the outbox"),
            Self::Twilio(settings) => settings.fmt(f),
            Self::HttpGateway(path) => write!(f, "the gateway of {}", path.display()),
        }
    }
}

impl fmt::Debug for SmsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmsUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn parse(text: &str) -> Result<SmsUrl, SmsUrlError> {
        text.parse()
    }

    fn outbox() -> (tempfile::TempDir, Arc<Outbox>) {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path().join("outbox")).unwrap();
        (folder, Arc::new(outbox))
    }

    #[test]
    fn texts_go_to_the_outbox_to_twilio_or_to_a_gateway_of_a_file() {
        assert_eq!(parse("outbox:").unwrap(), SmsUrl::default());
        assert!(matches!(parse(" twilio://AC1:t@api.twilio.com?from=12345 ").unwrap(), SmsUrl::Twilio(_)));
        assert_eq!(parse("http-gateway:/etc/sms.toml").unwrap(), SmsUrl::HttpGateway("/etc/sms.toml".into()));
    }

    #[test]
    fn what_is_none_of_these_is_refused_without_repeating_it() {
        for text in ["", "outbox", "outbox:x", "outbox://", "http-gateway:", "https://u:hunter2@h", "twilio:hunter2"] {
            let refused = parse(text).unwrap_err();

            assert!(!format!("{refused} {refused:?}").contains("hunter2"), "{text}");
        }
        let refused = parse("twilio://AC1:hunter2@api.twilio.com").unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("hunter2"));
        assert!(refused.to_string().contains("from= and a number"));
    }

    #[test]
    fn what_is_printed_says_where_texts_go_and_no_secret() {
        let twilio = parse("twilio://AC1:hunter2@api.twilio.com?messaging_service=MG1").unwrap();

        assert_eq!(format!("{twilio:?}"), "SmsUrl(api.twilio.com, by the messaging service MG1)");
        assert_eq!(parse("http-gateway:/etc/sms.toml").unwrap().to_string(), "the gateway of /etc/sms.toml");
    }

    #[test]
    fn a_gateways_file_is_read_at_start() {
        let (folder, outbox) = outbox();
        let path = folder.path().join("sms.toml");
        let open = || SmsUrl::HttpGateway(path.clone()).open(Arc::clone(&outbox)).map(|_| ());

        assert!(matches!(open(), Err(SmsUrlError::HttpGateway(_, HttpGatewayError::Unreadable(_)))));
        fs::write(&path, "url = 'https://h/?to={to}&text={text}'\nsuccess = { status = [200] }").unwrap();
        assert!(open().is_ok());
    }
}

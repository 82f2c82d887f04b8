//! Where people reach Stepgate.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use http::Uri;
use thiserror::Error;

/// Where people reach Stepgate: scheme, host and port, nothing after. Links in messages begin with it, never with
/// what a request's `Host` says.
///
/// Kept in the spelling of a browser's `Origin` header: lower case, the scheme's own port left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    scheme: Scheme,
    origin: String,
    host: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// Why people can't be sent to that address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PublicUrlError {
    /// No address of the web.
    #[error("write it as people will type it, for example https://mfa.example.com")]
    Malformed,
    /// A path, a query, a user.
    #[error("leave out everything but https://, host and port: Stepgate lives at the root of its host")]
    MoreThanAHost,
    /// A host that is reached over a network, without encryption.
    #[error("passwords would travel to {0} in the clear: use https:// (http:// is for localhost, 127.0.0.1 and [::1])")]
    PlainHttp(String),
}

/// Hosts that never leave the machine.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl PublicUrl {
    /// The address of a server that nobody gave one: this machine.
    #[must_use]
    pub fn on_this_machine(listen: SocketAddr) -> Self {
        let (scheme, host) = (Scheme::Http, "localhost".to_owned());
        Self { scheme, origin: origin(scheme, &host, Some(listen.port())), host }
    }

    /// Scheme, host and port, without a slash at the end: `https://mfa.example.com`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// The host without its port; an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is https, so that cookies can be Secure and named `__Host-…`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Whether it is only reached from this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        LOCAL.contains(&self.host.as_str())
    }

    /// A link to a path of ours, which begins with `/`.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let uri: Uri = text.parse().map_err(|_| PublicUrlError::Malformed)?;
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            _ => return Err(PublicUrlError::Malformed),
        };
        let authority = uri.authority().ok_or(PublicUrlError::Malformed)?.as_str();
        let more = !matches!(uri.path(), "" | "/") || uri.query().is_some() || text.contains('#');
        if more || authority.contains('@') {
            return Err(PublicUrlError::MoreThanAHost);
        }
        let (host, port) = split(authority)?;
        if scheme == Scheme::Http && !LOCAL.contains(&host.as_str()) {
            return Err(PublicUrlError::PlainHttp(host));
        }
        Ok(Self { scheme, origin: origin(scheme, &host, port), host })
    }
}

/// The host in lower case, and the port if there is one.
fn split(authority: &str) -> Result<(String, Option<u16>), PublicUrlError> {
    let ends = authority.rfind(']').map_or_else(|| authority.find(':'), |bracket| Some(bracket + 1));
    let (host, rest) = authority.split_at_checked(ends.unwrap_or(authority.len())).ok_or(PublicUrlError::Malformed)?;
    let port = match rest.strip_prefix(':') {
        Some(port) => Some(port.parse().ok().filter(|port| *port != 0).ok_or(PublicUrlError::Malformed)?),
        None if rest.is_empty() => None,
        None => return Err(PublicUrlError::Malformed),
    };
    let host = host.to_ascii_lowercase();
    if is_host(&host) { Ok((host, port)) } else { Err(PublicUrlError::Malformed) }
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    host.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

fn origin(scheme: Scheme, host: &str, port: Option<u16>) -> String {
    let (name, own_port) = match scheme {
        Scheme::Http => ("http", 80),
        Scheme::Https => ("https", 443),
    };
    match port {
        Some(port) if port != own_port => format!("{name}://{host}:{port}"),
        _ => format!("{name}://{host}"),
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PublicUrl, PublicUrlError> {
        text.parse()
    }

    #[test]
    fn it_is_kept_as_browsers_write_an_origin() {
        for (typed, kept) in [
            ("https://MFA.Example.com/", "https://mfa.example.com"),
            (" https://mfa.example.com:443 ", "https://mfa.example.com"),
            ("https://mfa.example.com:8443", "https://mfa.example.com:8443"),
            ("http://localhost:3000/", "http://localhost:3000"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(parse(typed).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for host in ["example.com", "192.168.1.7", "127.0.0.2", "localhost.example.com", "[::2]"] {
            assert_eq!(parse(&format!("http://{host}:3000")), Err(PublicUrlError::PlainHttp(host.into())));
            assert!(parse(&format!("https://{host}")).unwrap().is_https());
        }
    }

    #[test]
    fn what_is_more_than_a_host_is_refused() {
        for more in ["https://a.example/mfa", "https://a.example?x", "https://a.example/#x", "https://eve@a.example"] {
            assert_eq!(parse(more), Err(PublicUrlError::MoreThanAHost), "{more}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "localhost:3000",
            "mfa.example.com",
            "/setup",
            "ftp://a.example",
            "https://",
            "https://a.example:",
            "https://a.example:0",
            "https://a.example:99999",
            "https://a..example",
            "https://-a.example",
            "https://a_b.example",
            "https://[::1",
            "https://[::g]",
            "https://bücher.example",
            "https://a.example\r\nX: y",
        ] {
            assert_eq!(parse(text), Err(PublicUrlError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_link_is_the_address_and_a_path() {
        let url = PublicUrl::on_this_machine("127.0.0.1:4000".parse().unwrap());

        assert_eq!(url.link("/setup/abc"), "http://localhost:4000/setup/abc");
        assert!(url.is_local() && !url.is_https());
    }
}

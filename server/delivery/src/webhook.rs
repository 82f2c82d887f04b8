use std::error::Error;
use std::iter;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Url, retry};
use sha2::Sha256;
use thiserror::Error;
use tokio::net::lookup_host;
use url::Host;
use verifier::{DueCall, PrivateHosts, WebhookAnswer, WebhookSecret, WebhookUrl, WebhookUrlError, is_public};

use crate::WebhookGateway;

/// Posts events to webhooks, as Standard Webhooks 1.0 has it: signed, under an identifier that stays the same however
/// often it is tried.
///
/// Whoever adds a webhook chooses where we connect to. So we connect to public addresses only (and to hosts that the
/// operator allows), resolve each name ourselves and connect to what we have looked at, follow no redirect, use no proxy,
/// which would resolve names by itself, and tell nothing of an answer but its status.
pub struct WebhookPoster {
    client: Client,
    allowed: Arc<PrivateHosts>,
}

/// How long a receiver may take to be reached, TLS included.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the whole may take: less than a worker waits.
const WHOLE: Duration = Duration::from_secs(12);

/// A name that leads nowhere but to somebody's own network.
#[derive(Debug, Error)]
#[error("it lies in a private network")]
struct PrivateAddress;

/// Resolves names to public addresses. A name that may lead into a private network is looked up as the system does, any
/// other as it stands: nothing of the system's own domains is put behind it.
struct PublicOnly(Arc<PrivateHosts>);

/// What is posted, before it is signed.
struct Post<'a> {
    url: Url,
    id: &'a str,
    secret: &'a WebhookSecret,
    body: &'a str,
}

impl WebhookPoster {
    /// One that posts to public addresses, and to these hosts wherever they are.
    ///
    /// # Errors
    /// If the system's certificates can't be used.
    pub fn new(allowed: PrivateHosts) -> Result<Self, reqwest::Error> {
        Self::built(allowed, WHOLE, true)
    }

    fn built(allowed: PrivateHosts, whole: Duration, https_only: bool) -> Result<Self, reqwest::Error> {
        let allowed = Arc::new(allowed);
        let client = Client::builder()
            .https_only(https_only)
            .http1_only()
            .pool_max_idle_per_host(0)
            .redirect(Policy::none())
            .referer(false)
            .retry(retry::never())
            .no_proxy()
            .dns_resolver(Arc::new(PublicOnly(Arc::clone(&allowed))))
            .connect_timeout(CONNECT.min(whole / 2))
            .timeout(whole)
            .user_agent(concat!("Stepgate/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, allowed })
    }

    async fn send(&self, post: Post<'_>, at: Timestamp) -> WebhookAnswer {
        let Post { url, id, secret, body } = post;
        // An address needs no resolving, so the resolver never sees it.
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return WebhookAnswer::Unreachable,
        };
        if address.is_some_and(|address| !is_public(address)) && !self.allowed.holds(&url) {
            return WebhookAnswer::Private;
        }
        let timestamp = at.seconds().to_string();
        let Some(signature) = signature(secret.bytes(), id, &timestamp, body) else {
            return WebhookAnswer::Unreachable;
        };
        let request = self.client.post(url).header(CONTENT_TYPE, "application/json").body(body.to_owned());
        let request = request.header("webhook-id", id).header("webhook-timestamp", timestamp);
        match request.header("webhook-signature", signature).send().await {
            Ok(response) => WebhookAnswer::Status(response.status().as_u16()),
            Err(error) if is_private(&error) => WebhookAnswer::Private,
            Err(error) if error.is_connect() || error.is_builder() => WebhookAnswer::Unreachable,
            Err(_) => WebhookAnswer::Silent,
        }
    }
}

#[async_trait]
impl WebhookGateway for WebhookPoster {
    async fn post(&self, call: &DueCall, at: Timestamp) -> WebhookAnswer {
        // Also what was allowed once.
        match WebhookUrl::parse(call.url.as_str(), &self.allowed) {
            Ok(_) => {}
            Err(WebhookUrlError::Private) => return WebhookAnswer::Private,
            Err(WebhookUrlError::Malformed) => return WebhookAnswer::Unreachable,
        }
        let Ok(url) = call.url.as_str().parse() else { return WebhookAnswer::Unreachable };
        self.send(Post { url, id: call.id.as_str(), secret: &call.secret, body: &call.body }, at).await
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0.has(name.as_str());
        let is_whole = allowed || name.as_str().ends_with('.');
        let name = if is_whole { name.as_str().to_owned() } else { format!("{}.", name.as_str()) };
        Box::pin(async move {
            let found: Vec<SocketAddr> = lookup_host((name.as_str(), 0)).await?.collect();
            let reachable = reachable(found, allowed)?;
            Ok(Box::new(reachable.into_iter()) as Addrs)
        })
    }
}

/// Those of what a name leads to that may be connected to; an error if it leads to private ones alone.
fn reachable(found: Vec<SocketAddr>, allowed: bool) -> Result<Vec<SocketAddr>, PrivateAddress> {
    let is_known = !found.is_empty();
    let reachable: Vec<_> = found.into_iter().filter(|found| allowed || is_public(found.ip())).collect();
    if reachable.is_empty() && is_known { Err(PrivateAddress) } else { Ok(reachable) }
}

/// The signature of a body: `v1,` and the base64 of HMAC-SHA-256 over identifier, seconds since 1970 and body, with a dot
/// between (Standard Webhooks 1.0, "Signature scheme"). None if the key can't be used.
fn signature(key: &[u8], id: &str, timestamp: &str, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in [id, ".", timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// Whether nothing but an address in a private network was found.
fn is_private(error: &(dyn Error + 'static)) -> bool {
    iter::successors(Some(error), |error| (*error).source()).any(<dyn Error>::is::<PrivateAddress>)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted_server::{Script, ScriptedServer};

    const BODY: &str = r#"{"type":"test"}"#;
    const AT: Timestamp = Timestamp::from_seconds(1_614_265_330);

    fn a_secret() -> WebhookSecret {
        WebhookSecret::from([7; 32])
    }

    fn allowing(hosts: &str) -> WebhookPoster {
        WebhookPoster::built(hosts.parse().unwrap(), Duration::from_millis(400), false).unwrap()
    }

    async fn post_to(url: &str, allowed: &str) -> WebhookAnswer {
        let (url, secret) = (url.parse().unwrap(), a_secret());
        allowing(allowed).send(Post { url, id: "m1", secret: &secret, body: BODY }, AT).await
    }

    async fn post_scripted(script: Script) -> (WebhookAnswer, Vec<String>) {
        let server = ScriptedServer::start(script).await;
        let answer = post_to(server.origin(), "127.0.0.1").await;
        (answer, server.requests())
    }

    /// The example that the libraries of Standard Webhooks test themselves with.
    #[test]
    fn a_body_is_signed_as_receivers_libraries_expect_it() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();

        let signature = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#);

        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[tokio::test]
    async fn what_is_posted_is_json_with_identifier_time_and_signature() {
        let (answer, requests) = post_scripted(Script::answer(204, "")).await;

        let request = &requests[0];
        let signature = signature(&[7; 32], "m1", "1614265330", BODY).unwrap();
        assert_eq!(answer, WebhookAnswer::Status(204));
        for line in [
            "POST / HTTP/1.1".to_owned(),
            "content-type: application/json".into(),
            "webhook-id: m1".into(),
            "webhook-timestamp: 1614265330".into(),
            format!("webhook-signature: {signature}"),
        ] {
            assert!(request.lines().any(|found| found == line), "{line} is missing: {request}");
        }
        assert!(request.ends_with(&format!("\r\n\r\n{BODY}")), "{request}");
    }

    #[tokio::test]
    async fn an_answer_of_any_status_is_told_and_a_redirect_not_followed() {
        let elsewhere = ScriptedServer::start(Script::answer(200, "")).await;
        let redirect = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: {}/\r\nContent-Length: 0\r\n\r\n",
            elsewhere.origin()
        );

        assert_eq!(post_scripted(Script::Says(redirect.leak())).await.0, WebhookAnswer::Status(307));
        assert!(elsewhere.requests().is_empty());
        for status in [200, 400, 410, 500] {
            assert_eq!(post_scripted(Script::answer(status, "Body")).await.0, WebhookAnswer::Status(status));
        }
        assert_eq!(post_scripted(Script::NeverEnds).await.0, WebhookAnswer::Status(200));
    }

    #[tokio::test]
    async fn who_does_not_answer_is_silent_and_who_does_not_listen_unreachable() {
        for script in [Script::HangsUp, Script::ReadsAndHangsUp, Script::ReadsAndHangs] {
            assert_eq!(post_scripted(script).await.0, WebhookAnswer::Silent, "{script:?}");
        }
        let closed = ScriptedServer::start(Script::HangsUp).await.closed().await;
        assert_eq!(post_to(&closed, "127.0.0.1").await, WebhookAnswer::Unreachable);
        assert_eq!(post_to("https://hooks.invalid/", "").await, WebhookAnswer::Unreachable);
    }

    #[tokio::test]
    async fn nothing_is_posted_without_tls_where_tls_is_asked_for() {
        let server = ScriptedServer::start(Script::answer(200, "")).await;

        let answer = post_to(&server.origin().replace("http:", "https:"), "127.0.0.1").await;

        assert_eq!(answer, WebhookAnswer::Unreachable);
        assert!(server.requests().iter().all(|request| !request.contains(BODY)));
    }

    #[tokio::test]
    async fn private_addresses_are_refused_however_they_are_named() {
        let server = ScriptedServer::start(Script::answer(200, "")).await;
        let port = server.origin().rsplit_once(':').unwrap().1.to_owned();

        for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"] {
            let answer = post_to(&format!("http://{host}:{port}/"), "").await;
            assert_eq!(answer, WebhookAnswer::Private, "{host}");
        }
        assert!(server.requests().is_empty());
        assert_eq!(post_to(&format!("http://localhost:{port}/"), "localhost").await, WebhookAnswer::Status(200));
        assert_eq!(post_to(&format!("http://127.0.0.1:{port}/"), "localhost").await, WebhookAnswer::Private);
    }

    #[test]
    fn of_what_a_name_leads_to_only_public_addresses_are_reachable() {
        let [public, private]: [SocketAddr; 2] = ["1.1.1.1:0", "10.0.0.8:0"].map(|address| address.parse().unwrap());

        assert_eq!(reachable(vec![private, public], false).unwrap(), [public]);
        assert!(reachable(vec![private], false).is_err());
        assert_eq!(reachable(vec![private, public], true).unwrap(), [private, public]);
        assert!(reachable(Vec::new(), false).unwrap().is_empty());
    }
}

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{AccountId, MessageId, Timestamp, WebhookId};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::{Entropy, Keyring, SealScope, Sealed, Unavailable, is_public};

/// Where an account's events are posted, as Standard Webhooks 1.0 has it. One versioned record for each account that
/// has ever had one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhooks {
    /// The account.
    pub account: AccountId,
    /// Its webhooks in the order in which they were added, at most [`Webhooks::MOST`].
    pub hooks: Vec<Webhook>,
}

/// One place to which events are posted, one after the other, in the order of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its identifier.
    pub id: WebhookId,
    /// The host it is on, and its port. What comes after may be a secret.
    pub host: String,
    /// Its whole address, sealed for its identifier.
    pub address: Sealed,
    /// What signs what is posted there, sealed for its identifier.
    pub secret: Sealed,
    /// When it was turned on, until the first entry since then has its turn: what happened before is not posted, though
    /// it may get its place in the log later.
    pub on_since: Option<Timestamp>,
    /// The number of the last entry of the account's chain that it has, or does not want.
    pub posted: u64,
    /// The entry after that, once it is in the queue.
    pub under_way: Option<UnderWay>,
    /// The last try, if there was one.
    pub last: Option<WebhookTry>,
    /// When it took an event last.
    pub taken_at: Option<Timestamp>,
    /// Since when every try to post an event has failed.
    pub failing_since: Option<Timestamp>,
    /// Since when it is off by itself, until an admin turns it on.
    pub stopped_at: Option<Timestamp>,
    /// When somebody had a test posted last.
    pub tested_at: Option<Timestamp>,
}

/// An entry of the log on its way to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderWay {
    /// The message that waits in the queue.
    pub message: MessageId,
    /// The entry's number in its chain.
    pub number: u64,
}

/// How a webhook is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookHealth {
    /// It has taken nothing yet.
    New,
    /// It takes what is posted.
    Working,
    /// Every try has failed since then.
    Failing(Timestamp),
    /// It was turned off by itself then.
    Stopped(Timestamp),
}

/// A try to post something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookTry {
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub answer: WebhookAnswer,
}

/// What came of posting something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookAnswer {
    /// An answer with this HTTP status.
    Status(u16),
    /// The name is unknown, nobody listens there, or who does has no certificate that we trust.
    Unreachable,
    /// It lies in somebody's own network, where we post nothing.
    Private,
    /// It was reached, and did not answer in time.
    Silent,
    /// Nothing was posted: its address or its secret does not open with the keys that there are.
    Unreadable,
}

/// An address to which events may be posted: `https`, a host, no user or password, no fragment, at most
/// [`WebhookUrl::LONGEST`] characters. No `Debug` that shows more than its host.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(String);

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WebhookUrlError {
    /// No address of ours.
    #[error("write an address that begins with https://, without user, password and #")]
    Malformed,
    /// In nobody's reach but somebody's own.
    #[error("the address lies in a private network")]
    Private,
}

/// Hosts in private networks to which the operator allows events to be posted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrivateHosts(BTreeSet<String>);

/// A text that names no hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("write names or addresses of hosts, separated by commas, without https://, port or path; IPv6 as [fd00::1]")]
pub struct PrivateHostsError;

/// What signs what is posted to one webhook: 32 random bytes, known to its receiver. No `Debug` that shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

/// Endings of names that mean this machine or the network it is in (RFC 6761, RFC 6762, RFC 9476 and ICANN's `internal`).
const PRIVATE_NAMES: [&str; 5] = ["localhost", "local", "internal", "home.arpa", "alt"];

impl Webhooks {
    /// How many an account may have.
    pub const MOST: usize = 5;

    /// None yet.
    #[must_use]
    pub fn none(account: AccountId) -> Self {
        Self { account, hooks: Vec::new() }
    }

    /// The webhook with this identifier.
    #[must_use]
    pub fn find(&self, id: &WebhookId) -> Option<&Webhook> {
        self.hooks.iter().find(|hook| hook.id == *id)
    }

    pub(crate) fn find_mut(&mut self, id: &WebhookId) -> Option<&mut Webhook> {
        self.hooks.iter_mut().find(|hook| hook.id == *id)
    }
}

impl Webhook {
    /// How long it may fail before it is turned off: a weekend, and a day to mend it.
    pub const PATIENCE: Duration = Duration::from_hours(72);
    /// More than lies between two tries of a server that runs.
    const PAUSE: Duration = Duration::from_hours(1);
    /// How often a test may be asked for.
    pub const TEST_EVERY: Duration = Duration::from_secs(10);

    /// One that begins after the entry `posted` of the log.
    pub(crate) fn new(
        id: WebhookId,
        url: &WebhookUrl,
        posted: u64,
        now: Timestamp,
        keyring: &Keyring,
        entropy: &dyn Entropy,
    ) -> Result<Self, Unavailable> {
        let secret: [u8; 32] = entropy.bytes()?;
        let secret = keyring.seal(&secret, secret_scope(&id), entropy)?;
        let address = keyring.seal(url.as_str().as_bytes(), address_scope(&id), entropy)?;
        let (host, under_way, last) = (url.host().to_owned(), None, None);
        let (taken_at, failing_since, stopped_at, tested_at) = (None, None, None, None);
        Ok(Self {
            id,
            host,
            address,
            secret,
            on_since: Some(now),
            posted,
            under_way,
            last,
            taken_at,
            failing_since,
            stopped_at,
            tested_at,
        })
    }

    /// Whether events are posted there.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.stopped_at.is_none()
    }

    /// How it is doing.
    #[must_use]
    pub fn health(&self) -> WebhookHealth {
        match (self.stopped_at, self.failing_since, self.last) {
            (Some(at), ..) => WebhookHealth::Stopped(at),
            (None, Some(since), _) => WebhookHealth::Failing(since),
            (None, None, Some(last)) if last.answer.is_taken() || self.taken_at.is_some() => WebhookHealth::Working,
            (None, None, _) => WebhookHealth::New,
        }
    }

    /// What signs what is posted there.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`]
    pub fn secret(&self, keyring: &Keyring) -> Result<WebhookSecret, Unavailable> {
        keyring.open(&self.secret, secret_scope(&self.id)).map(WebhookSecret)
    }

    /// Where it is.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`]
    pub fn url(&self, keyring: &Keyring) -> Result<WebhookUrl, Unavailable> {
        let address = keyring.open(&self.address, address_scope(&self.id))?;
        String::from_utf8(address.to_vec()).map(WebhookUrl).map_err(|_| Unavailable::Sealing)
    }

    /// What is sealed in it, and for what.
    pub(crate) fn sealed_values(&mut self) -> [(SealScope<'_>, &mut Sealed); 2] {
        let Self { id, address, secret, .. } = self;
        [(address_scope(id), address), (secret_scope(id), secret)]
    }

    /// The webhook after a try to post an event. One that has failed for [`Webhook::PATIENCE`], or says that it is gone
    /// for good (410), is turned off.
    #[must_use]
    pub fn after(&self, tried: WebhookTry) -> Self {
        let WebhookTry { at, answer } = tried;
        let mut hook = Self { last: Some(tried), ..self.clone() };
        if answer.is_taken() {
            (hook.taken_at, hook.failing_since) = (Some(at), None);
            return hook;
        }
        // After a time in which nobody tried, or a clock that was set back, it begins anew: patience is not lost by them.
        let went_on = self.last.is_some_and(|last| at.since(last.at).is_some_and(|pause| pause <= Self::PAUSE));
        let since = self.failing_since.filter(|_| went_on).unwrap_or(at);
        hook.failing_since = Some(since);
        if answer == WebhookAnswer::GONE || at >= since.plus(Self::PATIENCE) {
            hook.stopped_at.get_or_insert(at);
            hook.under_way = None;
        }
        hook
    }

    /// The webhook after a try to post a test, which says nothing about the events that wait.
    #[must_use]
    pub fn after_test(&self, tried: WebhookTry) -> Self {
        Self { last: Some(tried), ..self.clone() }
    }

    /// The webhook once an admin has turned it on again, beginning after the entry `posted` of the log.
    #[must_use]
    pub fn resumed(&self, posted: u64, now: Timestamp) -> Self {
        Self { on_since: Some(now), posted, under_way: None, failing_since: None, stopped_at: None, ..self.clone() }
    }
}

impl WebhookAnswer {
    /// What a receiver says that wants nothing any more.
    pub const GONE: Self = Self::Status(410);

    /// Whether what was posted has arrived.
    #[must_use]
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }
}

impl WebhookUrl {
    /// The most characters of an address.
    pub const LONGEST: usize = 2048;

    /// Reads an address. What a name leads to is looked at when something is posted there; here those are refused of
    /// which it is plain.
    ///
    /// # Errors
    /// [`WebhookUrlError`]
    pub fn parse(text: &str, allowed: &PrivateHosts) -> Result<Self, WebhookUrlError> {
        let text = text.trim();
        if text.len() > Self::LONGEST {
            return Err(WebhookUrlError::Malformed);
        }
        let url: Url = text.parse().map_err(|_| WebhookUrlError::Malformed)?;
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if url.scheme() != "https" || !is_plain || url.port() == Some(0) {
            return Err(WebhookUrlError::Malformed);
        }
        let is_private = match url.host() {
            Some(Host::Ipv4(address)) => !is_public(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => !is_public(IpAddr::V6(address)),
            Some(Host::Domain(name)) => is_private_name(name),
            None => return Err(WebhookUrlError::Malformed),
        };
        if is_private && !allowed.holds(&url) {
            return Err(WebhookUrlError::Private);
        }
        Ok(Self(url.into()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its host, as logs and mails name it: what comes after may hold a secret.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.0.strip_prefix("https://").unwrap_or(&self.0);
        rest.split(['/', '?']).next().unwrap_or_default()
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}/…", self.host())
    }
}

impl PrivateHosts {
    /// Whether the host of this address is among them.
    #[must_use]
    pub fn holds(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| self.0.contains(host))
    }

    /// Whether this name is among them.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(&name.to_ascii_lowercase())
    }
}

/// Names, or addresses as they stand in an address, separated by commas.
impl FromStr for PrivateHosts {
    type Err = PrivateHostsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hosts = text.split(',').map(str::trim).filter(|host| !host.is_empty());
        let hosts = hosts.map(|host| Host::parse(host).map(|host| host.to_string()).map_err(|_| PrivateHostsError));
        hosts.collect::<Result<_, _>>().map(Self)
    }
}

impl WebhookSecret {
    /// The bytes that sign.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As receivers' libraries take it: `whsec_` and base64.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("whsec_{}", STANDARD.encode(&*self.0))
    }
}

impl From<[u8; 32]> for WebhookSecret {
    fn from(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

fn is_private_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    !name.contains('.') || PRIVATE_NAMES.iter().any(|ending| is_below(name, ending))
}

fn is_below(name: &str, ending: &str) -> bool {
    name.strip_suffix(ending).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

fn secret_scope(id: &WebhookId) -> SealScope<'_> {
    SealScope { owner: id.as_str(), field: "webhook secret" }
}

fn address_scope(id: &WebhookId) -> SealScope<'_> {
    SealScope { owner: id.as_str(), field: "webhook address" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SeededEntropy, a_keyring};

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const OK: WebhookAnswer = WebhookAnswer::Status(204);

    fn parse(text: &str) -> Result<WebhookUrl, WebhookUrlError> {
        WebhookUrl::parse(text, &PrivateHosts::default())
    }

    fn a_hook() -> Webhook {
        let url = parse("https://hooks.example.com/stepgate").unwrap();
        Webhook::new(WebhookId::from_random([1; 16]), &url, 7, NOW, &a_keyring(), &SeededEntropy::new(1)).unwrap()
    }

    fn tried(answer: WebhookAnswer, seconds: u64) -> WebhookTry {
        WebhookTry { at: NOW.plus(Duration::from_secs(seconds)), answer }
    }

    #[test]
    fn an_address_is_https_with_a_host_and_nothing_that_signs_in() {
        for text in ["https://hooks.example.com", " https://a.example:8443/x?token=1 ", "https://[2606:4700::1111]/"] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "hooks.example.com",
            "http://hooks.example.com",
            "ftp://hooks.example.com",
            "https://",
            "https://user@hooks.example.com",
            "https://user:secret@hooks.example.com",
            "https://hooks.example.com/#part",
            "https://hooks.example.com:0/",
            "javascript:alert(1)",
        ] {
            assert_eq!(parse(text), Err(WebhookUrlError::Malformed), "{text}");
        }
        let long = format!("https://hooks.example.com/{}", "x".repeat(WebhookUrl::LONGEST));
        assert_eq!(parse(&long), Err(WebhookUrlError::Malformed));
    }

    #[test]
    fn what_is_plainly_private_is_refused_however_it_is_written() {
        for host in [
            "127.0.0.1",
            "127.1",
            "0x7f000001",
            "2130706433",
            "0177.0.0.1",
            "10.0.0.8",
            "169.254.169.254",
            "[::1]",
            "[::ffff:10.0.0.1]",
            "[fd00::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "intranet",
            "printer.local",
            "metadata.google.internal",
            "router.home.arpa",
        ] {
            assert_eq!(parse(&format!("https://{host}/x")), Err(WebhookUrlError::Private), "{host}");
        }
        assert!(parse("https://mylocalhost.example.com").is_ok());
        assert!(parse("https://notlocal.example").is_ok());
    }

    #[test]
    fn the_operator_may_allow_a_private_host_and_only_that() {
        let allowed = "SIEM.internal, 10.0.0.8,".parse().unwrap();

        assert!(WebhookUrl::parse("https://siem.internal/x", &allowed).is_ok());
        assert!(WebhookUrl::parse("https://10.0.0.8:8443/x", &allowed).is_ok());
        assert_eq!(WebhookUrl::parse("https://10.0.0.9/x", &allowed), Err(WebhookUrlError::Private));
        assert_eq!(WebhookUrl::parse("https://a.siem.internal/x", &allowed), Err(WebhookUrlError::Private));
        assert_eq!(WebhookUrl::parse("http://siem.internal/x", &allowed), Err(WebhookUrlError::Malformed));
    }

    #[test]
    fn a_private_host_that_is_none_is_refused() {
        assert_eq!("".parse(), Ok(PrivateHosts::default()));
        assert!("[fd00::1], bücher.internal".parse::<PrivateHosts>().is_ok());
        for text in ["https://siem.internal", "siem.internal:8443", "siem.internal/x", "10.0.0.0/8", "fd00::1", "a b"] {
            assert_eq!(text.parse::<PrivateHosts>(), Err(PrivateHostsError), "{text}");
        }
    }

    #[test]
    fn what_comes_after_the_host_is_not_printed() {
        let url = parse("https://hooks.example.com:8443/T0K3N?key=T0K3N").unwrap();

        assert_eq!(url.host(), "hooks.example.com:8443");
        assert!(!format!("{url:?}").contains("T0K3N"));
        assert!(!format!("{:?}", a_hook().secret(&a_keyring()).unwrap()).contains("whsec"));
    }

    #[test]
    fn a_secret_is_32_bytes_of_its_own_as_receivers_libraries_take_it() {
        let secret = a_hook().secret(&a_keyring()).unwrap();
        let other = Webhook { id: WebhookId::from_random([2; 16]), ..a_hook() };

        assert_eq!(a_hook().url(&a_keyring()).unwrap().as_str(), "https://hooks.example.com/stepgate");
        assert!(other.url(&a_keyring()).is_err(), "an address copied to another webhook opens");
        let text = secret.reveal();
        let decoded = STANDARD.decode(text.strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!((decoded.as_slice(), decoded.len()), (secret.bytes(), 32));
        assert!(other.secret(&a_keyring()).is_err(), "a secret copied to another webhook opens");
    }

    /// One that fails every ten minutes of this time.
    fn failing(seconds: std::ops::Range<u64>) -> Webhook {
        seconds.step_by(600).fold(a_hook(), |hook, at| hook.after(tried(WebhookAnswer::Unreachable, at)))
    }

    #[test]
    fn time_in_which_nobody_tried_costs_no_patience() {
        let patience = Webhook::PATIENCE.as_secs();
        let before = failing(0..1201);

        let after = before.after(tried(WebhookAnswer::Unreachable, patience + 86_400));

        assert!(after.is_on());
        assert_eq!(after.failing_since, Some(NOW.plus(Duration::from_secs(patience + 86_400))));
        let soon = before.after(tried(WebhookAnswer::Unreachable, 1200 + 3600));
        assert_eq!(soon.failing_since, Some(NOW));
    }

    #[test]
    fn it_is_turned_off_once_every_try_has_failed_for_three_days() {
        let patience = Webhook::PATIENCE.as_secs();
        let still = failing(0..patience);

        assert_eq!(still.failing_since, Some(NOW));
        assert!(still.is_on());
        let stopped = still.after(tried(WebhookAnswer::Silent, patience));
        assert_eq!(stopped.stopped_at, Some(NOW.plus(Webhook::PATIENCE)));
        let later = stopped.after(tried(WebhookAnswer::Silent, patience + 9));
        assert_eq!(later.stopped_at, stopped.stopped_at);
        let resumed = stopped.resumed(9, NOW.plus(Webhook::PATIENCE));
        assert_eq!((resumed.is_on(), resumed.failing_since), (true, None));
        assert_eq!((resumed.on_since, resumed.posted), (Some(NOW.plus(Webhook::PATIENCE)), 9));
        assert!(resumed.after(tried(WebhookAnswer::Silent, patience + 9)).is_on());
    }

    #[test]
    fn one_answer_in_between_begins_its_patience_anew() {
        let patience = Webhook::PATIENCE.as_secs();
        let hook = failing(0..patience).after(tried(OK, patience - 1));

        assert_eq!(hook.failing_since, None);
        assert!(hook.after(tried(WebhookAnswer::Unreachable, patience)).is_on());
    }

    #[test]
    fn what_says_that_it_is_gone_is_turned_off_at_once() {
        assert!(!a_hook().after(tried(WebhookAnswer::Status(410), 0)).is_on());
        for status in [199, 300, 302, 400, 404, 429, 500, 503] {
            let hook = a_hook().after(tried(WebhookAnswer::Status(status), 0));
            assert!(hook.is_on() && hook.failing_since.is_some(), "{status}");
        }
    }

    #[test]
    fn a_clock_set_back_costs_no_patience() {
        let ahead = a_hook().after(tried(WebhookAnswer::Silent, 1_000_000));

        let back = ahead.after(tried(WebhookAnswer::Silent, 0));

        assert_eq!((back.failing_since, back.is_on()), (Some(NOW), true));
    }

    #[test]
    fn its_health_is_what_became_of_its_events() {
        let failing = a_hook().after(tried(WebhookAnswer::Silent, 0));
        let gone = failing.after(tried(WebhookAnswer::GONE, 9));

        assert_eq!(a_hook().health(), WebhookHealth::New);
        assert_eq!(a_hook().after(tried(OK, 0)).health(), WebhookHealth::Working);
        assert_eq!(a_hook().after_test(tried(OK, 0)).health(), WebhookHealth::Working);
        let test_failed = a_hook().after(tried(OK, 0)).after_test(tried(WebhookAnswer::Silent, 1));
        assert_eq!(test_failed.health(), WebhookHealth::Working);
        assert_eq!(failing.health(), WebhookHealth::Failing(NOW));
        assert_eq!(failing.after_test(tried(OK, 1)).health(), WebhookHealth::Failing(NOW));
        assert_eq!(a_hook().after_test(tried(WebhookAnswer::Silent, 1)).health(), WebhookHealth::New);
        assert_eq!(gone.health(), WebhookHealth::Stopped(NOW.plus(Duration::from_secs(9))));
    }
}

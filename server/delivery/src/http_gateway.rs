use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use async_trait::async_trait;
use domain::Country;
use regex::Regex;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde::{Deserialize, Deserializer, de};
use thiserror::Error;

use crate::http_client::{Answer, Answered, HttpClient, by_status, is_private};
use crate::template::{Environment, Escape, Filling, Placeholder, Template, warn_of_readers};
use crate::{NotDelivered, TemplateError, Text, TextGateway, TextPrice, TextPriceError, gsm7};

/// Hands texts to any gateway that takes them by one HTTP request, which a file describes.
pub(crate) struct HttpGateway {
    http: HttpClient,
    method: Method,
    url: Template,
    headers: Vec<(HeaderName, Template)>,
    body: Option<Body>,
    alphabet: Alphabet,
    success: Pattern,
    refused: Option<Pattern>,
    later: Option<Pattern>,
    prices: BTreeMap<Country, TextPrice>,
}

struct Body {
    content_type: HeaderValue,
    template: Template,
}

/// Why a gateway's file is refused, and how to mend it.
#[derive(Debug, Error)]
pub enum HttpGatewayError {
    /// The file can't be read.
    #[error("cannot read it")]
    Unreadable(#[source] io::Error),
    /// A line is wrong. What stands there is not repeated: it may be a secret.
    #[error(
        "line {0} is wrong. The keys are url, method, headers, content_type, body, alphabet (gsm7, ucs2), insecure, \
         prices (a country's two letters, and \"0.07 EUR\"), and success, refused and later (each with status, a list of numbers, and body, a regular expression)"
    )]
    Line(usize),
    /// A part that can't be filled in.
    #[error("{0}")]
    Template(String, #[source] TemplateError),
    /// The request would not say to whom, or what.
    #[error("neither url nor body holds {0}")]
    Missing(&'static str),
    /// `{alphabet}` without its names.
    #[error("{{alphabet}} needs its two names: alphabet = {{ gsm7 = \"…\", ucs2 = \"…\" }}")]
    Alphabet,
    /// No address, or one that depends on the text before its path.
    #[error("url is no address: write https://, a host without placeholders, a path")]
    Url,
    /// Readable on the way.
    #[error(
        "url is not https://, so numbers and codes would travel in the clear; http:// is for localhost, 127.0.0.1 and \
         [::1], elsewhere only with insecure = true"
    )]
    Insecure,
    /// Not one of ours.
    #[error("method is GET, POST or PUT")]
    Method,
    /// A body that is not sent, or nobody could read.
    #[error("a body needs method POST or PUT, and content_type")]
    Body,
    /// It is not known how to escape what is filled in.
    #[error(
        "content_type is application/json, application/x-www-form-urlencoded, application/xml, text/xml or text/plain"
    )]
    ContentType,
    /// JSON that is none once it is filled in.
    #[error("body is not JSON once it is filled in: placeholders stand in quotes")]
    Json,
    /// A name or value that no header has.
    #[error("the header {0} has a name or value that headers can't have, or holds {{text}}")]
    Header(String),
    /// Nothing to tell success by.
    #[error("success, refused and later need status, body or both")]
    Pattern,
    /// The system's certificates can't be used.
    #[error("cannot use TLS")]
    Tls(#[source] reqwest::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    url: String,
    method: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    content_type: Option<String>,
    body: Option<String>,
    alphabet: Option<Alphabet>,
    #[serde(default)]
    insecure: bool,
    success: Pattern,
    refused: Option<Pattern>,
    later: Option<Pattern>,
    #[serde(default)]
    prices: BTreeMap<Country, Price>,
}

/// What a text costs, as it is written.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Price(TextPrice);

impl TryFrom<String> for Price {
    type Error = TextPriceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

/// What the gateway calls the two alphabets.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Alphabet {
    gsm7: String,
    ucs2: String,
}

/// What an answer is known by: all that is given has to be so.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pattern {
    status: Option<Vec<u16>>,
    #[serde(default, deserialize_with = "regex")]
    body: Option<Regex>,
}

/// What is filled in to see what comes of it; what needs escaping is in it.
const SAMPLE: Filling<'_> = Filling { to: "+4917012345678", text: "\"'\\\n&<ä", id: "m1", alphabet: "0" };
const OTHER_SAMPLE: Filling<'_> = Filling { to: "+15551234567", text: "", id: "m2", alphabet: "2" };

impl HttpGateway {
    /// The gateway that a file describes.
    ///
    /// # Errors
    /// [`HttpGatewayError`]
    pub(crate) fn open(path: &Path, environment: Environment<'_>) -> Result<Self, HttpGatewayError> {
        let file = fs::read_to_string(path).map_err(HttpGatewayError::Unreadable)?;
        warn_of_readers(path);
        Self::parse(&file, environment)
    }

    fn parse(text: &str, environment: Environment<'_>) -> Result<Self, HttpGatewayError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            HttpGatewayError::Line(before.matches('\n').count() + 1)
        })?;
        let template = |key: &str, text: &str, escape: Escape| {
            Template::parse(text, escape, environment).map_err(|error| HttpGatewayError::Template(key.into(), error))
        };
        let url = template("url", &file.url, Escape::Percent)?;
        let address = address(&url, file.insecure)?;
        let method = match (file.method.as_deref(), &file.body) {
            (Some("GET"), _) | (None, None) => Method::GET,
            (Some("POST"), _) | (None, Some(_)) => Method::POST,
            (Some("PUT"), _) => Method::PUT,
            (Some(_), _) => return Err(HttpGatewayError::Method),
        };
        let body = match (file.body, file.content_type) {
            (Some(body), Some(content_type)) if method != Method::GET => {
                let escape = escape_of(&content_type).ok_or(HttpGatewayError::ContentType)?;
                let content_type = HeaderValue::from_str(&content_type).map_err(|_| HttpGatewayError::ContentType)?;
                Some(Body { content_type, template: template("body", &body, escape)? }.checked(escape)?)
            }
            (None, None) => None,
            _ => return Err(HttpGatewayError::Body),
        };
        let headers = file.headers.into_iter().map(|(name, value)| {
            let template = template(&name, &value, Escape::Not)?;
            header(&name, template).ok_or(HttpGatewayError::Header(name))
        });
        let headers = headers.collect::<Result<Vec<_>, HttpGatewayError>>()?;

        let holds = |placeholder: Placeholder| {
            url.holds(placeholder) || body.as_ref().is_some_and(|body| body.template.holds(placeholder))
        };
        if !holds(Placeholder::To) && !holds(Placeholder::ToDigits) {
            return Err(HttpGatewayError::Missing("{to} or {to_digits}"));
        }
        if !holds(Placeholder::Text) {
            return Err(HttpGatewayError::Missing("{text}"));
        }
        let in_a_header = headers.iter().any(|(_, value)| value.holds(Placeholder::Alphabet));
        if file.alphabet.is_none() && (in_a_header || holds(Placeholder::Alphabet)) {
            return Err(HttpGatewayError::Alphabet);
        }
        if [Some(&file.success), file.refused.as_ref(), file.later.as_ref()]
            .into_iter()
            .flatten()
            .any(Pattern::is_empty)
        {
            return Err(HttpGatewayError::Pattern);
        }
        let http = HttpClient::new(&address).map_err(HttpGatewayError::Tls)?;
        let (alphabet, success) = (file.alphabet.unwrap_or_default(), file.success);
        let prices = file.prices.into_iter().map(|(country, Price(price))| (country, price)).collect();
        let (refused, later) = (file.refused, file.later);
        Ok(Self { http, method, url, headers, body, alphabet, success, refused, later, prices })
    }

    fn judge(&self, answer: &Answer) -> Result<(), NotDelivered> {
        let is = |pattern: Option<&Pattern>| pattern.is_some_and(|pattern| pattern.matches(answer));
        let cause = || Answered::Status(answer.status).into();
        if is(self.refused.as_ref()) {
            return Err(NotDelivered::ForGood(cause()));
        }
        if is(self.later.as_ref()) {
            return Err(NotDelivered::ForNow(cause()));
        }
        if self.success.matches(answer) { Ok(()) } else { Err(by_status(answer.status)) }
    }
}

#[async_trait]
impl TextGateway for HttpGateway {
    async fn price(&self, country: Country) -> Option<TextPrice> {
        self.prices.get(&country).cloned()
    }

    async fn send(&self, text: &Text) -> Result<(), NotDelivered> {
        let Alphabet { gsm7, ucs2 } = &self.alphabet;
        let alphabet = if gsm7::septets(&text.body).is_some() { gsm7 } else { ucs2 };
        let (to, id) = (text.to.as_str(), text.id.as_str());
        let filling = Filling { to, text: &text.body, id, alphabet };
        // Every part was filled in when the file was read, so none of these fails.
        let url = self.url.fill(filling).parse().map_err(|_| NotDelivered::ForNow(HttpGatewayError::Url.into()))?;
        let mut request = self.http.request(self.method.clone(), url);
        for (name, value) in &self.headers {
            let value = sensitive(&value.fill(filling));
            let refused = || NotDelivered::ForNow(HttpGatewayError::Header(name.to_string()).into());
            request = request.header(name, value.ok_or_else(refused)?);
        }
        if let Some(Body { content_type, template }) = &self.body {
            request = request.header(CONTENT_TYPE, content_type).body(template.fill(filling));
        }
        self.judge(&self.http.send(request).await?)
    }
}

impl Body {
    fn checked(self, escape: Escape) -> Result<Self, HttpGatewayError> {
        let filled = self.template.fill(SAMPLE);
        if escape == Escape::Json && serde_json::from_str::<de::IgnoredAny>(&filled).is_err() {
            return Err(HttpGatewayError::Json);
        }
        Ok(self)
    }
}

impl Pattern {
    fn is_empty(&self) -> bool {
        self.status.is_none() && self.body.is_none()
    }

    fn matches(&self, answer: &Answer) -> bool {
        self.status.as_ref().is_none_or(|status| status.contains(&answer.status))
            && self.body.as_ref().is_none_or(|body| body.is_match(&answer.body))
    }
}

/// The address, if it leads to the same place whatever is filled in.
fn address(url: &Template, insecure: bool) -> Result<Url, HttpGatewayError> {
    let parse = |filling: Filling<'_>| url.fill(filling).parse::<Url>().ok().filter(Url::has_host);
    let (Some(one), Some(other)) = (parse(SAMPLE), parse(OTHER_SAMPLE)) else { return Err(HttpGatewayError::Url) };
    let user = |url: &Url| (url.username().to_owned(), url.password().map(str::to_owned));
    if one.origin() != other.origin() || user(&one) != user(&other) || one.fragment().is_some() {
        return Err(HttpGatewayError::Url);
    }
    let is_allowed = is_private(&one) || (one.scheme() == "http" && insecure);
    if is_allowed { Ok(one) } else { Err(HttpGatewayError::Insecure) }
}

fn header(name: &str, template: Template) -> Option<(HeaderName, Template)> {
    let name = name.parse().ok().filter(|name| name != CONTENT_TYPE)?;
    sensitive(&template.fill(SAMPLE))?;
    (!template.holds(Placeholder::Text)).then_some((name, template))
}

/// A header's value that no log shows.
fn sensitive(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn escape_of(content_type: &str) -> Option<Escape> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/json" => Some(Escape::Json),
        "application/x-www-form-urlencoded" => Some(Escape::Percent),
        "application/xml" | "text/xml" => Some(Escape::Xml),
        "text/plain" => Some(Escape::Not),
        _ => None,
    }
}

fn regex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Regex>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Regex::new(&text).map(Some).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{MessageId, Timestamp};

    use super::*;
    use crate::scripted_server::{Script, ScriptedServer};

    const SENT: &str = "success = { status = [202], body = '^(0|3): ' }\n";

    fn environment(name: &str) -> Option<String> {
        (name == "TOKEN").then(|| "hunter2&".into())
    }

    fn text(body: &str) -> Text {
        let at = Timestamp::from_seconds(0);
        let (id, to) = (MessageId::from_random([1; 16]), "+4917012345678".parse().unwrap());
        Text { id, queued_at: at, at, to, body: body.into() }
    }

    fn parse(file: &str) -> Result<HttpGateway, HttpGatewayError> {
        HttpGateway::parse(file, &environment)
    }

    /// Sends a text by the gateway of a file, in which `ORIGIN` is the server's.
    async fn send(server: &ScriptedServer, file: &str, body: &str) -> Result<(), NotDelivered> {
        let mut gateway = parse(&file.replace("ORIGIN", server.origin())).unwrap();
        gateway.http =
            HttpClient::with_deadline(&server.origin().parse().unwrap(), Duration::from_millis(300)).unwrap();
        gateway.send(&text(body)).await
    }

    async fn sent(script: Script, patterns: &str) -> Result<(), NotDelivered> {
        let server = ScriptedServer::start(script).await;
        send(&server, &format!("url = 'ORIGIN/?to={{to}}&text={{text}}'\n{patterns}"), "Body").await
    }

    #[tokio::test]
    async fn prices_are_those_of_the_file() {
        let file =
            format!("url = 'https://a.example/{{to}}{{text}}'\n{SENT}prices = {{ DE = '0.075 EUR', at = '0.08 EUR' }}");
        let gateway = parse(&file).unwrap();
        let price = async |country: &str| gateway.price(country.parse().unwrap()).await;

        assert_eq!(price("DE").await, Some("0.075 EUR".parse().unwrap()));
        assert_eq!(price("AT").await, Some("0.08 EUR".parse().unwrap()));
        assert_eq!(price("FR").await, None);
        let wrong = parse(&file.replace("0.075 EUR", "cheap"));
        assert!(matches!(wrong, Err(HttpGatewayError::Line(_))));
    }

    async fn request(file: &str, body: &str) -> String {
        let server = ScriptedServer::start(Script::answer(202, "0: Accepted for delivery")).await;
        send(&server, file, body).await.unwrap();
        server.requests().remove(0)
    }

    #[tokio::test]
    async fn an_address_alone_is_a_get_request() {
        let url = "ORIGIN/sendsms?password=${TOKEN}&to={to_digits}&text={text}&coding={alphabet}&id={id}";
        let file = format!("url = '{url}'\n{SENT}alphabet = {{ gsm7 = '0', ucs2 = '2' }}");

        let id = MessageId::from_random([1; 16]);
        let gsm7 = "GET /sendsms?password=hunter2%26&to=4917012345678&text=%C3%A4%0A%40h%20%231&coding=0";
        assert!(request(&file, "ä\n@h #1").await.starts_with(&format!("{gsm7}&id={id} HTTP/1.1\r\n")));
        let ucs2 = "GET /sendsms?password=hunter2%26&to=4917012345678&text=%D0%96&coding=2";
        assert!(request(&file, "Ж").await.starts_with(&format!("{ucs2}&id={id} HTTP/1.1\r\n")));
    }

    #[tokio::test]
    async fn a_body_is_posted_with_its_type_and_headers() {
        let file = format!(
            r#"
            url = "ORIGIN/messages"
            content_type = "application/json; charset=utf-8"
            body = '{{"to": "{{to}}", "text": "{{text}}", "flags": {{}}}}'
            {SENT}
            [headers]
            Authorization = "Bearer ${{TOKEN}}"
            Idempotency-Key = "{{id}}"
            "#
        );

        let request = request(&file, "\"ä\"\n@h #1").await;

        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /messages HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nauthorization: Bearer hunter2&\r\n"), "{head}");
        assert!(head.contains(&format!("\r\nidempotency-key: {}\r\n", MessageId::from_random([1; 16]))), "{head}");
        assert!(head.contains("\r\ncontent-type: application/json; charset=utf-8\r\n"), "{head}");
        assert_eq!(body, r#"{"to": "+4917012345678", "text": "\"ä\"\n@h #1", "flags": {}}"#);
    }

    #[tokio::test]
    async fn a_form_and_a_plain_text_are_filled_in_their_own_ways() {
        let form = format!(
            "url = 'ORIGIN/'\nmethod = 'PUT'\ncontent_type = 'application/x-www-form-urlencoded'\n\
             body = 'to={{to}}&text={{text}}&key=${{TOKEN}}'\n{SENT}"
        );
        let form = request(&form, "a & b").await;
        assert!(form.starts_with("PUT / HTTP/1.1\r\n"), "{form}");
        assert!(form.ends_with("\r\n\r\nto=%2B4917012345678&text=a%20%26%20b&key=hunter2%26"), "{form}");

        let plain = format!("url = 'ORIGIN/{{to}}'\ncontent_type = 'text/plain'\nbody = '{{text}}'\n{SENT}");
        let plain = request(&plain, "a & b").await;
        assert!(plain.starts_with("POST /%2B4917012345678 HTTP/1.1\r\n"), "{plain}");
        assert!(plain.ends_with("\r\n\r\na & b"), "{plain}");
    }

    #[tokio::test]
    async fn what_an_answer_means_is_what_the_file_says() {
        let patterns =
            format!("{SENT}refused = {{ body = 'bad number' }}\nlater = {{ status = [200], body = '(?i)try again' }}");
        let sent = |status, body| sent(Script::answer(status, body), &patterns);

        assert!(sent(202, "0: Accepted").await.is_ok());
        assert!(sent(202, "3: Queued").await.is_ok());
        assert!(matches!(sent(202, "0: bad number").await, Err(NotDelivered::ForGood(_))), "refused goes first");
        assert!(matches!(sent(400, "bad number").await, Err(NotDelivered::ForGood(_))));
        assert!(matches!(sent(200, "Try again").await, Err(NotDelivered::ForNow(_))));
        assert!(matches!(sent(500, "Try again").await, Err(NotDelivered::Perhaps(_))));
    }

    #[tokio::test]
    async fn what_the_file_does_not_say_is_known_by_the_status() {
        for status in [301, 400, 401, 403, 404, 429, 503] {
            let failed = sent(Script::answer(status, "0: Accepted +4917012345678"), SENT).await.unwrap_err();

            let NotDelivered::ForNow(cause) = failed else { panic!("{failed:?}") };
            assert_eq!(cause.to_string(), format!("it answered with status {status}"));
        }
        for script in [
            Script::answer(202, "<html>"),
            Script::answer(200, "0: Accepted"),
            Script::answer(500, ""),
            Script::ReadsAndHangs,
            Script::ReadsAndHangsUp,
            Script::HangsUp,
            Script::Says("garbage"),
            Script::Says("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n"),
        ] {
            let failed = sent(script, SENT).await.unwrap_err();
            assert!(matches!(failed, NotDelivered::Perhaps(_)), "{script:?} {failed:?}");
        }
    }

    #[tokio::test]
    async fn a_status_alone_is_enough_though_the_rest_is_lost() {
        let broken_off = Script::Says("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n");

        assert!(sent(broken_off, "success = { status = [202] }").await.is_ok());
        assert!(sent(Script::NeverEnds, "success = { status = [200], body = '^x+$' }").await.is_ok());
    }

    #[test]
    fn a_file_that_cannot_work_is_refused_at_start() {
        use HttpGatewayError as E;
        let url = "url = 'https://h/?to={to}&text={text}'\n";
        let post =
            |body: &str| format!("url = 'https://h/'\ncontent_type = 'application/json'\nbody = '{body}'\n{SENT}");
        let refused = |file: &str| parse(file).err().unwrap();

        assert!(parse(&format!("{url}{SENT}")).is_ok());
        assert!(matches!(refused(url), E::Line(_)), "nothing says what success is");
        assert!(matches!(refused(&format!("{url}{SENT}success = 1")), E::Line(3)));
        assert!(matches!(refused(&format!("{url}{SENT}later = {{ body = '(' }}")), E::Line(3)));
        assert!(matches!(refused(&format!("{url}{SENT}later = {{ bodies = 'x' }}")), E::Line(3)));
        assert!(matches!(refused(&format!("{url}{SENT}uri = 'x'")), E::Line(3)));
        assert!(matches!(refused(&format!("{url}success = {{}}")), E::Pattern));
        assert!(matches!(refused(&format!("{url}{SENT}later = {{}}")), E::Pattern));
        assert!(matches!(refused(&format!("{url}{SENT}method = 'DELETE'")), E::Method));
        assert!(matches!(refused(&format!("{url}{SENT}body = 'x'")), E::Body));
        assert!(matches!(
            refused(&format!("{url}{SENT}body = 'x'\ncontent_type = 'text/plain'\nmethod = 'GET'")),
            E::Body
        ));
        assert!(matches!(refused(&format!("{url}{SENT}body = 'x'\ncontent_type = 'image/png'")), E::ContentType));
        assert!(
            matches!(refused(&format!("{url}{SENT}headers = {{ X = '{{text}}' }}")), E::Header(name) if name == "X")
        );
        assert!(matches!(refused(&format!("{url}{SENT}headers = {{ 'X Y' = '1' }}")), E::Header(_)));
        assert!(matches!(refused(&format!("{url}{SENT}headers = {{ X = '{{alphabet}}' }}")), E::Alphabet));
        assert!(
            matches!(refused(&format!("{url}{SENT}headers = {{ X = '${{NO}}' }}")), E::Template(key, _) if key == "X")
        );
        assert!(matches!(refused(&post(r#"{"to": "{to}", "text": {text}}"#)), E::Json));
        assert!(matches!(refused(&post(r#"{"to": "{to}"}"#)), E::Missing("{text}")));
        assert!(matches!(refused(&post(r#"{"text": "{text}"}"#)), E::Missing("{to} or {to_digits}")));
        assert!(matches!(refused(&post(r#"{"text": "{text}", "to": "{tos}"}"#)), E::Template(key, _) if key == "body"));
    }

    #[test]
    fn every_file_that_the_handbook_shows_describes_a_gateway() {
        let handbook = include_str!("../../../OPERATIONS.md");
        let shown: Vec<&str> =
            handbook.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();

        assert_eq!(shown.len(), 2);
        for file in shown {
            HttpGateway::parse(file, &|_| Some("secret".into())).map(|_| ()).unwrap();
        }
    }

    #[test]
    fn an_address_is_https_and_leads_to_one_place() {
        let at = |url: &str, more: &str| parse(&format!("url = '{url}/?to={{to}}&text={{text}}'\n{SENT}{more}"));

        for url in
            ["https://h", "https://u:${TOKEN}@h:8443/x", "http://localhost:1", "http://127.0.0.1", "http://[::1]:1"]
        {
            assert!(at(url, "").is_ok(), "{url}");
        }
        assert!(at("http://kannel:13013", "insecure = true").is_ok());
        assert!(matches!(at("http://kannel:13013", ""), Err(HttpGatewayError::Insecure)));
        assert!(matches!(at("ftp://h", "insecure = true"), Err(HttpGatewayError::Insecure)));
        for url in
            ["h", "https://", "https://{to_digits}.h", "https://h:{alphabet}", "https://{id}@h", "https://{text}h"]
        {
            let refused = at(url, "alphabet = { gsm7 = '0', ucs2 = '2' }");
            assert!(matches!(refused, Err(HttpGatewayError::Url)), "{url}");
        }
    }

    #[test]
    fn what_is_said_of_a_wrong_line_does_not_repeat_it() {
        let refused = parse("url = 'https://h/'\nheaders = 'Bearer hunter2'\n").err().unwrap();

        assert!(!format!("{refused} {refused:?}").contains("hunter2"));
        assert!(refused.to_string().starts_with("line 2 is wrong."));
    }
}

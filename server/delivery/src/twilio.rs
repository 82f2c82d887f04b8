use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use domain::Country;
use percent_encoding::percent_decode_str;
use reqwest::{Method, Url};
use serde::Deserialize;
use thiserror::Error;

use crate::http_client::{Answer, Answered, HttpClient, by_status, is_private};
use crate::{NotDelivered, Text, TextGateway, TextPrice};

/// Hands texts to Twilio's REST API (version 2010-04-01, resource `Messages`), or to a service that speaks it.
pub(crate) struct Twilio {
    http: HttpClient,
    settings: TwilioUrl,
}

/// Where and as whom to send by Twilio's API. `Debug` and `Display` show no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct TwilioUrl {
    /// Where messages are posted to.
    messages: Url,
    /// Where prices are, if they are anywhere: a country is put behind it.
    pricing: Option<String>,
    /// The account's SID, or an API key's.
    user: String,
    /// The account's token, or the key's secret.
    secret: String,
    sender: Sender,
}

/// Whom texts come from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sender {
    /// A number, a short code or a name.
    From(String),
    /// A messaging service, which chooses one of its own.
    MessagingService(String),
}

/// Why an address of Twilio's is none, and how to mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TwilioUrlError {
    /// Not of that form at all.
    #[error("write twilio://ACCOUNT_SID:AUTH_TOKEN@api.twilio.com?from=+15551234567")]
    Malformed,
    /// User or password is missing or of other characters.
    #[error(
        "before the @ write the account's SID, a colon and its token; or an API key's SID, a colon and its secret \
         (what is neither letter nor digit as %XX)"
    )]
    Credentials,
    /// An API key does not say whose it is.
    #[error("with an API key (SK…) write the account it belongs to as well: &account=AC…")]
    Account,
    /// None or two.
    #[error(
        "say once whom texts come from: from= and a number (+15551234567), a short code or a name of up to 11 \
         characters, or messaging_service= and its SID"
    )]
    Sender,
    /// A parameter that is not one of ours, or stands twice.
    #[error("the parameters are from, messaging_service, account, base and pricing, each once")]
    Parameter,
    /// The other address is none, or has more than a path.
    #[error("base and pricing are https://, a host and maybe a path; http:// is for localhost, 127.0.0.1 and [::1]")]
    Base,
}

/// What of an answer is read.
#[derive(Default, Deserialize)]
struct Said {
    code: Option<u32>,
    sid: Option<String>,
}

/// What of a country's prices is read (Pricing API, version 1, resource `Messaging/Countries`).
#[derive(Deserialize)]
struct Prices {
    price_unit: String,
    #[serde(default)]
    outbound_sms_prices: Vec<OfCarrier>,
}

#[derive(Deserialize)]
struct OfCarrier {
    #[serde(default)]
    prices: Vec<OfKind>,
}

/// What a text from a number of one kind costs.
#[derive(Deserialize)]
struct OfKind {
    current_price: String,
}

/// Twilio's errors that say of a number: never. It is none, is no mobile or can't be reached, its owner has answered STOP,
/// or the account may not send to its country (<https://www.twilio.com/docs/api/errors>).
const FOR_GOOD: [u32; 10] = [21_211, 21_214, 21_217, 21_265, 21_266, 21_408, 21_610, 21_612, 21_614, 21_635];

impl Twilio {
    /// A gateway by these settings.
    ///
    /// # Errors
    /// If the system's certificates can't be used.
    pub(crate) fn new(settings: TwilioUrl) -> Result<Self, reqwest::Error> {
        Ok(Self { http: HttpClient::new(&settings.messages)?, settings })
    }
}

#[async_trait]
impl TextGateway for Twilio {
    async fn send(&self, text: &Text) -> Result<(), NotDelivered> {
        let TwilioUrl { messages, user, secret, sender, .. } = &self.settings;
        let from = match sender {
            Sender::From(sender) => ("From", sender.as_str()),
            Sender::MessagingService(service) => ("MessagingServiceSid", service.as_str()),
        };
        let form = [("To", text.to.as_str()), from, ("Body", text.body.as_str())];
        let request = self.http.request(Method::POST, messages.clone());
        judge(&self.http.send(request.basic_auth(user, Some(secret)).form(&form)).await?)
    }

    async fn price(&self, country: Country) -> Option<TextPrice> {
        let TwilioUrl { pricing, user, secret, .. } = &self.settings;
        let url = format!("{}/{country}", pricing.as_ref()?).parse().ok()?;
        let request = self.http.request(Method::GET, url).basic_auth(user, Some(secret));
        let answer = self.http.send(request).await.ok().filter(|answer| answer.status == 200)?;
        highest(&answer.body)
    }
}

/// What a text costs at most, whichever carrier it goes to and whatever it comes from.
fn highest(body: &str) -> Option<TextPrice> {
    let told: Prices = serde_json::from_str(body).ok()?;
    let prices = told.outbound_sms_prices.into_iter().flat_map(|carrier| carrier.prices);
    let prices =
        prices.filter_map(|OfKind { current_price }| Some((current_price.parse::<f64>().ok()?, current_price)));
    let (_, highest) = prices.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    format!("{highest} {}", told.price_unit).parse().ok()
}

fn judge(answer: &Answer) -> Result<(), NotDelivered> {
    let status = answer.status;
    let Said { code, sid } = serde_json::from_str(&answer.body).unwrap_or_default();
    match (status, code) {
        (201, _) => Ok(()),
        // Others that speak this API; what names no message may be anything.
        (200 | 202, _) if sid.is_some() => Ok(()),
        (400..=499, Some(code)) if FOR_GOOD.contains(&code) => {
            Err(NotDelivered::ForGood(Answered::Code(status, code).into()))
        }
        (400..=499, Some(code)) => Err(NotDelivered::ForNow(Answered::Code(status, code).into())),
        _ => Err(by_status(status)),
    }
}

impl FromStr for TwilioUrl {
    type Err = TwilioUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url: Url = text.parse().map_err(|_| TwilioUrlError::Malformed)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(TwilioUrlError::Malformed)?;
        if url.scheme() != "twilio" || !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(TwilioUrlError::Malformed);
        }
        let user = decoded(url.username()).filter(|user| is_sid(user)).ok_or(TwilioUrlError::Credentials)?;
        let secret = url.password().and_then(decoded).filter(|secret| !secret.is_empty());
        let secret = secret.ok_or(TwilioUrlError::Credentials)?;
        let Parameters { from, messaging_service, account, base, pricing } =
            Parameters::read(url.query().unwrap_or_default())?;
        let sender = match (from, messaging_service) {
            (Some(from), None) if is_sender(&from) => Sender::From(from),
            (None, Some(service)) if is_sid(&service) => Sender::MessagingService(service),
            _ => return Err(TwilioUrlError::Sender),
        };
        let account = match account {
            Some(account) if is_sid(&account) => account,
            None if !user.starts_with("SK") => user.clone(),
            _ => return Err(TwilioUrlError::Account),
        };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let is_twilio = host == "api.twilio.com" && base.is_none();
        let base = plain(&base.unwrap_or_else(|| format!("https://{host}{port}")))?;
        let pricing = match pricing {
            Some(pricing) => Some(format!("{}/v1/Messaging/Countries", plain(&pricing)?)),
            None => is_twilio.then(|| "https://pricing.twilio.com/v1/Messaging/Countries".into()),
        };
        let messages = format!("{base}/2010-04-01/Accounts/{account}/Messages.json");
        let messages = messages.parse().map_err(|_| TwilioUrlError::Base)?;
        Ok(Self { messages, pricing, user, secret, sender })
    }
}

#[derive(Default)]
struct Parameters {
    from: Option<String>,
    messaging_service: Option<String>,
    account: Option<String>,
    base: Option<String>,
    pricing: Option<String>,
}

impl Parameters {
    /// Not as forms are read, where the plus of a number is a space.
    fn read(query: &str) -> Result<Self, TwilioUrlError> {
        let mut read = Self::default();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').ok_or(TwilioUrlError::Parameter)?;
            let place = match name {
                "from" => &mut read.from,
                "messaging_service" => &mut read.messaging_service,
                "account" => &mut read.account,
                "base" => &mut read.base,
                "pricing" => &mut read.pricing,
                _ => return Err(TwilioUrlError::Parameter),
            };
            if place.replace(decoded(value).ok_or(TwilioUrlError::Parameter)?).is_some() {
                return Err(TwilioUrlError::Parameter);
            }
        }
        Ok(read)
    }
}

/// An address to which a path can be added, without a slash at its end.
fn plain(text: &str) -> Result<String, TwilioUrlError> {
    let url: Url = text.parse().map_err(|_| TwilioUrlError::Base)?;
    let more =
        url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some();
    if more || !is_private(&url) {
        return Err(TwilioUrlError::Base);
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}

/// Whether it can be an identifier of Twilio's, or of those who speak its API (some have UUIDs).
fn is_sid(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A number in international form, a short code, or a name of 11 characters of which one is a letter.
fn is_sender(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = text.len() <= 11
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" +-_&".contains(&byte));
    let is_number = text.strip_prefix('+').is_some_and(|number| digits(number) && (7..=15).contains(&number.len()));
    is_number || (digits(text) && (3..=8).contains(&text.len())) || is_name
}

impl fmt::Display for TwilioUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.messages.host_str().unwrap_or_default();
        match &self.sender {
            Sender::From(sender) => write!(f, "{host}, from {sender}"),
            Sender::MessagingService(service) => write!(f, "{host}, by the messaging service {service}"),
        }
    }
}

impl fmt::Debug for TwilioUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TwilioUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{MessageId, Timestamp};

    use super::*;
    use crate::scripted_server::{Script, ScriptedServer};

    const SID: &str = "AC0123456789abcdef0123456789abcdef";

    fn parse(text: &str) -> Result<TwilioUrl, TwilioUrlError> {
        text.parse()
    }

    fn text() -> Text {
        let at = Timestamp::from_seconds(0);
        Text {
            id: MessageId::from_random([1; 16]),
            queued_at: at,
            at,
            to: "+4917012345678".parse().unwrap(),
            body: "287082 is your code & mine: ä.\n\n@mfa.example.com #287082".into(),
        }
    }

    async fn sent_to(origin: &str, parameters: &str) -> Result<(), NotDelivered> {
        let settings = parse(&format!("twilio://{SID}:tok%3Aen@localhost?base={origin}/api/{parameters}")).unwrap();
        let http = HttpClient::with_deadline(&settings.messages, Duration::from_millis(300)).unwrap();
        Twilio { http, settings }.send(&text()).await
    }

    async fn sent(script: Script) -> Result<(), NotDelivered> {
        let server = ScriptedServer::start(script).await;
        sent_to(server.origin(), "&from=+15551234567").await
    }

    async fn price(script: Script) -> (Option<TextPrice>, Vec<String>) {
        let server = ScriptedServer::start(script).await;
        let pricing = format!("&pricing={}/prices", server.origin());
        let settings = parse(&format!("twilio://{SID}:tok%3Aen@localhost?from=+15551234567{pricing}")).unwrap();
        let http = HttpClient::with_deadline(&server.origin().parse().unwrap(), Duration::from_millis(300)).unwrap();
        (Twilio { http, settings }.price("EE".parse().unwrap()).await, server.requests())
    }

    #[tokio::test]
    async fn a_price_is_the_highest_that_twilio_tells_of_a_country() {
        let told = r#"{"country": "Estonia", "iso_country": "EE", "price_unit": "USD", "outbound_sms_prices": [
            {"carrier": "Elisa", "mcc": "248", "mnc": "02", "prices": [
                {"base_price": "0.05", "current_price": "0.05", "number_type": "mobile"}]},
            {"carrier": "Tele2", "mcc": "248", "mnc": "03", "prices": [
                {"base_price": "0.10", "current_price": "0.0925", "number_type": "local"},
                {"base_price": "0.08", "current_price": "0.08", "number_type": "mobile"}]}],
            "inbound_sms_prices": [{"base_price": "9", "current_price": "9", "number_type": "local"}]}"#;

        let (found, requests) = price(Script::answer(200, told)).await;

        assert_eq!(found, Some("0.0925 USD".parse().unwrap()));
        let head = &requests[0];
        assert!(head.starts_with("GET /prices/v1/Messaging/Countries/EE HTTP/1.1\r\n"), "{head}");
        assert!(head.to_lowercase().contains("authorization: basic "), "{head}");
    }

    #[tokio::test]
    async fn a_price_that_is_not_told_is_none() {
        for body in [
            "",
            "{}",
            r#"{"price_unit": "USD"}"#,
            r#"{"price_unit": "USD", "outbound_sms_prices": [{"prices": [{"current_price": "free"}]}]}"#,
        ] {
            assert_eq!(price(Script::answer(200, body)).await.0, None, "{body}");
        }
        assert_eq!(price(Script::answer(401, r#"{"code": 20003}"#)).await.0, None);
        assert_eq!(price(Script::ReadsAndHangs).await.0, None);
        let twilio = parse(&format!("twilio://{SID}:token@api.twilio.com?from=+15551234567")).unwrap();
        assert_eq!(twilio.pricing.as_deref(), Some("https://pricing.twilio.com/v1/Messaging/Countries"));
        let other = parse(&format!("twilio://{SID}:token@sms.example.com?from=+15551234567")).unwrap();
        assert_eq!(other.pricing, None);
        let open = format!("twilio://{SID}:token@api.twilio.com?from=+15551234567&pricing=http://a.example");
        assert_eq!(parse(&open), Err(TwilioUrlError::Base));
    }

    #[tokio::test]
    async fn a_text_is_posted_as_a_form_with_the_accounts_password() {
        let server = ScriptedServer::start(Script::answer(201, r#"{"sid": "SM1", "status": "queued"}"#)).await;

        sent_to(server.origin(), "&from=+15551234567").await.unwrap();

        let requests = server.requests();
        let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("POST /api/2010-04-01/Accounts/{SID}/Messages.json HTTP/1.1\r\n")), "{head}");
        // AC0123456789abcdef0123456789abcdef:tok:en
        let password = "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjp0b2s6ZW4=";
        assert!(head.contains(&format!("\r\nauthorization: {password}\r\n")), "{head}");
        assert!(head.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"), "{head}");
        assert_eq!(
            body,
            "To=%2B4917012345678&From=%2B15551234567&Body=287082+is+your+code+%26+mine%3A+%C3%A4.%0A%0A\
             %40mfa.example.com+%23287082"
        );
        assert_eq!(requests.len(), 1);
    }

    #[tokio::test]
    async fn a_messaging_service_may_choose_the_sender() {
        let server = ScriptedServer::start(Script::answer(201, "")).await;

        sent_to(server.origin(), "&messaging_service=MG01").await.unwrap();

        assert!(server.requests()[0].contains("&MessagingServiceSid=MG01&Body="));
    }

    #[tokio::test]
    async fn what_was_created_is_sent_whatever_comes_with_it() {
        for script in [
            Script::answer(201, r#"{"sid": "SM1"}"#),
            Script::answer(201, "garbage"),
            Script::answer(200, r#"{"sid": "SM1"}"#),
            Script::Says("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"),
        ] {
            assert!(sent(script).await.is_ok(), "{script:?}");
        }
    }

    #[tokio::test]
    async fn a_number_that_gets_no_texts_never_will() {
        for code in FOR_GOOD {
            let body = format!(r#"{{"code": {code}, "message": "to +4917012345678", "status": 400}}"#);
            let failed = sent(Script::answer(400, &body)).await.unwrap_err();

            let NotDelivered::ForGood(cause) = failed else { panic!("{failed:?}") };
            assert_eq!(cause.to_string(), format!("it answered with status 400 and error {code}"));
        }
    }

    #[tokio::test]
    async fn what_the_operator_can_mend_and_what_is_busy_is_tried_again() {
        for (status, body) in [
            (400, r#"{"code": 21606}"#),
            (400, "garbage"),
            (401, r#"{"code": 20003}"#),
            (403, ""),
            (404, r#"{"code": 20404}"#),
            (429, r#"{"code": 20429}"#),
            (503, ""),
        ] {
            let failed = sent(Script::answer(status, body)).await.unwrap_err();

            assert!(matches!(failed, NotDelivered::ForNow(_)), "{status} {failed:?}");
        }
    }

    #[tokio::test]
    async fn what_may_have_been_sent_is_said_to_be_so() {
        for script in [
            Script::answer(500, r#"{"code": 20500}"#),
            Script::answer(502, "<html>"),
            Script::answer(200, "<html>welcome to the hotel"),
            Script::answer(204, ""),
            Script::ReadsAndHangs,
            Script::ReadsAndHangsUp,
            Script::Says("garbage"),
        ] {
            let failed = sent(script).await.unwrap_err();

            assert!(matches!(failed, NotDelivered::Perhaps(_)), "{script:?} {failed:?}");
        }
    }

    #[test]
    fn an_address_names_credentials_and_sender() {
        let twilio = parse(&format!("twilio://{SID}:token@api.twilio.com?from=+15551234567")).unwrap();
        let url = format!("https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json");
        assert_eq!((twilio.messages.as_str(), twilio.user.as_str(), twilio.secret.as_str()), (&*url, SID, "token"));
        assert_eq!(twilio.sender, Sender::From("+15551234567".into()));

        let key = parse(&format!("twilio://SK1:a%2Fb@api.twilio.com/?account={SID}&messaging_service=MG1")).unwrap();
        assert_eq!((key.messages, key.user.as_str(), key.secret.as_str()), (twilio.messages, "SK1", "a/b"));

        for from in ["12345", "Stepgate", "%2B15551234567", "My%20Company"] {
            assert!(parse(&format!("twilio://{SID}:token@eu.example:8443?from={from}")).is_ok(), "{from}");
        }
    }

    #[test]
    fn an_address_that_says_too_little_or_too_much_is_refused() {
        use TwilioUrlError::{Account, Base, Credentials, Malformed, Parameter, Sender};
        for (rest, error) in [
            ("AC1:t@", Malformed),
            ("AC1:t@/", Malformed),
            ("AC1:t@h/path?from=+15551234567", Malformed),
            ("AC1:t@h?from=+15551234567#x", Malformed),
            ("h?from=+15551234567", Credentials),
            ("AC1@h?from=+15551234567", Credentials),
            ("AC1:@h?from=+15551234567", Credentials),
            ("AC%2F1:t@h?from=+15551234567", Credentials),
            ("SK1:t@h?from=+15551234567", Account),
            ("SK1:t@h?from=+15551234567&account=..%2F", Account),
            ("AC1:t@h", Sender),
            ("AC1:t@h?from=", Sender),
            ("AC1:t@h?from=+1", Sender),
            ("AC1:t@h?from=Twelve letters", Sender),
            ("AC1:t@h?from=+15551234567&messaging_service=MG1", Sender),
            ("AC1:t@h?from=+15551234567&from=+15551234567", Parameter),
            ("AC1:t@h?from=+15551234567&to=+15551234567", Parameter),
            ("AC1:t@h?from", Parameter),
            ("AC1:t@h?from=+15551234567&base=http://h", Base),
            ("AC1:t@h?from=+15551234567&base=https://u:p@h", Base),
            ("AC1:t@h?from=+15551234567&base=https://h?x", Base),
            ("AC1:t@h?from=+15551234567&base=h", Base),
        ] {
            assert_eq!(parse(&format!("twilio://{rest}")), Err(error), "{rest}");
        }
    }

    #[test]
    fn what_is_printed_shows_no_secret() {
        let twilio = parse(&format!("twilio://{SID}:hunter2@api.twilio.com?from=+15551234567")).unwrap();

        assert_eq!(format!("{twilio:?} {twilio}").matches("hunter2").count(), 0);
        assert_eq!(twilio.to_string(), "api.twilio.com, from +15551234567");
    }
}

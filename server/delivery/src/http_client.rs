use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Url, retry};
use thiserror::Error;

use crate::NotDelivered;

/// Asks a gateway over HTTP/1.1, each time on a connection of its own: what became of a request is then plain to see. No
/// redirect is followed, for it could lead the code elsewhere, and nothing is asked twice.
pub(crate) struct HttpClient {
    client: Client,
}

/// What a gateway answered. The body may hold the number and the text: it is for judging, never for logs.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// As much of the body as came, up to [`LONGEST_ANSWER`].
    pub(crate) body: String,
}

/// The cause of what was not delivered: the answer, without anything that could hold the number or the text.
#[derive(Debug, Error)]
pub(crate) enum Answered {
    /// The HTTP status.
    #[error("it answered with status {0}")]
    Status(u16),
    /// That, and the gateway's own number for it.
    #[error("it answered with status {0} and error {1}")]
    Code(u16, u32),
}

/// How long a gateway may take to be reached, TLS included.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the whole may take: less than a worker waits, so that it is told what happened.
const WHOLE: Duration = Duration::from_secs(12);
/// How much of an answer is read, in bytes. Real ones have less than two thousand.
const LONGEST_ANSWER: usize = 64 * 1024;
/// Hosts that never leave the machine.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl HttpClient {
    /// A client for a gateway at this address.
    ///
    /// # Errors
    /// If the system's certificates can't be used.
    pub(crate) fn new(gateway: &Url) -> Result<Self, reqwest::Error> {
        Self::with_deadline(gateway, WHOLE)
    }

    /// A client that waits no longer than this for the whole, and half of it at most for a connection.
    pub(crate) fn with_deadline(gateway: &Url, whole: Duration) -> Result<Self, reqwest::Error> {
        let mut client = Client::builder()
            .http1_only()
            .pool_max_idle_per_host(0)
            .redirect(Policy::none())
            .referer(false)
            .retry(retry::never())
            .connect_timeout(CONNECT.min(whole / 2))
            .timeout(whole)
            .user_agent(concat!("Stepgate/", env!("CARGO_PKG_VERSION")));
        // Through TLS the environment's proxy sees nothing; without it, everything.
        if gateway.scheme() != "https" {
            client = client.no_proxy();
        }
        Ok(Self { client: client.build()? })
    }

    /// A request yet to be filled.
    pub(crate) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends a request; an answer of any status is one.
    ///
    /// # Errors
    /// [`NotDelivered::ForNow`] if no connection was made, [`NotDelivered::Perhaps`] if one was and no answer came.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Answer, NotDelivered> {
        // An error names the address with all that stands in it.
        let sent = request.send().await.map_err(reqwest::Error::without_url);
        let mut response = sent.map_err(|error| {
            let never_left = error.is_connect() || error.is_builder();
            if never_left { NotDelivered::ForNow(error.into()) } else { NotDelivered::Perhaps(error.into()) }
        })?;
        let mut body = Vec::new();
        // A body that breaks off is judged by what came of it.
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = LONGEST_ANSWER - body.len();
            body.extend(chunk.iter().take(room));
            if body.len() == LONGEST_ANSWER {
                break;
            }
        }
        Ok(Answer { status: response.status().as_u16(), body: String::from_utf8_lossy(&body).into_owned() })
    }
}

/// What an answer means if nothing else says: a refusal says that the text was not taken, and that somebody has to mend
/// something; after anything else it may have been.
pub(crate) fn by_status(status: u16) -> NotDelivered {
    let cause = Answered::Status(status).into();
    match status {
        // 303 is how a server says that it has done what it was asked. 503 is said by one that does nothing now.
        300..=302 | 304..=499 | 503 => NotDelivered::ForNow(cause),
        _ => NotDelivered::Perhaps(cause),
    }
}

/// Whether nobody on the way can read what is sent to this address.
pub(crate) fn is_private(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => url.host_str().is_some_and(|host| LOCAL.contains(&host)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::iter;

    use super::*;
    use crate::scripted_server::{Script, ScriptedServer};

    const SECRET: &str = "hunter2";

    async fn ask(url: &str) -> Result<Answer, NotDelivered> {
        let url: Url = url.parse().unwrap();
        let client = HttpClient::with_deadline(&url, Duration::from_millis(300)).unwrap();
        client.send(client.request(Method::POST, url).body("text=Body")).await
    }

    async fn ask_scripted(script: Script) -> (Result<Answer, NotDelivered>, Vec<String>) {
        let server = ScriptedServer::start(script).await;
        let answer = ask(&format!("{}/send?password={SECRET}", server.origin())).await;
        (answer, server.requests())
    }

    /// All that a log would show.
    fn chain(error: &(dyn Error + 'static)) -> String {
        let causes = iter::successors(Some(error), |error| (*error).source());
        causes.map(|cause| format!("{cause} {cause:?}")).collect::<Vec<_>>().join("\n")
    }

    #[tokio::test]
    async fn an_answer_of_any_status_is_one() {
        for status in [200, 202, 400, 401, 429, 500, 503] {
            let (answer, requests) = ask_scripted(Script::answer(status, "Body")).await;

            let answer = answer.unwrap();
            assert_eq!((answer.status, answer.body.as_str(), requests.len()), (status, "Body", 1));
        }
    }

    #[tokio::test]
    async fn who_cannot_be_reached_has_certainly_not_sent_it() {
        let closed = ScriptedServer::start(Script::HangsUp).await.closed().await;
        for url in [closed.as_str(), "https://gateway.invalid/"] {
            let url = format!("{url}/?password={SECRET}");
            let failed = ask(&url).await.err().unwrap();

            assert!(matches!(failed, NotDelivered::ForNow(_)), "{failed:?}");
            assert!(!chain(&failed).contains(SECRET), "{}", chain(&failed));
        }
    }

    #[tokio::test]
    async fn nothing_is_sent_to_a_server_without_tls_at_an_https_address() {
        let server = ScriptedServer::start(Script::answer(200, "Body")).await;

        let failed = ask(&server.origin().replace("http:", "https:")).await.err().unwrap();

        assert!(matches!(failed, NotDelivered::ForNow(_)), "{failed:?}");
        assert!(server.requests().iter().all(|request| !request.contains("Body")));
    }

    #[tokio::test]
    async fn once_a_connection_is_made_no_answer_means_perhaps() {
        for script in
            [Script::HangsUp, Script::ReadsAndHangsUp, Script::ReadsAndHangs, Script::Says("\0garbage\r\n\r\n")]
        {
            let (answer, requests) = ask_scripted(script).await;

            let failed = answer.err().unwrap();
            assert!(matches!(failed, NotDelivered::Perhaps(_)), "{failed:?}");
            assert!(!chain(&failed).contains(SECRET), "{}", chain(&failed));
            assert!(requests.len() <= 1, "asked twice");
        }
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_not_followed() {
        let elsewhere = ScriptedServer::start(Script::answer(200, "Body")).await;
        let head = format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {}/\r\nContent-Length: 0", elsewhere.origin());

        let (answer, _) = ask_scripted(Script::Says(format!("{head}\r\n\r\n").leak())).await;

        assert_eq!(answer.unwrap().status, 307);
        assert!(elsewhere.requests().is_empty());
    }

    #[tokio::test]
    async fn of_an_endless_answer_only_the_beginning_is_read() {
        let (answer, _) = ask_scripted(Script::NeverEnds).await;

        assert_eq!(answer.unwrap().body.len(), LONGEST_ANSWER);
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_has_its_status() {
        let (answer, _) = ask_scripted(Script::Says("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nBegin")).await;

        let answer = answer.unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (201, "Begin"));
    }

    #[test]
    fn a_refusal_is_for_now_and_what_is_unclear_perhaps() {
        for status in [301, 302, 307, 400, 401, 403, 404, 408, 429, 499, 503] {
            assert!(matches!(by_status(status), NotDelivered::ForNow(_)), "{status}");
        }
        for status in [200, 204, 303, 500, 502, 504, 599, 999] {
            assert!(matches!(by_status(status), NotDelivered::Perhaps(_)), "{status}");
        }
    }

    #[test]
    fn plain_http_is_private_on_this_machine_only() {
        for url in ["https://a.example", "http://localhost:1", "http://127.0.0.1/x", "http://[::1]:8080/"] {
            assert!(is_private(&url.parse().unwrap()), "{url}");
        }
        for url in ["http://a.example", "http://localhost.a.example", "http://127.0.0.2", "ftp://localhost", "data:x"] {
            assert!(!is_private(&url.parse().unwrap()), "{url}");
        }
    }
}

use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use http::HeaderMap;
use http::header::COOKIE;
use verifier::{KnownBrowser, Session, Token};

use super::Notice;

/// What our cookies are called and how they are set on this site.
///
/// Over https they are `Secure` and their names begin with `__Host-`, so that no other host of the domain can set
/// them (RFC 6265bis §4.1.3.2). Over plain http, which is for localhost alone, neither works.
#[derive(Debug, Clone, Copy)]
pub struct CookieNames {
    secure: bool,
}

/// The cookies of one request that are ours; what is no token is as good as absent.
#[derive(Debug, Default)]
pub struct Cookies {
    /// The session.
    pub session: Option<Token>,
    /// The known browser.
    pub browser: Option<Token>,
    /// The notice of the last post.
    pub notice: Option<String>,
}

impl CookieNames {
    /// Names for a site that is reached by https, or not.
    #[must_use]
    pub fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// Whether the site is reached by https.
    #[must_use]
    pub fn is_secure(self) -> bool {
        self.secure
    }

    /// Reads our cookies. If one name comes twice, none of them is believed.
    #[must_use]
    pub fn read(self, headers: &HeaderMap) -> Cookies {
        let texts = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
        let all: Vec<(String, String)> = texts
            .flat_map(|text| text.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let only = |name: String| {
            let mut values = all.iter().filter(|(other, _)| *other == name);
            values.next().filter(|_| values.next().is_none()).map(|(_, value)| value.clone())
        };
        Cookies {
            session: only(self.session()).and_then(|text| text.parse().ok()),
            browser: only(self.browser()).and_then(|text| text.parse().ok()),
            notice: only(self.notice()),
        }
    }

    /// Sets the session's token.
    #[must_use]
    pub fn set_session(self, token: &Token) -> Cookie<'static> {
        self.cookie(self.session(), token.reveal(), seconds(Session::ABSOLUTE_LIFE))
    }

    /// Takes the session's token away.
    #[must_use]
    pub fn clear_session(self) -> Cookie<'static> {
        self.cookie(self.session(), String::new(), Duration::ZERO)
    }

    /// Sets the known browser's token.
    #[must_use]
    pub fn set_browser(self, token: &Token) -> Cookie<'static> {
        self.cookie(self.browser(), token.reveal(), seconds(KnownBrowser::LIFE))
    }

    /// Sets the notice.
    #[must_use]
    pub fn set_notice(self, sealed: String) -> Cookie<'static> {
        self.cookie(self.notice(), sealed, seconds(Notice::LIFE))
    }

    /// Takes the notice away.
    #[must_use]
    pub fn clear_notice(self) -> Cookie<'static> {
        self.cookie(self.notice(), String::new(), Duration::ZERO)
    }

    fn session(self) -> String {
        self.name("session")
    }

    fn browser(self) -> String {
        self.name("browser")
    }

    fn notice(self) -> String {
        self.name("notice")
    }

    fn name(self, what: &str) -> String {
        format!("{}stepgate-{what}", if self.secure { "__Host-" } else { "" })
    }

    fn cookie(self, name: String, value: String, life: Duration) -> Cookie<'static> {
        Cookie::build((name, value))
            .path("/")
            .max_age(life)
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .build()
    }
}

fn seconds(life: std::time::Duration) -> Duration {
    Duration::try_from(life).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const TOKEN: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn headers(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|cookie| (COOKIE, HeaderValue::from_str(cookie).unwrap())).collect()
    }

    #[test]
    fn a_cookie_that_comes_twice_is_not_believed() {
        let names = CookieNames::new(false);
        let pair = format!("stepgate-session={TOKEN}");

        assert!(names.read(&headers(&[&format!("a=b; {pair}; c=d")])).session.is_some());
        assert!(names.read(&headers(&[&format!("{pair}; {pair}")])).session.is_none());
        assert!(names.read(&headers(&[&pair, &pair])).session.is_none());
    }

    #[test]
    fn garbage_and_the_name_of_the_other_scheme_are_as_good_as_absent() {
        for text in ["stepgate-session=", "stepgate-session=x", "stepgate-session", "=;;=", "__Host-stepgate-session=x"]
        {
            assert!(CookieNames::new(false).read(&headers(&[text])).session.is_none(), "{text}");
        }
        let plain = headers(&[&format!("stepgate-session={TOKEN}")]);
        assert!(CookieNames::new(true).read(&plain).session.is_none());
    }

    #[test]
    fn over_https_a_cookie_is_secure_and_bound_to_its_host() {
        let cookie = CookieNames::new(true).set_session(&TOKEN.parse().unwrap()).to_string();

        assert_eq!(
            cookie,
            format!("__Host-stepgate-session={TOKEN}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=7776000")
        );
    }
}

use std::fmt;
use std::net::IpAddr;

use domain::{Language, Words};
use serde::{Deserialize, Serialize};

use crate::Token;

/// Whoever is trying, before proof: where from, with what, and the cookie of a browser that was here before.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// The client's address as the outermost trusted proxy saw it.
    pub address: Address,
    /// The browser in words.
    pub browser: BrowserLabel,
    /// The language their browser asks for.
    pub language: Language,
    /// The known-browser cookie, if there is one.
    pub known_browser: Option<Token>,
}

/// A client's address; an IPv6 one stands for its /64, since that is what one customer gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address(IpAddr);

impl Address {
    /// The address as it is shown.
    #[must_use]
    pub fn new(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }

    /// The address that limits count by.
    #[must_use]
    pub fn network(self) -> IpAddr {
        const NETWORK: u128 = !(u64::MAX as u128);
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => IpAddr::V6((u128::from(address) & NETWORK).into()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A browser in words, `Firefox on Windows`: made of fixed words only, so that a header can't put text on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BrowserLabel(String);

impl BrowserLabel {
    /// Reads a `User-Agent` header. The order matters: most browsers also name those they descend from.
    #[must_use]
    pub fn from_user_agent(header: &str) -> Self {
        const BROWSERS: [(&str, &str); 8] = [
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser/", "Samsung Internet"),
            ("Firefox/", "Firefox"),
            ("FxiOS/", "Firefox"),
            ("CriOS/", "Chrome"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ];
        const SYSTEMS: [(&str, &str); 7] = [
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("CrOS", "ChromeOS"),
            ("Mac OS X", "macOS"),
            ("Linux", "Linux"),
        ];
        let named = |names: &[(&str, &'static str)]| {
            names.iter().find(|(sign, _)| header.contains(sign)).map(|(_, name)| *name)
        };
        Self(match (named(&BROWSERS), named(&SYSTEMS)) {
            (Some(browser), Some(system)) => format!("{browser} on {system}"),
            (Some(browser), None) => browser.into(),
            (None, Some(system)) => format!("A browser on {system}"),
            (None, None) => "An unknown browser".into(),
        })
    }

    /// The label as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BrowserLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A browser's label in a language: labels are made of fixed English words, `Firefox on Windows`. The sentences are
/// `browser.some`, `browser.on`, `browser.on-device` and `browser.unknown`.
#[must_use]
pub fn browser_in_words(label: &str, words: &Words) -> String {
    match label.split_once(" on ") {
        Some((browser, system)) => {
            let browser = if browser == "A browser" { words.say("browser.some") } else { browser.to_owned() };
            let key = if matches!(system, "iPhone" | "iPad") { "browser.on-device" } else { "browser.on" };
            words.say_all(key, &[("browser", &browser), ("system", system)])
        }
        None if label == "An unknown browser" => words.say("browser.unknown"),
        None => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn browsers_are_named_as_people_name_them() {
        let known = [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36 Edg/150.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.0", "An unknown browser"),
            ("<script>alert(1)</script> Chrome/1", "Chrome"),
        ];

        for (header, label) in known {
            assert_eq!(BrowserLabel::from_user_agent(header).as_str(), label);
        }
    }

    #[test]
    fn an_address_and_a_browser_are_shown_as_they_are() {
        let (address, browser) =
            (Address::new("::ffff:192.0.2.7".parse().unwrap()), BrowserLabel::from_user_agent("Firefox/1 Linux"));

        assert_eq!(format!("{address}, {browser}"), "192.0.2.7, Firefox on Linux");
    }

    #[test]
    fn an_ipv6_customer_is_one_network_and_a_mapped_address_is_ipv4() {
        let network = |text: &str| Address::new(text.parse().unwrap()).network().to_string();

        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
    }

    proptest! {
        #[test]
        fn no_header_puts_a_word_of_its_own_on_a_page(bytes in any::<Vec<u8>>(), sign in 0_usize..4) {
            let sign = ["", "Firefox/", "<Edg>", "Android"][sign];
            let header = format!("{}{sign}", String::from_utf8_lossy(&bytes));

            let label = BrowserLabel::from_user_agent(&header);

            prop_assert!(label.as_str().bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b' '), "{}", label);
            prop_assert!((1..40).contains(&label.as_str().len()));
        }

        #[test]
        fn the_network_of_an_address_is_that_of_all_its_customers(address in any::<IpAddr>(), own in any::<u64>()) {
            let network = Address::new(address).network();

            prop_assert_eq!(Address::new(network).network(), network);
            if let IpAddr::V6(address) = network {
                let neighbour = IpAddr::V6((u128::from(address) | u128::from(own)).into());
                prop_assert_eq!(Address::new(neighbour).network(), network);
            }
        }
    }
}

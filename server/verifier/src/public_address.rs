use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::{Ipv4Net, Ipv6Net};

/// Networks of IPv4 that are not everybody's: IANA's special-purpose registry (RFC 6890 and its updates), multicast and
/// what is reserved.
const SPECIAL_V4: [&str; 15] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/// The addresses of IPv6 that are routed between networks (RFC 4291); all others are refused unseen.
const GLOBAL_V6: &str = "2000::/3";

/// Addresses that a translator makes of those of IPv4 (RFC 6052): in a network of IPv6 alone, names lead there.
const TRANSLATED: &str = "64:ff9b::/96";

/// What is not everybody's of these: protocol assignments, Teredo and ORCHID among them; documentation; 6to4, which
/// leads to an address of IPv4; segment routing is outside anyway.
const SPECIAL_V6: [&str; 4] = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

static V4: LazyLock<Vec<Ipv4Net>> =
    LazyLock::new(|| SPECIAL_V4.iter().filter_map(|network| network.parse().ok()).collect());
static V6: LazyLock<Vec<Ipv6Net>> =
    LazyLock::new(|| SPECIAL_V6.iter().filter_map(|network| network.parse().ok()).collect());
static GLOBAL: LazyLock<Option<Ipv6Net>> = LazyLock::new(|| GLOBAL_V6.parse().ok());
static TRANSLATION: LazyLock<Option<Ipv6Net>> = LazyLock::new(|| TRANSLATED.parse().ok());

/// Whether an address lies in nobody's own network, so that whoever chooses it reaches nothing that they could not
/// reach without us (OWASP, Server-Side Request Forgery). On doubt it does.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => match translated(address) {
            Some(translated) => is_public(IpAddr::V4(translated)),
            None => is_global(address) && !V6.iter().any(|network| network.contains(&address)),
        },
    }
}

/// The address of IPv4 that a translator would lead to.
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = address.octets();
    TRANSLATION.is_some_and(|network| network.contains(&address)).then_some(Ipv4Addr::new(a, b, c, d))
}

fn is_global(address: Ipv6Addr) -> bool {
    GLOBAL.is_some_and(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_public(address: &str) -> bool {
        super::is_public(address.parse().unwrap())
    }

    #[test]
    fn every_network_of_the_lists_is_one() {
        assert_eq!((V4.len(), V6.len()), (SPECIAL_V4.len(), SPECIAL_V6.len()));
        assert!(GLOBAL.is_some() && TRANSLATION.is_some());
    }

    #[test]
    fn addresses_of_everybodys_networks_are_public() {
        for address in ["1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "172.15.0.1", "172.32.0.1"] {
            assert!(is_public(address), "{address}");
        }
        for address in
            ["192.167.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]
        {
            assert!(is_public(address), "{address}");
        }
    }

    #[test]
    fn addresses_of_ones_own_networks_are_not() {
        let four = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
        ];
        let six = [
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "64:ff9b::a00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "3fff::1",
            "5f00::1",
            "4000::1",
        ];
        for address in four.into_iter().chain(six) {
            assert!(!is_public(address), "{address}");
        }
    }
}

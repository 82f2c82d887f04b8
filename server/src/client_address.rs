use std::net::IpAddr;

use http::HeaderMap;
use verifier::Address;

/// The client's address: what the outermost of our own proxies saw.
///
/// Each proxy appends the address it was reached from to `X-Forwarded-For`; whatever stands left of what our own
/// wrote was written by the client. With no trusted proxy the header is not read at all.
pub(crate) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted_hops: u8) -> Address {
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let forwarded: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let hops = usize::from(trusted_hops);
    let seen = (hops > 0).then(|| forwarded.len().checked_sub(hops)).flatten().and_then(|at| forwarded.get(at));
    Address::new(seen.and_then(|text| text.parse().ok()).unwrap_or(peer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(header: &[&str], hops: u8) -> String {
        let headers = header.iter().map(|value| ("x-forwarded-for".parse().unwrap(), value.parse().unwrap())).collect();
        client_address("192.0.2.1".parse().unwrap(), &headers, hops).to_string()
    }

    #[test]
    fn without_a_trusted_proxy_the_header_is_not_believed() {
        assert_eq!(seen(&["203.0.113.9"], 0), "192.0.2.1");
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed() {
        assert_eq!(seen(&["198.51.100.66, 203.0.113.9"], 1), "203.0.113.9");
        assert_eq!(seen(&["198.51.100.66", "203.0.113.9"], 1), "203.0.113.9");
        assert_eq!(seen(&["198.51.100.66, 203.0.113.9, 10.0.0.1"], 2), "203.0.113.9");
    }

    #[test]
    fn a_header_that_is_short_or_no_address_leaves_the_peer() {
        assert_eq!(seen(&[], 1), "192.0.2.1");
        assert_eq!(seen(&["203.0.113.9"], 2), "192.0.2.1");
        assert_eq!(seen(&["<script>"], 1), "192.0.2.1");
    }
}

//! Which pages are compressed as they are sent. Files are compressed when the bundle is built.

use http::Response;
use tower_http::compression::predicate::Predicate;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use verifier::Gate;

use crate::doors::{Door, Island, Kind};

/// Compresses the pages of people who are in that show no secret. The length of a compressed page tells something about
/// what stands in it (BREACH, 2013): pages with keys, recovery codes or links go as they are, and so does everything
/// that is small.
pub fn compress() -> CompressionLayer<HoldsNoSecret> {
    CompressionLayer::new().quality(CompressionLevel::Default).compress_when(HoldsNoSecret)
}

/// Whether an answer may be compressed.
#[derive(Debug, Clone, Copy)]
pub struct HoldsNoSecret;

impl Predicate for HoldsNoSecret {
    fn should_compress<B>(&self, response: &Response<B>) -> bool
    where
        B: axum::body::HttpBody,
    {
        response.extensions().get::<&'static Door>().is_some_and(|door| holds_no_secret(door))
    }
}

/// Keys and recovery codes are on pages with an island; links on pages of whoever follows them.
fn holds_no_secret(door: &Door) -> bool {
    let is_in = match door.gate {
        Gate::Fresh | Gate::Profile | Gate::FreshAdmin => true,
        Gate::Public | Gate::Enrolling | Gate::PendingCode | Gate::Recovering | Gate::Recent | Gate::RecentAdmin => {
            false
        }
    };
    is_in && door.kind == Kind::Page { island: Island::Never }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doors::DOORS;

    #[test]
    fn pages_with_keys_codes_or_links_are_sent_as_they_are() {
        let compressed: Vec<_> = DOORS.iter().filter(|door| holds_no_secret(door)).map(|door| door.path).collect();

        let admins = [
            "users",
            "users/{user}",
            "invite",
            "invite/{list}",
            "app-center/mfa",
            "app-center/webhooks",
            "employees/preferences",
            "audit",
        ];
        let admins = admins.map(|page| format!("/admin/{page}"));
        let expected = ["/", "/verify", "/profile"].into_iter().chain(admins.iter().map(String::as_str));
        assert_eq!(compressed, expected.collect::<Vec<_>>());
    }
}

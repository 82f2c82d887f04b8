use leptos::prelude::ReadUntracked;
use leptos_router::hooks::use_query_map;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use verifier::{Show, SortBy, UserQuery};

/// A parameter of the page's address; empty ones are none.
pub(super) fn parameter(name: &str) -> Option<String> {
    use_query_map().read_untracked().get(name).filter(|value| !value.is_empty())
}

/// Which users these fields ask for. What can't be read is not asked for.
#[must_use]
pub fn user_query(field: impl Fn(&str) -> Option<String>) -> UserQuery {
    UserQuery {
        search: field("q").unwrap_or_default().chars().take(200).collect(),
        show: field("show").and_then(|show| show.parse().ok()),
        sort: field("sort").and_then(|sort| sort.parse().ok()).unwrap_or_default(),
        descending: field("order").as_deref() == Some("down"),
        page: field("page").and_then(|page| page.parse().ok()).unwrap_or(1),
    }
}

/// The fields of an address that asks for these users; the page is left out if it is the first.
pub(super) fn fields_of(query: &UserQuery) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    if !query.search.is_empty() {
        fields.push(("q", query.search.clone()));
    }
    if let Some(show) = query.show {
        fields.push(("show", show.as_str().to_owned()));
    }
    if query.sort != SortBy::default() {
        fields.push(("sort", query.sort.as_str().to_owned()));
    }
    if query.descending {
        fields.push(("order", "down".to_owned()));
    }
    if query.page > 1 {
        fields.push(("page", query.page.to_string()));
    }
    fields
}

/// All but the unreserved characters (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An address with these fields.
pub(super) fn address(page: &str, fields: &[(&'static str, String)]) -> String {
    let pairs: Vec<_> =
        fields.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, RESERVED))).collect();
    if pairs.is_empty() { page.to_owned() } else { format!("{page}?{}", pairs.join("&")) }
}

/// The list of users that asks for these.
#[must_use]
pub fn users_address(query: &UserQuery) -> String {
    address("/admin/users", &fields_of(query))
}

/// The list with one filter, from its first page.
pub(super) fn filtered(query: &UserQuery, show: Option<Show>) -> String {
    users_address(&UserQuery { show, page: 1, ..query.clone() })
}

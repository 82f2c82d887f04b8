use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where to go on after signing in: a path of this very site, with its query, never another host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalPath(String);

/// A text that is no path of this site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a path of this site")]
pub struct LocalPathError;

const LONGEST: usize = 1024;

impl LocalPath {
    /// The start page.
    #[must_use]
    pub fn home() -> Self {
        Self("/".into())
    }

    /// The page of the wizard.
    #[must_use]
    pub fn wizard() -> Self {
        Self("/mfa/setup".into())
    }

    /// The path with its query, beginning with `/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.split('?').next().unwrap_or("/")
    }
}

impl FromStr for LocalPath {
    type Err = LocalPathError;

    /// Wants a `/` not followed by another `/` or a `\` (browsers read both as "another host"), and visible
    /// ASCII without a backslash throughout: no line break can reach a header, no dot segment another door.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#');
        let path = text.split('?').next().unwrap_or_default();
        let segments = path.strip_prefix('/').ok_or(LocalPathError)?;
        let plain = path == "/" || segments.split('/').all(|segment| !matches!(segment, "" | "." | ".."));
        if text.len() <= LONGEST && visible && plain { Ok(Self(text.into())) } else { Err(LocalPathError) }
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for LocalPath {
    type Error = LocalPathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<LocalPath> for String {
    fn from(path: LocalPath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_of_this_site_is_kept_as_it_is() {
        for text in ["/", "/?a=b", "/admin/users?page=2&sort=name", "/mfa/setup"] {
            assert_eq!(text.parse::<LocalPath>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_asked_of_a_page_is_no_part_of_its_path() {
        for (text, path) in [("/", "/"), ("/admin/users?page=2?", "/admin/users"), ("/?a=b", "/")] {
            let parsed: LocalPath = text.parse().unwrap();
            assert_eq!((parsed.path(), parsed.to_string().as_str()), (path, text));
        }
    }

    #[test]
    fn the_way_to_another_host_is_refused() {
        for text in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "evil.example",
            "/ok\r\nSet-Cookie: a=b",
            "/a b",
            "/ä",
            "/a/../b",
            "/./a",
            "/a//b",
            "javascript:alert(1)",
            "/a\\b",
            "/a#b",
            "/\t/evil.example",
        ] {
            assert_eq!(text.parse::<LocalPath>(), Err(LocalPathError), "{text:?}");
        }
        assert!(format!("/{}", "a".repeat(2000)).parse::<LocalPath>().is_err());
    }

    proptest! {
        #[test]
        fn nothing_that_parses_can_leave_the_site(text in any::<String>()) {
            if let Ok(path) = text.parse::<LocalPath>() {
                prop_assert!(path.as_str().starts_with('/') && !path.as_str().starts_with("//"));
                prop_assert!(path.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}

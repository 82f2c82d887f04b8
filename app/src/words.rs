use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The sentences an island needs, in the reader's language: the server writes them into the page, and both sides
/// look them up by key, so that the bundle holds none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// Sentences by key.
    #[must_use]
    pub fn new(words: BTreeMap<String, String>) -> Self {
        Self(words)
    }

    /// The sentence of `key`; the key itself if there is none (a test fails on that).
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.0.get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    /// The sentence of `key` with `{name}` replaced.
    #[must_use]
    pub fn say_with(&self, key: &str, name: &str, value: &str) -> String {
        self.say(key).replace(&format!("{{{name}}}"), value)
    }

    /// The sentence of `key` with each `{name}` replaced.
    #[must_use]
    pub fn say_all(&self, key: &str, values: &[(&str, &str)]) -> String {
        values.iter().fold(self.say(key), |said, (name, value)| said.replace(&format!("{{{name}}}"), value))
    }

    /// The sentence for so many: that of `key.one` or `key.other`, with `{count}` replaced.
    #[must_use]
    pub fn say_count(&self, key: &str, count: u64) -> String {
        let number = if count == 1 { "one" } else { "other" };
        self.say_with(&format!("{key}.{number}"), "count", &count.to_string())
    }
}

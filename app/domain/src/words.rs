use serde::{Deserialize, Serialize};

/// Sentences by key, in one language. Those an island needs are written into the page by the server, and both sides look
/// them up, so that the bundle holds none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(Vec<(String, String)>);

impl Words {
    /// Sentences by key.
    #[must_use]
    pub fn new(words: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(words.into_iter().collect())
    }

    /// Puts a sentence in the place of that of `key`.
    pub fn put(&mut self, key: &str, sentence: String) {
        match self.0.iter_mut().find(|(of, _)| of == key) {
            Some((_, said)) => *said = sentence,
            None => self.0.push((key.to_owned(), sentence)),
        }
    }

    /// Whether there is a sentence of `key`.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(of, _)| of == key)
    }

    /// The sentence of `key`; the key itself if there is none (a test fails on that).
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.sentence(key).to_owned()
    }

    /// The sentence of `key` with `{name}` replaced.
    #[must_use]
    pub fn say_with(&self, key: &str, name: &str, value: &str) -> String {
        self.say(key).replace(&format!("{{{name}}}"), value)
    }

    /// The sentence of `key` with each `{name}` replaced.
    #[must_use]
    pub fn say_all(&self, key: &str, values: &[(&str, &str)]) -> String {
        fill(self.sentence(key), values)
    }

    /// The sentence for so many: that of `key.one` or `key.other`, with `{count}` replaced.
    #[must_use]
    pub fn say_count(&self, key: &str, count: u64) -> String {
        let number = if count == 1 { "one" } else { "other" };
        self.say_with(&format!("{key}.{number}"), "count", &count.to_string())
    }

    /// What stands before and after `{place}` in the sentence of `key`, each with the values replaced: for a sentence
    /// with something else than words in it.
    #[must_use]
    pub fn say_around(&self, key: &str, place: &str, values: &[(&str, &str)]) -> (String, String) {
        let sentence = self.sentence(key);
        let (before, after) = sentence.split_once(&format!("{{{place}}}")).unwrap_or((sentence, ""));
        (fill(before, values), fill(after, values))
    }

    /// The same sentences with each `{name}` replaced.
    #[must_use]
    pub fn filled(&self, values: &[(&str, &str)]) -> Self {
        Self::new(self.0.iter().map(|(key, sentence)| (key.clone(), fill(sentence, values))))
    }

    /// All keys with their sentences.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, sentence)| (key.as_str(), sentence.as_str()))
    }

    fn sentence<'a>(&'a self, key: &'a str) -> &'a str {
        self.0.iter().find(|(of, _)| of == key).map_or(key, |(_, sentence)| sentence.as_str())
    }
}

/// The sentence with each `{name}` replaced, in one pass: what a value says is never taken for a name.
fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        let known = after.split_once('}').and_then(|(name, behind)| {
            let (_, value) = values.iter().find(|(of, _)| *of == name)?;
            Some((*value, behind))
        });
        let (value, behind) = known.unwrap_or(("{", after));
        filled.push_str(before);
        filled.push_str(value);
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(sentence: &str) -> Words {
        Words::new([("key".to_owned(), sentence.to_owned())])
    }

    #[test]
    fn a_value_that_looks_like_a_name_is_said_as_it_is() {
        let words = words("{name} of {account}, {name}");

        assert_eq!(
            words.say_all("key", &[("name", "{account}"), ("account", "{name}")]),
            "{account} of {name}, {account}"
        );
        assert_eq!(words.filled(&[("account", "{name}")]).say_with("key", "other", ""), "{name} of {name}, {name}");
    }

    #[test]
    fn what_is_no_name_stays() {
        for odd in ["", "{", "}", "{}", "a { b", "{unknown} }{"] {
            assert_eq!(words(odd).say_all("key", &[("name", "x")]), odd);
        }
        assert_eq!(words("").say_all("no-such-key", &[]), "no-such-key");
    }

    #[test]
    fn a_sentence_is_parted_where_something_else_stands_in_it() {
        let said = words("{name}, last time {when} here").say_around("key", "when", &[("name", "{when}")]);

        assert_eq!(said, ("{when}, last time ".to_owned(), " here".to_owned()));
        assert_eq!(words("").say_around("no-such-key", "when", &[]), ("no-such-key".to_owned(), String::new()));
    }
}

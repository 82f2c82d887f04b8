use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;

/// A piece of a request in which parts of a text are filled in, each escaped for the place where it stands. Secrets are
/// in it in the clear: no `Debug`.
pub(crate) struct Template {
    pieces: Vec<Piece>,
    escape: Escape,
}

/// How what is filled in is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    /// As it is: in headers and plain text.
    Not,
    /// `%XX`, in addresses and forms (RFC 3986, 2.1).
    Percent,
    /// As in a string of JSON.
    Json,
    /// As in text and attributes of XML.
    Xml,
}

/// What can be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placeholder {
    /// The number, `+491701234567`.
    To,
    /// The number without its plus.
    ToDigits,
    /// What the text says.
    Text,
    /// What is the same however often the text is tried, and no other text's.
    Id,
    /// What the gateway calls the alphabet the text is written in.
    Alphabet,
}

enum Piece {
    Plain(String),
    Filled(Placeholder),
}

/// What is filled in.
#[derive(Clone, Copy)]
pub(crate) struct Filling<'a> {
    pub(crate) to: &'a str,
    pub(crate) text: &'a str,
    pub(crate) id: &'a str,
    pub(crate) alphabet: &'a str,
}

/// Why a piece of a request can't be filled in, and how to mend it.
#[derive(Debug, Error)]
pub enum TemplateError {
    /// A placeholder we don't have.
    #[error("there is no {{{0}}}: write {{to}}, {{to_digits}}, {{text}}, {{id}} or {{alphabet}}")]
    Placeholder(String),
    /// `${` and no name after it.
    #[error("after ${{ write the name of an environment variable, or file: and a path, and then }}")]
    Secret,
    /// No such environment variable.
    #[error("the environment variable {0} is not set")]
    Variable(String),
    /// A file that can't be read.
    #[error("cannot read the file {0}")]
    File(PathBuf, #[source] io::Error),
}

/// Reads an environment variable.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What may stand unescaped in any part of an address (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Template {
    /// Reads `{placeholder}`s, and puts in what `${VARIABLE}` and `${file:PATH}` stand for, escaped like the rest. A brace
    /// before anything but a small letter is one.
    ///
    /// # Errors
    /// [`TemplateError`]
    pub(crate) fn parse(text: &str, escape: Escape, environment: Environment<'_>) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if let Some(before) = before.strip_suffix('$') {
                let (name, after) = after.split_once('}').ok_or(TemplateError::Secret)?;
                pieces.push(Piece::Plain(before.into()));
                pieces.push(Piece::Plain(escape.apply(&secret(name, environment)?)));
                rest = after;
                continue;
            }
            pieces.push(Piece::Plain(before.into()));
            if let Some((name, after)) = after.split_once('}').filter(|(name, _)| is_name(name)) {
                let placeholder = Placeholder::named(name).ok_or_else(|| TemplateError::Placeholder(name.into()))?;
                pieces.push(Piece::Filled(placeholder));
                rest = after;
            } else {
                pieces.push(Piece::Plain("{".into()));
                rest = after;
            }
        }
        pieces.push(Piece::Plain(rest.into()));
        Ok(Self { pieces, escape })
    }

    /// Whether it is filled in there.
    pub(crate) fn holds(&self, placeholder: Placeholder) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Filled(filled) if *filled == placeholder))
    }

    /// The whole, filled in.
    pub(crate) fn fill(&self, Filling { to, text, id, alphabet }: Filling<'_>) -> String {
        let filled = |placeholder: Placeholder| match placeholder {
            Placeholder::To => to,
            Placeholder::ToDigits => to.trim_start_matches('+'),
            Placeholder::Text => text,
            Placeholder::Id => id,
            Placeholder::Alphabet => alphabet,
        };
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Plain(plain) => plain.clone(),
            Piece::Filled(placeholder) => self.escape.apply(filled(*placeholder)),
        });
        pieces.collect()
    }
}

impl Placeholder {
    fn named(name: &str) -> Option<Self> {
        match name {
            "to" => Some(Self::To),
            "to_digits" => Some(Self::ToDigits),
            "text" => Some(Self::Text),
            "id" => Some(Self::Id),
            "alphabet" => Some(Self::Alphabet),
            _ => None,
        }
    }
}

impl Escape {
    fn apply(self, text: &str) -> String {
        match self {
            Self::Not => text.into(),
            Self::Percent => utf8_percent_encode(text, RESERVED).to_string(),
            Self::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().into()
            }
            // A line break in an attribute would be read as a space.
            Self::Xml => text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&#39;")
                .replace('\n', "&#10;"),
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// What a name stands for; of a file all but the line break at its end.
fn secret(name: &str, environment: Environment<'_>) -> Result<String, TemplateError> {
    if let Some(path) = name.strip_prefix("file:").filter(|path| !path.is_empty()) {
        let read = fs::read_to_string(path).map_err(|error| TemplateError::File(path.into(), error))?;
        warn_of_readers(path.as_ref());
        return Ok(read.trim_end_matches(['\r', '\n']).into());
    }
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(TemplateError::Secret);
    }
    environment(name).ok_or_else(|| TemplateError::Variable(name.into()))
}

/// Tells the operator that a file with secrets is open to other users of the machine.
pub(crate) fn warn_of_readers(path: &Path) {
    let open = fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0);
    if open {
        tracing::warn!(file = %path.display(), "others on this machine can read this file: chmod 600");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        (name == "TOKEN").then(|| "a&\"b".into())
    }

    fn filled(template: &str, escape: Escape, body: &str) -> String {
        let template = Template::parse(template, escape, &environment).unwrap();
        template.fill(Filling { to: "+4917012345678", text: body, id: "m 1", alphabet: "0" })
    }

    #[test]
    fn what_is_filled_in_is_escaped_for_its_place() {
        let all = "{to} {to_digits} {text} ${TOKEN} {alphabet}";
        let body = "ä & \"b\" <\\>\n@x";

        assert_eq!(filled(all, Escape::Not, body), format!("+4917012345678 4917012345678 {body} a&\"b 0"));
        assert_eq!(
            filled(all, Escape::Percent, body),
            "%2B4917012345678 4917012345678 %C3%A4%20%26%20%22b%22%20%3C%5C%3E%0A%40x a%26%22b 0"
        );
        assert_eq!(filled(all, Escape::Json, body), "+4917012345678 4917012345678 ä & \\\"b\\\" <\\\\>\\n@x a&\\\"b 0");
        assert_eq!(
            filled(all, Escape::Xml, body),
            "+4917012345678 4917012345678 ä &amp; &quot;b&quot; &lt;\\&gt;&#10;@x a&amp;&quot;b 0"
        );
    }

    #[test]
    fn an_id_is_filled_in() {
        assert_eq!(filled("ref={id}", Escape::Percent, ""), "ref=m%201");
    }

    #[test]
    fn braces_of_json_are_none_of_ours() {
        assert_eq!(
            filled(r#"{"to":{"n":"{to}"},"x":{}, "y":{ }"#, Escape::Json, ""),
            r#"{"to":{"n":"+4917012345678"},"x":{}, "y":{ }"#
        );
    }

    #[test]
    fn what_a_text_says_is_never_read_as_a_placeholder() {
        assert_eq!(filled("{text}", Escape::Not, "{to} ${TOKEN} {text}"), "{to} ${TOKEN} {text}");
    }

    #[test]
    fn a_secret_may_lie_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "hunter2\n").unwrap();

        assert_eq!(filled(&format!("Bearer ${{file:{}}}", path.display()), Escape::Not, ""), "Bearer hunter2");
    }

    #[test]
    fn what_cannot_be_filled_in_is_said_with_how_to_mend_it() {
        let refused = |template: &str| Template::parse(template, Escape::Not, &environment).err().unwrap().to_string();

        assert_eq!(refused("{too}"), "there is no {too}: write {to}, {to_digits}, {text}, {id} or {alphabet}");
        assert_eq!(refused("${MISSING}"), "the environment variable MISSING is not set");
        assert_eq!(refused("${file:/nowhere/token}"), "cannot read the file /nowhere/token");
        for template in ["${", "${}", "${file:}", "${A B}", "${TOKEN"] {
            let how = "after ${ write the name of an environment variable, or file: and a path, and then }";
            assert_eq!(refused(template), how, "{template}");
        }
    }
}

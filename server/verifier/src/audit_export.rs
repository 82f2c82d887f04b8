use serde::Serialize;
use serde_json::{Map, Value};

use crate::utc::rfc3339;
use crate::{AuditEntry, Named};

/// The fields of a line, in their order. Scripts rely on these names.
const FIELDS: [&str; 11] =
    ["at", "kind", "topic", "outcome", "user", "user_email", "by", "by_email", "address", "browser", "detail"];

/// An entry as exports have it.
#[derive(Serialize)]
struct Line<'a> {
    at: String,
    kind: &'static str,
    topic: &'static str,
    outcome: &'static str,
    user: Option<&'a str>,
    user_email: Option<&'a str>,
    by: Option<&'a str>,
    by_email: Option<&'a str>,
    address: Option<String>,
    browser: Option<&'a str>,
    /// What else the kind says.
    detail: Map<String, Value>,
}

/// The first line of a CSV file.
#[must_use]
pub fn csv_head() -> String {
    csv_row(&FIELDS)
}

/// An entry as a line of a CSV file (RFC 4180), that does nothing when it is opened in a spreadsheet.
#[must_use]
pub fn csv_line(entry: &AuditEntry) -> String {
    let line = Line::of(entry);
    let detail = if line.detail.is_empty() { String::new() } else { Value::Object(line.detail).to_string() };
    csv_row(&[
        &line.at,
        line.kind,
        line.topic,
        line.outcome,
        line.user.unwrap_or_default(),
        line.user_email.unwrap_or_default(),
        line.by.unwrap_or_default(),
        line.by_email.unwrap_or_default(),
        &line.address.unwrap_or_default(),
        line.browser.unwrap_or_default(),
        &detail,
    ])
}

/// An entry as a line of JSON.
#[must_use]
pub fn ndjson_line(entry: &AuditEntry) -> String {
    // Texts, and a map with texts for keys: that can't fail.
    serde_json::to_string(&Line::of(entry)).map(|line| line + "\n").unwrap_or_default()
}

/// The same as a value, to which fields can be added.
pub(crate) fn value_of(entry: &AuditEntry) -> Value {
    serde_json::to_value(Line::of(entry)).unwrap_or_default()
}

impl<'a> Line<'a> {
    fn of(AuditEntry { event, user, by }: &'a AuditEntry) -> Self {
        let name = event.kind.name();
        let id = |named: &'a Option<Named>| named.as_ref().map(|named| named.user.as_str());
        let email = |named: &'a Option<Named>| named.as_ref()?.name.as_ref().map(|(_, email)| email.as_str());
        let mut detail = match serde_json::to_value(&event.kind) {
            Ok(Value::Object(detail)) => detail,
            _ => Map::new(),
        };
        detail.remove("kind");
        Self {
            at: rfc3339(event.at),
            kind: name.as_str(),
            topic: name.topic().as_str(),
            outcome: name.outcome().as_str(),
            user: id(user),
            user_email: email(user),
            by: id(by),
            by_email: email(by),
            address: event.address.map(|address| address.to_string()),
            browser: event.browser.as_ref().map(crate::BrowserLabel::as_str),
            detail,
        }
    }
}

/// Cells as a line of a CSV file (RFC 4180), that does nothing when it is opened in a spreadsheet.
#[must_use]
pub fn csv_row<T: AsRef<str>>(cells: &[T]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| csv_cell(cell.as_ref())).collect();
    cells.join(",") + "\r\n"
}

/// A cell that a spreadsheet takes for text (OWASP, CSV Injection): what would begin a formula gets a quote before it.
fn csv_cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    let text = format!("{guard}{text}");
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use domain::{EventId, Role, Timestamp, UserId};
    use proptest::prelude::*;

    use super::*;
    use crate::audit_query::tests::every_kind;
    use crate::testing::Browser;
    use crate::{EventKind, SecurityEvent};

    /// What an admin did to somebody who was removed since then.
    fn entry(kind: EventKind) -> AuditEntry {
        let [user, by] = [1, 2].map(|number| UserId::from_random([number; 16]));
        let claimant = Browser::new().claimant();
        let event = SecurityEvent {
            id: EventId::from_random([1; 16]),
            at: Timestamp::from_millis(1_763_961_153_120),
            account: None,
            user: Some(user.clone()),
            by: Some(by.clone()),
            kind,
            address: Some(claimant.address),
            browser: Some(claimant.browser),
        };
        let name = Some(("Ada Lovelace".parse().unwrap(), "ada@example.com".parse().unwrap()));
        AuditEntry { event, user: Some(Named { user, name: None }), by: Some(Named { user: by, name }) }
    }

    /// What nobody in particular did.
    fn bare(kind: EventKind) -> AuditEntry {
        let AuditEntry { event, .. } = entry(kind);
        let event = SecurityEvent { user: None, by: None, address: None, browser: None, ..event };
        AuditEntry { event, user: None, by: None }
    }

    /// The cells of a line, as RFC 4180 reads them.
    fn cells(line: &str) -> Vec<String> {
        let mut cells = vec![String::new()];
        let (mut quoted, mut before) = (false, ' ');
        for c in line.strip_suffix("\r\n").unwrap().chars() {
            let cell = cells.last_mut().unwrap();
            match c {
                '"' => {
                    if !quoted && before == '"' {
                        cell.push('"');
                    }
                    quoted = !quoted;
                }
                ',' if !quoted => cells.push(String::new()),
                _ => cell.push(c),
            }
            before = c;
        }
        cells
    }

    #[test]
    fn a_line_says_who_did_what_to_whom_when_and_from_where() {
        let promoted = entry(EventKind::RoleChanged { role: Role::Admin });
        let [user, by] = [1, 2].map(|number| UserId::from_random([number; 16]));

        assert_eq!(csv_head(), "at,kind,topic,outcome,user,user_email,by,by_email,address,browser,detail\r\n");
        assert_eq!(
            csv_line(&promoted),
            format!(
                "2025-11-24T05:12:33.120Z,role_changed,people,done,{user},,{by},ada@example.com,192.0.2.1,\
                 Firefox on Windows,\"{{\"\"role\"\":\"\"admin\"\"}}\"\r\n"
            )
        );
        assert_eq!(
            ndjson_line(&promoted),
            format!(
                "{{\"at\":\"2025-11-24T05:12:33.120Z\",\"kind\":\"role_changed\",\"topic\":\"people\",\
                 \"outcome\":\"done\",\"user\":\"{user}\",\"user_email\":null,\"by\":\"{by}\",\
                 \"by_email\":\"ada@example.com\",\"address\":\"192.0.2.1\",\"browser\":\"Firefox on Windows\",\
                 \"detail\":{{\"role\":\"admin\"}}}}\n"
            )
        );
    }

    #[test]
    fn what_nobody_in_particular_did_has_empty_cells() {
        let line = csv_line(&bare(EventKind::NameChanged));

        assert_eq!(line, "2025-11-24T05:12:33.120Z,name_changed,people,done,,,,,,,\r\n");
    }

    #[test]
    fn every_kind_is_one_line_with_the_same_fields() {
        for kind in every_kind() {
            for entry in [entry(kind.clone()), bare(kind.clone())] {
                let (csv, json) = (csv_line(&entry), ndjson_line(&entry));
                let read: Map<String, Value> = serde_json::from_str(&json).unwrap();
                let mut whole = read["detail"].as_object().unwrap().clone();
                whole.insert("kind".into(), read["kind"].clone());

                assert_eq!(cells(&csv).len(), FIELDS.len(), "{csv}");
                assert!(read.len() == FIELDS.len() && FIELDS.iter().all(|field| read.contains_key(*field)), "{json}");
                assert!(json.ends_with("}\n") && json.lines().count() == 1);
                assert_eq!(serde_json::from_value::<EventKind>(Value::Object(whole)).unwrap(), kind);
            }
        }
    }

    #[test]
    fn what_would_begin_a_formula_is_text() {
        for text in ["=1+2", "+49", "-1", "@SUM(A1)", "\tx", "\r=1"] {
            let cell = cells(&csv_row(&[text])).remove(0);

            assert_eq!(cell, format!("'{text}"));
        }
        assert_eq!(
            csv_cell("=HYPERLINK(\"http://e.example\",\"a\")"),
            "\"'=HYPERLINK(\"\"http://e.example\"\",\"\"a\"\")\""
        );
        assert_eq!(csv_cell("1=1"), "1=1");
        assert_eq!(csv_cell(""), "");
    }

    proptest! {
        #[test]
        fn whatever_is_in_a_cell_stays_in_it(texts in prop::collection::vec(any::<String>(), 1..5)) {
            let found = cells(&csv_row(&texts));

            prop_assert_eq!(found.len(), texts.len());
            for (found, text) in found.iter().zip(&texts) {
                prop_assert!(found == text || found.strip_prefix('\'') == Some(text));
                prop_assert!(!found.starts_with(['=', '+', '-', '@', '\t', '\r']));
            }
        }
    }
}

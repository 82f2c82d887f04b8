use std::ops::Bound;

use serde::de::DeserializeOwned;
use surrealdb::types::{Number, Object, RecordId, RecordIdKey, RecordIdKeyRange, Value};
use thiserror::Error;

/// A row as the database gave it, with the address that errors about it name.
pub(crate) struct Row {
    table: &'static str,
    id: String,
    columns: Object,
}

/// A row that can't be what was written: damaged, or changed by somebody else. Names where it is and never what is
/// in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("table {table}, row {id:?}, column {column:?}: {corruption}")]
pub struct CorruptRow {
    /// In which table.
    pub table: &'static str,
    /// Which row.
    pub id: String,
    /// In which column.
    pub column: &'static str,
    /// What is wrong there.
    pub corruption: Corruption,
}

/// What is wrong with a column.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Corruption {
    /// There is no value, or one of another type.
    #[error("not {0}")]
    WrongType(&'static str),
    /// The JSON is none, or not that of such a record.
    #[error("not the JSON of the record, at line {line}, character {character}")]
    WrongBody {
        /// In which line of it.
        line: usize,
        /// At which character of the line.
        character: usize,
    },
    /// The record belongs under another identifier: the row was moved or copied.
    #[error("the record of another row")]
    Misplaced,
    /// What it refers to does not exist.
    #[error("refers to nothing in table {0}")]
    Dangling(&'static str),
}

impl Row {
    /// A row of `table`; it must have its `id` among its columns.
    pub(crate) fn new(table: &'static str, value: Value) -> Result<Self, CorruptRow> {
        let corrupt = |corruption| CorruptRow { table, id: String::new(), column: "id", corruption };
        let Value::Object(columns) = value else { return Err(corrupt(Corruption::WrongType("a row"))) };
        match columns.get("id") {
            Some(Value::RecordId(RecordId { table: of, key: RecordIdKey::String(key) })) if of.as_str() == table => {
                Ok(Self { table, id: key.clone(), columns })
            }
            _ => Err(corrupt(Corruption::WrongType("a text key"))),
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The error that something is wrong with `column`.
    pub(crate) fn corrupt(&self, column: &'static str, corruption: Corruption) -> CorruptRow {
        CorruptRow { table: self.table, id: self.id.clone(), column, corruption }
    }

    /// The error that the value in `column` is not `what`.
    pub(crate) fn wrong_type(&self, column: &'static str, what: &'static str) -> CorruptRow {
        self.corrupt(column, Corruption::WrongType(what))
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<&str, CorruptRow> {
        match self.columns.get(column) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(self.corrupt(column, Corruption::WrongType("a text"))),
        }
    }

    pub(crate) fn int(&self, column: &'static str) -> Result<i64, CorruptRow> {
        let number = self.optional_int(column)?;
        number.ok_or_else(|| self.corrupt(column, Corruption::WrongType("a whole number")))
    }

    pub(crate) fn optional_int(&self, column: &'static str) -> Result<Option<i64>, CorruptRow> {
        match self.columns.get(column) {
            Some(Value::Number(Number::Int(number))) => Ok(Some(*number)),
            None | Some(Value::None) => Ok(None),
            _ => Err(self.corrupt(column, Corruption::WrongType("a whole number"))),
        }
    }

    /// The key of the row of `table` that `column` refers to, if it refers to one.
    pub(crate) fn optional_key(&self, column: &'static str, table: &'static str) -> Result<Option<&str>, CorruptRow> {
        match self.columns.get(column) {
            Some(Value::RecordId(RecordId { table: of, key: RecordIdKey::String(key) })) if of.as_str() == table => {
                Ok(Some(key))
            }
            None | Some(Value::None) => Ok(None),
            _ => Err(self.wrong_type(column, "a reference")),
        }
    }

    /// The version of a record: at least 1.
    pub(crate) fn version(&self) -> Result<u64, CorruptRow> {
        match u64::try_from(self.int("version")?) {
            Ok(version @ 1..) => Ok(version),
            _ => Err(self.corrupt("version", Corruption::WrongType("a version"))),
        }
    }

    /// The record in `body`, which must be one that by `id_of` belongs in this row.
    pub(crate) fn record<T: DeserializeOwned>(&self, id_of: impl Fn(&T) -> &str) -> Result<T, CorruptRow> {
        let record = self.body()?;
        if id_of(&record) == self.id { Ok(record) } else { Err(self.corrupt("body", Corruption::Misplaced)) }
    }

    /// What is in `body`, whatever row it belongs in.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, CorruptRow> {
        // The decoder's own message may quote the value, and must not reach a log.
        let wrong = |error: &serde_json::Error| Corruption::WrongBody { line: error.line(), character: error.column() };
        serde_json::from_str(self.text("body")?).map_err(|error| self.corrupt("body", wrong(&error)))
    }

    /// The row of `table` that `column` refers to and that was fetched with this one.
    pub(crate) fn take_fetched(&mut self, column: &'static str, table: &'static str) -> Result<Self, CorruptRow> {
        match self.columns.remove(column) {
            Some(fetched @ Value::Object(_)) => Self::new(table, fetched),
            _ => Err(self.corrupt(column, Corruption::Dangling(table))),
        }
    }
}

/// All rows of `table` whose keys come after this one, in their order; all there are if there is none.
pub(crate) fn rows_after(table: &'static str, key: Option<&str>) -> RecordId {
    let start = key.map_or(Bound::Unbounded, |key| Bound::Excluded(RecordIdKey::String(key.to_owned())));
    RecordId::new(table, RecordIdKeyRange { start, end: Bound::Unbounded })
}

#[cfg(test)]
mod tests {
    use surrealdb::types::object;

    use super::*;

    fn row(columns: Object) -> Row {
        let mut columns = columns;
        columns.insert("id", RecordId::new("credential", "ada"));
        Row::new("credential", Value::Object(columns)).unwrap_or_else(|error| panic!("{error}"))
    }

    fn corruption<T>(outcome: Result<T, CorruptRow>) -> (&'static str, Corruption) {
        match outcome {
            Ok(_) => panic!("not corrupt"),
            Err(CorruptRow { table, id, column, corruption }) => {
                assert_eq!((table, id.as_str()), ("credential", "ada"));
                (column, corruption)
            }
        }
    }

    #[test]
    fn an_error_says_where_it_is_and_not_what_is_there() {
        let row = row(object! { body: r#"{"user":"secret"}"# });

        let error = row.body::<Vec<String>>().unwrap_err();

        assert_eq!(
            error.to_string(),
            r#"table credential, row "ada", column "body": not the JSON of the record, at line 1, character 0"#
        );
    }

    #[test]
    fn a_column_that_is_missing_or_of_another_type_is_named() {
        let row = row(object! { version: "1", body: 7, name: Value::Null });

        assert_eq!(corruption(row.text("body")), ("body", Corruption::WrongType("a text")));
        assert_eq!(corruption(row.text("none")), ("none", Corruption::WrongType("a text")));
        assert_eq!(corruption(row.int("version")), ("version", Corruption::WrongType("a whole number")));
        assert_eq!(corruption(row.int("none")), ("none", Corruption::WrongType("a whole number")));
        assert_eq!(corruption(row.optional_int("name")), ("name", Corruption::WrongType("a whole number")));
        assert_eq!(row.optional_int("none"), Ok(None));
    }

    #[test]
    fn a_version_is_at_least_one() {
        for version in [0, -1, i64::MIN] {
            let row = row(object! { version: version });

            assert_eq!(corruption(row.version()), ("version", Corruption::WrongType("a version")));
        }
        assert_eq!(row(object! { version: i64::MAX }).version(), Ok(i64::MAX.unsigned_abs()));
    }

    #[test]
    fn a_record_in_the_row_of_another_is_refused() {
        let stored = |body: &str| row(object! { body: body }).record(|body: &String| body.as_str());

        assert_eq!(stored("\"ada\""), Ok("ada".to_owned()));
        assert_eq!(corruption(stored("\"eve\"")), ("body", Corruption::Misplaced));
    }

    #[test]
    fn a_reference_to_nothing_is_named() {
        let mut row = row(object! { account: RecordId::new("account", "gone") });

        let outcome = row.take_fetched("account", "account");

        assert_eq!(corruption(outcome), ("account", Corruption::Dangling("account")));
        assert_eq!(corruption(row.take_fetched("account", "account")), ("account", Corruption::Dangling("account")));
    }

    #[test]
    fn a_key_is_that_of_a_row_of_the_table_or_none() {
        let row = row(object! { account: RecordId::new("account", "a"), user: RecordId::new("user", "u"), text: "a" });

        assert_eq!(row.optional_key("account", "account"), Ok(Some("a")));
        assert_eq!(row.optional_key("none", "account"), Ok(None));
        for column in ["user", "text"] {
            assert_eq!(corruption(row.optional_key(column, "account")), (column, Corruption::WrongType("a reference")));
        }
    }

    #[test]
    fn what_is_no_row_of_the_table_is_refused() {
        let values = [
            Value::None,
            Value::String("row".into()),
            Value::Object(object! {}),
            Value::Object(object! { id: "ada" }),
            Value::Object(object! { id: RecordId::new("credential", 7) }),
            Value::Object(object! { id: RecordId::new("account", "ada") }),
        ];

        for value in values {
            assert!(Row::new("credential", value).is_err());
        }
    }
}

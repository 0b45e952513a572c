//! What can go wrong below the use cases. Made from sqlx here and nowhere else.

use sqlx::error::ErrorKind;

/// A failure of the store, stated as a fact; `app` turns it into words for a person.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A uniqueness rule refused the row. Named like PostgreSQL names it (`account_login_key`) on both engines.
    #[error("conflict on {0}")]
    Conflict(String),
    /// A referenced row does not exist, or a referenced row cannot go yet.
    #[error("a reference does not hold: {0}")]
    Reference(String),
    /// The database cannot be reached or is busy with a long write; trying again may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A stored value is not what the code expects; a person must look at the row.
    #[error("table {table}, column {column}, row {id} holds something unreadable")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's id, as text.
        id: String,
    },
    /// The database is not set up as it must be; the text says what to change.
    #[error("{0}")]
    Setup(String),
    /// Where a list is to go on is no place of that list.
    #[error("no mark of this list")]
    Mark,
    /// Anything else.
    #[error("database error: {0}")]
    Other(#[source] sqlx::Error),
}

impl StoreError {
    /// A stored value that does not parse.
    pub fn corrupt(table: &'static str, column: &'static str, id: impl ToString) -> StoreError {
        StoreError::Corrupt {
            table,
            column,
            id: id.to_string(),
        }
    }

    /// A packed row that does not parse.
    pub(crate) fn packed(error: serde_json::Error) -> StoreError {
        StoreError::Other(sqlx::Error::Decode(error.into()))
    }

    /// True when the uniqueness of these columns refused the row, e.g. `("account", &["login"])`.
    pub fn is_conflict_on(&self, table: &str, columns: &[&str]) -> bool {
        matches!(self, StoreError::Conflict(name) if *name == format!("{table}_{}_key", columns.join("_")))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        match &error {
            sqlx::Error::Database(inner) => match inner.kind() {
                ErrorKind::UniqueViolation => StoreError::Conflict(match inner.constraint() {
                    Some(name) => name.to_owned(),
                    None => sqlite_key_name(inner.message()),
                }),
                ErrorKind::ForeignKeyViolation => StoreError::Reference(inner.message().to_owned()),
                _ if is_busy(inner.code().as_deref(), inner.message()) => {
                    StoreError::Unavailable(inner.message().to_owned())
                }
                _ => StoreError::Other(error),
            },
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_) => StoreError::Unavailable(error.to_string()),
            _ => StoreError::Other(error),
        }
    }
}

/// SQLite says `UNIQUE constraint failed: account.login`; PostgreSQL would have named it `account_login_key`.
fn sqlite_key_name(message: &str) -> String {
    let columns = message.rsplit_once(": ").map_or(message, |(_, columns)| columns);
    let mut name = String::new();
    for (nth, column) in columns.split(", ").enumerate() {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if nth == 0 {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name.push_str("_key");
    name
}

/// SQLITE_BUSY and its kin (5, 261, 517), SQLITE_FULL (13), or PostgreSQL classes 40 (serialisation, deadlock),
/// 53 (no resources), 57 (shut down).
fn is_busy(code: Option<&str>, message: &str) -> bool {
    match code {
        Some("5" | "6" | "13" | "261" | "517") => true,
        Some(code) if code.len() == 5 => matches!(&code[..2], "40" | "53" | "57"),
        _ => message.contains("database is locked"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_names_are_those_of_postgres() {
        assert_eq!(
            sqlite_key_name("UNIQUE constraint failed: account.login"),
            "account_login_key"
        );
        assert_eq!(
            sqlite_key_name("UNIQUE constraint failed: list_item.rule, list_item.subject_id"),
            "list_item_rule_subject_id_key"
        );
        let refused = StoreError::Conflict("account_login_key".to_owned());
        assert!(refused.is_conflict_on("account", &["login"]));
        assert!(!refused.is_conflict_on("account", &["name"]));
    }
}

//! Statements: one text for both engines, registered so that a test can prepare every one of them.
//!
//! ```ignore
//! statements! {
//!     ACCOUNT_BY_ID = Sql::both("SELECT id, login FROM account WHERE id = $1"),
//! }
//! let row: Option<AccountRow> = fetch_optional!(self, ACCOUNT_BY_ID, id.uuid())?;
//! ```
//!
//! Portable habits: bind every value, "now" included; `CAST(SUM(x) AS BIGINT)`; `NULLS LAST` wherever a sorted
//! column may be null; "id in this list" through [`crate::bulk`] or a chunked `IN`.

use crate::StoreError;

/// One statement in the spelling of each engine.
#[derive(Debug, Clone, Copy)]
pub struct Sql {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

impl Sql {
    /// A statement that both engines read alike: the normal case.
    pub const fn both(text: &'static str) -> Sql {
        Sql {
            sqlite: text,
            postgres: text,
        }
    }

    /// Both spellings side by side, where the engines must differ. Counted by `cargo xtask tidy`.
    pub const fn split(sqlite: &'static str, postgres: &'static str) -> Sql {
        Sql { sqlite, postgres }
    }
}

/// Declares statement constants and the list `STATEMENTS` that the preparing test walks.
/// A split statement is written `NAME = Sql::split { sqlite: "…", postgres: "…" }`, one whose rows come packed
/// `NAME = Sql::packed("columns", "FROM …")`.
#[macro_export]
macro_rules! statements {
    ($($name:ident = Sql::$form:ident $body:tt),* $(,)?) => {
        $($crate::statements!(@one $name $form $body);)*
        /// Every statement of this file, by name.
        pub(crate) const STATEMENTS: &[(&str, $crate::sql::Sql)] = &[$((stringify!($name), $name)),*];
    };
    (@one $name:ident both ($text:expr $(,)?)) => {
        pub(crate) const $name: $crate::sql::Sql = $crate::sql::Sql::both($text);
    };
    (@one $name:ident packed ($columns:literal, $rest:literal $(,)?)) => {
        pub(crate) const $name: $crate::sql::Sql = $crate::sql::Sql::split(
            concat!("SELECT json_group_array(json_array(", $columns, ")) ", $rest, " GROUP BY rowid / 1000"),
            concat!(
                "SELECT CAST(json_agg(packed) AS TEXT) FROM (SELECT json_build_array(", $columns,
                ") AS packed, ROW_NUMBER() OVER () AS nth ", $rest, ") AS page GROUP BY nth / 1000"
            ),
        );
    };
    (@one $name:ident split { sqlite: $sqlite:expr, postgres: $postgres:expr $(,)? }) => {
        pub(crate) const $name: $crate::sql::Sql = $crate::sql::Sql::split($sqlite, $postgres);
    };
}

/// Zero or one row, as a `FromRow` type or tuple.
macro_rules! fetch_optional {
    ($db:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $db.conn() {
            $crate::tx::Conn::Sqlite(conn) => {
                sqlx::query_as::<sqlx::Sqlite, _>($sql.sqlite)$(.bind($bind))*.fetch_optional(&mut **conn).await
            }
            $crate::tx::Conn::Postgres(conn) => {
                sqlx::query_as::<sqlx::Postgres, _>($sql.postgres)$(.bind($bind))*.fetch_optional(&mut **conn).await
            }
        }
        .map_err($crate::StoreError::from)
    };
}

/// Exactly one row; its absence is an error, so use it for aggregates and `RETURNING`.
macro_rules! fetch_one {
    ($db:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $db.conn() {
            $crate::tx::Conn::Sqlite(conn) => {
                sqlx::query_as::<sqlx::Sqlite, _>($sql.sqlite)$(.bind($bind))*.fetch_one(&mut **conn).await
            }
            $crate::tx::Conn::Postgres(conn) => {
                sqlx::query_as::<sqlx::Postgres, _>($sql.postgres)$(.bind($bind))*.fetch_one(&mut **conn).await
            }
        }
        .map_err($crate::StoreError::from)
    };
}

/// All rows into a vector; only where their number is bounded. See `for_each_row!` for the rest.
macro_rules! fetch_all {
    ($db:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $db.conn() {
            $crate::tx::Conn::Sqlite(conn) => {
                sqlx::query_as::<sqlx::Sqlite, _>($sql.sqlite)$(.bind($bind))*.fetch_all(&mut **conn).await
            }
            $crate::tx::Conn::Postgres(conn) => {
                sqlx::query_as::<sqlx::Postgres, _>($sql.postgres)$(.bind($bind))*.fetch_all(&mut **conn).await
            }
        }
        .map_err($crate::StoreError::from)
    };
}

/// All rows in sight: the statement says `{scope column}` where the condition stands. Its own values come first.
macro_rules! fetch_in_scope {
    ($db:expr, $scope:expr, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let own = <[&str]>::len(&[$(stringify!($bind)),*]);
        // Safe: the text is the statement's own with a condition made of it; every value is bound.
        match $db.conn() {
            $crate::tx::Conn::Sqlite(conn) => {
                let (text, paths) = $crate::scope::filled($sql.sqlite, $scope, own);
                let query = sqlx::query_as::<sqlx::Sqlite, _>(sqlx::AssertSqlSafe(text))$(.bind($bind))*;
                paths.into_iter().fold(query, |query, path| query.bind(path)).fetch_all(&mut **conn).await
            }
            $crate::tx::Conn::Postgres(conn) => {
                let (text, paths) = $crate::scope::filled($sql.postgres, $scope, own);
                let query = sqlx::query_as::<sqlx::Postgres, _>(sqlx::AssertSqlSafe(text))$(.bind($bind))*;
                paths.into_iter().fold(query, |query, path| query.bind(path)).fetch_all(&mut **conn).await
            }
        }
        .map_err($crate::StoreError::from)
    }};
}

/// Exactly one row over what is in sight, as `fetch_one!`.
macro_rules! fetch_one_in_scope {
    ($db:expr, $scope:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match fetch_in_scope!($db, $scope, $sql $(, $bind)*) {
            Ok(rows) => Vec::into_iter(rows).next().ok_or_else(|| $crate::StoreError::from(sqlx::Error::RowNotFound)),
            Err(error) => Err(error),
        }
    };
}

/// Runs a statement and answers how many rows it touched.
macro_rules! execute {
    ($db:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $db.conn() {
            $crate::tx::Conn::Sqlite(conn) => sqlx::query::<sqlx::Sqlite>($sql.sqlite)
                $(.bind($bind))*
                .execute(&mut **conn)
                .await
                .map(|done| done.rows_affected()),
            $crate::tx::Conn::Postgres(conn) => sqlx::query::<sqlx::Postgres>($sql.postgres)
                $(.bind($bind))*
                .execute(&mut **conn)
                .await
                .map(|done| done.rows_affected()),
        }
        .map_err($crate::StoreError::from)
    };
}

/// Streams rows one by one, for tables of millions: `for_each_row!(self, SQL, MemberRow, [binds], |row| …)`.
/// The closure answers `Result<(), StoreError>`; an error ends the reading.
macro_rules! for_each_row {
    ($db:expr, $sql:expr, $row:ty, |$each_row:pat_param| $each:expr) => {
        for_each_row!($db, $sql, $row, [], |$each_row| $each)
    };
    ($db:expr, $sql:expr, $row:ty, [$($bind:expr),* $(,)?], $each:expr) => {{
        use futures::TryStreamExt as _;
        let mut each = $each;
        match $db.conn() {
            $crate::tx::Conn::Sqlite(conn) => {
                let mut rows =
                    sqlx::query_as::<sqlx::Sqlite, $row>($sql.sqlite)$(.bind($bind))*.fetch(&mut **conn);
                loop {
                    match rows.try_next().await {
                        Ok(Some(row)) => if let Err(error) = each(row) { break Err(error) },
                        Ok(None) => break Ok(()),
                        Err(error) => break Err($crate::StoreError::from(error)),
                    }
                }
            }
            $crate::tx::Conn::Postgres(conn) => {
                let mut rows =
                    sqlx::query_as::<sqlx::Postgres, $row>($sql.postgres)$(.bind($bind))*.fetch(&mut **conn);
                loop {
                    match rows.try_next().await {
                        Ok(Some(row)) => if let Err(error) = each(row) { break Err(error) },
                        Ok(None) => break Ok(()),
                        Err(error) => break Err($crate::StoreError::from(error)),
                    }
                }
            }
        }
    }};
}

/// All rows, in no order, of a table that is read by the ten thousand whole. They come by the thousand, each thousand as one
/// text: a JSON list of rows, each a list of its columns in the order of the fields of `$row`, which derives `Deserialize`. The
/// driver copies every value of SQLite on its own and hands rows from thread to thread one by one, which costs several times as
/// much as writing and reading such lists. Neither bytes nor fractions survive it.
macro_rules! fetch_packed {
    ($db:expr, $sql:expr, $row:ty $(, $bind:expr)* $(,)?) => {
        match fetch_all!($db, $sql $(, $bind)*) {
            Ok(pages) => $crate::sql::unpacked::<$row>(pages),
            Err(error) => Err::<Vec<$row>, $crate::StoreError>(error),
        }
    };
}

/// The rows of packed pages.
pub(crate) fn unpacked<R: serde::de::DeserializeOwned>(pages: Vec<(String,)>) -> Result<Vec<R>, StoreError> {
    let mut rows = Vec::with_capacity(pages.len() * 1_000);
    for (page,) in pages {
        let page: Vec<R> = serde_json::from_str(&page).map_err(StoreError::packed)?;
        rows.extend(page);
    }
    Ok(rows)
}

/// A truth value in a packed row: SQLite keeps it as 0 or 1.
pub(crate) fn truth<'de, D: serde::Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Kept {
        Truth(bool),
        Number(i64),
    }
    Ok(match serde::Deserialize::deserialize(value)? {
        Kept::Truth(truth) => truth,
        Kept::Number(number) => number != 0,
    })
}

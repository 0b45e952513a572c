//! Bulk loads of millions of rows: chunked VALUES on SQLite, COPY on PostgreSQL, behind one row trait.
//!
//! [`insert_rows`] only adds; [`upsert_rows`] replaces rows whose [`BulkRow::KEY`] exists. Both read an iterator once
//! and hold one chunk in memory.

use chrono::NaiveDate;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments as _, AssertSqlSafe, Sqlite};
use uuid::Uuid;

use crate::StoreError;
use crate::tx::{Conn, Tx};

/// Values bound in one SQLite statement at most; SQLite's own limit is 32,766.
const VALUES_PER_CHUNK: usize = 6_000;
/// COPY text is sent in pieces of about this many bytes.
const COPY_PIECE: usize = 1 << 20;

/// A row that is loaded in bulk.
pub trait BulkRow {
    /// The table.
    const TABLE: &'static str;
    /// The columns, in the order in which [`BulkRow::write`] hands them over.
    const COLUMNS: &'static [&'static str];
    /// The columns that decide whether a row exists already; needed by [`upsert_rows`] only.
    const KEY: &'static [&'static str] = &[];
    /// Columns of an existing row that an upsert leaves alone (`created_at`).
    const KEEP: &'static [&'static str] = &[];

    /// Hands over one value for each column.
    fn write(&self, row: &mut RowWriter<'_>);
}

/// Takes the values of one row, in column order.
#[derive(Debug)]
pub struct RowWriter<'a> {
    target: Target<'a>,
    written: usize,
}

#[derive(Debug)]
enum Target<'a> {
    Values(&'a mut SqliteArguments),
    Copy(&'a mut Vec<u8>),
}

impl RowWriter<'_> {
    /// Text; `None` is NULL.
    pub fn text<'t>(&mut self, value: impl Into<Option<&'t str>>) -> &mut Self {
        let value = value.into();
        self.put(
            |values| values.add(value),
            |copy| value.map(|text| escape(copy, text)),
        )
    }

    /// A number or an instant in milliseconds.
    pub fn int(&mut self, value: impl Into<Option<i64>>) -> &mut Self {
        let value = value.into();
        self.put(
            |values| values.add(value),
            |copy| value.map(|number| push_display(copy, number)),
        )
    }

    /// A ratio.
    pub fn float(&mut self, value: impl Into<Option<f64>>) -> &mut Self {
        let value = value.into();
        self.put(
            |values| values.add(value),
            |copy| value.map(|number| push_display(copy, number)),
        )
    }

    /// A truth value.
    pub fn bool(&mut self, value: impl Into<Option<bool>>) -> &mut Self {
        let value = value.into();
        self.put(
            |values| values.add(value),
            |copy| value.map(|truth| copy.push(if truth { b't' } else { b'f' })),
        )
    }

    /// An id.
    pub fn uuid(&mut self, value: impl Into<Option<Uuid>>) -> &mut Self {
        let value = value.into();
        self.put(
            |values| values.add(value),
            |copy| value.map(|id| push_display(copy, id)),
        )
    }

    /// A calendar day.
    pub fn day(&mut self, value: impl Into<Option<NaiveDate>>) -> &mut Self {
        let value = value.into();
        self.put(
            |values| values.add(value),
            |copy| value.map(|day| push_display(copy, day)),
        )
    }

    /// A sealed value, a blind index, a digest.
    pub fn bytes<'t>(&mut self, value: impl Into<Option<&'t [u8]>>) -> &mut Self {
        let value = value.into();
        self.put(
            |values| values.add(value),
            |copy| {
                value.map(|bytes| {
                    const HEX: &[u8; 16] = b"0123456789abcdef";
                    copy.extend_from_slice(b"\\\\x");
                    for byte in bytes {
                        copy.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
                    }
                })
            },
        )
    }

    /// A JSON object or list.
    pub fn json<'t>(&mut self, value: impl Into<Option<&'t serde_json::Value>>) -> &mut Self {
        let text = value.into().map(serde_json::Value::to_string);
        self.put(
            |values| values.add(text.as_deref()),
            |copy| text.as_deref().map(|text| escape(copy, text)),
        )
    }

    fn put(
        &mut self,
        bind: impl FnOnce(&mut SqliteArguments) -> Result<(), sqlx::error::BoxDynError>,
        copy: impl FnOnce(&mut Vec<u8>) -> Option<()>,
    ) -> &mut Self {
        match &mut self.target {
            Target::Values(values) => bind(values).expect("plain values always encode"),
            Target::Copy(buffer) => {
                if self.written > 0 {
                    buffer.push(b'\t');
                }
                if copy(buffer).is_none() {
                    buffer.extend_from_slice(b"\\N");
                }
            }
        }
        self.written += 1;
        self
    }
}

/// A hash of the values that `write` hands over, the same for equal values on both engines.
pub(crate) fn hash_of(write: impl FnOnce(&mut RowWriter<'_>)) -> i64 {
    let mut buffer = Vec::with_capacity(512);
    write(&mut RowWriter {
        target: Target::Copy(&mut buffer),
        written: 0,
    });
    xxhash_rust::xxh3::xxh3_64(&buffer) as i64
}

/// COPY's text format: backslash, tab, line feed and carriage return are escaped; NUL cannot be stored and is left out.
fn escape(copy: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest
        .iter()
        .position(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r' | 0))
    {
        copy.extend_from_slice(&rest[..at]);
        copy.extend_from_slice(match rest[at] {
            b'\\' => b"\\\\",
            b'\t' => b"\\t",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            _ => b"",
        });
        rest = &rest[at + 1..];
    }
    copy.extend_from_slice(rest);
}

fn push_display(copy: &mut Vec<u8>, value: impl std::fmt::Display) {
    use std::io::Write as _;
    write!(copy, "{value}").expect("writing to a vector cannot fail");
}

/// Adds rows and answers how many. A uniqueness conflict fails the whole transaction.
pub async fn insert_rows<R: BulkRow>(
    tx: &mut Tx,
    rows: impl IntoIterator<Item = R>,
) -> Result<u64, StoreError> {
    match tx.conn() {
        Conn::Sqlite(conn) => insert_values(conn, rows.into_iter(), String::new()).await,
        Conn::Postgres(conn) => copy_in(conn, R::TABLE, rows.into_iter()).await,
    }
}

/// Adds rows, or replaces those whose [`BulkRow::KEY`] exists, and answers how many rows were handed in.
///
/// On PostgreSQL the same key must not stand twice in `rows`; on SQLite the later one wins.
pub async fn upsert_rows<R: BulkRow>(
    tx: &mut Tx,
    rows: impl IntoIterator<Item = R>,
) -> Result<u64, StoreError> {
    let tail = on_conflict::<R>();
    match tx.conn() {
        Conn::Sqlite(conn) => insert_values(conn, rows.into_iter(), tail).await,
        Conn::Postgres(conn) => {
            let stage = format!("stage_{}", R::TABLE);
            let columns = R::COLUMNS.join(", ");
            let create = format!(
                "CREATE TEMPORARY TABLE IF NOT EXISTS {stage} ON COMMIT DROP AS SELECT {columns} FROM {} LIMIT 0",
                R::TABLE
            );
            sqlx::query(AssertSqlSafe(create)).execute(&mut **conn).await?;
            let count = copy_in(conn, &stage, rows.into_iter()).await?;
            let merge = format!(
                "INSERT INTO {} ({columns}) SELECT {columns} FROM {stage}{tail}",
                R::TABLE
            );
            sqlx::query(AssertSqlSafe(merge)).execute(&mut **conn).await?;
            sqlx::query(AssertSqlSafe(format!("TRUNCATE {stage}")))
                .execute(&mut **conn)
                .await?;
            Ok(count)
        }
    }
}

/// ` ON CONFLICT (key) DO UPDATE SET …` for every column that is neither key nor kept.
fn on_conflict<R: BulkRow>() -> String {
    assert!(!R::KEY.is_empty(), "{} has no KEY to upsert by", R::TABLE);
    let changes: Vec<String> = R::COLUMNS
        .iter()
        .filter(|column| !R::KEY.contains(column) && !R::KEEP.contains(column))
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    let key = R::KEY.join(", ");
    if changes.is_empty() {
        format!(" ON CONFLICT ({key}) DO NOTHING")
    } else {
        format!(" ON CONFLICT ({key}) DO UPDATE SET {}", changes.join(", "))
    }
}

async fn insert_values<R: BulkRow>(
    conn: &mut SqliteConnection,
    mut rows: impl Iterator<Item = R>,
    tail: String,
) -> Result<u64, StoreError> {
    let chunk_rows = (VALUES_PER_CHUNK / R::COLUMNS.len()).clamp(1, 1_000);
    let full_text: std::sync::Arc<str> = values_text::<R>(chunk_rows, &tail).into();
    let mut total = 0;
    loop {
        let mut arguments = SqliteArguments::default();
        let mut in_chunk = 0;
        while in_chunk < chunk_rows {
            let Some(row) = rows.next() else { break };
            let mut writer = RowWriter {
                target: Target::Values(&mut arguments),
                written: 0,
            };
            row.write(&mut writer);
            assert_eq!(
                writer.written,
                R::COLUMNS.len(),
                "{} rows hand over every column",
                R::TABLE
            );
            in_chunk += 1;
        }
        if in_chunk == 0 {
            return Ok(total);
        }
        let last = in_chunk < chunk_rows;
        // One prepared statement serves all full chunks; the last, shorter one is prepared once and not kept.
        let text = if last {
            values_text::<R>(in_chunk, &tail).into()
        } else {
            std::sync::Arc::clone(&full_text)
        };
        sqlx::query_with::<Sqlite, _>(AssertSqlSafe(text), arguments)
            .persistent(!last)
            .execute(&mut *conn)
            .await?;
        total += in_chunk as u64;
        if last {
            return Ok(total);
        }
    }
}

fn values_text<R: BulkRow>(rows: usize, tail: &str) -> String {
    let row = format!("({})", vec!["?"; R::COLUMNS.len()].join(","));
    format!(
        "INSERT INTO {} ({}) VALUES {}{tail}",
        R::TABLE,
        R::COLUMNS.join(", "),
        vec![row; rows].join(",")
    )
}

async fn copy_in<R: BulkRow>(
    conn: &mut PgConnection,
    table: &str,
    rows: impl Iterator<Item = R>,
) -> Result<u64, StoreError> {
    let mut copy = conn
        .copy_in_raw(&format!("COPY {table} ({}) FROM STDIN", R::COLUMNS.join(", ")))
        .await?;
    let mut buffer = Vec::with_capacity(COPY_PIECE + 4096);
    for row in rows {
        let mut writer = RowWriter {
            target: Target::Copy(&mut buffer),
            written: 0,
        };
        row.write(&mut writer);
        assert_eq!(
            writer.written,
            R::COLUMNS.len(),
            "{} rows hand over every column",
            R::TABLE
        );
        buffer.push(b'\n');
        if buffer.len() >= COPY_PIECE {
            copy.send(std::mem::take(&mut buffer)).await?;
        }
    }
    if !buffer.is_empty() {
        copy.send(buffer).await?;
    }
    Ok(copy.finish().await?)
}

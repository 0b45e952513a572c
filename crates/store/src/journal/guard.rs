//! What the engine itself refuses (日志防改): changing or deleting rows of the journal that are sealed, and anchors. The seals show that a
//! row was touched; this keeps a slip, a script or a stranger with the program's own account from touching it at all. Whoever may change
//! tables can take it away, and is then found by the seals ([decision 28](../../../../docs/decisions/0028-journal-chain.md)).
//!
//! Not a migration, because the engines spell it differently, and because it comes back when somebody has dropped it.

use sqlx::{AssertSqlSafe, PgPool, SqlSafeStr as _, SqlitePool};

use crate::StoreError;
use crate::tx::{Pools, Store};

/// Tables whose rows stay as they are, and which of their rows.
const GUARDED: [(&str, &str); 2] = [("journal", "OLD.seal IS NOT NULL"), ("journal_anchor", "1 = 1")];
/// What the engine says to whoever tries.
const REFUSAL: &str = "the journal is append-only: sealed rows are neither changed nor deleted";
/// One at a time of several servers that start together: any number of our own.
const LOCK: i64 = 0x676f_6e67_6875_6928;

impl Store {
    /// Puts the guards where they are missing.
    pub(crate) async fn guard_journal(&self) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Sqlite { writer, readers } => guard_sqlite(writer, readers).await,
            Pools::Postgres(pool) => guard_postgres(pool).await,
        }
    }
}

async fn guard_sqlite(writer: &SqlitePool, readers: &SqlitePool) -> Result<(), StoreError> {
    // Looked at first: a writer may be at work for minutes, and whoever only reads does not wait for it.
    let (known,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_guard_%'")
            .fetch_one(readers)
            .await?;
    if known == 4 {
        return Ok(());
    }
    for (table, rows) in GUARDED {
        for event in ["UPDATE", "DELETE"] {
            let name = format!("{table}_guard_{}", event.to_lowercase());
            let text = format!(
                "CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table} WHEN {rows} \
                 BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            );
            // Safe: made of the words above.
            sqlx::query(AssertSqlSafe(text).into_sql_str())
                .execute(writer)
                .await?;
        }
    }
    Ok(())
}

async fn guard_postgres(pool: &PgPool) -> Result<(), StoreError> {
    const KNOWN: &str = "SELECT COUNT(*) FROM pg_trigger WHERE tgrelid IN ('journal'::regclass, 'journal_anchor'::regclass) \
         AND NOT tgisinternal AND tgenabled <> 'D' AND tgname LIKE '%_guard_%'";
    let (known,): (i64,) = sqlx::query_as(KNOWN).fetch_one(pool).await?;
    if known == 4 {
        return Ok(());
    }
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *tx)
        .await?;
    let mut texts = vec![format!(
        "CREATE OR REPLACE FUNCTION journal_guard() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )];
    for (table, rows) in GUARDED {
        texts.push(format!("DROP TRIGGER IF EXISTS {table}_guard_row ON {table}"));
        texts.push(format!(
            "CREATE TRIGGER {table}_guard_row BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW WHEN ({rows}) \
             EXECUTE FUNCTION journal_guard()"
        ));
        texts.push(format!("DROP TRIGGER IF EXISTS {table}_guard_all ON {table}"));
        texts.push(format!(
            "CREATE TRIGGER {table}_guard_all BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION journal_guard()"
        ));
    }
    for text in texts {
        // Safe: made of the words above.
        sqlx::query(AssertSqlSafe(text).into_sql_str())
            .execute(&mut *tx)
            .await?;
    }
    Ok(tx.commit().await?)
}

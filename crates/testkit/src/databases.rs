//! A fresh, migrated store for one test: SQLite in a folder that goes away, PostgreSQL in a schema of its own.
//!
//! Needs nothing but `store`, whose own tests include this file by path: through the crate they would have to wait
//! for `app`.

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

use store::{Store, StoreConfig};
use tempfile::TempDir;

/// Names the PostgreSQL server to test on; `scripts/pg.sh with COMMAND` sets it.
pub const POSTGRES_URL: &str = "TEST_POSTGRES_URL";

/// A store for one test, and the folder it may use.
pub struct Database {
    /// The store, migrated and empty.
    pub store: Store,
    /// A folder that goes away with this value.
    pub dir: TempDir,
}

/// A fresh SQLite store.
///
/// # Panics
/// When it cannot be made: then there is nothing to test.
pub async fn sqlite() -> Database {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let config = StoreConfig::sqlite(dir.path().join("test.db"));
    Database {
        store: Store::open(&config).await.expect("a fresh SQLite store"),
        dir,
    }
}

/// A fresh PostgreSQL store in a schema of its own; without a server it says that `test` was skipped.
///
/// # Panics
/// When there is a server and the store cannot be made.
pub async fn postgres(test: &str) -> Option<Database> {
    static SKIPPED: AtomicU32 = AtomicU32::new(0);
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Ok(url) = std::env::var(POSTGRES_URL) else {
        let count = SKIPPED.fetch_add(1, Ordering::SeqCst) + 1;
        // Written past the test harness, which would swallow what a passing test prints.
        let _ = writeln!(
            std::io::stderr(),
            "skipped on PostgreSQL ({count}): {test}; set {POSTGRES_URL} to run it"
        );
        return None;
    };
    let dir = tempfile::tempdir().expect("a temporary folder");
    let schema = format!(
        "test_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::SeqCst)
    );
    let config = StoreConfig::Postgres {
        url,
        schema: Some(schema),
    };
    Some(Database {
        store: Store::open(&config).await.expect("a fresh PostgreSQL schema"),
        dir,
    })
}

/// Runs each body on both engines, as two tests of the name `name::sqlite` and `name::postgres`.
///
/// ```ignore
/// both_engines! {
///     async fn a_login_is_taken_once(database: Database) { … database.store … }
/// }
/// ```
#[macro_export]
macro_rules! both_engines {
    ($($(#[$doc:meta])* async fn $name:ident($database:ident: Database) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn story($database: $crate::databases::Database) $body

            #[tokio::test]
            async fn sqlite() {
                story($crate::databases::sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                let name = concat!(module_path!(), "::", stringify!($name));
                if let Some(database) = $crate::databases::postgres(name).await {
                    story(database).await;
                }
            }
        }
    )*};
}

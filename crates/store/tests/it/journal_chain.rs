//! The journal's seals: whoever changes, takes out, puts in or moves a row is found; so does writing at the same time keep order.

use codes::time::Timestamp;
use domain::journal::{By, JournalAction, JournalEntry, SubjectKind};
use serde_json::json;
use store::Store;
use store::journal::chain::{GENESIS, Head, Link};
use uuid::Uuid;

fn by(at: i64) -> By {
    By {
        actor_id: None,
        actor_name: "王小明".into(),
        on_behalf: None,
        role: Some(domain::accounts::Role::TownOfficer),
        session_id: Some(Uuid::from_u128(9)),
        address: Some("10.0.0.7".into()),
        at: Timestamp(at),
        request_id: Some("req-1".into()),
        path: None,
    }
}

fn entry(subject: u128) -> JournalEntry {
    JournalEntry::new(
        JournalAction::ItemVerified,
        SubjectKind::ListItem,
        Uuid::from_u128(subject),
    )
    .after(&json!({
        "z": 1.5, "a": { "y": "引\"号", "b": null }, "note": "制表\t换行\n", "big": 9_007_199_254_740_993_i64,
    }))
}

fn signed(_: &Head) -> (String, Vec<u8>) {
    ("k".into(), b"s".to_vec())
}

async fn links(store: &Store) -> Vec<Link> {
    store.read().await.unwrap().journal_links(0).await.unwrap()
}

/// Whether every seal follows from the one before it, and the head is the last.
async fn is_whole(store: &Store) -> bool {
    let mut seal = GENESIS.to_vec();
    let links = links(store).await;
    for link in &links {
        seal = link.sealed_after(&seal).to_vec();
        if link.seal.as_ref() != Some(&seal) {
            return false;
        }
    }
    let head = store.read().await.unwrap().journal_head().await.unwrap();
    (head.entries, head.seal) == (links.len() as i64, seal)
}

both_engines! {
    async fn every_row_is_sealed_by_its_commit(database: Database) {
        let store = &database.store;
        assert!(is_whole(store).await, "an empty journal is whole");
        let mut tx = store.begin().await.unwrap();
        tx.journal(&by(10), entry(1)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let many: Vec<JournalEntry> = (0..50).map(entry).collect();
        tx.journal_many(&by(20), &many).await.unwrap();
        tx.journal(&by(30), entry(3)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.journal(&by(40), entry(4)).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(links(store).await.len(), 52);
        assert!(is_whole(store).await);
        let mut tx = store.begin().await.unwrap();
        let head = tx.anchor_journal(Timestamp(50), signed).await.unwrap();
        tx.anchor_journal(Timestamp(60), signed).await.unwrap();
        tx.commit().await.unwrap();
        let anchors = store.read().await.unwrap().journal_anchors().await.unwrap();
        assert_eq!(anchors.len(), 1, "the same end is written down once");
        assert_eq!((anchors[0].entries, &anchors[0].seal, anchors[0].at), (52, &head.seal, 50));
        assert_eq!((anchors[0].key_id.as_deref(), anchors[0].signature.as_deref()), (Some("k"), Some(&b"s"[..])));
    }

    async fn writers_at_the_same_time_make_one_chain(database: Database) {
        let store = &database.store;
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..8_u128 {
            let store = store.clone();
            writers.spawn(async move {
                for nth in 0..12 {
                    let mut tx = store.begin().await.unwrap();
                    tx.journal(&by(nth), entry(writer)).await.unwrap();
                    tokio::task::yield_now().await;
                    if nth % 5 == 4 {
                        tx.rollback().await.unwrap();
                    } else {
                        tx.journal(&by(nth), entry(writer)).await.unwrap();
                        tx.commit().await.unwrap();
                    }
                }
            });
        }
        while let Some(done) = writers.join_next().await {
            done.unwrap();
        }
        assert_eq!(links(store).await.len(), 8 * 10 * 2);
        assert!(is_whole(store).await);
    }
}

/// Whoever has the database, past the program.
enum Outside {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool, String),
}

impl Outside {
    /// Opens the store of a test by what its journal says.
    async fn of(database: &crate::databases::Database, mark: &str) -> Outside {
        if database.store.engine() == "SQLite" {
            let path = database.dir.path().join("test.db");
            let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await;
            return Outside::Sqlite(pool.unwrap());
        }
        let url = std::env::var(crate::databases::POSTGRES_URL).unwrap();
        let pool = sqlx::PgPool::connect(&url).await.unwrap();
        let schemas: Vec<(String,)> = sqlx::query_as(
            "SELECT schemaname FROM pg_tables WHERE tablename = 'journal' AND schemaname LIKE $1",
        )
        .bind(format!("test\\_{}\\_%", std::process::id()))
        .fetch_all(&pool)
        .await
        .unwrap();
        for (schema,) in schemas {
            let text = format!("SELECT COUNT(*) FROM \"{schema}\".journal WHERE actor_name = $1");
            let (rows,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(text))
                .bind(mark)
                .fetch_one(&pool)
                .await
                .unwrap();
            if rows > 0 {
                return Outside::Postgres(pool, schema);
            }
        }
        panic!("the schema of this test is not there");
    }

    /// Runs a statement; `{}` stands where the schema goes.
    async fn run(&self, text: &str) -> Result<u64, String> {
        match self {
            Outside::Sqlite(pool) => {
                let text = text.replace("{}", "");
                let done = sqlx::query(sqlx::AssertSqlSafe(text)).execute(pool).await;
                done.map(|done| done.rows_affected())
                    .map_err(|error| error.to_string())
            }
            Outside::Postgres(pool, schema) => {
                let text = text.replace("{}", &format!("\"{schema}\"."));
                let done = sqlx::query(sqlx::AssertSqlSafe(text)).execute(pool).await;
                done.map(|done| done.rows_affected())
                    .map_err(|error| error.to_string())
            }
        }
    }
}

both_engines! {
    async fn rows_of_an_earlier_version_keep_their_form_and_their_seal(database: Database) {
        let store = &database.store;
        let mark = "旧版本";
        let mut tx = store.begin().await.unwrap();
        tx.journal(&By { actor_name: mark.to_owned(), ..by(10) }, entry(1)).await.unwrap();
        tx.commit().await.unwrap();
        // As the version before wrote the next one: without the new columns, sealed in the first form.
        let outside = Outside::of(&database, mark).await;
        let before = links(store).await.remove(0);
        let old = Link {
            seq: 0,
            form: 1,
            role: None,
            session_id: None,
            address: None,
            result: None,
            reason: None,
            before: None,
            after: None,
            seal: None,
            ..before.clone()
        };
        let seal = codes::digest::to_hex(&old.sealed_after(before.seal.as_ref().unwrap()));
        let (blob, uuid) = match outside {
            Outside::Sqlite(_) => (format!("X'{seal}'"), format!("X'{}'", old.subject_id.simple())),
            Outside::Postgres(..) => (format!("decode('{seal}', 'hex')"), format!("'{}'", old.subject_id)),
        };
        let written = format!(
            "INSERT INTO {{}}journal (at, actor_name, action, subject_kind, subject_id, request_id, seal) \
             VALUES ({}, '{mark}', '{}', '{}', {uuid}, 'req-1', {blob})",
            old.at, old.action, old.subject_kind
        );
        outside.run(&written).await.unwrap();
        let head = format!("UPDATE {{}}journal_head SET entries = 2, seal = {blob}, seq = (SELECT MAX(seq) FROM {{}}journal)");
        outside.run(&head).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.journal(&by(30), entry(2).refused("ACC-403")).await.unwrap();
        tx.commit().await.unwrap();
        assert!(is_whole(store).await, "both forms in one chain");
        let rows = links(store).await;
        assert_eq!(rows.iter().map(|link| link.form).collect::<Vec<_>>(), [2, 1, 2]);
        assert_eq!((rows[2].result.as_deref(), rows[2].reason.as_deref()), (Some("refused"), Some("ACC-403")));
        assert_eq!((rows[1].result.as_deref(), rows[1].role.as_deref()), (None, None), "unknown is not done");

        // Whoever takes the new columns away, or calls a row an old one, is found.
        let touched: [fn(&mut Link); 4] = [
            |link| link.result = Some("done".into()),
            |link| link.address = None,
            |link| link.session_id = Some(Uuid::nil()),
            |link| link.form = 1,
        ];
        for touch in touched {
            let mut changed = rows[2].clone();
            touch(&mut changed);
            assert_ne!(Some(changed.sealed_after(rows[1].seal.as_ref().unwrap()).to_vec()), rows[2].seal);
        }
    }

    async fn the_engine_refuses_to_change_what_is_sealed(database: Database) {
        let store = &database.store;
        let mark = "封签人";
        let mut tx = store.begin().await.unwrap();
        tx.journal(&By { actor_name: mark.to_owned(), ..by(10) }, entry(1)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.anchor_journal(Timestamp(20), signed).await.unwrap();
        tx.commit().await.unwrap();
        let outside = Outside::of(&database, mark).await;
        let tries = [
            "UPDATE {}journal SET actor_name = '别人'",
            "DELETE FROM {}journal",
            "UPDATE {}journal_anchor SET entries = 7",
            "DELETE FROM {}journal_anchor",
        ];
        for text in tries {
            let refused = outside.run(text).await;
            assert!(refused.as_ref().is_err_and(|words| words.contains("append-only")), "{text}: {refused:?}");
        }
        if matches!(outside, Outside::Postgres(..)) {
            assert!(outside.run("TRUNCATE {}journal").await.is_err());
        }
        // What is not sealed is not part of the chain, and everything else goes on.
        assert!(is_whole(store).await);
        let mut tx = store.begin().await.unwrap();
        tx.journal(&by(30), entry(2)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(is_whole(store).await);
    }
}

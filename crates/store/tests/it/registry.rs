//! Every registered statement is one that the engine accepts; no file's statements are forgotten.

use store::Store;

both_engines! {
    async fn every_statement_prepares(database: Database) {
        let refused = database.store.refused_statements().await.unwrap();
        let lines: Vec<String> = refused.iter().map(|(name, error)| format!("{name}: {error}")).collect();
        assert!(lines.is_empty(), "{} refuses\n{}", database.store.engine(), lines.join("\n"));
    }

    async fn settling_keeps_what_was_written(database: Database) {
        let mut tx = database.store.begin().await.unwrap();
        tx.set_setting("name", "宁波市总工会", codes::time::Timestamp(1)).await.unwrap();
        tx.commit().await.unwrap();
        database.store.settle().await.unwrap();
        let value = database.store.read().await.unwrap().setting("name").await.unwrap();
        assert_eq!(value.as_deref(), Some("宁波市总工会"));
    }

    async fn a_transaction_that_is_dropped_leaves_no_trace(database: Database) {
        let mut tx = database.store.begin().await.unwrap();
        tx.set_setting("name", "x", codes::time::Timestamp(1)).await.unwrap();
        drop(tx);
        assert_eq!(database.store.read().await.unwrap().setting("name").await.unwrap(), None);
    }
}

#[test]
fn every_file_with_statements_is_registered() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let known = Store::statement_files();
    let mut forgotten = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() || name == "sql" {
            continue;
        }
        let has_statements = std::fs::read_to_string(&path)
            .unwrap()
            .contains("\nstatements! {");
        if has_statements && !known.contains(&name.as_str()) {
            forgotten.push(name);
        }
    }
    assert!(
        forgotten.is_empty(),
        "add to store/src/registry.rs: {forgotten:?}"
    );
}

#[tokio::test]
async fn opening_again_finds_what_was_written() {
    let database = crate::databases::sqlite().await;
    let mut tx = database.store.begin().await.unwrap();
    tx.set_setting("name", "x", codes::time::Timestamp(1))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    database.store.close().await;
    let config = store::StoreConfig::sqlite(database.dir.path().join("test.db"));
    let store = Store::open(&config).await.unwrap();
    assert_eq!(
        store
            .read()
            .await
            .unwrap()
            .setting("name")
            .await
            .unwrap()
            .as_deref(),
        Some("x")
    );
}

#[tokio::test]
async fn readers_see_one_moment() {
    let database = crate::databases::sqlite().await;
    let mut reader = database.store.read().await.unwrap();
    assert_eq!(reader.setting("name").await.unwrap(), None);
    let mut tx = database.store.begin().await.unwrap();
    tx.set_setting("name", "x", codes::time::Timestamp(1))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        reader.setting("name").await.unwrap(),
        None,
        "the moment of its first look"
    );
    assert!(
        database
            .store
            .read()
            .await
            .unwrap()
            .setting("name")
            .await
            .unwrap()
            .is_some()
    );
}

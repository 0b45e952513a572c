//! Bulk loads say the same on both engines, whatever the text holds.

use store::bulk::{self, BulkRow, RowWriter};
use store::{Reader, Tx};

/// Any table serves; the settings have text, a key and a number.
struct Setting {
    name: String,
    value: String,
    changed_at: i64,
}

impl BulkRow for Setting {
    const TABLE: &'static str = "setting";
    const COLUMNS: &'static [&'static str] = &["name", "value", "changed_at"];
    const KEY: &'static [&'static str] = &["name"];
    const KEEP: &'static [&'static str] = &["changed_at"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.text(self.name.as_str())
            .text(self.value.as_str())
            .int(self.changed_at);
    }
}

fn settings(count: usize, value: &'static str) -> impl Iterator<Item = Setting> {
    (0..count).map(move |nth| Setting {
        name: format!("n{nth}"),
        value: format!("{value}{nth}"),
        changed_at: 1,
    })
}

async fn value(reader: &mut Reader, name: &str) -> Option<String> {
    reader.setting(name).await.unwrap()
}

async fn upsert(tx: &mut Tx, count: usize, text: &'static str) -> u64 {
    bulk::upsert_rows(tx, settings(count, text)).await.unwrap()
}

both_engines! {
    async fn every_chunk_arrives(database: Database) {
        for count in [0, 1, 999, 1_000, 1_001, 2_500] {
            let mut tx = database.store.begin().await.unwrap();
            assert_eq!(bulk::insert_rows(&mut tx, settings(count, "v")).await.unwrap(), count as u64);
            if count > 0 {
                let last = count - 1;
                assert_eq!(value(&mut tx, &format!("n{last}")).await, Some(format!("v{last}")));
            }
            assert_eq!(value(&mut tx, &format!("n{count}")).await, None);
            tx.rollback().await.unwrap();
        }
    }

    async fn text_survives(database: Database) {
        let nasty = ["制表\t换行\n回车\r反斜\\ \\N \\. 引号'\"", "", " ", "\\N", "\\.", "𠮷🚒"];
        let mut tx = database.store.begin().await.unwrap();
        let rows = nasty.iter().enumerate().map(|(nth, text)| Setting {
            name: format!("n{nth}"),
            value: (*text).to_owned(),
            changed_at: i64::MIN,
        });
        bulk::insert_rows(&mut tx, rows).await.unwrap();
        for (nth, text) in nasty.iter().enumerate() {
            assert_eq!(value(&mut tx, &format!("n{nth}")).await.as_deref(), Some(*text));
        }
    }

    async fn an_upsert_adds_and_replaces(database: Database) {
        let mut tx = database.store.begin().await.unwrap();
        assert_eq!(upsert(&mut tx, 1_200, "old").await, 1_200);
        assert_eq!(upsert(&mut tx, 1_500, "new").await, 1_500);
        assert_eq!(value(&mut tx, "n7").await.as_deref(), Some("new7"));
        assert_eq!(value(&mut tx, "n1499").await.as_deref(), Some("new1499"));
        tx.commit().await.unwrap();
    }

    async fn a_conflict_has_the_same_name_on_both(database: Database) {
        let mut tx = database.store.begin().await.unwrap();
        bulk::insert_rows(&mut tx, settings(3, "v")).await.unwrap();
        let refused = bulk::insert_rows(&mut tx, settings(1, "v")).await.unwrap_err();
        assert!(matches!(refused, store::StoreError::Conflict(_)), "{refused}");
    }
}

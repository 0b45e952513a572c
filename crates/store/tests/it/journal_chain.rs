//! The journal's seals: whoever changes, takes out, puts in or moves a row is found; so does writing at the same time keep order.

use codes::time::Timestamp;
use domain::journal::{By, JournalAction, JournalEntry, SubjectKind};
use serde_json::json;
use store::Store;
use store::journal::chain::{GENESIS, Link};
use uuid::Uuid;

fn by(at: i64) -> By {
    By {
        actor_id: None,
        actor_name: "王小明".into(),
        on_behalf: None,
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
        let head = tx.anchor_journal(Timestamp(50)).await.unwrap();
        tx.anchor_journal(Timestamp(60)).await.unwrap();
        tx.commit().await.unwrap();
        let anchors = store.read().await.unwrap().journal_anchors().await.unwrap();
        assert_eq!(anchors.len(), 1, "the same end is written down once");
        assert_eq!((anchors[0].entries, &anchors[0].seal, anchors[0].at), (52, &head.seal, 50));
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

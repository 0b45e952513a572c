//! The journal keeps what happened, in order; scope decides who reads it, in lists and in counts alike.

use codes::id::AccountId;
use codes::time::Timestamp;
use domain::journal::{By, JournalAction, JournalEntry, SubjectKind};
use domain::scope::{Scope, UnionPath};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::json;
use store::journal::JournalFilter;
use store::list_query::Page;
use uuid::Uuid;

fn by(at: i64) -> By {
    By {
        actor_id: Some(AccountId::from_uuid(Uuid::from_u128(7))),
        actor_name: "王小明".into(),
        on_behalf: None,
        role: Some(domain::accounts::Role::TownOfficer),
        session_id: Some(Uuid::from_u128(9)),
        address: Some("10.0.0.7".into()),
        at: Timestamp(at),
        request_id: Some("req-1".into()),
        path: Some(UnionPath::root(0)),
    }
}

fn entry(subject: u128) -> JournalEntry {
    JournalEntry::new(
        JournalAction::ItemVerified,
        SubjectKind::ListItem,
        Uuid::from_u128(subject),
    )
}

both_engines! {
    async fn entries_come_back_in_order_as_they_were(database: Database) {
        let mut tx = database.store.begin().await.unwrap();
        let first = entry(1).before(&json!({ "state": "read" })).after(&json!({ "state": "verifying", "备注": "a'b\\n\t" }));
        tx.journal(&by(10), first).await.unwrap();
        tx.journal(&by(20), entry(2)).await.unwrap();
        let many = [entry(1).after(&json!({ "备注": "制表\t换行\n反斜\\" })), entry(1)];
        tx.journal_many(&by(30), &many).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = database.store.read().await.unwrap();
        let rows = reader.journal_of(SubjectKind::ListItem, Uuid::from_u128(1), 10).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.at.0).collect::<Vec<_>>(), [10, 30, 30]);
        assert_eq!(rows[0].before, Some(json!({ "state": "read" })));
        assert_eq!(rows[0].after, Some(json!({ "state": "verifying", "备注": "a'b\\n\t" })));
        assert_eq!(rows[1].after, Some(json!({ "备注": "制表\t换行\n反斜\\" })));
        assert_eq!(rows[2].after, None);
        assert_eq!(rows[0].action_label(), "核实");
        assert_eq!(rows[0].actor_id, by(0).actor_id);
        assert!(rows.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    }

    async fn filters_and_pages(database: Database) {
        let mut tx = database.store.begin().await.unwrap();
        for at in 0..25 {
            tx.journal(&by(at), entry(u128::from(at % 2 == 0))).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut reader = database.store.read().await.unwrap();
        let filter = JournalFilter {
            from: Some(Timestamp(5)),
            to: Some(Timestamp(15)),
            subject_id: Some(Uuid::from_u128(1)),
            actor_name: Some("小明".into()),
            ..JournalFilter::default()
        };
        let (rows, total) = reader.journal_list(&Scope::Everything, &filter, Page::number(2, 2)).await.unwrap();
        assert_eq!(total, 5);
        assert_eq!(rows.iter().map(|row| row.at.0).collect::<Vec<_>>(), [10, 8]);
        let nobody = JournalFilter { actor_name: Some("%".into()), ..JournalFilter::default() };
        let (rows, total) = reader.journal_list(&Scope::Everything, &nobody, Page::ALL).await.unwrap();
        assert_eq!((rows.len(), total), (0, 0));
    }

    // Property: the rows seen are the rows counted are the rows whose place the scope contains.
    async fn scope_is_one_thing(database: Database) {
        let segment = prop_oneof![0u32..3, 35u32..37, 1_295u32..1_297];
        let place = prop::option::of(prop::collection::vec(segment, 1..5).prop_map(|numbers| {
            numbers[1..].iter().fold(UnionPath::root(numbers[0]), |path, nth| path.child(*nth))
        }));
        let mut runner = TestRunner::deterministic();
        let places: Vec<Option<UnionPath>> =
            (0..300).map(|_| place.new_tree(&mut runner).unwrap().current()).collect();
        let mut tx = database.store.begin().await.unwrap();
        for (nth, place) in places.iter().enumerate() {
            let entry = JournalEntry { path: place.clone(), ..entry(nth as u128) };
            tx.journal(&By { path: None, ..by(nth as i64) }, entry).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut reader = database.store.read().await.unwrap();
        let tops = places.iter().flatten().cloned().map(Scope::subtree);
        for scope in tops.chain([Scope::Everything, Scope::Nothing]) {
            let wanted: Vec<i64> =
                (0..places.len()).rev().filter(|nth| scope.contains(places[*nth].as_ref())).map(|nth| nth as i64).collect();
            let (rows, total) =
                reader.journal_list(&scope, &JournalFilter::default(), Page { offset: 0, limit: 1_000 }).await.unwrap();
            assert_eq!(rows.iter().map(|row| row.at.0).collect::<Vec<_>>(), wanted, "{scope:?}");
            assert_eq!(total, wanted.len() as i64, "{scope:?}");
        }
    }
}

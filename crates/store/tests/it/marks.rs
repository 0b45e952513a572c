//! Lists that are read part by part in their own order while others write: whatever stays where it was is met once, whatever comes, goes
//! or moves meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::scope::{Scope, UnionPath};
use store::StoreError;
use store::list_query::{Direction, MarkPage, Page};
use store::union_org::term::TermEndFilter;
use store::union_org::{UnionFilter, UnionRow};
use store::zone::ZoneFilter;
use uuid::Uuid;

use crate::databases::Database;

/// Rows of a part.
const LIMIT: i64 = 3;

fn day(of_june: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2026, 6, of_june)
}

fn union(nth: u32, end: Option<NaiveDate>) -> UnionRow {
    UnionRow {
        id: Uuid::from_u128(u128::from(nth) + 1),
        union_id: format!("U{nth:03}"),
        name: format!("第{nth}工会"),
        search: format!("第{nth}工会"),
        union_code: None,
        employer_code: None,
        employer_name: None,
        employer_legal_rep: None,
        chair: None,
        county: None,
        town: None,
        address: None,
        phone_sealed: None,
        phone_index: None,
        phone_token: None,
        industry_section: None,
        union_type: "single".into(),
        parent_id: None,
        industry_parent_id: None,
        founded_on: end,
        term_end_on: end,
        declared_members: end.map(|_| i64::from(nth % 4)),
        lon: None,
        lat: None,
        extra: None,
        path: Some(UnionPath::root(0).child(nth).to_string()),
        is_active: true,
        source: "import".into(),
        unread: None,
        row_hash: 0,
        batch_no: None,
        changed_at: 0,
    }
}

/// Many with the same end, and some without.
fn ends() -> impl Iterator<Item = UnionRow> {
    (0..24).map(|nth| union(nth, (nth % 6 != 5).then(|| day(1 + nth % 3)).flatten()))
}

async fn put(database: &Database, rows: impl IntoIterator<Item = UnionRow>) {
    let mut tx = database.store.begin().await.unwrap();
    tx.upsert_unions(rows).await.unwrap();
    tx.commit().await.unwrap();
}

#[derive(Clone, Copy, Debug)]
enum List {
    Terms,
    Certificates,
    Unions(&'static str, bool),
}

const LISTS: [List; 7] = [
    List::Terms,
    List::Certificates,
    List::Unions("founded", false),
    List::Unions("founded", true),
    List::Unions("declared", true),
    List::Unions("members", false),
    List::Unions("", false),
];

/// Keys and marks of one part.
async fn part(
    database: &Database,
    list: List,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<(String, String)>, StoreError> {
    let mut reader = database.store.read().await?;
    let (window, scope) = (MarkPage { after, limit }, Scope::Everything);
    Ok(match list {
        List::Terms => {
            let found = reader
                .term_end_list(&scope, TermEndFilter::default(), window)
                .await?
                .0;
            found
                .into_iter()
                .map(|(row, mark)| (row.union_id, mark))
                .collect()
        }
        List::Certificates => {
            let (filter, today) = (Default::default(), day(2).unwrap().into());
            let found = reader.legal_list(&scope, &filter, today, window).await?.0;
            found
                .into_iter()
                .map(|(row, mark)| (row.union_id, mark))
                .collect()
        }
        List::Unions(sort, is_descending) => {
            let filter = UnionFilter {
                sort: sort.into(),
                is_descending,
                ..UnionFilter::default()
            };
            let found = reader.unions_marked(&scope, &filter, window).await?.0;
            found
                .into_iter()
                .map(|(row, mark)| (row.union_id, mark))
                .collect()
        }
    })
}

/// The keys that a walk meets, with something done after each part.
async fn walked<D: Future<Output = ()>>(
    database: &Database,
    list: List,
    mut between: impl FnMut(usize, Vec<String>) -> D,
) -> Vec<String> {
    let (mut seen, mut after) = (Vec::new(), None);
    for nth in 0..100 {
        let rows = part(database, list, after, LIMIT).await.unwrap();
        let Some((_, mark)) = rows.last() else { return seen };
        after = Some(mark.clone());
        seen.extend(rows.iter().map(|(key, _)| key.clone()));
        between(nth, rows.into_iter().map(|(key, _)| key).collect()).await;
    }
    panic!("{list:?} has no end");
}

both_engines! {
    async fn parts_together_are_the_list(database: Database) {
        put(&database, ends()).await;
        for list in LISTS {
            let whole: Vec<String> = part(&database, list, None, 1_000).await.unwrap().into_iter().map(|(key, _)| key).collect();
            assert_eq!(whole.len(), 24);
            let met = walked(&database, list, |_, _| async {}).await;
            assert_eq!(met, whole, "{list:?}");
        }
        // What is unknown comes last either way.
        for is_descending in [false, true] {
            let met = walked(&database, List::Unions("founded", is_descending), |_, _| async {}).await;
            let unknown: BTreeSet<&str> = met[20..].iter().map(String::as_str).collect();
            assert_eq!(unknown, BTreeSet::from(["U005", "U011", "U017", "U023"]));
        }
        let mut reader = database.store.read().await.unwrap();
        let filter = UnionFilter { sort: "founded".into(), ..UnionFilter::default() };
        let by_number = reader.union_list(&Scope::Everything, &filter, Page::number(3, 5)).await.unwrap();
        let whole = part(&database, List::Unions("founded", false), None, 1_000).await.unwrap();
        let keys: Vec<String> = by_number.0.into_iter().map(|row| row.union_id).collect();
        let wanted: Vec<String> = whole[10..15].iter().map(|(key, _)| key.clone()).collect();
        assert_eq!((keys, by_number.1), (wanted, 24), "people turn the same list by number");
    }

    async fn what_stays_is_met_once_whatever_comes_and_goes(database: Database) {
        for list in LISTS {
            put(&database, ends()).await;
            let mut stays: BTreeMap<String, usize> = ends().map(|row| (row.union_id, 0)).collect();
            let mut gone = BTreeSet::new();
            let database = &database;
            let met = walked(database, list, |nth, rows| {
                // The row at the mark goes, so that its place is empty; one row comes in front of everything and one behind.
                let last = rows.last().cloned().unwrap();
                if nth < 5 {
                    gone.insert(last.clone());
                }
                async move {
                    if nth >= 5 {
                        return;
                    }
                    let mut tx = database.store.begin().await.unwrap();
                    tx.delete_union(&last).await.unwrap();
                    tx.commit().await.unwrap();
                    let nth = nth as u32;
                    put(database, [union(100 + nth, day(1)), union(200 + nth, day(30)), union(300 + nth, None)]).await;
                }
            }).await;
            for key in &met {
                if let Some(times) = stays.get_mut(key) {
                    *times += 1;
                }
            }
            assert_eq!(gone.len(), 5);
            let wrong: Vec<_> = stays.iter().filter(|(_, times)| **times != 1).collect();
            assert!(wrong.is_empty(), "{list:?} lost or doubled {wrong:?}");
            let once: BTreeSet<&String> = met.iter().collect();
            assert_eq!(once.len(), met.len(), "{list:?} told a row twice");
            // The next list begins with the same rows.
            let mut tx = database.store.begin().await.unwrap();
            for key in (100..400).map(|nth| format!("U{nth}")) {
                tx.delete_union(&key).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    }

    async fn a_row_that_moves_takes_no_other_with_it(database: Database) {
        put(&database, ends()).await;
        let database = &database;
        // U000 ends first; after the first part it ends last.
        let met = walked(database, List::Terms, |nth, _| async move {
            if nth == 0 {
                put(database, [union(0, day(29))]).await;
            }
        }).await;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for key in &met {
            *counts.entry(key).or_default() += 1;
        }
        assert_eq!(counts.remove("U000"), Some(2), "it is met where it then stands");
        assert!(counts.len() == 23 && counts.values().all(|times| *times == 1), "{counts:?}");
    }

    async fn totals_do_not_depend_on_the_part(database: Database) {
        put(&database, ends()).await;
        let mut reader = database.store.read().await.unwrap();
        let mut after = None;
        loop {
            let window = MarkPage { after, limit: 5 };
            let (rows, total) = reader.term_end_list(&Scope::Everything, TermEndFilter::default(), window).await.unwrap();
            assert_eq!(total, 24);
            let Some((_, mark)) = rows.last() else { break };
            after = Some(mark.clone());
        }
    }

    async fn zones_and_ids_are_marked_as_well(database: Database) {
        put(&database, ends()).await;
        let mut tx = database.store.begin().await.unwrap();
        for nth in 0..7u128 {
            let name = if nth < 5 { "同名" } else { "异名" };
            let ground = Uuid::from_u128(1 + nth % 2);
            tx.add_zone(Uuid::from_u128(900 - nth), name, ground, None, codes::time::Timestamp(1)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut reader = database.store.read().await.unwrap();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let window = MarkPage { after, limit: 2 };
            let (rows, total) = reader.zones(&Scope::Everything, &ZoneFilter::default(), window).await.unwrap();
            assert_eq!(total, 7);
            let Some((_, mark)) = rows.last() else { break };
            after = Some(mark.clone());
            seen.extend(rows.into_iter().map(|(zone, _)| zone.id.as_u128()));
        }
        assert_eq!(seen, [896, 898, 900, 894, 897, 899, 895]);
    }

    async fn what_is_no_mark_is_refused_and_not_taken_for_the_start(database: Database) {
        put(&database, ends()).await;
        for wrong in ["", "2/50", "[]", "[null]", "[{\"Text\":\"x\"},{\"Text\":\"y\"},{\"Text\":\"z\"}]"] {
            let refused = part(&database, List::Terms, Some(wrong.to_owned()), 5).await;
            assert!(matches!(refused, Err(StoreError::Mark)), "{wrong}: {refused:?}");
        }
        let items = database.store.read().await.unwrap()
            .items_marked(&Scope::Everything, &Default::default(), "due", Direction::Descending, MarkPage { after: None, limit: 5 })
            .await.unwrap();
        assert!(items.is_empty());
    }
}

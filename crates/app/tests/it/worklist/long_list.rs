//! A long list: its pages hold every item once, in the order that was asked for, and its counts are those of its rows.
//! How quick a page is, `make bench` says.

use app::list_item::{ItemRow, ListPage, ListParams, OwnerFilter};
use app::op::OpContext;
use codes::id::{IdSource, ListItemId, SeededIds};
use codes::time::{Day, Timestamp};
use domain::list_item::{ItemState, ItemSubject, ListKind};
use store::list_item::ItemRecord;
use testkit::both_engines;

use super::city::{Corner, TOWN_PATH, XIDIAN};

/// More than one statement of the write-back takes, and more than a search keeps by number.
const OPEN_ITEMS: usize = 3_000;
const RULES: [&str; 4] = ["found-25", "found-joint", "join-more", "term-due"];
/// The last items, by the tail of their numbers.
const LAST_TEN: &str = "第299";

fn record(ids: &dyn IdSource, nth: usize) -> ItemRecord {
    let day = Day::new(2026, 7, 1).unwrap().add_days((nth % 30) as i64);
    let name = format!("宁海第{nth}五金有限公司");
    let item_no = format!("QD-330226-2026-{nth:06}");
    let kind = match nth % 3 {
        0 => ListKind::Task,
        _ => ListKind::Verification,
    };
    ItemRecord {
        rule: RULES[nth % RULES.len()].into(),
        state: match nth % 5 {
            0 => ItemState::New,
            _ => ItemState::Assigned,
        },
        search_text: format!("{name} {item_no}"),
        name,
        county: Some(330_226),
        town: Some(XIDIAN),
        priority: (nth % 9 + 1) as i64,
        insured_now: Some((nth % 400) as i64),
        due_on: day.add_days(21),
        responsible_path: Some(TOWN_PATH.into()),
        ..ItemRecord::new(
            ListItemId::mint(ids, Timestamp(nth as i64)),
            item_no,
            kind,
            ItemSubject::Enterprise,
            format!("E{nth}"),
            day.start(),
            day,
        )
    }
}

/// Reads every page of a view, as somebody who leafs through it.
async fn leaf_through(op: &OpContext, corner: &Corner, asked: &ListParams) -> (ListPage, Vec<ItemRow>) {
    let mut rows = Vec::new();
    let mut page = 1;
    loop {
        let asked = ListParams {
            page,
            ..asked.clone()
        };
        let found = app::list_item::list(op, &corner.test.app, &asked).await.unwrap();
        assert_eq!(found.page, page, "{asked:?}");
        rows.extend(found.rows.iter().cloned());
        if page == found.page_count {
            return (found, rows);
        }
        page += 1;
    }
}

both_engines! {
    async fn a_long_list_is_whole_in_every_order(database: Database) {
        let corner = Corner::on(database).await;
        let app = &corner.test.app;
        let ids = SeededIds::new(3);
        let records: Vec<ItemRecord> = (0..OPEN_ITEMS).map(|nth| record(&ids, nth)).collect();
        let mut tx = app.store.begin().await.unwrap();
        tx.merge_items(records.clone(), []).await.unwrap();
        tx.commit().await.unwrap();
        app.store.settle().await.unwrap();
        let today = corner.town.today();

        type Case<'a> = (&'a str, fn(&mut ListParams), Box<dyn Fn(&ItemRecord) -> bool + 'a>);
        let cases: Vec<Case> = vec![
            ("all", |_| {}, Box::new(|_| true)),
            ("by deadline", |it| it.sort = "due".into(), Box::new(|_| true)),
            ("by insured", |it| it.sort = "insured".into(), Box::new(|_| true)),
            ("a list", |it| it.filter.kind = Some(ListKind::Task), Box::new(|it| it.kind == ListKind::Task)),
            ("overdue", |it| it.filter.overdue = true, Box::new(|it| it.due_on < today)),
            ("few found", |it| it.filter.q = Some(LAST_TEN.into()), Box::new(|it| it.name.contains(LAST_TEN))),
            ("many found", |it| it.filter.q = Some("五金".into()), Box::new(|_| true)),
            ("a rule", |it| it.filter.rule = Some("join-more".into()), Box::new(|it| it.rule == "join-more")),
            ("nobody's", |it| it.filter.owner = Some(OwnerFilter::Nobody), Box::new(|_| true)),
            ("large ones", |it| it.filter.insured_min = Some(390), Box::new(|it| it.insured_now >= Some(390))),
        ];
        for (what, change, is_in) in cases {
            let mut asked = ListParams { size: 200, ..ListParams::default() };
            change(&mut asked);
            let mut expected: Vec<&ItemRecord> = records.iter().filter(|it| is_in(it)).collect();
            let late = expected.iter().filter(|it| it.due_on < today).count();
            for op in [&corner.city, &corner.town] {
                let (last, rows) = leaf_through(op, &corner, &asked).await;
                assert_eq!(last.total, expected.len() as i64, "{what}");
                assert_eq!(last.overdue, late as i64, "{what}");
                expected.sort_by_key(|it| {
                    let key = match asked.sort.as_str() {
                        "due" => it.due_on.naive().to_string(),
                        "insured" => format!("{:06}", it.insured_now.unwrap()),
                        _ => it.priority.to_string(),
                    };
                    (key, it.item_no.clone())
                });
                let numbers: Vec<&str> = rows.iter().map(|row| row.item_no.as_str()).collect();
                let wanted: Vec<&str> = expected.iter().map(|it| it.item_no.as_str()).collect();
                assert!(numbers == wanted, "{what}: the order differs at {:?}",
                    numbers.iter().zip(&wanted).position(|(a, b)| a != b));
            }
        }
        let beyond = ListParams { page: 9_000, ..ListParams::default() };
        let last = app::list_item::list(&corner.town, app, &beyond).await.unwrap();
        assert_eq!((last.page, last.rows.is_empty()), (last.page_count, false));
        let hidden = app::list_item::list(&corner.elsewhere, app, &ListParams::default()).await.unwrap();
        assert_eq!((hidden.total, hidden.rows.len()), (0, 0));
    }
}

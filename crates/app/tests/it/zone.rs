//! 片区: a union lies in one zone at most, within its town, whatever happens to the tree; items and field workers follow.

use app::accounts::{FirstPassword, NamedUnion, NewAccount, ReachForm, create_account};
use app::error::ErrorKind;
use app::intake::{Outcome, check_file, check_lines, import_file, undo};
use app::op::OpContext;
use app::progress::unwatched;
use app::union_org::change::{Change, ChangeForm, apply, preview};
use app::union_org::{UnionListParams, list, union_org};
use app::zone::{
    ZoneForm, ZoneParams, assign, end_zone, make_zone, news, read_news, save_zone, unzoned, zone, zones,
};
use codes::id::{ListItemId, UnionOrgId};
use domain::accounts::{Account, Reach, Role};
use domain::intake::Kind;
use domain::list_item::{ItemState, ItemSubject, ListKind};
use domain::scope::UnionPath;
use domain::union_org::UnionType;
use store::list_item::ItemRecord;
use store::union_org::UnionRow;
use testkit::{People, TestApp, both_engines, union};
use uuid::Uuid;

use crate::union_change::{SECOND, change, form, town};

/// A field worker of 西店 who sees the own zone only.
async fn worker(
    test: &TestApp,
    people: &People,
    login: &str,
    at: &OpContext,
    unions: &[(&str, bool)],
) -> Account {
    let named = |(key, with_below): &(&str, bool)| NamedUnion {
        union_id: (*key).into(),
        with_below: *with_below,
    };
    let new = NewAccount {
        login: login.into(),
        name: format!("工作者{login}"),
        role: Role::FieldWorker,
        union_id: at.actor.union_id,
        reach: ReachForm {
            kind: Reach::Zone,
            unions: unions.iter().map(named).collect(),
        },
    };
    let made = create_account(&people.administrator, &test.app, new, FirstPassword::OneTime)
        .await
        .unwrap()
        .0;
    Account {
        must_change_password: false,
        ..made
    }
}

/// An open item about a union, owned by somebody.
pub(crate) async fn item(test: &TestApp, number: &str, key: &str, owner: &Account) {
    let mut tx = test.app.store.begin().await.unwrap();
    let row = tx.union_row(key).await.unwrap().unwrap();
    let id = ListItemId::mint(&*test.app.ids, test.app.now());
    let (now, today) = (test.app.now(), test.app.now().day());
    let mut record = ItemRecord::new(
        id,
        number.into(),
        ListKind::Verification,
        ItemSubject::Union,
        key.into(),
        now,
        today,
    );
    record.rule = "term-expired".into();
    record.name = row.name;
    record.state = ItemState::Assigned;
    record.owner_id = Some(owner.id);
    record.responsible_path = row.path;
    tx.merge_items([record], []).await.unwrap();
    tx.commit().await.unwrap();
}

async fn owner_of(test: &TestApp, number: &str) -> (Option<String>, ItemState) {
    let mut reader = test.app.store.read().await.unwrap();
    let item = reader.item(number).await.unwrap().unwrap();
    let owner = match item.owner_id {
        Some(id) => reader.account(id).await.unwrap().map(|account| account.login),
        None => None,
    };
    (owner, item.state)
}

async fn seen(test: &TestApp, login: &str) -> Vec<String> {
    let account = test
        .app
        .store
        .read()
        .await
        .unwrap()
        .account_by_login(login)
        .await
        .unwrap()
        .unwrap();
    let op = test.app.acting(
        &Account {
            must_change_password: false,
            ..account
        },
        None,
        None,
    );
    let lines = list(
        &op,
        &test.app,
        &UnionListParams {
            size: 200,
            ..UnionListParams::default()
        },
    )
    .await
    .unwrap()
    .lines;
    let mut keys: Vec<String> = lines.into_iter().map(|line| line.union_id).collect();
    keys.sort();
    keys
}

async fn told(test: &TestApp, account: &Account) -> Vec<String> {
    let op = test.app.acting(account, None, None);
    news(&op, &test.app)
        .await
        .unwrap()
        .into_iter()
        .map(|(words, ..)| words)
        .collect()
}

/// The invariant, asked of the rows themselves and not of what decides: nobody in two zones, nobody outside the zone's town.
async fn assert_sound(test: &TestApp, after: &str) {
    let mut tx = test.app.store.look().await.unwrap();
    let rows = tx.zone_holdings().await.unwrap();
    for union in tx.union_rows().await.unwrap() {
        let Some(place) = union.path.as_deref().map(|path| UnionPath::parse(path).unwrap()) else {
            continue;
        };
        let zones: Vec<Uuid> = rows
            .iter()
            .filter(|row| row.holds(&place))
            .map(|row| row.zone)
            .collect();
        assert!(
            zones.len() <= 1,
            "{after}: {} lies in {} zones",
            union.name,
            zones.len()
        );
        if let Some(row) = rows.iter().find(|row| row.holds(&place)) {
            assert!(
                row.ground.as_ref().unwrap().contains(&place),
                "{after}: {} lies outside its zone's town",
                union.name
            );
        }
        assert!(
            union.is_active || !rows.iter().any(|row| row.union == union.id),
            "{after}: {} is gone",
            union.name
        );
    }
}

both_engines! {
    async fn a_union_that_leaves_the_town_leaves_the_zone_with_its_items_and_the_worker_is_told(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let app = &test.app;
        let east = worker(&test, &people, "east", &people.field_worker, &[(union::BASE, true)]).await;
        item(&test, "V-1", union::BASE, &east).await;
        assert_eq!(seen(&test, "east").await, [union::BASE, "T-BRANCH", union::TOWN]);
        let said = preview(&people.county_officer, app, Change::Move, union::BASE, &form(union::OTHER_TOWN, "厂区搬迁")).await.unwrap().effects;
        assert!(said.iter().any(|words| words.contains("离开“east的片区”") && words.contains("退回待派")), "{said:?}");
        change(&people.county_officer, &test, Change::Move, union::BASE, form(union::OTHER_TOWN, "厂区搬迁")).await.unwrap();
        assert_eq!(seen(&test, "east").await, [union::TOWN]);
        assert_eq!(owner_of(&test, "V-1").await, (None, ItemState::New));
        assert_eq!(told(&test, &east).await, [
            "“宁波甲乙电器有限公司工会”离开本片区：调整上级工会：厂区搬迁",
            "“宁波甲乙电器有限公司工会”划入本片区：按账号“east”的数据范围",
        ]);
        let op = app.acting(&east, None, None);
        read_news(&op, app).await.unwrap();
        assert!(told(&test, &east).await.is_empty());
        let free = unzoned(&people.other_town_officer, app, union::OTHER_TOWN, 1, 50).await.unwrap();
        assert!(free.unions.iter().any(|one| one.union_id == union::BASE), "{free:?}");
        assert_sound(&test, "move").await;
    }

    async fn a_move_within_the_town_keeps_the_zone_and_one_under_another_zone_goes_with_it(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let app = &test.app;
        let east = worker(&test, &people, "east", &people.field_worker, &[(union::BASE, true)]).await;
        let west = worker(&test, &people, "west", &people.field_worker, &[(SECOND, true)]).await;
        item(&test, "V-1", "T-BRANCH", &east).await;
        item(&test, "V-2", union::BASE, &east).await;
        // The branch goes below the other zone's union; its own superior stays.
        let said = preview(&people.town_officer, app, Change::Move, "T-BRANCH", &form(SECOND, "车间调整")).await.unwrap().effects;
        assert!(said.iter().any(|words| words.contains("由“east的片区”（专职工作者工******）改到“west的片区”")), "{said:?}");
        change(&people.town_officer, &test, Change::Move, "T-BRANCH", form(SECOND, "车间调整")).await.unwrap();
        assert_eq!(owner_of(&test, "V-1").await, (Some("west".into()), ItemState::Assigned));
        assert_eq!(owner_of(&test, "V-2").await, (Some("east".into()), ItemState::Assigned));
        assert_eq!(seen(&test, "east").await, [union::BASE, union::TOWN]);
        assert_eq!(seen(&test, "west").await, ["T-BRANCH", SECOND, union::TOWN]);
        assert_eq!(told(&test, &west).await[0], "“宁波甲乙电器有限公司工会一分会”划入本片区：调整上级工会：车间调整");
        assert_eq!(told(&test, &east).await[0], "“宁波甲乙电器有限公司工会一分会”改到“west的片区”：调整上级工会：车间调整");
        // Out of it again, beside the other: it keeps the zone in which it is.
        let mut tx = app.store.begin().await.unwrap();
        let mut branch = tx.union_row("T-BRANCH").await.unwrap().unwrap();
        branch.union_type = UnionType::Single.code().into();
        tx.upsert_unions([branch]).await.unwrap();
        tx.commit().await.unwrap();
        let said = preview(&people.town_officer, app, Change::Move, "T-BRANCH", &form(union::TOWN, "独立")).await.unwrap().effects;
        assert!(said.iter().any(|words| words.contains("仍在“west的片区”")), "{said:?}");
        change(&people.town_officer, &test, Change::Move, "T-BRANCH", form(union::TOWN, "独立")).await.unwrap();
        assert_eq!(seen(&test, "west").await, ["T-BRANCH", SECOND, union::TOWN]);
        assert_sound(&test, "moves").await;
        // The union's own page and history say it.
        let view = union_org(&people.town_officer, app, "T-BRANCH").await.unwrap();
        assert_eq!(view.zone.unwrap().0, "west的片区（工******）");
    }

    async fn what_is_merged_split_and_dissolved_takes_its_zone_along(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        let east = worker(&test, &people, "east", &people.field_worker, &[(union::BASE, true)]).await;
        item(&test, "V-1", union::BASE, &east).await;
        let split = ChangeForm { name: "宁海县甲冲压件厂工会".into(), chair: "葛秀英".into(), term_years: "3".into(), members: "M3".into(),
            ..form("", "单独建会") };
        let said = preview(op, app, Change::Split, union::BASE, &split).await.unwrap().effects;
        assert!(said.iter().any(|words| words.contains("新组织划入“east的片区”")), "{said:?}");
        let new = change(op, &test, Change::Split, union::BASE, split).await.unwrap().union_id;
        assert!(seen(&test, "east").await.contains(&new));
        // The other town union lies in no zone: it takes the merged one's place.
        change(op, &test, Change::Merge, union::BASE, form(SECOND, "两厂合并")).await.unwrap();
        let mut expected = vec![new.clone(), "T-BRANCH".into(), SECOND.into(), union::TOWN.into()];
        expected.sort();
        assert_eq!(seen(&test, "east").await, expected);
        assert_eq!(owner_of(&test, "V-1").await.0.as_deref(), Some("east"));
        let said = preview(op, app, Change::Dissolve, &new, &form(SECOND, "停产")).await.unwrap().effects;
        assert!(said.iter().any(|words| words.contains("不再列在“east的片区”")), "{said:?}");
        change(op, &test, Change::Dissolve, &new, form(SECOND, "停产")).await.unwrap();
        assert!(!seen(&test, "east").await.contains(&new));
        assert_sound(&test, "merge, split, dissolve").await;
    }

    async fn a_part_lies_in_the_zone_of_its_union(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        // The one with all below it, the other alone.
        worker(&test, &people, "east", &people.field_worker, &[(union::BASE, true)]).await;
        worker(&test, &people, "west", &people.field_worker, &[(SECOND, false)]).await;
        for (base, zone, name) in [(union::BASE, "east", "冲压车间分会"), (SECOND, "west", "装配线工会小组")] {
            let asked = ChangeForm { name: name.into(), chair: "葛秀英".into(), term_years: "3".into(), ..form("", "会员大会通过") };
            let said = preview(op, app, Change::SetUp, base, &asked).await.unwrap().effects;
            assert!(said.iter().any(|words| words.contains(&format!("新组织划入“{zone}的片区”"))), "{said:?}");
            let new = change(op, &test, Change::SetUp, base, asked).await.unwrap().union_id;
            assert!(seen(&test, zone).await.contains(&new), "{zone}");
        }
        assert_sound(&test, "parts set up").await;
    }

    async fn a_zone_is_set_up_filled_handed_over_and_ended_by_the_town(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        let east = worker(&test, &people, "east", &people.field_worker, &[]).await;
        let west = worker(&test, &people, "west", &people.field_worker, &[]).await;
        let named = |name: &str, worker: &str| ZoneForm { name: name.into(), worker: worker.into() };
        let free = unzoned(op, app, union::TOWN, 1, 50).await.unwrap();
        assert_eq!(free.total, 3, "two base unions and a branch");
        let id = make_zone(op, app, union::TOWN, &named("西店一片", "east")).await.unwrap();
        let again = make_zone(op, app, union::TOWN, &named("西店一片", "")).await.unwrap_err();
        assert_eq!((again.kind, again.fields[0].field), (ErrorKind::Invalid, "name"));
        let stranger = make_zone(op, app, union::TOWN, &named("二片", "other-field-worker")).await.unwrap_err();
        assert_eq!(stranger.fields[0].field, "worker");
        assert_eq!(assign(op, app, union::TOWN, &[union::BASE.into(), SECOND.into()], Some(id)).await.unwrap(), 2);
        assert_eq!(unzoned(op, app, union::TOWN, 1, 50).await.unwrap().total, 0, "the branch with its superior");
        assert_eq!(seen(&test, "east").await, [union::BASE, "T-BRANCH", SECOND, union::TOWN]);
        let view = zone(op, app, id, 1, 50).await.unwrap();
        assert_eq!((view.line.unions, view.line.members, view.total), (3, 3, 3));
        assert_eq!(list(op, app, &UnionListParams { zone: id.to_string(), size: 50, ..UnionListParams::default() }).await.unwrap().total, 3);
        // The branch is not taken out alone, and nobody comes from another town.
        let alone = assign(op, app, union::TOWN, &["T-BRANCH".into()], None).await.unwrap_err();
        assert!(alone.fields[0].message.contains("随它的上级"), "{alone:?}");
        let other = make_zone(&people.county_officer, app, union::OTHER_TOWN, &named("深甽一片", "")).await.unwrap();
        let abroad = assign(&people.county_officer, app, union::TOWN, &[union::BASE.into()], Some(other)).await.unwrap_err();
        assert!(abroad.fields[0].message.contains("不跨镇街"), "{abroad:?}");
        // The leaver's work moves in one act.
        item(&test, "V-1", union::BASE, &east).await;
        item(&test, "V-2", union::TOWN, &east).await;
        app::accounts::disable_account(&people.administrator, app, east.id).await.unwrap();
        assert_eq!(zones(op, app, &ZoneParams { size: 50, ..ZoneParams::default() }).await.unwrap().lines[0].vacancy, Some("专职工作者的账号已停用"));
        assert_eq!(save_zone(op, app, id, &named("西店一片", "west")).await.unwrap(), 2);
        assert_eq!(owner_of(&test, "V-1").await.0.as_deref(), Some("west"));
        assert_eq!(owner_of(&test, "V-2").await.0.as_deref(), Some("west"));
        assert_eq!(seen(&test, "west").await, [union::BASE, "T-BRANCH", SECOND, union::TOWN]);
        assert_eq!(told(&test, &west).await, ["片区“西店一片”移交给您，未办结清单项 2 项随同"]);
        assert_eq!(told(&test, &east).await.len(), 2, "set up and filled; whoever is out of use is told nothing more");
        // Who sees another town, or the own zone alone, sees no more here either.
        assert_eq!(zone(&people.other_town_officer, app, id, 1, 50).await.unwrap_err().kind, ErrorKind::NotFound);
        assert_eq!(zones(&people.other_town_officer, app, &ZoneParams { size: 50, ..ZoneParams::default() }).await.unwrap().total, 1);
        let account = app.store.read().await.unwrap().account(west.id).await.unwrap().unwrap();
        let west_op = app.acting(&Account { must_change_password: false, ..account }, None, None);
        assert_eq!(zones(&west_op, app, &ZoneParams { size: 50, ..ZoneParams::default() }).await.unwrap().total, 1);
        assert_eq!(unzoned(&west_op, app, union::TOWN, 1, 50).await.unwrap_err().code, "UNI-431");
        assert_eq!(end_zone(op, app, id).await.unwrap(), 2);
        assert_eq!(owner_of(&test, "V-1").await, (None, ItemState::New));
        assert_eq!(zone(op, app, id, 1, 50).await.unwrap_err().code, "ZON-404");
        assert_sound(&test, "the end").await;
    }

    async fn a_file_that_moves_a_union_takes_it_out_of_a_zone_of_another_town(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let east = worker(&test, &people, "east", &people.field_worker, &[(union::BASE, true)]).await;
        let text = format!("工会标识,工会名称,上级工会标识\n{},宁波甲乙电器有限公司工会,{}\n", union::BASE, union::OTHER_TOWN);
        let file = test.dir.path().join("unions.csv");
        std::fs::write(&file, text).unwrap();
        import_file(&test.system(), &test.app, Kind::Unions, &file, "unions.csv", app::progress::unwatched()).await.unwrap();
        assert_eq!(seen(&test, "east").await, [union::TOWN]);
        let said = "“宁波甲乙电器有限公司工会”、“宁波甲乙电器有限公司工会一分会”离开本片区：导入第 1 批";
        assert!(told(&test, &east).await.contains(&said.to_owned()), "{:?}", told(&test, &east).await);
        assert_sound(&test, "import").await;
    }

    async fn a_file_that_takes_a_union_from_under_anothers_row_says_so_and_taking_it_back_too(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let app = &test.app;
        let east = worker(&test, &people, "east", &people.field_worker, &[(union::BASE, true)]).await;
        item(&test, "V-1", "T-BRANCH", &east).await;
        let before = seen(&test, "east").await;
        // The branch lies in the zone by its superior alone, and comes to stand beside it.
        let text = format!("工会标识,工会名称,工会类型,上级工会标识,操作\nT-BRANCH,宁波甲乙电器有限公司工会一分会,联合基层工会,{},U\n", union::TOWN);
        let file = test.dir.path().join("unions.csv");
        std::fs::write(&file, text).unwrap();
        let said = "“宁波甲乙电器有限公司工会一分会”不再挂在划入片区“east的片区”（专职工作者工******）的上级之下，列入未划片区的工会";
        let check = check_file(&test.system(), app, Kind::Unions, &file, "unions.csv", unwatched()).await.unwrap();
        assert_eq!(check.counts.zoned, 1);
        let lines = check_lines(&test.system(), app, check.check_no, Outcome::Zoned).await.unwrap();
        assert_eq!((lines[0].key.as_str(), lines[0].text.as_str()), ("T-BRANCH", said));
        assert_eq!(seen(&test, "east").await, before, "a check changes nothing");
        let report = import_file(&test.system(), app, Kind::Unions, &file, "unions.csv", unwatched()).await.unwrap();
        assert_eq!((report.zoned, report.zoned_named), (1, vec![said.to_owned()]));
        assert!(report.has_rejects, "the workbook names all");
        assert!(told(&test, &east).await.contains(&"“宁波甲乙电器有限公司工会一分会”离开本片区：导入第 1 批".to_owned()));
        assert_eq!(owner_of(&test, "V-1").await, (None, ItemState::New), "the item waits to be given out");
        let free = unzoned(&people.town_officer, app, union::TOWN, 1, 50).await.unwrap();
        assert!(free.unions.iter().any(|one| one.union_id == "T-BRANCH"), "{free:?}");
        assert_sound(&test, "import").await;

        let undone = undo(&test.system(), app, report.batch_no).await.unwrap();
        assert_eq!(undone.zoned_named, ["“宁波甲乙电器有限公司工会一分会”随上级划入片区“east的片区”（专职工作者工******）"]);
        assert!(told(&test, &east).await.contains(&"“宁波甲乙电器有限公司工会一分会”划入本片区：撤销第 1 批".to_owned()));
        assert_eq!(seen(&test, "east").await, before);
        assert_sound(&test, "undo").await;
    }

    async fn no_sequence_of_changes_makes_two_zones_overlap(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, op) = (&test.app, &people.county_officer);
        // Two towns with a small forest each.
        let mut tx = app.store.begin().await.unwrap();
        let base = tx.union_row(union::BASE).await.unwrap().unwrap();
        let mut keys: Vec<String> = vec![union::BASE.into(), SECOND.into()];
        for (town, at) in [(union::TOWN, 20), (union::OTHER_TOWN, 30)] {
            let over = tx.union_row(town).await.unwrap().unwrap();
            for nth in 0..4 {
                let key = format!("R-{at}-{nth}");
                let (parent, path) = match nth {
                    3 => {
                        let first = tx.union_row(&format!("R-{at}-0")).await.unwrap().unwrap();
                        (first.union_id, format!("{}0000/", first.path.unwrap()))
                    }
                    _ => (town.to_owned(), format!("{}00{}/", over.path.as_deref().unwrap(), at + nth)),
                };
                let row = UnionRow {
                    id: UnionOrgId::mint(&*app.ids, app.now()).uuid(),
                    union_id: key.clone(),
                    name: format!("宁海县第{at}{nth}厂工会"),
                    search: format!("宁海县第{at}{nth}厂工会"),
                    union_type: UnionType::Joint.code().into(),
                    parent_id: Some(parent),
                    path: Some(path),
                    ..base.clone()
                };
                tx.upsert_unions([row]).await.unwrap();
                keys.push(key);
            }
        }
        tx.commit().await.unwrap();
        let mut zones = Vec::new();
        for (town, name) in [(union::TOWN, "一"), (union::TOWN, "二"), (union::OTHER_TOWN, "三")] {
            let id = make_zone(op, app, town, &ZoneForm { name: name.into(), worker: String::new() }).await.unwrap();
            zones.push((town, id));
        }
        let mut dice: u64 = 0x5eed;
        let mut roll = |most: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) as usize % most
        };
        let (mut assigned, mut changed) = (0, 0);
        for step in 0..120 {
            let (one, two) = (keys[roll(keys.len())].clone(), keys[roll(keys.len())].clone());
            let what = roll(8);
            let done = match what {
                0..3 => {
                    let (town, zone) = zones[roll(zones.len())];
                    let to = (roll(5) > 0).then_some(zone);
                    let ok = assign(op, app, town, std::slice::from_ref(&one), to).await.is_ok();
                    assigned += usize::from(ok);
                    ok
                }
                _ => {
                    let (kind, other) = match what {
                        3 => (Change::Merge, two.clone()),
                        4 => (Change::Dissolve, String::new()),
                        5 => (Change::Move, [union::TOWN, union::OTHER_TOWN][roll(2)].to_owned()),
                        _ => (Change::Move, two.clone()),
                    };
                    // What ends for good is rare, or nothing is left to move.
                    let is_end = matches!(kind, Change::Merge | Change::Dissolve);
                    if is_end && step % 7 > 0 {
                        continue;
                    }
                    let asked = form(&other, "试");
                    match preview(op, app, kind, &one, &asked).await {
                        Ok(seen) => {
                            apply(op, app, kind, &one, &ChangeForm { seen: seen.seen, ..asked }).await.unwrap();
                            changed += 1;
                            true
                        }
                        Err(_) => false,
                    }
                }
            };
            if done {
                assert_sound(&test, &format!("step {step}: {what} {one} {two}")).await;
            }
        }
        assert!(assigned > 5 && changed > 10, "{assigned} assigned, {changed} changed: nothing was tried");
    }
}

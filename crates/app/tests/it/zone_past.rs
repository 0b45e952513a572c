//! 历史片区: which zones there were on a past day, who looked after them under which name, and what lay in them.

use app::accounts::{
    AccountForm, FirstPassword, NamedUnion, NewAccount, ReachForm, create_account, save_account,
};
use app::error::ErrorKind;
use app::export::{Cell, ListExport, list as export_list};
use app::op::OpContext;
use app::union_org::as_of::as_of_file;
use app::union_org::change::Change;
use app::zone::as_of::{zone_as_of, zones_as_of};
use app::zone::{ZoneForm, ZoneParams, assign, end_zone, make_zone, save_zone};
use codes::time::Day;
use domain::accounts::{Account, Reach, Role};
use testkit::{People, TestApp, both_engines, union};

use crate::union_change::{SECOND, change, form, town};

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

fn all() -> ZoneParams {
    ZoneParams {
        page: 1,
        size: 50,
        ..ZoneParams::default()
    }
}

/// A field worker of 西店 with the own zone for a scope.
async fn worker(test: &TestApp, people: &People, login: &str, name: &str) -> Account {
    let new = NewAccount {
        login: login.into(),
        name: name.into(),
        role: Role::FieldWorker,
        union_id: people.field_worker.actor.union_id,
        reach: own_zone(),
    };
    let made = create_account(&people.administrator, &test.app, new, FirstPassword::OneTime).await;
    made.unwrap().0
}

fn own_zone() -> ReachForm {
    ReachForm {
        kind: Reach::Zone,
        unions: Vec::new(),
    }
}

/// Name, field worker, unions and what is different today of each zone of a day.
async fn told(op: &OpContext, test: &TestApp, on: &str) -> Vec<(String, String, i64, String)> {
    let found = zones_as_of(op, &test.app, day(on), &all()).await.unwrap();
    assert_eq!(found.total, found.lines.len() as i64);
    let lines = found.lines.into_iter().map(|zone| {
        let worker = zone.line.worker.map(|(_, name)| name).unwrap_or_default();
        (
            zone.line.name,
            worker,
            zone.line.unions,
            zone.since.unwrap_or_default(),
        )
    });
    lines.collect()
}

fn line(name: &str, worker: &str, unions: i64, since: &str) -> (String, String, i64, String) {
    (name.to_owned(), worker.to_owned(), unions, since.to_owned())
}

both_engines! {
    async fn a_past_day_has_its_own_zones_workers_and_unions(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        let first = worker(&test, &people, "lin", "林海").await;
        worker(&test, &people, "gexy", "葛秀英").await;
        let named = |name: &str, worker: &str| ZoneForm { name: name.into(), worker: worker.into() };
        // 3 August: a zone with the base union and its branch.
        let id = make_zone(op, app, union::TOWN, &named("西店一片", "lin")).await.unwrap();
        assign(op, app, union::TOWN, &[union::BASE.into()], Some(id)).await.unwrap();
        // 13 August: its field worker's account bears another name.
        test.clock.advance_days(10);
        let renamed = AccountForm { name: "林小海".into(), role: Role::FieldWorker, union_id: first.union_id, reach: ReachForm { unions: vec![NamedUnion { union_id: union::BASE.into(), with_below: true }], ..own_zone() } };
        save_account(&people.administrator, app, first.id, renamed).await.unwrap();
        // 23 August: another name, another field worker, another union.
        test.clock.advance_days(10);
        save_zone(op, app, id, &named("西店电商园片", "gexy")).await.unwrap();
        assign(op, app, union::TOWN, &[SECOND.into()], Some(id)).await.unwrap();
        // 2 September: the base union leaves the town.
        test.clock.advance_days(10);
        change(&people.county_officer, &test, Change::Move, union::BASE, form(union::OTHER_TOWN, "厂区搬迁")).await.unwrap();
        assert_eq!(told(op, &test, "2026-08-02").await, [], "there was none yet");
        assert_eq!(told(op, &test, "2026-08-03").await, [line("西店一片", "林海", 2, "现名“西店电商园片”，现由葛**负责")]);
        assert_eq!(told(op, &test, "2026-08-13").await[0].1, "林小海", "the name of then, from the day on which it was changed");
        assert_eq!(told(op, &test, "2026-08-22").await[0], line("西店一片", "林小海", 2, "现名“西店电商园片”，现由葛**负责"));
        assert_eq!(told(op, &test, "2026-08-23").await, [line("西店电商园片", "葛秀英", 3, "")]);
        assert_eq!(told(op, &test, "2026-09-02").await, [line("西店电商园片", "葛秀英", 1, "")]);
        let then = zone_as_of(op, app, day("2026-08-31"), id, 1, 50).await.unwrap();
        let keys: Vec<(&str, bool)> = then.unions.iter().map(|one| (one.union.union_id.as_str(), one.union.is_named)).collect();
        assert_eq!((keys, then.total), (vec![(union::BASE, true), ("T-BRANCH", false), (SECOND, true)], 3));
        assert_eq!(then.zone.line.members, 3);
        assert!(!then.unions[0].is_open && then.unions[2].is_open, "the base union is another town's today");
        let second = zone_as_of(op, app, day("2026-08-31"), id, 2, 2).await.unwrap();
        assert_eq!((second.unions.len(), second.total), (1, 3));

        // Dissolved, it still was.
        test.clock.advance_days(10);
        end_zone(op, app, id).await.unwrap();
        assert_eq!(told(op, &test, "2026-09-12").await, []);
        assert_eq!(told(op, &test, "2026-09-11").await, [line("西店电商园片", "葛秀英", 1, "已撤销")]);
        assert!(!zone_as_of(op, app, day("2026-09-11"), id, 1, 50).await.unwrap().is_open);
        assert_eq!(zone_as_of(op, app, day("2026-09-12"), id, 1, 50).await.unwrap_err().code, "ZON-404");
        assert_eq!(zones_as_of(op, app, day("2026-09-13"), &all()).await.unwrap_err().code, "UNI-430");
    }

    async fn whoever_does_not_see_a_zone_today_does_not_see_its_past(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        let east = worker(&test, &people, "east", "林海").await;
        worker(&test, &people, "west", "葛秀英").await;
        let mut ids = Vec::new();
        for (name, login, key) in [("一片", "east", union::BASE), ("二片", "west", SECOND)] {
            let id = make_zone(op, app, union::TOWN, &ZoneForm { name: name.into(), worker: login.into() }).await.unwrap();
            assign(op, app, union::TOWN, &[key.into()], Some(id)).await.unwrap();
            ids.push(id);
        }
        test.clock.advance_days(1);
        let then = day("2026-08-03");
        for (who, sees) in [(op, 2), (&people.county_officer, 2), (&people.city_officer, 2), (&people.other_town_officer, 0)] {
            assert_eq!(zones_as_of(who, app, then, &all()).await.unwrap().total, sees, "{}", who.actor.login);
        }
        assert_eq!(zone_as_of(&people.other_town_officer, app, then, ids[0], 1, 50).await.unwrap_err().kind, ErrorKind::NotFound);
        let account = app.store.read().await.unwrap().account(east.id).await.unwrap().unwrap();
        let own = app.acting(&Account { must_change_password: false, ..account }, None, None);
        let names: Vec<String> = told(&own, &test, "2026-08-03").await.into_iter().map(|line| line.0).collect();
        assert_eq!(names, ["一片"], "a field worker sees the own one");
        assert_eq!(zone_as_of(&own, app, then, ids[0], 1, 50).await.unwrap().total, 2);
        assert_eq!(zone_as_of(&own, app, then, ids[1], 1, 50).await.unwrap_err().code, "ZON-404");
        let under = |key: &str| ZoneParams { ground: key.into(), ..all() };
        assert_eq!(zones_as_of(&people.county_officer, app, then, &under(union::TOWN)).await.unwrap().total, 2);
        assert_eq!(zones_as_of(&people.county_officer, app, then, &under(union::OTHER_TOWN)).await.unwrap().total, 0);
        assert_eq!(zones_as_of(op, app, then, &under(union::OTHER_TOWN)).await.unwrap_err().code, "UNI-404");
        let vacant = ZoneParams { is_without_worker: true, ..all() };
        assert_eq!(zones_as_of(op, app, then, &vacant).await.unwrap().total, 0);
    }

    async fn files_say_in_which_zone_a_row_lies(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        let east = worker(&test, &people, "east", "林海").await;
        let id = make_zone(op, app, union::TOWN, &ZoneForm { name: "西店一片".into(), worker: "east".into() }).await.unwrap();
        assign(op, app, union::TOWN, &[union::BASE.into()], Some(id)).await.unwrap();
        crate::zone::item(&test, "V-1", "T-BRANCH", &east).await;
        crate::zone::item(&test, "V-2", SECOND, &east).await;
        let rows = export_list(&test.system(), app, ListExport::default()).await.unwrap().rows;
        let zones: Vec<(Cell, Cell)> = rows.map(|row| row.unwrap()).map(|row| (row[0].clone(), row[9].clone())).collect();
        assert_eq!(zones, [("V-1".into(), Cell::Text(id.to_string())), ("V-2".into(), Cell::Empty)]);

        test.clock.advance_days(1);
        end_zone(op, app, id).await.unwrap();
        let file = as_of_file(op, app, day("2026-08-03"), None, None).await.unwrap();
        let text = String::from_utf8(file.bytes).unwrap();
        let of = |key: &str| text.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
        assert!(of("T-BRANCH").contains("西店一片,林*,"), "{}", of("T-BRANCH"));
        assert!(!of(SECOND).contains("西店一片") && !text.contains("林海"), "{text}");
        let today = as_of_file(op, app, day("2026-08-04"), None, None).await.unwrap();
        assert!(!String::from_utf8(today.bytes).unwrap().contains("西店一片"));
    }
}

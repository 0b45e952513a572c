//! Covered employers: entered, ended and corrected by hand, handed over with a change, and left alone by files.

use app::error::ErrorKind;
use app::intake::{BatchReport, import_file};
use app::union_org::change::{Change, ChangeForm};
use app::union_org::cover::{CoverForm, CoverView, add_cover, correct_cover, covers, end_cover};
use codes::time::Day;
use domain::intake::Kind;
use store::cover::CoverRow;
use testkit::{People, TestApp, both_engines, union};

use crate::union_change::{SECOND, change, form, town};

const CODE: &str = "91330226MA2T0TE13C";

async fn import(test: &TestApp, text: &str) -> BatchReport {
    let file = test.dir.path().join("covers.csv");
    std::fs::write(&file, text).unwrap();
    import_file(
        &test.system(),
        &test.app,
        Kind::Covers,
        &file,
        "covers.csv",
        app::progress::unwatched(),
    )
    .await
    .unwrap()
}

/// Name, first and last day of each: those of today, then those of before.
async fn told(test: &TestApp, people: &People, key: &str) -> (Vec<String>, Vec<String>) {
    let found = covers(&people.town_officer, &test.app, key).await.unwrap();
    let line = |one: CoverView| {
        let day = |day: Option<Day>| day.map_or_else(|| "?".to_owned(), |day| day.to_string());
        format!(
            "{} {} {}",
            one.name.unwrap_or_default(),
            day(one.from),
            day(one.to)
        )
    };
    (
        found.present.into_iter().map(line).collect(),
        found.past.into_iter().map(line).collect(),
    )
}

async fn put(test: &TestApp, rows: &[(&str, &str, Option<&str>, &str, Option<&str>)]) {
    let rows = rows.iter().map(|(union_id, key, code, name, to)| CoverRow {
        cover_key: format!("{union_id}|{key}"),
        union_id: (*union_id).into(),
        employer_code: code.map(str::to_owned),
        employer_name: Some((*name).into()),
        cover_from: Some(Day::parse_iso("2019-01-01").unwrap().naive()),
        cover_to: to.map(|to| Day::parse_iso(to).unwrap().naive()),
        row_hash: 0,
        batch_no: None,
    });
    let mut tx = test.app.store.begin().await.unwrap();
    tx.upsert_covers(rows).await.unwrap();
    tx.commit().await.unwrap();
}

fn typed(code: &str, name: &str, from: &str) -> CoverForm {
    CoverForm {
        code: code.into(),
        name: name.into(),
        from: from.into(),
        ..CoverForm::default()
    }
}

both_engines! {
    async fn an_employer_is_entered_ended_and_corrected_and_files_leave_it_alone(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        for (wrong, field) in [
            (typed("", "", "2020-01-01"), "name"),
            (typed("123", "甲厂厂", "2020-01-01"), "code"),
            (typed(CODE, "", "2026-08-04"), "from"),
            (typed(CODE, "", "去年"), "from"),
            (CoverForm { to: "2019-01-01".into(), ..typed(CODE, "", "2020-01-01") }, "to"),
        ] {
            let refused = add_cover(op, app, SECOND, &wrong).await.unwrap_err();
            assert_eq!((refused.code, refused.fields[0].field), ("UNI-426", field), "{refused}");
        }
        let refused = add_cover(op, app, union::BASE, &typed("", "宁海县丙厂", "")).await.unwrap_err();
        assert!(refused.message.contains("不是联合基层工会"), "{refused}");
        add_cover(op, app, SECOND, &typed(CODE, "宁海县丙厂", "2020-01-01")).await.unwrap();
        let twice = add_cover(op, app, SECOND, &typed(CODE, "", "2021-01-01")).await.unwrap_err();
        assert!(twice.fields[0].message.contains("已在覆盖"), "{twice}");
        assert_eq!(told(&test, &people, SECOND).await.0, ["宁海县丙厂 2020-01-01 ?"]);

        // A file that says otherwise, or writes the same employer by its name, changes nothing and is told so.
        let file = format!("union_id,employer_uscc,employer_name,from,to\n{SECOND},{CODE},宁海县丙厂,2018-01-01,2020-12-31\n{SECOND},,宁海县丙厂,,\n{SECOND},,宁海县丁厂,2022-01-01,\n");
        let report = import(&test, &file).await;
        assert_eq!((report.created, report.kept, report.rejected), (1, 2, 0), "{report:?}");
        assert_eq!(told(&test, &people, SECOND).await.0, ["宁海县丁厂 2022-01-01 ?", "宁海县丙厂 2020-01-01 ?"]);

        let key = covers(op, app, SECOND).await.unwrap().present.into_iter().find(|one| one.is_by_hand).unwrap().key;
        let early = end_cover(op, app, SECOND, &key, "2019-12-31", None).await.unwrap_err();
        assert!(early.fields[0].message.contains("2020-01-01"), "{early}");
        end_cover(op, app, SECOND, &key, "2026-08-02", None).await.unwrap();
        let same = CoverForm { to: "2026-08-02".into(), ..typed(CODE, "宁海县丙厂", "2020-01-01") };
        let nothing = correct_cover(op, app, SECOND, &key, &same).await.unwrap_err();
        assert!(nothing.message.contains("没有要更正的"), "{nothing}");
        correct_cover(op, app, SECOND, &key, &CoverForm { from: "2020-03-01".into(), ..same }).await.unwrap();
        // Covered a second time: the first time stays in the record.
        add_cover(op, app, SECOND, &typed(CODE, "宁海县丙厂", "2026-08-03")).await.unwrap();
        let (present, past) = told(&test, &people, SECOND).await;
        assert_eq!(present, ["宁海县丁厂 2022-01-01 ?", "宁海县丙厂 2026-08-03 ?"]);
        assert_eq!(past, ["宁海县丙厂 2020-03-01 2026-08-02"]);
        let report = import(&test, &file.replace("2018-01-01", "2017-01-01")).await;
        // Missing are the two of another union alone.
        assert_eq!((report.created, report.updated, report.missing), (0, 0, 2), "{report:?}");
        assert_eq!(told(&test, &people, SECOND).await, (present, past));
        for (name, op) in people.everybody() {
            let answer = add_cover(op, app, SECOND, &typed(CODE, "", "")).await.unwrap_err();
            let expected = match name {
                "city_officer" | "county_officer" | "town_officer" => ErrorKind::Invalid,
                "other_town_officer" | "other_county_officer" => ErrorKind::NotFound,
                _ => ErrorKind::Forbidden,
            };
            assert_eq!(answer.kind, expected, "{name}");
        }
    }

    async fn a_merger_loses_no_cover_and_the_next_file_brings_none_back(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        put(&test, &[
            // Of before: the merged union covers it today.
            (SECOND, "甲", None, "宁海县甲冲压件厂", Some("2020-12-31")),
            // The same name, another employer.
            (SECOND, CODE, Some(CODE), "宁海县乙模具厂", None),
            (union::BASE, "B", Some("91330226MA2T0TE21X"), "宁海县乙模具厂", None),
            (union::BASE, "old", None, "宁海县旧厂", Some("2021-12-31")),
        ]).await;
        change(&people.town_officer, &test, Change::Merge, union::BASE, form(SECOND, "两厂合并")).await.unwrap();
        let (present, past) = told(&test, &people, SECOND).await;
        assert_eq!(present, [
            "宁海县乙模具厂 2019-01-01 ?",
            "宁海县乙模具厂 2026-08-03 ?",
            "宁海县甲冲压件厂 2026-08-03 ?",
        ]);
        assert_eq!(past, ["宁海县甲冲压件厂 2019-01-01 2020-12-31"]);
        let (present, mut past) = told(&test, &people, union::BASE).await;
        past.sort();
        assert_eq!(present, Vec::<String>::new());
        assert_eq!(past, ["宁海县乙模具厂 2019-01-01 2026-08-02", "宁海县旧厂 2019-01-01 2021-12-31", "宁海县甲冲压件厂 ? 2026-08-02"]);
    }

    async fn a_split_is_not_undone_by_the_next_list(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let list = format!("union_id,employer_uscc,employer_name,from\n{SECOND},,宁海县丙厂,2019-01-01\n{SECOND},,宁海县丁厂,2019-01-01\n");
        assert_eq!(import(&test, &list).await.created, 2);
        let key = covers(&people.town_officer, &test.app, SECOND).await.unwrap().present.into_iter()
            .find(|one| one.name.as_deref() == Some("宁海县丙厂")).unwrap().key;
        let split = ChangeForm {
            name: "宁海县丙厂工会".into(),
            chair: "邵国海".into(),
            term_years: "3".into(),
            covers: vec![key],
            ..form("", "独立建会")
        };
        let new = change(&people.town_officer, &test, Change::Split, SECOND, split).await.unwrap().union_id;
        let report = import(&test, &(list.clone() + &format!("{SECOND},,宁海县戊厂,2026-01-01\n"))).await;
        // Missing are the two of another union alone, not what a person has moved.
        assert_eq!((report.created, report.updated, report.kept, report.missing), (1, 0, 1, 2), "{report:?}");
        assert_eq!(told(&test, &people, &new).await.0, ["宁海县丙厂 2026-08-03 ?"]);
        let (present, past) = told(&test, &people, SECOND).await;
        assert_eq!(present, ["宁海县丁厂 2019-01-01 ?", "宁海县戊厂 2026-01-01 ?"], "one employer, one union");
        assert_eq!(past, ["宁海县丙厂 2019-01-01 2026-08-02"]);
        // Nor does a row that takes it out take away what a person did.
        let report = import(&test, &format!("op,union_id,employer_name\nD,{SECOND},宁海县丙厂\n")).await;
        assert_eq!((report.deleted, report.kept), (0, 1), "{report:?}");
    }
}

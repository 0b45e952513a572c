//! 导出台账: what goes out comes back as it was, masked unless allowed, and the journal knows.

use app::error::ErrorKind;
use app::export::register::{
    AT_ONCE_MAX, Asked, JOB, RegisterExport, ask_register, export_download, make_register, own_exports, work,
};
use app::intake::{BatchReport, Outcome, check_file, check_lines, import_file};
use app::op::OpContext;
use app::progress::unwatched;
use app::security::save_security_policy;
use domain::accounts::{Account, Role};
use domain::intake::Kind;
use domain::security::SecurityPolicy;
use store::union_org::UnionRow;
use testkit::{People, TestApp, both_engines, union};

fn long(name: &str) -> String {
    name.repeat(50 / name.chars().count())
}

/// Everything that spoils files: signs of formulas, marks, rare characters, old numbers, zeros in front, line breaks, quotes.
fn nasty_members() -> String {
    let names = [
        "王·明",
        "𠮷田",
        "李",
        "阿卜杜热西提·麦麦提艾力",
        "=cmd|calc",
        "null",
        "张三",
        "DROP",
        "欧阳\u{200d}娜娜",
    ];
    let mut text =
        "member_id,union_id,name,id_no,phone,join_date,学历,性别,出生日期,民族,工作单位,会员卡号\n"
            .to_owned();
    for (n, name) in names
        .iter()
        .map(|name| (*name).to_owned())
        .chain([long("长"), long("𪚥")])
        .enumerate()
    {
        text += &format!(
            "00{n},T-BASE,{name},,,2020-01-0{},本科,,,汉族,\"宁波\"\"甲乙\"\"，有限公司\",000{n}\n",
            n % 9 + 1
        );
    }
    // Fifteen digits; ruined; not a number; a passport; an unreadable phone and date; a sex that the number contradicts.
    text += "N1,T-BASE,周一,330226670401001,13800000002,2020-01-02,,,,,,\n";
    text += "N2,T-BASE,周二,3.30226E+17,12,20x1,火星,,,,,\n";
    text += "N3,T-BASE,周三,E12345678,0574-87654321,1.5,,,,,,\n";
    text += "N4,T-BASE,周四,330226196704010011,+8613800000004,1970-01-01,,女,1980-01-01,,,\n";
    text += "N5,T-BASE,周五,33022619670401001x,-,2099-01-01,,,,,,\n";
    text
}

const NASTY_UNIONS: &str = "union_id,union_name,employer_uscc,employer_name,county,street,union_type,parent_id,founded,declared_members,phone,chair,lon,lat,职工人数,工会代码\n\
    007,宁波·甲𠮷电器有限公司工会委员会,91330226MA2T0TE13C,,宁海县,西店镇,独立基层工会,T-XIDIAN,2018.8年,060,13800000001,王·明,121.5,29.3,61,\n\
    008,西店镇园区联合工会,乱写的代码,=公司,330226,西店,未知类型,T-XIDIAN,2019-01-01,x,12,@主席,181,29.30,-3,8133\n\
    009,无名工会,,,没有这个县,,,,,,,,,,,\n";

fn put(test: &TestApp, name: &str, bytes: impl AsRef<[u8]>) -> std::path::PathBuf {
    let path = test.dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

async fn take(test: &TestApp, kind: Kind, name: &str, bytes: impl AsRef<[u8]>) -> BatchReport {
    let path = put(test, name, bytes);
    import_file(&test.system(), &test.app, kind, &path, name, unwatched())
        .await
        .unwrap()
}

fn asked(kind: &str, format: &str, is_plain: bool) -> RegisterExport {
    RegisterExport {
        kind: kind.into(),
        format: format.into(),
        is_plain,
        reason: "核对台账".into(),
        purpose: if is_plain && kind == "members" {
            "L01".into()
        } else {
            String::new()
        },
        ..RegisterExport::default()
    }
}

async fn exported(op: &OpContext, test: &TestApp, asked: &RegisterExport) -> (String, Vec<u8>) {
    let number = make_register(op, &test.app, asked, unwatched()).await.unwrap();
    let file = export_download(op, &test.app, number).await.unwrap();
    let name = file.file_name.clone();
    (name, file.flat_map(Result::unwrap).collect())
}

async fn town(test: &TestApp) -> People {
    let people = People::of(test).await;
    let unions = take(test, Kind::Unions, "unions.csv", NASTY_UNIONS).await;
    let members = take(test, Kind::Members, "members.csv", nasty_members()).await;
    assert_eq!((unions.created, members.created, members.rejected), (3, 16, 0));
    people
}

both_engines! {
    async fn what_goes_out_in_full_comes_back_as_the_same(database: Database) {
        let test = TestApp::on(database).await;
        town(&test).await;
        let op = test.system();
        for (kind, format) in [(Kind::Unions, "csv"), (Kind::Members, "csv"), (Kind::Unions, "xlsx"), (Kind::Members, "xlsx")] {
            let (name, bytes) = exported(&op, &test, &asked(kind.name(), format, true)).await;
            let path = put(&test, &name, &bytes);
            let check = check_file(&op, &test.app, kind, &path, &name, unwatched()).await.unwrap();
            let changed = check_lines(&op, &test.app, check.check_no, Outcome::Updated).await.unwrap();
            let refused = check_lines(&op, &test.app, check.check_no, Outcome::Rejected).await.unwrap();
            assert!(changed.is_empty() && refused.is_empty(), "{name}: {changed:?} {refused:?}");
            let counts = check.counts;
            assert_eq!((counts.unchanged, counts.created, counts.missing), (counts.rows, 0, 0), "{name}");
            assert!(counts.rows >= 9, "{name}: {}", counts.rows);
        }
    }

    async fn what_persons_have_changed_goes_out_and_comes_back_as_the_same(database: Database) {
        let test = TestApp::on(database).await;
        let people = crate::membership_life::town(&test).await;
        let (app, op, city) = (&test.app, test.system(), &people.city_officer);
        use app::membership::{Answer, ChangeForm, answer, ask_change, ask_correction, ask_join, list};
        use testkit::union;
        let done = async |asked: Result<uuid::Uuid, app::error::AppError>| {
            answer(city, app, asked.unwrap(), Answer::Accept, "").await.unwrap();
        };
        // Another one each: corrected, moved, retained and restored, kept without work where a union ended, moved with a union.
        let more = "M4,T-BASE,王,,13857420004,2018-03-01,本科\nM5,T-BASE,陆小红,,,2019-03-01,\nM6,T-BASE,方之,,,2019-03-02,高中\n";
        crate::membership_life::take(&test, &crate::membership_life::members(more)).await;
        let typed = [("name", "邵国梅"), ("education", "本科"), ("ethnicity", "畲族"), ("phone", "0574-65123456")];
        let typed = typed.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        done(ask_correction(city, app, union::BASE, "M1", &typed, "按证件").await).await;
        let asks = crate::membership_life::asks;
        let to = ChangeForm { to: crate::membership_life::OTHER.into(), ..asks("move", "2026-08-01", "1") };
        done(ask_change(city, app, union::BASE, "M2", &to).await).await;
        done(ask_change(city, app, union::BASE, "M4", &asks("retain", "2026-08-01", "7")).await).await;
        done(ask_change(city, app, union::BASE, "M5", &asks("retain", "2026-08-01", "7")).await).await;
        done(ask_change(city, app, union::BASE, "M5", &asks("restore", "2026-08-02", "")).await).await;
        done(ask_join(city, app, union::BASE, &crate::membership_life::joins("李", "330226196704010011")).await).await;
        crate::membership_files::dissolved(city, &test, app::union_org::change::Change::Dissolve, crate::membership_life::OTHER, union::BASE).await;
        for (kind, format, least) in [(Kind::Members, "csv", 7), (Kind::Members, "xlsx", 7), (Kind::Unions, "csv", 5)] {
            let (name, bytes) = exported(&op, &test, &asked(kind.name(), format, true)).await;
            let path = put(&test, &name, &bytes);
            let check = check_file(&op, app, kind, &path, &name, unwatched()).await.unwrap();
            let mut told = Vec::new();
            for outcome in [Outcome::Updated, Outcome::Rejected, Outcome::Doubtful, Outcome::Kept] {
                told.extend(check_lines(&op, app, check.check_no, outcome).await.unwrap());
            }
            assert!(told.is_empty(), "{name}: {told:?}");
            assert_eq!((check.counts.unchanged, check.counts.created, check.counts.kept), (check.counts.rows, 0, 0), "{name}");
            assert!(check.counts.rows >= least, "{name}: {}", check.counts.rows);
        }
        // Taken in earnest, too.
        let (name, bytes) = exported(&op, &test, &asked("members", "csv", true)).await;
        let before = list(city, app, &app::membership::MemberListParams { page: 1, size: 50, ..Default::default() }).await.unwrap();
        let report = take(&test, Kind::Members, &name, bytes).await;
        assert_eq!((report.updated, report.created, report.rejected, report.kept), (0, 0, 0, 0), "{report:?}");
        let after = list(city, app, &app::membership::MemberListParams { page: 1, size: 50, ..Default::default() }).await.unwrap();
        assert_eq!(before, after);
    }

    async fn the_members_of_a_list_of_unions_are_those_of_the_list(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let op = test.system();
        let all = asked("members", "csv", false);
        let count = async |narrowed: &RegisterExport| app::export::register::register_count(&op, &test.app, narrowed).await.unwrap();
        let mut reader = test.app.store.read().await.unwrap();
        let unions = reader.union_rows().await.unwrap();
        drop(reader);
        // One union that has members, and what the list of unions narrows it by.
        let mut with_members = Vec::new();
        for union in &unions {
            let members = count(&RegisterExport { union_id: union.union_id.clone(), ..all.clone() }).await;
            with_members.push((members, union));
        }
        let (members, union) = with_members.iter().filter(|(members, _)| *members > 0).min_by_key(|(members, _)| *members).unwrap();
        let named = RegisterExport { union_q: union.name.clone(), ..all.clone() };
        assert_eq!(count(&named).await, *members, "{}", union.name);
        let (name, bytes) = exported(&op, &test, &named).await;
        let lines = String::from_utf8(bytes).unwrap().lines().count();
        assert!(lines as i64 > *members && name.ends_with(".csv"));
        let of = |field: fn(&UnionRow) -> String| -> i64 {
            let same = with_members.iter().filter(|(_, one)| field(one) == field(union));
            same.map(|(members, _)| members).sum()
        };
        let kind = RegisterExport { union_type: union.union_type.clone(), ..all.clone() };
        assert_eq!(count(&kind).await, of(|one| one.union_type.clone()));
        let parent = RegisterExport { parent_id: union.parent_id.clone().unwrap(), ..all.clone() };
        assert_eq!(count(&parent).await, of(|one| one.parent_id.clone().unwrap_or_default()));
        let nowhere = RegisterExport { county: Some(330_281), ..all.clone() };
        assert_eq!(count(&nowhere).await, 0);
        let other = app::export::register::register_count(&people.other_county_officer, &test.app, &named).await.unwrap();
        assert_eq!(other, 0, "a filter never widens what is in sight");
    }

    async fn a_masked_export_shows_no_number_and_cannot_come_back(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (name, bytes) = exported(&people.town_officer, &test, &asked("members", "csv", false)).await;
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("姓名（脱敏）") && text.contains("证件号码（脱敏）") && text.contains("周*"), "{text}");
        for secret in ["330226196704010011", "330226670401001", "13800000002", "周一", "E12345678"] {
            assert!(!text.contains(secret), "{secret}");
        }
        assert!(text.contains("'=") || !text.contains(",="), "no cell begins a formula");
        let path = put(&test, &name, &text);
        let refused = import_file(&test.system(), &test.app, Kind::Members, &path, &name, unwatched()).await.unwrap_err();
        assert!(refused.message.contains("姓名"), "{refused}");
    }

    async fn an_export_keeps_to_scope_role_and_reason(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let members = asked("members", "csv", false);
        let (_, bytes) = exported(&people.other_town_officer, &test, &members).await;
        assert_eq!(String::from_utf8(bytes).unwrap().lines().count(), 1, "the neighbour's members are not there");
        for (op, asked, kind) in [
            (&people.field_worker, members.clone(), ErrorKind::Forbidden),
            (&people.auditor, members.clone(), ErrorKind::Forbidden),
            (&people.town_officer, asked("members", "csv", true), ErrorKind::Forbidden),
            (&people.city_officer, RegisterExport { reason: " ".into(), ..members.clone() }, ErrorKind::Invalid),
            (&people.city_officer, RegisterExport { columns: vec!["nothing".into()], ..members.clone() }, ErrorKind::Invalid),
            (&people.city_officer, RegisterExport { format: "docx".into(), ..members.clone() }, ErrorKind::Invalid),
        ] {
            let refused = ask_register(op, &test.app, &asked).await.unwrap_err();
            assert_eq!(refused.kind, kind, "{refused}");
        }
        // Chosen columns, the list's filter; the maker alone may have it; the journal says what for.
        let few = RegisterExport { columns: vec!["phone".into(), "name".into()], q: "周".into(), union_id: "T-BASE".into(), ..asked("members", "csv", true) };
        let Asked::Made(number) = ask_register(&people.city_officer, &test.app, &few).await.unwrap() else { panic!("{AT_ONCE_MAX} rows are made at once") };
        let file = export_download(&people.city_officer, &test.app, number).await.unwrap();
        let text = String::from_utf8(file.flat_map(Result::unwrap).collect()).unwrap();
        let head = text.lines().next().unwrap();
        assert!(head.starts_with("\u{feff}会员标识,姓名,移动电话,导出标记："), "{text}");
        let by = &people.city_officer.actor.name;
        for told in [by.as_str(), "2026-", &format!("第 {number} 号"), "含未脱敏个人信息", "用途：核对台账"] {
            assert!(head.contains(told), "the mark says {told}: {head}");
        }
        assert!(text.contains(&format!("\r\nN1,周一,13800000002,导出第 {number} 号\r\n")), "{text}");
        assert_eq!(text.lines().count(), 6);
        let other = export_download(&people.county_officer, &test.app, number).await.err().unwrap();
        assert_eq!(other.kind, ErrorKind::NotFound);
        // In a new office the files of the old one stay behind: they hold more than is seen there.
        let mut tx = test.app.store.begin().await.unwrap();
        let maker = tx.account(people.city_officer.actor.id.unwrap()).await.unwrap().unwrap();
        let offices = [(Role::TownOfficer, union::TOWN, "ACC-403"), (Role::CountyOfficer, union::COUNTY, "EXP-403"), (Role::CityOfficer, union::CITY, "")];
        for (role, at, expected) in offices {
            let home = tx.union_row(at).await.unwrap().unwrap();
            tx.save_account(&Account { role, union_id: Some(home.org_id()), ..maker.clone() }).await.unwrap();
            let moved = tx.account(maker.id).await.unwrap().unwrap();
            tx.commit().await.unwrap();
            let taken = export_download(&test.app.acting(&moved, None, None), &test.app, number).await;
            assert_eq!(taken.err().map_or("", |error| error.code), expected, "{role:?}");
            tx = test.app.store.begin().await.unwrap();
        }
        drop(tx);
        let journal = app::journal::journal(&people.auditor, &test.app, &Default::default()).await.unwrap();
        let told = journal.rows.iter().find(|row| row.action == "导出").unwrap();
        assert!(told.changes.iter().any(|(name, _, after)| name == "words" && after == "核对台账"), "{told:?}");
        assert!(journal.rows.iter().any(|row| row.action == "下载导出文件"));
        assert!(!format!("{:?}", journal.rows).contains("13800000002"));
    }

    async fn an_export_lies_sealed_and_expires(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        for format in ["csv", "xlsx"] {
            let number = make_register(&people.city_officer, &test.app, &asked("members", format, true), unwatched()).await.unwrap();
            assert!(number > 0);
        }
        let folder = test.app.data_dir.join("exports");
        let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 2, "nothing else is left: {files:?}");
        for file in &files {
            assert!(!std::fs::read(file).unwrap().windows(11).any(|part| part == b"13800000002"));
        }
        assert_eq!(own_exports(&people.city_officer, &test.app, 10).await.unwrap().len(), 2);
        test.clock.advance(std::time::Duration::from_secs(73 * 3600));
        app::job::keep_house(&test.app).await;
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        let gone = export_download(&people.city_officer, &test.app, 1).await.err().unwrap();
        assert_eq!(gone.code, "EXP-410");
    }

    async fn a_large_export_is_a_job_and_a_stopped_one_leaves_nothing(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        // One person may take as many as they like here; the second one is approval's matter.
        let policy = SecurityPolicy { export_rows_alone: 0, ..SecurityPolicy::default() };
        save_security_policy(&people.administrator, &test.app, policy).await.unwrap();
        let rows: String = (0..=AT_ONCE_MAX).map(|n| format!("L{n:05},T-BASE,王小明\n")).collect();
        take(&test, Kind::Members, "members.csv", format!("member_id,union_id,name\n{rows}")).await;
        test.app.jobs.register(JOB, |context| async move { Ok(serde_json::json!({ "no": work(&context).await? })) });
        let wanted = asked("members", "xlsx", false);
        let Asked::Queued(_) = ask_register(&people.city_officer, &test.app, &wanted).await.unwrap() else { panic!("too many to be made at once") };
        assert!(app::job::run_next(&test.app).await.unwrap());
        let own = own_exports(&people.city_officer, &test.app, 10).await.unwrap();
        assert_eq!((own.len(), own[0].rows), (1, Some(AT_ONCE_MAX + 1)));
        // Nobody leafs through a roll of so many; it is said before anything is begun.
        let refused = ask_register(&people.city_officer, &test.app, &asked("members", "pdf", false)).await.unwrap_err();
        assert_eq!(refused.fields[0].field, "format", "{refused:?}");
        assert!(refused.fields[0].message.contains("2000 行，现在有 5001 行"), "{refused:?}");
        for format in ["csv", "xlsx"] {
            let stop: app::progress::Progress = std::sync::Arc::new(|_, _, _| Err(app::error::AppError::conflict("JOB-499", "任务已按要求取消")));
            let stopped = make_register(&people.city_officer, &test.app, &asked("members", format, false), stop).await.unwrap_err();
            assert_eq!(stopped.code, "JOB-499");
        }
        assert_eq!(std::fs::read_dir(test.app.data_dir.join("exports")).unwrap().count(), 1);
        assert_eq!(own_exports(&people.city_officer, &test.app, 10).await.unwrap().len(), 1);
        // Two who ask at the same moment have numbers of their own.
        let unions = asked("unions", "csv", false);
        let (one, other) = futures::join!(
            make_register(&people.city_officer, &test.app, &unions, unwatched()),
            make_register(&people.county_officer, &test.app, &unions, unwatched()),
        );
        assert_ne!(one.unwrap(), other.unwrap());
    }
}

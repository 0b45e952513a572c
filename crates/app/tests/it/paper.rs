//! 打印: rolls and forms as PDF, under the rules of every export.

use app::error::ErrorKind;
use app::export::register::{
    Asked, JOB, PAPER_AT_ONCE_MAX, PAPER_COLUMNS_MAX, RegisterExport, ask_register, export_download,
    make_register, own_exports, work,
};
use app::intake::import_file;
use app::membership::member;
use app::op::OpContext;
use app::progress::unwatched;
use app::union_org::term::{TermForm, register_term};
use domain::intake::Kind;
use office::pdf::Fonts;
use testkit::{People, TestApp, both_engines, paper, union};

const NUMBER: &str = "330226196704010011";
const MEMBERS: &str = "member_id,union_id,name,id_no,phone,join_date,性别,民族,工作单位,籍贯\n\
    P1,T-BASE,邵国𠮷,330226196704010011,13800000001,2020-01-02,男,畲族,宁波甲乙电器有限公司,#let 籍贯 = $x$\n\
    P2,T-BASE,李,,,,,,,\n";

async fn town(test: &TestApp) -> People {
    let people = People::of(test).await;
    take(test, MEMBERS).await;
    people
}

async fn take(test: &TestApp, text: &str) {
    let path = test.dir.path().join("members.csv");
    std::fs::write(&path, text).unwrap();
    let report = import_file(
        &test.system(),
        &test.app,
        Kind::Members,
        &path,
        "members.csv",
        unwatched(),
    )
    .await;
    assert_eq!(report.unwrap().rejected, 0);
}

fn roll(kind: &str) -> RegisterExport {
    RegisterExport {
        kind: kind.into(),
        format: "pdf".into(),
        reason: "核对台账".into(),
        ..RegisterExport::default()
    }
}

fn sheet(kind: &str, key: &str) -> RegisterExport {
    RegisterExport {
        format: "sheet".into(),
        key: key.into(),
        ..roll(kind)
    }
}

fn plain(asked: RegisterExport) -> RegisterExport {
    let purpose = if asked.kind == "members" { "L01" } else { "" };
    RegisterExport {
        is_plain: true,
        purpose: purpose.into(),
        ..asked
    }
}

async fn printed(op: &OpContext, test: &TestApp, asked: &RegisterExport) -> (String, Vec<String>) {
    let number = make_register(op, &test.app, asked, unwatched()).await.unwrap();
    let file = export_download(op, &test.app, number).await.unwrap();
    assert_eq!(file.content_type, "application/pdf");
    let name = file.file_name.clone();
    let bytes: Vec<u8> = file.flat_map(Result::unwrap).collect();
    (name, paper::pages(&bytes))
}

both_engines! {
    async fn a_roll_is_masked_and_says_who_printed_it_and_what_for(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (name, pages) = printed(&people.town_officer, &test, &roll("members")).await;
        assert!(name.starts_with("会员名册-2026-08-03-") && name.ends_with("-脱敏.pdf"), "{name}");
        let text = pages.concat();
        for told in ["序号会员标识工会标识姓名", "1P1T-BASE邵**3302", "男—畲族", "2P2T-BASE*", "共2人", "西店镇总工会", "第1页/共1页", "盖章处", "已脱敏，用途：核对台账", "郑西店于2026-08-03"] {
            assert!(text.contains(told), "{told}: {text}");
        }
        for secret in [NUMBER, "邵国", "13800000001"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        // In full: the same rules as every file in full, and what is typed is printed, not run.
        let chosen = RegisterExport { columns: ["name", "id_no", "native_place"].map(str::to_owned).into(), ..roll("members") };
        let (name, pages) = printed(&people.city_officer, &test, &plain(chosen)).await;
        assert!(!name.contains("脱敏"), "{name}");
        let text = pages.concat();
        for told in ["序号会员标识姓名证件号码籍贯", "邵国𠮷330226196704010011", "#let籍贯=$x$", "含未脱敏个人信息", "2P2李——"] {
            assert!(text.contains(told), "{told}: {text}");
        }
        // The neighbour's roll is empty; of one union it bears that union's name and no column for it.
        let (_, pages) = printed(&people.other_town_officer, &test, &roll("members")).await;
        assert!(pages.concat().contains("共0人") && !pages.concat().contains("P1"), "{pages:?}");
        let (_, pages) = printed(&people.town_officer, &test, &RegisterExport { union_id: union::BASE.into(), ..roll("members") }).await;
        assert!(pages.concat().contains("序号会员标识姓名") && pages.concat().contains("甲乙电器有限公司工会"), "{pages:?}");
        let (name, pages) = printed(&people.field_worker, &test, &roll("unions")).await;
        assert!(name.starts_with("工会名册-") && pages.concat().contains("共2家"), "{name} {pages:?}");
    }

    async fn a_form_shows_one_record_and_is_a_look_at_the_person(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (name, pages) = printed(&people.town_officer, &test, &sheet("members", "P1")).await;
        assert!(name.starts_with("会员登记表-2026-08-03-"), "{name}");
        let text = pages.concat();
        for told in ["会员登记表", "会员标识：P1", "姓名邵**", "民族畲族", "工作单位宁波甲乙电器有限公司", "学历—", "所在工会", "会籍在籍", "会籍经过日期事项说明2020-01-02入会", "本人签字", "（盖章处）"] {
            assert!(text.contains(told), "{told}: {text}");
        }
        assert!(!text.contains(NUMBER) && !text.contains("邵国"), "{text}");
        // Whoever may read the journal sees on the member's page who printed it, masked as it was.
        let seen = member(&people.city_officer, &test.app, union::BASE, "P1").await.unwrap().seen.unwrap();
        let told: Vec<(&str, &str)> = seen.iter().map(|look| (look.action.as_str(), look.actor.as_str())).collect();
        assert!(told.contains(&("查看会员资料", "郑西店")), "{told:?}");
        let of_other = member(&people.city_officer, &test.app, union::BASE, "P2").await.unwrap().seen.unwrap();
        assert!(of_other.iter().all(|look| look.actor != "郑西店"), "{of_other:?}");
        let journal = app::journal::journal(&people.auditor, &test.app, &Default::default()).await.unwrap();
        let entry = format!("{:?}", journal.rows.iter().find(|row| row.action == "导出").unwrap());
        assert!(entry.contains("P1") && entry.contains("sheet") && entry.contains("核对台账"), "{entry}");
        let (_, pages) = printed(&people.city_officer, &test, &plain(sheet("members", "P1"))).await;
        assert!(pages.concat().contains("姓名邵国𠮷") && pages.concat().contains(NUMBER), "{pages:?}");
    }

    async fn a_unions_form_has_its_officers_its_legal_person_and_its_numbers(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let term = TermForm {
            term_no: "2".into(), started_on: "2026-08-01".into(), term_years: "3".into(), chair: "邵国梅".into(), vices: "张三".into(), ..TermForm::default()
        };
        register_term(&people.town_officer, &test.app, union::BASE, &term).await.unwrap();
        let (name, pages) = printed(&people.town_officer, &test, &sheet("unions", union::BASE)).await;
        assert!(name.starts_with("工会组织登记表-"), "{name}");
        let text = pages.concat();
        for told in ["工会组织登记表", "上级工会宁海县西店镇总工会", "在册会员2人", "覆盖单位0家", "法人资格—", "委员会成员委员会职务姓名", "工会委员会主席邵**", "工会委员会副主席张*", "填报工会"] {
            assert!(text.contains(told), "{told}: {text}");
        }
        assert!(!text.contains("邵国梅"), "{text}");
        let (_, pages) = printed(&people.city_officer, &test, &plain(sheet("unions", union::BASE))).await;
        assert!(pages.concat().contains("主席邵国梅") && pages.concat().contains("副主席张三"), "{pages:?}");
        // A union without a committee says so.
        let (_, pages) = printed(&people.town_officer, &test, &sheet("unions", union::TOWN)).await;
        assert!(pages.concat().contains("没有登记委员会成员"), "{pages:?}");
    }

    async fn paper_keeps_to_scope_role_and_its_own_limits(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let all: Vec<String> = app::export::register::columns_of(Kind::Members).map(|(element, _)| element.name.clone()).collect();
        let many = all[..PAPER_COLUMNS_MAX + 1].to_vec();
        for (op, asked, kind, field) in [
            (&people.union_chair, sheet("members", "P1"), ErrorKind::Forbidden, ""),
            (&people.auditor, roll("members"), ErrorKind::Forbidden, ""),
            (&people.field_worker, sheet("members", "P1"), ErrorKind::Forbidden, ""),
            (&people.town_officer, plain(sheet("members", "P1")), ErrorKind::Forbidden, ""),
            (&people.other_town_officer, sheet("members", "P1"), ErrorKind::NotFound, ""),
            (&people.other_town_officer, sheet("unions", union::BASE), ErrorKind::NotFound, ""),
            (&people.town_officer, sheet("members", "none"), ErrorKind::NotFound, ""),
            (&people.town_officer, sheet("members", ""), ErrorKind::Invalid, "key"),
            (&people.town_officer, RegisterExport { key: "P1".into(), ..roll("members") }, ErrorKind::Invalid, "key"),
            (&people.town_officer, RegisterExport { reason: String::new(), ..sheet("members", "P1") }, ErrorKind::Invalid, "reason"),
            (&people.city_officer, RegisterExport { purpose: String::new(), ..plain(sheet("members", "P1")) }, ErrorKind::Invalid, "purpose"),
            // Nobody has agreed to anything here.
            (&people.city_officer, RegisterExport { purpose: "C01".into(), ..plain(sheet("members", "P1")) }, ErrorKind::Invalid, "purpose"),
            (&people.town_officer, RegisterExport { columns: many, ..roll("members") }, ErrorKind::Invalid, "columns"),
        ] {
            let refused = ask_register(op, &test.app, &asked).await.unwrap_err();
            assert_eq!((refused.kind, refused.fields.first().map_or("", |one| one.field)), (kind, field), "{asked:?}: {refused}");
        }
        assert!(own_exports(&people.town_officer, &test.app, 10).await.unwrap().is_empty());
        let left = std::fs::read_dir(test.app.data_dir.join("exports")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "what is refused leaves no file");
        // Columns left as they come are no choice.
        let untouched = RegisterExport { columns: all, ..roll("members") };
        assert!(matches!(ask_register(&people.town_officer, &test.app, &untouched).await, Ok(Asked::Made(_))));
    }

    async fn a_long_roll_is_queued_for_a_job(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let rows: String = (0..=PAPER_AT_ONCE_MAX).map(|n| format!("L{n:05},T-BASE,王小明\n")).collect();
        take(&test, &format!("member_id,union_id,name\n{rows}")).await;
        test.app.jobs.register(JOB, |context| async move { Ok(serde_json::json!({ "no": work(&context).await? })) });
        let asked = ask_register(&people.town_officer, &test.app, &roll("members")).await.unwrap();
        assert!(matches!(asked, Asked::Queued(_)), "{asked:?}");
    }

    async fn without_a_chinese_font_nothing_is_begun(database: Database) {
        let mut test = TestApp::on(database).await;
        let people = town(&test).await;
        test.app.fonts = Fonts::in_folders(vec![test.dir.path().join("no-fonts")]);
        for asked in [roll("members"), sheet("unions", union::BASE)] {
            let refused = ask_register(&people.town_officer, &test.app, &asked).await.unwrap_err();
            assert_eq!((refused.kind, refused.code), (ErrorKind::Unavailable, "PDF-503"), "{refused}");
            assert!(refused.message.contains("no-fonts") && refused.hint.as_deref().unwrap().contains("GONGHUI_FONTS"), "{refused:?}");
        }
        let csv = RegisterExport { format: "csv".into(), ..roll("members") };
        assert!(ask_register(&people.town_officer, &test.app, &csv).await.is_ok(), "text needs no font");
    }
}

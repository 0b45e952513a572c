//! A union's life between founding and end: legal personality, plates and former names, changes by hand, the industry line.

use app::error::ErrorKind;
use app::intake::import_file;
use app::op::OpContext;
use app::union_org::alias::{PlateForm, hang_plate, names, take_plate_down};
use app::union_org::as_of::{as_of, as_of_file, as_of_line};
use app::union_org::change::{Change, ChangeForm, apply, preview};
use app::union_org::edit::{EditForm, edit, edit_draft};
use app::union_org::left::left;
use app::union_org::legal::{
    LegalForm, LegalListParams, LegalState, LegalStep, legal, legal_persons, read_certificate_reminders,
    register_legal, remind_of_certificates, unread_certificate_reminders,
};
use app::union_org::{UnionListParams, list, union_org};
use codes::time::Day;
use domain::intake::Kind;
use domain::journal::SubjectKind;
use domain::union_org::UnionType;
use domain::union_org::term::Nearness;
use store::membership::MemberRow;
use store::union_org::UnionRow;
use testkit::{People, TestApp, both_engines, union};

const CODE: &str = "81330226MA2T0TE13D";

/// The base union as it would register: founded, with a chair and an address.
async fn ready(test: &TestApp) -> People {
    let people = People::of(test).await;
    let mut tx = test.app.store.begin().await.unwrap();
    let mut row = tx.union_row(union::BASE).await.unwrap().unwrap();
    row.founded_on = Day::parse_iso("2020-01-01").ok().map(Day::naive);
    row.chair = Some("邵国海".into());
    row.address = Some("西店镇滨海路12号".into());
    tx.upsert_unions([row.clone()]).await.unwrap();
    tx.shift_member_counts([(row.id, 60)]).await.unwrap();
    tx.commit().await.unwrap();
    people
}

fn step(what: LegalStep, on: &str) -> LegalForm {
    LegalForm {
        step: what.code().into(),
        on: on.into(),
        code: CODE.into(),
        number: "33022600123".into(),
        valid_from: on.into(),
        valid_to: Day::parse_iso(on).unwrap().add_months(36).to_string(),
        words: "依规定办理".into(),
        has_funds: true,
        ..LegalForm::default()
    }
}

async fn keys_found(op: &OpContext, test: &TestApp, q: &str) -> Vec<(String, Option<String>)> {
    let params = UnionListParams {
        q: q.into(),
        page: 1,
        size: 20,
        ..UnionListParams::default()
    };
    let found = list(op, &test.app, &params).await.unwrap();
    found
        .lines
        .into_iter()
        .map(|line| (line.union_id, line.known_as))
        .collect()
}

async fn import(test: &TestApp, text: &str) -> app::intake::BatchReport {
    let file = test.dir.path().join("unions.csv");
    std::fs::write(&file, text).unwrap();
    let report = import_file(
        &test.system(),
        &test.app,
        Kind::Unions,
        &file,
        "unions.csv",
        app::progress::unwatched(),
    )
    .await;
    report.unwrap()
}

async fn row(test: &TestApp, key: &str) -> UnionRow {
    test.app
        .store
        .read()
        .await
        .unwrap()
        .union_row(key)
        .await
        .unwrap()
        .unwrap()
}

fn change_of(name: &str, value: &str) -> EditForm {
    EditForm {
        values: [(name.to_owned(), value.to_owned())].into(),
        reason: "按批复".into(),
        ..EditForm::default()
    }
}

both_engines! {
    async fn a_union_becomes_a_legal_person_and_is_reminded_before_the_certificate_ends(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        let view = legal(op, app, union::BASE).await.unwrap();
        assert_eq!((view.state, view.conditions.iter().filter(|one| one.is_held).count()), (None, 5));
        // Nobody grants what was not asked for.
        let early = register_legal(op, app, union::BASE, &step(LegalStep::Grant, "2026-05-01")).await.unwrap_err();
        assert!(early.fields[0].message.contains("不能办理核准发证"), "{early}");
        assert_eq!(register_legal(op, app, union::BASE, &step(LegalStep::Apply, "2026-05-01")).await.unwrap(), LegalState::Applying);
        let wrong = LegalForm { code: "91330226MA2T0TE13C".into(), legal_rep: "别人".into(), on: "昨天".into(), ..step(LegalStep::Grant, "2026-05-10") };
        let refused = register_legal(op, app, union::BASE, &wrong).await.unwrap_err();
        let mut fields: Vec<&str> = refused.fields.iter().map(|fault| fault.field).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["code", "legal_rep", "on"], "{refused}");
        // A certificate that ends 91 days from 3 August.
        let grant = LegalForm { valid_to: "2026-11-02".into(), ..step(LegalStep::Grant, "2026-05-10") };
        register_legal(op, app, union::BASE, &grant).await.unwrap();
        let view = legal(op, app, union::BASE).await.unwrap();
        assert_eq!((view.state, view.code.as_deref()), (Some(LegalState::Granted), Some(CODE)));
        assert_eq!(view.certificate.as_ref().unwrap().nearness, Some(Nearness::Ahead));
        assert_eq!(view.events.len(), 2);
        let shown = union_org(op, app, union::BASE).await.unwrap();
        assert_eq!(shown.legal.as_deref(), Some("有，证书至 2026-11-02"));
        let told = app::journal::timeline(app, SubjectKind::UnionOrg, shown.id.uuid()).await.unwrap();
        assert_eq!(told.iter().filter(|row| row.action == "法人资格登记").count(), 2);
        assert!(!format!("{told:?}").contains("邵国海"), "the journal holds no name");

        // Reminders as those of terms; lists and counts agree.
        assert_eq!(remind_of_certificates(app).await.unwrap(), 1);
        assert_eq!(remind_of_certificates(app).await.unwrap(), 0, "told once");
        assert_eq!(unread_certificate_reminders(op, app).await.unwrap(), 1);
        assert_eq!(unread_certificate_reminders(&people.other_town_officer, app).await.unwrap(), 0);
        let count = |found: &app::union_org::legal::LegalList, kind: &str| found.counts.iter().find(|(code, ..)| *code == kind).unwrap().2;
        for kind in ["ahead", "granted", "unread"] {
            let asked = LegalListParams { kind: kind.into(), page: 1, size: 20 };
            let found = legal_persons(op, app, &asked).await.unwrap();
            assert_eq!((found.total, count(&found, kind)), (1, 1), "{kind}");
            assert_eq!(found.lines[0].union.union_id, union::BASE);
        }
        let asked = LegalListParams { kind: "unknown".into(), page: 1, size: 20 };
        let found = legal_persons(op, app, &asked).await.unwrap();
        assert_eq!((found.total, count(&found, "soon")), (1, 0), "the town's own");
        assert_eq!(read_certificate_reminders(op, app, union::BASE).await.unwrap(), 1);
        assert_eq!(unread_certificate_reminders(op, app).await.unwrap(), 0);

        // It runs out by the day alone, and is exchanged.
        test.clock.advance_days(92);
        let view = legal(op, app, union::BASE).await.unwrap();
        assert_eq!(view.state, Some(LegalState::Expired));
        assert!(view.hints[0].contains("请换领证书"), "{:?}", view.hints);
        let asked = LegalListParams { kind: "expired".into(), page: 1, size: 20 };
        assert_eq!(legal_persons(op, app, &asked).await.unwrap().lines[0].days_left, Some(-1));
        assert_eq!(remind_of_certificates(app).await.unwrap(), 1, "the day itself was missed and is told once");
        register_legal(op, app, union::BASE, &step(LegalStep::Renew, "2026-11-03")).await.unwrap();
        assert_eq!(unread_certificate_reminders(op, app).await.unwrap(), 0, "the new one is far away");
        assert_eq!(legal(op, app, union::BASE).await.unwrap().state, Some(LegalState::Granted));
    }

    async fn files_do_not_undo_a_registration_and_say_how_others_stand(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        for (what, on) in [(LegalStep::Apply, "2026-05-01"), (LegalStep::Grant, "2026-05-10")] {
            register_legal(op, app, union::BASE, &step(what, on)).await.unwrap();
        }
        let text = format!(
            "工会标识,工会名称,上级工会标识,工会代码,法人资格\n{},宁波甲乙电器有限公司工会,{},,无\n{},宁海县西店镇总工会,{},,有\n",
            union::BASE, union::TOWN, union::TOWN, union::COUNTY,
        );
        let report = import(&test, &text).await;
        assert_eq!(report.rejected, 0, "{report:?}");
        let view = legal(op, app, union::BASE).await.unwrap();
        assert_eq!((view.state, view.code.as_deref()), (Some(LegalState::Granted), Some(CODE)));
        let shown = union_org(op, app, union::BASE).await.unwrap();
        assert!(shown.further.contains(&("法人资格".to_owned(), "有".to_owned())), "{:?}", shown.further);
        // What only a file says counts as said, and can be written down.
        let town = legal(op, app, union::TOWN).await.unwrap();
        assert_eq!((town.state, town.is_from_file), (Some(LegalState::Granted), true));
        assert_eq!(town.next, [LegalStep::Record, LegalStep::Cancel]);
        let asked = LegalListParams { kind: "granted".into(), page: 1, size: 20 };
        assert_eq!(legal_persons(op, app, &asked).await.unwrap().total, 2);
        // One code, one certificate, one union.
        let same = LegalForm { legal_rep: "王前任".into(), ..step(LegalStep::Record, "2026-06-01") };
        let refused = register_legal(op, app, union::TOWN, &same).await.unwrap_err();
        let fields: Vec<&str> = refused.fields.iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["code", "number"], "{refused}");
    }

    async fn who_never_registers_lacks_no_registration(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let (app, op) = (&test.app, &people.county_officer);
        let listed = async |kind: &str| {
            let asked = LegalListParams { kind: kind.into(), page: 1, size: 100 };
            let found = legal_persons(op, app, &asked).await.unwrap();
            let keys: Vec<String> = found.lines.iter().map(|line| line.union.union_id.clone()).collect();
            assert_eq!(usize::try_from(found.total).unwrap(), keys.len(), "{kind}");
            keys
        };
        let form = ChangeForm {
            name: "冲压车间工会小组".into(),
            reason: "会员大会通过".into(),
            ..ChangeForm::default()
        };
        let seen = preview(op, app, Change::SetUp, union::BASE, &form).await.unwrap().seen;
        let part = apply(op, app, Change::SetUp, union::BASE, &ChangeForm { seen, ..form }).await.unwrap().union_id;
        for kind in ["", "unknown"] {
            let keys = listed(kind).await;
            assert!(keys.contains(&union::BASE.to_owned()) && keys.contains(&union::TOWN.to_owned()), "{keys:?}");
            assert!(!keys.contains(&part) && !keys.contains(&union::COUNTY.to_owned()), "{keys:?}");
        }
        // A file that calls it a legal person is to be seen, and put right.
        let text = format!("工会标识,工会名称,上级工会标识,工会类型,法人资格\n{part},冲压车间工会小组,{},工会小组,有\n", union::BASE);
        import(&test, &text).await;
        assert_eq!(listed("granted").await, [part]);
    }

    async fn who_may_not_registers_nothing(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        for (name, op) in people.everybody() {
            let expected = match name {
                "city_officer" | "county_officer" | "town_officer" => ErrorKind::Invalid,
                "other_town_officer" | "other_county_officer" => ErrorKind::NotFound,
                _ => ErrorKind::Forbidden,
            };
            let app = &test.app;
            let answers = [
                register_legal(op, app, union::BASE, &LegalForm::default()).await.unwrap_err(),
                hang_plate(op, app, union::BASE, &PlateForm::default()).await.unwrap_err(),
                edit(op, app, union::BASE, &EditForm::default()).await.unwrap_err(),
                preview(op, app, Change::Industry, union::BASE, &ChangeForm::default()).await.err().unwrap(),
            ];
            for answer in answers {
                assert_eq!(answer.kind, expected, "{name}: {answer}");
            }
        }
    }

    async fn a_second_plate_is_found_and_makes_no_second_union(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        let plate = PlateForm { name: "宁海县数字经济产业工会".into(), since: "2026-05-01".into(), document_no: "宁工〔2026〕3号".into() };
        hang_plate(op, app, union::BASE, &plate).await.unwrap();
        for q in ["数字经济", "shuzijingji", "szjj"] {
            let found = keys_found(op, &test, q).await;
            assert_eq!(found.len(), 1, "{q}");
            assert_eq!(found[0].0, union::BASE);
        }
        assert_eq!(keys_found(op, &test, "数字经济").await[0].1.as_deref(), Some("加挂牌子：宁海县数字经济产业工会"));
        assert!(keys_found(&people.other_town_officer, &test, "数字经济").await.is_empty(), "out of sight");
        let shown = union_org(op, app, union::BASE).await.unwrap();
        assert_eq!(shown.plates, ["宁海县数字经济产业工会"]);
        let twice = hang_plate(op, app, union::TOWN, &plate).await.unwrap_err();
        assert!(twice.fields[0].message.contains("已加挂这块牌子"), "{twice}");
        let others = PlateForm { name: "宁海县西店镇总工会".into(), ..plate.clone() };
        let others = hang_plate(op, app, union::BASE, &others).await.unwrap_err();
        assert!(others.fields[0].message.contains("办理合并"), "{others}");
        // A file that knows nothing of it takes nothing down.
        import(&test, &format!("工会标识,工会名称,上级工会标识,加挂牌子\n{},宁波甲乙电器有限公司工会,{},西店镇电器行业工会\n", union::BASE, union::TOWN)).await;
        assert_eq!(union_org(op, app, union::BASE).await.unwrap().plates, ["宁海县数字经济产业工会"]);
        let known = names(op, app, union::BASE).await.unwrap();
        take_plate_down(op, app, union::BASE, known.plates[0].id, "2026-08-03").await.unwrap();
        assert!(union_org(op, app, union::BASE).await.unwrap().plates.is_empty());
        assert_eq!(keys_found(op, &test, "数字经济").await.len(), 1, "old papers still lead to it");
        let again = take_plate_down(op, app, union::BASE, known.plates[0].id, "2026-08-03").await.unwrap_err();
        assert_eq!(again.kind, ErrorKind::NotFound);
    }

    async fn plates_of_files_follow_their_rows(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let op = &people.town_officer;
        let text = |plates: &str| format!("工会标识,工会名称,上级工会标识,加挂牌子\n{},宁波甲乙电器有限公司工会,{},{plates}\n", union::BASE, union::TOWN);
        import(&test, &text("甲行业工会、乙行业工会")).await;
        assert_eq!(union_org(op, &test.app, union::BASE).await.unwrap().plates.len(), 2);
        let report = import(&test, &text("乙行业工会")).await;
        assert_eq!(union_org(op, &test.app, union::BASE).await.unwrap().plates, ["乙行业工会"]);
        assert!(keys_found(op, &test, "甲行业").await.is_empty());
        app::intake::undo(&test.system(), &test.app, report.batch_no).await.unwrap();
        assert_eq!(union_org(op, &test.app, union::BASE).await.unwrap().plates.len(), 2, "undone with its batch");
    }

    async fn a_renaming_that_is_taken_back_leaves_no_former_name(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let op = &people.town_officer;
        let text = |name: &str| format!("工会标识,工会名称,上级工会标识\n{},{name},{}\n", union::BASE, union::TOWN);
        let report = import(&test, &text("宁波丙丁智能有限公司工会")).await;
        assert_eq!(union_org(op, &test.app, union::BASE).await.unwrap().former_names.len(), 1);
        app::intake::undo(&test.system(), &test.app, report.batch_no).await.unwrap();
        let view = union_org(op, &test.app, union::BASE).await.unwrap();
        assert_eq!((view.name.as_str(), view.former_names), ("宁波甲乙电器有限公司工会", vec![]));
        assert!(keys_found(op, &test, "丙丁智能").await.is_empty());
    }

    async fn a_renamed_union_is_found_under_both_names_and_read_as_it_was(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        let renamed = EditForm { document_no: "西工〔2026〕9号".into(), ..change_of("union_name", "宁波丙丁智能有限公司工会") };
        assert_eq!(edit(op, app, union::BASE, &renamed).await.unwrap().changed, ["工会名称"]);
        let old = keys_found(op, &test, "甲乙电器").await;
        assert_eq!(old, [(union::BASE.to_owned(), Some("曾用名：宁波甲乙电器有限公司工会".to_owned()))]);
        assert_eq!(keys_found(op, &test, "丙丁智能").await[0].0, union::BASE);
        let view = union_org(op, app, union::BASE).await.unwrap();
        assert_eq!(view.former_names[0].0, "宁波甲乙电器有限公司工会");
        let day = |text| Day::parse_iso(text).unwrap();
        let then = as_of(op, app, day("2026-08-02"), Some(union::TOWN)).await.unwrap();
        assert_eq!(then.below[0].name, "宁波甲乙电器有限公司工会");
        assert_eq!(then.below[0].since.as_deref(), Some("现名“宁波丙丁智能有限公司工会”"));
        // A file that lags behind does not call it by its old name again.
        let report = import(&test, &format!("工会标识,工会名称,上级工会标识\n{},宁波甲乙电器有限公司工会,{}\n", union::BASE, union::TOWN)).await;
        assert_eq!(report.rejected, 0);
        assert_eq!(row(&test, union::BASE).await.name, "宁波丙丁智能有限公司工会");
        // Nothing new is no change; another's name is refused.
        let same = edit(op, app, union::BASE, &change_of("union_name", "宁波丙丁智能有限公司工会")).await.unwrap_err();
        assert!(same.message.contains("没有要变更的内容"), "{same}");
        let taken = edit(op, app, union::BASE, &change_of("union_name", "宁海县西店镇总工会")).await.unwrap_err();
        assert!(taken.fields[0].message.contains("同名"), "{taken}");
    }

    async fn what_a_person_sets_is_read_by_the_dictionary_journalled_and_kept(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        let form = EditForm {
            values: [("phone", "13900000001"), ("address", "西店镇新路1号"), ("employer_nature", "私营企业"), ("employee_count", "120")]
                .map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            reason: "电话和地址已换".into(),
            ..EditForm::default()
        };
        let changed = edit(op, app, union::BASE, &form).await.unwrap().changed;
        assert_eq!(changed, ["地址", "单位性质类别", "职工人数", "联系电话"]);
        let draft = edit_draft(op, app, union::BASE).await.unwrap();
        let now = |name: &str| draft.fields.iter().find(|(element, _)| element.name == name).unwrap().1.clone();
        assert_eq!(now("phone").as_deref(), Some("139****0001"), "masked, as pages show it");
        assert_eq!(now("employer_nature").as_deref(), Some("私营企业"));
        let told = app::journal::timeline(app, SubjectKind::UnionOrg, row(&test, union::BASE).await.id).await.unwrap();
        assert!(!format!("{told:?}").contains("13900000001"), "no plain phone in the journal");
        // Files keep their hands off these, and set the others.
        let text = format!(
            "工会标识,工会名称,上级工会标识,地址,联系电话,职工人数,经济类型\n{},宁波甲乙电器有限公司工会,{},旧地址,13900000009,7,私营经济\n",
            union::BASE, union::TOWN
        );
        import(&test, &text).await;
        let kept = row(&test, union::BASE).await;
        assert_eq!(kept.address.as_deref(), Some("西店镇新路1号"));
        let said = union_org(op, app, union::BASE).await.unwrap().further;
        assert!(said.contains(&("职工人数".to_owned(), "120".to_owned())) && said.contains(&("经济类型".to_owned(), "私营经济".to_owned())), "{said:?}");
        // The same rows again change nothing.
        assert_eq!(import(&test, &format!("{text}\n")).await.updated, 0);
        // Each fault beside its field; a kind that does not fit above is one.
        let wrong = EditForm {
            values: [("phone", "12"), ("founded", "1900-01-01"), ("union_type", "工会小组"), ("union_name", "【清空】")]
                .map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..EditForm::default()
        };
        let refused = edit(op, app, union::BASE, &wrong).await.unwrap_err();
        for field in ["phone", "founded", "union_name", "reason"] {
            assert!(refused.fields.iter().any(|fault| fault.field == field), "{field}: {refused}");
        }
        let group = edit(op, app, union::BASE, &change_of("union_type", "工会小组")).await.unwrap_err();
        assert!(group.fields[0].message.contains("不能挂在"), "{group}");
        // 【清空】 takes a value away.
        edit(op, app, union::BASE, &change_of("address", "【清空】")).await.unwrap();
        assert_eq!(row(&test, union::BASE).await.address, None);
    }

    async fn a_union_that_hangs_by_its_ground_goes_with_it(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let (app, op) = (&test.app, &people.county_officer);
        import(&test, "工会标识,工会名称,上级工会标识,区县,街道乡镇\nG1,宁海县滨海市场联合工会,,宁海县,西店镇\nG2,宁海县滨海市场第一分会,G1,宁海县,西店镇\n").await;
        let place = |of: &str| { let (test, of) = (&test, of.to_owned()); async move { row(test, &of).await.path.unwrap() } };
        let (town, other) = (place(union::TOWN).await, place(union::OTHER_TOWN).await);
        assert!(place("G1").await.starts_with(&town) && place("G2").await.starts_with(&place("G1").await));
        let moves = change_of("street", "深甽镇");
        let refused = edit(&people.town_officer, app, "G1", &moves).await.unwrap_err();
        assert_eq!(refused.code, "UNI-431", "it would leave the officer's sight: {refused}");
        assert!(place("G1").await.starts_with(&town), "nothing was written");
        let done = edit(op, app, "G1", &moves).await.unwrap();
        assert_eq!(done.carried, [("宁海县滨海市场联合工会".to_owned(), "宁海县深甽镇总工会".to_owned())]);
        assert!(place("G1").await.starts_with(&other) && place("G2").await.starts_with(&place("G1").await));
        // One that names its parent stays with it.
        assert_eq!(edit(op, app, union::BASE, &change_of("street", "深甽镇")).await.unwrap().carried, []);
        assert!(place(union::BASE).await.starts_with(&town));
        // Nobody draws the unions of another place to their own by saying that theirs lies there.
        import(&test, "工会标识,工会名称,上级工会标识,区县,街道乡镇\nG5,鄞州某市场联合工会,,鄞州区,五乡镇\n").await;
        let yinzhou = place(union::OTHER_COUNTY).await;
        assert!(place("G5").await.starts_with(&yinzhou));
        let mut draws = change_of("county", "鄞州区");
        draws.values.insert("street".into(), "五乡镇".into());
        let refused = edit(&people.town_officer, app, union::TOWN, &draws).await.unwrap_err();
        assert_eq!(refused.code, "UNI-431", "{refused}");
        assert!(place("G5").await.starts_with(&yinzhou), "nothing was written");
        // The next file finds everybody where it would put them.
        let before = (place("G1").await, place("G2").await);
        import(&test, "工会标识,工会名称\nG9,宁海县某厂工会\n").await;
        assert_eq!((place("G1").await, place("G2").await), before);
    }

    async fn the_second_line_is_set_by_hand_counted_once_and_stays(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let (app, op) = (&test.app, &people.county_officer);
        let base = row(&test, union::BASE).await;
        let mut tx = app.store.begin().await.unwrap();
        let county = tx.union_row(union::COUNTY).await.unwrap().unwrap();
        let new = |key: &str, name: &str, above: Option<&str>, at: &str| UnionRow {
            id: codes::id::UnionOrgId::mint(&*app.ids, app.now()).uuid(),
            union_id: key.into(),
            name: name.into(),
            search: name.into(),
            union_type: UnionType::Industry.code().into(),
            industry_parent_id: above.map(str::to_owned),
            parent_id: Some(union::COUNTY.into()),
            path: Some(format!("{}{at}/", county.path.as_deref().unwrap())),
            ..base.clone()
        };
        tx.upsert_unions([new("I-TOP", "宁海县产业总线工会", None, "0071"), new("I-DIGIT", "宁海县数字经济产业工会", Some("I-TOP"), "0072")]).await.unwrap();
        tx.commit().await.unwrap();
        let ask = |other: &str| ChangeForm { other: other.into(), reason: "列入产业线".into(), ..ChangeForm::default() };
        let done = |form: ChangeForm, key: &'static str| async move {
            let seen = preview(op, app, Change::Industry, key, &form).await?.seen;
            apply(op, app, Change::Industry, key, &ChangeForm { seen, ..form }).await
        };
        let refused = preview(op, app, Change::Industry, union::BASE, &ask(union::TOWN)).await.unwrap_err();
        assert!(refused.fields[0].message.contains("不带产业线"), "{refused}");
        done(ask("I-DIGIT"), union::BASE).await.unwrap();
        let circle = preview(op, app, Change::Industry, "I-TOP", &ask("I-DIGIT")).await.unwrap_err();
        assert!(circle.fields[0].message.contains("反过来"), "{circle}");
        let view = union_org(op, app, union::BASE).await.unwrap();
        assert_eq!(view.parent_id.as_deref(), Some(union::TOWN), "the territorial parent stays");
        assert_eq!(view.industry.as_ref().unwrap().0, "宁海县数字经济产业工会");
        assert_eq!(union_org(op, app, "I-DIGIT").await.unwrap().line, Some((1, 60)));
        assert_eq!(union_org(op, app, "I-TOP").await.unwrap().line, Some((2, 60)), "through the chain, each once");
        let line = UnionListParams { industry_id: "I-TOP".into(), page: 1, size: 20, ..UnionListParams::default() };
        assert_eq!(list(op, app, &line).await.unwrap().total, 2, "what is counted can be opened");
        // A file without it or with another does not undo it; taken away by hand it stays away.
        let text = |industry: &str| format!("工会标识,工会名称,上级工会标识,所属产业工会标识\n{},宁波甲乙电器有限公司工会,{},{industry}\n", union::BASE, union::TOWN);
        import(&test, &text("I-TOP")).await;
        assert_eq!(row(&test, union::BASE).await.industry_parent_id.as_deref(), Some("I-DIGIT"));
        done(ask(""), union::BASE).await.unwrap();
        import(&test, &text("I-TOP")).await;
        assert_eq!(row(&test, union::BASE).await.industry_parent_id, None);
    }

    async fn the_second_line_has_a_past_and_a_file(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let (app, op) = (&test.app, &people.county_officer);
        let base = row(&test, union::BASE).await;
        let mut tx = app.store.begin().await.unwrap();
        let county = tx.union_row(union::COUNTY).await.unwrap().unwrap();
        let lead = UnionRow {
            id: codes::id::UnionOrgId::mint(&*app.ids, app.now()).uuid(),
            union_id: "I-DIGIT".into(),
            name: "宁海县数字经济产业工会".into(),
            search: "宁海县数字经济产业工会".into(),
            union_type: UnionType::Industry.code().into(),
            parent_id: Some(union::COUNTY.into()),
            path: Some(format!("{}0072/", county.path.as_deref().unwrap())),
            founded_on: None,
            ..base.clone()
        };
        tx.upsert_unions([lead]).await.unwrap();
        tx.commit().await.unwrap();
        change(op, &test, Change::Industry, union::BASE, ask("I-DIGIT")).await;
        test.clock.advance_days(10);
        let leave = ChangeForm { reason: "调整".into(), ..ChangeForm::default() };
        change(op, &test, Change::Industry, union::BASE, leave).await;
        let line = async |day: &str| {
            let then = as_of_line(op, app, Day::parse_iso(day).unwrap(), "I-DIGIT").await.unwrap();
            let keys: Vec<String> = then.below.iter().map(|one| one.union_id.clone()).collect();
            (keys, then.counts.iter().map(|(_, count)| count).sum::<usize>(), then.leaders.len())
        };
        assert_eq!(line("2026-08-02").await, (vec![], 0, 0), "before it joined");
        assert_eq!(line("2026-08-05").await, (vec![union::BASE.to_owned()], 1, 1));
        assert_eq!(line("2026-08-13").await, (vec![], 0, 0), "after it left");
        let then = as_of_line(op, app, Day::parse_iso("2026-08-05").unwrap(), "I-DIGIT").await.unwrap();
        assert_eq!(then.below[0].since.as_deref(), Some("现在不属于产业线"));
        let hidden = as_of_line(&people.other_county_officer, app, Day::parse_iso("2026-08-05").unwrap(), "I-DIGIT").await;
        assert_eq!(hidden.unwrap_err().kind, ErrorKind::NotFound);

        let file = as_of_file(op, app, Day::parse_iso("2026-08-05").unwrap(), Some(union::TOWN), None).await.unwrap();
        assert_eq!(file.name, "历史组织-2026-08-05.csv");
        let text = String::from_utf8(file.bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "heads, the town and its union: {text}");
        let then = as_of(op, app, Day::parse_iso("2026-08-05").unwrap(), Some(union::TOWN)).await.unwrap();
        let heads: Vec<&str> = lines[0].split(',').collect();
        let own = heads.iter().position(|head| *head == "会员（本级）").unwrap();
        let sum: i64 = lines[1..].iter().map(|line| line.split(',').nth(own).unwrap().parse::<i64>().unwrap()).sum();
        assert_eq!(sum, then.members, "the rows add up to the page");
        assert!(lines[2].contains("I-DIGIT") && lines[2].contains("西店"), "{text}");
        let refused = as_of_file(&people.auditor, app, Day::parse_iso("2026-08-05").unwrap(), None, None).await;
        assert_eq!(refused.unwrap_err().kind, ErrorKind::Forbidden);
    }

    async fn last_quarters_tree_gives_last_quarters_members(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let (app, op) = (&test.app, &people.county_officer);
        with_second(&test, &[("M1", Some("2020-01-01")), ("M2", Some("2026-07-15")), ("M3", None)]).await;
        let members = |day: &'static str, key: &'static str| async move {
            let then = as_of(op, app, Day::parse_iso(day).unwrap(), Some(union::TOWN)).await.unwrap();
            let line = then.below.iter().find(|line| line.union_id == key).map(|line| line.members);
            (line, then.members, then.members_undated)
        };
        assert_eq!(members("2026-08-03", SECOND).await, (Some(3), 3, 1));
        assert_eq!(members("2026-07-14", SECOND).await, (Some(2), 2, 1), "M2 had not joined");
        assert_eq!(members("2019-12-31", SECOND).await, (Some(1), 1, 1), "nobody knows when M3 joined");
        change(op, &test, Change::Merge, SECOND, ask(union::BASE)).await;
        assert_eq!(members("2026-08-03", union::BASE).await, (Some(3), 3, 1), "moved today");
        assert_eq!(members("2026-08-02", union::BASE).await, (Some(0), 3, 1));
        assert_eq!(members("2026-08-02", SECOND).await, (Some(3), 3, 1), "yesterday's tree has yesterday's members");
        assert_eq!(members("2026-07-14", SECOND).await, (Some(2), 2, 1));
        // Whoever sees less sees less of the past.
        let other = as_of(&people.other_town_officer, app, Day::parse_iso("2026-08-02").unwrap(), None).await.unwrap();
        assert_eq!(other.members, 0);
    }

    async fn members_of_a_dissolved_union_are_kept_and_taken_over(database: Database) {
        let test = TestApp::on(database).await;
        let people = ready(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        with_second(&test, &[("M1", Some("2020-01-01")), ("M2", Some("2021-01-01"))]).await;
        let refused = preview(op, app, Change::TakeOver, SECOND, &ask(union::BASE)).await.unwrap_err();
        assert!(refused.message.contains("没有撤销"), "{refused}");
        let gone = ChangeForm { reason: "单位破产".into(), ..ChangeForm::default() };
        let seen = preview(op, app, Change::Dissolve, SECOND, &gone).await.unwrap();
        assert!(seen.effects.iter().any(|said| said.contains("会员 2 人列入待接续会员")), "{:?}", seen.effects);
        change(op, &test, Change::Dissolve, SECOND, gone).await;
        let member = app::membership::member(op, app, SECOND, "M1").await.unwrap();
        assert_eq!(member.state, domain::membership::MembershipState::Retained);
        assert!(member.events.iter().any(|event| event.what == "保留会籍" && event.details.iter().any(|said| said.contains("所在工会撤销"))), "{:?}", member.events);
        let waiting = left(op, app, 1, 20).await.unwrap();
        assert_eq!((waiting.total, waiting.members), (1, 2));
        assert_eq!((waiting.lines[0].union_id.as_str(), waiting.lines[0].days), (SECOND, Some(0)));
        assert_eq!(left(&people.other_town_officer, app, 1, 20).await.unwrap().total, 0);
        // Nobody works again in a union that is gone.
        let restore = app::membership::ChangeForm { kind: "restore".into(), happened_on: "2026-08-03".into(), ..Default::default() };
        let refused = app::membership::ask_change(op, app, SECOND, "M1", &restore).await.unwrap_err();
        assert!(refused.message.contains("已撤销"), "{refused}");
        change(op, &test, Change::TakeOver, SECOND, ask(union::BASE)).await;
        assert_eq!(left(op, app, 1, 20).await.unwrap().total, 0);
        let member = app::membership::member(op, app, union::BASE, "M1").await.unwrap();
        assert_eq!(member.state, domain::membership::MembershipState::Retained, "kept, until somebody restores it");
        assert!(app::membership::ask_change(op, app, union::BASE, "M1", &restore).await.is_ok());
    }
}

/// A second base union of 西店 with members.
const SECOND: &str = "T-SECOND";

async fn with_second(test: &TestApp, members: &[(&str, Option<&str>)]) {
    let base = row(test, union::BASE).await;
    let mut tx = test.app.store.begin().await.unwrap();
    // The sixty of the base union stand for nobody.
    tx.shift_member_counts([(base.id, -60)]).await.unwrap();
    let path = base.path.clone().unwrap();
    let second = UnionRow {
        id: codes::id::UnionOrgId::mint(&*test.app.ids, test.app.now()).uuid(),
        union_id: SECOND.into(),
        name: "宁海县甲乙电器二厂工会".into(),
        search: "宁海县甲乙电器二厂工会".into(),
        path: Some(format!("{}0009/", &path[..path.len() - 5])),
        founded_on: None,
        ..base
    };
    let rows: Vec<MemberRow> = members
        .iter()
        .map(|(key, joined)| MemberRow {
            id: codes::id::UnionOrgId::mint(&*test.app.ids, test.app.now()).uuid(),
            member_id: (*key).into(),
            union_org_id: second.id,
            name: format!("会员{key}"),
            name_written: None,
            id_sealed: None,
            id_index: None,
            id_token: None,
            id_status: codes::resident_id::IdStatus::Missing as i64,
            id_parts: None,
            phone_sealed: None,
            phone_index: None,
            joined_on: joined.map(|day| Day::parse_iso(day).unwrap().naive()),
            extra: None,
            unread: None,
            state: "active".into(),
            row_hash: 0,
            batch_no: None,
        })
        .collect();
    tx.upsert_unions([second]).await.unwrap();
    tx.insert_members(rows).await.unwrap();
    tx.recount_members().await.unwrap();
    tx.commit().await.unwrap();
}

fn ask(other: &str) -> ChangeForm {
    ChangeForm {
        other: other.into(),
        reason: "按上级批复".into(),
        ..ChangeForm::default()
    }
}

async fn change(op: &OpContext, test: &TestApp, what: Change, key: &str, form: ChangeForm) {
    let seen = preview(op, &test.app, what, key, &form).await.unwrap().seen;
    apply(op, &test.app, what, key, &ChangeForm { seen, ..form })
        .await
        .unwrap();
}

//! 数据元权限: what a role may not write is written by no way in, what it may is; and nobody sees what is not theirs to see.

use std::collections::{BTreeMap, BTreeSet};

use app::contact;
use app::element_right::{
    NOT_YOURS, Wish, element_rights, lines, not_writable, set_element_rights, workbook,
};
use app::error::{AppError, ErrorKind};
use app::export::register::{RegisterExport, export_download, make_register};
use app::intake::{self, BatchReport, Outcome, check_file, check_lines, import_file, typed, typed_union};
use app::journal::{JournalParams, journal};
use app::membership::{
    Answer, ChangeForm, RevealForm, answer, ask_change, ask_correction, ask_join, merge, part, reveal,
};
use app::op::OpContext;
use app::progress::unwatched;
use app::union_org::alias::{PlateForm, hang_plate};
use app::union_org::change::{Change, preview};
use app::union_org::cover::{CoverForm, add_cover, covers, end_cover};
use app::union_org::edit::{EditForm, edit, edit_draft};
use app::union_org::legal::{LegalForm, register_legal};
use app::union_org::term::{OfficerForm, TermForm, add_officer, register_term};
use domain::accounts::Role;
use domain::dictionary::Dictionary;
use domain::element_right::{KINDS, Place, Right, comes_with_record, governed};
use domain::intake::Kind;
use store::union_org::UnionRow;
use testkit::{People, TestApp, both_engines, union};

use crate::membership_life::{NUMBER, OTHER, fields, joins, members, row, take, town};
use crate::union_change::form as change_form;

/// Lets a role have a right, or not, on some elements; everything else is as it ships.
async fn set(test: &TestApp, role: Role, kind: Kind, right: Right, names: &[&str], is_allowed: bool) {
    let mut tx = test.app.store.begin().await.unwrap();
    for name in names {
        let place = Place {
            kind,
            element: (*name).to_owned(),
            role,
            right,
        };
        tx.set_element_right(&place, is_allowed, "安全员", test.app.now())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn unset_all(test: &TestApp) {
    let mut tx = test.app.store.begin().await.unwrap();
    let rights = tx.element_rights().await.unwrap();
    for (place, _) in rights.deviations() {
        tx.unset_element_right(place).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn bar(test: &TestApp, role: Role, kind: Kind, names: &[&str]) {
    set(test, role, kind, Right::Write, names, false).await;
}

fn typed_of(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn edits(pairs: &[(&str, &str)]) -> EditForm {
    EditForm {
        values: typed_of(pairs),
        reason: "核对登记".into(),
        ..EditForm::default()
    }
}

async fn union_row(test: &TestApp, key: &str) -> UnionRow {
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

fn is_refused<T: std::fmt::Debug>(done: Result<T, AppError>, element: &str) {
    let refused = done.expect_err(element);
    assert_eq!(
        (refused.kind, refused.code),
        (ErrorKind::Forbidden, NOT_YOURS),
        "{element}: {refused}"
    );
    let fault = refused.fields.iter().find(|one| one.field == element);
    let words = &fault.unwrap_or_else(|| panic!("{element}: {refused}")).message;
    assert!(words.contains("修改") || words.contains("查看明文"), "{words}");
}

async fn imported(op: &OpContext, test: &TestApp, kind: Kind, text: &str) -> BatchReport {
    let path = test.dir.path().join("rights.csv");
    std::fs::write(&path, text).unwrap();
    import_file(op, &test.app, kind, &path, "rights.csv", unwatched())
        .await
        .unwrap()
}

/// A small generator, so that a failing round can be run again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn some<'a>(&mut self, names: &[&'a str]) -> BTreeSet<&'a str> {
        names.iter().copied().filter(|_| self.roll(3) == 0).collect()
    }
}

/// Elements of a union that a test types numbers of its own into.
const COUNTED: [&str; 6] = [
    "address",
    "employee_count",
    "declared_members",
    "approval_no",
    "lon",
    "employer_legal_rep",
];

fn value_of(name: &str, round: u64) -> String {
    match name {
        "address" => format!("西店镇滨海路 {} 号", round + 1),
        "approval_no" => format!("甬工〔2026〕{}号", round + 1),
        "lon" => format!("121.{:03}1", round + 1),
        "employer_legal_rep" => {
            let sign = |signs: &str, at: u64| signs.chars().nth(at as usize % 8).unwrap();
            format!(
                "王{}{}",
                sign("一二三四五六七八", round / 8),
                sign("东西南北中上下左", round)
            )
        }
        _ => (round + 1).to_string(),
    }
}

/// What the register says of a union, by element.
fn said(test: &TestApp, row: &UnionRow) -> BTreeMap<&'static str, Option<String>> {
    let values = app::register_values::union_values(&test.app.keys, row);
    let elements = Dictionary::shipped().of(Kind::Unions).iter();
    elements
        .map(|element| element.name.as_str())
        .zip(values)
        .collect()
}

both_engines! {
    async fn a_town_leaves_the_level_to_the_county_until_somebody_decides_otherwise(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let before = union_row(&test, union::BASE).await;
        let typed = edits(&[("level", "基层"), ("address", "西店镇滨海路 1 号")]);
        is_refused(edit(&people.town_officer, app, union::BASE, &typed).await, "level");
        assert_eq!(union_row(&test, union::BASE).await, before, "nothing half-written");
        let draft = edit_draft(&people.town_officer, app, union::BASE).await.unwrap();
        assert_eq!(draft.barred.keys().copied().collect::<Vec<_>>(), ["level", "union_code"]);
        assert_eq!(draft.barred["level"], "由市总干部、区县干部修改");
        edit(&people.county_officer, app, union::BASE, &edits(&[("level", "基层")])).await.unwrap();

        // The security administrator alone sets it otherwise, with a reason, and it holds at once.
        let wish = |is_allowed| [Wish { role: Role::TownOfficer, right: Right::Write, is_allowed }];
        for (name, op) in people.everybody() {
            if name != "administrator" {
                let refused = set_element_rights(op, app, (Kind::Unions, "level"), &wish(Some(true)), "试行").await.unwrap_err();
                assert_eq!(refused.kind, ErrorKind::Forbidden, "{name}");
            }
        }
        let admin = &people.administrator;
        let level = (Kind::Unions, "level");
        let silent = set_element_rights(admin, app, level, &wish(Some(true)), " ").await.unwrap_err();
        assert_eq!((silent.code, fields(&silent)), ("ELM-420", vec!["words"]));
        assert!(set_element_rights(admin, app, level, &wish(Some(true)), "试行").await.unwrap());
        assert!(!set_element_rights(admin, app, level, &wish(Some(true)), "试行").await.unwrap(), "the same changes nothing");
        edit(&people.town_officer, app, union::BASE, &edits(&[("level", "乡镇（街道）")])).await.unwrap();

        let set: Vec<_> = lines(&element_rights(admin, app).await.unwrap()).into_iter().filter(|line| line.set.is_some()).collect();
        assert_eq!(set.len(), 1);
        assert!(set[0].is_allowed && !set[0].is_shipped && set[0].set.as_ref().unwrap().0 == "管**");
        let rows = journal(&people.security_auditor, app, &JournalParams { action: "setting.element_right".into(), ..JournalParams::default() }).await.unwrap().rows;
        assert_eq!(rows.len(), 1);
        assert!(rows[0].changes.contains(&("rights".to_owned(), "可改：市总干部、区县干部".to_owned(), "可改：市总干部、区县干部、镇街干部".to_owned())), "{:?}", rows[0].changes);
        assert!(workbook(admin, app).await.unwrap().bytes.starts_with(b"PK"));

        // As shipped again; a role without the function is not given it this way.
        assert!(set_element_rights(admin, app, level, &wish(None), "收回").await.unwrap());
        is_refused(edit(&people.town_officer, app, union::BASE, &typed).await, "level");
        let chair = [Wish { role: Role::UnionChair, right: Right::Write, is_allowed: Some(true) }];
        assert_eq!(set_element_rights(admin, app, level, &chair, "试行").await.unwrap_err().code, "ELM-420");
        assert_eq!(set_element_rights(admin, app, (Kind::Unions, "union_id"), &wish(None), "试行").await.unwrap_err().code, "ELM-404");
        assert!(element_rights(&people.system_administrator, app).await.is_err());
        assert!(not_writable(&test.system(), app, Kind::Unions).await.unwrap().is_empty(), "the machine's own account is not governed");
    }

    async fn what_is_written_is_exactly_what_was_allowed(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let op = &people.town_officer;
        let mut dice = Dice(20_261_123);
        let (mut written, mut refused) = (0, 0);
        for round in 0..60 {
            unset_all(&test).await;
            let barred = dice.some(&COUNTED);
            let names: Vec<&str> = barred.iter().copied().collect();
            bar(&test, Role::TownOfficer, Kind::Unions, &names).await;
            let asked = dice.some(&COUNTED);
            let typed: BTreeMap<String, String> = asked.iter().map(|name| ((*name).to_owned(), value_of(name, round))).collect();
            let before = union_row(&test, union::BASE).await;
            let form = EditForm { values: typed.clone(), reason: "核对".into(), ..EditForm::default() };
            let done = edit(op, app, union::BASE, &form).await;
            let after = union_row(&test, union::BASE).await;
            let stopped: Vec<&str> = asked.intersection(&barred).copied().collect();
            if asked.is_empty() {
                assert!(done.is_err() && before == after);
                continue;
            }
            if !stopped.is_empty() {
                let error = done.unwrap_err();
                assert_eq!((error.code, fields(&error)), (NOT_YOURS, stopped), "round {round}");
                assert_eq!(before, after, "round {round}: nothing half-written");
                refused += 1;
                continue;
            }
            done.unwrap();
            let (was, is) = (said(&test, &before), said(&test, &after));
            let changed: BTreeSet<&str> = is.keys().copied().filter(|name| was[name] != is[name]).collect();
            assert_eq!(changed, asked, "round {round}");
            for (name, value) in &typed {
                assert_eq!(is[name.as_str()].as_deref(), Some(value.as_str()), "round {round}");
            }
            written += 1;
        }
        assert!(written > 10 && refused > 10, "{written} written, {refused} refused");
    }

    async fn a_file_writes_exactly_what_its_sender_may(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let op = &people.city_officer;
        let mut dice = Dice(46);
        for round in 0..12 {
            unset_all(&test).await;
            let barred: Vec<&str> = dice.some(&COUNTED).into_iter().collect();
            bar(&test, Role::CityOfficer, Kind::Unions, &barred).await;
            let cells: Vec<String> = COUNTED.iter().map(|name| value_of(name, round)).collect();
            let text = format!("union_id,op,{}\n{},U,{}\n", COUNTED.join(","), union::BASE, cells.join(","));
            let before = said(&test, &union_row(&test, union::BASE).await);
            let report = imported(op, &test, Kind::Unions, &text).await;
            let after = said(&test, &union_row(&test, union::BASE).await);
            for (name, value) in COUNTED.iter().zip(&cells) {
                match barred.contains(name) {
                    true => assert_eq!(before[name], after[name], "round {round}: {name} is not the sender's"),
                    false => assert_eq!(after[name].as_deref(), Some(value.as_str()), "round {round}"),
                }
            }
            assert_eq!(report.doubtful, i64::from(!barred.is_empty()), "round {round}: {:?}", report.reasons);
            assert_eq!(report.reasons.len(), barred.len());
        }
    }

    async fn a_check_says_what_would_be_left_out_before_anything_is_written(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let op = &people.city_officer;
        bar(&test, Role::CityOfficer, Kind::Members, &["education", "phone"]).await;
        let text = format!(
            "member_id,union_id,name,id_no,phone,join_date,学历,民族\nM1,T-BASE,邵国海,{NUMBER},13857420099,2015-03-01,本科,汉族\n\
             M2,T-BASE,葛秀英,,13857420002,2016-03-01,高中,汉族\nM3,T-OTHER,叶小明,330203198512319991,13857420003,2017-03-01,本科,\n\
             M9,T-BASE,陈新,,13857420009,2020-01-01,硕士,汉族\n"
        );
        let path = test.dir.path().join("check.csv");
        std::fs::write(&path, &text).unwrap();
        let check = check_file(op, app, Kind::Members, &path, "check.csv", unwatched()).await.unwrap();
        let told: Vec<(&str, i64)> = check.counts.reasons.iter().map(|one| (one.column.as_str(), one.rows)).collect();
        assert_eq!(told, [("学历", 2), ("移动电话", 1)], "{:?}", check.counts.reasons);
        assert!(check.counts.reasons[0].reason.contains("市总干部") && check.counts.reasons[0].reason.contains("没有采用"));
        let doubtful = check_lines(op, app, check.check_no, Outcome::Doubtful).await.unwrap();
        assert_eq!(doubtful.len(), 2);
        assert_eq!(check.counts.whole.as_deref(), Some("csv"), "the sender's own file comes back with the reasons");

        let before = row(&test, "M1").await.unwrap();
        let report = imported(op, &test, Kind::Members, &text).await;
        assert_eq!((report.updated, report.created, report.doubtful), (2, 1, 2), "{report:?}");
        let after = row(&test, "M1").await.unwrap();
        assert_eq!(after.phone_index, before.phone_index);
        let extra = |row: &store::membership::MemberRow| serde_json::from_str::<serde_json::Value>(row.extra.as_deref().unwrap()).unwrap();
        assert_eq!((&extra(&after)["education"], &extra(&after)["ethnicity"]), (&"大专".into(), &"汉族".into()));
        // A new member has what joining is about, and nothing that is not the sender's.
        let new = row(&test, "M9").await.unwrap();
        assert!(new.phone_index.is_some() && extra(&new).get("education").is_none(), "{:?}", new.extra);

        // With the right, the very same file is another question.
        unset_all(&test).await;
        let again = imported(op, &test, Kind::Members, &text).await;
        assert_eq!((again.updated, again.doubtful), (2, 0), "{again:?}");
        assert_eq!(extra(&row(&test, "M9").await.unwrap())["education"], "硕士");

        // An undo is a change like any other.
        bar(&test, Role::CityOfficer, Kind::Members, &["education"]).await;
        is_refused(intake::undo(op, app, again.batch_no).await, "education");
        let outlook = intake::undo_outlook(op, app, again.batch_no).await.unwrap();
        assert!(outlook.refusal.is_some_and(|words| words.contains("学历")));
        assert_eq!(extra(&row(&test, "M9").await.unwrap())["education"], "硕士");
        unset_all(&test).await;
        intake::undo(op, app, again.batch_no).await.unwrap();
        assert!(extra(&row(&test, "M9").await.unwrap()).get("education").is_none());
    }

    async fn a_parent_comes_neither_by_key_nor_by_name(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        bar(&test, Role::CityOfficer, Kind::Unions, &["parent_id", "county"]).await;
        let before = union_row(&test, union::BASE).await;
        let text = format!(
            "union_id,op,parent_id,parent_name,county,street,address\n{0},U,T-SHENZHEN,,宁海县,深甽镇,甲路 1 号\n{OTHER},U,,西店镇总工会,,,乙路 2 号\n",
            union::BASE
        );
        let other = union_row(&test, OTHER).await;
        let report = imported(&people.city_officer, &test, Kind::Unions, &text).await;
        let after = union_row(&test, union::BASE).await;
        assert_eq!((&after.path, &after.parent_id, after.town), (&before.path, &before.parent_id, before.town));
        assert_eq!(after.address.as_deref(), Some("甲路 1 号"), "{:?}", report.reasons);
        let told: BTreeSet<&str> = report.reasons.iter().map(|one| one.column.as_str()).collect();
        assert_eq!(told, BTreeSet::from(["上级工会标识", "上级工会名称", "街道乡镇"]), "{:?}", report.reasons);
        let moved = union_row(&test, OTHER).await;
        assert_eq!((&moved.path, moved.parent_id), (&other.path, other.parent_id.clone()));
        // A new union stands with the union above its ground, and has its name and kind.
        let new = "union_id,union_name,union_type,parent_id,county,street,address\nN1,宁海县新厂工会,独立基层工会,T-XIDIAN,宁海县,西店镇,丙路\n";
        let report = imported(&people.city_officer, &test, Kind::Unions, new).await;
        let new = union_row(&test, "N1").await;
        assert_eq!((report.created, new.parent_id, new.county, new.address.as_deref()), (1, None, None, Some("丙路")));
    }

    /// Every element that can be set, against every way in that can write it: one refused element stops the whole.
    async fn every_way_in_asks_about_every_element(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let op = &people.city_officer;
        let mut met: BTreeSet<(Kind, &str)> = BTreeSet::new();
        let both = Dictionary::shipped();
        for element in typed_union::elements() {
            let name = element.name.as_str();
            bar(&test, Role::CityOfficer, Kind::Unions, &[domain::element_right::governing(Kind::Unions, name)]).await;
            is_refused(edit(op, app, union::BASE, &edits(&[(name, &element.example)])).await, name);
            is_refused(edit(op, app, union::BASE, &edits(&[(name, "【清空】")])).await, name);
            met.insert((Kind::Unions, name));
            unset_all(&test).await;
        }
        for element in typed::elements() {
            let name = element.name.as_str();
            bar(&test, Role::CityOfficer, Kind::Members, &[name]).await;
            let typed = typed_of(&[(name, &element.example)]);
            is_refused(ask_correction(op, app, union::BASE, "M1", &typed, "按证件").await, name);
            if !comes_with_record(Kind::Members, name) {
                let mut join = joins("陈新", "");
                join.values.insert(name.to_owned(), element.example.clone());
                is_refused(ask_join(op, app, union::BASE, &join).await, name);
            }
            met.insert((Kind::Members, name));
            unset_all(&test).await;
        }
        // What has a page of its own.
        for name in ["chair", "term_no", "term_start", "term_end"] {
            bar(&test, Role::CityOfficer, Kind::Unions, &[name]).await;
            let form = TermForm { started_on: "2026-08-01".into(), term_years: "3".into(), chair: "邵国海".into(), ..TermForm::default() };
            is_refused(register_term(op, app, union::BASE, &form).await, name);
            if name == "chair" {
                let form = OfficerForm { body: "committee".into(), post: "chair".into(), name: "邵国海".into(), day: "2026-08-01".into(), ..OfficerForm::default() };
                is_refused(add_officer(op, app, union::BASE, &form).await, name);
            }
            met.insert((Kind::Unions, name));
            unset_all(&test).await;
        }
        bar(&test, Role::CityOfficer, Kind::Unions, &["legal_status", "second_names", "parent_id", "industry_parent_id"]).await;
        is_refused(register_legal(op, app, union::BASE, &LegalForm { step: "apply".into(), ..LegalForm::default() }).await, "legal_status");
        let plate = PlateForm { name: "西店电器行业工会联合会".into(), since: "2026-08-01".into(), ..PlateForm::default() };
        is_refused(hang_plate(op, app, union::BASE, &plate).await, "second_names");
        for (change, name) in [(Change::Move, "parent_id"), (Change::Industry, "industry_parent_id")] {
            let done = preview(op, app, change, union::BASE, &change_form("T-SHENZHEN", "调整")).await;
            assert!(done.is_err_and(|error| error.code == NOT_YOURS || error.kind == ErrorKind::Invalid), "{name}");
            is_refused(app::union_org::change::draft(op, app, change, union::BASE).await, name);
            met.insert((Kind::Unions, name));
        }
        met.extend([(Kind::Unions, "legal_status"), (Kind::Unions, "second_names")]);
        unset_all(&test).await;
        let kinds = [("move", "union_id", ""), ("confirm", "member_kind", ""), ("retain", "event_type", "7")];
        for (kind, name, reason) in kinds {
            bar(&test, Role::CityOfficer, Kind::Members, &[name]).await;
            let form = ChangeForm { kind: kind.into(), happened_on: "2026-08-01".into(), reason: reason.into(), to: OTHER.into(), ..ChangeForm::default() };
            is_refused(ask_change(op, app, union::BASE, "M1", &form).await, name);
            met.insert((Kind::Members, name));
            unset_all(&test).await;
        }
        // What comes with files alone, and all the rest once more: a file's column is told and not taken.
        for kind in [Kind::Unions, Kind::Members, Kind::Covers] {
            for element in governed(kind) {
                let name = element.name.as_str();
                bar(&test, Role::CityOfficer, kind, &[name]).await;
                let withheld = not_writable(op, app, kind).await.unwrap();
                assert!(withheld.contains_key(name), "{name}");
                if kind != Kind::Covers {
                    let key = if kind == Kind::Unions { union::BASE } else { "M1" };
                    let (head, _) = kind.key_columns();
                    let value = match name { "union_id" => OTHER, "parent_id" => union::COUNTY, _ => &element.example };
                    let text = format!("{head},op,{name}\n{key},U,{value}\n");
                    let path = test.dir.path().join("one.csv");
                    std::fs::write(&path, text).unwrap();
                    let check = check_file(op, app, kind, &path, "one.csv", unwatched()).await.unwrap();
                    let is_same = check.counts.unchanged == 1 && check.counts.reasons.is_empty();
                    let is_told = check.counts.updated == 0 && check.counts.reasons.iter().any(|one| one.column == element.zh);
                    assert!(is_told || is_same, "{name}: {:?}", check.counts);
                }
                met.insert((kind, name));
                unset_all(&test).await;
            }
        }
        for kind in KINDS.into_iter().filter(|kind| !kind.is_agency()) {
            for element in governed(kind) {
                assert!(met.contains(&(kind, element.name.as_str())), "no way in was tried for {}", element.name);
            }
            assert!(both.of(kind).len() >= governed(kind).count());
        }
    }

    async fn whoever_confirms_merges_or_parts_must_have_the_right_too(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let asked = ask_correction(&people.union_chair, app, union::BASE, "M1", &typed_of(&[("education", "本科")]), "按毕业证").await.unwrap();
        bar(&test, Role::TownOfficer, Kind::Members, &["education"]).await;
        is_refused(answer(&people.town_officer, app, asked, Answer::Accept, "").await, "education");
        answer(&people.county_officer, app, asked, Answer::Accept, "").await.unwrap();

        take(&test, &members(&format!("M5,T-OTHER,邵国海,{NUMBER},13957420005,2020-01-01,硕士研究生\n"))).await;
        let county = &people.county_officer;
        let (one, other) = (row(&test, "M1").await.unwrap().id, row(&test, "M5").await.unwrap().id);
        bar(&test, Role::CountyOfficer, Kind::Members, &["phone"]).await;
        let phone = ["phone"].map(str::to_owned).into();
        is_refused(merge(county, app, one, other, &phone).await, "phone");
        assert!(row(&test, "M5").await.is_some(), "nothing half-written");
        let shown = app::membership::pair(county, app, one, other).await.unwrap();
        assert!(shown.fields.iter().all(|field| field.barred.is_some() == (field.name == "phone")));
        // Without the phone the rest may be chosen; with the right again it can be taken, and parting asks as well.
        unset_all(&test).await;
        merge(county, app, one, other, &phone).await.unwrap();
        let merged = crate::membership_life::see(county, &test, union::BASE, "M1").await.unwrap().merges[0].0;
        bar(&test, Role::CountyOfficer, Kind::Members, &["phone"]).await;
        is_refused(part(county, app, merged).await, "phone");
        unset_all(&test).await;
        part(county, app, merged).await.unwrap();
    }

    async fn a_covers_days_are_written_by_whoever_may(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let op = &people.city_officer;
        edit(op, app, union::BASE, &edits(&[("union_type", "联合基层工会")])).await.unwrap();
        bar(&test, Role::CityOfficer, Kind::Covers, &["from", "to"]).await;
        let form = CoverForm { name: "宁海县甲冲压件厂".into(), from: "2020-01-01".into(), ..CoverForm::default() };
        is_refused(add_cover(op, app, union::BASE, &form).await, "from");
        let key = add_cover(op, app, union::BASE, &CoverForm { from: String::new(), ..form }).await.unwrap();
        is_refused(end_cover(op, app, union::BASE, &key, "2026-07-01", None).await, "to");
        unset_all(&test).await;
        end_cover(op, app, union::BASE, &key, "2026-07-01", None).await.unwrap();
        assert!(covers(op, app, union::BASE).await.unwrap().present.is_empty());
    }

    async fn what_is_not_ones_to_see_stays_masked_on_every_way_out(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let op = &people.county_officer;
        let hide = async |kind, names: &[&str]| set(&test, Role::CountyOfficer, kind, Right::Reveal, names, false).await;
        let looks = |what: &str| RevealForm { what: what.into(), purpose: "更正登记错误".into(), words: "核对".into() };
        hide(Kind::Members, &["id_no", "phone"]).await;
        is_refused(reveal(op, app, "M1", &looks("id_no")).await, "id_no");
        let shown = reveal(op, app, "M1", &looks("contact")).await.unwrap();
        assert_eq!((shown[0].value.as_str(), shown[1].value.as_str(), &shown[1].dial), ("邵国海", "138****0001", &None));
        assert_eq!(shown[1].barred.as_deref(), Some("由市总干部、镇街干部查看明文"));
        hide(Kind::Members, &["name"]).await;
        is_refused(reveal(op, app, "M1", &looks("contact")).await, "name");
        let rows = journal(&people.city_officer, app, &JournalParams { action: "reveal".into(), ..JournalParams::default() }).await.unwrap().rows;
        assert_eq!(rows.len(), 1, "who was refused has seen nothing");
        assert!(rows[0].changes.iter().any(|(name, _, after)| name == "column" && after == "姓名"), "{:?}", rows[0].changes);

        edit(op, app, union::BASE, &edits(&[("phone", "13800000001"), ("employer_legal_rep", "王小明")])).await.unwrap();
        hide(Kind::Unions, &["chair", "phone"]).await;
        let shown = contact::of_union(op, app, union::BASE, "联系单位核实").await.unwrap();
        assert!(shown.iter().all(|line| line.barred.is_some() == (line.label != "单位法定代表人")), "{shown:?}");
        hide(Kind::Unions, &["employer_legal_rep"]).await;
        is_refused(contact::of_union(op, app, union::BASE, "联系单位核实").await, "phone");

        // An export in full has what the maker may see in full; an old one is not fetched once that is less.
        unset_all(&test).await;
        hide(Kind::Members, &["id_no"]).await;
        let asked = RegisterExport {
            kind: "members".into(), format: "csv".into(), is_plain: true, reason: "核对台账".into(), purpose: "L01".into(), ..RegisterExport::default()
        };
        let number = make_register(op, app, &asked, unwatched()).await.unwrap();
        let bytes: Vec<u8> = export_download(op, app, number).await.unwrap().flat_map(Result::unwrap).collect();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("证件号码（脱敏）") && !text.contains(NUMBER) && text.contains("13857420001"), "{text}");
        hide(Kind::Members, &["phone"]).await;
        is_refused(export_download(op, app, number).await.map(|_| ()), "phone");
    }
}

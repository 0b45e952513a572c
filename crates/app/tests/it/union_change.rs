//! Moving, merging, splitting and dissolving unions: what follows them, who may, what a past day's tree says afterwards.

use app::error::ErrorKind;
use app::intake::import_file;
use app::membership::{MemberListParams, list as members};
use app::op::OpContext;
use app::union_org::as_of::as_of;
use app::union_org::change::{Change, ChangeForm, Changed, apply, draft, preview};
use app::union_org::union_org;
use codes::id::UnionOrgId;
use codes::resident_id::IdStatus;
use codes::time::Day;
use domain::intake::Kind;
use domain::journal::SubjectKind;
use domain::union_org::UnionType;
use store::cover::CoverRow;
use store::membership::MemberRow;
use store::union_org::UnionRow;
use testkit::{People, TestApp, both_engines, union};

/// A second base union in 西店, made from the first.
pub(crate) const SECOND: &str = "T-SECOND";
/// A 分会 of the first base union.
const BRANCH: &str = "T-BRANCH";

pub(crate) async fn town(test: &TestApp) -> People {
    let people = People::of(test).await;
    let mut tx = test.app.store.begin().await.unwrap();
    let base = tx.union_row(union::BASE).await.unwrap().unwrap();
    let path = base.path.clone().unwrap();
    let new = |key: &str, name: &str, kind: UnionType, parent: &str, path: String| UnionRow {
        id: UnionOrgId::mint(&*test.app.ids, test.app.now()).uuid(),
        union_id: key.into(),
        name: name.into(),
        search: name.into(),
        union_type: kind.code().into(),
        parent_id: Some(parent.into()),
        path: Some(path),
        ..base.clone()
    };
    let beside = format!("{}0009/", &path[..path.len() - 5]);
    let second = new(
        SECOND,
        "宁海县甲乙电器二厂工会",
        UnionType::Joint,
        union::TOWN,
        beside,
    );
    let branch = new(
        BRANCH,
        "宁波甲乙电器有限公司工会一分会",
        UnionType::Branch,
        union::BASE,
        format!("{path}0000/"),
    );
    tx.upsert_unions([second, branch]).await.unwrap();
    let rows: Vec<MemberRow> = ["M1", "M2", "M3"].map(|key| member(test, key, &base)).into();
    tx.insert_members(rows).await.unwrap();
    tx.recount_members().await.unwrap();
    tx.upsert_covers(
        [("A", "宁海县甲冲压件厂"), ("B", "宁海县乙模具厂")].map(|(key, name)| CoverRow {
            cover_key: format!("{}|{key}", union::BASE),
            union_id: union::BASE.into(),
            employer_code: None,
            employer_name: Some(name.into()),
            cover_from: None,
            cover_to: None,
            row_hash: 0,
            batch_no: None,
        }),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    people
}

/// M3 works for the covered 甲冲压件厂.
fn member(test: &TestApp, key: &str, home: &UnionRow) -> MemberRow {
    MemberRow {
        id: UnionOrgId::mint(&*test.app.ids, test.app.now()).uuid(),
        member_id: key.into(),
        union_org_id: home.id,
        name: format!("会员{key}"),
        name_written: None,
        id_sealed: None,
        id_index: None,
        id_token: None,
        id_status: IdStatus::Missing as i64,
        id_parts: None,
        phone_sealed: None,
        phone_index: None,
        joined_on: None,
        extra: (key == "M3").then(|| r#"{"employer_name":"宁海县甲冲压件厂"}"#.to_owned()),
        unread: None,
        state: "active".into(),
        row_hash: 0,
        batch_no: None,
    }
}

pub(crate) fn form(other: &str, reason: &str) -> ChangeForm {
    ChangeForm {
        other: other.into(),
        reason: reason.into(),
        ..ChangeForm::default()
    }
}

/// Sees what would follow, then has it done.
pub(crate) async fn change(
    op: &OpContext,
    test: &TestApp,
    what: Change,
    union_id: &str,
    form: ChangeForm,
) -> Result<Changed, app::error::AppError> {
    let seen = preview(op, &test.app, what, union_id, &form).await?.seen;
    apply(op, &test.app, what, union_id, &ChangeForm { seen, ..form }).await
}

async fn path_of(test: &TestApp, key: &str) -> String {
    let mut reader = test.app.store.read().await.unwrap();
    reader.union_row(key).await.unwrap().unwrap().path.unwrap()
}

async fn member_keys(op: &OpContext, test: &TestApp, key: &str) -> Vec<String> {
    let params = MemberListParams {
        union_id: key.into(),
        page: 1,
        size: 50,
        ..MemberListParams::default()
    };
    let found = members(op, &test.app, &params).await.unwrap();
    found.lines.into_iter().map(|line| line.member_id).collect()
}

async fn names_below(op: &OpContext, test: &TestApp, day: &str, key: &str) -> Vec<String> {
    let day = Day::parse_iso(day).unwrap();
    let then = as_of(op, &test.app, day, Some(key)).await.unwrap();
    then.below.into_iter().map(|line| line.union_id).collect()
}

both_engines! {
    async fn a_union_moves_with_all_below_it_and_the_day_before_reads_as_it_was(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let app = &test.app;
        let asked = form("宁海县深甽镇总工会", "企业迁至深甽镇");
        let seen = preview(&people.county_officer, app, Change::Move, union::BASE, &asked).await.unwrap();
        assert!(seen.effects[0].contains("西店") && seen.effects[0].contains("深甽"), "{:?}", seen.effects);
        assert!(seen.effects.iter().any(|said| said.contains("下面的 1 家工会")), "{:?}", seen.effects);
        assert!(seen.effects.iter().any(|said| said.contains("会员 3 人")), "{:?}", seen.effects);
        let done = change(&people.county_officer, &test, Change::Move, union::BASE, asked).await.unwrap();
        assert!(done.message.contains("共 2 家工会"), "{}", done.message);

        let over = path_of(&test, union::OTHER_TOWN).await;
        let here = path_of(&test, union::BASE).await;
        assert!(here.starts_with(&over), "{here} under {over}");
        assert!(path_of(&test, BRANCH).await.starts_with(&here), "what hung below hangs below");
        // Scope follows at once: out of the one town's sight, into the other's.
        let lost = union_org(&people.town_officer, app, union::BASE).await.unwrap_err();
        assert_eq!(lost.kind, ErrorKind::NotFound);
        let view = union_org(&people.other_town_officer, app, union::BASE).await.unwrap();
        assert_eq!(view.parent_id.as_deref(), Some(union::OTHER_TOWN));
        assert_eq!(member_keys(&people.other_town_officer, &test, union::BASE).await.len(), 3);
        // The list of all members in sight and its total, which counts kept beside the unions answer.
        for (op, expected) in [(&people.town_officer, 0), (&people.other_town_officer, 3)] {
            let all = MemberListParams { page: 1, size: 50, ..MemberListParams::default() };
            let list = app::membership::list(op, app, &all).await.unwrap();
            assert_eq!((list.lines.len(), list.total), (expected, expected as i64));
        }
        // It belongs to the history of the union, of the town that lost it and of the one that got it.
        for key in [union::BASE, union::TOWN, union::OTHER_TOWN] {
            let id = union_org(&people.city_officer, app, key).await.unwrap().id;
            let told = app::journal::timeline(app, SubjectKind::UnionOrg, id.uuid()).await.unwrap();
            assert!(told.iter().any(|row| row.action == "调整上级工会"), "{key}");
        }
        // Yesterday it hung in 西店, today in 深甽.
        let op = &people.county_officer;
        assert!(names_below(op, &test, "2026-08-02", union::TOWN).await.contains(&union::BASE.to_owned()));
        assert!(names_below(op, &test, "2026-08-02", union::OTHER_TOWN).await.is_empty());
        assert_eq!(names_below(op, &test, "2026-08-03", union::OTHER_TOWN).await, [union::BASE]);
        let then = as_of(op, app, Day::parse_iso("2026-08-02").unwrap(), Some(union::TOWN)).await.unwrap();
        let line = then.below.iter().find(|line| line.union_id == union::BASE).unwrap();
        assert_eq!(line.since.as_deref(), Some("现属“宁海县深甽镇总工会”"));
    }

    async fn a_file_does_not_move_it_back(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let asked = form(union::OTHER_TOWN, "企业迁至深甽镇");
        change(&people.county_officer, &test, Change::Move, union::BASE, asked).await.unwrap();
        let gone = form("", "单位已注销");
        change(&people.county_officer, &test, Change::Dissolve, SECOND, gone).await.unwrap();
        let file = test.dir.path().join("unions.csv");
        std::fs::write(
            &file,
            format!(
                "工会标识,工会名称,上级工会标识\n{},宁波甲乙电器有限公司工会,{}\n{SECOND},宁海县甲乙电器二厂工会,{}\n",
                union::BASE, union::TOWN, union::TOWN
            ),
        )
        .unwrap();
        let report = import_file(&test.system(), &test.app, Kind::Unions, &file, "unions.csv", app::progress::unwatched()).await.unwrap();
        assert_eq!(report.rejected, 0, "{report:?}");
        let view = union_org(&people.county_officer, &test.app, union::BASE).await.unwrap();
        assert_eq!(view.parent_id.as_deref(), Some(union::OTHER_TOWN), "what a person decided wins over a file");
        assert!(!union_org(&people.county_officer, &test.app, SECOND).await.unwrap().is_active);
    }

    async fn a_merged_union_hands_over_members_branches_covers_and_accounts(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let app = &test.app;
        let asked = form(SECOND, "两厂合并");
        let done = change(&people.town_officer, &test, Change::Merge, union::BASE, asked).await.unwrap();
        assert_eq!(done.union_id, SECOND);
        assert_eq!(member_keys(&people.town_officer, &test, SECOND).await, ["M1", "M2", "M3"]);
        let into = union_org(&people.town_officer, app, SECOND).await.unwrap();
        assert_eq!((into.member_count, into.covers.len(), into.below_count), (3, 2, 1));
        let old = union_org(&people.town_officer, app, union::BASE).await.unwrap();
        assert_eq!((old.is_active, old.member_count, old.covers.len()), (false, 0, 0));
        assert!(path_of(&test, BRANCH).await.starts_with(&path_of(&test, SECOND).await));
        // The chair of the merged union stands on the other one from the next request.
        let mut reader = app.store.read().await.unwrap();
        let chair = reader.account(people.union_chair.actor.id.unwrap()).await.unwrap().unwrap();
        assert_eq!(chair.path.unwrap().as_str(), path_of(&test, SECOND).await);
        // Once is enough.
        let again = preview(&people.town_officer, app, Change::Merge, union::BASE, &form(SECOND, "再来")).await;
        assert_eq!(again.unwrap_err().kind, ErrorKind::Conflict);
    }

    async fn a_merged_industry_union_hands_its_line_over_for_good(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, op) = (&test.app, &people.county_officer);
        let mut tx = app.store.begin().await.unwrap();
        let county = tx.union_row(union::COUNTY).await.unwrap().unwrap();
        let lead = |key: &str, above: Option<&str>, at: &str| UnionRow {
            id: UnionOrgId::mint(&*app.ids, app.now()).uuid(),
            union_id: key.into(),
            name: format!("宁海县{key}产业工会"),
            search: format!("宁海县{key}产业工会"),
            union_type: UnionType::Industry.code().into(),
            industry_parent_id: above.map(str::to_owned),
            parent_id: Some(union::COUNTY.into()),
            path: Some(format!("{}{at}/", county.path.as_deref().unwrap())),
            ..county.clone()
        };
        let base = tx.union_row(union::BASE).await.unwrap().unwrap();
        let led = UnionRow { industry_parent_id: Some("I-OLD".into()), ..base };
        // The one that takes over stood below the other itself.
        tx.upsert_unions([lead("I-TOP", None, "0070"), lead("I-OLD", Some("I-TOP"), "0071"), lead("I-NEW", Some("I-OLD"), "0072"), led]).await.unwrap();
        tx.commit().await.unwrap();
        let said = preview(op, app, Change::Merge, "I-OLD", &form("I-NEW", "产业调整")).await.unwrap().effects;
        assert!(said.iter().any(|words| words.contains("产业线上直属的 2 家")), "{said:?}");
        change(op, &test, Change::Merge, "I-OLD", form("I-NEW", "产业调整")).await.unwrap();
        let above = async |key: &str| app.store.read().await.unwrap().union_row(key).await.unwrap().unwrap().industry_parent_id;
        assert_eq!(above("I-NEW").await.as_deref(), Some("I-TOP"), "nobody leads itself");
        assert_eq!(above(union::BASE).await.as_deref(), Some("I-NEW"));
        // The next file says what was before; the union's own page says what a person did.
        let text = format!("工会标识,工会名称,上级工会标识,所属产业工会标识\n{},宁波甲乙电器有限公司工会,{},I-OLD\n", union::BASE, union::TOWN);
        let file = test.dir.path().join("unions.csv");
        std::fs::write(&file, text).unwrap();
        import_file(&test.system(), app, Kind::Unions, &file, "unions.csv", app::progress::unwatched()).await.unwrap();
        assert_eq!(above(union::BASE).await.as_deref(), Some("I-NEW"));
        let id = union_org(op, app, union::BASE).await.unwrap().id.uuid();
        let told = app::journal::timeline(app, SubjectKind::UnionOrg, id).await.unwrap();
        assert!(told.iter().any(|entry| entry.action == "调整产业隶属"), "{told:?}");
    }

    async fn a_union_lies_in_one_zone_after_a_merger_too(database: Database) {
        use app::accounts::{FirstPassword, NamedUnion, NewAccount, ReachForm, account_reach, create_account};
        use domain::accounts::{Reach, Role};
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let app = &test.app;
        let worker = async |login: &str, key: &str, with_below: bool| {
            let new = NewAccount {
                login: login.into(),
                name: format!("工作者{login}"),
                role: Role::FieldWorker,
                union_id: people.field_worker.actor.union_id,
                reach: ReachForm { kind: Reach::Zone, unions: vec![NamedUnion { union_id: key.into(), with_below }] },
            };
            create_account(&people.administrator, app, new, FirstPassword::OneTime).await.unwrap().0.id
        };
        let (east, west) = (worker("east", union::BASE, true).await, worker("west", SECOND, true).await);
        let said = preview(&people.town_officer, app, Change::Merge, union::BASE, &form(SECOND, "两厂合并")).await.unwrap().effects;
        assert!(said.iter().any(|words| words.contains("仍在“west的片区”")), "{said:?}");
        change(&people.town_officer, &test, Change::Merge, union::BASE, form(SECOND, "两厂合并")).await.unwrap();
        let zone = async |id| {
            let rows = account_reach(&people.administrator, app, id).await.unwrap().into_iter();
            rows.map(|row| row.union_id).collect::<Vec<_>>()
        };
        assert_eq!(zone(east).await, Vec::<String>::new(), "neither the heir nor the branch that hangs below it now");
        assert_eq!(zone(west).await, [SECOND]);
    }

    async fn nothing_is_dated_before_what_it_changes(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        let joined = app::union_org::term::OfficerForm { body: "audit".into(), post: "member".into(), name: "葛秀英".into(),
            is_full_time: false, day: "2026-08-01".into() };
        app::union_org::term::add_officer(op, app, union::BASE, &joined).await.unwrap();
        let early = ChangeForm { effective_on: "2026-07-15".into(), ..form(SECOND, "两厂合并") };
        let refused = preview(op, app, Change::Merge, union::BASE, &early).await.unwrap_err();
        assert!(refused.fields.iter().any(|fault| fault.field == "effective_on" && fault.message.contains("2026-08-01")), "{refused}");
        let term = app::union_org::term::TermForm { started_on: "2026-07-20".into(), term_years: "3".into(), chair: "邵国海".into(), ..Default::default() };
        let refused = app::union_org::term::register_term(op, app, union::BASE, &term).await.unwrap_err();
        assert!(refused.fields.iter().any(|fault| fault.field == "started_on" && fault.message.contains("2026-08-01")), "{refused}");

        // M1 was written to have changed on the second of August: no split takes M1 along from July.
        let mut tx = app.store.begin().await.unwrap();
        let row = tx.member_row("M1").await.unwrap().unwrap();
        tx.add_member_events([store::member_event::MemberEvent {
            id: UnionOrgId::mint(&*app.ids, app.now()).uuid(),
            member: row.id,
            kind: "restore".into(),
            happened_on: Some(Day::parse_iso("2026-08-02").unwrap().naive()),
            reason: None,
            words: None,
            from_union: None,
            to_union: None,
            state: "active".into(),
            decided_on: None,
            decision_no: None,
            actor_name: "某".into(),
            request: None,
            batch_no: None,
            at: app.now().millis(),
        }]).await.unwrap();
        tx.commit().await.unwrap();
        let split = |members: &str, name: &str| ChangeForm {
            name: name.into(),
            chair: "邵国海".into(),
            term_years: "3".into(),
            members: members.into(),
            effective_on: "2026-07-15".into(),
            ..form("", "独立建会")
        };
        let refused = preview(op, app, Change::Split, union::BASE, &split("M1", "宁海县甲冲压件厂工会")).await.unwrap_err();
        assert!(refused.fields.iter().any(|fault| fault.field == "effective_on" && fault.message.contains("2026-08-02")), "{refused}");
        preview(op, app, Change::Split, union::BASE, &split("M2", "宁海县甲冲压件厂工会")).await.unwrap();
        let refused = preview(op, app, Change::Split, union::BASE, &split("M2", "宁海县甲乙电器二厂工会")).await.unwrap_err();
        assert!(refused.fields.iter().any(|fault| fault.field == "name" && fault.message.contains(SECOND)), "{refused}");
    }

    async fn a_split_takes_the_members_named_and_those_of_the_employers_that_go(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let asked = ChangeForm {
            name: "宁海县甲冲压件厂工会".into(),
            chair: "邵国海".into(),
            term_years: "3".into(),
            members: "M1".into(),
            covers: vec![format!("{}|A", union::BASE)],
            reason: "独立建会".into(),
            ..ChangeForm::default()
        };
        let done = change(&people.town_officer, &test, Change::Split, union::BASE, asked.clone()).await.unwrap();
        let new = union_org(&people.town_officer, &test.app, &done.union_id).await.unwrap();
        assert_eq!((new.union_type, new.covers.len(), new.member_count), (UnionType::Single, 1, 2));
        assert_eq!(new.parent_id.as_deref(), Some(union::TOWN));
        assert_eq!(new.term_end, Day::parse_iso("2029-08-03").ok());
        assert_eq!(member_keys(&people.town_officer, &test, &done.union_id).await, ["M1", "M3"]);
        assert_eq!(member_keys(&people.town_officer, &test, union::BASE).await, ["M2"]);
        // It was not there yesterday.
        let yesterday = names_below(&people.town_officer, &test, "2026-08-02", union::TOWN).await;
        assert!(!yesterday.contains(&done.union_id));
        for (wrong, field) in [
            (ChangeForm { members: "M9".into(), ..asked.clone() }, "members"),
            (ChangeForm { members: String::new(), covers: vec![], ..asked.clone() }, "members"),
            (ChangeForm { term_years: "4".into(), ..asked.clone() }, "term_years"),
            (ChangeForm { name: "甲厂".into(), ..asked.clone() }, "name"),
            (ChangeForm { employer_code: "123".into(), ..asked.clone() }, "employer_code"),
            (ChangeForm { reason: " ".into(), ..asked.clone() }, "reason"),
            (ChangeForm { effective_on: "2026-08-04".into(), ..asked.clone() }, "effective_on"),
        ] {
            let refused = preview(&people.town_officer, &test.app, Change::Split, union::BASE, &wrong).await.unwrap_err();
            assert!(refused.fields.iter().any(|fault| fault.field == field), "{field}: {refused}");
        }
    }

    async fn a_branch_and_a_group_are_set_up_below_their_union(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (op, app) = (&people.town_officer, &test.app);
        let asked = ChangeForm {
            name: "冲压车间分会".into(),
            chair: "邵国海".into(),
            term_years: "3".into(),
            members: "M1\nM3".into(),
            reason: "经会员大会通过".into(),
            ..ChangeForm::default()
        };
        let effects = preview(op, app, Change::SetUp, union::BASE, &asked).await.unwrap().effects.join("");
        assert!(effects.contains("2 名会员") && effects.contains("2029-08-03"), "{effects}");
        let done = change(op, &test, Change::SetUp, union::BASE, asked.clone()).await.unwrap();
        let new = union_org(op, app, &done.union_id).await.unwrap();
        assert_eq!((new.union_type, new.parent_id.as_deref()), (UnionType::Branch, Some(union::BASE)));
        assert_eq!((new.term_end, new.member_count), (Day::parse_iso("2029-08-03").ok(), 2));
        assert!(new.chair.is_some_and(|chair| chair.starts_with('邵')));
        assert_eq!(member_keys(op, &test, union::BASE).await, ["M2"]);
        assert_eq!(member_keys(op, &test, &done.union_id).await, ["M1", "M3"]);
        assert!(!names_below(op, &test, "2026-08-02", union::BASE).await.contains(&done.union_id), "not there yesterday");
        assert!(names_below(op, &test, "2026-08-03", union::BASE).await.contains(&done.union_id));

        let told = app::journal::timeline(app, SubjectKind::UnionOrg, new.id.uuid()).await.unwrap();
        assert!(told.iter().any(|entry| format!("{entry:?}").contains("之下设立")), "{told:?}");

        // A group has no term, and its leader may be chosen later; a 分会 has groups, and no 分会.
        let group = ChangeForm {
            name: "一号线工会小组".into(),
            chair: String::new(),
            members: "M1".into(),
            ..asked.clone()
        };
        let below = change(op, &test, Change::SetUp, &done.union_id, group).await.unwrap();
        let group = union_org(op, app, &below.union_id).await.unwrap();
        assert_eq!((group.union_type, group.chair, group.term_end, group.member_count), (UnionType::Group, None, None, 1));
        assert_eq!(member_keys(op, &test, &done.union_id).await, ["M3"]);
        let refused = preview(op, app, Change::SetUp, &below.union_id, &asked).await.unwrap_err();
        assert!(refused.fields.is_empty() && refused.message.contains("不设"), "{refused}");
        let refused = preview(op, app, Change::SetUp, union::TOWN, &asked).await.unwrap_err();
        assert!(refused.fields.is_empty() && refused.message.contains("总工会之下不设分会"), "{refused}");

        let next = ChangeForm {
            name: "装配车间分会".into(),
            members: "M2".into(),
            ..asked.clone()
        };
        preview(op, app, Change::SetUp, union::BASE, &next).await.unwrap();
        // Another factory may have a part of the same name, the same factory not.
        preview(op, app, Change::SetUp, SECOND, &ChangeForm { members: String::new(), ..asked.clone() }).await.unwrap();
        for (wrong, field, says) in [
            (ChangeForm { members: "M9".into(), ..next.clone() }, "members", "M9"),
            (ChangeForm { members: "M1".into(), ..next.clone() }, "members", "M1"),
            (ChangeForm { name: "装配车间".into(), ..next.clone() }, "name", "结尾"),
            (ChangeForm { name: " ".into(), ..next.clone() }, "name", "请填写"),
            (ChangeForm { name: "冲压车间分会".into(), ..next.clone() }, "name", done.union_id.as_str()),
            (ChangeForm { chair: String::new(), ..next.clone() }, "chair", "主席"),
            (ChangeForm { term_years: String::new(), ..next.clone() }, "term_years", "任期"),
            (ChangeForm { term_years: "4".into(), ..next.clone() }, "term_years", "任期"),
            (ChangeForm { reason: String::new(), ..next.clone() }, "reason", ""),
            (ChangeForm { effective_on: "2026-08-04".into(), ..next.clone() }, "effective_on", "晚于今天"),
        ] {
            let refused = preview(op, app, Change::SetUp, union::BASE, &wrong).await.unwrap_err();
            let told = refused.fields.iter().any(|fault| fault.field == field && fault.message.contains(says));
            assert!(told, "{field} {says}: {refused} {:?}", refused.fields);
        }
        // The parts go where their union goes.
        change(&people.county_officer, &test, Change::Move, union::BASE, form(union::OTHER_TOWN, "迁址")).await.unwrap();
        union_org(&people.other_town_officer, app, &below.union_id).await.unwrap();
        union_org(op, app, &below.union_id).await.unwrap_err();
    }

    async fn nobody_is_left_behind_when_a_union_is_dissolved(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let refused = preview(&people.town_officer, &test.app, Change::Dissolve, union::BASE, &form("", "单位注销")).await.unwrap_err();
        assert!(refused.message.contains("1 家在册工会"), "{refused}");
        let said = draft(&people.town_officer, &test.app, Change::Dissolve, union::BASE).await.unwrap();
        assert_eq!(said.refusal.as_deref(), Some(refused.message.as_str()), "told before anything is typed");
        change(&people.town_officer, &test, Change::Dissolve, BRANCH, form("", "撤并分会")).await.unwrap();
        let refused = preview(&people.town_officer, &test.app, Change::Dissolve, union::BASE, &form("", "单位注销")).await.unwrap_err();
        assert!(refused.message.contains("1 个在用账号"), "{refused}");
        // The town itself cannot take members; a base union can.
        change(&people.town_officer, &test, Change::Merge, union::BASE, form(SECOND, "合并")).await.unwrap();
        let left = test.app.store.read().await.unwrap().accounts_on(
            union_org(&people.town_officer, &test.app, SECOND).await.unwrap().id.uuid()).await.unwrap();
        assert_eq!(left, 1);
    }

    async fn what_was_not_seen_is_not_done_and_who_may_not_does_not(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let app = &test.app;
        let asked = form(SECOND, "两厂合并");
        let seen = preview(&people.town_officer, app, Change::Merge, union::BASE, &asked).await.unwrap().seen;
        let blind = apply(&people.town_officer, app, Change::Merge, union::BASE, &asked).await.unwrap_err();
        assert_eq!((blind.kind, blind.code), (ErrorKind::Conflict, "UNI-412"));
        // Somebody else was faster.
        change(&people.county_officer, &test, Change::Move, SECOND, form(union::OTHER_TOWN, "迁址")).await.unwrap();
        let late = apply(&people.county_officer, app, Change::Merge, union::BASE, &ChangeForm { seen, ..asked.clone() }).await.unwrap_err();
        assert_eq!(late.code, "UNI-412");
        for (name, op) in people.everybody() {
            let answer = preview(op, app, Change::Move, union::BASE, &form(union::OTHER_TOWN, "迁址")).await;
            let expected = match name {
                "city_officer" | "county_officer" => None,
                // The town does not see where it should go.
                "town_officer" => Some(ErrorKind::Invalid),
                "other_town_officer" | "other_county_officer" => Some(ErrorKind::NotFound),
                _ => Some(ErrorKind::Forbidden),
            };
            assert_eq!(answer.err().map(|error| error.kind), expected, "{name}");
        }
    }
}

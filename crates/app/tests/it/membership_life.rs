//! Members for life: joining, transfers, keeping and leaving, corrections, what files bring, and two memberships of one person.

use std::collections::{BTreeMap, BTreeSet};

use app::error::{AppError, ErrorKind};
use app::intake::{self, BatchReport, import_file};
use app::job::{self, JobState};
use app::journal::{JournalParams, journal};
use app::membership::{
    ANONYMISE_JOB, Answer, ChangeForm, JoinForm, MemberListParams, MemberView, OwnKey, adopt, anonymise,
    anonymise_work, answer, ask_change, ask_correction, ask_join, dismiss, due, duplicates, find_suggestions,
    hold, holds, issue_pass, list, member, merge, own, own_copy, own_correction, pair, part, release, report,
    request, requests, suggestions,
};
use app::op::OpContext;
use app::progress::unwatched;
use app::union_org::as_of::as_of;
use codes::id::UnionOrgId;
use domain::accounts::Role;
use domain::intake::Kind;
use domain::membership::{MembershipState, RequestState};
use domain::scope::UnionPath;
use store::membership::MemberRow;
use store::union_org::UnionRow;
use testkit::{People, TestApp, both_engines, union};
use uuid::Uuid;

/// 深甽镇 has a base union as well.
pub(crate) const OTHER: &str = "T-OTHER";
/// Generated; check digits hold.
pub(crate) const NUMBER: &str = "330226199001010000";
pub(crate) const SECOND: &str = "330203198512319991";
/// The first with a slip: its check digit does not hold.
const SLIPPED: &str = "330226199001010001";

async fn another_union(test: &TestApp) -> Uuid {
    let mut tx = test.app.store.begin().await.unwrap();
    let mut row = tx.union_row(union::BASE).await.unwrap().unwrap();
    let town = tx.union_row(union::OTHER_TOWN).await.unwrap().unwrap();
    row.id = UnionOrgId::mint(&*test.app.ids, test.app.now()).uuid();
    row.union_id = OTHER.to_owned();
    row.name = "宁海县深甽竹木制品有限公司工会".to_owned();
    row.search = codes::text::normalise(&row.name);
    row.parent_id = Some(union::OTHER_TOWN.to_owned());
    row.path = Some(
        UnionPath::parse(&town.path.unwrap())
            .unwrap()
            .child(0)
            .to_string(),
    );
    row.town = town.town;
    let id = row.id;
    tx.upsert_unions([row]).await.unwrap();
    tx.commit().await.unwrap();
    id
}

pub(crate) async fn take(test: &TestApp, text: &str) -> BatchReport {
    let path = test.dir.path().join("members.csv");
    std::fs::write(&path, text).unwrap();
    import_file(
        &test.system(),
        &test.app,
        Kind::Members,
        &path,
        "members.csv",
        unwatched(),
    )
    .await
    .unwrap()
}

/// Two unions and three members: M1 and M2 in 西店, M3 in 深甽.
pub(crate) async fn town(test: &TestApp) -> People {
    let people = People::of(test).await;
    another_union(test).await;
    take(test, &members("")).await;
    people
}

pub(crate) fn members(more: &str) -> String {
    format!(
        "member_id,union_id,name,id_no,phone,join_date,学历\n\
         M1,T-BASE,邵国海,{NUMBER},13857420001,2015-03-01,大专\n\
         M2,T-BASE,葛秀英,,13857420002,2016-03-01,高中\n\
         M3,T-OTHER,叶小明,{SECOND},13857420003,2017-03-01,本科\n{more}"
    )
}

pub(crate) fn asks(kind: &str, on: &str, reason: &str) -> ChangeForm {
    ChangeForm {
        kind: kind.into(),
        happened_on: on.into(),
        reason: reason.into(),
        ..ChangeForm::default()
    }
}

pub(crate) fn joins(name: &str, number: &str) -> JoinForm {
    let value = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    JoinForm {
        values: BTreeMap::from([
            value("name", name),
            value("id_no", number),
            value("phone", "13857420009"),
            value("gig_group", "外卖骑手"),
        ]),
        joined_on: "2026-08-01".into(),
        ..JoinForm::default()
    }
}

/// Has a dry run done; answers how many were anonymised and how many held, as the report says.
async fn done_by(op: &OpContext, test: &TestApp, until: &str, seen: i64) -> (i64, i64) {
    let id = anonymise(op, &test.app, until, seen).await.unwrap();
    assert!(job::run_next(&test.app).await.unwrap());
    let done = job::job(op, &test.app, id).await.unwrap();
    assert_eq!(done.state, JobState::Done, "{:?}", done.error);
    let file = report(op, &test.app, id).await.unwrap();
    let path = test.dir.path().join("report.xlsx");
    std::fs::write(&path, &file.bytes).unwrap();
    let result = done.result.unwrap();
    assert_eq!(result["by_union"].as_object().unwrap().len(), 1, "{result}");
    assert_eq!(result["by_union"]["T-BASE"]["anonymised"], result["anonymised"]);
    (
        result["anonymised"].as_i64().unwrap(),
        result["held"].as_i64().unwrap(),
    )
}

pub(crate) async fn row(test: &TestApp, key: &str) -> Option<MemberRow> {
    test.app
        .store
        .begin()
        .await
        .unwrap()
        .member_row(key)
        .await
        .unwrap()
}

pub(crate) async fn see(
    op: &OpContext,
    test: &TestApp,
    union: &str,
    key: &str,
) -> Result<MemberView, AppError> {
    member(op, &test.app, union, key).await
}

pub(crate) async fn count(op: &OpContext, test: &TestApp, union: &str) -> i64 {
    let params = MemberListParams {
        union_id: union.into(),
        page: 1,
        size: 20,
        ..MemberListParams::default()
    };
    let found = list(op, &test.app, &params).await.unwrap();
    assert_eq!(
        found.lines.len() as i64,
        found.total,
        "counts beside the rows say what the rows say"
    );
    found.total
}

pub(crate) fn fields(error: &AppError) -> Vec<&str> {
    error.fields.iter().map(|wrong| wrong.field).collect()
}

/// A finished run whose files say that M1, a member in 西店, is insured with the employer of the union in 深甽 alone; M2 with both employers,
/// and M3 with the employer of his own union.
async fn run_finds(test: &TestApp) {
    use lake::member_links::{DECISIONS, TIERS, number_in};
    let mut tx = test.app.store.begin().await.unwrap();
    let (mut members, mut rows) = (Vec::new(), Vec::new());
    for key in ["M1", "M2", "M3"] {
        let row = tx.member_row(key).await.unwrap().unwrap();
        let union_id = tx.union_by_row(row.union_org_id).await.unwrap().unwrap().union_id;
        members.push(lake::tables::Member {
            member_id: row.member_id,
            union_key: codes::text::key64(&union_id),
            id_token: row.id_token,
            id_status: 0,
            id_parts: None,
            name: row.name.clone(),
        });
        rows.push((row.id_token, row.name));
    }
    let insured = |at: usize, code: &str| lake::tables::Insurance {
        ins_id: format!("I{at}{code}"),
        id_token: rows[at].0,
        id_status: 0,
        id_parts: None,
        name: rows[at].1.clone(),
        mention_key: 0,
        employer_code: Some(code.into()),
        employer_name: Some(format!("单位{code}")),
        start: Some(codes::time::Day::new(2026, 3, 1).unwrap()),
        start_status: 1,
        end: None,
        end_status: 0,
        row_hash: 0,
    };
    let insurance = vec![
        insured(0, "OTHER"),
        insured(1, "OTHER"),
        insured(1, "BASE"),
        insured(2, "OTHER"),
    ];
    let links = [0, 1, 3].map(|row| lake::tables::PersonLink {
        ins_row: Some(row),
        probability: None,
        decision: number_in(&DECISIONS, "linked"),
        tier: number_in(&TIERS, "id_name"),
    });
    let folder = test.dir.path().join("found");
    std::fs::create_dir_all(&folder).unwrap();
    lake::write_rows(&folder.join("members.parquet"), members).unwrap();
    lake::write_rows(&folder.join("insurance.parquet"), insurance).unwrap();
    lake::write_rows(&folder.join("links.parquet"), links).unwrap();
    let link = |union: &str, code: &str| store::link::LinkRecord {
        union_id: union.into(),
        enterprise_id: Some(format!("E-{code}")),
        uscc: Some(code.into()),
        probability: Some(0.99),
        decision: "linked".into(),
        tier: None,
        evidence: "{}".into(),
        candidate_name: None,
    };
    tx.replace_links([link(union::BASE, "BASE"), link(OTHER, "OTHER")])
        .await
        .unwrap();
    let now = test.app.now();
    let id = codes::id::RunId::mint(&*test.app.ids, now);
    let run_no = tx.start_run(id, now.day(), now, "test").await.unwrap();
    let end = store::run::RunEnd {
        state: domain::run::RunState::Finished,
        finished_at: now,
        failure: None,
        stats: None,
        merge_counts: None,
        batches: serde_json::json!([]),
        member_links_file: Some("found".into()),
    };
    assert!(tx.end_run(run_no, &end).await.unwrap());
    tx.commit().await.unwrap();
}

both_engines! {
    async fn who_is_insured_elsewhere_is_suggested_and_never_moved(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let city = &people.city_officer;
        assert_eq!(find_suggestions(city, app, &unwatched()).await.unwrap_err().code, "MEM-415", "before any run");
        let mut tx = app.store.begin().await.unwrap();
        let mut second = tx.member_row("M2").await.unwrap().unwrap();
        second.id_token = Some(77);
        tx.upsert_members([second]).await.unwrap();
        tx.commit().await.unwrap();
        run_finds(&test).await;
        assert_eq!(find_suggestions(&people.town_officer, app, &unwatched()).await.unwrap_err().kind, ErrorKind::Forbidden);
        // A 分会 has no employer of its own: whoever is insured with its union's is at home.
        let mut tx = app.store.begin().await.unwrap();
        let base = tx.union_row(union::BASE).await.unwrap().unwrap();
        let part = UnionRow { union_type: "branch".into(), parent_id: Some(OTHER.into()), ..base.clone() };
        tx.upsert_unions([part]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(find_suggestions(city, app, &unwatched()).await.unwrap(), 0);
        let mut tx = app.store.begin().await.unwrap();
        tx.upsert_unions([base]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(find_suggestions(city, app, &unwatched()).await.unwrap(), 1, "who is insured at home as well stays");
        let chair = &people.union_chair;
        let found = suggestions(chair, app, true, 1, 20).await.unwrap().0.remove(0);
        assert_eq!((found.member_id.as_str(), found.employer.as_str(), found.how), ("M1", "单位OTHER", "证件号码和姓名相同"));
        assert_eq!(suggestions(&people.other_town_officer, app, true, 1, 20).await.unwrap().1, 0, "the other town is told nothing of him");
        assert_eq!(row(&test, "M1").await.unwrap().union_org_id, row(&test, "M2").await.unwrap().union_org_id, "nobody moved");
        assert_eq!(dismiss(&people.other_town_officer, app, found.member, "不对").await.unwrap_err().kind, ErrorKind::NotFound);
        assert_eq!(fields(&dismiss(chair, app, found.member, " ").await.unwrap_err()), ["words"]);
        dismiss(chair, app, found.member, "借调，关系不变").await.unwrap();
        assert_eq!(find_suggestions(city, app, &unwatched()).await.unwrap(), 0, "refused stays away");
        let refused = suggestions(chair, app, false, 1, 20).await.unwrap().0;
        assert_eq!(refused[0].answer.as_deref(), Some("借调，关系不变"));
        // Other evidence is another question.
        let mut tx = app.store.begin().await.unwrap();
        let mut old = tx.suggestions().await.unwrap();
        old[0].evidence = "另一单位".into();
        tx.replace_suggestions(old).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(find_suggestions(city, app, &unwatched()).await.unwrap(), 1);
        let asked = adopt(chair, app, found.member).await.unwrap();
        assert_eq!(suggestions(chair, app, true, 1, 20).await.unwrap().1, 0);
        assert!(request(&people.other_town_officer, app, asked).await.unwrap().may_answer);
        answer(&people.other_town_officer, app, asked, Answer::Accept, "").await.unwrap();
        assert_eq!(find_suggestions(city, app, &unwatched()).await.unwrap(), 0, "he is where he is insured");
    }

    async fn a_chair_asks_and_an_officer_confirms(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let chair = &people.union_chair;
        let form = joins("王小芳", "330226198803152725");
        let refused = ask_join(chair, app, union::BASE, &JoinForm { joined_on: "2027-01-01".into(), ..joins("王", "330226198803152724") }).await.unwrap_err();
        let mut wrong = fields(&refused);
        wrong.sort_unstable();
        assert_eq!(wrong, ["id_no", "joined_on"], "all at once, and one character is a name: {refused}");
        let number = codes::resident_id::ResidentId::compose(330_226, codes::time::Day::new(1988, 3, 15).unwrap(), 272).unwrap();
        let form = JoinForm { values: { let mut values = form.values; values.insert("id_no".into(), number.as_str().into()); values }, ..form };
        let asked = ask_join(chair, app, union::BASE, &form).await.unwrap();
        assert_eq!(count(chair, &test, union::BASE).await, 2, "asked is not joined");
        assert_eq!(answer(chair, app, asked, Answer::Accept, "").await.unwrap_err().code, "MEM-403");
        assert_eq!(answer(&people.other_town_officer, app, asked, Answer::Accept, "").await.unwrap_err().kind, ErrorKind::NotFound);
        assert_eq!(answer(&people.auditor, app, asked, Answer::Accept, "").await.unwrap_err().kind, ErrorKind::Forbidden);
        let shown = request(&people.town_officer, app, asked).await.unwrap();
        assert!(shown.may_answer && !format!("{shown:?}").contains(number.as_str()), "what was typed is masked");
        assert_eq!(answer(&people.town_officer, app, asked, Answer::Accept, "").await.unwrap(), "已办理入会");
        assert_eq!(answer(&people.town_officer, app, asked, Answer::Accept, "").await.unwrap_err().code, "MEM-410", "once");
        assert_eq!(count(chair, &test, union::BASE).await, 3);
        let group = MemberListParams { union_id: union::BASE.into(), gig_group: "外卖配送员".into(), page: 1, size: 20, ..MemberListParams::default() };
        let line = list(chair, app, &group).await.unwrap().lines.remove(0);
        assert_eq!((line.name.as_str(), line.gig_group.as_deref(), line.state), ("王**", Some("外卖配送员"), MembershipState::Active));
        let page = see(chair, &test, union::BASE, &line.member_id).await.unwrap();
        assert_eq!(page.events.len(), 1);
        assert_eq!((page.events[0].what, page.events[0].by.as_str()), ("入会", "郑**"));
        assert!(page.further.iter().any(|(label, value)| label == "性别" && value == "女"), "the number says it: {:?}", page.further);
        // Once more is once too much, and it is said where.
        let again = ask_join(chair, app, union::BASE, &form).await.unwrap_err();
        assert!(again.code == "MEM-411" && again.message.contains("本工会"), "{again}");
    }

    async fn a_membership_moves_when_the_other_union_agrees(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let form = ChangeForm { to: "没有这样的工会".into(), ..asks("move", "2026-08-01", "1") };
        assert_eq!(fields(&ask_change(&people.union_chair, app, union::BASE, "M1", &form).await.unwrap_err()), ["to"]);
        let form = ChangeForm { to: "宁海县深甽竹木制品有限公司工会".into(), words: "八月起到深甽上班".into(), ..form };
        let asked = ask_change(&people.union_chair, app, union::BASE, "M1", &form).await.unwrap();
        let second = ask_change(&people.union_chair, app, union::BASE, "M1", &form).await.unwrap_err();
        assert_eq!(second.code, "MEM-409", "one thing at a time");
        for op in [&people.union_chair, &people.town_officer, &people.other_town_officer, &people.county_officer] {
            assert_eq!(requests(op, app, true, 1, 20).await.unwrap().1, 1, "both sides see it");
        }
        assert_eq!(requests(&people.other_county_officer, app, true, 1, 20).await.unwrap().1, 0);
        let mine = answer(&people.town_officer, app, asked, Answer::Accept, "").await.unwrap_err();
        assert_eq!(mine.code, "MEM-403", "the giving side does not say yes for the taking one");
        test.clock.advance_days(30);
        let (late, _) = requests(&people.other_town_officer, app, true, 1, 20).await.unwrap();
        assert!(late[0].is_late && late[0].may_answer && late[0].member_id.is_none(), "{late:?}");
        let said = answer(&people.other_town_officer, app, asked, Answer::Accept, "").await.unwrap();
        assert_eq!(said, "已办理会籍接转，现为在籍");
        assert_eq!(see(&people.union_chair, &test, union::BASE, "M1").await.unwrap_err().code, "MEM-404");
        let page = see(&people.other_town_officer, &test, OTHER, "M1").await.unwrap();
        assert_eq!(page.joined.unwrap().to_string(), "2015-03-01", "一次入会");
        let told: Vec<&str> = page.events.iter().map(|event| event.what).collect();
        assert_eq!(told, ["会籍接转", "入会"]);
        assert!(page.events[0].details[0].contains("甲乙电器有限公司工会 → 宁海县深甽竹木"), "{:?}", page.events[0]);
        assert_eq!((count(&people.city_officer, &test, union::BASE).await, count(&people.city_officer, &test, OTHER).await), (1, 2));
        // Both towns read it in their journal; the county sees both entries.
        let asked = JournalParams { action: "member.membership".into(), ..JournalParams::default() };
        let entries = journal(&people.county_officer, app, &asked).await.unwrap().rows;
        assert_eq!(entries.len(), 2);
        assert!(!format!("{entries:?}").contains("邵国海"), "the journal names nobody");
    }

    async fn a_member_of_another_union_is_asked_for_and_not_told(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let refused = ask_join(&people.union_chair, app, union::BASE, &joins("叶小明", SECOND)).await.unwrap_err();
        assert_eq!(refused.code, "MEM-411");
        assert!(refused.message.contains("数据范围以外") && !refused.to_string().contains("竹木"), "{refused}");
        let above = ask_join(&people.county_officer, app, union::BASE, &joins("叶小明", SECOND)).await.unwrap_err();
        assert!(above.message.contains("深甽竹木"), "who sees the union is told: {above}");
        let named = ask_join(&people.county_officer, app, union::BASE, &JoinForm { asks_transfer: true, ..joins("叶大明", SECOND) }).await.unwrap_err();
        assert_eq!(fields(&named), ["id_no"], "a number in sight under another name is not asked for: {named}");
        let asked = ask_join(&people.union_chair, app, union::BASE, &JoinForm { asks_transfer: true, ..joins("叶小明", SECOND) }).await.unwrap();
        let shown = request(&people.union_chair, app, asked).await.unwrap();
        assert!(!format!("{shown:?}").contains("竹木"), "{shown:?}");
        let refusal = answer(&people.other_town_officer, app, asked, Answer::Refuse, "").await.unwrap_err();
        assert_eq!(fields(&refusal), ["words"], "a no has a reason");
        answer(&people.other_town_officer, app, asked, Answer::Refuse, "仍在本单位上班").await.unwrap();
        assert_eq!(row(&test, "M3").await.unwrap().state, "active");
        let (answered, _) = requests(&people.union_chair, app, false, 1, 20).await.unwrap();
        assert_eq!((answered[0].state, answered[0].answer.as_deref()), (RequestState::Refused, Some("仍在本单位上班")));
        let asked = ask_join(&people.union_chair, app, union::BASE, &JoinForm { asks_transfer: true, ..joins("叶小明", SECOND) }).await.unwrap();
        answer(&people.other_town_officer, app, asked, Answer::Accept, "").await.unwrap();
        assert_eq!(see(&people.union_chair, &test, union::BASE, "M3").await.unwrap().state, MembershipState::Active);
    }

    async fn keeping_leaving_and_coming_back(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let officer = &people.town_officer;
        let done = async |form: ChangeForm| {
            let asked = ask_change(officer, app, union::BASE, "M1", &form).await?;
            answer(officer, app, asked, Answer::Accept, "").await
        };
        assert_eq!(fields(&done(asks("retain", "2014-01-01", "7")).await.unwrap_err()), ["happened_on"], "before he joined");
        assert_eq!(done(asks("retain", "2026-07-01", "7")).await.unwrap(), "已办理保留会籍，现为保留会籍");
        assert_eq!(count(officer, &test, union::BASE).await, 2, "who keeps his membership is a member");
        done(asks("restore", "2026-07-15", "")).await.unwrap();
        assert_eq!(fields(&done(asks("withdraw", "2026-07-20", "5")).await.unwrap_err()), ["decided_on"]);
        let decided = ChangeForm { decided_on: "2026-07-18".into(), ..asks("expel", "2026-07-20", "6") };
        assert_eq!(fields(&done(decided.clone()).await.unwrap_err()), ["decision_no"]);
        done(ChangeForm { kind: "withdraw".into(), reason: "5".into(), ..decided }).await.unwrap();
        assert_eq!((row(&test, "M1").await, count(officer, &test, union::BASE).await), (None, 1));
        assert_eq!(see(officer, &test, union::BASE, "M1").await.unwrap_err().code, "MEM-404");
        // The file that still has him brings nobody back.
        let report = take(&test, &members("M9,T-BASE,新会员,,,,\n")).await;
        assert_eq!((report.created, report.rejected, report.missing), (1, 1, 0));
        assert!(report.reasons[0].reason.contains("会籍已退会"), "{:?}", report.reasons);
        // He joins again under the same key, with all that happened, and no past day is told otherwise.
        let then = async |day: &str| {
            let day = codes::time::Day::parse_iso(day).unwrap();
            as_of(officer, app, day, Some(union::BASE)).await.unwrap().members
        };
        let days = ["2026-06-15", "2026-07-16", "2026-07-25"];
        let mut before = Vec::new();
        for day in days {
            before.push(then(day).await);
        }
        let asked = ask_join(officer, app, union::BASE, &joins("邵国海", NUMBER)).await.unwrap();
        answer(officer, app, asked, Answer::Accept, "").await.unwrap();
        let page = see(officer, &test, union::BASE, "M1").await.unwrap();
        let told: Vec<&str> = page.events.iter().map(|event| event.what).collect();
        assert_eq!(told, ["入会", "退会", "恢复会籍", "保留会籍", "入会"]);
        let first = page.events.last().unwrap();
        assert_eq!((first.by.as_str(), first.at.as_deref()), ("登记资料", None));
        for (day, before) in days.into_iter().zip(before) {
            assert_eq!(then(day).await, before, "{day}");
        }
        assert!(page.events[1].details.iter().any(|line| line.contains("2026-07-18")), "{:?}", page.events[1]);
    }

    async fn nobody_comes_into_a_union_before_there_is_one(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let officer = &people.county_officer;
        let mut tx = app.store.begin().await.unwrap();
        for key in [union::BASE, OTHER] {
            let mut row = tx.union_row(key).await.unwrap().unwrap();
            row.founded_on = chrono::NaiveDate::from_ymd_opt(2026, 7, 10);
            tx.upsert_unions([row]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let early = JoinForm { joined_on: "2026-07-09".into(), ..joins("郑新人", "330226198803152724") };
        let mut early = early;
        let number = codes::resident_id::ResidentId::compose(330_226, codes::time::Day::new(1999, 3, 15).unwrap(), 271).unwrap();
        early.values.insert("id_no".into(), number.as_str().into());
        let refused = ask_join(officer, app, union::BASE, &early).await.unwrap_err();
        assert!(fields(&refused) == ["joined_on"] && refused.fields[0].message.contains("2026-07-10"), "{refused}");
        ask_join(officer, app, union::BASE, &JoinForm { joined_on: "2026-07-10".into(), ..early }).await.unwrap();
        let away = |on: &str| ChangeForm { to: OTHER.into(), ..asks("move", on, "1") };
        let refused = ask_change(officer, app, union::BASE, "M1", &away("2026-07-09")).await.unwrap_err();
        assert!(fields(&refused) == ["happened_on"] && refused.fields[0].message.contains("建会日期"), "{refused}");
        ask_change(officer, app, union::BASE, "M1", &away("2026-07-10")).await.unwrap();
    }

    async fn a_provisional_member_becomes_a_full_one(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let officer = &people.town_officer;
        let form = JoinForm { is_provisional: true, ..joins("郑预备", "330226198803152724") };
        let number = codes::resident_id::ResidentId::compose(330_226, codes::time::Day::new(1999, 3, 15).unwrap(), 271).unwrap();
        let mut form = form;
        form.values.insert("id_no".into(), number.as_str().into());
        let asked = ask_join(officer, app, union::TOWN, &form).await.unwrap();
        assert_eq!(answer(officer, app, asked, Answer::Accept, "").await.unwrap(), "已登记为预备会员");
        let params = MemberListParams { union_id: union::TOWN.into(), state: "provisional".into(), page: 1, size: 20, ..MemberListParams::default() };
        let line = list(officer, app, &params).await.unwrap().lines.remove(0);
        let asked = ask_change(officer, app, union::TOWN, &line.member_id, &asks("confirm", "2026-08-02", "")).await.unwrap();
        answer(officer, app, asked, Answer::Accept, "").await.unwrap();
        assert_eq!(row(&test, &line.member_id).await.unwrap().state, "active");
    }

    async fn a_correction_is_seen_before_it_is_made_and_no_old_file_undoes_it(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let typed = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>();
        let chair = &people.union_chair;
        let none = ask_correction(chair, app, union::BASE, "M1", &typed(&[("education", "大专")]), "按毕业证").await.unwrap_err();
        assert_eq!(none.code, "MEM-421");
        let taken = ask_correction(chair, app, union::BASE, "M2", &typed(&[("id_no", NUMBER)]), "按身份证").await.unwrap_err();
        assert!(fields(&taken) == ["id_no"] && taken.fields[0].message.contains("重复会员"), "{taken}");
        let wrong = ask_correction(chair, app, union::BASE, "M1", &typed(&[("phone", "138"), ("education", "院士")]), "按本人").await.unwrap_err();
        assert_eq!(fields(&wrong).len(), 2, "{wrong}");
        // What was missing before does not stand in the way of what is put right.
        let without = ask_correction(chair, app, union::BASE, "M2", &typed(&[("education", "中专")]), "按毕业证").await.unwrap();
        answer(chair, app, without, Answer::Recall, "").await.unwrap();
        let asked = ask_correction(chair, app, union::BASE, "M1", &typed(&[("education", "本科"), ("phone", "13957420001")]), "按毕业证").await.unwrap();
        let shown = request(&people.town_officer, app, asked).await.unwrap();
        let content: Vec<(&str, &str, &str)> = shown.content.iter().map(|(label, old, new)| (label.as_str(), old.as_str(), new.as_str())).collect();
        assert_eq!(content, [("学历", "大专", "本科"), ("移动电话", "138****0001", "139****0001")]);
        answer(&people.town_officer, app, asked, Answer::Accept, "").await.unwrap();
        let report = take(&test, &members("M9,T-BASE,新会员,,,,\n")).await;
        assert_eq!((report.updated, report.unchanged), (0, 3), "the file says what it said before");
        let page = see(chair, &test, union::BASE, "M1").await.unwrap();
        assert!(page.further.contains(&("学历".into(), "本科".into())));
        assert_eq!((page.events[0].what, page.events[0].details[0].as_str()), ("更正资料", "更正学历、移动电话；按毕业证"));
    }

    async fn what_files_change_becomes_events_and_what_they_lack_ends_nobody(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let officer = &people.city_officer;
        let moved = "member_id,union_id,name,id_no,phone,join_date,学历,会籍变化类型,会籍变化日期\n\
                     M1,T-OTHER,邵国海,330226199001010000,13857420001,2015-03-01,大专,转入,2026-06-01\n\
                     M3,T-OTHER,叶小明,330203198512319991,13857420003,2017-03-01,本科,保留,2026-05-01\n";
        let report = take(&test, moved).await;
        assert_eq!((report.updated, report.missing), (2, 1), "M2 is missing and stays");
        let page = see(officer, &test, OTHER, "M1").await.unwrap();
        let event = &page.events[0];
        assert_eq!((event.what, event.on.unwrap().to_string().as_str(), event.by.as_str()), ("会籍接转", "2026-06-01", "导入，第 2 批"));
        let kept = see(officer, &test, OTHER, "M3").await.unwrap();
        assert_eq!((kept.state, kept.events[0].what), (MembershipState::Retained, "保留会籍"));
        assert_eq!(see(officer, &test, union::BASE, "M2").await.unwrap().events.len(), 1);
        // What a delta deletes is kept as such, and comes back with the undo.
        let before = row(&test, "M3").await;
        let report = take(&test, "member_id,操作\nM3,D\n").await;
        assert_eq!((report.deleted, row(&test, "M3").await), (1, None));
        intake::undo(&test.system(), app, report.batch_no).await.unwrap();
        assert_eq!(row(&test, "M3").await, before);
        assert_eq!(see(officer, &test, OTHER, "M3").await.unwrap().events.len(), 2, "the deletion never happened");
        // A transfer that was made here is not taken back by the next file.
        let form = ChangeForm { to: union::BASE.into(), ..asks("move", "2026-08-01", "1") };
        let asked = ask_change(officer, app, OTHER, "M1", &form).await.unwrap();
        answer(officer, app, asked, Answer::Accept, "").await.unwrap();
        let report = take(&test, &moved.replace("大专", "本科")).await;
        assert!(report.reasons.iter().any(|reason| reason.reason.contains("已在本系统办理接转")), "{:?}", report.reasons);
        let page = see(officer, &test, union::BASE, "M1").await.unwrap();
        assert!(page.further.contains(&("学历".into(), "本科".into())), "the rest of the row counts");
        let report = take(&test, "member_id,操作\nM1,D\n").await;
        assert_eq!((report.deleted, report.rejected), (0, 1), "who moved here is not deleted by the union that he left");
    }

    async fn two_memberships_of_one_person_become_one_and_can_be_two_again(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        take(&test, &members(&format!(
            "M5,T-OTHER,邵国海,{NUMBER},13957420005,2020-01-01,\n\
             M6,T-BASE,邵国海,{SLIPPED},13857420001,2021-01-01,\n"
        ))).await;
        let county = &people.county_officer;
        let (found, has_more) = duplicates(county, app, false, 1).await.unwrap();
        assert_eq!((found.len(), has_more, found[0].why), (1, false, "证件号码相同"));
        let (slips, _) = duplicates(county, app, true, 1).await.unwrap();
        assert_eq!((slips.len(), slips[0].why), (1, "姓名、电话、出生日期相同，证件号码差一两位"));
        // From the town only one side is seen, and nothing is told of the other.
        let (half, _) = duplicates(&people.town_officer, app, false, 1).await.unwrap();
        assert!(half[0].left.seen.is_some() && half[0].right.seen.is_none());
        let (one, other) = (row(&test, "M1").await.unwrap(), row(&test, "M5").await.unwrap());
        assert_eq!(pair(&people.town_officer, app, one.id, other.id).await.unwrap_err().code, "MEM-404");
        assert_eq!(merge(&people.town_officer, app, one.id, other.id, &BTreeSet::new()).await.unwrap_err().code, "MEM-404");
        assert_eq!(merge(&people.union_chair, app, one.id, other.id, &BTreeSet::new()).await.unwrap_err().kind, ErrorKind::Forbidden);
        let strangers = merge(county, app, one.id, row(&test, "M3").await.unwrap().id, &BTreeSet::new()).await.unwrap_err();
        assert_eq!(strangers.code, "MEM-414");
        let shown = pair(county, app, one.id, other.id).await.unwrap();
        let phone = shown.fields.iter().find(|field| field.name == "phone").unwrap();
        assert_eq!((phone.left.as_str(), phone.right.as_str(), phone.is_same), ("138****0001", "139****0005", false));

        // A hold on the one that would go does not go with it.
        app::membership::hold(county, app, &other.member_id, "劳动争议仲裁").await.unwrap();
        let held = merge(county, app, one.id, other.id, &BTreeSet::new()).await.unwrap_err();
        assert!(held.code == "MEM-409" && held.message.contains("暂缓匿名化"), "{held}");
        let hold = app::membership::holds(county, app, 1, 20).await.unwrap().0.remove(0);
        app::membership::release(county, app, hold.id).await.unwrap();

        let chosen = ["phone", "union_id"].map(str::to_owned).into();
        let (union_id, key) = merge(county, app, one.id, other.id, &chosen).await.unwrap();
        assert_eq!((union_id.as_str(), key.as_str()), (OTHER, "M1"));
        let page = see(county, &test, OTHER, "M1").await.unwrap();
        assert!(format!("{:?}", page.id_no).contains('*') && format!("{:?}", page.phone).contains("139****0005"), "{page:?}");
        assert!(page.further.contains(&("学历".into(), "大专".into())), "what only one has is kept");
        assert_eq!(page.events.iter().map(|event| event.what).collect::<BTreeSet<_>>(), ["会籍接转", "合并", "入会"].into());
        assert_eq!((count(county, &test, union::BASE).await, count(county, &test, OTHER).await), (2, 2));
        // The merged key does not come back with the next file.
        let report = take(&test, &members(&format!("M5,T-OTHER,邵国海,{NUMBER},13957420005,2020-01-01,\nM7,T-BASE,陈新,,,,\n"))).await;
        assert!(report.reasons.iter().any(|reason| reason.reason.contains("已并入")), "{:?}", report.reasons);
        intake::undo(&test.system(), app, report.batch_no).await.unwrap();

        assert_eq!(part(&people.town_officer, app, page.merges[0].0).await.unwrap_err().code, "MEM-404");
        part(county, app, page.merges[0].0).await.unwrap();
        assert_eq!((row(&test, "M1").await.unwrap(), row(&test, "M5").await.unwrap()), (one.clone(), other.clone()), "byte for byte");
        assert_eq!((count(county, &test, union::BASE).await, count(county, &test, OTHER).await), (3, 2));
        assert_eq!(see(county, &test, union::BASE, "M1").await.unwrap().events.len(), 1);
        // What changed since is not thrown away.
        merge(county, app, one.id, other.id, &BTreeSet::new()).await.unwrap();
        let merged = see(county, &test, union::BASE, "M1").await.unwrap().merges.remove(0).0;
        let asked = ask_change(county, app, union::BASE, "M1", &asks("retain", "2026-08-03", "7")).await.unwrap();
        answer(county, app, asked, Answer::Accept, "").await.unwrap();
        assert_eq!(part(county, app, merged).await.unwrap_err().code, "MEM-413");
    }

    async fn a_member_sees_corrects_and_takes_along_what_is_theirs(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let chair = &people.union_chair;
        assert_eq!(issue_pass(chair, app, union::BASE, "M2").await.unwrap_err().code, "MEM-417", "no number, no digits to ask for");
        assert_eq!(issue_pass(chair, app, OTHER, "M3").await.unwrap_err().code, "MEM-404");
        assert_eq!(issue_pass(&people.auditor, app, union::BASE, "M1").await.unwrap_err().kind, ErrorKind::Forbidden);
        let first = issue_pass(chair, app, union::BASE, "M1").await.unwrap();
        let pass = issue_pass(chair, app, union::BASE, "M1").await.unwrap();
        let key = |code: &str, tail: &str| OwnKey { code: code.into(), tail: tail.into() };
        let right = key(pass.code.as_str(), &NUMBER[12..]);
        assert_eq!(own(app, &key(first.code.as_str(), &NUMBER[12..])).await.unwrap_err().code, "MEM-418", "the newer one counts");
        see(&people.county_officer, &test, union::BASE, "M1").await.unwrap();
        let seen = own(app, &right).await.unwrap();
        let value = |name: &str| seen.values.iter().find(|(known, ..)| *known == name).unwrap().2.clone();
        assert_eq!((value("name").as_deref(), value("id_no").as_deref(), value("phone").as_deref()), (Some("邵国海"), Some(NUMBER), Some("13857420001")));
        assert!(seen.seen.iter().any(|(who, ..)| who.starts_with("吴*")), "who looked is told: {:?}", seen.seen);
        let copy = own_copy(app, &key(&pass.code.as_str().to_uppercase(), &NUMBER[12..])).await.unwrap();
        assert_eq!(copy["elements"]["education"]["value"], "大专");
        let values = BTreeMap::from([("education".to_owned(), "本科".to_owned())]);
        let asked = own_correction(app, &right, &values, "毕业证").await.unwrap();
        let shown = request(chair, app, asked).await.unwrap();
        assert!(shown.words.starts_with("本人提出") && shown.asker.starts_with('会') && !shown.may_answer, "{shown:?}");
        answer(&people.town_officer, app, asked, Answer::Refuse, "请带毕业证来工会").await.unwrap();
        // Five wrong tries end it, and so does a week.
        for _ in 0..5 {
            assert_eq!(own(app, &key(pass.code.as_str(), "000001")).await.unwrap_err().code, "MEM-418");
        }
        assert_eq!(own(app, &right).await.unwrap_err().code, "MEM-418");
        let pass = issue_pass(chair, app, union::BASE, "M1").await.unwrap();
        let right = key(pass.code.as_str(), &NUMBER[12..]);
        assert!(own(app, &right).await.is_ok());
        test.clock.advance_days(7);
        assert_eq!(own(app, &right).await.unwrap_err().code, "MEM-418");
    }

    async fn what_ended_long_ago_is_nobodys_any_more(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let officer = &people.town_officer;
        let before = row(&test, "M1").await.unwrap();
        let form = ChangeForm { decided_on: "2026-07-01".into(), words: "本人邵国海要求".into(), ..asks("withdraw", "2026-07-01", "5") };
        let asked = ask_change(officer, app, union::BASE, "M1", &form).await.unwrap();
        answer(officer, app, asked, Answer::Accept, "").await.unwrap();
        app.jobs.register(ANONYMISE_JOB, |context| async move { anonymise_work(&context).await });
        assert_eq!(due(officer, app, "", 1, 20).await.unwrap().total, 0);
        test.clock.advance_days(10 * 366);
        let dry = due(officer, app, "", 1, 20).await.unwrap();
        assert_eq!((dry.total, dry.rows[0].member_id.as_str(), dry.rows[0].state), (1, "M1", "已退会"));
        let until = dry.until.to_string();
        assert_eq!(due(&people.other_town_officer, app, "", 1, 20).await.unwrap().total, 0);
        assert_eq!(due(&people.union_chair, app, "", 1, 20).await.unwrap_err().kind, ErrorKind::Forbidden);
        assert_eq!(anonymise(officer, app, &until, 2).await.unwrap_err().code, "MEM-419", "what was not seen is not done");
        let later = dry.until.add_days(1).to_string();
        assert_eq!(anonymise(officer, app, &later, 1).await.unwrap_err().code, "MEM-423", "nor before the time is over");
        // Whoever is held is left alone, and told apart in the report.
        hold(officer, app, "M1", "（2026）浙0226民初1号").await.unwrap();
        assert_eq!(hold(officer, app, "M1", "再次").await.unwrap_err().code, "MEM-425");
        assert_eq!(hold(&people.other_town_officer, app, "M1", "别处").await.unwrap_err().code, "MEM-404", "out of sight");
        assert_eq!(hold(officer, app, "M2", " ").await.unwrap_err().fields[0].field, "reason");
        assert_eq!(due(officer, app, "", 1, 20).await.unwrap().total, 0);
        assert_eq!(done_by(officer, &test, &until, 0).await, (0, 1));
        assert_eq!(app.store.read().await.unwrap().past_member(before.id).await.unwrap().unwrap().name, "邵国海");
        let (held, total) = holds(officer, app, 1, 20).await.unwrap();
        assert_eq!((total, held[0].member_id.as_str(), held[0].reason.as_str()), (1, "M1", "（2026）浙0226民初1号"));
        assert_eq!(release(&people.other_town_officer, app, held[0].id).await.unwrap_err().code, "MEM-426");
        release(officer, app, held[0].id).await.unwrap();
        assert_eq!(release(officer, app, held[0].id).await.unwrap_err().code, "MEM-426", "it has ended");
        assert_eq!(done_by(officer, &test, &until, 1).await, (1, 0));
        assert_eq!(due(officer, app, "", 1, 20).await.unwrap().total, 0);
        let past = app.store.read().await.unwrap().past_member(before.id).await.unwrap().unwrap();
        assert_eq!((past.name.as_str(), past.id_index, past.image), ("", None, Vec::new()));
        let events = app.store.read().await.unwrap().member_events(before.id).await.unwrap();
        assert!(!format!("{events:?}").contains("邵国海"));
        // Who comes back after that is a new member.
        let mut form = joins("邵国海", NUMBER);
        form.joined_on = "2036-09-01".into();
        test.clock.advance_days(200);
        let asked = ask_join(officer, app, union::BASE, &form).await.unwrap();
        answer(officer, app, asked, Answer::Accept, "").await.unwrap();
        assert_eq!(row(&test, "M1").await, None);
    }

    async fn a_hold_reaches_whatever_was_merged_into_it_however_many_times(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let county = &people.county_officer;
        take(&test, &members(&format!(
            "M5,T-OTHER,邵国海,{NUMBER},,2020-01-01,\nM6,T-BASE,邵国海,{NUMBER},,2021-01-01,\n\
             M7,T-OTHER,邵国海,{NUMBER},,2021-01-01,\nM8,T-BASE,邵国海,{NUMBER},,2021-01-01,\n"
        ))).await;
        // Each goes into the next: four are merged one after the other into M8.
        for (keep, goes) in [("M5", "M1"), ("M6", "M5"), ("M7", "M6"), ("M8", "M7")] {
            let (keep, goes) = (row(&test, keep).await.unwrap().id, row(&test, goes).await.unwrap().id);
            merge(county, app, keep, goes, &BTreeSet::new()).await.unwrap();
        }
        test.clock.advance_days(10 * 366);
        assert_eq!(due(county, app, "", 1, 20).await.unwrap().total, 4);
        hold(county, app, "M8", "审计").await.unwrap();
        assert_eq!(due(county, app, "", 1, 20).await.unwrap().total, 0, "to the end of the chain");
        let held = holds(county, app, 1, 20).await.unwrap().0.remove(0);
        release(county, app, held.id).await.unwrap();
        assert_eq!(due(county, app, "", 1, 20).await.unwrap().total, 4);
    }

    async fn whoever_may_not_handle_memberships_does_not(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        for (name, op) in people.everybody() {
            let asked = ask_change(op, app, union::BASE, "M1", &asks("retain", "2026-08-01", "7")).await;
            let expected = match op.role() {
                Role::FieldWorker
                | Role::Auditor
                | Role::SystemAdministrator
                | Role::SecurityAdministrator
                | Role::SecurityAuditor => Some(ErrorKind::Forbidden),
                _ if name.starts_with("other_") => Some(ErrorKind::NotFound),
                _ => None,
            };
            assert_eq!(asked.as_ref().err().map(|error| error.kind), expected, "{name}");
            if let Ok(id) = asked {
                answer(op, app, id, Answer::Recall, "").await.unwrap();
            }
        }
    }
}

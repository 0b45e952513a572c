//! Members and the files that speak of them: what persons have set here is not undone by a file, by the undoing of one, or by what
//! happens at the same moment.

use std::collections::BTreeMap;
use std::time::Duration;

use app::error::ErrorKind;
use app::intake::{self, Outcome, check_file, check_lines};
use app::membership::{
    Answer, JoinForm, MemberListParams, MemberView, answer, ask_change, ask_correction, ask_join, list,
    request,
};
use app::op::OpContext;
use app::progress::unwatched;
use app::union_org::change::{Change, ChangeForm as UnionForm, apply, preview};
use domain::intake::Kind;
use domain::membership::MembershipState;
use store::Tx;
use store::member_event::{MemberEvent, PastMember};
use testkit::{TestApp, both_engines, union};
use uuid::Uuid;

use crate::membership_life::{
    NUMBER, OTHER, SECOND, asks, count, fields, joins, members, row, see, take, town,
};

fn typed(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Somebody asks for a correction of M1 and somebody above confirms it.
async fn corrected(test: &TestApp, people: &testkit::People, pairs: &[(&str, &str)]) {
    let asked = ask_correction(
        &people.union_chair,
        &test.app,
        union::BASE,
        "M1",
        &typed(pairs),
        "按证件",
    )
    .await
    .unwrap();
    answer(&people.town_officer, &test.app, asked, Answer::Accept, "")
        .await
        .unwrap();
}

fn says(page: &MemberView, label: &str, value: &str) -> bool {
    page.further.contains(&(label.to_owned(), value.to_owned()))
}

/// What the row's own form says.
async fn said(test: &TestApp, key: &str, element: &str) -> Option<String> {
    let extra = row(test, key).await?.extra?;
    let extra: serde_json::Value = serde_json::from_str(&extra).unwrap();
    Some(extra.get(element)?.as_str()?.to_owned())
}

async fn changes(test: &TestApp) -> i64 {
    let said = test
        .app
        .store
        .read()
        .await
        .unwrap()
        .setting("member_changes")
        .await;
    said.unwrap().map_or(0, |said| said.parse().unwrap())
}

/// M1 is moved to the other union in a transaction that is still open.
async fn moved_meanwhile(test: &TestApp) -> Tx {
    let mut tx = test.app.store.begin().await.unwrap();
    let mut one = tx.member_row("M1").await.unwrap().unwrap();
    let from = one.union_org_id;
    let to = tx.union_row(OTHER).await.unwrap().unwrap().id;
    one.union_org_id = to;
    one.batch_no = None;
    let event = MemberEvent {
        id: Uuid::from_u128(77),
        member: one.id,
        kind: "move".into(),
        happened_on: None,
        reason: None,
        words: None,
        from_union: Some(from),
        to_union: Some(to),
        state: "active".into(),
        decided_on: None,
        decision_no: None,
        actor_name: "郑西店".into(),
        request: None,
        batch_no: None,
        at: test.app.now().millis(),
    };
    tx.upsert_members([one]).await.unwrap();
    tx.add_member_events([event]).await.unwrap();
    tx.shift_member_counts([(from, -1), (to, 1)]).await.unwrap();
    tx
}

/// Lets `work` begin, commits what was open while it waits, and answers what it came to.
async fn while_open<T>(tx: Tx, work: impl Future<Output = T>) -> T {
    let commit = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        tx.commit().await.unwrap();
    };
    futures::join!(work, commit).0
}

/// A union ends, as previewed; `other` takes what it leaves.
pub(crate) async fn dissolved(op: &OpContext, test: &TestApp, what: Change, union_id: &str, other: &str) {
    let form = UnionForm {
        other: other.into(),
        reason: "单位注销".into(),
        ..UnionForm::default()
    };
    let seen = preview(op, &test.app, what, union_id, &form).await.unwrap().seen;
    apply(op, &test.app, what, union_id, &UnionForm { seen, ..form })
        .await
        .unwrap();
}

both_engines! {
    async fn what_a_person_has_put_right_outlives_the_next_file(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        corrected(&test, &people, &[("name", "邵国梅"), ("education", "本科")]).await;
        // Next month's full file: a new phone, and what was wrong before.
        let next = members("").replace("13857420001", "13857420011");
        let path = test.dir.path().join("next.csv");
        std::fs::write(&path, &next).unwrap();
        let check = check_file(&test.system(), &test.app, Kind::Members, &path, "next.csv", unwatched()).await.unwrap();
        let kept: Vec<String> = check_lines(&test.system(), &test.app, check.check_no, Outcome::Kept).await.unwrap().into_iter().map(|line| line.text).collect();
        assert_eq!(kept, ["姓名与人工登记的不一致，保留人工登记的“邵**”", "学历与人工登记的不一致，保留人工登记的“本科”"]);
        let report = take(&test, &next).await;
        assert_eq!((report.updated, report.unchanged, report.kept), (1, 2, 2));
        let page = see(&people.union_chair, &test, union::BASE, "M1").await.unwrap();
        assert_eq!(row(&test, "M1").await.unwrap().name, "邵国梅");
        assert!(says(&page, "学历", "本科") && format!("{:?}", page.phone).contains("138****0011"), "the rest of the row counts: {page:?}");
        // It is told every time, also by a delta, and nothing changes.
        let report = take(&test, "member_id,操作,姓名\nM1,U,邵国海\n").await;
        assert_eq!((report.updated, report.unchanged, report.kept), (0, 1, 1));
        // What cannot be read in a cell that does not count is not told as a doubt.
        let report = take(&test, "member_id,操作,学历\nM1,U,院士以上\n").await;
        assert_eq!((report.updated, report.doubtful), (0, 0), "{:?}", report.reasons);
        assert_eq!(row(&test, "M1").await.unwrap().name, "邵国梅");
    }

    async fn what_nobody_asked_for_is_not_written_back_with_a_correction(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let asked = ask_correction(&people.union_chair, &test.app, union::BASE, "M1", &typed(&[("education", "本科")]), "按毕业证").await.unwrap();
        take(&test, &members("").replace("13857420001", "13857420011")).await;
        let shown = request(&people.town_officer, &test.app, asked).await.unwrap();
        assert_eq!(shown.content, [("学历".to_owned(), "大专".to_owned(), "本科".to_owned())], "the phone was not asked for");
        answer(&people.town_officer, &test.app, asked, Answer::Accept, "").await.unwrap();
        let page = see(&people.union_chair, &test, union::BASE, "M1").await.unwrap();
        assert!(says(&page, "学历", "本科") && format!("{:?}", page.phone).contains("138****0011"), "Tuesday's phone stays: {page:?}");
        // Another number takes along what followed from the old one, and no file with the old one brings that back.
        let other = codes::resident_id::ResidentId::compose(330_226, codes::time::Day::new(1988, 3, 15).unwrap(), 273).unwrap();
        corrected(&test, &people, &[("id_no", other.as_str())]).await;
        assert_eq!(said(&test, "M1", "sex").await.as_deref(), Some("男"));
        let report = take(&test, &format!("member_id,操作,证件号码,性别,出生日期\nM1,U,{NUMBER},女,1990-01-01\n")).await;
        assert_eq!((report.updated, report.doubtful, report.kept), (0, 0, 3), "{:?}", report.reasons);
    }

    async fn a_file_waits_for_who_moves_a_member_meanwhile_and_leaves_them_there(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let open = moved_meanwhile(&test).await;
        let report = while_open(open, take(&test, &members("").replace("13857420001", "13857420011"))).await;
        assert_eq!((report.updated, report.unchanged), (1, 2), "{report:?}");
        assert!(report.reasons.iter().any(|reason| reason.reason.contains("已在本系统办理接转")), "{:?}", report.reasons);
        let page = see(&people.city_officer, &test, OTHER, "M1").await.unwrap();
        assert!(format!("{:?}", page.phone).contains("138****0011"), "{page:?}");
        assert_eq!((count(&people.city_officer, &test, union::BASE).await, count(&people.city_officer, &test, OTHER).await), (1, 2));
    }

    async fn a_file_goes_on_when_a_membership_ends_meanwhile(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let mut tx = test.app.store.begin().await.unwrap();
        let one = tx.member_row("M1").await.unwrap().unwrap();
        tx.add_past_member(PastMember {
            id: one.id, member_id: one.member_id.clone(), union_org_id: one.union_org_id, name: one.name.clone(), id_index: None,
            state: "withdrawn".into(), ended_on: None, kept: None, batch_no: None, image: Vec::new(),
        }).await.unwrap();
        tx.delete_member("M1").await.unwrap();
        tx.shift_member_counts([(one.union_org_id, -1)]).await.unwrap();
        let report = while_open(tx, take(&test, &members("").replace("1385742000", "1385742001"))).await;
        assert_eq!((report.updated, report.rejected), (2, 1), "the two others are taken: {report:?}");
        assert!(report.reasons.iter().any(|reason| reason.reason.contains("会籍已退会")), "{:?}", report.reasons);
        assert_eq!((row(&test, "M1").await, count(&people.city_officer, &test, union::BASE).await), (None, 1));
    }

    async fn an_undo_does_not_write_over_what_happens_meanwhile(database: Database) {
        let test = TestApp::on(database).await;
        town(&test).await;
        let batch = take(&test, &members("").replace("1385742000", "1385742001")).await.batch_no;
        let open = moved_meanwhile(&test).await;
        let refused = while_open(open, intake::undo(&test.system(), &test.app, batch)).await.unwrap_err();
        assert!(refused.code == "IMP-410" && refused.message.contains("M1"), "{refused}");
        intake::undo_rest(&test.system(), &test.app, batch).await.unwrap();
        let other = test.app.store.read().await.unwrap().union_row(OTHER).await.unwrap().unwrap();
        assert_eq!(row(&test, "M1").await.unwrap().union_org_id, other.id);
    }

    async fn what_an_undo_leaves_alone_keeps_what_happened_to_it(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let moved = members("").replace("M1,T-BASE", "M1,T-OTHER").replace("M2,T-BASE", "M2,T-OTHER");
        let batch = take(&test, &moved).await.batch_no;
        let city = &people.city_officer;
        let asked = ask_correction(city, &test.app, OTHER, "M1", &typed(&[("education", "本科")]), "按毕业证").await.unwrap();
        answer(city, &test.app, asked, Answer::Accept, "").await.unwrap();
        intake::undo_rest(&test.system(), &test.app, batch).await.unwrap();
        let left = see(city, &test, OTHER, "M1").await.unwrap();
        let told: Vec<&str> = left.events.iter().map(|event| event.what).collect();
        assert_eq!(told, ["更正资料", "会籍接转", "入会"], "how M1 came here stays told");
        let back = see(city, &test, union::BASE, "M2").await.unwrap();
        assert_eq!(back.events.len(), 1, "M2 never moved: {:?}", back.events);
    }

    async fn one_passport_number_under_two_names_is_two_persons(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, officer) = (&test.app, &people.town_officer);
        let passport = |name: &str| {
            let mut form = joins(name, "E12345678");
            form.values.extend(typed(&[("id_type", "护照"), ("sex", "男"), ("birth_date", "1990-01-01")]));
            form
        };
        let joined = async |form: &JoinForm| {
            let asked = ask_join(officer, app, union::BASE, form).await.unwrap();
            answer(officer, app, asked, Answer::Accept, "").await.unwrap();
            request(officer, app, asked).await.unwrap().member_id.unwrap()
        };
        let first = joined(&passport("安娜")).await;
        let form = app::membership::ChangeForm { decided_on: "2026-08-02".into(), ..asks("withdraw", "2026-08-02", "5") };
        let asked = ask_change(officer, app, union::BASE, &first, &form).await.unwrap();
        answer(officer, app, asked, Answer::Accept, "").await.unwrap();
        let late = |name: &str| JoinForm { joined_on: "2026-08-03".into(), ..passport(name) };
        let other = joined(&late("伊万")).await;
        assert_ne!(other, first, "somebody else's membership is not theirs");
        assert_eq!(see(officer, &test, union::BASE, &other).await.unwrap().events.len(), 1);
        let again = joined(&late("安娜")).await;
        assert_eq!(again, first, "the same name and number is the same person");
    }

    async fn a_foreign_passport_of_any_shape_is_taken_with_its_doubt(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, officer) = (&test.app, &people.town_officer);
        let mut form = joins("Mária Nagy", "bx 12345y");
        form.values.extend(typed(&[("sex", "女"), ("birth_date", "1990-01-01")]));
        let error = ask_join(officer, app, union::BASE, &form).await.unwrap_err();
        assert!(error.fields.iter().any(|field| field.field == "id_no" && field.message.contains("证件类别填为“护照”")), "{:?}", error.fields);
        form.values.insert("id_type".into(), "港澳居民来往内地通行证".into());
        let error = ask_join(officer, app, union::BASE, &form).await.unwrap_err();
        assert!(error.fields.iter().any(|field| field.message.contains("H 或 M 加 8 位或 10 位数字")), "{:?}", error.fields);
        form.values.insert("id_type".into(), "护照".into());
        let asked = ask_join(officer, app, union::BASE, &form).await.unwrap();
        answer(officer, app, asked, Answer::Accept, "").await.unwrap();
        let key = request(officer, app, asked).await.unwrap().member_id.unwrap();
        let page = see(officer, &test, union::BASE, &key).await.unwrap();
        assert_eq!(page.id_status, "非居民身份证件");
        assert!(format!("{:?}", page.unread).contains("按护照收下"), "{:?}", page.unread);
        let kept = row(&test, &key).await.unwrap();
        assert_eq!((kept.shown_name(), kept.name.as_str(), kept.id_token), ("Mária Nagy", "MÁRIANAGY", None));
        // Found by the whole number, however it is typed.
        for number in ["BX12345Y", "bx12345y", "BX 12345Y"] {
            let found = app::membership::find(officer, app, number).await.unwrap();
            assert_eq!(found.lines.len(), 1, "{number}");
        }
    }

    async fn a_name_gets_its_writing_back_and_is_the_same_person(database: Database) {
        let test = TestApp::on(database).await;
        town(&test).await;
        let file = |name: &str| format!("member_id,union_id,name,id_type,id_no\nM9,T-BASE,{name},护照,E12345678\n");
        let shown = async || row(&test, "M9").await.unwrap().shown_name().to_owned();
        // As the register had it before it kept what was written.
        let report = take(&test, &file("JOHNSMITH")).await;
        assert_eq!((report.created, report.doubtful), (1, 0), "{:?}", report.reasons);
        for (name, told, kept) in [
            ("JOHN SMITH", (1, 0), "JOHN SMITH"),
            ("John Smith", (1, 0), "John Smith"),
            ("JOHN  SMITH", (0, 1), "John Smith"),
            ("JOHNSMITH", (0, 1), "John Smith"),
            ("Ｊｏｈｎ　Ｓｍｉｔｈ", (0, 1), "John Smith"),
            ("John Smyth", (1, 0), "John Smyth"),
            ("John Smith", (1, 0), "John Smith"),
        ] {
            let report = take(&test, &file(name)).await;
            assert_eq!((report.updated, report.unchanged, report.kept), (told.0, told.1, 0), "{name}");
            assert_eq!(shown().await, kept, "{name}");
        }
        assert_eq!(row(&test, "M9").await.unwrap().name, "JOHNSMITH", "what names are compared by");
        // What goes out comes back as the same, and the same passport in another writing of the name is a twin.
        let path = test.dir.path().join("twin.csv");
        std::fs::write(&path, file("JOHN SMITH").replace("M9", "M10")).unwrap();
        let check = check_file(&test.system(), &test.app, Kind::Members, &path, "twin.csv", unwatched()).await.unwrap();
        let twins = check_lines(&test.system(), &test.app, check.check_no, Outcome::Twin).await.unwrap();
        assert_eq!(twins.len(), 1);
        // Where a person has put the name right, a file still brings back its writing, and nothing is told; another name is not taken.
        let mut old = row(&test, "M1").await.unwrap();
        old.set_name("MÁRIANAGY");
        let mut tx = test.app.store.begin().await.unwrap();
        tx.mark_member_by_hand(old.id, ["name".to_owned()], test.app.now()).await.unwrap();
        tx.upsert_members([old]).await.unwrap();
        tx.commit().await.unwrap();
        let report = take(&test, "member_id,操作,姓名\nM1,U,Mária Nagy\n").await;
        assert_eq!((report.updated, report.kept), (1, 0));
        assert_eq!(row(&test, "M1").await.unwrap().shown_name(), "Mária Nagy");
        let report = take(&test, "member_id,操作,姓名\nM1,U,Maria Nagy\n").await;
        assert_eq!((report.updated, report.kept), (0, 1), "another name");
        assert_eq!(row(&test, "M1").await.unwrap().shown_name(), "Mária Nagy");
    }

    async fn who_follows_a_change_of_unions_says_so_on_the_form(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let county = &people.county_officer;
        dissolved(county, &test, Change::Dissolve, OTHER, "").await;
        let today = test.app.now().day().to_string();
        for (element, value) in [("event_type", "保留"), ("event_date", today.as_str()), ("event_reason", "所在工会撤销"), ("education", "本科")] {
            assert_eq!(said(&test, "M3", element).await.as_deref(), Some(value), "{element}");
        }
        // Taken over they go on without work, and the form goes on saying so until somebody restores it.
        dissolved(county, &test, Change::TakeOver, OTHER, union::TOWN).await;
        assert_eq!(said(&test, "M3", "event_type").await.as_deref(), Some("保留"));
        let asked = ask_change(county, &test.app, union::TOWN, "M3", &asks("restore", &today, "")).await.unwrap();
        answer(county, &test.app, asked, Answer::Accept, "").await.unwrap();
        assert_eq!(said(&test, "M3", "event_type").await, None, "the form has no word for the way back");
    }

    async fn nobody_joins_a_dissolved_union_by_a_file(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        dissolved(&people.city_officer, &test, Change::Merge, OTHER, union::BASE).await;
        assert_eq!(said(&test, "M3", "event_type").await.as_deref(), Some("转入"), "who went along says so");
        let base = test.app.store.read().await.unwrap().union_row(union::BASE).await.unwrap().unwrap();
        let report = take(&test, &members("M9,T-OTHER,新会员,,,,\n").replace("M2,T-BASE", "M2,T-OTHER").replace("高中", "大专")).await;
        assert_eq!((report.created, report.rejected, report.updated), (0, 1, 1), "{report:?}");
        let refused = report.reasons.iter().find(|reason| reason.reason.contains("已并入")).unwrap();
        assert!(refused.reason.contains(&base.name) && refused.reason.contains(union::BASE) && refused.column == "工会标识", "the heir is named: {refused:?}");
        let second = row(&test, "M2").await.unwrap();
        assert_eq!(second.union_org_id, base.id, "nor is anybody moved there");
        assert_eq!(said(&test, "M2", "education").await.as_deref(), Some("大专"), "the rest of the row counts");
    }

    async fn a_refusal_tells_nothing_of_what_ended_out_of_sight(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let (app, city) = (&test.app, &people.city_officer);
        let form = app::membership::ChangeForm { decided_on: "2026-07-20".into(), ..asks("withdraw", "2026-07-20", "5") };
        let asked = ask_change(city, app, OTHER, "M3", &form).await.unwrap();
        answer(city, app, asked, Answer::Accept, "").await.unwrap();
        let early = JoinForm { joined_on: "2026-07-01".into(), ..joins("叶小明", SECOND) };
        let refused = ask_join(&people.union_chair, app, union::BASE, &early).await.unwrap_err();
        assert!(refused.code == "MEM-411" && refused.message.contains("数据范围以外") && refused.fields.is_empty(), "{refused}");
        assert!(!refused.to_string().contains("2026-07-20"), "{refused}");
        let above = ask_join(city, app, union::BASE, &early).await.unwrap_err();
        assert!(fields(&above) == ["happened_on"] && above.fields[0].message.contains("2026-07-20"), "who sees that union is told: {above}");
        let later = JoinForm { joined_on: "2026-08-01".into(), ..early };
        let asked = ask_join(&people.union_chair, app, union::BASE, &later).await.unwrap();
        answer(&people.town_officer, app, asked, Answer::Accept, "").await.unwrap();
        assert_eq!(see(&people.union_chair, &test, union::BASE, "M3").await.unwrap().state, MembershipState::Active);
    }

    async fn no_change_goes_uncounted(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let before = changes(&test).await;
        let mut tx = test.app.store.begin().await.unwrap();
        tx.count_setting("member_changes", test.app.now()).await.unwrap();
        while_open(tx, ask_change(&people.union_chair, &test.app, union::BASE, "M1", &asks("retain", "2026-08-01", "7"))).await.unwrap();
        assert_eq!(changes(&test).await, before + 2);
    }

    async fn the_members_of_a_group_are_listed_across_unions(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let text = format!(
            "member_id,union_id,name,id_no,phone,join_date,新就业形态群体\nM1,T-BASE,邵国海,{NUMBER},,,货车司机\n\
             M2,T-BASE,葛秀英,,,,外卖骑手\nM3,T-OTHER,叶小明,,,,货车司机\nM4,T-OTHER,王,,,,货车司机\n"
        );
        take(&test, &text).await;
        let group = async |op: &OpContext, name: &str, page: u32, size: u32| {
            let params = MemberListParams { gig_group: name.into(), page, size, ..MemberListParams::default() };
            let found = list(op, &test.app, &params).await.unwrap();
            (found.lines.into_iter().map(|line| line.member_id).collect::<Vec<_>>(), found.total)
        };
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        assert_eq!(group(&people.county_officer, "货车司机", 1, 2).await, (keys(&["M1", "M3"]), 3));
        assert_eq!(group(&people.county_officer, "货车司机", 2, 2).await, (keys(&["M4"]), 3));
        assert_eq!(group(&people.town_officer, "货车司机", 1, 20).await, (keys(&["M1"]), 1), "each sees their own");
        assert_eq!(group(&people.town_officer, "外卖配送员", 1, 20).await, (keys(&["M2"]), 1));
        // Who leaves the group leaves the list, by a file as by hand.
        take(&test, "member_id,操作,新就业形态群体\nM3,U,【清空】\n").await;
        corrected(&test, &people, &[("gig_group", "快递员")]).await;
        assert_eq!(group(&people.county_officer, "货车司机", 1, 20).await, (keys(&["M4"]), 1));
        assert_eq!(group(&people.county_officer, "快递员", 1, 20).await, (keys(&["M1"]), 1));
        let params = MemberListParams { gig_group: "快递员".into(), page: 1, size: 20, ..MemberListParams::default() };
        assert_eq!(list(&people.field_worker, &test.app, &params).await.err().map(|error| error.kind), Some(ErrorKind::Forbidden));
    }
}

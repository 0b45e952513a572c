//! Finding members by what people type: name, pinyin, initials, other readings, the end of a number.

use app::journal::{JournalParams, journal};
use app::membership::MemberLine;
use app::search::{make_index, people};
use app::union_org::alias::{PlateForm, hang_plate};
use app::union_org::{UnionListParams, list as unions, nearest};
use codes::id::UnionOrgId;
use codes::resident_id::IdStatus;
use domain::permission::Action;
use domain::scope::UnionPath;
use store::membership::MemberRow;
use store::union_org::UnionRow;
use testkit::{People, TestApp, both_engines, union};
use uuid::Uuid;

/// Register key, name, union, the end of the number.
const MEMBERS: [(&str, &str, &str, &str); 13] = [
    ("M1", "曾小乐", union::BASE, "1234"),
    ("M2", "尉迟长孙", union::BASE, "002X"),
    ("M3", "王芳", union::BASE, "1234"),
    ("M4", "王芳", union::BASE, "5678"),
    ("M5", "王芳", union::OTHER_TOWN, "1234"),
    ("M6", "买买提·吐尔逊", union::BASE, "0011"),
    ("M7", "王𬱖", union::BASE, "0012"),
    ("M8", "解", union::OTHER_COUNTY, "0013"),
    ("M9", "王芳芳", union::BASE, "0014"),
    ("M10", "鄞乐", union::BASE, "0015"),
    ("M11", "John Smith", union::BASE, "0016"),
    ("M12", "Mária Nagy", union::BASE, "0017"),
    ("M13", "張三豐", union::BASE, "0018"),
];

async fn plant(test: &TestApp) {
    let mut tx = test.app.store.begin().await.unwrap();
    let mut rows = Vec::new();
    for (key, name, at, tail) in MEMBERS {
        let home = tx.union_row(at).await.unwrap().unwrap();
        let id: Uuid = UnionOrgId::mint(&*test.app.ids, test.app.now()).uuid();
        let number = format!("33022619900101{tail}");
        let mut row = MemberRow {
            id,
            member_id: key.to_owned(),
            union_org_id: home.id,
            name: String::new(),
            name_written: None,
            id_sealed: Some(test.app.keys.seal("member", "id_no", id.as_bytes(), &number)),
            id_index: None,
            id_token: None,
            id_status: IdStatus::Ok as i64,
            id_parts: None,
            phone_sealed: None,
            phone_index: None,
            joined_on: None,
            extra: None,
            unread: None,
            state: "active".into(),
            row_hash: 0,
            batch_no: None,
        };
        row.set_name(name);
        rows.push(row);
    }
    tx.upsert_members(rows).await.unwrap();
    tx.recount_members().await.unwrap();
    tx.commit().await.unwrap();
}

/// So many base unions in the town, all with 塑胶 in their names.
async fn plant_many(test: &TestApp, count: u32) {
    let mut tx = test.app.store.begin().await.unwrap();
    let base = tx.union_row(union::BASE).await.unwrap().unwrap();
    let town = tx.union_row(union::TOWN).await.unwrap().unwrap();
    let town = UnionPath::parse(town.path.as_deref().unwrap()).unwrap();
    let rows = (1..=count).map(|nth| {
        let name = format!("宁海县塑胶{nth:04}有限公司工会委员会");
        UnionRow {
            id: UnionOrgId::mint(&*test.app.ids, test.app.now()).uuid(),
            union_id: format!("S{nth}"),
            search: codes::text::normalise(&name),
            name,
            path: Some(town.child(nth).as_str().to_owned()),
            ..base.clone()
        }
    });
    let rows: Vec<UnionRow> = rows.collect();
    tx.upsert_unions(rows).await.unwrap();
    tx.commit().await.unwrap();
}

fn keys(lines: &[MemberLine]) -> Vec<&str> {
    let mut keys: Vec<&str> = lines.iter().map(|line| line.member_id.as_str()).collect();
    keys.sort_unstable();
    keys
}

both_engines! {
    async fn members_are_found_as_they_are_written_and_as_they_sound(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people_of) = (&test.app, People::of(&test).await);
        plant(&test).await;
        for (typed, expected) in [
            ("曾小乐", vec!["M1"]),
            ("曾", vec!["M1"]),
            ("zengxiaole", vec!["M1"]),
            ("Zeng Xiaoyue", vec!["M1"]),
            ("cengxiao", vec!["M1"]),
            ("zxl", vec!["M1"]),
            ("yuchi", vec!["M2"]),
            ("weichi", vec!["M2"]),
            ("王芳", vec!["M3", "M4", "M5", "M9"]),
            ("wangf", vec!["M3", "M4", "M5", "M9"]),
            ("wf", vec!["M3", "M4", "M5", "M9"]),
            ("买买提·吐尔逊", vec!["M6"]),
            ("买买提.吐尔逊", vec!["M6"]),
            ("吐尔逊", vec!["M6"]),
            ("tuerxun", vec!["M6"]),
            ("王𬱖", vec!["M7"]),
            ("wangdi", vec!["M7"]),
            ("解", vec!["M8"]),
            ("xie", vec!["M8"]),
            ("yinyue", vec!["M10"]),
            ("yinle", vec!["M10"]),
            // 只记得名字
            ("小乐", vec!["M1"]),
            ("xiaole", vec!["M1"]),
            ("Xiao Yue", vec!["M1"]),
            ("xl", vec!["M1"]),
            ("芳", vec!["M3", "M4", "M5", "M9"]),
            ("fang", vec!["M3", "M4", "M5", "M9"]),
            ("长孙", vec!["M2"]),
            ("𬱖", vec!["M7"]),
            ("孙", vec![]),
            ("ang", vec![]),
            ("eng", vec![]),
            // 拉丁字母的姓名
            ("John Smith", vec!["M11"]),
            ("SMITH", vec!["M11"]),
            ("js", vec!["M11"]),
            ("Mária", vec!["M12"]),
            ("Mária Nagy", vec!["M12"]),
            ("mária n", vec!["M12"]),
            ("maria", vec!["M12"]),
            ("張三豐", vec!["M13"]),
            ("张三丰", vec!["M13"]),
            ("sanfeng", vec!["M13"]),
            ("没有这个人", vec![]),
            ("%", vec![]),
        ] {
            // The first looks through a small place, the second asks the keys of the whole register.
            for op in [&people_of.city_officer, &test.system()] {
                let found = people(op, app, typed).await.unwrap();
                assert_eq!(keys(&found.lines), expected, "{typed}: {:?}", found.notes);
            }
        }
        // Who is called so from the beginning comes before whose given name it is, and a name is shown as it is written.
        for op in [&people_of.city_officer, &test.system()] {
            let order: Vec<String> = people(op, app, "fang").await.unwrap().lines.into_iter().map(|line| line.member_id).collect();
            assert_eq!(order.last().map(String::as_str), Some("M9"), "the longer name last: {order:?}");
            let order: Vec<String> = people(op, app, "解").await.unwrap().lines.into_iter().map(|line| line.member_id).collect();
            assert_eq!(order, ["M8"]);
        }
        let found = people(&people_of.city_officer, app, "w").await.unwrap();
        assert!(found.lines.is_empty() && found.notes[0].contains("两个字母"), "{:?}", found.notes);
    }

    async fn the_end_of_a_number_tells_namesakes_apart_and_every_look_is_written_down(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people_of) = (&test.app, People::of(&test).await);
        plant(&test).await;
        let city = &people_of.city_officer;
        for (typed, expected) in [
            ("王芳 1234", vec!["M3", "M5"]),
            ("王芳5678", vec!["M4"]),
            ("wf 1234", vec!["M3", "M5"]),
            ("甲乙电器 1234", vec!["M1", "M3"]),
            ("王芳 甲乙电器", vec!["M3", "M4", "M9"]),
            ("王芳，甲乙电器，1234", vec!["M3"]),
            ("尉迟 002x", vec!["M2"]),
            ("王芳 9999", vec![]),
        ] {
            let found = people(city, app, typed).await.unwrap();
            assert_eq!(keys(&found.lines), expected, "{typed}: {:?}", found.notes);
        }
        // Four digits alone are nobody: they would tell who has them.
        assert!(people(city, app, "1234").await.unwrap().lines.is_empty());
        let asked = JournalParams { action: "member.find".into(), ..JournalParams::default() };
        let rows = journal(city, app, &asked).await.unwrap().rows;
        let on_members = rows.iter().filter(|row| row.subject == "会员").count();
        assert_eq!((on_members, rows.len() - on_members), (9, 8), "those found by digits, and every search");
        let told = format!("{rows:?}");
        assert!(!told.contains("王芳") && !told.contains("1234"), "why, never what: {told}");
    }

    async fn a_search_sees_what_the_searcher_sees(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people_of) = (&test.app, People::of(&test).await);
        plant(&test).await;
        for (op, typed, expected) in [
            (&people_of.town_officer, "王芳", vec!["M3", "M4", "M9"]),
            (&people_of.town_officer, "wf", vec!["M3", "M4", "M9"]),
            (&people_of.other_town_officer, "wf 1234", vec!["M5"]),
            (&people_of.other_town_officer, "甲乙电器 1234", vec![]),
            (&people_of.other_county_officer, "xie", vec!["M8"]),
            (&people_of.county_officer, "xie", vec![]),
            (&people_of.town_officer, "吐尔逊", vec!["M6"]),
        ] {
            let found = people(op, app, typed).await.unwrap();
            assert_eq!(keys(&found.lines), expected, "{} {typed}", op.actor.login);
        }
        for (name, op) in people_of.everybody() {
            let answer = people(op, app, "王芳").await;
            assert_eq!(answer.is_ok(), op.can(Action::SeeMembers), "{name}");
        }
    }

    async fn unions_are_found_by_pinyin_and_initials_anywhere_in_the_name(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people_of) = (&test.app, People::of(&test).await);
        for (typed, expected) in [
            ("yinzhou", vec![union::OTHER_COUNTY]),
            ("yzqzgh", vec![union::OTHER_COUNTY]),
            ("xdz", vec![union::TOWN]),
            ("Jiayi Dianqi", vec![union::BASE]),
            ("鄞州", vec![union::OTHER_COUNTY]),
        ] {
            let params = UnionListParams { q: typed.into(), size: 20, ..UnionListParams::default() };
            let found = unions(&people_of.city_officer, app, &params).await.unwrap();
            let keys: Vec<&str> = found.lines.iter().map(|line| line.union_id.as_str()).collect();
            assert_eq!(keys, expected, "{typed}");
        }
    }

    async fn what_many_names_have_is_found_as_what_few_have(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people_of) = (&test.app, People::of(&test).await);
        let plate = PlateForm { name: "西店塑胶产业工会".into(), since: "2026-05-01".into(), document_no: "宁工〔2026〕3号".into() };
        hang_plate(&people_of.city_officer, app, union::TOWN, &plate).await.unwrap();
        plant_many(&test, 1_200).await;
        let list = async |op, typed: &str, size| {
            let params = UnionListParams { q: typed.into(), size, page: 1, ..UnionListParams::default() };
            unions(op, app, &params).await.unwrap()
        };
        // The part, its reading, its initials: in 1,200 names, and on the plate of one union.
        for typed in ["塑胶", "sujiao", "sj"] {
            let found = list(&people_of.city_officer, typed, 50).await;
            assert_eq!((found.total, found.lines.len()), (1_201, 50), "{typed}");
            let plated = found.lines.iter().find(|line| line.union_id == union::TOWN).unwrap();
            assert_eq!(plated.name, "宁海县西店镇总工会", "{typed}");
            let first: Vec<&str> = found.lines.iter().take(11).map(|line| line.union_id.as_str()).collect();
            let near = nearest(&people_of.city_officer, app, typed, 11).await.unwrap();
            assert_eq!(near.iter().map(|line| line.union_id.as_str()).collect::<Vec<_>>(), first, "{typed}");
            assert_eq!(list(&people_of.town_officer, typed, 50).await.total, 1_201, "{typed}");
            assert_eq!(list(&people_of.other_town_officer, typed, 50).await.total, 0, "{typed}");
            assert!(nearest(&people_of.other_town_officer, app, typed, 11).await.unwrap().is_empty(), "{typed}");
        }
        // What few of them have is found among them.
        let found = list(&people_of.city_officer, "塑胶0777", 50).await;
        assert_eq!((found.total, found.lines[0].union_id.as_str()), (1, "S777"));
    }

    async fn names_from_before_are_indexed_in_the_background_and_said_to_be_missing_until_then(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people_of) = (&test.app, People::of(&test).await);
        plant(&test).await;
        // As after an update: members are there, keys are not.
        let mut tx = app.store.begin().await.unwrap();
        tx.forget_name_keys(app.now()).await.unwrap();
        tx.commit().await.unwrap();
        let small = people(&people_of.city_officer, app, "wf").await.unwrap();
        assert_eq!((small.lines.len(), small.notes.len()), (4, 0), "a small place needs no keys");
        let city = &test.system();
        let found = people(city, app, "wf").await.unwrap();
        assert!(found.lines.is_empty() && found.notes[0].contains("正在建立"), "{:?}", found.notes);
        assert_eq!(keys(&people(city, app, "王芳").await.unwrap().lines).len(), 4, "names as written are found all the same");
        make_index(app, &app::progress::unwatched()).await.unwrap();
        let found = people(city, app, "wf").await.unwrap();
        assert_eq!((found.lines.len(), found.notes.len()), (4, 0));
        // A name that nobody has any more leaves no key behind.
        let mut tx = app.store.begin().await.unwrap();
        tx.delete_member("M6").await.unwrap();
        tx.commit().await.unwrap();
        make_index(app, &app::progress::unwatched()).await.unwrap();
        let mut tx = app.store.begin().await.unwrap();
        assert_eq!(tx.sweep_name_keys().await.unwrap(), 0, "swept already");
    }
}

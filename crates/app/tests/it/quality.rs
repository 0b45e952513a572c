//! The register is counted, and every number opens into its rows.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::union_change::{change, form};
use app::error::ErrorKind;
use app::intake::import_file;
use app::job;
use app::membership::{MemberListParams, list};
use app::progress::unwatched;
use app::quality::{
    JOB, QualityView, count, counted_at, enqueue_nightly, members_with, of_union, quality, ranking,
    unions_with,
};
use app::union_org::change::Change;
use domain::intake::Kind;
use testkit::{People, TestApp, both_engines, union};

/// Numbers whose check digits hold; the first two are the same person's.
const MEMBERS: &str = "member_id,union_id,姓名,证件号码,移动电话,入会日期,学历\n\
    M1,T-BASE,王小芳,330226199001010000,13800000001,2020-01-02,本科\n\
    M2,T-BASE,王小芳,330226199001010000,13800000002,2020-01-02,有限公司\n\
    M3,T-BASE,李国强,330226199001010001,13800000003,,\n\
    M4,T-BASE,张三,330226196704010011,13800000003,2020-01-02,\n\
    M5,T-BASE,赵四,,13800000003,2020-01-02,\n\
    M6,T-BASE,钱五,,13800000003,2020-01-02,\n\
    M7,T-BASE,孙六,3.30226E+17,,2020-01-02,\n\
    M8,T-BASE,周七,3.30226E+17,,2020-01-02,\n";

async fn take(test: &TestApp, kind: Kind, text: &str) {
    let path = test.dir.path().join(format!("{}.csv", kind.name()));
    std::fs::write(&path, text).unwrap();
    import_file(&test.system(), &test.app, kind, &path, "file.csv", unwatched())
        .await
        .unwrap();
}

fn records(view: &QualityView, id: &str) -> i64 {
    view.faults
        .iter()
        .find(|fault| fault.check.id == id)
        .map_or(0, |fault| fault.records)
}

fn keys(found: BTreeSet<String>) -> Vec<String> {
    found.into_iter().collect()
}

both_engines! {
    async fn every_number_opens_into_its_rows(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        take(&test, Kind::Members, MEMBERS).await;
        let before = quality(&people.city_officer, app).await.unwrap();
        assert_eq!((before.counted_at, before.members), (None, 0), "nothing is known before the first count");
        count(&test.system(), app, &unwatched()).await.unwrap();
        let view = quality(&people.town_officer, app).await.unwrap();
        assert!(view.counted_at.is_some());
        for (id, expected) in [
            ("members.number.repeated", vec!["M1", "M2"]),
            ("members.number.checksum", vec!["M3"]),
            // Two ruined cells that look alike are not one person.
            ("members.number.damaged", vec!["M7", "M8"]),
            ("members.number.other-name", vec![]),
            ("members.id_no.missing", vec!["M5", "M6"]),
            ("members.phone.shared", vec!["M3", "M4", "M5", "M6"]),
            ("members.education.unfit", vec!["M2"]),
            ("members.education.missing", vec!["M3", "M4", "M5", "M6", "M7", "M8"]),
            ("members.joined.missing", vec!["M3"]),
        ] {
            assert_eq!(records(&view, id), expected.len() as i64, "{id}");
            let (unions, total) = unions_with(&people.town_officer, app, id, 1, 20).await.unwrap();
            if let Some(first) = unions.first() {
                assert_eq!((first.union_id.as_str(), first.records), (union::BASE, expected.len() as i64), "{id}");
            }
            assert_eq!(total, i64::from(!expected.is_empty()), "{id}");
            let rows = members_with(&people.town_officer, app, union::BASE, id).await.unwrap();
            assert_eq!(keys(rows), expected, "{id}");
            let asked = MemberListParams { union_id: union::BASE.into(), fault: id.into(), page: 1, size: 20, ..MemberListParams::default() };
            let list = list(&people.town_officer, app, &asked).await.unwrap();
            let listed: Vec<&str> = list.lines.iter().map(|line| line.member_id.as_str()).collect();
            assert_eq!((listed, list.total), (expected.clone(), expected.len() as i64), "{id}");
        }
        let asked = MemberListParams { union_id: union::BASE.into(), fault: "members.phone.shared".into(), page: 2, size: 3, ..MemberListParams::default() };
        let second = list(&people.town_officer, app, &asked).await.unwrap();
        assert_eq!((second.lines[0].member_id.as_str(), second.lines.len(), second.total), ("M6", 1, 4));
        // M4 alone has a sound number, a name and a union.
        assert_eq!((view.members, view.sound_members), (8, 1));

        let own = of_union(&people.town_officer, app, union::BASE).await.unwrap().unwrap();
        let score = own.score.unwrap();
        assert_eq!((score.members, score.sound_members), (8, 1));
        for (check, records) in &own.faults {
            let (unions, _) = unions_with(&people.town_officer, app, &check.id, 1, 20).await.unwrap();
            let listed = unions.iter().find(|listed| listed.union_id == union::BASE).unwrap();
            assert_eq!(listed.records, *records, "{}", check.id);
        }
        let (ranked, all) = ranking(&people.town_officer, app, false, 1, 20).await.unwrap();
        assert_eq!((ranked[0].union_id.as_str(), ranked[0].sound_members), (union::BASE, 1), "the lowest score stands first");
        assert_eq!(all, view.unions);
        let (unsound, count_unsound) = ranking(&people.town_officer, app, true, 1, 20).await.unwrap();
        assert!(unsound.iter().all(|union| !union.is_sound));
        assert_eq!(count_unsound, view.unions - view.sound_unions);
        let board = app::dashboard::dashboard(&people.town_officer, app).await.unwrap();
        let share = board.sound_members.unwrap();
        assert_eq!((share.part, share.whole), (1, 8));

        // A corrected row is sound at the next count, and its row is gone at once.
        take(&test, Kind::Members, "op,member_id,证件号码\nU,M3,33022619900101001X\nU,M2,330203198512319991\n").await;
        assert_eq!(keys(members_with(&people.town_officer, app, union::BASE, "members.number.repeated").await.unwrap()), Vec::<String>::new());
        assert_eq!(records(&quality(&people.town_officer, app).await.unwrap(), "members.number.repeated"), 2, "counted before");
        count(&test.system(), app, &unwatched()).await.unwrap();
        let view = quality(&people.town_officer, app).await.unwrap();
        assert_eq!((records(&view, "members.number.repeated"), view.sound_members), (0, 3));
    }

    async fn a_number_counts_only_what_is_in_sight(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        take(&test, Kind::Members, MEMBERS).await;
        count(&test.system(), app, &unwatched()).await.unwrap();
        for (name, op) in people.everybody() {
            let Ok(view) = quality(op, app).await else {
                assert!(op.may(domain::permission::Action::SeeUnions).is_err(), "{name}");
                continue;
            };
            let (listed, total) = unions_with(op, app, "members.id_no.missing", 1, 20).await.unwrap();
            let sum: i64 = listed.iter().map(|union| union.records).sum();
            assert_eq!((sum, listed.len() as i64), (records(&view, "members.id_no.missing"), total), "{name}");
            let sees_it = !name.starts_with("other_");
            if name != "administrator" {
                assert_eq!(sum > 0, sees_it, "{name}");
            }
            let (ranked, all) = ranking(op, app, false, 1, 100).await.unwrap();
            assert_eq!((ranked.len() as i64, all), (view.unions, view.unions), "{name}");
            assert_eq!(of_union(op, app, union::BASE).await.is_ok(), sees_it, "{name}");
            let rows = members_with(op, app, union::BASE, "members.id_no.missing").await;
            match rows.map_err(|error| error.kind) {
                Ok(rows) => assert!(sees_it && rows.len() == 2, "{name}"),
                Err(ErrorKind::NotFound) => assert!(!sees_it, "{name}"),
                Err(kind) => assert_eq!(kind, ErrorKind::Forbidden, "{name}"),
            }
            let started = count(op, app, &unwatched()).await;
            assert_eq!(started.is_ok(), op.may(domain::permission::Action::StartRun).is_ok(), "{name}");
        }
        let unknown = unions_with(&people.city_officer, app, "members.nothing", 1, 20).await.unwrap_err();
        assert_eq!(unknown.code, "QUA-404");
    }

    async fn sums_follow_a_union_that_moves(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        take(&test, Kind::Members, MEMBERS).await;
        count(&test.system(), &test.app, &unwatched()).await.unwrap();
        let seen = || async {
            let mut seen = Vec::new();
            for op in [&people.city_officer, &people.county_officer, &people.town_officer, &people.other_town_officer] {
                let view = quality(op, &test.app).await.unwrap();
                seen.push(records(&view, "members.id_no.missing"));
            }
            seen
        };
        assert_eq!(seen().await, [2, 2, 2, 0]);
        change(&people.county_officer, &test, Change::Move, union::BASE, form(union::OTHER_TOWN, "迁址")).await.unwrap();
        assert_eq!(seen().await, [2, 2, 0, 2]);
        count(&test.system(), &test.app, &unwatched()).await.unwrap();
        assert_eq!(seen().await, [2, 2, 0, 2]);
    }

    async fn a_count_that_is_stopped_leaves_the_one_before(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        take(&test, Kind::Members, MEMBERS).await;
        count(&test.system(), app, &unwatched()).await.unwrap();
        let before = quality(&people.city_officer, app).await.unwrap();
        let stop: app::progress::Progress = std::sync::Arc::new(|stage: &str, _, _| match stage {
            "写入结果" => Err(app::error::AppError::conflict("JOB-499", "任务已按要求取消")),
            _ => Ok(()),
        });
        assert_eq!(count(&test.system(), app, &stop).await.unwrap_err().code, "JOB-499");
        assert_eq!(quality(&people.city_officer, app).await.unwrap(), before);
    }

    async fn the_register_is_counted_once_a_night(database: Database) {
        let test = TestApp::on(database).await;
        let app = &test.app;
        app.jobs.register(JOB, |context| async move {
            count(&context.op, &context.app, &context.reporter()).await?;
            Ok(serde_json::json!({}))
        });
        // Day and night in Asia/Shanghai.
        let at = |hour: u64| app.now().day().start().plus(Duration::from_secs(hour * 3600 + 600));
        test.clock.set(at(3));
        assert!(enqueue_nightly(app).await.unwrap());
        assert!(job::run_next(app).await.unwrap());
        assert!(counted_at(&quality(&test.system(), app).await.unwrap()).is_some());
        test.clock.set(at(5));
        assert!(!enqueue_nightly(app).await.unwrap(), "tonight's is there");
        test.clock.set(at(27));
        assert!(enqueue_nightly(app).await.unwrap(), "the next night");
    }
}

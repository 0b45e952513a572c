//! What is kept after an import, for how long, and who may work on a store at once.

use std::time::Duration;

use app::job;
use codes::id::SessionId;
use codes::time::Timestamp;
use domain::accounts::Session;
use domain::scope::Scope;
use serde_json::json;
use testkit::People;

use super::*;

/// A full file of the tax office whose one row says `headcount`.
fn tax_of(headcount: usize) -> String {
    format!("tax_id,uscc,taxpayer_name,tax_year,headcount\nT1,,宁波甲乙电器有限公司,2025,{headcount}\n")
}

fn member_of(name: &str) -> String {
    format!("member_id,union_id,name\nM1,U1,{name}\n")
}

fn files(test: &TestApp, folder: &str, ending: &str) -> usize {
    let entries = std::fs::read_dir(test.dir.path().join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(ending)).count()
}

async fn undo_words(test: &TestApp, batch_no: i64) -> Option<String> {
    let undone = undo(&test.system(), &test.app, batch_no).await;
    undone.err().map(|error| error.to_string())
}

both_engines! {
    async fn the_three_latest_batches_of_a_kind_can_be_undone_and_no_more_is_kept(database: Database) {
        let test = TestApp::on(database).await;
        take(&test, Kind::Unions, UNIONS).await;
        let mut tax = Vec::new();
        let mut members = Vec::new();
        let names = ["王一", "王二", "王三", "王四", "王五", "王六"];
        for (n, name) in names.iter().enumerate() {
            tax.push(take(&test, Kind::Tax, &tax_of(n)).await.batch_no);
            members.push(take(&test, Kind::Members, &member_of(name)).await.batch_no);
        }
        assert_eq!(files(&test, "lake/tax", ".parquet"), 4, "the present state and three before it");
        assert_eq!(files(&test, "lake/tax", ".records"), 1, "ready for the next run: the present state");
        assert_eq!(files(&test, "intake", ".before"), 3);
        for n in (3..6).rev() {
            assert_eq!(undo_words(&test, tax[n]).await, None);
            assert_eq!(undo_words(&test, members[n]).await, None);
            assert_eq!(files(&test, "lake/tax", ".records"), 0, "it goes with the batch");
            assert_eq!(tax_rows(&test).await[0].headcount, Some(n as i64 - 1));
            assert_eq!(state(&test).await.2[0].name, names[n - 1]);
        }
        for batch_no in [tax[2], members[2]] {
            let words = undo_words(&test, batch_no).await.unwrap();
            assert!(words.contains("按留存规则清理") && words.contains("最近 3 批"), "{words}");
        }
        assert_eq!(tax_rows(&test).await[0].headcount, Some(2));
        assert_eq!(state(&test).await.2[0].name, "王三");
    }

    async fn a_delta_does_not_make_the_rest_of_the_data_look_gone(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        take(&test, Kind::Tax, "tax_id,uscc,taxpayer_name,tax_year\nT1,,甲厂,2025\nT2,,乙厂,2025\n").await;
        let rows = |kind: Kind| {
            let test = &test;
            async move {
                let current = intake::current(&test.system(), &test.app).await.unwrap();
                current.iter().find(|data| data.batch.kind == kind).and_then(|data| data.rows)
            }
        };
        let members = rows(Kind::Members).await.unwrap();
        let counted = test.app.store.read().await.unwrap().member_count().await.unwrap();
        assert_eq!(members, counted);
        take(&test, Kind::Tax, "op,tax_id,taxpayer_name\nI,T3,丙厂\n").await;
        assert_eq!(rows(Kind::Tax).await, Some(3), "what is in use, not what the last file brought");
        assert_eq!(rows(Kind::Insurance).await, None, "never imported");
    }

    async fn the_counts_of_members_follow_a_day_of_changes(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        take(&test, Kind::Unions, "op,union_id,street\nU,U2,力洋镇\n").await;
        let counts = async || {
            let mut reader = test.app.store.read().await.unwrap();
            let places = reader.members_by_place(&Scope::Everything).await.unwrap();
            let mut counts: Vec<i64> = places.into_iter().map(|place| place.count).collect();
            counts.sort_unstable();
            (counts, reader.member_count().await.unwrap())
        };
        assert_eq!(counts().await, (vec![1, 2], 3));
        let head = "op,member_id,union_id,name";
        take(&test, Kind::Members, &format!("{head}\nI,M4,U2,赵六\nI,M5,U2,钱七\nU,M2,U2,李四\nU,M1,U1,王芳芳\n")).await;
        assert_eq!(counts().await, (vec![1, 4], 5), "two came, one moved, one has another name");
        let last = take(&test, Kind::Members, &format!("{head}\nD,M1,,\nD,M3,,\n")).await;
        assert_eq!(counts().await, (vec![3], 3), "a union without members has no count");
        assert_eq!(undo_words(&test, last.batch_no).await, None);
        assert_eq!(counts().await, (vec![1, 4], 5));
    }

    async fn deltas_share_their_base_and_leave_nothing_behind(database: Database) {
        let test = TestApp::on(database).await;
        let rows: String = (0..300).map(|n| format!("T{n},,第{n}号厂,2025,{n}\n")).collect();
        take(&test, Kind::Tax, &format!("tax_id,uscc,taxpayer_name,tax_year,headcount\n{rows}")).await;
        let mut days = vec![tax_rows(&test).await];
        let mut batches = Vec::new();
        for day in 1..=5 {
            let head = "op,tax_id,taxpayer_name,headcount";
            let delta = format!("{head}\nU,T{day},第{day}号厂,{}\nD,T{},,\nI,N{day},新厂,7\n", day * 1000, 50 + day);
            let report = take(&test, Kind::Tax, &delta).await;
            assert_eq!((report.updated, report.deleted, report.created), (1, 1, 1));
            batches.push(report.batch_no);
            days.push(tax_rows(&test).await);
            let changed = days[day].iter().find(|row| row.tax_id == format!("T{day}")).unwrap();
            assert_eq!((changed.headcount, changed.tax_year), (Some(day as i64 * 1000), Some(2025)));
        }
        for ending in [".base.parquet", ".gone.arrow"] {
            assert_eq!(files(&test, "lake/tax", ending), 4, "the present state and three before it, {ending}");
        }
        assert_eq!(files(&test, "lake/tax", ".parquet"), 8);
        for day in (3..=5).rev() {
            assert_eq!(undo_words(&test, batches[day - 1]).await, None);
            assert_eq!(tax_rows(&test).await, days[day - 1]);
        }
        assert_eq!(files(&test, "lake/tax", ".parquet") + files(&test, "lake/tax", ".gone.arrow"), 3, "one state");
        // The same file as before the deltas: the state is written whole again.
        take(&test, Kind::Tax, &format!("tax_id,uscc,taxpayer_name,tax_year,headcount\n{rows}")).await;
        assert_eq!(tax_rows(&test).await, days[0]);
    }

    async fn rows_sent_back_are_kept_for_ninety_days(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let doubtful = intake::current(&test.system(), &test.app).await.unwrap();
        let doubtful = doubtful.iter().find(|data| data.batch.kind == Kind::Members).unwrap().batch.batch_no;
        test.clock.advance(Duration::from_secs(89 * 24 * 3600));
        intake::recover(&test.app).await.unwrap();
        assert!(!rejects(&test, doubtful).await.is_empty());
        test.clock.advance(Duration::from_secs(2 * 24 * 3600));
        intake::recover(&test.app).await.unwrap();
        let gone = intake::reject_workbook(&test.system(), &test.app, doubtful, None).await.unwrap_err();
        assert_eq!(gone.kind, ErrorKind::NotFound);
        assert!(!intake::batch(&test.system(), &test.app, doubtful).await.unwrap().has_rejects);
    }

    async fn a_file_that_a_dead_import_left_goes_at_the_next_start(database: Database) {
        let test = TestApp::on(database).await;
        take(&test, Kind::Tax, TAX).await;
        for left in ["intake/9.rejects.part", "intake/9.before.part", "lake/tax/9.parquet.part"] {
            put(&test, left, b"half");
        }
        intake::recover(&test.app).await.unwrap();
        assert_eq!(files(&test, "intake", ".part") + files(&test, "lake/tax", ".part"), 0);
        assert_eq!(tax_rows(&test).await.len(), 2);
    }

    async fn two_servers_on_one_database_do_not_import_at_once(database: Database) {
        let test = TestApp::on(database).await;
        let other_server = test.app.store.try_lock("import").await.unwrap();
        assert!(other_server.is_some());
        let taken = try_take(&test, Kind::Tax, TAX).await;
        if test.app.store.engine() == "PostgreSQL" {
            let error = taken.unwrap_err();
            assert_eq!((error.kind, error.code), (ErrorKind::Conflict, "SYS-423"));
            assert!(error.message.contains("正在导入"), "{}", error.message);
            drop(other_server);
            take(&test, Kind::Tax, TAX).await;
        } else {
            taken.unwrap(); // SQLite lies in the data folder, whose own lock is taken by `import_file`
        }
    }

    async fn what_nobody_needs_is_cleared_at_start_and_daily(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let (app, now) = (&test.app, test.app.now());
        let mut tx = app.store.begin().await.unwrap();
        let session = |id: u128, expires_at: Timestamp| Session {
            id: SessionId::from_uuid(uuid::Uuid::from_u128(id)),
            account_id: people.city_officer.actor.id.unwrap(),
            created_at: now,
            seen_at: now,
            expires_at,
            ended_at: None,
            address: None,
            user_agent: None,
            delegation_id: None,
            way: domain::identity::SignInWay::Password,
        };
        let hour = Duration::from_secs(3600);
        // Those of the last thirty days say from where an account comes.
        tx.add_session(&session(1, Timestamp(now.0 - 31 * 86_400_000)), b"old").await.unwrap();
        tx.add_session(&session(2, now.plus(hour)), b"open").await.unwrap();
        tx.add_session(&session(3, Timestamp(now.0 - 1)), b"lately").await.unwrap();
        tx.commit().await.unwrap();

        std::fs::create_dir(test.dir.path().join("uploads")).unwrap();
        std::fs::create_dir_all(test.dir.path().join("runs/7/snapshot")).unwrap();
        std::fs::create_dir_all(test.dir.path().join("lake/members")).unwrap();
        put(&test, "lake/members/1-2.parquet.part", b"half");
        let two_hours_ago = std::time::UNIX_EPOCH + Duration::from_millis(now.0 as u64) - 2 * hour;
        for name in ["left.csv", "queued.csv"] {
            let path = put(&test, &format!("uploads/{name}"), b"x");
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_modified(two_hours_ago).unwrap();
        }
        put(&test, "uploads/coming-in.csv", b"x"); // the disk's own time, which is later than the test's
        app.jobs.register("import", |_| async { Ok(json!({})) });
        let arguments = json!({ "path": test.dir.path().join("uploads/queued.csv") });
        job::enqueue(&test.system(), app, "import", "导入", arguments).await.unwrap();

        job::keep_house(app).await;

        let mut reader = app.store.read().await.unwrap();
        assert!(reader.session_by_token(b"old").await.unwrap().is_none());
        assert!(reader.session_by_token(b"open").await.unwrap().is_some());
        assert!(reader.session_by_token(b"lately").await.unwrap().is_some());
        assert_eq!(files(&test, "uploads", ".csv"), 2, "the one a job waits for and the one that is coming in");
        assert!(!test.dir.path().join("uploads/left.csv").exists());
        assert_eq!(files(&test, "runs", "") + files(&test, "lake/members", ".part"), 0, "a dead run's scratch");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = test.dir.path().join("uploads").metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "uploads hold people's rows in plain");
        }
    }
}

//! Files of all kinds in, twice and back, on both databases.

mod bad_files;
mod cells;
mod check;
mod corpus;
mod form;
mod keeping;
mod matching;
mod meaning;
mod undoing;

use std::path::PathBuf;

use app::error::{AppError, ErrorKind};
use app::intake::{self, BatchReport, import_file, import_folder, undo};
use app::progress::unwatched;
use domain::intake::{BatchState, Kind};
use store::cover::CoverRow;
use store::membership::MemberRow;
use store::union_org::UnionRow;
use testkit::{TestApp, both_engines};

const UNIONS: &str = "union_id,union_name,employer_uscc,employer_name,county,street,union_type,parent_id,founded,declared_members,phone\n\
    G1,宁波市总工会,,,,,总工会,,1950-05-01,,\n\
    G2,宁海县总工会,,,宁海县,,总工会,G1,1951-05-01,,\n\
    G3,宁海县西店镇总工会,,,宁海县,西店镇,总工会,G2,2001-05-01,,\n\
    U1,宁波甲乙电器有限公司工会委员会,91330226MA2T0TE13C,宁波甲乙电器有限公司,宁海县,西店镇,独立基层工会,G3,2018.8年,60,13800000001\n\
    U2,西店镇滨海园区联合工会,,,宁海县,西店镇,联合基层工会,G3,2019-01-01,,\n";

const MEMBERS: &str = "member_id,union_id,name,id_no,phone,join_date,学历\n\
    M1,U1,王芳,330226196704010011,13800000002,2020-01-02,本科\n\
    M2,U1,李 四,3.30226E+17,,2020/1/2,\n\
    M3,U2,张三,,123,,\n";

const COVERS: &str = "union_id,employer_uscc,employer_name,from,to\n\
    U2,,宁波丙丁五金厂,2019-01-01,\n\
    U2,91330226MA2T0TE13C,宁波甲乙电器有限公司,,\n";

const TAX: &str = "tax_id,uscc,taxpayer_name,tax_year,headcount,payroll,union_fee_paid,prep_fee_paid\n\
    T1,91330226MA2T0TE13C,宁波甲乙电器有限公司,2025,60,3600000.00,72000,\n\
    T2,/,宁波丙丁五金厂,2025,不详,1,,\n";

fn put(test: &TestApp, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = test.dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Whether a sentence for people quotes what a library said to its programmer.
fn has_words_of_a_library(words: &str) -> bool {
    [
        "rror", "External", "decode", "EOF", "snappy", "thrift", "nvalid", "missing",
    ]
    .iter()
    .any(|word| words.contains(word))
}

async fn try_take(test: &TestApp, kind: Kind, text: &str) -> Result<BatchReport, AppError> {
    let name = format!("{}.csv", kind.name());
    let path = put(test, &name, text);
    import_file(&test.system(), &test.app, kind, &path, &name, unwatched()).await
}

async fn take(test: &TestApp, kind: Kind, text: &str) -> BatchReport {
    try_take(test, kind, text).await.unwrap()
}

async fn take_register(test: &TestApp) {
    take(test, Kind::Unions, UNIONS).await;
    take(test, Kind::Covers, COVERS).await;
    take(test, Kind::Members, MEMBERS).await;
}

type State = (Vec<UnionRow>, Vec<CoverRow>, Vec<MemberRow>);

async fn state(test: &TestApp) -> State {
    let mut tx = test.app.store.begin().await.unwrap();
    let mut keys = Vec::new();
    tx.each_member_key(|key, _| keys.push(key.to_owned()))
        .await
        .unwrap();
    keys.sort();
    let mut members = Vec::new();
    for key in keys {
        members.extend(tx.member_row(&key).await.unwrap());
    }
    (
        tx.union_rows().await.unwrap(),
        tx.cover_rows().await.unwrap(),
        members,
    )
}

async fn tax_rows(test: &TestApp) -> Vec<lake::tables::Tax> {
    let batch = test
        .app
        .store
        .read()
        .await
        .unwrap()
        .current_batch("tax")
        .await
        .unwrap();
    let Some(file) = batch.and_then(|batch| batch.lake_file) else {
        return Vec::new();
    };
    let rows = lake::read_rows(&test.app.data_dir.join(file)).unwrap();
    let mut rows: Vec<lake::tables::Tax> = rows.map(Result::unwrap).collect();
    rows.sort_by(|a, b| a.tax_id.cmp(&b.tax_id));
    rows
}

/// The rows of a batch's workbook as 结果, row number, 原因 and the sender's cells; what the register has is told as 核实.
async fn rejects(test: &TestApp, batch_no: i64) -> Vec<Vec<String>> {
    let file = intake::reject_workbook(&test.system(), &test.app, batch_no, Some(intake::Shape::Xlsx))
        .await
        .unwrap();
    let mut told = Vec::new();
    for row in sheet(test, &file.bytes, &["结果", "原因"]) {
        let (own, rest) = row.split_at(row.len() - 2);
        let (number, reason) = rest[1].trim_start_matches("第 ").split_once(" 行：").unwrap();
        let own = own[..own.len() - usize::from(own.last().unwrap() == "U")].to_vec();
        told.push([vec![rest[0].clone(), number.to_owned(), reason.to_owned()], own].concat());
    }
    for row in sheet(test, &file.bytes, &["登记库标识", "需要核实"]) {
        told.push(vec![
            "核实".to_owned(),
            String::new(),
            row[1].clone(),
            row[0].clone(),
        ]);
    }
    told
}

/// The rows of the sheet that has these heads; none without such a sheet.
fn sheet(test: &TestApp, bytes: &[u8], heads: &[&str]) -> Vec<Vec<String>> {
    let path = put(test, "rejects.xlsx", bytes);
    let spelled: Vec<[&str; 1]> = heads.iter().map(|head| [*head]).collect();
    let required: Vec<&[&str]> = spelled.iter().map(|head| head.as_slice()).collect();
    let options = office::table::OpenOptions {
        required: &required,
        known: &[],
        max_bytes: 1 << 20,
    };
    let Ok(mut reader) = office::table::open(&path, &options) else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    while reader.next_batch(100, &mut rows).unwrap() {}
    rows.into_iter()
        .map(|row| row.cells.into_iter().map(|cell| cell.text).collect())
        .collect()
}

both_engines! {
    async fn an_import_that_is_stopped_leaves_nothing(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        take(&test, Kind::Tax, TAX).await;
        let before = (state(&test).await, tax_rows(&test).await);
        for (kind, text, at) in [
            (Kind::Unions, UNIONS, "读取工会组织"),
            (Kind::Covers, COVERS, "读取覆盖单位"),
            (Kind::Members, MEMBERS, "读取会员"),
            (Kind::Members, MEMBERS, "提交"),
            (Kind::Tax, TAX, "读取数据"),
        ] {
            let head = text.lines().next().unwrap();
            let path = put(&test, "file.csv", format!("{head}\n{}", text.lines().nth(1).unwrap()));
            let stop: app::progress::Progress = std::sync::Arc::new(move |stage: &str, _, _| match stage == at {
                true => Err(AppError::conflict("JOB-499", "任务已按要求取消")),
                false => Ok(()),
            });
            let stopped = import_file(&test.system(), &test.app, kind, &path, "file.csv", stop).await.unwrap_err();
            assert_eq!(stopped.code, "JOB-499", "{at}");
            let last = intake::batches(&test.system(), &test.app, 1).await.unwrap().remove(0);
            assert_eq!((last.kind, last.state), (kind, BatchState::Refused), "{at}");
            assert!(last.failure.unwrap().contains("取消"), "{at}");
            assert!((state(&test).await, tax_rows(&test).await) == before, "{at}");
        }
    }

    async fn a_register_goes_in_with_its_tree_and_its_doubts(database: Database) {
        let test = TestApp::on(database).await;
        let report = take(&test, Kind::Unions, UNIONS).await;
        assert_eq!((report.rows, report.accepted, report.rejected, report.doubtful, report.created), (5, 5, 0, 1, 5));
        let (unions, _, _) = state(&test).await;
        let path = |id: &str| unions.iter().find(|row| row.union_id == id).unwrap().path.clone().unwrap();
        assert_eq!(path("G1"), "0000/");
        assert!(path("U1").starts_with(&path("G3")) && path("G3").starts_with(&path("G2")));
        let u1 = unions.iter().find(|row| row.union_id == "U1").unwrap();
        assert_eq!(u1.founded_on, None);
        assert!(u1.unread.as_ref().unwrap().contains("2018.8年"));
        assert_eq!((u1.county, u1.union_type.as_str()), (Some(330_226), "single"));

        let report = take(&test, Kind::Members, MEMBERS).await;
        assert_eq!((report.accepted, report.doubtful), (3, 2));
        let (_, _, members) = state(&test).await;
        assert!(members[0].id_token.is_some() && members[0].id_sealed.is_some());
        assert_eq!(members[1].name, "李四");
        assert_eq!((members[1].id_token, members[1].id_status), (None, 3));
        assert!(members[0].extra.as_ref().unwrap().contains("本科"));
        let plain = test.app.keys.open("member", "id_no", members[1].id.as_bytes(), members[1].id_sealed.as_ref().unwrap());
        assert_eq!(plain.unwrap(), "3.30226E+17", "what could not be read is still there");
        assert!(!members[2].unread.as_ref().unwrap().contains("123"), "and stands nowhere in plain");
    }

    async fn the_same_file_twice_changes_nothing(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        take(&test, Kind::Tax, TAX).await;
        let (before, tax) = (state(&test).await, tax_rows(&test).await);
        for (kind, text) in [(Kind::Unions, UNIONS), (Kind::Covers, COVERS), (Kind::Members, MEMBERS), (Kind::Tax, TAX)] {
            let same = take(&test, kind, text).await;
            assert_eq!(same.state, BatchState::Unchanged);
            // Other bytes, equal rows: a batch without changes.
            let again = take(&test, kind, &text.replace('\n', "\r\n")).await;
            assert_eq!(again.state, BatchState::Applied);
            assert_eq!((again.created, again.updated, again.deleted), (0, 0, 0), "{kind:?}");
            assert_eq!(again.unchanged, again.accepted);
        }
        assert_eq!(state(&test).await, before);
        assert_eq!(tax_rows(&test).await, tax);
    }

    async fn members_who_came_before_their_union_come_again_with_the_same_file(database: Database) {
        let test = TestApp::on(database).await;
        let early = take(&test, Kind::Members, MEMBERS).await;
        assert_eq!((early.accepted, early.rejected), (0, 3));
        assert_eq!(take(&test, Kind::Members, MEMBERS).await.state, BatchState::Unchanged, "no union has come");
        take(&test, Kind::Unions, UNIONS).await;
        let late = take(&test, Kind::Members, MEMBERS).await;
        assert_eq!((late.state, late.accepted, late.rejected), (BatchState::Applied, 3, 0));
        assert_eq!(take(&test, Kind::Members, MEMBERS).await.state, BatchState::Unchanged);
    }

    async fn rows_that_do_not_count_go_back_with_their_reasons(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let text = "member_id,union_id,name,id_no\n,U1,无名,\nM7,U1,甲,\nM7,U1,乙,\nM8,U9,丙,\nM9,U1\nM2,U1,李四,330226196704010011,多\n";
        let report = take(&test, Kind::Members, text).await;
        assert_eq!((report.rows, report.accepted, report.rejected, report.created), (6, 1, 5, 1));
        assert_eq!(report.missing, 2, "M1 and M3 are not in the file; M2 is, but broken");
        let rows = rejects(&test, report.batch_no).await;
        let reason = |number: &str| rows.iter().find(|row| row[1] == number).unwrap()[2].clone();
        assert!(reason("2").contains("会员标识和证件号码都没有填写"));
        assert!(reason("4").contains("第 3 行") && reason("4").contains("第 4 行"));
        assert!(reason("5").contains("“U9”不在工会台账中"));
        assert!(reason("6").contains("只有 2 列"));
        assert!(reason("7").contains("有 5 列"));
        assert_eq!(rows.iter().filter(|row| row[0] == "核实").count(), 2);
        assert_eq!(rows.iter().find(|row| row[1] == "5").unwrap()[3..], ["M8", "U9", "丙", ""]);
        assert!(report.has_rejects && !report.reasons.is_empty());
        assert_eq!(state(&test).await.2.len(), 4, "nobody was deleted for being absent");
    }

    async fn circles_and_unknown_parents_are_told_and_left_on_their_ground(database: Database) {
        let test = TestApp::on(database).await;
        let text = format!("{UNIONS}A,甲工会,,,宁海县,西店镇,独立基层工会,B,,,\nB,乙工会,,,宁海县,西店镇,独立基层工会,A,,,\nC,丙工会,,,宁海县,,独立基层工会,X9,,,\n");
        let report = take(&test, Kind::Unions, &text).await;
        assert_eq!((report.rejected, report.doubtful), (0, 4));
        let rows = rejects(&test, report.batch_no).await;
        assert_eq!(rows.iter().filter(|row| row[2].contains("循环")).count(), 2);
        assert!(rows.iter().any(|row| row[2].contains("上级工会标识不在台账中")));
        let (unions, _, _) = state(&test).await;
        let path = |id: &str| unions.iter().find(|row| row.union_id == id).unwrap().path.clone().unwrap();
        assert!(path("A").starts_with(&path("G3")) && path("C").starts_with(&path("G2")));
    }

    async fn a_delta_says_only_what_changes(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        take(&test, Kind::Tax, TAX).await;
        let delta = "op,tax_id,uscc,taxpayer_name,tax_year,headcount\nU,T1,91330226MA2T0TE13C,宁波甲乙电器有限公司,2025,61\nI,T3,,新公司,2025,\nD,T2,,,,\nD,T9,,,,\nX,T4,,,,\n";
        let report = take(&test, Kind::Tax, delta).await;
        assert!(report.is_delta);
        assert_eq!((report.created, report.updated, report.deleted, report.rejected), (1, 1, 1, 1));
        let rows = tax_rows(&test).await;
        assert_eq!(rows.iter().map(|row| row.tax_id.as_str()).collect::<Vec<_>>(), ["T1", "T3"]);
        assert_eq!((rows[0].headcount, rows[0].payroll_fen), (Some(61), Some(360_000_000)), "an absent column keeps its value");

        let report = take(&test, Kind::Members, "op,member_id,union_id,name,id_no\nU,M1,U2,王芳,【清空】\nD,M3,,,\n").await;
        assert_eq!((report.updated, report.deleted, report.missing), (1, 1, 0));
        let (_, _, members) = state(&test).await;
        assert_eq!(members.len(), 2);
        assert!(members[0].id_sealed.is_none(), "the agreed mark makes the value unknown");
        assert!(members[0].phone_sealed.is_some() && members[0].extra.is_some(), "an absent column keeps its value");
    }

    async fn a_batch_is_taken_back_byte_for_byte(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        take(&test, Kind::Tax, TAX).await;
        let (before, tax) = (state(&test).await, tax_rows(&test).await);
        let second = [
            (Kind::Unions, UNIONS.replace("滨海园区", "滨海工业园区").replace(",60,", ",61,") + "U5,新工会,,,宁海县,西店镇,独立基层工会,G3,,,\n"),
            (Kind::Covers, "op,union_id,employer_uscc,employer_name,from\nD,U2,,宁波丙丁五金厂,\nI,U2,,新厂,2020-01-01\n".to_owned()),
            (Kind::Members, "op,member_id,union_id,name,id_no,phone\nU,M1,U2,王芳芳,,13800000009\nD,M2,,,,\nI,M9,U1,新人,,\n".to_owned()),
            (Kind::Tax, TAX.replace("T2", "T5")),
        ];
        let mut batches = Vec::new();
        for (kind, text) in &second {
            let report = take(&test, *kind, text).await;
            assert!(report.created > 0, "{kind:?}");
            batches.push(report.batch_no);
        }
        assert_ne!(state(&test).await, before);
        for batch_no in batches.iter().rev() {
            let undone = undo(&test.system(), &test.app, *batch_no).await.unwrap();
            assert_eq!(undone.state, BatchState::Undone);
        }
        assert_eq!(state(&test).await, before);
        assert_eq!(tax_rows(&test).await, tax);
        // The same file may come again.
        assert_eq!(take(&test, second[2].0, &second[2].1).await.state, BatchState::Applied);
        let twice = undo(&test.system(), &test.app, batches[0]).await.unwrap_err();
        assert!(twice.message.contains("已撤销"));
    }

    async fn what_stands_on_a_batch_keeps_it(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let refused = undo(&test.system(), &test.app, 1).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Conflict);
        assert!(refused.message.contains("（U1）"), "{refused}");
        take(&test, Kind::Members, "op,member_id,union_id,name\nU,M1,U1,王芳芳\n").await;
        let refused = undo(&test.system(), &test.app, 3).await.unwrap_err();
        assert!(refused.message.contains("之后还有同类批次：4"));
    }

    async fn a_b_a_ends_in_a(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        take(&test, Kind::Tax, TAX).await;
        let (before, tax) = (state(&test).await, tax_rows(&test).await);
        take(&test, Kind::Tax, &TAX.replace("T2", "T5").replace("60,3600000", "61,3600000")).await;
        take(&test, Kind::Tax, TAX).await;
        assert_eq!(tax_rows(&test).await, tax);
        let other = MEMBERS.replace("王芳", "王芳芳").replace("U1,李", "U2,李");
        take(&test, Kind::Members, &other).await;
        take(&test, Kind::Members, MEMBERS).await;
        let after = state(&test).await;
        let content = |state: &State| state.2.iter().map(|row| (row.member_id.clone(), row.row_hash, row.id)).collect::<Vec<_>>();
        assert_eq!(content(&after), content(&before));
    }

    async fn what_a_person_entered_wins_over_a_file(database: Database) {
        let test = TestApp::on(database).await;
        take(&test, Kind::Unions, UNIONS).await;
        let mut tx = test.app.store.begin().await.unwrap();
        let mut row = tx.union_row("U1").await.unwrap().unwrap();
        row.source = "founded".into();
        row.chair = Some("赵主席".into());
        row.batch_no = None;
        tx.upsert_unions([row]).await.unwrap();
        tx.commit().await.unwrap();
        let text = UNIONS.replace("phone\n", "phone,chair\n").replace("13800000001", "13800000001,钱主席").replace(",,\n", ",,,\n").replace("61,\n", "61,,\n");
        let text = text.lines().map(|line| if line.starts_with('G') || line.starts_with("U2") { format!("{},", line.trim_end_matches(',').to_owned() + &",".repeat(12 - 1 - line.trim_end_matches(',').matches(',').count() - 1)) } else { line.to_owned() }).collect::<Vec<_>>().join("\n") + "\n";
        let report = take(&test, Kind::Unions, &text).await;
        assert_eq!((report.rejected, report.kept), (0, 1));
        assert_eq!(state(&test).await.0.iter().find(|row| row.union_id == "U1").unwrap().chair.as_deref(), Some("赵主席"));
        assert!(rejects(&test, report.batch_no).await.iter().any(|row| row[2].contains("保留人工登记的“赵**”")));
    }

    async fn a_file_that_breaks_in_the_middle_leaves_nothing(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let before = state(&test).await;
        let mut bytes = b"member_id,union_id,name\n".to_vec();
        for n in 0..20_000 {
            bytes.extend_from_slice(format!("N{n},U1,王小明\n").as_bytes());
        }
        bytes.extend_from_slice(&vec![b'\n'; 1 << 20]);
        bytes.extend_from_slice(b"N1,U1,\xFF\xFE\n");
        let path = put(&test, "members.csv", &bytes);
        let refused = import_file(&test.system(), &test.app, Kind::Members, &path, "上传.csv", unwatched()).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Invalid);
        assert!(refused.message.contains("上传.csv") && refused.message.contains("行"), "{refused}");
        assert_eq!(state(&test).await, before);
        let batch = &intake::batches(&test.system(), &test.app, 1).await.unwrap()[0];
        assert_eq!(batch.state, BatchState::Refused);
        let left = std::fs::read_dir(test.dir.path().join("intake")).unwrap().filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with(&batch.batch_no.to_string())).count();
        assert_eq!(left, 0);
    }

    async fn a_crash_is_cleared_at_the_next_start(database: Database) {
        let test = TestApp::on(database).await;
        take(&test, Kind::Tax, TAX).await;
        let mut tx = test.app.store.begin().await.unwrap();
        let mut row = tx.batch(1).await.unwrap().unwrap();
        (row.batch_no, row.id, row.state) = (2, test.system().new_id::<codes::id::Batch>().uuid(), "running".into());
        tx.save_batch(&row).await.unwrap();
        tx.commit().await.unwrap();
        let part = test.app.data_dir.join("lake/tax/2.parquet.part");
        std::fs::write(&part, b"half").unwrap();
        assert_eq!(intake::recover(&test.app).await.unwrap(), 1);
        assert!(!part.exists());
        assert_eq!(intake::batch(&test.system(), &test.app, 2).await.unwrap().state, BatchState::Interrupted);
        assert_eq!(take(&test, Kind::Tax, &TAX.replace("T2", "T4")).await.batch_no, 3);
    }

    async fn a_folder_is_taken_in_order_and_a_bad_file_stops_nobody(database: Database) {
        let test = TestApp::on(database).await;
        let dir = test.dir.path().join("files");
        std::fs::create_dir(&dir).unwrap();
        for (name, text) in [("members.csv", MEMBERS), ("unions.csv", UNIONS), ("unions.xlsx", "x"), ("covers.csv", "nothing\n1\n"), ("tax.csv", TAX)] {
            std::fs::write(dir.join(name), text).unwrap();
        }
        let report = import_folder(&test.system(), &test.app, &dir, unwatched()).await.unwrap();
        let kinds: Vec<Kind> = report.reports.iter().map(|report| report.kind).collect();
        assert_eq!(kinds, [Kind::Unions, Kind::Members, Kind::Tax]);
        assert_eq!(report.skipped, ["unions.xlsx"]);
        assert!(report.refused.len() == 1 && report.refused[0].contains("covers.csv"), "{:?}", report.refused);
        assert_eq!(report.reports[1].rejected, 0);
    }
}

/// Random deltas against a plain map: the state is what the map says, whatever the order of the files.
#[tokio::test]
async fn deltas_add_up_to_what_they_say() {
    use std::collections::BTreeMap;
    let test = TestApp::sqlite().await;
    let mut model: BTreeMap<String, i64> = BTreeMap::new();
    let mut seed = 7u64;
    let mut random = move |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for round in 0..12 {
        let mut text = "op,tax_id,uscc,taxpayer_name,tax_year,headcount\n".to_owned();
        let mut named = std::collections::BTreeSet::new();
        for _ in 0..random(20) + 1 {
            let key = format!("T{}", random(25));
            if !named.insert(key.clone()) {
                continue;
            }
            if random(3) == 0 {
                model.remove(&key);
                text += &format!("D,{key},,,,\n");
            } else {
                let count = random(1_000) as i64;
                model.insert(key.clone(), count);
                text += &format!(
                    "{},{key},,甲,2025,{count}\n",
                    if random(2) == 0 { "I" } else { "U" }
                );
            }
        }
        take(&test, Kind::Tax, &text).await;
        let rows = tax_rows(&test).await;
        let got: BTreeMap<String, i64> = rows
            .into_iter()
            .map(|row| (row.tax_id, row.headcount.unwrap()))
            .collect();
        assert_eq!(got, model, "round {round}");
    }
}

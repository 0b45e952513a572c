//! 核对: what is said before is what happens after, and nothing happens before.

use super::*;
use app::intake::{
    CheckLine, CheckReport, Outcome, Shape, check_file, check_lines, check_whole, check_workbook,
};
use office::workbook::{Column, Sheet, Value, WorkbookWriter};

async fn looked_at(test: &TestApp, kind: Kind, name: &str, bytes: impl AsRef<[u8]>) -> CheckReport {
    let path = put(test, name, bytes);
    check_file(&test.system(), &test.app, kind, &path, name, unwatched())
        .await
        .unwrap()
}

async fn lines(test: &TestApp, check: &CheckReport, outcome: Outcome) -> Vec<CheckLine> {
    check_lines(&test.system(), &test.app, check.check_no, outcome)
        .await
        .unwrap()
}

/// The whole file of a check: its name and bytes.
async fn whole(test: &TestApp, check: &CheckReport) -> (String, Vec<u8>) {
    let file = check_whole(&test.system(), &test.app, check.check_no)
        .await
        .unwrap();
    (file.file_name.clone(), file.flat_map(Result::unwrap).collect())
}

/// A text as the workbook that somebody would have made of it.
fn workbook(text: &str) -> Vec<u8> {
    let mut lines = text.lines();
    let columns = lines
        .next()
        .unwrap()
        .split(',')
        .map(|head| Column::text(head, 12.0));
    let mut writer = WorkbookWriter::create(Sheet {
        name: "会员".into(),
        columns: columns.collect(),
        ..Sheet::default()
    })
    .unwrap();
    for line in lines {
        let values: Vec<Value<'_>> = line.split(',').map(Value::text).collect();
        writer.row(&values).unwrap();
    }
    writer.finish().unwrap()
}

/// Whether a batch counts what a check said.
fn agrees(check: &CheckReport, batch: &BatchReport) {
    let said = &check.counts;
    assert_eq!(
        (
            said.rows,
            said.accepted,
            said.rejected,
            said.doubtful,
            said.created,
            said.updated
        ),
        (
            batch.rows,
            batch.accepted,
            batch.rejected,
            batch.doubtful,
            batch.created,
            batch.updated
        ),
        "{}",
        batch.file_name
    );
    assert_eq!(
        (
            said.deleted,
            said.unchanged,
            said.missing,
            said.kept,
            said.unknown_deleted
        ),
        (
            batch.deleted,
            batch.unchanged,
            batch.missing,
            batch.kept,
            batch.unknown_deleted
        ),
        "{}",
        batch.file_name
    );
    assert_eq!(said.reasons, batch.reasons);
}

const MORE_UNIONS: &str = "union_id,union_name,employer_uscc,employer_name,county,street,union_type,parent_id,founded,declared_members,phone\n\
    G1,宁波市总工会,,,,,总工会,,1950-05-01,,\n\
    U1,宁波甲乙电器有限公司工会,91330226MA2T0TE13C,宁波甲乙电器有限公司,宁海县,西店镇,独立基层工会,G3,2018-08-01,60,13800000009\n\
    U7,西店镇滨海园区联合工会,,,宁海县,西店镇,联合基层工会,G9,2019-01-01,,\n\
    ,无名,,,,,,,,,\n";

const MORE_MEMBERS: &str = "member_id,union_id,name,id_no,phone,join_date,学历\n\
    M1,U1,王芳,330226196704010011,13800000099,2020-01-02,硕士\n\
    M2,U1,李 四,3.30226E+17,,2020/1/2,\n\
    M4,U2,王芳芳,330226196704010011,,,\n\
    M5,U2,张三,,,2099-01-01,\n\
    M6,U9,赵六,,,,\n";

both_engines! {
    async fn an_import_counts_what_the_check_said_and_the_check_changed_nothing(database: Database) {
        let test = TestApp::on(database).await;
        let files = [
            (Kind::Unions, UNIONS), (Kind::Covers, COVERS), (Kind::Members, MEMBERS), (Kind::Tax, TAX),
            (Kind::Unions, MORE_UNIONS),
            (Kind::Members, MORE_MEMBERS),
            (Kind::Members, "op,member_id,union_id,name,phone\nU,M1,,,13900000001\nD,M3,,,\nD,M99,,,\nI,M8,U2,新人,\nX,M9,,,\n"),
            (Kind::Covers, "op,union_id,employer_uscc,employer_name,from\nD,U2,,宁波丙丁五金厂,\nI,U2,,新厂,2020-01-01\n"),
            (Kind::Unions, "op,union_id,union_name,chair\nU,U2,,周主席\nD,U7,,\n"),
            (Kind::Tax, "op,tax_id,uscc,taxpayer_name,tax_year,headcount\nU,T1,91330226MA2T0TE13C,宁波甲乙电器有限公司,2025,61\nI,T3,,新公司,2025,\nD,T2,,,,\n"),
            (Kind::Tax, TAX),
        ];
        for (kind, text) in files {
            let before = (state(&test).await, tax_rows(&test).await);
            let check = looked_at(&test, kind, "核对.csv", text).await;
            assert!((state(&test).await, tax_rows(&test).await) == before, "nothing was written: {text}");
            let batch = take(&test, kind, text).await;
            agrees(&check, &batch);
            assert_eq!(lines(&test, &check, Outcome::Created).await.len() as i64, if kind.is_agency() { 0 } else { batch.created });
        }
    }

    async fn a_check_says_row_by_row_what_would_become_of_it(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let check = looked_at(&test, Kind::Members, "会员.csv", MORE_MEMBERS).await;
        let updated = lines(&test, &check, Outcome::Updated).await;
        assert_eq!((updated.len(), updated[0].row, updated[0].key.as_str()), (1, Some(2), "M1"));
        assert!(updated[0].text.contains("学历：本科 → ") && updated[0].text.contains("移动电话：138****0002 → 138****0099"), "{}", updated[0].text);
        let twins = lines(&test, &check, Outcome::Twin).await;
        assert_eq!(twins.iter().map(|line| line.key.as_str()).collect::<Vec<_>>(), ["M4", "M5"]);
        assert!(twins[0].text.contains("M1") && twins[1].text.contains("M3"), "{twins:?}");
        let rejected = lines(&test, &check, Outcome::Rejected).await;
        assert!(rejected[0].row == Some(6) && rejected[0].text.contains("“U9”不在工会台账中"));
        assert_eq!(lines(&test, &check, Outcome::Missing).await[0].key, "M3");
        assert_eq!(lines(&test, &check, Outcome::Same).await[0].key, "M2");
        let all: Vec<CheckLine> = {
            let mut all = Vec::new();
            for outcome in Outcome::ALL { all.extend(lines(&test, &check, outcome).await); }
            all
        };
        assert!(!all.iter().any(|line| line.text.contains("13800000099") || line.text.contains("330226196704010011") || line.text.contains("王芳芳")));

        let unions = looked_at(&test, Kind::Unions, "工会.csv", MORE_UNIONS).await;
        let twins = lines(&test, &unions, Outcome::Twin).await;
        assert!(twins[0].key == "U7" && twins[0].text.contains("（U2）名称相同"), "{twins:?}");
    }

    async fn a_checked_file_is_imported_once_and_lies_nowhere_in_plain(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let op = test.system();
        let check = looked_at(&test, Kind::Members, "会员.csv", MORE_MEMBERS).await;
        let folder = test.app.data_dir.join("checks");
        for entry in std::fs::read_dir(&folder).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(9).any(|part| part == b"330226196" || part == b"138000000"));
        }
        let uploads = test.app.data_dir.join("uploads");
        let (kind, path, name) = intake::checked_file(&op, &test.app, check.check_no, &uploads).await.unwrap();
        assert_eq!((kind, name.as_str(), std::fs::read(&path).unwrap()), (Kind::Members, "会员.csv", MORE_MEMBERS.as_bytes().to_vec()));
        let batch = import_file(&op, &test.app, kind, &path, &name, unwatched()).await.unwrap();
        agrees(&check, &batch);
        intake::finish_check(&test.app, check.check_no, batch.batch_no).await.unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        let again = intake::checked_file(&op, &test.app, check.check_no, &uploads).await.unwrap_err();
        assert_eq!(again.code, "IMP-416");

        // Another import in between: the answer no longer holds.
        let check = looked_at(&test, Kind::Members, "会员.csv", MORE_MEMBERS.replace("M5", "M55")).await;
        take(&test, Kind::Members, "op,member_id,union_id,name\nU,M1,U1,王芳芳\n").await;
        let moved = intake::checked_file(&op, &test.app, check.check_no, &uploads).await.unwrap_err();
        assert_eq!(moved.code, "IMP-417");
        intake::drop_check(&op, &test.app, check.check_no).await.unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);

        // Nobody decides: a day later it is gone.
        looked_at(&test, Kind::Members, "会员.csv", MORE_MEMBERS).await;
        test.clock.advance(std::time::Duration::from_secs(25 * 3600));
        take(&test, Kind::Tax, TAX).await;
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        assert!(intake::checks_waiting(&op, &test.app).await.unwrap().is_empty());
    }

    async fn the_own_rows_come_back_marked_and_can_be_sent_again(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let check = looked_at(&test, Kind::Members, "会员.csv", MORE_MEMBERS).await;
        let csv = check_workbook(&test.system(), &test.app, check.check_no, None).await.unwrap();
        assert!(csv.file_name.ends_with(".csv"));
        let text = String::from_utf8(csv.bytes).unwrap();
        assert!(text.starts_with("\u{feff}member_id,union_id,name,id_no,phone,join_date,学历,操作,结果,原因\r\n"), "{text}");
        assert!(text.contains("M6,U9,赵六,,,,,U,退回,第 6 行："), "{text}");
        let book = check_workbook(&test.system(), &test.app, check.check_no, Some(Shape::Xlsx)).await.unwrap();
        let rows = sheet(&test, &book.bytes, &["member_id", "结果", "原因"]);
        assert_eq!(rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["M2", "M5", "M6"]);

        // Put right, the same sheet goes in as it is.
        take(&test, Kind::Members, MORE_MEMBERS).await;
        let fixed = text.replace("U9", "U2").replace("2099", "2019");
        let report = take(&test, Kind::Members, &fixed).await;
        assert!(report.is_delta);
        assert_eq!((report.rows, report.rejected, report.created, report.updated, report.missing), (3, 0, 1, 1, 0));
    }

    async fn the_whole_file_comes_back_in_its_order_with_the_rows_at_fault_marked(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let op = test.system();
        let check = looked_at(&test, Kind::Members, "会员.csv", MORE_MEMBERS).await;
        let (name, bytes) = whole(&test, &check).await;
        assert_eq!(name, "会员-已标注.csv");
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "\u{feff}member_id,union_id,name,id_no,phone,join_date,学历,结果,原因");
        assert_eq!(lines[1], "M1,U1,王芳,330226196704010011,13800000099,2020-01-02,硕士,,", "a good row is as it came");
        assert!(lines[2].starts_with("M2,U1,李 四,3.30226E+17,,2020/1/2,,存疑,证件号码："), "{text}");
        assert_eq!(lines[3], "M4,U2,王芳芳,330226196704010011,,,,,");
        assert!(lines[5].starts_with("M6,U9,赵六,,,,,退回,") && lines[5].contains("“U9”不在工会台账中"), "{text}");
        assert_eq!(lines.len(), 6);

        // A workbook comes back as one, the same rows in the same order.
        let sent = looked_at(&test, Kind::Members, "会员.xlsx", workbook(MORE_MEMBERS)).await;
        let (name, bytes) = whole(&test, &sent).await;
        assert_eq!(name, "会员-已标注.xlsx");
        let rows = sheet(&test, &bytes, &["member_id", "结果"]);
        let told: Vec<(&str, &str, &str)> = rows.iter().map(|row| (row[0].as_str(), row[7].as_str(), row[4].as_str())).collect();
        assert_eq!(told, [("M1", "", "13800000099"), ("M2", "存疑", ""), ("M4", "", ""), ("M5", "存疑", ""), ("M6", "退回", "")]);

        // Put right, each goes in whole, its own columns left aside; what came back once does not get them twice.
        for (name, bytes) in [("改好.xlsx", bytes), ("改好.csv", text.replace("U9", "U2").into_bytes())] {
            let again = looked_at(&test, Kind::Members, name, &bytes).await;
            assert!(!again.counts.is_delta, "{name} is still the whole");
            let (_, bytes) = whole(&test, &again).await;
            let book = bytes.starts_with(b"PK");
            assert_eq!(book, name.ends_with("xlsx"));
            if !book {
                let text = String::from_utf8(bytes).unwrap();
                assert_eq!(text.lines().next().unwrap().matches("结果").count(), 1, "{text}");
            }
        }
        let report = take(&test, Kind::Members, &text.replace("U9", "U2").replace("2099", "2019").replace("3.30226E+17", "")).await;
        assert_eq!((report.rows, report.rejected, report.doubtful), (5, 0, 0), "{:?}", report.reasons);

        // Nothing at fault, nothing to mark; decided about, nothing left.
        let good = looked_at(&test, Kind::Members, "好.csv", "member_id,union_id,name\nM1,U1,王芳\n").await;
        assert!(good.counts.whole.is_none());
        intake::drop_check(&op, &test.app, check.check_no).await.unwrap();
        for (no, why) in [(good.check_no, "nothing at fault"), (check.check_no, "given up")] {
            assert_eq!(check_whole(&op, &test.app, no).await.err().unwrap().code, "IMP-418", "{why}");
        }
        let people = testkit::People::of(&test).await;
        let refused = check_whole(&people.town_officer, &test.app, sent.check_no).await.err().unwrap();
        assert_eq!(refused.kind, app::error::ErrorKind::Forbidden);
    }
}

//! Bad files, each in the words that its sender reads, and nothing half-written after any of them.

use super::*;

const HEADS: &str = "member_id,union_id,name,id_no,phone,join_date";

/// A file, what its sentence must name, and how many members count after it.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    says: &'static [&'static str],
}

fn case(name: &'static str, bytes: impl Into<Vec<u8>>, says: &'static [&'static str]) -> Case {
    Case {
        name,
        bytes: bytes.into(),
        says,
    }
}

/// The heads, `count` good rows, then `last` as it is.
fn members(count: usize, last: &str) -> String {
    let rows: String = (0..count)
        .map(|n| format!("B{n},U1,王小明,,,2020-01-02\n"))
        .collect();
    format!("{HEADS}\n{rows}{last}")
}

fn gb18030(text: &str) -> Vec<u8> {
    text.chars()
        .flat_map(|c| match c {
            '王' => vec![0xCD, 0xF5],
            '小' => vec![0xD0, 0xA1],
            '明' => vec![0xC3, 0xF7],
            ascii => vec![ascii as u8],
        })
        .collect()
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect()
}

fn workbook(heads: &[&str], rows: &[&[&str]]) -> Vec<u8> {
    use office::workbook::{Column, Sheet, Value, WorkbookWriter};
    let columns = heads
        .iter()
        .map(|head| Column::text((*head).to_owned(), 12.0))
        .collect();
    let mut writer = WorkbookWriter::create(Sheet {
        name: "名册".into(),
        title: None,
        columns,
        watermark: None,
    })
    .unwrap();
    for row in rows {
        let values: Vec<Value<'_>> = row.iter().map(|cell| Value::text(*cell)).collect();
        writer.row(&values).unwrap();
    }
    writer.finish().unwrap()
}

fn parquet() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    let row = lake::tables::Verdict {
        union_id: "U1".into(),
        enterprise_id: "E1".into(),
        is_same: true,
    };
    lake::write_rows(&path, [row]).unwrap();
    std::fs::read(path).unwrap()
}

/// Files that are refused whole.
fn refused() -> Vec<Case> {
    let book = workbook(&["会员标识", "工会标识", "姓名"], &[&["B1", "U1", "甲"]]);
    let half = book.len() / 2;
    let table = parquet();
    let mut cut_character = gb18030(&members(3, "B9,U1,王"));
    cut_character.pop();
    let mixed = [
        members(9, "B9,U1,").into_bytes(),
        vec![0xCD, 0xF5],
        b",,,\n".to_vec(),
    ]
    .concat();
    let mut long = members(2, "B9,U1,").into_bytes();
    long.resize(9 << 20, b'x');
    let mut open_quote = members(2, "B9,U1,\"x").into_bytes();
    open_quote.extend(b"yy,\n".repeat(3 << 20));
    vec![
        case("零字节.csv", "", &["零字节.csv", "0 字节", "重新导出"]),
        case("空行.csv", "\n\n\n", &["空行.csv", "只有空行"]),
        case("零字节.xlsx", "", &["零字节.xlsx", "0 字节"]),
        case("零字节.parquet", "", &["零字节.parquet", "0 字节"]),
        case(
            "断在行中.csv",
            members(3, "B9,U1,王"),
            &["断在行中.csv", "第 5 行", "第 3 列“name”", "还应有 3 列"],
        ),
        case(
            "断在引号.csv",
            members(3, "B9,U1,\"王"),
            &["第 5 行", "第 3 列“name”", "双引号没有闭合"],
        ),
        case(
            "断在引号换行.csv",
            members(3, "B9,U1,\"王\n"),
            &["第 5 行", "第 3 列“name”", "双引号没有闭合"],
        ),
        case(
            "断在末列.csv",
            members(3, "B9,U1,王,,,\"2020"),
            &["第 5 行", "第 6 列“join_date”"],
        ),
        case(
            "断在汉字.csv",
            cut_character,
            &["第 5 行", "第 3 列", "断在一个汉字中间"],
        ),
        case(
            "断在汉字八.csv",
            {
                let mut text = members(3, "B9,U1,王").into_bytes();
                text.pop();
                text
            },
            &["第 5 行", "第 3 列", "断在一个汉字中间"],
        ),
        case("混编码.csv", mixed, &["第 11 行第 3 列", "文字编码"]),
        case(
            "西欧.csv",
            b"member_id,union_id,name\nB1,U1,caf\xE9\n".to_vec(),
            &["第 2 行第 3 列", "文字编码"],
        ),
        case(
            "双字节.csv",
            utf16(&members(2, "")),
            &["双字节.csv", "UTF-16", "另存为 CSV UTF-8"],
        ),
        case("双字节无标记.csv", utf16(HEADS)[2..].to_vec(), &["UTF-16"]),
        case(
            "空字符.csv",
            members(900, "B9,U1,王\0明,,,\n"),
            &["第 902 行", "第 3 列", "NUL"],
        ),
        case("一行太长.csv", long, &["第 4 行", "第 3 列", "超过 8 MB"]),
        case(
            "引号不闭合.csv",
            open_quote,
            &["第 4 行", "第 3 列", "双引号没有闭合"],
        ),
        case("其实是文本.xlsx", members(2, ""), &[".xlsx", "文本", "改为 .csv"]),
        case("其实是文本.xls", members(2, ""), &[".xls", "文本", "改为 .csv"]),
        case("其实是文本.parquet", members(2, ""), &[".parquet", "改为 .csv"]),
        case(
            "旧版.xlsx",
            [0xD0u8, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1].to_vec(),
            &["旧版 .xls", "另存为 .xlsx"],
        ),
        case(
            "网页.xls",
            "<html><table><tr><td>姓名</td></tr></table>",
            &["网页", "另存为 .xlsx"],
        ),
        case(
            "网页片段.xlsx",
            "\n<div><table><tr><td>姓名</td></tr></table></div>",
            &["网页", "另存为 .xlsx"],
        ),
        case("断.xlsx", book[..half].to_vec(), &["断.xlsx", "没有传完"]),
        case(
            "断.parquet",
            table[..table.len() / 2].to_vec(),
            &["断.parquet", "不完整"],
        ),
        case(
            "别的.parquet",
            table,
            &["缺少“会员标识”（member_id）、“姓名”（name）"],
        ),
        case(
            "缺列.csv",
            "会员编号,工会标识,姓名\nB1,U1,甲\n",
            &["缺少“会员标识”（member_id）", "第 1 行", "其中“会员编号”可能就是"],
        ),
        case("选错种类.csv", TAX, &["缺少", "可能选错了数据种类", "税务"]),
        case(
            "缺列.xlsx",
            workbook(&["会员标识", "姓名"], &[&["B1", "甲"]]),
            &["工作表“名册”第 1 行", "缺少“工会标识”"],
        ),
        case(
            "重列.csv",
            "member_id,union_id,name,name\nB1,U1,甲,乙\n",
            &["第 1 行", "“name”出现了两次", "第 3 列和第 4 列"],
        ),
        case(
            "同列.csv",
            "member_id,union_id,name,姓名\nB1,U1,甲,乙\n",
            &["“name”（第 3 列）和“姓名”（第 4 列）是同一列"],
        ),
        case(
            "只有表头一半.csv",
            "member_id,uni",
            &["缺少“工会标识”（union_id）、“姓名”（name）"],
        ),
        case(
            "压缩包.xlsx",
            b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec(),
            &["没有 Excel 工作簿"],
        ),
    ]
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_says_why() {
    let test = TestApp::sqlite().await;
    let open = async |name: &str| {
        let path = test.dir.path().join(name);
        let outcome = import_file(&test.system(), &test.app, Kind::Members, &path, name, unwatched()).await;
        outcome.unwrap_err().to_string()
    };
    assert!(
        open("没有.csv")
            .await
            .contains("文件 没有.csv 打不开：没有这个文件")
    );
    std::fs::create_dir(test.dir.path().join("目录.csv")).unwrap();
    assert!(open("目录.csv").await.contains("这是目录，不是文件"));
}

/// A device that is always full stands for a disk that is.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_named_and_nothing_counts() {
    let test = TestApp::sqlite().await;
    take(&test, Kind::Tax, TAX).await;
    let before = tax_rows(&test).await;
    let batch = intake::batches(&test.system(), &test.app, 1).await.unwrap()[0].batch_no + 1;
    let part = test.dir.path().join(format!("intake/{batch}.rejects.part"));
    std::os::unix::fs::symlink("/dev/full", part).unwrap();
    let text = TAX.replace("宁波甲乙", "宁波乙甲");
    let error = try_take(&test, Kind::Tax, &text).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ErrorKind::Unavailable, "SYS-507"));
    assert!(
        error.message.contains("磁盘空间不足") && error.message.contains("tax.csv"),
        "{}",
        error.message
    );
    assert_eq!(tax_rows(&test).await, before);
    let after = take(&test, Kind::Tax, &text).await;
    assert_eq!(after.updated, 1);
}

/// Every file below the data folder that an import could leave behind.
fn lying_about(test: &TestApp) -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["intake", "lake/members", "lake/tax"] {
        let Ok(entries) = std::fs::read_dir(test.dir.path().join(folder)) else {
            continue;
        };
        found.extend(entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()));
    }
    found.sort();
    found
}

both_engines! {
    async fn a_bad_file_is_refused_in_words_and_leaves_nothing(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let (before, files) = (state(&test).await, lying_about(&test));
        for case in refused() {
            let path = put(&test, case.name, &case.bytes);
            let outcome =
                import_file(&test.system(), &test.app, Kind::Members, &path, case.name, unwatched()).await;
            let error = outcome.expect_err(case.name);
            assert_eq!(error.kind, ErrorKind::Invalid, "{}", case.name);
            let words = error.to_string();
            assert!(words.contains(case.name), "{words}");
            for part in case.says {
                assert!(words.contains(part), "{}: “{part}” is missing in: {words}", case.name);
            }
            assert_eq!(state(&test).await, before, "{}", case.name);
            assert_eq!(lying_about(&test), files, "{}", case.name);
            let batches = intake::batches(&test.system(), &test.app, 50).await.unwrap();
            assert!(batches.iter().all(|batch| batch.state != BatchState::Running));
        }
    }

    async fn doubtful_and_rejected_rows_are_named_by_row_and_column(database: Database) {
        let test = TestApp::on(database).await;
        take(&test, Kind::Unions, UNIONS).await;
        let text = "member_id,union_id,name,id_no\n\nD1,U1,甲,3.30204E+17\nD2,U1,乙,3.3E+17\nD1,U1,丙,\n3.30204E+17,U1,丁,\nD4,U1\nD5,U1,\"两\n行\",\nD2,U1,己,\n";
        let report = take(&test, Kind::Members, text).await;
        let told: Vec<String> =
            report.reasons.iter().map(|reason| format!("{}{}", reason.column, reason.reason)).collect();
        for part in [
            "会员标识主键在文件中重复，以先出现的一行为准（第 5 与 3、9 与 4 行）",
            "（第 3、4 行）",
            "会员标识主键无法使用：内容是科学计数法",
            "从第 3 列“name”起缺失；文件可能被截断（第 7 行）",
        ] {
            assert!(told.iter().any(|words| words.contains(part)), "“{part}” is missing in: {told:?}");
        }
        assert_eq!((report.rows, report.rejected), (7, 4));
    }

    async fn circles_of_parents_are_named_and_the_unions_still_stand_somewhere(database: Database) {
        let test = TestApp::on(database).await;
        let text = "union_id,union_name,union_type,parent_id\nG1,宁波市总工会,总工会,\nS,甲工会,独立基层工会,S\nA,乙工会,联合基层工会,B\nB,丙工会,联合基层工会,C\nC,丁工会,联合基层工会,A\n";
        let report = take(&test, Kind::Unions, text).await;
        let reason = report.reasons.iter().find(|reason| reason.reason.contains("循环")).unwrap();
        assert_eq!((reason.column.as_str(), reason.rows), ("上级工会标识", 4));
        assert!(reason.reason.contains("（第 3、4、5 行等）"), "{}", reason.reason);
        let (unions, _, _) = state(&test).await;
        assert!(unions.iter().all(|union| union.path.is_some()));
    }

    async fn an_unknown_industry_union_is_told_kept_and_found_once_it_comes(database: Database) {
        let test = TestApp::on(database).await;
        let head = "union_id,union_name,union_type,parent_id,industry_parent_id,op\n";
        take(&test, Kind::Unions, &format!("{head}G1,宁波市总工会,总工会,,,U\n")).await;
        // Its industry union stands further down; another's does not stand anywhere.
        let text = format!("{head}A,甲厂工会,独立基层工会,G1,I1,U\nB,乙厂工会,独立基层工会,G1,I2,U\nI1,宁波市建设工会,产业工会,G1,,U\n");
        let report = take(&test, Kind::Unions, &text).await;
        let told: Vec<_> = report.reasons.iter().map(|one| (one.column.as_str(), one.reason.as_str(), one.rows)).collect();
        assert_eq!(told, [("所属产业工会标识", "所属产业工会标识不在台账中，先留着；请核对标识，或先登记那家产业工会（第 3 行）", 1)]);
        assert_eq!(faults(&test, "unions.line.loose").await, 1);
        // It comes with a later file: nothing else has to be done.
        let later = take(&test, Kind::Unions, &format!("{head}I2,宁波市纺织工会,产业工会,G1,,U\n")).await;
        assert_eq!(later.doubtful, 0);
        let (unions, _, _) = state(&test).await;
        let named = unions.iter().find(|union| union.union_id == "B").unwrap();
        assert_eq!(named.industry_parent_id.as_deref(), Some("I2"));
        assert_eq!(faults(&test, "unions.line.loose").await, 0);
    }

    async fn a_circle_of_industry_unions_is_told_and_not_taken(database: Database) {
        let test = TestApp::on(database).await;
        let head = "union_id,union_name,union_type,parent_id,industry_parent_id,op\n";
        let text = format!("{head}G1,宁波市总工会,总工会,,,U\nI1,宁波市建设工会,产业工会,G1,,U\nI2,宁波市装饰工会,产业工会,G1,I1,U\n");
        take(&test, Kind::Unions, &text).await;
        // What the register had stays; whoever closes the circle is told, and so is the one that names itself.
        let text = format!("{head}I1,宁波市建设工会,产业工会,G1,I2,U\nI2,宁波市装饰工会,产业工会,G1,I1,U\nI3,宁波市建材工会,产业工会,G1,I3,U\n");
        let report = take(&test, Kind::Unions, &text).await;
        let told: Vec<_> = report.reasons.iter().map(|one| (one.column.as_str(), one.reason.as_str(), one.rows)).collect();
        assert_eq!(told, [("所属产业工会标识", "产业线成环（最终指回本工会），没有采用，请改正其中一家（第 2、4 行）", 2)]);
        let (unions, _, _) = state(&test).await;
        let above = |key: &str| unions.iter().find(|union| union.union_id == key).unwrap();
        assert_eq!(["I1", "I2", "I3"].map(|key| above(key).industry_parent_id.clone()), [None, Some("I1".into()), None]);
        assert!(above("I1").unread.as_ref().unwrap().contains("I2"), "what was written stays to be read");
        assert_eq!(take(&test, Kind::Unions, &format!("{text}\n")).await.updated, 0, "the same again changes nothing");
    }

    async fn a_circle_of_parents_is_told_and_counted(database: Database) {
        let test = TestApp::on(database).await;
        let head = "union_id,union_name,union_type,parent_id\n";
        let text = format!("{head}G1,宁波市总工会,总工会,\nA1,甲公司工会,独立基层工会,G1\nA2,乙公司工会,独立基层工会,A3\nA3,丙公司工会,独立基层工会,A2\nA4,丁公司工会,独立基层工会,A4\nA5,戊公司工会,独立基层工会,ZZ\n");
        take(&test, Kind::Unions, &text).await;
        assert_eq!(faults(&test, "unions.tree.loose").await, 4, "two that lead to each other, one to itself, one to nobody");
    }

    async fn a_full_file_without_a_usable_row_does_not_empty_an_agency(database: Database) {
        let test = TestApp::on(database).await;
        let empty = "tax_id,uscc,taxpayer_name,tax_year\n";
        assert_eq!(take(&test, Kind::Tax, empty).await.rows, 0, "nothing to lose yet");
        take(&test, Kind::Tax, TAX).await;
        let (rows, files) = (tax_rows(&test).await, lying_about(&test));
        let head_only = format!("{empty}\n");
        let damaged = format!("{empty}3.30204E+17,9133,甲,2025\n");
        for (text, part) in [(head_only, "只有表头，没有数据行"), (damaged, "全部退回，记录号：主键无法使用")] {
            let words = try_take(&test, Kind::Tax, &text).await.unwrap_err().to_string();
            assert!(words.contains(part) && words.contains("会清空现有的 2 行"), "{words}");
            assert_eq!(tax_rows(&test).await, rows);
            assert_eq!(lying_about(&test), files);
        }
    }

    async fn a_folder_tells_what_it_did_not_take(database: Database) {
        let test = TestApp::on(database).await;
        let folder = tempfile::tempdir().unwrap();
        let op = test.system();
        let import = || import_folder(&op, &test.app, folder.path(), unwatched());
        std::fs::write(folder.path().join("members.xls"), b"x").unwrap();
        let words = import().await.unwrap_err().to_string();
        assert!(words.contains("没有可导入的文件，看到的是：members.xls"), "{words}");
        std::fs::write(folder.path().join("unions.csv"), UNIONS).unwrap();
        std::fs::write(folder.path().join("members.csv"), members(1, "B9,U1")).unwrap();
        std::fs::write(folder.path().join("covers.csv"), TAX).unwrap();
        let report = import().await.unwrap();
        assert_eq!(report.unknown, ["members.xls"]);
        assert_eq!(report.reports.len(), 1, "the unions");
        assert!(report.refused[0].contains("covers.csv") && report.refused[0].contains("税务"));
        assert!(report.refused[1].contains("members.csv 在第 3 行"));
    }
}

/// Records with a fault, by a count of the register.
async fn faults(test: &TestApp, check: &str) -> i64 {
    let op = test.system();
    app::quality::count(&op, &test.app, &unwatched()).await.unwrap();
    let view = app::quality::quality(&op, &test.app).await.unwrap();
    let found = view.faults.iter().find(|fault| fault.check.id == check);
    found.map_or(0, |fault| fault.records)
}

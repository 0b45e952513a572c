#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, LargeStringArray, RecordBatch, StringViewArray,
};

use super::*;
use crate::workbook::{Column, Sheet, Value, WorkbookWriter};

const OPTIONS: OpenOptions<'static> = OpenOptions {
    required: &[&["member_id", "会员标识"], &["name", "姓名"]],
    known: &[&["id_no", "证件号码"], &["phone", "移动电话", "联系电话"]],
    max_bytes: 1 << 30,
};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn read_all(path: &std::path::Path) -> Result<(Vec<String>, Vec<Row>), OfficeError> {
    let mut reader = open(path, &OPTIONS)?;
    let mut rows = Vec::new();
    while reader.next_batch(3, &mut rows)? {}
    Ok((reader.heads().to_vec(), rows))
}

fn refusal(name: &str, bytes: &[u8]) -> String {
    let place = Place::new();
    read_all(&place.put(name, bytes)).unwrap_err().to_string()
}

fn texts(row: &Row) -> Vec<&str> {
    row.cells.iter().map(|c| c.text.as_str()).collect()
}

#[test]
fn utf8_with_and_without_bom_and_gb18030_read_alike() {
    let place = Place::new();
    let text = "会员标识,姓名,证件号码\nm1,王㐂,330226199001010000\nm2,李四,\n";
    let gbk = encoding_rs::GB18030.encode(text).0.into_owned();
    let plain = read_all(&place.put("a.csv", text.as_bytes())).unwrap();
    assert_eq!(
        plain,
        read_all(&place.put("b.csv", format!("\u{feff}{text}").as_bytes())).unwrap()
    );
    assert_eq!(plain, read_all(&place.put("c.csv", &gbk)).unwrap());
    assert_eq!(plain.1[0].number, 2);
    assert_eq!(texts(&plain.1[0]), ["m1", "王㐂", "330226199001010000"]);
}

#[test]
fn quoted_commas_tabs_remarks_and_blank_rows() {
    let place = Place::new();
    let (_, rows) = read_all(&place.put(
        "a.csv",
        "member_id\tname\tid_no\nm1\t\"王\t明\"\t\n\t\t\n注：以上为测试\t\t\n".as_bytes(),
    ))
    .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(texts(&rows[0]), ["m1", "王\t明", ""]);
}

#[test]
fn sums_under_a_table_are_no_row() {
    let place = Place::new();
    for sums in ["合计,,6人", "总 计,2,", ",合计：,"] {
        let text = format!("member_id,name,id_no\nm1,王明,\nm2,合计,\n{sums}\n");
        let (_, rows) = read_all(&place.put("a.csv", text.as_bytes())).unwrap();
        assert_eq!(
            rows.len(),
            2,
            "{sums}: somebody may bear any name, but sums come first in their row"
        );
    }
}

#[test]
fn a_row_with_missing_or_surplus_cells_is_marked_broken() {
    let place = Place::new();
    let (_, rows) = read_all(&place.put(
        "a.csv",
        "member_id,name,id_no\nm1,王明,1\nm2,李\nm3,张,1,多\n".as_bytes(),
    ))
    .unwrap();
    assert!(rows[0].broken.is_none());
    assert!(rows[1].broken.as_ref().unwrap().contains("只有 2 列"));
    assert!(rows[2].broken.as_ref().unwrap().contains("有 4 列"));
}

#[test]
fn scientific_notation_is_damage_not_a_number() {
    let place = Place::new();
    let (_, rows) =
        read_all(&place.put("a.csv", b"member_id,name,id_no\nm1,A,3.30204E+17\nm2,B,1.5E+2\n")).unwrap();
    assert!(rows[0].cells[2].damage.is_some());
    assert!(rows[1].cells[2].damage.is_none());
}

#[test]
fn bad_files_are_refused_with_a_sentence_that_names_them() {
    assert!(refusal("空.csv", b"").contains("空.csv 是空的"));
    assert!(refusal("a.xlsx", b"member_id,name\n1,2\n").contains("请把扩展名改为 .csv"));
    assert!(refusal("a.xlsx", &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1]).contains("旧版 .xls"));
    assert!(refusal("a.xls", b"<html><table><tr>").contains("网页"));
    assert!(refusal("a.parquet", b"PAR1xxxxxxxx").contains("不完整"));
    assert!(refusal("a.xlsx", b"PK\x03\x04 cut off").contains("没有传完"));
    assert!(
        refusal("a.csv", "单位,电话\n甲,1\n".as_bytes())
            .contains("缺少“会员标识”（member_id）、“姓名”（name）")
    );
    assert!(
        refusal("a.csv", b"member_id,name,name\n1,2,3\n").contains("“name”出现了两次（第 2 列和第 3 列）")
    );
    let bad = [b"member_id,name\nm1,".as_slice(), &[0xFF, 0x80, 0xFF], b"\n"].concat();
    assert!(refusal("a.csv", &bad).contains("第 2 行第 2 列附近有无法识别的文字编码"));
}

#[test]
fn an_encoding_that_breaks_late_names_the_line() {
    let mut text = String::from("member_id,name\n");
    for i in 0..200_000 {
        text.push_str(&format!("m{i},王小明\n"));
    }
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(&[b'x', b',', 0xFF, 0xFE, b'\n']);
    assert!(refusal("late.csv", &bytes).contains("第 200002 行"));
}

#[test]
fn a_quote_that_is_never_closed_does_not_swallow_the_file() {
    let mut text = String::from("member_id,name\nm1,甲\nm2,\"乙\n");
    while text.len() < 12 << 20 {
        text.push_str("m3,丙丙丙丙丙丙丙丙\n");
    }
    let words = refusal("a.csv", text.as_bytes());
    assert!(
        words.contains("第 3 行") && words.contains("双引号没有闭合"),
        "{words}"
    );
}

fn workbook(rows: &[&[&str]], title: Option<&str>) -> Vec<u8> {
    let columns = ["会员标识", "姓名", "证件号码"]
        .into_iter()
        .map(|l| Column::text(l, 20.0))
        .collect();
    let mut writer = WorkbookWriter::create(Sheet {
        name: "会员".into(),
        title: title.map(Into::into),
        columns,
        watermark: None,
    })
    .unwrap();
    for row in rows {
        writer
            .row(&row.iter().map(|c| Value::text(*c)).collect::<Vec<_>>())
            .unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn a_workbook_reads_back_with_its_offset_head_and_long_numbers_as_text() {
    let place = Place::new();
    let bytes = workbook(
        &[
            &["m1", "王·明", "330226199001010000"],
            &["m2", "", "=1+1"],
            &["注：完", "", ""],
        ],
        Some("会员名册"),
    );
    let (heads, rows) = read_all(&place.put("a.xlsx", &bytes)).unwrap();
    assert_eq!(heads, ["会员标识", "姓名", "证件号码"]);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].number, 3);
    assert_eq!(texts(&rows[0]), ["m1", "王·明", "330226199001010000"]);
    assert_eq!(
        rows[1].cells[2].text, "=1+1",
        "the apostrophe only says that it is text"
    );
}

#[test]
fn numbers_that_lost_digits_in_a_workbook_are_damage() {
    let place = Place::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet()
        .set_name("说明")
        .unwrap()
        .write_string(0, 0, "填表说明")
        .unwrap();
    let sheet = book.add_worksheet();
    for (i, head) in ["个人信息", "", "证件"].iter().enumerate() {
        sheet.write_string(0, i as u16, *head).unwrap();
    }
    for (i, head) in ["*会员标识", "姓 名", "证件号码"].iter().enumerate() {
        sheet.write_string(1, i as u16, *head).unwrap();
    }
    sheet.write_string(2, 0, "m1").unwrap();
    sheet.write_number(2, 2, 330204190001010111.0).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let (_, rows) = read_all(&place.put("a.xlsx", &bytes)).unwrap();
    assert_eq!(rows[0].number, 3);
    assert!(rows[0].cells[2].damage.unwrap().contains("已丢失"));
}

#[test]
fn a_formula_without_its_value_is_damage_and_not_an_empty_cell() {
    let place = Place::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (i, head) in ["会员标识", "姓名", "证件号码"].iter().enumerate() {
        sheet.write_string(0, i as u16, *head).unwrap();
    }
    sheet.write_string(1, 0, "m1").unwrap();
    let formula = |text: &str, value: &str| rust_xlsxwriter::Formula::new(text).set_result(value);
    sheet
        .write_formula(1, 1, formula("=\"王\"&\"明\"", "王明"))
        .unwrap();
    sheet.write_formula(1, 2, formula("=A2", "NOT-COMPUTED")).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    // As openpyxl writes a formula: no type, no value.
    let bytes = with_sheet(&bytes, |xml| {
        xml.replace("<v>NOT-COMPUTED</v>", "<v></v>")
            .replace("<c r=\"C2\" t=\"str\">", "<c r=\"C2\">")
    });
    let (_, rows) = read_all(&place.put("a.xlsx", &bytes)).unwrap();
    assert_eq!(texts(&rows[0]), ["m1", "王明", ""]);
    assert!(rows[0].cells[1].damage.is_none());
    assert!(rows[0].cells[2].damage.unwrap().contains("没有算好的值"));
}

/// The same workbook with its first sheet written otherwise.
fn with_sheet(bytes: &[u8], write: impl Fn(&str) -> String) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..from.len() {
        let mut entry = from.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut content = String::new();
        std::io::Read::read_to_string(&mut entry, &mut content).unwrap();
        if name == "xl/worksheets/sheet1.xml" {
            let written = write(&content);
            assert_ne!(written, content);
            content = written;
        }
        let options = zip::write::SimpleFileOptions::default();
        to.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut to, content.as_bytes()).unwrap();
    }
    to.finish().unwrap().into_inner()
}

#[test]
fn a_truncated_workbook_is_refused() {
    let bytes = workbook(&[&["m1", "甲", "1"]], None);
    assert!(refusal("a.xlsx", &bytes[..bytes.len() / 2]).contains("没有传完"));
}

#[test]
fn parquet_columns_of_any_plain_type_become_text() {
    let place = Place::new();
    let batch = RecordBatch::try_from_iter([
        ("member_id", Arc::new(Int64Array::from(vec![7, 8])) as ArrayRef),
        (
            "name",
            Arc::new(StringViewArray::from(vec![Some("王明"), None])) as ArrayRef,
        ),
        (
            "id_no",
            Arc::new(LargeStringArray::from(vec!["330226199001010000", " "])) as ArrayRef,
        ),
        (
            "joined",
            Arc::new(Date32Array::from(vec![Some(19_909), None])) as ArrayRef,
        ),
        ("score", Arc::new(Float64Array::from(vec![1.5, 2.0])) as ArrayRef),
    ])
    .unwrap();
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let (_, rows) = read_all(&place.put("a.parquet", &bytes)).unwrap();
    assert_eq!(
        texts(&rows[0]),
        ["7", "王明", "330226199001010000", "2024-07-05", "1.5"]
    );
    assert_eq!(texts(&rows[1]), ["8", "", "", "", "2"]);
    assert!(refusal("cut.parquet", &bytes[..bytes.len() / 2]).contains("不完整"));
    // What is damaged is told in words for its sender; the library's own are for the log.
    for cut in [12, bytes.len() / 2, bytes.len() - 9] {
        let words = refusal("cut.parquet", &bytes[..cut]);
        assert!(words.contains("重新导出"), "{words}");
        assert!(
            !words.contains("rror") && !words.contains("EOF") && !words.contains("thrift"),
            "{words}"
        );
    }
    assert!(refusal("table.csv", &bytes).contains("内容却是 Parquet 文件"));
}

#[test]
fn every_column_of_an_element_is_found_the_first_head_first() {
    let place = Place::new();
    let text = "会员标识,姓名,联系电话,移动电话\nm1,甲,1,2\n";
    let reader = open(&place.put("a.csv", text.as_bytes()), &OPTIONS).unwrap();
    let phone = ["phone", "移动电话", "联系电话"];
    assert_eq!(reader.columns(&phone), [3, 2]);
    assert_eq!(reader.column(&phone), Some(3));
    assert!(reader.columns(&["身份证号"]).is_empty());
}

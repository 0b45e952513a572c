//! The story's county as its office would mail it: a workbook made by hand (dirt D29), beside the clean layout of the other
//! files. Title and group heads are merged, two notes stand below the rows, and a second sheet holds lists.

use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::CityError;
use crate::compose;

/// Heads as offices write them, in the order of the union register.
const HEADS: [&str; 20] = [
    "工会标识",
    "工会名称",
    "单位统一社会信用代码",
    "工会统一社会信用代码",
    "单位名称",
    "单位法定代表人",
    "工会主席",
    "区县",
    "街道乡镇",
    "地址",
    "电话",
    "行业门类",
    "工会类型",
    "上级工会标识",
    "所属产业工会标识",
    "建会日期",
    "届满日期",
    "会员人数",
    "经度",
    "纬度",
];

/// Heads above the heads: text, first and last column.
const GROUPS: [(&str, u16, u16); 4] = [
    ("工会", 0, 1),
    ("单位", 2, 11),
    ("组织关系", 12, 14),
    ("届次与会员", 15, 17),
];

/// Writes `dir/by-hand/unions.xlsx`: the same rows as the register has them, so that it changes nothing when it is read.
pub(crate) fn write(dir: &Path, county: &str, as_of: i32, rows: &[[String; 20]]) -> Result<(), CityError> {
    let folder = dir.join("by-hand");
    std::fs::create_dir_all(&folder).map_err(|source| CityError::Io {
        path: folder.clone(),
        source,
    })?;
    let path = folder.join("unions.xlsx");
    book(county, as_of, rows)
        .and_then(|mut book| book.save(&path))
        .map_err(|source| CityError::Xlsx { path, source })
}

fn book(county: &str, as_of: i32, rows: &[[String; 20]]) -> Result<Workbook, XlsxError> {
    let day = compose::day(as_of);
    let (year, month, date) = (day.year(), day.month(), day.day());
    let mut book = Workbook::new();
    // The writer would put the hour of writing in, and the same seed would not give the same bytes.
    let made = ExcelDateTime::from_ymd(year as u16, month as u8, date as u8)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = book.add_worksheet().set_name("基层工会")?;
    let (plain, last) = (Format::new(), HEADS.len() as u16 - 1);
    sheet.merge_range(0, 0, 0, last, &format!("{county}基层工会组织情况汇总表"), &plain)?;
    let told = format!("填报单位：{county}总工会　　填报日期：{year}年{month}月{date}日");
    sheet.merge_range(1, 0, 1, last, &told, &plain)?;
    for (text, from, to) in GROUPS {
        sheet.merge_range(2, from, 2, to, text, &plain)?;
    }
    line(sheet, 3, &HEADS)?;
    let mut at = 4;
    for row in rows {
        line(sheet, at, &row.each_ref().map(String::as_str))?;
        at += 1;
    }
    sheet.write_string(at, 0, "注：单位代码不详的可不填；本表每季度末报送。")?;
    sheet.write_string(at + 1, 0, "填表人：　　　　审核人：")?;
    let lists = book.add_worksheet().set_name("选项")?;
    line(lists, 0, &["工会类型", "行业门类"])?;
    for (at, (kind, section)) in [("独立基层工会", "C"), ("联合基层工会", "F"), ("工会联合会", "S")]
        .iter()
        .enumerate()
    {
        line(lists, at as u32 + 1, &[kind, section])?;
    }
    Ok(book)
}

fn line(sheet: &mut Worksheet, at: u32, cells: &[&str]) -> Result<(), XlsxError> {
    for (column, cell) in (0_u16..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        sheet.write_string(at, column, *cell)?;
    }
    Ok(())
}

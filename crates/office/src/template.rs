//! Workbooks that people fill in (模板): heads, a sample row, a drop-down where only some values will do, and a sheet that explains
//! every column.

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, Format, FormatAlign, FormatBorder, Formula, Workbook,
    Worksheet, XlsxError,
};

use crate::OfficeError;
use crate::table::SAMPLE;

/// One column of a template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateColumn {
    /// Its head.
    pub head: String,
    /// Whether a file without it is refused.
    pub is_required: bool,
    /// What its values are, in words.
    pub kind: String,
    /// The rule, in words.
    pub rule: String,
    /// The standard or law behind it.
    pub source: String,
    /// A value that holds.
    pub example: String,
    /// The only values that will do; empty: any.
    pub choices: Vec<String>,
}

/// What a template is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Name of the sheet to fill in.
    pub name: String,
    /// Sentences above the explanation of the columns.
    pub notes: Vec<String>,
    /// Columns, left to right; the first is the key.
    pub columns: Vec<TemplateColumn>,
}

const GUIDE: &str = "填写说明";
const CHOICES: &str = "可选值";
const LAST_ROW: u32 = 1_048_575;

/// Writes the workbook: the sheet to fill in, then 填写说明, then 可选值, from which the drop-downs take their values.
///
/// # Errors
/// A name or a text is longer than the format allows.
pub fn write(template: &Template) -> Result<Vec<u8>, OfficeError> {
    let mut workbook = Workbook::new();
    let written = sheet_to_fill(workbook.add_worksheet(), template)
        .and_then(|()| guide(workbook.add_worksheet(), template))
        .and_then(|()| choices(workbook.add_worksheet(), template))
        .and_then(|()| workbook.save_to_buffer());
    written.map_err(|error| OfficeError::Write(error.to_string()))
}

fn sheet_to_fill(sheet: &mut Worksheet, template: &Template) -> Result<(), XlsxError> {
    sheet.set_name(template.name.as_str())?;
    // Everything is text: a spreadsheet must not round a number of eighteen digits or turn a code into a date.
    let text = Format::new().set_num_format("@");
    let sample = text.clone().set_italic().set_font_color("98A2B3");
    let mut lists = 0;
    for (at, column) in (0u16..).zip(&template.columns) {
        let head = head_format(column.is_required);
        sheet.write_string_with_format(0, at, &column.head, &head)?;
        let example = match at {
            0 => format!("{SAMPLE}{}", column.example),
            _ => column.example.clone(),
        };
        sheet.write_string_with_format(1, at, &example, &sample)?;
        let shown = column.head.chars().count().max(example.chars().count());
        sheet.set_column_width(at, (shown as f64 * 2.0 + 2.0).clamp(12.0, 44.0))?;
        sheet.set_column_format(at, &text)?;
        let rule = DataValidation::new().set_input_message(clipped(&column.rule))?;
        if column.choices.is_empty() {
            sheet.add_data_validation(1, at, LAST_ROW, at, &rule)?;
            continue;
        }
        let letter = rust_xlsxwriter::utility::column_number_to_name(lists);
        let last = column.choices.len() + 1;
        let listed = rule
            .allow_list_formula(Formula::new(format!("='{CHOICES}'!${letter}$2:${letter}${last}")))
            .set_error_style(DataValidationErrorStyle::Warning)
            .set_error_title("不在可选值中")?
            .set_error_message("请从下拉列表中选择；确需保留请点“是”，导入时会提示核对")?;
        sheet.add_data_validation(1, at, LAST_ROW, at, &listed)?;
        lists += 1;
    }
    sheet.set_freeze_panes(1, 1)?;
    sheet.set_landscape();
    Ok(())
}

/// An input message holds 255 characters.
fn clipped(rule: &str) -> String {
    rule.chars().take(250).collect()
}

fn head_format(is_required: bool) -> Format {
    let head = Format::new()
        .set_bold()
        .set_num_format("@")
        .set_border_bottom(FormatBorder::Thin)
        .set_background_color("F2F4F7");
    if is_required {
        head.set_font_color(Color::RGB(0x00B4_2318))
    } else {
        head
    }
}

fn guide(sheet: &mut Worksheet, template: &Template) -> Result<(), XlsxError> {
    sheet.set_name(GUIDE)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for (at, width) in [(0, 22.0), (1, 10.0), (2, 16.0), (3, 52.0), (4, 28.0), (5, 26.0)] {
        sheet.set_column_width(at, width)?;
    }
    let mut row = 0;
    for note in &template.notes {
        sheet.write_string(row, 0, note)?;
        row += 1;
    }
    row += 1;
    for (at, head) in (0u16..).zip(["列名", "是否必有", "内容", "填写要求", "示例", "依据"]) {
        sheet.write_string_with_format(row, at, head, &head_format(false))?;
    }
    for (number, column) in (1..).zip(&template.columns) {
        row += 1;
        // Numbered, so that no reader takes these rows for the heads of a table.
        let head = format!("{number}. {}", column.head);
        let needed = if column.is_required { "必有" } else { "" };
        let cells = [
            head.as_str(),
            needed,
            &column.kind,
            &column.rule,
            &column.example,
            &column.source,
        ];
        for (at, cell) in (0u16..).zip(cells) {
            sheet.write_string_with_format(row, at, cell, &wrapped)?;
        }
    }
    Ok(())
}

fn choices(sheet: &mut Worksheet, template: &Template) -> Result<(), XlsxError> {
    sheet.set_name(CHOICES)?;
    let listed = template
        .columns
        .iter()
        .filter(|column| !column.choices.is_empty());
    for (at, column) in (0u16..).zip(listed) {
        let head = format!("{}的可选值", column.head);
        sheet.write_string_with_format(0, at, &head, &head_format(false))?;
        sheet.set_column_width(at, 24.0)?;
        for (row, choice) in (1u32..).zip(&column.choices) {
            sheet.write_string(row, at, choice)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{OpenOptions, open};

    fn template() -> Template {
        let column = |head: &str, example: &str, choices: &[&str]| TemplateColumn {
            head: head.into(),
            example: example.into(),
            rule: "写清楚".into(),
            choices: choices.iter().map(|choice| choice.to_string()).collect(),
            ..TemplateColumn::default()
        };
        Template {
            name: "工会会员".into(),
            notes: vec!["红色的列必须有。".into()],
            columns: vec![
                column("会员标识", "M1", &[]),
                column("性别", "女", &["男", "女"]),
                column("证件号码", "330226199001010000", &[]),
            ],
        }
    }

    #[test]
    fn a_sample_that_was_left_in_is_no_row() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.xlsx");
        std::fs::write(&path, write(&template()).expect("written")).expect("a file");
        let heads: &[&[&str]] = &[&["会员标识"], &["性别"], &["证件号码"]];
        let mut reader = open(
            &path,
            &OpenOptions {
                required: heads,
                known: heads,
                max_bytes: 1 << 20,
            },
        )
        .expect("opened");
        assert_eq!(reader.heads(), ["会员标识", "性别", "证件号码"]);
        let mut rows = Vec::new();
        while reader.next_batch(10, &mut rows).expect("read") {}
        assert!(rows.is_empty(), "{rows:?}");
    }

    #[test]
    fn drop_downs_take_the_choices_and_every_cell_is_text() {
        let bytes = write(&template()).expect("written");
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook");
        let mut sheet = String::new();
        let mut entry = zip.by_name("xl/worksheets/sheet1.xml").expect("the first sheet");
        std::io::Read::read_to_string(&mut entry, &mut sheet).expect("text");
        assert!(
            sheet.contains("<formula1>'可选值'!$A$2:$A$3</formula1>"),
            "{sheet}"
        );
        assert!(
            !sheet.contains("<v>330226199001010000</v>"),
            "a number would be rounded"
        );
    }
}

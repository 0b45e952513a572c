//! Workbooks for people: text stays text, nothing becomes a formula, a watermark says who took it out.

use std::borrow::Cow;

use rust_xlsxwriter::{Format, FormatBorder, Note, Workbook, XlsxError};

use crate::OfficeError;

/// How a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Left-aligned text; codes and phone numbers belong here.
    Text,
    /// Right-aligned number.
    Number,
}

/// One column of a workbook.
#[derive(Debug, Clone)]
pub struct Column {
    /// Head.
    pub label: String,
    /// Width in characters of the default font.
    pub width: f64,
    /// How it is shown.
    pub kind: ColumnKind,
}

impl Column {
    /// A text column.
    pub fn text(label: impl Into<String>, width: f64) -> Column {
        Column {
            label: label.into(),
            width,
            kind: ColumnKind::Text,
        }
    }

    /// A number column.
    pub fn number(label: impl Into<String>, width: f64) -> Column {
        Column {
            label: label.into(),
            width,
            kind: ColumnKind::Number,
        }
    }
}

/// What a workbook shows besides its rows.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// Sheet name, at most 31 characters.
    pub name: String,
    /// Line above the heads.
    pub title: Option<String>,
    /// Heads, left to right.
    pub columns: Vec<Column>,
    /// Who took it out and when; printed in the footer and under the title.
    pub watermark: Option<String>,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Text, written as text whatever it looks like.
    Text(Cow<'a, str>),
    /// Text in a cell that is at fault: coloured, with a note that says why.
    Marked(Cow<'a, str>, Option<String>),
    /// A number.
    Number(f64),
    /// Nothing.
    Empty,
}

impl<'a> Value<'a> {
    /// Text, or an empty cell when there is none.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Value<'a> {
        let text = text.into();
        if text.is_empty() {
            Value::Empty
        } else {
            Value::Text(text)
        }
    }

    /// A number, or an empty cell when it is unknown.
    pub fn number(number: Option<i64>) -> Value<'a> {
        number.map_or(Value::Empty, |n| Value::Number(n as f64))
    }
}

/// Rows a sheet of the format can hold.
const SHEET_ROWS: u32 = 1_048_576;

/// Writes one table, over several sheets when one is full, at flat memory.
pub struct WorkbookWriter {
    workbook: Workbook,
    sheet: Sheet,
    sheet_count: usize,
    next_row: u32,
    text: Format,
    number: Format,
    fault: Format,
}

impl WorkbookWriter {
    /// Starts a workbook with the sheet's heads.
    pub fn create(sheet: Sheet) -> Result<WorkbookWriter, OfficeError> {
        WorkbookWriter::start(sheet, Workbook::new())
    }

    fn start(sheet: Sheet, workbook: Workbook) -> Result<WorkbookWriter, OfficeError> {
        let text = Format::new().set_num_format("@");
        let number = Format::new().set_num_format("#,##0.######");
        let mut writer = WorkbookWriter {
            workbook,
            sheet,
            sheet_count: 0,
            next_row: 0,
            fault: text
                .clone()
                .set_background_color("FFE1DE")
                .set_font_color("B42318"),
            text,
            number,
        };
        writer.start_sheet().map_err(failed)?;
        Ok(writer)
    }

    /// The same with what is written on the way kept in a folder instead of the system's own.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn create_in(sheet: Sheet, folder: &std::path::Path) -> Result<WorkbookWriter, OfficeError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder).map_err(failed)?;
        WorkbookWriter::start(sheet, workbook)
    }

    /// Adds one row; values beyond the columns are left out.
    pub fn row(&mut self, values: &[Value<'_>]) -> Result<(), OfficeError> {
        if self.next_row == SHEET_ROWS {
            self.start_sheet().map_err(failed)?;
        }
        let row = self.next_row;
        let WorkbookWriter {
            workbook,
            sheet_count,
            text,
            number,
            fault,
            ..
        } = self;
        let sheet = workbook.worksheet_from_index(*sheet_count - 1).map_err(failed)?;
        for (column, value) in values.iter().enumerate() {
            let column = column as u16;
            match value {
                Value::Text(t) => sheet.write_string_with_format(row, column, clip(&neutralise(t)), text),
                Value::Marked(t, note) => {
                    if let Some(note) = note {
                        let note = Note::new(clip(note)).add_author_prefix(false).set_author("工会");
                        sheet.insert_note(row, column, &note).map_err(failed)?;
                    }
                    sheet.write_string_with_format(row, column, clip(&neutralise(t)), fault)
                }
                Value::Number(n) => sheet.write_number_with_format(row, column, *n, number),
                Value::Empty => continue,
            }
            .map_err(failed)?;
        }
        self.next_row += 1;
        Ok(())
    }

    /// Goes on with another table on a sheet of its own, under the same title and watermark.
    ///
    /// # Errors
    /// The workbook cannot be written.
    pub fn next_sheet(&mut self, name: &str, columns: Vec<Column>) -> Result<(), OfficeError> {
        self.sheet.name = name.to_owned();
        self.sheet.columns = columns;
        self.start_sheet().map_err(failed)
    }

    /// Writes the finished file to a path, at flat memory.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(mut self, path: &std::path::Path) -> Result<(), OfficeError> {
        self.workbook.save(path).map_err(failed)
    }

    /// The finished file's bytes.
    pub fn finish(mut self) -> Result<Vec<u8>, OfficeError> {
        self.workbook.save_to_buffer().map_err(failed)
    }

    fn start_sheet(&mut self) -> Result<(), XlsxError> {
        self.sheet_count += 1;
        let is_taken = self
            .workbook
            .worksheets()
            .iter()
            .any(|sheet| sheet.name() == self.sheet.name);
        let name = if !is_taken {
            self.sheet.name.clone()
        } else {
            format!("{} {}", self.sheet.name, self.sheet_count)
        };
        let head = Format::new()
            .set_bold()
            .set_background_color("F2F4F7")
            .set_border_bottom(FormatBorder::Thin);
        let worksheet = self.workbook.add_worksheet_with_constant_memory()?;
        worksheet.set_name(name.chars().take(31).collect::<String>())?;
        for (i, column) in self.sheet.columns.iter().enumerate() {
            worksheet.set_column_width(i as u16, column.width)?;
        }
        let mut row = 0;
        for (line, format) in [
            (&self.sheet.title, Format::new().set_bold().set_font_size(14)),
            (&self.sheet.watermark, Format::new().set_font_color("667085")),
        ] {
            if let Some(line) = line {
                worksheet.write_string_with_format(row, 0, line, &format)?;
                row += 1;
            }
        }
        if let Some(watermark) = &self.sheet.watermark {
            worksheet.set_footer(format!("&L{}&R&P/&N", watermark.replace('&', "&&")));
        }
        for (i, column) in self.sheet.columns.iter().enumerate() {
            worksheet.write_string_with_format(row, i as u16, &column.label, &head)?;
        }
        worksheet.set_freeze_panes(row + 1, 0)?;
        self.next_row = row + 1;
        Ok(())
    }
}

/// Text that no spreadsheet takes for a formula, also after it was saved as CSV: a quote is put before `= + - @` and control
/// characters (OWASP, CSV injection).
pub fn neutralise(text: &str) -> Cow<'_, str> {
    if text.starts_with(begins_formula) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a spreadsheet may take a cell that begins so for a formula.
pub(crate) fn begins_formula(first: char) -> bool {
    matches!(
        first,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠'
    )
}

/// A cell holds at most 32,767 characters.
fn clip(text: &str) -> String {
    text.chars().take(32_767).collect()
}

fn failed(error: XlsxError) -> OfficeError {
    OfficeError::Write(error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cell_at_fault_is_coloured_and_says_why() {
        let mut writer = WorkbookWriter::create(Sheet {
            name: "退回".into(),
            columns: vec![Column::text("姓名", 8.0), Column::text("证件号码", 20.0)],
            ..Sheet::default()
        })
        .unwrap();
        let why = Some("校验码不对".to_owned());
        writer
            .row(&[Value::text("王芳"), Value::Marked("3302".into(), why)])
            .unwrap();
        writer
            .next_sheet("核实", vec![Column::text("标识", 8.0)])
            .unwrap();
        writer.row(&[Value::text("=M1")]).unwrap();
        let bytes = writer.finish().unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut text = |name: &str| {
            let mut text = String::new();
            std::io::Read::read_to_string(&mut archive.by_name(name).unwrap(), &mut text).unwrap();
            text
        };
        let notes = text("xl/comments1.xml");
        assert!(
            notes.contains("ref=\"B2\"") && notes.contains("校验码不对"),
            "{notes}"
        );
        assert!(text("xl/workbook.xml").contains("name=\"核实\""));
        assert!(text("xl/worksheets/sheet2.xml").contains("'=M1"));
        assert!(text("xl/styles.xml").contains("FFE1DE"));
    }
}

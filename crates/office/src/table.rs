//! One way to read every table file: heads first, then batches of rows.

mod csv_file;
mod head;
mod parquet_file;
mod sniff;
#[cfg(test)]
mod tests;
mod xlsx_file;

use std::path::Path;

use crate::OfficeError;
pub use head::head_key;
pub use sniff::Format;

/// One cell as text; empty text = an empty cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// The cell's text, blanks at both ends removed.
    pub text: String,
    /// Why the cell cannot be trusted (its digits were lost before it came here), in words for the sender.
    pub damage: Option<&'static str>,
}

impl Cell {
    /// What somebody typed or pasted, read as a file's cell is.
    pub fn typed(text: &str) -> Cell {
        text_cell(text)
    }
}

/// One data row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Row number as the sender sees it in the file, from 1, heads included.
    pub number: u64,
    /// Cells in the order of [`TableReader::heads`].
    pub cells: Vec<Cell>,
    /// Set when the row's structure is broken (cells missing or surplus).
    pub broken: Option<String>,
}

impl Row {
    fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.text.is_empty())
    }

    /// A remark under the table (注：…, 说明：…): one filled cell that begins like one; or its sums (合计, , 6 人).
    fn is_note(&self) -> bool {
        let mut filled = self.cells.iter().filter(|cell| !cell.text.is_empty());
        let Some(first) = filled.next() else {
            return false;
        };
        let is_alone = filled.next().is_none();
        let is_sample = first.text.starts_with(SAMPLE);
        self.cells.len() > 1 && (is_sample || is_sum(&first.text) || (is_alone && begins_note(&first.text)))
    }
}

fn is_sum(text: &str) -> bool {
    let word: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !"：:".contains(*c))
        .collect();
    matches!(word.as_str(), "合计" | "总计" | "小计" | "共计")
}

/// With this the first cell of a template's sample row begins, so that a sample which somebody left in is taken for a note.
pub const SAMPLE: &str = "【示例】";

fn begins_note(text: &str) -> bool {
    ["注", "说明", "备注", "填表", "制表", "合计", "＊", "※"]
        .iter()
        .any(|start| text.starts_with(start))
}

/// What the reader must know to find the heads.
#[derive(Debug, Clone, Copy)]
pub struct OpenOptions<'a> {
    /// For each required column its accepted spellings.
    pub required: &'a [&'a [&'a str]],
    /// The spellings of each known column, required or not. The first two are its official heads: a file with both is refused.
    pub known: &'a [&'a [&'a str]],
    /// Largest file taken, bytes; for XLSX also eight times this unpacked.
    pub max_bytes: u64,
}

/// Reads one file's table, row after row, at flat memory.
pub struct TableReader {
    heads: Vec<String>,
    keys: Vec<String>,
    format: Format,
    sheet: Option<String>,
    rows: Box<dyn RowSource>,
}

/// A format's stream of rows.
trait RowSource: Send {
    /// Appends at most `max_rows` rows; false when the table is at its end.
    fn next_batch(&mut self, max_rows: usize, into: &mut Vec<Row>) -> Result<bool, OfficeError>;
    /// Work done and in all, in one unit.
    fn progress(&self) -> (u64, u64);
}

struct Opened {
    heads: Vec<String>,
    sheet: Option<String>,
    rows: Box<dyn RowSource>,
}

/// Opens `path` and finds its heads. The content decides the format; a name that says otherwise is refused.
pub fn open(path: &Path, options: &OpenOptions<'_>) -> Result<TableReader, OfficeError> {
    let format = sniff::format_of(path, options.max_bytes)?;
    let opened = match format {
        Format::Csv => csv_file::open(path, options)?,
        Format::Xlsx => xlsx_file::open(path, options)?,
        Format::Parquet => parquet_file::open(path, options)?,
    };
    let keys = opened.heads.iter().map(|head| head_key(head)).collect();
    Ok(TableReader {
        heads: opened.heads,
        keys,
        format,
        sheet: opened.sheet,
        rows: opened.rows,
    })
}

impl TableReader {
    /// The column heads as written, left to right.
    pub fn heads(&self) -> &[String] {
        &self.heads
    }

    /// Position of the column that has one of these heads, the earliest of them that is there.
    pub fn column(&self, spellings: &[&str]) -> Option<usize> {
        self.columns(spellings).first().copied()
    }

    /// Positions of all columns that have one of these heads, in the order of the spellings.
    pub fn columns(&self, spellings: &[&str]) -> Vec<usize> {
        let places = spellings.iter().filter_map(|spelling| {
            let key = head_key(spelling);
            self.keys.iter().position(|head| *head == key)
        });
        let mut found = Vec::new();
        for at in places {
            if !found.contains(&at) {
                found.push(at);
            }
        }
        found
    }

    /// The format found.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The sheet read, for workbooks.
    pub fn sheet(&self) -> Option<&str> {
        self.sheet.as_deref()
    }

    /// Appends at most `max_rows` rows to `into`; blank rows and remarks under the table are left out. False at the end.
    pub fn next_batch(&mut self, max_rows: usize, into: &mut Vec<Row>) -> Result<bool, OfficeError> {
        let from = into.len();
        let more = self.rows.next_batch(max_rows, into)?;
        let mut kept = from;
        for index in from..into.len() {
            if into[index].broken.is_some() || !(into[index].is_blank() || into[index].is_note()) {
                into.swap(kept, index);
                kept += 1;
            }
        }
        into.truncate(kept);
        Ok(more)
    }

    /// Work done and in all: bytes for CSV, rows for Parquet, rows and the sheet's stated extent for XLSX.
    pub fn progress(&self) -> (u64, u64) {
        self.rows.progress()
    }
}

/// Digits beyond this many are lost when a spreadsheet takes a number.
const SAFE_INTEGER: f64 = 1e15;

const LOST_DIGITS: &str =
    "表格软件把长数字存成了数值，第 15 位以后的数字已丢失，无法还原；请在原系统中按文本格式重新导出";
const SCIENTIFIC: &str =
    "内容是科学计数法（如 3.30204E+17），后面的数字已丢失，无法还原；请在原系统中按文本格式重新导出";

const CONTROL: &str = "单元格里有看不见的控制字符（如 NUL），内容可能已损坏，请重新填写";

/// A text cell: trimmed, without the apostrophe by which spreadsheets are told that a cell is text, with scientific notation
/// and control characters recognised as damage. The latter are left out: no database, page or workbook takes all of them.
fn text_cell(text: &str) -> Cell {
    let text = unmarked(text.trim());
    if text
        .bytes()
        .any(|b| b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r'))
    {
        return Cell {
            damage: Some(CONTROL),
            text: text
                .chars()
                .filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))
                .collect(),
        };
    }
    Cell {
        damage: is_scientific(text).then_some(SCIENTIFIC),
        text: text.to_owned(),
    }
}

/// What stands behind an apostrophe that only says "this is text": before a digit, or before a sign that would begin a formula, where
/// our own exports put one.
fn unmarked(text: &str) -> &str {
    let Some(rest) = text.strip_prefix('\'') else {
        return text;
    };
    let is_mark = rest.starts_with(|c: char| c.is_ascii_digit() || crate::workbook::begins_formula(c));
    if is_mark { rest } else { text }
}

/// A number as a spreadsheet or data frame held it.
fn number_cell(value: f64) -> Cell {
    if !value.is_finite() {
        return Cell::default();
    }
    if value.fract() == 0.0 {
        let damage = (value.abs() >= SAFE_INTEGER).then_some(LOST_DIGITS);
        return Cell {
            text: format!("{value:.0}"),
            damage,
        };
    }
    Cell {
        text: value.to_string(),
        damage: None,
    }
}

fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    // `12E10` alone may be somebody's key; a point or a plus sign makes it a number.
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let plain = exponent.strip_prefix('+').unwrap_or(exponent);
    let is_number = mantissa.contains('.') || exponent.starts_with('+');
    is_number && digits(whole) && digits(part) && digits(plain) && plain.parse::<u32>().is_ok_and(|e| e >= 8)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

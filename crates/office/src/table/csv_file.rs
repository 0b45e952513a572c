//! CSV: UTF-8 with or without BOM, or GB 18030; comma, semicolon or tab.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8};

use super::head::{self, HEAD_SEARCH_ROWS};
use super::{OpenOptions, Opened, Row, RowSource, begins_note, file_name, text_cell};
use crate::OfficeError;

/// Bytes looked at to tell the encoding, from the first byte that is not ASCII on.
const SAMPLE_BYTES: usize = 1 << 20;

/// Text that one row may hold. A quote that is never closed would otherwise swallow the rest of the file into one cell.
const ROW_BYTES_MAX: u64 = 8 << 20;

type Csv = csv::Reader<BufReader<Decoded>>;

pub(super) fn open(path: &Path, options: &OpenOptions<'_>) -> Result<Opened, OfficeError> {
    let file = file_name(path);
    let unreadable = |e: std::io::Error| OfficeError::unreadable(file.clone(), &e);
    let encoding = encoding_of(path, &file)?;
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    let handle = File::open(path).map_err(unreadable)?;
    let in_row = Arc::new(AtomicU64::new(0));
    let mut reader = BufReader::with_capacity(1 << 16, Decoded::new(handle, encoding, in_row.clone()));
    let separator = separator_of(&mut reader).map_err(|e| from_io(&file, 1, &e))?;
    reader.get_mut().separator = separator;
    let csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(reader);
    let mut rows = CsvRows {
        path: path.to_owned(),
        file,
        encoding,
        separator,
        csv,
        record: csv::StringRecord::new(),
        waiting: VecDeque::new(),
        number: 0,
        heads: Vec::new(),
        in_row,
        size,
    };
    let mut texts: Vec<Vec<String>> = Vec::new();
    let mut numbers = Vec::new();
    while texts.len() < HEAD_SEARCH_ROWS && rows.read()? {
        texts.push(rows.record.iter().map(str::to_owned).collect());
        numbers.push(rows.number);
        rows.waiting.push_back((rows.number, rows.record.clone()));
    }
    if texts.is_empty() {
        return Err(OfficeError::Empty {
            file: rows.file,
            found: "只有空行",
        });
    }
    let found = head::find(&rows.file, &texts, &numbers, options).map_err(|refusal| *refusal.error)?;
    rows.waiting.drain(..=found.index);
    rows.heads.clone_from(&found.heads);
    Ok(Opened {
        heads: found.heads,
        sheet: None,
        rows: Box::new(rows),
    })
}

struct CsvRows {
    path: PathBuf,
    file: String,
    encoding: &'static Encoding,
    separator: u8,
    csv: Csv,
    record: csv::StringRecord,
    /// Rows read while the heads were looked for, each with its number.
    waiting: VecDeque<(u64, csv::StringRecord)>,
    /// Number of the row in `record`, as a spreadsheet counts: blank lines count, line breaks inside a cell do not.
    number: u64,
    heads: Vec<String>,
    in_row: Arc<AtomicU64>,
    size: u64,
}

impl CsvRows {
    /// The next row into `record`; false at the end of the file.
    fn read(&mut self) -> Result<bool, OfficeError> {
        self.in_row.store(0, Ordering::Relaxed);
        let (start, line) = (self.csv.position().byte(), self.csv.position().line());
        match self.csv.read_record(&mut self.record) {
            Ok(false) => Ok(false),
            Ok(true) => {
                let lines = self.csv.position().line() - line;
                let blank = if lines > 1 {
                    let inside = self.record.as_slice().bytes().filter(|b| *b == b'\n').count() as u64;
                    lines.saturating_sub(1 + inside)
                } else {
                    0
                };
                self.number += 1 + blank;
                Ok(true)
            }
            Err(error) => Err(self.failure(start, &error)),
        }
    }

    fn take(&mut self) -> Result<bool, OfficeError> {
        let is_last = match self.waiting.pop_front() {
            Some((number, record)) => {
                self.number = number;
                self.record = record;
                self.waiting.is_empty()
            }
            None => {
                if !self.read()? {
                    return Ok(false);
                }
                true
            }
        };
        if is_last {
            self.refuse_cut()?;
        }
        Ok(true)
    }

    /// A file that ends inside a row was cut: the rows before it are not all there were, so none may count. What a cut
    /// between two rows took away, nobody can see.
    fn refuse_cut(&self) -> Result<(), OfficeError> {
        let text = self.csv.get_ref().get_ref();
        if !text.at_end || self.csv.position().byte() != text.total {
            return Ok(());
        }
        let at = self.record.len();
        let reason = if text.quotes % 2 == 1 && self.ends_in_quotes() {
            format!("到{}就断了，这一格的双引号没有闭合", self.column(at))
        } else if text.last != b'\n'
            && text.last != b'\r'
            && at < self.heads.len()
            && !is_remark(&self.record)
        {
            format!(
                "到{}就断了，后面还应有 {} 列",
                self.column(at),
                self.heads.len() - at
            )
        } else {
            return Ok(());
        };
        Err(OfficeError::Broken {
            file: self.file.clone(),
            row: self.number,
            reason,
            cause: String::new(),
        })
    }

    /// Whether the last row's last cell begins with a quote that is never closed.
    fn ends_in_quotes(&self) -> bool {
        let start = self.record.position().map_or(0, csv::Position::byte);
        self.last_cell(start).is_ok_and(|(_, is_open)| is_open)
    }

    fn column(&self, number: usize) -> String {
        match self.heads.get(number.wrapping_sub(1)) {
            Some(head) => format!("第 {number} 列“{head}”"),
            None => format!("第 {number} 列"),
        }
    }

    /// Reads a row that cannot be taken once more, to say where in it the trouble is: the number of its last cell and
    /// whether that cell's quote is open.
    fn last_cell(&self, start: u64) -> std::io::Result<(usize, bool)> {
        let mut text = Decoded::new(File::open(&self.path)?, self.encoding, Arc::default());
        std::io::copy(&mut text.by_ref().take(start), &mut std::io::sink())?;
        let (mut column, mut is_open, mut at_start) = (1, false, true);
        let mut buffer = vec![0; 1 << 16];
        loop {
            // What stopped the first reading stops this one as well; what was met before it is the answer.
            let n = match text.read(&mut buffer) {
                Ok(0) | Err(_) => return Ok((column, is_open)),
                Ok(n) => n,
            };
            for byte in &buffer[..n] {
                match *byte {
                    b'"' if is_open || at_start => (is_open, at_start) = (!is_open, true),
                    b if b == self.separator && !is_open => (column, at_start) = (column + 1, true),
                    _ => at_start = false,
                }
            }
        }
    }

    fn failure(&self, start: u64, error: &csv::Error) -> OfficeError {
        let row = self.number + 1;
        if let csv::ErrorKind::Io(io) = error.kind() {
            let is_long = io.get_ref().is_some_and(|inner| inner.is::<TooLong>());
            return match self.last_cell(start) {
                Ok((column, is_open)) if is_long => OfficeError::Broken {
                    file: self.file.clone(),
                    row,
                    reason: too_long(&self.column(column), is_open),
                    cause: String::new(),
                },
                _ => from_io(&self.file, row, io),
            };
        }
        OfficeError::Broken {
            file: self.file.clone(),
            row,
            reason: "这一行解不开".into(),
            cause: error.to_string(),
        }
    }
}

fn too_long(column: &str, is_open: bool) -> String {
    if is_open {
        format!("{column}的双引号没有闭合，把后面超过 8 MB 的内容都当成了一格，请检查这一格的双引号")
    } else {
        format!("{column}的内容使这一行超过 8 MB，可能丢失了换行")
    }
}

impl RowSource for CsvRows {
    fn next_batch(&mut self, max_rows: usize, into: &mut Vec<Row>) -> Result<bool, OfficeError> {
        for _ in 0..max_rows {
            if !self.take()? {
                return Ok(false);
            }
            into.push(self.row());
        }
        Ok(true)
    }

    fn progress(&self) -> (u64, u64) {
        (self.csv.get_ref().get_ref().read.min(self.size), self.size)
    }
}

impl CsvRows {
    fn row(&self) -> Row {
        let (record, width) = (&self.record, self.heads.len());
        let surplus = record.iter().skip(width).any(|cell| !cell.trim().is_empty());
        let is_blank = record.iter().all(|cell| cell.trim().is_empty());
        let broken = if surplus {
            Some(format!(
                "本行有 {} 列，表头只有 {width} 列；内容里的逗号或引号可能没有转义",
                record.len()
            ))
        } else if record.len() < width && !is_blank && !is_remark(record) {
            Some(format!(
                "本行只有 {} 列，表头有 {width} 列，从{}起缺失；文件可能被截断",
                record.len(),
                self.column(record.len() + 1)
            ))
        } else {
            None
        };
        let cells = (0..width)
            .map(|i| text_cell(record.get(i).unwrap_or("")))
            .collect();
        Row {
            number: self.number,
            cells,
            broken,
        }
    }
}

/// One filled cell at the start of the row that begins as a remark does.
fn is_remark(record: &csv::StringRecord) -> bool {
    record.iter().skip(1).all(|cell| cell.trim().is_empty())
        && record.get(0).is_some_and(|cell| begins_note(cell.trim()))
}

/// Which encoding the file has: told by content, never by name.
fn encoding_of(path: &Path, file: &str) -> Result<&'static Encoding, OfficeError> {
    let unreadable = |e: std::io::Error| OfficeError::unreadable(file.to_owned(), &e);
    let mut handle = File::open(path).map_err(unreadable)?;
    let mut buffer = vec![0u8; SAMPLE_BYTES];
    let mut offset = 0u64;
    loop {
        let n = handle.read(&mut buffer).map_err(unreadable)?;
        if n == 0 {
            return Ok(UTF_8);
        }
        if let Some(at) = buffer[..n].iter().position(|b| !b.is_ascii()) {
            offset += at as u64;
            break;
        }
        offset += n as u64;
    }
    handle.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
    let mut sample = Vec::with_capacity(SAMPLE_BYTES);
    handle
        .take(SAMPLE_BYTES as u64)
        .read_to_end(&mut sample)
        .map_err(unreadable)?;
    if is_utf8(&sample) {
        return Ok(UTF_8);
    }
    if is_gb18030(&sample) {
        return Ok(GB18030);
    }
    let bad = sample.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    let (line, column) = place_of(path, offset + bad as u64);
    Err(OfficeError::Encoding {
        file: file.to_owned(),
        line,
        column,
    })
}

/// UTF-8, also with a damaged place or cut inside a character: read as GB 18030 such a file would become other words
/// without a warning. The reading names the place.
fn is_utf8(sample: &[u8]) -> bool {
    let (mut good, mut bad, mut tail) = (0, 0, 0);
    for chunk in sample.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        tail = chunk.invalid().len();
        bad += usize::from(tail > 0);
    }
    // The sample's end may cut a character.
    let cut = (1..4).contains(&tail) && sample.len() >= tail && starts_char(&sample[sample.len() - tail..]);
    if cut {
        bad -= 1;
    }
    bad == 0 || bad * 4 <= good
}

fn starts_char(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

fn is_gb18030(sample: &[u8]) -> bool {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let mut out = String::with_capacity(sample.len() * 2 + 16);
    // Not the last of it: the sample's end may cut a character.
    let (result, _) = decoder.decode_to_string_without_replacement(sample, &mut out, false);
    // GB 18030 maps almost any byte pair to something; control and private-use characters tell that it is not text.
    matches!(result, DecoderResult::InputEmpty)
        && !out
            .chars()
            .any(|c| ('\u{80}'..='\u{9f}').contains(&c) || ('\u{e000}'..='\u{f8ff}').contains(&c))
}

/// Line and column of a byte, both from 1; separators inside quotes are counted, so the column is a near one.
fn place_of(path: &Path, byte: u64) -> (u64, usize) {
    let before = || {
        let lines = lines_in(File::open(path)?.take(byte))?;
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(byte.saturating_sub(1 << 16)))?;
        let mut near = Vec::new();
        file.take(byte.min(1 << 16)).read_to_end(&mut near)?;
        let line = near.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let separators = near[line..].iter().filter(|b| matches!(b, b',' | b'\t' | b';'));
        Ok::<_, std::io::Error>((lines + 1, separators.count() + 1))
    };
    before().unwrap_or((1, 1))
}

/// Line ends, counted at flat memory: the file may be of any size.
fn lines_in(mut input: impl Read) -> std::io::Result<u64> {
    let mut buffer = vec![0u8; 1 << 16];
    let mut lines = 0;
    loop {
        let n = input.read(&mut buffer)?;
        if n == 0 {
            return Ok(lines);
        }
        lines += buffer[..n].iter().filter(|b| **b == b'\n').count() as u64;
    }
}

fn separator_of(reader: &mut BufReader<Decoded>) -> std::io::Result<u8> {
    let start = std::io::BufRead::fill_buf(reader)?;
    let line = start
        .split(|b| *b == b'\n')
        .find(|line| line.len() > 1)
        .unwrap_or(start);
    let count = |separator: u8| line.iter().filter(|b| **b == separator).count();
    Ok([b',', b'\t', b';']
        .into_iter()
        .max_by_key(|s| (count(*s), *s == b','))
        .unwrap_or(b','))
}

/// Bytes of the file as UTF-8; what is no text ends the stream with an error that names line and column.
struct Decoded {
    file: File,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    raw_len: usize,
    text: Vec<u8>,
    text_at: usize,
    separator: u8,
    /// Line ends before the end of `text`.
    lines: u64,
    /// Separators between the last line end and the end of `text`.
    separators: usize,
    /// Double quotes before the end of `text`: an odd number may mean that one is not closed.
    quotes: u64,
    /// Length of all text before the end of `text`.
    total: u64,
    /// The last byte before that.
    last: u8,
    at_end: bool,
    /// Bytes of the file read.
    read: u64,
    /// Text handed out since the last row began.
    in_row: Arc<AtomicU64>,
}

impl Decoded {
    fn new(file: File, encoding: &'static Encoding, in_row: Arc<AtomicU64>) -> Decoded {
        Decoded {
            file,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; 1 << 16],
            raw_at: 0,
            raw_len: 0,
            text: Vec::new(),
            text_at: 0,
            separator: b',',
            lines: 0,
            separators: 0,
            quotes: 0,
            total: 0,
            last: b'\n',
            at_end: false,
            read: 0,
            in_row,
        }
    }

    fn refill(&mut self) -> std::io::Result<()> {
        if self.raw_at == self.raw_len && !self.at_end {
            self.raw_len = self.file.read(&mut self.raw)?;
            self.raw_at = 0;
            self.at_end = self.raw_len == 0;
            self.read += self.raw_len as u64;
        }
        let room = self
            .decoder
            .max_utf8_buffer_length_without_replacement(self.raw_len - self.raw_at)
            .unwrap_or(1 << 17);
        self.text.resize(room.max(16), 0);
        let (result, used, written) = self.decoder.decode_to_utf8_without_replacement(
            &self.raw[self.raw_at..self.raw_len],
            &mut self.text,
            self.at_end,
        );
        self.raw_at += used;
        self.text.truncate(written);
        self.text_at = 0;
        let nul = self
            .text
            .contains(&0)
            .then(|| self.text.iter().position(|b| *b == 0));
        let nul = nul.flatten();
        self.count(nul.unwrap_or(written));
        if nul.is_some() {
            return Err(self.no_text(Wrong::Nul));
        }
        let in_row = self.in_row.fetch_add(written as u64, Ordering::Relaxed) + written as u64;
        if in_row > ROW_BYTES_MAX {
            return Err(std::io::Error::other(TooLong));
        }
        match result {
            DecoderResult::Malformed(..) if self.at_end => Err(self.no_text(Wrong::CutCharacter)),
            DecoderResult::Malformed(..) => Err(self.no_text(Wrong::Encoding)),
            DecoderResult::InputEmpty | DecoderResult::OutputFull => Ok(()),
        }
    }

    /// Takes the first `len` bytes of `text` into account.
    fn count(&mut self, len: usize) {
        let text = &self.text[..len];
        let Some(last) = text.last() else { return };
        self.last = *last;
        self.total += len as u64;
        self.quotes += text.iter().filter(|b| **b == b'"').count() as u64;
        self.lines += text.iter().filter(|b| **b == b'\n').count() as u64;
        let line = text.iter().rposition(|b| *b == b'\n').map(|at| at + 1);
        let separators = text[line.unwrap_or(0)..].iter().filter(|b| **b == self.separator);
        let separators = separators.count();
        self.separators = separators + if line.is_some() { 0 } else { self.separators };
    }

    fn no_text(&self, what: Wrong) -> std::io::Error {
        std::io::Error::other(NoText {
            line: self.lines + 1,
            column: self.separators + 1,
            what,
        })
    }
}

impl Read for Decoded {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.text_at == self.text.len() {
            if self.at_end && self.raw_at == self.raw_len {
                return Ok(0);
            }
            self.refill()?;
        }
        let n = out.len().min(self.text.len() - self.text_at);
        out[..n].copy_from_slice(&self.text[self.text_at..self.text_at + n]);
        self.text_at += n;
        Ok(n)
    }
}

/// Bytes that are no text, and where.
#[derive(Debug, thiserror::Error)]
#[error("第 {line} 行第 {column} 列附近不是文本")]
struct NoText {
    line: u64,
    column: usize,
    what: Wrong,
}

#[derive(Debug, Clone, Copy)]
enum Wrong {
    /// No character of the encoding.
    Encoding,
    /// The file ends inside a character.
    CutCharacter,
    /// A NUL, as a damaged disk or a broken transfer leaves it.
    Nul,
}

#[derive(Debug, thiserror::Error)]
#[error("一行超过 8 MB")]
struct TooLong;

fn from_io(file: &str, row: u64, error: &std::io::Error) -> OfficeError {
    let broken = |row: u64, reason: String| OfficeError::Broken {
        file: file.to_owned(),
        row,
        reason,
        cause: String::new(),
    };
    let Some(place) = error.get_ref().and_then(|inner| inner.downcast_ref::<NoText>()) else {
        return OfficeError::Broken {
            file: file.to_owned(),
            row,
            reason: "读到这里就读不下去了".into(),
            cause: error.to_string(),
        };
    };
    let (line, column) = (place.line, place.column);
    match place.what {
        Wrong::Encoding => OfficeError::Encoding {
            file: file.to_owned(),
            line,
            column,
        },
        Wrong::CutCharacter => broken(line, format!("到第 {column} 列就断了，断在一个汉字中间")),
        Wrong::Nul => broken(
            line,
            format!("第 {column} 列有空字符（NUL），文件可能在传输或磁盘上损坏"),
        ),
    }
}

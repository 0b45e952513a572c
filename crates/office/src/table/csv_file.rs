//! CSV: UTF-8 with or without BOM, or GB 18030; comma, semicolon or tab.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8};

use super::head::{self, HEAD_SEARCH_ROWS};
use super::{OpenOptions, Opened, Row, RowSource, file_name, text_cell};
use crate::OfficeError;

/// Bytes looked at to tell the encoding, from the first byte that is not ASCII on.
const SAMPLE_BYTES: usize = 1 << 20;

/// Text that one row may hold. A quote that is never closed would otherwise swallow the rest of the file into one cell.
const ROW_BYTES_MAX: u64 = 8 << 20;

pub(super) fn open(path: &Path, options: &OpenOptions<'_>) -> Result<Opened, OfficeError> {
    let file = file_name(path);
    let broken = |reason: String| OfficeError::Broken {
        file: file.clone(),
        row: 0,
        reason,
    };
    let encoding = encoding_of(path, &file)?;
    let size = std::fs::metadata(path).map_err(|e| broken(e.to_string()))?.len();
    let read = Arc::new(AtomicU64::new(0));
    let handle = File::open(path).map_err(|e| broken(e.to_string()))?;
    let in_row = Arc::new(AtomicU64::new(0));
    let decoded = Decoded::new(handle, encoding, read.clone(), in_row.clone());
    let mut reader = BufReader::with_capacity(1 << 16, decoded);
    let separator = separator_of(&mut reader).map_err(|e| from_io(&file, 1, &e))?;
    let mut csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(reader);
    let mut first: Vec<csv::StringRecord> = Vec::new();
    let mut record = csv::StringRecord::new();
    while first.len() < HEAD_SEARCH_ROWS
        && csv
            .read_record(&mut record)
            .map_err(|e| from_csv(&file, first.len() as u64 + 1, &e))?
    {
        first.push(record.clone());
    }
    let texts: Vec<Vec<String>> = first
        .iter()
        .map(|r| r.iter().map(str::to_owned).collect())
        .collect();
    let found = head::find(&file, &texts, options)?;
    let waiting: std::collections::VecDeque<csv::StringRecord> = first.drain(found.index + 1..).collect();
    let rows = CsvRows {
        file,
        csv,
        record,
        waiting,
        next_number: found.index as u64 + 2,
        width: found.heads.len(),
        read,
        in_row,
        size,
    };
    Ok(Opened {
        heads: found.heads,
        sheet: None,
        rows: Box::new(rows),
    })
}

struct CsvRows {
    file: String,
    csv: csv::Reader<BufReader<Decoded>>,
    record: csv::StringRecord,
    waiting: std::collections::VecDeque<csv::StringRecord>,
    next_number: u64,
    width: usize,
    read: Arc<AtomicU64>,
    in_row: Arc<AtomicU64>,
    size: u64,
}

impl CsvRows {
    fn take(&mut self) -> Result<bool, OfficeError> {
        if let Some(waiting) = self.waiting.pop_front() {
            self.record = waiting;
            return Ok(true);
        }
        self.in_row.store(0, Ordering::Relaxed);
        self.csv
            .read_record(&mut self.record)
            .map_err(|e| from_csv(&self.file, self.next_number, &e))
    }
}

impl RowSource for CsvRows {
    fn next_batch(&mut self, max_rows: usize, into: &mut Vec<Row>) -> Result<bool, OfficeError> {
        for _ in 0..max_rows {
            if !self.take()? {
                return Ok(false);
            }
            into.push(row_of(&self.record, self.next_number, self.width));
            self.next_number += 1;
        }
        Ok(true)
    }

    fn progress(&self) -> (u64, u64) {
        (self.read.load(Ordering::Relaxed).min(self.size), self.size)
    }
}

fn row_of(record: &csv::StringRecord, number: u64, width: usize) -> Row {
    let surplus = record.iter().skip(width).any(|cell| !cell.trim().is_empty());
    let is_blank = record.iter().all(|cell| cell.trim().is_empty());
    let is_remark = record.len() == 1 || record.iter().skip(1).all(|cell| cell.trim().is_empty());
    let broken = if surplus {
        Some(format!(
            "本行有 {} 列，表头只有 {width} 列；内容里的逗号或引号可能没有转义",
            record.len()
        ))
    } else if record.len() < width && !is_blank && !is_remark {
        Some(format!(
            "本行只有 {} 列，表头有 {width} 列；文件可能被截断",
            record.len()
        ))
    } else {
        None
    };
    let cells = (0..width)
        .map(|i| text_cell(record.get(i).unwrap_or("")))
        .collect();
    Row {
        number,
        cells,
        broken,
    }
}

/// Which encoding the file has: told by content, never by name.
fn encoding_of(path: &Path, file: &str) -> Result<&'static Encoding, OfficeError> {
    let unreadable = |e: std::io::Error| OfficeError::Unreadable {
        file: file.to_owned(),
        reason: e.to_string(),
    };
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
    let whole = sample.len() < SAMPLE_BYTES;
    [UTF_8, GB18030]
        .into_iter()
        .find(|e| decodes(e, &sample, whole))
        .ok_or_else(|| OfficeError::Encoding {
            file: file.to_owned(),
            line: line_of_first_bad_byte(path, offset, &sample),
        })
}

fn decodes(encoding: &'static Encoding, sample: &[u8], whole: bool) -> bool {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut out = String::with_capacity(sample.len() * 2 + 16);
    let (result, _) = decoder.decode_to_string_without_replacement(sample, &mut out, whole);
    // GB 18030 maps almost any byte pair to something; control and private-use characters tell that it is not text.
    matches!(result, DecoderResult::InputEmpty)
        && !out
            .chars()
            .any(|c| ('\u{80}'..='\u{9f}').contains(&c) || ('\u{e000}'..='\u{f8ff}').contains(&c))
}

fn line_of_first_bad_byte(path: &Path, offset: u64, sample: &[u8]) -> u64 {
    let before = File::open(path)
        .and_then(|file| lines_in(file.take(offset)))
        .unwrap_or(0);
    let valid = std::str::from_utf8(sample).err().map_or(0, |e| e.valid_up_to());
    before + sample[..valid].iter().filter(|b| **b == b'\n').count() as u64 + 1
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

/// Bytes of the file as UTF-8; a sequence that cannot be read ends the stream with an error that names the line.
struct Decoded {
    file: File,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    raw_len: usize,
    text: Vec<u8>,
    text_at: usize,
    lines: u64,
    at_end: bool,
    read: Arc<AtomicU64>,
    /// Text handed out since the last row began.
    in_row: Arc<AtomicU64>,
}

impl Decoded {
    fn new(file: File, encoding: &'static Encoding, read: Arc<AtomicU64>, in_row: Arc<AtomicU64>) -> Decoded {
        Decoded {
            file,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; 1 << 16],
            raw_at: 0,
            raw_len: 0,
            text: Vec::new(),
            text_at: 0,
            lines: 0,
            at_end: false,
            read,
            in_row,
        }
    }

    fn refill(&mut self) -> std::io::Result<()> {
        if self.raw_at == self.raw_len && !self.at_end {
            self.raw_len = self.file.read(&mut self.raw)?;
            self.raw_at = 0;
            self.at_end = self.raw_len == 0;
            self.read.fetch_add(self.raw_len as u64, Ordering::Relaxed);
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
        self.lines += self.text.iter().filter(|b| **b == b'\n').count() as u64;
        let in_row = self.in_row.fetch_add(written as u64, Ordering::Relaxed) + written as u64;
        if in_row > ROW_BYTES_MAX {
            return Err(std::io::Error::other(OpenQuote));
        }
        match result {
            DecoderResult::Malformed(..) => Err(std::io::Error::other(BadEncoding { line: self.lines + 1 })),
            DecoderResult::InputEmpty | DecoderResult::OutputFull => Ok(()),
        }
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

#[derive(Debug, thiserror::Error)]
#[error("第 {line} 行的文字编码无法识别")]
struct BadEncoding {
    line: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("从这一行起双引号没有闭合，一行超过 8 MB；请检查该行单元格里的双引号")]
struct OpenQuote;

fn from_io(file: &str, row: u64, error: &std::io::Error) -> OfficeError {
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<BadEncoding>())
    {
        Some(bad) => OfficeError::Encoding {
            file: file.to_owned(),
            line: bad.line,
        },
        None => OfficeError::Broken {
            file: file.to_owned(),
            row,
            reason: error.to_string(),
        },
    }
}

fn from_csv(file: &str, row: u64, error: &csv::Error) -> OfficeError {
    match error.kind() {
        csv::ErrorKind::Io(io) => from_io(file, row, io),
        _ => OfficeError::Broken {
            file: file.to_owned(),
            row,
            reason: error.to_string(),
        },
    }
}

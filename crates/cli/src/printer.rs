//! All output: data to stdout or a file, messages to stderr, in one place.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use app::error::AppError;
use app::export::{Cell, ColumnType, Export};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};

use crate::args::Format;

/// A line for the person at the terminal.
pub fn say(message: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr(), "{}", message.as_ref());
}

/// A line of data for people.
pub fn line(text: impl AsRef<str>) -> Result<()> {
    writeln!(std::io::stdout(), "{}", text.as_ref())?;
    Ok(())
}

/// One JSON object on a line of its own.
pub fn object(value: &Value) -> Result<()> {
    line(value.to_string())
}

/// Whether a command ended because nobody reads its output any more.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_pipe = |io: &std::io::Error| io.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(is_pipe)
            || cause
                .downcast_ref::<csv::Error>()
                .is_some_and(|csv| matches!(csv.kind(), csv::ErrorKind::Io(io) if is_pipe(io)))
    })
}

/// Why a command ended with 1: what happened, which field, what to do.
pub fn failure(error: &anyhow::Error) {
    let mut err = std::io::stderr();
    match error.downcast_ref::<AppError>() {
        Some(app) => {
            let _ = writeln!(err, "错误 {}：{}", app.code, app.message);
            for field in &app.fields {
                let _ = writeln!(err, "  {}：{}", field.field, field.message);
            }
            if let Some(hint) = &app.hint {
                let _ = writeln!(err, "  怎么办：{hint}");
            }
            let mut cause = std::error::Error::source(app);
            while let Some(inner) = cause {
                let _ = writeln!(err, "  原因：{inner}");
                cause = inner.source();
            }
        }
        None => {
            let _ = writeln!(err, "错误：{error:#}");
        }
    }
}

/// A small table of named values, printed in the format asked for.
pub struct Table {
    heads: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    pub fn new(heads: impl Into<Vec<&'static str>>) -> Table {
        Table {
            heads: heads.into(),
            rows: Vec::new(),
        }
    }

    pub fn row(&mut self, values: impl Into<Vec<Value>>) {
        self.rows.push(values.into());
    }

    #[cfg(test)]
    pub fn rows(&self) -> &[Vec<Value>] {
        &self.rows
    }

    /// Prints to stdout.
    pub fn print(&self, format: Format) -> Result<()> {
        let mut out = BufWriter::new(std::io::stdout().lock());
        match format {
            Format::Table => self.print_table(&mut out)?,
            Format::Json => {
                for row in &self.rows {
                    let object: Map<String, Value> = self
                        .heads
                        .iter()
                        .map(|h| (*h).to_owned())
                        .zip(row.iter().cloned())
                        .collect();
                    writeln!(out, "{}", Value::Object(object))?;
                }
            }
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(&mut out);
                csv.write_record(&self.heads)?;
                for row in &self.rows {
                    csv.write_record(row.iter().map(plain))?;
                }
                csv.flush()?;
            }
            Format::Parquet => {
                anyhow::bail!("这个命令的结果不能写成 Parquet；请用 --format table、json 或 csv")
            }
        }
        out.flush()?;
        Ok(())
    }

    fn print_table(&self, out: &mut impl Write) -> Result<()> {
        writeln!(out, "{}", self.text())?;
        Ok(())
    }

    /// The table for people.
    pub fn text(&self) -> String {
        let mut table = comfy_table::Table::new();
        table
            .load_style(comfy_table::presets::UTF8_FULL_CONDENSED)
            .set_header(&self.heads);
        for row in &self.rows {
            table.add_row(row.iter().map(plain));
        }
        for (index, _) in self.heads.iter().enumerate() {
            if self
                .rows
                .iter()
                .all(|row| row[index].is_number() || row[index].is_null())
                && let Some(column) = table.column_mut(index)
            {
                column.set_cell_alignment(comfy_table::CellAlignment::Right);
            }
        }
        table.to_string()
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Writes an export: CSV and JSON to stdout or a file, Parquet to a file, a table for people.
pub fn export(export: Export, format: Format, out: Option<&Path>) -> Result<()> {
    if out.is_none() && format == Format::Parquet && std::io::stdout().is_terminal() {
        anyhow::bail!("Parquet 是二进制格式；请用 --out FILE");
    }
    to(out, |writer| write_export(export, format, writer))
}

/// Hands over stdout or a file, as [`Outlet`] has them.
pub fn to(out: Option<&Path>, write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    let mut outlet = Outlet::open(out)?;
    write(&mut outlet)?;
    outlet.finish()
}

/// Where data goes: stdout, or a file. A file is written beside its place, brought to the disk and only then renamed: neither a reader nor
/// whoever comes back after a power cut meets half of it under its name. Without [`Outlet::finish`] nothing stays.
pub struct Outlet {
    writer: BufWriter<Box<dyn Sink>>,
    file: Option<Beside>,
}

/// A file before it has its name.
struct Beside {
    partial: PathBuf,
    path: PathBuf,
}

/// What bytes go into, and how they are brought to where they stay.
trait Sink: Write + Send {
    fn settle(&mut self) -> io::Result<()>;
}

impl Sink for io::Stdout {
    fn settle(&mut self) -> io::Result<()> {
        self.flush()
    }
}

impl Sink for File {
    fn settle(&mut self) -> io::Result<()> {
        // What is no plain file (a pipe, /dev/stdout) has nowhere to be brought to.
        match self.metadata()?.is_file() {
            true => self.sync_all(),
            false => self.flush(),
        }
    }
}

impl Outlet {
    pub fn open(out: Option<&Path>) -> Result<Outlet> {
        let Some(path) = out else {
            return Ok(Outlet {
                writer: BufWriter::new(Box::new(io::stdout())),
                file: None,
            });
        };
        let unwritable = || format!("无法写入 {}", path.display());
        let name = path.file_name().with_context(unwritable)?;
        // A device or a pipe is written as it is: nothing can take its place.
        if path.metadata().is_ok_and(|found| !found.is_file()) {
            let device = File::options().write(true).open(path).with_context(unwritable)?;
            return Ok(Outlet {
                writer: BufWriter::new(Box::new(device)),
                file: None,
            });
        }
        let partial = path.with_file_name(format!(".{}.partial", name.to_string_lossy()));
        let file = File::create(&partial).with_context(unwritable)?;
        Ok(Outlet {
            writer: BufWriter::new(Box::new(file)),
            file: Some(Beside {
                partial,
                path: path.to_owned(),
            }),
        })
    }

    /// Gives the file its name. What the disk has no room for is said here at the latest.
    pub fn finish(mut self) -> Result<()> {
        let Some(beside) = self.file.take() else {
            self.writer.flush()?;
            return Ok(self.writer.get_mut().settle()?);
        };
        let settled = self.writer.flush().and_then(|()| self.writer.get_mut().settle());
        let named = settled.and_then(|()| std::fs::rename(&beside.partial, &beside.path));
        if let Err(error) = named {
            let words = format!("无法写入 {}", beside.path.display());
            self.file = Some(beside); // and away with it
            return Err(error).context(words);
        }
        // The new name itself; a file system that cannot be told to keep it keeps it in its own time.
        let folder = beside
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        if let Some(beside) = self.file.take() {
            let _ = std::fs::remove_file(beside.partial);
        }
    }
}

fn write_export(export: Export, format: Format, mut out: impl Write + Send) -> Result<()> {
    match format {
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(&mut out);
            csv.write_record(export.columns.iter().map(|(name, _)| name))?;
            for row in export.rows {
                csv.write_record(row?.iter().map(text_of))?;
            }
            csv.flush()?;
        }
        Format::Json => {
            for row in export.rows {
                let object: Map<String, Value> = export
                    .columns
                    .iter()
                    .map(|(name, _)| (*name).to_owned())
                    .zip(row?.iter().map(json_of))
                    .collect();
                serde_json::to_writer(&mut out, &Value::Object(object))?;
                out.write_all(b"\n")?;
            }
        }
        Format::Table => {
            let mut table = Table::new(export.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>());
            for row in export.rows {
                table.row(row?.iter().map(json_of).collect::<Vec<_>>());
            }
            table.print_table(&mut out)?;
        }
        Format::Parquet => write_parquet(export, &mut out)?,
    }
    out.flush()?;
    Ok(())
}

fn text_of(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Int(number) => number.to_string(),
        Cell::Ratio(ratio) => format!("{ratio:.6}"),
    }
}

fn json_of(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Int(number) => Value::from(*number),
        Cell::Ratio(ratio) => Value::from((ratio * 1e6).round() / 1e6),
    }
}

/// Rows gathered before they are written as one Parquet batch.
const PARQUET_ROWS: usize = 65_536;

fn write_parquet(export: Export, out: &mut (impl Write + Send)) -> Result<()> {
    use lake::columns::{Column, ColumnWriter, Kind};
    let columns = export
        .columns
        .iter()
        .map(|(name, kind)| {
            let kind = match kind {
                ColumnType::Text => Kind::Text,
                ColumnType::Int => Kind::Int,
                ColumnType::Ratio => Kind::Float,
            };
            Column {
                name: (*name).to_owned(),
                kind,
            }
        })
        .collect();
    let mut writer = ColumnWriter::new(columns, out, PARQUET_ROWS)?;
    for row in export.rows {
        for (index, cell) in row?.iter().enumerate() {
            match cell {
                Cell::Empty => writer.null(index),
                Cell::Text(text) => writer.text(index, text),
                Cell::Int(number) => writer.int(index, *number),
                Cell::Ratio(ratio) => writer.float(index, *ratio),
            }
        }
        writer.end_row()?;
    }
    writer.finish()?;
    Ok(())
}

/// Progress on stderr: a bar on a terminal, a line now and then in a log.
#[derive(Clone)]
pub struct Progress {
    bar: Option<ProgressBar>,
    said: Arc<Mutex<Said>>,
}

struct Said {
    stage: String,
    at: Instant,
}

/// Between two lines of one stage in a log.
const LOG_PAUSE: Duration = Duration::from_secs(10);

impl Progress {
    pub fn new() -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            if let Ok(style) =
                ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {elapsed}")
            {
                bar.set_style(style);
            }
            bar
        });
        Progress {
            bar,
            said: Arc::new(Mutex::new(Said {
                stage: String::new(),
                at: Instant::now(),
            })),
        }
    }

    /// Tells `stage` at `done` of `total` (0 = unknown).
    pub fn tell(&self, stage: &str, done: u64, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_message(stage.to_owned());
            bar.set_length(total.max(done));
            bar.set_position(done);
            return;
        }
        let Ok(mut said) = self.said.lock() else { return };
        let is_new = said.stage != stage;
        if is_new || said.at.elapsed() >= LOG_PAUSE {
            let share = if total > 0 && !is_new {
                format!(" {}%", done.min(total) * 100 / total)
            } else {
                String::new()
            };
            say(format!("  {stage}{share}"));
            *said = Said {
                stage: stage.to_owned(),
                at: Instant::now(),
            };
        }
    }

    /// What work in `app` tells its progress to. Nobody asks it to stop here: Ctrl-C ends the process.
    pub fn teller(&self) -> app::progress::Progress {
        let progress = self.clone();
        Arc::new(move |stage, done, total| {
            progress.tell(stage, done, total);
            Ok(())
        })
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_has_its_name_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        std::fs::write(&path, "yesterday").unwrap();
        let names = || {
            let entries = std::fs::read_dir(folder.path()).unwrap();
            let mut names: Vec<String> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        };

        // What stops half-way leaves what was there, and nothing beside it.
        let mut outlet = Outlet::open(Some(&path)).unwrap();
        outlet.write_all(&[b'x'; 100_000]).unwrap();
        assert_eq!(names().len(), 2, "it is written beside its place");
        drop(outlet);
        assert_eq!(names(), ["journal.jsonl"]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "yesterday");

        let mut outlet = Outlet::open(Some(&path)).unwrap();
        outlet.write_all(b"today").unwrap();
        outlet.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "today");
        assert_eq!(names(), ["journal.jsonl"]);
    }

    #[test]
    fn what_the_disk_does_not_take_is_no_success() {
        // A device that is always full: nothing is renamed over it, and the last buffer is not lost in silence.
        let full = Path::new("/dev/full");
        if !full.exists() {
            return;
        }
        let mut outlet = Outlet::open(Some(full)).unwrap();
        outlet.write_all(b"a short line").unwrap();
        assert!(outlet.finish().is_err());
        assert!(to(Some(full), |out| Ok(writeln!(out, "x")?)).is_err());
        assert!(Outlet::open(Some(Path::new("/nowhere/at/all.csv"))).is_err());
    }
}

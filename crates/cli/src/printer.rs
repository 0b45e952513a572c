//! All output: data to stdout or a file, messages to stderr, in one place.

use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;
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

/// Hands over stdout or a file. A file is written beside and renamed at the end: a reader never meets half of it.
pub fn to(out: Option<&Path>, write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    let Some(path) = out else {
        return write(&mut BufWriter::new(std::io::stdout()));
    };
    let partial = path.with_extension("partial");
    let file = std::fs::File::create(&partial).with_context(|| format!("无法写入 {}", partial.display()))?;
    write(&mut BufWriter::new(file))?;
    std::fs::rename(&partial, path).with_context(|| format!("无法写入 {}", path.display()))
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

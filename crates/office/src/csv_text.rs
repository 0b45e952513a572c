//! Text with separators for people and programs (CSV): UTF-8 with a mark that spreadsheets need, nothing becomes a formula.

use std::io::Write;

use crate::OfficeError;
use crate::workbook::neutralise;

/// Writes one table as CSV.
pub struct CsvText<W: Write> {
    rows: csv::Writer<W>,
}

impl<W: Write> CsvText<W> {
    /// Starts the text. The byte-order mark makes spreadsheets read it as UTF-8.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn new(mut out: W) -> Result<CsvText<W>, OfficeError> {
        out.write_all("\u{feff}".as_bytes()).map_err(failed)?;
        let rows = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(out);
        Ok(CsvText { rows })
    }

    /// Adds one row.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<(), OfficeError> {
        let cells: Vec<_> = cells.into_iter().map(neutralise).collect();
        let cells = cells.iter().map(|cell| cell.as_bytes());
        self.rows.write_record(cells).map_err(failed)
    }

    /// Ends the text and gives the output back.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn finish(self) -> Result<W, OfficeError> {
        self.rows.into_inner().map_err(|error| failed(error.to_string()))
    }
}

fn failed(error: impl std::fmt::Display) -> OfficeError {
    OfficeError::Write(error.to_string())
}

//! Tables that go out sealed: text is sealed as it is written; a workbook is put together in a private file first, because its parts are
//! written side by side. Either way at flat memory, and the file is handed out piece by piece.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use codes::crypto::FieldKeys;
use office::csv_text::CsvText;
use office::workbook::{Sheet, Value, WorkbookWriter};
use uuid::Uuid;

use crate::error::AppError;
use crate::intake::{SealedBytes, SealedFrames, Shape, remove, seal_file};
use crate::op::App;

/// Where rows go.
pub(crate) enum Out {
    Csv(Box<CsvText<SealedBytes>>),
    Xlsx(Box<WorkbookWriter>),
}

impl Out {
    /// Begins the file that will lie at `place`; of a sheet text has the heads only.
    pub(crate) fn create(
        shape: Shape,
        sheet: Sheet,
        place: &Path,
        keys: &Arc<FieldKeys>,
        owner: Uuid,
    ) -> Result<Out, AppError> {
        match shape {
            Shape::Csv => {
                let sealed = SealedBytes::create(place, Arc::clone(keys), owner)?;
                let mut text = CsvText::new(sealed)?;
                text.row(sheet.columns.iter().map(|column| column.label.as_str()))?;
                Ok(Out::Csv(Box::new(text)))
            }
            Shape::Xlsx => {
                let folder = place.parent().unwrap_or(place);
                Ok(Out::Xlsx(Box::new(WorkbookWriter::create_in(sheet, folder)?)))
            }
        }
    }

    pub(crate) fn row(&mut self, values: &[Value<'_>]) -> Result<(), AppError> {
        match self {
            Out::Csv(text) => {
                let cells: Vec<Cow<'_, str>> = values.iter().map(text_of).collect();
                Ok(text.row(cells.iter().map(Cow::as_ref))?)
            }
            Out::Xlsx(book) => Ok(book.row(values)?),
        }
    }

    /// Seals it.
    pub(crate) fn finish(self, place: &Path, keys: &Arc<FieldKeys>, owner: Uuid) -> Result<(), AppError> {
        match self {
            Out::Csv(text) => text.finish()?.finish(),
            Out::Xlsx(book) => {
                let part = place.with_extension("part");
                // Made before, so that nobody else may read it while it is written.
                private(&part)?;
                let sealed = book
                    .save(&part)
                    .map_err(AppError::from)
                    .and_then(|()| seal_file(&part, place, keys, owner));
                remove(&part);
                sealed
            }
        }
    }
}

fn text_of<'a>(value: &'a Value<'_>) -> Cow<'a, str> {
    match value {
        Value::Text(text) | Value::Marked(text, _) => Cow::Borrowed(text),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Empty => Cow::Borrowed(""),
    }
}

fn private(path: &Path) -> Result<(), AppError> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|e| AppError::io(path.display(), e))?;
    Ok(())
}

/// A sealed file for a person, opened piece by piece.
pub struct SealedFile {
    pub file_name: String,
    pub content_type: &'static str,
    frames: SealedFrames,
    keys: Arc<FieldKeys>,
}

impl SealedFile {
    /// The file at `place` under the name that the person gives it.
    pub(crate) fn open(
        app: &App,
        file_name: String,
        place: &Path,
        owner: Uuid,
    ) -> Result<SealedFile, AppError> {
        let shape = match file_name.ends_with(".csv") {
            true => Shape::Csv,
            false => Shape::Xlsx,
        };
        Ok(SealedFile {
            frames: SealedFrames::open(place, owner)?,
            content_type: shape.content_type(),
            keys: Arc::clone(&app.keys),
            file_name,
        })
    }
}

impl Iterator for SealedFile {
    type Item = Result<Vec<u8>, AppError>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = self.frames.next()?;
        Some(frame.and_then(|frame| frame.open(&self.keys)))
    }
}

//! Tables that go out sealed: text is sealed as it is written; a workbook is put together in a private file first, because its parts are
//! written side by side. Either way at flat memory, and the file is handed out piece by piece.

use std::borrow::Cow;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use codes::crypto::FieldKeys;
use office::csv_text::CsvText;
use office::pdf::{Fonts, ListPaper, Part, SheetPaper};
use office::workbook::{Sheet, Value, WorkbookWriter};
use uuid::Uuid;

use crate::error::AppError;
use crate::intake::{SealedBytes, SealedFrames, Shape, remove, seal_file};
use crate::op::App;

/// Where rows go.
pub(crate) enum Out {
    Csv(Box<CsvText<SealedBytes>>),
    Xlsx(Box<WorkbookWriter>),
    /// Set when the last row is there: how many pages a paper has stands on its first.
    Pdf(Box<Paper>, Fonts),
}

/// A paper that rows are written on.
pub(crate) enum Paper {
    /// 名册: a line each.
    List(ListPaper),
    /// 登记表: the one row fills the fields of the first part.
    Sheet(SheetPaper),
}

impl Paper {
    fn row(&mut self, values: &[Value<'_>]) {
        let cells = values.iter().map(|value| text_of(value).into_owned());
        match self {
            Paper::List(list) => list.rows.push(cells.collect()),
            Paper::Sheet(sheet) => {
                if let Some(Part::Fields(fields)) = sheet.parts.first_mut() {
                    for (field, value) in fields.iter_mut().zip(cells) {
                        field.value = value;
                    }
                }
            }
        }
    }

    fn typeset(&self, fonts: &Fonts) -> Result<Vec<u8>, AppError> {
        Ok(match self {
            Paper::List(list) => list.typeset(fonts)?,
            Paper::Sheet(sheet) => sheet.typeset(fonts)?,
        })
    }
}

/// What an export of the register becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A workbook.
    Xlsx,
    /// Text.
    Csv,
    /// 名册: a list on paper.
    Pdf,
    /// 登记表: the form of one record, on paper.
    Sheet,
}

impl Form {
    /// Reads `xlsx`, `csv`, `pdf` or `sheet`.
    pub fn from_name(name: &str) -> Option<Form> {
        match name {
            "pdf" => Some(Form::Pdf),
            "sheet" => Some(Form::Sheet),
            other => Shape::from_name(other).map(|shape| match shape {
                Shape::Xlsx => Form::Xlsx,
                Shape::Csv => Form::Csv,
            }),
        }
    }

    /// Whether it is printed: a file for people that no program reads again.
    pub fn is_paper(self) -> bool {
        matches!(self, Form::Pdf | Form::Sheet)
    }

    /// How the name of such a file ends.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Form::Xlsx => "xlsx",
            Form::Csv => "csv",
            Form::Pdf | Form::Sheet => "pdf",
        }
    }
}

const PDF: &str = "application/pdf";

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
            Out::Pdf(paper, _) => {
                paper.row(values);
                Ok(())
            }
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
            Out::Pdf(paper, fonts) => {
                let bytes = paper.typeset(&fonts)?;
                let mut sealed = SealedBytes::create(place, Arc::clone(keys), owner)?;
                sealed
                    .write_all(&bytes)
                    .map_err(|e| AppError::io(place.display(), e))?;
                sealed.finish()
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
        let ending = file_name.rsplit('.').next().unwrap_or_default();
        let content_type = match Shape::from_name(ending) {
            Some(shape) => shape.content_type(),
            None if ending == "pdf" => PDF,
            None => Shape::Xlsx.content_type(),
        };
        Ok(SealedFile {
            frames: SealedFrames::open(place, owner)?,
            content_type,
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

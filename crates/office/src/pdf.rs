//! PDF documents on A4: a list over many pages ([`ListPaper`], 名册) and a form of one record ([`SheetPaper`], 登记表).
//!
//! Typst sets them ([decision 45](../../../docs/decisions/0045-pdf.md)). A document is plain data: it reaches the typesetter as values,
//! never as text of a program, so nothing that somebody typed into a field can be read as markup. The typesetter sees one file of data and
//! the fonts, no disk and no network.
//!
//! What a name is written with is printed or said: a character that no font of the machine has a glyph for is set as its code point,
//! `〔U+2CB4E〕`, and a note at the end of the paper says so; an empty box never stands for somebody's name.

mod fonts;
mod legible;
mod world;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use typst::layout::{Frame, FrameItem};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use crate::OfficeError;
pub use fonts::Fonts;
use legible::{Legible, Set, letters};
use world::PaperWorld;

/// Columns that a page takes.
pub const COLUMNS_MAX: usize = 12;

/// What stands for a value that nobody knows.
pub const UNKNOWN: &str = "—";

/// What stands on every page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imprint {
    /// Whose paper it is: the organisation's name, in the head of each page.
    pub organisation: String,
    /// What it is: `会员名册`.
    pub title: String,
    /// Beside the title, quietly: number, count, day.
    pub about: String,
    /// Who printed it, when and what for, at the foot of each page.
    pub printed: String,
    /// Sentences under the last row, each a line.
    pub notes: Vec<String>,
}

/// A list: its heads are repeated on each page, its rows are numbered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPaper {
    /// What stands on every page.
    pub imprint: Imprint,
    /// Heads, left to right; at most [`COLUMNS_MAX`].
    pub heads: Vec<String>,
    /// Cells of each row, as many as heads; an empty one is printed as [`UNKNOWN`].
    pub rows: Vec<Vec<String>>,
}

/// One line of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What it is.
    pub label: String,
    /// What is registered; an empty one is printed as [`UNKNOWN`].
    pub value: String,
    /// Takes the whole width: names of firms, addresses.
    pub is_wide: bool,
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Labelled values, two beside each other.
    Fields(Vec<Field>),
    /// A table with a heading of its own; `empty` stands where it has no rows.
    Table {
        /// The heading.
        head: String,
        /// Heads of its columns.
        heads: Vec<String>,
        /// How broad each is beside the others.
        widths: Vec<u32>,
        /// Its rows.
        rows: Vec<Vec<String>>,
        /// What is said when there are none.
        empty: String,
    },
    /// Boxes for pen and seal: a heading, what is written under it.
    Seals(Vec<(String, String)>),
}

/// A form of one record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetPaper {
    /// What stands on every page.
    pub imprint: Imprint,
    /// From top to bottom.
    pub parts: Vec<Part>,
}

impl ListPaper {
    /// The paper as PDF. Takes seconds for thousands of rows: off the threads that answer requests.
    ///
    /// # Errors
    /// [`OfficeError::NoFont`] where the machine has no Chinese font; [`OfficeError::Write`] when it cannot be set.
    pub fn typeset(&self, fonts: &Fonts) -> Result<Vec<u8>, OfficeError> {
        typeset(fonts, include_str!("pdf/list.typ"), false, |text| self.data(text))
    }

    fn data(&self, text: &mut Legible<'_>) -> ListData {
        let mut widths = widths(&self.heads, &self.rows);
        widths.insert(0, self.rows.len().to_string().len().max(NUMBER_LETTERS));
        let all_letters: usize = widths.iter().sum();
        let is_wide = all_letters > PORTRAIT_LETTERS;
        let page = if is_wide {
            LANDSCAPE_LETTERS
        } else {
            PORTRAIT_LETTERS
        };
        // What is asked for together may be more than a page has.
        let room = |width: usize| (width * page / all_letters.max(page)).saturating_sub(MARGIN_LETTERS);
        let mut cells = Vec::with_capacity(self.rows.len() * widths.len());
        for (row, number) in self.rows.iter().zip(1..) {
            cells.push(Set::Whole(format!("{number}")));
            for (at, width) in widths.iter().skip(1).enumerate() {
                let cell = row.get(at).map_or("", String::as_str);
                cells.push(value(text, cell, room(*width)));
            }
        }
        let heads = std::iter::once(NUMBER).chain(self.heads.iter().map(String::as_str));
        ListData {
            imprint: imprint(&self.imprint, text),
            is_wide,
            heads: heads.map(|head| text.set(head)).collect(),
            // A row that is taller than a page must break.
            is_breakable: self
                .rows
                .iter()
                .flatten()
                .any(|cell| cell.chars().count() > LONG_CELL),
            cells,
            widths,
        }
    }
}

impl SheetPaper {
    /// The form as PDF.
    ///
    /// # Errors
    /// As [`ListPaper::typeset`].
    pub fn typeset(&self, fonts: &Fonts) -> Result<Vec<u8>, OfficeError> {
        typeset(fonts, include_str!("pdf/sheet.typ"), true, |text| SheetData {
            imprint: imprint(&self.imprint, text),
            parts: self.parts.iter().map(|part| part_data(part, text)).collect(),
        })
    }
}

/// Head of the column that numbers the rows.
const NUMBER: &str = "序号";
/// Width of that column, and of what is left free in every one, in Latin letters.
const NUMBER_LETTERS: usize = 6;
const MARGIN_LETTERS: usize = 2;
/// Latin letters beside each other on a page of a list; one whose columns are broader together is printed across.
const PORTRAIT_LETTERS: usize = 108;
const LANDSCAPE_LETTERS: usize = 160;
/// Latin letters in a field of a form that has half a line, and in one that has the whole.
const FIELD_LETTERS: usize = 24;
const WIDE_LETTERS: usize = 70;
/// The same in a cell of a form's table.
const CELL_LETTERS: usize = 14;
/// A cell of more characters may be broken over pages.
const LONG_CELL: usize = 300;
/// Narrowest and broadest column, in Latin letters.
const COLUMN_LETTERS: std::ops::RangeInclusive<usize> = 6..=34;

/// How broad each column is, in Latin letters: as nine of ten rows need it, so that one long address does not make all others narrow.
fn widths(heads: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    heads
        .iter()
        .enumerate()
        .map(|(at, head)| {
            let mut lengths: Vec<usize> = rows
                .iter()
                .filter_map(|row| Some(letters(row.get(at)?)))
                .collect();
            lengths.sort_unstable();
            let most = lengths.get(lengths.len() * 9 / 10).copied().unwrap_or_default();
            // A head may take two lines.
            let head = letters(head).div_ceil(2) + 1;
            (most.max(head) + MARGIN_LETTERS).clamp(*COLUMN_LETTERS.start(), *COLUMN_LETTERS.end())
        })
        .collect()
}

#[derive(Serialize)]
struct ListData {
    imprint: ImprintData,
    is_wide: bool,
    is_breakable: bool,
    widths: Vec<usize>,
    heads: Vec<Set>,
    cells: Vec<Set>,
}

#[derive(Serialize)]
struct SheetData {
    imprint: ImprintData,
    parts: Vec<PartData>,
}

#[derive(Serialize)]
struct ImprintData {
    organisation: Set,
    title: Set,
    about: Set,
    printed: Set,
    notes: Vec<Set>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum PartData {
    Fields {
        fields: Vec<(Set, Set, bool)>,
    },
    Table {
        head: Set,
        heads: Vec<Set>,
        widths: Vec<u32>,
        /// Row by row.
        cells: Vec<Set>,
        empty: Set,
    },
    Seals {
        seals: Vec<(Set, Set)>,
    },
}

fn value(text: &mut Legible<'_>, value: &str, room: usize) -> Set {
    text.set_in(if value.trim().is_empty() { UNKNOWN } else { value }, room)
}

fn imprint(imprint: &Imprint, text: &mut Legible<'_>) -> ImprintData {
    ImprintData {
        organisation: text.set(&imprint.organisation),
        title: text.set(&imprint.title),
        about: text.set(&imprint.about),
        printed: text.set(&imprint.printed),
        notes: imprint.notes.iter().map(|note| text.set(note)).collect(),
    }
}

fn part_data(part: &Part, text: &mut Legible<'_>) -> PartData {
    match part {
        Part::Fields(fields) => PartData::Fields {
            fields: fields
                .iter()
                .map(|field| {
                    let room = if field.is_wide {
                        WIDE_LETTERS
                    } else {
                        FIELD_LETTERS
                    };
                    (
                        text.set(&field.label),
                        value(text, &field.value, room),
                        field.is_wide,
                    )
                })
                .collect(),
        },
        Part::Table {
            head,
            heads,
            widths,
            rows,
            empty,
        } => PartData::Table {
            head: text.set(head),
            widths: widths.clone(),
            heads: heads.iter().map(|head| text.set(head)).collect(),
            cells: rows
                .iter()
                .flatten()
                .map(|cell| value(text, cell, CELL_LETTERS))
                .collect(),
            empty: text.set(empty),
        },
        Part::Seals(seals) => PartData::Seals {
            seals: seals
                .iter()
                .map(|(head, words)| (text.set(head), text.set(words)))
                .collect(),
        },
    }
}

/// What a template is given.
#[derive(Serialize)]
struct Paper<'a, D> {
    /// Families for running text, heads and titles: the first that has a character sets it.
    text_fonts: &'a [String],
    head_fonts: &'a [String],
    title_fonts: &'a [String],
    /// What is said of characters that could not be printed.
    missing: Option<Set>,
    #[serde(flatten)]
    data: D,
}

/// One paper at a time: setting one takes a processor and some hundred megabytes, and nobody is helped when several wait for each other.
static PRESS: Mutex<()> = Mutex::new(());

/// `is_tagged` says heads and cells to screen readers; of a long list the tags take ten times the room of what is printed.
fn typeset<D: Serialize>(
    fonts: &Fonts,
    template: &'static str,
    is_tagged: bool,
    data: impl Fn(&mut Legible<'_>) -> D,
) -> Result<Vec<u8>, OfficeError> {
    let case = fonts.case()?;
    let _press = PRESS.lock().unwrap_or_else(PoisonError::into_inner);
    // What the fonts say they have and what a glyph came out for can differ: then once more, with the code points.
    let mut without = BTreeSet::new();
    loop {
        let mut text = Legible::new(case, &without);
        let data = data(&mut text);
        let note = text.note();
        let paper = Paper {
            text_fonts: &case.text,
            head_fonts: &case.head,
            title_fonts: &case.title,
            missing: note.map(|note| text.set(&note)),
            data,
        };
        let json = serde_json::to_vec(&paper).map_err(|error| OfficeError::Write(error.to_string()))?;
        let world = PaperWorld::new(case, template, json);
        let document = world.set();
        // Typst remembers what it has set; a paper with people in it is forgotten at once.
        let done = document.and_then(|document| {
            let boxes = empty_boxes(&document);
            if boxes.is_subset(&without) {
                return pdf_of(&document, is_tagged).map(Some);
            }
            without.extend(boxes);
            Ok(None)
        });
        typst::comemo::evict(0);
        if let Some(bytes) = done? {
            return Ok(bytes);
        }
    }
}

fn pdf_of(document: &PagedDocument, is_tagged: bool) -> Result<Vec<u8>, OfficeError> {
    let options = PdfOptions {
        creator: typst::foundations::Smart::Custom(Some("gonghui".to_owned())),
        tagged: is_tagged,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(document, &options).map_err(world::refused)
}

/// Characters that came out as an empty box.
fn empty_boxes(document: &PagedDocument) -> BTreeSet<char> {
    let mut found = BTreeSet::new();
    for page in document.pages() {
        boxes_of(&page.frame, &mut found);
    }
    found
}

fn boxes_of(frame: &Frame, found: &mut BTreeSet<char>) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => boxes_of(&group.frame, found),
            FrameItem::Text(text) => {
                for glyph in text.glyphs.iter().filter(|glyph| glyph.id == 0) {
                    found.extend(
                        text.text[glyph.range()]
                            .chars()
                            .filter(|c| legible::needs_glyph(*c)),
                    );
                }
            }
            _ => {}
        }
    }
}

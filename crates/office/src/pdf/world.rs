//! All that the typesetter sees: the template, one file of data, the fonts. No disk, no network, no packages, no clock.

use std::sync::OnceLock;

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::ecow::EcoVec;
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;

use super::fonts::Case;
use crate::OfficeError;

/// What every paper has: the page, its head and foot.
const COMMON: &str = include_str!("common.typ");

pub(super) struct PaperWorld<'a> {
    case: &'a Case,
    main: Source,
    data: Bytes,
}

/// Names of the two files, known to Typst once for the life of the process.
fn files() -> (FileId, FileId) {
    static FILES: OnceLock<(FileId, FileId)> = OnceLock::new();
    let id = |name: &str| {
        let path = VirtualPath::new(name).expect("a plain name is a path");
        RootedPath::new(VirtualRoot::Project, path).intern()
    };
    *FILES.get_or_init(|| (id("/paper.typ"), id("/paper.json")))
}

impl<'a> PaperWorld<'a> {
    /// A template of this crate, with the data it sets.
    pub fn new(case: &'a Case, template: &'static str, json: Vec<u8>) -> PaperWorld<'a> {
        PaperWorld {
            case,
            main: Source::new(files().0, format!("{COMMON}\n{template}")),
            data: Bytes::new(json),
        }
    }

    /// The pages.
    pub fn set(&self) -> Result<PagedDocument, OfficeError> {
        typst::compile::<PagedDocument>(self).output.map_err(refused)
    }
}

/// Why Typst did not set a paper, in its own words: a fault of the template, never of the data.
pub(super) fn refused(errors: EcoVec<SourceDiagnostic>) -> OfficeError {
    let told: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    OfficeError::Typeset(told.join("; "))
}

impl World for PaperWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        static LIBRARY: OnceLock<LazyHash<Library>> = OnceLock::new();
        LIBRARY.get_or_init(|| LazyHash::new(Library::default()))
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.case.book
    }

    fn main(&self) -> FileId {
        files().0
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == files().0 {
            return Ok(self.main.clone());
        }
        Err(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == files().1 {
            return Ok(self.data.clone());
        }
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.case.font(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

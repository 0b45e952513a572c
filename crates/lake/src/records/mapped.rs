//! Arrow files of one column, mapped into memory: nothing is copied, and pages that nobody looks at are never read.
//!
//! The only `unsafe` of the workspace stands here, three times, each behind what makes it sound (decision 16).

use crate::LakeError;
use arrow::array::{Array, ArrayRef, BinaryArray, StringArray};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::root_as_footer;
use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Length of what ends an Arrow file: the footer's length and the magic word.
const TRAILER: usize = 10;

/// Marks a column of bytes that are text.
const TEXT: &str = "text";

/// An array as it lies in a file: texts as bytes, which nobody has checked yet.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) array: ArrayRef,
    is_text: bool,
}

impl Stored {
    /// An array as it is to be stored.
    pub(crate) fn of(array: ArrayRef) -> Stored {
        match array.as_any().downcast_ref::<StringArray>() {
            Some(texts) => Stored {
                array: Arc::new(BinaryArray::from(texts.clone())),
                is_text: true,
            },
            None => Stored {
                array,
                is_text: false,
            },
        }
    }

    /// Other values of the same sort.
    pub(crate) fn with(&self, array: ArrayRef) -> Stored {
        Stored {
            array,
            is_text: self.is_text,
        }
    }

    /// The field that says what the values are.
    pub(crate) fn field(&self, name: &str) -> Field {
        let field = Field::new(name, self.array.data_type().clone(), true);
        if self.is_text {
            field.with_metadata([(TEXT.to_owned(), "utf-8".to_owned())].into())
        } else {
            field
        }
    }

    fn checked(self) -> Result<ArrayRef, ArrowError> {
        match self.array.as_any().downcast_ref::<BinaryArray>() {
            Some(bytes) if self.is_text => Ok(Arc::new(texts(bytes.clone())?)),
            _ => Ok(self.array),
        }
    }
}

/// The files that somebody mapped, as long as an array lies in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Maps(Arc<Mutex<Vec<Weak<Mmap>>>>);

impl Maps {
    fn note(&self, map: &Arc<Mmap>) {
        self.lock().push(Arc::downgrade(map));
    }

    /// Takes the pages of all of them out of this process's memory. Whoever looks at a value next finds it in the system's copy
    /// of the file, or on the disk.
    pub(crate) fn let_go(&self) {
        self.lock()
            .retain(|map| map.upgrade().is_some_and(|map| let_go_of(&map)));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Mmap>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers that the map is still in use.
#[allow(unsafe_code)]
fn let_go_of(map: &Mmap) -> bool {
    #[cfg(unix)]
    {
        // SAFETY: the map is of a file, can only be read and was never written through: its pages come back as they were. If the
        // system does not do it, they stay.
        let _ = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
    }
    true
}

/// What keeps a map for as long as an array lies in it.
struct Mapped(Arc<Mmap>);

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The array in a file that holds one.
///
/// # Errors
/// The file cannot be opened, or is not what was written.
pub(crate) fn array_in(path: &Path) -> Result<ArrayRef, LakeError> {
    array_noted(path, &Maps::default())
}

/// The same; the map can be let go of.
///
/// # Errors
/// As [`array_in`].
pub(crate) fn array_noted(path: &Path, maps: &Maps) -> Result<ArrayRef, LakeError> {
    decoded_from(path, maps, |file| decoded(file)?.checked())
}

/// The same as it lies there, to be copied into another file: texts are not checked.
///
/// # Errors
/// As [`array_in`].
pub(crate) fn stored_in(path: &Path) -> Result<Stored, LakeError> {
    decoded_from(path, &Maps::default(), decoded)
}

fn decoded_from<T>(
    path: &Path,
    maps: &Maps,
    decode: impl Fn(&Buffer) -> Result<T, ArrowError> + std::panic::RefUnwindSafe,
) -> Result<T, LakeError> {
    let file = map(path, maps).map_err(|error| LakeError::io(path, error))?;
    // The library panics over some headers that were damaged on the disk; to the reader that is an error like others.
    std::panic::catch_unwind(|| decode(&file))
        .unwrap_or_else(|_| Err(ArrowError::IpcError("the header makes no sense".to_owned())))
        .map_err(|source| LakeError::Records {
            path: path.to_owned(),
            source,
        })
}

#[allow(unsafe_code)]
fn map(path: &Path, maps: &Maps) -> io::Result<Buffer> {
    let file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(Buffer::default());
    }
    // SAFETY: memory under a map must not change. These files are written once, before anybody knows of them, in a folder that
    // only the owner of the data may enter: a newer state is another file (`write_array` never writes into one that is
    // there), and a removed one stays as long as it is mapped.
    let map = unsafe { Mmap::map(&file) }?;
    #[cfg(unix)]
    map.advise(memmap2::Advice::WillNeed)?;
    let map = Arc::new(map);
    maps.note(&map);
    Ok(Buffer::from(bytes::Bytes::from_owner(Mapped(map))))
}

fn decoded(file: &Buffer) -> Result<Stored, ArrowError> {
    let cut_off = || ArrowError::IpcError("the file is cut off".to_owned());
    let footer_end = file.len().checked_sub(TRAILER).ok_or_else(cut_off)?;
    let trailer: [u8; TRAILER] = file[footer_end..].try_into().map_err(|_| cut_off())?;
    let footer_start = footer_end
        .checked_sub(read_footer_length(trailer)?)
        .ok_or_else(cut_off)?;
    let footer = root_as_footer(&file[footer_start..footer_end])
        .map_err(|error| ArrowError::IpcError(format!("the footer cannot be read: {error}")))?;
    let schema = fb_to_schema(footer.schema().ok_or_else(cut_off)?);
    let field = schema.fields().first().ok_or_else(cut_off)?;
    let is_text = field.data_type() == &DataType::Binary && field.metadata().contains_key(TEXT);
    if field.data_type() == &DataType::Utf8 {
        return Err(ArrowError::IpcError("text that is not marked as such".to_owned()));
    }
    let Some(block) = footer
        .recordBatches()
        .and_then(|blocks| blocks.iter().next().copied())
    else {
        let array = arrow::array::new_empty_array(field.data_type());
        return Ok(Stored { array, is_text });
    };
    let (from, len) = (
        block.offset() as usize,
        block.metaDataLength() as usize + block.bodyLength() as usize,
    );
    if from.checked_add(len).is_none_or(|end| end > footer_start) {
        return Err(cut_off());
    }
    let batch = FileDecoder::new(Arc::new(schema.clone()), footer.version())
        .read_record_batch(&block, &file.slice_with_length(from, len))?
        .ok_or_else(cut_off)?;
    let array = batch.columns().first().ok_or_else(cut_off)?;
    Ok(Stored {
        array: Arc::clone(array),
        is_text,
    })
}

#[allow(unsafe_code)]
fn texts(bytes: BinaryArray) -> Result<StringArray, ArrowError> {
    let (offsets, values, nulls) = bytes.into_parts();
    // Some thousand at a time, so that what was read as text is still at hand when its bounds are looked at.
    const AT_ONCE: usize = 4_096;
    for first in (0..offsets.len() - 1).step_by(AT_ONCE) {
        let bounds = &offsets[first..offsets.len().min(first + AT_ONCE + 1)];
        let text = &values[bounds[0] as usize..bounds[bounds.len() - 1] as usize];
        // Codes and keys: nothing that could be cut.
        if text.is_ascii() {
            continue;
        }
        simdutf8::basic::from_utf8(text)
            .map_err(|error| ArrowError::InvalidArgumentError(format!("text that is not UTF-8: {error}")))?;
        let is_inside_a_character = |bound: &i32| {
            let next = text.get((bound - bounds[0]) as usize);
            next.is_some_and(|byte| (*byte as i8) < -64)
        };
        if bounds.iter().any(is_inside_a_character) {
            return Err(ArrowError::InvalidArgumentError(
                "a text is cut inside a character".to_owned(),
            ));
        }
    }
    // SAFETY: the offsets came out of a valid array of bytes; between one and another some thousand values later all text is
    // UTF-8, and none of them lies inside a character, so each value is UTF-8 as well.
    Ok(unsafe { StringArray::new_unchecked(offsets, values, nulls) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::write_array;
    use proptest::prelude::*;

    fn back(array: ArrayRef) -> Result<ArrayRef, LakeError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.arrow");
        write_array(&path, "a", array).unwrap();
        array_in(&path)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]

        #[test]
        fn texts_come_back(texts in prop::collection::vec(prop::option::of("[a-z王芳é𠮷]{0,9}"), 0..40)) {
            let array: ArrayRef = Arc::new(StringArray::from(texts));
            prop_assert_eq!(&back(Arc::clone(&array)).unwrap(), &array);
            if array.len() > 2 {
                let part = array.slice(1, array.len() - 2);
                prop_assert_eq!(&back(Arc::clone(&part)).unwrap(), &part);
            }
        }

        /// Whatever one byte of a file becomes, reading it ends, with an array or an error, and an array of text is text.
        #[test]
        fn a_damaged_file_is_an_error_or_text(at in 0usize..2_000, to in any::<u8>()) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.arrow");
            write_array(&path, "a", Arc::new(StringArray::from(vec!["王芳", "李海燕", "", "宁波𠮷祥"]))).unwrap();
            let mut bytes = std::fs::read(&path).unwrap();
            let at = at % bytes.len();
            bytes[at] = to;
            std::fs::write(&path, &bytes).unwrap();
            if let Ok(array) = array_in(&path) && let Some(texts) = array.as_any().downcast_ref::<StringArray>() {
                for text in texts.iter().flatten() {
                    prop_assert!(std::str::from_utf8(text.as_bytes()).is_ok());
                }
            }
        }
    }

    #[test]
    fn what_was_let_go_reads_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.arrow");
        let array: ArrayRef = Arc::new(StringArray::from_iter_values(
            (0..50_000).map(|n| format!("第{n}号厂")),
        ));
        write_array(&path, "a", Arc::clone(&array)).unwrap();
        let maps = Maps::default();
        let (kept, dropped) = (
            array_noted(&path, &maps).unwrap(),
            array_noted(&path, &maps).unwrap(),
        );
        drop(dropped);
        // The file may even be removed: it stays as long as it is mapped.
        std::fs::remove_file(&path).unwrap();
        maps.let_go();
        assert_eq!(maps.lock().len(), 1, "only what is still in use is remembered");
        assert_eq!(&kept, &array);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        // "王" cut in two: valid as a whole, not value by value.
        let cut = BinaryArray::from_vec(vec![&"王".as_bytes()[..1], &"王".as_bytes()[1..]]);
        assert!(texts(cut).unwrap_err().to_string().contains("inside a character"));
        let wrong = BinaryArray::from_vec(vec![b"ok", &[0xff, 0xfe]]);
        assert!(texts(wrong).unwrap_err().to_string().contains("not UTF-8"));
    }
}

//! Files that hold people's rows in plain words for a while (退回行、撤销用原行): sealed frame by frame, mode 0600.
//!
//! A frame is a four-byte length and a sealed run of JSON lines, bound to its batch and its place in the file, so that
//! frames cannot be swapped or taken to another batch unnoticed.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codes::crypto::FieldKeys;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::AppError;

/// Plain bytes gathered before a frame is sealed.
const FRAME_BYTES: usize = 1 << 19;

/// Writes one sealed file. Until [`SealedWriter::finish`] it has a temporary name.
pub(super) struct SealedWriter {
    out: Option<BufWriter<File>>,
    path: PathBuf,
    temporary: PathBuf,
    keys: Arc<FieldKeys>,
    batch: Uuid,
    frame: u64,
    pending: Vec<u8>,
    lines: u64,
}

impl SealedWriter {
    /// Starts the file that will stand at `path`.
    pub(super) fn create(path: &Path, keys: Arc<FieldKeys>, batch: Uuid) -> Result<SealedWriter, AppError> {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".part");
        let temporary = PathBuf::from(temporary);
        let file = private_file(&temporary).map_err(|e| AppError::io(temporary.display(), e))?;
        let out = Some(BufWriter::new(file));
        let path = path.to_owned();
        Ok(SealedWriter {
            out,
            path,
            temporary,
            keys,
            batch,
            frame: 0,
            pending: Vec::new(),
            lines: 0,
        })
    }

    /// Adds one record.
    pub(super) fn push(&mut self, record: &impl Serialize) -> Result<(), AppError> {
        serde_json::to_writer(&mut self.pending, record).map_err(AppError::internal)?;
        self.pending.push(b'\n');
        self.lines += 1;
        if self.pending.len() >= FRAME_BYTES {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> Result<(), AppError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let sealed = self
            .keys
            .seal_bytes(&place(self.batch, self.frame), &self.pending);
        self.pending.clear();
        self.frame += 1;
        let length = u32::try_from(sealed.len()).map_err(AppError::internal)?;
        let out = self.out.as_mut().expect("open until finish takes self");
        out.write_all(&length.to_le_bytes())
            .and_then(|()| out.write_all(&sealed))
            .map_err(|e| AppError::io(self.temporary.display(), e))
    }

    /// Ends the file and gives it its name. Answers how many records it holds; a file without any is not kept.
    pub(super) fn finish(mut self) -> Result<u64, AppError> {
        self.flush()?;
        let out = self.out.take().expect("open until finish takes self");
        let failed = |e: std::io::Error| AppError::io(self.temporary.display(), e);
        let file = out.into_inner().map_err(|e| failed(e.into_error()))?;
        if self.lines == 0 {
            std::fs::remove_file(&self.temporary).map_err(failed)?;
            return Ok(0);
        }
        file.sync_all().map_err(failed)?;
        std::fs::rename(&self.temporary, &self.path).map_err(failed)?;
        Ok(self.lines)
    }
}

impl Drop for SealedWriter {
    fn drop(&mut self) {
        if self.out.is_some() {
            // The import failed; its rows must not lie about.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

/// The records of a sealed file, one after another; a file that does not exist has none.
pub(super) struct SealedReader<T> {
    input: Option<BufReader<File>>,
    path: PathBuf,
    keys: Arc<FieldKeys>,
    batch: Uuid,
    frame: u64,
    held: std::vec::IntoIter<T>,
}

impl<T: DeserializeOwned> SealedReader<T> {
    /// Opens the file of a batch.
    pub(super) fn open(path: &Path, keys: Arc<FieldKeys>, batch: Uuid) -> Result<SealedReader<T>, AppError> {
        let input = match File::open(path) {
            Ok(file) => Some(BufReader::new(file)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(AppError::io(path.display(), error)),
        };
        Ok(SealedReader {
            input,
            path: path.to_owned(),
            keys,
            batch,
            frame: 0,
            held: Vec::new().into_iter(),
        })
    }

    /// The next record.
    pub(super) fn next(&mut self) -> Result<Option<T>, AppError> {
        loop {
            if let Some(record) = self.held.next() {
                return Ok(Some(record));
            }
            let Some(plain) = self.next_frame()? else {
                return Ok(None);
            };
            let lines = plain.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            let records: Result<Vec<T>, _> = lines.map(serde_json::from_slice).collect();
            self.held = records.map_err(AppError::internal)?.into_iter();
        }
    }

    /// At most `count` records; none at the end.
    pub(super) fn next_chunk(&mut self, count: usize) -> Result<Vec<T>, AppError> {
        let mut chunk = Vec::new();
        while chunk.len() < count {
            match self.next()? {
                Some(record) => chunk.push(record),
                None => break,
            }
        }
        Ok(chunk)
    }

    fn next_frame(&mut self) -> Result<Option<Vec<u8>>, AppError> {
        let Some(input) = &mut self.input else {
            return Ok(None);
        };
        let mut length = [0u8; 4];
        match input.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(AppError::io(self.path.display(), error)),
        }
        let mut sealed = vec![0u8; u32::from_le_bytes(length) as usize];
        input
            .read_exact(&mut sealed)
            .map_err(|e| AppError::io(self.path.display(), e))?;
        let plain = self
            .keys
            .open_bytes(&place(self.batch, self.frame), &sealed)
            .map_err(AppError::internal)?;
        self.frame += 1;
        Ok(Some(plain))
    }
}

/// Seals a whole file, for as long as it must wait.
pub(crate) fn seal_file(from: &Path, to: &Path, keys: &Arc<FieldKeys>, owner: Uuid) -> Result<(), AppError> {
    let mut input = File::open(from).map_err(|e| AppError::io(from.display(), e))?;
    let mut out = SealedBytes::create(to, Arc::clone(keys), owner)?;
    std::io::copy(&mut input, &mut out).map_err(|e| AppError::io(to.display(), e))?;
    out.finish()
}

/// Seals bytes as they come.
pub(crate) struct SealedBytes {
    out: BufWriter<File>,
    path: PathBuf,
    keys: Arc<FieldKeys>,
    owner: Uuid,
    frame: u64,
    pending: Vec<u8>,
}

impl SealedBytes {
    pub(crate) fn create(path: &Path, keys: Arc<FieldKeys>, owner: Uuid) -> Result<SealedBytes, AppError> {
        let file = private_file(path).map_err(|e| AppError::io(path.display(), e))?;
        Ok(SealedBytes {
            out: BufWriter::new(file),
            path: path.to_owned(),
            keys,
            owner,
            frame: 0,
            pending: Vec::with_capacity(FRAME_BYTES),
        })
    }

    fn seal(&mut self) -> std::io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let sealed = self
            .keys
            .seal_bytes(&place(self.owner, self.frame), &self.pending);
        self.frame += 1;
        self.pending.clear();
        let length = u32::try_from(sealed.len()).map_err(std::io::Error::other)?;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(&sealed)
    }

    pub(crate) fn finish(mut self) -> Result<(), AppError> {
        let path = self.path.clone();
        let failed = |e: std::io::Error| AppError::io(path.display(), e);
        self.seal().map_err(failed)?;
        let file = self.out.into_inner().map_err(|e| failed(e.into_error()))?;
        file.sync_all().map_err(failed)
    }
}

impl Write for SealedBytes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let room = FRAME_BYTES - self.pending.len().min(FRAME_BYTES);
        let taken = room.min(bytes.len());
        self.pending.extend_from_slice(&bytes[..taken]);
        if self.pending.len() >= FRAME_BYTES {
            self.seal()?;
        }
        Ok(taken)
    }

    /// A frame is sealed when it is full or at the end.
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A sealed file in plain, for whoever works on it next.
pub(crate) fn unseal_file(from: &Path, to: &Path, keys: &FieldKeys, owner: Uuid) -> Result<(), AppError> {
    let out = private_file(to).map_err(|e| AppError::io(to.display(), e))?;
    let mut out = BufWriter::new(out);
    for frame in SealedFrames::open(from, owner)? {
        let plain = frame?.open(keys)?;
        out.write_all(&plain).map_err(|e| AppError::io(to.display(), e))?;
    }
    out.flush().map_err(|e| AppError::io(to.display(), e))
}

/// The frames of a sealed file, for reading it piece by piece.
pub(crate) struct SealedFrames {
    input: BufReader<File>,
    path: PathBuf,
    owner: Uuid,
    next: u64,
}

/// One frame, still sealed.
pub(crate) struct SealedFrame {
    sealed: Vec<u8>,
    place: Vec<u8>,
}

impl SealedFrame {
    /// Its bytes in plain.
    pub(crate) fn open(&self, keys: &FieldKeys) -> Result<Vec<u8>, AppError> {
        keys.open_bytes(&self.place, &self.sealed)
            .map_err(AppError::internal)
    }
}

impl SealedFrames {
    pub(crate) fn open(path: &Path, owner: Uuid) -> Result<SealedFrames, AppError> {
        let file = File::open(path).map_err(|e| AppError::io(path.display(), e))?;
        Ok(SealedFrames {
            input: BufReader::new(file),
            path: path.to_owned(),
            owner,
            next: 0,
        })
    }
}

impl Iterator for SealedFrames {
    type Item = Result<SealedFrame, AppError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut length = [0u8; 4];
        match self.input.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return None,
            Err(error) => return Some(Err(AppError::io(self.path.display(), error))),
        }
        let mut sealed = vec![0u8; u32::from_le_bytes(length) as usize];
        if let Err(error) = self.input.read_exact(&mut sealed) {
            return Some(Err(AppError::io(self.path.display(), error)));
        }
        let place = place(self.owner, self.next);
        self.next += 1;
        Some(Ok(SealedFrame { sealed, place }))
    }
}

fn place(batch: Uuid, frame: u64) -> Vec<u8> {
    format!("intake:{batch}:{frame}").into_bytes()
}

fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn records_come_back_and_stand_nowhere_in_plain() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("1.rejects");
        let keys = Arc::new(FieldKeys::from_master(&[3; 32]));
        let batch = Uuid::from_u128(9);
        let mut writer = SealedWriter::create(&path, Arc::clone(&keys), batch).unwrap();
        let rows: Vec<String> = (0..60_000).map(|n| format!("330226199001010{n:05}")).collect();
        for row in &rows {
            writer.push(row).unwrap();
        }
        assert_eq!(writer.finish().unwrap(), 60_000);
        assert!(
            !std::fs::read(&path)
                .unwrap()
                .windows(9)
                .any(|w| w == b"330226199")
        );
        let mut reader = SealedReader::<String>::open(&path, Arc::clone(&keys), batch).unwrap();
        assert_eq!(reader.next_chunk(100_000).unwrap(), rows);
        assert_eq!(reader.next().unwrap(), None);
        let mut other = SealedReader::<String>::open(&path, keys, Uuid::from_u128(8)).unwrap();
        assert!(other.next().is_err());
    }

    #[test]
    fn an_empty_file_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(FieldKeys::from_master(&[3; 32]));
        let writer = SealedWriter::create(&dir.path().join("2.rejects"), keys, Uuid::nil()).unwrap();
        assert_eq!(writer.finish().unwrap(), 0);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}

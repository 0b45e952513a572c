//! Where a file of a job is: on this machine, or an object of a bucket (`s3://`, decision 18).
//!
//! A job works on local files. What lies in a bucket is brought here before it, what it made is sent there after it
//! ([`Staging`] does both); a local file is used where it is. The functions block until they are done and work on a thread of
//! their own, so they may be called from a plain thread and from `spawn_blocking`; an async task would hold up its worker.

#[cfg(test)]
mod bucket_server;
mod error;
mod staging;
mod store;
#[cfg(test)]
mod tests;

pub use error::PlaceError;
pub use staging::Staging;
pub use store::Settings;

use crate::{LakeError, files_of, layers};
use object_store::path::{Path as Key, PathPart};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

const LOCAL: &str = "file:///data/甲表.csv";
const OBJECT: &str = "s3://桶名/目录/文件.csv";

/// Where a file or folder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Local(PathBuf),
    Object { bucket: String, key: Key },
}

impl Place {
    /// Reads a path, `file:///path` (percent-encoded) or `s3://bucket/key` (as it stands). A bucket alone is a folder.
    ///
    /// # Errors
    /// Another scheme, a relative `file://`, no bucket, or a key with an empty, `.` or `..` part.
    pub fn parse(text: &str) -> Result<Place, PlaceError> {
        let wrong = |problem, instead| {
            let text = text.to_owned();
            PlaceError::Address {
                text,
                problem,
                instead,
            }
        };
        match split_scheme(text) {
            None if text.is_empty() => Err(wrong("是空的", "本地路径或 s3://桶名/路径")),
            None => Ok(Place::from(Path::new(text))),
            Some(("file", path)) => {
                if !path.starts_with('/') {
                    return Err(wrong("不是绝对路径", LOCAL));
                }
                let path = Key::from_url_path(path).map_err(|_| wrong("的路径读不懂", LOCAL))?;
                Ok(Place(Kind::Local(Path::new("/").join(path.as_ref()))))
            }
            Some(("s3", rest)) => {
                let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
                if bucket.is_empty() {
                    return Err(wrong("没有桶名", OBJECT));
                }
                if !bucket
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
                {
                    return Err(PlaceError::Bucket);
                }
                let key = Key::parse(key).map_err(|_| wrong("的路径有空的一段、“.”或“..”", OBJECT))?;
                let bucket = bucket.to_owned();
                Ok(Place(Kind::Object { bucket, key }))
            }
            Some(_) => Err(wrong(
                "的写法不认识",
                "本地路径、file:///绝对路径 或 s3://桶名/路径",
            )),
        }
    }

    /// Reads the place of a file, see [`Place::parse`].
    ///
    /// # Errors
    /// Also an address that ends before a file is named.
    pub fn parse_file(text: &str) -> Result<Place, PlaceError> {
        let place = Place::parse(text)?;
        match split_scheme(text) {
            Some((_, rest)) if rest.ends_with('/') || !rest.contains('/') => Err(place.no_file()),
            _ => Ok(place),
        }
    }

    fn no_file(&self) -> PlaceError {
        PlaceError::Address {
            text: self.to_string(),
            problem: "没有写到文件为止",
            instead: OBJECT,
        }
    }

    /// The place of what is called `name` in this folder.
    #[must_use]
    pub fn join(&self, name: &str) -> Place {
        Place(match &self.0 {
            Kind::Local(path) => Kind::Local(path.join(name)),
            Kind::Object { bucket, key } => {
                // What cannot be part of a key (`..`) is written so that it can.
                let part = PathPart::parse(name).unwrap_or_else(|_| PathPart::from(name));
                Kind::Object {
                    bucket: bucket.clone(),
                    key: key.parts().chain([part]).collect(),
                }
            }
        })
    }

    /// Whether the file is used where it is.
    pub fn is_local(&self) -> bool {
        matches!(self.0, Kind::Local(_))
    }

    /// Names of the files directly in this folder, sorted. A folder that is not there has none, as in a bucket, where folders are
    /// only the beginnings of keys.
    ///
    /// # Errors
    /// The folder cannot be read, or the store refuses or does not answer.
    pub fn names(&self, settings: &Settings) -> Result<Vec<String>, PlaceError> {
        match &self.0 {
            Kind::Local(path) => local_names(path).map_err(at(path)),
            Kind::Object { bucket, key } => store::names(settings, self, bucket, key),
        }
    }

    /// Brings the file to a local path: a local one is where it is; an object is written below `scratch`, as large as it may be,
    /// under `s3/<bucket>/<key>`, and has its name only once it is whole.
    ///
    /// # Errors
    /// No file is named, it is not there, the store refuses or does not answer, the disk is full.
    pub fn fetch(&self, scratch: &Path, settings: &Settings) -> Result<PathBuf, PlaceError> {
        let Kind::Object { bucket, key } = &self.0 else {
            return Ok(self.beneath(scratch));
        };
        if key.as_ref().is_empty() {
            return Err(self.no_file());
        }
        let path = self.beneath(scratch);
        make_parent(&path)?;
        whole_file(&path, |part| store::download(settings, self, bucket, key, part))?;
        Ok(path)
    }

    /// Brings a lake table, with the files that it consists of if it amends another (decision 17).
    ///
    /// # Errors
    /// As [`Place::fetch`]; a missing part is the error of reading a table that has lost it, under the part's address.
    pub fn fetch_table(&self, scratch: &Path, settings: &Settings) -> Result<PathBuf, LakeError> {
        let path = self.fetch(scratch, settings)?;
        if self.is_local() || !layers::is_amendment(&path)? {
            return Ok(path);
        }
        let [_, base, gone] = files_of(&path);
        for part in [base, gone] {
            let part = self.beside(&part);
            part.fetch(scratch, settings).map_err(|error| match error {
                PlaceError::Absent { address } => {
                    LakeError::io(Path::new(&address), io::ErrorKind::NotFound.into())
                }
                other => other.into(),
            })?;
        }
        Ok(path)
    }

    /// Sends a local file here: it has its name only once it is whole. What was here before is replaced.
    ///
    /// # Errors
    /// No file is named, the file cannot be read or written, the store refuses or does not answer. There is no half object then.
    pub fn put(&self, file: &Path, settings: &Settings) -> Result<(), PlaceError> {
        match &self.0 {
            Kind::Local(path) if path == file => Ok(()),
            Kind::Local(path) => {
                whole_file(path, |part| std::fs::copy(file, part).map(drop).map_err(at(part)))
            }
            Kind::Object { key, .. } if key.as_ref().is_empty() => Err(self.no_file()),
            Kind::Object { bucket, key } => store::upload(settings, self, bucket, key, file),
        }
    }

    /// The local path that stands for this place while a job runs.
    fn beneath(&self, scratch: &Path) -> PathBuf {
        match &self.0 {
            Kind::Local(path) => path.clone(),
            Kind::Object { bucket, key } => scratch.join("s3").join(bucket).join(key.as_ref()),
        }
    }

    /// The place of the file called like `other` in the folder of this one.
    fn beside(&self, other: &Path) -> Place {
        let name = other.file_name().unwrap_or_default().to_string_lossy();
        let folder = match &self.0 {
            Kind::Local(path) => Kind::Local(path.parent().unwrap_or(path).to_owned()),
            Kind::Object { bucket, key } => {
                let mut parts: Vec<PathPart<'_>> = key.parts().collect();
                parts.pop();
                Kind::Object {
                    bucket: bucket.clone(),
                    key: parts.into_iter().collect(),
                }
            }
        };
        Place(folder).join(&name)
    }
}

impl From<&Path> for Place {
    fn from(path: &Path) -> Place {
        Place(Kind::Local(path.to_owned()))
    }
}

impl From<PathBuf> for Place {
    fn from(path: PathBuf) -> Place {
        Place(Kind::Local(path))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Local(path) => path.display().fmt(f),
            Kind::Object { bucket, key } => write!(f, "s3://{bucket}/{key}"),
        }
    }
}

/// The scheme and what follows `://`; `None` for a plain path.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let is_scheme = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
    };
    text.split_once("://").filter(|(scheme, _)| is_scheme(scheme))
}

/// Names of the files in a folder, sorted.
fn local_names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.path().is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn make_parent(path: &Path) -> Result<(), PlaceError> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(at(folder))
}

/// Writes a file under another name and gives it its own when it is whole.
fn whole_file(path: &Path, write: impl FnOnce(&Path) -> Result<(), PlaceError>) -> Result<(), PlaceError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(name);
    let written = write(&part).and_then(|()| std::fs::rename(&part, path).map_err(at(path)));
    if written.is_err() {
        // What was begun is of no use to anybody; if it cannot be removed, the error already says why writing fails.
        let _ = std::fs::remove_file(&part);
    }
    written
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> PlaceError {
    move |source| PlaceError::Local {
        path: path.to_owned(),
        source,
    }
}

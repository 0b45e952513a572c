//! The files of one job: brought here before it, sent where they belong after it.

use super::{Place, PlaceError, Settings, at, local_names, make_parent};
use crate::LakeError;
use std::path::{Path, PathBuf};

/// Stands between a job, which works on local paths, and places that may be in a bucket.
///
/// What is brought and what waits to be sent lies below one folder, which belongs to the caller: a temporary one goes with it.
/// Local places are used where they are. A staging that is dropped instead of sent has sent nothing.
#[derive(Debug)]
pub struct Staging {
    folder: PathBuf,
    settings: Settings,
    outgoing: Vec<(PathBuf, Place)>,
}

impl Staging {
    /// A staging below `folder`.
    pub fn new(folder: &Path, settings: Settings) -> Staging {
        Staging {
            folder: folder.to_owned(),
            settings,
            outgoing: Vec::new(),
        }
    }

    /// Names of the files directly in a folder, see [`Place::names`].
    ///
    /// # Errors
    /// As [`Place::names`].
    pub fn names(&self, folder: &Place) -> Result<Vec<String>, PlaceError> {
        folder.names(&self.settings)
    }

    /// The local path of an input, see [`Place::fetch`].
    ///
    /// # Errors
    /// As [`Place::fetch`].
    pub fn bring(&self, place: &Place) -> Result<PathBuf, PlaceError> {
        place.fetch(&self.folder, &self.settings)
    }

    /// The local path of a lake table, see [`Place::fetch_table`].
    ///
    /// # Errors
    /// As [`Place::fetch_table`].
    pub fn bring_table(&self, place: &Place) -> Result<PathBuf, LakeError> {
        place.fetch_table(&self.folder, &self.settings)
    }

    /// The local path under which the job writes the file that shall stand at `place`.
    ///
    /// # Errors
    /// The folder for it cannot be made.
    pub fn prepare(&mut self, place: &Place) -> Result<PathBuf, PlaceError> {
        let path = place.beneath(&self.folder);
        if !place.is_local() {
            make_parent(&path)?;
            self.outgoing.push((path.clone(), place.clone()));
        }
        Ok(path)
    }

    /// The local folder into which the job writes the files that shall stand in the folder `place`; it exists.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn prepare_folder(&mut self, place: &Place) -> Result<PathBuf, PlaceError> {
        let path = self.prepare(place)?;
        std::fs::create_dir_all(&path).map_err(at(&path))?;
        Ok(path)
    }

    /// Sends what was prepared, in that order; of a folder the files directly in it. Called when the whole job has succeeded.
    ///
    /// # Errors
    /// As [`Place::put`]; what was sent before stays.
    pub fn send(self) -> Result<(), PlaceError> {
        for (path, place) in &self.outgoing {
            if !path.is_dir() {
                place.put(path, &self.settings)?;
                continue;
            }
            for name in local_names(path).map_err(at(path))? {
                place.join(&name).put(&path.join(&name), &self.settings)?;
            }
        }
        Ok(())
    }

    /// The address of a file of this staging, for people: a job's error names the path that it worked on.
    #[must_use]
    pub fn origin_of(&self, path: &Path) -> PathBuf {
        match path.strip_prefix(self.folder.join("s3")) {
            Ok(object) => PathBuf::from(format!("s3://{}", object.display())),
            Err(_) => path.to_owned(),
        }
    }
}

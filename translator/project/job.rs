//! What a conversion is asked to do.

use std::collections::hash_map::Entry;
use std::fs::{self, Permissions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustc_hash::FxHashMap;

use super::read;
use super::setup::Setup;

/// Asks a conversion to come to an end after the files in work.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    /// Asks.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where the result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// Into a folder of its own, shown to people as `shown`.
    Folder {
        /// Absolute.
        dir: PathBuf,
        /// As the user would name it.
        shown: PathBuf,
    },
    /// Beside the source: for single files.
    Beside,
    /// Over the source.
    Source {
        /// Also when git could not bring the source back.
        allow_dirty: bool,
    },
    /// Nowhere: patches are part of the result.
    Patch,
    /// Nowhere: patches by rule are part of the result.
    Patches,
    /// Nowhere: what would happen is the result.
    Nowhere,
    /// Nowhere: the folder of an earlier run is compared with what this one would write.
    Against {
        /// Absolute.
        dir: PathBuf,
        /// As the user would name it.
        shown: PathBuf,
    },
}

/// One conversion.
pub struct Job {
    /// The folder that paths are relative to; absolute.
    pub root: PathBuf,
    /// `root` as the user would name it; may be empty for the current folder.
    pub shown: PathBuf,
    /// Only these files; `None` for all below `root`.
    pub only: Option<NamedFiles>,
    /// Whether `only` are looked at as a part of the whole project, just as a run over all of it does. Otherwise what
    /// they include is all that is known.
    pub in_project: bool,
    /// Whether what files tell is kept for the next run over the same project.
    pub cached: bool,
    /// Contents by path relative to the root that stand for what is on disk.
    pub staged: FxHashMap<PathBuf, Vec<u8>>,
    /// Where the result goes.
    pub to: To,
    /// Whether files are surveyed for readiness.
    pub survey: bool,
    /// Absolute folders below `root` that hold results.
    pub outputs: Vec<PathBuf>,
    /// Configuration and tables.
    pub setup: Setup,
}

/// A file that the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Only {
    /// Relative to the root.
    pub path: PathBuf,
    /// As the user named it.
    pub shown: PathBuf,
}

/// The files that the user named, in that order. A path is found in constant time, however many files there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedFiles {
    files: Vec<Only>,
    /// Where each path is in `files`.
    by_path: FxHashMap<PathBuf, usize>,
    /// Where the first file of each folder is in `files`.
    by_folder: FxHashMap<PathBuf, usize>,
}

impl FromIterator<Only> for NamedFiles {
    fn from_iter<T: IntoIterator<Item = Only>>(files: T) -> Self {
        let mut named = Self::default();
        files.into_iter().for_each(|file| named.push(file));
        named
    }
}

impl NamedFiles {
    /// Adds a file. A path that is there already keeps its first name.
    pub fn push(&mut self, file: Only) {
        let place = self.files.len();
        if let Entry::Vacant(vacant) = self.by_path.entry(file.path.clone()) {
            vacant.insert(place);
            let folder = file.path.parent().unwrap_or(Path::new("")).to_owned();
            self.by_folder.entry(folder).or_insert(place);
            self.files.push(file);
        }
    }

    /// All files.
    pub fn iter(&self) -> impl Iterator<Item = &Only> {
        self.files.iter()
    }

    /// Whether no file was named.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file with this path relative to the root.
    pub fn get(&self, path: &Path) -> Option<&Only> {
        self.by_path.get(path).map(|&place| &self.files[place])
    }

    /// The first file in the folder of `path`.
    pub(crate) fn beside(&self, path: &Path) -> Option<&Only> {
        let folder = path.parent().unwrap_or(Path::new(""));
        self.by_folder.get(folder).map(|&place| &self.files[place])
    }
}

impl Job {
    /// A job for all below `root`, shown as `shown`, or for the files `only`.
    pub fn new(root: PathBuf, shown: PathBuf, only: Option<NamedFiles>, to: To, setup: Setup) -> Self {
        let (outputs, staged) = (Vec::new(), FxHashMap::default());
        Self {
            root,
            shown,
            only,
            in_project: false,
            cached: false,
            staged,
            to,
            survey: false,
            outputs,
            setup,
        }
    }

    /// The absolute folder that the result goes to, if it is one of its own.
    pub fn output(&self) -> Option<&Path> {
        match &self.to {
            To::Folder { dir, .. } | To::Against { dir, .. } => Some(dir),
            To::Beside | To::Source { .. } | To::Patch | To::Patches | To::Nowhere => None,
        }
    }

    /// Whether the file `path`, relative to the root, is among those to convert.
    pub fn looks_at(&self, path: &Path) -> bool {
        self.only.as_ref().is_none_or(|files| files.get(path).is_some())
    }

    /// Reads the file `path`, relative to the root.
    pub(crate) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.staged.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None => fs::read(self.root.join(path)),
        }
    }

    /// Gives `then` the bytes of the file `path`, relative to the root, and its permissions.
    pub(crate) fn with_bytes<T>(
        &self,
        path: &Path,
        then: impl FnOnce(&[u8], Permissions) -> T,
    ) -> io::Result<T> {
        if let Some(bytes) = self.staged.get(path) {
            // It need not be on disk at all, and nothing staged is ever written.
            return Ok(then(bytes, fs::metadata(&self.root)?.permissions()));
        }
        let (mut file, meta) = read::open(&self.root.join(path))?;
        read::with_bytes(&mut file, &meta, |bytes| then(bytes, meta.permissions()))
    }

    /// Whether all results stand in one folder: files that were named one by one have no folders in the output.
    pub(crate) fn is_flat(&self) -> bool {
        self.only.is_some() && self.output().is_some()
    }

    /// `path`, relative to the root, as the user would name it.
    pub(crate) fn shown(&self, path: &Path) -> PathBuf {
        let named = self.only.as_ref().and_then(|files| files.get(path));
        named.map_or_else(|| self.shown.join(path), |only| only.shown.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_is_found_by_a_look_up() {
        let file = |path: &str, shown: &str| Only { path: path.into(), shown: shown.into() };
        let files = [file("a/x.cu", "./x.cu"), file("a/y.cu", "y.cu"), file("z.cu", "../z.cu")];
        let named: NamedFiles = files.clone().into_iter().collect();
        assert!(named.iter().eq(&files), "the order is that of the command line");
        assert_eq!(named.get(Path::new("a/y.cu")), Some(&files[1]));
        assert_eq!(named.get(Path::new("y.cu")), None);
        assert_eq!(named.beside(Path::new("a/tranship_hip.h")), Some(&files[0]));
        assert_eq!(named.beside(Path::new("tranship_hip.h")), Some(&files[2]));
        assert_eq!(named.beside(Path::new("b/x.cu")), None);
        // Each look-up reads a map: a scan of all files made a run over named files quadratic.
        assert_eq!((named.by_path.len(), named.by_folder.len()), (3, 2));
    }

    #[test]
    fn a_path_keeps_the_name_it_got_first() {
        let file = |shown: &str| Only { path: "x.cu".into(), shown: shown.into() };
        let named: NamedFiles = [file("x.cu"), file("./x.cu")].into_iter().collect();
        assert!(named.iter().eq([&file("x.cu")]));
    }
}

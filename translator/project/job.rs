//! The input of a conversion: files, destination and settings.

use std::collections::hash_map::Entry;
use std::fs::{self, Permissions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustc_hash::FxHashMap;

use super::read;
use super::setup::Setup;
use tranship_engine::result::Shard;

/// A request to stop a conversion. Files that are being converted are still finished.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    /// Requests the stop.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the stop was requested.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where the result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Into a folder other than the source.
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
        /// Also when git could not restore the source.
        allow_dirty: bool,
    },
    /// Nowhere. The result has a patch for each file.
    Patch,
    /// Nowhere. The result has patches by rule for each file.
    Patches,
    /// Nowhere. The result has the findings only.
    Nowhere,
    /// Nowhere. The folder of an earlier run is compared with what this run would write.
    Against {
        /// Absolute.
        dir: PathBuf,
        /// As the user would name it.
        shown: PathBuf,
    },
}

/// One conversion.
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Job {
    /// The absolute folder that paths are relative to.
    pub root: PathBuf,
    /// `root` as the user wrote it; may be empty for the current folder.
    pub shown: PathBuf,
    /// The files to convert; `None` for all files below `root`.
    pub only: Option<NamedFiles>,
    /// The share of the files to convert, if it is not all of them. The index has the facts of the whole project.
    pub shard: Option<Shard>,
    /// Whether the index has the facts of the whole project although only the files `only` are converted. Otherwise it has
    /// the facts of these files and of their includes.
    pub in_project: bool,
    /// Whether the facts of files are cached for the next run over the same project.
    pub cached: bool,
    /// The contents of staged files by path relative to the root. They replace the contents on disk.
    pub staged: FxHashMap<PathBuf, Vec<u8>>,
    /// Where the result goes.
    pub destination: Destination,
    /// Whether files are surveyed for readiness.
    pub survey: bool,
    /// Whether the lines that a person may edit in place of each finding's change are part of the result.
    pub proposals: bool,
    /// Whether the result has the paths of all files that it depends on.
    pub lists_inputs: bool,
    /// The absolute folders of all outputs. A folder below `root` is not walked.
    pub outputs: Vec<PathBuf>,
    /// Configuration and tables.
    pub setup: Setup,
}

/// A file that the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// The path relative to the root.
    pub path: PathBuf,
    /// The path as the user wrote it.
    pub shown: PathBuf,
}

/// The files that the user named, in the order of the command line. A look-up by path takes constant time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedFiles {
    files: Vec<NamedFile>,
    /// The index in `files` of each path.
    by_path: FxHashMap<PathBuf, usize>,
    /// The index in `files` of the first file of each folder.
    by_folder: FxHashMap<PathBuf, usize>,
}

impl FromIterator<NamedFile> for NamedFiles {
    fn from_iter<T: IntoIterator<Item = NamedFile>>(files: T) -> Self {
        let mut named = Self::default();
        files.into_iter().for_each(|file| named.push(file));
        named
    }
}

impl NamedFiles {
    /// Adds a file. If its path is already in the list, the first spelling stays.
    pub fn push(&mut self, file: NamedFile) {
        let place = self.files.len();
        if let Entry::Vacant(vacant) = self.by_path.entry(file.path.clone()) {
            vacant.insert(place);
            let folder = file.path.parent().unwrap_or(Path::new("")).to_owned();
            self.by_folder.entry(folder).or_insert(place);
            self.files.push(file);
        }
    }

    /// All files.
    pub fn iter(&self) -> impl Iterator<Item = &NamedFile> {
        self.files.iter()
    }

    /// Whether no file was named.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file with this path relative to the root.
    pub fn get(&self, path: &Path) -> Option<&NamedFile> {
        self.by_path.get(path).map(|&place| &self.files[place])
    }

    /// The first file in the folder of `path`.
    pub(crate) fn beside(&self, path: &Path) -> Option<&NamedFile> {
        let folder = path.parent().unwrap_or(Path::new(""));
        self.by_folder.get(folder).map(|&place| &self.files[place])
    }
}

impl Job {
    /// A job for all files below `root`, or for the files `only`. Messages name the folder `shown`.
    pub fn new(
        root: PathBuf,
        shown: PathBuf,
        only: Option<NamedFiles>,
        destination: Destination,
        setup: Setup,
    ) -> Self {
        let (outputs, staged) = (Vec::new(), FxHashMap::default());
        Self {
            root,
            shown,
            only,
            shard: None,
            in_project: false,
            cached: false,
            staged,
            destination,
            survey: false,
            proposals: false,
            lists_inputs: false,
            outputs,
            setup,
        }
    }

    /// The absolute output folder, if the job has one.
    pub fn output(&self) -> Option<&Path> {
        match &self.destination {
            Destination::Folder { dir, .. } | Destination::Against { dir, .. } => Some(dir),
            Destination::Beside
            | Destination::Source { .. }
            | Destination::Patch
            | Destination::Patches
            | Destination::Nowhere => None,
        }
    }

    /// Whether the job converts the file `path`, relative to the root.
    pub fn looks_at(&self, path: &Path) -> bool {
        self.only.as_ref().is_none_or(|files| files.get(path).is_some())
            && self.shard.is_none_or(|shard| shard.has(path))
    }

    /// Reads the file `path`, relative to the root.
    pub(crate) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if let Some(bytes) = self.staged.get(path) {
            return Ok(bytes.clone());
        }
        let (mut file, meta) = read::open(&self.root.join(path))?;
        read::with_bytes(&mut file, &meta, <[u8]>::to_vec)
    }

    /// Calls `then` with the bytes and permissions of the file `path`, relative to the root.
    pub(crate) fn with_bytes<T>(
        &self,
        path: &Path,
        then: impl FnOnce(&[u8], Permissions) -> T,
    ) -> io::Result<T> {
        if let Some(bytes) = self.staged.get(path) {
            // The file may be missing on disk. Its permissions do not matter, because staged files are never written.
            return Ok(then(bytes, fs::metadata(&self.root)?.permissions()));
        }
        let (mut file, meta) = read::open(&self.root.join(path))?;
        read::with_bytes(&mut file, &meta, |bytes| then(bytes, meta.permissions()))
    }

    /// The absolute folder in which `git apply` takes the patches of the job: the top of the git repository, or else the
    /// current folder, or else the root.
    pub(crate) fn patch_folder(&self) -> PathBuf {
        let here = || std::env::current_dir().ok().filter(|here| self.root.starts_with(here));
        super::git::root_of(&self.root).or_else(here).unwrap_or_else(|| self.root.clone())
    }

    /// Whether all results go into one folder. Files that the user named one by one keep no folders in the output.
    pub(crate) fn is_flat(&self) -> bool {
        self.only.is_some() && self.output().is_some()
    }

    /// `path`, which is relative to the root, as the user wrote it or would write it.
    pub(crate) fn shown(&self, path: &Path) -> PathBuf {
        let named = self.only.as_ref().and_then(|files| files.get(path));
        named.map_or_else(|| self.shown.join(path), |only| only.shown.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_is_found_by_its_path_and_by_its_folder() {
        let file = |path: &str, shown: &str| NamedFile { path: path.into(), shown: shown.into() };
        let files = [file("a/x.cu", "./x.cu"), file("a/y.cu", "y.cu"), file("z.cu", "../z.cu")];
        let named: NamedFiles = files.clone().into_iter().collect();
        assert!(named.iter().eq(&files), "the order is that of the command line");
        assert_eq!(named.get(Path::new("a/y.cu")), Some(&files[1]));
        assert_eq!(named.get(Path::new("y.cu")), None);
        assert_eq!(named.beside(Path::new("a/tranship_hip.h")), Some(&files[0]));
        assert_eq!(named.beside(Path::new("tranship_hip.h")), Some(&files[2]));
        assert_eq!(named.beside(Path::new("b/x.cu")), None);
        // Each look-up reads a map. A search through all files would make a run over named files quadratic.
        assert_eq!((named.by_path.len(), named.by_folder.len()), (3, 2));
    }

    #[test]
    fn a_path_that_is_named_twice_keeps_its_first_spelling() {
        let file = |shown: &str| NamedFile { path: "x.cu".into(), shown: shown.into() };
        let named: NamedFiles = [file("x.cu"), file("./x.cu")].into_iter().collect();
        assert!(named.iter().eq([&file("x.cu")]));
    }
}
